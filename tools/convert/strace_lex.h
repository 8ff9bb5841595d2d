/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_lex.h - from the text of one call to its token tree. Inside of the log reader only.
 *
 * The text ends in '\n', which stands nowhere else in it: every scanning loop stops there, so that
 * none of them carries a length. Every byte is looked at a bounded number of times, whatever the
 * text says.
 */
#ifndef SCAPFMT_STRACE_LEX_H
#define SCAPFMT_STRACE_LEX_H

#include <string.h>

#include "strace_log.h"

/* What a token says about the options strace ran with. */
struct lex_seen {
    uint64_t annotated, decoded_sockets, cut_strings, hex_strings, abbreviated, verbose_values;
    uint64_t deleted_outside;
};

struct lex {
    const char *text;
    const char *end; /* the '\n' of the text */
    uint32_t at;     /* next byte */
    struct strace_node *nodes;
    uint32_t n, cap;
    uint32_t note_owner, note_last; /* where the last note went */
    const struct scapf_alloc *alloc;
    bool full; /* no more nodes (limit or memory): the rest is raw */
    bool no_memory;
    bool broken;       /* brackets do not match, or a token does not end */
    bool tail;         /* stopped at <unfinished ...> or its like */
    bool open_angle;   /* an annotation does not end */
    bool no_quote_end; /* inside <>: no closing quote from here on */
    uint32_t wanted;   /* bits of the arguments whose brackets are taken apart; 31 = all behind */
    bool wants;        /* is the argument that is being read among them? */
    struct lex_seen seen;
};

/* Classes of bytes. */
enum {
    LEX_WORD = 1, /* letters, digits, _ */
    LEX_DIGIT = 2,
    LEX_HEX = 4,
    LEX_CLOSE = 8,    /* what ends a value: , ) ] } and the line end */
    LEX_RAW_END = 16, /* what ends raw text */
    LEX_AFTER = 32    /* what may follow the end of <> */
};
extern const uint8_t lex_class[256];

static inline bool lex_is(char c, unsigned classes)
{
    return (lex_class[(uint8_t)c] & classes) != 0;
}

/* Does the text at p begin with this word? Stops at the line end by itself. */
static inline bool lex_starts(const char *p, const char *word)
{
    while (*word != '\0' && *p == *word) {
        p++;
        word++;
    }
    return *word == '\0';
}

/* False without memory. The first node is always there. */
bool lex_init(struct lex *lx, const struct scapf_alloc *alloc);
/* Forget the nodes, begin a new text of len bytes, all arguments wanted. */
void lex_reset(struct lex *lx, const char *text, uint32_t len, uint32_t at);
void lex_release(struct lex *lx);

/* A list up to its closing parenthesis, whose opening one stands just before lx->at. Returns the
 * N_LIST node; lx->at is behind the parenthesis, or at the line end or the <...> tail. */
uint32_t lex_list(struct lex *lx);
/* One value with its notes. */
uint32_t lex_value(struct lex *lx);
/* A number with its notes; N_RAW when there is none. */
uint32_t lex_scalar(struct lex *lx);
/* A node for the raw text from..to. */
uint32_t lex_raw(struct lex *lx, uint32_t from, uint32_t to);

/* Past a quoted string that begins at p: behind its closing quote, or at the line end, which is
 * end, when it has none. */
const char *lex_string_end(const char *p, const char *end, bool *closed);
/* A number at *p: dec, hex or octal. False (and *p unmoved) when there is none. */
bool lex_number(const char **p, struct strace_node *number);
/* "20334 in strace's PID NS", as far as it stands before end; a line end follows. */
bool strace_outer_pid(const char *p, const char *end, int64_t *pid);

#endif
