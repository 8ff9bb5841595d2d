/* SPDX-License-Identifier: Apache-2.0 */
/* Target: option lists: the walk, the tables, the dump. The first byte picks byte order and block.
 */
/*
 * Every option lies inside the list and behind the one before; a list that ends in an error names
 * it inside the list; printing it never fails; and one that ends well is made of nothing but its
 * options, their padding, and the end.
 */
#include <stdint.h>

#include "block/opt_table.h"
#include "block/option.h"
#include "bytes/out.h"
#include "render/blocks.h"
#include "target.h"

#define OFF 1000u /* where the list stands in the stream */

static const uint32_t types[] = {
    SCAPF_BLOCK_SHB, SCAPF_BLOCK_IDB, SCAPF_BLOCK_EPB,   SCAPF_BLOCK_PB,         SCAPF_BLOCK_NRB,
    SCAPF_BLOCK_ISB, SCAPF_BLOCK_DSB, SCAPF_BLOCK_EV_V2, OPT_BLOCK_PROCESS_INFO,
};

static void print(uint32_t type, const uint8_t *data, size_t size, bool big_endian)
{
    const struct body_bytes list = {data, size, OFF};
    struct out o;

    out_init(&o, NULL, false);
    blocks_options(&o, 1, type, &list, big_endian);
    must(out_status(&o) == SCAPF_OK);
    must(size == 0 || o.len > 0);
    out_release(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    enum scapf_status status;
    size_t before = 0;
    size_t sum = 0;
    bool big_endian;
    uint32_t type;

    if (size == 0) {
        return 0;
    }
    big_endian = (data[0] & 1) != 0;
    type = types[(data[0] >> 1) % (sizeof(types) / sizeof(types[0]))];
    data++;
    size--;
    option_iter_init(&it, data, size, OFF, big_endian);
    while ((status = scapf_option_next(&it, &opt)) == SCAPF_OK) {
        must(opt.off == OFF + before);
        must(opt.value >= data && opt.value + opt.len <= data + size);
        must(it.pos > before && it.pos <= size);
        must(opt.code != 0);
        (void)opt_info(type, opt.code);
        sum += 4 + (((size_t)opt.len + 3) & ~(size_t)3);
        before = it.pos;
    }
    if (status < 0) {
        must(it.diag.rule != RULE_NONE && it.diag.off >= OFF && it.diag.off <= OFF + size);
        must(scapf_option_next(&it, &opt) == status);
    } else {
        must(it.ended || sum >= size);
    }
    print(type, data, size, big_endian);
    return 0;
}
