/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/filter.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/rd.h"

/* ------------------------------------------------------------------ parser */

/* The jumps of an expression: "number: field operator <values>?when it holds:when it does not". */
static const struct {
    const char *text, *shown;
} good[] = {
    {"evt.num=1", "0: evt.num = <1>?Y:N;"},
    {"  evt.num  ==\t1 ", "0: evt.num = <1>?Y:N;"},
    {"evt.num<=0x10", "0: evt.num <= <0x10>?Y:N;"},
    {"not evt.num>1", "0: evt.num > <1>?N:Y;"},
    {"not not evt.num>1", "0: evt.num > <1>?Y:N;"},
    {"not(evt.num>1)", "0: evt.num > <1>?N:Y;"},
    {"evt.num>1 and evt.num<5", "0: evt.num > <1>?1:N;1: evt.num < <5>?Y:N;"},
    {"evt.num>1 or evt.num<5", "0: evt.num > <1>?Y:1;1: evt.num < <5>?Y:N;"},
    {"evt.num=1 or evt.num=2 and evt.num=3",
     "0: evt.num = <1>?Y:1;1: evt.num = <2>?2:N;2: evt.num = <3>?Y:N;"},
    {"(evt.num=1 or evt.num=2) and evt.num=3",
     "0: evt.num = <1>?2:1;1: evt.num = <2>?2:N;2: evt.num = <3>?Y:N;"},
    {"not evt.num=1 and evt.num=2", "0: evt.num = <1>?N:1;1: evt.num = <2>?Y:N;"},
    {"not (evt.num=1 and evt.num=2) or evt.num=3",
     "0: evt.num = <1>?1:Y;1: evt.num = <2>?2:Y;2: evt.num = <3>?Y:N;"},
    {"evt.num in (1, 2,3)", "0: evt.num in <1> <2> <3>?Y:N;"},
    {"evt.num in(1)", "0: evt.num in <1>?Y:N;"},
    {"fd.name pmatch (/etc,\"/a b\")", "0: fd.name pmatch </etc> </a b>?Y:N;"},
    {"evt.type intersects (read,write)", "0: evt.type intersects <read> <write>?Y:N;"},
    {"proc.name='a\\'b'", "0: proc.name = <a'b>?Y:N;"},
    {"proc.name=\"a\\\\\\x41\\n\"", "0: proc.name = <a\\A\\n>?Y:N;"},
    {"proc.name=\"\"", "0: proc.name = <>?Y:N;"},
    {"fd.name=a=b,c", "0: fd.name = <a=b,c>?Y:N;"},
    {"evt.dir=<", "0: evt.dir = <<>?Y:N;"},
    {"evt.dir = > and evt.num=1", "0: evt.dir = <>>?1:N;1: evt.num = <1>?Y:N;"},
    {"fd.name exists", "0: fd.name exists?Y:N;"},
    {"proc.aname[2]=sh", "0: proc.aname[2] = <sh>?Y:N;"},
    {"evt.arg.name contains x", "0: evt.arg.name contains <x>?Y:N;"},
    {"evt.arg[0]=1", "0: evt.arg[0] = <1>?Y:N;"},
    {"evt.rawarg.res<0", "0: evt.rawarg.res < <0>?Y:N;"},
    {"evt.type.is.open=1", "0: evt.type.is.open = <1>?Y:N;"},
    {"fd.port=https", "0: fd.port = <https>?Y:N;"},
    {"fd.sproto=https", "0: fd.sproto = <https>?Y:N;"},
    {"proc.fdusage>12.5", "0: proc.fdusage > <12.5>?Y:N;"},
    {"proc.env[A B] exists", "0: proc.env.A B exists?Y:N;"},
    {"container.label.a.b-c=d", "0: container.label.a.b-c = <d>?Y:N;"},
    {"container.mount.dest[/x] exists", "0: container.mount.dest./x exists?Y:N;"},
    {"evt.around[1404996934793590564]=10", "0: evt.around[1404996934793590564] = <10>?Y:N;"},
    {"fd.ip=::1", "0: fd.ip = <::1>?Y:N;"},
    {"fd.net=10.0.0.0/8", "0: fd.net = <10.0.0.0/8>?Y:N;"},
    {"evt.type=futex", "0: evt.type = <futex>?Y:N;"},
    {"evt.type startswith nosuch", "0: evt.type startswith <nosuch>?Y:N;"},
};

