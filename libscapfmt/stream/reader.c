/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - a stream of bytes as records: recognises the container, walks its blocks, decodes
 * packets and events into views, and keeps the ledger.
 *
 * Damage inside a block whose frame holds is noted on the record and reading goes on; damage to
 * the framing, truncation and I/O errors end it. A section of an unknown major version is passed
 * over block by block up to the next section header. [pcapng 4.1, L329]
 */
#include "stream/reader_impl.h"

#include "base/mem.h"
#include "block/option.h"
#include "block/packet.h"
#include "block/types.h"
#include "event/event.h"

#define DEFAULT_MAX_BLOCK ((uint32_t)256 << 20)

enum scapf_status scapf_reader_new(struct scapf_src *src, const struct scapf_reader_opts *opts,
                                   struct scapf_reader **reader)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_reader *r;

    *reader = NULL;
    if (src == NULL || (opts != NULL && opts->size != sizeof(*opts))) {
        scapf_src_free(src);
        return SCAPF_E_USAGE;
    }
    r = mem_zalloc(alloc, sizeof(*r));
    if (r == NULL) {
        scapf_src_free(src);
        return SCAPF_E_NOMEM;
    }
    r->src = src;
    r->alloc = alloc;
    r->schema = opts != NULL && opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    r->max_block = opts != NULL && opts->max_block != 0 ? opts->max_block : DEFAULT_MAX_BLOCK;
    section_init(&r->section, alloc);
    *reader = r;
    return SCAPF_OK;
}

void scapf_reader_free(struct scapf_reader *r)
{
    if (r == NULL) {
        return;
    }
    scapf_src_free(r->src);
    section_release(&r->section);
    mem_free(r->alloc, r->gaps);
    mem_free(r->alloc, r);
}

/* ------------------------------------------------------------------ ledger */

bool reader_find_row(struct scapf_reader *r, uint32_t type)
{
    struct scapf_ledger *l = &r->ledger;
    uint32_t i = 0;

    while (i < l->n_types && l->types[i].type != type) {
        i++;
    }
    if (i == SCAPF_LEDGER_TYPES) {
        l->types_untold++;
        return false;
    }
    if (i == l->n_types) {
        l->types[i].type = type;
        l->n_types++;
    }
    r->last_type = i;
    return true;
}

/* Other records than events of known codes. */
static void count_other(struct scapf_reader *r, const struct scapf_record *rec)
{
    struct scapf_ledger *l = &r->ledger;
    bool unknown_event = rec->event != NULL && rec->event->info == NULL;

    if (rec->kind == SCAPF_KIND_UNKNOWN || unknown_event) {
        l->unknown++;
        l->unknown_blocks += rec->kind == SCAPF_KIND_UNKNOWN;
        l->unknown_events += unknown_event;
    }
    l->damaged += rec->damage != NULL;
    r->section.pub.events += rec->kind == SCAPF_KIND_EVENT;
    r->section.pub.packets += rec->kind == SCAPF_KIND_PACKET;
}

static void count_record(struct scapf_reader *r, const struct scapf_record *rec)
{
    struct scapf_ledger *l = &r->ledger;

    reader_count_blocks(r, rec->type, 1, rec->raw_len);
    l->by_kind[rec->kind]++;
    if (rec->event != NULL && rec->event->info != NULL) {
        r->section.pub.events++;
    } else {
        count_other(r, rec);
    }
    l->known = l->blocks - l->unknown;
}

/* End reading; what is left of the stream is written down as skipped. */
static enum scapf_status stop(struct scapf_reader *r, enum scapf_status status)
{
    uint64_t left;

    r->status = status;
    if (status == SCAPF_END) {
        return status;
    }
    r->diag.status = status;
    r->diag.block = r->ledger.blocks + r->passed_over;
    if (!src_remaining(r->src, &left)) {
        left = UINT64_MAX;
    }
    reader_skipped(r, src_tell(r->src), left);
    return status;
}

