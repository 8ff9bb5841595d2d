/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-profile.h - will this program open it, and what will it lose? Included by scapfmt.h.
 *
 * A profile is a reader: what each broken rule costs there, and how it walks through a capture.
 * Facts: pcapng 1.1, 1.3, 3, 4; scap 14 to 17.
 */
#ifndef SCAPFMT_PROFILE_H
#define SCAPFMT_PROFILE_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

enum scapf_profile {
    SCAPF_PROFILE_STRICT,         /* a reader that stops at the first error */
    SCAPF_PROFILE_SYSDIG_029,     /* sysdig 0.29, Debian 12 */
    SCAPF_PROFILE_SYSDIG_CURRENT, /* sysdig and Falco with libs 0.22 and later */
    SCAPF_PROFILE_WIRESHARK,      /* Wireshark and tshark 4.0 to 4.6: the worst of them */
    SCAPF_PROFILE_STRATOSHARK,    /* Stratoshark up to 0.9.9 */
    SCAPF_PROFILE_LIBPCAP,        /* libpcap 1.10: tcpdump */
    SCAPF_PROFILE_COUNT
};

/* What something costs in a reader, from harmless to worst. */
enum scapf_effect {
    SCAPF_EFFECT_NONE,
    SCAPF_EFFECT_LOSES, /* it reads on, but loses or misreads something */
    SCAPF_EFFECT_STOPS  /* it stops there with an error */
};

/* "sysdig-0.29"; static storage. NULL when there is no such profile. */
SCAPF_API const char *scapf_profile_name(enum scapf_profile profile);
/* "no effect", "loses", "stops"; static storage. NULL when there is no such effect. */
SCAPF_API const char *scapf_effect_name(enum scapf_effect effect);
/* What breaking this rule (an index, see scapf_rule_get()) costs in that reader. */
SCAPF_API enum scapf_effect scapf_profile_effect(enum scapf_profile profile, unsigned rule);

/* What a reader makes of a whole capture. */
struct scapf_verdict {
    enum scapf_effect effect; /* the worst of all */
    bool opens;               /* false: it stops before the first record it would show */
    unsigned rule;            /* where it stops, why; 0 = it reads to the end */
    uint64_t off;             /* and the byte offset in the uncompressed stream */
    const char *why;          /* the reason in words, static storage; NULL = it does not stop */
    uint64_t events, packets; /* in the file; an event that only closes a mixed file counts not */
    uint64_t events_shown, packets_shown; /* read, whatever its own filters hide then */
    uint64_t events_merged;  /* not shown and not lost: enter events merged into their exits */
    uint64_t events_unknown; /* lost: of codes this reader does not know */
    uint64_t events_flags;   /* lost: in event blocks that it passes over (with flags, ...) */
    uint64_t losses;         /* findings before it stops that lose or change something */
};

/* As scapf_check(), with the eyes of a reader: verdict receives what it makes of the capture. */
SCAPF_API_STATUS scapf_check_profile(struct scapf_src *src, const struct scapf_check_opts *opts,
                                     enum scapf_profile profile, scapf_report_fn report, void *ctx,
                                     struct scapf_verdict *verdict, struct scapf_ledger *ledger);

#ifdef __cplusplus
}
#endif

#endif
