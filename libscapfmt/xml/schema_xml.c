/* SPDX-License-Identifier: Apache-2.0 */
#include "xml/schema_xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include "base/mem.h"

/* Our own schemas are 0.3 MB together; a larger file is a mistake or an attack. */
#define FILE_LIMIT (16U << 20)

struct loaded {
    struct scapf_schema schema; /* first: scapf_schema_free() gets its address */
    struct arena arena;
    const struct schema_doc *docs;
    uint32_t n_docs;
};

struct load {
    struct builder b;
    xmlSchema *xsd;
    xmlDoc **docs;
    size_t n_docs;
    const char *name; /* of the file in hand */
    bool refused;     /* it has a document type */
};

/* ------------------------------------------------------------------ bytes */

/* Read a whole file into scratch memory. */
static const char *read_file(struct builder *b, const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t cap = 0;
    size_t n = 0;

    if (file == NULL) {
        fault_at(b, path, 0, strerror(errno));
        b->status = SCAPF_E_IO;
        return NULL;
    }
    do {
        char *more;

        cap = cap == 0 ? 65536 : cap * 2;
        more = scratch(b, cap, 1);
        if (more == NULL) {
            break;
        }
        if (n > 0) {
            memcpy(more, bytes, n);
        }
        bytes = more;
        n += fread(bytes + n, 1, cap - n, file);
    } while (n == cap && n < FILE_LIMIT);
    if (ferror(file) != 0) {
        fault_at(b, path, 0, "cannot be read");
        b->status = SCAPF_E_IO;
        bytes = NULL;
    }
    (void)fclose(file);
    *len = n;
    return b->status == SCAPF_E_NOMEM ? NULL : bytes;
}

/* ------------------------------------------------------------------ parsing and validation */

/* libxml2's messages end in a line feed. */
static void report_xml(struct load *l, const char *message, int line)
{
    char text[256];
    size_t n;

    if (is_over(&l->b)) {
        return;
    }
    (void)snprintf(text, sizeof(text), "%s", message != NULL ? message : "no memory");
    n = strlen(text);
    while (n > 0 && text[n - 1] == '\n') {
        text[--n] = '\0';
    }
    fault_at(&l->b, l->name, line > 0 ? (unsigned)line : 0, text);
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlError *error_ptr;
#endif

static void on_parse_error(void *ctx, error_ptr error)
{
    xmlParserCtxt *parser = ctx;
    struct load *l = parser->_private;

    if (!l->refused) {
        report_xml(l, error->message, error->line);
    }
}

static void on_xsd_error(void *ctx, error_ptr error)
{
    report_xml(ctx, error->message, error->line);
}

/* A document type can pull in entities of any size from anywhere: nothing of it is looked at. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    xmlParserCtxt *parser = ctx;
    struct load *l = parser->_private;

    (void)name;
    (void)external;
    (void)system;
    if (!l->refused) {
        l->refused = true;
        fault_at(&l->b, l->name, parser->input != NULL ? (unsigned)parser->input->line : 0,
                 "a document type is not allowed");
    }
    xmlStopParser(parser);
}

static xmlDoc *parse(struct load *l, const char *bytes, size_t len)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    xmlDoc *doc;

    if (parser == NULL) {
        l->b.status = SCAPF_E_NOMEM;
        return NULL;
    }
    l->refused = false;
    parser->_private = l;
    parser->sax->serror = on_parse_error;
    parser->sax->internalSubset = on_doctype;
    doc = xmlCtxtReadMemory(parser, bytes, (int)len, l->name, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
    xmlFreeParserCtxt(parser);
    if (doc != NULL && l->refused) {
        xmlFreeDoc(doc);
        return NULL;
    }
    if (doc == NULL && l->b.status == SCAPF_OK) {
        fault_at(&l->b, l->name, 0, "is no XML document");
    }
    return doc;
}

static void validate(struct load *l, xmlDoc *doc)
{
    xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(l->xsd);

    if (valid == NULL) {
        l->b.status = SCAPF_E_NOMEM;
        return;
    }
    xmlSchemaSetValidStructuredErrors(valid, on_xsd_error, l);
    if (xmlSchemaValidateDoc(valid, doc) != 0 && l->b.status == SCAPF_OK) {
        fault_at(&l->b, l->name, 0, "does not match the schema definition");
    }
    xmlSchemaFreeValidCtxt(valid);
}

/* It is libxml2's own, by another name: who loads need not know libxml2. */
struct schema_xsd *schema_xsd_new(void)
{
    xmlSchemaParserCtxt *parser =
        xmlSchemaNewMemParserCtxt((const char *)schema_xsd, (int)schema_xsd_len);
    xmlSchema *xsd = parser != NULL ? xmlSchemaParse(parser) : NULL;

    xmlSchemaFreeParserCtxt(parser);
    return (struct schema_xsd *)xsd;
}

void schema_xsd_free(struct schema_xsd *xsd)
{
    xmlSchemaFree((xmlSchema *)xsd);
}

static void load_input(struct load *l, const struct schema_input *input)
{
    const char *bytes = input->bytes;
    size_t len = input->len;
    xmlDoc *doc;

    l->name = input->name;
    if (bytes == NULL) {
        bytes = read_file(&l->b, input->name, &len);
    }
    if (bytes == NULL) {
        return;
    }
    if (len >= FILE_LIMIT) {
        fault_at(&l->b, input->name, 0, "is larger than 16 MiB");
        return;
    }
    doc = parse(l, bytes, len);
    if (doc != NULL) {
        l->docs[l->n_docs++] = doc;
        validate(l, doc);
    }
}

/* ------------------------------------------------------------------ passes */

static void run_pass(struct load *l, const struct schema_pass *pass)
{
    if (pass->seed != NULL && l->b.base != NULL) {
        pass->seed(&l->b);
    }
    for (size_t i = 0; i < l->n_docs; i++) {
        const xmlNode *root = xmlDocGetRootElement(l->docs[i]);

        l->b.input = i;
        for (const xmlNode *node = first_child(root, pass->element);
             node != NULL && !is_over(&l->b); node = next_sibling(node)) {
            pass->take(&l->b, node);
        }
    }
    if (!is_over(&l->b)) {
        pass->finish(&l->b);
    }
}

static void take_versions(struct load *l)
{
    l->b.schema.version = l->b.base != NULL ? l->b.base->version : "";
    for (size_t i = 0; i < l->n_docs; i++) {
        const char *version = attr(&l->b, xmlDocGetRootElement(l->docs[i]), "version");

        if (version != NULL) {
            l->b.schema.version = version;
        }
    }
}

static void run_passes(struct load *l)
{
    const struct {
        const struct schema_pass *passes;
        size_t n;
    } groups[] = {
        {schema_name_passes, schema_n_name_passes},
        {schema_event_passes, schema_n_event_passes},
        {schema_call_passes, schema_n_call_passes},
        {schema_block_passes, schema_n_block_passes},
        {schema_trace_passes, schema_n_trace_passes},
        {schema_procmon_passes, schema_n_procmon_passes},
    };

    take_versions(l);
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        for (size_t i = 0; i < groups[g].n && !is_over(&l->b); i++) {
            run_pass(l, &groups[g].passes[i]);
        }
    }
}

