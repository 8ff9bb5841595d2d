/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - how an output is packed: by option or by its name.
 */
#ifndef SCAPFMT_PACK_H
#define SCAPFMT_PACK_H

#include "scapfmt.h"

#define PACK_CHOICES "auto|none|gzip|zstd"

/* The packing a name asks for; *len becomes the length of the name without that suffix. */
enum scapf_compression pack_of_name(const char *name, size_t *len);
/* What a choice of PACK_CHOICES means for a file of this name. */
enum scapf_compression pack_choose(int choice, const char *name);
/* ".gz", ".zst" or nothing. */
const char *pack_suffix(enum scapf_compression packing);

#endif
