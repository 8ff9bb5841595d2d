/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown.h - what a printer makes of a capture in memory.
 */
#ifndef SCAPF_TESTS_SHOWN_H
#define SCAPF_TESTS_SHOWN_H

#include "scapfmt.h"

struct shown {
    enum scapf_status made;   /* of the printer */
    enum scapf_status put;    /* first that was not OK */
    enum scapf_status finish; /* of printer and sink */
    char *text;               /* NUL-ended; free with shown_release() */
    size_t len;
};

/* Print every record of the capture; alloc may be NULL. */
struct shown shown_make(const void *capture, size_t len, const struct scapf_printer_opts *opts,
                        const struct scapf_alloc *alloc);
void shown_release(struct shown *s);

#endif
