/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "plan_tables.h"
#include "put.h"

#define ADDRESS_MAX  128u /* [struct sockaddr_storage] */
#define POLL_MAX     256u /* descriptors of one poll() */
#define ENTRIES_CALL "getdents64"
#define EXE_FLAGS    "execve_flags"

/* One call on its way to a plan. */
struct maker {
    struct rec_plans *plans;
    const struct rec_plan_opts *opts;
    const char *call;
    const struct scapf_event_info *event;
    const struct scapf_param_info *info; /* the parameter under way */
    struct rec_plan *kernel;
    bool at_exit;
};

/* ------------------------------------------------------------------ steps */

/* The number of this step in the plan; it is added when it is new. */
static uint8_t step(struct maker *m, struct rec_op op)
{
    uint8_t wanted = op.step == REC_MSG      ? REC_MSG_STEPS
                     : op.step == REC_RIGHTS ? REC_RIGHTS_STEPS
                                             : 1;
    uint8_t place = plan_step_of(m->kernel, &op);

    if (place != REC_NO_OP) {
        return place;
    }
    if (m->kernel->n + wanted > REC_OPS) {
        return REC_NO_OP;
    }
    m->kernel->ops[m->kernel->n] = op;
    m->kernel->n = (uint8_t)(m->kernel->n + wanted);
    return (uint8_t)(m->kernel->n - wanted);
}

static struct rec_param from_step(struct maker *m, uint8_t from, struct rec_op op)
{
    uint8_t i = step(m, op);

    return (struct rec_param){
        .from = i == REC_NO_OP ? REC_FROM_UNKNOWN : from, .arg = op.arg, .op = i, .op2 = REC_NO_OP};
}

static struct rec_param plain(uint8_t from)
{
    return (struct rec_param){.from = from, .op = REC_NO_OP, .op2 = REC_NO_OP};
}

static struct rec_op bytes_op(uint8_t arg, uint32_t n)
{
    return (struct rec_op){.step = REC_BYTES, .arg = arg, .unit = n, .most = n};
}

/* ------------------------------------------------------------------ words of the map */

static struct rec_param from_field(struct maker *m, const struct plan_field *field, uint8_t size)
{
    uint32_t most = 0;
    struct rec_param p;

    for (size_t i = 0; i < plan_n_fields; i++) {
        uint32_t end = plan_fields[i].off + (uint32_t)plan_fields[i].size;

        if (plan_fields[i].arg == field->arg && strcmp(plan_fields[i].call, field->call) == 0) {
            most = end > most ? end : most;
        }
    }
    p = from_step(m, REC_FROM_FIELD, bytes_op(field->arg, most));
    p.off = field->off;
    p.size = size;
    p.sign = field->sign;
    return p;
}

static const struct plan_field *find_field(const struct maker *m, const struct scapf_take *take)
{
    for (size_t i = 0; i < plan_n_fields; i++) {
        const char *a = plan_fields[i].name;
        bool same =
            a == NULL || take->field == NULL ? a == take->field : strcmp(a, take->field) == 0;

        if (same && plan_fields[i].arg == take->arg && strcmp(plan_fields[i].call, m->call) == 0) {
            return &plan_fields[i];
        }
    }
    return NULL;
}

static void add_condition(const struct maker *m, struct rec_op *op)
{
    for (size_t i = 0; i < plan_n_conditions; i++) {
        if (plan_conditions[i].arg == op->arg && plan_conditions[i].type == m->info->type &&
            strcmp(plan_conditions[i].call, m->call) == 0) {
            op->when_arg = (uint8_t)(plan_conditions[i].when_arg + 1);
            op->when = plan_conditions[i].when;
        }
    }
}

static struct rec_param from_text(struct maker *m, uint8_t arg)
{
    bool written = strcmp(m->call, "getcwd") == 0;
    struct rec_op op = {.step = REC_STR, .arg = arg, .unit = written ? REC_T_WRITTEN : 0};

    add_condition(m, &op);
    return from_step(m, REC_FROM_TEXT, op);
}

