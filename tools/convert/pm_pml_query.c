/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml_query.c - what queries of files and volumes returned and what was set: structs of Windows
 * (ntifs.h), each a row of fields. Queries have them as extra detail, what is set stands behind the
 * path.
 */
#include <stdio.h>
#include <string.h>

#include "pm_pml.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum kind {
    DATE,
    U64,
    U32,
    HEX64,
    HEX32,
    BOOL8,
    ATTRIBUTES,
    ACCESS,
    MODE,
    ALIGN,
    NAME,
    SERIAL,
    GUID,
    SYSTEM,
    SKIP1,
    SKIP2,
    SKIP4
};

struct field {
    const char *key;
    enum kind kind;
};

static const struct field basic[] = {{"CreationTime", DATE},
                                     {"LastAccessTime", DATE},
                                     {"LastWriteTime", DATE},
                                     {"ChangeTime", DATE},
                                     {"FileAttributes", ATTRIBUTES}};
static const struct field standard[] = {{"AllocationSize", U64},
                                        {"EndOfFile", U64},
                                        {"NumberOfLinks", U32},
                                        {"DeletePending", BOOL8},
                                        {"Directory", BOOL8}};
static const struct field everything[] = {{"CreationTime", DATE},
                                          {"LastAccessTime", DATE},
                                          {"LastWriteTime", DATE},
                                          {"ChangeTime", DATE},
                                          {"FileAttributes", ATTRIBUTES},
                                          {NULL, SKIP4},
                                          {"AllocationSize", U64},
                                          {"EndOfFile", U64},
                                          {"NumberOfLinks", U32},
                                          {"DeletePending", BOOL8},
                                          {"Directory", BOOL8},
                                          {NULL, SKIP2},
                                          {"IndexNumber", HEX64},
                                          {"EaSize", U32},
                                          {"Access", ACCESS},
                                          {"Position", U64},
                                          {"Mode", MODE},
                                          {"AlignmentRequirement", ALIGN}};
/* Procmon prints the sizes as dates, and so do its exports */
static const struct field network_open[] = {{"CreationTime", DATE},        {"LastAccessTime", DATE},
                                            {"LastWriteTime", DATE},       {"ChangeTime", DATE},
                                            {"AllocationSize", DATE},      {"EndOfFile", DATE},
                                            {"FileAttributes", ATTRIBUTES}};
static const struct field tag[] = {{"Attributes", ATTRIBUTES}, {"ReparseTag", HEX32}};
static const struct field index_number[] = {{"IndexNumber", HEX64}};
static const struct field name[] = {{"Name", NAME}};
static const struct field ea[] = {{"EaSize", U32}};
static const struct field position[] = {{"Position", U64}};
static const struct field allocation[] = {{"AllocationSize", U64}};
static const struct field end_of_file[] = {{"EndOfFile", U64}};
static const struct field data_length[] = {{"ValidDataLength", U64}};
static const struct field ending[] = {{"EndingOffset", U64}};
static const struct field volume[] = {{"VolumeCreationTime", DATE},
                                      {"VolumeSerialNumber", SERIAL},
                                      {NULL, SKIP4},
                                      {"SupportsObjects", BOOL8},
                                      {NULL, SKIP1}};
static const struct field size[] = {{"TotalAllocationUnits", U64},
                                    {"AvailableAllocationUnits", U64},
                                    {"SectorsPerAllocationUnit", U32},
                                    {"BytesPerSector", U32}};
static const struct field full_size[] = {{"TotalAllocationUnits", U64},
                                         {"CallerAvailableAllocationUnits", U64},
                                         {"ActualAvailableAllocationUnits", U64},
                                         {"SectorsPerAllocationUnit", U32},
                                         {"BytesPerSector", U32}};
static const struct field file_system[] = {{"FileSystemAttributes", SYSTEM},
                                           {"MaximumComponentNameLength", U32},
                                           {"FileSystemName", NAME}};
static const struct field object[] = {{"ObjectId", GUID}};

