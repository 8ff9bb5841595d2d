/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_help.h - load schemas in tests, keep their faults, find what is in them.
 */
#ifndef TESTS_SUPPORT_SCHEMA_HELP_H
#define TESTS_SUPPORT_SCHEMA_HELP_H

#include "scapfmt-xml.h"

/* The first fault of a load, and how many there were. */
struct faults {
    unsigned n, line;
    char file[128], message[256];
};

/* A scapf_xml_report_fn for struct faults. */
void faults_add(void *ctx, const char *file, unsigned line, const char *message);
/* Load files over base (may be NULL). */
enum scapf_status schema_load(const char *const *paths, size_t n, const struct scapf_schema *base,
                              struct faults *f, struct scapf_schema **schema);
/* All files the built-in schema is made of, in the order of their names or backwards. Asserts. */
struct scapf_schema *schema_load_all(bool backwards);
/* A text over base. Asserts that it has no fault. */
struct scapf_schema *schema_load_text(const char *text, const struct scapf_schema *base);

/* NULL when there is none. */
const struct scapf_event_info *schema_event(const struct scapf_schema *s, const char *symbol);
const struct scapf_table_info *schema_table(const struct scapf_schema *s, const char *name);

#endif
