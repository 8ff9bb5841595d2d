/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "state/host.h"
#include "support/fault_alloc.h"
#include "support/feed.h"
#include "support/shown.h"
#include "support/story.h"

/* ------------------------------------------------------------------ tables */

Test(host, threads)
{
    struct feed f;
    struct scapf_thread t;

    feed_init(&f);
    mk_shb(&f.m, 2); /* a new section: another host */
    feed_open(&f, NULL);
    feed_events(&f, 0);
    cr_expect(!scapf_host_thread(f.host, 100, &t), "of the section before");
    feed_close(&f);
    feed_init(&f);
    feed_all(&f);
    t = thread(&f, 100);
    cr_expect(t.tid == 100 && t.pid == 100 && t.ptid == 1 && t.listed);
    cr_expect(t.uid == 1000 && t.gid == 1001 && t.fdlimit == 1024);
    EXPECT_STR(t.comm, "main");
    EXPECT_STR(t.exe, "/bin/x");
    EXPECT_STR(t.cwd, "/home/ann");
    cr_expect(!scapf_host_thread(f.host, 101, &t));
    feed_close(&f);
}

/* Parameters are found by halving. */
Test(host, names_are_sorted)
{
    static const char *const names[] = {
#define X(name) #name,
        HOST_ARGS(X)
#undef X
    };

    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
        cr_expect(strcmp(names[i - 1], names[i]) < 0, "%s stands behind %s", names[i],
                  names[i - 1]);
    }
}

/* Newer writers record exits alone: that is told from enter events that are missing. */
Test(host, exits_alone)
{
    struct feed f;

    feed_init(&f);
    EV0(100, CLOSE_X);
    EV0(100, CLOSE_X);
    feed_all(&f);
    cr_expect(scapf_host_counters(f.host)->enters == 0);
    cr_expect(scapf_host_counters(f.host)->exits_alone == 2);
    feed_close(&f);
    feed_init(&f);
    EV0(100, CLOSE_E);
    EV0(100, CLOSE_X);
    EV0(100, CLOSE_X);
    feed_all(&f);
    cr_expect(scapf_host_counters(f.host)->enters == 1);
    cr_expect(scapf_host_counters(f.host)->exits_alone == 1);
    feed_close(&f);
}

/* A schema that ends with an enter event: it has no exit, and nothing is asked of one. */
Test(host, last_event_without_its_exit)
{
    struct scapf_schema schema = *scapf_schema_builtin();
    struct scapf_host_opts opts = {.size = sizeof(opts), .schema = &schema};
    struct scapf_event ev = {.tid = 100};
    struct scapf_host *host;

    schema.n_events = CLOSE_X;
    cr_assert_eq(scapf_host_new(&opts, &host), SCAPF_OK);
    for (uint16_t code = CLOSE_E; code <= CLOSE_X; code++) {
        ev.code = code;
        cr_expect(!host_matters(host, code) && !host_changes(host, &ev));
    }
    scapf_host_free(host);
}

Test(host, users_of_the_story)
{
    struct feed f;
    struct scapf_user u;

    mk_init(&f.m, MK_BIG);
    mk_shb(&f.m, 2);
    story_users(&f.m, 0x220, true);
    feed_all(&f);
    cr_assert(scapf_host_user(f.host, "", 0, &u));
    EXPECT_STR(u.name, "root");
    cr_expect(scapf_host_user(f.host, "host", 0, &u));
    cr_expect(scapf_host_user(f.host, "0123456789ab", 0, &u), "the host's where no other is known");
    cr_expect(!scapf_host_user(f.host, "", 4242, &u));
    cr_expect(!scapf_host_group(f.host, "", 4242, &u));
    feed_close(&f);
}

