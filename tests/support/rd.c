/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rd.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

void rd_open(struct rd *rd, const void *bytes, size_t len, const struct scapf_schema *schema,
             uint32_t max_block)
{
    const struct scapf_reader_opts opts = {
        .size = sizeof(opts), .schema = schema, .max_block = max_block};
    struct scapf_src *src;

    *rd = (struct rd){.status = SCAPF_OK};
    if (scapf_src_mem(bytes, len, NULL, &src, NULL) != SCAPF_OK ||
        scapf_reader_new(src, &opts, &rd->reader) != SCAPF_OK) {
        abort();
    }
}

struct scapf_reader *rd_reader(const void *bytes, size_t len)
{
    struct rd rd;

    rd_open(&rd, bytes, len, NULL, 0);
    return rd.reader;
}

void rd_mk(struct rd *rd, const struct mk *m)
{
    rd_open(rd, m->o.bytes, m->o.len, NULL, 0);
}

enum scapf_status rd_next(struct rd *rd)
{
    rd->status = scapf_reader_next(rd->reader, &rd->rec);
    return rd->status;
}

void rd_skip(struct rd *rd, unsigned n)
{
    while (n-- > 0) {
        cr_assert_eq(rd_next(rd), SCAPF_OK, "the stream ended early: %s",
                     scapf_status_name(rd->status));
    }
}

enum scapf_status rd_rest(struct rd *rd)
{
    while (rd_next(rd) == SCAPF_OK) {
    }
    return rd->status;
}

void rd_close(struct rd *rd)
{
    scapf_reader_free(rd->reader);
    rd->reader = NULL;
}

void rd_close_len(struct rd *rd, uint64_t len)
{
    const struct scapf_ledger *l = scapf_reader_ledger(rd->reader);
    uint64_t kinds = 0;
    uint64_t types = l->types_untold;
    uint64_t bytes = 0;

    for (int i = 0; i < SCAPF_KIND_COUNT; i++) {
        kinds += l->by_kind[i];
    }
    for (uint32_t i = 0; i < l->n_types; i++) {
        types += l->types[i].blocks;
        bytes += l->types[i].bytes;
    }
    cr_expect_eq(l->blocks, l->known + l->unknown);
    cr_expect_eq(l->unknown, l->unknown_blocks + l->unknown_events);
    cr_expect_eq(l->blocks, kinds);
    cr_expect_eq(l->blocks, types);
    cr_expect(l->types_untold > 0 || l->bytes == bytes);
    cr_expect_leq(l->damaged, l->blocks);
    cr_expect_eq(l->stopped, rd->status < 0);
    if (l->stopped) {
        cr_expect_eq(l->skipped_off, l->bytes);
    }
    cr_expect_eq(l->bytes + l->skipped_bytes, len, "%llu + %llu of %llu bytes",
                 (unsigned long long)l->bytes, (unsigned long long)l->skipped_bytes,
                 (unsigned long long)len);
    rd_close(rd);
}

void rd_expect(const char *name, const struct scapf_diag *diag, enum rule rule, uint64_t off,
               uint64_t got, uint64_t want)
{
    cr_expect_not_null(diag, "%s: no finding", name);
    if (diag == NULL) {
        return;
    }
    cr_expect_eq(diag->rule, rule, "%s: %s, want %s", name, scapf_rule_get(diag->rule)->symbol,
                 scapf_rule_get(rule)->symbol);
    cr_expect_eq(diag->off, off, "%s: offset %llu, want %llu", name, (unsigned long long)diag->off,
                 (unsigned long long)off);
    cr_expect_eq(diag->got, got, "%s: got %llu, want %llu", name, (unsigned long long)diag->got,
                 (unsigned long long)got);
    cr_expect_eq(diag->want, want, "%s: wanted %llu, want %llu", name,
                 (unsigned long long)diag->want, (unsigned long long)want);
}

uint8_t *rd_file(const char *path, size_t *len)
{
    FILE *in = fopen(path, "rb");
    long size = in != NULL && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;
    uint8_t *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;

    if (bytes == NULL || fseek(in, 0, SEEK_SET) != 0 ||
        fread(bytes, 1, (size_t)size, in) != (size_t)size) {
        abort();
    }
    (void)fclose(in);
    *len = (size_t)size;
    return bytes;
}
