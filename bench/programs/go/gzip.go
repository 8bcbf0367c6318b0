// SPDX-License-Identifier: 0BSD
//
// gzip FILE - compress a file to the standard output, in blocks that gunzip reads as one file.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

const (
	blockSize = 256 << 10
	queue     = 8
)

type job struct {
	block  []byte
	packed chan *bytes.Buffer
}

var (
	blocks  = sync.Pool{New: func() any { return new([blockSize]byte) }}
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gzip:", err)
	os.Exit(1)
}

// read sends each block both to the workers and to main, which waits for the packed form of each.
func read(file io.Reader, jobs, ordered chan<- job) {
	defer close(jobs)
	defer close(ordered)
	for {
		block := blocks.Get().(*[blockSize]byte)[:]
		got, err := io.ReadFull(file, block)
		if got > 0 {
			job := job{block[:got], make(chan *bytes.Buffer, 1)}
			jobs <- job
			ordered <- job
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return
		}
		if err != nil {
			fail(err)
		}
	}
}

func pack(jobs <-chan job) {
	writer, err := gzip.NewWriterLevel(nil, 6)
	for job := range jobs {
		buffer := buffers.Get().(*bytes.Buffer)
		buffer.Reset()
		writer.Reset(buffer)
		if _, err = writer.Write(job.block); err == nil {
			err = writer.Close()
		}
		if err != nil {
			fail(err)
		}
		blocks.Put((*[blockSize]byte)(job.block[:blockSize]))
		job.packed <- buffer
	}
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: gzip FILE"))
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		fail(err)
	}
	jobs, ordered := make(chan job, queue), make(chan job, queue)
	go read(file, jobs, ordered)
	for i := 0; i < runtime.NumCPU(); i++ {
		go pack(jobs)
	}
	for job := range ordered {
		buffer := <-job.packed
		if _, err := os.Stdout.Write(buffer.Bytes()); err != nil {
			fail(err)
		}
		buffers.Put(buffer)
	}
}
