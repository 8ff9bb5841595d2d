/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "support/record_run.h"

#define NOT_A_SOCKET offsetof(struct rec_file, source)

static struct rec_plans *plans;
static struct mkrec m;
static uint8_t pieces[0x40000];
static size_t len;

static void begin(const char *call, int64_t ret)
{
    mkrec_begin(&m, REC_EXIT, record_nr(plans, call), ret);
    m.head.args[0] = 3;
}

static void end(void)
{
    mkrec_end(&m);
    len = record_piece(pieces, len, &m);
}

/* Descriptor number i of a message. Without a path when that is NULL. */
static void right(uint16_t i, uint64_t fd, const struct rec_file *file, size_t size,
                  const char *path, uint32_t path_len)
{
    uint8_t op = plans->calls[m.head.nr].rights;

    mkrec_add(&m, (struct rec_chunk){.op = op, .item = i, .len = (uint32_t)size, .full = fd}, file);
    if (path != NULL) {
        op++;
        mkrec_add(&m, (struct rec_chunk){.op = op, .item = i, .len = path_len}, path);
    }
}

static void read_of(uint64_t fd)
{
    begin("read", 0);
    m.head.args[0] = fd;
    end();
}

static void make(void)
{
    const struct rec_plan_opts plan_opts = {.old_readers = true};

    plans = rec_plans_new(scapf_schema_builtin(), "x86_64", &plan_opts);
    cr_assert_not_null(plans);
    len = 0;
}

/* What is printed of the reads, and how many events there are with those that are state only. */
static void expect(const char *want, uint64_t events)
{
    const struct rec_decode_opts opts = {.plans = plans, .old_readers = true, .enter = true};
    struct rec_decode_counts counts;
    struct run run = run_records(pieces, len, &opts, &counts);
    char *lines = run_lines(&run, "num,fd.name,type");

    cr_expect_str_eq(lines, want);
    cr_expect_eq(counts.events, events, "what readers need for their tables is not counted");
    cr_expect_eq(counts.malformed, 0);
    cr_expect(run_findings(&run, SCAPF_ERROR) == 0);
    free(lines);
    run_release(&run);
    rec_plans_free(plans);
}

Test(received, descriptors_have_names)
{
    const struct rec_file file = {.mode = 0100644, .ino = 7};
    const struct rec_file folder = {.mode = 0040755};
    const struct rec_file pipe = {.mode = 0010600, .ino = 9};
    const struct rec_file socket = {.mode = 0140777,
                                    .family = 2,
                                    .type = 1,
                                    .protocol = 6,
                                    .sport = 4000,
                                    .dport = 80,
                                    .saddr = {127, 0, 0, 1},
                                    .daddr = {192, 0, 2, 1}};
    const struct rec_file bare = {.mode = 0140777, .family = 2, .type = 2, .protocol = 17};
    const struct rec_file event = {.mode = 0600};

    make();
    begin("recvmsg", 1);
    right(0, 10, &file, NOT_A_SOCKET, "passwd\0etc", 11);
    right(1, 11, &folder, NOT_A_SOCKET, "etc", 4);
    right(2, 12, &pipe, NOT_A_SOCKET, "", 0);
    right(3, 13, &socket, sizeof(socket), "", 0);
    right(4, 14, &bare, sizeof(bare), "", 0);
    right(5, 15, &event, NOT_A_SOCKET, "", 0);
    right(6, 16, &folder, NOT_A_SOCKET, "", 0); /* a path without parts: "/" */
    end();
    for (uint64_t fd = 10; fd < 17; fd++) {
        read_of(fd);
    }
    expect("1 - recvmsg\n"
           "16 /etc/passwd read\n"
           "17 /etc read\n"
           "18  read\n"
           "19 127.0.0.1:4000->192.0.2.1:80 read\n"
           "20  read\n"
           "21 - read\n"
           "22 / read\n",
           8);
}

Test(received, descriptors_that_tell_nothing)
{
    const struct rec_file file = {.mode = 0100644};
    struct rec_file nobody = {.mode = 0140777}; /* a socket of no family */

    make();
    begin("recvmsg", 1);
    right(0, 10, &file, 4, "x", 2);             /* cut short */
    right(1, 11, &file, NOT_A_SOCKET, NULL, 0); /* without a path */
    right(2, 12, &nobody, sizeof(nobody), "", 0);
    right(4, 13, &file, NOT_A_SOCKET, "behind a gap", 13);
    end();
    begin("recvmsg", -11); /* nothing came */
    right(0, 14, &file, NOT_A_SOCKET, "x", 2);
    end();
    read_of(10);
    read_of(14);
    expect("1 - recvmsg\n2 - recvmsg\n3 - read\n4 - read\n", 4);
}
