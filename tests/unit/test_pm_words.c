/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of Process Monitor as values: numbers, clocks, dates, details, addresses. */
#include <criterion/criterion.h>
#include <string.h>

#include "../tools/convert/calendar.h"
#include "../tools/convert/pm_build.h"
#include "../tools/convert/pm_when.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BAD             INT64_MIN

static struct pm_text text_of(const char *text)
{
    return (struct pm_text){text, strlen(text)};
}

struct number_row {
    const char *text;
    int64_t want; /* BAD: it is none */
};

static void expect_numbers(bool (*read)(struct pm_text text, int64_t *number),
                           const struct number_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t number = 0;
        bool ok = read(text_of(rows[i].text), &number);

        cr_expect_eq(ok ? number : BAD, rows[i].want, "%s: %lld", rows[i].text, (long long)number);
    }
}

Test(pm_words, numbers_of_any_locale)
{
    static const struct number_row rows[] = {{"4,096", 4096},
                                             {"4\xC2\xA0"
                                              "096",
                                              4096},
                                             {"4.096", 4096},
                                             {"4\xE2\x80\xAF"
                                              "096",
                                              4096},
                                             {"-2147467259", -2147467259},
                                             {"-1", -1},
                                             {"0x7ff795e70000", 0x7ff795e70000},
                                             {"0", 0},
                                             {"", BAD},
                                             {"n/a", BAD},
                                             {"0x", 0},
                                             {"0xg", BAD},
                                             {"99999999999999999999999", BAD}};

    expect_numbers(pm_number, rows, COUNT_OF(rows));
}

Test(pm_words, plain_numbers)
{
    uint64_t value;

    cr_expect(pm_decimal(text_of("4294967295"), UINT32_MAX, &value));
    cr_expect_eq(value, UINT32_MAX);
    cr_expect_not(pm_decimal(text_of("4294967296"), UINT32_MAX, &value));
    cr_expect(pm_decimal(text_of("18446744073709551615"), UINT64_MAX, &value));
    cr_expect_eq(value, UINT64_MAX);
    cr_expect_not(pm_decimal(text_of("18446744073709551616"), UINT64_MAX, &value));
    cr_expect_not(pm_decimal(text_of("99999999999999999999999"), UINT64_MAX, &value));
    cr_expect(pm_decimal(text_of("0000000000000000000000000000000000042"), 42, &value));
    cr_expect_eq(value, 42);
    cr_expect(pm_decimal(text_of("000"), 0, &value));
    cr_expect_not(pm_decimal(text_of("12345678901234567890x"), UINT64_MAX, &value));
    cr_expect_not(pm_decimal(text_of("-5"), UINT32_MAX, &value));
    cr_expect_not(pm_decimal(text_of("0x10"), UINT32_MAX, &value));
    cr_expect_not(pm_decimal(text_of(""), UINT32_MAX, &value));
}

/* Durations of any locale; of more than there can be the most. */
Test(pm_words, seconds)
{
    static const struct number_row rows[] = {{"0.0000021", 2100},
                                             {"0,0000021", 2100},
                                             {"7", 7 * PM_SECOND},
                                             {"1,234", 1234000000},
                                             {"1,234.0000021", 1234 * PM_SECOND + 2100},
                                             {"1.234,0000021", 1234 * PM_SECOND + 2100},
                                             {"12'345'678.5", INT64_C(12345678500000000)},
                                             {"1\xC2\xA0"
                                              "234,5",
                                              1234500000000},
                                             {"1\xE2\x80\xAF"
                                              "234,5",
                                              1234500000000},
                                             {"1234567890.0000001", INT64_C(1234567890000000100)},
                                             {"9223372035.9999999", INT64_C(9223372035999999900)},
                                             {"9223372036.9999999", INT64_MAX},
                                             {"1844674407370.9551615", INT64_MAX},
                                             {"99999999999999999999999999.5", INT64_MAX},
                                             {"1,23.5", BAD},
                                             {"1234,567.5", BAD},
                                             {",234.5", BAD},
                                             {"1,.5", BAD},
                                             {"1x234.5", BAD},
                                             {"1,234,567", BAD},
                                             {"0.1.2", BAD},
                                             {"1.5 s", BAD},
                                             {"-1.5", BAD},
                                             {".5", BAD},
                                             {"", BAD}};

    expect_numbers(pm_seconds, rows, COUNT_OF(rows));
}