/* A buffer: what was read is as long as the result, what is written as the next argument says. */
static struct rec_param from_buffer(struct maker *m, uint8_t arg)
{
    bool reads = (m->event->flags & SCAPF_EF_READS_FROM_FD) != 0;
    struct rec_op op = {
        .step = REC_BYTES,
        .arg = arg,
        .len = reads ? REC_LEN_RET : REC_LEN_ARG,
        .len_arg = (uint8_t)(arg + 1),
        .unit = 1,
    };

    if (m->opts->snaplen == 0 || (reads && !m->at_exit)) {
        return plain(REC_FROM_UNKNOWN);
    }
    add_condition(m, &op);
    return from_step(m, REC_FROM_DATA, op);
}

static struct rec_op address_op(uint8_t arg, bool pointer)
{
    return (struct rec_op){.step = REC_ADDR,
                           .arg = arg,
                           .len = pointer ? REC_LEN_PTR : REC_LEN_ARG,
                           .len_arg = (uint8_t)(arg + 1),
                           .unit = 1,
                           .most = ADDRESS_MAX};
}

static struct rec_param from_poll(struct maker *m, uint8_t from, uint8_t arg)
{
    return from_step(m, from,
                     (struct rec_op){.step = REC_BYTES,
                                     .arg = arg,
                                     .len = REC_LEN_ARG,
                                     .len_arg = (uint8_t)(arg + 1),
                                     .unit = 8,
                                     .most = 8 * POLL_MAX});
}

static struct rec_param from_number(const struct maker *m, uint8_t arg)
{
    struct rec_param p = plain(REC_FROM_ARG);

    p.arg = arg;
    p.size = 8;
    p.sign = true;
    if (m->info->type == SCAPF_PT_FD || m->info->type == SCAPF_PT_PID) {
        p.size = 4;
    }
    for (size_t i = 0; i < plan_n_halves; i++) {
        if (plan_halves[i].arg == arg && strcmp(plan_halves[i].call, m->call) == 0) {
            p.size = 4;
            p.sign = plan_halves[i].sign;
        }
    }
    return p;
}

static struct rec_param take_arg(struct maker *m, const struct scapf_take *take)
{
    const struct plan_field *field = find_field(m, take);

    if (field != NULL) {
        struct rec_param p = from_field(m, field, field->size);

        if (strncmp(m->info->name, "cap_", 4) == 0) {
            p.from = REC_FROM_CAPS;
        }
        return p;
    }
    if (take->field != NULL || take->arg >= REC_ARGS) {
        return plain(REC_FROM_UNKNOWN);
    }
    switch (m->info->type) {
    case SCAPF_PT_CHARBUF:
    case SCAPF_PT_FSPATH:
    case SCAPF_PT_FSRELPATH:
        return from_text(m, take->arg);
    case SCAPF_PT_BYTEBUF:
        return from_buffer(m, take->arg);
    case SCAPF_PT_SOCKADDR:
        return from_step(m, REC_FROM_ADDRESS, address_op(take->arg, false));
    case SCAPF_PT_FDLIST:
        return from_poll(m, REC_FROM_FDS, take->arg);
    case SCAPF_PT_RELTIME:
    case SCAPF_PT_ABSTIME:
        return from_step(m, REC_FROM_TIME, bytes_op(take->arg, 16));
    case SCAPF_PT_SIGSET:
        return from_step(m, REC_FROM_SIGNALS, bytes_op(take->arg, 8));
    default:
        return from_number(m, take->arg);
    }
}

/* capset(): effective, permitted and inheritable, low halves first, then the high ones. */
static struct rec_param take_caps(struct maker *m, const struct scapf_take *take)
{
    static const char *const names[] = {"effective", "permitted", "inheritable"};
    struct rec_param p = plain(REC_FROM_UNKNOWN);

    for (uint16_t i = 0; i < 3; i++) {
        if (strcmp(take->field, names[i]) == 0) {
            p = from_step(m, REC_FROM_CAPS, bytes_op(take->arg, 24));
            p.off = (uint16_t)(4 * i);
        }
    }
    return p;
}

static struct rec_param take_from_arg(struct maker *m, const struct scapf_take *take)
{
    return strcmp(m->call, "capset") == 0 && take->field != NULL ? take_caps(m, take)
                                                                 : take_arg(m, take);
}

static struct rec_param take_result(struct maker *m, const struct scapf_take *take)
{
    (void)take;
    return plain(m->at_exit ? REC_FROM_RESULT : REC_FROM_UNKNOWN);
}

