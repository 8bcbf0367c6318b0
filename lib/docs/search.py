# SPDX-License-Identifier: 0BSD
"""search.py - the index that search.js searches: a list of [kind, name, where or what it is, address, text]."""
import json
import re

from page import HEADING, plain


def sections(page):
    """A page in pieces: its beginning, then each section with its heading."""
    at, heading = 0, ('', '')
    for found in list(HEADING.finditer(page.body)) + [None]:
        yield *heading, plain(page.body[at:found.start() if found else None])
        if found:
            at, heading = found.end(), (found[2], plain(found[3]))


def words_of(page):
    """What the search finds of an example or of the reference. A program that is an example is found as such."""
    body = page.body
    if page.kind == 'reference':
        body = re.sub(r'<h2 id="(?:SEE_ALSO|EXAMPLES)">.*', '', body, flags=re.S)
    return plain(body) if page.url != 'man/index.html' else ''


def entries_of(page):
    if page.kind == 'page':
        for anchor, heading, text in sections(page):
            kind = 'heading' if anchor else 'page'
            yield kind, heading or page.title, page.title, page.url + f'#{anchor}' * bool(anchor), text
    elif page.kind == 'source':
        yield 'source', page.title, 'a file of the project', page.url, ''
    else:
        kind = 'name' if page.kind == 'reference' else 'example'
        yield kind, page.title, plain(page.about) or kind, page.url, words_of(page)


def index_of(pages, names):
    """Names that are told about on the page of another name have an entry too."""
    entries = [entry for page in pages for entry in entries_of(page)]
    about = {page.url: page.about or page.title for page in pages}
    titles = {entry[1] for entry in entries}
    entries += [('name', name, about[url], url, '') for name, url in sorted(names.items()) if name not in titles]
    return 'window.leatPages = [\n' + ',\n'.join(json.dumps(entry, ensure_ascii=False) for entry in entries) + '\n];\n'
