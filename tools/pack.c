/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <string.h>

static const struct {
    const char *suffix;
    enum scapf_compression packing;
} suffixes[] = {{".gz", SCAPF_GZIP}, {".zst", SCAPF_ZSTD}, {".zstd", SCAPF_ZSTD}};

#define N_SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

enum scapf_compression pack_of_name(const char *name, size_t *len)
{
    *len = strlen(name);
    for (size_t i = 0; i < N_SUFFIXES; i++) {
        size_t n = strlen(suffixes[i].suffix);

        if (*len >= n && memcmp(name + *len - n, suffixes[i].suffix, n) == 0) {
            *len -= n;
            return suffixes[i].packing;
        }
    }
    return SCAPF_PLAIN;
}

enum scapf_compression pack_choose(int choice, const char *name)
{
    static const enum scapf_compression packings[] = {SCAPF_PLAIN, SCAPF_PLAIN, SCAPF_GZIP,
                                                      SCAPF_ZSTD};
    size_t len;

    return choice != 0 ? packings[choice] : pack_of_name(name, &len);
}

const char *pack_suffix(enum scapf_compression packing)
{
    for (size_t i = 0; i < N_SUFFIXES; i++) {
        if (suffixes[i].packing == packing) {
            return suffixes[i].suffix;
        }
    }
    return "";
}
