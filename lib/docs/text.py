# SPDX-License-Identifier: 0BSD
"""text.py - all of the documentation as one text, for tools that read: the pages, then the headers, which are the
reference, then the examples with what they print."""
import glob
import os
import re

from manual import read

RULE = '=' * 120


def parts_of(main_pages, pages):
    """What the text consists of: each file with its name."""
    paths = [page.source for page in main_pages if page.source]
    headers = re.findall(r'#include "(leat/\w+\.h)"', read('include/leat.h'))
    paths += ['include/leat.h'] + [f'include/{path}' for path in headers]
    paths += sorted(set(glob.glob('include/**/*.h*', recursive=True)) - set(paths))
    for page in pages:
        if page.kind == 'example':
            expected = os.path.splitext(page.source)[0] + '.expected'
            paths += [page.source] + [expected] * (page.source.endswith('.c') and os.path.exists(expected))
    return [(path, read(path).rstrip('\n')) for path in paths]


def text_of(main_pages, pages, version):
    """The contents, with the line where each file begins, then the files."""
    parts = parts_of(main_pages, pages)
    head = [f'leat {version}: the guide, the documentation, the headers and the examples, in one text', '',
            'The number is the line where the file begins.', '']
    line, rows, body = len(head) + len(parts) + 1, [], []
    for path, text in parts:
        rows.append(f'{line + 1:7}  {path}')
        body += ['', RULE, f'FILE: {path}', RULE, '', text]
        line += 5 + text.count('\n') + 1
    return '\n'.join(head + rows + body) + '\n'
