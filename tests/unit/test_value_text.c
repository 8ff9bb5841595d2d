/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text: for each parameter type bytes, what is shown, and what it resolves to.
 */
#include "render/args.h"
#include "support/mk.h"

#include <criterion/criterion.h>

static const struct scapf_flag bits[] = {
    {"ALL", 7}, {"ONE", 1}, {"TWO", 2}, {"ALIAS", 2}, {"NONE", 0}};
static const struct scapf_flag_set set = {"test", bits, 5};
static const struct scapf_variant kinds[] = {{"TEXT", SCAPF_PT_CHARBUF, SCAPF_PF_NA},
                                             {"ERRNO", SCAPF_PT_ERRNO, SCAPF_PF_DEC},
                                             {"NUMBER", SCAPF_PT_UINT32, SCAPF_PF_DEC}};
static const struct scapf_variant_set variants = {"test", kinds, 3};

#define I8(v)  (const char[1]){(char)(v)}, 1
#define LE2(v) (char)((v)&0xFF), (char)((v) >> 8 & 0xFF)
#define LE4(v) LE2(v), LE2((uint32_t)(v) >> 16)
#define LE8(v) LE4((uint64_t)(v)), LE4((uint64_t)(v) >> 32)
#define I16(v) (const char[2]){LE2(v)}, 2
#define I32(v) (const char[4]){LE4(v)}, 4
#define I64(v) (const char[8]){LE8(v)}, 8
#define STR(s) s, sizeof(s)     /* with its NUL */
#define RAW(s) s, sizeof(s) - 1 /* without */
#define V4     "\x02\x0a\x00\x00\x01\x50\x00"
#define ONE6   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
#define MAP6   "\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04"
#define ANY6   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

struct row {
    uint8_t type, fmt;
    const char *bytes;
    uint32_t len;
    const char *text, *resolved; /* NULL: nothing */
};

/* One event with one parameter. */
struct one {
    struct scapf_param_info param;
    struct scapf_event_info info;
    struct scapf_event ev;
    uint8_t payload[512];
    struct scapf_value value;
};

static void one_make(struct one *o, const struct row *row)
{
    *o = (struct one){.param = {.name = "arg",
                                .type = row->type,
                                .fmt = row->fmt,
                                .dirfd_param = -1,
                                .flags = &set,
                                .variants = &variants}};
    o->info = (struct scapf_event_info){.name = "test",
                                        .symbol = "TEST",
                                        .code = 5,
                                        .flags = SCAPF_EF_CREATES_FD,
                                        .n_params = 1,
                                        .params = &o->param};
    cr_assert(row->len <= sizeof(o->payload) - 2);
    o->payload[0] = (uint8_t)row->len;
    o->payload[1] = (uint8_t)(row->len >> 8);
    if (row->len > 0) {
        memcpy(o->payload + 2, row->bytes, row->len);
    }
    o->ev = (struct scapf_event){.info = &o->info,
                                 .tid = 100,
                                 .code = 5,
                                 .n_params = 1,
                                 .has_params = true,
                                 .len_size = 2,
                                 .payload = o->payload,
                                 .payload_len = row->len + 2,
                                 .n_cached = 1};
    o->ev.param_off[0] = 2;
    o->ev.param_off[1] = row->len + 2;
    (void)!scapf_event_value(&o->ev, 0, &o->value, NULL);
}

/* What stands in the buffer, as a string. */
static const char *told(struct out *o)
{
    out_u8(o, 0);
    return (const char *)o->bytes;
}

static void expect_rows(const struct row *rows, size_t n, struct scapf_host *names)
{
    struct out o;

    out_init(&o, NULL, false);
    for (size_t i = 0; i < n; i++) {
        struct one one;
        const struct value_ctx ctx = {
            .schema = scapf_schema_builtin(), .host = names, .event = &one.ev, .max_buffer = 80};
        bool any;

        one_make(&one, &rows[i]);
        out_clear(&o);
        value_text(&o, &ctx, &one.value);
        cr_expect_str_eq(told(&o), rows[i].text, "row %zu: %s, want %s", i, (char *)o.bytes,
                         rows[i].text);
        out_clear(&o);
        any = value_resolved(&o, &ctx, &one.value);
        cr_expect(any == (rows[i].resolved != NULL), "row %zu resolves: %d", i, any);
        cr_expect(any || o.len == 0);
        if (any && rows[i].resolved != NULL) {
            cr_expect_str_eq(told(&o), rows[i].resolved, "row %zu: %s, want %s", i, (char *)o.bytes,
                             rows[i].resolved);
        }
    }
    out_release(&o);
}

