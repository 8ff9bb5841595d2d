/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_take.c - words of the map to parameters: each word finds its node in the call, and the
 * type of the parameter says what has to come out.
 */
#include <string.h>

#include "strace_conv.h"

#define POLLSET "poll_flags"

/* Text with its NUL; what follows an inner NUL is no text. */
static void put_text(struct conv *c, const void *at, size_t len)
{
    const void *nul = len > 0 ? memchr(at, 0, len) : NULL;

    len = nul != NULL ? (size_t)((const char *)nul - (const char *)at) : len;
    if (c->room == 0) {
        take_put(c, NULL, 0);
        return;
    }
    len = len >= c->room ? c->room - 1 : len;
    if (at != (const void *)c->buf) {
        if (len > 0) {
            memcpy(c->buf, at, len);
        }
    }
    c->buf[len] = 0;
    take_put(c, c->buf, len + 1);
}

/* Nobody knows: 0 (-1 for users and groups), or empty where that is possible. */
static void put_unknown(struct conv *c, const struct scapf_param_info *info)
{
    size_t size = scapf_param_size(info->type);
    bool ones = info->type == SCAPF_PT_UID || info->type == SCAPF_PT_GID;

    if (info->type == SCAPF_PT_FDLIST) {
        size = 2; /* none of them */
    } else if (info->type == SCAPF_PT_DYN) {
        size = 9; /* index 0, and a number everywhere but for socket options */
    } else if (info->may_be_empty && c->opts->compat == STRACE_COMPAT_CURRENT) {
        size = 0;
    }
    memset(c->buf, ones ? 0xFF : 0, size);
    take_put(c, c->buf, size);
}

/* ------------------------------------------------------------------ by type */

static void put_flags(struct conv *c, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    bool known = true;
    uint64_t value;

    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(c->item, node, 1);
    }
    value = words_flags(c->words, c->item, node, info->flags, &known);
    c->lossy = c->lossy || !known;
    c->last_flags = value;
    take_int(c, value, scapf_param_size(info->type));
}

static void put_number(struct conv *c, const struct strace_node *node,
                       const struct scapf_param_info *info, bool field)
{
    size_t size = scapf_param_size(info->type);
    uint64_t value = 0;

    if (info->flags != NULL) {
        put_flags(c, node, info);
        return;
    }
    if (c->late_bits != 0 && node->kind == STRACE_N_NONE && !field) {
        value = c->late.values[c->thread->late_at++];
        c->late_bits &= c->late_bits - 1;
    } else if (!take_number(c, node, &value)) {
        /* a struct that is not there limits nothing [libs: prlimit, getrlimit say -1] */
        value = field && info->type == SCAPF_PT_INT64 ? UINT64_MAX : 0;
        if (info->type == SCAPF_PT_UID || info->type == SCAPF_PT_GID) {
            value = UINT64_MAX;
        }
        c->lossy = c->lossy || (node->kind != STRACE_N_NONE && node->kind != STRACE_N_STRING);
    }
    if (size < 8 && value >> 8 * size != 0 && ~value >> 8 * size != 0) {
        c->lossy = true;
    }
    take_int(c, value, size);
}

static void put_fd(struct conv *c, const struct strace_node *node)
{
    take_int(c, (uint64_t)take_fd(c, node), 8);
}

static void put_string(struct conv *c, const struct strace_node *node)
{
    bool cut = false;
    size_t len = take_bytes(c, node, 0, c->room - 1, &cut);

    c->lossy = c->lossy || cut;
    if (node->kind != STRACE_N_STRING && node->kind != STRACE_N_PAIR) {
        take_put(c, NULL, 0);
    } else {
        put_text(c, c->buf, len);
    }
}

/* Data of a transfer: no more than went through. */
static size_t transferred(const struct conv *c)
{
    uint64_t len = 0;

    if (c->call->does == DOES_MESSAGES) {
        const struct strace_node *message =
            strace_child(c->item, strace_arg(c->item, 1), c->message);

        (void)strace_number(c->item, strace_field(c->item, message, "msg_len"), &len);
        return len > 0 && len < sizeof(c->buf) ? (size_t)len : sizeof(c->buf);
    }
    return c->item->kind == STRACE_CALL && c->result > 0 && (uint64_t)c->result < sizeof(c->buf)
               ? (size_t)c->result
               : sizeof(c->buf);
}

static void put_data(struct conv *c, const struct strace_node *node)
{
    bool cut = false;
    size_t len = take_bytes(c, node, 0, transferred(c), &cut);

    take_put(c, c->buf, len);
}

