/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const param_types[] = {
#define X(number, name, size) [number] = #name,
    SCAPF_PARAM_TYPES(X)
#undef X
};

const uint8_t schema_param_sizes[SCAPF_PT_COUNT] = {
#define X(number, name, size) [number] = (size),
    SCAPF_PARAM_TYPES(X)
#undef X
};

static const char *const formats[] = {
    [SCAPF_PF_NA] = "NA",   [SCAPF_PF_DEC] = "DEC",
    [SCAPF_PF_HEX] = "HEX", [SCAPF_PF_10_PADDED_DEC] = "10_PADDED_DEC",
    [SCAPF_PF_ID] = "ID",   [SCAPF_PF_DIR] = "DIR",
    [SCAPF_PF_OCT] = "OCT",
};

static const char *const field_types[] = {
    [SCAPF_FT_U8] = "u8",       [SCAPF_FT_U16] = "u16",     [SCAPF_FT_U32] = "u32",
    [SCAPF_FT_U64] = "u64",     [SCAPF_FT_I64] = "i64",     [SCAPF_FT_BOOL8] = "bool8",
    [SCAPF_FT_STR16] = "str16", [SCAPF_FT_CHARS] = "chars", [SCAPF_FT_TEXT] = "text",
    [SCAPF_FT_IP4] = "ip4",     [SCAPF_FT_IP6] = "ip6",
};

static const struct event_flag {
    const char *name;
    uint32_t bit;
} event_flags[] = {
    {"CREATES_FD", SCAPF_EF_CREATES_FD},
    {"DESTROYS_FD", SCAPF_EF_DESTROYS_FD},
    {"USES_FD", SCAPF_EF_USES_FD},
    {"READS_FROM_FD", SCAPF_EF_READS_FROM_FD},
    {"WRITES_TO_FD", SCAPF_EF_WRITES_TO_FD},
    {"MODIFIES_STATE", SCAPF_EF_MODIFIES_STATE},
    {"UNUSED", SCAPF_EF_UNUSED},
    {"WAITS", SCAPF_EF_WAITS},
    {"SKIPPARSERESET", SCAPF_EF_SKIPPARSERESET},
    {"OLD_VERSION", SCAPF_EF_OLD_VERSION},
    {"LARGE_PAYLOAD", SCAPF_EF_LARGE_PAYLOAD},
    {"CONVERTER_MANAGED", SCAPF_EF_CONVERTER_MANAGED},
};

/* ------------------------------------------------------------------ words */

