/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refind.h - where a capture goes on behind lost framing: the next block of a pcapng, the next
 * record of a classic pcap. Repair and the checks search with it.
 *
 * Nothing is reported here: what was passed over is handed to the caller.
 */
#ifndef SCAPF_STREAM_REFIND_H
#define SCAPF_STREAM_REFIND_H

#include "base/diag.h"
#include "block/packet.h"
#include "io/src.h"
#include "scapfmt.h"

#define REFIND_YEAR_1980 UINT64_C(315532800)

/* Bytes that are looked at at once to find a block behind lost framing. */
#define REFIND_WINDOW ((size_t)4 << 20)
/* The longest block that is found again. Only a stretch that starts like a known block makes the
 * window grow beyond its usual size. */
#define REFIND_FAR ((size_t)32 << 20)
/* Breaks of the packed stream in bytes that were peeked at and not yet consumed. */
#define REFIND_GAPS 256u

/* A break of the packed stream: bytes before from and behind to belong to different parts. */
struct refind_gap {
    uint64_t from, to;
    bool told;                 /* whoever is to know of it does */
    struct scapf_diag diag;    /* why */
    uint64_t raw_off, raw_len; /* the packed bytes that were passed over */
};

struct refind_gaps {
    struct refind_gap list[REFIND_GAPS];
    uint32_t n;
};

/* A search over one stream. */
struct refind {
    struct scapf_src *src;
    const struct scapf_schema *schema;
    uint32_t max_block;
    bool big_endian;   /* of the section; changed when a section header or its loss tells so */
    bool lost_section; /* a section header was lost; the caller takes it back */
    struct refind_gaps *gaps; /* the caller's; NULL = the stream has no breaks */
};

/* A block as it was found, or rebuilt. */
struct piece {
    const uint8_t *raw;
    size_t len;      /* a multiple of 4 */
    uint64_t off;    /* in the input */
    size_t consumes; /* bytes of the input it stands for */
    uint32_t type;
    bool big_endian;
    bool reframed;          /* its lengths are not those of the input */
    bool proven;            /* one of its lengths is, else it only fits between two others */
    struct scapf_diag diag; /* what was wrong with its frame */
};

/* Bytes that no block could be made of; they were consumed. */
struct refind_lost {
    const uint8_t *raw; /* valid until the next look at the source */
    bool big_endian;
    uint64_t off;
    size_t len;
    uint32_t type; /* what seemed to start there */
    bool cut;      /* the end of the input is what is wrong with them */
    bool turned;   /* none, but the byte order is another one from here on */
};

/* What is in sight at the position of the source. */
struct refind_sight {
    const uint8_t *p;
    size_t avail;
    uint64_t off;
    bool at_end;
};

/* See at least want bytes, unless the end comes first. An error is one of the source that ends
 * everything. */
enum scapf_status refind_look(struct refind *f, size_t want, struct refind_sight *s);

/* The packed stream breaks at gap->from, which is gap->to. Where there are too many of them the
 * last one grows, and so does raw_len. */
void refind_break(struct refind_gaps *gaps, const struct refind_gap *gap);
/* The first break of the packed stream inside a stretch of the input; NULL = it holds none. gaps
 * may be NULL. */
const struct refind_gap *refind_torn_by(const struct refind_gaps *gaps, uint64_t off, uint64_t len);
bool refind_is_torn(const struct refind_gaps *gaps, uint64_t off, uint64_t len);
/* Forget breaks that were told and lie before off. */
void refind_forget(struct refind_gaps *gaps, uint64_t off);

/* Does a block of the input start at p, as far as header and trailer tell? */
bool refind_starts_block(const struct refind *f, const uint8_t *p, size_t avail, bool big_endian);
/* Small numbers of one byte order, read three bytes off, look like those of the other. Is the block
 * at p such a shadow of one that follows within 3 bytes? */
bool refind_is_shadow(const struct refind *f, const uint8_t *p, size_t avail, bool big_endian);

