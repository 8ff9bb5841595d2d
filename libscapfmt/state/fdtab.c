/* SPDX-License-Identifier: Apache-2.0 */
#include "state/fdtab.h"

#include "base/diag.h"

#include <string.h>

#define CHUNK_BITS 4
#define CHUNK      (1u << CHUNK_BITS)

struct chunk {
    uint32_t owners; /* tables */
    uint32_t n;      /* slots in use */
    uint32_t slots[CHUNK];
};

/* Where a chunk is: key is fd / 16 + 1, 0 = free. */
struct dir {
    uint32_t key;
    uint32_t chunk;
};

/* Most tables need one chunk: it has a place without a directory. */
struct table {
    uint32_t owners;
    uint32_t n;   /* chunks */
    uint32_t cap; /* entries of the directory, a power of two; 0 = only the one at hand */
    struct dir one;
    struct dir *dir;
};

void fdtabs_init(struct fdtabs *f, struct budget *b, struct strs *strs)
{
    f->budget = b;
    f->strs = strs;
    pool_init(&f->tables, b, sizeof(struct table));
    pool_init(&f->chunks, b, sizeof(struct chunk));
    pool_init(&f->files, b, sizeof(struct file));
    pool_init(&f->socks, b, sizeof(struct sock));
}

/* Directories lie outside the pools: tables still owned give theirs back. */
static void release_dirs(struct fdtabs *f)
{
    for (uint32_t i = 1; i <= f->tables.used; i++) {
        struct table *t = pool_at(&f->tables, i);

        (void)budget_resize(f->budget, t->dir, t->cap * sizeof(*t->dir), 0);
    }
}

void fdtabs_release(struct fdtabs *f)
{
    release_dirs(f);
    pool_release(&f->tables);
    pool_release(&f->chunks);
    pool_release(&f->files);
    pool_release(&f->socks);
}

/* ------------------------------------------------------------------ files */

uint32_t file_make(struct fdtabs *f, uint8_t type)
{
    uint32_t id = pool_take(&f->files);

    if (id > FD_FILE) {
        pool_give(&f->files, id);
        return 0;
    }
    if (id != 0) {
        struct file *file = pool_at(&f->files, id);

        file->owners = 1;
        file->type = type;
    }
    return id;
}

uint32_t file_keep(struct fdtabs *f, uint32_t slot)
{
    if (slot != 0) {
        file_at(f, slot)->owners++;
    }
    return slot & FD_FILE;
}

void file_drop(struct fdtabs *f, uint32_t slot)
{
    struct file *file = (slot & FD_FILE) != 0 ? file_at(f, slot) : NULL;

    if (file == NULL || --file->owners > 0) {
        return;
    }
    str_drop(f->strs, file->name);
    if (file->sock != 0) {
        pool_give(&f->socks, file->sock);
    }
    pool_give(&f->files, slot & FD_FILE);
}

void file_rename(struct fdtabs *f, struct file *file, uint32_t name)
{
    str_drop(f->strs, file->name);
    file->name = name;
}

struct sock *file_sock(struct fdtabs *f, struct file *file)
{
    if (file->sock == 0) {
        file->sock = pool_take(&f->socks);
    }
    return file->sock != 0 ? pool_at(&f->socks, file->sock) : NULL;
}

/* ------------------------------------------------------------------ directory */

static struct table *table_at(const struct fdtabs *f, uint32_t table)
{
    return pool_at(&f->tables, table);
}

static uint32_t home_of(const struct table *t, uint32_t key)
{
    uint32_t h = key * 0x9E3779B9u;

    return (h ^ h >> 16) & (t->cap - 1);
}

/* The entry with this key, or NULL. */
static ALWAYS_INLINE struct dir *find(struct table *t, uint32_t key)
{
    uint32_t i;

    if (t->cap == 0) {
        return t->n == 1 && t->one.key == key ? &t->one : NULL;
    }
    for (i = home_of(t, key); t->dir[i].key != 0; i = (i + 1) & (t->cap - 1)) {
        if (t->dir[i].key == key) {
            return &t->dir[i];
        }
    }
    return NULL;
}

/* Put an entry into a directory that has room and does not have the key. */
static struct dir *place(struct table *t, struct dir entry)
{
    uint32_t i = home_of(t, entry.key);

    while (t->dir[i].key != 0) {
        i = (i + 1) & (t->cap - 1);
    }
    t->dir[i] = entry;
    return &t->dir[i];
}

/* Make room for one more chunk. */
static bool grow(struct fdtabs *f, struct table *t)
{
    struct table old = *t;
    uint32_t cap = old.cap == 0 ? 4 : old.cap * 2;
    struct dir *dir;

    if (t->n < (old.cap == 0 ? 1 : old.cap / 4 * 3)) {
        return true;
    }
    dir = budget_resize(f->budget, NULL, 0, cap * sizeof(*dir));
    if (dir == NULL) {
        return false;
    }
    memset(dir, 0, cap * sizeof(*dir));
    t->dir = dir;
    t->cap = cap;
    if (old.cap == 0) {
        (void)place(t, old.one);
    }
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.dir[i].key != 0) {
            (void)place(t, old.dir[i]);
        }
    }
    (void)budget_resize(f->budget, old.dir, old.cap * sizeof(*dir), 0);
    return true;
}