static inline enum scapf_status see_break(struct scapf_reader *r, enum scapf_status status,
                                          uint64_t len)
{
    return r->gaps != NULL && r->gaps->n > 0 ? reader_see_break(r, status, len) : status;
}

/* ------------------------------------------------------------------ container */

/* [PNG-100] 0D 0A, 0D and 0A turned into each other, or lost, by a transfer in text mode: what is
 * left of the type are line ends. Where they could begin a text as well, the magic has to follow;
 * it holds no line end and survives. */
static bool is_text_damaged(const uint8_t *p, size_t n)
{
    static const uint8_t magics[][4] = {{0x4D, 0x3C, 0x2B, 0x1A}, {0x1A, 0x2B, 0x3C, 0x4D}};
    bool line_ends = (p[0] == 0x0A || p[0] == 0x0D) && (p[1] == 0x0A || p[1] == 0x0D);

    if (memcmp(p, "\x0A\x0A", 2) == 0 || memcmp(p, "\x0D\x0A\x0D", 3) == 0 ||
        memcmp(p, "\x0D\x0D\x0A", 3) == 0 || memcmp(p, "\x0A\x0D\x0D\x0D", 4) == 0) {
        return true;
    }
    return line_ends && (memmem(p, n, magics[0], 4) != NULL || memmem(p, n, magics[1], 4) != NULL);
}

/* Neither container: which of the two was meant? A pcap header has its version 2.x behind the
 * magic and zeros behind that. */
static enum scapf_status not_a_capture(const uint8_t *p, size_t avail, struct scapf_diag *diag)
{
    bool like_pcap = avail >= 8 && ((get_u16(p + 4, false) == 2 && get_u16(p + 6, false) < 16) ||
                                    (get_u16(p + 4, true) == 2 && get_u16(p + 6, true) < 16));

    if (is_text_damaged(p, avail < PCAP_FILE_HEADER_LEN ? avail : PCAP_FILE_HEADER_LEN)) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE, 0, get_u32(p, true),
                        SCAPF_BLOCK_SHB);
    }
    return diag_set(diag, SCAPF_E_FORMAT, like_pcap ? RULE_PCAP_MAGIC : RULE_FILE_NOT_SHB, 0,
                    get_u32(p, true), like_pcap ? PCAP_MICRO : SCAPF_BLOCK_SHB);
}

static enum scapf_status recognise(struct scapf_reader *r)
{
    const uint8_t *p;
    size_t avail;
    enum scapf_status status = src_peek(r->src, PCAP_FILE_HEADER_LEN, &p, &avail);

    if (status != SCAPF_OK && avail < PCAP_FILE_HEADER_LEN) {
        r->diag = *src_diag(r->src);
        return status;
    }
    if (avail == 0) {
        return diag_set(&r->diag, SCAPF_E_FORMAT, RULE_EMPTY_FILE, 0, 0, 0);
    }
    if (avail < 4) {
        return diag_set(&r->diag, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, 0, avail,
                        FRAME_HEADER_LEN);
    }
    if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
        r->mode = MODE_PCAPNG;
        return SCAPF_OK;
    }
    if (!pcap_recognise(p, &r->pcap)) {
        return not_a_capture(p, avail, &r->diag);
    }
    if (avail < PCAP_FILE_HEADER_LEN) {
        return diag_set(&r->diag, SCAPF_E_TRUNCATED, RULE_PCAP_HEADER_SHORT, 0, avail,
                        PCAP_FILE_HEADER_LEN);
    }
    r->mode = MODE_PCAP;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ pcap */

static bool is_nothing(const struct scapf_packet *packet)
{
    const struct refind_header h = {(uint32_t)packet->sec, packet->nsec, packet->captured_len, 0};

    return refind_pcap_is_empty(&h);
}

static enum scapf_status next_pcap(struct scapf_reader *r, struct scapf_record *rec)
{
    const uint8_t *raw;
    size_t raw_len;

