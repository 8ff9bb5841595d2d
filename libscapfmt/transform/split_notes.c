/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split_notes.c - the notes of a merge as files, parts and interfaces. See merge_notes.c for how
 * they are written. They come from a file: a line that makes no sense ends their use, and the file
 * is split as one without notes.
 */
#include <stdlib.h>
#include <string.h>

#include "block/frame.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "bytes/hex.h"
#include "transform/split.h"

#define STREAM_MAX ((size_t)16 << 20)

/* A line and where its next word begins. */
struct words {
    const char *p, *end;
};

static bool word(struct words *w, const char **p, size_t *n)
{
    *p = w->p;
    while (w->p < w->end && *w->p != ' ') {
        w->p++;
    }
    *n = (size_t)(w->p - *p);
    w->p += w->p < w->end;
    return *n > 0;
}

static bool number(struct words *w, uint64_t max, uint64_t *v)
{
    const char *p;
    size_t n;

    *v = 0;
    if (!word(w, &p, &n) || n > 20) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9' || __builtin_mul_overflow(*v, (uint64_t)10, v) ||
            __builtin_add_overflow(*v, (uint64_t)(p[i] - '0'), v)) {
            return false;
        }
    }
    return *v <= max;
}

/* A number or a dash. */
static bool place(struct words *w, uint32_t *v)
{
    uint64_t u;

    *v = MERGE_NONE;
    if (w->p < w->end && *w->p == '-') {
        const char *p;
        size_t n;

        return word(w, &p, &n) && n == 1;
    }
    if (!number(w, MERGE_SECTIONS, &u)) {
        return false;
    }
    *v = (uint32_t)u;
    return true;
}

static bool unescape(struct out *o, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '%') {
            out_char(o, p[i]);
            continue;
        }
        if (i + 2 >= n || hex_small(p[i + 1]) < 0 || hex_small(p[i + 2]) < 0) {
            return false;
        }
        out_u8(o, (uint8_t)(hex_small(p[i + 1]) << 4 | hex_small(p[i + 2])));
        i += 2;
    }
    return out_status(o) == SCAPF_OK;
}

/* ------------------------------------------------------------------ lines */

