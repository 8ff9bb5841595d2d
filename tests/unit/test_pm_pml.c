/* SPDX-License-Identifier: Apache-2.0 */
/* PML files of Process Monitor: what is read, and that nothing in them is believed. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/json_check.h"
#include "support/pm_run.h"
#include "support/pml_make.h"

/* The options of the tests: map_images also asks for stacks. */
static struct pm_run read_pml(const uint8_t *bytes, size_t len, bool lenient)
{
    const struct pm_convert_opts opts = {.lenient = lenient, .map_images = true};

    return run_pm(PM_PML, bytes, len, &opts);
}

static void expect(const char *text, const char *want)
{
    cr_expect_not_null(strstr(text, want), "%s is not in\n%s", want, text);
}

/* Both widths tell the same story. */
Test(pm_pml, events)
{
    for (int wide = 0; wide < 2; wide++) {
        size_t len;
        struct pml_places places;
        uint8_t *bytes = pml_make(wide == 1, true, &len, &places);
        struct pm_run r = read_pml(bytes, len, false);
        char *lines = run_lines(&r.run, "tid,dir,type,args");
        char *json = run_json(&r.run);

        cr_expect_eq(r.run.status, SCAPF_OK, "%s at %llu", r.fault.text,
                     (unsigned long long)r.fault.off);
        cr_expect_eq(r.verdict.events, PML_EVENTS);
        cr_expect_eq(r.verdict.processes, 3);
        cr_expect_eq(r.verdict.modules, 3);
        cr_expect_eq(run_findings(&r.run, SCAPF_WARNING), 0);
        expect(lines, "1204 < clone res=3000");
        expect(lines, "flags=8193(CLONE_FILES|CLONE_THREAD) uid=1000 gid=-1 vtid=3000");
        expect(lines, "3000 < execve res=0 exe=/C:/Edit/editor.exe args=notes.txt.");
        expect(lines, "cwd=/C:/Users/alice ");
        expect(lines, "env=A=1.B=2.");
        expect(lines, "3004 < mmap res=4194304");
        expect(lines, "< openat fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=/C:/Users/alice/notes.txt "
                      "flags=1(O_RDONLY)");
        expect(lines, "< openat fd=3(<f>/C:/Users/alice/notes.txt)");
        expect(lines, "flags=38(O_EXCL|O_CREAT|O_WRONLY)");
        expect(lines, "< pwrite res=1234 data=NULL fd=3(<f>/C:/Users/alice/notes.txt) size=1234 "
                      "pos=0");
        expect(lines, "< pread res=0 ");
        expect(lines, "< close res=0 fd=3");
        expect(lines, "desc=HKCU\\Software\\Edit\\Font NAME NOT FOUND Desired Access: Read");
        expect(lines, "desc=HKCU\\Software\\Edit\\Font SUCCESS Type: REG_SZ, Length: 8, Data: abc");
        expect(lines, "< connect res=0 tuple=192.168.1.20:50123->203.0.113.7:443");
        expect(lines, "< sendto res=429 ");
        expect(lines, "> procexit status=65024 ret=4294967294");
        expect(json, "\"Path\":\"192.168.1.20:50123 -> edit.exampl:https\"");
        expect(json, "\"Detail\":\"Length: 429, seqnum: 0\"");
        expect(json, "\"location\":\"ntoskrnl.exe + 0x1234\"");
        expect(json, "\"location\":\"editor.exe + 0x1001\"");
        expect(json, "\"Raw_Detail\":\"AQAAAAIAAAADAAAA\"");
        expect(json,
               "Detail\":\"Desired Access: Generic Write, Disposition: Create, Options: "
               "Synchronous IO Non-Alert, Non-Directory File, Attributes: N, ShareMode: Read, "
               "AllocationSize: 0, OpenResult: Created");
        free(json);
        free(lines);
        free(bytes);
        run_release(&r.run);
    }
}

