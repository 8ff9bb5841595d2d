/* SPDX-License-Identifier: Apache-2.0 */
#include "log_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARE_FILES 64 /* that are open besides the logs */

static bool add(struct log_files *files, const char *dir, const char *name)
{
    size_t len = strlen(dir) + strlen(name) + 2;
    char *path;

    if (files->n == files->cap) {
        int cap = files->cap == 0 ? 16 : 2 * files->cap;
        char **names = realloc(files->names, (size_t)cap * sizeof(*names));

        if (names == NULL) {
            return false;
        }
        files->names = names;
        files->cap = cap;
    }
    path = malloc(len);
    if (path == NULL) {
        return false;
    }
    (void)snprintf(path, len, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", name);
    files->names[files->n++] = path;
    return true;
}

/* Behind the prefix a dot and digits, nothing else? */
static bool is_of_set(const char *name, const char *prefix)
{
    const char *dot = prefix != NULL ? name + strlen(prefix) : strrchr(name, '.');

    if ((prefix != NULL && strncmp(name, prefix, strlen(prefix)) != 0) || dot == NULL ||
        *dot != '.' || dot[1] == '\0') {
        return false;
    }
    return dot[1 + strspn(dot + 1, "0123456789")] == '\0';
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a set; prefix NULL: any. */
static bool add_set(struct log_files *files, const char *dir, const char *prefix)
{
    DIR *folder = opendir(dir[0] != '\0' ? dir : ".");
    const struct dirent *entry;
    int first = files->n;
    bool ok = true;

    while (folder != NULL && ok && (entry = readdir(folder)) != NULL) {
        if (is_of_set(entry->d_name, prefix)) {
            ok = add(files, dir, entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    if (files->n - first > 1) {
        qsort(files->names + first, (size_t)(files->n - first), sizeof(*files->names), by_name);
    }
    return ok;
}

static bool expand_one(struct log_files *files, char *arg)
{
    struct stat info;
    int before = files->n;
    char *slash;
    bool ok = true;

    if (strcmp(arg, "-") != 0 && stat(arg, &info) == 0) {
        ok = !S_ISDIR(info.st_mode) || add_set(files, arg, NULL);
    } else if (strcmp(arg, "-") != 0) {
        slash = strrchr(arg, '/');
        if (slash == NULL) {
            ok = add_set(files, "", arg);
        } else if (slash != arg) {
            *slash = '\0';
            ok = add_set(files, arg, slash + 1);
            *slash = '/';
        }
    }
    return ok && (files->n > before || add(files, "", arg));
}

bool log_files_expand(struct log_files *files, char **args, int n)
{
    *files = (struct log_files){0};
    for (int i = 0; i < n; i++) {
        if (!expand_one(files, args[i])) {
            log_files_free(files);
            return false;
        }
    }
    return true;
}

void log_files_free(struct log_files *files)
{
    for (int i = 0; i < files->n; i++) {
        free(files->names[i]);
    }
    free(files->names);
    *files = (struct log_files){0};
}

void log_files_allow(int n)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)n + SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < want) {
        limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

size_t log_files_waiting(void *bytes, size_t cap)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    struct stat info;
    int copy[2];
    ssize_t n = -1;

    if (fstat(STDIN_FILENO, &info) != 0 || !S_ISFIFO(info.st_mode) || pipe2(copy, O_CLOEXEC) != 0) {
        return 0;
    }
    /* tee() takes nothing out of the pipe it reads */
    if (poll(&in, 1, -1) == 1 && tee(STDIN_FILENO, copy[1], cap, SPLICE_F_NONBLOCK) > 0) {
        n = read(copy[0], bytes, cap);
    }
    (void)close(copy[0]);
    (void)close(copy[1]);
    return n > 0 ? (size_t)n : 0;
}
