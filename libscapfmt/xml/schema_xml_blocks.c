/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_blocks.c - bodies of table blocks as rows.
 */
#include "xml/schema_xml.h"

#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

#define CASE_OTHER (UINT32_C(1) << 31)
#define FOREVER    255

/* ------------------------------------------------------------------ base */

/* As with events: a copy when a file overrides a flag set the table refers to. */
static const struct scapf_table_info *rebind(struct builder *b, const struct scapf_table_info *old)
{
    struct scapf_table_info *table = NULL;
    struct scapf_field_info *fields = NULL;

    for (uint8_t i = 0; i < old->n_fields; i++) {
        const struct scapf_flag_set *flags = current_flag_set(b, old->fields[i].flags);

        if (flags == old->fields[i].flags) {
            continue;
        }
        if (table == NULL) {
            table = keep(b, 1, sizeof(*table));
            fields = keep(b, old->n_fields, sizeof(*fields));
            if (table == NULL || fields == NULL) {
                return old;
            }
            memcpy(fields, old->fields, old->n_fields * sizeof(*fields));
            *table = *old;
            table->fields = fields;
        }
        fields[i].flags = flags;
    }
    return table != NULL ? table : old;
}

static void put_table(struct builder *b, const xmlNode *node, const struct scapf_table_info *table)
{
    struct keyed *item =
        table->name != NULL ? keys_put(b, &b->tables, "table", node, table->name, 0) : NULL;

    if (item != NULL) {
        item->item = table;
    }
}

static void seed_tables(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_tables; i++) {
        put_table(b, NULL, rebind(b, b->base->tables[i]));
    }
}

/* ------------------------------------------------------------------ documentation */

static void add_doc(struct builder *b, const void *item, const char *text)
{
    struct schema_doc *docs =
        text != NULL ? scratch_grow(b, b->docs, b->n_docs, &b->cap_docs, sizeof(*docs)) : NULL;

    if (docs != NULL) {
        docs[b->n_docs++] = (struct schema_doc){.item = item, .text = text};
        b->docs = docs;
    }
}

static void add_doc_element(struct builder *b, const xmlNode *node, const void *item)
{
    const xmlNode *doc = first_child(node, "doc");
    xmlChar *text = doc != NULL ? xmlNodeGetContent(doc) : NULL;

    if (text != NULL) {
        add_doc(b, item, keep_text(b, (const char *)text));
        xmlFree(text);
    }
}

/* ------------------------------------------------------------------ fields */

/* Index of the field with this name before field n; -1 and a fault when there is none. */
static int8_t find_field(struct builder *b, const xmlNode *node,
                         const struct scapf_field_info *fields, uint8_t n, const char *name)
{
    for (uint8_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return (int8_t)i;
        }
    }
    fault(b, node, "there is no field \"%s\" before this one", name);
    return -1;
}

