/* SPDX-License-Identifier: Apache-2.0 */
#include "strace_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_SLOTS 4096u /* a power of two, more than twice what any schema knows */
#define CALLS_MAX  (CALL_SLOTS / 2)
#define MEMO_SLOTS 1024u
#define MEMO_TEXT  120u
#define RT_FIRST   32u /* [signal(7)] the first real-time signal of the kernel */

/* The value of a flag word that was asked for before. */
struct memo {
    const struct scapf_flag_set *set;
    uint64_t value;
    uint8_t len;
    bool known;
    char text[MEMO_TEXT];
};

/* A word of a flag set; set NULL: a free slot. */
struct set_word {
    const struct scapf_flag_set *set;
    const struct scapf_flag *flag;
};

/* What belongs to a flag set: other spellings, and the kernel's bits. */
struct set_kin {
    const struct scapf_flag_set *set, *spelt, *native;
};

struct words {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct words_call calls[CALLS_MAX];
    char *unknown[CALLS_MAX]; /* names that no table has */
    uint32_t n_calls;
    uint16_t slots[CALL_SLOTS]; /* index + 1 in calls */
    struct memo memos[MEMO_SLOTS];
    const struct scapf_flag_set *words;
    struct set_kin kin[128];
    uint32_t n_kin;
    struct set_word *table; /* open addressing by set and word */
    uint32_t table_mask, n_taken;
};

static void *resize(const struct scapf_alloc *alloc, void *p, size_t size)
{
    if (alloc != NULL) {
        return alloc->resize(alloc->ctx, p, size);
    }
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

static uint32_t hash(const char *text, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ (uint8_t)text[i]) * 16777619u;
    }
    return h ^ h >> 15;
}

/* ------------------------------------------------------------------ system calls */

/* Names differ in their length and in some of these places. */
static uint32_t call_hash(const char *text, size_t len)
{
    uint32_t h = (uint32_t)len;

    if (len > 0) {
        h = h * 31 + (uint8_t)text[0];
        h = h * 31 + (uint8_t)text[len / 4];
        h = h * 31 + (uint8_t)text[len / 2];
        h = h * 31 + (uint8_t)text[len * 3 / 4];
        h = h * 31 + (uint8_t)text[len - 1];
    }
    return h ^ h >> 12;
}

static struct words_call *call_slot(struct words *n, const char *text, size_t len, uint32_t *slot)
{
    uint32_t i = call_hash(text, len) & (CALL_SLOTS - 1);

    for (; n->slots[i] != 0; i = (i + 1) & (CALL_SLOTS - 1)) {
        struct words_call *call = &n->calls[n->slots[i] - 1];

        if (call->len == len && memcmp(call->name, text, len) == 0) {
            return call;
        }
    }
    *slot = i;
    return NULL;
}

/* The entry of a name, a new one if need be; the name is borrowed. */
static struct words_call *call_put(struct words *n, const char *name)
{
    uint32_t slot = 0;
    struct words_call *call = call_slot(n, name, strlen(name), &slot);

    if (call != NULL || n->n_calls == CALLS_MAX) {
        return call;
    }
    call = &n->calls[n->n_calls++];
    *call = (struct words_call){
        .name = name,
        .len = (uint32_t)strlen(name),
        .nr = {WORDS_NO_NR, WORDS_NO_NR},
    };
    n->slots[slot] = (uint16_t)n->n_calls;
    return call;
}

static void take_arch(struct words *n, const char *name, enum words_arch index)
{
    const struct scapf_arch *arch = scapf_schema_arch(n->schema, name);

    for (uint32_t i = 0; arch != NULL && i < arch->n_calls; i++) {
        struct words_call *call = call_put(n, arch->calls[i].name);

        if (call != NULL && arch->calls[i].nr < WORDS_NO_NR) {
            call->nr[index] = (uint16_t)arch->calls[i].nr;
            call->ppm_sc = arch->calls[i].ppm_sc;
        }
    }
}

