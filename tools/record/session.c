/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../run.h"
#include "clock.h"
#include "freezer.h"
#include "launch.h"
#include "output.h"
#include "probe.h"
#include "report.h"
#include "scope.h"
#include "tables.h"
#include "users.h"

#define ENTRIES_MAX 32768u  /* bytes of directory entries of one call, as libc asks for */
#define BUSY_NS     1000000 /* between looks while there is much to read */
#define IDLE_NS     10000000
#define EAGER_NS    100000       /* the same when nothing may be lost */
#define GRACE_NS    CLOCK_SECOND /* for a command after SIGINT, which a terminal sends it too */

struct session {
    const struct record_opts *o;
    struct rec_plans *plans;
    struct probe *probe;
    struct rec_decode *decode;
    struct output out;
    struct scope scope;
    struct users users;
    struct freezer freezer;
    struct launch child;
    bool has_child, child_ended;
    int child_status;
    int signals_fd;
    int stop_signal;
    int64_t stop_at; /* 0: not yet */
    struct clock_map clock;
    int64_t started_ns, checked_ns;
    uint64_t complete; /* time since boot up to which all records were taken */
    struct rec_cpu *last;
    enum scapf_status status;
};

/* ------------------------------------------------------------------ setting up */

static const char *machine_arch(void)
{
    static struct utsname name;

    return uname(&name) == 0 ? name.machine : "x86_64";
}

static bool make_probe(struct session *s)
{
    bool old = s->o->compat == RECORD_COMPAT_BOTH;
    struct rec_plan_opts plan_opts = {.old_readers = old, .entries = ENTRIES_MAX};
    struct probe_opts opts = {
        .ring_kib = record_buffer_kib(s->o),
        .large = s->o->lossless,
        .enter = s->o->enter == RECORD_ENTER_ON,
        .env = s->o->env,
        .signals = s->o->signals,
        .switches = s->o->switches,
        .by_process = s->o->pids.n > 0,
        .by_cgroup = s->o->cgroup != NULL,
        .all = s->o->all,
        .cgroup = s->scope.cgroup,
        .cgroup_level = s->scope.cgroup_level,
        .verbose = s->o->common.verbose > 1,
    };
    char why[512];

    plan_opts.snaplen = opts.snaplen = record_snaplen(s->o);
    s->plans = rec_plans_new(scapf_schema_builtin(), machine_arch(), &plan_opts);
    if (s->plans == NULL) {
        run_say("record: the system calls of %s are not known", machine_arch());
        return false;
    }
    opts.plans = s->plans;
    s->probe = probe_open(&opts, why, sizeof(why));
    if (s->probe == NULL) {
        run_say("record: %s", why);
        return false;
    }
    return true;
}

static const char *find_cgroups(void *ctx, uint64_t cgroup, int64_t pid, uint32_t *len)
{
    struct session *s = ctx;

    return scope_cgroups(&s->scope, cgroup, pid, len);
}

/* A user or a group in the next event: one that is not in the tables comes now. */
static enum scapf_status see_id(void *ctx, bool group, uint32_t id)
{
    struct session *s = ctx;
    struct rec_user user;

    return users_add(&s->users, group, id, &s->scope.losses) && users_find(group, id, &user)
               ? rec_decode_user(s->decode, &user)
               : SCAPF_OK;
}

static bool make_decode(struct session *s)
{
    const struct rec_decode_opts opts = {
        .plans = s->plans,
        .old_readers = s->o->compat == RECORD_COMPAT_BOTH,
        .enter = s->o->enter == RECORD_ENTER_ON,
        .cgroups = find_cgroups,
        .id = see_id,
        .ctx = s,
    };

    s->decode = rec_decode_new(&opts);
    s->last = calloc(REC_CPUS, sizeof(*s->last));
    if (s->decode == NULL || s->last == NULL) {
        run_say("record: %s", scapf_status_name(SCAPF_E_NOMEM));
        return false;
    }
    return true;
}

static bool block_signals(struct session *s)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)sigdelset(&set, SIGPIPE); /* a closed output is an error of write(2) */
    s->signals_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signals_fd >= 0;
}

/* What the command writes must not get into the capture. */
static enum launch_as launch_as(const struct session *s)
{
    if (s->o->apart) {
        return LAUNCH_APART;
    }
    return record_to_stdout(s->o) ? LAUNCH_TO_STDERR : LAUNCH_PLAIN;
}