static struct rec_param take_result_fd(struct maker *m, const struct scapf_take *take)
{
    (void)take;
    return plain(m->at_exit ? REC_FROM_RESULT_FD : REC_FROM_UNKNOWN);
}

static struct rec_param take_value(struct maker *m, const struct scapf_take *take)
{
    struct rec_param p = plain(REC_FROM_VALUE);

    (void)m;
    p.value = take->value;
    return p;
}

/* quotactl() packs command and type into one argument. */
static struct rec_param take_named(struct maker *m, const struct scapf_take *take)
{
    struct rec_param p = from_number(m, take->arg);

    p.from = REC_FROM_NAMED;
    p.size = 4;
    p.sign = false;
    if (take->field != NULL) {
        p.size = take->field[0] == '0' ? 3 : 1;
        p.off = take->field[0] == '0';
    }
    return p;
}

static struct rec_param take_mode(struct maker *m, const struct scapf_take *take)
{
    const struct plan_field *field = find_field(m, take);
    struct rec_param p =
        field != NULL ? from_field(m, field, field->size) : from_number(m, take->arg);

    if (field == NULL) {
        p.from = REC_FROM_MODE;
        p.size = 4;
        p.sign = false;
    }
    return p;
}

static struct rec_param take_sockflags(struct maker *m, const struct scapf_take *take)
{
    struct rec_param p = from_number(m, take->arg);

    p.from = REC_FROM_SOCKFLAGS;
    return p;
}

static struct rec_op vectors_op(const struct scapf_take *take)
{
    if (take->field != NULL) {
        return (struct rec_op){.step = REC_MSG, .arg = take->arg};
    }
    return (struct rec_op){.step = REC_IOV,
                           .arg = take->arg,
                           .len = REC_LEN_ARG,
                           .len_arg = (uint8_t)(take->arg + 1),
                           .unit = 1};
}

static struct rec_op message_op(const struct maker *m, const struct scapf_take *take)
{
    struct rec_op op = vectors_op(take);

    if (op.step == REC_MSG) {
        op.unit |= strstr(m->call, "mmsg") != NULL ? REC_M_MANY : 0;
        op.unit |= strstr(m->call, "recv") != NULL ? REC_M_CONTROL : 0;
    }
    return op;
}

static struct rec_param take_sizes(struct maker *m, const struct scapf_take *take)
{
    return from_step(m, REC_FROM_SIZES, message_op(m, take));
}

static struct rec_param take_data(struct maker *m, const struct scapf_take *take)
{
    bool reads = (m->event->flags & SCAPF_EF_READS_FROM_FD) != 0;

    if (m->opts->snaplen == 0 || (reads && !m->at_exit)) {
        return plain(REC_FROM_UNKNOWN);
    }
    return from_step(m, REC_FROM_BYTES, message_op(m, take));
}

/* Socket pairs: what the kernel knows of the socket, and the address the call names. */
static struct rec_param take_pair(struct maker *m, const struct scapf_take *take)
{
    bool returned = take->how == SCAPF_TAKE_RETURNED;
    bool towards = take->how == SCAPF_TAKE_DEST;
    struct rec_op op = {.step = REC_FILE, .arg = returned ? REC_ARGS : 0, .towards = towards};
    struct rec_param p = from_step(m, towards ? REC_FROM_DEST : REC_FROM_ORIGIN, op);

    if (p.from == REC_FROM_UNKNOWN || (returned && !m->at_exit)) {
        return plain(REC_FROM_UNKNOWN);
    }
    p.op2 = p.op;
    p.op = REC_NO_OP;
    if (take->field != NULL) {
        uint8_t i = step(m, message_op(m, take));

        p.op = i == REC_NO_OP ? i : (uint8_t)(i + 1);
    } else if (!returned && take->arg < REC_ARGS - 1) {
        p.op = step(m, address_op(take->arg, take->how == SCAPF_TAKE_ORIGIN));
    }
    return p;
}

static struct rec_param take_revents(struct maker *m, const struct scapf_take *take)
{
    return from_poll(m, REC_FROM_REVENTS, take->arg);
}

