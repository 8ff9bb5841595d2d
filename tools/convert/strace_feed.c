/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a source. A line is shown where it lies in the source's window; it is copied only when
 * something has to be taken out of it (colours, hard blanks, CR) or when no line end follows it,
 * because the scanner wants one.
 */
#include <stdlib.h>

#include "strace_impl.h"

/* A first look ahead; doubled while no line end comes. */
#define LOOK ((size_t)64 * 1024)

void *set_resize(struct strace_set *set, void *p, size_t size)
{
    if (p == NULL && size == 0) {
        return NULL;
    }
    if (set->alloc != NULL) {
        return set->alloc->resize(set->alloc->ctx, p, size);
    }
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

/* Room for len bytes more. */
static bool buf_room(struct strace_set *set, struct text_buf *buf, size_t len)
{
    size_t cap = buf->cap < 512 ? 1024 : buf->cap * 2;
    char *grown;

    if (len <= buf->cap - buf->len) {
        return true;
    }
    while (cap - buf->len < len) {
        cap *= 2;
    }
    grown = set_resize(set, buf->p, cap);
    if (grown == NULL) {
        set->status = SCAPF_E_NOMEM;
        return false;
    }
    buf->p = grown;
    buf->cap = cap;
    return true;
}

bool buf_put(struct strace_set *set, struct text_buf *buf, const char *p, size_t len)
{
    if (len == 0) {
        return true;
    }
    if (!buf_room(set, buf, len)) {
        return false;
    }
    memcpy(buf->p + buf->len, p, len);
    buf->len += len;
    return true;
}

void buf_free(struct strace_set *set, struct text_buf *buf)
{
    if (buf->p != NULL) {
        (void)set_resize(set, buf->p, 0);
    }
    *buf = (struct text_buf){0};
}

/* Bytes of the next line without its end, and whether an end follows. */
static enum scapf_status find_end(struct strace_set *set, struct feed *feed, const char **p,
                                  size_t *len, size_t *window, bool *has_end)
{
    size_t min = 1;
    size_t done = 0;

    for (;;) {
        const uint8_t *bytes;
        size_t avail;
        const uint8_t *end;
        enum scapf_status status = scapf_src_peek(feed->src, min, &bytes, &avail, &set->diag);

        /* What came before the stream broke is delivered first. */
        if (status < 0 && avail == 0) {
            return status;
        }
        *p = (const char *)bytes;
        *window = avail;
        end = memchr(bytes + done, '\n', avail - done);
        *has_end = end != NULL;
        *len = end != NULL ? (size_t)(end - bytes) : avail;
        if (end != NULL || avail < min || avail > STRACE_MAX_LINE) {
            return avail == 0 ? SCAPF_END : SCAPF_OK;
        }
        done = avail;
        min = avail < LOOK ? LOOK : avail * 2;
    }
}

size_t feed_clean(char *to, const char *p, size_t len, uint32_t *hard)
{
    const char *end = p + len;
    bool all = hard != NULL && memchr(p, ' ', len) == NULL;
    bool quoted = false;
    bool escaped = false;
    char *at = to;

    while (p < end) {
        if (*p == '\033') {
            p++;
            if (p < end && *p == '[') {
                for (p++; p < end && (lex_is(*p, LEX_DIGIT) || *p == ';'); p++) {
                }
                p += p < end && *p == 'm';
            }
        } else if (hard != NULL && (all || !quoted) && end - p > 1 &&
                   memcmp(p, FEED_HARD_BLANK, 2) == 0) {
            *at++ = ' ';
            p += 2;
            ++*hard;
        } else {
            quoted ^= *p == '"' && !escaped;
            escaped = *p == '\\' && !escaped;
            *at++ = *p++;
        }
    }
    return (size_t)(at - to);
}

static bool copy_line(struct strace_set *set, const char *p, size_t len, uint32_t *hard)
{
    struct text_buf *to = &set->line_buf;

    to->len = 0;
    if (!buf_room(set, to, len + 1)) {
        return false;
    }
    to->len = feed_clean(to->p, p, len, hard);
    to->p[to->len++] = '\n';
    return true;
}

/* Does an ESC stand in the line? Several lines are looked at once, while they are in the cache. */
static bool has_esc(struct feed *feed, const char *p, size_t len, size_t window)
{
    const char *esc;

    if (feed->off + len <= feed->plain_to) {
        return false;
    }
    window = window < LOOK ? window : len < LOOK ? LOOK : len;
    esc = memchr(p, '\033', window);
    feed->plain_to = feed->off + (esc != NULL ? (uint64_t)(esc - p) : window);
    return esc != NULL && (size_t)(esc - p) < len;
}

enum scapf_status feed_line(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    bool has_end = false;
    bool esc, hard;
    size_t len = 0;
    size_t window = 0;
    enum scapf_status status = find_end(set, feed, &line->p, &len, &window, &has_end);

    if (status != SCAPF_OK) {
        return status;
    }
    *line = (struct raw_line){.p = line->p, .off = feed->off};
    line->taken = len + has_end;
    line->orig_len = len;
    line->too_long = len > STRACE_MAX_LINE;
    len = line->too_long ? STRACE_MAX_LINE : len;
    line->crlf = has_end && len > 0 && line->p[len - 1] == '\r';
    esc = has_esc(feed, line->p, len, window);
    hard = feed->hard_blanks && memmem(line->p, len, FEED_HARD_BLANK, 2) != NULL;
    line->len = len - line->crlf;
    if (line->crlf || esc || hard || line->too_long || !has_end) {
        if (!copy_line(set, line->p, line->len, hard ? &line->hard_blanks : NULL)) {
            return SCAPF_E_NOMEM;
        }
        line->changed = esc || line->hard_blanks > 0;
        line->p = set->line_buf.p;
        line->copied = true;
        line->len = set->line_buf.len - 1;
    }
    return SCAPF_OK;
}

/* The rest of a line that is too long to be kept; its length. */
static uint64_t skip_to_end(struct feed *feed)
{
    uint64_t skipped = 0;

    for (;;) {
        const uint8_t *bytes;
        const uint8_t *end;
        size_t avail;

        if (scapf_src_peek(feed->src, 1, &bytes, &avail, NULL) < 0 || avail == 0) {
            return skipped;
        }
        end = memchr(bytes, '\n', avail);
        avail = end != NULL ? (size_t)(end - bytes) : avail;
        skipped += avail;
        avail += end != NULL;
        scapf_src_skip(feed->src, avail);
        feed->off += avail;
        if (end != NULL) {
            return skipped;
        }
    }
}

uint64_t feed_take(struct feed *feed, const struct raw_line *line)
{
    scapf_src_skip(feed->src, line->taken);
    feed->off += line->taken;
    feed->line += 1 + line->more_lines;
    return line->too_long && line->taken == line->orig_len ? skip_to_end(feed) : 0;
}

size_t feed_behind(struct feed *feed, struct raw_line *line, size_t want, const char **p)
{
    const uint8_t *bytes;
    size_t avail;

    /* A break is met again, and told, when its place is read. */
    if (scapf_src_peek(feed->src, want, &bytes, &avail, NULL) < 0) {
        want = avail;
    }
    *p = (const char *)bytes;
    line->p = line->copied ? line->p : *p;
    return avail;
}
