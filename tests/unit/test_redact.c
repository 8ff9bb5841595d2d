/* SPDX-License-Identifier: Apache-2.0 */
/* Redacting: what comes out of records of each kind, and how pseudonyms behave. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/feed.h"
#include "support/rd.h"
#include "support/story.h"
#include "transform/redact.h"

static struct scapf_redact *redact_new(unsigned what, const char *key)
{
    const struct scapf_redact_opts opts = {
        .size = sizeof(opts), .what = what, .key = key, .key_len = strlen(key)};
    struct scapf_redact *rd;

    cr_assert_eq(scapf_redact_new(&opts, &rd), SCAPF_OK);
    return rd;
}

/* ------------------------------------------------------------------ texts */

static const char *redacted(const struct scapf_redact *rd, enum redact_how how, const char *bytes,
                            size_t n)
{
    static char texts[8][512];
    static unsigned turn;
    char *text = texts[turn++ % 8];
    struct out o;

    out_init(&o, NULL, false);
    redact_put(rd, &o, how, (const uint8_t *)bytes, n);
    snprintf(text, 512, "%.*s", (int)o.len, o.len > 0 ? (const char *)o.bytes : "");
    for (size_t i = 0; i < o.len && i < 511; i++) { /* lists: show where a text ends */
        text[i] = o.bytes[i] != '\0' ? (char)o.bytes[i] : '|';
    }
    text[o.len < 511 ? o.len : 511] = '\0';
    out_release(&o);
    return text;
}

static const char *text_of(const struct scapf_redact *rd, const char *text)
{
    return redacted(rd, REDACT_TEXT, text, strlen(text));
}

Test(redact, a_path_is_replaced_name_by_name)
{
    struct scapf_redact *rd = redact_new(0, "k");
    char want[128];
    const char *b = text_of(rd, "bob");
    const char *f = text_of(rd, "f.txt");

    cr_expect_eq(strlen(b), 11);
    cr_expect_eq(b[0], 'x');
    cr_expect_str_neq(b, f);
    snprintf(want, sizeof(want), "/%s/../%s//./%s/", b, f, b);
    cr_expect_str_eq(text_of(rd, "/bob/../f.txt//./bob/"), want);
    cr_expect_str_eq(text_of(rd, ""), "");
    cr_expect_str_eq(text_of(rd, "/"), "/");
    cr_expect_str_eq(text_of(rd, "<NA>"), "<NA>");
    snprintf(want, sizeof(want), "%s|%s|", b, f);
    cr_expect_str_eq(redacted(rd, REDACT_LIST, "bob\0f.txt", 9), want, "the last NUL was cut");
    cr_expect_str_eq(redacted(rd, REDACT_EMPTY, "abc", 3), "");
    cr_expect_str_eq(redacted(rd, REDACT_ZERO, "abc", 3), "|||");
    scapf_redact_free(rd);
}

Test(redact, the_key_decides)
{
    struct scapf_redact *a = redact_new(0, "k");
    struct scapf_redact *b = redact_new(0, "k");
    struct scapf_redact *c = redact_new(0, "another");

    cr_expect_str_eq(text_of(a, "bob"), text_of(b, "bob"));
    cr_expect_str_neq(text_of(a, "bob"), text_of(c, "bob"));
    scapf_redact_free(a);
    scapf_redact_free(b);
    scapf_redact_free(c);
}

#define LONG_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The short id of a container begins the long one in its control groups. */
Test(redact, ids_of_containers)
{
    struct scapf_redact *rd = redact_new(0, "k");
    char shorter[16];
    const char *groups;
    const char *at;

    snprintf(shorter, sizeof(shorter), "%s", redacted(rd, REDACT_ID, LONG_ID, 12));
    cr_expect_eq(strspn(shorter, "0123456789abcdef"), 12);
    cr_expect_eq(strncmp(shorter, LONG_ID, 12) == 0, false);
    groups =
        redacted(rd, REDACT_CGROUPS, "cpu,cpuacct=/docker/" LONG_ID "\0memory=/a.service\0", 104);
    cr_expect_eq(strncmp(groups, "cpu,cpuacct=/docker/", 20), 0, "%s", groups);
    cr_expect_eq(strncmp(groups + 20, shorter, 12), 0, "%s", groups);
    at = strstr(groups, "|memory=/x");
    cr_expect(at == groups + 84, "%s", groups);
    cr_expect(strstr(groups, "service") == NULL);
    groups = redacted(rd, REDACT_CGROUPS, "0=/system.slice/docker-" LONG_ID ".scope", 93);
    cr_expect_eq(strncmp(groups, "0=/system.slice/docker-", 23), 0, "%s", groups);
    cr_expect_eq(strncmp(groups + 23, shorter, 12), 0);
    cr_expect_str_eq(groups + 87, ".scope|");
    cr_expect_str_eq(redacted(rd, REDACT_ID, "host", 4), "host");
    scapf_redact_free(rd);
}

