/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - what the parts of reading cost: "decode HOW FILE", where HOW is
 *
 *   bytes  read(2) the file into one buffer and forget it: what any reader pays
 *   plain  read every record and the typed value of every parameter
 *   state  the same, keep the state of the host, and look up the names of the process and of the
 *          descriptor at every event
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scapfmt.h"

static int read_bytes(const char *path)
{
    static char buffer[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0) {
        n = read(fd, buffer, sizeof(buffer));
    }
    return n < 0 ? 1 : 0;
}

/* Something of every value, so that none is left out. */
static uint64_t add_values(const struct scapf_event *event)
{
    struct scapf_value value;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < event->n_params; i++) {
        if (scapf_event_value(event, i, &value, NULL) == SCAPF_OK) {
            sum += value.u + value.len;
        }
    }
    return sum;
}

static uint64_t add_names(struct scapf_host *host)
{
    const struct scapf_host_event *view = scapf_host_event(host);
    const char *comm = scapf_host_comm(host, view->tid);
    const char *name = view->fd >= 0 ? scapf_host_fd_name(host, view->tid, view->fd) : NULL;

    return (comm != NULL ? (uint64_t)comm[0] : 0) + (name != NULL ? (uint64_t)name[0] : 0);
}

static int decode(const char *path, struct scapf_host *host)
{
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;
    uint64_t sum = 0;

    if (scapf_src_file(path, NULL, &src, NULL) < 0 || scapf_reader_new(src, NULL, &reader) < 0) {
        return 1;
    }
    while (status == SCAPF_OK && (status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        sum += rec.event != NULL ? add_values(rec.event) : 0;
        if (host != NULL) {
            status = scapf_host_put(host, &rec);
            sum += add_names(host);
        }
    }
    scapf_reader_free(reader);
    printf("%llu\n", (unsigned long long)sum);
    return status == SCAPF_END ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct scapf_host *host = NULL;
    int rc;

    if (argc != 3) {
        fputs("usage: decode bytes|plain|state FILE\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "bytes") == 0) {
        return read_bytes(argv[2]);
    }
    if (strcmp(argv[1], "state") == 0 && scapf_host_new(NULL, &host) < 0) {
        return 1;
    }
    rc = decode(argv[2], host);
    if (host != NULL && scapf_host_counters(host)->not_kept > 0) {
        fputs("decode: not all of the state was kept\n", stderr);
        rc = 1;
    }
    scapf_host_free(host);
    return rc;
}
