/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_node.c - words of the map to the nodes they are about, and nodes to numbers.
 */
#include <string.h>

#include "strace_conv.h"
#include "synth_mem.h"

#define AT_FDCWD (-100)

/* ------------------------------------------------------------------ nodes */

static bool all_digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return len > 0;
}

static const struct strace_node *below(const struct conv *c, const struct strace_node *node,
                                       const char *field)
{
    char name[40];

    while (*field != '\0' && node->kind != STRACE_N_NONE) {
        size_t len = strcspn(field, ".");

        if (node->kind == STRACE_N_PAIR) {
            node = strace_child(c->item, node, 1);
        }
        if (all_digits(field, len)) {
            node = strace_child(c->item, node, (uint32_t)(field[0] - '0'));
        } else {
            memcpy(name, field, len < sizeof(name) ? len : sizeof(name) - 1);
            name[len < sizeof(name) ? len : sizeof(name) - 1] = '\0';
            node = strace_field(c->item, node, name);
        }
        field += len + (field[len] == '.');
    }
    return node;
}

const struct strace_node *take_node(const struct conv *c, const struct scapf_take *take)
{
    const struct strace_node *node = strace_arg(c->item, take->arg);

    if (take->field == NULL) {
        return node;
    }
    if (c->message > 0 || c->call->does == DOES_MESSAGES) {
        node = strace_child(c->item, node, c->message);
    }
    return below(c, node, take->field);
}

/* ------------------------------------------------------------------ numbers */

/* 1<<CAP_KILL|1<<CAP_CHOWN: the tree binds A|B closer than <<, so the text is read. */
static bool shifts(const struct conv *c, const char *text, size_t len, uint64_t *value)
{
    *value = 0;
    while (len > 0) {
        const char *bar = memchr(text, '|', len);
        size_t n = bar != NULL ? (size_t)(bar - text) : len;
        const char *shift = memmem(text, n, "<<", 2);
        size_t left = shift != NULL ? (size_t)(shift - text) : n;
        uint64_t v = 0;
        uint64_t by = 0;

        if (!words_number(c->words, text, left, &v) ||
            (shift != NULL && (!words_number(c->words, shift + 2, n - left - 2, &by) || by > 63))) {
            return false;
        }
        *value |= v << by;
        n += bar != NULL;
        text += n;
        len -= n;
    }
    return true;
}

static bool expression(struct conv *c, const struct strace_node *node, uint64_t *value)
{
    const struct strace_node *part = strace_child(c->item, node, 0);
    uint64_t all = 0;
    uint64_t run = 0;
    size_t len;
    const char *text = strace_text(c->item, node, &len);

    if (memmem(text, len, "<<", 2) != NULL) {
        return shifts(c, text, len, value);
    }
    for (; part->kind != STRACE_N_NONE; part = strace_sibling(c->item, part)) {
        uint64_t v = 0;

        if (part->op == STRACE_OP_ALT) {
            break;
        }
        if (!take_number(c, part, &v)) {
            return false;
        }
        switch (part->op) {
        case STRACE_OP_MUL:
            run *= v;
            break;
        case STRACE_OP_ADD:
            run += v;
            break;
        case STRACE_OP_SUB:
            run -= v;
            break;
        default:
            all |= run;
            run = v;
        }
    }
    *value = all | run;
    return true;
}

/* [linux asm-generic/ioctl.h] direction, type, number, size */
static bool ioc(struct conv *c, const struct strace_node *node, uint64_t *value)
{
    uint64_t v[4];

    for (uint32_t i = 0; i < 4; i++) {
        if (!take_number(c, strace_child(c->item, node, i), &v[i])) {
            return false;
        }
    }
    *value = (v[0] & 3) << 30 | (v[3] & 0x3FFF) << 16 | (v[1] & 0xFF) << 8 | (v[2] & 0xFF);
    return true;
}

