// SPDX-License-Identifier: 0BSD
//
// main.rs - the cost of a message in Rust, through the channels of crossbeam, between system threads.
//
//     crossbeam SHAPE --cap C|all --messages N --threads T [--size BYTES]
//
// It prints shape,capacity,threads,size,messages,ns_per_message. The status is 2 if the arguments make no sense, 3 if
// it does not have the shape, and 4 if a value did not arrive.

use crossbeam_channel::{after, bounded, select, Receiver, Select, Sender};
use std::process::exit;
use std::thread::{scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

const USAGE: i32 = 2;
const UNSUPPORTED: i32 = 3;
const WRONG_SUM: i32 = 4;

fn give_up(status: i32, why: &str) -> ! {
    eprintln!("crossbeam: {why}");
    exit(status)
}

struct Work {
    capacity: usize,
    messages: usize,
    threads: usize,
    size: usize,
    stages: usize,
}

/// The sum of the received numbers, and that of the sent ones.
type Sums = (u64, u64);

/// 0 + 1 + ... + n-1, the sum of the numbers of a sender of n messages.
fn sum_below(n: usize) -> u64 {
    let n = n as u64;
    n * (n - 1) / 2
}

// ---------------------------------------------------------------------------------------------------- the parties

/// An element. A large one has its number at its end, so that one that does not arrive whole is noticed.
trait Element: Send {
    fn new(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Element for u64 {
    fn new(number: u64) -> Self {
        number
    }
    fn number(&self) -> u64 {
        *self
    }
}

impl<const N: usize> Element for [u8; N] {
    fn new(number: u64) -> Self {
        let mut bytes = [0; N];
        bytes[N - 8..].copy_from_slice(&number.to_le_bytes());
        bytes
    }
    fn number(&self) -> u64 {
        u64::from_le_bytes(self[N - 8..].try_into().unwrap())
    }
}

fn produce<E: Element>(to: &Sender<E>, count: usize) {
    for number in 0..count as u64 {
        to.send(E::new(number)).unwrap();
    }
}

fn consume<E: Element>(from: &Receiver<E>, count: usize) -> u64 {
    (0..count).map(|_| from.recv().unwrap().number()).sum()
}

fn pass_on(from: &Receiver<u64>, to: &Sender<u64>, count: usize) {
    for _ in 0..count {
        to.send(from.recv().unwrap()).unwrap();
    }
}

fn produce_selecting(among: &[Sender<u64>], count: usize) {
    let mut cases = Select::new();
    for each in among {
        cases.send(each);
    }
    for number in 0..count as u64 {
        let chosen = cases.select();
        let to = &among[chosen.index()];
        chosen.send(to, number).unwrap();
    }
}

fn consume_selecting(among: &[Receiver<u64>], count: usize) -> u64 {
    let mut cases = Select::new();
    for each in among {
        cases.recv(each);
    }
    let receive_one = |_| {
        let chosen = cases.select();
        let from = &among[chosen.index()];
        chosen.recv(from).unwrap()
    };
    (0..count).map(receive_one).sum()
}

fn received(consumers: Vec<ScopedJoinHandle<u64>>) -> u64 {
    consumers.into_iter().map(|each| each.join().unwrap()).sum()
}

// ----------------------------------------------------------------------------------------------------- the shapes

fn sequence(work: &Work) -> Sums {
    let (to, from) = bounded(work.capacity);
    produce::<u64>(&to, work.messages);
    (consume(&from, work.messages), sum_below(work.messages))
}

fn exchange_of<E: Element>(work: &Work, senders: usize, receivers: usize) -> Sums {
    let (to, from) = bounded::<E>(work.capacity);
    let sum = scope(|threads| {
        for _ in 0..senders {
            threads.spawn(|| produce(&to, work.messages / senders));
        }
        let consumer = |_| threads.spawn(|| consume(&from, work.messages / receivers));
        received((0..receivers).map(consumer).collect())
    });
    (sum, senders as u64 * sum_below(work.messages / senders))
}

fn exchange(work: &Work, senders: usize, receivers: usize) -> Sums {
    match work.size {
        8 => exchange_of::<u64>(work, senders, receivers),
        64 => exchange_of::<[u8; 64]>(work, senders, receivers),
        1024 => exchange_of::<[u8; 1024]>(work, senders, receivers),
        _ => give_up(UNSUPPORTED, "has elements of 8, 64 and 1024 bytes"),
    }
}

fn select_receive(work: &Work) -> Sums {
    let each = work.messages / work.threads;
    let (to, from): (Vec<_>, Vec<_>) = (0..work.threads).map(|_| bounded(work.capacity)).unzip();
    let sum = scope(|threads| {
        for own in &to {
            threads.spawn(move || produce(own, each));
        }
        received(vec![
            threads.spawn(|| consume_selecting(&from, work.messages))
        ])
    });
    (sum, work.threads as u64 * sum_below(each))
}

fn select_both(work: &Work) -> Sums {
    let each = work.messages / work.threads;
    let (to, from): (Vec<_>, Vec<_>) = (0..work.threads).map(|_| bounded(work.capacity)).unzip();
    let sum = scope(|threads| {
        for _ in 0..work.threads {
            threads.spawn(|| produce_selecting(&to, each));
        }
        let consumer = |_| threads.spawn(|| consume_selecting(&from, each));
        received((0..work.threads).map(consumer).collect())
    });
    (sum, work.threads as u64 * sum_below(each))
}

fn send_and_await(to: &Sender<u64>, from: &Receiver<u64>, count: usize) -> u64 {
    let round_trip = |number| {
        to.send(number).unwrap();
        from.recv().unwrap()
    };
    (0..count as u64).map(round_trip).sum()
}

fn pingpong(work: &Work) -> Sums {
    let (there, at_partner) = bounded(work.capacity);
    let (back, here) = bounded(work.capacity);
    let sum = scope(|threads| {
        threads.spawn(|| pass_on(&at_partner, &back, work.messages));
        received(vec![
            threads.spawn(|| send_and_await(&there, &here, work.messages))
        ])
    });
    (sum, sum_below(work.messages))
}

fn chain(work: &Work) -> Sums {
    let (first, mut last) = bounded(work.capacity);
    let sum = scope(|threads| {
        for _ in 0..work.stages {
            let (to, next) = bounded(work.capacity);
            let from = std::mem::replace(&mut last, next);
            threads.spawn(move || pass_on(&from, &to, work.messages));
        }
        threads.spawn(move || produce(&first, work.messages));
        received(vec![threads.spawn(move || consume(&last, work.messages))])
    });
    (sum, sum_below(work.messages))
}

/// In each wait, the message comes before the time is over.
fn in_time(work: &Work, receive: fn(&Receiver<u64>) -> u64) -> Sums {
    let (to, from) = bounded(work.capacity);
    let receive_one = |number: u64| {
        to.send(number).unwrap();
        receive(&from)
    };
    let sum = (0..work.messages as u64).map(receive_one).sum();
    (sum, sum_below(work.messages))
}

fn receive_or_timer(from: &Receiver<u64>) -> u64 {
    select! {
        recv(from) -> number => number.unwrap(),
        recv(after(Duration::from_secs(1))) -> _ => 0,
    }
}

fn receive_until(from: &Receiver<u64>) -> u64 {
    from.recv_timeout(Duration::from_secs(1)).unwrap()
}

/// The name of a chain ends with its number of stages.
fn run(shape: &str, work: &Work) -> Sums {
    match shape.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "seq" => sequence(work),
        "spsc" => exchange(work, 1, 1),
        "mpsc" => exchange(work, work.threads, 1),
        "spmc" => exchange(work, 1, work.threads),
        "mpmc" => exchange(work, work.threads, work.threads),
        "select_rx" => select_receive(work),
        "select_both" => select_both(work),
        "pingpong" => pingpong(work),
        "chain" => chain(work),
        "deadline" => in_time(work, receive_until),
        "timeout" => in_time(work, receive_or_timer),
        _ => give_up(UNSUPPORTED, "has no such shape"),
    }
}

// ---------------------------------------------------------------------------------------------------- the program

fn number(text: &str) -> usize {
    text.parse()
        .unwrap_or_else(|_| give_up(USAGE, "an option wants a number"))
}

fn read_arguments(shape: &str, options: &[String]) -> Work {
    let stages = shape.strip_prefix("chain").map_or(0, number);
    let mut work = Work {
        capacity: 0,
        messages: 0,
        threads: 1,
        size: 8,
        stages,
    };
    let mut all = false;
    for pair in options.chunks(2) {
        match pair {
            [name, value] if name == "--cap" && value == "all" => all = true,
            [name, value] if name == "--cap" => work.capacity = number(value),
            [name, value] if name == "--messages" => work.messages = number(value),
            [name, value] if name == "--threads" => work.threads = number(value),
            [name, value] if name == "--size" => work.size = number(value),
            _ => give_up(
                USAGE,
                "SHAPE --cap C|all --messages N --threads T [--size BYTES]",
            ),
        }
    }
    if work.messages == 0 || work.threads == 0 || work.messages % work.threads != 0 {
        give_up(USAGE, "--messages is a multiple of --threads");
    }
    if all {
        work.capacity = work.messages;
    }
    work
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let shape = arguments.get(1).map_or("", String::as_str);
    let work = read_arguments(shape, arguments.get(2..).unwrap_or(&[]));
    let begin = Instant::now();
    let (received, sent) = run(shape, &work);
    let took = begin.elapsed().as_nanos() as f64 / work.messages as f64;
    if received != sent {
        give_up(WRONG_SUM, "what arrived is not what was sent");
    }
    let Work {
        capacity,
        messages,
        threads,
        size,
        ..
    } = work;
    println!("{shape},{capacity},{threads},{size},{messages},{took:.2}");
}
