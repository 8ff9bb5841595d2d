/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.h - inside of an alignment: what its modules share.
 *
 *   align.c         life, public calls, sums
 *   align_call.c    calls on sockets out of events: who, when, which bytes of which stream
 *   align_clock.c   how far their times can be trusted
 *   align_who.c     threads and processes that made them
 *   align_table.c   sockets and calls, found by tuple, by stream offset and by payload
 *   align_follow.c  packets: TCP streams, and the calls whose bytes they carry
 *   align_match.c   which socket an end of a connection is, where in its streams a packet lies
 *   align_bound.c   bounds of the offset, and the interval they leave
 *   annotate.c      what has to do with a packet or an event
 *   annotate_text.c in which words, and the blocks about processes
 *   segment.c       headers of packets
 *
 * A stream is what a socket receives or sends. A call covers bytes [off, off + len) of it; marks
 * cover none: at their time the byte at off (or the end of the stream) had arrived.
 */
#ifndef SCAPF_TRANSFORM_ALIGN_H
#define SCAPF_TRANSFORM_ALIGN_H

#include "base/mem.h"
#include "bytes/out.h"
#include "event/event.h"
#include "scapfmt-align.h"
#include "state/map.h"
#include "state/str.h"
#include "transform/segment.h"

#define CHECK_LEN 64u /* bytes of a buffer that are compared: captures keep at least 80 of them */

#define ENOUGH_ENTERS 8u /* as many multiples of a unit are no accident */

enum { IN, OUT }; /* streams of a socket, directions of a call */

enum call_kind {
    CALL_DATA,    /* moved len bytes at off */
    CALL_EOF,     /* returned 0 for the end of the stream, which is at off */
    CALL_READY,   /* mark: poll said that byte off, or the end, is there */
    CALL_WAKE,    /* mark: a wait returned, and what was read next began at off */
    CALL_ACCEPT,  /* made the socket; off: time of the first packet with payload, check: its number,
                     twin: its file + 1 (0 = none): some listeners are woken by that only */
    CALL_CONNECT, /* made the connection; len 1: it returned success itself */
    CALL_WAITED,  /* the wait whose return led to an accept */
    CALL_SHUTDOWN, /* of the sending half */
    CALL_CLOSE,
    CALL_KINDS
};

enum {
    CALL_LOW_DONE = 1,     /* counted among the lower bounds */
    CALL_HIGH_DONE = 2,    /* among the upper ones */
    CALL_VERIFIED = 4,     /* its bytes were compared with a packet */
    CALL_SEEN_CUT = 8,     /* more packets carried it than are remembered */
    CALL_ENTER_KNOWN = 16, /* enter_ns is that of the enter event, not of one before it */
    CALL_UNRETURNED = 32   /* when it had returned is not known */
};

/* A call, or a mark. Datagrams: off is the time of the first packet (0 = none). */
struct call {
    uint64_t off;
    uint64_t enter_ns; /* it began at this time or later */
    uint64_t exit_ns;  /* it had returned by then */
    uint64_t check;    /* of its first bytes */
    uint32_t len;
    uint32_t enter_no, exit_no; /* event blocks of the capture, from 1; 0 = not recorded */
    uint32_t who;
    uint32_t sock;
    uint32_t seen;      /* first of its runs of packets */
    uint32_t seen_last; /* last one */
    uint32_t twin;      /* the next call with the same check */
    int32_t fd;
    uint16_t code;
    uint16_t sc; /* generic events: PPM_SC */
    uint8_t kind, dir, flags;
    uint8_t n_check; /* bytes check is made of */
    uint8_t n_seen;  /* runs */
};

/* Consecutive packets of a file that carried bytes of a call. */
struct run {
    uint32_t first, last; /* numbers in the file, from 1 */
    uint32_t next;
    uint32_t file;
};

struct stream {
    uint32_t *calls; /* ascending off */
    uint32_t n, cap;
    uint64_t off;        /* where the next call begins */
    uint64_t drained_ns; /* a read found it empty at this time; 0 = not known to */
};

