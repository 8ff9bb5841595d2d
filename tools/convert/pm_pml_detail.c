/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml_detail.c - file system events of PML files: the path and the column Detail.
 *
 *     u8 minor code, 3 bytes, u32 IRP flags, u32 flags, the parameters of the operation as Windows
 *     has them in FLT_PARAMETERS (five pointers wide, with the two words before them 0x14 bytes
 *     more), the path, and behind it what the operation adds
 */
#include <stdio.h>
#include <string.h>

#include "pm_pml.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PADDING         8u /* bytes behind a path that say nothing */

static const struct pml_name share_modes[] = {{1, "Read"}, {2, "Write"}, {4, "Delete"}};

static const struct pml_name io_flags[] = {
    {0x10, "Buffered"},
    {0x1, "Non-cached"},
    {0x2, "Paging I/O"},
    {0x4, "Synchronous"},
    {0x40, "Synchronous Paging I/O"},
    {0x400000, "Write Through"},
};

static const struct pml_name notify_flags[] = {
    {0x1, "FILE_NOTIFY_CHANGE_FILE_NAME"},     {0x2, "FILE_NOTIFY_CHANGE_DIR_NAME"},
    {0x4, "FILE_NOTIFY_CHANGE_ATTRIBUTES"},    {0x8, "FILE_NOTIFY_CHANGE_SIZE"},
    {0x10, "FILE_NOTIFY_CHANGE_LAST_WRITE"},   {0x20, "FILE_NOTIFY_CHANGE_LAST_ACCESS"},
    {0x40, "FILE_NOTIFY_CHANGE_CREATION"},     {0x80, "FILE_NOTIFY_CHANGE_EA"},
    {0x100, "FILE_NOTIFY_CHANGE_SECURITY"},    {0x200, "FILE_NOTIFY_CHANGE_STREAM_NAME"},
    {0x400, "FILE_NOTIFY_CHANGE_STREAM_SIZE"}, {0x800, "FILE_NOTIFY_CHANGE_STREAM_WRITE"},
};

static const struct pml_name security[] = {
    {1, "Owner"},
    {2, "Group"},
    {4, "DACL"},
    {8, "SACL"},
    {0x10, "Label"},
    {0x20, "Attribute"},
    {0x40, "Scope"},
    {0x80, "Process Trust Label"},
    {0x80000000, "DACL Protected"},
    {0x40000000, "SACL Protected"},
    {0x20000000, "DACL Unprotected"},
    {0x10000000, "SACL Unprotected"},
};

static const char *const dispositions[] = {"Supersede", "Open",      "Create",
                                           "OpenIf",    "Overwrite", "OverwriteIf"};
static const char *const open_results[] = {"Superseded",  "Opened", "Created",
                                           "Overwritten", "Exists", "DoesNotExist"};
static const char *const priorities[] = {"", "Very Low", "Low", "Normal", "High", "Critical"};

/* An event in hand. */
struct file {
    struct pml *p;
    struct pml_parts *e;
    struct pml_cur params; /* FLT_PARAMETERS and the words before it */
    struct pml_cur *tail;  /* behind the path */
    bool wide;
    const char *filter; /* QueryDirectory: what is looked for */
    size_t filter_len;
};

/* FLT_PARAMETERS begin behind the minor code's word and two words of flags. */
static void skip(struct file *f, size_t n)
{
    (void)pml_take(&f->params, n);
}

/* In structs of 64 bit systems a pointer-sized field follows a u32. */
static void skip_wide(struct file *f)
{
    skip(f, f->wide ? 4 : 0);
}

static void mask(struct file *f, const char *key, uint32_t value, const struct pml_name *rows,
                 size_t n, const char *none)
{
    pml_puts(f->p, key);
    if (!pml_put_mask(f->p, value, rows, n, ", ")) {
        pml_puts(f->p, none);
    }
}

/* [Windows SID] revision, count, authority of 6 bytes, count numbers */
static void put_sid(struct file *f, const uint8_t *sid, size_t len)
{
    struct pml_cur c = {sid, sid + len, false};
    uint8_t revision = pml_u8(&c);
    uint8_t n = pml_u8(&c);
    uint64_t authority = 0;

    for (int i = 0; i < 6; i++) {
        authority = authority << 8 | pml_u8(&c);
    }
    pml_puts(f->p, "S-");
    pml_put_plain(f->p, revision);
    pml_puts(f->p, "-");
    pml_put_plain(f->p, authority);
    for (int i = 0; i < n && !c.bad; i++) {
        pml_puts(f->p, "-");
        pml_put_plain(f->p, pml_u32(&c));
    }
}

