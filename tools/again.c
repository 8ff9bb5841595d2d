/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "temporary.h"

#define COPY_CHUNK 65536

static int copy(struct again *a, int from)
{
    char chunk[COPY_CHUNK];
    ssize_t n;

    a->fd = temporary_open();
    if (a->fd < 0) {
        return CLI_SYSTEM;
    }
    a->owned = true;
    while ((n = read(from, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno != EINTR) {
            return run_fail_errno(run_path_name(a->path));
        }
        if (n > 0 && !temporary_write(a->fd, chunk, (size_t)n)) {
            return CLI_SYSTEM;
        }
    }
    return CLI_DONE;
}

int again_begin(struct again *a, const char *path, const struct cli_common *common)
{
    int from = STDIN_FILENO;
    int rc;

    *a = (struct again){.path = path, .common = common, .fd = -1};
    if (strcmp(path, "-") != 0) {
        if (stat(path, &a->st) == 0 && S_ISREG(a->st.st_mode)) {
            return CLI_DONE;
        }
        from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (from < 0) {
            return run_fail_errno(path);
        }
    }
    if (fstat(from, &a->st) != 0) {
        return run_fail_errno(run_path_name(path));
    }
    if (S_ISREG(a->st.st_mode)) {
        a->fd = from;
        a->owned = from != STDIN_FILENO;
        a->start = lseek(from, 0, SEEK_CUR);
        return CLI_DONE;
    }
    if (S_ISDIR(a->st.st_mode)) {
        errno = EISDIR;
        rc = run_fail_errno(path);
    } else {
        rc = copy(a, from);
    }
    if (from != STDIN_FILENO) {
        (void)close(from);
    }
    return rc;
}

int again_nameless(struct again *a, const char *path, const struct again_part *part,
                   const struct cli_common *common)
{
    size_t size =
        strlen(run_path_name(path)) + strlen(part->title) + strlen(part->name) + sizeof(" ()") + 1;

    *a = (struct again){.common = common, .fd = -1, .text = malloc(size)};
    if (a->text == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    (void)snprintf(a->text, size, "%s (%s)%c%s", run_path_name(path), part->title, '\0',
                   part->name);
    a->path = a->text;
    a->name = a->text + strlen(a->text) + 1;
    a->fd = temporary_open();
    a->owned = a->fd >= 0;
    if (a->fd < 0 || fstat(a->fd, &a->st) != 0) {
        again_end(a);
        return CLI_SYSTEM;
    }
    return CLI_DONE;
}

enum scapf_status again_open(void *ctx, struct scapf_reader **reader)
{
    struct again *a = ctx;
    struct scapf_reader_opts opts = {.size = sizeof(opts)};
    struct scapf_diag diag = {0};
    struct scapf_src *src;
    enum scapf_status status;

    *reader = NULL;
    if (a->fd < 0) {
        a->rc = run_open(a->path, a->common, reader);
        return a->rc == CLI_DONE ? SCAPF_OK : SCAPF_E_IO;
    }
    a->rc = run_schema(a->common, &opts.schema);
    if (a->rc != CLI_DONE) {
        return SCAPF_E_USAGE;
    }
    if (lseek(a->fd, a->start, SEEK_SET) !=
        a->start) { /* where it is not mapped, reading moved it */
        a->rc = run_fail_errno(run_path_name(a->path));
        return SCAPF_E_IO;
    }
    status = scapf_src_fd(a->fd, NULL, &src, &diag);
    if (status == SCAPF_OK) {
        status = scapf_reader_new(src, &opts, reader);
    }
    a->rc = run_fail(a->path, status, &diag);
    return status;
}

bool again_is_output(const struct again *a, const char *out)
{
    struct stat st;
    int rc = strcmp(out, "-") == 0 ? fstat(STDOUT_FILENO, &st) : stat(out, &st);

    return rc == 0 && S_ISREG(st.st_mode) && st.st_dev == a->st.st_dev && st.st_ino == a->st.st_ino;
}

void again_end(struct again *a)
{
    if (a->owned) {
        (void)close(a->fd);
    }
    free(a->text);
    a->text = NULL;
    a->fd = -1;
    a->owned = false;
}
