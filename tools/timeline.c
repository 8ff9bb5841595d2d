/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.c - merged captures as a person wants to read them: packets and calls by time.
 *
 * To know whether a file needs it costs a pass over it. That is spent on small files in which there
 * may be more than one section, and on those that end as a merge ends them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "again.h"
#include "when.h"

#define SMALL       ((off_t)32 << 20)
#define CLOSING_LEN 44         /* bytes of the event that closes a merged file */
#define SHB_TYPE    "\n\r\r\n" /* how a section begins */

/* Does it end with that event? 0x217, its code 0x7FFF at offset 36. */
static bool ends_merged(const char *path, off_t size)
{
    uint8_t tail[CLOSING_LEN];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is = fd >= 0 && size > CLOSING_LEN &&
              pread(fd, tail, sizeof(tail), size - CLOSING_LEN) == CLOSING_LEN && tail[0] == 0x17 &&
              tail[1] == 0x02 && tail[36] == 0xFF && tail[37] == 0x7F;

    if (fd >= 0) {
        (void)close(fd);
    }
    return is;
}

/* Its second byte is rare, and looked for many at once: memmem() takes a few steps for each. */
static bool holds_type(const char *bytes, size_t n)
{
    const char *end = bytes + n - 2; /* behind the last place for it */
    const char *p = bytes;

    while (++p < end && (p = memchr(p, SHB_TYPE[1], (size_t)(end - p))) != NULL) {
        if (memcmp(p - 1, SHB_TYPE, 4) == 0) {
            return true;
        }
    }
    return false;
}

/* Do the bytes of this type stand anywhere behind the first section's? A file that does not begin
 * with them is packed, and may hold anything, or it is one that knows no sections. */