/* Take an entry out and move up what could not be placed nearer to its home. */
static void unlink_entry(struct table *t, struct dir *entry)
{
    uint32_t mask = t->cap - 1;
    uint32_t gap;

    t->n--;
    if (t->cap == 0) {
        t->one = (struct dir){0, 0};
        return;
    }
    gap = (uint32_t)(entry - t->dir);
    for (uint32_t i = (gap + 1) & mask; t->dir[i].key != 0; i = (i + 1) & mask) {
        if (((i - home_of(t, t->dir[i].key)) & mask) >= ((i - gap) & mask)) {
            t->dir[gap] = t->dir[i];
            gap = i;
        }
    }
    t->dir[gap] = (struct dir){0, 0};
}

/* ------------------------------------------------------------------ chunks */

static struct chunk *chunk_at(const struct fdtabs *f, uint32_t chunk)
{
    return pool_at(&f->chunks, chunk);
}

static void chunk_drop(struct fdtabs *f, uint32_t id)
{
    struct chunk *c = chunk_at(f, id);

    if (--c->owners > 0) {
        return;
    }
    for (uint32_t i = 0; i < CHUNK; i++) {
        file_drop(f, c->slots[i]);
    }
    pool_give(&f->chunks, id);
}

/* Give an entry a copy of its chunk, which other tables have, too. */
static struct chunk *copy_chunk(struct fdtabs *f, struct dir *entry, struct chunk *old)
{
    uint32_t id = pool_take(&f->chunks);
    struct chunk *c;

    if (id == 0) {
        return NULL;
    }
    c = chunk_at(f, id);
    *c = *old;
    c->owners = 1;
    for (uint32_t i = 0; i < CHUNK; i++) {
        (void)file_keep(f, c->slots[i]);
    }
    old->owners--;
    entry->chunk = id;
    return c;
}

/* The chunk of an entry for a change. */
static inline struct chunk *chunk_to_change(struct fdtabs *f, struct dir *entry)
{
    struct chunk *c = chunk_at(f, entry->chunk);

    return c->owners == 1 ? c : copy_chunk(f, entry, c);
}

/* The entry with this key, made with an empty chunk when there is none. */
static struct dir *entry_to_fill(struct fdtabs *f, struct table *t, uint32_t key)
{
    struct dir *entry = find(t, key);
    struct dir made = {.key = key};

    if (entry != NULL) {
        return entry;
    }
    if (!grow(f, t)) {
        return NULL;
    }
    made.chunk = pool_take(&f->chunks);
    if (made.chunk == 0) {
        return NULL;
    }
    chunk_at(f, made.chunk)->owners = 1;
    t->n++;
    if (t->cap != 0) {
        return place(t, made);
    }
    t->one = made;
    return &t->one;
}

/* ------------------------------------------------------------------ tables */

uint32_t fdtab_make(struct fdtabs *f)
{
    uint32_t id = pool_take(&f->tables);

    if (id != 0) {
        table_at(f, id)->owners = 1;
    }
    return id;
}

uint32_t fdtab_copy(struct fdtabs *f, uint32_t table)
{
    uint32_t id = fdtab_make(f);
    struct table *t;
    const struct table *from;

    if (id == 0 || table == 0) {
        return id;
    }
    t = table_at(f, id);
    from = table_at(f, table);
    if (from->cap != 0) {
        t->dir = budget_resize(f->budget, NULL, 0, from->cap * sizeof(*t->dir));
        if (t->dir == NULL) {
            return id; /* a process whose descriptors are not known */
        }
        memcpy(t->dir, from->dir, from->cap * sizeof(*t->dir));
    }
    t->cap = from->cap;
    t->n = from->n;
    t->one = from->one;
    for (uint32_t i = 0; i < t->cap; i++) {
        if (t->dir[i].key != 0) {
            chunk_at(f, t->dir[i].chunk)->owners++;
        }
    }
    if (t->cap == 0 && t->n == 1) {
        chunk_at(f, t->one.chunk)->owners++;
    }
    return id;
}

uint32_t fdtab_keep(struct fdtabs *f, uint32_t table)
{
    if (table != 0) {
        table_at(f, table)->owners++;
    }
    return table;
}

uint32_t fdtab_owners(const struct fdtabs *f, uint32_t table)
{
    return table != 0 ? table_at(f, table)->owners : 0;
}

void fdtab_drop(struct fdtabs *f, uint32_t table)
{
    struct table *t = table != 0 ? table_at(f, table) : NULL;

    if (t == NULL || --t->owners > 0) {
        return;
    }
    for (uint32_t i = 0; i < t->cap; i++) {
        if (t->dir[i].key != 0) {
            chunk_drop(f, t->dir[i].chunk);
        }
    }
    if (t->cap == 0 && t->n == 1) {
        chunk_drop(f, t->one.chunk);
    }
    (void)budget_resize(f->budget, t->dir, t->cap * sizeof(*t->dir), 0);
    *t = (struct table){0};
    pool_give(&f->tables, table);
}

