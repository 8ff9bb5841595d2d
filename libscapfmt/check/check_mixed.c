/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_mixed.c - rules about the order of records and about whole sections: what the readers of
 * scap make of a file that holds more than a scap, and what only the end of a section can tell.
 * [pcapng 4.1-4.4, scap 15]
 *
 * A file without system-call events and tables is none of their business: nothing is said then. Nor
 * is anything said that misses what may have stood in bytes that were passed over.
 */
#include "check/check.h"

#include "block/types.h"

/* ------------------------------------------------------------------ record by record */

static void before_first_event(struct checker *c, const struct scapf_record *rec)
{
    struct check_section *s = &c->section;

    s->events = true;
    s->first_event = rec->off;
    if (s->harmed) {
        /* what is missing may have been passed over */
    } else if ((s->tables & (CHECK_MACHINE | CHECK_PROCESS)) == 0) {
        /* an event of an unknown code that closes a section of packets needs no names */
        if (rec->event == NULL || rec->event->info != NULL) {
            check_report(c, RULE_MIX_NO_TABLES, rec->off, 0, 0);
        }
    } else if ((s->tables & CHECK_MACHINE) == 0 || (s->tables & CHECK_INTERFACE) == 0 ||
               (s->tables & CHECK_USER) == 0) {
        check_report(c, RULE_TABLES_MISSING, rec->off, s->tables, 0);
    }
    if (s->has_options && !c->file.said_options) {
        c->file.said_options = true;
        check_report_at(c, RULE_MIX_SHB_OPTIONS,
                        &(struct check_place){s->off + 24, s->block, SCAPF_BLOCK_SHB}, 0, 0);
    }
    if (c->file.any_big && !c->file.said_big) {
        c->file.said_big = true;
        check_report_at(c, RULE_MIX_BIG_ENDIAN, &c->file.first_big, 0, 0);
    }
    c->file.any_event = true;
}

static void after_first_event(struct checker *c, const struct scapf_record *rec)
{
    struct check_section *s = &c->section;

    if (s->harmed) {
        return; /* a section header may have stood between */
    }
    if (!s->after_events) {
        s->after_events = true;
        check_report(c, RULE_MIX_AFTER_EVENTS, rec->off, rec->type, 0);
    }
    if (rec->kind == SCAPF_KIND_TABLE && !s->table_late) {
        s->table_late = true;
        check_report(c, RULE_MIX_TABLE_LATE, rec->off, rec->type, 0);
    }
}

void check_widen(uint64_t *min, uint64_t *max, bool *any, uint64_t ts)
{
    if (!*any) {
        *min = *max = ts;
        *any = true;
    }
    *min = ts < *min ? ts : *min;
    *max = ts > *max ? ts : *max;
}

void check_order(struct checker *c, const struct scapf_record *rec)
{
    struct check_file *f = &c->file;

    if (rec->kind == SCAPF_KIND_EVENT) {
        if (!c->section.events) {
            before_first_event(c, rec);
        }
        /* codes the schema does not know close mixed files: their time is none */
        if (rec->event != NULL && rec->event->info != NULL) {
            check_widen(&f->event_min, &f->event_max, &f->any_event_time, rec->ts_ns);
        }
    } else if (c->section.events) {
        after_first_event(c, rec);
    }
    if (rec->kind == SCAPF_KIND_PACKET) {
        c->section.packets = true;
        if (rec->has_ts) {
            check_widen(&f->packet_min, &f->packet_max, &f->any_packet_time, rec->ts_ns);
        }
    }
    if (rec->kind == SCAPF_KIND_TABLE) {
        f->any_table = true;
    }
    if (!f->any_frame && kind_is_frame(rec->kind)) {
        f->any_frame = true;
        f->first_frame = (struct check_place){rec->off, rec->ordinal, rec->type};
        f->first_is_event = rec->kind == SCAPF_KIND_EVENT;
    }
}

/* ------------------------------------------------------------------ at the end */

static void check_minor(struct checker *c)
{
    const struct check_section *s = &c->section;
    bool scap = s->events || s->tables != 0 || (s->minor == 2 && s->harmed);
    uint64_t off = s->off + 14;

    /* Every scap says 2 and means its own version [scap 3]; elsewhere 2 was a mistake. */
    if (s->minor == 0 || (s->minor == 2 && scap)) {
        return;
    }
    if (scap) {
        check_report(c, RULE_SHB_MINOR_SCAP, off, s->minor, 2);
    } else {
        check_report(c, s->minor == 2 ? RULE_SHB_MINOR_2 : RULE_SHB_MINOR, off, s->minor, 0);
    }
}

void check_section_end(struct checker *c, uint64_t off)
{
    const struct check_section *s = &c->section;

    c->block = s->block;
    c->block_type = SCAPF_BLOCK_SHB;
    if (s->is_foreign) {
        return;
    }
    check_minor(c);
    if (!s->harmed && s->length <= INT64_MAX && s->length % 4 == 0 &&
        s->length != off - s->body_off) {
        check_report(c, RULE_SECTION_LEN, s->off + 16, s->length, off - s->body_off);
    }
    for (uint32_t i = 0; i < s->n_ifaces && !s->harmed; i++) {
        if (!c->ifaces[i].used && c->ifaces[i].known) {
            check_report_at(c, RULE_IFACE_UNUSED, &c->ifaces[i].at, i, 0);
        }
    }
}

void check_file_end(struct checker *c)
{
    const struct check_file *f = &c->file;
    bool overlap = f->packet_min <= f->event_max && f->event_min <= f->packet_max;

    c->block = c->section.block;
    c->block_type = SCAPF_BLOCK_SHB;
    if (!f->any_event && !f->any_table) {
        return;
    }
    if (f->any_big && !f->said_big) {
        check_report_at(c, RULE_MIX_BIG_ENDIAN, &f->first_big, 0, 0);
    }
    if (f->harmed) {
        return;
    }
    if (!c->section.events) {
        check_report(c, RULE_MIX_LAST_NO_EVENT, c->section.off, 0, 0);
    }
    if (f->any_event && f->any_frame && !f->first_is_event) {
        check_report_at(c, RULE_MIX_FIRST_NO_EVENT, &f->first_frame, 0, 0);
    }
    if (f->any_packet_time && f->any_event_time && !overlap) {
        check_report(c, RULE_MIX_NO_OVERLAP, c->section.off, f->event_min, f->packet_min);
    }
}
