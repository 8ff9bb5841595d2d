/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema loader: overlays, what is wrong with bad files, memory, and the generator.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/mk.h"
#include "support/schema_equal.h"
#include "support/schema_help.h"
#include "xml/schema_load.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ overlays */

Test(schema_xml, sample_overlay)
{
    static const char *const paths[] = {"samples/overlay-example.xml"};
    const struct scapf_schema *base = scapf_schema_builtin();
    struct scapf_schema *s = NULL;
    const struct scapf_event_info *e;
    const struct scapf_syscall *call;
    struct faults f;

    cr_assert_eq(schema_load(paths, 1, base, &f, &s), SCAPF_OK, "%s:%u: %s", f.file, f.line,
                 f.message);
    e = scapf_schema_event(s, 1001);
    cr_assert_not_null(e);
    cr_expect_str_eq(e->name, "open_door");
    cr_expect_eq(e->n_params, 4);
    cr_expect_str_eq(e->params[3].flags->flags[1].name, "ALARMED");
    cr_expect_str_eq(s->ages[e->since], "example 1");
    cr_expect_str_eq(scapf_schema_syscall(s, e->syscalls[0]), "open_door");
    call = scapf_arch_syscall(scapf_schema_arch(s, "x86_64"), 5000);
    cr_assert_not_null(call);
    cr_expect_eq(call->exit, 1001);
    cr_expect_str_eq(scapf_schema_errno(s, 5), "EXAMPLE_IO");
    cr_expect_str_eq(scapf_schema_errno(base, 5), "EIO");
    /* The rest is the base's, and what lies between is unknown. */
    cr_expect_eq(scapf_schema_event(s, 3), scapf_schema_event(base, 3));
    cr_expect_null(scapf_schema_event(s, 999));
    cr_expect_null(scapf_schema_event(base, 1001));
    cr_expect_not_null(scapf_schema_table(s, 0x215, NULL));
    scapf_schema_free(s);
}

/* One definition serves many loads, failed ones too. */
Test(schema_xml, definition_made_once)
{
    static const char *const texts[] = {"<schema/>", "<schema", "<schema><nobody/></schema>",
                                        "<schema/>"};
    struct schema_xsd *xsd = schema_xsd_new();

    cr_assert_not_null(xsd);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct schema_input input = {.name = "it", .bytes = texts[i], .len = strlen(texts[i])};
        struct faults f = {0};
        struct scapf_xml_opts opts = {.size = sizeof(opts), .report = faults_add, .ctx = &f};
        struct scapf_schema *s = NULL;
        enum scapf_status status = schema_xml_load_by(xsd, &input, 1, &opts, &s);

        cr_expect_eq(status, i % 3 == 0 ? SCAPF_OK : SCAPF_E_FORMAT, "%s", texts[i]);
        cr_expect((status == SCAPF_OK) == (s != NULL));
        scapf_schema_free(s);
    }
    schema_xsd_free(xsd);
}

Test(schema_xml, nothing_over_base_is_base)
{
    struct scapf_schema *s = schema_load_text("<schema/>", scapf_schema_builtin());
    const char *difference = schema_difference(scapf_schema_builtin(), s);

    cr_expect_null(difference, "%s", difference);
    scapf_schema_free(s);
}

/* A capture with an event the library does not know, read with and without the overlay. */
Test(schema_xml, overlay_decodes_a_capture)
{
    static const char *const paths[] = {"samples/overlay-example.xml"};
    struct scapf_reader_opts opts = {.size = sizeof(opts)};
    struct scapf_schema *overlay = NULL;
    struct faults f;
    struct mk m;

    cr_assert_eq(schema_load(paths, 1, scapf_schema_builtin(), &f, &overlay), SCAPF_OK);
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 7, 1001);
    mk_param_u64(&m, (uint64_t)-5);
    mk_param_u64(&m, 9);
    mk_param_str(&m, "cellar");
    mk_param_u32(&m, 3);
    mk_ev_end(&m);
    for (int with = 0; with < 2; with++) {
        struct scapf_src *src;
        struct scapf_reader *reader;
        struct scapf_record rec;
        struct scapf_value v;

        opts.schema = with ? overlay : NULL;
        cr_assert_eq(scapf_src_mem(m.o.bytes, m.o.len, NULL, &src, NULL), SCAPF_OK);
        cr_assert_eq(scapf_reader_new(src, &opts, &reader), SCAPF_OK);
        cr_assert_eq(scapf_reader_next(reader, &rec), SCAPF_OK);
        cr_assert_eq(scapf_reader_next(reader, &rec), SCAPF_OK);
        cr_assert_not_null(rec.event);
        cr_expect_eq(rec.event->n_params, 4);
        cr_expect_eq(rec.event->info != NULL, with == 1);
        cr_expect_eq(scapf_reader_ledger(reader)->unknown_events, with == 0);
        if (with) {
            cr_expect_str_eq(rec.event->info->name, "open_door");
            cr_expect_eq(scapf_event_value(rec.event, 0, &v, NULL), SCAPF_OK);
            cr_expect_eq(v.i, -5);
            cr_expect_str_eq(scapf_schema_errno(overlay, 5), "EXAMPLE_IO");
            cr_expect_eq(scapf_event_value(rec.event, 2, &v, NULL), SCAPF_OK);
            cr_expect_eq(v.kind, SCAPF_VALUE_TEXT);
            cr_expect(v.len == 6 && memcmp(v.bytes, "cellar", 6) == 0);
            cr_expect_eq(scapf_event_value(rec.event, 3, &v, NULL), SCAPF_OK);
            cr_expect_str_eq(v.info->flags->flags[0].name, "LOCKED");
        }
        scapf_reader_free(reader);
    }
    mk_release(&m);
    scapf_schema_free(overlay);
}

