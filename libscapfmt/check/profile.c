/* SPDX-License-Identifier: Apache-2.0 */
#include "check/profile.h"

#include "base/profiles.h"
#include "block/frame.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "check/check.h"
#include "event/event.h"

/* ------------------------------------------------------------------ what is known of readers */

#define JOURNAL_MIN 23u    /* bytes of an entry that Wireshark takes */
#define READ_BUFFER 65544u /* bytes of a block that libscap reads */
#define OLD_HEADER  22u    /* bytes of an old event before its lengths */
#define READERS     5      /* columns of SCAPF_EFFECTS; strict has none */

static const char effects[RULE_COUNT][READERS + 1] = {
#define EFFECT(symbol, columns) [RULE_##symbol] = columns,
    SCAPF_EFFECTS(EFFECT)
#undef EFFECT
};

struct link_range {
    uint16_t from, to;
};

/* Link types that Wireshark 4.0 takes in a classic pcap, and libpcap 1.10 in both; measured one by
 * one. */
static const struct link_range wireshark_links[] = {
    {0, 3},     {6, 14},    {16, 16},   {18, 19},   {32, 32},   {50, 51},   {99, 101},
    {104, 109}, {112, 114}, {117, 119}, {121, 123}, {127, 131}, {133, 133}, {135, 144},
    {147, 163}, {165, 165}, {167, 167}, {169, 173}, {177, 181}, {183, 184}, {186, 190},
    {192, 192}, {195, 197}, {199, 204}, {209, 215}, {220, 220}, {224, 231}, {235, 237},
    {239, 243}, {245, 245}, {248, 256}, {258, 260}, {264, 264}, {266, 266}, {268, 268},
    {270, 276}, {279, 280}, {283, 283}, {287, 288}, {290, 290}, {292, 295},
};
static const struct link_range libpcap_links[] = {
    {0, 1}, {6, 12}, {15, 16}, {19, 19}, {50, 51}, {99, 289},
};

/* With fewer parameters than these sysdig 0.29 dies, or says that it cannot go on; measured, each
 * code with each number. */
static const struct least {
    uint16_t code;
    uint8_t params;
} sysdig_029_least[] = {
    {3, 3},    {13, 8},   {15, 9},   {27, 2},   {30, 3},   {43, 5},   {57, 2},   {61, 4},
    {93, 2},   {95, 2},   {150, 2},  {152, 6},  {155, 13}, {157, 14}, {159, 4},  {161, 4},
    {163, 4},  {165, 4},  {173, 13}, {183, 14}, {185, 14}, {215, 14}, {217, 15}, {219, 15},
    {221, 15}, {223, 17}, {225, 17}, {227, 17}, {228, 4},  {231, 14}, {247, 2},  {249, 2},
    {267, 2},  {283, 17}, {289, 17}, {293, 17}, {307, 4},  {327, 4},  {331, 17}, {335, 17},
};

#define LINKS(list) .links = (list), .n_links = sizeof(list) / sizeof((list)[0])

/* How a reader walks. */
struct reader_way {
    const char *name;
    bool libscap;                   /* events by libscap's automaton [pcapng 4.1] */
    bool events, packets;           /* what it shows at all */
    bool no_shb_options;            /* libs before 0.21 */
    bool no_shb_lengths;            /* those of the header it opens with it does not look at */
    bool lenient_opening;           /* what is wrong with the first event it takes no notice of */
    bool no_event_len;              /* whether an event leaves its block it does not ask */
    bool no_flags;                  /* event blocks with flags are passed over */
    bool merges;                    /* enter events go into their exits [scap 14] */
    bool first_is_event;            /* events are decoded only when the first frame is one */
    bool needs_iface;               /* refuses a file without interfaces */
    bool no_version_1;              /* classic pcap before version 2 is refused */
    const struct link_range *links; /* link types of classic pcap it takes; NULL = all */
    size_t n_links;
    bool links_of_pcapng; /* that list counts for pcapng, too */
    uint8_t event_min;    /* shorter event blocks stop it; those with the new layout 4 bytes more */
    const struct least *least; /* parameters without which it does not survive an event */
    size_t n_least;
    uint16_t codes;  /* event codes it knows; 0 = those of the schema */
    const char *age; /* of its event table; NULL = the newest */
    bool gzip, zstd; /* what it unpacks */
};