Test(redact, of_what_describes_a_container_its_id_stays)
{
    static const char json[] =
        "{\"container\":{\"Mounts\":[{\"Source\":\"/secret\"}],\"env\":[\"A=b\"],"
        "\"id\":\"0123456789ab\",\"image\":\"shop\",\"name\":\"web\",\"type\":0}}";
    static const char cut[] = "{\"container\":{\"id\":\"0123456789ab";
    struct scapf_redact *rd = redact_new(0, "k");
    char want[256];

    snprintf(want, sizeof(want),
             "{\"container\":{\"id\":\"%s\",\"name\":\"%s\",\"image\":\"%s\",\"type\":0}}",
             redacted(rd, REDACT_ID, "0123456789ab", 12), text_of(rd, "web"), text_of(rd, "shop"));
    cr_expect_str_eq(redacted(rd, REDACT_JSON, json, strlen(json)), want);
    snprintf(want, sizeof(want),
             "{\"container\":{\"id\":\"%s\",\"name\":\"\",\"image\":\"\",\"type\":0}}",
             redacted(rd, REDACT_ID, "0123456789ab", 12));
    cr_expect_str_eq(redacted(rd, REDACT_JSON, cut, strlen(cut)), want);
    cr_expect_str_eq(redacted(rd, REDACT_JSON, "[1]", 3), "{}");
    scapf_redact_free(rd);
}

/* Where names stay, what else it tells goes all the same: mounts, labels, variables. */
Test(redact, what_describes_a_container_keeps_its_names_only)
{
    static const char json[] =
        "{\"container\":{\"id\":\"0123456789ab\",\"image\":\"shop\",\"ip\":\"10.0.0.7\","
        "\"Mounts\":[{\"Source\":\"/secret\"}],\"name\":\"web\",\"type\":6}}";
    struct scapf_redact *rd = redact_new(SCAPF_REDACT_PATHS, "k");

    cr_expect_str_eq(redacted(rd, REDACT_JSON, json, strlen(json)),
                     "{\"container\":{\"id\":\"0123456789ab\",\"name\":\"web\","
                     "\"image\":\"shop\",\"type\":6}}");
    scapf_redact_free(rd);
}

