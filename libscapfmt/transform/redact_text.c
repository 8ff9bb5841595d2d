/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_text.c - pseudonyms of texts and addresses, by a keyed hash.
 *
 * The hash is SipHash-2-4 [Aumasson, Bernstein 2012], a pseudo-random function: who does not have
 * the key cannot tell which text a pseudonym stands for by trying texts out.
 */
#include "transform/redact.h"

#include "bytes/hex.h"
#include "bytes/json_read.h"

#include <string.h>

/* ------------------------------------------------------------------ hash */

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int n)
{
    while (n-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t sip_word(const uint8_t *p, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++) {
        word |= (uint64_t)p[i] << (8 * i);
    }
    return word;
}

static uint64_t sip(const uint64_t key[2], const uint8_t *p, size_t n)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    size_t at = 0;
    uint64_t word;

    for (; n - at >= 8; at += 8) {
        word = sip_word(p + at, 8);
        v[3] ^= word;
        sip_rounds(v, 2);
        v[0] ^= word;
    }
    word = sip_word(p + at, n - at) | (uint64_t)n << 56;
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
    v[2] ^= 0xFF;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Keys of any length become one of 128 bits. */
void redact_set_key(struct scapf_redact *rd, const void *key, size_t len)
{
    static const uint64_t halves[2][2] = {{1, 2}, {3, 4}};

    rd->key[0] = sip(halves[0], key, len);
    rd->key[1] = sip(halves[1], key, len);
}

/* A hash for another purpose than names: they must not tell of each other. */
static uint64_t sip_for(const struct scapf_redact *rd, char purpose, uint64_t number,
                        const uint8_t *p, size_t n)
{
    uint8_t bytes[32] = {0, (uint8_t)purpose};

    for (unsigned i = 0; i < 8; i++) {
        bytes[2 + i] = (uint8_t)(number >> (8 * i));
    }
    memcpy(bytes + 10, p, n <= 16 ? n : 16);
    return sip(rd->key, bytes, sizeof(bytes));
}

/* ------------------------------------------------------------------ names */

#define NAME_BITS 50u

/* "x" and ten letters or digits. */
static void put_name(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t hash = sip(rd->key, bytes, n);

    out_char(o, 'x');
    for (unsigned i = 0; i < NAME_BITS; i += 5) {
        out_char(o, digits[hash >> i & 31]);
    }
}

static bool equals(const uint8_t *bytes, size_t n, const char *text)
{
    return n == strlen(text) && memcmp(bytes, text, n) == 0;
}

/* What tells nothing: no name, this directory, the one above. */
static bool is_plain(const uint8_t *bytes, size_t n)
{
    return n == 0 || equals(bytes, n, ".") || equals(bytes, n, "..");
}

/* [libscap, libsinsp] What stands for a text that is not known. */
static bool is_no_text(const uint8_t *bytes, size_t n)
{
    return equals(bytes, n, "<NA>") || equals(bytes, n, "(NULL)") || equals(bytes, n, "NULL");
}

static void put_text(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    size_t at = 0;

    if (is_no_text(bytes, n)) {
        out_bytes(o, bytes, n);
        return;
    }
    while (at < n) {
        const uint8_t *slash = memchr(bytes + at, '/', n - at);
        size_t len = slash != NULL ? (size_t)(slash - bytes) - at : n - at;

        if (is_plain(bytes + at, len)) {
            out_bytes(o, bytes + at, len);
        } else {
            put_name(rd, o, bytes + at, len);
        }
        at += len;
        if (slash != NULL) {
            out_char(o, '/');
            at++;
        }
    }
}

/* ------------------------------------------------------------------ containers */

#define ID_MIN   12u /* digits of a container's short id */
#define ID_BLOCK 12u /* of them one hash makes */

static size_t hex_run(const uint8_t *bytes, size_t n)
{
    size_t len = 0;

    while (len < n && hex_small((char)bytes[len]) >= 0) {
        len++;
    }
    return len;
}

/* A short id is the beginning of the long one, and so are their pseudonyms. */
static void put_hex(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t hash = 0;

    for (size_t i = 0; i < n; i++) {
        if (i % ID_BLOCK == 0) {
            hash = sip_for(rd, 'c', i, bytes, ID_MIN);
        }
        out_char(o, digits[hash & 15]);
        hash >>= 4;
    }
}

static void put_id(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    if (equals(bytes, n, "host")) {
        out_bytes(o, bytes, n);
    } else if (n >= ID_MIN && hex_run(bytes, n) == n) {
        put_hex(rd, o, bytes, n);
    } else {
        put_text(rd, o, bytes, n);
    }
}

/* Names that say what a control group is, not whose. */
static bool is_common_group(const uint8_t *bytes, size_t n)
{
    static const char *const names[] = {
        "docker",     "lxc",        "kubepods",      "kubepods.slice",
        "besteffort", "burstable",  "guaranteed",    "system.slice",
        "user.slice", "init.scope", "machine.slice", "libpod_parent",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (equals(bytes, n, names[i])) {
            return true;
        }
    }
    return false;
}

/* "docker-<id>.scope": what stands around an id tells the kind of container. */
static void put_group(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    static const char *const before[] = {"",      "docker-",        "libpod-", "libpod-conmon-",
                                         "crio-", "cri-containerd-"};

    if (is_plain(bytes, n) || is_common_group(bytes, n)) {
        out_bytes(o, bytes, n);
        return;
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        size_t skip = strlen(before[i]);
        size_t len;

        if (n < skip || memcmp(bytes, before[i], skip) != 0) {
            continue;
        }
        len = hex_run(bytes + skip, n - skip);
        if (len >= 32 &&
            (skip + len == n || equals(bytes + skip + len, n - skip - len, ".scope"))) {
            out_bytes(o, bytes, skip);
            put_hex(rd, o, bytes + skip, len);
            out_bytes(o, bytes + skip + len, n - skip - len);
            return;
        }
    }
    put_name(rd, o, bytes, n);
}

/* Bytes of the subsystem before the path, with the equals sign: those of the kernel are kept. */
static size_t subsystem_len(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n && i < 40; i++) {
        if (bytes[i] == '=' && (i + 1 == n || bytes[i + 1] == '/')) {
            return i + 1;
        }
        if ((bytes[i] < 'a' || bytes[i] > 'z') && memchr("_,=0", bytes[i], 4) == NULL) {
            break;
        }
    }
    return 0;
}

