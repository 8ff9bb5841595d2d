/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tool wrote a text. The first lines vote; a line that only one tool can have written counts
 * for it.
 */
#include "strace_impl.h"

#define MAX_LINES  400
#define MAX_BEFORE 200   /* bytes before strace's own that others put there */
#define LONG_LINE  4096u /* as much of a line tells whose it is when its end is not there */

static const char *const names[STRACE_DIALECTS] = {
    "unknown", "strace",    "qemu-user -strace", "strace -c",         "strace behind other words",
    "ltrace",  "BSD truss", "perf trace",        "gVisor strace log", "traceloop"};

const char *strace_dialect_name(enum strace_dialect dialect)
{
    return (unsigned)dialect < STRACE_DIALECTS ? names[dialect] : names[0];
}

static bool has(const char *p, size_t len, const char *word)
{
    return memmem(p, len, word, strlen(word)) != NULL;
}

static bool begins(const char *p, size_t len, const char *word)
{
    return len >= strlen(word) && memcmp(p, word, strlen(word)) == 0;
}

/* Behind a pid, its name, times, numbers in brackets. */
static size_t skip_prefix(const char *p, size_t len)
{
    size_t i = 0;

    while (i < len) {
        if (p[i] == '[' || p[i] == '<') {
            const char *end = memchr(p + i, p[i] == '[' ? ']' : '>', len - i);

            if (end == NULL || (p[i] == '<' && (i == 0 || !lex_is(p[i - 1], LEX_DIGIT)))) {
                return i;
            }
            i = (size_t)(end - p);
        } else if (!lex_is(p[i], LEX_DIGIT) && (p[i] == '\0' || strchr(" .:(+)", p[i]) == NULL)) {
            return i;
        }
        i++;
    }
    return i;
}

/* name(...) and " = " behind it. */
static bool is_call(const char *p, size_t len)
{
    size_t i = 0;

    while (i < len && lex_is(p[i], LEX_WORD)) {
        i++;
    }
    return i > 0 && i < len && p[i] == '(' &&
           (has(p + i, len - i, ") = ") || has(p + i, len - i, ")  ") ||
            has(p + i, len - i, " <unfinished ...>") || has(p + i, len - i, " <detached ...>"));
}

/* 0.332 ( 0.014 ms): ls/28466 openat(...) */
static bool is_perf(const char *p, size_t len)
{
    return has(p, len, " ms): ") || has(p, len < 40 ? len : 40, "? (         ): ");
}

/* open("a",O_RDONLY,0200) ERR#2 'No such file or directory'; = 3 (0x3) */
static bool is_truss(const char *p, size_t len)
{
    const char *eq = len > 4 ? memmem(p, len, ")\t", 2) : NULL;

    return (eq != NULL &&
            (has(eq, len - (size_t)(eq - p), " = ") || has(eq, len - (size_t)(eq - p), "ERR#"))) ||
           has(p, len, " ERR#") || (begins(p, len, "SIGNAL ") && has(p, len, " (SIG"));
}

static bool is_ltrace(const char *p, size_t len)
{
    return has(p, len, "@SYS(") || has(p, len, "->") || begins(p, len, "__libc_start_main(") ||
           begins(p, len, "<... SYS_") || has(p, len, " <no return ...>") ||
           has(p, len, "<void>") || has(p, len, "+++ exited (status ");
}

/* openat(-100,"/etc/ld.so.cache",O_RDONLY) = 3: no blanks behind commas */
static bool is_qemu(const char *p, size_t len)
{
    const char *paren = memchr(p, '(', len);
    const char *comma = paren != NULL ? memchr(paren, ',', len - (size_t)(paren - p)) : NULL;

    return has(p, len, " errno=") ||
           (comma != NULL && comma + 1 < p + len && comma[1] != ' ' && comma[1] != '\t' &&
            !has(p, (size_t)(comma - p), "\"") && !has(p, (size_t)(comma - p), "["));
}

/* A call, its end, or a signal somewhere in the line, behind a blank, a bar or a quote. */
static bool is_behind(const char *line, size_t len)
{
    size_t most = len < MAX_BEFORE ? len : MAX_BEFORE;

    for (size_t i = 1; i < most; i++) {
        size_t n = i;

        if (strchr(" \t|\"", line[i - 1]) == NULL || line[i - 1] == '\0' ||
            (!lex_is(line[i], LEX_WORD) && line[i] != '<' && line[i] != '-')) {
            continue;
        }
        n += skip_prefix(line + i, len - i);
        if ((n < len && line[n] >= 'a' && line[n] <= 'z' && is_call(line + n, len - n)) ||
            begins(line + n, len - n, "<... ") || begins(line + n, len - n, "--- SIG")) {
            return true;
        }
    }
    return false;
}

