/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.c - records and freshly built blocks as a stream of bytes.
 *
 * Blocks are copied verbatim or built in one buffer and handed to the sink whole, so that an error
 * in the middle of building leaves nothing in the output. What is built follows the writer profile
 * of [scap 17]: no section options, V2 event blocks, a LARGE block exactly for large event codes.
 */
#include "stream/writer.h"

#include "base/mem.h"
#include "block/frame.h"
#include "block/option.h"
#include "block/packet.h"
#include "bytes/out.h"
#include "event/event.h"
#include "event/table.h"
#include "io/sink.h"

#define EVENT_BLOCK_MAX 65536u  /* total length - 8 of a block libscap still reads [scap 9.6] */
#define PCAP_SNAPLEN    262144u /* what libpcap writes for "no limit" */
#define TSRESOL_MICRO   6u

enum writer_job { JOB_NONE, JOB_EVENT, JOB_TABLE };

struct scapf_writer {
    struct scapf_sink *sink;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    enum scapf_container container;
    enum scapf_status status; /* sticks when not OK */
    enum writer_job job;
    bool big_endian;       /* of the current section */
    bool built_big_endian; /* of sections that are built */
    bool begun;            /* a section header or the header of a pcap file is there */
    bool foreign;          /* the section is of another major version: nothing can be built in it */
    bool row_done;         /* JOB_TABLE: a table of one row has it */
    uint32_t n_interfaces; /* of the current section */
    struct pcap_layout pcap;
    uint16_t pcap_link_type;
    struct scapf_event_header header;        /* JOB_EVENT */
    const struct scapf_event_info *info;     /* JOB_EVENT; NULL: code not in the schema */
    const struct scapf_table_info *table;    /* JOB_TABLE */
    const struct scapf_table_number *number; /* JOB_TABLE */
    uint32_t n_params;
    bool large;
    struct out block;   /* the block that is being built */
    struct out lengths; /* JOB_EVENT: of the parameters, each a uint32_t of this machine */
    struct out params;  /* JOB_EVENT: parameter bytes */
    struct out options; /* JOB_EVENT: comments */
    struct scapf_diag diag;
    uint64_t off;    /* bytes written */
    uint64_t blocks; /* blocks written */
};

enum scapf_status scapf_writer_new(struct scapf_sink *sink, const struct scapf_writer_opts *opts,
                                   struct scapf_writer **writer)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_writer *w;

    *writer = NULL;
    if (sink == NULL || (opts != NULL && opts->size != sizeof(*opts))) {
        return SCAPF_E_USAGE;
    }
    w = mem_zalloc(alloc, sizeof(*w));
    if (w == NULL) {
        return SCAPF_E_NOMEM;
    }
    w->sink = sink;
    w->alloc = alloc;
    w->schema = opts != NULL && opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    w->container = opts != NULL ? opts->container : SCAPF_CONTAINER_PCAPNG;
    w->built_big_endian = opts != NULL && opts->big_endian;
    w->big_endian = w->built_big_endian;
    out_init(&w->block, alloc, w->big_endian);
    out_init(&w->lengths, alloc, false);
    out_init(&w->params, alloc, w->big_endian);
    out_init(&w->options, alloc, w->big_endian);
    *writer = w;
    return SCAPF_OK;
}

void scapf_writer_free(struct scapf_writer *w)
{
    if (w == NULL) {
        return;
    }
    out_release(&w->block);
    out_release(&w->lengths);
    out_release(&w->params);
    out_release(&w->options);
    mem_free(w->alloc, w);
}

static void set_order(struct scapf_writer *w, bool big_endian)
{
    w->big_endian = big_endian;
    w->block.big_endian = big_endian;
    w->params.big_endian = big_endian;
    w->options.big_endian = big_endian;
}

/* Errors stick: the output is then not what the caller meant. Wrong calls do not. */
static enum scapf_status writer_fail(struct scapf_writer *w, enum scapf_status status,
                                     enum rule rule, uint64_t got, uint64_t want)
{
    w->status = status;
    w->diag.block = w->blocks;
    return diag_set(&w->diag, status, rule, w->off, got, want);
}

static void emitted(struct scapf_writer *w, size_t len, uint64_t n)
{
    w->off += len;
    w->blocks += n;
}

