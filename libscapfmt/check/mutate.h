/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate.h - inside of mutation: what its modules share.
 *
 *   mutate.c         tries the ways there are to break a rule, and takes the first that breaks it
 *                    alone; the validator judges
 *   mutate_rows.c    the table: a row or more for each rule, or why there is none
 *   mutate_edit.c    which records a row is for; how an edit begins and ends
 *   mutate_ops.c     what rows do to blocks, options and whole files
 *   mutate_scap.c    what rows do to events and tables
 *   mutate_random.c  changes at random
 */
#ifndef SCAPF_CHECK_MUTATE_H
#define SCAPF_CHECK_MUTATE_H

#include "base/rules.h"
#include "bytes/out.h"
#include "scapfmt.h"

#define MUTATE_ALSO 3

/* A record of the capture. */
struct mutate_rec {
    uint64_t off;
    size_t len;
    uint32_t type;
    enum scapf_kind kind;
    bool big_endian;
    bool is_pcap;
    uint32_t opt_at; /* where its options start, in the block; where they would when it has none */
    uint32_t opt_len;
    bool has_options; /* its kind can have options */
};

/* What a row is applied to, one after another. */
enum mutate_target {
    ON_FILE, /* once */
    ON_BLOCK,
    ON_SHB,
    ON_IDB,
    ON_EPB,
    ON_PB,
    ON_SPB,
    ON_PACKET,
    ON_NRB,
    ON_ISB,
    ON_DSB,
    ON_CUSTOM,
    ON_JOURNAL,
    ON_DARWIN,
    ON_EVENT,
    ON_MI,
    ON_PL,
    ON_FDL,
    ON_IL,
    ON_UL,
    ON_TABLE,
    ON_OPTIONS, /* any block that can have options */
    ON_PCAP_HEADER,
    ON_PCAP_RECORD
};

struct mutate;
struct mutate_row;

/* Do the edit on record i. False when it does not apply there. */
typedef bool (*mutate_fn)(struct mutate *m, size_t i, const struct mutate_row *row,
                          unsigned variant);

struct mutate_row {
    uint16_t rule;
    uint8_t target; /* enum mutate_target */
    bool backward;  /* the last place first: what stands behind it may not be read any more */
    uint8_t variants;
    uint16_t also[MUTATE_ALSO]; /* rules that are broken along with it */
    mutate_fn fn;
    uint32_t a, b; /* what fn takes: offset, code, type; width, length */
    uint64_t value;
    const char *bytes; /* b of them */
    const char *what;
};

struct mutate {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    const uint8_t *in;
    size_t len;
    struct mutate_rec *recs;
    size_t n;
    bool is_pcap, is_scap;
    /* The edit: in[at, at + old_len) becomes with. */
    size_t at, old_len;
    struct out with;
    bool whole; /* with is the whole file, packed */
};

/* The rows; and why a rule has none (NULL when it has). */
const struct mutate_row *mutate_rows(size_t *n);
const char *mutate_never(unsigned rule);

/* Start the edit of a record with a copy of it. */
void mutate_copy(struct mutate *m, size_t i);
/* Start an insertion before record i (n: at the end). */
void mutate_insert(struct mutate *m, size_t i);
/* Fill both lengths of the block that is all of with. */
void mutate_frame(struct mutate *m);
/* End the block: padding and trailer, then both lengths. False when there was no memory. */
bool mutate_end(struct mutate *m);
/* Set a number in with. */
void mutate_set(struct mutate *m, size_t at, uint32_t width, uint64_t value);
bool mutate_is(const struct mutate *m, size_t i, enum mutate_target target);
/* Index of the first record of the section of record i that is no section header and no interface
 * description. */
size_t mutate_behind_interfaces(const struct mutate *m, size_t i);

/* mutate_ops.c */
bool mop_set(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_or(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_add(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_shrink(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_option(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_options_raw(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_options_end(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_insert(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_again(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_interfaces(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_append(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_cut(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_swap_frame(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_padding(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_new_section(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_move_back(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_snaplen(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_ticks(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_obsolete(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_stats_time(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_stats_before(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_name(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_secrets(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_journal(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_pack(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);

/* mutate_scap.c */
bool mop_event_set(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_flags(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_param(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_count(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_length(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_code(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_event_pointer(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_later(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_cell(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_entry(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);
bool mop_delete(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant);

#endif
