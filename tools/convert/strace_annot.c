/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strace -y and -yy print behind a descriptor, taken apart [strace src/util.c, printfd;
 * src/socketutils.c].
 */
#include "strace_lex.h"

/* A piece of the text between p and end. */
struct piece {
    const char *p, *end;
};

static bool take(struct piece *at, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(at->end - at->p) < len || memcmp(at->p, word, len) != 0) {
        return false;
    }
    at->p += len;
    return true;
}

static bool take_number(struct piece *at, uint64_t *value)
{
    struct strace_node number = {0};

    if (at->p >= at->end || !lex_is(*at->p, LEX_DIGIT) || !lex_number(&at->p, &number)) {
        return false;
    }
    *value = number.value;
    return true;
}

static struct strace_span span(const struct strace_item *item, const char *p, const char *end)
{
    return (struct strace_span){(uint32_t)(p - item->text), (uint32_t)(end - p)};
}

/* <char 5:2 @/dev/pts/3> behind a path */
static void device(const struct strace_item *item, struct piece at, struct strace_annot *annot)
{
    uint64_t major = 0, minor = 0;

    annot->is_block = take(&at, "<block ");
    if (!annot->is_block && !take(&at, "<char ")) {
        return;
    }
    if (take_number(&at, &major) && take(&at, ":") && take_number(&at, &minor)) {
        annot->kind = STRACE_A_DEVICE;
        annot->major = (uint32_t)major;
        annot->minor = (uint32_t)minor;
    }
    if (take(&at, " @") && at.p < at.end) {
        annot->target = span(item, at.p, at.end - 1);
    }
}

/* /path, /path (deleted), /dev/null<char 1:3> */
static void path(const struct strace_item *item, struct piece at, struct strace_annot *annot)
{
    static const char mark[] = " (deleted)";
    const char *open =
        at.end > at.p && at.end[-1] == '>' ? memrchr(at.p, '<', (size_t)(at.end - at.p)) : NULL;
    size_t len = sizeof(mark) - 1;

    annot->kind = STRACE_A_PATH;
    if (open != NULL) {
        device(item, (struct piece){open, at.end}, annot);
        at.end = annot->kind == STRACE_A_DEVICE ? open : at.end;
    }
    if ((size_t)(at.end - at.p) > len && memcmp(at.end - len, mark, len) == 0) {
        at.end -= len;
    }
    annot->path = span(item, at.p, at.end);
}

/* Inside of TCP:[...]: addresses with an arrow between, or inodes, a quoted name. */
static void socket_inside(const struct strace_item *item, struct piece at,
                          struct strace_annot *annot)
{
    const char *arrow = memmem(at.p, (size_t)(at.end - at.p), "->", 2);
    const char *quote = memchr(at.p, '"', (size_t)(at.end - at.p));
    struct piece inode = at;
    const char *name_end = at.end;

    if (quote != NULL && (arrow == NULL || quote < arrow)) {
        arrow = NULL;
    }
    if (take_number(&inode, &annot->inode) &&
        (inode.p == at.end || *inode.p == ',' || inode.p == arrow)) {
        annot->has_inode = true;
        if (take(&inode, "->")) {
            annot->has_peer_inode = take_number(&inode, &annot->peer_inode);
        }
    } else {
        annot->inode = 0;
        annot->local = span(item, at.p, arrow != NULL ? arrow : at.end);
        if (arrow != NULL) {
            annot->remote = span(item, arrow + 2, at.end);
        }
    }
    if (quote != NULL) {
        annot->abstract = quote > at.p && quote[-1] == '@';
        name_end -= at.end[-1] == '"' && at.end - 1 > quote;
        annot->path = span(item, quote + 1, name_end);
    }
}

/* socket:[82213] is -y; TCP:[...], UNIX-STREAM:[...], NETLINK:[...] are -yy. */
static bool socket_annot(const struct strace_item *item, struct piece at,
                         struct strace_annot *annot)
{
    const char *p = at.p;

    while (p < at.end && (lex_is(*p, LEX_WORD) || *p == '-' || *p == '(' || *p == ')')) {
        p++;
    }
    if (p == at.p || at.end - p < 3 || p[0] != ':' || p[1] != '[' || at.end[-1] != ']') {
        return false;
    }
    annot->kind = STRACE_A_SOCKET;
    if (!(p - at.p == 6 && memcmp(at.p, "socket", 6) == 0)) {
        annot->proto = span(item, at.p, p);
    }
    socket_inside(item, (struct piece){p + 2, at.end - 1}, annot);
    return true;
}

static void other(const struct strace_item *item, struct piece at, struct strace_annot *annot)
{
    struct piece in = at;
    uint64_t value = 0;

    if (take(&in, "pipe:[") && take_number(&in, &annot->inode)) {
        annot->kind = STRACE_A_PIPE;
        annot->has_inode = true;
    } else if (in = at, take(&in, "anon_inode:")) {
        annot->kind = STRACE_A_ANON;
        annot->path = span(item, in.p, in.end);
    } else if (in = at, take(&in, "pid:") && take_number(&in, &value) && value <= INT64_MAX) {
        annot->kind = STRACE_A_PIDFD;
        annot->pid = (int64_t)value;
    } else if (in = at, take(&in, "signalfd:")) {
        annot->kind = STRACE_A_SIGNALFD;
        annot->path = span(item, in.p, in.end);
    } else if (in = at, take(&in, "{eventfd-")) {
        annot->kind = STRACE_A_EVENTFD;
        annot->path = span(item, at.p, at.end);
    } else if (!socket_annot(item, at, annot)) {
        annot->kind = STRACE_A_OTHER;
        annot->path = span(item, at.p, at.end);
    }
}

bool strace_annot(const struct strace_item *item, const struct strace_node *node,
                  struct strace_annot *annot)
{
    const char *p;
    struct piece at;

    *annot = (struct strace_annot){.kind = STRACE_A_NONE, .pid = -1};
    if (node->kind != STRACE_N_ANNOT) {
        node = strace_note(item, node, STRACE_N_ANNOT);
    }
    if (node->kind != STRACE_N_ANNOT || node->len < 2) {
        return false;
    }
    p = item->text + node->off;
    at = (struct piece){p + 1, p + node->len - 1};
    annot->deleted = (node->flags & STRACE_F_DELETED) != 0;
    /* -xx escapes every byte, so a path may begin with \x2f [strace src/util.c, print_fdpath] */
    if (at.p < at.end &&
        (*at.p == '/' || (*at.p == '\\' && at.end - at.p > 3 && memcmp(at.p, "\\x2f", 4) == 0))) {
        path(item, at, annot);
    } else {
        other(item, at, annot);
    }
    return true;
}
