/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.c SCAPFMT FAULT_IO.so SAMPLES [all] - each call of a command into the system fails in
 * turn, and the command has to bear it.
 *
 * Each command runs unhurt first: what it writes is what is right. Then with the first, second,
 * third ... call of each kind failing, until none is left to fail. After each run: no crash and no
 * hang; an exit status of 3 and a message, or all that is right; below its final name nothing but
 * what is right (or what was there before); no temporary file; inputs as they were; no more memory
 * lost than unhurt. Faults that a program has to overcome (EINTR, short counts, a file that cannot
 * be mapped) must not change anything. Without `all` the steps grow: seconds instead of minutes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define MAX_FILES 400
#define MAX_WORDS 24
#define SECONDS   20    /* a run that takes longer hangs */
#define PIPE_MAX  60000 /* fits into a pipe at once */

/* ------------------------------------------------------------------ what is run */

/* What does not hold for a command. */
enum {
    LIBXML = 1,   /* [libxml2 2.9] crashes without memory; what it keeps to the end varies */
    DEGRADES = 2, /* without memory less is put together; what is written is true */
    LEAKS = 4,    /* known: something is not freed when memory lacks */
};

/* Words are parted by blanks. Runs in a folder with in/ (the samples, and cut.scap), out/, tmp/. */
static const struct command {
    const char *name, *words;
    const char *stdin_file; /* comes through a pipe */
    const char *over;       /* stands there before, with other content */
    unsigned but;
} commands[] = {
    {"info", "info in/http.scap", NULL, NULL, 0},
    {"info-pipe", "info -", "in/mixed.pcapng", NULL, 0},
    {"print", "print in/mixed.pcapng in/http.scap.gz", NULL, NULL, 0},
    {"print-filter", "print --filter fd.name=/srv/www/index.html in/http.scap", NULL, NULL, 0},
    {"print-overlay", "print --schema=in/overlay-example.xml in/http.scap", NULL, NULL, LIBXML},
    {"scap-to-scap", "convert -o out/a.scap in/http.scap.zst", NULL, "out/a.scap", 0},
    {"to-json", "convert -o out/a.json --join in/http.scap", NULL, NULL, DEGRADES},
    {"to-gzip", "convert -o out/a.scap.gz in/http.scap", NULL, "out/a.scap.gz", 0},
    {"to-zstd", "convert -o out/a.scap.zst in/http.scap", NULL, NULL, 0},
    {"to-stdout", "convert -t scap -o - -", "in/http.scap", NULL, 0},
    {"to-pcap", "convert -q -o out/a.pcap in/http.pcapng", NULL, "out/a.pcap", 0},
    {"strace", "convert -q -o out/a.scap in/pipeline.strace", NULL, NULL, 0},
    {"strace-pipe", "convert -q -f strace -o out/a.scap -", "in/pipeline.strace", NULL, 0},
    {"procmon-xml", "convert -q -o out/a.scap in/editor.procmon.xml", NULL, NULL, LIBXML},
    {"procmon-csv", "convert -q -o out/a.scap in/editor.procmon.csv", NULL, NULL, 0},
    {"procmon-pml", "convert -q -o out/a.scap in/editor.pml", NULL, NULL, 0},
    {"slice", "slice --events=10-30 --prune -o out/a.scap in/http.scap", NULL, "out/a.scap", 0},
    {"shards", "slice --shards 3 -o out/pieces in/http.scap", NULL, NULL, 0},
    {"merge", "merge -q -o out/both.pcapng in/http.pcapng in/http.scap", NULL, "out/both.pcapng",
     0},
    {"merge-pipe", "merge -q -o out/both.pcapng - in/http.scap", "in/http.pcapng", NULL, 0},
    {"merge-log", "merge -q -o out/both.pcapng in/web.pcapng in/pipeline.strace", NULL, NULL, 0},
    {"annotate", "merge -q --annotate --align=auto -o out/b.pcapng in/clocks.pcap in/clocks.scap",
     NULL, NULL, 0},
    {"split", "split -o out/parts in/both.pcapng", NULL, NULL, 0},
    {"repair", "repair -o out/a.scap in/cut.scap", NULL, "out/a.scap", 0},
    {"mutate", "mutate --rule=PNG-302 -o out/m in/all-blocks.pcapng", NULL, NULL, 0},
    {"mutate-random", "mutate --random --count=3 -o out/m in/http.scap", NULL, NULL, 0},
    {"validate", "validate in/web.pcapng in/http.scap", NULL, NULL, 0},
    {"validate-bad", "validate --json in/cut.scap", NULL, NULL, LEAKS},
    {"stats", "stats --by=all in/http.scap", NULL, NULL, 0},
    {"stats-json", "stats --json --by=all in/mixed.pcapng.gz", NULL, NULL, 0},
};

