/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - makes a fuzz target a plain program: every file named on the command line goes through
 * it once. `make check` replays the seeds, the regressions and, where it lies next door, the
 * corpus, so that what the fuzzer once found stays found without a fuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Seeds of other formats come by too: a cut of a long file tests the target as well. */
#define MAX_INPUT ((size_t)1 << 20)

static void replay(const char *path)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = malloc(MAX_INPUT);
    uint8_t *exact = NULL;
    size_t size;

    if (in == NULL || data == NULL) {
        perror(path);
        exit(3);
    }
    size = fread(data, 1, MAX_INPUT, in);
    /* A block of exactly this size lets the sanitizer see the first byte too far. */
    exact = realloc(data, size > 0 ? size : 1);
    (void)fclose(in);
    if (exact == NULL) {
        perror(path);
        exit(3);
    }
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        /* Named before it runs: a crash then has a name. */
        fprintf(stderr, "%s\n", argv[i]);
        replay(argv[i]);
    }
    printf("replayed %d\n", argc - 1);
    return 0;
}
