/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/rd.h"

/* A parameter of any type, as if an event of one parameter held these bytes. */
struct one {
    struct scapf_param_info param;
    struct scapf_event_info info;
    struct scapf_event event;
};

static const struct scapf_event *one(struct one *o, uint8_t type, const void *bytes, size_t len,
                                     bool big)
{
    o->param = (struct scapf_param_info){.name = "p", .type = type, .fmt = SCAPF_PF_HEX};
    o->info = (struct scapf_event_info){.name = "e", .n_params = 1, .params = &o->param};
    o->event = (struct scapf_event){
        .info = &o->info,
        .n_params = 1,
        .has_params = true,
        .big_endian = big,
        .len_size = 2,
        .len = 26 + (uint32_t)len,
        .payload = bytes,
        .payload_len = (uint32_t)len,
        .off = 100,
        .n_cached = 1,
        .param_off = {0, (uint32_t)len},
    };
    return &o->event;
}

static const struct {
    uint8_t type, size;
} types[] = {
#define X(number, name, size) {number, size},
    SCAPF_PARAM_TYPES(X)
#undef X
};

static bool is_signed(uint8_t type)
{
    return (type >= SCAPF_PT_INT8 && type <= SCAPF_PT_INT64) || type == SCAPF_PT_ERRNO ||
           type == SCAPF_PT_FD || type == SCAPF_PT_PID || type == SCAPF_PT_FD32 ||
           type == SCAPF_PT_PID32;
}

static bool is_bytes(uint8_t type)
{
    return type == SCAPF_PT_DOUBLE;
}

static bool is_address(uint8_t type)
{
    return type == SCAPF_PT_IPV4ADDR || type == SCAPF_PT_IPV6ADDR;
}

/* [scap 12] Length 0 is "no value" for every type there is, and for those there are not. */
Test(value, empty)
{
    for (uint8_t type = 0; type < SCAPF_PT_COUNT + 3; type++) {
        struct one o;
        struct scapf_value v;

        cr_expect_eq(scapf_event_value(one(&o, type, "", 0, false), 0, &v, NULL), SCAPF_OK);
        cr_expect_eq(v.kind, SCAPF_VALUE_EMPTY, "type %u", type);
        cr_expect(v.type == type && v.fmt == SCAPF_PF_HEX && v.variant == -1 && v.len == 0);
    }
}

Test(value, fixed_sizes)
{
    static const uint8_t bytes[32] = {0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10,
                                      1,    2,    3,    4,    5,    6,    7,    0xF8};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        uint8_t type = types[i].type;
        uint8_t size = types[i].size;

        if (size == 0) {
            continue;
        }
        for (int big = 0; big <= 1; big++) {
            struct one o;
            struct scapf_value v;
            uint64_t want = 0;

            cr_assert_eq(scapf_event_value(one(&o, type, bytes, size, big), 0, &v, NULL), SCAPF_OK);
            cr_expect(v.bytes == bytes && v.len == size && v.info == &o.param);
            if (is_address(type)) {
                cr_expect_eq(v.kind, SCAPF_VALUE_ADDRESS);
                cr_expect(v.sock.family == (size == 4 ? 2 : 10) && v.sock.addr_len == size &&
                          v.sock.src == bytes && v.sock.dst == NULL);
                continue;
            }
            if (is_bytes(type)) {
                cr_expect_eq(v.kind, SCAPF_VALUE_BYTES);
                continue;
            }
            for (uint8_t k = 0; k < size; k++) {
                want |= (uint64_t)bytes[k] << 8 * (big ? size - 1 - k : k);
            }
            cr_expect_eq(v.u, want, "type %u", type);
            if (is_signed(type)) {
                bool minus = (want >> (8 * size - 1)) != 0;

                cr_expect_eq(v.kind, SCAPF_VALUE_SIGNED, "type %u", type);
                cr_expect_eq(v.i < 0, minus, "type %u", type);
                cr_expect_eq(v.i, size == 8 ? (int64_t)want
                                            : (int64_t)want - (minus ? INT64_C(1) << 8 * size : 0));
            } else {
                cr_expect_eq(v.kind, SCAPF_VALUE_UNSIGNED, "type %u", type);
            }
        }
        for (uint8_t len = 1; len < 20; len++) {
            struct one o;
            struct scapf_value v;
            struct scapf_diag diag;

            if (len == size) {
                continue;
            }
            cr_expect_eq(scapf_event_value(one(&o, type, bytes, len, false), 0, &v, &diag),
                         SCAPF_E_FORMAT, "type %u of %u bytes", type, len);
            rd_expect("size", &diag, RULE_PARAM_SIZE, 126, len, size);
            cr_expect(v.kind == SCAPF_VALUE_MALFORMED && v.bytes == bytes && v.len == len);
            cr_expect_eq(scapf_event_value(&o.event, 0, &v, NULL), SCAPF_E_FORMAT, "no diag");
        }
    }
}

