/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader_resume.c - a reader goes on behind lost framing, where refind.c finds the next block or
 * record. Interfaces keep their ids and sections their places as far as what was passed over tells.
 */
#include "base/mem.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "stream/reader_impl.h"
#include "stream/refind.h"

/* Records of a classic pcap: a row of headers, or those of a like capture that was appended. */
static enum scapf_status resume_pcap(struct scapf_reader *r, struct refind *f,
                                     struct reader_gap *gap)
{
    struct refind_pcap k = {.f = f,
                            .link = r->section.interfaces[0].pub.link_type,
                            .major = r->section.pub.major,
                            .minor = r->section.pub.minor,
                            .last_sec = r->pcap_sec,
                            .any = r->pcap_timed};
    struct pcap_layout other;
    struct refind_sight s;

    refind_pcap_use(&k, &r->pcap);
    for (;;) {
        size_t at;

        TRY(refind_look(f, REFIND_WINDOW, &s));
        if (gap->len == 0 && refind_pcap_starts(s.p, s.avail, &other) &&
            other.magic == r->pcap.magic && other.big_endian == r->pcap.big_endian) {
            k.any = false;
        } else if (gap->len == 0 && s.avail >= r->pcap.record_len) {
            refind_pcap_hint(&k, s.p);
        }
        at = refind_pcap_find(&k, &s, 1);
        if (at == 0) {
            at = s.at_end ? s.avail : s.avail - REFIND_WINDOW / 2;
            src_consume(r->src, at);
            gap->len += at;
            if (s.at_end) {
                return SCAPF_END;
            }
            continue;
        }
        src_consume(r->src, at);
        gap->len += at;
        return SCAPF_OK;
    }
}

/* Another section, its header lost. */
static void make_section(struct scapf_reader *r, bool big_endian, uint64_t off)
{
    uint8_t body[16] = {[4] = big_endian ? 0 : 1, [5] = big_endian ? 1 : 0}; /* version 1.0 */

    memset(body + 8, 0xFF, 8); /* of unknown length */
    (void)section_begin(&r->section, body, off, big_endian, &r->damage);
    r->foreign_section = false;
}

/* Bytes that are no block. An interface they described keeps its id. */
static enum scapf_status pass_over(struct scapf_reader *r, struct reader_gap *gap, size_t len,
                                   uint32_t type, bool lost_section)
{
    gap->len += len;
    if (type == SCAPF_BLOCK_IDB && r->section.any && !r->foreign_section && !lost_section &&
        section_add_interface(&r->section, NULL, 0, gap->off, &r->damage) != SCAPF_E_FORMAT) {
        r->diag = r->damage;
        return r->damage.status;
    }
    return SCAPF_OK;
}

static enum scapf_status resume_pcapng(struct scapf_reader *r, struct refind *f,
                                       struct reader_gap *gap)
{
    struct scapf_diag diag = r->diag;
    struct refind_lost lost;
    struct piece piece;
    struct frame next;
    enum scapf_status status;

    do {
        status = refind_block(f, &diag, &piece, &lost);
        if (status == SCAPF_OK && piece.proven) {
            r->refound = (struct frame){piece.raw, (uint32_t)piece.len, piece.type, piece.off,
                                        piece.big_endian};
            return SCAPF_OK;
        }
        if (status == SCAPF_OK) { /* what it says is not sure enough to be judged */
            src_consume(r->src, piece.consumes);
            f->lost_section |= piece.type == SCAPF_BLOCK_SHB;
            f->big_endian = piece.big_endian;
            lost = (struct refind_lost){.len = piece.consumes, .type = piece.type};
        } else if (status < 0) {
            r->diag = *src_diag(r->src);
            return status;
        }
        TRY(pass_over(r, gap, lost.len, lost.type, f->lost_section));
        if (lost.len == 0 && !lost.turned) {
            return SCAPF_END;
        }
        status = frame_peek(r->src, f->big_endian, r->max_block, &next, &diag);
    } while (status < 0);
    if (status == SCAPF_OK && next.type != SCAPF_BLOCK_SHB &&
        (f->lost_section || !r->section.any)) {
        gap->section = true;
        make_section(r, f->big_endian, src_tell(r->src));
    }
    return status;
}

/* No capture starts the stream: one may start later, or its header is lost. */
static enum scapf_status resume_start(struct scapf_reader *r, struct refind *f,
                                      struct reader_gap *gap)
{
    const uint8_t *p;
    enum scapf_status status;
    size_t at;

    do {
        status = refind_first(f, &at);
        if (status < 0) {
            r->diag = *src_diag(r->src);
            return status;
        }
        src_consume(r->src, at);
        gap->len += at;
    } while (status == SCAPF_END && at > 0);
    if (status == SCAPF_OK) {
        r->mode = MODE_PCAPNG;
        TRY(src_peek(r->src, FRAME_MIN_LEN, &p, &at));
        if (get_u32(p, true) != SCAPF_BLOCK_SHB) {
            gap->section = true;
            make_section(r, f->big_endian, src_tell(r->src));
        }
    }
    return status;
}

