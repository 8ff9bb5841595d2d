/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_pcapng.c - section headers, interface descriptions and packets. [pcapng 4.1-4.4]
 */
#include <string.h>

#include "block/opt_table.h"
#include "bytes/cur.h"
#include "check/check.h"
#include "stream/reader.h"

#define SHB_MAGIC_OFF  8u
#define YEAR_2100      INT64_C(4102444800)
#define TSRESOL_10_MAX 19 /* 10^20 units a second do not fit 64 bits */
#define TSRESOL_2_MAX  63
#define FCSLEN_MAX     32
#define PRESENT        INT64_C(1767225600) /* 2026-01-01: what a resolution has to reach */

/* ------------------------------------------------------------------ sections */

static void check_section_length(struct checker *c, uint64_t length, uint64_t off)
{
    if (length == UINT64_MAX) {
        return;
    }
    if (length > INT64_MAX) {
        check_report(c, RULE_SECTION_LEN_NEGATIVE, off, length, UINT64_MAX);
    } else if (length % 4 != 0) {
        check_report(c, RULE_SECTION_LEN_ALIGN, off, length, (length + 3) & ~UINT64_C(3));
    }
}

/* What is said of one section ends with it. */
static void begin_section(struct checker *c, const struct check_section *section)
{
    memset(c->ifaces, 0, c->section.n_ifaces * sizeof(c->ifaces[0]));
    check_set_clear(&c->pids);
    check_set_clear(&c->tids);
    c->section = *section;
    c->section.index = scapf_reader_section(c->reader)->index;
}

void check_section_lost(struct checker *c, uint64_t off)
{
    begin_section(c, &(struct check_section){
                         .off = off,
                         .body_off = off,
                         .length = UINT64_MAX,
                         .block = c->lost_block,
                         .big_endian = scapf_reader_section(c->reader)->big_endian,
                     });
}

void check_section_header(struct checker *c, const struct scapf_record *rec)
{
    struct body body;
    bool was_big = c->section.big_endian;
    bool again = scapf_reader_section(c->reader)->index > 0;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    if (again) {
        check_section_end(c, rec->off);
        c->block = rec->ordinal;
        c->block_type = rec->type;
    }
    begin_section(c, &(struct check_section){
                         .off = rec->off,
                         .body_off = rec->off + rec->raw_len,
                         .length = body.section.length,
                         .block = rec->ordinal,
                         .minor = body.section.minor,
                         .big_endian = rec->big_endian,
                         .has_options = body.options.n > 0,
                         .is_foreign = rec->damage != NULL,
                     });
    if (again) {
        check_report(c, RULE_SECTION_AGAIN, rec->off, c->section.index, 0);
    }
    if (again && was_big != rec->big_endian) {
        check_report(c, RULE_SECTION_ORDER, rec->off + SHB_MAGIC_OFF, 0, 0);
    }
    if (rec->big_endian && !c->file.any_big) {
        c->file.any_big = true;
        c->file.first_big = (struct check_place){rec->off, rec->ordinal, rec->type};
    }
    check_section_length(c, body.section.length, rec->off + 16);
    if (rec->damage == NULL) {
        check_options(c, rec, SCAPF_BLOCK_SHB, &body.options, rec->big_endian, NULL, NULL);
    }
}

/* ------------------------------------------------------------------ interfaces */

/* What the options of one interface add up to. */
struct iface_options {
    bool speed, tx, rx;
    uint64_t tx_speed, rx_speed, off;
    uint64_t tsresol_off; /* 0: none */
};

/* Seconds since 1970 of ticks, good enough to tell a plausible time from none. */
static int64_t rough_seconds(const struct scapf_interface *iface, uint64_t ticks)
{
    uint8_t exponent = iface->tsresol & 0x7F;

    if ((iface->tsresol & 0x80) != 0) {
        ticks = exponent < 64 ? ticks >> exponent : 0;
    } else {
        for (uint8_t i = 0; i < exponent && ticks > 0; i++) {
            ticks /= 10;
        }
    }
    return ticks > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)ticks;
}

bool check_plausible_time(const struct scapf_interface *iface, uint64_t ticks)
{
    int64_t sec = rough_seconds(iface, ticks);

    return sec > 0 && sec < YEAR_2100;
}