    if (r->ledger.blocks == 0) { /* the file header is the first record */
        size_t avail;

        TRY(src_peek(r->src, PCAP_FILE_HEADER_LEN, &raw, &avail));
        TRY(pcap_begin(&r->section, &r->pcap, raw, &r->diag));
        rec->kind = SCAPF_KIND_SECTION;
        rec->raw = rec->body = raw;
        rec->raw_len = rec->body_len = PCAP_FILE_HEADER_LEN;
    } else {
        enum scapf_status status =
            pcap_peek(&r->section, &r->pcap, r->src, &raw, &raw_len, &r->packet, &r->diag);

        status = see_break(r, status, raw_len);
        if (status != SCAPF_OK) {
            return status;
        }
        rec->kind = SCAPF_KIND_PACKET;
        rec->raw = raw;
        rec->raw_len = raw_len;
        rec->body = r->packet.data;
        rec->body_len = r->packet.captured_len;
        rec->packet = &r->packet;
        rec->has_ts = section_time_ns(&r->packet, &rec->ts_ns);
        if (!is_nothing(&r->packet)) { /* else a hole? */
            r->pcap_sec = (uint32_t)r->packet.sec;
            r->pcap_timed = true;
        }
    }
    rec->big_endian = r->pcap.big_endian;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ pcapng */

/* [extras] a journal entry's own time: __REALTIME_TIMESTAMP= decimal microseconds. */
static void journal_time(struct scapf_record *rec)
{
    static const char key[] = "__REALTIME_TIMESTAMP=";
    const uint8_t *p = rec->body;
    const uint8_t *end = rec->body + rec->body_len;
    uint64_t us = 0;

    do { /* other fields may quote it: it has to start its line */
        p = memmem(p, (size_t)(end - p), key, sizeof(key) - 1);
        if (p == NULL) {
            return;
        }
        p += sizeof(key) - 1;
    } while (p - (sizeof(key) - 1) != rec->body && p[-(ptrdiff_t)sizeof(key)] != '\n');
    rec->has_ts = p < end && *p >= '0' && *p <= '9';
    for (; rec->has_ts && p < end && *p >= '0' && *p <= '9'; p++) {
        rec->has_ts = !__builtin_mul_overflow(us, (uint64_t)10, &us) &&
                      !__builtin_add_overflow(us, (uint64_t)(*p - '0'), &us);
    }
    rec->has_ts = rec->has_ts && !__builtin_mul_overflow(us, (uint64_t)1000, &rec->ts_ns);
}

static enum scapf_status decode_section(struct scapf_reader *r, struct scapf_record *rec)
{
    enum scapf_status status =
        section_begin(&r->section, rec->body, rec->off, rec->big_endian, &r->damage);

    r->foreign_section = status == SCAPF_E_UNSUPPORTED; /* [PNG-103] */
    rec->section = r->section.pub.index;
    return status;
}

static enum scapf_status decode_packet(struct scapf_reader *r, struct scapf_record *rec)
{
    TRY(packet_parse(&r->section, rec->type, rec->body, rec->body_len, rec->off, &r->packet,
                     &r->damage));
    rec->packet = &r->packet;
    rec->has_ts = section_time_ns(&r->packet, &rec->ts_ns);
    return SCAPF_OK;
}

static enum scapf_status decode_event(struct scapf_reader *r, const struct block_type *type,
                                      struct scapf_record *rec)
{
    TRY(event_parse(r->schema, type->layout, rec->body, rec->body_len, rec->off, rec->big_endian,
                    &r->event, &r->damage));
    rec->event = &r->event;
    rec->has_ts = true;
    rec->ts_ns = r->event.ts_ns;
    return SCAPF_OK;
}

/* [pcapng 4.6] Statistics carry the time they were taken at. */
static enum scapf_status decode_stats(struct scapf_reader *r, struct scapf_record *rec)
{
    struct cur c = cur_make(rec->body, rec->body_len, rec->off + 8, rec->big_endian);
    uint32_t id = cur_u32(&c);
    struct scapf_packet at = {.has_ts = true};

