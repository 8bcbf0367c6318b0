// SPDX-License-Identifier: 0BSD
//
// tree DIR - the SHA-256 of each file under a directory, in the order of their paths, as sha256sum prints them.
package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const queue = 4096

type job struct {
	path string
	line chan string
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "tree:", err)
	os.Exit(1)
}

// walk sends each file both to the workers and to main, which waits for the line of each.
func walk(root string, jobs, ordered chan<- job) {
	defer close(jobs)
	defer close(ordered)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			job := job{path, make(chan string, 1)}
			jobs <- job
			ordered <- job
		}
		return err
	})
	if err != nil {
		fail(err)
	}
}

func hash(jobs <-chan job) {
	block := make([]byte, 64<<10)
	digest := sha256.New()
	for job := range jobs {
		file, err := os.Open(job.path)
		if err != nil {
			fail(err)
		}
		digest.Reset()
		if _, err = io.CopyBuffer(digest, struct{ io.Reader }{file}, block); err != nil {
			fail(err)
		}
		file.Close()
		job.line <- fmt.Sprintf("%x  %s\n", digest.Sum(nil), job.path)
	}
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: tree DIR"))
	}
	jobs, ordered := make(chan job, queue), make(chan job, queue)
	go walk(os.Args[1], jobs, ordered)
	for i := 0; i < runtime.NumCPU(); i++ {
		go hash(jobs)
	}
	out := bufio.NewWriter(os.Stdout)
	for job := range ordered {
		out.WriteString(<-job.line)
	}
	if err := out.Flush(); err != nil {
		fail(err)
	}
}
