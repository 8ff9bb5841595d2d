/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - threads, descriptors and users of a section, found by their numbers.
 *
 * The initial tables fill it. Events only take away what they make untrue (a closed descriptor, a
 * changed directory, a thread that ended) and add the command name that an execve or clone carries:
 * a number without a name is honest, a stale name is not. Following every event is another module's
 * job.
 */
#include "state/names.h"

#include "base/diag.h"
#include "base/mem.h"
#include "bytes/addr.h"
#include "state/map.h"

#include <string.h>

/* What hostile or huge tables may take; what does not fit stays without a name. */
#define MAX_TEXT    ((size_t)24 << 20)
#define MAX_THREADS (UINT32_C(1) << 17)
#define MAX_FDS     (UINT32_C(1) << 18)
#define MAX_TEXTS   (UINT32_C(1) << 18)
#define MAX_USERS   (UINT32_C(1) << 16)
#define CHUNK       ((size_t)64 << 10)

#define CLONE_FILES 1u /* PPM_CL_CLONE_FILES: shares the descriptors of its process */
#define FD_IPV4     3  /* scap 8: an IPv4 connection */
#define NO_FD       INT64_MIN

struct chunk {
    struct chunk *next;
    size_t used, size;
    char text[];
};

struct thread {
    struct map_key key; /* tid */
    struct names_thread view;
    int64_t fds;     /* which table of descriptors; tables are numbered as they appear */
    int64_t entered; /* descriptor named by the last close or connect entered, or NO_FD */
    uint32_t flags;
    bool listed;   /* a table or an event described it; else only its descriptors are known */
    char comm[24]; /* the name an event gave: the kernel's limit is 15 bytes */
};

struct fd_item {
    struct map_key key; /* table of descriptors, fd */
    struct names_fd view;
    const char *reverse; /* an IPv4 connection with its ends exchanged, see names_fd() */
    uint16_t sport;
};

struct user {
    struct map_key key; /* id, 0 user / 1 group */
    const char *name;
};

/* A text that is stored already, by its hash and length. */
struct text_item {
    struct map_key key;
    const char *text;
};

/* The thread looked up last: a line asks for the same one several times. */
struct last_thread {
    int64_t tid;
    struct thread *thread; /* NULL: nothing is remembered */
};

struct names {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct map threads, fds, users, texts;
    struct last_thread *last; /* look-ups fill it although they change nothing else */
    struct last_thread last_store;
    struct chunk *chunks;
    size_t text_bytes;
    uint64_t server_ports[65536 / 64]; /* ports that the tables show to be listened on */
    int64_t n_fd_tables;
    struct out scratch;
    int64_t gone_tid, gone_fd; /* forgotten with the next record, see leave() */
    bool thread_is_gone, fd_is_gone;
    struct scapf_table table; /* of the record at hand: too large for a stack frame twice */
    struct scapf_row row;
    enum scapf_status status;
};

/* ------------------------------------------------------------------ text */

static char *chunk_room(struct names *n, size_t len)
{
    size_t size = len > CHUNK ? len : CHUNK;
    struct chunk *c = n->chunks;

    if (c == NULL || c->size - c->used < len) {
        if (n->text_bytes + size > MAX_TEXT) {
            return NULL;
        }
        c = mem_resize(n->alloc, NULL, sizeof(*c) + size);
        if (c == NULL) {
            n->status = SCAPF_E_NOMEM;
            return NULL;
        }
        *c = (struct chunk){.next = n->chunks, .size = size};
        n->chunks = c;
        n->text_bytes += size;
    }
    c->used += len;
    return c->text + c->used - len;
}

/* [FNV-1a, 64 bit] */
static int64_t text_hash(const uint8_t *p, size_t len)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return (int64_t)h;
}

static void *put_item(struct names *n, struct map *m, int64_t a, int64_t b, uint32_t max)
{
    void *item = map_find(m, a, b);

    if (item == NULL && m->live < max) {
        item = map_put(m, a, b);
        if (item == NULL) {
            n->status = SCAPF_E_NOMEM;
        }
    }
    return item;
}