static enum strace_dialect vote(const char *line, size_t len)
{
    size_t skip = skip_prefix(line, len);
    const char *p = line + skip;
    size_t n = len - skip;

    if (is_perf(line, len < 200 ? len : 200)) {
        return STRACE_DIALECT_PERF;
    }
    if (has(line, len < 60 ? len : 60, " cpu#") && has(line, len < 80 ? len : 80, " pid ")) {
        return STRACE_DIALECT_TRACELOOP;
    }
    if (n > 2 &&
        (has(p, n < 200 ? n : 200, " X ") || has(p, n < 200 ? n : 200, " E ") ||
         begins(p, n, "X ") || begins(p, n, "E ")) &&
        has(p, n, " (0x") && has(p, n, "s)")) {
        return STRACE_DIALECT_GVISOR;
    }
    if (is_truss(p, n)) {
        return STRACE_DIALECT_TRUSS;
    }
    if (begins(p, n, "% time ") || begins(p, n, "------ ---")) {
        return STRACE_DIALECT_SUMMARY;
    }
    if ((begins(p, n, "SYS_") && n > 4 && !lex_is(p[4], LEX_DIGIT)) || begins(p, n, "<... SYS_") ||
        has(p, n, "@SYS(") || has(p, n, " <no return ...>") || has(p, n, "+++ exited (status ")) {
        return STRACE_DIALECT_LTRACE;
    }
    if (is_call(p, n)) {
        return is_qemu(p, n) ? STRACE_DIALECT_QEMU
                             : (is_ltrace(p, n) && !has(p, n, "<") ? STRACE_DIALECT_LTRACE
                                                                   : STRACE_DIALECT_STRACE);
    }
    if (begins(p, n, "+++ ") || begins(p, n, "--- SIG") || begins(p, n, "<... ") ||
        begins(p, n, "strace: ")) {
        return STRACE_DIALECT_STRACE;
    }
    return is_behind(line, len) ? STRACE_DIALECT_PREFIXED : STRACE_DIALECT_UNKNOWN;
}

/* A line whose end is not seen: a call with a long string in it. */
static enum strace_dialect vote_long(const char *line, size_t len)
{
    size_t i = skip_prefix(line, len);
    size_t name = i;

    while (i < len && lex_is(line[i], LEX_WORD)) {
        i++;
    }
    return i > name && line[i] == '(' && has(line, LONG_LINE, ", ") && !has(line, LONG_LINE, ",\"")
               ? STRACE_DIALECT_STRACE
               : vote(line, len);
}

/* The vote of a line, without what was put into it. *hard: the hard blanks of that. */
static enum strace_dialect vote_clean(const char *line, size_t len, bool whole, uint32_t *hard)
{
    char clean[LONG_LINE];

    *hard = 0;
    if (memchr(line, '\033', len) != NULL || memmem(line, len, FEED_HARD_BLANK, 2) != NULL) {
        len = feed_clean(clean, line, len < sizeof(clean) ? len : sizeof(clean), hard);
        line = clean;
    }
    return !whole && len >= LONG_LINE ? vote_long(line, len) : vote(line, len);
}

enum strace_dialect strace_detect(const char *text, size_t len, bool *hard_blanks)
{
    bool pasted = false; /* a line of strace has hard blanks where it writes plain ones */
    unsigned votes[STRACE_DIALECTS] = {0};
    const char *end = text + len;
    enum strace_dialect best = STRACE_DIALECT_UNKNOWN;
    unsigned lines = 0;

    text += begins(text, len, FEED_BOM) ? sizeof(FEED_BOM) - 1 : 0;
    for (; lines < MAX_LINES && text < end; lines++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((eol != NULL ? eol : end) - text);

        uint32_t hard;
        enum strace_dialect its = vote_clean(text, n, eol != NULL, &hard);

        votes[its]++;
        pasted = pasted || (its == STRACE_DIALECT_STRACE && hard > 0);
        text += n + 1;
    }
    if (votes[STRACE_DIALECT_PREFIXED] <= lines / 2) { /* prose that has a call in it */
        votes[STRACE_DIALECT_PREFIXED] = 0;
    }
    for (unsigned d = STRACE_DIALECT_STRACE; d < STRACE_DIALECTS; d++) {
        /* a table also stands behind the calls of -C; other text has calls in it too */
        bool more =
            votes[d] > votes[best] && d != STRACE_DIALECT_SUMMARY && d != STRACE_DIALECT_PREFIXED;

        if (votes[d] > 0 && (best == STRACE_DIALECT_UNKNOWN || more)) {
            best = (enum strace_dialect)d;
        }
    }
    if (hard_blanks != NULL) { /* qemu-user writes the bytes of strings as they are */
        *hard_blanks = pasted && best != STRACE_DIALECT_QEMU;
    }
    return best;
}

/* The number that name(...) = N on this line returned, -1 when it is another line. In a container
 * that of strace is noted behind it, which is the one the lines have. */
