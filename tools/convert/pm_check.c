/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_check.c - exports are text: what must be a number or a time has to look like one, a column
 * stands once in an event, and all events of a file have the columns of its first. Only the clock
 * of an event is looked at elsewhere (pm_when.c), since it depends on the events before.
 */
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"

/* ------------------------------------------------------------------ what a value may look like */

static bool is_number(struct pm_text text)
{
    uint64_t value;

    return pm_decimal(text, UINT32_MAX, &value);
}

static bool is_number_or_none(struct pm_text text)
{
    return text.len == 0 || is_number(text);
}

static bool is_filetime(struct pm_text text)
{
    uint64_t value;

    return text.len == 0 || pm_decimal(text, UINT64_MAX, &value);
}

static bool is_hexadecimal(const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("0123456789abcdefABCDEF", at[i]) == NULL || at[i] == '\0') {
            return false;
        }
    }
    return len > 0 && len <= 16;
}

static bool is_address(struct pm_text text)
{
    return text.len == 0 || (text.len > 2 && text.at[0] == '0' && text.at[1] == 'x' &&
                             is_hexadecimal(text.at + 2, text.len - 2));
}

/* 00000000:000003e7 */
static bool is_luid(struct pm_text text)
{
    return text.len == 0 || (text.len == 17 && text.at[8] == ':' && is_hexadecimal(text.at, 8) &&
                             is_hexadecimal(text.at + 9, 8));
}

/* Of a process whose parent is not known it is -1. */
static bool is_index_or_none(struct pm_text text)
{
    return is_number_or_none(text) || pm_is(text, "-1");
}

/* Empty while the operation goes on. */
static bool is_duration(struct pm_text text)
{
    int64_t ns;

    return text.len == 0 || pm_seconds(text, &ns);
}

static bool is_clock(struct pm_text text)
{
    enum pm_half half;
    int64_t ns;

    return text.len == 0 || pm_clock(text, &ns, &half);
}

/* Hours since the first event may be more than a day has. */
static bool is_span(struct pm_text text)
{
    size_t i = 0;

    while (i < text.len && strchr("0123456789:.,", text.at[i]) != NULL && text.at[i] != '\0') {
        i++;
    }
    return i == text.len;
}

/* Of any calendar: three numbers. Where there is the column, all events have a date. */
static bool is_date(struct pm_text text)
{
    unsigned numbers = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.at[i] >= '0' && text.at[i] <= '9';

        numbers += digit && (i == 0 || text.at[i - 1] < '0' || text.at[i - 1] > '9');
    }
    return numbers >= 3;
}

typedef bool (*check_fn)(struct pm_text text);

static const check_fn columns[PM_COLUMN_COUNT] = {
    [PM_INDEX] = is_number,           [PM_PID] = is_number,
    [PM_TID] = is_number_or_none,     [PM_PPID] = is_number_or_none,
    [PM_SESSION] = is_number_or_none, [PM_DATE] = is_date,
    [PM_DURATION] = is_duration,      [PM_COMPLETION] = is_clock,
    [PM_RELATIVE] = is_span,          [PM_AUTH] = is_luid,
};

/* Leaves of a process, a module and a frame of a stack. */
struct leaf {
    const char *name;
    check_fn check;
};

static const struct leaf of_process[] = {
    {"ProcessIndex", is_number},
    {"ProcessId", is_number},
    {"ParentProcessId", is_number_or_none},
    {"ParentProcessIndex", is_index_or_none},
    {"AuthenticationId", is_luid},
    {"CreateTime", is_filetime},
    {"FinishTime", is_filetime},
    {"IsVirtualized", is_number_or_none},
    {"Is64bit", is_number_or_none},
};
static const struct leaf of_module[] = {
    {"Timestamp", is_filetime}, {"BaseAddress", is_address}, {"Size", is_number_or_none}};
static const struct leaf of_frame[] = {{"depth", is_number_or_none}, {"address", is_address}};

/* ------------------------------------------------------------------ what is said of it */

/* Where an event or a process begins. */
struct place {
    uint64_t off, line, event;
};

