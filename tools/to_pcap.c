/* SPDX-License-Identifier: Apache-2.0 */
#include "to_pcap.h"

#include <inttypes.h>
#include <string.h>

#define OPT_END     0
#define OPT_COMMENT 1 /* [pcapng 3.5.1] */

/* [pcapng 4.2] if_tsresol: a decimal power, or with the top bit set a binary one */
#define TSRESOL_BINARY 0x80
#define TSRESOL_MICRO  6
#define TSRESOL_NANO   9

/* What readers take a missing limit for [pcap(3PCAP) MAXIMUM_SNAPLEN]. */
#define SNAPLEN_NO_LIMIT 262144

/* 2^-9 s is the finest binary fraction that is a whole number of ns; of 2^-n s only n = 0..6 are
 * whole numbers of us. */
static bool finer_than(uint8_t tsresol, uint8_t decimal, uint8_t binary)
{
    return (tsresol & TSRESOL_BINARY) != 0 ? (tsresol & ~TSRESOL_BINARY) > binary
                                           : tsresol > decimal;
}

static bool finer_than_micro(uint8_t tsresol)
{
    return finer_than(tsresol, TSRESOL_MICRO, 6);
}

static bool finer_than_nano(uint8_t tsresol)
{
    return finer_than(tsresol, TSRESOL_NANO, 9);
}

/* ------------------------------------------------------------------ what the header says */

static void take_interface(struct to_pcap *out, const struct scapf_interface *interface)
{
    uint32_t snaplen = interface->snaplen != 0 ? interface->snaplen : SNAPLEN_NO_LIMIT;

    if (finer_than_micro(interface->tsresol)) {
        out->interface.tsresol = TSRESOL_NANO;
    }
    if (snaplen > out->interface.snaplen) {
        out->interface.snaplen = snaplen;
    }
}

static void take_interfaces(struct to_pcap *out, const struct scapf_reader *reader)
{
    const struct scapf_interface *interface;

    for (uint32_t id = 0; (interface = scapf_reader_interface(reader, id)) != NULL; id++) {
        take_interface(out, interface);
    }
}

/* The first packet decides the link type. */
static void take_link_type(struct to_pcap *out, uint16_t link_type)
{
    if (!out->has_link_type) {
        out->has_link_type = true;
        out->interface.link_type = link_type;
    }
}

static bool is_interface(const struct scapf_reader *reader, const struct scapf_record *rec)
{
    return rec->kind == SCAPF_KIND_INTERFACE ||
           (rec->kind == SCAPF_KIND_SECTION && scapf_reader_section(reader)->is_pcap);
}

enum scapf_status to_pcap_plan(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec)
{
    struct to_pcap *out = ctx;

    if (rec->damage == NULL && is_interface(reader, rec)) {
        const struct scapf_section *section = scapf_reader_section(reader);
        const struct scapf_interface *interface =
            scapf_reader_interface(reader, section->n_interfaces - 1);

        if (interface != NULL) {
            take_interface(out, interface);
        }
    }
    if (rec->packet != NULL) {
        take_link_type(out, rec->packet->link_type);
    }
    return SCAPF_OK;
}

static enum scapf_status start(struct to_pcap *out)
{
    if (out->started) {
        return SCAPF_OK;
    }
    out->started = true;
    if (out->interface.tsresol == 0) {
        out->interface.tsresol = TSRESOL_MICRO;
    }
    if (out->interface.snaplen == 0) {
        out->interface.snaplen = SNAPLEN_NO_LIMIT;
    }
    if (!out->has_link_type) {
        out->interface.link_type = 1; /* Ethernet, as good as any for no packets */
    }
    return scapf_writer_interface(out->writer, &out->interface);
}

/* ------------------------------------------------------------------ packets */

/* False when the 32-bit seconds of pcap cannot hold the time. */
static bool fit_time(struct to_pcap *out, struct scapf_packet *packet, uint8_t tsresol)
{
    if (!packet->has_ts) {
        out->no_time++;
        packet->has_ts = packet->ts_in_range = true;
        packet->sec = 0;
        packet->nsec = 0;
        return true;
    }
    out->time_cut += out->interface.tsresol == TSRESOL_NANO ? finer_than_nano(tsresol)
                                                            : finer_than_micro(tsresol);
    return packet->ts_in_range && packet->sec >= 0 && packet->sec <= UINT32_MAX;
}

