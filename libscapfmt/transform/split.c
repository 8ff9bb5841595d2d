/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split.c - a merged capture back into the files it was made of.
 *
 * Every section of an input is a part. With the notes of the merge, a record belongs to the only
 * part that has its interface, or that has anything in its section; where that is not enough, the
 * notes say part by part how many records follow. Without notes each section of the merged file is
 * a part, or two when it holds both events and packets.
 *
 * Files of several sections need as many passes: a pass writes one section of every file.
 */
#include "transform/split.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "block/packet.h"
#include "bytes/cur.h"

/* ------------------------------------------------------------------ life */

void scapf_split_free(struct scapf_split *s)
{
    if (s == NULL) {
        return;
    }
    for (uint32_t i = 0; i < s->n_parts; i++) {
        out_release(&s->parts[i].secrets);
    }
    scapf_merge_free(s->m);
    scapf_sink_free(s->nowhere);
    scapf_src_free(s->run_src);
    mem_free(s->alloc, s->files);
    mem_free(s->alloc, s->name_at);
    mem_free(s->alloc, s->parts);
    mem_free(s->alloc, s->ids);
    mem_free(s->alloc, s->units);
    mem_free(s->alloc, s->moved);
    mem_free(s->alloc, s->fixes);
    mem_free(s->alloc, s->sinks);
    mem_free(s->alloc, s->owners);
    mem_free(s->alloc, s->idb_at);
    out_release(&s->names);
    out_release(&s->bytes);
    out_release(&s->runs);
    out_release(&s->tabs);
    out_release(&s->fixed);
    out_release(&s->idbs);
    out_release(&s->block);
    mem_free(s->alloc, s);
}

const struct scapf_split_file *scapf_split_file(const struct scapf_split *s, uint32_t i)
{
    return i < s->n_files ? &s->files[i] : NULL;
}

const struct scapf_merge_input_info *scapf_split_info(const struct scapf_split *s)
{
    return scapf_merge_input_info(s->m, 0);
}

const struct scapf_diag *scapf_split_diag(const struct scapf_split *s)
{
    return s->diag.rule != RULE_NONE ? &s->diag : scapf_merge_diag(s->m);
}

/* ------------------------------------------------------------------ files */

/* Without notes: STEM-N.scap, STEM-N.pcapng. */
static enum scapf_status derive_part(struct scapf_split *s, const struct merge_section *section,
                                     unsigned role, const char *stem)
{
    char name[SPLIT_NAME_LEN + 32];
    int stem_len = (int)strcspn(stem, ".");
    struct split_part *part;

    (void)snprintf(name, sizeof(name), "%.*s-%u.%s", stem_len > 150 ? 150 : stem_len, stem,
                   s->n_files + 1,
                   role == ROLE_EVENTS ? "scap"
                   : section->is_pcap  ? "pcap"
                                       : "pcapng");
    TRY(split_add_file(s, name, strlen(name)));
    TRY(split_room(s, (void **)&s->parts, &s->cap_parts, s->n_parts, sizeof(*s->parts)));
    part = &s->parts[s->n_parts++];
    *part = (struct split_part){.file = s->n_files - 1,
                                .out = {MERGE_NONE, MERGE_NONE},
                                .is_pcap = section->is_pcap,
                                .derived = true,
                                .header = s->bytes.len,
                                .header_len = section->header_len};
    out_init(&part->secrets, s->alloc, false);
    part->out[role == ROLE_EVENTS ? 0 : 1] = section->index;
    out_bytes(&s->bytes, s->m->headers.bytes + section->header, section->header_len);
    s->files[s->n_files - 1].exact = section->roles != ROLE_BOTH && !section->cut;
    return out_status(&s->bytes) == SCAPF_OK ? SCAPF_OK : split_nomem(s);
}

static enum scapf_status derive(struct scapf_split *s, const char *stem)
{
    for (uint32_t i = 0; i < s->m->n_sections; i++) {
        const struct merge_section *section = &s->m->sections[i];

        for (unsigned role = ROLE_EVENTS; role <= ROLE_PACKETS && !section->foreign; role <<= 1) {
            if ((section->roles & role) != 0) {
                TRY(derive_part(s, section, role, stem));
            }
        }
    }
    return SCAPF_OK;
}

/* A classic pcap can be written again when its header is of the usual form. */
static bool can_be_pcap(const struct scapf_split *s, const struct split_part *part)
{
    const uint8_t *header = s->bytes.bytes + part->header;
    struct pcap_layout layout;

    return part->is_pcap && part->header_len == PCAP_FILE_HEADER_LEN &&
           pcap_recognise(header, &layout) && layout.record_len == 16 &&
           get_u16(header + 4, layout.big_endian) == 2 &&
           get_u16(header + 6, layout.big_endian) >= 4;
}

static void settle_files(struct scapf_split *s)
{
    for (uint32_t i = 0; i < s->n_parts; i++) {
        struct scapf_split_file *file = &s->files[s->parts[i].file];

        file->is_pcap = can_be_pcap(s, &s->parts[i]);
        file->exact = file->exact && !s->parts[i].lossy && !s->lost &&
                      (s->parts[i].is_pcap || !s->parts[i].big_endian);
    }
    for (uint32_t i = 0; i < s->n_files; i++) {
        s->files[i].name = (const char *)s->names.bytes + s->name_at[i];
    }
}

