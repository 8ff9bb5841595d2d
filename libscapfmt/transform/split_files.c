/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split_files.c - the files a split makes: their names, and room for them and all else.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "transform/split.h"

enum scapf_status split_nomem(struct scapf_split *s)
{
    return diag_set(&s->diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
}

enum scapf_status split_room(struct scapf_split *s, void **items, uint32_t *cap, uint32_t used,
                             size_t size)
{
    return mem_room(s->alloc, items, cap, used, size) ? SCAPF_OK : split_nomem(s);
}

static bool name_is_taken(const struct scapf_split *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_files; i++) {
        if (strcmp((const char *)s->names.bytes + s->name_at[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Names come from a file: no folder, nothing hidden or odd, and without a suffix of packing. */
static void safe_name(const char *name, size_t len, char *buf)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n < SPLIT_NAME_LEN; i++) {
        uint8_t c = (uint8_t)name[i];
        bool odd = c == '/' || c < ' ' || c == 0x7F || (n == 0 && c == '.');

        buf[n] = odd ? '_' : (char)c;
        n++;
    }
    buf[n] = '\0';
    if (n > 3 && strcmp(buf + n - 3, ".gz") == 0) {
        buf[n - 3] = '\0';
    } else if (n > 4 && strcmp(buf + n - 4, ".zst") == 0) {
        buf[n - 4] = '\0';
    }
    if (buf[0] == '\0') {
        memcpy(buf, "_", 2);
    }
}

enum scapf_status split_add_file(struct scapf_split *s, const char *name, size_t len)
{
    char first[SPLIT_NAME_LEN + 1];
    char unique[SPLIT_NAME_LEN + 16];

    safe_name(name, len, first);
    (void)snprintf(unique, sizeof(unique), "%s", first);
    for (unsigned i = 2; name_is_taken(s, unique); i++) {
        (void)snprintf(unique, sizeof(unique), "%u-%s", i, first);
    }
    TRY(split_room(s, (void **)&s->files, &s->cap_files, s->n_files, sizeof(*s->files)));
    TRY(split_room(s, (void **)&s->name_at, &s->cap_names, s->n_files, sizeof(*s->name_at)));
    s->files[s->n_files] = (struct scapf_split_file){.noted = false};
    s->name_at[s->n_files] = s->names.len;
    out_bytes(&s->names, unique, strlen(unique) + 1);
    s->n_files++;
    return out_status(&s->names) == SCAPF_OK ? SCAPF_OK : split_nomem(s);
}
