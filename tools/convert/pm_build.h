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
    size_t end;                       /* text goes up to before it; len: no field is open */
    struct pm_field *open;            /* the field begun last, in either list */
    struct pm_fields own, more;       /* columns; leaves of modules or frames */
    uint8_t col[PM_COLUMN_COUNT + 1]; /* the first of own of a column, from 1 */
};

void pm_build_reset(struct pm_build *b);
void pm_build_release(struct pm_build *b);
/* The room is not there: more of it for one more leaf of more, or for a piece of text. */
bool pm_build_more(struct pm_build *b);
char *pm_build_grow(struct pm_build *b, size_t len);

/* One more field, without a text. NULL when there is no room; no field is open then. */
static inline struct pm_field *pm_build_add(struct pm_build *b, bool more, enum pm_column column,
                                            struct pm_text name)
{
    struct pm_fields *list = more ? &b->more : &b->own;
    struct pm_field *field;

    b->end = b->len;
    if (list->n == list->cap && (!more || !pm_build_more(b))) {
        b->too_long = b->too_long || !more; /* there is room for as many as may be */
        return NULL;
    }
    field = &list->at[list->n++];
    field->column = (uint8_t)column;
    field->name = name;
    if (!more && b->col[column] == 0) {
        b->col[column] = (uint8_t)list->n;
    }
    return field;
}

/* Where the text of a field has to end that begins at start. */
static inline size_t pm_build_end(const struct pm_build *b, size_t start)
{
    return b->cap - start <= PM_LEAF_MAX ? b->cap : start + PM_LEAF_MAX + 1;
}

/* Start a field; its text follows in pieces. The name is lent. False when there is no room; no
 * field is open then. */
static inline bool pm_build_field(struct pm_build *b, bool more, enum pm_column column,
                                  uint16_t group, struct pm_text name)
{
    struct pm_field *field =
        b->buf != NULL && name.len <= PM_NAME_MAX ? pm_build_add(b, more, column, name) : NULL;

    if (field == NULL) {
        b->end = b->len; /* what is put now belongs to no field, not to the one before */
        b->too_long = b->too_long || name.len > PM_NAME_MAX;
        return false;
    }
    field->group = group;
    field->text = (struct pm_text){b->buf + b->len, 0};
    b->open = field;
    b->end = pm_build_end(b, b->len);
    return true;
}

/* A column whose text is lent, too. */
static inline void pm_build_lent(struct pm_build *b, enum pm_column column, struct pm_text text)
{
    struct pm_field *field = pm_build_add(b, false, column, pm_column_names[column]);

    if (field != NULL) {
        field->group = 0;
        field->text = text;
    }
}

/* Room for a piece of at most len bytes at the end of the open field; pm_build_used() says how long
 * it became. NULL when there is none. */
static inline char *pm_build_room(struct pm_build *b, size_t len)
{
    return len < b->end - b->len ? b->buf + b->len : pm_build_grow(b, len);
}

static inline void pm_build_used(struct pm_build *b, size_t len)
{
    b->open->text.len += len;
    b->len += len;
}

static inline bool pm_build_text(struct pm_build *b, const char *text, size_t len)
{
    char *to = pm_build_room(b, len);

    if (to == NULL) {
        return false;
    }
    if (len > 0) {
        memcpy(to, text, len);
    }
    pm_build_used(b, len);
    return true;
}

/* The text of the open field is lent, too. True. */
static inline bool pm_build_lend(struct pm_build *b, struct pm_text text)
{
    b->open->text = text;
    b->end = b->len;
    return true;
}

/* The columns of an event; of two with the same name the first counts. */
static inline void pm_build_event(const struct pm_build *b, struct pm_event *event)
{
    event->fields = b->own.at;
    event->n_fields = b->own.n;
    event->frames = b->more.at;
    event->n_frames = b->more.n;
    event->col = b->col;
}

void *pm_resize(const struct scapf_alloc *alloc, void *p, size_t size);

#endif