/* "cpu=/docker/<id>" */
static void put_cgroup(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    size_t at = subsystem_len(bytes, n);

    out_bytes(o, bytes, at);
    while (at < n) {
        const uint8_t *slash = memchr(bytes + at, '/', n - at);
        size_t len = slash != NULL ? (size_t)(slash - bytes) - at : n - at;

        put_group(rd, o, bytes + at, len);
        at += len;
        if (slash != NULL) {
            out_char(o, '/');
            at++;
        }
    }
}

/* A short number; 0 when there is none. */
static void put_json_number(struct out *o, const uint8_t *bytes, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n && i < 6 && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
        v = 10 * v + bytes[i] - '0';
    }
    out_udec(o, v);
}

/* A member of what describes a container: its pseudonym, or as it is where names stay. The last
 * string may be cut off. */
static void put_json_member(const struct scapf_redact *rd, struct out *o, struct json_value text,
                            enum redact_how how)
{
    const uint8_t *inner = NULL;
    size_t len = 0;

    out_char(o, '"');
    if (json_is(text, '"')) {
        inner = (const uint8_t *)text.p + 1;
        len = text.len - 1;
        len -= len > 0 && inner[len - 1] == '"';
    }
    if (len > 0 && redact_wants(rd, SCAPF_REDACT_NAMES)) {
        redact_put(rd, o, how, inner, len);
    } else if (len > 0) {
        out_bytes(o, inner, len);
    }
    out_char(o, '"');
}

/* [libsinsp container.cpp] Of all that describes a container its id, type, name and image. */
static void put_json(const struct scapf_redact *rd, struct out *o, const uint8_t *bytes, size_t n)
{
    static const struct {
        const char *key;
        enum redact_how how;
    } rows[] = {{"id", REDACT_ID}, {"name", REDACT_TEXT}, {"image", REDACT_TEXT}};
    struct json_value container = json_member(json_read(bytes, n), "container", 9);
    struct json_value type = json_member(container, "type", 4);

    if (!json_is(container, '{')) {
        out_lit(o, "{}");
        return;
    }
    out_lit(o, "{\"container\":{");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        out_char(o, '"');
        out_str(o, rows[i].key);
        out_lit(o, "\":");
        put_json_member(rd, o, json_member(container, rows[i].key, strlen(rows[i].key)),
                        rows[i].how);
        out_char(o, ',');
    }
    out_lit(o, "\"type\":");
    put_json_number(o, (const uint8_t *)type.p, type.len);
    out_lit(o, "}}");
}

