/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_pcap.c - classic pcap. Its records have one length and no mark: whether a header is one
 * shows only in where it leads. A record is believed when something like a header, or the end,
 * follows it; else a row of headers that lead to each other is looked for, and the length is what
 * lies before it. [draft-ietf-opsawg-pcap]
 */
#include "block/frame.h"
#include "bytes/cur.h"
#include "check/repair.h"

#define PCAP_MICRO    0xA1B2C3D4u
#define PCAP_NANO     0xA1B23C4Du
#define PCAP_MODIFIED 0xA1B2CD34u
#define RECORD_LEN    16u
#define SNAPLEN_USUAL ((uint32_t)256 << 10)
#define LINK_BITS     0xF400FFFFu /* FCS length, P, link type; the others are reserved */
#define SLACK_SECONDS 86400       /* how far times of neighbours may lie apart in a search */
#define YEAR_1980     315532800u
#define CHAIN         3u

struct header {
    uint32_t sec, frac, captured, original;
};

struct pcap {
    struct repair *r;
    struct pcap_layout in, out;
    uint32_t snaplen;
    uint16_t link, major, minor;
    uint32_t one; /* units a second */
    uint32_t last_sec;
    bool any;
    uint64_t clear_from, clear_to; /* no row of records starts in here, as far as was looked */
};

/* What is in sight at the position of the source. */
struct sight {
    const uint8_t *p;
    size_t avail;
    uint64_t off;
    bool at_end;
};

static struct header header_of(const struct pcap *k, const uint8_t *p)
{
    bool big = k->in.big_endian;
    struct header h = {get_u32(p, big), get_u32(p + 4, big), get_u32(p + 8, big),
                       get_u32(p + 12, big)};

    /* before version 2.3 the lengths stood in the other order, 2.3 has both [libpcap] */
    if (k->major == 2 && (k->minor < 3 || (k->minor == 3 && h.captured > h.original))) {
        uint32_t other = h.captured;

        h.captured = h.original;
        h.original = other;
    }
    return h;
}

static uint32_t limit_of(const struct pcap *k)
{
    return pcap_caplen_limit(k->link);
}

/* May this be a header? Sound files have odd ones. */
static bool may_be(const struct pcap *k, const struct header *h)
{
    return h->frac < k->one && h->captured <= limit_of(k) &&
           (h->sec | h->frac | h->captured | h->original) != 0;
}

/* Is it surely one? */
static bool is_likely(const struct pcap *k, const struct header *h)
{
    int64_t apart = (int64_t)h->sec - (int64_t)k->last_sec;

    return may_be(k, h) && h->captured <= h->original && h->original <= limit_of(k) * 4 &&
           (k->any ? apart >= -SLACK_SECONDS && apart <= SLACK_SECONDS : h->sec > YEAR_1980);
}

static bool is_capture_start(const uint8_t *p, size_t avail, struct pcap_layout *layout)
{
    if (avail < PCAP_FILE_HEADER_LEN) {
        return false;
    }
    return pcap_recognise(p, layout) && get_u16(p + 4, layout->big_endian) == 2 &&
           get_u16(p + 6, layout->big_endian) == 4;
}

/* Do records lead from here to each other, or to the end? */
static bool is_chain(const struct pcap *k, const uint8_t *p, size_t avail, bool at_end)
{
    for (unsigned i = 0; i < CHAIN; i++) {
        struct header h;
        size_t len;

        if (avail == 0 && i > 0) {
            return at_end && (i > 1 || k->any);
        }
        if (avail < k->in.record_len) {
            return i > 1;
        }
        h = header_of(k, p);
        if (!is_likely(k, &h)) {
            return false;
        }
        len = k->in.record_len + (size_t)h.captured;
        if (len > avail) {
            return i > 1;
        }
        p += len;
        avail -= len;
    }
    return true;
}

/* Where the next row of records starts, counted from the sight; 0 = not in it. */
static size_t find_chain(struct pcap *k, const struct sight *s, size_t from)
{
    uint64_t start = s->off + from;

    if (start >= k->clear_from && start <= k->clear_to) {
        from = (size_t)(k->clear_to - s->off);
    } else {
        k->clear_from = k->clear_to = start;
    }
    for (size_t at = from; at + k->in.record_len <= s->avail; at++) {
        if (is_chain(k, s->p + at, s->avail - at, s->at_end) &&
            !repair_is_torn(k->r, s->off + at, k->in.record_len)) {
            k->clear_to = s->off + at;
            return at;
        }
    }
    k->clear_to = s->off + (s->avail > k->in.record_len ? s->avail - k->in.record_len : 0);
    return 0;
}

/* ------------------------------------------------------------------ writing */

