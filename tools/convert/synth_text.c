/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_text.c - memory of a synth, texts that it keeps, and paths without detours.
 */
#include <stdlib.h>
#include <string.h>

#include "synth.h"
#include "synth_mem.h"

void *synth_resize(struct synth *s, void *p, size_t size)
{
    void *q = s->alloc != NULL ? s->alloc->resize(s->alloc->ctx, p, size)
              : size == 0      ? (free(p), NULL)
                               : realloc(p, size);

    s->failed = s->failed || (q == NULL && size > 0);
    return q;
}

void *synth_zalloc(struct synth *s, size_t size)
{
    return synth_calloc(s, 1, size);
}

void *synth_calloc(struct synth *s, size_t n, size_t size)
{
    void *p = n == 0 || size <= SIZE_MAX / n ? synth_resize(s, NULL, n * size) : NULL;

    if (p != NULL) {
        memset(p, 0, n * size);
    }
    return p;
}

void synth_free(struct synth *s, void *p)
{
    if (p != NULL) {
        (void)synth_resize(s, p, 0);
    }
}

bool synth_set(struct synth *s, struct synth_text *text, const char *at, size_t len)
{
    if (len > text->cap) {
        size_t cap = len < 32 ? 32 : len + len / 2;
        char *p = cap <= UINT32_MAX ? synth_resize(s, text->at, cap) : NULL;

        if (p == NULL) {
            s->failed = true;
            return false;
        }
        text->at = p;
        text->cap = (uint32_t)cap;
    }
    if (len > 0) {
        memmove(text->at, at, len);
    }
    text->len = (uint32_t)len;
    return true;
}

void synth_text_drop(struct synth *s, struct synth_text *text)
{
    synth_free(s, text->at);
    *text = (struct synth_text){0};
}

/* Put one component behind what is there: "." nothing, ".." one back. */
static void step(struct synth_text *out, const char *part, size_t len)
{
    if (len == 0 || (len == 1 && part[0] == '.')) {
        return;
    }
    if (len == 2 && part[0] == '.' && part[1] == '.') {
        while (out->len > 0 && out->at[--out->len] != '/') {
        }
        return;
    }
    out->at[out->len++] = '/';
    memmove(out->at + out->len, part, len);
    out->len += (uint32_t)len;
}

static void steps(struct synth_text *out, const char *path, size_t len)
{
    while (len > 0) {
        const char *slash = memchr(path, '/', len);
        size_t n = slash != NULL ? (size_t)(slash - path) : len;

        step(out, path, n);
        n += slash != NULL;
        path += n;
        len -= n;
    }
}

bool synth_path(struct synth *s, struct synth_text *out, const struct synth_text *dir,
                const char *name, size_t len)
{
    bool absolute = len > 0 && name[0] == '/';
    size_t room = len + (absolute || dir == NULL ? 0 : dir->len) + 2;

    if (!absolute && (dir == NULL || dir->len == 0 || dir->at[0] != '/')) {
        return false;
    }
    if (room > out->cap) {
        char *p = room <= UINT32_MAX ? synth_resize(s, out->at, room) : NULL;

        if (p == NULL) {
            s->failed = true;
            return false;
        }
        out->at = p;
        out->cap = (uint32_t)room;
    }
    out->len = 0;
    if (!absolute) {
        steps(out, dir->at, dir->len);
    }
    steps(out, name, len);
    if (out->len == 0) {
        out->at[out->len++] = '/';
    }
    return true;
}