enum scapf_status reader_resume(struct scapf_reader *r, struct reader_gap *gap)
{
    static enum scapf_status (*const ways[])(struct scapf_reader *, struct refind *,
                                             struct reader_gap *) = {
        [MODE_START] = resume_start, [MODE_PCAPNG] = resume_pcapng, [MODE_PCAP] = resume_pcap};
    struct refind f = {.src = r->src,
                       .schema = r->schema,
                       .max_block = r->max_block,
                       .gaps = r->gaps,
                       .big_endian = r->section.pub.big_endian};
    enum scapf_status status = r->status;

    r->torn = false;
    *gap = (struct reader_gap){.off = src_tell(r->src)};
    if ((status != SCAPF_E_FORMAT && status != SCAPF_E_TRUNCATED && status != SCAPF_E_LIMIT) ||
        r->diag.rule == RULE_INTERFACE_LIMIT) {
        if (!src_remaining(r->src, &gap->len)) {
            gap->len = 0;
        }
        return status;
    }
    status = ways[r->mode](r, &f, gap);
    if (status < 0) { /* the search itself failed: nothing behind was looked at */
        r->status = status;
        if (src_diag(r->src) != NULL && src_diag(r->src)->status == status) {
            r->diag = *src_diag(r->src);
        }
        return status;
    }
    r->ledger.skipped_places--;
    if (gap->len > 0) {
        reader_skipped(r, gap->off, gap->len);
        r->skipped_before = r->ledger.skipped_bytes;
        r->passed_over++;
    } else {
        r->ledger.stopped = r->ledger.skipped_places > 0;
        r->ledger.skipped_bytes = r->skipped_before;
    }
    if (status == SCAPF_OK) {
        r->status = SCAPF_OK;
    }
    return status;
}

/* ------------------------------------------------------------------ damage of the packing */

static void on_gap(void *ctx, const struct scapf_diag *diag, uint64_t raw_off, uint64_t raw_len)
{
    struct scapf_reader *r = ctx;
    const struct refind_gap gap = {
        .from = diag->off, .to = diag->off, .diag = *diag, .raw_off = raw_off, .raw_len = raw_len};

    refind_break(r->gaps, &gap);
}

enum scapf_status reader_salvage(struct scapf_reader *r)
{
    if (scapf_src_compression(r->src) == SCAPF_PLAIN) {
        return SCAPF_OK;
    }
    r->gaps = mem_zalloc(r->alloc, sizeof(*r->gaps));
    if (r->gaps == NULL) {
        return SCAPF_E_NOMEM;
    }
    src_salvage(r->src, on_gap, r);
    return SCAPF_OK;
}

bool reader_break(struct scapf_reader *r, uint64_t off, struct refind_gap *gap)
{
    for (uint32_t i = 0; r->gaps != NULL && i < r->gaps->n; i++) {
        if (!r->gaps->list[i].told && r->gaps->list[i].from <= off) {
            r->gaps->list[i].told = true;
            *gap = r->gaps->list[i];
            return true;
        }
    }
    return false;
}

bool reader_is_torn(const struct scapf_reader *r)
{
    return r->torn;
}

/* As far as the numbers there tell. */
static uint64_t claimed_len(struct scapf_reader *r)
{
    bool is_pcap = r->mode == MODE_PCAP;
    size_t at = is_pcap ? 8 : 4; /* of its length */
    const uint8_t *p;
    size_t avail;

    if (r->mode == MODE_START || src_peek(r->src, at + 4, &p, &avail) < 0 || avail < at + 4) {
        return PCAP_FILE_HEADER_LEN;
    }
    return PCAP_FILE_HEADER_LEN +
           (uint64_t)get_u32(p + at, is_pcap ? r->pcap.big_endian : r->section.pub.big_endian);
}

enum scapf_status reader_see_break(struct scapf_reader *r, enum scapf_status status, uint64_t len)
{
    uint64_t off = src_tell(r->src);
    const struct refind_gap *gap;

    refind_forget(r->gaps, off);
    if (status == SCAPF_E_FORMAT || status == SCAPF_E_TRUNCATED || status == SCAPF_E_LIMIT) {
        len = claimed_len(r);
    } else if (status != SCAPF_OK) {
        return status;
    }
    gap = refind_torn_by(r->gaps, off, len);
    if (gap == NULL && r->mode == MODE_START && r->gaps->n > 0) {
        gap = &r->gaps->list[0]; /* nothing of the first part is left */
    }
    if (gap == NULL) {
        return status;
    }
    r->torn = true;
    r->diag = gap->diag;
    return r->diag.status;
}

void reader_skipped(struct scapf_reader *r, uint64_t off, uint64_t len)
{
    struct scapf_ledger *l = &r->ledger;

    if (l->skipped_places++ == 0) {
        l->skipped_off = off;
    }
    l->stopped = true;
    l->skipped_bytes = len != UINT64_MAX ? r->skipped_before + len : UINT64_MAX;
}
