/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemagen.h - what the build-time generator prints.
 */
#ifndef SCAPF_XML_SCHEMAGEN_H
#define SCAPF_XML_SCHEMAGEN_H

#include <stdio.h>

#include "scapfmt-xml.h"

/* C source that defines scapf_schema_builtin(). */
void schemagen_tables(FILE *out, const struct scapf_schema *schema);
/* The arrays of that source with what events of Process Monitor become. */
void schemagen_procmon(FILE *out, const struct scapf_schema *schema);
/* A string literal, or NULL. */
void schemagen_string(FILE *out, const char *text);
/* man(7) text: layouts of the table blocks, with their documentation, and the list of events. */
void schemagen_man(FILE *out, const struct scapf_schema *schema);

#endif
