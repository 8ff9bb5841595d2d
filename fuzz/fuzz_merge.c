/* SPDX-License-Identifier: Apache-2.0 */
/* Target: merges of arbitrary captures. The first byte chooses layout and options, the second how
 * many inputs there are and how the first one is shifted, if it is; each but the last is preceded
 * by its length (two bytes, little-endian). Traps: a merge that cannot be read to its end; that has
 * other packets and events than were counted as written; that lost one without counting it; whose
 * sections are not in time order although its inputs are; a split of it that says of a file that it
 * is exact when it is not. */
#include <stdlib.h>
#include <string.h>

#include "scapfmt.h"
#include "target.h"

#define MAX_INPUTS 4

struct bytes {
    const uint8_t *p;
    size_t n;
};

static enum scapf_status open_bytes(void *ctx, struct scapf_reader **reader)
{
    const struct scapf_reader_opts opts = {.size = sizeof(opts), .max_block = 1 << 20};
    const struct bytes *bytes = ctx;

    return scapf_reader_new(target_src(bytes->p, bytes->n), &opts, reader);
}

struct sums {
    uint64_t events, packets, back;
};

/* What the output has. Its closing event is none of an input's. */
static void read_back(struct scapf_sink *sink, struct sums *sums)
{
    struct bytes bytes;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;
    uint64_t last = 0;

    bytes.p = scapf_sink_bytes(sink, &bytes.n);
    if (bytes.n == 0) {
        return;
    }
    must(open_bytes(&bytes, &reader) == SCAPF_OK);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        bool counts = rec.kind == SCAPF_KIND_EVENT || rec.kind == SCAPF_KIND_PACKET;

        sums->events += rec.kind == SCAPF_KIND_EVENT;
        sums->packets += rec.kind == SCAPF_KIND_PACKET;
        last = rec.kind == SCAPF_KIND_SECTION ? 0 : last;
        if (counts && rec.has_ts) {
            sums->back += rec.ts_ns < last;
            last = rec.ts_ns > last ? rec.ts_ns : last;
        }
    }
    must(status == SCAPF_END);
    scapf_reader_free(reader);
}

static uint32_t split(const uint8_t *data, size_t size, uint32_t n, struct bytes *parts)
{
    uint32_t i = 0;

    while (i + 1 < n && size >= 2) {
        size_t len = (size_t)data[0] | (size_t)data[1] << 8;

        data += 2;
        size -= 2;
        len = len < size ? len : size;
        parts[i++] = (struct bytes){data, len};
        data += len;
        size -= len;
    }
    parts[i++] = (struct bytes){data, size};
    return i;
}

static void judge(const struct scapf_merge *merge, uint32_t n, struct scapf_sink *sink,
                  const struct scapf_merge_opts *opts, bool shifted)
{
    const struct scapf_merge_counts *c = scapf_merge_counts(merge);
    struct sums in = {0, 0, 0};
    struct sums out = {0, 0, 0};
    uint64_t closing;

    for (uint32_t i = 0; i < n; i++) {
        const struct scapf_merge_input_info *info = scapf_merge_input_info(merge, i);

        in.events += info->events;
        in.packets += info->packets;
        in.back += info->back;
    }
    read_back(sink, &out);
    closing = out.events - c->events;
    must(out.packets == c->packets && out.events >= c->events && closing <= 1);
    if (c->damaged + c->unknown_order + c->foreign == 0) {
        must(c->events + c->packets + c->duplicates == in.events + in.packets);
    }
    must(c->events <= in.events && c->packets <= in.packets);
    must(in.back > 0 || out.back == 0 || opts->layout == SCAPF_LAYOUT_TIMELINE || shifted);
}

struct files {
    struct scapf_sink *sinks[MAX_INPUTS];
};

static enum scapf_status open_sink(void *ctx, uint32_t file, struct scapf_sink **sink)
{
    struct files *files = ctx;

    must(file < MAX_INPUTS);
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &files->sinks[file], NULL) == SCAPF_OK);
    *sink = files->sinks[file];
    return SCAPF_OK;
}

/* Inputs that are not packed come back when the split says so. */
static void judge_split(struct scapf_sink *merged, const struct bytes *parts, uint32_t n)
{
    struct files files = {{NULL}};
    struct scapf_split *split;
    struct bytes bytes;

    bytes.p = scapf_sink_bytes(merged, &bytes.n);
    must(scapf_split_new(open_bytes, &bytes, "m", NULL, NULL, &split) == SCAPF_OK);
    if (scapf_split_file(split, 0) != NULL && scapf_split_file(split, 0)->noted) {
        must(scapf_split_file(split, n) == NULL);
        must(scapf_split_run(split, open_sink, &files) == SCAPF_OK);
    }
    for (uint32_t i = 0; i < n && files.sinks[i] != NULL; i++) {
        bool packed = parts[i].n > 0 && (parts[i].p[0] == 0x1F || parts[i].p[0] == 0x28);
        const uint8_t *p;
        size_t len;

        must(scapf_sink_finish(files.sinks[i]) == SCAPF_OK);
        p = scapf_sink_bytes(files.sinks[i], &len);
        if (scapf_split_file(split, i)->exact && !packed) {
            must(len == parts[i].n && memcmp(p, parts[i].p, len) == 0);
        }
        scapf_sink_free(files.sinks[i]);
    }
    scapf_split_free(split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_merge_opts opts = {.size = sizeof(opts)};
    struct scapf_merge_input inputs[MAX_INPUTS] = {{.name = "0"}};
    struct bytes parts[MAX_INPUTS];
    struct scapf_merge *merge;
    struct scapf_sink *sink;
    enum scapf_status status;
    uint32_t n;

    if (size < 2) {
        return 0;
    }
    opts.layout = (data[0] & 1) != 0 ? SCAPF_LAYOUT_TIMELINE : SCAPF_LAYOUT_COMPAT;
    opts.dedup = (data[0] & 2) != 0;
    opts.one_snaplen = (data[0] & 4) != 0;
    opts.no_secrets = (data[0] & 8) != 0;
    opts.hasty = (data[0] & 16) != 0;
    n = split(data + 2, size - 2, data[1] % MAX_INPUTS + 1, parts);
    for (uint32_t i = 0; i < n; i++) {
        inputs[i] = (struct scapf_merge_input){.name = "in", .open = open_bytes, .ctx = &parts[i]};
    }
    if ((data[0] & 32) != 0) {
        inputs[0].has_shift = true;
        inputs[0].shift = (struct scapf_shift){.ns = (data[1] - 128) * INT64_C(1000001),
                                               .drift_ppt = (data[1] % 5 - 2) * INT64_C(250000000),
                                               .at_ns = UINT64_C(1700000000) << 30};
    }
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    must(scapf_merge_new(sink, inputs, n, &opts, &merge) == SCAPF_OK);
    status = scapf_merge_run(merge);
    must(status == SCAPF_OK || status == SCAPF_E_UNSUPPORTED || status == SCAPF_E_LIMIT);
    if (status == SCAPF_OK) {
        must(scapf_sink_finish(sink) == SCAPF_OK);
        judge(merge, n, sink, &opts, (data[0] & 32) != 0);
        judge_split(sink, parts, n);
    }
    scapf_merge_free(merge);
    scapf_sink_free(sink);
    return 0;
}
