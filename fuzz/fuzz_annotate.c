/* SPDX-License-Identifier: Apache-2.0 */
/* Target: annotations of arbitrary events. The first byte is how long the events are, in 16 bytes;
 * they follow as events.h has them; behind them are packets, two bytes each. Reaches parameters,
 * names and tuples of any kind, which plays and whole captures do not.
 * Traps: notes that are not what they say, or no UTF-8; a merge that cannot be read, or in which a
 * packet has another comment or process than its note said. */
#include "events.h"
#include "notes.h"

#define MAX_PACKETS 64u

static enum scapf_status open_mk(void *ctx, struct scapf_reader **reader)
{
    const struct mk *m = ctx;

    *reader = target_reader(m->o.bytes, m->o.len, NULL);
    return SCAPF_OK;
}

/* What the notes said, to be found in the merge. */
struct said {
    struct scapf_align *align;
    struct seen seen;
    uint64_t comments, pids, blocks;
};

static enum scapf_status hook(void *ctx, const struct scapf_merge_item *item,
                              struct scapf_merge_addition *add)
{
    struct said *said = ctx;
    struct scapf_note note;

    if (item->rec->kind == SCAPF_KIND_EVENT) {
        must(scapf_annotate_event(said->align, item->number, &note) == SCAPF_OK);
    } else if (item->rec->kind == SCAPF_KIND_PACKET) {
        must(scapf_annotate_packet(said->align, 0, item->number, item->reader, item->rec, &note) ==
             SCAPF_OK);
    } else {
        return SCAPF_OK;
    }
    judge_note(&note, &said->seen);
    *add = (struct scapf_merge_addition){.has_pid = note.has_pid,
                                         .pid = note.pid,
                                         .tid = note.tid,
                                         .comment = note.comment,
                                         .comment_len = note.comment_len,
                                         .blocks = note.blocks,
                                         .blocks_len = note.blocks_len};
    said->comments += note.comment_len > 0;
    said->pids += note.has_pid;
    said->blocks += note.blocks_len > 0;
    return SCAPF_OK;
}

static void read_back(struct scapf_sink *sink, const struct said *said, uint64_t left_out)
{
    struct said got = {.comments = left_out};
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;
    size_t len;
    const uint8_t *bytes = scapf_sink_bytes(sink, &len);

    reader = target_reader(bytes, len, NULL);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        struct scapf_option_iter it;
        struct scapf_option opt;

        must(rec.damage == NULL || rec.kind == SCAPF_KIND_EVENT);
        got.blocks += rec.kind == SCAPF_KIND_CUSTOM;
        scapf_options_begin(&rec, &it);
        while (rec.kind != SCAPF_KIND_NAMES && scapf_option_next(&it, &opt) == SCAPF_OK) {
            got.comments += opt.code == 1 && (rec.packet != NULL || rec.event != NULL);
            got.pids += opt.code == 8 && rec.packet != NULL;
        }
    }
    must(status == SCAPF_END);
    must(got.comments == said->comments && got.pids == said->pids && got.blocks == said->blocks);
    scapf_reader_free(reader);
}

static void merge(struct said *said, struct mk *events, struct mk *packets)
{
    const struct scapf_merge_opts opts = {.size = sizeof(opts), .hook = hook, .hook_ctx = said};
    const struct scapf_merge_input in[2] = {{.name = "e", .open = open_mk, .ctx = events},
                                            {.name = "p", .open = open_mk, .ctx = packets}};
    struct scapf_merge *merge;
    struct scapf_sink *sink;

    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    must(scapf_merge_new(sink, in, 2, &opts, &merge) == SCAPF_OK);
    must(scapf_merge_run(merge) == SCAPF_OK && scapf_sink_finish(sink) == SCAPF_OK);
    read_back(sink, said, scapf_merge_counts(merge)->comments);
    scapf_merge_free(merge);
    scapf_sink_free(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct scapf_align_opts opts = {.size = sizeof(opts), .max_bytes = 1 << 20};
    struct said said = {.comments = 0};
    size_t n = size > 2 ? (size_t)data[0] * 16 : 0;
    struct talk t;
    struct mk events;

    if (size < 3) {
        return 0;
    }
    n = n < size - 1 ? n : size - 1;
    n = n == 0 ? 1 : n;
    events_of(&events, data + 1, n);
    talk_init(&t, 0, TALK_ETHERNET);
    for (size_t i = 1 + n, k = 0; i + 2 <= size && k < MAX_PACKETS; i += 2, k++) {
        play_packet(&t, data[i], data[i + 1]);
    }
    must(scapf_align_new(&opts, &said.align) == SCAPF_OK);
    hear(said.align, &events, &t.packets, &said.seen);
    must(scapf_annotate_begin(said.align) == SCAPF_OK);
    merge(&said, &events, &t.packets);
    scapf_align_free(said.align);
    talk_release(&t);
    mk_release(&events);
    return 0;
}
