/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line a record: columns, what makes a line and what does not, and nothing raw from a file.
 */
#include "render/clock.h"
#include "render/text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/mk.h"
#include "support/shown.h"
#include "support/story.h"

static struct shown show(const struct mk *m, const char *columns, bool colour)
{
    const struct scapf_printer_opts opts = {
        .format = SCAPF_PRINT_LINE, .columns = columns, .colour = colour};

    return shown_make(m->o.bytes, m->o.len, &opts, NULL);
}

/* A capture with an event, a packet, an unknown code, an unknown block and a damaged event. */
static void make_mixed(struct mk *m)
{
    static const uint8_t packet[] = {0x45, 0, 0,  20, 0, 0, 0,  0, 64, 2,
                                     0,    0, 10, 0,  0, 1, 10, 0, 0,  2};

    mk_init(m, MK_LITTLE);
    mk_shb(m, 2);
    mk_idb(m, 101, 0);
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 3, UINT64_C(1700000000123456789), 100, 5);
    mk_param_u64(m, (uint64_t)-9);
    mk_ev_end(m);
    mk_epb(m, 0, UINT64_C(1700000000123457), packet, sizeof(packet));
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, UINT64_C(1700000001000000000), -1, 60000);
    mk_param_str(m, "x\n");
    mk_ev_end(m);
    mk_begin(m, 0x7777);
    mk_u32(m, 1);
    mk_end(m);
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, 5, 100, 5);
    mk_param_u64(m, 0);
    mk_ev_end(m);
    mk_patch_u32(m, mk_at(m) - 4 - 8 - 2 - 4, 1); /* its number of parameters becomes garbage */
}

Test(line, each_kind_of_record)
{
    static const char *const want[] = {
        "1 22:13:20.123456789 3 <NA> (100) < close res=-9(EBADF)",
        "p1 22:13:20.123457000 - if0 - igmp captured=20 original=20 interface=0 "
        "addr=10.0.0.1->10.0.0.2",
        "- 22:13:21.000000000 0 <NA> (-1) > unknown code=60000 param0=0x780a00",
        "- - - - - block_0x7777 length=16",
        "- - - - - EV_V2 damaged: offset ",
    };
    struct mk m;
    struct shown s;
    const char *at;

    make_mixed(&m);
    unsetenv("TZ");
    s = show(&m, NULL, false);
    at = s.text;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        cr_expect(strncmp(at, want[i], strlen(want[i])) == 0, "line %zu: %s, want %s", i, at,
                  want[i]);
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    cr_expect_str_eq(at, "");
    shown_release(&s);
    mk_release(&m);
}

Test(line, columns)
{
    static const struct {
        const char *columns, *want; /* the first two lines; NULL: refused */
    } rows[] = {
        {"num,rawtime,cpu,tid,dir,type,args",
         "1 1700000000123456789 3 100 < close res=-9(EBADF)\n"
         "p1 1700000000123457000 - - - igmp captured=20 original=20 interface=0 "
         "addr=10.0.0.1->10.0.0.2\n"},
        {"reltime,proc,code,len", "0.000000000 <NA> 5 36\n0.000000211 - - 20\n"},
        {"datetime", "2023-11-14 22:13:20.123456789\n2023-11-14 22:13:20.123457000\n"},
        {"iface,frame,ordinal,off,section", "- - 2 48 0\nif0 1 3 100 0\n"},
        {"num,num", "1 1\np1 p1\n"},
        {"evt.num,num,evt.failed,evt.res,evt.arg[0]", "1 1 true EBADF EBADF\n- p1 - - -\n"},
        {"frame.number,ip.addr,latency,ip.src,tid",
         "- - - - 100\n1 10.0.0.1,10.0.0.2 - 10.0.0.1 -\n"},
        {"", NULL},
        {"nun", NULL},
        {"num,", NULL},
        {"num,,cpu", NULL},
        {"num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,num,"
         "num,num,num,num,num,num,num,num,num,num,num",
         NULL},
    };
    struct mk m;

    make_mixed(&m);
    unsetenv("TZ");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct shown s = show(&m, rows[i].columns, false);

        cr_expect(s.made == (rows[i].want == NULL ? SCAPF_E_USAGE : SCAPF_OK), "row %zu", i);
        if (rows[i].want != NULL) {
            cr_expect(strncmp(s.text, rows[i].want, strlen(rows[i].want)) == 0, "row %zu: %s", i,
                      s.text);
        }
        shown_release(&s);
    }
    mk_release(&m);
}

