/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_key.h"

#include <stdio.h>
#include <string.h>

/* Numbers of the fd table. [scap 8] */
enum { FD_FILE = 1, FD_DIRECTORY = 2, FD_IPV4 = 3, FD_IPV6 = 4, FD_FILE_V2 = 16 };

static void put(struct stats_key *k, const char *text, size_t n)
{
    if (n > sizeof(k->text) - 1 - k->len) {
        n = sizeof(k->text) - 1 - k->len;
    }
    memcpy(k->text + k->len, text, n);
    k->len += n;
    k->text[k->len] = '\0';
}

static void put_str(struct stats_key *k, const char *text)
{
    put(k, text, strlen(text));
}

static void put_number(struct stats_key *k, int64_t number)
{
    char text[24];

    put(k, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)number));
}

static void put_name(struct stats_key *k)
{
    put_str(k, k->has_thread && k->thread.comm != NULL ? k->thread.comm : "?");
}

static bool key_syscall(struct stats_key *k)
{
    put(k, k->call, k->call_len);
    return true;
}

static bool key_process(struct stats_key *k)
{
    put_name(k);
    put_str(k, " ");
    put_number(k, k->has_thread && k->thread.pid >= 0 ? k->thread.pid : k->ev->tid);
    return true;
}

static bool key_thread(struct stats_key *k)
{
    put_name(k);
    put_str(k, " ");
    put_number(k, k->ev->tid);
    return true;
}

static bool is_file(const struct stats_key *k)
{
    return k->has_fd &&
           (k->fd.type == FD_FILE || k->fd.type == FD_DIRECTORY || k->fd.type == FD_FILE_V2);
}

static bool key_file(struct stats_key *k)
{
    if (!is_file(k) || k->fd.name == NULL || k->fd.name[0] == '\0') {
        return false;
    }
    put_str(k, k->fd.name);
    return true;
}

static bool is_connection(const struct stats_key *k)
{
    return k->has_fd && (k->fd.type == FD_IPV4 || k->fd.type == FD_IPV6);
}

static const char *proto_name(const struct stats_key *k)
{
    static const char *const names[] = {"?", "?", "tcp", "udp", "icmp", "raw"};

    return k->fd.l4proto < sizeof(names) / sizeof(names[0]) ? names[k->fd.l4proto] : "?";
}

static bool key_connection(struct stats_key *k)
{
    if (!is_connection(k)) {
        return false;
    }
    put_str(k, proto_name(k));
    put_str(k, " ");
    put_str(k, k->fd.name != NULL && k->fd.name[0] != '\0' ? k->fd.name : "-");
    return true;
}

/* The other end: of a server, its client without the port, which is a new one each time. */
static bool key_peer(struct stats_key *k)
{
    const char *arrow = k->has_fd && k->fd.name != NULL ? strstr(k->fd.name, "->") : NULL;
    const char *end;

    if (!is_connection(k) || arrow == NULL) {
        return false;
    }
    put_str(k, proto_name(k));
    put_str(k, " ");
    if (!k->fd.server) {
        put_str(k, arrow + 2);
        return true;
    }
    for (end = arrow; end > k->fd.name && *end != ':'; end--) {
    }
    put(k, k->fd.name, (size_t)(end - k->fd.name));
    return true;
}

static bool key_user(struct stats_key *k)
{
    struct scapf_user user;

    if (!k->has_thread || k->thread.uid == UINT32_MAX) {
        put_str(k, "?");
    } else if (scapf_host_user(k->host, k->thread.container, k->thread.uid, &user)) {
        put_str(k, user.name);
    } else {
        put_number(k, k->thread.uid);
    }
    return true;
}

static bool key_container(struct stats_key *k)
{
    struct scapf_container_info info;

    if (!k->has_thread || k->thread.container[0] == '\0') {
        return false;
    }
    put_str(k, k->thread.container);
    if (scapf_host_container(k->host, k->thread.container, &info) && info.name != NULL) {
        put_str(k, " ");
        put_str(k, info.name);
    }
    return true;
}

/* Tools that draw stacks split at semicolons and lines, and take the last word for the value. */
static void put_frame(struct stats_key *k, const char *text, size_t n)
{
    size_t start = k->len;

    put(k, text, n);
    for (size_t i = start; i < k->len; i++) {
        unsigned char c = (unsigned char)k->text[i];

        if (c == ';' || c < 0x20 || c == 0x7F) {
            k->text[i] = '_';
        }
    }
}

static bool key_stack(struct stats_key *k)
{
    const char *name = k->has_thread && k->thread.comm != NULL ? k->thread.comm : "?";

    put_frame(k, name, strlen(name));
    put(k, ";", 1);
    put_frame(k, k->call, k->call_len);
    if (k->has_fd && k->fd.name != NULL && k->fd.name[0] != '\0') {
        put(k, ";", 1);
        put_frame(k, k->fd.name, strlen(k->fd.name));
    }
    return true;
}

static const struct by {
    const char *name;
    bool (*make)(struct stats_key *k);
} bys[STATS_BY_COUNT] = {
    [STATS_SYSCALL] = {"syscall", key_syscall},
    [STATS_PROCESS] = {"process", key_process},
    [STATS_THREAD] = {"thread", key_thread},
    [STATS_FILE] = {"file", key_file},
    [STATS_CONNECTION] = {"connection", key_connection},
    [STATS_PEER] = {"peer", key_peer},
    [STATS_USER] = {"user", key_user},
    [STATS_CONTAINER] = {"container", key_container},
    [STATS_STACK] = {"stack", key_stack},
};

const char *stats_by_name(enum stats_by by)
{
    return bys[by].name;
}

void stats_key_look(struct stats_key *k)
{
    const struct scapf_host_event *view;

    k->has_thread = k->has_fd = false;
    if (k->host != NULL) {
        view = scapf_host_event(k->host);
        k->has_thread = scapf_host_thread(k->host, k->ev->tid, &k->thread);
        k->has_fd = view->fd >= 0 && scapf_host_fd(k->host, view->tid, view->fd, &k->fd);
    }
}

bool stats_key_make(struct stats_key *k, enum stats_by by)
{
    k->len = 0;
    k->text[0] = '\0';
    return bys[by].make(k);
}
