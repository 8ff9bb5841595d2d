/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/record_run.h"

static struct rec_plans *plans;
static struct rec_decode_opts opts;
static uint8_t pieces[0x40000];
static size_t len;
static struct mkrec m;

static void make(bool old_readers)
{
    const struct rec_plan_opts plan_opts = {
        .old_readers = old_readers, .snaplen = 80, .entries = 32768};

    plans = rec_plans_new(scapf_schema_builtin(), "x86_64", &plan_opts);
    cr_assert(plans != NULL);
    opts = (struct rec_decode_opts){.plans = plans, .old_readers = old_readers, .enter = true};
    len = 0;
}

static void begin(enum rec_kind kind, const char *name, int64_t ret)
{
    mkrec_begin(&m, kind, record_nr(plans, name), ret);
}

static void chunk(enum rec_step step, uint8_t arg, const void *bytes, uint32_t n)
{
    uint8_t op = record_op(plans, m.head.nr, step, arg);

    cr_assert(op != REC_NO_OP, "call %d has no step %d", m.head.nr, step);
    mkrec_chunk(&m, op, 0, bytes, n);
}

static void end(void)
{
    mkrec_end(&m);
    len = record_piece(pieces, len, &m);
}

/* What is printed for the records so far. */
static void expect(const char *want)
{
    struct run run = run_records(pieces, len, &opts, NULL);
    char *lines = run_lines(&run, "dir,type,args");

    cr_expect_str_eq(lines, want);
    cr_expect(run_findings(&run, SCAPF_ERROR) == 0);
    free(lines);
    run_release(&run);
    rec_plans_free(plans);
}

/* ------------------------------------------------------------------ plans */

/* Parameters that nobody can know even in the kernel, or that no kernel was asked for. */
static bool may_be_unknown(const char *call, const char *param)
{
    static const char *const names[] = {
        "creat_flags", "dqb_btime", "dqb_itime", "dqi_bgrace",    "dqi_igrace", "mask",
        "sig",         "path",      "value",     "quotafilepath", "flags",
    };

    (void)call;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], param) == 0) {
            return true;
        }
    }
    return false;
}

static void check_event(const struct rec_call *call, const struct rec_event_plan *event,
                        const struct rec_plan *kernel)
{
    const char *const *ages = scapf_schema_builtin()->ages;

    for (uint8_t i = event->n; i < event->info->n_params; i++) { /* released readers stop at them */
        cr_expect_str_eq(ages[event->info->params[i].since], "libs 0.25.0", "%s", call->name);
    }
    for (uint8_t i = 0; i < event->n; i++) {
        const struct rec_param *p = &event->params[i];

        cr_expect(p->op == REC_NO_OP || p->op < kernel->n, "%s %u", call->name, i);
        cr_expect(p->op2 == REC_NO_OP || p->op2 < kernel->n, "%s %u", call->name, i);
        cr_expect(event->code % 2 == 0 || p->from != REC_FROM_UNKNOWN ||
                      may_be_unknown(call->name, event->info->params[i].name),
                  "%s: nobody fetches %s", call->name, event->info->params[i].name);
    }
}

Test(record, every_call_of_the_map_has_a_plan)
{
    unsigned events = 0;

    for (int old = 0; old < 2; old++) {
        make(old != 0);
        for (int32_t nr = 0; nr < REC_CALLS; nr++) {
            const struct rec_call *call = &plans->calls[nr];

            cr_expect(plans->kernel[nr].n <= REC_OPS && plans->kernel[REC_CALLS + nr].n <= REC_OPS);
            cr_expect((call->row != NULL) == (call->exit != NULL), "%s", call->name);
            if (call->exit != NULL) {
                check_event(call, call->exit, &plans->kernel[REC_CALLS + nr]);
                events++;
            }
            if (call->enter != NULL) {
                check_event(call, call->enter, &plans->kernel[nr]);
            }
        }
        rec_plans_free(plans);
    }
    cr_expect(events > 2 * 140, "%u", events);
}

