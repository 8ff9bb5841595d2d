/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_raw.c - what every packing and every target stands on: bytes out, and the first error.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "io/sink_impl.h"

enum scapf_status sink_fail(struct scapf_sink *s, enum scapf_status status, enum rule rule,
                            uint64_t got)
{
    if (s->diag.status != SCAPF_OK) {
        return s->diag.status;
    }
    (void)diag_set(&s->diag, status, rule, sink_taken(s), got, 0);
    s->at = s->end = s->chunk;
    return status;
}

void *sink_alloc_ctx(struct scapf_sink *s)
{
    return s->alloc != NULL ? &s->alloc_copy : NULL;
}

static enum scapf_status write_fd(struct scapf_sink *s, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t k = write(s->fd, bytes, n);

        if (k >= 0) {
            bytes += k;
            n -= (size_t)k;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = s->fd, .events = POLLOUT};

            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return sink_fail(s, SCAPF_E_IO, RULE_IO_WRITE, (uint64_t)errno);
        }
    }
    return SCAPF_OK;
}

enum scapf_status sink_raw(struct scapf_sink *s, const uint8_t *bytes, size_t n)
{
    if (s->fd >= 0) {
        return write_fd(s, bytes, n);
    }
    out_bytes(&s->mem, bytes, n);
    return out_status(&s->mem) == SCAPF_OK ? SCAPF_OK
                                           : sink_fail(s, out_status(&s->mem), RULE_MEMORY, 0);
}
