/* SPDX-License-Identifier: 0BSD
 *
 * leak_found - find threads that wait for ever: leat_live counts what still runs, and leat_wait_all takes a deadline.
 *
 * The deadline tells a slow end from none. These are two leaks of the book. One thread waits for strings from a nil
 * channel, and must be cancelled. The other sends numbers to a reader that wanted three and keeps its handle. It ends
 * when the reader drops that handle.
 *
 * The clock is fake and runs by itself, so the second takes no time.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

struct work { leat_rx done, strings; };

static void do_work(void *of_work)
{
	struct work *work = of_work;

	for (const char *string; leat_recv_or(work->strings, &string, work->done) > 0;)
		printf("%s\n", string);
	printf("doWork exited.\n");
}

static void send_numbers(void *numbers)
{
	leat_tx out = *(leat_tx *)numbers;

	for (int i = 1; leat_send(out, &i) > 0; i++)
		;
	printf("newRandStream closure exited.\n");
	leat_drop(out);
}

static void look(void)
{
	int ended = leat_wait_all(leat_in(LEAT_S(1)));

	printf("%s: %zu still run\n", ended < 0 && errno == ETIMEDOUT ? "after a second" : "at the end", leat_live());
}

int main(void)
{
	leat_chan done = leat_make_unit(), numbers = leat_make(int, 0);
	struct work work = { done.rx, { NULL } };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	if (leat_go(do_work, &work) < 0 || leat_go(send_numbers, &numbers.tx) < 0)
		return 1;
	for (int i = 1, number; i <= 3 && leat_recv(numbers.rx, &number) > 0; i++)
		printf("%d: %d\n", i, number);
	printf("Done.\n");
	look();
	(void)leat_close(done.tx);
	look();
	leat_drop(numbers.rx);
	look();
	leat_drop(done);
	return 0;
}
