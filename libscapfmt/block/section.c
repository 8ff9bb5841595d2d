/* SPDX-License-Identifier: Apache-2.0 */
#include "block/section.h"

#include "base/mem.h"
#include "base/wide.h"
#include "block/option.h"

#define NS_PER_S        UINT64_C(1000000000)
#define TSRESOL_DEFAULT 6u /* microseconds [pcapng 4.2, if_tsresol] */

#define OPT_IF_NAME     2
#define OPT_IF_TSRESOL  9
#define OPT_IF_TSOFFSET 14

void section_init(struct section *s, const struct scapf_alloc *alloc)
{
    *s = (struct section){.alloc = alloc};
}

void section_release(struct section *s)
{
    mem_free(s->alloc, s->interfaces);
    s->interfaces = NULL;
    s->cap = 0;
}

enum scapf_status section_begin(struct section *s, const uint8_t *body, uint64_t off,
                                bool big_endian, struct scapf_diag *diag)
{
    struct cur c = cur_make(body, 16, off + 8, big_endian);
    struct scapf_section *pub = &s->pub;

    if (s->earlier_interfaces < pub->n_interfaces) {
        s->earlier_interfaces = pub->n_interfaces;
    }
    *pub = (struct scapf_section){
        .index = s->any ? pub->index + 1 : 0, .off = off, .big_endian = big_endian};
    s->any = true;
    (void)cur_u32(&c); /* the magic, already judged */
    pub->major = cur_u16(&c);
    pub->minor = cur_u16(&c);
    pub->length = cur_u64(&c);
    if (pub->major != 1) {
        return diag_set(diag, SCAPF_E_UNSUPPORTED, RULE_SHB_MAJOR, off + 12, pub->major, 1);
    }
    return SCAPF_OK;
}

uint64_t section_units(bool binary, uint8_t exponent)
{
    uint64_t units = 1;

    if (binary) {
        return exponent < 64 ? UINT64_C(1) << exponent : 0;
    }
    if (exponent > 19) {
        return 0;
    }
    while (exponent-- > 0) {
        units *= 10;
    }
    return units;
}

static void set_resolution(struct section_interface *i, uint8_t tsresol)
{
    i->pub.tsresol = tsresol;
    i->binary = (tsresol & 0x80) != 0;
    i->exponent = tsresol & 0x7F;
    i->per_second = section_units(i->binary, i->exponent);
    if (i->per_second != 0 && NS_PER_S % i->per_second == 0) {
        i->ns_per_unit = (uint32_t)(NS_PER_S / i->per_second);
    } else {
        i->ns_per_unit = 0;
    }
}

/* Room for one more interface, initialised; NULL with *status when there is none. */
static struct section_interface *new_interface(struct section *s, enum scapf_status *status)
{
    uint32_t n = s->pub.n_interfaces;
    struct section_interface *list = s->interfaces;

    if (n >= SECTION_MAX_INTERFACES) {
        *status = SCAPF_E_LIMIT;
        return NULL;
    }
    if (n == s->cap) {
        uint32_t cap = s->cap == 0 ? 8 : s->cap * 2;

        list = mem_resize_array(s->alloc, list, cap, sizeof(*list));
        if (list == NULL) {
            *status = SCAPF_E_NOMEM;
            return NULL;
        }
        s->interfaces = list;
        s->cap = cap;
    }
    list[n] = (struct section_interface){.pub.id = n};
    s->pub.n_interfaces = n + 1;
    *status = SCAPF_OK;
    return &list[n];
}

static void apply_option(struct section_interface *i, const struct scapf_option *opt,
                         bool big_endian)
{
    if (opt->code == OPT_IF_TSRESOL && opt->len == 1) {
        set_resolution(i, opt->value[0]);
    } else if (opt->code == OPT_IF_TSOFFSET && opt->len == 8) {
        i->pub.tsoffset = (int64_t)get_u64(opt->value, big_endian);
    } else if (opt->code == OPT_IF_NAME) {
        size_t n = opt->len < sizeof(i->pub.name) - 1 ? opt->len : sizeof(i->pub.name) - 1;

        memcpy(i->pub.name, opt->value, n);
        i->pub.name[n] = '\0';
    }
}