static struct rec_param from_file(struct maker *m, const struct plan_extra *extra)
{
    struct rec_op op = {.step = REC_FILE, .arg = REC_ARGS};
    struct rec_param p;

    for (size_t i = 0; i < plan_n_of_file; i++) {
        if (strcmp(plan_of_file[i].call, m->call) == 0 &&
            strcmp(plan_of_file[i].param, extra->param) == 0) {
            op.arg = plan_of_file[i].arg;
            op.len = plan_of_file[i].len;
            op.len_arg = plan_of_file[i].arg;
            op.unit = 1;
        }
    }
    p = from_step(m, extra->from, op);
    p.off = (uint16_t)extra->off;
    p.size = (uint8_t)extra->size;
    return p;
}

/* Flags of the program, of which the map says that a trace has none. */
static bool is_of_program(const struct maker *m)
{
    return m->info->flags != NULL && strcmp(m->info->flags->name, EXE_FLAGS) == 0;
}

static struct rec_param from_control(struct maker *m)
{
    const struct scapf_take message = {.arg = 1, .field = ""};
    struct rec_param p = from_step(m, REC_FROM_BYTES, message_op(m, &message));

    p.op = p.op == REC_NO_OP ? p.op : (uint8_t)(p.op + 2);
    return p;
}

/* What only the kernel knows; programs are started with their arguments in the call itself. */
static struct rec_param take_extra(struct maker *m, const struct scapf_take *take)
{
    (void)take;
    if (!m->at_exit) {
        return plain(REC_FROM_UNKNOWN);
    }
    for (size_t i = 0; i < plan_n_extras; i++) {
        const struct plan_extra *extra = &plan_extras[i];
        struct rec_param p;

        if (strcmp(extra->param, is_of_program(m) ? EXE_FLAGS : m->info->name) != 0) {
            continue;
        }
        if (extra->step == REC_FILE) {
            return from_file(m, extra);
        }
        if (extra->step == REC_MSG) {
            return from_control(m);
        }
        p = from_step(m, extra->from, (struct rec_op){.step = extra->step});
        p.off = (uint16_t)extra->off;
        p.size = (uint8_t)extra->size;
        p.sign = p.size == 4;
        return p;
    }
    return plain(REC_FROM_UNKNOWN);
}

static struct rec_param take_proc(struct maker *m, const struct scapf_take *take)
{
    struct rec_param p;

    if (strcmp(take->field, "flags") != 0) {
        return take_extra(m, take);
    }
    p = plain(REC_FROM_FLAGS_OF_CLONE);
    if (m->at_exit) { /* in which pid namespace the child is */
        p.op = step(m, (struct rec_op){.step = REC_TASK});
    }
    p.size = 8;
    p.value = strcmp(m->call, "vfork") == 0 ? 0x4100 : 0; /* CLONE_VFORK, CLONE_VM */
    p.arg = strcmp(m->call, "clone") == 0    ? 0
            : strcmp(m->call, "clone3") == 0 ? REC_CLONE3_FLAGS
                                             : REC_ARGS;
    return p;
}

static struct rec_param take_list(struct maker *m, const struct scapf_take *take)
{
    static const uint8_t froms[SCAPF_TAKE_COUNT] = {[SCAPF_TAKE_WORDS] = REC_FROM_REST,
                                                    [SCAPF_TAKE_LIST] = REC_FROM_LIST,
                                                    [SCAPF_TAKE_FIRST] = REC_FROM_FIRST};
    bool environment = strcmp(m->info->name, "env") == 0;

    return from_step(
        m, froms[take->how],
        (struct rec_op){.step = environment ? REC_ENVIRONMENT : REC_ARGV, .arg = take->arg});
}

static struct rec_param take_before(struct maker *m, const struct scapf_take *take)
{
    return from_step(m, REC_FROM_BEFORE, bytes_op(take->arg, 8));
}

static struct rec_param take_option(struct maker *m, const struct scapf_take *take)
{
    bool get = strcmp(m->call, "getsockopt") == 0;

    return from_step(m, REC_FROM_OPTION,
                     (struct rec_op){.step = REC_BYTES,
                                     .arg = take->arg,
                                     .len = get ? REC_LEN_PTR : REC_LEN_ARG,
                                     .len_arg = (uint8_t)(take->arg + 1),
                                     .unit = 1,
                                     .most = ADDRESS_MAX});
}

