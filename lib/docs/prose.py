# SPDX-License-Identifier: 0BSD
"""prose.py - Markdown and C become HTML. cmark-gfm reads Markdown as GitHub does."""
import html
import re
import subprocess

from page import Page, anchored, plain

WORDS = ('auto break case char const continue default do double else enum extern float for goto if inline int long '
         'return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false '
         'class namespace template typename using public private').split()
TOKEN = re.compile(r'(?P<c>/\*.*?\*/|//[^\n]*)|'
                   r'(?P<s>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')|'
                   r'(?P<k>^[ \t]*#[ \t]*\w+|\b(?:' + '|'.join(WORDS) + r')\b)|'
                   r'(?P<name>\b(?:leat|LEAT)_\w+)', re.M | re.S)
PRE = re.compile(r'<pre(?: lang="(\w+)")?><code(?: class="language-(\w+)")?>(.*?)</code></pre>', re.S)
FIGURE = re.compile(r'(?<=<td>)[\d.,]+ [^<]{1,8}(?=</td>)')  # with its unit, in a cell
CODE = re.compile(r'(<pre.*?</pre>|<a .*?</a>|<h\d.*?</h\d>)|<code>((?:leat|LEAT)_\w+)([^<]*)</code>', re.S)


class Prose:
    """names: where the page of each public name is."""

    def __init__(self, names):
        self.names = names

    def linked(self, name):
        return f'<a href="@{self.names[name]}">{name}</a>' if name in self.names else name

    def coloured(self, text):
        """C as HTML: comments, strings and keywords in colours, public names as links."""
        parts, at = [], 0
        for token in TOKEN.finditer(text):
            word = html.escape(token[0], quote=False)
            parts.append(html.escape(text[at:token.start()], quote=False))
            parts.append(self.linked(word) if token['name'] else f'<span class="{token.lastgroup}">{word}</span>')
            at = token.end()
        return ''.join(parts) + html.escape(text[at:], quote=False)

    def listing(self, text, is_c=True):
        return f'<pre><code>{self.coloured(text) if is_c else html.escape(text, quote=False)}</code></pre>'

    def block(self, found):
        """A block of code. What a program prints is told from what one writes."""
        language, text = found[1] or found[2], found[3]
        if language == 'output':
            return f'<pre class="output"><code>{text}</code></pre>'
        is_c = language in ('c', 'cpp') or not language and re.search(r'\bleat_\w+\(', text)
        return self.listing(html.unescape(text), is_c)

    def inline(self, found):
        """A public name in a sentence is a link to its page."""
        return found[1] or f'<code>{self.linked(found[2])}{found[3]}</code>'

    def page(self, source, url, text):
        body = subprocess.run(['cmark-gfm', '--unsafe', '-e', 'table', '-e', 'strikethrough', '-e', 'autolink'],
                              input=text, stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout
        title = plain(re.search(r'<h1>(.*?)</h1>', body, re.S)[1])
        body = CODE.sub(self.inline, PRE.sub(self.block, with_anchors(body)))
        body = body.replace('<table>', '<div class="table"><table>').replace('</table>', '</table></div>')
        return Page(source, url, title, FIGURE.sub(lambda cell: cell[0].replace(' ', '&nbsp;'), body))


def with_anchors(body):
    """Headings get the anchors that GitHub gives them."""
    seen = {}

    def heading(found):
        name = re.sub(r'[^\w\- ]', '', plain(found[2]).lower()).replace(' ', '-')
        seen[name] = seen.get(name, -1) + 1
        return anchored(found[1], name + f'-{seen[name]}' * bool(seen[name]), found[2])

    return re.sub(r'<h([2-6])>(.*?)</h\1>', heading, body, flags=re.S)
