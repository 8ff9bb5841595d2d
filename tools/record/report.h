/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what a recording has to say of itself: how much it saw, what is lost, what is cut. */
#ifndef SCAPFMT_RECORD_REPORT_H
#define SCAPFMT_RECORD_REPORT_H

#include "decode.h"
#include "probe.h"
#include "proc.h"

struct report {
    struct probe_totals probe;
    struct rec_decode_counts decode;
    struct proc_losses proc;
    uint64_t early;    /* records of before the tables, of threads that are not in them */
    uint64_t not_held; /* times that --lossless could not hold the command */
};

/* All numbers, for the event that ends the capture. */
void report_numbers(const struct report *r, char *to, size_t size);
/* What is lost, as a sentence. False when nothing is. */
bool report_losses(const struct report *r, char *to, size_t size);
/* What is there but not whole, as a sentence. False when everything is. Answers of the kernel that
 * were cut to what was asked for, or lay on pages that were not there, are everyday and not among
 * them. */
bool report_gaps(const struct report *r, char *to, size_t size);

#endif