static int make_scope(struct session *s, char **command)
{
    char why[512];
    int rc;

    if (*command == NULL) {
        return CLI_DONE;
    }
    rc = launch_start(command, launch_as(s), &s->child, why, sizeof(why));
    if (rc != CLI_DONE) {
        run_say("record: %s", why);
        return rc;
    }
    s->has_child = true;
    if (!probe_mark(s->probe, s->child.pidfd)) {
        run_say("record: the command cannot be marked: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    if (s->o->lossless && !freezer_open(&s->freezer, s->child.pid, s->probe, why, sizeof(why))) {
        run_say("record: --lossless: %s", why);
        return CLI_SYSTEM;
    }
    return scope_add(&s->scope, (uint32_t)s->child.pid) ? CLI_DONE : CLI_SYSTEM;
}

/* The processes of the scope as they are now; recording has begun, so none can slip through. */
static bool write_tables(struct session *s)
{
    const struct tables_opts opts = {
        .schema = scapf_schema_builtin(),
        .pids = s->scope.pids,
        .n_pids = s->scope.n_pids,
        .old_readers = s->o->compat == RECORD_COMPAT_BOTH,
        .env = s->o->env,
        .before_exec = s->has_child,
        .boot_ns = s->clock.offset_ns,
        .listed = scope_listed,
        .ctx = &s->scope,
        .users = &s->users,
        .losses = &s->scope.losses,
    };

    s->status = tables_write(s->out.writer, &opts);
    s->scope.listed_ns = (uint64_t)clock_ns(CLOCK_BOOTTIME);
    return s->status == SCAPF_OK;
}

/* ------------------------------------------------------------------ while it runs */

static enum scapf_status take_records(struct session *s, uint64_t *taken)
{
    struct rec_view view;
    uint64_t n = 0;

    s->complete = probe_look(s->probe);
    while (s->status == SCAPF_OK && probe_next(s->probe, &view)) {
        if (!scope_is_early(&s->scope, &view)) {
            s->status = rec_decode_put(s->decode, &view);
        }
        if (s->status == SCAPF_OK) {
            s->status = output_took(&s->out, view.len);
        }
        if ((++n & 255) == 0) {
            probe_release(s->probe);
        }
    }
    probe_release(s->probe);
    freezer_thaw(&s->freezer);
    *taken = n;
    return s->status;
}

/* What was lost on a processor since it was last asked, into the capture. */
static void tell_losses(struct session *s, uint64_t ts)
{
    struct rec_cpu cpu;
    char text[256];

    for (uint32_t i = 0; i < REC_CPUS && s->status == SCAPF_OK && probe_cpu(s->probe, i, &cpu);
         i++) {
        struct rec_cpu *last = &s->last[i];
        uint64_t full = cpu.full - last->full;
        uint64_t stateless = cpu.stateless - last->stateless;
        uint64_t children = cpu.children - last->children;

        if (full + stateless + children > 0) {
            (void)snprintf(
                text, sizeof(text),
                "cpu %u: lost %" PRIu64 " records (ring full), %" PRIu64
                " (no memory for a thread); %" PRIu64 " new threads not recorded; until %" PRIu64,
                i, full, stateless, children, (uint64_t)cpu.lost_to + (uint64_t)s->clock.offset_ns);
            s->status = rec_decode_drop(s->decode, ts, (uint16_t)i);
            if (s->status == SCAPF_OK) {
                s->status = rec_decode_note(s->decode, ts, (uint16_t)i, "scapfmt.drop", text);
            }
            s->out.waiting++;
        }
        *last = cpu;
    }
}

static void see_child(struct session *s)
{
    if (s->has_child && !s->child_ended &&
        waitpid(s->child.pid, &s->child_status, WNOHANG) == s->child.pid) {
        s->child_ended = true;
    }
}

static void take_signals(struct session *s)
{
    struct signalfd_siginfo info;
    int64_t now = clock_ns(CLOCK_MONOTONIC);

    while (read(s->signals_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            continue;
        }
        s->stop_signal = (int)info.ssi_signo;
        if (info.ssi_signo == SIGINT && s->has_child && !s->child_ended && s->stop_at == 0) {
            s->stop_at = now + GRACE_NS;
        } else {
            s->stop_at = now;
        }
    }
    see_child(s);
}

static bool is_over(struct session *s)
{
    if (s->stop_at != 0 && clock_ns(CLOCK_MONOTONIC) >= s->stop_at) {
        return true;
    }
    if (s->has_child) {
        return s->child_ended && probe_alive(s->probe) <= 0;
    }
    return s->o->pids.n > 0 && probe_alive(s->probe) <= 0 && !scope_lives(&s->scope);
}

/* Until there may be more, or a signal comes. */
static void pause_for(const struct session *s, long ns)
{
    const struct timespec wait = {.tv_nsec = ns};
    struct pollfd signals = {.fd = s->signals_fd, .events = POLLIN};

    (void)ppoll(&signals, 1, &wait, NULL);
}

/* Has the wall clock been set? What comes from now on has its time, and the capture says so. */
static void check_clock(struct session *s)
{
    int64_t by;
    char text[128];

    if (!clock_map_check(&s->clock, &by)) {
        return;
    }
    rec_decode_clock(s->decode, s->clock.offset_ns);
    (void)snprintf(text, sizeof(text), "the wall clock was set by %+" PRId64 " ns", by);
    s->status = rec_decode_note(s->decode, s->complete, 0, "scapfmt.clock", text);
    s->out.waiting++;
}

/* Each second. */
static void check_now_and_then(struct session *s)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);

    if (now - s->checked_ns < CLOCK_SECOND) {
        return;
    }
    s->checked_ns = now;
    tell_losses(s, s->complete);
    if (s->status == SCAPF_OK) {
        check_clock(s);
    }
}

