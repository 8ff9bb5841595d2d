/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_input.h - a text file as checked UTF-8, piece by piece: byte order marks and UTF-16 are taken
 * away, bytes that are no text stop the reading or (lenient) become U+FFFD and are counted.
 */
#ifndef SCAPFMT_PM_INPUT_H
#define SCAPFMT_PM_INPUT_H

#include "pm.h"

/* In the build for fuzzing small inputs meet the borders of pieces, too. */
#ifdef SCAPF_SMALL_TABLES
#define PM_PIECE 512u
#else
#define PM_PIECE 65536u
#endif

struct pm_input {
    struct scapf_src *src;
    const struct pm_read_opts *opts;
    struct pm_fault *fault;
    bool controls;      /* control characters are text (CSV) */
    uint8_t encoding;   /* 0 not known yet, 1 UTF-8, 2 UTF-16LE, 3 UTF-16BE */
    uint64_t off;       /* in the source, of the next byte */
    uint64_t line;      /* from 1, of the next byte */
    uint64_t piece_off; /* of the last piece */
    bool same;          /* the last piece lies byte for byte in the source */
    uint32_t n_buf;
    char buf[3 * PM_PIECE + 16];
};

void pm_input_init(struct pm_input *in, struct scapf_src *src, const struct pm_read_opts *opts,
                   struct pm_fault *fault);
/* The next piece, whole characters, valid until the next call. *len 0 at the end. False: fault. */
bool pm_input_next(struct pm_input *in, const char **piece, size_t *len);
/* The last piece was UTF-16. */
bool pm_input_wide(const struct pm_input *in);

#endif
