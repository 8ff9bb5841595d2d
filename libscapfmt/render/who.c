/* SPDX-License-Identifier: Apache-2.0 */
#include "render/who.h"

#include "render/text.h"

/* What a column may need: looked up once. */
struct who_ctx {
    struct out *o;
    struct scapf_host *host;
    const struct scapf_host_event *view;
    struct scapf_thread thread;
};

/* [libsinsp fdinfo.cpp get_typestring] By number of the fd table. */
const char *who_fd_type(uint8_t type)
{
    static const char *const names[] = {
        NULL,   "file",  "directory",   "ipv4",     "ipv6",      "ipv4",    "ipv6",    "pipe",
        "unix", "event", NULL,          "signalfd", "eventpoll", "inotify", "timerfd", "netlink",
        "file", "bpf",   "userfaultfd", "io_uring", "memfd",     "pidfd"};

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

int64_t who_ppid(struct scapf_host *host, const struct scapf_thread *thread)
{
    struct scapf_thread leader;

    if (thread->pid == thread->tid) {
        return thread->ptid;
    }
    return scapf_host_thread(host, thread->pid, &leader) ? leader.ptid : -1;
}

/* ------------------------------------------------------------------ pieces */

static void put_text(struct who_ctx *w, const char *text)
{
    if (text != NULL) {
        text_put(w->o, text, strlen(text));
    } else {
        out_char(w->o, '-');
    }
}

static void put_id(struct who_ctx *w, int64_t id)
{
    if (id >= 0) {
        out_dec(w->o, id);
    } else {
        out_char(w->o, '-');
    }
}

static void put_uid(struct who_ctx *w, uint32_t id)
{
    put_id(w, id != UINT32_MAX ? (int64_t)id : -1);
}

static void put_comm(struct who_ctx *w)
{
    put_text(w, w->thread.comm);
}

static void put_pid(struct who_ctx *w)
{
    put_id(w, w->thread.pid);
}

static void put_ppid(struct who_ctx *w)
{
    put_id(w, who_ppid(w->host, &w->thread));
}

static void put_exe(struct who_ctx *w)
{
    put_text(w, w->thread.exe);
}

static void put_exepath(struct who_ctx *w)
{
    put_text(w, w->thread.exepath);
}

/* The short name and the words behind the first, as sysdig shows it. */
static void put_cmdline(struct who_ctx *w)
{
    const struct scapf_thread *t = &w->thread;
    uint32_t i = 0;

    put_text(w, t->comm);
    while (i < t->args_len) {
        size_t n = strnlen(t->args + i, t->args_len - i);

        out_char(w->o, ' ');
        text_put(w->o, t->args + i, n);
        i += (uint32_t)n + 1;
    }
}

static void put_cwd(struct who_ctx *w)
{
    put_text(w, w->thread.cwd);
}

static void put_user_id(struct who_ctx *w)
{
    put_uid(w, w->thread.uid);
}

static void put_group_id(struct who_ctx *w)
{
    put_uid(w, w->thread.gid);
}

static void put_user(struct who_ctx *w)
{
    struct scapf_user user;

    put_text(w, scapf_host_user(w->host, w->thread.container, w->thread.uid, &user) ? user.name
                                                                                    : NULL);
}

static void put_group(struct who_ctx *w)
{
    struct scapf_user group;

    put_text(w, scapf_host_group(w->host, w->thread.container, w->thread.gid, &group) ? group.name
                                                                                      : NULL);
}

static void put_container(struct who_ctx *w)
{
    put_text(w, w->thread.container[0] != '\0' ? w->thread.container : NULL);
}

static void put_container_name(struct who_ctx *w)
{
    struct scapf_container_info info;

    put_text(w, scapf_host_container(w->host, w->thread.container, &info) ? info.name : NULL);
}

static bool find_fd(struct who_ctx *w, struct scapf_fd *fd)
{
    return w->view->fd >= 0 && scapf_host_fd(w->host, w->view->tid, w->view->fd, fd);
}

static void put_fd_num(struct who_ctx *w)
{
    put_id(w, w->view->fd);
}

static void put_fd_name(struct who_ctx *w)
{
    struct scapf_fd fd;

    put_text(w, w->view->wanted != NULL ? w->view->wanted : find_fd(w, &fd) ? fd.name : NULL);
}

static void put_fd_type(struct who_ctx *w)
{
    struct scapf_fd fd;

    put_text(w, find_fd(w, &fd) ? who_fd_type(fd.type) : NULL);
}

static void put_latency(struct who_ctx *w)
{
    if (w->view->has_enter) {
        out_udec(w->o, w->view->latency_ns);
    } else {
        out_char(w->o, '-');
    }
}

/* ------------------------------------------------------------------ the table */

void who_put(struct out *o, struct scapf_host *host, const struct scapf_event *ev, enum who column)
{
    static void (*const puts[WHO_COUNT])(struct who_ctx *) = {
        [WHO_comm] = put_comm,
        [WHO_pid] = put_pid,
        [WHO_ppid] = put_ppid,
        [WHO_exe] = put_exe,
        [WHO_exepath] = put_exepath,
        [WHO_cmdline] = put_cmdline,
        [WHO_cwd] = put_cwd,
        [WHO_uid] = put_user_id,
        [WHO_user] = put_user,
        [WHO_gid] = put_group_id,
        [WHO_group] = put_group,
        [WHO_container] = put_container,
        [WHO_container_name] = put_container_name,
        [WHO_fd_num] = put_fd_num,
        [WHO_fd_name] = put_fd_name,
        [WHO_fd_type] = put_fd_type,
        [WHO_latency] = put_latency,
    };
    struct who_ctx w = {.o = o, .host = host};
    /* what the event itself tells is known of threads that nothing described, too */
    bool of_event = column == WHO_fd_num || column == WHO_latency;

    if (ev == NULL || puts[column] == NULL ||
        (!of_event && !scapf_host_thread(host, ev->tid, &w.thread))) {
        out_char(o, '-');
        return;
    }
    w.view = scapf_host_event(host);
    puts[column](&w);
}
