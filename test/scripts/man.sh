#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# man.sh - each public name of the headers has a man page, and mandoc finds nothing wrong with the pages. leat(7) leads
# to each of them. The programs in the pages are examples, which examples.sh runs. Code in comments compiles.
. "$(dirname "$0")/begin"
command -v python3 >/dev/null || { echo "python3 is not installed: there are no man pages"; exit 0; }
python3 -B lib/man/pages.py "$dir/man"

# All public names: those that the compiler sees, but private ones, which end in _, and tags of structs.
printf '#include <leat.h>\n' >"$dir/all.c"
{
	$CC -std=c11 -Iinclude -E -P "$dir/all.c" | sed 's/struct leat_[a-z_]*//g' | grep -o '\b\(leat\|LEAT\)_[A-Za-z0-9_]*'
	$CC -std=c11 -Iinclude -dM -E "$dir/all.c" | sed -n 's/^#define \(\(leat\|LEAT\)_[A-Za-z0-9_]*\).*/\1/p'
} | grep -v '_$\|_H$' | sort -u >"$dir/names"

# What the pieces of code in comments use.
cat >"$dir/pieces.c" <<'END'
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
struct packed { int size; };
struct config { int size; };
extern int v, w, level, answer, error;
extern leat_rx done, in, names, blocks, answers;
extern leat_tx out;
extern leat_context *request;
extern leat_snapshot *snapshot;
extern leat_map_fn square, pack;
extern int begin_packing(void *, void **);
extern void end_packing(void *);
END

python3 -B - "$dir" <<'END'
import glob
import os
import re
import sys
sys.path.append('lib/man')
from headers import parse, read
from mdoc import tree

SIGNS = {r'\(aq': "'", r'\(ga': '`', r'\(ha': '^', r'\(ti': '~', r'\-': '-', r'\e': '\\', r'\&': ''}
out = sys.argv[1]
pages = {path[len(out) + 5:]: read(path) for path in glob.glob(f'{out}/man/man?/*')}
wrong = []


def look_at_name(name):
    page = f'man3/{name}.3'
    page = pages.get(page, '').removeprefix('.so ').strip() if pages.get(page, '').startswith('.so ') else page
    if page not in pages:
        wrong.append(f'{name} has no page')
    elif page.startswith('man3/') and not re.search(rf'^\.Nm {name}( ,)?$', pages[page].split('\n.Nd')[0], re.M):
        wrong.append(f'{page} does not name {name}')


def must_have(page, *lines):
    for line in lines:
        if line not in pages[page].split('\n'):
            wrong.append(f'{page} has no line: {line}')


def programs():
    for page, text in pages.items():
        for shown in re.findall(r'^\.Bd -literal\n(.*?)^\.Ed$', text, re.M | re.S):
            if page.startswith('man3/') and 'int main' in shown:
                yield page, re.sub(r'\\(\(..|[-e&])', lambda sign: SIGNS[sign[0]], shown)


def code(nodes):
    for kind, body in nodes:
        if kind == 'code':
            yield '\n'.join(body)
        elif kind == 'list':
            for _, inner in body:
                yield from code(inner)


def pieces():
    """The code in comments, but whole functions, which header.sh runs."""
    for path in sorted(glob.glob('include/leat/*.h')):
        top, sections, _ = parse(path)
        for comment in [top] + [block.comment for _, blocks in sections for block in blocks]:
            for text in code(tree(comment)):
                if not re.search(r'^(static |int |leat_rx )\w[^=;]*\)\n\{', text, re.M):
                    yield path, text


names = read(out + '/names').split()
if len(names) < 300:
    sys.exit("the header's names were not found")
for name in names:
    look_at_name(name)
for page, text in pages.items():
    listed = f'\n.It Xr {page[5:-2]} 3\n' in pages['man7/leat.7']
    if page.startswith('man3/') and not text.startswith('.so ') and not listed:
        wrong.append(f'leat.7 does not lead to {page}')

must_have('man3/leat_send.3', '.Nm leat_send', '.Nd send *v', '.Fo leat_send', '.Fa "leat_tx tx"', '.It blocks',
          '.Sh RETURN VALUES', '.Sh EXAMPLES', '.Xr leat_recv 3 ,', '.Xr leat-send 7')
must_have('man3/leat_map.3', '.Nm leat_map ,', '.Nm leat_map_of', '.Ft leat_rx', '.Fa "leat_map_fn *fn"',
          '.Fa "const leat_type *type"', 'must outlive the stage')
must_have('man3/leat_map_of.3', '.so man3/leat_map.3')
must_have('man3/leat_make.3', '.Sh ERRORS', '.It Er EINVAL', '.It Er ENOMEM')
must_have('man3/leat_type.3', '        size_t size;')
must_have('man3/leat_bytes.3', 'typedef struct leat_bytes { unsigned char *at; size_t size; } leat_bytes;')
must_have('man3/leat_filter.3', '.Xr leat_filter_fn 3 ,')
must_have('man3/leat_case.3', '.It Fn LEAT_SIGNAL tx')
must_have('man3/LEAT_RXS.3', '.so man7/leat-streams.7')
must_have('man7/leat.7', '.Sh WHO OWNS A HANDLE', '.It Er ETIMEDOUT', '.It Xr leat-channel 7')
must_have('man1/leat-top.1', '.Nm leat-top')
if 'kind_' in pages['man3/leat_case.3']:
    wrong.append('leat_case.3 shows a private member')

examples = {read(path).replace(' SPDX-License-Identifier: 0BSD\n *', '').expandtabs()
            for path in glob.glob('docs/examples/*.c')}
count = number = 0
for page, text in programs():
    if text not in examples:
        wrong.append(f'{page}: its program is none of docs/examples')
    count += 1
with open(out + '/pieces.c', 'a') as file:
    for path, text in pieces():
        text = re.sub(r'^\.\.\. (.*) \.\.\.$', r'(void)\1;', text, flags=re.M).replace('...', '(void)0;')
        end = '' if text.rstrip()[-1] in ';}' else ';'
        file.write(f'static void piece{number}(void)\n{{\n#line 1 "a comment of {path}"\n{text}{end}\n}}\n')
        number += 1
print(f'{len(names)} names, {count} programs, {number} pieces of code')
sys.exit('\n'.join(wrong) or 0)
END
$CC -std=c11 -Wall -Wextra -Wno-unused -Werror -Iinclude -fsyntax-only "$dir/pieces.c"

cd "$dir/man"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -W warning $(grep -L '^\.so ' man?/*)
else
	echo "mandoc is not installed: the form of the pages is not looked at"
fi
