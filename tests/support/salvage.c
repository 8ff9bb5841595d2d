/* SPDX-License-Identifier: Apache-2.0 */
#include "support/salvage.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/cur.h"

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "salvage: %s\n", what);
        abort();
    }
}

static void note_error(void *ctx, const struct scapf_diag *diag)
{
    struct salvage *s = ctx;

    if (scapf_rule_get(diag->rule)->severity == SCAPF_ERROR) {
        s->error = s->errors == 0 ? *diag : s->error;
        s->errors++;
    }
}

static void take_note(void *ctx, const struct scapf_repair_note *note)
{
    struct salvage *s = ctx;

    if (s->n_notes < SALVAGE_NOTES) {
        s->notes[s->n_notes++] = *note;
    }
}

/* ------------------------------------------------------------------ loading */

static void unpack(struct salvage_capture *c, const char *path)
{
    struct scapf_src *src;
    const uint8_t *p;
    size_t n = 1;

    must(scapf_src_file(path, NULL, &src, NULL) == SCAPF_OK, path);
    while (n > 0) {
        must(scapf_src_peek(src, 1, &p, &n, NULL) == SCAPF_OK, path);
        c->bytes = realloc(c->bytes, c->len + n + 1);
        must(c->bytes != NULL, "memory");
        memcpy(c->bytes + c->len, p, n);
        c->len += n;
        scapf_src_skip(src, n);
    }
    scapf_src_free(src);
}

void salvage_load(struct salvage_capture *c, const char *path)
{
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;

    memset(c, 0, sizeof(*c));
    unpack(c, path);
    must(scapf_src_mem(c->bytes, c->len, NULL, &src, NULL) == SCAPF_OK, path);
    must(scapf_reader_new(src, NULL, &reader) == SCAPF_OK, path);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        must(rec.damage == NULL, path);
        c->records = realloc(c->records, (c->n + 1) * sizeof(*c->records));
        must(c->records != NULL, "memory");
        c->records[c->n++] = (struct salvage_record){rec.off, rec.raw_len};
    }
    must(status == SCAPF_END, path);
    scapf_reader_free(reader);
}

void salvage_unload(struct salvage_capture *c)
{
    free(c->bytes);
    free(c->records);
}

const char *salvage_sample(size_t i)
{
    static glob_t found;

    if (found.gl_pathc == 0) {
        (void)glob("samples/*.scap", 0, NULL, &found);
        (void)glob("samples/*.pcap*", GLOB_APPEND, NULL, &found);
        (void)glob("samples/*.scap.*", GLOB_APPEND, NULL, &found);
        must(found.gl_pathc > 20, "no samples");
    }
    return i < found.gl_pathc ? found.gl_pathv[i] : NULL;
}

/* ------------------------------------------------------------------ repairing */

void salvage_run(struct salvage *s, const void *bytes, size_t len)
{
    const struct scapf_repair_opts opts = {.size = sizeof(opts), .report = take_note, .ctx = s};
    struct scapf_src *src;

    memset(s, 0, offsetof(struct salvage, notes));
    s->n_notes = 0;
    s->errors = 0;
    must(scapf_src_mem(bytes, len, NULL, &src, NULL) == SCAPF_OK, "source");
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &s->sink, NULL) == SCAPF_OK, "sink");
    s->status = scapf_repair(src, s->sink, &opts, &s->counts, NULL);
    must(scapf_sink_finish(s->sink) == SCAPF_OK, "finish");
    s->bytes = scapf_sink_bytes(s->sink, &s->len);
    if (s->status == SCAPF_OK) {
        must(scapf_src_mem(s->bytes, s->len, NULL, &src, NULL) == SCAPF_OK, "source");
        must(scapf_check(src, NULL, note_error, s, NULL) == SCAPF_OK || s->errors > 0, "check");
    }
}

void salvage_end(struct salvage *s)
{
    scapf_sink_free(s->sink);
}

static bool has_no_error(const struct salvage *s)
{
    char text[300];

    if (s->errors == 0) {
        return true;
    }
    (void)scapf_diag_format(&s->error, text, sizeof(text));
    fprintf(stderr, "the output is not valid: %s\n", text);
    return false;
}

/* A header whose section length became unknown is the same one. */
static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
    static const uint8_t shb[4] = {0x0A, 0x0D, 0x0D, 0x0A};

    if (len >= 28 && memcmp(a, shb, 4) == 0) {
        return memcmp(a, b, 16) == 0 && memcmp(a + 24, b + 24, len - 24) == 0;
    }
    return memcmp(a, b, len) == 0;
}

/* A block that is cut at len: the bytes of its rows that end before, and of a list's own head; 0
 * when it is no list, or has none. */