/* %s becomes the number of the call. */
static const struct fault {
    const char *how;
    bool overcome; /* must not change anything */
} faults[] = {
    {"alloc:%s:ENOMEM", false},
    {"alloc:%s+:ENOMEM", false},
    {"open:%s:EMFILE", false},
    {"open:%s+:EACCES", false},
    {"read:%s:EIO", false},
    {"map:1+:ENODEV,read:%s:EIO", false},
    {"map:1+:ENODEV,alloc:%s:ENOMEM", false},
    {"write:%s:ENOSPC", false},
    {"write:%s+:EIO", false},
    {"write:1+:SHORT,close:%s:EIO", false},
    {"rename:%s:EIO", false},
    {"rename:%s+:EACCES", false},
    {"unlink:%s:EIO", false},
    {"seek:%s:EIO", false},
    {"mkdir:%s:ENOSPC", false},
    {"chmod:%s:EIO", false},
    {"dirs:%s:EIO", false},
    {"map:%s:ENOMEM", true},
    {"map:%s+:ENODEV", true},
    {"map:1+:ENODEV,read:%s:EINTR", true},
    {"map:1+:ENODEV,read:%s+:SHORT", true},
    {"map:1+:ENODEV,read:%s+:EINTR", true},
    {"write:%s:EINTR", true},
    {"write:%s+:SHORT", true},
    {"write:%s+:EINTR", true},
    {"open:%s:EINTR", true},
    {"close:%s:EINTR", true},
};

/* ------------------------------------------------------------------ files */

struct file {
    char path[512];
    char *bytes;
    size_t len;
};

struct tree {
    struct file files[MAX_FILES];
    size_t n;
};

static void stop(const char *what)
{
    fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void load(struct file *f)
{
    FILE *in = fopen(f->path, "rb");
    long len;

    if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (len = ftell(in)) < 0) {
        stop(f->path);
    }
    rewind(in);
    f->len = (size_t)len;
    f->bytes = malloc(f->len + 1);
    if (f->bytes == NULL || fread(f->bytes, 1, f->len, in) != f->len) {
        stop(f->path);
    }
    f->bytes[f->len] = '\0';
    (void)fclose(in);
}

static void save(const char *path, const char *bytes, size_t len)
{
    FILE *out = fopen(path, "wb");

    if (out == NULL || fwrite(bytes, 1, len, out) != len || fclose(out) != 0) {
        stop(path);
    }
}

/* All files below a folder, with their bytes; folders inside it, one deep, too. */
static void tree_load(struct tree *t, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    struct stat st;

    if (dir == NULL) {
        stop(folder);
    }
    while ((e = readdir(dir)) != NULL) {
        struct file *f = &t->files[t->n];

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (t->n == MAX_FILES || (size_t)snprintf(f->path, sizeof(f->path), "%s/%s", folder,
                                                  e->d_name) >= sizeof(f->path)) {
            stop("too many files");
        }
        if (stat(f->path, &st) == 0 && S_ISDIR(st.st_mode)) {
            char inner[512];

            memcpy(inner, f->path, sizeof(inner));
            tree_load(t, inner);
        } else {
            load(f);
            t->n++;
        }
    }
    (void)closedir(dir);
}

