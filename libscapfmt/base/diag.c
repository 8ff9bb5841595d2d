/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct scapf_rule_info rules[] = {
#define RULE(symbol, id, severity, source, sentence)                                               \
    {id, #symbol, SCAPF_##severity, source, sentence},
    SCAPF_RULES(RULE)
#undef RULE
};

unsigned scapf_rule_count(void)
{
    return RULE_COUNT;
}

const struct scapf_rule_info *scapf_rule_get(unsigned rule)
{
    return &rules[rule < RULE_COUNT ? rule : RULE_NONE];
}

unsigned scapf_rule_find(const char *id_or_symbol)
{
    for (unsigned i = 1; i < RULE_COUNT; i++) {
        if (strcasecmp(rules[i].id, id_or_symbol) == 0 ||
            strcasecmp(rules[i].symbol, id_or_symbol) == 0) {
            return i;
        }
    }
    return 0;
}

const char *scapf_severity_name(enum scapf_severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};

    return names[severity];
}

const char *scapf_status_name(enum scapf_status status)
{
    static const struct {
        enum scapf_status status;
        const char *name;
    } names[] = {
        {SCAPF_OK, "ok"},
        {SCAPF_END, "end"},
        {SCAPF_E_IO, "input or output error"},
        {SCAPF_E_TRUNCATED, "truncated input"},
        {SCAPF_E_FORMAT, "malformed input"},
        {SCAPF_E_UNSUPPORTED, "not supported"},
        {SCAPF_E_LIMIT, "beyond a limit"},
        {SCAPF_E_NOMEM, "out of memory"},
        {SCAPF_E_USAGE, "wrong call"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].status == status) {
            return names[i].name;
        }
    }
    return "unknown status";
}

enum scapf_status diag_set(struct scapf_diag *diag, enum scapf_status status, enum rule rule,
                           uint64_t off, uint64_t got, uint64_t want)
{
    if (diag != NULL) {
        *diag = (struct scapf_diag){
            .rule = (uint16_t)rule,
            .status = status,
            .off = off,
            .got = got,
            .want = want,
        };
    }
    return status;
}

/* Numbers above 16 bit are block types, lengths of hostile files, magics: hex reads better. */
static void format_number(char *buf, size_t size, uint64_t n)
{
    (void)snprintf(buf, size, n > 0xFFFFFF ? "0x%llx" : "%llu", (unsigned long long)n);
}

/* What files that are no captures begin with, as their makers document it. */
static const struct {
    uint32_t magic;
    uint32_t mask;
    const char *hint;
} strangers[] = {
    {0xFD377A58, 0xFFFFFFFF, ": packed by xz, unpack it first"},
    {0x425A6800, 0xFFFFFF00, ": packed by bzip2, unpack it first"},
    {0x504B0304, 0xFFFFFFFF, ": a zip archive, unpack it first"},
    {0x377ABCAF, 0xFFFFFFFF, ": a 7z archive, unpack it first"},
    {0x04224D18, 0xFFFFFFFF, ": packed by lz4, unpack it first"},
    {0x736E6F6F, 0xFFFFFFFF, ": a capture of snoop, editcap makes pcapng of it"},
    {0x474D4255, 0xFFFFFFFF, ": a capture of Network Monitor, editcap makes pcapng of it"},
    {0x50455246, 0xFFFFFFFF, ": a recording of perf"},
    {0xC11FFCC1, 0xFFFFFFFF, ": a stream of CTF, as LTTng writes it"},
    {0xC1FC1FC1, 0xFFFFFFFF, ": a stream of CTF, as LTTng writes it"},
    {0x456C6646, 0xFFFFFFFF, ": an event log of Windows"},
    {0x7F454C46, 0xFFFFFFFF, ": a program or a core of ELF"},
};

static const char *stranger_hint(const struct scapf_diag *diag)
{
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        if (diag->rule == RULE_FILE_NOT_SHB && diag->off == 0 &&
            (diag->got & strangers[i].mask) == strangers[i].magic) {
            return strangers[i].hint;
        }
    }
    return "";
}

size_t scapf_diag_format(const struct scapf_diag *diag, char *buf, size_t size)
{
    const struct scapf_rule_info *rule = scapf_rule_get(diag->rule);
    char got[24];
    char want[24];
    int n;

    if (diag->status == SCAPF_E_IO) {
        n = snprintf(buf, size, "%s: %s: %s", rule->id, rule->sentence, strerror((int)diag->got));
        return n < 0 ? 0 : (size_t)n;
    }
    format_number(got, sizeof(got), diag->got);
    format_number(want, sizeof(want), diag->want);
    n = diag->got == 0 && diag->want == 0
            ? snprintf(buf, size, "offset %llu: %s: %s", (unsigned long long)diag->off, rule->id,
                       rule->sentence)
            : snprintf(buf, size, "offset %llu: %s: %s (got %s, want %s)%s",
                       (unsigned long long)diag->off, rule->id, rule->sentence, got, want,
                       stranger_hint(diag));
    return n < 0 ? 0 : (size_t)n;
}
