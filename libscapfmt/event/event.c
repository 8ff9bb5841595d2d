/* SPDX-License-Identifier: Apache-2.0 */
#include "event/event.h"

#include "bytes/cur.h"

#include <string.h>

/* Old recorders stored these two with a length that is 3 too large. [libscap scap_savefile.c] */
#define CODE_NOTIFICATION_E      280
#define CODE_INFRASTRUCTURE_E    286
#define OLD_NOTIFICATION_SURPLUS 3u

static inline const struct scapf_event_info *info_of(const struct scapf_schema *schema,
                                                     uint16_t code)
{
    return code < schema->n_events ? schema->events[code] : NULL;
}

static inline uint32_t get_len(const struct scapf_event *ev, uint32_t i)
{
    const uint8_t *p = ev->payload + (size_t)i * ev->len_size;

    return ev->len_size == 2 ? get_u16(p, ev->big_endian) : get_u32(p, ev->big_endian);
}

/* The sum of the first n lengths and all before them goes beyond the payload: where? */
static enum scapf_status too_long(const struct scapf_event *ev, struct scapf_diag *diag)
{
    uint64_t at = (uint64_t)ev->n_params * ev->len_size;
    uint32_t i = 0;

    while (i + 1 < ev->n_params && at + get_len(ev, i) <= ev->payload_len) {
        at += get_len(ev, i);
        i++;
    }
    return diag_set(diag, SCAPF_E_FORMAT, RULE_EVENT_SUM,
                    ev->off + ev->len - ev->payload_len + (uint64_t)i * ev->len_size,
                    at + get_len(ev, i), ev->payload_len);
}

/* Note where the first parameters stand; at is the place of the first one. Returns the end of the
 * last, or any place beyond the payload. */
static ALWAYS_INLINE uint64_t add_lengths(struct scapf_event *ev, uint64_t at, uint8_t len_size,
                                          bool big_endian)
{
    const uint8_t *p = ev->payload;
    uint32_t n = ev->n_cached;

    for (uint32_t i = 0; i < n; i++, p += len_size) {
        at += len_size == 2 ? get_u16(p, big_endian) : get_u32(p, big_endian);
        ev->param_off[i + 1] = (uint32_t)at;
    }
    for (; n < ev->n_params && at <= ev->payload_len; n++) {
        at += get_len(ev, n);
    }
    return at;
}

/*
 * Check that n lengths and what they announce fit into the payload and note where the first
 * parameters stand. A hostile n is bounded by the payload before the loop.
 */
static ALWAYS_INLINE enum scapf_status place_in_order(struct scapf_event *ev, bool big_endian,
                                                      struct scapf_diag *diag)
{
    uint64_t at = (uint64_t)ev->n_params * ev->len_size;
    uint32_t n = ev->n_params;

    if (at > ev->payload_len) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_EVENT_LENGTHS,
                        ev->off + ev->len - ev->payload_len, n, ev->payload_len / ev->len_size);
    }
    ev->n_cached = n < SCAPF_EVENT_PARAMS ? n : SCAPF_EVENT_PARAMS;
    ev->param_off[0] = (uint32_t)at;
    at =
        ev->len_size == 2 ? add_lengths(ev, at, 2, big_endian) : add_lengths(ev, at, 4, big_endian);
    return at > ev->payload_len ? too_long(ev, diag) : SCAPF_OK;
}

static enum scapf_status place_params(struct scapf_event *ev, struct scapf_diag *diag)
{
    return place_in_order(ev, ev->big_endian, diag);
}

/* The number of parameters of an old event; false when no number makes its length. */
static bool count_params(struct scapf_event *ev, uint32_t payload_len)
{
    uint64_t sum = 0;
    uint32_t n = 0;

    while (sum < payload_len && (n + 1) * (uint64_t)ev->len_size <= payload_len) {
        sum += ev->len_size + (uint64_t)get_len(ev, n);
        n++;
    }
    ev->n_params = n;
    return sum == payload_len;
}

/* [MIX-07] A new event under the old block number: the count of parameters stands where the lengths
 * should. */
static bool looks_like_v2(const struct scapf_event *ev)
{
    struct scapf_event as_v2 = *ev;

    if (ev->payload_len < 4) {
        return false;
    }
    as_v2.n_params = get_u32(ev->payload, ev->big_endian);
    as_v2.payload += 4;
    as_v2.payload_len -= 4;
    return place_params(&as_v2, NULL) == SCAPF_OK && as_v2.n_params <= SCAPF_EVENT_PARAMS &&
           as_v2.param_off[as_v2.n_params] == as_v2.payload_len;
}

