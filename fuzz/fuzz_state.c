/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the state of a host over an arbitrary stream of tables and events. The input is a list of
 * events: u8 code (low), u8 code (high) and thread, u8 what the next parameters are, and for every
 * parameter of the schema a small number or a piece of text. Numbers are small on purpose: threads
 * and descriptors have to meet. An input that starts as a capture is read as one instead.
 * Traps: counts that a recount does not confirm, look-ups that contradict each other, memory beyond
 * the limit, ancestors without end. */
#include <stdlib.h>
#include <string.h>

#include "bytes/cur.h"
#include "support/host_check.h"
#include "support/mk.h"
#include "target.h"

#define MAX_BYTES ((size_t)8 << 20)

/* ------------------------------------------------------------------ from bytes to a capture */

static const char *const texts[] = {
    "",        "/",        "a",      "/tmp/x", "..",
    "../../y", "b/./c//d", "(NULL)", "<NA>",   "/var/log/very/long/path/of/a/log/file.txt"};

static const char *const raws[] = {
    "\x01\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10/s",
    "\x02\x0a\0\0\1\x50\0\x0a\0\0\2\x35\0",
    "",
    "\x0a",
    "{\"container\":{\"id\":\"0123456789ab\",\"name\":\"n\"}}",
    "cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
static const uint32_t raw_lens[] = {20, 13, 0, 1, 47, 77};

static void put_param(struct mk *m, const struct scapf_param_info *info, uint8_t b)
{
    static const int64_t numbers[] = {0,  1,  2,    3,    4,      5,         6,         7,
                                      -1, -2, -100, 4097, 0x2001, INT64_MAX, INT64_MIN, 0xffffffff};
    int64_t v = numbers[b & 15];

    if (b == 0xff) {
        mk_param(m, "", 0);
        return;
    }
    switch (info->type) {
    case SCAPF_PT_CHARBUF:
    case SCAPF_PT_FSPATH:
    case SCAPF_PT_FSRELPATH:
        if (b < 0xE0) {
            mk_param_str(m, texts[b % (sizeof(texts) / sizeof(texts[0]))]);
            break;
        }
        /* fall through */
    case SCAPF_PT_BYTEBUF:
    case SCAPF_PT_SOCKADDR:
    case SCAPF_PT_SOCKTUPLE:
    case SCAPF_PT_DYN:
    case SCAPF_PT_FDLIST:
        b = (uint8_t)(b % (sizeof(raws) / sizeof(raws[0])));
        mk_param(m, raws[b], raw_lens[b]);
        break;
    case SCAPF_PT_UINT8:
    case SCAPF_PT_FLAGS8:
    case SCAPF_PT_ENUMFLAGS8:
        mk_param_u8(m, (uint8_t)v);
        break;
    case SCAPF_PT_FLAGS16:
    case SCAPF_PT_ENUMFLAGS16:
    case SCAPF_PT_UINT16:
        mk_param_u16(m, (uint16_t)v);
        break;
    case SCAPF_PT_INT32:
    case SCAPF_PT_UINT32:
    case SCAPF_PT_FLAGS32:
    case SCAPF_PT_ENUMFLAGS32:
    case SCAPF_PT_UID:
    case SCAPF_PT_GID:
    case SCAPF_PT_FD32:
    case SCAPF_PT_PID32:
    case SCAPF_PT_MODE:
        mk_param_u32(m, (uint32_t)v);
        break;
    default:
        mk_param_u64(m, (uint64_t)v);
    }
}

static void put_process(struct mk *m, uint8_t tid, uint8_t pid, uint8_t flags)
{
    mk_begin(m, 0x202);
    mk_u64(m, tid & 7);
    mk_u64(m, pid & 7);
    mk_u64(m, flags & 7);
    mk_str16(m, "comm");
    mk_str16(m, "exe");
    mk_str16(m, "");
    mk_str16(m, texts[flags % 7]);
    mk_u64(m, 1024);
    mk_u32(m, (flags & 8) != 0 ? 0x2001 : 0);
    mk_u32(m, 0);
    mk_u32(m, 0);
    mk_end(m);
    mk_begin(m, 0x203);
    mk_u64(m, tid & 7);
    mk_u64(m, (uint64_t)pid << (flags >> 6));
    mk_u64(m, 77);
    mk_u8(m, 1);
    mk_str16(m, texts[pid % 7]);
    mk_end(m);
}

static void put_event(struct mk *m, struct cur *c)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    uint8_t low = cur_u8(c);
    uint8_t high = cur_u8(c);
    uint8_t count = cur_u8(c);
    const struct scapf_event_info *info =
        scapf_schema_event(schema, (uint16_t)(low | (high & 1) << 8));
    uint32_t n;

    if (low == 0xff) {
        if (high == 0xff) {
            mk_shb(m, 2);
        } else {
            put_process(m, high, count, cur_u8(c));
        }
        return;
    }
    if (info == NULL || (info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0) {
        return;
    }
    n = count < info->n_params ? count : info->n_params;
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, cur_left(c), high >> 1 & 7, info->code);
    for (uint32_t i = 0; i < n; i++) {
        put_param(m, &info->params[i], cur_u8(c));
    }
    mk_ev_end(m);
}

