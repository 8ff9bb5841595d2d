/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-xml.h - load schemas from XML at run time (library scapfmt-xml, needs libxml2).
 */
#ifndef SCAPFMT_XML_H
#define SCAPFMT_XML_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Called for each fault found while loading: file, line (0 = none) and what is wrong there. */
typedef void (*scapf_xml_report_fn)(void *ctx, const char *file, unsigned line,
                                    const char *message);

struct scapf_xml_opts {
    size_t size;                     /* sizeof(struct scapf_xml_opts) */
    const struct scapf_alloc *alloc; /* of the schema, not of libxml2 */
    const struct scapf_schema *base; /* files overlay this one; NULL = start from nothing */
    scapf_xml_report_fn report;      /* may be NULL */
    void *ctx;
    bool unique; /* a definition in two files is a fault instead of an override */
};

/*
 * Read, validate (XSD, then the semantic rules) and compile schema files, in order; later files
 * add to and override earlier ones and base. Returns E_IO, E_FORMAT or E_NOMEM after having
 * reported every fault. *schema is the caller's; it borrows from base, which must outlive it.
 */
SCAPF_API SCAPF_MUST_USE enum scapf_status scapf_schema_load_xml(const char *const *paths,
                                                                 size_t n_paths,
                                                                 const struct scapf_xml_opts *opts,
                                                                 struct scapf_schema **schema);
/* Free a loaded schema. NULL is fine. */
SCAPF_API void scapf_schema_free(struct scapf_schema *schema);

#ifdef __cplusplus
}
#endif

#endif
