/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_call.c - what calls of some kinds carry: paths (evt.abspath, fs.path.*), messages to the
 * system's log (syslog.*), lists of descriptors (fdlist.*).
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"
#include "render/value.h"

/* ------------------------------------------------------------------ paths */

/* The parameters with the paths of a call; the schema tells the directories they start from. */
struct paths {
    const char *call;
    const char *name, *source, *target; /* NULL: it has none */
};

/* [libsinsp fspath] Links: the source is the link that is made, the target what it leads to. */
static const struct paths calls[] = {
    {"open", "name", NULL, NULL},
    {"openat", "name", NULL, NULL},
    {"openat2", "name", NULL, NULL},
    {"open_by_handle_at", "path", NULL, NULL},
    {"creat", "name", NULL, NULL},
    {"mkdir", "path", NULL, NULL},
    {"mkdirat", "path", NULL, NULL},
    {"rmdir", "path", NULL, NULL},
    {"unlink", "path", NULL, NULL},
    {"unlinkat", "name", NULL, NULL},
    {"chmod", "filename", NULL, NULL},
    {"fchmodat", "filename", NULL, NULL},
    {"chown", "path", NULL, NULL},
    {"lchown", "path", NULL, NULL},
    {"fchownat", "pathname", NULL, NULL},
    {"mknod", "path", NULL, NULL},
    {"mknodat", "path", NULL, NULL},
    {"quotactl", "special", NULL, NULL},
    {"umount", "name", NULL, NULL},
    {"umount2", "name", NULL, NULL},
    {"rename", NULL, "oldpath", "newpath"},
    {"renameat", NULL, "oldpath", "newpath"},
    {"renameat2", NULL, "oldpath", "newpath"},
    {"link", NULL, "newpath", "oldpath"},
    {"linkat", NULL, "newpath", "oldpath"},
    {"symlink", NULL, "linkpath", "target"},
    {"symlinkat", NULL, "linkpath", "target"},
    {"mount", NULL, "dev", "dir"},
};

static const struct paths *paths_of(const struct scapf_event *ev)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].call, ev->info->name) == 0) {
            return &calls[i];
        }
    }
    return NULL;
}

/* A parameter of the event, or of the enter event before it: older schemas have paths there. */
static bool find_path(const struct eval *e, const char *name, const struct scapf_event **ev,
                      struct scapf_value *value)
{
    const struct scapf_event *both[2] = {e->ev, e->view != NULL ? scapf_host_enter(e->host) : NULL};

    for (size_t i = 0; i < 2 && name != NULL; i++) {
        uint32_t k;

        if (both[i] != NULL && evt_find_arg(both[i], name, &k) &&
            scapf_event_value(both[i], k, value, NULL) == SCAPF_OK &&
            value->kind == SCAPF_VALUE_TEXT && value->len > 0) {
            *ev = both[i];
            return true;
        }
    }
    return false;
}

/* The path as the call has it, or from the root. */
static bool show_path(struct eval *e, const char *name, bool raw, struct filter_value *v)
{
    const struct scapf_event *ev;
    struct scapf_value path;
    struct value_ctx ctx = {.schema = e->f->schema, .host = e->host};
    size_t start = e->f->scratch.len;

    if (!find_path(e, name, &ev, &path)) {
        return false;
    }
    /* what is no path to the schema (the device of a mount, what a link says) stays as it is */
    if (raw || (path.type != SCAPF_PT_FSPATH && path.type != SCAPF_PT_FSRELPATH)) {
        return value_bytes(v, path.bytes, path.len);
    }
    ctx.event = ev;
    return value_full_path(&e->f->scratch, &ctx, &path) && value_scratch(e, v, start);
}

bool get_fs_path(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct paths *paths = (e->ev->code & 1) != 0 ? paths_of(e->ev) : NULL;
    int what = c->field->what;
    bool raw = what >= PATH_NAME_RAW;
    int64_t res = 0;

    (void)k;
    /* [libsinsp fspath] only of calls that did what they were asked for */
    if (paths == NULL || !scapf_event_result(e->ev, &res) || res < 0) {
        return false;
    }
    switch (raw ? what - PATH_NAME_RAW + PATH_NAME : what) {
    case PATH_NAME:
        return show_path(e, paths->name, raw, v);
    case PATH_SOURCE:
        return show_path(e, paths->source, raw, v);
    default: /* PATH_TARGET */
        return show_path(e, paths->target, raw, v);
    }
}

/* Some old schemas have the path in the enter event alone: it is shown there, too. */
static bool tells_path(const struct eval *e, const char *name)
{
    const struct scapf_schema *schema = e->f->schema;
    const struct scapf_event_info *exit = schema->events[e->ev->code | 1u];

    for (uint32_t i = 0; (e->ev->code & 1) == 0 && exit != NULL && i < exit->n_params; i++) {
        if (strcmp(exit->params[i].name, name) == 0) {
            return false;
        }
    }
    return true;
}

