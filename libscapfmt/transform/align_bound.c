/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_bound.c - bounds of the offset between two clocks, and the interval they leave.
 *
 * A bound holds at the time of its packet. Over the length of a capture clocks drift apart, so the
 * offset is a line over time: lower bounds lie below it, upper ones above. Whether one fits, and
 * how steep it may be, follows from pairs: the line through a lower bound and a later upper one is
 * the steepest that these two allow, through an upper and a later lower one the flattest. For
 * memory that does not grow only the best bound of each span of time is kept; spans double when
 * the capture outgrows their number. A bound that is left out is worse than one nearby.
 *
 * No drift is assumed where a constant offset satisfies everything.
 */
#include "transform/align.h"

#include "base/mem.h"

#include <string.h>

#define FIRST_WIDTH   UINT64_C(1000000)     /* ns */
#define DRIFT_SPAN    UINT64_C(10000000000) /* ns: over less than 10 s drift is no explanation */
#define DRIFT_MAX_PPB INT64_C(500000)       /* more than NTP corrects [ntpd: 500 ppm] */

_Static_assert(SCAPF_ALIGN_KINDS <= 16, "by_kind of struct bounds");

void bound_reset(struct bounds *b)
{
    memset(b, 0, sizeof(*b));
    b->width = FIRST_WIDTH;
}

/* ------------------------------------------------------------------ taking bounds */

static void keep(struct proof *slot, const struct proof *p, bool lower)
{
    if (p->set && (!slot->set || (lower ? p->ns > slot->ns : p->ns < slot->ns))) {
        *slot = *p;
    }
}

/* Spans of twice the length: two become one. */
static void widen(struct bounds *b)
{
    for (size_t g = 0; g < GRADES; g++) {
        for (size_t i = 0; i < BUCKETS; i++) {
            struct proof low = {.set = false};
            struct proof high = {.set = false};

            for (size_t k = 2 * i; k < 2 * i + 2 && k < BUCKETS; k++) {
                keep(&low, &b->lower[g][k], true);
                keep(&high, &b->upper[g][k], false);
            }
            b->lower[g][i] = low;
            b->upper[g][i] = high;
        }
    }
    b->width *= 2;
}

static size_t span_of(struct bounds *b, uint64_t ns)
{
    if (!b->any) {
        b->any = true;
        b->start = b->first_ns = b->last_ns = ns;
    }
    b->first_ns = ns < b->first_ns ? ns : b->first_ns;
    b->last_ns = ns > b->last_ns ? ns : b->last_ns;
    if (ns < b->start) { /* not in order of time: the proof itself knows when it was */
        return 0;
    }
    while ((ns - b->start) / b->width >= BUCKETS) {
        widen(b);
    }
    return (size_t)((ns - b->start) / b->width);
}

/* Count a call once among the lower or the upper bounds. */
static void count(struct bounds *b, struct call *call, uint8_t flag, uint8_t kind)
{
    if ((call->flags & flag) != 0) {
        return;
    }
    if ((call->flags & (CALL_LOW_DONE | CALL_HIGH_DONE)) == 0) {
        b->verified += (call->flags & CALL_VERIFIED) != 0;
    }
    call->flags |= flag;
    b->by_kind[kind]++;
    b->n_lower += flag == CALL_LOW_DONE;
    b->n_upper += flag == CALL_HIGH_DONE;
}

/* Up to so much later than written the event was: times are cut to the unit of their clock. */
static uint64_t event_res(const struct scapf_align *a)
{
    return a->n_enters >= ENOUGH_ENTERS && a->unit_ns > 1 ? a->unit_ns - 1 : 0;
}

void bound_lower(struct scapf_align *a, uint32_t id, enum grade grade, uint8_t kind)
{
    struct call *call = call_at(a, id);
    struct proof p = {.packet_ns = a->packet_ns, .packet = a->packets, .call = id, .kind = kind};

    if (!a->packet_has_ns || (call->flags & CALL_UNRETURNED) != 0 ||
        call->exit_ns > INT64_MAX / 2) {
        return;
    }
    p.set = true;
    p.ns = (int64_t)a->packet_ns - (int64_t)(call->exit_ns + event_res(a));
    keep(&a->bounds->lower[grade][span_of(a->bounds, a->packet_ns)], &p, true);
    count(a->bounds, call, CALL_LOW_DONE, kind);
}

/* A time stamp is cut to its resolution: the packet was there up to one unit later. */
void bound_upper(struct scapf_align *a, uint32_t id, enum grade grade, uint8_t kind)
{
    struct call *call = call_at(a, id);
    struct proof p = {.packet_ns = a->packet_ns, .packet = a->packets, .call = id, .kind = kind};

    if (!a->packet_has_ns || call->enter_ns == 0 || call->enter_ns > INT64_MAX / 2) {
        return;
    }
    p.set = true;
    p.ns = (int64_t)(a->packet_ns + a->packet_res) - (int64_t)call->enter_ns;
    keep(&a->bounds->upper[grade][span_of(a->bounds, a->packet_ns)], &p, false);
    count(a->bounds, call, CALL_HIGH_DONE, kind);
}

