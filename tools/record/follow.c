/* SPDX-License-Identifier: Apache-2.0 */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../run.h"
#include "volume.h"

/* The recorder's end of it. */
struct inlet {
    int fd;        /* the capture comes from here */
    int opened_fd; /* to tell that there is an output */
    struct scapf_reader *reader;
};

/* There is an output: wait for what is to be written there. SCAPF_END: not a byte, as recording
 * failed; the recorder has said why, and what has the name of the output keeps it. From here on
 * signals of the terminal are the recorder's: the end of the pipe is this one's. */
static enum scapf_status begin(struct inlet *in)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    struct scapf_src *src = NULL;
    enum scapf_status status;
    sigset_t all;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    (void)!write(in->opened_fd, "", 1);
    while (poll(&p, 1, -1) < 0 && errno == EINTR) {
    }
    if ((p.revents & POLLIN) == 0) {
        return SCAPF_END;
    }
    status = scapf_src_fd(in->fd, NULL, &src, NULL);
    return status == SCAPF_OK ? scapf_reader_new(src, NULL, &in->reader) : status;
}

/* ------------------------------------------------------------------ printing */

/* Nothing to read now: what was printed should be seen. */
static bool is_waiting(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 0;
}

/* How the records ended: only at their end all of them were seen. */
static enum scapf_status read_to(const char *path, const struct scapf_reader *reader,
                                 enum scapf_status read)
{
    if (read == SCAPF_OK || read == SCAPF_END) {
        return SCAPF_OK;
    }
    (void)run_fail(path, read, scapf_reader_diag(reader));
    return read;
}

static enum scapf_status print_all(const struct follow_opts *o, struct inlet *in)
{
    const struct scapf_printer_opts opts = {.size = sizeof(opts),
                                            .format = o->what == FOLLOW_JSON ? SCAPF_PRINT_JSON
                                                                             : SCAPF_PRINT_LINE};
    struct scapf_printer *printer = NULL;
    struct scapf_sink *sink = NULL;
    struct scapf_record rec;
    struct scapf_diag diag;
    enum scapf_status read = SCAPF_OK;
    enum scapf_status status = scapf_sink_file(o->path, o->packing, NULL, &sink, &diag);

    if (status != SCAPF_OK) {
        (void)run_fail(o->path, status, &diag);
        return status;
    }
    status = begin(in);
    if (status != SCAPF_OK) {
        scapf_sink_free(sink);
        return status;
    }
    status = scapf_printer_new(sink, &opts, &printer);
    while (status == SCAPF_OK && (read = scapf_reader_next(in->reader, &rec)) == SCAPF_OK) {
        status = scapf_printer_put(printer, in->reader, &rec);
        if (status == SCAPF_OK && is_waiting(in->fd)) {
            status = scapf_printer_finish(printer);
            status = status == SCAPF_OK ? scapf_sink_flush(sink) : status;
        }
    }
    status = status == SCAPF_OK ? scapf_printer_finish(printer) : status;
    status = status == SCAPF_OK ? scapf_sink_finish(sink) : status;
    (void)run_sink_fail(o->path, status, sink);
    scapf_printer_free(printer);
    scapf_sink_free(sink);
    return status != SCAPF_OK ? status : read_to(o->path, in->reader, read);
}

/* ------------------------------------------------------------------ files in turn */

struct turn {
    const struct follow_opts *o;
    struct volume file;
    uint64_t n; /* files begun */
    uint64_t end_ns;
};

/* run.scap.zst: run-0001.scap.zst */
static void name_file(const struct follow_opts *o, uint64_t n, char *path, size_t size)
{
    const char *slash = strrchr(o->path, '/');
    const char *base = slash != NULL ? slash + 1 : o->path;
    const char *dot = strchr(base + (*base == '.'), '.');

    dot = dot != NULL ? dot : base + strlen(base);
    (void)snprintf(path, size, "%.*s-%04llu%s", (int)(dot - o->path), o->path,
                   (unsigned long long)n, dot);
}

static enum scapf_status open_next(struct turn *t)
{
    name_file(t->o, ++t->n, t->file.path, sizeof(t->file.path));
    return volume_open(&t->file, t->o->packing);
}

static bool is_time(struct turn *t, const struct scapf_slice *slice, const struct scapf_record *rec)
{
    bool late;

    if (rec->event == NULL) {
        return false;
    }
    if (t->end_ns == 0) {
        t->end_ns = rec->ts_ns + t->o->ns;
    }
    late = t->o->ns > 0 && rec->ts_ns >= t->end_ns;
    while (late && t->end_ns <= rec->ts_ns) {
        t->end_ns += t->o->ns;
    }
    return (late && scapf_slice_bytes(slice) > 0) ||
           (t->o->bytes > 0 && scapf_slice_is_full(slice, rec, t->o->bytes));
}

