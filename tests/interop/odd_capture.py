#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""odd_capture.py SCHEMAS OUT [GENERIC] - a capture with every event sysdig 0.29.3 knows, in odd values.

Real captures hold few kinds of events and tame values. This one has each code with values of each
parameter type that are at the edges: negative numbers where none are expected, all flags, names
with quotes and bytes that are no UTF-8, addresses of every family, every descriptor type. GENERIC
is one with the generic event of every system call that it knows.
"""
import glob
import os
import struct
import sys
import xml.etree.ElementTree as ET

# Codes whose parsers in sysdig 0.29.3 stop or crash on values that are not their own: tracers hold
# pointers, plugin events need their plugin, containers and Kubernetes hold JSON, 0 and 1 index a
# table without a bound, execveat looks at an enter event that is not there.
LEFT_OUT = {0, 1, 196, 228, 244, 246, 260, 262, 268, 269, 272, 288, 322, 324, 330, 331}
TYPES_LEFT_OUT = {'CHARBUFARRAY', 'CHARBUF_PAIR_ARRAY'}
CODES = 336
SYSCALLS = 329
LARGE = {322, 324}


def block(kind, body):
    body += b'\0' * (-len(body) % 4)
    size = struct.pack('<I', len(body) + 12)
    return struct.pack('<I', kind) + size + body + size


def str16(text):
    return struct.pack('<H', len(text)) + text


def process(tid, pid, comm, flags):
    body = struct.pack('<qqqqq', tid, pid, 1, pid, pid) + str16(comm) + str16(b'/bin/x') * 2
    body += str16(b'-a\0') + str16(b'/home/u/') + struct.pack('<qIII', 1024, flags, 1000, 1000)
    body += struct.pack('<IIIQQ', 1, 2, 3, 4, 5) + str16(b'A=B\0')
    body += struct.pack('<qq', tid, pid) + str16(b'cpu=/\0') + str16(b'/')
    return struct.pack('<I', len(body) + 4) + body


def descriptor(fd, kind, rest):
    body = struct.pack('<qQB', fd, 77, kind) + rest
    return struct.pack('<I', len(body) + 4) + body


def descriptors():
    ip4 = bytes([10, 0, 0, 5, 8, 8, 8, 8])
    mapped = b'\0' * 10 + b'\xff\xff'
    yield 1, str16(b'/tmp/file')
    yield 2, str16(b'/dir')
    for proto in range(6):
        yield 3, ip4 + struct.pack('<HHB', 1234, 53, proto)
    yield 3, bytes([10, 0, 0, 5, 9, 9, 9, 9]) + struct.pack('<HHB', 80, 40000, 2)
    yield 4, mapped + b'\1\2\3\4' + mapped + b'\5\6\7\x08' + struct.pack('<HHB', 1, 2, 2)
    yield 4, b'\0' * 15 + b'\1' + b'\0' * 15 + b'\2' + struct.pack('<HHB', 1, 2, 0)
    yield 5, bytes(4) + struct.pack('<HB', 80, 2)
    yield 6, bytes(16) + struct.pack('<HB', 443, 2)
    yield 8, struct.pack('<QQ', 0x1234, 0) + str16(b'/run/socket')
    yield 8, struct.pack('<QQ', 0x1234, 0) + str16(b'')
    for kind in (7, 9, 10, 11, 12, 13, 14, 15):
        yield kind, str16(b'name%d' % kind)
    yield 16, struct.pack('<I', 1) + str16(b'/v2') + struct.pack('<I', 5)


VALUES = {
    'INT8': [b'\0', b'\x7f', b'\x80', b'\xff'],
    'INT16': [struct.pack('<h', v) for v in (0, -1, -32768, 300)],
    'INT32': [struct.pack('<i', v) for v in (0, -1, 1 << 30, -100)],
    'INT64': [struct.pack('<q', v) for v in (5, -1, 1 << 62, -1 << 63)],
    'UINT8': [b'\0', b'\xff', b'\7', b'\x80'],
    'UINT16': [struct.pack('<H', v) for v in (0, 65535, 8, 1000)],
    'UINT32': [struct.pack('<I', v) for v in (0, 0xffffffff, 0o644, 1 << 31)],
    'UINT64': [struct.pack('<Q', v) for v in (0, (1 << 64) - 1, 0xABCDEF, 1 << 63)],
    'CHARBUF': [b'plain\0', b'two words=x (y)\0', b'"\\\t\n\x01\x7f\0', b'\xc3\xa9\xff\xe2\x82\xac\0'],
    'BYTEBUF': [b'GET / HTTP/1.0\r\n', b'x' * 80, b'y' * 81 + b'\0', b'\xc3\xa9\0"\\'],
    'ERRNO': [struct.pack('<q', v) for v in (0, -2, -512, -99999)],
    'FD': [struct.pack('<q', v) for v in (-100, 3, -9, 7)],
    'PID': [struct.pack('<q', v) for v in (100, 0, -1, 555)],
    'SOCKADDR': [b'\2\1\2\3\4\x35\0', b'\x0a' + b'\0' * 15 + b'\1\x35\0', b'\1/run/x\0', b'\x10'],
    'SOCKTUPLE': [b'\2\1\2\3\4\x35\0\5\6\7\x08\x50\0',
                  b'\x0a' + b'\0' * 15 + b'\1\x35\0' + b'\0' * 15 + b'\2\x36\0',
                  b'\x0a' + bytes(16) + b'\x35\0' + bytes(16) + b'\x36\0',
                  b'\1' + struct.pack('<QQ', 0xabc, 0) + b'/run/x\0'],
    'FDLIST': [struct.pack('<HqH', 1, 3, 1), struct.pack('<HqHqH', 2, 99, 5, 4, 0x19),
               struct.pack('<H', 0), struct.pack('<HqH', 1, 8, 0x7fff)],
    'FSPATH': [b'/etc/passwd\0', b'rel/./x\0', b'../up\0', b'a b(c)\0'],
    'FSRELPATH': [b'/etc/passwd\0', b'rel/x\0', b'./y\0', b'z\0'],
    'SYSCALLID': [struct.pack('<H', v) for v in (3, 5, 100, 8)],
    'SIGTYPE': [b'\0', b'\x09', b'\x0b', b'\xff'],
    'RELTIME': [struct.pack('<Q', v) for v in (0, 1500000000, (1 << 64) - 1, 123456789012345)],
    'ABSTIME': [struct.pack('<Q', v) for v in (0, 1500000000123456789, 1, 1700000000 * 10**9)],
    'DYN': [b'\0' + struct.pack('<q', 3), b'\0' + struct.pack('<q', -2), b'\x63z', b'\0' * 9],
    'FLAGS8': [b'\0', b'\1', b'\x03', b'\x80'],
    'FLAGS16': [struct.pack('<H', v) for v in (0, 1, 3, 0x8000)],
    'FLAGS32': [struct.pack('<I', v) for v in (0, 1, 0x12, 0x80000000)],
    'UID': [struct.pack('<I', v) for v in (1000, 0xffffffff, 7, 0)],
    'GID': [struct.pack('<I', v) for v in (1000, 0xffffffff, 7, 0)],
    'SIGSET': [struct.pack('<I', v) for v in (0, 0xffffffff, 5, 1 << 31)],
    'MODE': [struct.pack('<I', v) for v in (0, 0o644, 0o7777, 0o1000)],
    'IPV4ADDR': [b'\1\2\3\4'] * 4,
    'BOOL': [struct.pack('<I', v) for v in (0, 1, 2, 3)],
}
for _bits in ('8', '16', '32'):
    VALUES['ENUMFLAGS' + _bits] = VALUES['FLAGS' + _bits]


SOCKOPT_VALUES = [b'\0ab', b'\1' + struct.pack('<q', -2), b'\2' + struct.pack('<I', 7),
                  b'\4' + struct.pack('<Q', 2500000000)]


def values(code, kind):
    return SOCKOPT_VALUES if kind == 'DYN' and code in (45, 47) else VALUES[kind]


def event(number, code, params, tid=None):
    wide = code in LARGE
    body = struct.pack('<QqIHI', 1700000000 * 10**9 + number * 1000001, 100 + code // 2 % 4 if tid is None else tid,
                       26 + sum(map(len, params)) + len(params) * (4 if wide else 2), code,
                       len(params))
    body += b''.join(struct.pack('<I' if wide else '<H', len(p)) for p in params)
    return block(0x221 if wide else 0x216, struct.pack('<H', number % 3) + body + b''.join(params))


def events(schemas):
    for path in sorted(glob.glob(os.path.join(schemas, 'events-*.xml'))):
        for e in ET.parse(path).getroot().iter('event'):
            types = [p.get('type') for p in e.iter('param')]
            code = int(e.get('code'))
            if (code < CODES and code not in LEFT_OUT and not TYPES_LEFT_OUT & set(types)
                    and 'UNUSED' not in e.get('flags', '').split()):
                yield code, types


def generic_events():
    for sc in range(SYSCALLS):
        call = struct.pack('<H', sc)
        yield event(2 * sc + 1, 0, [call, call], 100)
        yield event(2 * sc + 2, 1, [call], 100)


def write(path, blocks):
    with open(path, 'wb') as f:
        f.write(b''.join(blocks))


def main():
    schemas, path = sys.argv[1:3]
    users = b''.join(struct.pack('<I', len(b) + 4) + b for b in (
        b'\0' + struct.pack('<II', 1000, 1000) + str16(b'us\xc3\xa9r') + str16(b'/h') * 2,
        b'\1' + struct.pack('<I', 1000) + str16(b'grp')))
    eth0 = struct.pack('<HH', 1, 4) + bytes([10, 0, 0, 5, 255, 255, 255, 0, 10, 0, 0, 255])
    eth0 += struct.pack('<Q', 0) + b'eth0'
    host = [
        block(0x0A0D0D0A, struct.pack('<IHHQ', 0x1A2B3C4D, 1, 2, (1 << 64) - 1)),
        block(0x201, struct.pack('<IQQ128sQQQQ', 4, 1 << 30, 0, b'odd', 0, 0, 0, 0)),
        block(0x219, struct.pack('<I', len(eth0)) + eth0),
        block(0x220, users),
    ]
    for generic in sys.argv[3:]:
        write(generic, host + [block(0x215, process(100, 100, b'plain', 0)), *generic_events()])
    blocks = host + [
        block(0x215, process(100, 100, b'plain', 0) + process(101, 100, b'q"\\\t\x01\x7f', 1) +
              process(102, 102, b'\xc3\xa9\xff\xe2\x82\xac', 0) +
              process(103, 103, b'\xf0\x9f\x98\x80\xed\xa0\x80x', 0)),
        block(0x218, struct.pack('<q', 100) +
              b''.join(descriptor(3 + i, k, r) for i, (k, r) in enumerate(descriptors()))),
        block(0x218, struct.pack('<q', 102) + descriptor(3, 1, str16(b'/own'))),
    ]
    number = 0
    for fd in range(3, 30):  # before anything changes a name
        number += 1
        blocks.append(event(number, 6, [struct.pack('<q', fd), VALUES['UINT32'][2]], 100))
    for variant in range(4):
        for code, types in sorted(events(schemas)):
            number += 1
            blocks.append(event(number, code, [values(code, t)[(variant + i) % 4 if i else variant]
                                               for i, t in enumerate(types)]))
    write(path, blocks)


if __name__ == '__main__':
    main()
