/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_notes.c - what a merged file says of how it was made, for split and print.
 *
 * The notes are comments of name resolution blocks without names at the end of the last section of
 * packets: every reader passes over them, and none shows them as a frame. One line each:
 *
 *   scapfmt-merge VERSION                1; 2 when the clock of an input drifted
 *   in INPUT NAME SHIFT-NS ERROR-NS [DRIFT-PPT AT-NS]
 *                                        a dash for the shift: none
 *   sec INPUT INDEX EVENTS PACKETS FLAGS HEADER
 *                                        where the events and packets of a section are (number of
 *                                        the section in the merged file, or a dash); its header.
 *                                        Flags: p was a pcap, b big-endian, l is not as it was, a
 *                                        is but for what was added, j its tables are joined
 *   id FIRST OUT N                       its interfaces FIRST... are OUT... in the merged file
 *   unit ID TSRESOL BLOCK                description of an interface whose unit became finer
 *   at KIND FIRST N                      blocks that were moved to the front stood behind FIRST
 *                                        other ones: i interfaces, s secrets, t tables
 *   tab BASE64, run BASE64, fix BASE64   zstd streams, in pieces: tables as they were; of records
 *                                        nothing else tells the input of, section and count; times
 *                                        that are the second of two that became one, see
 *                                        merge_clock.c: section, number of the time in it from 1
 *
 * Names have %XX for what is no graphic ASCII character. Headers and streams are base64.
 */
#include "transform/merge_notes.h"

#include <string.h>

#include "block/option.h"

#define LINE_MAX_LEN  60000u /* an option has at most 65535 bytes [PNG-911] */
#define BLOCK_MAX_LEN 900000u
#define STREAM_MAX    ((size_t)8 << 20) /* of compressed notes */
#define PIECE         ((size_t)30000)   /* bytes of a stream in one line */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ------------------------------------------------------------------ base64 (RFC 4648 section 4) */

void notes_base64(struct out *o, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);

        out_char(o, alphabet[v >> 18]);
        out_char(o, alphabet[v >> 12 & 63]);
        out_char(o, i + 1 < n ? alphabet[v >> 6 & 63] : '=');
        out_char(o, i + 2 < n ? alphabet[v & 63] : '=');
    }
}

bool notes_unbase64(struct out *o, const char *p, size_t n)
{
    uint32_t v = 0;
    unsigned bits = 0;

    while (n > 0 && p[n - 1] == '=') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        const char *at = p[i] != '\0' ? strchr(alphabet, p[i]) : NULL;

        if (at == NULL) {
            return false;
        }
        v = v << 6 | (uint32_t)(at - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out_u8(o, (uint8_t)(v >> bits));
        }
    }
    return out_status(o) == SCAPF_OK;
}

/* ------------------------------------------------------------------ what is remembered on the way
 */

static enum scapf_status stream_put(struct scapf_merge *m, struct scapf_sink **sink,
                                    const void *bytes, size_t len)
{
    if (m->notes_lost) {
        return SCAPF_OK;
    }
    if (*sink == NULL && scapf_sink_mem(SCAPF_ZSTD, m->alloc, sink, NULL) < 0) {
        return merge_nomem(m);
    }
    if ((*sink)->mem.len > STREAM_MAX) { /* memory does not grow with the capture */
        m->notes_lost = true;
        return SCAPF_OK;
    }
    return sink_put(*sink, bytes, len);
}

