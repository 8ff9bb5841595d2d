/* SPDX-License-Identifier: Apache-2.0 */
#include "support/wr.h"

#include <criterion/criterion.h>
#include <string.h>

const struct scapf_event_header wr_event = {
    .code = 4, .cpu = 3, .ts_ns = 1700000000123456789, .tid = -7};
const struct scapf_interface wr_eth = {.link_type = 1, .tsresol = 6};
const struct scapf_interface wr_wifi = {
    .link_type = 105, .snaplen = 96, .tsresol = 9, .tsoffset = -5, .name = "wlan0"};

struct scapf_packet wr_packet(uint32_t interface_id, uint64_t ticks, const char *data)
{
    return (struct scapf_packet){.interface_id = interface_id,
                                 .captured_len = (uint32_t)strlen(data),
                                 .original_len = 1500,
                                 .data = (const uint8_t *)data,
                                 .has_ts = true,
                                 .ts_in_range = true,
                                 .ticks = ticks,
                                 .link_type = 1};
}

void wr_open(struct wr *wr, enum scapf_container container, bool big_endian)
{
    const struct scapf_writer_opts opts = {
        .size = sizeof(opts), .container = container, .big_endian = big_endian};

    *wr = (struct wr){0};
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &wr->sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_writer_new(wr->sink, &opts, &wr->w), SCAPF_OK);
}

void wr_finish(struct wr *wr)
{
    cr_assert_eq(scapf_writer_finish(wr->w), SCAPF_OK);
    cr_expect_null(scapf_writer_diag(wr->w));
    cr_assert_eq(scapf_sink_finish(wr->sink), SCAPF_OK);
    wr->bytes = scapf_sink_bytes(wr->sink, &wr->len);
}

void wr_close(struct wr *wr)
{
    scapf_writer_free(wr->w);
    scapf_sink_free(wr->sink);
}
