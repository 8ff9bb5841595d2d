/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs that were captured from stderr: strace's own messages and the output of the program stand in
 * the middle of calls. What is cut out is text that must be there: a message that ends the line,
 * or exactly the bytes that a write() printed.
 */
#include <stdio.h>

#include "strace_impl.h"

/* A call cut by something else goes on within this many lines. */
#define SPLIT_LINES 32
/* As far as output of the program is looked for. */
#define NOISE_MAX ((size_t)1 << 20)

/* ------------------------------------------------------------------ messages of strace */

/* Does the line end as a message of strace about a process does? */
static bool ends_as_message(const char *p, const char *end)
{
    static const char *const ends[] = {" attached", " detached", " threads", " suspended",
                                       " attached (waiting for parent)"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t len = strlen(ends[i]);

        if ((size_t)(end - p) > len && memcmp(end - len, ends[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* Where "[path/]strace: Process N attached" at the end of a line begins, before 4.11 without the
 * name; NULL when there is none or nothing stands before it. */
static const char *message_start(const char *p, const char *end)
{
    static const char mark[] = "strace: Process ";
    static const char old[] = "Process ";
    const char *from = end - p > 80 ? end - 80 : p;
    const char *q, *path;

    if (!ends_as_message(p, end)) {
        return NULL;
    }
    q = memmem(from, (size_t)(end - from), mark, sizeof(mark) - 1);
    if (q == NULL) {
        q = memmem(from, (size_t)(end - from), old, sizeof(old) - 1);
        return q > p && lex_is(q[sizeof(old) - 1], LEX_DIGIT) ? q : NULL;
    }
    path = q;
    /* the path strace was called by: as far back as it can be one, from its first slash */
    for (const char *r = q; r > from && (lex_is(r[-1], LEX_WORD) || strchr("/.-", r[-1]) != NULL);
         r--) {
        path = r[-1] == '/' || (r[-1] == '.' && *r == '/') ? r - 1 : path;
    }
    /* the end of a comment is no path */
    path = path > p && path[-1] == '*' ? q : path;
    return path > p ? path : NULL;
}

/* The item becomes the beginning of the call whose text (prefix included) is in set->split. */
static bool begin_split(struct strace_set *set, size_t len, uint64_t orig_len)
{
    struct strace_item *it = &set->item;
    struct pending *split = &set->split;

    split->text.len = 0;
    if (!buf_put(set, &split->text, it->text, len) || !buf_put(set, &split->text, "\n", 1)) {
        return false;
    }
    split->text.len--;
    it->text = split->text.p;
    it->text_len = (uint32_t)len;
    line_call(set);
    if (it->kind != STRACE_CALL || !it->cut) {
        return false;
    }
    it->kind = STRACE_BEGIN;
    it->cut = false;
    it->noisy = true;
    it->len = orig_len;
    split->item = *it;
    set->has_split = true;
    set->split_age = 0;
    return true;
}

bool noise_message(struct strace_set *set, struct raw_line *line)
{
    struct strace_item *it = &set->item;
    const char *body = it->text + it->body;
    const char *end = it->text + it->text_len;
    const char *start;
    struct strace_item before;
    size_t part;

    /* nearly always no: attached, detached, suspended, threads, parent) */
    if (end[-1] != (end[-2] == 'e' ? 'd' : end[-2] == 'd' ? 's' : end[-2] == 't' ? ')' : '\n')) {
        return false;
    }
    start = message_start(body, end);
    before = *it;
    if (start == NULL || line->changed || line->too_long) {
        return false;
    }
    part = (size_t)(start - it->text);
    if (!begin_split(set, part, part)) {
        *it = before;
        return false;
    }
    set->rest = *line;
    set->rest.p += part;
    set->rest.len -= part;
    set->rest.off += part;
    set->rest.orig_len -= part;
    set->has_rest = true;
    return true;
}

/* ------------------------------------------------------------------ lines that go on */

/* Can this be the rest of a call? */
static bool is_rest(const char *p, const char *end)
{
    /* old versions print all arguments of clone() when it returns */
    if (*p == '\n' || (strchr(",) |}]\"[{0N", *p) == NULL && !lex_starts(p, "child_stack="))) {
        return false;
    }
    if (lex_starts(p, " <unfinished ...>") || lex_starts(p, " <detached ...>")) {
        return true;
    }
    return memmem(p, (size_t)(end - p), ") ", 2) != NULL &&
           memmem(p, (size_t)(end - p), "= ", 2) != NULL && lex_starts(p, "[pid ") == false;
}

bool noise_continue(struct strace_set *set, const struct raw_line *line)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;
    struct text_buf *buf = &set->join_buf;
    const struct strace_item *begin = &set->split.item;

    if (++set->split_age > SPLIT_LINES) {
        set->has_split = false;
        set->report.never_resumed++;
        return false;
    }
    if (!is_rest(line->p, line->p + line->len)) {
        return false;
    }
    buf->len = 0;
    if (!buf_put(set, buf, set->split.text.p, set->split.text.len) ||
        !buf_put(set, buf, line->p, line->len) || !buf_put(set, buf, "\n", 1)) {
        return false;
    }
    it->text = buf->p;
    it->text_len = (uint32_t)buf->len - 1;
    it->body = begin->body;
    it->comm = begin->comm;
    it->context = begin->context;
    it->pid = begin->pid;
    it->time_kind = begin->time_kind;
    it->time_digits = begin->time_digits;
    it->has_time = begin->has_time;
    it->enter_ns = begin->enter_ns;
    it->number_n = begin->number_n;
    it->has_ip = begin->has_ip;
    it->ip = begin->ip;
    it->noisy = true;
    line_call(set);
    if ((it->kind != STRACE_CALL && it->kind != STRACE_BEGIN) || it->cut || it->raw_args) {
        *it = before;
        return false;
    }
    it->noisy = true;
    it->begin_line = begin->line;
    it->begin_off = begin->off;
    it->begin_len = begin->len;
    it->begin_pid = begin->pid;
    set->has_split = false;
    if (it->kind == STRACE_BEGIN && it->detached) {
        it->kind = STRACE_CALL; /* its end: strace let go of the process */
        it->cut = true;
    } else if (it->kind == STRACE_BEGIN) {
        join_begin(set); /* it began where the split part stands */
        it->kind = STRACE_NOTE;
    }
    set->report.joined += it->kind == STRACE_CALL;
    return true;
}

/* Does one of the next lines go on with this call? The window is only looked at. */
static bool goes_on(struct feed *feed, struct raw_line *line)
{
    const char *p;
    size_t avail = feed_behind(feed, line, line->taken + 8192, &p);
    const char *end = p + avail;

    p += line->taken < avail ? line->taken : avail;
    for (unsigned i = 0; i < SPLIT_LINES && p < end; i++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));

        if (eol == NULL) {
            return false;
        }
        if (is_rest(p, eol)) {
            return true;
        }
        p = eol + 1;
    }
    return false;
}

/* Calls whose last arguments are printed when they return, with the number of those before: what
 * stands behind those is output of the program. */
static const struct {
    const char *name;
    unsigned args;
} blocking[] = {{"wait4", 1},  {"waitpid", 1},    {"waitid", 2},  {"read", 1},   {"pread64", 1},
                {"readv", 1},  {"recvfrom", 1},   {"recvmsg", 1}, {"accept", 1}, {"accept4", 1},
                {"getcwd", 0}, {"epoll_wait", 1}, {"pipe", 0},    {"pipe2", 0},  {"getdents64", 1}};

/* Length of the text before the output of the program. */
static size_t before_output(const struct strace_set *set)
{
    const struct strace_item *it = &set->item;
    const struct strace_node *node = &set->lex.nodes[it->args];
    unsigned args = UINT32_MAX;

    for (size_t i = 0; i < sizeof(blocking) / sizeof(blocking[0]); i++) {
        if (strace_span_is(it, it->name, blocking[i].name)) {
            args = blocking[i].args;
        }
    }
    if (args == 0) {
        return it->name.off + it->name.len + 1;
    }
    node = &set->lex.nodes[node->first];
    for (unsigned i = 1; i < args && node->kind != STRACE_N_NONE; i++) {
        node = &set->lex.nodes[node->next];
    }
    if (args == UINT32_MAX || node->kind == STRACE_N_NONE ||
        !lex_starts(it->text + node->off + node->len, ", ")) {
        return it->text_len;
    }
    return node->off + node->len + 2;
}

/* The text in join_buf is a call that lies on the lines start..eol of the window: they are taken.
 */
static bool join_lines(struct strace_set *set, struct raw_line *line, const char *start,
                       const char *eol)
{
    struct strace_item *it = &set->item;
    struct text_buf *buf = &set->join_buf;

    if (!buf_put(set, buf, "\n", 1)) {
        return false;
    }
    it->text = buf->p;
    it->text_len = (uint32_t)buf->len - 1;
    it->ret = (struct strace_ret){0};
    it->cut = it->noisy = it->raw_args = false;
    line_call(set);
    if ((it->kind != STRACE_CALL && it->kind != STRACE_BEGIN) || it->cut || it->raw_args) {
        return false;
    }
    line->taken = (size_t)(eol + 1 - start);
    line->orig_len = line->taken - 1;
    for (const char *p = memchr(start, '\n', (size_t)(eol - start)); p != NULL;
         p = memchr(p + 1, '\n', (size_t)(eol - p - 1))) {
        line->more_lines++;
    }
    it->len = line->orig_len;
    it->line += line->more_lines;
    if (it->kind == STRACE_BEGIN) {
        join_begin(set);
    }
    return true;
}

/* A newline in a file name, which strace printed as such before 4.22: it is escaped here. */
static bool join_name(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    struct text_buf *buf = &set->join_buf;
    const char *start;
    size_t avail = feed_behind(feed, line, line->taken + 4096, &start);
    const char *end = start + avail;
    const char *p = start;

    buf->len = 0;
    for (unsigned i = 0; i < 4 && p < end; i++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));

        if (eol == NULL || (i > 0 && !buf_put(set, buf, "\\n", 2)) ||
            !buf_put(set, buf, p, (size_t)(eol - p))) {
            return false;
        }
        if (i > 0 && join_lines(set, line, start, eol)) {
            return true;
        }
        buf->len -= i > 0 && buf->p[buf->len - 1] == '\n';
        p = eol + 1;
    }
    return false;
}

