/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log reader: one line after the other becomes an item; several files come merged by the time
 * of their lines. Only the next line of each file is looked at, so memory does not grow with them.
 */
#include <stdlib.h>

#include "strace_impl.h"

/* How much of a file tells what it is. */
#define DETECT_BYTES ((size_t)64 * 1024)

/* ------------------------------------------------------------------ open and close */

int64_t strace_pid_of_name(const char *name)
{
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    int64_t pid = 0;

    if (dot == NULL || dot[1] == '\0' || strlen(dot) > 8) {
        return -1;
    }
    for (dot++; *dot != '\0'; dot++) {
        if (*dot < '0' || *dot > '9') {
            return -1;
        }
        pid = pid * 10 + (*dot - '0');
    }
    return pid;
}

/* Looks at the beginning of a feed. A log that comes alone may be called "log.7" for other reasons
 * than -ff: the name counts unless its lines say another number. */
static enum scapf_status detect(struct strace_set *set, struct feed *feed, const char *name,
                                bool alone)
{
    const uint8_t *bytes;
    size_t avail;
    enum scapf_status status = scapf_src_peek(feed->src, DETECT_BYTES, &bytes, &avail, &set->diag);
    enum strace_dialect dialect;

    if (status < 0 && avail == 0) {
        return status;
    }
    if (avail >= 3 && memcmp(bytes, FEED_BOM, 3) == 0) {
        scapf_src_skip(feed->src, 3);
        feed->off = 3;
        bytes += 3;
        avail -= 3;
    }
    dialect = strace_detect((const char *)bytes, avail, &feed->hard_blanks);
    if (feed->pid < 0 && strace_pid_of_name(name) >= 0) {
        int64_t own = alone ? detect_own_pid((const char *)bytes, avail) : -1;

        feed->pid = own > 0 ? own : strace_pid_of_name(name);
    }
    if (set->report.dialect == STRACE_DIALECT_UNKNOWN || dialect >= STRACE_DIALECT_LTRACE ||
        (set->report.dialect >= STRACE_DIALECT_SUMMARY && dialect == STRACE_DIALECT_STRACE)) {
        set->report.dialect = dialect;
    }
    return dialect >= STRACE_DIALECT_LTRACE ? SCAPF_E_UNSUPPORTED : SCAPF_OK;
}

static struct strace_set *set_alloc(const struct strace_set_opts *opts, uint32_t n)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct strace_set head = {0};
    struct strace_set *set;

    if (alloc != NULL) {
        head.alloc_copy = *alloc;
        head.alloc = &head.alloc_copy;
    }
    set = set_resize(&head, NULL, sizeof(*set));
    if (set == NULL) {
        return NULL;
    }
    *set = head;
    set->alloc = alloc != NULL ? &set->alloc_copy : NULL;
    set->report.first_pid = -1;
    set->feeds = set_resize(set, NULL, (n > 0 ? n : 1) * sizeof(*set->feeds));
    if (set->feeds == NULL || !lex_init(&set->lex, set->alloc)) {
        (void)set_resize(&head, set->feeds, 0);
        (void)set_resize(&head, set, 0);
        return NULL;
    }
    return set;
}

enum scapf_status strace_set_new(struct scapf_src **srcs, const char *const *names, uint32_t n,
                                 const struct strace_set_opts *opts, struct strace_set **set,
                                 enum strace_dialect *dialect, struct scapf_diag *diag)
{
    struct strace_set *s = set_alloc(opts, n);
    enum scapf_status status = s == NULL ? SCAPF_E_NOMEM : SCAPF_OK;

    *set = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (s == NULL) {
            scapf_src_free(srcs[i]);
            continue;
        }
        s->feeds[i] = (struct feed){.src = srcs[i], .pid = opts != NULL ? opts->pid : -1};
        s->feeds[i].day_ns =
            opts != NULL && opts->days != NULL ? opts->days[i] * STRACE_NS_PER_DAY : 0;
        s->feeds[i].plain_to = opts != NULL && opts->plain ? UINT64_MAX : 0;
        s->n_feeds = i + 1;
        if (status == SCAPF_OK) {
            status = detect(s, &s->feeds[i], names != NULL ? names[i] : NULL, n == 1);
        }
    }
    if (s != NULL && diag != NULL) {
        *diag = s->diag;
    }
    if (s != NULL && dialect != NULL) {
        *dialect = s->report.dialect;
    }
    if (status < 0) {
        strace_set_free(s);
        return status;
    }
    s->merging = n > 1;
    s->glance = opts != NULL ? opts->glance : NULL;
    s->wanted = opts != NULL ? opts->wanted : NULL;
    s->glance_ctx = opts != NULL ? opts->glance_ctx : NULL;
    *set = s;
    return SCAPF_OK;
}

