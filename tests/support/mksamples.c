/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mksamples.c - write the captures of samples/: small, of our own making, free of anybody's data,
 * and the same on every run. One story runs through them: a web server answers one request.
 *
 *     mksamples DIRECTORY
 */
#include "support/pml_make.h"
#include "support/story.h"
#include "support/talk.h"

#include <stdio.h>
#include <stdlib.h>

static const char *directory;

static void save_as(const struct mk *m, const char *name, enum scapf_compression packing)
{
    char path[1024];
    struct scapf_sink *sink;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (scapf_sink_file(path, packing, NULL, &sink, NULL) < 0 ||
        scapf_sink_write(sink, m->o.bytes, m->o.len) < 0 || scapf_sink_finish(sink) < 0) {
        fprintf(stderr, "mksamples: cannot write %s\n", path);
        exit(3);
    }
    scapf_sink_free(sink);
}

static void save(const struct mk *m, const char *name)
{
    save_as(m, name, SCAPF_PLAIN);
}

/* ---------------------------------------------------------------- files */

static void nanosecond_interface(struct mk *m)
{
    mk_idb_begin(m, 1, 262144);
    mk_opt_str(m, 2, "eth0");
    mk_opt_u8(m, 9, 9);
    mk_opt_end(m);
    mk_end(m);
}

static void write_demo(struct mk *m, int order, const char *name)
{
    struct story s = {.block = 0x216};

    mk_clear(m, order);
    mk_shb(m, 2);
    story_tables(m);
    story_tell(m, &s);
    story_tell_large(m, &s, 0x221);
    save(m, name);
}

static void write_process_versions(struct mk *m)
{
    static const uint32_t types[] = {0x202, 0x207, 0x209, 0x210, 0x211, 0x212, 0x213, 0x214};
    static const unsigned tails[] = {0, 4, 5, 29, 66, 67, 68, 76, 90};
    char name[64];

    for (unsigned v = 1; v <= 8; v++) {
        struct story s = {.block = 0x204};

        mk_clear(m, MK_LITTLE);
        mk_shb(m, 0);
        story_machine(m, 0x201);
        story_interfaces(m, 0x205, false);
        story_users(m, 0x206, false);
        story_processes(m, types[v - 1], v, 0);
        story_fds(m, 0x203, false, v == 8);
        story_tell_old(m, &s);
        (void)snprintf(name, sizeof(name), "pl-v%u.scap", v);
        save(m, name);
    }
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        struct story s = {.block = 0x216};

        mk_clear(m, MK_LITTLE);
        mk_shb(m, 2);
        story_machine(m, 0x201);
        story_interfaces(m, 0x219, true);
        story_users(m, 0x220, true);
        story_processes(m, 0x215, 9, tails[i]);
        story_fds(m, 0x218, true, i == 8);
        story_tell_old(m, &s);
        (void)snprintf(name, sizeof(name), "pl-v9-tail%u.scap", tails[i]);
        save(m, name);
    }
}

/* The numbers of the time before the first release, and three process lists under them. */
static void write_int_numbers(struct mk *m)
{
    struct story s = {.block = 0x8010ABCD};

    mk_clear(m, MK_LITTLE);
    mk_shb(m, 0);
    story_machine(m, 0x8002ABCD);
    story_interfaces(m, 0x8011ABCD, false);
    story_users(m, 0x8012ABCD, false);
    story_processes(m, 0x8000ABCD, 1, 0);
    story_processes(m, 0x8013ABCD, 2, 0);
    story_processes(m, 0x8014ABCD, 3, 0);
    story_fds(m, 0x8001ABCD, false, false);
    story_tell_old(m, &s);
    save(m, "int-numbers.scap");
}

/* All six event blocks; the hidden ones carry flags. */
static void write_event_blocks(struct mk *m)
{
    struct story s = {.block = 0x204};

    mk_clear(m, MK_LITTLE);
    mk_shb(m, 2);
    story_tables(m);
    story_tell_old(m, &s);
    mk_ev_begin(m, 0x208, 0, STORY_NS + s.at, 701, 5);
    mk_param_u64(m, 0);
    mk_ev_flags(m, 1);
    mk_ev_end(m);
    s.block = 0x216;
    story_tell_odd(m, &s);
    mk_ev_begin(m, 0x217, 0, STORY_NS + s.at, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 7);
    mk_ev_flags(m, 1);
    mk_ev_end(m);
    story_tell_large(m, &s, 0x221);
    story_tell_large(m, &s, 0x222);
    save(m, "event-blocks.scap");
}

static void write_two_orders(struct mk *m)
{
    struct story s = {.block = 0x216};

    mk_clear(m, MK_LITTLE);
    mk_shb(m, 2);
    story_tables(m);
    story_tell(m, &s);
    m->o.big_endian = true;
    m->params.big_endian = true;
    s.shift_ns = UINT64_C(60000000000);
    mk_shb(m, 2);
    story_tables(m);
    story_tell(m, &s);
    save(m, "two-orders.scap");
}