enum scapf_status scapf_split_new(scapf_open_fn open, void *ctx, const char *name,
                                  const struct scapf_schema *schema,
                                  const struct scapf_alloc *alloc, struct scapf_split **split)
{
    const struct scapf_merge_opts opts = {.size = sizeof(opts), .alloc = alloc, .schema = schema};
    struct scapf_split *s = mem_zalloc(alloc, sizeof(*s));
    enum scapf_status status;

    *split = s;
    if (s == NULL) {
        return SCAPF_E_NOMEM;
    }
    s->alloc = alloc;
    s->input = (struct scapf_merge_input){.name = name, .open = open, .ctx = ctx};
    out_init(&s->names, alloc, false);
    out_init(&s->bytes, alloc, false);
    out_init(&s->runs, alloc, false);
    out_init(&s->tabs, alloc, false);
    out_init(&s->fixed, alloc, false);
    out_init(&s->idbs, alloc, false);
    out_init(&s->block, alloc, false);
    status = scapf_sink_mem(SCAPF_PLAIN, alloc, &s->nowhere, NULL);
    if (status == SCAPF_OK) {
        status = scapf_merge_new(s->nowhere, &s->input, 1, &opts, &s->m);
    }
    if (status < 0) {
        scapf_split_free(s);
        *split = NULL;
        return status;
    }
    TRY(scapf_merge_survey(s->m));
    TRY(split_read_notes(s));
    if (!s->noted) {
        TRY(derive(s, name));
    }
    settle_files(s);
    return SCAPF_OK;
}

void scapf_split_keep_options(struct scapf_split *s)
{
    for (uint32_t i = 0; i < s->n_parts; i++) {
        if (s->parts[i].added || s->parts[i].lossy) {
            s->files[s->parts[i].file].is_pcap = false;
        }
    }
}

/* ------------------------------------------------------------------ whose record is it */

static enum scapf_status own(struct scapf_split *s, uint32_t interface, uint32_t part)
{
    while (s->n_owners <= interface) {
        TRY(split_room(s, (void **)&s->owners, &s->cap_owners, s->n_owners, sizeof(*s->owners)));
        s->owners[s->n_owners++] = MERGE_NONE;
    }
    s->owners[interface] = s->owners[interface] == MERGE_NONE ? part : SPLIT_SHARED;
    return SCAPF_OK;
}

/* A section of the merged file begins. */
static enum scapf_status enter(struct scapf_split *s, uint32_t section)
{
    s->section = section;
    s->n_owners = 0;
    s->n_here[0] = s->n_here[1] = 0;
    s->n_idb = 0;
    out_clear(&s->idbs);
    for (uint32_t i = 0; i < s->n_parts; i++) {
        const struct split_part *part = &s->parts[i];

        for (unsigned k = 0; k < 2; k++) {
            if (part->out[k] == section) {
                s->n_here[k]++;
                s->last_here[k] = i;
            }
        }
        for (uint32_t j = 0; part->out[1] == section && j < part->n_ids; j++) {
            const struct split_ids *ids = &s->ids[part->first_ids + j];

            for (uint32_t n = 0; n < ids->n; n++) {
                TRY(own(s, ids->out + n, i));
            }
        }
    }
    return SCAPF_OK;
}

/* What the notes say of a record nothing else tells the part of. */
static uint32_t next_run(struct scapf_split *s)
{
    uint64_t part;

    if (s->run_len == 0) {
        if (s->run_src == NULL || !split_varint(s->run_src, &part) ||
            !split_varint(s->run_src, &s->run_len) || part >= s->n_parts || s->run_len == 0) {
            s->run_len = 0;
            return MERGE_NONE;
        }
        s->run_part = (uint32_t)part;
    }
    s->run_len--;
    return s->run_part;
}

static uint32_t interface_of(const struct scapf_record *rec)
{
    struct cur c = cur_make(rec->body, rec->body_len, rec->off, rec->big_endian);

    return rec->packet != NULL ? rec->packet->interface_id : cur_u32(&c);
}

/* The part of a record; MERGE_NONE when there is none. */
static uint32_t part_of(struct scapf_split *s, const struct scapf_record *rec, unsigned role)
{
    unsigned k = role == ROLE_EVENTS ? 0 : 1;
    uint32_t part = s->n_here[k] > 0 ? s->last_here[k] : s->last_here[1 - k];
    uint32_t n = s->n_here[0] + s->n_here[1];

    if (n == 0) {
        return MERGE_NONE;
    }
    if (rec->kind == SCAPF_KIND_EVENT || rec->kind == SCAPF_KIND_TABLE) {
        n = s->n_here[0];
    } else if (!s->noted) {
        n = s->n_here[1] > 0 ? s->n_here[k] : n;
    } else if (rec->kind == SCAPF_KIND_PACKET || rec->kind == SCAPF_KIND_STATS) {
        uint32_t interface = interface_of(rec);

        part = interface < s->n_owners ? s->owners[interface] : MERGE_NONE;
        n = part == SPLIT_SHARED ? 2 : 1;
    }
    if (n > 1) {
        part = next_run(s);
    }
    /* notes are bytes of a file: they may name a part of another section */
    return part < s->n_parts &&
                   (s->parts[part].out[0] == s->section || s->parts[part].out[1] == s->section)
               ? part
               : MERGE_NONE;
}

