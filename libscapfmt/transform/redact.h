/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - inside of redacting: what its modules share.
 *
 *   redact.c        kinds of records, blocks made anew
 *   redact_text.c   pseudonyms
 *   redact_rule.c   rules by name, counts
 *   redact_event.c  parameters of events
 *   redact_table.c  rows of tables
 *   redact_packet.c packets
 */
#ifndef SCAPF_TRANSFORM_REDACT_H
#define SCAPF_TRANSFORM_REDACT_H

#include "bytes/out.h"
#include "scapfmt.h"

/* What is done with a text or bytes. */
enum redact_how {
    REDACT_KEEP,
    REDACT_TEXT,    /* a path or a word: name by name */
    REDACT_LIST,    /* such, each ended by a NUL */
    REDACT_EMPTY,   /* nothing left */
    REDACT_ZERO,    /* as many zeroes */
    REDACT_CGROUPS, /* a list of "subsystem=path" */
    REDACT_ID,      /* of a container: hexadecimal stays so */
    REDACT_JSON     /* what describes a container */
};

/* By the name of a parameter or a field. */
struct redact_rule {
    const char *name;
    unsigned what; /* enum scapf_redact_what bits, one of which has to be asked for */
    enum redact_how how;
};

struct scapf_redact {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    unsigned what;
    uint64_t key[2];
    struct scapf_redact_counts counts;
    bool is_pcap;      /* the section at hand */
    struct out block;  /* the record that comes out */
    struct out values; /* parameters, or texts of a row */
    struct scapf_event event;
    struct scapf_packet packet;
    struct scapf_table table; /* too large for a stack frame */
    struct scapf_row row;
};

/* Does the policy ask for one of these kinds? */
static inline bool redact_wants(const struct scapf_redact *rd, unsigned what)
{
    return (rd->what & what) != 0;
}

/* Count one value of the first kind in what that is asked for. */
void redact_count(struct scapf_redact *rd, unsigned what);
/* The rule with this name, or NULL. */
const struct redact_rule *redact_find(const struct redact_rule *rules, size_t n, const char *name);

/* ------------------------------------------------------------------ redact_text.c */

void redact_set_key(struct scapf_redact *rd, const void *key, size_t len);
/* Append what stands for n bytes. Texts are without their NUL, lists with theirs. */
void redact_put(const struct scapf_redact *rd, struct out *o, enum redact_how how,
                const uint8_t *bytes, size_t n);
/* Replace an address where it stands: 4, 6 (hardware) or 16 bytes. */
void redact_address(const struct scapf_redact *rd, uint8_t *addr, size_t n);

/* ------------------------------------------------------------------ the parts */

/* Each appends the block to rd->block, its length and trailer included. END: leave it out. */
enum scapf_status redact_event(struct scapf_redact *rd, const struct scapf_record *rec);
enum scapf_status redact_table(struct scapf_redact *rd, const struct scapf_record *rec);
/* Change the bytes of a packet where they stand. */
void redact_packet(struct scapf_redact *rd, uint16_t link_type, uint8_t *bytes, size_t captured,
                   size_t original);

#endif
