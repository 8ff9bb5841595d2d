/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.h - fill diagnoses, and the one control-flow macro of the project.
 */
#ifndef SCAPF_BASE_DIAG_H
#define SCAPF_BASE_DIAG_H

#include "base/rules.h"
#include "scapfmt.h"

/* Return a negative status unchanged. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum scapf_status try_status_ = (call);                                                    \
        if (try_status_ < 0) {                                                                     \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* Functions that are called when something is wrong, or seldom: branches that lead to them are laid
 * out aside. */
#define COLD __attribute__((cold))
/* Functions on the way of every event, which are compiled once for each byte order. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Fill diag (may be NULL) and return status, so that a check is one return statement. The block's
 * ordinal and type are filled in by the reader, which knows them. */
COLD enum scapf_status diag_set(struct scapf_diag *diag, enum scapf_status status, enum rule rule,
                                uint64_t off, uint64_t got, uint64_t want);

#endif