/* [pcapng 3.1, 3.2, 4.1, 4.2; scap 17] */
static const struct reader_way ways[SCAPF_PROFILE_COUNT] = {
    [SCAPF_PROFILE_STRICT] = {.name = "strict",
                              .events = true,
                              .packets = true,
                              .codes = UINT16_MAX,
                              .gzip = true,
                              .zstd = true},
    [SCAPF_PROFILE_SYSDIG_029] = {.name = "sysdig-0.29",
                                  .libscap = true,
                                  .events = true,
                                  .no_shb_options = true,
                                  .no_shb_lengths = true,
                                  .lenient_opening = true,
                                  .no_event_len = true,
                                  .event_min = 34,
                                  .least = sysdig_029_least,
                                  .n_least = sizeof(sysdig_029_least) / sizeof(struct least),
                                  .codes = SCAPF_OLD_CODES,
                                  .age = "libs 0.7.0",
                                  .gzip = true},
    [SCAPF_PROFILE_SYSDIG_CURRENT] =
        {.name = "sysdig-current", .libscap = true, .events = true, .merges = true, .gzip = true},
    [SCAPF_PROFILE_WIRESHARK] = {.name = "wireshark",
                                 .events = true,
                                 .packets = true,
                                 .no_flags = true,
                                 .no_version_1 = true,
                                 LINKS(wireshark_links),
                                 .event_min = 36,
                                 .codes = UINT16_MAX,
                                 .gzip = true,
                                 .zstd = true},
    [SCAPF_PROFILE_STRATOSHARK] = {.name = "stratoshark",
                                   .libscap = true,
                                   .events = true,
                                   .packets = true,
                                   .merges = true,
                                   .first_is_event = true,
                                   .no_version_1 = true,
                                   LINKS(wireshark_links),
                                   .event_min = 36,
                                   .gzip = true,
                                   .zstd = true},
    [SCAPF_PROFILE_LIBPCAP] = {.name = "libpcap",
                               .packets = true,
                               .needs_iface = true,
                               .no_version_1 = true,
                               LINKS(libpcap_links),
                               .links_of_pcapng = true},
};

const char *scapf_profile_name(enum scapf_profile profile)
{
    return (unsigned)profile < SCAPF_PROFILE_COUNT ? ways[profile].name : NULL;
}

const char *scapf_effect_name(enum scapf_effect effect)
{
    static const char *const names[] = {"no effect", "loses", "stops"};

    return (unsigned)effect < sizeof(names) / sizeof(names[0]) ? names[effect] : NULL;
}

enum scapf_effect scapf_profile_effect(enum scapf_profile profile, unsigned rule)
{
    char c;

    if (rule >= RULE_COUNT || (unsigned)profile >= SCAPF_PROFILE_COUNT) {
        return SCAPF_EFFECT_NONE;
    }
    if (profile == SCAPF_PROFILE_STRICT) {
        return rule != RULE_NONE && scapf_rule_get(rule)->severity == SCAPF_ERROR
                   ? SCAPF_EFFECT_STOPS
                   : SCAPF_EFFECT_NONE;
    }
    c = effects[rule][profile - SCAPF_PROFILE_SYSDIG_029];
    return c == 'S' ? SCAPF_EFFECT_STOPS : c == 'L' ? SCAPF_EFFECT_LOSES : SCAPF_EFFECT_NONE;
}

/* ------------------------------------------------------------------ walking */

static const struct reader_way *way_of(const struct walk *w)
{
    return &ways[w->profile];
}