static bool integer(struct words *w, int64_t *i)
{
    bool negative = w->p < w->end && *w->p == '-';
    uint64_t v;

    w->p += negative;
    if (!number(w, INT64_MAX, &v)) {
        return false;
    }
    *i = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool line_in(struct scapf_split *s, struct words *w)
{
    struct scapf_split_file *file;
    const char *p;
    uint64_t v;
    size_t n;

    if (!number(w, SPLIT_PARTS, &v) || v != s->n_files || !word(w, &p, &n)) {
        return false;
    }
    out_clear(&s->block);
    if (!unescape(&s->block, p, n) ||
        split_add_file(s, (const char *)s->block.bytes, s->block.len) < 0) {
        return false;
    }
    file = &s->files[s->n_files - 1];
    file->noted = true;
    if (w->end - w->p > 1 && w->p[0] == '-' && w->p[1] == ' ') {
        w->p += 2;
    } else {
        file->has_shift = true;
        if (!integer(w, &file->shift.ns)) {
            return false;
        }
    }
    return number(w, UINT64_MAX, &file->shift.err_ns) &&
           (w->p == w->end ||
            (integer(w, &file->shift.drift_ppt) && number(w, UINT64_MAX, &file->shift.at_ns) &&
             clock_is_sane(&file->shift)));
}

static uint32_t parts_of(const struct scapf_split *s, uint32_t file)
{
    uint32_t n = 0;

    for (uint32_t i = s->n_parts; i-- > 0 && s->parts[i].file == file;) {
        n++;
    }
    return n;
}

static bool line_sec(struct scapf_split *s, struct words *w)
{
    struct split_part *part;
    uint64_t file;
    uint64_t index;
    uint32_t out[2];
    const char *flags;
    const char *head;
    size_t n;
    size_t head_len;

    if (!number(w, SPLIT_PARTS, &file) || file >= s->n_files ||
        !number(w, MERGE_SECTIONS, &index) || !place(w, &out[0]) || !place(w, &out[1]) ||
        !word(w, &flags, &n) || n != 4 || !word(w, &head, &head_len) || s->n_parts == SPLIT_PARTS ||
        split_room(s, (void **)&s->parts, &s->cap_parts, s->n_parts, sizeof(*s->parts)) < 0) {
        return false;
    }
    part = &s->parts[s->n_parts];
    *part = (struct split_part){.file = (uint32_t)file,
                                .index = parts_of(s, (uint32_t)file),
                                .out = {out[0], out[1]},
                                .is_pcap = flags[0] == 'p',
                                .big_endian = flags[1] == 'b',
                                .lossy = flags[2] == 'l',
                                .joined = flags[3] == 'j',
                                .added = flags[2] == 'a',
                                .header = s->bytes.len,
                                .first_ids = s->n_ids,
                                .first_unit = s->n_units,
                                .first_at = s->n_moved};
    out_init(&part->secrets, s->alloc, false);
    s->n_parts++;
    s->files[file].exact = true; /* unless a part of it is not */
    if (!notes_unbase64(&s->bytes, head, head_len)) {
        return false;
    }
    part->header_len = s->bytes.len - part->header;
    return part->header_len >= (part->is_pcap ? PCAP_FILE_HEADER_LEN : FRAME_SHB_MIN_LEN);
}

static bool line_id(struct scapf_split *s, struct words *w)
{
    uint64_t first;
    uint64_t out;
    uint64_t n;

    if (s->n_parts == 0 || !number(w, SPLIT_IDS, &first) || !number(w, SPLIT_IDS, &out) ||
        !number(w, SPLIT_IDS, &n) || n == 0 || first + n > SPLIT_IDS || out + n > SPLIT_IDS ||
        split_room(s, (void **)&s->ids, &s->cap_ids, s->n_ids, sizeof(*s->ids)) < 0) {
        return false;
    }
    s->ids[s->n_ids++] = (struct split_ids){(uint32_t)first, (uint32_t)out, (uint32_t)n};
    s->parts[s->n_parts - 1].n_ids++;
    return true;
}

static bool line_unit(struct scapf_split *s, struct words *w)
{
    struct split_part *part = s->n_parts > 0 ? &s->parts[s->n_parts - 1] : NULL;
    struct split_unit unit = {.off = s->bytes.len};
    const uint8_t *raw;
    const char *p;
    uint64_t id;
    uint64_t tsresol;
    size_t n;

    if (part == NULL || !number(w, SPLIT_IDS, &id) || !number(w, 9, &tsresol) || !word(w, &p, &n) ||
        !notes_unbase64(&s->bytes, p, n) ||
        (part->n_units > 0 && id <= s->units[s->n_units - 1].id) ||
        split_room(s, (void **)&s->units, &s->cap_units, s->n_units, sizeof(*s->units)) < 0) {
        return false;
    }
    unit.id = (uint32_t)id;
    unit.tsresol = (uint8_t)tsresol;
    unit.len = s->bytes.len - unit.off;
    raw = s->bytes.bytes + unit.off;
    if (unit.len < 20 || get_u32(raw, false) != SCAPF_BLOCK_IDB ||
        get_u32(raw + 4, false) != unit.len || get_u32(raw + unit.len - 4, false) != unit.len) {
        return false;
    }
    s->units[s->n_units++] = unit;
    part->n_units++;
    return true;
}

static bool line_at(struct scapf_split *s, struct words *w)
{
    struct split_part *part = s->n_parts > 0 ? &s->parts[s->n_parts - 1] : NULL;
    struct merge_moved moved = {.section = 0};
    const char *kind;
    size_t n;

    if (part == NULL || !word(w, &kind, &n) || n != 1 || !number(w, UINT64_MAX, &moved.behind) ||
        !number(w, UINT32_MAX, &moved.n) ||
        split_room(s, (void **)&s->moved, &s->cap_moved, s->n_moved, sizeof(*s->moved)) < 0) {
        return false;
    }
    moved.kind = *kind;
    if ((moved.kind == 't' && !part->joined) || (moved.kind != 't' && part->out[1] == MERGE_NONE)) {
        return true; /* it was not moved after all: its section was copied */
    }
    s->moved[s->n_moved++] = moved;
    part->n_at++;
    part->n_secrets += moved.kind == 's' ? moved.n : 0;
    return true;
}

static bool line_stream(struct out *o, struct words *w)
{
    const char *p;
    size_t n;

    return word(w, &p, &n) && o->len < STREAM_MAX && notes_unbase64(o, p, n);
}

static bool line_tab(struct scapf_split *s, struct words *w)
{
    return line_stream(&s->tabs, w);
}

static bool line_run(struct scapf_split *s, struct words *w)
{
    return line_stream(&s->runs, w);
}

static bool line_fix(struct scapf_split *s, struct words *w)
{
    return line_stream(&s->fixed, w);
}

static bool line_lost(struct scapf_split *s, struct words *w)
{
    (void)w;
    s->lost = true;
    return true;
}

static bool take_line(struct scapf_split *s, const char *p, size_t n)
{
    static const struct {
        const char *word;
        bool (*take)(struct scapf_split *s, struct words *w);
    } lines[] = {
        {"in", line_in},   {"sec", line_sec},   {"id", line_id},
        {"at", line_at},   {"unit", line_unit}, {"tab", line_tab},
        {"run", line_run}, {"fix", line_fix},   {"lost", line_lost},
    };
    struct words w = {p, p + n};
    const char *first;
    size_t len;

    if (!word(&w, &first, &len)) {
        return n == 0;
    }
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (strlen(lines[i].word) == len && memcmp(first, lines[i].word, len) == 0) {
            return lines[i].take(s, &w);
        }
    }
    return notes_is_head((const uint8_t *)p, n);
}