Test(host, connections)
{
    static const uint8_t mapped[32] = {
        [10] = 0xff, 0xff, 1, 2, 3, 4, [26] = 0xff, 0xff, 5, 6, 7, 8};
    static const uint8_t any[16];
    struct feed f;

    feed_init(&f);
    put_socket4(&f.m, 3, 2, 40000, 80);
    put_socket4(&f.m, 4, 3, 443, 50000); /* 443 turns out to be listened on */
    begin_fd(&f.m, 100, 5, 4);
    mk_bytes(&f.m, mapped, sizeof(mapped));
    mk_u16(&f.m, 1);
    mk_u16(&f.m, 2);
    mk_u8(&f.m, 2);
    mk_end(&f.m);
    begin_fd(&f.m, 100, 6, 6);
    mk_bytes(&f.m, any, sizeof(any));
    mk_u16(&f.m, 443);
    mk_u8(&f.m, 2);
    mk_end(&f.m);
    begin_fd(&f.m, 100, 7, 8);
    mk_u64(&f.m, 1);
    mk_u64(&f.m, 2);
    mk_str16(&f.m, "/run/x");
    mk_end(&f.m);
    EV0(100, 6);
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "10.0.0.1:40000->10.0.0.2:80");
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.3:50000->10.0.0.1:443");
    EXPECT_STR(fd_name(&f, 100, 4), "10.0.0.3:50000->10.0.0.1:443");
    EXPECT_STR(fd_name(&f, 100, 5), "1.2.3.4:1->5.6.7.8:2");
    cr_expect(fd_type(&f, 100, 5) == 3);
    EXPECT_STR(fd_name(&f, 100, 6), ":::443");
    EXPECT_STR(fd_name(&f, 100, 7), "/run/x");
    feed_close(&f);
}

/* CLONE_FILES decides; descriptors may be listed before their thread. */
Test(host, threads_share_descriptors)
{
    struct feed f;

    mk_init(&f.m, MK_LITTLE);
    mk_shb(&f.m, 2);
    put_file(&f.m, 100, 3, "/of/100");
    put_file(&f.m, 102, 3, "/of/102");
    put_process(&f.m, 100, 100, "main", 0);
    put_process(&f.m, 101, 100, "shares", 1);
    put_process(&f.m, 102, 100, "alone", 0);
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "/of/100");
    EXPECT_STR(fd_name(&f, 101, 3), "/of/100");
    EXPECT_STR(fd_name(&f, 102, 3), "/of/102");
    EXPECT_STR(fd_name(&f, 999, 3), "-");
    EXPECT_STR(comm(&f, 101), "shares");
    feed_close(&f);
}

/* ------------------------------------------------------------------ clone */

static const struct {
    uint16_t code;
    const char *name;
} clones[] = {{CLONE_11_X, "11"},  {CLONE_16_X, "16"},    {CLONE_17_X, "17"},  {CLONE_20_X, "20"},
              {FORK_20_X, "fork"}, {VFORK_20_X, "vfork"}, {CLONE3_X, "clone3"}};

/* A clone of any version; what a version does not have is left out. */
static void put_clone(struct mk *m, uint16_t code, int64_t tid, int64_t res, int64_t pid,
                      int64_t ptid, uint32_t flags)
{
    const struct param all[] = {NUM("res", res),  TXT("exe", "/bin/x"), RAW("args", "a\0b", 4),
                                NUM("tid", tid),  NUM("pid", pid),      NUM("ptid", ptid),
                                TXT("cwd", ""),   NUM("fdlimit", 1024), NUM("flags", flags),
                                NUM("uid", 1000), NUM("gid", 1001),     TXT("comm", "main"),
                                NUM("vtid", tid), NUM("vpid", pid)};
    const struct scapf_event_info *info = scapf_schema_event(scapf_schema_builtin(), code);
    struct param some[sizeof(all) / sizeof(all[0]) + 1] = {{.name = NULL}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (uint32_t k = 0; k < info->n_params; k++) {
            if (strcmp(info->params[k].name, all[i].name) == 0) {
                some[n++] = all[i];
            }
        }
    }
    put_event(m, tid, code, 0, some);
}

/* A row tells that its thread is back from its clone and its parent is not: what the thread did
 * since stays; the next clone of that id is another thread. */