static void stop(struct walk *w, enum rule rule, uint64_t off, const char *why)
{
    if ((w->stopped && off >= w->v.off) || (w->over && off >= w->over_off)) {
        return; /* what is found only at the end of a section may stop it sooner */
    }
    w->stopped = w->events_stopped = true;
    w->v.rule = rule;
    w->v.off = off;
    w->v.why = why != NULL ? why : scapf_rule_get(rule)->sentence;
    /* Some rules are found only when the section has ended, and stop the reader at its start. */
    if (w->any_section && off < w->section_off + 28) {
        w->v.events_shown = w->section_events;
        w->v.packets_shown = w->section_packets;
        w->v.events_merged = w->section_merged;
    }
}

/* libscap cannot go on. Stratoshark shows packets all the same: its other reader goes on. */
static void stop_libscap(struct walk *w, enum rule rule, uint64_t off, const char *why)
{
    if (!way_of(w)->packets) {
        stop(w, rule, off, why);
    }
    w->events_stopped = true;
}

/* The place of an age in the schemas; NULL = behind all of them. */
static uint8_t age_of(const char *name)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    uint8_t i = 0;

    while (i < schema->n_ages && (name == NULL || strcmp(schema->ages[i], name) != 0)) {
        i++;
    }
    return i;
}

void walk_start(struct walk *w, enum scapf_compression packing)
{
    const struct reader_way *way = way_of(w);

    w->age = age_of(way->age);
    if (packing == SCAPF_GZIP && !way->gzip) {
        stop(w, RULE_FILE_NOT_SHB, 0, "it does not unpack gzip");
    }
    if (packing == SCAPF_ZSTD && !way->zstd) {
        stop(w, RULE_FILE_NOT_SHB, 0, "it does not unpack zstd");
    }
}

/* Blocks whose options Wireshark does not look at. */
static bool has_opaque_options(const struct block_type *type)
{
    return type != NULL && (type->kind == SCAPF_KIND_EVENT || type->kind == SCAPF_KIND_PROCESS ||
                            type->kind == SCAPF_KIND_SECRETS || type->kind == SCAPF_KIND_CUSTOM);
}

static bool is_of_options(unsigned rule)
{
    return rule == RULE_OPTION_OVERRUN || rule == RULE_OPTION_HEADER_SHORT ||
           rule == RULE_OPTION_END_LEN || rule == RULE_CUSTOM_OPTION_LEN;
}

/* libpcap looks at the options of interfaces only, not behind the data of a simple packet, and of
 * section headers not at the trailer, of later ones not at the minor version either, nor, up to the
 * first interface, at the major one. */
static bool libpcap_minds(const struct walk *w, const struct scapf_diag *diag)
{
    bool major = diag->rule == RULE_SHB_MAJOR && !w->any_iface;
    bool minor = diag->rule == RULE_SHB_MINOR || diag->rule == RULE_SHB_MINOR_SCAP;

    if (is_of_options(diag->rule)) {
        return diag->block_type == SCAPF_BLOCK_IDB;
    }
    return !(diag->rule == RULE_SPB_DATA_LEN && diag->got > diag->want) &&
           !(diag->rule == RULE_BLOCK_LEN_TRAILER && diag->block_type == SCAPF_BLOCK_SHB) &&
           !((major || minor) && diag->off >= FRAME_SHB_MIN_LEN);
}

/* Wireshark asks a journal entry for no time, but for some length, and names for no end, but for
 * room for one. */
static bool wireshark_minds(const struct scapf_diag *diag, const struct block_type *type)
{
    return !(diag->rule == RULE_JOURNAL_EMPTY && diag->got >= JOURNAL_MIN) &&
           !(diag->rule == RULE_NRB_NO_END && diag->want == 0) &&
           !(is_of_options(diag->rule) && has_opaque_options(type));
}

static bool is_event(const struct block_type *type)
{
    return type != NULL && type->kind == SCAPF_KIND_EVENT;
}

static bool is_old_event(const struct block_type *type)
{
    return is_event(type) && (type->layout & EVENT_LAYOUT_V2) == 0;
}

/* Does a section header open the reader, anew behind events? [pcapng 4.1] */
static bool is_opening(const struct walk *w)
{
    return !w->any_section || w->in_events;
}