static void put_header(const struct pcap *k, const struct header *h, uint8_t *to)
{
    const uint32_t words[] = {h->sec, h->frac, h->captured, h->original};

    for (size_t i = 0; i < 4; i++) {
        for (unsigned b = 0; b < 4; b++) {
            to[4 * i + b] = (uint8_t)(words[i] >> 8 * (k->out.big_endian ? 3 - b : b));
        }
    }
}

/* A record with this header: as it is when nothing was done to it. */
static enum scapf_status write_record(struct pcap *k, const struct sight *s, struct header h,
                                      size_t data_len, const struct scapf_diag *why)
{
    struct repair *r = k->r;
    size_t len = k->in.record_len + data_len;
    uint8_t head[RECORD_LEN];

    repair_lose_end(r);
    r->counts.packets++;
    if (r->did == 0 && k->in.magic == k->out.magic && k->in.big_endian == k->out.big_endian) {
        r->counts.kept++;
        return repair_write(r, s->p, len);
    }
    r->counts.changed++;
    if (r->did != 0) {
        repair_tell(r, SCAPF_MEND_RECORD_HEADER, s->off, len, 0, why);
    }
    if (k->out.exponent10 < k->in.exponent10) {
        h.frac /= 1000;
    } else if (k->out.exponent10 > k->in.exponent10) {
        h.frac *= 1000;
    }
    if (k->major == 2 && k->minor < 3) { /* the output has the same version */
        uint32_t other = h.captured;

        h.captured = h.original;
        h.original = other;
    }
    put_header(k, &h, head);
    TRY(repair_write(r, head, sizeof(head)));
    r->counts.blocks--; /* one record, in two parts */
    return repair_write(r, s->p + k->in.record_len, data_len);
}

static enum scapf_status file_header(struct pcap *k)
{
    struct repair *r = k->r;
    struct out *o = &r->block;
    struct scapf_diag why = {0};
    const uint8_t *p;
    size_t avail;
    uint32_t link;
    bool big = k->in.big_endian;

    (void)src_peek(r->src, PCAP_FILE_HEADER_LEN, &p, &avail);
    out_clear(o);
    out_bytes(o, p, PCAP_FILE_HEADER_LEN);
    if (out_status(o) < 0) {
        return repair_memory(r);
    }
    o->big_endian = big;
    link = get_u32(p + 20, big);
    k->link = (uint16_t)link;
    k->major = get_u16(p + 4, big);
    k->minor = get_u16(p + 6, big);
    k->snaplen = get_u32(p + 16, big);
    r->did = 0;
    if (get_u32(p, big) != k->out.magic) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_MAGIC, 0, get_u32(p, big), k->out.magic);
        out_fill_u32(o, (struct out_mark){0}, k->out.magic);
        repair_did(r, SCAPF_MEND_FILE_HEADER);
    }
    if (k->major > 2 || (k->major == 2 && k->minor > 4)) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_VERSION_NEW, 4, k->major, 2);
        k->major = 2;
        k->minor = 4;
        out_fill_u16(o, (struct out_mark){4}, 2);
        out_fill_u16(o, (struct out_mark){6}, 4);
        repair_did(r, SCAPF_MEND_FILE_HEADER);
    }
    if (k->snaplen == 0) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_SNAPLEN, 16, 0, SNAPLEN_USUAL);
        out_fill_u32(o, (struct out_mark){16}, SNAPLEN_USUAL);
        repair_did(r, SCAPF_MEND_FILE_HEADER);
    }
    if ((link & ~LINK_BITS) != 0) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_RESERVED3, 20, link, link & LINK_BITS);
        out_fill_u32(o, (struct out_mark){20}, link & LINK_BITS);
        repair_did(r, SCAPF_MEND_FILE_HEADER);
    }
    if (r->did != 0) {
        r->counts.changed++;
        repair_tell(r, SCAPF_MEND_FILE_HEADER, 0, PCAP_FILE_HEADER_LEN, 0, &why);
    } else {
        r->counts.kept++;
    }
    src_consume(r->src, PCAP_FILE_HEADER_LEN);
    return repair_write(r, o->bytes, o->len);
}

/* ------------------------------------------------------------------ records */

static enum scapf_status look(struct pcap *k, size_t want, struct sight *s)
{
    enum scapf_status status = src_peek(k->r->src, want, &s->p, &s->avail);

    s->off = src_tell(k->r->src);
    s->at_end = s->avail < want;
    if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
        k->r->diag = *src_diag(k->r->src);
        return status;
    }
    return SCAPF_OK;
}

static enum scapf_status take(struct pcap *k, const struct sight *s, const struct header *h,
                              const struct scapf_diag *why)
{
    size_t len = k->in.record_len + (size_t)h->captured;

    TRY(write_record(k, s, *h, h->captured, why));
    k->last_sec = h->sec;
    k->any = true;
    src_consume(k->r->src, len);
    return SCAPF_OK;
}

