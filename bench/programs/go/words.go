// SPDX-License-Identifier: 0BSD
//
// words FILE - the 20 most frequent words of a file. A word is a run of ASCII letters.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"sync"
)

const (
	chunkSize = 256 << 10
	queue     = 8
	top       = 20
)

var pool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "words:", err)
	os.Exit(1)
}

// read sends the file in chunks of whole lines.
func read(file io.ReaderAt, chunks chan<- []byte) {
	defer close(chunks)
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

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func countWords(table map[string]*int, chunk []byte) {
	for at := 0; at < len(chunk); {
		for at < len(chunk) && !isLetter(chunk[at]) {
			at++
		}
		begin := at
		for at < len(chunk) && isLetter(chunk[at]) {
			at++
		}
		if at == begin {
			return
		}
		if count := table[string(chunk[begin:at])]; count != nil {
			*count++
		} else {
			one := 1
			table[string(chunk[begin:at])] = &one
		}
	}
}

func count(chunks <-chan []byte, tables chan<- map[string]*int) {
	table := map[string]*int{}
	for chunk := range chunks {
		countWords(table, chunk)
		pool.Put((*[chunkSize]byte)(chunk[:chunkSize]))
	}
	tables <- table
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: words FILE"))
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		fail(err)
	}
	workers := runtime.NumCPU()
	chunks, tables := make(chan []byte, queue), make(chan map[string]*int)
	go read(file, chunks)
	for i := 0; i < workers; i++ {
		go count(chunks, tables)
	}
	sum := map[string]int{}
	for i := 0; i < workers; i++ {
		for word, count := range <-tables {
			sum[word] += *count
		}
	}
	words := make([]string, 0, len(sum))
	for word := range sum {
		words = append(words, word)
	}
	sort.Slice(words, func(i, j int) bool {
		if sum[words[i]] != sum[words[j]] {
			return sum[words[i]] > sum[words[j]]
		}
		return words[i] < words[j]
	})
	for i := 0; i < top && i < len(words); i++ {
		fmt.Println(sum[words[i]], words[i])
	}
}