/* The lengths of an old event: see takes_old(). */
static bool is_of_old_lengths(unsigned rule)
{
    return rule == RULE_EVENT_LEN || rule == RULE_EVENT_V1_LENGTHS ||
           rule == RULE_EVENT_V1_SURPLUS || rule == RULE_MIX_V2_IN_V1;
}

/* The lengths of a block that is there. */
static bool is_of_lengths(const struct scapf_diag *diag)
{
    return diag->rule == RULE_SHB_LEN_MIN || diag->rule == RULE_BLOCK_LEN_ALIGN ||
           diag->rule == RULE_BLOCK_LEN_LIMIT || diag->rule == RULE_BLOCK_LEN_TRAILER ||
           (diag->rule == RULE_BLOCK_TRUNCATED && diag->got >= FRAME_SHB_MIN_LEN);
}

/* Does the reader take the section header it opens with to be 28 bytes, whatever it says? */
static bool goes_by_size(const struct walk *w, const struct scapf_diag *diag)
{
    return way_of(w)->no_shb_lengths && diag->block_type == SCAPF_BLOCK_SHB && is_opening(w) &&
           is_of_lengths(diag);
}

/* libscap compares no trailer of an event, and takes any leading length. */
static bool libscap_minds(const struct walk *w, const struct scapf_diag *diag,
                          const struct block_type *type)
{
    bool framing = diag->rule == RULE_BLOCK_LEN_TRAILER || diag->rule == RULE_BLOCK_LEN_ALIGN;

    return !(is_event(type) && framing) && !goes_by_size(w, diag) &&
           !(is_old_event(type) && is_of_old_lengths(diag->rule));
}

/* What the finding does to the reader; some do something in some blocks only. */
static enum scapf_effect effect_of(const struct walk *w, const struct scapf_diag *diag)
{
    const struct block_type *type = block_type_find(diag->block_type);
    bool minds =
        w->profile == SCAPF_PROFILE_LIBPCAP ? libpcap_minds(w, diag) : wireshark_minds(diag, type);

    if (way_of(w)->libscap) {
        minds = minds && libscap_minds(w, diag, type);
    }
    return minds ? scapf_profile_effect(w->profile, diag->rule) : SCAPF_EFFECT_NONE;
}

/* Opening a capture, and anew at each section behind events, sysdig 0.29 looks at the first event.
 * What keeps it from reading that one is not told; when it is cut, it then finds the end. Measured.
 */
static bool is_quiet_end(const struct walk *w, const struct scapf_diag *diag)
{
    return diag->rule == RULE_BLOCK_TRUNCATED && way_of(w)->lenient_opening && w->opening &&
           is_event(block_type_find(diag->block_type));
}

/* A leading length that the reader does not mind is what it goes by. */
static void note_claim(struct walk *w, const struct scapf_diag *diag)
{
    if (goes_by_size(w, diag)) {
        return;
    }
    if (diag->rule == RULE_BLOCK_LEN_TRAILER) {
        w->claim_off = diag->off + 4 - diag->want;
        w->claim_len = diag->want;
    } else if (diag->rule == RULE_BLOCK_LEN_ALIGN) {
        w->claim_off = diag->off - 4;
        w->claim_len = diag->got;
    }
}

void walk_finding(void *ctx, const struct scapf_diag *diag)
{
    struct walk *w = ctx;
    enum scapf_effect effect = effect_of(w, diag);

    w->report(w->ctx, diag);
    if (effect == SCAPF_EFFECT_NONE) {
        note_claim(w, diag);
    }
    if (is_quiet_end(w, diag)) {
        w->over = w->events_stopped = w->in_events = true;
        w->over_off = diag->off;
        w->v.losses++;
        return;
    }
    if (effect == SCAPF_EFFECT_STOPS) {
        stop(w, (enum rule)diag->rule, diag->off, NULL);
        return;
    }
    if (w->stopped || effect == SCAPF_EFFECT_NONE) {
        return;
    }
    /* events lost as such are counted when they come */
    if (diag->rule != RULE_EVENT_UNKNOWN && diag->rule != RULE_MIX_FIRST_NO_EVENT) {
        w->v.losses++;
    }
    /* where packets are shown all the same, what stops libscap is but a loss */
    if (way_of(w)->libscap && way_of(w)->packets &&
        scapf_profile_effect(SCAPF_PROFILE_SYSDIG_CURRENT, diag->rule) == SCAPF_EFFECT_STOPS) {
        w->events_stopped = true;
    }
}

