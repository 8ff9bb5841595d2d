/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_procs.c - processes and threads. Procmon numbers processes itself (ProcessIndex), so that a
 * PID that is used twice is told apart; where the index is not there, the PID has to do. Windows
 * has no main thread: one with the number of the process stands for all that is not said of a
 * thread in particular. PIDs and TIDs come from one pool.
 */
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"
#include "synth_mem.h"

#define CLONE_EXIT 223
#define PID_MAX    UINT32_MAX
#define BY_PID     (1ull << 40)
#define BY_NAME    (1ull << 41)
#define INVENTED   0x40000000
#define FIRST_UID  1000u
#define PROCS_MAX  (1u << 22)

/* ------------------------------------------------------------------ what is known of them */

static struct pm_proc *proc_new(struct pm_conv *c, uint64_t key)
{
    struct pm_proc *proc;

    if (c->n_all == c->cap_all) {
        uint32_t cap = c->cap_all == 0 ? 64 : c->cap_all * 2;
        struct pm_proc **all =
            cap <= PROCS_MAX ? synth_resize(&c->s, c->all, cap * sizeof(struct pm_proc *)) : NULL;

        if (all == NULL) {
            c->s.failed = true;
            return NULL;
        }
        c->all = all;
        c->cap_all = cap;
    }
    proc = synth_calloc(&c->s, 1, sizeof(*proc));
    if (proc == NULL || !pm_index_put(c, &c->procs, key, (uint64_t)(uintptr_t)proc)) {
        synth_free(&c->s, proc);
        return NULL;
    }
    c->all[c->n_all++] = proc;
    proc->key = key;
    proc->pid = -1;
    proc->ppid = -1;
    proc->uid = SYNTH_NO_ID;
    proc->next_fd = 3;
    return proc;
}

static struct pm_proc *proc_find(const struct pm_conv *c, uint64_t key)
{
    return (struct pm_proc *)(uintptr_t)pm_index_get(&c->procs, key);
}

static struct pm_proc *owner_of(const struct pm_conv *c, int64_t pid)
{
    return (struct pm_proc *)(uintptr_t)pm_index_get(&c->owners, (uint64_t)pid + 1);
}

/* Users go by their name; SYSTEM is who it is by its authentication id, whatever it is called. */
static void set_user(struct pm_conv *c, struct pm_proc *proc, struct pm_text name,
                     struct pm_text auth)
{
    bool system = pm_is(auth, "00000000:000003e7") || pm_is(name, "NT AUTHORITY\\SYSTEM");
    uint32_t uid = system ? 0 : c->next_uid;
    uint32_t got;

    if (name.len == 0 || proc->uid != SYNTH_NO_ID) {
        return;
    }
    got = synth_user(&c->s, name.at, name.len, uid);
    c->next_uid += !system && got == uid;
    proc->uid = got;
    (void)synth_set(&c->s, &proc->owner, name.at, name.len);
}

static void set_once(struct pm_conv *c, struct synth_text *to, struct pm_text text)
{
    if (to->len == 0 && text.len > 0) {
        (void)synth_set(&c->s, to, text.at, text.len);
    }
}

/* What the columns of an event tell of its process. */
static void learn(struct pm_conv *c, struct pm_proc *proc)
{
    const struct pm_event *event = c->event;
    uint64_t ppid;

    if (proc->listed || proc->met) {
        return;
    }
    set_once(c, &proc->name, pm_col(event, PM_PROCESS));
    set_once(c, &proc->image, pm_col(event, PM_IMAGE));
    set_once(c, &proc->command, pm_col(event, PM_COMMAND));
    set_user(c, proc, pm_col(event, PM_USER), pm_col(event, PM_AUTH));
    if (proc->ppid < 0 && pm_decimal(pm_col(event, PM_PPID), PID_MAX, &ppid)) {
        proc->ppid = (int64_t)ppid;
    }
}

struct pm_proc *pm_proc_of(struct pm_conv *c)
{
    const struct pm_event *event = c->event;
    struct pm_text name = pm_col(event, PM_PROCESS);
    uint64_t pid = event->pid;
    uint64_t index = event->process;
    bool has_pid = event->exact ? event->has_pid : pm_decimal(pm_col(event, PM_PID), PID_MAX, &pid);
    bool has_index = event->exact || pm_decimal(pm_col(event, PM_INDEX), PID_MAX, &index);
    uint64_t key = has_index ? index + 1
                   : has_pid ? BY_PID + pid
                             : BY_NAME | pm_hash(0, name.at, name.len) >> 20;
    struct pm_proc *proc = c->proc; /* often that of the event before */

