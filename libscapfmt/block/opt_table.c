/* SPDX-License-Identifier: Apache-2.0 */
#include "block/opt_table.h"

#include <stddef.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Lengths, repeatability and lines are those of the tables of draft-ietf-opsawg-pcapng at
 * 449ae73; the Darwin rows and the process information rows follow Wireshark and libpcap. */
/* clang-format off */
#define ONCE(code, name, type, len, min, line, len_rule, repeat_rule) \
    {code, OPT_##type, false, len, min, line, RULE_##len_rule, RULE_##repeat_rule, name}
#define MANY(code, name, type, len, min, line, len_rule) \
    {code, OPT_##type, true, len, min, line, RULE_##len_rule, RULE_NONE, name}

static const struct opt_info common[] = {
    MANY(0, "opt_endofopt", END, 0, 0, 507, OPTION_END_LEN),
    MANY(1, "opt_comment", UTF8, 0, 0, 508, NONE),
    MANY(2988, "opt_custom", CUSTOM_UTF8, 0, 4, 509, CUSTOM_OPTION_LEN),
    MANY(2989, "opt_custom", CUSTOM_BYTES, 0, 4, 509, CUSTOM_OPTION_LEN),
    MANY(19372, "opt_custom_nocopy", CUSTOM_UTF8, 0, 4, 509, CUSTOM_OPTION_LEN),
    MANY(19373, "opt_custom_nocopy", CUSTOM_BYTES, 0, 4, 509, CUSTOM_OPTION_LEN),
};

static const struct opt_info shb[] = {
    ONCE(2, "shb_hardware", UTF8, 0, 0, 839, NONE, SHB_OPTION_REPEATED),
    ONCE(3, "shb_os", UTF8, 0, 0, 840, NONE, SHB_OPTION_REPEATED),
    ONCE(4, "shb_userappl", UTF8, 0, 0, 841, NONE, SHB_OPTION_REPEATED),
};

static const struct opt_info idb[] = {
    ONCE(2, "if_name", UTF8, 0, 0, 968, NONE, OPTION_REPEATED),
    ONCE(3, "if_description", UTF8, 0, 0, 969, NONE, OPTION_REPEATED),
    MANY(4, "if_IPv4addr", IP4_MASK, 8, 8, 1013, IF_IPV4_LEN),
    MANY(5, "if_IPv6addr", IP6_PREFIX, 17, 17, 1030, IF_IPV6_LEN),
    ONCE(6, "if_MACaddr", MAC, 6, 6, 1046, IF_MAC_LEN, OPTION_REPEATED),
    ONCE(7, "if_EUIaddr", EUI, 8, 8, 1056, IF_MAC_LEN, OPTION_REPEATED),
    ONCE(8, "if_speed", U64, 8, 8, 1066, IF_SPEED_LEN, OPTION_REPEATED),
    ONCE(9, "if_tsresol", TSRESOL, 1, 1, 1076, TSRESOL_LEN, TSRESOL_REPEATED),
    ONCE(10, "if_tzone", BYTES, 4, 4, 1094, TZONE_LEN, OPTION_REPEATED),
    ONCE(11, "if_filter", FILTER, 0, 1, 1108, IF_FILTER, OPTION_REPEATED),
    ONCE(12, "if_os", UTF8, 0, 0, 1127, NONE, OPTION_REPEATED),
    ONCE(13, "if_fcslen", U8, 1, 1, 1137, IF_FCSLEN_LEN, OPTION_REPEATED),
    ONCE(14, "if_tsoffset", I64, 8, 8, 1150, TSOFFSET_LEN, OPTION_REPEATED),
    ONCE(15, "if_hardware", UTF8, 0, 0, 983, NONE, OPTION_REPEATED),
    ONCE(16, "if_txspeed", U64, 8, 8, 1179, IF_SPEED_LEN, OPTION_REPEATED),
    ONCE(17, "if_rxspeed", U64, 8, 8, 1191, IF_SPEED_LEN, OPTION_REPEATED),
    ONCE(18, "if_iana_tzname", UTF8, 0, 0, 986, NONE, OPTION_REPEATED),
};

static const struct opt_info epb[] = {
    ONCE(2, "epb_flags", FLAGS, 4, 4, 1368, EPB_FLAGS_LEN, EPB_OPTION_REPEATED),
    MANY(3, "epb_hash", HASH, 0, 1, 1378, EPB_HASH_LEN),
    ONCE(4, "epb_dropcount", U64, 8, 8, 1400, EPB_DROPCOUNT_LEN, EPB_OPTION_REPEATED),
    ONCE(5, "epb_packetid", U64, 8, 8, 1414, EPB_PACKETID_LEN, EPB_OPTION_REPEATED),
    ONCE(6, "epb_queue", U32, 4, 4, 1433, EPB_QUEUE_LEN, EPB_OPTION_REPEATED),
    MANY(7, "epb_verdict", VERDICT, 0, 1, 1443, EPB_VERDICT_LEN),
    ONCE(8, "epb_processid_threadid", PID_TID, 8, 8, 1463, EPB_PID_TID_LEN, EPB_OPTION_REPEATED),
    /* Apple's local-use codes: index of a Darwin process block */
    MANY(0x8001, "darwin_process_index", U32, 4, 4, 0, NONE),
    MANY(0x8003, "darwin_effective_process_index", U32, 4, 4, 0, NONE),
};

static const struct opt_info pb[] = {
    ONCE(2, "pack_flags", FLAGS, 4, 4, 2680, EPB_FLAGS_LEN, EPB_OPTION_REPEATED),
    MANY(3, "pack_hash", HASH, 0, 1, 2681, EPB_HASH_LEN),
};

static const struct opt_info nrb[] = {
    ONCE(2, "ns_dnsname", UTF8, 0, 0, 1763, NONE, NRB_OPTION_REPEATED),
    ONCE(3, "ns_dnsIP4addr", IP4, 4, 4, 1783, NRB_OPTION_LEN, NRB_OPTION_REPEATED),
    ONCE(4, "ns_dnsIP6addr", IP6, 16, 16, 1795, NRB_OPTION_LEN, NRB_OPTION_REPEATED),
};

static const struct opt_info isb[] = {
    ONCE(2, "isb_starttime", TS, 8, 8, 1883, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(3, "isb_endtime", TS, 8, 8, 1897, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(4, "isb_ifrecv", U64, 8, 8, 1911, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(5, "isb_ifdrop", U64, 8, 8, 1922, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(6, "isb_filteraccept", U64, 8, 8, 1933, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(7, "isb_osdrop", U64, 8, 8, 1944, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
    ONCE(8, "isb_usrdeliv", U64, 8, 8, 1955, ISB_OPTION_LEN, ISB_OPTION_REPEATED),
};

/* [Wireshark wiretap/pcapng-darwin] block 0x80000001 */
static const struct opt_info darwin_process[] = {
    MANY(2, "dpeb_name", UTF8, 0, 0, 0, NONE),
    MANY(4, "dpeb_uuid", UUID, 16, 16, 0, NONE),
};

/* [Wireshark wiretap/pcapng-wireshark-custom.c] entry type 3 of enterprise 32622 */
static const struct opt_info process_info[] = {
    MANY(2, "process_name", UTF8, 0, 0, 0, NONE),
    MANY(3, "process_path", UTF8, 0, 0, 0, NONE),
    MANY(4, "process_cmdline", TEXT_LIST, 0, 0, 0, NONE),
    MANY(5, "process_ppid", U32, 4, 4, 0, PIB_OPTION_LEN),
    MANY(6, "process_uid", U32, 4, 4, 0, PIB_OPTION_LEN),
    MANY(7, "process_user", UTF8, 0, 0, 0, NONE),
    MANY(8, "process_uuid", UUID, 16, 16, 0, PIB_OPTION_LEN),
    MANY(9, "process_start_time", TIME_NS, 8, 8, 0, PIB_OPTION_LEN),
};

static const struct {
    uint32_t block_type;
    uint32_t n;
    const struct opt_info *rows;
} blocks[] = {
    {(uint32_t)SCAPF_BLOCK_EPB, COUNT(epb), epb},
    {(uint32_t)SCAPF_BLOCK_SHB, COUNT(shb), shb},
    {(uint32_t)SCAPF_BLOCK_IDB, COUNT(idb), idb},
    {(uint32_t)SCAPF_BLOCK_PB, COUNT(pb), pb},
    {(uint32_t)SCAPF_BLOCK_NRB, COUNT(nrb), nrb},
    {(uint32_t)SCAPF_BLOCK_ISB, COUNT(isb), isb},
    {(uint32_t)SCAPF_BLOCK_DARWIN_PROCESS, COUNT(darwin_process), darwin_process},
    {OPT_BLOCK_PROCESS_INFO, COUNT(process_info), process_info},
};

/* tcpdump.org/linktypes.html; private ones are told by opt_link_type_is_private(). Sorted. */
static const struct scapf_name link_types[] = {
    {0, "NULL"}, {1, "ETHERNET"}, {2, "EXP_ETHERNET"}, {3, "AX25"}, {4, "PRONET"}, {5, "CHAOS"},
    {6, "IEEE802_5"}, {7, "ARCNET_BSD"}, {8, "SLIP"}, {9, "PPP"}, {10, "FDDI"},
    {32, "REDBACK_SMARTEDGE"}, {50, "PPP_HDLC"}, {51, "PPP_ETHER"}, {99, "SYMANTEC_FIREWALL"},
    {100, "ATM_RFC1483"}, {101, "RAW"}, {102, "SLIP_BSDOS"}, {103, "PPP_BSDOS"}, {104, "C_HDLC"},
    {105, "IEEE802_11"}, {106, "ATM_CLIP"}, {107, "FRELAY"}, {108, "LOOP"}, {109, "ENC"},
    {110, "LANE8023"}, {111, "HIPPI"}, {112, "NETBSD_HDLC"}, {113, "LINUX_SLL"}, {114, "LTALK"},
    {115, "ECONET"}, {116, "IPFILTER"}, {117, "PFLOG"}, {118, "CISCO_IOS"},
    {119, "IEEE802_11_PRISM"}, {120, "IEEE802_11_AIRONET"}, {121, "HHDLC"}, {122, "IP_OVER_FC"},
    {123, "SUNATM"}, {124, "RIO"}, {125, "PCI_EXP"}, {126, "AURORA"},
    {127, "IEEE802_11_RADIOTAP"}, {128, "TZSP"}, {129, "ARCNET_LINUX"}, {130, "JUNIPER_MLPPP"},
    {131, "JUNIPER_MLFR"}, {132, "JUNIPER_ES"}, {133, "JUNIPER_GGSN"}, {134, "JUNIPER_MFR"},
    {135, "JUNIPER_ATM2"}, {136, "JUNIPER_SERVICES"}, {137, "JUNIPER_ATM1"},
    {138, "APPLE_IP_OVER_IEEE1394"}, {139, "MTP2_WITH_PHDR"}, {140, "MTP2"}, {141, "MTP3"},
    {142, "SCCP"}, {143, "DOCSIS"}, {144, "LINUX_IRDA"}, {145, "IBM_SP"}, {146, "IBM_SN"},
    {163, "IEEE802_11_AVS"}, {164, "JUNIPER_MONITOR"}, {165, "BACNET_MS_TP"}, {166, "PPP_PPPD"},
    {167, "JUNIPER_PPPOE"}, {168, "JUNIPER_PPPOE_ATM"}, {169, "GPRS_LLC"}, {170, "GPF_T"},
    {171, "GPF_F"}, {172, "GCOM_T1E1"}, {173, "GCOM_SERIAL"}, {174, "JUNIPER_PIC_PEER"},
    {175, "ERF_ETH"}, {176, "ERF_POS"}, {177, "LINUX_LAPD"}, {178, "JUNIPER_ETHER"},
    {179, "JUNIPER_PPP"}, {180, "JUNIPER_FRELAY"}, {181, "JUNIPER_CHDLC"}, {182, "MFR"},
    {183, "JUNIPER_VP"}, {184, "A429"}, {185, "A653_ICM"}, {186, "USB_FREEBSD"},
    {187, "BLUETOOTH_HCI_H4"}, {188, "IEEE802_16_MAC_CPS"}, {189, "USB_LINUX"}, {190, "CAN20B"},
    {191, "IEEE802_15_4_LINUX"}, {192, "PPI"}, {193, "IEEE802_16_MAC_CPS_RADIO"},
    {194, "JUNIPER_ISM"}, {195, "IEEE802_15_4_WITHFCS"}, {196, "SITA"}, {197, "ERF"},
    {198, "RAIF1"}, {199, "IPMB_KONTRON"}, {200, "JUNIPER_ST"},
    {201, "BLUETOOTH_HCI_H4_WITH_PHDR"}, {202, "AX25_KISS"}, {203, "LAPD"}, {204, "PPP_WITH_DIR"},
    {205, "C_HDLC_WITH_DIR"}, {206, "FRELAY_WITH_DIR"}, {207, "LAPB_WITH_DIR"},
    {209, "I2C_LINUX"}, {210, "FLEXRAY"}, {211, "MOST"}, {212, "LIN"}, {213, "X2E_SERIAL"},
    {214, "X2E_XORAYA"}, {215, "IEEE802_15_4_NONASK_PHY"}, {216, "LINUX_EVDEV"},
    {217, "GSMTAP_UM"}, {218, "GSMTAP_ABIS"}, {219, "MPLS"}, {220, "USB_LINUX_MMAPPED"},
    {221, "DECT"}, {222, "AOS"}, {223, "WIHART"}, {224, "FC_2"}, {225, "FC_2_WITH_FRAME_DELIMS"},
    {226, "IPNET"}, {227, "CAN_SOCKETCAN"}, {228, "IPV4"}, {229, "IPV6"},
    {230, "IEEE802_15_4_NOFCS"}, {231, "DBUS"}, {232, "JUNIPER_VS"}, {233, "JUNIPER_SRX_E2E"},
    {234, "JUNIPER_FIBRECHANNEL"}, {235, "DVB_CI"}, {236, "MUX27010"},
    {237, "STANAG_5066_D_PDU"}, {238, "JUNIPER_ATM_CEMIC"}, {239, "NFLOG"}, {240, "NETANALYZER"},
    {241, "NETANALYZER_TRANSPARENT"}, {242, "IPOIB"}, {243, "MPEG_2_TS"}, {244, "NG40"},
    {245, "NFC_LLCP"}, {246, "PFSYNC"}, {247, "INFINIBAND"}, {248, "SCTP"}, {249, "USBPCAP"},
    {250, "RTAC_SERIAL"}, {251, "BLUETOOTH_LE_LL"}, {252, "WIRESHARK_UPPER_PDU"},
    {253, "NETLINK"}, {254, "BLUETOOTH_LINUX_MONITOR"}, {255, "BLUETOOTH_BREDR_BB"},
    {256, "BLUETOOTH_LE_LL_WITH_PHDR"}, {257, "PROFIBUS_DL"}, {258, "PKTAP"}, {259, "EPON"},
    {260, "IPMI_HPM_2"}, {261, "ZWAVE_R1_R2"}, {262, "ZWAVE_R3"}, {263, "WATTSTOPPER_DLM"},
    {264, "ISO_14443"}, {265, "RDS"}, {266, "USB_DARWIN"}, {267, "OPENFLOW"}, {268, "SDLC"},
    {269, "TI_LLN_SNIFFER"}, {270, "LORATAP"}, {271, "VSOCK"}, {272, "NORDIC_BLE"},
    {273, "DOCSIS31_XRA31"}, {274, "ETHERNET_MPACKET"}, {275, "DISPLAYPORT_AUX"},
    {276, "LINUX_SLL2"}, {277, "SERCOS_MONITOR"}, {278, "OPENVIZSLA"}, {279, "EBHSCR"},
    {280, "VPP_DISPATCH"}, {281, "DSA_TAG_BRCM"}, {282, "DSA_TAG_BRCM_PREPEND"},
    {283, "IEEE802_15_4_TAP"}, {284, "DSA_TAG_DSA"}, {285, "DSA_TAG_EDSA"}, {286, "ELEE"},
    {287, "Z_WAVE_SERIAL"}, {288, "USB_2_0"}, {289, "ATSC_ALP"}, {290, "ETW"},
    {291, "NETANALYZER_NG"}, {292, "ZBOSS_NCP"}, {293, "USB_2_0_LOW_SPEED"},
    {294, "USB_2_0_FULL_SPEED"}, {295, "USB_2_0_HIGH_SPEED"}, {296, "AUERSWALD_LOG"},
    {297, "ZWAVE_TAP"}, {298, "SILABS_DEBUG_CHANNEL"}, {299, "FIRA_UCI"}, {300, "MDB"},
    {301, "DECT_NR"},
};

/* [pcapng L2040-2227] the numbers are four letters each */
static const struct scapf_name secrets[] = {
    {OPT_SECRETS_ESP, "ESP SA"},
    {OPT_SECRETS_SSH, "SSH key log"},
    {OPT_SECRETS_TLS, "TLS key log"},
    {OPT_SECRETS_OPCUA, "OPC UA key log"},
    {OPT_SECRETS_WIREGUARD, "WireGuard key log"},
    {OPT_SECRETS_ZIGBEE_APS, "ZigBee APS key"},
    {OPT_SECRETS_ZIGBEE_NWK, "ZigBee NWK key"},
};

static const struct opt_name_record name_records[] = {
    {0, 0, 1672, "nrb_record_end"},
    {1, 4, 1691, "nrb_record_ipv4"},
    {2, 16, 1700, "nrb_record_ipv6"},
    {3, 6, 1710, "nrb_record_eui48"},
    {4, 8, 1727, "nrb_record_eui64"},
};

/* [pcapng L1477-1510] */
static const struct opt_packet_flag packet_flags[] = {
    {3u, 1u, "inbound"},
    {3u, 2u, "outbound"},
    {7u << 2, 1u << 2, "unicast"},
    {7u << 2, 2u << 2, "multicast"},
    {7u << 2, 3u << 2, "broadcast"},
    {7u << 2, 4u << 2, "promiscuous"},
    {1u << 9, 1u << 9, "checksum_not_ready"},
    {1u << 10, 1u << 10, "checksum_valid"},
    {1u << 11, 1u << 11, "segmentation_offload"},
    {1u << 24, 1u << 24, "crc_error"},
    {1u << 25, 1u << 25, "too_long"},
    {1u << 26, 1u << 26, "too_short"},
    {1u << 27, 1u << 27, "wrong_gap"},
    {1u << 28, 1u << 28, "unaligned"},
    {1u << 29, 1u << 29, "start_delimiter_error"},
    {1u << 30, 1u << 30, "preamble_error"},
    {1u << 31, 1u << 31, "symbol_error"},
};

static const struct {
    const char *name;
    uint8_t len;
} hashes[] = {{"2s_complement", 0}, {"xor", 0}, {"crc32", 4}, {"md5", 16}, {"sha1", 20},
              {"toeplitz", 4}},
  verdicts[] = {{"hardware", 0}, {"linux_ebpf_tc", 8}, {"linux_ebpf_xdp", 8}};
/* clang-format on */

const struct opt_info *opt_block_table(uint32_t block_type, size_t *n)
{
    for (size_t i = 0; i < COUNT(blocks); i++) {
        if (blocks[i].block_type == block_type) {
            *n = blocks[i].n;
            return blocks[i].rows;
        }
    }
    *n = 0;
    return NULL;
}

static const struct opt_info *find(const struct opt_info *rows, size_t n, uint16_t code)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct opt_info *opt_info(uint32_t block_type, uint16_t code)
{
    size_t n;
    const struct opt_info *rows = opt_block_table(block_type, &n);
    const struct opt_info *row = find(common, COUNT(common), code);

    return row != NULL ? row : find(rows, n, code);
}

/* Binary search: link types are looked up for every interface of every file. */
const char *opt_link_type_name(uint32_t link_type)
{
    size_t low = 0;
    size_t high = COUNT(link_types);

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (link_types[mid].value == link_type) {
            return link_types[mid].name;
        }
        if (link_types[mid].value < link_type) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

bool opt_link_type_is_private(uint32_t link_type)
{
    return link_type >= 147 && link_type <= 162;
}

const char *opt_secrets_name(uint32_t secrets_type)
{
    for (size_t i = 0; i < COUNT(secrets); i++) {
        if (secrets[i].value == secrets_type) {
            return secrets[i].name;
        }
    }
    return NULL;
}

const struct opt_name_record *opt_name_record(uint16_t type)
{
    return type < COUNT(name_records) ? &name_records[type] : NULL;
}

const struct opt_packet_flag *opt_packet_flags(size_t *n)
{
    *n = COUNT(packet_flags);
    return packet_flags;
}

const char *opt_hash_name(uint8_t algorithm, uint8_t *len)
{
    if (algorithm >= COUNT(hashes)) {
        return NULL;
    }
    *len = hashes[algorithm].len;
    return hashes[algorithm].name;
}

const char *opt_verdict_name(uint8_t kind, uint8_t *len)
{
    if (kind >= COUNT(verdicts)) {
        return NULL;
    }
    *len = verdicts[kind].len;
    return verdicts[kind].name;
}
