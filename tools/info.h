/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.h - the facts `scapfmt info` shows: gathered in one pass, printed as text or JSON.
 *
 * Lists of things a hostile file may hold by the million are bounded; the totals go on counting.
 */
#ifndef SCAPFMT_INFO_H
#define SCAPFMT_INFO_H

#include "run.h"

#define INFO_SECTIONS   64
#define INFO_HOSTS      16
#define INFO_INTERFACES 256
#define INFO_CODES      65536

struct info_host {
    uint32_t section;
    char name[129];
    uint64_t cpus, memory, boot_ns;
};

struct info_interface {
    uint32_t section;
    struct scapf_interface interface;
};

struct info {
    const char *path;
    const struct scapf_schema *schema;
    uint64_t file_size; /* 0 = not known */
    enum scapf_compression compression;
    struct scapf_ledger ledger;

    struct scapf_section sections[INFO_SECTIONS];
    uint64_t n_sections;
    struct info_host hosts[INFO_HOSTS];
    uint64_t n_hosts;
    struct info_interface interfaces[INFO_INTERFACES];
    uint64_t n_interfaces;
    uint64_t first_interface; /* of the current section */

    uint64_t events, packets;
    uint64_t *by_code; /* INFO_CODES counts */
    bool has_time;
    uint64_t first_ns, last_ns;

    uint64_t processes, threads, descriptors, users, groups, addresses;
    uint64_t drop_events, dropped_packets;

    bool checked;
    uint64_t findings[3];          /* by severity */
    struct scapf_diag first_error; /* rule 0 = none */
};

/* Zero, but for the count array, which is new. False without memory. */
bool info_init(struct info *info, const char *path, const struct scapf_schema *schema);
void info_release(struct info *info);
/* A run_kept_fn. */
enum scapf_status info_record(void *ctx, const struct scapf_reader *reader,
                              const struct scapf_record *rec, struct scapf_host *host);
/* Call behind the last record. */
void info_end(struct info *info, const struct scapf_reader *reader);
/* Check the capture too; what cannot be read twice stays unchecked. */
void info_check(struct info *info);

/* "scap", "pcapng", "pcap" or "pcapng with events and packets". */
const char *info_kind(const struct info *info);
/* The codes seen, most frequent first; returns how many, at most max. */
size_t info_top_codes(const struct info *info, uint16_t *codes, size_t max);
/* The number of different codes. */
size_t info_count_codes(const struct info *info);
/* "open", or "unknown-460" in buf. */
const char *info_code_name(const struct info *info, uint16_t code, char *buf, size_t size);
/* Nanoseconds since 1970 as RFC 3339 in UTC. */
const char *info_utc(uint64_t ns, char *buf, size_t size);

void info_print(const struct info *info, size_t top);
void info_json(const struct info *info, struct scapf_json *json, size_t top);

#endif
