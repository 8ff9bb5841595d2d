/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_words.h"

#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "utf8.h"

/* ------------------------------------------------------------------ numbers */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool pm_decimal(struct pm_text text, uint64_t max, uint64_t *value)
{
    size_t begin = 0;

    *value = 0;
    while (begin + 1 < text.len && text.at[begin] == '0') {
        begin++;
    }
    for (size_t i = begin; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.at[i] - '0');

        /* 64 bits have room for 19 digits */
        if (!is_digit(text.at[i]) || (i - begin >= 19 && *value > (max - digit) / 10)) {
            return false;
        }
        *value = *value * 10 + digit;
    }
    return text.len > 0 && *value <= max;
}

char *pm_digits(char *end, uint64_t value, bool commas)
{
    unsigned n = 0;

    do {
        if (commas && n > 0 && n % 3 == 0) {
            *--end = ',';
        }
        *--end = (char)('0' + value % 10);
        value /= 10;
        n++;
    } while (value > 0);
    return end;
}

static bool hexadecimal(const char *p, size_t len, int64_t *value)
{
    uint64_t v = 0;
    size_t i;

    for (i = 0; i < len && i < 17; i++) {
        char c = p[i];
        unsigned digit = is_digit(c)            ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;

        if (digit == 16) {
            break;
        }
        v = v << 4 | digit;
    }
    *value = (int64_t)v;
    return i > 0 && i <= 16;
}

bool pm_number(struct pm_text text, int64_t *value)
{
    bool negative = text.len > 0 && text.at[0] == '-';
    uint64_t v = 0;
    unsigned digits = 0;

    if (text.len > 2 && text.at[0] == '0' && text.at[1] == 'x') {
        return hexadecimal(text.at + 2, text.len - 2, value);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            if (v > (UINT64_MAX - 9) / 10) {
                return false;
            }
            v = v * 10 + (uint64_t)(text.at[i] - '0');
            digits++;
        }
    }
    *value = negative ? (int64_t)(0 - v) : (int64_t)v;
    return digits > 0;
}

/* Digits of a fraction as ns; what is beyond is left out. */
static int64_t fraction(const char *p, size_t len, size_t *used)
{
    static const int64_t units[] = {PM_SECOND, 100000000, 10000000, 1000000, 100000,
                                    10000,     1000,      100,      10,      1};
    int64_t digits = 0;
    size_t n = 0;

    for (; n < len && n < 9 && is_digit(p[n]); n++) {
        digits = digits * 10 + (p[n] - '0');
    }
    for (*used = n; *used < len && is_digit(p[*used]); ++*used) {
    }
    return digits * units[n];
}

/* What stands between thousands, in any locale: the length of the mark, 0 = none. */
static size_t thousands_mark(const char *p, size_t len)
{
    static const char *const marks[] = {",",           ".", "'", " ", "\xC2\xA0", "\xE2\x80\xAF",
                                        "\xE2\x80\x99"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t n = strlen(marks[i]);

        if (len >= n && memcmp(p, marks[i], n) == 0) {
            return n;
        }
    }
    return 0;
}

/* Digits, all in one or in threes with marks between; at most max. */
static bool whole_number(const char *p, size_t len, int64_t max, int64_t *value)
{
    bool marked = false;
    size_t digits = 0; /* behind the last mark */
    size_t n;

    *value = 0;
    for (size_t i = 0; i < len; i += n) {
        n = 1;
        if (is_digit(p[i])) {
            int64_t digit = p[i] - '0';

            *value = *value > (max - digit) / 10 ? max : *value * 10 + digit;
            digits++;
            continue;
        }
        n = thousands_mark(p + i, len - i);
        if (n == 0 || digits == 0 || digits > 3 || (marked && digits != 3)) {
            return false;
        }
        marked = true;
        digits = 0;
    }
    return marked ? digits == 3 : digits > 0;
}

bool pm_seconds(struct pm_text text, int64_t *ns)
{
    const int64_t max = INT64_MAX / PM_SECOND;
    size_t point = text.len;
    size_t used = 0;
    int64_t seconds;

    while (point > 0 && text.at[point - 1] != '.' && text.at[point - 1] != ',') {
        point--;
    }
    point = point > 0 ? point - 1 : text.len;
    *ns = 0;
    if (point < text.len) {
        *ns = fraction(text.at + point + 1, text.len - point - 1, &used);
        if (point + 1 + used != text.len || memchr(text.at, text.at[point], point) != NULL) {
            return false; /* one mark for both is none of a locale */
        }
    }
    if (!whole_number(text.at, point, max, &seconds)) {
        return false;
    }
    *ns = seconds < max ? seconds * PM_SECOND + *ns : INT64_MAX;
    return true;
}

/* ------------------------------------------------------------------ times of day */

