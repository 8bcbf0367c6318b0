#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# promises.sh - docs/promises.md names only things that exist. Each promise is an item of a list, and its proofs are one
# item beneath it: `program: function, function` (the program must run these functions; a star means all of them), and
# words for tests of another kind, which the page explains at its top. Each docs/ and test/ path must exist, and each
# `make target` must be in the Makefile.
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
    if program.startswith('nats/'):
        paths = glob.glob(f'nats/test/{program[5:]}.c')
    else:
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


def promises():
    """Each promise as a pair: its text, and its proofs."""
    listed = page.split('\n## What is not promised')[0].split('\n## ', 1)[1]
    for item in re.findall(r'^- .*\n(?:  .*\n)*', listed, re.M):
        text, _, proofs = item.partition('\n  - ')
        yield text, ' '.join(proofs.split())


def look_at_promise(text, proofs):
    """Beside programs, the proofs are the words of `kinds`."""
    spans = re.findall(r'`([^`]+)`', proofs)
    rest = [word.strip() for word in re.sub(r'`[^`]+`', '', proofs).split(',')]
    wrong.extend(f'no such kind of test: {word}' for word in rest if word and word not in kinds)
    wrong.extend(f'cannot be read: `{words}`' for words in spans if not SHOWN.fullmatch(words))
    if not proofs:
        wrong.append(f'nothing proves it: {text}')


kinds = re.findall(r'^- \*\*(\w+)\*\*', page.split('\n## ')[0], re.M)
kinds += ['under the thread sanitizer', 'no test: those microseconds cannot be seen']
shown = [match for match in map(SHOWN.fullmatch, marked) if match]
for match in shown:
    look_at_program(*match.groups())
others = re.sub(SHOWN.pattern, '', page)
for path in re.findall(r'(?<![\w/])(?:docs|test|lib|include|nats)/[\w./*-]*\w', others):
    if '*' not in path and not os.path.exists(path):
        wrong.append(f'no such file: {path}')
targets = re.findall(r'^([a-z-]+):', open('Makefile').read(), re.M)
for target in re.findall(r'`make ([a-z-]+)`', page):
    if target not in targets:
        wrong.append(f'no such target: make {target}')
count = 0
for text, proofs in promises():
    look_at_promise(text, proofs)
    count += 1
for message in wrong:
    print(f'{PAGE}: {message}')
if wrong or count < 134 or len(shown) < 245:
    sys.exit(f'{len(wrong)} wrong, {count} promises, {len(shown)} programs named')
print(f'{count} promises, {len(shown)} programs named')
END
