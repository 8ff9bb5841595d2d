/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

#include "support/fault_alloc.h"
#include "support/rd.h"
#include "support/wr.h"

Test(writer_calls, wrong_calls_change_nothing)
{
    static const struct scapf_row none = {.n_cells = 0};
    struct scapf_packet p = wr_packet(0, 1, "abc");
    struct mk m;
    struct rd rd;
    struct rd pcap;
    struct wr wr;
    struct mk m2;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    mk_init(&m2, MK_LITTLE);
    mk_pcap(&m2, 0xA1B2C3D4, 65535, 1);
    rd_mk(&rd, &m);
    rd_skip(&rd, 2);
    rd_mk(&pcap, &m2);
    rd_skip(&pcap, 1);
    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    /* before any section */
    USAGE(scapf_writer_put(wr.w, &rd.rec));
    USAGE(scapf_writer_put(wr.w, &pcap.rec)); /* of the other container */
    USAGE(scapf_writer_interface(wr.w, &wr_eth));
    USAGE(scapf_writer_packet(wr.w, &p));
    USAGE(scapf_writer_event(wr.w, &wr_event));
    USAGE(scapf_writer_table(wr.w, 0x206, NULL));
    USAGE(scapf_writer_param(wr.w, "", 0));
    USAGE(scapf_writer_params(wr.w, NULL, 0, NULL));
    USAGE(scapf_writer_param_int(wr.w, 0));
    USAGE(scapf_writer_comment(wr.w, "", 0));
    USAGE(scapf_writer_event_end(wr.w));
    USAGE(scapf_writer_row(wr.w, &none));
    USAGE(scapf_writer_table_end(wr.w));
    OK(scapf_writer_section(wr.w, 2));
    USAGE(scapf_writer_put(wr.w, &rd.rec));       /* of the other byte order */
    USAGE(scapf_writer_packet(wr.w, &p));         /* no such interface */
    USAGE(scapf_writer_table(wr.w, 0x77, NULL));  /* no table */
    USAGE(scapf_writer_table(wr.w, 0x201, NULL)); /* its head is missing */
    OK(scapf_writer_event(wr.w, &wr_event));
    USAGE(scapf_writer_event(wr.w, &wr_event));
    USAGE(scapf_writer_section(wr.w, 2));
    USAGE(scapf_writer_interface(wr.w, &wr_eth));
    USAGE(scapf_writer_finish(wr.w));
    USAGE(scapf_writer_table_end(wr.w));
    OK(scapf_writer_event_end(wr.w));
    OK(scapf_writer_table(wr.w, 0x206, NULL));
    USAGE(scapf_writer_row(wr.w, &none));
    USAGE(scapf_writer_event_end(wr.w));
    USAGE(scapf_writer_param(wr.w, "", 0));
    OK(scapf_writer_table_end(wr.w));
    cr_expect_null(scapf_writer_diag(wr.w));
    wr_finish(&wr);
    cr_expect_eq(wr.len, 28 + 40 + 12, "only what was right is written: %zu", wr.len);
    wr_close(&wr);
    rd_close(&rd);
    rd_close(&pcap);
    mk_release(&m);
    mk_release(&m2);
}

Test(writer_calls, pcap_takes_one_header_and_its_packets)
{
    struct mk m;
    struct mk other;
    struct rd rd;
    struct rd alien;
    struct wr wr;
    struct scapf_packet p = wr_packet(0, 1, "abc");

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, 0xA1B2C3D4, 65535, 1);
    mk_pcap_record(&m, 1, 2, "abc", 3);
    mk_init(&other, MK_BIG);
    mk_pcap(&other, 0xA1B2C3D4, 65535, 1);
    mk_pcap_record(&other, 1, 2, "abc", 3);
    rd_mk(&rd, &m);
    rd_skip(&rd, 1);
    rd_mk(&alien, &other);
    rd_skip(&alien, 2);
    wr_open(&wr, SCAPF_CONTAINER_PCAP, false);
    USAGE(scapf_writer_put(wr.w, &alien.rec)); /* no header yet */
    USAGE(scapf_writer_event(wr.w, &wr_event));
    USAGE(scapf_writer_section(wr.w, 0));
    OK(scapf_writer_put(wr.w, &rd.rec));
    USAGE(scapf_writer_put(wr.w, &rd.rec));    /* a second header */
    USAGE(scapf_writer_put(wr.w, &alien.rec)); /* of the other byte order */
    rd_skip(&rd, 1);
    OK(scapf_writer_put(wr.w, &rd.rec));
    OK(scapf_writer_packet(wr.w, &p)); /* a built one behind it */
    wr_finish(&wr);
    cr_expect_eq(wr.len, m.o.len + 19);
    wr_close(&wr);
    rd_close(&rd);
    rd_close(&alien);
    mk_release(&m);
    mk_release(&other);
}