/* ------------------------------------------------------------------ addresses */

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* No two get the same pseudonym, and none that means something. */
Test(redact, ipv4_addresses_stay_different)
{
    enum { N = 100000 };
    struct scapf_redact *rd = redact_new(0, "k");
    uint32_t *all = calloc(N, sizeof(*all));
    size_t same = 0;

    cr_assert(all != NULL);
    for (uint32_t i = 0; i < N; i++) {
        uint8_t p[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

        redact_address(rd, p, 4);
        all[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        cr_expect(p[0] != 0 && p[0] != 127 && p[0] < 224);
        same += p[0] == 10 && p[1] == (uint8_t)(i >> 16) && p[2] == (uint8_t)(i >> 8);
    }
    qsort(all, N, sizeof(*all), compare_u32);
    for (uint32_t i = 1; i < N; i++) {
        cr_assert_neq(all[i - 1], all[i]);
    }
    cr_expect_leq(same, 2);
    free(all);
    scapf_redact_free(rd);
}

Test(redact, addresses_that_are_the_same_everywhere)
{
    static const uint8_t kept[][17] = {
        {4, 127, 0, 0, 1},
        {4, 0, 0, 0, 0},
        {4, 255, 255, 255, 255},
        {4, 224, 0, 0, 251},
        {16},
        {16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {16, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1},
        {6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
        {6, 0x01, 0, 0x5E, 0, 0, 1},
    };
    struct scapf_redact *rd = redact_new(0, "k");

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        uint8_t p[16];

        memcpy(p, kept[i] + 1, 16);
        redact_address(rd, p, kept[i][0]);
        cr_expect_eq(memcmp(p, kept[i] + 1, kept[i][0]), 0, "row %zu", i);
    }
    scapf_redact_free(rd);
}

/* The same host in both families. */
Test(redact, mapped_addresses)
{
    uint8_t p4[4] = {192, 0, 2, 10};
    uint8_t p6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 10};
    uint8_t other[16] = {0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct scapf_redact *rd = redact_new(0, "k");

    redact_address(rd, p4, 4);
    redact_address(rd, p6, 16);
    redact_address(rd, other, 16);
    cr_expect_eq(memcmp(p4, p6 + 12, 4), 0);
    cr_expect_eq(other[0], 0xFD);
    scapf_redact_free(rd);
}

/* ------------------------------------------------------------------ records */

/* The record behind the first n that comes out of a capture; its event is copied. */
struct taken {
    enum scapf_status status;
    struct scapf_record rec;
    struct scapf_event event;
    struct scapf_reader *reader;
};

static struct taken take(struct scapf_redact *rd, const struct mk *m, unsigned n)
{
    struct taken t = {.status = SCAPF_OK};
    struct scapf_record rec;

    t.reader = rd_reader(m->o.bytes, m->o.len);
    for (unsigned i = 0; i <= n && t.status != SCAPF_E_NOMEM; i++) {
        cr_assert_eq(scapf_reader_next(t.reader, &rec), SCAPF_OK);
        t.status = scapf_redact_record(rd, &rec, &t.rec);
    }
    return t;
}

static const char *param(const struct taken *t, uint32_t i, uint32_t *len)
{
    const uint8_t *p = NULL;

    *len = 0;
    cr_assert_eq(t->status, SCAPF_OK);
    cr_assert_eq(scapf_event_param(t->rec.event, i, &p, len), SCAPF_OK);
    return (const char *)p;
}

Test(redact, parameters_by_their_types)
{
    struct scapf_redact *rd = redact_new(0, "k");
    uint8_t tuple[13] = {2, 10, 0, 0, 1, 80, 0, 127, 0, 0, 1, 81, 0};
    uint8_t unix_tuple[22] = {1, 1, 2, 3};
    struct mk m;
    struct taken t;
    const char *p;
    uint32_t n;

    memcpy(unix_tuple + 17, "/run", 5);
    mk_init(&m, MK_BIG);
    mk_shb(&m, 2);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, RECVFROM_X); /* res data tuple */
    mk_param_u64(&m, 4);
    mk_param(&m, "abcd", 4);
    mk_param(&m, tuple, sizeof(tuple));
    mk_ev_end(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, RECVFROM_X);
    mk_param_u64(&m, 4);
    mk_param(&m, "", 0);
    mk_param(&m, unix_tuple, sizeof(unix_tuple));
    mk_ev_end(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, RECVFROM_X);
    mk_param_u64(&m, 4);
    mk_param(&m, "", 0);
    mk_param(&m, "\x11xyz", 4); /* of a family nobody takes apart */
    mk_ev_end(&m);
    t = take(rd, &m, 1);
    p = param(&t, 0, &n);
    cr_expect_eq(n, 8);
    cr_expect_eq(memcmp(p, "\0\0\0\0\0\0\0\4", 8), 0);
    p = param(&t, 1, &n);
    cr_expect(n == 4 && memcmp(p, "\0\0\0\0", 4) == 0);
    p = param(&t, 2, &n);
    cr_assert_eq(n, 13);
    cr_expect(memcmp(p + 1, tuple + 1, 4) != 0, "the peer is still there");
    cr_expect_eq(memcmp(p + 5, tuple + 5, 8), 0, "ports and this host are kept");
    scapf_reader_free(t.reader);
    t = take(rd, &m, 2);
    p = param(&t, 2, &n);
    cr_assert_eq(n, 17 + 1 + 11 + 1);
    cr_expect_eq(memcmp(p, unix_tuple, 17), 0);
    cr_expect_str_eq(p + 17, text_of(rd, "/run"));
    scapf_reader_free(t.reader);
    t = take(rd, &m, 3);
    p = param(&t, 2, &n);
    cr_expect(n == 4 && memcmp(p, "\x11\0\0\0", 4) == 0);
    scapf_reader_free(t.reader);
    cr_expect_eq(scapf_redact_counts(rd)->replaced[2], 3); /* looked at three times */
    mk_release(&m);
    scapf_redact_free(rd);
}

/* Parameters of tomorrow, events of tomorrow, comments. */
Test(redact, what_nobody_knows_does_not_come_out)
{
    struct scapf_redact *rd = redact_new(SCAPF_REDACT_ENV, "k");
    struct mk m;
    struct taken t;
    const char *p;
    uint32_t n;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, CHDIR_X);
    mk_param_u64(&m, 0);
    mk_param_str(&m, "/home");
    mk_param_str(&m, "new");
    mk_ev_body(&m);
    mk_opt_str(&m, 1, "chdir(\"/home\") = 0");
    mk_opt_end(&m);
    mk_end(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, 0x7ffe);
    mk_param_str(&m, "new");
    mk_ev_end(&m);
    mk_begin(&m, 0x0BAD);
    mk_bytes(&m, "abcd", 4);
    mk_end(&m);
    t = take(rd, &m, 1);
    p = param(&t, 1, &n);
    cr_expect(n == 6 && memcmp(p, "/home", 6) == 0, "not asked for");
    p = param(&t, 2, &n);
    cr_expect(n == 4 && memcmp(p, "\0\0\0\0", 4) == 0);
    cr_expect(t.rec.event->options == NULL);
    scapf_reader_free(t.reader);
    t = take(rd, &m, 2);
    p = param(&t, 0, &n);
    cr_expect(n == 4 && memcmp(p, "\0\0\0\0", 4) == 0);
    scapf_reader_free(t.reader);
    t = take(rd, &m, 3);
    cr_expect_eq(t.status, SCAPF_END);
    scapf_reader_free(t.reader);
    cr_expect_eq(scapf_redact_counts(rd)->blocks, 1);
    cr_expect_geq(scapf_redact_counts(rd)->options, 1);
    mk_release(&m);
    scapf_redact_free(rd);
}

static bool contains(const uint8_t *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* All tables of the story in all versions: no text of them is left, short names are. */
Test(redact, tables_of_every_version)
{
    static const char *const texts[] = {"-DFOREGROUND", "httpd.conf", "/srv/www",       "/usr/sbin",
                                        "access.log",   "/var",       "www.example.org"};
    static const uint32_t numbers[] = {0,     0x202, 0x207, 0x209, 0x210,
                                       0x211, 0x212, 0x213, 0x214, 0x215};
    struct scapf_redact *rd = redact_new(0, "k");

    for (unsigned version = 1; version <= 9; version++) {
        struct mk m;
        struct taken t;

        mk_init(&m, version % 2 == 0);
        mk_shb(&m, 2);
        story_processes(&m, numbers[version], version, 90);
        t = take(rd, &m, 1);
        cr_assert_eq(t.status, SCAPF_OK);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            cr_expect(!contains(t.rec.raw, t.rec.raw_len, texts[i]), "%s", texts[i]);
        }
        cr_expect(contains(t.rec.raw, t.rec.raw_len, "httpd"));
        scapf_reader_free(t.reader);
        mk_release(&m);
    }
    scapf_redact_free(rd);
}

/* Long lists of short words grow: they are cut to what readers take, with a NUL at the end. */
Test(redact, lists_are_cut_to_their_limit)
{
    struct scapf_redact *rd = redact_new(SCAPF_REDACT_ALL, "k");
    struct scapf_table *table = calloc(1, sizeof(*table));
    struct scapf_row *row = calloc(1, sizeof(*row));
    static char args[4000];
    struct mk m;
    struct taken t;
    const struct scapf_cell *cell;

    for (size_t i = 0; i < sizeof(args); i += 2) {
        args[i] = 'a';
    }
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, 0x202); /* version 1: the shortest rows */
    mk_u64(&m, 1);
    mk_u64(&m, 1);
    mk_u64(&m, 0);
    mk_u16(&m, 2);
    mk_bytes(&m, "ab", 2);
    mk_u16(&m, 0);
    mk_u16(&m, sizeof(args));
    mk_bytes(&m, args, sizeof(args));
    mk_u16(&m, 1);
    mk_bytes(&m, "/", 1);
    mk_u64(&m, 1024);
    mk_u32(&m, 0);
    mk_u32(&m, 0);
    mk_u32(&m, 0);
    mk_end(&m);
    t = take(rd, &m, 1);
    cr_assert_eq(t.status, SCAPF_OK);
    cr_assert_eq(scapf_table_open(&t.rec, scapf_schema_builtin(), table), SCAPF_OK);
    cr_assert_eq(scapf_table_next(table, row), SCAPF_OK);
    cell = scapf_row_cell(row, "args");
    cr_assert(cell != NULL);
    cr_expect_eq(cell->len, 4096);
    cr_expect_eq(cell->bytes[4095], '\0');
    cr_expect_eq(scapf_row_cell(row, "comm")->len, 11);
    cr_expect_eq(scapf_row_cell(row, "cwd")->len, 1);
    scapf_reader_free(t.reader);
    free(table);
    free(row);
    mk_release(&m);
    scapf_redact_free(rd);
}

