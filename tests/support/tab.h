/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tab.h - decode a table record and encode it again.
 */
#ifndef SCAPF_TESTS_TAB_H
#define SCAPF_TESTS_TAB_H

#include "bytes/out.h"

/* Decode rec and write the body it has into o, unpadded. Returns how decoding ended (END when all
 * was well) or the first error of encoding; *rows counts the rows, *diag has the finding. */
enum scapf_status tab_again(const struct scapf_record *rec, const struct scapf_schema *schema,
                            struct out *o, unsigned *rows, struct scapf_diag *diag);

#endif
