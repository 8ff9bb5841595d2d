/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.h - packets made from the input, and what must be so of every annotation.
 */
#ifndef SCAPF_FUZZ_NOTES_H
#define SCAPF_FUZZ_NOTES_H

#include <string.h>

#include "bytes/cur.h"
#include "bytes/json.h"
#include "support/talk.h"
#include "target.h"

/* How many there are in the captures. */
struct seen {
    uint64_t events, packets;
};

/* A packet of the conversation: op says what kind and whose, arg its flags, place and length. */
static inline void play_packet(struct talk *t, uint8_t op, uint8_t arg)
{
    static const uint8_t flags[] = {
        TALK_ACK, TALK_ACK | TALK_FIN, TALK_SYN, TALK_SYN | TALK_ACK, TALK_RST, TALK_FIN,
        0,        TALK_ACK | TALK_PSH};
    int who = op & 1;
    uint32_t at = (uint32_t)arg * 50;

    if ((op & 2) != 0) {
        talk_udp(t, who, talk_bytes(at), arg & 63);
    } else if ((op & 4) != 0) {
        talk_tcp_at(t, who, flags[arg & 7], at, talk_bytes(at + (who ? 60000 : 0)), (arg >> 3) * 9);
    } else {
        uint32_t from = t->sent[who] % 50000 + (who ? 60000 : 0);

        talk_tcp(t, who, flags[arg & 7], talk_bytes(from), (arg >> 3) * 40);
    }
}

/* Let an alignment have the events, then the packets, and count both. */
static inline void hear(struct scapf_align *a, const struct mk *events, const struct mk *packets,
                        struct seen *seen)
{
    struct scapf_reader *reader = target_reader(events->o.bytes, events->o.len, NULL);
    struct scapf_record rec;

    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        seen->events += rec.kind == SCAPF_KIND_EVENT;
        must(scapf_align_event(a, &rec) == SCAPF_OK);
    }
    scapf_reader_free(reader);
    reader = target_reader(packets->o.bytes, packets->o.len, NULL);
    must(scapf_align_file(a, "x") == 0);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        seen->packets += rec.kind == SCAPF_KIND_PACKET;
        must(scapf_align_packet(a, reader, &rec) == SCAPF_OK);
    }
    scapf_reader_free(reader);
}

static inline void judge_note(const struct scapf_note *note, const struct seen *seen)
{
    must(note->comment == NULL || strlen(note->comment) == note->comment_len);
    must((note->comment != NULL) == (note->comment_len > 0));
    must(utf8_is_valid((const uint8_t *)note->comment, note->comment_len));
    must(!note->has_pid || note->pid > 0);
    for (size_t i = 0; i < note->n_links; i++) {
        const struct scapf_link *l = &note->links[i];

        must((unsigned)l->kind < SCAPF_LINK_KINDS && l->call != NULL);
        must(l->enter <= seen->events && l->exit <= seen->events && l->from <= l->to);
        must(l->other <= seen->packets);
    }
    if (note->blocks_len > 0) {
        struct cur c = cur_make(note->blocks, note->blocks_len, 0, false);

        must(cur_u32(&c) == SCAPF_BLOCK_CUSTOM && cur_u32(&c) == note->blocks_len);
        must(note->blocks_len % 4 == 0);
        (void)cur_take(&c, note->blocks_len - 12);
        must(cur_u32(&c) == note->blocks_len);
    }
}

#endif