/* ------------------------------------------------------------------ packets */

static uint32_t ones_sum(uint32_t s, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    }
    while (s > 0xFFFF) {
        s = (s & 0xFFFF) + (s >> 16);
    }
    return s;
}

Test(redact, packets_keep_their_headers)
{
    struct scapf_redact *rd = redact_new(0, "k");
    uint8_t p[512];
    uint8_t was[512];
    uint32_t at_us;

    for (size_t i = 0; i < STORY_SEGMENTS; i++) {
        uint32_t n = story_segment(p, i, &at_us);
        size_t header = 14 + 20 + (size_t)(p[14 + 20 + 12] >> 4) * 4;

        memcpy(was, p, n);
        redact_packet(rd, 1, p, n, n);
        cr_expect_eq(memcmp(p + 12, was + 12, 12), 0, "type to protocol");
        cr_expect_neq(memcmp(p + 26, was + 26, 4), 0, "source");
        cr_expect_neq(memcmp(p + 30, was + 30, 4), 0, "destination");
        cr_expect_eq(memcmp(p + 34, was + 34, 16), 0, "ports to window");
        for (size_t k = header; k < n; k++) {
            cr_expect_eq(p[k], 0);
        }
        cr_expect_eq(ones_sum(0, p + 14, 20), 0xFFFF, "header checksum");
        cr_expect_eq(ones_sum(ones_sum(6 + n - 34, p + 26, 8), p + 34, n - 34), 0xFFFF,
                     "checksum of segment %zu", i);
    }
    scapf_redact_free(rd);
}