/* A file that was not closed has events and nothing else. */
Test(pm_pml, not_closed)
{
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(true, false, &len, &places);
    struct pm_run r = read_pml(bytes, len, false);

    cr_expect_eq(r.fault.wrong, PM_BAD_PML);
    run_release(&r.run);
    r = read_pml(bytes, len, true);
    cr_expect_eq(r.run.status, SCAPF_OK);
    cr_expect_eq(r.verdict.events, PML_EVENTS);
    cr_expect(r.verdict.repairs.tail);
    cr_expect_eq(r.verdict.repairs.skipped, 0);
    run_release(&r.run);
    free(bytes);
}

/* A file whose end is missing: strict says so, leniency keeps what there is and counts the rest. */
Test(pm_pml, cut_tables)
{
    static const char *const of_list = "proc.name";
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(true, true, &len, &places);
    const struct {
        size_t at;
        uint64_t events, lost, processes, strings; /* strings: at least */
        bool no_list, tail;
    } rows[] = {
        {places.first_event + 20, 0, PML_EVENTS, 0, 0, true, true},
        {places.offsets, PML_EVENTS, 0, 0, 0, true, true},
        {places.offsets + 7, PML_EVENTS, 0, 0, 0, true, true},
        {places.processes + 2, PML_EVENTS, 0, 0, 0, true, true},
        {places.processes + 20, PML_EVENTS, 0, 3, 0, false, true},
        {places.strings, PML_EVENTS, 0, 0, 3, false, true},
        {places.strings + 8, PML_EVENTS, 0, 0, 3, false, true},
        {places.hosts + 2, PML_EVENTS, 0, 0, 0, false, true},
        {len, PML_EVENTS, 0, 0, 0, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pm_run r = read_pml(bytes, rows[i].at, false);
        const struct pm_repairs *p = &r.verdict.repairs;
        char *lines;

        cr_expect_eq(r.fault.wrong, rows[i].tail ? PM_BAD_PML : PM_FINE, "row %zu: %d", i,
                     (int)r.fault.wrong);
        run_release(&r.run);
        r = read_pml(bytes, rows[i].at, true);
        lines = run_lines(&r.run, of_list);
        cr_expect_eq(r.run.status, SCAPF_OK, "row %zu: %s", i, r.fault.text);
        cr_expect_eq(r.verdict.events, rows[i].events, "row %zu: %llu", i,
                     (unsigned long long)r.verdict.events);
        cr_expect_eq(p->lost, rows[i].lost, "row %zu: %llu", i, (unsigned long long)p->lost);
        cr_expect_eq(p->processes, rows[i].processes, "row %zu", i);
        cr_expect_eq(p->no_list, rows[i].no_list, "row %zu", i);
        cr_expect_eq(p->tail, rows[i].tail, "row %zu", i);
        cr_expect_geq(p->strings, rows[i].strings, "row %zu", i);
        cr_expect(rows[i].tail || p->strings + p->details + p->bytes == 0, "row %zu", i);
        cr_expect_eq(p->skipped > 0, rows[i].lost > 0, "row %zu: %llu", i,
                     (unsigned long long)p->skipped);
        if (rows[i].events > 0 && rows[i].strings + rows[i].processes + rows[i].no_list > 0) {
            expect(lines, "<process ");
        }
        free(lines);
        run_release(&r.run);
    }
    free(bytes);
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t k = 0; k < size; k++) {
        at[k] = (uint8_t)(value >> 8 * k);
    }
}

static uint32_t get_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The table behind the events looks like an event itself: the header knows how many there are. */
Test(pm_pml, events_end_where_their_number_ends)
{
    enum { HEAD = 52, FRAMES = 40, SIZE = 44, EXTRA = 48 };
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(true, true, &len, &places);
    uint8_t *table = bytes + places.offsets;
    struct pm_run r;

    memcpy(table, bytes + places.first_event, HEAD);
    put(table + FRAMES, 0, 2);
    put(table + SIZE, 0, 4);
    put(table + EXTRA, 0, 4);
    r = read_pml(bytes, places.offsets + HEAD + 4, true);
    cr_expect_eq(r.run.status, SCAPF_OK);
    cr_expect_eq(r.verdict.events, PML_EVENTS, "%llu", (unsigned long long)r.verdict.events);
    cr_expect_eq(r.verdict.repairs.lost, 0);
    run_release(&r.run);
    free(bytes);
}

