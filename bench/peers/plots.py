# SPDX-License-Identifier: 0BSD
"""plots.py - the plots of the report, drawn by gnuplot as SVG. A plot is a string that can be put into a page."""
import re
import subprocess

COLOURS = {"leat": "#0072b2", "Go": "#009e73", "crossbeam": "#d55e00", "textbook": "#999999", "best": "#1c2430"}
OTHER_COLOUR = "#cc79a7"
NO_VALUE = "?"

HEAD = """
set terminal svg size {width},{height} dynamic font "sans-serif,13" background "white"
set datafile missing "?"
set encoding utf8
set border 3 linecolor "#888888"
set grid ytics mytics linetype 1 linecolor "#dddddd", linetype 1 linecolor "#f1f1f1"
set tics nomirror textcolor "#333333"
set key outside top right horizontal samplen 1.5 height 0.5
"""

BARS = """
set style data histograms
set style histogram errorbars gap 1.5 linewidth 1
set style fill solid 0.85 noborder
set errorbars 0.4 front linecolor "#333333"
set logscale y
set xrange [-0.6:{cells}-0.4]
set yrange [{low}:{high}]
set format y "%.0s%c"
set ylabel "ns"
set xtics scale 0
"""

LINES = """
set logscale x 2
set logscale y
set xrange [0.8:{most}]
set yrange [{low}:{high}]
set xtics ({stages})
set format y "%.0s%c"
set title {title}
set xlabel "stages that each message passes"
set ylabel "ns"
set errorbars 0.5
"""

RATIOS = """
set logscale x
set xrange [{low}:{high}]
set yrange [{rows}-0.4:-0.6]
set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
set ytics scale 0
set grid xtics noytics nomytics linetype 1 linecolor "#dddddd"
set arrow from 1, graph 0 to 1, graph 1 nohead linewidth 1.5 linecolor "#333333" back
set xlabel "time of leat divided by that of the other: left of 1 leat is faster"
"""


def colour(peer):
    return COLOURS.get(peer, OTHER_COLOUR)


def text(words):
    """A string for gnuplot, with its markup characters such as _ escaped."""
    return '"' + re.sub(r'([_^{}@&~\\"])', r"\\\\\1", str(words)) + '"'


def draw(name, script):
    """Run gnuplot. The ids get the name of the plot, because a page has several. Without gnuplot: FileNotFoundError."""
    result = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True, check=True)
    svg = result.stdout[result.stdout.index("<svg") :]
    svg = re.sub(r"\bid=(['\"])", rf"id=\1{name}-", svg)
    return re.sub(r"(url\(|href=['\"])#", rf"\1#{name}-", svg)


def columns_of(stats):
    """Median, minimum and maximum of a peer. It may have none."""
    return [NO_VALUE] * 3 if stats is None else [stats.median, stats.least, stats.most]


def data(rows):
    return "$data << END\n" + "".join(" ".join(map(str, row)) + "\n" for row in rows) + "END\n"


def series(peers, using, styles):
    """The command that plots a series for each peer. The columns of a peer follow those of the previous one."""
    width, drawn = using.count("{}"), []
    for i, (peer, style) in enumerate(zip(peers, styles)):
        columns = using.format(*range(2 + width * i, 2 + width * (i + 1)))
        drawn.append(f"$data using {columns} title {text(peer)} {style} linecolor rgb '{colour(peer)}'")
    return "plot " + ", ".join(drawn) + "\n"


def data_of(peers, cells, label):
    return data([label(name)] + sum((columns_of(stats.get(peer)) for peer in peers), []) for name, stats in cells)


def range_of(cells):
    """The range has room for all whiskers. On a logarithmic axis, bars begin somewhere below them."""
    everything = [each for _, stats in cells for each in stats.values()]
    return {"low": min(each.least for each in everything) / 2, "high": max(each.most for each in everything) * 1.2}


def bars(name, peers, cells, width=960, height=330):
    """For each cell a label and the stats by peer. Each peer has a bar, with a whisker from minimum to maximum."""
    axes = BARS.format(cells=len(cells), **range_of(cells))
    drawn = data_of(peers, cells, text) + series(peers, "{}:{}:{}:xtic(1)", [""] * len(peers))
    return draw(name, HEAD.format(width=width, height=height) + axes + drawn)


def lines(name, title, peers, cells, width=470, height=330):
    """The same if the labels are numbers of stages: a line for each peer."""
    stages = [stages for stages, _ in cells]
    most, all_stages = max(stages) * 1.25, ", ".join(map(str, stages))
    axes = LINES.format(title=text(title), most=most, stages=all_stages, **range_of(cells))
    style = "with yerrorlines linewidth 1.5 pointtype 7 pointsize 0.4"
    drawn = data_of(peers, cells, str) + series(peers, "1:{}:{}:{}", [style] * len(peers))
    return draw(name, HEAD.format(width=width, height=height) + axes + drawn)


def ratios(name, peers, cells, width=960):
    """For each cell a label and two ratios by peer: one is a dot, the other a ring around it."""
    rows = [[text(label)] + [found.get(peer, NO_VALUE) for peer in peers] for label, found in cells]
    values = [value for _, found in cells for value in found.values()] + [0.5, 2]
    axes = RATIOS.format(low=min(values) / 1.3, high=max(values) * 1.3, rows=len(rows))
    head = HEAD.format(width=width, height=90 + 17 * len(rows))
    styles = ["with points pointtype 7 pointsize 0.5", "with points pointtype 6 pointsize 1 linewidth 1.5"]
    return draw(name, head + axes + data(rows) + series(peers, "{}:0:ytic(1)", styles))