static void loop(struct session *s)
{
    uint64_t taken = 0;

    while (s->status == SCAPF_OK) {
        bool over;

        take_signals(s);
        over = is_over(s);
        if (over || take_records(s, &taken) != SCAPF_OK) {
            break;
        }
        check_now_and_then(s);
        s->status = s->status == SCAPF_OK ? output_flush(&s->out, false) : s->status;
        if (s->freezer.fd < 0) {
            pause_for(s, taken > 100 ? BUSY_NS : IDLE_NS);
        } else if (taken == 0) {
            pause_for(s, EAGER_NS);
        }
    }
}

/* ------------------------------------------------------------------ the end */

static void make_report(struct session *s, struct report *r)
{
    *r = (struct report){
        .decode = *rec_decode_counts(s->decode),
        .proc = s->scope.losses,
        .early = s->scope.early,
        .not_held = freezer_failures(&s->freezer),
    };
    probe_totals(s->probe, &r->probe);
}

static void write_end(struct session *s)
{
    uint64_t ts = (uint64_t)clock_ns(CLOCK_BOOTTIME);
    struct report r;
    char text[1024];

    tell_losses(s, ts);
    make_report(s, &r);
    report_numbers(&r, text, sizeof(text));
    if (s->status == SCAPF_OK) {
        s->status = rec_decode_note(s->decode, ts, 0, "scapfmt.record", text);
    }
    if (s->o->common.verbose > 0) {
        run_say("record: %s", text);
    }
}

/* Also when the capture could not be written: then there is no other place. */
static void say_losses(struct session *s, bool *lost)
{
    struct report r;
    char text[1024];

    make_report(s, &r);
    *lost = report_losses(&r, text, sizeof(text));
    if (*lost) {
        run_say("record: %s", text);
    }
    if (report_gaps(&r, text, sizeof(text))) {
        run_say("record: %s", text);
    }
}

static void say_summary(const struct session *s, bool lost)
{
    double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - s->started_ns) / 1e9;

    run_say("%s: %" PRIu64 " events in %.3f s%s", run_path_name(s->out.path),
            rec_decode_counts(s->decode)->events, seconds, lost ? "" : ", none lost");
    if (s->freezer.fd >= 0) {
        run_say("record: the command was held %" PRIu64 " times, %.3f s in all", s->freezer.times,
                (double)s->freezer.total_ns / 1e9);
    }
    if (s->has_child && !s->child_ended && !s->o->apart) {
        run_say("record: the command runs on, unrecorded");
    }
}

/* Wireshark stops a capture by closing the pipe. */
static bool is_unwanted(const struct session *s)
{
    const struct scapf_diag *diag = scapf_sink_diag(s->out.sink);

    return s->o->apart && diag != NULL && diag->status == SCAPF_E_IO && diag->got == EPIPE;
}

/* A command that was started to be looked at ends with that. */
static int finish_apart(struct session *s)
{
    if (s->has_child && !s->child_ended) {
        (void)kill(-s->child.pid, SIGTERM);
    } else if (s->has_child && s->child_status != 0) {
        run_say("record: the command ended with %s %d",
                WIFSIGNALED(s->child_status) ? "signal" : "status",
                WIFSIGNALED(s->child_status) ? WTERMSIG(s->child_status)
                                             : WEXITSTATUS(s->child_status));
    }
    return CLI_DONE;
}

