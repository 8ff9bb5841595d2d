/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a line: what kind it is, and its parts.
 */
#include "strace_impl.h"

#define NS_PER_S INT64_C(1000000000)

static bool ends_with(const char *p, const char *end, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(end - p) >= len && memcmp(end - len, word, len) == 0;
}

static void set_span(const struct strace_item *it, struct strace_span *span, const char *from,
                     const char *to)
{
    span->off = (uint32_t)(from - it->text);
    span->len = (uint32_t)(to - from);
}

static const char *skip_word(const char *p)
{
    while (lex_is(*p, LEX_WORD)) {
        p++;
    }
    return p;
}

/* A number behind a fixed text, within a range that fits. */
static bool number_at(const char **p, int64_t *value)
{
    struct strace_node node = {0};

    if (!lex_number(p, &node) || node.value > INT64_MAX) {
        return false;
    }
    *value = (int64_t)node.value;
    return true;
}

/* ------------------------------------------------------------------ calls */

/* read, syscall_0x1b5, SYS_437, ????; "64:read" before 4.23 and "read#64" since for x32. NULL: no
 * name with an opening parenthesis behind it. */
static const char *call_name(const char *p, const char **start)
{
    const char *q;

    *start = p;
    if (*p == '?') {
        while (*p == '?') {
            p++;
        }
        return *p == '(' ? p : NULL;
    }
    if (lex_starts(p, "64:") || lex_starts(p, "32:")) {
        p += 3;
    }
    if (lex_is(*p, LEX_DIGIT)) {
        return NULL;
    }
    q = skip_word(p);
    if (q != p && lex_starts(q, "#64")) {
        q += 3;
    }
    return q != p && *q == '(' ? q : NULL;
}

/* <0.000123> before end; the start of it, NULL: there is none. */
static const char *glance_duration(const char *end, int64_t *ns)
{
    const char *p = end - 1;
    int64_t unit = 1;
    int64_t value = 0;
    int n = 0;

    *ns = 0;
    if (*p != '>') {
        return NULL;
    }
    for (p--; lex_is(*p, LEX_DIGIT) && n < 15; p--, n++) {
        value += (*p - '0') * unit;
        unit *= 10;
    }
    if (n > 9 || n == 0 || (*p != '.' && *p != '<')) {
        return NULL;
    }
    for (int i = n; *p == '.' && i < 9; i++) {
        value *= 10;
    }
    for (unit = NS_PER_S; *p == '.' || (lex_is(*p, LEX_DIGIT) && unit < NS_PER_S * 100000); p--) {
        value += *p == '.' ? 0 : (*p - '0') * unit;
        unit *= *p == '.' ? 1 : 10;
    }
    *ns = value;
    return p[0] == '<' && p[-1] == ' ' ? p - 1 : NULL;
}

bool line_glance(struct strace_set *set)
{
    struct strace_item *it = &set->item;
    struct strace_glance glance = {.item = it};
    const char *start;
    const char *paren = call_name(it->text + it->body, &start);
    const char *end = item_end(it);
    const char *eq, *q;

    if (set->glance == NULL || paren == NULL || end - paren < 8) {
        return false;
    }
    q = glance_duration(end, &glance.duration_ns);
    eq = memrchr(paren, '=', (size_t)((q != NULL ? q : end) - paren));
    if (eq == NULL || eq[1] != ' ' || !(lex_is(eq[2], LEX_DIGIT) || eq[2] == '-')) {
        return false;
    }
    for (q = eq; q > paren && q[-1] == ' '; q--) {
    }
    if (q == eq || q[-1] != ')') {
        return false;
    }
    set_span(it, &it->name, start, paren);
    glance.args = paren + 1;
    glance.result = eq + 2;
    if (set->glance(set->glance_ctx, &glance)) {
        return true;
    }
    it->name = (struct strace_span){0};
    return false;
}

void line_call(struct strace_set *set)
{
    struct strace_item *it = &set->item;
    const char *start;
    const char *paren = call_name(it->text + it->body, &start);

    it->kind = STRACE_UNREAD;
    if (paren == NULL) {
        return;
    }
    set_span(it, &it->name, start, paren);
    if (!line_call_rest(set, (uint32_t)(paren + 1 - it->text))) {
        it->cut = line_last_result(paren, item_end(it)) == NULL;
    }
}

/* ------------------------------------------------------------------ signals, exits, modes */

