// SPDX-License-Identifier: 0BSD
//
// main.go - the cost of a message in Go.
//
//	go SHAPE --cap C|all --messages N --threads T [--size BYTES]
//
// It prints shape,capacity,threads,size,messages,ns_per_message. The status is 2 if the arguments make no sense, 3 if
// it does not have the shape, and 4 if a value did not arrive.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	usage       = 2
	unsupported = 3
	wrongSum    = 4
)

type work struct {
	capacity, messages, threads, size, stages int
}

// A result is the time of all messages, the sum of the received numbers, and that of the sent ones.
type result struct {
	took           time.Duration
	received, sent uint64
}

var shapes = map[string]func(work) result{
	"seq":         timed(sequence),
	"spsc":        timed(func(w work) (uint64, uint64) { return exchange(w, 1, 1) }),
	"mpsc":        timed(func(w work) (uint64, uint64) { return exchange(w, w.threads, 1) }),
	"spmc":        timed(func(w work) (uint64, uint64) { return exchange(w, 1, w.threads) }),
	"mpmc":        timed(func(w work) (uint64, uint64) { return exchange(w, w.threads, w.threads) }),
	"select_rx":   timed(selectReceive),
	"select_both": timed(selectBoth),
	"pingpong":    timed(pingpong),
	"chain":       timed(chain),
	"arithmetic":  arithmetic,
	"steps":       arithmetic,
	"steps_from":  arithmetic,
	"generic":     timed(generic),
	"deadline":    timed(timeout),
	"timeout":     timed(timeout),
	"go":          startGoroutines,
	"or_build":    func(w work) result { return timeOrs(w).built },
	"or_fire":     func(w work) result { return timeOrs(w).fired },
	"or_drop":     func(w work) result { return timeOrs(w).dropped },
}

func timed(shape func(work) (received, sent uint64)) func(work) result {
	return func(w work) result {
		begin := time.Now()
		received, sent := shape(w)
		return result{time.Since(begin), received, sent}
	}
}

// sumBelow is 0 + 1 + ... + n-1, the sum of the numbers of a sender of n messages.
func sumBelow(n int) uint64 {
	return uint64(n) * uint64(n-1) / 2
}

func giveUp(status int, why string) {
	fmt.Fprintln(os.Stderr, "go:", why)
	os.Exit(status)
}

func readArguments(arguments []string) work {
	var w work
	options := flag.NewFlagSet("go", flag.ExitOnError)
	capacity := options.String("cap", "0", "room in a channel, or all")
	options.IntVar(&w.messages, "messages", 0, "how many")
	options.IntVar(&w.threads, "threads", 1, "senders or receivers, where a shape has several")
	options.IntVar(&w.size, "size", 8, "bytes of an element")
	_ = options.Parse(arguments) // if it fails, it ends the program
	w.capacity = w.messages
	if *capacity != "all" {
		var err error
		if w.capacity, err = strconv.Atoi(*capacity); err != nil {
			giveUp(usage, err.Error())
		}
	}
	if w.capacity < 0 || w.messages <= 0 || w.threads <= 0 || w.messages%w.threads != 0 {
		giveUp(usage, "--cap is at least 0, and --messages a multiple of --threads")
	}
	return w
}

func main() {
	if len(os.Args) < 2 {
		giveUp(usage, "SHAPE --cap C|all --messages N --threads T [--size BYTES]")
	}
	name := strings.TrimRight(os.Args[1], "0123456789") // the name of a chain ends with its number of stages
	shape, known := shapes[name]
	if !known {
		giveUp(unsupported, "has no such shape")
	}
	w := readArguments(os.Args[2:])
	w.stages, _ = strconv.Atoi(os.Args[1][len(name):])
	all := shape(w)
	if all.received != all.sent {
		giveUp(wrongSum, "what arrived is not what was sent")
	}
	fmt.Printf("%s,%d,%d,%d,%d,%.2f\n", os.Args[1], w.capacity, w.threads, w.size, w.messages,
		float64(all.took.Nanoseconds())/float64(w.messages))
}
