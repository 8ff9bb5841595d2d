/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that are printed in two parts: what has begun is kept by pid until it is resumed.
 *
 * The seams changed with the versions: before 5.0 "(1,  <unfinished" and "resumed> [...", from 5.0
 * "resumed>[...", from 6.16 "(1 <unfinished" and "resumed>, [..." [strace 7f68bb4fe, d3edad58e].
 * Joined is: the first part up to " <unfinished", and what follows "resumed>".
 */
#include "strace_impl.h"

/* What may be remembered: more calls than this are not under way at once in any real log. */
#define MAX_PENDING 65536
#define MAX_BYTES   ((size_t)64 << 20)
/* Buffers of calls that have returned are used again, unless they are big. */
#define KEEP_BYTES 4096

/* ------------------------------------------------------------------ the table */

static uint32_t slot_of(const struct pending_table *t, int64_t pid)
{
    uint64_t h = (uint64_t)pid * UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(h >> 32) & (t->hash_cap - 1);
}

static bool table_grow(struct strace_set *set)
{
    struct pending_table *t = &set->pending;
    uint32_t n = t->n_slots == 0 ? 16 : t->n_slots * 2;
    struct pending *slots;
    uint32_t *hash;

    if (n > MAX_PENDING) {
        return false;
    }
    slots = set_resize(set, t->slots, n * sizeof(*slots));
    if (slots == NULL) {
        set->lex.no_memory = true; /* ends the reading */
        return false;
    }
    t->slots = slots;
    hash = set_resize(set, t->hash, (size_t)n * 2 * sizeof(*hash));
    if (hash == NULL) {
        set->lex.no_memory = true;
        return false;
    }
    t->hash = hash;
    t->hash_cap = n * 2;
    memset(t->slots + t->n_slots, 0, (n - t->n_slots) * sizeof(*slots));
    for (uint32_t i = n; i > t->n_slots; i--) {
        slots[i - 1].next_free = t->free;
        t->free = i;
    }
    t->n_slots = n;
    memset(hash, 0, (size_t)t->hash_cap * sizeof(*hash));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = slot_of(t, slots[i].pid);

        if (!slots[i].used) {
            continue;
        }
        while (hash[at] != 0) {
            at = (at + 1) & (t->hash_cap - 1);
        }
        hash[at] = i + 1;
    }
    return true;
}

/* Where in the hash a pid is; hash_cap when it is not there. */
static uint32_t find_hash(const struct pending_table *t, int64_t pid)
{
    uint32_t at;

    if (t->used == 0) {
        return t->hash_cap;
    }
    for (at = slot_of(t, pid); t->hash[at] != 0; at = (at + 1) & (t->hash_cap - 1)) {
        if (t->slots[t->hash[at] - 1].pid == pid) {
            return at;
        }
    }
    return t->hash_cap;
}

static struct pending *find(struct strace_set *set, int64_t pid)
{
    struct pending_table *t = &set->pending;
    uint32_t at = find_hash(t, pid);

    return at == t->hash_cap ? NULL : &t->slots[t->hash[at] - 1];
}

static void drop(struct strace_set *set, struct pending *p)
{
    struct pending_table *t = &set->pending;
    uint32_t mask = t->hash_cap - 1;
    uint32_t hole = find_hash(t, p->pid);

    /* close the gap: entries that were pushed behind it move up */
    for (uint32_t at = (hole + 1) & mask; t->hash[at] != 0; at = (at + 1) & mask) {
        uint32_t home = slot_of(t, t->slots[t->hash[at] - 1].pid);

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            t->hash[hole] = t->hash[at];
            hole = at;
        }
    }
    t->hash[hole] = 0;
    t->used--;
    t->bytes -= p->text.len;
    p->used = false;
    p->text.len = 0;
    if (p->text.cap > KEEP_BYTES) {
        buf_free(set, &p->text);
    }
    p->next_free = t->free;
    t->free = (uint32_t)(p - t->slots) + 1;
}

/* A new entry for a pid; NULL when there is no room: the call will lack its beginning. */
static struct pending *put(struct strace_set *set, int64_t pid)
{
    struct pending_table *t = &set->pending;
    struct pending *p = find(set, pid);
    uint32_t at;

