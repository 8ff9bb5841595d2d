/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_follow.c - follow connections packet by packet: what of it is new, and whose bytes it is.
 *
 * Only what is seen for the first time says something about the clocks: bytes that come again may
 * have been read long ago. What an acknowledgement means was sent in the other direction.
 */
#include "transform/align.h"

#define FAR      ((int64_t)1 << 30)  /* a place so far from the last one is none */
#define TWIN_AGE INT64_C(1000000000) /* ns */

/* ------------------------------------------------------------------ sequence numbers */

/* The offset a sequence number stands for, nearest to what was seen last. */
static int64_t offset_of(const struct flow *f, uint32_t seq)
{
    return (int64_t)f->next + (int32_t)(seq - (uint32_t)(f->base + f->next));
}

static void drop_gap(struct flow *f, uint8_t i)
{
    f->n_gaps--;
    for (; i < f->n_gaps; i++) {
        f->gaps[i] = f->gaps[i + 1];
    }
}

/* Everything below to was seen, and what is joined to it. */
static void advance(struct flow *f, uint64_t to)
{
    f->next = to > f->next ? to : f->next;
    while (f->n_gaps > 0 && f->gaps[0].from <= f->next) {
        f->next = f->gaps[0].to > f->next ? f->gaps[0].to : f->next;
        drop_gap(f, 0);
    }
}

/* Remember a piece behind a hole. */
static void add_piece(struct flow *f, uint64_t from, uint64_t to)
{
    uint8_t i = 0;

    if (f->n_gaps == GAPS) { /* what is missing was not captured: it counts as seen */
        advance(f, f->gaps[0].from);
    }
    while (i < f->n_gaps && f->gaps[i].to < from) {
        i++;
    }
    while (i < f->n_gaps && f->gaps[i].from <= to) {
        from = f->gaps[i].from < from ? f->gaps[i].from : from;
        to = f->gaps[i].to > to ? f->gaps[i].to : to;
        drop_gap(f, i);
    }
    for (uint8_t k = f->n_gaps; k > i; k--) {
        f->gaps[k] = f->gaps[k - 1];
    }
    f->gaps[i].from = from;
    f->gaps[i].to = to;
    f->n_gaps++;
}

/* Has something between from and to been missing so far? */
static bool is_new(const struct flow *f, uint64_t from, uint64_t to)
{
    from = from > f->next ? from : f->next;
    for (uint8_t i = 0; i < f->n_gaps && from < to; i++) {
        if (from < f->gaps[i].from) {
            return true;
        }
        from = f->gaps[i].to > from ? f->gaps[i].to : from;
    }
    return from < to;
}

static void take_bytes(struct flow *f, uint64_t from, uint64_t to)
{
    if (from <= f->next) {
        advance(f, to);
    } else if (is_new(f, from, to)) {
        add_piece(f, from, to);
    }
}

/* ------------------------------------------------------------------ matches */

/* Links of this kind tell which packets a call has to do with. */
static bool is_carried(const struct match *m)
{
    return m->kind != SCAPF_LINK_ACK;
}

static void found(struct scapf_align *a, struct match m)
{
    if (!a->telling) {
        if (is_carried(&m)) {
            seen_add(a, call_at(a, m.call), a->packets);
        }
        return;
    }
    if (a->n_matches < MATCHES) {
        a->matches[a->n_matches++] = m;
    }
}

static enum grade grade_of(const struct scapf_align *a, uint32_t call)
{
    return (call_at(a, call)->flags & CALL_VERIFIED) != 0 ? GRADE_SURE : GRADE_PLACED;
}

static void lower(struct scapf_align *a, uint32_t call, enum grade grade, uint8_t kind)
{
    if (!a->telling) {
        bound_lower(a, call, grade, kind);
    }
}

static void upper(struct scapf_align *a, uint32_t call, enum grade grade, uint8_t kind)
{
    if (!a->telling) {
        bound_upper(a, call, grade, kind);
    }
}

/* A mark of the stream: what it is about has just arrived. */
static void arrived(struct scapf_align *a, uint32_t id, const struct anchor *an)
{
    bool wake = call_at(a, id)->kind == CALL_WAKE;
    enum grade grade = an->verified ? GRADE_SURE : GRADE_PLACED;

    found(a, (struct match){.kind = SCAPF_LINK_WAKES, .call = id, .sure = true});
    lower(a, id, wake ? GRADE_WAKE : grade, wake ? SCAPF_ALIGN_WAKE : SCAPF_ALIGN_READY);
}

/* ------------------------------------------------------------------ payload */

