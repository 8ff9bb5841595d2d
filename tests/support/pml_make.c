/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pml_make.h"

#include <stdlib.h>
#include <string.h>

#define CAP     65536u
#define HEADER  0x3A8u
#define BEGIN   UINT64_C(132600000010000000) /* 2021-03-12 05:20:01 UTC */
#define FILE_AT "C:\\Users\\alice\\notes.txt"
#define EDITOR  "C:\\Edit\\editor.exe"

struct buf {
    uint8_t *p;
    size_t len;
    bool wide;
};

static void u(struct buf *b, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        b->p[b->len++] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
    }
}

static void pointer(struct buf *b, uint64_t value)
{
    u(b, value, b->wide ? 8 : 4);
}

static void fix(struct buf *b, size_t at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        b->p[at + i] = (uint8_t)(value >> 8 * i);
    }
}

static void wide_text(struct buf *b, const char *text, bool nul)
{
    for (; *text != '\0'; text++) {
        u(b, (uint8_t)*text, 2);
    }
    u(b, 0, nul ? 2 : 0);
}

static void narrow_text(struct buf *b, const char *text)
{
    memcpy(b->p + b->len, text, strlen(text));
    b->len += strlen(text);
}

static uint64_t narrow(const char *text)
{
    return 0x8000u | strlen(text);
}

/* ------------------------------------------------------------------ events */

struct head {
    uint32_t process, tid, cls, code, status;
    uint64_t at, duration;
    unsigned frames;
};

static struct {
    uint32_t offsets[PML_EVENTS];
    uint32_t n;
    size_t size_at, detail_at;
} events;

static void begin(struct buf *b, const struct head *h)
{
    events.offsets[events.n++] = (uint32_t)b->len;
    u(b, h->process, 4);
    u(b, h->tid, 4);
    u(b, h->cls, 4);
    u(b, h->code, 2);
    u(b, 0xABCD, 2); /* Procmon leaves it as it is */
    u(b, 1000 + events.n, 4);
    u(b, h->duration, 8);
    u(b, BEGIN + h->at, 8);
    u(b, h->status, 4);
    u(b, h->frames, 2);
    u(b, 0xEF, 2);
    events.size_at = b->len;
    u(b, 0, 8);
    for (unsigned i = 0; i < h->frames; i++) {
        pointer(b, i == 0 ? (b->wide ? 0xFFFFF80000001234u : 0x80001234u) : 0x401000u + i);
    }
    events.detail_at = b->len;
}

static void end(struct buf *b, const uint8_t *extra, size_t extra_len)
{
    fix(b, events.size_at, b->len - events.detail_at, 4);
    if (extra != NULL) {
        fix(b, events.size_at + 4, b->len - events.offsets[events.n - 1], 4);
        u(b, extra_len, 2);
        memcpy(b->p + b->len, extra, extra_len);
        b->len += extra_len;
    }
}

/* Minor code, flags, FLT_PARAMETERS, path: what every event of a file begins with. */
static void file_head(struct buf *b, uint8_t minor, uint32_t flags, const uint8_t *params, size_t n,
                      const char *path)
{
    size_t len = 0x14 + 5 * (b->wide ? 8u : 4u) - 12;

    u(b, minor, 4);
    u(b, 0, 4);
    u(b, flags, 4);
    u(b, 0, 4);
    memset(b->p + b->len, 0, len);
    memcpy(b->p + b->len, params, n < len ? n : len);
    b->len += len;
    u(b, narrow(path), 2);
    u(b, 0, 2);
    narrow_text(b, path);
}

static void create(struct buf *b, uint64_t at, uint32_t status, uint32_t disposition,
                   uint32_t access, uint32_t result)
{
    uint8_t bytes[64];
    struct buf params = {bytes, 0, b->wide};
    uint8_t extra[4] = {(uint8_t)result, 0, 0, 0};

    begin(b, &(struct head){2, 3004, 3, 20, status, at, 310, 2});
    pointer(&params, 0);
    u(&params, disposition << 24 | 0x60, 4);
    u(&params, 0, b->wide ? 4 : 0);
    u(&params, 0x80, 2);
    u(&params, 1, 2);
    u(&params, 0, b->wide ? 4 : 4);
    pointer(&params, 0);
    pointer(&params, 0);
    file_head(b, 0, 0, bytes, params.len, FILE_AT);
    u(b, access, 4);
    u(b, 0, 4);
    end(b, status == 0 ? extra : NULL, 4);
}

static void transfer(struct buf *b, uint64_t at, uint32_t code, uint32_t status, uint64_t offset,
                     uint32_t len)
{
    uint8_t bytes[64];
    struct buf params = {bytes, 0, b->wide};

    begin(b, &(struct head){2, 3004, 3, code, status, at, 150, 0});
    u(&params, len, 4);
    u(&params, 0, b->wide ? 4 : 0);
    u(&params, 0, 4);
    u(&params, 0, b->wide ? 4 : 0);
    u(&params, offset, 8);
    file_head(b, 0, 3u << 17 | 3, bytes, params.len, FILE_AT);
    end(b, NULL, 0);
}