Test(host, parent_that_returns_after_the_tables)
{
    struct feed f;

    feed_init(&f);
    put_process(&f.m, 100, 100, "main", 0);
    put_process(&f.m, 101, 101, "cat", 0x10000);
    put_clone(&f.m, VFORK_20_X, 100, 101, 100, 1, 0);
    put_clone(&f.m, VFORK_20_X, 100, 101, 100, 1, 0);
    feed_open(&f, NULL);
    feed_events(&f, 1);
    EXPECT_STR(comm(&f, 101), "cat");
    cr_expect_eq(scapf_host_counters(f.host)->reused_tids, 0);
    feed_events(&f, 1);
    EXPECT_STR(comm(&f, 101), "main");
    cr_expect_eq(scapf_host_counters(f.host)->reused_tids, 1);
    feed_close(&f);
}

Test(host, clone_in_either_order)
{
    for (size_t i = 0; i < sizeof(clones) / sizeof(clones[0]); i++) {
        for (int child_first = 0; child_first < 2; child_first++) {
            struct feed f;
            struct scapf_thread t;

            feed_init(&f);
            put_file(&f.m, 100, 3, "/three");
            if (child_first) {
                put_clone(&f.m, clones[i].code, 200, 0, 200, 100, 0);
            }
            put_clone(&f.m, clones[i].code, 100, 200, 100, 1, 0);
            if (!child_first) {
                put_clone(&f.m, clones[i].code, 200, 0, 200, 100, 0);
            }
            EV(200, OPEN_X, 0, NUM("fd", 4), TXT("name", "mine"));
            EV(200, CLOSE_X, 0, NUM("res", 0), NUM("fd", 3));
            EV0(200, 6);
            feed_all(&f);
            t = thread(&f, 200);
            cr_expect(t.pid == 200 && t.ptid == 100 && t.uid == 1000, "%s", clones[i].name);
            EXPECT_STR(t.cwd, "/home/ann");
            cr_expect(t.args_len == 4, "%s", clones[i].name);
            EXPECT_STR(fd_name(&f, 200, 4), "/home/ann/mine");
            EXPECT_STR(fd_name(&f, 200, 3), "-");
            EXPECT_STR(fd_name(&f, 100, 3), "/three");
            EXPECT_STR(fd_name(&f, 100, 4), "-");
            cr_expect(scapf_host_counters(f.host)->reused_tids == 0, "%s", clones[i].name);
            feed_close(&f);
        }
    }
}

/* A thread clones a process under the number of its own leader: the table it shares is also the one
 * it gives away. The recount after each record sees whether all tables have owners. */
Test(host, clone_of_the_own_leader)
{
    static const uint32_t flags[] = {0, 0x1};

    for (size_t i = 0; i < 2; i++) {
        struct feed f;

        feed_init(&f);
        EV(100, OPEN_X, 0, NUM("fd", 3), TXT("name", "/three"));
        put_clone(&f.m, CLONE_20_X, 100, 101, 100, 1, 0x2001);
        put_clone(&f.m, CLONE_20_X, 101, 100, 100, 1, flags[i]);
        feed_all(&f);
        EXPECT_STR(fd_name(&f, 100, 3), "/three");
        feed_close(&f);
    }
}

/* A thread shares descriptors and directory; CLONE_FILES alone shares descriptors only. */
Test(host, clone_shares)
{
    struct feed f;

    feed_init(&f);
    put_clone(&f.m, CLONE_20_X, 100, 101, 100, 1, 0x2001);
    put_clone(&f.m, CLONE_20_X, 100, 300, 100, 1, 0x1);
    put_clone(&f.m, CLONE_20_X, 100, 102, 100, 1, 0x2000);
    EV(101, OPEN_X, 0, NUM("fd", 3), TXT("name", "/three"));
    EV(101, CHDIR_X, 0, NUM("res", 0), TXT("path", "../bob"));
    EV(102, OPEN_X, 0, NUM("fd", 5), TXT("name", "/five"));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 100, 3), "/three");
    EXPECT_STR(fd_name(&f, 300, 3), "/three");
    EXPECT_STR(fd_name(&f, 102, 3), "-");
    EXPECT_STR(fd_name(&f, 100, 5), "-");
    EXPECT_STR(fd_name(&f, 102, 5), "/five");
    EXPECT_STR(thread(&f, 100).cwd, "/home/bob");
    EXPECT_STR(thread(&f, 300).cwd, "/home/ann");
    cr_expect(thread(&f, 101).pid == 100 && thread(&f, 101).ptid == 1);
    feed_close(&f);
}

