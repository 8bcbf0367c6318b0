# SPDX-License-Identifier: 0BSD
"""results.py - reads the output of measure.py: cells with the samples of the peers, and notes about the machine."""
import csv
import dataclasses
import statistics

GROUPS = [
    ("One thread", ["seq"]),
    ("Threads and one channel", ["spsc", "mpsc", "spmc", "mpmc"]),
    ("Select", ["select_rx", "select_both"]),
    ("To and fro", ["pingpong"]),
    ("Chains", ["chain1", "chain4", "chain16", "chain64"]),
    ("Pipelines of the book", ["arithmetic", "steps", "steps_from", "generic"]),
    ("Beside messages", ["deadline", "timeout", "go", "or_build", "or_fire", "or_drop", "forkjoin"]),
]


@dataclasses.dataclass
class Stats:
    """The samples of one peer in one cell, or why there are none."""

    value: str = "ns"  # the field that counts
    samples: list = dataclasses.field(default_factory=list)
    state: str = "ok"

    @property
    def ok(self):
        return self.state == "ok" and bool(self.samples)

    def middle(self, field):
        return statistics.median(float(sample[field]) for sample in self.samples)

    @property
    def median(self):
        return self.middle(self.value)

    @property
    def least(self):
        return min(float(sample[self.value]) for sample in self.samples)

    @property
    def most(self):
        return max(float(sample[self.value]) for sample in self.samples)

    def overlaps(self, other):
        return self.least <= other.most and other.least <= self.most


class Cell:
    """The times of all peers for the same work."""

    KEY, VALUE = ["shape", "capacity", "size", "cores"], "ns"

    def __init__(self, row):
        self.stats = {}
        for field in self.KEY:
            setattr(self, field, row[field])

    def add(self, row):
        stats = self.stats.setdefault(row["peer"], Stats(self.VALUE))
        if row["state"] == "ok":
            stats.samples.append(row)
        else:
            stats.state = row["state"]

    @property
    def work(self):
        size = f", {self.size} bytes" if self.size != "8" else ""
        return self.shape + size + (", one core" if self.cores == "1" else "")

    @property
    def title(self):
        return self.work if self.capacity == "-" else f"{self.work} / {self.capacity}"

    def measured(self):
        return {peer: stats for peer, stats in self.stats.items() if stats.ok}

    def best_other(self):
        others = [peer for peer in self.measured() if peer != "leat"]
        return min(others, key=lambda peer: self.stats[peer].median, default=None)

    def ratio(self, peer):
        """The time of leat divided by that of the peer. None if one of them has no time."""
        measured = self.measured()
        if "leat" not in measured or peer not in measured:
            return None
        return measured["leat"].median / measured[peer].median

    def is_tie(self, peer):
        """The ranges overlap, so the ratio may be chance: neither of the two is faster."""
        return self.stats["leat"].overlaps(self.stats[peer])

    def fastest(self):
        """The peer with the least time, and those that tie with it."""
        measured = self.measured()
        first = min(measured.values(), key=lambda stats: stats.median, default=None)
        return [peer for peer, stats in measured.items() if stats.overlaps(first)]


class Results:
    """Read the file: its notes, and its cells in the order of the report."""

    def __init__(self, lines, kind=Cell):
        self.notes, cells = {}, {}
        for line in lines:
            if line.startswith("# "):
                key, value = line[2:].rstrip("\n").split(": ", 1)
                self.notes.setdefault(key, []).append(value)
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            key = tuple(row[field] for field in kind.KEY)
            cells.setdefault(key, kind(row)).add(row)
        self.cells = list(cells.values())
        able = [peer for cell in self.cells for peer, stats in cell.stats.items() if stats.state != "unsupported"]
        self.peers = list(dict.fromkeys(able))

    def note(self, key):
        return ", ".join(self.notes.get(key, ["unknown"]))

    def compared(self, peer_of):
        """The wins, ties and losses of leat against peer_of(cell): lists of (ratio, cell), the farthest ratio first."""
        wins, ties, losses = [], [], []
        for cell in self.cells:
            ratio = cell.ratio(peer_of(cell))
            if ratio is not None:
                found = ties if cell.is_tie(peer_of(cell)) else wins if ratio < 1 else losses
                found.append((ratio, cell))
        wins.sort(key=lambda each: each[0])
        losses.sort(key=lambda each: -each[0])
        return wins, ties, losses

    def groups(self):
        """The titles with their cells. Cells without a group come last."""
        known = [shape for _, shapes in GROUPS for shape in shapes]
        rest = [cell.shape for cell in self.cells if cell.shape not in known]
        for title, shapes in GROUPS + [("Others", rest)]:
            cells = [cell for cell in self.cells if cell.shape in shapes]
            if cells:
                yield title, cells

    def failures(self):
        for cell in self.cells:
            for peer, stats in cell.stats.items():
                if stats.state not in ("ok", "unsupported"):
                    yield cell, peer, stats.state
