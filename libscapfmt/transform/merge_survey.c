/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_survey.c - one pass over an input: which sections it has, of which host and what time they
 * are, which interfaces they describe. What is merged and how follows from this alone, so that the
 * output can begin with everything that has to stand at its beginning.
 */
#include <string.h>

#include "base/mem.h"
#include "block/frame.h"
#include "block/opt_table.h"
#include "block/option.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "event/event.h"
#include "transform/merge_notes.h"

#define NS_PER_S       UINT64_C(1000000000)
#define OPT_IF_TSRESOL 9
#define OPT_IF_FCSLEN  13
#define TSRESOL_NANO   9u
#define TSRESOL_MICRO  6u
#define PCAP_FCS       0x04000000u /* [draft-pcap L169] the P bit: a length of the FCS follows */
#define HASTY_PACKETS  64u
#define SPAN_OF(role)  ((role) == ROLE_EVENTS ? 0 : 1)

struct survey {
    struct scapf_merge *m;
    struct merge_section *s; /* at hand; NULL before the first */
    uint32_t input;
    uint64_t blocks; /* of the input, so far */
    uint32_t host;   /* of the section before: one without a machine table goes on with it */
    struct scapf_machine machine; /* of the section at hand */
};

/* ------------------------------------------------------------------ interfaces */

static enum scapf_status grow_slots(struct scapf_merge *m)
{
    uint32_t n = m->n_idb_slots == 0 ? 64 : m->n_idb_slots * 2;
    uint32_t *slots = mem_resize_array(m->alloc, m->idb_slots, n, sizeof(*slots));

    if (slots == NULL) {
        return merge_nomem(m);
    }
    memset(slots, 0xFF, n * sizeof(*slots));
    m->idb_slots = slots;
    m->n_idb_slots = n;
    for (uint32_t i = 0; i < m->n_idb; i++) {
        uint32_t *slot = &slots[m->idb[i].hash & (n - 1)];

        m->idb[i].next = *slot;
        *slot = i;
    }
    return SCAPF_OK;
}

/* The number of the description in m->block, which is stored when it is new. */
static enum scapf_status intern(struct scapf_merge *m, uint32_t *idb)
{
    uint64_t hash = merge_hash(m->block.bytes, m->block.len);
    struct merge_idb *d;

    if (m->n_idb >= m->n_idb_slots) {
        TRY(grow_slots(m));
    }
    for (uint32_t i = m->idb_slots[hash & (m->n_idb_slots - 1)]; i != MERGE_NONE;
         i = m->idb[i].next) {
        d = &m->idb[i];
        if (d->hash == hash && d->len == m->block.len &&
            memcmp(m->idbs.bytes + d->off, m->block.bytes, d->len) == 0) {
            *idb = i;
            return SCAPF_OK;
        }
    }
    TRY(merge_room(m, (void **)&m->idb, &m->cap_idb, m->n_idb, sizeof(*m->idb)));
    d = &m->idb[m->n_idb];
    *d = (struct merge_idb){.off = m->idbs.len,
                            .len = m->block.len,
                            .hash = hash,
                            .first_out = MERGE_NONE,
                            .group = MERGE_NONE,
                            .section = MERGE_NONE,
                            .last_out = MERGE_NONE};
    d->next = m->idb_slots[hash & (m->n_idb_slots - 1)];
    m->idb_slots[hash & (m->n_idb_slots - 1)] = m->n_idb;
    out_bytes(&m->idbs, m->block.bytes, m->block.len);
    *idb = m->n_idb++;
    return out_status(&m->idbs) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
}

/* A shift that is no whole number of units makes the unit a nanosecond, where that is exact. So
 * does a drift. */
static uint8_t unit_for(const struct scapf_merge_input *input, uint8_t tsresol)
{
    uint64_t unit = NS_PER_S;
    uint64_t shift = (uint64_t)(input->shift.ns < 0 ? -input->shift.ns : input->shift.ns);

    if (tsresol >= TSRESOL_NANO) { /* binary ones too */
        return tsresol;
    }
    for (uint8_t i = 0; i < tsresol; i++) {
        unit /= 10;
    }
    return shift % unit == 0 && input->shift.drift_ppt == 0 ? tsresol : TSRESOL_NANO;
}

/* For split: a description that the output has with another unit. */
static void keep_description(struct scapf_merge *m, const struct scapf_record *rec,
                             struct merge_id *id)
{
    if (id->tsresol != id->out_tsresol && rec->type != 0 && !rec->big_endian) {
        id->raw = m->headers.len;
        id->raw_len = rec->raw_len;
        out_bytes(&m->headers, rec->raw, rec->raw_len);
    }
}

