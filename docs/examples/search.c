/* SPDX-License-Identifier: 0BSD
 *
 * search - find ten primes among random numbers, with one slow stage: leat_filter.
 *
 * The numbers differ from the book's, because they come from another generator. The seconds are those of a fake clock.
 * `search real` took 5.8 real seconds, and the book's program in Go 6.5. search_fan_out.c needs half the time.
 * The book: P27, fig-naive-prime-finder.go
 */
#include "search.h"

int main(int argc, char **argv)
{
	leat_chan done = leat_make_unit();
	uint32_t state = 1;
	leat_time start;
	leat_rx numbers;
	int cause;

	if (search_begin(argc, argv) < 0)
		return 1;
	start = leat_now();
	numbers = leat_repeat_fn(done.rx, int, random_number, &state);
	cause = print_primes(leat_take(done.rx, leat_filter(done.rx, numbers, is_prime, NULL), 10), start);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) < 0 || cause != 0;
}
