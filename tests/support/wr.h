/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wr.h - write into memory, and what tests write.
 */
#ifndef SCAPF_TESTS_WR_H
#define SCAPF_TESTS_WR_H

#include "scapfmt.h"

/* A writer into memory. */
struct wr {
    struct scapf_sink *sink;
    struct scapf_writer *w;
    const uint8_t *bytes; /* after wr_finish() */
    size_t len;
};

void wr_open(struct wr *wr, enum scapf_container container, bool big_endian);
void wr_finish(struct wr *wr);
void wr_close(struct wr *wr);

#define OK(call)    cr_assert_eq((call), SCAPF_OK, "%s", #call)
#define USAGE(call) cr_expect_eq((call), SCAPF_E_USAGE, "%s", #call)

/* An event of code 4, two interfaces, and a packet of Ethernet. */
extern const struct scapf_event_header wr_event;
extern const struct scapf_interface wr_eth, wr_wifi;
struct scapf_packet wr_packet(uint32_t interface_id, uint64_t ticks, const char *data);

#endif
