/* SPDX-License-Identifier: Apache-2.0 */
#include "bits.h"

#include <string.h>

#define ACCMODE    3 /* O_ACCMODE; O_RDONLY is none of its bits */
#define PPM_RDONLY 1

static const struct scapf_flag *named(const struct scapf_flag_set *set, const char *name)
{
    for (uint32_t i = 0; i < set->n_flags; i++) {
        if (strcmp(set->flags[i].name, name) == 0) {
            return &set->flags[i];
        }
    }
    return NULL;
}

uint64_t bits_translate(const struct scapf_flag_set *native, const struct scapf_flag_set *set,
                        uint64_t bits)
{
    uint64_t value = 0;

    if (native == NULL || set == NULL) {
        return bits;
    }
    for (uint32_t i = 0; i < native->n_flags; i++) {
        const struct scapf_flag *flag =
            native->flags[i].value == bits ? named(set, native->flags[i].name) : NULL;

        if (flag != NULL) {
            return flag->value;
        }
    }
    for (uint32_t i = 0; i < native->n_flags; i++) {
        uint32_t bit = native->flags[i].value;

        if (bit != 0 && (bits & bit) == bit) {
            const struct scapf_flag *flag = named(set, native->flags[i].name);

            bits &= ~(uint64_t)bit;
            value |= flag != NULL ? flag->value : 0;
        }
    }
    return value;
}

uint64_t bits_of_file(const struct scapf_flag_set *native, const struct scapf_flag_set *set,
                      uint64_t bits)
{
    uint64_t value = bits != 0 ? bits_translate(native, set, bits) : 0;

    return (bits & ACCMODE) == 0 ? value | PPM_RDONLY : value;
}

bool bits_zero(const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != 0) {
            return false;
        }
    }
    return true;
}
