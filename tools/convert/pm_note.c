/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_note.c - what Procmon wrote, as text.
 *
 *     Procmon event 17
 *     ProcessIndex: 396
 *     Path: C:\a
 *     Frame: 0<tab>0xfffff8062<tab>C:\x.sys<tab>x.sys + 0x1
 *
 * Names as in XML exports, one column a line, in the order of the source. A line break in a value
 * is followed by a blank, which belongs to the form: so the value can be had back byte for byte. A
 * CR that ends no line, as CSV has them in lists, would end one: LF and ";" behind it are the
 * form's. Processes of the list are notifications of the same form before all events.
 */
#include <stdio.h>
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"

#define NOTIFICATION 280
#define DESC_MAX     60000u
#define DESC_SHORT   400u /* where all columns follow */

static void put(struct pm_conv *c, struct pm_rec *rec, const char *text)
{
    pm_rec_comment(c, rec, text, strlen(text));
}

/* Up to the next line break or CR and with it; all of the text when there is none. */
static size_t piece(struct pm_text text)
{
    const char *lf = memchr(text.at, '\n', text.len);
    size_t n = lf != NULL ? (size_t)(lf - text.at) + 1 : text.len;
    const char *cr = memchr(text.at, '\r', n);

    return cr != NULL && (lf == NULL || cr + 1 < lf) ? (size_t)(cr - text.at) + 1 : n;
}

static void put_value(struct pm_conv *c, struct pm_rec *rec, struct pm_text text)
{
    while (text.len > 0) {
        size_t n = piece(text);

        pm_rec_comment(c, rec, text.at, n);
        if (text.at[n - 1] == '\n') {
            pm_rec_comment(c, rec, " ", 1);
        } else if (text.at[n - 1] == '\r') {
            pm_rec_comment(c, rec, "\n;", 2);
        }
        text.at += n;
        text.len -= n;
    }
}

/* In the top bit of each of eight bytes: is one of them below a blank? */
static uint64_t below_blank(uint64_t eight)
{
    return (eight - PM_EACH(' ')) & ~eight;
}

/* Is there nothing in the text that may end a line, no control character at all? */
static bool is_line(struct pm_text text)
{
    uint64_t below = 0;
    uint64_t eight = PM_EACH(' ');
    size_t i = 0;

    for (; i + 8 <= text.len; i += 8) {
        memcpy(&eight, text.at + i, 8);
        below |= below_blank(eight);
    }
    if (text.len >= 8) {
        memcpy(&eight, text.at + text.len - 8, 8);
    } else {
        for (; i < text.len; i++) {
            eight = eight << 8 | (uint8_t)text.at[i];
        }
    }
    return ((below | below_blank(eight)) & PM_EACH(0x80)) == 0;
}

static void put_field(struct pm_conv *c, struct pm_rec *rec, struct pm_text name,
                      struct pm_text text)
{
    size_t n = is_line(text) ? text.len : 0;
    char *to = pm_rec_comment_room(c, rec, name.len + 3 + n);

    if (to != NULL) {
        *to++ = '\n';
        memcpy(to, name.at, name.len);
        memcpy(to + name.len, ": ", 2);
        if (n > 0) {
            memcpy(to + name.len + 2, text.at, n);
        }
        rec->comment += (uint32_t)(name.len + 3 + n);
    }
    put_value(c, rec, (struct pm_text){text.at + n, text.len - n});
}

/* Modules and frames: the leaves of one on a line. */
static void put_groups(struct pm_conv *c, struct pm_rec *rec, const char *name,
                       const struct pm_field *fields, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || fields[i].group != fields[i - 1].group) {
            put(c, rec, "\n");
            put(c, rec, name);
            put(c, rec, ": ");
        } else {
            put(c, rec, "\t");
        }
        put_value(c, rec, fields[i].text);
    }
}

void pm_note_columns(struct pm_conv *c, struct pm_rec *rec)
{
    const struct pm_event *e = c->event;
    char number[32];
    const char *at;

    if (rec == NULL || c->opts.keep == PM_KEEP_NONE) {
        return;
    }
    at = pm_digits(number + sizeof(number), e->number, false);
    put(c, rec, "Procmon event ");
    pm_rec_comment(c, rec, at, (size_t)(number + sizeof(number) - at));
    for (uint32_t i = 0; i < e->n_fields; i++) {
        put_field(c, rec, e->fields[i].name, e->fields[i].text);
    }
    put_groups(c, rec, "Frame", e->frames, e->n_frames);
}

