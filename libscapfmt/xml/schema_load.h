/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_load.h - loading from memory, and the explanations in schema files: for the generator,
 * tests and fuzzing. Does not need libxml2's headers.
 */
#ifndef SCAPF_XML_SCHEMA_LOAD_H
#define SCAPF_XML_SCHEMA_LOAD_H

#include "scapfmt-xml.h"

/* A schema file: by path, or when bytes is not NULL by content. */
struct schema_input {
    const char *name;
    const void *bytes;
    size_t len;
};

/* The definition that schema files have to match, made ready: that takes longer than to load a
 * small file. NULL when there is no memory. One serves any number of loads, one after the other. */
struct schema_xsd *schema_xsd_new(void);
void schema_xsd_free(struct schema_xsd *xsd);

/* As scapf_schema_load_xml(). */
enum scapf_status schema_xml_load(const struct schema_input *inputs, size_t n_inputs,
                                  const struct scapf_xml_opts *opts, struct scapf_schema **schema);
/* The same with a definition that is there already. */
enum scapf_status schema_xml_load_by(struct schema_xsd *xsd, const struct schema_input *inputs,
                                     size_t n_inputs, const struct scapf_xml_opts *opts,
                                     struct scapf_schema **schema);
/* The explanation a table or field came with; NULL when it had none. Loaded schemas only. */
const char *schema_xml_doc(const struct scapf_schema *schema, const void *item);

#endif
