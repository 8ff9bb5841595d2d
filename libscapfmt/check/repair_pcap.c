/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_pcap.c - classic pcap. A record is believed when something like a header, or the end,
 * follows it; else a row of headers that lead to each other is looked for, and the length is what
 * lies before it. [draft-ietf-opsawg-pcap]
 */
#include "block/frame.h"
#include "block/opt_table.h"
#include "bytes/cur.h"
#include "check/repair.h"

#define ROW_LEN       ((size_t)16 << 10) /* in which some records show that they are a row */
#define SNAPLEN_USUAL ((uint32_t)256 << 10)
#define LINK_TYPE     0xFFFFu
#define HEAD_LEN_MAX  (PCAP_FILE_HEADER_LEN + 3) /* records read off by some bytes look alike */
#define LINK_BITS     0xF400FFFFu /* FCS length, P, link type; the others are reserved */

struct pcap {
    struct repair *r;
    struct refind_pcap in;
    struct pcap_layout out;
    uint32_t snaplen;
    uint64_t believed_to; /* headers up to here lead to a likely one, or no row is near */
};

/* What is in sight at the position of the source. */
static enum scapf_status look(struct pcap *k, size_t want, struct refind_sight *s)
{
    enum scapf_status status = refind_look(&k->r->find, want, s);

    if (status < 0) {
        k->r->diag = *src_diag(k->r->find.src);
    }
    return status;
}

static uint32_t limit_of(const struct pcap *k)
{
    return pcap_caplen_limit(k->in.link);
}

/* ------------------------------------------------------------------ writing */

static void put_header(const struct pcap *k, const struct refind_header *h, uint8_t *to)
{
    const uint32_t words[] = {h->sec, h->frac, h->captured, h->original};

    for (size_t i = 0; i < 4; i++) {
        for (unsigned b = 0; b < 4; b++) {
            to[4 * i + b] = (uint8_t)(words[i] >> 8 * (k->out.big_endian ? 3 - b : b));
        }
    }
}

/* A record with this header: as it is when nothing was done to it. */
static enum scapf_status write_record(struct pcap *k, const struct refind_sight *s,
                                      struct refind_header h, size_t data_len,
                                      const struct scapf_diag *why)
{
    struct repair *r = k->r;
    size_t len = k->in.layout.record_len + data_len;
    uint8_t head[PCAP_RECORD_LEN];

    repair_lose_end(r);
    r->counts.packets++;
    if (r->did == 0 && k->in.layout.magic == k->out.magic &&
        k->in.layout.big_endian == k->out.big_endian) {
        r->counts.kept++;
        return repair_write(r, s->p, len);
    }
    r->counts.changed++;
    if (r->did != 0) {
        repair_tell(r, SCAPF_MEND_RECORD_HEADER, s->off, len, 0, why);
    }
    if (k->out.exponent10 < k->in.layout.exponent10) {
        h.frac /= 1000;
    } else if (k->out.exponent10 > k->in.layout.exponent10) {
        h.frac *= 1000;
    }
    if (k->in.major == 2 && k->in.minor < 3) { /* the output has the same version */
        uint32_t other = h.captured;

        h.captured = h.original;
        h.original = other;
    }
    put_header(k, &h, head);
    TRY(repair_write(r, head, sizeof(head)));
    r->counts.blocks--; /* one record, in two parts */
    return repair_write(r, s->p + k->in.layout.record_len, data_len);
}

static enum scapf_status file_header(struct pcap *k)
{
    struct repair *r = k->r;
    struct out *o = &r->block;
    struct scapf_diag why = {0};
    const uint8_t *p;
    size_t avail;
    uint32_t link;
    bool big = k->in.layout.big_endian;

