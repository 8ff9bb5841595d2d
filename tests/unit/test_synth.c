/* SPDX-License-Identifier: Apache-2.0 */
/* Processes and descriptors built up from what is seen, and the tables they become. */
#include <criterion/criterion.h>
#include <string.h>

#include "../tools/convert/synth.h"
#include "support/rd.h"

#define THREAD 0x2000u
#define FILES  0x1u

static struct synth_thread *meet(struct synth *s, int64_t tid)
{
    const struct synth_stranger *started_by;

    return synth_thread(s, tid, &started_by);
}

static void name_fd(struct synth *s, struct synth_proc *p, int64_t fd, const char *name)
{
    struct synth_fd *row = synth_fd_open(s, p, fd);

    cr_assert_not_null(row);
    row->type = SYNTH_FD_FILE;
    cr_assert(synth_set(s, &row->name, name, strlen(name)));
}

static bool fd_is(const struct synth_proc *p, int64_t fd, const char *name)
{
    const struct synth_fd *row = synth_fd(p, fd);

    return row != NULL && row->open && row->name.len == strlen(name) &&
           memcmp(row->name.at, name, row->name.len) == 0;
}

/* [clone(2)] a process gets a copy, a thread and CLONE_FILES share. */
Test(synth, descriptors_are_copied_or_shared)
{
    struct synth s;
    struct synth_thread *a;
    struct synth_thread *copy;
    struct synth_thread *thread;
    struct synth_thread *shared;

    synth_init(&s, NULL);
    a = meet(&s, 100);
    name_fd(&s, a->proc, 3, "/a");
    copy = synth_start(&s, a, 101, 0, NULL, true);
    thread = synth_start(&s, a, 102, THREAD | FILES, NULL, true);
    shared = synth_start(&s, a, 103, FILES, NULL, true);
    cr_expect_eq(copy->proc->pid, 101);
    cr_expect_eq(copy->proc->ptid, 100);
    cr_expect_eq(thread->proc, a->proc);
    cr_expect(fd_is(copy->proc, 3, "/a") && fd_is(shared->proc, 3, "/a"));
    synth_fd_close(&s, a->proc, 3);
    name_fd(&s, a->proc, 4, "/b");
    cr_expect(fd_is(copy->proc, 3, "/a"));
    cr_expect_null(synth_fd(copy->proc, 4));
    cr_expect(!synth_fd(shared->proc, 3)->open);
    cr_expect(fd_is(shared->proc, 4, "/b"));
    /* [execve(2)] what was shared is left */
    (void)synth_exec(&s, shared);
    synth_fd_close(&s, a->proc, 4);
    cr_expect(fd_is(shared->proc, 4, "/b"));
    synth_release(&s);
    cr_expect_not(s.failed);
}

Test(synth, dup_copies_what_is_open)
{
    struct synth s;
    struct synth_thread *a;

    synth_init(&s, NULL);
    a = meet(&s, 1);
    name_fd(&s, a->proc, 3, "/x");
    for (int64_t fd = 10; fd < 200; fd++) { /* the table grows under the rows */
        synth_fd_dup(&s, a->proc, 3, fd);
    }
    synth_fd_dup(&s, a->proc, 3, 3);
    cr_expect(fd_is(a->proc, 3, "/x"));
    for (int64_t fd = 10; fd < 200; fd++) {
        cr_expect(fd_is(a->proc, fd, "/x"), "fd %lld", (long long)fd);
    }
    synth_fd_dup(&s, a->proc, 999, 5); /* not known: open, without a name */
    cr_expect(synth_fd(a->proc, 5)->open);
    synth_release(&s);
}

/* [execve(2)] by a thread that is not the leader: it goes on under the number of the process. */
Test(synth, exec_by_a_thread)
{
    struct synth s;
    struct synth_thread *leader;
    struct synth_thread *t;

    synth_init(&s, NULL);
    leader = meet(&s, 500);
    for (int64_t tid = 501; tid < 560; tid++) {
        t = synth_start(&s, leader, tid, THREAD | FILES, NULL, true);
    }
    t = synth_exec(&s, synth_find(&s, 530));
    cr_expect_eq(t->tid, 500);
    cr_expect_eq(t->proc->threads, 1);
    cr_expect_eq(synth_find(&s, 500), t);
    for (int64_t tid = 501; tid < 560; tid++) {
        cr_expect_null(synth_find(&s, tid), "thread %lld", (long long)tid);
    }
    synth_release(&s);
}

/* Numbers come and go: what is found is what lives. */
Test(synth, threads_by_number)
{
    struct synth s;
    uint32_t state = 1;
    bool lives[256] = {false};

    synth_init(&s, NULL);
    (void)meet(&s, 1000);
    for (int i = 0; i < 20000; i++) {
        uint32_t tid;

        state = state * 1664525 + 1013904223;
        tid = state >> 24;
        if (lives[tid]) {
            synth_end_thread(&s, synth_find(&s, tid));
        } else {
            cr_assert_not_null(synth_start(&s, synth_find(&s, 1000), tid, 0, NULL, true));
        }
        lives[tid] = !lives[tid];
    }
    for (uint32_t tid = 0; tid < 256; tid++) {
        cr_expect_eq(synth_find(&s, tid) != NULL, lives[tid], "thread %u", tid);
    }
    synth_release(&s);
}