static void put_u8_option(struct out *o, uint16_t code, uint8_t value)
{
    size_t start = o->len;

    out_u16(o, code);
    out_u16(o, 1);
    out_u8(o, value);
    out_pad4(o, start);
}

/* The options of a description, with another unit when it has to be. */
static void put_idb_options(struct scapf_merge *m, struct merge_section *s,
                            const struct scapf_record *rec, const struct merge_id *id)
{
    struct scapf_option_iter it;
    bool other = id->tsresol != id->out_tsresol;
    uint32_t n;

    uint64_t no_copy = m->counts.no_copy;

    scapf_options_begin(rec, &it);
    n = merge_swap_options(m, &m->block, SCAPF_BLOCK_IDB, &it, other ? OPT_IF_TSRESOL : 0);
    s->lossy = s->lossy || no_copy != m->counts.no_copy;
    if (other) {
        put_u8_option(&m->block, OPT_IF_TSRESOL, id->out_tsresol);
        n++;
    }
    if (n > 0) {
        out_u32(&m->block, 0); /* opt_endofopt */
    }
}

/* [draft-pcap L169] What the header of a classic pcap says of its one interface. */
static void put_pcap_idb(struct scapf_merge *m, const struct scapf_record *rec,
                         const struct scapf_interface *iface, const struct merge_id *id)
{
    uint32_t link = get_u32(rec->raw + PCAP_FILE_HEADER_LEN - 4, rec->big_endian);
    struct out *o = &m->block;

    out_u16(o, iface->link_type);
    out_u16(o, 0);
    out_u32(o, iface->snaplen);
    if (id->out_tsresol != TSRESOL_MICRO) {
        put_u8_option(o, OPT_IF_TSRESOL, id->out_tsresol);
    }
    if ((link & PCAP_FCS) != 0) { /* words of 16 bits there, bytes here */
        put_u8_option(o, OPT_IF_FCSLEN, (uint8_t)((link >> 28) * 2));
    }
    if (o->len > 16) {
        out_u32(o, 0);
    }
}

