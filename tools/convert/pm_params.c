/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_params.c - words of schemas/procmon-map.xml to parameters of events.
 */
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"

#define NAME_MAX_LEN 1000u /* longer paths are none to readers [scap 8] */

/* ------------------------------------------------------------------ words of the detail */

static struct pm_text detail(const struct pm_conv *c, const char *key)
{
    struct pm_text value;

    (void)pm_detail(c->row, pm_col(c->event, PM_DETAIL), key, &value);
    return value;
}

/* Has the front end said what the number is? */
static bool known(const struct pm_conv *c, const char *key, int64_t *value)
{
    const struct pm_event *event = c->event;

    for (uint32_t i = 0; i < event->n_known; i++) {
        if (strcmp(event->known[i].key, key) == 0) {
            *value = event->known[i].value;
            return true;
        }
    }
    return false;
}

static int64_t number(const struct pm_conv *c, const char *key)
{
    int64_t value = 0;

    if (!known(c, key, &value)) {
        (void)pm_number(detail(c, key), &value);
    }
    return value;
}

/* PPM_O_* [libs ppm_events_public.h] */
enum {
    O_READ = 1,
    O_WRITE = 2,
    O_CREATE = 4,
    O_APPEND_ = 8,
    O_EXCLUSIVE = 0x20,
    O_SYNC_ = 0x80,
    O_TRUNCATE = 0x100,
    O_DIRECT_ = 0x200,
    O_DIRECTORY_ = 0x400
};

struct word_bits {
    const char *word;
    uint32_t bits;
};

static uint32_t bits_in(struct pm_text text, const struct word_bits *rows, size_t n)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < n; i++) {
        bits |= pm_contains(text, rows[i].word) ? rows[i].bits : 0;
    }
    return bits;
}

static uint32_t find_open_flags(const struct pm_conv *c)
{
    static const struct word_bits access[] = {
        {"Generic Read", O_READ},
        {"Generic Read/Write", O_WRITE},
        {"Read Data", O_READ},
        {"Execute", O_READ},
        {"Generic Write", O_WRITE},
        {"Write Data", O_WRITE},
        {"Add File", O_WRITE},
        {"Append Data", O_WRITE},
        {"Generic All", O_READ | O_WRITE},
        {"All Access", O_READ | O_WRITE},
        {"Maximum Allowed", O_READ | O_WRITE},
    };
    static const struct word_bits options[] = {
        {"Directory", 0}, {"No Buffering", O_DIRECT_}, {"Write Through", O_SYNC_}};
    static const struct word_bits dispositions[] = {{"Create", O_CREATE | O_EXCLUSIVE},
                                                    {"OpenIf", O_CREATE},
                                                    {"Overwrite", O_TRUNCATE},
                                                    {"OverwriteIf", O_CREATE | O_TRUNCATE},
                                                    {"Supersede", O_CREATE | O_TRUNCATE}};
    struct pm_text wanted = detail(c, "Desired Access");
    struct pm_text how = detail(c, "Options");
    struct pm_text disposition = detail(c, "Disposition");
    uint32_t flags = bits_in(wanted, access, sizeof(access) / sizeof(access[0])) |
                     bits_in(how, options, sizeof(options) / sizeof(options[0]));

    for (size_t i = 0; i < sizeof(dispositions) / sizeof(dispositions[0]); i++) {
        flags |= pm_is(disposition, dispositions[i].word) ? dispositions[i].bits : 0;
    }
    /* "Directory" is one of the options; "Non-Directory File" another */
    if (pm_is(how, "Directory") || (how.len > 9 && memcmp(how.at, "Directory", 9) == 0) ||
        pm_contains(how, ", Directory")) {
        flags |= O_DIRECTORY_;
    }
    if (pm_contains(wanted, "Append Data") && !pm_contains(wanted, "Write Data") &&
        !pm_contains(wanted, "Generic Write")) {
        flags |= O_APPEND_;
    }
    return flags;
}

/* Files are opened in few ways: the ones found last are remembered. */
static uint32_t open_flags(struct pm_conv *c)
{
    struct pm_text text = pm_col(c->event, PM_DETAIL);
    struct pm_open *memo = &c->opens[pm_hash(9, text.at, text.len) >> 40 & (PM_OPENS - 1)];

    if (text.len == 0 || text.len > sizeof(memo->detail)) {
        return find_open_flags(c);
    }
    if (memo->row != c->row || memo->len != text.len ||
        memcmp(memo->detail, text.at, text.len) != 0) {
        memo->row = c->row;
        memo->len = (uint32_t)text.len;
        memo->flags = find_open_flags(c);
        memcpy(memo->detail, text.at, text.len);
    }
    return memo->flags;
}