/* ------------------------------------------------------------------ loading */

/* What was built becomes the caller's. */
static struct scapf_schema *hand_over(struct builder *b)
{
    struct loaded *loaded = keep(b, 1, sizeof(struct loaded));
    struct schema_doc *docs = keep(b, b->n_docs, sizeof(struct schema_doc));

    if (loaded == NULL || docs == NULL) {
        return NULL;
    }
    if (b->n_docs > 0) {
        memcpy(docs, b->docs, b->n_docs * sizeof(struct schema_doc));
    }
    loaded->schema = b->schema;
    loaded->docs = docs;
    loaded->n_docs = b->n_docs;
    loaded->arena = *b->arena;
    return &loaded->schema;
}

enum scapf_status schema_xml_load_by(struct schema_xsd *xsd, const struct schema_input *inputs,
                                     size_t n_inputs, const struct scapf_xml_opts *opts,
                                     struct scapf_schema **schema)
{
    struct arena arena = {.alloc = opts->alloc};
    struct load l = {
        .b = {.base = opts->base,
              .arena = &arena,
              .scratch = {.alloc = opts->alloc},
              .report = opts->report,
              .ctx = opts->ctx,
              .unique = opts->unique},
        .xsd = (xmlSchema *)xsd,
    };

    *schema = NULL;
    l.docs = scratch(&l.b, n_inputs, sizeof(xmlDoc *));
    for (size_t i = 0; i < n_inputs && !is_over(&l.b); i++) {
        load_input(&l, &inputs[i]);
    }
    if (l.b.status == SCAPF_OK) {
        run_passes(&l);
    }
    if (l.b.status == SCAPF_OK) {
        *schema = hand_over(&l.b);
    }
    for (size_t i = 0; i < l.n_docs; i++) {
        xmlFreeDoc(l.docs[i]);
    }
    arena_release(&l.b.scratch);
    if (*schema == NULL) {
        arena_release(&arena);
    }
    return l.b.status;
}

enum scapf_status schema_xml_load(const struct schema_input *inputs, size_t n_inputs,
                                  const struct scapf_xml_opts *opts, struct scapf_schema **schema)
{
    struct schema_xsd *xsd = schema_xsd_new();
    enum scapf_status status = SCAPF_E_NOMEM;

    *schema = NULL;
    if (xsd != NULL) {
        status = schema_xml_load_by(xsd, inputs, n_inputs, opts, schema);
    }
    schema_xsd_free(xsd);
    return status;
}

enum scapf_status scapf_schema_load_xml(const char *const *paths, size_t n_paths,
                                        const struct scapf_xml_opts *opts,
                                        struct scapf_schema **schema)
{
    struct scapf_xml_opts none = {.size = sizeof(none)};
    struct arena arena = {0};
    struct schema_input *inputs;
    enum scapf_status status = SCAPF_E_NOMEM;

    opts = opts != NULL ? opts : &none;
    *schema = NULL;
    if (opts->size != sizeof(*opts)) {
        return SCAPF_E_USAGE;
    }
    arena.alloc = opts->alloc;
    inputs = arena_get(&arena, n_paths, sizeof(*inputs));
    if (inputs != NULL) {
        for (size_t i = 0; i < n_paths; i++) {
            inputs[i] = (struct schema_input){.name = paths[i]};
        }
        status = schema_xml_load(inputs, n_paths, opts, schema);
    }
    arena_release(&arena);
    return status;
}

void scapf_schema_free(struct scapf_schema *schema)
{
    struct arena arena;

    if (schema == NULL) {
        return;
    }
    /* The arena lies in memory of its own. */
    arena = ((struct loaded *)schema)->arena;
    arena_release(&arena);
}

const char *schema_xml_doc(const struct scapf_schema *schema, const void *item)
{
    const struct loaded *loaded = (const struct loaded *)schema;

    for (uint32_t i = 0; i < loaded->n_docs; i++) {
        if (loaded->docs[i].item == item) {
            return loaded->docs[i].text;
        }
    }
    return NULL;
}
