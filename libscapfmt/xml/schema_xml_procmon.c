/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_procmon.c - what events of Process Monitor become: <procmon>, <procmon-result> and
 * <procmon-port>. As with traces, every word is held against the type of its parameter here, so
 * that a row that passes can be converted.
 */
#include "xml/schema_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(name) (1ULL << SCAPF_PT_##name)
#define NUMBERS                                                                                    \
    (TYPE(INT8) | TYPE(INT16) | TYPE(INT32) | TYPE(INT64) | TYPE(UINT8) | TYPE(UINT16) |           \
     TYPE(UINT32) | TYPE(UINT64) | TYPE(FLAGS8) | TYPE(FLAGS16) | TYPE(FLAGS32) |                  \
     TYPE(ENUMFLAGS8) | TYPE(ENUMFLAGS16) | TYPE(ENUMFLAGS32) | TYPE(FD) | TYPE(PID) | TYPE(UID) | \
     TYPE(GID) | TYPE(ERRNO))
#define FLAGS (TYPE(FLAGS8) | TYPE(FLAGS16) | TYPE(FLAGS32))
#define TEXTS (TYPE(CHARBUF) | TYPE(FSPATH) | TYPE(FSRELPATH))

static const struct take_word takes[] = {
    [SCAPF_PM_UNKNOWN] = {"unknown", UINT64_MAX},
    [SCAPF_PM_VALUE] = {"value", NUMBERS},
    [SCAPF_PM_RESULT] = {"result", TYPE(ERRNO) | TYPE(FD) | TYPE(PID)},
    [SCAPF_PM_FD] = {"fd", TYPE(FD)},
    [SCAPF_PM_PATH] = {"path", TEXTS},
    [SCAPF_PM_NUMBER] = {"number", NUMBERS},
    [SCAPF_PM_TARGET] = {"target", TEXTS},
    [SCAPF_PM_LIST] = {"list", TYPE(BYTEBUF)},
    [SCAPF_PM_CODE] = {"code", TYPE(UINT64) | TYPE(UINT32)},
    [SCAPF_PM_FLAGS] = {"flags", FLAGS},
    [SCAPF_PM_LOCK] = {"lock", FLAGS},
    [SCAPF_PM_TUPLE] = {"tuple", TYPE(SOCKTUPLE)},
    [SCAPF_PM_ADDRESS] = {"address", TYPE(SOCKADDR)},
    [SCAPF_PM_EXIT] = {"exit", TYPE(ERRNO)},
    [SCAPF_PM_PROC] = {"proc", NUMBERS | TEXTS | TYPE(BYTEBUF)},
};

static const char *const classes[] = {"", "process", "registry", "file", "profiling", "network"};

/* ------------------------------------------------------------------ words */