static uint32_t key_of(int64_t fd)
{
    return (uint32_t)(fd >> CHUNK_BITS) + 1;
}

/* Where the chunk of a descriptor stands, or NULL. */
static ALWAYS_INLINE struct dir *entry_of(const struct fdtabs *f, uint32_t table, int64_t fd)
{
    return table != 0 && (uint64_t)fd <= FD_MAX ? find(table_at(f, table), key_of(fd)) : NULL;
}

static ALWAYS_INLINE uint32_t slot_in(const struct fdtabs *f, const struct dir *entry, int64_t fd)
{
    return entry != NULL ? chunk_at(f, entry->chunk)->slots[fd & (CHUNK - 1)] : 0;
}

uint32_t fdtab_get(const struct fdtabs *f, uint32_t table, int64_t fd)
{
    return slot_in(f, entry_of(f, table, fd), fd);
}

bool fdtab_put(struct fdtabs *f, uint32_t table, int64_t fd, uint32_t slot, uint32_t *was)
{
    struct dir *entry = entry_to_fill(f, table_at(f, table), key_of(fd));
    struct chunk *c = entry != NULL ? chunk_to_change(f, entry) : NULL;
    uint32_t *at;

    *was = 0;
    if (c == NULL) {
        file_drop(f, slot);
        return false;
    }
    at = &c->slots[fd & (CHUNK - 1)];
    if (*at == 0) {
        c->n++;
    }
    *was = *at;
    *at = slot;
    file_drop(f, *was);
    return true;
}

void fdtab_mark(struct fdtabs *f, uint32_t table, int64_t fd, uint32_t away, uint32_t given)
{
    struct dir *entry = entry_of(f, table, fd);
    uint32_t slot = slot_in(f, entry, fd);
    uint32_t marked = (slot & ~away) | given;
    struct chunk *c = slot != 0 && marked != slot ? chunk_to_change(f, entry) : NULL;

    if (c != NULL) {
        c->slots[fd & (CHUNK - 1)] = marked;
    }
}

void fdtab_remove(struct fdtabs *f, uint32_t table, int64_t fd)
{
    struct dir *entry = entry_of(f, table, fd);
    struct chunk *c = slot_in(f, entry, fd) != 0 ? chunk_to_change(f, entry) : NULL;

    if (c == NULL) {
        return;
    }
    file_drop(f, c->slots[fd & (CHUNK - 1)]);
    c->slots[fd & (CHUNK - 1)] = 0;
    if (--c->n == 0) {
        uint32_t chunk = entry->chunk;

        unlink_entry(table_at(f, table), entry);
        chunk_drop(f, chunk);
    }
}

/* Empty the slots of one chunk that lie in the range and have all these bits. */
static void empty_slots(struct fdtabs *f, struct dir *entry, const struct fd_range *range)
{
    int64_t base = (int64_t)(entry->key - 1) << CHUNK_BITS;

    for (uint32_t i = 0; i < CHUNK; i++) {
        uint32_t slot = chunk_at(f, entry->chunk)->slots[i];
        struct chunk *c = NULL;

        if (slot != 0 && (slot & range->bits) == range->bits && base + i >= range->first &&
            base + i <= range->last) {
            c = chunk_to_change(f, entry);
        }
        if (c != NULL) {
            file_drop(f, c->slots[i]);
            c->slots[i] = 0;
            c->n--;
        }
    }
}

void fdtab_remove_range(struct fdtabs *f, uint32_t table, const struct fd_range *range)
{
    struct table *t = table != 0 ? table_at(f, table) : NULL;
    uint32_t i = 0;

    while (t != NULL && i < (t->cap != 0 ? t->cap : t->n)) {
        struct dir *entry = t->cap != 0 ? &t->dir[i] : &t->one;
        uint32_t chunk = entry->chunk;

        if (entry->key != 0) {
            empty_slots(f, entry, range);
            chunk = entry->chunk;
        }
        if (entry->key != 0 && chunk_at(f, chunk)->n == 0) {
            unlink_entry(t, entry); /* what moves up into its place is looked at next */
            chunk_drop(f, chunk);
        } else {
            i++;
        }
    }
}

/* position: the entry of the directory above the low bits, which are the slot in its chunk. */
bool fdtab_next(const struct fdtabs *f, uint32_t table, uint64_t *position, int64_t *fd,
                uint32_t *slot)
{
    const struct table *t = table != 0 ? table_at(f, table) : NULL;
    uint64_t end = t == NULL ? 0 : (uint64_t)(t->cap != 0 ? t->cap : t->n) << CHUNK_BITS;

    while (*position < end) {
        const struct dir *entry = t->cap != 0 ? &t->dir[*position >> CHUNK_BITS] : &t->one;
        uint32_t i = (uint32_t)(*position & (CHUNK - 1));

        if (entry->key == 0) {
            *position += CHUNK;
            continue;
        }
        (*position)++;
        *slot = chunk_at(f, entry->chunk)->slots[i];
        if (*slot != 0) {
            *fd = ((int64_t)(entry->key - 1) << CHUNK_BITS) + i;
            return true;
        }
    }
    return false;
}
