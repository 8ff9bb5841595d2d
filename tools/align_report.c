/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_report.c - what was found about two clocks, for people and as JSON.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "align.h"
#include "when.h"

static const char *path_of(const struct align *a, enum align_what what, uint32_t number)
{
    for (uint32_t i = 0; i < a->n_inputs; i++) {
        if (a->inputs[i].what == what && a->inputs[i].number == number) {
            return run_path_name(a->inputs[i].path);
        }
    }
    return "?";
}

/* What a bound rests on: what the packet is, what the event did. */
static const char *const reasons[SCAPF_ALIGN_KINDS][2] = {
    [SCAPF_ALIGN_READ] = {"has bytes that", "returned"},
    [SCAPF_ALIGN_WRITE] = {"has bytes of the call that", "began"},
    [SCAPF_ALIGN_EOF] = {"has the FIN that", "returned as the end"},
    [SCAPF_ALIGN_FIN] = {"has the FIN of the call that", "began"},
    [SCAPF_ALIGN_ACCEPT] = {"is of the handshake that was over when", "returned"},
    [SCAPF_ALIGN_CONNECT] = {"has the SYN of the call that", "began"},
    [SCAPF_ALIGN_ANSWERED] = {"has the SYN-ACK that had come when", "returned"},
    [SCAPF_ALIGN_READY] = {"has bytes that", "told of"},
    [SCAPF_ALIGN_WAKE] = {"had come when", "returned from a wait"}};

static void say_proof(const char *which, const struct scapf_align_proof *p)
{
    char offset[WHEN_SPAN];
    char event[64];

    if (p->event != 0) {
        (void)snprintf(event, sizeof(event), "event %" PRIu64, p->event);
    } else {
        (void)snprintf(event, sizeof(event), "what came before event %" PRIu64, p->exit);
    }
    run_say("  %s %s: packet %" PRIu64 " %s %s (%s[%" PRId64 "/%" PRId64 "] %s) %s%s", which,
            when_seconds(p->offset_ns, offset), p->packet, reasons[p->kind][0], event,
            p->comm != NULL ? p->comm : "?", p->pid, p->tid, p->call, reasons[p->kind][1],
            p->verified ? ", payload compared" : "");
}

static void say_evidence(const struct align_pair *pair)
{
    const struct scapf_align_result *r = &pair->result;
    char kinds[256];
    int n = 0;

    for (unsigned k = 0; k < SCAPF_ALIGN_KINDS && n < (int)sizeof(kinds) - 32; k++) {
        if (r->by_kind[k] > 0) {
            n += snprintf(kinds + n, sizeof(kinds) - (size_t)n, "%s%s %" PRIu64, n > 0 ? ", " : "",
                          scapf_align_kind_name((enum scapf_align_kind)k), r->by_kind[k]);
        }
    }
    if (n > 0) {
        run_say("  evidence: %" PRIu64 " from below, %" PRIu64 " from above (%s), payload of "
                "%" PRIu64 " call%s compared",
                r->n_lower, r->n_upper, kinds, r->verified, r->verified == 1 ? "" : "s");
    }
}

static void say_drift(const struct scapf_align_result *r, bool undone)
{
    if (r->drifts) {
        double worst = (double)llabs(r->drift_ppt) / 1e12 * ((double)r->span_ns / 2e9);

        run_say("  no constant offset is possible: the clocks drift apart by %.3f ppm (%.3f to "
                "%.3f); the offset is that of the middle, at both ends it is another by %.6f s%s",
                (double)r->drift_ppt / 1e6, (double)r->drift_lo_ppb / 1e3,
                (double)r->drift_hi_ppb / 1e3, worst,
                undone ? ", which is undone" : ", which stays");
    } else if (r->has_drift) {
        run_say("  drift: none is needed; %.3f to %.3f ppm is possible",
                (double)r->drift_lo_ppb / 1e3, (double)r->drift_hi_ppb / 1e3);
    }
}

static void say_doubts(const struct align_pair *pair)
{
    const struct scapf_align_result *r = &pair->result;
    const struct scapf_align_counts *c = &pair->counts;

    if (r->wakes_left) {
        run_say(
            "  waits that seemed to be woken by packets contradict the rest, and were not used");
    }
    if (r->placed_left) {
        run_say("  places without payload contradict the rest, and were not used");
    }
    if (c->mismatches > 0) {
        run_say("  %" PRIu64 " times payload was not what the call moved: events or packets are "
                "missing",
                c->mismatches);
    }
    if (c->calls_left > 0) {
        run_say("  %" PRIu64 " calls did not fit into memory and were not used", c->calls_left);
    }
}

void align_say_pair(const struct align *a, uint32_t host, uint32_t file)
{
    const struct align_pair *pair = &a->pairs[host * a->n_files + file];
    const struct scapf_align_result *r = &pair->result;
    int64_t width = r->hi_ns - r->lo_ns;
    char mid[WHEN_SPAN];

    if (r->verdict != SCAPF_ALIGN_SOLVED) {
        return;
    }
    run_say("%s is %s %s %s, +- %" PRId64 ".%03" PRId64 " us", path_of(a, ALIGN_PACKETS, file),
            when_seconds(r->mid_ns < 0 ? -r->mid_ns : r->mid_ns, mid),
            r->mid_ns < 0 ? "behind" : "ahead of", path_of(a, ALIGN_EVENTS, host),
            (width + 1) / 2 / 1000, (width + 1) / 2 % 1000);
    say_proof("at least", &r->lower);
    say_proof("at most ", &r->upper);
    say_evidence(pair);
    say_drift(r, a->opts.drift == 0);
    say_doubts(pair);
}

