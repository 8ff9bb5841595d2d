/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml.h - PML files, Process Monitor's own (version 9, of 32 and 64 bit systems).
 *
 *   pm_pml.c          header, tables, walk over the events
 *   pm_pml_event.c    one event to columns
 *   pm_pml_detail.c   what the column Detail says of files
 *   pm_pml_query.c    what queries of files returned
 *   pm_pml_registry.c and of the registry
 *   pm_pml_words.c    numbers of Windows to words, and texts to columns
 *   pm_pml_text.c     bytes, numbers and names to text
 *
 * Everything in the file is an offset, a size or a count that may lie: a cursor over a part of the
 * file never leaves it, and says so once it should have.
 */
#ifndef SCAPFMT_PM_PML_H
#define SCAPFMT_PM_PML_H

#include <stdio.h>

#include "pm_build.h"

/* A part of the file. */
struct pml_cur {
    const uint8_t *p, *end;
    bool bad; /* something was to be read beyond the end */
};

/* A module of a process, ascending base. */
struct pml_module {
    uint64_t base, size;
    uint32_t path; /* index of a string */
};

struct pml_process {
    uint32_t index, pid;
    uint32_t name_at, name_len;  /* in pml.names */
    uint32_t modules, n_modules; /* in pml.modules */
};

struct pml_name {
    uint32_t value;
    const char *name;
};

/* What a process is called whose name is not there. */
#define PML_NAMELESS 24u
static inline size_t pml_nameless(char *to, uint32_t index)
{
    return (size_t)snprintf(to, PML_NAMELESS, "<process %lu>", (unsigned long)index);
}

/* Access rights and their names. */
struct pml_rights {
    const struct pml_name *rows; /* of which table; NULL = none yet */
    uint32_t mask, len;
    char text[240];
};

#define PML_RIGHTS 64u

/* A row of the map. */
struct pml_row {
    struct pm_text operation;
    int16_t decider; /* what reads its detail; see pm_pml_detail.c */
};

/* A result looked up last. */
struct pml_result {
    const struct scapf_pm_result *result; /* NULL = none yet */
    struct pm_text text;
};

struct pml {
    const struct pm_read_opts *opts;
    const struct scapf_schema *schema;
    const struct pm_handler *handler;
    struct pm_fault *fault;
    const uint8_t *bytes;
    size_t len;
    bool wide; /* pointers of 8 bytes */
    bool keep; /* texts beyond what the events need: frames, raw details */
    bool stacks;
    uint64_t n_events, offsets_off, processes_off, strings_off, hosts_off;
    struct pml_process *processes; /* ascending index */
    uint32_t n_processes;
    const struct pml_process *last_process; /* looked up last */
    struct pml_module *modules;
    uint32_t n_modules;
    const struct pml_process *system; /* PID 4: the modules of the kernel */
    char *names;
    size_t names_len, names_cap;
    uint64_t *hosts; /* offsets of entries of the table of hosts, by hash; 0 = free */
    uint32_t hosts_cap;
    uint64_t ports_off;
    uint32_t n_ports;
    const struct scapf_pm_row *rows[6][64][2]; /* by class, code, TCP: rows without a minor code */
    uint16_t minors[64][256];                  /* file system: index of the row + 1 */
    bool has_minors[64];
    struct pml_row *known;                /* by row */
    struct pml_result results[256];       /* by hash of their numbers */
    struct pml_rights rights[PML_RIGHTS]; /* looked up last */
    struct pm_build build;
    struct pm_event event;
    uint64_t number;      /* of the event in hand; 0 while it is a process */
    uint64_t at;          /* where the event or process in hand begins */
    char filter[1024];    /* of QueryDirectory */
    const char *category; /* of the event in hand, where it depends on more than the operation */
};

/* ------------------------------------------------------------------ pm_pml_text.c */

static inline struct pml_cur pml_at(const struct pml *p, uint64_t off, uint64_t len)
{
    if (off > p->len || len > p->len - off) {
        return (struct pml_cur){p->bytes, p->bytes, true};
    }
    return (struct pml_cur){p->bytes + off, p->bytes + off + len, false};
}

static inline const uint8_t *pml_take(struct pml_cur *c, size_t n)
{
    const uint8_t *p = c->p;

    if ((size_t)(c->end - p) < n) {
        c->bad = true;
        c->p = c->end;
        return NULL;
    }
    c->p += n;
    return p;
}

static inline uint8_t pml_u8(struct pml_cur *c)
{
    const uint8_t *p = pml_take(c, 1);

    return p != NULL ? p[0] : 0;
}