static void take_rows(struct words *n, uint8_t (*does)(const char *name))
{
    for (uint32_t i = 0; i < n->schema->n_traces; i++) {
        struct words_call *call = call_put(n, n->schema->traces[i].call);

        if (call != NULL) {
            call->row = &n->schema->traces[i];
            call->does = does(call->row->does);
        }
    }
    for (uint32_t i = 0; i < n->schema->n_old_traces; i++) {
        struct words_call *call = call_put(n, n->schema->old_traces[i].call);

        if (call != NULL) {
            call->old = &n->schema->old_traces[i];
        }
    }
}

static void take_calls(struct words *n, uint8_t (*does)(const char *name))
{
    take_arch(n, "aarch64", WORDS_AARCH64);
    take_arch(n, "x86_64", WORDS_X86_64);
    for (uint32_t i = 1; i < n->schema->n_syscalls; i++) {
        const char *name = n->schema->syscalls[i];
        struct words_call *call = name != NULL ? call_put(n, name) : NULL;

        if (call != NULL && call->ppm_sc == 0) {
            call->ppm_sc = (uint16_t)i;
        }
    }
    take_rows(n, does);
}

uint16_t words_nr(const struct words *n, uint32_t nr, enum words_arch arch)
{
    return arch == WORDS_I386 ? scapf_schema_ia32(n->schema, nr) : (uint16_t)nr;
}

/* "syscall_437", "syscall_0x1b5", "SYS_437": a number strace had no name for. */
static void take_number_of(const struct words *n, struct words_call *call, enum words_arch arch)
{
    const char *digits = strncmp(call->name, "syscall_", 8) == 0 ? call->name + 8
                         : strncmp(call->name, "SYS_", 4) == 0   ? call->name + 4
                                                                 : NULL;
    char *end;
    unsigned long nr = digits != NULL ? strtoul(digits, &end, 0) : 0;

    if (digits == NULL || *end != '\0' || end == digits || nr >= WORDS_NO_NR) {
        return;
    }
    nr = words_nr(n, (uint32_t)nr, arch);
    arch = arch == WORDS_I386 ? WORDS_X86_64 : arch;
    call->nr[arch] = (uint16_t)nr;
    for (uint32_t i = 0; i < n->n_calls; i++) {
        if (&n->calls[i] != call && n->calls[i].nr[arch] == nr) {
            call->ppm_sc = n->calls[i].ppm_sc;
        }
    }
}

struct words_call *words_call(struct words *n, const char *text, size_t len, enum words_arch arch)
{
    uint32_t slot = 0;
    struct words_call *call = call_slot(n, text, len, &slot);
    char *name;

    if (call != NULL || n->n_calls == CALLS_MAX) {
        return call;
    }
    name = resize(n->alloc, NULL, len + 1);
    if (name == NULL) {
        return NULL;
    }
    memcpy(name, text, len);
    name[len] = '\0';
    if (strlen(name) != len) {
        resize(n->alloc, name, 0);
        return NULL;
    }
    n->unknown[n->n_calls] = name;
    call = call_put(n, name);
    if (call != NULL) {
        take_number_of(n, call, arch);
    }
    return call;
}

struct words_call *words_each(struct words *n, uint32_t i)
{
    return i < n->n_calls ? &n->calls[i] : NULL;
}

/* ------------------------------------------------------------------ flags */

static const struct set_kin *kin_of(struct words *n, const struct scapf_flag_set *set)
{
    static const struct set_kin nobody;
    struct set_kin *kin;

    for (uint32_t i = 0; i < n->n_kin; i++) {
        if (n->kin[i].set == set) {
            return &n->kin[i];
        }
    }
    if (n->n_kin == sizeof(n->kin) / sizeof(n->kin[0])) {
        return &nobody;
    }
    kin = &n->kin[n->n_kin++];
    kin->set = set;
    kin->spelt = scapf_schema_flags(n->schema, "strace_", set->name);
    kin->native = scapf_schema_flags(n->schema, "native_", set->name);
    return kin;
}

/* Where a word of a set is, or would be; of one that was taken its empty word is there, too. */
static struct set_word *word_slot(const struct words *n, const struct scapf_flag_set *set,
                                  const char *text, size_t len)
{
    uint32_t i = hash(text, len) + (uint32_t)((uintptr_t)set >> 4) * 31u;

    for (;; i++) {
        struct set_word *slot = &n->table[i & n->table_mask];

        if (slot->set == NULL || (slot->set == set && strncmp(slot->flag->name, text, len) == 0 &&
                                  slot->flag->name[len] == '\0')) {
            return slot;
        }
    }
}

