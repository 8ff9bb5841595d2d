/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - the first headers of a packet in one line of text.
 */
#ifndef SCAPF_RENDER_PACKET_H
#define SCAPF_RENDER_PACKET_H

#include "block/heads.h"
#include "bytes/out.h"

/* Append what the headers say, each item followed by a space: "vlan=7 tuple=10.0.0.1:80->10.0.0.2:9
 * flags=SYN|ACK data=0 ". Their name is not in it. */
void packet_text(struct out *o, const struct packet_heads *heads);

#endif
