/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysdig_json.c - the lines of `sysdig -j -r FILE`: same keys, same order, same spelling.
 *
 * Verified against sysdig 0.29.3. Keys are sorted; text is escaped as jsoncpp does, everything
 * beyond ASCII as \uNNNN; buffers are shown whole, unlike in the text output. sysdig does not show
 * events of the category "internal", events marked state-only, codes it does not know, and the
 * containers and users that stand before the first other event: they are the initial state. All
 * but the unknown codes count in evt.num. [libsinsp sinsp.cpp, run]
 */
#include "bytes/json.h"
#include "event/event.h"
#include "render/args.h"
#include "render/render.h"

#define CATEGORY_MASK     0x1FFu /* syscall category; above it stands the event category */
#define CATEGORY_INTERNAL 0x100u /* EC_INTERNAL */

/* Codes that libsinsp takes in silently as long as nothing else came before. */
static bool is_initial_state(uint16_t code)
{
    static const uint16_t users[] = {
        354, /* useradded; libs since 0.11 */
        356, /* userdeleted */
        358, /* groupadded */
        360, /* groupdeleted */
    };

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        if (users[i] == code) {
            return true;
        }
    }
    return event_is_container(code);
}

void sysdig_json_note(struct scapf_printer *p, const struct scapf_record *rec)
{
    if (rec->damage == NULL && rec->event != NULL && rec->event->info != NULL) {
        p->initial = !p->started && is_initial_state(rec->event->code);
        p->started = !p->initial;
    }
}

static bool is_shown(const struct scapf_printer *p, const struct scapf_event *ev)
{
    return !p->initial && (ev->info->category & CATEGORY_MASK) != CATEGORY_INTERNAL &&
           (ev->flags & SCAPF_EVENT_STATE_ONLY) == 0;
}

/* ------------------------------------------------------------------ strings */

static void put_u16(struct out *o, uint32_t v)
{
    static const char set[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', set[v >> 12 & 15], set[v >> 8 & 15], set[v >> 4 & 15], set[v & 15]};

    out_bytes(o, text, sizeof(text));
}

static void put_code_point(struct out *o, uint32_t v)
{
    if (v < 0x10000) {
        put_u16(o, v);
    } else {
        put_u16(o, 0xD800 + ((v - 0x10000) >> 10));
        put_u16(o, 0xDC00 + ((v - 0x10000) & 0x3FF));
    }
}

/* The letter behind the backslash for characters that have a short form, else 0. */
static char short_escape(uint8_t c)
{
    static const char letters[128] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                      ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};

    return c < sizeof(letters) ? letters[c] : '\0';
}

/* One character that cannot stand as it is; its length. What is no UTF-8 becomes U+FFFD. */
static size_t put_special(struct out *o, const uint8_t *p, size_t n)
{
    size_t len = utf8_len(p, n);
    uint32_t v = p[0];

    if (short_escape(p[0]) != '\0') {
        out_char(o, '\\');
        out_char(o, short_escape(p[0]));
        return 1;
    }
    if (len == 0) {
        put_u16(o, 0xFFFD);
        return 1;
    }
    if (p[0] == 0x7F) {
        out_char(o, 0x7F);
        return 1;
    }
    if (len > 1) {
        v = p[0] & (0xFFu >> (len + 1));
        for (size_t i = 1; i < len; i++) {
            v = v << 6 | (p[i] & 0x3F);
        }
    }
    put_code_point(o, v);
    return len;
}

static void put_string(struct out *o, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t i = 0;

    out_char(o, '"');
    for (;;) {
        size_t run = json_plain_run(p + i, n - i);

        out_bytes(o, p + i, run);
        i += run;
        if (i == n) {
            break;
        }
        i += put_special(o, p + i, n - i);
    }
    out_char(o, '"');
}

/* ------------------------------------------------------------------ the record */

/* Nearly always there is nothing to escape: the text is put where it belongs, and only taken out
 * again when there is. */