static inline uint16_t pml_u16(struct pml_cur *c)
{
    const uint8_t *p = pml_take(c, 2);

    return p != NULL ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

static inline uint32_t pml_load_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t pml_load_u64(const uint8_t *p)
{
    return pml_load_u32(p) | (uint64_t)pml_load_u32(p + 4) << 32;
}

static inline uint32_t pml_u32(struct pml_cur *c)
{
    const uint8_t *p = pml_take(c, 4);

    return p != NULL ? pml_load_u32(p) : 0;
}

static inline uint64_t pml_u64(struct pml_cur *c)
{
    const uint8_t *p = pml_take(c, 8);

    return p != NULL ? pml_load_u64(p) : 0;
}

static inline uint64_t pml_pointer(const struct pml *p, struct pml_cur *c)
{
    return p->wide ? pml_u64(c) : pml_u32(c);
}

/* Text of an event that is put together: the field that was begun last. */
static inline void pml_put(struct pml *p, const char *text, size_t len)
{
    (void)pm_build_text(&p->build, text, len);
}

static inline void pml_puts(struct pml *p, const char *text)
{
    pml_put(p, text, strlen(text));
}

/* UTF-16LE up to a NUL or the end, halves of pairs as U+FFFD; at most 3 bytes for 2. */
size_t pml_utf16(struct pml *p, char *to, const uint8_t *bytes, size_t n_bytes);
void pml_put_utf16(struct pml *p, const uint8_t *bytes, size_t n_bytes);
/* With commas between thousands, as Procmon prints them. */
void pml_put_number(struct pml *p, uint64_t value);
void pml_put_signed(struct pml *p, int64_t value);
void pml_put_plain(struct pml *p, uint64_t value);
void pml_put_hex(struct pml *p, uint64_t value);
/* 100 ns as seconds. */
void pml_put_seconds(struct pml *p, uint64_t ticks);
/* FILETIME as date and time, UTC, in the form of en-US. */
void pml_put_date(struct pml *p, uint64_t filetime);
void pml_put_base64(struct pml *p, const uint8_t *bytes, size_t len);

/* Names of all bits that are set, in the order of the rows; what was named is not named again. */
bool pml_put_mask(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n,
                  const char *separator);
/* The same of access rights: rows has those of a kind of object, all have the standard ones. Few
 * masks come again and again, and are remembered. */
void pml_put_rights(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n);
/* The name of a value; NULL when it has none. */
const char *pml_name_of(uint32_t value, const struct pml_name *rows, size_t n);

/* String of the table, as it lies in the file. False when there is none: counted, or a fault. */
bool pml_string(const struct pml *p, uint32_t index, const uint8_t **bytes, uint32_t *len);
/* "u16: top bit one byte a character, then how many" and the string itself later on. */
struct pml_info {
    bool narrow;
    uint16_t n;
};
static inline struct pml_info pml_info(struct pml_cur *c)
{
    uint16_t word = pml_u16(c);

    return (struct pml_info){word >> 15 != 0, word & 0x7FFF};
}
void pml_put_info(struct pml *p, struct pml_cur *c, struct pml_info info);

/* ------------------------------------------------------------------ events */

/* The parts of an event. */
struct pml_parts {
    uint32_t process, tid, cls, status, sequence;
    uint16_t code;
    uint64_t duration, filetime;
    struct pml_cur frames, detail, extra;
    bool has_extra;
    uint64_t size; /* of header, frames, detail; extra not */
};

/* False: what stands there is no event. */
bool pml_parts(const struct pml *p, uint64_t off, struct pml_parts *e);
/* Hand it over; the parts are used up. False: stop. */
bool pml_event(struct pml *p, uint64_t off, struct pml_parts *e);

/* A field begins; its text follows. */
void pml_field(struct pml *p, enum pm_column column);
void pml_named_field(struct pml *p, const char *name);

/* Path and detail of a file system or registry event: their fields are put. code and minor are of
 * the row. False when the detail is not one that can be taken apart. */
bool pml_file(struct pml *p, struct pml_parts *e, const struct scapf_pm_row **row);
bool pml_registry(struct pml *p, struct pml_parts *e);
/* Fill known. */
void pml_decide(struct pml *p);
/* Words of the column Detail. */
void pml_put_attributes(struct pml *p, uint32_t value);
void pml_put_access(struct pml *p, uint32_t value);
void pml_put_options(struct pml *p, uint32_t value);
/* The layout of an operation, -1 = none; what it returned, or what was given. */
int pml_query_find(const char *operation);
bool pml_query(struct pml *p, int layout, struct pml_cur *given, struct pml_parts *e);
/* Entries of a directory; place: parts of the detail before them. */
void pml_directory(struct pml *p, struct pml_cur *extra, uint32_t cls, unsigned place);
const struct pml_process *pml_process(struct pml *p, uint32_t index);

#endif
