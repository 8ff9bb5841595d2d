/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair.c - a damaged capture becomes one without errors: which blocks are written, and how.
 *
 * Every block is shown to a reader and the checks of its own as the next one of the output. One
 * that breaks no rule of severity "error" is written as it is; another is put right by
 * repair_block() until it passes, or is left out.
 */
#include "check/repair.h"

#include "base/mem.h"
#include "block/frame.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "io/sink.h"
#include "stream/reader.h"

#define DEFAULT_MAX_BLOCK ((uint32_t)256 << 20)

static const struct {
    const char *name, *sentence;
    bool lost;
} mends[] = {
#define X(name, lost, text) {#name, text, lost},
    SCAPF_MENDS(X)
#undef X
};

const char *scapf_mend_name(enum scapf_mend mend)
{
    return (unsigned)mend < SCAPF_MEND_COUNT ? mends[mend].name : "NONE";
}

const char *scapf_mend_sentence(enum scapf_mend mend)
{
    return (unsigned)mend < SCAPF_MEND_COUNT ? mends[mend].sentence : "";
}

bool scapf_mend_is_loss(enum scapf_mend mend)
{
    return (unsigned)mend < SCAPF_MEND_COUNT && mends[mend].lost;
}

/* ------------------------------------------------------------------ notes */

/* The source found a break in its packing. */
static void on_gap(void *ctx, const struct scapf_diag *diag, uint64_t raw_off, uint64_t raw_len)
{
    struct repair *r = ctx;
    struct scapf_repair_note note = {.mend = SCAPF_MEND_LOST_PACKED,
                                     .off = diag->off,
                                     .raw_off = raw_off,
                                     .raw_len = raw_len,
                                     .diag = *diag};

    r->counts.packed_gaps++;
    refind_break(&r->gaps, &(struct refind_gap){.from = diag->off, .to = diag->off, .told = true});
    repair_send(r, &note);
}

/* ------------------------------------------------------------------ the judge */

static void judge_report(void *ctx, const struct scapf_diag *diag)
{
    struct judge *j = ctx;

    /* what a section lacks shows at its end, and is not the fault of the block shown now */
    if (j->error.rule == RULE_NONE && diag->off >= j->at &&
        scapf_rule_get(diag->rule)->severity == SCAPF_ERROR) {
        j->error = *diag;
    }
}

static enum scapf_status judge_init(struct repair *r, struct judge *j)
{
    const struct scapf_reader_opts opts = {
        .size = sizeof(opts), .alloc = r->alloc, .schema = r->schema, .max_block = UINT32_MAX};

    j->shown = src_shown(r->alloc);
    if (j->shown == NULL) {
        return repair_memory(r);
    }
    if (scapf_reader_new(j->shown, &opts, &j->reader) < 0) {
        return repair_memory(r);
    }
    j->checker = mem_zalloc(r->alloc, sizeof(*j->checker));
    if (j->checker == NULL) {
        return repair_memory(r);
    }
    j->checker->reader = j->reader;
    j->checker->schema = r->schema;
    j->checker->report = judge_report;
    j->checker->ctx = j;
    return SCAPF_OK;
}

static void judge_release(struct repair *r, struct judge *j)
{
    mem_free(r->alloc, j->checker);
    scapf_reader_free(j->reader);
}

/* ------------------------------------------------------------------ which blocks */

static enum scapf_status keep_rows(struct repair *r, const struct refind_lost *lost,
                                   const struct scapf_diag *diag, size_t *used);

/* The first event of a section that lost its process list. */
static enum scapf_status before_event(struct repair *r, struct piece *piece)
{
    const uint8_t *p;
    size_t avail;
    bool own = piece->raw == r->block.bytes || piece->raw == r->frame.bytes;

    TRY(repair_add_tables(r, piece));
    if (!own && src_peek(r->find.src, piece->consumes, &p, &avail) == SCAPF_OK) {
        piece->raw = p; /* the source may have moved its bytes */
    }
    return SCAPF_OK;
}

static bool is_event(uint32_t type)
{
    const struct block_type *row = block_type_find(type);

    return row != NULL && row->kind == SCAPF_KIND_EVENT;
}

static bool is_process_list(const struct repair *r, uint32_t type)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(r->schema, type, &number);

    return info != NULL && strcmp(info->name, "process") == 0;
}

static enum scapf_status take_other(struct repair *r, struct piece *piece)
{
    struct scapf_diag first = {0};