#define EXPECT(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]), NULL)

Test(value_text, integers)
{
    const struct row rows[] = {
        {SCAPF_PT_INT8, SCAPF_PF_DEC, I8(-1), "-1", NULL},
        {SCAPF_PT_INT8, SCAPF_PF_HEX, I8(-1), "FFFFFFFF", NULL},
        {SCAPF_PT_INT8, SCAPF_PF_HEX, I8(0x1f), "1F", NULL},
        {SCAPF_PT_UINT8, SCAPF_PF_DEC, I8(255), "255", NULL},
        {SCAPF_PT_INT16, SCAPF_PF_DEC, I16(-32768), "-32768", NULL},
        {SCAPF_PT_UINT16, SCAPF_PF_DEC, I16(65535), "65535", NULL},
        {SCAPF_PT_UINT16, SCAPF_PF_OCT, I16(8), "010", NULL},
        {SCAPF_PT_INT32, SCAPF_PF_DEC, I32(-5), "-5", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_DEC, I32(0xFFFFFFFF), "-1", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_HEX, I32(0xFFFFFFFF), "FFFFFFFF", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_OCT, I32(0644), "0644", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_OCT, I32(0), "0", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_10_PADDED_DEC, I32(42), "000000042", NULL},
        {SCAPF_PT_INT32, SCAPF_PF_10_PADDED_DEC, I32(-42), "-00000042", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_ID, I32(7), "7", NULL},
        {SCAPF_PT_UINT32, SCAPF_PF_DIR, I32(7), "7", NULL},
        {SCAPF_PT_INT64, SCAPF_PF_DEC, I64(INT64_MIN), "-9223372036854775808", NULL},
        {SCAPF_PT_INT64, SCAPF_PF_HEX, I64(-1), "FFFFFFFFFFFFFFFF", NULL},
        {SCAPF_PT_UINT64, SCAPF_PF_DEC, I64(UINT64_MAX), "-1", NULL},
        {SCAPF_PT_UINT64, SCAPF_PF_HEX, I64(0xFFFF7F8BA178), "FFFF7F8BA178", NULL},
        {SCAPF_PT_PORT, SCAPF_PF_DEC, I16(443), "443", NULL},
        {SCAPF_PT_BOOL, SCAPF_PF_DEC, I32(1), "1", NULL},
    };

    EXPECT(rows);
}

Test(value_text, numbers_with_a_meaning)
{
    const struct row rows[] = {
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(0), "0", NULL},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(3), "3", NULL},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(-2), "-2", "ENOENT"},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(-512), "-512", "ERESTARTSYS"},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(-99999), "-99999", NULL},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(INT64_MIN), "-9223372036854775808", NULL},
        {SCAPF_PT_FD, SCAPF_PF_DEC, I64(-100), "-100", "AT_FDCWD"},
        {SCAPF_PT_FD, SCAPF_PF_DEC, I64(-9), "-9", "EBADF"},
        {SCAPF_PT_FD, SCAPF_PF_DEC, I64(3), "3", NULL},
        {SCAPF_PT_PID, SCAPF_PF_DEC, I64(-1), "-1", NULL},
        {SCAPF_PT_UID, SCAPF_PF_DEC, I32(1000), "1000", "<NA>"},
        {SCAPF_PT_UID, SCAPF_PF_DEC, I32(0xFFFFFFFF), "-1", "<NONE>"},
        {SCAPF_PT_GID, SCAPF_PF_DEC, I32(0x80000000), "-2147483648", "<NA>"},
        {SCAPF_PT_SIGTYPE, SCAPF_PF_DEC, I8(9), "9", "SIGKILL"},
        {SCAPF_PT_SIGTYPE, SCAPF_PF_DEC, I8(0), "0", NULL},
        {SCAPF_PT_SYSCALLID, SCAPF_PF_DEC, I16(3), "3", "read"},
        {SCAPF_PT_SYSCALLID, SCAPF_PF_DEC, I16(65535), "65535", NULL},
        {SCAPF_PT_SIGSET, SCAPF_PF_DEC, I32(0x101), "SIGHUP SIGKILL", NULL},
        {SCAPF_PT_SIGSET, SCAPF_PF_DEC, I32(0), "", NULL},
        {SCAPF_PT_RELTIME, SCAPF_PF_DEC, I64(1500000000), "1500000000", "1.5s"},
        {SCAPF_PT_RELTIME, SCAPF_PF_DEC, I64(0), "0", "0s"},
        {SCAPF_PT_RELTIME, SCAPF_PF_DEC, I64(UINT64_MAX), "none", NULL},
    };

    EXPECT(rows);
}

