/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_tables.c - the blocks before the first event. Which fields a row has comes from the schema;
 * what is not known is 0, empty or -1 as scapfmt-scap(5) says of each. Entries of processes end
 * with the tail of 29 bytes: all readers take it right, and what the longer ones add is not known.
 */
#include <string.h>

#include "rows.h"
#include "synth_mem.h"

#define BLOCK_PL_V9  0x215
#define BLOCK_FDL_V2 0x218
#define BLOCK_IL_V2  0x219
#define BLOCK_UL_V2  0x220
#define TAIL_END     "exe_upper_layer"
#define NAME_MAX_FD  1023u /* [scap 8] longest name readers take */
#define PATH_MAX_PL  1024u
#define NAME_MAX_UL  255u
#define ARGS_MAX_PL  4096u

static enum scapf_status put_row(struct scapf_writer *writer, uint32_t block,
                                 const struct row_value *values, size_t n)
{
    const struct row_layout layout = {scapf_schema_builtin(), block, false, TAIL_END};
    struct scapf_row row;

    row_fill(&row, &layout, values, n);
    return scapf_writer_row(writer, &row);
}

static size_t cut(const struct synth_text *text, size_t max)
{
    return text->len < max ? text->len : max;
}

/* ------------------------------------------------------------------ processes */

static enum scapf_status put_process(struct scapf_writer *writer,
                                     const struct synth_stranger *stranger)
{
    const struct synth_proc *p = stranger->first;
    bool main = p->pid == stranger->tid;
    int64_t vpid = p->vpid != 0 ? p->vpid : p->pid;
    const struct row_value values[] = {
        {"tid", stranger->tid, NULL, 0},
        {"pid", p->pid, NULL, 0},
        {"ptid", p->ptid, NULL, 0},
        {"sid", -1, NULL, 0},
        {"vpgid", -1, NULL, 0},
        {"comm", 0, p->name.len > 0 ? p->name.at : stranger->comm,
         p->name.len > 0 ? cut(&p->name, PATH_MAX_PL)
                         : strnlen(stranger->comm, sizeof(stranger->comm))},
        {"exe", 0, p->exe.at, cut(&p->exe, PATH_MAX_PL)},
        {"exepath", 0, p->exepath.at, cut(&p->exepath, PATH_MAX_PL)},
        {"args", 0, p->args.at, cut(&p->args, ARGS_MAX_PL)},
        {"cwd", 0, p->cwd.at, cut(&p->cwd, PATH_MAX_PL)},
        {"fdlimit", p->fdlimit, NULL, 0},
        {"flags", main ? 0 : 0x2001, NULL, 0}, /* [scap 7] CLONE_THREAD, CLONE_FILES */
        {"uid", (int64_t)p->uid, NULL, 0},
        {"gid", (int64_t)p->gid, NULL, 0},
        {"vtid", main ? vpid : stranger->tid, NULL, 0},
        {"vpid", vpid, NULL, 0},
        {"loginuid", UINT32_MAX, NULL, 0},
        {"pgid", -1, NULL, 0},
    };

    return put_row(writer, BLOCK_PL_V9, values, sizeof(values) / sizeof(values[0]));
}

static enum scapf_status put_processes(const struct synth *s, struct scapf_writer *writer)
{
    enum scapf_status status = SCAPF_OK;

    for (uint32_t i = 0; status == SCAPF_OK && i < s->n_strangers; i++) {
        bool again = false;

        for (uint32_t k = 0; k < i && k < 256; k++) {
            again = again ||
                    (s->strangers[k].first != NULL && s->strangers[k].tid == s->strangers[i].tid);
        }
        if (s->strangers[i].first != NULL && !again) {
            status = put_process(writer, &s->strangers[i]);
        }
    }
    return status;
}

/* ------------------------------------------------------------------ descriptors */

static enum scapf_status put_fd(struct scapf_writer *writer, const struct synth_fd *fd)
{
    size_t w = fd->type == SYNTH_FD_IPV6 || fd->type == SYNTH_FD_SERVER6 ? 16 : 4;
    const struct row_value values[] = {
        {"fd", fd->fd, NULL, 0},
        {"ino", (int64_t)fd->ino, NULL, 0},
        {"type", fd->type, NULL, 0},
        {"name", 0, fd->name.at, cut(&fd->name, NAME_MAX_FD)},
        {"sip", 0, fd->local.ip, w},
        {"dip", 0, fd->remote.ip, w},
        {"sport", fd->local.port, NULL, 0},
        {"dport", fd->remote.port, NULL, 0},
        {"ip", 0, fd->local.ip, w},
        {"port", fd->local.port, NULL, 0},
        {"l4proto", fd->l4, NULL, 0},
        {"source", (int64_t)fd->ino, NULL, 0},
        {"destination", (int64_t)fd->peer, NULL, 0},
    };

