#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sysdig_compare.py SCAPFMT SCHEMAS FILE... - what sysdig 0.29.3 shows against what scapfmt shows.

For every event that sysdig prints: number, time, cpu, thread, direction, type and each argument,
once as text (-p '%evt.num ... %evt.args' against print -c), once as JSON (-j against convert -t
sysdig-json). What differs for a reason stands in EXPLAINED, is counted, and is printed; anything
else is a difference and fails. What numbers and paths resolve to (names of descriptors, processes,
users, whole paths) is compared like the values themselves.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

FORMAT = '%evt.num %evt.rawtime %evt.cpu %thread.tid %evt.dir %evt.type %evt.args'
COLUMNS = 'num,rawtime,cpu,tid,dir,type,code,args'
OLD_CODES = 336  # sysdig 0.29.3 knows the codes below; it neither shows nor counts the others
LINE = re.compile(rb'(\d+) (\d+) (\d+) (-?\d+) ([<>]) (\S*) ?(.*)', re.S)
JSON_KEYS = ['evt.cpu', 'evt.dir', 'evt.info', 'evt.num', 'evt.outputtime', 'evt.type',
             'proc.name', 'thread.tid']

NUMERIC = {'FD', 'PID', 'ERRNO', 'UID', 'GID', 'SYSCALLID', 'SIGTYPE', 'RELTIME', 'MODE', 'FD32',
           'PID32', 'FLAGS8', 'FLAGS16', 'FLAGS32', 'ENUMFLAGS8', 'ENUMFLAGS16', 'ENUMFLAGS32',
           'INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64'}
PATHS = {'FSPATH', 'FSRELPATH'}
STATE = {'FD', 'PID'} | PATHS

# Parameters whose name changed after 0.29.3: current name -> names it had.
RENAMED = {b'vpgid': [b'pgid'], b'plugin_id': [b'plugin ID']}

# Results that were of another type: (code, parameter).
RETYPED = {(295, b'res')}  # setpgid: a process id in 0.29.3

# Its result is a descriptor only with F_DUPFD; 0.29.3 names every one.
FCNTL_RES = (151, b'res')

# System calls and events whose name changed after 0.29.3.
TYPES = {b'rt_sigreturn': b'sigreturn'}

