/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_bytes.c - the bytes of a parameter, and those of one that nobody knows.
 */
#include <string.h>

#include "put.h"

void put_pack(uint8_t *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

static void collect(const struct put *p, const void *bytes, size_t len)
{
    bool group = p->info->type == SCAPF_PT_GID;
    uint32_t id = len == sizeof(id) ? (uint32_t)put_get(bytes, sizeof(id)) : UINT32_MAX;

    if ((group || p->info->type == SCAPF_PT_UID) && id != UINT32_MAX) { /* -1: nobody */
        p->ids->list[p->ids->n].group = group;
        p->ids->list[p->ids->n++].id = id;
    }
}

void put_bytes(struct put *p, const void *bytes, size_t len)
{
    uint32_t room = p->room > p->after ? p->room - p->after : 0;

    if (p->ids != NULL) {
        collect(p, bytes, len);
        return;
    }
    if (len > room) {
        len = room;
        p->counts->no_room++;
    }
    p->room -= (uint32_t)len;
    if (p->status == SCAPF_OK) {
        p->status = scapf_writer_param(p->writer, bytes, (uint32_t)len);
    }
}

void put_unknown(struct put *p)
{
    uint8_t bytes[9] = {0};
    size_t size = scapf_param_size(p->info->type);

    if (p->info->type == SCAPF_PT_FDLIST) {
        size = 2; /* none of them */
    } else if (p->info->type == SCAPF_PT_DYN) {
        size = 9; /* alternative 0 */
    } else if (p->info->may_be_empty && !p->opts->old_readers) {
        size = 0;
    }
    if (p->info->type == SCAPF_PT_DYN && strcmp(p->info->name, "val") == 0) {
        size = 1; /* a socket option of no bytes */
    }
    if (p->info->type == SCAPF_PT_UID || p->info->type == SCAPF_PT_GID) {
        memset(bytes, 0xFF, sizeof(bytes));
    }
    put_bytes(p, bytes, size);
}
