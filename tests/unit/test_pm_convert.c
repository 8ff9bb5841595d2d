/* SPDX-License-Identifier: Apache-2.0 */
/* Events of Process Monitor to events of a capture: order, threads, handles, processes, text. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/pm_run.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define TITLES "Process Name,Time of Day,Duration,PID,TID,Operation,Path,Result,Detail\n"

static struct pm_run convert(const char *rows, const struct pm_convert_opts *opts)
{
    char text[8192];
    struct pm_run r;
    int n = snprintf(text, sizeof(text), "%s%s", TITLES, rows);

    cr_assert(n > 0 && (size_t)n < sizeof(text));
    r = run_pm(PM_CSV, text, (size_t)n, opts);
    cr_assert_eq(r.run.status, SCAPF_OK, "%s: %s", r.fault.text, rows);
    cr_expect_eq(run_findings(&r.run, r.verdict.clock_back > 0 ? SCAPF_ERROR : SCAPF_WARNING), 0,
                 "%s", rows);
    cr_expect_eq(r.verdict.events, r.verdict.mapped + r.verdict.notified + r.verdict.dropped);
    return r;
}

/* One event a row, and what its exit is to be. */
Test(pm_convert, parameters)
{
    static const struct {
        const char *row, *want;
    } rows[] = {
        {"CreateFile,C:\\a b\\c,SUCCESS,\"Desired Access: Generic Read/Write, Disposition: "
         "OverwriteIf, Options: Directory, No Buffering\"",
         "< openat fd=3(<d>/C:/a b/c) dirfd=-100(AT_FDCWD) name=/C:/a b/c "
         "flags=1799(O_DIRECTORY|O_DIRECT|O_TRUNC|O_CREAT|O_RDWR) mode=0 dev=<NA> ino=<NA>"},
        {"CreateFile,C:\\a,NAME NOT FOUND,Desired Access: Generic Read",
         "< openat fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=/C:/a flags=1(O_RDONLY)"},
        {"IRP_MJ_CREATE,C:\\a,ACCESS DENIED,Desired Access: Append Data",
         "< openat fd=-13(EACCES) dirfd=-100(AT_FDCWD) name=/C:/a flags=10(O_APPEND|O_WRONLY)"},
        {"CreateFile,\\\\srv\\share\\f,SHARING VIOLATION,", "name=/UNC/srv/share/f "},
        {"CreateFile,\\??\\C:\\f,PATH NOT FOUND,",
         "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=/C:/f "},
        {"CreateFile,\\Device\\NamedPipe\\x,PIPE BUSY,", "name=/Device/NamedPipe/x "},
        {"CreateFile,relative,0xC0000999,", "fd=-5(EIO) dirfd=-100(AT_FDCWD) name=/relative "},
        {"CreateFile,C:\\x,0x368,", "fd=3(<f>/C:/x)"},
        {"CreateFile,C:\\x,NO SUCH RESULT,", "fd=-5(EIO)"},
        {"ReadFile,C:\\a,SUCCESS,\"Offset: 1,024, Length: 4,096\"",
         "< pread res=4096 data=NULL fd=3(<f>/C:/a) size=4096 pos=1024"},
        {"ReadFile,C:\\a,END OF FILE,\"Offset: 1, Length: 2\"",
         "< pread res=0 data=NULL fd=3(<f>/C:/a) size=2 pos=1"},
        {"WriteFile,C:\\a,DISK FULL,\"Offset: -1, Length: 2\"",
         "< pwrite res=-28(ENOSPC) data=NULL fd=3(<f>/C:/a) size=2 pos=-1"},
        {"QueryDirectory,C:\\d,NO MORE FILES,", "< getdents64 res=0 fd=3(<f>/C:/d)"},
        {"QueryDirectory,C:\\d\\*.c,NO SUCH FILE,Filter: *.c", "< getdents64 res=-2(ENOENT)"},
        {"QueryBasicInformationFile,C:\\a,BUFFER OVERFLOW,", "< fstat res=0 fd=3(<f>/C:/a)"},
        {"QueryOpen,C:\\a,SUCCESS,", "< stat res=0 path=/C:/a"},
        {"QueryOpen,C:\\a,FAST IO DISALLOWED,",
         "notification id=procmon.file.QueryOpen desc=C:\\a"},
        {"CreateFile,C:\\a,REPARSE,",
         "> notification id=procmon.file.CreateFile desc=C:\\a REPARSE"},
        {"SetDispositionInformationFile,C:\\a,SUCCESS,Delete: True",
         "< unlinkat res=0 dirfd=-100(AT_FDCWD) name=/C:/a flags=0"},
        {"SetDispositionInformationFile,C:\\a,SUCCESS,Delete: False",
         "notification id=procmon.file.SetDispositionInformationFile"},
        {"SetRenameInformationFile,C:\\a,SUCCESS,\"ReplaceIfExists: False, FileName: C:\\b, c\"",
         "< renameat2 res=0 olddirfd=-100(AT_FDCWD) oldpath=/C:/a newdirfd=-100(AT_FDCWD) "
         "newpath=/C:/b, c flags=0"},
        {"LockFile,C:\\a,SUCCESS,\"Exclusive: True, Offset: 1, Length: 1, Fail Immediately: True\"",
         "< flock res=0 fd=3(<f>/C:/a) operation=6(LOCK_EX|LOCK_NB)"},
        {"UnlockFileSingle,C:\\a,RANGE NOT LOCKED,", "< flock res=-37(ENOLCK) fd=3"},
        {"FileSystemControl,C:\\a,INVALID DEVICE REQUEST,Control: FSCTL_GET_REPARSE_POINT",
         "< ioctl res=-25(ENOTTY) fd=3(<f>/C:/a) request=900A8 argument=0"},
        {"DeviceIoControl,C:,SUCCESS,\"Control: 0x2d1400 (Device:0x2d Function:1280)\"",
         "request=2D1400"},
        {"TCP Connect,10.0.0.1:50 -> 10.0.0.2:https,SUCCESS,Length: 0",
         "< connect res=0 tuple=10.0.0.1:50->10.0.0.2:443 fd=3(<4t>10.0.0.1:50->10.0.0.2:443)"},
        {"TCP Accept,10.0.0.1:80 -> 10.0.0.2:50,SUCCESS,",
         "< accept fd=3(<4t>10.0.0.1:80->10.0.0.2:50) tuple=10.0.0.1:80->10.0.0.2:50"},
        {"TCP Receive,a:1 -> b:2,SUCCESS,Length: 17",
         "< recvfrom res=17 data=NULL tuple=NULL fd=3"},
        {"UDP Send,fe80:0:0:0:0:0:0:1:5353 -> ff02:0:0:0:0:0:0:fb:5353,SUCCESS,Length: 9",
         "< sendto res=9 data=NULL fd=3(<6u>fe80::1:5353->ff02::fb:5353) size=9"},
        {"RegOpenKey,HKLM,SUCCESS,",
         "> notification id=procmon.registry.RegOpenKey desc=HKLM SUCCESS"},
        {"Load Image,C:\\a.dll,SUCCESS,\"Image Base: 0x1000, Image Size: 0x20\"",
         "> notification id=procmon.process.Load_Image"},
        {"Fly,x,SUCCESS,", "> notification id=procmon.unknown.Fly desc=x SUCCESS"},
        {"CloseFile,C:\\a,,", "< close res=-115(EINPROGRESS) fd=3"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char row[512];
        struct pm_run r;
        char *lines;

        (void)snprintf(row, sizeof(row), "p,1:00:00.5,0.0000001,7,9,%s\n", rows[i].row);
        r = convert(row, NULL);
        lines = run_lines(&r.run, "dir,type,args");
        cr_expect_not_null(strstr(lines, rows[i].want), "row %zu: %s\n%s", i, rows[i].row, lines);
        free(lines);
        run_release(&r.run);
    }
}

static void expect_lines(const char *rows, const char *columns, const char *want,
                         const struct pm_convert_opts *opts)
{
    struct pm_run r = convert(rows, opts);
    char *lines = run_lines(&r.run, columns);

    cr_expect_str_eq(lines, want, "%s\n%s", rows, lines);
    free(lines);
    run_release(&r.run);
}

/* Ends come in the order of time. */
Test(pm_convert, ends_wait_for_their_time)
{
    expect_lines("p.exe,1:00:00.1,0.5,7,8,QueryOpen,a,SUCCESS,\n"
                 "p.exe,1:00:00.2,0.1,7,9,QueryOpen,b,SUCCESS,\n"
                 "p.exe,1:00:00.9,,7,9,RegCloseKey,c,SUCCESS,\n",
                 "tid,dir,type", "8 > stat\n9 > stat\n9 < stat\n8 < stat\n9 > notification\n",
                 NULL);
}

/* One thread: the one that begins within the other is a pair behind it. */
Test(pm_convert, overlap_on_a_thread)
{
    expect_lines("p.exe,1:00:00.1,0.5,7,8,QueryOpen,a,SUCCESS,\n"
                 "p.exe,1:00:00.2,0.1,7,8,ReadFile,b,SUCCESS,Length: 1\n"
                 "p.exe,1:00:00.3,0.9,7,8,CloseFile,b,SUCCESS,\n"
                 "p.exe,1:00:00.7,0.1,7,8,QueryOpen,c,SUCCESS,\n",
                 "time,dir,type",
                 "01:00:00.100000000 > stat\n01:00:00.600000000 < stat\n"
                 "01:00:00.600000000 > pread\n01:00:00.600000000 < pread\n"
                 "01:00:00.700000000 > stat\n01:00:00.800000000 < stat\n"
                 "01:00:01.200000000 > close\n01:00:01.200000000 < close\n",
                 NULL);
}

/* What has not completed does not hold up its thread. */
Test(pm_convert, pending)
{
    expect_lines("p.exe,1:00:00.1,,7,8,ReadFile,a,,Length: 1\n"
                 "p.exe,1:00:00.2,0.1,7,8,QueryOpen,b,SUCCESS,\n",
                 "dir,type", "> pread\n< pread\n> stat\n< stat\n", NULL);
}

#define OPENED(fd, name)                                                                           \
    "openat fd=" fd "(<f>" name ") dirfd=-100(AT_FDCWD) name=" name                                \
    " flags=0(O_NONE) mode=0 dev=<NA> ino=<NA>\n"

/* Handles: of two for one path the last is used, the first is closed. */
Test(pm_convert, handles)
{
    expect_lines(
        "p.exe,1:00:00.1,,7,8,CreateFile,C:\\a,SUCCESS,\n"
        "p.exe,1:00:00.2,,7,8,CreateFile,c:\\A,SUCCESS,\n"
        "p.exe,1:00:00.3,,7,8,ReadFile,C:\\a,SUCCESS,Length: 1\n"
        "p.exe,1:00:00.4,,7,8,CloseFile,C:\\a,SUCCESS,\n"
        "p.exe,1:00:00.5,,7,8,CloseFile,C:\\a,SUCCESS,\n"
        "p.exe,1:00:00.6,,6,5,CreateFile,C:\\a,SUCCESS,\n",
        "type,args",
        "openat dirfd=-100(AT_FDCWD) name=/C:/a flags=0(O_NONE) mode=0\n" OPENED(
            "3", "/C:/a") "openat dirfd=-100(AT_FDCWD) name=/c:/A flags=0(O_NONE) "
                          "mode=0\n" OPENED("4", "/c:/A") "pread fd=4(<f>/c:/A) size=1 pos=0\n"
                                                          "pread res=1 data=NULL fd=4(<f>/c:/A) "
                                                          "size=1 pos=0\n"
                                                          "close fd=3(<f>/C:/a)\nclose res=0 "
                                                          "fd=3(<f>/C:/a)\n"
                                                          "close fd=4(<f>/c:/A)\nclose res=0 "
                                                          "fd=4(<f>/c:/A)\n"
                                                          "openat dirfd=-100(AT_FDCWD) name=/C:/a "
                                                          "flags=0(O_NONE) mode=0\n" OPENED(
                                                              "3", "/C:/a"),
        NULL);
}

/* A handle that was there before is in the table of its process. */
Test(pm_convert, handles_of_before)
{
    struct pm_run r =
        convert("p.exe,1:00:00.1,,7,8,ReadFile,C:\\a,SUCCESS,Length: 5\n"
                "p.exe,1:00:00.2,,7,8,ReadFile,C:\\a,SUCCESS,Length: 6\n"
                "p.exe,1:00:00.3,,7,0,TCP Send,1.1.1.1:1 -> 2.2.2.2:2,SUCCESS,Length: 1\n",
                NULL);
    char *lines = run_lines(&r.run, "args");

    cr_expect_eq(r.verdict.inherited, 2);
    cr_expect_eq(r.verdict.implied_opens, 0);
    cr_expect_not_null(strstr(lines, "res=5 data=NULL fd=3(<f>/C:/a)"), "%s", lines);
    cr_expect_not_null(strstr(lines, "res=6 data=NULL fd=3(<f>/C:/a)"), "%s", lines);
    cr_expect_not_null(strstr(lines, "fd=4(<4t>1.1.1.1:1->2.2.2.2:2) size=1"), "%s", lines);
    free(lines);
    run_release(&r.run);
}

/* A process from its start to its end, and its PID again. */
Test(pm_convert, life_of_a_process)
{
    struct pm_run r = convert("p.exe,1:00:00.1,,7,8,Process Create,C:\\p.exe,SUCCESS,\"PID: 20, "
                              "Command line: p \"\"a b\"\" "
                              "c\"\n"
                              "p.exe,1:00:00.2,,20,8,Process Start,,SUCCESS,\"Parent PID: 7, "
                              "Command line: p \"\"a b\"\" c, "
                              "Current directory: C:\\w\\, Environment: ;\tA=1;\tB=2\"\n"
                              "p.exe,1:00:00.3,,20,8,Thread Create,,SUCCESS,Thread ID: 21\n"
                              "p.exe,1:00:00.4,,20,21,CreateFile,C:\\a,SUCCESS,\n"
                              "p.exe,1:00:00.5,,20,21,ReadFile,C:\\old,SUCCESS,Length: 1\n"
                              "p.exe,1:00:00.6,,20,21,Thread Exit,,SUCCESS,Thread ID: 21\n"
                              "p.exe,1:00:00.7,,20,21,Process Exit,,SUCCESS,Exit Status: -1\n"
                              "p.exe,1:00:00.8,,7,8,Process Create,C:\\q.exe,SUCCESS,PID: 20\n"
                              "p.exe,1:00:00.9,,20,22,CreateFile,C:\\a,SUCCESS,\n",
                              NULL);
    char *lines = run_lines(&r.run, "tid,dir,type,args");

    cr_expect_not_null(strstr(lines, "8 < clone res=20"), "%s", lines);
    cr_expect_not_null(strstr(lines, "20 < clone res=0"), "%s", lines);
    cr_expect_not_null(strstr(lines, "args=a b.c. tid=20"), "%s", lines);
    cr_expect_not_null(strstr(lines, "cwd=/C:/w "), "%s", lines);
    cr_expect_not_null(strstr(lines, "env=A=1.B=2. "), "%s", lines);
    cr_expect_not_null(strstr(lines, "8193(CLONE_FILES|CLONE_THREAD)"), "%s", lines);
    cr_expect_not_null(strstr(lines, "21 < openat fd=4(<f>/C:/old)"), "%s", lines);
    cr_expect_not_null(strstr(lines, "20 > procexit status=65280 ret=4294967295"), "%s", lines);
    cr_expect_not_null(strstr(lines, "22 < openat fd=3(<f>/C:/a)"), "%s", lines);
    cr_expect_eq(r.verdict.implied_opens, 1);
    free(lines);
    run_release(&r.run);
}

/* Images can be asked for. */
Test(pm_convert, images)
{
    const struct pm_convert_opts opts = {.map_images = true};

    expect_lines(
        "p.exe,1:00:00.1,,7,8,Load Image,C:\\a.dll,SUCCESS,\"Image Base: 0x1000, Image Size: "
        "0x20\"\n",
        "type,args",
        "mmap addr=1000 length=32 prot=5(PROT_READ|PROT_EXEC) flags=2(MAP_PRIVATE) "
        "fd=-1(EPERM) offset=0\n"
        "mmap res=4096 vm_size=0 vm_rss=0 vm_swap=0 addr=1000 length=32 "
        "prot=5(PROT_READ|PROT_EXEC) flags=2(MAP_PRIVATE) fd=-1(EPERM) offset=0\n",
        &opts);
}

/* Every column is there again, line breaks and all. */
Test(pm_convert, columns_come_back)
{
    static const char text[] =
        "\"Time of Day\",\"PID\",\"Operation\",\"Detail\",\"Odd One\",\"Odd One\"\n"
        "\"1:00:00.1\",\"7\",\"RegSetValue\",\"Type: REG_SZ, Length: 1,234, Data: a\n\n b: "
        "c\",\"\","
        "\"x: \"\"y\"\"\"\n";
    struct pm_run r = run_pm(PM_CSV, text, sizeof(text) - 1, NULL);
    char *json = run_json(&r.run);

    cr_expect_eq(r.run.status, SCAPF_OK);
    cr_expect_not_null(
        strstr(json, "\"columns\":{\"Time_of_Day\":\"1:00:00.1\",\"PID\":7,\"Operation\":"
                     "\"RegSetValue\",\"Detail\":\"Type: REG_SZ, Length: 1,234, Data: a\\n\\n b: "
                     "c\",\"Odd One\":\"\",\"Odd One_006\":\"x: \\\"y\\\"\"}"),
        "%s", json);
    cr_expect_not_null(strstr(json, "\"detail\":{\"Type\":\"REG_SZ\",\"Length\":1234,\"Data\":\"a"),
                       "%s", json);
    cr_expect_eq(r.verdict.columns.total, 2);
    free(json);
    run_release(&r.run);
}

/* Without them the capture is smaller and its events the same. */
Test(pm_convert, columns_are_left_out)
{
    const struct pm_convert_opts opts = {.keep = PM_KEEP_NONE};
    struct pm_run r = convert("p.exe,1:00:00.1,,7,8,QueryOpen,a,SUCCESS,\n", &opts);

    cr_expect_eq(r.verdict.comments, 0);
    cr_expect_eq(r.verdict.written, 2);
    run_release(&r.run);
}

/* Times that go back get a lane of their own. */
Test(pm_convert, clock_back)
{
    struct pm_run r = convert("p.exe,1:00:00.5,,7,8,RegCloseKey,a,SUCCESS,\n"
                              "p.exe,1:00:00.1,,7,8,RegCloseKey,b,SUCCESS,\n",
                              NULL);

    cr_expect_eq(r.verdict.clock_back, 1);
    run_release(&r.run);
}
