/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_convert.c - `scapfmt convert`: a capture in another format, or packed in another way.
 *
 * scap and pcapng are one family: their blocks are copied as they are, byte for byte. Classic pcap
 * is a format of its own; to_pcap.c says what it cannot hold.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "from_log.h"
#include "temporary.h"
#include "to_pcap.h"

enum format {
    FORMAT_AUTO,
    FORMAT_SCAP,
    FORMAT_PCAPNG,
    FORMAT_PCAP,
    FORMAT_JSON,
    FORMAT_SYSDIG,
    FORMAT_TEXT
};
enum format_in { FROM_STRACE = 4, FROM_PROCMON_XML, FROM_PROCMON_CSV, FROM_PROCMON_PML };
#define FORMATS_IN  "auto|scap|pcapng|pcap|strace|procmon-xml|procmon-csv|procmon-pml"
#define FORMATS_OUT "auto|scap|pcapng|pcap|json|sysdig-json|text"

struct convert_opts {
    struct cli_common common;
    int from, to, packing;
    const char *out;
    bool tables, join;
    struct from_log_opts log;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_CHOICES('f', "from", "FORMAT", struct convert_opts, from,
                "refuse input of another format", FORMATS_IN),
    CLI_CHOICES('t', "to", "FORMAT", struct convert_opts, to,
                "format to write; auto goes by the suffix of OUT, else json", FORMATS_OUT),
    CLI_OPTION('o', "output", "OUT", CLI_TEXT, struct convert_opts, out,
               "file to write (standard output)"),
    CLI_CHOICES('z', "compress", "HOW", struct convert_opts, packing,
                "pack the output; auto goes by the suffix .gz or .zst of OUT",
                "auto|none|gzip|zstd"),
    CLI_OPTION(0, "tables", NULL, CLI_FLAG, struct convert_opts, tables,
               "to json: the blocks of processes, descriptors, users too"),
    CLI_OPTION(0, "join", NULL, CLI_FLAG, struct convert_opts, join,
               "to json: one object a system call, enter and exit together"),
    FROM_LOG_OPTIONS(struct convert_opts, log),
};
/* clang-format on */

const struct cli_spec spec_convert = {
    "convert", "write captures in another format",
    "IN...",   CLI_WITH_FILTER | CLI_WITH_LEDGER | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options,   CLI_COUNT_OF(options),
};

/* A conversion on its way. */
struct convert {
    const struct convert_opts *o;
    const char *path; /* the input */
    enum format to;
    bool only;    /* there is one input */
    bool copy;    /* its blocks go into the output as they are */
    bool refused; /* the input is none that can be converted so; said already */
    bool any_opened;
    struct scapf_sink *sink;
    struct scapf_writer *writer;
    struct to_pcap pcap;
};

/* ------------------------------------------------------------------ which format, which packing */

static bool ends_with(const char *text, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);

    return len >= n && memcmp(text + len - n, suffix, n) == 0;
}

/* The packing a name asks for; *len becomes the length of the name without that suffix. */
static enum scapf_compression packing_of_name(const char *name, size_t *len)
{
    static const struct {
        const char *suffix;
        enum scapf_compression packing;
    } rows[] = {{".gz", SCAPF_GZIP}, {".zst", SCAPF_ZSTD}, {".zstd", SCAPF_ZSTD}};

    *len = strlen(name);
    for (size_t i = 0; i < CLI_COUNT_OF(rows); i++) {
        if (ends_with(name, *len, rows[i].suffix)) {
            *len -= strlen(rows[i].suffix);
            return rows[i].packing;
        }
    }
    return SCAPF_PLAIN;
}

static enum format format_of_name(const char *name, size_t len)
{
    static const struct {
        const char *suffix;
        enum format format;
    } rows[] = {
        {".scap", FORMAT_SCAP},  {".pcapng", FORMAT_PCAPNG}, {".ntar", FORMAT_PCAPNG},
        {".pcap", FORMAT_PCAP},  {".cap", FORMAT_PCAP},      {".json", FORMAT_JSON},
        {".jsonl", FORMAT_JSON}, {".ndjson", FORMAT_JSON},
    };

    for (size_t i = 0; i < CLI_COUNT_OF(rows); i++) {
        if (ends_with(name, len, rows[i].suffix)) {
            return rows[i].format;
        }
    }
    return FORMAT_AUTO;
}

