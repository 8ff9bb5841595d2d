/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* [pcapng 4.6] interface statistics: packets dropped by the interface, by the system. */
#define OPT_ISB_IFDROP 5
#define OPT_ISB_OSDROP 7
/* [pcapng 4.3] enhanced packet: packets lost between this one and the one before. */
#define OPT_EPB_DROPCOUNT 4
/* [pcapng A.1] in the obsolete packet block: the number of drops is not known. */
#define PB_DROPS_UNKNOWN 0xFFFF

bool info_init(struct info *info, const char *path, const struct scapf_schema *schema)
{
    struct stat file;

    *info = (struct info){.path = path, .schema = schema};
    if (strcmp(path, "-") != 0 && stat(path, &file) == 0 && S_ISREG(file.st_mode)) {
        info->file_size = (uint64_t)file.st_size;
    }
    info->by_code = calloc(INFO_CODES, sizeof(*info->by_code));
    return info->by_code != NULL;
}

void info_release(struct info *info)
{
    free(info->by_code);
    info->by_code = NULL;
}

/* ------------------------------------------------------------------ gathering */

/* The counts of a section are complete when the next one starts: keep the newest state. */
static void keep_section(struct info *info, const struct scapf_reader *reader)
{
    const struct scapf_section *section = scapf_reader_section(reader);

    if (section != NULL && section->index < INFO_SECTIONS) {
        info->sections[section->index] = *section;
    }
}

static void keep_interface(struct info *info, const struct scapf_reader *reader)
{
    const struct scapf_section *section = scapf_reader_section(reader);
    const struct scapf_interface *interface =
        scapf_reader_interface(reader, section->n_interfaces - 1);

    if (interface != NULL && info->n_interfaces++ < INFO_INTERFACES) {
        info->interfaces[info->n_interfaces - 1] =
            (struct info_interface){section->index, *interface};
    }
}

static void count_packet(struct info *info, const struct scapf_record *rec)
{
    uint64_t index;

    info->packets++;
    if (rec->packet == NULL) {
        return;
    }
    index = info->first_interface + rec->packet->interface_id;
    if (index < INFO_INTERFACES && index < info->n_interfaces) {
        info->interfaces[index].interface.packets++;
    }
    if (rec->type == SCAPF_BLOCK_PB && rec->packet->drop_count != PB_DROPS_UNKNOWN) {
        info->dropped_packets += rec->packet->drop_count;
    }
}

static uint64_t option_u64(const struct scapf_option *opt, bool big_endian)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        value = value << 8 | opt->value[big_endian ? i : 7 - i];
    }
    return value;
}

static void count_drop_options(struct info *info, const struct scapf_record *rec)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        bool drops = rec->kind == SCAPF_KIND_STATS
                         ? opt.code == OPT_ISB_IFDROP || opt.code == OPT_ISB_OSDROP
                         : opt.code == OPT_EPB_DROPCOUNT && rec->type == SCAPF_BLOCK_EPB;

        if (drops && opt.len == 8) {
            info->dropped_packets += option_u64(&opt, rec->big_endian);
        }
    }
}

static void count_event(struct info *info, const struct scapf_record *rec)
{
    if (info_is_state_only(rec)) {
        info->state_only++;
        return;
    }
    info->events++;
    if (rec->event == NULL) {
        return;
    }
    info->by_code[rec->event->code]++;
    if (rec->event->info != NULL && strcmp(rec->event->info->symbol, "PPME_DROP_E") == 0) {
        info->drop_events++;
    }
}

static uint64_t cell_u64(const struct scapf_row *row, const char *name)
{
    const struct scapf_cell *cell = scapf_row_cell(row, name);

    return cell != NULL ? cell->u : 0;
}

static void keep_host(struct info *info, uint32_t section, const struct scapf_row *row)
{
    struct info_host *host = &info->hosts[info->n_hosts];
    const struct scapf_cell *name = scapf_row_cell(row, "hostname");

    if (info->n_hosts++ >= INFO_HOSTS) {
        return;
    }
    host->section = section;
    host->cpus = cell_u64(row, "num_cpus");
    host->memory = cell_u64(row, "memory_size_bytes");
    host->boot_ns = cell_u64(row, "boot_ts_epoch");
    if (name != NULL) {
        size_t len = strnlen((const char *)name->bytes, name->len);

        memcpy(host->name, name->bytes, len < sizeof(host->name) ? len : sizeof(host->name) - 1);
    }
}

static void count_row(struct info *info, const char *table, const struct scapf_row *row)
{
    if (strcmp(table, "process") == 0) {
        info->threads++;
        info->processes += cell_u64(row, "tid") == cell_u64(row, "pid");
    } else if (strcmp(table, "fd") == 0) {
        info->descriptors++;
    } else if (strcmp(table, "interface") == 0) {
        info->addresses++;
    } else if (strcmp(table, "user") == 0) {
        bool is_user = cell_u64(row, "kind") == 0;

        info->users += is_user;
        info->groups += !is_user;
    }
}

static void count_table(struct info *info, const struct scapf_record *rec)
{
    struct scapf_table table;
    struct scapf_row row;

    if (scapf_table_open(rec, info->schema, &table) != SCAPF_OK) {
        return;
    }
    if (strcmp(table.info->name, "machine") == 0) {
        keep_host(info, rec->section, &table.head);
        return;
    }
    while (scapf_table_next(&table, &row) == SCAPF_OK) {
        count_row(info, table.info->name, &row);
    }
}

