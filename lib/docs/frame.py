# SPDX-License-Identifier: 0BSD
"""frame.py - what stands around the text of each page: the contents at its side, and its neighbours below."""
import html
import string


def entry(page, other, inner=''):
    current = ' aria-current="page"' if page is other else ' aria-current="true"' if other.url in page.above else ''
    return f'<li><a href="{page.way_to(other.url)}"{current}>{html.escape(other.title)}</a>{inner}</li>'


def neighbours(page):
    """The pages before and after it, for those who read in order."""
    links = [f'<a href="{page.way_to(other.url)}" rel="{way}"><small>{word}</small>{html.escape(other.title)}</a>'
             for other, way, word in ((page.before, 'prev', 'Before'), (page.after, 'next', 'Next')) if other]
    return f'<nav class="neighbours" aria-label="Before and after">{"".join(links)}</nav>' if links else ''


class Frame:
    """groups: the contents, a list of titles with their pages."""

    def __init__(self, template, version, groups, pages):
        self.template, self.version, self.groups = string.Template(template), version, groups
        self.headers = [page for page in pages if page.url.endswith(('.7.html', '.1.html'))]

    def below(self, page, other):
        """Below the page that is shown, its headings; below the reference, its headers, if a page of it is shown."""
        rows = []
        if other.url == 'man/index.html' and page.kind == 'reference':
            rows = [entry(page, one) for one in self.headers]
        elif page is other:
            rows = [f'<li><a href="#{name}">{html.escape(text)}</a></li>' for name, text in page.headings()]
        return '\n<ul>\n' + '\n'.join(rows) + '\n</ul>' if rows else ''

    def contents(self, page):
        parts = []
        for title, pages in self.groups:
            parts += [f'<p>{title}</p>'] * bool(title) + ['<ul>']
            parts += [entry(page, other, self.below(page, other)) for other in pages] + ['</ul>']
        return '\n'.join(parts)

    def around(self, page):
        title = 'leat: Go-style channels in C' if page.url == 'index.html' else f'{page.title} - leat'
        return self.template.substitute(
            title=html.escape(title), root=page.root(), version=self.version, kind=page.kind, body=page.body,
            contents=self.contents(page), neighbours=neighbours(page))