/* Inside a pid namespace the parent's result is not the child's id on the host. */
Test(host, clone_in_a_namespace)
{
    struct feed f;
    struct scapf_thread t;

    feed_init(&f);
    EV(100, CLONE_20_X, 20, NUM("res", 7), NUM("tid", 100), NUM("pid", 100), NUM("ptid", 1),
       NUM("flags", 0), NUM("vtid", 5), NUM("vpid", 5), TXT("comm", "main"));
    EV(200, CLONE_20_X, 20, NUM("res", 0), NUM("tid", 200), NUM("pid", 200), NUM("ptid", 100),
       NUM("flags", 0), NUM("vtid", 7), NUM("vpid", 7), TXT("comm", "main"),
       TXT("cgroups",
           "cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    feed_all(&f);
    cr_expect(!scapf_host_thread(f.host, 7, &t));
    t = thread(&f, 200);
    cr_expect(t.vpid == 7 && t.vtid == 7 && t.ptid == 100);
    EXPECT_STR(t.container, "0123456789ab");
    feed_close(&f);
}

Test(host, clone_of_a_live_id)
{
    struct feed f;

    feed_init(&f);
    put_process(&f.m, 200, 200, "old", 0);
    put_file(&f.m, 200, 9, "/nine");
    put_clone(&f.m, CLONE_20_X, 100, 200, 100, 1, 0);
    put_clone(&f.m, CLONE_20_X, 100, 100, 100, 1, 0); /* of itself */
    feed_all(&f);
    EXPECT_STR(comm(&f, 200), "main");
    EXPECT_STR(fd_name(&f, 200, 9), "-");
    cr_expect(scapf_host_counters(f.host)->reused_tids == 1);
    cr_expect(scapf_host_counters(f.host)->bad_numbers == 1);
    feed_close(&f);
}

/* Who cloned is not in the table: the event itself tells who it is. */
Test(host, clone_by_an_unseen_thread)
{
    struct feed f;

    feed_init(&f);
    put_clone(&f.m, CLONE_20_X, 500, 600, 500, 1, 0);
    feed_all(&f);
    EXPECT_STR(comm(&f, 500), "main");
    cr_expect(thread(&f, 500).pid == 500 && thread(&f, 600).ptid == 500);
    cr_expect(scapf_host_counters(f.host)->unseen_threads == 1);
    feed_close(&f);
}

/* ------------------------------------------------------------------ execve, exit */

Test(host, execve_of_all_ages)
{
    static const uint16_t codes[] = {EXECVE_8_X, 155,         173,         215, EXECVE_16_X,
                                     283,        EXECVE_18_X, EXECVE_19_X, 331};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        bool has_comm = codes[i] >= 215;
        struct feed f;

        feed_init(&f);
        EV(100, OPEN_X, 0, NUM("fd", 3), TXT("name", "/kept"), NUM("flags", 1));
        EV(100, OPEN_X, 0, NUM("fd", 4), TXT("name", "/closed"), NUM("flags", 4097));
        if (has_comm) {
            EV(100, codes[i], 14, NUM("res", 0), TXT("exe", "/bin/new"), RAW("args", "-x\0y", 5),
               NUM("tid", 100), NUM("pid", 100), NUM("ptid", 1), TXT("comm", "new"));
        } else {
            EV(100, codes[i], 8, NUM("res", 0), TXT("exe", "new"), RAW("args", "-x\0y", 5),
               NUM("tid", 100), NUM("pid", 100), NUM("ptid", 1));
        }
        feed_all(&f);
        EXPECT_STR(comm(&f, 100), "new");
        cr_expect(thread(&f, 100).args_len == 5);
        EXPECT_STR(thread(&f, 100).cwd, "/home/ann");
        EXPECT_STR(fd_name(&f, 100, 3), "/kept");
        EXPECT_STR(fd_name(&f, 100, 4), "-");
        feed_close(&f);
    }
}

/* The file comes from the enter event, relative to the directory, or from newer exits. */
Test(host, execve_names_its_file)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/opt");
    EV(100, EXECVE_18_E, 0, TXT("filename", "./prog"));
    EV(100, EXECVE_18_X, 14, NUM("res", 0), NUM("pid", 100), TXT("comm", "prog"));
    EV(100, EXECVEAT_E, 0, NUM("dirfd", 3), TXT("pathname", "bin/other"), NUM("flags", 0));
    EV(100, EXECVE_19_X, 18, NUM("res", 0), NUM("pid", 100), TXT("comm", "other"));
    EV(100, EXECVE_19_X, 0, NUM("res", 0), NUM("pid", 100), TXT("comm", "third"),
       TXT("trusted_exepath", "/third"), NUM("uid", 7));
    EV(100, EXECVE_18_E, 0, TXT("filename", "/failed"));
    EV(100, EXECVE_18_X, 14, NUM("res", -2), NUM("pid", 100), TXT("comm", "failed"));
    feed_open(&f, NULL);
    feed_events(&f, 2);
    EXPECT_STR(thread(&f, 100).exepath, "/home/ann/prog");
    feed_events(&f, 2);
    EXPECT_STR(thread(&f, 100).exepath, "/opt/bin/other");
    feed_events(&f, 1);
    EXPECT_STR(thread(&f, 100).exepath, "/third");
    cr_expect(thread(&f, 100).uid == 7);
    feed_events(&f, 0);
    EXPECT_STR(thread(&f, 100).exepath, "/third");
    EXPECT_STR(comm(&f, 100), "third");
    feed_close(&f);
}