# Reasons why sysdig 0.29.3 differs although nothing is wrong here: id, text, test of
# (type of the parameter, our value, its value, our resolved name, its resolved name).
EXPLAINED = [
    ('EMPTY_BUFFER', 'an empty buffer or list is nothing in 0.29.3, NULL in current libs',
     lambda t, o, s, orr, sr: o == b'NULL' and s == b'' and t in ('BYTEBUF', 'FDLIST', 'DYN')),
    ('EMPTY_ADDRESS', 'an empty address is NULL in 0.29.3, <NA> in current libs',
     lambda t, o, s, orr, sr: o == b'<NA>' and s == b'NULL' and t == 'SOCKADDR'),
    ('NULL_TEXT', '"(NULL)" of old drivers is shown as it is in 0.29.3, <NA> in current libs',
     lambda t, o, s, orr, sr: o == b'<NA>' and s == b'(NULL)'),
    ('STALE_EMPTY', '0.29.3 shows for an empty parameter what stood before or stands behind it',
     lambda t, o, s, orr, sr: o in (b'<NA>', b'NULL')),
    ('NON_ASCII', '0.29.3 drops the bytes of paths and user names that are not printable ASCII',
     lambda t, o, s, orr, sr: t in PATHS | {'SOCKADDR', 'SOCKTUPLE'} and
     s == re.sub(rb'\\x[0-9a-f]{2}|[^ -~]', b'', o) or t in ('UID', 'GID') and
     sr == re.sub(rb'[^ -~]', b'', orr)),
    ('ADDRESS_RESULT', '0.29.3 takes the result of mmap for an address, not for an error number',
     lambda t, o, s, orr, sr: t == 'ERRNO' and re.fullmatch(rb'[0-9A-F]+', s) and
     int(o) & (1 << 64) - 1 == int(s, 16)),
    ('LAST_BLANKS', 'blanks that end a value are not told from those between values',
     lambda t, o, s, orr, sr: t == 'BYTEBUF' and s != b'' and o.rstrip(b' ') == s),
    ('NEW_TYPE', 'a user id that is a plain number in 0.29.3',
     lambda t, o, s, orr, sr: t in ('UID', 'GID') and o == s and orr and not sr),
    ('NEW_TYPE', 'a number that 0.29.3 writes to another base',
     lambda t, o, s, orr, sr: o != s and re.fullmatch(rb'[0-9A-F]+', o) and
     re.fullmatch(rb'\d+', s) and int(o, 16) == int(s)),
    ('ENUM_AS_BITS', '0.29.3 takes one of several values for a set of bits',
     lambda t, o, s, orr, sr: t.startswith('ENUM') and o == s and sr),
    ('STATE_HERE', 'what made the descriptor is a call or a parameter that 0.29.3 does not know',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and orr and not sr),
    ('L4_LOST', '0.29.3 forgets the transport protocol of a socket',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and
     re.sub(rb'^<(.)[tuir]>', rb'<\1>', orr) == sr),
    ('NON_ASCII', '0.29.3 drops the bytes of names that are not printable ASCII',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and
     sr == re.sub(rb'\\x[0-9a-f]{2}|[^ -~]', b'', orr)),
    ('RECONNECT', '0.29.3 does not follow an IPv6 socket to another address',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and orr.startswith(b'<6') and
     sr.startswith(b'<6') and b'->' in orr and b'->' in sr),
    ('NO_PROCESS', 'of a thread that nothing described there is no name; 0.29.3 shows <NA>',
     lambda t, o, s, orr, sr: t == 'PID' and o == s and not orr and sr == b'<NA>'),
    ('NO_BASE', 'the directory a path starts from is not known: 0.29.3 shows it without one',
     lambda t, o, s, orr, sr: t in PATHS and o == s and not orr and not sr.startswith(b'/')),
    ('NO_BASE', 'execve told the directory of a thread that no table lists: 0.29.3 leaves it out',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and orr.startswith(b'<f>/') and
     sr.startswith(b'<f>') and orr.endswith(b'/' + sr[3:])),
    ('CONNECT_ENTER', 'at the enter of connect 0.29.3 takes the address asked for as the name',
     lambda t, o, s, orr, sr: t == 'FD' and o == s and orr == b'<u>' and sr.startswith(b'<u>/')),
    ('INVALID_DYNAMIC', 'a value of no variant is only called invalid; here its bytes are shown',
     lambda t, o, s, orr, sr: t == 'DYN' and o.startswith(b'malformed:') and
     s == b'INVALID DYNAMIC PARAMETER'),
    ('NEW_NAMES', 'flag or value names that 0.29.3 does not have yet',
     lambda t, o, s, orr, sr: o == s and set(filter(None, sr.split(b'|'))) < set(orr.split(b'|'))
     and (t.endswith(('FLAGS8', 'FLAGS16', 'FLAGS32')) or t == 'MODE')),
]


def escape(raw):
    """What scapfmt print makes of file bytes: controls and invalid UTF-8 as \\xNN."""
    text = raw.decode('utf-8', 'surrogateescape')
    out = []
    for c in text:
        n = ord(c)
        if 0xDC80 <= n <= 0xDCFF:
            out.append('\\x%02x' % (n - 0xDC00))
        elif n < 32 or n == 127 or 128 <= n < 160:
            out.append(''.join('\\x%02x' % b for b in c.encode()))
        else:
            out.append(c)
    return ''.join(out).encode()


def load_schema(folder):
    events, new = {}, {}
    for path in glob.glob(os.path.join(folder, 'events-*.xml')):
        for e in ET.parse(path).getroot().iter('event'):
            code = int(e.get('code'))
            events[code] = [(p.get('name').encode(), p.get('type')) for p in e.iter('param')]
            # 0.29.3 is older than every release of the libraries with a number.
            new[code] = {p.get('name').encode() for p in e.iter('param')
                         if p.get('since', '').startswith('libs ')}
    return events, new


def split_args(args, params):
    """[(name as it stands there, type, value with what it resolves to)]"""
    out = []
    at = 0
    args = args.rstrip(b' ') if not args.endswith(b'= ') else args[:-1]
    for i, (name, kind) in enumerate(params):
        spelling = next((n for n in [name] + RENAMED.get(name, [])
                         if args.startswith(n + b'=', at)), None)
        if spelling is None:
            break
        start = at + len(spelling) + 1
        end = len(args)
        if i + 1 < len(params):
            following = [params[i + 1][0]] + RENAMED.get(params[i + 1][0], [])
            ends = [p for p in (args.find(b' ' + n + b'=', start - 1) for n in following) if p >= 0]
            end = min(ends) if ends else end
        out.append((spelling, kind, args[max(start, 0):max(start, end)]))
        at = end + 1
    return out, args[at:] if at <= len(args) else b''