/* Words for the halves of the day, without blanks and points, in lower case where that exists
 * [Windows locales]. */
static const struct {
    const char *word;
    enum pm_half half;
} halves[] = {
    {"am", PM_AM},   {"pm", PM_MIDDAY},   {"a", PM_AM},        {"p", PM_MIDDAY},
    {"上午", PM_AM}, {"下午", PM_MIDDAY}, {"午前", PM_AM},     {"午後", PM_MIDDAY},
    {"오전", PM_AM}, {"오후", PM_MIDDAY}, {"πμ", PM_AM},       {"μμ", PM_MIDDAY},
    {"ص", PM_AM},    {"م", PM_MIDDAY},    {"ق.ظ", PM_AM},      {"ب.ظ", PM_MIDDAY},
    {"قظ", PM_AM},   {"بظ", PM_MIDDAY},   {"de", PM_AM},       {"du", PM_MIDDAY},
    {"sa", PM_AM},   {"ch", PM_MIDDAY},   {"vm", PM_AM},       {"nm", PM_MIDDAY},
    {"dop", PM_AM},  {"odp", PM_MIDDAY},  {"fm", PM_AM},       {"em", PM_MIDDAY},
    {"öö", PM_AM},   {"ös", PM_MIDDAY},   {"पूर्वाह्न", PM_AM},   {"अपराह्न", PM_MIDDAY},
    {"पूर्व", PM_AM},  {"अप", PM_MIDDAY},   {"paradite", PM_AM}, {"pasdite", PM_MIDDAY},
    {"pd", PM_AM},   {"md", PM_MIDDAY},   {"ap", PM_AM},       {"ip", PM_MIDDAY},
    {"pg", PM_AM},   {"ptg", PM_MIDDAY},
};

