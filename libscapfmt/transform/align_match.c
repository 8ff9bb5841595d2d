/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_match.c - which socket an end of a connection is, and where in its streams a packet lies.
 *
 * With the SYN among the packets and the accept or connect among the events both count from the
 * first byte. Else, and after a hole in either capture, a call whose bytes a packet begins with
 * tells. Where payload was captured on both sides it is compared each time a call begins in a
 * packet: a stream that does not fit is not believed any longer.
 */
#include "transform/align.h"

#define GUESS_MIN 16u /* bytes that make a payload one that is found without addresses */
#define TWINS_MAX 64u /* calls with equal bytes that are looked at */
#define CALLS_MAX 64u /* calls in one packet that are compared */

static uint32_t check_len(const struct segment *s)
{
    return s->captured < CHECK_LEN ? s->captured : CHECK_LEN;
}

/* ------------------------------------------------------------------ connections */

/* The call whose bytes nobody else moved in this direction. */
static uint32_t only_call(const struct scapf_align *a, const struct segment *s, int dir)
{
    uint32_t n = check_len(s);
    const struct check_key *key;

    if (n < GUESS_MIN || (n < CHECK_LEN && s->captured < s->len)) {
        return 0;
    }
    key = check_find(a, check_of(s->payload, n), n, dir);
    if (key == NULL || key->n != 1) {
        return 0;
    }
    return sock_at(a, call_at(a, key->first)->sock)->proto == s->proto ? key->first : 0;
}

/* Bytes that begin no call of anybody, though calls keep as many of theirs. */
static bool is_strange(const struct scapf_align *a, const struct segment *s)
{
    uint64_t check;

    if (!a->whole_checks || s->captured < CHECK_LEN) {
        return false;
    }
    check = check_of(s->payload, CHECK_LEN);
    return check_find(a, check, CHECK_LEN, OUT) == NULL &&
           check_find(a, check, CHECK_LEN, IN) == NULL;
}

/* Addresses may be others on the wire than at the socket; then only the payload tells. A connection
 * that carried what no call moved is not that of a call which later moves the same as another:
 * programs say "not found" to everybody in the same words. */
static bool guess_sockets(struct scapf_align *a, const struct segment *s, uint32_t *src,
                          uint32_t *dst)
{
    uint32_t out;
    uint32_t in;

    *src = *dst = 0;
    if (s->len == 0 || conn_is_stranger(a, s, is_strange(a, s))) {
        return false;
    }
    out = only_call(a, s, OUT);
    in = only_call(a, s, IN);
    *src = out != 0 ? call_at(a, out)->sock : 0;
    *dst = in != 0 ? call_at(a, in)->sock : 0;
    return out != 0 || in != 0;
}

static void count(struct scapf_align *a, struct conn *c)
{
    a->counts.matched++;
    if (!c->counted) {
        c->counted = true;
        a->counts.connections++;
        a->counts.translated += c->guessed;
    }
}

struct conn *match_conn(struct scapf_align *a, const struct segment *s, unsigned *from)
{
    struct conn *c = conn_get(a, s, false, from);
    uint32_t src;
    uint32_t dst;
    bool guessed = false;

    if (c == NULL) {
        src = sock_first(a, &s->src, &s->dst, s->proto);
        dst = sock_first(a, &s->dst, &s->src, s->proto);
        if (src == 0 && dst == 0) {
            guessed = guess_sockets(a, s, &src, &dst);
        }
        if (src == 0 && dst == 0) {
            src = sock_unnamed(a, &s->dst, s->proto);
            dst = src == 0 ? sock_unnamed(a, &s->src, s->proto) : 0;
        }
        c = src != 0 || dst != 0 ? conn_get(a, s, true, from) : NULL;
        if (c == NULL) {
            return NULL;
        }
        c->socks[*from] = src;
        c->socks[1 - *from] = dst;
        c->guessed = guessed;
    }
    count(a, c);
    return c;
}

void match_restart(struct scapf_align *a, struct conn *c)
{
    for (size_t i = 0; i < 2; i++) {
        c->flows[i] = (struct flow){.any = false};
        c->socks[i] = c->socks[i] != 0 ? sock_at(a, c->socks[i])->next : 0;
    }
    c->has_syn = c->shaken = c->counted = false;
}