/* In the order of the set, each bit once; ALL stands first and is the whole value at once. */
Test(value_text, flags)
{
    const struct row rows[] = {
        {SCAPF_PT_FLAGS8, SCAPF_PF_HEX, I8(0), "0", "NONE"},
        {SCAPF_PT_FLAGS8, SCAPF_PF_HEX, I8(3), "3", "ONE|TWO"},
        {SCAPF_PT_FLAGS16, SCAPF_PF_HEX, I16(7), "7", "ALL"},
        {SCAPF_PT_FLAGS32, SCAPF_PF_HEX, I32(0x8000000F), "2147483663", "ALL"},
        {SCAPF_PT_FLAGS32, SCAPF_PF_DEC, I32(8), "8", NULL},
        {SCAPF_PT_ENUMFLAGS8, SCAPF_PF_DEC, I8(2), "2", "TWO|ALIAS"},
        {SCAPF_PT_ENUMFLAGS16, SCAPF_PF_DEC, I16(3), "3", NULL},
        {SCAPF_PT_ENUMFLAGS32, SCAPF_PF_DEC, I32(0), "0", "NONE"},
        {SCAPF_PT_MODE, SCAPF_PF_OCT, I32(2), "02", "TWO"},
        {SCAPF_PT_MODE, SCAPF_PF_OCT, I32(0), "0", "NONE"},
    };

    EXPECT(rows);
}

Test(value_text, text_and_buffers)
{
    const struct row rows[] = {
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR("a b"), "a b", NULL},
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR(""), "", NULL},
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR("\xff\n"), "\xff\n", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("/etc/passwd"), "/etc/passwd", NULL},
        {SCAPF_PT_FSRELPATH, SCAPF_PF_NA, STR("x"), "x", NULL},
        {SCAPF_PT_BYTEBUF, SCAPF_PF_NA, RAW("a\0\n\xc3\x7f~ "), "a....~ ", NULL},
        {SCAPF_PT_DYN, SCAPF_PF_DEC, RAW("\0text\0"), "text", NULL},
        {SCAPF_PT_DYN, SCAPF_PF_DEC, RAW("\1\xfe\xff\xff\xff\xff\xff\xff\xff"), "-2", "ENOENT"},
        {SCAPF_PT_DYN, SCAPF_PF_HEX, RAW("\2\xff\0\0\0"), "FF", NULL},
        {SCAPF_PT_CHARBUFARRAY, SCAPF_PF_NA, RAW("a\0b\0"), "a.b.", NULL},
    };

    EXPECT(rows);
}

Test(value_text, a_long_buffer_is_cut)
{
    char bytes[81];
    char whole[81];
    char cut[81];
    const struct row rows[] = {{SCAPF_PT_BYTEBUF, SCAPF_PF_NA, bytes, 80, whole, NULL},
                               {SCAPF_PT_BYTEBUF, SCAPF_PF_NA, bytes, 81, cut, NULL}};

    memset(bytes, 'x', sizeof(bytes));
    memset(whole, 'x', 80);
    whole[80] = '\0';
    memcpy(cut, whole, sizeof(cut));
    memcpy(cut + 77, "...", 3);
    EXPECT(rows);
}

