/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "scapfmt.h"
#include "support/fault_alloc.h"
#include "support/rd.h"
#include "support/talk.h"

#define OFFSET INT64_C(4321125000000)

struct pair {
    struct scapf_align *a;
    struct scapf_align_result r;
    enum scapf_status status;
};

static enum scapf_status put_events(struct scapf_align *a, const struct mk *m)
{
    struct scapf_reader *reader = rd_reader(m->o.bytes, m->o.len);
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;

    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert_null(rec.damage, "the test built it wrong");
        status = scapf_align_event(a, &rec);
    }
    scapf_reader_free(reader);
    return status;
}

static enum scapf_status put_packets(struct scapf_align *a, const struct mk *m)
{
    struct scapf_reader *reader = rd_reader(m->o.bytes, m->o.len);
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;

    (void)scapf_align_file(a, "packets");
    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert_null(rec.damage, "the test built it wrong");
        status = scapf_align_packet(a, reader, &rec);
    }
    scapf_reader_free(reader);
    return status;
}

static struct pair solve_with(const struct talk *t, const struct scapf_align_opts *opts)
{
    struct pair p = {.a = NULL};

    p.status = scapf_align_new(opts, &p.a);
    if (p.status == SCAPF_OK) {
        p.status = put_events(p.a, &t->events);
    }
    if (p.status == SCAPF_OK) {
        p.status = put_packets(p.a, &t->packets);
    }
    if (p.status == SCAPF_OK) {
        scapf_align_solve(p.a, &p.r);
    }
    return p;
}

static struct pair solve(const struct talk *t)
{
    return solve_with(t, NULL);
}

static void release(struct talk *t, struct pair *p)
{
    scapf_align_free(p->a);
    talk_release(t);
}

#define EXPECT_IN(p, offset)                                                                       \
    do {                                                                                           \
        cr_expect_eq((p).r.verdict, SCAPF_ALIGN_SOLVED, "verdict %d", (p).r.verdict);              \
        cr_expect((p).r.lo_ns <= (offset) && (offset) <= (p).r.hi_ns, "%lld not in [%lld, %lld]",  \
                  (long long)(offset), (long long)(p).r.lo_ns, (long long)(p).r.hi_ns);            \
    } while (0)

/* A request, an answer and the end, as the server sees it. Between a packet and the call it belongs
 * to pass 5 us. */
static void tell_server(struct talk *t)
{
    talk_handshake(t, 1000);
    talk_wait(t, 5000);
    talk_accept(t, 10, 12, 0);
    talk_tcp(t, TALK_CLIENT, TALK_ACK | TALK_PSH, talk_bytes(0), 100);
    talk_wait(t, 5000);
    talk_read(t, 10, 12, talk_bytes(0), 100, 0);
    talk_wait(t, 50000);
    talk_enter(t, 10, TALK_WRITE, 12, 3000);
    talk_wait(t, 5000);
    talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(1000), 1448);
    talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(2448), 1448);
    talk_wait(t, 100);
    talk_exit(t, 10, TALK_WRITE, 12, 3000, talk_bytes(1000));
    talk_tcp(t, TALK_SERVER, TALK_ACK | TALK_PSH, talk_bytes(3896), 104);
    talk_wait(t, 50000);
    talk_tcp(t, TALK_CLIENT, TALK_ACK, "", 0);
    talk_tcp(t, TALK_CLIENT, TALK_ACK | TALK_FIN, "", 0);
    talk_wait(t, 5000);
    talk_read(t, 10, 12, NULL, 0, 0);
    talk_wait(t, 50000);
    talk_shutdown(t, 10, 12, 0);
    talk_wait(t, 5000);
    talk_tcp(t, TALK_SERVER, TALK_ACK | TALK_FIN, "", 0);
    talk_wait(t, 5000);
    talk_tcp(t, TALK_CLIENT, TALK_ACK, "", 0);
    talk_close(t, 10, 12, 0);
}