    at.ticks = (uint64_t)cur_u32(&c) << 32;
    at.ticks |= cur_u32(&c);
    if (id >= r->section.pub.n_interfaces) {
        return diag_set(&r->damage, SCAPF_E_FORMAT, RULE_ISB_IFACE, rec->off + 8, id,
                        r->section.pub.n_interfaces);
    }
    section_packet_time(&r->section.interfaces[id], &at);
    rec->has_ts = section_time_ns(&at, &rec->ts_ns);
    return SCAPF_OK;
}

/* The block is shorter than the fixed part of its type. */
static enum scapf_status too_short(struct scapf_reader *r, const struct block_type *type,
                                   const struct scapf_record *rec)
{
    static const struct {
        uint32_t type;
        enum rule rule;
    } rules[] = {
        {SCAPF_BLOCK_IDB, RULE_IDB_LEN_MIN},          {SCAPF_BLOCK_EPB, RULE_EPB_LEN_MIN},
        {SCAPF_BLOCK_SPB, RULE_SPB_LEN_MIN},          {SCAPF_BLOCK_ISB, RULE_ISB_LEN_MIN},
        {SCAPF_BLOCK_DSB, RULE_DSB_LEN_MIN},          {SCAPF_BLOCK_CUSTOM, RULE_CB_LEN_MIN},
        {SCAPF_BLOCK_CUSTOM_NOCOPY, RULE_CB_LEN_MIN},
    };
    enum rule rule = RULE_BLOCK_LEN_MIN;

    if (rec->kind == SCAPF_KIND_INTERFACE) { /* it takes an id all the same */
        enum scapf_status status =
            section_add_interface(&r->section, rec->body, rec->body_len, rec->off, &r->damage);

        if (status != SCAPF_E_FORMAT) {
            return status;
        }
    }
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        rule = rules[i].type == rec->type ? rules[i].rule : rule;
    }
    return diag_set(&r->damage, SCAPF_E_FORMAT, rule, rec->off + 4, rec->raw_len, type->min_len);
}

/* The walks over tables cost; the reader only makes sure that there is one for the number. */
static enum scapf_status decode_body(struct scapf_reader *r, const struct block_type *type,
                                     struct scapf_record *rec)
{
    if (type != NULL && rec->raw_len < type->min_len) {
        return too_short(r, type, rec);
    }
    if (rec->kind == SCAPF_KIND_EVENT) {
        return decode_event(r, type, rec);
    }
    if (rec->kind == SCAPF_KIND_PACKET) {
        return decode_packet(r, rec);
    }
    if (rec->kind == SCAPF_KIND_INTERFACE) {
        return section_add_interface(&r->section, rec->body, rec->body_len, rec->off, &r->damage);
    }
    if (rec->kind == SCAPF_KIND_STATS) {
        return decode_stats(r, rec);
    }
    if (rec->kind == SCAPF_KIND_JOURNAL) {
        journal_time(rec);
    }
    return SCAPF_OK;
}

const struct block_type *reader_block_type(struct scapf_reader *r, uint32_t number)
{
    return reader_find_type(r, number);
}

static enum scapf_status next_pcapng(struct scapf_reader *r, struct scapf_record *rec)
{
    const struct block_type *type;
    const struct scapf_table_number *number;
    struct frame f = r->refound;
    enum scapf_status status = SCAPF_OK;

