/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_io.c - a library to preload (LD_PRELOAD) that makes calls into the C library fail.
 *
 * FAULT=OP:K:ERROR[,OP:K:ERROR...] in the environment: the K-th call of group OP (counted from 1)
 * fails with ERROR, with K+ that one and all after it. ERROR is the name of an errno or SHORT: half
 * of the bytes only. EINTR with K+ hits every second call, as who asks again must get through.
 * What hit, and how many blocks of memory were not freed at the end, goes to the file FAULT_LOG.
 *
 * [ld.so(8)] calls inside of libc do not come by here, so stdout and what fopen() opens are made
 * streams on our own read and write. Standard error is left alone: it has to tell. One thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum op {
    ALLOC,
    OPEN,
    READ,
    WRITE,
    MAP,
    CLOSE,
    RENAME,
    UNLINK,
    STAT,
    SEEK,
    MKDIR,
    CHMOD,
    DIRS,
    OPS
};

static const char *const op_names[OPS] = {"alloc", "open",   "read",   "write", "map",
                                          "close", "rename", "unlink", "stat",  "seek",
                                          "mkdir", "chmod",  "dirs"};

#define SHORT (-1)

static const struct {
    const char *name;
    int error;
} errors[] = {
    {"ENOMEM", ENOMEM}, {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR},
    {"EMFILE", EMFILE}, {"ENODEV", ENODEV}, {"EACCES", EACCES}, {"SHORT", SHORT},
};

static struct {
    unsigned long calls, at;
    bool on;
    int error;
} ops[OPS];

static bool armed;
static long live;
static const char *log_path;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

/* ------------------------------------------------------------------ when */

static void note(const char *text)
{
    long fd = log_path == NULL ? -1
                               : syscall(SYS_openat, AT_FDCWD, log_path,
                                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd >= 0) {
        (void)syscall(SYS_write, fd, text, strlen(text));
        (void)syscall(SYS_close, fd);
    }
}

/* 0, an errno, or SHORT: what becomes of this call. */
static int fault(enum op op)
{
    unsigned long n;

    if (!armed || ops[op].at == 0) {
        return 0;
    }
    n = ++ops[op].calls;
    if (n < ops[op].at || (n > ops[op].at && !ops[op].on)) {
        return 0;
    }
    if (ops[op].error == EINTR && (n - ops[op].at) % 2 != 0) {
        return 0;
    }
    if (n == ops[op].at) {
        note("hit ");
        note(op_names[op]);
        note("\n");
    }
    return ops[op].error;
}

static bool fails(enum op op)
{
    int error = fault(op);

    if (error > 0) {
        errno = error;
    }
    return error > 0;
}

static void read_one(const char *text)
{
    char op[16];
    char error[16];
    char plus[2] = "";
    unsigned long at;

    if (sscanf(text, "%15[a-z]:%lu%1[+]:%15[A-Z]", op, &at, plus, error) != 4 &&
        sscanf(text, "%15[a-z]:%lu:%15[A-Z]", op, &at, error) != 3) {
        return;
    }
    for (size_t i = 0; i < OPS; i++) {
        for (size_t k = 0; k < sizeof(errors) / sizeof(errors[0]); k++) {
            if (strcmp(op_names[i], op) == 0 && strcmp(errors[k].name, error) == 0) {
                ops[i].at = at;
                ops[i].on = *plus == '+';
                ops[i].error = errors[k].error;
            }
        }
    }
}

/* As a stream of libc does: on after a short count. EINTR has no handler to come from and libc does
 * not ask again, so here we do. */
static ssize_t put_stdout(void *cookie, const char *bytes, size_t n)
{
    size_t done = 0;

    (void)cookie;
    while (done < n) {
        ssize_t k = write(STDOUT_FILENO, bytes + done, n - done);

        if (k < 0 && errno != EINTR) {
            return 0; /* [fopencookie(3)] an error */
        }
        done += k > 0 ? (size_t)k : 0;
    }
    return (ssize_t)done;
}

__attribute__((constructor)) static void start(void)
{
    const cookie_io_functions_t io = {.write = put_stdout};
    FILE *out = fopencookie(NULL, "w", io);

    if (out != NULL) {
        stdout = out;
    }
    log_path = getenv("FAULT_LOG");
    for (const char *at = getenv("FAULT"); at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        read_one(at);
    }
    live = 0;
    armed = true;
}

