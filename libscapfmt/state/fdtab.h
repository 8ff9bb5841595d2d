/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fdtab.h - tables of descriptors, as processes have them.
 *
 *   table   directory of chunks, found by fd / 16; owned by one or more threads
 *   chunk   16 slots; a fork shares all chunks, who changes one first copies it
 *   slot    a file (number in the pool of files) and two bits about the descriptor
 *   file    what is open; dup and fork share it, as in the kernel
 *
 * So a fork costs as many steps as there are chunks, and memory only for what differs.
 */
#ifndef SCAPF_STATE_FDTAB_H
#define SCAPF_STATE_FDTAB_H

#include "state/str.h"

#define FD_CLOEXEC 0x80000000u /* execve closes it */
#define FD_CLOSING 0x40000000u /* a close was entered and has not returned */
#define FD_FILE    0x3FFFFFFFu
#define FD_MAX     INT32_MAX

/* Addresses of a socket. */
struct sock {
    uint8_t src[16], dst[16]; /* kernel addresses of unix sockets in the first 8 bytes each */
    uint16_t sport, dport;
    uint8_t family;   /* 1, 2, 10; 0 = not known */
    uint8_t addr_len; /* 4, 16; 8 = kernel addresses */
    bool has_dst;
};

/* Values of scap_l4_protocols. */
enum { L4_UNKNOWN, L4_NA, L4_TCP, L4_UDP, L4_ICMP, L4_RAW };

/* What is open. */
struct file {
    uint32_t owners; /* slots */
    uint32_t name;   /* string; of internet sockets made when asked for */
    uint32_t sock;   /* in the pool of socks, 0 = none */
    uint32_t open_flags;
    uint32_t dev;
    uint8_t type;    /* number of the fd table */
    uint8_t l4proto; /* L4_UNKNOWN and so on */
    uint8_t server;  /* made by accept, or bound to a port */
    uint8_t client;  /* connected, or the first to send */
    uint64_t ino;
};

struct fdtabs {
    struct budget *budget;
    struct strs *strs;
    struct pool tables, chunks, files, socks;
};

void fdtabs_init(struct fdtabs *f, struct budget *b, struct strs *strs);
void fdtabs_release(struct fdtabs *f);

/* An empty table, or one with the slots of another; of one owner. 0 when there is no memory. */
uint32_t fdtab_make(struct fdtabs *f);
uint32_t fdtab_copy(struct fdtabs *f, uint32_t table);
/* One owner more, one less; 0 is fine. */
uint32_t fdtab_keep(struct fdtabs *f, uint32_t table);
void fdtab_drop(struct fdtabs *f, uint32_t table);
/* How many threads own it. */
uint32_t fdtab_owners(const struct fdtabs *f, uint32_t table);

/* The slot of a descriptor; 0 = not open. table 0 and any fd are fine. */
uint32_t fdtab_get(const struct fdtabs *f, uint32_t table, int64_t fd);
/* Put file and bits into a slot, which takes the file over; what was there is dropped, and was is
 * its slot, 0 when there was nothing. False, and the file is dropped, when there is no memory. fd
 * must be 0 .. FD_MAX. */
bool fdtab_put(struct fdtabs *f, uint32_t table, int64_t fd, uint32_t slot, uint32_t *was);
/* Empty a slot. */
void fdtab_remove(struct fdtabs *f, uint32_t table, int64_t fd);
/* Take bits of an open descriptor away and give it others. */
void fdtab_mark(struct fdtabs *f, uint32_t table, int64_t fd, uint32_t away, uint32_t given);

/* Descriptors first .. last that have all these bits. */
struct fd_range {
    int64_t first, last;
    uint32_t bits;
};

void fdtab_remove_range(struct fdtabs *f, uint32_t table, const struct fd_range *range);
/* The next open descriptor at or behind *position, which is moved; false at the end. */
bool fdtab_next(const struct fdtabs *f, uint32_t table, uint64_t *position, int64_t *fd,
                uint32_t *slot);

/* A new file of one owner, 0 when there is no memory. */
uint32_t file_make(struct fdtabs *f, uint8_t type);
static inline struct file *file_at(const struct fdtabs *f, uint32_t slot)
{
    return pool_at(&f->files, slot & FD_FILE);
}

uint32_t file_keep(struct fdtabs *f, uint32_t slot);
void file_drop(struct fdtabs *f, uint32_t slot);
/* Forget its name, or give it one, which is taken over. */
void file_rename(struct fdtabs *f, struct file *file, uint32_t name);
/* Its addresses, made when it has none; NULL when there is no memory. */
struct sock *file_sock(struct fdtabs *f, struct file *file);

#endif
