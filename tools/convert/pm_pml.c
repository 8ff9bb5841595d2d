/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml.c - the frame of a PML file [procmon-parser, docs/PML Format.md]:
 *
 *     header of 0x3A8 bytes, events, offsets of events (u32, u8), processes with modules, strings,
 *     icons, hosts and ports
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_pml.h"
#include "pm_words.h"

#define HEADER_LEN  0x3A8u
#define VERSION     9u
#define EVENTS_MAX  500000000u
#define PROCESS_MAX 500000u
#define MODULES_MAX 1000000u
#define EVENT_LEN   52u
#define NAME_BYTES  1024u

static bool wrong(struct pml *p, uint64_t off, const char *what)
{
    pm_wrong(p->fault, PM_BAD_PML, off, 0, "%s", what);
    return false;
}

static bool no_memory(struct pml *p)
{
    pm_wrong(p->fault, PM_NO_MEMORY, 0, 0, "%s", "");
    return false;
}

/* ------------------------------------------------------------------ header */

static uint64_t u64_at(const struct pml *p, uint64_t off)
{
    struct pml_cur c = pml_at(p, off, 8);

    return pml_u64(&c);
}

static uint32_t u32_at(const struct pml *p, uint64_t off)
{
    struct pml_cur c = pml_at(p, off, 4);

    return pml_u32(&c);
}

/* A place of which no more is left. */
static bool lost(struct pml *p, uint64_t off, const char *what)
{
    return p->opts->lenient || wrong(p, off, what);
}

/* The header; p->offsets_off is 0 when there are no offsets of events. False: fault. */
static bool read_header(struct pml *p)
{
    if (p->len < 4 || memcmp(p->bytes, "PML_", 4) != 0) {
        pm_wrong(p->fault, PM_NOT_PROCMON, 0, 0, "%s", "");
        return false;
    }
    if (p->len < HEADER_LEN) {
        pm_wrong(p->fault, PM_CUT, p->len, 0, "%s", "header");
        return false;
    }
    if (u32_at(p, 4) != VERSION) {
        pm_wrong(p->fault, PM_BAD_PML, 4, 0, "version %lu, only 9 is known",
                 (unsigned long)u32_at(p, 4));
        return false;
    }
    p->wide = u32_at(p, 8) != 0;
    p->n_events = u32_at(p, 0x234);
    p->offsets_off = u64_at(p, 0x248);
    p->processes_off = u64_at(p, 0x250);
    p->strings_off = u64_at(p, 0x258);
    p->hosts_off = u64_at(p, 0x3A0);
    if (u64_at(p, 0x240) == 0 || p->offsets_off == 0 || p->processes_off == 0 ||
        p->strings_off == 0) {
        p->offsets_off = 0;
        p->n_events = 0;
        return lost(p, 0x240, "the recording was not closed");
    }
    if (u64_at(p, 0x398) != HEADER_LEN) {
        return wrong(p, 0x398, "size of the header");
    }
    if (p->offsets_off > UINT32_MAX && p->offsets_off <= p->len) {
        return wrong(p, 0x248, "events beyond 4 GiB: their offsets have 32 bits");
    }
    if (p->n_events > EVENTS_MAX || p->offsets_off > p->len ||
        p->n_events > (p->len - p->offsets_off) / 5) {
        p->n_events = p->n_events <= EVENTS_MAX ? p->n_events : 0;
        p->offsets_off = 0;
        return lost(p, 0x234, "more events than offsets: is its end missing?");
    }
    return true;
}

/* Do the tables stand within the file? */
static bool check_tables(struct pml *p)
{
    static const uint64_t places[] = {0x250, 0x258, 0x260, 0x3A0};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (u64_at(p, places[i]) > p->len) {
            p->opts->repairs->tail = true;
            return lost(p, places[i], "a table lies behind the end of the file");
        }
    }
    return true;
}

bool pm_pml_host(const void *bytes, size_t len, struct pm_pml_host *host)
{
    const struct pml p = {.bytes = bytes, .len = len};
    size_t n = 0;

    *host = (struct pm_pml_host){0};
    if (len < HEADER_LEN || memcmp(bytes, "PML_", 4) != 0) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        struct pml_cur c = pml_at(&p, 12 + 2 * i, 2);
        uint16_t unit = pml_u16(&c);

        if (unit == 0) {
            break;
        }
        host->name[n++] = unit < 0x80 && unit >= ' ' ? (char)unit : '_';
    }
    host->cpus = u32_at(&p, 0x38C);
    host->memory = u64_at(&p, 0x390);
    return true;
}