/* A piece of a stream as a packet carries it. */
struct piece {
    const struct anchor *an;
    uint64_t from, to; /* of the stream */
    bool writer;
};

static void share(struct scapf_align *a, const struct flow *f, const struct piece *p, uint32_t id)
{
    const struct call *call = call_at(a, id);
    uint64_t end = call->off + call->len;
    uint64_t from = p->from > call->off ? p->from : call->off;
    uint64_t to = p->to < end ? p->to : end;
    bool fresh =
        is_new(f, (uint64_t)((int64_t)from - p->an->delta), (uint64_t)((int64_t)to - p->an->delta));
    struct match m = {.kind = p->writer ? SCAPF_LINK_OUT : SCAPF_LINK_IN,
                      .call = id,
                      .from = from - call->off,
                      .to = to - 1 - call->off,
                      .sure = true,
                      .sender = p->writer,
                      .again = !fresh};

    found(a, m);
    if (!fresh) {
        return;
    }
    if (p->writer) {
        upper(a, id, grade_of(a, id), SCAPF_ALIGN_WRITE);
    } else {
        lower(a, id, grade_of(a, id), SCAPF_ALIGN_READ);
    }
}

static void calls_of(struct scapf_align *a, struct conn *c, unsigned flow, bool writer,
                     const struct segment *s, uint64_t at)
{
    const struct anchor *an = match_anchor(a, c, flow, writer, s, at);
    const struct flow *f = &c->flows[flow];
    struct piece p = {.an = an, .writer = writer};
    const struct stream *st;
    int64_t off;

    if (an == NULL) {
        return;
    }
    off = (int64_t)at + an->delta;
    if (off + (int64_t)s->len <= 0) {
        return;
    }
    p.from = off > 0 ? (uint64_t)off : 0;
    p.to = (uint64_t)(off + (int64_t)s->len);
    st = &sock_at(a, c->socks[writer ? flow : 1 - flow])->streams[writer ? OUT : IN];
    for (uint32_t k = stream_find(a, st, p.from); k < st->n; k++) {
        const struct call *call = call_at(a, st->calls[k]);

        if (call->off >= p.to) {
            break;
        }
        if (call->kind == CALL_DATA) {
            share(a, f, &p, st->calls[k]);
        } else if (call->kind != CALL_EOF && call->off >= p.from &&
                   is_new(f, (uint64_t)((int64_t)call->off - an->delta),
                          (uint64_t)((int64_t)call->off - an->delta) + 1)) {
            arrived(a, st->calls[k], an);
        }
    }
}

/* Some listeners are told of a connection only when it brings its first bytes. */
static void first_payload(struct scapf_align *a, const struct conn *c, unsigned flow)
{
    uint32_t sock = c->socks[1 - flow];
    const struct sock_item *item = sock != 0 ? sock_at(a, sock) : NULL;
    struct call *made = item != NULL && item->made != 0 ? call_at(a, item->made) : NULL;

    if (made == NULL || made->kind != CALL_ACCEPT || !c->has_syn || c->opener != flow) {
        return;
    }
    if (!a->telling) {
        made->off = a->packet_ns;
        made->check = a->packets;
        made->twin = a->file + 1;
        return;
    }
    found(a, (struct match){.kind = SCAPF_LINK_CONNECTION, .call = item->made, .maybe = true});
    if (item->waited != 0) {
        found(a, (struct match){.kind = SCAPF_LINK_WAKES,
                                .call = item->waited,
                                .maybe = true,
                                .other = c->shaken ? c->shaken_at : 0});
    }
}

static void payload(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s,
                    uint64_t at)
{
    struct flow *f = &c->flows[flow];

    if (f->n_payload++ == 0 && at == 0) {
        first_payload(a, c, flow);
    }
    a->counts.repeated += !is_new(f, at, at + s->len);
    match_turn(a, c, flow, s);
    calls_of(a, c, flow, false, s, at);
    calls_of(a, c, flow, true, s, at);
    take_bytes(f, at, at + s->len);
}

/* ------------------------------------------------------------------ beginning and end */

/* The calls that made the two ends. */
static void handshake(struct scapf_align *a, const struct conn *c, unsigned flow, bool first)
{
    for (unsigned side = 0; side < 2; side++) {
        uint32_t sock = c->socks[side == 0 ? 1 - flow : flow];
        uint32_t made = sock != 0 ? sock_at(a, sock)->made : 0;

        if (made != 0) {
            found(a, (struct match){.kind = SCAPF_LINK_CONNECTION,
                                    .call = made,
                                    .sure = true,
                                    .sender = side == 1,
                                    .again = !first});
        }
    }
}