static bool find_half(const char *p, size_t len, enum pm_half *half)
{
    char word[40];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = p[i];

        if (c == ' ' || c == '.' || (c == '\xC2' && i + 1 < len && p[i + 1] == '\xA0') ||
            (c == '\xA0' && i > 0 && p[i - 1] == '\xC2')) {
            continue;
        }
        if (c == '\xE2' && i + 2 < len && p[i + 1] == '\x80') { /* spaces and marks of direction */
            i += 2;
            continue;
        }
        if (n == sizeof(word)) {
            return false;
        }
        word[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    if (n == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        if (strlen(halves[i].word) == n && memcmp(halves[i].word, word, n) == 0) {
            *half = halves[i].half;
            return true;
        }
    }
    return false;
}

/* Up to two digits. */
static bool two_digits(const struct pm_text *text, size_t *at, int64_t *value)
{
    size_t begin = *at;

    *value = 0;
    while (*at < text->len && *at < begin + 2 && is_digit(text->at[*at])) {
        *value = *value * 10 + (text->at[(*at)++] - '0');
    }
    return *at > begin;
}

bool pm_clock(struct pm_text text, int64_t *ns, enum pm_half *half)
{
    int64_t parts[3];
    size_t at = 0;
    size_t begin;
    size_t used = 0;

    *half = PM_24_HOURS;
    while (at < text.len && !is_digit(text.at[at])) {
        at++;
    }
    if (!find_half(text.at, at, half)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        begin = at;
        if (!two_digits(&text, &at, &parts[i]) || (i > 0 && at - begin != 2)) {
            return false;
        }
        if (i < 2 && (at == text.len || (text.at[at] != ':' && text.at[at] != '.'))) {
            return false;
        }
        at += i < 2;
    }
    *ns = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * PM_SECOND;
    if (at + 1 < text.len && (text.at[at] == '.' || text.at[at] == ',') &&
        is_digit(text.at[at + 1])) {
        *ns += fraction(text.at + at + 1, text.len - at - 1, &used);
        at += used + 1;
    }
    if (at < text.len && !find_half(text.at + at, text.len - at, half)) {
        return false;
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59 ||
        (*half != PM_24_HOURS && (parts[0] == 0 || parts[0] > 12))) {
        return false;
    }
    if (*half != PM_24_HOURS) {
        *ns += ((*half == PM_MIDDAY) - (parts[0] == 12)) * 12 * 3600 * PM_SECOND;
    }
    return true;
}

/* ------------------------------------------------------------------ dates */

static enum pm_order order_of(const int64_t *v, char separator, bool twelve_hours, bool *sure)
{
    *sure = true;
    if (v[0] > 31) {
        return PM_YMD;
    }
    if (v[0] > 12) {
        return PM_DMY;
    }
    if (v[1] > 12) {
        return PM_MDY;
    }
    *sure = separator == '.';
    return separator == '/' && twelve_hours ? PM_MDY : PM_DMY;
}

bool pm_date(struct pm_text text, bool twelve_hours, enum pm_order *order, bool *sure,
             int64_t *days)
{
    int64_t v[3] = {0};
    char separator = 0;
    size_t at = 0;
    int64_t y;
    int64_t m;
    int64_t d;
    enum pm_order shown;

    for (int i = 0; i < 3; i++) {
        size_t begin;

        while (at < text.len && !is_digit(text.at[at])) {
            separator = i == 1 && separator == 0 ? text.at[at] : separator;
            at++;
        }
        begin = at;
        while (at < text.len && at < begin + 5 && is_digit(text.at[at])) {
            v[i] = v[i] * 10 + (text.at[at++] - '0');
        }
        if (at == begin || (at < text.len && text.at[at] == ':')) {
            return false;
        }
    }
    shown = order_of(v, separator, twelve_hours, sure);
    *order = *sure || *order == PM_ORDER_UNKNOWN ? shown : *order;
    y = *order == PM_YMD ? v[0] : v[2];
    m = *order == PM_DMY || *order == PM_YMD ? v[1] : v[0];
    d = *order == PM_YMD ? v[2] : *order == PM_DMY ? v[0] : v[1];
    y += y < 100 ? 2000 : 0;
    y -= y > 2400 ? 543 : 0; /* the calendar of Thailand */
    *days = calendar_days(y, m, d);
    return y >= 1970 && y < 2200 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

/* ------------------------------------------------------------------ details */

/* Does a key of the row begin here? Its length with ": ". */
static size_t key_at(const struct scapf_pm_row *row, const char *p, size_t n)
{
    for (uint32_t i = 0; i < row->n_keys; i++) {
        size_t len = row->keys[i][0] == *p ? strlen(row->keys[i]) : n;

        if (n > len && p[len] == ':' && memcmp(p, row->keys[i], len) == 0) {
            return n > len + 1 && p[len + 1] == ' ' ? len + 2 : len + 1;
        }
    }
    return 0;
}

bool pm_detail(const struct scapf_pm_row *row, struct pm_text detail, const char *key,
               struct pm_text *value)
{
    size_t key_len = strlen(key);
    const char *end = detail.len > 0 ? detail.at + detail.len : detail.at; /* at may be NULL */
    const char *found = NULL;

    for (const char *p = detail.at; p != NULL && p < end;) {
        size_t n = key_at(row, p, (size_t)(end - p));
        const char *comma;

        if (n > 0 && found != NULL) {
            end = p - 2;
            break;
        }
        if (n > key_len && memcmp(p, key, key_len) == 0 && p[key_len] == ':') {
            found = p + n;
        }
        comma = memmem(p + n, (size_t)(end - p) - n, ", ", 2);
        p = comma != NULL ? comma + 2 : end;
    }
    *value = (struct pm_text){found, found != NULL ? (size_t)(end - found) : 0};
    return found != NULL;
}

bool pm_contains(struct pm_text text, const char *word)
{
    return text.len > 0 && memmem(text.at, text.len, word, strlen(word)) != NULL;
}

/* ------------------------------------------------------------------ texts for people */

/* What a terminal obeys, and what is no character: U+0000 to U+001F, U+007F to U+009F. */
static bool is_shown(const char *p, size_t len)
{
    return len == 1 ? *p >= ' ' && *p < 0x7F : len == 2 ? *p != '\xC2' || p[1] >= '\xA0' : len > 0;
}

void pm_readable(char *to, size_t size, struct pm_text text)
{
    size_t n = 0;
    size_t len;

    for (size_t i = 0; i < text.len; i += len) {
        bool shown;

        len = utf8_char(text.at + i, text.len - i);
        len = len == UTF8_CUT ? 0 : len;
        shown = is_shown(text.at + i, len);
        len = shown ? len : 1;
        if ((shown ? len : 4) >= size - n) {
            break;
        }
        if (shown) {
            memcpy(to + n, text.at + i, len);
        } else {
            (void)snprintf(to + n, 5, "\\x%02x", (unsigned)(uint8_t)text.at[i]);
        }
        n += shown ? len : 4;
    }
    to[n] = '\0';
}

/* ------------------------------------------------------------------ addresses */

static bool ipv4(struct pm_text text, struct synth_end *end)
{
    unsigned value = 0;
    unsigned part = 0;
    unsigned digits = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && is_digit(text.at[i]) && digits < 3) {
            value = value * 10 + (unsigned)(text.at[i] - '0');
            digits++;
            continue;
        }
        if (digits == 0 || value > 255 || part > 3 || (i < text.len && text.at[i] != '.')) {
            return false;
        }
        end->ip[part++] = (uint8_t)value;
        value = 0;
        digits = 0;
    }
    end->family = 2;
    return part == 4;
}

