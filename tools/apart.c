/* SPDX-License-Identifier: Apache-2.0 */
#include "apart.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARTS_MAX 200u /* an open file each */

/* A capture being taken apart. */
struct taking {
    struct apart *to;
    struct again *in;
    struct scapf_split *split;
    struct scapf_sink **sinks;
};

static enum scapf_status open_part(void *ctx, uint32_t i, struct scapf_sink **sink)
{
    struct taking *t = ctx;
    const struct scapf_split_file *file = scapf_split_file(t->split, i);
    struct apart_part *part = &t->to->parts[i];
    struct scapf_diag diag = {0};
    enum scapf_status status;
    char number[32];

    (void)snprintf(number, sizeof(number), "part %" PRIu32, i + 1);
    t->in->rc = again_nameless(&part->file, t->in->path,
                               &(struct again_part){file->name, file->noted ? file->name : number},
                               t->in->common);
    if (t->in->rc != CLI_DONE) {
        return SCAPF_E_IO;
    }
    t->to->n = i + 1;
    part->name = part->file.name;
    status = scapf_sink_fd(part->file.fd, SCAPF_PLAIN, NULL, &t->sinks[i], &diag);
    t->in->rc = run_fail(part->file.path, status, &diag);
    *sink = t->sinks[i];
    return status;
}

static uint32_t count(const struct scapf_split *split)
{
    uint32_t n = 0;

    while (scapf_split_file(split, n) != NULL) {
        n++;
    }
    return n;
}

/* What the notes of a merge name had its own clock; else all events have one, all packets too. */
static void describe(const struct taking *t, uint32_t clock)
{
    for (uint32_t i = 0; i < t->to->n; i++) {
        const struct scapf_split_file *file = scapf_split_file(t->split, i);
        struct apart_part *part = &t->to->parts[i];

        part->clock = clock + (file->noted ? i : file->events == 0);
        part->has_shift = file->has_shift;
        part->shift = file->shift;
    }
}

static uint64_t missing(uint64_t all, uint64_t got)
{
    return got < all ? all - got : 0;
}

/* Nothing may be lost on the way. */
static int check_whole(const struct taking *t)
{
    const struct scapf_merge_input_info *info = scapf_split_info(t->split);
    uint64_t events = 0;
    uint64_t packets = 0;

    for (uint32_t i = 0; i < t->to->n; i++) {
        events += scapf_split_file(t->split, i)->events;
        packets += scapf_split_file(t->split, i)->packets;
    }
    if (events + info->damaged >= info->events && packets + info->damaged >= info->packets) {
        return CLI_DONE;
    }
    run_say("%s: cannot be taken apart: %" PRIu64 " of its %" PRIu64 " events and %" PRIu64
            " of its %" PRIu64 " packets belong to no part",
            run_path_name(t->in->path), missing(info->events, events), info->events,
            missing(info->packets, packets), info->packets);
    return CLI_INVALID;
}

static int write_parts(struct taking *t, uint32_t n)
{
    enum scapf_status status;
    int rc = CLI_DONE;

    t->sinks = calloc((size_t)n + 1, sizeof(struct scapf_sink *));
    t->to->parts = calloc((size_t)n + 1, sizeof(*t->to->parts));
    if (t->sinks == NULL || t->to->parts == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    scapf_split_keep_options(t->split);
    status = scapf_split_run(t->split, open_part, t);
    if (status < 0) {
        return t->in->rc != CLI_DONE ? t->in->rc
                                     : run_fail(t->in->path, status, scapf_split_diag(t->split));
    }
    for (uint32_t i = 0; i < n && rc == CLI_DONE; i++) {
        rc = run_sink_fail(t->to->parts[i].file.path, scapf_sink_finish(t->sinks[i]), t->sinks[i]);
    }
    return rc == CLI_DONE ? check_whole(t) : rc;
}

int apart_take(struct again *in, const char *name, uint32_t clock, struct apart *apart)
{
    struct taking t = {.to = apart, .in = in};
    const struct scapf_schema *schema;
    enum scapf_status status;
    uint32_t n;
    int rc = run_schema(in->common, &schema);

    *apart = (struct apart){.n = 0};
    if (rc != CLI_DONE) {
        return rc;
    }
    status = scapf_split_new(again_open, in, name, schema, NULL, &t.split);
    n = status == SCAPF_OK ? count(t.split) : 0;
    if (status < 0) {
        rc = in->rc != CLI_DONE
                 ? in->rc
                 : run_fail(in->path, status, t.split != NULL ? scapf_split_diag(t.split) : NULL);
    } else if (n == 0) {
        run_say("%s: nothing of it can be merged", run_path_name(in->path));
        rc = CLI_INVALID;
    } else if (n > PARTS_MAX) {
        run_say("%s: is made of %u parts, which are too many to be taken apart (at most %u)",
                run_path_name(in->path), n, PARTS_MAX);
        rc = CLI_INVALID;
    } else {
        rc = write_parts(&t, n);
    }
    if (rc == CLI_DONE) {
        describe(&t, clock);
    } else {
        apart_end(apart, true);
    }
    for (uint32_t i = 0; t.sinks != NULL && i < n; i++) {
        scapf_sink_free(t.sinks[i]);
    }
    free(t.sinks);
    scapf_split_free(t.split);
    return rc;
}

void apart_end(struct apart *apart, bool files)
{
    for (uint32_t i = 0; files && i < apart->n; i++) {
        again_end(&apart->parts[i].file);
    }
    free(apart->parts);
    *apart = (struct apart){.n = 0};
}
