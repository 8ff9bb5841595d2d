/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before a call: pid, comm, SELinux context, clock, time since the last line, syscall
 * number, instruction pointer, always in this order [strace src/strace.c, printleader]. Which of
 * them are there is told from their shapes, line by line: nothing has to be known beforehand, so
 * that logs of different options may stand one after the other.
 */
#include "strace_impl.h"

#define NS_PER_S INT64_C(1000000000)
#define S_MAX    (INT64_MAX / NS_PER_S - 1) /* seconds that are a time in ns */
/* No pid has more digits [linux PID_MAX_LIMIT is 2^22]; more digits are seconds since 1970. */
#define PID_DIGITS   7
#define EPOCH_DIGITS 9

/* A run of digits as a number, at most 18 of them. */
static const char *digits(const char *p, int64_t *value)
{
    const char *start = p;

    *value = 0;
    while (lex_is(*p, LEX_DIGIT) && p - start < 18) {
        *value = *value * 10 + (*p++ - '0');
    }
    return p;
}

/* "." and up to nine digits as ns; the number of digits, or -1 when something else follows. */
static int fraction(const char **p, int64_t *ns)
{
    const char *q = *p;
    int64_t value = 0;
    int n = 0;

    *ns = 0;
    if (*q != '.') {
        return 0;
    }
    for (q++; lex_is(*q, LEX_DIGIT) && n < 9; q++, n++) {
        value = value * 10 + (*q - '0');
    }
    if (n == 0 || lex_is(*q, LEX_DIGIT)) {
        return -1;
    }
    for (int i = n; i < 9; i++) {
        value *= 10;
    }
    *p = q;
    *ns = value;
    return n;
}

/*
 * Only the time of day is printed: a clock that falls by more than half a day has passed midnight.
 * A stamp from just before midnight may still come after that.
 */
static int64_t of_day(struct feed *feed, int64_t ns)
{
    int64_t at = ns + feed->day_ns;

    if (feed->has_last && at < feed->last_ns - STRACE_NS_PER_DAY / 2 &&
        feed->day_ns < INT64_MAX / 2) {
        feed->day_ns += STRACE_NS_PER_DAY;
        at += STRACE_NS_PER_DAY;
    } else if (feed->has_last && feed->day_ns > 0 && at > feed->last_ns + STRACE_NS_PER_DAY / 2 &&
               at - STRACE_NS_PER_DAY > feed->last_ns - 60 * NS_PER_S) {
        at -= STRACE_NS_PER_DAY;
    }
    return at;
}

static const char *comm(struct strace_item *it, const char *p)
{
    const char *q = p + 1;

    if (*p != '<') {
        return p;
    }
    while (*q != '>' && *q != '\n') {
        q++;
    }
    if (*q == '\n') {
        return p;
    }
    it->comm.off = (uint32_t)(p + 1 - it->text);
    it->comm.len = (uint32_t)(q - p - 1);
    return q + 1;
}

/* [pid  123] or [pid 123<comm>], as on stderr. NULL: something else. */
static const char *pid_bracket(struct strace_item *it, const char *p)
{
    int64_t pid;
    const char *q;

    for (p += 5; *p == ' '; p++) {
    }
    q = digits(p, &pid);
    if (q == p) {
        return NULL;
    }
    q = comm(it, q);
    if (*q != ']') {
        return NULL;
    }
    it->pid = pid;
    return q + 1 + (q[1] == ' ');
}

/* 123 or 123<comm> and blanks, as in files. NULL: something else. */
static const char *pid_bare(struct strace_item *it, const char *p)
{
    int64_t pid;
    const char *q = digits(p, &pid);

    if (q - p > PID_DIGITS || (*q != ' ' && *q != '<')) {
        return NULL;
    }
    q = comm(it, q);
    if (*q != ' ') {
        it->comm.len = 0;
        return NULL;
    }
    it->pid = pid;
    return q + 1;
}

/* NULL: the line has no pid. */
static const char *pid_part(struct strace_item *it, const char *line)
{
    it->pid = -1;
    if (*line == '[' && lex_starts(line, "[pid ")) {
        return pid_bracket(it, line);
    }
    return lex_is(*line, LEX_DIGIT) ? pid_bare(it, line) : NULL;
}

static void set_time(struct strace_item *it, enum strace_time_kind kind, int64_t ns, int n)
{
    it->time_kind = kind;
    it->has_time = true;
    it->enter_ns = ns;
    it->time_digits = (uint8_t)n;
}

/* 12:34:56.789 */
static const char *time_of_day(struct feed *feed, struct strace_item *it, const char *p)
{
    int64_t h, m, s, ns;
    const char *q = digits(p, &h);
    int n;

    if (q - p != 2 || *q != ':') {
        return NULL;
    }
    p = q + 1;
    q = digits(p, &m);
    if (q - p != 2 || *q != ':') {
        return NULL;
    }
    p = q + 1;
    q = digits(p, &s);
    n = fraction(&q, &ns);
    if (q - p < 2 || n < 0 || *q != ' ' || h > 23 || m > 59 || s > 60) {
        return NULL;
    }
    set_time(it, STRACE_TIME_OF_DAY, of_day(feed, ((h * 60 + m) * 60 + s) * NS_PER_S + ns), n);
    return q + 1;
}

