/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - libbpf and the rings.
 *
 * Which record comes next over all rings is known up to a time before which no record is still
 * being made: each processor says so in its counters (busy).
 */
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "ring.h"

#define RING_TOTAL_KIB 32768u
#define RING_MAX_KIB   8192u
#define RING_MIN_KIB   256u
#define LOOK           "on_look" /* programs that are run from here, and not attached */
#define FLUSH          "on_flush"
#define LONG_NS        1000000u /* a call that takes longer is not waited for */
#define FLUSH_TRIES    100
#define SLACK_NS       50000u /* stores of another processor become visible within this */

extern const unsigned char record_object[];
extern const size_t record_object_len;

struct probe {
    struct bpf_object *object;
    struct ring rings[REC_RINGS];
    uint32_t n_rings;
    uint32_t n_cpus;
    struct rec_cpu *cpus;
    size_t page;
    struct rec_shared *shared;
    struct bpf_link *links[16];
    uint32_t n_links;
    int marks_fd, processes_fd, flush_fd;
    uint64_t watermark;
    bool ended;
};

static bool verbose_output;

__attribute__((format(printf, 2, 0))) static int on_message(enum libbpf_print_level level,
                                                            const char *format, va_list args)
{
    (void)level;
    return verbose_output ? vfprintf(stderr, format, args) : 0;
}

/* ------------------------------------------------------------------ load */

static bool failed(char *why, size_t size, const char *what, int error)
{
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
        (void)snprintf(
            why, size,
            "this kernel has no type information (/sys/kernel/btf/vmlinux): it has to be "
            "built with CONFIG_DEBUG_INFO_BTF");
    } else if (error == EPERM || error == EACCES) {
        (void)snprintf(why, size,
                       "%s: %s: run as root, or with the capabilities CAP_BPF and CAP_PERFMON",
                       what, strerror(error));
    } else if (error == EINVAL || error == ESRCH || error == ENOTSUP || error == ENOSYS) {
        (void)snprintf(why, size, "%s: %s: Linux 5.11 or newer is needed, with BPF tracing", what,
                       strerror(error));
    } else {
        (void)snprintf(why, size, "%s: %s", what, strerror(error));
    }
    return false;
}

/* Where processors share a ring, a record may stand before one whose call began earlier. */
static bool is_joined(const struct probe *p, const struct probe_opts *opts)
{
    return opts->enter && p->n_rings == p->n_cpus;
}

static void choose_programs(struct probe *p, const struct probe_opts *opts)
{
    struct bpf_program *program = bpf_object__find_program_by_name(p->object, "on_signal");

    (void)bpf_program__set_autoload(program, opts->signals);
    program = bpf_object__find_program_by_name(p->object, "on_switch");
    (void)bpf_program__set_autoload(program, opts->switches || is_joined(p, opts));
}

static bool configure(struct probe *p, const struct probe_opts *opts)
{
    struct bpf_map *map = bpf_object__find_map_by_name(p->object, ".rodata");
    struct rec_config config = {
        .snaplen = opts->snaplen,
        .cgroup = opts->cgroup,
        .cgroup_level = opts->cgroup_level,
        .by_cgroup = opts->by_cgroup,
        .by_tgid = opts->by_process,
        .all = opts->all,
        .enter = opts->enter,
        .env = opts->env,
        .switches = opts->switches,
        .joined = is_joined(p, opts),
    };
    size_t size = 0;
    void *at = map != NULL ? (void *)(uintptr_t)bpf_map__initial_value(map, &size) : NULL;

    if (at == NULL || size < sizeof(config)) {
        return false;
    }
    memcpy(config.apart, opts->plans->apart, sizeof(config.apart));
    memcpy(at, &config, sizeof(config));
    map = bpf_object__find_map_by_name(p->object, "scratches");
    (void)bpf_map__set_max_entries(map, p->n_cpus);
    map = bpf_object__find_map_by_name(p->object, "cpus");
    (void)bpf_map__set_max_entries(map, p->n_cpus);
    return true;
}

static int map_fd(const struct probe *p, const char *name)
{
    struct bpf_map *map = bpf_object__find_map_by_name(p->object, name);

    return map != NULL ? bpf_map__fd(map) : -1;
}

static int program_fd(const struct probe *p, const char *name)
{
    return bpf_program__fd(bpf_object__find_program_by_name(p->object, name));
}

