/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_variant.c - parameters whose type is written in front of them [scap 11]: socket options,
 * keys, what ptrace() moves.
 */
#include <string.h>

#include "strace_conv.h"

#define INDEX_BYTES 0 /* of socket options */
#define INDEX_ERRNO 1
#define INDEX_U32   2
#define INDEX_TIME  4
#define NS_PER_S    UINT64_C(1000000000)

static uint64_t unpack(const uint8_t *from)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++) {
        value |= (uint64_t)from[i] << 8 * i;
    }
    return value;
}

static void put_variant(struct conv *c, uint8_t index, uint64_t value, size_t size)
{
    c->buf[0] = index;
    for (size_t i = 0; i < size; i++) {
        c->buf[1 + i] = (uint8_t)(value >> 8 * i);
    }
    take_put(c, c->buf, size + 1);
}

static bool is_option(const struct conv *c, const char *name)
{
    return strace_is(c->item, strace_arg(c->item, 2), name);
}

/* [0] or [ECONNREFUSED] of SO_ERROR */
static void put_error(struct conv *c, const struct strace_node *node)
{
    uint64_t value = 0;
    size_t len;
    const char *text = strace_text(c->item, node, &len);

    if (node->kind == STRACE_N_SYMBOL) {
        value = (uint64_t)strace_errno(text, len);
        c->lossy = c->lossy || value == 0;
    } else {
        (void)take_number(c, node, &value);
    }
    put_variant(c, INDEX_ERRNO, 0 - value, 8);
}

/* A struct timeval, taken apart or, by strace before 7, as its bytes; all ones: none. */
static uint64_t option_time(struct conv *c, const struct strace_node *node)
{
    bool cut = false;
    size_t len;

    if (node->kind == STRACE_N_STRUCT) {
        return strace_field(c->item, node, "tv_sec")->kind != STRACE_N_NONE ? take_interval(c, node)
                                                                            : UINT64_MAX;
    }
    if (node->kind != STRACE_N_STRING ||
        !(is_option(c, "SO_RCVTIMEO_OLD") || is_option(c, "SO_SNDTIMEO_OLD") ||
          is_option(c, "SO_RCVTIMEO") || is_option(c, "SO_SNDTIMEO"))) {
        return UINT64_MAX;
    }
    len = take_bytes(c, node, 0, 16, &cut);
    return len == 16 && !cut && unpack(c->buf) < UINT64_MAX / NS_PER_S - 1
               ? unpack(c->buf) * NS_PER_S + unpack(c->buf + 8) * 1000
               : UINT64_MAX;
}

void variant_option(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info)
{
    const struct strace_node *inner = node;
    bool cut = false;
    uint64_t value = option_time(c, node);

    (void)take;
    (void)info;
    if (value != UINT64_MAX) {
        put_variant(c, INDEX_TIME, value, 8);
        return;
    }
    if (node->kind == STRACE_N_ARRAY) {
        inner = strace_child(c->item, node, 0);
    }
    if (node->kind == STRACE_N_ARRAY && is_option(c, "SO_ERROR")) {
        put_error(c, inner);
        return;
    }
    if (node->kind == STRACE_N_ARRAY && take_number(c, inner, &value)) {
        put_variant(c, INDEX_U32, value, 4);
        return;
    }
    c->buf[0] = INDEX_BYTES;
    take_put(c, c->buf, take_bytes(c, node, 1, c->room - 1, &cut) + 1);
}

void variant_keyctl(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info)
{
    bool cut = false;
    uint64_t value = 0;
    size_t len;

    (void)take;
    (void)info;
    if (node->kind == STRACE_N_STRING) {
        len = take_bytes(c, node, 1, c->room - 2, &cut);
        len = strnlen((const char *)c->buf + 1, len);
        c->buf[0] = 1;
        c->buf[len + 1] = 0;
        take_put(c, c->buf, len + 2);
        return;
    }
    (void)take_number(c, node, &value);
    if (node->kind == STRACE_N_SYMBOL && value >> 31 == 1) {
        value |= ~(uint64_t)UINT32_MAX; /* KEY_SPEC_...: a negative serial number */
    }
    put_variant(c, 0, value, 8);
}

void variant_ptrace(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info)
{
    uint64_t value = 0;

    (void)take;
    (void)info;
    (void)take_number(c, node, &value);
    put_variant(c, 0, value, 8);
}

void variant_result(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info)
{
    (void)take;
    (void)node;
    (void)info;
    put_variant(c, c->result < 0, (uint64_t)c->result, 8);
}