static bool takes_link(const struct reader_way *way, uint32_t link)
{
    for (size_t i = 0; i < way->n_links; i++) {
        if (link >= way->links[i].from && link <= way->links[i].to) {
            return true;
        }
    }
    return way->links == NULL;
}

static void walk_pcap_header(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);

    if (way->no_version_1 && get_u16(rec->raw + 4, rec->big_endian) < 2) {
        stop(w, RULE_PCAP_VERSION, 4, "it refuses classic pcap before version 2");
    }
    if (!takes_link(way, get_u32(rec->raw + 20, rec->big_endian) & 0xFFFF)) {
        stop(w, RULE_PCAP_LINK_TYPE, 20, "it does not know the link type");
    }
}

/* [pcapng 4.1] A section opens the reader anew behind events; before them it is one block more. */
static void walk_section(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);
    bool opens = is_opening(w);

    w->any_section = true;
    w->opening |= opens;
    w->section_off = rec->off;
    w->section_events = w->v.events_shown;
    w->section_packets = w->v.packets_shown;
    w->section_merged = w->v.events_merged;
    if (!way->libscap || w->stopped) {
        return;
    }
    if (rec->type == 0) {
        stop_libscap(w, RULE_FILE_NOT_SHB, 0, "it does not read classic pcap");
    } else if (rec->big_endian) {
        stop_libscap(w, RULE_MIX_BIG_ENDIAN, rec->off, NULL);
    } else if (opens && way->no_shb_options && rec->body_len > 16) {
        stop_libscap(w, RULE_MIX_SHB_OPTIONS, rec->off + 24, NULL);
    }
    w->in_events = false;
}

/* Enter events whose content current libs hand on in the exit, if at all. [scap 14] */
static bool is_merged(const struct scapf_event_info *info)
{
    static const uint16_t hidden[] = {2, 22, 58, 292, 306, 326, 330};

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (hidden[i] == info->code) {
            return true;
        }
    }
    return (info->code & 1) == 0 && (info->flags & SCAPF_EF_OLD_VERSION) != 0;
}

/* A block with an event that the reader does not know as one. */
static bool passes_over(const struct reader_way *way, const struct block_type *type)
{
    return way->no_flags && type != NULL &&
           ((type->layout & EVENT_LAYOUT_FLAGS) != 0 || (type->number & 0x80000000u) != 0);
}

/* How many parameters the table of the reader has of an event. */
static uint32_t params_known(const struct walk *w, const struct scapf_event_info *info)
{
    uint32_t n = 0;

    while (info != NULL && n < info->n_params && info->params[n].since <= w->age) {
        n++;
    }
    return n;
}

/* Is the length of an event, beyond its block as it is, what lengths in the block make? */
static bool fits_beyond(const struct walk *w, const struct scapf_record *rec, size_t before,
                        uint16_t code)
{
    uint32_t n = params_known(w, scapf_schema_event(scapf_schema_builtin(), code));
    const uint8_t *event = rec->body + before;
    uint32_t len = get_u32(event + 16, rec->big_endian);
    uint64_t sum = OLD_HEADER;

    for (size_t at = OLD_HEADER; n > 0 && at + 2 <= rec->body_len - before && sum < len; n--) {
        sum += 2 + (uint64_t)get_u16(event + at, rec->big_endian);
        at += 2;
    }
    return sum == len;
}

/* Old events carry no number of parameters: libscap looks for one, up to those of its table, with
 * which the lengths make that of the event, and stops when there is none. [scap 9.4] Whether the
 * block has room for it is not asked. */