static bool take_comment(struct scapf_split *s, const char *p, size_t n)
{
    const char *end = p + n;

    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));

        line_end = line_end != NULL ? line_end : end;
        if (!take_line(s, p, (size_t)(line_end - p))) {
            return false;
        }
        p = line_end + (line_end < end);
    }
    return true;
}

/* Files, parts and all else as if there had been no notes. */
static void forget(struct scapf_split *s)
{
    for (uint32_t i = 0; i < s->n_parts; i++) {
        out_release(&s->parts[i].secrets);
    }
    s->n_files = s->n_parts = s->n_ids = s->n_units = s->n_moved = 0;
    out_clear(&s->names);
    out_clear(&s->bytes);
    out_clear(&s->runs);
    out_clear(&s->tabs);
    out_clear(&s->fixed);
    s->n_fixes = 0;
    s->noted = false;
}

static int compare_fixes(const void *x, const void *y)
{
    const struct split_fix *a = x;
    const struct split_fix *b = y;

    if (a->part != b->part) {
        return a->part < b->part ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool unpack_fixes(struct scapf_split *s, struct scapf_src *src)
{
    uint64_t part;
    uint64_t number;

    while (split_varint(src, &part)) {
        if (part >= s->n_parts || s->n_fixes == NOTES_FIXES || !split_varint(src, &number) ||
            split_room(s, (void **)&s->fixes, &s->cap_fixes, s->n_fixes, sizeof(*s->fixes)) < 0) {
            return false;
        }
        s->fixes[s->n_fixes++] = (struct split_fix){(uint32_t)part, number};
    }
    return true;
}

/* Times that are the second of two that became one: each part gets its row. */
static bool read_fixes(struct scapf_split *s)
{
    struct scapf_src *src;
    bool good;

    if (s->fixed.len == 0) {
        return true;
    }
    if (scapf_src_mem(s->fixed.bytes, s->fixed.len, s->alloc, &src, &s->diag) < 0) {
        return false;
    }
    good = unpack_fixes(s, src);
    scapf_src_free(src);
    if (good && s->n_fixes > 0) {
        qsort(s->fixes, s->n_fixes, sizeof(*s->fixes), compare_fixes);
    }
    for (uint32_t i = 0; good && i < s->n_fixes; i++) {
        struct split_part *part = &s->parts[s->fixes[i].part];

        part->fix = part->end_fix == 0 ? i : part->fix;
        part->end_fix = i + 1;
    }
    return good;
}

/* Does what the notes say of a section agree with what is in it? */
static bool section_fits(const struct scapf_split *s, uint32_t i)
{
    const struct merge_section *section = &s->m->sections[i];
    bool has[2] = {false, false};
    uint32_t n_ids = 0;

    for (uint32_t p = 0; p < s->n_parts; p++) {
        const struct split_part *part = &s->parts[p];

        has[0] = has[0] || part->out[0] == i;
        has[1] = has[1] || part->out[1] == i;
        for (uint32_t k = 0; part->out[1] == i && k < part->n_ids; k++) {
            const struct split_ids *ids = &s->ids[part->first_ids + k];

            n_ids = ids->out + ids->n > n_ids ? ids->out + ids->n : n_ids;
        }
    }
    return (section->events == 0 || has[0]) && (section->packets == 0 || has[1]) &&
           section->n_ids == n_ids;
}

/* Programs that sort or cut a merged file may keep the notes, which are not true of it then. */
static bool notes_fit(const struct scapf_split *s)
{
    bool fit = true;

    for (uint32_t p = 0; p < s->n_parts && fit; p++) {
        for (unsigned k = 0; k < 2; k++) {
            fit =
                fit && (s->parts[p].out[k] == MERGE_NONE || s->parts[p].out[k] < s->m->n_sections);
        }
    }
    for (uint32_t i = 0; i < s->m->n_sections && fit; i++) {
        fit = section_fits(s, i);
    }
    return fit;
}

enum scapf_status split_read_notes(struct scapf_split *s)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status read = SCAPF_OK;
    bool good = true;

    TRY(s->input.open(s->input.ctx, &reader));
    while (good && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        struct scapf_option_iter it;
        struct scapf_option opt;

        if (!notes_is_block(&rec)) {
            continue;
        }
        s->noted = true;
        scapf_options_begin(&rec, &it);
        while (good && scapf_option_next(&it, &opt) == SCAPF_OK) {
            good = opt.code != 1 || take_comment(s, (const char *)opt.value, opt.len);
        }
    }
    scapf_reader_free(reader);
    good = good && read_fixes(s);
    if (read == SCAPF_E_NOMEM || s->diag.status == SCAPF_E_NOMEM ||
        out_status(&s->block) != SCAPF_OK) {
        return split_nomem(s); /* the notes may be right: no parts under other names */
    }
    if (!good || s->n_parts == 0 || !notes_fit(s)) {
        forget(s);
    }
    return SCAPF_OK;
}