static uint32_t signal_number(struct conv *c, const struct strace_node *node)
{
    uint64_t value = 0;
    size_t len;
    const char *text = strace_text(c->item, node, &len);

    if (strace_number(c->item, node, &value)) {
        return (uint32_t)value;
    }
    value = words_signal(c->words, text, len);
    c->lossy = c->lossy || value == 0;
    return (uint32_t)value;
}

/* [scap 11] the low 32 signals */
static uint64_t signal_set(struct conv *c, const struct strace_node *node)
{
    uint64_t set = 0;
    char name[24] = "SIG";

    for (const struct strace_node *at = strace_child(c->item, node, 0); at->kind != STRACE_N_NONE;
         at = strace_sibling(c->item, at)) {
        size_t len;
        const char *text = strace_text(c->item, at, &len);
        uint32_t number = 0;

        if (len < sizeof(name) - 3) {
            memcpy(name + 3, text, len);
            number = words_signal(c->words, name, len + 3);
        }
        set |= number >= 1 && number <= 32 ? 1ull << (number - 1) : 0;
    }
    return (node->flags & STRACE_F_NEGATED) != 0 ? ~set & UINT32_MAX : set;
}

/* ------------------------------------------------------------------ fd lists */

/* What happened to the fd, from [{fd=3, revents=POLLIN}] behind the result. */
static const struct strace_node *revents_of(const struct conv *c, int64_t fd)
{
    const struct strace_node *list = strace_child(c->item, strace_at(c->item, c->item->ret.aux), 0);
    const struct strace_node *at = strace_child(c->item, list, 0);

    while (at->kind != STRACE_N_NONE && take_fd(c, strace_field(c->item, at, "fd")) != fd) {
        at = strace_sibling(c->item, at);
    }
    return at->kind == STRACE_N_NONE ? at : strace_field(c->item, at, "revents");
}

static void put_fdlist(struct conv *c, const struct strace_node *node, bool revents)
{
    const struct scapf_flag_set *set = scapf_schema_flags(c->schema, "", POLLSET);
    size_t len = 2;
    uint16_t n = 0;

    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(c->item, node, 1);
    }
    for (const struct strace_node *at = strace_child(c->item, node, 0);
         node->kind == STRACE_N_ARRAY && at->kind != STRACE_N_NONE && len + 10 <= c->room;
         at = strace_sibling(c->item, at)) {
        const struct strace_node *fd = strace_field(c->item, at, "fd");
        const struct strace_node *flags;
        bool known = true;

        if (at->kind != STRACE_N_STRUCT) {
            continue;
        }
        flags = revents ? revents_of(c, take_fd(c, fd)) : strace_field(c->item, at, "events");
        take_pack(c->buf + len, (uint64_t)take_fd(c, fd), 8);
        take_pack(c->buf + len + 8,
                  set != NULL && flags->kind != STRACE_N_NONE
                      ? words_flags(c->words, c->item, flags, set, &known)
                      : 0,
                  2);
        c->lossy = c->lossy || !known;
        len += 10;
        n++;
    }
    take_pack(c->buf, n, 2);
    take_put(c, c->buf, len);
}

/* ------------------------------------------------------------------ vectors and lists */

/* An element {iov_base, iov_len}, by name or by place. */
static const struct strace_node *iov_part(const struct conv *c, const struct strace_node *iov,
                                          bool base)
{
    const struct strace_node *at = strace_field(c->item, iov, base ? "iov_base" : "iov_len");

    return at->kind != STRACE_N_NONE ? at : strace_child(c->item, iov, base ? 0 : 1);
}

static void put_iov_data(struct conv *c, const struct scapf_take *take,
                         const struct strace_node *node, const struct scapf_param_info *info)
{
    size_t max = transferred(c);
    size_t len = 0;
    bool cut = false;

    (void)take;
    (void)info;
    for (const struct strace_node *at = strace_child(c->item, node, 0);
         at->kind != STRACE_N_NONE && !cut && len < max; at = strace_sibling(c->item, at)) {
        const struct strace_node *base = at->kind == STRACE_N_STRUCT ? iov_part(c, at, true) : at;

        if (base->kind != STRACE_N_STRING) {
            break;
        }
        /* behind a cut piece the others would stand in the wrong place */
        len += take_bytes(c, base, len, max - len, &cut);
    }
    c->lossy = c->lossy || cut;
    take_put(c, c->buf, len);
}

static uint64_t iov_size(struct conv *c, const struct strace_node *array)
{
    uint64_t sum = 0;

    for (const struct strace_node *at = strace_child(c->item, array, 0); at->kind != STRACE_N_NONE;
         at = strace_sibling(c->item, at)) {
        uint64_t len = 0;

        if (at->kind == STRACE_N_STRUCT && strace_number(c->item, iov_part(c, at, false), &len)) {
            sum += len;
        }
    }
    return sum;
}