Test(redact, packets_of_point_to_point_links)
{
    static const struct {
        uint16_t link;
        const char *bytes;
        size_t n;
    } heads[] = {{9, "\xFF\x03\0\x21", 4}, {9, "\0\x21", 2},   {50, "\xFF\x03\x21", 3},
                 {50, "\x21", 1},          {0, "\2\0\0\0", 4}, {0, "\0\0\0\2", 4},
                 {108, "\0\0\0\2", 4}};
    struct scapf_redact *rd = redact_new(0, "k");
    uint8_t segment[512];
    uint8_t want[512];
    uint32_t at_us;
    uint32_t n = story_segment(segment, 0, &at_us) - 14;

    memcpy(want, segment + 14, n);
    redact_packet(rd, 101, want, n, n); /* the same packet without a link */
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        uint8_t p[520];

        memcpy(p, heads[i].bytes, heads[i].n);
        memcpy(p + heads[i].n, segment + 14, n);
        redact_packet(rd, heads[i].link, p, heads[i].n + n, heads[i].n + n);
        cr_expect_eq(memcmp(p, heads[i].bytes, heads[i].n), 0, "head %zu", i);
        cr_expect_eq(memcmp(p + heads[i].n, want, n), 0, "packet of head %zu", i);
    }
    scapf_redact_free(rd);
}

/* An ICMP message in a packet without a link: type, code, checksum, 4 bytes, and what is behind. */
static void expect_icmp(uint8_t version, uint8_t type, bool keeps_number, bool whole)
{
    static const char secret[] =
        "\x45\0\0\x1C\0\0\0\0\x40\x11\0\0\xC6\x33\x64\1\xC6\x33\x64\2ports...";
    struct scapf_redact *rd = redact_new(0, "k");
    size_t header = version == 4 ? 20 : 40;
    size_t addr_len = version == 4 ? 4 : 16;
    size_t n = header + 8 + sizeof(secret);
    uint8_t p[128] = {0};
    uint8_t *message = p + header;
    uint32_t pseudo = version == 4 ? 0 : 58 + (uint32_t)(n - header);

    p[0] = (uint8_t)(version << 4 | (version == 4 ? 5 : 0));
    p[version == 4 ? 3 : 5] = (uint8_t)(version == 4 ? n : n - header);
    p[version == 4 ? 9 : 6] = version == 4 ? 1 : 58;
    memset(p + header - 2 * addr_len, 0xC6, 2 * addr_len);
    message[0] = type;
    message[1] = 1;
    memcpy(message + 4, "\xC6\x33\x64\7", 4); /* the router of a redirection; or two numbers */
    memcpy(message + 8, secret, sizeof(secret));
    redact_packet(rd, 101, p, n, whole ? n : n + 1);
    cr_expect(message[0] == type && message[1] == 1, "type %u", type);
    cr_expect_eq(memcmp(message + 4, keeps_number ? "\xC6\x33\x64\7" : "\0\0\0\0", 4), 0, "type %u",
                 type);
    for (size_t k = header + 8; k < n; k++) {
        cr_expect_eq(p[k], 0, "type %u, byte %zu", type, k);
    }
    if (whole) {
        pseudo = version == 4 ? 0 : ones_sum(pseudo, p + 8, 32);
        cr_expect_eq(ones_sum(pseudo, message, n - header), 0xFFFF, "checksum of type %u", type);
    } else {
        cr_expect(message[2] == 0 && message[3] == 0, "checksum of type %u", type);
    }
    scapf_redact_free(rd);
}