/* Fine units run out early, unless an offset brings them near the present. */
static void check_tsresol(struct checker *c, const struct scapf_interface *iface, uint64_t off)
{
    uint8_t value = iface->tsresol;
    bool binary = (value & 0x80) != 0;
    uint8_t exponent = value & 0x7F;
    int64_t reach = rough_seconds(iface, UINT64_MAX);

    if (exponent > (binary ? TSRESOL_2_MAX : TSRESOL_10_MAX)) {
        check_report(c, RULE_TSRESOL_RANGE, off, value, 0);
        return;
    }
    if (exponent == 0) {
        check_report(c, RULE_TSRESOL_SECONDS, off, value, 0);
    } else if (value != 6 && value != 9) {
        check_report(c, RULE_TSRESOL_FORM, off, value, 0);
    }
    if (reach < PRESENT && iface->tsoffset < PRESENT - reach) {
        check_report(c, RULE_TSRESOL_PRESENT, off, value, 0);
    }
}

static void look_at_filter(struct checker *c, const struct scapf_option *opt)
{
    if (opt->len == 0) {
        return; /* its length was reported */
    }
    if (opt->value[0] == 1 && (opt->len - 1) % 8 != 0) { /* BPF: instructions of 8 bytes */
        check_report(c, RULE_IF_FILTER, opt->off, opt->len, 0);
    } else if (opt->value[0] > 1) {
        check_report(c, RULE_IF_FILTER_CODE, opt->off, opt->value[0], 0);
    }
}

static void look_at_speed(const struct scapf_record *rec, const struct scapf_option *opt,
                          struct iface_options *o)
{
    uint64_t value = get_u64(opt->value, rec->big_endian);

    o->off = o->off == 0 || opt->code != 8 ? opt->off : o->off;
    o->speed = o->speed || opt->code == 8;
    if (opt->code == 16) {
        o->tx = true;
        o->tx_speed = value;
    } else if (opt->code == 17) {
        o->rx = true;
        o->rx_speed = value;
    }
}

/* A mask is ones, then zeros: its complement plus one is a power of two. */
static bool has_gaps(uint32_t mask)
{
    return (~mask & (~mask + 1)) != 0;
}

static void look_at_if_option(struct checker *c, const struct scapf_record *rec,
                              const struct scapf_option *opt, void *ctx)
{
    switch (opt->code) {
    case 4:
        if (has_gaps(get_u32(opt->value + 4, true))) {
            check_report(c, RULE_IF_IPV4_MASK, opt->off, get_u32(opt->value + 4, true), 0);
        }
        break;
    case 5:
        if (opt->value[16] > 128) {
            check_report(c, RULE_IF_IPV6_PREFIX, opt->off, opt->value[16], 128);
        }
        break;
    case 8:
    case 16:
    case 17:
        look_at_speed(rec, opt, ctx);
        break;
    case 9:
        ((struct iface_options *)ctx)->tsresol_off = opt->off;
        break;
    case 10:
        check_report(c, RULE_TZONE_USED, opt->off, 0, 0);
        break;
    case 11:
        look_at_filter(c, opt);
        break;
    case 13:
        if (opt->value[0] > FCSLEN_MAX) {
            check_report(c, RULE_IF_FCSLEN_VALUE, opt->off, opt->value[0], FCSLEN_MAX);
        }
        break;
    default:
        break;
    }
}

static void check_link(struct checker *c, const struct scapf_record *rec, const struct body *body)
{
    uint16_t link = body->interface.link_type;
    uint32_t snaplen = body->interface.snaplen;

    if (opt_link_type_name(link) == NULL) {
        check_report(c, RULE_IDB_LINK_TYPE, rec->off + 8, link, 0);
    }
    if (body->interface.reserved != 0) {
        check_report(c, RULE_IDB_RESERVED, rec->off + 10, body->interface.reserved, 0);
    }
    if (c->file.any_iface && (link != c->file.link_type || snaplen != c->file.snaplen)) {
        check_once(c, RULE_IFACES_DIFFER, 0, rec->off, link, c->file.link_type);
    }
    if (!c->file.any_iface) {
        c->file.any_iface = true;
        c->file.link_type = link;
        c->file.snaplen = snaplen;
    }
}

