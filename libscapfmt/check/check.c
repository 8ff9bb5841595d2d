/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - drives a reader over a capture and hands each record to the checks of its kind.
 *
 * The reader reports what stops it and what makes a body unreadable, under the same rules; the
 * checks add what a reader can live with.
 */
#include "check/check.h"

#include "base/diag.h"
#include "base/mem.h"
#include "block/frame.h"
#include "block/types.h"
#include "check/profile.h"
#include "stream/reader.h"
#include "stream/refind.h"

/* One row a kind; a classic pcap has rows of its own. */
static const check_fn by_kind[SCAPF_KIND_COUNT] = {
    [SCAPF_KIND_SECTION] = NULL, /* its order of things differs, see check_record() */
    [SCAPF_KIND_INTERFACE] = check_interface,
    [SCAPF_KIND_PACKET] = check_packet,
    [SCAPF_KIND_EVENT] = check_event,
    [SCAPF_KIND_TABLE] = check_scap_table,
    [SCAPF_KIND_NAMES] = check_names,
    [SCAPF_KIND_STATS] = check_stats,
    [SCAPF_KIND_SECRETS] = check_secrets,
    [SCAPF_KIND_CUSTOM] = check_custom,
    [SCAPF_KIND_JOURNAL] = check_journal,
    [SCAPF_KIND_PROCESS] = check_darwin,
    [SCAPF_KIND_UNKNOWN] = check_unknown,
};

/* Damage, and what it tells beyond itself. An interface that nobody described may have been so
 * where bytes were passed over. */
static void check_damage(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_diag *d = rec->damage;
    bool interface = d->rule == RULE_EPB_IFACE || d->rule == RULE_PB_IFACE ||
                     d->rule == RULE_ISB_IFACE || d->rule == RULE_SPB_NO_IFACE ||
                     d->rule == RULE_IFACE_OTHER_SECTION;

    if (c->section.harmed && interface) {
        return;
    }
    c->report(c->ctx, d);
    if (interface && d->got < CHECK_IFACES) {
        c->ifaces[d->got].wanted = true;
        if (c->section.n_ifaces <= d->got) {
            c->section.n_ifaces = (uint32_t)d->got + 1;
        }
    }
}

void check_record(struct checker *c, const struct scapf_record *rec)
{
    c->block = rec->ordinal;
    c->block_type = rec->type;
    if (rec->type == 0 && scapf_reader_section(c->reader)->is_pcap) {
        if (rec->kind == SCAPF_KIND_SECTION) {
            check_pcap_header(c, rec);
        } else {
            check_pcap_packet(c, rec);
        }
        return;
    }
    if (rec->damage != NULL) {
        check_damage(c, rec);
    }
    if (c->section.is_foreign && rec->kind != SCAPF_KIND_SECTION) {
        return; /* nothing is known of the sections of another major version */
    }
    if (rec->kind == SCAPF_KIND_SECTION) {
        check_section_header(c, rec);
        return;
    }
    check_order(c, rec);
    if (rec->damage == NULL) {
        by_kind[rec->kind](c, rec);
    }
}

/* [PNG-009] A length that cannot be one, or no room for the smallest block, under a type that
 * nobody knows, and no block behind: something else stands behind the last one. */
static void check_trailing(struct checker *c, const struct scapf_diag *diag)
{
    bool no_length = diag->rule == RULE_BLOCK_LEN_MIN || diag->rule == RULE_BLOCK_LEN_ALIGN ||
                     diag->rule == RULE_BLOCK_LEN_LIMIT;
    bool no_room = diag->rule == RULE_BLOCK_TRUNCATED && diag->got < FRAME_MIN_LEN;

    if ((no_length || no_room) && diag->block > 0 && block_type_find(diag->block_type) == NULL) {
        c->block = diag->block;
        c->block_type = diag->block_type;
        check_report(c, RULE_TRAILING_BYTES, diag->off - (no_length ? 4 : 0), diag->block_type, 0);
    }
}

/* What is missing from now on may have stood there. */
static void note_loss(struct checker *c)
{
    c->gaps++;
    c->pcap_any = false; /* the header of another capture may have been it */
    c->section.harmed = c->file.harmed = true;
}

/* Breaks of the packing at or before off, told with the last block before. Bytes behind the last
 * member are no break, unless another one follows. */
static void tell_breaks(struct checker *c, uint64_t off)
{
    struct refind_gap gap;

    while (reader_break(c->reader, off, &gap)) {
        bool error = scapf_rule_get(gap.diag.rule)->severity == SCAPF_ERROR;

        gap.diag.block = c->block;
        gap.diag.block_type = c->block_type;
        c->report(c->ctx, &gap.diag);
        c->torn = gap.diag;
        if (error && c->stop.status == SCAPF_OK) {
            c->stop = gap.diag;
        }
        if (error) {
            note_loss(c);
        }
        if (c->skipped_packed != NULL && gap.raw_len > 0) {
            c->skipped_packed(c->skipped_ctx, gap.diag.off, gap.raw_off, gap.raw_len);
        }
    }
}

/* Bytes were passed over, or the header of what follows is lost. */
static void check_gap(struct checker *c, const struct reader_gap *gap)
{
    const struct scapf_section *section = scapf_reader_section(c->reader);

    if (gap->section) {
        if (section->index > 0) {
            check_section_end(c, gap->off);
        }
        check_section_lost(c, gap->off);
    }
    note_loss(c);
    if (c->skipped != NULL && gap->len > 0) {
        c->skipped(c->skipped_ctx, gap->off, gap->len);
    }
}

