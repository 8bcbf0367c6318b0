#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""pages.py DIRECTORY - write leat's man pages, in mdoc, to DIRECTORY/man1, man3 and man7.

A comment of include/leat/, with the declarations that follow it, becomes a page of man3. It is named after the first
thing that it tells about; the other public names of the block are links to it. The comment at the top of
include/leat/x.h becomes leat-x(7), with the comments that name nothing. That of leat.h becomes leat(7).

What a comment may have: paragraphs; "int leat_x(a, b): ..." for a macro; labels, such as "  returns   1: ..."; lists
with "-" or "1."; lists of "  term   text"; code, which is indented by four; a heading IN CAPITALS. Where the README of
docs/examples names a call beside a program, this program is the example of its page."""
import glob
import os
import re
import shutil
import sys

from headers import ARGS, FORM, FORMS, parse, read
from mdoc import Page, escaped, literal, put, quoted, split_args, tree

MONTHS = 'January February March April May June July August September October November December'.split()
LABELS = 'blocks returns handles threads errors arg how nil'.split()
RETURNED = re.compile(r'(?:^|(?<=[.;] ))(>=? 0|-?\d+|NULL)(?:: |\.(?: |$)|(?= with | or -))')
CAUSE = re.compile(r'(?:^|(?<=[.;] ))(E[A-Z]{3,})(?:: |\.? |\.?$)')
# How the parameters of macros are called everywhere.
TYPES = dict(tx='leat_tx tx', rx='leat_rx rx', done='leat_rx done', t='leat_time t', v='T *v', vs='T *vs', n='size_t n',
             p='void *p', size='size_t size', cap='size_t cap', cause='int cause', cases='leat_case cases[]')

ENVIRONMENT = r"""
.Sh ENVIRONMENT
.Bl -tag -width LEAT_CAPACITY
.It Ev LEAT_REPORT
reports of what threads do and of deadlocks; see
.Xr leat-report 7 ,
also for
.Ev LEAT_TRACE
and others.
.It Ev LEAT_CAPACITY
another capacity for all channels; see
.Xr leat-channel 7 .
.El""".strip().split('\n')


class Module:
    """A header: its name, the page about it, and what it declares."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-2]
        self.page = ('leat' if self.name == 'leat' else f'leat-{self.name.replace("_", "-")}', 7)
        self.top, self.sections, self.macros = parse(path)

    def blocks(self):
        return [block for _, blocks in self.sections for block in blocks]

    def find_macros(self):
        """A macro belongs to the block that has its form, else to one that speaks of it, else to the header."""
        declared = {name for block in self.blocks() for name in block.names}
        for name in self.macros:
            forms = [block for block in self.blocks() if block.form_of(name)]
            words = [block for block in self.blocks() if re.search(rf'\b{name}\b', block.text)]
            if name not in declared and forms + words:
                (forms + words)[0].names.append(name)

    def name_pages(self):
        """A page has the name that its comment begins with, else that of the first call or type."""
        begins = rf'(?:(?:const )?[a-z_]\w* \*?)?((?:leat|LEAT)_\w+)(?:{ARGS})?(?:[:,]| is | stands )'
        for block in self.blocks():
            first = re.match(begins, block.text)
            if block.names:
                usual = [name for name in block.names if name.islower() and not name.endswith('_fn')] + block.names
                name = first[1] if first and first[1] in block.names else usual[0]
                block.page = (name.removesuffix('_of') if name.removesuffix('_of') in block.names else name, 3)
                Page.pages.update((name, block.page) for name in block.names)
                for one in block.declared:
                    Page.kinds.update((name, one.kind) for name in one.names)
        for name in self.macros:
            Page.kinds.setdefault(name, 'macro')
            Page.pages.setdefault(name, self.page)


# ----------------------------------------------------------------------------------------------- parts of a page

def sentence(block):
    """What a page is about, for its NAME: its first sentence, or the beginning of it."""
    text = ' '.join(' '.join(block.comment).split('   ')[0].split())
    if not text:
        first = block.declared[0]
        text = ('type of values: ' if first.kind == 'variable' else '') + first.note
    form = re.match(rf'(?:{FORMS}): ', text)
    text = re.sub('`', '', text[form.end() if form else 0:])
    text = re.split(r'(?<=\S)[.;?](?: |$)|:$', text)[0]
    clause = r',?(?: to| for| of| in| at| by)? (?:so that|that|which|until|if|whose|where|when|\()'
    for cut in ': ', rf'{clause}|, (?!or |and )', ', ':
        parts = [text[:found.start()] for found in re.finditer(rf'(?:{cut})(?![^(]*\))', text) if found.start() > 25]
        text = text if len(text) < 80 or not parts else parts[-1] if len(parts[-1]) < 80 else parts[0]
    return text[:1].lower() + text[1:] if re.match('[A-Z][a-z ]', text) else text


