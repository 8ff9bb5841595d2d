/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_pml_registry.c - registry events of PML files: the path and the column Detail. What the kernel
 * answered (KEY_*_INFORMATION, values) is the extra detail; what it was given stands behind the
 * path.
 */
#include <string.h>

#include "pm_pml.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BINARY_MAX      16u /* bytes of binary data that the column shows */

enum {
    OPEN_KEY,
    CREATE_KEY,
    CLOSE_KEY,
    QUERY_KEY,
    SET_VALUE,
    QUERY_VALUE,
    ENUM_VALUE,
    ENUM_KEY,
    SET_INFO,
    DELETE_KEY,
    DELETE_VALUE,
    FLUSH_KEY,
    LOAD_KEY,
    UNLOAD_KEY,
    RENAME_KEY
};

static const struct pml_name access_rights[] = {
    {0xF003F, "All Access"}, {0x2001F, "Read/Write"},     {0x20019, "Read"},
    {0x20006, "Write"},      {0x1, "Query Value"},        {0x2, "Set Value"},
    {0x4, "Create Sub Key"}, {0x8, "Enumerate Sub Keys"}, {0x10, "Notify"},
    {0x20, "Create Link"},   {0x300, "WOW64_Res"},        {0x200, "WOW64_32Key"},
    {0x100, "WOW64_64Key"},
};

static const char *const types[] = {"REG_NONE",
                                    "REG_SZ",
                                    "REG_EXPAND_SZ",
                                    "REG_BINARY",
                                    "REG_DWORD",
                                    "REG_DWORD_BIG_ENDIAN",
                                    "REG_LINK",
                                    "REG_MULTI_SZ",
                                    "REG_RESOURCE_LIST",
                                    "REG_FULL_RESOURCE_DESCRIPTOR",
                                    "REG_RESOURCE_REQUIREMENTS_LIST",
                                    "REG_QWORD"};

static const char *const key_classes[] = {"Basic",  "Node",  "Full",           "Name",
                                          "Cached", "Flags", "Virtualization", "HandleTags",
                                          "Trust",  "Layer"};

static void put_access(struct pml *p, const char *key, uint32_t value)
{
    static const uint32_t generic[] = {0x20019, 0x20006, 0x20019, 0xF003F};

    for (unsigned i = 0; i < 4; i++) {
        value |= (value >> (31 - i) & 1) != 0 ? generic[i] : 0;
    }
    pml_puts(p, key);
    pml_put_rights(p, value, access_rights, COUNT_OF(access_rights));
}

static void number(struct pml *p, const char *key, uint64_t value)
{
    pml_puts(p, key);
    pml_put_number(p, value);
}

static void date(struct pml *p, const char *key, uint64_t filetime)
{
    pml_puts(p, key);
    pml_put_date(p, filetime);
}

static void name(struct pml *p, const char *key, struct pml_cur *c, uint32_t n)
{
    const uint8_t *bytes = pml_take(c, n);

    pml_puts(p, key);
    if (bytes != NULL) {
        pml_put_utf16(p, bytes, n);
    }
}

/* ------------------------------------------------------------------ values */

static void put_type(struct pml *p, uint32_t type)
{
    pml_puts(p, "Type: ");
    if (type < COUNT_OF(types)) {
        pml_puts(p, types[type]);
    } else {
        pml_puts(p, "<Unknown: ");
        pml_put_plain(p, type);
        pml_puts(p, ">");
    }
}

static void put_binary(struct pml *p, const uint8_t *bytes, size_t n)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < n && i < BINARY_MAX; i++) {
        char text[3] = {hex[bytes[i] >> 4], hex[bytes[i] & 15], ' '};

        pml_put(p, text, i + 1 < n && i + 1 < BINARY_MAX ? 3 : 2);
    }
}

static void put_strings(struct pml *p, const uint8_t *bytes, size_t n)
{
    size_t begin = 0;
    bool any = false;

    for (size_t i = 0; i + 1 < n; i += 2) {
        if (bytes[i] != 0 || bytes[i + 1] != 0) {
            continue;
        }
        if (i > begin) {
            pml_puts(p, any ? ", " : "");
            pml_put_utf16(p, bytes + begin, i - begin);
            any = true;
        }
        begin = i + 2;
    }
    if (n > begin + 1) {
        pml_puts(p, any ? ", " : "");
        pml_put_utf16(p, bytes + begin, n - begin);
    }
}

