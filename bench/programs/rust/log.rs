// SPDX-License-Identifier: 0BSD
//
// log chunks|lines FILE - what a web server's log says about each class of status. See log.c. Needs crossbeam-channel.

use crossbeam_channel::{bounded, unbounded, Receiver, Sender};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::thread::{available_parallelism, scope};
use std::{env, fs::File};

const CHUNK: usize = 256 << 10;
const CHUNK_QUEUE: usize = 8;
const LINE_QUEUE: usize = 512;
const CLASSES: usize = 10;

#[derive(Clone, Copy, Default)]
struct Class {
    requests: u64,
    bytes: u64,
    slowest: u64,
}

type Totals = [Class; CLASSES];

/// A chunk of whole lines, and how much of it is in use.
struct Chunk {
    bytes: Vec<u8>,
    length: usize,
}

impl Class {
    fn add(&mut self, other: Class) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.slowest = self.slowest.max(other.slowest);
    }
}

fn number(field: Option<&[u8]>) -> u64 {
    let digits = field.unwrap_or(b"").iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| 10 * number + u64::from(digit - b'0'))
}

fn analyze_line(totals: &mut Totals, line: &[u8]) {
    let mut fields = line.split(|&byte| byte == b' ').skip(3);
    let status = number(fields.next());
    let (bytes, slowest) = (number(fields.next()), number(fields.next()));
    totals[(status / 100) as usize % CLASSES].add(Class { requests: 1, bytes, slowest });
}

fn analyze_chunk(totals: &mut Totals, chunk: &[u8]) {
    let lines = chunk.strip_suffix(b"\n").unwrap_or(chunk);
    for line in lines.split(|&byte| byte == b'\n') {
        analyze_line(totals, line);
    }
}

/// Send the file in chunks. Used chunks come back by `free`.
fn read_chunks(file: &File, chunks: Sender<Chunk>, free: Receiver<Vec<u8>>) -> io::Result<()> {
    let mut at = 0;
    loop {
        let mut bytes = free.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
        let mut length = file.read_at(&mut bytes, at)?;
        if length == CHUNK {
            length = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            if length == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
        }
        if length == 0 {
            return Ok(());
        }
        at += length as u64;
        chunks.send(Chunk { bytes, length }).expect("a worker is there");
    }
}

fn read_lines(file: &File, lines: Sender<String>) -> io::Result<()> {
    for line in BufReader::new(file).lines() {
        lines.send(line?).expect("a worker is there");
    }
    Ok(())
}

/// Analyze what `read` sends, with a worker for each processor.
fn run<T: Send>(
    queue: usize,
    read: impl FnOnce(Sender<T>) -> io::Result<()>,
    analyze: impl Fn(&mut Totals, T) + Sync,
) -> io::Result<Totals> {
    let (values_tx, values) = bounded(queue);
    let mut sum = Totals::default();
    scope(|scope| {
        let workers: Vec<_> = (0..available_parallelism()?.get())
            .map(|_| {
                scope.spawn(|| {
                    let mut totals = Totals::default();
                    for value in values.clone() {
                        analyze(&mut totals, value);
                    }
                    totals
                })
            })
            .collect();
        read(values_tx)?;
        for worker in workers {
            for (to, class) in sum.iter_mut().zip(worker.join().expect("a worker ends")) {
                to.add(class);
            }
        }
        Ok(sum)
    })
}

fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().collect();
    assert!(arguments.len() == 3, "usage: log chunks|lines FILE");
    let file = File::open(&arguments[2])?;
    let sum = if arguments[1] == "lines" {
        run(LINE_QUEUE, |lines| read_lines(&file, lines), |totals, line| analyze_line(totals, line.as_bytes()))?
    } else {
        let (free, free_rx) = unbounded();
        run(
            CHUNK_QUEUE,
            |chunks| read_chunks(&file, chunks, free_rx),
            |totals, chunk: Chunk| {
                analyze_chunk(totals, &chunk.bytes[..chunk.length]);
                let _ = free.send(chunk.bytes); // the reader may have ended
            },
        )?
    };
    for (i, class) in sum.iter().enumerate().filter(|(_, class)| class.requests > 0) {
        let Class { requests, bytes, slowest } = class;
        println!("{i}xx: {requests} requests, {bytes} bytes, the slowest took {slowest} us");
    }
    Ok(())
}