/* Events first, packets behind, closed by an event that no reader knows: the layout that every
 * reader opens. [pcapng 4.3] */
static void write_mixed(struct mk *m)
{
    struct story s = {.block = 0x216};

    mk_clear(m, MK_LITTLE);
    mk_shb(m, 2);
    story_tables(m);
    story_tell(m, &s);
    mk_shb(m, 0);
    nanosecond_interface(m);
    story_packets(m, 0, 1000000000);
    mk_ev_begin(m, 0x217, 0, STORY_NS + 260000, 0, 0x7fff);
    mk_ev_end(m);
    save(m, "mixed.pcapng");
    save_as(m, "mixed.pcapng.gz", SCAPF_GZIP);
}

/* Half a minute of exchanges whose clocks drift apart by 200 ppm. */
static void write_drift(void)
{
    struct talk t;

    talk_init(&t, INT64_C(-3600000000000), TALK_ETHERNET);
    t.drift_ppb = -200000;
    talk_exchanges(&t, 30, 0);
    save(&t.events, "drift.scap");
    save(&t.packets, "drift.pcapng");
    talk_release(&t);
}

static void names_and_secrets(struct mk *m)
{
    static const char keys[] = "CLIENT_RANDOM 00112233 44556677\n";
    char record[64];

    mk_begin(m, 4);
    memcpy(record, story_server_ip, 4);
    memcpy(record + 4, "www.example.org\0example.org", 28);
    mk_nrb_record(m, 1, record, 32);
    memcpy(record, story_server_ip6, 16);
    memcpy(record + 16, "www.example.org", 16);
    mk_nrb_record(m, 2, record, 32);
    mk_nrb_record(m, 3, "\2\0\0\0\0\x50server", 13);
    mk_nrb_record(m, 4, "\2\0\0\0\0\0\0\x50server", 15);
    mk_nrb_record(m, 0, NULL, 0);
    mk_opt_str(m, 2, "resolver.example.org");
    mk_opt(m, 3, story_server_ip, 4);
    mk_opt(m, 4, story_server_ip6, 16);
    mk_opt_end(m);
    mk_end(m);
    mk_dsb_begin(m, 0x544c534b, keys, sizeof(keys) - 1);
    mk_opt_str(m, 1, "a made-up key");
    mk_opt_end(m);
    mk_end(m);
}

