/* SPDX-License-Identifier: Apache-2.0 */
/* Fields as text: what a column shows of an event, and why a field is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/feed.h"

/* Ask for one field at every event of the capture; "-" when the last one has none. */
static void ask(const struct feed *f, const char *name, char *got, size_t size)
{
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_host *host;
    struct scapf_fields *fields;
    struct scapf_filter_error error;
    const char *text;
    size_t len;

    cr_assert(scapf_fields_compile(name, NULL, NULL, &fields, &error) == SCAPF_OK, "%s: %s", name,
              error.message);
    cr_assert(scapf_host_new(NULL, &host) == SCAPF_OK);
    cr_assert(scapf_src_mem(f->m.o.bytes, f->m.o.len, NULL, &src, NULL) == SCAPF_OK);
    cr_assert(scapf_reader_new(src, NULL, &reader) == SCAPF_OK);
    (void)snprintf(got, size, "-");
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert(scapf_host_put(host, &rec) == SCAPF_OK);
        scapf_fields_put(fields, reader, &rec, host);
        cr_assert(scapf_fields_text(fields, 0, &text, &len) == SCAPF_OK);
        if (rec.event != NULL) {
            (void)snprintf(got, size, "%.*s", text != NULL ? (int)len : 1,
                           text != NULL ? text : "-");
        }
    }
    scapf_reader_free(reader);
    scapf_host_free(host);
    scapf_fields_free(fields);
}

struct row {
    const char *field, *want;
};

static void expect(const struct feed *f, const struct row *rows)
{
    char got[600];

    for (size_t i = 0; rows[i].field != NULL; i++) {
        ask(f, rows[i].field, got, sizeof(got));
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: %s, not %s", rows[i].field, got,
                  rows[i].want);
    }
}

enum {
    WRITE_E = 8,
    WRITE_X = 9,
    POLL_E = 80,
    BRK_X = 159,
    SWITCH = 152,
    SYMLINKAT_X = 181,
    MKDIRAT_X = 305,
    RENAMEAT2_X = 319
};

#define WORDS "A=1\0PATH=/bin:/sbin\0AB=\0"
#define GROUPS                                                                                     \
    "cpu_cgroup=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0"        \
    "io=/x\0"
#define CONTAINER_TEXT                                                                             \
    "{\"container\":{\"id\":\"0123456789ab\",\"name\":\"we\\u0062\",\"image\":\"hub:5000/a/"       \
    "web:1\","                                                                                     \
    "\"imageid\":\"77\",\"imagerepo\":\"hub:5000/a/"                                               \
    "web\",\"imagetag\":\"1\",\"imagedigest\":\"sha256:9\","                                       \
    "\"privileged\":true,\"ip\":\"10.0.0.9\",\"type\":11,\"created_time\":1700000000,"             \
    "\"Mounts\":[{\"Destination\":\"/"                                                             \
    "d\",\"Mode\":\"ro\",\"Propagation\":\"rprivate\",\"RW\":false,"                               \
    "\"Source\":\"/s\"},{\"Destination\":\"/"                                                      \
    "e\",\"Mode\":\"\",\"Propagation\":\"\",\"RW\":true,\"Source\":\"/t\"}],"                      \
    "\"Healthcheck\":{\"exe\":\"/bin/check\",\"args\":[\"-a\",\"b c\"]},"                          \
    "\"labels\":{\"io.kubernetes.pod.name\":\"shop-1\",\"io.kubernetes.pod.namespace\":\"shop\","  \
    "\"x-y\":\"z\"}}}\n"

/* A process in a container, which the engine told about. */
static void begin_container(struct feed *f)
{
    feed_init(f);
    put_event(&f->m, 100, EXECVE_19_X, 20,
              (const struct param[]){NUM("res", 0),
                                     TXT("exe", "/bin/x"),
                                     RAW("args", "-v\0two\0", 7),
                                     NUM("tid", 100),
                                     NUM("pid", 100),
                                     NUM("ptid", 1),
                                     TXT("comm", "x"),
                                     NUM("fdlimit", 1024),
                                     NUM("pgft_min", 7),
                                     NUM("vm_size", 4000),
                                     NUM("vm_rss", 300),
                                     RAW("cgroups", GROUPS, sizeof(GROUPS) - 1),
                                     RAW("env", WORDS, sizeof(WORDS) - 1),
                                     {.name = NULL}});
    put_event(&f->m, 100, CONTAINER_JSON, 1,
              (const struct param[]){TXT("json", CONTAINER_TEXT), {.name = NULL}});
}

