/* SPDX-License-Identifier: 0BSD
 *
 * stream_memory - batch stages need memory for all values, twice; stream stages for the few that are in work.
 *
 * Both halves multiply and add, as pipeline.c does, and count the values that are in memory at the same time. A batch
 * stage reads one array and writes another. A stream stage reads one value and writes another. How many values are in
 * work depends on the threads, so the program only says that they were few.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1000, FEW = 16 };

static atomic_int now, most; /* values in memory */

static void add_values(int count)
{
	int present = atomic_fetch_add(&now, count) + count, highest = atomic_load(&most);

	while (present > highest && !atomic_compare_exchange_weak(&most, &highest, present))
		;
}

/* --------------------------------------------------------------------------------------------------------- batch -- */

static long *new_batch(void)
{
	add_values(COUNT);
	return calloc(COUNT, sizeof(long));
}

static void free_batch(long *batch)
{
	free(batch);
	add_values(-COUNT);
}

/* A batch stage. It takes the batch. */
static long *change_all(long *in, long by, long what)
{
	long *out = new_batch();

	for (int i = 0; in && out && i < COUNT; i++)
		out[i] = in[i] * by + what;
	free_batch(in);
	return out;
}

static long sum_of_batch(void)
{
	long *batch = new_batch(), sum = 0;

	for (int i = 0; batch && i < COUNT; i++)
		batch[i] = i;
	batch = change_all(change_all(batch, 2, 0), 1, 1);
	for (int i = 0; batch && i < COUNT; i++)
		sum += batch[i];
	free_batch(batch);
	return sum;
}

/* -------------------------------------------------------------------------------------------------------- stream -- */

static int next_number(void *of_next, void *out)
{
	long *next = of_next;

	if (*next == COUNT)
		return 0;
	add_values(1);
	*(long *)out = (*next)++;
	return 1;
}

static int multiply(void *by, const void *in, void *out)
{
	add_values(1);
	*(long *)out = *(const long *)in * *(long *)by;
	add_values(-1); /* the stage is done with `in` */
	return 1;
}

static int add(void *what, const void *in, void *out)
{
	add_values(1);
	*(long *)out = *(const long *)in + *(long *)what;
	add_values(-1);
	return 1;
}

static long sum_of_stream(void)
{
	static long next, two = 2, one = 1;
	leat_rx never = LEAT_NIL, out = leat_repeat_fn(never, long, next_number, &next);
	long sum = 0;

	out = leat_map(never, leat_map(never, out, long, multiply, &two), long, add, &one);
	for (long each; leat_recv(out, &each) > 0; add_values(-1))
		sum += each;
	leat_drop(out);
	return sum;
}

int main(void)
{
	long sum = sum_of_batch();

	printf("batch:  the sum is %ld, with %d values in memory\n", sum, atomic_exchange(&most, 0));
	sum = sum_of_stream();
	if (atomic_load(&most) <= FEW)
		printf("stream: the sum is %ld, with at most %d values in memory\n", sum, FEW);
	return 0;
}