/* A table with room for the words of all sets. */
static bool make_table(struct words *n)
{
    uint32_t total = 0;
    uint32_t cap = 64;

    for (uint32_t i = 0; i < n->schema->n_flag_sets; i++) {
        total += n->schema->flag_sets[i]->n_flags + 1;
    }
    while (cap / 2 < total && cap < UINT32_MAX / 2) {
        cap *= 2;
    }
    n->table = resize(n->alloc, NULL, cap * sizeof(*n->table));
    if (n->table == NULL) {
        return false;
    }
    memset(n->table, 0, cap * sizeof(*n->table));
    n->table_mask = cap - 1;
    return true;
}

static void take_word(struct words *n, const struct scapf_flag_set *set,
                      const struct scapf_flag *flag)
{
    struct set_word *slot = word_slot(n, set, flag->name, strlen(flag->name));

    if (slot->set == NULL && n->n_taken <= n->table_mask / 2) {
        *slot = (struct set_word){set, flag};
        n->n_taken++;
    }
}

/* A log asks for few sets: their words go into the table when they are asked for first. Of two with
 * one name the first counts. */
static void need_words(struct words *n, const struct scapf_flag_set *set)
{
    static const struct scapf_flag taken = {.name = ""};

    if (word_slot(n, set, "", 0)->set == NULL) {
        for (uint32_t k = 0; k < set->n_flags; k++) {
            take_word(n, set, &set->flags[k]);
        }
        take_word(n, set, &taken);
    }
}

static bool in_set(struct words *n, const struct scapf_flag_set *set, const char *text, size_t len,
                   uint32_t *value)
{
    const struct set_word *slot;

    if (set == NULL || len == 0) {
        return false;
    }
    need_words(n, set);
    slot = word_slot(n, set, text, len);
    if (slot->set == NULL) {
        return false;
    }
    *value = slot->flag->value;
    return true;
}

static bool is_number(const struct strace_node *node)
{
    return node->kind == STRACE_N_NUMBER || node->kind == STRACE_N_NULL;
}

/* Bits as the kernel has them, bit by bit or as a whole. */
static uint64_t from_native(struct words *n, const struct set_kin *kin, uint64_t bits, bool *known)
{
    uint64_t value = 0;
    uint32_t flag;

    if (kin->native == NULL) {
        return bits;
    }
    for (uint32_t i = 0; i < kin->native->n_flags; i++) {
        const struct scapf_flag *native = &kin->native->flags[i];

        if (native->value == bits &&
            in_set(n, kin->set, native->name, strlen(native->name), &flag)) {
            return flag;
        }
    }
    for (uint32_t i = 0; i < kin->native->n_flags; i++) {
        const struct scapf_flag *native = &kin->native->flags[i];

        if (native->value != 0 && (bits & native->value) == native->value) {
            bits &= ~(uint64_t)native->value;
            if (in_set(n, kin->set, native->name, strlen(native->name), &flag)) {
                value |= flag;
            } else {
                *known = false;
            }
        }
    }
    *known = *known && bits == 0;
    return value;
}

static uint64_t flags_of_words(struct words *n, const struct strace_item *item,
                               const struct strace_node *node, const struct scapf_flag_set *set,
                               bool *known)
{
    const struct set_kin *kin = kin_of(n, set);
    struct strace_word word = {0};
    uint64_t value = 0;

    while (strace_word_next(item, node, &word)) {
        uint32_t flag = 0;

        if (word.is_number) {
            value |= from_native(n, kin, word.value, known);
        } else if (in_set(n, set, word.text, word.len, &flag) ||
                   in_set(n, kin->spelt, word.text, word.len, &flag)) {
            value |= flag;
        } else if (in_set(n, n->words, word.text, word.len, &flag)) {
            value |= kin->native != NULL ? 0 : flag;
            *known = *known && kin->native == NULL;
        } else {
            *known = false;
        }
    }
    return value;
}