/* ------------------------------------------------------------------ processes */

struct table {
    uint64_t off;
    uint32_t n;
};

/* Damage that was found: does the reading go on? */
static bool forgiven(struct pml *p)
{
    if (!p->opts->lenient || p->fault->wrong != PM_BAD_PML) {
        return false;
    }
    *p->fault = (struct pm_fault){.wrong = PM_FINE};
    return true;
}

static bool open_table(struct pml *p, struct table *t)
{
    t->off = p->processes_off;
    t->n = u32_at(p, t->off);
    if (t->off == 0 || t->off > p->len || p->len - t->off < 4 || t->n > PROCESS_MAX ||
        (t->n > (p->len - t->off - 4) / 8 && !p->opts->lenient)) {
        return wrong(p, p->processes_off, "number of processes");
    }
    return true;
}

static bool keep_name(struct pml *p, struct pml_process *process, uint32_t string)
{
    const uint8_t *bytes;
    uint32_t len;
    bool there = pml_string(p, string, &bytes, &len);

    process->name_at = (uint32_t)p->names_len;
    len = !there ? PML_NAMELESS : len < NAME_BYTES ? len : NAME_BYTES;
    if (2 * (size_t)len >= p->names_cap - p->names_len) {
        size_t cap = 2 * p->names_cap + 2 * (size_t)len + 4096;
        char *names = pm_resize(p->opts->alloc, p->names, cap);

        if (names == NULL) {
            return no_memory(p);
        }
        p->names = names;
        p->names_cap = cap;
    }
    process->name_len = (uint32_t)(there ? pml_utf16(p, p->names + p->names_len, bytes, len)
                                         : pml_nameless(p->names + p->names_len, process->index));
    p->names_len += process->name_len;
    return true;
}

static bool keep_modules(struct pml *p, struct pml_cur *c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct pml_module *m;

        if (p->n_modules % 4096 == 0) {
            m = pm_resize(p->opts->alloc, p->modules, ((size_t)p->n_modules + 4096) * sizeof(*m));
            if (m == NULL) {
                return no_memory(p);
            }
            p->modules = m;
        }
        m = &p->modules[p->n_modules];
        (void)pml_pointer(p, c);
        m->base = pml_pointer(p, c);
        m->size = pml_u32(c);
        m->path = pml_u32(c);
        (void)pml_take(c, 12 + 4 + 24);
        if (c->bad) {
            return false;
        }
        p->n_modules++;
    }
    return true;
}

static int by_base(const void *a, const void *b)
{
    const struct pml_module *x = a;
    const struct pml_module *y = b;

    return x->base < y->base ? -1 : x->base > y->base;
}

static int by_index(const void *a, const void *b)
{
    const struct pml_process *x = a;
    const struct pml_process *y = b;

    return x->index < y->index ? -1 : x->index > y->index;
}

static void leaf(struct pml *p, const char *name, uint64_t value)
{
    pml_named_field(p, name);
    pml_put_plain(p, value);
}

static void leaf_string(struct pml *p, const char *name, uint32_t index)
{
    const uint8_t *bytes;
    uint32_t len;

    pml_named_field(p, name);
    if (pml_string(p, index, &bytes, &len)) {
        pml_put_utf16(p, bytes, len);
    }
}

static void module_leaf(struct pml *p, uint16_t group, const char *name, const char *text, int n)
{
    (void)pm_build_field(&p->build, true, PM_COLUMN_COUNT, group,
                         (struct pm_text){name, strlen(name)});
    (void)pm_build_text(&p->build, text, n > 0 ? (size_t)n : 0);
}

static void module_string(struct pml *p, uint16_t group, const char *name, uint32_t index)
{
    const uint8_t *bytes;
    uint32_t len;

    module_leaf(p, group, name, "", 0);
    if (pml_string(p, index, &bytes, &len)) {
        pml_put_utf16(p, bytes, len);
    }
}

/* Without the columns only when they were loaded counts. */
static void put_modules(struct pml *p, struct pml_cur *c, uint32_t n)
{
    char buf[40];

    for (uint32_t i = 0; i < n; i++) {
        uint16_t g = (uint16_t)(i < UINT16_MAX ? i : UINT16_MAX);
        uint64_t base;
        uint32_t size;
        uint32_t strings[4];
        uint64_t loaded;

        (void)pml_pointer(p, c);
        base = pml_pointer(p, c);
        size = pml_u32(c);
        for (int k = 0; k < 4; k++) {
            strings[k] = pml_u32(c);
        }
        (void)pml_take(c, 4 + 16);
        loaded = pml_u64(c);
        module_leaf(p, g, "Timestamp", buf,
                    snprintf(buf, sizeof(buf), "%llu", (unsigned long long)loaded));
        if (!p->keep) {
            continue;
        }
        module_leaf(p, g, "BaseAddress", buf,
                    snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)base));
        module_leaf(p, g, "Size", buf, snprintf(buf, sizeof(buf), "%lu", (unsigned long)size));
        module_string(p, g, "Path", strings[0]);
        module_string(p, g, "Version", strings[1]);
        module_string(p, g, "Company", strings[2]);
        module_string(p, g, "Description", strings[3]);
    }
}

