/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-mutate.h - malformed captures to test readers with. Included by scapfmt.h.
 *
 * Two ways: break exactly one rule, proved by scapf_check(); or change fields at random, with
 * lengths that stay right so that the change reaches code behind the framing.
 */
#ifndef SCAPFMT_MUTATE_H
#define SCAPFMT_MUTATE_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A capture that rules are broken in. */
struct scapf_mutator;

/* The whole capture, unpacked; it is copied. E_FORMAT when it is damaged: a mutant of it would
 * break more than one rule. diag (may be NULL) says where. */
SCAPF_API_STATUS scapf_mutator_new(const void *bytes, size_t len, const struct scapf_alloc *alloc,
                                   struct scapf_mutator **mutator, struct scapf_diag *diag);

/* A capture with one rule broken. */
struct scapf_mutant {
    const uint8_t *bytes; /* the mutator's, until the next call on it */
    size_t len;
    struct scapf_diag
        finding; /* what scapf_check() says of it, and not of the capture it is from */
    uint64_t at, old_len, new_len; /* the bytes of the capture that were replaced, by how many */
    uint64_t companions; /* findings of rules that cannot but be broken along with this one */
    const char *what;    /* what was done; static storage */
};

/* Break this rule. OK; END when it cannot be broken in this capture, *why (static storage) says
 * why; E_USAGE when there is no such rule; E_NOMEM. */
SCAPF_API_STATUS scapf_mutate_rule(struct scapf_mutator *mutator, unsigned rule,
                                   struct scapf_mutant *mutant, const char **why);
/* NULL is fine. */
SCAPF_API void scapf_mutator_free(struct scapf_mutator *mutator);

/* Is there a way to break the rule? NULL when there is; else why no file can break it. */
SCAPF_API const char *scapf_mutate_never(unsigned rule);

struct scapf_random_opts {
    size_t size; /* sizeof(struct scapf_random_opts) */
    uint64_t seed;
    uint32_t depth;    /* changes, one upon the other; 0 = 1 */
    bool keep_framing; /* block types and lengths stay right; else a few are broken, too */
};

/* One change that was made. */
struct scapf_random_change {
    const char *what; /* static storage */
    uint64_t off, len;
};

/* Change len bytes of a capture (any bytes are taken) in place, within max bytes; returns the new
 * length. changes (may be NULL) receives up to n_changes of them, *n_made their number. The same
 * bytes and options give the same result everywhere. Fit to be libFuzzer's custom mutator. */
SCAPF_API size_t scapf_mutate_random(uint8_t *bytes, size_t len, size_t max,
                                     const struct scapf_random_opts *opts,
                                     struct scapf_random_change *changes, size_t n_changes,
                                     size_t *n_made);

#ifdef __cplusplus
}
#endif

#endif
