/* SPDX-License-Identifier: Apache-2.0 */
/* Target: recordings of Process Monitor to captures; captures without errors, the same each time,
 * as valid JSON; lenient reads at least as much as strict; an XML parser makes the same of it. */
#include <stdlib.h>
#include <string.h>

#include "support/json_check.h"
#include "support/pm_run.h"
#include "target.h"

static void check_run(const struct pm_run *r)
{
    const struct pm_verdict *v = &r->verdict;
    char *json;
    size_t at;

    must(v->events == v->mapped + v->notified + v->dropped);
    must(run_findings(&r->run, SCAPF_ERROR) == 0);
    json = run_json(&r->run);
    must(json_check_lines(json, strlen(json), &at) == NULL);
    free(json);
}

static bool has(const uint8_t *data, size_t size, const char *word)
{
    return memmem(data, size, word, strlen(word)) != NULL;
}

/* Events that pass by the parser are what it would have made of them. */
static void check_parser(const struct pm_run *r, const uint8_t *data, size_t size,
                         const struct pm_convert_opts *opts)
{
    struct pm_run parsed;
    char *text;
    size_t n;

    if (has(data, size, "<![CDATA[") || has(data, size, "<!--") || has(data, size, "<?")) {
        return; /* an <event> in there is none */
    }
    text = pm_for_parser((const char *)data, size, &n);
    parsed = run_pm(PM_XML, text, n, opts);
    must(parsed.run.status == SCAPF_OK && parsed.run.len == r->run.len &&
         memcmp(parsed.run.bytes, r->run.bytes, r->run.len) == 0);
    free(text);
    run_release(&parsed.run);
}

/* The first byte chooses format and options, the rest is the recording. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pm_convert_opts opts = {0};
    enum pm_format format;
    struct pm_run a;
    struct pm_run b;

    if (size < 1) {
        return 0;
    }
    format = (data[0] & 8) != 0 ? PM_PML : (data[0] & 1) != 0 ? PM_CSV : PM_XML;
    opts.keep = (data[0] & 2) != 0 ? PM_KEEP_NONE : PM_KEEP_ALL;
    opts.map_images = (data[0] & 4) != 0;
    a = run_pm(format, data + 1, size - 1, &opts);
    must(a.run.status == SCAPF_OK || a.fault.wrong != PM_FINE);
    must(a.fault.wrong == PM_FINE || a.fault.off <= size);
    if (a.run.status == SCAPF_OK) {
        b = run_pm(format, data + 1, size - 1, &opts);
        must(b.run.status == SCAPF_OK && a.run.len == b.run.len &&
             memcmp(a.run.bytes, b.run.bytes, a.run.len) == 0);
        check_run(&a);
        run_release(&b.run);
        if (format == PM_XML) {
            check_parser(&a, data + 1, size - 1, &opts);
        }
    }
    opts.lenient = true;
    b = run_pm(format, data + 1, size - 1, &opts);
    if (b.run.status == SCAPF_OK) {
        check_run(&b);
    }
    must(a.run.status != SCAPF_OK || b.run.status != SCAPF_OK ||
         b.verdict.events >= a.verdict.events);
    run_release(&a.run);
    run_release(&b.run);
    return 0;
}
