/* SPDX-License-Identifier: Apache-2.0 */
#include "support/story.h"

#define REQUEST  "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: demo/1\r\n\r\n"
#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 37\r\n\r\n"
#define PAGE     "<html><body>It works!</body></html>\r\n"

const uint8_t story_client_ip[4] = {192, 0, 2, 10}; /* RFC 5737: addresses for documents */
const uint8_t story_server_ip[4] = {192, 0, 2, 80};
const uint8_t story_client_ip6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x10};
const uint8_t story_server_ip6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x80};

/* ---------------------------------------------------------------- tables of a machine */

struct process {
    int64_t tid, pid, ptid;
    const char *comm, *exe, *exepath, *args, *cwd;
    uint32_t args_len, flags, uid;
};

#define HTTPD_ARGS "-DFOREGROUND\0-f\0/etc/httpd.conf"

static const struct process processes[] = {
    {1, 1, 0, "init", "/sbin/init", "/usr/lib/systemd/systemd", "", "/", 0, 0, 0},
    {700, 700, 1, "httpd", "/usr/sbin/httpd", "/usr/sbin/httpd", HTTPD_ARGS, "/srv/www",
     sizeof(HTTPD_ARGS), 0, 33},
    {701, 700, 1, "httpd", "/usr/sbin/httpd", "/usr/sbin/httpd", HTTPD_ARGS, "/srv/www",
     sizeof(HTTPD_ARGS), 0x2001, 33},
};

void story_machine(struct mk *m, uint32_t type)
{
    char host[128] = "www.example.org";

    mk_begin(m, type);
    mk_u32(m, 4);
    mk_u64(m, UINT64_C(8) << 30);
    mk_u64(m, 0);
    mk_bytes(m, host, sizeof(host));
    mk_u64(m, STORY_NS - UINT64_C(86400000000000));
    mk_zero(m, 24);
    mk_end(m);
}

/* The u32 length in front of an entry is patched when the entry is complete. */
static size_t entry_begin(struct mk *m, bool has_len)
{
    size_t at = m->o.len;

    if (has_len) {
        mk_u32(m, 0);
    }
    return at;
}

static void entry_end(struct mk *m, size_t at, bool has_len, bool counts_self)
{
    if (has_len) {
        mk_patch_u32(m, at, (uint32_t)(m->o.len - at) - (counts_self ? 0 : 4));
    }
}

void story_interfaces(struct mk *m, uint32_t type, bool v2)
{
    static const struct {
        uint16_t type;
        const char *name;
    } rows[] = {{3, "lo"}, {3, "eth0"}, {1, "wlan0"}, {4, "eth0"}, {2, "wlan0"}};

    mk_begin(m, type);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = entry_begin(m, v2);
        bool six = rows[i].type == 2 || rows[i].type == 4;

        mk_u16(m, rows[i].type);
        mk_u16(m, (uint16_t)strlen(rows[i].name));
        mk_bytes(m, six ? story_server_ip6 : story_server_ip, six ? 16 : 4);
        mk_bytes(m, "\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0", six ? 16 : 4);
        mk_bytes(m, "\xc0\x00\x02\xff\0\0\0\0\0\0\0\0\0\0\0\0", six ? 16 : 4);
        if (rows[i].type < 3) {
            mk_u64(m, 0);
        }
        mk_str(m, rows[i].name);
        entry_end(m, at, v2, false);
    }
    mk_end(m);
}

void story_users(struct mk *m, uint32_t type, bool v2)
{
    static const struct {
        uint8_t kind;
        uint32_t id;
        const char *name, *home, *shell;
    } rows[] = {{0, 0, "root", "/root", "/bin/sh"},
                {0, 33, "www", "/srv/www", "/usr/sbin/nologin"},
                {1, 0, "root", NULL, NULL},
                {1, 33, "www", NULL, NULL}};

    mk_begin(m, type);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = entry_begin(m, v2);

        mk_u8(m, rows[i].kind);
        mk_u32(m, rows[i].id);
        if (rows[i].kind == 0) {
            mk_u32(m, rows[i].id);
        }
        mk_str16(m, rows[i].name);
        if (rows[i].kind == 0) {
            mk_str16(m, rows[i].home);
            mk_str16(m, rows[i].shell);
        }
        entry_end(m, at, v2, true);
    }
    mk_end(m);
}

