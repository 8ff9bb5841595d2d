/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_near.c - what a word that nobody knows was meant to be.
 */
#include <string.h>

#include "filter/filter.h"

#define WORD_MAX 32u

/* Number of letters to insert, delete or replace. */
static unsigned distance(const char *a, size_t a_len, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t len = strlen(b);

    if (a_len > WORD_MAX || len > WORD_MAX) {
        return WORD_MAX;
    }
    for (unsigned j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < a_len; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i + 1;
        for (size_t j = 1; j <= len; j++) {
            unsigned replace = diagonal + (a[i] != b[j - 1]);
            unsigned change = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

            diagonal = row[j];
            row[j] = replace < change ? replace : change;
        }
    }
    return row[len];
}

const char *filter_nearest(const char *word, size_t len, const char *(*get)(const void *, size_t),
                           const void *ctx)
{
    const char *best = NULL;
    const char *name;
    unsigned best_distance = len < 4 ? 2 : 4; /* more changes make another word */

    for (size_t i = 0; (name = get(ctx, i)) != NULL; i++) {
        unsigned d = distance(word, len, name);

        if (name[0] != '\0' && d < best_distance) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}
