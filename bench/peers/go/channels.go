// SPDX-License-Identifier: 0BSD
//
// channels.go - the shapes: senders, receivers, and goroutines that pass values on.
package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// A crew is a number of goroutines that run at once, and the sum of the numbers that they received.
type crew struct {
	sync.WaitGroup
	sum atomic.Uint64
}

func (c *crew) start(party func() (sum uint64)) {
	c.Add(1)
	go func() {
		c.sum.Add(party())
		c.Done()
	}()
}

func (c *crew) received() uint64 {
	c.Wait()
	return c.sum.Load()
}

func produce(to chan<- uint64, count int) uint64 {
	for i := 0; i < count; i++ {
		to <- uint64(i)
	}
	return 0
}

func consume(from <-chan uint64, count int) (sum uint64) {
	for i := 0; i < count; i++ {
		sum += <-from
	}
	return sum
}

func passOn(from <-chan uint64, to chan<- uint64, count int) uint64 {
	for i := 0; i < count; i++ {
		to <- <-from
	}
	return 0
}

func sequence(w work) (received, sent uint64) {
	only := make(chan uint64, w.capacity)
	produce(only, w.messages)
	return consume(only, w.messages), sumBelow(w.messages)
}

func exchange(w work, senders, receivers int) (received, sent uint64) {
	switch w.size {
	case 64:
		return exchangeBlocks[[8]uint64](w)
	case 1024:
		return exchangeBlocks[[128]uint64](w)
	}
	var parties crew
	only := make(chan uint64, w.capacity)
	for i := 0; i < senders; i++ {
		parties.start(func() uint64 { return produce(only, w.messages/senders) })
	}
	for i := 0; i < receivers; i++ {
		parties.start(func() uint64 { return consume(only, w.messages/receivers) })
	}
	return parties.received(), uint64(senders) * sumBelow(w.messages/senders)
}

func pingpong(w work) (received, sent uint64) {
	var parties crew
	there, back := make(chan uint64, w.capacity), make(chan uint64, w.capacity)
	parties.start(func() uint64 { return passOn(there, back, w.messages) })
	parties.start(func() (sum uint64) {
		for i := 0; i < w.messages; i++ {
			there <- uint64(i)
			sum += <-back
		}
		return sum
	})
	return parties.received(), sumBelow(w.messages)
}

func chain(w work) (received, sent uint64) {
	var parties crew
	first := make(chan uint64, w.capacity)
	last := first
	for i := 0; i < w.stages; i++ {
		from, to := last, make(chan uint64, w.capacity)
		parties.start(func() uint64 { return passOn(from, to, w.messages) })
		last = to
	}
	parties.start(func() uint64 { return produce(first, w.messages) })
	parties.start(func() uint64 { return consume(last, w.messages) })
	return parties.received(), sumBelow(w.messages)
}

// ---------------------------------------------------------------------------------------------- larger elements

type words interface{ [8]uint64 | [128]uint64 }

// A block is sent by value. Its number is in the last word, so that a block that does not arrive whole is noticed.
type block[W words] struct{ words W }

func exchangeBlocks[W words](w work) (received, sent uint64) {
	var parties crew
	only := make(chan block[W], w.capacity)
	parties.start(func() uint64 {
		var each block[W]
		for i := 0; i < w.messages; i++ {
			each.words[len(each.words)-1] = uint64(i)
			only <- each
		}
		return 0
	})
	parties.start(func() (sum uint64) {
		for i := 0; i < w.messages; i++ {
			each := <-only
			sum += each.words[len(each.words)-1]
		}
		return sum
	})
	return parties.received(), sumBelow(w.messages)
}

// ------------------------------------------------------------------------------------------------------- select

// A select statement has a fixed number of cases.
type four [4]chan uint64

func makeFour(w work) (among four) {
	if w.threads != len(among) {
		giveUp(unsupported, "selects among 4 channels, not more and not less")
	}
	for i := range among {
		among[i] = make(chan uint64, w.capacity)
	}
	return among
}

func consumeSelecting(among four, count int) (sum uint64) {
	a, b, c, d := among[0], among[1], among[2], among[3]
	for i := 0; i < count; i++ {
		var number uint64
		select {
		case number = <-a:
		case number = <-b:
		case number = <-c:
		case number = <-d:
		}
		sum += number
	}
	return sum
}

func produceSelecting(among four, count int) uint64 {
	a, b, c, d := among[0], among[1], among[2], among[3]
	for number := uint64(0); number < uint64(count); number++ {
		select {
		case a <- number:
		case b <- number:
		case c <- number:
		case d <- number:
		}
	}
	return 0
}

func selectReceive(w work) (received, sent uint64) {
	var parties crew
	among := makeFour(w)
	for i := range among {
		own := among[i]
		parties.start(func() uint64 { return produce(own, w.messages/len(among)) })
	}
	parties.start(func() uint64 { return consumeSelecting(among, w.messages) })
	return parties.received(), 4 * sumBelow(w.messages/4)
}

func selectBoth(w work) (received, sent uint64) {
	var parties crew
	among := makeFour(w)
	for range among {
		parties.start(func() uint64 { return produceSelecting(among, w.messages/len(among)) })
		parties.start(func() uint64 { return consumeSelecting(among, w.messages/len(among)) })
	}
	return parties.received(), 4 * sumBelow(w.messages/4)
}

// timeout: a message always comes before the time is over.
func timeout(w work) (received, sent uint64) {
	only := make(chan uint64, w.capacity)
	for i := 0; i < w.messages; i++ {
		only <- uint64(i)
		select {
		case number := <-only:
			received += number
		case <-time.After(time.Second):
		}
	}
	return received, sumBelow(w.messages)
}