static size_t rows_before(const struct salvage_capture *c, const struct salvage_record *block,
                          size_t len)
{
    const uint8_t *raw = c->bytes + block->off;
    bool big = get_u32(raw + 4, true) == block->len;
    const struct scapf_record rec = {.kind = SCAPF_KIND_TABLE,
                                     .type = get_u32(raw, big),
                                     .raw = raw,
                                     .raw_len = block->len,
                                     .body = raw + 8,
                                     .body_len = block->len - 12,
                                     .big_endian = big};
    const struct scapf_table_number *number;
    size_t end = 0;
    struct scapf_table t;
    struct scapf_row row;

    if (scapf_schema_table(scapf_schema_builtin(), rec.type, &number) == NULL ||
        scapf_table_open(&rec, scapf_schema_builtin(), &t) != SCAPF_OK || !t.info->has_entries) {
        return 0;
    }
    while (scapf_table_next(&t, &row) == SCAPF_OK && block->off + 8 + t.pos <= len) {
        end = t.pos;
    }
    return end;
}

/* Behind end the output has these rows of the block that was cut, and nothing else. */
static bool has_rows(const struct salvage *s, size_t end, const uint8_t *raw, size_t rows)
{
    size_t padded = (rows + 3) & ~(size_t)3;

    return s->len == end + 12 + padded && same(s->bytes + end, raw, 4) &&
           same(s->bytes + end + 8, raw + 8, rows);
}

bool salvage_cut(const struct salvage_capture *c, size_t len)
{
    static struct salvage s;
    size_t end = 0;
    size_t rows = 0;
    size_t i;
    bool ok;

    for (i = 0; i < c->n && c->records[i].off + c->records[i].len <= len; i++) {
        end = (size_t)c->records[i].off + c->records[i].len;
    }
    if (i > 0 && i < c->n && get_u32(c->bytes, true) == SCAPF_BLOCK_SHB) {
        rows = rows_before(c, &c->records[i], len);
    }
    salvage_run(&s, c->bytes, len);
    ok = has_no_error(&s) && (s.status == SCAPF_OK) == (end > 0) &&
         (rows > 0 ? has_rows(&s, end, c->bytes + end, rows) : s.len == end);
    for (i = 0; ok && i < c->n && c->records[i].off < end; i++) {
        ok = same(c->bytes + c->records[i].off, s.bytes + c->records[i].off, c->records[i].len);
    }
    if (!ok) {
        fprintf(stderr, "cut at %zu: %zu bytes should be left, %zu are\n", len, end, s.len);
    }
    salvage_end(&s);
    return ok;
}

/* ------------------------------------------------------------------ one byte changed */

static bool is_told(const struct salvage *s, const struct salvage_record *rec)
{
    for (size_t i = 0; i < s->n_notes; i++) {
        const struct scapf_repair_note *n = &s->notes[i];

        if (n->len > 0 && n->off < rec->off + rec->len && rec->off < n->off + n->len) {
            return true;
        }
    }
    return s->status != SCAPF_OK;
}

/* The next place at or behind at where the output has these bytes. */
static const uint8_t *find(const struct salvage *s, const uint8_t *at, const uint8_t *bytes,
                           size_t len)
{
    const uint8_t *end = s->bytes + s->len;

    for (; at != NULL && (size_t)(end - at) >= len; at++) {
        at = memmem(at, (size_t)(end - at), bytes, len < 8 ? len : 8);
        if (at == NULL || (size_t)(end - at) < len) {
            return NULL;
        }
        if (same(bytes, at, len)) {
            return at;
        }
    }
    return NULL;
}

bool salvage_flip(const struct salvage_capture *c, size_t off, uint8_t value, uint64_t *told)
{
    static struct salvage s;
    uint8_t old = c->bytes[off];
    const uint8_t *at;
    bool ok;

    c->bytes[off] = value;
    salvage_run(&s, c->bytes, c->len);
    c->bytes[off] = old;
    ok = has_no_error(&s);
    at = s.bytes;
    for (size_t i = 0; ok && i < c->n; i++) {
        const struct salvage_record *rec = &c->records[i];
        const uint8_t *found;

        if (off >= rec->off && off < rec->off + rec->len) {
            continue; /* touched */
        }
        found = s.status == SCAPF_OK ? find(&s, at, c->bytes + rec->off, rec->len) : NULL;
        if (found != NULL) {
            at = found + rec->len;
        } else if (is_told(&s, rec)) {
            (*told)++;
        } else {
            fprintf(stderr, "byte %zu to %02x: the record at %llu is gone without a word\n", off,
                    value, (unsigned long long)rec->off);
            ok = false;
        }
    }
    salvage_end(&s);
    return ok;
}
