/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.c - a line on stderr that shows how far long work has come.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void run_progress_start(struct run_progress *progress, const char *path,
                        const struct cli_common *common)
{
    struct stat info;

    *progress = (struct run_progress){.path = run_path_name(path), .started = now_ms()};
    /* Lines that scroll by on the same terminal are progress enough. */
    progress->on = common->progress ||
                   (!common->quiet && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0);
    if (progress->on && strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        progress->size = (uint64_t)info.st_size;
    }
}

static void progress_show(struct run_progress *progress, const struct scapf_reader *reader)
{
    const struct scapf_ledger *ledger = scapf_reader_ledger(reader);

    fprintf(stderr, "\r%s: %" PRIu64 " records, %" PRIu64 " MB", progress->path, ledger->blocks,
            ledger->bytes / 1000000);
    if (progress->size != 0 && scapf_reader_compression(reader) == SCAPF_PLAIN) {
        fprintf(stderr, ", %.0f %%", 100.0 * (double)ledger->bytes / (double)progress->size);
    }
    fputs("\x1b[K", stderr);
}

void run_progress_step(struct run_progress *progress, const struct scapf_reader *reader)
{
    int64_t now;

    if (!progress->on || scapf_reader_ledger(reader)->blocks - progress->blocks < 4096) {
        return;
    }
    progress->blocks = scapf_reader_ledger(reader)->blocks;
    now = now_ms();
    /* Work is long when it takes more than a second. */
    if (now - progress->started > 1000 && now - progress->shown > 200) {
        progress->shown = now;
        progress_show(progress, reader);
    }
}

void run_progress_end(struct run_progress *progress)
{
    if (progress->shown != 0) {
        fputs("\r\x1b[K", stderr);
    }
    progress->on = false;
}
