/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_notes.h - the notes of a merged file: written by a merge, read by split and by what shows
 * a merged file.
 */
#ifndef SCAPF_TRANSFORM_MERGE_NOTES_H
#define SCAPF_TRANSFORM_MERGE_NOTES_H

#include "transform/merge.h"

#define NOTES_NAME  "scapfmt-merge " /* and the version, a digit: */
#define NOTES_PLAIN '1'
#define NOTES_DRIFT '2'        /* the clock of an input drifted */
#define NOTES_FIXES (1u << 20) /* times, a few in a million packets: in memory when split */

/* Append bytes as base64; the reverse, false when it is none. */
void notes_base64(struct out *o, const uint8_t *p, size_t n);
bool notes_unbase64(struct out *o, const char *p, size_t n);
/* Are the n bytes the first line of notes, of a version that is known? */
bool notes_is_head(const uint8_t *p, size_t n);
/* Is this a block of notes? */
bool notes_is_block(const struct scapf_record *rec);

#endif
