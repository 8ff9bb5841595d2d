/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml_event.c - one event of a PML file to columns.
 *
 *      0 process index  4 TID  8 class  12 operation  14 -  16 sequence  20 duration
 *     28 FILETIME  36 NTSTATUS  40 frames  42 -  44 size of detail  48 offset of extra detail
 *     52 frames, detail; extra detail is a u16 size and as many bytes
 */
#include <stdio.h>
#include <string.h>

#include "pm_pml.h"
#include "pm_words.h"

#define HEADER  52u
#define PENDING 0x103u
#define CLASSES 6u
#define CODES   64u

bool pml_parts(const struct pml *p, uint64_t off, struct pml_parts *e)
{
    struct pml_cur c = pml_at(p, off, HEADER);
    const uint8_t *h = c.p;
    uint32_t extra;
    uint32_t frames_size;

    if (c.bad) {
        return false;
    }
    e->process = pml_load_u32(h);
    e->tid = pml_load_u32(h + 4);
    e->cls = pml_load_u32(h + 8);
    e->code = (uint16_t)(h[12] | h[13] << 8);
    e->sequence = pml_load_u32(h + 16);
    e->duration = pml_load_u64(h + 20);
    e->filetime = pml_load_u64(h + 28);
    e->status = pml_load_u32(h + 36);
    frames_size = (uint32_t)(h[40] | h[41] << 8) * (p->wide ? 8u : 4u);
    extra = pml_load_u32(h + 48);
    if (e->cls >= CLASSES || e->code >= CODES) {
        return false;
    }
    e->size = (uint64_t)HEADER + frames_size + pml_load_u32(h + 44);
    if (e->size > p->len - off || (extra > 0 && extra < e->size)) {
        return false;
    }
    e->frames = (struct pml_cur){h + HEADER, h + HEADER + frames_size, false};
    e->detail = (struct pml_cur){e->frames.end, h + e->size, false};
    e->has_extra = extra > 0;
    e->extra = (struct pml_cur){NULL, NULL, false};
    if (extra > 0) {
        struct pml_cur size = pml_at(p, off + extra, 2);
        uint16_t n = pml_u16(&size);

        e->extra = size.bad ? size : pml_at(p, off + extra + 2, n);
    }
    return !e->extra.bad;
}

/* ------------------------------------------------------------------ fields */

static void number_field(struct pml *p, enum pm_column column, uint64_t value)
{
    pml_field(p, column);
    pml_put_plain(p, value);
}

/* "Key: number" of a detail. */
static void part(struct pml *p, const char *key, uint64_t value)
{
    pml_puts(p, key);
    pml_put_number(p, value);
}

/* ------------------------------------------------------------------ processes */

static bool process_create(struct pml *p, struct pml_cur *d)
{
    struct pml_info path;
    struct pml_info command;
    uint32_t pid;
    size_t sids;

    (void)pml_take(d, 4);
    pid = pml_u32(d);
    (void)pml_take(d, 0x24);
    sids = pml_u8(d);
    sids += pml_u8(d);
    path = pml_info(d);
    command = pml_info(d);
    (void)pml_take(d, 2 + sids);
    pml_field(p, PM_PATH);
    pml_put_info(p, d, path);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "PID: ");
    pml_put_plain(p, pid);
    pml_puts(p, ", Command line: ");
    pml_put_info(p, d, command);
    return !d->bad;
}

/* Lines of the environment as CSV exports have them. */
static void environment(struct pml *p, const uint8_t *bytes, size_t n)
{
    size_t begin = 0;

    pml_puts(p, ", Environment: ");
    for (size_t i = 0; i + 1 < n; i += 2) {
        if (bytes[i] == 0 && bytes[i + 1] == 0) {
            if (i > begin) {
                pml_puts(p, "\n\t");
                pml_put_utf16(p, bytes + begin, i - begin);
            }
            begin = i + 2;
        }
    }
    if (n > begin + 1) {
        pml_puts(p, "\n\t");
        pml_put_utf16(p, bytes + begin, n - begin);
    }
}

static bool process_start(struct pml *p, struct pml_cur *d)
{
    uint32_t ppid = pml_u32(d);
    struct pml_info command = pml_info(d);
    struct pml_info folder = pml_info(d);
    uint32_t n = pml_u32(d);
    const uint8_t *bytes;

    pml_field(p, PM_PATH);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Parent PID: ");
    pml_put_plain(p, ppid);
    pml_puts(p, ", Command line: ");
    pml_put_info(p, d, command);
    pml_puts(p, ", Current directory: ");
    pml_put_info(p, d, folder);
    bytes = pml_take(d, 2 * (size_t)n);
    if (bytes != NULL) {
        environment(p, bytes, 2 * (size_t)n);
    }
    return !d->bad;
}