def split_resolved(kind, value):
    if kind in NUMERIC:
        m = re.match(rb'([^(]*)\((.*)\)$', value, re.S)
    elif kind in PATHS:
        m = re.match(rb'(.*?)\((.*)\)$', value, re.S)
    else:
        m = None
    return (m.group(1), m.group(2)) if m else (value, b'')


class Judge:
    def __init__(self, scapfmt, schema):
        self.scapfmt = scapfmt
        self.schema, self.new_params = schema
        self.sums = collections.Counter()
        self.reasons = collections.Counter()
        self.shown = 0
        self.damaged_from = None  # number of the first event that follows a damaged one
        self.why = set()
        self.odd = False  # events of the file are made up and contradict one another
        self.stop = ''  # why sysdig did not read the file to its end

    def different(self, where, what):
        self.sums['different'] += 1
        if self.shown < 40:
            self.shown += 1
            print('  %s: %s' % (where, what))

    def reason(self, name):
        self.reasons[name] += 1

    def args(self, code, ours, theirs):
        """'' when equal or explained, else what differs. Fills self.why."""
        params = self.schema[code]
        o, o_rest = split_args(ours, params)
        s, s_rest = split_args(theirs, params)
        if s_rest:
            return 'cannot split %r' % theirs
        if len(o) < len(s):
            return 'fewer arguments: %r / %r' % (ours, theirs)
        for name, _, value in o[len(s):]:
            if name not in self.new_params[code]:
                return 'only here: %s=%r' % (name.decode(), value)
            self.why.add('MORE_ARGS')
        for (o_name, kind, o_all), (s_name, _, s_all) in zip(o, s):
            if o_name != s_name:
                self.why.add('RENAMED')
            if o_all == s_all:
                continue
            if (code, o_name) in RETYPED and split_resolved(kind, o_all)[0] == s_all:
                self.why.add('NEW_TYPE')
                continue
            if (code, o_name) == FCNTL_RES and re.fullmatch(re.escape(o_all) + rb'\(<.*', s_all):
                self.why.add('FCNTL_FLAGS')
                continue
            what = self.value(kind, o_all, s_all)
            if what:
                return '%s %s: %s' % (o_name.decode(), kind, what)
        return ''

    def value(self, kind, ours, theirs):
        if kind == 'FDLIST':  # the type letters come from state
            letters = [re.sub(rb':.', b':_', v) for v in (ours, theirs)]
            if letters[0] == letters[1] and self.odd:
                self.why.add('ODD_STATE')
                return ''
        o, orr = split_resolved(kind, ours)
        s, sr = split_resolved(kind, theirs)
        if kind == 'DYN' and self.odd and ours.split(b'(')[0] == theirs.split(b'(')[0]:
            self.why.add('ODD_STATE')  # one of its variants is a descriptor
            return ''
        if kind in PATHS and orr and not theirs.startswith(o):
            o, orr, s, sr = ours, b'', theirs, b''  # the path itself has parentheses
        if o == s and kind in STATE and self.odd:
            self.why.add('ODD_STATE')
            return ''
        for name, _, test in EXPLAINED:
            if test(kind, o, s, orr, sr):
                self.why.add(name)
                return ''
        return 'ours %r, sysdig %r' % (ours, theirs)

    def event(self, where, ours, theirs, args):
        """One event: ours and theirs are tuples of the plain fields."""
        self.sums['compared'] += 1
        self.why = set()
        ours = self.types(ours, theirs)
        if ours[:-1] != theirs[:-1]:
            self.different(where, 'ours %r, sysdig %r' % (ours, theirs))
            return
        what = '' if args[0].rstrip(b' ') == args[1].rstrip(b' ') else self.args(ours[-1], *args)
        if what:
            self.different(where, what)
        elif self.why:
            self.sums['explained'] += 1
            for name in self.why:
                self.reason(name)
        else:
            self.sums['equal'] += 1

    def types(self, ours, theirs):
        """ours, with the type as sysdig calls it where there is a reason."""
        i = 4 if isinstance(ours[4], bytes) else 3
        o, s = (v if isinstance(v, bytes) else (v or '<NA>').encode()
                for v in (ours[i], theirs[i]))
        if s == b'<unknown>' and ours[-1] < 2:
            self.why.add('CALL_UNKNOWN')
        elif s == b'<NA>' and ours[-1] < 2:
            self.why.add('CALL_NEW')
        elif TYPES.get(o) == s:
            self.why.add('RENAMED')
        else:
            return ours
        return ours[:i] + (theirs[i],) + ours[i + 1:]

    def our_events(self, path):
        """Events of codes sysdig knows, by the number sysdig gives them: ours, which counts the
        hidden ones too, less the events of codes that sysdig does not know."""
        run = subprocess.run([self.scapfmt, 'print', '-c', COLUMNS, path], capture_output=True)
        found = {}
        n = new = 0
        for line in run.stdout.split(b'\n')[:-1]:
            f = (line + b' ').split(b' ', 7)
            if f[0].isdigit() and int(f[6]) < OLD_CODES:
                n = int(f[0]) - new
                found[n] = (f, int(f[6]))
            elif f[0].isdigit():
                new += 1
            elif f[5].startswith(b'EV') and self.damaged_from is None:
                self.damaged_from = n + 1
        return found

    def beyond_damage(self, number):
        """sysdig reads parameters beyond the bounds of a damaged event, and counts on."""
        if self.damaged_from is None or number < self.damaged_from:
            return False
        self.sums['compared'] += 1
        self.sums['explained'] += 1
        self.reason('DAMAGE')
        return True

    def text(self, path, name):
        self.damaged_from = None
        ours = self.our_events(path)
        run = subprocess.run(['sysdig', '-r', path, '-p', FORMAT], capture_output=True)
        rows = []
        for line in run.stdout.split(b'\n')[:-1]:
            m = LINE.fullmatch(line)
            if m or not rows:
                rows.append(line)
            else:
                rows[-1] += b'\n' + line  # a value with a line feed
        for row in rows:
            s = LINE.fullmatch(row)
            if s is None:
                self.different(name, 'cannot read %r' % row)
                continue
            s = s.groups()
            if self.beyond_damage(int(s[0])):
                continue
            o = ours.get(int(s[0]))
            where = '%s event %d' % (name, int(s[0]))
            if o is None:
                self.different(where, 'not shown: %r' % row)
                continue
            f, code = o
            self.event(where, (f[1], f[2], f[3], f[4], f[5], code),
                       (s[1], s[2], s[3], s[4], s[5], code), (f[7], escape(s[6])))
        self.stopped(run)
        return ours

    def stopped(self, run):
        if run.returncode != 0:
            last = run.stderr.decode('utf-8', 'replace').strip().split('\n')[-1]
            self.stop = last or 'signal %d' % -run.returncode
            self.sums['stopped'] += 1

    def json(self, path, name, codes):
        ours = {}
        run = subprocess.run([self.scapfmt, 'convert', '-t', 'sysdig-json', path],
                             capture_output=True)
        new = {num for num, code in self.all_codes(path) if code >= OLD_CODES}
        shift = 0
        for line in run.stdout.split(b'\n')[:-1]:
            event = json.loads(line)
            ours[event['evt.num']] = (line, event)
        back = {}
        for num in range(1, max(ours, default=0) + 1):
            shift += num in new
            if num in ours and num not in new:
                back[num - shift] = ours[num]
        run = subprocess.run(['sysdig', '-j', '-r', path], capture_output=True)
        for line in run.stdout.split(b'\n')[:-1]:
            try:
                theirs = json.loads(line)
            except ValueError:
                continue  # a line that sysdig did not finish before it stopped
            where = '%s json %d' % (name, theirs['evt.num'])
            if self.beyond_damage(theirs['evt.num']):
                continue
            if theirs['evt.num'] not in back:
                self.different(where, 'not shown: %r' % line)
                continue
            self.object(where, codes, theirs, line, *back[theirs['evt.num']])

    def all_codes(self, path):
        run = subprocess.run([self.scapfmt, 'print', '-c', 'num,code', path], capture_output=True)
        for line in run.stdout.split(b'\n')[:-1]:
            num, code = line.split(b' ')
            if num.isdigit():
                yield int(num), int(code)

    def object(self, where, codes, theirs, their_line, our_line, ours):
        number = theirs['evt.num']
        same_line = re.sub(rb'"evt.num":\d+', b'', our_line) == re.sub(rb'"evt.num":\d+', b'',
                                                                      their_line)
        if same_line:
            self.sums['compared'] += 1
            self.sums['equal'] += 1
            return
        if 'evt.pluginname' in theirs:
            self.sums['compared'] += 1
            self.sums['explained'] += 1
            self.reason('PLUGIN')
            return
        if list(ours) != JSON_KEYS or list(theirs) != JSON_KEYS:
            self.different(where, 'keys %r' % list(ours))
            return
        plain = ('evt.cpu', 'evt.dir', 'evt.outputtime', 'evt.type', 'thread.tid')
        code = codes[number][1]
        before = self.sums['different']
        pair = [e['evt.info'].encode('utf-8', 'surrogatepass') for e in (ours, theirs)]
        self.event(where, tuple(ours[k] for k in plain) + (code,),
                   tuple(theirs[k] for k in plain) + (code,), tuple(pair))
        if self.sums['different'] == before and ours['proc.name'] != theirs['proc.name']:
            self.name_differs(where, ours, theirs)
        elif self.sums['different'] == before and not self.why:
            self.sums['equal'] -= 1
            self.different(where, 'spelling: %r / %r' % (our_line, their_line))

    def name_differs(self, where, ours, theirs):
        """proc.name alone differs."""
        names = ours['proc.name'], theirs['proc.name']
        if not self.why:
            self.sums['equal'] -= 1
        if self.odd or names[0] in ('<NA>', None) and names[1] in ('', '<NA>', None) or ours['evt.type'] == 'container':
            self.sums['explained'] += not self.why
            self.reason('ODD_STATE' if self.odd else 'CONTAINER' if ours['evt.type'] == 'container' else 'NO_PROCESS')
            return
        self.sums['explained'] -= bool(self.why)
        self.different(where, 'proc.name: ours %r, sysdig %r' % names)

    def file(self, path):
        name = os.path.basename(path)
        before = collections.Counter(self.sums)
        self.odd = name == 'odd.scap'
        self.stop = ''
        self.json(path, name, self.text(path, name))
        sums = {k: self.sums[k] - before[k] for k in ('compared', 'equal', 'explained', 'different')}
        told = '%(compared)d compared, %(equal)d equal, %(explained)d explained' % sums
        if sums['different']:
            print('FAIL sysdig %s: %d different, %s' % (name, sums['different'], told))
        elif self.stop and not sums['compared']:
            print('SKIP sysdig %s: the judge cannot read it: %s' % (name, self.stop))
        else:
            print('PASS sysdig %s: %s%s' % (name, told, ', then the judge stopped: ' + self.stop
                                            if self.stop else ''))


