/* SPDX-License-Identifier: Apache-2.0 */
#include "received.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#define AT_CWD        (-100)
#define PPM_DIRECTORY 0x401 /* O_DIRECTORY, O_RDONLY */

static const struct scapf_event_info *find(const struct scapf_schema *schema, const char *symbol)
{
    for (uint32_t i = 0; i < schema->n_events; i++) {
        const struct scapf_event_info *info = schema->events[i];

        if (info != NULL && strcmp(info->symbol, symbol) == 0) {
            return info;
        }
    }
    return NULL;
}

static const char *const as_file[] = {"PPME_SYSCALL_OPENAT_2_E", "PPME_SYSCALL_OPENAT_2_X"};
static const char *const as_pipe[] = {"PPME_SYSCALL_PIPE_E", "PPME_SYSCALL_PIPE_X"};
static const char *const as_socket[] = {"PPME_SOCKET_SOCKET_E", "PPME_SOCKET_SOCKET_X",
                                        "PPME_SOCKET_CONNECT_E", "PPME_SOCKET_CONNECT_X"};

static struct rec_file file_of(const struct part *part)
{
    struct rec_file file = {0};

    memcpy(&file, part->at, part->len < sizeof(file) ? part->len : sizeof(file));
    return file;
}

/* How readers would have come to know such a descriptor. */
static uint32_t kind_of(const struct rec_file *file, const struct part *path,
                        const char *const **symbols)
{
    if ((file->mode & S_IFMT) == S_IFSOCK) {
        *symbols = as_socket;
        return file->family == 0 ? 0 : file->peer != 0 || file->dport != 0 ? 4 : 2;
    }
    if (path->at != NULL && (path->len > 0 || S_ISDIR(file->mode))) { /* "/" has no parts */
        *symbols = as_file;
        return 2;
    }
    *symbols = as_pipe;
    return (file->mode & S_IFMT) == S_IFIFO ? 2 : 0;
}

uint32_t received_events(const struct put *p, uint8_t op,
                         const struct scapf_event_info *events[RECEIVED_EVENTS])
{
    const struct part *part = &p->parts[op];
    const char *const *symbols = NULL;
    struct rec_file file;
    uint32_t n;

    if (part->len < offsetof(struct rec_file, source)) {
        return 0;
    }
    file = file_of(part);
    n = kind_of(&file, &p->parts[op + 1], &symbols);
    for (uint32_t i = 0; i < n; i++) {
        events[i] = find(p->opts->plans->schema, symbols[i]);
        if (events[i] == NULL || events[i]->n_params > SCAPF_EVENT_PARAMS) {
            return i;
        }
    }
    return n;
}

#define IN_FILE(member) offsetof(struct rec_file, member), sizeof(((struct rec_file *)0)->member)

/* What is not here nobody knows, or it is 0: how it was opened. */
static const struct {
    const char *name;
    uint8_t from;
    uint16_t off;
    uint8_t size;
    int64_t value;
} params[] = {
    {"res", REC_FROM_VALUE, 0, 0, 0},          {"fd", REC_FROM_RESULT, 0, 0, 0},
    {"fd1", REC_FROM_RESULT, 0, 0, 0}, /* readers take both ends of a pipe for the same */
    {"fd2", REC_FROM_RESULT, 0, 0, 0},         {"dirfd", REC_FROM_VALUE, 0, 0, AT_CWD},
    {"name", REC_FROM_PATH, 0, 0, 0},          {"dev", REC_FROM_FILE, IN_FILE(dev), 0},
    {"ino", REC_FROM_FILE, IN_FILE(ino), 0},   {"domain", REC_FROM_FILE, IN_FILE(family), 0},
    {"type", REC_FROM_FILE, IN_FILE(type), 0}, {"proto", REC_FROM_FILE, IN_FILE(protocol), 0},
    {"tuple", REC_FROM_DEST, 0, 0, 0},
};

static struct rec_param param_of(const char *name, uint8_t op)
{
    struct rec_param p = {.from = REC_FROM_UNKNOWN, .op = REC_NO_OP, .op2 = REC_NO_OP};

    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        if (strcmp(params[i].name, name) == 0) {
            p.from = params[i].from;
            p.off = params[i].off;
            p.size = params[i].size;
            p.value = params[i].value;
        }
    }
    if (p.from == REC_FROM_DEST) {
        p.op2 = op;
    } else {
        p.op = p.from == REC_FROM_PATH ? (uint8_t)(op + 1) : op;
    }
    return p;
}

void received_plan(const struct put *p, uint8_t op, const struct scapf_event_info *event,
                   struct rec_event_plan *plan)
{
    const struct rec_file file = file_of(&p->parts[op]);

    *plan =
        (struct rec_event_plan){.code = event->code, .n = (uint8_t)event->n_params, .info = event};
    for (uint8_t i = 0; i < plan->n; i++) {
        plan->params[i] = param_of(event->params[i].name, op);
        if (S_ISDIR(file.mode) && strcmp(event->params[i].name, "flags") == 0) {
            plan->params[i].from = REC_FROM_VALUE;
            plan->params[i].value = PPM_DIRECTORY;
        }
    }
}