static bool process_exit(struct pml *p, struct pml_cur *d)
{
    int32_t status = (int32_t)pml_u32(d);
    uint64_t kernel = pml_u64(d);
    uint64_t user = pml_u64(d);
    uint64_t working = pml_u64(d);
    uint64_t peak_working = pml_u64(d);
    uint64_t private = pml_u64(d);
    uint64_t peak_private = pml_u64(d);

    pml_field(p, PM_PATH);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Exit Status: ");
    pml_puts(p, status < 0 ? "-" : "");
    pml_put_plain(p, status < 0 ? (uint64_t) - (int64_t)status : (uint64_t)status);
    pml_puts(p, ", User Time: ");
    pml_put_seconds(p, user);
    pml_puts(p, " seconds, Kernel Time: ");
    pml_put_seconds(p, kernel);
    part(p, " seconds, Private Bytes: ", private);
    part(p, ", Peak Private Bytes: ", peak_private);
    part(p, ", Working Set: ", working);
    part(p, ", Peak Working Set: ", peak_working);
    return !d->bad;
}

static bool thread_create(struct pml *p, struct pml_cur *d)
{
    pml_field(p, PM_PATH);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Thread ID: ");
    pml_put_plain(p, pml_u32(d));
    return !d->bad;
}

static bool thread_exit(struct pml *p, struct pml_cur *d, uint32_t tid)
{
    uint64_t kernel;
    uint64_t user;

    (void)pml_take(d, 4);
    kernel = pml_u64(d);
    user = pml_u64(d);
    pml_field(p, PM_PATH);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Thread ID: ");
    pml_put_plain(p, tid);
    pml_puts(p, ", User Time: ");
    pml_put_seconds(p, user);
    pml_puts(p, ", Kernel Time: ");
    pml_put_seconds(p, kernel);
    return !d->bad;
}

static bool load_image(struct pml *p, struct pml_cur *d)
{
    uint64_t base = pml_pointer(p, d);
    uint32_t size = pml_u32(d);
    struct pml_info path = pml_info(d);

    (void)pml_take(d, 2);
    pml_field(p, PM_PATH);
    pml_put_info(p, d, path);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Image Base: ");
    pml_put_hex(p, base);
    pml_puts(p, ", Image Size: ");
    pml_put_hex(p, size);
    return !d->bad;
}

static bool of_process(struct pml *p, struct pml_parts *e)
{
    enum { DEFINED, CREATE, EXIT, THREAD_CREATE, THREAD_EXIT, IMAGE, START = 7, STATISTICS };

    switch (e->code) {
    case DEFINED:
    case CREATE:
        return process_create(p, &e->detail);
    case EXIT:
    case STATISTICS:
        return process_exit(p, &e->detail);
    case THREAD_CREATE:
        return thread_create(p, &e->detail);
    case THREAD_EXIT:
        return thread_exit(p, &e->detail, e->tid);
    case IMAGE:
        return load_image(p, &e->detail);
    case START:
        return process_start(p, &e->detail);
    default:
        return false;
    }
}

/* ------------------------------------------------------------------ network, profiling */

static struct pml_cur host_name(const struct pml *p, const uint8_t *address)
{
    const struct pml_cur none = {NULL, NULL, true};
    uint64_t h = pm_hash(7, (const char *)address, 16);

    for (uint32_t i = (uint32_t)(h >> 20) & (p->hosts_cap - 1); p->hosts_cap > 0 && p->hosts[i] > 0;
         i = (i + 1) & (p->hosts_cap - 1)) {
        struct pml_cur c = pml_at(p, p->hosts[i], 20);

        if (memcmp(c.p, address, 16) == 0) {
            (void)pml_take(&c, 16);
            return pml_at(p, p->hosts[i] + 20, pml_u32(&c));
        }
    }
    return none;
}