static struct rec_param take_variant(struct maker *m, const struct scapf_take *take)
{
    struct rec_param p = from_number(m, take->arg);

    p.from = REC_FROM_VARIANT;
    p.size = 8;
    return p;
}

static struct rec_param take_inode(struct maker *m, const struct scapf_take *take)
{
    return take_extra(m, take);
}

static struct rec_param take_pages(struct maker *m, const struct scapf_take *take)
{
    return from_number(m, take->arg);
}

static struct rec_param take_value_or_extra(struct maker *m, const struct scapf_take *take)
{
    return is_of_program(m) ? take_extra(m, take) : take_value(m, take);
}

typedef struct rec_param (*take_fn)(struct maker *m, const struct scapf_take *take);

static const take_fn takes[SCAPF_TAKE_COUNT] = {
    [SCAPF_TAKE_UNKNOWN] = take_extra,       [SCAPF_TAKE_VALUE] = take_value_or_extra,
    [SCAPF_TAKE_RESULT] = take_result,       [SCAPF_TAKE_ARG] = take_from_arg,
    [SCAPF_TAKE_NAMED] = take_named,         [SCAPF_TAKE_MODE] = take_mode,
    [SCAPF_TAKE_SOCKFLAGS] = take_sockflags, [SCAPF_TAKE_SIZES] = take_sizes,
    [SCAPF_TAKE_DATA] = take_data,           [SCAPF_TAKE_DEST] = take_pair,
    [SCAPF_TAKE_ORIGIN] = take_pair,         [SCAPF_TAKE_RETURNED] = take_pair,
    [SCAPF_TAKE_REVENTS] = take_revents,     [SCAPF_TAKE_PAGES] = take_pages,
    [SCAPF_TAKE_INODE] = take_inode,         [SCAPF_TAKE_WORDS] = take_list,
    [SCAPF_TAKE_LIST] = take_list,           [SCAPF_TAKE_BEFORE] = take_before,
    [SCAPF_TAKE_OPTION] = take_option,       [SCAPF_TAKE_PTRACE] = take_variant,
    [SCAPF_TAKE_KEYCTL] = take_variant,      [SCAPF_TAKE_RESULT_FD] = take_result_fd,
    [SCAPF_TAKE_FIRST] = take_list,          [SCAPF_TAKE_PROC] = take_proc,
};

/* ------------------------------------------------------------------ calls */

static void add_flags(const struct maker *m, struct rec_param *p)
{
    static const char *const opens[] = {"open", "openat", "openat2", "open_by_handle_at"};

    if (m->info->flags == NULL) {
        return;
    }
    p->native = scapf_schema_flags(m->plans->schema, "native_", m->info->flags->name);
    for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
        p->access = p->access || (strcmp(m->call, opens[i]) == 0 &&
                                  strcmp(m->info->flags->name, "file_flags") == 0);
    }
}

/* The name a program was started under is gone with the old program's memory. */
static struct rec_param take_started(struct maker *m, const struct scapf_take *take)
{
    return from_step(m, REC_FROM_STARTED,
                     (struct rec_op){.step = REC_STR, .arg = take->arg, .unit = REC_T_FAILED});
}

static bool is_start(const char *call, bool at_exit)
{
    return at_exit && strcmp(call, "execve") == 0;
}

/* A large buffer leaves room for the numbers behind it. */
static void count_after(struct rec_event_plan *plan)
{
    uint16_t after = 0;

    for (uint8_t i = plan->n; i-- > 0;) {
        plan->params[i].after = after;
        after = (uint16_t)(after + scapf_param_size(plan->info->params[i].type));
    }
}

static struct rec_event_plan *event_plan(struct maker *m, uint16_t code,
                                         const struct scapf_take *from, uint8_t n)
{
    struct rec_event_plan *plan = &m->plans->events[m->plans->n_events];

    m->event = scapf_schema_event(m->plans->schema, code);
    if (m->event == NULL || n > SCAPF_EVENT_PARAMS) {
        return NULL;
    }
    m->plans->n_events++;
    plan->code = code;
    plan->info = m->event;
    plan->n = n;
    for (uint8_t i = 0; i < n; i++) {
        m->info = &m->event->params[i];
        plan->params[i] = strcmp(m->info->name, "filename") == 0 && is_start(m->call, m->at_exit)
                              ? take_started(m, &from[i])
                              : takes[from[i].how](m, &from[i]);
        add_flags(m, &plan->params[i]);
        plan->ids = plan->ids || m->info->type == SCAPF_PT_UID || m->info->type == SCAPF_PT_GID;
    }
    count_after(plan);
    return plan;
}