    (void)src_peek(r->find.src, PCAP_FILE_HEADER_LEN, &p, &avail);
    out_clear(o);
    out_bytes(o, p, PCAP_FILE_HEADER_LEN);
    if (out_status(o) < 0) {
        return repair_memory(r);
    }
    o->big_endian = big;
    link = get_u32(p + 20, big);
    k->in.link = (uint16_t)link;
    k->in.major = get_u16(p + 4, big);
    k->in.minor = get_u16(p + 6, big);
    k->snaplen = get_u32(p + 16, big);
    r->did = 0;
    if (get_u32(p, big) != k->out.magic) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_MAGIC, 0, get_u32(p, big), k->out.magic);
        out_fill_u32(o, (struct out_mark){0}, k->out.magic);
        repair_did(r, SCAPF_MEND_FILE_HEADER);
    }
    if (k->in.major > 2 || (k->in.major == 2 && k->in.minor > 4)) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_VERSION_NEW, 4, k->in.major, 2);
        k->in.major = 2;
        k->in.minor = 4;
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
    src_consume(r->find.src, PCAP_FILE_HEADER_LEN);
    return repair_write(r, o->bytes, o->len);
}

/* What stands before the first record tells nothing: a header in its place. */
static enum scapf_status make_header(struct pcap *k)
{
    struct repair *r = k->r;
    struct out *o = &r->block;
    struct scapf_diag why = {0};

    if (r->pcap_at > 0) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_MAGIC, 0, 0, k->out.magic);
        repair_lose(r, SCAPF_MEND_LOST_BYTES, 0, r->pcap_at, &why);
        repair_lose_end(r);
        src_consume(r->find.src, r->pcap_at);
    }
    k->in.link = r->pcap_link;
    k->in.major = 2;
    k->in.minor = 4;
    k->snaplen = SNAPLEN_USUAL;
    out_clear(o);
    o->big_endian = k->out.big_endian;
    out_u32(o, k->out.magic);
    out_u16(o, k->in.major);
    out_u16(o, k->in.minor);
    out_zero(o, 8);
    out_u32(o, k->snaplen);
    out_u32(o, k->in.link);
    if (out_status(o) < 0) {
        return repair_memory(r);
    }
    repair_tell(r,
                r->pcap_link == REPAIR_LINK_UNKNOWN ? SCAPF_MEND_FILE_HEADER_GUESSED
                                                    : SCAPF_MEND_FILE_HEADER_ADDED,
                r->pcap_at, 0, 0, NULL);
    r->counts.added++;
    return repair_write(r, o->bytes, o->len);
}

/* ------------------------------------------------------------------ records */

static enum scapf_status take(struct pcap *k, const struct refind_sight *s,
                              const struct refind_header *h, const struct scapf_diag *why)
{
    size_t len = k->in.layout.record_len + (size_t)h->captured;

    TRY(write_record(k, s, *h, h->captured, why));
    refind_pcap_timed(&k->in, h->sec);
    src_consume(k->r->find.src, len);
    return SCAPF_OK;
}

static enum scapf_status lose(struct pcap *k, const struct refind_sight *s, size_t n,
                              enum scapf_mend mend, const struct scapf_diag *why)
{
    repair_lose(k->r, mend, s->off, n, why);
    src_consume(k->r->find.src, n);
    return SCAPF_OK;
}

/* Somebody used cat. Records of the same link type go on, whatever their form. [PCP-031] */
static enum scapf_status other_file(struct pcap *k, struct refind_sight *s, bool *handled)
{
    struct pcap_layout layout;
    struct scapf_diag why;
    bool pcapng = s->avail >= FRAME_MIN_LEN && get_u32(s->p, true) == SCAPF_BLOCK_SHB &&
                  (get_u32(s->p + 8, true) == FRAME_BYTE_ORDER_MAGIC ||
                   get_u32(s->p + 8, false) == FRAME_BYTE_ORDER_MAGIC);
    bool pcap = refind_pcap_starts(s->p, s->avail, &layout);

    *handled = pcap || pcapng;
    (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_CONCATENATED, s->off, 0, 0);
    if (!*handled) {
        return SCAPF_OK;
    }
    if (pcap && (uint16_t)get_u32(s->p + 20, layout.big_endian) == k->in.link && k->in.major == 2 &&
        k->in.minor == 4) {
        refind_pcap_use(&k->in, &layout);
        k->in.any = false;
        k->in.clear_from = k->in.clear_to = 0;
        return lose(k, s, PCAP_FILE_HEADER_LEN, SCAPF_MEND_LOST_FILE_HEADER, &why);
    }
    do { /* a file of another kind has no place in this one */
        TRY(lose(k, s, s->avail, SCAPF_MEND_LOST_BYTES, &why));
        TRY(look(k, 1, s));
    } while (s->avail > 0);
    return SCAPF_OK;
}

