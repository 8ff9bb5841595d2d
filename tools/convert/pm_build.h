/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_build.h - fields that are put together piece by piece. Their texts lie in one buffer that is
 * used again for the next event; names, and texts that stay where they are, are lent.
 */
#ifndef SCAPFMT_PM_BUILD_H
#define SCAPFMT_PM_BUILD_H

#include <string.h>

#include "pm.h"

#define PM_LEAF_MAX   (16u << 20) /* bytes of a value */
#define PM_RECORD_MAX (64u << 20) /* bytes of an event or process */
#define PM_NAME_MAX   256u        /* bytes of the name of a column */
#define PM_FIELDS_MAX 128u        /* columns of an event */

struct pm_fields {
    struct pm_field *at;
    uint32_t n, cap;
};

struct pm_build {
    const struct scapf_alloc *alloc;
    bool no_memory, too_long;
    char *buf;
    size_t len, cap;
    struct pm_fields own, more; /* columns; leaves of modules or frames */
};

void pm_build_reset(struct pm_build *b);
void pm_build_release(struct pm_build *b);
/* The room is not there: more of it for one more field, or for a piece of text. */
bool pm_build_more(struct pm_build *b, bool more);
char *pm_build_grow(struct pm_build *b, bool more, size_t len);

static inline bool pm_build_add(struct pm_build *b, bool more, struct pm_field field)
{
    struct pm_fields *list = more ? &b->more : &b->own;

    if (list->n == list->cap && !pm_build_more(b, more)) {
        return false;
    }
    list->at[list->n++] = field;
    return true;
}

/* Start a field; its text follows in pieces. The name is lent. False when there is no room. */
static inline bool pm_build_field(struct pm_build *b, bool more, enum pm_column column,
                                  uint16_t group, struct pm_text name)
{
    b->too_long = b->too_long || name.len > PM_NAME_MAX;
    if (name.len > PM_NAME_MAX || b->buf == NULL) {
        return false;
    }
    return pm_build_add(b, more,
                        (struct pm_field){(uint8_t)column, group, name, {b->buf + b->len, 0}});
}

/* A column whose text is lent, too. */
static inline bool pm_build_lent(struct pm_build *b, enum pm_column column, struct pm_text text)
{
    return pm_build_add(b, false,
                        (struct pm_field){(uint8_t)column, 0, pm_column_names[column], text});
}

/* Room for a piece of at most len bytes at the end of the field begun last; pm_build_used() says
 * how long it became. NULL when there is none. */
static inline char *pm_build_room(struct pm_build *b, bool more, size_t len)
{
    const struct pm_fields *list = more ? &b->more : &b->own;

    return list->n > 0 && len <= PM_LEAF_MAX - list->at[list->n - 1].text.len &&
                   len <= b->cap - b->len
               ? b->buf + b->len
               : pm_build_grow(b, more, len);
}

static inline void pm_build_used(struct pm_build *b, bool more, size_t len)
{
    const struct pm_fields *list = more ? &b->more : &b->own;

    list->at[list->n - 1].text.len += len;
    b->len += len;
}

static inline bool pm_build_text(struct pm_build *b, bool more, const char *text, size_t len)
{
    char *to = pm_build_room(b, more, len);

    if (to == NULL) {
        return false;
    }
    if (len > 0) {
        memcpy(to, text, len);
    }
    pm_build_used(b, more, len);
    return true;
}

/* The text of the field begun last is lent, too. True. */
static inline bool pm_build_lend(struct pm_build *b, bool more, struct pm_text text)
{
    const struct pm_fields *list = more ? &b->more : &b->own;

    list->at[list->n - 1].text = text;
    return true;
}

/* The columns of an event; of two with the same name the first counts. */
void pm_build_event(struct pm_build *b, struct pm_event *event);
void *pm_resize(const struct scapf_alloc *alloc, void *p, size_t size);

#endif
