/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-redact.h - records without what is nobody's business: environments, arguments, payload,
 * paths, addresses, names. Included by scapfmt.h, which it needs; a program includes that.
 *
 * Record in, record out. What is replaced gets a pseudonym that depends on the text and a key only:
 * equal texts stay equal, in tables and events, and without the key nobody can try out guesses.
 * Paths are replaced name by name, so that paths relative to a directory still lead to the same
 * file. What cannot be looked through (blocks and events that are not known, comments, secrets,
 * damaged records) does not come out.
 */
#ifndef SCAPFMT_REDACT_H
#define SCAPFMT_REDACT_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is taken out, a bit each. */
enum scapf_redact_what {
    SCAPF_REDACT_ENV = 1,        /* environments: emptied */
    SCAPF_REDACT_ARGS = 2,       /* words of command lines, and other texts of events */
    SCAPF_REDACT_BUFFERS = 4,    /* data that was read and written, payload of packets: zeroes */
    SCAPF_REDACT_PATHS = 8,      /* files, directories, programs, unix sockets */
    SCAPF_REDACT_ADDRESSES = 16, /* IP and hardware addresses; loopback and multicast are kept */
    SCAPF_REDACT_NAMES = 32,     /* of the machine, users, groups, interfaces, containers */
    SCAPF_REDACT_COMMS = 64,     /* short names of processes */
    SCAPF_REDACT_DEFAULT = 63,   /* all but the last */
    SCAPF_REDACT_ALL = 127
};
#define SCAPF_REDACT_KINDS 7

struct scapf_redact;

struct scapf_redact_opts {
    size_t size; /* sizeof(struct scapf_redact_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    unsigned what;                     /* enum scapf_redact_what bits; 0 = DEFAULT */
    const void *key;                   /* of the pseudonyms: equal keys, equal pseudonyms */
    size_t key_len;                    /* at least 1; 16 random bytes are good */
};

struct scapf_redact_counts {
    uint64_t replaced[SCAPF_REDACT_KINDS]; /* values, by the number of the bit */
    uint64_t options;                      /* comments and other options, left out */
    uint64_t unknown;                      /* parameters nobody knows, zeroed */
    uint64_t blocks;                       /* left out */
};

/* The word of a kind: "env", "args", "buffers", "paths", "addresses", "names", "comms"; NULL
 * behind the last. */
SCAPF_API const char *scapf_redact_kind(unsigned bit);
/* OK, E_USAGE without a key, or E_NOMEM. The key is copied. */
SCAPF_API_STATUS scapf_redact_new(const struct scapf_redact_opts *opts,
                                  struct scapf_redact **redact);
/* The record without it, valid until the next call. OK; END when nothing of it may be kept; or
 * E_NOMEM. Its offset and number are those of rec. */
SCAPF_API_STATUS scapf_redact_record(struct scapf_redact *redact, const struct scapf_record *rec,
                                     struct scapf_record *out);
SCAPF_API const struct scapf_redact_counts *scapf_redact_counts(const struct scapf_redact *redact);
/* NULL is fine. */
SCAPF_API void scapf_redact_free(struct scapf_redact *redact);

#ifdef __cplusplus
}
#endif

#endif
