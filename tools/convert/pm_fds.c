/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_fds.c - descriptors. Procmon tells no handles, only the path of the file an operation is
 * about. The first open handle of a process for a path is 3, and so on; of several for one path
 * the last is used and the first is closed. A handle that is used and was never opened was there
 * before: it gets a row in the table of its process, or an openat() right before it when the
 * process began within the recording.
 */
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"
#include "synth_mem.h"

#define OPENAT_ENTER 306
#define OPENAT_EXIT  307
#define SOCKET_ENTER 18
#define SOCKET_EXIT  19
#define HANDLES_MAX  65536u /* of a process; beyond, the paths of all are forgotten */

/* ------------------------------------------------------------------ paths */

static bool starts(struct pm_text text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && memcmp(text.at, word, len) == 0;
}

static void put_path(struct synth_text *to, const char *text, size_t len)
{
    char *p = to->at + to->len;
    pm_bytes16 v;
    size_t i = 0;

    for (; i + sizeof(v) <= len; i += sizeof(v)) {
        memcpy(&v, text + i, sizeof(v));
        v ^= (v == '\\') & ('\\' ^ '/');
        memcpy(p + i, &v, sizeof(v));
    }
    for (; i < len; i++) {
        p[i] = text[i] == '\\' ? '/' : text[i];
    }
    to->len += (uint32_t)len;
}

bool pm_fds_path(struct pm_conv *c, struct pm_text path, struct synth_text *to)
{
    to->len = 0;
    if (!pm_room(c, to, path.len + 8)) {
        return false;
    }
    if (starts(path, "\\??\\") || starts(path, "\\\\?\\")) {
        path.at += 4;
        path.len -= 4;
    }
    if (path.len == 0) {
        return true;
    }
    if (starts(path, "UNC\\")) {
        to->at[to->len++] = '/';
    } else if (starts(path, "\\\\")) {
        put_path(to, "/UNC", 4);
        path.at++;
        path.len--;
    } else if (path.at[0] != '\\' && path.at[0] != '/') {
        to->at[to->len++] = '/';
    }
    put_path(to, path.at, path.len);
    return true;
}

/* ------------------------------------------------------------------ handles of a process */

static bool grow(struct pm_conv *c, struct pm_handles *h)
{
    struct pm_handles bigger = {.cap = h->cap == 0 ? 16 : h->cap * 2, .n = h->n};

    if (h->n < h->cap / 2) {
        return true;
    }
    bigger.slots = synth_calloc(&c->s, bigger.cap, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < h->cap; i++) {
        if (h->slots[i].hash != 0) {
            uint32_t k = (uint32_t)(h->slots[i].hash >> 20) & (bigger.cap - 1);

            while (bigger.slots[k].hash != 0) {
                k = (k + 1) & (bigger.cap - 1);
            }
            bigger.slots[k] = h->slots[i];
        }
    }
    synth_free(&c->s, h->slots);
    *h = bigger;
    return true;
}

static void add(struct pm_conv *c, uint64_t hash, int32_t fd)
{
    struct pm_handles *h = &c->proc->handles;
    uint32_t i;

    if (h->n >= HANDLES_MAX) {
        memset(h->slots, 0, h->cap * sizeof(*h->slots));
        h->n = 0;
    }
    if (!grow(c, h)) {
        return;
    }
    i = (uint32_t)(hash >> 20) & (h->cap - 1);
    while (h->slots[i].hash != 0) {
        i = (i + 1) & (h->cap - 1);
    }
    h->slots[i] = (struct pm_handle){hash, fd};
    h->n++;
}

/* The last or the first handle of a path; -1 when there is none. */
static int64_t find(const struct pm_handles *h, uint64_t hash, bool last, uint32_t *slot)
{
    int64_t found = -1;

    for (uint32_t i = h->cap > 0 ? (uint32_t)(hash >> 20) & (h->cap - 1) : 0;
         h->cap > 0 && h->slots[i].hash != 0; i = (i + 1) & (h->cap - 1)) {
        int32_t fd = h->slots[i].fd;

        if (h->slots[i].hash == hash && (found < 0 || (last ? fd > found : fd < found))) {
            found = fd;
            *slot = i;
        }
    }
    return found;
}

/* Take a handle out: what stands behind it moves up. */
static void take_out(struct pm_handles *h, uint32_t hole)
{
    uint32_t mask = h->cap - 1;

    for (uint32_t i = (hole + 1) & mask; h->slots[i].hash != 0; i = (i + 1) & mask) {
        uint32_t at = (uint32_t)(h->slots[i].hash >> 20) & mask;

        if (((i - at) & mask) >= ((i - hole) & mask)) {
            h->slots[hole] = h->slots[i];
            hole = i;
        }
    }
    h->slots[hole].hash = 0;
    h->n--;
}

static uint64_t hash_of_path(const struct pm_conv *c)
{
    return pm_hash_folded(2, c->path.at, c->path.len) | 1;
}

static uint64_t hash_of_ends(const struct pm_conv *c)
{
    uint8_t bytes[40] = {0};
    const struct pm_text path = pm_col(c->event, PM_PATH);

    if (!c->has_ends) {
        return pm_hash_folded(3 + c->is_tcp, path.at, path.len) | 1;
    }
    for (int i = 0; i < 2; i++) {
        memcpy(bytes + i * 20, c->ends[i].ip, 16);
        bytes[i * 20 + 16] = (uint8_t)c->ends[i].port;
        bytes[i * 20 + 17] = (uint8_t)(c->ends[i].port >> 8);
        bytes[i * 20 + 18] = c->ends[i].family;
    }
    return pm_hash(5 + c->is_tcp, (const char *)bytes, sizeof(bytes)) | 1;
}