/* An overridden set is seen through events and tables that the overlay does not mention. */
Test(schema_xml, overridden_sets_reach_base_events)
{
    struct scapf_schema *s = schema_load_text(
        "<schema><flag-set name='file_flags'><flag name='NEW' value='7'/></flag-set>"
        "<variant-set name='bpf_dynamic_param'><variant name='V' type='INT8'/>"
        "</variant-set></schema>",
        scapf_schema_builtin());
    const struct scapf_table_info *fd = schema_table(s, "fd");
    const struct scapf_event_info *bpf = schema_event(s, "PPME_SYSCALL_BPF_2_X");

    cr_expect_str_eq(scapf_schema_event(s, 3)->params[2].flags->flags[0].name, "NEW");
    cr_expect_str_eq(scapf_schema_event(s, 3)->params[1].name, "name");
    cr_assert_not_null(bpf);
    for (uint8_t i = 0; i < bpf->n_params; i++) {
        cr_expect(bpf->params[i].variants == NULL || bpf->params[i].variants->n_variants == 1);
    }
    for (uint8_t i = 0; i < fd->n_fields; i++) {
        cr_expect(strcmp(fd->fields[i].name, "open_flags") != 0 ||
                  fd->fields[i].flags->flags[0].value == 7);
    }
    cr_expect_str_eq(scapf_schema_event(scapf_schema_builtin(), 3)->params[2].flags->flags[0].name,
                     "O_LARGEFILE");
    scapf_schema_free(s);
}

Test(schema_xml, later_files_override_earlier_ones)
{
    const struct schema_input inputs[] = {
        {.name = "one",
         .bytes = "<schema><errnos><name value='1' name='A'/></errnos></schema>",
         .len = 60},
        {.name = "two",
         .bytes = "<schema><errnos><name value='1' name='B'/></errnos></schema>",
         .len = 60},
    };
    struct faults f = {0};
    struct scapf_xml_opts opts = {.size = sizeof(opts), .report = faults_add, .ctx = &f};
    struct scapf_schema *s = NULL;

    cr_assert_eq(schema_xml_load(inputs, 2, &opts, &s), SCAPF_OK, "%s", f.message);
    cr_expect_str_eq(scapf_schema_errno(s, 1), "B");
    scapf_schema_free(s);
    opts.unique = true;
    cr_expect_eq(schema_xml_load(inputs, 2, &opts, &s), SCAPF_E_FORMAT);
    cr_expect_null(s);
    cr_expect_str_eq(f.file, "two");
    cr_expect_str_eq(f.message, "name 1 is defined already at one:1");
}

/* ------------------------------------------------------------------ faults */

