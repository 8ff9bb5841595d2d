/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_links EVENTS PACKETS - the offset of the two clocks, then one line for each link of a
 * packet to a call, for tests/interop/align.sh. Tab-separated: packet, relation, number of the
 * enter and of the exit event, tid, fd, call, bytes, how sure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scapfmt.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "align_links: %s\n", what);
        exit(3);
    }
}

static struct scapf_reader *open_capture(const char *path)
{
    struct scapf_src *src;
    struct scapf_reader *reader;

    need(scapf_src_file(path, NULL, &src, NULL) == SCAPF_OK, path);
    need(scapf_reader_new(src, NULL, &reader) == SCAPF_OK, path);
    return reader;
}

static void put_number(uint64_t n)
{
    if (n == 0) {
        printf("\t-");
    } else {
        printf("\t%" PRIu64, n);
    }
}

static void put_link(uint64_t packet, const struct scapf_link *l)
{
    printf("%" PRIu64 "\t%s", packet, scapf_link_kind_name(l->kind));
    put_number(l->enter);
    put_number(l->exit);
    printf("\t%" PRId64, l->tid);
    if (l->fd >= 0) {
        printf("\t%" PRId64, l->fd);
    } else {
        printf("\t-");
    }
    printf("\t%s\t", l->call);
    if (l->has_bytes) {
        printf("%" PRIu64 "-%" PRIu64, l->from, l->to);
    } else {
        printf("-");
    }
    if (l->sure) {
        printf("\tcertain\n");
    } else {
        printf("\tor %" PRIu64 "\n", l->other);
    }
}

static void look(struct scapf_align *a, const char *events, const char *packets)
{
    struct scapf_reader *reader = open_capture(events);
    struct scapf_record rec;

    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        need(scapf_align_event(a, &rec) == SCAPF_OK, events);
    }
    scapf_reader_free(reader);
    reader = open_capture(packets);
    (void)scapf_align_file(a, packets);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        need(scapf_align_packet(a, reader, &rec) == SCAPF_OK, packets);
    }
    scapf_reader_free(reader);
}

static void put_links(struct scapf_align *a, const char *packets)
{
    struct scapf_reader *reader = open_capture(packets);
    struct scapf_record rec;
    struct scapf_note note;
    uint64_t number = 0;

    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.kind != SCAPF_KIND_PACKET) {
            continue;
        }
        number++;
        need(scapf_annotate_packet(a, 0, number, reader, &rec, &note) == SCAPF_OK, packets);
        for (size_t i = 0; i < note.n_links; i++) {
            put_link(number, &note.links[i]);
        }
    }
    scapf_reader_free(reader);
}

int main(int argc, char **argv)
{
    struct scapf_align *a;
    struct scapf_align_result r;

    need(argc == 3, "usage: align_links EVENTS PACKETS");
    need(scapf_align_new(NULL, &a) == SCAPF_OK, "memory");
    look(a, argv[1], argv[2]);
    scapf_align_solve(a, &r);
    printf("# verdict %d lo %" PRId64 " hi %" PRId64 "\n", r.verdict, r.lo_ns, r.hi_ns);
    need(scapf_annotate_begin(a) == SCAPF_OK, "memory");
    need(r.lo_ns <= r.hi_ns &&
             scapf_annotate_clock(
                 a, 0, &(struct scapf_align_clock){.lo_ns = r.lo_ns, .hi_ns = r.hi_ns}) == SCAPF_OK,
         "no interval");
    put_links(a, argv[2]);
    scapf_align_free(a);
    return 0;
}
