/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "../tools/record/report.h"

Test(report, nothing_lost_nothing_cut)
{
    const struct report r = {.probe = {.seen = 7, .written = 7, .faults = 3, .cut = 2}};
    char text[1024];

    cr_expect(!report_losses(&r, text, sizeof(text)));
    cr_expect(!report_gaps(&r, text, sizeof(text)), "%s", text);
    report_numbers(&r, text, sizeof(text));
    cr_expect_str_eq(text, "records seen=7 written=7 lost_ring_full=0 lost_no_memory=0 "
                           "threads_not_recorded=0 nested_runs_left_out=0 malformed=0 "
                           "read_faults=3 cut_to_snaplen=2 answers_left_out=0 params_cut=0 "
                           "entries_cut=0 out_of_order=0 before_the_tables=0 proc_unread=0 "
                           "table_rows_left_out=0 not_held=0; enters=0 exits=0 thread_ends=0");
}

/* Each way to lose a record is told, and adds to the sum. */
Test(report, each_loss_is_told)
{
    static const char *const want[] = {
        "LOST 1 records of 0 (1 ring full, 0 no memory, 0 nested, 0 malformed) and 0 threads",
        "LOST 1 records of 0 (0 ring full, 1 no memory, 0 nested, 0 malformed) and 0 threads",
        "LOST 1 records of 0 (0 ring full, 0 no memory, 1 nested, 0 malformed) and 0 threads",
        "LOST 1 records of 0 (0 ring full, 0 no memory, 0 nested, 1 malformed) and 0 threads",
        "LOST 0 records of 0 (0 ring full, 0 no memory, 0 nested, 0 malformed) and 1 threads",
    };

    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct report r = {0};
        uint64_t *const counts[] = {&r.probe.full, &r.probe.stateless, &r.probe.missed,
                                    &r.decode.malformed, &r.probe.children};
        char text[256];

        *counts[i] = 1;
        cr_expect(report_losses(&r, text, sizeof(text)));
        cr_expect(strncmp(text, want[i], strlen(want[i])) == 0, "%s", text);
    }
}

Test(report, each_gap_is_told)
{
    static const char *const want[] = {
        "not whole: 2 answers without room in their record",
        "not whole: 2 parameters cut: an event holds 64 KiB",
        "not whole: 2 lists of directory entries cut",
        "not whole: 2 events out of order",
        "not whole: 2 files of /proc that may not be read",
        "not whole: 2 sockets, users or groups without room in the tables",
        "not whole: 2 times that the command could not be held",
    };
    char text[1024];

    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct report r = {0};
        uint64_t *const counts[] = {&r.probe.no_room,    &r.decode.no_room, &r.decode.entries_cut,
                                    &r.decode.backwards, &r.proc.unread,    &r.proc.left_out,
                                    &r.not_held};

        *counts[i] = 2;
        cr_expect(report_gaps(&r, text, sizeof(text)));
        cr_expect_str_eq(text, want[i]);
        report_numbers(&r, text, sizeof(text));
        cr_expect(strstr(text, "=2") != NULL, "%s", text);
    }
}

/* All of them at once, and no room for the text. */
Test(report, text_is_never_longer_than_its_room)
{
    struct report r;
    char text[1024];

    memset(&r, 0xff, sizeof(r));
    report_numbers(&r, text, sizeof(text));
    cr_expect(strstr(text, "thread_ends=18446744073709551615") != NULL, "%s", text);
    for (size_t n = 1; n < 400; n++) {
        memset(text, 'x', sizeof(text));
        report_numbers(&r, text, n);
        cr_expect(strlen(text) == n - 1 && text[n] == 'x', "%zu", n);
        (void)report_gaps(&r, text, n);
        (void)report_losses(&r, text, n);
        cr_expect(strlen(text) < n && text[n] == 'x', "%zu", n);
    }
}