static enum scapf_status old_params(struct scapf_event *ev, struct scapf_diag *diag)
{
    uint32_t len = ev->payload_len;

    if ((ev->code == CODE_NOTIFICATION_E || ev->code == CODE_INFRASTRUCTURE_E) &&
        len >= OLD_NOTIFICATION_SURPLUS && count_params(ev, len - OLD_NOTIFICATION_SURPLUS)) {
        ev->payload_len -= OLD_NOTIFICATION_SURPLUS;
        ev->len -= OLD_NOTIFICATION_SURPLUS;
        return place_params(ev, diag);
    }
    if (count_params(ev, len)) {
        return place_params(ev, diag);
    }
    ev->n_params = 0;
    if (ev->info == NULL) { /* a code of another kind of writer: opaque, but whole */
        ev->has_params = false;
        return SCAPF_OK;
    }
    return diag_set(diag, SCAPF_E_FORMAT,
                    looks_like_v2(ev) ? RULE_MIX_V2_IN_V1 : RULE_EVENT_V1_LENGTHS,
                    ev->off + EVENT_HEADER_V1_LEN, len, 0);
}

/* [MIX-07] mergecap 4.0 and 4.4 write new events under the old block number and leave the count of
 * parameters out, but not out of the length: it is 4 too large for the block. */
static bool lacks_count(const struct scapf_event *ev, const uint8_t *payload, size_t left)
{
    struct scapf_event as_v1 = *ev;

    as_v1.payload = payload;
    as_v1.len_size = 2;
    return ev->len >= EVENT_HEADER_V2_LEN && ev->len - 4 <= left &&
           count_params(&as_v1, ev->len - EVENT_HEADER_V2_LEN);
}

/* What stands behind the padded event. [scap 9.5] */
static void find_options(struct scapf_event *ev, const uint8_t *body, size_t body_len, size_t end)
{
    size_t at = (end + 3) & ~(size_t)3;

    if (at < body_len && body_len - at >= 4) {
        ev->options = body + at;
        ev->options_len = (uint32_t)(body_len - at);
    }
}

/* A block that ends inside the header: which field was the first without its bytes? */
static enum scapf_status short_header(uint8_t layout, struct cur c, struct scapf_diag *diag)
{
    (void)cur_u16(&c);
    if ((layout & EVENT_LAYOUT_FLAGS) != 0) {
        (void)cur_u32(&c);
    }
    (void)cur_u64(&c);
    (void)cur_u64(&c);
    (void)cur_u32(&c);
    (void)cur_u16(&c);
    (void)cur_u32(&c);
    return cur_check(&c, SCAPF_E_FORMAT, RULE_EVENT_LEN, diag);
}

/* The fields up to the payload; p holds all of them. */
static ALWAYS_INLINE void read_header(struct scapf_event *ev, uint8_t layout, const uint8_t *p,
                                      bool big_endian)
{
    ev->big_endian = big_endian;
    ev->cpu = get_u16(p, big_endian);
    p += 2;
    ev->flags = 0;
    if ((layout & EVENT_LAYOUT_FLAGS) != 0) {
        ev->flags = get_u32(p, big_endian);
        p += 4;
    }
    ev->ts_ns = get_u64(p, big_endian);
    ev->tid = (int64_t)get_u64(p + 8, big_endian);
    ev->len = get_u32(p + 16, big_endian);
    ev->code = get_u16(p + 20, big_endian);
    ev->n_params = (layout & EVENT_LAYOUT_V2) != 0 ? get_u32(p + 22, big_endian) : 0;
    ev->has_params = true;
    ev->options = NULL;
    ev->options_len = 0;
    ev->n_cached = 0;
    ev->walk = ev->walk_at;
    ev->walk_at[0] = 0;
}

/* Nothing is known of its code: lengths that do not fit may be none. */
static enum scapf_status keep_opaque(struct scapf_event *ev)
{
    ev->has_params = false;
    ev->n_cached = 0;
    return SCAPF_OK;
}

/* The body of an event block. */
struct event_block {
    const uint8_t *body;
    size_t len;
    uint64_t off;
    uint8_t layout;
};

static ALWAYS_INLINE enum scapf_status parse(const struct scapf_schema *schema,
                                             const struct event_block *b, bool big_endian,
                                             struct scapf_event *ev, struct scapf_diag *diag)
{
    bool is_v2 = (b->layout & EVENT_LAYOUT_V2) != 0;
    uint32_t header_len = is_v2 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN;
    uint32_t before = (b->layout & EVENT_LAYOUT_FLAGS) != 0 ? 6 : 2;
    struct cur c = cur_make(b->body, b->len, b->off, big_endian);
    const uint8_t *header = cur_take(&c, before + header_len);
    size_t left = b->len - before;