/*
 * At the position of the source stands no whole block, as diag says. OK: *piece is one all the
 * same, its true length known; raw shows the bytes as they are, nothing was consumed. END: *lost
 * was consumed, and a block, or the end, or more to lose follows; when nothing was, and
 * lost->turned is not set, the source is at its end. Or an error of the source.
 */
COLD enum scapf_status refind_block(struct refind *f, const struct scapf_diag *diag,
                                    struct piece *piece, struct refind_lost *lost);
/* The stream does not start like a capture: *at is the distance to a known block that is followed
 * by another one, and big_endian its order. END: there is none among the *at bytes in sight.
 * Nothing is consumed. */
COLD enum scapf_status refind_first(struct refind *f, size_t *at);

/* ------------------------------------------------------------------ classic pcap */

/* Numbers of a record header. */
struct refind_header {
    uint32_t sec, frac, captured, original;
};

/* A search for records. */
struct refind_pcap {
    struct refind *f;
    struct pcap_layout layout;
    uint16_t link, major, minor;
    uint32_t one;      /* units of the fraction in a second */
    uint32_t last_sec; /* of the last good record, when any; of a damaged one, when hinted */
    uint32_t odd_sec;  /* of the last record, when it lies far from last_sec */
    bool any, hinted, odd;
    uint64_t clear_from, clear_to; /* no row of records starts in here, as far as was looked */
};

/* layout and one from what the magic says. */
void refind_pcap_use(struct refind_pcap *k, const struct pcap_layout *layout);
struct refind_header refind_pcap_header(const struct refind_pcap *k, const uint8_t *p);
/* Nothing at no time, as zeros are: no rule forbids it, no row of records starts with it. */
static inline bool refind_pcap_is_empty(const struct refind_header *h)
{
    return (h->sec | h->frac | h->captured) == 0;
}

/* May this be a header? Sound files have odd ones. */
bool refind_pcap_may_be(const struct refind_pcap *k, const struct refind_header *h);
/* Is it surely one? */
bool refind_pcap_is_likely(const struct refind_pcap *k, const struct refind_header *h);
/* Is next surely one that stands behind h? It may be of the days of h as well. */
bool refind_pcap_follows(const struct refind_pcap *k, const struct refind_header *h,
                         const struct refind_header *next);
/* A damaged record stands at p. When there was no good one before, its time may be that of its
 * days: clocks that count from the start of a machine know of no calendar. */
void refind_pcap_hint(struct refind_pcap *k, const uint8_t *p);
/* A record of this time was taken. One that lies far from those before may be damaged: the others
 * are compared with it, too, but it has to be followed by one of its days to be what they follow.
 */
void refind_pcap_timed(struct refind_pcap *k, uint32_t sec);
/* Is its time near to that of the records before? */
bool refind_pcap_is_near(const struct refind_pcap *k, uint32_t sec);
/* Does the header of a capture start at p? */
bool refind_pcap_starts(const uint8_t *p, size_t avail, struct pcap_layout *layout);
/* Do records lead from here to each other, or to the end? */
bool refind_pcap_is_chain(const struct refind_pcap *k, const uint8_t *p, size_t avail, bool at_end);
/* Does a row start at this place of the sight, whose records are of the days of each other? */
bool refind_pcap_starts_row(const struct refind_pcap *k, const struct refind_sight *s, size_t at);
/* Where the next row of records starts at or behind from, counted from the sight; 0 = not in it.
 * When none is of the days of the records before, it is one of days of its own. */
size_t refind_pcap_find(struct refind_pcap *k, const struct refind_sight *s, size_t from);
/* Where the header here leads to this row, or to a likely one or another capture before it, by
 * others that are odd; 0 = past it. Headers that are read some bytes off lead to each other as the
 * true ones do, and to none of these. */
size_t refind_pcap_meets(const struct refind_pcap *k, const struct refind_sight *s, size_t row);

#endif