static bool takes_old(const struct walk *w, const struct scapf_record *rec, size_t before,
                      uint16_t code)
{
    const struct scapf_event *ev = rec->event;

    if (ev != NULL) {
        return !ev->has_params || ev->n_params <= params_known(w, ev->info);
    }
    return !is_of_old_lengths(rec->damage->rule) ||
           (rec->damage->rule == RULE_EVENT_LEN && way_of(w)->no_event_len &&
            fits_beyond(w, rec, before, code));
}

/* A damaged event has its code, too, when its block has room for it. */
static bool knows_code(const struct reader_way *way, const struct scapf_record *rec, size_t before)
{
    if (way->codes == 0) {
        return rec->event == NULL || rec->event->info != NULL;
    }
    return rec->body_len < before + OLD_HEADER ||
           get_u16(rec->body + before + 20, rec->big_endian) < way->codes;
}

static size_t before_event(const struct block_type *type)
{
    return (type->layout & EVENT_LAYOUT_FLAGS) != 0 ? 6 : 2;
}

/* What comes of an event block in libscap before anybody sees the event. False: nothing. */
static bool libscap_takes(struct walk *w, const struct scapf_record *rec,
                          const struct block_type *type)
{
    bool forgives = way_of(w)->lenient_opening && w->opening;
    size_t before = before_event(type);
    uint16_t code;
    bool takes;

    if (rec->body_len < before + OLD_HEADER) {
        return true; /* too short: said where it stops the reader */
    }
    code = get_u16(rec->body + before + 20, rec->big_endian);
    takes = !is_old_event(type) || takes_old(w, rec, before, code);
    if (!knows_code(way_of(w), rec, before)) {
        return true; /* left out without a look, and counted */
    }
    if (takes && event_is_container(code)) {
        return true; /* read while opening */
    }
    w->opening = false;
    if (takes ? is_old_event(type) && rec->event == NULL : forgives) {
        w->v.losses++; /* read with what stands behind it, or not at all */
    } else if (!takes) {
        stop_libscap(w, rec->damage != NULL ? (enum rule)rec->damage->rule : RULE_EVENT_V1_SURPLUS,
                     rec->damage != NULL ? rec->damage->off : rec->event->off, NULL);
    }
    return takes;
}

/* The length of a block in the eyes of the reader. */
static uint64_t len_of(const struct walk *w, const struct scapf_record *rec)
{
    return w->claim_len != 0 && rec->off == w->claim_off ? w->claim_len : rec->raw_len;
}

/* Does libscap find the event within what its block claims to be? */
static bool is_within(const struct walk *w, const struct scapf_record *rec)
{
    uint64_t len = len_of(w, rec);

    return len == rec->raw_len ||
           (len <= READ_BUFFER && (len > rec->raw_len || way_of(w)->no_event_len));
}

/* A reader that goes by a leading length that is wrong finds no block behind. */
static void walk_claim(struct walk *w, const struct scapf_record *rec)
{
    void (*stops)(struct walk *, enum rule, uint64_t, const char *) =
        way_of(w)->libscap ? stop_libscap : stop;

    if (len_of(w, rec) != rec->raw_len) {
        stops(w, RULE_BLOCK_LEN_TRAILER, rec->off + 4, "it goes by a leading length that is wrong");
    }
    w->claim_len = 0;
}

static bool survives(const struct reader_way *way, const struct scapf_event *ev)
{
    for (size_t i = 0; ev != NULL && ev->has_params && i < way->n_least; i++) {
        if (way->least[i].code == ev->code) {
            return ev->n_params >= way->least[i].params;
        }
    }
    return true;
}

