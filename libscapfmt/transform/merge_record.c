/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_record.c - one record on its way: the role it has, its time on the other clock, what is
 * added to it, and whether another input had it already.
 */
#include <string.h>

#include "block/option.h"
#include "event/event.h"
#include "transform/merge_notes.h"

#define SEEN_MAX   4096u /* records of one time that are compared */
#define SEEN_BYTES ((size_t)8 << 20)

unsigned merge_role_of(const struct merge_section *s, const struct scapf_record *rec)
{
    unsigned packets = (s->roles & ROLE_PACKETS) != 0 ? ROLE_PACKETS : ROLE_EVENTS;

    switch (rec->kind) {
    case SCAPF_KIND_EVENT:
        return s->closing > 0 && event_is_closing(rec) ? 0 : ROLE_EVENTS;
    case SCAPF_KIND_TABLE:
        return ROLE_EVENTS;
    case SCAPF_KIND_PACKET:
    case SCAPF_KIND_INTERFACE:
    case SCAPF_KIND_STATS:
        return ROLE_PACKETS;
    case SCAPF_KIND_NAMES:
        return notes_is_block(rec) ? 0 : packets;
    case SCAPF_KIND_SECRETS:
    case SCAPF_KIND_CUSTOM:
    case SCAPF_KIND_JOURNAL:
    case SCAPF_KIND_PROCESS:
    case SCAPF_KIND_UNKNOWN:
        return packets;
    case SCAPF_KIND_SECTION:
    case SCAPF_KIND_COUNT:
        break;
    }
    return 0;
}

/* Does the way back lead to where the time came from? */
static void check_back(struct scapf_merge *m, struct merge_section *s, const struct merge_id *id,
                       uint64_t ticks, i128 shifted)
{
    const struct scapf_shift *shift = &m->inputs[s->input].shift;
    const struct clock_unit unit = {id->out_tsresol, id->tsoffset};
    i128 back = clock_coarser(clock_back(shift, &unit, shifted), id->out_tsresol, id->tsresol);

    if (back == (i128)ticks) {
        return;
    }
    if (id->tsresol != id->out_tsresol || back + 1 != (i128)ticks ||
        merge_note_second(m, s) != SCAPF_OK) {
        s->lossy = true;
    }
}

uint64_t merge_shift_time(struct scapf_merge *m, struct merge_section *s, const struct merge_id *id,
                          uint64_t ticks)
{
    static const struct merge_id ns = {.tsresol = 9, .out_tsresol = 9};
    const struct scapf_shift *shift = &m->inputs[s->input].shift;
    struct clock_unit unit;
    i128 wide;
    i128 shifted;

    if (!merge_is_shifted(m, s->input)) {
        return ticks;
    }
    id = id != NULL ? id : &ns;
    unit = (struct clock_unit){id->out_tsresol, id->tsoffset};
    wide = clock_finer(ticks, id->tsresol, id->out_tsresol);
    shifted = clock_forward(shift, &unit, wide);
    m->counts.rounded += !clock_is_exact(shift, id->out_tsresol);
    s->times++;
    if (shifted < 0 || shifted > UINT64_MAX) {
        m->counts.unshifted++;
        s->lossy = true;
        return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
    }
    if (shift->drift_ppt != 0) {
        check_back(m, s, id, ticks, shifted);
    }
    return (uint64_t)shifted;
}

static bool has_comment(const struct scapf_record *rec, const struct scapf_merge_addition *add)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_COMMENT && opt.len == add->comment_len &&
            memcmp(opt.value, add->comment, opt.len) == 0) {
            return true;
        }
    }
    return false;
}

enum scapf_status merge_ask(struct scapf_merge *m, const struct merge_lane *lane,
                            struct scapf_merge_addition *add)
{
    const struct scapf_merge_item item = {
        .input = lane->input,
        .reader = lane->reader,
        .rec = &lane->rec,
        .number = lane->rec.kind == SCAPF_KIND_EVENT ? lane->events : lane->packets,
        .section = m->out_section - 1,
        .has_ts = lane->rec.has_ts,
        .ts_ns = lane->rec.has_ts ? lane->key : 0,
    };

    if (m->opts.hook == NULL) {
        return SCAPF_OK;
    }
    TRY(m->opts.hook(m->opts.hook_ctx, &item, add));
    if (add->comment_len > 0 && has_comment(&lane->rec, add)) { /* it was all said before */
        *add = (struct scapf_merge_addition){.has_pid = false};
    }
    return lane->rec.kind == SCAPF_KIND_PACKET ? merge_admit_procs(m, add) : SCAPF_OK;
}

/* One that another lane wrote, and that this one has not had yet. */
static struct merge_seen *find_seen(struct scapf_merge *m, const struct merge_lane *lane,
                                    const struct merge_seen *like, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < m->n_seen; i++) {
        struct merge_seen *s = &m->seen[i];

        if (s->hash == like->hash && s->len == like->len && s->interface == like->interface &&
            s->lane != lane->number && (s->matched & (1u << (lane->number % 32))) == 0 &&
            memcmp(m->seen_bytes.bytes + s->off, bytes, s->len) == 0) {
            return s;
        }
    }
    return NULL;
}

enum scapf_status merge_is_seen(struct scapf_merge *m, const struct merge_lane *lane,
                                uint32_t interface, const uint8_t *bytes, size_t len, bool *seen)
{
    struct merge_seen like = {.len = len, .interface = interface};
    struct merge_seen *found;

    *seen = false;
    if (!m->opts.dedup || !lane->rec.has_ts) {
        return SCAPF_OK;
    }
    if (lane->key != m->seen_ns) {
        m->n_seen = 0;
        out_clear(&m->seen_bytes);
        m->seen_ns = lane->key;
    }
    like.hash = merge_hash(bytes, len);
    found = find_seen(m, lane, &like, bytes);
    if (found != NULL) {
        found->matched |= 1u << (lane->number % 32);
        m->counts.duplicates++;
        *seen = true;
        return SCAPF_OK;
    }
    if (m->n_seen == SEEN_MAX || m->seen_bytes.len + len > SEEN_BYTES) {
        return SCAPF_OK; /* more of one time than anybody would repeat */
    }
    TRY(merge_room(m, (void **)&m->seen, &m->cap_seen, m->n_seen, sizeof(*m->seen)));
    like.lane = lane->number;
    like.off = m->seen_bytes.len;
    out_bytes(&m->seen_bytes, bytes, len);
    m->seen[m->n_seen++] = like;
    return out_status(&m->seen_bytes) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
}
