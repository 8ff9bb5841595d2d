/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render.h - what the formats of a printer share: the buffer, the options, the host names.
 */
#ifndef SCAPF_RENDER_RENDER_H
#define SCAPF_RENDER_RENDER_H

#include "bytes/out.h"
#include "render/arch.h"
#include "render/line.h"
#include "scapfmt.h"

/* Text is collected here and handed to the sink in pieces of this size. */
#define RENDER_FLUSH ((size_t)64 << 10)

/* SYSDIG_JSON: what tells the type of an event. */
#define RENDER_CODES 512u

struct type_text {
    const struct scapf_event_info *info; /* the event it is about; NULL = none yet */
    uint8_t len;
    char text[OUT_PADDED];
};

/* SYSDIG_JSON: the end of the last line. Lines of one thread follow each other. */
struct line_tail {
    int64_t tid;
    char comm[32];
    char text[256];
    size_t len; /* 0: nothing is remembered */
};

struct scapf_printer {
    struct out out;
    struct scapf_sink *sink;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    const struct scapf_arch *arch; /* NULL: not known; asked for, or inferred as events pass */
    bool arch_fixed;               /* asked for by the caller */
    struct scapf_arch_votes votes;
    const struct scapf_flag_set *fd_types; /* names of scapf_fd.type; NULL when there are none */
    struct scapf_host *host;               /* NULL when the format resolves no names */
    struct scapf_printer_opts opts;
    uint64_t events;          /* evt.num of the last event, as sysdig counts */
    bool marked;              /* LINE: the line at hand begins with a mark */
    bool started;             /* SYSDIG_JSON: past the events that are initial state */
    bool initial;             /* the record at hand is such an event */
    struct args_names *names; /* LINE, SYSDIG_JSON */
    struct out text;          /* LINE, SYSDIG_JSON: scratch of one record */
    struct line_state line;
    struct line_tail tail;
    struct json_join *join;  /* JSON of whole calls; else NULL */
    struct type_text *types; /* SYSDIG_JSON: RENDER_CODES of them */
};

/* Append the record to p->out. Errors are those of the buffer. */
typedef enum scapf_status (*render_fn)(struct scapf_printer *p, const struct scapf_reader *reader,
                                       const struct scapf_record *rec);

enum scapf_status render_line(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec);
enum scapf_status render_raw(struct scapf_printer *p, const struct scapf_reader *reader,
                             const struct scapf_record *rec);
enum scapf_status render_blocks(struct scapf_printer *p, const struct scapf_reader *reader,
                                const struct scapf_record *rec);
enum scapf_status render_json(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec);
enum scapf_status render_sysdig_json(struct scapf_printer *p, const struct scapf_reader *reader,
                                     const struct scapf_record *rec);
/* What the next line or object needs to know of a record, shown or not. */
void sysdig_json_note(struct scapf_printer *p, const struct scapf_record *rec);

#endif
