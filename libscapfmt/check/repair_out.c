/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_out.c - what goes out of a repair: blocks shown to its judge and written, notes of what
 * was done and lost.
 */
#include "bytes/cur.h"
#include "check/repair.h"
#include "io/sink.h"
#include "stream/reader.h"

size_t repair_begin(struct out *o, uint32_t type, bool big_endian)
{
    size_t start = o->len;

    o->big_endian = big_endian;
    out_u32(o, type);
    out_u32(o, 0);
    return start;
}

bool repair_end(struct out *o, size_t start)
{
    size_t len;

    out_pad4(o, start);
    len = o->len + 4 - start;
    out_u32(o, (uint32_t)len);
    if (out_status(o) < 0 || len > UINT32_MAX) {
        return false;
    }
    out_fill_u32(o, (struct out_mark){start + 4}, (uint32_t)len);
    return true;
}

void repair_send(struct repair *r, const struct scapf_repair_note *note)
{
    r->counts.mends[note->mend]++;
    if (r->opts->report != NULL) {
        r->opts->report(r->opts->ctx, note);
    }
}

void repair_lose_end(struct repair *r)
{
    if (r->loss.len > 0) {
        r->counts.lost_bytes += r->loss.len;
        r->counts.lost_places++;
        repair_send(r, &r->loss);
        r->loss.len = 0;
    }
}

void repair_tell(struct repair *r, enum scapf_mend mend, uint64_t off, uint64_t len, uint32_t type,
                 const struct scapf_diag *diag)
{
    struct scapf_repair_note note = {.mend = mend, .off = off, .len = len, .block_type = type};

    repair_lose_end(r);
    if (diag != NULL) {
        note.diag = *diag;
    }
    repair_send(r, &note);
}

void repair_lose(struct repair *r, enum scapf_mend mend, uint64_t off, uint64_t len,
                 const struct scapf_diag *diag)
{
    if (len == 0) {
        return;
    }
    r->harmed = true;
    if (r->loss.len > 0 && r->loss.mend == mend && r->loss.off + r->loss.len == off) {
        r->loss.len += len;
        return;
    }
    repair_lose_end(r);
    r->loss = (struct scapf_repair_note){.mend = mend, .off = off, .len = len, .diag = *diag};
    r->loss.block_type = block_type_find(diag->block_type) != NULL ? diag->block_type : 0;
}

void repair_did(struct repair *r, enum scapf_mend mend)
{
    r->did |= UINT64_C(1) << mend;
}

static void tell_what_was_done(struct repair *r, const struct piece *piece,
                               const struct scapf_diag *diag)
{
    for (unsigned i = 0; i < SCAPF_MEND_COUNT; i++) {
        if ((r->did >> i & 1) != 0) {
            repair_tell(r, (enum scapf_mend)i, piece->off, piece->consumes, piece->type, diag);
        }
    }
}

enum scapf_status repair_memory(struct repair *r)
{
    return diag_set(&r->diag, SCAPF_E_NOMEM, RULE_MEMORY, src_tell(r->find.src), 0, 0);
}

enum scapf_status repair_write(struct repair *r, const uint8_t *bytes, size_t len)
{
    r->counts.bytes_out += len;
    r->counts.blocks++;
    return sink_put(r->sink, bytes, len);
}

/* Show a block; j->error then says what is wrong with it, its offset counted from the block. */
enum scapf_status repair_show(struct repair *r, struct judge *j, const uint8_t *raw, size_t len)
{
    reader_done(j->reader);
    if (j->error.rule != RULE_NONE) { /* what is said once has to be said again */
        memset(j->checker->once, 0, sizeof(j->checker->once));
        j->error.rule = RULE_NONE;
    }
    src_show(j->shown, raw, len);
    j->at = src_tell(j->shown);
    if (scapf_reader_next(j->reader, &j->rec) != SCAPF_OK) {
        const struct scapf_diag *diag = scapf_reader_diag(j->reader);

        r->diag = diag != NULL ? *diag : (struct scapf_diag){.status = SCAPF_E_LIMIT};
        return r->diag.status;
    }
    check_record(j->checker, &j->rec);
    j->error.off -= j->error.rule != RULE_NONE ? j->at : 0;
    return SCAPF_OK;
}

/* The finding with its place in the input. */
struct scapf_diag repair_in_input(const struct scapf_diag *error, const struct piece *piece)
{
    struct scapf_diag diag = *error;

    diag.off = piece->off + (diag.off <= piece->consumes ? diag.off : 0);
    diag.block_type = piece->type;
    return diag;
}

static void count_written(struct repair *r, const struct judge *j)
{
    r->counts.events += j->rec.kind == SCAPF_KIND_EVENT;
    r->told_processes |= j->rec.kind == SCAPF_KIND_EVENT; /* behind an event no table is read */
    r->counts.packets += j->rec.kind == SCAPF_KIND_PACKET;
}

enum scapf_status repair_write_piece(struct repair *r, const struct piece *piece,
                                     const struct scapf_diag *diag)
{
    const struct scapf_diag *why = diag->rule != RULE_NONE ? diag : &piece->diag;

    repair_lose_end(r);
    if (r->did == 0) {
        r->counts.kept++;
    } else {
        r->counts.changed++;
        tell_what_was_done(r, piece, why);
    }
    count_written(r, &r->judge);
    return repair_write(r, piece->raw, piece->len);
}

enum scapf_status repair_lose_piece(struct repair *r, const struct piece *piece,
                                    const struct scapf_diag *diag)
{
    struct scapf_diag why = piece->reframed && piece->diag.rule != RULE_NONE ? piece->diag : *diag;

    why.block_type = piece->type;
    if (piece->proven) {
        r->counts.lost_blocks++;
        repair_lose_end(r);
    }
    repair_lose(r, piece->proven ? SCAPF_MEND_LOST_BLOCK : SCAPF_MEND_LOST_BYTES, piece->off,
                piece->consumes, &why);
    return SCAPF_OK;
}

/* A block of our own. */
enum scapf_status repair_add(struct repair *r, const struct out *o, enum scapf_mend mend,
                             uint64_t off)
{
    if (out_status(o) < 0) {
        return repair_memory(r);
    }
    repair_tell(r, mend, off, 0, get_u32(o->bytes, r->find.big_endian), NULL);
    r->counts.added++;
    TRY(repair_show(r, &r->judge, o->bytes, o->len));
    return repair_write(r, o->bytes, o->len);
}
