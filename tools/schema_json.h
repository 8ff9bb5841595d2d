/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_json.h - the schema as JSON, one object an item.
 */
#ifndef SCAPFMT_SCHEMA_JSON_H
#define SCAPFMT_SCHEMA_JSON_H

#include "scapfmt.h"

void schema_json_event(const struct scapf_schema *s, const struct scapf_event_info *e,
                       struct scapf_json *json);
void schema_json_flag_set(const struct scapf_flag_set *set, struct scapf_json *json);
void schema_json_variant_set(const struct scapf_variant_set *set, struct scapf_json *json);
void schema_json_table(const struct scapf_table_info *t, struct scapf_json *json);
void schema_json_conversion(const struct scapf_schema *s, const struct scapf_conversion *row,
                            struct scapf_json *json);
void schema_json_name(const char *kind, uint32_t value, const char *name, struct scapf_json *json);
void schema_json_ia32(uint32_t nr, int16_t to, struct scapf_json *json);
void schema_json_syscall(const struct scapf_schema *s, const struct scapf_arch *arch,
                         const struct scapf_syscall *call, struct scapf_json *json);

#endif