/* Fill in what the options leave to the name of the output; CLI_USAGE when that does not tell. */
static int decide(const struct convert_opts *o, enum format *to, enum scapf_compression *packing)
{
    static const enum scapf_compression packings[] = {SCAPF_PLAIN, SCAPF_PLAIN, SCAPF_GZIP,
                                                      SCAPF_ZSTD};
    bool to_stdout = strcmp(o->out, "-") == 0;
    size_t len;

    *packing = packing_of_name(o->out, &len);
    if (o->packing != 0) {
        *packing = packings[o->packing];
    }
    *to = (enum format)o->to;
    if (*to == FORMAT_AUTO) {
        *to = to_stdout ? FORMAT_JSON : format_of_name(o->out, len);
    }
    if (*to == FORMAT_AUTO) {
        return cli_usage(&spec_convert, "'%s' does not tell the format; use --to", o->out);
    }
    if (to_stdout && isatty(STDOUT_FILENO) == 1 && (*to < FORMAT_JSON || *packing != SCAPF_PLAIN)) {
        return cli_usage(&spec_convert, "this is no output for a terminal; use --output");
    }
    return CLI_DONE;
}

/* ------------------------------------------------------------------ blocks */

static const char *const format_names[] = {"", "scap", "pcapng", "pcap"};

/* Is this input one that was asked for, and one that can become the output? */
static bool accept_input(struct convert *c, const struct scapf_section *section)
{
    enum format from = (enum format)c->o->from;

    if (from != FORMAT_AUTO && (from == FORMAT_PCAP) != section->is_pcap) {
        run_say("%s: this is %s, not %s", run_path_name(c->path),
                section->is_pcap ? "pcap" : "pcapng or scap", format_names[from]);
        c->refused = true;
    } else if (section->is_pcap && c->to == FORMAT_SCAP) {
        run_say("%s: packets of a pcap make no scap; use --to=pcapng", run_path_name(c->path));
        c->refused = true;
    }
    return !c->refused;
}

#define PCAP_HEADER_LEN     24
#define PCAP_MAGIC_MODIFIED 0xA1B2CD34

/* [pcap 4] Bytes 8 to 15 were a time zone and an accuracy; beside the link type stand the length of
 * the frame check sequence and reserved bits. The modified format has a longer packet header. */
static void say_pcap_header(const struct convert *c, const struct scapf_section *section,
                            const struct scapf_record *rec)
{
    static const unsigned little[] = {8, 9, 10, 11, 12, 13, 14, 15, 22, 23};
    static const unsigned big[] = {8, 9, 10, 11, 12, 13, 14, 15, 20, 21};
    const unsigned *places = rec->big_endian ? big : little;
    bool any = false;

    for (size_t i = 0; i < CLI_COUNT_OF(little) && rec->raw_len >= PCAP_HEADER_LEN; i++) {
        any = any || rec->raw[places[i]] != 0;
    }
    if (any && !c->o->common.quiet) {
        run_say("%s: time zone, accuracy, and the bits beside the link type of the pcap header "
                "are left out",
                run_path_name(c->path));
    }
    if (section->pcap_magic == PCAP_MAGIC_MODIFIED && !c->o->common.quiet) {
        run_say("%s: interface, protocol and packet type of the modified pcap format are left out",
                run_path_name(c->path));
    }
}

/* A classic pcap becomes a section with one interface. */
static enum scapf_status put_in_pcapng(struct convert *c, const struct scapf_reader *reader,
                                       const struct scapf_record *rec)
{
    const struct scapf_interface *interface = scapf_reader_interface(reader, 0);
    enum scapf_status status;

    if (rec->kind != SCAPF_KIND_SECTION) {
        return rec->packet != NULL ? scapf_writer_packet(c->writer, rec->packet) : SCAPF_OK;
    }
    say_pcap_header(c, scapf_reader_section(reader), rec);
    status = scapf_writer_section(c->writer, 0);
    return status < 0 || interface == NULL ? status : scapf_writer_interface(c->writer, interface);
}

static enum scapf_status convert_record(void *ctx, const struct scapf_reader *reader,
                                        const struct scapf_record *rec, struct scapf_host *host)
{
    struct convert *c = ctx;
    const struct scapf_section *section = scapf_reader_section(reader);

    (void)host;
    if (rec->ordinal == 0) {
        if (!accept_input(c, section)) {
            return SCAPF_E_USAGE;
        }
        /* Several pcaps need one header for all. */
        c->copy = section->is_pcap == (c->to == FORMAT_PCAP) && (!section->is_pcap || c->only);
    }
    if (c->copy) {
        return scapf_writer_put(c->writer, rec);
    }
    return c->to == FORMAT_PCAP ? to_pcap_put(&c->pcap, reader, rec)
                                : put_in_pcapng(c, reader, rec);
}

