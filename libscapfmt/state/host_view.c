/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_view.c - look-ups.
 */
#include "state/host.h"

#include "bytes/addr.h"

#include <string.h>

#define MAX_ANCESTORS 1024u

static const char *text(const struct scapf_host *h, uint32_t str)
{
    return str_bytes(&h->strs, str, NULL);
}

/* ------------------------------------------------------------------ threads */

static void view_thread(const struct scapf_host *h, const struct thread *t, struct scapf_thread *v)
{
    const char *container = text(h, t->container);

    *v = (struct scapf_thread){.tid = t->key.a,
                               .pid = t->pid,
                               .ptid = t->ptid,
                               .vtid = t->vtid,
                               .vpid = t->vpid,
                               .sid = t->sid,
                               .vpgid = t->vpgid,
                               .pgid = t->pgid,
                               .uid = t->uid,
                               .gid = t->gid,
                               .loginuid = t->loginuid,
                               .tty = t->tty,
                               .flags = t->flags,
                               .fdlimit = t->fdlimit,
                               .cap_inheritable = t->caps[0],
                               .cap_permitted = t->caps[1],
                               .cap_effective = t->caps[2],
                               .start_ts_ns = t->start_ts,
                               .listed = t->origin != FROM_EVENT || t->comm != 0,
                               .comm = text(h, t->comm),
                               .exe = text(h, t->exe),
                               .exepath = text(h, t->exepath),
                               .cwd = text(h, t->process->cwd),
                               .root = text(h, t->process->root)};
    v->args = str_bytes(&h->strs, t->args, &v->args_len);
    v->env = str_bytes(&h->strs, t->env, &v->env_len);
    v->cgroups = str_bytes(&h->strs, t->cgroups, &v->cgroups_len);
    if (container != NULL) {
        memcpy(v->container, container, strnlen(container, sizeof(v->container) - 1));
    }
}

bool scapf_host_thread(struct scapf_host *host, int64_t tid, struct scapf_thread *thread)
{
    const struct thread *t = host_find_thread(host, tid);

    if (t != NULL) {
        view_thread(host, t, thread);
    }
    return t != NULL;
}

const char *scapf_host_comm(struct scapf_host *host, int64_t tid)
{
    const struct thread *t = host_find_thread(host, tid);

    return t != NULL ? text(host, t->comm) : NULL;
}

bool scapf_host_next_thread(struct scapf_host *host, uint64_t *position,
                            struct scapf_thread *thread)
{
    const struct thread *t = map_next(&host->threads, position);

    if (t != NULL) {
        view_thread(host, t, thread);
    }
    return t != NULL;
}

size_t scapf_host_ancestors(struct scapf_host *host, int64_t tid, int64_t *tids, size_t max)
{
    const struct thread *t = host_find_thread(host, tid);
    size_t n = 0;

    max = max < MAX_ANCESTORS ? max : MAX_ANCESTORS;
    while (t != NULL && n < max) {
        const struct thread *parent = host_find_thread(host, t->ptid);

        if (parent == NULL || parent->birth > t->birth) {
            break;
        }
        for (size_t i = 0; i <= n; i++) {
            if (parent->key.a == (i < n ? tids[i] : tid)) {
                host->counters.parent_cycles++;
                return n;
            }
        }
        tids[n++] = parent->key.a;
        t = parent;
    }
    return n;
}

/* ------------------------------------------------------------------ descriptors */

/* A socket of the internet is named after its addresses. */
static void name_socket(struct scapf_host *h, struct file *file, const struct sock *s)
{
    struct out *o = &h->scratch;

    if (s->family == 0 || s->family == 1) {
        return;
    }
    out_clear(o);
    if (s->has_dst) {
        out_ip_tuple(o, s->addr_len, s->src, s->sport, s->dst, s->dport);
    } else {
        out_ip_port(o, s->src, s->addr_len, s->sport);
    }
    file->name = host_scratch_str(h);
}

static void view_sock(const struct sock *s, const char *name, struct scapf_sock *v)
{
    v->family = s->family;
    if (s->family == 1) {
        memcpy(&v->src_key, s->src, sizeof(v->src_key));
        memcpy(&v->dst_key, s->dst, sizeof(v->dst_key));
        v->path = (const uint8_t *)name;
        v->path_len = name != NULL ? (uint32_t)strlen(name) : 0;
        return;
    }
    v->addr_len = s->addr_len;
    v->src = s->src;
    v->dst = s->has_dst ? s->dst : NULL;
    v->sport = s->sport;
    v->dport = s->dport;
}

static const struct sock *sock_of(const struct scapf_host *h, const struct file *file)
{
    return pool_at(&h->fds.socks, file->sock);
}

/* The file in a slot, with its name if there can be one. */
static inline struct file *named_file(struct scapf_host *h, uint32_t slot)
{
    struct file *file = file_at(&h->fds, slot);

    if (file->name == 0 && file->sock != 0) {
        name_socket(h, file, sock_of(h, file));
    }
    return file;
}

static const struct scapf_sock no_sock;

static void view_fd(struct scapf_host *h, int64_t fd, uint32_t slot, struct scapf_fd *v)
{
    const struct file *file = named_file(h, slot);

    /* One by one: clearing all before would cost more than the rest. */
    v->fd = fd;
    v->type = file->type;
    v->l4proto = file->l4proto;
    v->cloexec = (slot & FD_CLOEXEC) != 0;
    v->server = file->server;
    v->open_flags = file->open_flags;
    v->dev = file->dev;
    v->ino = file->ino;
    v->name = text(h, file->name);
    v->sock = no_sock;
    if (file->sock != 0) {
        view_sock(sock_of(h, file), v->name, &v->sock);
    }
}