/* Every bound is 5 us away from the truth; which ones they are is known. */
Test(align, known_offset)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell_server(&t);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 5000);
    cr_expect_eq(p.r.hi_ns, OFFSET + 5001); /* a time stamp is cut: one unit more */
    cr_expect_eq(p.r.mid_ns, OFFSET);
    cr_expect_eq(p.r.lower.kind, SCAPF_ALIGN_READ);
    cr_expect_eq(p.r.lower.packet, 4);
    cr_expect_eq(p.r.lower.event, 4);
    cr_expect(p.r.lower.verified);
    cr_expect_eq(p.r.upper.kind, SCAPF_ALIGN_WRITE);
    cr_expect_eq(p.r.upper.packet, 5);
    cr_expect_eq(p.r.upper.event, 5);
    cr_expect_eq(p.r.upper.fd, 12);
    cr_expect_eq(p.r.upper.pid, 10);
    cr_expect_str_eq(p.r.upper.call, "write");
    cr_expect_str_eq(p.r.upper.comm, "server");
    cr_expect_eq(p.r.n_lower, 3);
    cr_expect_eq(p.r.n_upper, 2);
    cr_expect_eq(p.r.verified, 2);
    cr_expect_not(p.r.drifts);
    release(&t, &p);
}

/* The same under every link layer, over IPv6, with mapped addresses, with packets and buffers cut.
 */
Test(align, encapsulations)
{
    for (int i = 0; i < TALK_LINKS * 4; i++) {
        struct talk t;
        struct pair p;

        talk_init(&t, -OFFSET, (enum talk_link)(i / 4));
        t.ip6 = i % 4 == 1;
        t.mapped = i % 4 == 2;
        t.snap = i % 4 == 3 ? 90 : 0;
        t.buffer = i % 4 == 3 ? 8 : 80;
        tell_server(&t);
        p = solve(&t);
        EXPECT_IN(p, -OFFSET);
        cr_expect_eq(p.r.lo_ns, -OFFSET - 5000, "case %d", i);
        cr_expect_eq(scapf_align_counts(p.a)->matched, t.n_packets, "case %d", i);
        release(&t, &p);
    }
}

/* Only headers were captured: sequence numbers alone tell. */
Test(align, headers_only)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    t.snap = 66;
    tell_server(&t);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.verified, 0);
    cr_expect_eq(p.r.n_lower + p.r.n_upper, 5);
    release(&t, &p);
}

/* Captures of today have no enter events: a call begins after the one before it. */
Test(align, exits_only)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    t.exits_only = true;
    tell_server(&t);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 5000);
    cr_expect_eq(p.r.hi_ns, OFFSET + 55001); /* the read before the write */
    release(&t, &p);
}

/* The client's side: connect begins before the SYN, returns after the SYN-ACK. */
Test(align, client)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_enter(&t, 20, TALK_CLOSE, 99, 0);
    talk_connect(&t, 20, 5, -115, 2000);
    talk_handshake(&t, 3000);
    talk_write(&t, 20, 5, talk_bytes(0), 100, 1000);
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
    talk_wait(&t, 30000);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(500), 200);
    talk_wait(&t, 7000);
    talk_read(&t, 20, 5, talk_bytes(500), 200, 0);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.hi_ns, OFFSET + 1001);
    cr_expect_eq(p.r.lo_ns, OFFSET - 7000);
    cr_expect_eq(p.r.by_kind[SCAPF_ALIGN_CONNECT], 1);
    cr_expect_eq(p.r.by_kind[SCAPF_ALIGN_ANSWERED], 0);
    release(&t, &p);
}

/* Bytes that come again say nothing: they may have been read before. */
Test(align, sent_again)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell_server(&t);
    talk_wait(&t, 1000000);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 0, talk_bytes(0), 100);
    talk_tcp_at(&t, TALK_SERVER, TALK_ACK, 1448, talk_bytes(2448), 1448);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK | TALK_FIN, 100, "", 0);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 5000);
    cr_expect_eq(scapf_align_counts(p.a)->repeated, 2);
    release(&t, &p);
}

