/* SPDX-License-Identifier: Apache-2.0 */
#include "pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pack.h"
#include "when.h"

static bool parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "BKMG";
    char *end;
    const char *unit;

    if (*text < '0' || *text > '9') {
        return false;
    }
    *bytes = strtoull(text, &end, 10);
    unit = *end != '\0' ? strchr(units, *end) : NULL;
    if (unit == NULL || end[1] != '\0' || *bytes > UINT64_MAX >> 30) {
        return false;
    }
    *bytes <<= 10 * (unit - units);
    return true;
}

bool pieces_parse(struct pieces *p, const char *how, int packing)
{
    char *end;

    p->packing = packing;
    p->by = PIECES_ONE;
    if (how == NULL) {
        return true;
    }
    if (parse_size(how, &p->limit)) {
        p->by = PIECES_SIZE;
    } else if (*how >= '0' && *how <= '9' && (p->limit = strtoull(how, &end, 10), *end == '\0')) {
        p->by = PIECES_NUMBER;
    } else if (when_duration(how, &p->limit)) {
        p->by = PIECES_DURATION;
    }
    return p->by != PIECES_ONE && p->limit > 0;
}

bool pieces_need_survey(const struct pieces *p)
{
    return p->by == PIECES_NUMBER;
}

bool pieces_can_look(const char *path)
{
    struct stat info;

    return strcmp(path, "-") != 0 && (stat(path, &info) != 0 || S_ISREG(info.st_mode));
}

int pieces_look(const char *path, const struct cli_common *common, struct pieces_survey *survey)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;
    int rc;

    if (!pieces_can_look(path)) {
        return CLI_USAGE;
    }
    rc = run_open(path, common, &reader);
    if (rc != CLI_DONE) {
        return rc;
    }
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        survey->records += rec.event != NULL || rec.packet != NULL;
        if (rec.has_ts && rec.ts_ns > survey->last_ns) {
            survey->last_ns = rec.ts_ns;
        }
    }
    if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
        rc = run_fail(path, status, scapf_reader_diag(reader));
    }
    scapf_reader_free(reader);
    return rc;
}

void pieces_know(struct pieces *p, const struct pieces_survey *survey)
{
    p->total = survey->records;
}

/* ------------------------------------------------------------------ files */

static enum scapf_status open_piece(struct pieces *p, struct scapf_diag *diag)
{
    if (p->folder != NULL) {
        (void)snprintf(p->path, sizeof(p->path), "%.4000s/%s-%04u%s%s", p->folder, p->stem,
                       p->n + 1, p->suffix, pack_suffix(p->packed));
    }
    return scapf_sink_file(p->path, p->packed, NULL, &p->sink, diag);
}

/* The name of the input in two parts: before and from its last dot. */
static void name_pieces(struct pieces *p, const char *in)
{
    const char *base = strrchr(in, '/') != NULL ? strrchr(in, '/') + 1 : in;
    size_t len;
    size_t dot;

    (void)pack_of_name(base, &len);
    for (dot = len; dot > 0 && base[dot - 1] != '.'; dot--) {
    }
    dot = dot > 1 && len - dot < sizeof(p->suffix) - 2 ? dot - 1 : len;
    (void)snprintf(p->stem, sizeof(p->stem), "%.*s", dot > 200 ? 200 : (int)dot, base);
    (void)snprintf(p->suffix, sizeof(p->suffix), "%.*s", (int)(len - dot), base + dot);
}

int pieces_begin(struct pieces *p, const char *in, const char *out)
{
    struct scapf_diag diag = {0};

    p->packed = pack_choose(p->packing, p->by == PIECES_ONE ? out : "");
    (void)snprintf(p->path, sizeof(p->path), "%s", out);
    if (p->by != PIECES_ONE) {
        if (run_folder(out) != CLI_DONE) {
            return CLI_SYSTEM;
        }
        p->folder = out;
        name_pieces(p, strcmp(in, "-") == 0 ? "stdin" : in);
    }
    return run_fail(p->path, open_piece(p, &diag), &diag);
}

static bool is_full(struct pieces *p, const struct scapf_slice *slice,
                    const struct scapf_record *rec)
{
    if (p->by == PIECES_SIZE) {
        return scapf_slice_is_full(slice, rec, p->limit);
    }
    if (p->by == PIECES_DURATION) {
        bool full = p->has_end && rec->has_ts && rec->ts_ns >= p->end_ns;

        if (rec->has_ts && (full || !p->has_end)) {
            uint64_t start = p->has_end ? p->end_ns : rec->ts_ns;
            uint64_t steps = (rec->ts_ns - start) / p->limit + 1;

            p->has_end = true;
            p->end_ns =
                steps > (UINT64_MAX - start) / p->limit ? UINT64_MAX : start + steps * p->limit;
        }
        return full;
    }
    /* Piece k has the records from total * k / number on. */
    if (p->by == PIECES_NUMBER && p->cuts + 1 < p->limit &&
        p->seen >=
            (uint64_t)((__extension__(unsigned __int128) p->total * (p->cuts + 1)) / p->limit)) {
        p->cuts++;
        return p->seen > 0;
    }
    return false;
}

enum scapf_status pieces_before(struct pieces *p, struct scapf_slice *slice,
                                const struct scapf_record *rec)
{
    struct scapf_sink *full = p->sink;
    enum scapf_status status;
    struct scapf_diag diag = {0};

    if (p->by == PIECES_ONE || (rec->event == NULL && rec->packet == NULL)) {
        return SCAPF_OK;
    }
    if (!is_full(p, slice, rec) || scapf_slice_bytes(slice) == 0) {
        p->seen++;
        return SCAPF_OK;
    }
    p->seen++;
    p->n++;
    status = open_piece(p, &diag);
    if (status >= 0) {
        status = scapf_slice_next(slice, p->sink);
    }
    if (status >= 0) {
        status = scapf_sink_finish(full);
    }
    scapf_sink_free(full);
    return status;
}

enum scapf_status pieces_end(struct pieces *p, const struct scapf_slice *slice)
{
    bool wanted = scapf_slice_bytes(slice) > 0 || p->by == PIECES_ONE;

    return wanted ? scapf_sink_finish(p->sink) : SCAPF_OK;
}

void pieces_release(struct pieces *p)
{
    scapf_sink_free(p->sink);
    p->sink = NULL;
}