/* Why the capture ends early. */
static int say_failure(struct session *s)
{
    const struct scapf_diag *diag = output_diag(&s->out);

    output_cut(&s->out);
    if (s->out.follower == 0 && !s->out.follower_failed) { /* else it has said why */
        (void)run_fail(s->out.path, s->status,
                       diag != NULL ? diag : scapf_writer_diag(s->out.writer));
        run_say("%s: recording ended early; what was written before is whole", s->out.path);
    }
    return CLI_SYSTEM;
}

static int exit_code(const struct session *s)
{
    if (!s->has_child || !s->child_ended) {
        return s->stop_signal != 0 && s->has_child ? 128 + s->stop_signal : CLI_DONE;
    }
    return WIFSIGNALED(s->child_status) ? 128 + WTERMSIG(s->child_status)
                                        : WEXITSTATUS(s->child_status);
}

static int finish(struct session *s)
{
    uint64_t taken;
    bool lost;

    probe_detach(s->probe);
    see_child(s);
    if (s->status == SCAPF_OK) {
        (void)take_records(s, &taken);
    }
    write_end(s);
    if (s->status == SCAPF_OK) {
        s->status = output_finish(&s->out);
    }
    if (s->status != SCAPF_OK && is_unwanted(s)) {
        return finish_apart(s);
    }
    say_losses(s, &lost);
    if (s->status != SCAPF_OK) {
        return say_failure(s);
    }
    if (!s->o->common.quiet) {
        say_summary(s, lost);
    }
    return s->o->apart ? finish_apart(s) : exit_code(s);
}

/* A full ring loses what comes next: on a busy machine the recorder has to come first, where it
 * may. The command was made before and keeps its own priority. */
static void hurry(void)
{
    (void)setpriority(PRIO_PROCESS, 0, -15);
}

static int go(struct session *s, char **command)
{
    int error;

    s->started_ns = clock_ns(CLOCK_MONOTONIC);
    s->checked_ns = s->started_ns;
    hurry();
    error = s->has_child ? launch_go(&s->child) : 0;
    if (error != 0) {
        run_say("record: %s: %s", command[0], strerror(error));
    }
    loop(s);
    return finish(s);
}

static int begin(struct session *s, char **command)
{
    const struct follow_opts follow = record_follow(s->o);
    struct scapf_diag diag;
    char why[512];
    int rc;

    if (!scope_open(&s->scope, s->o, why, sizeof(why))) {
        run_say("record: %s", why);
        return CLI_SYSTEM;
    }
    rc = make_probe(s) && make_decode(s) ? make_scope(s, command) : CLI_SYSTEM;
    if (rc != CLI_DONE) {
        return rc;
    }
    if (!output_open(&s->out, &follow, &diag)) {
        return s->out.follower_failed ? CLI_SYSTEM : run_fail(follow.path, SCAPF_E_IO, &diag);
    }
    if (!block_signals(s)) {
        run_say("record: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    s->scope.follower = (uint32_t)s->out.follower;
    if (!probe_never(s->probe, s->scope.self) ||
        (s->scope.follower != 0 && !probe_never(s->probe, s->scope.follower))) {
        run_say("record: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    rec_decode_writer(s->decode, s->out.writer);
    clock_map_start(&s->clock);
    rec_decode_clock(s->decode, s->clock.offset_ns);
    if (!probe_attach(s->probe, why, sizeof(why))) {
        run_say("record: %s", why);
        return CLI_SYSTEM;
    }
    if (!scope_find(&s->scope, s->o, s->probe, why, sizeof(why))) {
        run_say("record: %s", why);
        return CLI_SYSTEM;
    }
    s->status = output_begin(&s->out);
    if (s->status != SCAPF_OK || !write_tables(s)) {
        const struct scapf_diag *failed = output_diag(&s->out);

        return run_fail(s->out.path, s->status,
                        failed != NULL ? failed : scapf_writer_diag(s->out.writer));
    }
    s->out.waiting++;
    return CLI_DONE;
}

int session_run(const struct record_opts *o, char **command)
{
    struct session s = {.o = o,
                        .scope = {.mount_fd = -1},
                        .signals_fd = -1,
                        .out = {.fd = -1},
                        .child = {.pidfd = -1},
                        .freezer = {.fd = -1, .guard_fd = -1}};
    int rc = begin(&s, command);

    if (rc == CLI_DONE) {
        rc = go(&s, command);
    } else if (s.has_child) {
        launch_drop(&s.child);
    }
    freezer_close(&s.freezer);
    output_free(&s.out);
    probe_free(s.probe);
    rec_decode_free(s.decode);
    rec_plans_free(s.plans);
    scope_close(&s.scope);
    users_free(&s.users);
    free(s.last);
    return rc;
}