static const struct {
    const char *name;
    unsigned line;
    const char *message; /* part of it */
} bad[] = {
    /* clang-format off */
    {"not-xml", 5, "ages"},
    {"doctype", 3, "a document type is not allowed"},
    {"root", 3, "scheme"},
    {"element", 4, "even"},
    {"attribute", 5, "nmae"},
    {"code", 5, "99999"},
    {"age", 5, "there is no age \"c\""},
    {"since", 8, "parameter \"y\" is older than what stands before it"},
    {"type", 7, "there is no parameter type \"INT128\""},
    {"flag-set", 7, "there is no flag set \"f\""},
    {"flags-missing", 7, "type FLAGS8 needs flags"},
    {"flags-surplus", 8, "type INT8 takes no flags"},
    {"variants-missing", 7, "type DYN needs variants"},
    {"variant-set", 7, "there is no variant set \"v\""},
    {"variant-of-variants", 5, "a variant cannot be of type DYN"},
    {"dirfd", 7, "there is no parameter \"y\" of type FD"},
    {"dirfd-missing", 7, "type FSRELPATH needs a dirfd"},
    {"param-twice", 8, "parameter \"x\" comes twice"},
    {"event-twice", 8, "event 0 is defined already at"},
    {"symbol-twice", 8, "symbol PPME_T_E belongs to event 0, too"},
    {"pair-alone", 5, "event 0 is without its exit, event 1"},
    {"pair-symbols", 5, "symbols PPME_T_E and PPME_U_X are no pair"},
    {"pair-direction", 5, "symbol PPME_T_X does not end in _E as its code demands"},
    {"event-flag", 6, "there is no event flag \"FLIES\""},
    {"category", 6, "there is no category \"EC_X\""},
    {"event-syscall", 6, "there is no system call \"fly\""},
    {"syscall-twice", 6, "system call 1 is defined already"},
    {"syscall-two-codes", 6, "system call \"fly\" has two codes, 1 and 2"},
    {"arch-syscall", 5, "there is no system call \"fly\""},
    {"arch-event", 6, "there is no event PPME_FLY_E"},
    {"flag-value", 5, "value \"9999999999\" is above 4294967295"},
    {"flag-set-twice", 5, "flag set \"f\" is defined already"},
    {"convert-event", 4, "there is no event PPME_T_X"},
    {"trace-count", 12, "from: PPME_T_X has 2 parameters, not 1"},
    {"trace-type", 12, "from: 'result' does not make a CHARBUF for `x`"},
    {"trace-enter", 12, "`y` of PPME_T_E needs a word in `enter`"},
    {"trace-direction", 12, "PPME_T_E is no exit event"},
    {"trace-event", 12, "there is no event PPME_U_X"},
    {"trace-word", 12, "arg:x"},
    {"trace-twice", 12, "trace"},
    {"trace-old-count", 12, "enter: PPME_T_E has 1 parameters, not 2"},
    {"procmon-count", 12, "from: PPME_T_X has 2 parameters, not 1"},
    {"procmon-type", 12, "from: 'fd' does not make a CHARBUF for `x`"},
    {"procmon-enter", 12, "`y` of PPME_T_E needs a word in `enter`"},
    {"procmon-event", 12, "there is no event PPME_U_X"},
    {"procmon-key", 12, "\"Name\" is none of the keys"},
    {"procmon-word", 12, "path:x"},
    {"procmon-twice", 13, "operation \"t 3 1 -1\" is defined already"},
    {"procmon-errno", 12, "there is no errno \"EFOO\""},
    {"convert-old", 10, "old:1 is beyond the 1 parameters"},
    {"convert-enter", 10, "enter:0 is no parameter of the enter event"},
    {"convert-surplus", 9, "PPME_T_X takes 1 parameters, not 2"},
    {"convert-change", 8, "change needs another event in `to`"},
    {"table-selector", 4, "there is no field \"kind\" to select by"},
    {"table-selector-type", 4, "field \"x\" cannot select"},
    {"table-when", 6, "`when` without a selector before"},
    {"table-length", 6, "there is no field \"n\" before this one"},
    {"table-length-type", 7, "field \"n\" is no length"},
    {"table-size", 6, "type chars needs a size"},
    {"table-part", 7, "entry field behind a tail field"},
    {"table-tail", 6, "tail field in a version whose entries carry no length"},
    {"table-no-entries", 6, "the table has no entries"},
    {"table-field-twice", 7, "field \"a\" comes twice"},
    {"table-field-until", 6, "the field ends before it starts"},
    {"table-number-twice", 4, "block number 0x00000900 belongs to two tables"},
    /* clang-format on */
};

Test(schema_xml, bad_files_fail_at_their_line)
{
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct scapf_schema *s = NULL;
        struct faults f;
        char path[128];
        const char *paths[] = {path};
        enum scapf_status status;

        (void)snprintf(path, sizeof(path), "tests/unit/schema/bad-%s.xml", bad[i].name);
        status = schema_load(paths, 1, NULL, &f, &s);
        cr_expect_eq(status, SCAPF_E_FORMAT, "%s: %d", path, status);
        cr_expect_null(s);
        cr_expect_str_eq(f.file, path);
        cr_expect_eq(f.line, bad[i].line, "%s:%u: %s", path, f.line, f.message);
        cr_expect_not_null(strstr(f.message, bad[i].message), "%s: %s", path, f.message);
    }
}

