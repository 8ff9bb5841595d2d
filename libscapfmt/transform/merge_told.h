/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_told.h - which rows of later tables are about threads that events told of before.
 */
#ifndef SCAPF_TRANSFORM_MERGE_TOLD_H
#define SCAPF_TRANSFORM_MERGE_TOLD_H

#include "state/map.h"
#include "transform/merge.h"

struct merge_told {
    struct budget budget;
    struct map tids; /* that events told of so far */
    struct map late; /* thread, and number of a section whose tables describe it too late */
    bool full;       /* not all found room */
};

/* Read the events of a group, which stay unread for others. All sections must be surveyed. NOMEM
 * also for more threads than a merge keeps in mind. */
enum scapf_status told_find(struct scapf_merge *m, uint32_t group, struct merge_told *told);
/* Is what the tables of a section say of a thread and its descriptors not true at the start? */
bool told_is_late(const struct merge_told *told, uint32_t section, int64_t tid);
/* All zero is fine. */
void told_release(struct merge_told *told);
/* A number in a row, -1 when it has none of that name. */
int64_t merge_cell_int(const struct scapf_row *row, const char *name);

#endif
