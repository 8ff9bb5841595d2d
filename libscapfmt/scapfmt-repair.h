/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-repair.h - save what is intact of a damaged capture. Included by scapfmt.h.
 *
 * What is whole is copied byte for byte. Where the framing is lost, the next block that can be one
 * is looked for; lengths are rebuilt where the body, or the place of the next block, proves them.
 * Blocks that break a rule of severity "error" are put right, or left out. Everything that was lost
 * or changed is told with its byte range.
 */
#ifndef SCAPFMT_REPAIR_H
#define SCAPFMT_REPAIR_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happened at a place: number, name, and whether bytes of the input are lost by it. */
/* clang-format off */
#define SCAPF_MENDS(X) \
    X(LOST_BYTES, true, "no block was found in these bytes") \
    X(LOST_BLOCK, true, "the block breaks a rule and cannot be put right") \
    X(LOST_CUT, true, "the block is cut off by the end of the input") \
    X(LOST_PACKED, true, "the packed stream is damaged here; unpacking goes on behind it") \
    X(LOST_FILE_HEADER, true, "the header of another capture file stood between records") \
    X(FRAME, false, "the lengths of the block were rebuilt") \
    X(SECTION_ADDED, false, "a section header was added: the one of these blocks is lost") \
    X(SECTION_HEADER, false, "the section header was put right") \
    X(SECTION_LENGTH, false, "the section length was set to unknown") \
    X(INTERFACE_ADDED, false, "an interface description was added: the one meant is lost") \
    X(INTERFACE_ID, false, "the interface id was changed to that of the interface in the output") \
    X(INTERFACE, false, "the interface description was put right") \
    X(OPTIONS, false, "the option list was written anew; options that break a rule are left out") \
    X(PADDING, false, "padding was set to zero") \
    X(PACKET_LENGTH, false, "captured or original length was set to what the block holds") \
    X(EVENT_LENGTH, false, "length or number of parameters was set to what the block holds") \
    X(EVENT_TYPE, false, "the block number was set to that of the layout of its event") \
    X(PARAMETER, false, "parameters that break their type were emptied or ended") \
    X(ENTRIES, false, "entries of a table or list that cannot be read were left out") \
    X(MACHINE, false, "the machine table was brought to its length") \
    X(SECRETS, false, "the secrets were put right") \
    X(TABLES_ADDED, false, "process list rebuilt from what events tell") \
    X(FILE_HEADER, false, "the file header was put right") \
    X(RECORD_HEADER, false, "the record header was put right") \
    X(FILE_HEADER_ADDED, false, "a file header was added: that of these records is lost; link type from what they hold, microseconds unless a fraction shows else") \
    X(FILE_HEADER_GUESSED, false, "a file header was added: that of these records is lost; link type unknown, microseconds unless a fraction shows else")
/* clang-format on */

enum scapf_mend {
#define X(name, lost, text) SCAPF_MEND_##name,
    SCAPF_MENDS(X)
#undef X
        SCAPF_MEND_COUNT
};

/* "lost-bytes", "frame", ...: for programs; and the sentence for people. Static storage. */
SCAPF_API const char *scapf_mend_name(enum scapf_mend mend);
SCAPF_API const char *scapf_mend_sentence(enum scapf_mend mend);
/* Does it mean that something of the input is not in the output? */
SCAPF_API bool scapf_mend_is_loss(enum scapf_mend mend);

/* One thing that was lost or changed. */
struct scapf_repair_note {
    enum scapf_mend mend;
    uint64_t off, len; /* the bytes of the unpacked input; len 0: something was added here */
    uint64_t raw_off, raw_len; /* LOST_PACKED: the bytes of the packed input */
    uint32_t block_type;       /* 0 = not known */
    struct scapf_diag diag;    /* the rule that was broken; rule 0 = none */
};

typedef void (*scapf_repair_fn)(void *ctx, const struct scapf_repair_note *note);

struct scapf_repair_opts {
    size_t size; /* sizeof(struct scapf_repair_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    uint32_t max_block;                /* bytes; 0 = 256 MiB */
    scapf_repair_fn report;            /* NULL = nobody listens */
    void *ctx;
};

struct scapf_repair_counts {
    uint64_t blocks;                  /* written, sections and added ones included */
    uint64_t kept;                    /* of these copied as they were */
    uint64_t changed, added;          /* of these changed; made up */
    uint64_t lost_blocks;             /* whole in the input, left out */
    uint64_t lost_bytes, lost_places; /* of the unpacked input, and in how many places */
    uint64_t packed_gaps;             /* places where the packed stream is damaged */
    uint64_t events, packets;         /* written */
    uint64_t bytes_in, bytes_out;     /* unpacked */
    uint64_t mends[SCAPF_MEND_COUNT]; /* how often what was done */
};

/* Read src to its end and write to sink what can be saved, as a capture in which scapf_check()
 * finds no error. Takes src over; sink stays the caller's to finish. A section length that is
 * stated is set to "unknown" and told, since it is not known beforehand whether it will still be
 * true: let scapf_check() look first, a capture without an error needs no repair. Returns OK when
 * the input was read to its end; E_FORMAT when nothing in it can be a capture: then nothing was
 * written; else what stopped it. counts (may be NULL) is filled in every case; so is diag (may be
 * NULL) with the reason of an error. */
SCAPF_API_STATUS scapf_repair(struct scapf_src *src, struct scapf_sink *sink,
                              const struct scapf_repair_opts *opts,
                              struct scapf_repair_counts *counts, struct scapf_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
