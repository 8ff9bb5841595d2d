/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_build.h - fields that are put together piece by piece: names and texts go into one buffer that
 * is used again for the next event, and become pointers when the event is complete.
 */
#ifndef SCAPFMT_PM_BUILD_H
#define SCAPFMT_PM_BUILD_H

#include "pm.h"

#define PM_LEAF_MAX   (16u << 20) /* bytes of a value */
#define PM_RECORD_MAX (64u << 20) /* bytes of an event or process */
#define PM_FIELDS_MAX 128u        /* columns of an event */

struct pm_part {
    uint8_t column;
    uint16_t group;
    size_t name, text;
    uint32_t name_len, text_len;
};

struct pm_parts {
    struct pm_part *parts;
    struct pm_field *fields;
    uint32_t n, cap;
};

struct pm_build {
    const struct scapf_alloc *alloc;
    bool no_memory, too_long;
    char *buf;
    size_t len, cap;
    struct pm_parts own, more; /* columns; leaves of modules or frames */
};

void pm_build_reset(struct pm_build *b);
void pm_build_release(struct pm_build *b);
/* Start a field; its text follows in pieces. False when there is no room. */
bool pm_build_field(struct pm_build *b, bool more, enum pm_column column, uint16_t group,
                    const char *name, size_t len);
bool pm_build_text(struct pm_build *b, bool more, const char *text, size_t len);
/* The fields as they stand; valid until the next reset. NULL when there is no memory. */
const struct pm_field *pm_build_fields(struct pm_build *b, bool more);
/* The columns of an event; of two with the same name the first counts. */
void pm_build_event(struct pm_build *b, struct pm_event *event);
void *pm_resize(const struct scapf_alloc *alloc, void *p, size_t size);

#endif
