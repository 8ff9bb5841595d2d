/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_json.c - the facts of a capture as one JSON object.
 */
#include "info.h"

static void put_u64(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void put_text(struct scapf_json *json, const char *key, const char *text)
{
    scapf_json_key(json, key);
    scapf_json_string(json, text);
}

static void put_time(struct scapf_json *json, const char *key, const char *utc_key, uint64_t ns)
{
    char utc[48];

    scapf_json_key(json, key);
    scapf_json_time(json, ns);
    put_text(json, utc_key, info_utc(ns, utc, sizeof(utc)));
}

static void put_list(struct scapf_json *json, const char *key, char bracket)
{
    scapf_json_key(json, key);
    scapf_json_open(json, bracket);
}

static void put_sections(struct scapf_json *json, const struct info *info)
{
    put_u64(json, "n_sections", info->n_sections);
    put_list(json, "sections", '[');
    for (uint64_t i = 0; i < info->n_sections && i < INFO_SECTIONS; i++) {
        const struct scapf_section *section = &info->sections[i];

        scapf_json_open(json, '{');
        put_u64(json, "section", section->index);
        put_u64(json, "offset", section->off);
        put_text(json, "byte_order", section->big_endian ? "big" : "little");
        put_u64(json, "major", section->major);
        put_u64(json, "minor", section->minor);
        put_u64(json, "events", section->events);
        put_u64(json, "packets", section->packets);
        put_u64(json, "interfaces", section->n_interfaces);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void put_hosts(struct scapf_json *json, const struct info *info)
{
    put_list(json, "hosts", '[');
    for (uint64_t i = 0; i < info->n_hosts && i < INFO_HOSTS; i++) {
        const struct info_host *host = &info->hosts[i];

        scapf_json_open(json, '{');
        put_u64(json, "section", host->section);
        put_text(json, "name", host->name);
        put_u64(json, "cpus", host->cpus);
        put_u64(json, "memory_bytes", host->memory);
        put_time(json, "boot_ns", "boot_utc", host->boot_ns);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void put_interfaces(struct scapf_json *json, const struct info *info)
{
    put_u64(json, "n_interfaces", info->n_interfaces);
    put_list(json, "interfaces", '[');
    for (uint64_t i = 0; i < info->n_interfaces && i < INFO_INTERFACES; i++) {
        const struct info_interface *at = &info->interfaces[i];

        scapf_json_open(json, '{');
        put_u64(json, "section", at->section);
        put_u64(json, "id", at->interface.id);
        put_text(json, "name", at->interface.name);
        put_u64(json, "link_type", at->interface.link_type);
        put_u64(json, "snap_length", at->interface.snaplen);
        put_u64(json, "packets", at->interface.packets);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void put_counts(struct scapf_json *json, const struct info *info, size_t top)
{
    uint16_t codes[256];
    size_t n = info_top_codes(info, codes, top < CLI_COUNT_OF(codes) ? top : CLI_COUNT_OF(codes));
    char name[64];

    put_u64(json, "events", info->events);
    put_u64(json, "state_only_events", info->state_only);
    put_u64(json, "packets", info->packets);
    put_u64(json, "event_codes", info_count_codes(info));
    put_list(json, "top_events", '[');
    for (size_t i = 0; i < n; i++) {
        scapf_json_open(json, '{');
        put_u64(json, "code", codes[i]);
        put_text(json, "event", info_code_name(info, codes[i], name, sizeof(name)));
        put_u64(json, "count", info->by_code[codes[i]]);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void put_tables(struct scapf_json *json, const struct info *info)
{
    put_list(json, "tables", '{');
    put_u64(json, "processes", info->processes);
    put_u64(json, "threads", info->threads);
    put_u64(json, "descriptors", info->descriptors);
    put_u64(json, "users", info->users);
    put_u64(json, "groups", info->groups);
    put_u64(json, "addresses", info->addresses);
    scapf_json_close(json);
    put_list(json, "drops", '{');
    put_u64(json, "events", info->drop_events);
    put_u64(json, "packets", info->dropped_packets);
    scapf_json_close(json);
}

static void put_known(struct scapf_json *json, const char *key, const char *text)
{
    if (text[0] != '\0') {
        put_text(json, key, text);
    }
}

static void put_number(struct scapf_json *json, const char *key, int64_t value)
{
    scapf_json_key(json, key);
    scapf_json_i64(json, value);
}

static void put_processes(struct scapf_json *json, const struct info *info)
{
    put_u64(json, "n_processes", info->n_processes);
    put_list(json, "processes", '[');
    for (uint64_t i = 0; i < info->n_processes; i++) {
        const struct info_process *p = &info->process[i];

        scapf_json_open(json, '{');
        put_u64(json, "section", p->section);
        put_number(json, "pid", p->pid);
        put_number(json, "ppid", p->ppid);
        put_u64(json, "events", p->events);
        put_u64(json, "uid", p->uid);
        put_known(json, "name", p->name);
        put_known(json, "user", p->user);
        put_known(json, "container", p->container);
        put_known(json, "exe", p->exe);
        put_known(json, "cwd", p->cwd);
        put_known(json, "cmdline", p->cmdline);
        scapf_json_close(json);
    }
    scapf_json_close(json);
    put_u64(json, "events_of_more_processes", info->more_processes);
    put_u64(json, "events_of_nobody", info->nobody);
    scapf_json_key(json, "state");
    state_notes_json(json, &info->notes);
}

static void put_validity(struct scapf_json *json, const struct info *info)
{
    scapf_json_key(json, "validity");
    if (!info->checked) {
        scapf_json_null(json);
        return;
    }
    scapf_json_open(json, '{');
    scapf_json_key(json, "valid");
    scapf_json_bool(json, info->findings[SCAPF_ERROR] == 0);
    put_u64(json, "errors", info->findings[SCAPF_ERROR]);
    put_u64(json, "warnings", info->findings[SCAPF_WARNING]);
    put_u64(json, "infos", info->findings[SCAPF_INFO]);
    if (info->first_error.rule != 0) {
        scapf_json_key(json, "first_error");
        scapf_json_diag(json, &info->first_error);
    }
    scapf_json_close(json);
}

void info_json(const struct info *info, struct scapf_json *json, size_t top)
{
    static const char *const packings[] = {"none", "gzip", "zstd"};

    scapf_json_open(json, '{');
    put_text(json, "file", info->path);
    put_text(json, "kind", info_kind(info));
    put_text(json, "compression", packings[info->compression]);
    if (info->file_size > 0) {
        put_u64(json, "file_bytes", info->file_size);
    }
    put_sections(json, info);
    put_hosts(json, info);
    put_interfaces(json, info);
    if (info->has_time) {
        put_time(json, "first_ns", "first_utc", info->first_ns);
        put_time(json, "last_ns", "last_utc", info->last_ns);
    }
    put_counts(json, info, top);
    put_tables(json, info);
    put_processes(json, info);
    scapf_json_key(json, "ledger");
    run_ledger_json(json, &info->ledger);
    put_validity(json, info);
    scapf_json_close(json);
}