static void tree_free(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->files[i].bytes);
    }
    t->n = 0;
}

static const struct file *tree_find(const struct tree *t, const char *path)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->files[i].path, path) == 0) {
            return &t->files[i];
        }
    }
    return NULL;
}

static bool same(const struct file *a, const struct file *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void empty_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    char path[512];

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlink(path) != 0) {
            empty_folder(path);
            (void)rmdir(path);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

/* ------------------------------------------------------------------ one run */

struct result {
    int wait_status;
    struct file out, err; /* what was printed */
    struct tree made;
    bool hit; /* there was a call to fail */
    long live;
};

static const char *program, *library;

static const char old_content[] = "what stood here before\n";

static int open_stdin(const struct command *c)
{
    struct file f = {.bytes = NULL};
    int ends[2];

    if (c->stdin_file == NULL) {
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    (void)snprintf(f.path, sizeof(f.path), "%s", c->stdin_file);
    load(&f);
    if (f.len > PIPE_MAX || pipe(ends) != 0 || write(ends[1], f.bytes, f.len) != (ssize_t)f.len) {
        stop(f.path);
    }
    (void)close(ends[1]);
    free(f.bytes);
    return ends[0];
}

static _Noreturn void become(const struct command *c, const char *how)
{
    char words[512];
    char *argv[MAX_WORDS] = {(char *)"scapfmt"};
    size_t n = 1;
    char *rest = words;
    int in = open_stdin(c);
    int out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    (void)snprintf(words, sizeof(words), "%s", c->words);
    for (char *w; n + 1 < MAX_WORDS && (w = strsep(&rest, " ")) != NULL;) {
        argv[n++] = w;
    }
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
        _exit(126);
    }
    (void)close(in), (void)close(out), (void)close(err);
    (void)setenv("FAULT", how, 1);
    (void)setenv("FAULT_LOG", "log", 1);
    (void)setenv("LD_PRELOAD", library, 1);
    (void)setenv("TMPDIR", "tmp", 1);
    (void)alarm(SECONDS);
    (void)execv(program, argv);
    _exit(127);
}

static void run(const struct command *c, const char *how, struct result *r)
{
    struct file log = {.path = "log"};
    const char *live;
    pid_t pid;

    empty_folder("out");
    empty_folder("tmp");
    (void)unlink("log");
    if (c->over != NULL) {
        save(c->over, old_content, sizeof(old_content) - 1);
    }
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        become(c, how);
    }
    if (pid < 0 || waitpid(pid, &r->wait_status, 0) != pid) {
        stop("fork");
    }
    (void)strcpy(r->out.path, "stdout");
    (void)strcpy(r->err.path, "stderr");
    load(&r->out);
    load(&r->err);
    r->made.n = 0;
    tree_load(&r->made, "out");
    r->hit = false;
    r->live = -1;
    if (access("log", F_OK) == 0) {
        load(&log);
        r->hit = strstr(log.bytes, "hit") != NULL;
        live = strstr(log.bytes, "live ");
        r->live = live != NULL ? strtol(live + 5, NULL, 10) : -1;
        free(log.bytes);
    }
}

static void result_free(struct result *r)
{
    free(r->out.bytes);
    free(r->err.bytes);
    tree_free(&r->made);
}

/* ------------------------------------------------------------------ judging */

static struct tree inputs;
static char wrong[700]; /* what is wrong with a run */

static bool is(bool right, const char *text, const char *path)
{
    if (!right && *wrong == '\0') {
        (void)snprintf(wrong, sizeof(wrong), "%s%s%s", text, *path != '\0' ? ": " : "", path);
    }
    return right;
}

