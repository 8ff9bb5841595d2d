/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_api.c - the JSON emitter for programs: order checked, one top-level value a line.
 */
#include "base/mem.h"
#include "render/json.h"

#define MAX_DEPTH 64 /* one bit each; facts nest a handful of levels */
#define FLUSH_AT  ((size_t)64 << 10)

struct scapf_json {
    struct out out;
    struct json j;
    struct scapf_sink *sink;
    const struct scapf_alloc *alloc;
    uint64_t objects; /* bit d: the bracket of depth d is an object */
    unsigned depth;
    bool has_key; /* a key waits for its value */
    enum scapf_status status;
};

void json_diag(struct json *j, const struct scapf_diag *diag)
{
    const struct scapf_rule_info *rule = scapf_rule_get(diag->rule);

    json_object(j);
    json_lit_key(j, "rule");
    json_cstring(j, rule->id);
    json_lit_key(j, "symbol");
    json_cstring(j, rule->symbol);
    json_lit_key(j, "severity");
    json_cstring(j, scapf_severity_name(rule->severity));
    json_lit_key(j, "offset");
    json_u64(j, diag->off);
    json_lit_key(j, "block");
    json_u64(j, diag->block);
    json_lit_key(j, "block_type");
    json_u64(j, diag->block_type);
    json_lit_key(j, "got");
    json_u64(j, diag->got);
    json_lit_key(j, "want");
    json_u64(j, diag->want);
    json_lit_key(j, "sentence");
    json_cstring(j, rule->sentence);
    json_object_end(j);
}

enum scapf_status scapf_json_new(struct scapf_sink *sink, const struct scapf_alloc *alloc,
                                 struct scapf_json **json)
{
    struct scapf_json *js = mem_zalloc(alloc, sizeof(*js));

    *json = js;
    if (js == NULL) {
        return SCAPF_E_NOMEM;
    }
    js->sink = sink;
    js->alloc = alloc;
    out_init(&js->out, alloc, false);
    js->j = json_make(&js->out);
    return SCAPF_OK;
}

static bool in_object(const struct scapf_json *js)
{
    return js->depth > 0 && (js->objects >> (js->depth - 1) & 1) != 0;
}

static bool fail(struct scapf_json *js, enum scapf_status status)
{
    if (js->status == SCAPF_OK) {
        js->status = status;
    }
    return false;
}

/* May a value (or a bracket) stand here? */
static bool value_starts(struct scapf_json *js)
{
    if (js->status != SCAPF_OK || in_object(js) != js->has_key) {
        return fail(js, SCAPF_E_USAGE);
    }
    js->has_key = false;
    return true;
}

static void flush(struct scapf_json *js)
{
    if (out_status(&js->out) != SCAPF_OK) {
        fail(js, out_status(&js->out));
    }
    if (js->status == SCAPF_OK && js->out.len > 0) {
        js->status = scapf_sink_write(js->sink, js->out.bytes, js->out.len);
    }
    out_clear(&js->out);
}

/* A top-level value ends its line. */
static void value_ends(struct scapf_json *js)
{
    if (js->depth == 0) {
        out_char(&js->out, '\n');
        js->j.comma = false;
    }
    if (js->depth == 0 || js->out.len >= FLUSH_AT) {
        flush(js);
    }
}

void scapf_json_open(struct scapf_json *js, char bracket)
{
    if (!value_starts(js)) {
        return;
    }
    if ((bracket != '{' && bracket != '[') || js->depth == MAX_DEPTH) {
        fail(js, js->depth == MAX_DEPTH ? SCAPF_E_LIMIT : SCAPF_E_USAGE);
        return;
    }
    json_open(&js->j, bracket);
    js->objects &= ~(UINT64_C(1) << js->depth);
    js->objects |= (uint64_t)(bracket == '{') << js->depth;
    js->depth++;
}

void scapf_json_close(struct scapf_json *js)
{
    if (js->status != SCAPF_OK || js->depth == 0 || js->has_key) {
        fail(js, SCAPF_E_USAGE);
        return;
    }
    json_close(&js->j, in_object(js) ? '}' : ']');
    js->depth--;
    value_ends(js);
}

void scapf_json_key(struct scapf_json *js, const char *key)
{
    if (js->status != SCAPF_OK || !in_object(js) || js->has_key) {
        fail(js, SCAPF_E_USAGE);
        return;
    }
    json_key(&js->j, key);
    js->has_key = true;
}

void scapf_json_string(struct scapf_json *js, const char *text)
{
    scapf_json_text(js, text, strlen(text));
}

void scapf_json_text(struct scapf_json *js, const void *bytes, size_t len)
{
    if (value_starts(js)) {
        json_text(&js->j, bytes, len);
        value_ends(js);
    }
}

void scapf_json_base64(struct scapf_json *js, const void *bytes, size_t len)
{
    if (value_starts(js)) {
        json_base64(&js->j, bytes, len);
        value_ends(js);
    }
}

void scapf_json_u64(struct scapf_json *js, uint64_t value)
{
    if (value_starts(js)) {
        json_u64(&js->j, value);
        value_ends(js);
    }
}

void scapf_json_i64(struct scapf_json *js, int64_t value)
{
    if (value_starts(js)) {
        json_i64(&js->j, value);
        value_ends(js);
    }
}

void scapf_json_bool(struct scapf_json *js, bool value)
{
    if (value_starts(js)) {
        json_bool(&js->j, value);
        value_ends(js);
    }
}

void scapf_json_null(struct scapf_json *js)
{
    if (value_starts(js)) {
        json_null(&js->j);
        value_ends(js);
    }
}

void scapf_json_time(struct scapf_json *js, uint64_t ns)
{
    if (value_starts(js)) {
        json_u64_string(&js->j, ns);
        value_ends(js);
    }
}

void scapf_json_diag(struct scapf_json *js, const struct scapf_diag *diag)
{
    if (value_starts(js)) {
        json_diag(&js->j, diag);
        value_ends(js);
    }
}

enum scapf_status scapf_json_finish(struct scapf_json *js)
{
    if (js->depth > 0) {
        fail(js, SCAPF_E_USAGE);
    }
    flush(js);
    return js->status;
}

void scapf_json_free(struct scapf_json *js)
{
    if (js != NULL) {
        out_release(&js->out);
        mem_free(js->alloc, js);
    }
}