/* ------------------------------------------------------------------ places */

/* Compare the calls that begin within a packet with it. */
static bool fits(struct scapf_align *a, const struct stream *st, struct anchor *an,
                 const struct segment *s, int64_t off)
{
    uint64_t from = off > 0 ? (uint64_t)off : 0;
    uint32_t k = stream_find(a, st, from);

    for (uint32_t looked = 0; k < st->n && looked < CALLS_MAX; k++, looked++) {
        struct call *call = call_at(a, st->calls[k]);
        int64_t at = (int64_t)(call->off - (uint64_t)off);

        if (call->off >= (uint64_t)INT64_MAX ||
            at + (int64_t)call->n_check > (int64_t)s->captured) {
            break;
        }
        if (at < 0 || call->n_check == 0) {
            continue;
        }
        if (check_of(s->payload + at, call->n_check) != call->check) {
            return false;
        }
        an->verified = true;
        if ((call->flags & CALL_VERIFIED) == 0) {
            call->flags |= CALL_VERIFIED;
        }
    }
    return true;
}

/* The call of this socket that a packet begins with. One that is the only one of its kind, or the
 * next one behind what was found last. */
static uint32_t call_of_payload(const struct scapf_align *a, const struct segment *s, uint32_t sock,
                                int dir)
{
    uint32_t n = check_len(s);
    const struct check_key *key = n > 0 ? check_find(a, check_of(s->payload, n), n, dir) : NULL;
    uint32_t found = 0;
    uint32_t id = key != NULL ? key->first : 0;

    for (uint32_t looked = 0; id != 0; id = call_at(a, id)->twin) {
        if (++looked > TWINS_MAX) {
            return 0;
        }
        if (call_at(a, id)->sock == sock) {
            if (found != 0) {
                return 0; /* which one of them cannot be told */
            }
            found = id;
        }
    }
    return found;
}

static void find_place(struct scapf_align *a, struct anchor *an, const struct segment *s,
                       uint32_t sock, int dir, uint64_t at)
{
    uint32_t id = s->len > 0 ? call_of_payload(a, s, sock, dir) : 0;

    if (id != 0 && call_at(a, id)->n_check >= 8) {
        struct call *call = call_at(a, id);

        an->delta = (int64_t)(call->off - at);
        an->set = an->verified = true;
        call->flags |= CALL_VERIFIED;
    }
}

void match_turn(const struct scapf_align *a, struct conn *c, unsigned flow, const struct segment *s)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t sock = c->socks[i];
        int dir = i == flow ? OUT : IN;

        if (sock != 0 && c->socks[1 - i] == 0 && !sock_at(a, sock)->born && !c->turned &&
            !c->flows[flow].writer.verified && !c->flows[flow].reader.verified &&
            call_of_payload(a, s, sock, dir) == 0 && call_of_payload(a, s, sock, 1 - dir) != 0) {
            c->socks[1 - i] = sock;
            c->socks[i] = 0;
            c->turned = true;
        }
    }
}

const struct anchor *match_anchor(struct scapf_align *a, struct conn *c, unsigned flow, bool writer,
                                  const struct segment *s, uint64_t at)
{
    struct flow *f = &c->flows[flow];
    struct anchor *an = writer ? &f->writer : &f->reader;
    uint32_t sock = c->socks[writer ? flow : 1 - flow];
    struct sock_item *item = sock != 0 ? sock_at(a, sock) : NULL;

    if (item == NULL) {
        return NULL;
    }
    if (!an->set && !an->lost && f->syn && item->born) {
        an->set = true;
        an->delta = 0;
    }
    if (an->set && s->len > 0 &&
        !fits(a, &item->streams[writer ? OUT : IN], an, s, (int64_t)at + an->delta)) {
        an->set = an->verified = false;
        an->lost = true;
        a->counts.mismatches++;
    }
    if (!an->set) {
        find_place(a, an, s, sock, writer ? OUT : IN, at);
    }
    return an->set ? an : NULL;
}