/* A NUL-ended copy. Threads of one process repeat the same texts: equal ones are stored once. */
static const char *keep(struct names *n, const void *bytes, size_t len)
{
    struct text_item *item;
    char *copy;

    if (len == 0) {
        return "";
    }
    item = put_item(n, &n->texts, text_hash(bytes, len), (int64_t)len, MAX_TEXTS);
    if (item != NULL && item->text != NULL && memcmp(item->text, bytes, len) == 0) {
        return item->text;
    }
    copy = chunk_room(n, len + 1);
    if (copy != NULL) {
        memcpy(copy, bytes, len);
        copy[len] = '\0';
    }
    if (item != NULL) {
        item->text = copy;
    }
    return copy;
}

/* A cell as a C string: libscap stops at the first NUL too. "" when the row has no such cell. */
static const char *keep_cell(struct names *n, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(&n->row, field);

    return cell == NULL ? "" : keep(n, cell->bytes, strnlen((const char *)cell->bytes, cell->len));
}

/* A number of the row; 0 when the row has no such cell. */
static uint64_t cell_u(const struct scapf_row *row, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(row, field);

    return cell == NULL ? 0 : cell->u;
}

/* ------------------------------------------------------------------ items */

/* The thread with this id, made when it is new. NULL when there is no room. */
static struct thread *put_thread(struct names *n, int64_t tid)
{
    struct thread *t = put_item(n, &n->threads, tid, 0, MAX_THREADS);

    n->last->thread = NULL; /* threads may have moved */
    if (t != NULL && t->fds == 0) {
        t->view.tid = tid;
        t->fds = ++n->n_fd_tables;
        t->entered = NO_FD;
    }
    return t;
}

static struct thread *find_thread(const struct names *n, int64_t tid)
{
    struct last_thread *last = n->last;

    if (last->thread == NULL || last->tid != tid) {
        *last = (struct last_thread){tid, map_find(&n->threads, tid, 0)};
    }
    return last->thread;
}

static void put_user(struct names *n, uint32_t id, bool group, const uint8_t *name, size_t len)
{
    struct user *u = put_item(n, &n->users, id, group, MAX_USERS);

    if (u != NULL) {
        u->name = keep(n, name, strnlen((const char *)name, len));
    }
}

/* ------------------------------------------------------------------ tables */

static void take_thread(struct names *n)
{
    int64_t tid = (int64_t)cell_u(&n->row, "tid");
    const struct scapf_cell *args = scapf_row_cell(&n->row, "args");
    struct thread *t;
    struct names_thread view = {.tid = tid,
                                .pid = (int64_t)cell_u(&n->row, "pid"),
                                .ptid = (int64_t)cell_u(&n->row, "ptid"),
                                .uid = (uint32_t)cell_u(&n->row, "uid"),
                                .gid = (uint32_t)cell_u(&n->row, "gid"),
                                .comm = keep_cell(n, "comm"),
                                .exe = keep_cell(n, "exe"),
                                .exepath = keep_cell(n, "exepath"),
                                .cwd = keep_cell(n, "cwd")};

    if (args != NULL) {
        view.args = keep(n, args->bytes, args->len);
        view.args_len = view.args != NULL ? args->len : 0;
    }
    t = put_thread(n, tid);
    if (t != NULL) {
        t->view = view;
        t->flags = (uint32_t)cell_u(&n->row, "flags");
        t->comm[0] = '\0';
        t->listed = true;
    }
}

static const char *tuple_name(struct names *n, const struct scapf_cell *src, uint16_t sport,
                              const struct scapf_cell *dst, uint16_t dport)
{
    out_clear(&n->scratch);
    out_ip_tuple(&n->scratch, src->len, src->bytes, sport, dst->bytes, dport);
    return keep(n, n->scratch.bytes, n->scratch.len);
}

/* Name of a connection from its addresses; false when the row holds none. */
static bool connection(struct names *n, struct fd_item *fd)
{
    const struct scapf_cell *src = scapf_row_cell(&n->row, "sip");
    const struct scapf_cell *dst = scapf_row_cell(&n->row, "dip");
    uint16_t sport = (uint16_t)cell_u(&n->row, "sport");
    uint16_t dport = (uint16_t)cell_u(&n->row, "dport");

    if (src == NULL || dst == NULL || src->len != dst->len) {
        return false;
    }
    if (src->len == 16 && addr_is_mapped(src->bytes) && addr_is_mapped(dst->bytes)) {
        fd->view.type = FD_IPV4; /* libsinsp takes them for what they stand for */
    }
    fd->view.name = tuple_name(n, src, sport, dst, dport);
    if (fd->view.type == FD_IPV4) {
        fd->sport = sport;
        fd->reverse = tuple_name(n, dst, dport, src, sport);
    }
    return true;
}

