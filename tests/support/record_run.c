/* SPDX-License-Identifier: Apache-2.0 */
#include "support/record_run.h"

#include <stdlib.h>
#include <string.h>

struct rec_decode *record_decoder;

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

void mkrec_begin(struct mkrec *m, enum rec_kind kind, int32_t nr, int64_t ret)
{
    m->head = (struct rec_head){
        .ts = 1000000, .kind = (uint8_t)kind, .tid = 7, .pid = 7, .nr = nr, .ret = ret};
    m->len = sizeof(m->head);
}

void mkrec_add(struct mkrec *m, struct rec_chunk chunk, const void *bytes)
{
    uint32_t len = chunk.len;
    size_t size = (sizeof(chunk) + len + 7) & ~(size_t)7;

    must(size <= sizeof(m->bytes) - m->len);
    memset(m->bytes + m->len, 0, size);
    memcpy(m->bytes + m->len, &chunk, sizeof(chunk));
    memcpy(m->bytes + m->len + sizeof(chunk), bytes, len);
    m->len += size;
    m->head.n_chunks++;
}

void mkrec_chunk(struct mkrec *m, uint8_t op, uint8_t flags, const void *bytes, uint32_t len)
{
    mkrec_add(m, (struct rec_chunk){.op = op, .flags = flags, .len = len, .full = len}, bytes);
}

void mkrec_chunk_of(struct mkrec *m, uint8_t op, uint16_t item, const void *bytes, uint32_t len)
{
    mkrec_add(m, (struct rec_chunk){.op = op, .item = item, .len = len, .full = len}, bytes);
}

void mkrec_end(struct mkrec *m)
{
    m->head.bytes = (uint32_t)m->len;
    memcpy(m->bytes, &m->head, sizeof(m->head));
}

uint8_t record_op(const struct rec_plans *plans, int32_t nr, enum rec_step step, uint8_t arg)
{
    const struct rec_plan *plan = &plans->kernel[REC_CALLS + nr];

    for (uint8_t i = 0; i < plan->n; i++) {
        if (plan->ops[i].step == step && plan->ops[i].arg == arg) {
            return i;
        }
    }
    return REC_NO_OP;
}

int32_t record_nr(const struct rec_plans *plans, const char *name)
{
    for (int32_t i = 0; i < REC_CALLS; i++) {
        if (plans->calls[i].name != NULL && strcmp(plans->calls[i].name, name) == 0) {
            return i;
        }
    }
    abort();
}

size_t record_piece(uint8_t *pieces, size_t len, const struct mkrec *m)
{
    pieces[len] = (uint8_t)m->len;
    pieces[len + 1] = (uint8_t)(m->len >> 8);
    memcpy(pieces + len + 2, m->bytes, m->len);
    return len + 2 + m->len;
}

/* A whole call is taken twice, as it is from the rings. */
static enum scapf_status put_one(struct rec_decode *d, const uint8_t *bytes, size_t n)
{
    struct rec_view view = {.bytes = bytes, .len = n};
    struct rec_head head = {0};
    enum scapf_status status;

    memcpy(&head, bytes, n < sizeof(head) ? n : sizeof(head));
    view.kind = head.kind == REC_CALL ? REC_ENTER : head.kind;
    status = rec_decode_put(d, &view);
    if (status == SCAPF_OK && head.kind == REC_CALL) {
        view.kind = REC_EXIT;
        status = rec_decode_put(d, &view);
    }
    return status;
}

static enum scapf_status put_all(struct rec_decode *d, const uint8_t *pieces, size_t len)
{
    enum scapf_status status = SCAPF_OK;

    for (size_t at = 0; status == SCAPF_OK && at + 2 <= len;) {
        size_t n = (size_t)pieces[at] | (size_t)pieces[at + 1] << 8;
        uint8_t *copy; /* of exactly this size: reading past its end shows */

        at += 2;
        n = n < len - at ? n : len - at;
        copy = malloc(n > 0 ? n : 1);
        must(copy != NULL);
        memcpy(copy, pieces + at, n);
        status = put_one(d, copy, n);
        free(copy);
        at += n;
    }
    return status;
}

struct run run_records(const uint8_t *pieces, size_t len, const struct rec_decode_opts *opts,
                       struct rec_decode_counts *counts)
{
    struct rec_decode *d = record_decoder = rec_decode_new(opts);
    struct run run = {0};
    struct scapf_writer *writer;

    must(d != NULL);
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &run.sink, NULL) == SCAPF_OK);
    must(scapf_writer_new(run.sink, NULL, &writer) == SCAPF_OK);
    must(scapf_writer_section(writer, 2) == SCAPF_OK);
    rec_decode_writer(d, writer);
    rec_decode_clock(d, 1700000000000000000);
    run.status = put_all(d, pieces, len);
    if (run.status == SCAPF_OK) {
        must(scapf_writer_finish(writer) == SCAPF_OK && scapf_sink_finish(run.sink) == SCAPF_OK);
        run.bytes = scapf_sink_bytes(run.sink, &run.len);
    }
    if (counts != NULL) {
        *counts = *rec_decode_counts(d);
    }
    scapf_writer_free(writer);
    rec_decode_free(d);
    return run;
}