    if (proc == NULL || proc->key != key) {
        proc = proc_find(c, key);
        proc = proc != NULL ? proc : proc_new(c, key);
    }
    if (proc == NULL) {
        return NULL;
    }
    if (proc->pid < 0) {
        proc->pid = has_pid ? (int64_t)pid : (int64_t)(INVENTED + c->invented++);
    }
    c->verdict.no_pid += !has_pid && !proc->listed;
    learn(c, proc);
    return proc;
}

struct pm_text pm_process_leaf(const struct pm_process *process, const char *name)
{
    for (uint32_t i = 0; i < process->n_fields; i++) {
        if (pm_is(process->fields[i].name, name)) {
            return process->fields[i].text;
        }
    }
    return (struct pm_text){NULL, 0};
}

static void list_modules(struct pm_conv *c, const struct pm_process *process)
{
    uint32_t last = UINT32_MAX;

    for (uint32_t i = 0; i < process->n_modules; i++) {
        const struct pm_field *field = &process->modules[i];
        uint64_t time;

        c->verdict.modules += field->group != last;
        last = field->group;
        if (pm_is(field->name, "Timestamp") && pm_decimal(field->text, INT64_MAX, &time)) {
            pm_when_module(c->when, time);
        }
    }
}

bool pm_proc_listed(struct pm_conv *c, const struct pm_process *process)
{
    uint64_t index;
    uint64_t pid;
    uint64_t ppid;
    struct pm_proc *proc;

    c->verdict.processes++;
    list_modules(c, process);
    if (!pm_decimal(pm_process_leaf(process, "ProcessIndex"), PID_MAX, &index) ||
        !pm_decimal(pm_process_leaf(process, "ProcessId"), PID_MAX, &pid)) {
        pm_note_process(c, NULL, process);
        return !c->s.failed;
    }
    proc = proc_find(c, index + 1);
    proc = proc != NULL ? proc : proc_new(c, index + 1);
    if (proc == NULL) {
        return false;
    }
    if (!proc->listed) {
        proc->listed = true;
        proc->pid = proc->met ? proc->pid : (int64_t)pid;
        proc->ppid =
            pm_decimal(pm_process_leaf(process, "ParentProcessId"), PID_MAX, &ppid) && ppid != pid
                ? (int64_t)ppid
                : -1;
        (void)pm_decimal(pm_process_leaf(process, "CreateTime"), INT64_MAX, &proc->create);
        (void)pm_decimal(pm_process_leaf(process, "FinishTime"), INT64_MAX, &proc->finish);
        set_once(c, &proc->name, pm_process_leaf(process, "ProcessName"));
        set_once(c, &proc->image, pm_process_leaf(process, "ImagePath"));
        set_once(c, &proc->command, pm_process_leaf(process, "CommandLine"));
        set_user(c, proc, pm_process_leaf(process, "Owner"),
                 pm_process_leaf(process, "AuthenticationId"));
    }
    pm_note_process(c, proc, process);
    return !c->s.failed;
}

/* ------------------------------------------------------------------ into the tables */

/* Arguments behind the program, each with its NUL [Windows: CommandLineToArgvW]. */
static void split_command(struct pm_conv *c, struct synth_text *to, const struct synth_text *line)
{
    size_t n = 0;
    size_t at = 0;
    unsigned word = 0;

    to->len = 0;
    if (!pm_room(c, to, (size_t)line->len + 2)) {
        return;
    }
    while (at < line->len) {
        bool quoted = false;
        size_t begin = n;

        while (at < line->len && (line->at[at] == ' ' || line->at[at] == '\t')) {
            at++;
        }
        if (at == line->len) {
            break;
        }
        for (; at < line->len && (quoted || (line->at[at] != ' ' && line->at[at] != '\t')); at++) {
            size_t slashes = 0;

            while (word > 0 && at < line->len && line->at[at] == '\\') {
                slashes++;
                at++;
            }
            if (at < line->len && line->at[at] == '"') {
                memset(to->at + n, '\\', slashes / 2);
                n += slashes / 2;
                if (slashes % 2 == 1) {
                    to->at[n++] = '"';
                } else {
                    quoted = !quoted;
                }
                continue;
            }
            memset(to->at + n, '\\', slashes);
            n += slashes;
            if (at == line->len || (!quoted && (line->at[at] == ' ' || line->at[at] == '\t'))) {
                break;
            }
            to->at[n++] = line->at[at];
        }
        if (word++ == 0) {
            n = begin; /* the program itself */
        } else {
            to->at[n++] = '\0';
        }
    }
    to->len = (uint32_t)n;
}