Test(filter, expressions)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct scapf_filter_error error;
        struct scapf_filter *f;
        struct out o;

        cr_assert(scapf_filter_compile(good[i].text, NULL, NULL, &f, &error) == SCAPF_OK, "%s: %s",
                  good[i].text, error.message);
        out_init(&o, NULL, false);
        filter_show(f, &o);
        out_u8(&o, 0);
        cr_expect(strcmp((const char *)o.bytes, good[i].shown) == 0, "%s: %s, not %s", good[i].text,
                  (const char *)o.bytes, good[i].shown);
        out_release(&o);
        scapf_filter_free(f);
    }
}

static const struct {
    const char *text;
    size_t pos, len;
    const char *nearest; /* NULL: none is near */
} bad[] = {
    {"", 0, 1, NULL},
    {"   ", 3, 1, NULL},
    {"evt.num", 7, 1, NULL},
    {"evt.nun=1", 0, 7, "evt.num"},
    {"evt.num=1 and proc.nam=x", 14, 8, "proc.name"},
    {"cmdline=x", 0, 7, "proc.cmdline"},
    {"qqqqqq=x", 0, 6, NULL},
    {"proc.name contians x", 10, 8, "contains"},
    {"proc.name exits", 10, 5, "exists"},
    {"evt.num=", 8, 1, NULL},
    {"evt.num=abc", 8, 3, NULL},
    {"evt.num=1.5", 8, 3, NULL},
    {"evt.num=18446744073709551616", 8, 20, NULL},
    {"evt.num=0x", 8, 2, NULL},
    {"evt.num contains 1", 8, 8, NULL},
    {"evt.failed=yes", 11, 3, NULL},
    {"evt.failed>true", 10, 1, NULL},
    {"evt.type=opne", 9, 4, "open"},
    {"evt.type in (read,wirte)", 18, 5, "write"},
    {"evt.type.is.opne=1", 12, 4, "open"},
    {"evt.type.is=1", 0, 11, NULL},
    {"evt.arg=1", 0, 7, NULL},
    {"evt.arg.nosuch=1", 8, 6, NULL},
    {"evt.arg[x]=1", 8, 1, NULL},
    {"evt.arg[1=1", 9, 1, NULL},
    {"evt.arg[5000]=1", 8, 4, NULL},
    {"evt.num[1]=1", 0, 8, NULL},
    {"fd.ip=abc", 6, 3, NULL},
    {"fd.ip=10.0.0.0/8", 6, 10, NULL},
    {"fd.net=10.0.0.0/33", 7, 11, NULL},
    {"fd.port=70000", 8, 5, NULL},
    {"fd.port=htpp", 8, 4, "http"},
    {"evt.buffer bcontains 4g", 21, 2, NULL},
    {"evt.buffer bcontains 123", 21, 3, NULL},
    {"proc.name=\"x", 10, 1, NULL},
    {"evt.num in 1", 11, 1, NULL},
    {"evt.num in ()", 12, 1, NULL},
    {"evt.num in (1", 13, 1, NULL},
    {"evt.num in (1 2)", 14, 1, NULL},
    {"evt.num in (1,)", 14, 1, NULL},
    {"(evt.num=1", 0, 1, NULL},
    {"((evt.num=1)", 0, 1, NULL},
    {"evt.num=1)", 9, 1, NULL},
    {"evt.num=1 evt.num=2", 10, 7, NULL},
    {"evt.num=1 and", 13, 1, NULL},
    {"evt.num=1 or or evt.num=2", 13, 2, NULL},
    {"not", 3, 1, NULL},
    {"=1", 0, 1, NULL},
    {"fd.name=a(b", 9, 1, NULL},
};

Test(filter, faults)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct scapf_filter_error e;
        struct scapf_filter *f;

        cr_assert(scapf_filter_compile(bad[i].text, NULL, NULL, &f, &e) == SCAPF_E_USAGE, "%s",
                  bad[i].text);
        cr_expect(f == NULL && e.message[0] != '\0');
        cr_expect(e.pos == bad[i].pos && e.len == bad[i].len, "%s: %zu+%zu: %s", bad[i].text, e.pos,
                  e.len, e.message);
        cr_expect(bad[i].nearest == NULL
                      ? e.nearest == NULL
                      : e.nearest != NULL && strcmp(e.nearest, bad[i].nearest) == 0,
                  "%s: nearest %s", bad[i].text, e.nearest != NULL ? e.nearest : "none");
    }
}

