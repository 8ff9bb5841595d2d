/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm.h - recordings of Process Monitor (Windows): its XML and CSV exports and its own PML files.
 *
 * The front ends (pm_xml.c, pm_csv.c, pm_pml.c) read one file each and hand over processes and
 * events one by one, as text in columns; a PML file gives numbers beside. What is handed over is
 * valid during the call only. pm_convert.h makes a capture of them.
 */
#ifndef SCAPFMT_PM_H
#define SCAPFMT_PM_H

#include "scapfmt.h"
#include "synth.h"

/* Columns of Procmon 3 and 4, with the names of the elements in XML: every character of the title
 * that is no letter or digit is a "_" there. */
/* clang-format off */
#define PM_COLUMNS(X) \
    X(INDEX, "ProcessIndex") X(TIME, "Time_of_Day") X(PROCESS, "Process_Name") X(PID, "PID") \
    X(OPERATION, "Operation") X(PATH, "Path") X(RESULT, "Result") X(DETAIL, "Detail") \
    X(DATE, "Date___Time") X(RELATIVE, "Relative_Time") X(DURATION, "Duration") \
    X(COMPLETION, "Completion_Time") X(CLASS, "Event_Class") X(SEQUENCE, "Sequence") \
    X(IMAGE, "Image_Path") X(COMPANY, "Company") X(DESCRIPTION, "Description") \
    X(VERSION, "Version") X(USER, "User") X(AUTH, "Authentication_ID") X(SESSION, "Session") \
    X(COMMAND, "Command_Line") X(TID, "TID") X(VIRTUALIZED, "Virtualized") \
    X(INTEGRITY, "Integrity") X(CATEGORY, "Category") X(PPID, "Parent_PID") \
    X(ARCH, "Architecture")
/* clang-format on */

enum pm_column {
#define X(name, text) PM_##name,
    PM_COLUMNS(X)
#undef X
        PM_COLUMN_COUNT, /* also: a column of another name */
};

/* Text that is not kept; at is NULL when there is none. UTF-8. */
struct pm_text {
    const char *at;
    size_t len;
};

struct pm_field {
    uint8_t column; /* enum pm_column */
    uint16_t group; /* modules and frames: which one, from 0 */
    struct pm_text name, text;
};

/* A number of the detail that need not be looked for. */
struct pm_known {
    const char *key;
    int64_t value;
};

struct pm_event {
    uint64_t number;               /* in its file, from 1 */
    uint64_t off;                  /* where it begins, in the file as it is unpacked */
    uint64_t line;                 /* 0 in PML */
    const struct pm_field *fields; /* columns in the order of the file */
    uint32_t n_fields;
    const struct pm_field *frames; /* of the stack: depth, address, path, location */
    uint32_t n_frames;             /* fields */
    const uint8_t *col;            /* the first field of a column, from 1; 0 = none: pm_col() */
    bool repaired;                 /* it was broken: columns may be missing */
    /* numbers, from PML: the columns of these are there only when all are kept */
    bool exact;
    int64_t ts_ns;
    int64_t duration_ns; /* -1 = not known */
    bool raw;            /* its detail cannot be taken apart */
    bool has_pid;
    uint32_t process, pid, tid; /* process: its index */
    const struct scapf_pm_row *row;
    const struct scapf_pm_result *result;
    uint32_t n_known;
    struct pm_known known[2];
    bool has_ends;
    struct synth_end ends[2];
};

/* What a column says. */
static inline struct pm_text pm_col(const struct pm_event *event, enum pm_column column)
{
    const struct pm_text none = {NULL, 0};

    return event->col[column] > 0 ? event->fields[event->col[column] - 1].text : none;
}

/* A process of the process list. */
struct pm_process {
    uint64_t off, line;            /* where it begins; line: 0 in PML */
    bool exact;                    /* its texts are made of numbers: PML */
    const struct pm_field *fields; /* leaves in the order of the file */
    uint32_t n_fields;
    const struct pm_field *modules; /* leaves of its modules */
    uint32_t n_modules;             /* leaves */
};

/* False when the reading shall stop. */
struct pm_handler {
    void *ctx;
    bool (*process)(void *ctx, const struct pm_process *process);
    bool (*event)(void *ctx, const struct pm_event *event);
};

/* ------------------------------------------------------------------ what goes wrong */