Test(host, exit_forgets_afterwards)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/three");
    EV(100, PROCEXIT, 1, NUM("status", 0));
    EV(100, PROCEXIT, 1, NUM("status", 0));
    feed_open(&f, NULL);
    feed_events(&f, 1);
    EXPECT_STR(comm(&f, 100), "main");
    feed_events(&f, 0);
    EXPECT_STR(comm(&f, 100), "-");
    cr_expect(scapf_host_counters(f.host)->threads == 0);
    cr_expect(scapf_host_counters(f.host)->fds == 0);
    cr_expect(scapf_host_counters(f.host)->fd_tables == 0);
    feed_close(&f);
}

/* ------------------------------------------------------------------ small changes */

Test(host, ids_and_names_change)
{
    struct feed f;
    struct scapf_thread t;

    feed_init(&f);
    EV(100, SETUID_E, 0, NUM("uid", 5));
    EV(100, SETUID_X, 1, NUM("res", 0));
    EV(100, SETGID_X, 0, NUM("res", 0), NUM("gid", 6));
    EV(100, SETUID_X, 0, NUM("res", -1), NUM("uid", 99));
    EV(100, PRCTL_X, 0, NUM("res", 0), NUM("option", 15), TXT("arg2_str", "renamed"));
    EV(100, SETSID_X, 0, NUM("res", 100));
    EV(100, SETPGID_X, 0, NUM("res", 0), NUM("pid", 0), NUM("pgid", 44));
    EV(100, CAPSET_X, 0, NUM("res", 0), NUM("cap_inheritable", 1), NUM("cap_permitted", 2),
       NUM("cap_effective", 3));
    EV(100, CHROOT_X, 0, NUM("res", 0), TXT("path", "jail"));
    feed_open(&f, NULL);
    feed_events(&f, 0);
    t = thread(&f, 100);
    cr_expect(t.uid == 5 && t.gid == 6 && t.sid == 100 && t.vpgid == 44);
    cr_expect(t.cap_inheritable == 1 && t.cap_permitted == 2 && t.cap_effective == 3);
    EXPECT_STR(t.comm, "renamed");
    EXPECT_STR(t.root, "/home/ann/jail");
    feed_close(&f);
}

