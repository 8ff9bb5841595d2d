/* SPDX-License-Identifier: Apache-2.0 */
/* Target: repair of arbitrary bytes.
 * Traps: an output in which the checks find an error; input without an error that is changed (but
 * for a stated section length); a note outside of the input, or out of order; sums that do not add
 * up; output after a refusal. */
#include <stdlib.h>
#include <string.h>

#include "mutator.h"
#include "scapfmt.h"
#include "target.h"

struct seen {
    size_t size; /* of the input; SIZE_MAX when it is packed */
    uint64_t errors, lost, last, notes;
};

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct seen *s = ctx;

    s->errors += scapf_rule_get(diag->rule)->severity == SCAPF_ERROR;
}

static void on_note(void *ctx, const struct scapf_repair_note *note)
{
    struct seen *s = ctx;

    s->notes++;
    must((unsigned)note->mend < SCAPF_MEND_COUNT);
    must(note->off <= s->size && note->len <= s->size - note->off);
    if (note->mend == SCAPF_MEND_LOST_PACKED) {
        return; /* told when it is met, which is before what lies in front of it is read */
    }
    must(note->off >= s->last);
    s->last = note->off;
    if (scapf_mend_is_loss(note->mend)) {
        s->lost += note->len;
    }
}

static bool check(const uint8_t *bytes, size_t len, struct seen *s)
{

    return scapf_check(target_src(bytes, len), NULL, on_finding, s, NULL) == SCAPF_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen before = {0};
    struct seen after = {0};
    struct scapf_repair_opts opts = {.size = sizeof(opts), .report = on_note, .ctx = &after};
    struct scapf_repair_counts c;
    struct scapf_diag diag;
    struct scapf_src *src;
    struct scapf_sink *sink;
    enum scapf_status status;
    const uint8_t *bytes;
    size_t len;
    bool sound;
    bool plain;

    sound = check(data, size, &before) && before.errors == 0;
    src = target_src(data, size);
    plain = scapf_src_compression(src) == SCAPF_PLAIN;
    after.size = plain ? size : SIZE_MAX;
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    status = scapf_repair(src, sink, &opts, &c, &diag);
    must(scapf_sink_finish(sink) == SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    must(status == SCAPF_OK || (status == SCAPF_E_FORMAT && len == 0));
    must(c.bytes_out == len && c.blocks == c.kept + c.changed + c.added);
    must(c.lost_bytes == after.lost);
    if (status == SCAPF_OK) {
        after.errors = 0;
        must(check(bytes, len, &after) && after.errors == 0);
    }
    if (sound && plain) {
        must(status == SCAPF_OK && c.lost_bytes == 0 && c.added == 0);
        must(after.notes ==
             c.mends[SCAPF_MEND_SECTION_LENGTH] + c.mends[SCAPF_MEND_SECTION_HEADER]);
        must(c.changed > 0 || (len == size && memcmp(bytes, data, len) == 0));
    }
    scapf_sink_free(sink);
    return 0;
}