/* Blocks one after another. */
static enum scapf_status emit_blocks(struct scapf_writer *w, const void *bytes, size_t len,
                                     uint64_t n)
{
    enum scapf_status status = scapf_sink_write(w->sink, bytes, len);

    if (status != SCAPF_OK) {
        const struct scapf_diag *why = scapf_sink_diag(w->sink);

        w->status = status;
        if (why != NULL) {
            w->diag = *why;
        }
        return status;
    }
    emitted(w, len, n);
    return SCAPF_OK;
}

static enum scapf_status emit(struct scapf_writer *w, const void *bytes, size_t len)
{
    return emit_blocks(w, bytes, len, 1);
}

/* Is a call of this container allowed now, while job is being built? Blocks need a section. */
static enum scapf_status ready(const struct scapf_writer *w, enum scapf_container container,
                               enum writer_job job)
{
    if (w->status != SCAPF_OK) {
        return w->status;
    }
    return w->container == container && w->job == job ? SCAPF_OK : SCAPF_E_USAGE;
}

/* As ready(), for a block that is built inside a section. */
static enum scapf_status ready_inside(const struct scapf_writer *w)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_NONE));
    return w->begun && !w->foreign ? SCAPF_OK : SCAPF_E_USAGE;
}

static void begin_section(struct scapf_writer *w, bool big_endian, bool foreign)
{
    set_order(w, big_endian);
    w->begun = true;
    w->foreign = foreign;
    w->n_interfaces = 0;
}

/* ------------------------------------------------------------------ framing */

static void block_begin(struct scapf_writer *w, uint32_t type)
{
    out_clear(&w->block);
    out_u32(&w->block, type);
    out_u32(&w->block, 0); /* the length, filled in at the end */
}

static enum scapf_status block_end(struct scapf_writer *w)
{
    struct out *o = &w->block;
    size_t total;

    out_pad4(o, 0);
    total = o->len + 4;
    out_u32(o, (uint32_t)total);
    out_fill_u32(o, (struct out_mark){4}, (uint32_t)total);
    if (out_status(o) != SCAPF_OK || total > UINT32_MAX) {
        return writer_fail(w, out_status(o) != SCAPF_OK ? out_status(o) : SCAPF_E_LIMIT,
                           out_status(o) == SCAPF_E_NOMEM ? RULE_MEMORY : RULE_BLOCK_LEN_LIMIT,
                           total, UINT32_MAX);
    }
    return emit(w, o->bytes, o->len);
}

static void put_option(struct out *o, uint16_t code, const void *value, size_t len)
{
    size_t start = o->len;

    out_u16(o, code);
    out_u16(o, (uint16_t)len);
    out_bytes(o, value, len);
    out_pad4(o, start);
}

/* ------------------------------------------------------------------ verbatim */

/* The header of a pcap file once, then its packets: the header says how they are laid out. */
static enum scapf_status put_pcap(struct scapf_writer *w, const struct scapf_record *rec)
{
    if (rec->kind == SCAPF_KIND_SECTION) {
        if (w->begun || rec->raw_len != PCAP_FILE_HEADER_LEN ||
            !pcap_recognise(rec->raw, &w->pcap)) {
            return SCAPF_E_USAGE;
        }
        w->begun = true;
        set_order(w, w->pcap.big_endian);
        w->pcap_link_type = (uint16_t)get_u32(rec->raw + 20, w->big_endian);
    } else if (!w->begun || rec->packet == NULL || rec->big_endian != w->big_endian ||
               rec->raw_len - rec->packet->captured_len != w->pcap.record_len) {
        return SCAPF_E_USAGE;
    }
    return emit(w, rec->raw, rec->raw_len);
}

enum scapf_status scapf_writer_put(struct scapf_writer *w, const struct scapf_record *rec)
{
    /* pcapng has a block type 0 too, but nobody knows what it is */
    bool is_pcap = rec->type == 0 && rec->kind != SCAPF_KIND_UNKNOWN;

    TRY(ready(w, is_pcap ? SCAPF_CONTAINER_PCAP : SCAPF_CONTAINER_PCAPNG, JOB_NONE));
    if (is_pcap) {
        return put_pcap(w, rec);
    }
    if (rec->kind == SCAPF_KIND_SECTION) {
        begin_section(w, rec->big_endian,
                      rec->damage != NULL && rec->damage->status == SCAPF_E_UNSUPPORTED);
    } else if (!w->begun || rec->big_endian != w->big_endian) {
        return SCAPF_E_USAGE;
    }
    w->n_interfaces += rec->kind == SCAPF_KIND_INTERFACE;
    return emit(w, rec->raw, rec->raw_len);
}

