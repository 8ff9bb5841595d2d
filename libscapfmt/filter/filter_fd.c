/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_fd.c - fd.*: what the event is about.
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"
#include "render/who.h"
#include "state/host.h"

/* ------------------------------------------------------------------ numbers */

bool get_fd_number(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_fd *fd;

    (void)k;
    if (c->field->what == FD_NUM) {
        return e->view != NULL && e->view->fd >= 0 && value_number(v, e->view->fd);
    }
    fd = eval_fd(e);
    if (fd == NULL) {
        return false;
    }
    switch (c->field->what) {
    case FD_DEV:
        return value_unsigned(v, fd->dev);
    case FD_DEV_MAJOR: /* [kernel kdev_t.h new_encode_dev] */
        return value_unsigned(v, fd->dev >> 8 & 0xFFF);
    case FD_DEV_MINOR:
        return value_unsigned(v, (fd->dev & 0xFF) | (fd->dev >> 12 & 0xFFF00));
    default: /* FD_INO */
        return fd->ino != 0 && value_unsigned(v, fd->ino);
    }
}

static bool is_internet(uint8_t type)
{
    return type >= FDT_IPV4 && type <= FDT_IPV6_SERVER;
}

bool get_fd_flag(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_fd *fd = eval_fd(e);

    (void)k;
    if (fd != NULL && c->field->what == FD_NAME_CHANGED) {
        return value_bool(v, host_name_changed(e->host));
    }
    return fd != NULL &&
           value_bool(v, is_internet(fd->type) &&
                             (c->field->what == FD_CONNECTED ? fd->sock.dst != NULL : fd->server));
}

/* ------------------------------------------------------------------ text */

/* [libsinsp fdinfo.cpp get_typechar, sysdig 0.29.3 run] The letter of a type (scap 8). */
static bool type_letter(struct eval *e, uint8_t type, struct filter_value *v)
{
    static const char letters[] = "ofd4646pueXslitnfburmP";

    out_char(&e->f->scratch, type < sizeof(letters) - 1 ? letters[type] : '?');
    return value_scratch(e, v, 0);
}

static const char *fd_name(struct eval *e)
{
    const struct scapf_fd *fd;

    if (e->view != NULL && e->view->wanted != NULL) {
        return e->view->wanted;
    }
    fd = eval_fd(e);
    return fd != NULL ? fd->name : NULL;
}

static bool is_file(uint8_t type)
{
    return type == FDT_FILE || type == FDT_FILE_V2 || type == FDT_DIRECTORY;
}

/* [libsinsp filterchecks.cpp] The name up to its last slash, which stays alone; of a directory, the
 * directory itself. */
static bool directory(struct eval *e, const struct scapf_fd *fd, struct filter_value *v)
{
    const char *name = fd_name(e);
    const char *slash = name != NULL && is_file(fd->type) ? strrchr(name, '/') : NULL;

    if (slash == NULL) {
        return false;
    }
    if (fd->type == FDT_DIRECTORY) {
        return value_str(v, name);
    }
    return value_bytes(v, name, slash > name ? (size_t)(slash - name) : 1);
}

static bool filename(struct eval *e, const struct scapf_fd *fd, struct filter_value *v)
{
    const char *name = fd_name(e);
    const char *slash = name != NULL && (fd->type == FDT_FILE || fd->type == FDT_FILE_V2)
                            ? strrchr(name, '/')
                            : NULL;

    return slash != NULL && value_str(v, slash + 1);
}

/* [sysdig 0.29.3 run] thread and descriptor, written together */
static bool uid(struct eval *e, const struct scapf_fd *fd, struct filter_value *v)
{
    out_dec(&e->f->scratch, e->ev->tid);
    out_dec(&e->f->scratch, fd->fd);
    return value_scratch(e, v, 0);
}

static bool sock_family(const struct scapf_fd *fd, struct filter_value *v)
{
    bool is_ip = is_internet(fd->type);

    return (is_ip || fd->type == FDT_UNIX) && value_str(v, is_ip ? "ip" : "unix");
}

