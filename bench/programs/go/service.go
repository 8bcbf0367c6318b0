// SPDX-License-Identifier: 0BSD
//
// service.go - the same service as ../service.c, in Go 1.19. The error group is that of golang.org/x/sync, shortened:
// a program of the standard library alone needs its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	calls    = 3
	hedged   = 2
	replicas = 2
	hedge    = 10 * time.Millisecond
	deadline = time.Second
)

// The mixer of splitmix64 (Steele, Lea and Flood).
func hash(x uint64) uint64 {
	x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

type group struct {
	wait   sync.WaitGroup
	once   sync.Once
	err    error
	cancel context.CancelFunc
}

func groupOf(ctx context.Context) (*group, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &group{cancel: cancel}, ctx
}

func (g *group) Go(fn func() error) {
	g.wait.Add(1)
	go func() {
		defer g.wait.Done()
		if err := fn(); err != nil {
			g.once.Do(func() {
				g.err = err
				g.cancel()
			})
		}
	}()
}

func (g *group) Wait() error {
	g.wait.Wait()
	g.cancel()
	return g.err
}

func timeOf(random uint64) time.Duration {
	if random%100 == 0 {
		return 50 * time.Millisecond
	}
	return time.Duration(2000+random/100%3001) * time.Microsecond
}

func backEnd(ctx context.Context, key uint64, replica uint64) (uint64, error) {
	timer := time.NewTimer(timeOf(hash(key + replica)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-timer.C:
		return hash(key), nil
	}
}

var errNone = errors.New("no replica has answered")

// The first answer of several replicas. It waits for all of them, as leat_replicate does.
func replicate(ctx context.Context, key uint64) (uint64, error) {
	type result struct {
		answer uint64
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan result, replicas)
	started, running := uint64(0), 0
	start := func() {
		replica := started
		started++
		running++
		go func() {
			answer, err := backEnd(ctx, key, replica)
			results <- result{answer, err}
		}()
	}
	start()
	timer := time.NewTimer(hedge)
	defer timer.Stop()
	won, last := result{err: errNone}, error(nil)
	for running > 0 {
		select {
		case one := <-results:
			running--
			if one.err == nil && won.err != nil {
				won = one
				cancel()
			} else if one.err != nil && won.err != nil {
				last = one.err
				if started < replicas && ctx.Err() == nil {
					start()
					timer.Reset(hedge)
				}
			}
		case <-timer.C:
			if started < replicas && won.err != nil {
				start()
				timer.Reset(hedge)
			}
		}
	}
	cancel()
	if won.err != nil && last != nil {
		return 0, last
	}
	return won.answer, won.err
}

func request(parent context.Context, number uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(parent, deadline)
	defer cancel()
	g, ctx := groupOf(ctx)
	var answers [calls]uint64
	for i := uint64(0); i < calls; i++ {
		i, key := i, (number*calls+i)*replicas
		g.Go(func() (err error) {
			if i < hedged {
				answers[i], err = replicate(ctx, key)
			} else {
				answers[i], err = backEnd(ctx, key, 0)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	var sum uint64
	for _, answer := range answers {
		sum += answer
	}
	return sum, nil
}

func argument(i int, otherwise int) int {
	n, err := otherwise, error(nil)
	if len(os.Args) > i {
		n, err = strconv.Atoi(os.Args[i])
	}
	if err != nil || n < 1 || n > 10000000 {
		fmt.Fprintln(os.Stderr, "usage: service [clients [rate [seconds]]]")
		os.Exit(2)
	}
	return n
}

func main() {
	clients, rate := argument(1, 1000), argument(2, 2000)
	requests := rate * argument(3, 6)
	latencies := make([]time.Duration, requests)
	sums, answered := make([]uint64, clients), make([]int, clients)
	begin := time.Now().Add(200 * time.Millisecond)
	g, ctx := groupOf(context.Background())
	for c := 0; c < clients; c++ {
		c := c
		g.Go(func() error {
			timer := time.NewTimer(time.Hour)
			defer timer.Stop()
			for i := c; i < requests; i += clients {
				at := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
				if !timer.Stop() {
					select {
					case <-timer.C:
					default:
					}
				}
				timer.Reset(time.Until(at))
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-timer.C:
				}
				if sum, err := request(ctx, uint64(i)); err == nil {
					sums[c] += sum
					answered[c]++
				}
				latencies[i] = time.Since(at)
			}
			return nil
		})
	}
	if g.Wait() != nil {
		os.Exit(1)
	}
	var sum uint64
	all := 0
	for c := range sums {
		sum += sums[c]
		all += answered[c]
	}
	sort.Slice(latencies, func(a, b int) bool { return latencies[a] < latencies[b] })
	at := func(percent int) float64 {
		return float64(latencies[(requests-1)*percent/100]) / 1e6
	}
	fmt.Printf("requests %d answered %d sum %016x\n", requests, all, sum)
	fmt.Fprintf(os.Stderr, "p50 %.1f ms  p99 %.1f ms  most %.1f ms\n", at(50), at(99), at(100))
	if all != requests {
		os.Exit(1)
	}
}