static enum scapf_status put_packet(struct to_pcap *out, const struct scapf_reader *reader,
                                    const struct scapf_packet *packet)
{
    const struct scapf_interface *interface = scapf_reader_interface(reader, packet->interface_id);
    struct scapf_packet copy = *packet;
    enum scapf_status status;

    if (!out->planned && !out->started) {
        take_interfaces(out, reader);
    }
    take_link_type(out, packet->link_type);
    if (packet->link_type != out->interface.link_type) {
        out->other_link_type++;
        return SCAPF_OK;
    }
    status = start(out);
    if (status < 0) {
        return status;
    }
    if (!fit_time(out, &copy, interface != NULL ? interface->tsresol : TSRESOL_MICRO)) {
        out->time_range++;
        return SCAPF_OK;
    }
    copy.interface_id = 0;
    copy.options = NULL;
    copy.options_len = 0;
    return scapf_writer_packet(out->writer, &copy);
}

static void count_options(struct to_pcap *out, const struct scapf_record *rec)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_COMMENT) {
            out->comments++;
        } else if (opt.code != OPT_END) {
            out->options++;
        }
    }
}

enum scapf_status to_pcap_put(void *ctx, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct to_pcap *out = ctx;

    out->by_kind[rec->kind]++;
    if (!scapf_reader_section(reader)->is_pcap) {
        count_options(out, rec);
    }
    if (rec->kind != SCAPF_KIND_PACKET) {
        return SCAPF_OK;
    }
    if (rec->packet == NULL) {
        out->damaged++;
        return SCAPF_OK;
    }
    return put_packet(out, reader, rec->packet);
}

enum scapf_status to_pcap_finish(struct to_pcap *out)
{
    return start(out);
}

/* ------------------------------------------------------------------ report */

/* Add "N thing(s)" to a list. */
static void list_add(char *list, size_t size, uint64_t n, const char *one, const char *many)
{
    size_t len = strlen(list);

    if (n > 0) {
        (void)snprintf(list + len, size - len, "%s%" PRIu64 " %s", len > 0 ? ", " : "", n,
                       n == 1 ? one : many);
    }
}

static void say_what_stayed(const struct to_pcap *out, const char *path)
{
    static const struct {
        enum scapf_kind kind;
        const char *one, *many;
    } kinds[] = {
        {SCAPF_KIND_EVENT, "event", "events"},
        {SCAPF_KIND_TABLE, "table", "tables"},
        {SCAPF_KIND_NAMES, "name resolution block", "name resolution blocks"},
        {SCAPF_KIND_STATS, "statistics block", "statistics blocks"},
        {SCAPF_KIND_SECRETS, "block of secrets", "blocks of secrets"},
        {SCAPF_KIND_CUSTOM, "custom block", "custom blocks"},
        {SCAPF_KIND_JOURNAL, "journal entry", "journal entries"},
        {SCAPF_KIND_PROCESS, "process block", "process blocks"},
        {SCAPF_KIND_UNKNOWN, "unknown block", "unknown blocks"},
    };
    char list[600] = "";

    for (size_t i = 0; i < CLI_COUNT_OF(kinds); i++) {
        list_add(list, sizeof(list), out->by_kind[kinds[i].kind], kinds[i].one, kinds[i].many);
    }
    list_add(list, sizeof(list), out->comments, "comment", "comments");
    list_add(list, sizeof(list), out->options, "other option", "other options");
    if (list[0] != '\0') {
        fprintf(stderr, "%s: SYS-013: classic pcap has no place for %s\n", path, list);
    }
}

static void say_interfaces(const struct to_pcap *out, const char *path)
{
    if (out->by_kind[SCAPF_KIND_INTERFACE] > 1) {
        fprintf(stderr, "%s: SYS-013: %" PRIu64 " interfaces became one\n", path,
                out->by_kind[SCAPF_KIND_INTERFACE]);
    }
}

static void say_packets(const char *path, uint64_t n, const char *what)
{
    if (n > 0) {
        fprintf(stderr, "%s: SYS-013: %" PRIu64 " packet%s %s\n", path, n, n == 1 ? "" : "s", what);
    }
}

int to_pcap_report(const struct to_pcap *out, const char *path, bool quiet)
{
    const char *name = strcmp(path, "-") == 0 ? "stdout" : path;

    if (!quiet) {
        say_what_stayed(out, name);
        say_interfaces(out, name);
        say_packets(name, out->no_time, "without a time got the time 0");
        say_packets(name, out->time_cut, "had a time finer than the file, cut");
    }
    say_packets(name, out->other_link_type, "of another link type than the first left out");
    say_packets(name, out->time_range, "with a time outside 1970 to 2106 left out");
    return out->other_link_type + out->time_range + out->damaged > 0 ? CLI_INVALID : CLI_DONE;
}
