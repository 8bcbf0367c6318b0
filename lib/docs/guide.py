# SPDX-License-Identifier: 0BSD
"""guide.py - the way back from an example to the sections of the guide that name it."""
import re

from page import HEADING, plain

NAMED = re.compile(r'<a href="\.\./examples/([^"#]+)"')
TABLES = ('in-the-book-in-leat', 'what-differs-from-go-and-why')  # at the end of a page, they say again what it shows
LISTS = ('docs/guide/README.md', 'docs/guide/rows.md')


def sections_of(page):
    """The sections of a page: the anchor, the heading and the text of each."""
    parts = HEADING.split(page.body)
    return zip(parts[2::4], map(plain, parts[3::4]), parts[4::4])


def named_in(pages):
    """The links from each example to the guide. A table counts only for an example that no other section names."""
    sections, tables = {}, {}
    for page in pages:
        if page.source.startswith('docs/guide/') and page.source not in LISTS:
            for anchor, heading, text in sections_of(page):
                link = f'<a href="@{page.url}#{anchor}">{page.title.split(":")[0]}: {heading}</a>'
                for name in dict.fromkeys(NAMED.findall(text)):
                    (tables if anchor in TABLES else sections).setdefault(name, []).append(link)
    return tables | sections
