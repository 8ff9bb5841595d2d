/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUSY    (1u << 31) /* the kernel writes it still */
#define DISCARD (1u << 30)
#define HEAD    8u

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool ring_open(struct ring *r, int fd, uint64_t size)
{
    uint8_t *at;

    *r = (struct ring){.fd = fd, .size = size, .whole = malloc(REC_SCRATCH)};
    at = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (r->whole == NULL || at == MAP_FAILED) {
        return false;
    }
    r->consumer = (volatile uint64_t *)(void *)at;
    at = mmap(NULL, page() + size, PROT_READ, MAP_SHARED, fd, (off_t)page());
    if (at == MAP_FAILED) {
        return false;
    }
    r->producer = (const volatile uint64_t *)(void *)at;
    r->data = at + page();
    return true;
}

void ring_close(struct ring *r)
{
    if (r->producer != NULL) {
        (void)munmap((void *)(uintptr_t)r->producer, page() + r->size);
    }
    if (r->consumer != NULL) {
        (void)munmap((void *)(uintptr_t)r->consumer, page());
    }
    if (r->fd > 0) {
        (void)close(r->fd);
    }
    free(r->whole);
    *r = (struct ring){0};
}

/* The bytes at a position, as one piece. */
static const uint8_t *piece(const struct ring *r, uint64_t pos, size_t len)
{
    uint64_t at = pos & (r->size - 1);
    size_t first = (size_t)(r->size - at);

    if (len <= first) {
        return r->data + at;
    }
    if (len > REC_SCRATCH) { /* the kernel part makes none of these: it is told as malformed */
        return r->whole;
    }
    memcpy(r->whole, r->data + at, first);
    memcpy(r->whole + first, r->data, len - first);
    return r->whole;
}

/* The record of len bytes at the position: when it was made, and of a call, when it returned. */
static void look_at(struct ring *r, uint32_t len)
{
    struct rec_head head = {0};

    r->view.bytes = piece(r, r->pos + HEAD, len);
    r->view.len = len <= REC_SCRATCH ? len : 0;
    memcpy(&head, r->view.bytes, r->view.len < sizeof(head) ? r->view.len : sizeof(head));
    r->view.kind = head.kind;
    r->ts = head.ts + (head.ts == 0);
    r->until = 0;
    if (head.kind == REC_CALL) {
        r->view.kind = REC_ENTER;
        r->until = head.until > r->ts ? head.until : r->ts;
    }
}

static uint64_t behind(uint64_t pos, size_t len)
{
    return pos + ((HEAD + len + 7) & ~(size_t)7);
}

bool ring_peek(struct ring *r)
{
    while (r->ts == 0) {
        uint64_t end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
        uint32_t len;

        if (r->pos >= end) {
            return false;
        }
        len = __atomic_load_n((const uint32_t *)(const void *)(r->data + (r->pos & (r->size - 1))),
                              __ATOMIC_ACQUIRE);
        if ((len & BUSY) != 0) {
            return false;
        }
        r->next = behind(r->pos, len & ~DISCARD);
        if ((len & DISCARD) != 0) {
            r->pos = r->next;
        } else {
            look_at(r, len);
        }
    }
    return true;
}

struct rec_view ring_take(struct ring *r)
{
    struct rec_view view = r->view;

    if (r->until != 0) { /* a call that begins */
        r->ts = r->until;
        r->until = 0;
        r->view.kind = REC_EXIT;
    } else {
        r->pos = r->next;
        r->ts = 0;
    }
    return view;
}

void ring_release(struct ring *r)
{
    __atomic_store_n(r->consumer, r->pos, __ATOMIC_RELEASE);
}

unsigned ring_fill(const struct ring *r)
{
    uint64_t used = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) -
                    __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);

    return (unsigned)(used * 100 / r->size);
}
