/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apart.h - captures that hold several, as an earlier merge makes them, as the captures they are
 * made of: in temporary files without names.
 */
#ifndef SCAPFMT_APART_H
#define SCAPFMT_APART_H

#include "again.h"

/* One of them. */
struct apart_part {
    struct again file; /* its path is what messages call it */
    const char *name;  /* that it had; lives as long as file */
    uint32_t clock;    /* parts of one number are on one clock */
    bool has_shift;    /* an earlier merge shifted its times: they are shifted back */
    struct scapf_shift shift;
};

struct apart {
    struct apart_part *parts;
    uint32_t n;
};

/* Take the capture apart. Failures are reported, also that something of it would be lost; then n is
 * 0. name is what parts nobody named are called after. clock is the first number for clocks. */
int apart_take(struct again *in, const char *name, uint32_t clock, struct apart *apart);
/* Free the array; files says: and what is in it. */
void apart_end(struct apart *apart, bool files);

#endif
