/* SPDX-License-Identifier: Apache-2.0 */
/* Target: clocks and links of arbitrary captures. An input that begins as a capture is read twice,
 * for its events and for its packets. Any other is a play: each byte with its argument is a call, a
 * packet or a pause of one conversation; packets need not fit the calls.
 * Traps: intervals that are none, proofs and links outside of the captures, notes and blocks that
 * are not what they say. */
#include <stdlib.h>
#include <string.h>

#include "notes.h"

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_STEPS 400u

/* ------------------------------------------------------------------ from bytes to a conversation
 */

static void play_datagram(struct talk *t, int64_t tid, uint8_t arg)
{
    bool back = (arg & 128) != 0;
    uint8_t tuple[37];
    uint32_t len = talk_tuple(t, back, tuple);
    const struct talk_param params[] = {{"res", arg & 63, NULL, 0},
                                        {"data", 0, talk_bytes((uint32_t)arg * 50), arg & 63},
                                        {"fd", 7, NULL, 0},
                                        {"tuple", 0, tuple, len},
                                        {"domain", 2, NULL, 0},
                                        {"type", 2, NULL, 0},
                                        {0}};
    uint16_t code = back ? TALK_RECVFROM : TALK_SENDTO;

    talk_event(t, tid, TALK_SOCKET + 1,
               (const struct talk_param[]){{"fd", 7, NULL, 0}, params[4], params[5], {0}});
    talk_event(t, tid, code, (const struct talk_param[]){{"fd", 7, NULL, 0}, params[3], {0}});
    talk_event(t, tid, code + 1,
               (const struct talk_param[]){params[0], params[1], params[2], params[3], {0}});
}

static void play_poll(struct talk *t, int64_t tid, uint8_t arg)
{
    const uint8_t fds[] = {1, 0, 12, 0, 0, 0, 0, 0, 0, 0, arg, 0};

    talk_event(t, tid, TALK_POLL + 1,
               (const struct talk_param[]){{"res", 1, NULL, 0}, {"fds", 0, fds, sizeof(fds)}, {0}});
}

static void play_call(struct talk *t, uint8_t op, uint8_t arg)
{
    int64_t tid = (op & 16) != 0 ? 20 : (op & 32) != 0 ? 11 : 10;
    uint32_t at = (uint32_t)arg * 50;

    switch (op & 15) {
    case 0:
        talk_accept(t, tid, 12, arg);
        break;
    case 1:
        talk_connect(t, tid, 12, (arg & 1) != 0 ? -115 : 0, arg);
        break;
    case 2:
        talk_read(t, tid, 12, talk_bytes(at), arg == 255 ? -11 : arg * 9, 10);
        break;
    case 3:
        talk_write(t, tid, 12, talk_bytes(60000 + at), arg * 9, 10);
        break;
    case 4:
        talk_shutdown(t, tid, 12, arg);
        break;
    case 5:
        talk_close(t, tid, 12, arg);
        break;
    case 6:
        talk_epoll(t, tid, arg & 3, arg);
        break;
    case 7:
        play_datagram(t, tid, arg);
        break;
    case 8:
        play_poll(t, tid, arg);
        break;
    default:
        talk_wait(t, (uint64_t)1 << (arg & 39));
        break;
    }
}

static void play(struct talk *t, const uint8_t *data, size_t size)
{
    talk_init(t, size > 0 ? (int64_t)data[0] * 1000003 : 0,
              (enum talk_link)(size > 1 ? data[1] % TALK_LINKS : 0));
    t->ip6 = size > 2 && (data[2] & 1) != 0;
    t->exits_only = size > 2 && (data[2] & 2) != 0;
    t->snap = size > 2 && (data[2] & 4) != 0 ? 70 : 0;
    if (size > 2 && (data[2] & 8) != 0) {
        talk_server_table(t, 10, 12);
    }
    for (size_t i = 3; i + 2 <= size && i < 3 + 2 * MAX_STEPS; i += 2) {
        if ((data[i] & 128) != 0) {
            play_packet(t, data[i], data[i + 1]);
        } else {
            play_call(t, data[i], data[i + 1]);
        }
        if (t->sent[0] > 50000 || t->sent[1] > 50000) {
            break;
        }
    }
}

/* ------------------------------------------------------------------ the two looks */

static void judge_proof(const struct scapf_align_proof *p, const struct seen *seen)
{
    must((unsigned)p->kind < SCAPF_ALIGN_KINDS && p->call != NULL);
    must(p->packet >= 1 && p->packet <= seen->packets);
    must(p->event <= seen->events && p->enter <= seen->events && p->exit <= seen->events);
}

static void judge_result(const struct scapf_align *a, const struct scapf_align_result *r,
                         const struct seen *seen)
{
    const struct scapf_align_counts *c = scapf_align_counts(a);

    must(c->packets == seen->packets && c->events == seen->events);
    must(c->segments <= c->packets && c->matched <= c->segments);
    must(r->verdict != SCAPF_ALIGN_SOLVED ||
         (r->has_lo && r->has_hi && r->lo_ns <= r->mid_ns && r->mid_ns <= r->hi_ns &&
          r->n_lower + r->n_upper >= 3));
    must(r->verdict != SCAPF_ALIGN_EMPTY || (r->has_lo && r->has_hi));
    must(r->verdict != SCAPF_ALIGN_NO_MATCH || (!r->has_lo && !r->has_hi));
    if (r->has_lo) {
        judge_proof(&r->lower, seen);
    }
    if (r->has_hi) {
        judge_proof(&r->upper, seen);
    }
}

static void second_look(struct scapf_align *a, const struct mk *packets, const struct seen *seen,
                        const struct scapf_align_result *r)
{
    struct scapf_reader *reader = target_reader(packets->o.bytes, packets->o.len, NULL);
    struct scapf_record rec;
    struct scapf_note note;
    uint64_t number = 0;
    bool known = r->verdict == SCAPF_ALIGN_SOLVED;

    must(scapf_annotate_begin(a) == SCAPF_OK);
    must(
        scapf_annotate_clock(a, 0,
                             &(struct scapf_align_clock){known ? r->lo_ns : 0, known ? r->hi_ns : 0,
                                                         r->drift_ppt, 0, r->at_ns}) == SCAPF_OK);
    for (uint64_t i = 1; i <= seen->events && i < 2000; i++) {
        must(scapf_annotate_event(a, i, &note) == SCAPF_OK);
        judge_note(&note, seen);
    }
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.kind == SCAPF_KIND_PACKET) {
            must(scapf_annotate_packet(a, 0, ++number, reader, &rec, &note) == SCAPF_OK);
            judge_note(&note, seen);
        }
    }
    scapf_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t magic[4] = {0x0A, 0x0D, 0x0D, 0x0A};
    const struct scapf_align_opts opts = {.size = sizeof(opts), .max_bytes = MAX_BYTES};
    struct talk t;
    struct mk raw = {.o = {.bytes = (uint8_t *)data, .len = size}};
    bool is_raw = size >= 4 && memcmp(data, magic, 4) == 0;
    struct scapf_align_result r;
    struct seen seen = {0, 0};
    struct scapf_align *a;

    if (!is_raw) {
        play(&t, data, size);
    }
    must(scapf_align_new(&opts, &a) == SCAPF_OK);
    hear(a, is_raw ? &raw : &t.events, is_raw ? &raw : &t.packets, &seen);
    scapf_align_solve(a, &r);
    judge_result(a, &r, &seen);
    second_look(a, is_raw ? &raw : &t.packets, &seen, &r);
    scapf_align_free(a);
    if (!is_raw) {
        talk_release(&t);
    }
    return 0;
}
