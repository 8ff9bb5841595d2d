/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_table.c - what the tables at the beginning of a section say. [scap 6-8]
 */
#include "state/host.h"

#include "bytes/addr.h"

#include <string.h>

#define CL_FILES 0x00000001u

/* ------------------------------------------------------------------ cells */

static uint64_t cell_u(const struct scapf_row *row, const char *field, uint64_t absent)
{
    const struct scapf_cell *cell = scapf_row_cell(row, field);

    return cell != NULL ? cell->u : absent;
}

static int64_t cell_i(const struct scapf_row *row, const char *field)
{
    return (int64_t)cell_u(row, field, UINT64_MAX);
}

/* Text up to its first NUL, as C programs take it; 0 when the row has no such cell. */
static uint32_t cell_str(struct scapf_host *h, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(&h->row, field);

    return cell != NULL
               ? str_put(&h->strs, cell->bytes, strnlen((const char *)cell->bytes, cell->len))
               : 0;
}

/* A name that nobody can have is not known. */
static bool has_text(const struct scapf_row *row, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(row, field);

    return cell != NULL && cell->len > 0 && cell->bytes[0] != '\0';
}

static uint32_t cell_name(struct scapf_host *h, const char *field)
{
    return has_text(&h->row, field) ? cell_str(h, field) : 0;
}

/* Rows of threads of which only the number is known have "<NA>" and no process. [libsinsp
 * threadinfo.cpp] A process may have no name and be known all the same. */
static bool is_described(const struct scapf_row *row)
{
    const struct scapf_cell *cell = scapf_row_cell(row, "comm");

    return cell == NULL || (cell->len == 0 && cell_i(row, "pid") >= 0) ||
           (cell->len > 0 && (cell->len != 4 || memcmp(cell->bytes, "<NA>", 4) != 0));
}

/* A list keeps its NULs. */
static uint32_t cell_list(struct scapf_host *h, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(&h->row, field);

    return cell != NULL ? str_put(&h->strs, cell->bytes, cell->len) : 0;
}

/* ------------------------------------------------------------------ threads */

/* "/" alone keeps its slash; the trailing one that libsinsp writes says nothing. */
static uint32_t directory(struct scapf_host *h)
{
    const struct scapf_cell *cell = scapf_row_cell(&h->row, "cwd");

    return cell != NULL && cell->len > 0 ? host_path(h, NULL, cell->bytes, cell->len) : 0;
}

static void take_process(struct scapf_host *h, struct thread *t)
{
    int64_t pid = cell_i(&h->row, "pid");
    struct process *p = t->process;
    uint32_t cwd;

    /* Descriptors may be listed before their thread: one that shares none keeps them. */
    if (p->key.b != 0 && pid != t->key.a && (t->flags & CL_FILES) == 0 && t->own_fds == 0) {
        t->own_fds = fdtab_keep(&h->fds, p->fds);
    }
    if (pid < 0 || t->origin != FROM_TABLE || !host_join(h, t, pid)) {
        return;
    }
    p = t->process;
    if (t->key.a == pid || p->cwd == 0) {
        cwd = directory(h);
        host_set(h, &p->cwd, cwd);
        host_set(h, &p->root, cell_name(h, "root"));
    }
}

static void take_texts(struct scapf_host *h, struct thread *t)
{
    host_set(h, &t->comm, cell_name(h, "comm"));
    host_set(h, &t->exe, cell_str(h, "exe"));
    host_set(h, &t->exepath, cell_name(h, "exepath"));
    host_set(h, &t->args, cell_list(h, "args"));
    host_set(h, &t->env, cell_list(h, "env"));
    /* Every thread is in some: none at all is not known. */
    host_set(h, &t->cgroups, has_text(&h->row, "cgroups") ? cell_list(h, "cgroups") : 0);
    host_more_row(h, t);
    host_find_container(h, t);
}

