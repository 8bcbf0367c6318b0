/* SPDX-License-Identifier: 0BSD
 *
 * search_fan_out - run a slow stage once for each processor: leat_fan_out and leat_fan_in.
 *
 * A finder checks each number by itself, and it takes long, so the stage can be fanned out. All finders share one
 * source. They find the primes of search.c in half the time, perhaps in another order.
 *
 * There are two finders and a fake clock here, so that the output is the same on every machine. `search_fan_out real`
 * has a finder for each processor. On two cores it took 3.0 real seconds, and `search real` 5.8: a speed-up of 1.9 (the
 * quickest of ten runs each). The book's programs in Go took 3.2 and 6.5 seconds.
 * The book: P26, fig-fan-out-naive-prime-finder.go
 */
#include "search.h"

enum { MOST = 64 };

static leat_rx prime_finder(leat_rx done, leat_rx in, void *arg)
{
	return leat_filter(done, in, is_prime, arg);
}

static size_t count_finders(void)
{
	size_t cpus = leat_cpus();

	if (!search_is_real)
		return 2;
	return cpus < MOST ? cpus : MOST;
}

int main(int argc, char **argv)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers, out[MOST];
	uint32_t state = 1;
	leat_time start;
	size_t finders;
	int cause;

	if (search_begin(argc, argv) < 0)
		return 1;
	start = leat_now();
	finders = count_finders();
	printf("Spinning up %zu prime finders.\n", finders);
	numbers = leat_repeat_fn(done.rx, int, random_number, &state);
	(void)leat_fan_out(done.rx, numbers, out, finders, prime_finder, NULL); /* if it fails, the outputs say so */
	cause = print_primes(leat_take(done.rx, leat_fan_in(done.rx, out, finders), 10), start);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) < 0 || cause != 0;
}