static enum scapf_status lose(struct pcap *k, const struct sight *s, size_t n, enum scapf_mend mend,
                              const struct scapf_diag *why)
{
    repair_lose(k->r, mend, s->off, n, why);
    src_consume(k->r->src, n);
    return SCAPF_OK;
}

/* Somebody used cat. Records of the same link type go on, whatever their form. [PCP-031] */
static enum scapf_status other_file(struct pcap *k, struct sight *s, bool *handled)
{
    struct pcap_layout layout;
    struct scapf_diag why;
    bool pcapng = s->avail >= FRAME_MIN_LEN && get_u32(s->p, true) == SCAPF_BLOCK_SHB &&
                  (get_u32(s->p + 8, true) == FRAME_BYTE_ORDER_MAGIC ||
                   get_u32(s->p + 8, false) == FRAME_BYTE_ORDER_MAGIC);
    bool pcap = is_capture_start(s->p, s->avail, &layout);

    *handled = pcap || pcapng;
    (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_CONCATENATED, s->off, 0, 0);
    if (!*handled) {
        return SCAPF_OK;
    }
    if (pcap && (uint16_t)get_u32(s->p + 20, layout.big_endian) == k->link && k->major == 2 &&
        k->minor == 4) {
        k->in = layout;
        k->one = layout.exponent10 == 9 ? 1000000000u : 1000000u;
        k->any = false;
        k->clear_from = k->clear_to = 0;
        return lose(k, s, PCAP_FILE_HEADER_LEN, SCAPF_MEND_LOST_FILE_HEADER, &why);
    }
    do { /* a file of another kind has no place in this one */
        TRY(lose(k, s, s->avail, SCAPF_MEND_LOST_BYTES, &why));
        TRY(look(k, 1, s));
    } while (s->avail > 0);
    return SCAPF_OK;
}

/* A header, or another capture, or the end, or so little that it cannot be told. */
static bool is_header_at(const struct pcap *k, const struct sight *s, size_t at, struct header *h)
{
    struct pcap_layout layout;

    *h = (struct header){0};
    if (s->avail < at + k->in.record_len) {
        return true;
    }
    if (is_capture_start(s->p + at, s->avail - at, &layout) ||
        get_u32(s->p + at, true) == SCAPF_BLOCK_SHB) {
        return true;
    }
    *h = header_of(k, s->p + at);
    return may_be(k, h);
}

/* Does something that is no header follow the record? Then its length may be wrong. What is an odd
 * header has to lead to another one. */
static enum scapf_status leads_astray(struct pcap *k, struct sight *s, size_t len, bool *astray)
{
    struct header next;
    size_t behind;

    *astray = !is_header_at(k, s, len, &next);
    if (*astray || next.sec == 0 || is_likely(k, &next)) {
        return SCAPF_OK;
    }
    behind = len + k->in.record_len + next.captured;
    TRY(look(k, behind + PCAP_FILE_HEADER_LEN, s));
    *astray = s->avail < behind || !is_header_at(k, s, behind, &next);
    return SCAPF_OK;
}

/* Is this where the record ends, when it has so many bytes? */
static bool could_end(const struct pcap *k, const struct sight *s, uint64_t captured)
{
    uint64_t len = k->in.record_len + captured;

    if (captured > limit_of(k) || len > s->avail) {
        return false;
    }
    return len == s->avail ? s->at_end : is_chain(k, s->p + len, s->avail - (size_t)len, s->at_end);
}

/* A record whose header does not lead to another one. */
static enum scapf_status damaged(struct pcap *k, struct header h, const struct scapf_diag *why)
{
    struct sight s;
    size_t head = k->in.record_len;
    bool whole;
    bool fits;
    bool late;
    size_t at;

    TRY(look(k, REPAIR_WINDOW, &s));
    fits = h.captured <= limit_of(k) && head + h.captured <= s.avail;
    repair_did(k->r, SCAPF_MEND_RECORD_HEADER);
    late = h.frac >= k->one;
    h.frac = late ? k->one - 1 : h.frac;
    if (could_end(k, &s, h.captured)) { /* it is only the fraction */
        return take(k, &s, &h, why);
    }
    if (could_end(k, &s, h.original)) {
        h.captured = h.original;
        return take(k, &s, &h, why);
    }
    at = find_chain(k, &s, 1);
    whole = at >= head && at - head <= limit_of(k) && k->any &&
            (int64_t)h.sec - (int64_t)k->last_sec >= -SLACK_SECONDS &&
            (int64_t)h.sec - (int64_t)k->last_sec <= SLACK_SECONDS &&
            !repair_is_torn(k->r, s.off, at);
    if (whole && (!fits || at < head + h.captured || at - head == k->snaplen)) {
        h.captured = (uint32_t)(at - head);
        return take(k, &s, &h, why);
    }
    if (fits && may_be(k, &h) && (at == 0 ? is_likely(k, &h) : at > head + h.captured) &&
        !repair_is_torn(k->r, s.off, head + h.captured)) {
        k->r->did = late ? k->r->did : 0; /* the next one is damaged, not this one */
        return take(k, &s, &h, why);
    }
    if (at == 0) {
        at = s.at_end ? s.avail : s.avail - REPAIR_WINDOW / 2;
    }
    return lose(k, &s, at,
                s.at_end && at == s.avail && why->rule == RULE_PCAP_DATA_SHORT
                    ? SCAPF_MEND_LOST_CUT
                    : SCAPF_MEND_LOST_BYTES,
                why);
}

