/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_blocks.c - the blocks beside packets: names, statistics, secrets, custom blocks, journal
 * entries, process information, and those nobody knows. [pcapng 4.5-4.9, extras]
 */
#include <string.h>

#include "block/opt_table.h"
#include "bytes/cur.h"
#include "check/check.h"

#define NAME_END_LEN 4u /* nrb_record_end */

/* ------------------------------------------------------------------ names */

/* NUL-ended names, one or more, behind the address. */
static void check_name_texts(struct checker *c, const struct body_name *name, uint8_t addr_len)
{
    const uint8_t *p = name->value + addr_len;
    size_t left = (size_t)name->len - addr_len;

    if (p[left - 1] != 0) {
        check_report(c, RULE_NRB_NAME_END, name->off, name->len, 0);
        return;
    }
    while (left > 0) {
        size_t n = strnlen((const char *)p, left);

        if (n == 0) {
            check_report(c, RULE_NRB_NAME_EMPTY, name->off, 0, 0);
            return;
        }
        check_text(c, RULE_NRB_UTF8, p, n, name->off);
        p += n + 1;
        left -= n + 1;
    }
}

static void check_name(struct checker *c, const struct body_name *name)
{
    const struct opt_name_record *row = opt_name_record(name->type);

    check_padding(c, RULE_NRB_PADDING, &name->pad);
    if (row == NULL) {
        check_once(c, RULE_NRB_RECORD_UNKNOWN, name->type, name->off, name->type, 0);
        return;
    }
    if (name->type == 0) {
        if (name->len != 0) {
            check_report(c, RULE_NRB_END_LEN, name->off, name->len, 0);
        }
        return;
    }
    /* [pcapng L1691] an address, a name and its NUL; an empty name is an open issue of the draft */
    if (name->len < row->addr_len + (name->type == 1 ? 1 : 2)) {
        check_report(c, name->type == 1 ? RULE_NRB_RECORD_LEN : RULE_NRB_RECORD_LEN_OTHER,
                     name->off, name->len, (uint64_t)row->addr_len + 2);
        return;
    }
    check_name_texts(c, name, row->addr_len);
}

void check_names(struct checker *c, const struct scapf_record *rec)
{
    struct body body;
    struct body_name name = {0};
    struct scapf_diag diag = {0};
    size_t pos = 0;
    bool ended = false;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    while (body_name_next(&body.names, rec->big_endian, &pos, &name, &diag) == SCAPF_OK) {
        check_name(c, &name);
        ended = name.type == 0;
    }
    if (diag.rule != RULE_NONE) {
        check_report(c, (enum rule)diag.rule, diag.off, diag.got, diag.want);
    } else if (!ended) {
        check_report(c, RULE_NRB_NO_END, body.names.off + body.names.n, 0,
                     body.names.n == 0 ? NAME_END_LEN : 0); /* no room for one */
    }
    check_options(c, rec, SCAPF_BLOCK_NRB, &body.options, rec->big_endian, NULL, NULL);
}

/* ------------------------------------------------------------------ statistics */

enum { ISB_START = 2, ISB_END = 3, ISB_RECV = 4, ISB_FILTER = 6, ISB_DELIVERED = 8 };

/* The values of one block, by option code. */
struct stats {
    uint64_t value[9];
    uint64_t off[9];
    uint32_t have; /* bits */
};

static void look_at_isb_option(struct checker *c, const struct scapf_record *rec,
                               const struct scapf_option *opt, void *ctx)
{
    struct stats *s = ctx;

    (void)c;
    if (opt->code < ISB_START || opt->code > ISB_DELIVERED) {
        return;
    }
    s->have |= 1u << opt->code;
    s->off[opt->code] = opt->off;
    s->value[opt->code] = opt->code <= ISB_END
                              ? (uint64_t)get_u32(opt->value, rec->big_endian) << 32 |
                                    get_u32(opt->value + 4, rec->big_endian)
                              : get_u64(opt->value, rec->big_endian);
}