/* n times unit, then tail. */
static enum scapf_status compile_many(const char *unit, size_t n, const char *tail)
{
    size_t len = strlen(unit);
    char *text = malloc(n * len + strlen(tail) + 1);
    struct scapf_filter *f;
    enum scapf_status status;

    cr_assert(text != NULL);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * len, unit, len);
    }
    strcpy(text + n * len, tail);
    status = scapf_filter_compile(text, NULL, NULL, &f, NULL);
    scapf_filter_free(f);
    free(text);
    return status;
}

Test(filter, limits)
{
    cr_expect(compile_many("not ", FILTER_DEPTH_MAX, "evt.num=1") == SCAPF_OK);
    cr_expect(compile_many("not ", FILTER_DEPTH_MAX + 1, "evt.num=1") == SCAPF_E_USAGE);
    cr_expect(compile_many("(", FILTER_DEPTH_MAX + 1, "evt.num=1") == SCAPF_E_USAGE);
    cr_expect(compile_many("evt.num=1 or ", FILTER_CHECKS_MAX - 1, "evt.num=1") == SCAPF_OK);
    cr_expect(compile_many("evt.num=1 or ", FILTER_CHECKS_MAX, "evt.num=1") == SCAPF_E_USAGE);
    cr_expect(compile_many(" ", FILTER_TEXT_MAX, "evt.num=1") == SCAPF_E_USAGE);
}

Test(filter, every_allocation)
{
    enum scapf_status status = SCAPF_E_NOMEM;

    for (uint64_t k = 0; k < 100 && status == SCAPF_E_NOMEM; k++) {
        struct fault_alloc fault;
        struct scapf_filter *f;

        fault_alloc_init(&fault, k);
        status = scapf_filter_compile("evt.num in (1,2) or (fd.name=x and not evt.num=3)", NULL,
                                      &fault.alloc, &f, NULL);
        cr_expect((status == SCAPF_OK) == (f != NULL));
        scapf_filter_free(f);
        cr_expect(fault.live == 0);
    }
    cr_expect(status == SCAPF_OK);
}

