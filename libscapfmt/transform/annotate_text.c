/* SPDX-License-Identifier: Apache-2.0 */
/*
 * annotate_text.c - what is said about a packet or an event, and about a process.
 *
 * Process Information: a Custom Block that may be copied, of Wireshark's number [pcapng.md 2.6]
 *
 *   u32 0xBAD, u32 length, u32 32622, u32 entry type 3, u32 entry length,
 *   entry: u32 pid, options (2 name, 3 path, 4 command line, 5 ppid, 6 uid, 7 user, 9 start time),
 *   padding, u32 length
 */
#include "transform/align.h"

#define WIRESHARK_PEN      32622u
#define ENTRY_PROCESS_INFO 3u
#define NO_UID             UINT32_MAX

enum pib_option { PIB_NAME = 2, PIB_PATH, PIB_CMDLINE, PIB_PPID, PIB_UID, PIB_USER, PIB_START = 9 };

/* ------------------------------------------------------------------ pieces */

/* "apache2[64136/64148] fd=12 writev" */
static void put_call(struct out *o, const struct scapf_link *l)
{
    out_str(o, l->comm != NULL ? l->comm : "?");
    out_char(o, '[');
    if (l->pid >= 0) {
        out_dec(o, l->pid);
    } else {
        out_char(o, '?');
    }
    out_char(o, '/');
    out_dec(o, l->tid);
    out_lit(o, "] ");
    if (l->fd >= 0) {
        out_lit(o, "fd=");
        out_dec(o, l->fd);
        out_char(o, ' ');
    }
    out_str(o, l->call);
}

static void put_bytes(struct out *o, const struct scapf_link *l)
{
    out_lit(o, "bytes ");
    out_udec(o, l->from);
    out_char(o, '-');
    out_udec(o, l->to);
}

static void put_again(struct out *o, const struct scapf_link *l, const char *what)
{
    if (l->again) {
        out_lit(o, " (");
        out_str(o, what);
        out_char(o, ')');
    }
}

/* ------------------------------------------------------------------ links */

static const char *packet_name(const struct scapf_align *a)
{
    const int ends = a->packet_flags & (TCP_FLAG_SYN | TCP_FLAG_RST | TCP_FLAG_FIN);

    if (!a->packet_is_bare && ends == 0) {
        return "data";
    }
    switch (ends | (a->packet_flags & TCP_FLAG_ACK)) {
    case TCP_FLAG_SYN:
        return "SYN";
    case TCP_FLAG_SYN | TCP_FLAG_ACK:
        return "SYN-ACK";
    case TCP_FLAG_ACK:
        return "ACK";
    default:
        return (a->packet_flags & TCP_FLAG_RST) != 0   ? "RST"
               : (a->packet_flags & TCP_FLAG_FIN) != 0 ? "FIN"
                                                       : "segment";
    }
}