enum scapf_status scapf_writer_blocks(struct scapf_writer *w, const void *bytes, size_t len,
                                      uint64_t n)
{
    TRY(ready_inside(w));
    return emit_blocks(w, bytes, len, n);
}

enum scapf_status writer_put_run(struct scapf_writer *w, const struct reader_run *run)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_NONE));
    if (!w->begun || run->big_endian != w->big_endian) {
        return SCAPF_E_USAGE;
    }
    return emit_blocks(w, run->raw, run->len, run->n);
}

/* ------------------------------------------------------------------ sections and packets */

enum scapf_status scapf_writer_section(struct scapf_writer *w, uint16_t minor)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_NONE));
    begin_section(w, w->built_big_endian, false);
    block_begin(w, SCAPF_BLOCK_SHB);
    out_u32(&w->block, FRAME_BYTE_ORDER_MAGIC);
    out_u16(&w->block, 1);
    out_u16(&w->block, minor);
    out_u64(&w->block, UINT64_MAX); /* section length: not stated */
    return block_end(w);
}

/* Finer than microseconds? Binary units are never whole microseconds. */
static bool needs_nano(uint8_t tsresol)
{
    return tsresol > TSRESOL_MICRO;
}

static enum scapf_status pcap_header(struct scapf_writer *w,
                                     const struct scapf_interface *interface)
{
    struct out *o = &w->block;

    if (w->begun) {
        return interface->link_type == w->pcap_link_type ? SCAPF_OK : SCAPF_E_UNSUPPORTED;
    }
    w->begun = true;
    w->pcap.exponent10 = needs_nano(interface->tsresol) ? 9 : 6;
    w->pcap.record_len = PCAP_RECORD_LEN;
    w->pcap_link_type = interface->link_type;
    out_clear(o);
    out_u32(o, w->pcap.exponent10 == 9 ? PCAP_NANO : PCAP_MICRO);
    out_u16(o, 2);
    out_u16(o, 4);
    out_u64(o, 0);
    out_u32(o, interface->snaplen != 0 ? interface->snaplen : PCAP_SNAPLEN);
    out_u32(o, interface->link_type);
    if (out_status(o) != SCAPF_OK) {
        return writer_fail(w, out_status(o), RULE_MEMORY, 0, 0);
    }
    return emit(w, o->bytes, o->len);
}

enum scapf_status scapf_writer_interface(struct scapf_writer *w,
                                         const struct scapf_interface *interface)
{
    struct out *o = &w->block;
    size_t options;

    if (w->container == SCAPF_CONTAINER_PCAP) {
        TRY(ready(w, SCAPF_CONTAINER_PCAP, JOB_NONE));
        return pcap_header(w, interface);
    }
    TRY(ready_inside(w));
    w->n_interfaces++;
    block_begin(w, SCAPF_BLOCK_IDB);
    out_u16(o, interface->link_type);
    out_u16(o, 0);
    out_u32(o, interface->snaplen);
    options = o->len;
    if (interface->name[0] != '\0') {
        put_option(o, 2, interface->name, strlen(interface->name));
    }
    if (interface->tsresol != TSRESOL_MICRO) {
        put_option(o, 9, &interface->tsresol, 1);
    }
    if (interface->tsoffset != 0) {
        out_u16(o, 14);
        out_u16(o, 8);
        out_u64(o, (uint64_t)interface->tsoffset);
    }
    if (o->len > options) {
        out_u32(o, 0); /* opt_endofopt */
    }
    return block_end(w);
}

static enum scapf_status pcap_packet(struct scapf_writer *w, const struct scapf_packet *packet)
{
    struct out *o = &w->block;