static void put_data(struct pml *p, uint32_t type, struct pml_cur *c, uint32_t len)
{
    size_t n = (size_t)(c->end - c->p) < len ? (size_t)(c->end - c->p) : len;
    const uint8_t *bytes = c->p;

    pml_puts(p, ", Data: ");
    if (type == 4 && n >= 4) {
        pml_put_plain(p, pml_u32(c));
    } else if (type == 11 && n >= 8) {
        pml_put_plain(p, pml_u64(c));
    } else if (type == 1 || type == 2) {
        pml_put_utf16(p, bytes, n);
    } else if (type == 7) {
        put_strings(p, bytes, n);
    } else if (type == 3) {
        put_binary(p, bytes, n);
    }
}

static void value_answer(struct pml *p, struct pml_parts *e, uint32_t cls, uint32_t len,
                         const char *before)
{
    struct pml_cur *c = &e->extra;
    const uint8_t *start = c->p;
    uint32_t type;
    uint32_t data_at = 0;
    uint32_t n;

    if (!e->has_extra) {
        pml_puts(p, before);
        number(p, "Length: ", len);
        return;
    }
    (void)pml_take(c, 4);
    type = pml_u32(c);
    if (cls == 1) { /* KEY_VALUE_FULL_INFORMATION */
        data_at = pml_u32(c);
        n = pml_u32(c);
        if (e->code == ENUM_VALUE) {
            pml_puts(p, before);
            name(p, "Name: ", c, pml_u32(c));
            before = ", ";
        }
        c->p = data_at <= (size_t)(c->end - start) ? start + data_at : c->end;
    } else if (cls == 2) { /* KEY_VALUE_PARTIAL_INFORMATION */
        n = pml_u32(c);
    } else {
        pml_puts(p, before);
        put_type(p, type);
        return;
    }
    pml_puts(p, before);
    put_type(p, type);
    number(p, ", Length: ", n);
    if (n > 0) {
        put_data(p, type, c, n);
    }
}

/* ------------------------------------------------------------------ keys */

/* Of KEY_FULL_INFORMATION and KEY_CACHED_INFORMATION the column shows two numbers. */
static void key_counts(struct pml *p, struct pml_cur *c, size_t to_keys, size_t to_values)
{
    (void)pml_take(c, to_keys);
    number(p, ", SubKeys: ", pml_u32(c));
    (void)pml_take(c, to_values);
    number(p, ", Values: ", pml_u32(c));
}