Test(value_text, addresses)
{
    const struct row rows[] = {
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, RAW(V4), "10.0.0.1:80", NULL},
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, RAW("\x0a" ONE6 "\x50\0"), "::1:80", NULL},
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, STR("\x01/run/x"), "/run/x", NULL},
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, RAW("\x10"), "family 16", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW(V4 "\x08\x08\x04\x04\x35\0"),
         "10.0.0.1:80->8.8.4.4:53", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x0a" ONE6 "\x01\0" ONE6 "\x02\0"), "::1:1->::1:2",
         NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x0a" MAP6 "\x01\0" MAP6 "\x02\0"),
         "1.2.3.4:1->1.2.3.4:2", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x0a" ANY6 "\x01\0" MAP6 "\x02\0"),
         "0.0.0.0:1->1.2.3.4:2", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x0a" ONE6 "\x01\0" MAP6 "\x02\0"),
         "::1:1->::ffff:1.2.3.4:2", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, STR("\x01\xbc\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0/s"),
         "abc->0 /s", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x11zz"), "family 17", NULL},
        {SCAPF_PT_IPV4ADDR, SCAPF_PF_NA, RAW("\x01\x02\x03\x04"), "1.2.3.4", NULL},
        {SCAPF_PT_IPV6ADDR, SCAPF_PF_NA, RAW(ONE6), "::1", NULL},
        {SCAPF_PT_FDLIST, SCAPF_PF_NA,
         RAW("\x02\0\x03\0\0\0\0\0\0\0\x19\0\x09\0\0\0\0\0\0\0\x01\0"), "3:?19 9:?1", NULL},
        {SCAPF_PT_FDLIST, SCAPF_PF_NA, RAW("\0\0"), "", NULL},
    };

    EXPECT(rows);
}

/* [scap 12] Every type without bytes, and "(NULL)" of old drivers. */
Test(value_text, empty)
{
    static const uint8_t null_types[] = {
        SCAPF_PT_BYTEBUF,      SCAPF_PT_SOCKTUPLE,          SCAPF_PT_FDLIST,
        SCAPF_PT_CHARBUFARRAY, SCAPF_PT_CHARBUF_PAIR_ARRAY, SCAPF_PT_DYN};
    static const struct row null_text[] = {
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR("(NULL)"), "<NA>", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("(NULL)"), "<NA>", NULL},
        {SCAPF_PT_FSRELPATH, SCAPF_PF_NA, STR("(NULL)"), "<NA>", NULL},
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR("<NA>"), "<NA>", NULL},
    };

    for (uint8_t type = 1; type < SCAPF_PT_COUNT; type++) {
        struct row row = {type, SCAPF_PF_DEC, NULL, 0, "<NA>", NULL};

        for (size_t i = 0; i < sizeof(null_types); i++) {
            row.text = null_types[i] == type ? "NULL" : row.text;
        }
        expect_rows(&row, 1, NULL);
    }
    EXPECT(null_text);
}

/* What breaks its type is shown as bytes and resolves to nothing. */
Test(value_text, malformed)
{
    const struct row rows[] = {
        {SCAPF_PT_INT32, SCAPF_PF_DEC, RAW("\x01\x02\x03"), "malformed:010203", NULL},
        {SCAPF_PT_ERRNO, SCAPF_PF_DEC, RAW("\xff"), "malformed:ff", NULL},
        {SCAPF_PT_FD, SCAPF_PF_DEC, RAW("\x9c\xff\xff\xff"), "malformed:9cffffff", NULL},
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, RAW("ab"), "malformed:6162", NULL},
        {SCAPF_PT_CHARBUF, SCAPF_PF_NA, STR("a\0b"), "malformed:61006200", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, RAW("x"), "malformed:78", NULL},
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, RAW("\x02\x01"), "malformed:0201", NULL},
        {SCAPF_PT_SOCKADDR, SCAPF_PF_NA, RAW("\x01/x"), "malformed:012f78", NULL},
        {SCAPF_PT_SOCKTUPLE, SCAPF_PF_NA, RAW("\x0a\x01"), "malformed:0a01", NULL},
        {SCAPF_PT_FDLIST, SCAPF_PF_NA, RAW("\x01\0x"), "malformed:010078", NULL},
        {SCAPF_PT_DYN, SCAPF_PF_NA, RAW("\x09x"), "malformed:0978", NULL},
        {SCAPF_PT_DYN, SCAPF_PF_NA, RAW("\x02x"), "malformed:0278", NULL},
        {SCAPF_PT_FLAGS32, SCAPF_PF_HEX, RAW("\x01"), "malformed:01", NULL},
    };

    EXPECT(rows);
}

