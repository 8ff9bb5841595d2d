/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.h - the facts `scapfmt info` shows: gathered in one pass, printed as text or JSON.
 *
 * Lists of things a hostile file may hold by the million are bounded; the totals go on counting.
 */
#ifndef SCAPFMT_INFO_H
#define SCAPFMT_INFO_H

#include "state_notes.h"

#define INFO_SECTIONS   64
#define INFO_HOSTS      16
#define INFO_INTERFACES 256
#define INFO_CODES      65536
#define INFO_PROCESSES  1024

struct info_host {
    uint32_t section;
    char name[129];
    uint64_t cpus, memory, boot_ns;
};

struct info_interface {
    uint32_t section;
    struct scapf_interface interface;
};

/* A process that has events; texts are cut, empty when not known. */
struct info_process {
    uint32_t section, uid;
    int64_t pid, ppid;
    uint64_t events; /* 0: no process is here */
    char name[32], user[64], container[16], exe[256], cwd[256], cmdline[512];
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
    uint64_t state_only; /* events that only carry state: not among those */
    uint64_t *by_code;   /* INFO_CODES counts */
    bool has_time;
    uint64_t first_ns, last_ns;

    uint64_t processes, threads, descriptors, users, groups, addresses;
    uint64_t drop_events, dropped_packets;

    struct info_process process[INFO_PROCESSES]; /* by hash, then sorted */
    uint64_t n_processes;
    uint64_t more_processes;          /* events of processes there was no room for */
    uint64_t nobody;                  /* events of threads that nothing describes */
    struct scapf_host_counters notes; /* what was contradictory */

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
/* Only carries state: counted apart, and neither in the time nor of a process. */
static inline bool info_is_state_only(const struct scapf_record *rec)
{
    return rec->damage == NULL && rec->event != NULL &&
           (rec->event->flags & SCAPF_EVENT_STATE_ONLY) != 0;
}

/* Part of it: whose event it is. */
void info_process(struct info *info, const struct scapf_record *rec, struct scapf_host *host);
/* Those with the most events first. */
void info_sort_processes(struct info *info);
/* Call behind the last record. */
void info_end(struct info *info, const struct scapf_reader *reader);
/* Check the capture too; what cannot be read twice stays unchecked. Returns the exit code. */
int info_check(struct info *info);

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

void info_print(const struct info *info, size_t top, size_t processes);
void info_json(const struct info *info, struct scapf_json *json, size_t top);

#endif