static bool fill_plans(struct probe *p, const struct rec_plans *plans)
{
    int fd = map_fd(p, "plans");

    for (uint32_t i = 0; i < 2 * REC_CALLS; i++) {
        const struct rec_plan *plan = &plans->kernel[i];

        if (plan->n > 0 && bpf_map_update_elem(fd, &i, plan, BPF_ANY) != 0) {
            return false;
        }
    }
    fd = map_fd(p, "ia32_calls");
    for (uint32_t i = 0; i < REC_IA32; i++) {
        const struct rec_ia32 *call = &plans->ia32[i];

        if (call->native != 0 && bpf_map_update_elem(fd, &i, call, BPF_ANY) != 0) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ rings */

static bool open_ring(struct probe *p, uint32_t i, uint32_t bytes)
{
    int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "record_ring", 0, 0, bytes, NULL);

    return fd >= 0 && ring_open(&p->rings[i], fd, bytes) &&
           bpf_map_update_elem(map_fd(p, "rings"), &i, &fd, BPF_ANY) == 0;
}

/* The largest power of two. */
static uint32_t ring_kib(const struct probe *p, const struct probe_opts *opts)
{
    uint32_t most = opts->ring_kib != 0 ? opts->ring_kib : RING_TOTAL_KIB / p->n_rings;
    uint32_t kib = RING_MIN_KIB;

    most = opts->ring_kib == 0 && !opts->large && most > RING_MAX_KIB ? RING_MAX_KIB : most;
    while (kib * 2 <= most) {
        kib *= 2;
    }
    return kib;
}

static bool map_shared(struct probe *p)
{
    void *at = mmap(NULL, (p->n_cpus * sizeof(struct rec_cpu) + p->page - 1) & ~(p->page - 1),
                    PROT_READ, MAP_SHARED, map_fd(p, "cpus"), 0);

    if (at == MAP_FAILED) {
        return false;
    }
    p->cpus = at;
    at = mmap(NULL, p->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(p, ".bss"), 0);
    p->shared = at == MAP_FAILED ? NULL : at;
    return p->shared != NULL;
}

/* Whose ids are meant: that of this process's namespace. */
static bool look_around(struct probe *p)
{
    struct bpf_test_run_opts opts = {.sz = sizeof(opts)};

    return bpf_prog_test_run_opts(program_fd(p, LOOK), &opts) == 0 && p->shared->looked != 0;
}

static bool load(struct probe *p, const struct probe_opts *opts, char *why, size_t size)
{
    uint32_t kib = ring_kib(p, opts);
    int rc;

    p->object = bpf_object__open_mem(record_object, record_object_len, NULL);
    if (p->object == NULL || !configure(p, opts)) {
        return failed(why, size, "the BPF program cannot be read", errno);
    }
    choose_programs(p, opts);
    rc = bpf_object__load(p->object);
    if (rc != 0) {
        return failed(why, size, "the BPF program cannot be loaded", -rc);
    }
    p->marks_fd = map_fd(p, "marks");
    p->processes_fd = map_fd(p, "processes");
    p->flush_fd = program_fd(p, FLUSH);
    if (!map_shared(p) || !fill_plans(p, opts->plans)) {
        return failed(why, size, "the BPF maps cannot be used", errno);
    }
    if (!look_around(p)) {
        return failed(why, size, "the BPF program cannot be run", errno);
    }
    for (uint32_t i = 0; i < p->n_rings; i++) {
        if (!open_ring(p, i, kib * 1024)) {
            return failed(why, size, "a ring buffer cannot be made", errno);
        }
    }
    return true;
}

struct probe *probe_open(const struct probe_opts *opts, char *why, size_t size)
{
    struct probe *p = calloc(1, sizeof(*p));
    int n_cpus;

    if (p == NULL) {
        (void)failed(why, size, "no memory", ENOMEM);
        return NULL;
    }
    verbose_output = opts->verbose;
    (void)libbpf_set_print(on_message);
    n_cpus = libbpf_num_possible_cpus();
    p->n_cpus = n_cpus > 0 ? (uint32_t)n_cpus : 1;
    p->n_rings = p->n_cpus < REC_RINGS ? p->n_cpus : REC_RINGS;
    p->page = (size_t)sysconf(_SC_PAGESIZE);
    if (!load(p, opts, why, size)) {
        probe_free(p);
        return NULL;
    }
    return p;
}

bool probe_attach(struct probe *p, char *why, size_t size)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, p->object)
    {
        struct bpf_link *link;

        if (!bpf_program__autoload(program) || p->n_links == 16 ||
            bpf_program__fd(program) == p->flush_fd ||
            strcmp(bpf_program__name(program), LOOK) == 0) {
            continue;
        }
        link = bpf_program__attach(program);
        if (link == NULL) {
            return failed(why, size, "the BPF program cannot be attached", errno);
        }
        p->links[p->n_links++] = link;
    }
    return true;
}

/* The call under way on a processor: its beginning becomes a record now. A program of the kernel
 * part that runs there at this very moment comes first. */
static void flush(const struct probe *p, uint32_t cpu)
{
    struct bpf_test_run_opts opts = {
        .sz = sizeof(opts), .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu};

    for (int i = 0; i < FLUSH_TRIES; i++) {
        opts.retval = 0;
        if (bpf_prog_test_run_opts(p->flush_fd, &opts) != 0 || opts.retval == 0) {
            return;
        }
    }
}

/* on_enter() is the first of the programs, on_switch() the last: in between no call is left of
 * which only the end would be missing. */
