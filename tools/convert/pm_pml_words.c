/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml_words.c - numbers of Windows in the words of Process Monitor, where several details have
 * them; and the column a text is of.
 */
#include <string.h>

#include "pm_pml.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct pml_name access_rights[] = {
    {0x1F01FF, "All Access"},
    {0x1201BF, "Generic Read/Write/Execute"},
    {0x12019F, "Generic Read/Write"},
    {0x1200A9, "Generic Read/Execute"},
    {0x1201B6, "Generic Write/Execute"},
    {0x120089, "Generic Read"},
    {0x120116, "Generic Write"},
    {0x1200A0, "Generic Execute"},
    {0x1, "Read Data/List Directory"},
    {0x2, "Write Data/Add File"},
    {0x4, "Append Data/Add Subdirectory/Create Pipe Instance"},
    {0x8, "Read EA"},
    {0x10, "Write EA"},
    {0x20, "Execute/Traverse"},
    {0x40, "Delete Child"},
    {0x80, "Read Attributes"},
    {0x100, "Write Attributes"},
};

static const struct pml_name create_options[] = {
    {0x1, "Directory"},
    {0x2, "Write Through"},
    {0x4, "Sequential Access"},
    {0x8, "No Buffering"},
    {0x10, "Synchronous IO Alert"},
    {0x20, "Synchronous IO Non-Alert"},
    {0x40, "Non-Directory File"},
    {0x80, "Create Tree Connection"},
    {0x100, "Complete If Oplocked"},
    {0x200, "No EA Knowledge"},
    {0x400, "Open for Recovery"},
    {0x800, "Random Access"},
    {0x1000, "Delete On Close"},
    {0x2000, "Open By ID"},
    {0x4000, "Open For Backup"},
    {0x8000, "No Compression"},
    {0x100000, "Reserve OpFilter"},
    {0x200000, "Open Reparse Point"},
    {0x400000, "Open No Recall"},
    {0x800000, "Open For Free Space Query"},
    {0x10000, "Open Requiring Oplock"},
    {0x20000, "Disallow Exclusive"},
};

static const struct pml_name attributes[] = {
    {0x1, "R"},   {0x2, "H"},    {0x4, "S"},      {0x10, "D"},   {0x20, "A"},
    {0x40, "D"},  {0x80, "N"},   {0x100, "T"},    {0x200, "SF"}, {0x400, "RP"},
    {0x800, "C"}, {0x1000, "O"}, {0x2000, "NCI"}, {0x4000, "E"}, {0x10000, "V"},
};

void pml_put_access(struct pml *p, uint32_t value)
{
    static const uint32_t generic[] = {0x120089, 0x120116, 0x1200A0, 0x1F01FF};

    for (unsigned i = 0; i < 4; i++) {
        value |= (value >> (31 - i) & 1) != 0 ? generic[i] : 0;
    }
    pml_put_rights(p, value, access_rights, COUNT_OF(access_rights));
}

void pml_put_attributes(struct pml *p, uint32_t value)
{
    if (value == 0 || !pml_put_mask(p, value, attributes, COUNT_OF(attributes), "")) {
        pml_puts(p, "n/a");
    }
}

void pml_put_options(struct pml *p, uint32_t value)
{
    (void)pml_put_mask(p, value, create_options, COUNT_OF(create_options), ", ");
}

void pml_named_field(struct pml *p, const char *name)
{
    (void)pm_build_field(&p->build, false, PM_COLUMN_COUNT, 0,
                         (struct pm_text){name, strlen(name)});
}

void pml_field(struct pml *p, enum pm_column column)
{
    (void)pm_build_field(&p->build, false, column, 0, pm_column_names[column]);
}
