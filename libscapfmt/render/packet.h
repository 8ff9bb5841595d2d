/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - the first headers of a packet in one line of text.
 */
#ifndef SCAPF_RENDER_PACKET_H
#define SCAPF_RENDER_PACKET_H

#include "bytes/out.h"

/* Append what the headers say, each item followed by a space: "vlan=7 tuple=10.0.0.1:80->10.0.0.2:9
 * flags=SYN|ACK data=0 ". Returns the name of the innermost protocol that was recognised; "packet"
 * when the link type is not known here. bytes are len bytes of a packet of this link type. */
const char *packet_text(struct out *o, uint16_t link_type, const uint8_t *bytes, size_t len);

#endif
