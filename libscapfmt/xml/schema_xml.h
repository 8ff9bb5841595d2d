/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml.h - inside of the schema loader: what its parts share.
 *
 *   schema_xml.c         files -> documents (parsed, XSD-validated) -> passes -> schema
 *   schema_xml_build.c   arenas, keyed lists, faults, attributes
 *   schema_xml_names.c   ages, names, flag sets, variant sets, system calls
 *   schema_xml_events.c  events
 *   schema_xml_calls.c   architectures, conversions
 *   schema_xml_blocks.c  table bodies
 *   schema_xml_takes.c   words that say where the parameters of an event come from
 *   schema_xml_traces.c  what calls of text traces become
 *   schema_xml_procmon.c what events of Process Monitor become
 *
 * A pass handles one kind of element: it takes over what the base schema has, then the elements of
 * all files in order, then writes the finished array into the schema. Passes run in the order of
 * their dependencies, so it does not matter which file says what.
 */
#ifndef SCAPF_XML_SCHEMA_XML_H
#define SCAPF_XML_SCHEMA_XML_H

#include <libxml/tree.h>

#include "xml/schema_load.h"

/* The XSD, from embed.sh. */
extern const unsigned char schema_xsd[];
extern const size_t schema_xsd_len;

/* ------------------------------------------------------------------ arena */

/* Memory that is freed at once. */
struct arena {
    const struct scapf_alloc *alloc;
    struct arena_chunk *chunks;
    uint8_t *at;
    size_t left;
};

/* n items of size bytes, zeroed, aligned for anything; NULL when there is no memory. */
void *arena_get(struct arena *arena, size_t n, size_t size);
void arena_release(struct arena *arena);

/* ------------------------------------------------------------------ keyed lists */

/* A definition, found by its name, or by its number when name is NULL. */
struct keyed {
    const char *name;
    uint64_t number;
    const void *item;
    const xmlNode *node; /* NULL: from the base schema */
    size_t input;        /* which file */
};

/* Definitions in order of first sight, with a hash over their keys. */
struct keys {
    struct keyed *items;
    uint32_t n, cap;
    uint32_t *slots; /* index + 1 in items; 0 = free */
    uint32_t n_slots;
};

/* ------------------------------------------------------------------ builder */

#define SCHEMA_NO_INPUT SIZE_MAX

struct schema_doc {
    const void *item;
    const char *text;
};

struct builder {
    struct scapf_schema schema; /* what is being made */
    const struct scapf_schema *base;
    struct arena *arena;  /* of the schema */
    struct arena scratch; /* of the loading */
    scapf_xml_report_fn report;
    void *ctx;
    bool unique; /* a definition in two files is a fault, too */
    size_t input;
    unsigned n_faults;
    enum scapf_status status; /* first failure */

    struct keys ages, categories, errnos, signals;
    struct keys flag_sets, variant_sets;
    struct keys syscalls, syscall_names;
    struct keys events, event_symbols;
    struct keys arches, ia32, conversions, tables;
    struct keys traces, old_traces;
    struct keys pm_rows, pm_results, pm_ports;
    struct schema_doc *docs;
    uint32_t n_docs, cap_docs;
};