static bool may_have_sections(const char *path)
{
    static char bytes[65536];
    const size_t overlap = sizeof(SHB_TYPE) - 2;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? pread(fd, bytes, sizeof(bytes), 0) : -1;
    bool may = n < 4 || memcmp(bytes, SHB_TYPE, 4) != 0;

    for (off_t at = 4; !may && (n = pread(fd, bytes, sizeof(bytes), at)) > (ssize_t)overlap;
         at += n - (ssize_t)overlap) {
        may = holds_type(bytes, (size_t)n);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return may || n < 0;
}

static bool is_candidate(const char *path, const struct scapf_printer_opts *opts)
{
    struct stat st;

    if ((opts->format != SCAPF_PRINT_LINE && opts->format != SCAPF_PRINT_JSON) || opts->tables ||
        strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    return (st.st_size <= SMALL && may_have_sections(path)) || ends_merged(path, st.st_size);
}

struct show {
    const struct scapf_printer_opts *opts;
    struct scapf_sink *sink;
    struct scapf_printer **printers; /* of each lane */
    uint32_t n;
    bool uncertain; /* the clocks are known to each other, but not exactly */
};

/* "clock of run.scap: -12040.712571158 s, known to +-83.000 us" */
static void clock_text(const struct scapf_split_file *file, char *buf, size_t size)
{
    char shift[WHEN_SPAN];
    int n = snprintf(buf, size, "clock of %s: %s%s", file->name, file->shift.ns < 0 ? "" : "+",
                     when_shift(&file->shift, shift));

    if (file->shift.err_ns > 0 && n > 0 && (size_t)n < size) {
        (void)snprintf(buf + n, size - (size_t)n, ", known to +-%" PRIu64 ".%03" PRIu64 " us",
                       file->shift.err_ns / 1000, file->shift.err_ns % 1000);
    }
}

/* What the merge did to the clocks: above the lines, or beside the objects. */
static enum scapf_status show_head(struct show *show, const struct scapf_split *split, bool quiet)
{
    const struct scapf_split_file *file;
    enum scapf_status status = SCAPF_OK;
    char text[512];

    for (uint32_t i = 0; (file = scapf_split_file(split, i)) != NULL && status >= 0; i++) {
        if (!file->has_shift) {
            continue;
        }
        show->uncertain = show->uncertain || file->shift.err_ns > 0;
        clock_text(file, text, sizeof(text));
        if (show->opts->format != SCAPF_PRINT_LINE) {
            if (!quiet) {
                run_say("%s", text);
            }
            continue;
        }
        status = scapf_sink_write(show->sink, "# ", 2);
        status = status < 0 ? status : scapf_sink_write(show->sink, text, strlen(text));
        status = status < 0 ? status : scapf_sink_write(show->sink, "\n", 1);
    }
    if (show->uncertain && status >= 0 && show->opts->format == SCAPF_PRINT_LINE) {
        static const char legend[] = "# ~ may have been before the line above, which is of the "
                                     "other clock\n";

        status = scapf_sink_write(show->sink, legend, sizeof(legend) - 1);
    }
    return status;
}

static enum scapf_status need_printer(struct show *show, const struct scapf_timeline_item *item)
{
    struct scapf_printer_opts opts = *show->opts;

    if (show->printers == NULL) {
        show->printers = calloc(item->n_lanes, sizeof(struct scapf_printer *));
        if (show->printers == NULL) {
            return SCAPF_E_NOMEM;
        }
        show->n = item->n_lanes;
    }
    opts.comments = true;
    opts.marks = show->uncertain;
    return show->printers[item->lane] != NULL
               ? SCAPF_OK
               : scapf_printer_new(show->sink, &opts, &show->printers[item->lane]);
}

/* Each lane has a printer, which knows the host of its events; their lines take turns. */
static enum scapf_status show_items(struct show *show, struct scapf_timeline *timeline,
                                    enum scapf_status *read)
{
    struct scapf_timeline_item item;
    struct scapf_printer *last = NULL;
    enum scapf_status status = SCAPF_OK;

    while (status >= 0 && (*read = scapf_timeline_next(timeline, &item)) == SCAPF_OK) {
        struct scapf_printer *printer;

        status = need_printer(show, &item);
        if (status < 0) {
            break;
        }
        printer = show->printers[item.lane];
        if (last != NULL && last != printer) {
            status = scapf_printer_flush(last);
        }
        last = printer;
        if (item.uncertain) {
            scapf_printer_mark(printer);
        }
        status = status < 0 ? status : scapf_printer_put(printer, item.reader, item.rec);
    }
    return status < 0 || last == NULL ? status : scapf_printer_finish(last);
}

int run_timeline(const char *path, const struct cli_common *common,
                 const struct scapf_printer_opts *opts, struct scapf_sink *sink, bool *done,
                 enum scapf_status *status)
{
    struct show show = {.opts = opts, .sink = sink};
    struct scapf_timeline *timeline = NULL;
    const struct scapf_schema *schema;
    struct again file;
    enum scapf_status read = SCAPF_OK;
    enum scapf_status look;
    int rc;

    *done = false;
    *status = SCAPF_OK;
    if (common->ledger || !is_candidate(path, opts)) {
        return CLI_DONE;
    }
    rc = run_schema(common, &schema);
    rc = rc == CLI_DONE ? again_begin(&file, path, common) : rc;
    if (rc != CLI_DONE) {
        return rc;
    }
    look = scapf_timeline_new(again_open, &file, path, schema, NULL, &timeline);
    if (look >= 0) {
        look = scapf_split_info(scapf_timeline_files(timeline))->status;
    }
    if (look == SCAPF_E_IO || look == SCAPF_E_NOMEM) {
        rc = file.rc != CLI_DONE ? file.rc : run_fail(path, look, NULL); /* order unknown */
    } else if (look >= 0 && scapf_timeline_is_needed(timeline) &&
               scapf_split_info(scapf_timeline_files(timeline))->damaged == 0) {
        *done = true;
        if (opts->filter != NULL) {
            scapf_filter_restart(opts->filter);
        }
        *status = show_head(&show, scapf_timeline_files(timeline), common->quiet);
        if (*status >= 0) {
            *status = show_items(&show, timeline, &read);
        }
    }
    for (uint32_t i = 0; i < show.n; i++) {
        scapf_printer_free(show.printers[i]);
    }
    free(show.printers);
    scapf_timeline_free(timeline);
    again_end(&file);
    return run_worse(rc, run_fail(path, read, NULL));
}