void strace_set_free(struct strace_set *set)
{
    struct scapf_alloc alloc;
    struct strace_set head = {0};

    if (set == NULL) {
        return;
    }
    for (uint32_t i = 0; i < set->n_feeds; i++) {
        scapf_src_free(set->feeds[i].src);
    }
    join_free(set);
    lex_release(&set->lex);
    buf_free(set, &set->split.text);
    buf_free(set, &set->line_buf);
    buf_free(set, &set->join_buf);
    buf_free(set, &set->noise_buf);
    (void)set_resize(set, set->feeds, 0);
    alloc = set->alloc_copy;
    head.alloc = set->alloc != NULL ? &alloc : NULL;
    (void)set_resize(&head, set, 0);
}

const struct strace_report *strace_set_report(const struct strace_set *set)
{
    return &set->report;
}

const struct scapf_diag *strace_set_diag(const struct strace_set *set)
{
    return set->diag.status != SCAPF_OK ? &set->diag : NULL;
}

/* ------------------------------------------------------------------ merging */

/* The time of a feed's next line. Lines without one (stacks, dumps) stay with those before. */
static enum scapf_status look(struct strace_set *set, struct feed *feed)
{
    struct raw_line line;
    enum scapf_status status = feed_line(set, feed, &line);
    int64_t ns;

    feed->ended = status == SCAPF_END;
    if (status == SCAPF_OK && prefix_time(feed, line.p, &ns)) {
        feed->key_ns = ns;
    }
    feed->has_key = true;
    return status;
}

/* The feed whose line comes next; n_feeds when all have ended. */
static enum scapf_status choose(struct strace_set *set)
{
    uint32_t best = set->n_feeds;

    set->others_ns = INT64_MAX;
    for (uint32_t i = 0; i < set->n_feeds; i++) {
        struct feed *feed = &set->feeds[i];

        if (!feed->has_key && !feed->ended) {
            enum scapf_status status = look(set, feed);

            if (status < 0) {
                return status;
            }
        }
        if (feed->ended) {
            continue;
        }
        if (best == set->n_feeds || feed->key_ns < set->feeds[best].key_ns) {
            set->others_ns = best == set->n_feeds ? INT64_MAX : set->feeds[best].key_ns;
            best = i;
        } else if (feed->key_ns < set->others_ns) {
            set->others_ns = feed->key_ns;
        }
    }
    set->current = best;
    return best == set->n_feeds ? SCAPF_END : SCAPF_OK;
}

/* ------------------------------------------------------------------ items */

static void item_init(struct strace_set *set, const struct feed *feed, const struct raw_line *line)
{
    struct strace_item *it = &set->item;

    *it = (struct strace_item){.kind = STRACE_UNREAD, .pid = -1, .begin_pid = -1, .number_n = -1};
    it->line = feed->line + 1;
    it->off = line->off;
    it->len = line->orig_len;
    it->file = set->current;
    it->text = line->p;
    it->text_len = (uint32_t)line->len;
    it->too_long = line->too_long;
    lex_reset(&set->lex, it->text, it->text_len, 0);
}

/* write() whose count is not the length of its text: output of the program has mixed in. */
static bool is_wrong_write(const struct strace_set *set)
{
    const struct strace_item *it = &set->item;
    const struct strace_node *list, *text, *count;
    uint8_t unused;
    bool cut;

    if (it->name.len != 5 || memcmp(it->text + it->name.off, "write", 5) != 0) {
        return false;
    }
    if (it->kind == STRACE_UNREAD || it->cut || it->noisy || it->raw_args) {
        return true;
    }
    list = &set->lex.nodes[it->args];
    text = &set->lex.nodes[set->lex.nodes[list->first].next];
    count = &set->lex.nodes[text->next];
    if (it->kind != STRACE_CALL || list->value != 3 || text->kind != STRACE_N_STRING) {
        return it->kind == STRACE_CALL && list->value > 3;
    }
    return count->kind != STRACE_N_NUMBER ||
           (strace_string(it, text, &unused, 0, &cut) != count->value && !cut);
}