    if (!w->begun || w->pcap.record_len != PCAP_RECORD_LEN) {
        return SCAPF_E_USAGE;
    }
    if (!packet->has_ts || !packet->ts_in_range || packet->sec < 0 || packet->sec > UINT32_MAX ||
        packet->link_type != w->pcap_link_type ||
        packet->captured_len > pcap_caplen_limit(packet->link_type)) {
        return SCAPF_E_UNSUPPORTED;
    }
    out_clear(o);
    out_u32(o, (uint32_t)packet->sec);
    out_u32(o, w->pcap.exponent10 == 9 ? packet->nsec : packet->nsec / 1000);
    out_u32(o, packet->captured_len);
    out_u32(o, packet->original_len);
    out_bytes(o, packet->data, packet->captured_len);
    if (out_status(o) != SCAPF_OK) {
        return writer_fail(w, out_status(o), RULE_MEMORY, 0, 0);
    }
    return emit(w, o->bytes, o->len);
}

enum scapf_status scapf_writer_packet(struct scapf_writer *w, const struct scapf_packet *packet)
{
    struct out *o = &w->block;
    size_t data;

    if (w->container == SCAPF_CONTAINER_PCAP) {
        TRY(ready(w, SCAPF_CONTAINER_PCAP, JOB_NONE));
        return pcap_packet(w, packet);
    }
    TRY(ready_inside(w));
    if (packet->interface_id >= w->n_interfaces) {
        return SCAPF_E_USAGE;
    }
    block_begin(w, SCAPF_BLOCK_EPB);
    out_u32(o, packet->interface_id);
    out_u32(o, (uint32_t)(packet->ticks >> 32));
    out_u32(o, (uint32_t)packet->ticks);
    out_u32(o, packet->captured_len);
    out_u32(o, packet->original_len);
    data = o->len;
    out_bytes(o, packet->data, packet->captured_len);
    out_pad4(o, data);
    out_bytes(o, packet->options, packet->options_len);
    return block_end(w);
}

/* ------------------------------------------------------------------ events */

/* Has the block room for the length of a parameter? */
static enum scapf_status check_len(struct scapf_writer *w, uint32_t len)
{
    return w->large || len <= UINT16_MAX
               ? SCAPF_OK
               : writer_fail(w, SCAPF_E_LIMIT, RULE_EVENT_BLOCK_LIMIT, len, UINT16_MAX);
}

static void begin_event(struct scapf_writer *w, uint16_t code)
{
    w->info = scapf_schema_event(w->schema, code);
    w->large = w->info != NULL && (w->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;
    out_clear(&w->options);
}

enum scapf_status scapf_writer_event(struct scapf_writer *w,
                                     const struct scapf_event_header *header)
{
    TRY(ready_inside(w));
    w->job = JOB_EVENT;
    w->header = *header;
    w->n_params = 0;
    begin_event(w, header->code);
    out_clear(&w->lengths);
    out_clear(&w->params);
    return SCAPF_OK;
}

enum scapf_status scapf_writer_params(struct scapf_writer *w, const uint32_t *lens, uint32_t n,
                                      const void *bytes)
{
    size_t len = 0;

    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_EVENT));
    for (uint32_t i = 0; i < n; i++) {
        TRY(check_len(w, lens[i]));
        len += lens[i];
    }
    out_bytes(&w->lengths, lens, n * sizeof(*lens));
    out_bytes(&w->params, bytes, len);
    w->n_params += n;
    return SCAPF_OK;
}

enum scapf_status scapf_writer_param(struct scapf_writer *w, const void *bytes, uint32_t len)
{
    return scapf_writer_params(w, &len, 1, bytes);
}

/* Does the number, read as unsigned or as signed, fit into size bytes? */
static bool fits(uint64_t value, size_t size)
{
    uint64_t top;

    if (size == 0 || size >= 8) {
        return size == 8;
    }
    top = value >> (8 * size - 1);
    return top <= 1 || top == UINT64_MAX >> (8 * size - 1);
}

enum scapf_status scapf_writer_param_int(struct scapf_writer *w, uint64_t value)
{
    struct out *o = &w->params;
    size_t size;

    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_EVENT));
    if (w->info == NULL || w->n_params >= w->info->n_params) {
        return SCAPF_E_USAGE;
    }
    size = scapf_param_size(w->info->params[w->n_params].type);
    if (!fits(value, size)) {
        return SCAPF_E_USAGE;
    }
    out_bytes(&w->lengths, &(uint32_t){(uint32_t)size}, sizeof(uint32_t));
    w->n_params++;
    if (size == 8) {
        out_u64(o, value);
    } else if (size == 4) {
        out_u32(o, (uint32_t)value);
    } else if (size == 2) {
        out_u16(o, (uint16_t)value);
    } else {
        out_u8(o, (uint8_t)value);
    }
    return SCAPF_OK;
}