    if (p != NULL) {
        set->report.never_resumed++;
        drop(set, p);
    }
    if (t->bytes > MAX_BYTES || (t->free == 0 && !table_grow(set))) {
        return NULL;
    }
    p = &t->slots[t->free - 1];
    t->free = p->next_free;
    p->pid = pid;
    p->used = true;
    t->used++;
    for (at = slot_of(t, pid); t->hash[at] != 0; at = (at + 1) & (t->hash_cap - 1)) {
    }
    t->hash[at] = (uint32_t)(p - t->slots) + 1;
    return p;
}

void join_free(struct strace_set *set)
{
    for (uint32_t i = 0; i < set->pending.n_slots; i++) {
        buf_free(set, &set->pending.slots[i].text);
    }
    if (set->pending.slots != NULL) {
        (void)set_resize(set, set->pending.slots, 0);
    }
    if (set->pending.hash != NULL) {
        (void)set_resize(set, set->pending.hash, 0);
    }
    set->pending = (struct pending_table){0};
}

/* ------------------------------------------------------------------ execve by a thread */

void join_alias(struct strace_set *set, int64_t pid, int64_t from)
{
    uint32_t max = sizeof(set->aliases) / sizeof(set->aliases[0]);

    if (set->n_aliases == max) {
        memmove(set->aliases, set->aliases + 1, (max - 1) * sizeof(set->aliases[0]));
        set->n_aliases--;
    }
    set->aliases[set->n_aliases++] = (struct alias){pid, from};
}

static bool same_name(const struct pending *p, const char *name, size_t len)
{
    return p->item.name.len == len && memcmp(p->text.p + p->item.name.off, name, len) == 0;
}

/* The execve of another thread that returns here; NULL when there is none. */
static struct pending *find_alias(struct strace_set *set, int64_t pid)
{
    for (uint32_t i = set->n_aliases; i > 0; i--) {
        if (set->aliases[i - 1].pid == pid) {
            int64_t from = set->aliases[i - 1].from;

            set->n_aliases--;
            memmove(set->aliases + i - 1, set->aliases + i,
                    (set->n_aliases - (i - 1)) * sizeof(set->aliases[0]));
            return find(set, from);
        }
    }
    return NULL;
}

/* The only call of this name that is under way; NULL when there are none or several. */
static struct pending *find_only(struct strace_set *set, const char *name, size_t len)
{
    struct pending *only = NULL;

    /* only in small tables: this must not cost more than the line */
    for (uint32_t i = 0; i < set->pending.n_slots && set->pending.n_slots <= 1024; i++) {
        struct pending *p = &set->pending.slots[i];

        if (p->used && same_name(p, name, len)) {
            if (only != NULL) {
                return NULL;
            }
            only = p;
        }
    }
    return only;
}

/*
 * The beginning of a call that is resumed under pid. On stderr the pid is printed only while there
 * are several processes, so the two lines may differ in having one.
 */
static struct pending *find_begin(struct strace_set *set, int64_t pid, const char *name, size_t len)
{
    bool execve = len >= 6 && memcmp(name, "execve", 6) == 0;
    struct pending *p = find(set, pid);

    if (p != NULL && same_name(p, name, len)) {
        return p;
    }
    p = execve ? find_alias(set, pid) : NULL;
    if (p == NULL && pid >= 0) {
        p = find(set, -1);
        p = p != NULL && same_name(p, name, len) ? p : NULL;
        if (p != NULL && set->report.first_pid < 0) {
            set->report.first_pid = pid;
        }
    }
    if (p == NULL && (pid < 0 || execve)) {
        p = find_only(set, name, len);
        if (p != NULL && pid < 0 && set->report.first_pid < 0) {
            set->report.first_pid = p->pid; /* the others have ended meanwhile */
        }
    }
    return p != NULL && same_name(p, name, len) ? p : NULL;
}

/* ------------------------------------------------------------------ begin and resume */

/* <pid changed to N ...>: with -ff the rest comes in the file of N. */
static void pid_changed(struct strace_set *set, const char *p)
{
    struct strace_node number = {0};

    p += 16;
    if (lex_number(&p, &number) && number.value <= INT64_MAX) {
        join_alias(set, (int64_t)number.value, set->item.pid);
    }
}

void join_begin(struct strace_set *set)
{
    struct strace_item *it = &set->item;
    const char *tail = it->text + set->lex.at;
    uint32_t len = set->lex.at;
    struct pending *p;

    if (it->detached) {
        return;
    }
    if (lex_starts(tail, "<pid changed to ")) {
        pid_changed(set, tail);
    }
    len -= len > 0 && it->text[len - 1] == ' ';
    p = put(set, it->pid);
    if (p == NULL) {
        return;
    }
    if (!buf_put(set, &p->text, it->text, len)) {
        drop(set, p);
        return;
    }
    set->pending.bytes += len;
    p->item = *it;
    set->begun_pid = it->pid;
}