/* Is this where the record ends, when it has so many bytes? */
static bool could_end(const struct pcap *k, const struct refind_sight *s, uint64_t captured)
{
    uint64_t len = k->in.layout.record_len + captured;

    if (captured > limit_of(k) || len > s->avail) {
        return false;
    }
    return len == s->avail
               ? s->at_end
               : refind_pcap_is_chain(&k->in, s->p + len, s->avail - (size_t)len, s->at_end);
}

/* A header of zeros breaks no rule, but a hole looks like many of them: it is believed among
 * records of its time, right before other records, and first in the file, when more of them lead to
 * such a record or to the end. */
static enum scapf_status is_hole(struct pcap *k, struct refind_sight *s, bool *hole)
{
    struct refind_pcap of_zero = k->in;
    struct refind_header h = {0};
    size_t head = k->in.layout.record_len;
    size_t at = 0;

    if (k->in.any) {
        TRY(look(k, ROW_LEN, s));
        *hole = !refind_pcap_is_near(&k->in, 0) && !could_end(k, s, 0);
        return SCAPF_OK;
    }
    TRY(look(k, REFIND_WINDOW, s));
    while (s->avail - at >= head && refind_pcap_is_empty(&h)) {
        h = refind_pcap_header(&k->in, s->p + at);
        at += head;
    }
    of_zero.any = true;
    *hole = refind_pcap_is_empty(&h) ? at < s->avail
                                     : !refind_pcap_is_chain(&of_zero, s->p + at - head,
                                                             s->avail - at + head, s->at_end);
    return SCAPF_OK;
}

/* A header, or another capture, or the end, or so little that it cannot be told. */
static bool is_header_at(const struct pcap *k, const struct refind_sight *s, size_t at,
                         struct refind_header *h)
{
    struct pcap_layout layout;

    *h = (struct refind_header){0};
    if (s->avail < at + k->in.layout.record_len) {
        return true;
    }
    if (refind_pcap_starts(s->p + at, s->avail - at, &layout) ||
        get_u32(s->p + at, true) == SCAPF_BLOCK_SHB) {
        return true;
    }
    *h = refind_pcap_header(&k->in, s->p + at);
    return refind_pcap_may_be(&k->in, h) || refind_pcap_is_empty(h);
}

/* Does something that is no header follow the record? Then its length may be wrong. What is an odd
 * header, or follows one, has to lead to another one; so has one of nothing, captured of nothing:
 * a hole may begin in it. */
static enum scapf_status leads_astray(struct pcap *k, struct refind_sight *s,
                                      const struct refind_header *h, bool *astray)
{
    size_t len = k->in.layout.record_len + (size_t)h->captured;
    bool odd = h->captured > h->original;
    bool nothing = h->original == 0 && !refind_pcap_is_empty(h);
    struct refind_header next;
    size_t behind;

    if (odd || nothing) {
        TRY(look(k, len + ROW_LEN, s));
    }
    *astray = !is_header_at(k, s, len, &next) || (nothing && !odd && !could_end(k, s, 0));
    if (odd && could_end(k, s, h->original)) { /* where it leads is there by chance */
        *astray = true;
    } else if (s->avail >= len + k->in.layout.record_len && refind_pcap_is_empty(&next) &&
               !refind_pcap_is_empty(h)) {
        *astray = !refind_pcap_is_likely(&k->in, h) || /* the hole may begin in this one */
                  (h->captured == 0 && !refind_pcap_is_near(&k->in, 0));
    }
    if (*astray || next.sec == 0 || (!odd && refind_pcap_follows(&k->in, h, &next))) {
        return SCAPF_OK;
    }
    behind = len + k->in.layout.record_len + next.captured;
    TRY(look(k, behind + PCAP_FILE_HEADER_LEN, s));
    *astray = s->avail < behind || !is_header_at(k, s, behind, &next);
    return SCAPF_OK;
}