/* ------------------------------------------------------------------ solving */

/* Bounds of some grades, best of each span. */
struct chosen {
    struct proof lower[BUCKETS], upper[BUCKETS];
    size_t n_lower, n_upper;
    const struct proof *lo, *hi; /* the highest lower one, the lowest upper one */
};

struct chosen *bound_chosen(const struct scapf_alloc *alloc)
{
    return mem_zalloc(alloc, sizeof(struct chosen));
}

static void choose(const struct bounds *b, enum grade worst, struct chosen *c)
{
    c->n_lower = c->n_upper = 0;
    c->lo = c->hi = NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct proof low = {.set = false};
        struct proof high = {.set = false};

        for (size_t g = 0; g <= (size_t)worst; g++) {
            keep(&low, &b->lower[g][i], true);
            keep(&high, &b->upper[g][i], false);
        }
        if (low.set) {
            c->lower[c->n_lower++] = low;
        }
        if (high.set) {
            c->upper[c->n_upper++] = high;
        }
    }
    for (size_t i = 0; i < c->n_lower; i++) {
        c->lo = c->lo == NULL || c->lower[i].ns > c->lo->ns ? &c->lower[i] : c->lo;
    }
    for (size_t i = 0; i < c->n_upper; i++) {
        c->hi = c->hi == NULL || c->upper[i].ns < c->hi->ns ? &c->upper[i] : c->hi;
    }
}

static int64_t clamp(double ppb)
{
    const double limit = 1e12;

    return (int64_t)(ppb > limit ? limit : ppb < -limit ? -limit : ppb);
}

/* The steepness that a lower and an upper bound allow: at most, when the upper one is later, at
 * least, when it is earlier. False when they are of one time and contradict each other. */
static bool pair_drift(const struct proof *low, const struct proof *high, double *min, double *max)
{
    double dt = (double)((int64_t)high->packet_ns - (int64_t)low->packet_ns);
    double dy = (double)(high->ns - low->ns);

    if (dt == 0) {
        return dy >= 0;
    }
    if (dt > 0) {
        *max = dy / dt < *max ? dy / dt : *max;
    } else {
        *min = dy / dt > *min ? dy / dt : *min;
    }
    return true;
}

static bool drift_range(const struct chosen *c, double *min, double *max)
{
    bool fits = c->n_lower > 0 && c->n_upper > 0;

    *min = -1e3;
    *max = 1e3;
    for (size_t i = 0; i < c->n_lower && fits; i++) {
        for (size_t k = 0; k < c->n_upper && fits; k++) {
            fits = pair_drift(&c->lower[i], &c->upper[k], min, max);
        }
    }
    return fits && *min <= *max;
}

/* The interval at time x for lines of this steepness; which bounds limit it. */
static void interval_at(const struct chosen *c, uint64_t x, double drift, int64_t *lo, int64_t *hi,
                        const struct proof **low, const struct proof **high)
{
    *lo = INT64_MIN;
    *hi = INT64_MAX;
    for (size_t i = 0; i < c->n_lower; i++) {
        const struct proof *p = &c->lower[i];
        int64_t at = p->ns + (int64_t)(drift * (double)((int64_t)x - (int64_t)p->packet_ns));

        if (at > *lo) {
            *lo = at;
            *low = p;
        }
    }
    for (size_t i = 0; i < c->n_upper; i++) {
        const struct proof *p = &c->upper[i];
        int64_t at = p->ns + (int64_t)(drift * (double)((int64_t)x - (int64_t)p->packet_ns));

        if (at < *hi) {
            *hi = at;
            *high = p;
        }
    }
}

/* ------------------------------------------------------------------ results */

static void tell_proof(const struct scapf_align *a, const struct proof *p, bool lower,
                       struct scapf_align_proof *t)
{
    const struct call *call = call_at(a, p->call);
    const struct who *who = call->who != 0 ? pool_at(&a->whos.items, call->who) : NULL;

    *t = (struct scapf_align_proof){.kind = (enum scapf_align_kind)p->kind,
                                    .offset_ns = p->ns,
                                    .packet = p->packet,
                                    .packet_ns = p->packet_ns,
                                    .enter = call->enter_no,
                                    .exit = call->exit_no,
                                    .event = lower ? call->exit_no : call->enter_no,
                                    .event_ns = lower ? call->exit_ns : call->enter_ns,
                                    .fd = call->fd,
                                    .pid = who != NULL ? who->pid : -1,
                                    .tid = who != NULL ? who->key.a : -1,
                                    .comm =
                                        who != NULL ? str_bytes(&a->strs, who->comm, NULL) : NULL,
                                    .call = call_name(a, call),
                                    .verified = (call->flags & CALL_VERIFIED) != 0};
}

