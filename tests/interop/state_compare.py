#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""state_compare.py SCAPFMT FILE... - who did what to which descriptor, as sysdig 0.29.3 sees it.

For every event that sysdig shows, each field of FIELDS: `sysdig -p` against `print -c`. What
differs for a reason stands in EXPLAINED, is counted and printed; anything else fails.
"""
import collections
import os
import re
import subprocess
import sys

FIELDS = ['proc.name', 'proc.pid', 'proc.ppid', 'proc.exe', 'proc.exepath', 'proc.cmdline',
          'proc.cwd', 'user.name', 'container.id', 'fd.num', 'fd.name', 'fd.type']
OLD_CODES = 336  # sysdig 0.29.3 knows the codes below; it neither shows nor counts the others
ENTER_FD_LOST = {b'mmap', b'mmap2'}


class Event:
    """One event: what decides whether a difference has a reason."""

    def __init__(self, kind, direction, tid, code, latency, args):
        self.kind, self.direction, self.tid, self.code = kind, direction, tid, code
        self.alone = direction == b'<' and latency == b'-'
        self.args = args
        self.reasons = set()  # why fields of this event differ, so far
        self.excused = set()  # and which do


class History:
    """What the events of one file so far did that 0.29.3 does not understand."""

    def __init__(self):
        self.new_fds = set()      # (tid's process, fd) made by calls it does not know
        self.told_cwd = {}        # thread -> directory that an execve carried
        self.new_exec = set()     # threads whose last execve told the file in a newer parameter
        self.new_users = set()    # names of users that events brought
        self.any_new = False      # there was an event of a code that it does not know
        self.own_group = set()    # processes that made a group of processes, and their children
        self.reconnected = set()  # threads that connected an IPv6 socket again
        self.named_otherwise = set()  # (process, fd) whose name differed for a reason

    def take(self, e, row):
        self.any_new = self.any_new or e.code >= OLD_CODES
        if e.code >= OLD_CODES:
            self.new_fds.add((row['proc.pid'], row['fd.num']))
        if e.kind == b'pipe2':
            for fd in re.findall(rb'fd[12]=(\d+)', e.args):
                self.new_fds.add((row['proc.pid'], fd))
        if e.code in (19, 3, 307, 27, 247, 61, 125, 103, 59) and e.direction == b'<':
            self.new_fds.discard((row['proc.pid'], row['fd.num']))
        if e.kind == b'setpgid' or row['proc.ppid'] in self.own_group:
            self.own_group.add(row['proc.pid'])
        if e.kind == b'useradded':
            m = re.search(rb' name=(\S+)', e.args)
            self.new_users.add(m.group(1) if m else b'')
        if e.kind in (b'execve', b'execveat') and e.direction == b'<':
            m = re.search(rb' cwd=(/\S*)', e.args)
            if m:
                self.told_cwd[row['proc.pid']] = m.group(1)
            if b'trusted_exepath=/' in e.args or b' filename=' in e.args:
                self.new_exec.add(row['proc.pid'])
        if e.kind in (b'clone', b'clone3', b'fork', b'vfork') and e.direction == b'<':
            m = re.match(rb'res=(\d+)', e.args)
            child = m.group(1) if m and m.group(1) != b'0' else row['proc.pid']
            if row['proc.ppid'] in self.told_cwd or row['proc.pid'] in self.told_cwd:
                self.told_cwd.setdefault(child, self.told_cwd.get(row['proc.pid']) or
                                         self.told_cwd.get(row['proc.ppid']))
            if row['proc.pid'] in self.new_exec or row['proc.ppid'] in self.new_exec:
                self.new_exec.add(child)


def unseen(e, h, field, row, o, s):
    return row['proc.name'] == b'' and field in ('proc.pid', 'proc.ppid', 'container.id',
                                                 'proc.cwd', 'user.name')


# id, text, test of (event, history, field, our row, our value, its value)
EXPLAINED = [
    ('MMAP_FD', '0.29.3 does not count mmap among the calls that use a descriptor',
     lambda e, h, f, r, o, s: e.kind in ENTER_FD_LOST and f.startswith('fd.') and s == b''),
    ('CONTAINER', 'of a container event 0.29.3 shows the container as if it were a process',
     lambda e, h, f, r, o, s: e.kind == b'container'),
    ('UNSEEN', 'a thread nothing described: 0.29.3 takes its id for a process on the host itself',
     unseen),
    ('NO_CGROUPS', 'no control groups are known: 0.29.3 takes the thread for one of the host',
     lambda e, h, f, r, o, s: f == 'container.id' and o == b'' and s == b'host'),
    ('NO_CWD', 'nothing tells the working directory: 0.29.3 shows the root',
     lambda e, h, f, r, o, s: f == 'proc.cwd' and o == b'' and s == b'/'),
    ('NEW_FD', 'the descriptor was made by a call that 0.29.3 does not know',
     lambda e, h, f, r, o, s: f.startswith('fd.') and (r['proc.pid'], r['fd.num']) in h.new_fds),
    ('NEW_USER', 'the user was brought by an event that 0.29.3 does not know',
     lambda e, h, f, r, o, s: f == 'user.name' and s == b'' and o in h.new_users),
    ('NEW_EXEPATH', 'the file of the program stands in a parameter that 0.29.3 does not know',
     lambda e, h, f, r, o, s: f == 'proc.exepath' and r['proc.pid'] in h.new_exec),
    ('CWD_LOST', 'execve of old drivers carries the directory; 0.29.3 shows none from then on',
     lambda e, h, f, r, o, s: f == 'proc.cwd' and s == b'' and h.told_cwd.get(r['proc.pid'])),
    ('NON_ASCII', '0.29.3 drops the bytes of paths that are not printable ASCII',
     lambda e, h, f, r, o, s: s == re.sub(rb'\\x[0-9a-f]{2}|[^ -~]', b'', o)),
    ('EXIT_FD', 'the exit itself names the descriptor, in a parameter that 0.29.3 does not know',
     lambda e, h, f, r, o, s: f.startswith('fd.') and e.direction == b'<' and
     re.search(rb'(^| )(fd|res)=' + re.escape(r['fd.num']) + rb'[( ]', e.args + b' ')),
    ('ALONE', 'an exit without its enter event: 0.29.3 shows descriptor 0, or the one used last',
     lambda e, h, f, r, o, s: f.startswith('fd.') and e.alone and o == b''),
    ('FROM_TUPLE', 'nothing told what the descriptor is before a call carried its addresses',
     lambda e, h, f, r, o, s: f in ('fd.name', 'fd.type') and s == b'' and
     r['fd.type'] in (b'ipv4', b'ipv6', b'unix')),
    ('GUESSED_ADDRESS', 'a socket without an address of its own: 0.29.3 takes one of the host',
     lambda e, h, f, r, o, s: f == 'fd.name' and re.match(rb'(:::0|0\.0\.0\.0:\d+)->', o) and
     o.split(b'->')[1:] == s.split(b'->')[1:]),
    ('RECONNECT', '0.29.3 does not follow an IPv6 socket to another address',
     lambda e, h, f, r, o, s: f == 'fd.name' and r['fd.type'] == b'ipv6' and b'->' in o and
     o.split(b'->')[0] == s.split(b'->')[0]),
    ('NULL_TUPLE', 'an accept without addresses: 0.29.3 calls the descriptor NULL',
     lambda e, h, f, r, o, s: f == 'fd.name' and s == b'NULL'),
    ('WANTED', 'an open that failed, without its enter event: 0.29.3 shows an earlier path',
     lambda e, h, f, r, o, s: f == 'fd.name' and e.alone and e.kind.startswith(b'open') and
     r['fd.num'] == b''),
    ('CONNECT_ENTER', 'at the enter of connect 0.29.3 takes the address asked for as the name',
     lambda e, h, f, r, o, s: f == 'fd.name' and e.kind == b'connect' and e.direction == b'>' and
     s in e.args),
    ('UNIX_SENT', '0.29.3 takes the empty address of a datagram for the name of a unix socket pair',
     lambda e, h, f, r, o, s: f == 'fd.name' and r['fd.type'] == b'unix' and
     o == b'' and re.fullmatch(rb'[0-9a-f]+->[0-9a-f]+ ', s)),
    ('PLUGIN', 'plugin events are of no thread of the host',
     lambda e, h, f, r, o, s: e.kind == b'pluginevent'),
]


def escape(raw):
    """What scapfmt print makes of control characters."""
    return re.sub(rb'[\x00-\x1f\x7f]', lambda m: b'\\x%02x' % m.group(0)[0], raw)


def plain(field, value):
    """Values that mean the same: nothing known, and a directory with its last slash."""
    if value in (b'<NA>', b'-1', b'-'):
        return b''
    if field == 'proc.cwd' and len(value) > 1:
        return value.rstrip(b'/')
    return value


class Judge:
    def __init__(self, scapfmt, name, fields, explained):
        self.scapfmt, self.name, self.fields, self.explained = scapfmt, name, fields, explained
        self.sums = collections.Counter()
        self.reasons = collections.Counter()
        self.shown = collections.Counter()

    def column(self, path, columns):
        run = subprocess.run([self.scapfmt, 'print', '-c', columns, path], capture_output=True)
        if run.returncode not in (0, 1):  # 1: what is wrong with the capture is known
            print('FAIL %s %s: print ends with %d' % (self.name, path, run.returncode))
            sys.exit(1)
        return run.stdout.split(b'\n')[:-1]

    def columns(self, path):
        """A list of values for every field. Many in one run, unless values have spaces inside."""
        values = {}
        for start in range(0, len(self.fields), 30):
            group = self.fields[start:start + 30]
            rows = [line.split(b' ') for line in self.column(path, ','.join(group + ['ordinal']))]
            if len(group) > 1 and all(len(row) == len(group) + 1 for row in rows):
                values.update((f, [row[i] for row in rows]) for i, f in enumerate(group))
                continue
            for f in group:
                values[f] = [line[:line.rindex(b' ')] for line in self.column(path, f + ',ordinal')]
        return [values[f] for f in self.fields]

    def ours(self, path):
        """[(number, event, {field: value})] of the codes sysdig knows and counts, and of the
        others. The number is ours, which counts events that are not shown too."""
        fields = self.columns(path)
        for i, line in enumerate(self.column(path, 'num,code,dir,tid,latency,type,args')):
            num, code, direction, tid, latency, kind, *args = line.split(b' ', 6)
            if num.isdigit():
                yield (int(num), Event(kind, direction, tid, int(code), latency, b''.join(args)),
                       {f: plain(f, fields[k][i]) for k, f in enumerate(self.fields)})

    def theirs(self, path):
        form = '*%evt.num\x01' + ''.join('%' + f + '\x01' for f in self.fields) + '\x02'
        run = subprocess.run(['sysdig', '-r', path, '-p', form], capture_output=True)
        for row in run.stdout.split(b'\x02\n'):
            cells = row.split(b'\x01')
            if len(cells) == len(self.fields) + 2:
                yield int(cells[0]), cells[1:-1]

    def field(self, where, e, history, field, row, theirs):
        o, s = row[field], plain(field, escape(theirs))
        self.sums['compared'] += 1
        if o == s:
            self.sums['equal'] += 1
            return
        for name, _, test in self.explained:
            if test(e, history, field, row, o, s):
                self.sums['explained'] += 1
                self.reasons[name] += 1
                e.reasons.add(name)
                e.excused.add(field)
                if field == 'fd.name':
                    history.named_otherwise.add((row['proc.pid'], row['fd.num']))
                return
        self.sums['different'] += 1
        self.shown[field] += 1
        if self.shown[field] <= 2:
            print('  %s %s %s: %s: ours %r, sysdig %r' % (where, e.direction.decode(),
                                                          e.kind.decode(), field, o, s))

    def file(self, path):
        name = os.path.basename(path)
        before = collections.Counter(self.sums)
        self.shown.clear()
        theirs = dict(self.theirs(path))
        history = History()
        new = 0
        for n, e, row in self.ours(path):
            history.take(e, row)
            new += e.code >= OLD_CODES
            n -= new
            if e.code < OLD_CODES and n in theirs:
                for field, value in zip(self.fields, theirs[n]):
                    self.field('%s event %d' % (name, n), e, history, field, row, value)
        sums = {k: self.sums[k] - before[k] for k in ('compared', 'equal', 'explained', 'different')}
        text = '%(compared)d compared, %(equal)d equal, %(explained)d explained, ' \
               '%(different)d different' % sums
        if not sums['compared']:
            print('SKIP %s %s: the judge shows none of its events' % (self.name, name))
        else:
            print('%s %s %s: %s' % ('FAIL' if sums['different'] else 'PASS', self.name, name, text))
            for field, n in self.shown.most_common():
                print('  %6d %s' % (n, field))

    def all(self, paths):
        """Every file, then the reasons and the sums; the exit status."""
        for path in paths:
            self.file(path)
        texts = {name: text for name, text, _ in self.explained}
        for name, n in sorted(self.reasons.items()):
            print('  %6d %-15s %s' % (n, name, texts[name]))
        s = self.sums
        print('  %s: %d fields compared, %d equal, %d explained, %d different (%d files)' %
              (self.name, s['compared'], s['equal'], s['explained'], s['different'], len(paths)))
        if not s['compared']:
            print('FAIL %s: nothing was compared' % self.name)
        return 1 if s['different'] or not s['compared'] else 0


if __name__ == '__main__':
    sys.exit(Judge(sys.argv[1], 'state', FIELDS, EXPLAINED).all(sys.argv[2:]))