Test(synth, paths)
{
    static const struct {
        const char *dir, *name, *want; /* NULL: not known */
    } rows[] = {
        {"/home/u", "a", "/home/u/a"},
        {"/home/u", "../x/./y//z", "/home/x/y/z"},
        {"/home/u", "/etc/", "/etc"},
        {"/", "a", "/a"},
        {"/a", "../../..", "/"},
        {"", "a", NULL},
        {"", "/a/b", "/a/b"},
        {"pipe:[3]", "a", NULL},
        {"/a", "", "/a"},
        {NULL, "b", NULL},
    };
    struct synth s;
    struct synth_text out = {0};

    synth_init(&s, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct synth_text dir = {0};
        bool ok;

        if (rows[i].dir != NULL) {
            cr_assert(synth_set(&s, &dir, rows[i].dir, strlen(rows[i].dir)));
        }
        ok = synth_path(&s, &out, rows[i].dir != NULL ? &dir : NULL, rows[i].name,
                        strlen(rows[i].name));
        cr_expect_eq(ok, rows[i].want != NULL, "row %zu", i);
        if (ok) {
            cr_expect(out.len == strlen(rows[i].want) && memcmp(out.at, rows[i].want, out.len) == 0,
                      "row %zu: %.*s", i, (int)out.len, out.at);
        }
        free(dir.at);
    }
    free(out.at);
}

/* The first pass learns who was there; the second meets the same ones in the same order. */
Test(synth, two_passes)
{
    struct synth first;
    struct synth second;
    const struct synth_stranger *by;
    struct synth_thread *a;
    int what = 0;

    synth_init(&first, NULL);
    a = meet(&first, 10);
    (void)meet(&first, 11); /* speaks before its parent's call returns */
    (void)meet(&first, 12);
    (void)synth_start(&first, a, 11, THREAD, &what, true);
    synth_fd_inherited(&first, a->proc, 1)->type = SYNTH_FD_FILE;
    (void)synth_set(&first, &synth_origin(&first, a->proc)->cwd, "/tmp", 4);

    synth_init(&second, NULL);
    synth_begin(&second, &first);
    a = synth_thread(&second, 10, &by);
    cr_assert_not_null(a);
    cr_expect_null(by);
    cr_expect_eq(a->proc->cwd.len, 4);
    cr_expect_not_null(synth_fd(a->proc, 1));
    cr_assert_not_null(synth_thread(&second, 11, &by));
    cr_assert_not_null(by);
    cr_expect_eq(by->parent, 10);
    cr_expect_eq(by->flags, THREAD);
    cr_expect_eq(by->call, &what);
    cr_expect_eq(synth_start(&second, a, 11, by->flags, by->call, false)->proc, a->proc);
    cr_assert_not_null(synth_thread(&second, 12, &by));
    cr_expect_null(by);
    synth_release(&second);
    synth_release(&first);
}

/* What is written reads back as the tables it is. */
Test(synth, tables)
{
    const struct synth_host host = {.name = "box", .cpus = 2};
    struct synth s;
    struct synth_thread *a;
    struct scapf_sink *sink;
    struct scapf_writer *writer;
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_table table;
    struct scapf_row row;
    const uint8_t *bytes;
    size_t len;
    unsigned n_fds = 0;

    synth_init(&s, NULL);
    a = meet(&s, 77);
    memcpy(s.strangers[0].comm, "cat", 4);
    s.strangers[0].first->ptid = 7;
    for (uint8_t type = 1; type <= SYNTH_FD_NETLINK; type++) {
        synth_fd_inherited(&s, a->proc, type)->type = type;
    }
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_writer_new(sink, NULL, &writer), SCAPF_OK);
    cr_assert_eq(synth_write_tables(&s, writer, &host), SCAPF_OK);
    cr_assert_eq(scapf_writer_finish(writer), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    reader = rd_reader(bytes, len);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.kind != SCAPF_KIND_TABLE) {
            continue;
        }
        cr_assert_eq(scapf_table_open(&rec, scapf_schema_builtin(), &table), SCAPF_OK);
        if (strcmp(table.info->name, "machine") == 0) {
            cr_expect_eq(scapf_row_cell(&table.head, "num_cpus")->u, 2);
        }
        while (scapf_table_next(&table, &row) == SCAPF_OK) {
            n_fds += strcmp(table.info->name, "fd") == 0;
            if (strcmp(table.info->name, "process") == 0) {
                cr_expect_eq(scapf_row_cell(&row, "ptid")->i, 7);
                cr_expect_eq(scapf_row_cell(&row, "comm")->len, 3);
                cr_expect_eq(scapf_row_cell(&row, "loginuid")->u, UINT32_MAX);
                cr_expect_null(scapf_row_cell(&row, "exe_ino")); /* the tail all readers know */
            }
        }
    }
    cr_expect_eq(n_fds, SYNTH_FD_NETLINK);
    scapf_reader_free(reader);
    scapf_writer_free(writer);
    scapf_sink_free(sink);
    synth_release(&s);
}
