/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - one ring buffer of the kernel part, read in place.
 *
 * libbpf's own way copies every record to order them. [kernel/bpf/ringbuf.c] A ring is a page where
 * the reader says how far it is, a page where the kernel does, and the data. The kernel lets them
 * be mapped twice, so that no record is cut in two; each mapping counts as memory of the process as
 * a whole, though. Here the data is mapped once, and the record in two pieces, one in each round,
 * is put together.
 */
#ifndef SCAPFMT_RECORD_RING_H
#define SCAPFMT_RECORD_RING_H

#include "decode.h"

struct ring {
    int fd;
    uint64_t size;
    volatile uint64_t *consumer;
    const volatile uint64_t *producer;
    const uint8_t *data;
    uint64_t pos, next;   /* read so far, given back by ring_release(); behind the record there */
    uint64_t ts;          /* of the record there; 0: not looked at */
    uint64_t until;       /* when the call returned whose beginning is at ts; 0: no such record */
    struct rec_view view; /* that record; of a call, what comes next of it */
    uint8_t *whole;       /* place for one in two pieces */
};

/* Map the ring behind fd, which becomes the ring's, with size bytes of data (a power of two).
 * False: errno says why; ring_close() is needed all the same. */
bool ring_open(struct ring *r, int fd, uint64_t size);
/* Is there a record that is whole? Its time, and the record, are then in ts and view, until
 * ring_take(). */
bool ring_peek(struct ring *r);
/* It was taken; a call stays until its end was taken too. The view is good until ring_release(), or
 * the next record in two pieces is there. */
struct rec_view ring_take(struct ring *r);
/* Give the room of what was taken back to the kernel. */
void ring_release(struct ring *r);
/* How full it is, in percent; also right in a process forked off. */
unsigned ring_fill(const struct ring *r);
void ring_close(struct ring *r);

#endif