/* PPM_LOCK_*: shared 1, exclusive 2, no waiting 4 */
static uint32_t lock_flags(const struct pm_conv *c)
{
    return (pm_is(detail(c, "Exclusive"), "True") ? 2u : 1u) |
           (pm_is(detail(c, "Fail Immediately"), "True") ? 4u : 0);
}

static uint64_t control_code(struct pm_conv *c, struct pm_text text)
{
    int64_t value;

    if (text.len > 2 && text.at[0] == '0' && pm_number(text, &value)) {
        return (uint64_t)value;
    }
    return pm_map_control(c, text);
}

/* ------------------------------------------------------------------ one word each */

static void put_path(struct pm_conv *c, struct pm_rec *rec, const struct synth_text *path)
{
    static const char mark[] = "...";

    if (path->len <= NAME_MAX_LEN) {
        pm_rec_text(c, rec, path->at, path->len, NAME_MAX_LEN);
        return;
    }
    c->verdict.long_paths++;
    if (pm_room(c, &c->scratch, NAME_MAX_LEN + 8)) {
        size_t n = pm_cut((struct pm_text){path->at, path->len}, NAME_MAX_LEN);

        memcpy(c->scratch.at, path->at, n);
        memcpy(c->scratch.at + n, mark, 3);
        pm_rec_text(c, rec, c->scratch.at, n + 3, NAME_MAX_LEN + 3);
    }
}

static int64_t result(const struct pm_conv *c, const char *key)
{
    if (c->failed) {
        return c->res;
    }
    if (key == NULL || (c->result_row != NULL && c->result_row->as == SCAPF_PM_AT_END)) {
        return 0;
    }
    return strcmp(key, "fd") == 0 ? c->fd : number(c, key);
}

/* Lines behind KEY, each with its NUL: they begin with a line break and a tab, or with ";" and a
 * tab in CSV. */
static void put_list(struct pm_conv *c, struct pm_rec *rec, struct pm_text text)
{
    size_t n = 0;

    if (!pm_room(c, &c->scratch, text.len + 1)) {
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool cut = i + 1 < text.len && text.at[i + 1] == '\t' &&
                   (text.at[i] == ';' || text.at[i] == '\n' || text.at[i] == '\r');

        if (cut || text.at[i] == '\n' || text.at[i] == '\r') {
            if (n > 0 && c->scratch.at[n - 1] != '\0') {
                c->scratch.at[n++] = '\0';
            }
            i += cut;
        } else {
            c->scratch.at[n++] = text.at[i];
        }
    }
    if (n > 0 && c->scratch.at[n - 1] != '\0') {
        c->scratch.at[n++] = '\0';
    }
    pm_rec_bytes(c, rec, c->scratch.at, n < 32768 ? n : 32768);
}

static size_t put_end(uint8_t *to, const struct synth_end *end)
{
    size_t n = end->family == 2 ? 4 : 16;

    memcpy(to, end->ip, n);
    to[n] = (uint8_t)end->port;
    to[n + 1] = (uint8_t)(end->port >> 8);
    return n + 2;
}

/* [scap 12] family, then both ends; or one */
static void put_ends(struct pm_conv *c, struct pm_rec *rec, bool both)
{
    uint8_t bytes[1 + 18 + 18];
    size_t n = 1;

    if (!c->has_ends) {
        pm_rec_bytes(c, rec, "", 0);
        return;
    }
    bytes[0] = c->ends[0].family;
    if (both) {
        n += put_end(bytes + n, &c->ends[0]);
    }
    n += put_end(bytes + n, &c->ends[1]);
    pm_rec_bytes(c, rec, bytes, n);
}

static void put_proc(struct pm_conv *c, struct pm_rec *rec, const char *what, uint8_t type)
{
    const struct synth_thread *t = c->about;
    const struct synth_proc *p = t->proc;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"tid", t->tid},
                   {"pid", p->pid},
                   {"ptid", p->ptid},
                   {"uid", p->uid},
                   {"gid", p->gid},
                   {"fdlimit", p->fdlimit},
                   {"flags", (int64_t)c->start_flags}};
    const struct {
        const char *name;
        const struct synth_text *text;
    } texts[] = {{"comm", &p->name},
                 {"exe", &p->exe},
                 {"args", &p->args},
                 {"cwd", &p->cwd},
                 {"exepath", &p->exepath}};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(numbers[i].name, what) == 0) {
            pm_rec_number(c, rec, (uint64_t)numbers[i].value, scapf_param_size(type));
            return;
        }
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].name, what) != 0) {
            continue;
        }
        if (type == SCAPF_PT_BYTEBUF) {
            pm_rec_bytes(c, rec, texts[i].text->at, texts[i].text->len);
        } else {
            pm_rec_text(c, rec, texts[i].text->at, texts[i].text->len, 4096);
        }
        return;
    }
    pm_rec_bytes(c, rec, "", 0);
}

