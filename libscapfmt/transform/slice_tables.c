/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_tables.c - process and descriptor lists as the state at the cut has them. [scap 7, 8]
 */
#include "transform/slice.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PL_V9  0x215u
#define FDL_V2 0x218u

#define LAST_OLD_TYPE FDT_FILE_V2 /* readers before libs 0.14 refuse files with later ones */

/* A value for a cell: a number, or bytes. */
struct value {
    uint64_t u;
    const void *bytes;
    uint32_t len;
};

struct named_value {
    const char *field;
    struct value value;
};

/* ------------------------------------------------------------------ rows */

static bool in_row(const struct scapf_field_info *field, uint8_t version, uint64_t selector)
{
    return field->part != SCAPF_PART_HEAD && field->since <= version && field->until >= version &&
           (field->cases == 0 || (selector < 31 && (field->cases >> selector & 1) != 0));
}

/* Values stand in the order of the fields: *at is where the next one is looked for first. */
static const struct value *find_value(const struct named_value *values, size_t n, size_t *at,
                                      const char *field)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = (*at + i) % n;

        if (strcmp(values[k].field, field) == 0) {
            *at = k + 1;
            return &values[k].value;
        }
    }
    return NULL;
}

/* The row of the schema's fields with these values; of the tail those in the mask. A field that
 * has no value here belongs to an overlay: it is empty. */
static void fill_row(struct scapf_row *row, const struct scapf_table_number *number,
                     const struct scapf_table_info *info, uint64_t tail,
                     const struct named_value *values, size_t n)
{
    size_t at = 2;
    const struct value *selector = find_value(values, n, &at, "type");

    row->n_cells = 0;
    row->entry_len = 1;
    row->extra_len = 0;
    at = 0;
    for (uint8_t i = 0; i < info->n_fields && row->n_cells < SCAPF_ROW_CELLS; i++) {
        const struct scapf_field_info *field = &info->fields[i];
        const struct value *v;
        struct scapf_cell *cell;

        if (!in_row(field, number->version, selector != NULL ? selector->u : 0) ||
            (field->part == SCAPF_PART_TAIL && (tail >> i & 1) == 0)) {
            continue;
        }
        cell = &row->cells[row->n_cells++];
        v = find_value(values, n, &at, field->name);
        *cell = (struct scapf_cell){.field = field};
        if (v != NULL) {
            cell->u = v->u;
            cell->i = (int64_t)v->u;
            cell->bytes = v->bytes;
            cell->len = field->limit != 0 && v->len > field->limit ? field->limit : v->len;
        }
        if (cell->bytes == NULL) {
            cell->bytes = (const uint8_t *)"";
        }
    }
}

/* ------------------------------------------------------------------ processes */

static struct value text(const struct scapf_slice *s, uint32_t str)
{
    struct value v = {0};

    v.bytes = str_bytes(&s->host->strs, str, &v.len);
    return v;
}

/* [libsinsp threadinfo.cpp] What its rows say of a thread of which only the number is known. */
static struct value known(const struct scapf_slice *s, const struct thread *t, uint32_t str)
{
    static const struct value unknown = {.bytes = "<NA>", .len = 4};

    return t->origin == FROM_EVENT && t->comm == 0 ? unknown : text(s, str);
}

#define NUMBER(name, v)                                                                            \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .u = (uint64_t)(v)                                                                     \
        }                                                                                          \
    }
#define TEXT(name, str)                                                                            \
    {                                                                                              \
        name, text(s, str)                                                                         \
    }

/* An ancestor of a wanted process has nothing but its ids and its name. */
static void make_bare(struct scapf_row *row)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        struct scapf_cell *cell = &row->cells[i];

        if (cell->field->type == SCAPF_FT_STR16 && strcmp(cell->field->name, "comm") != 0) {
            cell->len = 0;
        }
    }
}

/* [libsinsp parsers.cpp] Its parent is still in the clone, and must not make it again. */
static uint32_t flags_of(const struct thread *t)
{
    return t->origin == FROM_CHILD || t->inverted ? t->flags | CL_CLONE_INVERTED
                                                  : t->flags & ~CL_CLONE_INVERTED;
}

