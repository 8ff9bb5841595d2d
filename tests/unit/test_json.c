/* SPDX-License-Identifier: Apache-2.0 */
/* The emitter and its public face: what bytes become. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bytes/json.h"
#include "support/json_check.h"

/* The output so far as a NUL-ended string. */
static const char *text(struct out *o)
{
    out_u8(o, 0);
    o->len--;
    return (const char *)o->bytes;
}

#define EXPECT_JSON(call, expected)                                                                \
    do {                                                                                           \
        struct out o_;                                                                             \
        struct json j_;                                                                            \
        size_t at_ = 0;                                                                            \
        const char *what_;                                                                         \
        out_init(&o_, NULL, false);                                                                \
        j_ = json_make(&o_);                                                                       \
        call;                                                                                      \
        cr_expect_str_eq(text(&o_), expected);                                                     \
        what_ = json_check(o_.bytes, o_.len, &at_);                                                \
        cr_expect(what_ == NULL, "%s at %zu of %s", what_, at_, text(&o_));                        \
        out_release(&o_);                                                                          \
    } while (0)

Test(json, commas_and_nesting)
{
    EXPECT_JSON(
        {
            json_object(&j_);
            json_lit_key(&j_, "a");
            json_array(&j_);
            json_u64(&j_, 1);
            json_null(&j_);
            json_object(&j_);
            json_object_end(&j_);
            json_bool(&j_, true);
            json_array_end(&j_);
            json_key(&j_, "b\"\n");
            json_bool(&j_, false);
            json_lit_key(&j_, "c");
            json_lit(&j_, "d");
            json_object_end(&j_);
        },
        "{\"a\":[1,null,{},true],\"b\\\"\\n\":false,\"c\":\"d\"}");
}

Test(json, numbers_stay_exact_for_jq)
{
    EXPECT_JSON(json_u64(&j_, 0), "0");
    EXPECT_JSON(json_u64(&j_, JSON_SAFE_MAX), "9007199254740991");
    EXPECT_JSON(json_u64(&j_, JSON_SAFE_MAX + 1), "\"9007199254740992\"");
    EXPECT_JSON(json_u64(&j_, UINT64_MAX), "\"18446744073709551615\"");
    EXPECT_JSON(json_i64(&j_, -1), "-1");
    EXPECT_JSON(json_i64(&j_, (int64_t)JSON_SAFE_MAX), "9007199254740991");
    EXPECT_JSON(json_i64(&j_, -(int64_t)JSON_SAFE_MAX), "-9007199254740991");
    EXPECT_JSON(json_i64(&j_, -(int64_t)JSON_SAFE_MAX - 1), "\"-9007199254740992\"");
    EXPECT_JSON(json_i64(&j_, INT64_MIN), "\"-9223372036854775808\"");
    EXPECT_JSON(json_i64(&j_, INT64_MAX), "\"9223372036854775807\"");
    EXPECT_JSON(json_u64_string(&j_, 7), "\"7\"");
    EXPECT_JSON(json_i64_string(&j_, -7), "\"-7\"");
    EXPECT_JSON(json_hex(&j_, 0xBEEF), "\"0xbeef\"");
}

/* Every single byte, alone and at each place of a run that is scanned eight at a time. */
Test(json, every_byte_is_shown_legally)
{
    static const char *const shorts[256] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
        ['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t",
    };

    for (unsigned c = 0; c < 256; c++) {
        for (size_t place = 0; place < 17; place++) {
            char in[17];
            char want[64];
            char shown[8];

            memset(in, 'x', sizeof(in));
            in[place] = (char)c;
            if (shorts[c] != NULL) {
                snprintf(shown, sizeof(shown), "%s", shorts[c]);
            } else if (c < 0x20 || c == 0x7F) {
                snprintf(shown, sizeof(shown), "\\u%04x", c);
            } else if (c >= 0x80) {
                snprintf(shown, sizeof(shown), "\xEF\xBF\xBD");
            } else {
                snprintf(shown, sizeof(shown), "%c", (int)c);
            }
            snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", (int)place, "xxxxxxxxxxxxxxxxx", shown,
                     (int)(16 - place), "xxxxxxxxxxxxxxxxx");
            EXPECT_JSON(json_string(&j_, in, sizeof(in)), want);
        }
    }
}

#define BAD "\xEF\xBF\xBD"

