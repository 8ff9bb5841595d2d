/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_impl.h - the inside of the log reader: lines come from feeds (strace_feed.c), prefixes and
 * bodies are parsed (strace_prefix.c, strace_line.c, strace_call.c, strace_result.c), parts of one
 * call are joined (strace_join.c, strace_noise.c), feeds are merged (strace_set.c), options and
 * version show (strace_detect.c).
 */
#ifndef SCAPFMT_STRACE_IMPL_H
#define SCAPFMT_STRACE_IMPL_H

#include "strace_lex.h"

/* Bytes that grow. */
struct text_buf {
    char *p;
    size_t len, cap;
};

/* One file. */
struct feed {
    struct scapf_src *src;
    uint64_t off;      /* of the next byte */
    uint64_t line;     /* lines taken so far */
    uint64_t plain_to; /* no ESC stands before this offset */
    int64_t pid;       /* of lines without one; -1 = not known */
    bool ended;
    bool over;        /* the process of lines without a pid has ended */
    bool summary;     /* inside a -c table */
    bool hard_blanks; /* such stand in place of blanks: it comes from a page */
    /* clock of -t, -tt: stamps have no date */
    int64_t last_ns;
    int64_t day_ns;
    bool has_last;
    int64_t sum_ns; /* of -r */
    int64_t key_ns; /* time of the next line, for merging */
    /* "4711  1700000000." of the line before, and what it means */
    char head[24];
    uint8_t head_len; /* 0 = nothing yet */
    int64_t head_pid, head_ns;
    bool has_key;
    bool begun; /* merging: the call of the next line has begun, its end is to come */
};

/* A line as it lies in the window, before anything is parsed. */
struct raw_line {
    const char *p; /* text; p[len] is '\n' */
    size_t len;
    uint64_t off;        /* in the stream */
    uint64_t orig_len;   /* in the stream, without the line end */
    size_t taken;        /* bytes of the window, with the line end */
    uint32_t more_lines; /* lines taken in behind the first */
    bool too_long, crlf;
    bool changed;         /* by more than the line end: colours, hard blanks */
    bool copied;          /* p is not in the window */
    uint32_t hard_blanks; /* so many were read as blanks */
};

/* A call that has begun. */
struct pending {
    int64_t pid;
    struct text_buf text;    /* prefix and the part that was printed */
    struct strace_item item; /* of the STRACE_BEGIN: stamps, spans into text */
    uint32_t next_free;
    bool used;
};

struct pending_table {
    struct pending *slots;
    uint32_t n_slots, free; /* free: index + 1 of the first unused slot, 0 = none */
    uint32_t used;
    uint32_t *hash; /* index + 1; 0 = empty */
    uint32_t hash_cap;
    size_t bytes; /* of all texts */
};

/* A pid that returns from another thread's execve. */
struct alias {
    int64_t pid, from;
};

struct strace_set {
    struct scapf_alloc alloc_copy;
    const struct scapf_alloc *alloc;
    struct feed *feeds;
    uint32_t n_feeds;
    uint32_t current; /* the feed whose line is being read */
    bool merging;
    int64_t others_ns; /* merging: time of the next line of all other feeds */

    strace_glance_fn glance;
    strace_wanted_fn wanted;
    void *glance_ctx;

    struct strace_item item;
    struct lex lex;
    struct strace_report report;
    struct scapf_diag diag;
    enum scapf_status status;

    struct pending_table pending;
    int64_t begun_pid; /* of the call that began last */
    struct alias aliases[16];
    uint32_t n_aliases;
    struct text_buf line_buf, join_buf, noise_buf;

    /* A call whose line was cut by a message of strace or by output of the program. */
    struct pending split;
    bool has_split;
    unsigned split_age; /* lines since */
    /* The message that cut it, to be given next. */
    bool has_rest;
    struct raw_line rest;
};

/* ------------------------------------------------------------------ strace_feed.c */

bool buf_put(struct strace_set *set, struct text_buf *buf, const char *p, size_t len);
void buf_free(struct strace_set *set, struct text_buf *buf);
void *set_resize(struct strace_set *set, void *p, size_t size);

#define FEED_HARD_BLANK "\xc2\xa0" /* U+00A0; strace writes neither byte of it */
#define FEED_BOM        "\xef\xbb\xbf"

/* A line as strace writes it: without ESC [ ... m, which is never its own text [strace
 * src/strace.c, --color]. Unless hard is NULL with plain blanks for hard ones, which are counted:
 * those outside of strings; those in strings only when the line has no plain blank left, so that
 * all of them were made hard. At most len bytes; their number. */