static bool create_file(struct file *f)
{
    struct pml *p = f->p;
    uint32_t access = pml_u32(f->tail);
    uint8_t sid_len = pml_u8(f->tail);
    uint32_t options;
    uint32_t disposition;
    uint16_t attribute;
    uint16_t share;
    uint32_t allocation;
    const uint8_t *sid;

    (void)pml_take(f->tail, 3);
    skip(f, 0x10);
    skip_wide(f);
    options = pml_u32(&f->params);
    disposition = options >> 24;
    skip_wide(f);
    attribute = pml_u16(&f->params);
    share = pml_u16(&f->params);
    skip(f, 4 + 2 * (f->wide ? 8u : 4u));
    allocation = pml_u32(&f->params);
    pml_puts(p, "Desired Access: ");
    pml_put_access(p, access);
    pml_puts(p, ", Disposition: ");
    pml_puts(p, disposition < 6 ? dispositions[disposition] : "<unknown>");
    pml_puts(f->p, ", Options: ");
    pml_put_options(f->p, options & 0xFFFFFF);
    pml_puts(p, ", Attributes: ");
    pml_put_attributes(p, attribute);
    mask(f, ", ShareMode: ", share, share_modes, COUNT_OF(share_modes), "None");
    pml_puts(p, ", AllocationSize: ");
    if (disposition == 0 || disposition == 2 || disposition == 3 || disposition == 5) {
        pml_put_number(p, allocation);
    } else {
        pml_puts(p, "n/a");
    }
    sid = sid_len > 0 ? pml_take(f->tail, sid_len) : NULL;
    if (sid != NULL) {
        pml_puts(p, ", Impersonating: ");
        put_sid(f, sid, sid_len);
    }
    p->category = disposition == 1 || disposition > 5 ? "" : "Write";
    if (f->e->has_extra) {
        uint32_t result = pml_u32(&f->e->extra);

        pml_puts(p, ", OpenResult: ");
        pml_puts(p, result < 6 ? open_results[result] : "<unknown>");
        p->category = result == 0 || result == 2 || result == 3 ? "Write" : "";
    }
    return !f->tail->bad && !f->params.bad;
}

static bool read_write(struct file *f)
{
    struct pml *p = f->p;
    uint32_t flags;
    uint32_t priority;
    uint32_t len;
    int64_t offset;

    skip(f, 4);
    flags = pml_u32(&f->params);
    priority = flags >> 17 & 7;
    flags &= 0xE000FF;
    skip(f, 4);
    len = pml_u32(&f->params);
    skip_wide(f);
    skip(f, 4);
    skip_wide(f);
    offset = (int64_t)pml_u64(&f->params);
    len = f->e->has_extra ? pml_u32(&f->e->extra) : len;
    p->event.known[0] = (struct pm_known){"Length", len};
    p->event.known[1] = (struct pm_known){"Offset", offset};
    p->event.n_known = 2;
    pml_puts(p, "Offset: ");
    pml_put_signed(p, offset);
    pml_puts(p, ", Length: ");
    pml_put_number(p, len);
    if (flags != 0) {
        mask(f, ", I/O Flags: ", flags, io_flags, COUNT_OF(io_flags), "");
    }
    if (priority != 0) {
        pml_puts(p, ", Priority: ");
        if (priority < 6) {
            pml_puts(p, priorities[priority]);
        } else {
            pml_put_hex(p, priority);
        }
    }
    return !f->params.bad;
}