Test(host, setresuid_leaves_what_is_all_ones)
{
    struct feed f;

    feed_init(&f);
    EV(100, SETRESUID_E, 0, NUM("ruid", 1), NUM("euid", 2), NUM("suid", 3));
    EV(100, SETRESUID_X, 1, NUM("res", 0));
    EV(100, SETREUID_X, 0, NUM("res", 0), NUM("ruid", 9), NUM("euid", -1));
    feed_all(&f);
    cr_expect(thread(&f, 100).uid == 2);
    feed_close(&f);
}

Test(host, directories)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/srv");
    EV(100, CHDIR_X, 0, NUM("res", 0), TXT("path", "sub/./x/.."));
    EV(100, CHDIR_X, 0, NUM("res", -2), TXT("path", "/nowhere"));
    EV(100, FCHDIR_E, 0, NUM("fd", 3));
    EV(100, FCHDIR_X, 1, NUM("res", 0));
    EV(100, FCHDIR_X, 0, NUM("res", 0), NUM("fd", 99));
    EV(100, CHDIR_X, 0, NUM("res", 0), TXT("path", "relative"));
    feed_open(&f, NULL);
    feed_events(&f, 1);
    EXPECT_STR(thread(&f, 100).cwd, "/home/ann/sub");
    feed_events(&f, 1);
    EXPECT_STR(thread(&f, 100).cwd, "/home/ann/sub");
    feed_events(&f, 2);
    EXPECT_STR(thread(&f, 100).cwd, "/srv");
    feed_events(&f, 1);
    cr_expect(thread(&f, 100).cwd == NULL);
    feed_events(&f, 1);
    cr_expect(thread(&f, 100).cwd == NULL, "relative to what is not known");
    feed_close(&f);
}

Test(host, unshare_gives_a_table_of_its_own)
{
    struct feed f;

    feed_init(&f);
    put_clone(&f.m, CLONE_20_X, 100, 101, 100, 1, 0x2001);
    EV(101, UNSHARE_X, 0, NUM("res", 0), NUM("flags", 1));
    EV(101, OPEN_X, 0, NUM("fd", 3), TXT("name", "/mine"));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, 101, 3), "/mine");
    EXPECT_STR(fd_name(&f, 100, 3), "-");
    feed_close(&f);
}

Test(host, users_and_containers_of_events)
{
    static const char json[] =
        "{\"x\":{\"id\":\"no\"},\"container\":{\"Mounts\":[{\"id\":\"no\"}],\"id\" : "
        "\"0123456789ab\",\"image\":\"alpine\",\"name\":\"box\",\"labels\":{\"name\":\"no\"}}}";
    struct feed f;
    struct scapf_user u;
    struct scapf_container_info c;

    feed_init(&f);
    EV(-1, USERADDED, 0, NUM("uid", 7), NUM("gid", 8), TXT("name", "seven"), TXT("home", "/h"));
    EV(-1, USERADDED, 0, NUM("uid", 7), NUM("gid", 8), TXT("name", "inner"),
       TXT("container_id", "0123456789ab"));
    EV(-1, GROUPADDED, 0, NUM("gid", 7), TXT("name", "group seven"));
    EV(-1, CONTAINER_JSON, 0, TXT("json", json));
    EV(-1, CONTAINER, 0, TXT("id", "ffff"), NUM("type", 0), TXT("name", "old"), TXT("image", "i"));
    EV(-1, USERDELETED, 0, NUM("uid", 7), TXT("name", "seven"));
    feed_open(&f, NULL);
    feed_events(&f, 5);
    cr_assert(scapf_host_user(f.host, "", 7, &u));
    EXPECT_STR(u.name, "seven");
    EXPECT_STR(u.home, "/h");
    cr_assert(scapf_host_user(f.host, "0123456789ab", 7, &u));
    EXPECT_STR(u.name, "inner");
    cr_assert(scapf_host_group(f.host, "", 7, &u));
    EXPECT_STR(u.name, "group seven");
    cr_assert(scapf_host_container(f.host, "0123456789ab", &c));
    EXPECT_STR(c.name, "box");
    EXPECT_STR(c.image, "alpine");
    cr_assert(scapf_host_container(f.host, "ffff", &c));
    EXPECT_STR(c.name, "old");
    cr_expect(!scapf_host_container(f.host, "no", &c));
    feed_events(&f, 0);
    cr_expect(!scapf_host_user(f.host, "", 7, &u));
    cr_expect(scapf_host_user(f.host, "0123456789ab", 7, &u));
    feed_close(&f);
}