REASONS = {
    'ODD_STATE': 'names in a file of made-up events that contradict one another',
    'CONTAINER': 'of a container event 0.29.3 shows the container as if it were a process',
    'CALL_UNKNOWN': 'the file says that the call is unknown; its kernel number is looked up here',
    'CALL_NEW': 'a generic event of a call that 0.29.3 does not know yet',
    'DAMAGE': 'an earlier event is damaged: 0.29.3 reads beyond it and counts it, here it is no event',
    'PLUGIN': 'the JSON of plugin events has other keys, filled in by the plugin itself',
    'MORE_ARGS': 'the event has parameters that the table of 0.29.3 does not have yet',
    'FCNTL_FLAGS': 'what fcntl returns is a descriptor only with F_DUPFD; 0.29.3 names it always',
    'RENAMED': 'the parameter has another name in 0.29.3',
    **{name: text for name, text, _ in EXPLAINED},
}


def main():
    scapfmt, schemas, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    judge = Judge(scapfmt, load_schema(schemas))
    for path in files:
        judge.file(path)
    for name, n in sorted(judge.reasons.items()):
        print('  %6d %-15s %s' % (n, name, REASONS[name]))
    s = judge.sums
    print('  sysdig: %d events compared, %d equal, %d explained, %d different (%d files, sysdig '
          'stopped early in %d)' % (s['compared'], s['equal'], s['explained'], s['different'],
                                    len(files), s['stopped']))
    if not s['compared']:
        print('FAIL sysdig: nothing was compared')
    return 1 if s['different'] or not s['compared'] else 0


if __name__ == '__main__':
    sys.exit(main())