static size_t varint(uint8_t *p, uint64_t v)
{
    size_t n = 0;

    while (v >= 0x80) {
        p[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    p[n++] = (uint8_t)v;
    return n;
}

static enum scapf_status end_run(struct scapf_merge *m)
{
    uint8_t bytes[20];
    size_t n;

    if (m->run_len == 0) {
        return SCAPF_OK;
    }
    n = varint(bytes, m->run_part);
    n += varint(bytes + n, m->run_len);
    m->run_len = 0;
    return stream_put(m, &m->runs, bytes, n);
}

enum scapf_status merge_note_origin(struct scapf_merge *m, const struct merge_lane *lane)
{
    uint32_t part = (uint32_t)(lane->section - m->sections);

    if (part != m->run_part || m->run_len == 0) {
        TRY(end_run(m));
        m->run_part = part;
    }
    m->run_len++;
    return SCAPF_OK;
}

enum scapf_status merge_note_table(struct scapf_merge *m, const struct merge_section *s,
                                   const uint8_t *raw, size_t len)
{
    uint8_t bytes[20];
    size_t n = varint(bytes, (uint64_t)(s - m->sections));

    n += varint(bytes + n, len);
    TRY(stream_put(m, &m->tabs, bytes, n));
    return stream_put(m, &m->tabs, raw, len);
}

enum scapf_status merge_note_second(struct scapf_merge *m, const struct merge_section *s)
{
    uint8_t bytes[20];
    size_t n = varint(bytes, (uint64_t)(s - m->sections));

    if (m->n_fixes == NOTES_FIXES) {
        return SCAPF_E_LIMIT;
    }
    m->n_fixes++;
    n += varint(bytes + n, s->times);
    return stream_put(m, &m->fixes, bytes, n);
}

enum scapf_status merge_note_moved(struct scapf_merge *m, const struct merge_section *s, char kind)
{
    uint32_t part = (uint32_t)(s - m->sections);
    struct merge_moved *last = m->n_moved > 0 ? &m->moved[m->n_moved - 1] : NULL;

    if (last != NULL && last->section == part && last->kind == kind && last->behind == s->stayed) {
        last->n++;
        return SCAPF_OK;
    }
    TRY(merge_room(m, (void **)&m->moved, &m->cap_moved, m->n_moved, sizeof(*m->moved)));
    m->moved[m->n_moved++] =
        (struct merge_moved){.section = part, .kind = kind, .behind = s->stayed, .n = 1};
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ writing */

/* A line goes into the block at hand, in m->text until there is a full comment. */
static enum scapf_status flush_comment(struct scapf_merge *m)
{
    struct out *o = &m->note_block;
    size_t start = o->len;

    if (m->text.len == 0) {
        return out_status(&m->text) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
    }
    out_u16(o, OPT_COMMENT);
    out_u16(o, (uint16_t)(m->text.len - 1));
    out_bytes(o, m->text.bytes, m->text.len - 1); /* without the last line feed */
    out_pad4(o, start);
    out_clear(&m->text);
    return SCAPF_OK;
}

static char version_of(const struct scapf_merge *m)
{
    for (uint32_t i = 0; i < m->n_inputs; i++) {
        if (m->inputs[i].shift.drift_ppt != 0) {
            return NOTES_DRIFT;
        }
    }
    return NOTES_PLAIN;
}

static void begin_block(struct scapf_merge *m)
{
    merge_block_begin(&m->note_block, SCAPF_BLOCK_NRB);
    out_u32(&m->note_block, 0); /* nrb_record_end */
    out_clear(&m->text);
    out_lit(&m->text, NOTES_NAME);
    out_char(&m->text, version_of(m));
    out_char(&m->text, '\n');
}

static enum scapf_status end_block(struct scapf_merge *m)
{
    TRY(flush_comment(m));
    out_u32(&m->note_block, 0); /* opt_endofopt */
    merge_block_end(&m->note_block);
    if (out_status(&m->note_block) != SCAPF_OK) {
        return merge_nomem(m);
    }
    return merge_put(m, m->note_block.bytes, m->note_block.len);
}

/* The line in m->block is complete. */
static enum scapf_status put_line(struct scapf_merge *m)
{
    if (m->block.len > LINE_MAX_LEN) {
        m->notes_lost = true;
        return SCAPF_OK;
    }
    if (m->text.len + m->block.len + 1 > LINE_MAX_LEN) {
        TRY(flush_comment(m));
        if (m->note_block.len > BLOCK_MAX_LEN) {
            TRY(end_block(m));
            begin_block(m);
        }
    }
    out_bytes(&m->text, m->block.bytes, m->block.len);
    out_char(&m->text, '\n');
    return SCAPF_OK;
}

static void put_name(struct out *o, const char *name)
{
    for (; *name != '\0'; name++) {
        uint8_t c = (uint8_t)*name;

        if (c > ' ' && c < 0x7F && c != '%') {
            out_u8(o, c);
        } else {
            out_char(o, '%');
            out_hex_bytes(o, &c, 1);
        }
    }
}

static enum scapf_status put_inputs(struct scapf_merge *m)
{
    for (uint32_t i = 0; i < m->n_inputs; i++) {
        const struct scapf_merge_input *input = &m->inputs[i];
        struct out *o = &m->block;

        out_clear(o);
        out_lit(o, "in ");
        out_udec(o, i);
        out_char(o, ' ');
        put_name(o, input->name);
        out_char(o, ' ');
        if (input->has_shift || merge_is_shifted(m, i)) {
            out_dec(o, input->shift.ns);
        } else {
            out_char(o, '-');
        }
        out_char(o, ' ');
        out_udec(o, input->shift.err_ns);
        if (input->shift.drift_ppt != 0) {
            out_char(o, ' ');
            out_dec(o, input->shift.drift_ppt);
            out_char(o, ' ');
            out_udec(o, input->shift.at_ns);
        }
        TRY(put_line(m));
    }
    return SCAPF_OK;
}

static void put_place(struct out *o, bool is, uint32_t n)
{
    out_char(o, ' ');
    if (is) {
        out_udec(o, n);
    } else {
        out_char(o, '-');
    }
}

static enum scapf_status put_ids(struct scapf_merge *m, const struct merge_section *s)
{
    for (uint32_t i = 0; i < s->n_ids;) {
        const struct merge_id *id = &m->ids[s->first_id + i];
        uint32_t n = 1;

        while (i + n < s->n_ids && id[n].out == id->out + n) {
            n++;
        }
        out_clear(&m->block);
        out_lit(&m->block, "id ");
        out_udec(&m->block, i);
        out_char(&m->block, ' ');
        out_udec(&m->block, id->out);
        out_char(&m->block, ' ');
        out_udec(&m->block, n);
        TRY(put_line(m));
        i += n;
    }
    return SCAPF_OK;
}

static enum scapf_status put_units(struct scapf_merge *m, const struct merge_section *s)
{
    for (uint32_t i = 0; i < s->n_ids; i++) {
        const struct merge_id *id = &m->ids[s->first_id + i];

        if (id->raw_len == 0) {
            continue;
        }
        out_clear(&m->block);
        out_lit(&m->block, "unit ");
        out_udec(&m->block, i);
        out_char(&m->block, ' ');
        out_udec(&m->block, id->tsresol);
        out_char(&m->block, ' ');
        notes_base64(&m->block, m->headers.bytes + id->raw, id->raw_len);
        TRY(put_line(m));
    }
    return SCAPF_OK;
}

static enum scapf_status put_moved(struct scapf_merge *m, uint32_t section, uint32_t *at)
{
    for (; *at < m->n_moved && m->moved[*at].section == section; (*at)++) {
        const struct merge_moved *moved = &m->moved[*at];

        out_clear(&m->block);
        out_lit(&m->block, "at ");
        out_char(&m->block, moved->kind);
        out_char(&m->block, ' ');
        out_udec(&m->block, moved->behind);
        out_char(&m->block, ' ');
        out_udec(&m->block, moved->n);
        TRY(put_line(m));
    }
    return SCAPF_OK;
}

static enum scapf_status put_sections(struct scapf_merge *m)
{
    uint32_t moved = 0;

    for (uint32_t i = 0; i < m->n_sections; i++) {
        const struct merge_section *s = &m->sections[i];
        struct out *o = &m->block;

        out_clear(o);
        out_lit(o, "sec ");
        out_udec(o, s->input);
        out_char(o, ' ');
        out_udec(o, s->index);
        put_place(o, (s->roles & ROLE_EVENTS) != 0 && !s->foreign, s->out[0]);
        put_place(o, (s->roles & ROLE_PACKETS) != 0 && !s->foreign, s->out[1]);
        out_char(o, ' ');
        out_char(o, s->is_pcap ? 'p' : '-');
        out_char(o, s->big_endian ? 'b' : '-');
        out_char(o, s->lossy || s->foreign ? 'l' : s->added ? 'a' : '-');
        out_char(o, s->joined ? 'j' : '-');
        out_char(o, ' ');
        notes_base64(o, m->headers.bytes + s->header, s->header_len);
        TRY(put_line(m));
        TRY(put_ids(m, s));
        TRY(put_units(m, s));
        TRY(put_moved(m, i, &moved));
    }
    return SCAPF_OK;
}

static enum scapf_status put_stream(struct scapf_merge *m, struct scapf_sink *sink,
                                    const char *word)
{
    const uint8_t *bytes;
    size_t len;

    if (sink == NULL || m->notes_lost) {
        return SCAPF_OK;
    }
    TRY(scapf_sink_finish(sink));
    bytes = scapf_sink_bytes(sink, &len);
    for (size_t at = 0; at < len; at += PIECE) {
        out_clear(&m->block);
        out_str(&m->block, word);
        notes_base64(&m->block, bytes + at, len - at < PIECE ? len - at : PIECE);
        TRY(put_line(m));
    }
    return SCAPF_OK;
}

enum scapf_status merge_write_notes(struct scapf_merge *m)
{
    TRY(end_run(m));
    begin_block(m);
    TRY(put_inputs(m));
    TRY(put_sections(m));
    TRY(put_stream(m, m->tabs, "tab "));
    TRY(put_stream(m, m->runs, "run "));
    TRY(put_stream(m, m->fixes, "fix "));
    if (m->notes_lost) {
        out_clear(&m->block);
        out_lit(&m->block, "lost");
        TRY(put_line(m));
    }
    return end_block(m);
}

bool notes_is_head(const uint8_t *p, size_t n)
{
    static const char name[] = NOTES_NAME;
    size_t len = sizeof(name) - 1;

    return n == len + 1 && memcmp(p, name, len) == 0 &&
           (p[len] == NOTES_PLAIN || p[len] == NOTES_DRIFT);
}

bool notes_is_block(const struct scapf_record *rec)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    if (rec->kind != SCAPF_KIND_NAMES) {
        return false;
    }
    scapf_options_begin(rec, &it);
    return scapf_option_next(&it, &opt) == SCAPF_OK && opt.code == OPT_COMMENT &&
           opt.len >= sizeof(NOTES_NAME) && notes_is_head(opt.value, sizeof(NOTES_NAME));
}
