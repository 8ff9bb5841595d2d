/* SPDX-License-Identifier: Apache-2.0 */
/* put.h - parameters of events out of a record: what decode.c, put*.c and dents.c share. */
#ifndef SCAPFMT_RECORD_PUT_H
#define SCAPFMT_RECORD_PUT_H

#include "decode.h"

#define PUT_ROOM 65400u /* [scap 9.6] bytes of parameters of an event: 65526, less heads */

/* The answer to a step. */
struct part {
    const uint8_t *at; /* NULL: the record has none */
    uint32_t len;
    uint8_t flags; /* enum rec_chunk_flag */
    uint64_t full;
};

/* Ids of users and groups. */
struct put_ids {
    uint32_t n;
    struct {
        bool group;
        uint32_t id;
    } list[SCAPF_EVENT_PARAMS];
};

/* A record taken apart, and the event it becomes. */
struct put {
    const struct rec_decode_opts *opts;
    struct rec_decode_counts *counts;
    struct scapf_writer *writer;
    enum scapf_status status;
    int64_t offset_ns;
    struct rec_head head;
    struct part parts[REC_OPS];
    const struct scapf_param_info *info; /* the parameter under way */
    uint32_t room, after;                /* of it is for the parameters behind this one */
    uint64_t last_flags;
    const char *started; /* REC_EXEC's name; NULL = none */
    struct put_ids *ids; /* NULL = write; else only collect these */
    uint8_t buf[REC_DATA + REC_TEXT];
};

static inline uint64_t put_get(const uint8_t *at, size_t size)
{
    uint64_t value = 0;

    for (size_t i = size; i > 0; i--) {
        value = value << 8 | at[i - 1];
    }
    return value;
}

void put_pack(uint8_t *to, uint64_t value, size_t size);
/* A parameter of these bytes; what has no room is cut and counted. */
void put_bytes(struct put *p, const void *bytes, size_t len);
/* Nobody knows: 0 (-1 for users and groups), or empty where that is possible. */
void put_unknown(struct put *p);
/* Socket addresses and pairs (put_sock.c). */
void put_address(struct put *p, const struct rec_param *param);
void put_pair(struct put *p, const struct rec_param *param);
void put_option(struct put *p, const struct rec_param *param);
/* All parameters of an event. */
void put_params(struct put *p, const struct rec_event_plan *plan);
/* The ids of users and groups that it will have. */
void put_collect(struct put *p, const struct rec_event_plan *plan, struct put_ids *ids);
/* The entries of a directory as strace(1) prints them, for a comment; bytes written to to. */
size_t put_entries(struct put *p, const struct part *part, char *to, size_t room);

#endif