Test(value, text)
{
    static const uint8_t text_types[] = {SCAPF_PT_CHARBUF, SCAPF_PT_FSPATH, SCAPF_PT_FSRELPATH};
    static const struct {
        const char *bytes;
        size_t len;
        enum scapf_value_kind kind;
        uint32_t text_len;
    } rows[] = {
        {"", 1, SCAPF_VALUE_TEXT, 0},          {"a", 2, SCAPF_VALUE_TEXT, 1},
        {"/tmp/x", 7, SCAPF_VALUE_TEXT, 6},    {"(NULL)", 7, SCAPF_VALUE_NULL, 6},
        {"(NULL)x", 8, SCAPF_VALUE_TEXT, 7},   {"(null)", 7, SCAPF_VALUE_TEXT, 6},
        {"<NA>", 5, SCAPF_VALUE_TEXT, 4}, /* an ordinary string */
        {"a", 1, SCAPF_VALUE_MALFORMED, 1},    {"(NULL)", 6, SCAPF_VALUE_MALFORMED, 6},
        {"a\0b", 4, SCAPF_VALUE_MALFORMED, 4}, {"a\0", 3, SCAPF_VALUE_MALFORMED, 3},
        {"\0", 2, SCAPF_VALUE_MALFORMED, 2},
    };

    for (size_t t = 0; t < sizeof(text_types); t++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            bool bad = rows[i].kind == SCAPF_VALUE_MALFORMED;
            struct one o;
            struct scapf_value v;
            struct scapf_diag diag = {0};

            cr_expect_eq(
                scapf_event_value(one(&o, text_types[t], rows[i].bytes, rows[i].len, false), 0, &v,
                                  &diag),
                bad ? SCAPF_E_FORMAT : SCAPF_OK, "row %zu", i);
            cr_expect_eq(v.kind, rows[i].kind, "row %zu", i);
            cr_expect_eq(v.len, rows[i].text_len, "row %zu", i);
            cr_expect_eq(v.bytes, (const uint8_t *)rows[i].bytes);
            if (bad) {
                rd_expect("text", &diag, RULE_PARAM_STRING_END, 126, rows[i].len, 0);
            }
        }
    }
}

/* Types without a structure of their own, pointers among them: bytes, never looked into. */
Test(value, bytes)
{
    static const uint8_t byte_types[] = {
        SCAPF_PT_NONE,         SCAPF_PT_BYTEBUF,
        SCAPF_PT_CHARBUFARRAY, SCAPF_PT_CHARBUF_PAIR_ARRAY,
        SCAPF_PT_IPV4NET,      SCAPF_PT_IPV6NET,
        SCAPF_PT_IPADDR,       SCAPF_PT_IPNET,
        SCAPF_PT_COUNT,        255,
    };

    for (size_t t = 0; t < sizeof(byte_types); t++) {
        struct one o;
        struct scapf_value v;

        cr_expect_eq(scapf_event_value(one(&o, byte_types[t], "\x80\0x", 3, true), 0, &v, NULL),
                     SCAPF_OK);
        cr_expect(v.kind == SCAPF_VALUE_BYTES && v.len == 3, "type %u", byte_types[t]);
    }
}

