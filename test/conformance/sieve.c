/* SPDX-License-Identifier: 0BSD
 *
 * sieve.c - Go promises that a chain of goroutines can grow while values run through it. Go's test of this is the prime
 * sieve. The same holds here with threads. When the reader leaves, the chain ends by itself, while in Go it waits for
 * ever.
 */
#include "go.h"

enum { PRIMES = 60, AHEAD = 50 };

typedef struct { leat_rx in; leat_tx out; int prime; } filter;

static void count_up(void *of_filter)
{
	filter *self = of_filter;

	for (int n = 2; leat_send(self->out, &n) > 0; n++)
		;
	leat_drop(self->out);
}

static void leave_out_multiples(void *of_filter)
{
	filter *self = of_filter;

	for (int n; leat_recv(self->in, &n) > 0;)
		if (n % self->prime && leat_send(self->out, &n) <= 0)
			break;
	leat_drop(self->in);
	leat_drop(self->out);
}

/* With more room, all stages would run far ahead of what is needed. */
static leat_rx start_filter(filter *self, void (*fn)(void *), leat_rx in, int prime)
{
	leat_chan chan = leat_make(int, capacity < AHEAD ? capacity : AHEAD);

	*self = (filter){ in, chan.tx, prime };
	start(fn, self);
	return chan.rx;
}

/* Decides by trial division. */
static int is_prime(int n)
{
	for (int divisor = 2; divisor * divisor <= n; divisor++)
		if (n % divisor == 0)
			return 0;
	return 1;
}

static int prime_after(int n)
{
	while (!is_prime(++n))
		;
	return n;
}

static void each_prime_adds_a_filter(void)
{
	filter filters[PRIMES + 1];
	leat_rx in = start_filter(&filters[PRIMES], count_up, LEAT_NIL, 0);

	for (int i = 0, prime, expected = 1; i < PRIMES; i++) {
		expected = prime_after(expected);
		check(leat_recv(in, &prime) == 1 && prime == expected);
		in = start_filter(&filters[i], leave_out_multiples, in, prime);
	}
	check(leat_live() == PRIMES + 1);
	leat_drop(in);
	join();
}

int main(int argc, char **argv)
{
	return RUN(each_prime_adds_a_filter);
}