/* What was lost comes late, behind what followed it: the read had to wait for it. */
Test(align, out_of_order)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_RAW);
    talk_handshake(&t, 10000);
    talk_accept(&t, 10, 12, 0);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 1000, talk_bytes(1000), 1000);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 3000, talk_bytes(3000), 1000);
    talk_wait(&t, 200000);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 500, talk_bytes(500), 1000); /* overlaps */
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 0, talk_bytes(0), 600);
    talk_tcp_at(&t, TALK_CLIENT, TALK_ACK, 2000, talk_bytes(2000), 1000);
    talk_wait(&t, 4000);
    talk_read(&t, 10, 12, talk_bytes(0), 1500, 0);
    talk_read(&t, 10, 12, talk_bytes(1500), 2500, 0);
    talk_wait(&t, 100);
    talk_enter(&t, 10, TALK_WRITE, 12, 10);
    talk_wait(&t, 4000);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(9000), 10);
    talk_exit(&t, 10, TALK_WRITE, 12, 10, talk_bytes(9000));
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 4000);
    cr_expect(p.r.lower.packet >= 6 && p.r.lower.packet <= 8); /* of one time */
    cr_expect_eq(scapf_align_counts(p.a)->repeated, 0);
    release(&t, &p);
}

/* Neither the SYN nor the accept were captured: the payload tells where in the stream a packet is.
 */
Test(align, from_the_middle)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_accept(&t, 10, 12, 0);
    talk_read(&t, 10, 12, talk_bytes(0), 300, 0); /* before the packets begin */
    talk_wait(&t, 100000);
    t.sent[TALK_CLIENT] = 300;
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(300), 100);
    talk_wait(&t, 5000);
    talk_read(&t, 10, 12, talk_bytes(300), 100, 0);
    talk_enter(&t, 10, TALK_WRITE, 12, 50);
    talk_wait(&t, 5000);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(5000), 50);
    talk_exit(&t, 10, TALK_WRITE, 12, 50, talk_bytes(5000));
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(400), 100);
    talk_wait(&t, 3000);
    talk_read(&t, 10, 12, talk_bytes(400), 100, 0);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 3000);
    cr_expect_eq(p.r.hi_ns, OFFSET + 5001);
    release(&t, &p);
}

/* A write is missing among the events: what follows is found again by its bytes, and nothing wrong
 * is concluded. */
Test(align, lost_event)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_handshake(&t, 1000);
    talk_accept(&t, 10, 12, 0);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(0), 100); /* its write was lost */
    talk_wait(&t, 1000000);
    for (uint32_t i = 1; i < 4; i++) {
        talk_enter(&t, 10, TALK_WRITE, 12, 100);
        talk_wait(&t, 2000);
        talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(i * 100), 100);
        talk_exit(&t, 10, TALK_WRITE, 12, 100, talk_bytes(i * 100));
        talk_wait(&t, 1000000);
    }
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.hi_ns, OFFSET + 2001);
    cr_expect_eq(scapf_align_counts(p.a)->mismatches, 1);
    release(&t, &p);
}

/* Three questions and their answers, with other ports on the wire than the events have; the
 * questions on the wire begin with byte asked of the stream, those that are read with byte 0. */
static void talk_translated(struct talk *t, uint32_t asked)
{
    talk_init(t, OFFSET, TALK_ETHERNET);
    talk_accept(t, 10, 12, 0);
    t->client_port = 1024;
    t->server_port = 8080;
    for (uint32_t i = 0; i < 3; i++) {
        talk_tcp(t, TALK_CLIENT, TALK_ACK, talk_bytes(asked + i * 100), 100);
        talk_wait(t, 2000);
        talk_read(t, 10, 12, talk_bytes(i * 100), 100, 0);
        talk_enter(t, 10, TALK_WRITE, 12, 100);
        talk_wait(t, 2000);
        talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(5000 + i * 100), 100);
        talk_exit(t, 10, TALK_WRITE, 12, 100, talk_bytes(5000 + i * 100));
    }
}

/* Addresses are others on the wire, but nobody else sent these bytes. */
Test(align, translated)
{
    struct talk t;
    struct pair p;

    talk_translated(&t, 0);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(scapf_align_counts(p.a)->translated, 1);
    release(&t, &p);
}

/* Another moment: other ends, other questions, and the answer that everybody gets. */
Test(align, the_same_answer_to_others)
{
    struct talk t;
    struct pair p;

    talk_translated(&t, 30000);
    p = solve(&t);
    cr_expect_neq(p.r.verdict, SCAPF_ALIGN_SOLVED);
    cr_expect_eq(scapf_align_counts(p.a)->translated, 0);
    release(&t, &p);
}