static int convert_file(struct convert *c, const char *path)
{
    const struct run_kept kept = {.put = convert_record, .ctx = c};
    struct scapf_reader *reader;
    enum scapf_status status;
    int rc = run_open(path, &c->o->common, &reader);

    if (rc != CLI_DONE) {
        return rc;
    }
    c->path = path;
    rc = run_kept(path, &c->o->common, reader, &kept, &status);
    c->any_opened = c->any_opened || scapf_reader_ledger(reader)->blocks > 0;
    scapf_reader_free(reader);
    if (c->refused) {
        return CLI_INVALID;
    }
    if (status < 0) {
        const struct scapf_diag *diag = scapf_writer_diag(c->writer);

        rc = run_worse(rc, diag != NULL ? run_fail(c->o->out, status, diag)
                                        : run_sink_fail(c->o->out, status, c->sink));
    }
    return rc;
}

/* A file that is damaged or not there is reported when it is converted; what the system denies now
 * would make a wrong plan. */
static int plan_file(struct convert *c, const char *path)
{
    struct scapf_diag diag = {0};
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = scapf_src_file(path, NULL, &src, &diag);

    if (status == SCAPF_OK) {
        status = scapf_reader_new(src, NULL, &reader);
    }
    if (status == SCAPF_OK) {
        while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
            (void)to_pcap_plan(&c->pcap, reader, &rec); /* never fails */
        }
        if (scapf_reader_diag(reader) != NULL) {
            diag = *scapf_reader_diag(reader);
        }
        scapf_reader_free(reader);
    }
    return status == SCAPF_E_IO || status == SCAPF_E_NOMEM ? run_fail(path, status, &diag)
                                                           : CLI_DONE;
}

/* Look through the inputs that can be read twice for what decides the header of a pcap. */
static int plan_pcap(struct convert *c, char **paths, int n_paths)
{
    struct stat info;
    int rc = CLI_DONE;

    c->pcap.planned = c->o->common.filter == NULL; /* else only what matches decides */
    for (int i = 0; i < n_paths && c->pcap.planned && rc < CLI_SYSTEM; i++) {
        if (strcmp(paths[i], "-") == 0 || stat(paths[i], &info) != 0 || !S_ISREG(info.st_mode)) {
            c->pcap.planned = false;
            continue;
        }
        rc = plan_file(c, paths[i]);
    }
    return rc;
}

static int convert_files(struct convert *c, char **paths, int n_paths)
{
    const struct scapf_writer_opts opts = {
        .size = sizeof(opts),
        .container = c->to == FORMAT_PCAP ? SCAPF_CONTAINER_PCAP : SCAPF_CONTAINER_PCAPNG,
    };
    enum scapf_status status = scapf_writer_new(c->sink, &opts, &c->writer);
    int rc = run_fail(c->o->out, status, NULL);

    if (rc != CLI_DONE) {
        return rc;
    }
    c->pcap.writer = c->writer;
    for (int i = 0; i < n_paths && rc < CLI_USAGE && !c->refused; i++) {
        rc = run_worse(rc, convert_file(c, paths[i]));
    }
    if (rc < CLI_USAGE && !c->refused && c->any_opened) {
        if (c->to == FORMAT_PCAP && !c->copy) {
            status = to_pcap_finish(&c->pcap);
            rc = run_worse(rc, to_pcap_report(&c->pcap, c->o->out, c->o->common.quiet));
        }
        if (status >= 0) {
            status = scapf_writer_finish(c->writer);
        }
        if (status >= 0) {
            status = scapf_sink_finish(c->sink);
        }
        rc = run_worse(rc, run_sink_fail(c->o->out, status, c->sink));
    }
    scapf_writer_free(c->writer);
    return rc;
}

static int convert_blocks(const struct convert_opts *o, enum format to,
                          enum scapf_compression packing, char **paths, int n_paths)
{
    struct convert c = {.o = o, .to = to, .only = n_paths == 1};
    struct scapf_filter *filter;
    struct scapf_diag diag = {0};
    int rc = run_filter(&o->common, &filter);

    if (rc != CLI_DONE) {
        return rc;
    }
    rc = run_fail(o->out, scapf_sink_file(o->out, packing, NULL, &c.sink, &diag), &diag);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (to == FORMAT_PCAP) {
        rc = plan_pcap(&c, paths, n_paths);
    }
    rc = rc == CLI_DONE ? convert_files(&c, paths, n_paths) : rc;
    scapf_sink_free(c.sink);
    return run_filter_end(&o->common, rc);
}

