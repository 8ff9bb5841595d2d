/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_rule.c - what is done with a parameter or field, by its name, and how often it was.
 */
#include <string.h>

#include "transform/redact.h"

void redact_count(struct scapf_redact *rd, unsigned what)
{
    for (unsigned bit = 0; bit < SCAPF_REDACT_KINDS; bit++) {
        if ((rd->what & what & 1u << bit) != 0) {
            rd->counts.replaced[bit]++;
            return;
        }
    }
}

const struct redact_rule *redact_find(const struct redact_rule *rules, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}
