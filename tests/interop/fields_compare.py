#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fields_compare.py SCAPFMT FILE... - the fields of the filter language beside those of state_compare.py,
event by event, as sysdig 0.29.3 shows them.
"""
import sys
import xml.etree.ElementTree as ET

from odd_capture import SYSCALLS as OLD_SYSCALLS
from state_compare import EXPLAINED, Judge

CONTEXT = 'proc.name proc.pid proc.ppid proc.sid container.id fd.num fd.name fd.type'
FIELDS = (CONTEXT + """
evt.datetime evt.datetime.s evt.time.s evt.time.iso8601 evt.rawtime.s evt.rawtime.ns evt.reltime.s
evt.latency.human evt.wait_latency evt.category evt.io_dir evt.res evt.rawres evt.buflen
evt.count.error.file evt.count.error.net evt.count.error.memory evt.count.error.other
evt.is_io_read evt.is_wait evt.is_syslog evt.is_open_read evt.is_open_write evt.is_open_exec
evt.abspath evt.abspath.src evt.abspath.dst
proc.nthreads proc.nchilds proc.loginshellid proc.fdopencount proc.fdusage proc.fdlimit proc.vmsize
proc.vmrss proc.vmswap thread.vmsize thread.vmrss thread.pfmajor thread.pfminor thread.exectime
thread.totexectime
proc.sname proc.tty proc.vpgid proc.vpid thread.vtid thread.ismain proc.aname[1] proc.apid[1]
proc.pcmdline proc.is_exe_writable thread.cgroups thread.cgroup.cpu proc.env
user.homedir user.shell user.loginuid user.loginname group.gid group.name
container.name container.image container.image.id container.type container.privileged
container.mounts container.mount[0] container.mount.source[0] container.mount.dest[0]
container.image.repository container.image.tag container.image.digest container.healthcheck
container.liveness_probe container.readiness_probe
fd.cip fd.sip fd.lip fd.rip fd.cport fd.sport fd.lport fd.rport fd.cproto fd.sproto fd.lproto
fd.rproto fd.name_changed fd.l4proto fd.sockfamily fd.is_server fd.connected fd.uid fd.containername
fd.containerdirectory fd.directory fd.filename fd.dev fd.dev.major fd.dev.minor fd.typechar
syslog.facility.str syslog.facility syslog.severity.str syslog.severity syslog.message
fdlist.nums fdlist.names fdlist.cips fdlist.sips fdlist.cports fdlist.sports
""").split()

OLD_CALLS = {call.get('name').encode()
             for call in ET.parse('schemas/syscalls.xml').getroot().find('syscalls')
             if int(call.get('code')) < OLD_SYSCALLS}
SIDES = ('fd.lip', 'fd.rip', 'fd.lport', 'fd.rport', 'fd.lproto', 'fd.rproto', 'fd.is_server')
USAGE = ('proc.vmsize', 'proc.vmrss', 'proc.vmswap', 'thread.vmsize', 'thread.vmrss',
         'thread.pfmajor', 'thread.pfminor')

# As in state_compare.py: id, text, test of (event, history, field, our row, our value, its value).
MORE = [
    ('NO_THREAD', 'nothing is known of the thread: 0.29.3 takes it for one of the host, with zeros',
     lambda e, h, f, r, o, s: r['proc.name'] == b'' and o == b''),
    ('SERVICE', '0.29.3 names services only when it may look up names, and none of listening sockets',
     lambda e, h, f, r, o, s: f in ('fd.cproto', 'fd.sproto', 'fd.lproto', 'fd.rproto')),
    ('SIDES', 'it takes every connection to a local port for incoming, and accepted ones of old '
     'events not', lambda e, h, f, r, o, s: f in SIDES),
    ('LISTENS', 'a socket that only listens has no client: 0.29.3 shows port 0',
     lambda e, h, f, r, o, s: f == 'fd.cport' and o == b'' and s == b'0'),
    ('L4PROTO', 'the arguments of socket() tell it; 0.29.3 waits for an address',
     lambda e, h, f, r, o, s: f == 'fd.l4proto' and s == b''),
    ('NAMELESS', '0.29.3 makes up a nameless descriptor where none is known',
     lambda e, h, f, r, o, s: f.startswith('fd.') and r['fd.name'] == b'' and
     (s in (b':', b':/', b'/', b'false') or f in ('fd.uid', 'fd.typechar', 'fd.dev', 'fd.dev.major',
                                                  'fd.dev.minor'))),
    ('PADDED', '0.29.3 writes nanoseconds with nine digits',
     lambda e, h, f, r, o, s: f == 'evt.rawtime.ns' and o.zfill(9) == s),
    ('UNREAD', '0.29.3 does not read all descriptors of this list, and takes the rest as they come',
     lambda e, h, f, r, o, s: f in ('proc.fdopencount', 'proc.fdusage', 'fd.dev', 'fd.dev.major',
                                    'fd.dev.minor', 'evt.count.error.net', 'evt.count.error.other',
                                    'fd.uid', 'fd.typechar', 'fd.connected', 'fd.directory',
                                    'fd.containername', 'fd.containerdirectory', 'fd.sockfamily')
     and (r['fd.type'] in (b'', b'unix', b'event', b'eventpoll') or f[:2] != 'fd')),
    ('NO_SESSION', 'the session is not known: 0.29.3 shows the eldest process without one',
     lambda e, h, f, r, o, s: f == 'proc.sname' and r['proc.sid'] == b'' and o == b''),
    ('NO_GROUP', 'the group is not known: 0.29.3 shows its mark for that',
     lambda e, h, f, r, o, s: f == 'group.gid' and int(s) & 0xffffffff == 0xffffffff),
    ('SWITCH', 'of a switch 0.29.3 shows the time of the call that the thread is in',
     lambda e, h, f, r, o, s: f == 'evt.latency.human' and e.kind == b'switch'),
    ('WANTED_NAME', 'of an open that failed 0.29.3 shows the directory, and not the file in it',
     lambda e, h, f, r, o, s: f == 'fd.filename' and r['fd.num'] == b'' and s == b''),
    ('BOUND', 'before it is connected 0.29.3 shows no end of a socket that is bound',
     lambda e, h, f, r, o, s: f in ('fd.sip', 'fd.sport') and s == b'' and
     r['fd.type'] in (b'ipv4', b'ipv6') and b'->' not in r['fd.name']),
    ('AS_NAME', 'a part of a name that differs for a reason',
     lambda e, h, f, r, o, s: f.startswith('fd.') and
     e.reasons & {'FROM_TUPLE', 'GUESSED_ADDRESS', 'RECONNECT'}),
    ('RENAMED', 'whether a call brought another name follows from names that differ for a reason',
     lambda e, h, f, r, o, s: f == 'fd.name_changed' and
     e.kind in (b'connect', b'sendto', b'sendmsg', b'recvfrom', b'recvmsg') and
     (r['proc.pid'], r['fd.num']) in h.named_otherwise),
    ('AS_TYPE', 'calls that move data have the category of their descriptor, whose type differs',
     lambda e, h, f, r, o, s: f == 'evt.category' and 'fd.type' in e.excused),
    ('HIDDEN_TTY', 'it does not read the terminal from those lists, nor the name of who logged in',
     lambda e, h, f, r, o, s: (f == 'proc.tty' and s == b'0') or
     (f == 'user.loginuid' and int(s or b'0') < -1) or
     (f == 'user.loginname' and s == b'' and 'user.loginuid' in e.excused)),
    ('BEGIN', 'time begins with the first event that 0.29.3 knows',
     lambda e, h, f, r, o, s: f == 'evt.reltime.s' and h.any_new and int(o) >= int(s)),
    ('NO_ENTER', 'without its enter event there is no latency: 0.29.3 shows 0',
     lambda e, h, f, r, o, s: f == 'evt.wait_latency' and e.alone and s == b'0'),
    ('CHILD', 'of a fork that returns in the child 0.29.3 shows the time since its parent called',
     lambda e, h, f, r, o, s: f == 'evt.latency.human' and o == b'0ns' and
     e.kind in (b'clone', b'clone3', b'fork', b'vfork') and e.args.startswith(b'res=0')),
    ('BLANK', 'an environment of blanks, which a process wrote over: 0.29.3 shows none',
     lambda e, h, f, r, o, s: f == 'proc.env' and o.strip() == s),
    ('IMAGE', 'old events tell of an image only: 0.29.3 does not look into its name',
     lambda e, h, f, r, o, s: s == b'' and r['container.image'] and
     f in ('container.image.repository', 'container.image.tag')),
    ('GID', '0.29.3 keeps a group of 32 bits in 64, with what its memory held',
     lambda e, h, f, r, o, s: f == 'group.gid' and o.isdigit() and int(s) & 0xffffffff == int(o)),
    ('NO_SLASH', 'of a name without a directory 0.29.3 shows a slash',
     lambda e, h, f, r, o, s: f in ('fd.directory', 'fd.filename', 'fd.containerdirectory') and
     o == b'' and s in (b'/', b':/') and b'/' not in r['fd.name']),
    ('OWN_GROUP', 'of a call that made a group of processes 0.29.3 does not take the result',
     lambda e, h, f, r, o, s: f == 'proc.vpgid' and r['proc.pid'] in h.own_group),
    ('BROUGHT', 'the user was brought by an event that 0.29.3 does not know',
     lambda e, h, f, r, o, s: h.new_users and s == b'' and
     f in ('user.homedir', 'user.shell', 'group.name')),
    ('OTHER_ERROR', 'what the failed call was about is not known to 0.29.3',
     lambda e, h, f, r, o, s: f == 'evt.count.error.file' and s == b'' and
     (r['proc.pid'], r['fd.num']) in h.new_fds),
    ('NEW_CALL', 'a call that 0.29.3 does not know, or that only the number of the kernel tells',
     lambda e, h, f, r, o, s: f == 'evt.category' and e.code < 2 and
     (e.kind not in OLD_CALLS or e.args.startswith(b'ID=0('))),
    ('NO_LIST', 'of a list without a known descriptor 0.29.3 shows nothing',
     lambda e, h, f, r, o, s: f.startswith('fdlist.') and s == b'' and
     o.replace(b'<NA>', b'').strip(b',') == b''),
    ('NO_DEVICE', 'sockets lie on no device: 0.29.3 shows what its memory held',
     lambda e, h, f, r, o, s: f.startswith('fd.dev') and o == b'0'),
    ('LOGIN', '0.29.3 does not read the user who logged in from process lists V9',
     lambda e, h, f, r, o, s: f in ('user.loginuid', 'user.loginname') and o in (b'', b'<NA>')),
    ('MMAP_DIR', 'mmap is about a descriptor here, and its category that of memory in both',
     lambda e, h, f, r, o, s: e.kind.startswith(b'mmap') and f.startswith('fd.')),
    ('BUFLEN', '0.29.3 tells it of some reads and writes only',
     lambda e, h, f, r, o, s: f == 'evt.buflen'),
    ('USAGE', 'memory is that of the process: 0.29.3 keeps it with the thread that told it',
     lambda e, h, f, r, o, s: f in USAGE),
    ('MAKER', 'of a thread 0.29.3 names the thread that made it, not the parent of its process',
     lambda e, h, f, r, o, s: f in ('proc.pcmdline', 'proc.aname[1]', 'proc.apid[1]') and
     e.tid != r['proc.pid']),
    ('NO_LORE', 'no event told of the container: 0.29.3 knows that it has no probe',
     lambda e, h, f, r, o, s: f.startswith('container.') and o == b'' and s == b'NONE'),
    ('OLD_EXEC', 'this age of execve does not tell whether the file may be written',
     lambda e, h, f, r, o, s: f == 'proc.is_exe_writable' and o == b'false'),
    ('ENTER_PATH', 'the path stands in the enter event: 0.29.3 shows it there only',
     lambda e, h, f, r, o, s: f.startswith('evt.abspath') and s == b''),
]

if __name__ == '__main__':
    sys.exit(Judge(sys.argv[1], 'fields', FIELDS, MORE + EXPLAINED).all(sys.argv[2:]))