/* Seconds: since 1970 (nine digits and more), else since the line before. */
static const char *seconds(struct strace_item *it, const char *p, char end, bool padded)
{
    int64_t s, ns;
    const char *q = digits(p, &s);
    int n_s = (int)(q - p);
    int n = fraction(&q, &ns);

    if (n_s == 0 || n < 0 || *q != end || s > S_MAX) {
        return NULL;
    }
    if (n_s >= EPOCH_DIGITS && end == ' ') {
        set_time(it, STRACE_TIME_EPOCH, s * NS_PER_S + ns, n);
    } else if (n > 0 || padded || end == ')') {
        it->has_delta = true;
        it->delta_ns = s * NS_PER_S + ns;
        it->time_digits = it->has_time ? it->time_digits : (uint8_t)n;
    } else {
        return NULL;
    }
    return q + 1;
}

/* The clock and the time since the last line. Blanks may stand before: of the pid field, or of the
 * field of -r, which is six wide. */
static const char *stamps(struct feed *feed, struct strace_item *it, const char *p)
{
    const char *q = p;
    const char *next = NULL;

    while (*q == ' ') {
        q++;
    }
    if (lex_is(*q, LEX_DIGIT)) {
        next = time_of_day(feed, it, q);
        next = next != NULL ? next : seconds(it, q, ' ', q != p || it->pid >= 0);
    }
    next = next != NULL ? next : p;
    if (next[0] == '(' && next[1] == '+') {
        for (q = next + 2; *q == ' '; q++) {
        }
        q = seconds(it, q, ')', true);
        next = q != NULL && *q == ' ' ? q + 1 : next;
    }
    return next;
}

/* [ 257] or [???]: -n. */
static const char *number(struct strace_item *it, const char *p)
{
    const char *q = p + 1;
    int64_t value = -1;

    while (*q == ' ') {
        q++;
    }
    if (lex_starts(q, "???]")) {
        q += 3;
    } else {
        const char *start = q;

        q = digits(q, &value);
        if (q == start || q - start > 6) {
            return NULL;
        }
    }
    if (q[0] != ']' || q[1] != ' ') {
        return NULL;
    }
    it->number_n = (int32_t)value;
    return q + 2;
}

/* [00007f72d9cbfad7], at least 8 digits for 32-bit programs, or question marks: -i. A 64-bit
 * program that calls with int 0x80 has addresses of more. */
static const char *pointer(struct strace_item *it, const char *p)
{
    const char *q = p + 1;
    uint64_t value = 0;
    bool known = *q != '?';

    for (; q - p <= 16 && (known ? lex_is(*q, LEX_HEX) : *q == '?'); q++) {
        value = value << 4 | (uint64_t)(*q <= '9' ? *q - '0' : (*q | 0x20) - 'a' + 10);
    }
    if (q - p < 9 || q[0] != ']' || q[1] != ' ') {
        return NULL;
    }
    it->has_ip = known;
    it->ip = known ? value : 0;
    return q + 2;
}

/* [system_u:system_r:init_t:s0] or [init_t]: --secontext. */
static const char *context(struct strace_item *it, const char *p)
{
    const char *q = p + 1;
    bool typed = false;

    for (; *q != ']' && *q != ' ' && *q != '\n'; q++) {
        typed |= *q == ':' || (*q == '_' && q[1] == 't');
    }
    if (!typed || q[0] != ']' || q[1] != ' ') {
        return NULL;
    }
    it->context.off = (uint32_t)(p + 1 - it->text);
    it->context.len = (uint32_t)(q - p - 1);
    return q + 2;
}

static const char *brackets(struct strace_item *it, const char *p)
{
    static const char *(*const parts[])(struct strace_item *, const char *) = {number, pointer,
                                                                               context};
    for (unsigned n = 0; n < 3 && *p == '['; n++) {
        const char *next = NULL;

        for (unsigned i = 0; i < 3 && next == NULL; i++) {
            next = parts[i](it, p);
        }
        if (next == NULL) {
            return p;
        }
        p = next;
    }
    return p;
}

