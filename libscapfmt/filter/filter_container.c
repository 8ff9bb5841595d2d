/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_container.c - container.*, k8s.*: the container of the thread, as its control groups name
 * it, and what the event of the container says of it.
 *
 * That event has the object {"container":{...}}, which is read where it is asked for. [libsinsp
 * container_info] Its members depend on the age and on the container's engine.
 */
#include "bytes/json_read.h"
#include "filter/filter.h"
#include "filter/filter_evt.h"

/* Members that are told as they stand. */
static const struct {
    int what;
    const char *key;
} members[] = {
    {CONTAINER_IMAGE_ID, "imageid"},       {CONTAINER_REPOSITORY, "imagerepo"},
    {CONTAINER_TAG, "imagetag"},           {CONTAINER_DIGEST, "imagedigest"},
    {CONTAINER_FULL_ID, "full_id"},        {CONTAINER_IP, "ip"},
    {CONTAINER_CNI, "cni_json"},           {CONTAINER_PRIVILEGED, "privileged"},
    {CONTAINER_HOST_PID, "host_pid"},      {CONTAINER_HOST_NETWORK, "host_network"},
    {CONTAINER_HOST_IPC, "host_ipc"},      {CONTAINER_HEALTHCHECK, "Healthcheck"},
    {CONTAINER_LIVENESS, "LivenessProbe"}, {CONTAINER_READINESS, "ReadinessProbe"},
    {CONTAINER_START, "created_time"},     {CONTAINER_TYPE, "type"},
    {CONTAINER_MOUNTS, "Mounts"},          {CONTAINER_LABEL, "labels"},
};

/* [libsinsp container_info] By the number of the engine. */
static const char *const engines[] = {"docker", "lxc",    "libvirt_lxc", "mesos",
                                      "rkt",    "custom", "cri",         "containerd",
                                      "cri-o",  "bpm",    "static",      "podman"};

static const char *key_of(int what)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].what == what) {
            return members[i].key;
        }
    }
    return NULL;
}

static struct json_value member(struct json_value object, const char *key)
{
    return json_member(object, key, strlen(key));
}

static bool text_of(struct eval *e, struct json_value text, struct filter_value *v)
{
    json_put_text(&e->f->scratch, text);
    return text.p != NULL && value_scratch(e, v, 0);
}

static bool number_of(struct json_value number, uint64_t *n)
{
    *n = 0;
    for (size_t i = 0; i < number.len; i++) {
        if (number.p[i] < '0' || number.p[i] > '9' || *n > UINT64_MAX / 10 - 9) {
            return false;
        }
        *n = *n * 10 + (uint64_t)(number.p[i] - '0');
    }
    return number.len > 0;
}

/* ------------------------------------------------------------------ parts */

/* "registry:5000/shop/web:1.2@sha256:...": what stands before and behind the last colon of the
 * name, without the digest. */
static bool image_part(const char *image, bool tag, struct filter_value *v)
{
    const char *slash = image != NULL ? strrchr(image, '/') : NULL;
    const char *name = slash != NULL ? slash : image;
    size_t end = image != NULL ? strcspn(image, "@") : 0;
    const char *colon = image != NULL ? strchr(name, ':') : NULL;

    if (image == NULL) {
        return false;
    }
    if (colon == NULL || (size_t)(colon - image) >= end) {
        return !tag && value_bytes(v, image, end);
    }
    return tag ? value_bytes(v, colon + 1, end - (size_t)(colon + 1 - image))
               : value_bytes(v, image, (size_t)(colon - image));
}

static bool is_part(struct json_value mount, const char *key, const char *text)
{
    struct json_value part = member(mount, key);
    size_t len = strlen(text);

    return json_is(part, '"') && part.len == len + 2 && memcmp(part.p + 1, text, len) == 0;
}

static void put_part(struct out *o, struct json_value mount, const char *key)
{
    struct json_value part = member(mount, key);

    if (part.p != NULL) {
        json_put_text(o, part);
    }
}

static void put_mount(struct out *o, struct json_value mount)
{
    static const char *const keys[] = {"Source", "Destination", "Mode", "RW", "Propagation"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        out_bytes(o, ":", i > 0);
        put_part(o, mount, keys[i]);
    }
}

static bool all_mounts(struct eval *e, struct json_value mounts, struct filter_value *v)
{
    struct json_value mount;
    bool has_some = json_is(mounts, '[');

    for (bool first = true; has_some && json_step(&mounts, &mount); first = false) {
        out_bytes(&e->f->scratch, ",", !first);
        put_mount(&e->f->scratch, mount);
    }
    return e->f->scratch.len > 0 && value_scratch(e, v, 0);
}

/* The mount with a number, or the one from (its source: to) a path. */
static bool one_mount(struct eval *e, const struct filter_check *c, struct json_value mounts,
                      struct filter_value *v)
{
    static const char *const keys[] = {NULL, "Source", "Destination", "Mode", "RW", "Propagation"};
    const char *key = keys[c->field->what - CONTAINER_MOUNT];
    const char *by = c->field->what == CONTAINER_MOUNT_SOURCE ? "Destination" : "Source";
    struct json_value mount;
    bool has_some = json_is(mounts, '[');

