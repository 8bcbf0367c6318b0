# SPDX-License-Identifier: 0BSD
"""page.py - a page: what it is made of, where it goes, and its headings.

In a body, the address "@x.html" is that of a page, from the top of all pages. Other addresses are as its source has
them, from the folder of the source."""
import html
import re

HEADING = re.compile(r'<h([2-4]) id="([^"]*)">(.*?)(?: <a class="here".*?)?</h\1>', re.S)
CUT = re.compile(r'<(?:a class="here"[^>]*>#</a|[^>]*)>')


def plain(text):
    """The words of a piece of HTML."""
    return ' '.join(html.unescape(CUT.sub('', text)).split())


def anchored(level, name, text):
    """A heading, with a link to itself."""
    label = html.escape(plain(text), quote=True)
    return f'<h{level} id="{name}">{text} <a class="here" href="#{name}" aria-label="To: {label}">#</a></h{level}>'


class Page:
    """kind: page, reference, example or source. about: a line that says what it has."""

    def __init__(self, source, url, title, body, kind='page', about='', above=()):
        self.source, self.url, self.title, self.body = source, url, title, body
        self.kind, self.about = kind, about
        self.above = above  # the addresses of the pages in the contents that it belongs to
        self.before = self.after = None  # its neighbours, for those who read in order

    def headings(self):
        """Its sections, each an anchor and a title."""
        return [(name, plain(text)) for level, name, text in HEADING.findall(self.body) if level == '2']

    def root(self):
        """The way from this page to the folder of all pages."""
        return '../' * self.url.count('/')

    def way_to(self, url):
        """The address of another page, from this one."""
        return url if url.startswith('#') else self.root() + url
