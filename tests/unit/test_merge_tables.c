/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/story.h"

#define MANY   100u
#define BEHIND "behind a gap"

struct input {
    struct mk m;
    uint32_t opened;
};

static enum scapf_status open_input(void *ctx, struct scapf_reader **reader)
{
    struct input *in = ctx;
    struct scapf_src *src;

    in->opened++;
    cr_assert_eq(scapf_src_mem(in->m.o.bytes, in->m.o.len, NULL, &src, NULL), SCAPF_OK);
    return scapf_reader_new(src, NULL, reader);
}

/* Sections of one host, each earlier than the one before it: they are read together in as many
 * walks as a few of them would take. */
Test(merge_tables, sections_that_go_back_in_time)
{
    static const uint32_t sections[] = {20, 400};
    uint32_t opened[2];

    for (size_t k = 0; k < 2; k++) {
        struct input in = {.opened = 0};
        struct scapf_merge_input input = {.name = "in", .open = open_input, .ctx = &in};
        struct scapf_merge *merge;
        struct scapf_sink *sink;

        mk_init(&in.m, MK_LITTLE);
        for (uint32_t i = 0; i < sections[k]; i++) {
            story_start(&in.m);
            story_close(&in.m, 0, STORY_NS - i, 701);
        }
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        cr_assert_eq(scapf_merge_new(sink, &input, 1, NULL, &merge), SCAPF_OK);
        cr_assert_eq(scapf_merge_run(merge), SCAPF_OK);
        cr_expect_eq(scapf_merge_counts(merge)->events, sections[k]);
        opened[k] = in.opened;
        scapf_merge_free(merge);
        scapf_sink_free(sink);
        mk_release(&in.m);
    }
    cr_expect_lt(opened[1], 10 * opened[0], "%u and %u times", opened[0], opened[1]);
}

/* ------------------------------------------------------------------ whose row counts */

/* A thread that no event tells of, by name. */
static void idle_thread(struct mk *m, const char *comm)
{
    mk_begin(m, 0x202);
    for (unsigned i = 0; i < 2; i++) {
        mk_u64(m, 900);
    }
    mk_u64(m, 1);
    mk_str16(m, comm);
    for (unsigned i = 0; i < 3; i++) {
        mk_str16(m, "");
    }
    mk_u64(m, 1024);
    mk_zero(m, 12);
    mk_end(m);
}

/* A section in which an idle thread has this name, with events at two times. */
static void section(struct mk *m, const char *comm, uint64_t first, uint64_t last)
{
    story_start(m);
    idle_thread(m, comm);
    story_close(m, 0, STORY_NS + first, 701);
    story_close(m, 0, STORY_NS + last, 701);
}

/* Is the first input's name of the thread in what they make together, and the other's not? */
static bool is_of_first(struct input ins[2], int64_t shift_ns)
{
    struct scapf_merge_input inputs[2] = {
        {.name = "a", .open = open_input, .ctx = &ins[0], .shift = {.ns = shift_ns}},
        {.name = "b", .open = open_input, .ctx = &ins[1]}};
    struct scapf_merge *merge;
    struct scapf_sink *sink;
    const uint8_t *bytes;
    size_t len;
    bool first;

    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_merge_new(sink, inputs, 2, NULL, &merge), SCAPF_OK);
    cr_assert_eq(scapf_merge_run(merge), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    cr_expect_eq(scapf_merge_counts(merge)->gaps, 0);
    bytes = scapf_sink_bytes(sink, &len);
    first = memmem(bytes, len, "of first", 8) != NULL;
    cr_expect_neq(first, memmem(bytes, len, "of second", 9) != NULL);
    scapf_merge_free(merge);
    scapf_sink_free(sink);
    for (size_t i = 0; i < 2; i++) {
        mk_release(&ins[i].m);
    }
    return first;
}

/* Many sections in good order behind one that is late or has no events: they still come before a
 * later capture. So do those in no order at all, from the earliest on. */
