/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put.c - each parameter from where its plan says.
 */
#include "put.h"

#include <string.h>

#include "bits.h"

static void put_number(struct put *p, uint64_t value)
{
    uint8_t bytes[8];

    put_pack(bytes, value, 8);
    put_bytes(p, bytes, scapf_param_size(p->info->type));
}

/* Text up to its first NUL, and a NUL. */
static void put_text(struct put *p, const void *at, size_t len)
{
    const uint8_t *nul = len > 0 ? memchr(at, 0, len) : NULL;

    len = nul != NULL ? (size_t)(nul - (const uint8_t *)at) : len;
    len = len < sizeof(p->buf) - 1 ? len : sizeof(p->buf) - 1;
    if (p->room <= p->after) {
        put_bytes(p, NULL, 0);
        return;
    }
    len = len < p->room - p->after ? len : p->room - p->after - 1;
    if (len > 0 && at != (const void *)p->buf) {
        memmove(p->buf, at, len);
    }
    p->buf[len] = 0;
    put_bytes(p, p->buf, len + 1);
}

/* The answer a parameter is made of; without one the parameter is not known. */
static const struct part *part_of(const struct put *p, uint8_t op)
{
    static const struct part none;

    return op < REC_OPS ? &p->parts[op] : &none;
}

static bool has(struct put *p, const struct rec_param *param, uint32_t least)
{
    const struct part *part = part_of(p, param->op);

    p->counts->faults += (part->flags & REC_C_FAULT) != 0;
    p->counts->cut += (part->flags & REC_C_CUT) != 0;
    if (part->at == NULL || part->len < least) {
        put_unknown(p);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ flags */

static uint64_t flags_of(struct put *p, const struct rec_param *param, uint64_t bits)
{
    bool file = strcmp(p->info->flags->name, "file_flags") == 0;

    if (param->access) {
        p->last_flags = bits_of_file(param->native, p->info->flags, bits);
    } else {
        p->last_flags = bits == 0 && file ? 0 : bits_translate(param->native, p->info->flags, bits);
    }
    return p->last_flags;
}

/* ------------------------------------------------------------------ numbers */

static uint64_t narrow(uint64_t value, uint8_t size, bool sign)
{
    if (size >= 8 || size == 0) {
        return value;
    }
    value &= (1ull << 8 * size) - 1;
    if (sign && (value >> (8 * size - 1) & 1) != 0) {
        value |= ~0ull << 8 * size;
    }
    return value;
}

static void put_value(struct put *p, const struct rec_param *param)
{
    put_number(p, (uint64_t)param->value);
}

static void put_result(struct put *p, const struct rec_param *param)
{
    (void)param;
    put_number(p, (uint64_t)p->head.ret);
}

static void put_result_fd(struct put *p, const struct rec_param *param)
{
    (void)param;
    p->buf[0] = p->head.ret < 0;
    put_pack(p->buf + 1, (uint64_t)p->head.ret, 8);
    put_bytes(p, p->buf, 9);
}

static uint64_t arg_of(const struct put *p, const struct rec_param *param)
{
    uint64_t value = param->arg < REC_ARGS ? p->head.args[param->arg] : 0;

    return narrow(value >> 8 * (param->off & 1), param->size, param->sign);
}

static void put_arg(struct put *p, const struct rec_param *param)
{
    uint64_t value = arg_of(p, param);

    if ((p->head.flags & REC_F_IA32) != 0 && (p->head.wide >> param->arg & 1) == 0) {
        /* 32 bits: what has a sign keeps it */
        value = narrow(value, 4, p->info->type == SCAPF_PT_INT64 || param->size == 4);
    }
    if ((p->head.flags & REC_F_NO_ENTER) != 0) {
        put_unknown(p);
        return;
    }
    put_number(p, p->info->flags != NULL ? flags_of(p, param, value) : value);
}

static void put_named(struct put *p, const struct rec_param *param)
{
    uint64_t bits = arg_of(p, param);
    uint64_t value = bits_translate(param->native, p->info->flags, bits);
    bool known = p->info->flags == NULL;

    for (uint32_t i = 0; !known && i < p->info->flags->n_flags; i++) {
        known = p->info->flags->flags[i].value == value;
    }
    put_number(p, known ? value : 0);
}

static void put_mode(struct put *p, const struct rec_param *param)
{
    bool creates = (p->last_flags & 0x2004) != 0; /* PPM_O_CREAT, PPM_O_TMPFILE */

    put_number(p, creates ? arg_of(p, param) & 07777 : 0);
}

static void put_sockflags(struct put *p, const struct rec_param *param)
{
    uint64_t type = arg_of(p, param);

    put_number(p, ((type & 0x80000) != 0 ? 0x1000u : 0) | ((type & 0x800) != 0 ? 0x40u : 0));
}

static void put_variant(struct put *p, const struct rec_param *param)
{
    p->buf[0] = 0;
    put_pack(p->buf + 1, arg_of(p, param), 8);
    put_bytes(p, p->buf, 9);
}

static void put_clone_flags(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op); /* struct rec_task */
    uint64_t bits = (uint64_t)param->value;
    struct rec_task task;

    if (param->arg < REC_ARGS) {
        bits |= p->head.args[param->arg] & ~0xFFull; /* [clone(2)] the signal is in the low byte */
    }
    bits = bits_translate(param->native, p->info->flags, bits);
    if (part->at != NULL && part->len == sizeof(task)) {
        memcpy(&task, part->at, sizeof(task));
        bits |= task.ns_level > 0 ? 0x20000000u : 0; /* PPM_CL_CHILD_IN_PIDNS */
    }
    put_number(p, bits);
}

/* ------------------------------------------------------------------ fields */

static uint64_t field_of(const struct part *part, const struct rec_param *param)
{
    return narrow(put_get(part->at + param->off, param->size), param->size, param->sign);
}

/* The numbers that the argument points to are half as long, as i386 has them: one to shift by. */
static unsigned half_of(const struct put *p, const struct rec_param *param)
{
    return param->arg < REC_ARGS ? p->head.half >> param->arg & 1 : 0;
}

/* [Linux kernel/sys.c] The number of half the size that is no limit: COMPAT_RLIM_INFINITY, or what
 * the old getrlimit() makes of each one that its programs may take for a negative number. */
static uint64_t none_of(const struct put *p)
{
    return (p->head.flags & REC_F_CAPPED) != 0 ? INT32_MAX : UINT32_MAX;
}

static void put_field(struct put *p, const struct rec_param *param)
{
    struct rec_param field = *param;
    uint64_t value;

    if (param->from == REC_FROM_FIELD && half_of(p, param) != 0) {
        field.off = param->off / 2;
        field.size = param->size / 2;
        field.sign = false;
    }
    if (part_of(p, param->op)->len < (uint32_t)field.off + field.size &&
        p->info->type == SCAPF_PT_INT64) {
        put_number(p, UINT64_MAX); /* a limit that is not there limits nothing */
        return;
    }
    if (!has(p, param, (uint32_t)field.off + field.size)) {
        return;
    }
    value = field_of(part_of(p, param->op), &field);
    if (field.size != param->size && value == none_of(p)) {
        value = UINT64_MAX;
    }
    put_number(p, p->info->flags != NULL ? flags_of(p, param, value) : value);
}

static void put_caps(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);

    if (has(p, param, 24)) {
        put_number(p, put_get(part->at + param->off, 4) | put_get(part->at + param->off + 12, 4)
                                                              << 32);
    }
}

