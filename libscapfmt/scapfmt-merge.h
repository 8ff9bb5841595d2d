/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-merge.h - several captures as one, in time order. Included by scapfmt.h, which it needs;
 * a program includes that.
 */
#ifndef SCAPFMT_MERGE_H
#define SCAPFMT_MERGE_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ merging */

/* Captures become one: their packets and events by time, those of equal time in the order of the
 * inputs, those of one input in the order they have there. Inputs are read more than once: first
 * what they are, then record by record; memory does not depend on their length. */
struct scapf_merge;

/* Make a fresh reader at the start of an input; the caller of the function frees it. */
typedef enum scapf_status (*scapf_open_fn)(void *ctx, struct scapf_reader **reader);

/* What is added to the time of every packet, event and statistics block. */
struct scapf_shift {
    int64_t ns;
    uint64_t err_ns;   /* known to so much on either side; 0 = exact, or not known */
    int64_t drift_ppt; /* and so many parts in 10^12 of the time that passed since at_ns, before
                          which it is taken away; at most SCAPF_DRIFT_MAX_PPT either way */
    uint64_t at_ns;    /* of the input's own clock */
};

#define SCAPF_DRIFT_MAX_PPT INT64_C(1000000000)

struct scapf_merge_input {
    const char *name; /* what comments call it; no folder */
    scapf_open_fn open;
    void *ctx;
    bool has_shift; /* the shift was found or asked for: the output says so */
    struct scapf_shift shift;
};

enum scapf_layout {
    SCAPF_LAYOUT_COMPAT,  /* a section for the events of each host, then one for the packets, closed
                             by an event nobody shows: every reader opens all of it [pcapng 4.3] */
    SCAPF_LAYOUT_TIMELINE /* one section by time: Wireshark and this library only */
};

/* A packet or event that is about to be written. */
struct scapf_merge_item {
    uint32_t input;                    /* index in the inputs */
    const struct scapf_reader *reader; /* of the input: section and interfaces */
    const struct scapf_record *rec;    /* as in the input: its byte order, its times */
    uint32_t section;                  /* of the output: they are written one after another */
    uint64_t number; /* of the packet among the packets, or event among the events of its input */
    bool has_ts;
    uint64_t ts_ns; /* with the shift */
};

/* What is to be added to it; all zero when the hook is called. What it points to has to live until
 * the next call of the hook. */
struct scapf_merge_addition {
    bool has_pid; /* packets: epb_processid_threadid, instead of one that is there */
    uint32_t pid, tid;
    const char *comment; /* an option behind those that are there; of events inside their block */
    size_t comment_len;
    const uint8_t *blocks; /* packets: whole little-endian blocks to go before it */
    size_t blocks_len;
};

typedef enum scapf_status (*scapf_merge_hook_fn)(void *ctx, const struct scapf_merge_item *item,
                                                 struct scapf_merge_addition *addition);
/* Called for every record that is read, or once for several; reader is the one they came from. */
typedef void (*scapf_merge_tick_fn)(void *ctx, const struct scapf_reader *reader);

struct scapf_merge_opts {
    size_t size; /* sizeof(struct scapf_merge_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    enum scapf_layout layout;
    bool dedup;       /* leave out what another input has too: equal time, bytes, interface */
    bool one_snaplen; /* all interfaces get the largest snap length: libpcap wants them equal */
    bool no_secrets;  /* leave decryption secrets out */
    bool hasty; /* inputs that begin as nothing but packets are not surveyed to their end. When
                   one turns out to hold more, run gives E_UNSUPPORTED with rule MERGE_SURPRISE:
                   begin anew without haste, in a new sink */
    scapf_merge_hook_fn hook; /* may be NULL */
    void *hook_ctx;
    scapf_merge_tick_fn tick; /* may be NULL */
    void *tick_ctx;
};