/* A socket while it is connected. */
struct sock_item {
    struct end local, remote; /* without a local port: addr holds the number of the file */
    struct end alias;         /* then: the local end, once an event has told it */
    uint8_t proto;
    bool born;       /* its accept or connect was seen: offsets count from its first byte */
    bool connecting; /* connect returned before the connection stood */
    uint32_t next;   /* the next one with the same tuple, later in the capture */
    uint32_t made, waited;
    uint32_t shutdown;  /* of its sending half */
    uint32_t closes[4]; /* since it was used last */
    uint8_t n_closes;
    struct stream streams[2];
};

/* Sockets with one tuple. */
struct sock_key {
    struct map_key key;
    uint32_t first, last;
    bool many; /* of a loose key: different sockets have it */
};

/* Calls with one check. */
struct check_key {
    struct map_key key; /* check; number of bytes and direction */
    uint32_t first, last, n;
    uint32_t cursor; /* calls before this one were too early for the packets that come */
};

/* Who made calls. comm is a text, process an index of it. */
struct who {
    struct map_key key; /* tid; text of its name and process */
    int64_t pid;
    uint32_t comm;
    uint32_t number; /* of the item itself */
};

/* A process as a Process Information entry tells it. */
struct process_item {
    struct map_key key; /* pid */
    int64_t ppid;
    uint32_t uid;
    uint32_t comm, exepath, args, user;
    uint32_t args_len;
    uint64_t start_ns;
    bool told; /* in the file that is annotated */
};

/* What is known of a thread between its events. */
struct thread_item {
    struct map_key key;
    uint64_t last_ns;
    uint64_t enter_ns;
    uint32_t enter_no;
    struct scapf_call begun;
    bool entered, any;
    uint32_t first_call, last_call; /* made out of its last exit event; see returns_late */
};

/* The last wait of a process that returned something. */
struct wait_item {
    struct map_key key;
    struct call call;
    int64_t tid;
    bool fresh; /* nothing was read or accepted since */
};

/* ------------------------------------------------------------------ packets */

#define GAPS 8u /* pieces behind a gap that are remembered */

/* Where in a stream of a socket a direction of a connection lies. */
struct anchor {
    bool set;
    bool lost;     /* the payload was another one: the stream has a hole, or is another stream */
    bool verified; /* payload was compared, and equal */
    int64_t delta; /* stream offset = packet offset + delta */
};

/* One direction of a connection as packets show it. Offsets count from the first byte. */
struct flow {
    bool any, syn, fin;
    uint32_t base; /* sequence number of offset 0 */
    uint64_t next; /* everything below was seen */
    uint64_t fin_at;
    uint64_t n_payload; /* packets with payload */
    struct {
        uint64_t from, to;
    } gaps[GAPS];
    uint8_t n_gaps;
    struct anchor writer, reader;
};

struct conn {
    struct map_key key;
    struct end ends[2];
    uint8_t proto;
    bool shaken; /* the ACK of the handshake was seen */
    bool has_syn;
    uint8_t opener; /* its flow */
    bool counted;
    bool turned;        /* the socket was at the other end than its tuple says */
    uint64_t shaken_at; /* number of the packet */
    uint32_t socks[2];  /* socket whose local end is ends[i]; 0 = none */
    bool guessed;       /* found by payload: addresses are translated on the way */
    struct flow flows[2];
};

/* Tuples that are no socket's, whatever else they carry; lost ones may be. */
#define STRANGERS MEM_FEWER(4096u)

/* ------------------------------------------------------------------ bounds */

/* How sure a bound is; worse ones are used only where they agree with the better. */
enum grade { GRADE_SURE, GRADE_PLACED, GRADE_WAKE, GRADES };

struct proof {
    int64_t ns;         /* of the offset */
    uint64_t packet_ns; /* packet clock */
    uint64_t packet;    /* number in its file */
    uint32_t call;
    uint8_t kind; /* enum scapf_align_kind */
    bool set;
};

#define BUCKETS MEM_FEWER(512u)

/* Extremes of the bounds over time: what is worse than another at the same time says nothing. */
struct bounds {
    struct proof lower[GRADES][BUCKETS], upper[GRADES][BUCKETS];
    uint64_t start, width; /* ns of packet time */
    bool any;
    uint64_t first_ns, last_ns; /* packets with evidence */
    uint64_t n_lower, n_upper;  /* calls */
    uint64_t by_kind[16];
    uint64_t verified;
};