/* ------------------------------------------------------------------ of the process */

static void put_kept(struct conv *c, const struct synth_text *text, uint8_t type, size_t max)
{
    size_t len = text->len < max ? text->len : max;

    if (type == SCAPF_PT_BYTEBUF) {
        take_put(c, text->at, len);
    } else {
        put_text(c, text->at, len);
    }
}

static void put_proc(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                     const struct scapf_param_info *info)
{
    const char *what = take->field;
    const struct synth_thread *t = c->about;
    const struct synth_proc *p = t->proc;
    int64_t vpid = p->vpid != 0 ? p->vpid : p->pid;
    const struct {
        const char *name;
        int64_t number;
    } numbers[] = {
        {"tid", t->tid},
        {"pid", p->pid},
        {"ptid", p->ptid},
        {"vtid", t->vtid != 0       ? t->vtid
                 : t->tid == p->pid ? vpid
                                    : t->tid},
        {"vpid", vpid},
        {"fdlimit", p->fdlimit},
        {"uid", p->uid},
        {"gid", p->gid},
        {"flags", (int64_t)c->start_flags},
    };
    const struct {
        const char *name;
        const struct synth_text *text;
    } texts[] = {{"cwd", &p->cwd}, {"exe", &p->exe}, {"args", &p->args}, {"exepath", &p->exepath}};

    (void)node;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(numbers[i].name, what) == 0) {
            take_int(c, (uint64_t)numbers[i].number, scapf_param_size(info->type));
            return;
        }
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].name, what) == 0) {
            put_kept(c, texts[i].text, info->type, 4096);
            return;
        }
    }
    if (strcmp(what, "comm") == 0) {
        put_text(c, t->comm, strnlen(t->comm, sizeof(t->comm)));
        return;
    }
    put_unknown(c, info);
}

/* ------------------------------------------------------------------ one word */

static void put_nothing(struct conv *c, const struct scapf_take *take,
                        const struct strace_node *node, const struct scapf_param_info *info)
{
    (void)take;
    (void)node;
    put_unknown(c, info);
}

static void put_arg(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info)
{
    switch (info->type) {
    case SCAPF_PT_FD:
        put_fd(c, node);
        break;
    case SCAPF_PT_CHARBUF:
    case SCAPF_PT_FSPATH:
    case SCAPF_PT_FSRELPATH:
        put_string(c, node);
        break;
    case SCAPF_PT_BYTEBUF:
        put_data(c, node);
        break;
    case SCAPF_PT_SOCKADDR:
        take_put(c, c->buf, sock_put_address(c, node));
        break;
    case SCAPF_PT_FDLIST:
        put_fdlist(c, node, false);
        break;
    case SCAPF_PT_RELTIME:
    case SCAPF_PT_ABSTIME:
        take_int(c, take_interval(c, node), 8);
        break;
    case SCAPF_PT_SIGTYPE:
        take_int(c, signal_number(c, node), 1);
        break;
    case SCAPF_PT_SIGSET:
        take_int(c, signal_set(c, node), 4);
        break;
    default:
        put_number(c, node, info, take->field != NULL);
    }
}

/* A mode counts only when something is created; the word before it says whether. */
static void put_mode(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                     const struct scapf_param_info *info)
{
    uint64_t value = 0;

    (void)take;
    (void)info;
    if ((c->last_flags & 0x2004) != 0) { /* PPM_O_CREAT, PPM_O_TMPFILE */
        (void)take_number(c, node, &value);
    }
    take_int(c, value, 4);
}

static void put_named(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    bool known = true;
    uint64_t value = words_flags(c->words, c->item, node, info->flags, &known);

    (void)take;
    c->lossy = c->lossy || !known;
    take_int(c, known ? value : 0, scapf_param_size(info->type));
}

/* The flags within SOCK_STREAM|SOCK_CLOEXEC. */
static void put_sockflags(struct conv *c, const struct scapf_take *take,
                          const struct strace_node *node, const struct scapf_param_info *info)
{
    uint64_t type = 0;

    (void)take;
    (void)take_number(c, node, &type);
    take_int(c, ((type & 0x80000) != 0 ? 0x1000u : 0) | ((type & 0x800) != 0 ? 0x40u : 0),
             scapf_param_size(info->type));
}

static void put_inode(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    struct strace_annot annot;

    (void)take;
    (void)info;
    take_int(c, strace_annot(c->item, node, &annot) && annot.has_inode ? annot.inode : 0, 8);
}

static void put_before(struct conv *c, const struct scapf_take *take,
                       const struct strace_node *node, const struct scapf_param_info *info)
{
    uint64_t value = 0;

    (void)take;
    while (node->kind == STRACE_N_PAIR || node->kind == STRACE_N_ARRAY) {
        node = strace_child(c->item, node, 0); /* [2] => [32], [2 => 32] */
    }
    (void)take_number(c, node, &value);
    take_int(c, value, scapf_param_size(info->type));
}

