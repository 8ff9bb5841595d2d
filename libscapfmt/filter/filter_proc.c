/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_proc.c - proc.*, thread.*, user.*, group.*: whose event it is.
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"
#include "render/who.h"

#define MAX_ANCESTORS (sizeof(((struct eval *)NULL)->ancestors) / sizeof(int64_t))

static bool id(struct filter_value *v, int64_t number)
{
    return number >= 0 && value_number(v, number);
}

static bool id32(struct filter_value *v, uint32_t number)
{
    return number != UINT32_MAX && value_unsigned(v, number);
}

/* ------------------------------------------------------------------ numbers */

static bool duration(const struct eval *e, const struct scapf_thread *t, struct filter_value *v)
{
    return t->start_ts_ns != 0 && e->ev->ts_ns >= t->start_ts_ns &&
           value_unsigned(v, e->ev->ts_ns - t->start_ts_ns);
}

static uint64_t count_args(const struct scapf_thread *t, bool words)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < t->args_len; i++) {
        n += t->args[i] == '\0' ? words : !words;
    }
    return n + (words && t->args_len > 0 && t->args[t->args_len - 1] != '\0');
}

static bool number(struct eval *e, const struct scapf_thread *t, int what, struct filter_value *v)
{
    switch (what) {
    case PROC_PID:
        return id(v, t->pid);
    case PROC_PPID:
        return id(v, who_ppid(e->host, t));
    case PROC_VPID:
        return id(v, t->vpid);
    case PROC_VTID:
        return id(v, t->vtid);
    case PROC_SID:
        return id(v, t->sid);
    case PROC_VPGID:
        return id(v, t->vpgid);
    case PROC_PGID:
        return id(v, t->pgid);
    case PROC_TTY:
        return id32(v, t->tty);
    case PROC_FDLIMIT:
        return id(v, t->fdlimit);
    case PROC_START:
        return t->start_ts_ns != 0 && value_unsigned(v, t->start_ts_ns);
    case PROC_DURATION:
        return duration(e, t, v);
    case PROC_NARGS:
    case PROC_ARGS_LEN:
        return t->args != NULL && value_unsigned(v, count_args(t, what == PROC_NARGS));
    case PROC_LEADS_SESSION:
        return t->sid >= 0 && t->vpid >= 0 && value_bool(v, t->sid == t->vpid);
    case PROC_LEADS_VPGROUP:
        return t->vpgid >= 0 && t->vpid >= 0 && value_bool(v, t->vpgid == t->vpid);
    case PROC_LEADS_PGROUP:
        return t->pgid >= 0 && t->pid >= 0 && value_bool(v, t->pgid == t->pid);
    case PROC_ISMAIN:
        return t->pid >= 0 && value_bool(v, t->pid == t->tid);
    case PROC_CAP_INHERITABLE:
        return value_unsigned(v, t->cap_inheritable);
    case PROC_CAP_PERMITTED:
        return value_unsigned(v, t->cap_permitted);
    case PROC_CAP_EFFECTIVE:
        return value_unsigned(v, t->cap_effective);
    case PROC_UID:
        return id32(v, t->uid);
    case PROC_GID:
        return id32(v, t->gid);
    default: /* PROC_LOGINUID: of nobody it is -1 */
        return value_number(v, (int32_t)t->loginuid);
    }
}

static bool parent(struct eval *e, const struct scapf_thread *t, struct scapf_thread *up)
{
    int64_t ppid = who_ppid(e->host, t);

    return ppid >= 0 && scapf_host_thread(e->host, ppid, up);
}

bool get_proc_number(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    struct scapf_thread up;

    (void)k;
    if (c->field->what == PROC_TID) { /* the event says it itself */
        return value_number(v, e->ev->tid);
    }
    if (t != NULL && c->field->what >> 8 == WHOSE_PARENT) {
        t = parent(e, t, &up) ? &up : NULL;
    }
    return t != NULL && number(e, t, c->field->what & 0xFF, v);
}

/* ------------------------------------------------------------------ text */

/* NUL-ended words, a space before each but the first. */
static void put_words(struct out *o, const char *words, uint32_t len, bool first)
{
    for (uint32_t i = 0; i < len;) {
        size_t n = strnlen(words + i, len - i);

        if (!first) {
            out_char(o, ' ');
        }
        first = false;
        out_bytes(o, words + i, n);
        i += (uint32_t)n + 1;
    }
}

static bool line(struct eval *e, const struct scapf_thread *t, const char *start,
                 struct filter_value *v)
{
    struct out *o = &e->f->scratch;

    if (start != NULL) {
        out_str(o, start);
    }
    put_words(o, t->args, t->args_len, start == NULL);
    return value_scratch(e, v, 0);
}

static bool proc_words(struct eval *e, const char *list, uint32_t len, struct filter_value *v)
{
    put_words(&e->f->scratch, list, len, true);
    return list != NULL && value_scratch(e, v, 0);
}

static void find_ancestors(struct eval *e, const struct scapf_thread *t)
{
    if (!e->ancestors_asked) {
        e->ancestors_asked = true;
        e->n_ancestors = (uint32_t)scapf_host_ancestors(e->host, t->pid >= 0 ? t->pid : t->tid,
                                                        e->ancestors, MAX_ANCESTORS);
    }
}

/* [libsinsp filterchecks.cpp] The process whose id a session or group has; where that is not known,
 * the eldest ancestor that is in it. */