/* Categories of control codes that are none of the operation's. */
static const struct {
    const char *name, *category;
} control_categories[] = {
    {"FSCTL_OFFLOAD_READ", "Read"},
    {"FSCTL_GET_REPARSE_POINT", "Read"},
    {"FSCTL_READ_RAW_ENCRYPTED", "Read"},
    {"FSCTL_OFFLOAD_WRITE", "Write"},
    {"FSCTL_MOVE_FILE", "Write"},
    {"FSCTL_DELETE_REPARSE_POINT", "Write"},
    {"FSCTL_WRITE_RAW_ENCRYPTED", "Write"},
    {"FSCTL_PIPE_TRANSCEIVE", "Write"},
    {"FSCTL_PIPE_INTERNAL_TRANSCEIVE", "Write"},
    {"FSCTL_SET_COMPRESSION", "Write Metadata"},
    {"FSCTL_WRITE_PROPERTY_DATA", "Write Metadata"},
    {"FSCTL_SET_OBJECT_ID", "Write Metadata"},
    {"FSCTL_DELETE_OBJECT_ID", "Write Metadata"},
    {"FSCTL_SET_REPARSE_POINT", "Write Metadata"},
    {"FSCTL_SET_SPARSE", "Write Metadata"},
    {"FSCTL_SET_ENCRYPTION", "Write Metadata"},
    {"FSCTL_CREATE_USN_JOURNAL", "Write Metadata"},
    {"FSCTL_WRITE_USN_CLOSE_RECORD", "Write Metadata"},
    {"FSCTL_EXTEND_VOLUME", "Write Metadata"},
    {"FSCTL_DELETE_USN_JOURNAL", "Write Metadata"},
    {"FSCTL_QUERY_RETRIEVAL_POINTERS", "Read Metadata"},
    {"FSCTL_GET_COMPRESSION", "Read Metadata"},
    {"FSCTL_QUERY_FAT_BPB", "Read Metadata"},
    {"FSCTL_FILESYSTEM_GET_STATISTICS", "Read Metadata"},
    {"FSCTL_GET_NTFS_VOLUME_DATA", "Read Metadata"},
    {"FSCTL_GET_NTFS_FILE_RECORD", "Read Metadata"},
    {"FSCTL_GET_VOLUME_BITMAP", "Read Metadata"},
    {"FSCTL_GET_RETRIEVAL_POINTERS", "Read Metadata"},
    {"FSCTL_IS_VOLUME_DIRTY", "Read Metadata"},
    {"FSCTL_READ_PROPERTY_DATA", "Read Metadata"},
    {"FSCTL_FIND_FILES_BY_SID", "Read Metadata"},
    {"FSCTL_GET_OBJECT_ID", "Read Metadata"},
    {"FSCTL_READ_USN_JOURNAL", "Read Metadata"},
    {"FSCTL_SET_OBJECT_ID_EXTENDED", "Read Metadata"},
    {"FSCTL_CREATE_OR_GET_OBJECT_ID", "Read Metadata"},
    {"FSCTL_READ_FILE_USN_DATA", "Read Metadata"},
    {"FSCTL_QUERY_USN_JOURNAL", "Read Metadata"},
};

static bool control(struct file *f)
{
    struct pml *p = f->p;
    uint32_t write_len;
    uint32_t read_len;
    uint32_t code;
    const char *name;

    skip(f, 8);
    write_len = pml_u32(&f->params);
    read_len = pml_u32(&f->params);
    skip_wide(f);
    skip(f, 4);
    skip_wide(f);
    code = pml_u32(&f->params);
    name = pm_control_name(code);
    p->event.known[0] = (struct pm_known){"Control", code};
    p->event.n_known = 1;
    pml_puts(p, "Control: ");
    if (name != NULL) {
        pml_puts(p, name);
        for (size_t i = 0; p->keep && i < COUNT_OF(control_categories); i++) {
            if (strcmp(control_categories[i].name, name) == 0) {
                p->category = control_categories[i].category;
            }
        }
    } else {
        char text[96];
        int n = snprintf(text, sizeof(text), "0x%x (Device:0x%x Function:%u Method: %u)",
                         (unsigned)code, (unsigned)code >> 16, (unsigned)code >> 2 & 0xFFF,
                         (unsigned)code & 3);

        pml_put(p, text, n > 0 ? (size_t)n : 0);
        return true;
    }
    if (strcmp(name, "FSCTL_OFFLOAD_READ") == 0 || strcmp(name, "FSCTL_OFFLOAD_WRITE") == 0) {
        pml_puts(p, ", Offset: ");
        (void)pml_take(f->tail, strcmp(name, "FSCTL_OFFLOAD_READ") == 0 ? 8 : 0);
        pml_put_signed(p, (int64_t)pml_u64(f->tail));
        pml_puts(p, ", Length: ");
        pml_put_number(p, pml_u64(f->tail));
    } else if (strcmp(name, "FSCTL_PIPE_INTERNAL_WRITE") == 0) {
        pml_puts(p, ", Length: ");
        pml_put_number(p, write_len);
    } else if (strcmp(name, "FSCTL_PIPE_INTERNAL_READ") == 0) {
        pml_puts(p, ", Length: ");
        pml_put_number(p, read_len);
    } else if (strstr(name, "TRANSCEIVE") != NULL) {
        pml_puts(p, ", WriteLength: ");
        pml_put_number(p, write_len);
        pml_puts(p, ", ReadLength: ");
        pml_put_number(p, read_len);
    }
    return !f->params.bad;
}

