/* SPDX-License-Identifier: Apache-2.0 */
/*
 * to_pcap.h - packets of any capture into a classic pcap, and an account of what it cannot hold.
 *
 * A classic pcap has one link type, one time resolution and nothing but packets. What decides is
 * looked for first (to_pcap_plan(), where the input can be read twice); then every record goes
 * through to_pcap_put(), and to_pcap_report() tells what stayed behind.
 */
#ifndef SCAPFMT_TO_PCAP_H
#define SCAPFMT_TO_PCAP_H

#include "run.h"

struct to_pcap {
    struct scapf_writer *writer;
    struct scapf_interface interface; /* link type, snap length and resolution of the output */
    bool planned, started, has_link_type;
    /* what stayed behind */
    uint64_t by_kind[SCAPF_KIND_COUNT];
    uint64_t comments, options, interfaces;
    uint64_t other_link_type, damaged, no_time, time_range, time_cut;
};

/* Look at one input for its interfaces; errors show up again, and are reported, when it is read. */
enum scapf_status to_pcap_plan(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec);
/* Write a packet, count anything else. */
enum scapf_status to_pcap_put(void *ctx, const struct scapf_reader *reader,
                              const struct scapf_record *rec);
/* Make sure there is a file header, also without packets. */
enum scapf_status to_pcap_finish(struct to_pcap *out);
/* Say on stderr what stayed behind (unless quiet); CLI_INVALID when packets did. */
int to_pcap_report(const struct to_pcap *out, const char *path, bool quiet);

#endif
