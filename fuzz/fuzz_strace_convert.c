/* SPDX-License-Identifier: Apache-2.0 */
/* Target: logs of strace to captures; captures without errors, the same each time, as valid JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "support/json_check.h"
#include "support/strace_run.h"
#include "target.h"

/* The first byte chooses options, the rest is the log. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strace_convert_opts opts = {.pid = -1, .uid = -1};
    struct run a;
    struct run b;
    char *json;
    size_t at;

    if (size < 1) {
        return 0;
    }
    opts.compat = data[0] & 1;
    opts.keep = (data[0] >> 1) % 3;
    opts.arch = (data[0] & 8) != 0 ? "aarch64" : NULL;
    opts.cwd = (data[0] & 16) != 0 ? "/w" : NULL;
    opts.day.days = (data[0] & 32) != 0 ? 19675 : 0;
    a = run_strace(data + 1, size - 1, &opts);
    must(a.status == SCAPF_OK || a.status == SCAPF_E_UNSUPPORTED);
    if (a.status == SCAPF_OK) {
        b = run_strace(data + 1, size - 1, &opts);
        must(b.status == SCAPF_OK && a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0);
        must(run_findings(&a, SCAPF_ERROR) == 0);
        json = run_json(&a);
        must(json_check_lines(json, strlen(json), &at) == NULL);
        free(json);
        must(a.verdict.calls == a.verdict.mapped + a.verdict.generic);
        run_release(&b);
    }
    run_release(&a);
    return 0;
}