static bool disposition(struct file *f)
{
    pml_puts(f->p, pml_u8(f->tail) != 0 ? "Delete: True" : "Delete: False");
    return !f->tail->bad;
}

static bool notify(struct file *f)
{
    skip(f, 0x10);
    skip_wide(f);
    mask(f, "Filter: ", pml_u32(&f->params), notify_flags, COUNT_OF(notify_flags), "");
    return !f->params.bad;
}

/* [Windows FS_FILTER_PARAMETERS] type of the section, page protection */
static bool mapping(struct file *f)
{
    static const struct pml_name protections[] = {
        {0x02, "PAGE_READONLY"}, {0x04, "PAGE_READWRITE"},    {0x08, "PAGE_WRITECOPY"},
        {0x10, "PAGE_EXECUTE"},  {0x20, "PAGE_EXECUTE_READ"}, {0x40, "PAGE_EXECUTE_READWRITE"}};
    uint32_t type;
    uint32_t protection;

    skip(f, 0xC);
    type = pml_u32(&f->params);
    protection = pml_u32(&f->params);
    pml_puts(f->p, "SyncType: ");
    if (type > 1) {
        pml_puts(f->p, "Unknown: ");
        pml_put_hex(f->p, type);
        return !f->params.bad;
    }
    pml_puts(f->p, type == 1 ? "SyncTypeCreateSection" : "SyncTypeOther");
    if (protection == 0) {
        return !f->params.bad;
    }
    pml_puts(f->p, ", PageProtection: ");
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        if ((protection & protections[i].value) != 0) {
            pml_puts(f->p, protections[i].name);
            break;
        }
    }
    pml_puts(f->p, (protection & 0x200) != 0 ? "|PAGE_NOCACHE" : "");
    return !f->params.bad;
}

static bool security_info(struct file *f)
{
    uint32_t value;
    uint32_t left;

    skip(f, 0xC);
    value = pml_u32(&f->params);
    left = value;
    mask(f, "Information: ", value, security, COUNT_OF(security), "");
    for (size_t i = 0; i < COUNT_OF(security); i++) {
        left &= ~security[i].value;
    }
    if (left != 0) {
        pml_puts(f->p, ", ");
        pml_put_hex(f->p, left);
    }
    return !f->params.bad;
}

/* [Windows FLT_PARAMETERS, LockControl] pointer to the length (which stands behind the path), key,
 * offset, process, then whether to wait and whether alone */
static bool lock(struct file *f)
{
    struct pml *p = f->p;
    bool locks = strcmp(p->event.row->operation, "LockFile") == 0;
    int64_t offset;
    uint8_t immediately;
    uint8_t exclusive;

    skip(f, 0xC + (f->wide ? 8u : 4u) + 4);
    skip_wide(f);
    offset = (int64_t)pml_u64(&f->params);
    skip(f, f->wide ? 8 : 4);
    immediately = pml_u8(&f->params);
    exclusive = pml_u8(&f->params);
    if (locks) {
        pml_puts(p, exclusive != 0 ? "Exclusive: True, " : "Exclusive: False, ");
    }
    pml_puts(p, "Offset: ");
    pml_put_signed(p, offset);
    pml_puts(p, ", Length: ");
    pml_put_signed(p, (int64_t)pml_u64(f->tail));
    if (locks) {
        pml_puts(p, immediately != 0 ? ", Fail Immediately: True" : ", Fail Immediately: False");
    }
    return !f->params.bad && !f->tail->bad;
}

/* The name that is looked for belongs to the path: put_filter() read it. */
static bool directory(struct file *f)
{
    uint32_t cls;

    skip(f, 0x10);
    skip_wide(f);
    skip(f, 4);
    skip_wide(f);
    cls = pml_u32(&f->params);
    if (f->filter_len > 0) {
        pml_puts(f->p, "Filter: ");
        pml_put(f->p, f->filter, f->filter_len);
    }
    if (f->e->has_extra) {
        pml_directory(f->p, &f->e->extra, cls, f->filter_len > 0);
    }
    return !f->params.bad;
}

/* [Windows FILE_RENAME_INFORMATION] whether to replace, a handle, the length of the name, the name
 */
static bool rename_to(struct file *f)
{
    struct pml *p = f->p;
    uint32_t replace = pml_u32(f->tail) & 0xFF;
    uint32_t n;
    const uint8_t *bytes;

    (void)pml_take(f->tail, f->wide ? 4 + 8 : 4);
    n = pml_u32(f->tail);
    bytes = pml_take(f->tail, n);
    pml_puts(p, replace != 0 ? "ReplaceIfExists: True, FileName: "
                             : "ReplaceIfExists: False, FileName: ");
    if (bytes != NULL) {
        pml_put_utf16(p, bytes, n);
    }
    return !f->tail->bad;
}

