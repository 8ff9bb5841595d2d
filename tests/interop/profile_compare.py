# SPDX-License-Identifier: Apache-2.0
"""profile_compare.py TABLE PROFILE,... <FILES - do validate's profiles say what the programs do?

Each file goes to `scapfmt validate --profile=P` and to the program P stands for. They agree when
both read all of it, or both stop. What they disagree about has to be explained by a row of TABLE:

    profile   "reads" or the rule that stops it   what the program says, a regular expression   why

sysdig numbers what it reads: when both read to the end, the last number has to be our count, or less
by no more than what is damaged: what stands behind a block that is too short for its event is
chance. The captures of others end with events that it hides, and their numbers with them, some
hold nothing else: there our count is a bound.

"nothing" stands for a program that reads to the end without a word. A program that is not installed
is not asked.
"""
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

BATCH = 200
CORPUS = os.environ.get('CORPUS', '../shared/corpus')


def batches(files):
    for i in range(0, len(files), BATCH):
        yield files[i:i + BATCH]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=600)
    err = done.stderr.decode('utf-8', 'replace')
    if done.returncode < 0:
        err += '\ndied of signal %d\n' % -done.returncode
    return done.stdout.decode('utf-8', 'replace'), err


def verdicts(profile, files):
    """What we say: by file (stops because of rule or None, what it shows, what is damaged)."""
    said = {}
    for some in batches(files):
        out, _ = run(['scapfmt', 'validate', '--json', '--max=0', '--profile=' + profile] + some)
        for line in out.splitlines():
            one = json.loads(line)
            v = one['verdict']
            shown = v['events_shown'] + v['events_merged'] + v['packets_shown']
            stops = v['stops_because'] or 'no rule' if 'why' in v else None
            said[one['file']] = (stops, shown, v['losses'])
    return said


def wireshark(files):
    """capinfos reads as tshark does, and many files at once: by file (complaint or None)."""
    said = {}
    for some in batches(files):
        _, err = run(['capinfos', '-c', '-T'] + some)
        name = None
        for line in err.splitlines():
            match = re.search(r'"([^"]*)"|^capinfos: (?:Can\'t open )?(\S+):', line)
            if line.startswith('(') and name is not None:
                said[name] = line
            elif match is not None:
                name = match.group(1) or match.group(2)
                said.setdefault(name, line.replace(name, 'FILE'))
    return said


def one_by_one(command, is_complaint, last=None):
    def ask_one(file):
        out, err = run([file if word == 'FILE' else word for word in command])
        if last is not None:
            last[file] = int((out.split() or [0])[-1])
        lines = [line for line in err.splitlines() if is_complaint(line)]
        return lines[-1].replace(file, 'FILE') if lines else None

    def ask(files):
        # most of the time of these programs is waiting
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            said = zip(files, pool.map(ask_one, files))
        return {file: line for file, line in said if line is not None}
    return ask


def not_the_banner(line):
    return not re.match(r'reading from file|Warning: |\d+ packets?$|tcpdump: warning', line)


LAST = {}  # by file, the number of the last event that sysdig shows

JUDGES = {
    'wireshark': ('capinfos', wireshark),
    'libpcap': ('tcpdump', one_by_one(['tcpdump', '-r', 'FILE', '-w', '/dev/null'], not_the_banner)),
    'sysdig-0.29': ('sysdig', one_by_one(['sysdig', '-r', 'FILE', '-p', '%evt.num'],
                                         lambda line: line != '', LAST)),
}


def read_table(path):
    rows = []
    with open(path, encoding='utf-8') as table:
        for line in table:
            if not line.startswith('#'):
                profile, ours, theirs, why = line.rstrip('\n').split('\t')
                rows.append((profile, ours, re.compile(theirs), why))
    return rows


def explain(rows, profile, ours, theirs):
    for row in rows:
        if row[0] == profile and row[1] in (ours, '*') and row[2].search(theirs):
            return row[3]
    return None


def compare(profile, files, rows):
    program, ask = JUDGES[profile]
    if shutil.which(program) is None:
        print('SKIP profile %s: %s is not installed' % (profile, program))
        return
    ours, theirs = verdicts(profile, files), ask(files)
    agreed = collections.Counter()
    explained = collections.Counter()
    for file in files:
        if file not in ours:
            print('FAIL profile %s: no verdict for %s' % (profile, file))
            continue
        stops, shown, losses = ours[file]
        complaint = theirs.get(file)
        both_read = stops is None and complaint is None
        last = LAST[file] if both_read and program == 'sysdig' else shown
        least = shown - losses if not file.startswith(CORPUS) else 0
        if not least <= last <= shown:
            print('FAIL profile %s: %s: we say it reads %d events, it numbers %d' %
                  (profile, file, shown, last))
        if (stops is None) == (complaint is None):
            agreed['stops' if stops else 'reads'] += 1
            continue
        words = complaint or 'nothing'
        why = explain(rows, profile, stops or 'reads', words)
        if why is None:
            print('FAIL profile %s: %s: we say %s, %s says: %s' %
                  (profile, file, stops or 'reads', program, words[:160]))
        else:
            explained[why] += 1
    print('PASS profile %s: %d captures: both read %d, both stop at %d; %d explained' %
          (profile, len(files), agreed['reads'], agreed['stops'], sum(explained.values())))
    for why, n in explained.most_common() if 'PROFILE_COUNT' in os.environ else []:
        print('    %d: %s' % (n, why))


def main():
    rows = read_table(sys.argv[1])
    profiles = sys.argv[2].split(',')
    files = [line.rstrip('\n') for line in sys.stdin]
    for profile in profiles:
        # sysdig takes a tenth of a second for each, and refuses packets alone at the first block
        compare(profile, [f for f in files if profile != 'sysdig-0.29' or '.pcap' not in f], rows)


main()
