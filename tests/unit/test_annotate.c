/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/cur.h"
#include "scapfmt.h"
#include "support/fault_alloc.h"
#include "support/rd.h"
#include "support/talk.h"

#define OFFSET  INT64_C(-5000000)
#define PACKETS 64u
#define EVENTS  128u

/* Notes of a whole conversation. */
struct notes {
    char *packets[PACKETS + 1], *events[EVENTS + 1]; /* comments, from 1; "" = none */
    uint32_t pid[PACKETS + 1], tid[PACKETS + 1];
    struct out blocks;
    unsigned n_blocks;
    enum scapf_status status;
};

static char *copy_of(const struct scapf_note *note)
{
    cr_expect(note->comment == NULL || strlen(note->comment) == note->comment_len);
    return strdup(note->comment != NULL ? note->comment : "");
}

static enum scapf_status look(struct scapf_align *a, const struct talk *t)
{
    struct scapf_reader *reader = rd_reader(t->events.o.bytes, t->events.o.len);
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;

    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        status = scapf_align_event(a, &rec);
    }
    scapf_reader_free(reader);
    reader = rd_reader(t->packets.o.bytes, t->packets.o.len);
    (void)scapf_align_file(a, "packets.pcapng");
    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        status = scapf_align_packet(a, reader, &rec);
    }
    scapf_reader_free(reader);
    return status;
}

static enum scapf_status note_packets(struct scapf_align *a, const struct talk *t, struct notes *n)
{
    struct scapf_reader *reader = rd_reader(t->packets.o.bytes, t->packets.o.len);
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;
    struct scapf_note note;
    unsigned i = 0;

    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.packet == NULL) {
            continue;
        }
        cr_assert(++i <= PACKETS);
        status = scapf_annotate_packet(a, 0, i, reader, &rec, &note);
        n->packets[i] = copy_of(&note);
        n->pid[i] = note.has_pid ? note.pid : 0;
        n->tid[i] = note.tid;
        n->n_blocks += note.blocks_len > 0;
        out_bytes(&n->blocks, note.blocks, note.blocks_len);
    }
    scapf_reader_free(reader);
    return status;
}

/* Annotate both captures; slack: half of the interval the offset is known to. */
static struct notes annotate(const struct talk *t, int64_t slack, const struct scapf_alloc *alloc)
{
    const struct scapf_align_opts opts = {.size = sizeof(opts), .alloc = alloc};
    struct scapf_align *a;
    struct notes n = {.n_blocks = 0};
    struct scapf_note note;

    out_init(&n.blocks, NULL, false);
    n.status = scapf_align_new(&opts, &a);
    if (n.status == SCAPF_OK) {
        n.status = look(a, t);
    }
    if (n.status == SCAPF_OK) {
        n.status = scapf_annotate_begin(a);
    }
    if (n.status == SCAPF_OK) {
        n.status = scapf_annotate_clock(
            a, 0, &(struct scapf_align_clock){.lo_ns = OFFSET - slack, .hi_ns = OFFSET + slack});
    }
    for (unsigned i = 1; n.status == SCAPF_OK && i <= t->n_events; i++) {
        n.status = scapf_annotate_event(a, i, &note);
        n.events[i] = copy_of(&note);
    }
    if (n.status == SCAPF_OK) {
        n.status = note_packets(a, t, &n);
    }
    scapf_align_free(a);
    return n;
}

static void release(struct talk *t, struct notes *n)
{
    for (unsigned i = 0; i <= PACKETS; i++) {
        free(n->packets[i]);
    }
    for (unsigned i = 0; i <= EVENTS; i++) {
        free(n->events[i]);
    }
    out_release(&n->blocks);
    if (t != NULL) {
        talk_release(t);
    }
}

#define EXPECT_NOTE(got, want) cr_expect_str_eq((got), (want), "%s instead of %s", (got), (want))