enum scapf_status scapf_writer_comment(struct scapf_writer *w, const char *text, size_t len)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_EVENT));
    if (len > UINT16_MAX) {
        return SCAPF_E_LIMIT; /* [PNG-911] an option's length is a u16 */
    }
    put_option(&w->options, OPT_COMMENT, text, len);
    return SCAPF_OK;
}

static uint32_t event_block_type(const struct scapf_writer *w, uint32_t flags)
{
    if (flags != 0) {
        return w->large ? SCAPF_BLOCK_EVF_V2_LARGE : SCAPF_BLOCK_EVF_V2;
    }
    return w->large ? SCAPF_BLOCK_EV_V2_LARGE : SCAPF_BLOCK_EV_V2;
}

static ALWAYS_INLINE uint8_t *store(uint8_t *p, uint64_t v, size_t n, bool big_endian)
{
    out_store(p, v, n, big_endian);
    return p + n;
}

static uint8_t *copy(uint8_t *p, const void *bytes, size_t len)
{
    if (len > 0) {
        out_copy(p, bytes, len);
    }
    return p + len;
}

/* The whole block at once, of total bytes; len: of the event, params_len: of its parameters.
 * [falco scap events] cpu, flags when there are some, header, lengths, parameters */
static ALWAYS_INLINE void lay_event(const struct scapf_writer *w, uint8_t *p,
                                    const struct scapf_event_parts *e, uint32_t total, uint32_t len,
                                    size_t params_len, bool big)
{
    static const uint8_t zero[4];
    const struct scapf_event_header *header = &e->header;
    const uint8_t *block = p;
    size_t pad;

    p = store(p, event_block_type(w, header->flags), 4, big);
    p = store(p, total, 4, big);
    p = store(p, header->cpu, 2, big);
    if (header->flags != 0) {
        p = store(p, header->flags, 4, big);
    }
    p = store(p, header->ts_ns, 8, big);
    p = store(p, (uint64_t)header->tid, 8, big);
    p = store(p, len, 4, big);
    p = store(p, header->code, 2, big);
    p = store(p, e->n_params, 4, big);
    for (uint32_t i = 0; i < e->n_params; i++) {
        p = store(p, e->lens[i], w->large ? 4 : 2, big);
    }
    p = copy(p, e->params, params_len);
    pad = (size_t)(block - p) & 3;
    memcpy(p, zero, pad);
    p += pad;
    if (w->options.len > 0) {
        p = copy(p, w->options.bytes, w->options.len);
        p = store(p, 0, 4, big); /* opt_endofopt */
    }
    (void)store(p, total, 4, big);
}

/* Each order on its own: then a number is one move. */
static void build_event(const struct scapf_writer *w, uint8_t *p, const struct scapf_event_parts *e,
                        uint32_t total, uint32_t len, size_t params_len)
{
    if (w->big_endian) {
        lay_event(w, p, e, total, len, params_len, true);
    } else {
        lay_event(w, p, e, total, len, params_len, false);
    }
}

/* The options of w are its own. */
static enum scapf_status put_event(struct scapf_writer *w, const struct scapf_event_parts *e)
{
    uint64_t len = EVENT_HEADER_V2_LEN + (uint64_t)e->n_params * (w->large ? 4 : 2);
    uint64_t params_len = 0;
    uint64_t total;
    uint8_t *p;