static void put_host(struct pml *p, const struct synth_end *end, const uint8_t *address)
{
    struct pml_cur name = host_name(p, address);

    if (!name.bad && name.end - name.p > 2) {
        pml_put_utf16(p, name.p, (size_t)(name.end - name.p));
        return;
    }
    for (int i = 0; i < (end->family == 2 ? 4 : 8); i++) {
        static const char hex[] = "0123456789abcdef";
        uint32_t v =
            end->family == 2 ? end->ip[i] : (uint32_t)end->ip[2 * i] << 8 | end->ip[2 * i + 1];
        char buf[4];
        size_t n = 0;

        pml_puts(p, i == 0 ? "" : end->family == 2 ? "." : ":");
        if (end->family == 2) {
            pml_put_plain(p, v);
            continue;
        }
        for (int shift = 12; shift >= 0; shift -= 4) {
            if (n > 0 || v >> shift > 0 || shift == 0) {
                buf[n++] = hex[v >> shift & 15];
            }
        }
        pml_put(p, buf, n);
    }
}

static void put_port(struct pml *p, uint16_t port, bool tcp)
{
    uint64_t off = p->ports_off;

    for (uint32_t i = 0; i < p->n_ports; i++) {
        struct pml_cur c = pml_at(p, off, 8);
        uint16_t number = pml_u16(&c);
        bool is_tcp = pml_u16(&c) != 0;
        uint32_t n = pml_u32(&c);
        struct pml_cur name = c.bad ? c : pml_at(p, off + 8, n);

        if (name.bad) {
            break;
        }
        if (number == port && is_tcp == tcp) {
            pml_put_utf16(p, name.p, n);
            return;
        }
        off += 8 + (uint64_t)n;
    }
    pml_put_plain(p, port);
}

/* Key and value, key and value, ... each with a NUL of two bytes. */
static void put_pairs(struct pml *p, struct pml_cur *d)
{
    size_t begin = 0;
    unsigned n = 0;
    const uint8_t *bytes = d->p;
    size_t len = (size_t)(d->end - d->p);

    for (size_t i = 0; i + 1 < len; i += 2) {
        if (bytes[i] != 0 || bytes[i + 1] != 0) {
            continue;
        }
        if (i == begin) {
            break;
        }
        pml_puts(p, n % 2 == 0 ? ", " : ": ");
        pml_put_utf16(p, bytes + begin, i - begin);
        begin = i + 2;
        n++;
    }
}

static bool of_network(struct pml *p, struct pml_parts *e)
{
    struct pml_cur *d = &e->detail;
    uint16_t flags = pml_u16(d);
    bool tcp = (flags & 4) != 0;
    uint32_t len;
    const uint8_t *addresses;

    (void)pml_take(d, 2);
    len = pml_u32(d);
    addresses = pml_take(d, 32);
    if (addresses == NULL) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        struct synth_end *end = &p->event.ends[i];

        *end = (struct synth_end){.family = (flags >> i & 1) != 0 ? 2 : 10};
        memcpy(end->ip, addresses + 16 * (size_t)i, end->family == 2 ? 4 : 16);
        end->port = pml_u16(d);
    }
    p->event.has_ends = p->event.ends[0].family == p->event.ends[1].family && !d->bad;
    pml_field(p, PM_PATH);
    for (int i = 0; i < 2; i++) {
        pml_puts(p, i > 0 ? " -> " : "");
        put_host(p, &p->event.ends[i], addresses + 16 * (size_t)i);
        pml_puts(p, ":");
        put_port(p, p->event.ends[i].port, tcp);
    }
    pml_field(p, PM_DETAIL);
    pml_puts(p, "Length: ");
    pml_put_plain(p, len);
    put_pairs(p, d);
    return !d->bad;
}

static bool of_profiling(struct pml *p, struct pml_parts *e)
{
    struct pml_cur *d = &e->detail;
    uint64_t v[4];

    if (e->code != 1) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        v[i] = pml_u64(d);
    }
    pml_field(p, PM_PATH);
    pml_field(p, PM_DETAIL);
    pml_puts(p, "User Time: ");
    pml_put_seconds(p, v[0]);
    pml_puts(p, " seconds, Kernel Time: ");
    pml_put_seconds(p, v[1]);
    part(p, " seconds, Private Bytes: ", v[3]);
    part(p, ", Working Set: ", v[2]);
    return !d->bad;
}

/* ------------------------------------------------------------------ the event */

