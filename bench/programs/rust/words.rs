// SPDX-License-Identifier: 0BSD
//
// words FILE - the 20 most frequent words of a file. A word is a run of ASCII letters. Needs crossbeam-channel.

use crossbeam_channel::{bounded, unbounded, Receiver, Sender};
use std::collections::HashMap;
use std::os::unix::fs::FileExt;
use std::thread::{available_parallelism, scope};
use std::{env, fs::File, io};

const CHUNK: usize = 256 << 10;
const QUEUE: usize = 8;
const TOP: usize = 20;

type Table = HashMap<Vec<u8>, u64>;

/// A chunk of whole lines, and how much of it is in use.
struct Chunk {
    bytes: Vec<u8>,
    length: usize,
}

/// Send the file in chunks. Used chunks come back by `free`.
fn read(file: &File, chunks: Sender<Chunk>, free: Receiver<Vec<u8>>) -> io::Result<()> {
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

fn count_words(table: &mut Table, chunk: &[u8]) {
    for word in chunk.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()) {
        match table.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                table.insert(word.to_vec(), 1);
            }
        }
    }
}

fn count(chunks: Receiver<Chunk>, free: Sender<Vec<u8>>) -> Table {
    let mut table = Table::new();
    for chunk in chunks {
        count_words(&mut table, &chunk.bytes[..chunk.length]);
        let _ = free.send(chunk.bytes); // the reader may have ended
    }
    table
}

fn main() -> io::Result<()> {
    let file = File::open(env::args().nth(1).expect("usage: words FILE"))?;
    let (chunks_tx, chunks) = bounded(QUEUE);
    let (free, free_rx) = unbounded();
    let mut sum = Table::new();
    scope(|scope| -> io::Result<()> {
        let workers: Vec<_> = (0..available_parallelism()?.get())
            .map(|_| {
                let (chunks, free) = (chunks.clone(), free.clone());
                scope.spawn(|| count(chunks, free))
            })
            .collect();
        read(&file, chunks_tx, free_rx)?;
        for worker in workers {
            for (word, count) in worker.join().expect("a worker ends") {
                *sum.entry(word).or_default() += count;
            }
        }
        Ok(())
    })?;
    let mut words: Vec<_> = sum.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (word, count) in words.iter().take(TOP) {
        println!("{count} {}", String::from_utf8_lossy(word));
    }
    Ok(())
}
