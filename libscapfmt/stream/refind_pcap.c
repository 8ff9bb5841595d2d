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

bool refind_pcap_is_near(const struct refind_pcap *k, uint32_t sec)
{
    int64_t apart = (int64_t)sec - (int64_t)k->last_sec;

    return apart >= -SLACK_SECONDS && apart <= SLACK_SECONDS;
}

bool refind_pcap_is_likely(const struct refind_pcap *k, const struct refind_header *h)
{
    return refind_pcap_may_be(k, h) && h->captured <= h->original &&
           h->original <= pcap_caplen_limit(k->link) * 4 &&
           (k->any ? refind_pcap_is_near(k, h->sec)
                   : h->sec > REFIND_YEAR_1980 || (k->hinted && refind_pcap_is_near(k, h->sec)));
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

bool refind_pcap_is_chain(const struct refind_pcap *k, const uint8_t *p, size_t avail, bool at_end)
{
    for (unsigned i = 0; i < CHAIN; i++) {
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

size_t refind_pcap_find(struct refind_pcap *k, const struct refind_sight *s, size_t from)
{
    uint64_t start = s->off + from;
    size_t head = k->layout.record_len;

    if (start >= k->clear_from && start <= k->clear_to) {
        from = (size_t)(k->clear_to - s->off);
    } else {
        k->clear_from = k->clear_to = start;
    }
    for (size_t at = from; at + head <= s->avail; at++) {
        if (refind_pcap_is_chain(k, s->p + at, s->avail - at, s->at_end) &&
            !refind_is_torn(k->f->gaps, s->off + at, head)) {
            k->clear_to = s->off + at;
            return at;
        }
    }
    k->clear_to = s->off + (s->avail > head ? s->avail - head : 0);
    return 0;
}
