# SPDX-License-Identifier: 0BSD
"""manual.py - the man pages as HTML, and the index of all public names. mandoc reads the pages that make man writes."""
import glob
import html
import os
import re
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'man'))
from headers import read  # noqa: E402
from page import Page, anchored, plain  # noqa: E402
from pages import read_modules, sentence  # noqa: E402

NAME = re.compile(r'<h1 class="Sh" id="NAME">.*?</h1>\n<p class="Pp"', re.S)
TITLE = re.compile(r'<h([12]) class="S[hs]" id="([^"]*)">(.*?)</h\1>', re.S)
WORD = re.compile(r'(<pre.*?</pre>|<a .*?</a>|<h\d.*?</h\d>)|<(code|var) class="(?:Vt|Fn|Dv|Ft|Fa)">(\w+)</\2>', re.S)


def url_of(page):
    """page: a name and its volume, as lib/man has it."""
    return f'man/{page[0]}.{page[1]}.html'


class Manual:
    """folder: where make man has written the pages. names: where the page of each public name is."""

    def __init__(self, folder):
        modules, whole = read_modules()
        self.modules = [whole] + modules
        self.paths = sorted(path for path in glob.glob(f'{folder}/man?/*') if not read(path).startswith('.so '))
        blocks = [(block, module) for module in self.modules for block in module.blocks() if block.names]
        self.names = {name: url_of(module.page) for module in self.modules for name in module.macros}
        self.names.update((name, url_of(block.page)) for block, _ in blocks for name in block.names)
        self.headers = {url_of(block.page): url_of(module.page) for block, module in blocks}

    def pages(self, prose):
        """All pages: those of the headers first, in the order of leat.h."""
        made = subprocess.run(['mandoc', '-T', 'html', '-O', 'fragment,man=@man/%N.%S.html', *self.paths],
                              check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout
        bodies = made.split('<table class="head">')[1:]
        pages = [self.page(path, body, prose) for path, body in zip(self.paths, bodies)]
        order = [url_of(module.page) for module in self.modules]
        return sorted(pages, key=lambda page: order.index(page.url) if page.url in order else len(order))

    def page(self, path, body, prose):
        """A page of mandoc's in our form: a title instead of a table, links to all names, code in colours."""
        def word(found):
            return f'<code>{prose.linked(found[3])}</code>' if found[3] in self.names else found[0]

        name, volume = os.path.basename(path).rsplit('.', 1)
        body = re.sub(r'<table class="foot">.*|^.*?</table>', '', body, flags=re.S)
        about = plain(re.search(r'<span class="Nd">(.*?)</span>', body, re.S)[1])
        body = NAME.sub(f'<h1>{name}</h1>\n<p class="lead"', body, count=1)
        body = TITLE.sub(heading, body)
        body = re.sub(r'@man/(\w+)\.3\.html', lambda link: '@' + self.names.get(link[1], link[0][1:]), body)
        body = WORD.sub(word, body)
        body = re.sub(r'<pre>(.*?)</pre>', lambda code: prose.listing(html.unescape(code[1])), body, flags=re.S)
        url = url_of((name, volume))
        return Page(None, url, name, body, 'reference', about, ('man/index.html', self.headers.get(url)))

    def index(self):
        """All public names, by header."""
        parts = ['<h1>All names</h1><p>All public names, by header. Each leads to its page, which <code>man</code> '
                 'shows too once leat is installed. There is one program: '
                 '<a href="@man/leat-top.1.html">leat-top</a>.</p>']
        for module in self.modules:
            header = 'leat.h' if module.name == 'leat' else f'leat/{module.name}.h'
            link = f'<a href="@{url_of(module.page)}">{module.page[0]}(7)</a>'
            parts += [anchored(2, module.page[0], header), f'<p>See {link} for what these names have in common.</p>',
                      '<dl class="names">', *self.entries(module), '</dl>']
        return Page(None, 'man/index.html', 'All names', '\n'.join(parts), 'reference', 'all public names, by header')

    def entries(self, module):
        """The blocks of a header with what they are about, then the macros that no block tells about."""
        rows = [(block.names, sentence(block)) for block in module.blocks() if block.names]
        listed = {name for names, _ in rows for name in names}
        others = [name for name in module.macros if name not in listed and self.names[name] == url_of(module.page)]
        for names, about in rows + [(others, 'see the page of the header')] * bool(others):
            links = ', '.join(f'<code><a href="@{self.names[name]}">{name}</a></code>' for name in names)
            yield f'<dt>{links}</dt>\n<dd>{html.escape(about)}</dd>'


def heading(found):
    """A section's title, such as RETURN VALUES, in small letters."""
    text = plain(found[3])
    return anchored(int(found[1]) + 1, found[2], html.escape(text.capitalize() if text.isupper() else text))
