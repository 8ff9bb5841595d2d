/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_salvage.c - a packed stream goes on behind damage, at the next member or frame that starts in
 * what is left, or in what was taken for more of the damaged one.
 */
#include "io/src_impl.h"

/*
 * How much of a part stays in sight behind what is unpacked. Bits that are no codes of their block
 * are unpacked until one of them seems to end it: with zlib's blocks that is 16 to 40 KiB on
 * average, with zstd's up to 128 KiB.
 */
#define PART_HELD ((size_t)1 << 20)
/* Looking a second time must not make a file of made-up starts slow: at most so many times its
 * bytes, and so many more. */
#define AGAIN_TIMES 4u
#define AGAIN_FREE  ((uint64_t)4 << 20)

void src_salvage(struct scapf_src *s, src_gap_fn gap, void *ctx)
{
    s->gap = gap;
    s->gap_ctx = ctx;
}

void src_part_begin(struct src_part *part)
{
    part->whole = true;
}

enum scapf_status src_part_peek(struct src_part *part, const uint8_t **p, size_t *avail)
{
    enum scapf_status status = src_peek(part->raw, part->held + 1, p, avail);

    part->held = part->held < *avail ? part->held : *avail; /* a mapped file that shrank */
    *p += part->held;
    *avail -= part->held;
    return status;
}

void src_part_use(const struct scapf_src *s, struct src_part *part, size_t n)
{
    size_t most = s->gap != NULL ? PART_HELD : 0;

    part->held += n;
    if (part->held > most) {
        src_consume(part->raw, part->held - most);
        part->held = most;
        part->whole = false;
    }
}

void src_part_end(struct src_part *part)
{
    src_consume(part->raw, part->held);
    part->held = 0;
    part->whole = false;
}

/* Where the damaged part is searched from. */
static void go_back(struct src_part *part, uint64_t noticed)
{
    const uint8_t *p;
    size_t n;

    if (part->again / AGAIN_TIMES > noticed + AGAIN_FREE) {
        src_consume(part->raw, part->held);
    } else if (part->whole && src_peek(part->raw, 1, &p, &n) == SCAPF_OK && n > 0) {
        src_consume(part->raw, 1); /* do not find the same part again */
    }
    part->held = 0;
    part->whole = false;
}

/* Does the next part start at p? What lies before the damage was noticed has to prove it. */
static bool is_next(struct src_part *part, const struct src_search *search, const uint8_t *p,
                    uint64_t at, uint64_t noticed)
{
    if (!search->starts(p)) {
        return false;
    }
    if (at >= noticed) {
        return true;
    }
    part->again += noticed - at;
    return part->again / AGAIN_TIMES <= noticed + AGAIN_FREE &&
           search->proves(search->ctx, p, (size_t)(noticed - at));
}

void src_pass_over(struct scapf_src *s, struct src_part *part, struct src_search *search)
{
    struct scapf_src *raw = part->raw;
    uint64_t noticed = src_tell(raw) + part->held;
    uint64_t from = noticed;
    const uint8_t *p;
    size_t n;
    bool found = false;

    go_back(part, noticed);
    while (!found && src_peek(raw, search->min, &p, &n) == SCAPF_OK && n >= search->min) {
        size_t last = n - search->min;
        size_t i = 0;

        while (i <= last && !is_next(part, search, p + i, src_tell(raw) + i, noticed)) {
            i++;
        }
        src_consume(raw, i);
        found = i <= last;
    }
    if (!found) {
        src_consume(raw, n);
        search->diag.rule = (uint16_t)search->at_end;
    }
    from = from < src_tell(raw) ? from : src_tell(raw);
    s->gap(s->gap_ctx, &search->diag, from, src_tell(raw) - from);
}
