/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that become shorter while they are read: all who go on behind damage come to an end.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/findings.h"
#include "support/mk.h"

#define EPB_LEN   4096u
#define N         512u
#define KEPT      300u
#define HEAD      (28u + 20u)
#define LEFT_OVER (HEAD + KEPT * EPB_LEN)

/* A source of 2 MB that was begun when the file ended with block KEPT. */
static struct scapf_src *shrunk(size_t left_over)
{
    static char data[EPB_LEN - 32];
    char path[] = "/tmp/shrinkXXXXXX";
    struct scapf_src *src;
    struct mk m;
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    (void)unlink(path);
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    for (uint32_t i = 0; i < N; i++) {
        mk_epb(&m, 0, (1700000000 + i) * UINT64_C(1000000), data, sizeof(data));
    }
    cr_assert_eq(m.o.len, HEAD + N * EPB_LEN);
    cr_assert_eq(write(fd, m.o.bytes, m.o.len), (ssize_t)m.o.len);
    cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
    cr_assert_eq(scapf_src_fd(fd, NULL, &src, NULL), SCAPF_OK);
    cr_assert_eq(ftruncate(fd, (off_t)left_over), 0);
    mk_release(&m);
    return src;
}

Test(shrink, between_blocks_and_inside, .timeout = 30)
{
    static const size_t cuts[] = {LEFT_OVER, LEFT_OVER + 100, LEFT_OVER + 5};

    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct findings found = {.n = 0};
        struct scapf_ledger ledger;
        struct scapf_repair_counts counts;
        struct scapf_diag diag;
        struct scapf_sink *sink;
        enum scapf_status status;

        cr_expect_lt(scapf_check(shrunk(cuts[i]), NULL, findings_add, &found, &ledger), 0);
        cr_expect_eq(findings_count(&found, RULE_FILE_SHRANK), 1, "%s", findings_text(&found));
        cr_expect_eq(ledger.blocks, 2 + KEPT);

        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        status = scapf_repair(shrunk(cuts[i]), sink, NULL, &counts, &diag);
        cr_expect(status == SCAPF_OK || diag.rule == RULE_FILE_SHRANK, "%d, %d", status, diag.rule);
        cr_expect_eq(counts.packets, KEPT);
        scapf_sink_free(sink);
    }
}
