/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - what the library asks a reader beyond the public calls: the checker, and whoever takes
 * records as they stand, without a view of each.
 */
#ifndef SCAPF_STREAM_READER_H
#define SCAPF_STREAM_READER_H

#include "base/diag.h"
#include "block/frame.h"
#include "block/types.h"

/* The row of a block number, or NULL. As block_type_find(), sooner for numbers seen before. */
const struct block_type *reader_block_type(struct scapf_reader *reader, uint32_t number);

/* A finding of the source that did not stop reading (bytes behind the last gzip member); NULL when
 * there is none so far. Lives as long as the reader. */
const struct scapf_diag *reader_warning(const struct scapf_reader *reader);

/* The record at hand is done with: consume it now and not at the next call. Its source may then
 * show something else. */
void reader_done(struct scapf_reader *reader);

/* From now on damage of the packing is no end (src_salvage()). A block that holds such a break is
 * none: scapf_reader_next() stops there with the status of the break, and reader_resume() finds the
 * next one. To be called before the first record. OK or E_NOMEM. */
enum scapf_status reader_salvage(struct scapf_reader *reader);
/* The next break of the packing at or before off, each once, in order; false = there is none. */
struct refind_gap;
bool reader_break(struct scapf_reader *reader, uint64_t off, struct refind_gap *gap);
/* Is such a break what stopped reading? The diagnosis is that of the break then. */
bool reader_is_torn(const struct scapf_reader *reader);

/* What was passed over to find the next block or record. */
struct reader_gap {
    uint64_t off, len; /* nothing when the block is whole but for one of its two lengths */
    bool section;      /* a section header was in it: another section was made up */
};

/*
 * scapf_reader_next() said that framing is lost (FORMAT, TRUNCATED, LIMIT): look for the place
 * where it holds again. OK: scapf_reader_next() goes on there. END: nothing follows, and the gap
 * reaches to the end of the stream. An error: reading on is impossible; the gap is what is left,
 * when that is known.
 */
COLD enum scapf_status reader_resume(struct scapf_reader *reader, struct reader_gap *gap);

/* Blocks that come next and are in memory. Who looks at them there steps over one after the other,
 * and says at each of another type, and at the end, what is done with. */
struct reader_window {
    const uint8_t *from;           /* the first of those that are not counted yet */
    const uint8_t *p, *end;        /* the next one, and the end of what is in memory */
    uint64_t n;                    /* blocks from the first to p */
    const struct block_type *type; /* their type */
    uint32_t number;               /* and its number */
    uint32_t max_block;
    bool big_endian;
};

/* The record at hand is done with: what stands behind it? false: nothing that may be taken here. */
bool reader_look(struct scapf_reader *reader, struct reader_window *window);
/* The next block when it is whole; big_endian: that of the window. */
static inline bool reader_frame(const struct reader_window *window, bool big_endian,
                                struct frame *frame)
{
    return frame_is_whole(window->p, (size_t)(window->end - window->p), big_endian,
                          window->max_block, frame);
}
/* The next block is of another type than those before; false: it is not of that kind. */
bool reader_turn(struct scapf_reader *reader, struct reader_window *window, uint32_t number,
                 enum scapf_kind kind);
/* What was stepped over is done with: known and undamaged, it counts in the ledger. */
void reader_pass(struct scapf_reader *reader, struct reader_window *window);

/* Records that reader_run() takes. */
struct reader_want {
    enum scapf_kind kind;       /* events or packets */
    uint64_t first_ns, last_ns; /* with a time from here to here, both included */
    uint64_t max;               /* not more of them */
    /* and that this takes, which is asked last; layout: enum event_layout bits. NULL = all */
    bool (*takes)(void *ctx, const struct frame *frame, uint8_t layout);
    void *ctx;
};

/* Records that stand together. */
struct reader_run {
    const uint8_t *raw; /* valid until the next call on the reader */
    size_t len;
    uint64_t n;
    bool big_endian;
};

/*
 * Take wanted records that come next and are in memory, without a view of each: known, whole and
 * undamaged ones of pcapng, up to the first that is anything else, which scapf_reader_next() hands
 * out. They count in the ledger. The record at hand is done with. run->n may be 0.
 */
void reader_run(struct scapf_reader *reader, const struct reader_want *want,
                struct reader_run *run);

/* A packet as it stands in an enhanced packet block. */
struct reader_packet {
    const uint8_t *raw; /* the block; valid until the next call on the reader */
    uint32_t len;
    uint32_t interface;
    uint64_t ts_ns; /* its time; the units of its interface are whole ns */
};

/*
 * Take packets that come next and are in memory, up to max: as reader_run(), but one by one. Only
 * little-endian ones of interfaces whose units are whole ns since 1970, and without options that
 * forbid to be copied. Returns how many.
 */
uint32_t reader_packets(struct scapf_reader *reader, struct reader_packet *packets, uint32_t max);

/* ns since 1970 of a unit of time of an interface of the section; false when that does not fit. */
bool reader_time_ns(const struct scapf_reader *reader, uint32_t interface, uint64_t ticks,
                    uint64_t *ts_ns);

/* Most interfaces any earlier section had. */
uint32_t reader_earlier_interfaces(const struct scapf_reader *reader);

#endif
