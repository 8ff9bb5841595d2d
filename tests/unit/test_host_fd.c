/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/feed.h"

/* ------------------------------------------------------------------ open and close */

/* Old writers tell the path in the exit, older openat in its enter, newest all in the exit. */
Test(host, open_names)
{
    struct feed f;
    struct scapf_fd v;

    feed_init(&f);
    put_file(&f.m, 100, 9, "/srv/dir");
    EV(100, OPEN_X, 4, NUM("fd", 3), TXT("name", "/etc/../tmp//a"), NUM("flags", 1),
       NUM("mode", 0));
    EV(100, OPENAT_E, 0, NUM("dirfd", -100), TXT("name", "b"), NUM("flags", 4097), NUM("mode", 0));
    EV(100, OPENAT_X, 0, NUM("fd", 4));
    EV(100, OPENAT_2_X, 0, NUM("fd", 5), NUM("dirfd", 9), TXT("name", "c"), NUM("flags", 1025),
       NUM("dev", 8), NUM("ino", 99));
    EV(100, CREAT_X, 0, NUM("fd", 6), TXT("name", "d"));
    EV(100, OPEN_BY_HANDLE_X, 0, NUM("fd", 7), TXT("path", "/by/handle"));
    EV(100, OPENAT_2_X, 0, NUM("fd", 8), NUM("dirfd", 77), TXT("name", "e"));
    EV(100, OPENAT_2_X, 0, NUM("fd", -2), NUM("dirfd", -100), TXT("name", "f"));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "/tmp/a");
    EXPECT_STR(fd_name(&f, 100, 4), "/home/ann/b");
    EXPECT_STR(fd_name(&f, 100, 5), "/srv/dir/c");
    EXPECT_STR(fd_name(&f, 100, 6), "/home/ann/d");
    EXPECT_STR(fd_name(&f, 100, 7), "/by/handle");
    EXPECT_STR(fd_name(&f, 100, 8), "e"); /* from where is not known */
    cr_expect(fd_type(&f, 100, 5) == 2 && fd_type(&f, 100, 3) == 16);
    cr_expect(scapf_host_fd(f.host, 100, 4, &v) && v.cloexec && v.open_flags == 4097);
    cr_expect(scapf_host_fd(f.host, 100, 5, &v) && !v.cloexec && v.dev == 8 && v.ino == 99);
    cr_expect(scapf_host_event(f.host)->fd == -1);
    EXPECT_STR(scapf_host_event(f.host)->wanted, "/home/ann/f");
    feed_close(&f);
}

/* Old writers name the descriptor when close is entered, new ones when it is left. The exit itself
 * still sees the name. */
Test(host, close_forgets)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/three");
    put_file(&f.m, 100, 4, "/four");
    put_file(&f.m, 100, 5, "/five");
    EV(100, CLOSE_E, 0, NUM("fd", 3));
    EV(100, CLOSE_X, 1, NUM("res", 0));
    EV(100, CLOSE_X, 0, NUM("res", -4), NUM("fd", 4)); /* Linux closes it in spite of EINTR */
    EV(100, CLOSE_X, 0, NUM("res", 0), NUM("fd", 77));
    EV(100, CLOSE_X, 0, NUM("res", -9), NUM("fd", 5));
    EV0(100, 6);
    feed_open(&f, NULL);
    feed_events(&f, 2);
    EXPECT_STR(fd_name(&f, 100, 3), "/three");
    cr_expect(scapf_host_event(f.host)->fd == 3 && scapf_host_event(f.host)->has_enter);
    cr_expect(scapf_host_enter(f.host)->code == CLOSE_E);
    cr_expect(scapf_host_event(f.host)->latency_ns == 1);
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 3), "-");
    EXPECT_STR(fd_name(&f, 100, 4), "/four");
    feed_events(&f, 0);
    EXPECT_STR(fd_name(&f, 100, 4), "-");
    EXPECT_STR(fd_name(&f, 100, 5), "/five");
    cr_expect(scapf_host_counters(f.host)->closed_unknown == 1);
    cr_expect(scapf_host_counters(f.host)->fds == 1);
    feed_close(&f);
}

/* Names whose last owner is gone rest a while, and are given up when more come: more files than
 * rest at once, opened again and again, and in the last round under other names. */
