/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

void report_numbers(const struct report *r, char *to, size_t size)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"records seen", r->probe.seen},
        {" written", r->probe.written},
        {" lost_ring_full", r->probe.full},
        {" lost_no_memory", r->probe.stateless},
        {" threads_not_recorded", r->probe.children},
        {" nested_runs_left_out", r->probe.missed},
        {" malformed", r->decode.malformed},
        {" read_faults", r->probe.faults},
        {" cut_to_snaplen", r->probe.cut},
        {" answers_left_out", r->probe.no_room},
        {" params_cut", r->decode.no_room},
        {" entries_cut", r->decode.entries_cut},
        {" out_of_order", r->decode.backwards},
        {" before_the_tables", r->early},
        {" proc_unread", r->proc.unread},
        {" table_rows_left_out", r->proc.left_out},
        {" not_held", r->not_held},
        {"; enters", r->decode.enters},
        {" exits", r->decode.exits},
        {" thread_ends", r->decode.ends},
    };
    size_t at = 0;

    to[0] = '\0';
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && at < size; i++) {
        at +=
            (size_t)snprintf(to + at, size - at, "%s=%" PRIu64, numbers[i].name, numbers[i].value);
    }
}

bool report_losses(const struct report *r, char *to, size_t size)
{
    const struct probe_totals *t = &r->probe;
    uint64_t lost = t->full + t->stateless + t->missed + r->decode.malformed;

    if (lost == 0 && t->children == 0) {
        return false;
    }
    (void)snprintf(to, size,
                   "LOST %" PRIu64 " records of %" PRIu64 " (%" PRIu64 " ring full, %" PRIu64
                   " no memory, %" PRIu64 " nested, %" PRIu64 " malformed) and %" PRIu64
                   " threads; try --buffer",
                   lost, t->seen, t->full, t->stateless, t->missed, r->decode.malformed,
                   t->children);
    return true;
}

bool report_gaps(const struct report *r, char *to, size_t size)
{
    const struct {
        uint64_t n;
        const char *what;
    } gaps[] = {
        {r->probe.no_room, "answers without room in their record"},
        {r->decode.no_room, "parameters cut: an event holds 64 KiB"},
        {r->decode.entries_cut, "lists of directory entries cut"},
        {r->decode.backwards, "events out of order"},
        {r->proc.unread, "files of /proc that may not be read"},
        {r->proc.left_out, "sockets, users or groups without room in the tables"},
        {r->not_held, "times that the command could not be held"},
    };
    size_t at = 0;

    to[0] = '\0';
    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]) && at < size; i++) {
        if (gaps[i].n > 0) {
            at += (size_t)snprintf(to + at, size - at, "%s%" PRIu64 " %s",
                                   at > 0 ? "; " : "not whole: ", gaps[i].n, gaps[i].what);
        }
    }
    return at > 0;
}
