/* SPDX-License-Identifier: 0BSD
 *
 * search.h - random numbers, and a slow test whether they are primes: for search.c and search_fan_out.c.
 *
 * The test tries all smaller numbers, from the largest on. For the tests of leat it only sleeps for a nanosecond for
 * each of them. The clock is fake then and runs by itself, so that the seconds are the same on every machine.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <leat.h>
#include <stdio.h>
#include <string.h>

static int search_is_real; /* divide, instead of sleeping as long */

/* `NAME real` divides. Returns 1, or -1. */
static inline int search_begin(int argc, char **argv)
{
	search_is_real = argc > 1 && strcmp(argv[1], "real") == 0;
	return search_is_real || (leat_clock_fake() >= 0 && leat_clock_run() >= 0) ? 1 : -1;
}

/* A random number below 50,000,000, from a generator that is the same in every run. */
static inline int random_number(void *of_state, void *out)
{
	uint32_t *state = of_state;

	*state = *state * 1664525u + 1013904223u;
	*(int *)out = (int)(*state / 86u);
	return 1;
}

/* The largest divisor of a number above 1, except itself. */
static inline int largest_divisor(int number)
{
	int by = 2;

	if (search_is_real) {
		for (by = number - 1; by > 1 && number % by != 0; by--)
			;
		return by;
	}
	while (by <= number / by && number % by != 0)
		by++;
	return by <= number / by ? number / by : 1;
}

/* A function for leat_filter. */
static inline int is_prime(void *arg, const void *in)
{
	int number = *(const int *)in, divisor;

	(void)arg;
	if (number < 2)
		return 0;
	divisor = largest_divisor(number);
	if (!search_is_real)
		leat_sleep(LEAT_NS(number - divisor));
	return divisor == 1;
}

/* Print a stream of primes, and how long they took. Returns its cause. Takes `primes`. */
static inline int print_primes(leat_rx primes, leat_time start)
{
	int cause;

	printf("Primes:\n");
	for (int prime; leat_recv(primes, &prime) > 0;)
		printf("\t%d\n", prime);
	printf("Search took: %.2f s\n", (double)(leat_now() - start) / 1e9);
	cause = leat_cause(primes);
	leat_drop(primes);
	return cause;
}

#endif