/* [sysdig 0.29.3 run] Outside of containers nothing stands before the colon. */
static bool in_container(struct eval *e, const struct filter_value *name, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    struct out *o = &e->f->scratch;

    if (t == NULL) {
        return false;
    }
    if (strcmp(t->container, "host") != 0) {
        out_str(o, t->container);
    }
    out_char(o, ':');
    out_bytes(o, name->p, name->len);
    return value_scratch(e, v, 0);
}

/* What a name says, whether or not something is open under it. */
static bool is_path(int what)
{
    return what == FD_DIRECTORY || what == FD_FILENAME || what == FD_CONTAINERNAME ||
           what == FD_CONTAINERDIRECTORY;
}

bool get_fd_text(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    static const struct scapf_fd asked_for = {.type = FDT_FILE}; /* by an open that failed */
    static const char *const protos[] = {NULL, NULL, "tcp", "udp", "icmp", "raw"};
    const struct scapf_fd *fd;
    struct filter_value name = {.kind = VALUE_TEXT};

    (void)k;
    if (c->field->what == FD_NAME) {
        return value_str(v, fd_name(e));
    }
    fd = eval_fd(e);
    if (fd == NULL && e->view != NULL && e->view->wanted != NULL && is_path(c->field->what)) {
        fd = &asked_for;
    }
    if (fd == NULL) {
        return false;
    }
    switch (c->field->what) {
    case FD_TYPE:
        return value_str(v, who_fd_type(fd->type));
    case FD_TYPECHAR:
        return type_letter(e, fd->type, v);
    case FD_DIRECTORY:
        return directory(e, fd, v);
    case FD_CONTAINERNAME:
        return value_str(&name, fd_name(e)) && in_container(e, &name, v);
    case FD_CONTAINERDIRECTORY:
        return directory(e, fd, &name) && in_container(e, &name, v);
    case FD_FILENAME:
        return filename(e, fd, v);
    case FD_L4PROTO:
        return fd->l4proto < sizeof(protos) / sizeof(protos[0]) &&
               value_str(v, protos[fd->l4proto]);
    case FD_SOCKFAMILY:
        return sock_family(fd, v);
    default: /* FD_UID */
        return uid(e, fd, v);
    }
}

/* ------------------------------------------------------------------ ends of connections */

/* The first address of a connection is the client's; a socket that only listens has the server's.
 * Which of them is local follows from who owns the socket. */
bool fd_find_end(const struct scapf_fd *fd, int what, uint32_t k, struct fd_end *end,
                 size_t *addr_len)
{
    bool connected = fd->sock.dst != NULL;
    struct fd_end client = {NULL, 0};
    struct fd_end server = {NULL, 0};

    if (fd->sock.family != 2 && fd->sock.family != 10) {
        return false;
    }
    *addr_len = fd->sock.addr_len;
    if (connected) {
        client = (struct fd_end){fd->sock.src, fd->sock.sport};
        server = (struct fd_end){fd->sock.dst, fd->sock.dport};
    } else {
        server = (struct fd_end){fd->sock.src, fd->sock.sport};
    }
    switch (what) {
    case END_CLIENT:
        *end = client;
        break;
    case END_SERVER:
        *end = server;
        break;
    case END_LOCAL:
        *end = !connected ? client : fd->server ? server : client;
        break;
    case END_REMOTE:
        *end = !connected ? client : fd->server ? client : server;
        break;
    default: /* END_ANY */
        *end = !connected ? server : k == 0 ? client : server;
        return k < (connected ? 2u : 1u) && end->addr != NULL;
    }
    return end->addr != NULL;
}

bool get_fd_addr(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_fd *fd = eval_fd(e);
    struct fd_end end;
    size_t len;

    return fd != NULL && fd_find_end(fd, c->field->what, k, &end, &len) &&
           value_addr(v, end.addr, len);
}

bool get_fd_port(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_fd *fd = eval_fd(e);
    struct fd_end end;
    size_t len;

    return fd != NULL && fd_find_end(fd, c->field->what, k, &end, &len) &&
           value_unsigned(v, end.port);
}
