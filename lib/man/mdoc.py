# SPDX-License-Identifier: 0BSD
"""mdoc.py - a comment becomes a tree of texts, code and lists; a tree becomes a page in mdoc."""
import os
import re

from headers import ARGS, FORMS


def split_args(text):
    return [one.strip() for one in re.split(r',\s*(?![^({]*[)}])', ' '.join(text.split())) if one.strip()]


def take_while(lines, test):
    taken = []
    while lines and test(lines[0]):
        taken.append(lines.pop(0))
    return taken


# --------------------------------------------------------------------------------------- a comment becomes a tree


def indent(line):
    return len(line) - len(line.lstrip())


def tree(lines):
    """A list of pairs: a text; code, lines; a head, its words; a list of items, each a tag and a tree."""
    nodes, rest = [], list(lines)
    while rest:
        line = rest[0]
        item = re.match(r' {2,}(\S.*?) {2,}(?=\S)|(\S+) {2,}(?=\S)', line) or re.match(r' (-|\d\.) (?=\S)', line)
        head = re.match(r'([A-Z]+(?: [A-Z]+)+)\. |([A-Z]+(?: [A-Z]+)*)$', line)
        if not line:
            rest.pop(0)
        elif indent(line) >= 4 and not item:
            code = take_while(rest, lambda line: not line or indent(line) >= 4)
            nodes.append(('code', '\n'.join(one[4:] for one in code).rstrip().split('\n')))
        elif item:
            column = indent(line) + 2 if indent(line) == 1 else item.end()
            body = [rest.pop(0)[item.end():]] + [one[column:] for one in take_while(
                rest, lambda line: line and indent(line) >= column)]
            tag = item[1] or item[2]
            if not nodes or nodes[-1][0] != 'list' or (nodes[-1][1][0][0] == '-') != (tag == '-'):
                nodes.append(('list', []))
            nodes[-1][1].append((tag, tree(body)))
        elif head:
            nodes.append(('head', head[1] or head[2]))
            rest[0] = line[head.end():]
        else:
            text = [rest.pop(0)] + take_while(rest, lambda line: line and indent(line) < 2 and
                                              not re.match(r' (-|\d\.) |\S+ {2,}\S', line))
            nodes.append(('text', ' '.join(one.strip() for one in text)))
    return nodes


# ------------------------------------------------------------------------------------------- a tree becomes mdoc

def escaped(text):
    text = re.sub(r'(?<![\w-])-(?=\d|>)', r'\\-', text.replace('\\', r'\e'))
    return r'\&' + text if text[:1] in ('.', "'") else text


def literal(lines):
    """Code as it is, also where a formatter would print a typographic sign."""
    signs = {"'": r'\(aq', '`': r'\(ga', '^': r'\(ha', '~': r'\(ti', '-': r'\-', '\\': r'\e'}
    shown = [re.sub(r"['`^~\\-]", lambda sign: signs[sign[0]], line.expandtabs()) for line in lines]
    return ['.Bd -literal'] + [r'\&' + line if line[:1] == '.' else line for line in shown] + ['.Ed']


def quoted(text):
    """One argument on a line of a macro."""
    text = escaped(text).replace('"', '""')
    text = r'\&' + text if re.match(r'[A-Z][a-z]\b|[.,:;!?()|\[\]]$|%', text) else text
    return f'"{text}"' if ' ' in text or '"' in text else text


def call(name, args, after=''):
    return ' '.join(['.Fn', name] + [quoted(arg) for arg in split_args(args[1:-1] if args else '')] + list(after))