/* The numbers of a process before its modules. */
struct numbers {
    uint32_t index, pid, ppid, parent, session, virtual, wide, strings[8], n_modules;
    uint64_t luid, start, end;
};

static struct numbers take_numbers(const struct pml *p, struct pml_cur *c)
{
    struct numbers n;

    n.index = pml_u32(c);
    n.pid = pml_u32(c);
    n.ppid = pml_u32(c);
    n.parent = pml_u32(c);
    n.luid = pml_u64(c);
    n.session = pml_u32(c);
    (void)pml_u32(c);
    n.start = pml_u64(c);
    n.end = pml_u64(c);
    n.virtual = pml_u32(c);
    n.wide = pml_u32(c);
    for (int i = 0; i < 8; i++) {
        n.strings[i] = pml_u32(c);
    }
    (void)pml_take(c, 8);
    (void)pml_pointer(p, c);
    n.n_modules = pml_u32(c);
    return n;
}

/* The leaves of a process as XML exports have them. */
static void put_leaves(struct pml *p, const struct numbers *n, const struct pml_process *process)
{
    char luid[24];

    leaf(p, "ProcessIndex", n->index);
    leaf(p, "ProcessId", n->pid);
    leaf(p, "ParentProcessId", n->ppid);
    leaf(p, "ParentProcessIndex", n->parent);
    pml_named_field(p, "AuthenticationId");
    (void)snprintf(luid, sizeof(luid), "%08lx:%08lx", (unsigned long)(n->luid >> 32),
                   (unsigned long)(n->luid & UINT32_MAX));
    pml_puts(p, luid);
    leaf(p, "CreateTime", n->start);
    leaf(p, "FinishTime", n->end);
    leaf(p, "IsVirtualized", n->virtual);
    leaf(p, "Is64bit", n->wide);
    leaf_string(p, "Integrity", n->strings[0]);
    leaf_string(p, "Owner", n->strings[1]);
    pml_named_field(p, "ProcessName");
    pml_put(p, p->names + process->name_at, process->name_len);
    leaf_string(p, "ImagePath", n->strings[3]);
    leaf_string(p, "CommandLine", n->strings[4]);
    leaf_string(p, "CompanyName", n->strings[5]);
    leaf_string(p, "Version", n->strings[6]);
    leaf_string(p, "Description", n->strings[7]);
}

static bool one_process(struct pml *p, uint64_t off, struct pml_process *process)
{
    struct pml_cur c = off <= p->len ? pml_at(p, off, p->len - off) : pml_at(p, off, 1);
    struct numbers n = take_numbers(p, &c);
    struct pml_cur modules = c;
    size_t each = 4 * 5 + 4 + 24 + 2 * (p->wide ? 8u : 4u);
    uint32_t first = p->n_modules;
    struct pm_process handed = {.off = off, .exact = true};

    if (c.bad || n.n_modules > (size_t)(c.end - c.p) / each || n.n_modules > MODULES_MAX ||
        p->n_modules + n.n_modules > 8 * MODULES_MAX) {
        return wrong(p, off, "a process or its modules");
    }
    p->at = off;
    *process = (struct pml_process){.index = n.index, .pid = n.pid, .modules = first};
    if (!keep_name(p, process, n.strings[2]) || (p->stacks && !keep_modules(p, &c, n.n_modules))) {
        return p->fault->wrong != PM_FINE ? false : wrong(p, off, "modules");
    }
    process->n_modules = p->n_modules - first;
    if (process->n_modules > 0) {
        qsort(p->modules + first, process->n_modules, sizeof(*p->modules), by_base);
    }
    pm_build_reset(&p->build);
    put_leaves(p, &n, process);
    put_modules(p, &modules, n.n_modules);
    if (p->build.no_memory) {
        return no_memory(p);
    }
    if (p->fault->wrong != PM_FINE) {
        return false;
    }
    handed.fields = p->build.own.at;
    handed.n_fields = p->build.own.n;
    handed.modules = p->build.more.at;
    handed.n_modules = p->build.more.n;
    if (!p->handler->process(p->handler->ctx, &handed)) {
        pm_wrong(p->fault, PM_STOPPED, off, 0, "%s", "");
        return false;
    }
    return true;
}