/* Names only; a list of none is one. */
Test(filter, lists_of_fields)
{
    static const struct {
        const char *text;
        enum scapf_status want;
    } rows[] = {
        {"", SCAPF_OK},
        {"evt.num", SCAPF_OK},
        {" evt.arg.fd  proc.aname[2] ", SCAPF_OK},
        {"evt.num,evt.cpu", SCAPF_E_USAGE},
        {"evt.num=1", SCAPF_E_USAGE},
        {"evt.num exists", SCAPF_E_USAGE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum scapf_status status = SCAPF_E_NOMEM;

        for (uint64_t k = 0; k < 100 && status == SCAPF_E_NOMEM; k++) {
            struct fault_alloc fault;
            struct scapf_fields *f;

            fault_alloc_init(&fault, k);
            status = scapf_fields_compile(rows[i].text, NULL, &fault.alloc, &f, NULL);
            cr_expect((status == SCAPF_OK) == (f != NULL));
            scapf_fields_free(f);
            cr_expect(fault.live == 0, "%s: allocation %u", rows[i].text, (unsigned)k);
        }
        cr_expect(status == rows[i].want, "%s", rows[i].text);
    }
}

/* ------------------------------------------------------------------ records */

/* The numbers of the records that match: of events "3 ", of packets "p3 ". Without a host, what can
 * be passed over is. */
static void matches(const char *path, const char *text, bool with_host, char *got, size_t size)
{
    struct scapf_filter_error error;
    struct scapf_filter *f;
    struct scapf_host *host;
    struct rd rd;
    size_t len;
    uint8_t *bytes = rd_file(path, &len);
    uint64_t events = 0;
    uint64_t packets = 0;
    size_t at = 0;

    cr_assert(scapf_filter_compile(text, NULL, NULL, &f, &error) == SCAPF_OK, "%s: %s", text,
              error.message);
    cr_assert(scapf_host_new(NULL, &host) == SCAPF_OK);
    rd_open(&rd, bytes, len, NULL, 0);
    got[0] = '\0';
    while (rd_next(&rd) == SCAPF_OK) {
        bool match;

        events = scapf_reader_section(rd.reader)->events;
        packets += rd.rec.packet != NULL;
        cr_assert(scapf_host_put(host, &rd.rec) == SCAPF_OK);
        cr_assert(scapf_filter_match(f, rd.reader, &rd.rec, with_host ? host : NULL, &match) ==
                  SCAPF_OK);
        if (match && at < size) {
            at += (size_t)snprintf(got + at, size - at, "%s%u ", rd.rec.packet != NULL ? "p" : "",
                                   (unsigned)(rd.rec.packet != NULL ? packets : events));
        }
        if (!match && !with_host) {
            scapf_filter_ahead(f, rd.reader);
        }
    }
    rd_close_len(&rd, len);
    scapf_host_free(host);
    scapf_filter_free(f);
    free(bytes);
}

#define ALL "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 "

static const struct {
    const char *text, *want;
} of_events[] = {
    {"evt.num<=3", "1 2 3 "},
    {"evt.num!=3 and evt.num<5", "1 2 4 "},
    {"evt.num>-1 and evt.num<2", "1 "},
    {"evt.num>=0x18", "24 25 "},
    {"evt.rawtime=1700000000000000000", "1 "},
    {"evt.rawtime.s=1700000000 and evt.num=1", "1 "},
    {"evt.reltime>0 and evt.reltime<30000", "2 3 "},
    {"evt.deltatime=0", "1 "},
    {"evt.around[1700000000000000000]=0", "1 "},
    {"evt.around[1700000000000000001]=1 and evt.num<4", "1 2 3 "},
    {"evt.around[1600000000000000000]=1000", ""},
    {"evt.latency.human endswith us and evt.num<8", "3 5 7 "},
    {"proc.fdusage<=0.5 and evt.num=1", "1 "},
    {"proc.fdusage>99.999999", ""},
    {"evt.count.error.file=1", "17 "},
    {"evt.count.error.net=1", ""},
    {"fs.path.name startswith /srv", "9 "},
    {"fd.sproto=http and evt.num<8", "5 6 7 "},
    {"fd.connected=true and evt.num<8", "5 6 7 "},
    {"evt.is_async=true", "25 "},
    {"evt.asynctype exists", "25 "},
    {"evt.is_open_create=true", ""},
    {"evt.time='22:13:20.000012345'", "2 "},
    {"evt.type=read", "6 7 "},
    {"evt.type.is.read=1", "6 7 "},
    {"evt.type in (read,writev)", "6 7 12 13 "},
    {"evt.type startswith clo", "14 15 22 23 "},
    {"evt.type glob *[ei]?d", "6 7 "},
    {"syscall.type exists and evt.num>22", "23 "},
    {"evt.dir=< and evt.num<8", "3 5 7 "},
    {"evt.cpu=1 and evt.num<3", "1 2 "},
    {"evt.category=net and evt.num<8", "4 5 6 7 "},
    {"evt.category=file", "8 9 10 11 14 15 16 17 18 19 "},
    {"evt.category=scheduler", "2 "},
    {"evt.latency>12345", "3 "},
    {"evt.latency=0 and evt.num<5", "1 2 4 "},
    {"evt.failed=true", "17 "},
    {"evt.res=ENOENT", "17 "},
    {"evt.rawres=-2", "17 "},
    {"evt.rawres>50", "7 13 "},
    {"evt.count.error=1", "17 "},
    {"evt.is_io_write=true", "12 13 18 19 "},
    {"evt.is_io=true and evt.io_dir=read", "6 7 "},
    {"evt.arg.fd=6", ""},
    {"evt.arg.fd contains index", "9 10 11 14 15 "},
    {"evt.arg[0]=71", "7 "},
    {"evt.arg.flags contains RDONLY", "8 9 16 17 "},
    {"evt.rawarg.fd>5", "9 10 11 14 15 18 19 "},
    {"evt.rawarg.fd<0", "17 "},
    {"evt.rawarg.name endswith .ico", "16 17 "},
    {"evt.args contains \"size=8192\"", "6 7 "},
    {"evt.buffer startswith GET", "7 "},
    {"evt.buffer bcontains 474554", "7 19 "},
    {"evt.buffer contains \"\\x0d\\x0a\"", "7 13 "},
    {"evt.buflen>90", "13 "},
    {"proc.name=httpd", ALL},
    {"proc.name icontains HTTPD", ALL},
    {"proc.name!=httpd", ""},
    {"not proc.name=httpd", ""},
    {"proc.name < httpe and proc.name > httpc", ALL},
    {"proc.pid=700 and thread.tid=701 and thread.ismain=false", ALL},
    {"proc.aname[0]=httpd and evt.num=1", "1 "},
    {"proc.aname[40] exists", ""},
    {"fd.num=6", "9 10 11 14 15 "},
    {"fd.num!=6 and evt.num<12", "5 6 7 "},
    {"not fd.num=6 and evt.num<7", "1 2 3 4 5 6 "},
    {"fd.name exists and evt.num<8", "5 6 7 "},
    {"fd.name=/srv/www/favicon.ico", "17 "},
    {"fd.name pmatch (/srv/ww, /var/log)", "18 19 "},
    {"fd.directory=/srv/www and fd.filename=index.html", "9 10 11 14 15 "},
    {"fd.type=file and evt.type=write", "18 19 "},
    {"fd.typechar=4", "5 6 7 12 13 20 21 22 23 "},
    {"fd.sockfamily=ip and fd.l4proto=tcp and evt.num<8", "5 6 7 "},
    {"fd.cip=192.0.2.10 and fd.sip=192.0.2.80 and evt.num<8", "5 6 7 "},
    {"fd.lip=192.0.2.80 and fd.rport=51234 and evt.num<8", "5 6 7 "},
    {"fd.ip=192.0.2.10 and fd.port=http and evt.num<8", "5 6 7 "},
    {"fd.ip!=192.0.2.10", ""},
    {"fd.ip!=192.0.2.11 and evt.num<8", "5 6 7 "},
    {"fd.net=192.0.0.0/14 and evt.num<8", "5 6 7 "},
    {"fd.net=192.0.3.0/24", ""},
    {"fd.port>50000 and evt.num<8", "5 6 7 "},
    {"fd.is_server=true and evt.num<8", "5 6 7 "},
    {"tcp.port=80", ""},
};

Test(filter, events)
{
    char got[400];

    for (size_t i = 0; i < sizeof(of_events) / sizeof(of_events[0]); i++) {
        matches("samples/http.scap", of_events[i].text, true, got, sizeof(got));
        cr_expect(strcmp(got, of_events[i].want) == 0, "%s: %s, not %s", of_events[i].text, got,
                  of_events[i].want);
        matches("samples/http-big-endian.scap", of_events[i].text, true, got, sizeof(got));
        cr_expect(strcmp(got, of_events[i].want) == 0, "big endian: %s: %s", of_events[i].text,
                  got);
    }
}

/* What a host would tell is not known without one; everything else is. */
Test(filter, no_host)
{
    char got[400];

    for (size_t i = 0; i < sizeof(of_events) / sizeof(of_events[0]); i++) {
        struct scapf_filter *f;
        bool asks;

        cr_assert(scapf_filter_compile(of_events[i].text, NULL, NULL, &f, NULL) == SCAPF_OK);
        asks = scapf_filter_uses_host(f);
        scapf_filter_free(f);
        matches("samples/http.scap", of_events[i].text, false, got, sizeof(got));
        cr_expect(asks || strcmp(got, of_events[i].want) == 0, "%s: %s", of_events[i].text, got);
    }
    matches("samples/http.scap", "proc.name exists or fd.num exists", false, got, sizeof(got));
    cr_expect(got[0] == '\0');
}

Test(filter, packets)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"tcp.port=80 and frame.number<3", "p1 p2 "},
        {"tcp.flags.syn=true", "p1 p2 "},
        {"tcp.flags.syn=true and tcp.flags.ack=false", "p1 "},
        {"tcp.flags=0x11", "p6 p7 "},
        {"tcp.flags.fin=true and tcp.flags.reset=false", "p6 p7 "},
        {"ip.src=192.0.2.10", "p1 p3 p4 p6 "},
        {"ip.dst=192.0.2.8/29", "p2 p5 p7 "},
        {"ip.addr=192.0.2.0/24 and frame.len>100", "p4 p5 "},
        {"ip.addr!=192.0.2.80", ""},
        {"ip.proto=6 and frame.cap_len>=155", "p5 "},
        {"frame.number in (1,3)", "p1 p3 "},
        {"frame.rawtime>=1700000000000240000", "p6 p7 "},
        {"frame.time contains 22:13:20.00001", "p2 "},
        {"frame.protocol=tcp and frame.info contains data=71", "p4 "},
        {"frame.interface_id=0 and frame.interface_name=eth0 and frame.link_type=1",
         "p1 p2 p3 p4 p5 p6 p7 "},
        {"not tcp.dstport=80", "p2 p5 p7 "},
        {"tcp.srcport>50000", "p1 p3 p4 p6 "},
        {"udp.port=53", ""},
        {"evt.num>0", ""},
    };
    char got[400];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        matches("samples/http.pcapng", rows[i].text, true, got, sizeof(got));
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: %s, not %s", rows[i].text, got,
                  rows[i].want);
    }
}

