/* SPDX-License-Identifier: Apache-2.0 */
#include "support/schema_equal.h"

#include <stdio.h>
#include <string.h>

/* Where the comparison is, and the first difference. */
static char where[256];
static bool differs;

static void push(const char *what, uint32_t i)
{
    size_t n = strlen(where);

    (void)snprintf(where + n, sizeof(where) - n, ".%s[%u]", what, i);
}

static void pop(void)
{
    if (!differs) {
        char *dot = strrchr(where, '.');

        if (dot != NULL) {
            *dot = '\0';
        }
    }
}

static void found(const char *what)
{
    if (!differs) {
        size_t n = strlen(where);

        (void)snprintf(where + n, sizeof(where) - n, ".%s", what);
        differs = true;
    }
}

static void text(const char *what, const char *a, const char *b)
{
    if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0)) {
        found(what);
    }
}

/* Compare a number in both structs; the macros keep name and member together. */
#define NUMBER(member)                                                                             \
    do {                                                                                           \
        if (a->member != b->member) {                                                              \
            found(#member);                                                                        \
        }                                                                                          \
    } while (0)
#define TEXT(member) text(#member, a->member, b->member)
/* Compare arrays item by item, when their lengths are equal. */
#define EACH(member, count, compare)                                                               \
    do {                                                                                           \
        NUMBER(count);                                                                             \
        for (uint32_t i_ = 0; i_ < a->count && !differs; i_++) {                                   \
            push(#member, i_);                                                                     \
            compare(ITEM(a->member[i_]), ITEM(b->member[i_]));                                     \
            pop();                                                                                 \
        }                                                                                          \
    } while (0)

static void flag(const struct scapf_flag *a, const struct scapf_flag *b)
{
    TEXT(name);
    NUMBER(value);
}

static void variant(const struct scapf_variant *a, const struct scapf_variant *b)
{
    TEXT(name);
    NUMBER(type);
    NUMBER(fmt);
}

#define ITEM(x) (&(x))

/* True when there is something to compare inside. */
static bool both(const char *what, const void *a, const void *b)
{
    if ((a == NULL) != (b == NULL)) {
        found(what);
    }
    return a != NULL && b != NULL;
}

static void flag_set(const struct scapf_flag_set *a, const struct scapf_flag_set *b)
{
    if (both("set", a, b)) {
        TEXT(name);
        EACH(flags, n_flags, flag);
    }
}

static void variant_set(const struct scapf_variant_set *a, const struct scapf_variant_set *b)
{
    if (both("set", a, b)) {
        TEXT(name);
        EACH(variants, n_variants, variant);
    }
}

static void param(const struct scapf_param_info *a, const struct scapf_param_info *b)
{
    TEXT(name);
    NUMBER(type);
    NUMBER(fmt);
    NUMBER(since);
    NUMBER(may_be_empty);
    NUMBER(dirfd_param);
    flag_set(a->flags, b->flags);
    variant_set(a->variants, b->variants);
}

static void u16(const uint16_t *a, const uint16_t *b)
{
    if (*a != *b) {
        found("number");
    }
}

static void i16(const int16_t *a, const int16_t *b)
{
    if (*a != *b) {
        found("number");
    }
}

static void event(const struct scapf_event_info *a, const struct scapf_event_info *b)
{
    if (!both("event", a, b)) {
        return;
    }
    TEXT(name);
    TEXT(symbol);
    NUMBER(code);
    NUMBER(category);
    NUMBER(flags);
    NUMBER(since);
    EACH(params, n_params, param);
    EACH(syscalls, n_syscalls, u16);
}

static void number(const struct scapf_table_number *a, const struct scapf_table_number *b)
{
    NUMBER(block_type);
    NUMBER(version);
    TEXT(name);
}

static void field(const struct scapf_field_info *a, const struct scapf_field_info *b)
{
    TEXT(name);
    NUMBER(type);
    NUMBER(part);
    NUMBER(since);
    NUMBER(until);
    NUMBER(size);
    NUMBER(len_field);
    NUMBER(is_list);
    NUMBER(min_rest);
    NUMBER(limit);
    NUMBER(cases);
    flag_set(a->flags, b->flags);
}

static void table(const struct scapf_table_info *a, const struct scapf_table_info *b)
{
    TEXT(name);
    EACH(numbers, n_numbers, number);
    NUMBER(has_entries);
    NUMBER(entry_len_since);
    NUMBER(entry_len_counts_self);
    NUMBER(selector);
    EACH(fields, n_fields, field);
}

static void slot(const struct scapf_table_slot *a, const struct scapf_table_slot *b)
{
    NUMBER(block_type);
    NUMBER(table);
    NUMBER(number);
}

static void call(const struct scapf_syscall *a, const struct scapf_syscall *b)
{
    TEXT(name);
    NUMBER(nr);
    NUMBER(ppm_sc);
    NUMBER(enter);
    NUMBER(exit);
    NUMBER(is_generic);
}

static void arch(const struct scapf_arch *a, const struct scapf_arch *b)
{
    TEXT(name);
    EACH(calls, n_calls, call);
}

static void name(const struct scapf_name *a, const struct scapf_name *b)
{
    NUMBER(value);
    TEXT(name);
}

static void source(const struct scapf_conv_param *a, const struct scapf_conv_param *b)
{
    NUMBER(from);
    NUMBER(param);
    NUMBER(empty_if_no_enter);
}

static void conversion(const struct scapf_conversion *a, const struct scapf_conversion *b)
{
    NUMBER(code);
    NUMBER(n_params);
    NUMBER(action);
    NUMBER(to_code);
    EACH(from, n_from, source);
}

static void take(const struct scapf_take *a, const struct scapf_take *b)
{
    NUMBER(how);
    NUMBER(arg);
    NUMBER(value);
    TEXT(field);
}

static void trace(const struct scapf_trace_row *a, const struct scapf_trace_row *b)
{
    TEXT(call);
    TEXT(does);
    NUMBER(has_event);
    NUMBER(has_enter);
    NUMBER(loses);
    NUMBER(enter);
    NUMBER(exit);
    EACH(enter_from, n_enter, take);
    EACH(exit_from, n_exit, take);
}

static void pm_take(const struct scapf_pm_take *a, const struct scapf_pm_take *b)
{
    NUMBER(how);
    NUMBER(value);
    TEXT(key);
}

static void pm_word(const char *const *a, const char *const *b)
{
    text("word", *a, *b);
}

static void pm_row(const struct scapf_pm_row *a, const struct scapf_pm_row *b)
{
    TEXT(operation);
    EACH(also, n_also, pm_word);
    NUMBER(cls);
    NUMBER(code);
    NUMBER(minor);
    TEXT(does);
    TEXT(when_key);
    TEXT(when);
    NUMBER(when_part);
    EACH(keys, n_keys, pm_word);
    TEXT(category);
    NUMBER(has_event);
    NUMBER(has_enter);
    NUMBER(enter);
    NUMBER(exit);
    EACH(enter_from, n_enter, pm_take);
    EACH(exit_from, n_exit, pm_take);
}

static void pm_result(const struct scapf_pm_result *a, const struct scapf_pm_result *b)
{
    TEXT(text);
    NUMBER(status);
    NUMBER(error);
    NUMBER(as);
}

static void pm_port(const struct scapf_pm_port *a, const struct scapf_pm_port *b)
{
    TEXT(name);
    NUMBER(port);
}

static void arrays(const struct scapf_schema *a, const struct scapf_schema *b)
{
    EACH(arches, n_arches, arch);
    EACH(ia32_to_x86_64, n_ia32, i16);
    EACH(categories, n_categories, name);
    EACH(errnos, n_errnos, name);
    EACH(signals, n_signals, name);
    EACH(table_slots, n_table_slots, slot);
    EACH(conversions, n_conversions, conversion);
    EACH(traces, n_traces, trace);
    EACH(old_traces, n_old_traces, trace);
    EACH(pm_rows, n_pm_rows, pm_row);
    EACH(pm_results, n_pm_results, pm_result);
    EACH(pm_ports, n_pm_ports, pm_port);
}

#undef ITEM
#define ITEM(x) (x)

static void word(const char *a, const char *b)
{
    text("text", a, b);
}

static void pointers(const struct scapf_schema *a, const struct scapf_schema *b)
{
    TEXT(version);
    EACH(ages, n_ages, word);
    EACH(events, n_events, event);
    EACH(flag_sets, n_flag_sets, flag_set);
    EACH(variant_sets, n_variant_sets, variant_set);
    EACH(syscalls, n_syscalls, word);
    EACH(tables, n_tables, table);
}

const char *schema_difference(const struct scapf_schema *a, const struct scapf_schema *b)
{
    where[0] = '\0';
    differs = false;
    pointers(a, b);
    if (!differs) {
        arrays(a, b);
    }
    return differs ? where + 1 : NULL;
}