static bool read_processes(struct pml *p)
{
    struct table t;

    if (!open_table(p, &t)) {
        p->opts->repairs->no_list = forgiven(p);
        return p->opts->repairs->no_list;
    }
    p->processes = pm_resize(p->opts->alloc, NULL, ((size_t)t.n + 1) * sizeof(*p->processes));
    if (p->processes == NULL) {
        return no_memory(p);
    }
    for (uint32_t i = 0; i < t.n; i++) {
        struct pml_cur c = pml_at(p, t.off + 4 + 4 * ((uint64_t)t.n + i), 4);
        uint64_t off = t.off + pml_u32(&c);

        if (c.bad) { /* so are those of all behind it */
            p->opts->repairs->processes += t.n - i;
            break;
        }
        if (one_process(p, off, &p->processes[p->n_processes])) {
            p->n_processes++;
        } else if (forgiven(p)) {
            p->opts->repairs->processes++;
        } else {
            return false;
        }
    }
    qsort(p->processes, p->n_processes, sizeof(*p->processes), by_index);
    for (uint32_t i = 0; i < p->n_processes; i++) {
        if (p->processes[i].pid == 4) {
            p->system = &p->processes[i];
        }
    }
    return true;
}

/* ------------------------------------------------------------------ hosts and ports */

/* Those that lie within the file are known, also when the table is cut. */
static bool read_ports(struct pml *p, uint64_t off)
{
    struct pml_cur c = pml_at(p, off, 4);
    uint32_t n = pml_u32(&c);

    off += 4;
    p->ports_off = off;
    for (p->n_ports = 0; !c.bad && p->n_ports < n; p->n_ports++) {
        c = pml_at(p, off, 8);
        (void)pml_u32(&c);
        off += 8 + (uint64_t)pml_u32(&c);
        if (c.bad || off > p->len) {
            return wrong(p, off > p->len ? p->len : off, "a port");
        }
    }
    return !c.bad || wrong(p, off - 4, "number of ports");
}

static bool read_hosts(struct pml *p)
{
    uint64_t off = p->hosts_off + 4;
    uint32_t n = u32_at(p, p->hosts_off);

    if (p->hosts_off == 0) {
        return true;
    }
    if (p->hosts_off > p->len || p->len - p->hosts_off < 4 ||
        n > (p->len - p->hosts_off - 4) / 20) {
        return wrong(p, p->hosts_off, "number of hosts");
    }
    p->hosts_cap = 16;
    while (p->hosts_cap < 2 * (uint64_t)n) {
        p->hosts_cap *= 2;
    }
    p->hosts = pm_resize(p->opts->alloc, NULL, p->hosts_cap * sizeof(*p->hosts));
    if (p->hosts == NULL) {
        return no_memory(p);
    }
    memset(p->hosts, 0, p->hosts_cap * sizeof(*p->hosts));
    for (uint32_t i = 0; i < n; i++) {
        struct pml_cur c = pml_at(p, off, 20);
        const uint8_t *address = pml_take(&c, 16);
        uint32_t len = pml_u32(&c);
        uint32_t at;

        if (c.bad || pml_at(p, off + 20, len).bad) {
            return wrong(p, off, "a host");
        }
        at = (uint32_t)(pm_hash(7, (const char *)address, 16) >> 20) & (p->hosts_cap - 1);
        while (p->hosts[at] != 0) {
            at = (at + 1) & (p->hosts_cap - 1);
        }
        p->hosts[at] = off;
        off += 20 + (uint64_t)len;
    }
    return read_ports(p, off);
}

static bool hosts_lost(struct pml *p)
{
    bool goes_on = forgiven(p);

    p->opts->repairs->tail = p->opts->repairs->tail || goes_on;
    return goes_on;
}

/* ------------------------------------------------------------------ events */

static bool bad_event(struct pml *p, uint64_t off, const char *what)
{
    if (!p->opts->lenient) {
        pm_wrong(p->fault, PM_BAD_PML, off, 0, "%s", what);
        p->fault->event = p->number + 1;
        return false;
    }
    p->opts->repairs->lost++;
    return true;
}

static bool stopped(struct pml *p, uint64_t off)
{
    if (p->fault->wrong == PM_FINE) {
        pm_wrong(p->fault, PM_STOPPED, off, 0, "%s", "");
    }
    return false;
}

