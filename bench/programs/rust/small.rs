// SPDX-License-Identifier: 0BSD
//
// small - five threads over ten values. See small.c. Needs crossbeam-channel.

use crossbeam_channel::{bounded, Receiver};
use std::io::{self, Write};
use std::thread::spawn;

const ROOM: usize = 128;

fn generate(values: std::ops::RangeInclusive<i32>) -> Receiver<i32> {
    let (out, numbers) = bounded(ROOM);
    spawn(move || values.map(|value| out.send(value)).all(|sent| sent.is_ok()));
    numbers
}

fn each(numbers: Receiver<i32>, step: fn(i32) -> i32) -> Receiver<i32> {
    let (out, results) = bounded(ROOM);
    spawn(move || numbers.iter().map(|number| out.send(step(number))).all(|sent| sent.is_ok()));
    results
}

fn twice(n: i32) -> i32 {
    2 * n
}

fn add_one(n: i32) -> i32 {
    n + 1
}

fn main() -> io::Result<()> {
    let numbers = each(each(each(each(generate(1..=10), twice), add_one), twice), add_one);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for number in numbers {
        writeln!(out, "{number}")?;
    }
    out.flush()
}