static void processes_begin(struct buf *b)
{
    static const char command[] = "editor.exe notes.txt";

    begin(b, &(struct head){1, 1204, 1, 1, 0, 0, 0, 0});
    u(b, 2, 4);
    u(b, 3000, 4);
    memset(b->p + b->len, 0, 0x24);
    b->len += 0x24;
    u(b, 12, 1);
    u(b, 0, 1);
    u(b, narrow(EDITOR), 2);
    u(b, narrow(command), 2);
    u(b, 0, 2);
    memset(b->p + b->len, 1, 12); /* a SID */
    b->len += 12;
    narrow_text(b, EDITOR);
    narrow_text(b, command);
    end(b, NULL, 0);
    begin(b, &(struct head){2, 1204, 1, 7, 0, 10, 0, 0});
    u(b, 1200, 4);
    u(b, narrow(command), 2);
    u(b, 15, 2); /* wide characters */
    u(b, 9, 4);
    narrow_text(b, command);
    wide_text(b, "C:\\Users\\alice\\", false);
    wide_text(b, "A=1", true);
    wide_text(b, "B=2", true);
    u(b, 0, 2);
    end(b, NULL, 0);
    begin(b, &(struct head){2, 1204, 1, 3, 0, 20, 0, 0});
    u(b, 3004, 4);
    end(b, NULL, 0);
    begin(b, &(struct head){2, 3004, 1, 5, 0, 30, 0, 0});
    pointer(b, 0x400000);
    u(b, 0x32000, 4);
    u(b, narrow(EDITOR), 2);
    u(b, 0, 2);
    narrow_text(b, EDITOR);
    end(b, NULL, 0);
}

static void registry(struct buf *b)
{
    static const char key[] = "HKCU\\Software\\Edit\\Font";
    uint8_t extra[24] = {0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 'a', 0, 'b', 0, 'c', 0, 0, 0};

    begin(b, &(struct head){2, 3004, 2, 0, 0xC0000034, 3000, 21, 0});
    u(b, narrow(key), 2);
    u(b, 0, 2);
    u(b, 0x20019, 4);
    narrow_text(b, key);
    end(b, NULL, 0);
    begin(b, &(struct head){2, 3004, 2, 5, 0, 3100, 21, 0});
    u(b, narrow(key), 2);
    u(b, 0, 2);
    u(b, 144, 4);
    u(b, 2, 4);
    narrow_text(b, key);
    end(b, extra, 20);
}

static void network(struct buf *b, uint64_t at, uint32_t code, uint32_t len)
{
    begin(b, &(struct head){2, 0, 5, code, 0, at, 0, 0});
    u(b, 7, 2);
    u(b, 0, 2);
    u(b, len, 4);
    u(b, 0x1401A8C0, 4); /* 192.168.1.20 */
    u(b, 0, 8);
    u(b, 0, 4);
    u(b, 0x077100CB, 4); /* 203.0.113.7 */
    u(b, 0, 8);
    u(b, 0, 4);
    u(b, 50123, 2);
    u(b, 443, 2);
    wide_text(b, "seqnum", true);
    wide_text(b, "0", true);
    u(b, 0, 2);
    end(b, NULL, 0);
}

static void processes_end(struct buf *b)
{
    begin(b, &(struct head){2, 3004, 1, 4, 0, 9000, 0, 0});
    u(b, 0, 4);
    u(b, 156250, 8);
    u(b, 0, 8);
    end(b, NULL, 0);
    begin(b, &(struct head){2, 3004, 1, 2, 0, 9100, 0, 0});
    u(b, 0xFFFFFFFE, 4);
    u(b, 156250, 8);
    u(b, 0, 8);
    for (int i = 1; i <= 4; i++) {
        u(b, 1000000u * (unsigned)i, 8);
    }
    end(b, NULL, 0);
}

static void put_events(struct buf *b)
{
    events.n = 0;
    processes_begin(b);
    create(b, 1000, 0xC0000034, 1, 0x120089, 0);
    create(b, 1500, 0, 2, 0x120116, 2);
    transfer(b, 2000, 24, 0, 0, 1234);
    transfer(b, 2200, 23, 0xC0000011, 1234, 4096);
    begin(b, &(struct head){2, 3004, 3, 38, 0, 2500, 10, 0});
    file_head(b, 0, 0, (const uint8_t *)"", 0, FILE_AT);
    end(b, NULL, 0);
    registry(b);
    network(b, 4000, 5, 0);
    network(b, 5000, 2, 429);
    begin(b, &(struct head){2, 3004, 4, 0, 0, 6000, 0, 0}); /* Thread Profiling: nobody reads it */
    u(b, 1, 4);
    u(b, 2, 4);
    u(b, 3, 4);
    end(b, NULL, 0);
    processes_end(b);
}

/* ------------------------------------------------------------------ tables */