static void put_since_boot(struct put *p, const struct rec_param *param)
{
    if (has(p, param, (uint32_t)param->off + param->size)) {
        put_number(p, field_of(part_of(p, param->op), param) + (uint64_t)p->offset_ns);
    }
}

static void put_pages(struct put *p, const struct rec_param *param)
{
    if (has(p, param, (uint32_t)param->off + param->size)) {
        uint64_t pages = field_of(part_of(p, param->op), param);

        put_number(p, pages < UINT32_MAX / 4 ? pages * 4 : UINT32_MAX); /* 4 TiB and more */
    }
}

static void put_queue(struct put *p, const struct rec_param *param)
{
    struct rec_file file;

    if (has(p, param, sizeof(file))) {
        memcpy(&file, part_of(p, param->op)->at, sizeof(file));
        put_number(p, file.max_backlog != 0 ? (uint64_t)file.backlog * 100 / file.max_backlog : 0);
    }
}

static void put_comm(struct put *p, const struct rec_param *param)
{
    struct rec_task task;

    if (has(p, param, sizeof(task))) {
        memcpy(&task, part_of(p, param->op)->at, sizeof(task));
        put_text(p, task.comm, sizeof(task.comm));
    }
}

static void put_cgroups(struct put *p, const struct rec_param *param)
{
    struct rec_task task;
    const char *text;
    uint32_t len = 0;

    if (!has(p, param, sizeof(task))) {
        return;
    }
    memcpy(&task, part_of(p, param->op)->at, sizeof(task));
    text = p->opts->cgroups != NULL ? p->opts->cgroups(p->opts->ctx, task.cgroup, task.pid, &len)
                                    : NULL;
    put_bytes(p, text, text != NULL ? len : 0);
}