/* [libsinsp filterchecks.cpp, sysdig 0.29.3 run] Of calls that take a directory beside a path; of
 * two paths, .dst is the new one. */
bool get_evt_abspath(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    static const struct {
        const char *call, *src, *dst;
    } rows[] = {
        {"renameat", "oldpath", "newpath"},
        {"renameat2", "oldpath", "newpath"},
        {"linkat", "oldpath", "newpath"},
        {"symlinkat", "linkpath", "linkpath"},
        {"openat", "name", "name"},
        {"openat2", "name", "name"},
        {"open_by_handle_at", "path", "path"},
        {"unlinkat", "name", "name"},
        {"mkdirat", "path", "path"},
        {"fchmodat", "filename", "filename"},
        {"fchownat", "pathname", "pathname"},
        {"mknodat", "path", "path"},
        {"newfstatat", "path", "path"},
    };

    (void)k;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = c->field->what == PATH_TARGET ? rows[i].dst : rows[i].src;

        if (strcmp(rows[i].call, e->ev->info->name) == 0) {
            return tells_path(e, name) && show_path(e, name, false, v);
        }
    }
    return false;
}

/* ------------------------------------------------------------------ syslog */

/* [RFC 3164 4.1.1, RFC 5424 6.2.1] "<13>..." is facility 1, severity 5. */
static bool syslog_head(const struct filter_value *data, uint32_t *pri, size_t *len)
{
    size_t i = 1;

    *pri = 0;
    if (data->len < 3 || data->p[0] != '<') {
        return false;
    }
    for (; i < data->len && i < 5 && data->p[i] >= '0' && data->p[i] <= '9'; i++) {
        *pri = *pri * 10 + (uint32_t)(data->p[i] - '0');
    }
    *len = i + 1;
    return i > 1 && i < data->len && data->p[i] == '>' && *pri < 24 * 8;
}

bool get_syslog(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    static const char *const facilities[24] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",      "news",
        "uucp",   "clock",  "authpriv", "ftp",    "ntp",    "logaudit", "logalert", "cron",
        "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",   "local7"};
    static const char *const severities[8] = {"emerg", "alert",  "crit", "err",
                                              "warn",  "notice", "info", "debug"};
    struct filter_value data;
    uint32_t pri;
    size_t head;

    (void)k;
    if (!evt_is_syslog(e) || !get_evt_buffer(e, c, 0, &data) || !syslog_head(&data, &pri, &head)) {
        return false;
    }
    switch (c->field->what) {
    case SYSLOG_FACILITY:
        return value_unsigned(v, pri >> 3);
    case SYSLOG_FACILITY_NAME:
        return value_str(v, facilities[pri >> 3]);
    case SYSLOG_SEVERITY:
        return value_unsigned(v, pri & 7);
    case SYSLOG_SEVERITY_NAME:
        return value_str(v, severities[pri & 7]);
    default: /* SYSLOG_MESSAGE */
        return value_bytes(v, data.p + head, data.len - head);
    }
}

/* ------------------------------------------------------------------ lists of descriptors */

static void put_listed(struct eval *e, int64_t number, int what)
{
    struct out *o = &e->f->scratch;
    struct scapf_fd fd;
    struct filter_value v;
    size_t addr_len;
    struct fd_end end;
    int side = what == LIST_CIPS || what == LIST_CPORTS ? END_CLIENT : END_SERVER;

    if (what == LIST_NUMS) {
        out_dec(o, number);
        return;
    }
    if (!scapf_host_fd(e->host, e->ev->tid, number, &fd)) {
        out_lit(o, "<NA>");
        return;
    }
    if (what == LIST_NAMES) {
        out_str(o, fd.name != NULL && fd.name[0] != '\0' ? fd.name : "<NA>");
    } else if (!fd_find_end(&fd, side, 0, &end, &addr_len)) {
        out_lit(o, "<NA>");
    } else if (what == LIST_CIPS || what == LIST_SIPS) {
        (void)value_addr(&v, end.addr, addr_len);
        value_show(o, &v);
    } else {
        out_udec(o, end.port);
    }
}

bool get_fd_list(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    struct scapf_value list;
    uint32_t i;
    int64_t number;
    uint16_t flags;

    (void)k;
    if (!evt_find_arg(e->ev, "fds", &i) || scapf_event_value(e->ev, i, &list, NULL) != SCAPF_OK ||
        list.kind != SCAPF_VALUE_FDLIST || (e->host == NULL && c->field->what != LIST_NUMS)) {
        return false;
    }
    for (i = 0; scapf_value_fd(&list, i, &number, &flags); i++) {
        out_bytes(&e->f->scratch, ",", i > 0);
        put_listed(e, number, c->field->what);
    }
    return i > 0 && value_scratch(e, v, 0);
}
