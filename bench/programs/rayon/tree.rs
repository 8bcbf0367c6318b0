// SPDX-License-Identifier: 0BSD
//
// tree DIR - the SHA-256 of each file under a directory, in the order of their paths, as sha256sum prints them.
// Needs rayon sha2.

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::{read_dir, File};
use std::io::{self, stdout, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const BLOCK: usize = 64 << 10;

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), paths)?;
        } else if kind.is_file() {
            paths.push(entry.path());
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
    let mut paths = Vec::new();
    walk(Path::new(&root), &mut paths)?;
    let lines: Vec<_> = paths.par_iter().map_init(|| vec![0; BLOCK], |block, path| line_of(path, block)).collect();
    let mut out = BufWriter::new(stdout().lock());
    for line in lines {
        out.write_all(line?.as_bytes())?;
    }
    out.flush()
}