/* A filter counts anew for each capture. */
Test(filter, restart)
{
    struct scapf_filter *f;
    size_t len;
    uint8_t *bytes = rd_file("samples/http.scap", &len);

    cr_assert(scapf_filter_compile("evt.num=1 and evt.reltime=0", NULL, NULL, &f, NULL) ==
              SCAPF_OK);
    for (uint64_t round = 1; round <= 3; round++) {
        struct rd rd;

        rd_open(&rd, bytes, len, NULL, 0);
        scapf_filter_restart(f);
        while (rd_next(&rd) == SCAPF_OK) {
            bool match;

            cr_assert(scapf_filter_match(f, rd.reader, &rd.rec, NULL, &match) == SCAPF_OK);
        }
        rd_close_len(&rd, len);
        cr_expect(scapf_filter_matches(f) == round);
    }
    scapf_filter_free(f);
    free(bytes);
}

static bool match_once(struct scapf_filter *f, const struct scapf_event *ev)
{
    const struct scapf_record rec = {.kind = SCAPF_KIND_EVENT, .event = ev};
    bool match;

    cr_assert(scapf_filter_match(f, NULL, &rec, NULL, &match) == SCAPF_OK);
    return match;
}

/* What a check remembers of an event code is what a filter that never saw it says: of all codes, of
 * generic events of other calls, and of another schema's event of the same code. */