/* ------------------------------------------------------------------ all of them */

static void put_list(const struct scapf_redact *rd, struct out *o, enum redact_how how,
                     const uint8_t *bytes, size_t n)
{
    size_t at = 0;

    while (at < n) {
        size_t len = strnlen((const char *)bytes + at, n - at);

        if (how == REDACT_CGROUPS) {
            put_cgroup(rd, o, bytes + at, len);
        } else {
            put_text(rd, o, bytes + at, len);
        }
        out_char(o, '\0');
        at += len + 1;
    }
}

void redact_put(const struct scapf_redact *rd, struct out *o, enum redact_how how,
                const uint8_t *bytes, size_t n)
{
    switch (how) {
    case REDACT_KEEP:
        out_bytes(o, bytes, n);
        break;
    case REDACT_TEXT:
        put_text(rd, o, bytes, n);
        break;
    case REDACT_LIST:
    case REDACT_CGROUPS:
        put_list(rd, o, how, bytes, n);
        break;
    case REDACT_ZERO:
        out_zero(o, n);
        break;
    case REDACT_ID:
        put_id(rd, o, bytes, n);
        break;
    case REDACT_JSON:
        put_json(rd, o, bytes, n);
        break;
    case REDACT_EMPTY:
        break;
    }
}

/* ------------------------------------------------------------------ addresses */

/* Those that are the same everywhere: of this host, of nobody, of groups. */
static bool is_special4(uint32_t addr)
{
    uint8_t top = (uint8_t)(addr >> 24);

    return top == 0 || top == 127 || top >= 224;
}

/* A permutation of 32 bits (Feistel, four rounds): no two addresses get the same pseudonym. */
static uint32_t permute(const struct scapf_redact *rd, uint32_t addr)
{
    uint32_t left = addr >> 16;
    uint32_t right = addr & 0xFFFF;

    for (uint64_t i = 0; i < 4; i++) {
        const uint8_t bytes[2] = {(uint8_t)(right >> 8), (uint8_t)right};
        uint32_t next = left ^ (uint32_t)(sip_for(rd, 'a', i, bytes, 2) & 0xFFFF);

        left = right;
        right = next;
    }
    return left << 16 | right;
}

static void redact_ip4(const struct scapf_redact *rd, uint8_t *p)
{
    uint32_t addr = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

    if (is_special4(addr)) {
        return;
    }
    do {
        addr = permute(rd, addr);
    } while (is_special4(addr)); /* ends at the latest with the address itself */
    p[0] = (uint8_t)(addr >> 24);
    p[1] = (uint8_t)(addr >> 16);
    p[2] = (uint8_t)(addr >> 8);
    p[3] = (uint8_t)addr;
}

static void fill(uint8_t *p, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(hash >> (8 * i));
    }
}

/* Of the range for private use [RFC 4193]; addresses that hold an IPv4 one still do. */
static void redact_ip6(const struct scapf_redact *rd, uint8_t *p)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t zero[15] = {0};
    uint64_t high = sip_for(rd, '6', 0, p, 16);
    uint64_t low = sip_for(rd, '6', 1, p, 16);

    if (memcmp(p, mapped, sizeof(mapped)) == 0) {
        redact_ip4(rd, p + 12);
    } else if (p[0] != 0xFF && (memcmp(p, zero, sizeof(zero)) != 0 || p[15] > 1)) {
        p[0] = 0xFD;
        fill(p + 1, 7, high);
        fill(p + 8, 8, low);
    }
}

/* Locally administered; groups stay what they are. */
static void redact_mac(const struct scapf_redact *rd, uint8_t *p)
{
    static const uint8_t zero[6] = {0};

    if ((p[0] & 1) == 0 && memcmp(p, zero, sizeof(zero)) != 0) {
        fill(p + 1, 5, sip_for(rd, 'm', 0, p, 6));
        p[0] = 2;
    }
}

void redact_address(const struct scapf_redact *rd, uint8_t *addr, size_t n)
{
    if (n == 4) {
        redact_ip4(rd, addr);
    } else if (n == 16) {
        redact_ip6(rd, addr);
    } else if (n == 6) {
        redact_mac(rd, addr);
    }
}
