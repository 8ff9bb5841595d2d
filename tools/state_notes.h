/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_notes.h - what was contradictory or missing in the state of a host, in words.
 */
#ifndef SCAPFMT_STATE_NOTES_H
#define SCAPFMT_STATE_NOTES_H

#include "run.h"

struct state_note {
    const char *key;      /* "exits_alone" */
    const char *sentence; /* "exit events without their enter event" */
    uint64_t n;
    bool is_fact; /* so is the capture: nothing contradictory about it */
};

/* Note i, whatever its count; false behind the last. */
bool state_note(const struct scapf_host_counters *counters, size_t i, struct state_note *note);
/* How many contradictions are noted in all. */
uint64_t state_notes_sum(const struct scapf_host_counters *counters);
/* Feed a capture to a host, up to where its framing is lost. Not CLI_DONE when the system stopped
 * it; this was reported. */
int state_notes_read(const char *path, const struct cli_common *common,
                     struct scapf_host_counters *counters);
/* One object, the key before it written already. */
void state_notes_json(struct scapf_json *json, const struct scapf_host_counters *counters);

#endif