/* N, or KEY with "_" for its blanks, or WHAT. */
static void put_rest(struct builder *b, char *rest, void *to)
{
    struct scapf_pm_take *take = to;
    char *key;

    if (take->how == SCAPF_PM_VALUE) {
        take->value = strtoll(rest, NULL, 10);
        return;
    }
    key = keep_text(b, rest);
    for (char *p = key; p != NULL && take->how != SCAPF_PM_PROC && *p != '\0'; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    take->key = key;
}

static const struct take_kind kind = {takes, sizeof(struct scapf_pm_take), put_rest, true};

static const char *const *parse_list(struct builder *b, const xmlNode *node, const char *name,
                                     const char *separators, uint32_t *n)
{
    char *text = attr(b, node, name);
    size_t len = text != NULL ? strlen(text) : 0;
    const char **words = len > 0 ? keep(b, len, sizeof(*words)) : NULL;
    char *save = NULL;

    *n = 0;
    for (char *word = words != NULL ? strtok_r(text, separators, &save) : NULL; word != NULL;
         word = strtok_r(NULL, separators, &save)) {
        size_t end = strlen(word);

        while (*word == ' ') {
            word++;
            end--;
        }
        while (end > 0 && word[end - 1] == ' ') {
            word[--end] = '\0';
        }
        if (end > 0) {
            words[(*n)++] = word;
        }
    }
    return words;
}

/* ------------------------------------------------------------------ operations */

/* An exit event with its enter event, or an event that stands alone (procexit). */
static void set_event(struct scapf_pm_row *row, const struct taken *taken)
{
    row->has_event = true;
    row->has_enter = taken->has_enter;
    row->exit = taken->exit->code;
    row->n_exit = taken->n_exit;
    row->exit_from = taken->exit_from;
    if (row->has_enter) {
        row->enter = taken->enter->code;
        row->n_enter = taken->enter->n_params;
        row->enter_from = taken->enter_from;
    }
}

/* KEY=VALUE or KEY=*VALUE */
static void take_when(struct builder *b, const xmlNode *node, struct scapf_pm_row *row)
{
    char *text = attr(b, node, "when");
    char *value = text != NULL ? strchr(text, '=') : NULL;

    if (value == NULL) {
        return;
    }
    *value++ = '\0';
    row->when_part = *value == '*';
    row->when_key = text;
    row->when = value + row->when_part;
}

/* Words may only name keys that the detail has. */
static void check_keys(struct builder *b, const xmlNode *node, const struct scapf_pm_row *row,
                       const struct scapf_pm_take *from, uint8_t n)
{
    for (uint8_t i = 0; from != NULL && i < n; i++) {
        const char *key = from[i].key;
        uint32_t k = 0;

        if (key == NULL || from[i].how == SCAPF_PM_PROC || from[i].how == SCAPF_PM_EXIT ||
            strcmp(key, "fd") == 0) {
            continue;
        }
        while (k < row->n_keys && strcmp(row->keys[k], key) != 0) {
            k++;
        }
        if (k == row->n_keys) {
            fault(b, node, "\"%s\" is none of the keys", key);
        }
    }
}

/* Rows are one for each code; those without one go by their name. */
static void put_row(struct builder *b, const xmlNode *node, const struct scapf_pm_row *row)
{
    size_t len = strlen(row->operation) + 40;
    char *name = scratch(b, len, 1);
    struct keyed *item = NULL;

    if (name != NULL) {
        (void)snprintf(name, len, "%s %u %d %d", row->operation, row->cls, (int)row->code,
                       (int)row->minor);
        item = keys_put(b, &b->pm_rows, "operation", node, name, 0);
    }
    if (item != NULL) {
        item->item = row;
    }
}

static void take_row(struct builder *b, const xmlNode *node)
{
    struct scapf_pm_row *row = keep(b, 1, sizeof(*row));
    const char *cls = attr(b, node, "class");
    const char *symbol = attr(b, node, "event");
    struct taken taken;

    if (row == NULL || cls == NULL) {
        return;
    }
    row->operation = attr(b, node, "operation");
    row->also = parse_list(b, node, "also", " ", &row->n_also);
    while (strcmp(classes[row->cls], cls) != 0) {
        row->cls++;
    }
    row->code = (int32_t)attr_number(b, node, "code", UINT32_MAX, UINT16_MAX);
    row->minor = (int32_t)attr_number(b, node, "minor", UINT32_MAX, UINT16_MAX);
    row->does = attr(b, node, "does");
    row->keys = parse_list(b, node, "keys", ";", &row->n_keys);
    row->category = attr(b, node, "category");
    take_when(b, node, row);
    if (symbol != NULL && take_events(b, node, symbol, &kind, &taken)) {
        set_event(row, &taken);
        check_keys(b, node, row, row->exit_from, row->n_exit);
        check_keys(b, node, row, row->enter_from, row->n_enter);
    }
    if (row->operation != NULL) {
        put_row(b, node, row);
    }
}

static void seed_rows(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_pm_rows; i++) {
        put_row(b, NULL, &b->base->pm_rows[i]);
    }
}