/* The line stops inside of a call and nothing goes on with it. With a prefix it is the beginning of
 * a call whose end is not there; without one it may be anything. */
static void lone_begin(struct strace_set *set)
{
    struct strace_item *it = &set->item;

    if (it->kind != STRACE_CALL) {
        return;
    }
    line_call(set);
    it->kind =
        it->kind == STRACE_CALL && (it->pid >= 0 || it->has_time) ? STRACE_BEGIN : STRACE_UNREAD;
    it->cut = true;
}

void noise_cut(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;

    if (line->changed || line->too_long || set->has_split || line->taken == line->orig_len ||
        it->text != line->p) {
        return;
    }
    if (set->lex.open_angle && join_name(set, feed, line)) {
        return;
    }
    *it = before;
    if (!goes_on(feed, line)) {
        it->text = line->p; /* looking ahead may have moved it */
        lone_begin(set);
        return;
    }
    it->text = line->p;
    it->kind = it->kind == STRACE_CALL ? STRACE_UNREAD : it->kind;
    lex_reset(&set->lex, line->p, (uint32_t)line->len, it->name.off + it->name.len + 1);
    it->args = lex_list(&set->lex);
    it->text = line->p;
    if (!begin_split(set, before_output(set), it->len)) {
        *it = before;
        it->kind = it->kind == STRACE_CALL ? STRACE_UNREAD : it->kind;
        it->text = line->p;
    }
}