class Page:
    """A page that is being written. It links to `pages`, which has the page of each name, and to the `modules`."""
    pages, kinds, modules = {}, {}, []
    marked = re.compile(rf'(?:(?<=\s)|^)(\(?)(?:`([^`]+)`|((?:leat|LEAT)_\w*[a-zA-Z0-9])({ARGS})?|(E[A-Z0-9]{{3,}})|'
                        r'(leat-top)|(?:leat/)?([a-z]+)\.h)([.,:;)]*)(?=\s|$)')

    def __init__(self, name, volume, about, date):
        self.name, self.volume = name, volume
        self.lines = [r'.\" Made by lib/man.', f'.Dd {date}', f'.Dt {name.upper()} {volume}', '.Os', '.Sh NAME']
        names = [one for one, page in self.pages.items() if page == (name, volume)] or [name]
        names.sort(key=lambda one: one != name)
        self.lines += [f'.Nm {one}' + (' ,' if one != names[-1] else '') for one in names] + ['.Nd ' + escaped(about)]

    def mark(self, backtick, name, args, code, program, header):
        """The macro for a word of a sentence, or None for a plain word."""
        kind = self.kinds.get(name)
        if backtick:
            return '.Fa ' + quoted(backtick)
        if code or program:
            return '.Er ' + code if code else f'.Xr {program} 1'
        if header:
            return f'.Xr leat-{header} 7' if f'leat-{header}' in self.modules else None
        if args:
            return None if re.search('[("]', args[1:]) else call(name, args)
        if kind == 'type' or not kind:
            return f'.Vt {name}' if name.islower() else f'.Dv {name}'
        if name.isupper() or self.pages[name] == (self.name, self.volume):
            return f'.Dv {name}' if name.isupper() else f'.Fn {name}'
        return '.Xr {} {}'.format(name, self.pages[name][1])

    def sentences(self, text):
        """One sentence a line, and a line for each marked word."""
        at = 0
        for found in list(self.marked.finditer(text)) + [None]:
            macro = found and self.mark(*found.groups()[1:7])
            if found and not macro:
                continue
            plain = text[at:found.start() if found else None].strip()
            self.lines += [escaped(one) for one in re.split(r'(?<=[.?!]) +(?=[A-Z(*])', plain) if one]
            if found:
                self.lines.append(' '.join([macro.replace(' ', ' ( ', 1) if found[1] else macro] + list(found[8])))
                at = found.end()

    def paragraph(self, text):
        """A text. In it "int leat_x(a, b): ..." begins the definition of a macro."""
        parts = re.split(rf'(?:^|(?<=[.:] ))({FORMS}): ', text)
        if parts[0]:
            self.lines.append('.Pp')
            self.sentences(parts[0])
        bodies = [body[:1].upper() + body[1:] if re.match(r'[a-z]+\b', body) else body for body in parts[2::2]]
        self.items([(forms, [('text', body)]) for forms, body in zip(parts[1::2], bodies)])

    def items(self, items, width='Ds'):
        if not items:
            return
        dashes = items[0][0] == '-'
        self.lines.append('.Bl -dash' if dashes else f'.Bl -tag -width {width}')
        for tag, body in items:
            self.lines.append('.It' if dashes else '.It ' + self.tag(tag))
            if body[:1] and body[0][0] == 'text':
                self.sentences(body.pop(0)[1])
            self.nodes(body)
        self.lines.append('.El')

    def tag(self, tag):
        """The macro and arguments of an item. Several forms are calls, one after the other."""
        header = re.fullmatch(r'leat/(\w+)\.h', tag)
        if header:
            return f'Xr leat-{header[1]} 7'
        if not re.fullmatch(FORMS, tag):
            return ('Er ' if re.fullmatch('E[A-Z]{3,}', tag) else '') + quoted(tag)
        forms = list(re.finditer(rf'((?:leat|LEAT)_\w+)({ARGS})?', tag))
        return ' '.join(call(one[1], one[2], ',' if one != forms[-1] else '')[1:] if one[2] else
                        'Dv ' + one[1] for one in forms)

    def nodes(self, nodes, head='.Ss'):
        for kind, body in nodes:
            if kind == 'text':
                self.paragraph(body)
            elif kind == 'code':
                self.lines += ['.Pp'] + literal(body)
            elif kind == 'head':
                self.lines.append(f'{head} {body if head == ".Sh" else body.capitalize()}')
            elif body:
                self.items(body, min(max(len(tag) for tag, _ in body), 12) * 'x')

    def section(self, title, nodes):
        if nodes:
            self.lines.append('.Sh ' + title)
            self.nodes(nodes)

    def see_also(self, pages):
        self.lines.append('.Sh SEE ALSO')
        pages = sorted(set(pages) - {(self.name, self.volume)}, key=lambda page: (page[1], page[0].lower()))
        self.lines += [f'.Xr {name} {volume}' + (' ,' if (name, volume) != pages[-1] else '') for name, volume in pages]

    def write(self, out):
        """Write it without the paragraph breaks that its neighbours imply."""
        text = re.sub(r'(\n\.Pp)+(?=\n\.(Pp|B[dl]|S[hs])|$)', '', '\n'.join(self.lines))
        put(out, self.name, self.volume, re.sub(r'(\n\.(?:S[hs] .*|It.*|Nd .*))\n\.Pp(?=\n)', r'\1', text) + '\n')


def put(out, name, volume, text):
    os.makedirs(f'{out}/man{volume}', exist_ok=True)
    with open(f'{out}/man{volume}/{name}.{volume}', 'w', encoding='utf-8') as file:
        file.write(text)
