/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of strace's argument lists. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/convert/strace_lex.h"
#include "support/strace_probe.h"

/* The arguments of a call as a tree. */
static const char *args_tree(struct probe *p, const char *args)
{
    static char line[4096];

    (void)snprintf(line, sizeof(line), "call(%s) = 0\n", args);
    *p = probe_open(line);
    cr_assert_eq(p->it->kind, STRACE_CALL, "%s", args);
    cr_expect_not(p->it->raw_args, "%s", args);
    return probe_tree(p->it, strace_at(p->it, p->it->args));
}

struct text_row {
    const char *in, *want;
};

/* Arguments that nobody wants end where they end for those who do, and tell the same of options. */
static void same_when_skipped(const char *args)
{
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof(text), "(%s) = 0\n", args) - 1;
    struct lex all, none;

    cr_assert(lex_init(&all, NULL) && lex_init(&none, NULL));
    lex_reset(&all, text, (uint32_t)len, 1);
    lex_reset(&none, text, (uint32_t)len, 1);
    none.wanted = 0;
    (void)lex_list(&all);
    (void)lex_list(&none);
    cr_expect_eq(all.at, none.at, "%s: %u, skipped %u", args, all.at, none.at);
    cr_expect_eq(all.broken, none.broken, "%s", args);
    cr_expect_eq(all.seen.annotated, none.seen.annotated, "%s", args);
    cr_expect_eq(all.seen.decoded_sockets, none.seen.decoded_sockets, "%s", args);
    cr_expect_eq(all.seen.deleted_outside, none.seen.deleted_outside, "%s", args);
    cr_expect_eq(all.seen.cut_strings, none.seen.cut_strings, "%s", args);
    cr_expect_eq(all.seen.hex_strings, none.seen.hex_strings, "%s", args);
    lex_release(&all);
    lex_release(&none);
}