Test(record, an_architecture_nobody_knows)
{
    const struct rec_plan_opts none = {0};

    cr_expect(rec_plans_new(scapf_schema_builtin(), "pdp11", &none) == NULL);
    plans = rec_plans_new(scapf_schema_builtin(), "aarch64", &none);
    cr_assert(plans != NULL);
    cr_expect(record_nr(plans, "openat") == 56);
    rec_plans_free(plans);
}

/* ------------------------------------------------------------------ calls */

Test(record, a_call_without_an_event_of_its_own)
{
    make(true);
    begin(REC_ENTER, "getpid", 0);
    end();
    begin(REC_EXIT, "getpid", 7);
    end();
    expect("> getpid\n< getpid\n");
}

/* More bits than the event has for a number: never the call that the others are the number of. */
Test(record, a_number_that_no_call_has)
{
    static const int32_t numbers[] = {65536 + 59, 0x40000000 + 520, 0x8000 + 7, INT32_MIN, -1};
    struct run run;
    char *json;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        make(false);
        mkrec_begin(&m, REC_EXIT, numbers[i], -38);
        m.head.flags = i % 2 != 0 ? REC_F_IA32 | REC_F_OTHER : 0;
        end();
        run = run_records(pieces, len, &opts, NULL);
        json = run_json(&run);
        cr_expect(strstr(json, "\"ID\":0,\"nativeID\":65535") != NULL, "%s", json);
        free(json);
        run_release(&run);
        rec_plans_free(plans);
    }
}

Test(record, flags_are_those_of_the_format)
{
    const struct rec_file file = {.ino = 5, .dev = 0x10};

    make(true);
    begin(REC_EXIT, "openat", 3);
    m.head.args[0] = 0xffffff9c;         /* AT_FDCWD as an int */
    m.head.args[2] = 0x80000 | 0x40 | 1; /* O_CLOEXEC, O_CREAT, O_WRONLY */
    m.head.args[3] = 0644;
    chunk(REC_STR, 1, "/a/b", 5);
    chunk(REC_FILE, REC_ARGS, &file, sizeof(file));
    end();
    expect("< openat fd=3(<f>/a/b) dirfd=-100(AT_FDCWD) name=/a/b "
           "flags=4102(O_CREAT|O_WRONLY|O_CLOEXEC) mode=0644 dev=10 ino=5\n");
}

Test(record, a_mode_counts_only_when_a_file_is_made)
{
    make(true);
    begin(REC_EXIT, "open", -2);
    m.head.args[2] = 0777;
    chunk(REC_STR, 0, "x", 2);
    end();
    expect("< open fd=-2(ENOENT) name=x flags=1(O_RDONLY) mode=0 dev=0 ino=0\n");
}

Test(record, no_more_data_than_was_moved)
{
    make(true);
    begin(REC_EXIT, "write", 2);
    m.head.args[0] = 1;
    m.head.args[2] = 4;
    chunk(REC_BYTES, 1, "abcd", 4);
    end();
    begin(REC_EXIT, "write", -11);
    m.head.args[0] = 1;
    m.head.args[2] = 4;
    chunk(REC_BYTES, 1, "abcd", 4);
    end();
    expect("< write res=2 data=ab fd=1 size=4\n"
           "< write res=-11(EAGAIN) data=abcd fd=1 size=4\n");
}

/* Answers to the steps of message i of several. */
static void message(uint16_t i, const char *bytes, const uint8_t address[16], const char *control)
{
    const int32_t nr = record_nr(plans, "recvmmsg");
    const uint8_t op = record_op(plans, nr, REC_MSG, 1);

    mkrec_chunk_of(&m, op, i, bytes, (uint32_t)strlen(bytes));
    mkrec_chunk_of(&m, (uint8_t)(op + 1), i, address, 16);
    mkrec_chunk_of(&m, (uint8_t)(op + 2), i, control, (uint32_t)strlen(control));
}

