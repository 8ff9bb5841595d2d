/* SPDX-License-Identifier: Apache-2.0 */
/* Target: every printer on any capture: no crash, no raw control characters, UTF-8, JSON lines. */
#include <string.h>

#include "bytes/json.h"
#include "events.h"
#include "mutator.h"
#include "scapfmt.h"
#include "support/json_check.h"
#include "support/shown.h"
#include "target.h"

static struct shown print(const uint8_t *capture, size_t size, enum scapf_print format,
                          const char *columns)
{
    const struct scapf_printer_opts opts = {
        .format = format, .columns = columns, .max_buffer = 300, .tables = true};
    struct shown s = shown_make(capture, size, &opts, NULL);

    must(s.made == SCAPF_OK && s.put == SCAPF_OK && s.finish == SCAPF_OK);
    must(s.len == 0 || s.text[s.len - 1] == '\n');
    return s;
}

/* Neither C0 nor C1 nor DEL, but for line ends and, where columns are separated by them, tabs. */
static void judge_text(const uint8_t *capture, size_t size, enum scapf_print format)
{
    struct shown s = print(capture, size, format, NULL);
    const uint8_t *p = (const uint8_t *)s.text;

    must(utf8_is_valid(p, s.len));
    for (size_t i = 0; i < s.len; i++) {
        must(p[i] >= 0x20 || p[i] == '\n' || (p[i] == '\t' && format == SCAPF_PRINT_RAW));
        must(p[i] != 0x7F);
        must(p[i] != 0xC2 || p[i + 1] >= 0xA0);
    }
    shown_release(&s);
}

/* Times are integers that no double holds; that is how sysdig writes them. */
static void judge_sysdig_json(const uint8_t *capture, size_t size)
{
    static const char key[] = "\"evt.outputtime\":";
    struct shown s = print(capture, size, SCAPF_PRINT_SYSDIG_JSON, NULL);
    size_t at;

    for (char *line = s.text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char *p = strstr(line, key);

        must(p != NULL);
        p += sizeof(key);
        memset(p, ' ', strspn(p, "0123456789"));
        p = strstr(line, "\"thread.tid\":");
        must(p != NULL);
        p += strcspn(p, "-0123456789");
        p += *p == '-';
        memset(p + 1, ' ', strspn(p + 1, "0123456789"));
    }
    must(json_check_lines(s.text, s.len, &at) == NULL);
    shown_release(&s);
}

/* What all columns show is what each shows alone: columns do not depend on each other. */
static void judge_columns(const uint8_t *capture, size_t size)
{
    struct shown both = print(capture, size, SCAPF_PRINT_LINE, "ordinal,num,type,ordinal");
    struct shown one = print(capture, size, SCAPF_PRINT_LINE, "ordinal");
    const char *a = both.text;

    for (const char *b = one.text; *b != '\0'; b += strcspn(b, "\n") + 1) {
        size_t n = strcspn(b, "\n");
        size_t len = strcspn(a, "\n");

        must(len > 2 * n && memcmp(a, b, n) == 0 && a[n] == ' ');
        must(memcmp(a + len - n, b, n) == 0);
        a += len + 1;
    }
    must(*a == '\0');
    shown_release(&both);
    shown_release(&one);
}

static void judge(const uint8_t *capture, size_t size)
{
    struct shown json;

    judge_text(capture, size, SCAPF_PRINT_LINE);
    judge_text(capture, size, SCAPF_PRINT_RAW);
    judge_text(capture, size, SCAPF_PRINT_BLOCKS);
    judge_sysdig_json(capture, size);
    judge_columns(capture, size);
    json = print(capture, size, SCAPF_PRINT_JSON, NULL); /* fuzz_json looks into it */
    shown_release(&json);
}

static void judge_events(const uint8_t *data, size_t size)
{
    struct mk m;

    events_of(&m, data, size);
    judge(m.o.bytes, m.o.len);
    mk_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4 && data[0] == 'E') {
        judge_events(data + 1, size - 1);
    } else {
        judge(data, size);
    }
    return 0;
}