/* What a terminal would obey is spelled out, and no character is cut. */
Test(pm_words, texts_for_people)
{
    static const struct {
        const char *text;
        size_t size;
        const char *want;
    } rows[] = {
        {"a\x1B[31mX\n", 32, "a\\x1b[31mX\\x0a"},
        {"\x7F\xC2\x9B\xC2\xA9", 32, "\\x7f\\xc2\\x9b\xC2\xA9"},
        {"\xF0\x9F\x90\xAE\xD0\x96\xE0\xA4\x95", 32, "\xF0\x9F\x90\xAE\xD0\x96\xE0\xA4\x95"},
        {"a\x9B\x9B"
         "b",
         32,
         "a\\x9b\\x9b"
         "b"}, /* none of them goes on with anything */
        {"\x1B\x9B\x33", 32, "\\x1b\\x9b\x33"},
        {"\xC3\x28\xE4\xB8", 32, "\\xc3(\\xe4\\xb8"},
        {"\xE4\xB8\x80\x80", 32, "\xE4\xB8\x80\\x80"},
        {"\xED\xA0\xBC\xC0\x9B", 32, "\\xed\\xa0\\xbc\\xc0\\x9b"},
        {"\xF0\x9F\x90\xAE", 4, ""},
        {"C:\\\xE4\xB8\x80", 7, "C:\\\xE4\xB8\x80"},
        {"C:\\\xE4\xB8\x80", 6, "C:\\"},
        {"ab\x1B", 6, "ab"},
        {"", 1, ""},
    };
    const struct pm_text text = text_of("a\xC3\xA9\xE4\xB8\x80");
    const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char to[32];

        pm_readable(to, rows[i].size, text_of(rows[i].text));
        cr_expect_str_eq(to, rows[i].want, "row %zu", i);
    }
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        cr_expect_eq(pm_cut(text, i), cuts[i], "%zu", i);
    }
}