static void text16(struct mk *m, const char *bytes, size_t n)
{
    mk_u16(m, (uint16_t)n);
    mk_bytes(m, bytes, n);
}

/* The tail of a version 9 entry, cut where an older release stopped. [scap 7] */
static void process_tail(struct mk *m, unsigned tail)
{
    size_t start = m->o.len;

    if (tail > 29) {
        mk_u64(m, STORY_NS - UINT64_C(86400000000000));
        mk_u32(m, 0);
    }
    if (tail >= 4) {
        mk_u32(m, UINT32_MAX);
    }
    if (tail >= 5) {
        mk_u8(m, 0);
    }
    if (tail >= 29) {
        mk_u64(m, 0);
        mk_u64(m, 0x400);
        mk_u64(m, 0x400);
    }
    if (tail >= 66) {
        mk_u8(m, 0);
        mk_u64(m, 131074);
        mk_u64(m, STORY_NS);
        mk_u64(m, STORY_NS);
    }
    if (tail >= 67) {
        mk_u8(m, 0);
    }
    if (tail >= 68) {
        mk_u8(m, 1);
    }
    if (tail >= 76) {
        mk_u64(m, 700);
    }
    while (m->o.len - start < tail) { /* a later release: bytes nobody knows yet */
        mk_u8(m, 0xA5);
    }
}

static void process_row(struct mk *m, const struct process *p, unsigned version)
{
    static const char env[] = "PATH=/usr/sbin:/usr/bin\0LANG=C";
    static const char cgroups[] = "cpu=/system.slice/httpd.service\0memory=/";

    mk_u64(m, (uint64_t)p->tid);
    mk_u64(m, (uint64_t)p->pid);
    mk_u64(m, (uint64_t)p->ptid);
    if (version >= 6) {
        mk_u64(m, (uint64_t)p->pid);
    }
    if (version >= 8) {
        mk_u64(m, (uint64_t)p->pid);
    }
    mk_str16(m, p->comm);
    mk_str16(m, p->exe);
    if (version >= 7) {
        mk_str16(m, p->exepath);
    }
    text16(m, p->args, p->args_len);
    mk_str16(m, p->cwd);
    mk_u64(m, 1024);
    mk_u32(m, p->flags);
    mk_u32(m, p->uid);
    mk_u32(m, p->uid);
    if (version >= 2) {
        mk_u32(m, 20480);
        mk_u32(m, 8192);
        mk_u32(m, 0);
        mk_u64(m, 3);
        mk_u64(m, 1200);
    }
    if (version >= 3) {
        text16(m, env, sizeof(env));
    }
    if (version >= 4) {
        mk_u64(m, (uint64_t)p->tid);
        mk_u64(m, (uint64_t)p->pid);
        text16(m, cgroups, sizeof(cgroups));
    }
    if (version >= 5) {
        mk_str16(m, "/");
    }
}

void story_processes(struct mk *m, uint32_t type, unsigned version, unsigned tail)
{
    mk_begin(m, type);
    for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
        size_t at = entry_begin(m, version >= 9);

        process_row(m, &processes[i], version);
        if (version >= 9) {
            process_tail(m, tail);
        }
        entry_end(m, at, version >= 9, true);
    }
    mk_end(m);
}

/* One descriptor of each type that exists: what stands behind the type byte. */
static void fd_payload(struct mk *m, uint8_t type, bool v2)
{
    switch (type) {
    case 3:
        mk_bytes(m, story_client_ip, 4);
        mk_bytes(m, story_server_ip, 4);
        mk_u16(m, 51234);
        mk_u16(m, 80);
        mk_u8(m, 2);
        break;
    case 4:
        mk_bytes(m, story_client_ip6, 16);
        mk_bytes(m, story_server_ip6, 16);
        mk_u16(m, 51235);
        mk_u16(m, 443);
        mk_u8(m, 2);
        break;
    case 5:
        mk_bytes(m, story_server_ip, 4);
        mk_u16(m, 80);
        mk_u8(m, 2);
        break;
    case 6:
        mk_bytes(m, story_server_ip6, 16);
        mk_u16(m, 443);
        mk_u8(m, 2);
        break;
    case 8:
        mk_u64(m, UINT64_C(0xffff8880aa000000));
        mk_u64(m, UINT64_C(0xffff8880bb000000));
        mk_str16(m, "/run/httpd.sock");
        break;
    case 16:
        mk_u32(m, 1);
        mk_str16(m, "/var/log/httpd/access.log");
        if (v2) {
            mk_u32(m, 0x801);
        }
        break;
    default:
        mk_str16(m, type == 2 ? "/srv/www" : type == 1 ? "/srv/www/index.html" : "anon");
        break;
    }
}