static enum scapf_status put_thread(struct scapf_slice *s, const struct thread *t,
                                    const struct scapf_table_info *info,
                                    const struct scapf_table_number *number)
{
    const struct thread_more more = host_more(s->host, t);
    const struct named_value values[] = {
        NUMBER("tid", t->key.a),
        NUMBER("pid", t->pid >= 0 ? t->pid : t->key.a),
        NUMBER("ptid", t->ptid),
        NUMBER("sid", t->sid),
        NUMBER("vpgid", t->vpgid),
        {"comm", known(s, t, t->comm)},
        {"exe", known(s, t, t->exe)},
        TEXT("exepath", t->exepath),
        TEXT("args", t->args),
        TEXT("cwd", t->process->cwd),
        NUMBER("fdlimit", t->fdlimit),
        NUMBER("flags", flags_of(t)),
        NUMBER("uid", t->uid),
        NUMBER("gid", t->gid),
        NUMBER("vmsize_kb", more.vmsize_kb),
        NUMBER("vmrss_kb", more.vmrss_kb),
        NUMBER("vmswap_kb", more.vmswap_kb),
        NUMBER("pfmajor", more.pfmajor),
        NUMBER("pfminor", more.pfminor),
        TEXT("env", t->env),
        NUMBER("vtid", t->vtid),
        NUMBER("vpid", t->vpid),
        TEXT("cgroups", t->cgroups),
        TEXT("root", t->process->root),
        NUMBER("pidns_init_start_ts", more.pidns_init_start_ts),
        NUMBER("tty", t->tty),
        NUMBER("loginuid", t->loginuid),
        NUMBER("exe_writable", more.exe_writable),
        NUMBER("cap_inheritable", t->caps[0]),
        NUMBER("cap_permitted", t->caps[1]),
        NUMBER("cap_effective", t->caps[2]),
        NUMBER("exe_upper_layer", more.exe_upper_layer),
        NUMBER("exe_ino", more.exe_ino),
        NUMBER("exe_ino_ctime", more.exe_ino_ctime),
        NUMBER("exe_ino_mtime", more.exe_ino_mtime),
        NUMBER("exe_from_memfd", more.exe_from_memfd),
        NUMBER("exe_lower_layer", more.exe_lower_layer),
        NUMBER("pgid", t->pgid),
    };

    fill_row(&s->row, number, info, s->has_tail ? s->tail : UINT64_MAX, values,
             sizeof(values) / sizeof(values[0]));
    if (!slice_wants(s, t)) {
        make_bare(&s->row);
    }
    return scapf_writer_row(s->writer, &s->row);
}

/* By process, its main thread first. */
static int compare_threads(const void *a, const void *b)
{
    const struct thread *x = *(const struct thread *const *)a;
    const struct thread *y = *(const struct thread *const *)b;

    if (x->pid != y->pid) {
        return x->pid < y->pid ? -1 : 1;
    }
    if ((x->key.a == x->pid) != (y->key.a == y->pid)) {
        return x->key.a == x->pid ? -1 : 1;
    }
    return x->key.a < y->key.a ? -1 : x->key.a > y->key.a;
}

static bool is_worth_a_row(const struct thread *t)
{
    return t->origin != FROM_EVENT || t->comm != 0 || host_fds(t) != 0 || t->process->cwd != 0;
}

static void mark_ancestors(struct scapf_slice *s)
{
    int64_t tids[64];
    uint64_t at = 0;
    const struct thread *t;

    map_release(&s->strangers);
    map_init(&s->strangers, &s->budget, sizeof(struct stranger));
    while (s->opts.prune != NULL && (t = map_next(&s->host->threads, &at)) != NULL) {
        size_t n = slice_wants(s, t) ? scapf_host_ancestors(s->host, t->key.a, tids, 64) : 0;

        for (size_t i = 0; i < n; i++) {
            (void)map_put(&s->strangers, tids[i], 0);
        }
    }
}

