/* SPDX-License-Identifier: Apache-2.0 */
#include "users.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#define IDS_MAX 65536u

bool users_add(struct users *users, bool group, uint32_t id, struct proc_losses *losses)
{
    uint32_t *ids = users->ids[group];
    uint32_t n = users->n[group];

    for (uint32_t i = 0; i < n; i++) {
        if (ids[i] == id) {
            return false;
        }
    }
    if (n == users->room[group]) {
        uint32_t room = n > 0 ? 2 * n : 64;

        ids = room <= IDS_MAX ? realloc(ids, room * sizeof(*ids)) : NULL;
        if (ids == NULL) {
            losses->left_out++;
            return false;
        }
        users->ids[group] = ids;
        users->room[group] = room;
    }
    ids[n] = id;
    users->n[group]++;
    return true;
}

bool users_find(bool group, uint32_t id, struct rec_user *user)
{
    if (group) {
        const struct group *gr = getgrgid(id);

        *user = (struct rec_user){.group = true, .gid = id};
        user->name = gr != NULL ? gr->gr_name : NULL;
    } else {
        const struct passwd *pw = getpwuid(id);

        *user = (struct rec_user){.uid = id};
        if (pw != NULL) {
            user->gid = pw->pw_gid;
            user->name = pw->pw_name;
            user->home = pw->pw_dir;
            user->shell = pw->pw_shell;
        }
    }
    return user->name != NULL;
}

void users_free(struct users *users)
{
    free(users->ids[0]);
    free(users->ids[1]);
    *users = (struct users){0};
}