__attribute__((destructor)) static void end(void)
{
    char line[40];

    armed = false;
    (void)snprintf(line, sizeof(line), "live %ld\n", live);
    note(line);
}

/* ------------------------------------------------------------------ memory */

void *malloc(size_t n)
{
    void *p = fails(ALLOC) ? NULL : __libc_malloc(n);

    live += p != NULL;
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = fails(ALLOC) ? NULL : __libc_calloc(n, size);

    live += p != NULL;
    return p;
}

void *realloc(void *old, size_t n)
{
    void *p = fails(ALLOC) ? NULL : __libc_realloc(old, n);

    live += old == NULL && p != NULL;
    return p;
}

void free(void *p)
{
    live -= p != NULL;
    __libc_free(p);
}

/* ------------------------------------------------------------------ files */

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int mkostemp(char *name, int flags)
{
    return fails(OPEN) ? -1 : mkostemps(name, 0, flags);
}

int mkstemp(char *name)
{
    return mkostemp(name, 0);
}

static size_t part(int error, size_t n)
{
    return error == SHORT && n > 1 ? n / 2 : n;
}

ssize_t read(int fd, void *bytes, size_t n)
{
    int error = fault(READ);

    if (error > 0) {
        errno = error;
        return -1;
    }
    return syscall(SYS_read, fd, bytes, part(error, n));
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    int error = fd == STDERR_FILENO ? 0 : fault(WRITE);

    if (error > 0) {
        errno = error;
        return -1;
    }
    return syscall(SYS_write, fd, bytes, part(error, n));
}

/* [close(2)] the descriptor is gone whatever close says. */
int close(int fd)
{
    int rc = (int)syscall(SYS_close, fd);

    return fails(CLOSE) ? -1 : rc;
}

static ssize_t stream_read(void *cookie, char *bytes, size_t n)
{
    ssize_t k;

    do {
        k = read(*(int *)cookie, bytes, n);
    } while (k < 0 && errno == EINTR); /* as for stdout */
    return k;
}

static int stream_close(void *cookie)
{
    int rc = close(*(int *)cookie);

    free(cookie);
    return rc;
}

FILE *fopen(const char *path, const char *mode)
{
    const cookie_io_functions_t io = {.read = stream_read, .close = stream_close};
    int *fd = malloc(sizeof(*fd));
    FILE *file = NULL;

    if (fd == NULL) {
        return NULL;
    }
    do {
        *fd = *mode == 'r' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    } while (*fd < 0 && errno == EINTR);
    if (*fd >= 0) {
        file = fopencookie(fd, "r", io);
    }
    if (file == NULL) {
        free(fd);
    }
    return file;
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
    return fd >= 0 && fails(MAP) ? MAP_FAILED : mmap64(at, len, prot, flags, fd, off);
}

int rename(const char *from, const char *to)
{
    return fails(RENAME) ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return fails(RENAME) ? -1 : (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

int unlink(const char *path)
{
    return fails(UNLINK) ? -1 : unlinkat(AT_FDCWD, path, 0);
}

int stat(const char *path, struct stat *st)
{
    return fails(STAT) ? -1 : fstatat(AT_FDCWD, path, st, 0);
}

int fstat(int fd, struct stat *st)
{
    return fails(STAT) ? -1 : fstatat(fd, "", st, AT_EMPTY_PATH);
}

off_t lseek(int fd, off_t off, int whence)
{
    return fails(SEEK) ? -1 : lseek64(fd, off, whence);
}

int mkdir(const char *path, mode_t mode)
{
    return fails(MKDIR) ? -1 : mkdirat(AT_FDCWD, path, mode);
}

int fchmod(int fd, mode_t mode)
{
    return fails(CHMOD) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

DIR *opendir(const char *path)
{
    int fd = fails(DIRS)
                 ? -1
                 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

    return fd >= 0 ? fdopendir(fd) : NULL;
}

struct dirent *readdir(DIR *dir)
{
    return fails(DIRS) ? NULL : (struct dirent *)readdir64(dir);
}
