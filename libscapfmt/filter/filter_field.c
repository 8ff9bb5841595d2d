/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_field.c - the fields: one row makes a field known to the parser, its messages, `schema
 * list fields` and the manual page.
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"

#define HOST   FIELD_HOST
#define PACKET FIELD_PACKET
#define CODE   FIELD_CODE
#define PAIR   (FIELD_MULTI | FIELD_NE_ALL)

/* clang-format off */
static const struct field fields[] = {
    {"evt.num", "number of the event in the capture, from 1", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_NUM},
    {"evt.time", "time of day, hh:mm:ss.nnnnnnnnn", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_TIME},
    {"evt.time.s", "time of day, hh:mm:ss", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_TIME_S},
    {"evt.time.iso8601", "date and time of day in UTC, 2023-11-14T22:13:20.123456789+0000", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_TIME_ISO},
    {"evt.datetime", "date and time of day", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_DATETIME},
    {"evt.datetime.s", "date and time of day, whole seconds", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_DATETIME_S},
    {"evt.rawtime", "ns since 1970", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RAWTIME},
    {"evt.rawtime.s", "whole seconds since 1970", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RAWTIME_S},
    {"evt.rawtime.ns", "ns beyond the whole second", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RAWTIME_NS},
    {"evt.reltime", "ns since the first event", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RELTIME},
    {"evt.reltime.s", "whole seconds since the first event", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RELTIME_S},
    {"evt.reltime.ns", "ns beyond those seconds", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_RELTIME_NS},
    {"evt.latency", "ns since the enter event of this exit; 0 of other events", get_evt_number, FIELD_NUMBER, ARG_NO, HOST, EVT_LATENCY},
    {"evt.latency.s", "whole seconds of the latency", get_evt_number, FIELD_NUMBER, ARG_NO, HOST, EVT_LATENCY_S},
    {"evt.latency.ns", "ns beyond those seconds", get_evt_number, FIELD_NUMBER, ARG_NO, HOST, EVT_LATENCY_NS},
    {"evt.latency.human", "the latency as people read it: 3.70us", get_evt_text, FIELD_TEXT, ARG_NO, HOST, EVT_LATENCY_HUMAN},
    {"evt.wait_latency", "the latency of calls that may make their thread wait; others have none", get_evt_number, FIELD_NUMBER, ARG_NO, HOST, EVT_WAIT_LATENCY},
    {"evt.deltatime", "ns since the event before", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_DELTATIME},
    {"evt.deltatime.s", "whole seconds since the event before", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_DELTATIME_S},
    {"evt.deltatime.ns", "ns beyond those seconds", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_DELTATIME_NS},
    {"evt.around", "ms from a time: evt.around[NS SINCE 1970]=MS holds for what is within", get_evt_around, FIELD_NUMBER, ARG_TIME, 0, 0},
    {"evt.source", "syscall", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_SOURCE},
    {"evt.is_async", "the event is no call and came at a time of its own", get_evt_flag, FIELD_BOOL, ARG_NO, CODE, EVT_IS_ASYNC},
    {"evt.asynctype", "name of such an event; others have none", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_ASYNC_TYPE},
    {"evt.type", "name of the event: open, read, switch", get_evt_text, FIELD_TEXT, ARG_NO, CODE, EVT_TYPE},
    {"evt.type.is", "1 for events of this type, 0 for others", get_evt_type_is, FIELD_NUMBER, ARG_TYPE, CODE, 0},
    {"syscall.type", "name of the system call; other events have none", get_evt_text, FIELD_TEXT, ARG_NO, 0, EVT_SYSCALL_TYPE},
    {"evt.code", "number of the event type in the schema", get_evt_number, FIELD_NUMBER, ARG_NO, CODE, EVT_CODE},
    {"evt.dir", "> of enter events, < of exit events", get_evt_text, FIELD_TEXT, ARG_NO, CODE, EVT_DIR},
    {"evt.category", "file, net, IPC, memory, process, sleep, signal, user, time, wait, scheduler, ...", get_evt_text, FIELD_TEXT, ARG_NO, HOST, EVT_CATEGORY},
    {"evt.cpu", "processor the event happened on", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_CPU},
    {"evt.args", "all arguments, as print shows them", get_evt_text, FIELD_TEXT, ARG_NO, HOST, EVT_ARGS},
    {"evt.info", "the same", get_evt_text, FIELD_TEXT, ARG_NO, HOST, EVT_ARGS},
    {"evt.arg", "an argument by name or number, as text: its meaning where it has one", get_evt_arg, FIELD_TEXT, ARG_PARAM, HOST, 0},
    {"evt.rawarg", "an argument by name, with its type", get_evt_rawarg, FIELD_ANY, ARG_PARAM, HOST, 0},
    {"evt.buffer", "bytes that were read or written", get_evt_buffer, FIELD_BYTES, ARG_NO, 0, 0},
    {"evt.buflen", "how many bytes were read or written", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_BUFLEN},
    {"evt.res", "SUCCESS, or the name of the error", get_evt_result, FIELD_TEXT, ARG_NO, 0, EVT_RES},
    {"evt.rawres", "return value", get_evt_result, FIELD_NUMBER, ARG_NO, 0, EVT_RAWRES},
    {"evt.failed", "the call returned an error", get_evt_result, FIELD_BOOL, ARG_NO, 0, EVT_FAILED},
    {"evt.is_io", "the call reads from or writes to a descriptor", get_evt_flag, FIELD_BOOL, ARG_NO, CODE, EVT_IS_IO},
    {"evt.is_io_read", "the call reads from a descriptor", get_evt_flag, FIELD_BOOL, ARG_NO, CODE, EVT_IS_IO_READ},
    {"evt.is_io_write", "the call writes to a descriptor", get_evt_flag, FIELD_BOOL, ARG_NO, CODE, EVT_IS_IO_WRITE},
    {"evt.io_dir", "read or write, of calls that do so", get_evt_text, FIELD_TEXT, ARG_NO, CODE, EVT_IO_DIR},
    {"evt.is_wait", "the call may make its thread wait", get_evt_flag, FIELD_BOOL, ARG_NO, CODE, EVT_IS_WAIT},
    {"evt.is_syslog", "the call writes to /dev/log", get_evt_flag, FIELD_BOOL, ARG_NO, HOST, EVT_IS_SYSLOG},
    {"evt.is_open_read", "a file was opened for reading", get_evt_open, FIELD_BOOL, ARG_NO, 0, EVT_IS_OPEN_READ},
    {"evt.is_open_write", "a file was opened for writing", get_evt_open, FIELD_BOOL, ARG_NO, 0, EVT_IS_OPEN_WRITE},
    {"evt.is_open_exec", "a file was made that may be executed", get_evt_open, FIELD_BOOL, ARG_NO, 0, EVT_IS_OPEN_EXEC},
    {"evt.is_open_create", "a file was made by opening it", get_evt_open, FIELD_BOOL, ARG_NO, 0, EVT_IS_OPEN_CREATE},
    {"evt.abspath", "path from the root, of calls that take a directory beside a path: openat, renameat, ...", get_evt_abspath, FIELD_TEXT, ARG_NO, HOST, PATH_SOURCE},
    {"evt.abspath.src", "the same", get_evt_abspath, FIELD_TEXT, ARG_NO, HOST, PATH_SOURCE},
    {"evt.abspath.dst", "where renameat and linkat put it", get_evt_abspath, FIELD_TEXT, ARG_NO, HOST, PATH_TARGET},
    {"evt.count", "1", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_COUNT},
    {"evt.count.error", "1 of events that returned an error; others have none", get_evt_result, FIELD_NUMBER, ARG_NO, 0, EVT_COUNT_ERROR},
    {"evt.count.error.file", "1 of those that are about files", get_evt_failed, FIELD_NUMBER, ARG_NO, HOST, EVT_COUNT_ERROR_FILE},
    {"evt.count.error.net", "1 of those that are about sockets", get_evt_failed, FIELD_NUMBER, ARG_NO, HOST, EVT_COUNT_ERROR_NET},
    {"evt.count.error.memory", "1 of those that are about memory", get_evt_failed, FIELD_NUMBER, ARG_NO, HOST, EVT_COUNT_ERROR_MEMORY},
    {"evt.count.error.other", "1 of the rest of them", get_evt_failed, FIELD_NUMBER, ARG_NO, HOST, EVT_COUNT_ERROR_OTHER},
    {"evt.count.exit", "1 of exit events; others have none", get_evt_number, FIELD_NUMBER, ARG_NO, 0, EVT_COUNT_EXIT},

    {"proc.pid", "process", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_PID},
    {"proc.ppid", "parent of the process", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_PPID},
    {"proc.pvpid", "parent, as its own namespace numbers it", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, OF(WHOSE_PARENT, PROC_VPID)},
    {"proc.vpid", "process, as its own namespace numbers it", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_VPID},
    {"proc.sid", "session", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_SID},
    {"proc.vpgid", "process group, as its own namespace numbers it", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_VPGID},
    {"proc.pgid", "process group", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_PGID},
    {"proc.is_sid_leader", "the process leads its session", get_proc_number, FIELD_BOOL, ARG_NO, HOST, PROC_LEADS_SESSION},
    {"proc.is_vpgid_leader", "the process leads its process group (vpgid)", get_proc_number, FIELD_BOOL, ARG_NO, HOST, PROC_LEADS_VPGROUP},
    {"proc.is_pgid_leader", "the process leads its process group", get_proc_number, FIELD_BOOL, ARG_NO, HOST, PROC_LEADS_PGROUP},
    {"proc.loginshellid", "eldest shell among the process and its ancestors", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_LOGIN_SHELL},
    {"proc.tty", "controlling terminal, 0 = none", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_TTY},
    {"proc.fdlimit", "how many descriptors it may have", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_FDLIMIT},
    {"proc.fdopencount", "how many descriptors it has", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_FDS},
    {"proc.fdusage", "how many it has of those it may have, in percent", get_thread_number, FIELD_DECIMAL, ARG_NO, HOST, THREAD_FD_USAGE},
    {"proc.nthreads", "threads of the process", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_NTHREADS},
    {"proc.nchilds", "threads of the process but the first; of other threads 0", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_NCHILDS},
    {"proc.vmsize", "virtual memory in KiB, as told last", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_PROC_VMSIZE},
    {"proc.vmrss", "resident memory in KiB, as told last", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_PROC_VMRSS},
    {"proc.vmswap", "swapped memory in KiB, as told last", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_PROC_VMSWAP},
    {"proc.duration", "ns since it began, when that was in the capture", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_DURATION},
    {"proc.ppid.duration", "the same of the parent", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, OF(WHOSE_PARENT, PROC_DURATION)},
    {"proc.pid.ts", "ns since 1970 when it began, when that was in the capture", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_START},
    {"proc.ppid.ts", "the same of the parent", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, OF(WHOSE_PARENT, PROC_START)},
    {"proc.name", "short name", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_NAME)},
    {"proc.pname", "short name of the parent", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PARENT, TEXT_NAME)},
    {"proc.sname", "short name of the leader of the session, or of the eldest ancestor in it", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_SESSION, TEXT_NAME)},
    {"proc.sid.exe", "exe of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_SESSION, TEXT_EXE)},
    {"proc.sid.exepath", "exepath of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_SESSION, TEXT_EXEPATH)},
    {"proc.vpgid.name", "short name of the leader of the process group (vpgid), or of the eldest ancestor in it", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_VPGROUP, TEXT_NAME)},
    {"proc.vpgid.exe", "exe of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_VPGROUP, TEXT_EXE)},
    {"proc.vpgid.exepath", "exepath of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_VPGROUP, TEXT_EXEPATH)},
    {"proc.pgid.name", "short name of the leader of the process group, or of the eldest ancestor in it", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PGROUP, TEXT_NAME)},
    {"proc.pgid.exe", "exe of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PGROUP, TEXT_EXE)},
    {"proc.pgid.exepath", "exepath of that leader", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PGROUP, TEXT_EXEPATH)},
    {"proc.exe", "first word of the command line", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_EXE)},
    {"proc.exepath", "path of the program", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_EXEPATH)},
    {"proc.exe_ino", "inode of the program", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_EXE_INO},
    {"proc.exe_ino.ctime", "ns since 1970 when that inode was changed", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_EXE_CTIME},
    {"proc.exe_ino.mtime", "ns since 1970 when the program was changed", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_EXE_MTIME},
    {"proc.pidns_init_start_ts", "ns since 1970 when the first process of its namespace began", get_thread_number, FIELD_NUMBER, ARG_NO, HOST, THREAD_PIDNS_START},
    {"proc.is_exe_writable", "who started the program may change it", get_thread_flag, FIELD_BOOL, ARG_NO, HOST, THREAD_EXE_WRITABLE},
    {"proc.is_exe_upper_layer", "the program lies in the upper layer of an overlay", get_thread_flag, FIELD_BOOL, ARG_NO, HOST, THREAD_EXE_UPPER},
    {"proc.is_exe_lower_layer", "the program lies in a lower layer of an overlay", get_thread_flag, FIELD_BOOL, ARG_NO, HOST, THREAD_EXE_LOWER},
    {"proc.is_exe_from_memfd", "the program lies in memory only", get_thread_flag, FIELD_BOOL, ARG_NO, HOST, THREAD_EXE_MEMFD},
    {"proc.args", "words of the command line but the first", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_ARGS)},
    {"proc.cmdnargs", "number of args", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_NARGS},
    {"proc.cmdlenargs", "bytes of args, without the spaces between", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_ARGS_LEN},
    {"proc.cmdline", "short name and args", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_CMDLINE)},
    {"proc.exeline", "exe and args", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_EXELINE)},
    {"proc.pcmdline", "cmdline of the parent", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PARENT, TEXT_CMDLINE)},
    {"proc.pexe", "exe of the parent", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PARENT, TEXT_EXE)},
    {"proc.pexepath", "exepath of the parent", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_PARENT, TEXT_EXEPATH)},
    {"proc.cwd", "working directory", get_proc_text, FIELD_TEXT, ARG_NO, HOST, OF(WHOSE_OWN, TEXT_CWD)},
    {"proc.stdin.name", "name of descriptor 0 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_NAME + 0},
    {"proc.stdin.type", "type of descriptor 0 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_TYPE + 0},
    {"proc.stdout.name", "name of descriptor 1 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_NAME + 1},
    {"proc.stdout.type", "type of descriptor 1 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_TYPE + 1},
    {"proc.stderr.name", "name of descriptor 2 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_NAME + 2},
    {"proc.stderr.type", "type of descriptor 2 of the process", get_thread_std, FIELD_TEXT, ARG_NO, HOST, THREAD_STD_TYPE + 2},
    {"proc.env", "environment, NAME=VALUE and spaces between; [NAME] is the value of one variable", get_proc_env, FIELD_TEXT, ARG_ENV, HOST, 0},
    {"proc.apid", "an ancestor: [1] is the parent; without index, any of them", get_proc_ancestor, FIELD_NUMBER, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_PID)},
    {"proc.aname", "short name of an ancestor: [1] is the parent; without index, any of them", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_NAME)},
    {"proc.aexe", "exe of an ancestor", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_EXE)},
    {"proc.aexepath", "exepath of an ancestor", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_EXEPATH)},
    {"proc.acmdline", "cmdline of an ancestor", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_CMDLINE)},
    {"proc.aargs", "args of an ancestor", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_ARGS)},
    {"proc.aenv", "environment of an ancestor", get_proc_ancestor, FIELD_TEXT, ARG_INDEX, HOST | FIELD_MULTI, OF(WHOSE_ANCESTOR, TEXT_ENV)},
    {"thread.tid", "thread", get_proc_number, FIELD_NUMBER, ARG_NO, 0, PROC_TID},
    {"thread.vtid", "thread, as its own namespace numbers it", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_VTID},
    {"thread.ismain", "the thread is the first of its process", get_proc_number, FIELD_BOOL, ARG_NO, HOST, PROC_ISMAIN},
    {"thread.nametid", "short name and thread, written together", get_thread_text, FIELD_TEXT, ARG_NO, HOST, THREAD_NAME_TID},
    {"thread.vmsize", "virtual memory in KiB, as told last; of threads but the first 0", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_VMSIZE},
    {"thread.vmrss", "resident memory in KiB, as told last; of threads but the first 0", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_VMRSS},
    {"thread.exectime", "ns on the processor, at the switch that ends them; else 0", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_EXEC},
    {"thread.totexectime", "the sum of these for the thread", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_EXEC_ALL},
    {"thread.pfmajor", "major page faults, as told last", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_PFMAJOR},
    {"thread.pfminor", "minor page faults, as told last", get_thread_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_USAGE, THREAD_PFMINOR},
    {"thread.cgroups", "control groups, spaces between", get_thread_cgroup, FIELD_TEXT, ARG_NO, HOST, 0},
    {"thread.cgroup", "the group of one controller: thread.cgroup.cpu", get_thread_cgroup, FIELD_TEXT, ARG_WORD, HOST, 0},
    {"thread.cap_inheritable", "inheritable capabilities, as bits", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_CAP_INHERITABLE},
    {"thread.cap_permitted", "permitted capabilities, as bits", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_CAP_PERMITTED},
    {"thread.cap_effective", "effective capabilities, as bits", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_CAP_EFFECTIVE},
    {"user.uid", "user", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_UID},
    {"user.name", "name of the user", get_proc_owner, FIELD_TEXT, ARG_NO, HOST, OWNER_USER},
    {"user.homedir", "home directory", get_proc_owner, FIELD_TEXT, ARG_NO, HOST, OWNER_HOMEDIR},
    {"user.shell", "shell", get_proc_owner, FIELD_TEXT, ARG_NO, HOST, OWNER_SHELL},
    {"user.loginuid", "user who logged in, -1 = nobody", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_LOGINUID},
    {"user.loginname", "name of that user", get_proc_owner, FIELD_TEXT, ARG_NO, HOST, OWNER_LOGINNAME},
    {"group.gid", "group", get_proc_number, FIELD_NUMBER, ARG_NO, HOST, PROC_GID},
    {"group.name", "name of the group", get_proc_owner, FIELD_TEXT, ARG_NO, HOST, OWNER_GROUP},
    {"container.id", "container; host outside of any", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_ID},
    {"container.full_id", "its id with all digits", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_FULL_ID},
    {"container.name", "name of the container; host outside of any", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_NAME},
    {"container.type", "engine: docker, podman, cri-o, ...; host outside of any", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_TYPE},
    {"container.image", "image of the container", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_IMAGE},
    {"container.image.id", "id of the image", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_IMAGE_ID},
    {"container.image.repository", "image without its tag", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_REPOSITORY},
    {"container.image.tag", "tag of the image", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_TAG},
    {"container.image.digest", "digest of the image", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_DIGEST},
    {"container.privileged", "the container is privileged", get_container, FIELD_BOOL, ARG_NO, HOST, CONTAINER_PRIVILEGED},
    {"container.host_pid", "it is in the pid namespace of the host", get_container, FIELD_BOOL, ARG_NO, HOST, CONTAINER_HOST_PID},
    {"container.host_network", "it is in the network namespace of the host", get_container, FIELD_BOOL, ARG_NO, HOST, CONTAINER_HOST_NETWORK},
    {"container.host_ipc", "it is in the IPC namespace of the host", get_container, FIELD_BOOL, ARG_NO, HOST, CONTAINER_HOST_IPC},
    {"container.ip", "address of the container", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_IP},
    {"container.cni.json", "what the network plugin says", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_CNI},
    {"container.start_ts", "ns since 1970 when it was made, in whole seconds", get_container, FIELD_NUMBER, ARG_NO, HOST, CONTAINER_START},
    {"container.duration", "ns since then", get_container, FIELD_NUMBER, ARG_NO, HOST, CONTAINER_DURATION},
    {"container.label", "a label: container.label.NAME", get_container, FIELD_TEXT, ARG_WORD, HOST, CONTAINER_LABEL},
    {"container.mounts", "all mounts as SOURCE:DEST:MODE:RW:PROPAGATION, commas between", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_MOUNTS},
    {"container.mount", "one of them: [N], or [SOURCE]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT},
    {"container.mount.source", "source of a mount: [N], or [DEST]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT_SOURCE},
    {"container.mount.dest", "destination of a mount: [N], or [SOURCE]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT_DEST},
    {"container.mount.mode", "mode of a mount: [N], or [SOURCE]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT_MODE},
    {"container.mount.rdwr", "whether it may be written of a mount: [N], or [SOURCE]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT_RDWR},
    {"container.mount.propagation", "propagation of a mount: [N], or [SOURCE]", get_container, FIELD_TEXT, ARG_KEY, HOST, CONTAINER_MOUNT_PROPAGATION},
    {"container.healthcheck", "command line of the health check; NONE without one", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_HEALTHCHECK},
    {"container.liveness_probe", "command line of the liveness probe; NONE without one", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_LIVENESS},
    {"container.readiness_probe", "command line of the readiness probe; NONE without one", get_container, FIELD_TEXT, ARG_NO, HOST, CONTAINER_READINESS},
    {"k8s.ns.name", "namespace of the pod, as the labels of the container tell it", get_container, FIELD_TEXT, ARG_NO, HOST, POD_NAMESPACE},
    {"k8s.pod.name", "name of the pod, as the labels tell it", get_container, FIELD_TEXT, ARG_NO, HOST, POD_NAME},
    {"k8s.pod.uid", "id of the pod, as the labels tell it", get_container, FIELD_TEXT, ARG_NO, HOST, POD_UID},
    {"k8s.pod.id", "the same", get_container, FIELD_TEXT, ARG_NO, HOST, POD_UID},

    {"fd.num", "descriptor the event is about", get_fd_number, FIELD_NUMBER, ARG_NO, HOST, FD_NUM},
    {"fd.type", "file, directory, ipv4, ipv6, unix, pipe, event, signalfd, eventpoll, inotify, timerfd, ...", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_TYPE},
    {"fd.typechar", "one letter for the type: f, d, 4, 6, u, p, e, ...", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_TYPECHAR},
    {"fd.name", "path, or addresses of a socket; of a failed open, what it asked for", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_NAME},
    {"fd.directory", "directory of a file", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_DIRECTORY},
    {"fd.filename", "file without its directory", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_FILENAME},
    {"fd.containername", "id of the container, a colon, and the name", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_CONTAINERNAME},
    {"fd.containerdirectory", "id of the container, a colon, and the directory", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_CONTAINERDIRECTORY},
    {"fd.dev", "device of a file", get_fd_number, FIELD_NUMBER, ARG_NO, HOST | FIELD_HEX, FD_DEV},
    {"fd.dev.major", "its major number", get_fd_number, FIELD_NUMBER, ARG_NO, HOST, FD_DEV_MAJOR},
    {"fd.dev.minor", "its minor number", get_fd_number, FIELD_NUMBER, ARG_NO, HOST, FD_DEV_MINOR},
    {"fd.ino", "inode of a file", get_fd_number, FIELD_NUMBER, ARG_NO, HOST, FD_INO},
    {"fd.ip", "either address of a connection", get_fd_addr, FIELD_ADDR, ARG_NO, HOST | PAIR, END_ANY},
    {"fd.cip", "address of the client", get_fd_addr, FIELD_ADDR, ARG_NO, HOST, END_CLIENT},
    {"fd.sip", "address of the server", get_fd_addr, FIELD_ADDR, ARG_NO, HOST, END_SERVER},
    {"fd.lip", "local address", get_fd_addr, FIELD_ADDR, ARG_NO, HOST, END_LOCAL},
    {"fd.rip", "remote address", get_fd_addr, FIELD_ADDR, ARG_NO, HOST, END_REMOTE},
    {"fd.net", "network of either address: 10.0.0.0/8", get_fd_addr, FIELD_NET, ARG_NO, HOST | PAIR, END_ANY},
    {"fd.cnet", "network of the client", get_fd_addr, FIELD_NET, ARG_NO, HOST, END_CLIENT},
    {"fd.snet", "network of the server", get_fd_addr, FIELD_NET, ARG_NO, HOST, END_SERVER},
    {"fd.lnet", "network of the local address", get_fd_addr, FIELD_NET, ARG_NO, HOST, END_LOCAL},
    {"fd.rnet", "network of the remote address", get_fd_addr, FIELD_NET, ARG_NO, HOST, END_REMOTE},
    {"fd.port", "either port of a connection: a number, or a name as https", get_fd_port, FIELD_PORT, ARG_NO, HOST | PAIR, END_ANY},
    {"fd.proto", "either port by the name of its service, where it has a common one", get_fd_port, FIELD_SERVICE, ARG_NO, HOST | PAIR, END_ANY},
    {"fd.cport", "port of the client", get_fd_port, FIELD_PORT, ARG_NO, HOST, END_CLIENT},
    {"fd.cproto", "service of the port of the client", get_fd_port, FIELD_SERVICE, ARG_NO, HOST, END_CLIENT},
    {"fd.sport", "port of the server", get_fd_port, FIELD_PORT, ARG_NO, HOST, END_SERVER},
    {"fd.sproto", "service of the port of the server", get_fd_port, FIELD_SERVICE, ARG_NO, HOST, END_SERVER},
    {"fd.lport", "local port", get_fd_port, FIELD_PORT, ARG_NO, HOST, END_LOCAL},
    {"fd.lproto", "service of the local port", get_fd_port, FIELD_SERVICE, ARG_NO, HOST, END_LOCAL},
    {"fd.rport", "remote port", get_fd_port, FIELD_PORT, ARG_NO, HOST, END_REMOTE},
    {"fd.rproto", "service of the remote port", get_fd_port, FIELD_SERVICE, ARG_NO, HOST, END_REMOTE},
    {"fd.l4proto", "tcp, udp, icmp or raw", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_L4PROTO},
    {"fd.sockfamily", "ip or unix", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_SOCKFAMILY},
    {"fd.is_server", "the process is the server of the connection", get_fd_flag, FIELD_BOOL, ARG_NO, HOST, FD_IS_SERVER},
    {"fd.name_changed", "the event gave it another name, or the first one", get_fd_flag, FIELD_BOOL, ARG_NO, HOST | FIELD_USAGE, FD_NAME_CHANGED},
    {"fd.connected", "both ends of the connection are known", get_fd_flag, FIELD_BOOL, ARG_NO, HOST, FD_CONNECTED},
    {"fd.uid", "thread and descriptor, written together", get_fd_text, FIELD_TEXT, ARG_NO, HOST, FD_UID},

    {"fs.path.name", "path from the root that a call did something to", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_NAME},
    {"fs.path.nameraw", "the same as the call has it", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_NAME_RAW},
    {"fs.path.source", "path from the root of what was renamed or mounted, or of a link that was made", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_SOURCE},
    {"fs.path.sourceraw", "the same as the call has it", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_SOURCE_RAW},
    {"fs.path.target", "path from the root that it was renamed to or mounted at; of a link, where it leads", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_TARGET},
    {"fs.path.targetraw", "the same as the call has it", get_fs_path, FIELD_TEXT, ARG_NO, HOST, PATH_TARGET_RAW},

    {"syslog.facility", "facility of a message to the log of the system, 0 to 23", get_syslog, FIELD_NUMBER, ARG_NO, HOST, SYSLOG_FACILITY},
    {"syslog.facility.str", "its name: kern, user, mail, daemon, ...", get_syslog, FIELD_TEXT, ARG_NO, HOST, SYSLOG_FACILITY_NAME},
    {"syslog.severity", "severity of the message, 0 to 7", get_syslog, FIELD_NUMBER, ARG_NO, HOST, SYSLOG_SEVERITY},
    {"syslog.severity.str", "its name: emerg, alert, crit, err, warn, notice, info, debug", get_syslog, FIELD_TEXT, ARG_NO, HOST, SYSLOG_SEVERITY_NAME},
    {"syslog.message", "its text", get_syslog, FIELD_TEXT, ARG_NO, HOST, SYSLOG_MESSAGE},

    {"fdlist.nums", "descriptors that poll and select wait for, commas between", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_NUMS},
    {"fdlist.names", "their names", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_NAMES},
    {"fdlist.cips", "their addresses of clients", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_CIPS},
    {"fdlist.sips", "their addresses of servers", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_SIPS},
    {"fdlist.cports", "their ports of clients", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_CPORTS},
    {"fdlist.sports", "their ports of servers", get_fd_list, FIELD_TEXT, ARG_NO, HOST, LIST_SPORTS},

    {"frame.number", "number of the packet in the capture, from 1", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_NUMBER},
    {"frame.time", "date and time of day", get_frame_text, FIELD_TEXT, ARG_NO, PACKET, FRAME_TIME},
    {"frame.rawtime", "ns since 1970", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_TIME_EPOCH},
    {"frame.len", "bytes on the wire", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_LEN},
    {"frame.cap_len", "bytes in the capture", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_CAP_LEN},
    {"frame.interface_id", "interface, from 0 in its section", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_INTERFACE_ID},
    {"frame.interface_name", "name of the interface", get_frame_text, FIELD_TEXT, ARG_NO, PACKET, FRAME_INTERFACE_NAME},
    {"frame.link_type", "link type of the interface", get_frame_number, FIELD_NUMBER, ARG_NO, PACKET, FRAME_LINK_TYPE},
    {"frame.protocol", "highest protocol that is known: tcp, udp, icmp, arp, ipv6, ...", get_frame_text, FIELD_TEXT, ARG_NO, PACKET, FRAME_PROTOCOL},
    {"frame.info", "what print shows of its headers", get_frame_text, FIELD_TEXT, ARG_NO, PACKET, FRAME_TEXT},
    {"ip.addr", "either address, of IPv4 and IPv6: an address or a network", get_packet_addr, FIELD_NET, ARG_NO, PACKET | PAIR, IP_ANY},
    {"ip.src", "source address", get_packet_addr, FIELD_NET, ARG_NO, PACKET, IP_SRC},
    {"ip.dst", "destination address", get_packet_addr, FIELD_NET, ARG_NO, PACKET, IP_DST},
    {"ip.proto", "protocol number", get_packet_number, FIELD_NUMBER, ARG_NO, PACKET, IP_PROTO},
    {"tcp.port", "either port", get_packet_port, FIELD_PORT, ARG_NO, PACKET | PAIR, TCP_PORT},
    {"tcp.srcport", "source port", get_packet_port, FIELD_PORT, ARG_NO, PACKET, TCP_SRCPORT},
    {"tcp.dstport", "destination port", get_packet_port, FIELD_PORT, ARG_NO, PACKET, TCP_DSTPORT},
    {"tcp.flags", "flags, as bits", get_packet_number, FIELD_NUMBER, ARG_NO, PACKET, TCP_FLAGS},
    {"tcp.flags.syn", "SYN is set", get_packet_number, FIELD_BOOL, ARG_NO, PACKET, TCP_SYN},
    {"tcp.flags.ack", "ACK is set", get_packet_number, FIELD_BOOL, ARG_NO, PACKET, TCP_ACK},
    {"tcp.flags.fin", "FIN is set", get_packet_number, FIELD_BOOL, ARG_NO, PACKET, TCP_FIN},
    {"tcp.flags.reset", "RST is set", get_packet_number, FIELD_BOOL, ARG_NO, PACKET, TCP_RESET},
    {"udp.port", "either port", get_packet_port, FIELD_PORT, ARG_NO, PACKET | PAIR, UDP_PORT},
    {"udp.srcport", "source port", get_packet_port, FIELD_PORT, ARG_NO, PACKET, UDP_SRCPORT},
    {"udp.dstport", "destination port", get_packet_port, FIELD_PORT, ARG_NO, PACKET, UDP_DSTPORT},
};
/* clang-format on */

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

const struct field *field_at(size_t i)
{
    return i < N_FIELDS ? &fields[i] : NULL;
}

static bool takes_name(const struct field *field)
{
    return field->arg == ARG_TYPE || field->arg == ARG_PARAM || field->arg == ARG_WORD;
}

/* Fields that a capture does not answer, by the beginning of their names. */
static const struct {
    const char *start, *why;
} refused[] = {
    {"k8s.", "what a Kubernetes server knows is not in captures"},
    {"mesos.", "what a Mesos master knows is not in captures"},
    {"marathon.", "what Marathon knows is not in captures"},
    {"span.", "tracers are not followed"},
    {"evtin.", "tracers are not followed"},
    {"thread.cpu", "thread.exectime tells the time; the share is a matter of an interval"},
    {"fd.cip.name", "names of addresses are not looked up"},
    {"fd.sip.name", "names of addresses are not looked up"},
    {"fd.lip.name", "names of addresses are not looked up"},
    {"fd.rip.name", "names of addresses are not looked up"},
    {"fd.nameraw", "the name before it was made a path from the root is not kept"},
    {"fd.types", "an event is about one descriptor here: fd.type"},
    {"fd.is_upper_layer", "the layer of a file is not kept"},
    {"fd.is_lower_layer", "the layer of a file is not kept"},
    {"proc.is_container_", "captures do not tell which process is a probe"},
    {"evt.plugin", "only the plugin that made the event can tell"},
    {"evt.hostname", "it is a setting of the program that captured"},
    {"evt.count.procinfo", "use evt.type=procinfo"},
    {"evt.count.threadinfo", "use evt.type=procinfo"},
    {"proc.exe_ino.ctime_duration", "compare proc.exe_ino.ctime with proc.pid.ts"},
    {"json.", "only the plugin that made the event can tell"},
    {"jevt.", "only the plugin that made the event can tell"},
};

const char *field_refused(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        size_t n = strlen(refused[i].start);

        if (n <= len && memcmp(refused[i].start, name, n) == 0) {
            return refused[i].why;
        }
    }
    return NULL;
}

const struct field *field_find(const char *name, size_t len, const char **arg, size_t *arg_len)
{
    *arg = NULL;
    *arg_len = 0;
    for (size_t i = 0; i < N_FIELDS; i++) {
        size_t n = strlen(fields[i].name);

        if (n > len || memcmp(fields[i].name, name, n) != 0) {
            continue;
        }
        if (n == len) {
            return &fields[i];
        }
        if (takes_name(&fields[i]) && len > n + 1 && name[n] == '.' &&
            (fields[i].arg == ARG_WORD || memchr(name + n + 1, '.', len - n - 1) == NULL)) {
            *arg = name + n + 1;
            *arg_len = len - n - 1;
            return &fields[i];
        }
    }
    return NULL;
}

static const char *field_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return i < N_FIELDS ? fields[i].name : NULL;
}

/* "proc.nam" is near to proc.name; so is a name without its class. */
const char *field_nearest(const char *name, size_t len)
{
    const char *nearest = filter_nearest(name, len, field_name_at, NULL);

    for (size_t i = 0; nearest == NULL && i < N_FIELDS; i++) {
        const char *dot = strchr(fields[i].name, '.');

        if (strlen(dot + 1) == len && memcmp(dot + 1, name, len) == 0) {
            nearest = fields[i].name;
        }
    }
    return nearest;
}

bool scapf_filter_field(size_t i, struct scapf_filter_field *view)
{
    static const char *const types[] = {"number",  "text", "bytes",   "boolean", "address",
                                        "network", "port", "service", "decimal", "any"};
    static const char *const args[] = {"",    "[N]",   "[N]",   "[NAME]",
                                       "[N]", ".NAME", ".NAME", ".NAME"};

    if (i >= N_FIELDS) {
        return false;
    }
    view->name = fields[i].name;
    view->argument = args[fields[i].arg];
    view->type = types[fields[i].type];
    view->help = fields[i].help;
    return true;
}