static enum scapf_status next_record(struct pcap *k)
{
    struct scapf_diag why = {0};
    struct sight s;
    struct header h;
    bool handled;
    bool astray;
    size_t len;

    k->r->did = 0;
    TRY(look(k, k->in.record_len, &s));
    if (s.avail == 0) {
        return SCAPF_END;
    }
    if (s.avail < k->in.record_len) {
        (void)diag_set(&why, SCAPF_E_TRUNCATED, RULE_PCAP_RECORD_SHORT, s.off, s.avail,
                       k->in.record_len);
        return lose(k, &s, s.avail, SCAPF_MEND_LOST_CUT, &why);
    }
    TRY(look(k, PCAP_FILE_HEADER_LEN, &s));
    TRY(other_file(k, &s, &handled));
    if (handled) {
        return SCAPF_OK;
    }
    h = header_of(k, s.p);
    len = k->in.record_len + (size_t)h.captured;
    if (h.captured > limit_of(k)) {
        (void)diag_set(&why, SCAPF_E_LIMIT, RULE_PCAP_CAPLEN_LIMIT, s.off + 8, h.captured,
                       limit_of(k));
        return damaged(k, h, &why);
    }
    TRY(look(k, len + PCAP_FILE_HEADER_LEN, &s));
    if (s.avail < len) {
        (void)diag_set(&why, SCAPF_E_TRUNCATED, RULE_PCAP_DATA_SHORT, s.off, s.avail, len);
        return damaged(k, h, &why);
    }
    if (h.frac >= k->one) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_FRACTION, s.off + 4, h.frac, k->one);
        return damaged(k, h, &why);
    }
    TRY(leads_astray(k, &s, len, &astray));
    if (!may_be(k, &h) || repair_is_torn(k->r, s.off, len) || astray) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_DATA_SHORT, s.off, h.captured, 0);
        return damaged(k, h, &why);
    }
    return take(k, &s, &h, &why);
}

/* ------------------------------------------------------------------ all of it */

/* Records behind a header that says nothing? */
static bool guess(struct repair *r, const uint8_t *p, size_t avail, bool at_end)
{
    for (int i = 0; i < 4; i++) {
        struct pcap k = {.r = r, .link = 1, .major = 2, .minor = 4};

        k.in = (struct pcap_layout){.magic = i / 2 != 0 ? PCAP_NANO : PCAP_MICRO,
                                    .big_endian = i % 2 != 0,
                                    .exponent10 = i / 2 != 0 ? 9 : 6,
                                    .record_len = RECORD_LEN};
        k.one = i / 2 != 0 ? 1000000000u : 1000000u;
        if (is_chain(&k, p + PCAP_FILE_HEADER_LEN, avail - PCAP_FILE_HEADER_LEN, at_end)) {
            r->pcap = k.in;
            r->pcap_guessed = true;
            return true;
        }
    }
    return false;
}

bool repair_is_pcap(struct repair *r)
{
    const uint8_t *p;
    size_t avail;

    (void)src_peek(r->src, REPAIR_WINDOW, &p, &avail);
    if (avail < PCAP_FILE_HEADER_LEN) {
        return false;
    }
    return pcap_recognise(p, &r->pcap) || guess(r, p, avail, avail < REPAIR_WINDOW);
}

enum scapf_status repair_pcap(struct repair *r)
{
    struct pcap k = {.r = r, .in = r->pcap, .out = r->pcap};
    enum scapf_status status;

    k.one = k.in.exponent10 == 9 ? 1000000000u : 1000000u;
    if (k.in.magic == PCAP_MODIFIED) { /* [PCP-001] its records have 8 bytes that pcap has not */
        k.out.magic = PCAP_MICRO;
        k.out.record_len = RECORD_LEN;
    }
    TRY(file_header(&k));
    do {
        status = next_record(&k);
    } while (status == SCAPF_OK);
    repair_lose_end(r);
    return status == SCAPF_END ? SCAPF_OK : status;
}