/* Take over from the beginning what the line of the return does not have. */
static void from_begin(struct strace_item *it, const struct strace_item *begin)
{
    it->body = begin->body;
    it->name = begin->name;
    it->comm = begin->comm;
    it->context = begin->context;
    it->begin_line = begin->begin_line != 0 ? begin->begin_line : begin->line;
    it->begin_off = begin->begin_line != 0 ? begin->begin_off : begin->off;
    it->begin_len = begin->begin_line != 0 ? begin->begin_len : begin->len;
    it->begin_pid = begin->pid;
    it->number_n = begin->number_n;
    it->has_ip = begin->has_ip;
    it->ip = begin->ip;
    it->noisy = begin->noisy;
    if (it->pid < 0) {
        it->pid = begin->pid;
    }
    it->has_exit_time = it->has_time;
    it->exit_ns = it->enter_ns;
    it->has_time = begin->has_time;
    it->enter_ns = begin->enter_ns;
}

/* What follows "resumed>", and what its first bytes say about the version. */
static const char *seam(struct strace_set *set, const char *rest)
{
    /* the thread died inside of the call [strace src/strace.c, print_event_exit] */
    if (lex_starts(rest, " <unfinished ...>) = ?")) {
        return rest + 17;
    }
    if (*rest == ')') {
        detect_at_least(&set->report, 500);
    } else if (lex_starts(rest, ", ")) {
        detect_at_least(&set->report, 616);
    } else if (*rest == ' ' && !lex_starts(rest, " =>")) {
        detect_below(&set->report, 500);
        return rest + 1;
    }
    return rest;
}

static void orphan(struct strace_set *set, const char *name, uint32_t len, const char *rest)
{
    struct strace_item *it = &set->item;

    it->orphan = true;
    it->name.off = (uint32_t)(name - it->text);
    it->name.len = len;
    it->has_exit_time = it->has_time;
    it->exit_ns = it->enter_ns;
    it->has_time = false;
    set->report.orphans++;
    if (!line_call_rest(set, (uint32_t)(rest - it->text)) || it->kind != STRACE_CALL) {
        it->kind = STRACE_UNREAD;
    }
}

/* The item becomes the call that began in p and goes on with rest; false when they make none. */
static bool whole(struct strace_set *set, const struct pending *p, const char *rest)
{
    struct strace_item *it = &set->item;
    struct text_buf *buf = &set->join_buf;
    const char *line_end = it->text + it->text_len;

    buf->len = 0;
    if (!buf_put(set, buf, p->text.p, p->text.len) ||
        !buf_put(set, buf, rest, (size_t)(line_end - rest)) || !buf_put(set, buf, "\n", 1)) {
        return false;
    }
    it->text = buf->p;
    it->text_len = (uint32_t)buf->len - 1;
    from_begin(it, &p->item);
    return line_call_rest(set, it->name.off + it->name.len + 1) && it->kind == STRACE_CALL;
}

void join_resumed(struct strace_set *set, const char *name)
{
    struct strace_item *it = &set->item;
    const char *end = name;
    struct pending *p;
    const char *rest;

    while (*end != ' ' && *end != '\n') {
        end++;
    }
    if (!lex_starts(end, " resumed>")) {
        return;
    }
    rest = seam(set, end + 9);
    p = find_begin(set, it->pid, name, (size_t)(end - name));
    if (p == NULL) {
        orphan(set, name, (uint32_t)(end - name), rest);
        return;
    }
    if (!whole(set, p, rest)) {
        it->kind = STRACE_UNREAD;
    }
    drop(set, p);
    set->report.joined++;
}

bool join_behind(struct strace_set *set)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;
    struct pending *p = find(set, set->begun_pid);

    if (p == NULL || p->item.line + 1 != it->line || p->item.file != it->file || it->pid >= 0 ||
        set->report.pid_bare == 0) {
        return false;
    }
    if (!whole(set, p, it->text) || it->cut || it->raw_args) {
        *it = before;
        return false;
    }
    drop(set, p);
    set->report.joined++;
    return true;
}

void join_exited(struct strace_set *set, int64_t pid)
{
    struct pending *p = find(set, pid);

    if (p != NULL) {
        set->report.never_resumed++;
        drop(set, p);
    }
}
