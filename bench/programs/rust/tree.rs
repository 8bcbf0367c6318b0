// SPDX-License-Identifier: 0BSD
//
// tree DIR - the SHA-256 of each file under a directory, in the order of their paths, as sha256sum prints them.
// Needs crossbeam-channel sha2.

use crossbeam_channel::{bounded, Receiver, Sender};
use sha2::{Digest, Sha256};
use std::fs::{read_dir, File};
use std::io::{self, stdout, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::{available_parallelism, scope};

const BLOCK: usize = 64 << 10;
const QUEUE: usize = 4096;

/// A file, and where to send its line.
type Job = (PathBuf, Sender<String>);

/// Send each file to the workers, and the end where its line comes out to main.
fn walk(folder: &Path, jobs: &Sender<Job>, ordered: &Sender<Receiver<String>>) -> io::Result<()> {
    let mut entries = read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), jobs, ordered)?;
        } else if kind.is_file() {
            let (line_tx, line) = bounded(1);
            jobs.send((entry.path(), line_tx)).expect("a worker is there");
            ordered.send(line).expect("main is there");
        }
    }
    Ok(())
}

fn line_of(path: &Path, block: &mut [u8]) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    loop {
        match file.read(block)? {
            0 => return Ok(format!("{:x}  {}\n", digest.finalize(), path.display())),
            got => digest.update(&block[..got]),
        }
    }
}

fn main() -> io::Result<()> {
    let root = std::env::args().nth(1).expect("usage: tree DIR");
    let (jobs_tx, jobs) = bounded::<Job>(QUEUE);
    let (ordered_tx, ordered) = bounded(QUEUE);
    scope(|scope| {
        let walker = scope.spawn(move || walk(Path::new(&root), &jobs_tx, &ordered_tx));
        for _ in 0..available_parallelism()?.get() {
            let jobs = jobs.clone();
            scope.spawn(move || {
                let mut block = vec![0; BLOCK];
                for (path, line) in jobs {
                    line.send(line_of(&path, &mut block).expect("the file can be read")).expect("main is there");
                }
            });
        }
        let mut out = BufWriter::new(stdout().lock());
        for line in ordered {
            out.write_all(line.recv().expect("a worker is there").as_bytes())?;
        }
        out.flush()?;
        walker.join().expect("the walk ends")
    })
}