/* Each bad file has its row. */
Test(schema_xml, no_bad_file_is_forgotten)
{
    glob_t files;

    cr_assert_eq(glob("tests/unit/schema/bad-*.xml", 0, NULL, &files), 0);
    cr_expect_eq(files.gl_pathc, COUNT_OF(bad));
    globfree(&files);
}

Test(schema_xml, missing_file)
{
    static const char *const paths[] = {"tests/unit/schema/no-such-file.xml"};
    struct scapf_schema *s = NULL;
    struct faults f;

    cr_expect_eq(schema_load(paths, 1, NULL, &f, &s), SCAPF_E_IO);
    cr_expect_null(s);
    cr_expect_eq(f.n, 1);
}

Test(schema_xml, faults_are_limited)
{
    char *text = malloc(200000);
    size_t n = (size_t)sprintf(text, "<schema>");
    struct faults f = {0};
    struct schema_input input = {.name = "text", .bytes = text};
    const struct scapf_xml_opts opts = {.size = sizeof(opts), .report = faults_add, .ctx = &f};
    struct scapf_schema *s = NULL;

    for (int i = 0; i < 3000; i++) {
        n += (size_t)sprintf(text + n, "<convert event='P%d' params='0' action='pass'/>\n", i);
    }
    n += (size_t)sprintf(text + n, "</schema>");
    input.len = n;
    cr_expect_eq(schema_xml_load(&input, 1, &opts, &s), SCAPF_E_FORMAT);
    cr_expect_eq(f.n, 51);
    free(text);
}

/* ------------------------------------------------------------------ memory */

Test(schema_xml, every_failing_allocation_is_survived)
{
    static const char *const paths[] = {"samples/overlay-example.xml", "schemas/names.xml",
                                        "schemas/blocks-scap.xml"};

    for (size_t k = 0;; k++) {
        struct fault_alloc fa;
        struct scapf_xml_opts opts = {.size = sizeof(opts), .base = scapf_schema_builtin()};
        struct scapf_schema *s = NULL;
        enum scapf_status status;

        fault_alloc_init(&fa, k);
        opts.alloc = &fa.alloc;
        status = scapf_schema_load_xml(paths, COUNT_OF(paths), &opts, &s);
        cr_expect_eq(status, fa.failed ? SCAPF_E_NOMEM : SCAPF_OK, "call %zu: %d", k, status);
        cr_expect_eq(s != NULL, !fa.failed);
        scapf_schema_free(s);
        cr_assert_eq(fa.live, 0, "call %zu: %zu blocks", k, fa.live);
        if (!fa.failed) {
            cr_expect_gt(k, 2);
            break;
        }
    }
    scapf_schema_free(NULL);
}

Test(schema_xml, wrong_options_are_refused)
{
    static const char *const paths[] = {"samples/overlay-example.xml"};
    const struct scapf_xml_opts opts = {.size = sizeof(opts) - 1};
    struct scapf_schema *s = NULL;

    cr_expect_eq(scapf_schema_load_xml(paths, 1, &opts, &s), SCAPF_E_USAGE);
    cr_expect_null(s);
}

/* ------------------------------------------------------------------ generator */

static char *read_all(FILE *in, size_t *len)
{
    char *text = NULL;
    size_t cap = 0;

    *len = 0;
    do {
        cap += 65536;
        text = realloc(text, cap);
        *len += fread(text + *len, 1, cap - *len, in);
    } while (*len == cap);
    return text;
}

/* What the generator prints for a small schema, byte for byte. */
Test(schema_xml, generator_output)
{
    static const char *const rows[][2] = {
        {"build/schemagen tables tests/unit/schema/small.xml", "tests/unit/schema/small.tables"},
        {"build/schemagen man tests/unit/schema/small.xml", "tests/unit/schema/small.man"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FILE *pipe = popen(rows[i][0], "r");
        FILE *file = fopen(rows[i][1], "r");
        size_t got_len;
        size_t want_len;
        char *got;
        char *want;

        cr_assert(pipe != NULL && file != NULL);
        got = read_all(pipe, &got_len);
        want = read_all(file, &want_len);
        cr_expect_eq(pclose(pipe), 0);
        (void)fclose(file);
        cr_expect(got_len == want_len && memcmp(got, want, got_len) == 0, "`%s` differs from %s",
                  rows[i][0], rows[i][1]);
        free(got);
        free(want);
    }
}
