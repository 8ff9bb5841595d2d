/* SPDX-License-Identifier: Apache-2.0 */
/* pm_mend.h - an event whose XML is broken, read by its tags alone. */
#ifndef SCAPFMT_PM_MEND_H
#define SCAPFMT_PM_MEND_H

#include "pm_build.h"

/* Where the last <event> of a piece begins; len when there is none. */
size_t pm_mend_start(const char *piece, size_t len);
/* Put the fields of the event together. False when there is nothing in it to go by. */
bool pm_mend_event(struct pm_build *b, const char *piece, size_t len);

#endif
