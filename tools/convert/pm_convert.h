/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_convert.h - recordings of Process Monitor become a scap capture.
 *
 * The recording is read once. Its events are converted as they come into a spool; what stands
 * before them in a capture - the tables of processes, descriptors and users - is known at the end,
 * and so is what lies between local time and UTC. pm_conv_write() puts both together.
 */
#ifndef SCAPFMT_PM_CONVERT_H
#define SCAPFMT_PM_CONVERT_H

#include <stdio.h>

#include "pm.h"
#include "pm_when.h"

enum pm_keep { PM_KEEP_ALL, PM_KEEP_NONE }; /* --lossless */

struct pm_convert_opts {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    int keep;                          /* enum pm_keep: columns ride as comments */
    bool map_images;                   /* loaded images become mmap() */
    bool lenient;
    bool no_registry; /* events of the registry are left out */
    bool no_paging;   /* so are reads and writes of the pager: I/O Flags of the detail */
    const char *host; /* NULL = not known */
    struct pm_when_opts when;
};

#define PM_NAMES 16u

/* Names nobody knows, and how often. */
struct pm_names {
    uint64_t total;
    uint32_t n;
    struct {
        char name[64];
        uint64_t n;
    } rows[PM_NAMES];
};

/* What became of a recording. */
struct pm_verdict {
    uint64_t events, mapped, notified, dropped; /* events = mapped + notified + dropped */
    uint64_t processes, modules, threads;
    uint64_t written;                  /* events of the capture */
    uint64_t comments;                 /* of them, those with columns */
    uint64_t lossless;                 /* bytes of those columns */
    uint64_t continued;                /* columns that did not fit behind their event */
    uint64_t implied_opens, inherited; /* descriptors used before they were opened */
    uint64_t implied_starts;           /* processes and threads */
    uint64_t late;                     /* pairs that wait for their thread */
    uint64_t shortened;                /* pairs without their duration: too many at once */
    uint64_t pending;                  /* operations without a result */
    uint64_t unresolved;               /* connections whose ends have no numbers */
    uint64_t no_pid, no_tid, no_duration;
    uint64_t clock_back;
    uint64_t reused_pids;
    uint64_t long_paths;
    uint64_t raw_details; /* of PML, not taken apart */
    uint64_t by_class[6];
    struct pm_names operations, results, columns;
    struct pm_repairs repairs;
    struct pm_when when;
};

struct pm_conv;

/* Events go to spool, a writer of the caller's that needs a sink that can be read again. */
SCAPF_MUST_USE enum scapf_status pm_conv_new(const struct pm_convert_opts *opts,
                                             struct scapf_writer *spool, struct pm_conv **conv);
/* For the front ends; several files of one recording one after the other. */
const struct pm_handler *pm_conv_handler(struct pm_conv *conv);
/* Why the handler stopped: OK, E_NOMEM, or the status of the spool; E_FORMAT: fault tells. */
enum scapf_status pm_conv_status(const struct pm_conv *conv, struct pm_fault *fault);
/* All events are there. */
SCAPF_MUST_USE enum scapf_status pm_conv_end(struct pm_conv *conv);
/* Section, tables and the events of the spool, read back from src, which is taken over. */
SCAPF_MUST_USE enum scapf_status pm_conv_write(struct pm_conv *conv, struct scapf_src *src,
                                               struct scapf_writer *writer);
struct pm_verdict *pm_conv_verdict(struct pm_conv *conv);
/* Host name and memory of the machine, where the recording tells. */
void pm_conv_host(struct pm_conv *conv, const char *name, uint32_t cpus, uint64_t memory);
void pm_conv_free(struct pm_conv *conv);

/* The verdict as text; as a JSON object. */
void pm_verdict_print(FILE *out, const struct pm_verdict *verdict, const char *name);
void pm_verdict_json(struct scapf_json *json, const struct pm_verdict *verdict, const char *name);

#endif
