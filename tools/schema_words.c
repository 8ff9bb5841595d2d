/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_words.c - values of the schema in the words its XML uses.
 */
#include "schema_show.h"

#include "cli.h"

/* [scap 10] Below this bit a category is one value, from it on single bits. */
#define CATEGORY_EVENT 0x200U

void schema_put_category(FILE *out, const struct scapf_schema *s, uint16_t category)
{
    const uint32_t low = category & (CATEGORY_EVENT - 1);
    const char *name = NULL;

    /* Two names can have one value; the last is the telling one (EC_IO_BASE, EC_IO_READ). */
    for (uint32_t i = 0; i < s->n_categories; i++) {
        if (s->categories[i].value == low) {
            name = s->categories[i].name;
        }
    }
    if (name != NULL) {
        fputs(name, out);
    } else {
        fprintf(out, "0x%x", low);
    }
    for (uint32_t i = 0; i < s->n_categories; i++) {
        if (s->categories[i].value >= CATEGORY_EVENT && (s->categories[i].value & category) != 0) {
            fprintf(out, " %s", s->categories[i].name);
        }
    }
}

void schema_put_event_flags(FILE *out, uint32_t flags)
{
    const char *blank = "";

    for (uint32_t bit = 1; bit != 0 && bit <= flags; bit <<= 1) {
        const char *name = (flags & bit) != 0 ? scapf_event_flag_name(bit) : NULL;

        if (name != NULL) {
            fprintf(out, "%s%s", blank, name);
            blank = " ";
        }
    }
    fputs(flags == 0 ? "-" : "", out);
}

const char *schema_action_name(uint8_t action)
{
    static const char *const names[] = {
        [SCAPF_CONV_PASS] = "pass",
        [SCAPF_CONV_STORE] = "store",
        [SCAPF_CONV_STORE_AND_PASS] = "store_and_pass",
        [SCAPF_CONV_ADD_PARAMS] = "add",
        [SCAPF_CONV_CHANGE_TYPE] = "change",
    };

    return action < CLI_COUNT_OF(names) ? names[action] : "?";
}

const char *schema_part_name(uint8_t part)
{
    static const char *const names[] = {
        [SCAPF_PART_HEAD] = "head",
        [SCAPF_PART_ENTRY] = "entry",
        [SCAPF_PART_TAIL] = "tail",
    };

    return part < CLI_COUNT_OF(names) ? names[part] : "?";
}

void schema_put_sources(FILE *out, const struct scapf_conversion *row)
{
    static const char *const names[] = {
        [SCAPF_FROM_OLD] = "old",           [SCAPF_FROM_ENTER] = "enter",
        [SCAPF_FROM_DEFAULT] = "default",   [SCAPF_FROM_EMPTY] = "empty",
        [SCAPF_FROM_CALLBACK] = "callback",
    };

    for (uint8_t i = 0; i < row->n_from; i++) {
        const struct scapf_conv_param *p = &row->from[i];

        fprintf(out, "%s%s", i > 0 ? " " : "", names[p->from]);
        if (p->from <= SCAPF_FROM_ENTER) {
            fprintf(out, ":%u%s", p->param, p->empty_if_no_enter ? ":empty" : "");
        }
    }
    fputs(row->n_from == 0 ? "-" : "", out);
}

void schema_put_cases(FILE *out, uint32_t cases)
{
    const char *blank = "";

    for (unsigned v = 0; v < 31; v++) {
        if ((cases >> v & 1) != 0) {
            fprintf(out, "%s%u", blank, v);
            blank = " ";
        }
    }
    if (cases >> 31 != 0) {
        fprintf(out, "%sother", blank);
    }
    fputs(cases == 0 ? "always" : "", out);
}
