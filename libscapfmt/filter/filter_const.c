/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_const.c - the right hand sides of comparisons, parsed once for the type of their field.
 */
#include <arpa/inet.h>

#include "filter/filter.h"

#include "bytes/hex.h"

/* [IANA service names] the ones people write */
static const struct scapf_name services[] = {
    {20, "ftp-data"},   {21, "ftp"},          {22, "ssh"},       {23, "telnet"},
    {25, "smtp"},       {53, "domain"},       {67, "bootps"},    {68, "bootpc"},
    {69, "tftp"},       {80, "http"},         {88, "kerberos"},  {110, "pop3"},
    {111, "sunrpc"},    {123, "ntp"},         {143, "imap2"},    {161, "snmp"},
    {179, "bgp"},       {389, "ldap"},        {443, "https"},    {445, "microsoft-ds"},
    {514, "syslog"},    {636, "ldaps"},       {853, "domain-s"}, {873, "rsync"},
    {993, "imaps"},     {995, "pop3s"},       {2049, "nfs"},     {3306, "mysql"},
    {5353, "mdns"},     {5432, "postgresql"}, {6379, "redis"},   {6443, "sun-sr-https"},
    {8080, "http-alt"},
};

static const char *service_at(const void *ctx, size_t i)
{
    (void)ctx;
    return i < sizeof(services) / sizeof(services[0]) ? services[i].name : NULL;
}

const char *service_name(uint64_t port)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (services[i].value == port) {
            return services[i].name;
        }
    }
    return NULL;
}

/* Names of events and of system calls. */
static const char *event_at(const void *ctx, size_t i)
{
    const struct scapf_schema *schema = ctx;

    if (i < schema->n_events) {
        return schema->events[i] != NULL ? schema->events[i]->name : "";
    }
    i -= schema->n_events;
    if (i < schema->n_syscalls) {
        return schema->syscalls[i] != NULL ? schema->syscalls[i] : "";
    }
    return NULL;
}

static bool is_known(const char *word, const char *(*get)(const void *, size_t), const void *ctx)
{
    const char *name;

    for (size_t i = 0; (name = get(ctx, i)) != NULL; i++) {
        if (name[0] != '\0' && strcmp(name, word) == 0) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ types */

/* Decimal with an optional sign; hexadecimal behind 0x, which sysdig 0.29.3 does not take. */
static bool parse_number(struct filter_const *k)
{
    const char *at = k->text;
    uint64_t base = 10;

    k->u = 0;
    k->negative = *at == '-';
    at += k->negative;
    if (at[0] == '0' && (at[1] | 0x20) == 'x') {
        base = 16;
        at += 2;
    }
    if (*at == '\0') {
        return false;
    }
    for (; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)hex_digit(*at); /* none is larger than any */

        if (digit >= base || __builtin_mul_overflow(k->u, base, &k->u) ||
            __builtin_add_overflow(k->u, digit, &k->u)) {
            return false;
        }
    }
    k->negative = k->negative && k->u != 0;
    k->has_number = true;
    return (size_t)(at - k->text) == k->len;
}

/* "12.5" in millionths; a seventh digit behind the point is too many. */
static bool parse_decimal(struct filter_const *k)
{
    const char *at = k->text;
    int behind = -1; /* digits behind the point; -1: there is none yet */

    k->u = 0;
    k->negative = *at == '-';
    at += k->negative;
    if (*at == '\0') {
        return false;
    }
    for (; *at != '\0'; at++) {
        int digit = hex_digit(*at);

        if (*at == '.' && behind < 0) {
            behind = 0;
            continue;
        }
        if (digit < 0 || digit > 9 || behind == 6 || __builtin_mul_overflow(k->u, 10, &k->u) ||
            __builtin_add_overflow(k->u, (uint64_t)digit, &k->u)) {
            return false;
        }
        behind += behind >= 0;
    }
    for (behind += behind < 0; behind < 6; behind++) {
        if (__builtin_mul_overflow(k->u, 10, &k->u)) {
            return false;
        }
    }
    k->has_number = true;
    return (size_t)(at - k->text) == k->len;
}

static const char *parse_port(struct filter_const *k, const char **nearest)
{
    if (parse_number(k)) {
        return k->negative || k->u > UINT16_MAX ? "a port is a number up to 65535" : NULL;
    }
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i].name, k->text) == 0) {
            k->u = services[i].value;
            k->negative = false;
            k->has_number = true;
            return NULL;
        }
    }
    *nearest = filter_nearest(k->text, k->len, service_at, NULL);
    return "this is no port";
}

