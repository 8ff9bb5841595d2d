/* SPDX-License-Identifier: Apache-2.0 */
#include "check/profile.h"

#include "base/profiles.h"
#include "block/types.h"
#include "check/check.h"

/* ------------------------------------------------------------------ what is known of readers */

#define READERS 5 /* columns of SCAPF_EFFECTS; strict has none */

static const char effects[RULE_COUNT][READERS + 1] = {
#define EFFECT(symbol, columns) [RULE_##symbol] = columns,
    SCAPF_EFFECTS(EFFECT)
#undef EFFECT
};

/* How a reader walks. */
struct reader_way {
    const char *name;
    bool libscap;         /* events by libscap's automaton [pcapng 4.1] */
    bool events, packets; /* what it shows at all */
    bool no_shb_options;  /* libs before 0.21 */
    bool no_flags;        /* event blocks with flags are passed over */
    bool merges;          /* enter events go into their exits [scap 14] */
    bool first_is_event;  /* events are decoded only when the first frame is one */
    bool needs_iface;     /* refuses a file without interfaces */
    uint16_t codes;       /* event codes it knows; 0 = those of the schema */
    bool gzip, zstd;      /* what it unpacks */
};

/* [pcapng 3.1, 3.2, 4.1, 4.2; scap 17] */
static const struct reader_way ways[SCAPF_PROFILE_COUNT] = {
    [SCAPF_PROFILE_STRICT] = {.name = "strict",
                              .events = true,
                              .packets = true,
                              .codes = UINT16_MAX,
                              .gzip = true,
                              .zstd = true},
    [SCAPF_PROFILE_SYSDIG_029] = {.name = "sysdig-0.29",
                                  .libscap = true,
                                  .events = true,
                                  .no_shb_options = true,
                                  .codes = 336,
                                  .gzip = true},
    [SCAPF_PROFILE_SYSDIG_CURRENT] =
        {.name = "sysdig-current", .libscap = true, .events = true, .merges = true, .gzip = true},
    [SCAPF_PROFILE_WIRESHARK] = {.name = "wireshark",
                                 .events = true,
                                 .packets = true,
                                 .no_flags = true,
                                 .codes = UINT16_MAX,
                                 .gzip = true,
                                 .zstd = true},
    [SCAPF_PROFILE_STRATOSHARK] = {.name = "stratoshark",
                                   .libscap = true,
                                   .events = true,
                                   .packets = true,
                                   .merges = true,
                                   .first_is_event = true,
                                   .gzip = true,
                                   .zstd = true},
    [SCAPF_PROFILE_LIBPCAP] = {.name = "libpcap", .packets = true, .needs_iface = true},
};

const char *scapf_profile_name(enum scapf_profile profile)
{
    return (unsigned)profile < SCAPF_PROFILE_COUNT ? ways[profile].name : NULL;
}

const char *scapf_effect_name(enum scapf_effect effect)
{
    static const char *const names[] = {"no effect", "loses", "stops"};

    return names[effect];
}

enum scapf_effect scapf_profile_effect(enum scapf_profile profile, unsigned rule)
{
    char c;

    if (rule >= RULE_COUNT || (unsigned)profile >= SCAPF_PROFILE_COUNT) {
        return SCAPF_EFFECT_NONE;
    }
    if (profile == SCAPF_PROFILE_STRICT) {
        return rule != RULE_NONE && scapf_rule_get(rule)->severity == SCAPF_ERROR
                   ? SCAPF_EFFECT_STOPS
                   : SCAPF_EFFECT_NONE;
    }
    c = effects[rule][profile - SCAPF_PROFILE_SYSDIG_029];
    return c == 'S' ? SCAPF_EFFECT_STOPS : c == 'L' ? SCAPF_EFFECT_LOSES : SCAPF_EFFECT_NONE;
}

/* ------------------------------------------------------------------ walking */

static const struct reader_way *way_of(const struct walk *w)
{
    return &ways[w->profile];
}

static void stop(struct walk *w, enum rule rule, uint64_t off, const char *why)
{
    if (w->stopped && off >= w->v.off) {
        return; /* what is found only at the end of a section may stop it sooner */
    }
    w->stopped = w->events_stopped = true;
    w->v.rule = rule;
    w->v.off = off;
    w->v.why = why != NULL ? why : scapf_rule_get(rule)->sentence;
    /* Some rules are found only when the section has ended, and stop the reader at its start. */
    if (w->any_section && off < w->section_off + 28) {
        w->v.events_shown = w->section_events;
        w->v.packets_shown = w->section_packets;
        w->v.events_merged = w->section_merged;
    }
}

/* libscap cannot go on. Stratoshark shows packets all the same: its other reader goes on. */
static void stop_libscap(struct walk *w, enum rule rule, uint64_t off, const char *why)
{
    if (!way_of(w)->packets) {
        stop(w, rule, off, why);
    }
    w->events_stopped = true;
}

void walk_start(struct walk *w, enum scapf_compression packing)
{
    const struct reader_way *way = way_of(w);

    if (packing == SCAPF_GZIP && !way->gzip) {
        stop(w, RULE_FILE_NOT_SHB, 0, "it does not unpack gzip");
    }
    if (packing == SCAPF_ZSTD && !way->zstd) {
        stop(w, RULE_FILE_NOT_SHB, 0, "it does not unpack zstd");
    }
}