/* --- SIGCHLD {si_signo=SIGCHLD, ...} ---; --- SIGINT (Interrupt) @ 0 (0) --- before 4.7. */
static void signal_line(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;
    const char *end = item_end(it);
    const char *name = p + 4;
    const char *q;

    while (end > p && end[-1] == ' ') {
        end--;
    }
    if (end - p < 8 || !ends_with(p + 4, end, " ---")) {
        return;
    }
    if (lex_starts(name, "stopped by ")) {
        it->kind = STRACE_STOPPED;
        set_span(it, &it->name, name + 11, skip_word(name + 11));
        return;
    }
    q = skip_word(name);
    if (q == name && *q != '{') {
        return;
    }
    it->kind = STRACE_SIGNAL;
    set_span(it, &it->name, name, q);
    q += *q == ' ';
    lex_reset(&set->lex, it->text, it->text_len, (uint32_t)(q - it->text));
    if (*q == '{') {
        it->args = lex_value(&set->lex);
        detect_at_least(&set->report, 407);
    } else {
        it->args = lex_raw(&set->lex, (uint32_t)(q - it->text), (uint32_t)(end - 4 - it->text));
        detect_below(&set->report, 407);
    }
}

/* +++ exited with 0 +++ and its like. */
static void exit_line(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;
    const char *q = p + 4;
    enum strace_item_kind kind = STRACE_UNREAD;

    if (lex_starts(q, "exited with ")) {
        q += 12;
        kind = number_at(&q, &it->number) ? STRACE_EXITED : STRACE_UNREAD;
        detect_at_least(&set->report, 407);
    } else if (lex_starts(q, "killed by ")) {
        const char *end = skip_word(q + 10);

        set_span(it, &it->name, q + 10, end);
        it->core_dumped = lex_starts(end, " (core dumped)");
        q = it->core_dumped ? end + 14 : end;
        kind = STRACE_KILLED;
    } else if (lex_starts(q, "superseded by execve in pid ")) {
        q += 28;
        kind = number_at(&q, &it->number) ? STRACE_SUPERSEDED : STRACE_UNREAD;
    }
    if (!lex_starts(q, " +++")) {
        return;
    }
    it->kind = kind;
    if (kind == STRACE_SUPERSEDED) {
        join_exited(set, it->pid);
        join_alias(set, it->pid, it->number);
    } else if (kind != STRACE_UNREAD) {
        join_exited(set, it->pid);
    }
}

/* [ Process PID=123 runs in 32 bit mode. ] */
static void personality_line(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;
    const char *q = p + 14;
    const char *mode;

    if (!lex_starts(p, "[ Process PID=") || !number_at(&q, &it->number) ||
        !lex_starts(q, " runs in ")) {
        return;
    }
    mode = q + 9;
    for (q = mode; *q != '\n' && !lex_starts(q, " mode. ]"); q++) {
    }
    if (*q != '\n') {
        set_span(it, &it->name, mode, q);
        it->kind = STRACE_PERSONALITY;
    }
}

/* ------------------------------------------------------------------ messages */

/* "Process N attached", "Process N detached"; p is at "Process". */
static bool process_message(struct strace_set *set, const char *p, const char *end)
{
    struct strace_item *it = &set->item;
    const char *q = p + 8;

    if (!lex_starts(p, "Process ") || !number_at(&q, &it->number)) {
        return false;
    }
    if (lex_starts(q, " attached with ")) {
        q += 15;
        if (!number_at(&q, &it->number2)) {
            return false;
        }
        it->kind = STRACE_ATTACHED;
    } else if (lex_starts(q, " attached")) {
        it->kind = STRACE_ATTACHED; /* old ones add (waiting for parent) */
    } else if (lex_starts(q, " detached") && q + 9 == end) {
        it->kind = STRACE_DETACHED;
    } else if (lex_starts(q, " resumed") || lex_starts(q, " suspended")) {
        it->kind = STRACE_NOTE;
    } else {
        return false;
    }
    return true;
}

bool line_message(struct strace_set *set, const char *p, const char *end)
{
    const char *colon = memchr(p, ':', (size_t)(end - p));

    if (*p == 'P' && process_message(set, p, end)) {
        detect_below(&set->report, 411);
        return true;
    }
    /* [strace src/error_prints.c] the name strace was started as, a colon, the text */
    if (colon == NULL || !ends_with(p, colon, "strace") || colon[1] != ' ' ||
        memchr(p, ' ', (size_t)(colon - p)) != NULL) {
        return false;
    }
    if (process_message(set, colon + 2, end)) {
        detect_at_least(&set->report, 411);
    } else {
        set->item.kind = STRACE_NOTE;
    }
    return true;
}