/* ------------------------------------------------------------------ asking */

static void ask(struct scapf_host *host)
{
    const struct scapf_host_event *e = scapf_host_event(host);
    const struct scapf_event *enter = scapf_host_enter(host);
    struct scapf_thread t;
    struct scapf_fd fd;
    uint64_t position = 0;
    int64_t tids[64];
    size_t n = scapf_host_ancestors(host, e->tid, tids, 64);

    must(n <= 64);
    must(e->has_enter == (enter != NULL));
    if (enter != NULL) {
        must((enter->code & 1) == 0 && enter->tid == e->tid);
        for (uint32_t i = 0; i < enter->n_params; i++) {
            struct scapf_value v;
            enum scapf_status status = scapf_event_value(enter, i, &v, NULL);

            must(status == SCAPF_OK || status == SCAPF_E_FORMAT);
        }
    }
    while (scapf_host_next_fd(host, e->tid, &position, &fd)) {
        struct scapf_fd again;

        must(scapf_host_fd(host, e->tid, fd.fd, &again) && again.type == fd.type);
    }
    if (scapf_host_thread(host, e->tid, &t)) {
        must(t.tid == e->tid && strlen(t.container) < sizeof(t.container));
        must((t.comm == NULL) == (scapf_host_comm(host, e->tid) == NULL));
    }
}

static void run(const uint8_t *bytes, size_t len)
{
    const struct scapf_host_opts opts = {.size = sizeof(opts), .max_bytes = MAX_BYTES};
    struct scapf_host *host;
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    uint64_t n = 0;

    must(scapf_host_new(&opts, &host) == SCAPF_OK);
    src = target_src(bytes, len);
    if (scapf_reader_new(src, NULL, &reader) != SCAPF_OK) {
        scapf_host_free(host);
        return;
    }
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_host_put(host, &rec) == SCAPF_OK);
        ask(host);
        must(n++ % 16 != 0 || host_check(host) == NULL);
        must(scapf_host_counters(host)->bytes <= MAX_BYTES);
    }
    must(host_check(host) == NULL);
    scapf_reader_free(reader);
    scapf_host_free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mk m;
    struct cur c = cur_make(data, size, 0, false);

    if (size >= 4 && memcmp(data, "\x0a\x0d\x0d\x0a", 4) == 0) {
        run(data, size);
        return 0;
    }
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    while (cur_left(&c) > 2 && cur_ok(&c)) {
        put_event(&m, &c);
    }
    run(m.o.bytes, m.o.len);
    mk_release(&m);
    return 0;
}