/* Accepted by one thread, served by another. */
static void tell(struct talk *t)
{
    talk_handshake(t, 1000);   /* p1-p3 */
    talk_accept(t, 10, 12, 0); /* 1, 2 */
    talk_wait(t, 100000);
    talk_tcp(t, TALK_CLIENT, TALK_ACK | TALK_PSH, talk_bytes(0), 100); /* p4 */
    talk_wait(t, 5000);
    talk_tcp(t, TALK_SERVER, TALK_ACK, "", 0);    /* p5 */
    talk_read(t, 11, 12, talk_bytes(0), 60, 10);  /* 3, 4 */
    talk_read(t, 11, 12, talk_bytes(60), 40, 10); /* 5, 6 */
    talk_wait(t, 50000);
    talk_write(t, 11, 12, talk_bytes(1000), 3000, 10);                   /* 7, 8 */
    talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(1000), 1448);          /* p6 */
    talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(2448), 1448);          /* p7 */
    talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(3896), 104);           /* p8 */
    talk_tcp_at(t, TALK_SERVER, TALK_ACK, 1448, talk_bytes(2448), 1448); /* p9 */
    talk_tcp(t, TALK_CLIENT, TALK_ACK, "", 0);                           /* p10 */
    talk_tcp(t, TALK_CLIENT, TALK_ACK | TALK_FIN, "", 0);                /* p11 */
    talk_wait(t, 50000);
    talk_read(t, 11, 12, NULL, 0, 10);                    /* 9, 10 */
    talk_close(t, 10, 12, 10);                            /* 11, 12 */
    talk_tcp(t, TALK_SERVER, TALK_ACK | TALK_FIN, "", 0); /* p12 */
    talk_tcp(t, TALK_CLIENT, TALK_ACK, "", 0);            /* p13 */
    talk_tcp(t, TALK_CLIENT, TALK_RST, "", 0);            /* p14 */
}

Test(annotate, packets)
{
    static const char *const want[] = {
        "SYN of the connection of server[10/10] fd=12 accept4",
        "kernel: SYN-ACK of the connection of server[10/10] fd=12 accept4, no call made it",
        "ACK of the connection of server[10/10] fd=12 accept4, made by the kernel at the other end",
        "server[10/11] fd=12 read ← bytes 0-59; server[10/11] fd=12 read ← bytes 0-39",
        "kernel: ACK of server[10/11] fd=12 read ← bytes 0-39, no call made it",
        "server[10/11] fd=12 write → bytes 0-1447",
        "server[10/11] fd=12 write → bytes 1448-2895",
        "server[10/11] fd=12 write → bytes 2896-2999",
        "server[10/11] fd=12 write → bytes 1448-2895 (again)",
        "ACK of server[10/11] fd=12 write → bytes 0-2999, made by the kernel at the other end",
        "server[10/11] fd=12 read ← end",
        "server[10/10] fd=12 close → FIN",
        "ACK of server[10/10] fd=12 close → FIN, made by the kernel at the other end",
        "RST of the connection of server[10/10] fd=12 accept4, made by the kernel at the other "
        "end"};
    static const uint32_t tids[] = {0, 0, 0, 11, 0, 11, 11, 11, 11, 0, 11, 10, 0, 0};
    struct talk t;
    struct notes n;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell(&t);
    n = annotate(&t, 100, NULL);
    cr_assert_eq(n.status, SCAPF_OK);
    cr_assert_eq(t.n_packets, sizeof(want) / sizeof(want[0]));
    for (size_t i = 0; i < t.n_packets; i++) {
        EXPECT_NOTE(n.packets[i + 1], want[i]);
        cr_expect_eq(n.pid[i + 1], 10, "packet %zu", i + 1);
        cr_expect_eq(n.tid[i + 1], tids[i], "packet %zu", i + 1);
    }
    release(&t, &n);
}

Test(annotate, events)
{
    static const struct {
        unsigned event;
        const char *want;
    } rows[] = {{1, ""},
                {2, "connection of packet 1-3"},
                {4, "came in packet 4"},
                {6, "came in packet 4"},
                {8, "sent in packet 6-9"},
                {10, "end came in packet 11"},
                {12, "FIN sent in packet 12"}};
    struct talk t;
    struct notes n;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell(&t);
    n = annotate(&t, 100, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EXPECT_NOTE(n.events[rows[i].event], rows[i].want);
    }
    release(&t, &n);
}