Test(record, each_of_several_messages)
{
    struct rec_file file = {.family = 2, .type = 2, .sport = 4000, .saddr = {127, 0, 0, 1}};
    const uint8_t address[2][16] = {{2, 0, 0, 80, 192, 0, 2, 1}, {2, 0, 0, 81, 192, 0, 2, 1}};

    make(true);
    begin(REC_EXIT, "recvmmsg", 3); /* the answers to the third had no room */
    m.head.args[0] = 3;
    message(0, "one", address[0], "c");
    message(1, "second", address[1], "");
    chunk(REC_FILE, 0, &file, sizeof(file));
    end();
    expect("< recvmmsg res=3 fd=3(<4u>127.0.0.1:4000->192.0.2.1:80) size=3 data=one "
           "tuple=192.0.2.1:80->127.0.0.1:4000 msgcontrol=c\n"
           "< recvmmsg res=3 fd=3(<4u>127.0.0.1:4000->192.0.2.1:81) size=6 data=second "
           "tuple=192.0.2.1:81->127.0.0.1:4000 msgcontrol=NULL\n"
           "< recvmmsg res=3 fd=3(<4u>127.0.0.1:4000->192.0.2.1:81) size=0 data=NULL tuple=NULL "
           "msgcontrol=NULL\n");
}

Test(record, an_address_and_the_socket_it_is_for)
{
    struct rec_file file = {.family = 2, .type = 1, .sport = 4000, .saddr = {127, 0, 0, 1}};
    const uint8_t address[16] = {2, 0, 0, 80, 192, 0, 2, 1};

    make(true);
    begin(REC_EXIT, "connect", 0);
    m.head.args[0] = 3;
    chunk(REC_FILE, 0, &file, sizeof(file));
    chunk(REC_ADDR, 1, address, sizeof(address));
    end();
    expect("< connect res=0 tuple=127.0.0.1:4000->192.0.2.1:80 "
           "fd=3(<4>127.0.0.1:4000->192.0.2.1:80) addr=192.0.2.1:80\n");
}

Test(record, descriptors_of_poll)
{
    const uint8_t fds[16] = {4, 0, 0, 0, 1, 0, 0x11, 0, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0};

    make(true);
    begin(REC_EXIT, "poll", 1);
    m.head.args[1] = 2;
    m.head.args[2] = 0xffffffff;
    chunk(REC_BYTES, 0, fds, sizeof(fds));
    end();
    expect("< poll res=1 fds=4:?21 18446744073709551615:?0 timeout=-1\n"); /* POLLIN, POLLHUP as the
                                                                              format has them */
}

Test(record, a_program_and_the_name_it_was_started_under)
{
    struct rec_task task = {.tid = 7,
                            .pid = 7,
                            .ptid = 6,
                            .comm = "prog",
                            .uid = 1000,
                            .exe_flags = 5,
                            .vm_size = UINT64_C(1) << 31,
                            .vm_rss = 3};
    struct run run;
    char *lines;

    make(true);
    mkrec_begin(&m, REC_EXEC, 7, 0);
    mkrec_chunk(&m, 0, 0, "./prog", 7);
    end();
    begin(REC_EXIT, "execve", 0);
    chunk(REC_ARGV, 1, "prog\0-x\0", 8);
    chunk(REC_TASK, 0, &task, sizeof(task));
    chunk(REC_CWD, 0, "b\0a\0", 4);
    end();
    run = run_records(pieces, len, &opts, NULL);
    lines = run_lines(&run, "args");
    cr_expect(strstr(lines, "exe=prog args=-x. tid=7(prog) pid=7(prog) ptid=6 cwd=/a/b ") != NULL,
              "%s", lines);
    cr_expect(strstr(lines, "comm=prog ") != NULL && strstr(lines, "uid=1000") != NULL);
    cr_expect(strstr(lines, "filename=./prog") != NULL, "%s", lines);
    cr_expect(strstr(lines, "vm_size=-1 vm_rss=12 ") != NULL, "%s", lines); /* as 32 bits */
    cr_expect(strstr(lines, "flags=5(EXE_WRITABLE|EXE_FROM_MEMFD)") != NULL, "%s", lines);
    free(lines);
    run_release(&run);
    rec_plans_free(plans);
}

