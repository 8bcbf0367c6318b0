// SPDX-License-Identifier: 0BSD

// small - small.c in Go: five goroutines over ten values.
package main

import (
	"bufio"
	"fmt"
	"os"
)

const room = 128

func generate(values ...int) <-chan int {
	out := make(chan int, room)
	go func() {
		defer close(out)
		for _, value := range values {
			out <- value
		}
	}()
	return out
}

func each(in <-chan int, step func(int) int) <-chan int {
	out := make(chan int, room)
	go func() {
		defer close(out)
		for value := range in {
			out <- step(value)
		}
	}()
	return out
}

func twice(n int) int  { return 2 * n }
func addOne(n int) int { return n + 1 }

func main() {
	numbers := generate(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	numbers = each(numbers, twice)
	numbers = each(numbers, addOne)
	numbers = each(numbers, twice)
	numbers = each(numbers, addOne)
	out := bufio.NewWriter(os.Stdout)
	for number := range numbers {
		fmt.Fprintln(out, number)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "small:", err)
		os.Exit(1)
	}
}
