/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - which thread, descriptor and user a number means, as the tables of a section say.
 *
 * Fed with every record of a section; copies what it keeps. What no table has named is not known:
 * look-ups return NULL, nothing is guessed. Events take away names they make untrue (close,
 * connect, chdir, procexit) and bring those they carry (the command of execve and clone, users);
 * what an event ends is forgotten with the record after it, so that it can still be shown with its
 * name. Memory is bounded by what the tables hold, and by 64 MiB in all: beyond that, names are
 * unknown.
 */
#ifndef SCAPF_STATE_NAMES_H
#define SCAPF_STATE_NAMES_H

#include "scapfmt.h"

struct names;

/* A thread as the last table or event that tells of it says. Strings are NUL-ended copies, NULL
 * when they are not known (any more). */
struct names_thread {
    int64_t tid, pid, ptid;
    uint32_t uid, gid;
    const char *comm, *exe, *exepath, *cwd;
    const char *args; /* NUL-separated list of args_len bytes */
    uint32_t args_len;
};

/* A descriptor. type is the number of the fd table (scap 8). */
struct names_fd {
    int64_t fd;
    uint8_t type;
    uint8_t l4proto;
    const char *name; /* what sysdig shows: path, "a.b.c.d:p->e.f.g.h:q", ... */
};

/* NULL when there is no memory. Free with names_free(). */
struct names *names_new(const struct scapf_alloc *alloc, const struct scapf_schema *schema);
void names_free(struct names *names);
/* Forget everything: a new section starts. */
void names_clear(struct names *names);
/* Take in a record. OK or E_NOMEM; damaged tables count as far as they can be read. */
enum scapf_status names_put(struct names *names, const struct scapf_record *rec);

/* Look-ups; NULL when not known. Valid until the next names_put(). */
const struct names_thread *names_thread(const struct names *names, int64_t tid);
/* The descriptor of the process the thread belongs to. */
const struct names_fd *names_fd(const struct names *names, int64_t tid, int64_t fd);
const char *names_user(const struct names *names, uint32_t uid);
const char *names_group(const struct names *names, uint32_t gid);

#endif
