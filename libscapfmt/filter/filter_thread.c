/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_thread.c - proc.*, thread.*: what is rarely asked for: memory, the file of the program,
 * counts, one control group, the standard descriptors.
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"
#include "render/who.h"
#include "state/host.h"

/* ------------------------------------------------------------------ the process */

static const struct thread *thread_of(const struct eval *e)
{
    return e->host != NULL ? host_find_thread(e->host, e->ev->tid) : NULL;
}

static const struct thread *main_thread(const struct eval *e, const struct thread *t)
{
    return t->pid == t->key.a ? t : t->pid >= 0 ? host_find_thread(e->host, t->pid) : NULL;
}

static uint64_t count_fds(const struct eval *e, const struct thread *t)
{
    uint64_t position = 0;
    uint64_t n = 0;
    int64_t fd;
    uint32_t slot;

    while (fdtab_next(&e->host->fds, host_fds(t), &position, &fd, &slot)) {
        n++;
    }
    return n;
}

static bool fd_usage(const struct eval *e, const struct thread *t, struct filter_value *v)
{
    uint64_t n = count_fds(e, t);

    return t->fdlimit > 0 && value_unsigned(v, n * 100 * FILTER_DECIMAL / (uint64_t)t->fdlimit);
}

/* [libsinsp filterchecks.cpp] The eldest shell among the process and its ancestors: what ends in
 * "sh". */
static bool login_shell(struct eval *e, const struct thread *t, struct filter_value *v)
{
    int64_t ids[64];
    int64_t first = t->pid >= 0 ? t->pid : t->key.a;
    size_t n = scapf_host_ancestors(e->host, first, ids, sizeof(ids) / sizeof(ids[0]));
    int64_t found = -1;

    for (size_t i = 0; i <= n; i++) {
        int64_t tid = i == 0 ? first : ids[i - 1];
        const char *comm = scapf_host_comm(e->host, tid);
        size_t len = comm != NULL ? strlen(comm) : 0;

        if (len >= 2 && memcmp(comm + len - 2, "sh", 2) == 0) {
            found = tid;
        }
    }
    return found >= 0 && value_number(v, found);
}

/* What the main thread's row says stands for the process; of other threads it is 0. */
static bool of_row(const struct eval *e, const struct thread *t, int what, struct filter_value *v)
{
    bool of_process = what >= THREAD_PROC_VMSIZE && what <= THREAD_PROC_VMSWAP;
    const struct thread *from = of_process || what >= THREAD_EXE_INO ? main_thread(e, t) : t;
    bool is_main = t->pid == t->key.a;
    struct thread_more more;

    if (from == NULL) {
        return false;
    }
    more = host_more(e->host, from);
    switch (what) {
    case THREAD_PROC_VMSIZE:
        return value_unsigned(v, more.vmsize_kb);
    case THREAD_PROC_VMRSS:
        return value_unsigned(v, more.vmrss_kb);
    case THREAD_PROC_VMSWAP:
        return value_unsigned(v, more.vmswap_kb);
    case THREAD_VMSIZE:
        return value_unsigned(v, is_main ? more.vmsize_kb : 0);
    case THREAD_VMRSS:
        return value_unsigned(v, is_main ? more.vmrss_kb : 0);
    case THREAD_PFMAJOR:
        return value_unsigned(v, more.pfmajor);
    case THREAD_PFMINOR:
        return value_unsigned(v, more.pfminor);
    case THREAD_EXE_INO:
        return more.exe_ino != 0 && value_unsigned(v, more.exe_ino);
    case THREAD_EXE_CTIME:
        return more.exe_ino_ctime != 0 && value_unsigned(v, more.exe_ino_ctime);
    case THREAD_EXE_MTIME:
        return more.exe_ino_mtime != 0 && value_unsigned(v, more.exe_ino_mtime);
    default: /* THREAD_PIDNS_START */
        return more.pidns_init_start_ts != 0 && value_unsigned(v, more.pidns_init_start_ts);
    }
}

bool get_thread_number(struct eval *e, const struct filter_check *c, uint32_t k,
                       struct filter_value *v)
{
    const struct thread *t = thread_of(e);