static bool read_events(struct pml *p)
{
    for (uint64_t i = 0; i < p->n_events; i++) {
        uint64_t off = u32_at(p, p->offsets_off + 5 * i);
        struct pml_parts e;

        if (off < HEADER_LEN || !pml_parts(p, off, &e)) {
            if (!bad_event(p, p->offsets_off + 5 * i, "an event lies outside of the file")) {
                return false;
            }
            continue;
        }
        if (!pml_event(p, off, &e)) {
            return stopped(p, off);
        }
    }
    return true;
}

/* Is this likely an event? Nothing else says so in a file that was not closed. */
static bool is_likely(const struct pml_parts *e)
{
    int64_t ns;

    return e->cls > 0 && pm_filetime(e->filetime, &ns) && ns > INT64_C(1000000000) * 86400 * 365 &&
           e->size < (1u << 20);
}

/* Without offsets, in a file that was not closed or is cut: one event lies behind the other. Those
 * that do are all there are when the place of the offsets follows. */
static bool scan_events(struct pml *p)
{
    uint64_t off = HEADER_LEN;
    uint64_t most = p->n_events > 0 ? p->n_events : EVENTS_MAX;
    struct pml_parts e;

    p->opts->repairs->tail = true;
    while (p->number < most && off < p->len && pml_parts(p, off, &e) && is_likely(&e)) {
        uint64_t at = off;

        off += e.size;
        if (e.has_extra && e.extra.p == p->bytes + off + 2) {
            off += 2 + (uint64_t)(e.extra.end - e.extra.p);
        }
        if (!pml_event(p, at, &e)) {
            return stopped(p, at);
        }
    }
    if (off != u64_at(p, 0x248)) {
        p->opts->repairs->skipped += p->len - off;
        p->opts->repairs->lost += p->n_events > p->number ? p->n_events - p->number : 0;
    }
    return true;
}

/* ------------------------------------------------------------------ all of it */

static void index_rows(struct pml *p)
{
    const struct scapf_schema *s = p->schema;

    for (uint32_t i = 0; i < s->n_pm_rows; i++) {
        const struct scapf_pm_row *row = &s->pm_rows[i];
        bool tcp = row->cls == SCAPF_PM_NETWORK && row->minor == 1;

        if (row->cls >= 6 || row->code < 0 || row->code >= 64) {
            continue;
        }
        if (row->cls == SCAPF_PM_NETWORK || row->minor == SCAPF_PM_NO_CODE) {
            p->rows[row->cls][row->code][tcp] = row;
        } else if (p->rows[row->cls][row->code][0] == NULL) {
            p->rows[row->cls][row->code][0] = row;
        }
        if (row->cls == SCAPF_PM_FILE && row->minor >= 0 && row->minor < 256) {
            p->minors[row->code][row->minor] = (uint16_t)(i + 1);
            p->has_minors[row->code] = true;
        }
    }
}

static void release(struct pml *p)
{
    void *all[] = {p->processes, p->modules, p->names, p->hosts, p->known};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] != NULL) {
            (void)pm_resize(p->opts->alloc, all[i], 0);
        }
    }
    pm_build_release(&p->build);
}

bool pm_pml_read(const void *bytes, size_t len, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault)
{
    struct pml *p = pm_resize(opts->alloc, NULL, sizeof(*p));
    bool ok;

    if (p == NULL) {
        pm_wrong(fault, PM_NO_MEMORY, 0, 0, "%s", "");
        return false;
    }
    memset(p, 0, sizeof(*p));
    p->opts = opts;
    p->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    p->handler = handler;
    p->fault = fault;
    p->bytes = bytes;
    p->len = len;
    p->keep = opts->keep;
    p->stacks = opts->stacks;
    p->build.alloc = opts->alloc;
    p->known = pm_resize(opts->alloc, NULL, (p->schema->n_pm_rows + 1) * sizeof(*p->known));
    if (p->known == NULL) {
        release(p);
        (void)pm_resize(opts->alloc, p, 0);
        pm_wrong(fault, PM_NO_MEMORY, 0, 0, "%s", "");
        return false;
    }
    pml_decide(p);
    index_rows(p);
    ok = read_header(p) && check_tables(p) && read_processes(p) &&
         (read_hosts(p) || hosts_lost(p)) &&
         (p->offsets_off != 0 ? read_events(p) : scan_events(p));
    if (fault->off > len) { /* a number of the file pointed behind its end */
        fault->off = len;
    }
    release(p);
    (void)pm_resize(opts->alloc, p, 0);
    return ok;
}