static void put_before(struct put *p, const struct rec_param *param)
{
    uint64_t moved = p->head.ret > 0 ? (uint64_t)p->head.ret : 0;
    uint32_t size = 8u >> half_of(p, param);

    if (has(p, param, size)) {
        put_number(p, put_get(part_of(p, param->op)->at, size) - moved);
    }
}

/* ------------------------------------------------------------------ text and bytes */

static void put_string(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);

    if (has(p, param, 1)) {
        put_text(p, part->at, part->len);
    }
}

/* No more than went through. */
static void put_data(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);
    uint32_t len = part->len;

    if (!has(p, param, 0)) {
        return;
    }
    if (p->head.kind == REC_EXIT && p->head.ret >= 0 && (uint64_t)p->head.ret < len) {
        len = (uint32_t)p->head.ret;
    }
    put_bytes(p, part->at, len);
}

static void put_raw(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);

    if (has(p, param, 0)) {
        put_bytes(p, part->at, part->len);
    }
}

static void put_sizes(struct put *p, const struct rec_param *param)
{
    if (has(p, param, 0)) {
        put_number(p, part_of(p, param->op)->full);
    }
}

/* Names from the last to the first, to a path. */
static void put_path(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);
    size_t at = sizeof(p->buf);
    uint32_t pos = 0;

    if (!has(p, param, 0)) {
        return;
    }
    if ((part->flags & (REC_C_FAULT | REC_C_CUT)) != 0) {
        put_bytes(p, NULL, 0);
        return;
    }
    while (pos < part->len) {
        size_t n = strnlen((const char *)part->at + pos, part->len - pos);

        if (n + 1 > at || pos + n == part->len) {
            break;
        }
        at -= n;
        memcpy(p->buf + at, part->at + pos, n);
        p->buf[--at] = '/';
        pos += (uint32_t)n + 1;
    }
    if (at == sizeof(p->buf)) {
        p->buf[--at] = '/';
    }
    memmove(p->buf, p->buf + at, sizeof(p->buf) - at);
    put_text(p, p->buf, sizeof(p->buf) - at);
}

static size_t first_len(const struct part *part)
{
    return part->len > 0 ? strnlen((const char *)part->at, part->len) : 0;
}

static void put_first(struct put *p, const struct rec_param *param)
{
    if (has(p, param, 1)) {
        put_text(p, part_of(p, param->op)->at, first_len(part_of(p, param->op)));
    }
}

/* A list, each word with its NUL. [scap 16] readers take 4096 bytes */
static void put_words(struct put *p, const uint8_t *at, size_t len)
{
    len = len < REC_LIST ? len : REC_LIST;
    if (len > 0) {
        memcpy(p->buf, at, len);
        p->buf[len - 1] = 0;
    }
    put_bytes(p, p->buf, len);
}

static void put_rest(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);
    size_t skip = first_len(part) + 1;

    if (has(p, param, 0)) {
        put_words(p, skip < part->len ? part->at + skip : NULL,
                  skip < part->len ? part->len - skip : 0);
    }
}

static void put_list(struct put *p, const struct rec_param *param)
{
    if (has(p, param, 0)) {
        put_words(p, part_of(p, param->op)->at, part_of(p, param->op)->len);
    }
}

static void put_started(struct put *p, const struct rec_param *param)
{
    if (p->head.ret == 0 && p->started != NULL) {
        put_text(p, p->started, strlen(p->started));
    } else {
        put_string(p, param);
    }
}

/* ------------------------------------------------------------------ others */

