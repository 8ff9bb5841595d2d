/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_event.c - an event as an object: its header, the arguments under their schema names, and
 * beside them what the numbers stand for, each under the name of its argument:
 *
 *   "nulls"    why an argument is null: "empty" (no bytes), "(NULL)" (that text), "none" (the
 *              number that means nobody or no limit)
 *   "names"    of descriptors, processes, users, groups, system calls, signals
 *   "fd_types" of descriptors
 *   "errors"   of results
 */
#include "render/json.h"
#include "render/who.h"

/* The four objects, by the member of the note they show. */
static const struct {
    const char *key;
    size_t member;
} note_objects[] = {
    {"nulls", offsetof(struct json_note, null)},
    {"names", offsetof(struct json_note, name)},
    {"fd_types", offsetof(struct json_note, fd_type)},
    {"errors", offsetof(struct json_note, error)},
};

static const char *note_text(const struct json_note *note, size_t member)
{
    const char *text;

    memcpy(&text, (const char *)note + member, sizeof(text));
    return text;
}

/* Not what its type demands: the bytes and the rule they break. */
static void put_malformed(struct json *j, const struct scapf_value *v,
                          const struct scapf_diag *diag)
{
    json_object(j);
    json_lit_key(j, "malformed");
    json_base64(j, v->bytes, v->len);
    json_lit_key(j, "rule");
    json_cstring(j, scapf_rule_get(diag->rule)->id);
    json_object_end(j);
}

uint32_t json_event_n_args(const struct scapf_event *ev)
{
    uint32_t n = ev->info != NULL ? ev->info->n_params : 0;

    return n < ev->n_params ? n : ev->n_params;
}

void json_event_arg(struct json_record *r, uint32_t i, struct json_note *note)
{
    struct scapf_value v;
    struct scapf_diag diag = {.rule = RULE_NONE};

    *note = (struct json_note){.null = NULL};
    if (scapf_event_value(r->rec->event, i, &v, &diag) != SCAPF_OK) {
        put_malformed(&r->j, &v, &diag);
    } else {
        json_value(r, &v, note);
    }
}

void json_note_add(struct json_notes *notes, const char *arg, const struct json_note *note)
{
    if ((note->null != NULL || note->name != NULL || note->error != NULL) &&
        notes->n < JSON_MAX_NOTES) {
        notes->arg[notes->n] = arg;
        notes->note[notes->n++] = *note;
    }
}

static void put_args(struct json_record *r, struct json_notes *notes)
{
    const struct scapf_event *ev = r->rec->event;
    uint32_t n = json_event_n_args(ev);

    json_lit_key(&r->j, "args");
    json_object(&r->j);
    for (uint32_t i = 0; i < n; i++) {
        struct json_note note;

        json_key(&r->j, ev->info->params[i].name);
        json_event_arg(r, i, &note);
        json_note_add(notes, ev->info->params[i].name, &note);
    }
    json_object_end(&r->j);
}

void json_notes(struct json *j, const struct json_notes *notes)
{
    for (size_t k = 0; k < sizeof(note_objects) / sizeof(note_objects[0]); k++) {
        bool open = false;

        for (uint32_t i = 0; i < notes->n; i++) {
            const char *text = note_text(&notes->note[i], note_objects[k].member);

            if (text == NULL) {
                continue;
            }
            if (!open) {
                json_key(j, note_objects[k].key);
                json_object(j);
                open = true;
            }
            json_key(j, notes->arg[i]);
            json_cstring(j, text);
        }
        if (open) {
            json_object_end(j);
        }
    }
}

/* Parameters behind those the schema knows, and bytes that belong to none. */
static void put_extra(struct json_record *r)
{
    const struct scapf_event *ev = r->rec->event;
    struct json *j = &r->j;
    const uint8_t *bytes = NULL;
    uint32_t len = 0;
    uint32_t i = json_event_n_args(ev);

    if (!ev->has_params) {
        json_lit_key(j, "payload");
        json_base64(j, ev->payload, ev->payload_len);
        return;
    }
    if (i < ev->n_params) {
        json_lit_key(j, "extra");
        json_array(j);
        for (; i < ev->n_params; i++) {
            if (scapf_event_param(ev, i, &bytes, &len) == SCAPF_OK) {
                json_base64(j, bytes, len);
            }
        }
        json_array_end(j);
    }
    if (ev->n_params == 0) {
        bytes = ev->payload;
    } else if (scapf_event_param(ev, ev->n_params - 1, &bytes, &len) == SCAPF_OK) {
        bytes += len;
    }
    if (bytes < ev->payload + ev->payload_len) { /* [scap 9.3] readers allow it */
        json_lit_key(j, "slack");
        json_base64(j, bytes, (size_t)(ev->payload + ev->payload_len - bytes));
    }
}

