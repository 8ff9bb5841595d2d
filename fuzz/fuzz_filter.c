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

/* Ask a filter, or a list of fields, about every record; how many matched. */
static uint64_t ask(struct scapf_filter *f, struct scapf_fields *fields, const uint8_t *capture,
                    size_t size)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_host *host;
    uint64_t n = 0;

    must(scapf_host_new(NULL, &host) == SCAPF_OK);
    reader = target_reader(capture, size, NULL);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_host_put(host, &rec) == SCAPF_OK);
        if (fields != NULL) {
            scapf_fields_put(fields, reader, &rec, host);
            read_fields(fields);
        } else {
            n += is_match(f, reader, &rec, host);
        }
    }
    scapf_reader_free(reader);
    scapf_host_free(host);
    return n;
}

static uint64_t matches(struct scapf_filter *f, const uint8_t *capture, size_t size)
{
    scapf_filter_restart(f);
    return ask(f, NULL, capture, size);
}

static void judge_capture(const char *text, struct scapf_filter *f, const uint8_t *capture,
                          size_t size)
{
    size_t size_negated = strlen(text) + 8;
    char *negated = malloc(size_negated);
    struct scapf_filter *other;
    struct scapf_filter *all;
    uint64_t n = matches(f, capture, size);

    must(negated != NULL);
    (void)snprintf(negated, size_negated, "not (%s\n)", text);
    must(matches(f, capture, size) == n);
    must(scapf_filter_compile("evt.num>0 or frame.number>0", NULL, NULL, &all, NULL) == SCAPF_OK);
    if (scapf_filter_compile(negated, NULL, NULL, &other, NULL) == SCAPF_OK) {
        must(n + matches(other, capture, size) == matches(all, capture, size));
        scapf_filter_free(other);
    }
    scapf_filter_free(all);
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
        (void)ask(NULL, fields, capture, size);
        scapf_fields_free(fields);
        return;
    }
    must(error.message[0] != '\0' && error.pos <= strlen(text));
}

/* Text, then after a NUL a capture; a small one of ours is always there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, size);
    size_t len = end != NULL ? (size_t)(end - data) : size;
    char *text = malloc(len + 1);
    struct mk m;

    must(text != NULL);
    memcpy(text, data, len);
    text[len] = '\0';
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_idb(&m, 1, 0);
    story_tables(&m);
    story_tell(&m, &(struct story){.block = SCAPF_BLOCK_EV_V2});
    story_packets(&m, 0, 1000000);
    judge(text, m.o.bytes, m.o.len);
    if (end != NULL) {
        judge(text, end + 1, size - len - 1);
    }
    mk_release(&m);
    free(text);
    return 0;
}