/* ------------------------------------------------------------------ logs of other programs */

static int log_to_file(const struct from_log *log, const char *out, enum scapf_compression packing)
{
    struct scapf_sink *sink;
    struct scapf_diag diag = {0};
    bool complete = false;
    int rc = run_fail(out, scapf_sink_file(out, packing, NULL, &sink, &diag), &diag);

    if (rc != CLI_DONE) {
        return rc;
    }
    rc = from_log_to_sink(log, out, sink, &complete);
    if (complete) {
        rc = run_worse(rc, run_sink_fail(out, scapf_sink_finish(sink), sink));
    }
    scapf_sink_free(sink);
    return rc;
}

/* Through a capture that has no name: what is done with captures is done with logs. */
static int log_through(const struct from_log *log, const struct convert_opts *o, enum format to,
                       const struct scapf_printer_opts *print, enum scapf_compression packing)
{
    char name[40];
    char *capture = name;
    bool complete = false;
    int fd = temporary_open();
    int rc;

    if (fd < 0) {
        return CLI_SYSTEM;
    }
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    rc = from_log_to_fd(log, fd, &complete);
    if (complete && rc < CLI_USAGE) {
        rc = run_worse(rc, to < FORMAT_JSON ? convert_blocks(o, to, packing, &capture, 1)
                                            : run_print(&spec_convert, &o->common, print, o->out,
                                                        packing, &capture, 1));
    }
    (void)close(fd);
    return rc;
}

static int convert_log(const struct from_log *log, const struct convert_opts *o, enum format to,
                       enum scapf_compression packing, const struct scapf_printer_opts *print)
{
    if (to == FORMAT_PCAP) {
        run_say("%s: there are no packets in %s", run_path_name(log->paths[0]),
                log->format != FROM_PROCMON_NOT ? "a recording of Process Monitor"
                                                : "a log of strace");
        return CLI_INVALID;
    }
    return to < FORMAT_JSON && o->common.filter == NULL ? log_to_file(log, o->out, packing)
                                                        : log_through(log, o, to, print, packing);
}

/* Is the input a log, by the options or by what is in it? *rc tells when it cannot be read. */
static bool find_log(const struct convert_opts *o, char **paths, int n_paths, struct from_log *log,
                     int *rc)
{
    *log = (struct from_log){.spec = &spec_convert,
                             .common = &o->common,
                             .opts = &o->log,
                             .paths = paths,
                             .n_paths = n_paths};
    if (o->from >= FROM_PROCMON_XML) {
        log->format = (enum from_procmon_format)(o->from - FROM_PROCMON_XML + 1);
    }
    return o->from == FROM_STRACE || log->format != FROM_PROCMON_NOT ||
           (o->from == FORMAT_AUTO && from_log_is(log, rc));
}

int cmd_convert(int argc, char **argv)
{
    struct convert_opts o = {.out = "-", .log = FROM_LOG_DEFAULTS};
    struct scapf_printer_opts print = {.size = sizeof(print)};
    struct from_log log;
    enum format to;
    enum scapf_compression packing;
    int rc;

    if (!cli_parse(&spec_convert, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc == 0) {
        return cli_usage(&spec_convert, "which file?");
    }
    rc = decide(&o, &to, &packing);
    if (rc != CLI_DONE) {
        return rc;
    }
    print.format = to == FORMAT_JSON   ? SCAPF_PRINT_JSON
                   : to == FORMAT_TEXT ? SCAPF_PRINT_LINE
                                       : SCAPF_PRINT_SYSDIG_JSON;
    print.tables = o.tables;
    print.join = o.join;
    print.arch = o.log.strace.arch;
    if (o.join && to != FORMAT_JSON) {
        return cli_usage(&spec_convert, "--join is for --to=json");
    }
    if (find_log(&o, argv, argc, &log, &rc) && rc == CLI_DONE) {
        return convert_log(&log, &o, to, packing, &print);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = to < FORMAT_JSON ? convert_blocks(&o, to, packing, argv, argc)
                          : run_print(&spec_convert, &o.common, &print, o.out, packing, argv, argc);
    if (log.strange && rc == CLI_INVALID) {
        run_say("%s: it begins neither like a capture nor like a log of strace or Process Monitor",
                run_path_name(argv[0]));
    }
    return rc;
}
