/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.h - a reader walking through a capture beside the checks: what it shows, where it stops.
 */
#ifndef SCAPF_CHECK_PROFILE_H
#define SCAPF_CHECK_PROFILE_H

#include "base/diag.h"
#include "scapfmt.h"

/* The walk of one reader. */
struct walk {
    enum scapf_profile profile;
    scapf_report_fn report; /* the caller's */
    void *ctx;
    struct scapf_verdict v;
    bool stopped;
    bool events_stopped; /* no event is shown any more: the reader, or its libscap, stopped */
    bool any_section, in_events, any_iface, any_frame;
    bool opening; /* no event was read since the reader was opened, or opened anew */
    bool over;    /* it took what is at over_off for the end */
    uint64_t over_off;
    uint64_t claim_off;   /* of a block whose trailer it does not compare; claim_len 0 = none */
    uint64_t claim_len;   /* what its leading length says */
    uint8_t age;          /* of the event table it knows */
    uint64_t section_off; /* of the section at hand; and the counts when it began: */
    uint64_t section_events, section_packets, section_merged;
};

void walk_start(struct walk *w, enum scapf_compression packing);
/* A finding: handed on, and what it does to the reader. ctx is a struct walk. */
void walk_finding(void *ctx, const struct scapf_diag *diag);
/* A record, after its findings. */
void walk_record(struct walk *w, const struct scapf_record *rec);
/* Framing is lost as diag says, and what follows was searched for: no reader does that. */
void walk_lost(struct walk *w, const struct scapf_diag *diag);
/* The end. end: bytes read. */
void walk_end(struct walk *w, uint64_t end);

#endif