static enum scapf_status add_interface(struct survey *y, const struct scapf_reader *reader,
                                       const struct scapf_record *rec)
{
    struct scapf_merge *m = y->m;
    const struct scapf_section *section = scapf_reader_section(reader);
    const struct scapf_interface *iface = scapf_reader_interface(reader, section->n_interfaces - 1);
    struct merge_id *id;

    if (iface == NULL) {
        return SCAPF_OK;
    }
    TRY(merge_room(m, (void **)&m->ids, &m->cap_ids, m->n_ids, sizeof(*m->ids)));
    id = &m->ids[m->n_ids];
    *id = (struct merge_id){
        .out = MERGE_NONE, .tsresol = iface->tsresol, .tsoffset = iface->tsoffset};
    id->out_tsresol = unit_for(&m->inputs[y->input], iface->tsresol);
    keep_description(m, rec, id);
    merge_block_begin(&m->block, SCAPF_BLOCK_IDB);
    if (rec->type == 0) {
        put_pcap_idb(m, rec, iface, id);
    } else {
        out_u16(&m->block, iface->link_type);
        out_u16(&m->block, 0);
        out_u32(&m->block, iface->snaplen);
        put_idb_options(m, y->s, rec, id);
    }
    merge_block_end(&m->block);
    if (out_status(&m->block) != SCAPF_OK) {
        return merge_nomem(m);
    }
    if (rec->type != 0 && id->raw_len == 0 &&
        (m->block.len != rec->raw_len || merge_is_other(m, rec, 0, m->block.len))) {
        y->s->lossy = true;
    }
    if (iface->snaplen == 0 || m->snaplen == 0) {
        m->snaplen = 0;
    } else if (m->snaplen < iface->snaplen || m->n_ids == 0) {
        m->snaplen = iface->snaplen;
    }
    TRY(intern(m, &id->idb));
    m->n_ids++;
    y->s->n_ids++;
    m->infos[y->input].interfaces++;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ hosts */

/* The host of a section whose tables tell of a machine; one that nobody described is
 * another one in any case. */
static enum scapf_status find_host(struct scapf_merge *m, const struct scapf_machine *machine,
                                   uint32_t *n)
{
    for (uint32_t i = 0; i < m->n_hosts; i++) {
        if (scapf_machine_is_same(&m->hosts[i].machine, machine)) {
            *n = i;
            return SCAPF_OK;
        }
    }
    TRY(merge_room(m, (void **)&m->hosts, &m->cap_hosts, m->n_hosts, sizeof(*m->hosts)));
    m->hosts[m->n_hosts] = (struct merge_host){.machine = *machine, .group = MERGE_NONE};
    *n = m->n_hosts++;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ sections */

/* A section with events of no known host: it goes on with the host of the section before it in its
 * file, or is one of its own. */
static enum scapf_status end_section(struct survey *y)
{
    struct merge_section *s = y->s;

    if (s == NULL) {
        return SCAPF_OK;
    }
    if (s->roles == 0) {
        s->roles = ROLE_PACKETS;
    }
    s->lossy = s->lossy || s->cut || s->roles == ROLE_BOTH || (s->big_endian && !s->is_pcap);
    if ((s->roles & ROLE_EVENTS) == 0) {
        return SCAPF_OK;
    }
    if (y->machine.told || y->host == MERGE_NONE) {
        TRY(find_host(y->m, &y->machine, &y->host));
    }
    s->host = y->host;
    y->machine = (struct scapf_machine){.told = false};
    return SCAPF_OK;
}

/* Records with more than the usual header, or with their lengths the other way round. */
static bool is_odd_pcap(const struct scapf_section *section)
{
    return (section->pcap_magic != 0xA1B2C3D4 && section->pcap_magic != 0xA1B23C4D) ||
           section->major != 2 || section->minor < 4;
}

static enum scapf_status begin_section(struct survey *y, const struct scapf_reader *reader,
                                       const struct scapf_record *rec)
{
    struct scapf_merge *m = y->m;
    struct merge_section *s;

    TRY(end_section(y));
    if (m->infos[y->input].sections >= MERGE_SECTIONS) {
        return diag_set(&m->diag, SCAPF_E_LIMIT, RULE_MERGE_SECTIONS, rec->off, MERGE_SECTIONS + 1,
                        MERGE_SECTIONS);
    }
    TRY(merge_room(m, (void **)&m->sections, &m->cap_sections, m->n_sections,
                   sizeof(*m->sections)));
    s = &m->sections[m->n_sections++];
    *s = (struct merge_section){.input = y->input,
                                .index = rec->section,
                                .host = MERGE_NONE,
                                .group = {MERGE_NONE, MERGE_NONE},
                                .lane = MERGE_NONE,
                                .first_id = m->n_ids,
                                .header = m->headers.len,
                                .header_len = rec->raw_len};
    s->big_endian = rec->big_endian;
    s->is_pcap = rec->type == 0;
    s->minor = scapf_reader_section(reader)->minor;
    s->foreign = rec->damage != NULL && rec->damage->status == SCAPF_E_UNSUPPORTED;
    s->header_options = !s->is_pcap && rec->raw_len > FRAME_SHB_MIN_LEN;
    s->odd_pcap = s->is_pcap && is_odd_pcap(scapf_reader_section(reader));
    s->lossy = s->odd_pcap;
    out_bytes(&m->headers, rec->raw, rec->raw_len);
    m->infos[y->input].sections++;
    m->infos[y->input].foreign += s->foreign;
    y->s = s;
    if (s->is_pcap) {
        s->roles = ROLE_PACKETS;
        return add_interface(y, reader, rec);
    }
    return out_status(&m->headers) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
}

/* ------------------------------------------------------------------ records */

static void note_time(struct survey *y, unsigned role, const struct scapf_record *rec)
{
    struct merge_span *span = &y->s->spans[SPAN_OF(role)];
    uint64_t ts = rec->ts_ns;

    if (!span->any) {
        *span = (struct merge_span){true, ts, ts};
    } else if (ts >= span->last_ns) {
        span->last_ns = ts;
    } else {
        struct scapf_merge_input_info *info = &y->m->infos[y->input];

        info->back++;
        info->back_ns = span->last_ns - ts > info->back_ns ? span->last_ns - ts : info->back_ns;
        span->first_ns = ts < span->first_ns ? ts : span->first_ns;
    }
}

static void note_event(struct survey *y, const struct scapf_record *rec)
{
    if (event_is_closing(rec) && !y->machine.told) {
        y->s->closing++;
        y->s->lossy = true; /* the new merge writes one of its own, or none */
        return;
    }
    y->s->events++;
    y->s->stayed++;
    y->s->roles |= ROLE_EVENTS;
    y->m->infos[y->input].events++;
    if (rec->has_ts && !merge_is_state(rec)) {
        note_time(y, ROLE_EVENTS, rec);
    }
}

static void note_packet(struct survey *y, const struct scapf_record *rec)
{
    y->s->packets++;
    y->s->stayed++;
    y->s->simple += rec->type == SCAPF_BLOCK_SPB;
    y->s->roles |= ROLE_PACKETS;
    y->m->infos[y->input].packets++;
    if (y->m->opts.hook != NULL && !y->m->any_procs) { /* which may add numbers of others */
        y->m->any_procs = merge_names_process(rec);
    }
    if (rec->has_ts) {
        note_time(y, ROLE_PACKETS, rec);
    }
}

static enum scapf_status note_other(struct survey *y, const struct scapf_reader *reader,
                                    const struct scapf_record *rec)
{
    struct scapf_merge_input_info *info = &y->m->infos[y->input];

    switch (rec->kind) {
    case SCAPF_KIND_TABLE:
        TRY(merge_note_moved(y->m, y->s, 't'));
        y->s->tables++;
        y->s->roles |= ROLE_EVENTS;
        info->tables++;
        scapf_machine_put(&y->machine, rec, y->m->schema);
        return SCAPF_OK;
    case SCAPF_KIND_INTERFACE:
        TRY(merge_note_moved(y->m, y->s, 'i'));
        y->s->roles |= ROLE_PACKETS;
        return add_interface(y, reader, rec);
    case SCAPF_KIND_STATS:
        y->s->roles |= ROLE_PACKETS;
        break;
    case SCAPF_KIND_SECRETS:
        y->s->secrets++;
        info->others++;
        return merge_note_moved(y->m, y->s, 's');
    case SCAPF_KIND_CUSTOM:
        y->m->any_procs = y->m->any_procs || merge_is_process(rec);
        break;
    case SCAPF_KIND_PROCESS:
        y->s->darwin = true;
        break;
    case SCAPF_KIND_NAMES:
        y->s->names++;
        info->noted = info->noted || notes_is_block(rec);
        break;
    case SCAPF_KIND_SECTION:
    case SCAPF_KIND_PACKET:
    case SCAPF_KIND_EVENT:
    case SCAPF_KIND_JOURNAL:
    case SCAPF_KIND_UNKNOWN:
    case SCAPF_KIND_COUNT:
        break;
    }
    info->others++;
    y->s->stayed++;
    return SCAPF_OK;
}

static enum scapf_status note(struct survey *y, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct scapf_merge_input_info *info = &y->m->infos[y->input];

    y->blocks++;
    y->m->counts.foreign += y->s != NULL && y->s->foreign && rec->kind != SCAPF_KIND_SECTION;
    if (rec->damage != NULL && info->damaged++ == 0) {
        info->first_damage = *rec->damage;
    }
    if (rec->kind == SCAPF_KIND_SECTION) {
        return begin_section(y, reader, rec);
    }
    if (rec->kind == SCAPF_KIND_EVENT) {
        note_event(y, rec);
        return SCAPF_OK;
    }
    if (rec->kind == SCAPF_KIND_PACKET) {
        note_packet(y, rec);
        return SCAPF_OK;
    }
    return note_other(y, reader, rec);
}

/* In haste: so many packets of one section with nothing else that matters, and it goes on so. */
static bool is_enough(const struct survey *y)
{
    const struct scapf_merge_input_info *info = &y->m->infos[y->input];

    if (!y->m->opts.hasty || info->packets < HASTY_PACKETS || info->sections != 1 ||
        y->s->roles != ROLE_PACKETS || y->s->foreign || info->damaged > 0) {
        return false;
    }
    y->s->open_end = true;
    y->s->known = y->blocks;
    return true;
}

enum scapf_status merge_survey_input(struct scapf_merge *m, uint32_t input)
{
    struct survey y = {.m = m, .input = input, .host = MERGE_NONE};
    struct scapf_merge_input_info *info = &m->infos[input];
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;

    TRY(m->inputs[input].open(m->inputs[input].ctx, &reader));
    while (!is_enough(&y) && (status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        status = note(&y, reader, &rec);
        if (status < 0) {
            scapf_reader_free(reader);
            return status;
        }
        if (m->opts.tick != NULL) {
            m->opts.tick(m->opts.tick_ctx, reader);
        }
    }
    if (status < 0) {
        info->status = status;
        info->diag = *scapf_reader_diag(reader);
        if (y.s != NULL) {
            y.s->cut = true;
        }
    }
    /* what the system denies here may be there again in the second reading */
    status = merge_read_ended(m, input, reader, status);
    scapf_reader_free(reader);
    return status == SCAPF_OK ? end_section(&y) : status;
}