/* What is known of a process becomes what the synth knows. */
static void fill(struct pm_conv *c, const struct pm_proc *proc, struct synth_proc *to)
{
    struct pm_text image = {proc->image.at, proc->image.len};

    (void)synth_set(&c->s, &to->name, proc->name.at, proc->name.len);
    (void)pm_fds_path(c, image, &to->exepath);
    if (proc->image.len == 0) {
        to->exepath.len = 0;
        (void)synth_set(&c->s, &to->exe, proc->name.at, proc->name.len);
    } else {
        (void)synth_set(&c->s, &to->exe, to->exepath.at, to->exepath.len);
    }
    split_command(c, &to->args, &proc->command);
    to->uid = proc->uid;
    to->ptid = proc->ppid >= 0 ? proc->ppid : 0;
}

static void fill_thread(struct pm_conv *c, const struct pm_proc *proc, struct synth_thread *thread)
{
    size_t n = proc->name.len < sizeof(thread->comm) - 1 ? proc->name.len : 15;
    struct synth_stranger *stranger = thread->stranger < c->s.n_strangers && !c->s.second
                                          ? &c->s.strangers[thread->stranger]
                                          : NULL;

    if (n > 0) {
        memcpy(thread->comm, proc->name.at, n);
    }
    if (stranger != NULL) {
        memcpy(stranger->comm, thread->comm, sizeof(stranger->comm));
        if (stranger->first != NULL) {
            fill(c, proc, stranger->first);
        }
    }
}

/* ------------------------------------------------------------------ threads */

static bool was_seen(const struct pm_conv *c, int64_t tid)
{
    return pm_index_get(&c->seen, (uint64_t)tid + 1) != 0;
}

static void see(struct pm_conv *c, int64_t tid)
{
    (void)pm_index_put(c, &c->seen, (uint64_t)tid + 1, 1);
}

static void add_tid(struct pm_conv *c, struct pm_proc *proc, int64_t tid)
{
    if (proc->n_tids == proc->cap_tids) {
        uint32_t cap = proc->cap_tids == 0 ? 8 : proc->cap_tids * 2;
        uint32_t *tids = synth_resize(&c->s, proc->tids, cap * sizeof(*tids));

        if (tids == NULL) {
            return;
        }
        proc->tids = tids;
        proc->cap_tids = cap;
    }
    proc->tids[proc->n_tids++] = (uint32_t)tid;
}

static void end_thread(struct pm_conv *c, int64_t tid, const struct synth_proc *of)
{
    struct synth_thread *thread = synth_find(&c->s, tid);

    if (thread != NULL && (of == NULL || thread->proc == of)) {
        synth_end_thread(&c->s, thread);
    }
}

void pm_proc_end(struct pm_conv *c, struct pm_proc *proc)
{
    struct synth_thread *main = synth_find(&c->s, proc->pid);
    const struct synth_proc *of = main != NULL ? main->proc : NULL;

    for (uint32_t i = 0; of != NULL && i < proc->n_tids; i++) {
        if ((int64_t)proc->tids[i] != proc->pid) {
            end_thread(c, proc->tids[i], of);
        }
    }
    end_thread(c, proc->pid, NULL);
    proc->n_tids = 0;
    proc->met = false;
    if (owner_of(c, proc->pid) == proc) {
        (void)pm_index_put(c, &c->owners, (uint64_t)proc->pid + 1, 0);
    }
    if (proc->key >= BY_PID) { /* the next one with this PID is another process */
        proc->name.len = 0;
        proc->image.len = 0;
        proc->command.len = 0;
        proc->owner.len = 0;
        proc->uid = SYNTH_NO_ID;
        proc->ppid = -1;
        proc->next_fd = 3;
        synth_free(&c->s, proc->handles.slots);
        proc->handles = (struct pm_handles){0};
    }
}