/* The threads that get rows, sorted. NULL when there are none, or no memory. */
static struct thread **collect_threads(struct scapf_slice *s, size_t *n, enum scapf_status *status)
{
    struct thread **all;
    uint64_t at = 0;
    struct thread *t;

    *n = 0;
    *status = SCAPF_OK;
    if (s->host->threads.items.live == 0) {
        return NULL;
    }
    mark_ancestors(s);
    all = mem_resize_array(s->alloc, NULL, s->host->threads.items.live, sizeof(struct thread *));
    if (all == NULL) {
        *status = SCAPF_E_NOMEM;
        return NULL;
    }
    while ((t = map_next(&s->host->threads, &at)) != NULL) {
        if (is_worth_a_row(t) &&
            (slice_wants(s, t) || map_find(&s->strangers, t->key.a, 0) != NULL)) {
            all[(*n)++] = t;
        }
    }
    qsort(all, *n, sizeof(struct thread *), compare_threads);
    return all;
}

static enum scapf_status put_threads(struct scapf_slice *s, struct thread **all, size_t n)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(s->schema, PL_V9, &number);

    if (info == NULL || n == 0) {
        return SCAPF_OK;
    }
    TRY(scapf_writer_table(s->writer, PL_V9, NULL));
    for (size_t i = 0; i < n; i++) {
        TRY(put_thread(s, all[i], info, number));
    }
    return scapf_writer_table_end(s->writer);
}

/* ------------------------------------------------------------------ descriptors */

/* Descriptors of one table, sorted, and the ports that any table listens on. */
struct fd_list {
    struct open_slot *fds;
    size_t n, cap;
    uint8_t served[8192];
};

static int compare_fds(const void *a, const void *b)
{
    const struct open_slot *x = a;
    const struct open_slot *y = b;

    return x->fd < y->fd ? -1 : x->fd > y->fd;
}

static enum scapf_status collect_fds(const struct scapf_slice *s, uint32_t table,
                                     struct fd_list *list)
{
    uint64_t position = 0;
    struct open_slot next;

    list->n = 0;
    while (fdtab_next(&s->host->fds, table, &position, &next.fd, &next.slot)) {
        if (list->n == list->cap) {
            size_t cap = list->cap == 0 ? 64 : list->cap * 2;
            struct open_slot *fds = mem_resize_array(s->alloc, list->fds, cap, sizeof(*fds));

            if (fds == NULL) {
                return SCAPF_E_NOMEM;
            }
            list->fds = fds;
            list->cap = cap;
        }
        list->fds[list->n++] = next;
    }
    if (list->n > 0) {
        qsort(list->fds, list->n, sizeof(*list->fds), compare_fds);
    }
    return SCAPF_OK;
}

static const struct sock *sock_of(const struct scapf_slice *s, const struct file *file)
{
    return file->sock != 0 ? pool_at(&s->host->fds.socks, file->sock) : NULL;
}

static bool is_ip(const struct sock *sock)
{
    return sock != NULL && (sock->family == 2 || sock->family == 10);
}

bool slice_is_datagram_server(const struct scapf_slice *s, const struct file *file)
{
    const struct sock *sock = sock_of(s, file);

    return file->server && file->l4proto == L4_UDP && is_ip(sock) && sock->has_dst;
}

bool slice_is_new_socket(const struct scapf_slice *s, const struct file *file)
{
    const struct sock *sock = sock_of(s, file);

    return (file->type == FDT_IPV4 || file->type == FDT_IPV6) &&
           (!is_ip(sock) || (!sock->has_dst && sock->sport == 0));
}

/* Is it listed with two ends? */
static bool is_connection(const struct scapf_slice *s, const struct file *file)
{
    const struct sock *sock = sock_of(s, file);

    return is_ip(sock) && sock->has_dst && !slice_is_datagram_server(s, file);
}

/* The client stands first. */
static uint16_t own_port(const struct sock *server)
{
    return server->has_dst ? server->dport : server->sport;
}