void check_interface(struct checker *c, const struct scapf_record *rec)
{
    uint32_t id = scapf_reader_section(c->reader)->n_interfaces - 1;
    struct iface_options o = {0};
    struct body body;

    if (id < CHECK_IFACES) {
        if (c->ifaces[id].wanted) {
            check_report(c, RULE_IFACE_MISSING, rec->off, id, 0);
        }
        c->ifaces[id].at = (struct check_place){rec->off, rec->ordinal, rec->type};
        c->ifaces[id].known = true;
        c->section.n_ifaces = c->section.n_ifaces > id ? c->section.n_ifaces : id + 1;
    }
    if (!check_decode(c, rec, &body)) {
        return;
    }
    check_link(c, rec, &body);
    check_options(c, rec, SCAPF_BLOCK_IDB, &body.options, rec->big_endian, look_at_if_option, &o);
    if (o.tsresol_off != 0) {
        check_tsresol(c, scapf_reader_interface(c->reader, id), o.tsresol_off);
    }
    if ((o.speed && (o.tx || o.rx)) || (o.tx && o.rx && o.tx_speed == o.rx_speed)) {
        check_report(c, RULE_IF_SPEED_TWICE, o.off, o.tx_speed, o.rx_speed);
    }
}

/* ------------------------------------------------------------------ packets */

static void look_at_flags(struct checker *c, const struct scapf_option *opt, bool big_endian)
{
    uint32_t flags = get_u32(opt->value, big_endian);

    if ((flags & 3) == 3 || (flags >> 2 & 7) > 4 || (flags & 0x0000F000) != 0) {
        check_report(c, RULE_EPB_FLAGS_BITS, opt->off, flags, 0);
    }
    if ((flags >> 9 & 3) == 3) {
        check_report(c, RULE_EPB_FLAGS_CHECKSUM, opt->off, flags, 0);
    }
}

/* A kind byte and a value whose length the kind decides: hash and verdict. */
static void look_at_kind(struct checker *c, const struct scapf_option *opt, bool hash)
{
    uint8_t want = 0;
    const char *name;

    if (opt->len == 0) {
        return; /* its length was reported */
    }
    name = hash ? opt_hash_name(opt->value[0], &want) : opt_verdict_name(opt->value[0], &want);
    if (name == NULL) {
        check_report(c, hash ? RULE_EPB_HASH_KIND : RULE_EPB_VERDICT_KIND, opt->off, opt->value[0],
                     0);
    } else if (want != 0 && opt->len - 1 != want) {
        check_report(c, hash ? RULE_EPB_HASH_LEN : RULE_EPB_VERDICT_LEN, opt->off,
                     (uint64_t)opt->len - 1, want);
    }
}

static void look_at_packet_option(struct checker *c, const struct scapf_record *rec,
                                  const struct scapf_option *opt, void *ctx)
{
    uint32_t pid;

    (void)ctx;
    if (opt->code == 2) {
        look_at_flags(c, opt, rec->big_endian);
    } else if (opt->code == 3) {
        look_at_kind(c, opt, true);
    } else if (opt->code == 7) {
        look_at_kind(c, opt, false);
    } else if (opt->code == 8) {
        pid = get_u32(opt->value, rec->big_endian);
        if (pid != 0 && !c->section.harmed && !c->pids.lost && !check_set_has(&c->pids, pid)) {
            check_once(c, RULE_PIB_LATE, (uint64_t)c->section.index << 32 | pid, opt->off, pid, 0);
        }
    }
}

static void check_time_value(struct checker *c, const struct scapf_packet *p,
                             const struct scapf_interface *iface, uint64_t off)
{
    uint64_t swapped = p->ticks >> 32 | p->ticks << 32;

    if (iface->tsoffset != 0 && (!p->ts_in_range || p->sec < 0)) {
        check_once(c, RULE_TSOFFSET_RANGE, iface->off, off, (uint64_t)iface->tsoffset, 0);
        return;
    }
    if (p->ticks != 0 && p->ts_in_range && p->sec < YEAR_2100) {
        return;
    }
    if (p->ticks != 0 && iface->tsoffset == 0 && check_plausible_time(iface, swapped)) {
        check_report(c, RULE_EPB_TIME_SWAPPED, off, p->ticks, swapped);
    } else {
        check_report(c, RULE_EPB_TIME_ODD, off, p->ticks, 0);
    }
}