/* Eight bytes, the first one lowest: one load to the compiler. */
static uint64_t word_at(const char *p)
{
    return (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[1] << 8 | (uint64_t)(uint8_t)p[2] << 16 |
           (uint64_t)(uint8_t)p[3] << 24 | (uint64_t)(uint8_t)p[4] << 32 |
           (uint64_t)(uint8_t)p[5] << 40 | (uint64_t)(uint8_t)p[6] << 48 |
           (uint64_t)(uint8_t)p[7] << 56;
}

/* Eight digits at once: each byte minus '0' is below 10, then pairs are put together. */
static bool eight_digits(uint64_t v, int64_t *value)
{
    v -= UINT64_C(0x3030303030303030);
    if (((v + UINT64_C(0x7676767676767676)) & UINT64_C(0x8080808080808080)) != 0 ||
        (v & UINT64_C(0xF0F0F0F0F0F0F0F0)) != 0) {
        return false;
    }
    v = v * 10 + (v >> 8);
    *value = (int64_t)(((v & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
                        (v >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >>
                       32);
    return true;
}

/* Six digits behind a point, and a blank: with two zeros before them they are eight. */
static bool micros(const char *p, int64_t *us)
{
    return p[6] == ' ' && eight_digits(word_at(p) << 16 | 0x3030, us);
}

/* "4711  1700000000.": pid and seconds; NULL: anything else. What follows is at the point. */
static const char *file_head(struct feed *feed, const char *line, uint32_t len)
{
    const char *p = line;
    int64_t pid = 0;
    int64_t high, s;

    while (lex_is(*p, LEX_DIGIT) && p - line < PID_DIGITS) {
        pid = pid * 10 + (*p++ - '0');
    }
    if (p == line || *p != ' ') {
        return NULL;
    }
    p += p[1] == ' ' ? 2 : 1;
    if (line + len - p < 18 || *p == '0' || p[10] != '.' || !lex_is(p[8], LEX_DIGIT) ||
        !lex_is(p[9], LEX_DIGIT) || !eight_digits(word_at(p), &high)) {
        return NULL;
    }
    s = high * 100 + (p[8] - '0') * 10 + (p[9] - '0');
    if (s > S_MAX) {
        return NULL;
    }
    p += 11;
    feed->head_len = (uint8_t)(p - line);
    memcpy(feed->head, line, feed->head_len);
    feed->head_pid = pid;
    feed->head_ns = s * NS_PER_S;
    return p;
}

/* "4711  1700000000.123456 ", what -f -ttt -o writes: most of all lines, and most begin as the one
 * before. NULL: anything else. */
static const char *file_prefix(struct feed *feed, struct strace_item *it, const char *line)
{
    const char *p = line + feed->head_len;
    int64_t us;

    if (feed->head_len == 0 || it->text_len < feed->head_len + 8u ||
        memcmp(line, feed->head, feed->head_len) != 0) {
        p = file_head(feed, line, it->text_len);
    }
    if (p == NULL || !micros(p, &us) || p[7] == ' ' || p[7] == '(' || p[7] == '[') {
        return NULL;
    }
    it->pid = feed->head_pid;
    it->time_kind = STRACE_TIME_EPOCH;
    it->has_time = true;
    it->enter_ns = feed->head_ns + us * 1000;
    it->time_digits = 6;
    return p + 7;
}

static const char *pid_and_time(struct feed *feed, struct strace_item *it, const char *line)
{
    const char *next = pid_part(it, line);
    const char *p = next != NULL ? next : line;

    if (*p == '[') {
        next = context(it, p);
        p = next != NULL ? next : p;
    }
    if (*p == ' ' || *p == '(' || lex_is(*p, LEX_DIGIT)) {
        p = stamps(feed, it, p);
    }
    /* files pad a short pid */
    while (it->pid >= 0 && *p == ' ') {
        p++;
    }
    return p;
}

/* What the stamps of a line mean beside those before. */
static void clock_step(struct strace_set *set, struct feed *feed, struct strace_item *it)
{
    if (it->has_delta) {
        feed->sum_ns += it->delta_ns <= INT64_MAX - feed->sum_ns ? it->delta_ns : 0;
        set->report.deltas++;
        if (!it->has_time) {
            set_time(it, STRACE_TIME_RELATIVE, feed->sum_ns, it->time_digits);
        }
    }
    set->report.stamps[it->time_kind]++;
    if (!it->has_time) {
        return;
    }
    if (feed->has_last && it->enter_ns < feed->last_ns - NS_PER_S) {
        set->report.backwards++;
    }
    feed->has_last = true;
    feed->last_ns = it->enter_ns;
    if (it->time_digits > set->report.digits) {
        set->report.digits = it->time_digits;
    }
}

const char *prefix_parse(struct strace_set *set, struct feed *feed, const char *line)
{
    struct strace_item *it = &set->item;
    const char *p = file_prefix(feed, it, line);

    if (p == NULL) {
        p = brackets(it, pid_and_time(feed, it, line));
    }
    clock_step(set, feed, it);
    set->report.pid_bracket += it->pid >= 0 && *line == '[';
    set->report.pid_bare += it->pid >= 0 && *line != '[';
    set->report.pid_none += it->pid < 0;
    set->report.comms += it->comm.len > 0;
    set->report.contexts += it->context.len > 0;
    set->report.numbers += it->number_n >= 0;
    set->report.ips += it->has_ip;
    return p;
}

int64_t prefix_pid(const char *line)
{
    struct strace_item it = {.text = line};

    (void)pid_part(&it, line);
    return it.pid;
}

bool prefix_time(struct feed *feed, const char *line, int64_t *ns)
{
    struct strace_item it = {.text = line, .number_n = -1};

    (void)pid_and_time(feed, &it, line);
    if (it.has_delta && !it.has_time) {
        *ns = feed->sum_ns + it.delta_ns;
        return true;
    }
    *ns = it.enter_ns;
    return it.has_time;
}
