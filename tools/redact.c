/* SPDX-License-Identifier: Apache-2.0 */
#include "redact.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#define KEY_MAX 4096 /* bytes of a key file that count */

/* ------------------------------------------------------------------ policy */

static unsigned kind_bit(const char *word, size_t len)
{
    const char *name;

    for (unsigned bit = 0; (name = scapf_redact_kind(bit)) != NULL; bit++) {
        if (strlen(name) == len && memcmp(name, word, len) == 0) {
            return 1u << bit;
        }
    }
    return 0;
}

/* Words and what they add; those that begin with "-" take away. A list that begins with such a word
 * starts from the default. */
static bool parse_policy(const char *text, unsigned *what)
{
    const char *p = text;

    *what = *text == '-' ? SCAPF_REDACT_DEFAULT : 0;
    while (*p != '\0') {
        bool minus = *p == '-';
        size_t len = strcspn(p += minus, ",");
        unsigned bits = len == 3 && memcmp(p, "all", 3) == 0       ? SCAPF_REDACT_ALL
                        : len == 7 && memcmp(p, "default", 7) == 0 ? SCAPF_REDACT_DEFAULT
                                                                   : kind_bit(p, len);

        if (bits == 0) {
            return false;
        }
        *what = minus ? *what & ~bits : *what | bits;
        p += len;
        p += *p == ',';
    }
    return *what != 0;
}

/* ------------------------------------------------------------------ key */

static int read_key(const char *path, uint8_t *key, size_t *len)
{
    FILE *f = fopen(path, "rb");

    *len = f != NULL ? fread(key, 1, KEY_MAX, f) : 0;
    if (f == NULL || ferror(f) != 0) {
        (void)run_fail_errno(path);
        if (f != NULL) {
            (void)fclose(f);
        }
        return CLI_SYSTEM;
    }
    (void)fclose(f);
    if (*len == 0) {
        run_say("%s: an empty key is none", path);
        return CLI_SYSTEM;
    }
    return CLI_DONE;
}

static int make_key(uint8_t *key, size_t *len)
{
    *len = 16;
    if (getrandom(key, *len, 0) != (ssize_t)*len) {
        return run_fail_errno("no random numbers for a key");
    }
    return CLI_DONE;
}

/* ------------------------------------------------------------------ begin and end */

int redact_begin(const struct cli_spec *spec, const struct cli_common *common,
                 const struct redact_args *args, struct scapf_redact **redact)
{
    struct scapf_redact_opts opts = {.size = sizeof(opts)};
    uint8_t key[KEY_MAX];
    int rc;

    *redact = NULL;
    if (!args->on) {
        return args->policy == NULL && args->key == NULL
                   ? CLI_DONE
                   : cli_usage(spec, "--policy and --key are for --redact");
    }
    if (args->policy != NULL && !parse_policy(args->policy, &opts.what)) {
        return cli_usage(spec,
                         "--policy: '%s' is no list of env, args, buffers, paths, addresses, "
                         "names, comms",
                         args->policy);
    }
    rc = args->key != NULL ? read_key(args->key, key, &opts.key_len) : make_key(key, &opts.key_len);
    if (rc == CLI_DONE) {
        rc = run_schema(common, &opts.schema);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    opts.key = key;
    return run_fail("redact", scapf_redact_new(&opts, redact), NULL);
}

void redact_report(const struct scapf_redact *redact, const struct redact_args *args)
{
    static const char *const things[SCAPF_REDACT_KINDS] = {
        "environments", "texts of arguments",  "buffers of data", "paths",
        "addresses",    "names or containers", "process names"};
    const struct scapf_redact_counts *c = scapf_redact_counts(redact);
    char line[512] = "";
    size_t n = 0;

    for (unsigned i = 0; i < SCAPF_REDACT_KINDS && n < sizeof(line); i++) {
        if (c->replaced[i] > 0) {
            n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%" PRIu64 " %s", n > 0 ? ", " : "",
                                  c->replaced[i], things[i]);
        }
    }
    run_say("redacted: %s", n > 0 ? line : "nothing was there");
    if (c->options + c->unknown + c->blocks > 0) {
        run_say("left out, since they may hold anything: options of %" PRIu64 " blocks, %" PRIu64
                " parameters nobody knows, %" PRIu64 " blocks",
                c->options, c->unknown, c->blocks);
    }
    if (args->key == NULL) {
        run_say("the key of the pseudonyms is forgotten; --key keeps them the same the next time");
    }
}
