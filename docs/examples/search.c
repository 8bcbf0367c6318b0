/* SPDX-License-Identifier: 0BSD
 *
 * search - run a slow stage once, and then in two copies: leat_fan_out and leat_fan_in.
 *
 * The stage finds primes among random numbers, by trying all smaller numbers. Each number is checked by itself and
 * takes long, so the stage can be fanned out. Two finders share one source. They find the primes in another order, in
 * half the time.
 *
 * A finder sleeps for a nanosecond for each division that it would do. The clock is fake and runs by itself, so the
 * seconds are the same on every machine.
 */
#include <leat.h>
#include <stdio.h>

/* A random number, from a generator that is the same in every run. */
static int random_number(void *of_state, void *out)
{
	uint32_t *state = of_state;

	*state = *state * 1664525u + 1013904223u;
	*(int *)out = (int)(*state / 86u); /* below 50,000,000 */
	return 1;
}

/* How many numbers must be tried: up to the smallest divisor. */
static int tried(int number)
{
	for (int by = 2; by <= number / by; by++)
		if (number % by == 0)
			return by - 1;
	return number - 2;
}

static int is_prime(void *arg, const void *in)
{
	int number = *(const int *)in;

	(void)arg;
	if (number < 2)
		return 0;
	leat_sleep(LEAT_NS(tried(number)));
	return tried(number) == number - 2;
}

static leat_rx prime_finder(leat_rx done, leat_rx in, void *arg)
{
	return leat_filter(done, in, is_prime, arg);
}

static int search(size_t finders)
{
	enum { MOST = 8 };
	uint32_t state = 1;
	leat_time start = leat_now();
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_repeat_fn(done.rx, int, random_number, &state), out[MOST], primes;
	int cause;

	printf("Spinning up %zu prime finders.\nPrimes:\n", finders);
	(void)leat_fan_out(done.rx, numbers, out, finders, prime_finder, NULL); /* if it fails, the outputs say so */
	primes = leat_take(done.rx, leat_fan_in(done.rx, out, finders), 10);
	for (int prime; leat_recv(primes, &prime) > 0;)
		printf("\t%d\n", prime);
	printf("Search took: %.2f s\n", (double)(leat_now() - start) / 1e9);

	cause = leat_cause(primes);
	if (cause)
		fprintf(stderr, "search: %s\n", leat_strerror(cause));
	leat_drop(primes);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) < 0 ? -1 : cause;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return search(1) != 0 || search(2) != 0;
}
