/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - file bytes on their way to a terminal or a line-based reader.
 */
#ifndef SCAPF_RENDER_TEXT_H
#define SCAPF_RENDER_TEXT_H

#include "bytes/out.h"

/* Append text: valid UTF-8 as it is; control characters (C0, DEL, C1) and bytes that are no UTF-8
 * as \xNN, so that no file can move the cursor, end the line or change the terminal. */
void text_put(struct out *o, const void *bytes, size_t n);
/* Do the same to what stands in o since it had start bytes, by way of scratch. */
void text_clean(struct out *o, size_t start, struct out *scratch);

#endif
