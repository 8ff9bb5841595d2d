/* SPDX-License-Identifier: Apache-2.0 */
/* pm_words.h - texts of Procmon as values: numbers, times, dates, parts of the detail, names. */
#ifndef SCAPFMT_PM_WORDS_H
#define SCAPFMT_PM_WORDS_H

#include <endian.h>
#include <string.h>

#include "pm.h"
#include "utf8.h"

#define PM_SECOND INT64_C(1000000000)
#define PM_DAY    (INT64_C(86400) * PM_SECOND)

/* A decimal number without anything else: PID, TID. */
bool pm_decimal(struct pm_text text, uint64_t max, uint64_t *value);
/* The other way: digits that end before end, with commas between thousands or without; where they
 * begin. They are 26 characters at most. */
char *pm_digits(char *end, uint64_t value, bool commas);
/* A number with whatever stands between thousands, with a sign, or 0x and hexadecimal. */
bool pm_number(struct pm_text text, int64_t *value);
/* Seconds with a fraction behind a point or comma, as ns; with another mark between thousands or
 * none. More than ns can tell (292 years) are INT64_MAX. */
bool pm_seconds(struct pm_text text, int64_t *ns);

enum pm_half { PM_24_HOURS, PM_AM, PM_MIDDAY };

/* A time of day as ns, with a fraction or not, and with a word for the half of the day or not. */
bool pm_clock(struct pm_text text, int64_t *ns, enum pm_half *half);

enum pm_order { PM_ORDER_UNKNOWN, PM_YMD, PM_MDY, PM_DMY };

/* The date at the beginning of a text as days since 1970. *order is what was decided before, and
 * becomes what this date shows; *sure tells whether it shows it. */
bool pm_date(struct pm_text text, bool twelve_hours, enum pm_order *order, bool *sure,
             int64_t *days);

/* The value behind KEY in the detail of an operation with these keys. */
bool pm_detail(const struct scapf_pm_row *row, struct pm_text detail, const char *key,
               struct pm_text *value);
bool pm_contains(struct pm_text text, const char *word);

#define PM_EPOCH_GAP 116444736000000000u /* 1601 to 1970 in 100 ns */

/* FILETIME (100 ns since 1601) as ns since 1970; false before that. */
static inline bool pm_filetime(uint64_t filetime, int64_t *ns)
{
    if (filetime < PM_EPOCH_GAP || filetime - PM_EPOCH_GAP > INT64_MAX / 200) {
        return false;
    }
    *ns = (int64_t)(filetime - PM_EPOCH_GAP) * 100;
    return true;
}

/* "host:port -> host:port" as two ends with numbers; false when one has none. *cut is set when the
 * text has the form at all. */
bool pm_ends(const struct scapf_schema *schema, struct pm_text path, struct synth_end ends[2],
             bool *cut);

/* The bytes of a text, at most max, that end where a character does. What is no UTF-8 is cut
 * anywhere: with room for a character (4 bytes) something is taken of every text. */
static inline size_t pm_cut(struct pm_text text, size_t max)
{
    size_t n = text.len < max ? text.len : max;
    size_t back = 0;

    while (back < 4 && back < n && n < text.len && utf8_continues(text.at[n - back])) {
        back++;
    }
    return back < 4 ? n - back : n;
}

/* A text for people: control characters as \x1b, so that a terminal shows them and does not do what
 * they say. Whole characters, as many as fit, and a NUL. */
void pm_readable(char *to, size_t size, struct pm_text text);

/* The byte eight times: what is done to eight characters at once. */
#define PM_EACH(byte) ((byte)*UINT64_C(0x0101010101010101))
/* Sixteen at once, on every machine: the compiler splits what its registers cannot hold. */
typedef int8_t pm_bytes16 __attribute__((vector_size(16)));

/* Is any of them not 0? */
static inline bool pm_any(pm_bytes16 v)
{
    uint64_t halves[2];

    memcpy(halves, &v, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* Which is the first that is not 0? 16: none. */
static inline unsigned pm_first(pm_bytes16 v)
{
    uint64_t halves[2];

    memcpy(halves, &v, sizeof(halves));
    return halves[0] != 0   ? (unsigned)__builtin_ctzll(le64toh(halves[0])) / 8
           : halves[1] != 0 ? (unsigned)__builtin_ctzll(le64toh(halves[1])) / 8 + 8
                            : 16;
}

uint64_t pm_hash(uint64_t seed, const char *text, size_t len);
/* The same for text that differs only in the case of ASCII letters. */
uint64_t pm_hash_folded(uint64_t seed, const char *text, size_t len);

#endif
