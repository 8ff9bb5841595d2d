/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_file.h - the file behind a sink: temporary name, rename, removal.
 */
#ifndef SCAPF_IO_SINK_FILE_H
#define SCAPF_IO_SINK_FILE_H

#include "io/sink.h"

/* Open what will be path: a new file beside it, or path itself when it is no regular file. */
enum scapf_status sink_file_open(struct scapf_sink *s, const char *path);
/* Close the file and give it its final name. Nothing to do for other sinks. */
enum scapf_status sink_file_commit(struct scapf_sink *s);
/* Close and remove what was not committed. */
void sink_file_drop(struct scapf_sink *s);

#endif