Test(json, utf8_is_kept_and_what_is_none_is_replaced_byte_by_byte)
{
    static const struct {
        const char *name, *in, *shown;
        size_t valid_to; /* bytes of the first character when it is valid, else 0 */
    } rows[] = {
        {"two bytes, least", "\xC2\x80", "\xC2\x80", 2},
        {"two bytes, most", "\xDF\xBF", "\xDF\xBF", 2},
        {"three bytes, least", "\xE0\xA0\x80", "\xE0\xA0\x80", 3},
        {"before the surrogates", "\xED\x9F\xBF", "\xED\x9F\xBF", 3},
        {"after the surrogates", "\xEE\x80\x80", "\xEE\x80\x80", 3},
        {"three bytes, most", "\xEF\xBF\xBF", "\xEF\xBF\xBF", 3},
        {"four bytes, least", "\xF0\x90\x80\x80", "\xF0\x90\x80\x80", 4},
        {"four bytes, most", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF", 4},
        {"overlong two", "\xC0\xAF", BAD BAD, 0},
        {"overlong two, most", "\xC1\xBF", BAD BAD, 0},
        {"overlong three", "\xE0\x9F\xBF", BAD BAD BAD, 0},
        {"overlong four", "\xF0\x8F\xBF\xBF", BAD BAD BAD BAD, 0},
        {"low surrogate bound", "\xED\xA0\x80", BAD BAD BAD, 0},
        {"high surrogate bound", "\xED\xBF\xBF", BAD BAD BAD, 0},
        {"above U+10FFFF", "\xF4\x90\x80\x80", BAD BAD BAD BAD, 0},
        {"first byte F5", "\xF5\x80\x80\x80", BAD BAD BAD BAD, 0},
        {"lone continuation", "\x80", BAD, 0},
        {"cut two", "\xC2", BAD, 0},
        {"cut three", "\xE2\x82", BAD BAD, 0},
        {"cut four", "\xF0\x9F\x98", BAD BAD BAD, 0},
        {"two broken by ASCII", "\xC2x", BAD "x", 0},
        {"four broken at its third byte", "\xF0\x9Fx\x80", BAD BAD "x" BAD, 0},
        {"FE and FF", "\xFE\xFF", BAD BAD, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t *in = (const uint8_t *)rows[i].in;
        size_t n = strlen(rows[i].in);
        char want[32];

        snprintf(want, sizeof(want), "\"%s\"", rows[i].shown);
        cr_expect_eq(utf8_len(in, n), rows[i].valid_to, "%s", rows[i].name);
        cr_expect_eq(utf8_is_valid(in, n), rows[i].valid_to == n, "%s", rows[i].name);
        EXPECT_JSON(json_string(&j_, in, n), want);
    }
}

Test(json, text_that_is_no_utf8_keeps_its_bytes)
{
    EXPECT_JSON(json_text(&j_, "a\xC3\xA4", 3), "\"a\xC3\xA4\"");
    EXPECT_JSON(json_text(&j_, "", 0), "\"\"");
    EXPECT_JSON(json_text(&j_, "a\xFF", 2), "{\"text\":\"a" BAD "\",\"base64\":\"Yf8=\"}");
}

/* [RFC 4648 10] */
Test(json, base64_of_the_rfc)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"", "\"\""},
        {"f", "\"Zg==\""},
        {"fo", "\"Zm8=\""},
        {"foo", "\"Zm9v\""},
        {"foob", "\"Zm9vYg==\""},
        {"fooba", "\"Zm9vYmE=\""},
        {"foobar", "\"Zm9vYmFy\""},
        {"\xFB\xFF\xBF", "\"+/+/\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EXPECT_JSON(json_base64(&j_, rows[i].in, strlen(rows[i].in)), rows[i].want);
    }
}

Test(json, preview_shows_printable_ascii_and_stops)
{
    EXPECT_JSON(json_preview(&j_, "a\"\\\n\xFFz", 6, 80), "\"a\\\"\\\\..z\"");
    EXPECT_JSON(json_preview(&j_, "abcdef", 6, 4), "\"abcd\"");
    EXPECT_JSON(json_preview(&j_, "", 0, 4), "\"\"");
}

Test(json, the_judge_refuses)
{
    static const char *const bad[] = {
        "",
        "{",
        "}",
        "[1,]",
        "{\"a\"}",
        "{\"a\":1,}",
        "01",
        "1.",
        "1e",
        "-",
        "tru",
        "\"\x01\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\xFF\"",
        "\"\xC0\x80\"",
        "\"\xED\xA0\x80\"",
        "1 2",
        "{\"a\":1,\"a\":2}",
        "9007199254740992",
        "\"",
        "[1 2]",
        "{1:2}",
        "'a'",
    };
    size_t at;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect(json_check(bad[i], strlen(bad[i]), &at) != NULL, "accepted: %s", bad[i]);
    }
    cr_expect(json_check_lines("{}\n[]\n", 6, &at) != NULL);
    cr_expect(json_check_lines("{}\n{}", 5, &at) != NULL);
    cr_expect(json_check_lines("{}\n{\"a\":\"\xC3\xA4\"}\n", 14, &at) == NULL);
}

