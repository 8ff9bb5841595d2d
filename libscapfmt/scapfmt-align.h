/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-align.h - packets and system calls of one moment: the offset of their clocks, and which
 * call sent or received which packet. Included by scapfmt.h, which it needs.
 */
#ifndef SCAPFMT_ALIGN_H
#define SCAPFMT_ALIGN_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ clocks */

/*
 * The calls of one capture of events, against any number of packet captures, whose clocks differ.
 *
 * What has to be so, wherever the packets were captured: bytes, or the end of a connection, are on
 * the wire before the call returns that reads them; a call begins before the first of its bytes is
 * on the wire. Each such pair bounds the offset of the clocks (packet time minus event time) from
 * one side. Sockets are found by their tuple, or by payload that only one call has; the place in a
 * TCP stream by sequence numbers, compared with the payload where both were captured.
 */
struct scapf_align;

struct scapf_align_opts {
    size_t size; /* sizeof(struct scapf_align_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    size_t max_bytes;      /* of calls and connections; what does not fit is counted; 0 = 64 MiB */
    uint32_t min_evidence; /* calls that bear evidence, at least; 0 = 3 */
};

/* What a bound rests on. */
enum scapf_align_kind {
    SCAPF_ALIGN_READ,     /* bytes were seen before the call returned that read them */
    SCAPF_ALIGN_WRITE,    /* a call began before its bytes were seen */
    SCAPF_ALIGN_EOF,      /* a FIN was seen before a read returned 0 */
    SCAPF_ALIGN_FIN,      /* shutdown or close began before a FIN was seen */
    SCAPF_ALIGN_ACCEPT,   /* the handshake was seen before accept returned */
    SCAPF_ALIGN_CONNECT,  /* connect began before a SYN was seen */
    SCAPF_ALIGN_ANSWERED, /* a SYN-ACK was seen before connect returned */
    SCAPF_ALIGN_READY,    /* bytes were seen before poll said so */
    SCAPF_ALIGN_WAKE,     /* bytes were seen before the wait returned that led to their read */
    SCAPF_ALIGN_KINDS
};

/* "read", "write", ... Static storage. */
SCAPF_API const char *scapf_align_kind_name(enum scapf_align_kind kind);

/* A pair of a packet and a call. Text lives as long as the alignment. */
struct scapf_align_proof {
    enum scapf_align_kind kind;
    int64_t offset_ns;          /* the bound it gives */
    uint64_t packet, packet_ns; /* number in its capture from 1, time as it says */
    uint64_t event;             /* number of the event block from 1; 0 = not recorded */
    uint64_t enter, exit;       /* event blocks of the call; 0 = not recorded */
    uint64_t event_ns;          /* time of the event as it says */
    int64_t pid, tid, fd;
    const char *comm, *call; /* comm NULL when not known */
    bool verified;           /* payload was compared, and equal */
};

enum scapf_align_verdict {
    SCAPF_ALIGN_SOLVED,
    SCAPF_ALIGN_NO_MATCH,   /* no packet belongs to a recorded call */
    SCAPF_ALIGN_ONE_SIDED,  /* all bounds are lower ones, or all are upper ones */
    SCAPF_ALIGN_TOO_LITTLE, /* fewer calls bear evidence than asked for */
    SCAPF_ALIGN_EMPTY       /* bounds contradict each other: not of the same moment */
};

/* Offsets are packet clock minus event clock, in ns. */
struct scapf_align_result {
    enum scapf_align_verdict verdict;
    int64_t lo_ns, hi_ns; /* the offset lies between them; each only if it is known, see has_ */
    int64_t mid_ns;       /* halfway */
    bool has_lo, has_hi;
    struct scapf_align_proof lower, upper; /* what lo and hi rest on; EMPTY: what contradicts */
    uint64_t n_lower, n_upper;             /* calls that bear evidence */
    uint64_t by_kind[SCAPF_ALIGN_KINDS];
    uint64_t verified; /* calls whose payload was compared */
    uint64_t span_ns;  /* from the first packet with evidence to the last */
    uint64_t at_ns;    /* packet time at which the offset is mid_ns: halfway of that */
    bool drifts;       /* no constant offset satisfies all bounds, a steady drift does */
    bool has_drift;    /* the two below are known */
    int64_t drift_lo_ppb, drift_hi_ppb; /* growth of the offset, ns a second */
    int64_t drift_ppt;                  /* chosen, in parts of 10^12; 0 when !drifts */
    bool wakes_left, placed_left;       /* such evidence contradicted better one and was not used */
};

/* What was met, for reports. */
struct scapf_align_counts {
    uint64_t events, calls, sockets; /* of the events: blocks, calls on sockets, connections */
    uint64_t calls_left;             /* did not fit into max_bytes */
    uint64_t packets, segments;      /* of the packet capture at hand: all, of TCP and UDP */
    uint64_t matched;                /* belong to a recorded socket */
    uint64_t connections;            /* so do connections */
    uint64_t translated;             /* connections found by payload alone */
    uint64_t mismatches;             /* payload was not what the call moved: stream lost */
    uint64_t repeated;               /* packets whose bytes were seen before */
    uint64_t files;
};