static void set_interval(const struct scapf_align *a, struct scapf_align_result *r,
                         const struct proof *low, const struct proof *high)
{
    r->has_lo = low != NULL;
    r->has_hi = high != NULL;
    if (low != NULL) {
        tell_proof(a, low, true, &r->lower);
    }
    if (high != NULL) {
        tell_proof(a, high, false, &r->upper);
    }
    if (low != NULL && high != NULL) {
        r->mid_ns = r->lo_ns + (r->hi_ns - r->lo_ns) / 2;
    }
}

/* Does a constant offset satisfy them? */
static bool solve_constant(const struct scapf_align *a, const struct chosen *c,
                           struct scapf_align_result *r)
{
    r->lo_ns = c->lo != NULL ? c->lo->ns : 0;
    r->hi_ns = c->hi != NULL ? c->hi->ns : 0;
    set_interval(a, r, c->lo, c->hi);
    return c->lo == NULL || c->hi == NULL || r->lo_ns <= r->hi_ns;
}

/* Steeper than clocks can be is not looked at. */
static double within(double drift)
{
    const double limit = (double)DRIFT_MAX_PPB / 1e9;

    return drift > limit ? limit : drift < -limit ? -limit : drift;
}

static bool solve_drift(const struct scapf_align *a, const struct chosen *c,
                        struct scapf_align_result *r)
{
    double min;
    double max;
    double drift;
    const struct proof *low = NULL;
    const struct proof *high = NULL;

    if (r->span_ns < DRIFT_SPAN || !drift_range(c, &min, &max) || min * 1e9 > DRIFT_MAX_PPB ||
        max * 1e9 < -DRIFT_MAX_PPB) {
        return false;
    }
    r->drift_ppt = clamp((within(min) + within(max)) / 2 * 1e12);
    drift = (double)r->drift_ppt / 1e12; /* as whoever undoes it will have it */
    interval_at(c, r->at_ns, drift, &r->lo_ns, &r->hi_ns, &low, &high);
    if (r->lo_ns > r->hi_ns) { /* rounding of a range that is a single line */
        int64_t mid = r->hi_ns + (r->lo_ns - r->hi_ns) / 2;

        r->lo_ns = r->hi_ns = mid;
    }
    set_interval(a, r, low, high);
    r->drifts = r->has_drift = true;
    r->drift_lo_ppb = clamp(within(min) * 1e9);
    r->drift_hi_ppb = clamp(within(max) * 1e9);
    return true;
}

/* What drift a constant offset leaves room for, when that says anything. */
static void tell_drift(const struct chosen *c, struct scapf_align_result *r)
{
    double min;
    double max;

    if (r->span_ns >= DRIFT_SPAN && drift_range(c, &min, &max) && max - min < 2e-3) {
        r->has_drift = true;
        r->drift_lo_ppb = clamp(min * 1e9);
        r->drift_hi_ppb = clamp(max * 1e9);
    }
}

static bool solve(struct scapf_align *a, struct chosen *c, struct scapf_align_result *r)
{
    for (int worst = GRADE_WAKE; worst >= GRADE_SURE; worst--) {
        choose(a->bounds, (enum grade)worst, c);
        if (worst < GRADE_WAKE && (c->lo == NULL || c->hi == NULL)) {
            break; /* what contradicts is all there is on one side */
        }
        if (solve_constant(a, c, r)) {
            tell_drift(c, r);
            return true;
        }
        if (solve_drift(a, c, r)) {
            return true;
        }
        r->wakes_left = true;
        r->placed_left = worst < GRADE_WAKE;
    }
    r->wakes_left = r->placed_left = false;
    choose(a->bounds, GRADE_PLACED, c);
    if (c->lo == NULL || c->hi == NULL || c->lo->ns <= c->hi->ns) {
        choose(a->bounds, GRADE_WAKE, c);
    }
    (void)solve_constant(a, c, r);
    return false;
}

void bound_solve(struct scapf_align *a, struct scapf_align_result *r)
{
    const struct bounds *b = a->bounds;
    struct chosen *c = a->chosen;
    bool fits;

    *r = (struct scapf_align_result){.verdict = SCAPF_ALIGN_NO_MATCH,
                                     .n_lower = b->n_lower,
                                     .n_upper = b->n_upper,
                                     .verified = b->verified,
                                     .span_ns = b->last_ns - b->first_ns,
                                     .at_ns = b->first_ns + (b->last_ns - b->first_ns) / 2};
    memcpy(r->by_kind, b->by_kind, sizeof(r->by_kind));
    fits = solve(a, c, r);
    if (!r->has_lo && !r->has_hi) {
        return;
    }
    if (!fits) {
        r->verdict = SCAPF_ALIGN_EMPTY;
    } else if (!r->has_lo || !r->has_hi) {
        r->verdict = SCAPF_ALIGN_ONE_SIDED;
    } else if (b->n_lower + b->n_upper < a->min_evidence) {
        r->verdict = SCAPF_ALIGN_TOO_LITTLE;
    } else {
        r->verdict = SCAPF_ALIGN_SOLVED;
    }
}
