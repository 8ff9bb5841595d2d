/* SPDX-License-Identifier: Apache-2.0 */
#include "support/feed.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/host_check.h"
#include "support/story.h"

void put_process(struct mk *m, int64_t tid, int64_t pid, const char *comm, uint32_t flags)
{
    mk_begin(m, 0x202); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, (uint64_t)pid);
    mk_u64(m, 1);
    mk_str16(m, comm);
    mk_str16(m, "/bin/x");
    mk_str16(m, "");
    mk_str16(m, "/home/ann/");
    mk_u64(m, 1024);
    mk_u32(m, flags);
    mk_u32(m, 1000);
    mk_u32(m, 1001);
    mk_end(m);
}

void feed_init(struct feed *f)
{
    mk_init(&f->m, MK_LITTLE);
    mk_shb(&f->m, 2);
    put_process(&f->m, 100, 100, "main", 0);
}

void feed_open(struct feed *f, const struct scapf_host_opts *opts)
{
    struct scapf_src *src;

    cr_assert(scapf_host_new(opts, &f->host) == SCAPF_OK);
    cr_assert(scapf_src_mem(f->m.o.bytes, f->m.o.len, NULL, &src, NULL) == SCAPF_OK);
    cr_assert(scapf_reader_new(src, NULL, &f->reader) == SCAPF_OK);
}

/* A recount walks over everything that is alive: after each record of a short story, but only now
 * and then in a long one, which would else cost the square of its length. */
#define RECOUNT_ALL   500
#define RECOUNT_EVERY 4096

static void recount(const struct feed *f)
{
    const char *fault = host_check(f->host);

    cr_assert_null(fault, "%s", fault);
}

/* Feed records up to and with the n-th event; 0: all that are left. */
void feed_events(struct feed *f, unsigned n)
{
    struct scapf_record rec;

    while (scapf_reader_next(f->reader, &rec) == SCAPF_OK) {
        cr_assert(rec.damage == NULL, "the test built it wrong");
        cr_assert(scapf_host_put(f->host, &rec) == SCAPF_OK);
        if (rec.ordinal < RECOUNT_ALL || rec.ordinal % RECOUNT_EVERY == 0) {
            recount(f);
        }
        if (rec.event != NULL && n > 0 && --n == 0) {
            break;
        }
    }
    recount(f);
}

/* Open and feed everything. */
void feed_all(struct feed *f)
{
    feed_open(f, NULL);
    feed_events(f, 0);
}

void feed_close(struct feed *f)
{
    scapf_host_free(f->host);
    scapf_reader_free(f->reader);
    mk_release(&f->m);
}

/* The start of a descriptor table with one entry; its rest follows, then mk_end(). */
void begin_fd(struct mk *m, int64_t tid, int64_t fd, uint8_t type)
{
    mk_begin(m, 0x203); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, (uint64_t)fd);
    mk_u64(m, 77);
    mk_u8(m, type);
}

void put_file(struct mk *m, int64_t tid, int64_t fd, const char *name)
{
    begin_fd(m, tid, fd, 1);
    mk_str16(m, name);
    mk_end(m);
}

void put_socket4(struct mk *m, int64_t fd, uint8_t host, uint16_t sport, uint16_t dport)
{
    const uint8_t ends[8] = {10, 0, 0, 1, 10, 0, 0, host};

    begin_fd(m, 100, fd, 3);
    mk_bytes(m, ends, sizeof(ends));
    mk_u16(m, sport);
    mk_u16(m, dport);
    mk_u8(m, 2);
    mk_end(m);
}

static void put_param(struct mk *m, const struct scapf_param_info *info, const struct param *p)
{
    if (p->bytes != NULL) {
        mk_param(m, p->bytes, p->len != 0 ? p->len : (uint32_t)strlen(p->bytes) + 1);
        return;
    }
    switch (info->type) {
    case SCAPF_PT_UINT8:
    case SCAPF_PT_FLAGS8:
    case SCAPF_PT_ENUMFLAGS8:
        mk_param_u8(m, (uint8_t)p->number);
        break;
    case SCAPF_PT_FLAGS16:
        mk_param_u16(m, (uint16_t)p->number);
        break;
    case SCAPF_PT_INT32:
    case SCAPF_PT_UINT32:
    case SCAPF_PT_FLAGS32:
    case SCAPF_PT_ENUMFLAGS32:
    case SCAPF_PT_UID:
    case SCAPF_PT_GID:
    case SCAPF_PT_FD32:
    case SCAPF_PT_PID32:
        mk_param_u32(m, (uint32_t)p->number);
        break;
    default:
        mk_param_u64(m, (uint64_t)p->number);
    }
}

/* An event with the first n parameters of the schema (0: all); those not given are empty. */
void put_event(struct mk *m, int64_t tid, uint16_t code, uint32_t n, const struct param *params)
{
    static uint64_t ts = STORY_NS;
    const struct scapf_event_info *info = scapf_schema_event(scapf_schema_builtin(), code);
    uint32_t given = 0;

    cr_assert(info != NULL);
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts++, tid, code);
    for (uint32_t i = 0; i < (n == 0 ? info->n_params : n); i++) {
        const struct param *p = params;

        while (p->name != NULL && strcmp(p->name, info->params[i].name) != 0) {
            p++;
        }
        if (p->name != NULL) {
            put_param(m, &info->params[i], p);
            given++;
        } else {
            mk_param(m, "", 0);
        }
    }
    for (; params->name != NULL; params++) {
        given--;
    }
    cr_assert(given == 0, "event %u has no such parameter", code);
    mk_ev_end(m);
}

/* Name of a descriptor, "-" when it is not open, "?" when it has no known name. */
const char *fd_name(const struct feed *f, int64_t tid, int64_t fd)
{
    struct scapf_fd v;

    return !scapf_host_fd(f->host, tid, fd, &v) ? "-" : v.name == NULL ? "?" : v.name;
}

int fd_type(const struct feed *f, int64_t tid, int64_t fd)
{
    struct scapf_fd v;

    return scapf_host_fd(f->host, tid, fd, &v) ? v.type : -1;
}

struct scapf_thread thread(const struct feed *f, int64_t tid)
{
    struct scapf_thread t;

    cr_assert(scapf_host_thread(f->host, tid, &t), "thread %lld", (long long)tid);
    return t;
}

const char *comm(const struct feed *f, int64_t tid)
{
    struct scapf_thread t;

    return !scapf_host_thread(f->host, tid, &t) ? "-" : t.comm == NULL ? "?" : t.comm;
}
