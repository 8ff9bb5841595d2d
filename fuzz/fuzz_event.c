/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the body of one event block of any layout, every parameter as value. */
#include "event/event.h"
#include "target.h"
#include "walk.h"

#define OFF 28 /* as if behind a section header */

static bool inside(const uint8_t *p, size_t n, const uint8_t *base, size_t len)
{
    return p >= base && n <= len && (size_t)(p - base) <= len - n;
}

static void value(const struct scapf_event *ev, uint32_t i)
{
    const uint8_t *bytes;
    uint32_t len;
    struct scapf_value v;
    struct scapf_diag diag;
    enum scapf_status status;

    must(scapf_event_param(ev, i, &bytes, &len) == SCAPF_OK);
    must(inside(bytes, len, ev->payload, ev->payload_len));
    status = scapf_event_value(ev, i, &v, &diag);
    must(status == SCAPF_OK || status == SCAPF_E_FORMAT);
    must((status == SCAPF_E_FORMAT) == (v.kind == SCAPF_VALUE_MALFORMED));
    must(inside(v.bytes, v.len, bytes, len));
    if (status == SCAPF_E_FORMAT) {
        must(v.bytes == bytes && v.len == len);
        must(diag.off >= ev->off && diag.off <= ev->off + ev->len);
        return;
    }
    must((v.kind == SCAPF_VALUE_EMPTY) == (v.len == 0 && v.kind != SCAPF_VALUE_TEXT));
    if (v.kind == SCAPF_VALUE_FDLIST) {
        int64_t fd;
        uint16_t flags;

        for (uint32_t k = 0; k < v.u; k++) {
            must(scapf_value_fd(&v, k, &fd, &flags));
        }
        must(!scapf_value_fd(&v, (uint32_t)v.u, &fd, &flags));
    }
    if (v.kind == SCAPF_VALUE_ADDRESS || v.kind == SCAPF_VALUE_TUPLE) {
        must(v.sock.path == NULL || inside(v.sock.path, v.sock.path_len + 1U, bytes, len));
        must(v.sock.src == NULL || inside(v.sock.src, v.sock.addr_len, bytes, len));
        must(v.sock.dst == NULL || inside(v.sock.dst, v.sock.addr_len, bytes, len));
    }
}

static void event(const struct scapf_event *ev, const uint8_t *body, size_t len)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    const uint8_t *p;
    uint32_t n;
    size_t name_len;
    uint64_t sum = 0;
    const char *name = scapf_event_name(ev, schema, scapf_schema_arch(schema, "x86_64"), &name_len);

    must(name != NULL && (name_len == 0 || memchr(name, 0, name_len) == NULL));
    must(inside(ev->payload, ev->payload_len, body, len));
    must(ev->options == NULL || inside(ev->options, ev->options_len, body, len));
    if (!ev->has_params) {
        must(scapf_event_param(ev, 0, &p, &n) == SCAPF_E_USAGE);
        return;
    }
    for (uint32_t i = 0; i < ev->n_params; i++) {
        must(scapf_event_param(ev, i, &p, &n) == SCAPF_OK);
        sum += ev->len_size + n;
        value(ev, i);
    }
    must(sum <= ev->payload_len);
    must(scapf_event_param(ev, ev->n_params, &p, &n) == SCAPF_E_USAGE);
    if (ev->n_params > 40) { /* the same out of order */
        const uint8_t *again;

        must(scapf_event_param(ev, ev->n_params - 1, &p, &n) == SCAPF_OK);
        must(scapf_event_param(ev, 35, &again, &n) == SCAPF_OK && again <= p);
        must(scapf_event_param(ev, ev->n_params - 1, &again, &n) == SCAPF_OK && again == p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_event ev;
    struct scapf_diag diag;
    enum scapf_status status;

    if (size == 0) {
        return 0;
    }
    status = event_parse(scapf_schema_builtin(), data[0] & 7, data + 1, size - 1, OFF,
                         (data[0] & 8) != 0, &ev, &diag);
    if (status == SCAPF_OK) {
        event(&ev, data + 1, size - 1);
    } else {
        must(status == SCAPF_E_FORMAT && diag.rule != RULE_NONE);
        must(diag.off >= OFF + 8 && diag.off <= OFF + 8 + size - 1);
    }
    return 0;
}