    for (uint32_t i = 0; i < e->n_params; i++) {
        TRY(check_len(w, e->lens[i]));
        params_len += e->lens[i];
    }
    if (out_status(&w->options) != SCAPF_OK) {
        return writer_fail(w, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0);
    }
    len += params_len;
    total = 8 + 2 + (e->header.flags != 0 ? 4u : 0) + len;
    total += (0 - total) & 3;
    total += w->options.len > 0 ? w->options.len + 4 : 0;
    if (total + 4 > UINT32_MAX || (!w->large && total - 4 > EVENT_BLOCK_MAX)) {
        return writer_fail(w, SCAPF_E_LIMIT, RULE_EVENT_BLOCK_LIMIT, total, EVENT_BLOCK_MAX);
    }
    total += 4;
    p = sink_room(w->sink, (size_t)total);
    if (p != NULL) { /* nearly always: made where it goes */
        build_event(w, p, e, (uint32_t)total, (uint32_t)len, (size_t)params_len);
        sink_take(w->sink, (size_t)total);
        emitted(w, (size_t)total, 1);
        return SCAPF_OK;
    }
    out_clear(&w->block);
    p = out_room(&w->block, (size_t)total);
    if (p == NULL) {
        return writer_fail(w, out_status(&w->block), RULE_MEMORY, 0, 0);
    }
    build_event(w, p, e, (uint32_t)total, (uint32_t)len, (size_t)params_len);
    return emit(w, p, (size_t)total);
}

enum scapf_status scapf_writer_event_end(struct scapf_writer *w)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_EVENT));
    w->job = JOB_NONE;
    if (out_status(&w->lengths) != SCAPF_OK || out_status(&w->params) != SCAPF_OK) {
        return writer_fail(w, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0);
    }
    return put_event(w, &(struct scapf_event_parts){.header = w->header,
                                                    .lens = (const uint32_t *)w->lengths.bytes,
                                                    .n_params = w->n_params,
                                                    .params = w->params.bytes});
}

enum scapf_status scapf_writer_event_whole(struct scapf_writer *w,
                                           const struct scapf_event_parts *parts)
{
    TRY(ready_inside(w));
    if (parts->comment_len > UINT16_MAX) {
        return SCAPF_E_LIMIT; /* [PNG-911] an option's length is a u16 */
    }
    begin_event(w, parts->header.code);
    if (parts->comment_len > 0) {
        put_option(&w->options, OPT_COMMENT, parts->comment, parts->comment_len);
    }
    return put_event(w, parts);
}

/* ------------------------------------------------------------------ tables */

enum scapf_status scapf_writer_table(struct scapf_writer *w, uint32_t block_type,
                                     const struct scapf_row *head)
{
    enum scapf_status status;

    TRY(ready_inside(w));
    w->table = scapf_schema_table(w->schema, block_type, &w->number);
    if (w->table == NULL) {
        return SCAPF_E_USAGE;
    }
    block_begin(w, block_type);
    status = table_put_head(&w->block, w->table, w->number->version, head);
    w->row_done = head != NULL && head->n_cells > 0;
    if (status == SCAPF_OK) {
        w->job = JOB_TABLE;
    }
    return status == SCAPF_E_NOMEM ? writer_fail(w, status, RULE_MEMORY, 0, 0) : status;
}

enum scapf_status scapf_writer_row(struct scapf_writer *w, const struct scapf_row *row)
{
    size_t start = w->block.len;
    enum scapf_status status;

    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_TABLE));
    if (!w->table->has_entries && w->row_done) {
        return SCAPF_E_USAGE;
    }
    status = table_put_row(&w->block, w->table, w->number->version, row);
    if (status == SCAPF_E_USAGE || status == SCAPF_E_LIMIT) {
        w->block.len = start; /* the block goes on without this row */
        return status;
    }
    w->row_done = true;
    return status == SCAPF_OK ? SCAPF_OK : writer_fail(w, status, RULE_MEMORY, 0, 0);
}

enum scapf_status scapf_writer_table_end(struct scapf_writer *w)
{
    TRY(ready(w, SCAPF_CONTAINER_PCAPNG, JOB_TABLE));
    if (!w->table->has_entries && !w->row_done) {
        return SCAPF_E_USAGE;
    }
    w->job = JOB_NONE;
    return block_end(w);
}

/* ------------------------------------------------------------------ end */

enum scapf_status scapf_writer_finish(struct scapf_writer *w)
{
    enum scapf_status status;

    TRY(ready(w, w->container, JOB_NONE));
    status = scapf_sink_flush(w->sink);
    if (status != SCAPF_OK) {
        w->status = status;
        if (scapf_sink_diag(w->sink) != NULL) {
            w->diag = *scapf_sink_diag(w->sink);
        }
    }
    return status;
}

const struct scapf_diag *scapf_writer_diag(const struct scapf_writer *w)
{
    return w->diag.rule != RULE_NONE ? &w->diag : NULL;
}
