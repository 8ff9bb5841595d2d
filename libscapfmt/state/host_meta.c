/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_meta.c - users, groups and containers, as events bring and remove them.
 */
#include "bytes/json_read.h"
#include "state/host.h"

#include <string.h>

/* ------------------------------------------------------------------ users */

static int64_t user_key(bool group, uint32_t container)
{
    return (int64_t)((uint64_t)container << 1 | group);
}

static void empty_user(struct scapf_host *h, struct user *u)
{
    host_set(h, &u->name, 0);
    host_set(h, &u->home, 0);
    host_set(h, &u->shell, 0);
    host_set(h, &u->container, 0);
}

/* Takes the strings of user over. */
void host_put_user(struct scapf_host *h, uint32_t id, bool group, const struct user *user)
{
    struct user *u = map_put(&h->users, id, user_key(group, user->container));
    struct user copy = *user;

    if (u == NULL) {
        empty_user(h, &copy);
        return;
    }
    copy.key = u->key;
    empty_user(h, u);
    *u = copy;
}

static void remove_user(struct scapf_host *h, uint32_t id, bool group, uint32_t container)
{
    struct user *u = map_find(&h->users, id, user_key(group, container));

    if (u != NULL) {
        struct map_key key = u->key;

        empty_user(h, u);
        map_remove(&h->users, key.a, key.b);
    }
}

/* what: bit 0 removed, bit 1 a group. Those of the host itself are in no container. */
void on_user(struct scapf_host *h, int what)
{
    bool group = (what & 2) != 0;
    int64_t id;
    int64_t gid = NO_ID;
    struct user user = {.container = host_arg_str(h, ARG_container_id)};
    const char *container = str_bytes(&h->strs, user.container, NULL);

    if (container != NULL && container[0] == '\0') {
        host_set(h, &user.container, 0);
    }
    if (!host_arg_int(h, group ? ARG_gid : ARG_uid, &id)) {
        host_set(h, &user.container, 0);
    } else if ((what & 1) != 0) {
        remove_user(h, (uint32_t)id, group, user.container);
        host_set(h, &user.container, 0);
    } else {
        (void)host_arg_int(h, ARG_gid, &gid);
        user.gid = (uint32_t)gid;
        user.name = host_arg_str(h, ARG_name);
        user.home = host_arg_str(h, ARG_home);
        user.shell = host_arg_str(h, ARG_shell);
        host_put_user(h, (uint32_t)id, group, &user);
    }
}

/* ------------------------------------------------------------------ containers */

/* The text of a member, if it has one, instead of what was known. */
static void take_member(struct scapf_host *h, struct json_value container, const char *key,
                        uint32_t *at)
{
    struct json_value text = json_member(container, key, strlen(key));

    if (json_is(text, '"')) {
        out_clear(&h->scratch);
        json_put_text(&h->scratch, text);
        host_set(h, at, host_scratch_str(h));
    }
}

/* [libsinsp] {"container":{"id":"...","name":"...","image":"...",...}}: take these three. */
static void take_json(struct scapf_host *h, const uint8_t *json, uint32_t len,
                      struct container *made, uint32_t *id)
{
    static const char key[] = "container";
    struct json_value c = json_member(json_read(json, len), key, sizeof(key) - 1);

    made->json = str_put(&h->strs, json, len);
    take_member(h, c, "id", id);
    take_member(h, c, "name", &made->name);
    take_member(h, c, "image", &made->image);
}

static void empty_container(struct scapf_host *h, struct container *c)
{
    host_set(h, &c->name, 0);
    host_set(h, &c->image, 0);
    host_set(h, &c->json, 0);
}

/* Recorders tell of a container again and again. The same text as the last time, and nothing but a
 * text: there is nothing to learn from it. */
static bool told_again(const struct scapf_host *h, const uint8_t *json, uint32_t len)
{
    uint32_t last_len;
    const char *last =
        h->last_container != NULL ? str_bytes(&h->strs, h->last_container->json, &last_len) : NULL;

    return last != NULL && len == last_len && memcmp(last, json, len) == 0 &&
           !host_has_arg(h, ARG_id) && !host_has_arg(h, ARG_name) && !host_has_arg(h, ARG_image);
}

/* The key holds the string of the id, which the item owns. */
void on_container(struct scapf_host *h, int what)
{
    struct container made = {.json = 0};
    const uint8_t *json;
    uint32_t len;
    uint32_t id;
    struct container *c;
    bool has_json = host_arg_bytes(h, ARG_json, &json, &len);

    (void)what;
    if (has_json && told_again(h, json, len)) {
        return;
    }
    made.name = host_arg_str(h, ARG_name);
    made.image = host_arg_str(h, ARG_image);
    id = host_arg_str(h, ARG_id);
    if (has_json) {
        take_json(h, json, len, &made, &id);
    }
    c = id != 0 ? map_put(&h->containers, id, 0) : NULL;
    if (c == NULL) {
        empty_container(h, &made);
        str_drop(&h->strs, id);
        return;
    }
    if (c->known) {
        str_drop(&h->strs, id); /* owned already */
    }
    empty_container(h, c);
    made.key = c->key;
    made.known = true;
    *c = made;
    h->last_container = c;
}