Test(record, entries_of_a_directory)
{
    uint8_t entry[32] = {9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 32, 0, 8, 'a', '"', 0xc3};
    struct run run;
    char *json;

    make(true);
    begin(REC_EXIT, "getdents64", 32);
    m.head.args[0] = 3;
    m.head.args[2] = 32768;
    chunk(REC_BYTES, 1, entry, sizeof(entry));
    end();
    run = run_records(pieces, len, &opts, NULL);
    json = run_json(&run);
    cr_expect(strstr(json, "\"entries\":[{\"ino\":9,\"type\":\"DT_REG\",\"name\":") != NULL, "%s",
              json);
    free(json);
    run_release(&run);
    rec_plans_free(plans);
}

Test(record, calls_of_i386_programs)
{
    make(true);
    mkrec_begin(&m, REC_EXIT, 20, 7); /* getpid there, writev here */
    m.head.flags = REC_F_IA32 | REC_F_OTHER;
    end();
    mkrec_begin(&m, REC_EXIT, 7, 7); /* waitpid there, which is none here; poll here */
    m.head.flags = REC_F_IA32 | REC_F_OTHER;
    end();
    begin(REC_EXIT, "read", 2);
    m.head.flags = REC_F_IA32;
    m.head.args[0] = 5;
    m.head.args[2] = 100;
    chunk(REC_BYTES, 1, "ab", 2);
    end();
    begin(REC_EXIT, "lseek", -22);
    m.head.flags = REC_F_IA32;
    m.head.args[0] = 5;
    m.head.args[1] = 0xfffffffe;
    end();
    begin(REC_EXIT, "pread64", 2); /* its offset lies in two registers there: it has 64 bits */
    m.head.flags = REC_F_IA32;
    m.head.wide = 1 << 3;
    m.head.args[0] = 0xffffff9c;
    m.head.args[2] = 3;
    m.head.args[3] = UINT64_C(0x100000005);
    chunk(REC_BYTES, 1, "ab", 2);
    end();
    expect("< getpid\n< unknown\n< read res=2 data=ab fd=5 size=100\n"
           "< lseek res=-22(EINVAL) fd=5 offset=4294967294 whence=0(SEEK_SET)\n"
           "< pread res=2 data=ab fd=-100(AT_FDCWD) size=3 pos=4294967301\n");
}