/* Name of a listening socket; false when the row holds none. */
static bool server(struct names *n, struct fd_item *fd)
{
    const struct scapf_cell *ip = scapf_row_cell(&n->row, "ip");
    uint16_t port = (uint16_t)cell_u(&n->row, "port");

    if (ip == NULL) {
        return false;
    }
    out_clear(&n->scratch);
    out_ip_port(&n->scratch, ip->bytes, ip->len, port);
    fd->view.name = keep(n, n->scratch.bytes, n->scratch.len);
    n->server_ports[port / 64] |= UINT64_C(1) << port % 64;
    return true;
}

static void take_fd(struct names *n)
{
    struct thread *t = put_thread(n, (int64_t)cell_u(&n->table.head, "tid"));
    struct fd_item fd = {.view = {.fd = (int64_t)cell_u(&n->row, "fd"),
                                  .type = (uint8_t)cell_u(&n->row, "type"),
                                  .l4proto = (uint8_t)cell_u(&n->row, "l4proto")}};
    struct fd_item *item;

    if (t == NULL) {
        return;
    }
    if (!connection(n, &fd) && !server(n, &fd)) {
        fd.view.name = keep_cell(n, "name");
    }
    item = put_item(n, &n->fds, t->fds, fd.view.fd, MAX_FDS);
    if (item != NULL) {
        fd.key = item->key;
        *item = fd;
    }
}

static void take_user(struct names *n)
{
    const struct scapf_cell *name = scapf_row_cell(&n->row, "name");
    bool group = cell_u(&n->row, "kind") != 0;

    if (name != NULL) {
        put_user(n, (uint32_t)cell_u(&n->row, group ? "gid" : "uid"), group, name->bytes,
                 name->len);
    }
}

static const struct table_take {
    const char *name;
    void (*take)(struct names *n);
} table_takes[] = {
    {"process", take_thread},
    {"fd", take_fd},
    {"user", take_user},
};

static void put_table(struct names *n, const struct scapf_record *rec)
{
    void (*take)(struct names *) = NULL;

    if (scapf_table_open(rec, n->schema, &n->table) != SCAPF_OK) {
        return;
    }
    for (size_t i = 0; i < sizeof(table_takes) / sizeof(table_takes[0]); i++) {
        if (strcmp(n->table.info->name, table_takes[i].name) == 0) {
            take = table_takes[i].take;
        }
    }
    while (take != NULL && scapf_table_next(&n->table, &n->row) == SCAPF_OK) {
        take(n);
    }
}

/* ------------------------------------------------------------------ events */

