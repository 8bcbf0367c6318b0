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
from links import Links, check
from manual import Manual, read
from page import Page
from prose import Prose
from search import index_of
from text import text_of

CONTENTS = [
    ('', ['README.md', 'docs/installing.md']),
    ('Guide', ['docs/guide/README.md', 'docs/guide/[0-9]*.md', 'docs/guide/appendix.md', 'docs/guide/rows.md']),
    ('Reference', ['docs/examples/README.md', '@man', 'docs/promises.md', 'docs/cpp.md', 'docs/differences-from-go.md']),
    ('In use', ['docs/insight.md', 'docs/performance.md', 'docs/measurements.md', 'docs/measuring.md']),
    ('The project', ['docs/design.md', 'docs/compatibility.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md',
                     'test/README.md']),
]
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


def example_page(prose, path, about):
    """An example: what it shows, its source, what it prints."""
    name, expected = os.path.basename(path), os.path.splitext(path)[0] + '.expected'
    body = [f'<h1>{name}</h1>', f'<p class="lead">{about}</p>' * bool(about),
            f'<pre><code>{prose.coloured(read(path))}</code></pre>']
    if os.path.exists(expected) and path.endswith('.c'):
        body += ['<h2 id="output">What it prints</h2>', f'<pre class="output"><code>{html.escape(read(expected))}</code></pre>']
    page = Page(path, url_of(path), name, '\n'.join(body), 'example', about)
    page.above = 'examples/index.html',
    return page


def example_pages(prose, index):
    """In the order of the index, which says what each is about."""
    about = {}
    for link, text in re.findall(r'<li><a href="([^"/]*(?:/[^"/]+)?\.\w+)">[^<]*</a>[,:]? ?(.*?)</li>', index.body, re.S):
        about.setdefault('docs/examples/' + link, text)
    files = [path for path in sorted(glob.glob('docs/examples/**/*.*', recursive=True)) if path.endswith(('.c', '.h', '.cpp'))]
    order = [path for path in about if path in files]
    return [example_page(prose, path, about.get(path, '')) for path in order + [path for path in files if path not in about]]


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


def all_pages(man):
    """The pages of CONTENTS, the examples, the reference, and the links among them."""
    manual = Manual(man)
    prose = Prose(manual.names)
    main_pages = prose_pages(prose) + [manual.index()]
    examples = example_pages(prose, next(page for page in main_pages if page.source == 'docs/examples/README.md'))
    join([page for page in main_pages if (page.source or '').startswith('docs/guide/')])
    join(examples)
    links = Links(main_pages + examples + manual.pages(prose), prose)
    links.resolve_all()
    return main_pages, links, manual


def main(man, out):
    man, out = os.path.abspath(man), os.path.abspath(out)
    os.chdir(ROOT)
    shutil.rmtree(out, ignore_errors=True)
    main_pages, links, manual = all_pages(man)
    version = re.search(r'#define LEAT_VERSION "(.*)"', read('include/leat.h'))[1]
    frame = Frame(read(f'{HERE}/page.html'), version, grouped(main_pages), links.pages)
    files = {page.url: frame.around(page) for page in links.pages}
    for url, text in files.items():
        write(f'{out}/{url}', text)
    for picture in links.pictures:
        copy(picture, f'{out}/{picture.removeprefix("docs/")}')
    for name in 'style.css', 'search.js':
        copy(f'{HERE}/{name}', f'{out}/{name}')
    write(f'{out}/found.js', index_of(links.pages, manual.names))
    write(f'{out}/leat.txt', text_of(main_pages, links.pages, version))
    wrong = links.wrong + list(check(files | {path.removeprefix('docs/'): None for path in links.pictures}))
    print(f'  {out}/index.html: {len(files)} pages')
    sys.exit('\n'.join(wrong) or 0)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
