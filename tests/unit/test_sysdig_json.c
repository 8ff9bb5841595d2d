/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys and spelling of sysdig -j, and which events it shows.
 */
#include "support/json_check.h"
#include "support/mk.h"
#include "support/shown.h"
#include "support/story.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Times are numbers beyond 2^53 there; the judge does not take those, so it gets their first digit
 * and spaces. */
static void check_lines(const struct shown *s)
{
    static const char key[] = "\"evt.outputtime\":";
    char *copy = strdup(s->text);
    const char *wrong;
    size_t at;

    cr_assert(copy != NULL);
    for (char *p = copy; (p = strstr(p, key)) != NULL;) {
        p += sizeof(key);
        memset(p, ' ', strspn(p, "0123456789"));
    }
    wrong = json_check_lines(copy, s->len, &at);
    cr_expect(wrong == NULL, "%s at %zu of %s", wrong, at, copy);
    free(copy);
}

static struct shown show(const struct mk *m)
{
    const struct scapf_printer_opts opts = {.format = SCAPF_PRINT_SYSDIG_JSON};
    struct shown s = shown_make(m->o.bytes, m->o.len, &opts, NULL);

    cr_assert(s.made == SCAPF_OK && s.put == SCAPF_OK && s.finish == SCAPF_OK);
    check_lines(&s);
    return s;
}

static void put_close(struct mk *m, uint32_t block, uint32_t flags)
{
    mk_ev_begin(m, block, 3, UINT64_C(1700000000123456789), 100, 5);
    if (flags != 0) {
        mk_ev_flags(m, flags);
    }
    mk_param_u64(m, (uint64_t)-9);
    mk_ev_end(m);
}

static void put_text_event(struct mk *m, uint16_t code, const char *text)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, 1, 100, code);
    mk_param_str(m, text);
    mk_ev_end(m);
}

static void start(struct mk *m)
{
    mk_init(m, MK_LITTLE);
    mk_shb(m, 2);
}

Test(sysdig_json, keys_in_order)
{
    struct mk m;
    struct shown s;

    start(&m);
    put_close(&m, SCAPF_BLOCK_EV_V2, 0);
    s = show(&m);
    cr_expect_str_eq(
        s.text, "{\"evt.cpu\":3,\"evt.dir\":\"<\",\"evt.info\":\"res=-9(EBADF) \",\"evt.num\":1,"
                "\"evt.outputtime\":1700000000123456789,\"evt.type\":\"close\","
                "\"proc.name\":\"<NA>\",\"thread.tid\":100}\n");
    shown_release(&s);
    mk_release(&m);
}

/* [run, sysdig 0.29.3 with jsoncpp] */
Test(sysdig_json, escapes)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"a b/c", "a b/c"},
        {"\"\\\b\f\n\r\t", "\\\"\\\\\\b\\f\\n\\r\\t"},
        {"\x01\x1f\x7f", "\\u0001\\u001f\x7f"},
        {"\xc3\xa9", "\\u00e9"},
        {"\xe2\x82\xac", "\\u20ac"},
        {"\xf0\x9f\x98\x80", "\\ud83d\\ude00"},
        {"\xff", "\\ufffd"},
        {"\xc3", "\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct shown s;
        char want[128];

        start(&m);
        put_text_event(&m, 94, rows[i].text); /* no chdir has a parameter there: it is surplus */
        mk_clear(&m, MK_LITTLE);
        mk_shb(&m, 2);
        put_text_event(&m, 280, rows[i].text); /* notification: id */
        s = show(&m);
        snprintf(want, sizeof(want), "\"evt.info\":\"id=%s \"", rows[i].want);
        cr_expect(strstr(s.text, want) != NULL, "row %zu: %s in %s", i, want, s.text);
        shown_release(&s);
        mk_release(&m);
    }
}

/* Hidden events count; containers and users count but show only behind another event; codes that
 * nobody knows do neither. */
Test(sysdig_json, what_is_shown)
{
    struct mk m;
    struct shown s;

    start(&m);
    put_text_event(&m, 272, "{}");        /* 1: container, initial state */
    put_text_event(&m, 358, "");          /* 2: groupadded, initial state */
    put_close(&m, SCAPF_BLOCK_EVF_V2, 1); /* 3: state only */
    put_text_event(&m, 272, "{}");        /* 4: shown */
    put_text_event(&m, 234, "");          /* 5: procinfo, internal */
    put_close(&m, SCAPF_BLOCK_EV_V2, 0);  /* 6: shown */
    put_text_event(&m, 60000, "x");       /* unknown */
    put_close(&m, SCAPF_BLOCK_EVF_V2, 2); /* 7: shown */
    s = show(&m);
    cr_expect(strstr(s.text, "\"evt.num\":1,") == NULL);
    cr_expect(strstr(s.text, "\"evt.num\":2,") == NULL);
    cr_expect(strstr(s.text, "\"evt.num\":3,") == NULL);
    cr_expect(strstr(s.text, "\"evt.num\":4,") != NULL);
    cr_expect(strstr(s.text, "\"evt.num\":5,") == NULL);
    cr_expect(strstr(s.text, "\"evt.num\":6,") != NULL);
    cr_expect(strstr(s.text, "\"evt.num\":7,") != NULL);
    cr_expect(strstr(s.text, "\"evt.num\":8,") == NULL);
    shown_release(&s);
    mk_release(&m);
}

/* Buffers are whole here, unlike in lines. */
Test(sysdig_json, buffers_are_whole)
{
    char data[300];
    struct mk m;
    struct shown s;

    memset(data, 'x', sizeof(data));
    start(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 100, 7);
    mk_param_u64(&m, sizeof(data));
    mk_param(&m, data, sizeof(data));
    mk_ev_end(&m);
    s = show(&m);
    cr_expect(strspn(strstr(s.text, "data=") + 5, "x") == sizeof(data));
    shown_release(&s);
    mk_release(&m);
}

Test(sysdig_json, the_story_in_both_orders)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct story story = {.block = SCAPF_BLOCK_EV_V2};
        struct mk m;
        struct shown s;

        mk_init(&m, order);
        mk_shb(&m, 2);
        story_tables(&m);
        story_tell(&m, &story);
        story_tell_odd(&m, &story);
        s = show(&m);
        cr_expect(strstr(s.text, "\"evt.type\":\"accept4\"") != NULL ||
                  strstr(s.text, "\"evt.type\":\"accept\"") != NULL);
        cr_expect(strstr(s.text, "\"proc.name\":\"<NA>\",\"thread.tid\":-1") == NULL);
        shown_release(&s);
        mk_release(&m);
    }
}
