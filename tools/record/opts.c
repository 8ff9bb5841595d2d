/* SPDX-License-Identifier: Apache-2.0 */
#include "opts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../pack.h"

#define SECOND UINT64_C(1000000000)

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "FILE", CLI_TEXT, struct record_opts, output,
               "write the capture to FILE; - is standard output"),
    CLI_CHOICES('t', "to", "FORMAT", struct record_opts, to,
                "what to write; text and json go to standard output without -o", "scap|text|json"),
    CLI_OPTION(0, "print", NULL, CLI_FLAG, struct record_opts, print,
               "print the events as they come: -t text"),
    CLI_OPTION(0, "rotate", "LIMITS", CLI_TEXT, struct record_opts, rotate,
               "begin a new file at size=N[KMG] or time=SECONDS; keep count=N: size=64M,count=5"),
    CLI_OPTION('p', "pid", "PID", CLI_LIST, struct record_opts, pids,
               "record this process and what it starts; may be repeated"),
    CLI_OPTION(0, "cgroup", "PATH", CLI_TEXT, struct record_opts, cgroup,
               "record what runs in this control group (version 2) and below"),
    CLI_OPTION(0, "all", NULL, CLI_FLAG, struct record_opts, all,
               "record the whole machine, but for the recorder; in a pid namespace, all of that"),
    CLI_OPTION(0, "snaplen", "BYTES", CLI_TEXT, struct record_opts, snaplen,
               "keep so many bytes of each buffer (80), at most 65000; 0 = none"),
    CLI_OPTION(0, "lossless", NULL, CLI_FLAG, struct record_opts, lossless,
               "hold the command, in a control group of its own, while the rings are full"),
    CLI_OPTION(0, "env", NULL, CLI_FLAG, struct record_opts, env,
               "keep the environment of started programs; it may hold secrets"),
    CLI_OPTION(0, "signals", NULL, CLI_FLAG, struct record_opts, signals,
               "record delivered signals"),
    CLI_OPTION(0, "switches", NULL, CLI_FLAG, struct record_opts, switches,
               "record context switches"),
    CLI_CHOICES(0, "enter", "WHETHER", struct record_opts, enter,
                "record enter events too, which readers of before 2022 need", "on|off"),
    CLI_CHOICES(0, "compat", "WHOM", struct record_opts, compat,
                "readers to be understood by: of before 2022 too, or current ones", "both|current"),
    CLI_CHOICES('z', "compress", "HOW", struct record_opts, packing,
                "pack the output; auto: as the name says", PACK_CHOICES),
    CLI_OPTION(0, "buffer", "KIB", CLI_TEXT, struct record_opts, buffer,
               "ring buffer of each processor (8192, less when there are more than 4)"),
};
/* clang-format on */

const struct cli_spec spec_record = {
    "record",
    "record the system calls of a command, processes, a control group or all",
    "[-o FILE] [--] [COMMAND [ARG...]]",
    CLI_WITH_END,
    options,
    CLI_COUNT_OF(options),
};

/* A whole number from min to max. */
static bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *value = (uint32_t)number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number >= min && number <= max;
}

uint32_t record_snaplen(const struct record_opts *o)
{
    uint32_t bytes = RECORD_SNAPLEN;

    if (o->snaplen != NULL) {
        (void)parse_number(o->snaplen, 0, RECORD_SNAPLEN_MAX, &bytes);
    }
    return bytes;
}

uint32_t record_buffer_kib(const struct record_opts *o)
{
    uint32_t kib = 0;

    if (o->buffer != NULL) {
        (void)parse_number(o->buffer, 1, RECORD_BUFFER_MAX_KIB, &kib);
    }
    return kib;
}

