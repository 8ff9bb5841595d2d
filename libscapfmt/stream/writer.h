/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - what transforms ask of a writer beyond the public calls.
 */
#ifndef SCAPF_STREAM_WRITER_H
#define SCAPF_STREAM_WRITER_H

#include "stream/reader.h"

/* Copy records that stand together, as scapf_writer_put() copies each of them. */
enum scapf_status writer_put_run(struct scapf_writer *writer, const struct reader_run *run);

#endif
