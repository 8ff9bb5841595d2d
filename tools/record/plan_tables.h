/* SPDX-License-Identifier: Apache-2.0 */
/* plan_tables.h - what the map of traces does not say about calls, for plan.c. */
#ifndef SCAPFMT_RECORD_PLAN_TABLES_H
#define SCAPFMT_RECORD_PLAN_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rec_op;
struct rec_plan;
struct rec_plans;

/* Fields of structs: where they lie. [the kernel's uapi headers, 64 bit] */
struct plan_field {
    const char *call;
    uint8_t arg;
    const char *name; /* as the map has it; NULL: the number the argument points to */
    uint16_t off;
    uint8_t size;
    bool sign;
};
extern const struct plan_field plan_fields[];
extern const size_t plan_n_fields;

/* Arguments of 32 bits that are parameters of 64: the upper half of a register is anything. */
struct plan_half {
    const char *call;
    uint8_t arg;
    bool sign;
};
extern const struct plan_half plan_halves[];
extern const size_t plan_n_halves;

/* Which call of this machine each one of i386 is, into plans->ia32 (plan_ia32.c). */
void plan_of_ia32(struct rec_plans *plans);

/* The number of this step; REC_NO_OP: the plan has no such step. */
uint8_t plan_step_of(const struct rec_plan *plan, const struct rec_op *op);
/* Give the steps of a call's beginning the numbers they have at its end, or mark it (plan_join.c).
 */
void plan_join(struct rec_plans *plans, int32_t nr);

/* Parameters that a trace cannot know, by their names. */
struct plan_extra {
    const char *param;
    uint8_t step; /* enum rec_step */
    uint8_t from; /* enum rec_from */
    size_t off, size;
};
extern const struct plan_extra plan_extras[];
extern const size_t plan_n_extras;

/* Whose descriptor the extras are about, where it is not the result. */
struct plan_of_file {
    const char *call;
    const char *param;
    uint8_t arg, len; /* REC_LEN_PTR: the number is where the argument points to */
};
extern const struct plan_of_file plan_of_file[];
extern const size_t plan_n_of_file;

/* Texts that an argument is only in some cases: when another one has this value. */
struct plan_condition {
    const char *call;
    uint8_t arg;
    uint8_t type; /* enum scapf_param_type */
    uint8_t when_arg, when;
};
extern const struct plan_condition plan_conditions[];
extern const size_t plan_n_conditions;

#endif