/* ------------------------------------------------------------------ all of it */

/* What parameters of a code stand for. */
enum param_role {
    ROLE_RES,
    ROLE_DATA,
    ROLE_SIZE,
    ROLE_TUPLE,
    ROLE_HOW,
    ROLE_FDS,
    ROLE_FD,
    ROLE_FD_OUT,
    ROLES
};

struct code_info {
    bool known;   /* worked out; at the first event of the code */
    uint8_t does; /* enum does, align_call.c */
    int8_t roles[ROLES];
};

/* A match of a packet with a call. */
struct match {
    uint8_t kind; /* enum scapf_link_kind */
    uint32_t call;
    uint64_t from, to; /* bytes of the call, inclusive; of an end both 0 */
    bool sure;
    bool sender;    /* the call was made where the packet came from */
    bool again;     /* seen before */
    bool maybe;     /* only if it came before the call returned */
    uint64_t other; /* the packet that may have done it instead; 0 = none */
};

/* A capture of packets. */
struct file_item {
    struct map_key key; /* number */
    uint32_t name;
    struct scapf_align_clock clock;
};

#define MATCHES 16u

struct scapf_align {
    struct budget budget;
    const struct scapf_schema *schema;
    struct scapf_host *host;
    struct code_info *codes;
    uint8_t *waits;    /* PPM_SC codes of calls that wait: enum waits, align_call.c */
    uint64_t events;   /* event blocks so far */
    uint64_t unit_ns;  /* all times of enter events are multiples of it; 0 = no enter event yet */
    uint32_t n_enters; /* at most ENOUGH_ENTERS */
    bool returns_late; /* exit events have no measured times: calls return later than they say */
    struct pool calls, runs, socks;
    struct map by_tuple, by_port, by_check, threads, waiting, whos, processes, files;
    struct strs strs;
    /* The packet file at hand. */
    uint32_t file;
    uint64_t packets;
    struct map conns;
    uint64_t strangers[STRANGERS]; /* a number of each; 0 = free */
    bool whole_checks;             /* there are calls whose bytes fill a check */
    struct bounds *bounds;
    bool telling; /* pass 2: no evidence is taken, matches are collected */
    struct match matches[MATCHES];
    uint32_t n_matches;
    uint64_t packet_ns, packet_res; /* of the packet at hand */
    uint8_t packet_flags;           /* of TCP */
    bool packet_has_ns;
    bool packet_is_bare;   /* neither payload nor FIN: kernels make such */
    int64_t lo_ns, hi_ns;  /* pass 2: offset of its clock */
    struct chosen *chosen; /* too large for a stack frame */
    size_t max_bytes;
    uint32_t min_evidence;
    struct scapf_align_counts counts;
    struct annotate *annotate;
};

/* align.c */

/* The next packet of the capture at hand: its number, its time. */
void align_begin_packet(struct scapf_align *a, const struct scapf_reader *reader,
                        const struct scapf_record *rec);
/* "read"; of a generic event the name of its system call. */
const char *call_name(const struct scapf_align *a, const struct call *call);

/* align_table.c */
void table_init(struct scapf_align *a);
void table_release(struct scapf_align *a);
struct call *call_at(const struct scapf_align *a, uint32_t id);
struct sock_item *sock_at(const struct scapf_align *a, uint32_t id);
/* A new call of a socket; 0 when there is no room. */
uint32_t call_new(struct scapf_align *a, const struct call *call);
/* Append it to a stream. */
bool stream_add(struct scapf_align *a, struct stream *st, uint32_t call);
/* Index of the first call that reaches beyond off. */
uint32_t stream_find(const struct scapf_align *a, const struct stream *st, uint64_t off);
/* The latest socket with this tuple, made when there is none; fresh: a new one in any case. */
uint32_t sock_get(struct scapf_align *a, const struct sock_item *like, bool fresh);
/* An event tells the local end of a socket whose connect did not. */
void sock_name(struct scapf_align *a, uint32_t id, const struct sock_item *like);
/* The first socket of this tuple, or of its remote end and local port. 0 = none. */
uint32_t sock_first(const struct scapf_align *a, const struct end *local, const struct end *remote,
                    uint8_t proto);