const struct pml_process *pml_process(struct pml *p, uint32_t index)
{
    uint32_t low = 0;
    uint32_t high = p->n_processes;

    if (p->last_process != NULL && p->last_process->index == index) {
        return p->last_process;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->processes[middle].index == index) {
            p->last_process = &p->processes[middle];
            return p->last_process;
        }
        if (p->processes[middle].index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static const struct scapf_pm_row *row_of(const struct pml *p, const struct pml_parts *e)
{
    struct pml_cur d = e->detail;
    bool tcp = e->cls == SCAPF_PM_NETWORK && (pml_u16(&d) & 4) != 0;

    return p->rows[e->cls][e->code][tcp];
}

/* NULL: it has no name. */
static const struct pml_result *find_result(struct pml *p, uint32_t status)
{
    const struct scapf_schema *s = p->schema;
    struct pml_result *last = &p->results[(status ^ status >> 16) & 255];

    if (last->result != NULL && last->result->status == status) {
        return last;
    }
    for (uint32_t i = 0; i < s->n_pm_results; i++) {
        if (s->pm_results[i].status == status) {
            last->result = &s->pm_results[i];
            last->text = (struct pm_text){last->result->text, strlen(last->result->text)};
            return last;
        }
    }
    return NULL;
}

/* What Procmon calls a result. */
static void put_result(struct pml *p, uint32_t status)
{
    const struct pml_result *known = find_result(p, status);
    char text[16];
    int n;

    p->event.result = known != NULL ? known->result : NULL;
    if (known != NULL) {
        pm_build_lent(&p->build, PM_RESULT, known->text);
        return;
    }
    n = snprintf(text, sizeof(text), "0x%X", (unsigned)status);
    pml_field(p, PM_RESULT);
    pml_put(p, text, n > 0 ? (size_t)n : 0);
}

/* The module an address lies in. */
static const struct pml_module *module_of(const struct pml *p, const struct pml_process *process,
                                          uint64_t address)
{
    uint32_t low = process->modules;
    uint32_t high = process->modules + process->n_modules;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->modules[middle].base > address) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (low == process->modules || address - p->modules[low - 1].base >= p->modules[low - 1].size) {
        return NULL;
    }
    return &p->modules[low - 1];
}

static void frame_text(struct pml *p, uint16_t group, const char *name, const char *text, int n)
{
    (void)pm_build_field(&p->build, true, PM_COLUMN_COUNT, group,
                         (struct pm_text){name, strlen(name)});
    (void)pm_build_text(&p->build, text, n > 0 ? (size_t)n : 0);
}

/* Behind the last backslash of a path in UTF-16. */
static uint32_t last_part(const uint8_t *bytes, uint32_t len)
{
    uint32_t begin = 0;

    for (uint32_t i = 0; i + 1 < len; i += 2) {
        begin = bytes[i] == '\\' && bytes[i + 1] == 0 ? i + 2 : begin;
    }
    return begin;
}

/* Modules of the kernel are those of the process System. */
static void put_frames(struct pml *p, struct pml_parts *e, const struct pml_process *process)
{
    char buf[40];
    uint16_t group = 0;

    while (p->stacks && e->frames.p < e->frames.end) {
        uint64_t address = pml_pointer(p, &e->frames);
        bool kernel = address >> (p->wide ? 47 : 31) != 0;
        const struct pml_process *of = kernel ? p->system : process;
        const struct pml_module *module = of != NULL ? module_of(p, of, address) : NULL;
        const uint8_t *bytes = NULL;
        uint32_t len = 0;
        bool named = module != NULL && pml_string(p, module->path, &bytes, &len) && len > 0;

        frame_text(p, group, "depth", buf, snprintf(buf, sizeof(buf), "%u", group));
        frame_text(p, group, "address", buf,
                   snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)address));
        frame_text(p, group, "path", "", 0);
        if (named) {
            pml_put_utf16(p, bytes, len);
        }
        frame_text(p, group, "location", "", 0);
        if (named) {
            uint32_t begin = last_part(bytes, len);
            int n = snprintf(buf, sizeof(buf), " + 0x%llx",
                             (unsigned long long)(address - module->base));

            pml_put_utf16(p, bytes + begin, len - begin);
            (void)pm_build_text(&p->build, buf, n > 0 ? (size_t)n : 0);
        }
        group++;
    }
}

