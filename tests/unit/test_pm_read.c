/* SPDX-License-Identifier: Apache-2.0 */
/* XML and CSV exports of Process Monitor: what is read, where damage is found, what is repaired. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/pm_run.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<procmon><eventlist>\r\n"
#define TAIL     "</eventlist></procmon>"
#define EVENT(p) EVENT_AT("1:00:00.0000001 AM", p)
#define EVENT_AT(time, p)                                                                          \
    "<event>\r\n<ProcessIndex>7</ProcessIndex>\r\n<Time_of_Day>" time "</Time_of_Day>\r\n"         \
    "<Process_Name>a.exe</Process_Name>\r\n<PID>932</PID>\r\n<Operation>RegCloseKey</Operation>"   \
    "\r\n<Path>" p "</Path>\r\n<Result>SUCCESS</Result>\r\n<Detail></Detail>\r\n</event>\r\n"
#define GOOD EVENT("HKLM")
/* An event with other columns beside. */
#define EVENT_WITH(columns)                                                                        \
    "<event>\r\n<ProcessIndex>7</ProcessIndex>\r\n<Time_of_Day>1:00:00.0000001 AM</Time_of_Day>"   \
    "<Operation>RegCloseKey</Operation>" columns "</event>\r\n"
#define LIST(process)                                                                              \
    "<procmon><processlist><process>" process "</process></processlist><eventlist>" GOOD TAIL
#define INDEX "<ProcessIndex>7</ProcessIndex>"
#define PID   "<ProcessId>9</ProcessId>"

static struct pm_run read_xml(const char *text, size_t len, bool lenient)
{
    const struct pm_convert_opts opts = {.lenient = lenient};

    return run_pm(PM_XML, text, len, &opts);
}

/* The text with its length: some have a NUL. */
#define TEXT(s) (s), sizeof(s) - 1