static uint32_t made_of(const struct scapf_align *a, uint32_t sock, enum call_kind kind)
{
    uint32_t made = sock != 0 ? sock_at(a, sock)->made : 0;

    return made != 0 && call_at(a, made)->kind == kind ? made : 0;
}

static void syn(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s)
{
    struct flow *f = &c->flows[flow];
    bool opens = (s->flags & TCP_FLAG_ACK) == 0;
    bool first = !f->any;
    uint32_t made;

    if (opens && f->any && (!f->syn || f->base != s->seq + 1)) {
        match_restart(a, c);
        first = true;
    }
    if (first) {
        f->any = f->syn = true;
        f->base = s->seq + 1;
    }
    if (opens) {
        c->has_syn = true;
        c->opener = (uint8_t)flow;
    }
    handshake(a, c, flow, first);
    made = made_of(a, c->socks[1 - flow], opens ? CALL_ACCEPT : CALL_CONNECT);
    if (made != 0 && first && (opens || call_at(a, made)->len != 0)) {
        lower(a, made, GRADE_PLACED, opens ? SCAPF_ALIGN_ACCEPT : SCAPF_ALIGN_ANSWERED);
    }
    made = opens ? made_of(a, c->socks[flow], CALL_CONNECT) : 0;
    if (made != 0) {
        upper(a, made, GRADE_PLACED, SCAPF_ALIGN_CONNECT);
    }
}

/* The calls that may have closed the sending half: shutdown, or the last close. */
static void closing(struct scapf_align *a, const struct conn *c, unsigned flow, bool fresh,
                    enum scapf_link_kind kind)
{
    uint32_t sock = c->socks[flow];
    const struct sock_item *item = sock != 0 ? sock_at(a, sock) : NULL;
    bool sender = kind == SCAPF_LINK_FIN;
    uint32_t n = item == NULL ? 0 : item->shutdown != 0 ? 1 : item->n_closes;
    uint32_t first = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = item->shutdown != 0 ? item->shutdown : item->closes[i];

        if (first == 0 || call_at(a, id)->enter_ns < call_at(a, first)->enter_ns) {
            first = id;
        }
        found(a, (struct match){.kind = (uint8_t)kind,
                                .call = id,
                                .sure = n == 1,
                                .sender = sender,
                                .again = !fresh && sender});
    }
    if (first != 0 && fresh && sender) {
        upper(a, first, c->flows[flow].writer.verified ? GRADE_SURE : GRADE_PLACED,
              SCAPF_ALIGN_FIN);
    }
}

/* The reads that returned the end of a stream, and what else was told of it. */
static void ended(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s,
                  bool fresh, bool ack)
{
    struct segment none = *s;
    const struct flow *f = &c->flows[flow];
    const struct anchor *an;
    const struct stream *st;
    uint64_t off;

    none.len = none.captured = 0;
    an = match_anchor(a, c, flow, false, &none, f->fin_at);
    if (an == NULL || (int64_t)f->fin_at + an->delta < 0) {
        return;
    }
    off = (uint64_t)((int64_t)f->fin_at + an->delta);
    st = &sock_at(a, c->socks[1 - flow])->streams[IN];
    for (uint32_t k = stream_find(a, st, off); k < st->n; k++) {
        uint32_t id = st->calls[k];
        const struct call *call = call_at(a, id);

        if (call->off > off) {
            break;
        }
        if (call->off < off || call->len > 0) {
            continue;
        }
        if (call->kind == CALL_EOF) {
            found(a, (struct match){.kind = ack ? SCAPF_LINK_ACK : SCAPF_LINK_EOF,
                                    .call = id,
                                    .sure = true,
                                    .sender = ack,
                                    .again = !fresh && !ack});
            if (fresh && !ack) {
                lower(a, id, an->verified ? GRADE_SURE : GRADE_PLACED, SCAPF_ALIGN_EOF);
            }
        } else if (fresh && !ack) {
            arrived(a, id, an);
        }
    }
}

static void fin(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s,
                uint64_t at)
{
    struct flow *f = &c->flows[flow];
    bool fresh = !f->fin;

    if (fresh) {
        f->fin = true;
        f->fin_at = at;
    } else if (f->fin_at != at) {
        return;
    }
    ended(a, c, flow, s, fresh, false);
    closing(a, c, flow, fresh, SCAPF_LINK_FIN);
}

/* ------------------------------------------------------------------ acknowledgements */

