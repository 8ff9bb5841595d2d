/* SPDX-License-Identifier: Apache-2.0 */
/* Target: sources on plain, gzip and zstd bytes; round trip through the sinks. */
#include <stdlib.h>
#include <string.h>

#include "io/sink.h"
#include "io/src.h"
#include "target.h"

/* Small inputs unpack to anything: what is read of them is bounded. */
#define READ_MAX ((uint64_t)8 * 1024 * 1024)

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* What a read-through comes to. */
struct seen {
    uint64_t total, hash;
    enum scapf_status status;
    uint16_t rule, warning;
};

static void hash_add(struct seen *seen, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        seen->hash = (seen->hash ^ p[i]) * 0x100000001B3;
    }
    seen->total += n;
}

/* Read up to READ_MAX bytes with peeks up to peek_max. Offsets only grow by what is consumed; less
 * than was asked for comes only at the end or before an error, and an error has its diagnosis. */
static struct seen read_through(const uint8_t *data, size_t size, uint32_t seed, size_t peek_max)
{
    struct seen seen = {.hash = 0xCBF29CE484222325};
    struct scapf_src *s;
    const uint8_t *p;
    size_t avail;

    s = target_src(data, size);
    while (seen.total < READ_MAX) {
        size_t min = 1 + random_next(&seed) % peek_max;
        size_t n;
        uint64_t left;

        seen.status = src_peek(s, min, &p, &avail);
        must(src_tell(s) == seen.total);
        must(seen.status <= 0 && (seen.status == SCAPF_OK || avail < min));
        must((seen.status == SCAPF_OK) || (src_diag(s) != NULL && src_diag(s)->rule != RULE_NONE));
        if (avail < min) {
            must(src_remaining(s, &left) && left == avail);
        }
        if (avail == 0) {
            break;
        }
        n = 1 + random_next(&seed) % avail;
        n = n < READ_MAX - seen.total ? n : (size_t)(READ_MAX - seen.total);
        hash_add(&seen, p, n);
        src_consume(s, n);
    }
    if (seen.total < READ_MAX) {
        must(src_peek(s, 1, &p, &avail) == seen.status && avail == 0);
        must(seen.status == SCAPF_OK || src_diag(s)->off == seen.total);
        must(scapf_src_compression(s) != SCAPF_PLAIN ||
             (seen.total == size && seen.status == SCAPF_OK));
        seen.rule = src_diag(s) != NULL ? src_diag(s)->rule : 0;
        seen.warning = src_warning(s) != NULL ? src_warning(s)->rule : 0;
    } else {
        seen.status = SCAPF_OK;
    }
    scapf_src_free(s);
    return seen;
}

static void round_trip(const uint8_t *data, size_t size, uint32_t seed,
                       enum scapf_compression packing)
{
    struct scapf_sink *sink;
    struct scapf_src *src;
    const uint8_t *p;
    size_t n;

    must(scapf_sink_mem(packing, NULL, &sink, NULL) == SCAPF_OK);
    for (size_t at = 0; at < size; at += n) {
        n = 1 + random_next(&seed) % (size - at);
        must(sink_put(sink, data + at, n) == SCAPF_OK);
    }
    must(scapf_sink_finish(sink) == SCAPF_OK);
    p = scapf_sink_bytes(sink, &n);
    must(p != NULL);
    src = target_src(p, n);
    must(scapf_src_compression(src) == packing);
    must(src_peek(src, size + 1, &p, &n) == SCAPF_OK);
    must(n == size && (n == 0 || memcmp(p, data, n) == 0));
    must(src_warning(src) == NULL);
    scapf_src_free(src);
    scapf_sink_free(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = (uint32_t)size;
    struct seen small;
    struct seen big;

    for (size_t i = size > 8 ? size - 8 : 0; i < size; i++) {
        seed = seed * 31 + data[i];
    }
    small = read_through(data, size, seed, 100);
    big = read_through(data, size, seed + 1, 1000000);
    must(small.total == big.total && small.hash == big.hash && small.status == big.status &&
         small.rule == big.rule && small.warning == big.warning);
    round_trip(data, size, seed, SCAPF_GZIP);
    round_trip(data, size, seed, SCAPF_ZSTD);
    return 0;
}
