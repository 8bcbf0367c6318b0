#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""data.py - make what the programs work on, always the same: a text, a log and a tree of files.

    data.py FOLDER [SCALE]

SCALE is 1 for text.txt of 100 MB, log.txt of 200 MB, block.txt of 48 MB and tree/ with 4,000 files of 256 MB in all.
What is there already stays. Large files repeat a part of some megabytes, so that they are soon made.
"""
import os
import random
import sys

PART = 8 << 20


def words(chance):
    """30,000 different words. The n-th is used about n times less often than the first."""
    syllables = [a + b for a in "bcdfghjklmnprstvw" for b in "aeiou"]
    made = list(dict.fromkeys("".join(chance.choices(syllables, k=1 + i // 2000 % 4)) for i in range(60000)))[:30000]
    chance.shuffle(made)
    return made, [1 / (1 + i) for i in range(len(made))]


def text(chance):
    made, weights = words(chance)
    chosen = chance.choices(made, weights, k=PART // 5)
    lines = [" ".join(chosen[i : i + 12]) for i in range(0, len(chosen), 12)]
    return "\n".join(line.capitalize() + "." for line in lines) + "\n"


def log(chance):
    methods, kinds = ["GET", "GET", "GET", "POST", "PUT"], ["items", "users", "orders", "images"]
    statuses = [200] * 40 + [201, 204, 301, 302, 304, 304, 304, 400, 401, 404, 404, 500, 503]
    lines = []
    for i in range(PART // 60):
        path = f"/api/{chance.choice(kinds)}/{chance.randrange(1000000)}"
        size, time = chance.randrange(200, 100000), int(chance.expovariate(1 / 5000))
        lines.append(f"2026-01-01T00:{i // 60000 % 60:02}:{i / 1000 % 60:06.3f}Z {chance.choice(methods)} {path} "
            f"{chance.choice(statuses)} {size} {time}")
    return "\n".join(lines) + "\n"


def write(path, part, size):
    """Write the part again and again, until the file has about this size."""
    if os.path.exists(path):
        return
    with open(path + ".new", "wb") as file:
        for _ in range(max(1, round(size / len(part)))):
            file.write(part)
    os.rename(path + ".new", path)


def tree(path, chance, count, size):
    """Files in folders of 100. Most of them are small, and a few have most of the bytes."""
    if os.path.exists(path):
        return
    sizes = [chance.paretovariate(1.1) for _ in range(count)]
    scale, noise = size / sum(sizes), chance.randbytes(1 << 20)
    for i, share in enumerate(sizes):
        folder = f"{path}.new/{i // 100:03}"
        os.makedirs(folder, exist_ok=True)
        length, begin = int(share * scale), chance.randrange(len(noise))
        with open(f"{folder}/file{i % 100:02}", "wb") as file:
            file.write((noise[begin:] + noise * (1 + length // len(noise)))[:length])
    os.rename(path + ".new", path)


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("usage: data.py FOLDER [SCALE]")
    folder, scale = sys.argv[1], float(sys.argv[2]) if len(sys.argv) == 3 else 1
    chance = random.Random(1)
    os.makedirs(folder, exist_ok=True)
    prose = text(chance).encode()
    write(f"{folder}/text.txt", prose, scale * 100e6)
    write(f"{folder}/block.txt", prose, scale * 48e6)
    write(f"{folder}/log.txt", log(chance).encode(), scale * 200e6)
    tree(f"{folder}/tree", chance, int(4000 * scale), scale * 256e6)


if __name__ == "__main__":
    main()