Test(value, socket_addresses)
{
    static const struct {
        const char *name;
        const char *bytes; /* ports little-endian */
        size_t len;
        enum scapf_value_kind kind;
        uint8_t family, addr_len;
        uint16_t port;
        int path; /* -1: none */
    } rows[] = {
        {"inet", "\x02\x7F\0\0\x01\x50\0", 7, SCAPF_VALUE_ADDRESS, 2, 4, 80, -1},
        {"inet short", "\x02\x7F\0\0\x01\x50", 6, SCAPF_VALUE_MALFORMED, 2, 4, 0, -1},
        {"inet long", "\x02\x7F\0\0\x01\x50\0\0", 8, SCAPF_VALUE_MALFORMED, 2, 4, 80, -1},
        {"inet alone", "\x02", 1, SCAPF_VALUE_MALFORMED, 2, 4, 0, -1},
        {"inet6", "\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xBB\x01", 19, SCAPF_VALUE_ADDRESS, 10, 16,
         443, -1},
        {"inet6 short", "\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xBB", 18, SCAPF_VALUE_MALFORMED, 10,
         16, 0, -1},
        {"unix", "\x01/run/x", 8, SCAPF_VALUE_ADDRESS, 1, 0, 0, 6},
        {"unix, nothing", "\x01", 2, SCAPF_VALUE_ADDRESS, 1, 0, 0, 0},
        {"unix, whole buffer", "\x01/x\0\0\0", 7, SCAPF_VALUE_ADDRESS, 1, 0, 0, 2},
        {"unix, no end", "\x01/run/x", 7, SCAPF_VALUE_MALFORMED, 1, 0, 0, -1},
        {"unix alone", "\x01", 1, SCAPF_VALUE_MALFORMED, 1, 0, 0, -1},
        {"netlink alone", "\x10", 1, SCAPF_VALUE_ADDRESS, 16, 0, 0, -1},
        {"netlink, more", "\x10\x01\x02", 3, SCAPF_VALUE_ADDRESS, 16, 0, 0, -1},
        {"family 255", "\xFF", 1, SCAPF_VALUE_ADDRESS, 255, 0, 0, -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct one o;
        struct scapf_value v;
        struct scapf_diag diag = {0};
        bool bad = rows[i].kind == SCAPF_VALUE_MALFORMED;

        cr_expect_eq(
            scapf_event_value(one(&o, SCAPF_PT_SOCKADDR, rows[i].bytes, rows[i].len, false), 0, &v,
                              &diag),
            bad ? SCAPF_E_FORMAT : SCAPF_OK, "%s", rows[i].name);
        cr_expect_eq(v.kind, rows[i].kind, "%s", rows[i].name);
        cr_expect(v.sock.family == rows[i].family && v.sock.addr_len == rows[i].addr_len, "%s",
                  rows[i].name);
        cr_expect_eq(v.sock.sport, rows[i].port, "%s", rows[i].name);
        cr_expect_eq(v.len, rows[i].len);
        if (bad) {
            rd_expect(rows[i].name, &diag, RULE_PARAM_MALFORMED, 126, rows[i].len, 0);
        } else if (rows[i].path >= 0) {
            cr_expect_eq(v.sock.path_len, rows[i].path, "%s", rows[i].name);
        }
    }
}

Test(value, socket_tuples)
{
    static const uint8_t families[] = {2, 10, 1, 16};

    for (size_t i = 0; i < 2 * sizeof(families); i++) {
        uint8_t family = families[i / 2];
        bool big = i % 2 != 0;
        size_t need;
        struct mk m;

        mk_init(&m, big);
        mk_u8(&m, family);
        if (family == 2 || family == 10) {
            size_t n = family == 2 ? 4 : 16;

            mk_bytes(&m, "AAAAAAAAAAAAAAAA", n);
            mk_u16(&m, 51234);
            mk_bytes(&m, "BBBBBBBBBBBBBBBB", n);
            mk_u16(&m, 80);
        } else if (family == 1) {
            mk_u64(&m, UINT64_C(0xFFFF888012345678));
            mk_u64(&m, 7);
            mk_bytes(&m, "/s", 3);
        }
        need = m.o.len;
        mk_u8(&m, 0);
        for (size_t len = 1; len <= need + 1; len++) {
            struct one o;
            struct scapf_value v;
            bool ok = family == 16 || len == need || (family == 1 && len > need);
            enum scapf_status status =
                scapf_event_value(one(&o, SCAPF_PT_SOCKTUPLE, m.o.bytes, len, big), 0, &v, NULL);

            cr_expect_eq(status, ok ? SCAPF_OK : SCAPF_E_FORMAT, "family %u of %zu", family, len);
            cr_expect_eq(v.kind, ok ? SCAPF_VALUE_TUPLE : SCAPF_VALUE_MALFORMED);
            cr_expect_eq(v.sock.family, family);
            if (!ok || family == 16) {
                continue;
            }
            if (family == 1) {
                cr_expect_eq(v.sock.src_key, UINT64_C(0xFFFF888012345678));
                cr_expect_eq(v.sock.dst_key, 7);
                cr_expect(v.sock.path_len == 2 && memcmp(v.sock.path, "/s", 2) == 0);
            } else {
                cr_expect(v.sock.src[v.sock.addr_len - 1] == 'A' && v.sock.dst[0] == 'B');
                cr_expect(v.sock.sport == 51234 && v.sock.dport == 80);
            }
        }
        mk_release(&m);
    }
}

Test(value, fd_lists)
{
    for (uint32_t n = 0; n <= 4; n++) {
        for (int claim = -1; claim <= 1; claim++) {
            uint16_t said = (uint16_t)(n + (uint32_t)claim);
            struct one o;
            struct scapf_value v;
            struct mk m;
            int64_t fd;
            uint16_t flags;

            mk_init(&m, n % 2);
            mk_u16(&m, said);
            for (uint32_t i = 0; i < n; i++) {
                mk_u64(&m, (uint64_t)-1 - i);
                mk_u16(&m, (uint16_t)(0x100 + i));
            }
            cr_expect_eq(
                scapf_event_value(one(&o, SCAPF_PT_FDLIST, m.o.bytes, m.o.len, m.o.big_endian), 0,
                                  &v, NULL),
                said == n ? SCAPF_OK : SCAPF_E_FORMAT, "%u for %u", said, n);
            if (said == n) {
                cr_expect(v.kind == SCAPF_VALUE_FDLIST && v.u == n);
                for (uint32_t i = 0; i < n; i++) {
                    cr_assert(scapf_value_fd(&v, i, &fd, &flags));
                    cr_expect(fd == -1 - (int64_t)i && flags == 0x100 + i);
                }
            }
            cr_expect_not(scapf_value_fd(&v, n, &fd, &flags));
            cr_expect_not(scapf_value_fd(&v, UINT32_MAX, &fd, &flags));
            mk_release(&m);
        }
    }
}

Test(value, fd_lists_cut)
{
    for (size_t len = 1; len < 12; len++) {
        struct one o;
        struct scapf_value v;
        struct scapf_diag diag;

        cr_expect_eq(
            scapf_event_value(one(&o, SCAPF_PT_FDLIST, "\1\0\0\0\0\0\0\0\0\0\0\0", len, false), 0,
                              &v, &diag),
            SCAPF_E_FORMAT);
        rd_expect("list", &diag, RULE_PARAM_MALFORMED, 126, len, 0);
    }
}

Test(value, dynamic)
{
    static const struct scapf_variant variants[] = {
        {"bytes", SCAPF_PT_BYTEBUF, SCAPF_PF_NA}, {"error", SCAPF_PT_ERRNO, SCAPF_PF_DEC},
        {"word", SCAPF_PT_UINT32, SCAPF_PF_DEC},  {"text", SCAPF_PT_CHARBUF, SCAPF_PF_NA},
        {"nested", SCAPF_PT_DYN, SCAPF_PF_NA},
    };
    static const struct scapf_variant_set set = {"set", variants, 5};
    static const struct {
        const char *bytes;
        size_t len;
        enum scapf_value_kind kind;
        uint8_t type;
        uint32_t value_len;
        enum rule rule;
        uint64_t off, got, want;
    } rows[] = {
        {"\0abc", 4, SCAPF_VALUE_BYTES, SCAPF_PT_BYTEBUF, 3, RULE_NONE, 0, 0, 0},
        {"\1\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9, SCAPF_VALUE_SIGNED, SCAPF_PT_ERRNO, 8, RULE_NONE,
         0, 0, 0},
        {"\2\1\0\0\0", 5, SCAPF_VALUE_UNSIGNED, SCAPF_PT_UINT32, 4, RULE_NONE, 0, 0, 0},
        {"\3hi", 4, SCAPF_VALUE_TEXT, SCAPF_PT_CHARBUF, 2, RULE_NONE, 0, 0, 0},
        {"\2", 1, SCAPF_VALUE_EMPTY, SCAPF_PT_UINT32, 0, RULE_NONE, 0, 0, 0}, /* only the index */
        {"\2\1\0\0", 4, SCAPF_VALUE_MALFORMED, SCAPF_PT_UINT32, 4, RULE_PARAM_SIZE, 127, 3, 4},
        {"\3hi", 3, SCAPF_VALUE_MALFORMED, SCAPF_PT_CHARBUF, 3, RULE_PARAM_STRING_END, 127, 2, 0},
        {"\4\0", 2, SCAPF_VALUE_MALFORMED, SCAPF_PT_DYN, 2, RULE_PARAM_MALFORMED, 126, 2, 0},
        {"\5abc", 4, SCAPF_VALUE_MALFORMED, SCAPF_PT_DYN, 4, RULE_PARAM_MALFORMED, 126, 4, 0},
        {"\xFF", 1, SCAPF_VALUE_MALFORMED, SCAPF_PT_DYN, 1, RULE_PARAM_MALFORMED, 126, 1, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct one o;
        struct scapf_value v;
        struct scapf_diag diag = {0};

        (void)one(&o, SCAPF_PT_DYN, rows[i].bytes, rows[i].len, false);
        o.param.variants = &set;
        cr_expect_eq(scapf_event_value(&o.event, 0, &v, &diag),
                     rows[i].rule == RULE_NONE ? SCAPF_OK : SCAPF_E_FORMAT, "row %zu", i);
        cr_expect(v.kind == rows[i].kind && v.type == rows[i].type && v.len == rows[i].value_len,
                  "row %zu: kind %d type %u len %u", i, v.kind, v.type, v.len);
        cr_expect_eq(v.fmt, SCAPF_PF_HEX, "that of the parameter");
        if (rows[i].rule != RULE_NONE) {
            rd_expect("dynamic", &diag, rows[i].rule, rows[i].off, rows[i].got, rows[i].want);
        } else {
            cr_expect_eq(v.variant, rows[i].bytes[0]);
        }
    }
}

Test(value, dynamic_without_variants)
{
    struct one o;
    struct scapf_value v;

    cr_expect_eq(scapf_event_value(one(&o, SCAPF_PT_DYN, "\0a", 2, false), 0, &v, NULL),
                 SCAPF_E_FORMAT);
    cr_expect_eq(v.kind, SCAPF_VALUE_MALFORMED);
    cr_expect_eq(scapf_event_value(&o.event, 1, &v, NULL), SCAPF_E_USAGE);
}