static void put_fds(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);
    size_t off = param->from == REC_FROM_REVENTS ? 6 : 4;
    uint32_t n = part->len / 8;

    if (!has(p, param, 0)) {
        return;
    }
    for (uint32_t i = 0; i < n && 12 + 10 * i < sizeof(p->buf); i++) {
        const uint8_t *at = part->at + (size_t)8 * i; /* struct pollfd */

        put_pack(p->buf + 2 + 10 * i, narrow(put_get(at, 4), 4, true), 8);
        put_pack(p->buf + 10 + 10 * i,
                 bits_translate(p->opts->plans->poll_native, p->opts->plans->poll_flags,
                                put_get(at + off, 2)),
                 2);
    }
    put_pack(p->buf, n, 2);
    put_bytes(p, p->buf, 2 + (size_t)10 * n);
}

static void put_time(struct put *p, const struct rec_param *param)
{
    const struct part *part = part_of(p, param->op);
    uint8_t size = (uint8_t)(8u >> half_of(p, param));
    uint64_t seconds;

    if (part->at == NULL || part->len < 2u * size) {
        put_number(p, UINT64_MAX); /* none */
    } else {
        seconds = narrow(put_get(part->at, size), size, true);
        put_number(p, seconds < UINT64_MAX / 1000000000u - 1
                          ? seconds * 1000000000u + put_get(part->at + size, size)
                          : UINT64_MAX);
    }
}

static void put_signals(struct put *p, const struct rec_param *param)
{
    if (has(p, param, 8)) {
        put_number(p, put_get(part_of(p, param->op)->at, 4));
    }
}

static void put_nothing(struct put *p, const struct rec_param *param)
{
    (void)param;
    put_unknown(p);
}

typedef void (*put_fn)(struct put *p, const struct rec_param *param);

static const put_fn puts_by_from[REC_FROM_COUNT] = {
    [REC_FROM_UNKNOWN] = put_nothing,
    [REC_FROM_VALUE] = put_value,
    [REC_FROM_RESULT] = put_result,
    [REC_FROM_RESULT_FD] = put_result_fd,
    [REC_FROM_ARG] = put_arg,
    [REC_FROM_NAMED] = put_named,
    [REC_FROM_MODE] = put_mode,
    [REC_FROM_SOCKFLAGS] = put_sockflags,
    [REC_FROM_VARIANT] = put_variant,
    [REC_FROM_FLAGS_OF_CLONE] = put_clone_flags,
    [REC_FROM_TEXT] = put_string,
    [REC_FROM_DATA] = put_data,
    [REC_FROM_BYTES] = put_raw,
    [REC_FROM_FIELD] = put_field,
    [REC_FROM_CAPS] = put_caps,
    [REC_FROM_SIZES] = put_sizes,
    [REC_FROM_ADDRESS] = put_address,
    [REC_FROM_DEST] = put_pair,
    [REC_FROM_ORIGIN] = put_pair,
    [REC_FROM_FDS] = put_fds,
    [REC_FROM_REVENTS] = put_fds,
    [REC_FROM_TIME] = put_time,
    [REC_FROM_SIGNALS] = put_signals,
    [REC_FROM_OPTION] = put_option,
    [REC_FROM_FILE] = put_field,
    [REC_FROM_QUEUE] = put_queue,
    [REC_FROM_TASK] = put_field,
    [REC_FROM_COMM] = put_comm,
    [REC_FROM_SINCE_BOOT] = put_since_boot,
    [REC_FROM_CGROUPS] = put_cgroups,
    [REC_FROM_PAGES] = put_pages,
    [REC_FROM_PATH] = put_path,
    [REC_FROM_FIRST] = put_first,
    [REC_FROM_REST] = put_rest,
    [REC_FROM_LIST] = put_list,
    [REC_FROM_STARTED] = put_started,
    [REC_FROM_BEFORE] = put_before,
};

void put_params(struct put *p, const struct rec_event_plan *plan)
{
    p->room = PUT_ROOM;
    p->last_flags = 0;
    for (uint8_t i = 0; i < plan->n && p->status == SCAPF_OK; i++) {
        p->info = &plan->info->params[i];
        p->after = plan->params[i].after;
        puts_by_from[plan->params[i].from](p, &plan->params[i]);
    }
}

void put_collect(struct put *p, const struct rec_event_plan *plan, struct put_ids *ids)
{
    struct rec_decode_counts *counts = p->counts;
    struct rec_decode_counts again = {0}; /* the same is counted when they are written */

    *ids = (struct put_ids){0};
    p->counts = &again;
    p->ids = ids;
    put_params(p, plan);
    p->ids = NULL;
    p->counts = counts;
}