/* The process is described once, before its first packet, as Wireshark writes it. */
Test(annotate, process_block)
{
    struct talk t;
    struct notes n;
    struct cur c;
    uint32_t len;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell(&t);
    n = annotate(&t, 0, NULL);
    cr_assert_eq(n.n_blocks, 1);
    c = cur_make(n.blocks.bytes, n.blocks.len, 0, false);
    cr_expect_eq(cur_u32(&c), 0xBAD);
    len = cur_u32(&c);
    cr_expect_eq(len, n.blocks.len);
    cr_expect_eq(cur_u32(&c), 32622);
    cr_expect_eq(cur_u32(&c), 3);
    cr_expect_leq(cur_u32(&c), len - 24);
    cr_expect_eq(cur_u32(&c), 10);
    cr_expect_eq(cur_u16(&c), 2);
    cr_expect_eq(cur_u16(&c), 6);
    cr_expect(memcmp(c.p, "server", 6) == 0);
    c = cur_make(n.blocks.bytes + len - 4, 4, 0, false);
    cr_expect_eq(cur_u32(&c), len);
    release(&t, &n);
}

/* Two processes hold the socket and close it: either may have sent the FIN. Who used it behind the
 * close of another one sent it himself. */
Test(annotate, either_of_two)
{
    for (int i = 0; i < 4; i++) {
        bool used = i % 2 == 1;
        struct talk t;
        struct notes n;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        t.swapped = i >= 2;
        talk_server_table(&t, 10, 12);
        talk_server_table(&t, 20, 12);
        talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
        talk_wait(&t, 1000);
        talk_read(&t, 10, 12, talk_bytes(0), 100, 10);
        talk_write(&t, 10, 12, talk_bytes(500), 100, 10);
        talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(500), 100);
        talk_close(&t, 10, 12, 10);
        if (used) {
            talk_read(&t, 20, 12, NULL, -11, 10);
        }
        talk_close(&t, 20, 12, 10);
        talk_tcp(&t, TALK_SERVER, TALK_ACK | TALK_FIN, "", 0);
        n = annotate(&t, 100, NULL);
        EXPECT_NOTE(n.packets[1], "server[10/10] fd=12 read ← bytes 0-99");
        EXPECT_NOTE(n.packets[2], "server[10/10] fd=12 write → bytes 0-99");
        EXPECT_NOTE(n.packets[3], used ? "client[20/20] fd=12 close → FIN"
                                       : "server[10/10] fd=12 close → FIN or "
                                         "client[20/20] fd=12 close → FIN");
        release(&t, &n);
    }
}

/* What woke the listener: the handshake, or the first bytes if they came in time. */
Test(annotate, woken_by)
{
    for (int late = 0; late < 2; late++) {
        struct talk t;
        struct notes n;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        talk_event(&t, 10, TALK_EPOLL, (const struct talk_param[]){{0}});
        talk_handshake(&t, 1000);
        if (!late) {
            talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
        }
        talk_wait(&t, 5000);
        talk_event(&t, 10, TALK_EPOLL + 1, (const struct talk_param[]){{"res", 1, NULL, 0}, {0}});
        talk_accept(&t, 10, 12, 10);
        talk_wait(&t, 5000);
        if (late) {
            talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
        }
        talk_read(&t, 10, 12, talk_bytes(0), 100, 10);
        n = annotate(&t, 100, NULL);
        EXPECT_NOTE(n.events[2], late ? "woken by packet 3" : "woken by packet 3 or 4");
        EXPECT_NOTE(n.events[4], late ? "connection of packet 1-3" : "connection of packet 1-4");
        EXPECT_NOTE(n.packets[3],
                    late ? "connection of server[10/10] fd=12 accept4; wakes server[10/10] "
                           "epoll_wait"
                         : "connection of server[10/10] fd=12 accept4; wakes server[10/10] "
                           "epoll_wait (or packet 4 does)");
        EXPECT_NOTE(n.packets[4],
                    late ? "server[10/10] fd=12 read ← bytes 0-99"
                         : "connection of server[10/10] fd=12 accept4; wakes server[10/10] "
                           "epoll_wait (or packet 3 does); server[10/10] fd=12 read ← bytes 0-99");
        release(&t, &n);
    }
}

