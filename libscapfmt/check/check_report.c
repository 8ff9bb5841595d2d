/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_report.c - what every check stands on: findings told, told once, and what was met before.
 */
#include <string.h>

#include "check/check.h"

void check_report_at(struct checker *c, enum rule rule, const struct check_place *at, uint64_t got,
                     uint64_t want)
{
    const struct scapf_diag diag = {
        .rule = (uint16_t)rule,
        .status = SCAPF_E_FORMAT,
        .off = at->off,
        .block = at->block,
        .block_type = at->type,
        .got = got,
        .want = want,
    };

    c->report(c->ctx, &diag);
}

void check_report(struct checker *c, enum rule rule, uint64_t off, uint64_t got, uint64_t want)
{
    check_report_at(c, rule, &(struct check_place){off, c->block, c->block_type}, got, want);
}

static uint64_t mix(uint64_t x)
{
    x *= UINT64_C(0x9E3779B97F4A7C15);
    return x ^ x >> 29;
}

void check_once(struct checker *c, enum rule rule, uint64_t key, uint64_t off, uint64_t got,
                uint64_t want)
{
    uint64_t hash = mix(mix(key) + (uint64_t)rule) | 1;
    uint64_t *place = &c->once[(hash >> 32) % CHECK_ONCE];

    if (*place != hash) {
        *place = hash;
        check_report(c, rule, off, got, want);
    }
}

void check_set_clear(struct check_set *set)
{
    if (set->any) { /* sections of a hostile file may be tiny and many */
        memset(set->used, 0, sizeof(set->used));
        set->any = set->lost = false;
    }
}

static bool is_used(const struct check_set *set, size_t at)
{
    return (set->used[at / 64] >> (at % 64) & 1) != 0;
}

bool check_set_add(struct check_set *set, uint64_t value)
{
    size_t at = (size_t)(mix(value) >> 32) % CHECK_SET;

    if (is_used(set, at)) {
        if (set->items[at] == value) {
            return true;
        }
        set->lost = true;
    }
    set->any = true;
    set->items[at] = value;
    set->used[at / 64] |= UINT64_C(1) << (at % 64);
    return false;
}

bool check_set_has(const struct check_set *set, uint64_t value)
{
    size_t at = (size_t)(mix(value) >> 32) % CHECK_SET;

    return is_used(set, at) && set->items[at] == value;
}

bool check_decode(struct checker *c, const struct scapf_record *rec, struct body *body)
{
    struct scapf_diag diag;

    if (body_decode(rec->type, rec->body, rec->body_len, rec->off + 8, rec->big_endian, body,
                    &diag) == SCAPF_OK) {
        return true;
    }
    check_report(c, (enum rule)diag.rule, diag.off, diag.got, diag.want);
    return false;
}