Test(host, opened_again)
{
    struct feed f;
    char name[16];

    feed_init(&f);
    for (int round = 0; round < 4; round++) {
        for (int64_t fd = 10; fd < 60; fd++) {
            (void)snprintf(name, sizeof(name), round < 3 ? "/file%d" : "/other%d", (int)fd);
            EV(100, OPEN_X, 4, NUM("fd", fd), TXT("name", name), NUM("flags", 1), NUM("mode", 0));
        }
        for (int64_t fd = 10; round < 3 && fd < 60; fd++) {
            EV(100, CLOSE_X, 0, NUM("res", 0), NUM("fd", fd));
        }
    }
    feed_open(&f, NULL);
    feed_events(&f, 250); /* into the third round */
    EXPECT_STR(scapf_host_fd_name(f.host, 100, 59), "/file59");
    feed_events(&f, 0);
    for (int64_t fd = 10; fd < 60; fd++) {
        (void)snprintf(name, sizeof(name), "/other%d", (int)fd);
        EXPECT_STR(scapf_host_fd_name(f.host, 100, fd), name);
        EXPECT_STR(fd_name(&f, 100, fd), name);
    }
    cr_expect_null(scapf_host_fd_name(f.host, 100, 60));
    cr_expect_null(scapf_host_fd_name(f.host, 999, 10));
    cr_expect(scapf_host_counters(f.host)->fds == 50);
    feed_close(&f);
}

/* The kernel gives the number away before close returns: what another thread got stays. */
Test(host, close_returns_late)
{
    struct feed f;

    feed_init(&f);
    put_process(&f.m, 101, 100, "second", 0x2001);
    put_file(&f.m, 100, 3, "/old");
    EV(100, CLOSE_E, 0, NUM("fd", 3));
    EV(101, OPEN_X, 0, NUM("fd", 3), TXT("name", "/new"));
    EV(100, CLOSE_X, 1, NUM("res", 0));
    EV0(100, 6);
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "/new");
    EXPECT_STR(fd_name(&f, 101, 3), "/new");
    cr_expect(scapf_host_counters(f.host)->replaced_fds == 0);
    feed_close(&f);
}

Test(host, close_range)
{
    struct feed f;
    struct scapf_fd v;

    feed_init(&f);
    for (int64_t fd = 0; fd < 40; fd++) {
        put_file(&f.m, 100, fd, "/x");
    }
    EV(100, CLOSE_RANGE_X, 0, NUM("res", 0), NUM("first", 30), NUM("last", 0xffffffff));
    EV(100, CLOSE_RANGE_X, 0, NUM("res", 0), NUM("first", 5), NUM("last", 20));
    EV(100, CLOSE_RANGE_X, 0, NUM("res", 0), NUM("first", 2), NUM("last", 25), NUM("flags", 4));
    feed_all(&f);
    for (int64_t fd = 0; fd < 40; fd++) {
        bool open = scapf_host_fd(f.host, 100, fd, &v);

        cr_expect(open == (fd < 5 || (fd > 20 && fd < 30)), "%lld", (long long)fd);
        cr_expect(!open || v.cloexec == (fd >= 2 && fd <= 25), "%lld", (long long)fd);
    }
    feed_close(&f);
}

Test(host, dup)
{
    struct feed f;
    struct scapf_fd v;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/three");
    put_file(&f.m, 100, 4, "/four");
    EV(100, DUP_E, 0, NUM("fd", 3));
    EV(100, DUP_X, 0, NUM("res", 10));
    EV(100, DUP3_X, 0, NUM("res", 4), NUM("oldfd", 3), NUM("newfd", 4), NUM("flags", 4096));
    EV(100, FCNTL_E, 0, NUM("fd", 3), NUM("cmd", 1));
    EV(100, FCNTL_X, 1, NUM("res", 11));
    EV(100, FCNTL_X, 0, NUM("res", 12), NUM("fd", 3), NUM("cmd", 26));
    EV(100, FCNTL_X, 0, NUM("res", 13), NUM("fd", 3), NUM("cmd", 4)); /* F_GETFL */
    EV(100, FCNTL_X, 0, NUM("res", 0), NUM("fd", 10), NUM("cmd", 3), NUM("arg", 1));
    EV(100, DUP3_X, 0, NUM("res", 3), NUM("oldfd", 99), NUM("newfd", 3));
    feed_all(&f);
    cr_expect_eq(scapf_host_counters(f.host)->replaced_fds, 0, "closed on purpose");
    EXPECT_STR(fd_name(&f, 100, 10), "/three");
    EXPECT_STR(fd_name(&f, 100, 4), "/three");
    EXPECT_STR(fd_name(&f, 100, 11), "/three");
    EXPECT_STR(fd_name(&f, 100, 12), "/three");
    EXPECT_STR(fd_name(&f, 100, 13), "-");
    EXPECT_STR(fd_name(&f, 100, 3), "-"); /* of what it is a copy nobody knows */
    cr_expect(scapf_host_fd(f.host, 100, 4, &v) && v.cloexec);
    cr_expect(scapf_host_fd(f.host, 100, 11, &v) && !v.cloexec);
    cr_expect(scapf_host_fd(f.host, 100, 12, &v) && v.cloexec);
    cr_expect(scapf_host_fd(f.host, 100, 10, &v) && v.cloexec);
    cr_expect(scapf_host_counters(f.host)->fds == 1, "one file, four descriptors");
    feed_close(&f);
}