/* Which call each one of i386 is: every entry leads to a call, its words are there. */
Test(record, the_table_of_i386_calls)
{
    static const struct {
        uint32_t nr;
        const char *name; /* NULL: told by its name alone */
    } calls[] = {
        {1, "exit"},
        {3, "read"},
        {11, "execve"},
        {19, "lseek"},
        {90, "mmap"},
        {102, NULL},
        {117, NULL},
        {140, NULL}, /* _llseek leaves its result in memory */
        {162, "nanosleep"},
        {165, "getresuid"},
        {180, "pread64"},
        {187, "sendfile"},
        {192, "mmap"},
        {239, "sendfile"},
        {272, "fadvise64"},
        {370, "sendmsg"},
        {REC_CALLS, NULL},
        {REC_CALLS + 3, "connect"},
        {REC_CALLS + 20, "sendmmsg"},
        {REC_CALLS + 21, NULL},
        {REC_CALLS + REC_IA32_PARTS + 2, "semget"},
        {REC_CALLS + REC_IA32_PARTS + 4, "semtimedop"},
        {REC_CALLS + REC_IA32_PARTS + 5, NULL},
        {REC_CALLS + REC_IA32_PARTS + 12, "msgrcv"},
        {REC_CALLS + REC_IA32_PARTS + 21, "shmat"},
    };

    make(true);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        uint16_t native = plans->ia32[calls[i].nr].native;

        cr_expect((native != 0) == (calls[i].name != NULL), "%u", calls[i].nr);
        cr_expect(native == 0 || native == record_nr(plans, calls[i].name) + 1, "%u", calls[i].nr);
    }
    /* the result of the one and two arguments of the other lie elsewhere: no event may have them */
    cr_expect(plans->calls[record_nr(plans, "shmat")].exit == NULL);
    cr_expect(plans->calls[record_nr(plans, "msgrcv")].exit == NULL);
    for (uint32_t nr = 0; nr < REC_IA32; nr++) {
        const struct rec_ia32 *call = &plans->ia32[nr];

        cr_expect(call->native <= REC_CALLS && call->block <= 2, "%u", nr);
        for (size_t i = 0; call->native != 0 && i < REC_ARGS; i++) {
            uint8_t word = call->order[i] & (REC_IA32_WORDS - 1);

            cr_expect(call->order[i] == REC_IA32_NONE ||
                          word + ((call->order[i] & REC_IA32_PAIR) != 0) < REC_ARGS,
                      "%u", nr);
            cr_expect(call->block == 0 || call->order[i] == REC_IA32_NONE || word < call->n_block,
                      "%u", nr);
        }
    }
    rec_plans_free(plans);
}

Test(record, numbers_that_i386_has_half_as_long)
{
    static const uint32_t time[] = {1, 500};
    static const uint32_t limits[] = {INT32_MAX, UINT32_MAX};
    static const uint16_t id = 1000;
    static const uint32_t off = 11;

    make(true);
    begin(REC_ENTER, "nanosleep", 0);
    m.head.half = 1;
    chunk(REC_BYTES, 0, time, sizeof(time));
    end();
    begin(REC_EXIT, "getrlimit", 0);
    m.head.half = 2;
    chunk(REC_BYTES, 1, limits, sizeof(limits));
    end();
    begin(REC_EXIT, "getrlimit", 0); /* the old one */
    m.head.half = 2;
    m.head.flags = REC_F_IA32 | REC_F_CAPPED;
    chunk(REC_BYTES, 1, limits, sizeof(limits));
    end();
    begin(REC_EXIT, "getresuid", 0);
    m.head.half = 7;
    for (uint8_t i = 0; i < 3; i++) {
        chunk(REC_BYTES, i, &id, sizeof(id));
    }
    end();
    begin(REC_EXIT, "sendfile", 3);
    m.head.half = 4;
    chunk(REC_BYTES, 2, &off, sizeof(off));
    end();
    expect("> nanosleep interval=1000000500(1s)\n"
           "< getrlimit res=0 cur=2147483647 max=-1 resource=0(RLIMIT_CPU)\n"
           "< getrlimit res=0 cur=-1 max=4294967295 resource=0(RLIMIT_CPU)\n"
           "< getresuid res=0 ruid=1000(<NA>) euid=1000(<NA>) suid=1000(<NA>)\n"
           "< sendfile res=3 offset=8 out_fd=0 in_fd=0 size=0\n");
}

Test(record, the_end_of_a_thread_and_signals)
{
    make(true);
    mkrec_begin(&m, REC_SIGNAL, 15, 3);
    end();
    mkrec_begin(&m, REC_END, 0, 0x8b);
    m.head.args[0] = 2;
    end();
    expect("> signaldeliver spid=3 dpid=7 sig=15(SIGTERM)\n"
           "> procexit status=139 ret=0 sig=11(SIGSEGV) core=1 reaper_tid=2\n");
}