Test(writer_calls, wrong_options)
{
    const struct scapf_writer_opts wrong = {.size = 3};
    struct scapf_writer *w;
    struct scapf_sink *sink;

    USAGE(scapf_writer_new(NULL, NULL, &w));
    cr_expect_null(w);
    OK(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL));
    USAGE(scapf_writer_new(sink, &wrong, &w));
    cr_expect_null(w);
    scapf_sink_free(sink);
    scapf_writer_free(NULL);
}

/* ------------------------------------------------------------------ faults */

static enum scapf_status write_some(struct scapf_writer *w)
{
    enum scapf_status status = scapf_writer_section(w, 2);

    status = status == SCAPF_OK ? scapf_writer_interface(w, &wr_wifi) : status;
    for (int i = 0; i < 3 && status == SCAPF_OK; i++) {
        static const char text[600] = "a longer parameter";

        status = scapf_writer_event(w, &wr_event);
        status = status == SCAPF_OK ? scapf_writer_param(w, text, sizeof(text)) : status;
        status = status == SCAPF_OK ? scapf_writer_comment(w, text, sizeof(text)) : status;
        status = status == SCAPF_OK ? scapf_writer_event_end(w) : status;
    }
    return status == SCAPF_OK ? scapf_writer_finish(w) : status;
}

Test(writer_calls, every_allocation_fails_once)
{
    struct fault_alloc f;
    size_t k = 0;

    do {
        const struct scapf_writer_opts opts = {.size = sizeof(opts), .alloc = &f.alloc};
        struct scapf_sink *sink;
        struct scapf_writer *w;
        enum scapf_status status;

        fault_alloc_init(&f, k++);
        OK(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL));
        status = scapf_writer_new(sink, &opts, &w);
        if (status == SCAPF_OK) {
            status = write_some(w);
            if (f.failed) {
                cr_expect_eq(scapf_writer_finish(w), SCAPF_E_NOMEM, "it sticks");
                cr_assert_not_null(scapf_writer_diag(w));
                cr_expect_eq(scapf_writer_diag(w)->rule, RULE_MEMORY);
            }
        }
        cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK);
        scapf_writer_free(w);
        scapf_sink_free(sink);
        cr_expect_eq(f.live, 0);
        cr_assert_lt(k, 1000);
    } while (f.failed);
    cr_expect_gt(k, 5);
}

Test(writer_calls, the_disk_is_full)
{
    struct scapf_sink *sink;
    struct scapf_writer *w;
    enum scapf_status status = SCAPF_OK;

    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    OK(scapf_sink_fd(fd, SCAPF_PLAIN, NULL, &sink, NULL));
    OK(scapf_writer_new(sink, NULL, &w));
    OK(scapf_writer_section(w, 2));
    for (int i = 0; i < 100000 && status == SCAPF_OK; i++) {
        status = scapf_writer_section(w, 2);
    }
    status = status == SCAPF_OK ? scapf_writer_finish(w) : status;
    cr_expect_eq(status, SCAPF_E_IO);
    cr_assert_not_null(scapf_writer_diag(w));
    cr_expect_eq(scapf_writer_diag(w)->rule, RULE_IO_WRITE);
    cr_expect_eq(scapf_writer_section(w, 2), SCAPF_E_IO, "it sticks");
    scapf_writer_free(w);
    scapf_sink_free(sink);
    (void)close(fd);
}
