/* SPDX-License-Identifier: Apache-2.0 */
/*
 * received.h - descriptors that a message brought (SCM_RIGHTS). Its event has their numbers only:
 * behind it come events that are state only, as if the thread had opened them.
 */
#ifndef SCAPFMT_RECORD_RECEIVED_H
#define SCAPFMT_RECORD_RECEIVED_H

#include "put.h"

#define RECEIVED_EVENTS 4

/* The events for the descriptor that parts op and op + 1 tell of, in order: their number, 0 when
 * nobody would learn anything. */
uint32_t received_events(const struct put *p, uint8_t op,
                         const struct scapf_event_info *events[RECEIVED_EVENTS]);
/* Where the parameters of one of them come from; the number of the descriptor is the result. */
void received_plan(const struct put *p, uint8_t op, const struct scapf_event_info *event,
                   struct rec_event_plan *plan);

#endif
