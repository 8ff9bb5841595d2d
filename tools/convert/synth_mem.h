/* SPDX-License-Identifier: Apache-2.0 */
/* synth_mem.h - memory of a synth: what runs out is remembered in s->failed. */
#ifndef SCAPFMT_SYNTH_MEM_H
#define SCAPFMT_SYNTH_MEM_H

#include "synth.h"

/* As resize() of struct scapf_alloc. */
void *synth_resize(struct synth *s, void *p, size_t size);
void *synth_zalloc(struct synth *s, size_t size);
void *synth_calloc(struct synth *s, size_t n, size_t size);
void synth_free(struct synth *s, void *p);
void synth_text_drop(struct synth *s, struct synth_text *text);

#endif
