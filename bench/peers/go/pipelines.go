// SPDX-License-Identifier: 0BSD
//
// pipelines.go - the pipelines of "Concurrency in Go", in which each stage selects on done; the `or` of that book; and
// goroutines that only start and end.
package main

import (
	"runtime"
	"sync"
	"time"
)

// A pipeline is a number of stages with the same done. Their outputs have the same capacity.
type pipeline struct {
	done     chan struct{}
	capacity int
	stages   sync.WaitGroup
}

func newPipeline(capacity int) *pipeline {
	return &pipeline{done: make(chan struct{}), capacity: capacity}
}

func (p *pipeline) finish() {
	close(p.done)
	p.stages.Wait()
}

// stage gives body a goroutine and an output, which is closed at its end.
func stage[T any](p *pipeline, body func(out chan<- T)) <-chan T {
	out := make(chan T, p.capacity)
	p.stages.Add(1)
	go func() {
		defer p.stages.Done()
		defer close(out)
		body(out)
	}()
	return out
}

// ---------------------------------------------------------------------------------------------------- arithmetic

func generator(p *pipeline, numbers []int) <-chan int {
	return stage(p, func(out chan<- int) {
		for _, number := range numbers {
			select {
			case <-p.done:
				return
			case out <- number:
			}
		}
	})
}

func multiply(p *pipeline, in <-chan int, factor int) <-chan int {
	return stage(p, func(out chan<- int) {
		for number := range in {
			select {
			case <-p.done:
				return
			case out <- number * factor:
			}
		}
	})
}

func add(p *pipeline, in <-chan int, summand int) <-chan int {
	return stage(p, func(out chan<- int) {
		for number := range in {
			select {
			case <-p.done:
				return
			case out <- number + summand:
			}
		}
	})
}

func arithmetic(w work) result {
	numbers := make([]int, w.messages) // made before the clock starts
	for i := range numbers {
		numbers[i] = i
	}
	return timed(func(w work) (received, sent uint64) {
		p := newPipeline(w.capacity)
		for number := range multiply(p, add(p, multiply(p, generator(p, numbers), 2), 1), 2) {
			received += uint64(number)
		}
		p.finish()
		return received, 4*sumBelow(w.messages) + 2*uint64(w.messages)
	})(w)
}

// ------------------------------------------------------------------------------------------------------- generic

func repeat(p *pipeline, values ...interface{}) <-chan interface{} {
	return stage(p, func(out chan<- interface{}) {
		for {
			for _, value := range values {
				select {
				case <-p.done:
					return
				case out <- value:
				}
			}
		}
	})
}

func take(p *pipeline, in <-chan interface{}, count int) <-chan interface{} {
	return stage(p, func(out chan<- interface{}) {
		for i := 0; i < count; i++ {
			select {
			case <-p.done:
				return
			case out <- <-in:
			}
		}
	})
}

func toString(p *pipeline, in <-chan interface{}) <-chan string {
	return stage(p, func(out chan<- string) {
		for value := range in {
			select {
			case <-p.done:
				return
			case out <- value.(string):
			}
		}
	})
}

func generic(w work) (received, sent uint64) {
	p := newPipeline(w.capacity)
	for letter := range toString(p, take(p, repeat(p, "a"), w.messages)) {
		received += uint64(len(letter))
	}
	p.finish()
	return received, uint64(w.messages)
}

// ---------------------------------------------------------------------------------------------------- goroutines

const batch = 1000

func startBatch(count int) (calls uint64) {
	var parties crew
	for i := 0; i < count; i++ {
		parties.start(func() uint64 { return 1 })
	}
	return parties.received()
}

func startGoroutines(w work) result {
	startBatch(batch) // to warm up
	return timed(func(w work) (calls, wanted uint64) {
		for left := w.messages; left > 0; left -= batch {
			if left < batch {
				calls += startBatch(left)
			} else {
				calls += startBatch(batch)
			}
		}
		return calls, uint64(w.messages)
	})(w)
}

// ------------------------------------------------------------------------------------------------------------ or

const (
	members      = 1000
	orGoroutines = members / 2 // each takes three channels off the list, and adds one
)

// or ends as soon as one of the channels ends. Each goroutine watches three channels and the `or` of the others. That
// one watches whether this one has ended.
func or(channels ...<-chan struct{}) <-chan struct{} {
	switch len(channels) {
	case 0:
		return nil
	case 1:
		return channels[0]
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		if len(channels) == 2 {
			select {
			case <-channels[0]:
			case <-channels[1]:
			}
			return
		}
		select {
		case <-channels[0]:
		case <-channels[1]:
		case <-channels[2]:
		case <-or(append(channels[3:], over)...):
		}
	}()
	return over
}

type orTimes struct{ built, fired, dropped result }

func awaitGoroutines(enough func(count int) bool) {
	for !enough(runtime.NumGoroutine()) {
		runtime.Gosched()
	}
}

// since adds the time of one `or` to the sum.
func (r *result) since(begin time.Time) {
	r.took += time.Since(begin)
	r.received++
	r.sent++
}

// timeOr adds the three times of one `or`: until all of its goroutines have started; from the end of a member to the
// end of the `or`, which has waited for a while; and until all of its goroutines have ended.
func (t *orTimes) timeOr() {
	closing := make([]chan struct{}, members)
	watched := make([]<-chan struct{}, members)
	for i := range closing {
		closing[i] = make(chan struct{})
		watched[i] = closing[i]
	}
	before := runtime.NumGoroutine()
	begin := time.Now()
	over := or(watched...)
	awaitGoroutines(func(count int) bool { return count >= before+orGoroutines })
	t.built.since(begin)
	time.Sleep(2 * time.Millisecond)
	begin = time.Now()
	close(closing[members/2])
	<-over
	t.fired.since(begin)
	begin = time.Now()
	awaitGoroutines(func(count int) bool { return count <= before })
	t.dropped.since(begin)
}

func timeOrs(w work) (t orTimes) {
	for i := 0; i < w.messages; i++ {
		t.timeOr()
	}
	return t
}