static void rich_interface(struct mk *m)
{
    mk_idb_begin(m, 1, 262144);
    mk_opt_str(m, 2, "eth0");
    mk_opt_str(m, 3, "uplink");
    mk_opt(m, 4, "\xc0\0\2\x50\xff\xff\xff\0", 8);
    mk_opt(m, 5, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x50\x40", 17);
    mk_opt(m, 6, "\2\0\0\0\0\x50", 6);
    mk_opt(m, 7, "\2\0\0\0\0\0\0\x50", 8);
    mk_opt_u64(m, 8, 1000000000);
    mk_opt_u8(m, 9, 6);
    mk_opt(m, 11, "\0tcp port 80", 12);
    mk_opt_str(m, 12, "Linux 6.1");
    mk_opt_u8(m, 13, 4);
    mk_opt_u64(m, 14, 0);
    mk_opt_str(m, 15, "virtual");
    mk_opt_str(m, 18, "Europe/Berlin");
    mk_opt_end(m);
    mk_end(m);
}

static void rich_packet(struct mk *m)
{
    uint8_t data[512];
    uint32_t at_us;
    uint32_t n = story_segment(data, 3, &at_us);
    uint64_t ticks = STORY_S * UINT64_C(1000000) + 40;

    mk_pib_begin(m, 700);
    mk_pib_opt(m, 2, "httpd", 5);
    mk_pib_opt(m, 3, "/usr/sbin/httpd", 15);
    mk_pib_opt(m, 4, "httpd\0-DFOREGROUND", 18);
    mk_pib_opt(m, 0, NULL, 0);
    mk_pib_end(m);
    mk_epb_begin(m, 0, ticks, data, n, n);
    mk_opt_str(m, 1, "the request");
    mk_opt_u32(m, 2, 1 | (1 << 2));
    mk_opt(m, 3, "\2\x11\x22\x33\x44", 5);
    mk_opt_u64(m, 4, 0);
    mk_opt_u64(m, 5, 77);
    mk_opt_u32(m, 6, 2);
    mk_opt(m, 7, "\0\1", 2);
    mk_pad4(m);
    mk_u16(m, 8);
    mk_u16(m, 8);
    mk_u32(m, 700);
    mk_u32(m, 701);
    mk_opt_end(m);
    mk_end(m);
}

static void other_packets(struct mk *m)
{
    uint8_t data[512];
    uint32_t at_us;
    uint32_t n = story_segment(data, 4, &at_us);
    uint64_t ticks = STORY_S * UINT64_C(1000000) + 160;

    mk_spb(m, data, n, n);
    mk_pb_begin(m, 0, 0xFFFF, ticks, data, n);
    mk_opt_u32(m, 2, 2);
    mk_opt_end(m);
    mk_end(m);
    mk_isb_begin(m, 0, ticks + 1000);
    mk_opt_u64(m, 4, 7);
    mk_opt_u64(m, 5, 0);
    mk_opt_u64(m, 8, 7);
    mk_opt_end(m);
    mk_end(m);
}

static void other_blocks(struct mk *m)
{
    static const char journal[] = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1700000000000123\n"
                                  "MESSAGE=httpd answered\n";

    mk_begin(m, 9);
    mk_str(m, journal);
    mk_end(m);
    mk_begin(m, 0xBAD);
    mk_u32(m, 32473); /* RFC 5612: the enterprise number for documents */
    mk_str(m, "custom data");
    mk_end(m);
    mk_begin(m, 0x40000BAD);
    mk_u32(m, 32473);
    mk_str(m, "not to be copied");
    mk_end(m);
    mk_begin(m, 0x80000001);
    mk_u32(m, 700);
    mk_opt_str(m, 2, "httpd");
    mk_opt(m, 4, "0123456789abcdef", 16);
    mk_opt_end(m);
    mk_end(m);
    mk_begin(m, 0x0000F00D);
    mk_str(m, "a block of tomorrow");
    mk_end(m);
}

static void write_all_blocks(struct mk *m, int order, const char *name)
{
    mk_clear(m, order);
    mk_shb_begin(m, 0, UINT64_MAX);
    mk_opt_str(m, 1, "every block type of pcapng");
    mk_opt_str(m, 2, "x86_64");
    mk_opt_str(m, 3, "Linux 6.1");
    mk_opt_str(m, 4, "mksamples");
    mk_opt_end(m);
    mk_end(m);
    rich_interface(m);
    names_and_secrets(m);
    rich_packet(m);
    other_packets(m);
    other_blocks(m);
    save(m, name);
}

static void write_pcap(struct mk *m, int order, uint32_t magic, uint32_t frac, const char *name)
{
    uint8_t data[512];

    mk_clear(m, order);
    mk_pcap(m, magic, 262144, 1);
    for (size_t i = 0; i < STORY_SEGMENTS; i++) {
        uint32_t at_us;
        uint32_t n = story_segment(data, i, &at_us);

        mk_pcap_record(m, STORY_S, at_us * frac, data, n);
    }
    save(m, name);
}

/* Recordings of Process Monitor of a 32 and a 64 bit system. */
static void write_pml(bool wide, const char *name)
{
    struct pml_places places;
    size_t len;
    uint8_t *bytes = pml_make(wide, true, &len, &places);
    char path[512];
    FILE *out;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    out = bytes != NULL ? fopen(path, "wb") : NULL;
    if (out == NULL || fwrite(bytes, 1, len, out) != len || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    struct mk m;

    if (argc != 2) {
        fprintf(stderr, "usage: mksamples DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    mk_init(&m, MK_LITTLE);
    write_demo(&m, MK_LITTLE, "http.scap");
    save_as(&m, "http.scap.gz", SCAPF_GZIP);
    save_as(&m, "http.scap.zst", SCAPF_ZSTD);
    write_demo(&m, MK_BIG, "http-big-endian.scap");
    write_process_versions(&m);
    write_int_numbers(&m);
    write_event_blocks(&m);
    write_two_orders(&m);
    write_mixed(&m);
    write_drift();
    write_all_blocks(&m, MK_LITTLE, "all-blocks.pcapng");
    write_all_blocks(&m, MK_BIG, "all-blocks-big-endian.pcapng");
    mk_clear(&m, MK_LITTLE);
    mk_shb(&m, 0);
    nanosecond_interface(&m);
    story_packets(&m, 0, 1000000000);
    save(&m, "http.pcapng");
    write_pcap(&m, MK_LITTLE, 0xA1B2C3D4, 1, "http-us.pcap");
    write_pcap(&m, MK_BIG, 0xA1B2C3D4, 1, "http-us-big-endian.pcap");
    write_pcap(&m, MK_LITTLE, 0xA1B23C4D, 1000, "http-ns.pcap");
    write_pcap(&m, MK_BIG, 0xA1B23C4D, 1000, "http-ns-big-endian.pcap");
    mk_release(&m);
    write_pml(true, "editor.pml");
    write_pml(false, "editor-32.pml");
    return 0;
}
