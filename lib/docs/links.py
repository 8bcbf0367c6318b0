# SPDX-License-Identifier: 0BSD
"""links.py - where a link leads, and whether it leads anywhere.

A link to a file of the project becomes one to its page. Headers have the pages of the reference; other files that
somebody links to get a page with their text; folders get a list of their files."""
import os
import re

from manual import read, url_of
from page import Page

TAG = re.compile(r'(<(?:a|img)\b[^>]*?\b(?:href|src)=")([^"]*)"')
ID = re.compile(r'<[^<>]*?\bid="([^"]*)"')
ELSEWHERE = re.compile(r'[a-z]+:')


class Links:
    """pages: all pages, to which those are added that a link asks for."""

    def __init__(self, pages, prose):
        self.prose, self.pages = prose, pages
        self.urls = {page.source: page.url for page in pages if page.source}
        self.pictures, self.wrong = set(), []

    def url_of(self, path):
        """The page of a file or folder of the project, made if it has none; None if there is no such file."""
        header = re.fullmatch(r'include/(leat)\.h|include/leat/(\w+)\.h', path)
        if header:
            return url_of(('leat' if header[1] else 'leat-' + header[2].replace('_', '-'), 7))
        if path == 'include/leat':
            return 'man/index.html'
        if path not in self.urls and os.path.exists(path):
            self.add(path)
        return self.urls.get(path)

    def add(self, path):
        """A page for a file that is no page yet, or for a folder."""
        readme = os.path.join(path, 'README.md')
        if readme in self.urls:
            self.urls[path] = self.urls[readme]
            return
        self.urls[path] = f'source/{path}/index.html' if os.path.isdir(path) else f'source/{path}.html'
        body = self.listing(path) if os.path.isdir(path) else self.listed(path)
        self.pages.append(Page(path, self.urls[path], path, body, 'source'))

    def listed(self, path):
        is_c = path.endswith(('.c', '.h', '.cc', '.cpp', '.hpp'))
        return f'<h1>{path}</h1>\n' + self.prose.listing(read(path), is_c)

    def listing(self, path):
        """The addresses are from the folder around this one."""
        names = sorted(name for name in os.listdir(path) if os.path.isfile(os.path.join(path, name)))
        folder = os.path.basename(path)
        rows = ''.join(f'<li><a href="{folder}/{name}">{name}</a></li>\n' for name in names)
        return f'<h1>{path}</h1>\n<ul>\n{rows}</ul>'

    def resolve(self, page, address):
        """An address of a page's body, as the page needs it."""
        path, mark, anchor = address.partition('#')
        if ELSEWHERE.match(address) or not path:
            return address
        if path.startswith('@'):
            return page.way_to(address[1:])
        path = os.path.normpath(os.path.join(os.path.dirname(page.source), path))
        if path.endswith('.svg') and os.path.exists(path):
            self.pictures.add(path)
            return page.way_to(path.removeprefix('docs/'))
        url = self.url_of(path)
        if not url:
            self.wrong.append(f'{page.source}: no such file: {address}')
        return page.way_to(url + mark + anchor) if url else '#'

    def resolve_all(self):
        """The list of pages grows on the way."""
        for page in self.pages:
            page.body = TAG.sub(lambda tag: f'{tag[1]}{self.resolve(page, tag[2])}"', page.body)


def check(files):
    """Which links of these pages, whose texts are HTML, lead nowhere. The files beside the pages are None."""
    ids = {url: set(ID.findall(text)) for url, text in files.items() if text}
    links = {(url, address) for url, text in files.items() for _, address in TAG.findall(text or '')}
    for url, address in sorted(links):
        path, _, anchor = address.partition('#')
        target = os.path.normpath(os.path.join(os.path.dirname(url), path)) if path else url
        if not ELSEWHERE.match(address) and (target not in files or anchor and anchor not in ids.get(target, ())):
            yield f'{url}: broken link: {address}'
