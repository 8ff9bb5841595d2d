/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_tables.h"

#include <string.h>

#include "plan.h"

const struct plan_field plan_fields[] = {
    {"openat2", 2, "flags", 0, 8, false},
    {"openat2", 2, "mode", 8, 8, false},
    {"openat2", 2, "resolve", 16, 8, false},
    {"pipe", 0, "0", 0, 4, true},
    {"pipe", 0, "1", 4, 4, true},
    {"pipe2", 0, "0", 0, 4, true},
    {"pipe2", 0, "1", 4, 4, true},
    {"socketpair", 3, "0", 0, 4, true},
    {"socketpair", 3, "1", 4, 4, true},
    {"prlimit64", 2, "rlim_cur", 0, 8, true},
    {"prlimit64", 2, "rlim_max", 8, 8, true},
    {"prlimit64", 3, "rlim_cur", 0, 8, true},
    {"prlimit64", 3, "rlim_max", 8, 8, true},
    {"getrlimit", 1, "rlim_cur", 0, 8, true},
    {"getrlimit", 1, "rlim_max", 8, 8, true},
    {"setrlimit", 1, "rlim_cur", 0, 8, true},
    {"setrlimit", 1, "rlim_max", 8, 8, true},
    {"getresuid", 0, "0", 0, 4, false},
    {"getresuid", 1, "0", 0, 4, false},
    {"getresuid", 2, "0", 0, 4, false},
    {"getresgid", 0, "0", 0, 4, false},
    {"getresgid", 1, "0", 0, 4, false},
    {"getresgid", 2, "0", 0, 4, false},
    {"getsockopt", 4, NULL, 0, 4, false},
    {"quotactl", 3, "dqb_bhardlimit", 0, 8, false},
    {"quotactl", 3, "dqb_bsoftlimit", 8, 8, false},
    {"quotactl", 3, "dqb_curspace", 16, 8, false},
    {"quotactl", 3, "dqb_ihardlimit", 24, 8, false},
    {"quotactl", 3, "dqb_isoftlimit", 32, 8, false},
    {"quotactl", 3, "dqi_flags", 16, 4, false},
    {"io_uring_setup", 1, "sq_entries", 0, 4, false},
    {"io_uring_setup", 1, "cq_entries", 4, 4, false},
    {"io_uring_setup", 1, "flags", 8, 4, false},
    {"io_uring_setup", 1, "sq_thread_cpu", 12, 4, false},
    {"io_uring_setup", 1, "sq_thread_idle", 16, 4, false},
    {"io_uring_setup", 1, "features", 20, 4, false},
    {"semop", 1, "0.sem_num", 0, 2, false},
    {"semop", 1, "0.sem_op", 2, 2, true},
    {"semop", 1, "0.sem_flg", 4, 2, false},
    {"semop", 1, "1.sem_num", 6, 2, false},
    {"semop", 1, "1.sem_op", 8, 2, true},
    {"semop", 1, "1.sem_flg", 10, 2, false},
};
const size_t plan_n_fields = sizeof(plan_fields) / sizeof(plan_fields[0]);

const struct plan_half plan_halves[] = {
    {"poll", 2, true},      {"prlimit64", 0, true}, {"eventfd", 0, false},
    {"eventfd2", 0, false}, {"ioctl", 1, false},    {"seccomp", 0, false},
    {"seccomp", 1, false},  {"futex", 2, false},    {"quotactl", 2, false},
};
const size_t plan_n_halves = sizeof(plan_halves) / sizeof(plan_halves[0]);

#define FILE_AT(member) offsetof(struct rec_file, member), sizeof(((struct rec_file *)0)->member)
#define TASK_AT(member) offsetof(struct rec_task, member), sizeof(((struct rec_task *)0)->member)