static void say_connection(const struct scapf_align *a, const struct scapf_link *l, bool alone,
                           struct out *o)
{
    bool opens = (a->packet_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN;

    if (opens && l->sender) {
        put_call(o, l);
        out_lit(o, " → SYN");
        put_again(o, l, "again");
        return;
    }
    if (!alone) {
        out_lit(o, "connection of ");
        put_call(o, l);
        return;
    }
    if (l->sender && a->packet_is_bare) {
        out_lit(o, "kernel: ");
    }
    out_str(o, packet_name(a));
    out_lit(o, " of the connection of ");
    put_call(o, l);
    if (!a->packet_is_bare) {
        out_lit(o, ", no call recorded");
    } else if (l->sender) {
        out_lit(o, ", no call made it");
    } else if (!opens) {
        out_lit(o, ", made by the kernel at the other end");
    }
}

static void say_ack(const struct scapf_link *l, struct out *o)
{
    out_str(o, l->sender ? "kernel: ACK of " : "ACK of ");
    put_call(o, l);
    out_str(o, l->sender ? " ← " : " → ");
    if (l->has_bytes) {
        put_bytes(o, l);
    } else {
        out_lit(o, "FIN");
    }
    out_str(o, l->sender ? ", no call made it" : ", made by the kernel at the other end");
}

static void say_wakes(const struct scapf_link *l, struct out *o)
{
    out_lit(o, "wakes ");
    put_call(o, l);
    if (!l->sure && l->other != 0) {
        out_lit(o, " (or packet ");
        out_udec(o, l->other);
        out_lit(o, " does)");
    }
}

static void say_link(const struct scapf_align *a, const struct scapf_link *l, bool alone,
                     struct out *o)
{
    switch (l->kind) {
    case SCAPF_LINK_CONNECTION:
        say_connection(a, l, alone, o);
        break;
    case SCAPF_LINK_WAKES:
        say_wakes(l, o);
        break;
    case SCAPF_LINK_ACK:
        say_ack(l, o);
        break;
    case SCAPF_LINK_IN:
    case SCAPF_LINK_OUT:
        put_call(o, l);
        out_str(o, l->kind == SCAPF_LINK_OUT ? " → " : " ← ");
        put_bytes(o, l);
        put_again(o, l, "again");
        break;
    case SCAPF_LINK_EOF:
    case SCAPF_LINK_FIN:
    case SCAPF_LINK_KINDS:
    default:
        put_call(o, l);
        out_str(o, l->kind == SCAPF_LINK_FIN ? " → FIN" : " ← end");
        put_again(o, l, "again");
        break;
    }
}

void text_packet(struct scapf_align *a, const struct scapf_link *links, size_t n, struct out *o)
{
    bool alone = true;

    for (size_t i = 0; i < n; i++) {
        alone = alone && links[i].kind == SCAPF_LINK_CONNECTION;
    }
    for (size_t i = 0; i < n; i++) {
        const struct scapf_link *before = i > 0 ? &links[i - 1] : NULL;

        if (before != NULL && before->kind == links[i].kind && before->sender == links[i].sender &&
            !before->sure && !links[i].sure) {
            out_lit(o, " or ");
        } else if (before != NULL) {
            out_lit(o, "; ");
        }
        say_link(a, &links[i], alone, o);
    }
}

/* ------------------------------------------------------------------ events */

static void put_run(struct out *o, const struct run *run, bool first)
{
    if (!first) {
        out_lit(o, ", ");
    }
    out_udec(o, run->first);
    if (run->last != run->first) {
        out_char(o, '-');
        out_udec(o, run->last);
    }
}

/* The first packet with payload, if it may have come in time. */
static uint64_t late_packet(const struct scapf_align *a, const struct call *call)
{
    const struct sock_item *s = sock_at(a, call->sock);
    const struct call *made = s->made != 0 ? call_at(a, s->made) : NULL;
    const struct file_item *f;
    int64_t lo = 0;
    int64_t hi = 0;

    if ((call->kind != CALL_ACCEPT && call->kind != CALL_WAITED) || made == NULL ||
        made->kind != CALL_ACCEPT || made->twin == 0) {
        return 0;
    }
    f = map_find(&a->files, (int64_t)made->twin - 1, 0);
    if (f != NULL) {
        clock_at(&f->clock, made->off, &lo, &hi);
    }
    return f != NULL && (int64_t)made->off - hi <= (int64_t)call->exit_ns ? made->check : 0;
}

static void put_file(const struct scapf_align *a, uint32_t file, struct out *o)
{
    const struct file_item *f = map_find(&a->files, file, 0);

    if (a->counts.files > 1 && f != NULL && f->name != 0) {
        out_lit(o, " of ");
        out_str(o, str_bytes(&a->strs, f->name, NULL));
    }
}

static void put_runs(const struct scapf_align *a, const struct call *call, struct out *o)
{
    uint64_t late = late_packet(a, call);
    const struct run *run = NULL;
    bool first = true;

    for (uint32_t id = call->seen; id != 0; id = run->next) {
        const struct run *before = run;
        struct run shown;

        run = pool_at(&a->runs, id);
        shown = *run;
        if (before != NULL && before->file != run->file) {
            put_file(a, before->file, o);
        }
        if (run->next == 0 && call->kind == CALL_ACCEPT && late == run->last + UINT64_C(1)) {
            shown.last++;
            late = 0;
        }
        put_run(o, &shown, first);
        first = false;
    }
    if (late != 0) {
        out_str(o, first ? "" : call->kind == CALL_WAITED ? " or " : ", ");
        out_udec(o, late);
    }
    if ((call->flags & CALL_SEEN_CUT) != 0) {
        out_lit(o, " and more");
    }
    if (run != NULL) {
        put_file(a, run->file, o);
    }
}

void text_event(struct scapf_align *a, const struct call *call, struct out *o)
{
    static const char *const words[CALL_KINDS] = {
        [CALL_EOF] = "end came in packet ",       [CALL_READY] = "told of packet ",
        [CALL_WAKE] = "woken by packet ",         [CALL_ACCEPT] = "connection of packet ",
        [CALL_CONNECT] = "connection of packet ", [CALL_WAITED] = "woken by packet ",
        [CALL_SHUTDOWN] = "FIN sent in packet ",  [CALL_CLOSE] = "FIN sent in packet "};

    if (call->seen == 0 && late_packet(a, call) == 0) {
        return;
    }
    if (o->len > 0) {
        out_lit(o, "; ");
    }
    if (call->kind == CALL_DATA) {
        out_str(o, call->dir == OUT ? "sent in packet " : "came in packet ");
    } else {
        out_str(o, words[call->kind]);
    }
    put_runs(a, call, o);
}

/* ------------------------------------------------------------------ processes */

static void put_option(struct out *o, uint16_t code, const void *bytes, uint32_t len)
{
    size_t start = o->len;

    if (len > 0 && len <= UINT16_MAX) {
        out_u16(o, code);
        out_u16(o, (uint16_t)len);
        out_bytes(o, bytes, len);
        out_pad4(o, start);
    }
}

static void put_text(const struct scapf_align *a, struct out *o, uint16_t code, uint32_t text)
{
    uint32_t len = 0;
    const char *bytes = str_bytes(&a->strs, text, &len);

    if (bytes != NULL) {
        put_option(o, code, bytes, len);
    }
}

static void put_u32(struct out *o, uint16_t code, uint32_t v)
{
    out_u16(o, code);
    out_u16(o, 4);
    out_u32(o, v);
}

void text_process(struct scapf_align *a, const struct process_item *p, struct out *o)
{
    struct out_mark total;
    struct out_mark entry_len;
    size_t start = o->len;
    size_t entry;
    uint32_t len;

    out_u32(o, SCAPF_BLOCK_CUSTOM);
    total = out_hold_u32(o);
    out_u32(o, WIRESHARK_PEN);
    out_u32(o, ENTRY_PROCESS_INFO);
    entry_len = out_hold_u32(o);
    entry = o->len;
    out_u32(o, (uint32_t)p->key.a);
    put_text(a, o, PIB_NAME, p->comm);
    put_text(a, o, PIB_PATH, p->exepath);
    len = p->args_len;
    if (p->args != 0) {
        put_option(o, PIB_CMDLINE, str_bytes(&a->strs, p->args, NULL), len);
    }
    if (p->ppid > 0 && p->ppid <= UINT32_MAX) {
        put_u32(o, PIB_PPID, (uint32_t)p->ppid);
    }
    if (p->uid != NO_UID) {
        put_u32(o, PIB_UID, p->uid);
    }
    put_text(a, o, PIB_USER, p->user);
    if (p->start_ns != 0) {
        out_u16(o, PIB_START);
        out_u16(o, 8);
        out_u64(o, p->start_ns);
    }
    out_u32(o, 0); /* opt_endofopt */
    out_fill_u32(o, entry_len, (uint32_t)(o->len - entry));
    out_pad4(o, start);
    len = (uint32_t)(o->len - start) + 4;
    out_u32(o, len);
    out_fill_u32(o, total, len);
}