/* What the child sees of its start: clone() that returns 0. */
static void tell_start(struct pm_conv *c, const struct synth_thread *child, uint32_t flags)
{
    const struct scapf_event_info *event = scapf_schema_event(c->schema, CLONE_EXIT);
    const struct scapf_pm_row *create = pm_map_operation(c, (struct pm_text){"Process Create", 14});
    struct pm_rec *rec = pm_rec_new(c, CLONE_EXIT, child->tid);
    const struct scapf_pm_row *row = c->row;
    const struct synth_thread *about = c->about;
    const struct scapf_pm_result *result = c->result_row;
    static const struct scapf_pm_result done = {"", 0, 0, SCAPF_PM_AT_END};
    bool failed = c->failed;

    if (rec == NULL || event == NULL || create == NULL || create->exit != CLONE_EXIT) {
        pm_rec_free(c, rec);
        return;
    }
    c->row = create;
    c->about = child;
    c->start_flags = flags;
    c->failed = false;
    c->result_row = &done; /* it returns 0 */
    pm_params(c, rec, event, create->exit_from, create->n_exit);
    c->result_row = result;
    c->failed = failed;
    c->row = row;
    c->about = about;
    pm_emit_before(c, rec);
}

struct synth_thread *pm_proc_main(struct pm_conv *c, struct pm_proc *proc)
{
    const struct synth_stranger *started_by;
    struct synth_thread *thread = synth_find(&c->s, proc->pid);
    struct pm_proc *owner;
    bool created;

    if (proc->met && thread != NULL) {
        return thread;
    }
    owner = owner_of(c, proc->pid);
    if (owner != NULL && owner != proc) {
        c->verdict.reused_pids++;
        pm_proc_end(c, owner);
        thread = NULL;
    }
    created = thread != NULL && thread->stranger == UINT32_MAX && thread->proc->pid == proc->pid;
    if (thread != NULL && !created) {
        synth_end_thread(&c->s, thread);
        thread = NULL;
    }
    proc->stranger =
        thread == NULL && !was_seen(c, proc->pid) &&
        !(c->row != NULL && c->row->does != NULL && strcmp(c->row->does, "start") == 0);
    if (thread == NULL) {
        thread = proc->stranger ? synth_thread(&c->s, proc->pid, &started_by)
                                : synth_born(&c->s, proc->pid);
    }
    if (thread == NULL) {
        c->s.failed = true;
        return NULL;
    }
    proc->met = true;
    see(c, proc->pid);
    (void)pm_index_put(c, &c->owners, (uint64_t)proc->pid + 1, (uint64_t)(uintptr_t)proc);
    fill(c, proc, thread->proc);
    fill_thread(c, proc, thread);
    if (!proc->stranger) {
        c->verdict.implied_starts += !created;
        tell_start(c, thread, 0);
    }
    return thread;
}

static struct synth_thread *remember(struct pm_conv *c, const struct pm_proc *proc,
                                     struct synth_thread *thread)
{
    c->last = (struct pm_last){proc, thread->tid, c->s.turns, thread};
    return thread;
}

struct synth_thread *pm_proc_thread(struct pm_conv *c, struct pm_proc *proc, int64_t tid)
{
    const struct pm_last *last = &c->last;
    const struct synth_stranger *started_by;
    struct synth_thread *main;
    struct synth_thread *thread;

    if (last->proc == proc && last->tid == tid && last->turns == c->s.turns) {
        return last->thread;
    }
    main = pm_proc_main(c, proc);
    if (main == NULL || tid == proc->pid) {
        return main != NULL ? remember(c, proc, main) : NULL;
    }
    thread = synth_find(&c->s, tid);
    if (thread != NULL && thread->proc == main->proc) {
        return remember(c, proc, thread);
    }
    if (thread != NULL && c->row != NULL && c->row->cls == SCAPF_PM_PROCESS) {
        return main; /* a thread of the parent starts a process and its first thread */
    }
    if (thread != NULL) { /* its end was not seen */
        struct pm_proc *owner = owner_of(c, tid);

        if (owner != NULL && owner->met) {
            pm_proc_end(c, owner);
        } else {
            synth_end_thread(&c->s, thread);
        }
    }
    if (proc->stranger && !was_seen(c, tid)) {
        thread = synth_thread(&c->s, tid, &started_by);
        if (thread != NULL) {
            synth_belongs(&c->s, thread, proc->pid);
            fill_thread(c, proc, thread);
        }
    } else {
        thread = synth_start(&c->s, main, tid, PM_CLONE_THREAD, NULL, true);
        if (thread != NULL) {
            c->verdict.implied_starts++;
            tell_start(c, thread, PM_CLONE_THREAD);
        }
    }
    if (thread == NULL) {
        c->s.failed = true;
        return NULL;
    }
    c->verdict.threads++;
    see(c, tid);
    add_tid(c, proc, tid);
    return thread;
}