enum scapf_status section_add_interface(struct section *s, const uint8_t *body, size_t body_len,
                                        uint64_t off, struct scapf_diag *diag)
{
    bool big_endian = s->pub.big_endian;
    struct cur c = cur_make(body, body_len, off + 8, big_endian);
    struct scapf_option_iter it;
    struct scapf_option opt;
    enum scapf_status status;
    struct section_interface *i = new_interface(s, &status);

    if (i == NULL) {
        return diag_set(diag, status, status == SCAPF_E_LIMIT ? RULE_INTERFACE_LIMIT : RULE_MEMORY,
                        off, s->pub.n_interfaces, SECTION_MAX_INTERFACES);
    }
    i->pub.off = off;
    i->pub.link_type = cur_u16(&c);
    (void)cur_u16(&c); /* reserved */
    i->pub.snaplen = cur_u32(&c);
    set_resolution(i, TSRESOL_DEFAULT);
    i->no_time = true; /* until all of it has been read */
    TRY(cur_check(&c, SCAPF_E_FORMAT, RULE_IDB_LEN_MIN, diag));
    option_iter_init(&it, c.p, cur_left(&c), cur_tell(&c), big_endian);
    while ((status = scapf_option_next(&it, &opt)) == SCAPF_OK) {
        apply_option(i, &opt, big_endian);
    }
    if (status != SCAPF_END) {
        *diag = it.diag;
        return status;
    }
    i->no_time = false;
    return SCAPF_OK;
}

enum scapf_status section_add_plain_interface(struct section *s, uint16_t link_type,
                                              uint32_t snaplen, uint8_t exponent10, uint64_t off)
{
    enum scapf_status status;
    struct section_interface *i = new_interface(s, &status);

    if (i != NULL) {
        i->pub.off = off;
        i->pub.link_type = link_type;
        i->pub.snaplen = snaplen;
        set_resolution(i, exponent10);
    }
    return status;
}

/* Fraction of a second, in ns rounded down, of rest units. */
static uint32_t fraction_ns(const struct section_interface *i, uint64_t rest)
{
    u128 ns = (u128)rest * NS_PER_S;

    if (i->per_second != 0) {
        return (uint32_t)(ns / i->per_second);
    }
    if (i->binary) {
        return (uint32_t)(ns >> i->exponent);
    }
    for (uint8_t n = i->exponent; n > 0 && ns > 0; n--) {
        ns /= 10;
    }
    return (uint32_t)ns;
}

void section_packet_time(struct section_interface *i, struct scapf_packet *packet)
{
    uint64_t rest = packet->ticks - i->second_at;

    if (packet->ticks < i->second_at ||
        rest >= i->per_second) { /* another second; without units a second always */
        i->second = i->per_second != 0 ? packet->ticks / i->per_second : 0;
        i->second_at = i->second * i->per_second;
        rest = packet->ticks - i->second_at;
    }
    packet->ts_in_range =
        !i->no_time && i->second <= INT64_MAX &&
        !__builtin_add_overflow((int64_t)i->second, i->pub.tsoffset, &packet->sec);
    if (!packet->ts_in_range) {
        packet->sec = 0;
    }
    packet->nsec = i->ns_per_unit != 0 ? (uint32_t)rest * i->ns_per_unit : fraction_ns(i, rest);
}

bool section_tick_range(const struct section_interface *i, uint64_t first_ns, uint64_t last_ns,
                        uint64_t *first, uint64_t *last)
{
    i128 zero = (i128)i->pub.tsoffset * (int64_t)NS_PER_S; /* time of unit 0 */
    i128 low, high;

    if (i->no_time || i->ns_per_unit == 0 || i->pub.tsoffset > INT32_MAX ||
        i->pub.tsoffset < INT32_MIN || zero > (i128)last_ns) {
        return false;
    }
    low = (i128)first_ns > zero ? ((i128)first_ns - zero + i->ns_per_unit - 1) / i->ns_per_unit : 0;
    high = ((i128)last_ns - zero) / i->ns_per_unit;
    *first = low > (i128)UINT64_MAX ? UINT64_MAX : (uint64_t)low;
    *last = high > (i128)UINT64_MAX ? UINT64_MAX : (uint64_t)high;
    return low <= high && low <= (i128)UINT64_MAX;
}