/* Free with scapf_align_free(). opts may be NULL. */
SCAPF_API_STATUS scapf_align_new(const struct scapf_align_opts *opts, struct scapf_align **align);
/* Take in the next record of the capture of events, each in order. OK or E_NOMEM. */
SCAPF_API_STATUS scapf_align_event(struct scapf_align *align, const struct scapf_record *rec);
/* A capture of packets begins; all records of events were put. name (NULL: none) is what comments
 * call it when there are several. Returns its number, from 0. */
SCAPF_API uint32_t scapf_align_file(struct scapf_align *align, const char *name);
/* Take in its next record. reader is the one it came from. OK or E_NOMEM. */
SCAPF_API_STATUS scapf_align_packet(struct scapf_align *align, const struct scapf_reader *reader,
                                    const struct scapf_record *rec);
/* What the packets of this capture say. result borrows from align. */
SCAPF_API void scapf_align_solve(struct scapf_align *align, struct scapf_align_result *result);
SCAPF_API const struct scapf_align_counts *scapf_align_counts(const struct scapf_align *align);
/* NULL is fine. */
SCAPF_API void scapf_align_free(struct scapf_align *align);

/* ------------------------------------------------------------------ who sent which packet */

enum scapf_link_kind {
    SCAPF_LINK_CONNECTION, /* belongs to the connection that the call made */
    SCAPF_LINK_WAKES,      /* its arrival let the call return */
    SCAPF_LINK_IN,         /* the call returned its payload */
    SCAPF_LINK_OUT,        /* the call sent its payload */
    SCAPF_LINK_ACK,        /* the kernel's acknowledgement of what the call moved */
    SCAPF_LINK_EOF,        /* the call returned the end that it brought */
    SCAPF_LINK_FIN,        /* the call caused the end that it brings */
    SCAPF_LINK_KINDS
};

/* "connection", "wakes", "in", "out", "ack", "eof", "fin". Static storage. */
SCAPF_API const char *scapf_link_kind_name(enum scapf_link_kind kind);

/* A call a packet has to do with. Text lives as long as the alignment. */
struct scapf_link {
    enum scapf_link_kind kind;
    uint64_t enter, exit; /* event blocks, from 1; 0 = not recorded */
    int64_t pid, tid, fd; /* -1 = not known */
    const char *comm, *call;
    bool has_bytes;
    uint64_t from, to; /* bytes of the call, both inclusive */
    bool sure;         /* false: it may have been another one */
    uint64_t other;    /* WAKES: the other packet that may have done it; 0 = none */
    bool sender;       /* made at the end the packet comes from */
    bool again;        /* carries what an earlier packet did */
};

/* What to put on a packet or an event. Valid until the next call of these functions. */
struct scapf_note {
    const char *comment; /* NUL-ended; NULL = nothing to say */
    size_t comment_len;
    bool has_pid;
    uint32_t pid, tid;     /* tid 0: made by the kernel, not by a call */
    const uint8_t *blocks; /* Process Information blocks, little-endian, to go before the packet */
    size_t blocks_len;
    const struct scapf_link *links;
    size_t n_links;
};

/* All captures of packets were looked at; they are read a second time, to be annotated. */
SCAPF_API_STATUS scapf_annotate_begin(struct scapf_align *align);
/* Packets that follow go into another section, which knows no process yet. */
SCAPF_API void scapf_annotate_section(struct scapf_align *align);
/* What is known of the clock of a capture of packets: its offset is from lo_ns to hi_ns, plus
 * drift_ppt parts in 10^12 of the time that passed since at_ns on it. */
struct scapf_align_clock {
    int64_t lo_ns, hi_ns;
    int64_t drift_ppt;
    uint64_t drift_err_ppt; /* the drift is known to so much on either side */
    uint64_t at_ns;
};

/* Tell the clock of capture number file; all zero when nobody did. */
SCAPF_API_STATUS scapf_annotate_clock(struct scapf_align *align, uint32_t file,
                                      const struct scapf_align_clock *clock);
/* Packet `number` (from 1) of capture number file, in their order; left out ones are fine. note may
 * be empty. OK or E_NOMEM. */
SCAPF_API_STATUS scapf_annotate_packet(struct scapf_align *align, uint32_t file, uint64_t number,
                                       const struct scapf_reader *reader,
                                       const struct scapf_record *rec, struct scapf_note *note);
/* Which packets event block number has to do with; numbers in ascending order are fastest. */
SCAPF_API_STATUS scapf_annotate_event(struct scapf_align *align, uint64_t number,
                                      struct scapf_note *note);

#ifdef __cplusplus
}
#endif

#endif
