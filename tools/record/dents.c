/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dents.c - directory entries, for which events have no parameter: as the line that strace(1) would
 * print, in a comment behind the event. Readers show it; `scapfmt convert -t json` takes it apart.
 */
#include <stdio.h>
#include <string.h>

#include "put.h"

#define ENTRY_HEAD 19u  /* [getdents64(2)] u64 ino, s64 off, u16 reclen, u8 type */
#define ENTRY_TEXT 150u /* longest text of an entry without its name */

/* [readdir(3)] */
static const char *const types[16] = {
    [0] = "DT_UNKNOWN", [1] = "DT_FIFO", [2] = "DT_CHR",   [4] = "DT_DIR", [6] = "DT_BLK",
    [8] = "DT_REG",     [10] = "DT_LNK", [12] = "DT_SOCK", [14] = "DT_WHT"};

/* As strace quotes: octal where it is no printable character. */
static size_t add_name(char *to, const uint8_t *name, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (name[i] == '"' || name[i] == '\\') {
            to[n++] = '\\';
            to[n++] = (char)name[i];
        } else if (name[i] >= ' ' && name[i] <= '~') {
            to[n++] = (char)name[i];
        } else {
            to[n++] = '\\';
            to[n++] = (char)('0' + (name[i] >> 6));
            to[n++] = (char)('0' + (name[i] >> 3 & 7));
            to[n++] = (char)('0' + (name[i] & 7));
        }
    }
    return n;
}

static size_t add_entry(char *to, size_t room, const uint8_t *at, size_t len, bool first)
{
    size_t name_len = strnlen((const char *)at + ENTRY_HEAD, len - ENTRY_HEAD);
    const char *type = at[18] < 16 ? types[at[18]] : NULL;
    size_t n;

    if (room < ENTRY_TEXT + 4 * name_len) {
        return 0;
    }
    n = (size_t)snprintf(to, room, "%s{d_ino=%llu, d_off=%lld, d_reclen=%u, d_type=%s, d_name=\"",
                         first ? "" : ", ", (unsigned long long)put_get(at, 8),
                         (long long)put_get(at + 8, 8), (unsigned)put_get(at + 16, 2),
                         type != NULL ? type : "DT_UNKNOWN");
    n += add_name(to + n, at + ENTRY_HEAD, name_len);
    memcpy(to + n, "\"}", 2);
    return n + 2;
}

size_t put_entries(struct put *p, const struct part *part, char *to, size_t room)
{
    uint32_t pos = 0;
    bool all = p->head.ret <= 0 || part->len >= (uint64_t)p->head.ret;
    size_t n;

    if (room < 256) {
        return 0;
    }
    n = (size_t)snprintf(to, room, "getdents64(%d, [", (int)p->head.args[0]);
    while (pos + ENTRY_HEAD < part->len) {
        uint32_t len = (uint32_t)put_get(part->at + pos + 16, 2);
        size_t added = 0;

        if (len > ENTRY_HEAD && len <= part->len - pos) {
            added = add_entry(to + n, room - n - 64, part->at + pos, len, pos == 0);
        }
        if (added == 0) {
            all = false;
            break;
        }
        n += added;
        pos += len;
    }
    p->counts->entries_cut += !all;
    n += (size_t)snprintf(to + n, room - n, "%s], %llu) = %lld",
                          all        ? ""
                          : pos == 0 ? "..."
                                     : ", ...",
                          (unsigned long long)(uint32_t)p->head.args[2], (long long)p->head.ret);
    return n;
}