/* Two connections with the same ends, one after the other. */
Test(align, same_tuple_again)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell_server(&t);
    talk_wait(&t, 100000000);
    t.isn[0] += 100000;
    t.isn[1] += 100000;
    t.sent[0] = t.sent[1] = 0;
    tell_server(&t);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.n_lower, 6);
    cr_expect_eq(p.r.n_upper, 4);
    cr_expect_eq(scapf_align_counts(p.a)->sockets, 2);
    release(&t, &p);
}

/* ------------------------------------------------------------------ datagrams */

static void transfer(struct talk *t, uint16_t code, bool back, const void *data, int64_t res)
{
    uint8_t tuple[37];
    uint32_t len = talk_tuple(t, back, tuple);
    const struct talk_param enter[] = {{"fd", 7, NULL, 0}, {0}};
    const struct talk_param exit[] = {{"res", res, NULL, 0},
                                      {"data", 0, data, (uint32_t)res},
                                      {"fd", 7, NULL, 0},
                                      {"tuple", 0, tuple, len},
                                      {0}};

    talk_event(t, 20, code, enter);
    talk_wait(t, 10);
    talk_event(t, 20, code + 1, exit);
}

static void udp_socket(struct talk *t)
{
    const struct talk_param made[] = {
        {"fd", 7, NULL, 0}, {"domain", 2, NULL, 0}, {"type", 2, NULL, 0}, {0}};

    talk_event(t, 20, TALK_SOCKET + 1, made);
}

/* A question and its answer, with these bytes. */
static void ask(struct talk *t, uint32_t question, uint32_t answer)
{
    transfer(t, TALK_SENDTO, false, talk_bytes(question), 30);
    talk_wait(t, 3000);
    talk_udp(t, TALK_CLIENT, talk_bytes(question), 30);
    talk_wait(t, 200000);
    talk_udp(t, TALK_SERVER, talk_bytes(answer), 60);
    talk_wait(t, 4000);
    transfer(t, TALK_RECVFROM, true, talk_bytes(answer), 60);
}

Test(align, datagrams)
{
    for (int ip6 = 0; ip6 < 2; ip6++) {
        struct talk t;
        struct pair p;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        t.ip6 = ip6;
        udp_socket(&t);
        ask(&t, 0, 1000);
        ask(&t, 100, 1100);
        p = solve(&t);
        EXPECT_IN(p, OFFSET);
        cr_expect_eq(p.r.hi_ns, OFFSET + 3011);
        cr_expect_eq(p.r.lo_ns, OFFSET - 4010);
        cr_expect_eq(p.r.n_lower + p.r.n_upper, 4);
        release(&t, &p);
    }
}

/* Which of two equal datagrams a packet is cannot be told: they are no evidence. */
Test(align, equal_datagrams)
{
    struct scapf_align_opts opts = {.size = sizeof(opts), .min_evidence = 2};
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    udp_socket(&t);
    ask(&t, 0, 1000);
    ask(&t, 0, 1100);
    ask(&t, 200, 1000);
    p = solve_with(&t, &opts);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.n_upper, 1);
    cr_expect_eq(p.r.n_lower, 1);
    release(&t, &p);
}

/* ------------------------------------------------------------------ waits */

/* Read empty, waited, read: the data was there when the wait returned. between: what else the
 * process does then. */
static void tell_wait(struct talk *t, bool drained, bool between)
{
    tell_server(t);
    t->isn[0] += 100000;
    t->isn[1] += 100000;
    t->sent[0] = t->sent[1] = 0;
    talk_handshake(t, 10000);
    talk_accept(t, 10, 12, 0);
    if (drained) {
        talk_read(t, 10, 12, NULL, -11, 10);
    }
    talk_event(t, 11, TALK_EPOLL, (const struct talk_param[]){{0}});
    talk_wait(t, 100000);
    talk_tcp(t, TALK_CLIENT, TALK_ACK, talk_bytes(20000), 10);
    talk_wait(t, 2000);
    talk_event(t, 11, TALK_EPOLL + 1, (const struct talk_param[]){{"res", 1, NULL, 0}, {0}});
    talk_wait(t, 20000);
    if (between) {
        talk_read(t, 11, 3, talk_bytes(30000), 1, 10);
    }
    talk_read(t, 10, 12, talk_bytes(20000), 10, 10);
}