static void say(struct talk *t, int64_t tid, const void *data)
{
    uint8_t tuple[37];
    uint32_t len = talk_tuple(t, false, tuple);
    const struct talk_param enter[] = {{"fd", 7, NULL, 0}, {0}};
    const struct talk_param exit[] = {{"res", 30, NULL, 0},
                                      {"data", 0, data, 30},
                                      {"fd", 7, NULL, 0},
                                      {"tuple", 0, tuple, len},
                                      {0}};

    talk_event(t, tid, TALK_SENDTO, enter);
    talk_event(t, tid, TALK_SENDTO + 1, exit);
}

/* Equal datagrams are told apart by time, where the offset is known well enough. */
Test(annotate, equal_datagrams)
{
    const struct talk_param made[] = {
        {"fd", 7, NULL, 0}, {"domain", 2, NULL, 0}, {"type", 2, NULL, 0}, {0}};

    for (int coarse = 0; coarse < 2; coarse++) {
        struct talk t;
        struct notes n;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        talk_event(&t, 10, TALK_SOCKET + 1, made);
        say(&t, 10, talk_bytes(0));
        talk_wait(&t, 1000);
        talk_udp(&t, TALK_CLIENT, talk_bytes(0), 30);
        talk_wait(&t, 30000);
        say(&t, 11, talk_bytes(0));
        talk_wait(&t, 1000);
        talk_udp(&t, TALK_CLIENT, talk_bytes(0), 30);
        n = annotate(&t, coarse ? 100000 : 500, NULL);
        EXPECT_NOTE(n.packets[1], coarse ? "server[10/10] fd=7 sendto → bytes 0-29 or "
                                           "server[10/11] fd=7 sendto → bytes 0-29"
                                         : "server[10/10] fd=7 sendto → bytes 0-29");
        EXPECT_NOTE(n.packets[2], coarse ? "server[10/10] fd=7 sendto → bytes 0-29 or "
                                           "server[10/11] fd=7 sendto → bytes 0-29"
                                         : "server[10/11] fd=7 sendto → bytes 0-29");
        cr_expect_eq(n.tid[1], coarse ? 0 : 10);
        release(&t, &n);
    }
}

/* Both ends were recorded, on one host: a packet has a sender and a receiver. */
Test(annotate, both_ends)
{
    struct talk t;
    struct notes n;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_connect(&t, 20, 5, -115, 100);
    talk_handshake(&t, 1000);
    talk_accept(&t, 10, 12, 0);
    talk_wait(&t, 1000);
    talk_write(&t, 20, 5, talk_bytes(0), 100, 10);
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
    talk_wait(&t, 1000);
    talk_read(&t, 10, 12, talk_bytes(0), 100, 10);
    n = annotate(&t, 100, NULL);
    EXPECT_NOTE(n.packets[1], "SYN of the connection of server[10/10] fd=12 accept4; "
                              "client[20/20] fd=5 connect → SYN");
    cr_expect_eq(n.pid[1], 20);
    cr_expect_eq(n.tid[1], 20);
    EXPECT_NOTE(n.packets[4], "server[10/10] fd=12 read ← bytes 0-99; "
                              "client[20/20] fd=5 write → bytes 0-99");
    cr_expect_eq(n.pid[4], 20);
    cr_expect_eq(n.n_blocks, 2);
    release(&t, &n);
}

Test(annotate, no_memory)
{
    struct talk t;
    struct fault_alloc f;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell(&t);
    for (size_t k = 0;; k++) {
        struct notes n;

        fault_alloc_init(&f, k);
        n = annotate(&t, 0, &f.alloc);
        cr_expect(n.status == SCAPF_OK || n.status == SCAPF_E_NOMEM);
        cr_expect(n.status != SCAPF_OK || !f.failed);
        cr_expect_eq(f.live, 0, "allocation %zu", k);
        release(NULL, &n);
        if (!f.failed) {
            break;
        }
    }
    talk_release(&t);
}