    (void)k;
    if (c->field->what == THREAD_EXEC && e->host != NULL) {
        return value_unsigned(v, e->host->exec_ns);
    }
    if (t == NULL) {
        return false;
    }
    switch (c->field->what) {
    case THREAD_EXEC_ALL:
        return value_unsigned(v, t->exec_ns);
    case THREAD_NTHREADS:
        return value_unsigned(v, t->process->n_threads);
    case THREAD_NCHILDS: /* [libsinsp] counted at the main thread */
        return value_unsigned(v, t->pid == t->key.a ? t->process->n_threads - 1 : 0);
    case THREAD_LOGIN_SHELL:
        return login_shell(e, t, v);
    case THREAD_FDS:
        return value_unsigned(v, count_fds(e, t));
    case THREAD_FD_USAGE:
        return fd_usage(e, t, v);
    default:
        return of_row(e, t, c->field->what, v);
    }
}

bool get_thread_flag(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    const struct thread *t = thread_of(e);
    const struct thread *first = t != NULL ? main_thread(e, t) : NULL;
    struct thread_more more;

    (void)k;
    if (first == NULL) {
        return false;
    }
    more = host_more(e->host, first);
    return value_bool(v, c->field->what == THREAD_EXE_WRITABLE ? more.exe_writable
                         : c->field->what == THREAD_EXE_UPPER  ? more.exe_upper_layer
                         : c->field->what == THREAD_EXE_LOWER  ? more.exe_lower_layer
                                                               : more.exe_from_memfd);
}

/* ------------------------------------------------------------------ text */

/* "name" and the number of the thread, written together. [Falco: thread.nametid] */
bool get_thread_text(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);

    (void)c;
    (void)k;
    if (t == NULL || t->comm == NULL) {
        return false;
    }
    out_str(&e->f->scratch, t->comm);
    out_dec(&e->f->scratch, t->tid);
    return value_scratch(e, v, 0);
}

/* [sysdig 0.29.3 run] The kernel's names of some controllers, and those that people know. */
static const struct {
    const char *kernel, *known;
} controllers[] = {
    {"cpu_cgroup", "cpu"},
    {"mem_cgroup", "memory"},
    {"io_cgroup", "blkio"},
    {"io", "blkio"},
    {"perf_event_cgroup", "perf_event"},
    {"perf", "perf_event"},
    {"net_cls_cgroup", "net_cls"},
    {"hugetlb_cgroup", "hugetlb"},
};

static const char *known_controller(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        if (strlen(controllers[i].kernel) == len && memcmp(controllers[i].kernel, name, len) == 0) {
            return controllers[i].known;
        }
    }
    return NULL;
}

static bool all_cgroups(struct eval *e, const struct scapf_thread *t, struct filter_value *v)
{
    struct out *o = &e->f->scratch;

    for (uint32_t i = 0; i < t->cgroups_len;) {
        const char *word = t->cgroups + i;
        size_t n = strnlen(word, t->cgroups_len - i);
        const char *equals = memchr(word, '=', n);
        size_t len = equals != NULL ? (size_t)(equals - word) : n;
        const char *known = known_controller(word, len);

        out_bytes(o, " ", i > 0);
        out_bytes(o, known != NULL ? known : word, known != NULL ? strlen(known) : len);
        out_bytes(o, word + len, n - len);
        i += (uint32_t)n + 1;
    }
    return t->cgroups != NULL && value_scratch(e, v, 0);
}

/* "cpu=/system.slice/x": the path of the group of one controller, or all of them. */
bool get_thread_cgroup(struct eval *e, const struct filter_check *c, uint32_t k,
                       struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);

    (void)k;
    if (t == NULL || c->arg_name == NULL) {
        return t != NULL && all_cgroups(e, t, v);
    }
    if (proc_named_word(t->cgroups, t->cgroups_len, c->arg_name, v)) {
        return true;
    }
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        if (strcmp(controllers[i].known, c->arg_name) == 0 &&
            proc_named_word(t->cgroups, t->cgroups_len, controllers[i].kernel, v)) {
            return true;
        }
    }
    return false;
}

/* Standard input, output, error. */
bool get_thread_std(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    int what = c->field->what;
    bool is_type = what >= THREAD_STD_TYPE;
    struct scapf_fd fd;

    (void)k;
    return e->host != NULL &&
           scapf_host_fd(e->host, e->ev->tid, what - (is_type ? THREAD_STD_TYPE : THREAD_STD_NAME),
                         &fd) &&
           value_str(v, is_type ? who_fd_type(fd.type) : fd.name);
}
