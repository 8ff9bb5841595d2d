/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/json_read.h"

#include <criterion/criterion.h>
#include <string.h>

static struct json_value read_text(const char *text)
{
    return json_read(text, strlen(text));
}

static bool is_text(struct json_value v, const char *want)
{
    return want == NULL ? v.p == NULL
                        : v.p != NULL && v.len == strlen(want) && memcmp(v.p, want, v.len) == 0;
}

Test(json_read, members)
{
    static const struct {
        const char *text, *key, *want; /* NULL: there is none */
    } rows[] = {
        {"{\"a\":1,\"b\":\"x\"}", "a", "1"},
        {"{\"a\":1,\"b\":\"x\"}", "b", "\"x\""},
        {" { \"a\" : { \"b\" : 2 } , \"b\" : 3 } ", "b", "3"},
        {"{\"a\":{\"b\":2}}", "b", NULL},
        {"{\"a\":[{\"b\":[1]}],\"c\":true}", "a", "[{\"b\":[1]}]"},
        {"{\"a\":[{\"b\":[1]}],\"c\":true}", "c", "true"},
        {"{\"a\":\"}\\\"]\",\"b\":null}", "b", "null"},
        {"{\"ab\":1}", "a", NULL},
        {"{\"a\":1}", "ab", NULL},
        {"{}", "a", NULL},
        {"[\"a\",1]", "a", NULL},
        {"\"a\"", "a", NULL},
        {"", "a", NULL},
        /* no JSON: something or nothing, inside of the text */
        {"{\"a\":", "a", ""},
        {"{\"a\"", "a", NULL},
        {"{\"a", "a", NULL},
        {"{\"a\":\"x", "a", "\"x"},
        {"{\"a\":\"x\\", "a", "\"x\\"},
        {"{\"a\":[[[", "a", "[[["},
        {"{\"b\":}]}],\"a\":1}", "a", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_value v =
            json_member(read_text(rows[i].text), rows[i].key, strlen(rows[i].key));

        cr_expect(is_text(v, rows[i].want), "%s: %.*s", rows[i].text, (int)v.len,
                  v.p != NULL ? v.p : "");
    }
}

/* What is not there may be asked like everything else. */
Test(json_read, nothing)
{
    struct json_value none = json_read(NULL, 0);
    struct json_value item;

    cr_expect_eq(none.len, 0);
    cr_expect_eq(json_member(none, "a", 1).len, 0);
    cr_expect(!json_step(&none, &item));
}

Test(json_read, items)
{
    struct json_value rest = read_text("[1,\"a\" , [2,3],{\"b\":4} ]");
    struct json_value item;
    static const char *const want[] = {"1", "\"a\"", "[2,3]", "{\"b\":4}"};

    for (size_t i = 0; i < 4; i++) {
        cr_expect(json_step(&rest, &item) && is_text(item, want[i]), "item %zu", i);
    }
    cr_expect(!json_step(&rest, &item));
    cr_expect(!json_step(&rest, &item), "the end stays the end");
    rest = read_text("[]");
    cr_expect(!json_step(&rest, &item));
}

Test(json_read, texts)
{
    static const struct {
        const char *json, *want;
    } rows[] = {
        {"\"a\\\"\\\\\\/\\n\\t\"", "a\"\\/\n\t"},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
        {"\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80"},
        {"\"\\uD83Dx\"", "\xef\xbf\xbdx"},
        {"\"\\uDE00\"", "\xef\xbf\xbd"},
        {"\"\\u12\"", "12"},
        {"\"a\\", "a\\"},
        {"\"", ""},
        {"17", "17"},
        {"[1]", "[1]"},
    };
    struct out o;

    out_init(&o, NULL, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        out_clear(&o);
        json_put_text(&o, read_text(rows[i].json));
        cr_expect(o.len == strlen(rows[i].want) && memcmp(o.bytes, rows[i].want, o.len) == 0,
                  "%s: %.*s", rows[i].json, (int)o.len, (const char *)o.bytes);
    }
    out_release(&o);
}