/* The third packet of a connection: from now on accept may return it. */
static void shaken(struct scapf_align *a, struct conn *c, unsigned flow)
{
    uint32_t sock = c->socks[1 - flow];
    uint32_t made = made_of(a, sock, CALL_ACCEPT);
    struct match m = {.kind = SCAPF_LINK_WAKES, .sure = true};

    c->shaken = true;
    c->shaken_at = a->packets;
    handshake(a, c, flow, true);
    if (made == 0) {
        return;
    }
    lower(a, made, GRADE_PLACED, SCAPF_ALIGN_ACCEPT);
    m.call = sock_at(a, sock)->waited;
    if (m.call != 0) {
        const struct call *call = call_at(a, made);

        if (call->twin == a->file + 1 &&
            (int64_t)call->off - a->hi_ns <= (int64_t)call_at(a, m.call)->exit_ns) {
            m.sure = false;
            m.other = call->check;
        }
        found(a, m);
    }
}

/* The call that moved byte `last` of the other flow. */
static void acked(struct scapf_align *a, const struct conn *c, unsigned other, bool writer,
                  uint64_t last)
{
    const struct anchor *an = writer ? &c->flows[other].writer : &c->flows[other].reader;
    uint32_t sock = c->socks[writer ? other : 1 - other];
    const struct stream *st;
    int64_t off = (int64_t)last + an->delta;
    uint32_t k;

    if (sock == 0 || !an->set || off < 0) {
        return;
    }
    st = &sock_at(a, sock)->streams[writer ? OUT : IN];
    for (k = stream_find(a, st, (uint64_t)off); k < st->n; k++) {
        const struct call *call = call_at(a, st->calls[k]);

        if (call->off > (uint64_t)off) {
            return;
        }
        if (call->kind == CALL_DATA) {
            found(a, (struct match){.kind = SCAPF_LINK_ACK,
                                    .call = st->calls[k],
                                    .to = (uint64_t)off - call->off,
                                    .sure = true,
                                    .sender = !writer});
            return;
        }
    }
}

static void ack(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s,
                int64_t at)
{
    const struct flow *f = &c->flows[flow];
    const struct flow *o = &c->flows[1 - flow];
    int64_t upto = o->any ? offset_of(o, s->ack) : 0;

    if (c->has_syn && c->opener == flow && !c->shaken && f->syn && o->syn && at == 0 && upto == 0 &&
        f->next == 0) {
        shaken(a, c, flow);
        return;
    }
    if (!a->telling || upto <= 0) {
        return;
    }
    if (o->fin && (uint64_t)upto == o->fin_at + 1) {
        ended(a, c, 1 - flow, s, false, true);
        closing(a, c, 1 - flow, false, SCAPF_LINK_ACK);
        return;
    }
    acked(a, c, 1 - flow, false, (uint64_t)upto - 1);
    acked(a, c, 1 - flow, true, (uint64_t)upto - 1);
}

static void tcp(struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s)
{
    struct flow *f = &c->flows[flow];
    int64_t at;

    if ((s->flags & TCP_FLAG_SYN) != 0) {
        syn(a, c, flow, s);
    } else if (!f->any) {
        f->any = true;
        f->base = s->seq;
    }
    at = offset_of(f, (s->flags & TCP_FLAG_SYN) != 0 ? s->seq + 1 : s->seq);
    if (at < 0 || at > (int64_t)f->next + FAR || (s->flags & TCP_FLAG_RST) != 0) {
        return;
    }
    if (s->len > 0) {
        payload(a, c, flow, s, (uint64_t)at);
    }
    if ((s->flags & TCP_FLAG_FIN) != 0) {
        fin(a, c, flow, s, (uint64_t)at + s->len);
    } else if (s->len == 0 && (s->flags & (TCP_FLAG_ACK | TCP_FLAG_SYN)) == TCP_FLAG_ACK) {
        ack(a, c, flow, s, at);
    }
}

/* ------------------------------------------------------------------ datagrams */

/* Where to begin in the row of equal datagrams: what returned long before this packet came has
 * nothing to do with it, nor with those behind it. */
static uint32_t first_twin(const struct scapf_align *a, struct check_key *key)
{
    int64_t too_early = (int64_t)a->packet_ns - a->hi_ns - TWIN_AGE;

    if (!a->telling) {
        return key->first;
    }
    if (key->cursor == 0) {
        key->cursor = key->first;
    }
    while (call_at(a, key->cursor)->twin != 0 &&
           (int64_t)call_at(a, key->cursor)->exit_ns < too_early) {
        key->cursor = call_at(a, key->cursor)->twin;
    }
    return key->cursor;
}

/* Was the call made on this socket? Before a datagram has arrived the local end may not be known.
 */