bool take_number(struct conv *c, const struct strace_node *node, uint64_t *value)
{
    bool known = true;

    if (strace_number(c->item, node, value)) {
        return true;
    }
    switch (node->kind) {
    case STRACE_N_SYMBOL:
        if (strace_is(c->item, node, "RLIM64_INFINITY") ||
            strace_is(c->item, node, "RLIM_INFINITY")) {
            *value = UINT64_MAX;
            return true;
        }
        *value = words_numbers(c->words, c->item, node, &known);
        return known;
    case STRACE_N_PAIR:
        return take_number(c, strace_child(c->item, node, 1), value);
    case STRACE_N_EXPR:
        return expression(c, node, value);
    case STRACE_N_FUNC:
        return strace_span_is(c->item, strace_func(c->item, node), "_IOC") && ioc(c, node, value);
    default:
        return false;
    }
}

int64_t take_fd(const struct conv *c, const struct strace_node *node)
{
    uint64_t value = 0;

    if (strace_is(c->item, node, "AT_FDCWD")) {
        return AT_FDCWD;
    }
    if (!strace_number(c->item, node, &value)) {
        return -1;
    }
    return (int64_t)value < -1 || value > INT32_MAX ? (int32_t)(uint32_t)value : (int64_t)value;
}

int64_t take_result_pid(const struct conv *c)
{
    return c->result > 0 ? strace_pid(c->item, strace_at(c->item, c->item->ret.node)) : c->result;
}

/* ------------------------------------------------------------------ numbers that come late */

#define LATE_MAX (4u << 20) /* 32 MiB of them; the calls behind keep zeros */

/* The enter parameters that are plain numbers and have no node yet, as bits. */
static uint32_t late_mask(const struct conv *c, const struct scapf_trace_row *row)
{
    const struct scapf_event_info *event = scapf_schema_event(c->schema, row->enter);
    uint32_t mask = 0;

    for (uint8_t i = 0; event != NULL && i < row->n_enter; i++) {
        const struct scapf_take *take = &row->enter_from[i];
        const struct scapf_param_info *info = &event->params[i];

        if (take->how == SCAPF_TAKE_ARG && take->field == NULL && info->flags == NULL &&
            scapf_param_size(info->type) > 0 && info->type != SCAPF_PT_FD &&
            strace_arg(c->item, take->arg)->kind == STRACE_N_NONE) {
            mask |= 1u << i;
        }
    }
    return mask;
}

static bool late_room(struct conv *c, uint32_t n)
{
    struct late *late = &c->late;

    if (late->n + n > late->cap) {
        uint32_t cap = late->cap == 0 ? 1024 : late->cap * 2;
        uint64_t *values =
            cap <= LATE_MAX ? synth_resize(c->s, late->values, cap * sizeof(*values)) : NULL;

        if (values == NULL) {
            return false;
        }
        late->values = values;
        late->cap = cap;
    }
    memset(late->values + late->n, 0, n * sizeof(*late->values));
    late->n += n;
    return true;
}

void take_begin(struct conv *c, const struct scapf_trace_row *row)
{
    uint32_t mask = row != NULL && row->has_enter ? late_mask(c, row) : 0;
    uint32_t n = (uint32_t)__builtin_popcount(mask);

    if (c->writer == NULL) {
        c->thread->late_at = c->late.n;
        c->thread->late_mask = mask != 0 && late_room(c, n) ? mask : 0;
        return;
    }
    c->thread->late_at = c->late.next;
    c->thread->late_mask = c->late.next + n <= c->late.n ? mask : 0;
    c->late.next += n;
}

void take_late(struct conv *c, const struct scapf_trace_row *row)
{
    uint32_t mask = row != NULL ? c->thread->late_mask : 0;
    uint32_t at = c->thread->late_at;

    for (uint8_t i = 0; c->writer == NULL && mask >> i != 0 && i < row->n_enter; i++) {
        if ((mask >> i & 1) != 0) {
            (void)take_number(c, strace_arg(c->item, row->enter_from[i].arg),
                              &c->late.values[at++]);
        }
    }
    c->thread->late_mask = 0;
}
