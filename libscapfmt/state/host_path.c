/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_path.c - paths as calls name them, made to start from the root.
 */
#include "state/host.h"

#include <string.h>

struct path {
    char *buf;
    size_t size, len; /* len may go beyond size */
};

static void path_put(struct path *p, const char *bytes, size_t n)
{
    if (p->len + 1 < p->size) {
        size_t room = p->size - p->len - 1;

        memcpy(p->buf + p->len, bytes, n < room ? n : room);
    }
    p->len += n;
}

/* Append the components of a path, going up at "..". Beyond size the text is not at hand: what is
 * cut off is then only counted, and going up in it counts too little. */
static void path_add(struct path *p, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        const char *slash = memchr(text + i, '/', len - i);
        size_t n = slash != NULL ? (size_t)(slash - text) - i : len - i;

        if (n == 2 && text[i] == '.' && text[i + 1] == '.') {
            while (p->len > 0 && p->len <= p->size && p->buf[--p->len] != '/') {
            }
        } else if (n > 0 && !(n == 1 && text[i] == '.')) {
            path_put(p, "/", 1);
            path_put(p, text + i, n);
        }
        i += n + 1;
    }
}

size_t scapf_path_join(const char *dir, size_t dir_len, const char *name, size_t name_len,
                       char *buf, size_t size)
{
    struct path p = {.buf = buf, .size = size};

    if (name_len == 0 || name[0] != '/') {
        path_add(&p, dir, dir_len);
    }
    path_add(&p, name, name_len);
    if (p.len == 0) {
        path_put(&p, "/", 1);
    }
    if (size > 0) {
        buf[p.len < size ? p.len : size - 1] = '\0';
    }
    return p.len;
}

/* From the root, and without a component that would go: most are. */
static bool is_clean_path(const char *text, size_t len)
{
    const char *end = text + len;
    const char *slash = text;

    while (slash != NULL) {
        if (slash[0] != '/' || slash + 1 == end || slash[1] == '/' || slash[1] == '.') {
            return false;
        }
        slash = memchr(slash + 1, '/', (size_t)(end - slash) - 1);
    }
    return true;
}

/* A path that starts nowhere known stays as it is. */
uint32_t host_path(struct scapf_host *h, const char *dir, const void *name, size_t len)
{
    const char *text = name;
    size_t need;
    uint8_t *room;

    len = strnlen(text, len);
    if (len > 0 && is_clean_path(text, len)) {
        return str_put(&h->strs, text, len);
    }
    if (len == 0 || (text[0] != '/' && (dir == NULL || dir[0] != '/'))) {
        size_t skip = len > 2 && memcmp(text, "./", 2) == 0 ? 2 : 0;

        return str_put(&h->strs, text + skip, len - skip);
    }
    need = strlen(dir != NULL ? dir : "") + len + 3;
    out_clear(&h->scratch);
    room = out_room(&h->scratch, need);
    if (room != NULL) {
        h->scratch.len =
            scapf_path_join(dir, dir != NULL ? strlen(dir) : 0, text, len, (char *)room, need);
    }
    return host_scratch_str(h);
}
