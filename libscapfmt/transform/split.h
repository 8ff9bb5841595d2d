/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split.h - inside of a split: what its modules share.
 *
 *   split.c        sections, which record goes where
 *   split_files.c  the files, their names
 *   split_notes.c  the notes of the merge as files, parts and interfaces
 *   split_put.c    records as they were
 */
#ifndef SCAPF_TRANSFORM_SPLIT_H
#define SCAPF_TRANSFORM_SPLIT_H

#include "transform/merge_notes.h"

#define SPLIT_PARTS    65536u
#define SPLIT_IDS      65536u
#define SPLIT_NAME_LEN 200u             /* of a file, before it is made unique */
#define SPLIT_SHARED   (MERGE_NONE - 1) /* an interface of several parts */

/* A row of interfaces. */
struct split_ids {
    uint32_t first, out, n;
};

/* A time that is the second of two that became one. */
struct split_fix {
    uint32_t part;
    uint64_t number; /* of the time in its part, from 1 */
};

/* An interface as it was, with a coarser unit than in the merged file. */
struct split_unit {
    uint32_t id;
    uint8_t tsresol;
    size_t off, len; /* its description, in split->bytes */
};

/* A section of an input. */
struct split_part {
    uint32_t file, index; /* index: of its parts in the file */
    uint32_t out[2];      /* section of the merged file with its events, its packets */
    bool is_pcap, big_endian, lossy, joined, added;
    bool derived; /* no notes: what is in the section goes as it is */
    bool started;
    size_t header, header_len;    /* in split->bytes */
    uint32_t first_ids, n_ids;    /* in split->ids */
    uint32_t first_unit, n_units; /* in split->units, ascending */
    uint32_t first_at, n_at;      /* in split->moved */
    uint32_t at;                  /* next of them */
    uint64_t stayed;              /* records written that were not moved */
    uint32_t next_id;             /* next interface to be described */
    uint64_t n_secrets;           /* still to come at the front of the section */
    uint64_t tables_done;
    uint64_t times;        /* shifted back so far */
    uint32_t fix, end_fix; /* the next of split->fixes, behind its last one */
    struct out secrets;    /* at the front of the section, until it is their turn */
    size_t secrets_at;
};

struct scapf_split {
    const struct scapf_alloc *alloc;
    struct scapf_merge *m; /* its survey tells about sections */
    struct scapf_merge_input input;
    struct scapf_sink *nowhere;
    struct scapf_split_file *files;
    uint32_t n_files, cap_files;
    struct out names, bytes;
    size_t *name_at; /* of each file, in names */
    uint32_t cap_names;
    struct split_part *parts;
    uint32_t n_parts, cap_parts;
    struct split_ids *ids;
    uint32_t n_ids, cap_ids;
    struct split_unit *units;
    uint32_t n_units, cap_units;
    struct merge_moved *moved;
    uint32_t n_moved, cap_moved;
    struct split_fix *fixes; /* by part, then by number */
    uint32_t n_fixes, cap_fixes;
    struct out runs, tabs, fixed; /* packed streams */
    bool noted, lost;
    struct scapf_diag diag;
    /* while running */
    struct scapf_sink **sinks; /* of each file */
    uint32_t pass;
    struct scapf_src *run_src;
    uint32_t run_part;
    uint64_t run_len;
    uint32_t section;             /* of the merged file, at hand */
    uint32_t *owners, cap_owners; /* part of each of its interfaces */
    uint32_t n_owners;
    uint32_t n_here[2], last_here[2]; /* parts of this section by role, the last one */
    struct out idbs;                  /* interface blocks of this section */
    size_t *idb_at;
    uint32_t n_idb, cap_idb;
    struct out block;
};

/* Read the notes; split->noted tells whether there were any. */
enum scapf_status split_read_notes(struct scapf_split *s);
enum scapf_status split_room(struct scapf_split *s, void **items, uint32_t *cap, uint32_t used,
                             size_t size);
/* A file with this name, made safe and unique. */
enum scapf_status split_add_file(struct scapf_split *s, const char *name, size_t len);
enum scapf_status split_nomem(struct scapf_split *s);

/* The next number of a packed stream of notes. */
bool split_varint(struct scapf_src *src, uint64_t *v);
/* The next record of this part. */
enum scapf_status split_put(struct scapf_split *s, struct split_part *part,
                            const struct scapf_reader *reader, const struct scapf_record *rec);
/* Header and whatever else is still to be written of it. */
enum scapf_status split_end_part(struct scapf_split *s, struct split_part *part);

#endif
