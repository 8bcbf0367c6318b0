# SPDX-License-Identifier: 0BSD
"""works.py - what the programs are measured with, and how a sample of a program becomes a row of the CSV."""
import dataclasses

SECONDS = 3  # how long the rows that wait run

FIELDS = "name,peer,repetition,value,wall,cpu,memory,switches,lines,said,state".split(",")
VALUES = {"wall": "the time of the process", "cpu": "CPU time", "p99": "the 99th percentile of the latencies"}
TITLES = {
    "leat": "leat",
    "go": "Go",
    "rust": "Rust, crossbeam",
    "rayon": "Rust, rayon",
    "tbb": "C++, TBB",
    "pthread": "pthreads",
    "pigz": "pigz",
    "shell": "shell",
}


@dataclasses.dataclass(frozen=True)
class Work:
    name: str  # the name of the programs, and what tells this work from others of them
    arguments: str = ""  # {data} is the folder that data.py makes
    about: str = ""
    value: str = "wall"  # the ms that count: wall, cpu, or those behind such a word on the program's stderr
    times: int = 1  # how often a sample runs the program
    unpack: bool = False  # the output is compressed, and means the file that is the last argument

    @property
    def program(self):
        return self.name.split("/")[0]


WORKS = [
    Work("words", "{data}/text.txt", "the most frequent words of 100 MB of text"),
    Work("tree", "{data}/tree", "SHA-256 of 4,000 files with 256 MB, in the order of their paths"),
    Work("gzip", "{data}/block.txt", "48 MB of text, compressed in blocks of 256 KiB", unpack=True),
    Work("log/chunks", "chunks {data}/log.txt", "a log of 200 MB, by chunks that end with a line"),
    Work("log/lines", "lines {data}/log.txt", "the same log by lines: each one is a value of the pipeline"),
    Work("events/chain/128", "chain 128", "3 million events of 24 bytes through 4 stages, room 128"),
    Work("events/chain/1024", "chain 1024", "the same with room 1024"),
    Work("events/fused", "fused 128", "the same steps, all of them in one stage behind the source, room 128"),
    Work("events/from", "from 128", "the same steps in the thread of the source, room 128"),
    Work("events/batch", "batch 8", "the same 4 stages for batches of 256 events, room 8"),
    Work("waiting/100ms", f"2000 100 {SECONDS}", f"2,000 stages that wait with a time-out, {SECONDS} s", "cpu"),
    Work("waiting/1s", f"2000 1000 {SECONDS}", "the same with a longer time-out", "cpu"),
    Work("service", f"1000 2000 {SECONDS}", f"1,000 clients, hedged calls, 2,000 requests/s for {SECONDS} s", "p99"),
    Work("small", "", "a pipeline of 5 stages over 10 values, the whole process", times=20),
]


def chosen_works(words):
    """The works whose name contains one of the words; without words all."""
    return [work for work in WORKS if not words.split() or any(word in work.name for word in words.split())]