def prototype(name, text, types):
    found = re.search(rf'((?:[\w]+ )*[\w]+ ?\**)?\b{name}\)?({ARGS})?', text)
    kind = re.sub(r'^(static inline|typedef) ', '', (found[1] or '').strip())
    if not found[2]:
        return [f'.Vt {kind}'.rstrip()] * bool(kind) + [f'.Dv {name}']
    args = [types.get(arg, arg) for arg in split_args(found[2][1:-1])]
    return [f'.Ft {quoted(kind)}'] * bool(kind) + [f'.Fo {name}'] + [f'.Fa {quoted(arg)}' for arg in args] + ['.Fc']


def shown(text):
    """A type without its private members."""
    body = re.search(r'\{(.*)\}', text, re.S)
    if not body or text.startswith('enum'):
        return text.split('\n')
    public = re.sub(r'/\* private: \*/.*', '', body[1], flags=re.S)
    short = '\n' not in public
    members = re.findall(r'[^;]+;', public) if short else public.split('\n')
    lines = [line for line in members if not re.match(r'[^/(]*\w_(\[|;|,)|[^/(]*\(\*\w+_\)', line)]
    if not ''.join(lines).strip():
        return [text[:body.start()].rstrip() + text[body.end():]]
    return (text[:body.start(1)] + ('' if short else '\n').join(lines) + ' ' * short + text[body.end(1):]).split('\n')


def types_of(block):
    """The types of parameters, by their names, as the declarations of the block have them."""
    args = [arg for one in block.declared for found in re.findall(rf'\w({ARGS});', one.text)[-1:]
            for arg in split_args(found[1:-1]) if ' ' in arg]
    return TYPES | {split_args(arg)[0].split()[-1].lstrip('*'): arg for arg in args}


def forms_of(block, module):
    """Each macro with its form: as in the comment, with the type of its function, or as it is defined."""
    for name in block.names:
        if Page.kinds[name] == 'macro':
            form = block.form_of(name)
            functions = [one.text for one in block.declared if one.names == [name + '_of']]
            kind = re.match(r'(?:const )?\w+ \*?', functions[0])[0] if form and not form[1] and functions else ''
            text = form[0].strip(' ,.:\n') if form else name + module.macros[name]
            yield (form.start() if form else 0), name, kind + text


def synopsis(page, block, module):
    page.lines += ['.Sh SYNOPSIS', '.In leat.h']
    for one in block.declared:
        if one.kind == 'type':
            page.lines += literal(shown(one.text)) + ['.Pp']
    for _, name, text in sorted(forms_of(block, module)):
        page.lines += prototype(name, text, types_of(block))
    for one in block.declared:
        if one.kind in ('function', 'variable'):
            page.lines += prototype(one.names[0], one.text, {})


def outcomes(text, begins, before):
    """A label in pieces, each with its tag: "1: sent. -1 with EAGAIN" has two."""
    parts = begins.split(text)
    known = {'ENOMEM': 'there is no memory.', 'EAGAIN': 'there is no thread.', '0': 'on success.', '1': 'on success.'}
    items = [(tag, [('text', body.strip() or known.get(tag, ''))]) for tag, body in zip(parts[1::2], parts[2::2])]
    return [('text', before + parts[0].strip())] * bool(parts[0].strip()) + [('list', items)] * bool(items)


def take_labels(nodes):
    """Take out the labels that have sections of their own, if the comment has each once."""
    labels = [tag for kind, body in nodes if kind == 'list' for tag, _ in body if tag in LABELS]
    taken = {'returns': [], 'errors': []}
    if len(labels) == len(set(labels)):
        for kind, body in nodes:
            for tag, inner in body[:] if kind == 'list' else []:
                if tag in taken:
                    body.remove((tag, inner))
                    begins, before = (RETURNED, 'It returns ') if tag == 'returns' else (CAUSE, '')
                    taken[tag] = outcomes(inner[0][1], begins, before) + inner[1:]
    return taken


def example(names, programs):
    """The program that shows one of these names: its text, and what it prints."""
    for name in names:
        for program in programs.get(name, []):
            path = f'docs/examples/{program}'
            text = read(path + '.c') if os.path.exists(path + '.expected') else 'It ends with status'
            if text.count('\n') < 75 and 'It ends with status' not in text:
                prints = read(path + '.expected')
                text = text.replace('/* SPDX-License-Identifier: 0BSD\n *\n', '/*\n')
                return text.rstrip().split('\n'), prints.rstrip()
    return None, ''


def types_in(block):
    """The types that its declarations and its comment name, but those that each page would have."""
    text = ' '.join([block.text] + [one.text for one in block.declared])
    names = dict.fromkeys(re.findall(r'\bleat_\w+', text))
    known = {'leat_rx', 'leat_tx', 'leat_chan', 'leat_time', 'leat_type', 'leat_stage', *block.names}
    return [(name, 3) for name in names if Page.kinds.get(name) == 'type' and name not in known]