/* ------------------------------------------------------------------ write() and its own output */

/* The bytes of a string argument are at p..end; a terminal makes CR LF of LF. Behind them, or NULL
 * when they are not there. */
static const char *match(const char *p, const char *end, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p < end && *p == '\r' && bytes[i] == '\n') {
            p++;
        }
        if (p == end || *p++ != bytes[i]) {
            return NULL;
        }
    }
    return p;
}

/* write(2, "text"..., 12: where the count stands; the bytes of the text go into noise_buf. */
static const char *write_count(struct strace_set *set, bool *cut)
{
    struct strace_item *it = &set->item;
    struct lex *lx = &set->lex;
    const char *p = it->text + it->name.off + it->name.len + 1;
    const char *open;
    bool closed;
    size_t len;

    lex_reset(lx, it->text, it->text_len, (uint32_t)(p - it->text));
    (void)lex_scalar(lx);
    open = it->text + lx->at;
    if (!lex_starts(open, ", \"")) {
        return NULL;
    }
    open += 2;
    p = lex_string_end(open, it->text + it->text_len, &closed);
    if (!closed) {
        return NULL;
    }
    set->noise_buf.len = 0;
    if (!buf_put(set, &set->noise_buf, open, (size_t)(p - open))) {
        return NULL;
    }
    len = strace_unescape(open + 1, (size_t)(p - open) - 2, (uint8_t *)set->noise_buf.p,
                          set->noise_buf.len);
    set->noise_buf.len = len;
    *cut = lex_starts(p, "...");
    p += *cut ? 3 : 0;
    return lex_starts(p, ", ") && lex_is(p[2], LEX_DIGIT) ? p + 2 : NULL;
}

/* How the text goes on behind the output: ") = " or a tail. */
static bool is_write_rest(const char *p, const char *end)
{
    if (end - p < 5) {
        return false;
    }
    if (*p != ')') {
        return (size_t)(end - p) > 12 && memcmp(p, " <unfinished", 12) == 0;
    }
    for (p++; p < end && *p == ' '; p++) {
    }
    return end - p > 2 && p[0] == '=' && p[1] == ' ' && p[-1] == ' ';
}