/* 100 ns a unit; what is not a time has to fail. */
Test(pm_words, clocks)
{
    static const struct {
        const char *text;
        int64_t hours, minutes, seconds, ns;
    } rows[] = {
        {"1:18:10.7752429 AM", 1, 18, 10, 775242900},
        {"12:00:00.0000001 AM", 0, 0, 0, 100},
        {"12:30:00.0000000 PM", 12, 30, 0, 0},
        {"11:59:59.9999999 PM", 23, 59, 59, 999999900},
        {"19:04:47,3955378", 19, 4, 47, 395537800},
        {"20:38:31.9788133", 20, 38, 31, 978813300},
        {"\xE4\xB8\x8B\xE5\x8D\x88 7:04:05.1000000", 19, 4, 5, 100000000},
        {"7:04:05.1000000 \xCE\xBC\xCE\xBC", 19, 4, 5, 100000000},
        {"7:04:05,1000000 p. m.", 19, 4, 5, 100000000},
        {"7:04:05,1000000 p.\xC2\xA0m.", 19, 4, 5, 100000000},
        {"1:18:10 AM", 1, 18, 10, 0},
        {"1:18:10.77524290000 AM", 1, 18, 10, 775242900},
        {"1:18:10.7", 1, 18, 10, 700000000},
        {"01.02.03,5", 1, 2, 3, 500000000},
        {"25:61:61.0", -1, 0, 0, 0},
        {"13:00:00 PM", -1, 0, 0, 0},
        {"0:00:00 AM", -1, 0, 0, 0},
        {"not a time", -1, 0, 0, 0},
        {"1:18:10.5 XM", -1, 0, 0, 0},
        {"1:18", -1, 0, 0, 0},
        {"1:1:1", -1, 0, 0, 0},
        {"", -1, 0, 0, 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ns = -1;
        enum pm_half half;
        int64_t want = ((rows[i].hours * 60 + rows[i].minutes) * 60 + rows[i].seconds) * PM_SECOND +
                       rows[i].ns;
        bool ok = pm_clock(text_of(rows[i].text), &ns, &half);

        cr_expect_eq(ok, rows[i].hours >= 0, "%s", rows[i].text);
        cr_expect(!ok || ns == want, "%s: %lld", rows[i].text, (long long)ns);
    }
}

Test(pm_words, days_are_dates_and_dates_are_days)
{
    static const struct {
        int64_t days, year;
        int month, day;
    } rows[] = {{0, 1970, 1, 1},
                {-1, 1969, 12, 31},
                {11016, 2000, 2, 29},
                {19782, 2024, 2, 29},
                {19783, 2024, 3, 1},
                {-25567, 1900, 1, 1},
                {CALENDAR_1601, 1601, 1, 1},
                {-719468, 0, 3, 1},
                {-719529, -1, 12, 31}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct calendar_date date = calendar_date(rows[i].days);

        cr_expect(date.year == rows[i].year && date.month == rows[i].month &&
                      date.day == rows[i].day,
                  "%lld: %lld-%d-%d", (long long)rows[i].days, (long long)date.year, date.month,
                  date.day);
        cr_expect_eq(calendar_days(rows[i].year, rows[i].month, rows[i].day), rows[i].days);
    }
    for (int64_t days = CALENDAR_1601; days < 200000; days++) {
        struct calendar_date date = calendar_date(days);

        cr_assert_eq(calendar_days(date.year, date.month, date.day), days);
    }
}

Test(pm_words, dates_say_their_order_or_are_guessed)
{
    static const struct {
        const char *text;
        bool twelve;
        int64_t days;
        bool sure;
    } rows[] = {
        {"10/21/2021 ", true, 18921, true},
        {"07.12.2019 ", false, 18237, true},
        {"21/10/2021", false, 18921, true},
        {"2021-10-21", false, 18921, true},
        {"2021\xE5\xB9\xB4"
         "10\xE6\x9C\x88"
         "21\xE6\x97\xA5",
         false, 18921, true},
        {"7/12/2020 ", true, 18455, false},
        {"12/7/2020 ", false, 18455, false},
        {"21.10.2564", false, 18921, true},
        {"1/2", false, BAD, false},
        {"0/0/2020", false, BAD, false},
        {"", false, BAD, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum pm_order order = PM_ORDER_UNKNOWN;
        bool sure = false;
        int64_t days = 0;
        bool ok = pm_date(text_of(rows[i].text), rows[i].twelve, &order, &sure, &days);

        cr_expect_eq(ok ? days : BAD, rows[i].days, "%s: %lld", rows[i].text, (long long)days);
        cr_expect(!ok || sure == rows[i].sure, "%s", rows[i].text);
    }
}

static const struct scapf_pm_row *row_of(const char *operation)
{
    const struct scapf_schema *s = scapf_schema_builtin();

    for (uint32_t i = 0; i < s->n_pm_rows; i++) {
        if (strcmp(s->pm_rows[i].operation, operation) == 0 && s->pm_rows[i].n_keys > 0) {
            return &s->pm_rows[i];
        }
    }
    cr_assert_fail("no row %s", operation);
    return NULL;
}

/* A part begins only where a key of the operation follows. */
Test(pm_words, details)
{
    static const struct {
        const char *operation, *detail, *key, *want;
    } rows[] = {
        {"CreateFile",
         "Desired Access: Read Attributes, Synchronize, Disposition: Open, Options: Directory, "
         "Synchronous IO, Attributes: n/a, ShareMode: Read, Write, AllocationSize: n/a",
         "Desired Access", "Read Attributes, Synchronize"},
        {"CreateFile", "Desired Access: A, Disposition: Open, Options: B, C", "Options", "B, C"},
        {"CreateFile", "Desired Access: A", "OpenResult", NULL},
        {"WriteFile", "Offset: 5,242,880, Length: 1,048,576, Priority: Very Low", "Offset",
         "5,242,880"},
        {"WriteFile", "Offset: 5,242,880, Length: 1,048,576, Priority: Very Low", "Length",
         "1,048,576"},
        {"Process Start", "Parent PID: 1, Command line: a, b: c, d, Current directory: C:\\x\\",
         "Command line", "a, b: c, d"},
        {"RegSetValue", "Type: REG_SZ, Length: 4, Data: x, y", "Data", "x, y"},
        {"RegSetValue", "Type:", "Type", ""},
        {"RegSetValue", "", "Type", NULL},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_text value;
        bool ok =
            pm_detail(row_of(rows[i].operation), text_of(rows[i].detail), rows[i].key, &value);

        cr_expect_eq(ok, rows[i].want != NULL, "row %zu", i);
        cr_expect(!ok || (value.len == strlen(rows[i].want) &&
                          memcmp(value.at, rows[i].want, value.len) == 0),
                  "row %zu: %.*s", i, (int)value.len, value.at);
    }
}

/* A log without that column has no text at all. */
Test(pm_words, no_detail)
{
    struct pm_text value;

    cr_expect(!pm_detail(row_of("CreateFile"), (struct pm_text){NULL, 0}, "Options", &value));
}

Test(pm_words, ends_of_connections)
{
    static const struct {
        const char *path;
        bool ok, cut;
        uint8_t family;
        uint8_t first, last; /* bytes of the far address */
        uint16_t port;
    } rows[] = {
        {"192.168.0.2:49948 -> 91.198.174.192:443", true, true, 2, 91, 192, 443},
        {"192.168.0.2:49948 -> 91.198.174.192:https", true, true, 2, 91, 192, 443},
        {"fe80:0:0:0:1c2:3:4:5:49948 -> 2a02:ec80:300:ed1a:0:0:0:1:https", true, true, 10, 0x2a, 1,
         443},
        {"fe80::1:80 -> ::1:http", true, true, 10, 0, 1, 80},
        {"host-1.local:1024 -> text-lb.esams.wikimedia.org:https", false, true, 0, 0, 0, 0},
        {"1.2.3.4:5 -> 1.2.3.456:80", false, true, 0, 0, 0, 0},
        {"1.2.3.4:5 -> 1.2.3.4:nonsense", false, true, 0, 0, 0, 0},
        {"1.2.3.4:5 -> fe80:0:0:0:0:0:0:1:80", false, true, 0, 0, 0, 0},
        {"garbage", false, false, 0, 0, 0, 0},
        {"", false, false, 0, 0, 0, 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct synth_end ends[2];
        bool cut;
        bool ok = pm_ends(scapf_schema_builtin(), text_of(rows[i].path), ends, &cut);

        cr_expect_eq(ok, rows[i].ok, "%s", rows[i].path);
        cr_expect_eq(cut, rows[i].cut, "%s", rows[i].path);
        if (ok && rows[i].ok) {
            cr_expect_eq(ends[1].family, rows[i].family, "%s", rows[i].path);
            cr_expect_eq(ends[1].ip[0], rows[i].first, "%s", rows[i].path);
            cr_expect_eq(ends[1].ip[rows[i].family == 2 ? 3 : 15], rows[i].last, "%s",
                         rows[i].path);
            cr_expect_eq(ends[1].port, rows[i].port, "%s", rows[i].path);
        }
    }
}

/* ------------------------------------------------------------------ time on one scale */

static int64_t event_at(struct pm_when *w, const char *clock, const char *date)
{
    const struct pm_field fields[] = {{.text = text_of(clock)},
                                      {.text = text_of(date != NULL ? date : "")}};
    uint8_t col[PM_COLUMN_COUNT] = {[PM_TIME] = 1};
    const struct pm_event event = {.fields = fields, .n_fields = 2, .col = col};
    int64_t ns = 0;

    col[PM_DATE] = date != NULL ? 2 : 0;
    cr_assert(pm_when_event(w, &event, &ns), "%s", clock);
    return ns;
}

/* Before the first clock that can be read nothing is known of times, and nothing matches. */
Test(pm_words, a_clock_behind_events_without_one)
{
    const struct pm_field path = {.text = text_of("C:\\a")};
    const struct pm_field bad = {.text = text_of("1:00:")};
    const uint8_t paths[PM_COLUMN_COUNT] = {[PM_PATH] = 1};
    const uint8_t times[PM_COLUMN_COUNT] = {[PM_TIME] = 1};
    const struct pm_event bare = {.fields = &path, .n_fields = 1, .col = paths};
    const struct pm_event damaged = {.fields = &bad, .n_fields = 1, .col = times};
    const struct pm_when_opts none = {0};
    struct pm_when w = {0};
    int64_t before[2];
    int64_t ns;

    cr_expect(pm_when_event(&w, &bare, &before[0]), "all of a file may have none");
    cr_expect_not(pm_when_event(&w, &damaged, &before[1]));
    cr_expect_lt(before[0], before[1]);
    pm_when_match(&w, before[1], 132792807159574100u);
    cr_expect_not(w.has_match);
    ns = event_at(&w, "2:05:15.9574144 AM", NULL);
    cr_expect_not(pm_when_event(&w, &bare, &before[0]), "this one has");
    cr_expect_eq(before[0], ns);
    pm_when_match(&w, ns, 132792807159574100u);
    pm_when_finish(&w, &none);
    cr_expect_eq(w.how, PM_HOW_PROCESS);
    cr_expect_eq(w.zone_s, -7 * 3600);
    cr_expect_eq(pm_when_local(&w, before[1]), ns);
    cr_expect_eq(w.bare, 1);

    w = (struct pm_when){0};
    cr_expect(pm_when_event(&w, &bare, &before[0]));
    cr_expect(pm_when_event(&w, &bare, &before[1]));
    pm_when_finish(&w, &none);
    cr_expect_eq(w.how, PM_HOW_NOTHING);
    cr_expect_eq(pm_when_local(&w, before[1]) - pm_when_local(&w, before[0]), 1000);
}

/* Going back by more than half a day is the next day; by less, it is what the file says. */
Test(pm_words, midnight)
{
    struct pm_when w = {0};

    cr_expect_eq(event_at(&w, "11:59:59.9999999 PM", NULL), PM_DAY - 100);
    cr_expect_eq(event_at(&w, "12:00:00.0000000 AM", NULL), PM_DAY);
    cr_expect_eq(event_at(&w, "12:30:00.0000000 PM", NULL), PM_DAY + 45000 * PM_SECOND);
    cr_expect_eq(event_at(&w, "12:29:00.0000000 PM", NULL), PM_DAY + 44940 * PM_SECOND);
    cr_expect_eq(event_at(&w, "12:28:59.0000000 AM", NULL), 2 * PM_DAY + 1739 * PM_SECOND);
}

Test(pm_words, date_and_zone_from_the_list_of_processes)
{
    struct pm_when w = {0};
    const struct pm_when_opts none = {0};
    int64_t ns = event_at(&w, "2:05:15.9574144 AM", NULL);

    /* 2021-10-21 09:05:15.9574100 UTC */
    pm_when_match(&w, ns, 132792807159574100u);
    pm_when_match(&w, ns + PM_SECOND, 132792807169574100u);
    pm_when_match(&w, ns, 132792843159574100u); /* an hour off */
    pm_when_finish(&w, &none);
    cr_expect_eq(w.how, PM_HOW_PROCESS);
    cr_expect_eq(w.zone_s, -7 * 3600);
    cr_expect_eq(ns + w.shift_ns, 1634807115957414400);
    cr_expect_eq(w.residual_ns, -4400);
    cr_expect_eq(w.matches, 2);
    cr_expect_eq(w.other_matches, 1);
}

Test(pm_words, date_and_zone_from_modules_options_and_file)
{
    const struct pm_when_opts none = {0};
    const struct pm_when_opts said = {
        .has_day = true, .day = 18921, .has_zone = true, .zone_s = 7200};
    const struct pm_when_opts file = {.has_file = true, .file_ns = 18921 * PM_DAY + PM_SECOND};
    struct pm_when a = {0};
    struct pm_when b = {0};
    struct pm_when d = {0};
    int64_t ns = event_at(&a, "14:00:00.0000000", NULL);

    pm_when_module(&a, 132793057710000000u); /* 2021-10-21 16:02:51: 29 s before, two hours on */
    pm_when_module(&a, 132793056000000000u); /* 2021-10-21 16:00:00 */
    pm_when_finish(&a, &none);
    cr_expect_eq(a.how, PM_HOW_MODULES);
    cr_expect_eq(a.zone_s, -2 * 3600);
    cr_expect_eq(ns + a.shift_ns, 18921 * PM_DAY + 16 * 3600 * PM_SECOND);

    (void)event_at(&b, "14:00:00.0000000", NULL);
    pm_when_finish(&b, &said);
    cr_expect_eq(b.how, PM_HOW_OPTION);
    cr_expect_eq(b.first_ns + b.shift_ns, 18921 * PM_DAY + 12 * 3600 * PM_SECOND);

    (void)event_at(&d, "23:00:00.0000000", NULL);
    (void)event_at(&d, "01:00:00.0000000", NULL);
    pm_when_finish(&d, &file);
    cr_expect_eq(d.how, PM_HOW_FILE);
    cr_expect_eq(d.last_ns + d.shift_ns, 18921 * PM_DAY + 3600 * PM_SECOND);
}

Test(pm_words, date_column)
{
    const struct pm_when_opts none = {0};
    struct pm_when w = {0};

    cr_expect_eq(event_at(&w, "2:05:15.9574144 AM", "10/21/2021 2:05:15 AM"),
                 18921 * PM_DAY + 7515957414400);
    cr_expect_eq(event_at(&w, "1:00:00.0000000 AM", "10/24/2021 1:00:00 AM"),
                 18924 * PM_DAY + 3600 * PM_SECOND);
    pm_when_finish(&w, &none);
    cr_expect_eq(w.how, PM_HOW_DATE);
    cr_expect_eq(w.shift_ns, 0);
}

Test(pm_words, texts_are_cut_between_characters)
{
    static const struct {
        const char *text;
        size_t max, want;
    } rows[] = {
        {"abc", 5, 3},
        {"abc", 3, 3},
        {"abc", 2, 2},
        {"a\xc3\xa4z", 2, 1},
        {"a\xf0\x9f\x98\x80z", 4, 1},
        {"a\xf0\x9f\x98\x80z", 5, 5},
        {"\xe2\x82\xacz", 2, 0},
        {"\x80\x80\x80\x80\x80\x80", 5, 5}, /* no UTF-8: it goes on all the same */
        {"\x80\x80\x80\x80\x80\x80", 4, 4},
        {"ab\x80\x80\x80\x80\x80\x80", 6, 6},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(pm_cut(text_of(rows[i].text), rows[i].max), rows[i].want, "row %zu", i);
    }
}

Test(pm_words, a_field_that_cannot_be_begun_adds_nothing_to_the_one_before)
{
    char name[PM_NAME_MAX + 1];
    struct pm_build b = {0};

    memset(name, 'n', sizeof(name));
    pm_build_reset(&b);
    cr_assert(pm_build_field(&b, false, PM_COLUMN_COUNT, 0, text_of("one")));
    cr_assert(pm_build_text(&b, "a", 1));
    cr_expect_not(
        pm_build_field(&b, false, PM_COLUMN_COUNT, 0, (struct pm_text){name, sizeof(name)}));
    cr_expect(b.too_long);
    cr_expect_not(pm_build_text(&b, "b", 1));
    cr_expect(b.own.n == 1 && b.own.at[0].text.len == 1 && b.len == 1);
    cr_assert(pm_build_field(&b, false, PM_COLUMN_COUNT, 0, text_of("two")));
    cr_expect(pm_build_text(&b, "c", 1));
    cr_expect(b.own.n == 2 && b.own.at[1].text.at[0] == 'c' && b.own.at[1].text.len == 1);
    pm_build_release(&b);
}
