/* SPDX-License-Identifier: Apache-2.0 */
/* from_procmon.h - `scapfmt convert` with recordings of Process Monitor (Windows) as its input. */
#ifndef SCAPFMT_FROM_PROCMON_H
#define SCAPFMT_FROM_PROCMON_H

#include "from_strace.h"

struct from_procmon_opts {
    int lossless; /* index in FROM_PROCMON_LOSSLESS */
    int registry; /* index in FROM_PROCMON_REGISTRY */
    bool lenient, map_images, stacks, no_paging;
};

#define FROM_PROCMON_LOSSLESS "auto|on|off"
#define FROM_PROCMON_REGISTRY "notify|drop"

enum from_procmon_format {
    FROM_PROCMON_NOT,
    FROM_PROCMON_IS_XML,
    FROM_PROCMON_IS_CSV,
    FROM_PROCMON_IS_PML
};

/* What the file is, by its beginning; NOT also when that cannot be told without
 * taking something from it. *rc tells of a system error, which was reported. */
enum from_procmon_format from_procmon_is(const char *path, int *rc);

/*
 * Convert recordings (several: the pieces of one) into a new scap section on sink; of strace's
 * options date, timezone, host and report count. *complete is set when the section is whole.
 * Everything is reported; returns the exit code.
 */
int from_procmon(const struct cli_spec *spec, const struct cli_common *common,
                 const struct from_procmon_opts *opts, const struct from_strace_opts *shared,
                 enum from_procmon_format format, char **paths, int n_paths, const char *out,
                 struct scapf_sink *sink, bool *complete);

#endif