static void put_known(struct json *j, const char *key, const char *text)
{
    if (text != NULL) {
        json_key(j, key);
        json_cstring(j, text);
    }
}

/* The words behind the first of the command line. */
static void put_words(struct json *j, const struct scapf_thread *t)
{
    uint32_t i = 0;

    if (t->args == NULL) {
        return;
    }
    json_lit_key(j, "args");
    json_array(j);
    while (i < t->args_len) {
        size_t n = strnlen(t->args + i, t->args_len - i);

        json_string(j, t->args + i, n);
        i += (uint32_t)n + 1;
    }
    json_array_end(j);
}

static void put_thread(struct json_record *r)
{
    struct scapf_thread t;
    struct scapf_user user;
    struct json *j = &r->j;

    if (!scapf_host_thread(r->p->host, r->rec->event->tid, &t) || !t.listed) {
        return;
    }
    json_lit_key(j, "thread");
    json_object(j);
    json_lit_key(j, "pid");
    json_i64(j, t.pid);
    json_lit_key(j, "ppid");
    json_i64(j, who_ppid(r->p->host, &t));
    json_lit_key(j, "ptid");
    json_i64(j, t.ptid);
    json_lit_key(j, "uid");
    json_u64(j, t.uid);
    put_known(j, "comm", t.comm);
    put_known(j, "exe", t.exe);
    put_known(j, "exepath", t.exepath);
    put_words(j, &t);
    put_known(j, "cwd", t.cwd);
    put_known(j, "user", scapf_host_user(r->p->host, t.container, t.uid, &user) ? user.name : NULL);
    put_known(j, "container", t.container[0] != '\0' ? t.container : NULL);
    json_object_end(j);
}

/* The descriptor the event is about, and how long the call took. */
static void put_about(struct json_record *r)
{
    const struct scapf_host_event *view = scapf_host_event(r->p->host);
    struct json *j = &r->j;
    struct scapf_fd fd;

    if (view->fd >= 0) {
        bool known = scapf_host_fd(r->p->host, view->tid, view->fd, &fd);

        json_lit_key(j, "fd");
        json_object(j);
        json_lit_key(j, "num");
        json_i64(j, view->fd);
        put_known(j, "name", known ? fd.name : NULL);
        put_known(j, "type", known ? who_fd_type(fd.type) : NULL);
        json_object_end(j);
    }
    put_known(j, "wanted", view->wanted);
    if (view->has_enter && !r->call) {
        json_lit_key(j, "latency");
        json_u64(j, view->latency_ns);
    }
}

bool json_has_flags(uint32_t block_type)
{
    return block_type == SCAPF_BLOCK_EVF || block_type == SCAPF_BLOCK_EVF_V2 ||
           block_type == SCAPF_BLOCK_EVF_V2_LARGE;
}

void json_event_header(struct json_record *r)
{
    const struct scapf_event *ev = r->rec->event;
    struct json *j = &r->j;
    size_t len;
    const char *own = scapf_event_name(ev, r->p->schema, r->p->arch, &len);

    json_lit_key(j, "cpu");
    json_u64(j, ev->cpu);
    json_lit_key(j, "tid");
    json_i64(j, ev->tid);
    json_lit_key(j, "code");
    json_u64(j, ev->code);
    json_lit_key(j, "event");
    if (r->name != NULL) {
        json_cstring(j, r->name);
    } else {
        json_string(j, own, len);
    }
    if (ev->info != NULL) {
        json_lit_key(j, "symbol");
        json_cstring(j, ev->info->symbol);
    }
    if (r->call) {
        /* it has both directions */
    } else if ((ev->code & 1) == 0) {
        json_lit_member(j, "dir", "enter");
    } else {
        json_lit_member(j, "dir", "exit");
    }
    if (json_has_flags(r->rec->type)) {
        json_lit_key(j, "flags");
        json_u64(j, ev->flags);
    }
    put_thread(r);
    put_about(r);
    if (ev->has_params) {
        json_lit_key(j, "n_params");
        json_u64(j, ev->n_params);
    }
}

/* The line of a text trace stands in the first comment. */
static void put_trace(struct json_record *r)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(r->rec, &it);
    if (scapf_option_next(&it, &opt) == SCAPF_OK && opt.code == 1) {
        if (!json_procmon(&r->j, r->p->schema, opt.value, opt.len)) {
            json_trace(&r->j, opt.value, opt.len);
        }
    }
}

void json_event_tail(struct json_record *r)
{
    put_extra(r);
    if (r->rec->event->options != NULL) {
        put_trace(r);
        json_own_options(r);
    }
}

void json_event(struct json_record *r)
{
    struct json_notes notes;

    notes.n = 0;
    json_event_header(r);
    put_args(r, &notes);
    json_notes(&r->j, &notes);
    json_event_tail(r);
}