/* "textwrite(1, "text", 4)": the name is too long by the output. */
static bool is_longer_write(const struct strace_set *set)
{
    const struct strace_item *it = &set->item;

    return it->kind == STRACE_CALL && it->name.len > 5 && it->body == it->name.off &&
           memcmp(it->text + it->name.off + it->name.len - 5, "write", 5) == 0;
}

/*
 * Whose a line without a pid is. Behind the end of a program whose lines had none an execve() is
 * that of another: several logs in one file, or one of strace -A.
 */
static int64_t owner(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    struct strace_item *it = &set->item;
    const char *p;
    size_t avail;

    if (!feed->over || set->merging || it->text_len - it->body < 7 ||
        memcmp(it->text + it->body, "execve(", 7) != 0) {
        return feed->pid;
    }
    feed->over = false;
    avail = feed_behind(feed, line, DETECT_BYTES, &p);
    it->text = line->p;
    lex_reset(&set->lex, it->text, it->text_len, 0);
    feed->pid = detect_own_pid(p, avail);
    if (feed->pid < 0) {
        feed->pid = STRACE_INVENTED + (int64_t)set->report.invented++;
    }
    set->report.programs++;
    return feed->pid;
}

/* With -q=exit nothing follows the call. */
static bool ends_process(const struct strace_item *it)
{
    return it->kind == STRACE_EXITED || it->kind == STRACE_KILLED ||
           (it->kind == STRACE_CALL && it->ret.kind == STRACE_RET_UNKNOWN &&
            strace_span_is(it, it->name, "exit_group"));
}

/* One line, whatever it is. False: it is passed over. */
static bool read_line(struct strace_set *set, struct feed *feed, struct raw_line *line)
{
    struct strace_item *it = &set->item;
    bool unnamed;

    item_init(set, feed, line);
    if ((set->has_split && noise_continue(set, line)) || line_table(set, feed)) {
        return true;
    }
    it->body = (uint32_t)(prefix_parse(set, feed, it->text) - it->text);
    unnamed = it->pid < 0;
    it->pid = unnamed ? owner(set, feed, line) : it->pid;
    if (set->glance != NULL && line_glance(set)) {
        return false;
    }
    if (line->len > 8 && noise_message(set, line)) {
        return true;
    }
    line_body(set);
    feed->over |= unnamed && ends_process(it);
    if (is_wrong_write(set)) {
        (void)noise_write(set, feed, line);
    }
    if (it->cut && (it->kind == STRACE_CALL || it->kind >= STRACE_FOREIGN)) {
        noise_cut(set, feed, line);
    }
    if (it->kind >= STRACE_FOREIGN && join_behind(set)) {
        return true;
    }
    if (it->kind >= STRACE_FOREIGN || is_longer_write(set)) {
        (void)noise_before(set, feed, line);
    }
    return true;
}

/* Counts of the item, and its nodes. */
static void finish(struct strace_set *set, const struct raw_line *line)
{
    struct strace_item *it = &set->item;
    struct strace_report *r = &set->report;

    if (it->kind != STRACE_CALL && it->kind != STRACE_BEGIN && it->kind != STRACE_SIGNAL) {
        it->args = 0;
        it->ret = (struct strace_ret){0};
        it->cut &= it->kind == STRACE_UNREAD;
    }
    set->lex.nodes[0] = (struct strace_node){.kind = STRACE_N_NONE};
    it->nodes = set->lex.nodes;
    it->n_nodes = set->lex.n;
    it->n_args = it->args != 0 && it->nodes[it->args].kind == STRACE_N_LIST
                     ? (uint32_t)it->nodes[it->args].value
                     : 0;
    if (it->kind == STRACE_CALL && it->has_duration && it->has_time && !it->has_exit_time &&
        it->duration_ns <= INT64_MAX - it->enter_ns) {
        it->has_exit_time = true;
        it->exit_ns = it->enter_ns + it->duration_ns;
    }
    if (it->kind == STRACE_UNREAD &&
        r->items[STRACE_UNREAD] < sizeof(r->first_unread) / sizeof(r->first_unread[0])) {
        r->first_unread[r->items[STRACE_UNREAD]] = it->line;
    }
    detect_item(set);
    r->items[it->kind]++;
    r->noisy += it->noisy;
    r->cut += it->cut;
    r->too_long += it->too_long;
    r->crlf += line->crlf;
    r->bytes = set->feeds[set->current].off;
}