static bool has(const struct stats *s, unsigned code)
{
    return (s->have >> code & 1) != 0;
}

static bool looks_swapped(const struct scapf_interface *iface, uint64_t ticks)
{
    return iface->tsoffset == 0 && !check_plausible_time(iface, ticks) &&
           check_plausible_time(iface, ticks >> 32 | ticks << 32);
}

static void check_stats_times(struct checker *c, const struct stats *s, const struct check_iface *i,
                              const struct scapf_interface *iface)
{
    uint64_t start = s->value[ISB_START];
    uint64_t end = s->value[ISB_END];

    for (unsigned code = ISB_START; code <= ISB_END; code++) {
        if (has(s, code) && looks_swapped(iface, s->value[code])) {
            check_report(c, RULE_ISB_TIME_SWAPPED, s->off[code], s->value[code], 0);
            return;
        }
    }
    if (has(s, ISB_START) && has(s, ISB_END) && end < start) {
        check_report(c, RULE_ISB_TIMES, s->off[ISB_END], end, start);
        return;
    }
    if (i->packets > 0 && has(s, ISB_START) && i->min < start) {
        check_report(c, RULE_ISB_TIMES, s->off[ISB_START], start, i->min);
    } else if (i->packets > 0 && has(s, ISB_END) && i->max > end) {
        check_report(c, RULE_ISB_TIMES, s->off[ISB_END], end, i->max);
    }
}

static void check_stats_counters(struct checker *c, const struct stats *s, struct check_iface *i)
{
    static const uint8_t at_least_packets[] = {ISB_RECV, ISB_FILTER, ISB_DELIVERED};

    for (size_t k = 0; k < sizeof(at_least_packets); k++) {
        unsigned code = at_least_packets[k];

        if (has(s, code) && s->value[code] < i->packets) {
            check_report(c, RULE_ISB_COUNTS, s->off[code], s->value[code], i->packets);
            break;
        }
    }
    if (has(s, ISB_FILTER) && has(s, ISB_DELIVERED) &&
        s->value[ISB_DELIVERED] > s->value[ISB_FILTER]) {
        check_report(c, RULE_ISB_COUNTS, s->off[ISB_DELIVERED], s->value[ISB_DELIVERED],
                     s->value[ISB_FILTER]);
    }
    for (unsigned code = ISB_RECV; code <= ISB_DELIVERED; code++) {
        if (!has(s, code)) {
            continue;
        }
        if ((i->have >> code & 1) != 0 && s->value[code] < i->counters[code]) {
            check_report(c, RULE_ISB_DECREASE, s->off[code], s->value[code], i->counters[code]);
        }
        i->counters[code] = s->value[code];
        i->have |= 1u << code;
    }
}

void check_stats(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_interface *iface;
    struct stats s = {.have = 0};
    struct body body;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    check_options(c, rec, SCAPF_BLOCK_ISB, &body.options, rec->big_endian, look_at_isb_option, &s);
    iface = scapf_reader_interface(c->reader, body.stats.interface_id);
    if (iface == NULL || iface->id >= CHECK_IFACES) {
        return;
    }
    c->ifaces[iface->id].used = true;
    check_stats_times(c, &s, &c->ifaces[iface->id], iface);
    check_stats_counters(c, &s, &c->ifaces[iface->id]);
    if (c->section.index > 0) {
        check_once(c, RULE_ISB_LATER_SECTION, c->section.index, rec->off, 0, 0);
    }
}

/* ------------------------------------------------------------------ secrets */

/* Every line, the last too, ends in LF or CRLF. */
static void check_lines(struct checker *c, const struct body_bytes *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] == '\r' && i + 1 < text->n && text->p[i + 1] != '\n') {
            check_report(c, RULE_DSB_LINES, text->off + i, '\r', '\n');
            return;
        }
    }
    if (text->n > 0 && text->p[text->n - 1] != '\n') {
        check_report(c, RULE_DSB_LINES, text->off + text->n - 1, text->p[text->n - 1], '\n');
    }
}