static const struct scapf_trace_row *row_in(const struct scapf_trace_row *rows, uint32_t n,
                                            const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(rows[i].call, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static uint8_t messages_of(const struct rec_plan *plan)
{
    for (uint8_t i = 0; i < plan->n; i++) {
        if (plan->ops[i].step == REC_MSG && (plan->ops[i].unit & REC_M_MANY) != 0) {
            return i;
        }
    }
    return REC_NO_OP;
}

/* [sysdig 0.29.3] dies of the beginnings of later events, and of the end of an execveat() whose
 * beginning it has seen. */
static bool has_enter(const struct rec_plan_opts *opts, const struct scapf_trace_row *row)
{
    return row->has_enter && (!opts->old_readers ||
                              (row->exit < SCAPF_OLD_CODES && strcmp(row->call, "execveat") != 0));
}

static void plan_call(struct rec_plans *plans, const struct rec_plan_opts *opts, int32_t nr)
{
    const struct scapf_schema *schema = plans->schema;
    struct rec_call *call = &plans->calls[nr];
    const struct scapf_trace_row *row =
        opts->old_readers ? row_in(schema->old_traces, schema->n_old_traces, call->name) : NULL;
    struct maker m = {.plans = plans, .opts = opts, .call = call->name};

    row = row != NULL ? row : row_in(schema->traces, schema->n_traces, call->name);
    if (row == NULL || !row->has_event) {
        return;
    }
    call->row = row;
    m.kernel = &plans->kernel[nr];
    if (has_enter(opts, row)) {
        call->enter = event_plan(&m, row->enter, row->enter_from, row->n_enter);
    }
    m.kernel = &plans->kernel[REC_CALLS + nr];
    m.at_exit = true;
    call->exit = event_plan(&m, row->exit, row->exit_from, row->n_exit);
    call->messages = messages_of(m.kernel);
    call->rights = strcmp(call->name, "recvmsg") == 0
                       ? step(&m, (struct rec_op){.step = REC_RIGHTS, .arg = 1})
                       : REC_NO_OP;
    plan_join(plans, nr);
    if (opts->entries > 0 && strcmp(call->name, ENTRIES_CALL) == 0) {
        plans->entries_nr = nr;
        plans->entries_op = step(
            &m,
            (struct rec_op){
                .step = REC_BYTES, .arg = 1, .len = REC_LEN_RET, .unit = 1, .most = opts->entries});
    }
}

struct rec_plans *rec_plans_new(const struct scapf_schema *schema, const char *arch,
                                const struct rec_plan_opts *opts)
{
    struct rec_plans *plans = calloc(1, sizeof(*plans));

    if (plans == NULL) {
        return NULL;
    }
    plans->schema = schema;
    plans->arch = scapf_schema_arch(schema, arch);
    plans->events = calloc(2 * REC_CALLS, sizeof(*plans->events));
    if (plans->events == NULL || plans->arch == NULL) {
        rec_plans_free(plans);
        return NULL;
    }
    plans->entries_nr = -1;
    plans->poll_flags = scapf_schema_flags(schema, "", "poll_flags");
    plans->poll_native = scapf_schema_flags(schema, "native_", "poll_flags");
    for (uint32_t i = 0; i < plans->arch->n_calls; i++) {
        const struct scapf_syscall *call = &plans->arch->calls[i];

        if (call->nr >= 0 && call->nr < REC_CALLS) {
            plans->calls[call->nr].name = call->name;
            plans->calls[call->nr].ppm_sc = call->ppm_sc;
            plan_call(plans, opts, call->nr);
        }
    }
    plan_of_ia32(plans);
    return plans;
}

void rec_plans_free(struct rec_plans *plans)
{
    if (plans != NULL) {
        free(plans->events);
        free(plans);
    }
}