static bool mdl(struct file *f)
{
    skip(f, 0xC);
    pml_puts(f->p, "MDL: ");
    pml_put_hex(f->p, pml_pointer(f->p, &f->params));
    return !f->params.bad;
}

static const struct {
    const char *operation;
    bool (*put)(struct file *f);
} details[] = {
    {"LockFile", lock},
    {"UnlockFileSingle", lock},
    {"QueryDirectory", directory},
    {"SetRenameInformationFile", rename_to},
    {"SetRenameInformationEx", rename_to},
    {"SetRenameInformationExBypassAccessCheck", rename_to},
    {"SetLinkInformationFile", rename_to},
    {"FASTIO_MDL_READ_COMPLETE", mdl},
    {"FASTIO_MDL_WRITE_COMPLETE", mdl},
    {"CreateFile", create_file},
    {"ReadFile", read_write},
    {"WriteFile", read_write},
    {"FileSystemControl", control},
    {"DeviceIoControl", control},
    {"SetDispositionInformationFile", disposition},
    {"NotifyChangeDirectory", notify},
    {"CreateFileMapping", mapping},
    {"QuerySecurityFile", security_info},
    {"SetSecurityFile", security_info},
};

/* The row of a minor code, where there is one. */
static const struct scapf_pm_row *minor_row(const struct pml *p, const struct scapf_pm_row *row,
                                            uint16_t code, uint8_t minor)
{
    if (minor == 0 || !p->has_minors[code]) {
        return row;
    }
    return p->minors[code][minor] > 0 ? &p->schema->pm_rows[p->minors[code][minor] - 1] : NULL;
}

/* The name behind the path becomes its last part. */
static void put_filter(struct file *f)
{
    struct pml *p = f->p;
    struct pml_info info = pml_info(f->tail);
    size_t begin;

    if (info.n == 0) {
        return;
    }
    if (p->build.len == 0 || p->build.buf[p->build.len - 1] != '\\') {
        pml_puts(p, "\\");
    }
    begin = p->build.len;
    pml_put_info(p, f->tail, info);
    f->filter_len = p->build.len - begin;
    if (f->filter_len < sizeof(p->filter)) {
        memcpy(p->filter, p->build.buf + begin, f->filter_len);
        f->filter = p->filter;
    } else {
        f->filter_len = 0;
    }
}

bool pml_file(struct pml *p, struct pml_parts *e, const struct scapf_pm_row **row)
{
    struct pml_cur *d = &e->detail;
    uint8_t minor = pml_u8(d);
    size_t params_len = 0x14 + 5 * (p->wide ? 8u : 4u);
    struct file f = {.p = p, .e = e, .tail = d, .wide = p->wide};
    struct pml_info path;
    const uint8_t *params;
    int decider;

    (void)pml_take(d, 3);
    params = pml_take(d, params_len);
    path = pml_info(d);
    (void)pml_take(d, 2);
    *row = minor_row(p, *row, e->code, minor);
    pml_field(p, PM_PATH);
    if (params == NULL) {
        return false;
    }
    f.params = (struct pml_cur){params, params + params_len, false};
    pml_put_info(p, d, path);
    p->event.row = *row;
    decider = *row != NULL ? p->known[*row - p->schema->pm_rows].decider : 0;
    if (decider > 0 && details[decider - 1].put == directory) {
        put_filter(&f);
    }
    pml_field(p, PM_DETAIL);
    if (decider > 0) {
        return details[decider - 1].put(&f);
    }
    if (decider < 0) {
        return pml_query(p, -decider - 1, d, e);
    }
    if (*row == NULL) {
        p->category = e->code == 25 ? "Read Metadata" : e->code == 26 ? "Write Metadata" : "";
    }
    return *row != NULL && !e->has_extra && (size_t)(d->end - d->p) <= PADDING;
}

void pml_decide(struct pml *p)
{
    for (uint32_t i = 0; i < p->schema->n_pm_rows; i++) {
        const char *operation = p->schema->pm_rows[i].operation;
        int layout = pml_query_find(operation);

        p->known[i] = (struct pml_row){{operation, strlen(operation)}, (int16_t)(-layout - 1)};
        for (size_t k = 0; k < COUNT_OF(details); k++) {
            if (strcmp(details[k].operation, operation) == 0) {
                p->known[i].decider = (int16_t)(k + 1);
            }
        }
    }
}