/* [pcapng L2139-2165] NWK: key, PAN; APS: key, PAN, two short addresses, the lower one first. */
static void check_zigbee(struct checker *c, const struct body *body)
{
    const struct body_bytes *key = &body->secrets.data;
    size_t want = body->secrets.type == OPT_SECRETS_ZIGBEE_NWK ? 18 : 22;

    if (key->n != want) {
        check_report(c, RULE_DSB_ZIGBEE_LEN, key->off - 4, key->n, want);
    } else if (want == 22 && get_u16(key->p + 18, false) > get_u16(key->p + 20, false)) {
        check_report(c, RULE_DSB_ZIGBEE_LEN, key->off + 18, get_u16(key->p + 18, false),
                     get_u16(key->p + 20, false));
    }
}

static void check_privacy(struct checker *c, const struct body *body, uint64_t off)
{
    static const char *const long_term[] = {"LOCAL_STATIC_PRIVATE_KEY", "PRESHARED_KEY"};
    const struct body_bytes *text = &body->secrets.data;

    if (body->secrets.type == OPT_SECRETS_WIREGUARD && text->n > 0) {
        for (size_t i = 0; i < 2; i++) {
            if (memmem(text->p, text->n, long_term[i], strlen(long_term[i])) != NULL) {
                check_report(c, RULE_DSB_PRIVACY, off, body->secrets.type, 0);
                return;
            }
        }
    }
    check_once(c, RULE_DSB_PRESENT, 0, off, body->secrets.type, 0);
}

void check_secrets(struct checker *c, const struct scapf_record *rec)
{
    struct body body;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    check_padding(c, RULE_PADDING_NOT_ZERO, &body.pad);
    if (c->section.packets) {
        check_report(c, RULE_DSB_LATE, rec->off, 0, 0);
    }
    switch (body.secrets.type) {
    case OPT_SECRETS_SSH:
    case OPT_SECRETS_TLS:
    case OPT_SECRETS_OPCUA:
    case OPT_SECRETS_WIREGUARD:
        check_lines(c, &body.secrets.data);
        break;
    case OPT_SECRETS_ZIGBEE_NWK:
    case OPT_SECRETS_ZIGBEE_APS:
        check_zigbee(c, &body);
        break;
    default:
        if (opt_secrets_name(body.secrets.type) == NULL) {
            check_report(c, RULE_DSB_TYPE, rec->off + 8, body.secrets.type, 0);
        }
        break;
    }
    check_privacy(c, &body, rec->off + 8);
    check_options(c, rec, SCAPF_BLOCK_DSB, &body.options, rec->big_endian, NULL, NULL);
}

/* ------------------------------------------------------------------ custom blocks */

static void check_process_entry(struct checker *c, const struct scapf_record *rec,
                                const struct body *body)
{
    struct body_entry entry;
    struct scapf_diag diag;

    if (body_entry_decode(&body->custom.data, &entry, &diag) != SCAPF_OK) {
        check_report(c, (enum rule)diag.rule, diag.off, diag.got, diag.want);
        return;
    }
    check_padding(c, RULE_PADDING_NOT_ZERO, &entry.pad);
    if (entry.type == BODY_ENTRY_PROCESS) {
        check_once(c, RULE_PIB_SEEN, 0, rec->off, entry.pid, 0);
        (void)check_set_add(&c->pids, entry.pid);
        check_options(c, rec, OPT_BLOCK_PROCESS_INFO, &entry.info, false, NULL, NULL);
    } else {
        check_once(c, RULE_PIB_ENTRY_UNKNOWN, entry.type, rec->off + 12, entry.type, 0);
    }
    check_options(c, rec, SCAPF_BLOCK_CUSTOM, &entry.options, rec->big_endian, NULL, NULL);
}