Test(fields, containers)
{
    static const struct row rows[] = {
        {"container.id", "0123456789ab"},
        {"container.name", "web"},
        {"container.type", "podman"},
        {"container.image", "hub:5000/a/web:1"},
        {"container.image.id", "77"},
        {"container.image.repository", "hub:5000/a/web"},
        {"container.image.tag", "1"},
        {"container.image.digest", "sha256:9"},
        {"container.full_id", "-"},
        {"container.ip", "10.0.0.9"},
        {"container.privileged", "true"},
        {"container.host_pid", "-"},
        {"container.start_ts", "1700000000000000000"},
        {"container.mounts", "/s:/d:ro:false:rprivate,/t:/e::true:"},
        {"container.mount[1]", "/t:/e::true:"},
        {"container.mount[2]", "-"},
        {"container.mount[/s]", "/s:/d:ro:false:rprivate"},
        {"container.mount.dest[/s]", "/d"},
        {"container.mount.source[/e]", "/t"},
        {"container.mount.rdwr[0]", "false"},
        {"container.healthcheck", "/bin/check -a b c"},
        {"container.liveness_probe", "NONE"},
        {"container.label.x-y", "z"},
        {"container.label.io.kubernetes.pod.name", "shop-1"},
        {"k8s.ns.name", "shop"},
        {"k8s.pod.name", "shop-1"},
        {"k8s.pod.uid", "-"},
        {NULL, NULL},
    };
    struct feed f;

    begin_container(&f);
    EV0(100, CLOSE_E);
    expect(&f, rows);
    mk_release(&f.m);
}