static bool leader(struct eval *e, const struct scapf_thread *t, int whose,
                   struct scapf_thread *found)
{
    int64_t id = whose == WHOSE_SESSION ? t->sid : whose == WHOSE_PGROUP ? t->pgid : t->vpgid;
    struct scapf_thread up;

    if (id < 0) {
        return false;
    }
    if (scapf_host_thread(e->host, id, found) && found->comm != NULL) {
        return true;
    }
    *found = *t;
    find_ancestors(e, t);
    for (uint32_t i = 0; i < e->n_ancestors && scapf_host_thread(e->host, e->ancestors[i], &up) &&
                         (whose == WHOSE_SESSION  ? up.sid
                          : whose == WHOSE_PGROUP ? up.pgid
                                                  : up.vpgid) == id;
         i++) {
        *found = up;
    }
    return true;
}

static bool proc_text(struct eval *e, const struct scapf_thread *t, int text,
                      struct filter_value *v)
{
    switch (text) {
    case TEXT_NAME:
        return value_str(v, t->comm);
    case TEXT_EXE:
        return value_str(v, t->exe);
    case TEXT_EXEPATH:
        return value_str(v, t->exepath);
    case TEXT_ARGS:
        return proc_words(e, t->args, t->args_len, v);
    case TEXT_ENV:
        return proc_words(e, t->env, t->env_len, v);
    case TEXT_CMDLINE:
        return t->comm != NULL && line(e, t, t->comm, v);
    case TEXT_EXELINE:
        return t->exe != NULL && line(e, t, t->exe, v);
    case TEXT_CWD:
        return value_str(v, t->cwd);
    default: /* TEXT_PID */
        return id(v, t->pid >= 0 ? t->pid : t->tid);
    }
}

/* The process that is asked for beside the thread's own. */
static bool whose(struct eval *e, const struct scapf_thread *t, int whose,
                  struct scapf_thread *found)
{
    return whose == WHOSE_PARENT ? parent(e, t, found) : leader(e, t, whose, found);
}

bool get_proc_text(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    int who = c->field->what >> 8;
    struct scapf_thread other;

    (void)k;
    if (t == NULL || (who != WHOSE_OWN && !whose(e, t, who, &other))) {
        return false;
    }
    return proc_text(e, who != WHOSE_OWN ? &other : t, c->field->what & 0xFF, v);
}

bool proc_named_word(const char *list, uint32_t list_len, const char *name, struct filter_value *v)
{
    size_t len = strlen(name);

    for (uint32_t i = 0; i < list_len;) {
        const char *word = list + i;
        size_t n = strnlen(word, list_len - i);

        if (n > len && word[len] == '=' && memcmp(word, name, len) == 0) {
            return value_bytes(v, word + len + 1, n - len - 1);
        }
        i += (uint32_t)n + 1;
    }
    return false;
}

/* The environment is the process's: what is not known of the thread is that of the first one. */
static const char *env_of(struct eval *e, const struct scapf_thread *t, uint32_t *len)
{
    struct scapf_thread first;

    if (t->env_len == 0 && t->pid != t->tid && t->pid >= 0 &&
        scapf_host_thread(e->host, t->pid, &first)) {
        t = &first;
    }
    *len = t->env_len;
    return t->env;
}

/* NAME=VALUE and spaces between; of one variable its value. */
bool get_proc_env(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    const char *env;
    uint32_t len;

    (void)k;
    if (t == NULL) {
        return false;
    }
    env = env_of(e, t, &len);
    return c->arg_name != NULL ? proc_named_word(env, len, c->arg_name, v)
                               : proc_words(e, env, len, v);
}

/* ------------------------------------------------------------------ ancestors */

/* [0] is the process itself, [1] its parent. Without an index: every ancestor. */
bool get_proc_ancestor(struct eval *e, const struct filter_check *c, uint32_t k,
                       struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    uint64_t up = c->has_index ? c->index : k + 1;
    int text = c->field->what & 0xFF;
    struct scapf_thread ancestor;

    if (t == NULL) {
        return false;
    }
    find_ancestors(e, t);
    if (up > e->n_ancestors) {
        return false;
    }
    if (up > 0 && text == TEXT_PID) {
        return value_number(v, e->ancestors[up - 1]);
    }
    if (up == 0) {
        return proc_text(e, t, text, v);
    }
    if (!scapf_host_thread(e->host, e->ancestors[up - 1], &ancestor)) {
        return false;
    }
    /* an ancestor without a name has none that compares; those above it still do */
    return proc_text(e, &ancestor, text, v) || value_str(v, "");
}

/* ------------------------------------------------------------------ users */

static bool user_text(struct eval *e, const struct scapf_thread *t, int what,
                      struct filter_value *v)
{
    struct scapf_user user;

    if (!scapf_host_user(e->host, t->container, what == OWNER_LOGINNAME ? t->loginuid : t->uid,
                         &user)) {
        return false;
    }
    return value_str(v, what == OWNER_HOMEDIR ? user.home
                        : what == OWNER_SHELL ? user.shell
                                              : user.name);
}

bool get_proc_owner(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    struct scapf_user group;
    int what = c->field->what;

    (void)k;
    if (t == NULL) {
        return false;
    }
    if (what == OWNER_GROUP) {
        return scapf_host_group(e->host, t->container, t->gid, &group) && value_str(v, group.name);
    }
    return user_text(e, t, what, v);
}