Test(host, descriptors_of_all_kinds)
{
    static const struct {
        int64_t fd;
        int type;
    } rows[] = {{3, 9},   {4, 11},  {5, 7},   {6, 7},   {7, 7},   {8, 7},  {9, 12},
                {10, 19}, {11, 20}, {12, 21}, {13, 17}, {14, -1}, {15, 8}, {16, 8}};
    struct feed f;

    feed_init(&f);
    EV(100, EVENTFD_X, 1, NUM("res", 3));
    EV(100, SIGNALFD_X, 0, NUM("res", 4), NUM("fd", -1));
    EV(100, PIPE_X, 0, NUM("res", 0), NUM("fd1", 5), NUM("fd2", 6), NUM("ino", 1));
    EV(100, PIPE2_X, 0, NUM("res", 0), NUM("fd1", 7), NUM("fd2", 8), NUM("flags", 4096));
    EV(100, EPOLL_CREATE1_X, 0, NUM("res", 9), NUM("flags", 1));
    EV(100, IO_URING_X, 0, NUM("res", 10));
    EV(100, MEMFD_X, 0, NUM("fd", 11), TXT("name", "mem"), NUM("flags", 1));
    EV(100, PIDFD_OPEN_X, 0, NUM("fd", 12), NUM("pid", 200));
    EV(100, BPF_2_X, 0, NUM("fd", 13), NUM("cmd", 5));
    EV(100, BPF_2_X, 0, NUM("fd", 14), NUM("cmd", 1)); /* no descriptor */
    EV(100, SOCKETPAIR_X, 0, NUM("res", 0), NUM("fd1", 15), NUM("fd2", 16), NUM("source", 1),
       NUM("peer", 2));
    feed_all(&f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(fd_type(&f, 100, rows[i].fd) == rows[i].type, "%lld: %d", (long long)rows[i].fd,
                  fd_type(&f, 100, rows[i].fd));
    }
    EXPECT_STR(fd_name(&f, 100, 11), "mem");
    EXPECT_STR(fd_name(&f, 100, 3), "");
    feed_close(&f);
}

Test(host, pidfd_getfd_takes_it_from_the_other)
{
    struct feed f;

    feed_init(&f);
    put_process(&f.m, 200, 200, "other", 0);
    put_file(&f.m, 200, 6, "/six");
    EV(100, PIDFD_OPEN_X, 0, NUM("fd", 12), NUM("pid", 200));
    EV(100, PIDFD_GETFD_X, 0, NUM("fd", 13), NUM("pid_fd", 12), NUM("target_fd", 6));
    EV(100, PIDFD_GETFD_X, 0, NUM("fd", 14), NUM("pid_fd", 12), NUM("target_fd", 7));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 13), "/six");
    EXPECT_STR(fd_name(&f, 100, 14), "-");
    feed_close(&f);
}

/* ------------------------------------------------------------------ sockets */