Test(fields, processes)
{
    static const struct row rows[] = {
        {"evt.around[1700000000000000000]", "1"},
        {"proc.env[PATH]", "/bin:/sbin"},
        {"proc.env[A]", "1"},
        {"proc.env[AB]", ""},
        {"proc.env[PA]", "-"},
        {"proc.env", "A=1 PATH=/bin:/sbin AB="},
        {"thread.cgroup.cpu",
         "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"thread.cgroup.blkio", "/x"},
        {"thread.cgroup.io", "/x"},
        {"thread.cgroup.memory", "-"},
        {"proc.cmdnargs", "2"},
        {"proc.cmdlenargs", "5"},
        {"proc.fdlimit", "1024"},
        {"proc.vmsize", "4400"},
        {"proc.vmrss", "310"},
        {"thread.vmrss", "310"},
        {"thread.pfminor", "9"},
        {"proc.nthreads", "1"},
        {"proc.nchilds", "0"},
        {"proc.fdopencount", "2"},
        {"proc.fdusage", "0.2"},
        {"proc.stdout.name", "/dev/null"},
        {"proc.stdout.type", "file"},
        {"proc.stdin.name", "-"},
        {"thread.nametid", "x100"},
        {"proc.is_exe_writable", "false"},
        {NULL, NULL},
    };
    struct feed f;

    begin_container(&f);
    EV(100, OPEN_X, 4, NUM("fd", 1), TXT("name", "/dev/null"), NUM("flags", 1), NUM("mode", 0));
    EV(100, OPEN_X, 4, NUM("fd", 2), TXT("name", "/dev/null"), NUM("flags", 1), NUM("mode", 0));
    EV(100, BRK_X, 4, NUM("res", 4096), NUM("vm_size", 4400), NUM("vm_rss", 310),
       NUM("vm_swap", 0));
    EV(100, SWITCH, 6, NUM("next", 7), NUM("pgft_maj", 1), NUM("pgft_min", 9), NUM("vm_size", 4400),
       NUM("vm_rss", 310), NUM("vm_swap", 0));
    expect(&f, rows);
    mk_release(&f.m);
}

/* Each with the fields of the event before it. */
Test(fields, paths)
{
    static const struct row renamed[] = {
        {"fs.path.source", "/srv/a"},
        {"fs.path.target", "/home/ann/c"},
        {"fs.path.sourceraw", "x/../a"},
        {"fs.path.targetraw", "./c"},
        {"fs.path.name", "-"},
        {"evt.abspath", "/srv/a"},
        {"evt.abspath.src", "/srv/a"},
        {"evt.abspath.dst", "/home/ann/c"},
        {NULL, NULL},
    };
    static const struct row made[] = {
        {"fs.path.name", "/d"},    {"fs.path.nameraw", "/./d//"}, {"evt.abspath", "/d"},
        {"evt.abspath.dst", "/d"}, {"fs.path.source", "-"},       {NULL, NULL},
    };
    static const struct row failed[] = {
        {"fs.path.name", "-"},
        {"evt.abspath", "/d"},
        {NULL, NULL},
    };
    static const struct row linked[] = {
        {"fs.path.source", "/home/ann/l"},
        {"fs.path.target", "to"},
        {NULL, NULL},
    };
    struct feed f;

    feed_init(&f);
    EV(100, OPEN_X, 4, NUM("fd", 5), TXT("name", "/srv"), NUM("flags", 1), NUM("mode", 0));
    EV(100, RENAMEAT2_X, 6, NUM("res", 0), NUM("olddirfd", 5), TXT("oldpath", "x/../a"),
       NUM("newdirfd", -100), TXT("newpath", "./c"), NUM("flags", 0));
    expect(&f, renamed);
    EV(100, SYMLINKAT_X, 4, NUM("res", 0), TXT("target", "to"), NUM("linkdirfd", -100),
       TXT("linkpath", "l"));
    expect(&f, linked);
    EV(100, MKDIRAT_X, 4, NUM("res", 0), NUM("dirfd", 5), TXT("path", "/./d//"), NUM("mode", 0));
    expect(&f, made);
    EV(100, MKDIRAT_X, 4, NUM("res", -17), NUM("dirfd", 5), TXT("path", "/d"), NUM("mode", 0));
    expect(&f, failed);
    mk_release(&f.m);
}

static void say(struct feed *f, const char *message)
{
    put_event(&f->m, 100, WRITE_E, 2,
              (const struct param[]){
                  NUM("fd", 9), NUM("size", (int64_t)strlen(message)), {.name = NULL}});
    put_event(&f->m, 100, WRITE_X, 2,
              (const struct param[]){NUM("res", (int64_t)strlen(message)),
                                     RAW("data", message, (uint32_t)strlen(message)),
                                     {.name = NULL}});
}

Test(fields, syslog)
{
    static const struct row said[] = {
        {"syslog.facility", "10"},
        {"syslog.facility.str", "authpriv"},
        {"syslog.severity", "5"},
        {"syslog.severity.str", "notice"},
        {"syslog.message", "sudo: hello"},
        {"evt.is_syslog", "true"},
        {NULL, NULL},
    };
    static const char *const none[] = {"<>x", "<192>x", "<1", "<1x", "x<1>y", "<00013>x", "<a>x"};
    static const struct row nothing[] = {
        {"syslog.facility", "-"}, {"syslog.message", "-"}, {NULL, NULL}};
    struct feed f;

    feed_init(&f);
    put_file(&f.m, 100, 9, "/dev/log");
    say(&f, "<85>sudo: hello");
    expect(&f, said);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        say(&f, none[i]);
        expect(&f, nothing);
    }
    mk_release(&f.m);
}

