# SPDX-License-Identifier: 0BSD
"""manual.py - the man pages as HTML, and the index of all public names. mandoc reads the pages that make man writes."""
import glob
import html
import os
import re
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'man'))
from page import Page, anchored, plain  # noqa: E402
from pages import read_modules, sentence  # noqa: E402

WORD = re.compile(r'(<pre.*?</pre>|<a .*?</a>|<h\d.*?</h\d>)|<(code|var) class="(?:Vt|Fn|Dv|Ft|Fa)">(\w+)</\2>', re.S)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Manual:
    """folder: where make man has written the pages. names: where the page of each public name is."""

    def __init__(self, folder):
        modules, whole = read_modules()
        self.folder, self.modules = folder, [whole] + modules
        self.paths = sorted(path for path in glob.glob(f'{folder}/man?/*') if not read(path).startswith('.so '))
        self.names = {name: self.url_of(name) for module in self.modules for name in module.macros if self.url_of(name)}
        self.headers = {f'man/{block.page[0]}.3.html': f'man/{module.page[0]}.7.html'
                        for module in self.modules for block in module.blocks() if block.names}
        self.names |= {name: self.url_of(name) for module in self.modules for block in module.blocks() for name in block.names}

    def url_of(self, name):
        """The page of a name, which may be an alias of another page."""
        path = f'{self.folder}/man3/{name}.3'
        if not os.path.exists(path):
            return None
        text = read(path)
        real = text[4:].strip() if text.startswith('.so ') else path
        return f'man/{os.path.basename(real)}.html'

    def pages(self, prose):
        made = subprocess.run(['mandoc', '-T', 'html', '-O', 'fragment,man=@man/%N.%S.html', *self.paths],
                              check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout
        bodies = made.split('<table class="head">')[1:]
        pages = [self.page(path, body, prose) for path, body in zip(self.paths, bodies)]
        order = [f'man/{module.page[0]}.7.html' for module in self.modules]
        return sorted(pages, key=lambda page: order.index(page.url) if page.url in order else len(order))

    def page(self, path, body, prose):
        name, volume = os.path.basename(path).rsplit('.', 1)
        body = re.sub(r'<table class="foot">.*|^.*?</table>', '', body, flags=re.S)
        about = plain(re.search(r'<span class="Nd">(.*?)</span>', body, re.S)[1])
        body = re.sub(r'<h1 class="Sh" id="NAME">.*?</h1>\n<p class="Pp"', f'<h1>{name}</h1>\n<p class="lead"', body, count=1, flags=re.S)
        body = re.sub(r'<h([12]) class="S[hs]" id="([^"]*)">(.*?)</h\1>', heading, body, flags=re.S)
        body = re.sub(r'@man/(\w+)\.3\.html', lambda link: '@' + self.names.get(link[1], link[0][1:]), body)
        body = WORD.sub(lambda word: f'<code>{prose.linked(word[3])}</code>' if word[3] in self.names else word[0], body)
        body = re.sub(r'<pre>(.*?)</pre>', lambda code: block(code[1], prose), body, flags=re.S)
        made = Page(None, f'man/{name}.{volume}.html', name, body, 'reference', about)
        made.above = 'man/index.html', self.headers.get(made.url)
        return made

    def index(self):
        """All public names, by header."""
        parts = ['<h1>All names</h1><p>All public names, by header. Each leads to its page, which <code>man</code> shows too '
                 'once leat is installed. There is one program: <a href="@man/leat-top.1.html">leat-top</a>.</p>']
        for module in self.modules:
            page = f'@man/{module.page[0]}.7.html'
            header = 'leat.h' if module.name == 'leat' else f'leat/{module.name}.h'
            parts.append(anchored(2, module.page[0], html.escape(header)))
            parts.append(f'<p>See <a href="{page}">{module.page[0]}(7)</a> for what these names have in common.</p>')
            parts += ['<dl class="names">', *self.entries(module), '</dl>']
        return Page(None, 'man/index.html', 'All names', '\n'.join(parts), 'reference', 'all public names, by header')

    def entries(self, module):
        listed = {name for block in module.blocks() for name in block.names}
        for block in module.blocks():
            if block.names:
                links = ', '.join(f'<code><a href="@{self.names[name]}">{name}</a></code>' for name in block.names)
                yield f'<dt>{links}</dt>\n<dd>{html.escape(sentence(block))}</dd>'
        others = [name for name in module.macros if name not in listed and self.names.get(name) == f'man/{module.page[0]}.7.html']
        if others:
            links = ', '.join(f'<code><a href="@{self.names[name]}">{name}</a></code>' for name in others)
            yield f'<dt>{links}</dt>\n<dd>see the page of the header</dd>'


def heading(found):
    """A section's title, such as RETURN VALUES, in small letters."""
    text = plain(found[3])
    return anchored(int(found[1]) + 1, found[2], html.escape(text.capitalize() if text.isupper() else text))


def block(text, prose):
    return f'<pre><code>{prose.coloured(html.unescape(text))}</code></pre>'