/* [Windows KEY_INFORMATION_CLASS] */
static void key_answer(struct pml *p, struct pml_parts *e, uint32_t cls, uint32_t len)
{
    enum { BASIC, NODE, FULL, NAME, CACHED, FLAGS, TAGS = 7 };
    struct pml_cur *c = &e->extra;

    if (!e->has_extra) {
        number(p, ", Length: ", len);
        return;
    }
    switch (cls) {
    case NAME: /* Procmon does not show it: it is the path */
        break;
    case TAGS:
        pml_puts(p, ", HandleTags: ");
        pml_put_hex(p, pml_u32(c));
        break;
    case FLAGS:
        pml_puts(p, ", UserFlags: ");
        pml_put_hex(p, pml_u32(c));
        break;
    case CACHED:
        key_counts(p, c, 12, 4);
        break;
    case FULL:
        key_counts(p, c, 20, 8);
        break;
    case BASIC:
    case NODE:
        if (e->code == ENUM_KEY) {
            (void)pml_take(c, cls == BASIC ? 12 : 20);
        } else {
            date(p, ", LastWriteTime: ", pml_u64(c));
            number(p, ", TitleIndex: ", pml_u32(c));
            (void)pml_take(c, cls == BASIC ? 0 : 8);
        }
        name(p, ", Name: ", c, pml_u32(c));
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------ operations */

static void open_key(struct pml *p, struct pml_parts *e, uint32_t access)
{
    uint32_t granted;
    uint32_t disposition;

    if (access == 0) {
        return;
    }
    put_access(p, "Desired Access: ", access);
    if (!e->has_extra) {
        return;
    }
    granted = pml_u32(&e->extra);
    if (access == 0x2000000) {
        put_access(p, ", Granted Access: ", granted);
    }
    disposition = pml_u32(&e->extra);
    p->category = disposition == 1 ? "Write" : NULL;
    if (disposition == 1 || disposition == 2) {
        pml_puts(p, disposition == 1 ? ", Disposition: REG_CREATED_NEW_KEY"
                                     : ", Disposition: REG_OPENED_EXISTING_KEY");
    }
}

static void set_info(struct pml *p, struct pml_cur *d, uint32_t cls, uint32_t len)
{
    static const struct pml_name classes[] = {{0, "KeyWriteTimeInformation"},
                                              {1, "KeyWow64FlagsInformation"},
                                              {5, "KeySetHandleTagsInformation"}};
    const char *word = pml_name_of(cls, classes, COUNT_OF(classes));

    pml_puts(p, "KeySetInformationClass: ");
    if (word != NULL) {
        pml_puts(p, word);
    } else {
        pml_puts(p, "<Unknown: ");
        pml_put_plain(p, cls);
        pml_puts(p, ">");
    }
    number(p, ", Length: ", len);
    if (len > 0 && cls == 0) {
        date(p, ", LastWriteTime: ", pml_u64(d));
    } else if (len > 0 && (cls == 1 || cls == 5)) {
        pml_puts(p, cls == 1 ? ", Wow64Flags: " : ", HandleTags: ");
        pml_put_hex(p, pml_u32(d));
    }
}

/* Words between the info of the path and the path. */
struct given {
    struct pml_info second;
    uint32_t a, b, c;
};

static struct given take_given(struct pml_cur *d, uint16_t code)
{
    struct given g = {0};

    switch (code) {
    case LOAD_KEY:
    case RENAME_KEY:
        g.second = pml_info(d);
        break;
    case OPEN_KEY:
    case CREATE_KEY:
        (void)pml_take(d, 2);
        g.a = pml_u32(d);
        break;
    case QUERY_KEY:
    case QUERY_VALUE:
        (void)pml_take(d, 2);
        g.a = pml_u32(d);
        g.b = pml_u32(d);
        break;
    case ENUM_VALUE:
    case ENUM_KEY:
    case SET_VALUE:
        (void)pml_take(d, 2);
        g.a = pml_u32(d);
        g.b = pml_u32(d);
        g.c = pml_u32(d);
        break;
    case SET_INFO:
        (void)pml_take(d, 2);
        g.a = pml_u32(d);
        (void)pml_take(d, 4);
        g.b = pml_u16(d);
        (void)pml_take(d, 2);
        break;
    default:
        break;
    }
    return g;
}

static void query_key(struct pml *p, struct pml_parts *e, const struct given *g)
{
    uint32_t cls = e->code == QUERY_KEY ? g->b : g->c;

    if (e->code == ENUM_KEY) {
        number(p, "Index: ", g->b);
    } else {
        pml_puts(p, "Query: ");
        pml_puts(p, cls < COUNT_OF(key_classes) ? key_classes[cls] : "<Unknown>");
    }
    key_answer(p, e, cls, g->a);
}

bool pml_registry(struct pml *p, struct pml_parts *e)
{
    struct pml_cur *d = &e->detail;
    struct pml_info path = pml_info(d);
    struct given g = take_given(d, e->code);

    pml_field(p, PM_PATH);
    pml_put_info(p, d, path);
    pml_field(p, PM_DETAIL);
    switch (e->code) {
    case OPEN_KEY:
    case CREATE_KEY:
        open_key(p, e, g.a);
        break;
    case QUERY_KEY:
    case ENUM_KEY:
        query_key(p, e, &g);
        break;
    case QUERY_VALUE:
        value_answer(p, e, g.b, g.a, "");
        break;
    case ENUM_VALUE:
        number(p, "Index: ", g.b);
        value_answer(p, e, g.c, g.a, ", ");
        break;
    case SET_VALUE:
        put_type(p, g.a);
        number(p, ", Length: ", g.b);
        if (g.b > 0 && g.a < COUNT_OF(types)) {
            put_data(p, g.a, d, g.b < g.c ? g.b : g.c);
        }
        break;
    case SET_INFO:
        set_info(p, d, g.a, g.b);
        break;
    case LOAD_KEY:
    case RENAME_KEY:
        pml_puts(p, e->code == LOAD_KEY ? "Hive Path: " : "New Name: ");
        pml_put_info(p, d, g.second);
        break;
    default:
        break;
    }
    return !d->bad;
}
