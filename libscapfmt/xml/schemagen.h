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
/* man(7) text: layouts of the table blocks, with their documentation, and the list of events. */
void schemagen_man(FILE *out, const struct scapf_schema *schema);

#endif