static bool serves(const struct fd_list *list, uint16_t port)
{
    return (list->served[port / 8] >> port % 8 & 1) != 0;
}

/* Returns how many descriptors the table has. */
static uint64_t note_ports(const struct scapf_slice *s, uint32_t table, struct fd_list *list)
{
    uint64_t position = 0;
    uint64_t n = 0;
    int64_t fd;
    uint32_t slot;

    for (; fdtab_next(&s->host->fds, table, &position, &fd, &slot); n++) {
        const struct file *file = file_at(&s->host->fds, slot);
        const struct sock *sock = sock_of(s, file);

        if (is_ip(sock) && !is_connection(s, file) && !slice_is_new_socket(s, file)) {
            uint16_t port = own_port(sock);

            list->served[port / 8] |= (uint8_t)(1u << port % 8);
        }
    }
    return n;
}

/*
 * Lists have this end of a connection first, and readers turn those around whose own port is
 * listened on anywhere. What is known here has the client first: a server's own end is put first
 * when the reader will turn it around again. [libsinsp threadinfo.cpp fix_sockets_coming_from_proc]
 */
static bool is_turned(struct scapf_slice *s, const struct fd_list *list, const struct file *file,
                      const struct sock *sock)
{
    bool as_is = !serves(list, sock->sport); /* the reader leaves it */
    bool turned = serves(list, sock->dport); /* the reader turns it back */

    if (!file->server && !file->client) {
        return false;
    }
    if (!as_is && !turned) {
        s->counts.ambiguous++;
    }
    return file->server ? turned : !as_is && turned;
}

static uint8_t row_type(const struct scapf_slice *s, const struct file *file,
                        const struct sock *sock)
{
    if (is_ip(sock)) {
        return (uint8_t)((is_connection(s, file) ? FDT_IPV4 : FDT_IPV4_SERVER) +
                         (sock->addr_len == 16));
    }
    if (file->type == FDT_UNKNOWN || (file->type > LAST_OLD_TYPE && !s->has_new_types) ||
        (file->type >= FDT_IPV4 && file->type <= FDT_IPV6_SERVER)) {
        return FDT_UNSUPPORTED;
    }
    return file->type;
}

static uint64_t kernel_address(const uint8_t *bytes)
{
    uint64_t v;

    memcpy(&v, bytes, sizeof(v));
    return v;
}

static enum scapf_status put_fd(struct scapf_slice *s, const struct fd_list *list,
                                const struct open_slot *open, const struct scapf_table_info *info,
                                const struct scapf_table_number *number)
{
    const struct file *file = file_at(&s->host->fds, open->slot);
    const struct sock *sock = sock_of(s, file);
    static const struct sock none = {0};
    const struct sock *ends = sock != NULL ? sock : &none;
    bool turned = is_connection(s, file) && is_turned(s, list, file, sock);
    uint32_t cloexec = (open->slot & FD_CLOEXEC) != 0 ? 0x1000 : 0;
    const struct named_value values[] = {
        NUMBER("fd", open->fd),
        NUMBER("ino", file->ino),
        NUMBER("type", row_type(s, file, sock)),
        {"sip", {.bytes = turned ? ends->dst : ends->src, .len = ends->addr_len}},
        {"dip", {.bytes = turned ? ends->src : ends->dst, .len = ends->addr_len}},
        NUMBER("sport", turned ? ends->dport : ends->sport),
        NUMBER("dport", turned ? ends->sport : ends->dport),
        {"ip", {.bytes = ends->has_dst ? ends->dst : ends->src, .len = ends->addr_len}},
        NUMBER("port", own_port(ends)),
        NUMBER("l4proto", file->l4proto),
        NUMBER("source", kernel_address(ends->src)),
        NUMBER("destination", kernel_address(ends->dst)),
        NUMBER("open_flags", file->open_flags | cloexec),
        TEXT("name", file->name),
        NUMBER("dev", file->dev),
    };

    fill_row(&s->row, number, info, UINT64_MAX, values, sizeof(values) / sizeof(values[0]));
    return scapf_writer_row(s->writer, &s->row);
}

