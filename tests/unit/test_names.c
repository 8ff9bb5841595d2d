/* SPDX-License-Identifier: Apache-2.0 */
#include "state/names.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/mk.h"
#include "support/shown.h"
#include "support/story.h"

/* Records of a capture in memory, one at a time. */
struct feed {
    struct mk m;
    struct names *names;
    struct scapf_reader *reader;
};

static void feed_open(struct feed *f, const struct scapf_alloc *alloc)
{
    struct scapf_src *src;

    f->names = names_new(alloc, scapf_schema_builtin());
    cr_assert(scapf_src_mem(f->m.o.bytes, f->m.o.len, NULL, &src, NULL) == SCAPF_OK);
    cr_assert(scapf_reader_new(src, NULL, &f->reader) == SCAPF_OK);
}

/* Feed records up to and with the n-th event; 0: all tables before the first. */
static void feed_events(struct feed *f, unsigned n)
{
    struct scapf_record rec;

    while (scapf_reader_next(f->reader, &rec) == SCAPF_OK) {
        cr_assert(names_put(f->names, &rec) == SCAPF_OK);
        if (rec.event != NULL && n > 0 && --n == 0) {
            return;
        }
    }
}

static void feed_close(struct feed *f)
{
    names_free(f->names);
    scapf_reader_free(f->reader);
    mk_release(&f->m);
}

static void put_process(struct mk *m, int64_t tid, int64_t pid, const char *comm, uint32_t flags)
{
    mk_begin(m, 0x202); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, (uint64_t)pid);
    mk_u64(m, 1);
    mk_str16(m, comm);
    mk_str16(m, "/bin/x");
    mk_str16(m, "");
    mk_str16(m, "/home/ann");
    mk_u64(m, 1024);
    mk_u32(m, flags);
    mk_u32(m, 1000);
    mk_u32(m, 1001);
    mk_end(m);
}

/* The start of a descriptor table with one entry; its rest follows, then mk_end(). */
static void begin_fd(struct mk *m, int64_t tid, int64_t fd, uint8_t type)
{
    mk_begin(m, 0x203); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, (uint64_t)fd);
    mk_u64(m, 77);
    mk_u8(m, type);
}

static void put_file(struct mk *m, int64_t tid, int64_t fd, const char *name)
{
    begin_fd(m, tid, fd, 1);
    mk_str16(m, name);
    mk_end(m);
}

static void put_socket4(struct mk *m, int64_t fd, uint8_t host, uint16_t sport, uint16_t dport)
{
    const uint8_t ends[8] = {10, 0, 0, 1, 10, 0, 0, host};

    begin_fd(m, 100, fd, 3);
    mk_bytes(m, ends, sizeof(ends));
    mk_u16(m, sport);
    mk_u16(m, dport);
    mk_u8(m, 2);
    mk_end(m);
}

static void put_event(struct mk *m, int64_t tid, uint16_t code, const int64_t *params, size_t n)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, tid, code);
    for (size_t i = 0; i < n; i++) {
        mk_param_u64(m, (uint64_t)params[i]);
    }
    mk_ev_end(m);
}