static int find_word(const char *const *words, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int schema_find_param_type(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(param_types); i++) {
        if (strcmp(param_types[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int schema_find_format(const char *name)
{
    return find_word(formats, COUNT_OF(formats), name);
}

int schema_find_field_type(const char *name)
{
    return find_word(field_types, COUNT_OF(field_types), name);
}

uint32_t schema_find_event_flag(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(event_flags); i++) {
        if (strcmp(event_flags[i].name, name) == 0) {
            return event_flags[i].bit;
        }
    }
    return 0;
}

uint8_t scapf_param_size(uint32_t type)
{
    return type < SCAPF_PT_COUNT ? schema_param_sizes[type] : 0;
}

const char *scapf_param_type_name(uint32_t type)
{
    return type < COUNT_OF(param_types) ? param_types[type] : NULL;
}

const char *scapf_format_name(uint32_t format)
{
    return format < COUNT_OF(formats) ? formats[format] : NULL;
}

const char *scapf_field_type_name(uint32_t type)
{
    return type < COUNT_OF(field_types) ? field_types[type] : NULL;
}

const char *scapf_event_flag_name(uint32_t flag)
{
    for (size_t i = 0; i < COUNT_OF(event_flags); i++) {
        if (event_flags[i].bit == flag) {
            return event_flags[i].name;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ look-ups */

const struct scapf_event_info *scapf_schema_event(const struct scapf_schema *schema, uint32_t code)
{
    return code < schema->n_events ? schema->events[code] : NULL;
}

const char *scapf_schema_syscall(const struct scapf_schema *schema, uint32_t ppm_sc)
{
    return ppm_sc < schema->n_syscalls ? schema->syscalls[ppm_sc] : NULL;
}

static const char *name_of(const struct scapf_name *names, uint32_t n, uint32_t value)
{
    uint32_t low = 0;

    while (low < n) {
        uint32_t mid = low + (n - low) / 2;

        if (names[mid].value == value) {
            return names[mid].name;
        }
        if (names[mid].value < value) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return NULL;
}

const char *scapf_schema_errno(const struct scapf_schema *schema, uint32_t number)
{
    return name_of(schema->errnos, schema->n_errnos, number);
}

const char *scapf_schema_signal(const struct scapf_schema *schema, uint32_t number)
{
    return name_of(schema->signals, schema->n_signals, number);
}

const struct scapf_flag_set *scapf_schema_flags(const struct scapf_schema *schema,
                                                const char *prefix, const char *name)
{
    size_t n_prefix = strlen(prefix);
    uint32_t low = 0;
    uint32_t n = schema->n_flag_sets;

    while (low < n) {
        uint32_t mid = low + (n - low) / 2;
        const struct scapf_flag_set *set = schema->flag_sets[mid];
        int order = strncmp(set->name, prefix, n_prefix);

        order = order == 0 ? strcmp(set->name + n_prefix, name) : order;
        if (order == 0) {
            return set;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return NULL;
}

const struct scapf_arch *scapf_schema_arch(const struct scapf_schema *schema, const char *name)
{
    for (uint32_t i = 0; i < schema->n_arches; i++) {
        if (strcmp(schema->arches[i].name, name) == 0) {
            return &schema->arches[i];
        }
    }
    return NULL;
}

const struct scapf_syscall *scapf_arch_syscall(const struct scapf_arch *arch, int32_t nr)
{
    uint32_t low = 0;
    uint32_t n = arch->n_calls;

    while (low < n) {
        uint32_t mid = low + (n - low) / 2;

        if (arch->calls[mid].nr == nr) {
            return &arch->calls[mid];
        }
        if (arch->calls[mid].nr < nr) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return NULL;
}

uint16_t scapf_schema_ia32(const struct scapf_schema *schema, uint32_t nr)
{
    if (nr < schema->n_ia32 && schema->ia32_to_x86_64[nr] >= 0) {
        return (uint16_t)schema->ia32_to_x86_64[nr];
    }
    return (uint16_t)(nr | SCAPF_ONLY_IA32);
}

const struct scapf_table_info *scapf_schema_table(const struct scapf_schema *schema,
                                                  uint32_t block_type,
                                                  const struct scapf_table_number **number)
{
    const struct scapf_table_slot *slots = schema->table_slots;

    if (schema->n_table_slots == 0) {
        return NULL;
    }
    /* At most half of the slots are taken: the walk meets a free one. */
    for (uint32_t i = schema_table_hash(block_type, schema->n_table_slots); slots[i].table != 0;
         i = (i + 1) & (schema->n_table_slots - 1)) {
        if (slots[i].block_type == block_type) {
            const struct scapf_table_info *table = schema->tables[slots[i].table - 1];

            if (number != NULL) {
                *number = &table->numbers[slots[i].number];
            }
            return table;
        }
    }
    return NULL;
}

const struct scapf_conversion *scapf_schema_conversion(const struct scapf_schema *schema,
                                                       uint32_t code, uint32_t n_params)
{
    uint32_t low = 0;
    uint32_t n = schema->n_conversions;

    while (low < n) {
        uint32_t mid = low + (n - low) / 2;
        const struct scapf_conversion *row = &schema->conversions[mid];

        if (row->code == code && row->n_params == n_params) {
            return row;
        }
        if (row->code < code || (row->code == code && row->n_params < n_params)) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return NULL;
}