static const struct {
    const char *operation;
    bool given; /* behind the path */
    const struct field *fields;
    size_t n;
} layouts[] = {
    {"QueryBasicInformationFile", false, basic, COUNT_OF(basic)},
    {"SetBasicInformationFile", true, basic, COUNT_OF(basic)},
    {"QueryStandardInformationFile", false, standard, COUNT_OF(standard)},
    {"QueryAllInformationFile", false, everything, COUNT_OF(everything)},
    {"QueryNetworkOpenInformationFile", false, network_open, COUNT_OF(network_open)},
    {"QueryOpen", false, network_open, COUNT_OF(network_open)},
    {"QueryAttributeTagFile", false, tag, COUNT_OF(tag)},
    {"QueryFileInternalInformationFile", false, index_number, COUNT_OF(index_number)},
    {"QueryNameInformationFile", false, name, COUNT_OF(name)},
    {"QueryEaInformationFile", false, ea, COUNT_OF(ea)},
    {"QueryPositionInformationFile", false, position, COUNT_OF(position)},
    {"SetPositionInformationFile", true, position, COUNT_OF(position)},
    {"SetAllocationInformationFile", true, allocation, COUNT_OF(allocation)},
    {"SetEndOfFileInformationFile", true, end_of_file, COUNT_OF(end_of_file)},
    {"SetValidDataLengthInformationFile", true, data_length, COUNT_OF(data_length)},
    {"FASTIO_ACQUIRE_FOR_MOD_WRITE", true, ending, COUNT_OF(ending)},
    {"QueryInformationVolume", false, volume, COUNT_OF(volume)},
    {"QuerySizeInformationVolume", false, size, COUNT_OF(size)},
    {"QueryFullSizeInformationVolume", false, full_size, COUNT_OF(full_size)},
    {"QueryAttributeInformationVolume", false, file_system, COUNT_OF(file_system)},
    {"QueryObjectIdInformationVolume", false, object, COUNT_OF(object)},
};

/* Attributes of a file system [Windows winnt.h, FILE_*]. */
static const struct pml_name system_attributes[] = {
    {0x2, "Case Preserved"}, {0x1, "Case Sensitive"}, {0x4, "Unicode"},
    {0x8, "ACLs"},           {0x10, "Compression"},   {0x40000, "Named Streams"},
    {0x20000, "EFS"},        {0x10000, "Object IDs"}, {0x80, "Reparse Points"},
    {0x40, "Sparse Files"},  {0x20, "Quotas"},        {0x200000, "Transactions"},
};

static void put_name(struct pml *p, struct pml_cur *c, uint32_t len)
{
    size_t left = (size_t)(c->end - c->p);
    size_t n = len < left ? len : left; /* the answer was cut: so is the name */
    const uint8_t *bytes = pml_take(c, n);

    if (bytes != NULL) {
        pml_put_utf16(p, bytes, n);
    }
}

static void put_system(struct pml *p, uint32_t value)
{
    uint32_t left = value;
    bool any = pml_put_mask(p, value, system_attributes, COUNT_OF(system_attributes), ", ");

    for (size_t i = 0; i < COUNT_OF(system_attributes); i++) {
        left &= ~system_attributes[i].value;
    }
    if (left != 0) {
        pml_puts(p, any ? ", " : "");
        pml_put_hex(p, left);
    }
}

static void put_align(struct pml *p, uint32_t value)
{
    static const struct pml_name names[] = {
        {0, "Byte"},     {1, "Word"},     {3, "Long"},       {7, "Quad"},       {15, "Octa"},
        {31, "32 Byte"}, {63, "64 Byte"}, {127, "128 Byte"}, {255, "256 Byte"}, {511, "512 Byte"}};
    const char *word = pml_name_of(value, names, COUNT_OF(names));

    if (word != NULL) {
        pml_puts(p, word);
    } else {
        pml_put_hex(p, value);
    }
}

static void put_guid(struct pml *p, struct pml_cur *c)
{
    const uint8_t *bytes = pml_take(c, 16);
    char text[40];

    for (int i = 0; bytes != NULL && i < 16; i++) {
        (void)snprintf(text + (size_t)2 * (size_t)i, 3, "%02X", bytes[i]);
    }
    pml_put(p, text, bytes != NULL ? 32 : 0);
}

