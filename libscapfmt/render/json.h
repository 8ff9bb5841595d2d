/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - the JSON records: one object a record, typed, nothing lost. Shared by its files.
 *
 * The form is written down in schemas/scapfmt-record.schema.json. Rules that hold everywhere:
 * integers beyond 2^53-1 are decimal strings; times in ns are always decimal strings; bytes are
 * base64; text that is no UTF-8 is an object of its readable part and its bytes; a member that
 * does not apply is absent.
 */
#ifndef SCAPF_RENDER_JSON_H
#define SCAPF_RENDER_JSON_H

#include "bytes/json.h"
#include "render/render.h"
#include "scapfmt.h"

/* What the writing of one record needs. */
struct json_record {
    struct json j;
    struct scapf_printer *p;
    const struct scapf_reader *reader;
    const struct scapf_record *rec;
    bool call;        /* an event that stands for its whole call, see json_join.c */
    const char *name; /* of that call; NULL: the event says it */
};

/* What is said about an argument beside its value. Strings are borrowed. */
struct json_note {
    const char *null;    /* why the value is null */
    const char *name;    /* of the thing the number stands for */
    const char *fd_type; /* of the descriptor */
    const char *error;   /* "ENOENT" */
};

#define JSON_MAX_NOTES 255 /* parameters of an event in a schema are counted in a byte */

/* What is said about the arguments of an event, by their names. */
struct json_notes {
    uint32_t n;
    const char *arg[JSON_MAX_NOTES];
    struct json_note note[JSON_MAX_NOTES];
};

/* A diagnosis as an object, the same wherever one appears. */
void json_diag(struct json *j, const struct scapf_diag *diag);
/* The same for one that was raised inside this record and does not know its block. */
void json_own_diag(struct json_record *r, const struct scapf_diag *diag);
/* "damage" and "raw", the whole block: its body cannot be shown. */
void json_damage(struct json_record *r, const struct scapf_diag *diag);
/* Flags of a word: {"value","names","unknown"}; set may be NULL. The order of the set decides which
 * names appear, as in every tool that shows these events. [scap 13] */
void json_flags(struct json *j, uint64_t value, const struct scapf_flag_set *set);
/* The same form for a word that holds one value: every name of that value. */
void json_enum(struct json *j, uint64_t value, const struct scapf_flag_set *set);
/* An internet address as a string. */
void json_ip(struct json *j, const uint8_t *addr, size_t len);
/* Texts that each end with a NUL, as an array. False, and nothing written, when the last one has no
 * NUL: the array could not tell. */
bool json_list(struct json *j, const uint8_t *bytes, size_t len);

/* The typed value of a parameter of this record's event. */
void json_value(struct json_record *r, const struct scapf_value *value, struct json_note *note);
/* The members all records begin with. */
void json_common(struct json_record *r);
/* The name of the record's block type, or its number. */
void json_block_type(struct json *j, uint32_t type);
/* The members of an event. */
void json_event(struct json_record *r);
/* Its parts: all up to the arguments; how many of them have a name; the value of one; one more to
 * say something about; the objects that say it; all behind them. */
void json_event_header(struct json_record *r);
uint32_t json_event_n_args(const struct scapf_event *ev);
void json_event_arg(struct json_record *r, uint32_t i, struct json_note *note);
void json_note_add(struct json_notes *notes, const char *arg, const struct json_note *note);
void json_notes(struct json *j, const struct json_notes *notes);
void json_event_tail(struct json_record *r);
/* Do events in blocks of this type have flags? */
bool json_has_flags(uint32_t block_type);
/* "trace", and "entries" of getdents(): a comment that is a call or signal as strace prints it,
 * taken apart. Nothing when it is none. */
void json_trace(struct json *j, const void *text, size_t len);
/* The same for a comment with the columns of an event of Process Monitor: "procmon". False when it
 * is no such comment. */
bool json_procmon(struct json *j, const struct scapf_schema *schema, const void *text, size_t len);
/* The members of a block that is neither packet, event nor table. */
void json_block(struct json_record *r);
/* The members of a table block. */
void json_table(struct json_record *r);
/* "comments" and "options", each only when there is one. block_type decides names and types. */
void json_options(struct json_record *r, uint32_t block_type, struct scapf_option_iter *it);
/* As json_options() for the record's own options. */
void json_own_options(struct json_record *r);

#endif
