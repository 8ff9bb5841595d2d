/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pieces.h - the files a slice goes to: one, or pieces that are begun where a size, a duration or
 * a number of records says so.
 */
#ifndef SCAPFMT_PIECES_H
#define SCAPFMT_PIECES_H

#include "run.h"

enum pieces_by { PIECES_ONE, PIECES_NUMBER, PIECES_SIZE, PIECES_DURATION };

struct pieces {
    enum pieces_by by;
    uint64_t limit; /* pieces, bytes or ns */
    int packing;    /* choice of PACK_CHOICES */
    enum scapf_compression packed;
    const char *folder; /* NULL: one file */
    char stem[256], suffix[32];
    char path[4352];
    unsigned n;      /* files begun */
    uint64_t total;  /* records in the capture, for PIECES_NUMBER */
    uint64_t seen;   /* records so far */
    uint64_t cuts;   /* PIECES_NUMBER: pieces begun */
    uint64_t end_ns; /* PIECES_DURATION: where the piece ends */
    bool has_end;
    struct scapf_sink *sink;
};

/* What one pass over a capture tells. */
struct pieces_survey {
    uint64_t records; /* events and packets */
    uint64_t last_ns; /* the latest time */
};

/* how NULL: one file. False when it is no number, size or duration. */
bool pieces_parse(struct pieces *p, const char *how, int packing);
bool pieces_need_survey(const struct pieces *p);
bool pieces_can_look(const char *path);
/* CLI_USAGE when the input cannot be read twice; other failures are reported. */
int pieces_look(const char *path, const struct cli_common *common, struct pieces_survey *survey);
void pieces_know(struct pieces *p, const struct pieces_survey *survey);
/* Begin the first file, named after the input when there are several. Failures are reported. */
int pieces_begin(struct pieces *p, const char *in, const char *out);
/* Before a record is put: let the slice go on in a new file when it is time. */
enum scapf_status pieces_before(struct pieces *p, struct scapf_slice *slice,
                                const struct scapf_record *rec);
/* The slice is finished: finish its file. */
enum scapf_status pieces_end(struct pieces *p, const struct scapf_slice *slice);
void pieces_release(struct pieces *p);

#endif
