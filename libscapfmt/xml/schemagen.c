/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemagen.c - build-time program: schema files in, C tables or manual page text out.
 *
 *     schemagen tables FILE...   the tables of the built-in schema as C
 *     schemagen man FILE...      the layouts of the table blocks and the list of events as man(7)
 *
 * The output depends on nothing but the content of the files: no dates, no paths, stable order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml/schemagen.h"

static void report(void *ctx, const char *file, unsigned line, const char *message)
{
    (void)ctx;
    if (line > 0) {
        (void)fprintf(stderr, "%s:%u: error: %s\n", file, line, message);
    } else {
        (void)fprintf(stderr, "%s: error: %s\n", file, message);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out, const struct scapf_schema *schema);
    } modes[] = {
        {"tables", schemagen_tables},
        {"man", schemagen_man},
    };
    const struct scapf_xml_opts opts = {.size = sizeof(opts), .report = report, .unique = true};
    struct scapf_schema *schema;
    size_t mode = 0;

    while (mode < 2 && (argc < 3 || strcmp(argv[1], modes[mode].name) != 0)) {
        mode++;
    }
    if (mode == 2) {
        (void)fprintf(stderr, "usage: schemagen tables|man FILE...\n");
        return 2;
    }
    if (scapf_schema_load_xml((const char *const *)argv + 2, (size_t)argc - 2, &opts, &schema) !=
        SCAPF_OK) {
        return 1;
    }
    modes[mode].print(stdout, schema);
    scapf_schema_free(schema);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        perror("schemagen");
        return 3;
    }
    return 0;
}
