/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - strings that many items share: equal ones are stored once and counted.
 *
 * A text is named by a number, 0 = none (not known). It lives in a pool of its size class, so that
 * freed ones make room for others. A blob is a buffer of one owner in the same pools.
 *
 * A server opens the same files again and again: the last texts that lost their owners rest, to be
 * found when they are wanted once more.
 */
#ifndef SCAPF_STATE_STR_H
#define SCAPF_STATE_STR_H

#include "state/pool.h"

#define STR_CLASSES    16
#define STR_CLASS_BITS 4
#define STR_HEAD       8u
#define STR_BLOB       0x80000000u /* in the length: not in the index */
#define STR_RESTS      0x40000000u /* likewise: is among the resting ones, whoever owns it now */
#define STR_RESTING    32u

struct strs {
    struct budget *budget;
    struct pool pools[STR_CLASSES];
    uint64_t seed;
    uint32_t *slots; /* texts by hash */
    uint32_t n_slots, live;
    uint32_t resting[STR_RESTING];
    uint32_t rested; /* how many came to rest so far */
};

void strs_init(struct strs *t, struct budget *b);
void strs_release(struct strs *t);
/* The text of these bytes, counted once more. 0 when there is no memory. */
uint32_t str_put(struct strs *t, const void *bytes, size_t len);
/* The text of these bytes if there is one, else 0. Not counted. */
uint32_t str_find(const struct strs *t, const void *bytes, size_t len);
/* A buffer of len bytes; 0 when there is no memory. Freed with str_drop(). */
uint32_t str_blob(struct strs *t, size_t len);
/* The bytes of a blob, and how many fit there. */
uint8_t *str_room(const struct strs *t, uint32_t blob, size_t *room);

/* How a text begins; the bytes of one of the largest class stand behind a pointer. */
struct str_text {
    uint32_t owners;
    uint32_t len;
};

struct str_large {
    struct str_text head;
    uint8_t *bytes;
};

static inline struct str_text *str_item(const struct strs *t, uint32_t text)
{
    return pool_at(&t->pools[text & (STR_CLASSES - 1)], text >> STR_CLASS_BITS);
}

static inline uint32_t str_len(const struct str_text *s)
{
    return s->len & ~(STR_BLOB | STR_RESTS);
}

static inline uint8_t *str_place(const struct strs *t, uint32_t text)
{
    struct str_text *s = str_item(t, text);

    return (text & (STR_CLASSES - 1)) == STR_CLASSES - 1 ? ((struct str_large *)s)->bytes
                                                         : (uint8_t *)s + STR_HEAD;
}

/* One more owner; 0 is fine. */
static inline uint32_t str_keep(struct strs *t, uint32_t text)
{
    if (text != 0) {
        str_item(t, text)->owners++;
    }
    return text;
}

/* Its last owner left. */
void str_rest(struct strs *t, uint32_t text);

/* One owner less; 0 is fine. */
static inline void str_drop(struct strs *t, uint32_t text)
{
    if (text != 0 && --str_item(t, text)->owners == 0) {
        str_rest(t, text);
    }
}

/* The bytes of a text, NUL-ended; NULL for 0. len may be NULL. */
static inline const char *str_bytes(const struct strs *t, uint32_t text, uint32_t *len)
{
    if (len != NULL) {
        *len = text != 0 ? str_len(str_item(t, text)) : 0;
    }
    return text != 0 ? (const char *)str_place(t, text) : NULL;
}

#endif