static void first_fields(struct pml *p, const struct pml_parts *e,
                         const struct pml_process *process)
{
    p->event.process = e->process;
    p->event.has_pid = process != NULL;
    p->event.pid = process != NULL ? process->pid : 0;
    p->event.tid = e->tid;
    if (p->keep) {
        number_field(p, PM_INDEX, e->process);
    }
    if (process == NULL) {
        char name[PML_NAMELESS];

        pml_field(p, PM_PROCESS);
        pml_put(p, name, pml_nameless(name, e->process));
    } else if (p->keep) { /* the list has it */
        const char *name = process->name_len > 0 ? p->names + process->name_at : "";

        pm_build_lent(&p->build, PM_PROCESS, (struct pm_text){name, process->name_len});
    }
    if (p->keep && process != NULL) {
        number_field(p, PM_PID, process->pid);
    }
    if (p->keep) {
        number_field(p, PM_TID, e->tid);
    }
}

static void last_fields(struct pml *p, const struct pml_parts *e)
{
    static const char *const classes[] = {"",          "Process", "Registry", "File System",
                                          "Profiling", "Network"};
    const struct scapf_pm_row *row = p->event.row;
    const struct pm_text unknown = {"<Unknown>", 9};

    pm_build_lent(&p->build, PM_OPERATION,
                  row != NULL ? p->known[row - p->schema->pm_rows].operation : unknown);
    put_result(p, e->status);
    if (!p->keep) {
        return;
    }
    pml_field(p, PM_DURATION);
    if (e->status != PENDING) {
        pml_put_seconds(p, e->duration);
    }
    pml_field(p, PM_CLASS);
    pml_puts(p, classes[e->cls]);
    pml_field(p, PM_CATEGORY);
    if (p->category != NULL) {
        pml_puts(p, p->category);
    } else if (row != NULL && row->category != NULL) {
        pml_puts(p, row->category);
    }
    number_field(p, PM_SEQUENCE, e->sequence);
}

/* What nobody can take apart, as bytes. */
static void raw_fields(struct pml *p, const struct pml_parts *e, struct pml_cur detail)
{
    pml_named_field(p, "Raw_Code");
    pml_put_plain(p, e->code);
    pml_named_field(p, "Raw_Detail");
    pml_put_base64(p, detail.p, (size_t)(detail.end - detail.p));
    if (e->has_extra) {
        pml_named_field(p, "Raw_Extra");
        pml_put_base64(p, e->extra.p, (size_t)(e->extra.end - e->extra.p));
    }
}

static bool take_apart(struct pml *p, struct pml_parts *e)
{
    switch (e->cls) {
    case SCAPF_PM_PROCESS:
        return of_process(p, e);
    case SCAPF_PM_REGISTRY:
        return pml_registry(p, e);
    case SCAPF_PM_FILE:
        return pml_file(p, e, &p->event.row);
    case SCAPF_PM_NETWORK:
        return of_network(p, e);
    case SCAPF_PM_PROFILING:
        return of_profiling(p, e);
    default:
        return false;
    }
}

/* The detail ends before what its operation has: counted, or the end. A form that is not known is
 * no damage. */
static bool damaged(struct pml *p)
{
    if (p->opts->lenient) {
        p->opts->repairs->details++;
        return true;
    }
    pm_wrong(p->fault, PM_BAD_PML, p->at, 0, "%s", "a detail is shorter than its parts");
    p->fault->event = p->number;
    return false;
}

bool pml_event(struct pml *p, uint64_t off, struct pml_parts *e)
{
    const struct pml_process *process = pml_process(p, e->process);
    const struct pml_cur detail = e->detail;
    bool known;
    int64_t ns = 0;

    pm_build_reset(&p->build);
    p->at = off;
    p->event.number = ++p->number;
    p->event.off = off;
    p->event.has_ends = false;
    p->category = NULL;
    p->event.row = row_of(p, e);
    p->event.exact = true;
    (void)pm_filetime(e->filetime, &ns);
    p->event.ts_ns = ns;
    p->event.duration_ns =
        e->status == PENDING || e->duration > INT64_MAX / 200 ? -1 : (int64_t)e->duration * 100;
    p->event.n_known = 0;
    first_fields(p, e, process);
    known = take_apart(p, e);
    last_fields(p, e);
    p->event.raw = !known;
    if (!known && e->detail.bad && !damaged(p)) {
        return false;
    }
    if (!known && p->keep) {
        raw_fields(p, e, detail);
    }
    put_frames(p, e, process);
    if (p->build.no_memory) {
        pm_wrong(p->fault, PM_NO_MEMORY, off, 0, "%s", "");
        return false;
    }
    if (p->fault->wrong != PM_FINE) {
        return false;
    }
    pm_build_event(&p->build, &p->event);
    return p->handler->event(p->handler->ctx, &p->event);
}