/* ------------------------------------------------------------------ passes */

/* Interfaces and secrets at the front wait until it is their turn. True when rec is one of them. */
static enum scapf_status keep_front(struct scapf_split *s, const struct scapf_record *rec,
                                    bool *kept)
{
    *kept = rec->kind == SCAPF_KIND_INTERFACE;
    if (*kept) {
        TRY(split_room(s, (void **)&s->idb_at, &s->cap_idb, s->n_idb, sizeof(*s->idb_at)));
        s->idb_at[s->n_idb++] = s->idbs.len;
        out_bytes(&s->idbs, rec->raw, rec->raw_len);
        return out_status(&s->idbs) == SCAPF_OK ? SCAPF_OK : split_nomem(s);
    }
    for (uint32_t i = 0; rec->kind == SCAPF_KIND_SECRETS && i < s->n_parts; i++) {
        struct split_part *part = &s->parts[i];

        if (part->out[1] == s->section && part->n_secrets > 0) {
            *kept = true;
            part->n_secrets--;
            out_bytes(&part->secrets, rec->raw, rec->raw_len);
            return out_status(&part->secrets) == SCAPF_OK ? SCAPF_OK : split_nomem(s);
        }
    }
    return SCAPF_OK;
}

static enum scapf_status split_record(struct scapf_split *s, const struct scapf_reader *reader,
                                      const struct scapf_record *rec)
{
    const struct merge_section *section;
    unsigned role;
    uint32_t part;
    bool kept = false;

    if (rec->kind == SCAPF_KIND_SECTION) {
        return enter(s, rec->section);
    }
    if (rec->section >= s->m->n_sections) {
        return SCAPF_OK;
    }
    section = &s->m->sections[rec->section];
    role = merge_role_of(section, rec);
    if (role == 0 || section->foreign) {
        return SCAPF_OK;
    }
    if (s->noted && s->n_here[1] > 0) {
        TRY(keep_front(s, rec, &kept));
    }
    if (kept) {
        return SCAPF_OK;
    }
    if (rec->kind == SCAPF_KIND_TABLE && s->noted && s->n_here[0] > 0 &&
        s->parts[s->last_here[0]].joined) {
        return SCAPF_OK; /* they are in the notes */
    }
    part = part_of(s, rec, role);
    if (part == MERGE_NONE || s->parts[part].index != s->pass) {
        return SCAPF_OK;
    }
    return split_put(s, &s->parts[part], reader, rec);
}

static enum scapf_status end_parts(struct scapf_split *s, uint32_t section)
{
    for (uint32_t i = 0; i < s->n_parts; i++) {
        struct split_part *part = &s->parts[i];
        uint32_t last = part->out[1] != MERGE_NONE ? part->out[1] : part->out[0];

        if (part->index == s->pass && last == section) {
            TRY(split_end_part(s, part));
        }
    }
    return SCAPF_OK;
}

static enum scapf_status pass(struct scapf_split *s)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;
    bool any = false;

    scapf_src_free(s->run_src);
    s->run_src = NULL;
    s->run_len = 0;
    if (s->runs.len > 0) {
        TRY(scapf_src_mem(s->runs.bytes, s->runs.len, s->alloc, &s->run_src, &s->diag));
    }
    TRY(s->input.open(s->input.ctx, &reader));
    while (status >= 0 && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.kind == SCAPF_KIND_SECTION && any) {
            status = end_parts(s, s->section);
        }
        any = true;
        if (status >= 0) {
            status = split_record(s, reader, &rec);
        }
    }
    if (status >= 0 && any) {
        status = end_parts(s, s->section);
    }
    scapf_reader_free(reader);
    return status;
}

enum scapf_status scapf_split_run(struct scapf_split *s, scapf_split_open_fn open, void *ctx)
{
    uint32_t passes = 0;

    if (s->sinks != NULL || s->n_files == 0) {
        return s->sinks != NULL ? SCAPF_E_USAGE : SCAPF_OK;
    }
    s->sinks = mem_zalloc(s->alloc, s->n_files * sizeof(struct scapf_sink *));
    if (s->sinks == NULL) {
        return split_nomem(s);
    }
    for (uint32_t i = 0; i < s->n_files; i++) {
        TRY(open(ctx, i, &s->sinks[i]));
    }
    for (uint32_t i = 0; i < s->n_parts; i++) {
        passes = s->parts[i].index >= passes ? s->parts[i].index + 1 : passes;
    }
    for (s->pass = 0; s->pass < passes; s->pass++) {
        TRY(pass(s));
    }
    return SCAPF_OK;
}