const struct plan_extra plan_extras[] = {
    {"dev", REC_FILE, REC_FROM_FILE, FILE_AT(dev)},
    {"ino", REC_FILE, REC_FROM_FILE, FILE_AT(ino)},
    {"source", REC_FILE, REC_FROM_FILE, FILE_AT(source)},
    {"peer", REC_FILE, REC_FROM_FILE, FILE_AT(peer)},
    {"queuepct", REC_FILE, REC_FROM_QUEUE, 0, 0},
    {"queuelen", REC_FILE, REC_FROM_FILE, FILE_AT(backlog)},
    {"queuemax", REC_FILE, REC_FROM_FILE, FILE_AT(max_backlog)},
    {"vm_size", REC_TASK, REC_FROM_PAGES, TASK_AT(vm_size)},
    {"vm_rss", REC_TASK, REC_FROM_PAGES, TASK_AT(vm_rss)},
    {"vm_swap", REC_TASK, REC_FROM_PAGES, TASK_AT(vm_swap)},
    {"pgft_maj", REC_TASK, REC_FROM_TASK, TASK_AT(pgft_maj)},
    {"pgft_min", REC_TASK, REC_FROM_TASK, TASK_AT(pgft_min)},
    {"cgroups", REC_TASK, REC_FROM_CGROUPS, TASK_AT(cgroup)},
    {"msgcontrol", REC_MSG, REC_FROM_BYTES, 0, 0},
    {"execve_flags", REC_TASK, REC_FROM_TASK, TASK_AT(exe_flags)},
    {"tty", REC_TASK, REC_FROM_TASK, TASK_AT(tty)},
    {"vpgid", REC_TASK, REC_FROM_TASK, TASK_AT(vpgid)},
    {"pgid", REC_TASK, REC_FROM_TASK, TASK_AT(pgid)},
    {"loginuid", REC_TASK, REC_FROM_TASK, TASK_AT(loginuid)},
    {"cap_inheritable", REC_TASK, REC_FROM_TASK, TASK_AT(cap_inheritable)},
    {"cap_permitted", REC_TASK, REC_FROM_TASK, TASK_AT(cap_permitted)},
    {"cap_effective", REC_TASK, REC_FROM_TASK, TASK_AT(cap_effective)},
    {"exe_ino", REC_TASK, REC_FROM_TASK, TASK_AT(exe_ino)},
    {"exe_ino_ctime", REC_TASK, REC_FROM_TASK, TASK_AT(exe_ctime)},
    {"exe_ino_mtime", REC_TASK, REC_FROM_TASK, TASK_AT(exe_mtime)},
    {"pidns_init_start_ts", REC_TASK, REC_FROM_SINCE_BOOT, TASK_AT(pidns_start)},
    /* proc:WHAT, under the name of the parameter */
    {"tid", REC_TASK, REC_FROM_TASK, TASK_AT(tid)},
    {"pid", REC_TASK, REC_FROM_TASK, TASK_AT(pid)},
    {"ptid", REC_TASK, REC_FROM_TASK, TASK_AT(ptid)},
    {"vtid", REC_TASK, REC_FROM_TASK, TASK_AT(vtid)},
    {"vpid", REC_TASK, REC_FROM_TASK, TASK_AT(vpid)},
    {"fdlimit", REC_TASK, REC_FROM_TASK, TASK_AT(fdlimit)},
    {"uid", REC_TASK, REC_FROM_TASK, TASK_AT(uid)},
    {"gid", REC_TASK, REC_FROM_TASK, TASK_AT(gid)},
    {"comm", REC_TASK, REC_FROM_COMM, 0, 0},
    {"cwd", REC_CWD, REC_FROM_PATH, 0, 0},
    {"trusted_exepath", REC_PROGRAM, REC_FROM_PATH, 0, 0},
    {"exe", REC_IMAGE, REC_FROM_FIRST, 0, 0},
    {"args", REC_IMAGE, REC_FROM_REST, 0, 0},
};
const size_t plan_n_extras = sizeof(plan_extras) / sizeof(plan_extras[0]);

const struct plan_of_file plan_of_file[] = {
    {"accept", "queuepct", 0, REC_LEN_FIX},   {"accept", "queuelen", 0, REC_LEN_FIX},
    {"accept", "queuemax", 0, REC_LEN_FIX},   {"accept4", "queuepct", 0, REC_LEN_FIX},
    {"accept4", "queuelen", 0, REC_LEN_FIX},  {"accept4", "queuemax", 0, REC_LEN_FIX},
    {"socketpair", "source", 3, REC_LEN_PTR}, {"socketpair", "peer", 3, REC_LEN_PTR},
    {"pipe", "ino", 0, REC_LEN_PTR},          {"pipe2", "ino", 0, REC_LEN_PTR},
};
const size_t plan_n_of_file = sizeof(plan_of_file) / sizeof(plan_of_file[0]);

const struct plan_condition plan_conditions[] = {
    {"prctl", 1, SCAPF_PT_CHARBUF, 0, 15},   /* PR_SET_NAME */
    {"fsconfig", 3, SCAPF_PT_CHARBUF, 1, 1}, /* FSCONFIG_SET_STRING */
    {"fsconfig", 3, SCAPF_PT_BYTEBUF, 1, 2}, /* FSCONFIG_SET_BINARY */
};
const size_t plan_n_conditions = sizeof(plan_conditions) / sizeof(plan_conditions[0]);