static void check_packet_time(struct checker *c, const struct scapf_packet *p,
                              const struct scapf_interface *iface, uint64_t off)
{
    struct check_iface *i;

    if (p->interface_id >= CHECK_IFACES) {
        check_time_value(c, p, iface, off);
        return;
    }
    i = &c->ifaces[p->interface_id];
    if (i->known) { /* else its description is damaged or was passed over: no units */
        check_time_value(c, p, iface, off);
    }
    if (i->packets == 0) {
        i->min = i->max = i->last = p->ticks;
    }
    if (p->ticks < i->last) {
        check_report(c, RULE_EPB_TIME_BACK, off, p->ticks, i->last);
    }
    i->min = p->ticks < i->min ? p->ticks : i->min;
    i->max = p->ticks > i->max ? p->ticks : i->max;
    i->last = p->ticks;
}

/* Captured, original and snap length; off is where the captured length stands. */
static void check_packet_lengths(struct checker *c, const struct scapf_packet *p, uint32_t snaplen,
                                 uint64_t off)
{
    uint32_t most = snaplen != 0 && snaplen < p->original_len ? snaplen : p->original_len;

    if (snaplen != 0 && p->captured_len > snaplen) {
        check_report(c, RULE_EPB_SNAPLEN, off, p->captured_len, snaplen);
    }
    if (p->original_len < p->captured_len) {
        check_report(c, RULE_EPB_ORIGLEN, off + 4, p->original_len, p->captured_len);
    } else if (p->captured_len < most) {
        check_once(c, RULE_EPB_CUT, (uint64_t)c->section.index << 32 | p->interface_id, off,
                   p->captured_len, most);
    }
}

static void check_packet_padding(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_packet *p = rec->packet;
    const uint8_t *end = p->data + p->captured_len;
    size_t left = (size_t)(rec->body + rec->body_len - end);
    size_t n = (4 - p->captured_len % 4) % 4;

    if (rec->type == (uint32_t)SCAPF_BLOCK_SPB && left > n) {
        return; /* surplus data, not padding [PNG-402] */
    }
    n = n < left ? n : left;
    for (size_t i = 0; i < n; i++) {
        if (end[i] != 0) {
            check_report(c, RULE_PADDING_NOT_ZERO, rec->off + (uint64_t)(end + i - rec->raw),
                         end[i], 0);
            return;
        }
    }
}

static void check_simple(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_packet *p = rec->packet;
    uint64_t want = 4 + (((uint64_t)p->captured_len + 3) & ~UINT64_C(3));

    if (rec->body_len != want) {
        check_report(c, RULE_SPB_DATA_LEN, rec->off + 4, rec->body_len, want);
    }
    if (scapf_reader_section(c->reader)->n_interfaces > 1) {
        check_once(c, RULE_SPB_INTERFACES, c->section.index, rec->off, 0, 0);
    }
}

static void check_obsolete(struct checker *c, const struct scapf_record *rec)
{
    check_once(c, RULE_PB_OBSOLETE, 0, rec->off, 0, 0);
    if (rec->packet->drop_count == UINT16_MAX) {
        check_once(c, RULE_PB_DROPS_UNKNOWN, 0, rec->off + 10, UINT16_MAX, 0);
    }
}

void check_packet(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_packet *p = rec->packet;
    const struct scapf_interface *iface = scapf_reader_interface(c->reader, p->interface_id);
    bool simple = rec->type == SCAPF_BLOCK_SPB;

    if (iface == NULL) {
        return;
    }
    check_packet_padding(c, rec);
    if (simple) {
        check_simple(c, rec);
    } else {
        check_packet_time(c, p, iface, rec->off + 12);
        check_packet_lengths(c, p, iface->snaplen, rec->off + 20);
    }
    if (rec->type == SCAPF_BLOCK_PB) {
        check_obsolete(c, rec);
    }
    if (p->interface_id < CHECK_IFACES) {
        c->ifaces[p->interface_id].packets++;
        c->ifaces[p->interface_id].used = true;
    }
    if (p->options_len > 0 && !simple) {
        const struct body_bytes options = {p->options, p->options_len,
                                           rec->off + (uint64_t)(p->options - rec->raw)};

        check_options(c, rec, rec->type, &options, rec->big_endian, look_at_packet_option, NULL);
    }
}