static const struct damage {
    const char *name, *text;
    size_t len;
    enum pm_wrong wrong; /* strict */
    uint64_t line, event;
    uint64_t events; /* lenient */
    bool refused;    /* lenient, too */
} damaged[] = {
    {"cut in a tag", TEXT(HEAD GOOD "<event>\r\n<ProcessInd"), PM_CUT, 14, 2, 1, false},
    {"cut behind an event", TEXT(HEAD GOOD GOOD), PM_CUT, 23, 2, 2, false},
    {"no end of the root", TEXT(HEAD GOOD "</eventlist>"), PM_CUT, 13, 1, 1, false},
    {"NUL", TEXT(HEAD EVENT("a\0b") GOOD TAIL), PM_BAD_BYTE, 9, 1, 2, false},
    {"control", TEXT(HEAD GOOD EVENT("a\x01") TAIL), PM_BAD_BYTE, 19, 2, 2, false},
    {"Latin-1", TEXT(HEAD EVENT("caf\xE9.txt") TAIL), PM_BAD_BYTE, 9, 1, 1, false},
    {"surrogate", TEXT(HEAD EVENT("\xED\xA0\xBC") TAIL), PM_BAD_BYTE, 9, 1, 1, false},
    {"U+FFFF", TEXT(HEAD EVENT("\xEF\xBF\xBF") TAIL), PM_BAD_BYTE, 9, 1, 1, false},
    {"cut character", TEXT(HEAD GOOD "<event><Path>\xE4\xB8"), PM_BAD_BYTE, 13, 2, 1, false},
    {"reference", TEXT(HEAD EVENT("&#x1;") GOOD TAIL), PM_BAD_XML, 9, 1, 2, false},
    {"bare &", TEXT(HEAD EVENT("A & B") GOOD TAIL), PM_BAD_XML, 9, 1, 2, false},
    {"tag in a value", TEXT(HEAD EVENT("<x>.txt") GOOD TAIL), PM_STRUCTURE, 9, 1, 2, false},
    {"entity", TEXT(HEAD EVENT("&nbsp;") GOOD TAIL), PM_BAD_XML, 9, 1, 2, false},
    {"name of a column",
     TEXT(HEAD "<event><D_&_T>1</D_&_T><Time_of_Day>1:00:00.1"
               "</Time_of_Day><Operation>A</Operation></event>" GOOD TAIL),
     PM_BAD_XML, 3, 1, 2, false},
    {"two documents", TEXT(HEAD GOOD TAIL "\xEF\xBB\xBF" HEAD GOOD TAIL), PM_BAD_XML, 13, 1, 2,
     false},
    {"doctype", TEXT("<!DOCTYPE p [<!ENTITY a \"b\">]>" HEAD GOOD TAIL), PM_DOCTYPE, 1, 0, 0, true},
    {"external", TEXT("<?xml version=\"1.0\"?><!DOCTYPE procmon SYSTEM \"http://x/y\"><procmon/>"),
     PM_DOCTYPE, 1, 0, 0, true},
    {"other root", TEXT("<Events><Event/></Events>"), PM_NOT_PROCMON, 1, 0, 0, true},
    {"no root", TEXT(""), PM_NOT_PROCMON, 1, 0, 0, true},
    {"no XML", TEXT("hello"), PM_BAD_XML, 1, 0, 0, true},
    {"stranger in the list", TEXT(HEAD "<cow/>" GOOD TAIL), PM_STRUCTURE, 3, 1, 1, false},
    {"event in an event", TEXT(HEAD EVENT_WITH("<event></event>") GOOD TAIL), PM_STRUCTURE, 5, 1, 2,
     false},
    {"empty event in an event", TEXT(HEAD GOOD EVENT_WITH("<event/>") TAIL), PM_STRUCTURE, 15, 2, 2,
     false},
    {"list in an event", TEXT(HEAD EVENT_WITH("<eventlist/>") GOOD TAIL), PM_STRUCTURE, 5, 1, 2,
     false},
    {"event in a frame", TEXT(HEAD EVENT_WITH("<stack><frame><event/></frame></stack>") GOOD TAIL),
     PM_STRUCTURE, 5, 1, 2, false},
    {"process in a process", TEXT(LIST(INDEX PID "<process/>")), PM_STRUCTURE, 1, 0, 1, false},
    {"deep", TEXT(HEAD "<event><stack><frame><a><b><c><d>"), PM_STRUCTURE, 3, 1, 0, false},
    {"bad time", TEXT(HEAD GOOD EVENT_AT("25:61:61.0", "x") TAIL), PM_BAD_TIME, 13, 2, 2, false},
    {"no time", TEXT(HEAD EVENT_AT("", "x") TAIL), PM_BAD_TIME, 3, 1, 1, false},
    {"PID", TEXT(HEAD EVENT_WITH("<PID>x932</PID>") TAIL), PM_BAD_COLUMN, 3, 1, 1, false},
    {"no PID", TEXT(HEAD EVENT_WITH("<PID></PID>") TAIL), PM_BAD_COLUMN, 3, 1, 1, false},
    {"index", TEXT(HEAD EVENT_WITH("<ProcessIndex>8</ProcessIndex>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"two PIDs", TEXT(HEAD EVENT_WITH("<PID>1</PID><PID>1</PID>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"TID", TEXT(HEAD EVENT_WITH("<TID>1 2</TID>") TAIL), PM_BAD_COLUMN, 3, 1, 1, false},
    {"parent", TEXT(HEAD EVENT_WITH("<Parent_PID>-</Parent_PID>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"session", TEXT(HEAD EVENT_WITH("<Session>4294967296</Session>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"duration", TEXT(HEAD EVENT_WITH("<Duration>0.1.2</Duration>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"completion", TEXT(HEAD EVENT_WITH("<Completion_Time>now</Completion_Time>") TAIL),
     PM_BAD_COLUMN, 3, 1, 1, false},
    {"relative", TEXT(HEAD EVENT_WITH("<Relative_Time>0x1</Relative_Time>") TAIL), PM_BAD_COLUMN, 3,
     1, 1, false},
    {"date", TEXT(HEAD EVENT_WITH("<Date___Time>7/12</Date___Time>") TAIL), PM_BAD_COLUMN, 3, 1, 1,
     false},
    {"LUID", TEXT(HEAD EVENT_WITH("<Authentication_ID>00000000-000003e7</Authentication_ID>") TAIL),
     PM_BAD_COLUMN, 3, 1, 1, false},
    {"depth", TEXT(HEAD EVENT_WITH("<stack><frame><depth>a</depth></frame></stack>") TAIL),
     PM_BAD_COLUMN, 3, 1, 1, false},
    {"address", TEXT(HEAD EVENT_WITH("<stack><frame><address>7</address></frame></stack>") TAIL),
     PM_BAD_COLUMN, 3, 1, 1, false},
    {"empty date", TEXT(HEAD EVENT_WITH("<Date___Time></Date___Time>") TAIL), PM_BAD_COLUMN, 3, 1,
     1, false},
    {"missing column", TEXT(HEAD GOOD EVENT_WITH("") GOOD TAIL), PM_BAD_COLUMN, 13, 2, 3, false},
    {"further column", TEXT(HEAD EVENT_WITH("") GOOD GOOD TAIL), PM_BAD_COLUMN, 6, 2, 3, false},
    {"process without a number", TEXT(LIST(INDEX)), PM_BAD_COLUMN, 1, 0, 1, false},
    {"process without an index", TEXT(LIST(PID)), PM_BAD_COLUMN, 1, 0, 1, false},
    {"process with two", TEXT(LIST(INDEX PID PID)), PM_BAD_COLUMN, 1, 0, 1, false},
    {"its number", TEXT(LIST(INDEX "<ProcessId>9a</ProcessId>")), PM_BAD_COLUMN, 1, 0, 1, false},
    {"its begin", TEXT(LIST(INDEX PID "<CreateTime>now</CreateTime>")), PM_BAD_COLUMN, 1, 0, 1,
     false},
    {"module", TEXT(LIST(INDEX PID "<modulelist><module><Size>big</Size></module></modulelist>")),
     PM_BAD_COLUMN, 1, 0, 1, false},
    {"its address",
     TEXT(
         LIST(INDEX PID "<modulelist><module><BaseAddress>0x</BaseAddress></module></modulelist>")),
     PM_BAD_COLUMN, 1, 0, 1, false},
};

Test(pm_read, strict_stops_at_the_first_damage)
{
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        const struct damage *d = &damaged[i];
        struct pm_run r = read_xml(d->text, d->len, false);

        cr_expect_eq(r.fault.wrong, d->wrong, "%s: %d (%s)", d->name, (int)r.fault.wrong,
                     r.fault.text);
        cr_expect_eq(r.fault.line, d->line, "%s: line %llu", d->name,
                     (unsigned long long)r.fault.line);
        cr_expect_eq(r.fault.event, d->event, "%s: event %llu", d->name,
                     (unsigned long long)r.fault.event);
        cr_expect_leq(r.fault.off, d->len, "%s", d->name);
        cr_expect_null(r.run.bytes, "%s", d->name);
        run_release(&r.run);
    }
}

Test(pm_read, lenient_saves_every_whole_event)
{
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        const struct damage *d = &damaged[i];
        struct pm_run r = read_xml(d->text, d->len, true);
        const struct pm_repairs *p = &r.verdict.repairs;

        cr_expect_eq(r.run.status != SCAPF_OK, d->refused, "%s", d->name);
        cr_expect_eq(r.verdict.events, d->events, "%s: %llu", d->name,
                     (unsigned long long)r.verdict.events);
        cr_expect(d->refused ||
                      p->bytes + p->events + p->lost + p->processes + p->skipped + p->times +
                              p->values + p->doubled + p->missing >
                          0 ||
                      p->tail,
                  "%s: nothing was counted", d->name);
        cr_expect(d->refused ||
                      run_findings(&r.run, d->events > 0 ? SCAPF_WARNING : SCAPF_ERROR) == 0,
                  "%s", d->name);
        run_release(&r.run);
    }
}

/* One of what it becomes has neither parameters nor a comment: nothing is allocated for that. */
Test(pm_read, lenient_event_without_anything)
{
    struct pm_run r = read_xml(TEXT("<<event><Time_of_Day>\n<Operation>Thread Create"), true);

    cr_assert_eq(r.run.status, SCAPF_OK);
    cr_expect_eq(r.verdict.events, 1);
    cr_expect_eq(run_findings(&r.run, SCAPF_ERROR), 0);
    run_release(&r.run);
}

/* One event that is damaged leaves the times of all others as they are. */
Test(pm_read, damage_moves_no_other_event)
{
#define DATED(date)                                                                                \
    EVENT_WITH("<PID>932</PID><Date___Time>" date "</Date___Time><Duration>0.1</Duration>")
#define DAY             DATED("10/21/2021 1:00:00 AM")
#define OPENED          OPENED_AT("1:00:00.0000001 AM")
#define OPENED_AT(time) "<event>\r\n<Time_of_Day>" time "</Time_of_Day>\r\n<Operation>x</Operation>"
#define DAY_NS          (INT64_C(18921) * PM_DAY)
#define HOUR_NS         (INT64_C(3600) * PM_SECOND)
    static const struct {
        const char *text;
        uint64_t events, times, mended, lost;
    } rows[] = {
        {HEAD DAY DAY DAY TAIL, 3, 0, 0, 0},
        {HEAD DATED("") DAY DAY TAIL, 3, 1, 0, 0},
        {HEAD DATED("") DATED("") DAY TAIL, 3, 2, 0, 0},
        {HEAD DAY DATED("") DAY TAIL, 3, 1, 0, 0},
        {HEAD DAY "<event></event>" DAY TAIL, 3, 1, 0, 0},
        {HEAD DAY OPENED DAY TAIL, 3, 0, 2, 0},
        {HEAD DAY "<event>\r\n<PID>3</PID>\r\n" DAY TAIL, 2, 0, 1, 1},
        {HEAD "<event></event>" DAY DAY TAIL, 3, 1, 0, 0},
        {HEAD "<event><PID>3</PID></event>" DAY DAY TAIL, 3, 1, 0, 0},
        {HEAD EVENT_AT("x", "") DAY DAY TAIL, 3, 1, 0, 0},
        {HEAD EVENT_AT("x", "") EVENT_AT("", "") DATED("") DAY TAIL, 4, 3, 0, 0},
        {HEAD OPENED_AT("1:00:") DAY DAY TAIL, 3, 1, 2, 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_run r = read_xml(rows[i].text, strlen(rows[i].text), true);
        const struct pm_repairs *p = &r.verdict.repairs;
        const struct pm_when *w = &r.verdict.when;
        char *times;

        cr_expect_eq(r.run.status, SCAPF_OK, "row %zu: %s", i, r.fault.text);
        cr_expect_eq(r.verdict.events, rows[i].events, "row %zu", i);
        cr_expect_eq(p->times, rows[i].times, "row %zu: %llu", i, (unsigned long long)p->times);
        cr_expect_eq(p->events, rows[i].mended, "row %zu", i);
        cr_expect_eq(p->lost, rows[i].lost, "row %zu", i);
        cr_expect_eq(w->first_ns, DAY_NS + HOUR_NS + 100, "row %zu: %lld", i,
                     (long long)w->first_ns);
        cr_expect_eq(w->last_ns, DAY_NS + HOUR_NS + 100, "row %zu", i);
        cr_expect(w->has_clock, "row %zu", i);
        cr_expect_eq(r.verdict.clock_back, 0, "row %zu", i);
        times = run_lines(&r.run, "evt.rawtime");
        for (const char *at = times; *at != '\0'; at = strchr(at, '\n') + 1) {
            cr_expect_eq(strtoll(at, NULL, 10) / PM_DAY, DAY_NS / PM_DAY, "row %zu: %s", i, at);
        }
        free(times);
        run_release(&r.run);
    }
}

/* The columns of the first event are the measure: an odd one is told once, and so is a column that
 * all others have; what was broken and mended is not counted a second time. */
Test(pm_read, columns_are_those_of_the_first_event)
{
#define FURTHER EVENT_WITH("<Category>x</Category>")
    static const struct {
        const char *text;
        uint64_t missing, events;
    } rows[] = {
        {HEAD GOOD GOOD GOOD TAIL, 0, 0},
        {HEAD EVENT_WITH("") FURTHER EVENT_WITH("") EVENT_WITH("") TAIL, 1, 0},
        {HEAD EVENT_WITH("") FURTHER FURTHER FURTHER TAIL, 1, 0},
        {HEAD FURTHER EVENT_WITH("") FURTHER EVENT_WITH("") TAIL, 2, 0},
        {HEAD FURTHER EVENT_WITH("<TID>1</TID>") EVENT_WITH("<TID>1</TID>") TAIL, 3, 0},
        {HEAD FURTHER EVENT_WITH("<Path>a & b</Path>") FURTHER TAIL, 0, 1},
        {HEAD EVENT_WITH("<Path>a & b</Path>") FURTHER FURTHER TAIL, 0, 1},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_run r = read_xml(rows[i].text, strlen(rows[i].text), true);
        const struct pm_repairs *p = &r.verdict.repairs;

        cr_expect_eq(r.run.status, SCAPF_OK, "row %zu: %s", i, r.fault.text);
        cr_expect_eq(p->missing, rows[i].missing, "row %zu: %llu", i,
                     (unsigned long long)p->missing);
        cr_expect_eq(p->events, rows[i].events, "row %zu: %llu", i, (unsigned long long)p->events);
        run_release(&r.run);
    }
}

/* Values that are odd and no damage. */
Test(pm_read, odd_values_are_taken)
{
    static const struct {
        const char *text;
        uint64_t no_duration;
    } rows[] = {
        {LIST(INDEX PID "<ParentProcessIndex>-1</ParentProcessIndex>"), 1},
        {HEAD EVENT_WITH("<Duration>1,234.0000021</Duration>") TAIL, 0},
        {HEAD EVENT_WITH("<Duration>0999999999.0000021</Duration>") TAIL, 0},
        {HEAD EVENT_WITH("<Duration>1844674407370.9551615</Duration>") TAIL, 1},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_run r = read_xml(rows[i].text, strlen(rows[i].text), false);

        cr_expect_eq(r.run.status, SCAPF_OK, "row %zu: %s", i, r.fault.text);
        cr_expect_eq(r.verdict.no_duration, rows[i].no_duration, "row %zu", i);
        run_release(&r.run);
    }
}

/* What is wrong is told as text, and no character of it is cut. */
Test(pm_read, faults_are_readable)
{
#define FORTY "123456789012345678901234567890123456789"
    static const struct {
        const char *csv, *want;
    } rows[] = {
        {"PID,Time of Day,Operation\n\x1B[31mX,1:00:00.5,Y\n", "PID: \\x1b[31mX"},
        {"PID,Time of Day,Operation\n" FORTY "\xE4\xB8\x80,1:00:00.5,Y\n", "PID: " FORTY},
        {"PID,Time of Day,Operation\n7," FORTY "12345678901234567890\xC3\xA9,Y\n",
         FORTY "12345678901234567890"},
        {"PID,Time of Day,Operation\n7,\x1B]0;x\x07,Y\n", "\\x1b]0;x\\x07"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_run r = run_pm(PM_CSV, rows[i].csv, strlen(rows[i].csv), NULL);

        cr_expect_str_eq(r.fault.text, rows[i].want, "row %zu", i);
        run_release(&r.run);
    }
}

/* The place of an error is one of the file, whatever the parser was given. */
Test(pm_read, offsets_are_of_the_file)
{
    static const char text[] = HEAD GOOD EVENT("A & B") TAIL;
    char bytes[2 * sizeof(text) + 8];
    struct pm_run plain = read_xml(text, sizeof(text) - 1, false);
    struct pm_run r;
    const char *bad = strstr(text, "A & B");

    /* the parser stands at the & or a little behind it */
    cr_assert_geq(plain.fault.off, (uint64_t)(bad - text));
    cr_assert_leq(plain.fault.off, (uint64_t)(bad - text) + 4);
    snprintf(bytes, sizeof(bytes), "\xEF\xBB\xBF%s", text);
    r = read_xml(bytes, sizeof(text) + 2, false);
    cr_expect_eq(r.fault.off, plain.fault.off + 3);
    run_release(&r.run);
    for (unsigned big = 0; big < 2; big++) {
        /* U+10348, four bytes in UTF-8 and in UTF-16; U+4E00, three and two */
        static const uint8_t before[2][6] = {{0x00, 0xD8, 0x48, 0xDF, 0x00, 0x4E},
                                             {0xD8, 0x00, 0xDF, 0x48, 0x4E, 0x00}};
        size_t n = 0;

        memcpy(bytes, big ? "\xFE\xFF" : "\xFF\xFE", 2);
        n = 2;
        for (size_t i = 0; i < sizeof(text) - 1; i++) {
            if (text + i == bad) {
                memcpy(bytes + n, before[big], 6);
                n += 6;
            }
            bytes[n + big] = text[i];
            bytes[n + 1 - big] = '\0';
            n += 2;
        }
        r = read_xml(bytes, n, false);
        cr_expect_eq(r.fault.wrong, PM_BAD_XML);
        cr_expect_eq(r.fault.off, 2 + 2 * plain.fault.off + 6, "%llu, not %llu",
                     (unsigned long long)r.fault.off,
                     (unsigned long long)(2 + 2 * plain.fault.off + 6));
        run_release(&r.run);
    }
    run_release(&plain.run);
}

/* Forms that are well-formed and unusual give the same capture. */
Test(pm_read, forms_of_one_recording)
{
    static const char utf16[] = HEAD GOOD TAIL;
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"plain", HEAD GOOD TAIL},
        {"byte order mark", "\xEF\xBB\xBF" HEAD GOOD TAIL},
        {"claims UTF-16",
         "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<procmon><eventlist>\r\n" GOOD TAIL},
        {"namespace", "<procmon xmlns=\"urn:x\"><eventlist>" GOOD TAIL},
        {"CDATA", HEAD EVENT("<![CDATA[HKLM]]>") TAIL},
        {"reference", HEAD EVENT("HK&#76;M") TAIL},
        {"comment", HEAD "<!-- a -->" EVENT("HK<!-- b -->LM") TAIL},
    };
    struct pm_run first = read_xml(rows[0].text, strlen(rows[0].text), false);
    char wide[2 * sizeof(utf16) + 2] = "\xFF\xFE";
    struct pm_run r;

    cr_assert_eq(first.run.status, SCAPF_OK);
    for (size_t i = 1; i < COUNT_OF(rows); i++) {
        r = read_xml(rows[i].text, strlen(rows[i].text), false);
        cr_expect(r.run.len == first.run.len &&
                      memcmp(r.run.bytes, first.run.bytes, r.run.len) == 0,
                  "%s: %s", rows[i].name, r.fault.text);
        run_release(&r.run);
    }
    for (size_t i = 0; i < sizeof(utf16) - 1; i++) {
        wide[2 + 2 * i] = utf16[i];
    }
    r = read_xml(wide, 2 * sizeof(utf16), false);
    cr_expect(r.run.len == first.run.len && memcmp(r.run.bytes, first.run.bytes, r.run.len) == 0,
              "UTF-16: %s", r.fault.text);
    run_release(&r.run);
    run_release(&first.run);
}

/* True: it could be read. */
static bool same_by_parser(const char *text, size_t len, bool lenient)
{
    size_t n;
    char *parsed = pm_for_parser(text, len, &n);
    struct pm_run plain = read_xml(text, len, lenient);
    struct pm_run other;
    bool ok = plain.run.status == SCAPF_OK;

    cr_assert(parsed != NULL && n > len);
    other = read_xml(parsed, n, lenient);
    cr_expect_eq(plain.fault.wrong, other.fault.wrong, "%s: %d", text, (int)plain.fault.wrong);
    cr_expect_eq(plain.fault.line, other.fault.line, "%s", text);
    cr_expect_eq(plain.fault.event, other.fault.event, "%s", text);
    cr_expect(plain.run.len == other.run.len &&
                  (!ok || memcmp(plain.run.bytes, other.run.bytes, plain.run.len) == 0),
              "%s", text);
    free(parsed);
    run_release(&plain.run);
    run_release(&other.run);
    return ok;
}

/* Plain events pass by the parser: they mean what it would make of them, whatever is in them, and
 * what is wrong is wrong at the same event. The first one always goes through it. */
Test(pm_read, plain_events_mean_what_the_parser_makes_of_them)
{
#define LEAVES "<Time_of_Day>1:00:00.2</Time_of_Day><PID>7</PID><Operation>RegCloseKey</Operation>"
#define FRAME(p)                                                                                   \
    "<frame>\r\n<depth>0</depth><address>0x1</address><path>" p                                    \
    "</path><location>x</location>\r\n"                                                            \
    "</frame>"
    static const char *const rows[] = {
        EVENT("C:\\a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos;"),
        EVENT("&#72;&#x4B;"),
        EVENT("&amp"),
        EVENT("&copy;"),
        EVENT("a\nb\n"),
        EVENT("a\r\nb\r"),
        EVENT("a ]] b ] > ]>"),
        EVENT("a ]]> b"),
        EVENT("a\tb > c"),
        EVENT("\xE4\xB8\x80 \xF0\x9F\x90\xAE"),
        EVENT("<b/>"),
        EVENT("<!-- c -->d<?e f?>"),
        EVENT("<![CDATA[<ev]]>"),
        "<event>" LEAVES "</event>",
        "<event>\t \r\n" LEAVES "<Path/></event>",
        "<event>" LEAVES "<Path></Path><Path>2</Path><Path >3</Path></event >",
        "<event >" LEAVES "</event>",
        "<event a='1'>" LEAVES "</event>",
        "<event>" LEAVES "<Path b=\"1\">x</Path></event>",
        "<event>" LEAVES "text<Path>x</Path>text</event>",
        "<event>" LEAVES "<A-b.c>1</A-b.c><\xC3\xA9>2</\xC3\xA9></event>",
        "<event>" LEAVES "<1>x</1></event>",
        "<event>" LEAVES "<_1>x</_1></event>",
        "<event>" LEAVES "<Path>x</path></event>",
        "<event>" LEAVES "<Path>x</Pat></event>",
        "<event>" LEAVES "<a_name_that_is_longer_than_any_that_is_kept>x"
        "</a_name_that_is_longer_than_any_that_is_kept></event>",
        "<event>" LEAVES "<stack>\r\n" FRAME("a &amp; b") "\r\n" FRAME("c") "</stack></event>",
        "<event>" LEAVES "<stack></stack><stack>" FRAME("") "</stack><Path>x</Path></event>",
        "<event>" LEAVES "<stack>" FRAME("<a/>") "</stack></event>",
        "<event>" LEAVES "<stack/><modulelist>" FRAME("a") "</modulelist></event>",
        "<event>" LEAVES "<stack><path>x</path></stack></event>",
        "<event>" LEAVES "<frame>x</frame></event>",
        "<event><event>" LEAVES "</event></event>",
        "<event>" LEAVES "<event></event></event>",
        "<event>" LEAVES "<modulelist></modulelist></event>",
        "<event>" LEAVES "<stack><frame><stack></stack></frame></stack></event>",
        "<event>" LEAVES "<Event>1</Event><Frame>2</Frame></event>",
        "<event></event>",
        "<!-- x -->" GOOD "<?y z?>" GOOD,
        "x" GOOD,
        "<cow/>" GOOD,
        "</eventlist><eventlist>" GOOD,
        "</eventlist><processlist><process><PID>3</PID></process></processlist><eventlist>" GOOD,
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[4096];
        size_t n = (size_t)snprintf(text, sizeof(text), HEAD GOOD GOOD "%s" GOOD TAIL, rows[i]);

        cr_assert_lt(n, sizeof(text));
        if (same_by_parser(text, n, false)) {
            (void)same_by_parser(text, n, true);
        }
    }
}

/* Many bytes are looked at at once: whatever stands wherever in a value, it is the same value. */
Test(pm_read, plain_values_of_any_length)
{
    static const char *const ends[] = {"",   "&amp;", "]",  "]]>", "\n",       "\r",
                                       "\t", ">",     "\"", "\\",  "\xC3\xBC", "<b/>"};
    static const char filler[] = "C:\\Windows\\System32\\drivers\\etc\\hosts.of.this.machine";

    for (size_t len = 0; len < 40; len++) {
        for (size_t i = 0; i < COUNT_OF(ends); i++) {
            char text[4096];
            size_t n = (size_t)snprintf(text, sizeof(text), HEAD GOOD);

            n += (size_t)snprintf(text + n, sizeof(text) - n, EVENT("%.*s%s%s"), (int)len, filler,
                                  ends[i], filler + len);
            n += (size_t)snprintf(text + n, sizeof(text) - n, GOOD TAIL);
            cr_assert_lt(n, sizeof(text));
            (void)same_by_parser(text, n, false);
        }
    }
}

/* A byte that is no text is found wherever it stands, in the line it stands in. */
Test(pm_read, bad_bytes_anywhere)
{
    static const char text[] = HEAD GOOD GOOD GOOD TAIL;
    static const char *const bad[] = {"\x01", "\x1F", "\x80", "\xFF"};

    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        char bytes[sizeof(text)];
        uint64_t line = 1;
        struct pm_run r;

        memcpy(bytes, text, sizeof(text));
        bytes[at] = bad[at % COUNT_OF(bad)][0];
        for (size_t i = 0; i < at; i++) {
            line += text[i] == '\n';
        }
        r = read_xml(bytes, sizeof(text) - 1, false);
        cr_expect_eq(r.fault.wrong, PM_BAD_BYTE, "%zu", at);
        cr_expect_eq(r.fault.off, at, "%zu: %llu", at, (unsigned long long)r.fault.off);
        cr_expect_eq(r.fault.line, line, "%zu: %llu", at, (unsigned long long)r.fault.line);
        run_release(&r.run);
    }
}

/* The parser has read all it was given, and stands in a CDATA section: what follows is text. */
Test(pm_read, cdata_between_events_at_the_end_of_a_piece)
{
    static const char begin[] = "<![CDATA[";
    static const char rest[] = GOOD GOOD "]]>" GOOD TAIL;
    size_t size = (1u << 16) + sizeof(rest);
    char *text = malloc(size);
    size_t at = (1u << 16) - (sizeof(begin) - 1); /* a piece ends behind it */

    cr_assert_not_null(text);
    memset(text, '\n', size);
    memcpy(text, HEAD GOOD, sizeof(HEAD GOOD) - 1);
    memcpy(text + at, begin, sizeof(begin) - 1);
    memcpy(text + at + sizeof(begin) - 1, rest, sizeof(rest) - 1);
    cr_expect(same_by_parser(text, size - 1, false));
    free(text);
}

/* More names than are kept, in an order that changes. */
Test(pm_read, plain_names)
{
    char *text = malloc(100000);
    size_t n = (size_t)snprintf(text, 100000, "%s", HEAD);

    for (int e = 0; e < 30; e++) {
        n += (size_t)snprintf(text + n, 100000 - n,
                              "<event><Time_of_Day>1:00:01.%d</Time_of_Day>"
                              "<Operation>RegCloseKey</Operation>",
                              e);
        for (int i = 0; i < 70; i++) {
            int name = i * (e % 5 + 1) % 71;

            n += (size_t)snprintf(text + n, 100000 - n, "<C%d>%d</C%d>", name, i, name);
        }
        n += (size_t)snprintf(text + n, 100000 - n, "</event>\n");
    }
    n += (size_t)snprintf(text + n, 100000 - n, "%s", TAIL);
    cr_assert_lt(n, 100000);
    cr_expect(same_by_parser(text, n, false));
    free(text);
}

/* A file in pieces of any size is the same file: events at every place of a buffer's end. */
Test(pm_read, long_values_and_their_limit)
{
    size_t len = 17u << 20;
    char *text = malloc(len + 1024);
    struct pm_run r;
    int n = snprintf(text, 1024, "%s",
                     HEAD "<event><Time_of_Day>1:00:00.1</Time_of_Day>"
                          "<Operation>RegCloseKey</Operation><Path>");

    cr_assert_not_null(text);
    memset(text + n, 'x', len);
    memcpy(text + n + 1000000, "</Path></event>" TAIL, 15 + sizeof(TAIL) - 1);
    r = read_xml(text, (size_t)n + 1000000 + 15 + sizeof(TAIL) - 1, false);
    cr_expect_eq(r.run.status, SCAPF_OK, "%s", r.fault.text);
    cr_expect_eq(r.verdict.events, 1);
    cr_expect_gt(r.verdict.continued, 15);
    run_release(&r.run);
    memset(text + n, 'x', len);
    r = read_xml(text, (size_t)n + len, false);
    cr_expect(r.fault.wrong == PM_TOO_LONG || r.fault.wrong == PM_BAD_XML, "%d", r.fault.wrong);
    run_release(&r.run);
    memcpy(text + len - 64, "</Path></event>" TAIL, 15 + sizeof(TAIL) - 1);
    (void)same_by_parser(text, len - 64 + 15 + sizeof(TAIL) - 1, true); /* too long for both */
    free(text);
}

/* ------------------------------------------------------------------ CSV */

/* A name is cut between characters: it stands in comments. */
Test(pm_read, long_column_name)
{
    char text[1000] = "Time of Day,PID,Operation,x";
    size_t n = strlen(text);
    struct pm_run r;

    for (size_t i = 0; i < 200; i++) {
        memcpy(text + n + 2 * i, "\xC3\xA9", 2);
    }
    (void)snprintf(text + n + 400, sizeof(text) - n - 400, "\n1:00:00.5,7,X,v\n");
    r = run_pm(PM_CSV, text, strlen(text), &(struct pm_convert_opts){0});
    cr_assert_eq(r.run.status, SCAPF_OK);
    cr_expect_eq(r.verdict.comments, 1);
    cr_expect_eq(run_findings(&r.run, SCAPF_WARNING), 0);
    run_release(&r.run);
}

#define TITLES "\"Time of Day\",\"Process Name\",\"PID\",\"Operation\",\"Path\",\"Detail\"\r\n"
#define ROW    "\"1:00:00.5 AM\",\"a.exe\",\"7\",\"RegCloseKey\",\"a \"\"b\"\"\",\"x\r\ny\"\r\n"

static struct pm_run read_csv(const char *text, bool lenient)
{
    const struct pm_convert_opts opts = {.lenient = lenient};

    return run_pm(PM_CSV, text, strlen(text), &opts);
}

Test(pm_read, csv)
{
    static const struct {
        const char *name, *text;
        enum pm_wrong wrong;
        uint64_t events, mended;
    } rows[] = {
        {"plain", TITLES ROW ROW, PM_FINE, 2, 0},
        {"byte order mark", "\xEF\xBB\xBF" TITLES ROW, PM_FINE, 1, 0},
        {"without a last line end", TITLES "\"1:00:00.5 AM\",\"a\",\"7\",\"X\",\"\",\"\"", PM_FINE,
         1, 0},
        {"semicolons", "Time of Day;PID;Operation\n1:00:00,5;7;X\n", PM_FINE, 1, 0},
        {"tabs", "PID\tTime of Day\tOperation\n7\t1:00:00.5\tX\n\n", PM_FINE, 1, 0},
        {"only titles", TITLES, PM_FINE, 0, 0},
        {"too few", TITLES "\"1:00:00.5 AM\",\"a\"\r\n" ROW, PM_BAD_CSV, 2, 1},
        {"too many", "Time of Day,PID,Operation\n1:00:00.5,7,X,Y\n", PM_BAD_CSV, 1, 1},
        {"text behind a quote", TITLES "\"1:00:00.5 AM\",\"a\"b,\"7\",\"X\",\"\",\"\"\r\n",
         PM_BAD_CSV, 1, 1},
        {"cut in quotes", TITLES ROW "\"1:00", PM_CUT, 1, 0},
        {"other titles", "a,b,c\n1,2,3\n", PM_NOT_PROCMON, 0, 0},
        {"nothing", "", PM_NOT_PROCMON, 0, 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pm_run r = read_csv(rows[i].text, false);

        cr_expect_eq(r.fault.wrong, rows[i].wrong, "%s: %d %s", rows[i].name, (int)r.fault.wrong,
                     r.fault.text);
        cr_expect(r.fault.wrong != PM_FINE || r.verdict.events == rows[i].events, "%s",
                  rows[i].name);
        run_release(&r.run);
        r = read_csv(rows[i].text, true);
        cr_expect_eq(r.verdict.events, rows[i].events, "%s: %llu", rows[i].name,
                     (unsigned long long)r.verdict.events);
        cr_expect_eq(r.verdict.repairs.rows, rows[i].mended, "%s", rows[i].name);
        cr_expect_eq(r.verdict.repairs.missing, 0, "%s", rows[i].name);
        run_release(&r.run);
    }
}

/* Quotes and line breaks inside of values come out as they are. */
Test(pm_read, csv_values)
{
    struct pm_run r = read_csv(TITLES ROW, false);
    char *json = run_json(&r.run);

    cr_expect_not_null(strstr(json, "\"Path\":\"a \\\"b\\\"\""), "%s", json);
    cr_expect_not_null(strstr(json, "\"Detail\":\"x\\r\\ny\""), "%s", json);
    free(json);
    run_release(&r.run);
}

/* ------------------------------------------------------------------ what a file is */

Test(pm_read, formats_by_their_beginning)
{
    static const struct {
        const char *text;
        size_t len;
        enum pm_format format;
    } rows[] = {
        {TEXT(HEAD), PM_XML},
        {TEXT("\xEF\xBB\xBF<?xml?>\n<procmon>"), PM_XML},
        {TEXT("\xFF\xFE<\0p\0r\0o\0c\0m\0o\0n\0>\0"), PM_XML},
        {TEXT("<?xml version=\"1.0\"?><Events/>"), PM_NO_FORMAT},
        {TEXT(TITLES), PM_CSV},
        {TEXT("\xEF\xBB\xBF" TITLES), PM_CSV},
        {TEXT("a,b,c\n"), PM_NO_FORMAT},
        {TEXT("PML_\x09\0\0\0"), PM_PML},
        {TEXT("12 open(\"a\") = 3\n"), PM_NO_FORMAT},
        {TEXT(""), PM_NO_FORMAT},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(pm_detect(rows[i].text, rows[i].len), rows[i].format, "row %zu", i);
    }
}