void story_fds(struct mk *m, uint32_t type, bool v2, bool all_types)
{
    for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
        mk_begin(m, type);
        mk_u64(m, (uint64_t)processes[i].tid);
        for (uint8_t t = 1; processes[i].tid == 700 && t <= (all_types ? 21 : 16); t++) {
            size_t at;

            if (!all_types && t != 5 && t != 8 && t != 12 && t != 16) {
                continue;
            }
            at = entry_begin(m, v2);
            mk_u64(m, all_types ? t : (t == 5 ? 3u : (t == 12 ? 4u : t)));
            mk_u64(m, 4096u + t);
            mk_u8(m, t);
            fd_payload(m, t, v2);
            entry_end(m, at, v2, true);
        }
        mk_end(m);
    }
}

static void system_tables(struct mk *m)
{
    story_machine(m, 0x201);
    story_interfaces(m, 0x219, true);
    story_users(m, 0x220, true);
    story_processes(m, 0x215, 9, 76);
}

void story_tables(struct mk *m)
{
    system_tables(m);
    story_fds(m, 0x218, true, false);
}

void story_start(struct mk *m)
{
    mk_shb(m, 2);
    system_tables(m);
}

void story_close(struct mk *m, uint16_t cpu, uint64_t ts, int64_t tid)
{
    mk_ev_begin(m, 0x216, cpu, ts, tid, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_end(m);
}

/* ---------------------------------------------------------------- events */

static void ev(struct mk *m, struct story *s, uint16_t code)
{
    mk_ev_begin(m, s->block, 1, STORY_NS + s->shift_ns + s->at, 701, code);
    s->at += 12345;
}

static void tuple4(struct mk *m)
{
    uint8_t p[13] = {2};
    bool big = m->o.big_endian;
    uint16_t ports[2] = {51234, 80};

    memcpy(p + 1, story_client_ip, 4);
    memcpy(p + 7, story_server_ip, 4);
    for (int i = 0; i < 2; i++) {
        p[5 + 6 * i] = (uint8_t)(big ? ports[i] >> 8 : ports[i]);
        p[6 + 6 * i] = (uint8_t)(big ? ports[i] : ports[i] >> 8);
    }
    mk_param(m, p, sizeof(p));
}

static void read_write(struct mk *m, struct story *s, uint16_t code, uint64_t fd, const char *data,
                       uint32_t size)
{
    ev(m, s, code);
    mk_param_u64(m, fd);
    mk_param_u32(m, size);
    mk_ev_end(m);
    ev(m, s, code + 1);
    mk_param_u64(m, strlen(data));
    mk_param(m, data, (uint32_t)strlen(data));
    mk_param_u64(m, fd);
    mk_param_u32(m, size);
    mk_ev_end(m);
}

static void openat(struct mk *m, struct story *s, int64_t fd, const char *path)
{
    ev(m, s, 306);
    mk_param_u64(m, (uint64_t)-100);
    mk_param_str(m, path);
    mk_param_u32(m, 1);
    mk_param_u32(m, 0);
    mk_ev_end(m);
    ev(m, s, 307);
    mk_param_u64(m, (uint64_t)fd);
    mk_param_u64(m, (uint64_t)-100);
    mk_param_str(m, path);
    mk_param_u32(m, 1);
    mk_param_u32(m, 0);
    mk_param_u32(m, fd < 0 ? 0 : 0x801);
    mk_param_u64(m, fd < 0 ? 0 : 131099);
    mk_ev_end(m);
}

static void close_fd(struct mk *m, struct story *s, uint64_t fd)
{
    ev(m, s, 4);
    mk_param_u64(m, fd);
    mk_ev_end(m);
    ev(m, s, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, fd);
    mk_ev_end(m);
}

static void wait_and_accept(struct mk *m, struct story *s)
{
    uint8_t fds[12] = {0};

    fds[m->o.big_endian ? 1 : 0] = 1; /* one pair: descriptor 3, readable */
    fds[m->o.big_endian ? 9 : 2] = 3;
    fds[m->o.big_endian ? 11 : 10] = 1;
    ev(m, s, 80);
    mk_param(m, fds, sizeof(fds));
    mk_param_u64(m, 5000);
    mk_ev_end(m);
    ev(m, s, 152);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_param_u64(m, 1200);
    mk_param_u32(m, 20480);
    mk_param_u32(m, 8192);
    mk_param_u32(m, 0);
    mk_ev_end(m);
    ev(m, s, 81);
    mk_param_u64(m, 1);
    mk_param(m, fds, sizeof(fds));
    mk_param_u64(m, 5000);
    mk_ev_end(m);
    ev(m, s, 388);
    mk_param_u32(m, 0);
    mk_ev_end(m);
    ev(m, s, 389);
    mk_param_u64(m, 5);
    tuple4(m);
    mk_param_u8(m, 0);
    mk_param_u32(m, 0);
    mk_param_u32(m, 128);
    mk_param_u32(m, 0);
    mk_ev_end(m);
}

static void answer(struct mk *m, struct story *s)
{
    read_write(m, s, 6, 5, REQUEST, 8192);
    openat(m, s, 6, "/srv/www/index.html");
    ev(m, s, 70);
    mk_param_u64(m, 6);
    mk_ev_end(m);
    ev(m, s, 71);
    mk_param_u64(m, 0);
    mk_param_u64(m, 6);
    mk_ev_end(m);
    read_write(m, s, 118, 5, RESPONSE PAGE, sizeof(RESPONSE PAGE) - 1);
    close_fd(m, s, 6);
    openat(m, s, -2, "/srv/www/favicon.ico");
    read_write(m, s, 8, 16, "192.0.2.10 \"GET /index.html\" 200 37\n", 36);
    ev(m, s, 36);
    mk_param_u64(m, 5);
    mk_param_u8(m, 1);
    mk_ev_end(m);
    ev(m, s, 37);
    mk_param_u64(m, 0);
    mk_param_u64(m, 5);
    mk_param_u8(m, 1);
    mk_ev_end(m);
    close_fd(m, s, 5);
}

void story_tell(struct mk *m, struct story *s)
{
    wait_and_accept(m, s);
    answer(m, s);
}

/* What an old writer stored: enter, and an exit with the few parameters of that time. */
void story_tell_old(struct mk *m, struct story *s)
{
    ev(m, s, 6);
    mk_param_u64(m, 5);
    mk_param_u32(m, 8192);
    mk_ev_end(m);
    ev(m, s, 7);
    mk_param_u64(m, sizeof(REQUEST) - 1);
    mk_param(m, REQUEST, sizeof(REQUEST) - 1);
    mk_ev_end(m);
    ev(m, s, 4);
    mk_param_u64(m, 5);
    mk_ev_end(m);
    ev(m, s, 5);
    mk_param_u64(m, 0);
    mk_ev_end(m);
    ev(m, s, 0);
    mk_param_u16(m, 16);
    mk_param_u16(m, 39);
    mk_ev_end(m);
    ev(m, s, 1);
    mk_param_u16(m, 16);
    mk_ev_end(m);
    ev(m, s, 186);
    mk_param_u64(m, 0);
    mk_ev_end(m);
}

/* What the format allows besides: comments, events of codes and parameters still to come. */
void story_tell_odd(struct mk *m, struct story *s)
{
    ev(m, s, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 9);
    mk_ev_body(m);
    mk_opt_str(m, 1, "a comment that rides behind the event");
    mk_opt_end(m);
    mk_end(m);
    ev(m, s, 999);
    mk_param_str(m, "an event of a later release");
    mk_ev_end(m);
    ev(m, s, 234);
    mk_param_u64(m, 10);
    mk_param_u64(m, 20);
    mk_param_str(m, "a parameter of a later release");
    mk_ev_end(m);
    ev(m, s, 280);
    mk_param_str(m, "note");
    mk_param_str(m, "text with \x1b[31mcontrol\x1b[0m characters and \"quotes\"");
    mk_ev_end(m);
}

void story_tell_large(struct mk *m, struct story *s, uint32_t block)
{
    static const char json[] = "{\"container\":{\"id\":\"1f2e3d4c5b6a\",\"name\":\"web\"}}";
    uint32_t small = s->block;

    s->block = block;
    ev(m, s, 324);
    mk_param_str(m, json);
    mk_ev_end(m);
    ev(m, s, 402);
    mk_param_u32(m, 0);
    mk_param_str(m, "container");
    mk_param(m, json, sizeof(json));
    mk_ev_end(m);
    s->block = small;
}

/* ---------------------------------------------------------------- packets */

static uint32_t sum16(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
}

static void put_sum(uint8_t *at, uint32_t sum)
{
    while (sum > 0xFFFF) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum = ~sum & 0xFFFF;
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

/* An Ethernet frame with one TCP segment of the story; returns its length. */
static uint32_t frame(uint8_t out[512], bool from_client, uint32_t seq, uint32_t ack, uint8_t flags,
                      const char *data)
{
    size_t n = strlen(data);
    uint8_t *ip = out + 14;
    uint8_t *tcp = ip + 20;
    size_t tcp_len = 20 + n;

    memset(out, 0, 54);
    memcpy(out, from_client ? "\2\0\0\0\0\x50\2\0\0\0\0\x10" : "\2\0\0\0\0\x10\2\0\0\0\0\x50", 12);
    out[12] = 8;
    ip[0] = 0x45;
    ip[2] = (uint8_t)((20 + tcp_len) >> 8);
    ip[3] = (uint8_t)(20 + tcp_len);
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, from_client ? story_client_ip : story_server_ip, 4);
    memcpy(ip + 16, from_client ? story_server_ip : story_client_ip, 4);
    put_sum(ip + 10, sum16(ip, 20));
    tcp[from_client ? 0 : 2] = 51234 >> 8;
    tcp[from_client ? 1 : 3] = 51234 & 0xFF;
    tcp[from_client ? 3 : 1] = 80;
    for (int i = 0; i < 4; i++) {
        tcp[4 + i] = (uint8_t)(seq >> (24 - 8 * i));
        tcp[8 + i] = (uint8_t)(ack >> (24 - 8 * i));
    }
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    tcp[14] = 0xFA;
    memcpy(tcp + 20, data, n);
    put_sum(tcp + 16, sum16(tcp, tcp_len) + sum16(ip + 12, 8) + 6 + (uint32_t)tcp_len);
    return (uint32_t)(14 + 20 + tcp_len);
}

static const struct {
    bool from_client;
    uint32_t seq, ack;
    uint8_t flags;
    const char *data;
    uint32_t at_us;
} segments[] = {
    {true, 100, 0, 0x02, "", 0},
    {false, 900, 101, 0x12, "", 10},
    {true, 101, 901, 0x10, "", 20},
    {true, 101, 901, 0x18, REQUEST, 40},
    {false, 901, 101 + sizeof(REQUEST) - 1, 0x18, RESPONSE PAGE, 160},
    {true, 101 + sizeof(REQUEST) - 1, 900 + sizeof(RESPONSE PAGE), 0x11, "", 240},
    {false, 900 + sizeof(RESPONSE PAGE), 102 + sizeof(REQUEST) - 1, 0x11, "", 260},
};

_Static_assert(sizeof(segments) / sizeof(segments[0]) == STORY_SEGMENTS, "story.h says how many");

uint32_t story_segment(uint8_t out[512], size_t i, uint32_t *at_us)
{
    *at_us = segments[i].at_us;
    return frame(out, segments[i].from_client, segments[i].seq, segments[i].ack, segments[i].flags,
                 segments[i].data);
}

/* Packets of the story in EPBs of interface id, in ticks of 10^-resolution seconds. */
void story_packets(struct mk *m, uint32_t id, uint64_t ticks_per_s)
{
    uint8_t data[512];

    for (size_t i = 0; i < STORY_SEGMENTS; i++) {
        uint32_t at_us;
        uint32_t n = story_segment(data, i, &at_us);

        mk_epb(m, id, STORY_S * ticks_per_s + at_us * (ticks_per_s / 1000000), data, n);
    }
}
