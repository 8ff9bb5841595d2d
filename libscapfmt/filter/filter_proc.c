/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_proc.c - proc.*, thread.*, user.*, group.*, container.*: whose event it is.
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

bool get_proc_number(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);

    (void)k;
    if (c->field->what == PROC_TID) { /* the event says it itself */
        return value_number(v, e->ev->tid);
    }
    if (t == NULL) {
        return false;
    }
    switch (c->field->what) {
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
    case PROC_DURATION:
        return duration(e, t, v);
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

static bool words(struct eval *e, const char *list, uint32_t len, struct filter_value *v)
{
    put_words(&e->f->scratch, list, len, true);
    return list != NULL && value_scratch(e, v, 0);
}

static bool parent(struct eval *e, const struct scapf_thread *t, struct scapf_thread *up)
{
    int64_t ppid = who_ppid(e->host, t);

    return ppid >= 0 && scapf_host_thread(e->host, ppid, up);
}

/* [libsinsp filterchecks.cpp] The process whose id the session has; where that is not known, the
 * eldest ancestor that is in the session. */
static bool session_name(struct eval *e, const struct scapf_thread *t, struct filter_value *v)
{
    struct scapf_thread leader;
    struct scapf_thread up = *t;
    int64_t tids[MAX_ANCESTORS];
    size_t n;

    if (t->sid < 0) {
        return false;
    }
    if (scapf_host_thread(e->host, t->sid, &leader) && leader.comm != NULL) {
        return value_str(v, leader.comm);
    }
    n = scapf_host_ancestors(e->host, t->pid >= 0 ? t->pid : t->tid, tids, MAX_ANCESTORS);
    for (size_t i = 0;
         i < n && scapf_host_thread(e->host, tids[i], &leader) && leader.sid == t->sid; i++) {
        up = leader;
    }
    return value_str(v, up.comm);
}

bool get_proc_text(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    struct scapf_thread up;

    (void)k;
    if (t == NULL) {
        return false;
    }
    switch (c->field->what) {
    case PROC_NAME:
        return value_str(v, t->comm);
    case PROC_PNAME:
        return parent(e, t, &up) && value_str(v, up.comm);
    case PROC_SNAME:
        return session_name(e, t, v);
    case PROC_EXE:
        return value_str(v, t->exe);
    case PROC_EXEPATH:
        return value_str(v, t->exepath);
    case PROC_ARGS:
        return words(e, t->args, t->args_len, v);
    case PROC_CMDLINE:
        return t->comm != NULL && line(e, t, t->comm, v);
    case PROC_EXELINE:
        return t->exe != NULL && line(e, t, t->exe, v);
    case PROC_PCMDLINE:
        return parent(e, t, &up) && up.comm != NULL && line(e, &up, up.comm, v);
    case PROC_CWD:
        return value_str(v, t->cwd);
    default: /* PROC_CGROUPS */
        return words(e, t->cgroups, t->cgroups_len, v);
    }
}

/* One variable a value: NAME=VALUE. */
bool get_proc_env(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);

    (void)c;
    (void)k;
    return t != NULL && words(e, t->env, t->env_len, v);
}

/* ------------------------------------------------------------------ ancestors */

static void find_ancestors(struct eval *e, const struct scapf_thread *t)
{
    e->ancestors_asked = true;
    e->n_ancestors = (uint32_t)scapf_host_ancestors(e->host, t->pid >= 0 ? t->pid : t->tid,
                                                    e->ancestors, MAX_ANCESTORS);
}

/* [0] is the process itself, [1] its parent. Without an index: every ancestor. */
bool get_proc_ancestor(struct eval *e, const struct filter_check *c, uint32_t k,
                       struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    uint32_t up = c->has_index ? c->index : k + 1;
    struct scapf_thread ancestor;

    if (t == NULL) {
        return false;
    }
    if (!e->ancestors_asked) {
        find_ancestors(e, t);
    }
    if (up > e->n_ancestors) {
        return false;
    }
    if (c->field->what == PROC_APID) {
        return value_number(v, up == 0 ? t->pid : e->ancestors[up - 1]);
    }
    if (up == 0) {
        return value_str(v, t->comm);
    }
    if (!scapf_host_thread(e->host, e->ancestors[up - 1], &ancestor)) {
        return false;
    }
    /* an ancestor without a name has none that compares; those above it still do */
    return value_str(v, ancestor.comm != NULL ? ancestor.comm : "");
}

/* ------------------------------------------------------------------ users, containers */

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

/* "registry:5000/shop/web:1.2@sha256:...": what stands before and behind the last colon of the
 * name, without the digest. */
static bool image_part(const char *image, bool tag, struct filter_value *v)
{
    const char *slash = image != NULL ? strrchr(image, '/') : NULL;
    const char *name = slash != NULL ? slash : image;
    size_t end = image != NULL ? strcspn(image, "@") : 0;
    const char *colon = image != NULL ? strchr(name, ':') : NULL;

    if (image == NULL) {
        return false;
    }
    if (colon == NULL || (size_t)(colon - image) >= end) {
        return !tag && value_bytes(v, image, end);
    }
    return tag ? value_bytes(v, colon + 1, end - (size_t)(colon + 1 - image))
               : value_bytes(v, image, (size_t)(colon - image));
}

static bool container_text(struct eval *e, const struct scapf_thread *t, int what,
                           struct filter_value *v)
{
    struct scapf_container_info info;

    if (t->container[0] == '\0') {
        return false;
    }
    if (what == CONTAINER_ID) {
        return value_str(v, t->container);
    }
    if (strcmp(t->container, "host") == 0) {
        return value_str(v, what == CONTAINER_NAME ? t->container : NULL);
    }
    if (!scapf_host_container(e->host, t->container, &info)) {
        return false;
    }
    if (what == CONTAINER_REPOSITORY || what == CONTAINER_TAG) {
        return image_part(info.image, what == CONTAINER_TAG, v);
    }
    return value_str(v, what == CONTAINER_NAME ? info.name : info.image);
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
    return what >= CONTAINER_ID ? container_text(e, t, what, v) : user_text(e, t, what, v);
}
