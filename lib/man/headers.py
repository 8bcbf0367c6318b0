# SPDX-License-Identifier: 0BSD
"""headers.py - what the headers of include/ consist of: sections of blocks. A block is a comment, and the declarations
that follow it."""
import collections
import re

ARGS = r'\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)'
FORM = rf'(?:(?:const )?[a-z_]\w* \*?)?(?:leat|LEAT)_\w+(?:{ARGS})?'
FORMS = rf'{FORM}(?:, {FORM})*'
NOTE = r'(?<=[;}\w])\s*/\*(.*?)\*/\s*$'


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()

# Its kind (type, function, variable or macro), its public names, its text, and the comment beside it.
Declaration = collections.namedtuple('Declaration', 'kind names text note')


class Block:
    """A comment, and what is declared below it."""

    def __init__(self, comment):
        self.comment, self.text = comment, '\n'.join(comment)
        self.declared = []
        self.names = []  # of all declarations, and of the macros that the comment tells about
        self.page = None

    def declare(self, declaration):
        self.declared.append(declaration)
        self.names += declaration.names

    def form_of(self, name):
        """The form of a macro in the comment, as in "int leat_x(a, b): ..."."""
        kind = r'(?:^|[,.:] |\n *)((?:const )?[a-z_]\w* \*?)?'
        return (re.search(rf'{kind}{name}({ARGS})(?=:|,|  | is | stands )', self.text) or
                re.search(rf'{kind}{name}()(?=:| is | stands )', self.text))


def lines_of_c(path):
    """The lines of a header, without those for C++ alone."""
    kept = [True]
    for line in read(path).split('\n'):
        if re.match('#if', line):
            kept.append(kept[-1] and '#ifdef __cplusplus' not in line)
        elif re.match('#else', line):
            kept[-1] = kept[-2] and not kept[-1]
        elif re.match('#endif', line):
            kept.pop()
        elif kept[-1]:
            yield line


def pieces(path):
    """The header as comments, declarations and empty lines."""
    lines = list(lines_of_c(path))
    while lines:
        text = lines.pop(0)
        while lines and (text.endswith('\\') or text.count('/*') > text.count('*/') or
                         text and text[0] not in '#/' and
                         (text.count('{') > text.count('}') or not re.search(r'[;}]\s*(/\*.*)?$', text))):
            text += '\n' + lines.pop(0)
        yield text


def named(text):
    """The kind of a declaration, and its public names."""
    if text.startswith('#'):
        kind, names = 'macro', re.findall(r'^#define (\w+)', text)
    elif text.startswith('enum'):
        kind, names = 'type', re.findall(r'[{,]\s*(\w+)', text)
    elif text.startswith('typedef'):
        flat = re.sub(r'\{.*\}', '', text, flags=re.S)
        kind, names = 'type', re.findall(r'(leat_\w+)\(', flat)[:1] or re.findall(r'(\w+)\s*;', flat)
    elif text.startswith('extern'):
        kind, names = 'variable', re.findall(r'(leat_\w+);', text)
    else:
        kind, names = 'function', re.findall(r'(leat_\w+)\(', text)[:1]
    return kind, [name for name in names if re.fullmatch(r'(?:leat|LEAT)_\w*(?<!_H)(?<!_)', name)]


def parse(path):
    """The comment at the top; sections, which have a title and blocks; the parameters of all macros."""
    top, sections, macros, block, gap = None, [('', [])], {}, None, False
    for text in pieces(path):
        title = re.match(r'/\* ---- (.*?) -+ \*/', text)
        private = sections[-1][0].startswith('private')
        if title:
            sections.append((title[1], []))
            block = None
        elif text.startswith('/*'):
            comment = re.sub(r'^ \* ?', '', re.sub(r'\s*\*/$', '', text)[3:], flags=re.M).split('\n')
            if top is None:
                top = comment
            else:
                block = Block(comment)
                sections[-1][1].append(block)
        elif text:
            kind, names = named(text)
            if kind == 'macro':
                macros.update((name, re.match(r'#define \w+(\(.*?\))?', text)[1] or '') for name in names)
            note = re.search(r'(?<=[;}\w])\s*/\*(.*?)\*/\s*$', text, re.S)
            if names and not private:
                if block is None or gap and note and block.names:
                    block = Block([])
                    sections[-1][1].append(block)
                text, words = (text[:note.start()], note[1].split()) if note else (text, [])
                block.declare(Declaration(kind, names, text, ' '.join(words)))
        gap = not text
    return top, [one for one in sections if one[1] and not one[0].startswith('private')], macros
