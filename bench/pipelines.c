/* SPDX-License-Identifier: 0BSD
 *
 * pipelines.c - the cost of a value on its way through the pipelines of the book. All their stages watch done. If the
 * capacity is not 0, there is a queue behind the source.
 */
#include "bench.h"

enum { SMALL = 1000 };

/* The parts that all pipelines have. */
typedef struct { leat_chan done; double begin; } pipeline;

static pipeline begin(void)
{
	return (pipeline){ leat_make_unit(), bench_now() };
}

/* Returns the time for one of n values. */
static double finish(pipeline self, leat_rx out, long n)
{
	double time;

	bench_check(leat_cause(out) == 0);
	leat_drop(out);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	time = bench_each(self.begin, n);
	leat_drop(self.done);
	return time;
}

/* -------------------------------------------------------------------------------------------- arithmetic -- */

static int times(void *factor, const void *in, void *out)
{
	*(int64_t *)out = *(const int64_t *)in * *(const int64_t *)factor;
	return 1;
}

static int plus(void *summand, const void *in, void *out)
{
	*(int64_t *)out = *(const int64_t *)in + *(const int64_t *)summand;
	return 1;
}

static int64_t one = 1, two = 2;

/* The numbers are 0, 1, ... SMALL - 1, 0, and so on, n in all. */
static int64_t number_at(long i)
{
	return i % SMALL;
}

/* A generator of n numbers, with a queue behind it. */
static leat_rx numbers(pipeline all, const bench_row *row, long n)
{
	int64_t *values = malloc((size_t)n * sizeof *values);
	leat_rx out;

	bench_check(values);
	for (long i = 0; i < n; i++)
		values[i] = number_at(i);
	out = leat_generator(all.done.rx, sizeof *values, values, (size_t)n);
	free(values);
	return leat_buffer(out, bench_capacity(row, n));
}

/* Receive the n results. */
static double read_results(pipeline all, leat_rx results, long n)
{
	int64_t sum = 0;
	double time;

	for (int64_t each; leat_recv(results, &each) > 0;)
		sum += each;
	time = finish(all, results, n);
	for (long i = 0; i < n; i++)
		sum -= (number_at(i) * 2 + 1) * 2;
	bench_check(sum == 0);
	return time;
}

static double arithmetic(const bench_row *row, long n)
{
	pipeline all = begin();
	leat_rx out = numbers(all, row, n);

	out = leat_map(all.done.rx, out, int64_t, times, &two);
	out = leat_map(all.done.rx, out, int64_t, plus, &one);
	return read_results(all, leat_map(all.done.rx, out, int64_t, times, &two), n);
}

#define STEPS LEAT_STEPS({ times, &two }, { plus, &one }, { times, &two })

static double steps(const bench_row *row, long n)
{
	pipeline all = begin();
	leat_rx out = numbers(all, row, n);

	return read_results(all, leat_steps(all.done.rx, out, int64_t, STEPS), n);
}

typedef struct { long next, end; } range;

static int count(void *of_range, void *out)
{
	range *self = of_range;

	if (self->next == self->end)
		return 0;
	*(int64_t *)out = number_at(self->next++);
	return 1;
}

static double steps_from(const bench_row *row, long n)
{
	pipeline all = begin();
	range all_numbers = { 0, n };
	leat_rx out = leat_steps_from(all.done.rx, int64_t, count, &all_numbers, STEPS);

	return read_results(all, leat_buffer(out, bench_capacity(row, n)), n);
}

/* ------------------------------------------------------------------------------------ generic and typed -- */

typedef const char *string;

/* The equivalent of Go's interface{}. */
typedef struct { const char *type; const void *value; } anything;

static int to_string(void *arg, const void *in, void *out)
{
	const anything *any = in;

	(void)arg;
	if (strcmp(any->type, "string") != 0)
		return -EINVAL;
	*(string *)out = any->value;
	return 1;
}