Test(align, wakes)
{
    for (int i = 0; i < 4; i++) {
        struct talk t;
        struct pair p;
        bool wake = i == 0;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        tell_wait(&t, i == 0 || i == 2, i >= 2);
        p = solve(&t);
        EXPECT_IN(p, OFFSET);
        cr_expect_eq(p.r.by_kind[SCAPF_ALIGN_WAKE], wake, "case %d", i);
        cr_expect_eq(p.r.lo_ns, OFFSET - (wake ? 2000 : 5000), "case %d", i);
        release(&t, &p);
    }
}

/* poll names its descriptors. */
Test(align, poll_tells)
{
    struct talk t;
    struct pair p;
    const uint8_t fds[] = {1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 1, 0};

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_handshake(&t, 1000);
    talk_accept(&t, 10, 12, 0);
    talk_wait(&t, 100000);
    talk_write(&t, 10, 12, talk_bytes(900), 100, 100);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(900), 100);
    talk_wait(&t, 100000);
    talk_event(&t, 10, TALK_POLL, (const struct talk_param[]){{0}});
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
    talk_wait(&t, 700);
    talk_event(&t, 10, TALK_POLL + 1,
               (const struct talk_param[]){{"res", 1, NULL, 0}, {"fds", 0, fds, sizeof(fds)}, {0}});
    talk_wait(&t, 9000);
    talk_read(&t, 10, 12, talk_bytes(0), 100, 10);
    p = solve(&t);
    EXPECT_IN(p, OFFSET);
    cr_expect_eq(p.r.lo_ns, OFFSET - 700);
    cr_expect_eq(p.r.lower.kind, SCAPF_ALIGN_READY);
    release(&t, &p);
}

/* ------------------------------------------------------------------ refusals */

Test(align, not_of_the_same_moment)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_handshake(&t, 1000);
    talk_accept(&t, 10, 12, 0);
    talk_read(&t, 10, 12, talk_bytes(0), 100, 10); /* read 1 s before it came */
    talk_wait(&t, 1000000000);
    talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(0), 100);
    talk_write(&t, 10, 12, talk_bytes(500), 100, 10);
    talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(500), 100);
    p = solve(&t);
    cr_expect_eq(p.r.verdict, SCAPF_ALIGN_EMPTY);
    cr_expect(p.r.lo_ns > p.r.hi_ns);
    cr_expect_eq(p.r.lower.packet, 4);
    cr_expect_eq(p.r.lower.event, 4);
    cr_expect_eq(p.r.upper.packet, 5);
    cr_expect_eq(p.r.upper.event, 5);
    release(&t, &p);
}

Test(align, too_little)
{
    struct talk t;
    struct pair p;
    struct scapf_align_opts opts = {.size = sizeof(opts), .min_evidence = 2};

    talk_init(&t, OFFSET, TALK_ETHERNET);
    p = solve(&t);
    cr_expect_eq(p.r.verdict, SCAPF_ALIGN_NO_MATCH);
    scapf_align_free(p.a);
    udp_socket(&t);
    transfer(&t, TALK_SENDTO, false, talk_bytes(0), 30);
    talk_udp(&t, TALK_CLIENT, talk_bytes(0), 30);
    p = solve(&t);
    cr_expect_eq(p.r.verdict, SCAPF_ALIGN_ONE_SIDED);
    cr_expect(p.r.has_hi && !p.r.has_lo);
    scapf_align_free(p.a);
    talk_udp(&t, TALK_SERVER, talk_bytes(100), 60);
    transfer(&t, TALK_RECVFROM, true, talk_bytes(100), 60);
    p = solve(&t);
    cr_expect_eq(p.r.verdict, SCAPF_ALIGN_TOO_LITTLE);
    cr_expect(p.r.lo_ns <= OFFSET && OFFSET <= p.r.hi_ns);
    scapf_align_free(p.a);
    p = solve_with(&t, &opts);
    EXPECT_IN(p, OFFSET);
    release(&t, &p);
}

/* ------------------------------------------------------------------ drift */

