#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""build.py MAN OUT - write the documentation to OUT as HTML and as one text, leat.txt. MAN has the man pages.

The pages are those of CONTENTS, in its order; the examples, each with its source and its output; the man pages; and the
other files of the project that one of these links to. A link that leads nowhere is an error."""
import glob
import html
import os
import re
import shutil
import sys

from frame import Frame
from guide import named_in
from links import Links, check
from manual import Manual, read
from page import Page
from prose import Prose
from search import index_of
from text import text_of

CONTENTS = [
    ('', ['README.md', 'docs/installing.md']),
    ('Guide', ['docs/guide/README.md', 'docs/guide/[0-9]*.md', 'docs/guide/appendix.md', 'docs/guide/rows.md']),
    ('Reference', ['docs/what-to-use.md', 'docs/examples/README.md', '@man', 'docs/promises.md', 'docs/cpp.md',
                   'docs/differences-from-go.md']),
    ('In use', ['docs/insight.md', 'docs/performance.md', 'docs/measurements.md', 'docs/measuring.md']),
    ('The project', ['docs/design.md', 'docs/compatibility.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md',
                     'test/README.md']),
]
EXAMPLE = re.compile(r'<li><a href="((?:\w+/)?\w+\.\w+)">[^<]*</a>[,:]? ?(.*?)</li>', re.S)
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def url_of(source):
    """docs/x.md is x.html, and a README is the index of its folder."""
    return re.sub(r'README\.html$', 'index.html', os.path.splitext(source.removeprefix('docs/'))[0] + '.html')


# ------------------------------------------------------------------------------------------------------ the pages

def sources(patterns):
    return [path for pattern in patterns for path in sorted(glob.glob(pattern)) or [pattern]]


def prose_pages(prose):
    """The pages of CONTENTS that are Markdown."""
    listed = [source for _, patterns in CONTENTS for source in sources(patterns)]
    forgotten = set(glob.glob('docs/**/*.md', recursive=True)) - set(listed)
    if forgotten:
        sys.exit(f'CONTENTS of lib/docs/build.py does not have: {" ".join(sorted(forgotten))}')
    return [prose.page(source, url_of(source), read(source)) for source in listed if os.path.exists(source)]


def example_page(prose, path, about, sections):
    """An example: what it shows, where the guide names it, its source, what it prints."""
    name, expected = os.path.basename(path), os.path.splitext(path)[0] + '.expected'
    body = f'<h1>{name}</h1>\n' + f'<p class="lead">{about}</p>\n' * bool(about)
    body += f'<p>In the guide: {"; ".join(sections)}</p>\n' * bool(sections) + prose.listing(read(path))
    if os.path.exists(expected) and path.endswith('.c'):
        body += '\n<h2 id="output">What it prints</h2>\n<pre class="output"><code>'
        body += f'{html.escape(read(expected), quote=False)}</code></pre>'
    return Page(path, url_of(path), name, body, 'example', about, ['examples/index.html'])


def example_pages(prose, index, sections):
    """In the order of the index, which says what each is about."""
    about = {}
    for link, text in EXAMPLE.findall(index.body):
        about.setdefault(f'docs/examples/{link}', text)
    kinds = [glob.glob(f'docs/examples/**/*.{kind}', recursive=True) for kind in ('c', 'cpp', 'h')]
    files = [path for paths in kinds for path in sorted(paths)]
    paths = [path for path in about if path in files] + [path for path in files if path not in about]
    return [example_page(prose, path, about.get(path, ''), sections.get(path.removeprefix('docs/examples/'), []))
            for path in paths]


def grouped(pages):
    """CONTENTS with pages instead of names."""
    by_source = {page.source or '@man': page for page in pages}
    return [(title, [by_source[source] for pattern in patterns for source in sources([pattern]) if source in by_source])
            for title, patterns in CONTENTS]


def join(pages):
    """Each page knows those before and after it."""
    for before, after in zip(pages, pages[1:]):
        before.after, after.before = after, before


# --------------------------------------------------------------------------------------------------------- writing

def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def copy(source, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(source, path)


def linked_pages(prose, manual):
    """The pages of CONTENTS; all pages, with what they link to."""
    prosaic = prose_pages(prose)
    listed = prosaic + [manual.index()]
    index = next(page for page in prosaic if page.source == 'docs/examples/README.md')
    examples = example_pages(prose, index, named_in(prosaic))
    join([page for page in listed if (page.source or '').startswith('docs/guide/')])
    join(examples)
    links = Links(listed + examples + manual.pages(prose), prose)
    links.resolve_all()
    return listed, links


def write_all(out, files, pictures):
    for url, text in files.items():
        write(f'{out}/{url}', text)
    for picture in pictures:
        copy(picture, f'{out}/{picture.removeprefix("docs/")}')
    for name in 'style.css', 'search.js':
        copy(f'{HERE}/{name}', f'{out}/{name}')


def main(man, out):
    man, out = os.path.abspath(man), os.path.abspath(out)
    os.chdir(ROOT)
    version = re.search(r'#define LEAT_VERSION "(.*)"', read('include/leat.h'))[1]
    manual = Manual(man)
    listed, links = linked_pages(Prose(manual.names), manual)
    frame = Frame(read(f'{HERE}/page.html'), version, grouped(listed), links.pages)
    files = {page.url: frame.around(page) for page in links.pages}
    write_all(out, files, links.pictures)
    write(f'{out}/found.js', index_of(links.pages, manual.names))
    write(f'{out}/leat.txt', text_of(listed, links.pages, version))
    print(f'  {out}/index.html: {len(files)} pages')
    pictures = {path.removeprefix('docs/'): None for path in links.pictures}
    sys.exit('\n'.join(links.wrong + list(check(files | pictures))) or 0)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