/* ------------------------------------------------------------------ files */

/* An event that the one in hand implies. */
static struct pm_rec *implied(struct pm_conv *c, uint16_t code)
{
    struct pm_rec *rec = pm_rec_new(c, code, c->thread->tid);

    if (rec != NULL) {
        pm_emit_before(c, rec);
    }
    return rec;
}

static void imply_open(struct pm_conv *c)
{
    struct pm_rec *enter = implied(c, OPENAT_ENTER);
    struct pm_rec *exit = implied(c, OPENAT_EXIT);

    if (enter == NULL || exit == NULL) {
        return;
    }
    pm_rec_number(c, exit, (uint64_t)c->fd, 8);
    for (int i = 0; i < 2; i++) {
        struct pm_rec *rec = i == 0 ? enter : exit;

        pm_rec_number(c, rec, (uint64_t)-100, 8);
        pm_rec_text(c, rec, c->path.at, c->path.len, 1000);
        pm_rec_number(c, rec, 0, 4);
        pm_rec_number(c, rec, 0, 4);
    }
    pm_rec_bytes(c, exit, "", 0);
    pm_rec_bytes(c, exit, "", 0);
    c->verdict.implied_opens++;
}

/* A row in the table of the process; NULL when it has no table. */
static struct synth_fd *inherit(struct pm_conv *c)
{
    struct synth_fd *row =
        c->proc->stranger ? synth_fd_inherited(&c->s, c->thread->proc, c->fd) : NULL;

    c->verdict.inherited += row != NULL;
    return row;
}

void pm_fds_open(struct pm_conv *c)
{
    c->fd = c->res;
    if (!c->failed) {
        c->fd = c->proc->next_fd++;
        add(c, hash_of_path(c), (int32_t)c->fd);
    }
}

void pm_fds_use(struct pm_conv *c)
{
    uint64_t hash = hash_of_path(c);
    uint32_t slot;
    struct synth_fd *row;

    c->fd = find(&c->proc->handles, hash, true, &slot);
    if (c->fd >= 0) {
        return;
    }
    c->fd = c->proc->next_fd++;
    add(c, hash, (int32_t)c->fd);
    row = inherit(c);
    if (row == NULL) {
        imply_open(c);
        return;
    }
    row->type = SYNTH_FD_FILE;
    (void)synth_set(&c->s, &row->name, c->path.at, c->path.len);
}

void pm_fds_close(struct pm_conv *c)
{
    uint64_t hash = hash_of_path(c);
    uint32_t slot = 0;

    c->fd = find(&c->proc->handles, hash, false, &slot);
    if (c->fd < 0) {
        pm_fds_use(c);
        c->fd = find(&c->proc->handles, hash, false, &slot);
    }
    if (c->fd >= 0 && !c->failed) {
        take_out(&c->proc->handles, slot);
    }
}

/* ------------------------------------------------------------------ connections */

static void imply_socket(struct pm_conv *c)
{
    struct pm_rec *enter = implied(c, SOCKET_ENTER);
    struct pm_rec *exit = implied(c, SOCKET_EXIT);
    uint32_t family = c->has_ends ? c->ends[0].family : 2;

    if (enter == NULL || exit == NULL) {
        return;
    }
    pm_rec_number(c, exit, (uint64_t)c->fd, 8);
    for (int i = 0; i < 2; i++) {
        struct pm_rec *rec = i == 0 ? enter : exit;

        pm_rec_number(c, rec, family, 4);
        pm_rec_number(c, rec, c->is_tcp ? 1 : 2, 4);
        pm_rec_number(c, rec, c->is_tcp ? 6 : 17, 4);
    }
    pm_rec_number(c, exit, 0, 4);
}

void pm_fds_socket(struct pm_conv *c, bool fresh)
{
    uint64_t hash = hash_of_ends(c);
    uint32_t slot;
    struct synth_fd *row;

    c->fd = fresh ? -1 : find(&c->proc->handles, hash, true, &slot);
    if (c->fd >= 0) {
        return;
    }
    c->fd = c->proc->next_fd++;
    add(c, hash, (int32_t)c->fd);
    row = !fresh && c->has_ends ? inherit(c) : NULL;
    if (row == NULL) {
        imply_socket(c);
        return;
    }
    row->type = c->ends[0].family == 2 ? SYNTH_FD_IPV4 : SYNTH_FD_IPV6;
    row->l4 = c->is_tcp ? 2 : 3;
    row->local = c->ends[0];
    row->remote = c->ends[1];
}

/* The socket comes into being by the call itself. */
void pm_fds_accept(struct pm_conv *c)
{
    c->fd = c->res;
    if (!c->failed) {
        c->fd = c->proc->next_fd++;
        add(c, hash_of_ends(c), (int32_t)c->fd);
    }
}

/* A connection that ends is closed too: Windows tells nothing more of it. */
void pm_fds_hang_up(struct pm_conv *c)
{
    uint32_t slot;

    if (find(&c->proc->handles, hash_of_ends(c), true, &slot) == c->fd && c->fd >= 0) {
        take_out(&c->proc->handles, slot);
    }
}
