/* SPDX-License-Identifier: Apache-2.0 */
/* Target: a filter of any text, asked of every event and packet: no crash, faults inside the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scapfmt.h"
#include "support/story.h"
#include "target.h"

/* Every field of a list has text or none. */
static void read_fields(struct scapf_fields *fields)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < 64; i++) {
        const char *value;
        size_t len;

        must(scapf_fields_text(fields, i, &value, &len) == SCAPF_OK);
        for (size_t k = 0; value != NULL && k < len; k++) {
            sum += (uint8_t)value[k];
        }
    }
    must(sum != UINT64_MAX);
}

static bool is_match(struct scapf_filter *f, const struct scapf_reader *reader,
                     const struct scapf_record *rec, struct scapf_host *host)
{
    bool match;

    must(scapf_filter_match(f, reader, rec, host, &match) == SCAPF_OK);
    must(!match || rec->event != NULL || rec->packet != NULL);
    return match;
}

/* What is asked of every record; any may be NULL. */
struct asked {
    struct scapf_filter *filter, *negated, *all;
    struct scapf_fields *fields;
};

/* What is no match of a filter is one of its negation, if that is not too long. */
static bool ask_filters(const struct asked *q, const struct scapf_reader *reader,
                        const struct scapf_record *rec, struct scapf_host *host)
{
    bool match = is_match(q->filter, reader, rec, host);

    must(q->negated == NULL ||
         match + is_match(q->negated, reader, rec, host) == is_match(q->all, reader, rec, host));
    return match;
}

/* Ask filters, or a list of fields, about every record; how many matched. */
static uint64_t ask(const struct asked *q, const uint8_t *capture, size_t size)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_host *host;
    uint64_t n = 0;

    must(scapf_host_new(NULL, &host) == SCAPF_OK);
    reader = target_reader(capture, size, NULL);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_host_put(host, &rec) == SCAPF_OK);
        if (q->fields != NULL) {
            scapf_fields_put(q->fields, reader, &rec, host);
            read_fields(q->fields);
        } else {
            n += ask_filters(q, reader, &rec, host);
        }
    }
    scapf_reader_free(reader);
    scapf_host_free(host);
    return n;
}

/* The same filter finds the same again, alone or beside others. */
static void judge_capture(const char *text, struct scapf_filter *f, const uint8_t *capture,
                          size_t size)
{
    static struct scapf_filter *all;
    struct asked q = {.filter = f};
    size_t size_negated = strlen(text) + 8;
    char *negated = malloc(size_negated);
    uint64_t n;

    must(negated != NULL);
    (void)snprintf(negated, size_negated, "not (%s\n)", text);
    if (all == NULL) {
        must(scapf_filter_compile("evt.num>0 or frame.number>0", NULL, NULL, &all, NULL) ==
             SCAPF_OK);
    }
    scapf_filter_restart(f);
    n = ask(&q, capture, size);
    scapf_filter_restart(f);
    scapf_filter_restart(all);
    q.all = all;
    if (scapf_filter_compile(negated, NULL, NULL, &q.negated, NULL) < 0) {
        q.negated = NULL;
    }
    must(ask(&q, capture, size) == n);
    scapf_filter_free(q.negated);
    free(negated);
}

/* Text that is a filter or a list of fields or neither, and a capture. */
static void judge(const char *text, const uint8_t *capture, size_t size)
{
    struct scapf_filter_error error;
    struct scapf_filter *f;
    struct scapf_fields *fields;

    if (scapf_filter_compile(text, NULL, NULL, &f, &error) == SCAPF_OK) {
        judge_capture(text, f, capture, size);
        scapf_filter_free(f);
        return;
    }
    must(error.message[0] != '\0' && error.pos <= strlen(text));
    if (scapf_fields_compile(text, NULL, NULL, &fields, &error) == SCAPF_OK) {
        (void)ask(&(struct asked){.fields = fields}, capture, size);
        scapf_fields_free(fields);
        return;
    }
    must(error.message[0] != '\0' && error.pos <= strlen(text));
}

static void tell(struct mk *m)
{
    mk_init(m, MK_LITTLE);
    mk_shb(m, 2);
    mk_idb(m, 1, 0);
    story_tables(m);
    story_tell(m, &(struct story){.block = SCAPF_BLOCK_EV_V2});
    story_packets(m, 0, 1000000);
}

/* Text, then after a NUL a capture; a small one of ours is always there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, size);
    size_t len = end != NULL ? (size_t)(end - data) : size;
    char *text = malloc(len + 1);
    static struct mk ours;

    if (ours.o.len == 0) {
        tell(&ours);
    }
    must(text != NULL);
    memcpy(text, data, len);
    text[len] = '\0';
    judge(text, ours.o.bytes, ours.o.len);
    if (end != NULL) {
        judge(text, end + 1, size - len - 1);
    }
    free(text);
    return 0;
}