/* Report a fault at an element (NULL: none in particular). */
void fault(struct builder *b, const xmlNode *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Report a fault at a place. */
void fault_at(struct builder *b, const char *file, unsigned line, const char *message);
/* True when loading should stop: no memory, or too many faults to be of use. */
bool is_over(const struct builder *b);

/* Memory of the schema and of the loading; NULL sets the status. */
void *keep(struct builder *b, size_t n, size_t size);
void *scratch(struct builder *b, size_t n, size_t size);
/* Room for item n of a scratch array that grows; NULL when there is no memory. */
void *scratch_grow(struct builder *b, void *items, uint32_t n, uint32_t *cap, size_t size);
char *keep_text(struct builder *b, const char *text);

/* NULL when there is none. */
struct keyed *keys_find(const struct keys *keys, const char *name, uint64_t number);
/*
 * The definition with this key, new or (a later file overrides) known. A second definition in the
 * same file is a fault; what says which kind of thing it is. NULL only when there is no memory.
 */
struct keyed *keys_put(struct builder *b, struct keys *keys, const char *what, const xmlNode *node,
                       const char *name, uint64_t number);
/* The definitions, ascending by name or number, in the scratch arena. */
struct keyed *keys_sorted(struct builder *b, const struct keys *keys);

/* An attribute as text of the schema arena; NULL when it is not there. */
char *attr(struct builder *b, const xmlNode *node, const char *name);
/* An attribute as a number; fallback when it is not there, a fault when above max. */
uint32_t attr_number(struct builder *b, const xmlNode *node, const char *name, uint32_t fallback,
                     uint32_t max);
/* An attribute "yes" or "no". */
bool attr_yes(struct builder *b, const xmlNode *node, const char *name);
/* Cut the next word off a list of words; NULL behind the last. */
char *next_word(char **list);
/* The first child element of this name, or the next one after an element. */
const xmlNode *first_child(const xmlNode *node, const char *name);
const xmlNode *next_sibling(const xmlNode *node);
uint32_t count_children(const xmlNode *node, const char *name);

/* A flag set or variant set by name; NULL and a fault when there is none. */
const struct scapf_flag_set *find_flag_set(struct builder *b, const xmlNode *node,
                                           const char *name);
const struct scapf_variant_set *find_variant_set(struct builder *b, const xmlNode *node,
                                                 const char *name);
/* An event by symbol; NULL and a fault when there is none. */
const struct scapf_event_info *find_event(struct builder *b, const xmlNode *node,
                                          const char *symbol);
/* The set that now has the name of this one of the base schema; NULL stays NULL. */
const struct scapf_flag_set *current_flag_set(const struct builder *b,
                                              const struct scapf_flag_set *set);
/* Index of the age an attribute names; fallback when it is not there. */
uint8_t attr_age(struct builder *b, const xmlNode *node, uint8_t fallback);
/* How many parameters of an event are written: readers end in the middle of a capture at an event
 * that has more than they know. */
uint8_t params_to_write(const struct builder *b, const struct scapf_event_info *event);

/* ------------------------------------------------------------------ where parameters come from */

/* Words of one kind of rows. A take is a struct that begins with a uint8_t, the index of its word.
 */
struct take_kind {
    const struct take_word {
        const char *word;
        uint64_t types; /* of parameters it can fill, by bit */
    } * words;
    size_t size;                                                 /* of a take */
    void (*put_rest)(struct builder *b, char *rest, void *take); /* what stands behind "word:" */
    bool alone; /* the event may be one that is neither enter nor exit */
};

/* The events of a row, and a take for each of their parameters. */
struct taken {
    const struct scapf_event_info *exit, *enter;
    const void *exit_from, *enter_from;
    uint8_t n_exit; /* parameters to write */
    bool has_enter;
};

/* The event that symbol names, with the attributes `from` and `enter` of the row; without `enter`
 * its parameters come from where those of the same names do. False: the row is at fault. */
bool take_events(struct builder *b, const xmlNode *node, const char *symbol,
                 const struct take_kind *kind, struct taken *taken);

/* ------------------------------------------------------------------ passes */

/* One kind of element below the root. Any function may be NULL. */
struct schema_pass {
    const char *element;
    void (*seed)(struct builder *b);
    void (*take)(struct builder *b, const xmlNode *node);
    void (*finish)(struct builder *b);
};

extern const struct schema_pass schema_name_passes[];
extern const size_t schema_n_name_passes;
extern const struct schema_pass schema_event_passes[];
extern const size_t schema_n_event_passes;
extern const struct schema_pass schema_call_passes[];
extern const size_t schema_n_call_passes;
extern const struct schema_pass schema_block_passes[];
extern const size_t schema_n_block_passes;
extern const struct schema_pass schema_trace_passes[];
extern const size_t schema_n_trace_passes;
extern const struct schema_pass schema_procmon_passes[];
extern const size_t schema_n_procmon_passes;

#endif
