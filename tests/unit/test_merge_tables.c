/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/story.h"

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