#define EVENT(m, tid, code, ...)                                                                   \
    put_event(m, tid, code, (const int64_t[]){__VA_ARGS__},                                        \
              sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* Name of a descriptor, "-" when it has none. */
static const char *fd_name(const struct feed *f, int64_t tid, int64_t fd)
{
    const struct names_fd *found = names_fd(f->names, tid, fd);

    return found != NULL ? found->name : "-";
}

static const char *comm(const struct feed *f, int64_t tid)
{
    const struct names_thread *t = names_thread(f->names, tid);

    return t == NULL ? "-" : t->comm == NULL ? "?" : t->comm;
}

static void feed_init(struct feed *f)
{
    mk_init(&f->m, MK_LITTLE);
    mk_shb(&f->m, 2);
    put_process(&f->m, 100, 100, "main", 0);
}

Test(names, threads)
{
    struct feed f;
    const struct names_thread *t;

    feed_init(&f);
    feed_open(&f, NULL);
    feed_events(&f, 0);
    t = names_thread(f.names, 100);
    cr_assert(t != NULL);
    cr_expect(t->tid == 100 && t->pid == 100 && t->ptid == 1);
    cr_expect(t->uid == 1000 && t->gid == 1001);
    cr_expect_str_eq(t->comm, "main");
    cr_expect_str_eq(t->exe, "/bin/x");
    cr_expect_str_eq(t->cwd, "/home/ann");
    cr_expect(names_thread(f.names, 101) == NULL);
    names_clear(f.names);
    cr_expect(names_thread(f.names, 100) == NULL);
    feed_close(&f);
}

Test(names, users_of_the_story)
{
    struct feed f;

    mk_init(&f.m, MK_BIG);
    mk_shb(&f.m, 2);
    story_users(&f.m, 0x220, true);
    feed_open(&f, NULL);
    feed_events(&f, 0);
    cr_assert(names_user(f.names, 0) != NULL);
    cr_expect_str_eq(names_user(f.names, 0), "root");
    cr_expect(names_user(f.names, 4242) == NULL);
    cr_expect(names_group(f.names, 4242) == NULL);
    feed_close(&f);
}

Test(names, connections)
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
    feed_open(&f, NULL);
    feed_events(&f, 0);
    cr_expect_str_eq(fd_name(&f, 100, 3), "10.0.0.1:40000->10.0.0.2:80");
    cr_expect_str_eq(fd_name(&f, 100, 4), "10.0.0.3:50000->10.0.0.1:443");
    cr_expect_str_eq(fd_name(&f, 100, 4), "10.0.0.3:50000->10.0.0.1:443", "and so again");
    cr_expect_str_eq(fd_name(&f, 100, 5), "1.2.3.4:1->5.6.7.8:2");
    cr_expect(names_fd(f.names, 100, 5)->type == 3);
    cr_expect_str_eq(fd_name(&f, 100, 6), ":::443");
    cr_expect(names_fd(f.names, 100, 6)->l4proto == 2);
    cr_expect_str_eq(fd_name(&f, 100, 7), "/run/x");
    feed_close(&f);
}

/* CLONE_FILES decides; descriptors may be listed before their thread. */
Test(names, threads_share_descriptors)
{
    struct feed f;

    mk_init(&f.m, MK_LITTLE);
    mk_shb(&f.m, 2);
    put_file(&f.m, 100, 3, "/of/100");
    put_file(&f.m, 102, 3, "/of/102");
    put_process(&f.m, 100, 100, "main", 0);
    put_process(&f.m, 101, 100, "shares", 1);
    put_process(&f.m, 102, 100, "alone", 0);
    feed_open(&f, NULL);
    feed_events(&f, 0);
    cr_expect_str_eq(fd_name(&f, 100, 3), "/of/100");
    cr_expect_str_eq(fd_name(&f, 101, 3), "/of/100");
    cr_expect_str_eq(fd_name(&f, 102, 3), "/of/102");
    cr_expect_str_eq(fd_name(&f, 999, 3), "-");
    cr_expect_str_eq(comm(&f, 101), "shares");
    feed_close(&f);
}

/* Old writers name the descriptor when close is entered, new ones when it is left. The exit itself
 * still sees the name. */
Test(names, close_forgets)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/three");
    put_file(&f.m, 100, 4, "/four");
    EVENT(&f.m, 100, 4, 3); /* > close 3 */
    EVENT(&f.m, 100, 5, 0); /* < close */
    EVENT(&f.m, 100, 5, 0, 4);
    EVENT(&f.m, 100, 5, 0, 77);
    feed_open(&f, NULL);
    feed_events(&f, 2);
    cr_expect_str_eq(fd_name(&f, 100, 3), "/three");
    feed_events(&f, 1);
    cr_expect_str_eq(fd_name(&f, 100, 3), "-");
    cr_expect_str_eq(fd_name(&f, 100, 4), "/four");
    feed_events(&f, 1);
    cr_expect_str_eq(fd_name(&f, 100, 4), "-");
    feed_close(&f);
}

Test(names, a_made_descriptor_has_no_old_name)
{
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 3, "/three");
    put_file(&f.m, 100, 4, "/four");
    EVENT(&f.m, 100, 19, 3);  /* < socket */
    EVENT(&f.m, 100, 19, -5); /* failed */
    feed_open(&f, NULL);
    feed_events(&f, 2);
    cr_expect_str_eq(fd_name(&f, 100, 3), "-");
    cr_expect_str_eq(fd_name(&f, 100, 4), "/four");
    feed_close(&f);
}