static void take_thread(struct scapf_host *h)
{
    const struct scapf_row *r = &h->row;
    struct thread *t = host_need_thread(h, cell_i(r, "tid"));

    if (t == NULL) {
        return;
    }
    t->origin = is_described(r) ? FROM_TABLE : FROM_EVENT;
    t->birth = 0;
    t->ptid = cell_i(r, "ptid");
    t->vtid = cell_i(r, "vtid");
    t->vpid = cell_i(r, "vpid");
    t->sid = cell_i(r, "sid");
    t->vpgid = cell_i(r, "vpgid");
    t->pgid = cell_i(r, "pgid");
    t->fdlimit = cell_i(r, "fdlimit");
    t->flags = (uint32_t)cell_u(r, "flags", 0);
    t->inverted = (t->flags & CL_CLONE_INVERTED) != 0;
    t->uid = (uint32_t)cell_u(r, "uid", NO_ID);
    t->gid = (uint32_t)cell_u(r, "gid", NO_ID);
    t->loginuid = (uint32_t)cell_u(r, "loginuid", NO_ID);
    t->tty = (uint32_t)cell_u(r, "tty", 0);
    t->caps[0] = cell_u(r, "cap_inheritable", 0);
    t->caps[1] = cell_u(r, "cap_permitted", 0);
    t->caps[2] = cell_u(r, "cap_effective", 0);
    if (t->origin == FROM_TABLE) {
        take_texts(h, t);
    }
    take_process(h, t);
}

/* ------------------------------------------------------------------ descriptors */

/* Internet sockets: this end first. */
static void take_addresses(struct scapf_host *h, struct file *file)
{
    const struct scapf_cell *src = scapf_row_cell(&h->row, "sip");
    const struct scapf_cell *dst = scapf_row_cell(&h->row, "dip");
    struct scapf_value v = {.kind = SCAPF_VALUE_TUPLE};

    if (src == NULL) {
        src = scapf_row_cell(&h->row, "ip");
        v.kind = SCAPF_VALUE_ADDRESS;
    }
    if (src == NULL || (dst != NULL && dst->len != src->len) || src->len > 16) {
        return;
    }
    v.sock.src = src->bytes;
    v.sock.dst = dst != NULL ? dst->bytes : NULL;
    v.sock.addr_len = (uint8_t)src->len;
    v.sock.sport = (uint16_t)cell_u(&h->row, dst != NULL ? "sport" : "port", 0);
    v.sock.dport = (uint16_t)cell_u(&h->row, "dport", 0);
    host_set_sock(h, file, &v);
    if (dst == NULL) {
        file->server = true;
        h->served[v.sock.sport / 8] |= (uint8_t)(1u << v.sock.sport % 8);
    } else if (file->sock != 0 && file_sock(&h->fds, file)->addr_len == 4) {
        file->type = FDT_IPV4;
    }
    h->directions_open = true;
}

static void take_unix(struct scapf_host *h, struct file *file)
{
    uint64_t keys[] = {cell_u(&h->row, "source", 0), cell_u(&h->row, "destination", 0)};
    struct sock *s = file_sock(&h->fds, file);

    if (s != NULL) {
        s->family = 1;
        s->addr_len = 8;
        memcpy(s->src, &keys[0], sizeof(keys[0]));
        memcpy(s->dst, &keys[1], sizeof(keys[1]));
    }
}

/* Threads share the table of their process; one that says it does not has its own. */
static uint32_t table_of(struct scapf_host *h, struct thread *t)
{
    if (t->origin == FROM_TABLE && t->pid != t->key.a && (t->flags & CL_FILES) == 0 &&
        t->own_fds == 0) {
        t->own_fds = fdtab_make(&h->fds);
    }
    return host_need_fds(h, t);
}