/* What was seen of an input. */
struct scapf_merge_input_info {
    uint32_t sections, interfaces;
    uint32_t foreign; /* of the sections: of a version nobody knows, they are left out */
    uint64_t events, packets, tables, others;
    uint64_t back;    /* records with a time before that of an earlier one of their kind; they */
    uint64_t back_ns; /* keep their place. By how much at most */
    bool noted;       /* it is the result of an earlier merge, which says what it is made of */
    uint64_t damaged; /* blocks that cannot be read */
    struct scapf_diag first_damage;
    enum scapf_status status; /* not OK: reading stopped early, see diag */
    struct scapf_diag diag;
};

/* What became of it. */
struct scapf_merge_counts {
    uint64_t events, packets, others; /* written */
    uint32_t hosts;                   /* whose events they are */
    uint32_t gaps;          /* in what was recorded of one: what follows has its own tables */
    uint32_t gaps_unsought; /* begins of captures with more state than is held to look for one */
    uint32_t packet_sections;
    uint32_t apart;         /* sections that could not be joined with others */
    uint32_t procs_apart;   /* times a number of a process would have stood for another one, and */
    uint32_t other_pid;     /* kept sections apart; the first such number */
    uint64_t pids_taken;    /* packets whose process number was not added: it stands for another */
    uint64_t interfaces;    /* written */
    uint64_t united;        /* interfaces of inputs that are one with an equal one */
    uint64_t disagree;      /* interfaces of equal name that differ: kept apart */
    char disagree_name[64]; /* the first of those */
    uint32_t link_types;    /* different ones: 0, 1, or 2 for more than one; known behind the */
    uint32_t snaplens;      /* survey, as are snap lengths */
    uint16_t other_link_type[2]; /* the first two of them */
    uint64_t duplicates;         /* left out on request */
    uint64_t converted;          /* big-endian blocks written little-endian */
    uint64_t obsolete;           /* packet blocks that became enhanced ones */
    uint64_t from_pcap;          /* records of classic pcap that became blocks */
    uint64_t rounded;            /* times shifted to the nearest unit of their interface */
    uint64_t unshifted;          /* times that would have left their range */
    uint64_t rows_joined;        /* rows of tables an earlier table has too */
    uint64_t rows_differ;        /* of them those that say something else */
    uint64_t rows_told;          /* of later tables, not true at the start: events tell of them */
    uint64_t no_copy;            /* left out: blocks and options that forbid to be copied, */
    uint64_t secrets;            /* secrets, when asked for, */
    uint64_t damaged;            /* packets and events that cannot be read, */
    uint64_t foreign;            /* blocks of sections of an unknown version, */
    uint64_t unknown_order;      /* blocks whose insides nobody can convert, */
    uint64_t header_options;     /* options of section headers, */
    uint64_t between;            /* blocks between events, where readers stop, */
    uint64_t closing;            /* closing events of earlier merges, replaced by our own, */
    uint64_t comments;           /* comments that do not fit their block */
};

/* Make a merge of n inputs into sink, which stays the caller's. The inputs and their names must
 * live as long as the merge. opts may be NULL. Reads nothing yet. E_USAGE for a drift beyond its
 * limit. */
SCAPF_API_STATUS scapf_merge_new(struct scapf_sink *sink, const struct scapf_merge_input *inputs,
                                 uint32_t n, const struct scapf_merge_opts *opts,
                                 struct scapf_merge **merge);
/* Read what the inputs are. OK; what is wrong with one is in its info, and what could be read of it
 * is merged. E_UNSUPPORTED when the layout has no room for them: rule MERGE_HOSTS. */
SCAPF_API_STATUS scapf_merge_survey(struct scapf_merge *merge);
/* Write all of it. Calls scapf_merge_survey() when that was not done. */
SCAPF_API_STATUS scapf_merge_run(struct scapf_merge *merge);
/* Did run end because it was hasty? */
SCAPF_API bool scapf_merge_was_hasty(const struct scapf_merge *merge);
/* Valid after the survey; lives as long as the merge. NULL when there is no such input. */
SCAPF_API const struct scapf_merge_input_info *
scapf_merge_input_info(const struct scapf_merge *merge, uint32_t input);
SCAPF_API const struct scapf_merge_counts *scapf_merge_counts(const struct scapf_merge *merge);
/* Why a call failed; NULL when none did. */
SCAPF_API const struct scapf_diag *scapf_merge_diag(const struct scapf_merge *merge);
/* NULL is fine. */
SCAPF_API void scapf_merge_free(struct scapf_merge *merge);