/* Counted when leniency was asked for; else the end. */
static bool wrong(struct pm_conv *c, const struct place *at, uint64_t *counter, struct pm_text name,
                  const char *what, struct pm_text value)
{
    ++*counter;
    if (c->opts.lenient) {
        return true;
    }
    pm_wrong(&c->fault, PM_BAD_COLUMN, at->off, at->line, "%.*s: %s%.*s", (int)pm_cut(name, 60),
             name.at, what, (int)pm_cut(value, 40), value.len > 0 ? value.at : "");
    c->fault.event = at->event;
    c->status = SCAPF_E_FORMAT;
    return false;
}

static bool bad_value(struct pm_conv *c, const struct place *at, const struct pm_field *field)
{
    bool no_day = field->column == PM_DATE && field->text.len == 0; /* another event's is taken */
    struct pm_repairs *repairs = &c->verdict.repairs;

    return wrong(c, at, no_day ? &repairs->times : &repairs->values, field->name,
                 field->text.len == 0 ? "the column is empty" : "", field->text);
}

static bool bad_column(struct pm_conv *c, const struct place *at, uint64_t *counter,
                       struct pm_text name, const char *what)
{
    return wrong(c, at, counter, name, what, (struct pm_text){NULL, 0});
}

static bool check_leaves(struct pm_conv *c, const struct place *at, const struct pm_field *fields,
                         uint32_t n, const struct leaf *leaves, size_t n_leaves)
{
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_leaves; k++) {
            if (pm_is(fields[i].name, leaves[k].name) && !leaves[k].check(fields[i].text) &&
                !bad_value(c, at, &fields[i])) {
                return false;
            }
        }
    }
    return true;
}

#define CHECK_LEAVES(c, at, fields, n, leaves)                                                     \
    check_leaves(c, at, fields, n, leaves, sizeof(leaves) / sizeof((leaves)[0]))

/* ------------------------------------------------------------------ events */

static bool check_set(struct pm_conv *c, const struct place *at, uint32_t there)
{
    uint32_t differ;

    c->columns = c->columns != 0 ? c->columns : there; /* the first event's count */
    differ = (c->columns & ~there) | (there & ~c->columns & ~c->further);
    c->further |= there & ~c->columns; /* what is new is said once */
    for (unsigned i = 0; differ >> i != 0; i++) {
        if ((differ >> i & 1) != 0 &&
            !bad_column(c, at, &c->verdict.repairs.missing, pm_column_names[i],
                        (there >> i & 1) != 0 ? "the first event has no such column"
                                              : "the column is missing")) {
            return false;
        }
    }
    return true;
}

bool pm_check_event(struct pm_conv *c)
{
    const struct pm_event *event = c->event;
    const struct place at = {event->off, event->line, event->number};
    uint32_t there = 0;

    for (uint32_t i = 0; i < event->n_fields; i++) {
        const struct pm_field *field = &event->fields[i];
        uint32_t bit = UINT32_C(1) << field->column;

        if (field->column == PM_COLUMN_COUNT) {
            continue; /* whatever it is, all of it is kept */
        }
        if ((there & bit) != 0 && !bad_column(c, &at, &c->verdict.repairs.doubled, field->name,
                                              "the column is there twice")) {
            return false;
        }
        if (columns[field->column] != NULL && !columns[field->column](field->text) &&
            !bad_value(c, &at, field)) {
            return false;
        }
        there |= bit;
    }
    return (event->repaired || check_set(c, &at, there)) &&
           CHECK_LEAVES(c, &at, event->frames, event->n_frames, of_frame);
}

/* ------------------------------------------------------------------ processes */

bool pm_check_process(struct pm_conv *c, const struct pm_process *process)
{
    const struct place at = {process->off, process->line, 0};

    for (uint32_t i = 0; i < process->n_fields; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (process->fields[i].name.len == process->fields[k].name.len &&
                memcmp(process->fields[i].name.at, process->fields[k].name.at,
                       process->fields[i].name.len) == 0 &&
                !bad_column(c, &at, &c->verdict.repairs.doubled, process->fields[i].name,
                            "the element is there twice")) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < 2; i++) { /* without its numbers nothing can be told of it */
        const struct pm_text name = {of_process[i].name, strlen(of_process[i].name)};

        if (pm_process_leaf(process, of_process[i].name).at == NULL &&
            !bad_column(c, &at, &c->verdict.repairs.missing, name, "the element is missing")) {
            return false;
        }
    }
    return CHECK_LEAVES(c, &at, process->fields, process->n_fields, of_process) &&
           CHECK_LEAVES(c, &at, process->modules, process->n_modules, of_module);
}