Test(record, old_readers_get_no_number_they_die_of)
{
    struct run run;
    char *lines;

    for (int old = 0; old < 2; old++) {
        make(old != 0);
        begin(REC_EXIT, "rseq", 0);
        end();
        run = run_records(pieces, len, &opts, NULL);
        lines = run_json(&run);
        cr_expect((strstr(lines, "\"ID\":0") != NULL) == (old != 0) ||
                      strstr(lines, "rseq") != NULL,
                  "%s", lines);
        free(lines);
        run_release(&run);
        rec_plans_free(plans);
    }
}

/* What a record of a whole call becomes is what two records would have become. */
Test(record, a_whole_call_is_its_beginning_and_its_end)
{
    static const char *const names[] = {"openat", "read", "writev", "connect", "poll", "getpid"};
    static const char answer[24] = "\1\0/tmp/x\0 a b c d";

    for (int old = 0; old < 2; old++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            char *lines[2];

            for (int whole = 0; whole < 2; whole++) {
                struct run run;

                make(old != 0);
                for (int half = whole; half < 2; half++) {
                    begin(whole != 0  ? REC_CALL
                          : half == 0 ? REC_ENTER
                                      : REC_EXIT,
                          names[i], half == 0 ? 0 : 5);
                    m.head.ts += half != 0 && whole == 0 ? 700 : 0;
                    m.head.until = whole != 0 ? m.head.ts + 700 : 0;
                    for (uint8_t k = 0; k < REC_ARGS; k++) {
                        m.head.args[k] = k + 1u;
                    }
                    for (uint8_t op = 0; op < REC_OPS; op++) {
                        if (plans->kernel[half * REC_CALLS + m.head.nr].ops[op].step != REC_NONE) {
                            mkrec_chunk(&m, op, 0, answer, sizeof(answer));
                        }
                    }
                    end();
                }
                run = run_records(pieces, len, &opts, NULL);
                cr_expect(run_findings(&run, SCAPF_ERROR) == 0, "%s", names[i]);
                lines[whole] = run_lines(&run, "time,dir,type,args");
                run_release(&run);
                rec_plans_free(plans);
            }
            cr_expect_str_eq(lines[0], lines[1]);
            cr_expect(strstr(lines[1], "> ") != NULL && strstr(lines[1], "< ") != NULL);
            free(lines[0]);
            free(lines[1]);
        }
    }
}

/* Calls whose beginning has to be told at once: what it names may be another thing behind it. */
Test(record, calls_whose_beginning_cannot_wait)
{
    static const struct {
        const char *name;
        bool apart;
    } calls[] = {
        {"execve", true},  {"execveat", false},       {"sendfile", true}, {"sendto", true},
        {"sendmsg", true}, {"copy_file_range", true}, {"ppoll", true},    {"openat", false},
        {"read", false},   {"connect", false},        {"poll", false},    {"exit_group", false},
        {"clone3", false},
    };

    make(true);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        int32_t nr = record_nr(plans, calls[i].name);
        bool apart = (plans->apart[nr / 32] >> nr % 32 & 1) != 0;

        cr_expect(apart == calls[i].apart, "%s", calls[i].name);
    }
    rec_plans_free(plans);
}

Test(record, old_readers_die_of_the_beginning_of_execveat)
{
    for (int old = 0; old < 2; old++) {
        make(old != 0);
        cr_expect((plans->calls[record_nr(plans, "execveat")].enter == NULL) == (old != 0));
        cr_expect(plans->calls[record_nr(plans, "execve")].enter != NULL);
        rec_plans_free(plans);
    }
}

static unsigned n_asked;

/* Everybody is called n, and known when asked for again. */
static enum scapf_status on_id(void *ctx, bool group, uint32_t id)
{
    const struct rec_user user = {
        .group = group, .uid = id, .gid = group ? id : 9, .name = "n", .home = "/h", .shell = "/s"};

    (void)ctx;
    return n_asked++ % 2 == 0 ? rec_decode_user(record_decoder, &user) : SCAPF_OK;
}