    TRY(repair_resolve(r, piece));
    for (unsigned round = 0; round < REPAIR_ROUNDS; round++) {
        struct out other;

        TRY(repair_show(r, &r->judge, piece->raw, piece->len));
        if (r->judge.error.rule == RULE_NONE) {
            r->has_processes = r->has_processes || is_process_list(r, piece->type);
            return repair_write_piece(r, piece, &first);
        }
        if (r->judge.error.rule == RULE_MIX_V2_IN_V1 && !r->has_processes && !r->told_processes) {
            TRY(before_event(r, piece)); /* mergecap drops the tables, too */
            continue;
        }
        if (round == 0) {
            first = repair_in_input(&r->judge.error, piece);
        }
        if (!piece->proven) {
            break; /* it only seemed to be a block */
        }
        if (r->judge.error.rule == RULE_TSOFFSET_RANGE && round < 2) {
            TRY(repair_leave_offset(r, piece));
            continue;
        }
        out_clear(&r->spare);
        if (!repair_block(r, piece, &r->judge.error, round, &r->spare)) {
            if (out_status(&r->spare) < 0) {
                return repair_memory(r);
            }
            break;
        }
        other = r->block;
        r->block = r->spare;
        r->spare = other;
        piece->raw = r->block.bytes;
        piece->len = r->block.len;
        piece->type = get_u32(piece->raw, piece->big_endian);
    }
    if (!piece->proven) { /* a number in a cut list may be the distance to its start */
        const struct refind_lost lost = {.raw = piece->raw,
                                         .big_endian = piece->big_endian,
                                         .off = piece->off,
                                         .len = piece->consumes,
                                         .type = piece->type};
        size_t used;

        TRY(keep_rows(r, &lost, &first, &used));
        repair_lose(r, SCAPF_MEND_LOST_BYTES, lost.off + used, lost.len - used, &first);
        return SCAPF_OK;
    }
    return repair_lose_piece(r, piece, &first);
}

static enum scapf_status take_piece(struct repair *r, struct piece *piece)
{
    r->did = piece->reframed ? UINT64_C(1) << SCAPF_MEND_FRAME : 0;
    if (piece->type == SCAPF_BLOCK_SHB) {
        return repair_section(r, piece);
    }
    if (!r->in_section || r->find.lost_section) {
        TRY(repair_add_section(r, piece));
    }
    if (r->harmed && !r->has_processes && !r->told_processes && is_event(piece->type)) {
        TRY(before_event(r, piece));
    }
    return piece->type == SCAPF_BLOCK_IDB ? repair_interface(r, piece) : take_other(r, piece);
}

/* Give a reframed block its lengths, in a copy. */
static enum scapf_status reframe(struct repair *r, struct piece *piece)
{
    out_clear(&r->frame);
    out_bytes(&r->frame, piece->raw, piece->len);
    if (out_status(&r->frame) < 0) {
        return repair_memory(r);
    }
    r->frame.big_endian = piece->big_endian;
    if (piece->type == SCAPF_BLOCK_SHB) {
        out_fill_u32(&r->frame, (struct out_mark){8}, FRAME_BYTE_ORDER_MAGIC);
    }
    out_fill_u32(&r->frame, (struct out_mark){4}, (uint32_t)piece->len);
    out_fill_u32(&r->frame, (struct out_mark){piece->len - 4}, (uint32_t)piece->len);
    piece->raw = r->frame.bytes;
    return SCAPF_OK;
}

/* The end of a list is cut off, or torn away: its rows up to there are a list, too. *used is how
 * many of the bytes they are. */
static enum scapf_status keep_rows(struct repair *r, const struct refind_lost *lost,
                                   const struct scapf_diag *diag, size_t *used)
{
    struct piece piece = {
        .off = lost->off, .type = lost->type, .big_endian = lost->big_endian, .proven = true};
    size_t len = lost->len;

    *used = 0;
    for (uint32_t i = 0; i < r->gaps.n; i++) {
        uint64_t from = r->gaps.list[i].from;

        len = from > lost->off && from - lost->off < len ? (size_t)(from - lost->off) : len;
    }
    if (!r->in_section || r->find.lost_section || len < FRAME_MIN_LEN ||
        get_u32(lost->raw + 4, lost->big_endian) < len) { /* there it should end: it is not cut */
        return SCAPF_OK;
    }
    out_clear(&r->block);
    piece.consumes = repair_rows(r, lost, len, &r->block);
    if (out_status(&r->block) < 0) {
        return repair_memory(r);
    }
    if (piece.consumes == 0) {
        return SCAPF_OK;
    }
    piece.raw = r->block.bytes;
    piece.len = r->block.len;
    TRY(repair_show(r, &r->judge, piece.raw, piece.len));
    if (r->judge.error.rule != RULE_NONE) {
        return SCAPF_OK;
    }
    *used = piece.consumes;
    r->did = UINT64_C(1) << SCAPF_MEND_ENTRIES;
    r->has_processes = r->has_processes || is_process_list(r, piece.type);
    return repair_write_piece(r, &piece, diag);
}

/* The block at the position of the source. OK, END, or an error of the source. Lost bytes before it
 * were consumed. */
static enum scapf_status find(struct repair *r, struct piece *piece)
{
    struct refind *in = &r->find;
    struct scapf_diag diag = {0};
    struct refind_lost lost;
    struct frame f;
    size_t used;
    enum scapf_status status;