static void finish_rows(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->pm_rows);
    struct scapf_pm_row *rows = keep(b, b->pm_rows.n, sizeof(*rows));

    for (uint32_t i = 0; sorted != NULL && rows != NULL && i < b->pm_rows.n; i++) {
        rows[i] = *(const struct scapf_pm_row *)sorted[i].item;
    }
    b->schema.pm_rows = rows;
    b->schema.n_pm_rows = b->pm_rows.n;
}

/* ------------------------------------------------------------------ results */

static void put_result(struct builder *b, const xmlNode *node, const struct scapf_pm_result *result)
{
    size_t len = strlen(result->text) + 16;
    char *name = scratch(b, len, 1);
    struct keyed *item = NULL;

    if (name != NULL) {
        (void)snprintf(name, len, "%s %08X", result->text, (unsigned)result->status);
        item = keys_put(b, &b->pm_results, "result", node, name, 0);
    }
    if (item != NULL) {
        item->item = result;
    }
}

static uint32_t find_errno(struct builder *b, const xmlNode *node, const char *name)
{
    for (uint32_t i = 0; i < b->schema.n_errnos; i++) {
        if (strcmp(b->schema.errnos[i].name, name) == 0) {
            return b->schema.errnos[i].value;
        }
    }
    fault(b, node, "there is no errno \"%s\"", name);
    return 0;
}

static void take_result(struct builder *b, const xmlNode *node)
{
    static const char *const words[] = {"", "retry", "end", "pending"};
    struct scapf_pm_result *result = keep(b, 1, sizeof(*result));
    const char *error = attr(b, node, "errno");
    const char *as = attr(b, node, "as");

    if (result == NULL) {
        return;
    }
    result->text = attr(b, node, "text");
    result->status = attr_number(b, node, "status", 0, UINT32_MAX);
    result->error = error != NULL ? find_errno(b, node, error) : 0;
    while (as != NULL && strcmp(words[result->as], as) != 0) {
        result->as++;
    }
    if (result->text != NULL) {
        put_result(b, node, result);
    }
}

static void seed_results(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_pm_results; i++) {
        put_result(b, NULL, &b->base->pm_results[i]);
    }
}

static void finish_results(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->pm_results);
    struct scapf_pm_result *results = keep(b, b->pm_results.n, sizeof(*results));

    for (uint32_t i = 0; sorted != NULL && results != NULL && i < b->pm_results.n; i++) {
        results[i] = *(const struct scapf_pm_result *)sorted[i].item;
    }
    b->schema.pm_results = results;
    b->schema.n_pm_results = b->pm_results.n;
}

/* ------------------------------------------------------------------ ports */

static void put_port(struct builder *b, const xmlNode *node, const struct scapf_pm_port *port)
{
    struct keyed *item = keys_put(b, &b->pm_ports, "port", node, port->name, 0);

    if (item != NULL) {
        item->item = port;
    }
}

static void take_port(struct builder *b, const xmlNode *node)
{
    struct scapf_pm_port *port = keep(b, 1, sizeof(*port));

    if (port != NULL) {
        port->name = attr(b, node, "name");
        port->port = (uint16_t)attr_number(b, node, "port", 0, UINT16_MAX);
        if (port->name != NULL) {
            put_port(b, node, port);
        }
    }
}

static void seed_ports(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_pm_ports; i++) {
        put_port(b, NULL, &b->base->pm_ports[i]);
    }
}

static void finish_ports(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->pm_ports);
    struct scapf_pm_port *ports = keep(b, b->pm_ports.n, sizeof(*ports));

    for (uint32_t i = 0; sorted != NULL && ports != NULL && i < b->pm_ports.n; i++) {
        ports[i] = *(const struct scapf_pm_port *)sorted[i].item;
    }
    b->schema.pm_ports = ports;
    b->schema.n_pm_ports = b->pm_ports.n;
}

const struct schema_pass schema_procmon_passes[] = {
    {"procmon", seed_rows, take_row, finish_rows},
    {"procmon-result", seed_results, take_result, finish_results},
    {"procmon-port", seed_ports, take_port, finish_ports},
};

const size_t schema_n_procmon_passes =
    sizeof(schema_procmon_passes) / sizeof(schema_procmon_passes[0]);