    if (header == NULL) {
        return short_header(b->layout, cur_make(b->body, b->len, b->off, big_endian), diag);
    }
    read_header(ev, b->layout, header, big_endian);
    ev->off = b->off + before;
    if (!is_v2 && ev->len > left && lacks_count(ev, c.p, left)) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_MIX_V2_IN_V1, ev->off + 16, ev->len,
                        ev->len - 4);
    }
    if (ev->len < header_len || ev->len > left) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_EVENT_LEN, ev->off + 16, ev->len,
                        ev->len < header_len ? header_len : left);
    }
    ev->payload = c.p;
    ev->payload_len = ev->len - header_len;
    ev->info = info_of(schema, ev->code);
    /* [scap 9.3] the event code decides the width; for unknown codes only the block can tell. Old
     * blocks know u16 alone. */
    ev->len_size = 2;
    if (is_v2 && (ev->info != NULL ? (ev->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0
                                   : (b->layout & EVENT_LAYOUT_LARGE) != 0)) {
        ev->len_size = 4;
    }
    find_options(ev, b->body, b->len, before + ev->len);
    if (!is_v2) {
        return old_params(ev, diag);
    }
    if (place_in_order(ev, big_endian, diag) < 0) {
        return ev->info == NULL ? keep_opaque(ev) : SCAPF_E_FORMAT;
    }
    return SCAPF_OK;
}

enum scapf_status event_parse(const struct scapf_schema *schema, uint8_t layout,
                              const uint8_t *body, size_t body_len, uint64_t off, bool big_endian,
                              struct scapf_event *ev, struct scapf_diag *diag)
{
    const struct event_block b = {body, body_len, off + 8, layout};

    return big_endian ? parse(schema, &b, true, ev, diag) : parse(schema, &b, false, ev, diag);
}