static void walk_event(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);
    const struct scapf_event *ev = rec->event;
    const struct block_type *type = block_type_find(rec->type);

    w->in_events = true;
    if (event_closes(ev)) {
        return;
    }
    w->v.events++;
    if (way->event_min != 0 && type != NULL && !passes_over(way, type) &&
        len_of(w, rec) < way->event_min + ((type->layout & EVENT_LAYOUT_V2) != 0 ? 4u : 0u)) {
        stop(w, RULE_EVENT_LEN, rec->off, "the block is too short for an event");
    }
    if (!is_within(w, rec)) {
        walk_claim(w, rec);
    }
    if (w->events_stopped || !way->events || (way->libscap && !libscap_takes(w, rec, type))) {
        return;
    }
    if (passes_over(way, type)) {
        w->v.events_flags++;
    } else if (!survives(way, ev)) {
        stop(w, RULE_EVENT_N_PARAMS, ev->off, "it dies of the parameters that an event has not");
    } else if (!knows_code(way, rec, before_event(type))) {
        w->v.events_unknown++;
    } else if (ev == NULL) {
        w->v.events_shown += way->libscap && !way->no_event_len ? 0 : 1;
    } else if (way->merges && is_merged(ev->info)) {
        w->v.events_merged++;
    } else {
        w->v.events_shown++;
    }
}

/* Blocks of a section of another major version are of no kind; a reader that does not mind takes
 * them for what their numbers say. */
static enum scapf_kind kind_of(const struct walk *w, const struct scapf_record *rec)
{
    const struct block_type *type = block_type_find(rec->type);

    return rec->kind == SCAPF_KIND_UNKNOWN && type != NULL && !w->stopped ? type->kind : rec->kind;
}

void walk_record(struct walk *w, const struct scapf_record *rec)
{
    const struct reader_way *way = way_of(w);
    enum scapf_kind kind = kind_of(w, rec);

    if (kind == SCAPF_KIND_SECTION) {
        walk_claim(w, rec);
        walk_section(w, rec);
        if (rec->type == 0) {
            walk_pcap_header(w, rec);
            w->any_iface = true;
        }
        return;
    }
    if (kind == SCAPF_KIND_INTERFACE) {
        w->any_iface = true;
        if (way->links_of_pcapng && rec->body_len >= 2 &&
            !takes_link(way, get_u16(rec->body, rec->big_endian))) {
            stop(w, RULE_IDB_LINK_TYPE, rec->off + 8, "it does not know the link type");
        }
    }
    if (kind_is_frame(kind) && !w->any_frame) {
        w->any_frame = true;
        w->events_stopped |= way->first_is_event && kind != SCAPF_KIND_EVENT;
    }
    if (kind == SCAPF_KIND_EVENT) {
        walk_event(w, rec);
    } else if (way->libscap && w->in_events) {
        stop_libscap(w, RULE_MIX_AFTER_EVENTS, rec->off, NULL);
    }
    if (kind == SCAPF_KIND_PACKET) {
        w->v.packets++;
        w->v.packets_shown += way->packets && !w->stopped ? 1 : 0;
    }
    walk_claim(w, rec);
}

void walk_lost(struct walk *w, const struct scapf_diag *diag)
{
    uint64_t claim = w->claim_len;

    /* an event of which the bytes that it claims are read, whatever is behind them */
    if (way_of(w)->no_event_len && !w->events_stopped && claim >= way_of(w)->event_min + 4u &&
        claim <= READ_BUFFER) {
        w->v.events++;
        w->v.events_shown++;
    }
    w->claim_len = 0;
    stop(w, (enum rule)diag->rule, diag->off, NULL);
}

void walk_end(struct walk *w, uint64_t end)
{
    const struct reader_way *way = way_of(w);
    struct scapf_verdict *v = &w->v;

    if (way->libscap && !way->packets && !w->in_events) {
        stop(w, RULE_MIX_LAST_NO_EVENT, w->any_section ? w->section_off : end,
             "it finds no event in the last section");
    }
    if (way->needs_iface && !w->any_iface) {
        stop(w, RULE_NONE, end, "no interface description in the whole file");
    }
    v->opens = !w->stopped || v->events_shown + v->packets_shown + v->events_merged > 0;
    if (w->stopped) {
        v->effect = SCAPF_EFFECT_STOPS;
    } else if (v->losses > 0 || v->events_shown + v->events_merged < v->events ||
               v->packets_shown < v->packets) {
        v->effect = SCAPF_EFFECT_LOSES;
    }
}
