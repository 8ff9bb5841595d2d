/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide.h - whole numbers of 128 bits: times in units finer or coarser than nanoseconds, exactly.
 */
#ifndef SCAPF_BASE_WIDE_H
#define SCAPF_BASE_WIDE_H

#ifndef __SIZEOF_INT128__
#error "scapfmt needs a 64-bit machine: this compiler has no numbers of 128 bits"
#endif

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

#endif