/* Below each name is what is right, or what stood there before. */
static bool judge_files(const struct command *c, const struct result *r, const struct result *right,
                        bool all)
{
    for (size_t i = 0; i < r->made.n; i++) {
        const struct file *f = &r->made.files[i];
        const struct file *want = tree_find(&right->made, f->path);
        bool before =
            c->over != NULL && strcmp(f->path, c->over) == 0 && strcmp(f->bytes, old_content) == 0;

        if (!is(want != NULL, "left over", f->path) ||
            !is((before && !all) || same(f, want), "not what is right", f->path)) {
            return false;
        }
    }
    return is(!all || r->made.n == right->made.n, "not all files are there", "");
}

static bool judge_inputs(void)
{
    static struct tree now;
    bool fine;

    now.n = 0;
    tree_load(&now, "in");
    fine = is(now.n == inputs.n, "files of the input came or went", "");
    for (size_t i = 0; i < now.n && fine; i++) {
        const struct file *f = tree_find(&inputs, now.files[i].path);

        fine = is(f != NULL && same(f, &now.files[i]), "input changed", now.files[i].path);
    }
    tree_free(&now);
    return fine;
}

static bool no_temporary(void)
{
    static struct tree t;
    bool fine;

    t.n = 0;
    tree_load(&t, "tmp");
    fine = is(t.n == 0, "temporary file left", t.n > 0 ? t.files[0].path : "");
    tree_free(&t);
    return fine;
}

static bool judge(const struct command *c, const struct fault *f, const struct result *r,
                  const struct result *right)
{
    int rc = WEXITSTATUS(r->wait_status);
    bool done;

    if (!is(WIFEXITED(r->wait_status), "killed by a signal",
            WIFSIGNALED(r->wait_status) ? strsignal(WTERMSIG(r->wait_status)) : "")) {
        return false;
    }
    done = r->wait_status == right->wait_status && same(&r->out, &right->out);
    if (!is(done || !f->overcome, "the fault changed what comes out", r->err.bytes) ||
        !is(done || rc == 3, "wrong exit status", r->err.bytes) ||
        !is(!done || same(&r->err, &right->err), "done, but other messages", r->err.bytes) ||
        !is(done || (r->err.len > 0 && !same(&r->err, &right->err)), "no message", "")) {
        return false;
    }
    if (strncmp(f->how, "unlink", 6) == 0) {
        return judge_inputs(); /* what cannot be removed stays */
    }
    return judge_files(c, r, right, done) && no_temporary() && judge_inputs() &&
           is((c->but & (LEAKS | LIBXML)) != 0 || (r->live >= 0 && r->live <= right->live),
              "memory was not freed", "");
}

/* ------------------------------------------------------------------ all of them */

static unsigned long runs, passed, failed;

static bool applies(const struct command *c, const struct fault *f)
{
    bool memory = strstr(f->how, "alloc") != NULL;

    return (c->but & (LIBXML | DEGRADES)) == 0 || !memory;
}

static unsigned long next_call(unsigned long k, bool all)
{
    return all ? k + 1 : k + 1 + k / 8;
}

/* true: every call of this kind was failed once, and all was well. */
static bool sweep(const struct command *c, const struct fault *f, const struct result *right,
                  bool all)
{
    static struct result r;
    bool fine = true;
    bool hit = true;

    for (unsigned long k = 1; hit; k = next_call(k, all)) {
        char number[24];
        char how[128];
        size_t at = strcspn(f->how, "%");

        (void)snprintf(number, sizeof(number), "%lu", k);
        (void)snprintf(how, sizeof(how), "%.*s%s%s", (int)at, f->how, number, f->how + at + 2);
        run(c, how, &r);
        runs++;
        hit = r.hit;
        *wrong = '\0';
        if (!judge(c, f, &r, right)) {
            printf("FAIL %s: FAULT=%s: exit %d: %s\n", c->name, how, WEXITSTATUS(r.wait_status),
                   wrong);
            fine = false;
        }
        result_free(&r);
        /* "map:1+" hits always: the other one has to tell */
        if (hit && strchr(f->how, ',') != NULL) {
            struct file log = {.path = "log"};
            char word[24];

            load(&log);
            (void)snprintf(word, sizeof(word), "hit %.*s",
                           (int)strcspn(strchr(f->how, ',') + 1, ":"), strchr(f->how, ',') + 1);
            hit = strstr(log.bytes, word) != NULL;
            free(log.bytes);
        }
    }
    return fine;
}

