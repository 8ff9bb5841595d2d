/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_plain.h - an event of the XML export as Process Monitor writes nearly all of them: leaves with
 * nothing in their tags but the name, text with none but the five entities, and a stack of such.
 * It means what an XML parser would make of it, at a fraction of the cost; all that is not so plain
 * is left to the parser.
 */
#ifndef SCAPFMT_PM_PLAIN_H
#define SCAPFMT_PM_PLAIN_H

#include "pm_build.h"

#define PM_PLAIN_NAMES 64u
#define PM_PLAIN_NAME  32u

/* Names of leaves as they follow each other: what came next once comes next again. */
struct pm_plain {
    struct pm_plain_name {
        char text[PM_PLAIN_NAME];
        uint8_t len, column;
    } names[PM_PLAIN_NAMES];
    uint32_t n, at;
};

/*
 * Put the fields together of the event that begins with the text, which is valid UTF-8 without
 * characters that XML refuses; names, and texts without an entity, are lent from it. Returns the
 * length of the event up to and with </event>; 0 when it is not whole, or not plain, or there is no
 * room for it. *lines gets the line breaks in it.
 */
size_t pm_plain_event(struct pm_plain *p, struct pm_build *b, const char *text, size_t len,
                      uint64_t *lines);

#endif