/* Users and groups come before the event that has them; -1 is nobody. */
Test(record, users_are_told_before_their_event)
{
    static const char *const want[] = {
        "> useradded uid=70 gid=9 name=n home=/h shell=/s container_id=\n"
        "> setresuid ruid=70(n) euid=-1(<NONE>) suid=70(n)\n"
        "> groupadded gid=71 name=n container_id=\n"
        "> setresgid rgid=71(n) egid=-1(<NONE>) sgid=71(n)\n",
        "> notification id=scapfmt.user desc=user 70 is n\n"
        "> setresuid ruid=70(<NA>) euid=-1(<NONE>) suid=70(<NA>)\n"
        "> notification id=scapfmt.user desc=group 71 is n\n"
        "> setresgid rgid=71(<NA>) egid=-1(<NONE>) sgid=71(<NA>)\n",
    };

    for (int old = 0; old < 2; old++) {
        struct run run;
        char *lines;

        make(old != 0);
        opts.id = on_id;
        n_asked = 0;
        for (uint64_t group = 0; group < 2; group++) {
            begin(REC_ENTER, group != 0 ? "setresgid" : "setresuid", 0);
            m.head.args[0] = m.head.args[2] = 70 + group;
            m.head.args[1] = UINT32_MAX;
            end();
        }
        run = run_records(pieces, len, &opts, NULL);
        lines = run_lines(&run, "dir,type,args");
        cr_expect_str_eq(lines, want[old]);
        cr_expect(n_asked == 4, "%u", n_asked);
        cr_expect(run_findings(&run, SCAPF_ERROR) == 0);
        free(lines);
        run_release(&run);
        rec_plans_free(plans);
    }
}

/* Which answer tells the namespace of the child is the plan's to say: others may be as long. */
Test(record, the_flags_of_a_clone_know_the_namespace)
{
    for (int deep = 0; deep < 2; deep++) {
        struct rec_task task = {.tid = 8, .pid = 8, .ns_level = (uint32_t)deep};
        uint8_t other[sizeof(task)];
        struct run run;
        char *lines;

        make(false);
        memset(other, 0xff, sizeof(other));
        begin(REC_EXIT, "clone", 8);
        m.head.args[0] = 0x11; /* SIGCHLD */
        chunk(REC_TASK, 0, &task, sizeof(task));
        chunk(REC_CWD, 0, other, sizeof(other));
        end();
        run = run_records(pieces, len, &opts, NULL);
        lines = run_lines(&run, "args");
        cr_expect((strstr(lines, "CLONE_CHILD_IN_PIDNS") != NULL ||
                   strstr(lines, "CHILD_IN_PIDNS") != NULL) == (deep != 0),
                  "%s", lines);
        free(lines);
        run_release(&run);
        rec_plans_free(plans);
    }
}

/* ------------------------------------------------------------------ hostile records */

/* A record cut anywhere, and one whose lengths lie: counted, never half an event. */
Test(record, what_does_not_hold_together_is_left_out)
{
    struct rec_decode_counts counts;
    struct run run;
    size_t whole;

    make(true);
    begin(REC_EXIT, "openat", 3);
    chunk(REC_STR, 1, "/a/b", 5);
    end();
    whole = len;
    for (size_t n = 0; n < m.len; n++) {
        pieces[0] = (uint8_t)n;
        pieces[1] = (uint8_t)(n >> 8);
        run = run_records(pieces, 2 + n, &opts, &counts);
        cr_expect(run.status == SCAPF_OK && counts.malformed == counts.records &&
                      counts.events == 0,
                  "%zu", n);
        run_release(&run);
    }
    for (size_t at = sizeof(struct rec_head); at < whole - 2; at++) {
        struct mkrec broken = m;

        broken.bytes[at] ^= 0xff;
        len = record_piece(pieces, 0, &broken);
        run = run_records(pieces, len, &opts, &counts);
        cr_expect(run.status == SCAPF_OK && run_findings(&run, SCAPF_ERROR) == 0, "%zu", at);
        run_release(&run);
    }
    rec_plans_free(plans);
}
