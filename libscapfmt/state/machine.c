/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.c - which machine a section was recorded on, and whether two of them are one.
 *
 * What decides is what cannot be equal, or different, by accident: the name, and the time the
 * machine was started. Writers before libs 0.10 do not know that time [scap 4]; then everything
 * that is known of both must agree. A machine nobody describes is like no other one.
 */
#include "scapfmt-host.h"

#include <string.h>

#define BOOT_SLACK UINT64_C(10000000000) /* the time of the start is computed, not stored: ns */

/* ------------------------------------------------------------------ facts */

static uint64_t number(const struct scapf_row *row, const char *field)
{
    const struct scapf_cell *cell = scapf_row_cell(row, field);

    return cell != NULL ? cell->u : 0;
}

static void take_machine(struct scapf_machine *m, const struct scapf_row *head)
{
    const struct scapf_cell *name = scapf_row_cell(head, "hostname");

    *m = (struct scapf_machine){.n_addrs = 0};
    m->told = true;
    m->n_cpus = number(head, "num_cpus");
    m->memory_size = number(head, "memory_size_bytes");
    m->boot_ns = number(head, "boot_ts_epoch");
    if (name != NULL) {
        size_t max = name->len < sizeof(m->hostname) ? name->len : sizeof(m->hostname) - 1;

        memcpy(m->hostname, name->bytes, strnlen((const char *)name->bytes, max));
    }
}

/* Addresses that every machine has, or any may have, say nothing. */
static bool is_common(const uint8_t *addr, uint32_t len)
{
    static const uint8_t loopback[16] = {[15] = 1};

    if (len == 4) {
        return addr[0] == 127 || addr[0] == 0 || (addr[0] == 169 && addr[1] == 254);
    }
    return len != 16 || memcmp(addr, loopback, 16) == 0 ||
           (addr[0] == 0xFE && (addr[1] & 0xC0) == 0x80);
}

static void take_address(struct scapf_machine *m, const struct scapf_row *row)
{
    const struct scapf_cell *addr = scapf_row_cell(row, "addr");

    if (addr != NULL && !is_common(addr->bytes, addr->len) && m->n_addrs < SCAPF_MACHINE_ADDRS) {
        memset(m->addrs[m->n_addrs], 0, sizeof(m->addrs[0]));
        memcpy(m->addrs[m->n_addrs], addr->bytes, addr->len);
        m->n_addrs++;
    }
}

void scapf_machine_put(struct scapf_machine *m, const struct scapf_record *rec,
                       const struct scapf_schema *schema)
{
    struct scapf_table table;

    schema = schema != NULL ? schema : scapf_schema_builtin();
    if (rec->kind != SCAPF_KIND_TABLE || scapf_table_open(rec, schema, &table) != SCAPF_OK) {
        return;
    }
    if (strcmp(table.info->name, "machine") == 0) {
        take_machine(m, &table.head);
    } else if (strcmp(table.info->name, "interface") == 0) {
        m->n_addrs = 0; /* a later list replaces an earlier one */
        while (scapf_table_next(&table, &table.head) == SCAPF_OK) {
            take_address(m, &table.head);
        }
    }
}

/* ------------------------------------------------------------------ comparison */

static bool may_be_equal(uint64_t a, uint64_t b)
{
    return a == 0 || b == 0 || a == b;
}

static bool has_addr(const struct scapf_machine *m, const uint8_t *addr)
{
    uint32_t i = 0;

    while (i < m->n_addrs && memcmp(m->addrs[i], addr, sizeof(m->addrs[i])) != 0) {
        i++;
    }
    return i < m->n_addrs;
}

/* Both have addresses, and none of them in common. */
static bool are_apart(const struct scapf_machine *a, const struct scapf_machine *b)
{
    for (uint32_t i = 0; i < a->n_addrs; i++) {
        if (has_addr(b, a->addrs[i])) {
            return false;
        }
    }
    return a->n_addrs > 0 && b->n_addrs > 0;
}

bool scapf_machine_is_same(const struct scapf_machine *a, const struct scapf_machine *b)
{
    bool boots = a->boot_ns != 0 && b->boot_ns != 0;
    bool names = a->hostname[0] != '\0' && b->hostname[0] != '\0';
    uint64_t apart = a->boot_ns > b->boot_ns ? a->boot_ns - b->boot_ns : b->boot_ns - a->boot_ns;

    if (!a->told || !b->told || (boots && apart > BOOT_SLACK) || (!names && !boots) ||
        (names && strcmp(a->hostname, b->hostname) != 0)) {
        return false;
    }
    return (names && boots) || (may_be_equal(a->n_cpus, b->n_cpus) &&
                                may_be_equal(a->memory_size, b->memory_size) && !are_apart(a, b));
}
