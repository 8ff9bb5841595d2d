/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.h - `merge --align` and `--annotate`: the clocks of the inputs, and who sent each packet.
 *
 * Inputs with events and inputs with packets are compared, each with each; one that has both, or
 * events of several machines, has to be taken apart before. From the input whose clock stays the
 * others are reached over the pairs that were solved, and get their shift.
 */
#ifndef SCAPFMT_ALIGN_TOOL_H
#define SCAPFMT_ALIGN_TOOL_H

#include "run.h"

struct align_opts {
    const char *how;       /* NULL or "none", "auto", "REFERENCE=FILE", or seconds */
    const char *reference; /* path of the input whose clock stays; NULL = the first with events */
    bool annotate;
    int drift; /* 0: undo one that has to be; 1: shift by one offset all the same */
};

/* Inputs by what they are. */
enum align_what { ALIGN_NEITHER, ALIGN_EVENTS, ALIGN_PACKETS };

struct align_input {
    const char *path;
    uint32_t clock; /* inputs of one number have one clock */
    enum align_what what;
    uint32_t number; /* among those of its kind */
    bool reached;    /* its shift is known */
    struct scapf_shift shift;
};

/* Events of one input. */
struct align_host {
    uint32_t input;
    struct scapf_align *align;
    struct scapf_machine machine; /* it was recorded on */
};

/* Whose process has a number. */
struct align_pid {
    uint32_t pid, host;
};

/* What packets of one input say about the events of another. */
struct align_pair {
    struct scapf_align_result result;
    struct scapf_align_counts counts;
};

struct align {
    struct align_opts opts;
    const struct cli_common *common;
    struct scapf_merge_input *merge;
    struct align_input *inputs;
    uint32_t n_inputs, reference;
    uint32_t mixed; /* first input that has to be taken apart; n_inputs = none has */
    struct align_host *hosts;
    uint32_t n_hosts, n_files; /* inputs with events, with packets */
    struct align_pair *pairs;  /* n_hosts x n_files */
    bool automatic, fixed;
    int64_t fixed_ns; /* packets minus events */
    /* align_notes.c */
    char *comment; /* of several hosts, joined */
    size_t comment_size;
    uint8_t *blocks;
    size_t blocks_size;
    struct align_pid *pids; /* ascending */
    size_t n_pids, pids_size;
    uint32_t section;    /* of the output */
    uint64_t pids_taken; /* packets without process number: it stands for another host's process */
};

/* Is there anything to do? */
bool align_wanted(const struct align_opts *opts);
/* An input in the words of the caller. */
struct align_source {
    const char *path;
    uint32_t clock;
};

/* Look at the inputs, fill in their shifts, say what was found. Must be called before the merge is
 * made; sources[i] is that of inputs[i]. Returns an exit code, everything was reported. Nothing is
 * done when an input is mixed. */
int align_begin(struct align *a, const struct cli_spec *spec, const struct align_opts *opts,
                const struct cli_common *common, struct scapf_merge_input *inputs,
                const struct align_source *sources, uint32_t n);
/* scapf_merge_hook_fn with a struct align: comments and process numbers. */
enum scapf_status align_hook(void *ctx, const struct scapf_merge_item *item,
                             struct scapf_merge_addition *add);
void align_end(struct align *a);

/* align_notes.c: the clocks are known as well as they were solved or told; else they are taken as
 * equal. */
int align_begin_notes(struct align *a);

/* align_report.c: a pair in words; why it was not solved. */
void align_say_pair(const struct align *a, uint32_t host, uint32_t file);
void align_say_failure(const struct align *a, uint32_t host, uint32_t file);
/* All pairs and shifts as the value of a key. */
void align_json(const struct align *a, struct scapf_json *json);

#endif