/* Names of a process with descriptors, two users. */
static struct scapf_host *names_of_story(struct mk *m)
{
    struct scapf_host *names;
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;

    cr_assert(scapf_host_new(NULL, &names) == SCAPF_OK);
    mk_init(m, MK_LITTLE);
    mk_shb(m, 2);
    mk_begin(m, 0x206); /* users, version 1 */
    mk_u8(m, 0);
    mk_u32(m, 1000);
    mk_u32(m, 1000);
    mk_str16(m, "ann");
    mk_str16(m, "/home/ann");
    mk_str16(m, "/bin/sh");
    mk_end(m);
    mk_begin(m, 0x202); /* processes, version 1 */
    mk_u64(m, 100);
    mk_u64(m, 100);
    mk_u64(m, 1);
    mk_str16(m, "cat");
    mk_str16(m, "cat");
    mk_str16(m, "");
    mk_str16(m, "/home/ann");
    mk_u64(m, 1024);
    mk_u32(m, 0);
    mk_u32(m, 1000);
    mk_u32(m, 1000);
    mk_end(m);
    mk_begin(m, 0x203); /* descriptors, version 1 */
    mk_u64(m, 100);
    mk_u64(m, 3);
    mk_u64(m, 77);
    mk_u8(m, 2);
    mk_str16(m, "/srv/dir");
    mk_end(m);
    cr_assert(scapf_src_mem(m->o.bytes, m->o.len, NULL, &src, NULL) == SCAPF_OK);
    cr_assert(scapf_reader_new(src, NULL, &reader) == SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert(scapf_host_put(names, &rec) == SCAPF_OK);
    }
    scapf_reader_free(reader);
    return names;
}

Test(value_text, resolved_from_tables)
{
    const struct row rows[] = {
        {SCAPF_PT_FD, SCAPF_PF_DEC, I64(3), "3", "<d>/srv/dir"},
        {SCAPF_PT_FD, SCAPF_PF_DEC, I64(4), "4", NULL},
        {SCAPF_PT_PID, SCAPF_PF_DEC, I64(100), "100", "cat"},
        {SCAPF_PT_PID, SCAPF_PF_DEC, I64(101), "101", NULL},
        {SCAPF_PT_UID, SCAPF_PF_DEC, I32(1000), "1000", "ann"},
        {SCAPF_PT_GID, SCAPF_PF_DEC, I32(1000), "1000", "<NA>"},
        {SCAPF_PT_FDLIST, SCAPF_PF_NA, RAW("\x01\0\x03\0\0\0\0\0\0\0\x04\0"), "3:d4", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("a/./b//c"), "a/./b//c", "/home/ann/a/b/c"},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("../x"), "../x", "/home/x"},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("../../../../x"), "../../../../x", "/x"},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("../.."), "../..", "/"},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("/abs"), "/abs", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR("<NA>"), "<NA>", NULL},
        {SCAPF_PT_FSPATH, SCAPF_PF_NA, STR(""), "", NULL},
    };
    struct mk m;
    struct scapf_host *names = names_of_story(&m);

    expect_rows(rows, sizeof(rows) / sizeof(rows[0]), names);
    scapf_host_free(names);
    mk_release(&m);
}

/* Surplus parameters are shown under a name of their own, generic events show none. */
Test(value_text, arguments_of_an_event)
{
    const struct row row = {SCAPF_PT_ERRNO, SCAPF_PF_DEC, I64(-2), NULL, NULL};
    struct one one;
    struct value_ctx ctx = {.schema = scapf_schema_builtin(), .event = &one.ev, .max_buffer = 80};
    struct out o;

    out_init(&o, NULL, false);
    one_make(&one, &row);
    args_put(&o, &ctx);
    cr_expect_str_eq(told(&o), "arg=-2(ENOENT) ");
    one.info.n_params = 0;
    out_clear(&o);
    args_put(&o, &ctx);
    cr_expect_str_eq(told(&o), "param0=0xfeffffffffffffff ");
    one.ev.code = 1;
    out_clear(&o);
    args_put(&o, &ctx);
    cr_expect_str_eq(told(&o), "");
    out_release(&o);
}
