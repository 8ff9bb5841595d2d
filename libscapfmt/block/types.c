/* SPDX-License-Identifier: Apache-2.0 */
#include "block/types.h"

#include <stddef.h>

#define F  EVENT_LAYOUT_FLAGS
#define V2 EVENT_LAYOUT_V2
#define L  EVENT_LAYOUT_LARGE

/* Ascending; block_type_find() searches it. Event minima are those of the event checks, which
 * have a better rule than "block too short". */
static const struct block_type types[] = {
    {0x00000001, SCAPF_KIND_INTERFACE, 0, 20, "IDB"},
    {0x00000002, SCAPF_KIND_PACKET, 0, 32, "PB"},
    {0x00000003, SCAPF_KIND_PACKET, 0, 16, "SPB"},
    {0x00000004, SCAPF_KIND_NAMES, 0, 12, "NRB"},
    {0x00000005, SCAPF_KIND_STATS, 0, 24, "ISB"},
    {0x00000006, SCAPF_KIND_PACKET, 0, 32, "EPB"},
    {0x00000009, SCAPF_KIND_JOURNAL, 0, 12, "JOURNAL"},
    {0x0000000A, SCAPF_KIND_SECRETS, 0, 20, "DSB"},
    {0x00000201, SCAPF_KIND_TABLE, 0, 12, "MI"},
    {0x00000202, SCAPF_KIND_TABLE, 0, 12, "PL_V1"},
    {0x00000203, SCAPF_KIND_TABLE, 0, 12, "FDL"},
    {0x00000204, SCAPF_KIND_EVENT, 0, 12, "EV"},
    {0x00000205, SCAPF_KIND_TABLE, 0, 12, "IL"},
    {0x00000206, SCAPF_KIND_TABLE, 0, 12, "UL"},
    {0x00000207, SCAPF_KIND_TABLE, 0, 12, "PL_V2"},
    {0x00000208, SCAPF_KIND_EVENT, F, 12, "EVF"},
    {0x00000209, SCAPF_KIND_TABLE, 0, 12, "PL_V3"},
    {0x00000210, SCAPF_KIND_TABLE, 0, 12, "PL_V4"},
    {0x00000211, SCAPF_KIND_TABLE, 0, 12, "PL_V5"},
    {0x00000212, SCAPF_KIND_TABLE, 0, 12, "PL_V6"},
    {0x00000213, SCAPF_KIND_TABLE, 0, 12, "PL_V7"},
    {0x00000214, SCAPF_KIND_TABLE, 0, 12, "PL_V8"},
    {0x00000215, SCAPF_KIND_TABLE, 0, 12, "PL_V9"},
    {0x00000216, SCAPF_KIND_EVENT, V2, 12, "EV_V2"},
    {0x00000217, SCAPF_KIND_EVENT, F | V2, 12, "EVF_V2"},
    {0x00000218, SCAPF_KIND_TABLE, 0, 12, "FDL_V2"},
    {0x00000219, SCAPF_KIND_TABLE, 0, 12, "IL_V2"},
    {0x00000220, SCAPF_KIND_TABLE, 0, 12, "UL_V2"},
    {0x00000221, SCAPF_KIND_EVENT, V2 | L, 12, "EV_V2_LARGE"},
    {0x00000222, SCAPF_KIND_EVENT, F | V2 | L, 12, "EVF_V2_LARGE"},
    {0x00000BAD, SCAPF_KIND_CUSTOM, 0, 16, "CB"},
    {0x0A0D0D0A, SCAPF_KIND_SECTION, 0, 28, "SHB"},
    {0x40000BAD, SCAPF_KIND_CUSTOM, 0, 16, "CB_NOCOPY"},
    {0x80000001, SCAPF_KIND_PROCESS, 0, 16, "DARWIN_PROCESS"},
    {0x8000ABCD, SCAPF_KIND_TABLE, 0, 12, "PL_V1_INT"},
    {0x8001ABCD, SCAPF_KIND_TABLE, 0, 12, "FDL_INT"},
    {0x8002ABCD, SCAPF_KIND_TABLE, 0, 12, "MI_INT"},
    {0x8010ABCD, SCAPF_KIND_EVENT, 0, 12, "EV_INT"},
    {0x8011ABCD, SCAPF_KIND_TABLE, 0, 12, "IL_INT"},
    {0x8012ABCD, SCAPF_KIND_TABLE, 0, 12, "UL_INT"},
    {0x8013ABCD, SCAPF_KIND_TABLE, 0, 12, "PL_V2_INT"},
    {0x8014ABCD, SCAPF_KIND_TABLE, 0, 12, "PL_V3_INT"},
};

#undef F
#undef V2
#undef L

const struct block_type *block_type_find(uint32_t number)
{
    size_t low = 0;
    size_t high = sizeof(types) / sizeof(types[0]);

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (types[mid].number == number) {
            return &types[mid];
        }
        if (types[mid].number < number) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const char *scapf_block_name(uint32_t block_type)
{
    const struct block_type *row = block_type_find(block_type);

    return row == NULL ? NULL : row->name;
}

const char *scapf_kind_name(enum scapf_kind kind)
{
    static const char *const names[SCAPF_KIND_COUNT] = {
        [SCAPF_KIND_SECTION] = "section", [SCAPF_KIND_INTERFACE] = "interface",
        [SCAPF_KIND_PACKET] = "packet",   [SCAPF_KIND_EVENT] = "event",
        [SCAPF_KIND_TABLE] = "table",     [SCAPF_KIND_NAMES] = "names",
        [SCAPF_KIND_STATS] = "stats",     [SCAPF_KIND_SECRETS] = "secrets",
        [SCAPF_KIND_CUSTOM] = "custom",   [SCAPF_KIND_JOURNAL] = "journal",
        [SCAPF_KIND_PROCESS] = "process", [SCAPF_KIND_UNKNOWN] = "unknown",
    };

    return (unsigned)kind < SCAPF_KIND_COUNT ? names[kind] : "unknown";
}