static const char *parse_addr(struct filter_const *k, bool net)
{
    char text[64];
    const char *slash = memchr(k->text, '/', k->len);
    size_t n = slash != NULL ? (size_t)(slash - k->text) : k->len;
    struct filter_const bits = {.text = slash != NULL ? slash + 1 : ""};

    if (n >= sizeof(text) || (slash != NULL && !net)) {
        return net ? "this is no network" : "this is no address";
    }
    memcpy(text, k->text, n);
    text[n] = '\0';
    k->addr_len = inet_pton(AF_INET, text, k->addr) == 1    ? 4
                  : inet_pton(AF_INET6, text, k->addr) == 1 ? 16
                                                            : 0;
    k->prefix = (uint8_t)(k->addr_len * 8);
    if (slash != NULL) {
        bits.len = (uint32_t)(k->len - n - 1);
        if (!parse_number(&bits) || bits.negative || bits.u > k->prefix) {
            return "the length of the network is wrong";
        }
        k->prefix = (uint8_t)bits.u;
    }
    return k->addr_len != 0 ? NULL : net ? "this is no network" : "this is no address";
}

static const char *parse_bool(struct filter_const *k)
{
    k->u = strcmp(k->text, "true") == 0;
    k->has_number = true;
    return k->u != 0 || strcmp(k->text, "false") == 0 ? NULL : "this is neither true nor false";
}

/* Bytes in hex become the bytes themselves. */
static const char *parse_hex_bytes(const struct scapf_filter *f, struct filter_const *k)
{
    char *bytes = f->text + (k->text - f->text);

    for (uint32_t i = 0; i < k->len / 2; i++) {
        int hi = hex_digit(k->text[2 * i]);
        int lo = hex_digit(k->text[2 * i + 1]);

        if (hi < 0 || lo < 0) {
            return "these are no bytes in hex";
        }
        bytes[i] = (char)(hi << 4 | lo);
    }
    if (k->len % 2 != 0 || k->len == 0) {
        return "these are no bytes in hex";
    }
    k->len /= 2;
    return NULL;
}

/* Event types that do not exist are mistakes, unless the text is only a part of one. */
static const char *check_type(const struct scapf_filter *f, const struct filter_check *c,
                              const struct filter_const *k, const char **nearest)
{
    bool whole = c->op == OP_EQ || c->op == OP_NE || c->op == OP_IN || c->op == OP_INTERSECTS;

    if (!whole || strcmp(c->field->name, "evt.type") != 0 ||
        is_known(k->text, event_at, f->schema)) {
        return NULL;
    }
    *nearest = filter_nearest(k->text, k->len, event_at, f->schema);
    return "there is no event of this type";
}

const char *const_parse(const struct scapf_filter *f, const struct filter_check *c,
                        struct filter_const *k, const char **nearest)
{
    switch ((enum field_type)c->field->type) {
    case FIELD_NUMBER:
        return parse_number(k) ? NULL : "this is no number";
    case FIELD_DECIMAL:
        return parse_decimal(k) ? NULL : "this is no number";
    case FIELD_PORT:
    case FIELD_SERVICE:
        return parse_port(k, nearest);
    case FIELD_ADDR:
        return parse_addr(k, false);
    case FIELD_NET:
        return parse_addr(k, true);
    case FIELD_BOOL:
        return parse_bool(k);
    case FIELD_ANY:
        k->has_number = parse_number(k);
        break;
    case FIELD_TEXT:
    case FIELD_BYTES:
        break;
    }
    if (c->op == OP_BCONTAINS || c->op == OP_BSTARTSWITH) {
        return parse_hex_bytes(f, k);
    }
    return check_type(f, c, k, nearest);
}
