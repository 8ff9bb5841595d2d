/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story.h - one made-up story in every form a capture can have: a web server answers one request.
 * Tables of its machine, its system calls, its packets; samples/ and tests are built from them.
 */
#ifndef SCAPF_TESTS_STORY_H
#define SCAPF_TESTS_STORY_H

#include "support/mk.h"

#define STORY_S  1700000000u
#define STORY_NS (STORY_S * UINT64_C(1000000000))

extern const uint8_t story_client_ip[4], story_server_ip[4];
extern const uint8_t story_client_ip6[16], story_server_ip6[16];

/* How the events of the story are written. */
struct story {
    uint32_t block;    /* number of the event blocks */
    uint64_t shift_ns; /* added to every time */
    uint64_t at;       /* ns since the start, of the next event */
};

/* Table blocks under these numbers; v2: entries carry their length. */
void story_machine(struct mk *m, uint32_t type);
void story_interfaces(struct mk *m, uint32_t type, bool v2);
void story_users(struct mk *m, uint32_t type, bool v2);
/* version 1 to 9; tail: bytes behind the fixed part of a version 9 entry. */
void story_processes(struct mk *m, uint32_t type, unsigned version, unsigned tail);
/* One block for each thread; all_types: a descriptor of each type there is. */
void story_fds(struct mk *m, uint32_t type, bool v2, bool all_types);
/* All of them in their newest versions. */
void story_tables(struct mk *m);
/* A section header and all but the descriptors. */
void story_start(struct mk *m);
/* An exit of close with both its parameters: nothing to complain about. */
void story_close(struct mk *m, uint16_t cpu, uint64_t ts, int64_t tid);

/* The whole story, enter and exit events with every parameter of today. */
void story_tell(struct mk *m, struct story *s);
/* A part of it as writers before 2022 stored it: exits with few parameters. */
void story_tell_old(struct mk *m, struct story *s);
/* A comment, a code and a parameter of tomorrow, control characters. */
void story_tell_odd(struct mk *m, struct story *s);
/* Events of large types, under this block number. */
void story_tell_large(struct mk *m, struct story *s, uint32_t block);

/* The packets of the story in EPBs of interface id. */
void story_packets(struct mk *m, uint32_t id, uint64_t ticks_per_s);
#define STORY_SEGMENTS 7
/* Packet i; returns its length. at_us: microseconds since STORY_S. */
uint32_t story_segment(uint8_t out[512], size_t i, uint32_t *at_us);

#endif
