/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/cur.h"

void cur_fail(struct cur *c, size_t want)
{
    if (c->fault) {
        return;
    }
    c->fault = true;
    c->fault_off = cur_tell(c);
    c->fault_want = want;
    c->fault_left = (uint64_t)(c->end - c->p);
}

struct cur cur_sub(struct cur *c, size_t n)
{
    uint64_t off = cur_tell(c);
    const uint8_t *p = cur_take(c, n);
    struct cur sub;

    if (p == NULL) {
        sub = *c;
        sub.end = sub.p;
        sub.base = off;
        return sub;
    }
    return cur_make(p, n, off, c->big_endian);
}

struct cur_bytes cur_str16(struct cur *c)
{
    struct cur before = *c;
    size_t n = cur_u16(c);
    const uint8_t *p = cur_take(c, n);

    if (p == NULL) { /* a read that fails does not move: not past the length either */
        c->p = before.p;
        return (struct cur_bytes){NULL, 0};
    }
    return (struct cur_bytes){p, n};
}

struct cur_bytes cur_cstr(struct cur *c)
{
    size_t left = cur_left(c);
    const uint8_t *nul = left > 0 ? memchr(c->p, 0, left) : NULL;
    const uint8_t *p = c->p;

    if (nul == NULL) {
        cur_fail(c, left + 1);
        return (struct cur_bytes){NULL, 0};
    }
    c->p = nul + 1;
    return (struct cur_bytes){p, (size_t)(nul - p)};
}

bool cur_align4(struct cur *c, uint64_t start)
{
    size_t pad = (size_t)((start - cur_tell(c)) & 3);
    size_t left = cur_left(c);
    bool zero = true;

    if (pad > left) {
        pad = left;
    }
    for (size_t i = 0; i < pad; i++) {
        zero = cur_u8(c) == 0 && zero;
    }
    return zero;
}

enum scapf_status cur_check(const struct cur *c, enum scapf_status status, enum rule rule,
                            struct scapf_diag *diag)
{
    if (!c->fault) {
        return SCAPF_OK;
    }
    return diag_set(diag, status, rule, c->fault_off, c->fault_left, c->fault_want);
}

enum scapf_status cur_finish(const struct cur *c, enum scapf_status status, enum rule rule,
                             struct scapf_diag *diag)
{
    TRY(cur_check(c, status, rule, diag));
    if (cur_left(c) == 0) {
        return SCAPF_OK;
    }
    return diag_set(diag, status, rule, cur_tell(c), cur_left(c), 0);
}