Test(merge_tables, outliers)
{
    enum { LATE, EVENTLESS, REVERSE, CASES };

    for (unsigned k = 0; k < CASES; k++) {
        struct input ins[2] = {{.opened = 0}, {.opened = 0}};

        mk_init(&ins[0].m, MK_LITTLE);
        mk_init(&ins[1].m, MK_LITTLE);
        story_start(&ins[0].m);
        if (k != EVENTLESS) {
            story_close(&ins[0].m, 0, STORY_NS + 1000000, 701);
        }
        for (uint32_t i = 0; i < 80; i++) {
            section(&ins[0].m, "of first", k == REVERSE ? 80 - i : i, 5000);
        }
        section(&ins[1].m, "of second", 1000, 6000);
        cr_expect(is_of_first(ins, 0), "case %u", k);
    }
}

/* The times that count are those with the shift. */
Test(merge_tables, shifted)
{
    for (int64_t shift = -1000; shift <= 1000; shift += 1000) {
        struct input ins[2] = {{.opened = 0}, {.opened = 0}};

        mk_init(&ins[0].m, MK_LITTLE);
        mk_init(&ins[1].m, MK_LITTLE);
        section(&ins[0].m, "of first", 1000, 6000);
        section(&ins[1].m, "of second", 1500, 6000);
        cr_expect_eq(is_of_first(ins, shift), shift <= 0, "%d", (int)shift);
    }
}

/* ------------------------------------------------------------------ descriptors */

static int open_files(void)
{
    int n = 0;

    for (int fd = 0; fd < 1024; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

/* A file and how many descriptors were open when it was opened. */
struct file {
    char path[32];
    int most;
};

static enum scapf_status open_counted(void *ctx, struct scapf_reader **reader)
{
    struct file *file = ctx;
    struct scapf_src *src;
    int n = open_files();

    file->most = n > file->most ? n : file->most;
    cr_assert_eq(scapf_src_file(file->path, NULL, &src, NULL), SCAPF_OK);
    return scapf_reader_new(src, NULL, reader);
}

/* Many captures of one host with several sections, those of all side by side: the readers that
 * wait for the next section are a bounded number, and none is left when all is written. What is
 * told behind a gap is there in either layout. */
Test(merge_tables, descriptors)
{
    struct scapf_merge_opts opts = {.size = sizeof(opts)};
    struct scapf_merge_input inputs[MANY];
    struct file file = {.most = 0};
    int fd = memfd_create("merge", 0);
    struct mk m;

    mk_init(&m, MK_LITTLE);
    for (unsigned i = 0; i < 2; i++) {
        story_start(&m);
        idle_thread(&m, i == 0 ? "before" : BEHIND);
        story_close(&m, 0, STORY_NS + i, 701);
    }
    mk_shb(&m, 0); /* the last one is not read for tables */
    mk_idb(&m, 1, 0);
    cr_assert_eq(write(fd, m.o.bytes, m.o.len), m.o.len);
    (void)snprintf(file.path, sizeof(file.path), "/dev/fd/%d", fd);
    for (size_t i = 0; i < MANY; i++) {
        inputs[i] = (struct scapf_merge_input){.name = "in", .open = open_counted, .ctx = &file};
    }
    for (unsigned k = 0; k < 2; k++) {
        struct scapf_merge *merge;
        struct scapf_sink *sink;
        int before = open_files();
        const uint8_t *bytes;
        size_t len;

        opts.layout = k == 0 ? SCAPF_LAYOUT_COMPAT : SCAPF_LAYOUT_TIMELINE;
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        cr_assert_eq(scapf_merge_new(sink, inputs, MANY, &opts, &merge), SCAPF_OK);
        cr_assert_eq(scapf_merge_run(merge), SCAPF_OK);
        cr_expect_eq(scapf_merge_counts(merge)->events, 2 * MANY);
        cr_expect_lt(file.most, before + (int)MANY + 64, "%d descriptors", file.most);
        cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
        bytes = scapf_sink_bytes(sink, &len);
        cr_expect_neq(memmem(bytes, len, BEHIND, strlen(BEHIND)), NULL);
        cr_expect_eq(open_files(), before, "%d and %d", before, open_files());
        scapf_merge_free(merge);
        scapf_sink_free(sink);
    }
    mk_release(&m);
    close(fd);
}
