/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of strace logs: prefixes, kinds, results, calls in two parts, noise, -ff sets. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/strace_probe.h"

#define S INT64_C(1000000000)

Test(strace_line, every_prefix)
{
    static const struct {
        const char *prefix;
        int64_t pid;
        const char *comm;
        enum strace_time_kind kind;
        int digits;
        int64_t ns, delta;
        int32_t number;
        uint64_t ip;
    } rows[] = {
        {"", -1, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"343   ", 343, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"4194303 ", 4194303, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"1 ", 1, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"[pid   343] ", 343, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"[pid 1234567] ", 1234567, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"383<zoo> ", 383, "zoo", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"[pid   392<zoo \\74ren\\76amed>] ", 392, "zoo \\74ren\\76amed", STRACE_TIME_NONE, 0, 0,
         -1, -1, 0},
        {"06:28:05 ", -1, "", STRACE_TIME_OF_DAY, 0, 23285 * S, -1, -1, 0},
        {"06:28:05.978 ", -1, "", STRACE_TIME_OF_DAY, 3, 23285 * S + 978000000, -1, -1, 0},
        {"343   06:28:05.978420 ", 343, "", STRACE_TIME_OF_DAY, 6, 23285 * S + 978420000, -1, -1,
         0},
        {"1795415285.034983 ", -1, "", STRACE_TIME_EPOCH, 6, 1795415285 * S + 34983000, -1, -1, 0},
        {"1795415285 ", -1, "", STRACE_TIME_EPOCH, 0, 1795415285 * S, -1, -1, 0},
        {"343   1795415285.034983123 ", 343, "", STRACE_TIME_EPOCH, 9, 1795415285 * S + 34983123,
         -1, -1, 0},
        {"3     1795415285.034 ", 3, "", STRACE_TIME_EPOCH, 3, 1795415285 * S + 34000000, -1, -1,
         0},
        {"     0.000229 ", -1, "", STRACE_TIME_RELATIVE, 6, 229000, 229000, -1, 0},
        {"     3 ", -1, "", STRACE_TIME_RELATIVE, 0, 3 * S, 3 * S, -1, 0},
        {"343        0.000227 ", 343, "", STRACE_TIME_RELATIVE, 6, 227000, 227000, -1, 0},
        {"343        2 ", 343, "", STRACE_TIME_RELATIVE, 0, 2 * S, 2 * S, -1, 0},
        {"06:28:05 (+     0.000229) ", -1, "", STRACE_TIME_OF_DAY, 0, 23285 * S, 229000, -1, 0},
        {"343   1795415285.5 (+     1) ", 343, "", STRACE_TIME_EPOCH, 1, 1795415285 * S + S / 2, S,
         -1, 0},
        {"463   [  59] [00007f72d9cbfad7] ", 463, "", STRACE_TIME_NONE, 0, 0, -1, 59,
         0x7f72d9cbfad7},
        {"463   [  59] [559668adb9ca] ", 463, "", STRACE_TIME_NONE, 0, 0, -1, 59, 0x559668adb9ca},
        {"[???] [????????] ", -1, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
        {"[f7f01234] ", -1, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0xf7f01234},
        {"5 [init_t] 06:28:05 [   3] ", 5, "", STRACE_TIME_OF_DAY, 0, 23285 * S, -1, 3, 0},
        {"[pid 5] [system_u:system_r:init_t:s0] ", 5, "", STRACE_TIME_NONE, 0, 0, -1, -1, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[256];
        struct probe p;
        const struct strace_item *it;

        (void)snprintf(line, sizeof(line), "%sclose(3)      = 0 <0.000002>\n", rows[i].prefix);
        p = probe_open(line);
        it = p.it;
        cr_expect(it->kind == STRACE_CALL && strace_span_is(it, it->name, "close"), "%s", line);
        cr_expect_eq(it->pid, rows[i].pid, "%s", line);
        cr_expect(strace_span_is(it, it->comm, rows[i].comm), "%s", line);
        cr_expect_eq(it->time_kind, rows[i].kind, "%s", line);
        cr_expect_eq(it->has_time, rows[i].kind != STRACE_TIME_NONE, "%s", line);
        cr_expect_eq(it->enter_ns, rows[i].ns, "%s: %" PRId64, line, it->enter_ns);
        cr_expect_eq(it->time_digits, rows[i].digits, "%s: %d", line, it->time_digits);
        cr_expect(it->has_delta == (rows[i].delta >= 0), "%s", line);
        cr_expect(!it->has_delta || it->delta_ns == rows[i].delta, "%s", line);
        cr_expect_eq(it->number_n, rows[i].number, "%s", line);
        cr_expect(it->has_ip == (rows[i].ip != 0) && it->ip == rows[i].ip, "%s", line);
        cr_expect(it->has_duration && it->duration_ns == 2000, "%s", line);
        cr_expect(!it->has_time || (it->has_exit_time && it->exit_ns == it->enter_ns + 2000));
        probe_close(&p);
    }
}

/* In the year 2277 and later: more ns than a time holds. */
Test(strace_line, seconds_that_are_no_time)
{
    struct probe p = probe_open("4002  9700000000.009636 close(3) = 0\n");

    cr_expect(!p.it->has_time && p.it->enter_ns == 0);
    probe_close(&p);
    p = probe_open("4002  9223372035.999999 close(3) = 0\n");
    cr_expect(p.it->has_time && p.it->enter_ns == INT64_C(9223372035999999000));
    probe_close(&p);
}

Test(strace_line, every_form_of_result)
{
    static const struct {
        const char *text;
        enum strace_ret_kind kind;
        int64_t value;
        int error;
        const char *name, *aux;
        int64_t duration;
    } rows[] = {
        {"= 0", STRACE_RET_NUMBER, 0, 0, "", "", -1},
        {"= 0x7f05863a6000", STRACE_RET_NUMBER, 0x7f05863a6000, 0, "", "", -1},
        {"= 022", STRACE_RET_NUMBER, 18, 0, "", "", -1},
        {"= 3</etc/passwd>", STRACE_RET_NUMBER, 3, 0, "", "", -1},
        {"= ?", STRACE_RET_UNKNOWN, 0, 0, "", "", -1},
        {"= -1 ENOENT (No such file or directory)", STRACE_RET_NUMBER, -1, 2, "ENOENT", "", -1},
        {"= -1 ENOENT (Datei (oder so) fehlt) <0.000015>", STRACE_RET_NUMBER, -1, 2, "ENOENT", "",
         15000},
        {"= ? ERESTARTSYS (To be restarted if SA_RESTART is set)", STRACE_RET_UNKNOWN, 0, 512,
         "ERESTARTSYS", "", -1},
        {"= ? ERESTART_RESTARTBLOCK (Interrupted by signal) <1.5>", STRACE_RET_UNKNOWN, 0, 516,
         "ERESTART_RESTARTBLOCK", "", 1500000000},
        {"= -1 (errno 22)", STRACE_RET_NUMBER, -1, 22, "", "", -1},
        {"= -1 EWHATEVER (Unheard of)", STRACE_RET_NUMBER, -1, -1, "EWHATEVER", "", -1},
        {"= -1 errno=2 (No such file or directory)", STRACE_RET_NUMBER, -1, 2, "", "", -1},
        {"= 0 (Timeout) <0.100124>", STRACE_RET_NUMBER, 0, 0, "", "(Y:Timeout)", 100124000},
        {"= 2 (in [8 15], out [9], left {tv_sec=0, tv_nsec=9})", STRACE_RET_NUMBER, 2, 0, "",
         "(in=[N:8 N:15] out=[N:9] left={tv_sec=N:0 tv_nsec=N:9})", -1},
        {"= 1 ([{fd=15, revents=POLLIN}], left {tv_sec=1})", STRACE_RET_NUMBER, 1, 0, "",
         "([{fd=N:15 revents=Y:POLLIN}] left={tv_sec=N:1})", -1},
        {"= 0x8002 (flags O_RDWR|O_LARGEFILE)", STRACE_RET_NUMBER, 0x8002, 0, "",
         "(flags=Y:O_RDWR|O_LARGEFILE)", -1},
        {"= 0 (old mask [])", STRACE_RET_NUMBER, 0, 0, "", "(old mask=[])", -1},
        {"= -1 ENOSYS (Function not implemented) (INJECTED) <0>", STRACE_RET_NUMBER, -1, 38,
         "ENOSYS", "", 0},
        {"= 0 (DELAYED) <0.000000001>", STRACE_RET_NUMBER, 0, 0, "", "", 1},
        {"= 0x7f <unavailable>", STRACE_RET_NUMBER, 0x7f, 0, "", "", -1},
        {"= 18446744073709551615", STRACE_RET_NUMBER, -1, 0, "", "", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[256];
        struct probe p;
        const struct strace_ret *ret;
        const char *aux;

        (void)snprintf(line, sizeof(line), "343   call(3)              %s\n", rows[i].text);
        p = probe_open(line);
        ret = &p.it->ret;
        cr_expect_eq(p.it->kind, STRACE_CALL, "%s", line);
        cr_expect_not(p.it->noisy, "%s", line);
        cr_expect_eq(ret->kind, rows[i].kind, "%s", line);
        cr_expect_eq(ret->value, rows[i].value, "%s", line);
        cr_expect_eq(ret->error, rows[i].error, "%s", line);
        cr_expect(strace_span_is(p.it, ret->error_name, rows[i].name), "%s", line);
        aux = probe_tree(p.it, strace_at(p.it, ret->aux));
        cr_expect_str_eq(aux, rows[i].aux, "%s: %s", line, aux);
        cr_expect(p.it->has_duration == (rows[i].duration >= 0), "%s", line);
        cr_expect(!p.it->has_duration || p.it->duration_ns == rows[i].duration, "%s", line);
        cr_expect_eq(ret->injected, strstr(rows[i].text, "INJECTED") != NULL, "%s", line);
        cr_expect_eq(ret->delayed, strstr(rows[i].text, "DELAYED") != NULL, "%s", line);
        cr_expect_eq(ret->unavailable, strstr(rows[i].text, "unavail") != NULL, "%s", line);
        probe_close(&p);
    }
}

Test(strace_line, every_kind_of_line)
{
    static const struct {
        const char *log, *want;
    } rows[] = {
        {"read(3, \"a\", 1) = 1\n", "call:read=1"},
        {"syscall_0x1b5(0x1, 0) = -1 (errno 38)\n", "call:syscall_0x1b5=-1"},
        {"\?\?\?\?()     = ?\n", "call:\?\?\?\?"},
        {"64:read(3, 0x7f, 1) = 0\n", "call:64:read=0"},
        {"read#64(3, 0x7f, 1) = 0\n", "call:read#64=0"},
        {"5 --- SIGCHLD {si_signo=SIGCHLD, si_pid=3} ---\n", "signal:5:SIGCHLD"},
        {"5 --- SIGINT (Interrupt) @ 0 (0) ---\n", "signal:5:SIGINT"},
        {"5 --- SIGRT_3 {si_signo=SIGRT_3} ---\n", "signal:5:SIGRT_3"},
        {"5 --- stopped by SIGSTOP ---\n", "stopped:5:SIGSTOP"},
        {"5 +++ exited with 42 +++\n", "exited:5"},
        {"5 +++ killed by SIGSEGV (core dumped) +++\n", "killed:5:SIGSEGV"},
        {"5 +++ killed by SIGKILL +++\n", "killed:5:SIGKILL"},
        {"5 +++ superseded by execve in pid 7 +++\n", "superseded:5"},
        {"[ Process PID=343 runs in 32 bit mode. ]\n", "personality"},
        {"strace: Process 7 attached\n", "attached"},
        {"/usr/bin/strace: Process 7 attached with 3 threads\n", "attached"},
        {"Process 7 attached (waiting for parent)\n", "attached"},
        {"strace: Process 7 detached\n", "detached"},
        {"strace: Can't stat 'x': No such file or directory\n", "note"},
        {"VCPU:0< ...\n", "note"},
        {" > /lib/libc.so(read+0x12) [0xfd]\n", "stack"},
        {" > file() [0xfd]\n", "stack"},
        {" | 00000  61 62   ab |\n", "dump"},
        {" * 15 bytes in buffer 0\n", "dump"},
        {" = 1 buffers in vector 0\n", "dump"},
        {"% time     seconds  usecs/call     calls    errors syscall\n"
         "------ ----------- ----------- --------- --------- ----------------\n"
         " 41.67    0.000010          10         1         1 open\n"
         "------ ----------- ----------- --------- --------- ----------------\n"
         "100.00    0.000010          10         1         1 total\nhello\n",
         "summary summary summary summary summary foreign"},
        {"\n", "foreign"},
        {"$ ls\n", "foreign"},
        {"hello (world) = fine\n", "foreign"},
        {"5 read(3, }]) == what\n", "unread:5"},
        {"5 +++ what is this +++\n", "unread:5"},
        {"5 --- \n", "unread:5"},
        {"5 ---   ---\n", "unread:5"},
        {"\033[1mread\033[0m(\033[32m3\033[0m) = \033[1m0\033[0m\n", "call:read=0"},
        {"read(3)   = 0\r\n", "call:read=0"},
        {"read(3)   = 0", "call:read=0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = probe_items(rows[i].log);

        cr_expect_str_eq(got, rows[i].want, "%s got %s", rows[i].log, got);
    }
}

Test(strace_line, numbers_of_signals_exits_and_messages)
{
    static const struct {
        const char *log;
        int64_t number, number2;
        bool core;
    } rows[] = {{"5 +++ exited with 42 +++\n", 42, 0, false},
                {"5 +++ superseded by execve in pid 7 +++\n", 7, 0, false},
                {"5 +++ killed by SIGSEGV (core dumped) +++\n", 0, 0, true},
                {"strace: Process 7 attached with 3 threads\n", 7, 3, false},
                {"[ Process PID=343 runs in x32 mode. ]\n", 343, 0, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p = probe_open(rows[i].log);

        cr_expect(p.it->number == rows[i].number && p.it->number2 == rows[i].number2, "%s",
                  rows[i].log);
        cr_expect_eq(p.it->core_dumped, rows[i].core, "%s", rows[i].log);
        probe_close(&p);
    }
}

Test(strace_line, the_fields_of_a_signal)
{
    struct probe p = probe_open("5 --- SIGCHLD {si_signo=SIGCHLD, si_pid=77} ---\n");

    cr_expect_eq(strace_field(p.it, strace_at(p.it, p.it->args), "si_pid")->value, 77);
    probe_close(&p);
}

/* ------------------------------------------------------------------ two parts */

Test(strace_line, the_seams_of_all_versions_join_to_the_same)
{
    static const char *const logs[] = {
        "5 1.000001 wait4(-1,  <unfinished ...>\n5 1.000009 <... wait4 resumed> [{A}], 0) = 7\n",
        "5 1.000001 wait4(-1,  <unfinished ...>\n5 1.000009 <... wait4 resumed>[{A}], 0) = 7\n",
        "5 1.000001 wait4(-1 <unfinished ...>\n5 1.000009 <... wait4 resumed>, [{A}], 0) = 7\n",
    };

    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        struct probe p = probe_open(logs[i]);
        const char *tree;

        cr_expect_eq(p.it->kind, STRACE_BEGIN, "%zu", i);
        cr_expect_eq(p.it->n_args, 1, "%zu", i);
        cr_assert(probe_next(&p));
        tree = probe_tree(p.it, strace_at(p.it, p.it->args));
        cr_expect_str_eq(tree, "(N:-1 [{Y:A}] N:0)", "%zu: %s", i, tree);
        cr_expect(p.it->kind == STRACE_CALL && p.it->ret.value == 7 && p.it->line == 2, "%zu", i);
        cr_expect(p.it->begin_line == 1 && p.it->begin_off == 0 && p.it->begin_pid == 5, "%zu", i);
        cr_expect(p.it->has_time && p.it->has_exit_time && p.it->exit_ns > p.it->enter_ns, "%zu",
                  i);
        probe_close(&p);
    }
}

Test(strace_line, calls_in_parts)
{
    static const struct {
        const char *log, *want;
    } rows[] = {
        {"5 close(7 <unfinished ...>\n5 <... close resumed> )     = 0\n",
         "begin:5:close call:5:close=0"},
        {"5 close(7 <unfinished ...>\n5 <... close resumed>)     = 0\n",
         "begin:5:close call:5:close=0"},
        {"5 a(1 <unfinished ...>\n6 b(2 <unfinished ...>\n5 <... a resumed>) = 1\n"
         "6 <... b resumed>) = 2\n",
         "begin:5:a begin:6:b call:5:a=1 call:6:b=2"},
        /* died inside */
        {"5 futex(0x1 <unfinished ...>\n5 <... futex resumed> <unfinished ...>) = ?\n",
         "begin:5:futex call:5:futex"},
        /* the log starts in the middle */
        {"5 <... poll resumed>) = 1\n", "call:5:poll=1"},
        {"5 restart_syscall(<... resuming interrupted read ...> <unfinished ...>\n"
         "5 <... restart_syscall resumed>) = 3\n",
         "begin:5:restart_syscall call:5:restart_syscall=3"},
        /* execve by a thread comes back in the leader */
        {"6 execve(\"/b\" <unfinished ...>\n5 pause( <unfinished ...>\n"
         "5 +++ superseded by execve in pid 6 +++\n5 <... execve resumed>) = 0\n",
         "begin:6:execve begin:5:pause superseded:5 call:5:execve=0"},
        {"6 execve(\"/b\" <unfinished ...>\n5 <... execve resumed>) = 0\n",
         "begin:6:execve call:5:execve=0"},
        /* the pid is printed only while there are several processes */
        {"wait4(-1,  <unfinished ...>\n[pid     6] +++ exited with 0 +++\n"
         "<... wait4 resumed>NULL) = 6\n",
         "begin:wait4 exited:6 call:wait4=6"},
        {"vfork( <unfinished ...>\n[pid     5] <... vfork resumed>) = 6\n",
         "begin:vfork call:5:vfork=6"},
        {"[pid     6] read(0,  <unfinished ...>\n<... read resumed>\"a\", 1) = 1\n",
         "begin:6:read call:6:read=1"},
        {"5 clone3({flags=A} <unfinished ...>\n5 <... clone3 resumed> => {parent_tid=[9]}, 88) = "
         "9\n",
         "begin:5:clone3 call:5:clone3=9"},
        {"5 read(0,  <detached ...>\n", "begin:5:read"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = probe_items(rows[i].log);

        cr_expect_str_eq(got, rows[i].want, "%s got %s", rows[i].log, got);
    }
}

Test(strace_line, an_orphan_says_so)
{
    struct probe p = probe_open("5 1.5 <... poll resumed>[{fd=3}], 1) = 1\n");

    cr_expect(p.it->orphan && p.it->begin_line == 0 && !p.it->has_time && p.it->has_exit_time);
    cr_expect_eq(strace_set_report(p.set)->orphans, 1);
    probe_close(&p);
}

Test(strace_line, many_calls_under_way_at_once)
{
    size_t n = 3000;
    char *log = malloc(n * 2 * 40 + 1);
    size_t len = 0;
    struct probe p;
    size_t joined = 0;

    cr_assert_not_null(log);
    for (size_t i = 0; i < n; i++) {
        len += (size_t)sprintf(log + len, "%zu read(%zu <unfinished ...>\n", i + 1, i);
    }
    for (size_t i = 0; i < n; i++) {
        size_t pid = i * 7 % n;

        len += (size_t)sprintf(log + len, "%zu <... read resumed>) = %zu\n", pid + 1, pid);
    }
    p = probe_bytes(log, len);
    do {
        if (p.it->kind == STRACE_CALL) {
            joined += (uint64_t)p.it->ret.value == strace_arg(p.it, 0)->value &&
                      (uint64_t)p.it->pid == p.it->begin_line;
        }
    } while (probe_next(&p));
    cr_expect_eq(joined, n);
    probe_close(&p);
    free(log);
}

/* ------------------------------------------------------------------ noise */

Test(strace_line, captures_of_stderr)
{
    static const struct {
        const char *log, *want;
    } rows[] = {
        {"clone(flags=SIGCHLDstrace: Process 7 attached\n, child_tidptr=0x7f) = 7\n",
         "begin:clone attached call:clone=7"},
        {"clone(flags=SIGCHLD/usr/bin/strace: Process 7 attached\n, x=1) = 7\n",
         "begin:clone attached call:clone=7"},
        {"clone(Process 7 attached (waiting for parent)\nchild_stack=0, flags=SIGCHLD) = 7\n",
         "begin:clone attached call:clone=7"},
        {"rt_sigprocmask(SIG_SETMASK, [], Process 7 attached\nNULL, 8) = 0\n",
         "begin:rt_sigprocmask attached call:rt_sigprocmask=0"},
        {"[pid     5] waitpid(-1, Process 5 suspended\n <unfinished ...>\n"
         "<... waitpid resumed> NULL, 0) = 7\n",
         "begin:5:waitpid note note:5 call:5:waitpid=7"},
        {"vfork(strace: Process 7 attached\n <unfinished ...>\n"
         "[pid     5] <... vfork resumed>) = 7\n",
         "begin:vfork attached note call:5:vfork=7"},
        {"execve(\"/a\", 0x1 /* 2 vars */strace: Process 7 detached\n <detached ...>\n",
         "begin:execve detached call:execve"},
        {"write(2, \"ab\", 2ab)     = 2\n", "call:write=2"},
        {"write(2, \"\\n\", 1\n)           = 1\n", "call:write=1"},
        {"write(1, \"a\\nb\\n\", 4a\nb\n) = 4\nclose(1) = 0\n", "call:write=4 call:close=0"},
        {"write(1, \"5\", 15) = 1\n", "call:write=1"},
        {"write(1, \"1\", 11)                 = 1\n", "call:write=1"},
        {"write(1, \"ab\"..., 6abcdef) = 6\n", "call:write=6"},
        {"write(1, \"ab\"..., 12abcd\nfghi\nkl) = 12\n", "call:write=12"},
        {"write(1, \"a\\n\", 2a\r\n) = 2\n", "call:write=2"},
        {"abwrite(1, \"ab\", 2) = 2\n", "call:write=2"},
        {"ab[pid     7] close(3) = 0\n", "call:7:close=0"},
        {"abstrace: Process 7 attached\n", "attached"},
        {"wait4(-1, hello\n[{A}], 0, NULL) = 7\n", "begin:wait4 call:wait4=7"},
        {"read(0, ls\n\"ls\\n\", 1024) = 3\n", "begin:read call:read=3"},
        {"read(0, \nclose(3) = 0\n", "unread call:close=0"},
        {"[pid     7] select(0, {5, 0}\n\nhello\n", "begin:7:select foreign foreign"},
        {"[pid     7] select(0, {5, 0}^C <unfinished ...>\n", "begin:7:select"},
        {"Process 5 attached with 4 threads - interrupt to quit\n", "attached"},
        {"close(8</tmp/a\nb>) = 0\nclose(9) = 0\n", "call:close=0 call:close=0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = probe_items(rows[i].log);

        cr_expect_str_eq(got, rows[i].want, "%s got %s", rows[i].log, got);
    }
}

Test(strace_line, output_is_cut_out_of_the_arguments)
{
    static const struct {
        const char *log, *want;
        uint64_t lines;
    } rows[] = {
        {"write(1, \"a\\nb\\n\", 4a\nb\n) = 4\n", "(N:1 S:\"a\\nb\\n\" N:4)", 3},
        {"write(1, \"5\", 15) = 1\n", "(N:1 S:\"5\" N:1)", 1},
        {"close(8</tmp/a\nb>) = 0\n", "(N:8+A:</tmp/a\\nb>)", 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p = probe_open(rows[i].log);
        const char *tree = probe_tree(p.it, strace_at(p.it, p.it->args));

        cr_expect_str_eq(tree, rows[i].want, "%s got %s", rows[i].log, tree);
        cr_expect(p.it->line == rows[i].lines && p.it->off == 0, "%s", rows[i].log);
        cr_expect_eq(p.it->len, strlen(rows[i].log) - 1, "%s", rows[i].log);
        probe_close(&p);
    }
}

Test(strace_line, wait4_gets_its_arguments_without_the_output)
{
    struct probe p = probe_open("wait4(-1, hello, world\n[{A}], 0, NULL) = 7\n");
    const char *tree;

    cr_assert(probe_next(&p));
    tree = probe_tree(p.it, strace_at(p.it, p.it->args));
    cr_expect_str_eq(tree, "(N:-1 [{Y:A}] N:0 NULL)", "%s", tree);
    cr_expect(p.it->begin_line == 1 && p.it->noisy);
    probe_close(&p);
}

/* ------------------------------------------------------------------ time */

Test(strace_line, the_clock_passes_midnight)
{
    static const int64_t want[] = {86399, 86401, 86399, 86402, 172801};
    struct probe p = probe_open("23:59:59 a() = 0\n00:00:01 a() = 0\n23:59:59 a() = 0\n"
                                "00:00:02 a() = 0\n00:00:01 b() = 0\n");

    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(p.it->enter_ns, want[i] * S, "%zu: %" PRId64, i, p.it->enter_ns / S);
        (void)probe_next(&p);
    }
    cr_expect_eq(strace_set_report(p.set)->backwards, 1);
    probe_close(&p);
}

Test(strace_line, relative_times_add_up)
{
    struct probe p = probe_open("     0.000000 a() = 0\n     0.500000 a() = 0\n"
                                "     0.250000 a() = 0\n");

    (void)probe_next(&p);
    (void)probe_next(&p);
    cr_expect_eq(p.it->enter_ns, 3 * S / 4);
    probe_close(&p);
}

/* ------------------------------------------------------------------ the whole log */

Test(strace_line, what_cannot_be_read_is_counted_and_named)
{
    struct probe p = probe_open("5 a(1) = 0\n5 b(}\n5 c(2) = 0\n5 d(]\nfoo\n");
    const struct strace_report *r = strace_set_report(p.set);

    while (probe_next(&p)) {
    }
    cr_expect(r->items[STRACE_CALL] == 2 && r->items[STRACE_UNREAD] == 2);
    cr_expect_eq(r->items[STRACE_FOREIGN], 1);
    cr_expect(r->first_unread[0] == 2 && r->first_unread[1] == 4);
    cr_expect(r->lines == 5 && r->bytes == 38, "%" PRIu64 " bytes", r->bytes);
    probe_close(&p);
}

Test(strace_line, arguments_that_do_not_match_stay_raw)
{
    struct probe p = probe_open("5 ioctl(3, {a=[1}, 2) = 7\n");

    cr_expect(p.it->kind == STRACE_CALL && p.it->raw_args && p.it->ret.value == 7);
    cr_expect_str_eq(probe_tree(p.it, strace_at(p.it, p.it->args)), "(R:3, {a=[1}, 2)");
    probe_close(&p);
}

Test(strace_line, a_line_that_is_too_long_is_cut_and_said)
{
    size_t len = STRACE_MAX_LINE + 100;
    char *log = malloc(len + 64);
    struct probe p;

    cr_assert_not_null(log);
    memset(log, 'a', len);
    memcpy(log, "write(1, \"", 10);
    memcpy(log + len, "\", 9) = 9\nclose(3) = 0\n", 24);
    p = probe_open(log);
    cr_expect(p.it->too_long && p.it->text_len == STRACE_MAX_LINE);
    cr_expect_eq(p.it->len, len + 9);
    cr_assert(probe_next(&p));
    cr_expect(p.it->kind == STRACE_CALL && p.it->line == 2);
    probe_close(&p);
    free(log);
}

Test(strace_line, versions_show)
{
    static const struct {
        const char *log;
        unsigned at_least, below;
    } rows[] = {
        {"5 a(1 <unfinished ...>\n5 <... a resumed> ) = 1\n", 0, 500},
        {"5 a(1 <unfinished ...>\n5 <... a resumed>) = 1\n", 500, 0},
        {"5 a(1 <unfinished ...>\n5 <... a resumed>, 2) = 1\n", 616, 0},
        {"5 +++ exited with 0 +++\n", 407, 0},
        {"5 --- SIGINT (Interrupt) @ 0 (0) ---\n", 0, 407},
        {"strace: Process 5 attached\n", 411, 0},
        {"Process 5 attached\n", 0, 411},
        {"execve(\"a\", [\"a\"], [/* 3 vars */]) = 0\n", 0, 423},
        {"brk(0) = 0x1\n", 0, 411},
        {"brk(NULL) = 0x1\n", 411, 0},
        {"syscall_317(0x1) = 0\n", 0, 421},
        {"syscall_0x1b5(0x1) = 0\n", 421, 0},
        {"close(3</a>(deleted)) = 0\n", 519, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p = probe_open(rows[i].log);

        while (probe_next(&p)) {
        }
        cr_expect_eq(strace_set_report(p.set)->at_least, rows[i].at_least, "%s", rows[i].log);
        cr_expect_eq(strace_set_report(p.set)->below, rows[i].below, "%s", rows[i].log);
        probe_close(&p);
    }
}

Test(strace_line, options_show)
{
    struct probe p = probe_open(
        "[pid 5<a>] 12:00:00.1 openat(AT_FDCWD</h>, \"a\"..., 0x1 /* O_X */) = 3</a> <0.1>\n"
        "sendto(4<TCP:[1.2.3.4:5]>, \"\\x41\", 1, 0, NULL, 0) = 1 (INJECTED)\n"
        "openat2(dirfd=5, how={...}) = 7\n"
        "     0.000001 [ 257] [00007f72d9cbfad7] close(0x4d /* AF_??? */) = 0\n"
        "getrandom(\"\\x01\\x02\", 2, 0) = 2\n");
    const struct strace_report *r = strace_set_report(p.set);

    while (probe_next(&p)) {
    }
    cr_expect(r->pid_bracket == 1 && r->pid_none == 4 && r->pid_bare == 0 && r->comms == 1);
    cr_expect(r->stamps[STRACE_TIME_OF_DAY] == 1 && r->stamps[STRACE_TIME_RELATIVE] == 1);
    cr_expect(r->digits == 6 && r->deltas == 1 && r->durations == 1);
    cr_expect(r->numbers == 1 && r->ips == 1 && r->injected == 1);
    cr_expect(r->annotated == 3 && r->decoded_sockets == 1);
    cr_expect(r->cut_strings == 1 && r->hex_strings == 1 && r->abbreviated == 1);
    cr_expect_eq(r->named_args, 1);
    cr_expect_eq(r->verbose_values, 1);
    probe_close(&p);
}

Test(strace_line, other_tools_are_known_by_name)
{
    static const struct {
        const char *text;
        enum strace_dialect want;
    } rows[] = {
        {"execve(\"/bin/ls\", [\"ls\"], 0x7f /* 3 vars */) = 0\n", STRACE_DIALECT_STRACE},
        {"[pid 5] 12:00:00 [ 257] [00007f72d9cbfad7] openat(AT_FDCWD</a>, \"b\") = 3\n",
         STRACE_DIALECT_STRACE},
        {"8019  restart_syscall(<... resuming interrupted read ...> <detached ...>\n",
         STRACE_DIALECT_STRACE},
        {"28453 openat(-100,\"/etc/a\",O_RDONLY) = 3\n", STRACE_DIALECT_QEMU},
        {"% time     seconds  usecs/call     calls    errors syscall\n", STRACE_DIALECT_SUMMARY},
        {"28459 SYS_brk(0)                      = 0x5639f5306000\n", STRACE_DIALECT_LTRACE},
        {"munmap(0xc0,67108864)\t\t\t = 0 (0x0)\n", STRACE_DIALECT_TRUSS},
        {"open(\"a\",O_RDONLY,0200)\t ERR#2 'No such file or directory'\n", STRACE_DIALECT_TRUSS},
        {"     0.332 ( 0.015 ms): ls/28466 openat(dfd: CWD) = 4\n", STRACE_DIALECT_PERF},
        {"x] [   1:   1] a X openat(AT_FDCWD /cwd, 0x7f /p, O_RDONLY) = 0 (0x0) errno=2 (2.4us)\n",
         STRACE_DIALECT_GVISOR},
        {"00:04.022260632 cpu#0 pid 23981 [bc] read(fd=0, count=8192) = 6\n",
         STRACE_DIALECT_TRACELOOP},
        {"Nov 26 13:00:01 h strace[12]: close(3) = 0\n", STRACE_DIALECT_PREFIXED},
        {"{\"log\":\"5 close(3) = 0\\n\"}\n", STRACE_DIALECT_PREFIXED},
        {"> x\n> y\nclose(3) = 0\n", STRACE_DIALECT_STRACE},
        {"a | 5 read(3, <unfinished ...>\na | 6 pause() = 0\na | 5 <... read resumed>) = 1\n"
         "a | 5 --- SIGHUP {} ---\na | 5 +++ exited with 0 +++\n",
         STRACE_DIALECT_PREFIXED},
        {"prose\nwe say f(1) = 2\n", STRACE_DIALECT_UNKNOWN},
        {"prose\nwe say f(1) = 2\nand g(3) = 4\n", STRACE_DIALECT_PREFIXED},
        {"\xef\xbb\xbf\033[1m5\xc2\xa0\033[0mclose(3)\xc2\xa0= 0\n", STRACE_DIALECT_STRACE},
        {"", STRACE_DIALECT_UNKNOWN},
        {"hello\nworld\n", STRACE_DIALECT_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum strace_dialect dialect = STRACE_DIALECTS;
        struct scapf_src *src;
        struct strace_set *set = NULL;
        size_t len = strlen(rows[i].text);
        enum scapf_status want =
            rows[i].want >= STRACE_DIALECT_LTRACE ? SCAPF_E_UNSUPPORTED : SCAPF_OK;

        cr_expect_eq(strace_detect(rows[i].text, len, NULL), rows[i].want, "%s", rows[i].text);
        cr_assert_eq(scapf_src_mem(rows[i].text, len, NULL, &src, NULL), SCAPF_OK);
        cr_expect_eq(strace_set_new(&src, NULL, 1, NULL, &set, &dialect, NULL), want, "%s",
                     rows[i].text);
        cr_expect_eq(dialect, rows[i].want, "%s", rows[i].text);
        strace_set_free(set);
    }
    cr_expect_str_eq(strace_dialect_name(STRACE_DIALECT_LTRACE), "ltrace");
}

Test(strace_line, files_of_ff_merge_by_time)
{
    static const char *const texts[] = {
        "10.000001 a() = 1\n > stack() [0x1]\n10.000005 c() = 3\n",
        "10.000003 b() = 2\n10.000007 d() = 4\n10.000009 +++ exited with 0 +++\n", ""};
    static const char *const names[] = {"x/log.100", "log.200", "log.300"};
    static const int64_t pids[] = {100, 100, 200, 100, 200, 200};
    static const int64_t values[] = {1, 0, 2, 3, 4, 0};
    struct scapf_src *srcs[3];
    struct strace_set *set;
    const struct strace_item *it;

    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(scapf_src_mem(texts[i], strlen(texts[i]), NULL, &srcs[i], NULL), SCAPF_OK);
    }
    cr_assert_eq(strace_set_new(srcs, names, 3, NULL, &set, NULL, NULL), SCAPF_OK);
    for (size_t i = 0; i < 6; i++) {
        cr_assert_eq(strace_set_next(set, &it), SCAPF_OK);
        cr_expect_eq(it->pid, pids[i], "%zu", i);
        cr_expect_eq(it->ret.value, values[i], "%zu", i);
        cr_expect_eq(it->file, pids[i] == 100 ? 0 : 1, "%zu", i);
    }
    cr_expect_eq(strace_set_next(set, &it), SCAPF_END);
    strace_set_free(set);
}

Test(strace_line, every_allocation_may_fail)
{
    static const char log[] = "5 read(1, [[[{a=1}]]] <unfinished ...>\n6 \033[1mx\033[0m() = 0\n"
                              "5 <... read resumed>) = 1\nwrite(1, \"a\\n\", 2a\n) = 2\n"
                              "clone(a=1strace: Process 7 attached\n, b=2) = 7\n";
    struct fault_alloc f;

    for (size_t k = 0;; k++) {
        struct strace_set_opts opts = {.pid = -1};
        struct scapf_src *src;
        struct strace_set *set = NULL;
        const struct strace_item *it;
        enum scapf_status status;
        size_t items = 0;

        fault_alloc_init(&f, k);
        opts.alloc = &f.alloc;
        cr_assert_eq(scapf_src_mem(log, sizeof(log) - 1, NULL, &src, NULL), SCAPF_OK);
        status = strace_set_new(&src, NULL, 1, &opts, &set, NULL, NULL);
        while (status == SCAPF_OK) {
            status = strace_set_next(set, &it);
            items += status == SCAPF_OK;
        }
        strace_set_free(set);
        cr_expect_eq(f.live, 0, "call %zu", k);
        cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_END, "call %zu", k);
        cr_assert_lt(k, 1000);
        if (!f.failed) {
            cr_expect_eq(items, 7);
            break;
        }
    }
}
