/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pml_make.h - a PML file of Process Monitor in memory, of a 32 or 64 bit system: one editor that
 * saves a file, reads a key and connects to a server.
 */
#ifndef SCAPFMT_TESTS_PML_MAKE_H
#define SCAPFMT_TESTS_PML_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PML_EVENTS 16u

/* Places in the file that tests break. */
struct pml_places {
    size_t offsets, processes, strings, hosts, first_event;
};

/* Heap. closed: false leaves the header as it is while Procmon still writes. */
uint8_t *pml_make(bool wide, bool closed, size_t *len, struct pml_places *places);

#endif