size_t feed_clean(char *to, const char *p, size_t len, uint32_t *hard);
/* The next line of a feed; it stays until the next look at the feed. END when there is none. */
enum scapf_status feed_line(struct strace_set *set, struct feed *feed, struct raw_line *line);
/* Move past it; the bytes that were passed beside it, when it is too long. */
uint64_t feed_take(struct feed *feed, const struct raw_line *line);
/* At least want bytes behind the line, fewer at the end of the input; the line moves with them. */
size_t feed_behind(struct feed *feed, struct raw_line *line, size_t want, const char **p);

/* ------------------------------------------------------------------ strace_prefix.c */

/* Everything before the body: fills the item, returns where the body begins. pid stays -1 when
 * there is none. */
const char *prefix_parse(struct strace_set *set, struct feed *feed, const char *line);
/* Only the pid, -1 when the line has none; only the time, for merging. */
int64_t prefix_pid(const char *line);
bool prefix_time(struct feed *feed, const char *line, int64_t *ns);

/* ------------------------------------------------------------------ strace_call.c */

static inline const char *item_end(const struct strace_item *it)
{
    return it->text + it->text_len;
}
/* The last ") = " of a text, spaces between them in any number; NULL when there is none. */
const char *line_last_result(const char *p, const char *end);
/* Arguments from at on (behind the parenthesis) and the result. False: not a call's rest. */
bool line_call_rest(struct strace_set *set, uint32_t at);

/* ------------------------------------------------------------------ strace_line.c */

/* The item of a line whose text, len and prefix are set: kind and everything of the body. */
void line_body(struct strace_set *set);
/* Lines of a -c table, from the heading to that of the total: looked for before the prefix. */
bool line_table(struct strace_set *set, struct feed *feed);
/* Is the item a call that has returned on its line, and nobody wants to know more of it? */
bool line_glance(struct strace_set *set);
/* A call at body of the item's text; the kind stays STRACE_UNREAD when it cannot be read. */
void line_call(struct strace_set *set);
/* [path/]strace: Process N attached, and its like; false when p..end is no such message. */
bool line_message(struct strace_set *set, const char *p, const char *end);

/* ------------------------------------------------------------------ strace_result.c */

/* "= ..." behind the arguments, at set->lex.at. False when there is no such thing. */
bool result_parse(struct strace_set *set);

/* ------------------------------------------------------------------ strace_join.c */

/* The item is the first part of a call: remember it. */
void join_begin(struct strace_set *set);
/* The item is "<... name resumed>" at p: becomes the whole call. */
void join_resumed(struct strace_set *set, const char *p);
/* strace -z ends a line with <unfinished ...> when others came in between, but prints the rest
 * right behind it, without a prefix. True: the item is such a rest, and became the whole call. */
bool join_behind(struct strace_set *set);
/* A thread is gone, or has become another one. */
void join_exited(struct strace_set *set, int64_t pid);
void join_alias(struct strace_set *set, int64_t pid, int64_t from);
void join_free(struct strace_set *set);

/* ------------------------------------------------------------------ strace_noise.c */

/* The line ends in a message of strace that cuts a call: the item becomes its beginning, the
 * message is given next. */
bool noise_message(struct strace_set *set, struct raw_line *line);
/* The line goes on with a call that was cut before: the item becomes the call. */
bool noise_continue(struct strace_set *set, const struct raw_line *line);
/* write() and writev() with the output of the program in the middle: the item becomes the call,
 * the line is prolonged over the lines that belong to it. */
bool noise_write(struct strace_set *set, struct feed *feed, struct raw_line *line);
/* The line begins with the output of the write() that follows in it: the item becomes the call. */
bool noise_before(struct strace_set *set, struct feed *feed, const struct raw_line *line);
/* The call of this line is not complete: when a later line goes on with it the item becomes its
 * beginning, else STRACE_UNREAD. */
void noise_cut(struct strace_set *set, struct feed *feed, struct raw_line *line);

/* ------------------------------------------------------------------ strace_detect.c */

/* The pid that the first lines without one tell of their process, -1 = none. */
int64_t detect_own_pid(const char *text, size_t len);
/* What a finished item tells of options and version. */
void detect_item(struct strace_set *set);
/* Bounds of the version of strace that the item shows. */
void detect_at_least(struct strace_report *report, unsigned version);
void detect_below(struct strace_report *report, unsigned version);

#endif