static void put_info(struct scapf_printer *p, const struct scapf_event *ev)
{
    const struct value_ctx ctx = {
        .schema = p->schema, .host = p->host, .names = p->names, .event = ev};
    struct out *o = &p->out;
    size_t start;

    out_char(o, '"');
    start = o->len;
    args_put(o, &ctx);
    if (out_status(o) != SCAPF_OK) {
        return;
    }
    if (json_plain_run(o->bytes + start, o->len - start) == o->len - start) {
        out_char(o, '"');
        return;
    }
    out_clear(&p->text);
    out_bytes(&p->text, o->bytes + start, o->len - start);
    if (out_status(&p->text) != SCAPF_OK) {
        o->status = out_status(&p->text);
        return;
    }
    o->len = start - 1;
    put_string(o, p->text.bytes, p->text.len);
}

/* Process and thread, and the end of the line. */
static void put_tail(struct scapf_printer *p, const struct scapf_event *ev)
{
    int64_t tid = ev->tid;
    const char *known = scapf_host_comm(p->host, tid);
    struct scapf_thread nameless;
    /* [run] "<NA>" when only system calls of a thread are known, null when not even that */
    bool any = known != NULL || (ev->info->category & EVENT_CATEGORY_CALL) != 0 ||
               scapf_host_thread(p->host, tid, &nameless);
    const char *comm = known != NULL ? known : any ? "<NA>" : "";
    struct line_tail *tail = &p->tail;
    struct out *o = &p->out;
    size_t start = o->len;

    if (any && tail->len > 0 && tail->tid == tid && strcmp(tail->comm, comm) == 0) {
        out_bytes(o, tail->text, tail->len);
        return;
    }
    out_lit(o, ",\"proc.name\":");
    if (any) {
        put_string(o, comm, strlen(comm));
    } else {
        out_lit(o, "null");
    }
    out_lit(o, ",\"thread.tid\":");
    out_dec(o, tid);
    out_lit(o, "}\n");
    tail->len = 0;
    if (any && out_status(o) == SCAPF_OK && strlen(comm) < sizeof(tail->comm) &&
        o->len - start <= sizeof(tail->text)) {
        tail->tid = tid;
        tail->len = o->len - start;
        memcpy(tail->comm, comm, strlen(comm) + 1);
        memcpy(tail->text, o->bytes + start, tail->len);
    }
}

/* The name of the event, nearly always the one of all events of its code. */
static void put_type(struct scapf_printer *p, const struct scapf_event *ev)
{
    bool common = ev->code < RENDER_CODES && !event_is_named_inside(ev->code);
    struct type_text *known = common ? &p->types[ev->code] : NULL;
    struct out *o = &p->out;
    size_t start = o->len;
    const char *name;
    size_t len;

    if (known != NULL && known->info == ev->info) {
        out_padded(o, known->text, known->len);
        return;
    }
    out_lit(o, ",\"evt.type\":");
    name = scapf_event_name(ev, p->schema, p->arch, &len);
    put_string(o, name, len);
    if (known != NULL && out_status(o) == SCAPF_OK && o->len - start <= OUT_PADDED) {
        known->info = ev->info;
        known->len = (uint8_t)(o->len - start);
        memcpy(known->text, o->bytes + start, known->len);
    }
}

enum scapf_status render_sysdig_json(struct scapf_printer *p, const struct scapf_reader *reader,
                                     const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->damage == NULL ? rec->event : NULL;
    struct out *o = &p->out;

    (void)reader;
    if (ev == NULL || ev->info == NULL || !is_shown(p, ev)) {
        return SCAPF_OK;
    }
    out_lit(o, "{\"evt.cpu\":");
    out_udec(o, ev->cpu);
    out_str(o, (ev->code & 1) != 0 ? ",\"evt.dir\":\"<\",\"evt.info\":"
                                   : ",\"evt.dir\":\">\",\"evt.info\":");
    put_info(p, ev);
    out_lit(o, ",\"evt.num\":");
    out_udec(o, p->events);
    out_lit(o, ",\"evt.outputtime\":");
    out_udec(o, ev->ts_ns);
    put_type(p, ev);
    put_tail(p, ev);
    return out_status(o);
}