/* "procmon.registry.RegOpenKey" */
static size_t make_id(char *id, size_t size, unsigned cls, struct pm_text name)
{
    static const char *const classes[] = {"unknown", "process",   "registry",
                                          "file",    "profiling", "network"};
    int n = snprintf(id, size, "procmon.%s.", classes[cls]);
    size_t at = n > 0 ? (size_t)n : 0;

    for (size_t i = 0; i < name.len && at < size - 1; i++) {
        id[at++] = name.at[i] == ' ' ? '_' : name.at[i];
    }
    return at;
}

void pm_note_plan(struct pm_plan *plan, const struct scapf_pm_row *row)
{
    size_t len = strlen(row->operation);

    if (len < sizeof(plan->id) - 24) {
        plan->id_len = (uint8_t)make_id(plan->id, sizeof(plan->id), row->cls,
                                        (struct pm_text){row->operation, len});
    }
}

/* Under the name the file has for it: a row may have several. */
static void put_id(struct pm_conv *c, struct pm_rec *rec)
{
    struct pm_text name = pm_col(c->event, PM_OPERATION);
    char id[160];

    if (c->plan != NULL && c->plan->id_len > 0 &&
        (name.at == c->row->operation || pm_is(name, c->row->operation))) {
        pm_rec_bytes(c, rec, c->plan->id, c->plan->id_len + (size_t)1);
    } else {
        pm_rec_text(c, rec, id, make_id(id, sizeof(id), c->row != NULL ? c->row->cls : 0, name),
                    sizeof(id));
    }
}

/* Path, result and detail, a blank between them. */
static void put_desc(struct pm_conv *c, struct pm_rec *rec)
{
    const struct pm_text parts[] = {pm_col(c->event, PM_PATH), pm_col(c->event, PM_RESULT),
                                    pm_col(c->event, PM_DETAIL)};
    size_t all = parts[0].len + parts[1].len + parts[2].len + 2;
    size_t max = c->opts.keep == PM_KEEP_NONE ? DESC_MAX : DESC_SHORT;
    uint8_t *to = pm_rec_room(c, rec, (all < max ? all : max) + 1);
    size_t n = 0;

    for (size_t i = 0; to != NULL && i < 3; i++) {
        size_t blank = n > 0 && n < max;
        size_t len = pm_cut(parts[i], max - n - blank);

        if (len == 0) {
            continue;
        }
        to[n] = ' ';
        memcpy(to + n + blank, parts[i].at, len);
        n += blank + len;
    }
    if (to != NULL) {
        to[n] = '\0';
        pm_rec_end(rec, n + 1);
    }
}

struct pm_rec *pm_note(struct pm_conv *c)
{
    struct pm_rec *rec = pm_rec_new(c, NOTIFICATION, c->thread->tid);

    if (rec != NULL) {
        put_id(c, rec);
        put_desc(c, rec);
        pm_note_columns(c, rec);
    }
    return rec;
}

void pm_note_process(struct pm_conv *c, const struct pm_proc *proc,
                     const struct pm_process *process)
{
    static const char id[] = "procmon.process";
    struct pm_rec *rec;

    if (c->opts.keep == PM_KEEP_NONE) {
        return;
    }
    rec = pm_rec_new(c, NOTIFICATION, proc != NULL ? proc->pid : 0);
    if (rec == NULL) {
        return;
    }
    pm_rec_text(c, rec, id, sizeof(id) - 1, sizeof(id));
    pm_rec_text(c, rec, proc != NULL ? proc->name.at : "", proc != NULL ? proc->name.len : 0, 255);
    put(c, rec, "Procmon process");
    for (uint32_t i = 0; i < process->n_fields; i++) {
        put_field(c, rec, process->fields[i].name, process->fields[i].text);
    }
    put_groups(c, rec, "Module", process->modules, process->n_modules);
    /* before all events, where pm_conv_write() gives it a time; or before those of one more file */
    pm_emit_now(c, c->spooled ? c->clock_ns : INT64_MIN, rec);
}