static void put_value(struct pml *p, struct pml_cur *c, enum kind kind)
{
    char text[24];
    uint32_t v;

    switch (kind) {
    case DATE:
        pml_put_date(p, pml_u64(c));
        break;
    case U64:
        pml_put_number(p, pml_u64(c));
        break;
    case U32:
        pml_put_number(p, pml_u32(c));
        break;
    case HEX64:
        pml_put_hex(p, pml_u64(c));
        break;
    case HEX32:
        pml_put_hex(p, pml_u32(c));
        break;
    case BOOL8:
        pml_puts(p, pml_u8(c) != 0 ? "True" : "False");
        break;
    case ATTRIBUTES:
        pml_put_attributes(p, pml_u32(c));
        break;
    case ACCESS:
        pml_put_access(p, pml_u32(c));
        break;
    case MODE:
        pml_put_options(p, pml_u32(c));
        break;
    case ALIGN:
        put_align(p, pml_u32(c));
        break;
    case NAME:
        put_name(p, c, pml_u32(c));
        break;
    case SERIAL:
        v = pml_u32(c);
        (void)snprintf(text, sizeof(text), "%04X-%04X", (unsigned)(v >> 16),
                       (unsigned)(v & 0xFFFF));
        pml_puts(p, text);
        break;
    case GUID:
        put_guid(p, c);
        break;
    case SYSTEM:
        put_system(p, pml_u32(c));
        break;
    case SKIP1:
    case SKIP2:
    case SKIP4:
        break;
    }
}

int pml_query_find(const char *operation)
{
    for (size_t i = 0; i < COUNT_OF(layouts); i++) {
        if (strcmp(layouts[i].operation, operation) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool pml_query(struct pml *p, int layout, struct pml_cur *given, struct pml_parts *e)
{
    struct pml_cur *c = layouts[layout].given ? given : &e->extra;
    bool any = false;

    if (!layouts[layout].given && !e->has_extra) {
        return true;
    }
    for (size_t i = 0; i < layouts[layout].n && !c->bad; i++) {
        const struct field *f = &layouts[layout].fields[i];

        if (f->key == NULL) {
            (void)pml_take(c, f->kind == SKIP1 ? 1 : f->kind == SKIP2 ? 2 : 4);
            continue;
        }
        pml_puts(p, any ? ", " : "");
        pml_puts(p, f->key);
        pml_puts(p, ": ");
        put_value(p, c, f->kind);
        any = true;
    }
    if (layouts[layout].fields == volume) {
        pml_puts(p, ", VolumeLabel: ");
        put_name(p, c, UINT32_MAX);
    }
    return !c->bad;
}

/* ------------------------------------------------------------------ directories */

/* [Windows FILE_*_INFORMATION] where in an entry the length of its name and the name stand */
static const struct {
    uint32_t cls;
    const char *name;
    uint8_t len_at, name_at;
} entries[] = {
    {1, "FileDirectoryInformation", 60, 64},
    {2, "FileFullDirectoryInformation", 60, 68},
    {3, "FileBothDirectoryInformation", 60, 94},
    {12, "FileNamesInformation", 8, 12},
    {37, "FileIdBothDirectoryInformation", 60, 104},
    {38, "FileIdFullDirectoryInformation", 60, 80},
    {50, "FileIdGlobalTxDirectoryInformation", 0, 0},
    {60, "FileIdExtdDirectoryInformation", 0, 0},
    {63, "FileIdExtdBothDirectoryInformation", 0, 0},
};

static void separate(struct pml *p, unsigned place)
{
    pml_puts(p, place > 0 ? ", " : "");
}

static void put_entry(struct pml *p, unsigned place, const uint8_t *bytes, size_t n)
{
    separate(p, place);
    pml_put_plain(p, place);
    pml_puts(p, ": ");
    pml_put_utf16(p, bytes, n);
}

/* The class stands in third place, as in exports; those leave out the entry of that place, which
 * follows here. */
void pml_directory(struct pml *p, struct pml_cur *extra, uint32_t cls, unsigned place)
{
    size_t row = 0;
    uint32_t next = 1;

    while (row < COUNT_OF(entries) && entries[row].cls != cls) {
        row++;
    }
    while (next != 0 && row < COUNT_OF(entries) && entries[row].name_at > 0) {
        struct pml_cur c = *extra;
        struct pml_cur at = *extra;
        uint32_t n;
        const uint8_t *bytes;

        next = pml_u32(&c);
        (void)pml_take(&at, entries[row].len_at);
        n = pml_u32(&at);
        at = *extra;
        (void)pml_take(&at, entries[row].name_at);
        bytes = pml_take(&at, n);
        if (bytes == NULL || at.bad) {
            break;
        }
        if (place == 2) {
            pml_puts(p, ", FileInformationClass: ");
            pml_puts(p, entries[row].name);
        }
        put_entry(p, place++, bytes, n);
        (void)pml_take(extra, next);
        if (extra->bad) {
            break;
        }
    }
    if (place == 2 && row < COUNT_OF(entries)) {
        pml_puts(p, ", FileInformationClass: ");
        pml_puts(p, entries[row].name);
    }
}