void probe_detach(struct probe *p)
{
    for (uint32_t i = 0; i < p->n_links; i++) {
        (void)bpf_link__destroy(p->links[i]);
        for (uint32_t cpu = 0; i == 0 && cpu < p->n_cpus; cpu++) {
            flush(p, cpu);
        }
    }
    p->n_links = 0;
    p->ended = true;
}

/* ------------------------------------------------------------------ scope */

bool probe_mark(struct probe *p, int pidfd)
{
    const struct rec_mark_state mark = {.flags = REC_MARK_PENDING};

    if (bpf_map_update_elem(p->marks_fd, &pidfd, &mark, BPF_ANY) != 0) {
        return false;
    }
    __atomic_add_fetch(&p->shared->alive, 1, __ATOMIC_SEQ_CST);
    return true;
}

bool probe_process(struct probe *p, uint32_t pid)
{
    const uint32_t named = REC_N_RECORD;

    return bpf_map_update_elem(p->processes_fd, &pid, &named, BPF_ANY) == 0;
}

bool probe_never(struct probe *p, uint32_t pid)
{
    const uint32_t named = REC_N_NEVER;

    return bpf_map_update_elem(p->processes_fd, &pid, &named, BPF_ANY) == 0;
}

int64_t probe_alive(const struct probe *p)
{
    return __atomic_load_n(&p->shared->alive, __ATOMIC_SEQ_CST);
}

/* ------------------------------------------------------------------ reading */

uint64_t probe_look(struct probe *p)
{
    uint64_t now = (uint64_t)clock_ns(CLOCK_BOOTTIME);
    uint64_t until = now - SLACK_NS;

    if (p->ended) {
        p->watermark = UINT64_MAX;
        return p->watermark;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < p->n_cpus; i++) {
        uint64_t busy = __atomic_load_n(&p->cpus[i].busy, __ATOMIC_ACQUIRE);

        if (busy == 1) { /* its time is not known yet */
            until = p->watermark;
        } else if (busy != 0 && busy < until) {
            until = busy;
            if (now - busy > LONG_NS) {
                flush(p, i); /* for the next look */
            }
        }
    }
    p->watermark = until > p->watermark ? until : p->watermark;
    return p->watermark;
}

bool probe_next(struct probe *p, struct rec_view *view)
{
    struct ring *best = NULL;

    for (uint32_t i = 0; i < p->n_rings; i++) {
        struct ring *r = &p->rings[i];

        if (ring_peek(r) && (best == NULL || r->ts < best->ts)) {
            best = r;
        }
    }
    if (best == NULL || best->ts >= p->watermark) {
        return false;
    }
    *view = ring_take(best);
    return true;
}

void probe_release(struct probe *p)
{
    for (uint32_t i = 0; i < p->n_rings; i++) {
        ring_release(&p->rings[i]);
    }
}

unsigned probe_fill(const struct probe *p)
{
    unsigned most = 0;

    for (uint32_t i = 0; i < p->n_rings; i++) {
        unsigned fill = ring_fill(&p->rings[i]);

        most = fill > most ? fill : most;
    }
    return most;
}

/* ------------------------------------------------------------------ counters */

bool probe_cpu(const struct probe *p, uint32_t i, struct rec_cpu *cpu)
{
    if (i >= p->n_cpus) {
        return false;
    }
    memcpy(cpu, &p->cpus[i], sizeof(*cpu));
    return true;
}

static uint64_t missed_runs(const struct probe *p)
{
    struct bpf_program *program;
    uint64_t missed = 0;

    bpf_object__for_each_program(program, p->object)
    {
        struct bpf_prog_info info = {0};
        uint32_t size = sizeof(info);
        int fd = bpf_program__fd(program);

        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0) {
            missed += info.recursion_misses;
        }
    }
    return missed;
}

void probe_totals(const struct probe *p, struct probe_totals *totals)
{
    struct rec_cpu cpu;

    *totals = (struct probe_totals){.missed = missed_runs(p)};
    for (uint32_t i = 0; probe_cpu(p, i, &cpu); i++) {
        totals->seen += cpu.seen;
        totals->written += cpu.written;
        totals->full += cpu.full;
        totals->stateless += cpu.stateless;
        totals->children += cpu.children;
        totals->faults += cpu.faults;
        totals->cut += cpu.cut;
        totals->no_room += cpu.no_room;
    }
}

void probe_free(struct probe *p)
{
    if (p == NULL) {
        return;
    }
    probe_detach(p);
    for (uint32_t i = 0; i < p->n_rings; i++) {
        ring_close(&p->rings[i]);
    }
    if (p->cpus != NULL) {
        (void)munmap(p->cpus, (p->n_cpus * sizeof(struct rec_cpu) + p->page - 1) & ~(p->page - 1));
    }
    if (p->shared != NULL) {
        (void)munmap(p->shared, p->page);
    }
    bpf_object__close(p->object);
    free(p);
}
