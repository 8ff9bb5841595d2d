/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_print.c - the facts of a capture on one screen.
 */
#include <inttypes.h>

#include "info.h"

static const char *const packing_names[] = {"not packed", "gzip", "zstd"};

static void label(const char *name)
{
    printf("  %-11s ", name);
}

static void print_count(uint64_t n, const char *one, const char *many)
{
    printf("%" PRIu64 " %s", n, n == 1 ? one : many);
}

/* Text of a file on a terminal: nothing but what can be seen. */
static void print_safe(const char *text)
{
    for (; *text != '\0'; text++) {
        putchar((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text);
    }
}

static void print_head(const struct info *info)
{
    printf("%s\n", run_path_name(info->path));
    label("kind");
    printf("%s, %s, ", info_kind(info), packing_names[info->compression]);
    if (info->file_size > 0) {
        printf("%" PRIu64 " bytes", info->file_size);
    } else {
        printf("read from a pipe");
    }
    if (info->compression != SCAPF_PLAIN) {
        printf(", %" PRIu64 " unpacked", info->ledger.bytes);
    }
    putchar('\n');
}

static void print_section(const struct scapf_section *section)
{
    label(section->index == 0 ? "sections" : "");
    printf("#%" PRIu32 " at %" PRIu64 ": %s-endian, version %u.%u", section->index, section->off,
           section->big_endian ? "big" : "little", section->major, section->minor);
    if (section->events > 0) {
        fputs(", ", stdout);
        print_count(section->events, "event", "events");
    }
    if (section->packets > 0) {
        fputs(", ", stdout);
        print_count(section->packets, "packet", "packets");
    }
    putchar('\n');
}

static void print_more(uint64_t n, uint64_t shown)
{
    if (n > shown) {
        label("");
        printf("and %" PRIu64 " more\n", n - shown);
    }
}

static void print_sections(const struct info *info)
{
    uint64_t i;

    for (i = 0; i < info->n_sections && i < INFO_SECTIONS && i < 8; i++) {
        print_section(&info->sections[i]);
    }
    print_more(info->n_sections, i);
}

static void print_hosts(const struct info *info)
{
    char utc[48];
    uint64_t i;

    for (i = 0; i < info->n_hosts && i < INFO_HOSTS && i < 8; i++) {
        const struct info_host *host = &info->hosts[i];

        label(i == 0 ? "hosts" : "");
        print_safe(host->name[0] != '\0' ? host->name : "(no name)");
        printf(", %" PRIu64 " cpus, %" PRIu64 " MiB", host->cpus, host->memory >> 20);
        if (host->boot_ns != 0) {
            printf(", booted %s", info_utc(host->boot_ns, utc, sizeof(utc)));
        }
        putchar('\n');
    }
    print_more(info->n_hosts, i);
}

static void print_interfaces(const struct info *info)
{
    uint64_t i;

    for (i = 0; i < info->n_interfaces && i < INFO_INTERFACES && i < 8; i++) {
        const struct info_interface *at = &info->interfaces[i];

        label(i == 0 ? "interfaces" : "");
        printf("#%" PRIu32, at->interface.id);
        if (info->n_sections > 1) {
            printf(" of section %" PRIu32, at->section);
        }
        if (at->interface.name[0] != '\0') {
            putchar(' ');
            print_safe(at->interface.name);
        }
        printf(": link type %u, snap length %" PRIu32 ", ", at->interface.link_type,
               at->interface.snaplen);
        print_count(at->interface.packets, "packet", "packets");
        putchar('\n');
    }
    print_more(info->n_interfaces, i);
}

static void print_time(const struct info *info)
{
    char first[48];
    char last[48];
    uint64_t span = info->last_ns - info->first_ns;

    if (!info->has_time) {
        return;
    }
    label("time");
    printf("%s to\n", info_utc(info->first_ns, first, sizeof(first)));
    label("");
    printf("%s, %" PRIu64 ".%09" PRIu64 " s\n", info_utc(info->last_ns, last, sizeof(last)),
           span / 1000000000, span % 1000000000);
}

static void print_state_only(const struct info *info)
{
    if (info->state_only > 0) {
        label("state-only");
        print_count(info->state_only, "event", "events");
        puts(" more, for what tables cannot say; nobody shows them");
    }
}

static void print_events(const struct info *info, size_t top)
{
    uint16_t codes[256];
    size_t n = info_top_codes(info, codes, top < CLI_COUNT_OF(codes) ? top : CLI_COUNT_OF(codes));
    size_t all = info_count_codes(info);
    char name[64];

    if (info->events == 0) {
        print_state_only(info);
        return;
    }
    label("events");
    printf("%" PRIu64 " of %zu codes", info->events, all);
    for (size_t i = 0; i < n; i++) {
        if (i % 5 == 0) {
            putchar('\n');
            label("");
        }
        printf("%s%" PRIu64 " %s", i % 5 == 0 ? "" : ", ", info->by_code[codes[i]],
               info_code_name(info, codes[i], name, sizeof(name)));
    }
    printf("%s\n", n < all ? ", ..." : "");
    print_state_only(info);
}

static void print_tables(const struct info *info)
{
    if (info->ledger.by_kind[SCAPF_KIND_TABLE] == 0) {
        return;
    }
    label("tables");
    print_count(info->processes, "process", "processes");
    fputs(", ", stdout);
    print_count(info->threads, "thread", "threads");
    fputs(", ", stdout);
    print_count(info->descriptors, "descriptor", "descriptors");
    fputs(", ", stdout);
    print_count(info->users, "user", "users");
    fputs(", ", stdout);
    print_count(info->groups, "group", "groups");
    fputs(", ", stdout);
    print_count(info->addresses, "address", "addresses");
    putchar('\n');
}

/* "700 httpd, 25 events; parent 1, user www, host, in /srv/www: httpd -f file" */
static void print_process(const struct info *info, const struct info_process *p)
{
    printf("%" PRId64 " ", p->pid);
    print_safe(p->name[0] != '\0' ? p->name : "(no name)");
    if (info->n_sections > 1) {
        printf(" of section %" PRIu32, p->section);
    }
    fputs(", ", stdout);
    print_count(p->events, "event", "events");
    if (p->ppid >= 0) {
        printf("; parent %" PRId64, p->ppid);
    }
    if (p->uid != UINT32_MAX) {
        printf(", user %" PRIu32 "%s", p->uid, p->user[0] != '\0' ? " " : "");
        print_safe(p->user);
    }
    if (p->container[0] != '\0') {
        fputs(", ", stdout);
        print_safe(p->container);
    }
    putchar('\n');
    label("");
    fputs("  ", stdout);
    print_safe(p->exe[0] != '\0' ? p->exe : "(no program known)");
    fputs(" in ", stdout);
    print_safe(p->cwd[0] != '\0' ? p->cwd : "(no directory known)");
    fputs(": ", stdout);
    print_safe(p->cmdline);
    putchar('\n');
}

static void print_processes(const struct info *info, size_t max)
{
    uint64_t i;

    for (i = 0; i < info->n_processes && i < max; i++) {
        label(i == 0 ? "processes" : "");
        print_process(info, &info->process[i]);
    }
    print_more(max > 0 ? info->n_processes : 0, i);
}

static void print_state(const struct info *info)
{
    struct state_note note;
    bool any = false;

    if (info->events == 0) {
        return;
    }
    for (size_t i = 0; state_note(&info->notes, i, &note); i++) {
        if (note.n > 0) {
            label(any ? "" : "state");
            printf("%" PRIu64 " %s\n", note.n, note.sentence);
            any = true;
        }
    }
    if (state_notes_sum(&info->notes) == 0) {
        label(any ? "" : "state");
        puts("no contradictions");
    }
}

static void print_drops(const struct info *info)
{
    label("drops");
    if (info->drop_events == 0 && info->dropped_packets == 0) {
        puts("none noted");
        return;
    }
    print_count(info->drop_events, "drop event", "drop events");
    fputs(", ", stdout);
    print_count(info->dropped_packets, "dropped packet", "dropped packets");
    putchar('\n');
}

static void print_blocks(const struct info *info)
{
    const struct scapf_ledger *ledger = &info->ledger;
    char buf[16];

    label("blocks");
    printf("%" PRIu64 ":", ledger->blocks);
    for (uint32_t i = 0; i < ledger->n_types; i++) {
        printf("%s %" PRIu64 " %s", i > 0 ? "," : "", ledger->types[i].blocks,
               info->n_sections > 0 && info->sections[0].is_pcap
                   ? "of pcap"
                   : run_block_name(ledger->types[i].type, buf, sizeof(buf)));
    }
    if (ledger->types_untold > 0) {
        printf(", %" PRIu64 " of other types", ledger->types_untold);
    }
    putchar('\n');
}

static void print_ledger(const struct info *info)
{
    const struct scapf_ledger *ledger = &info->ledger;

    label("ledger");
    printf("%" PRIu64 " known, %" PRIu64 " unknown, %" PRIu64 " damaged; ", ledger->known,
           ledger->unknown, ledger->damaged);
    run_ledger_skipped(stdout, ledger);
    putchar('\n');
}

static void print_validity(const struct info *info)
{
    char sentence[400];

    label("validity");
    if (!info->checked) {
        puts("not checked");
        return;
    }
    printf("%s: ", info->findings[SCAPF_ERROR] > 0 ? "invalid" : "valid");
    print_count(info->findings[SCAPF_ERROR], "error", "errors");
    fputs(", ", stdout);
    print_count(info->findings[SCAPF_WARNING], "warning", "warnings");
    fputs(", ", stdout);
    print_count(info->findings[SCAPF_INFO], "note", "notes");
    putchar('\n');
    if (info->first_error.rule != 0) {
        (void)scapf_diag_format(&info->first_error, sentence, sizeof(sentence));
        label("");
        printf("first: %s\n", sentence);
    }
}

void info_print(const struct info *info, size_t top, size_t processes)
{
    print_head(info);
    print_sections(info);
    print_hosts(info);
    print_interfaces(info);
    print_time(info);
    print_events(info, top);
    print_tables(info);
    print_processes(info, processes);
    print_state(info);
    print_drops(info);
    print_blocks(info);
    print_ledger(info);
    print_validity(info);
}