Test(fields, lists_of_descriptors)
{
    static const char list[] = {3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0,
                                0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    static const struct row rows[] = {
        {"fdlist.nums", "3,5,4"},
        {"fdlist.names", "10.0.0.1:40000->10.0.0.2:80,<NA>,/f"},
        {"fdlist.cips", "10.0.0.1,<NA>,<NA>"},
        {"fdlist.sips", "10.0.0.2,<NA>,<NA>"},
        {"fdlist.cports", "40000,<NA>,<NA>"},
        {"fdlist.sports", "80,<NA>,<NA>"},
        {NULL, NULL},
    };
    static const struct row none[] = {{"fdlist.nums", "-"}, {NULL, NULL}};
    struct feed f;

    feed_init(&f);
    put_socket4(&f.m, 3, 2, 40000, 80);
    put_file(&f.m, 100, 4, "/f");
    EV(100, POLL_E, 2, RAW("fds", list, sizeof(list)), NUM("timeout", 1));
    expect(&f, rows);
    EV0(100, CLOSE_E);
    expect(&f, none);
    mk_release(&f.m);
}

/* What sysdig and Falco have and a capture has not says why; anything else is not known. */
static void expect_of(const struct feed *f, const char *field, const char *want)
{
    const struct row rows[] = {{field, want}, {NULL, NULL}};

    expect(f, rows);
}

/* From switch to switch, whoever leaves then; events are one nanosecond from each other. */
Test(fields, time_on_the_processor)
{
    struct feed f;

    feed_init(&f);
    EV0(100, SWITCH);
    expect_of(&f, "thread.exectime", "0");
    EV0(100, CLOSE_E);
    EV0(200, SWITCH);
    expect_of(&f, "thread.exectime", "2");
    expect_of(&f, "thread.totexectime", "-");
    EV0(100, CLOSE_E);
    EV0(100, CLOSE_E);
    EV0(100, SWITCH);
    expect_of(&f, "thread.exectime", "3");
    EV0(200, CLOSE_E);
    EV0(100, SWITCH);
    expect_of(&f, "thread.totexectime", "5");
    EV0(100, CLOSE_E);
    expect_of(&f, "thread.exectime", "0");
    expect_of(&f, "thread.totexectime", "5");
    mk_release(&f.m);
}

/* A first name is another one; what shares the file of a descriptor has its name already. */
Test(fields, name_changed)
{
    static const char tuple[] = {2, 10, 0, 0, 1, 0x40, 0x1F, 10, 0, 0, 2, 80, 0};
    struct feed f;

    feed_init(&f);
    EV(100, OPEN_X, 2, NUM("fd", -2), TXT("name", "/none"));
    expect_of(&f, "fd.name_changed", "-");
    EV(100, OPEN_X, 2, NUM("fd", 7), TXT("name", "/a"));
    expect_of(&f, "fd.name_changed", "true");
    EV(100, DUP_E, 1, NUM("fd", 7));
    expect_of(&f, "fd.name_changed", "false");
    EV(100, DUP_X, 1, NUM("res", 8));
    expect_of(&f, "fd.name_changed", "false");
    EV(100, SOCKET_X, 4, NUM("fd", 9), NUM("domain", 2), NUM("type", 1), NUM("proto", 0));
    expect_of(&f, "fd.name_changed", "false");
    EV(100, CONNECT_E, 1, NUM("fd", 9));
    EV(100, CONNECT_X, 2, NUM("res", 0), RAW("tuple", tuple, sizeof(tuple)));
    expect_of(&f, "fd.name_changed", "true");
    EV(100, CLOSE_E, 1, NUM("fd", 9));
    expect_of(&f, "fd.name_changed", "false");
    mk_release(&f.m);
}

/* Events that tell of containers are no beginning: their time is that of the telling. */
Test(fields, begin_of_a_capture)
{
    struct feed f;

    feed_init(&f);
    EV(100, CONTAINER_JSON, 1, TXT("json", "{}"));
    EV0(100, CLOSE_E);
    EV0(100, CLOSE_E);
    expect_of(&f, "evt.reltime", "1");
    mk_release(&f.m);
}

Test(fields, refused)
{
    static const struct row rows[] = {
        {"k8s.svc.name", "what a Kubernetes server knows is not in captures"},
        {"span.id", "tracers are not followed"},
        {"fd.cip.name", "names of addresses are not looked up"},
        {"thread.cpu.user", "thread.exectime tells the time; the share is a matter of an interval"},
        {"proc.nosuch", "there is no field of this name"},
        {"container.mount", "this field needs an argument: [N]"},
        {"thread.cgroup", "this field needs an argument: .NAME"},
        {"proc.env[]", "a name is missing here"},
        {"proc.env[A", "']' is missing here"},
        {"proc.name[1]", "this field takes no index"},
        {"proc.aname[1001]", "the index is too large"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_fields *fields;
        struct scapf_filter_error error;

        cr_expect(scapf_fields_compile(rows[i].field, NULL, NULL, &fields, &error) ==
                  SCAPF_E_USAGE);
        cr_expect(strcmp(error.message, rows[i].want) == 0, "%s: %s", rows[i].field, error.message);
        scapf_fields_free(fields);
    }
}