static void take_time(struct info *info, uint64_t ns)
{
    if (!info->has_time || ns < info->first_ns) {
        info->first_ns = ns;
    }
    if (!info->has_time || ns > info->last_ns) {
        info->last_ns = ns;
    }
    info->has_time = true;
}

static void start_section(struct info *info, const struct scapf_reader *reader)
{
    info->n_sections++;
    info->first_interface = info->n_interfaces;
    if (scapf_reader_section(reader)->is_pcap) {
        keep_interface(info, reader);
    }
}

enum scapf_status info_record(void *ctx, const struct scapf_reader *reader,
                              const struct scapf_record *rec, struct scapf_host *host)
{
    struct info *info = ctx;

    if (host != NULL) {
        info_process(info, rec, host);
    }
    if (rec->kind == SCAPF_KIND_SECTION && rec->damage == NULL) {
        start_section(info, reader);
    } else if (rec->kind == SCAPF_KIND_INTERFACE && rec->damage == NULL) {
        keep_interface(info, reader);
    } else if (rec->kind == SCAPF_KIND_PACKET) {
        count_packet(info, rec);
        count_drop_options(info, rec);
    } else if (rec->kind == SCAPF_KIND_EVENT) {
        count_event(info, rec);
    } else if (rec->kind == SCAPF_KIND_TABLE) {
        count_table(info, rec);
    } else if (rec->kind == SCAPF_KIND_STATS) {
        count_drop_options(info, rec);
    }
    if (rec->has_ts && !info_is_state_only(rec) &&
        (rec->kind == SCAPF_KIND_EVENT || rec->kind == SCAPF_KIND_PACKET)) {
        take_time(info, rec->ts_ns);
    }
    keep_section(info, reader);
    return SCAPF_OK;
}

void info_end(struct info *info, const struct scapf_reader *reader)
{
    info->ledger = *scapf_reader_ledger(reader);
    info->compression = scapf_reader_compression(reader);
    info_sort_processes(info);
}

/* ------------------------------------------------------------------ checking */

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct info *info = ctx;
    enum scapf_severity severity = scapf_rule_get(diag->rule)->severity;

    if (severity == SCAPF_ERROR && info->findings[SCAPF_ERROR] == 0) {
        info->first_error = *diag;
    }
    info->findings[severity]++;
}

int info_check(struct info *info)
{
    struct scapf_diag diag = {0};
    const struct scapf_check_opts opts = {.size = sizeof(opts), .schema = info->schema};
    struct scapf_src *src;
    enum scapf_status status;

    if (info->file_size == 0) {
        return CLI_DONE;
    }
    status = scapf_src_file(info->path, NULL, &src, &diag);
    if (status == SCAPF_OK) {
        status = scapf_check(src, &opts, on_finding, info, NULL);
    }
    info->checked = status != SCAPF_E_IO && status != SCAPF_E_NOMEM;
    return info->checked ? CLI_DONE : run_fail(info->path, status, &diag);
}

/* ------------------------------------------------------------------ views */

const char *info_kind(const struct info *info)
{
    uint64_t scap = info->ledger.by_kind[SCAPF_KIND_EVENT] + info->ledger.by_kind[SCAPF_KIND_TABLE];
    uint64_t packet =
        info->ledger.by_kind[SCAPF_KIND_PACKET] + info->ledger.by_kind[SCAPF_KIND_INTERFACE];

    if (info->n_sections > 0 && info->sections[0].is_pcap) {
        return "pcap";
    }
    if (scap > 0) {
        return packet > 0 ? "pcapng with events and packets" : "scap";
    }
    return info->n_sections > 0 ? "pcapng" : "unknown";
}

size_t info_count_codes(const struct info *info)
{
    size_t n = 0;

    for (uint32_t code = 0; code < INFO_CODES; code++) {
        n += info->by_code[code] > 0;
    }
    return n;
}

/* Insertion into a short sorted list, once for each of the few hundred codes in use. */
size_t info_top_codes(const struct info *info, uint16_t *codes, size_t max)
{
    size_t n = 0;

    for (uint32_t code = 0; code < INFO_CODES && max > 0; code++) {
        size_t at = n;

        if (info->by_code[code] == 0) {
            continue;
        }
        while (at > 0 && info->by_code[codes[at - 1]] < info->by_code[code]) {
            at--;
        }
        if (at == max) {
            continue;
        }
        n += n < max;
        memmove(&codes[at + 1], &codes[at], (n - at - 1) * sizeof(*codes));
        codes[at] = (uint16_t)code;
    }
    return n;
}

const char *info_code_name(const struct info *info, uint16_t code, char *buf, size_t size)
{
    const struct scapf_event_info *event = scapf_schema_event(info->schema, code);

    if (event != NULL) {
        (void)snprintf(buf, size, "%s%s", (code & 1) != 0 ? "<" : ">", event->name);
    } else {
        (void)snprintf(buf, size, "unknown-%u", code);
    }
    return buf;
}

const char *info_utc(uint64_t ns, char *buf, size_t size)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm tm;
    char date[32];

    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
        return "beyond the calendar";
    }
    (void)snprintf(buf, size, "%s.%09uZ", date, (unsigned)(ns % 1000000000));
    return buf;
}
