/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refind_pcap.c - where the next record of a classic pcap stands. Records have one length and no
 * mark: whether a header is one shows only in where it leads. A row of headers that lead to each
 * other, or to the end, is looked for. [draft-ietf-opsawg-pcap]
 */
#include "stream/refind.h"

#include "bytes/cur.h"

#define SLACK_SECONDS 86400 /* how far times of neighbours may lie apart in a search */
#define CHAIN         3u
#define SHORT_CHAIN   2u /* of times that no other numbers are by chance */

void refind_pcap_use(struct refind_pcap *k, const struct pcap_layout *layout)
{
    k->layout = *layout;
    k->one = layout->exponent10 == 9 ? 1000000000u : 1000000u;
}

struct refind_header refind_pcap_header(const struct refind_pcap *k, const uint8_t *p)
{
    bool big = k->layout.big_endian;
    struct refind_header h = {get_u32(p, big), get_u32(p + 4, big), get_u32(p + 8, big),
                              get_u32(p + 12, big)};

    /* before version 2.3 the lengths stood in the other order, 2.3 has both [libpcap] */
    if (k->major == 2 && (k->minor < 3 || (k->minor == 3 && h.captured > h.original))) {
        uint32_t other = h.captured;

        h.captured = h.original;
        h.original = other;
    }
    return h;
}

bool refind_pcap_may_be(const struct refind_pcap *k, const struct refind_header *h)
{
    return h->frac < k->one && h->captured <= pcap_caplen_limit(k->link) &&
           !refind_pcap_is_empty(h);
}

static bool are_near(uint32_t a, uint32_t b)
{
    int64_t apart = (int64_t)a - (int64_t)b;

    return apart >= -SLACK_SECONDS && apart <= SLACK_SECONDS;
}

bool refind_pcap_is_near(const struct refind_pcap *k, uint32_t sec)
{
    return are_near(k->last_sec, sec);
}

void refind_pcap_timed(struct refind_pcap *k, uint32_t sec)
{
    bool other = !k->any || !are_near(k->last_sec, sec);

    k->odd = k->any && other && !(k->odd && are_near(k->odd_sec, sec));
    if (other) {
        k->clear_from = k->clear_to = 0; /* other rows can be found now */
    }
    if (k->odd) {
        k->odd_sec = sec;
    } else {
        k->last_sec = sec;
    }
    k->any = true;
}

static bool is_sane(const struct refind_pcap *k, const struct refind_header *h)
{
    return refind_pcap_may_be(k, h) && h->captured <= h->original &&
           h->original <= pcap_caplen_limit(k->link) * 4;
}

bool refind_pcap_is_likely(const struct refind_pcap *k, const struct refind_header *h)
{
    return is_sane(k, h) &&
           (k->any ? refind_pcap_is_near(k, h->sec) || (k->odd && are_near(k->odd_sec, h->sec))
                   : h->sec > REFIND_YEAR_1980 || (k->hinted && refind_pcap_is_near(k, h->sec)));
}

bool refind_pcap_follows(const struct refind_pcap *k, const struct refind_header *h,
                         const struct refind_header *next)
{
    return refind_pcap_is_likely(k, next) ||
           (h->sec > REFIND_YEAR_1980 && are_near(h->sec, next->sec) && is_sane(k, next));
}

void refind_pcap_hint(struct refind_pcap *k, const uint8_t *p)
{
    struct refind_header h = refind_pcap_header(k, p);

    if (!k->any && !k->hinted && h.sec != 0) {
        k->hinted = true;
        k->last_sec = h.sec;
    }
}

bool refind_pcap_starts(const uint8_t *p, size_t avail, struct pcap_layout *layout)
{
    if (avail < PCAP_FILE_HEADER_LEN) {
        return false;
    }
    return pcap_recognise(p, layout) && get_u16(p + 4, layout->big_endian) == 2 &&
           get_u16(p + 6, layout->big_endian) == 4;
}

static bool is_chain(const struct refind_pcap *k, const uint8_t *p, size_t avail, bool at_end,
                     unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct refind_header h;
        size_t len;

        if (avail == 0 && i > 0) {
            return at_end && (i > 1 || k->any);
        }
        if (avail < k->layout.record_len) {
            return i > 1;
        }
        h = refind_pcap_header(k, p);
        if (!refind_pcap_is_likely(k, &h)) {
            return false;
        }
        len = k->layout.record_len + (size_t)h.captured;
        if (len > avail) {
            return i > 1;
        }
        p += len;
        avail -= len;
    }
    return true;
}

bool refind_pcap_is_chain(const struct refind_pcap *k, const uint8_t *p, size_t avail, bool at_end)
{
    bool calendar = k->any && k->last_sec > REFIND_YEAR_1980;

    return is_chain(k, p, avail, at_end, calendar ? SHORT_CHAIN : CHAIN);
}

bool refind_pcap_starts_row(const struct refind_pcap *k, const struct refind_sight *s, size_t at)
{
    struct refind_header h = refind_pcap_header(k, s->p + at);
    struct refind_pcap own = *k;

    own.any = own.odd = own.hinted = false;
    if (h.captured == 0 || h.captured + k->layout.record_len >= s->avail - at ||
        !refind_pcap_is_likely(&own, &h)) {
        return false;
    }
    own.any = true;
    own.last_sec = h.sec;
    return is_chain(&own, s->p + at, s->avail - at, s->at_end, CHAIN);
}

size_t refind_pcap_find(struct refind_pcap *k, const struct refind_sight *s, size_t from)
{
    uint64_t start = s->off + from;
    size_t head = k->layout.record_len;
    size_t other = 0;

    if (start >= k->clear_from && start <= k->clear_to) {
        from = (size_t)(k->clear_to - s->off);
    } else {
        k->clear_from = k->clear_to = start;
    }
    for (size_t at = from; at + head <= s->avail; at++) {
        if (refind_is_torn(k->f->gaps, s->off + at, head)) {
            continue;
        }
        if (refind_pcap_is_chain(k, s->p + at, s->avail - at, s->at_end)) {
            k->clear_to = s->off + at;
            return at;
        }
        if (other == 0 && refind_pcap_starts_row(k, s, at)) {
            other = at;
        }
    }
    k->clear_to = s->off + (other > 0 ? other : s->avail > head ? s->avail - head : 0);
    return other;
}

size_t refind_pcap_meets(const struct refind_pcap *k, const struct refind_sight *s, size_t row)
{
    struct refind_header h = refind_pcap_header(k, s->p);
    size_t at = k->layout.record_len + (size_t)h.captured;

    while (at < row) {
        struct refind_header next = refind_pcap_header(k, s->p + at);
        struct pcap_layout other;

        if (refind_pcap_follows(k, &h, &next) ||
            refind_pcap_starts(s->p + at, s->avail - at, &other)) {
            return at;
        }
        at += k->layout.record_len + (size_t)next.captured;
        h = next;
    }
    return at == row ? at : 0;
}