/* ------------------------------------------------------------------ tables and dumps */

/* A row of dashes with blanks between. */
static bool is_rule(const char *p)
{
    bool blank = false;

    if (!lex_starts(p, "-----")) {
        return false;
    }
    for (; *p == '-' || *p == ' '; p++) {
        blank |= *p == ' ';
    }
    return *p == '\n' && blank;
}

/* The heading of a -c table: its columns can be chosen and ordered (-U), "syscall" is one. */
static bool is_heading(const char *p, const char *end)
{
    const char *word = memmem(p, (size_t)(end - p), "syscall", 7);

    if (word == NULL) {
        return lex_starts(p, "System call usage summary for ");
    }
    if (memmem(p, (size_t)(end - p), "  ", 2) == NULL) {
        return false;
    }
    for (; *p != '\n'; p++) {
        if ((*p < 'a' || *p > 'z') && strchr("%/- ", *p) == NULL) {
            return false;
        }
    }
    return true;
}

bool line_table(struct strace_set *set, struct feed *feed)
{
    struct strace_item *it = &set->item;
    const char *p = it->text;
    const char *end = item_end(it);
    bool call;

    if (!feed->summary && lex_is(*p, LEX_DIGIT)) {
        return false; /* nearly always */
    }
    call = memchr(p, '(', (size_t)(end - p)) != NULL;
    if (!feed->summary) {
        /* no heading begins with anything but these */
        if (*p == '\n' || strchr("%acelmnstuwS -", *p) == NULL || call ||
            !(is_rule(p) || is_heading(p, end))) {
            return false;
        }
        feed->summary = true;
    } else if (*p == '\n' || *p == '+' || call) {
        feed->summary = false;
        return false;
    }
    it->kind = STRACE_SUMMARY;
    if (ends_with(p, end, " total") || lex_starts(p, "total ")) {
        feed->summary = false;
    }
    return true;
}

/* 00010 and two blanks: the offset of a line of a dump. */
static bool is_offset(const char *p)
{
    const char *q = p;

    while (lex_is(*q, LEX_HEX)) {
        q++;
    }
    return q - p >= 5 && q[0] == ' ' && q[1] == ' ';
}

/* Lines that belong to the item before: -k, -e read, -e write. */
static bool attached_line(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;

    if (p[0] != ' ') {
        return false;
    }
    if (p[1] == '>' && p[2] == ' ') {
        it->kind = STRACE_STACK;
    } else if (p[1] == '|' && p[2] == ' ' && (is_offset(p + 3) || p[3] == '<')) {
        it->kind = STRACE_DUMP;
    } else if ((p[1] == '*' || p[1] == '=') && p[2] == ' ' && lex_is(p[3], LEX_DIGIT)) {
        it->kind = STRACE_DUMP;
    } else {
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ all */

/* Text that begins with a letter and is no call: a message, or none of strace's business. */
static void other_text(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;

    if (line_message(set, p, item_end(it)) || it->kind != STRACE_UNREAD) {
        return;
    }
    if (lex_starts(p, "VCPU:")) {
        it->kind = STRACE_NOTE; /* --kvm=vcpu */
    } else if (!lex_starts(p, "+++ ") && !lex_starts(p, "--- ") && !lex_starts(p, "<... ") &&
               (it->name.len == 0 || (it->pid < 0 && !it->has_time))) {
        it->kind = STRACE_FOREIGN;
    }
}

void line_body(struct strace_set *set)
{
    struct strace_item *it = &set->item;
    const char *p = it->text + it->body;

    it->kind = STRACE_UNREAD;
    if (it->body == 0 && attached_line(set, p)) {
        return;
    }
    if (*p == '<' && lex_starts(p, "<... ")) {
        join_resumed(set, p + 5);
    } else if (*p == '-' && lex_starts(p, "--- ")) {
        signal_line(set, p);
    } else if (*p == '+' && lex_starts(p, "+++ ")) {
        exit_line(set, p);
    } else if (*p == '[') {
        personality_line(set, p);
    } else {
        line_call(set);
        if (it->kind == STRACE_BEGIN) {
            join_begin(set);
        }
    }
    if (it->kind == STRACE_UNREAD) {
        other_text(set, it->text + it->body);
    }
}