static int64_t returned(const char *p, size_t len, const char *name)
{
    const char *eq = begins(p, len, name) ? memmem(p, len, "= ", 2) : NULL;
    const char *note = eq != NULL ? memmem(eq, len - (size_t)(eq - p), "/* ", 3) : NULL;
    int64_t number = 0;

    if (eq == NULL || (note != NULL && strace_outer_pid(note + 3, p + len, &number))) {
        return eq == NULL ? -1 : number;
    }
    for (eq += 2; eq < p + len && *eq >= '0' && *eq <= '9' && number <= INT32_MAX; eq++) {
        number = number * 10 + (*eq - '0');
    }
    return number > 0 && number <= INT32_MAX ? number : -1;
}

/* What a call of the process itself tells of its pid; a thread's getpid() is its leader's. */
static int64_t told_pid(const char *p, size_t len, bool is_leader)
{
    static const char *const calls[] = {"set_tid_address(", "gettid()", "getpid()"};
    int64_t pid = -1;

    for (unsigned i = 0; pid < 0 && i < (is_leader ? 3 : 2); i++) {
        pid = returned(p, len, calls[i]);
    }
    return pid;
}

static bool ends_process(const char *p, size_t len)
{
    return begins(p, len, "+++ exited ") || begins(p, len, "+++ killed ") ||
           begins(p, len, "exit_group(");
}

int64_t detect_own_pid(const char *text, size_t len)
{
    const char *end = text + len;
    const char *eol;
    bool is_leader = false; /* the program that strace has started */

    for (bool first = true; (eol = memchr(text, '\n', (size_t)(end - text))) != NULL;
         text = eol + 1) {
        size_t n = (size_t)(eol - text);
        size_t skip = skip_prefix(text, n);
        const char *p = text + skip;
        int64_t pid;

        if (prefix_pid(text) >= 0) {
            continue; /* another one's, or its own later on */
        }
        is_leader = is_leader || (first && begins(p, n - skip, "execve("));
        first = false;
        pid = told_pid(p, n - skip, is_leader);
        if (pid > 0) {
            return pid;
        }
        if (ends_process(p, n - skip)) {
            break; /* what follows is another one's */
        }
    }
    return -1;
}

void detect_at_least(struct strace_report *report, unsigned version)
{
    if (report->at_least < version) {
        report->at_least = (uint16_t)version;
    }
}

void detect_below(struct strace_report *report, unsigned version)
{
    if (report->below == 0 || report->below > version) {
        report->below = (uint16_t)version;
    }
}

/* Forms of old versions: an array of nothing but a comment as environment before 4.23, brk(0)
 * before 4.11, syscall_317 before 4.21. */
static void old_forms(struct strace_report *report, const struct strace_item *it)
{
    const struct strace_node *node;
    const char *name = it->text + it->name.off;

    if (it->name.len == 6 && memcmp(name, "execve", 6) == 0) {
        node = strace_child(it, strace_arg(it, 2), 0);
        if (strace_arg(it, 2)->kind == STRACE_N_ARRAY && node->kind == STRACE_N_COMMENT) {
            detect_below(report, 423);
        }
    } else if (it->name.len == 3 && memcmp(name, "brk", 3) == 0) {
        node = strace_arg(it, 0);
        if (node->kind == STRACE_N_NULL) {
            detect_at_least(report, 411);
        } else if (node->kind == STRACE_N_NUMBER && node->value == 0) {
            detect_below(report, 411);
        }
    } else if (it->name.len > 8 && memcmp(name, "syscall_", 8) == 0) {
        if (it->name.len > 9 && name[9] == 'x') {
            detect_at_least(report, 421);
        } else {
            detect_below(report, 421);
        }
    }
}

void detect_item(struct strace_set *set)
{
    struct strace_report *report = &set->report;
    const struct strace_item *it = &set->item;
    const struct lex_seen *seen = &set->lex.seen;

    if (it->kind == STRACE_CALL && strace_span_is(it, it->name, "getrandom")) {
        set->lex.seen.hex_strings = report->hex_strings; /* always in hex, without -x too */
    }
    report->annotated = seen->annotated;
    report->decoded_sockets = seen->decoded_sockets;
    report->cut_strings = seen->cut_strings;
    report->hex_strings = seen->hex_strings;
    report->abbreviated = seen->abbreviated;
    report->verbose_values = seen->verbose_values;
    if (seen->deleted_outside > 0) {
        detect_at_least(report, 519);
    }
    if (it->kind != STRACE_CALL) {
        return;
    }
    old_forms(report, it);
    /* clone() always had names */
    report->named_args += strace_arg(it, 0)->name_len > 0 &&
                          !(it->name.len >= 5 && memcmp(it->text + it->name.off, "clone", 5) == 0);
}