static bool is_odd(const struct pcap *k, const struct refind_header *h)
{
    return !refind_pcap_is_empty(h) && !refind_pcap_is_likely(&k->in, h);
}

/* An odd header, here or next: it may be a part of data, or of a header that starts elsewhere. */
static enum scapf_status is_misread(struct pcap *k, struct refind_sight *s,
                                    const struct refind_header *h, bool *misread)
{
    size_t len = k->in.layout.record_len + (size_t)h->captured;
    struct refind_header next;
    struct refind_sight near;
    size_t row;
    size_t met;

    (void)is_header_at(k, s, len, &next);
    if (s->off < k->believed_to || (!is_odd(k, h) && !is_odd(k, &next))) {
        return SCAPF_OK;
    }
    TRY(look(k, len + ROW_LEN, s));
    near = *s;
    if (near.avail > len + ROW_LEN) {
        near.avail = len + ROW_LEN;
        near.at_end = false;
    }
    row = refind_pcap_find(&k->in, &near, 1);
    met = row > 0 ? refind_pcap_meets(&k->in, &near, row) : near.avail / 2;
    *misread = row > 0 && met == 0;
    if (k->in.any) {
        k->believed_to = s->off + met; /* each stretch is looked through twice at most */
    }
    return SCAPF_OK;
}

/* A record whose header does not lead to another one. */
static enum scapf_status damaged(struct pcap *k, struct refind_header h,
                                 const struct scapf_diag *why)
{
    struct refind_sight s;
    size_t head = k->in.layout.record_len;
    bool whole;
    bool fits;
    bool late;
    size_t at;

    TRY(look(k, REFIND_WINDOW, &s));
    refind_pcap_hint(&k->in, s.p);
    fits = h.captured <= limit_of(k) && head + h.captured <= s.avail;
    repair_did(k->r, SCAPF_MEND_RECORD_HEADER);
    late = h.frac >= k->in.one;
    h.frac = late ? k->in.one - 1 : h.frac;
    if (h.captured <= h.original && could_end(k, &s, h.captured)) { /* it is only the fraction */
        return take(k, &s, &h, why);
    }
    if (could_end(k, &s, h.original)) {
        h.captured = h.original;
        return take(k, &s, &h, why);
    }
    if (could_end(k, &s, h.captured)) {
        return take(k, &s, &h, why);
    }
    at = refind_pcap_find(&k->in, &s, 1);
    whole = at >= head && at - head <= limit_of(k) && k->in.any &&
            refind_pcap_is_near(&k->in, h.sec) && !refind_is_torn(&k->r->gaps, s.off, at);
    if (whole && (!fits || h.captured == 0 || at < head + h.captured || at - head == k->snaplen)) {
        h.captured = (uint32_t)(at - head);
        h.original = h.original == 0 ? h.captured : h.original;
        return take(k, &s, &h, why);
    }
    if (fits && refind_pcap_is_likely(&k->in, &h) && (at == 0 || at > head + h.captured) &&
        !refind_is_torn(&k->r->gaps, s.off, head + h.captured)) {
        k->r->did = late ? k->r->did : 0; /* the next one is damaged, not this one */
        return take(k, &s, &h, why);
    }
    if (at == 0) {
        at = s.at_end ? s.avail : s.avail - REFIND_WINDOW / 2;
    }
    return lose(k, &s, at,
                s.at_end && at == s.avail && why->rule == RULE_PCAP_DATA_SHORT
                    ? SCAPF_MEND_LOST_CUT
                    : SCAPF_MEND_LOST_BYTES,
                why);
}

/* A hole, and what cannot be told from it: up to the next row of records. */
static enum scapf_status pass_hole(struct pcap *k)
{
    struct scapf_diag why = {0};
    struct refind_sight s;
    size_t at;

