// SPDX-License-Identifier: 0BSD
//
// events chain|fused|from|batch ROOM - what 3 million events come to. See events.c. Needs crossbeam-channel.

use crossbeam_channel::{bounded, unbounded, Receiver, Sender};
use std::thread::spawn;

const EVENTS: u64 = 3_000_000;
const BATCH: usize = 256;
const RATES: [u64; 8] = [1, 3, 5, 7, 11, 13, 17, 19];

#[derive(Clone, Copy)]
struct Event {
    time: u64,
    amount: u64,
    kind: u32,
    user: u32,
}

fn make(n: u64) -> Event {
    let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Event { time: 1000 * n, amount: mixed >> 40, kind: (mixed >> 20 & 7) as u32, user: (mixed >> 8 & 4095) as u32 }
}

fn check(event: &mut Event) -> bool {
    event.kind != 0
}

fn convert(event: &mut Event) -> bool {
    event.amount = event.amount * RATES[event.kind as usize] / 8;
    true
}

fn tax(event: &mut Event) -> bool {
    event.amount += event.amount / 5;
    true
}

fn place(event: &mut Event) -> bool {
    event.user = event.user * 31 % 1021;
    event.time /= 1000;
    true
}

trait Step: Fn(&mut Event) -> bool + Send + 'static {}

impl<F: Fn(&mut Event) -> bool + Send + 'static> Step for F {}

fn all_steps(event: &mut Event) -> bool {
    check(event) && convert(event) && tax(event) && place(event)
}

#[derive(Default)]
struct Sum {
    events: u64,
    amount: u64,
    users: u64,
    time: u64,
}

impl Sum {
    fn add(&mut self, event: &Event) {
        self.events += 1;
        self.amount += event.amount;
        self.users += u64::from(event.user);
        self.time += event.time;
    }
}

/// Start a thread, and return the channel that it sends into.
fn stage<T: Send + 'static>(room: usize, body: impl FnOnce(Sender<T>) + Send + 'static) -> Receiver<T> {
    let (out, stream) = bounded(room);
    spawn(move || body(out));
    stream
}

fn source(room: usize) -> Receiver<Event> {
    stage(room, |out| (0..EVENTS).for_each(|n| out.send(make(n)).expect("a receiver")))
}

fn through(events: Receiver<Event>, room: usize, step: impl Step) -> Receiver<Event> {
    stage(room, move |out| {
        for mut event in events {
            if step(&mut event) {
                out.send(event).expect("a receiver");
            }
        }
    })
}

fn from(room: usize) -> Receiver<Event> {
    stage(room, |out| {
        for mut event in (0..EVENTS).map(make) {
            if all_steps(&mut event) {
                out.send(event).expect("a receiver");
            }
        }
    })
}

/// Used batches come back by `free`.
fn batch_source(room: usize, free: Receiver<Vec<Event>>) -> Receiver<Vec<Event>> {
    stage(room, move |out| {
        for begin in (0..EVENTS).step_by(BATCH) {
            let mut batch = free.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
            batch.clear();
            batch.extend((begin..EVENTS.min(begin + BATCH as u64)).map(make));
            out.send(batch).expect("a receiver");
        }
    })
}

fn batch_through(batches: Receiver<Vec<Event>>, room: usize, step: impl Step) -> Receiver<Vec<Event>> {
    stage(room, move |out| {
        for mut batch in batches {
            batch.retain_mut(&step);
            out.send(batch).expect("a receiver");
        }
    })
}

fn sum_events(events: Receiver<Event>) -> Sum {
    let mut sum = Sum::default();
    for event in events {
        sum.add(&event);
    }
    sum
}

fn chain(room: usize) -> Receiver<Event> {
    let checked = through(source(room), room, check);
    let taxed = through(through(checked, room, convert), room, tax);
    through(taxed, room, place)
}

fn sum_batches(room: usize) -> Sum {
    let (free, free_rx) = unbounded();
    let checked = batch_through(batch_source(room, free_rx), room, check);
    let taxed = batch_through(batch_through(checked, room, convert), room, tax);
    let mut sum = Sum::default();
    for batch in batch_through(taxed, room, place) {
        for event in &batch {
            sum.add(event);
        }
        let _ = free.send(batch); // the source may have ended
    }
    sum
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    assert!(arguments.len() == 3, "usage: events chain|fused|from|batch ROOM");
    let room = arguments[2].parse().expect("a room");
    let sum = match arguments[1].as_str() {
        "chain" => sum_events(chain(room)),
        "fused" => sum_events(through(source(room), room, all_steps)),
        "from" => sum_events(from(room)),
        _ => sum_batches(room),
    };
    println!("{} events, amount {}, users {}, time {}", sum.events, sum.amount, sum.users, sum.time);
}