/* Errors and redirections hold packets and addresses of others; echoes have numbers there. */
Test(redact, what_icmp_tells_of_others)
{
    expect_icmp(4, 5, false, true);
    expect_icmp(4, 5, false, false);
    expect_icmp(4, 3, false, true);
    expect_icmp(4, 8, true, true);
    expect_icmp(4, 0, true, false);
    expect_icmp(6, 137, false, true);
    expect_icmp(6, 137, false, false);
    expect_icmp(6, 1, false, true);
    expect_icmp(6, 128, true, true);
}

Test(redact, packets_of_unknown_kinds_are_zeroed)
{
    static const struct {
        uint16_t link;
        size_t kept; /* bytes from the start that are not */
        const char *bytes;
        size_t n;
    } rows[] = {
        {147, 0, "abcdefgh", 8},
        {1, 14, "\xFF\xFF\xFF\xFF\xFF\xFF\1\1\1\1\1\1\x88\xCCsecret", 20}, /* LLDP */
        {1, 0, "abc", 3},
        {101, 0, "\x45\0\0", 3},
        {101, 0, "\x90secret secret secret", 20},
        {0, 4, "\2\0\0\0\x70secret", 11},
        {0, 4, "\7\0\0\0\x45secret secret secret", 25}, /* no family of IP */
        {108, 0, "\0\0\2", 3},
        {9, 4, "\xFF\x03\xC0\x21secret", 10}, /* LCP */
        {9, 4, "\xFF\x03\0\x57\x45secret", 11},
        {50, 1, "\x31secret", 7},
        {50, 0, "\0", 1},
        {50, 2, "\xFF\x03", 2},
    };
    struct scapf_redact *rd = redact_new(0, "k");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t p[64];

        memcpy(p, rows[i].bytes, rows[i].n);
        redact_packet(rd, rows[i].link, p, rows[i].n, rows[i].n);
        for (size_t k = rows[i].kept; k < rows[i].n; k++) {
            cr_expect_eq(p[k], 0, "row %zu, byte %zu", i, k);
        }
    }
    scapf_redact_free(rd);
}

/* ------------------------------------------------------------------ life */

Test(redact, wrong_use)
{
    struct scapf_redact_opts opts = {.size = sizeof(opts), .key = "k", .key_len = 0};
    struct scapf_redact *rd;

    cr_expect_eq(scapf_redact_new(&opts, &rd), SCAPF_E_USAGE);
    opts.key_len = 1;
    opts.what = 1 << SCAPF_REDACT_KINDS;
    cr_expect_eq(scapf_redact_new(&opts, &rd), SCAPF_E_USAGE);
    cr_expect_eq(scapf_redact_new(NULL, &rd), SCAPF_E_USAGE);
    cr_expect_str_eq(scapf_redact_kind(0), "env");
    cr_expect(scapf_redact_kind(SCAPF_REDACT_KINDS) == NULL);
}

Test(redact, no_memory)
{
    struct fault_alloc f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    for (size_t k = 0; k < 100; k++) {
        const struct scapf_redact_opts opts = {
            .size = sizeof(opts), .alloc = &f.alloc, .key = "k", .key_len = 1};
        struct scapf_redact *rd;
        struct taken t = {.status = SCAPF_E_NOMEM};

        fault_alloc_init(&f, k);
        if (scapf_redact_new(&opts, &rd) == SCAPF_OK) {
            t = take(rd, &m, 4);
            scapf_reader_free(t.reader);
            scapf_redact_free(rd);
        }
        cr_expect_eq(f.live, 0);
        cr_expect_eq(t.status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "%zu: %d", k, t.status);
        if (!f.failed) {
            cr_expect_gt(k, 1);
            break;
        }
    }
    mk_release(&m);
}