/* On stderr the first process has no pid: some calls tell it. */
static void learn_pid(struct strace_set *set)
{
    const struct strace_item *it = &set->item;

    if (it->pid >= 0 || set->report.first_pid >= 0 || it->kind != STRACE_CALL ||
        it->ret.kind != STRACE_RET_NUMBER || it->ret.value <= 0) {
        return;
    }
    if (strace_span_is(it, it->name, "getpid") || strace_span_is(it, it->name, "gettid") ||
        strace_span_is(it, it->name, "set_tid_address")) {
        set->report.first_pid = strace_pid(it, strace_at(it, it->ret.node));
    }
}

/* The message of strace that cut a call in two. */
static void read_rest(struct strace_set *set, struct feed *feed)
{
    item_init(set, feed, &set->rest);
    set->has_rest = false;
    if (!line_message(set, set->rest.p, set->rest.p + set->rest.len)) {
        set->item.kind = STRACE_NOTE;
    }
    (void)feed_take(feed, &set->rest);
    set->report.lines++;
    feed->has_key = false;
    finish(set, &set->rest);
}

/*
 * Files of -ff have a call on one line, however long it took and whatever others did meanwhile.
 * When they did something it is given in two parts, as strace does in one file. True: this is the
 * first of them, the line stays for the second.
 */
static bool part_of_call(struct strace_set *set, struct feed *feed)
{
    struct strace_item *it = &set->item;

    if (!set->merging || it->kind != STRACE_CALL || it->begin_line != 0 || !it->has_duration ||
        it->time_kind == STRACE_TIME_RELATIVE || it->duration_ns > INT64_MAX - it->enter_ns) {
        return false;
    }
    if (feed->begun) {
        it->begin_line = it->line;
        it->begin_off = it->off;
        it->begin_pid = it->pid;
        feed->begun = false;
        return false;
    }
    feed->begun = it->enter_ns + it->duration_ns > set->others_ns;
    if (feed->begun) {
        it->kind = STRACE_BEGIN;
        it->len = 0; /* the line is that of the end */
        it->ret = (struct strace_ret){0};
        feed->key_ns = it->enter_ns + it->duration_ns;
    }
    return feed->begun;
}

/* The next line that is not passed over: item and counts of it. */
static enum scapf_status next_line(struct strace_set *set)
{
    struct raw_line line;
    struct feed *feed;
    bool wanted;

    do {
        set->status = set->merging ? choose(set) : SCAPF_OK;
        if (set->status != SCAPF_OK) {
            return set->status;
        }
        feed = &set->feeds[set->current];
        set->status = feed_line(set, feed, &line);
        if (set->status != SCAPF_OK) {
            return set->status;
        }
        set->report.changed += line.changed;
        set->report.hard_blanks += line.hard_blanks > 0;
        wanted = read_line(set, feed, &line);
        if (set->lex.no_memory) {
            set->status = SCAPF_E_NOMEM;
        }
        if (set->status != SCAPF_OK) {
            return set->status;
        }
        if (!set->has_rest && !part_of_call(set, feed)) {
            set->item.len += feed_take(feed, &line);
            set->report.lines += 1 + line.more_lines;
            feed->has_key = false;
        }
    } while (!wanted);
    finish(set, &line);
    learn_pid(set);
    return SCAPF_OK;
}

enum scapf_status strace_set_next(struct strace_set *set, const struct strace_item **item)
{
    *item = &set->item;
    if (set->status != SCAPF_OK) {
        return set->status;
    }
    if (set->has_rest) {
        read_rest(set, &set->feeds[set->current]);
        return SCAPF_OK;
    }
    return set->n_feeds == 0 ? SCAPF_END : next_line(set);
}
