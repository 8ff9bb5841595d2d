/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tools/record/ring.h"

#define SIZE    4096u
#define BUSY    (1u << 31)
#define DISCARD (1u << 30)

/* What the kernel does, in memory of a file. */
struct kernel {
    size_t page;
    uint8_t *at; /* consumer, producer, data */
    uint64_t pos;
    struct ring ring;
};

static uint64_t *word(const struct kernel *k, size_t n)
{
    return (uint64_t *)(void *)(k->at + n * k->page);
}

static void make(struct kernel *k)
{
    int fd = memfd_create("ring", MFD_CLOEXEC);

    *k = (struct kernel){.page = (size_t)sysconf(_SC_PAGESIZE)};
    cr_assert(fd >= 0 && ftruncate(fd, (off_t)(2 * k->page + SIZE)) == 0);
    k->at = mmap(NULL, 2 * k->page + SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(k->at != MAP_FAILED && ring_open(&k->ring, fd, SIZE));
}

static void drop(struct kernel *k)
{
    (void)munmap(k->at, 2 * k->page + SIZE);
    ring_close(&k->ring);
}

/* A record, however it lies; its head word is `flags` more than its length. */
static void put(struct kernel *k, const void *bytes, uint32_t len, uint32_t flags)
{
    uint32_t head[2] = {len | flags, 0};
    uint8_t *data = k->at + 2 * k->page;

    for (uint32_t i = 0; i < 8 + len; i++) {
        data[(k->pos + i) % SIZE] =
            i < 8 ? ((const uint8_t *)head)[i] : ((const uint8_t *)bytes)[i - 8];
    }
    k->pos += (8 + len + 7) & ~7u;
    cr_assert(k->pos - *word(k, 0) <= SIZE, "the test writes more than there is room");
    __atomic_store_n(word(k, 1), k->pos, __ATOMIC_RELEASE);
}

static uint32_t record(uint8_t *to, uint8_t kind, uint64_t ts, uint64_t until, uint32_t more)
{
    struct rec_head head = {.ts = ts, .kind = kind, .until = until};

    memcpy(to, &head, sizeof(head));
    for (uint32_t i = 0; i < more; i++) {
        to[sizeof(head) + i] = (uint8_t)(ts + i);
    }
    return (uint32_t)sizeof(head) + more;
}

/* At every place where a record can lie, over the end and not. */
Test(ring, every_record_is_in_one_piece)
{
    struct kernel k;
    uint8_t bytes[2048];

    make(&k);
    for (uint64_t i = 1; i < 4000; i++) {
        uint32_t len = record(bytes, REC_EXIT, i, 0, (uint32_t)(i * 7 % 1500));
        struct rec_view view;

        cr_assert(!ring_peek(&k.ring));
        put(&k, bytes, len, 0);
        cr_assert(ring_peek(&k.ring) && k.ring.ts == i);
        view = ring_take(&k.ring);
        cr_assert(view.kind == REC_EXIT && view.len == len && memcmp(view.bytes, bytes, len) == 0,
                  "record %llu", (unsigned long long)i);
        ring_release(&k.ring);
        cr_assert(*word(&k, 0) == k.pos && ring_fill(&k.ring) == 0);
    }
    drop(&k);
}

Test(ring, a_call_comes_twice)
{
    struct kernel k;
    uint8_t bytes[256];
    uint32_t len = record(bytes, REC_CALL, 50, 90, 8);
    struct rec_view view;

    make(&k);
    put(&k, bytes, len, 0);
    cr_assert(ring_peek(&k.ring) && k.ring.ts == 50);
    view = ring_take(&k.ring);
    cr_expect(view.kind == REC_ENTER && memcmp(view.bytes, bytes, len) == 0);
    ring_release(&k.ring);
    cr_expect(*word(&k, 0) == 0, "its room is given back too early");
    cr_assert(ring_peek(&k.ring) && k.ring.ts == 90);
    view = ring_take(&k.ring);
    cr_expect(view.kind == REC_EXIT && memcmp(view.bytes, bytes, len) == 0);
    ring_release(&k.ring);
    cr_expect(*word(&k, 0) == k.pos && !ring_peek(&k.ring));
    drop(&k);
}

/* One whose times are the wrong way round is no reason to go back, or to stay for ever. */
Test(ring, a_call_that_returned_before_it_began)
{
    struct kernel k;
    uint8_t bytes[256];

    make(&k);
    put(&k, bytes, record(bytes, REC_CALL, 90, 50, 0), 0);
    cr_assert(ring_peek(&k.ring) && ring_take(&k.ring).kind == REC_ENTER);
    cr_assert(ring_peek(&k.ring) && k.ring.ts == 90);
    cr_expect(ring_take(&k.ring).kind == REC_EXIT);
    put(&k, bytes, record(bytes, REC_CALL, 0, 0, 0), 0);
    cr_assert(ring_peek(&k.ring) && ring_take(&k.ring).kind == REC_ENTER);
    cr_assert(ring_peek(&k.ring) && ring_take(&k.ring).kind == REC_EXIT);
    cr_expect(!ring_peek(&k.ring));
    drop(&k);
}

Test(ring, what_is_being_written_waits_and_what_is_dropped_is_skipped)
{
    struct kernel k;
    uint8_t bytes[256];
    uint32_t len = record(bytes, REC_END, 5, 0, 24);

    make(&k);
    put(&k, bytes, len, DISCARD);
    put(&k, bytes, len, BUSY);
    cr_expect(!ring_peek(&k.ring));
    *(uint32_t *)(void *)(k.at + 2 * k.page + ((8 + len + 7) & ~7u)) = len;
    cr_assert(ring_peek(&k.ring));
    cr_expect(ring_take(&k.ring).kind == REC_END);
    cr_expect(!ring_peek(&k.ring));
    cr_expect(ring_fill(&k.ring) == (2 * ((8 + len + 7) & ~7u)) * 100 / SIZE);
    drop(&k);
}

/* Shorter than its head, or longer than any: the decoder says that it is malformed. */
Test(ring, records_of_impossible_lengths)
{
    struct kernel k;
    uint8_t bytes[256] = {0};
    uint32_t *head;

    make(&k);
    put(&k, bytes, 3, 0);
    cr_assert(ring_peek(&k.ring));
    cr_expect(ring_take(&k.ring).len == 3);
    head = (uint32_t *)(void *)(k.at + 2 * k.page + k.pos);
    put(&k, bytes, 64, 0);
    *head = 0x3fffffff;
    cr_assert(ring_peek(&k.ring));
    cr_expect(ring_take(&k.ring).len == 0);
    cr_expect(!ring_peek(&k.ring));
    drop(&k);
}

Test(ring, where_nothing_can_be_mapped)
{
    struct ring r;

    cr_expect(!ring_open(&r, -1, SIZE));
    ring_close(&r);
}