Test(align, drift)
{
    static const int64_t drifts[] = {50000, -20000, 0};

    for (size_t i = 0; i < 3; i++) {
        struct talk t;
        struct pair p;
        int64_t truth;

        talk_init(&t, OFFSET, TALK_ETHERNET);
        t.drift_ppb = drifts[i];
        talk_exchanges(&t, 64, 0);
        p = solve(&t);
        truth =
            OFFSET + (int64_t)((double)(p.r.at_ns - t.start - OFFSET) / 1e9 * (double)drifts[i]);
        EXPECT_IN(p, truth);
        cr_expect_eq(p.r.drifts, drifts[i] != 0);
        cr_expect(p.r.has_drift);
        cr_expect(p.r.drift_lo_ppb <= drifts[i] && drifts[i] <= p.r.drift_hi_ppb,
                  "%lld not in [%lld, %lld]", (long long)drifts[i], (long long)p.r.drift_lo_ppb,
                  (long long)p.r.drift_hi_ppb);
        cr_expect(p.r.hi_ns - p.r.lo_ns < 100000);
        release(&t, &p);
    }
}

/* A clock that was set is no drift. */
Test(align, clock_was_set)
{
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_exchanges(&t, 64, 5000000);
    p = solve(&t);
    cr_expect_eq(p.r.verdict, SCAPF_ALIGN_EMPTY);
    release(&t, &p);
}

/* ------------------------------------------------------------------ limits */

/* Without room calls are left out and counted; what remains is still true. */
Test(align, little_room)
{
    struct scapf_align_opts opts = {.size = sizeof(opts), .max_bytes = 400000};
    struct talk t;
    struct pair p;

    talk_init(&t, OFFSET, TALK_ETHERNET);
    talk_handshake(&t, 1000);
    talk_accept(&t, 10, 12, 0);
    for (uint32_t i = 0; i < 4000; i++) {
        talk_tcp(&t, TALK_CLIENT, TALK_ACK, talk_bytes(i * 30), 30);
        talk_wait(&t, 1000);
        talk_read(&t, 10, 12, talk_bytes(i * 30), 30, 10);
        talk_write(&t, 10, 12, talk_bytes(i * 30 + 7), 30, 10);
        talk_tcp(&t, TALK_SERVER, TALK_ACK, talk_bytes(i * 30 + 7), 30);
    }
    p = solve_with(&t, &opts);
    cr_expect_eq(p.status, SCAPF_OK);
    EXPECT_IN(p, OFFSET);
    cr_expect_gt(scapf_align_counts(p.a)->calls_left, 0);
    release(&t, &p);
}

Test(align, no_memory)
{
    struct talk t;
    struct fault_alloc f;
    struct scapf_align_opts opts = {.size = sizeof(opts), .alloc = &f.alloc};

    talk_init(&t, OFFSET, TALK_ETHERNET);
    tell_server(&t);
    for (size_t k = 0;; k++) {
        struct pair p;

        fault_alloc_init(&f, k);
        p = solve_with(&t, &opts);
        cr_expect(p.status == SCAPF_OK || p.status == SCAPF_E_NOMEM);
        cr_expect(p.status != SCAPF_OK || !f.failed);
        scapf_align_free(p.a);
        cr_expect_eq(f.live, 0, "allocation %zu", k);
        if (!f.failed) {
            break;
        }
    }
    talk_release(&t);
}

Test(align, usage)
{
    struct scapf_align_opts opts = {.size = 1};
    struct scapf_align *a;
    struct scapf_note note;

    cr_expect_eq(scapf_align_new(&opts, &a), SCAPF_E_USAGE);
    cr_assert_eq(scapf_align_new(NULL, &a), SCAPF_OK);
    cr_expect_eq(scapf_annotate_event(a, 1, &note), SCAPF_E_USAGE);
    cr_expect_eq(scapf_annotate_clock(a, 0, &(struct scapf_align_clock){.lo_ns = 0}),
                 SCAPF_E_USAGE);
    cr_expect_str_eq(scapf_align_kind_name(SCAPF_ALIGN_WAKE), "wake");
    cr_expect_str_eq(scapf_align_kind_name(SCAPF_ALIGN_KINDS), "unknown");
    cr_expect_str_eq(scapf_link_kind_name(SCAPF_LINK_FIN), "fin");
    scapf_align_free(a);
}