/* Index of the parameter with this name among those the event has, or -1. */
static int param_index(const struct scapf_event *ev, const char *name)
{
    for (uint32_t i = 0; i < ev->info->n_params && i < ev->n_params; i++) {
        if (strcmp(ev->info->params[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* The parameter with this name as a value of this kind; false when there is none. */
static bool param(const struct scapf_event *ev, const char *name, enum scapf_value_kind kind,
                  struct scapf_value *v)
{
    int i = param_index(ev, name);

    return i >= 0 && scapf_event_value(ev, (uint32_t)i, v, NULL) == SCAPF_OK && v->kind == kind;
}

/* Which table of descriptors a thread uses, 0 when that is not known. */
static int64_t fd_table(const struct names *n, int64_t tid)
{
    const struct thread *t = find_thread(n, tid);

    if (t != NULL && t->listed && t->view.pid != tid && (t->flags & CLONE_FILES) != 0) {
        t = map_find(&n->threads, t->view.pid, 0);
    }
    return t != NULL ? t->fds : 0;
}

/* A new descriptor had no name before; should its number have one, its close was not recorded. */
static void on_made_fds(struct names *n, const struct scapf_event *ev)
{
    static const char *const made[] = {"fd", "fd1", "fd2", "res", "newfd"};
    struct scapf_value v;

    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        if (param(ev, made[i], SCAPF_VALUE_SIGNED, &v) && v.type == SCAPF_PT_FD && v.i >= 0) {
            map_remove(&n->fds, fd_table(n, ev->tid), v.i);
        }
    }
}

/* The event at hand still shows the name of what it ends; the next record does not. */
static void leave(struct names *n)
{
    if (n->fd_is_gone) {
        map_remove(&n->fds, fd_table(n, n->gone_tid), n->gone_fd);
    }
    if (n->thread_is_gone) {
        map_remove(&n->threads, n->gone_tid, 0);
        n->last->thread = NULL;
    }
    n->fd_is_gone = n->thread_is_gone = false;
}

/* close ends a descriptor, connect and bind give it another name. Old writers tell which only when
 * the call is entered. */
static void on_renamed_fd(struct names *n, const struct scapf_event *ev)
{
    struct thread *t = find_thread(n, ev->tid);
    struct scapf_value v;
    int64_t fd = param(ev, "fd", SCAPF_VALUE_SIGNED, &v) ? v.i : NO_FD;

    if (t == NULL) {
        return;
    }
    if ((ev->code & 1) == 1) {
        n->gone_tid = ev->tid;
        n->gone_fd = fd != NO_FD ? fd : t->entered;
        n->fd_is_gone = n->gone_fd != NO_FD;
        fd = NO_FD;
    }
    t->entered = fd;
}

/* What execve and clone tell of the thread they return in. Old writers do not tell the name. */
static void on_started(struct names *n, const struct scapf_event *ev)
{
    struct thread *t;
    struct scapf_value v;

    if (!param(ev, "res", SCAPF_VALUE_SIGNED, &v) || v.i != 0) {
        return; /* failed, entered, or the parent's side of a clone */
    }
    t = put_thread(n, ev->tid);
    if (t == NULL) {
        return;
    }
    t->listed = true;
    t->comm[0] = '\0';
    t->view.comm = t->view.exe = t->view.exepath = t->view.args = t->view.cwd = NULL;
    t->view.args_len = 0;
    if (param(ev, "comm", SCAPF_VALUE_TEXT, &v)) {
        if (v.len < sizeof(t->comm)) {
            memcpy(t->comm, v.bytes, v.len);
            t->comm[v.len] = '\0';
        } else {
            t->view.comm = keep(n, v.bytes, v.len);
        }
    }
    if (param(ev, "pid", SCAPF_VALUE_SIGNED, &v)) {
        t->view.pid = v.i;
    }
    if (param(ev, "ptid", SCAPF_VALUE_SIGNED, &v)) {
        t->view.ptid = v.i;
    }
    if (ev->info->name[0] != 'e' && param(ev, "flags", SCAPF_VALUE_UNSIGNED, &v)) {
        t->flags = (uint32_t)v.u; /* of a clone; those of execve say other things */
    }
}

static void on_exit_thread(struct names *n, const struct scapf_event *ev)
{
    n->gone_tid = ev->tid;
    n->thread_is_gone = true;
}

static void on_chdir(struct names *n, const struct scapf_event *ev)
{
    struct thread *t = find_thread(n, ev->tid);

    if (t != NULL && (ev->code & 1) == 1) {
        t->view.cwd = NULL;
    }
}

static void on_user(struct names *n, const struct scapf_event *ev)
{
    bool group = strncmp(ev->info->name, "group", 5) == 0;
    struct scapf_value id;
    struct scapf_value name;

    if (param(ev, group ? "gid" : "uid", SCAPF_VALUE_UNSIGNED, &id) &&
        param(ev, "name", SCAPF_VALUE_TEXT, &name)) {
        put_user(n, (uint32_t)id.u, group, name.bytes, name.len);
    }
}

/* By the shown name of an event: all generations of a call have the same. */
static const struct event_take {
    const char *name;
    void (*take)(struct names *n, const struct scapf_event *ev);
} event_takes[] = {
    {"close", on_renamed_fd}, {"connect", on_renamed_fd}, {"bind", on_renamed_fd},
    {"execve", on_started},   {"execveat", on_started},   {"clone", on_started},
    {"clone3", on_started},   {"fork", on_started},       {"vfork", on_started},
    {"chdir", on_chdir},      {"fchdir", on_chdir},       {"procexit", on_exit_thread},
    {"useradded", on_user},   {"groupadded", on_user},
};

/* Only events that change state cost anything. */
static void put_event(struct names *n, const struct scapf_event *ev)
{
    if (ev->info == NULL || (ev->info->flags & SCAPF_EF_MODIFIES_STATE) == 0) {
        return;
    }
    if ((ev->info->flags & SCAPF_EF_CREATES_FD) != 0 && (ev->code & 1) == 1) {
        on_made_fds(n, ev);
        return;
    }
    for (size_t i = 0; i < sizeof(event_takes) / sizeof(event_takes[0]); i++) {
        if (strcmp(ev->info->name, event_takes[i].name) == 0) {
            event_takes[i].take(n, ev);
            return;
        }
    }
}

/* ------------------------------------------------------------------ public */

struct names *names_new(const struct scapf_alloc *alloc, const struct scapf_schema *schema)
{
    struct names *n = mem_zalloc(alloc, sizeof(*n));

    if (n != NULL) {
        n->alloc = alloc;
        n->schema = schema;
        n->last = &n->last_store;
        map_init(&n->threads, alloc, sizeof(struct thread));
        map_init(&n->fds, alloc, sizeof(struct fd_item));
        map_init(&n->users, alloc, sizeof(struct user));
        map_init(&n->texts, alloc, sizeof(struct text_item));
        out_init(&n->scratch, alloc, false);
    }
    return n;
}

static void free_chunks(struct names *n)
{
    while (n->chunks != NULL) {
        struct chunk *next = n->chunks->next;

        mem_free(n->alloc, n->chunks);
        n->chunks = next;
    }
    n->text_bytes = 0;
}

void names_free(struct names *names)
{
    if (names == NULL) {
        return;
    }
    map_release(&names->threads);
    map_release(&names->fds);
    map_release(&names->users);
    map_release(&names->texts);
    free_chunks(names);
    out_release(&names->scratch);
    mem_free(names->alloc, names);
}

void names_clear(struct names *names)
{
    map_clear(&names->threads);
    map_clear(&names->fds);
    map_clear(&names->users);
    map_clear(&names->texts);
    free_chunks(names);
    names->last->thread = NULL;
    memset(names->server_ports, 0, sizeof(names->server_ports));
    names->n_fd_tables = 0;
    names->fd_is_gone = names->thread_is_gone = false;
}

enum scapf_status names_put(struct names *names, const struct scapf_record *rec)
{
    names->status = SCAPF_OK;
    leave(names);
    if (rec->kind == SCAPF_KIND_TABLE) {
        put_table(names, rec);
    } else if (rec->event != NULL) {
        put_event(names, rec->event);
    }
    return names->status;
}

const struct names_thread *names_thread(const struct names *names, int64_t tid)
{
    struct thread *t = find_thread(names, tid);

    if (t == NULL || !t->listed) {
        return NULL;
    }
    if (t->comm[0] != '\0') {
        t->view.comm = t->comm; /* the item may have moved since */
    }
    return &t->view;
}

/* A connection whose own port is listened on was accepted: the other end comes first, as in the
 * events of such sockets. Known only when all tables are read. [libsinsp threadinfo.cpp
 * fix_sockets_coming_from_proc] */
const struct names_fd *names_fd(const struct names *names, int64_t tid, int64_t fd)
{
    struct fd_item *item = map_find(&names->fds, fd_table(names, tid), fd);

    if (item == NULL) {
        return NULL;
    }
    if (item->reverse != NULL &&
        (names->server_ports[item->sport / 64] >> item->sport % 64 & 1) != 0) {
        item->view.name = item->reverse;
        item->reverse = NULL;
    }
    return &item->view;
}

static const char *user_name(const struct names *names, uint32_t id, bool group)
{
    const struct user *u = map_find(&names->users, id, group);

    return u != NULL ? u->name : NULL;
}

const char *names_user(const struct names *names, uint32_t uid)
{
    return user_name(names, uid, false);
}

const char *names_group(const struct names *names, uint32_t gid)
{
    return user_name(names, gid, true);
}
