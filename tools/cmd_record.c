/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_record.c - `scapfmt record`: checks the options and runs scapfmt-record, a program of its
 * own. That one needs privileges and libbpf; this one reads captures that others made.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "record/opts.h"

/* Where it may be, seen from the folder of this program. */
static const char *const places[] = {"scapfmt-record", "../libexec/scapfmt/scapfmt-record"};

static int run_program(char **argv)
{
    char self[PATH_MAX];
    char path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *dir;

    if (n <= 0 || n == (ssize_t)sizeof(self) - 1) { /* never a program of the current folder */
        run_say("record: /proc/self/exe does not tell where scapfmt is");
        return CLI_SYSTEM;
    }
    self[n] = '\0';
    dir = dirname(self);
    for (size_t i = 0; i < CLI_COUNT_OF(places); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, places[i]);
        if (access(path, X_OK) == 0) {
            argv[0] = path;
            (void)fflush(NULL);
            (void)execv(path, argv);
            run_say("%s: %s", path, strerror(errno));
            return CLI_SYSTEM;
        }
    }
    run_say("record: this build has no scapfmt-record: it is made when clang and libbpf are there "
            "(on Debian: apt-get install clang libbpf-dev, then make)");
    return CLI_SYSTEM;
}

int cmd_record(int argc, char **argv)
{
    struct record_opts o = {0};
    char **copy = calloc((size_t)argc + 1, sizeof(*copy));
    int n = argc;
    int rc;

    if (copy == NULL) {
        run_say("%s", scapf_status_name(SCAPF_E_NOMEM));
        return CLI_SYSTEM;
    }
    memcpy(copy, argv, (size_t)argc * sizeof(*copy)); /* parsing reorders its words */
    if (cli_parse(&spec_record, &n, &argv, &o, &rc)) {
        rc = record_check(&o, n);
        rc = rc == CLI_DONE ? run_program(copy) : rc;
    }
    free(copy);
    return rc;
}
