/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk.h - a made-up conversation, seen twice: system calls on one clock, packets on another.
 *
 * Whoever uses it tells what happens, moment by moment; events and packets land in two captures.
 * The client is 10.0.0.1:40000 (or fd00::1), the server 10.0.0.2:80 (fd00::2). TCP flows count
 * their bytes from the SYN on; a packet may be sent again or out of order by its place.
 */
#ifndef SCAPF_TESTS_TALK_H
#define SCAPF_TESTS_TALK_H

#include "support/mk.h"

enum { TALK_CLIENT, TALK_SERVER };
enum { TALK_FIN = 1, TALK_SYN = 2, TALK_RST = 4, TALK_PSH = 8, TALK_ACK = 16 };

/* Link types and what lies above them. */
enum talk_link {
    TALK_ETHERNET,
    TALK_VLAN, /* two tags */
    TALK_SLL,
    TALK_SLL2,
    TALK_RAW,
    TALK_NULL,
    TALK_LINKS
};

/* Codes of the events in use. */
enum {
    TALK_CLOSE = 4,
    TALK_READ = 6,
    TALK_WRITE = 8,
    TALK_SOCKET = 18,
    TALK_CONNECT = 22,
    TALK_SENDTO = 30,
    TALK_RECVFROM = 34,
    TALK_SHUTDOWN = 36,
    TALK_EPOLL = 78,
    TALK_POLL = 80,
    TALK_SENDFILE = 188,
    TALK_ACCEPT = 388
};

struct talk {
    struct mk events, packets;
    uint64_t now;      /* ns, clock of the events */
    int64_t offset;    /* packet clock minus event clock, at the start */
    int64_t drift_ppb; /* growth of it, ns a second */
    uint64_t start;
    enum talk_link link;
    bool ip6, mapped; /* mapped: events have IPv4 addresses in IPv6 form */
    bool swapped;     /* tables name the client first, though it is the other end */
    bool exits_only;  /* no enter events, as current drivers write */
    uint16_t client_port, server_port;
    uint32_t isn[2], sent[2]; /* by who sends */
    uint32_t snap;            /* bytes of a packet that are captured, 0 = all */
    uint32_t buffer;          /* bytes of a buffer that events keep */
    unsigned n_events, n_packets;
};

/* A parameter of an event by name: a number, or bytes. */
struct talk_param {
    const char *name;
    int64_t number;
    const void *bytes;
    uint32_t len;
};

void talk_init(struct talk *t, int64_t offset, enum talk_link link);
/* The server's end of the connection is open in this thread when the capture begins. */
void talk_server_table(struct talk *t, int64_t tid, int64_t fd);
void talk_release(struct talk *t);
/* Time passes. */
void talk_wait(struct talk *t, uint64_t ns);
/* One event now; parameters not named are empty. */
void talk_event(struct talk *t, int64_t tid, uint16_t code, const struct talk_param *params);
/* The tuple "client -> server" as events have it, or the way back; returns its length. */
uint32_t talk_tuple(const struct talk *t, bool back, uint8_t out[37]);

/* Calls: an enter event now, an exit event ns later. */
void talk_accept(struct talk *t, int64_t tid, int64_t fd, uint64_t ns);
void talk_connect(struct talk *t, int64_t tid, int64_t fd, int64_t res, uint64_t ns);
/* res negative: an error; data NULL: none is recorded. */
void talk_read(struct talk *t, int64_t tid, int64_t fd, const void *data, int64_t res, uint64_t ns);
void talk_write(struct talk *t, int64_t tid, int64_t fd, const void *data, int64_t res,
                uint64_t ns);
void talk_shutdown(struct talk *t, int64_t tid, int64_t fd, uint64_t ns);
void talk_close(struct talk *t, int64_t tid, int64_t fd, uint64_t ns);
void talk_epoll(struct talk *t, int64_t tid, int64_t res, uint64_t ns);
/* Half of a call: its enter event, its exit event. Both also take TALK_READ and TALK_WRITE. */
void talk_enter(struct talk *t, int64_t tid, uint16_t code, int64_t fd, int64_t size);
void talk_exit(struct talk *t, int64_t tid, uint16_t code, int64_t fd, int64_t res,
               const void *data);

/* A TCP segment now: the next bytes of who sends, or those at a place of the flow. */
void talk_tcp(struct talk *t, int who, uint8_t flags, const void *data, uint32_t len);
void talk_tcp_at(struct talk *t, int who, uint8_t flags, uint32_t at, const void *data,
                 uint32_t len);
void talk_udp(struct talk *t, int who, const void *data, uint32_t len);
/* SYN, SYN-ACK, ACK, ns apart. */
void talk_handshake(struct talk *t, uint64_t ns);

/* Bytes that do not repeat. */
const uint8_t *talk_bytes(uint32_t at);

/* A connection with n exchanges, one a second. jump: in the middle the packet clock is set. */
void talk_exchanges(struct talk *t, uint32_t n, int64_t jump);

#endif
