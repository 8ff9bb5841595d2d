/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_put.c - nodes of a call to bytes: numbers, strings, lists of them, intervals.
 */
#include <string.h>

#include "strace_conv.h"

/* Where the next parameter is put, of len bytes or what there is room for. */
static uint8_t *next_param(struct conv *c, size_t *len)
{
    uint8_t *at = c->params + c->params_len;

    if (*len > c->room) {
        *len = c->room;
        c->lossy = true;
    }
    c->room -= (uint32_t)*len;
    c->params_len += (uint32_t)*len;
    c->lens[c->n_params++] = (uint32_t)*len;
    return at;
}

void take_put(struct conv *c, const void *bytes, size_t len)
{
    uint8_t *at = next_param(c, &len);

    if (len > 0) {
        memcpy(at, bytes, len);
    }
}

void take_pack(uint8_t *to, uint64_t value, size_t size)
{
    if (size == 8) { /* one store */
        to[0] = (uint8_t)value;
        to[1] = (uint8_t)(value >> 8);
        to[2] = (uint8_t)(value >> 16);
        to[3] = (uint8_t)(value >> 24);
        to[4] = (uint8_t)(value >> 32);
        to[5] = (uint8_t)(value >> 40);
        to[6] = (uint8_t)(value >> 48);
        to[7] = (uint8_t)(value >> 56);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

void take_int(struct conv *c, uint64_t value, size_t size)
{
    take_pack(next_param(c, &size), value, 8); /* what follows is put over the rest */
}

size_t take_bytes(struct conv *c, const struct strace_node *node, size_t at, size_t cap, bool *cut)
{
    size_t room = sizeof(c->buf) - 1 - at < cap ? sizeof(c->buf) - 1 - at : cap;
    size_t len;

    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(c->item, node, 1);
    }
    if (node->kind != STRACE_N_STRING) {
        return 0;
    }
    len = strace_string(c->item, node, c->buf + at, room, cut);
    if (len > room) {
        *cut = true;
        len = room;
    }
    return len;
}

/* {tv_sec, tv_nsec}, {tv_sec, tv_usec}, or without names. Ns; all ones when there is none. */
uint64_t take_interval(struct conv *c, const struct strace_node *node)
{
    const struct strace_node *sec;
    const struct strace_node *rest;
    uint64_t a = 0;
    uint64_t b = 0;

    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(c->item, node, 1);
    }
    sec = strace_child(c->item, node, 0);
    rest = strace_sibling(c->item, sec);
    if (node->kind != STRACE_N_STRUCT || !strace_number(c->item, sec, &a) ||
        !strace_number(c->item, rest, &b) || a > UINT64_MAX / 1000000000u - 1) {
        return UINT64_MAX;
    }
    if (rest->name_len > 0 && memmem(c->item->text + rest->name_off, rest->name_len, "usec", 4)) {
        b *= 1000;
    }
    return a * 1000000000u + b;
}

size_t take_list(struct conv *c, const struct strace_node *array, uint32_t from)
{
    const struct strace_node *at = strace_child(c->item, array, from);
    size_t max = c->room < sizeof(c->buf) ? c->room : sizeof(c->buf);
    size_t len = 0;

    for (; at->kind != STRACE_N_NONE && len + 1 < max; at = strace_sibling(c->item, at)) {
        bool cut = false;

        if (at->kind == STRACE_N_STRING) {
            len += take_bytes(c, at, len, max - len - 1, &cut);
            c->buf[len++] = 0;
        }
        c->lossy = c->lossy || cut || at->kind == STRACE_N_ELLIPSIS;
    }
    return len;
}