    return put_row(writer, BLOCK_FDL_V2, values, sizeof(values) / sizeof(values[0]));
}

static enum scapf_status put_fds(struct scapf_writer *writer, const struct synth_stranger *stranger)
{
    const struct synth_fds *table =
        stranger->first->files != NULL ? stranger->first->files->table : NULL;
    const struct row_value head[] = {{"tid", stranger->tid, NULL, 0}};
    const struct row_layout layout = {scapf_schema_builtin(), BLOCK_FDL_V2, true, TAIL_END};
    struct scapf_row row;
    enum scapf_status status;

    row_fill(&row, &layout, head, 1);
    status = scapf_writer_table(writer, BLOCK_FDL_V2, &row);
    for (uint32_t i = 0; status == SCAPF_OK && table != NULL && i < table->cap; i++) {
        if (table->slots[i].fd >= 0 && table->slots[i].open &&
            table->slots[i].type != SYNTH_FD_UNKNOWN) {
            status = put_fd(writer, &table->slots[i]);
        }
    }
    return status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
}

/* ------------------------------------------------------------------ users */

uint32_t synth_user(struct synth *s, const char *name, size_t len, uint32_t uid)
{
    struct synth_user *user;

    for (uint32_t i = 0; i < s->n_users; i++) {
        if (s->users[i].name.len == len && memcmp(s->users[i].name.at, name, len) == 0) {
            return s->users[i].uid;
        }
    }
    if (s->n_users == s->cap_users) {
        uint32_t cap = s->cap_users == 0 ? 8 : s->cap_users * 2;

        user = synth_resize(s, s->users, cap * sizeof(*user));
        if (user == NULL) {
            return SYNTH_NO_ID;
        }
        s->users = user;
        s->cap_users = cap;
    }
    user = &s->users[s->n_users++];
    *user = (struct synth_user){.uid = uid, .gid = SYNTH_NO_ID};
    return synth_set(s, &user->name, name, len) ? uid : SYNTH_NO_ID;
}

static enum scapf_status put_users(const struct synth *s, struct scapf_writer *writer)
{
    enum scapf_status status = scapf_writer_table(writer, BLOCK_UL_V2, NULL);

    for (uint32_t i = 0; status == SCAPF_OK && i < s->n_users; i++) {
        const struct synth_user *user = &s->users[i];
        const struct row_value values[] = {
            {"kind", 0, NULL, 0}, /* a user, no group */
            {"uid", user->uid, NULL, 0},
            {"gid", user->gid, NULL, 0},
            {"name", 0, user->name.at, cut(&user->name, NAME_MAX_UL)},
        };

        status = put_row(writer, BLOCK_UL_V2, values, sizeof(values) / sizeof(values[0]));
    }
    return status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
}

/* ------------------------------------------------------------------ all of them */

static enum scapf_status put_machine(struct scapf_writer *writer, const struct synth_host *host)
{
    const struct row_value values[] = {
        {"num_cpus", host->cpus > 0 ? host->cpus : 1, NULL, 0},
        {"memory_size_bytes", (int64_t)host->memory, NULL, 0},
        {"hostname", 0, host->name, host->name != NULL ? strnlen(host->name, 127) : 0},
    };
    const struct row_layout layout = {scapf_schema_builtin(), SCAPF_BLOCK_MI, true, TAIL_END};
    struct scapf_row row;
    enum scapf_status status;

    row_fill(&row, &layout, values, sizeof(values) / sizeof(values[0]));
    status = scapf_writer_table(writer, SCAPF_BLOCK_MI, &row);
    return status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
}

static enum scapf_status put_empty(struct scapf_writer *writer, uint32_t block)
{
    enum scapf_status status = scapf_writer_table(writer, block, NULL);

    return status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
}

enum scapf_status synth_write_tables(const struct synth *s, struct scapf_writer *writer,
                                     const struct synth_host *host)
{
    enum scapf_status status = scapf_writer_section(writer, 2);

    status = status == SCAPF_OK ? put_machine(writer, host) : status;
    status = status == SCAPF_OK ? put_empty(writer, BLOCK_IL_V2) : status;
    status = status == SCAPF_OK ? put_users(s, writer) : status;
    status = status == SCAPF_OK ? scapf_writer_table(writer, BLOCK_PL_V9, NULL) : status;
    status = status == SCAPF_OK ? put_processes(s, writer) : status;
    status = status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
    for (uint32_t i = 0; status == SCAPF_OK && i < s->n_strangers; i++) {
        if (s->strangers[i].first != NULL && s->strangers[i].first->pid == s->strangers[i].tid) {
            status = put_fds(writer, &s->strangers[i]);
        }
    }
    return status;
}