static const char *const strings[] = {"",
                                      "System",
                                      "NT AUTHORITY\\SYSTEM",
                                      "shell.exe",
                                      "C:\\shell.exe",
                                      "Medium",
                                      "BOX\\alice",
                                      "editor.exe",
                                      EDITOR,
                                      "editor.exe notes.txt",
                                      "Edit & Co",
                                      "2.1",
                                      "An editor",
                                      "C:\\Windows\\ntoskrnl.exe"};

static void put_process(struct buf *b, const uint32_t *n, const uint32_t *texts, uint32_t module)
{
    u(b, n[0], 4); /* index, PID, parent, index of the parent */
    u(b, n[1], 4);
    u(b, n[2], 4);
    u(b, n[3], 4);
    u(b, n[1] == 4 ? 0x3E7 : 0x1A2B3, 8);
    u(b, 0, 8);
    u(b, n[1] == 3000 ? BEGIN + 10 : BEGIN - 10000000, 8);
    u(b, n[1] == 3000 ? BEGIN + 9100 : 0, 8);
    u(b, 0, 4);
    u(b, b->wide, 4);
    for (int i = 0; i < 8; i++) {
        u(b, texts[i], 4);
    }
    u(b, 0, 8);
    pointer(b, 0);
    u(b, 1, 4);
    pointer(b, 0);
    pointer(b, n[1] == 4 ? (b->wide ? 0xFFFFF80000000000u : 0x80000000u) : 0x400000);
    u(b, 0x32000, 4);
    u(b, module, 4);
    u(b, 11, 4);
    u(b, 10, 4);
    u(b, 12, 4);
    u(b, 0x5F000000, 4);
    u(b, 0, 16);
    u(b, BEGIN - 100, 8);
}

static void put_processes(struct buf *b)
{
    static const uint32_t numbers[3][4] = {{0, 4, 0, 0}, {1, 1200, 4, 0}, {2, 3000, 1200, 1}};
    static const uint32_t texts[3][8] = {
        {1, 2, 1, 1, 0, 0, 0, 0}, {5, 6, 3, 4, 4, 0, 0, 0}, {5, 6, 7, 8, 9, 10, 11, 12}};
    static const uint32_t modules[3] = {13, 4, 8};
    size_t start = b->len;

    u(b, 3, 4);
    for (uint32_t i = 0; i < 3; i++) {
        u(b, i, 4);
    }
    u(b, 0, 12);
    for (uint32_t i = 0; i < 3; i++) {
        fix(b, start + 16 + 4 * i, b->len - start, 4);
        put_process(b, numbers[i], texts[i], modules[i]);
    }
}

static void put_strings(struct buf *b)
{
    uint32_t n = sizeof(strings) / sizeof(strings[0]);
    size_t start = b->len;

    u(b, n, 4);
    memset(b->p + b->len, 0, 4 * n);
    b->len += 4 * n;
    for (uint32_t i = 0; i < n; i++) {
        fix(b, start + 4 + 4 * i, b->len - start, 4);
        u(b, 2 * (strlen(strings[i]) + 1), 4);
        wide_text(b, strings[i], true);
    }
}

static void put_hosts(struct buf *b)
{
    u(b, 1, 4);
    u(b, 0x077100CB, 4);
    u(b, 0, 8);
    u(b, 0, 4);
    u(b, 24, 4);
    wide_text(b, "edit.exampl", true);
    u(b, 1, 4);
    u(b, 443, 2);
    u(b, 1, 2);
    u(b, 12, 4);
    wide_text(b, "https", true);
}

uint8_t *pml_make(bool wide, bool closed, size_t *len, struct pml_places *places)
{
    struct buf b = {calloc(1, CAP), HEADER, wide};

    if (b.p == NULL) {
        return NULL;
    }
    memcpy(b.p, "PML_\x09\0\0\0", 8);
    fix(&b, 8, wide, 4);
    memcpy(b.p + 12, "B\0O\0X\0", 6);
    put_events(&b);
    *places = (struct pml_places){.first_event = HEADER, .offsets = b.len};
    fix(&b, 0x234, events.n, 4);
    for (uint32_t i = 0; i < events.n; i++) {
        u(&b, events.offsets[i], 5);
    }
    places->processes = b.len;
    put_processes(&b);
    places->strings = b.len;
    put_strings(&b);
    u(&b, 0, 4); /* icons */
    places->hosts = b.len;
    put_hosts(&b);
    fix(&b, 0x390, UINT64_C(8) << 30, 8);
    fix(&b, 0x38C, 4, 4);
    if (closed) {
        fix(&b, 0x240, HEADER, 8);
        fix(&b, 0x248, places->offsets, 8);
        fix(&b, 0x250, places->processes, 8);
        fix(&b, 0x258, places->strings, 8);
        fix(&b, 0x260, places->hosts - 4, 8);
        fix(&b, 0x398, HEADER, 8);
        fix(&b, 0x3A0, places->hosts, 8);
    } else {
        b.len = places->offsets;
    }
    *len = b.len;
    return b.p;
}