/* The only socket with this remote end whose local one is not known. 0 = none, or several. */
uint32_t sock_unnamed(const struct scapf_align *a, const struct end *remote, uint8_t proto);
/* A number for up to CHECK_LEN bytes, which differ when it differs. */
uint64_t check_of(const uint8_t *bytes, size_t n);
/* Make a call known by its check. */
void check_add(struct scapf_align *a, uint32_t id);
struct check_key *check_find(const struct scapf_align *a, uint64_t check, uint32_t n, int dir);
/* Note that the packet at hand carried bytes of a call. */
void seen_add(struct scapf_align *a, struct call *call, uint64_t packet);
/* Is the connection of the packet a stranger: one that is no socket's? It is from `now` on. */
bool conn_is_stranger(struct scapf_align *a, const struct segment *s, bool now);
/* The connection of these ends, made when make; *first: which end src is. */
struct conn *conn_get(struct scapf_align *a, const struct segment *s, bool make, unsigned *first);

/* align_call.c */
enum scapf_status calls_init(struct scapf_align *a);
enum scapf_status calls_put(struct scapf_align *a, const struct scapf_record *rec);

/* align_clock.c */

/* The machine of a capture is described: if by a converter, calls return later than it says. */
void clock_machine(struct scapf_align *a, const struct scapf_record *rec);
/* A time of an event that was measured. */
void clock_learn(struct scapf_align *a, uint64_t ns);
/* The offset of a clock of packets at a time of it is from *lo to *hi. */
void clock_at(const struct scapf_align_clock *clock, uint64_t ns, int64_t *lo, int64_t *hi);
/* A thread of process pid makes its next call: the one before has returned by now. */
void clock_returned(struct scapf_align *a, struct thread_item *t, uint64_t ns, int64_t pid);

/* align_who.c */

/* The number of who made a call; 0 when there is no room. pid -1: not known. */
uint32_t who_is(struct scapf_align *a, int64_t tid, int64_t pid);

/* align_match.c: the socket and the place in its stream */

/* The connection a packet belongs to, if one of its ends is a recorded socket. *from: which end it
 * comes from. */
struct conn *match_conn(struct scapf_align *a, const struct segment *s, unsigned *from);
/* A table may name the ends of a socket the other way round: the payload tells. */
void match_turn(const struct scapf_align *a, struct conn *c, unsigned flow,
                const struct segment *s);
/* Another connection between the same ends begins. */
void match_restart(struct scapf_align *a, struct conn *c);
/* The place of a flow in a stream of its socket; NULL when it is not known. Payload at packet
 * offset at (s->len may be 0) is compared where both sides have it. */
const struct anchor *match_anchor(struct scapf_align *a, struct conn *c, unsigned flow, bool writer,
                                  const struct segment *s, uint64_t at);

/* align_follow.c */
void follow_packet(struct scapf_align *a, const struct scapf_packet *packet);

/* align_bound.c */
void bound_reset(struct bounds *b);
/* Of the call and the packet at hand. */
void bound_lower(struct scapf_align *a, uint32_t call, enum grade grade, uint8_t kind);
void bound_upper(struct scapf_align *a, uint32_t call, enum grade grade, uint8_t kind);
/* Room to solve in. */
struct chosen *bound_chosen(const struct scapf_alloc *alloc);
void bound_solve(struct scapf_align *a, struct scapf_align_result *r);

/* annotate.c */
#define LINKS_MAX MATCHES

/* A call that returned with an event. */
struct event_ref {
    uint32_t number, call;
};

struct annotate {
    struct out text, blocks;
    struct scapf_link *links; /* LINKS_MAX */
    struct event_ref *refs;   /* ascending number */
    size_t n_refs, at;
};

void annotate_free(struct scapf_align *a);

/* annotate_text.c */
void text_packet(struct scapf_align *a, const struct scapf_link *links, size_t n, struct out *o);
/* What packets a call has to do with; nothing is written when there are none. */
void text_event(struct scapf_align *a, const struct call *call, struct out *o);
/* A Process Information block. */
void text_process(struct scapf_align *a, const struct process_item *p, struct out *o);

#endif
