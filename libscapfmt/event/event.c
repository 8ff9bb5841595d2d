/* SPDX-License-Identifier: Apache-2.0 */
#include "event/event.h"

#include "block/types.h"
#include "bytes/cur.h"

/* Old recorders stored these two with a length that is 3 too large. [libscap scap_savefile.c] */
#define CODE_NOTIFICATION_E      280
#define CODE_INFRASTRUCTURE_E    286
#define OLD_NOTIFICATION_SURPLUS 3u

static inline uint32_t get_len(const struct scapf_event *ev, uint32_t i)
{
    const uint8_t *p = ev->payload + (size_t)i * ev->len_size;

    return ev->len_size == 2 ? get_u16(p, ev->big_endian) : get_u32(p, ev->big_endian);
}

/*
 * Check that n lengths and what they announce fit into the payload and note where the first
 * parameters stand. A hostile n is bounded by the payload before the loop.
 */
static enum scapf_status place_params(struct scapf_event *ev, struct scapf_diag *diag)
{
    uint64_t at = (uint64_t)ev->n_params * ev->len_size;
    uint64_t payload_off = ev->off + ev->len - ev->payload_len;
    uint32_t n = ev->n_params;

    if (at > ev->payload_len) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_EVENT_LENGTHS, payload_off, n,
                        ev->payload_len / ev->len_size);
    }
    ev->n_cached = n < SCAPF_EVENT_PARAMS ? n : SCAPF_EVENT_PARAMS;
    ev->param_off[0] = (uint32_t)at;
    for (uint32_t i = 0; i < n; i++) {
        at += get_len(ev, i);
        if (at > ev->payload_len) {
            return diag_set(diag, SCAPF_E_FORMAT, RULE_EVENT_SUM,
                            payload_off + (uint64_t)i * ev->len_size, at, ev->payload_len);
        }
        if (i < SCAPF_EVENT_PARAMS) {
            ev->param_off[i + 1] = (uint32_t)at;
        }
    }
    return SCAPF_OK;
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

enum scapf_status event_parse(const struct scapf_schema *schema, uint8_t layout,
                              const uint8_t *body, size_t body_len, uint64_t off, bool big_endian,
                              struct scapf_event *ev, struct scapf_diag *diag)
{
    bool is_v2 = (layout & EVENT_LAYOUT_V2) != 0;
    uint32_t header_len = is_v2 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN;
    struct cur c = cur_make(body, body_len, off + 8, big_endian);
    size_t left;

    ev->big_endian = big_endian;
    ev->has_params = true;
    ev->options = NULL;
    ev->options_len = 0;
    ev->n_cached = 0;
    ev->walk = ev->walk_at;
    ev->walk_at[0] = 0;
    ev->cpu = cur_u16(&c);
    ev->flags = (layout & EVENT_LAYOUT_FLAGS) != 0 ? cur_u32(&c) : 0;
    ev->off = cur_tell(&c);
    left = cur_left(&c);
    ev->ts_ns = cur_u64(&c);
    ev->tid = cur_i64(&c);
    ev->len = cur_u32(&c);
    ev->code = cur_u16(&c);
    ev->n_params = is_v2 ? cur_u32(&c) : 0;
    TRY(cur_check(&c, SCAPF_E_FORMAT, RULE_EVENT_LEN, diag));
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
    ev->info = scapf_schema_event(schema, ev->code);
    /* [scap 9.3] the event code decides the width; for unknown codes only the block can tell. Old
     * blocks know u16 alone. */
    ev->len_size = 2;
    if (is_v2 && (ev->info != NULL ? (ev->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0
                                   : (layout & EVENT_LAYOUT_LARGE) != 0)) {
        ev->len_size = 4;
    }
    find_options(ev, body, body_len, body_len - left + ev->len);
    if (is_v2) {
        enum scapf_status status = place_params(ev, ev->info != NULL ? diag : NULL);

        if (status < 0 && ev->info == NULL) { /* nothing is known of it: keep it opaque */
            ev->has_params = false;
            ev->n_cached = 0;
            return SCAPF_OK;
        }
        return status;
    }
    return old_params(ev, diag);
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