/* ------------------------------------------------------------------ hostile */

Test(host, cyclic_parents)
{
    struct feed f;
    int64_t tids[8];

    mk_init(&f.m, MK_LITTLE);
    mk_shb(&f.m, 2);
    put_process(&f.m, 1, 1, "own parent", 0);
    put_process(&f.m, 5, 5, "child", 0);
    feed_all(&f);
    cr_expect(scapf_host_ancestors(f.host, 5, tids, 8) == 1 && tids[0] == 1);
    cr_expect(scapf_host_ancestors(f.host, 1, tids, 8) == 0);
    cr_expect(scapf_host_counters(f.host)->parent_cycles == 2);
    feed_close(&f);
}

/* A parent that is younger than its child got the number of the real one. */
Test(host, a_reused_id_is_no_parent)
{
    struct feed f;
    int64_t tids[8];

    feed_init(&f);
    put_clone(&f.m, CLONE_20_X, 100, 200, 100, 1, 0);
    put_clone(&f.m, CLONE_20_X, 200, 300, 200, 100, 0);
    EV(200, PROCEXIT, 1, NUM("status", 0));
    put_clone(&f.m, CLONE_20_X, 100, 200, 100, 1, 0);
    feed_open(&f, NULL);
    feed_events(&f, 3);
    cr_expect(scapf_host_ancestors(f.host, 300, tids, 8) == 2 && tids[0] == 200 && tids[1] == 100);
    feed_events(&f, 0);
    cr_expect(scapf_host_ancestors(f.host, 300, tids, 8) == 0);
    feed_close(&f);
}

Test(host, numbers_that_cannot_be)
{
    struct feed f;

    feed_init(&f);
    EV(100, OPEN_X, 0, NUM("fd", INT64_MAX), TXT("name", "/x"));
    EV(100, DUP3_X, 0, NUM("res", INT64_MAX), NUM("oldfd", INT64_MIN), NUM("newfd", 3));
    EV(100, CLOSE_E, 0, NUM("fd", INT64_MIN));
    EV(100, CLOSE_X, 1, NUM("res", 0));
    EV(100, CLOSE_RANGE_X, 0, NUM("res", 0), NUM("first", -1), NUM("last", 0));
    EV(INT64_MIN, OPEN_X, 0, NUM("fd", 3), TXT("name", "/of the lowest"));
    EV(100, 3, 0, NUM("fd", INT32_MAX), TXT("name", "/the last"));
    feed_all(&f);
    EXPECT_STR(fd_name(&f, INT64_MIN, 3), "/of the lowest");
    EXPECT_STR(fd_name(&f, 100, INT32_MAX), "/the last");
    cr_expect(scapf_host_counters(f.host)->bad_numbers == 2);
    feed_close(&f);
}

