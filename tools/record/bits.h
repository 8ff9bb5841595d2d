/* SPDX-License-Identifier: Apache-2.0 */
/* bits.h - flags and addresses, for events and tables alike. */
#ifndef SCAPFMT_RECORD_BITS_H
#define SCAPFMT_RECORD_BITS_H

#include "scapfmt.h"

/* The kernel's bits as those of the format: as a whole where that has a name, else bit by bit. As
 * they are when one of the sets is NULL. */
uint64_t bits_translate(const struct scapf_flag_set *native, const struct scapf_flag_set *set,
                        uint64_t bits);
/* The same of the flags that a file was opened with, where no bit means O_RDONLY. */
uint64_t bits_of_file(const struct scapf_flag_set *native, const struct scapf_flag_set *set,
                      uint64_t bits);
bool bits_zero(const uint8_t *at, size_t n);

#endif
