/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_rec.c - an event in the making: its parameters and its comment, one after another.
 */
#include <endian.h>
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"
#include "synth_mem.h"

bool pm_room(struct pm_conv *c, struct synth_text *text, size_t len)
{
    if (len > text->cap) {
        size_t cap = len + len / 2;
        char *p = cap <= UINT32_MAX ? synth_resize(&c->s, text->at, cap) : NULL;

        if (p == NULL) {
            c->s.failed = true;
            return false;
        }
        text->at = p;
        text->cap = (uint32_t)cap;
    }
    return true;
}

struct pm_rec *pm_rec_new(struct pm_conv *c, uint16_t code, int64_t tid)
{
    struct pm_rec *rec = c->free_recs;

    if (rec == NULL) {
        rec = synth_calloc(&c->s, 1, sizeof(*rec));
    } else {
        c->free_recs = rec->next;
    }
    if (rec != NULL) {
        rec->next = NULL;
        rec->code = code;
        rec->tid = tid;
        rec->n = 0;
        rec->len = 0;
        rec->comment = 0;
    }
    return rec;
}

void pm_rec_free(struct pm_conv *c, struct pm_rec *rec)
{
    if (rec == NULL) {
        return;
    }
    if (rec->cap > 65536) {
        synth_free(&c->s, rec->bytes);
        rec->bytes = NULL;
        rec->cap = 0;
    }
    rec->next = c->free_recs;
    c->free_recs = rec;
}

uint8_t *pm_rec_grow(struct pm_conv *c, struct pm_rec *rec, size_t len)
{
    size_t used = (size_t)rec->len + rec->comment;
    size_t cap = rec->cap < 512 ? 1024 : rec->cap * 2;
    uint8_t *p;

    while (cap - used <= len) {
        cap *= 2;
    }
    p = synth_resize(&c->s, rec->bytes, cap);
    if (p == NULL) {
        return NULL;
    }
    rec->bytes = p;
    rec->cap = cap;
    return p + used;
}

void pm_rec_bytes(struct pm_conv *c, struct pm_rec *rec, const void *bytes, size_t len)
{
    uint8_t *to;

    len = len < PM_ROOM - rec->len ? len : PM_ROOM - rec->len;
    to = pm_rec_room(c, rec, len);
    if (to == NULL || rec->n == SCAPF_EVENT_PARAMS) {
        return;
    }
    if (len > 0) {
        memcpy(to, bytes, len);
    }
    pm_rec_end(rec, len);
}

void pm_rec_number(struct pm_conv *c, struct pm_rec *rec, uint64_t value, uint32_t size)
{
    value = htole64(value);
    pm_rec_bytes(c, rec, &value, size);
}

void pm_rec_text(struct pm_conv *c, struct pm_rec *rec, const char *text, size_t len, size_t max)
{
    const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
    uint8_t *to;

    max = max < PM_ROOM - rec->len - 1 ? max : PM_ROOM - rec->len - 1;
    len = nul != NULL ? (size_t)(nul - text) : len;
    len = pm_cut((struct pm_text){text, len}, max);
    to = pm_rec_room(c, rec, len + 1);
    if (to == NULL || rec->n == SCAPF_EVENT_PARAMS || rec->len + len + 1 > PM_ROOM) {
        return;
    }
    if (len > 0) {
        memcpy(to, text, len);
    }
    to[len] = 0;
    pm_rec_end(rec, len + 1);
}

char *pm_rec_comment_room(struct pm_conv *c, struct pm_rec *rec, size_t len)
{
    return rec->comment < PM_ROOM * 2048u ? (char *)pm_rec_room(c, rec, len) : NULL;
}

void pm_rec_comment(struct pm_conv *c, struct pm_rec *rec, const char *text, size_t len)
{
    char *to = pm_rec_comment_room(c, rec, len);

    if (to != NULL && len > 0) {
        memcpy(to, text, len);
        rec->comment += (uint32_t)len;
    }
}