static void take_fd(struct scapf_host *h)
{
    struct thread *t = host_need_thread(h, (int64_t)cell_u(&h->table.head, "tid", 0));
    int64_t fd = cell_i(&h->row, "fd");
    uint8_t type = (uint8_t)cell_u(&h->row, "type", 0);
    uint32_t fds = t != NULL ? table_of(h, t) : 0;
    struct file *file;
    uint32_t id;
    uint32_t was;

    if (fd < 0 || fd > FD_MAX) {
        h->counters.bad_numbers++;
        return;
    }
    id = fds != 0 ? file_make(&h->fds, type) : 0;
    if (id == 0) {
        return;
    }
    file = file_at(&h->fds, id);
    file->ino = cell_u(&h->row, "ino", 0);
    file->l4proto = (uint8_t)cell_u(&h->row, "l4proto", 0);
    file->open_flags = (uint32_t)cell_u(&h->row, "open_flags", 0);
    file->dev = (uint32_t)cell_u(&h->row, "dev", 0);
    file->name = cell_str(h, "name");
    if (type == FDT_UNIX) {
        take_unix(h, file);
    } else {
        take_addresses(h, file);
    }
    (void)fdtab_put(&h->fds, fds, fd, id | (file->open_flags & 0x1000u ? FD_CLOEXEC : 0), &was);
}

/* A connection whose own port something on the host listens on came from outside: its name starts
 * with the other end. [libsinsp threadinfo.cpp fix_sockets_coming_from_proc] */
static void direct(struct scapf_host *h, struct file *file)
{
    struct sock *s = file->sock != 0 ? file_sock(&h->fds, file) : NULL;
    uint8_t addr[16];
    uint16_t port;

    if (s == NULL || !s->has_dst || file->server || file->client) {
        return;
    }
    port = s->sport;
    file->client = (h->served[port / 8] >> port % 8 & 1) == 0;
    file->server = !file->client;
    if (file->server) {
        memcpy(addr, s->src, sizeof(addr));
        memcpy(s->src, s->dst, sizeof(addr));
        memcpy(s->dst, addr, sizeof(addr));
        s->sport = s->dport;
        s->dport = port;
        file_rename(&h->fds, file, 0);
    }
}

void host_direct_sockets(struct scapf_host *h)
{
    uint64_t at = 0;
    const struct thread *t;

    while ((t = map_next(&h->threads, &at)) != NULL) {
        uint64_t position = 0;
        int64_t fd;
        uint32_t slot;

        while (fdtab_next(&h->fds, host_fds(t), &position, &fd, &slot)) {
            direct(h, file_at(&h->fds, slot));
        }
    }
    h->directions_open = false;
}

/* ------------------------------------------------------------------ users */

static void take_user(struct scapf_host *h)
{
    bool group = cell_u(&h->row, "kind", 0) != 0;
    struct user user = {.gid = (uint32_t)cell_u(&h->row, "gid", NO_ID),
                        .name = cell_str(h, "name"),
                        .home = cell_str(h, "homedir"),
                        .shell = cell_str(h, "shell")};

    host_put_user(h, (uint32_t)cell_u(&h->row, group ? "gid" : "uid", NO_ID), group, &user);
}

/* ------------------------------------------------------------------ blocks */

static const struct table_take {
    const char *name;
    void (*take)(struct scapf_host *h);
} table_takes[] = {
    {"process", take_thread},
    {"fd", take_fd},
    {"user", take_user},
};

void host_take_table(struct scapf_host *h, const struct scapf_record *rec)
{
    void (*take)(struct scapf_host *) = NULL;
    enum scapf_status status = scapf_table_open(rec, h->schema, &h->table);

    for (size_t i = 0; status == SCAPF_OK && i < sizeof(table_takes) / sizeof(table_takes[0]);
         i++) {
        if (strcmp(h->table.info->name, table_takes[i].name) == 0) {
            take = table_takes[i].take;
        }
    }
    while (take != NULL && (status = scapf_table_next(&h->table, &h->row)) == SCAPF_OK) {
        take(h);
    }
    h->counters.damaged_tables += status < 0;
}