static void test(const struct command *c, bool all)
{
    static struct result right, again;
    bool fine;

    run(c, "", &right);
    run(c, "", &again);
    *wrong = '\0';
    fine =
        is(WIFEXITED(right.wait_status) && WEXITSTATUS(right.wait_status) <= 1, "does not run",
           right.err.bytes) &&
        is(same(&right.out, &again.out) && right.made.n == again.made.n, "not the same twice", "");
    if (!fine) {
        printf("FAIL %s: %s\n", c->name, wrong);
        failed++;
    }
    for (size_t i = 0; i < COUNT(faults) && fine; i++) {
        if (!applies(c, &faults[i])) {
            continue;
        }
        if (sweep(c, &faults[i], &right, all)) {
            passed++;
        } else {
            failed++;
        }
    }
    result_free(&right);
    result_free(&again);
}

/* ------------------------------------------------------------------ the folder */

static char folder[] = "/tmp/scapfmt-faults-XXXXXX";

static void prepare(const char *samples)
{
    static struct tree t;
    const struct file *http;
    static const struct command merge = {
        "both", "merge -q -o out/both.pcapng in/http.pcapng in/http.scap", NULL, NULL, 0};
    static struct result r;
    const struct file *both;

    tree_load(&t, samples);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("in", 0700) != 0 ||
        mkdir("out", 0700) != 0 || mkdir("tmp", 0700) != 0) {
        stop(folder);
    }
    for (size_t i = 0; i < t.n; i++) {
        char path[520];

        (void)snprintf(path, sizeof(path), "in%s", strrchr(t.files[i].path, '/'));
        save(path, t.files[i].bytes, t.files[i].len);
    }
    tree_free(&t);
    tree_load(&inputs, "in");
    http = tree_find(&inputs, "in/http.scap");
    if (http == NULL) {
        stop("http.scap");
    }
    save("in/cut.scap", http->bytes, http->len * 2 / 3);
    run(&merge, "", &r);
    both = tree_find(&r.made, "out/both.pcapng");
    if (both == NULL) {
        stop("both.pcapng");
    }
    save("in/both.pcapng", both->bytes, both->len);
    result_free(&r);
    tree_free(&inputs);
    tree_load(&inputs, "in");
}

static void clean(void)
{
    tree_free(&inputs);
    empty_folder(folder);
    (void)chdir("/");
    (void)rmdir(folder);
}

int main(int argc, char **argv)
{
    const char *only = getenv("COMMAND");
    bool all = argc > 4 && strcmp(argv[4], "all") == 0;
    FILE *totals;

    if (argc < 4) {
        fputs("usage: faults SCAPFMT FAULT_IO.so SAMPLES [all]\n", stderr);
        return 2;
    }
    program = realpath(argv[1], NULL);
    library = realpath(argv[2], NULL);
    totals = fopen("build/totals/faults", "w");
    if (program == NULL || library == NULL || totals == NULL) {
        stop(argv[1]);
    }
    (void)setenv("LC_ALL", "C", 1);
    (void)setenv("TZ", "UTC", 1);
    prepare(argv[3]);
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (only == NULL || strcmp(only, commands[i].name) == 0) {
            test(&commands[i], all);
        }
    }
    clean();
    fprintf(totals, "%lu %lu 0\n", passed, failed);
    (void)fclose(totals);
    printf("check-fault: %lu runs; %lu sweeps passed, %lu failed\n", runs, passed, failed);
    return failed == 0 ? 0 : 1;
}