static void put_pages(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    uint64_t value = 0;

    (void)take;
    (void)info;
    (void)take_number(c, node, &value);
    take_int(c, value / 4096, 8);
}

static void put_result(struct conv *c, const struct scapf_take *take,
                       const struct strace_node *node, const struct scapf_param_info *info)
{
    (void)take;
    (void)node;
    take_int(c, (uint64_t)c->result, scapf_param_size(info->type));
}

static void put_value(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    (void)node;
    take_int(c, (uint64_t)take->value, scapf_param_size(info->type));
}

static void put_sizes(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    (void)take;
    /* the event has one size for all of them */
    c->lossy = c->lossy || strace_child(c->item, node, 1)->kind != STRACE_N_NONE;
    take_int(c, iov_size(c, node), scapf_param_size(info->type));
}

static void put_pair(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                     const struct scapf_param_info *info)
{
    (void)node;
    (void)info;
    take_put(c, c->buf, sock_put_pair(c, take));
}

static void put_list(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                     const struct scapf_param_info *info)
{
    (void)info;
    /* 0x7ffc93931c08 and a comment with the count: strace without -v */
    c->lossy = c->lossy || node->kind == STRACE_N_NUMBER;
    take_put(c, c->buf, take_list(c, node, take->how == SCAPF_TAKE_WORDS));
}

static void put_revents(struct conv *c, const struct scapf_take *take,
                        const struct strace_node *node, const struct scapf_param_info *info)
{
    (void)take;
    (void)info;
    put_fdlist(c, node, true);
}

static void put_first(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                      const struct scapf_param_info *info)
{
    (void)take;
    (void)info;
    put_string(c, strace_child(c->item, node, 0));
}

static const take_fn puts_by_how[SCAPF_TAKE_COUNT] = {
    [SCAPF_TAKE_UNKNOWN] = put_nothing,     [SCAPF_TAKE_VALUE] = put_value,
    [SCAPF_TAKE_RESULT] = put_result,       [SCAPF_TAKE_ARG] = put_arg,
    [SCAPF_TAKE_NAMED] = put_named,         [SCAPF_TAKE_MODE] = put_mode,
    [SCAPF_TAKE_SOCKFLAGS] = put_sockflags, [SCAPF_TAKE_SIZES] = put_sizes,
    [SCAPF_TAKE_DATA] = put_iov_data,       [SCAPF_TAKE_DEST] = put_pair,
    [SCAPF_TAKE_ORIGIN] = put_pair,         [SCAPF_TAKE_RETURNED] = put_pair,
    [SCAPF_TAKE_REVENTS] = put_revents,     [SCAPF_TAKE_PAGES] = put_pages,
    [SCAPF_TAKE_INODE] = put_inode,         [SCAPF_TAKE_WORDS] = put_list,
    [SCAPF_TAKE_LIST] = put_list,           [SCAPF_TAKE_BEFORE] = put_before,
    [SCAPF_TAKE_OPTION] = variant_option,   [SCAPF_TAKE_PTRACE] = variant_ptrace,
    [SCAPF_TAKE_KEYCTL] = variant_keyctl,   [SCAPF_TAKE_RESULT_FD] = variant_result,
    [SCAPF_TAKE_FIRST] = put_first,         [SCAPF_TAKE_PROC] = put_proc,
};

/* Bytes of the numbers behind the i-th parameter: readers die of one that is empty, so what is
 * long before them is cut. */
static uint32_t numbers_behind(const struct scapf_event_info *event, uint8_t i, uint8_t n)
{
    uint32_t sum = 0;

    for (uint8_t k = (uint8_t)(i + 1); k < n; k++) {
        sum += scapf_param_size(event->params[k].type);
    }
    return sum;
}

void take_params(struct conv *c, const struct scapf_event_info *event,
                 const struct scapf_take *from, uint8_t n)
{
    static const struct strace_node none = {.kind = STRACE_N_NONE};

    c->room = CONV_ROOM;
    c->last_flags = 0;
    for (uint8_t i = 0; i < n && c->status == SCAPF_OK; i++) {
        const struct scapf_take *take = &from[i];
        bool has_node = take->how >= SCAPF_TAKE_ARG && take->how != SCAPF_TAKE_PROC;
        uint32_t kept =
            scapf_param_size(event->params[i].type) == 0 ? numbers_behind(event, i, n) : 0;

        c->room -= kept;
        puts_by_how[take->how](c, take, has_node ? take_node(c, take) : &none, &event->params[i]);
        c->room += kept;
    }
}