/* ------------------------------------------------------------------ splitting */

/* The reverse: a merged capture becomes the files it was made of. A merge leaves notes for that;
 * in a file without them (made by another program, or by cat) every section becomes a file, or two
 * when it has both events and packets. */
struct scapf_split;

struct scapf_split_file {
    const char *name; /* without folder; unique among the files, safe as a name */
    bool noted;       /* the notes tell of it */
    bool exact;       /* it is as it was, byte for byte */
    bool is_pcap;     /* a classic pcap */
    bool has_shift;   /* the merge shifted its times; they are shifted back */
    struct scapf_shift shift;
    uint64_t events, packets, others; /* written, known behind scapf_split_run() */
};

/* Make the sink of a file; it stays the caller's, to be finished when all is written. */
typedef enum scapf_status (*scapf_split_open_fn)(void *ctx, uint32_t file,
                                                 struct scapf_sink **sink);

/* open makes readers of the merged capture, several times; name is what files without notes are
 * called after. Reads the capture once. alloc and schema may be NULL. */
SCAPF_API_STATUS scapf_split_new(scapf_open_fn open, void *ctx, const char *name,
                                 const struct scapf_schema *schema, const struct scapf_alloc *alloc,
                                 struct scapf_split **split);
/* File i, or NULL behind the last. Lives as long as the split. */
SCAPF_API const struct scapf_split_file *scapf_split_file(const struct scapf_split *split,
                                                          uint32_t i);
/* To be called before it is run: files that were classic pcap become pcapng when their packets got
 * something that pcap has no room for, as comments. */
SCAPF_API void scapf_split_keep_options(struct scapf_split *split);
/* Write all files. */
SCAPF_API_STATUS scapf_split_run(struct scapf_split *split, scapf_split_open_fn open, void *ctx);
/* What was seen of the merged capture. */
SCAPF_API const struct scapf_merge_input_info *scapf_split_info(const struct scapf_split *split);
/* Why a call failed; NULL when none did. */
SCAPF_API const struct scapf_diag *scapf_split_diag(const struct scapf_split *split);
/* NULL is fine. */
SCAPF_API void scapf_split_free(struct scapf_split *split);

/* ------------------------------------------------------------------ one time line */

/* A capture by time although its sections are not, as those of a merged file: events and packets
 * are read side by side. */
struct scapf_timeline;

struct scapf_timeline_item {
    const struct scapf_reader *reader;
    const struct scapf_record *rec; /* until the next call */
    uint32_t lane, n_lanes; /* records of a lane are in the order of the file; see them as a capture
                               of their own */
    bool uncertain; /* the record before is of the other clock, and not further away than the clocks
                       are known to each other: it may have been the other way round */
};

/* As scapf_split_new(). */
SCAPF_API_STATUS scapf_timeline_new(scapf_open_fn open, void *ctx, const char *name,
                                    const struct scapf_schema *schema,
                                    const struct scapf_alloc *alloc,
                                    struct scapf_timeline **timeline);
/* What the file was made of, with the shifts of the clocks. Lives as long as the time line. */
SCAPF_API const struct scapf_split *scapf_timeline_files(const struct scapf_timeline *timeline);
/* Are there events and packets, and not in one section? Else the order of the file is as good. */
SCAPF_API bool scapf_timeline_is_needed(const struct scapf_timeline *timeline);
/* The next record. OK, END or an error. */
SCAPF_API_STATUS scapf_timeline_next(struct scapf_timeline *timeline,
                                     struct scapf_timeline_item *item);
/* NULL is fine. */
SCAPF_API void scapf_timeline_free(struct scapf_timeline *timeline);

#ifdef __cplusplus
}
#endif

#endif
