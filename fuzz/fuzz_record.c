/* SPDX-License-Identifier: Apache-2.0 */
/* Target: records of the recorder's rings to events; captures without errors, as valid JSON. */
#include <stdlib.h>
#include <string.h>

#include "support/json_check.h"
#include "support/record_run.h"
#include "target.h"

/* The plans are made once for each choice: what is hostile are the records. */
static const struct rec_plans *plans_of(bool old_readers)
{
    static struct rec_plans *plans[2];
    const struct rec_plan_opts opts = {.old_readers = old_readers, .snaplen = 80, .entries = 32768};

    if (plans[old_readers] == NULL) {
        plans[old_readers] = rec_plans_new(scapf_schema_builtin(), "x86_64", &opts);
    }
    return plans[old_readers];
}

/* The first byte chooses options, then follow lengths and records. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rec_decode_opts opts = {0};
    struct rec_decode_counts counts;
    struct run run;
    char *json;
    size_t at;

    if (size < 1) {
        return 0;
    }
    opts.old_readers = (data[0] & 1) != 0;
    opts.enter = (data[0] & 2) != 0;
    opts.plans = plans_of(opts.old_readers);
    must(opts.plans != NULL);
    run = run_records(data + 1, size - 1, &opts, &counts);
    must(run.status == SCAPF_OK);
    must(run_findings(&run, SCAPF_ERROR) == 0);
    json = run_json(&run);
    must(json_check_lines(json, strlen(json), &at) == NULL);
    free(json);
    must(counts.records >= counts.malformed + counts.enters + counts.exits + counts.ends);
    run_release(&run);
    return 0;
}