    TRY(look(k, REFIND_WINDOW, &s));
    at = refind_pcap_find(&k->in, &s, 1);
    if (at == 0) {
        at = s.at_end ? s.avail : s.avail - REFIND_WINDOW / 2;
    }
    (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_DATA_SHORT, s.off, 0, 0);
    return lose(k, &s, at, SCAPF_MEND_LOST_BYTES, &why);
}

static enum scapf_status next_record(struct pcap *k)
{
    struct scapf_diag why = {0};
    struct refind_sight s;
    struct refind_header h;
    bool handled;
    bool astray = false;
    size_t len;

    k->r->did = 0;
    TRY(look(k, k->in.layout.record_len, &s));
    if (s.avail == 0) {
        return SCAPF_END;
    }
    if (s.avail < k->in.layout.record_len) {
        (void)diag_set(&why, SCAPF_E_TRUNCATED, RULE_PCAP_RECORD_SHORT, s.off, s.avail,
                       k->in.layout.record_len);
        return lose(k, &s, s.avail, SCAPF_MEND_LOST_CUT, &why);
    }
    TRY(look(k, PCAP_FILE_HEADER_LEN, &s));
    TRY(other_file(k, &s, &handled));
    if (handled) {
        return SCAPF_OK;
    }
    h = refind_pcap_header(&k->in, s.p);
    if (refind_pcap_is_empty(&h)) {
        TRY(is_hole(k, &s, &astray));
        if (astray) {
            return pass_hole(k);
        }
    }
    len = k->in.layout.record_len + (size_t)h.captured;
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
    if (h.frac >= k->in.one) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_FRACTION, s.off + 4, h.frac, k->in.one);
        return damaged(k, h, &why);
    }
    TRY(leads_astray(k, &s, &h, &astray));
    if (!astray) {
        TRY(is_misread(k, &s, &h, &astray));
    }
    if (refind_is_torn(&k->r->gaps, s.off, len) || astray) {
        (void)diag_set(&why, SCAPF_E_FORMAT, RULE_PCAP_DATA_SHORT, s.off, h.captured, 0);
        return damaged(k, h, &why);
    }
    return take(k, &s, &h, &why);
}

/* ------------------------------------------------------------------ all of it */

/* Does a header whose magic is wrong say anything else? */
static bool is_believed(const uint8_t *header, bool big_endian)
{
    return get_u16(header + 4, big_endian) == 2 && get_u16(header + 6, big_endian) <= 4 &&
           opt_link_type_name(get_u32(header + 20, big_endian) & LINK_TYPE) != NULL;
}

bool repair_is_pcap(struct repair *r)
{
    const uint8_t *p;
    size_t avail;

    (void)src_peek(r->find.src, PCAP_FILE_HEADER_LEN, &p, &avail);
    if (avail >= PCAP_FILE_HEADER_LEN && pcap_recognise(p, &r->pcap)) {
        return true;
    }
    if (!repair_find_records(r, HEAD_LEN_MAX, false)) {
        return false;
    }
    (void)src_peek(r->find.src, PCAP_FILE_HEADER_LEN, &p, &avail);
    r->pcap_headless = r->pcap_at != PCAP_FILE_HEADER_LEN || !is_believed(p, r->pcap.big_endian);
    return true;
}

bool repair_has_records(struct repair *r)
{
    r->pcap_headless = repair_find_records(r, REFIND_WINDOW, true);
    return r->pcap_headless;
}

enum scapf_status repair_pcap(struct repair *r)
{
    struct pcap k = {.r = r, .in = {.f = &r->find}, .out = r->pcap};
    enum scapf_status status;

    refind_pcap_use(&k.in, &r->pcap);
    if (k.in.layout.magic ==
        PCAP_MODIFIED) { /* [PCP-001] its records have 8 bytes that pcap has not */
        k.out.magic = PCAP_MICRO;
        k.out.record_len = PCAP_RECORD_LEN;
    }
    TRY(r->pcap_headless ? make_header(&k) : file_header(&k));
    do {
        status = next_record(&k);
    } while (status == SCAPF_OK);
    repair_lose_end(r);
    return status == SCAPF_END ? SCAPF_OK : status;
}