void align_say_failure(const struct align *a, uint32_t host, uint32_t file)
{
    const struct align_pair *pair = &a->pairs[host * a->n_files + file];
    const struct scapf_align_result *r = &pair->result;
    const char *packets = path_of(a, ALIGN_PACKETS, file);
    const char *events = path_of(a, ALIGN_EVENTS, host);

    switch (r->verdict) {
    case SCAPF_ALIGN_NO_MATCH:
        run_say("%s and %s: no packet belongs to a call: %" PRIu64 " connections in the events, "
                "%" PRIu64 " packets of TCP or UDP",
                packets, events, pair->counts.sockets, pair->counts.segments);
        break;
    case SCAPF_ALIGN_ONE_SIDED:
        run_say("%s and %s: the offset of the clocks is known from one side only", packets, events);
        break;
    case SCAPF_ALIGN_TOO_LITTLE:
        run_say("%s and %s: too little tells the offset of the clocks", packets, events);
        break;
    case SCAPF_ALIGN_EMPTY:
        run_say("%s and %s: these files are not of the same moment, or a clock was set meanwhile: "
                "the offset cannot be both",
                packets, events);
        break;
    case SCAPF_ALIGN_SOLVED:
    default:
        return;
    }
    if (r->has_lo) {
        say_proof("at least", &r->lower);
    }
    if (r->has_hi) {
        say_proof("at most ", &r->upper);
    }
    say_evidence(pair);
    say_doubts(pair);
}

/* ------------------------------------------------------------------ JSON */

static void number(struct scapf_json *json, const char *key, int64_t value)
{
    scapf_json_key(json, key);
    scapf_json_i64(json, value);
}

static void json_proof(struct scapf_json *json, const char *key, const struct scapf_align_proof *p)
{
    scapf_json_key(json, key);
    scapf_json_open(json, '{');
    number(json, "offset_ns", p->offset_ns);
    scapf_json_key(json, "kind");
    scapf_json_string(json, scapf_align_kind_name(p->kind));
    number(json, "packet", (int64_t)p->packet);
    number(json, "event", (int64_t)p->event);
    number(json, "enter", (int64_t)p->enter);
    number(json, "exit", (int64_t)p->exit);
    number(json, "pid", p->pid);
    number(json, "tid", p->tid);
    number(json, "fd", p->fd);
    scapf_json_key(json, "comm");
    scapf_json_string(json, p->comm != NULL ? p->comm : "");
    scapf_json_key(json, "call");
    scapf_json_string(json, p->call);
    scapf_json_key(json, "verified");
    scapf_json_bool(json, p->verified);
    scapf_json_close(json);
}

static void json_pair(const struct align *a, uint32_t host, uint32_t file, struct scapf_json *json)
{
    static const char *const verdicts[] = {"solved", "no match", "one-sided", "too little",
                                           "contradiction"};
    const struct align_pair *pair = &a->pairs[host * a->n_files + file];
    const struct scapf_align_result *r = &pair->result;

    scapf_json_open(json, '{');
    scapf_json_key(json, "packets");
    scapf_json_string(json, path_of(a, ALIGN_PACKETS, file));
    scapf_json_key(json, "events");
    scapf_json_string(json, path_of(a, ALIGN_EVENTS, host));
    scapf_json_key(json, "verdict");
    scapf_json_string(json, verdicts[r->verdict]);
    if (r->has_lo) {
        number(json, "lo_ns", r->lo_ns);
        json_proof(json, "lower", &r->lower);
    }
    if (r->has_hi) {
        number(json, "hi_ns", r->hi_ns);
        json_proof(json, "upper", &r->upper);
    }
    if (r->verdict == SCAPF_ALIGN_SOLVED) {
        number(json, "offset_ns", r->mid_ns);
        number(json, "drift_ppb", r->drift_ppt / 1000);
    }
    scapf_json_key(json, "evidence");
    scapf_json_open(json, '{');
    for (unsigned k = 0; k < SCAPF_ALIGN_KINDS; k++) {
        number(json, scapf_align_kind_name((enum scapf_align_kind)k), (int64_t)r->by_kind[k]);
    }
    scapf_json_close(json);
    number(json, "verified", (int64_t)r->verified);
    number(json, "connections", (int64_t)pair->counts.connections);
    number(json, "mismatches", (int64_t)pair->counts.mismatches);
    number(json, "calls_left", (int64_t)pair->counts.calls_left);
    scapf_json_close(json);
}

void align_json(const struct align *a, struct scapf_json *json)
{
    scapf_json_open(json, '[');
    for (uint32_t h = 0; h < a->n_hosts; h++) {
        for (uint32_t f = 0; f < a->n_files && a->pairs != NULL; f++) {
            json_pair(a, h, f, json);
        }
    }
    scapf_json_close(json);
}