/* ------------------------------------------------------------------ what operations do */

static int64_t number_of(const struct pm_conv *c, const char *key)
{
    struct pm_text text;
    uint64_t value;

    return pm_detail(c->row, pm_col(c->event, PM_DETAIL), key, &text) &&
                   pm_decimal(text, PID_MAX, &value)
               ? (int64_t)value
               : -1;
}

/* Process Create, seen by the parent: the child lives from here on. */
void pm_proc_create(struct pm_conv *c)
{
    int64_t pid = number_of(c, "PID");
    struct pm_proc *owner = pid >= 0 ? owner_of(c, pid) : NULL;
    struct synth_thread *old = pid >= 0 ? synth_find(&c->s, pid) : NULL;

    if (pid < 0 || c->failed) {
        return;
    }
    if (owner != NULL) {
        c->verdict.reused_pids++;
        pm_proc_end(c, owner);
    } else if (old != NULL && old != c->thread) {
        synth_end_thread(&c->s, old);
    }
    (void)synth_start(&c->s, c->thread, pid, 0, NULL, true);
    see(c, pid);
}

/* Process Start, the first event of a process: what it runs and where. */
void pm_proc_start(struct pm_conv *c)
{
    struct synth_proc *proc = c->thread->proc;
    struct pm_text text;
    int64_t ppid = number_of(c, "Parent PID");

    if (ppid >= 0) {
        proc->ptid = ppid;
    }
    if (pm_detail(c->row, pm_col(c->event, PM_DETAIL), "Current directory", &text)) {
        while (text.len > 3 && text.at[text.len - 1] == '\\') {
            text.len--;
        }
        (void)pm_fds_path(c, text, &proc->cwd);
    }
    if (proc->args.len == 0 &&
        pm_detail(c->row, pm_col(c->event, PM_DETAIL), "Command line", &text) &&
        synth_set(&c->s, &c->proc->command, text.at, text.len)) {
        split_command(c, &proc->args, &c->proc->command);
    }
    pm_when_match(c->when, c->ns, c->proc->create);
}

void pm_proc_thread_create(struct pm_conv *c)
{
    int64_t tid = number_of(c, "Thread ID");
    struct synth_thread *main = pm_proc_main(c, c->proc);
    struct synth_thread *old = tid >= 0 ? synth_find(&c->s, tid) : NULL;
    struct synth_thread *thread;

    if (tid < 0 || c->failed || main == NULL || tid == c->proc->pid || old == c->thread) {
        return;
    }
    if (old != NULL) {
        synth_end_thread(&c->s, old);
    }
    thread = synth_start(&c->s, main, tid, PM_CLONE_THREAD, NULL, true);
    if (thread != NULL) {
        tell_start(c, thread, PM_CLONE_THREAD);
        c->verdict.threads++;
        see(c, tid);
        add_tid(c, c->proc, tid);
    }
}

/* ------------------------------------------------------------------ the end */

void pm_proc_rest(struct pm_conv *c)
{
    const struct synth_stranger *started_by;

    for (uint32_t i = 0; i < c->n_all && !c->s.failed; i++) {
        struct pm_proc *proc = c->all[i];
        struct synth_thread *thread;
        int64_t begun = 0;

        if (!proc->listed || was_seen(c, proc->pid) ||
            (c->spooled && pm_filetime(proc->create, &begun) &&
             begun > pm_when_local(c->when, c->first_ns) + c->when->shift_ns)) {
            continue;
        }
        thread = synth_thread(&c->s, proc->pid, &started_by);
        if (thread != NULL) {
            see(c, proc->pid);
            fill_thread(c, proc, thread);
        }
    }
}

void pm_procs_free(struct pm_conv *c)
{
    for (uint32_t i = 0; i < c->n_all; i++) {
        struct pm_proc *proc = c->all[i];
        struct synth_text *texts[] = {&proc->name, &proc->image, &proc->command, &proc->owner};

        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            synth_text_drop(&c->s, texts[k]);
        }
        synth_free(&c->s, proc->handles.slots);
        synth_free(&c->s, proc->tids);
        synth_free(&c->s, proc);
    }
    synth_free(&c->s, c->all);
}
