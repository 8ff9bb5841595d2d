/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - system-call events in event blocks. [scap 9]
 *
 *   block body   u16 cpu, [u32 flags], event, padding to 4, [pcapng options]
 *   event        u64 time ns, i64 tid, u32 length, u16 code, [u32 number of parameters],
 *                lengths (u16 or u32 each), parameters without padding
 *
 * In old blocks the number of parameters is not stored: it is the one n for which header, n
 * lengths and the bytes they announce make exactly the event length. The sum grows with n, so
 * there is at most one.
 */
#ifndef SCAPF_EVENT_EVENT_H
#define SCAPF_EVENT_EVENT_H

#include "block/types.h"
#include "bytes/cur.h"

#define EVENT_HEADER_V1_LEN 22u
#define EVENT_HEADER_V2_LEN 26u
#define EVENT_CODE_AT       20u /* in the header; the time is at its begin */

/* In the body of an event block stand the number of the processor and, with EVENT_LAYOUT_FLAGS, the
 * flags before the header of the event. */
static inline const uint8_t *event_header(const uint8_t *body, uint8_t layout)
{
    return body + ((layout & EVENT_LAYOUT_FLAGS) != 0 ? 6 : 2);
}

/* [scap 10] In the category of an event: it is one of a system call. */
#define EVENT_CATEGORY_CALL 0x200u

static inline bool event_is_container_json(uint16_t code)
{
    return code == 272 || code == 324; /* of a large type */
}

/* [scap 10] They tell of a container, as text or as JSON; readers take them in while they open. */
static inline bool event_is_container(uint16_t code)
{
    return code == 228 || event_is_container_json(code);
}

/* [scap 10] These have no name of their own: a parameter says what they are. */
static inline bool event_is_async(uint16_t code)
{
    return code == 402;
}

static inline bool event_is_named_inside(uint16_t code)
{
    return code <= 1 || event_is_async(code); /* generic ones, too */
}

/* [pcapng 4.3] An event that closes a mixed file, for libscap to find behind the packets: a code
 * that no reader knows, and nothing else. */
#define EVENT_CLOSING_CODE 0x7FFFu

static inline bool event_closes(const struct scapf_event *event)
{
    return event != NULL && event->code == EVENT_CLOSING_CODE && event->payload_len == 0;
}

/* The same in the block in which a merge writes it, of no thread: it can be written anew. */
static inline bool event_is_closing(const struct scapf_record *rec)
{
    return rec->type == SCAPF_BLOCK_EVF_V2 && event_closes(rec->event) && rec->event->tid == 0;
}

/* scapf_event_param() for callers inside the library: the first parameters are at hand. */
static inline enum scapf_status event_param(const struct scapf_event *event, uint32_t i,
                                            const uint8_t **bytes, uint32_t *len)
{
    if (i < event->n_cached) {
        *bytes = event->payload + event->param_off[i];
        *len = event->param_off[i + 1] - event->param_off[i];
        return SCAPF_OK;
    }
    return scapf_event_param(event, i, bytes, len);
}

/* Would scapf_event_value() read these bytes as that parameter? */
bool value_is_sound(const struct scapf_param_info *param, const uint8_t *bytes, uint32_t len,
                    bool big_endian);
/* Bytes of a parameter type that is a number and nothing else, negative when it has a sign; 0 for
 * all other types. */
int8_t event_number_size(uint8_t type);

/* scapf_event_value() for a parameter of such a type, whose size is given; false when the event
 * does not have it or not in that size. */
static inline bool event_number(const struct scapf_event *event, uint32_t i, int8_t size,
                                int64_t *number)
{
    const uint8_t *p;
    unsigned len = (unsigned)(size < 0 ? -size : size);

    if (size == 0 || i >= event->n_cached || event->param_off[i + 1] - event->param_off[i] != len) {
        return false;
    }
    p = event->payload + event->param_off[i];
    if (len == 8) { /* with a sign or without: the same bits */
        *number = (int64_t)get_u64(p, event->big_endian);
    } else if (len == 4) {
        *number = size < 0 ? (int32_t)get_u32(p, event->big_endian)
                           : (int64_t)get_u32(p, event->big_endian);
    } else if (len == 2) {
        *number = size < 0 ? (int16_t)get_u16(p, event->big_endian) : get_u16(p, event->big_endian);
    } else {
        *number = size < 0 ? (int8_t)p[0] : p[0];
    }
    return true;
}

/* scapf_event_call() of generic events, scapf_event_ends() for codes that do not follow one
 * another. */
struct scapf_call event_generic_call(const struct scapf_event *event);
bool event_ends_other(const struct scapf_schema *schema, const struct scapf_event *exit,
                      const struct scapf_call *begun);

static inline struct scapf_call event_call(const struct scapf_event *event)
{
    return event->code > 1 ? (struct scapf_call){.code = event->code} : event_generic_call(event);
}

static inline bool event_ends(const struct scapf_schema *schema, const struct scapf_event *exit,
                              const struct scapf_call *begun)
{
    return (exit->code > 1 && exit->code == begun->code + 1) ||
           event_ends_other(schema, exit, begun);
}

/* Is it of a call that makes a thread? */
bool event_makes_thread(const struct scapf_event *event);

/* Read the event in the body of an event block. layout are the block number's enum event_layout
 * bits. The view borrows from body and schema. E_FORMAT with diag filled when it cannot be read. */
enum scapf_status event_parse(const struct scapf_schema *schema, uint8_t layout,
                              const uint8_t *body, size_t body_len, uint64_t off, bool big_endian,
                              struct scapf_event *event, struct scapf_diag *diag);

/* Is this certainly an event that event_parse() would read, of a code that is known? *ts_ns is its
 * time then. False also for what takes a closer look: events of old blocks, more parameters than
 * any code has. */
bool event_is_plain(const struct scapf_schema *schema, uint8_t layout, const uint8_t *body,
                    size_t body_len, bool big_endian, uint64_t *ts_ns);

/* The view of such an event, without options and without the places of its parameters: these are
 * found when asked for. */
void event_view_plain(const struct scapf_schema *schema, uint8_t layout, const uint8_t *body,
                      bool big_endian, struct scapf_event *event);

#endif