Test(filter, verdicts_are_remembered)
{
    static const char *const texts[] = {"evt.type in (read,futex,openat) or evt.type.is.close=1",
                                        "evt.dir=< and evt.io_dir=read",
                                        "evt.is_io=true or evt.is_wait=true or evt.code>300",
                                        "evt.is_io_read=true or evt.is_io_write=true"};
    const struct scapf_schema *schema = scapf_schema_builtin();

    for (size_t i = 0; i < 4; i++) {
        struct scapf_filter *f;

        cr_assert(scapf_filter_compile(texts[i], NULL, NULL, &f, NULL) == SCAPF_OK);
        for (uint32_t k = 0; k < 4 * schema->n_events; k++) {
            uint16_t code = (uint16_t)(k / 4);
            uint8_t payload[] = {2, 0, (uint8_t)(k % 2 == 0 ? 5 : 88), 0};
            struct scapf_event_info other;
            struct scapf_event ev = {.code = code,
                                     .info = schema->events[code],
                                     .payload = payload,
                                     .payload_len = sizeof(payload),
                                     .n_params = 1,
                                     .n_cached = 1,
                                     .param_off = {2, 4},
                                     .len_size = 2,
                                     .has_params = true};
            struct scapf_filter *fresh;

            if (ev.info == NULL) {
                continue;
            }
            other = *ev.info;
            other.name = "close";
            other.flags ^= SCAPF_EF_READS_FROM_FD | SCAPF_EF_WAITS;
            ev.info = k % 4 == 2 ? &other : ev.info;
            cr_assert(scapf_filter_compile(texts[i], NULL, NULL, &fresh, NULL) == SCAPF_OK);
            cr_expect(match_once(f, &ev) == match_once(fresh, &ev), "%s: %u", texts[i], code);
            scapf_filter_free(fresh);
        }
        scapf_filter_free(f);
    }
}

/* Every field has a name of its own, a type and a help, and can be asked of anything. */
Test(filter, every_field)
{
    struct scapf_filter_field field;
    char text[100];
    char got[400];

    for (size_t i = 0; scapf_filter_field(i, &field); i++) {
        const char *arg = strcmp(field.argument, ".NAME") == 0                          ? ".read"
                          : field_at(i)->arg == ARG_KEY || field_at(i)->arg == ARG_TIME ? "[3]"
                                                                                        : "";
        const char *again;
        size_t len;

        cr_expect(field_find(field.name, strlen(field.name), &again, &len) == field_at(i), "%s",
                  field.name);
        cr_expect(field.help[0] != '\0' && field.type[0] != '\0');
        if (strncmp(field.name, "evt.arg", 7) == 0 || strncmp(field.name, "evt.rawarg", 10) == 0) {
            arg = strcmp(field.name, "evt.args") == 0 ? "" : ".fd";
        }
        (void)snprintf(text, sizeof(text), "%s%s exists", field.name, arg);
        matches("samples/http.scap", text, true, got, sizeof(got));
        matches("samples/all-blocks.pcapng", text, true, got, sizeof(got));
        matches("samples/mixed.pcapng", text, false, got, sizeof(got));
    }
}
