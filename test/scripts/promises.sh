#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# promises.sh - what docs/promises.md points to is there: each `program: function, function` is a test program that has
# these functions and runs them (`program: *`: all that it has), each docs/ and test/ path a file, each make target one.
set -eu
cd "$(dirname "$0")/../.."
command -v python3 >/dev/null || { echo "python3 is not installed: docs/promises.md is not looked at"; exit 0; }
exec python3 - <<'END'
import glob
import os
import re
import sys

PAGE = 'docs/promises.md'
SHOWN = re.compile(r'([a-z0-9_/]+): (\*|[a-z0-9_]+(?:,\s+[a-z0-9_]+)*)')
page = open(PAGE).read()
marked = re.findall(r'`([^`]+)`', page)
wrong = []


def functions_run(program):
    """What the program's main runs of what it defines, or None: there is no such program."""
    paths = glob.glob(f'test/{program}.c' if '/' in program else f'test/*/{program}.c')
    paths = [path for path in paths if '/' in program or not path.startswith('test/conformance/')]
    if len(paths) != 1:
        return None
    text = open(paths[0]).read()
    defined = set(re.findall(r'^static void ([a-z0-9_]+)\(void\)$', text, re.M))
    return defined & set(re.findall(r'[a-z0-9_]+', ' '.join(re.findall(r'\bRUN\(([^;]*)\)', text))))


def look_at_program(program, functions):
    run = functions_run(program)
    if not run:
        wrong.append(f'no test program, or several: {program}')
    elif functions != '*':
        wrong.extend(f'{program}.c runs no {name}' for name in re.split(r',\s+', functions) if name not in run)


def rows():
    """The promises: every row of the tables whose columns are `promise | shown by`."""
    for table in re.findall(r'^\| promise \| shown by \|\n\|---\|---\|\n((?:\|.*\n)+)', page, re.M):
        yield from table.splitlines()


shown = [match for match in map(SHOWN.fullmatch, marked) if match]
for match in shown:
    look_at_program(*match.groups())
for words in marked:
    if ': ' in words and not SHOWN.fullmatch(words):
        wrong.append(f'cannot be read: `{words}`')
for path in re.findall(r'\b(?:docs|test|lib|include)/[\w./*-]*\w', page):
    if '*' not in path and not os.path.exists(path):
        wrong.append(f'no such file: {path}')
targets = re.findall(r'^([a-z-]+):', open('Makefile').read(), re.M)
for target in re.findall(r'`make ([a-z-]+)`', page):
    if target not in targets:
        wrong.append(f'no such target: make {target}')
promises = list(rows())
for row in promises:
    if row.count('|') != 3:
        wrong.append(f'not two columns: {row}')
for message in wrong:
    print(f'{PAGE}: {message}')
if wrong or len(promises) < 50 or len(shown) < 100:
    sys.exit(f'{len(wrong)} wrong, {len(promises)} promises, {len(shown)} programs named')
print(f'{len(promises)} promises, {len(shown)} programs named')
END
