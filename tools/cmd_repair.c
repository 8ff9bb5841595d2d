/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_repair.c - `scapfmt repair`: what is intact of a damaged capture, and what was lost.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "pack.h"

#define MAX_SHOWN 1000 /* a hostile file may need millions */

struct repair_opts {
    struct cli_common common;
    const char *out;
    int packing;
    uint64_t max;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "OUT", CLI_TEXT, struct repair_opts, out,
               "file to write; IN is never changed"),
    CLI_OPTION('m', "max", "N", CLI_NUMBER, struct repair_opts, max,
               "show at most N losses and changes (1000), count the others"),
    CLI_CHOICES('z', "compress", "HOW", struct repair_opts, packing,
                "pack the output; auto goes by the suffix .gz or .zst of OUT",
                PACK_CHOICES),
};
/* clang-format on */

const struct cli_spec spec_repair = {
    "repair", "save what is intact of a damaged capture, and say what is lost",
    "IN",     CLI_WITH_JSON | CLI_WITH_SCHEMA,
    options,  CLI_COUNT_OF(options),
};

/* A repair on its way. */
struct work {
    const struct repair_opts *o;
    const char *in;
    const struct scapf_schema *schema;
    struct scapf_sink *sink;
    struct run_json *json; /* NULL: text */
    struct scapf_repair_counts counts;
    uint64_t shown, hidden;
    bool sound;
};

/* ------------------------------------------------------------------ the report */

static void show_note(const struct work *w, const struct scapf_repair_note *n)
{
    char buf[16];
    const char *what = scapf_mend_is_loss(n->mend) ? "lost" : n->len == 0 ? "added" : "changed";

    fprintf(stderr, "%s: ", run_path_name(w->in));
    if (n->mend == SCAPF_MEND_LOST_PACKED) {
        fprintf(stderr, "packed bytes %" PRIu64 "-%" PRIu64 " (unpacked offset %" PRIu64 "): lost",
                n->raw_off, n->raw_off + n->raw_len - (n->raw_len > 0), n->off);
    } else if (n->len == 0) {
        fprintf(stderr, "offset %" PRIu64 ": %s", n->off, what);
    } else {
        fprintf(stderr, "bytes %" PRIu64 "-%" PRIu64 ": %s", n->off, n->off + n->len - 1, what);
    }
    if (n->block_type != 0) {
        fprintf(stderr, ": %s", run_block_name(n->block_type, buf, sizeof(buf)));
    }
    fprintf(stderr, ": %s", scapf_mend_sentence(n->mend));
    if (n->diag.rule != 0) {
        const struct scapf_rule_info *rule = scapf_rule_get(n->diag.rule);

        fprintf(stderr, " [%s: %s]", rule->id, rule->sentence);
    }
    putc('\n', stderr);
}