/* With the count's digits and the output behind them known: join, and take the lines in. */
static bool join_write(struct strace_set *set, struct raw_line *line, size_t head,
                       const char *start, const char *rest, const char *end)
{
    struct text_buf *buf = &set->join_buf;
    const char *eol = memchr(rest, '\n', (size_t)(end - rest));

    buf->len = 0;
    if (eol == NULL || !buf_put(set, buf, start, head) ||
        !buf_put(set, buf, rest, (size_t)(eol - rest)) || !join_lines(set, line, start, eol)) {
        return false;
    }
    set->item.noisy = true;
    return true;
}

/* Digits of the count and output of the program are one behind the other: which are which? */
static bool split_count(struct strace_set *set, struct feed *feed, struct raw_line *line, size_t at,
                        bool cut)
{
    size_t known = set->noise_buf.len;
    uint64_t count = 0;
    const char *p;
    size_t avail;

    for (size_t n = 0; n < 7; n++) {
        const char *end, *rest;

        if (!lex_is(line->p[at + n], LEX_DIGIT)) {
            return false;
        }
        count = count * 10 + (uint64_t)(line->p[at + n] - '0');
        if (count < known || (!cut && count != known) || count > NOISE_MAX) {
            continue;
        }
        avail = feed_behind(feed, line, at + n + 1 + (size_t)count * 2 + 4096, &p);
        end = p + avail;
        rest = match(p + at + n + 1, end, set->noise_buf.p, known);
        if (rest != NULL && (size_t)(end - rest) > count - known) {
            rest += count - known;
            if (is_write_rest(rest, end)) {
                return join_write(set, line, at + n + 1, p, rest, end);
            }
        }
    }
    return false;
}

bool noise_write(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;
    const char *count;
    bool cut = false;

    if (line->changed || line->too_long || line->taken == line->orig_len || it->text != line->p) {
        return false;
    }
    count = write_count(set, &cut);
    if (count != NULL && split_count(set, feed, line, (size_t)(count - it->text), cut)) {
        return true;
    }
    *it = before;
    it->text = line->p;
    if (it->kind == STRACE_CALL) {
        it->ret = (struct strace_ret){0};
        line_call(set); /* its nodes were overwritten */
    }
    return false;
}

/* The item is the call that begins len bytes behind the start of the line. */
static bool call_behind(struct strace_set *set, struct feed *feed, const struct raw_line *line,
                        size_t len)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;

    it->text = line->p + len;
    it->text_len = (uint32_t)(line->len - len);
    it->pid = -1;
    it->body = (uint32_t)(prefix_parse(set, feed, it->text) - it->text);
    it->pid = it->pid >= 0 ? it->pid : feed->pid;
    it->name = (struct strace_span){0};
    it->cut = false;
    line_body(set);
    if (it->kind >= STRACE_NOTE || it->cut || it->raw_args) {
        *it = before;
        return false;
    }
    it->noisy = true;
    return true;
}

/*
 * With -z and its like a call is printed when it has returned, so the output of a write() stands
 * before it in the line: "textwrite(1, "text", 4) = 4". The length of that, or 0.
 */
static size_t output_before(struct strace_set *set, const struct raw_line *line)
{
    struct strace_item *it = &set->item;
    const char *call = memmem(line->p, line->len, "write(", 6);
    const char *last;
    size_t len;
    bool cut = false;

    if (call == NULL || call == line->p) {
        return 0;
    }
    it->name = (struct strace_span){(uint32_t)(call - it->text), 5};
    if (write_count(set, &cut) == NULL || cut || set->noise_buf.len == 0) {
        return 0;
    }
    last = memrchr(set->noise_buf.p, '\n', set->noise_buf.len);
    last = last != NULL ? last + 1 : set->noise_buf.p;
    len = set->noise_buf.len - (size_t)(last - set->noise_buf.p);
    return len <= (size_t)(call - line->p) && memcmp(line->p, last, len) == 0 ? len : 0;
}

bool noise_before(struct strace_set *set, struct feed *feed, const struct raw_line *line)
{
    struct strace_item *it = &set->item;
    struct strace_item before = *it;
    const char *end = line->p + line->len;
    const char *at = memmem(line->p, line->len, "[pid ", 5);
    size_t len;

    if (it->text != line->p || line->len == 0) {
        return false;
    }
    if (at != NULL && at > line->p && call_behind(set, feed, line, (size_t)(at - line->p))) {
        return true;
    }
    len = output_before(set, line);
    *it = before;
    if (len > 0 && call_behind(set, feed, line, len)) {
        return true;
    }
    if (it->kind == STRACE_CALL) {
        it->ret = (struct strace_ret){0};
        line_call(set); /* its nodes were overwritten */
        return false;
    }
    at = message_start(line->p, end);
    it->noisy = at != NULL && line_message(set, at, end);
    return it->noisy;
}
