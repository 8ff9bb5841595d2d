/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_json.h"

#include "schema_show.h"

/* ------------------------------------------------------------------ members */

static void put_text(struct scapf_json *json, const char *key, const char *text)
{
    scapf_json_key(json, key);
    if (text != NULL) {
        scapf_json_string(json, text);
    } else {
        scapf_json_null(json);
    }
}

static void put_number(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void put_signed(struct scapf_json *json, const char *key, int64_t value)
{
    scapf_json_key(json, key);
    scapf_json_i64(json, value);
}

static void put_bool(struct scapf_json *json, const char *key, bool value)
{
    scapf_json_key(json, key);
    scapf_json_bool(json, value);
}

static void open_array(struct scapf_json *json, const char *key)
{
    scapf_json_key(json, key);
    scapf_json_open(json, '[');
}

/* What an item is stands first in each object. */
static void open_item(struct scapf_json *json, const char *kind)
{
    scapf_json_open(json, '{');
    put_text(json, "kind", kind);
}

/* ------------------------------------------------------------------ events */

static void put_param(const struct scapf_schema *s, const struct scapf_event_info *e, uint8_t i,
                      struct scapf_json *json)
{
    const struct scapf_param_info *p = &e->params[i];

    scapf_json_open(json, '{');
    put_text(json, "name", p->name);
    put_text(json, "type", scapf_param_type_name(p->type));
    put_text(json, "format", scapf_format_name(p->fmt));
    put_text(json, "since", s->ages[p->since]);
    put_bool(json, "may_be_empty", p->may_be_empty);
    put_text(json, "flags", p->flags != NULL ? p->flags->name : NULL);
    put_text(json, "variants", p->variants != NULL ? p->variants->name : NULL);
    put_text(json, "dirfd", p->dirfd_param >= 0 ? e->params[p->dirfd_param].name : NULL);
    scapf_json_close(json);
}

static void put_event_flags(uint32_t flags, struct scapf_json *json)
{
    open_array(json, "flags");
    for (uint32_t bit = 1; bit != 0 && bit <= flags; bit <<= 1) {
        if ((flags & bit) != 0 && scapf_event_flag_name(bit) != NULL) {
            scapf_json_string(json, scapf_event_flag_name(bit));
        }
    }
    scapf_json_close(json);
}

void schema_json_event(const struct scapf_schema *s, const struct scapf_event_info *e,
                       struct scapf_json *json)
{
    open_item(json, "event");
    put_number(json, "code", e->code);
    put_text(json, "symbol", e->symbol);
    put_text(json, "name", e->name);
    put_text(json, "dir", e->code % 2 == 0 ? ">" : "<");
    put_number(json, "category", e->category);
    put_event_flags(e->flags, json);
    put_text(json, "since", s->ages[e->since]);
    open_array(json, "params");
    for (uint8_t i = 0; i < e->n_params; i++) {
        put_param(s, e, i, json);
    }
    scapf_json_close(json);
    open_array(json, "syscalls");
    for (uint16_t i = 0; i < e->n_syscalls; i++) {
        const char *name = scapf_schema_syscall(s, e->syscalls[i]);

        scapf_json_string(json, name != NULL ? name : "?");
    }
    scapf_json_close(json);
    scapf_json_close(json);
}

/* ------------------------------------------------------------------ sets */

void schema_json_flag_set(const struct scapf_flag_set *set, struct scapf_json *json)
{
    open_item(json, "flag_set");
    put_text(json, "name", set->name);
    open_array(json, "flags");
    for (uint32_t i = 0; i < set->n_flags; i++) {
        scapf_json_open(json, '{');
        put_text(json, "name", set->flags[i].name);
        put_number(json, "value", set->flags[i].value);
        scapf_json_close(json);
    }
    scapf_json_close(json);
    scapf_json_close(json);
}

void schema_json_variant_set(const struct scapf_variant_set *set, struct scapf_json *json)
{
    open_item(json, "variant_set");
    put_text(json, "name", set->name);
    open_array(json, "variants");
    for (uint32_t i = 0; i < set->n_variants; i++) {
        scapf_json_open(json, '{');
        put_text(json, "name", set->variants[i].name);
        put_text(json, "type", scapf_param_type_name(set->variants[i].type));
        put_text(json, "format", scapf_format_name(set->variants[i].fmt));
        scapf_json_close(json);
    }
    scapf_json_close(json);
    scapf_json_close(json);
}

/* ------------------------------------------------------------------ tables */

static void put_cases(const struct scapf_field_info *f, struct scapf_json *json)
{
    open_array(json, "when");
    for (unsigned v = 0; v < 31; v++) {
        if ((f->cases >> v & 1) != 0) {
            scapf_json_u64(json, v);
        }
    }
    if (f->cases >> 31 != 0) {
        scapf_json_string(json, "other");
    }
    scapf_json_close(json);
}

static void put_field(const struct scapf_table_info *t, const struct scapf_field_info *f,
                      struct scapf_json *json)
{
    scapf_json_open(json, '{');
    put_text(json, "name", f->name);
    put_text(json, "type", scapf_field_type_name(f->type));
    put_text(json, "part", schema_part_name(f->part));
    put_number(json, "since", f->since);
    scapf_json_key(json, "until");
    if (f->until == 255) {
        scapf_json_null(json);
    } else {
        scapf_json_u64(json, f->until);
    }
    put_number(json, "size", f->size);
    put_text(json, "length", f->len_field >= 0 ? t->fields[f->len_field].name : NULL);
    put_bool(json, "list", f->is_list);
    put_number(json, "min_rest", f->min_rest);
    put_number(json, "limit", f->limit);
    put_cases(f, json);
    put_text(json, "flags", f->flags != NULL ? f->flags->name : NULL);
    scapf_json_close(json);
}

void schema_json_table(const struct scapf_table_info *t, struct scapf_json *json)
{
    open_item(json, "table");
    put_text(json, "name", t->name);
    put_bool(json, "entries", t->has_entries);
    put_number(json, "entry_len_since", t->entry_len_since);
    put_bool(json, "entry_len_counts_self", t->entry_len_counts_self);
    put_text(json, "selector", t->selector >= 0 ? t->fields[t->selector].name : NULL);
    open_array(json, "numbers");
    for (uint8_t i = 0; i < t->n_numbers; i++) {
        scapf_json_open(json, '{');
        put_number(json, "type", t->numbers[i].block_type);
        put_number(json, "version", t->numbers[i].version);
        put_text(json, "name", t->numbers[i].name);
        scapf_json_close(json);
    }
    scapf_json_close(json);
    open_array(json, "fields");
    for (uint8_t i = 0; i < t->n_fields; i++) {
        put_field(t, &t->fields[i], json);
    }
    scapf_json_close(json);
    scapf_json_close(json);
}

/* ------------------------------------------------------------------ conversions, names, calls */

static void put_source(const struct scapf_conv_param *p, struct scapf_json *json)
{
    static const char *const names[] = {
        [SCAPF_FROM_OLD] = "old",           [SCAPF_FROM_ENTER] = "enter",
        [SCAPF_FROM_DEFAULT] = "default",   [SCAPF_FROM_EMPTY] = "empty",
        [SCAPF_FROM_CALLBACK] = "callback",
    };

    scapf_json_open(json, '{');
    put_text(json, "from", names[p->from]);
    if (p->from <= SCAPF_FROM_ENTER) {
        put_number(json, "param", p->param);
    }
    if (p->from == SCAPF_FROM_ENTER) {
        put_text(json, "if_no_enter", p->empty_if_no_enter ? "empty" : "default");
    }
    scapf_json_close(json);
}

void schema_json_conversion(const struct scapf_schema *s, const struct scapf_conversion *row,
                            struct scapf_json *json)
{
    open_item(json, "conversion");
    put_text(json, "event", scapf_schema_event(s, row->code)->symbol);
    put_number(json, "n_params", row->n_params);
    put_text(json, "action", schema_action_name(row->action));
    put_text(json, "to",
             row->to_code != row->code ? scapf_schema_event(s, row->to_code)->symbol : NULL);
    open_array(json, "params");
    for (uint8_t i = 0; i < row->n_from; i++) {
        put_source(&row->from[i], json);
    }
    scapf_json_close(json);
    scapf_json_close(json);
}

void schema_json_name(const char *kind, uint32_t value, const char *name, struct scapf_json *json)
{
    open_item(json, kind);
    put_number(json, "value", value);
    put_text(json, "name", name);
    scapf_json_close(json);
}

void schema_json_ia32(uint32_t nr, int16_t to, struct scapf_json *json)
{
    open_item(json, "ia32");
    put_number(json, "nr", nr);
    put_signed(json, "x86_64", to);
    scapf_json_close(json);
}

void schema_json_syscall(const struct scapf_schema *s, const struct scapf_arch *arch,
                         const struct scapf_syscall *call, struct scapf_json *json)
{
    const struct scapf_event_info *enter = scapf_schema_event(s, call->enter);
    const struct scapf_event_info *leave = scapf_schema_event(s, call->exit);

    open_item(json, "syscall");
    put_text(json, "arch", arch->name);
    put_signed(json, "nr", call->nr);
    put_text(json, "name", call->name);
    put_number(json, "ppm_sc", call->ppm_sc);
    put_text(json, "ppm_sc_name", scapf_schema_syscall(s, call->ppm_sc));
    put_text(json, "enter", enter != NULL ? enter->symbol : NULL);
    put_text(json, "exit", leave != NULL ? leave->symbol : NULL);
    put_bool(json, "generic", call->is_generic);
    scapf_json_close(json);
}
