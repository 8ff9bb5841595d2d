/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

Test(diag, every_rule_is_found_by_id_and_by_symbol)
{
    for (unsigned i = 1; i < scapf_rule_count(); i++) {
        const struct scapf_rule_info *rule = scapf_rule_get(i);

        const struct scapf_rule_info *first = scapf_rule_get(scapf_rule_find(rule->id));

        cr_expect_str_eq(first->id, rule->id); /* rows of one id: the first is found */
        cr_expect_eq(scapf_rule_find(rule->symbol), i, "%s is not unique", rule->symbol);
        cr_expect(rule->sentence[0] != '\0', "%s has no sentence", rule->id);
        cr_expect(rule->sentence[strlen(rule->sentence) - 1] != '.', "%s ends in a dot", rule->id);
    }
}

Test(diag, unknown_rules_are_none)
{
    cr_expect_eq(scapf_rule_find("PNG-99999"), 0);
    cr_expect_eq(scapf_rule_find(""), 0);
    cr_expect_str_eq(scapf_rule_get(scapf_rule_count())->symbol, "NONE");
    cr_expect_eq(scapf_rule_find("png-003"), RULE_BLOCK_LEN_MIN, "letter case must not matter");
}

Test(diag, sentence_has_offset_rule_and_numbers)
{
    static const struct {
        struct scapf_diag diag;
        const char *want;
    } rows[] = {
        {{.rule = RULE_BLOCK_LEN_ALIGN, .status = SCAPF_E_FORMAT, .off = 28, .got = 33, .want = 36},
         "offset 28: PNG-004: block length is not a multiple of 4 (got 33, want 36)"},
        {{.rule = RULE_BLOCK_TRUNCATED, .status = SCAPF_E_TRUNCATED, .off = 5},
         "offset 5: PNG-006: the file ends inside a block"},
        {{.rule = RULE_SHB_MAGIC, .status = SCAPF_E_FORMAT, .off = 8, .got = 0xDEADBEEF},
         "offset 8: PNG-101: byte-order magic is wrong in both byte orders (got 0xdeadbeef, want "
         "0)"},
        {{.rule = RULE_FILE_NOT_SHB, .status = SCAPF_E_FORMAT, .got = 0x425A6839, .want = 1},
         "offset 0: PNG-001: the file does not start with a section header block (got 0x425a6839, "
         "want 1): packed by bzip2, unpack it first"},
        {{.rule = RULE_BLOCK_LEN_ALIGN, .status = SCAPF_E_FORMAT, .got = 0x425A6839, .want = 36},
         "offset 0: PNG-004: block length is not a multiple of 4 (got 0x425a6839, want 36)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buf[200];
        size_t len = scapf_diag_format(&rows[i].diag, buf, sizeof(buf));

        cr_expect_str_eq(buf, rows[i].want);
        cr_expect_eq(len, strlen(rows[i].want));
    }
}

Test(diag, sentence_is_cut_to_the_buffer)
{
    const struct scapf_diag diag = {.rule = RULE_EMPTY_FILE, .status = SCAPF_E_FORMAT};
    char buf[10];
    size_t len = scapf_diag_format(&diag, buf, sizeof(buf));

    cr_expect_str_eq(buf, "offset 0:");
    cr_expect_gt(len, sizeof(buf));
}

Test(diag, io_errors_name_the_system_error)
{
    struct scapf_diag diag;
    char buf[200];

    cr_expect_eq(diag_set(&diag, SCAPF_E_IO, RULE_IO_OPEN, 0, ENOENT, 0), SCAPF_E_IO);
    scapf_diag_format(&diag, buf, sizeof(buf));
    cr_expect_str_eq(buf, "SYS-001: cannot be opened: No such file or directory");
}

Test(diag, every_status_has_a_name)
{
    for (int status = SCAPF_E_USAGE; status <= SCAPF_END; status++) {
        cr_expect_str_neq(scapf_status_name((enum scapf_status)status), "unknown status");
    }
    cr_expect_str_eq(scapf_status_name((enum scapf_status)77), "unknown status");
}