/* More events are promised than there are, and none is missing. */
Test(pm_pml, nothing_is_lost_by_a_number)
{
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(true, true, &len, &places);
    struct pm_run r;

    put(bytes + 0x234, 1000000, 4);
    r = read_pml(bytes, len, false);
    cr_expect_eq(r.fault.wrong, PM_BAD_PML);
    run_release(&r.run);
    r = read_pml(bytes, len, true);
    cr_expect_eq(r.verdict.events, PML_EVENTS);
    cr_expect_eq(r.verdict.repairs.lost, 0, "%llu", (unsigned long long)r.verdict.repairs.lost);
    cr_expect_eq(r.verdict.repairs.skipped, 0);
    cr_expect(r.verdict.repairs.tail);
    run_release(&r.run);
    free(bytes);
}

/* A detail that ends within its parts is the end, told with its event; leniency counts it. The
 * event of no known form has bytes alone, and they may be any. */
Test(pm_pml, details_that_are_cut)
{
    enum { SIZE = 44, KNOWN = PML_EVENTS - 1 };

    for (int wide = 0; wide < 2; wide++) {
        size_t len;
        struct pml_places places;
        uint8_t *bytes = pml_make(wide == 1, true, &len, &places);
        unsigned refused = 0;

        cr_assert_not_null(bytes);
        for (uint32_t i = 0; i < PML_EVENTS; i++) {
            uint32_t off = get_u32(bytes + places.offsets + (size_t)5 * i);
            uint32_t size = get_u32(bytes + off + SIZE);
            struct pm_run r;
            bool known;

            put(bytes + off + SIZE, 1, 4);
            r = read_pml(bytes, len, false);
            known = r.fault.wrong != PM_FINE;
            refused += known;
            if (known) {
                cr_expect_eq(r.fault.wrong, PM_BAD_PML);
                cr_expect_eq(r.fault.off, off, "event %u: %llu", i + 1,
                             (unsigned long long)r.fault.off);
                cr_expect_eq(r.fault.event, i + 1);
            }
            run_release(&r.run);
            r = read_pml(bytes, len, true);
            cr_expect_eq(r.run.status, SCAPF_OK);
            cr_expect_eq(r.verdict.events, PML_EVENTS);
            cr_expect_eq(r.verdict.repairs.details, known, "event %u", i + 1);
            run_release(&r.run);
            put(bytes + off + SIZE, size, 4);
        }
        cr_expect_eq(refused, KNOWN, "%u", refused);
        free(bytes);
    }
}

/* A text that is not in its table is told with who asked for it: a process of the list for its
 * name, an event for a module of its stack. */
Test(pm_pml, texts_that_are_missing)
{
    enum { LAST = 2, NAME = 64, MODULE = 128 };
    const struct pm_convert_opts opts = {.keep = PM_KEEP_NONE, .map_images = true};
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(true, true, &len, &places);
    uint8_t *table = bytes + places.processes;
    uint32_t process = (uint32_t)places.processes + get_u32(table + 4 + 4 * (3 + LAST));
    uint32_t name = get_u32(bytes + process + NAME);
    struct pm_run r;

    put(bytes + process + NAME, 9999, 4);
    r = read_pml(bytes, len, false);
    cr_expect_eq(r.fault.wrong, PM_BAD_PML);
    cr_expect_eq(r.fault.off, process, "%llu", (unsigned long long)r.fault.off);
    cr_expect_eq(r.fault.event, 0);
    run_release(&r.run);
    put(bytes + process + NAME, name, 4);
    put(bytes + process + MODULE, 9999, 4);
    r = run_pm(PM_PML, bytes, len, &opts);
    cr_expect_eq(r.fault.wrong, PM_BAD_PML);
    cr_assert(r.fault.event > 0 && r.fault.event <= PML_EVENTS, "%llu",
              (unsigned long long)r.fault.event);
    cr_expect_eq(r.fault.off, get_u32(bytes + places.offsets + 5 * (r.fault.event - 1)));
    run_release(&r.run);
    free(bytes);
}