Test(names, chdir_and_exit_forget)
{
    struct feed f;

    feed_init(&f);
    EVENT(&f.m, 100, 97, 0);  /* < fchdir */
    EVENT(&f.m, 100, 186, 0); /* procexit */
    EVENT(&f.m, 100, 186, 0);
    feed_open(&f, NULL);
    feed_events(&f, 1);
    cr_expect(names_thread(f.names, 100)->cwd == NULL);
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 100), "main");
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 100), "-");
    feed_close(&f);
}

/* An execve with the parameters of 2015: res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min
 * vm_size vm_rss vm_swap comm. */
static void put_execve(struct mk *m, int64_t tid, int64_t res, const char *name)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, tid, 231);
    mk_param_u64(m, (uint64_t)res);
    mk_param_str(m, "/bin/new");
    mk_param(m, "", 0);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, 1);
    mk_param_str(m, "/");
    for (int i = 0; i < 3; i++) {
        mk_param_u64(m, 0);
    }
    for (int i = 0; i < 3; i++) {
        mk_param_u32(m, 0);
    }
    mk_param_str(m, name);
    mk_ev_end(m);
}

Test(names, execve_names_its_thread)
{
    static const char longer[] = "a-name-that-is-much-longer-than-any-kernel-would-make-it";
    struct feed f;

    feed_init(&f);
    put_execve(&f.m, 100, -2, "failed");
    put_execve(&f.m, 100, 0, "new");
    put_execve(&f.m, 555, 0, "unlisted");
    put_execve(&f.m, 100, 0, longer);
    feed_open(&f, NULL);
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 100), "main");
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 100), "new");
    cr_expect(names_thread(f.names, 100)->exepath == NULL, "of the program before");
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 555), "unlisted");
    cr_expect_str_eq(comm(&f, 100), "new", "still there after threads moved");
    feed_events(&f, 1);
    cr_expect_str_eq(comm(&f, 100), longer);
    feed_close(&f);
}

Test(names, user_events)
{
    struct feed f;

    feed_init(&f);
    mk_ev_begin(&f.m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, -1, 354); /* useradded uid gid name */
    mk_param_u32(&f.m, 7);
    mk_param_u32(&f.m, 8);
    mk_param_str(&f.m, "seven");
    mk_ev_end(&f.m);
    mk_ev_begin(&f.m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, -1, 358); /* groupadded gid name */
    mk_param_u32(&f.m, 7);
    mk_param_str(&f.m, "group seven");
    mk_ev_end(&f.m);
    feed_open(&f, NULL);
    feed_events(&f, 2);
    cr_assert(names_user(f.names, 7) != NULL && names_group(f.names, 7) != NULL);
    cr_expect_str_eq(names_user(f.names, 7), "seven");
    cr_expect_str_eq(names_group(f.names, 7), "group seven");
    cr_expect(names_user(f.names, 8) == NULL);
    feed_close(&f);
}

/* A table may list more than names keep: memory stays bounded, the rest has no name. */
Test(names, memory_is_bounded)
{
    struct fault_alloc alloc;
    struct feed f;

    fault_alloc_init(&alloc, FAULT_NEVER);
    feed_init(&f);
    for (int64_t block = 0; block < 40; block++) {
        mk_begin(&f.m, 0x203);
        mk_u64(&f.m, (uint64_t)block);
        for (int64_t i = 0; i < 20000; i++) {
            mk_u64(&f.m, (uint64_t)i);
            mk_u64(&f.m, 77);
            mk_u8(&f.m, 1);
            mk_u16(&f.m, 8);
            mk_u64(&f.m, UINT64_C(0x4141414141414141) + (uint64_t)(block * 20000 + i));
        }
        mk_end(&f.m);
    }
    feed_open(&f, &alloc.alloc);
    feed_events(&f, 0);
    cr_expect(names_fd(f.names, 0, 0) != NULL);
    cr_expect(names_fd(f.names, 39, 19999) == NULL);
    cr_expect(alloc.peak < (size_t)64 << 20, "%zu bytes", alloc.peak);
    feed_close(&f);
    cr_expect(alloc.live == 0);
}

/* Each allocation failing in turn: an error or names missing, never a leak or a crash. */
Test(names, without_memory)
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