void check_custom(struct checker *c, const struct scapf_record *rec)
{
    struct body body;
    bool copy = rec->type == SCAPF_BLOCK_CUSTOM;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    check_once(c, copy ? RULE_CB_COPY : RULE_CB_NOCOPY, body.custom.pen, rec->off, body.custom.pen,
               0);
    if (scapf_reader_section(c->reader)->n_interfaces == 0 && !c->section.harmed) {
        check_once(c, RULE_CB_EARLY, 0, rec->off, 0, 0);
    }
    if (body.custom.pen == BODY_PEN_WIRESHARK) {
        check_process_entry(c, rec, &body);
    }
}

/* ------------------------------------------------------------------ the others */

/* Decimal digits up to the end of the line, a number of 64 bits. */
static bool is_microseconds(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start = p;
    uint64_t us = 0;

    for (; p != end && *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(us, (uint64_t)10, &us) ||
            __builtin_add_overflow(us, (uint64_t)(*p - '0'), &us)) {
            return false;
        }
    }
    return p != start && (p == end || *p == '\n');
}

void check_journal(struct checker *c, const struct scapf_record *rec)
{
    static const char key[] = "__REALTIME_TIMESTAMP=";
    const size_t key_len = sizeof(key) - 1;
    struct body body;
    const uint8_t *p;
    const uint8_t *end;

    if (!check_decode(c, rec, &body)) {
        return;
    }
    if (body.journal.n == 0) {
        check_report(c, RULE_JOURNAL_EMPTY, rec->off + 8, 0, 0);
        return;
    }
    p = body.journal.p;
    end = p + body.journal.n;
    while (p != end && !((size_t)(end - p) >= key_len && memcmp(p, key, key_len) == 0)) {
        const uint8_t *line = memchr(p, '\n', (size_t)(end - p));

        p = line != NULL ? line + 1 : end;
    }
    if (p == end) {
        check_report(c, RULE_JOURNAL_EMPTY, rec->off + 8, body.journal.n, 0);
    } else {
        p += key_len;
        if (!is_microseconds(p, end)) {
            check_report(c, RULE_JOURNAL_TIME, rec->off + (uint64_t)(p - rec->raw), 0, 0);
        }
    }
    if (body.pad.n > 3) {
        check_report(c, RULE_JOURNAL_PADDING, body.pad.off, body.pad.n, 3);
    }
}

void check_darwin(struct checker *c, const struct scapf_record *rec)
{
    struct body body;

    check_once(c, RULE_BLOCK_TYPE_LOCAL, rec->type, rec->off, rec->type, 0);
    if (check_decode(c, rec, &body)) {
        check_options(c, rec, rec->type, &body.options, rec->big_endian, NULL, NULL);
    }
}

/* [pcapng L2568] numbers that a section header turns into when line ends are converted */
static bool is_text_mark(uint32_t type)
{
    return type >> 8 == 0x0A0D0A || type >> 8 == 0x0D0D0A || (type & 0xFFFFFF) == 0x0A0D0A ||
           (type & 0xFFFFFF) == 0x0A0D0D;
}

void check_unknown(struct checker *c, const struct scapf_record *rec)
{
    if (rec->type == 0) {
        check_report(c, RULE_BLOCK_TYPE_RESERVED, rec->off, 0, 0);
    } else if (is_text_mark(rec->type)) {
        check_report(c, RULE_BLOCK_TYPE_TEXT_MARK, rec->off, rec->type, 0);
    } else if ((rec->type & 0x80000000u) != 0) {
        check_once(c, RULE_BLOCK_TYPE_LOCAL, rec->type, rec->off, rec->type, 0);
    } else {
        check_once(c, RULE_BLOCK_TYPE_UNKNOWN, rec->type, rec->off, rec->type, 0);
    }
}