/* The next file. Where none can be opened, the one that is full stays the last. */
static enum scapf_status turn_over(struct turn *t, struct scapf_slice *slice)
{
    struct volume full = t->file;
    char old[VOLUME_PATH];
    enum scapf_status status = open_next(t);
    enum scapf_status finished;

    if (status != SCAPF_OK) {
        volume_keep(&t->file, status, NULL);
        t->file = full;
        return status;
    }
    status = scapf_slice_next(slice, t->file.sink);
    finished = volume_finish(&full);
    if (finished != SCAPF_OK) {
        volume_keep(&full, finished, NULL);
        volume_drop(&t->file); /* there is nothing in it yet */
        return finished;
    }
    if (status == SCAPF_OK && t->o->keep > 0 && t->n > t->o->keep) {
        name_file(t->o, t->n - t->o->keep, old, sizeof(old));
        (void)unlink(old);
    }
    return status;
}

/* What was put so far is whole, whatever ended it. */
static enum scapf_status finish_last(struct turn *t, struct scapf_slice *slice)
{
    enum scapf_status status = slice != NULL ? SCAPF_OK : SCAPF_E_NOMEM;

    if (t->file.sink == NULL) { /* it has been told why there is none */
        scapf_slice_free(slice);
        return SCAPF_OK;
    }
    status = status == SCAPF_OK ? scapf_slice_finish(slice) : status;
    status = status == SCAPF_OK ? volume_finish(&t->file) : status;
    if (status != SCAPF_OK) {
        volume_keep(&t->file, status, slice != NULL ? scapf_slice_diag(slice) : NULL);
    }
    scapf_slice_free(slice);
    return status;
}

static enum scapf_status rotate_all(const struct follow_opts *o, struct inlet *in)
{
    const struct scapf_slice_opts opts = {.size = sizeof(opts), .goes_on = true};
    struct turn t = {.o = o};
    struct scapf_slice *slice = NULL;
    struct scapf_record rec;
    enum scapf_status read = SCAPF_OK;
    enum scapf_status status = open_next(&t);
    enum scapf_status finished;

    if (status != SCAPF_OK) {
        volume_keep(&t.file, status, NULL);
        return status;
    }
    status = begin(in);
    if (status != SCAPF_OK) {
        volume_drop(&t.file);
        return status;
    }
    status = scapf_slice_new(t.file.sink, &opts, &slice);
    while (status == SCAPF_OK && (read = scapf_reader_next(in->reader, &rec)) == SCAPF_OK) {
        status = is_time(&t, slice, &rec) ? turn_over(&t, slice) : SCAPF_OK;
        status = status == SCAPF_OK ? scapf_slice_put(slice, in->reader, &rec) : status;
        status = status == SCAPF_OK ? volume_took(&t.file, rec.raw_len) : status;
    }
    finished = finish_last(&t, slice);
    status = status == SCAPF_OK ? finished : status;
    return status != SCAPF_OK ? status : read_to(o->path, in->reader, read);
}

/* ------------------------------------------------------------------ the process */

static int follow(const struct follow_opts *o, struct inlet in)
{
    enum scapf_status status = o->what == FOLLOW_ROTATE ? rotate_all(o, &in) : print_all(o, &in);

    scapf_reader_free(in.reader);
    return run_exit_code(status);
}

/* A process of its own, which has two ends of pipes. */
static pid_t start(const struct follow_opts *opts, const int capture[2], const int opened[2])
{
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* opening may wait: for who reads a fifo */
        (void)close(capture[1]);
        (void)close(opened[0]);
        _exit(follow(opts, (struct inlet){.fd = capture[0], .opened_fd = opened[1]}));
    }
    (void)close(capture[0]);
    (void)close(opened[1]);
    return pid;
}

int follow_start(const struct follow_opts *opts, pid_t *pid)
{
    int capture[2];
    int opened[2];
    char byte;
    ssize_t n;

    if (pipe2(capture, O_CLOEXEC) != 0) {
        return -1;
    }
    if (pipe2(opened, O_CLOEXEC) != 0) {
        (void)close(capture[0]);
        (void)close(capture[1]);
        return -1;
    }
    *pid = start(opts, capture, opened);
    do {
        n = *pid > 0 ? read(opened[0], &byte, 1) : -1;
    } while (*pid > 0 && n < 0 && errno == EINTR);
    (void)close(opened[0]);
    if (n != 1) {
        (void)close(capture[1]);
        return -1;
    }
    return capture[1];
}

int follow_end(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_SYSTEM;
}