/* The place of a fault is one in the list that was given. */
Test(line, wrong_columns)
{
    static const struct {
        const char *columns;
        size_t pos, len;
        const char *nearest;
    } rows[] = {
        {"num,proc.nam", 4, 8, "proc.name"},
        {"proc.name,num,evt.arg", 14, 7, NULL},
        {"num,,cpu", 4, 1, NULL},
        {"num,evt.num=1", 11, 1, NULL},
        {"proc.aname[x],num", 11, 1, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_filter_error error = {.pos = 0};
        const struct scapf_printer_opts opts = {.size = sizeof(opts),
                                                .format = SCAPF_PRINT_LINE,
                                                .columns = rows[i].columns,
                                                .columns_error = &error};
        struct shown s = shown_make(NULL, 0, &opts, NULL);

        cr_expect(s.made == SCAPF_E_USAGE, "row %zu", i);
        cr_expect(error.pos == rows[i].pos && error.len == rows[i].len, "row %zu: %zu+%zu %s", i,
                  error.pos, error.len, error.message);
        cr_expect(error.message[0] != '\0');
        cr_expect(rows[i].nearest == NULL
                      ? error.nearest == NULL
                      : error.nearest != NULL && strcmp(error.nearest, rows[i].nearest) == 0);
        shown_release(&s);
    }
}

/* Colour adds nothing but sequences of its own: without them the text is the same. */
Test(line, colour)
{
    struct mk m;
    struct shown plain;
    struct shown colour;
    char *to;

    make_mixed(&m);
    plain = show(&m, NULL, false);
    colour = show(&m, NULL, true);
    cr_expect(strchr(plain.text, '\033') == NULL);
    cr_expect(strchr(colour.text, '\033') != NULL);
    to = colour.text;
    for (const char *from = colour.text; *from != '\0';) {
        if (*from == '\033') {
            from += strcspn(from, "m") + 1;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    cr_expect_str_eq(colour.text, plain.text);
    shown_release(&plain);
    shown_release(&colour);
    mk_release(&m);
}

Test(line, tables_make_no_line)
{
    struct mk m;
    struct shown s;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    mk_idb(&m, 1, 0);
    s = show(&m, NULL, false);
    cr_expect_str_eq(s.text, "");
    shown_release(&s);
    mk_release(&m);
}

Test(line, nothing_raw_reaches_the_line)
{
    struct mk m;
    struct shown s;
    struct story story = {.block = SCAPF_BLOCK_EV_V2};

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    story_tell_odd(&m, &story);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 100, 280);
    mk_param_str(&m, "\033[2J\r\n\x7f\xc2\x9b\xff\xc3\xa9");
    mk_param_str(&m, "");
    mk_ev_end(&m);
    s = show(&m, NULL, false);
    for (size_t i = 0; i < s.len; i++) {
        cr_expect(s.text[i] == '\n' || ((uint8_t)s.text[i] >= 0x20 && s.text[i] != 0x7f), "%zu", i);
    }
    cr_expect(strstr(s.text, "id=\\x1b[2J\\x0d\\x0a\\x7f\\xc2\\x9b\\xff\xc3\xa9 desc=\n") != NULL,
              "%s", s.text);
    shown_release(&s);
    mk_release(&m);
}

Test(line, clock)
{
    static const struct {
        const char *tz; /* NULL: not set */
        uint64_t ts;
        const char *time, *date;
    } rows[] = {
        {NULL, 0, "00:00:00.000000000", "1970-01-01 00:00:00.000000000"},
        {NULL, UINT64_MAX, "23:34:33.709551615", "2554-07-21 23:34:33.709551615"},
        {NULL, UINT64_C(951782400000000001), "00:00:00.000000001", "2000-02-29 00:00:00.000000001"},
        {"XYZ-2", UINT64_C(951782400000000001), "02:00:00.000000001",
         "2000-02-29 02:00:00.000000001"},
    };
    struct out o;

    out_init(&o, NULL, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct clock clock = {0};

        if (rows[i].tz != NULL) {
            setenv("TZ", rows[i].tz, 1);
        } else {
            unsetenv("TZ");
        }
        tzset();
        out_clear(&o);
        clock_put_time(&clock, &o, rows[i].ts);
        clock_put_time(&clock, &o, rows[i].ts);
        out_u8(&o, 0);
        cr_expect(strncmp((char *)o.bytes, rows[i].time, 18) == 0, "row %zu: %s", i,
                  (char *)o.bytes);
        cr_expect_str_eq((char *)o.bytes + 18, rows[i].time);
        out_clear(&o);
        clock_put_date(&o, rows[i].ts);
        out_u8(&o, 0);
        cr_expect_str_eq((char *)o.bytes, rows[i].date);
    }
    out_release(&o);
}