static void member_u64(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void note_json(struct scapf_json *json, const struct scapf_repair_note *n)
{
    char buf[16];

    scapf_json_open(json, '{');
    scapf_json_key(json, "what");
    scapf_json_string(json, scapf_mend_name(n->mend));
    scapf_json_key(json, "lost");
    scapf_json_bool(json, scapf_mend_is_loss(n->mend));
    scapf_json_key(json, "sentence");
    scapf_json_string(json, scapf_mend_sentence(n->mend));
    member_u64(json, "offset", n->off);
    member_u64(json, "bytes", n->len);
    if (n->mend == SCAPF_MEND_LOST_PACKED) {
        member_u64(json, "packed_offset", n->raw_off);
        member_u64(json, "packed_bytes", n->raw_len);
    }
    if (n->block_type != 0) {
        scapf_json_key(json, "block");
        scapf_json_string(json, run_block_name(n->block_type, buf, sizeof(buf)));
    }
    if (n->diag.rule != 0) {
        scapf_json_key(json, "because");
        scapf_json_diag(json, &n->diag);
    }
    scapf_json_close(json);
}

static void on_note(void *ctx, const struct scapf_repair_note *note)
{
    struct work *w = ctx;

    if (w->shown == w->o->max) {
        w->hidden++;
        return;
    }
    w->shown++;
    if (w->json != NULL) {
        note_json(w->json->json, note);
    } else if (!w->o->common.quiet) {
        show_note(w, note);
    }
}

static void summary_json(const struct work *w)
{
    const struct scapf_repair_counts *c = &w->counts;
    struct scapf_json *json = w->json->json;

    scapf_json_close(json);
    member_u64(json, "not_shown", w->hidden);
    scapf_json_key(json, "sound");
    scapf_json_bool(json, w->sound);
    member_u64(json, "blocks", c->blocks);
    member_u64(json, "kept", c->kept);
    member_u64(json, "changed", c->changed);
    member_u64(json, "added", c->added);
    member_u64(json, "lost_blocks", c->lost_blocks);
    member_u64(json, "lost_bytes", c->lost_bytes);
    member_u64(json, "lost_places", c->lost_places);
    member_u64(json, "packed_gaps", c->packed_gaps);
    member_u64(json, "events", c->events);
    member_u64(json, "packets", c->packets);
    member_u64(json, "bytes_in", c->bytes_in);
    member_u64(json, "bytes_out", c->bytes_out);
    scapf_json_close(json);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void summary_text(const struct work *w)
{
    const struct scapf_repair_counts *c = &w->counts;

    if (w->o->common.quiet) {
        return;
    }
    if (w->hidden > 0) {
        run_say("%s: %" PRIu64 " more not shown", run_path_name(w->in), w->hidden);
    }
    if (w->sound) {
        run_say("%s: no error found: %" PRIu64 " bytes copied as they are", run_path_name(w->in),
                c->bytes_out);
        return;
    }
    run_say("%s: %" PRIu64 " block%s written (%" PRIu64 " event%s, %" PRIu64 " packet%s): %" PRIu64
            " as before, %" PRIu64 " changed, %" PRIu64 " added",
            run_path_name(w->in), c->blocks, plural(c->blocks), c->events, plural(c->events),
            c->packets, plural(c->packets), c->kept, c->changed, c->added);
    run_say("%s: %" PRIu64 " of %" PRIu64 " bytes lost in %" PRIu64 " place%s",
            run_path_name(w->in), c->lost_bytes, c->bytes_in, c->lost_places,
            plural(c->lost_places));
    if (c->packed_gaps > 0) {
        run_say("%s: packed bytes lost in %" PRIu64 " place%s", run_path_name(w->in),
                c->packed_gaps, plural(c->packed_gaps));
    }
}

/* ------------------------------------------------------------------ the work */

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    bool *any = ctx;

    *any = *any || scapf_rule_get(diag->rule)->severity == SCAPF_ERROR;
}

static void on_skipped_packed(void *ctx, uint64_t off, uint64_t packed_off, uint64_t packed_len)
{
    bool *any = ctx;

    (void)off;
    (void)packed_off;
    *any = *any || packed_len > 0;
}

/* A file can be looked at before: without an error, and with nothing behind its packing, it needs
 * no repair. Not so a pipe. */
static int look(struct work *w)
{
    const struct scapf_check_opts opts = {
        .size = sizeof(opts), .schema = w->schema, .skipped_packed = on_skipped_packed};
    struct scapf_src *src;
    struct stat st;
    bool error = false;
    int rc;

    if (strcmp(w->in, "-") == 0 || stat(w->in, &st) != 0 || !S_ISREG(st.st_mode)) {
        return CLI_DONE;
    }
    rc = run_source(w->in, &src);
    if (rc == CLI_DONE) {
        w->sound = scapf_check(src, &opts, on_finding, &error, NULL) == SCAPF_OK && !error;
    }
    return rc;
}

static int copy(struct work *w, struct scapf_src *src)
{
    struct scapf_diag diag = {0};
    enum scapf_status status = SCAPF_OK;
    const uint8_t *p;
    size_t n = 1;

    while (status == SCAPF_OK && n > 0) {
        status = scapf_src_peek(src, 1, &p, &n, &diag);
        if (status < 0) {
            scapf_src_free(src);
            return run_fail(w->in, status, &diag);
        }
        status = scapf_sink_write(w->sink, p, n);
        w->counts.bytes_out += n;
        scapf_src_skip(src, n);
    }
    w->counts.bytes_in = w->counts.bytes_out;
    scapf_src_free(src);
    return run_sink_fail(w->o->out, status, w->sink);
}

static int mend(struct work *w, struct scapf_src *src)
{
    const struct scapf_repair_opts opts = {
        .size = sizeof(opts), .schema = w->schema, .report = on_note, .ctx = w};
    struct scapf_diag diag = {0};
    enum scapf_status status = scapf_repair(src, w->sink, &opts, &w->counts, &diag);

    if (scapf_sink_diag(w->sink) != NULL) {
        return run_sink_fail(w->o->out, status, w->sink);
    }
    if (status < 0 && diag.status == SCAPF_E_FORMAT && w->counts.blocks == 0) {
        (void)run_fail(w->in, status, &diag);
        run_say("%s: nothing in it can be saved", run_path_name(w->in));
        return CLI_INVALID;
    }
    return run_fail(w->in, status, &diag);
}

static int repair_file(struct work *w)
{
    struct scapf_src *src;
    struct scapf_diag diag = {0};
    enum scapf_status status;
    int rc = look(w);

    if (rc == CLI_DONE) {
        rc = run_source(w->in, &src);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    status =
        scapf_sink_file(w->o->out, pack_choose(w->o->packing, w->o->out), NULL, &w->sink, &diag);
    if (status < 0) {
        scapf_src_free(src);
        return run_fail(w->o->out, status, &diag);
    }
    rc = w->sound ? copy(w, src) : mend(w, src);
    if (rc == CLI_DONE) {
        status = scapf_sink_finish(w->sink);
        rc = run_sink_fail(w->o->out, status, w->sink);
    }
    scapf_sink_free(w->sink);
    return rc;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static int repair_and_report(struct work *w)
{
    struct run_json out;
    int rc = run_schema(&w->o->common, &w->schema);
    int end;

    if (rc != CLI_DONE) {
        return rc;
    }
    if (w->o->common.json) {
        rc = run_json_start(&out);
        if (rc != CLI_DONE) {
            return rc;
        }
        w->json = &out;
        scapf_json_open(out.json, '{');
        scapf_json_key(out.json, "file");
        scapf_json_string(out.json, w->in);
        scapf_json_key(out.json, "notes");
        scapf_json_open(out.json, '[');
    }
    rc = repair_file(w);
    if (w->json != NULL) {
        summary_json(w);
        end = run_json_end(&out);
        rc = run_worse(rc, end);
    } else if (rc == CLI_DONE) {
        summary_text(w);
    }
    return rc == CLI_DONE && (w->counts.lost_bytes > 0 || w->counts.packed_gaps > 0) ? CLI_INVALID
                                                                                     : rc;
}

int cmd_repair(int argc, char **argv)
{
    struct repair_opts o = {.max = MAX_SHOWN};
    struct work w = {.o = &o};
    int rc;

    if (!cli_parse(&spec_repair, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc != 1) {
        return cli_usage(&spec_repair, argc == 0 ? "which file?" : "one file at a time");
    }
    if (o.out == NULL) {
        return cli_usage(&spec_repair, "where to? use --output");
    }
    w.in = argv[0];
    if (strcmp(o.out, "-") == 0 && o.common.json) {
        return cli_usage(&spec_repair, "the capture and --json cannot both go to standard output");
    }
    if (strcmp(o.out, "-") == 0 && isatty(STDOUT_FILENO) == 1) {
        return cli_usage(&spec_repair, "this is no output for a terminal");
    }
    if (is_same_file(w.in, o.out)) {
        return cli_usage(&spec_repair, "%s: the input is never changed; write somewhere else",
                         o.out);
    }
    return repair_and_report(&w);
}