static uint8_t find_part(const char *name)
{
    static const char *const names[] = {
        [SCAPF_PART_HEAD] = "head",
        [SCAPF_PART_ENTRY] = "entry",
        [SCAPF_PART_TAIL] = "tail",
    };
    uint8_t i = 0;

    if (name == NULL) {
        return SCAPF_PART_ENTRY;
    }
    /* The XSD lets only these pass. */
    while (strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

static uint32_t take_cases(struct builder *b, const xmlNode *node)
{
    char *list = attr(b, node, "when");
    uint32_t cases = 0;

    for (const char *word = next_word(&list); word != NULL; word = next_word(&list)) {
        cases |= strcmp(word, "other") == 0 ? CASE_OTHER : UINT32_C(1) << strtoul(word, NULL, 10);
    }
    return cases;
}

static bool is_text_type(uint8_t type)
{
    return type == SCAPF_FT_STR16 || type == SCAPF_FT_TEXT;
}

static bool is_number_type(uint8_t type)
{
    return type == SCAPF_FT_U8 || type == SCAPF_FT_U16 || type == SCAPF_FT_U32;
}

/* A text needs a row that says how long it is, characters need a size. */
static void take_lengths(struct builder *b, const xmlNode *node, struct scapf_field_info *fields,
                         uint8_t i)
{
    struct scapf_field_info *field = &fields[i];
    const char *length = attr(b, node, "length");

    field->size = (uint16_t)attr_number(b, node, "size", 0, UINT16_MAX);
    field->limit = (uint16_t)attr_number(b, node, "limit", 0, UINT16_MAX);
    field->is_list = attr_yes(b, node, "list");
    field->len_field = -1;
    if ((field->type == SCAPF_FT_CHARS) != (field->size != 0)) {
        fault(b, node, field->size != 0 ? "type %s takes no size" : "type %s needs a size",
              scapf_field_type_name(field->type));
    }
    if ((field->limit != 0 || field->is_list) && !is_text_type(field->type)) {
        fault(b, node, "type %s takes neither limit nor list", scapf_field_type_name(field->type));
    }
    if ((field->type == SCAPF_FT_TEXT) != (length != NULL)) {
        fault(b, node, length != NULL ? "type %s takes no length" : "type %s needs a length",
              scapf_field_type_name(field->type));
    } else if (length != NULL) {
        field->len_field = find_field(b, node, fields, i, length);
        if (field->len_field >= 0 && !is_number_type(fields[field->len_field].type)) {
            fault(b, node, "field \"%s\" is no length", length);
        }
    }
}

/* Head fields stand first, tail fields last. */
static void check_part(struct builder *b, const xmlNode *node, const struct scapf_table_info *table,
                       const struct scapf_field_info *fields, uint8_t i)
{
    if (i > 0 && fields[i].part < fields[i - 1].part) {
        fault(b, node, "%s field behind a %s field",
              fields[i].part == SCAPF_PART_HEAD ? "head" : "entry",
              fields[i - 1].part == SCAPF_PART_TAIL ? "tail" : "entry");
    }
    if (fields[i].part != SCAPF_PART_HEAD && !table->has_entries) {
        fault(b, node, "the table has no entries");
    }
    if (fields[i].part == SCAPF_PART_TAIL &&
        (table->entry_len_since == 0 || fields[i].since < table->entry_len_since)) {
        fault(b, node, "tail field in a version whose entries carry no length");
    }
    if (fields[i].min_rest != 0 && fields[i].part != SCAPF_PART_TAIL) {
        fault(b, node, "min-rest is for tail fields");
    }
    if (fields[i].until < fields[i].since) {
        fault(b, node, "the field ends before it starts");
    }
}

static void take_field(struct builder *b, const xmlNode *node, const struct scapf_table_info *table,
                       struct scapf_field_info *fields, uint8_t i)
{
    struct scapf_field_info *field = &fields[i];
    const char *type = attr(b, node, "type");
    const char *flags = attr(b, node, "flags");

    field->name = attr(b, node, "name");
    /* The XSD lets only known types pass. */
    field->type = (uint8_t)(type != NULL ? schema_find_field_type(type) : 0);
    field->part = find_part(attr(b, node, "part"));
    field->since = (uint8_t)attr_number(b, node, "since", 1, FOREVER);
    field->until = (uint8_t)attr_number(b, node, "until", FOREVER, FOREVER);
    field->min_rest = (uint16_t)attr_number(b, node, "min-rest", 0, UINT16_MAX);
    field->cases = take_cases(b, node);
    if (is_over(b)) {
        return;
    }
    take_lengths(b, node, fields, i);
    check_part(b, node, table, fields, i);
    if (field->cases != 0 && (table->selector < 0 || table->selector >= (int8_t)i)) {
        fault(b, node, "`when` without a selector before");
    }
    if (flags != NULL) {
        field->flags = find_flag_set(b, node, flags);
    }
    add_doc(b, field, attr(b, node, "doc"));
}

/* Two rows of a name must never be there together. */
static void check_field_name(struct builder *b, const xmlNode *node,
                             const struct scapf_field_info *fields, uint8_t i)
{
    for (uint8_t k = 0; k < i; k++) {
        const struct scapf_field_info *x = &fields[k];
        const struct scapf_field_info *y = &fields[i];
        bool same_case = x->cases == 0 || y->cases == 0 || (x->cases & y->cases) != 0;

        if (strcmp(x->name, y->name) == 0 && same_case && x->since <= y->until &&
            y->since <= x->until && x->part != SCAPF_PART_HEAD) {
            fault(b, node, "field \"%s\" comes twice", y->name);
        }
    }
}

/* ------------------------------------------------------------------ tables */

static void take_numbers(struct builder *b, const xmlNode *node, struct scapf_table_info *table)
{
    uint8_t n = (uint8_t)count_children(node, "number");
    struct scapf_table_number *numbers = keep(b, n, sizeof(*numbers));
    const xmlNode *c = first_child(node, "number");

    if (numbers == NULL) {
        return;
    }
    for (uint8_t i = 0; i < n; i++, c = next_sibling(c)) {
        numbers[i].block_type = attr_number(b, c, "type", 0, UINT32_MAX);
        numbers[i].version = (uint8_t)attr_number(b, c, "version", 1, FOREVER);
        numbers[i].name = attr(b, c, "name");
    }
    table->numbers = numbers;
    table->n_numbers = n;
}

/* The selector decides about later fields, so it must be a small number that is always there. */
static void take_selector(struct builder *b, const xmlNode *node, struct scapf_table_info *table)
{
    const char *name = attr(b, node, "selector");
    const xmlNode *c = first_child(node, "field");
    int8_t i = 0;

    table->selector = -1;
    if (name == NULL) {
        return;
    }
    for (; c != NULL; c = next_sibling(c), i++) {
        const char *field = attr(b, c, "name");

        if (field != NULL && strcmp(field, name) == 0) {
            table->selector = i;
            return;
        }
    }
    fault(b, node, "there is no field \"%s\" to select by", name);
}

static void check_selector(struct builder *b, const xmlNode *node,
                           const struct scapf_table_info *table)
{
    const struct scapf_field_info *field =
        table->selector >= 0 ? &table->fields[table->selector] : NULL;

    if (field != NULL && (!is_number_type(field->type) || field->part != SCAPF_PART_ENTRY ||
                          field->cases != 0 || field->since > 1 || field->until != FOREVER)) {
        fault(b, node, "field \"%s\" cannot select: it is no number that is always there",
              field->name);
    }
}

static void take_table(struct builder *b, const xmlNode *node)
{
    uint8_t n = (uint8_t)count_children(node, "field");
    struct scapf_table_info *table = keep(b, 1, sizeof(*table));
    struct scapf_field_info *fields = keep(b, n, sizeof(*fields));
    const xmlNode *c = first_child(node, "field");

    if (table == NULL || fields == NULL) {
        return;
    }
    table->name = attr(b, node, "name");
    table->has_entries = attr_yes(b, node, "entries");
    table->entry_len_since = (uint8_t)attr_number(b, node, "entry-len-since", 0, FOREVER);
    table->entry_len_counts_self = attr_yes(b, node, "entry-len-counts-self");
    take_numbers(b, node, table);
    take_selector(b, node, table);
    for (uint8_t i = 0; i < n; i++, c = next_sibling(c)) {
        take_field(b, c, table, fields, i);
        if (is_over(b)) {
            return;
        }
        check_field_name(b, c, fields, i);
    }
    table->fields = fields;
    table->n_fields = n;
    check_selector(b, node, table);
    add_doc_element(b, node, table);
    put_table(b, node, table);
}

/* ------------------------------------------------------------------ finished tables */

/* Enter a block number into the hash; a number of two tables is a fault. */
static void add_slot(struct builder *b, struct scapf_table_slot *slots, uint32_t n_slots,
                     uint8_t table, uint8_t number)
{
    uint32_t type = b->schema.tables[table]->numbers[number].block_type;
    uint32_t i = schema_table_hash(type, n_slots);

    for (; slots[i].table != 0; i = (i + 1) & (n_slots - 1)) {
        if (slots[i].block_type == type) {
            fault(b, b->tables.items[table].node, "block number 0x%08lx belongs to two tables",
                  (unsigned long)type);
            return;
        }
    }
    slots[i] = (struct scapf_table_slot){
        .block_type = type, .table = (uint8_t)(table + 1), .number = number};
}

static void finish_slots(struct builder *b)
{
    uint32_t n = 0;
    uint32_t n_slots = 1;
    struct scapf_table_slot *slots;

    for (uint32_t i = 0; i < b->schema.n_tables; i++) {
        n += b->schema.tables[i]->n_numbers;
    }
    while (n_slots < n * 2) {
        n_slots *= 2;
    }
    slots = keep(b, n_slots, sizeof(*slots));
    if (slots == NULL) {
        return;
    }
    for (uint32_t i = 0; i < b->schema.n_tables; i++) {
        for (uint8_t k = 0; k < b->schema.tables[i]->n_numbers; k++) {
            add_slot(b, slots, n_slots, (uint8_t)i, k);
        }
    }
    b->schema.table_slots = slots;
    b->schema.n_table_slots = n_slots;
}

static void finish_tables(struct builder *b)
{
    const struct scapf_table_info **tables = keep(b, b->tables.n, sizeof(*tables));

    if (b->tables.n >= UINT8_MAX) {
        fault(b, b->tables.items[b->tables.n - 1].node, "more than %u tables", UINT8_MAX - 1);
        return;
    }
    for (uint32_t i = 0; tables != NULL && i < b->tables.n; i++) {
        tables[i] = b->tables.items[i].item;
    }
    b->schema.tables = tables;
    b->schema.n_tables = b->tables.n;
    if (tables != NULL) {
        finish_slots(b);
    }
}

const struct schema_pass schema_block_passes[] = {
    {"table", seed_tables, take_table, finish_tables},
};

const size_t schema_n_block_passes = sizeof(schema_block_passes) / sizeof(schema_block_passes[0]);
