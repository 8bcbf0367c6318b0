// SPDX-License-Identifier: 0BSD

// throughput - the work of throughput.c in Go, with nats.go. It sends by PublishAsync with a message id, or by Publish
// if the window is 1. It receives by a pull subscription, which fetches as many messages at once as the window, and
// acknowledges each.
//
//	throughput send|receive URL BYTES WINDOW COUNT
//
// It prints the values a second. As for libnats alone, the time includes the connection.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const patience = 60 * time.Second

type work struct{ size, window, count int }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

func sendOneByOne(nc *nats.Conn, w work) {
	js, err := nc.JetStream()
	check(err)
	payload := make([]byte, w.size)
	for i := 0; i < w.count; i++ {
		_, err := js.Publish("bench", payload, nats.MsgId(strconv.Itoa(i)))
		check(err)
	}
}

// nats.go counts a publish as pending before it sends the publish. So a limit of n lets n-1 be sent, and 1 lets none.
func sendAll(nc *nats.Conn, w work) {
	if w.window == 1 {
		sendOneByOne(nc, w)
		return
	}
	js, err := nc.JetStream(nats.PublishAsyncMaxPending(w.window+1),
		nats.PublishAsyncErrHandler(func(_ nats.JetStream, _ *nats.Msg, err error) { log.Fatal(err) }))
	check(err)
	payload := make([]byte, w.size)
	for i := 0; i < w.count; i++ {
		_, err := js.PublishAsync("bench", payload, nats.MsgId(strconv.Itoa(i)), nats.StallWait(patience))
		check(err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(patience):
		log.Fatal("the server does not answer")
	}
}

func receiveAll(nc *nats.Conn, w work) {
	js, err := nc.JetStream()
	check(err)
	sub, err := js.PullSubscribe("bench", "workers", nats.MaxAckPending(1000*1000))
	check(err)
	for left := w.count; left > 0; {
		msgs, err := sub.Fetch(w.window, nats.MaxWait(patience))
		check(err)
		for _, msg := range msgs {
			check(msg.Ack())
		}
		left -= len(msgs)
	}
	check(nc.Flush())
}

func main() {
	if len(os.Args) != 6 {
		log.Fatal("usage: throughput send|receive URL BYTES WINDOW COUNT")
	}
	w := work{number(os.Args[3]), number(os.Args[4]), number(os.Args[5])}
	do := map[string]func(*nats.Conn, work){"send": sendAll, "receive": receiveAll}[os.Args[1]]
	began := time.Now()
	nc, err := nats.Connect(os.Args[2])
	check(err)
	do(nc, w)
	fmt.Printf("%.1f\n", float64(w.count)/time.Since(began).Seconds())
	nc.Close()
}
