/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemagen_procmon.c - what events of Process Monitor become, as C.
 */
#include <inttypes.h>

#include "xml/schemagen.h"

static void put_words(FILE *out, const char *name, uint32_t i, const char *const *words, uint32_t n)
{
    if (n == 0) {
        return;
    }
    (void)fprintf(out, "static const char *const %s_%" PRIu32 "[] = {", name, i);
    for (uint32_t k = 0; k < n; k++) {
        (void)fputs(k > 0 ? ", " : "", out);
        schemagen_string(out, words[k]);
    }
    (void)fputs("};\n", out);
}

static void put_takes(FILE *out, const char *name, uint32_t i, const struct scapf_pm_take *from,
                      uint8_t n)
{
    if (n == 0) {
        return;
    }
    (void)fprintf(out, "static const struct scapf_pm_take %s_%" PRIu32 "[] = {\n", name, i);
    for (uint8_t k = 0; k < n; k++) {
        (void)fprintf(out, "    {%u, %" PRId64 ", ", from[k].how, from[k].value);
        schemagen_string(out, from[k].key);
        (void)fputs("},\n", out);
    }
    (void)fputs("};\n", out);
}

static void put_name(FILE *out, const char *name, uint32_t i, uint32_t n)
{
    if (n == 0) {
        (void)fputs("NULL", out);
    } else {
        (void)fprintf(out, "%s_%" PRIu32, name, i);
    }
}

static void put_row(FILE *out, uint32_t i, const struct scapf_pm_row *row)
{
    const struct {
        const char *member, *text;
    } texts[] = {{"operation", row->operation},
                 {"does", row->does},
                 {"when_key", row->when_key},
                 {"when", row->when},
                 {"category", row->category}};
    const struct {
        const char *member, *array;
        uint32_t n;
    } arrays[] = {{"also", "pm_also", row->n_also},
                  {"keys", "pm_keys", row->n_keys},
                  {"enter_from", "pm_enter", row->n_enter},
                  {"exit_from", "pm_exit", row->n_exit}};

    (void)fputs("    {", out);
    for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
        (void)fprintf(out, ".%s = ", texts[k].member);
        schemagen_string(out, texts[k].text);
        (void)fputs(", ", out);
    }
    for (size_t k = 0; k < sizeof(arrays) / sizeof(arrays[0]); k++) {
        (void)fprintf(out, ".%s = ", arrays[k].member);
        put_name(out, arrays[k].array, i, arrays[k].n);
        (void)fputs(", ", out);
    }
    (void)fprintf(out,
                  "\n     .n_also = %" PRIu32 ", .n_keys = %" PRIu32
                  ", .cls = %u, .code = %d, .minor = %d, .when_part = %d, .has_event = %d,"
                  " .has_enter = %d, .enter = %u, .exit = %u, .n_enter = %u, .n_exit = %u},\n",
                  row->n_also, row->n_keys, row->cls, (int)row->code, (int)row->minor,
                  row->when_part, row->has_event, row->has_enter, row->enter, row->exit,
                  row->n_enter, row->n_exit);
}

/* Arrays end with a spare item, so that an empty one is legal C. */
void schemagen_procmon(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_pm_rows; i++) {
        const struct scapf_pm_row *row = &s->pm_rows[i];

        put_words(out, "pm_also", i, row->also, row->n_also);
        put_words(out, "pm_keys", i, row->keys, row->n_keys);
        put_takes(out, "pm_enter", i, row->enter_from, row->n_enter);
        put_takes(out, "pm_exit", i, row->exit_from, row->n_exit);
    }
    (void)fputs("static const struct scapf_pm_row pm_rows[] = {\n", out);
    for (uint32_t i = 0; i < s->n_pm_rows; i++) {
        put_row(out, i, &s->pm_rows[i]);
    }
    (void)fputs("    {.operation = NULL},\n};\n\n"
                "static const struct scapf_pm_result pm_results[] = {\n",
                out);
    for (uint32_t i = 0; i < s->n_pm_results; i++) {
        (void)fputs("    {", out);
        schemagen_string(out, s->pm_results[i].text);
        (void)fprintf(out, ", 0x%08" PRIX32 ", %" PRIu32 ", %u},\n", s->pm_results[i].status,
                      s->pm_results[i].error, s->pm_results[i].as);
    }
    (void)fputs("    {NULL, 0, 0, 0},\n};\n\nstatic const struct scapf_pm_port pm_ports[] = {\n",
                out);
    for (uint32_t i = 0; i < s->n_pm_ports; i++) {
        (void)fputs("    {", out);
        schemagen_string(out, s->pm_ports[i].name);
        (void)fprintf(out, ", %u},\n", s->pm_ports[i].port);
    }
    (void)fputs("    {NULL, 0},\n};\n\n", out);
}