Test(host, tcp_both_sides)
{
    struct feed f;
    struct scapf_fd v;

    feed_init(&f);
    EV(100, SOCKET_E, 0, NUM("domain", 2), NUM("type", 0x80001), NUM("proto", 0));
    EV(100, SOCKET_X, 1, NUM("fd", 3));
    EV(100, CONNECT_E, 1, NUM("fd", 3));
    EV(100, CONNECT_X, 2, NUM("res", -115),
       RAW("tuple", TUPLE4("\x01", PORT_40000, "\x02", PORT_80)));
    EV(100, SOCKET_X, 0, NUM("fd", 4), NUM("domain", 2), NUM("type", 1), NUM("proto", 0));
    EV(100, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_80)), NUM("fd", 4));
    EV(100, ACCEPT4_X, 0, NUM("fd", 5), RAW("tuple", TUPLE4("\x02", PORT_40000, "\x01", PORT_80)));
    EV(100, CONNECT_X, 0, NUM("res", -111), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x01", PORT_40000, "\x02", PORT_53)));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.1:40000->10.0.0.2:80");
    cr_assert(scapf_host_fd(f.host, 100, 3, &v));
    cr_expect(v.l4proto == 2 && v.cloexec && !v.server && v.sock.family == 2 && v.sock.dport == 80);
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.1:80");
    cr_expect(fd_type(&f, 100, 4) == 5);
    EXPECT_STR(fd_name(&f, 100, 5), "10.0.0.2:40000->10.0.0.1:80");
    cr_expect(scapf_host_fd(f.host, 100, 5, &v) && v.server && v.type == 3);
    EXPECT_STR(scapf_host_event(f.host)->wanted, "10.0.0.1:40000->10.0.0.2:53");
    feed_close(&f);
}

/* A name reads client->server whoever sends: the bound one is the server. */
Test(host, udp_both_sides)
{
    struct feed f;

    feed_init(&f);
    EV(100, SOCKET_X, 0, NUM("fd", 3), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    EV(100, SENDTO_E, 0, NUM("fd", 3), NUM("size", 1),
       RAW("tuple", TUPLE4("\x01", PORT_40000, "\x02", PORT_53)));
    EV(100, SENDTO_X, 2, NUM("res", 1), TXT("data", "x"));
    EV(100, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 3),
       RAW("tuple", TUPLE4("\x02", PORT_53, "\x01", PORT_40000)));
    EV(100, SOCKET_X, 0, NUM("fd", 4), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    EV(100, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_53)), NUM("fd", 4));
    EV(100, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x02", PORT_40000, "\x01", PORT_53)));
    EV(100, SENDTO_X, 0, NUM("res", 1), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x01", PORT_53, "\x03", PORT_40000)));
    feed_open(&f, NULL);
    feed_events(&f, 3);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.1:40000->10.0.0.2:53");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.1:40000->10.0.0.2:53");
    feed_events(&f, 3);
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.2:40000->10.0.0.1:53");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.3:40000->10.0.0.1:53");
    feed_close(&f);
}

/* Bound to port 0, which the kernel replaces and nobody tells: who gets the first datagram there is
 * the server, who sends it a client, and port 0 is not taken for one that is called. */
Test(host, udp_port_of_the_kernel)
{
    struct feed f;

    feed_init(&f);
    for (int64_t fd = 3; fd <= 5; fd++) {
        EV(100, SOCKET_X, 0, NUM("fd", fd), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    }
    EV(100, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_0)), NUM("fd", 3));
    EV(100, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_0)), NUM("fd", 4));
    EV(100, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 3),
       RAW("tuple", TUPLE4("\x02", PORT_40000, "\x01", PORT_80)));
    EV(100, SENDTO_X, 0, NUM("res", 1), NUM("fd", 3),
       RAW("tuple", TUPLE4("\x01", PORT_80, "\x02", PORT_40000)));
    EV(100, SENDTO_X, 0, NUM("res", 1), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x01", PORT_40000, "\x02", PORT_53)));
    EV(100, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x02", PORT_53, "\x01", PORT_40000)));
    EV(100, SENDTO_X, 0, NUM("res", 1), NUM("fd", 5),
       RAW("tuple", TUPLE4("\x01", PORT_0, "\x02", PORT_53)));
    feed_open(&f, NULL);
    feed_events(&f, 6);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.2:40000->10.0.0.1:80");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.2:40000->10.0.0.1:80");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.1:40000->10.0.0.2:53");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.1:40000->10.0.0.2:53");
    feed_events(&f, 1);
    EXPECT_STR(fd_name(&f, 100, 5), "10.0.0.1:0->10.0.0.2:53");
    feed_close(&f);
}
