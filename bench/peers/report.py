#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""report.py - make one HTML page of the results of measure.py. It needs no other file.

    report.py REPORT.csv >report.html

Without gnuplot, the page has no plots and says so.
"""
import html
import math
import os
import re
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True  # write nothing beside the sources
import plots
from results import GROUPS, Cell, Results

HERE = os.path.dirname(os.path.abspath(__file__))
CAPACITIES = ["0", "1", "128", "all"]
TITLES = {"go": "Go"}  # the others have the names of their programs

SHAPES = {
    "seq": "one thread sends all messages into a channel with room for them, then receives them",
    "spsc": "one sender, one receiver; also with elements of 64 and 1024 bytes, which go over by value",
    "mpsc": "four senders, one receiver",
    "spmc": "one sender, four receivers",
    "mpmc": "four senders, four receivers",
    "select_rx": "four senders, each on a channel of its own; one receiver selects among them",
    "select_both": "four senders and four receivers, each of which selects among the same four channels",
    "pingpong": "a message to a partner and back is one round trip; also with both threads on one core",
    "chain": "each message passes so many threads that receive it and send it on",
    "arithmetic": "generator → times 2 → plus 1 → times 2, where each stage watches done, as in “Concurrency in Go”",
    "generic": "repeat → take → to string, of values that carry their type, watching done as well",
    "steps": "the same; leat does the last three in one thread, by leat_steps, Go as before",
    "steps_from": "the same; leat does all in one thread, by leat_steps_from, Go as before",
    "deadline": "a receive of a message that is there, for one second at most; in Go the select of the next line",
    "timeout": "a select of a message that is there and of a timer of one second, made anew each time",
    "go": "starting a function that does nothing, a thousand at once, until all have ended: leat_go, a goroutine with "
    "a WaitGroup, pthread_create with pthread_join",
    "or_build": "an or of 1000 channels, until all of it has been started; in Go the recursive one of the book",
    "or_fire": "… from when one of them closes until that of the or is seen",
    "or_drop": "… and until nothing of it runs any more",
    "forkjoin": "fib(30), a fork at every level, on two threads or one: a fork; TBB with its task_group",
}

# ---------------------------------------------------------------------------------------------------- small pieces


def escape(value):
    return html.escape(str(value))


def title_of(peer):
    return TITLES.get(peer, peer)


def number(value):
    """At least three digits, with a separator for thousands."""
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def tag(name, content, **attributes):
    given = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{given}>{content}</{name}>"


def table(heads, rows, texts, **attributes):
    """The first columns are text, as many as `texts` says. The others are numbers."""
    classes = ["work"] * texts + [None] * (len(heads) - texts)
    head = tag("thead", tag("tr", "".join(tag("th", escape(each), class_=of) for each, of in zip(heads, classes))))
    return tag("div", tag("table", head + tag("tbody", "\n".join(rows)), **attributes), class_="wide")


def definitions(pairs):
    return tag("dl", "\n".join(tag("dt", escape(key)) + tag("dd", escape(value)) for key, value in pairs))


def shade(ratio):
    """Green below 1 and red above. The colour is stronger farther from 1, and full at 1/4 and at 4."""
    strength = min(1, abs(math.log2(ratio)) / 2)
    return f"background: hsl({145 if ratio < 1 else 8} 62% {97 - 27 * strength:.0f}%)"


# ----------------------------------------------------------------------------------------------------- the summary


def mean_ratio(cells, peer):
    """The geometric mean of the ratios that are not None. None if there are none."""
    ratios = [cell.ratio(peer) for cell in cells if cell.ratio(peer)]
    return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else None


def card(results, peer):
    ratios = [cell.ratio(peer) for cell in results.cells if cell.ratio(peer)]
    if not ratios:
        return ""
    mean = mean_ratio(results.cells, peer)
    wins, ties, losses = results.compared(lambda cell: peer)
    lines = [
        tag("div", f"leat / {escape(title_of(peer))}", class_="label"),
        tag("div", f"{mean:.2f}", class_="figure"),
        tag("div", f"geometric mean of {len(ratios)} cells; leat is faster in {len(wins)}, slower in {len(losses)}, "
            f"and ≈ in {len(ties)}", class_="small"),
    ]
    return tag("div", "".join(lines), class_="card", style=shade(mean))


def extremes(results):
    """The cells in which leat is farthest ahead of the best other peer, and farthest behind it."""
    wins, ties, losses = results.compared(lambda cell: cell.best_other())
    yield (
        f"Beside the best of the others, leat is faster in {len(wins)} cells and slower in {len(losses)}. "
        f"In {len(ties)} the ranges overlap (≈)."
    )
    for where, found in [("ahead of", wins), ("behind", losses)]:
        if found:
            cells = "; ".join(f"{cell.title} ({ratio:.2f})" for ratio, cell in found[:3])
            yield f"Farthest {where} the best of the others: {cells}."


def numbers_in(note):
    return [float(value) for value in re.findall(r"\d+\.?\d*", note)]


def range_of(values):
    return f"{min(values):.2f} to {max(values):.2f}"


def state(results):
    """Can the numbers be believed? Return a class of the style sheet, or none, and a text about the machine."""
    before, after = (numbers_in(results.note(f"two busy threads, {when}")) for when in ["before", "after"])
    if not before or not after:
        return None, "The state of the machine was not measured."
    seen = f"two busy threads got {range_of(before)} cores before and {range_of(after)} after"
    spread = [ratio >= 1.5 for ratio in before + after]
    if all(spread):
        return None, f"The machine was spread: {seen}."
    if not any(spread):
        return "bad", f"The machine was packed: {seen}. Threads shared a core, or others worked on it too."
    return "bad", f"The machine went between packed and spread: {seen}. Look at the ranges."


def mean_entry(cells, peer):
    mean = mean_ratio(cells, peer)
    return tag("td", f"{mean:.2f}", style=shade(mean), class_="ratio") if mean else tag("td", "–", class_="none")


def means_by_capacity(results):
    """A table of the geometric means."""
    others = [peer for peer in results.peers if peer != "leat"]
    capacities = [each for each in CAPACITIES if any(cell.capacity == each for cell in results.cells)]
    rows = []
    for capacity in capacities:
        cells = [cell for cell in results.cells if cell.capacity == capacity]
        first = tag("td", escape(f"capacity {capacity}: {len(cells)} cells"), class_="work")
        rows.append(tag("tr", first + "".join(mean_entry(cells, peer) for peer in others)))
    return table(["geometric mean"] + [f"leat / {title_of(peer)}" for peer in others], rows, 1, class_="narrow")


def summary(results):
    mark, words = state(results)
    sentences = [tag("li", escape(sentence)) for sentence in extremes(results)]
    sentences.append(tag("li", escape(words), class_=mark))
    for cell, peer, why in results.failures():
        sentences.append(tag("li", escape(f"{title_of(peer)} in {cell.title}: {why}"), class_="bad"))
    for missing in results.notes.get("left out", []):
        sentences.append(tag("li", escape(f"Left out: {missing}"), class_="bad"))
    cards = "".join(card(results, peer) for peer in results.peers if peer != "leat")
    return tag("div", cards, class_="cards") + tag("ul", "\n".join(sentences))


# -------------------------------------------------------------------------------------------------------- the tables


def entry(cell, peer):
    stats = cell.stats.get(peer)
    if stats is None or stats.state == "unsupported":
        return tag("td", "–", class_="none")
    if not stats.ok:
        return tag("td", escape(stats.state.split(":")[0]), class_="bad", title=stats.state)
    hint = f"CPU {number(stats.middle('cpu'))} ns, {stats.middle('switches'):.3g} switches a message"
    spread = tag("small", f"{number(stats.least)}–{number(stats.most)}")
    return tag("td", tag("b" if peer in cell.fastest() else "span", number(stats.median)) + spread, title=hint)


def ratio_entry(cell, peer, name=True):
    """The ratio of leat and the peer, and the name of the peer if the column does not say it."""
    ratio = cell.ratio(peer)
    if ratio is None:
        return tag("td", "–", class_="none")
    other = tag("small", escape(title_of(peer))) if name else ""
    if cell.is_tie(peer):
        return tag("td", f"≈{ratio:.2f}{other}", class_="ratio")
    return tag("td", f"{ratio:.2f}{other}", style=shade(ratio), class_="ratio")


def ratio_columns(results):
    """The heading of each column of ratios, and the peer that it compares leat with in a cell."""
    if results.peers != ["leat"]:
        yield "best", lambda cell: cell.best_other()
    if "go" in results.peers:
        yield "Go", lambda cell: "go"


def main_table(results):
    columns = list(ratio_columns(results))
    heads = ["work", "capacity"] + [title_of(peer) for peer in results.peers]
    heads += [f"leat / {head}" for head, _ in columns]
    rows = []
    for title, cells in results.groups():
        rows.append(tag("tr", tag("th", escape(title), colspan=len(heads)), class_="group"))
        for cell in cells:
            first = tag("td", escape(cell.work), class_="work") + tag("td", escape(cell.capacity), class_="work")
            entries = "".join(entry(cell, peer) for peer in results.peers)
            ratios = "".join(ratio_entry(cell, peer_of(cell)) for _, peer_of in columns)
            rows.append(tag("tr", first + entries + ratios))
    return table(heads, rows, 2)


def detail_row(cell, peer, stats):
    first = [cell.work, cell.capacity, title_of(peer)]
    if not stats.ok:
        return tag("tr", "".join(tag("td", escape(each), class_="work") for each in first + [stats.state]))
    columns = [number(value) for value in (stats.median, stats.least, stats.most)] + [f"{stats.most / stats.least:.2f}"]
    columns += [number(stats.middle("cpu")), f"{stats.middle('switches'):.4f}"]
    columns += [f"{stats.middle('messages'):.0f}", str(len(stats.samples))]
    return tag("tr", "".join(tag("td", escape(each), class_="work") for each in first) + "".join(map(cell_of, columns)))


def cell_of(content):
    return tag("td", content)


def detail_table(results):
    heads = "work,capacity,peer,median,least,most,most / least,CPU,switches,messages,samples".split(",")
    measured = [(cell, peer) for cell in results.cells for peer in cell.stats if peer in results.peers]
    rows = [detail_row(cell, peer, cell.stats[peer]) for cell, peer in measured]
    return table(heads, rows, 3)


# --------------------------------------------------------------------------------------------------------- the plots


BY_CAPACITY = ["One thread", "Threads and one channel", "Select"]  # the groups with a plot for each capacity
WHISKERS = "whiskers reach from the least to the most"


def plotted(results, cells, label):
    """The peers that have numbers there, and the arguments for plots.py."""
    shown = []
    for cell in cells:
        if cell.measured():
            shown.append((label(cell), {title_of(peer): stats for peer, stats in cell.measured().items()}))
    titles = [title_of(peer) for peer in results.peers]
    return [title for title in titles if any(title in stats for _, stats in shown)], shown


def figure(caption, *drawings):
    return tag("figure", tag("div", "".join(drawings), class_="drawings") + tag("figcaption", escape(caption)))


def overview(results):
    columns = list(ratio_columns(results))
    cells = []
    for cell in results.cells:
        found = {head: cell.ratio(peer_of(cell)) for head, peer_of in columns}
        cells.append((cell.title, {head: ratio for head, ratio in found.items() if ratio}))
    cells = [(title, found) for title, found in cells if found]
    if cells:
        marks = ["that of the best of the others (dot)", "that of Go (ring)"]
        caption = "The time of leat divided by " + " and by ".join(marks[: len(columns)]) + "."
        yield figure(caption, plots.ratios("ratios", [head for head, _ in columns], cells))


def by_capacity(results):
    chosen = [shape for title, shapes in GROUPS if title in BY_CAPACITY for shape in shapes]
    for capacity in CAPACITIES:
        cells = [cell for cell in results.cells if cell.capacity == capacity and cell.shape in chosen]
        peers, shown = plotted(results, cells, lambda cell: cell.work.replace("bytes", "B"))
        if shown:
            caption = f"Channels of capacity {capacity}: ns a message, on a logarithmic axis; {WHISKERS}."
            yield figure(caption, plots.bars(f"capacity-{capacity}", peers, shown))


def chains(results):
    drawings = []
    for capacity in ["0", "128"]:
        cells = [cell for cell in results.cells if cell.shape.startswith("chain") and cell.capacity == capacity]
        peers, shown = plotted(results, cells, lambda cell: int(cell.shape[len("chain") :]))
        if shown:
            drawings.append(plots.lines(f"chains-{capacity}", f"capacity {capacity}", peers, shown))
    if drawings:
        yield figure(f"Chains: ns a message, on logarithmic axes; {WHISKERS}.", *drawings)


def the_rest(results):
    for title, cells in results.groups():
        if title in BY_CAPACITY + ["Chains"]:
            continue
        peers, shown = plotted(results, cells, lambda cell: cell.title)
        if shown:
            caption = f"{title}: ns each, on a logarithmic axis; {WHISKERS}."
            yield figure(caption, plots.bars(re.sub(r"\W+", "-", title), peers, shown))


def all_plots(results, parts):
    try:
        return "\n".join(each for part in parts for each in part(results))
    except FileNotFoundError:
        return tag("p", "The plots were left out: gnuplot is not installed.")
    except subprocess.CalledProcessError as error:
        return tag("p", escape(f"The plots were left out: gnuplot failed: {error.stderr.strip()}"), class_="bad")


# ---------------------------------------------------------------------------------------------------------- the page


def machine(results):
    pairs = [(key, results.note(key)) for key in ["model", "cores", "kernel"]]
    for key, unit in [("two busy threads", "CPU time / time"), ("sched_yield", "ns a switch, on one core")]:
        for when in ["before", "after"]:
            pairs.append((f"{key}, {when}", results.note(f"{key}, {when}") + f" ({unit})"))
    return definitions(pairs)


def versions(results):
    given = [(key, results.note(key)) for key in results.peers + ["malloc", "date", "repetitions", "target"]]
    return definitions(given)


def legend(results):
    shapes = dict.fromkeys(re.sub(r"^chain\d+", "chain", cell.shape) for cell in results.cells)
    return definitions((shape, SHAPES.get(shape, "")) for shape in shapes)


def beside(name, folder=HERE):
    """Read a file in the same folder."""
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


def subtitle(results):
    words = "{}; {}, {} cores; {}".format(*(results.note(key) for key in ["date", "model", "cores", "kernel"]))
    return tag("p", escape(words), class_="small")


def page(title, below, sections):
    """The sections are headings with their contents; `below` is what stands below the title."""
    body = tag("h1", escape(title)) + below
    body += "\n".join(tag("section", tag("h2", heading) + content) for heading, content in sections)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += tag("title", escape(title)) + tag("style", beside("report.css"))
    return "<!DOCTYPE html>\n" + tag("html", tag("head", head) + tag("body", body), lang="en") + "\n"


def report(results):
    reading = beside("reading.html").format(repetitions=results.note("repetitions"), target=results.note("target"))
    return page("leat beside its peers", subtitle(results), [
        ("Summary", summary(results) + means_by_capacity(results)),
        ("Times", main_table(results)),
        ("Plots", all_plots(results, [overview, by_capacity, chains, the_rest])),
        ("How to read it", reading + legend(results)),
        ("Machine", machine(results)),
        ("Versions", versions(results)),
        ("Everything", tag("details", tag("summary", "All medians, ranges, CPU and switches") + detail_table(results))),
    ])


def read_results(kind=Cell):
    """The results in the file that is the program's only argument."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} REPORT.csv >report.html")
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        results = Results(file.readlines(), kind)
    if not results.cells:
        sys.exit(f"{sys.argv[1]}: no samples")
    return results


def print_page(text):
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    print_page(report(read_results()))