/* The public face, in one line. */
static enum scapf_status facts(void (*write)(struct scapf_json *), char *buf, size_t size)
{
    struct scapf_sink *sink;
    struct scapf_json *json;
    enum scapf_status status;
    const uint8_t *bytes;
    size_t len;

    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_json_new(sink, NULL, &json), SCAPF_OK);
    write(json);
    status = scapf_json_finish(json);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    snprintf(buf, size, "%.*s", (int)len, (const char *)bytes);
    scapf_json_free(json);
    scapf_sink_free(sink);
    return status;
}

static void good_facts(struct scapf_json *json)
{
    const struct scapf_diag diag = {.rule = (uint16_t)scapf_rule_find("PNG-003"), .off = 28};

    scapf_json_open(json, '{');
    scapf_json_key(json, "n");
    scapf_json_u64(json, UINT64_MAX);
    scapf_json_key(json, "i");
    scapf_json_i64(json, -2);
    scapf_json_key(json, "t");
    scapf_json_time(json, 5);
    scapf_json_key(json, "a");
    scapf_json_open(json, '[');
    scapf_json_string(json, "x");
    scapf_json_text(json, "\xFF", 1);
    scapf_json_base64(json, "\xFF", 1);
    scapf_json_bool(json, true);
    scapf_json_null(json);
    scapf_json_close(json);
    scapf_json_close(json);
    scapf_json_open(json, '{');
    scapf_json_key(json, "d");
    scapf_json_diag(json, &diag);
    scapf_json_close(json);
}

static void value_without_key(struct scapf_json *json)
{
    scapf_json_open(json, '{');
    scapf_json_u64(json, 1);
}

static void key_in_array(struct scapf_json *json)
{
    scapf_json_open(json, '[');
    scapf_json_key(json, "a");
}

static void close_after_key(struct scapf_json *json)
{
    scapf_json_open(json, '{');
    scapf_json_key(json, "a");
    scapf_json_close(json);
}

static void left_open(struct scapf_json *json)
{
    scapf_json_open(json, '[');
}

static void close_too_much(struct scapf_json *json)
{
    scapf_json_open(json, '[');
    scapf_json_close(json);
    scapf_json_close(json);
}

static void wrong_bracket(struct scapf_json *json)
{
    scapf_json_open(json, '(');
}

static void too_deep(struct scapf_json *json)
{
    for (int i = 0; i < 65; i++) {
        scapf_json_open(json, '[');
    }
}

Test(json, facts_are_lines)
{
    char buf[1024];
    size_t at = 0;

    cr_expect_eq(facts(good_facts, buf, sizeof(buf)), SCAPF_OK);
    cr_expect(json_check_lines(buf, strlen(buf), &at) == NULL);
    cr_expect_str_eq(buf, "{\"n\":\"18446744073709551615\",\"i\":-2,\"t\":\"5\",\"a\":[\"x\","
                          "{\"text\":\"" BAD "\",\"base64\":\"/w==\"},\"/w==\",true,null]}\n"
                          "{\"d\":{\"rule\":\"PNG-003\",\"symbol\":\"BLOCK_LEN_MIN\","
                          "\"severity\":\"error\",\"offset\":28,\"block\":0,\"block_type\":0,"
                          "\"got\":0,\"want\":0,"
                          "\"sentence\":\"block length is smaller than its fixed part\"}}\n");
}

Test(json, facts_out_of_order_are_refused)
{
    static const struct {
        const char *name;
        void (*write)(struct scapf_json *);
        enum scapf_status status;
    } rows[] = {
        {"value without key", value_without_key, SCAPF_E_USAGE},
        {"key in array", key_in_array, SCAPF_E_USAGE},
        {"close after key", close_after_key, SCAPF_E_USAGE},
        {"left open", left_open, SCAPF_E_USAGE},
        {"close too much", close_too_much, SCAPF_E_USAGE},
        {"wrong bracket", wrong_bracket, SCAPF_E_USAGE},
        {"too deep", too_deep, SCAPF_E_LIMIT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buf[1024];

        cr_expect_eq(facts(rows[i].write, buf, sizeof(buf)), rows[i].status, "%s", rows[i].name);
    }
}

/* Every byte at every place of a text of every length. */
Test(json, plain_runs)
{
    uint8_t text[80];

    for (size_t n = 0; n <= 40; n++) {
        for (size_t at = 0; at < n + 8; at++) {
            for (unsigned c = 0; c < 256; c++) {
                bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';

                memset(text, 'a', sizeof(text));
                text[at] = (uint8_t)c;
                cr_expect_eq(json_plain_run(text, n), plain || at >= n ? n : at);
                text[at + 1] = 0x80;
                text[at + 3] = '"';
                cr_expect_eq(json_plain_run(text, n), at >= n      ? n
                                                      : !plain     ? at
                                                      : at + 1 < n ? at + 1
                                                                   : n);
            }
        }
    }
}