/* Framing is lost: say why, and look where it holds again. False when reading is over. */
static bool go_on(struct checker *c, struct walk *walk)
{
    const struct scapf_diag *diag = scapf_reader_diag(c->reader);
    struct scapf_diag why;
    struct reader_gap gap;
    enum scapf_status status;

    if (diag == NULL) {
        return false;
    }
    why = *diag;
    c->lost_block = why.block;
    if (reader_is_torn(c->reader)) {
        tell_breaks(c, why.off);
    } else {
        c->report(c->ctx, &why);
    }
    if (c->stop.status == SCAPF_OK) {
        c->stop = why;
    }
    status = reader_resume(c->reader, &gap);
    if (status != SCAPF_OK) {
        check_trailing(c, &why);
    }
    if (walk != NULL && (gap.len > 0 || status < 0)) {
        walk_lost(walk, &why);
    }
    if (gap.len > 0 || gap.section) {
        check_gap(c, &gap);
    }
    if (status < 0 && (diag->rule != why.rule || diag->off != why.off)) {
        c->report(c->ctx, diag); /* the search did not come to the end */
        c->stop = *diag;
    }
    return status == SCAPF_OK;
}

/* Reads to the end; a reader walks along (NULL = none). */
static void check_all(struct checker *c, struct walk *walk)
{
    struct scapf_record rec;
    enum scapf_status status;

    do {
        while ((status = scapf_reader_next(c->reader, &rec)) == SCAPF_OK) {
            tell_breaks(c, rec.off);
            if (walk != NULL && c->torn.rule != RULE_NONE) {
                walk_lost(walk, &c->torn); /* no reader goes on behind a break */
                c->torn.rule = RULE_NONE;
            }
            check_record(c, &rec);
            if (walk != NULL) {
                walk_record(walk, &rec);
            } else {
                check_ahead(c, rec.kind);
            }
        }
    } while (status != SCAPF_END && go_on(c, walk));
    tell_breaks(c, UINT64_MAX);
}

/* What the end shows. */
static void finish(struct checker *c, uint64_t end)
{
    const struct scapf_diag *warning = reader_warning(c->reader);

    if (scapf_reader_section(c->reader) != NULL && !c->section.is_pcap) {
        check_section_end(c, end);
        check_file_end(c);
    }
    if (warning != NULL) {
        c->report(c->ctx, warning);
    }
}

/* walk: NULL = none; its profile and the caller's report are set. */
static enum scapf_status run_checks(struct scapf_src *src, const struct scapf_check_opts *opts,
                                    scapf_report_fn report, void *ctx, struct walk *walk,
                                    struct scapf_ledger *ledger)
{
    struct scapf_reader_opts reader_opts = {.size = sizeof(reader_opts)};
    const struct scapf_ledger *read;
    struct scapf_reader *reader;
    struct checker *c;
    enum scapf_status status;

    if (report == NULL || (opts != NULL && opts->size != sizeof(*opts))) {
        scapf_src_free(src);
        return SCAPF_E_USAGE;
    }
    if (opts != NULL) {
        reader_opts.alloc = opts->alloc;
        reader_opts.schema = opts->schema;
        reader_opts.max_block = opts->max_block;
    }
    TRY(scapf_reader_new(src, &reader_opts, &reader));
    c = mem_zalloc(reader_opts.alloc, sizeof(*c));
    if (c == NULL || reader_salvage(reader) < 0) {
        mem_free(reader_opts.alloc, c);
        scapf_reader_free(reader);
        return SCAPF_E_NOMEM;
    }
    c->reader = reader;
    c->schema = scapf_reader_schema(reader);
    c->report = report;
    c->ctx = ctx;
    c->skipped = opts != NULL ? opts->skipped : NULL;
    c->skipped_packed = opts != NULL ? opts->skipped_packed : NULL;
    c->skipped_ctx = walk != NULL ? walk->ctx : ctx;
    if (walk != NULL) {
        walk_start(walk, scapf_reader_compression(reader));
    }
    check_all(c, walk);
    read = scapf_reader_ledger(reader);
    finish(c, read->bytes + (read->stopped ? read->skipped_bytes : 0));
    status = c->stop.status;
    if (walk != NULL) {
        walk_end(walk, read->bytes);
    }
    if (ledger != NULL) {
        *ledger = *read;
    }
    mem_free(reader_opts.alloc, c);
    scapf_reader_free(reader);
    return status;
}

enum scapf_status scapf_check(struct scapf_src *src, const struct scapf_check_opts *opts,
                              scapf_report_fn report, void *ctx, struct scapf_ledger *ledger)
{
    return run_checks(src, opts, report, ctx, NULL, ledger);
}

enum scapf_status scapf_check_profile(struct scapf_src *src, const struct scapf_check_opts *opts,
                                      enum scapf_profile profile, scapf_report_fn report, void *ctx,
                                      struct scapf_verdict *verdict, struct scapf_ledger *ledger)
{
    struct walk walk = {.profile = profile, .report = report, .ctx = ctx};
    enum scapf_status status;

    if (report == NULL || verdict == NULL || scapf_profile_name(profile) == NULL) {
        scapf_src_free(src);
        return SCAPF_E_USAGE;
    }
    status = run_checks(src, opts, walk_finding, &walk, &walk, ledger);
    *verdict = walk.v;
    return status;
}