/* The same text gives the same value: most logs have a few hundred of them. */
static struct memo *memo_of(struct words *n, const struct scapf_flag_set *set, const char *text,
                            size_t len)
{
    struct memo *memo =
        &n->memos[(hash(text, len) ^ (uint32_t)((uintptr_t)set >> 4)) & (MEMO_SLOTS - 1)];

    if (memo->set == set && memo->len == len && memcmp(memo->text, text, len) == 0) {
        return memo;
    }
    memo->set = NULL;
    return memo;
}

uint64_t words_flags(struct words *n, const struct strace_item *item,
                     const struct strace_node *node, const struct scapf_flag_set *set, bool *known)
{
    size_t len;
    const char *text = strace_text(item, node, &len);
    struct memo *memo;
    bool all = true;

    if (is_number(node)) {
        return from_native(n, kin_of(n, set), node->value, known);
    }
    if (node->kind != STRACE_N_SYMBOL || len > MEMO_TEXT) {
        return flags_of_words(n, item, node, set, known);
    }
    memo = memo_of(n, set, text, len);
    if (memo->set == NULL) {
        memo->value = flags_of_words(n, item, node, set, &all);
        memo->set = set;
        memo->known = all;
        memo->len = (uint8_t)len;
        memcpy(memo->text, text, len);
    }
    *known = *known && memo->known;
    return memo->value;
}

uint64_t words_numbers(struct words *n, const struct strace_item *item,
                       const struct strace_node *node, bool *known)
{
    if (n->words == NULL) {
        *known = false;
        return 0;
    }
    return words_flags(n, item, node, n->words, known);
}

bool words_number(struct words *n, const char *text, size_t len, uint64_t *value)
{
    char copy[32];
    char *end;
    uint32_t flag;

    if (in_set(n, n->words, text, len, &flag)) {
        *value = flag;
        return true;
    }
    if (len == 0 || len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *value = strtoull(copy, &end, 0);
    return *end == '\0';
}

/* ------------------------------------------------------------------ signals */

uint32_t words_signal(const struct words *n, const char *text, size_t len)
{
    static const char *const rt[] = {"SIGRT_", "RT_", "SIGRTMIN+", "SIGRTMIN", "SIGRTMAX"};
    static const struct {
        const char *name;
        uint32_t number;
    } others[] = {
        {"SIGPOLL", 29}, {"SIGIOT", 6}, {"SIGCLD", 17}, {"SIGSTKFLT", 16}, {"SIGPWR", 30}};

    for (uint32_t i = 0; i < n->schema->n_signals; i++) {
        const char *name = n->schema->signals[i].name;

        if (strlen(name) == len && memcmp(name, text, len) == 0) {
            return n->schema->signals[i].value;
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strlen(others[i].name) == len && memcmp(others[i].name, text, len) == 0) {
            return others[i].number;
        }
    }
    for (size_t i = 0; i < sizeof(rt) / sizeof(rt[0]); i++) {
        size_t k = strlen(rt[i]);

        if (len >= k && memcmp(text, rt[i], k) == 0) {
            uint32_t number = 0;

            for (; k < len && text[k] >= '0' && text[k] <= '9' && number < 64; k++) {
                number = number * 10 + (uint32_t)(text[k] - '0');
            }
            return i == 4 ? 64 : RT_FIRST + number;
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ life */

struct words *words_new(const struct scapf_alloc *alloc, const struct scapf_schema *schema,
                        uint8_t (*does)(const char *name))
{
    struct words *n = resize(alloc, NULL, sizeof(*n));

    if (n == NULL) {
        return NULL;
    }
    memset(n, 0, sizeof(*n));
    n->alloc = alloc;
    n->schema = schema;
    n->words = scapf_schema_flags(schema, "", "strace_words");
    if (!make_table(n)) {
        words_free(n);
        return NULL;
    }
    take_calls(n, does);
    return n;
}

void words_free(struct words *n)
{
    for (uint32_t i = 0; n != NULL && i < n->n_calls; i++) {
        if (n->unknown[i] != NULL) {
            resize(n->alloc, n->unknown[i], 0);
        }
    }
    if (n != NULL) {
        if (n->table != NULL) {
            resize(n->alloc, n->table, 0);
        }
        resize(n->alloc, n, 0);
    }
}
