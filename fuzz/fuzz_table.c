/* SPDX-License-Identifier: Apache-2.0 */
/* Target: bodies of scap tables; what decodes is encoded to the same bytes. */
#include "support/tab.h"
#include "target.h"
#include "walk.h"

/* Input: which table, byte order, then the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t types[] = {0x201, 0x202, 0x203, 0x205, 0x206, 0x207, 0x209, 0x210,
                                     0x211, 0x212, 0x213, 0x214, 0x215, 0x218, 0x219, 0x220};
    struct scapf_record rec = {.kind = SCAPF_KIND_TABLE, .off = 28};
    struct scapf_diag diag;
    enum scapf_status status;
    unsigned rows;
    struct out o;

    if (size == 0) {
        return 0;
    }
    rec.type = types[data[0] & 15];
    rec.big_endian = (data[0] & 16) != 0;
    rec.raw = rec.body = data + 1;
    rec.raw_len = rec.body_len = size - 1;
    out_init(&o, NULL, false);
    status = tab_again(&rec, scapf_schema_builtin(), &o, &rows, &diag);
    must(status == SCAPF_END || status == SCAPF_E_FORMAT);
    must(o.len <= rec.body_len && memcmp(o.bytes, rec.body, o.len) == 0);
    if (status == SCAPF_E_FORMAT) {
        must(diag.rule != RULE_NONE && diag.off >= 36 && diag.off <= 36 + rec.body_len);
    } else {
        must(rec.body_len - o.len < 4);
    }
    out_release(&o);
    return 0;
}
