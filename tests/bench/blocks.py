# SPDX-License-Identifier: Apache-2.0
"""Blocks of a little-endian pcapng or scap, whole and in order, by their type."""
import struct


def blocks(data):
    pos = 0
    while pos < len(data):
        kind, length = struct.unpack_from("<II", data, pos)
        yield kind, data[pos:pos + length]
        pos += length
