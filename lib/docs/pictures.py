#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""pictures.py [--check] DIRECTORY - make DIRECTORY/x.svg of each DIRECTORY/x.dot that has changed, with graphviz's dot.
With --check: name each picture that has no svg, or that of another text. That needs no graphviz.

How all pictures look is written here. A picture may say what its lines and nodes mean, by the colours below. The first
line of x.dot is its title: "// How a value moves". Put long things below each other: a picture is readable on a phone
if it is at most 450 points wide."""
import glob
import hashlib
import re
import subprocess
import sys

# What dot assumes where a picture says nothing.
GRAPH = dict(bgcolor='transparent', style='rounded', pad=0.1, nodesep=0.35, ranksep=0.45, fontsize=11, fontname='sans',
             color='gray', fontcolor='gray', labeljust='l')
NODE = dict(shape='box', style='rounded,filled', fontsize=11, fontname='sans', penwidth=1.2, height=0.35,
            margin='0.14,0.06')
EDGE = dict(fontsize=10, fontname='sans', penwidth=1.2, arrowsize=0.7)

# The colours: for lines and words, and for what is filled; in light and in dark.
COLOURS = {
    'black': ('#1f2328', 'none', '#e6edf3', 'none'),
    'gray': ('#59636e', '#eff1f3', '#9da7b3', '#262c36'),     # less important; a place that is free
    'blue': ('#0550ae', '#e1edfb', '#79c0ff', '#14283f'),     # a thread, a stage
    'gold': ('#7d4e00', '#fff0bf', '#e8bd4e', '#43350c'),     # a value, and its way
    'green': ('#116329', '#dbf3e0', '#7ee787', '#15331e'),    # it goes on; it is right
    'red': ('#a40e26', '#ffe3e1', '#ffa198', '#471d1f'),      # it waits for ever; it is wrong
}
LINES, FILLS = '[stroke={0}]{{stroke:{1}}}.edge polygon[fill={0}],text[fill={0}]{{fill:{1}}}', '[fill={0}]{{fill:{1}}}'
FONTS = ('text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}'
         'text[font-family=monospace]{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'
         '"DejaVu Sans Mono",monospace}')


def rules(column):
    """The colours of a scheme, whose first column this is. Rules for words come last, because they are in front."""
    parts = [FILLS.format(name, tones[column + 1]) for name, tones in COLOURS.items()]
    parts += [f'[fill=lightgrey]{{fill:none}}text{{fill:{COLOURS["black"][column]}}}']
    return ''.join(parts + [LINES.format(name, tones[column]) for name, tones in COLOURS.items()])


STYLE = f'{FONTS}{rules(0)}@media(prefers-color-scheme:dark){{{rules(2)}}}'


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def sum_of(path):
    """Two pictures of the same text in the same style are the same."""
    return hashlib.sha256((STYLE + repr((GRAPH, NODE, EDGE)) + read(path)).encode()).hexdigest()


def is_stale(path):
    try:
        return f'<!-- {sum_of(path)} -->' not in read(path[:-3] + 'svg')
    except FileNotFoundError:
        return True


def drawn(path):
    """What dot makes of a picture."""
    kinds = dict(G=GRAPH, N=NODE, E=EDGE)
    options = [f'-{kind}{name}={value}' for kind, values in kinds.items() for name, value in values.items()]
    return subprocess.run(['dot', '-Tsvg', *options, path], check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout


def styled(svg, title, key):
    """The picture with our style, a title that can be read aloud, and the sum of its source."""
    unknown = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg)) - {*COLOURS, 'none', 'transparent', 'lightgrey'}
    if unknown:
        raise ValueError(f'{" ".join(sorted(unknown))}: a colour is one of {" ".join(COLOURS)}')
    svg = re.sub(r'<title>.*?</title>\n|<!--.*?-->\n', '', svg[svg.index('<svg'):], flags=re.S)
    head = f'<!-- {key} -->\n<title>{title}</title>\n<style>{STYLE}</style>\n'
    return re.sub('(<svg [^>]*)>\n', lambda tag: f'{tag[1]} role="img">\n{head}', svg, count=1)


def make(path):
    title = re.match(r'// (.*)\n', read(path))
    if not title:
        raise ValueError('its first line is no title, such as "// How a value moves"')
    escaped = title[1].replace('&', '&amp;').replace('<', '&lt;')
    with open(path[:-3] + 'svg', 'w', encoding='utf-8') as file:
        file.write(styled(drawn(path), escaped, sum_of(path)))


def main(folder, check):
    stale = [path for path in sorted(glob.glob(f'{folder}/*.dot')) if is_stale(path)]
    if check:
        sys.exit('\n'.join(f'{path}: its svg is not of this text: make pictures' for path in stale) or 0)
    for path in stale:
        try:
            make(path)
        except (ValueError, subprocess.CalledProcessError) as error:
            sys.exit(f'{path}: {error}')
        print(f'  {path[:-3]}svg')


if __name__ == '__main__':
    main(sys.argv[-1], '--check' in sys.argv)