void walk_finding(void *ctx, const struct scapf_diag *diag)
{
    struct walk *w = ctx;
    enum scapf_effect effect = scapf_profile_effect(w->profile, diag->rule);

    w->report(w->ctx, diag);
    if (effect == SCAPF_EFFECT_STOPS) {
        stop(w, (enum rule)diag->rule, diag->off, NULL);
        return;
    }
    if (w->stopped || effect == SCAPF_EFFECT_NONE) {
        return;
    }
    /* events lost as such are counted when they come */
    if (diag->rule != RULE_EVENT_UNKNOWN && diag->rule != RULE_MIX_FIRST_NO_EVENT) {
        w->v.losses++;
    }
    if (way_of(w)->libscap &&
        scapf_profile_effect(SCAPF_PROFILE_SYSDIG_CURRENT, diag->rule) == SCAPF_EFFECT_STOPS) {
        w->events_stopped = true;
    }
}

/* [pcapng 4.1] A section opens the reader anew behind events; before them it is one block more. */
static void walk_section(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);
    bool opens = !w->any_section || w->in_events;

    w->any_section = true;
    w->section_off = rec->off;
    w->section_events = w->v.events_shown;
    w->section_packets = w->v.packets_shown;
    w->section_merged = w->v.events_merged;
    if (!way->libscap || w->stopped) {
        return;
    }
    if (rec->type == 0) {
        stop_libscap(w, RULE_FILE_NOT_SHB, 0, "it does not read classic pcap");
    } else if (rec->big_endian) {
        stop_libscap(w, RULE_MIX_BIG_ENDIAN, rec->off, NULL);
    } else if (opens && way->no_shb_options && rec->body_len > 16) {
        stop_libscap(w, RULE_MIX_SHB_OPTIONS, rec->off + 24, NULL);
    }
    w->in_events = false;
}

/* Enter events whose content current libs hand on in the exit, if at all. [scap 14] */
static bool is_merged(const struct scapf_event_info *info)
{
    static const uint16_t hidden[] = {2, 22, 58, 292, 306, 326, 330};

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (hidden[i] == info->code) {
            return true;
        }
    }
    return (info->code & 1) == 0 && (info->flags & SCAPF_EF_OLD_VERSION) != 0;
}

static bool is_closing(const struct scapf_event *ev)
{
    return ev != NULL && ev->code == 0x7fff && ev->payload_len == 0; /* [pcapng 4.3] */
}

static void walk_event(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);
    const struct scapf_event *ev = rec->event;
    const struct block_type *type = block_type_find(rec->type);

    w->in_events = true;
    if (is_closing(ev)) {
        return;
    }
    w->v.events++;
    if (w->events_stopped || !way->events) {
        return;
    }
    if (way->no_flags && type != NULL && (type->layout & EVENT_LAYOUT_FLAGS) != 0) {
        w->v.events_flags++;
    } else if (ev == NULL) {
        w->v.events_shown += way->libscap ? 0 : 1;
    } else if (way->codes == 0 ? ev->info == NULL : ev->code >= way->codes) {
        w->v.events_unknown++;
    } else if (way->merges && is_merged(ev->info)) {
        w->v.events_merged++;
    } else {
        w->v.events_shown++;
    }
}

static bool is_frame(enum scapf_kind kind)
{
    return kind == SCAPF_KIND_PACKET || kind == SCAPF_KIND_EVENT || kind == SCAPF_KIND_CUSTOM ||
           kind == SCAPF_KIND_JOURNAL;
}

void walk_record(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);

    if (rec->kind == SCAPF_KIND_SECTION) {
        walk_section(w, rec);
        w->any_iface = w->any_iface || rec->type == 0;
        return;
    }
    w->any_iface = w->any_iface || rec->kind == SCAPF_KIND_INTERFACE;
    if (is_frame(rec->kind) && !w->any_frame) {
        w->any_frame = true;
        w->events_stopped |= way->first_is_event && rec->kind != SCAPF_KIND_EVENT;
    }
    if (rec->kind == SCAPF_KIND_EVENT) {
        walk_event(w, rec);
    } else if (way->libscap && w->in_events) {
        stop_libscap(w, RULE_MIX_AFTER_EVENTS, rec->off, NULL);
    }
    if (rec->kind == SCAPF_KIND_PACKET) {
        w->v.packets++;
        w->v.packets_shown += way->packets && !w->stopped ? 1 : 0;
    }
}

void walk_end(struct walk *w, const struct scapf_diag *last, uint64_t end)
{
    const struct reader_way *way = way_of(w);
    struct scapf_verdict *v = &w->v;

    if (last != NULL) {
        stop(w, (enum rule)last->rule, last->off, NULL);
    }
    if (way->libscap && !way->packets && !w->in_events) {
        stop(w, RULE_MIX_LAST_NO_EVENT, w->any_section ? w->section_off : end,
             "it finds no event in the last section");
    }
    if (way->needs_iface && !w->any_iface) {
        stop(w, RULE_EPB_IFACE, end, "no interface description in the whole file");
    }
    v->opens = !w->stopped || v->events_shown + v->packets_shown + v->events_merged > 0;
    if (w->stopped) {
        v->effect = SCAPF_EFFECT_STOPS;
    } else if (v->losses > 0 || v->events_shown + v->events_merged < v->events ||
               v->packets_shown < v->packets) {
        v->effect = SCAPF_EFFECT_LOSES;
    }
}
