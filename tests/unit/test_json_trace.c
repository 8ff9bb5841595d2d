/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text traces, taken apart for JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "render/json.h"
#include "support/json_check.h"

static const char *taken_apart(const char *text, size_t len)
{
    static char line[65536];
    struct out o;
    struct json j;
    size_t n;

    out_init(&o, NULL, false);
    j = json_make(&o);
    json_object(&j);
    json_trace(&j, text, len);
    json_object_end(&j);
    n = o.len < sizeof(line) - 1 ? o.len : sizeof(line) - 1;
    memcpy(line, o.bytes, n);
    line[n] = '\0';
    out_release(&o);
    return line;
}

Test(json_trace, lines)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"close(3) = 0", "{\"trace\":{\"call\":\"close\",\"args\":[3],\"result\":0}}"},
        {"close(3</a>)       = -1 EBADF (Bad file descriptor) <0.000012>",
         "{\"trace\":{\"call\":\"close\",\"args\":[{\"value\":3,\"note\":\"/a\"}],\"result\":-1,"
         "\"error\":\"EBADF\",\"rest\":\"(Bad file descriptor)\"}}"},
        {"read(0, \"a\\n\\\"\\0\\x41\\101\"..., 9) = 6",
         "{\"trace\":{\"call\":\"read\",\"args\":[0,{\"string\":\"a\\n\\\"\\u0000AA\",\"cut\":true}"
         ","
         "9],\"result\":6}}"},
        {"getdents64(3, [{d_ino=5, d_off=7, d_reclen=24, d_type=DT_REG, d_name=\"a,]b\"}, "
         "{d_ino=6, "
         "d_off=9, d_reclen=24, d_type=DT_DIR, d_name=\"..\"}, ...], 32768) = 48",
         "\"entries\":[{\"ino\":5,\"type\":\"DT_REG\",\"name\":\"a,]b\"},{\"ino\":6,\"type\":"
         "\"DT_DIR\",\"name\":\"..\"}]}"},
        {"getdents64(3, [], 32768) = 0", "\"entries\":[]}"},
        {"getdents64(fd=3</a>, dirp=[{d_ino=5, d_type=DT_REG, d_name=\"a\"}], count=9) = 24",
         "[{\"value\":3,\"note\":\"/a\"},[{\"d_ino\":5,\"d_type\":\"DT_REG\",\"d_name\":\"a\"}],9],"
         "\"names\":[\"fd\",\"dirp\",\"count\"],\"result\":24},\"entries\":[{\"ino\":5,\"type\":"
         "\"DT_REG\",\"name\":\"a\"}]}"},
        {"clone3({flags=CLONE_VM} => {parent_tid=[3]}, size=88) = 3",
         "\"names\":[\"\",\"size\"],\"result\":3"},
        {"f({a=1, b={c=[2, 0x3]}, 4, a=5}) = ?",
         "[{\"a\":1,\"b\":{\"c\":[2,\"0x3\"]},\"_2\":4,\"_3\":5}],\"result\":\"?\""},
        {"f([USR2 RT_3], ~[KILL STOP], NULL, [28 => 16]) = 1",
         "[[\"USR2\",\"RT_3\"],{\"all_but\":[\"KILL\",\"STOP\"]},null,[{\"before\":28,\"after\":16}"
         "]]"},
        {"f(0x7f /* 41 vars */, 4<TCP:[1.2.3.4:5->6.7.8.9:0]>, 0</dev/null<char 1:3>>) = 0x7f00",
         "[{\"value\":\"0x7f\",\"comment\":\"41 vars\"},{\"value\":4,\"note\":"
         "\"TCP:[1.2.3.4:5->6.7.8.9:0]\"},{\"value\":0,\"note\":\"/dev/null<char 1:3>\"}],"
         "\"result\":\"0x7f00\""},
        {"f(9223372036854775807, 18446744073709551615, 0644, -1) = 0",
         "[\"9223372036854775807\",\"18446744073709551615\",\"0644\",-1]"},
        {"wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 42}], 0, NULL) = 7</x>",
         "\"result\":{\"value\":7,\"note\":\"/x\"}"},
        {"f(3</a>(deleted), 4</b (deleted)>) = 5</a>(deleted)",
         "[{\"value\":3,\"note\":\"/a\",\"deleted\":true},{\"value\":4,\"note\":\"/b "
         "(deleted)\"}],\"result\":{\"value\":5,\"note\":\"/a\",\"deleted\":true}"},
        {"f((deleted), >(deleted), <>(deleted)) = 0",
         "[\"(deleted)\",\">(deleted)\",\"<>(deleted)\"]"},
        {"--- SIGCHLD {si_signo=SIGCHLD, si_pid=7} ---",
         "{\"trace\":{\"signal\":\"SIGCHLD\",\"info\":{\"si_signo\":\"SIGCHLD\",\"si_pid\":7}}}"},
        {"a comment of a reader", "{}"},
        {"f(", "{}"},
        {"f() ", "{}"},
        {"", "{}"},
        {"f({a=\"\\", "{}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = taken_apart(rows[i].text, strlen(rows[i].text));
        size_t at;

        cr_expect_not_null(strstr(got, rows[i].want), "row %zu: %s", i, got);
        cr_expect_null(json_check(got, strlen(got), &at), "row %zu: %s", i, got);
    }
}

/* Deep and long texts, and each of them cut at every byte. */
Test(json_trace, whatever_comes)
{
    static const char seeds[] = "f([{a=\"x\\x9\", b=~[A B], {c}, _1=2, a=1}, 3<p:[\"q>\"]> => {d "
                                "/* e */}]) = -1 E (f) <0.1>";
    static char deep[60000];
    size_t at;

    for (size_t cut = 0; cut <= sizeof(seeds) - 1; cut++) {
        char text[sizeof(seeds) + 8];
        const char *got;

        memcpy(text, seeds, cut);
        memcpy(text + cut, ") = 0", 5);
        got = taken_apart(text, cut + 5);
        cr_expect_null(json_check(got, strlen(got), &at), "cut at %zu: %s", cut, got);
    }
    memcpy(deep, "f(", 2);
    for (size_t i = 2; i < sizeof(deep); i++) {
        deep[i] = "[{=,"[i % 4];
    }
    memcpy(deep + sizeof(deep) - 5, ") = 0", 5);
    cr_expect_null(json_check(taken_apart(deep, sizeof(deep)), strlen(taken_apart(deep, 9)), &at));
    memset(deep + 2, '[', 20000);
    memset(deep + 20002, ']', 20000);
    memcpy(deep + 40002, ") = 0", 5);
    (void)taken_apart(deep, 40007);
}
