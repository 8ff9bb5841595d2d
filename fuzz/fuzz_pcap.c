/* SPDX-License-Identifier: Apache-2.0 */
/* Target: classic pcap of every magic and version. */
#include "target.h"
#include "walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_reader *reader = walk_open(data, size);
    const struct scapf_section *section;
    struct scapf_record rec;
    enum scapf_status status;
    uint64_t n = 0;
    uint64_t off = 0;

    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        section = scapf_reader_section(reader);
        walk_record(&rec, n, off);
        if (!section->is_pcap) {
            n++;
            off += rec.raw_len;
            continue;
        }
        must(rec.type == 0 && rec.damage == NULL && rec.section == 0);
        must(rec.kind == (n == 0 ? SCAPF_KIND_SECTION : SCAPF_KIND_PACKET));
        must(section->n_interfaces == 1 && section->packets == n);
        if (rec.packet != NULL) {
            must(rec.packet->data + rec.packet->captured_len == rec.raw + rec.raw_len);
            must(rec.packet->has_ts && rec.packet->ts_in_range && rec.packet->nsec < 1000000000);
        }
        n++;
        off += rec.raw_len;
    }
    walk_end(reader, status, size);
    scapf_reader_free(reader);
    return 0;
}