def write_page(out, block, module, titles, programs, date):
    """The page of a block."""
    page = Page(*block.page, titles[block.page], date)
    synopsis(page, block, module)
    nodes = tree(block.comment)
    taken = take_labels(nodes)
    beside = [(name, [('text', one.note)]) for one in block.declared for name in one.names if one.note]
    page.section('DESCRIPTION', nodes + [('list', beside)])
    page.section('RETURN VALUES', taken['returns'])
    code, prints = example([block.page[0]] + block.names, programs)
    if code:
        page.lines += ['.Sh EXAMPLES'] + literal(code)
        page.lines += (['.Pp', 'It prints:', '.Pp'] + literal(prints.split('\n'))) * bool(prints.count('\n') < 20)
    page.section('ERRORS', taken['errors'])
    neighbours = [[one.page for one in blocks if one.names] for _, blocks in module.sections if block in blocks][0]
    at = neighbours.index(block.page)
    page.see_also(neighbours[max(0, at - 4):at + 5] + types_in(block) + [module.page, ('leat', 7)])
    page.write(out)
    for name in block.names:
        if name != block.page[0]:
            put(out, name, 3, f'.so man3/{block.page[0]}.3\n')


def contents(page, module, titles):
    """Each page of a header with what it is about."""
    sections = [(module.page[0], module.blocks())] if page.name == 'leat' else module.sections
    for title, blocks in sections:
        listed = [block for block in blocks if block.names]
        if listed:
            page.lines += [f'.Ss {title.removesuffix(".c")}'] * bool(title) + ['.Bl -tag -width Ds -compact']
            for block in listed:
                page.lines += [f'.It Xr {block.page[0]} 3', escaped(titles[block.page])]
            page.lines.append('.El')


def write_module(out, module, modules, titles, date):
    """leat-x(7), or leat(7)."""
    nodes = tree(line for line in module.top if not line.startswith('SPDX'))
    intro = re.sub(r'^[\w.]+ - ', '', nodes.pop(0)[1])
    page = Page(*module.page, re.split(r'\.(?: |$)', intro)[0].replace('`', ''), date)
    page.lines += ['.Sh SYNOPSIS', '.In leat.h', '.Pp', '.Dl cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs leat)']
    page.section('DESCRIPTION', [('text', intro[:1].upper() + intro[1:])])
    page.nodes(nodes, '.Sh')
    for title, blocks in module.sections:
        for block in blocks:
            if not block.names and module.name != 'leat':
                nodes = tree(block.comment)
                page.nodes([('head', title.removesuffix('.c'))] * bool(title and nodes[0][0] != 'head') + nodes)
    page.lines.append('.Sh CONTENTS')
    for one in modules + [module] if module.name == 'leat' else [module]:
        contents(page, one, titles)
    page.lines += ENVIRONMENT if module.name == 'leat' else []
    page.see_also([one.page for one in modules] + [('leat-top', 1)] if module.name == 'leat' else [('leat', 7)])
    page.write(out)
    for name, where in Page.pages.items():
        if where == module.page:
            put(out, name, 3, f'.so man7/{module.page[0]}.7\n')


def programs_of_calls():
    """For each call, the examples whose line in the README names it."""
    found = {}
    for name, text in re.findall(r'^- \[(\w+)\]\(.*?\)[^:]*: (.*(?:\n  .*)*)', read('docs/examples/README.md'), re.M):
        for call in re.findall(r'`(\w+)`', text):
            found.setdefault(call, []).append(name)
    return found


def read_modules():
    """The headers in the order of leat.h, and leat.h itself, with the pages of their names."""
    order = re.findall(r'#include "(leat/\w+\.h)"', read('include/leat.h'))
    others = ['nats/include/leat/nats.h']
    modules = [Module(path) for path in [f'include/{name}' for name in order] + others if os.path.exists(path)]
    whole = Module('include/leat.h')
    for module in modules + [whole]:
        module.find_macros()
        module.name_pages()
    Page.modules += [module.page[0] for module in modules]
    return modules, whole


def main(out):
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    modules, whole = read_modules()
    titles = {block.page: sentence(block) for module in modules + [whole] for block in module.blocks() if block.names}
    year, month, day = re.search(r'^## .*?(\d{4})-(\d{2})-(\d{2})', read('CHANGELOG.md'), re.M).groups()
    date = f'{MONTHS[int(month) - 1]} {int(day)}, {year}'
    programs = programs_of_calls()
    for module in modules + [whole]:
        for block in module.blocks():
            if block.names:
                write_page(out, block, module, titles, programs, date)
    for module in modules + [whole]:
        write_module(out, module, modules, titles, date)
    put(out, 'leat-top', 1, read('lib/insight/tools/leat-top.1').replace('@DATE@', date))


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]))
