// SPDX-License-Identifier: 0BSD
//
// log chunks|lines FILE - what a web server's log says about each class of status. See log.c.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

const (
	chunkSize  = 256 << 10
	chunkQueue = 8
	lineQueue  = 512
	classes    = 10
)

type class struct{ requests, bytes, slowest uint64 }

type totals [classes]class

var pool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "log:", err)
	os.Exit(1)
}

type text interface{ string | []byte }

// nextField gives the place behind the next space.
func nextField[T text](line T, at int) int {
	for at < len(line) {
		at++
		if line[at-1] == ' ' {
			break
		}
	}
	return at
}

func number[T text](line T, at int) (number uint64) {
	for ; at < len(line) && line[at] >= '0' && line[at] <= '9'; at++ {
		number = 10*number + uint64(line[at]-'0')
	}
	return number
}

func (to *class) add(other class) {
	to.requests += other.requests
	to.bytes += other.bytes
	if to.slowest < other.slowest {
		to.slowest = other.slowest
	}
}

func analyzeLine[T text](totals *totals, line T) {
	status := nextField(line, nextField(line, nextField(line, 0)))
	bytes := nextField(line, status)
	time := nextField(line, bytes)
	totals[number(line, status)/100%classes].add(class{1, number(line, bytes), number(line, time)})
}

func analyzeChunk(totals *totals, chunk []byte) {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			end = len(chunk) - 1
		}
		analyzeLine(totals, chunk[:end])
		chunk = chunk[end+1:]
	}
}

func readChunks(file *os.File, chunks chan<- []byte) {
	for at := int64(0); ; {
		chunk := pool.Get().(*[chunkSize]byte)[:]
		got, err := file.ReadAt(chunk, at)
		if err != nil && err != io.EOF {
			fail(err)
		}
		if err == nil {
			got = bytes.LastIndexByte(chunk, '\n') + 1
		}
		if got == 0 {
			if err == nil {
				fail(fmt.Errorf("a line is too long"))
			}
			return
		}
		at += int64(got)
		chunks <- chunk[:got]
	}
}

func readLines(file *os.File, lines chan<- string) {
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		lines <- scanner.Text()
	}
	if scanner.Err() != nil {
		fail(scanner.Err())
	}
}

// run analyzes what read makes, with a worker for each processor.
func run[T text](file *os.File, queue int, read func(*os.File, chan<- T), analyze func(*totals, T)) (sum totals) {
	values, results := make(chan T, queue), make(chan totals)
	workers := runtime.NumCPU()
	go func() {
		defer close(values)
		read(file, values)
	}()
	for i := 0; i < workers; i++ {
		go func() {
			var totals totals
			for value := range values {
				analyze(&totals, value)
			}
			results <- totals
		}()
	}
	for i := 0; i < workers; i++ {
		for i, class := range <-results {
			sum[i].add(class)
		}
	}
	return sum
}

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: log chunks|lines FILE"))
	}
	file, err := os.Open(os.Args[2])
	if err != nil {
		fail(err)
	}
	var sum totals
	if os.Args[1] == "lines" {
		sum = run(file, lineQueue, readLines, analyzeLine[string])
	} else {
		sum = run(file, chunkQueue, readChunks, func(totals *totals, chunk []byte) {
			analyzeChunk(totals, chunk)
			pool.Put((*[chunkSize]byte)(chunk[:chunkSize]))
		})
	}
	for i, class := range sum {
		if class.requests > 0 {
			fmt.Printf("%dxx: %d requests, %d bytes, the slowest took %d us\n", i, class.requests, class.bytes,
				class.slowest)
		}
	}
}
