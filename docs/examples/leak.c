/* SPDX-License-Identifier: 0BSD
 *
 * leak - two threads that would wait for ever, and what ends them.
 *
 * A thread that waits for its input is ended by done. A thread that sends needs nothing: when its reader has left,
 * the send returns 0. Its random numbers come from another generator than Go's.
 * The book: P35, fig-goroutine-leaks-cancellation.go (the first thread)
 * The book: P37, fig-leak-from-blocked-channel-write-solved.go (the second thread)
 */
#include <leat.h>
#include <stdio.h>

/* Reads strings until there are none, or until done. Nobody ever sends one. */
struct work { leat_rx done, strings; leat_tx terminated; };

static void do_work(void *of_work)
{
	struct work *work = of_work;

	for (const char *string; leat_recv_or(work->strings, &string, work->done) > 0;)
		printf("%s\n", string);
	printf("doWork exited.\n");
	leat_drop(work->terminated);
}

static void cancel(void *done)
{
	printf("Canceling doWork goroutine...\n");
	(void)leat_close(*(leat_tx *)done);
}

static int cancelled_after_a_second(void)
{
	leat_chan done = leat_make_unit(), terminated = leat_make_unit();
	struct work work = { done.rx, { NULL }, terminated.tx };

	if (leat_go(do_work, &work) < 0 || leat_after_func(leat_after(LEAT_S(1)), cancel, &done.tx, NULL) < 0)
		return -1;
	(void)leat_wait(terminated.rx); /* 0: it is over */
	printf("Done.\n");
	leat_drop(terminated.rx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	leat_drop(done);
	return 0;
}

/* Sends numbers without end, from a generator that is the same in every run. */
static void send_random(void *numbers)
{
	leat_tx out = *(leat_tx *)numbers;
	unsigned number = 1;

	do
		number = number * 1103515245u + 12345u;
	while (leat_send(out, &number) > 0);
	printf("newRandStream closure exited.\n");
	leat_drop(out);
}

static int three_of_an_endless_stream(void)
{
	leat_chan numbers = leat_make(unsigned, 0);
	unsigned number;

	if (leat_go(send_random, &numbers.tx) < 0)
		return -1;
	printf("3 random ints:\n");
	for (int i = 1; i <= 3 && leat_recv(numbers.rx, &number) > 0; i++)
		printf("%d: %u\n", i, number);
	leat_drop(numbers.rx);
	return leat_wait_all(LEAT_NEVER);
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0) /* so that nobody waits for the second */
		return 1;
	return cancelled_after_a_second() < 0 || three_of_an_endless_stream() < 0;
}
