/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - scapfmt-record: records system calls. `scapfmt record` runs it.
 */
#include "../run.h"
#include "extcap.h"
#include "opts.h"
#include "session.h"

int main(int argc, char **argv)
{
    struct record_opts o = {0};
    int rc;

    run_start();
    if (extcap_is(argc, argv)) {
        char *command[4];

        return run_end(extcap_run(argc, argv, &o, command, &rc) ? session_run(&o, command) : rc);
    }
    if (cli_parse(&spec_record, &argc, &argv, &o, &rc)) {
        rc = record_check(&o, argc);
        if (rc == CLI_DONE) {
            argv[argc] = NULL;
            rc = session_run(&o, argv);
        }
    }
    return run_end(rc);
}
