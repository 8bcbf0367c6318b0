// SPDX-License-Identifier: 0BSD
//
// waiting COUNT MILLISECONDS SECONDS - goroutines that wait for values which do not come. See waiting.c.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var missed uint64

func wait(in <-chan int, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case _, more := <-in:
			if !more {
				return
			}
			if !timer.Stop() {
				<-timer.C
			}
		case <-timer.C:
			atomic.AddUint64(&missed, 1)
		}
		timer.Reset(patience)
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: waiting COUNT MILLISECONDS SECONDS")
		os.Exit(2)
	}
	var numbers [3]int
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(os.Args[i+1])
	}
	var group sync.WaitGroup
	inputs := make([]chan int, numbers[0])
	for i := range inputs {
		inputs[i] = make(chan int)
		group.Add(1)
		go func(in <-chan int) {
			defer group.Done()
			wait(in, time.Duration(numbers[1])*time.Millisecond)
		}(inputs[i])
	}
	time.Sleep(time.Duration(numbers[2]) * time.Second)
	for _, in := range inputs {
		close(in)
	}
	group.Wait()
	fmt.Println(numbers[0], "stages have waited")
	fmt.Fprintln(os.Stderr, missed, "waits")
}
