/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the words of Process Monitor: details of every operation, times, numbers, addresses. */
#include <stdlib.h>
#include <string.h>

#include "../tools/convert/pm_words.h"
#include "target.h"

/* A part lies in the detail, and what goes before it is its key. */
static void check_parts(const struct scapf_pm_row *row, struct pm_text detail)
{
    for (uint32_t i = 0; i < row->n_keys; i++) {
        size_t len = strlen(row->keys[i]);
        struct pm_text value;

        if (!pm_detail(row, detail, row->keys[i], &value)) {
            continue;
        }
        must(value.at >= detail.at + len + 1 && value.at + value.len <= detail.at + detail.len);
        must(memcmp(value.at - len - (value.at[-1] == ' ' ? 2 : 1), row->keys[i], len) == 0);
    }
}

/* The first byte chooses the operation. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    char *copy = malloc(size + 1);
    struct pm_text text = {copy, size > 0 ? size - 1 : 0};
    struct synth_end ends[2];
    enum pm_order order = PM_ORDER_UNKNOWN;
    enum pm_half half;
    int64_t ns = 0;
    int64_t value;
    uint64_t number;
    bool flag;

    if (copy == NULL || size == 0) {
        free(copy);
        return 0;
    }
    memcpy(copy, data + 1, size - 1); /* of its own, so that nothing is read beyond it */
    check_parts(&s->pm_rows[data[0] % s->n_pm_rows], text);
    if (pm_clock(text, &ns, &half)) {
        must(ns >= 0 && ns < PM_DAY);
    }
    if (pm_seconds(text, &ns)) {
        must(ns >= 0);
    }
    if (pm_date(text, false, &order, &flag, &value)) {
        must(value >= 0 && value < 84000 + 31);
    }
    if (pm_decimal(text, UINT32_MAX, &number)) {
        must(number <= UINT32_MAX);
    }
    (void)pm_number(text, &value);
    if (pm_ends(s, text, ends, &flag)) {
        must(flag && ends[0].family == ends[1].family);
    }
    free(copy);
    return 0;
}
