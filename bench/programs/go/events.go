// SPDX-License-Identifier: 0BSD
//
// events chain|fused|from|batch ROOM - what 3 million events come to. See events.c.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

const (
	events = 3000000
	batch  = 256
)

type event struct {
	time, amount uint64
	kind, user   uint32
}

func makeEvent(n uint64) event {
	mixed := (n + 1) * 0x9e3779b97f4a7c15
	return event{time: 1000 * n, amount: mixed >> 40, kind: uint32(mixed >> 20 & 7), user: uint32(mixed >> 8 & 4095)}
}

func check(event *event) bool {
	return event.kind != 0
}

var rates = [...]uint64{1, 3, 5, 7, 11, 13, 17, 19}

func convert(event *event) bool {
	event.amount = event.amount * rates[event.kind] / 8
	return true
}

func tax(event *event) bool {
	event.amount += event.amount / 5
	return true
}

func place(event *event) bool {
	event.user = event.user * 31 % 1021
	event.time /= 1000
	return true
}

type step func(*event) bool

var steps = []step{check, convert, tax, place}

type sum struct{ events, amount, users, time uint64 }

func (sum *sum) add(event event) {
	sum.events++
	sum.amount += event.amount
	sum.users += uint64(event.user)
	sum.time += event.time
}

func allSteps(event *event) bool {
	for _, step := range steps {
		if !step(event) {
			return false
		}
	}
	return true
}

// stage starts a goroutine, and gives the channel that it closes at its end.
func stage[T any](room int, body func(out chan<- T)) <-chan T {
	out := make(chan T, room)
	go func() {
		defer close(out)
		body(out)
	}()
	return out
}

func source(room int) <-chan event {
	return stage(room, func(out chan<- event) {
		for n := uint64(0); n < events; n++ {
			out <- makeEvent(n)
		}
	})
}

func through(in <-chan event, room int, step step) <-chan event {
	return stage(room, func(out chan<- event) {
		for event := range in {
			if step(&event) {
				out <- event
			}
		}
	})
}

func from(room int) <-chan event {
	return stage(room, func(out chan<- event) {
		for n := uint64(0); n < events; n++ {
			if event := makeEvent(n); allSteps(&event) {
				out <- event
			}
		}
	})
}

var pool = sync.Pool{New: func() any { return new([batch]event) }}

func batchSource(room int) <-chan []event {
	return stage(room, func(out chan<- []event) {
		for n := uint64(0); n < events; {
			made := pool.Get().(*[batch]event)[:0]
			for ; len(made) < batch && n < events; n++ {
				made = append(made, makeEvent(n))
			}
			out <- made
		}
	})
}

func batchThrough(in <-chan []event, room int, step step) <-chan []event {
	return stage(room, func(out chan<- []event) {
		for batch := range in {
			kept := batch[:0]
			for _, event := range batch {
				if step(&event) {
					kept = append(kept, event)
				}
			}
			out <- kept
		}
	})
}

func sumEvents(in <-chan event) (sum sum) {
	for event := range in {
		sum.add(event)
	}
	return sum
}

func sumBatches(in <-chan []event) (sum sum) {
	for made := range in {
		for _, event := range made {
			sum.add(event)
		}
		pool.Put((*[batch]event)(made[:batch]))
	}
	return sum
}

func run(mode string, room int) sum {
	switch mode {
	case "chain":
		stream := source(room)
		for _, step := range steps {
			stream = through(stream, room, step)
		}
		return sumEvents(stream)
	case "fused":
		return sumEvents(through(source(room), room, allSteps))
	case "from":
		return sumEvents(from(room))
	}
	stream := batchSource(room)
	for _, step := range steps {
		stream = batchThrough(stream, room, step)
	}
	return sumBatches(stream)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: events chain|fused|from|batch ROOM")
		os.Exit(2)
	}
	room, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		os.Exit(2)
	}
	sum := run(os.Args[1], room)
	fmt.Printf("%d events, amount %d, users %d, time %d\n", sum.events, sum.amount, sum.users, sum.time)
}