/* What does not fit is not known, and counted. */
Test(host, memory_is_bounded)
{
    struct fault_alloc alloc;
    struct scapf_host_opts opts = {.size = sizeof(opts), .max_bytes = (size_t)2 << 20};
    struct feed f;
    char name[32];

    fault_alloc_init(&alloc, FAULT_NEVER);
    opts.alloc = &alloc.alloc;
    feed_init(&f);
    for (int64_t i = 0; i < 60000; i++) {
        (void)snprintf(name, sizeof(name), "/file/number/%d", (int)i);
        EV(1000 + i % 50, OPEN_X, 3, NUM("fd", i * 7), TXT("name", name), NUM("flags", 1));
    }
    feed_open(&f, &opts);
    feed_events(&f, 0);
    cr_expect(alloc.peak < ((size_t)2 << 20) + 200000, "%zu bytes", alloc.peak);
    cr_expect(scapf_host_counters(f.host)->not_kept > 0);
    EXPECT_STR(fd_name(&f, 1000, 0), "/file/number/0");
    feed_close(&f);
    cr_expect(alloc.live == 0);
}

/* What comes and goes takes no memory that stays. */
Test(host, memory_follows_what_is_alive)
{
    struct feed f;
    uint64_t early = 0;

    feed_init(&f);
    for (int64_t i = 0; i < 3000; i++) {
        put_clone(&f.m, CLONE_20_X, 100, 10000 + i, 100, 1, 0);
        EV(10000 + i, OPEN_X, 0, NUM("fd", 3), TXT("name", "/x"));
        EV(10000 + i, OPEN_X, 0, NUM("fd", i * 31), TXT("name", "/y"));
        EV(10000 + i, PROCEXIT, 1, NUM("status", 0));
    }
    EV0(100, 6);
    feed_open(&f, NULL);
    feed_events(&f, 100);
    early = scapf_host_counters(f.host)->bytes;
    feed_events(&f, 0);
    /* one page more: the last event is the first enter event that is kept */
    cr_expect(scapf_host_counters(f.host)->bytes <= early + 16384);
    cr_expect(scapf_host_counters(f.host)->threads == 1);
    cr_expect(scapf_host_counters(f.host)->fds == 0);
    feed_close(&f);
}

/* Each allocation failing in turn: an error or names missing, never a leak or a crash. */
Test(host, without_memory)
{
    struct fault_alloc alloc;
    struct mk m;
    struct story s = {.block = SCAPF_BLOCK_EV_V2};
    const struct scapf_printer_opts opts = {.format = SCAPF_PRINT_LINE};
    size_t k = 0;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    story_tell(&m, &s);
    do {
        struct shown shown;

        fault_alloc_init(&alloc, k++);
        shown = shown_make(m.o.bytes, m.o.len, &opts, &alloc.alloc);
        cr_expect(alloc.live == 0, "%zu blocks left when call %zu fails", alloc.live, k);
        cr_expect(alloc.failed == (shown.made != SCAPF_OK || shown.put != SCAPF_OK), "call %zu", k);
        shown_release(&shown);
    } while (alloc.failed && k < 1000);
    cr_expect(k > 5 && k < 1000);
    mk_release(&m);
}

Test(host, paths)
{
    static const struct {
        const char *dir, *name, *path;
    } rows[] = {{"/a/b", "c", "/a/b/c"}, {"/a/b/", "../c", "/a/c"},  {"/a", "/x/./y//z/", "/x/y/z"},
                {"/", "..", "/"},        {"/a", "../../..", "/"},    {"/a", "", "/a"},
                {"", "b", "/b"},         {"/a", ".../b", "/a/.../b"}};
    char buf[64];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = scapf_path_join(rows[i].dir, strlen(rows[i].dir), rows[i].name,
                                   strlen(rows[i].name), buf, sizeof(buf));

        EXPECT_STR(buf, rows[i].path);
        cr_expect(n == strlen(rows[i].path));
        for (size_t size = 0; size < 8; size++) {
            memset(buf, '#', sizeof(buf));
            (void)scapf_path_join(rows[i].dir, strlen(rows[i].dir), rows[i].name,
                                  strlen(rows[i].name), buf, size);
            cr_expect(buf[size] == '#', "written beyond %zu", size);
        }
    }
}
