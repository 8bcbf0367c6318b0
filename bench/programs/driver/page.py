#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""page.py - make one HTML page of the results of compare.py. It needs no other file.

    page.py BENCH-PROGRAMS.csv >bench-programs.html

Without gnuplot, the page has no plot and says so.
"""
import os
import sys

sys.dont_write_bytecode = True  # write nothing beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "..", "peers"))
import report
from report import escape, number, tag
from results import Cell
from works import TITLES, VALUES, WORKS

ABOUT = {work.name: work for work in WORKS}


class Measured(Cell):
    """A work with the samples of all programs."""

    KEY, VALUE = ["name"], "value"

    @property
    def title(self):
        return self.name

    @property
    def heading(self):
        work = ABOUT.get(self.name)
        return f"{self.name}: {work.about}; ms: {VALUES[work.value]}" if work else self.name


# -------------------------------------------------------------------------------------------------------- the table


def numbers_of(cell, peer, stats):
    spread = tag("small", f"{number(stats.least)}–{number(stats.most)}")
    median = tag("b" if peer in cell.fastest() else "span", number(stats.median))
    yield tag("td", median + spread)
    yield report.ratio_entry(cell, peer, name=False) if peer != "leat" else tag("td", "", class_="none")
    for field in ["wall", "cpu"]:
        yield tag("td", number(stats.middle(field)))
    yield tag("td", number(stats.middle("memory") / 1024))
    yield tag("td", f"{stats.middle('switches'):.0f}")
    yield tag("td", f"{stats.middle('lines'):.0f}")


def program_row(cell, peer, stats):
    first = escape(report.title_of(peer))
    if stats.ok and stats.samples[0]["said"]:
        first += tag("small", escape(stats.samples[-1]["said"]))  # one sample's own numbers
    first = tag("td", first, class_="work")
    if not stats.ok:
        return tag("tr", first + tag("td", escape(stats.state), class_="bad", colspan=7))
    return tag("tr", first + "".join(numbers_of(cell, peer, stats)))


def programs_table(results):
    heads = ["program", "ms", "leat / it", "wall ms", "CPU ms", "MiB", "switches", "lines"]
    rows = []
    for cell in results.cells:
        rows.append(tag("tr", tag("th", escape(cell.heading), colspan=len(heads)), class_="group"))
        rows += [program_row(cell, peer, stats) for peer, stats in cell.stats.items() if stats.state != "unsupported"]
    return report.table(heads, rows, 1)


# --------------------------------------------------------------------------------------------------------- the page


def programs_report(results):
    reading = report.beside("reading.html", HERE).format(repetitions=results.note("repetitions"))
    keys = ["leat", "malloc", "go", "crossbeam-channel", "rayon", "tbb", "date", "repetitions"]
    return report.page("Whole programs", report.subtitle(results), [
        ("Summary", report.summary(results)),
        ("Programs", programs_table(results)),
        ("Plot", report.all_plots(results, [report.overview])),
        ("How to read it", reading),
        ("Machine", report.machine(results)),
        ("Versions", report.definitions((key, results.note(key)) for key in keys)),
    ])


if __name__ == "__main__":
    report.TITLES.update(TITLES)
    report.print_page(programs_report(report.read_results(Measured)))