    for (uint64_t i = 0; has_some && json_step(&mounts, &mount); i++) {
        if (c->arg_name != NULL ? !is_part(mount, by, c->arg_name) : i != c->index) {
            continue;
        }
        if (key == NULL) {
            put_mount(&e->f->scratch, mount);
            return value_scratch(e, v, 0);
        }
        return text_of(e, member(mount, key), v);
    }
    return false;
}

/* The program of a probe and its arguments; a container without the probe has NONE. */
static bool probe(struct eval *e, struct json_value probe, struct filter_value *v)
{
    struct json_value args = member(probe, "args");
    struct json_value arg;

    if (probe.p == NULL) {
        return value_str(v, "NONE");
    }
    put_part(&e->f->scratch, probe, "exe");
    if (json_is(args, '[')) {
        while (json_step(&args, &arg)) {
            out_char(&e->f->scratch, ' ');
            json_put_text(&e->f->scratch, arg);
        }
    }
    return value_scratch(e, v, 0);
}

static bool engine(struct json_value type, struct filter_value *v)
{
    uint64_t n;

    return number_of(type, &n) && n < sizeof(engines) / sizeof(engines[0]) &&
           value_str(v, engines[n]);
}

/* [libsinsp] created_time is in seconds. */
static bool start(const struct eval *e, struct json_value time, bool since, struct filter_value *v)
{
    uint64_t s;
    uint64_t ns;

    if (!number_of(time, &s) || s == 0 || __builtin_mul_overflow(s, UINT64_C(1000000000), &ns)) {
        return false;
    }
    return since ? e->ev->ts_ns >= ns && value_unsigned(v, e->ev->ts_ns - ns)
                 : value_unsigned(v, ns);
}

/* ------------------------------------------------------------------ fields */

/* [libsinsp] Labels that a Kubernetes node gives to the containers of a pod. */
static bool pod_label(struct eval *e, int what, struct json_value labels, struct filter_value *v)
{
    return text_of(e,
                   member(labels, what == POD_NAMESPACE ? "io.kubernetes.pod.namespace"
                                  : what == POD_NAME    ? "io.kubernetes.pod.name"
                                                        : "io.kubernetes.pod.uid"),
                   v);
}

static bool from_json(struct eval *e, const struct filter_check *c,
                      const struct scapf_container_info *info, struct filter_value *v)
{
    int what = c->field->what;
    struct json_value object = json_read(info->json, info->json != NULL ? strlen(info->json) : 0);
    struct json_value container = member(object, "container");
    struct json_value at = {NULL, 0};

    if (container.p == NULL) {
        return (what == CONTAINER_REPOSITORY || what == CONTAINER_TAG) &&
               image_part(info->image, what == CONTAINER_TAG, v);
    }
    if (what >= POD_NAMESPACE) {
        return pod_label(e, what, member(container, "labels"), v);
    }
    if (what >= CONTAINER_MOUNT && what <= CONTAINER_MOUNT_PROPAGATION) {
        return one_mount(e, c, member(container, "Mounts"), v);
    }
    at = member(container, key_of(what == CONTAINER_DURATION ? CONTAINER_START : what));
    switch (what) {
    case CONTAINER_TYPE:
        return engine(at, v);
    case CONTAINER_START:
    case CONTAINER_DURATION:
        return start(e, at, what == CONTAINER_DURATION, v);
    case CONTAINER_MOUNTS:
        return all_mounts(e, at, v);
    case CONTAINER_LABEL:
        return text_of(e, member(at, c->arg_name), v);
    case CONTAINER_HEALTHCHECK:
    case CONTAINER_LIVENESS:
    case CONTAINER_READINESS:
        return probe(e, at, v);
    case CONTAINER_PRIVILEGED:
    case CONTAINER_HOST_PID:
    case CONTAINER_HOST_NETWORK:
    case CONTAINER_HOST_IPC:
        return at.p != NULL && value_bool(v, json_is(at, 't'));
    case CONTAINER_REPOSITORY:
    case CONTAINER_TAG:
        return at.p != NULL ? text_of(e, at, v) : image_part(info->image, what == CONTAINER_TAG, v);
    default:
        return text_of(e, at, v);
    }
}

bool get_container(struct eval *e, const struct filter_check *c, uint32_t k, struct filter_value *v)
{
    const struct scapf_thread *t = eval_thread(e);
    int what = c->field->what;
    struct scapf_container_info info;

    (void)k;
    if (t == NULL || t->container[0] == '\0') {
        return false;
    }
    if (what == CONTAINER_ID) {
        return value_str(v, t->container);
    }
    if (strcmp(t->container, "host") == 0) {
        return (what == CONTAINER_NAME || what == CONTAINER_TYPE) && value_str(v, t->container);
    }
    if (!scapf_host_container(e->host, t->container, &info)) {
        return false;
    }
    return what == CONTAINER_NAME    ? value_str(v, info.name)
           : what == CONTAINER_IMAGE ? value_str(v, info.image)
                                     : from_json(e, c, &info, v);
}