static enum scapf_status put_fds(struct scapf_slice *s, const struct thread *t, uint32_t table,
                                 struct fd_list *list)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(s->schema, FDL_V2, &number);
    struct scapf_row head = {.n_cells = 1};

    TRY(collect_fds(s, table, list));
    if (info == NULL || list->n == 0) {
        return SCAPF_OK;
    }
    head.cells[0].field = &info->fields[0];
    head.cells[0].i = t->key.a;
    head.cells[0].u = (uint64_t)t->key.a;
    TRY(scapf_writer_table(s->writer, FDL_V2, &head));
    for (size_t i = 0; i < list->n; i++) {
        if (!slice_is_new_socket(s, file_at(&s->host->fds, list->fds[i].slot))) {
            TRY(put_fd(s, list, &list->fds[i], info, number));
        }
    }
    return scapf_writer_table_end(s->writer);
}

/* The table a thread lists: its own, or its process's when it is the first of its process. */
static uint32_t table_to_list(const struct scapf_slice *s, struct thread **all, size_t i)
{
    const struct thread *t = all[i];

    if (!slice_wants(s, t)) {
        return 0;
    }
    if (t->own_fds != 0) {
        return t->own_fds;
    }
    return i == 0 || all[i - 1]->process != t->process ? t->process->fds : 0;
}

static enum scapf_status put_all_fds(struct scapf_slice *s, struct thread **all, size_t n)
{
    struct fd_list *list = mem_zalloc(s->alloc, sizeof(*list));
    enum scapf_status status = list != NULL ? SCAPF_OK : SCAPF_E_NOMEM;
    uint64_t rows = 0;
    size_t listed = 0;

    for (; status == SCAPF_OK && listed < n && rows <= s->fd_rows_max; listed++) {
        rows += note_ports(s, table_to_list(s, all, listed), list);
    }
    listed -= rows > s->fd_rows_max;
    s->counts.fd_lists_left += n - listed;
    for (size_t i = 0; status == SCAPF_OK && i < listed; i++) {
        status = put_fds(s, all[i], table_to_list(s, all, i), list);
    }
    if (list != NULL) {
        mem_free(s->alloc, list->fds);
    }
    mem_free(s->alloc, list);
    return status;
}

enum scapf_status slice_put_tables(struct scapf_slice *s)
{
    enum scapf_status status;
    size_t n;
    struct thread **all = collect_threads(s, &n, &status);

    if (status == SCAPF_OK) {
        status = put_threads(s, all, n);
    }
    if (status == SCAPF_OK) {
        status = put_all_fds(s, all, n);
    }
    mem_free(s->alloc, all);
    return status;
}

/* ------------------------------------------------------------------ tables of the file */

static void look_at_row(struct scapf_slice *s)
{
    const struct scapf_cell *type = scapf_row_cell(&s->row, "type");

    if (s->table.number->block_type == PL_V9 && !s->has_tail) {
        s->has_tail = true;
        s->tail = 0;
        for (uint32_t i = 0; i < s->row.n_cells; i++) {
            ptrdiff_t at = s->row.cells[i].field - s->table.info->fields;

            s->tail |= at < 64 ? UINT64_C(1) << at : 0;
        }
    }
    if (strcmp(s->table.info->name, "fd") == 0 && type != NULL && type->u > LAST_OLD_TYPE) {
        s->has_new_types = true;
    }
}

enum scapf_status slice_look_at_table(struct scapf_slice *s, const struct scapf_record *rec)
{
    enum scapf_status status = scapf_table_open(rec, s->schema, &s->table);

    if (status != SCAPF_OK) {
        return SCAPF_OK; /* damaged: it is not to be read by anybody */
    }
    if (strcmp(s->table.info->name, "process") == 0 && s->table.number->version < 9 &&
        !s->has_tail) {
        s->has_tail = true; /* older lists have none */
        s->tail = 0;
    }
    while (scapf_table_next(&s->table, &s->row) == SCAPF_OK) {
        look_at_row(s);
    }
    return SCAPF_OK;
}
