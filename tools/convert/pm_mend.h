/* SPDX-License-Identifier: Apache-2.0 */
/* pm_mend.h - an event whose XML is broken, read by its tags alone. */
#ifndef SCAPFMT_PM_MEND_H
#define SCAPFMT_PM_MEND_H

#include "pm_build.h"

/* Where the first <event> of a piece begins; len when there is none. */
size_t pm_mend_start(const char *piece, size_t len);
/* Put the fields of the event together. False when there is nothing in it to go by. */
bool pm_mend_event(struct pm_build *b, const char *piece, size_t len);
/* One of the five entities at p: its length and what it stands for; 0 = none. */
size_t pm_mend_entity(const char *p, size_t n, char *to);
/* Text with its entities resolved, others as they stand, to the field that is open. */
bool pm_mend_text(struct pm_build *b, const char *text, size_t len);

#endif