static bool parse_limit(const char *text, size_t len, const char *units, uint64_t *value)
{
    char *end;
    const char *unit;

    if (len == 0 || text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (end == text + len) {
        return errno == 0 && *value > 0;
    }
    unit = end + 1 == text + len ? strchr(units, *end) : NULL;
    if (unit == NULL || errno != 0 || *value > UINT64_MAX >> 30) {
        return false;
    }
    *value <<= 10 * (unit - units + 1);
    return *value > 0;
}

static bool parse_limits(const char *text, struct follow_opts *opts)
{
    const struct {
        const char *name, *units;
        uint64_t *value, scale;
    } limits[] = {
        {"size=", "KMG", &opts->bytes, 1},
        {"time=", "", &opts->ns, SECOND},
        {"count=", "", &opts->keep, 1},
    };

    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        bool known = false;

        for (size_t i = 0; i < 3; i++) {
            size_t n = strlen(limits[i].name);

            if (len > n && strncmp(text, limits[i].name, n) == 0 && *limits[i].value == 0) {
                known = parse_limit(text + n, len - n, limits[i].units, limits[i].value) &&
                        *limits[i].value < UINT64_MAX / limits[i].scale;
                *limits[i].value *= limits[i].scale;
            }
        }
        if (!known) {
            return false;
        }
        text += len + (text[len] == ',');
    }
    return opts->bytes > 0 || opts->ns > 0;
}

struct follow_opts record_follow(const struct record_opts *o)
{
    static const enum follow_what whats[] = {
        [TO_SCAP] = FOLLOW_NOTHING, [TO_TEXT] = FOLLOW_TEXT, [TO_JSON] = FOLLOW_JSON};
    struct follow_opts follow = {.what = o->print ? FOLLOW_TEXT : whats[o->to]};

    follow.path = o->output != NULL ? o->output : "-";
    follow.packing = pack_choose(o->packing, follow.path);
    if (o->rotate != NULL) {
        follow.what = FOLLOW_ROTATE;
        (void)parse_limits(o->rotate, &follow);
    }
    return follow;
}

bool record_to_stdout(const struct record_opts *o)
{
    return o->output == NULL || strcmp(o->output, "-") == 0;
}

static int check_output(const struct record_opts *o)
{
    struct follow_opts limits = {.bytes = 0};

    if (o->output == NULL && !o->print && o->to == TO_SCAP) {
        return cli_usage(&spec_record, "where to? -o FILE, or -t text");
    }
    if (o->print && o->to == TO_JSON) {
        return cli_usage(&spec_record, "one of --print, which is -t text, and -t json");
    }
    if (o->rotate == NULL) {
        return CLI_DONE;
    }
    if (o->print || o->to != TO_SCAP) {
        return cli_usage(&spec_record, "--rotate writes scap files, not text or json");
    }
    if (record_to_stdout(o)) {
        return cli_usage(&spec_record, "--rotate writes several files, and - is one: -o FILE");
    }
    if (!parse_limits(o->rotate, &limits)) {
        return cli_usage(&spec_record,
                         "--rotate: '%s': size=N[KMG], time=SECONDS or both, and count=N, each "
                         "once and not 0",
                         o->rotate);
    }
    return CLI_DONE;
}

static int check_numbers(const struct record_opts *o)
{
    uint32_t value;

    if (o->buffer != NULL && !parse_number(o->buffer, 1, RECORD_BUFFER_MAX_KIB, &value)) {
        return cli_usage(&spec_record, "--buffer: '%s' is no number from 1 to %u", o->buffer,
                         RECORD_BUFFER_MAX_KIB);
    }
    if (o->snaplen != NULL && !parse_number(o->snaplen, 0, RECORD_SNAPLEN_MAX, &value)) {
        return cli_usage(&spec_record, "--snaplen: '%s' is no number up to %u", o->snaplen,
                         RECORD_SNAPLEN_MAX);
    }
    for (unsigned i = 0; i < o->pids.n; i++) {
        if (!parse_number(o->pids.items[i], 1, INT32_MAX, &value)) {
            return cli_usage(&spec_record, "-p: '%s' is no process id", o->pids.items[i]);
        }
    }
    return CLI_DONE;
}

int record_check(const struct record_opts *o, int n_operands)
{
    int scopes = (n_operands > 0) + (o->pids.n > 0) + (o->cgroup != NULL) + o->all;
    int rc = check_output(o);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (scopes == 0) {
        return cli_usage(&spec_record, "what? a command, -p PID, --cgroup PATH or --all");
    }
    if (scopes > 1) {
        return cli_usage(&spec_record, "one of a command, -p, --cgroup and --all");
    }
    if (o->lossless && n_operands == 0) {
        return cli_usage(&spec_record, "--lossless holds a command, nothing that runs already");
    }
    return check_numbers(o);
}