/* Receive the n strings, each of one letter. */
static double read_strings(pipeline all, leat_rx strings, long n)
{
	long letters = 0;

	for (string each; leat_recv(strings, &each) > 0;)
		letters += each[0] == 'a';
	bench_check(letters == n);
	return finish(all, strings, n);
}

static double generic(const bench_row *row, long n)
{
	pipeline all = begin();
	anything word = { "string", "a" };
	leat_rx words = leat_buffer(leat_repeat(all.done.rx, sizeof word, &word, 1), bench_capacity(row, n));

	words = leat_take(all.done.rx, words, n);
	return read_strings(all, leat_map(all.done.rx, words, string, to_string, NULL), n);
}

static double typed(const bench_row *row, long n)
{
	pipeline all = begin();
	leat_rx words = leat_buffer(leat_repeat(all.done.rx, LEAT_VALUES(string, "a")), bench_capacity(row, n));

	return read_strings(all, leat_take(all.done.rx, words, n), n);
}

/* ------------------------------------------------------------------------- buffered and unbuffered writes -- */

enum { BUFFER = 4096 };

/* The bytes that the writes below write, one by one. */
static leat_rx bytes(pipeline all, const bench_row *row, long n)
{
	leat_rx zeros = leat_buffer(leat_repeat(all.done.rx, LEAT_VALUES(char, 0)), bench_capacity(row, n));

	return leat_take(all.done.rx, zeros, n);
}

static FILE *open_file(void)
{
	FILE *file = tmpfile();

	bench_check(file != NULL);
	return file;
}

static double written(pipeline all, leat_rx in, FILE *file, long n)
{
	double time = finish(all, in, n);

	bench_check(lseek(fileno(file), 0, SEEK_END) == n);
	bench_check(fclose(file) == 0);
	return time;
}

static double write_single(const bench_row *row, long n)
{
	FILE *file = open_file();
	pipeline all = begin();
	leat_rx in = bytes(all, row, n);

	for (char byte; leat_recv(in, &byte) > 0;)
		bench_check(write(fileno(file), &byte, 1) == 1);
	return written(all, in, file, n);
}

/* The buffer of stdio has 4 KiB, as that of Go's bufio. */
static double write_stdio(const bench_row *row, long n)
{
	FILE *file = open_file();
	pipeline all = begin();
	leat_rx in = bytes(all, row, n);

	for (char byte; leat_recv(in, &byte) > 0;)
		bench_check(putc(byte, file) == byte);
	bench_check(fflush(file) == 0);
	return written(all, in, file, n);
}

static double write_batched(const bench_row *row, long n)
{
	FILE *file = open_file();
	pipeline all = begin();
	leat_rx in = leat_batch(all.done.rx, bytes(all, row, n), BUFFER, LEAT_NEVER);

	for (leat_batched *each; leat_recv(in, &each) > 0; leat_batched_free(each))
		bench_check(write(fileno(file), each->values, each->count) == (ssize_t)each->count);
	return written(all, in, file, n);
}

#define VALUES .unit = "ns/value", .capacities = "0 128"

static const bench_shape shapes[] = {
	{ "arithmetic", "generator -> times 2 -> plus 1 -> times 2", arithmetic, VALUES },
	{ "steps", "the same, the last three in one thread", steps, VALUES },
	{ "steps_from", "the same, all in one thread", steps_from, VALUES },
	{ "generic", "repeat -> take -> to string, of values that carry their type", generic, VALUES },
	{ "typed", "repeat -> take, of strings", typed, VALUES },
	{ "write_single", "repeat -> take -> a write(2) of each byte, to a file", write_single, VALUES },
	{ "write_stdio", "... putc: a write(2) of 4096 bytes", write_stdio, VALUES },
	{ "write_batched", "... leat_batch, and a write(2) of 4096 bytes", write_batched, VALUES },
};

const bench_table bench_pipelines = BENCH_TABLE("pipelines", shapes);