    if (f.len == 0) {
        status = frame_peek(r->src, r->section.pub.big_endian, r->max_block, &f, &r->diag);
        status = see_break(r, status, f.len);
    }
    if (status != SCAPF_OK) {
        return status;
    }
    r->refound.len = 0;
    rec->type = f.type;
    rec->raw = f.raw;
    rec->raw_len = f.len;
    rec->body = f.raw + FRAME_HEADER_LEN;
    rec->body_len = f.len - FRAME_MIN_LEN;
    rec->big_endian = f.big_endian;
    type = reader_find_type(r, f.type);
    rec->kind = type != NULL ? type->kind : SCAPF_KIND_UNKNOWN;
    if (rec->kind == SCAPF_KIND_SECTION) {
        status = decode_section(r, rec);
    } else if (r->foreign_section) {
        rec->kind = SCAPF_KIND_UNKNOWN;
    } else {
        if (type == NULL && scapf_schema_table(r->schema, f.type, &number) != NULL) {
            rec->kind = SCAPF_KIND_TABLE; /* a table of an overlay */
        }
        status = decode_body(r, type, rec);
    }
    if (status == SCAPF_E_NOMEM || status == SCAPF_E_LIMIT) {
        r->diag = r->damage;
        return status;
    }
    if (status < 0) {
        rec->damage = &r->damage;
        r->damage.block = rec->ordinal;
        r->damage.block_type = f.type;
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ calls */

enum scapf_status scapf_reader_next(struct scapf_reader *r, struct scapf_record *rec)
{
    enum scapf_status status = r->status;

    if (status != SCAPF_OK) {
        return status;
    }
    src_consume(r->src, r->pending);
    r->pending = 0;
    if (r->mode == MODE_START) {
        status = recognise(r);
        status = status != SCAPF_OK ? see_break(r, status, 0) : status;
        if (status != SCAPF_OK) {
            return stop(r, status);
        }
    }
    rec->type = 0;
    rec->section = r->section.pub.index;
    rec->ordinal = r->ledger.blocks + r->passed_over;
    rec->off = src_tell(r->src);
    rec->has_ts = false;
    rec->ts_ns = 0;
    rec->event = NULL;
    rec->packet = NULL;
    rec->damage = NULL;
    status = r->mode == MODE_PCAP ? next_pcap(r, rec) : next_pcapng(r, rec);
    if (status != SCAPF_OK) {
        return stop(r, status);
    }
    r->pending = rec->raw_len;
    count_record(r, rec);
    return SCAPF_OK;
}

const struct scapf_section *scapf_reader_section(const struct scapf_reader *r)
{
    return r->section.any ? &r->section.pub : NULL;
}

const struct scapf_interface *scapf_reader_interface(const struct scapf_reader *r, uint32_t id)
{
    return id < r->section.pub.n_interfaces ? &r->section.interfaces[id].pub : NULL;
}

const struct scapf_ledger *scapf_reader_ledger(const struct scapf_reader *r)
{
    return &r->ledger;
}

const struct scapf_schema *scapf_reader_schema(const struct scapf_reader *r)
{
    return r->schema;
}

enum scapf_compression scapf_reader_compression(const struct scapf_reader *r)
{
    return scapf_src_compression(r->src);
}

const struct scapf_diag *scapf_reader_diag(const struct scapf_reader *r)
{
    return r->diag.rule != RULE_NONE && r->status < 0 ? &r->diag : NULL;
}

const struct scapf_diag *reader_warning(const struct scapf_reader *r)
{
    return src_warning(r->src);
}

void reader_done(struct scapf_reader *r)
{
    src_consume(r->src, r->pending);
    r->pending = 0;
}

bool reader_time_ns(const struct scapf_reader *r, uint32_t interface, uint64_t ticks,
                    uint64_t *ts_ns)
{
    struct scapf_packet packet = {.has_ts = true, .ticks = ticks};

    section_packet_time(&r->section.interfaces[interface], &packet);
    return section_time_ns(&packet, ts_ns);
}

uint32_t reader_earlier_interfaces(const struct scapf_reader *r)
{
    return r->section.earlier_interfaces;
}

/* Options of the kinds whose views know where they are, else by block type. */
void scapf_options_begin(const struct scapf_record *rec, struct scapf_option_iter *it)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;

    if (rec->event != NULL) {
        bytes = rec->event->options;
        len = rec->event->options_len;
    } else if (rec->packet != NULL) {
        bytes = rec->packet->options;
        len = rec->packet->options_len;
    } else if (rec->type != 0 && rec->kind != SCAPF_KIND_TABLE) {
        size_t at = option_start(rec->type, rec->body, rec->body_len, rec->big_endian);

        bytes = rec->body + at;
        len = rec->body_len - at;
    }
    option_iter_init(it, bytes, len, len > 0 ? rec->off + (uint64_t)(bytes - rec->raw) : rec->off,
                     rec->big_endian);
}
