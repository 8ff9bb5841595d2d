/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_evt.c - evt.*: what the event itself says.
 */
#include "filter/filter_evt.h"
#include "event/event.h"
#include "filter/filter.h"
#include "render/args.h"
#include "render/clock.h"
#include "state/host.h"

#define SECOND 1000000000u

/* ------------------------------------------------------------------ arguments */

bool evt_find_arg(const struct scapf_event *ev, const char *name, uint32_t *index)
{
    for (uint32_t i = 0; i < ev->n_params && i < ev->info->n_params; i++) {
        if (strcmp(ev->info->params[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool check_arg(const struct eval *e, const struct filter_check *c, uint32_t *index)
{
    *index = (uint32_t)c->index;
    return c->arg_name != NULL ? evt_find_arg(e->ev, c->arg_name, index)
                               : c->index < e->ev->n_params;
}

static struct value_ctx text_ctx(const struct eval *e)
{
    return (struct value_ctx){.schema = e->f->schema, .host = e->host, .event = e->ev};
}

/* What the argument means, or, where that says nothing, its value. [libsinsp filterchecks.cpp] */
bool get_evt_arg(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct value_ctx ctx = text_ctx(e);
    size_t start = e->f->scratch.len;
    struct scapf_value arg;
    uint32_t i;

    (void)k;
    if (!check_arg(e, c, &i) || scapf_event_value(e->ev, i, &arg, NULL) < 0) {
        return false;
    }
    if (!value_resolved(&e->f->scratch, &ctx, &arg) || e->f->scratch.len == start) {
        value_text(&e->f->scratch, &ctx, &arg);
    }
    return value_scratch(e, v, start);
}

/* The value with its type. */
bool get_evt_rawarg(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    struct scapf_value arg;
    uint32_t i;

    (void)k;
    if (!check_arg(e, c, &i) || scapf_event_value(e->ev, i, &arg, NULL) < 0) {
        return false;
    }
    switch (arg.kind) {
    case SCAPF_VALUE_SIGNED:
        return value_number(v, arg.i);
    case SCAPF_VALUE_UNSIGNED:
        return value_unsigned(v, arg.u);
    case SCAPF_VALUE_TEXT:
    case SCAPF_VALUE_BYTES:
        return value_bytes(v, arg.bytes, arg.len);
    case SCAPF_VALUE_EMPTY:
    case SCAPF_VALUE_NULL:
    case SCAPF_VALUE_MALFORMED:
        return false;
    case SCAPF_VALUE_ADDRESS:
    case SCAPF_VALUE_TUPLE:
    case SCAPF_VALUE_FDLIST:
        break;
    }
    return get_evt_arg(e, c, 0, v);
}

static bool raw_buffer(const struct eval *e, const uint8_t **bytes, uint32_t *len)
{
    uint32_t i;

    return evt_find_arg(e->ev, "data", &i) && scapf_event_param(e->ev, i, bytes, len) == SCAPF_OK;
}

bool get_evt_buffer(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    const uint8_t *bytes;
    uint32_t len;

    (void)c;
    (void)k;
    return raw_buffer(e, &bytes, &len) && value_bytes(v, bytes, len);
}

/* ------------------------------------------------------------------ result */

bool get_evt_result(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    int64_t res = 0;
    bool known = scapf_event_result(e->ev, &res);
    const char *name;

    (void)k;
    if (c->field->what == EVT_FAILED) {
        return value_bool(v, known && res < 0);
    }
    if (c->field->what == EVT_COUNT_ERROR) {
        return known && res < 0 && value_number(v, 1);
    }
    if (!known || c->field->what == EVT_RAWRES) {
        return known && value_number(v, res);
    }
    if (res >= 0) {
        return value_str(v, "SUCCESS");
    }
    name = res >= -(int64_t)INT32_MAX ? scapf_schema_errno(e->f->schema, (uint32_t)-res) : NULL;
    if (name == NULL) {
        out_dec(&e->f->scratch, res);
        return value_scratch(e, v, 0);
    }
    return value_str(v, name);
}

/* What a failed call was about: its descriptor, or, where it made none, what it makes. [libsinsp
 * filterchecks.cpp] */
static int failed_kind(struct eval *e)
{
    static const struct scapf_name calls[] = {
        {EVT_COUNT_ERROR_FILE, "open"},   {EVT_COUNT_ERROR_FILE, "openat"},
        {EVT_COUNT_ERROR_FILE, "creat"},  {EVT_COUNT_ERROR_FILE, "openat2"},
        {EVT_COUNT_ERROR_NET, "connect"}, {EVT_COUNT_ERROR_NET, "accept"},
        {EVT_COUNT_ERROR_NET, "bind"},    {EVT_COUNT_ERROR_NET, "accept4"},
    };
    const struct scapf_fd *fd = eval_fd(e);

    if (fd != NULL && fd->type != FDT_UNKNOWN) {
        bool is_file = fd->type == FDT_FILE || fd->type == FDT_DIRECTORY || fd->type == FDT_FILE_V2;
        bool is_socket =
            (fd->type >= FDT_IPV4 && fd->type <= FDT_IPV6_SERVER) || fd->type == FDT_UNIX;

        return is_file     ? EVT_COUNT_ERROR_FILE
               : is_socket ? EVT_COUNT_ERROR_NET
                           : EVT_COUNT_ERROR_OTHER;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, e->ev->info->name) == 0) {
            return (int)calls[i].value;
        }
    }
    return (e->ev->info->category & CATEGORY_KIND) == CATEGORY_MEMORY ? EVT_COUNT_ERROR_MEMORY
                                                                      : EVT_COUNT_ERROR_OTHER;
}

bool get_evt_failed(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    int64_t res = 0;

    (void)k;
    return scapf_event_result(e->ev, &res) && res < 0 && failed_kind(e) == c->field->what &&
           value_number(v, 1);
}

/* ------------------------------------------------------------------ numbers */

/* [sysdig 0.29.3 run] How much was moved, not how much of it was captured. */
static bool buffer_length(const struct eval *e, struct filter_value *v)
{
    const uint8_t *bytes;
    uint32_t len;
    int64_t res;

    return raw_buffer(e, &bytes, &len) && scapf_event_result(e->ev, &res) && res >= 0 &&
           value_number(v, res);
}

/* A span of time or a moment, in ns, in whole seconds, or the ns beyond them. */
static bool time_part(struct filter_value *v, uint64_t ns, int part)
{
    return value_unsigned(v, part == 0 ? ns : part == 1 ? ns / SECOND : ns % SECOND);
}

static uint64_t latency(const struct eval *e)
{
    return e->view != NULL && e->view->has_enter ? e->view->latency_ns : 0;
}

/* How far from the time in the brackets, in ms. What is within the value compared with is equal to
 * it. [sysdig -l: evt.around] */
bool get_evt_around(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    uint64_t ts = e->ev->ts_ns;
    uint64_t off = ts > c->index ? ts - c->index : c->index - ts;
    /* asked for as a column, it is compared with nothing */
    const struct filter_const *within = c->n_consts > 0 ? &e->f->consts[c->first_const] : NULL;
    bool is_near = within != NULL && !within->negative && off / 1000000 <= within->u &&
                   (off / 1000000 < within->u || off % 1000000 == 0);

    (void)k;
    return value_unsigned(v, is_near ? within->u : off / 1000000 + (off % 1000000 != 0));
}

bool get_evt_number(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    const struct scapf_filter *f = e->f;
    int what = c->field->what;
    uint64_t ts = e->ev->ts_ns;

    (void)k;
    if (what >= EVT_RAWTIME && what <= EVT_RAWTIME_NS) {
        return time_part(v, ts, what - EVT_RAWTIME);
    }
    if (what >= EVT_RELTIME && what <= EVT_RELTIME_NS) {
        return time_part(v, f->has_first && ts > f->first_ts ? ts - f->first_ts : 0,
                         what - EVT_RELTIME);
    }
    if (what >= EVT_LATENCY && what <= EVT_LATENCY_NS) {
        return time_part(v, latency(e), what - EVT_LATENCY);
    }
    if (what >= EVT_DELTATIME && what <= EVT_DELTATIME_NS) {
        return time_part(v, ts > f->last_ts ? ts - f->last_ts : 0, what - EVT_DELTATIME);
    }
    switch (what) {
    case EVT_NUM:
        return value_unsigned(v, f->events);
    case EVT_CPU:
        return value_unsigned(v, e->ev->cpu);
    case EVT_CODE:
        return value_unsigned(v, e->ev->code);
    case EVT_BUFLEN:
        return buffer_length(e, v);
    case EVT_COUNT:
        return value_unsigned(v, 1);
    case EVT_WAIT_LATENCY:
        return (e->ev->code & 1) != 0 && (e->ev->info->flags & SCAPF_EF_WAITS) != 0 &&
               e->view != NULL && e->view->has_enter && value_unsigned(v, latency(e));
    default: /* EVT_COUNT_EXIT */
        return (e->ev->code & 1) != 0 && value_unsigned(v, 1);
    }
}

/* ------------------------------------------------------------------ flags */

bool evt_is_syslog(struct eval *e)
{
    const struct scapf_fd *fd = eval_fd(e);

    return (e->ev->info->flags & SCAPF_EF_WRITES_TO_FD) != 0 && fd != NULL && fd->name != NULL &&
           strstr(fd->name, "/dev/log") != NULL;
}

bool get_evt_flag(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    uint32_t flags = e->ev->info->flags;

    (void)k;
    switch (c->field->what) {
    case EVT_IS_IO:
        return value_bool(v, (flags & (SCAPF_EF_READS_FROM_FD | SCAPF_EF_WRITES_TO_FD)) != 0);
    case EVT_IS_IO_READ:
        return value_bool(v, (flags & SCAPF_EF_READS_FROM_FD) != 0);
    case EVT_IS_IO_WRITE:
        return value_bool(v, (flags & SCAPF_EF_WRITES_TO_FD) != 0);
    case EVT_IS_ASYNC:
        return value_bool(v, event_is_async(e->ev->code));
    case EVT_IS_WAIT:
        return value_bool(v, (flags & SCAPF_EF_WAITS) != 0);
    default: /* EVT_IS_SYSLOG */
        return value_bool(v, evt_is_syslog(e));
    }
}

/* ------------------------------------------------------------------ opened files */

/* The number in the parameter with this name; 0 when there is none. */
static uint64_t number_of(const struct scapf_event *ev, const char *name)
{
    struct scapf_value value;
    uint32_t i;

    return evt_find_arg(ev, name, &i) && scapf_event_value(ev, i, &value, NULL) == SCAPF_OK &&
                   value.kind == SCAPF_VALUE_UNSIGNED
               ? value.u
               : 0;
}

/* [libsinsp filterchecks.cpp] Of the exit events of these calls, whatever they returned. */
bool get_evt_open(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    enum { READ = 1, WRITE = 2, CREAT = 4, TMPFILE = 1 << 13, MAY_EXEC = 0111 }; /* [scap 13] */
    static const char *const calls[] = {"open", "openat", "openat2", "open_by_handle_at"};
    const struct scapf_event *ev = e->ev;
    bool opens = false;
    uint64_t flags;

    (void)k;
    if ((ev->code & 1) == 0 || (ev->info->category & EVENT_CATEGORY_CALL) == 0) {
        return value_bool(v, false);
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        opens = opens || strcmp(ev->info->name, calls[i]) == 0;
    }
    flags = opens ? number_of(ev, "flags") : 0;
    if (c->field->what == EVT_IS_OPEN_CREATE) {
        return value_bool(v,
                          (flags & (CREAT | TMPFILE)) != 0 || strcmp(ev->info->name, "creat") == 0);
    }
    if (c->field->what == EVT_IS_OPEN_EXEC) {
        bool makes = (flags & (CREAT | TMPFILE)) != 0 || strcmp(ev->info->name, "creat") == 0;

        return value_bool(v, makes && (number_of(ev, "mode") & MAY_EXEC) != 0);
    }
    return value_bool(v, (flags & (c->field->what == EVT_IS_OPEN_READ ? READ : WRITE)) != 0);
}

/* ------------------------------------------------------------------ text */

static bool type_name(const struct eval *e, struct filter_value *v)
{
    size_t len;
    const char *name = scapf_event_name(e->ev, e->f->schema, e->f->votes.leader, &len);

    return value_bytes(v, name, len);
}

bool get_evt_type_is(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    struct filter_value name = {.kind = VALUE_TEXT};

    (void)k;
    (void)type_name(e, &name);
    return value_unsigned(v, strlen(c->arg_name) == name.len &&
                                 memcmp(c->arg_name, name.p, name.len) == 0);
}

static bool category(struct eval *e, struct filter_value *v)
{
    struct filter_value name = {.kind = VALUE_TEXT};

    return type_name(e, &name) && evt_category(e, &name, v);
}

static bool io_direction(const struct eval *e, struct filter_value *v)
{
    uint32_t flags = e->ev->info->flags;

    return value_str(v, (flags & SCAPF_EF_READS_FROM_FD) != 0  ? "read"
                        : (flags & SCAPF_EF_WRITES_TO_FD) != 0 ? "write"
                                                               : NULL);
}

/* All arguments as they are printed, without the space behind the last. */
static bool args_text(struct eval *e, struct filter_value *v)
{
    const struct value_ctx ctx = text_ctx(e);

    args_put(&e->f->scratch, &ctx);
    if (!value_scratch(e, v, 0)) {
        return false;
    }
    v->len -= v->len > 0 && v->p[v->len - 1] == ' ';
    return true;
}

/* [sysdig 0.29.3 run] 999ns, 1.50us, 12us, 1.02s: two digits behind the point below ten, then
 * none; cut, not rounded. */
static bool human_latency(struct eval *e, struct filter_value *v)
{
    static const struct {
        uint64_t unit;
        const char *name;
    } units[] = {{SECOND, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    struct out *o = &e->f->scratch;
    uint64_t ns = latency(e);
    size_t i = 0;

    while (units[i].unit > 1 && ns < units[i].unit) {
        i++;
    }
    out_udec(o, ns / units[i].unit);
    if (units[i].unit > 1 && ns < 10 * units[i].unit) {
        out_char(o, '.');
        out_udec_pad(o, ns % units[i].unit / (units[i].unit / 100), 2);
    }
    out_str(o, units[i].name);
    return value_scratch(e, v, 0);
}

static bool iso_time(struct eval *e, struct filter_value *v)
{
    struct out *o = &e->f->scratch;

    if (!e->rec->has_ts) {
        return false;
    }
    clock_put_iso(o, e->rec->ts_ns);
    return value_scratch(e, v, 0);
}

static bool time_text(struct eval *e, struct filter_value *v, int what)
{
    struct clock clock = {.valid = false};

    if (what == EVT_DATETIME || what == EVT_DATETIME_S) {
        clock_put_date(&e->f->scratch, e->rec->ts_ns);
    } else {
        clock_put_time(&clock, &e->f->scratch, e->rec->ts_ns);
    }
    if (!e->rec->has_ts || !value_scratch(e, v, 0)) {
        return false;
    }
    v->len = what == EVT_TIME_S && v->len > 8 ? 8 : v->len;
    v->len = what == EVT_DATETIME_S && v->len > 10 ? v->len - 10 : v->len; /* ".nnnnnnnnn" */
    return true;
}

bool get_evt_text(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    (void)k;
    switch (c->field->what) {
    case EVT_TYPE:
        return type_name(e, v);
    case EVT_SYSCALL_TYPE:
        return (e->ev->info->category & EVENT_CATEGORY_CALL) != 0 && type_name(e, v);
    case EVT_DIR:
        return value_str(v, (e->ev->code & 1) != 0 ? "<" : ">");
    case EVT_CATEGORY:
        return category(e, v);
    case EVT_ARGS:
        return args_text(e, v);
    case EVT_IO_DIR:
        return io_direction(e, v);
    case EVT_LATENCY_HUMAN:
        return human_latency(e, v);
    case EVT_TIME_ISO:
        return iso_time(e, v);
    case EVT_SOURCE:
        return value_str(v, "syscall");
    case EVT_ASYNC_TYPE:
        return event_is_async(e->ev->code) && type_name(e, v);
    default:
        return time_text(e, v, c->field->what);
    }
}