static ALWAYS_INLINE bool is_plain(const struct scapf_schema *schema, const struct event_block *b,
                                   bool big_endian, uint64_t *ts_ns)
{
    const uint8_t *header = event_header(b->body, b->layout);
    const uint8_t *p = header + EVENT_HEADER_V2_LEN;
    const struct scapf_event_info *info;
    uint64_t sum;
    size_t len, n;

    if ((b->layout & EVENT_LAYOUT_V2) == 0 || b->len < (size_t)(p - b->body)) {
        return false;
    }
    len = get_u32(header + 16, big_endian);
    n = get_u32(header + 22, big_endian);
    info = info_of(schema, get_u16(header + 20, big_endian));
    if (info == NULL || n > SCAPF_EVENT_PARAMS || len > b->len - (size_t)(header - b->body)) {
        return false;
    }
    *ts_ns = get_u64(header, big_endian);
    if ((info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0) {
        sum = EVENT_HEADER_V2_LEN + 4 * n;
        for (; n > 0 && sum <= len; n--, p += 4) {
            sum += get_u32(p, big_endian);
        }
    } else {
        sum = EVENT_HEADER_V2_LEN + 2 * n;
        for (; n > 0 && sum <= len; n--, p += 2) {
            sum += get_u16(p, big_endian);
        }
    }
    return sum <= len;
}

bool event_is_plain(const struct scapf_schema *schema, uint8_t layout, const uint8_t *body,
                    size_t body_len, bool big_endian, uint64_t *ts_ns)
{
    const struct event_block b = {body, body_len, 0, layout};

    return big_endian ? is_plain(schema, &b, true, ts_ns) : is_plain(schema, &b, false, ts_ns);
}

void event_view_plain(const struct scapf_schema *schema, uint8_t layout, const uint8_t *body,
                      bool big_endian, struct scapf_event *ev)
{
    read_header(ev, layout, body, big_endian);
    ev->info = info_of(schema, ev->code);
    ev->len_size = (ev->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0 ? 4 : 2;
    ev->payload = event_header(body, layout) + EVENT_HEADER_V2_LEN;
    ev->payload_len = ev->len - EVENT_HEADER_V2_LEN;
    ev->param_off[0] = ev->n_params * ev->len_size;
    ev->off = 0;
    ev->walk = NULL;
}

/*
 * A parameter beyond the cached ones. No event of the schema has so many, but a hostile one has
 * millions: asking for one after the other must not start over each time.
 */
static enum scapf_status walk_to(const struct scapf_event *event, uint32_t i, const uint8_t **bytes,
                                 uint32_t *len)
{
    uint32_t k = event->n_cached;
    uint32_t at = event->param_off[k];

    if (event->walk != NULL && event->walk[0] >= k && event->walk[0] <= i) {
        k = event->walk[0];
        at = event->walk[1];
    }
    for (; k < i; k++) {
        at += get_len(event, k);
    }
    if (event->walk != NULL) {
        event->walk[0] = i;
        event->walk[1] = at;
    }
    *bytes = event->payload + at;
    *len = get_len(event, i);
    return SCAPF_OK;
}

enum scapf_status scapf_event_param(const struct scapf_event *event, uint32_t i,
                                    const uint8_t **bytes, uint32_t *len)
{
    if (i >= event->n_params || !event->has_params) {
        return SCAPF_E_USAGE;
    }
    if (i < event->n_cached) {
        *bytes = event->payload + event->param_off[i];
        *len = event->param_off[i + 1] - event->param_off[i];
        return SCAPF_OK;
    }
    return walk_to(event, i, bytes, len);
}

/* ------------------------------------------------------------------ enter and exit */

static uint16_t short_param(const struct scapf_event *event, uint32_t i, uint16_t missing)
{
    const uint8_t *p;
    uint32_t len;
    struct cur c;

    if (event_param(event, i, &p, &len) != SCAPF_OK || len < sizeof(uint16_t)) {
        return missing;
    }
    c = cur_make(p, len, event->off, event->big_endian);
    return cur_u16(&c);
}

/* Exits had no number of the kernel's for long. */
#define NR_UNTOLD UINT16_MAX

struct scapf_call event_generic_call(const struct scapf_event *event)
{
    return (struct scapf_call){
        .code = event->code,
        .sc = short_param(event, 0, 0),
        .nr = short_param(event, 1, NR_UNTOLD),
    };
}

struct scapf_call scapf_event_call(const struct scapf_event *event)
{
    return event_call(event);
}

static bool is_of_call(const struct scapf_event_info *info, uint16_t call)
{
    for (uint16_t i = 0; call != 0 && i < info->n_syscalls; i++) {
        if (info->syscalls[i] == call) {
            return true;
        }
    }
    return false;
}

/* The file does not say of which architecture its numbers are: any that fits will do. */
static bool is_of_number(const struct scapf_schema *schema, const struct scapf_event_info *info,
                         uint16_t nr)
{
    for (uint32_t i = 0; i < schema->n_arches; i++) {
        const struct scapf_syscall *call = scapf_arch_syscall(&schema->arches[i], nr);

        if (call != NULL && is_of_call(info, call->ppm_sc)) {
            return true;
        }
    }
    return false;
}

static bool same_call(const struct scapf_call *a, const struct scapf_call *b)
{
    if (a->sc == 0 && b->sc == 0) {
        return a->nr == b->nr || a->nr == NR_UNTOLD || b->nr == NR_UNTOLD;
    }
    return a->sc == b->sc || a->sc == 0 || b->sc == 0;
}

bool event_ends_other(const struct scapf_schema *schema, const struct scapf_event *exit,
                      const struct scapf_call *begun)
{
    if (exit->code == 1 && begun->code == 0) {
        const struct scapf_call ended = event_generic_call(exit);

        return same_call(&ended, begun);
    }
    if (exit->info == NULL) {
        return false;
    }
    /* Old readers cannot take the enter events of newer calls: there the generic one stands in. */
    if (begun->code == 0) {
        return begun->sc != 0 ? is_of_call(exit->info, begun->sc)
                              : is_of_number(schema, exit->info, begun->nr);
    }
    /* [libsinsp parsers.cpp] An execveat that succeeds returns as execve. */
    return strncmp(exit->info->name, "execve", 6) == 0 && begun->code < schema->n_events &&
           schema->events[begun->code] != NULL &&
           strncmp(schema->events[begun->code]->name, "execve", 6) == 0;
}

bool scapf_event_ends(const struct scapf_schema *schema, const struct scapf_event *exit,
                      const struct scapf_call *begun)
{
    return event_ends(schema != NULL ? schema : scapf_schema_builtin(), exit, begun);
}

bool event_makes_thread(const struct scapf_event *event)
{
    static const char *const names[] = {"clone", "clone3", "fork", "vfork"};
    bool found = false;

    for (size_t i = 0; event->info != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        found = found || strcmp(event->info->name, names[i]) == 0;
    }
    return found;
}
