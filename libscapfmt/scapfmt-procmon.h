/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-procmon.h - what the events of Process Monitor (Windows) become: the rows of
 * schemas/procmon-map.xml, which says what each word means. Included by scapfmt.h, which it needs;
 * a program includes that.
 */
#ifndef SCAPFMT_PROCMON_H
#define SCAPFMT_PROCMON_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a parameter comes from; KEY is the name of a part of the detail. */
/* clang-format off */
#define SCAPF_PM_TAKES(X) \
    X(UNKNOWN, "unknown") /* Windows does not tell */ \
    X(VALUE, "value")     /* value:N, a constant */ \
    X(RESULT, "result")   /* 0, a negated errno, or what KEY says; result:fd a new descriptor */ \
    X(FD, "fd")           /* descriptor of the path or connection */ \
    X(PATH, "path")       /* the path */ \
    X(NUMBER, "number")   /* number behind KEY */ \
    X(TARGET, "target")   /* path behind KEY */ \
    X(LIST, "list")       /* lines behind KEY */ \
    X(CODE, "code")       /* control code behind KEY */ \
    X(FLAGS, "flags")     /* open flags from access, disposition and options */ \
    X(LOCK, "lock")       /* flock flags */ \
    X(TUPLE, "tuple")     /* both ends of a connection */ \
    X(ADDRESS, "address") /* its far end */ \
    X(EXIT, "exit")       /* exit:status, exit:code */ \
    X(PROC, "proc")       /* proc:WHAT, the process the event is about */
/* clang-format on */

enum scapf_pm_take_how {
#define X(name, word) SCAPF_PM_##name,
    SCAPF_PM_TAKES(X)
#undef X
        SCAPF_PM_TAKE_COUNT
};

struct scapf_pm_take {
    uint8_t how;     /* enum scapf_pm_take_how */
    int64_t value;   /* N */
    const char *key; /* KEY (with blanks), WHAT, or NULL */
};

/* Classes of operations, as PML files number them. */
enum scapf_pm_class {
    SCAPF_PM_NO_CLASS,
    SCAPF_PM_PROCESS,
    SCAPF_PM_REGISTRY,
    SCAPF_PM_FILE,
    SCAPF_PM_PROFILING,
    SCAPF_PM_NETWORK
};

#define SCAPF_PM_NO_CODE (-1)

/* What an operation becomes. */
struct scapf_pm_row {
    const char *operation;   /* its name */
    const char *const *also; /* its other names */
    uint32_t n_also;
    uint8_t cls;          /* enum scapf_pm_class */
    int32_t code, minor;  /* in PML files; SCAPF_PM_NO_CODE = none, or any */
    const char *does;     /* what it does to processes and descriptors, or NULL */
    const char *when_key; /* the key that must have a value, or NULL */
    const char *when;     /* that value */
    bool when_part;       /* it is enough that the value contains it */
    const char *const *keys;
    uint32_t n_keys;
    const char *category; /* or NULL */
    bool has_event;       /* false: it is recorded as a notification */
    bool has_enter;
    uint16_t enter, exit;
    uint8_t n_enter, n_exit; /* as many parameters as current readers know */
    const struct scapf_pm_take *enter_from, *exit_from;
};

enum scapf_pm_as {
    SCAPF_PM_AS_IS,
    SCAPF_PM_RETRY,  /* the kernel tries again another way: no system call */
    SCAPF_PM_AT_END, /* there was nothing more to read */
    SCAPF_PM_PENDING /* not completed */
};

struct scapf_pm_result {
    const char *text;
    uint32_t status; /* NTSTATUS */
    uint32_t error;  /* errno, 0 = success */
    uint8_t as;      /* enum scapf_pm_as */
};

struct scapf_pm_port {
    const char *name;
    uint16_t port;
};

#ifdef __cplusplus
}
#endif

#endif