/* What Windows cannot tell: empty where readers take that, else 0. */
static void put_unknown(struct pm_conv *c, struct pm_rec *rec, const struct scapf_param_info *info)
{
    uint32_t size = scapf_param_size(info->type);

    if (info->may_be_empty || (size == 0 && info->type != SCAPF_PT_CHARBUF)) {
        pm_rec_bytes(c, rec, "", 0);
    } else if (size == 0) {
        pm_rec_text(c, rec, "", 0, 0);
    } else {
        pm_rec_number(c, rec, 0, size);
    }
}

/* ------------------------------------------------------------------ words */

/* A word of the map into a parameter. */
typedef void (*put_fn)(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                       const struct scapf_param_info *info);

static void word_unknown(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                         const struct scapf_param_info *info)
{
    (void)take;
    put_unknown(c, rec, info);
}

static void word_path(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                      const struct scapf_param_info *info)
{
    (void)take;
    (void)info;
    put_path(c, rec, &c->path);
}

static void word_target(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                        const struct scapf_param_info *info)
{
    (void)info;
    if (pm_fds_path(c, detail(c, take->key), &c->scratch)) {
        pm_rec_text(c, rec, c->scratch.at, c->scratch.len, NAME_MAX_LEN);
    }
}

static void word_list(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                      const struct scapf_param_info *info)
{
    (void)info;
    put_list(c, rec, detail(c, take->key));
}

static void word_ends(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                      const struct scapf_param_info *info)
{
    (void)info;
    put_ends(c, rec, take->how == SCAPF_PM_TUPLE);
}

static void word_proc(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                      const struct scapf_param_info *info)
{
    put_proc(c, rec, take->key, info->type);
}

/* [wait(2)] the status has eight bits of the code, the code has all of them */
static uint64_t exit_number(const struct pm_conv *c, const char *what)
{
    int64_t code = number(c, "Exit Status");

    return what[0] == 's' ? ((uint64_t)code & 0xFF) << 8 : (uint64_t)code & 0xFFFFFFFF;
}

static uint64_t number_of(struct pm_conv *c, const struct scapf_pm_take *take)
{
    int64_t value;

    switch (take->how) {
    case SCAPF_PM_VALUE:
        return (uint64_t)take->value;
    case SCAPF_PM_RESULT:
        return (uint64_t)result(c, take->key);
    case SCAPF_PM_FD:
        return (uint64_t)c->fd;
    case SCAPF_PM_NUMBER:
        return (uint64_t)number(c, take->key);
    case SCAPF_PM_CODE:
        return known(c, take->key, &value) ? (uint64_t)value
                                           : control_code(c, detail(c, take->key));
    case SCAPF_PM_FLAGS:
        return open_flags(c);
    case SCAPF_PM_LOCK:
        return lock_flags(c);
    default:
        return exit_number(c, take->key);
    }
}

static void word_number(struct pm_conv *c, struct pm_rec *rec, const struct scapf_pm_take *take,
                        const struct scapf_param_info *info)
{
    pm_rec_number(c, rec, number_of(c, take), scapf_param_size(info->type));
}

static const put_fn words[SCAPF_PM_TAKE_COUNT] = {
    [SCAPF_PM_UNKNOWN] = word_unknown, [SCAPF_PM_VALUE] = word_number,
    [SCAPF_PM_RESULT] = word_number,   [SCAPF_PM_FD] = word_number,
    [SCAPF_PM_PATH] = word_path,       [SCAPF_PM_NUMBER] = word_number,
    [SCAPF_PM_TARGET] = word_target,   [SCAPF_PM_LIST] = word_list,
    [SCAPF_PM_CODE] = word_number,     [SCAPF_PM_FLAGS] = word_number,
    [SCAPF_PM_LOCK] = word_number,     [SCAPF_PM_TUPLE] = word_ends,
    [SCAPF_PM_ADDRESS] = word_ends,    [SCAPF_PM_EXIT] = word_number,
    [SCAPF_PM_PROC] = word_proc,
};

void pm_params(struct pm_conv *c, struct pm_rec *rec, const struct scapf_event_info *event,
               const struct scapf_pm_take *from, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++) {
        words[from[i].how](c, rec, &from[i], &event->params[i]);
    }
}