Test(strace_lex, every_form_of_argument)
{
    static const struct text_row rows[] = {
        {"", "()"},
        {"3", "(N:3)"},
        {"-1, 0x7f, 0644", "(N:-1 N:0x7f N:0644)"},
        {"NULL, ???, ?", "(NULL ? ?)"},
        {"\"a, b) = 1\", 3", "(S:\"a, b) = 1\" N:3)"},
        {"\"a\\\"b\"", "(S:\"a\\\"b\")"},
        {"\"a\\\\\", 1", "(S:\"a\\\\\" N:1)"},
        {"\"abc\"..., 99", "(S:\"abc\"!cut N:99)"},
        {"\"\"..., 99", "(S:\"\"!cut N:99)"},
        {"O_RDONLY|O_CLOEXEC|0x40", "(Y:O_RDONLY|O_CLOEXEC|0x40)"},
        {"0x80002 /* O_RDWR|O_CLOEXEC */", "(N:0x80002+C:O_RDWR|O_CLOEXEC)"},
        {"0x4d /* AF_??? */, 1", "(N:0x4d+C:AF_??? N:1)"},
        {"0xd /* _IOC(0x3 /* _IOC_READ */, 1) */, 2", "(N:0xd+C:_IOC(0x3 /* _IOC_READ */, 1) N:2)"},
        {"0x7ffc /* 41 vars */", "(N:0x7ffc+C:41 vars)"},
        {"[/* 41 vars */]", "([C:41 vars])"},
        {"[\"a\", \"b\", ...]", "([S:\"a\" S:\"b\" ...])"},
        {"{st_mode=S_IFREG|0644, st_size=34, ...}", "({st_mode=Y:S_IFREG|0644 st_size=N:34 ...})"},
        {"{1, 0}", "({N:1 N:0})"},
        {"{st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x3)}",
         "({st_mode=Y:S_IFCHR|0620 st_rdev=makedev(N:0x88 N:0x3)})"},
        {"[{WIFEXITED(s) && WEXITSTATUS(s) == 42}]",
         "([{<<WIFEXITED(Y:s) op WEXITSTATUS(Y:s) op N:42>>}])"},
        {"[28 => 16]", "([=>(N:28 N:16)])"},
        {"{flags=CLONE_VM} => {parent_tid=[3]}, 88",
         "(=>({flags=Y:CLONE_VM} {parent_tid=[N:3]}) N:88)"},
        {"128 => 16", "(=>(N:128 N:16))"},
        {"[USR2 RT_3], ~[KILL STOP], ~[], [8 15]",
         "([Y:USR2 Y:RT_3] ~[Y:KILL Y:STOP] ~[] [N:8 N:15])"},
        {"8192*1024, 1<<32", "(<<N:8192 op N:1024>> <<N:1 op N:32>>)"},
        {"SNDCTL_TMR_START or TCSETS, {B38400 opost -icanon}",
         "(<<Y:SNDCTL_TMR_START op Y:TCSETS>> {Y:B38400 Y:opost R:-icanon})"},
        {"{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"1.2.3.4\")}, 16",
         "({sa_family=Y:AF_INET sin_port=htons(N:80) sin_addr=inet_addr(S:\"1.2.3.4\")} N:16)"},
        {"inet_pton(AF_INET6, \"::1\", &sin6_addr)",
         "(inet_pton(Y:AF_INET6 S:\"::1\" R:&sin6_addr))"},
        {"{sa_family=AF_UNIX, sun_path=@\"ab\"}", "({sa_family=Y:AF_UNIX sun_path=S:@\"ab\"})"},
        {"{msg_name(0)=NULL, msg_iov(1)=[{\"ab\", 5}]}",
         "({msg_name(0)=NULL msg_iov(1)=[{S:\"ab\" N:5}]})"},
        {"dirfd=5, pathname=\"a\", how={flags=O_RDONLY}, size=24",
         "(dirfd=N:5 pathname=S:\"a\" how={flags=Y:O_RDONLY} size=N:24)"},
        {"st_atime=2013/05/05-12:34:56", "(st_atime=R:2013/05/05-12:34:56)"},
        {"[1, 2, ... /* 0x7ffd */]", "([N:1 N:2 ...+C:0x7ffd])"},
        {"<... resuming interrupted read ...>", "(R:<... Y:resuming Y:interrupted Y:read ... R:>)"},
        {"AT_FDCWD</home/u>, \"x\"", "(Y:AT_FDCWD+A:</home/u> S:\"x\")"},
        {"3</etc/\\74a\\76>", "(N:3+A:</etc/\\74a\\76>)"},
        {"8</tmp/x>(deleted), 1", "(N:8+A:</tmp/x>!deleted N:1)"},
        {"8</tmp/x (deleted)>", "(N:8+A:</tmp/x (deleted)>!deleted)"},
        {"4<TCP:[127.0.0.1:1->127.0.0.1:2]>, 1", "(N:4+A:<TCP:[127.0.0.1:1->127.0.0.1:2]> N:1)"},
        {"5<UNIX:[1,@\"a>, b\"]>, 2", "(N:5+A:<UNIX:[1,@\"a>, b\"]> N:2)"},
        {"0</dev/pts/3<char 136:3>>, 1", "(N:0+A:</dev/pts/3<char 136:3>> N:1)"},
        {"15<{eventfd-count=0x3, eventfd-id=1}>", "(N:15+A:<{eventfd-count=0x3, eventfd-id=1}>)"},
        {"392<zoo>, [8<pipe:[1]> 15<pipe:[2]>]",
         "(N:392+A:<zoo> [N:8+A:<pipe:[1]> N:15+A:<pipe:[2]>])"},
        {"AT_FDCWD<\\x2f\\x72>", "(Y:AT_FDCWD+A:<\\x2f\\x72>)"},
        {"3 [unconfined_t], \"a\" [system_u:object_r:etc_t:s0]",
         "(N:3+X:[unconfined_t] S:\"a\"+X:[system_u:object_r:etc_t:s0])"},
        {"5 /* 1234 in strace's PID NS */", "(N:5+C:1234 in strace's PID NS)"},
        {"-100,\"/etc/a\",O_RDONLY", "(N:-100 S:\"/etc/a\" Y:O_RDONLY)"},
        {"{c_iflag=ICRNL, c_cc=\"\\x03\"...}", "({c_iflag=Y:ICRNL c_cc=S:\"\\x03\"!cut})"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p;
        const char *got = args_tree(&p, rows[i].in);

        cr_expect_str_eq(got, rows[i].want, "%s:\n got  %s\n want %s", rows[i].in, got,
                         rows[i].want);
        probe_close(&p);
        same_when_skipped(rows[i].in);
    }
}

Test(strace_lex, strings_decode_to_bytes)
{
    static const struct {
        const char *in;
        const char *want;
        size_t len;
        bool cut;
    } rows[] = {
        {"\"\"", "", 0, false},
        {"\"ab\"", "ab", 2, false},
        {"\"ab\"...", "ab", 2, true},
        {"\"\\n\\t\\r\\v\\f\\\\\\\"\"", "\n\t\r\v\f\\\"", 7, false},
        {"\"\\0\\1\\17\\177\\377\"", "\0\1\17\177\377", 5, false},
        {"\"\\0011\\0022\\39\"", "\0011\0022\0039", 6, false},
        {"\"\\x00\\x7f\\xFf\"", "\x00\x7f\xff", 3, false},
        {"\"\\303\\274'\"", "\303\274'", 3, false},
        {"@\"ab\"", "ab", 2, false},
        {"3</a\\74b\\76>", "/a<b>", 5, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p;
        const struct strace_node *node;
        uint8_t buf[64];
        bool cut = true;
        size_t len;

        (void)args_tree(&p, rows[i].in);
        node = strace_arg(p.it, 0);
        node = node->kind == STRACE_N_NUMBER ? strace_note(p.it, node, STRACE_N_ANNOT) : node;
        len = strace_string(p.it, node, buf, sizeof(buf), &cut);
        cr_expect(len == rows[i].len && memcmp(buf, rows[i].want, len) == 0, "%s", rows[i].in);
        cr_expect_eq(cut, rows[i].cut, "%s", rows[i].in);
        /* a short buffer gets the beginning, the length is that of all */
        memset(buf, '#', sizeof(buf));
        cr_expect_eq(strace_string(p.it, node, buf, 1, NULL), len, "%s", rows[i].in);
        cr_expect_eq(buf[1], '#', "%s", rows[i].in);
        probe_close(&p);
    }
}

Test(strace_lex, numbers_have_their_value)
{
    static const struct {
        const char *in;
        bool is_number;
        uint64_t want;
    } rows[] = {
        {"0", true, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"-9223372036854775808", true, UINT64_C(1) << 63},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"0644", true, 420},
        {"NULL", true, 0},
        {"8192*1024", true, 8192 * 1024},
        {"1<<32", true, UINT64_C(1) << 32},
        {"2*3*4", true, 24},
        {"1<<4|1<<2|3", true, 23},
        {"1<<64", true, 0},
        {"htons(80)", true, 80},
        {"htonl(0x7f000001)", true, 0x7f000001},
        {"makedev(0x88, 0x3)", true, 0x8803},
        {"makedev(0x1, 0x10002)", true, 0x10000102},
        {"128 => 16", true, 16},
        {"0x7ffd /* 3 vars */", true, 0x7ffd},
        {"O_RDONLY", false, 0},
        {"\"3\"", false, 0},
        {"inet_addr(\"1.2.3.4\")", false, 0},
        {"[1]", false, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p;
        uint64_t value = 0;

        (void)args_tree(&p, rows[i].in);
        cr_expect_eq(strace_number(p.it, strace_arg(p.it, 0), &value), rows[i].is_number, "%s",
                     rows[i].in);
        cr_expect(!rows[i].is_number || value == rows[i].want, "%s is %llu", rows[i].in,
                  (unsigned long long)value);
        probe_close(&p);
    }
}

Test(strace_lex, numbers_beyond_64_bits_are_marked)
{
    static const struct {
        const char *in;
        bool over;
    } rows[] = {{"18446744073709551616", true},
                {"99999999999999999999999", true},
                {"0x10000000000000000", true},
                {"02000000000000000000000", true},
                {"01777777777777777777777", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p;

        (void)args_tree(&p, rows[i].in);
        cr_expect_eq((strace_arg(p.it, 0)->flags & STRACE_F_OVERFLOW) != 0, rows[i].over, "%s",
                     rows[i].in);
        cr_expect_eq(strace_arg(p.it, 0)->value, UINT64_MAX, "%s", rows[i].in);
        probe_close(&p);
    }
}

Test(strace_lex, words_of_a_flag_set)
{
    struct probe p;
    struct strace_word word = {0};

    (void)args_tree(&p, "O_RDWR|0x40|A, 3 /* X|Y */");
    cr_assert(strace_word_next(p.it, strace_arg(p.it, 0), &word));
    cr_expect(word.len == 6 && memcmp(word.text, "O_RDWR", 6) == 0 && !word.is_number);
    cr_assert(strace_word_next(p.it, strace_arg(p.it, 0), &word));
    cr_expect(word.is_number && word.value == 0x40);
    cr_assert(strace_word_next(p.it, strace_arg(p.it, 0), &word));
    cr_expect(word.len == 1 && word.text[0] == 'A');
    cr_expect_not(strace_word_next(p.it, strace_arg(p.it, 0), &word));
    word = (struct strace_word){0};
    cr_assert(
        strace_word_next(p.it, strace_note(p.it, strace_arg(p.it, 1), STRACE_N_COMMENT), &word));
    cr_expect(word.len == 1 && word.text[0] == 'X');
    word = (struct strace_word){0};
    cr_expect_not(strace_word_next(p.it, strace_arg(p.it, 9), &word));
    probe_close(&p);
}

/* A span against a string; NULL wants an empty one. */
static bool is_span(const struct strace_item *it, struct strace_span span, const char *want)
{
    return want == NULL ? span.len == 0 : strace_span_is(it, span, want);
}

Test(strace_lex, annotations_are_taken_apart)
{
    static const struct {
        const char *in;
        enum strace_annot_kind kind;
        const char *path, *proto, *local, *remote;
        uint64_t inode, peer;
    } rows[] = {
        {"3</etc/passwd>", STRACE_A_PATH, "/etc/passwd", NULL, NULL, NULL, 0, 0},
        {"3</tmp/x (deleted)>", STRACE_A_PATH, "/tmp/x", NULL, NULL, NULL, 0, 0},
        {"3<\\x2f\\x61>", STRACE_A_PATH, "\\x2f\\x61", NULL, NULL, NULL, 0, 0},
        {"0</dev/null<char 1:3>>", STRACE_A_DEVICE, "/dev/null", NULL, NULL, NULL, 0, 0},
        {"8<pipe:[82025]>", STRACE_A_PIPE, NULL, NULL, NULL, NULL, 82025, 0},
        {"8<anon_inode:[eventfd]>", STRACE_A_ANON, "[eventfd]", NULL, NULL, NULL, 0, 0},
        {"8<anon_inode:inotify>", STRACE_A_ANON, "inotify", NULL, NULL, NULL, 0, 0},
        {"27<socket:[82213]>", STRACE_A_SOCKET, NULL, NULL, NULL, NULL, 82213, 0},
        {"3<TCP:[127.0.0.1:18999]>", STRACE_A_SOCKET, NULL, "TCP", "127.0.0.1:18999", NULL, 0, 0},
        {"3<TCP:[1.2.3.4:5->6.7.8.9:10]>", STRACE_A_SOCKET, NULL, "TCP", "1.2.3.4:5", "6.7.8.9:10",
         0, 0},
        {"3<TCPv6:[[::1]:80->[::2]:9]>", STRACE_A_SOCKET, NULL, "TCPv6", "[::1]:80", "[::2]:9", 0,
         0},
        {"3<TCP:[82213]>", STRACE_A_SOCKET, NULL, "TCP", NULL, NULL, 82213, 0},
        {"3<UNIX-STREAM:[82038->82039]>", STRACE_A_SOCKET, NULL, "UNIX-STREAM", NULL, NULL, 82038,
         82039},
        {"3<UNIX-STREAM:[82042->82041,\"./sock\"]>", STRACE_A_SOCKET, "./sock", "UNIX-STREAM", NULL,
         NULL, 82042, 82041},
        {"3<UNIX:[82043,@\"a->b\"]>", STRACE_A_SOCKET, "a->b", "UNIX", NULL, NULL, 82043, 0},
        {"3<NETLINK:[ROUTE:375]>", STRACE_A_SOCKET, NULL, "NETLINK", "ROUTE:375", NULL, 0, 0},
        {"3<(null):[705183->705187]>", STRACE_A_SOCKET, NULL, "(null)", NULL, NULL, 705183, 705187},
        {"17<signalfd:[USR2 RT_3]>", STRACE_A_SIGNALFD, "[USR2 RT_3]", NULL, NULL, NULL, 0, 0},
        {"15<{eventfd-count=0x3}>", STRACE_A_EVENTFD, "{eventfd-count=0x3}", NULL, NULL, NULL, 0,
         0},
        {"392<zoo>", STRACE_A_OTHER, "zoo", NULL, NULL, NULL, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe p;
        struct strace_annot a;

        (void)args_tree(&p, rows[i].in);
        cr_assert(strace_annot(p.it, strace_arg(p.it, 0), &a), "%s", rows[i].in);
        cr_expect_eq(a.kind, rows[i].kind, "%s", rows[i].in);
        cr_expect(is_span(p.it, a.path, rows[i].path), "path of %s", rows[i].in);
        cr_expect(is_span(p.it, a.proto, rows[i].proto), "protocol of %s", rows[i].in);
        cr_expect(is_span(p.it, a.local, rows[i].local), "local of %s", rows[i].in);
        cr_expect(is_span(p.it, a.remote, rows[i].remote), "remote of %s", rows[i].in);
        cr_expect(a.inode == rows[i].inode && a.has_inode == (a.inode != 0), "%s", rows[i].in);
        cr_expect(a.peer_inode == rows[i].peer, "%s", rows[i].in);
        probe_close(&p);
    }
}

Test(strace_lex, annotations_carry_devices_processes_and_marks)
{
    struct probe p;
    struct strace_annot a;

    (void)args_tree(&p, "1</dev/pts/ptmx<char 5:2 @/dev/pts/3>>, 2</dev/sda<block 8:0>>, "
                        "3<pid:375>, 4</a>(deleted), 5<UNIX:[1,@\"q\"]>, 6");
    cr_assert(strace_annot(p.it, strace_arg(p.it, 0), &a));
    cr_expect(a.major == 5 && a.minor == 2 && !a.is_block && is_span(p.it, a.target, "/dev/pts/3"));
    cr_assert(strace_annot(p.it, strace_arg(p.it, 1), &a));
    cr_expect(a.major == 8 && a.minor == 0 && a.is_block);
    cr_assert(strace_annot(p.it, strace_arg(p.it, 2), &a));
    cr_expect(a.kind == STRACE_A_PIDFD && a.pid == 375);
    cr_assert(strace_annot(p.it, strace_arg(p.it, 3), &a));
    cr_expect(a.deleted && is_span(p.it, a.path, "/a"));
    cr_assert(strace_annot(p.it, strace_arg(p.it, 4), &a));
    cr_expect(a.abstract);
    cr_expect_not(strace_annot(p.it, strace_arg(p.it, 5), &a));
    probe_close(&p);
}

Test(strace_lex, fields_are_found_at_any_depth)
{
    struct probe p;

    (void)args_tree(&p, "{msg_iov=[{iov_base=\"ab\", iov_len=2}], msg_flags=0}, {iov_len=9}");
    cr_expect_eq(strace_field(p.it, strace_arg(p.it, 0), "iov_len")->value, 2);
    cr_expect_eq(strace_field(p.it, strace_arg(p.it, 1), "iov_len")->value, 9);
    cr_expect_eq(strace_field(p.it, strace_arg(p.it, 1), "msg_iov")->kind, STRACE_N_NONE);
    cr_expect_eq(strace_field(p.it, strace_arg(p.it, 7), "iov_len")->kind, STRACE_N_NONE);
    probe_close(&p);
}

/* A line of "call(" , n times what, then tail. */
static char *hostile(size_t n, const char *what, const char *tail)
{
    size_t len = strlen(what);
    char *line = malloc(n * len + strlen(tail) + 16);
    char *p = line + 5;

    cr_assert_not_null(line);
    memcpy(line, "call(", 5);
    for (size_t i = 0; i < n; i++, p += len) {
        memcpy(p, what, len);
    }
    memcpy(p, tail, strlen(tail) + 1);
    return line;
}

Test(strace_lex, hostile_lines_end, .timeout = 120)
{
    static const struct {
        const char *what, *tail;
        enum strace_item_kind kind;
    } rows[] = {
        {"[", "\n", STRACE_FOREIGN},          {"{a=[f(", "\n", STRACE_FOREIGN},
        {"[", ") = 0\n", STRACE_CALL},        {"\\\"", "\n", STRACE_FOREIGN},
        {"\"", "\n", STRACE_UNREAD},          {"3<", "\n", STRACE_FOREIGN},
        {"3<A:[\",", ") = 1\n", STRACE_CALL}, {"3 /* ", ") = 1\n", STRACE_CALL},
        {"/* a */ ", ") = 1\n", STRACE_CALL}, {"3 => ", ") = 1\n", STRACE_CALL},
        {"a=", ") = 1\n", STRACE_CALL},       {"2*", "2) = 1\n", STRACE_CALL},
        {"1,", ") = 1\n", STRACE_CALL},       {") = ", "\n", STRACE_FOREIGN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *line = hostile(200000, rows[i].what, rows[i].tail);
        struct probe p = probe_open(line);

        cr_expect_eq(p.it->kind, rows[i].kind, "%s", rows[i].what);
        cr_expect_leq(p.it->n_nodes, STRACE_MAX_NODES, "%s", rows[i].what);
        cr_expect_not(probe_next(&p), "%s", rows[i].what);
        probe_close(&p);
        free(line);
    }
}

Test(strace_lex, brackets_beyond_the_limit_stay_raw_but_the_call_is_read)
{
    char line[1024] = "call(";
    struct probe p;

    for (int i = 0; i < 100; i++) {
        strcat(line, "[");
    }
    strcat(line, "\"]\", {x=1}");
    for (int i = 0; i < 100; i++) {
        strcat(line, "]");
    }
    strcat(line, ", 7) = 5\n");
    p = probe_open(line);
    cr_expect_eq(p.it->kind, STRACE_CALL);
    cr_expect_eq(p.it->n_args, 2);
    cr_expect_eq(strace_arg(p.it, 1)->value, 7);
    cr_expect_eq(p.it->ret.value, 5);
    probe_close(&p);
}
