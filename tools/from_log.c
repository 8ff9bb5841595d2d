/* SPDX-License-Identifier: Apache-2.0 */
#include "from_log.h"

#include "temporary.h"

bool from_log_is(struct from_log *log, int *rc)
{
    log->format = from_procmon_is(log->paths[0], rc);
    return log->format != FROM_PROCMON_NOT ||
           (*rc == CLI_DONE && from_strace_is(log->paths[0], &log->strange, rc));
}

int from_log_to_sink(const struct from_log *log, const char *out, struct scapf_sink *sink,
                     bool *complete)
{
    int rc;

    if (log->format != FROM_PROCMON_NOT) {
        return from_procmon(log->spec, log->common, &log->opts->procmon, &log->opts->strace,
                            log->format, log->paths, log->n_paths, out, sink, complete);
    }
    rc = from_strace(log->spec, log->common, &log->opts->strace, log->paths, log->n_paths, out,
                     sink);
    *complete = rc == CLI_DONE;
    return rc;
}

int from_log_to_fd(const struct from_log *log, int fd, bool *complete)
{
    const char *name = temporary_name();
    struct scapf_sink *sink;
    int rc = run_fail(name, scapf_sink_fd(fd, SCAPF_PLAIN, NULL, &sink, NULL), NULL);

    if (rc != CLI_DONE) {
        return rc;
    }
    rc = from_log_to_sink(log, name, sink, complete);
    if (*complete) {
        int finish = run_sink_fail(name, scapf_sink_finish(sink), sink);

        *complete = finish == CLI_DONE;
        rc = run_worse(rc, finish);
    }
    scapf_sink_free(sink);
    return rc;
}
