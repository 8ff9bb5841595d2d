/* SPDX-License-Identifier: Apache-2.0 */
/* users.h - users and groups of a capture: those of its tables, and those that appear later. */
#ifndef SCAPFMT_RECORD_USERS_H
#define SCAPFMT_RECORD_USERS_H

#include "decode.h"
#include "proc.h"

struct users {
    uint32_t *ids[2]; /* of users, of groups */
    uint32_t n[2], room[2];
};

/* Is this one new? Then it is known from now on. Without a place for it: false, and counted. */
bool users_add(struct users *users, bool group, uint32_t id, struct proc_losses *losses);
/* What the machine knows of it. False when nobody has that id. Text is good until the next call. */
bool users_find(bool group, uint32_t id, struct rec_user *user);
void users_free(struct users *users);

#endif