static inline uint32_t slot_of(struct scapf_host *h, int64_t tid, int64_t fd)
{
    const struct thread *t = host_find_thread(h, tid);

    return t != NULL ? fdtab_get(&h->fds, host_fds(t), fd) : 0;
}

bool host_fd_shown(struct scapf_host *h, int64_t tid, int64_t fd, struct fd_shown *shown)
{
    uint32_t slot = slot_of(h, tid, fd);

    if (slot != 0) {
        const struct file *file = named_file(h, slot);

        shown->name = str_bytes(&h->strs, file->name, &shown->len);
        shown->type = file->type;
        shown->l4proto = file->l4proto;
    }
    return slot != 0;
}

uint32_t host_fd_name(struct scapf_host *h)
{
    uint32_t slot = h->thread != NULL ? fdtab_get(&h->fds, host_fds(h->thread), h->view.fd) : 0;

    return slot != 0 ? str_keep(&h->strs, named_file(h, slot)->name) : 0;
}

/* [libsinsp parsers.cpp] What is new had the empty name. */
bool host_name_changed(struct scapf_host *h)
{
    uint32_t now = host_fd_name(h);
    uint32_t len = 0;
    bool changed;

    (void)str_bytes(&h->strs, now, &len);
    changed = now != h->name_before && (len > 0 || h->name_before != 0);
    str_drop(&h->strs, now);
    return changed;
}

bool host_makes_fd(const struct scapf_host *h, const struct scapf_event *event)
{
    return event->info != NULL && ((event->info->flags & SCAPF_EF_CREATES_FD) != 0 ||
                                   (h->fcntl_made_fd && strcmp(event->info->name, "fcntl") == 0));
}

bool scapf_host_fd(struct scapf_host *host, int64_t tid, int64_t fd, struct scapf_fd *view)
{
    uint32_t slot = slot_of(host, tid, fd);

    if (slot != 0) {
        view_fd(host, fd, slot, view);
    }
    return slot != 0;
}

const char *scapf_host_fd_name(struct scapf_host *host, int64_t tid, int64_t fd)
{
    uint32_t slot = slot_of(host, tid, fd);

    return slot != 0 ? text(host, named_file(host, slot)->name) : NULL;
}

bool scapf_host_next_fd(struct scapf_host *host, int64_t tid, uint64_t *position,
                        struct scapf_fd *view)
{
    const struct thread *t = host_find_thread(host, tid);
    int64_t fd;
    uint32_t slot;

    if (t == NULL || !fdtab_next(&host->fds, host_fds(t), position, &fd, &slot)) {
        return false;
    }
    view_fd(host, fd, slot, view);
    return true;
}

/* ------------------------------------------------------------------ users, containers */

static bool find_user(struct scapf_host *h, const char *container, uint32_t id, bool group,
                      struct scapf_user *v)
{
    uint32_t str = 0;
    const struct user *u;

    if (container != NULL && container[0] != '\0' && strcmp(container, "host") != 0) {
        str = str_find(&h->strs, container, strlen(container));
    }
    u = map_find(&h->users, id, (int64_t)((uint64_t)str << 1 | group));
    if (u == NULL && str != 0) {
        u = map_find(&h->users, id, group);
    }
    if (u != NULL) {
        *v = (struct scapf_user){.id = id,
                                 .gid = u->gid,
                                 .name = text(h, u->name),
                                 .home = text(h, u->home),
                                 .shell = text(h, u->shell)};
    }
    return u != NULL;
}

bool scapf_host_user(struct scapf_host *host, const char *container, uint32_t uid,
                     struct scapf_user *user)
{
    return find_user(host, container, uid, false, user);
}

bool scapf_host_group(struct scapf_host *host, const char *container, uint32_t gid,
                      struct scapf_user *group)
{
    return find_user(host, container, gid, true, group);
}

bool scapf_host_container(struct scapf_host *host, const char *id,
                          struct scapf_container_info *info)
{
    uint32_t str = str_find(&host->strs, id, strlen(id));
    const struct container *c = str != 0 ? map_find(&host->containers, str, 0) : NULL;

    if (c != NULL) {
        *info = (struct scapf_container_info){.id = text(host, str),
                                              .name = text(host, c->name),
                                              .image = text(host, c->image),
                                              .json = text(host, c->json)};
    }
    return c != NULL;
}

/* ------------------------------------------------------------------ events, counters */

const struct scapf_host_event *scapf_host_event(struct scapf_host *host)
{
    host->view.wanted = text(host, host->wanted);
    return &host->view;
}

const struct scapf_event *scapf_host_enter(struct scapf_host *host)
{
    return host_enter(host);
}

const struct scapf_host_counters *scapf_host_counters(struct scapf_host *host)
{
    struct scapf_host_counters *c = &host->counters;

    c->threads = host->threads.items.live;
    c->fds = host->fds.files.live;
    c->fd_tables = host->fds.tables.live;
    c->users = host->users.items.live;
    c->containers = host->containers.items.live;
    c->bytes = host->budget.used;
    c->not_kept = host->budget.refused;
    return c;
}
