/* SPDX-License-Identifier: Apache-2.0 */
/*
 * who.h - whose event it is and about what: the words for it.
 */
#ifndef SCAPF_RENDER_WHO_H
#define SCAPF_RENDER_WHO_H

#include "scapfmt.h"

/* "file", "ipv4", "pipe": the word of a type of descriptor, NULL when there is none. */
const char *who_fd_type(uint8_t type);
/* Parent of the process a thread belongs to, -1 when it is not known. */
int64_t who_ppid(struct scapf_host *host, const struct scapf_thread *thread);

#endif