enum pm_wrong {
    PM_FINE,
    PM_SYSTEM,      /* reading failed: diag */
    PM_NO_MEMORY,   /* */
    PM_NOT_PROCMON, /* something else: text */
    PM_BAD_BYTE,    /* byte that is no text: value */
    PM_BAD_XML,     /* not well-formed: text */
    PM_DOCTYPE,     /* has a document type, which is refused */
    PM_TOO_DEEP,    /* elements in elements in ... */
    PM_TOO_LONG,    /* more text than a value may have */
    PM_STRUCTURE,   /* an element where none may be: text */
    PM_CUT,         /* ends too early */
    PM_BAD_TIME,    /* time that cannot be read: text */
    PM_BAD_COLUMN,  /* value, or number of times a column is there: text */
    PM_BAD_CSV,     /* quotes or columns: text */
    PM_BAD_PML,     /* offset, size or count: text, value */
    PM_STOPPED      /* by the handler */
};

struct pm_fault {
    enum pm_wrong wrong;
    uint64_t off, line, event; /* line, event: 0 = none in particular */
    uint64_t value;
    char text[120];
    struct scapf_diag diag;
};

/* Set once: the first fault stays. */
void pm_wrong(struct pm_fault *fault, enum pm_wrong wrong, uint64_t off, uint64_t line,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The sentence, without the name of the file. */
void pm_fault_format(const struct pm_fault *fault, char *to, size_t size);

/* Repairs, all zero unless leniency was asked for. */
struct pm_repairs {
    uint64_t bytes;     /* replaced by U+FFFD */
    uint64_t events;    /* read although their XML is broken */
    uint64_t lost;      /* that were not */
    uint64_t processes; /* lost */
    uint64_t skipped;   /* bytes between events */
    uint64_t details;   /* of PML, cut or damaged: their bytes are kept */
    uint64_t times;     /* taken from the event before, or the first that has one */
    uint64_t rows;      /* of CSV with too few or too many columns */
    uint64_t values;    /* that are no number or time, and had to be: only kept as text */
    uint64_t doubled;   /* columns that are there twice: the first counts */
    uint64_t missing;   /* columns not there that the first event has, or the reverse */
    uint64_t strings;   /* of PML: texts that are not in its table, left empty */
    bool no_list;       /* of PML: its processes are not known */
    bool tail;          /* the end was missing */
};

struct pm_read_opts {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    bool lenient;
    struct pm_repairs *repairs;
    /* PML */
    bool keep;   /* columns beyond what events need, and bytes nobody can take apart */
    bool stacks; /* frames */
};

/* ------------------------------------------------------------------ front ends */

enum pm_format { PM_NO_FORMAT, PM_XML, PM_CSV, PM_PML };

/* What a file is, by its first bytes. */
enum pm_format pm_detect(const void *bytes, size_t len);

/* Read a file to its end and hand over what is in it. False: fault says why. */
bool pm_xml_read(struct scapf_src *src, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault);
bool pm_csv_read(struct scapf_src *src, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault);

/* A PML file as it lies in memory. */
bool pm_pml_read(const void *bytes, size_t len, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault);

/* The machine a PML file comes from. False: it is none. */
struct pm_pml_host {
    char name[17];
    uint32_t cpus;
    uint64_t memory;
};
bool pm_pml_host(const void *bytes, size_t len, struct pm_pml_host *host);

struct pm_control {
    uint32_t code;
    const char *name;
};

/* Name of a control code, NULL when it has none; all there are, NULL behind the last. */
const char *pm_control_name(uint32_t code);
const struct pm_control *pm_control_row(size_t i);

/* ------------------------------------------------------------------ words */

/* The column of a title or element name: letters, digits and "_" for all others, any case. */
enum pm_column pm_column_find(const char *name, size_t len);
extern const struct pm_text pm_column_names[PM_COLUMN_COUNT];
/* An element of XML exports that has others in it and is no column, wherever it stands. */
bool pm_is_branch(struct pm_text name);

static inline bool pm_is(struct pm_text text, const char *word)
{
    size_t i = 0;

    while (i < text.len && word[i] != '\0' && text.at[i] == word[i]) {
        i++;
    }
    return text.at != NULL && i == text.len && word[i] == '\0';
}

#endif