/* Eight groups as Procmon writes them, or with "::" in their midst. */
static bool ipv6(struct pm_text text, struct synth_end *end)
{
    uint16_t groups[8] = {0};
    unsigned n = 0;
    unsigned gap = 8;
    size_t at = 0;

    if (text.len >= 2 && text.at[0] == '[' && text.at[text.len - 1] == ']') {
        text.at++;
        text.len -= 2;
    }
    while (at < text.len && n < 8) {
        size_t len = 0;
        int64_t value = 0;

        if (text.at[at] == ':' && at + 1 < text.len && text.at[at + 1] == ':' && gap == 8) {
            gap = n;
            at += 2;
            continue;
        }
        at += text.at[at] == ':' && n > 0 && at > 0 && text.at[at - 1] != ':';
        while (at + len < text.len && text.at[at + len] != ':') {
            len++;
        }
        if (len == 0 || len > 4 || !hexadecimal(text.at + at, len, &value) ||
            memchr(text.at + at, '.', len) != NULL) {
            return false;
        }
        for (size_t i = 0; i < len; i++) {
            if (strchr("0123456789abcdefABCDEF", text.at[at + i]) == NULL) {
                return false;
            }
        }
        groups[n++] = (uint16_t)value;
        at += len;
    }
    if (at < text.len || (n < 8 && gap == 8)) {
        return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        uint16_t group = i < gap ? groups[i] : i < 8 - (n - gap) ? 0 : groups[i - (8 - n)];

        if (gap == 8) {
            group = groups[i];
        }
        end->ip[2 * i] = (uint8_t)(group >> 8);
        end->ip[2 * i + 1] = (uint8_t)group;
    }
    end->family = 10;
    return true;
}

static bool port_of(const struct scapf_schema *schema, struct pm_text text, uint16_t *port)
{
    uint64_t value;

    if (pm_decimal(text, 65535, &value)) {
        *port = (uint16_t)value;
        return true;
    }
    for (uint32_t i = 0; i < schema->n_pm_ports; i++) {
        if (pm_is(text, schema->pm_ports[i].name)) {
            *port = schema->pm_ports[i].port;
            return true;
        }
    }
    return false;
}

static bool one_end(const struct scapf_schema *schema, struct pm_text text, struct synth_end *end)
{
    const char *colon = text.len > 0 ? memrchr(text.at, ':', text.len) : NULL;
    struct pm_text host = {text.at, colon != NULL ? (size_t)(colon - text.at) : 0};
    struct pm_text port = {colon != NULL ? colon + 1 : NULL,
                           colon != NULL ? text.len - host.len - 1 : 0};

    *end = (struct synth_end){0};
    return colon != NULL && port_of(schema, port, &end->port) &&
           (ipv4(host, end) || ipv6(host, end));
}

bool pm_ends(const struct scapf_schema *schema, struct pm_text path, struct synth_end ends[2],
             bool *cut)
{
    const char *arrow = path.len > 0 ? memmem(path.at, path.len, " -> ", 4) : NULL;
    struct pm_text local = {path.at, arrow != NULL ? (size_t)(arrow - path.at) : 0};
    struct pm_text remote = {arrow != NULL ? arrow + 4 : NULL,
                             arrow != NULL ? path.len - local.len - 4 : 0};

    *cut = arrow != NULL;
    return arrow != NULL && one_end(schema, local, &ends[0]) && one_end(schema, remote, &ends[1]) &&
           ends[0].family == ends[1].family;
}

/* ------------------------------------------------------------------ hashes */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

uint64_t pm_hash(uint64_t seed, const char *text, size_t len)
{
    uint64_t h = seed + len;

    for (; len >= 8; text += 8, len -= 8) {
        uint64_t v;

        memcpy(&v, text, 8);
        h = mix(h, v);
    }
    for (; len > 0; text++, len--) {
        h = mix(h, (uint8_t)*text);
    }
    return h;
}

/* Eight characters, A to Z of them in lower case. */
static uint64_t fold(uint64_t eight)
{
    uint64_t low = eight & PM_EACH(0x7F);
    uint64_t from_a = low + PM_EACH(0x80 - 'A');
    uint64_t beyond_z = low + PM_EACH(0x7F - 'Z');

    return eight | ((from_a & ~beyond_z & ~eight & PM_EACH(0x80)) >> 2);
}

uint64_t pm_hash_folded(uint64_t seed, const char *text, size_t len)
{
    uint64_t h = seed + len;
    uint64_t v;

    for (; len >= 8; text += 8, len -= 8) {
        memcpy(&v, text, 8);
        h = mix(h, fold(v));
    }
    if (len > 0) {
        v = 0;
        memcpy(&v, text, len);
        h = mix(h, fold(v));
    }
    return h;
}