static bool is_of(const struct scapf_align *a, const struct call *call, uint32_t sock)
{
    const struct sock_item *s = sock_at(a, sock);
    const struct sock_item *t = sock_at(a, call->sock);

    return call->sock == sock || (t->proto == s->proto && end_same(&t->remote, &s->remote) &&
                                  (t->local.port == 0 || s->local.port == 0));
}

/* The call that moved a datagram is told by its bytes; the clocks only when no other one of its
 * socket moved the same. */
static void datagram(struct scapf_align *a, const struct conn *c, unsigned from, bool sender,
                     const struct segment *s)
{
    uint32_t sock = c->socks[sender ? from : 1 - from];
    uint32_t n = s->captured < CHECK_LEN ? s->captured : CHECK_LEN;
    struct check_key *key = NULL;
    uint32_t only = 0;
    uint32_t id;

    if (sock == 0 || n == 0 || (n < CHECK_LEN && s->captured < s->len)) {
        return;
    }
    key = check_find(a, check_of(s->payload, n), n, sender ? OUT : IN);
    id = key != NULL ? first_twin(a, key) : 0;
    for (unsigned looked = 0; id != 0 && looked < 64; id = call_at(a, id)->twin, looked++) {
        const struct call *call = call_at(a, id);

        if (is_of(a, call, sock) && (call->len == s->len || (!sender && call->len < s->len))) {
            only = only == 0 ? id : UINT32_MAX;
            if (a->telling) {
                found(a, (struct match){.kind = sender ? SCAPF_LINK_OUT : SCAPF_LINK_IN,
                                        .call = id,
                                        .to = call->len > 0 ? call->len - 1 : 0,
                                        .sender = sender});
            }
        }
    }
    if (only == 0 || only == UINT32_MAX || id != 0) {
        return;
    }
    if (a->telling) {
        a->matches[a->n_matches - 1].sure = true;
        return;
    }
    seen_add(a, call_at(a, only), a->packets);
    call_at(a, only)->flags |= CALL_VERIFIED;
    if (call_at(a, only)->off == 0) {
        call_at(a, only)->off = a->packet_ns;
        if (sender) {
            upper(a, only, GRADE_SURE, SCAPF_ALIGN_WRITE);
        } else {
            lower(a, only, GRADE_SURE, SCAPF_ALIGN_READ);
        }
    }
}

/* No call has to do with the packet, but it is of a recorded socket. */
static void belongs(struct scapf_align *a, const struct conn *c, unsigned from)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t sock = c->socks[i];
        const struct sock_item *s = sock != 0 ? sock_at(a, sock) : NULL;
        uint32_t call = s == NULL               ? 0
                        : s->made != 0          ? s->made
                        : s->streams[IN].n > 0  ? s->streams[IN].calls[0]
                        : s->streams[OUT].n > 0 ? s->streams[OUT].calls[0]
                                                : 0;

        if (call != 0) {
            found(a, (struct match){.kind = SCAPF_LINK_CONNECTION,
                                    .call = call,
                                    .sure = true,
                                    .sender = i == from});
        }
    }
}

void follow_packet(struct scapf_align *a, const struct scapf_packet *packet)
{
    struct segment s;
    struct conn *c;
    unsigned from;

    if (!segment_read(packet, &s)) {
        return;
    }
    a->counts.segments++;
    c = match_conn(a, &s, &from);
    if (c == NULL) {
        return;
    }
    a->packet_is_bare = s.proto == PROTO_TCP && s.len == 0 && (s.flags & TCP_FLAG_FIN) == 0;
    a->packet_flags = s.proto == PROTO_TCP ? s.flags : 0;
    if (s.proto == PROTO_TCP) {
        tcp(a, c, from, &s);
    } else {
        datagram(a, c, from, false, &s);
        datagram(a, c, from, true, &s);
    }
    if (a->telling && a->n_matches == 0) {
        belongs(a, c, from);
    }
}

void align_begin_packet(struct scapf_align *a, const struct scapf_reader *reader,
                        const struct scapf_record *rec)
{
    const struct scapf_interface *interface =
        scapf_reader_interface(reader, rec->packet != NULL ? rec->packet->interface_id : 0);
    uint8_t res = interface != NULL ? interface->tsresol : 6;

    a->packets++;
    a->packet_ns = rec->ts_ns;
    a->packet_has_ns = rec->has_ts && rec->ts_ns <= INT64_MAX / 2;
    a->packet_res = 1;
    if ((res & 0x80) != 0) { /* [pcapng 4.2 if_tsresol] 2^-n s */
        a->packet_res = (res & 0x7F) < 30 ? (UINT64_C(1000000000) >> (res & 0x7F)) + 1 : 1;
    } else {
        for (; res < 9; res++) {
            a->packet_res *= 10;
        }
    }
}