    for (;;) {
        refind_forget(in->gaps, src_tell(in->src));
        status = frame_peek(in->src, in->big_endian, in->max_block, &f, &diag);
        if (status == SCAPF_END) {
            return status;
        }
        if (status == SCAPF_OK && !refind_is_torn(in->gaps, f.off, f.len)) {
            *piece = (struct piece){.raw = f.raw,
                                    .len = f.len,
                                    .off = f.off,
                                    .consumes = f.len,
                                    .type = f.type,
                                    .big_endian = f.big_endian,
                                    .proven = true};
            return SCAPF_OK;
        }
        if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
            r->diag = diag;
            return status;
        }
        status = refind_block(in, &diag, piece, &lost);
        if (status == SCAPF_OK) {
            return reframe(r, piece);
        }
        if (status < 0) {
            r->diag = *src_diag(in->src);
            return status;
        }
        if (lost.len == 0 && !lost.turned) { /* it ends otherwise than at its end */
            r->diag = diag;
            return diag.status;
        }
        TRY(keep_rows(r, &lost, &diag, &used));
        repair_lose(r, lost.cut ? SCAPF_MEND_LOST_CUT : SCAPF_MEND_LOST_BYTES, lost.off + used,
                    lost.len - used, &diag);
        if (lost.type == SCAPF_BLOCK_IDB && lost.len > 0) {
            TRY(repair_lost_interface(r, &lost, 0));
        }
    }
}

static enum scapf_status all_blocks(struct repair *r)
{
    struct piece piece;
    enum scapf_status status;

    while ((status = find(r, &piece)) == SCAPF_OK) {
        TRY(take_piece(r, &piece));
        src_consume(r->find.src, piece.consumes);
    }
    repair_lose_end(r);
    return status == SCAPF_END ? SCAPF_OK : status;
}

/* ------------------------------------------------------------------ which container */

static enum scapf_status run(struct repair *r)
{
    const uint8_t *p;
    size_t avail;
    enum scapf_status status = src_peek(r->find.src, FRAME_MIN_LEN, &p, &avail);

    if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
        r->diag = *src_diag(r->find.src);
        return status;
    }
    if (avail == 0) {
        return diag_set(&r->diag, SCAPF_E_FORMAT, RULE_EMPTY_FILE, 0, 0, 0);
    }
    if (avail >= FRAME_MIN_LEN && get_u32(p, true) == SCAPF_BLOCK_SHB) {
        r->find.big_endian = get_u32(p + 8, true) == FRAME_BYTE_ORDER_MAGIC;
        return all_blocks(r);
    }
    if (repair_is_pcap(r)) {
        return repair_pcap(r);
    }
    if (refind_first(&r->find, &avail) == SCAPF_OK) {
        return all_blocks(r);
    }
    if (repair_has_records(r)) {
        return repair_pcap(r);
    }
    (void)src_peek(r->find.src, FRAME_MIN_LEN, &p, &avail);
    return diag_set(&r->diag, SCAPF_E_FORMAT, RULE_FILE_NOT_SHB, 0,
                    avail >= 4 ? get_u32(p, true) : 0, SCAPF_BLOCK_SHB);
}

static enum scapf_status prepare(struct repair *r)
{
    out_init(&r->block, r->alloc, false);
    out_init(&r->spare, r->alloc, false);
    out_init(&r->frame, r->alloc, false);
    TRY(judge_init(r, &r->judge));
    return judge_init(r, &r->aside);
}

enum scapf_status scapf_repair(struct scapf_src *src, struct scapf_sink *sink,
                               const struct scapf_repair_opts *opts,
                               struct scapf_repair_counts *counts, struct scapf_diag *diag)
{
    static const struct scapf_repair_opts none = {.size = sizeof(none)};
    struct repair *r;
    enum scapf_status status;

    if (src == NULL || sink == NULL || (opts != NULL && opts->size != sizeof(*opts))) {
        scapf_src_free(src);
        return SCAPF_E_USAGE;
    }
    opts = opts != NULL ? opts : &none;
    r = mem_zalloc(opts->alloc, sizeof(*r));
    if (r == NULL) {
        scapf_src_free(src);
        return SCAPF_E_NOMEM;
    }
    r->opts = opts;
    r->alloc = opts->alloc;
    r->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    r->find.max_block = opts->max_block != 0 ? opts->max_block : DEFAULT_MAX_BLOCK;
    r->find.src = src;
    r->find.schema = r->schema;
    r->find.gaps = &r->gaps;
    r->sink = sink;
    src_salvage(src, on_gap, r);
    status = prepare(r);
    if (status == SCAPF_OK) {
        status = run(r);
    }
    if (status == SCAPF_OK && r->counts.blocks == 0) { /* not even a header was left */
        status = diag_set(&r->diag, SCAPF_E_FORMAT, RULE_FILE_NOT_SHB, 0, 0, SCAPF_BLOCK_SHB);
    }
    r->counts.bytes_in = src_tell(src);
    if (counts != NULL) {
        *counts = r->counts;
    }
    if (diag != NULL) {
        *diag = r->diag;
    }
    judge_release(r, &r->judge);
    judge_release(r, &r->aside);
    out_release(&r->block);
    out_release(&r->spare);
    out_release(&r->frame);
    mem_free(r->alloc, r->map);
    scapf_src_free(src);
    mem_free(r->alloc, r);
    return status;
}