/* What the header says is wrong is told with its place. */
Test(pm_pml, header)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t size;
        enum pm_wrong wrong;
        uint64_t off;
    } rows[] = {
        {0, 0, 4, PM_NOT_PROCMON, 0},
        {4, 8, 4, PM_BAD_PML, 4},
        {0x234, 0xFFFFFFFF, 4, PM_BAD_PML, 0x234},
        {0x234, 499999999, 4, PM_BAD_PML, 0x234},
        {0x248, UINT64_MAX, 8, PM_BAD_PML, 0x234},
        {0x250, 0, 8, PM_BAD_PML, 0x240},
        {0x398, 0x3A9, 8, PM_BAD_PML, 0x398},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len;
        struct pml_places places;
        uint8_t *bytes = pml_make(true, true, &len, &places);
        struct pm_run r;

        put(bytes + rows[i].at, rows[i].value, rows[i].size);
        r = read_pml(bytes, len, false);
        cr_expect_eq(r.fault.wrong, rows[i].wrong, "row %zu: %d", i, (int)r.fault.wrong);
        cr_expect_eq(r.fault.off, rows[i].off, "row %zu: %llu", i, (unsigned long long)r.fault.off);
        run_release(&r.run);
        free(bytes);
    }
}

static void survives(const uint8_t *bytes, size_t len, bool lenient, const char *what, size_t at)
{
    struct pm_run r = read_pml(bytes, len, lenient);

    cr_assert(r.run.status == SCAPF_OK || r.fault.wrong != PM_FINE, "%s %zu", what, at);
    cr_assert(r.run.status != SCAPF_OK || run_findings(&r.run, SCAPF_ERROR) == 0, "%s %zu", what,
              at);
    run_release(&r.run);
}

/* Sanitizers take their time: two of the values have to do there. */
#ifdef __SANITIZE_ADDRESS__
#define N_VALUES 2u
#else
#define N_VALUES 4u
#endif

/* Every offset, count and size of the file, of two, four and eight bytes, made nothing, small,
 * large and negative: at every second place, so that none of them is left out. The files of 32-bit
 * systems differ in a few; there one place in three has to do. */
static void mutate(unsigned size)
{
    uint64_t most = size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
    const uint64_t values[] = {0, most, 1, most / 2};

    for (unsigned wide = 0; wide < 2; wide++) {
        size_t len;
        struct pml_places places;
        uint8_t *bytes = pml_make(wide != 0, true, &len, &places);
        uint8_t *copy = malloc(len);
        size_t step = wide != 0 ? 2 : 6;

        cr_assert(bytes != NULL && copy != NULL);
        for (size_t at = 0; at + size <= len; at += at < 0x230 ? 16 : step) {
            for (size_t v = 0; v < N_VALUES; v++) {
                memcpy(copy, bytes, len);
                put(copy + at, values[v], size);
                survives(copy, len, v != 1, "number at", at);
            }
        }
        free(copy);
        free(bytes);
    }
}

Test(pm_pml, mutated_numbers_of_two_bytes, .timeout = 120)
{
    mutate(2);
}

Test(pm_pml, mutated_numbers_of_four_bytes, .timeout = 120)
{
    mutate(4);
}

Test(pm_pml, mutated_numbers_of_eight_bytes, .timeout = 120)
{
    mutate(8);
}

/* Cut at every place: a buffer of its own each time, so that reading beyond it is noticed. */
Test(pm_pml, cut_anywhere, .timeout = 120)
{
    size_t len;
    struct pml_places places;
    uint8_t *bytes = pml_make(false, true, &len, &places);

    for (size_t n = 0; n < len; n += 5) {
        uint8_t *copy = malloc(n + 1);

        memcpy(copy, bytes, n);
        survives(copy, n, false, "cut at", n);
        survives(copy, n, true, "cut at", n);
        free(copy);
    }
    free(bytes);
}
