/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - the option list of a block: u16 code, u16 length, value padded to 4, until code 0
 * or the end of the block. [pcapng 3.5]
 */
#ifndef SCAPF_BLOCK_OPTION_H
#define SCAPF_BLOCK_OPTION_H

#include "block/opt_table.h"
#include "scapfmt.h"

/* Codes. [pcapng 3.5.1, 4.3] */
#define OPT_COMMENT     1
#define OPT_EPB_PID_TID 8

/* Walk over the options in len bytes whose first has stream offset off. */
void option_iter_init(struct scapf_option_iter *it, const uint8_t *bytes, size_t len, uint64_t off,
                      bool big_endian);

/* May an option of this code be copied into a file that is written anew? [pcapng WRT-03] */
static inline bool option_allows_copy(uint16_t code)
{
    return code != OPT_CODE_CUSTOM_UTF8_NOCOPY && code != OPT_CODE_CUSTOM_BYTES_NOCOPY;
}
/* May all of these, little-endian? */
bool options_allow_copy(const uint8_t *bytes, size_t len);

/* Offset in the body where the options of a block of this type start, given the whole body;
 * body_len when the block has none or is too short to say. Not for packets and events, whose views
 * know. */
size_t option_start(uint32_t block_type, const uint8_t *body, size_t body_len, bool big_endian);

#endif
