/* SPDX-License-Identifier: Apache-2.0 */
#include "block/option.h"

#include "bytes/cur.h"

#define OPTION_HEADER_LEN 4u

void option_iter_init(struct scapf_option_iter *it, const uint8_t *bytes, size_t len, uint64_t off,
                      bool big_endian)
{
    *it = (struct scapf_option_iter){
        .bytes = bytes, .len = len, .off = off, .big_endian = big_endian};
}

bool options_allow_copy(const uint8_t *bytes, size_t len)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    option_iter_init(&it, bytes, len, 0, false);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (!option_allows_copy(opt.code)) {
            return false;
        }
    }
    return true;
}

/* NRB: the records end with an empty one of type 0, the options follow. [pcapng 4.5] */
static size_t names_end(const uint8_t *body, size_t body_len, bool big_endian)
{
    struct cur c = cur_make(body, body_len, 0, big_endian);

    while (cur_left(&c) >= OPTION_HEADER_LEN) {
        uint16_t type = cur_u16(&c);
        size_t len = cur_u16(&c);

        if (type == 0 && len == 0) {
            return (size_t)cur_tell(&c);
        }
        if (cur_take(&c, len) == NULL) {
            break;
        }
        (void)cur_align4(&c, 0);
    }
    return body_len;
}

/* DSB: type, length, that many bytes padded. [pcapng 4.7] */
static size_t secrets_end(const uint8_t *body, size_t body_len, bool big_endian)
{
    struct cur c = cur_make(body, body_len, 0, big_endian);
    size_t len;

    (void)cur_u32(&c);
    len = cur_u32(&c);
    (void)cur_take(&c, len);
    (void)cur_align4(&c, 0);
    return cur_ok(&c) ? (size_t)cur_tell(&c) : body_len;
}

size_t option_start(uint32_t block_type, const uint8_t *body, size_t body_len, bool big_endian)
{
    size_t fixed = body_len;

    switch (block_type) {
    case SCAPF_BLOCK_SHB:
        fixed = 16;
        break;
    case SCAPF_BLOCK_IDB:
        fixed = 8;
        break;
    case SCAPF_BLOCK_ISB:
        fixed = 12;
        break;
    case (uint32_t)SCAPF_BLOCK_DARWIN_PROCESS:
        fixed = 4;
        break;
    case SCAPF_BLOCK_NRB:
        return names_end(body, body_len, big_endian);
    case SCAPF_BLOCK_DSB:
        return secrets_end(body, body_len, big_endian);
    default:
        break;
    }
    return fixed < body_len ? fixed : body_len;
}

static enum scapf_status option_fail(struct scapf_option_iter *it, enum rule rule, uint64_t off,
                                     uint64_t got, uint64_t want)
{
    it->pos = it->len;
    return diag_set(&it->diag, SCAPF_E_FORMAT, rule, off, got, want);
}

enum scapf_status scapf_option_next(struct scapf_option_iter *it, struct scapf_option *opt)
{
    struct cur c;
    size_t left = it->len - it->pos;

    if (it->diag.rule != RULE_NONE) {
        return it->diag.status;
    }
    if (left == 0 || it->ended) {
        return SCAPF_END;
    }
    c = cur_make(it->bytes + it->pos, left, it->off + it->pos, it->big_endian);
    opt->off = cur_tell(&c);
    if (left < OPTION_HEADER_LEN) {
        return option_fail(it, RULE_OPTION_HEADER_SHORT, opt->off, left, OPTION_HEADER_LEN);
    }
    opt->code = cur_u16(&c);
    opt->len = cur_u16(&c);
    opt->value = cur_take(&c, opt->len);
    if (opt->value == NULL) {
        return option_fail(it, RULE_OPTION_OVERRUN, opt->off, opt->len, left - OPTION_HEADER_LEN);
    }
    (void)cur_align4(&c, it->off);
    it->pos = it->len - cur_left(&c);
    if (opt->code == 0) { /* opt_endofopt; what follows it is not an option */
        it->ended = true;
        return SCAPF_END;
    }
    return SCAPF_OK;
}
