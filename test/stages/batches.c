/* SPDX-License-Identifier: 0BSD
 *
 * batches.c - leat_batch makes full batches, batches of the values that came in time, and a last batch of the remaining
 * values at the end and before a cause. Also tested: who owns the values of a batch.
 */
#include "../test.h"

enum { MANY = 100 };

static const leat_rx nil;

/* The next batch has `count` ints: from, from + 1, and so on. */
static void must_come(leat_rx in, int from, size_t count)
{
	leat_batched *batch = NULL;

	check(leat_recv(in, &batch) == 1);
	check(batch->count == count && batch->type.size == sizeof(int));
	for (size_t i = 0; i < count; i++)
		check(((int *)batch->values)[i] == from + (int)i);
	leat_batched_free(batch);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

static void batches_are_full_but_the_last(void)
{
	for (size_t n = 1; n <= 40; n++) {
		leat_rx out = leat_batch(nil, numbers(0, MANY), n, LEAT_NEVER);

		check(leat_cap(out) == capacity);
		for (size_t i = 0; i < MANY; i += n)
			must_come(out, (int)i, MANY - i < n ? MANY - i : n);
		must_be_over(out, 0);
	}
}

static void what_remains_comes_before_a_cause(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out = leat_batch(nil, chan.rx, 4, LEAT_NEVER);

	send_ints(chan.tx, 0, 4);
	must_come(out, 0, 4);
	send_ints(chan.tx, 4, 2);
	check(leat_drop_with(chan.tx, EIO) == 1);
	must_come(out, 4, 2);
	must_be_over(out, EIO);
}

static void nothing_remains(void)
{
	must_be_over(leat_batch(nil, leat_ended(EIO), 4, 0), EIO);
	must_be_over(leat_batch(nil, leat_take(nil, numbers(0, 4), 0), 4, 0), 0);
}

/* The clock stands still unless the test moves it. */
static void what_has_come_in_time(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out;

	check(leat_wait_all(LEAT_NEVER) == 1 && leat_clock_fake() == 1);
	out = leat_batch(nil, chan.rx, 10, LEAT_MS(50));
	for (int from = 0; from < 9; from += 3) {
		check(leat_clock_advance(LEAT_S(1)) == 1); /* the time of a batch begins with its first value */
		send_ints(chan.tx, from, 3);
		while (leat_len(chan.rx) > 0)
			nap(1);
		nap(2); /* the stage waits by now; if it does not yet, the result is the same */
		check(leat_clock_advance(LEAT_MS(49)) == 1);
		nap(5);
		check(leat_wait_by(out, LEAT_NOW) == -1);
		check(leat_clock_advance(LEAT_MS(1)) == 1);
		must_come(out, from, 3);
	}
	send_ints(chan.tx, 9, 10);
	must_come(out, 9, 10); /* a full batch comes at once */
	leat_drop(chan.tx);
	must_be_over(out, 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

/* With a time of 0, the time has passed even while values are there. So the batches are small. */
static void what_is_there(void)
{
	leat_rx out = leat_batch(nil, numbers(0, MANY), 1000, 0);
	int expected = 0;

	for (leat_batched *batch; leat_recv(out, &batch) > 0; leat_batched_free(batch)) {
		check(batch->count <= 16);
		for (size_t i = 0; i < batch->count; i++)
			check(((int *)batch->values)[i] == expected++);
	}
	check(expected == MANY);
	must_be_over(out, 0);
}

/* The source never makes the stage wait. The time of the batch passes nevertheless. */
static int count_on(void *arg, void *out)
{
	*(int *)out = (*(int *)arg)++;
	return 1;
}

static void the_time_passes_also_while_values_come(void)
{
	int next = 0, expected = 0;
	leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_on, &next), capacity);
	leat_rx out = leat_batch(nil, in, 10000000, LEAT_MS(5));

	for (int n = 0; n < 3; n++) {
		leat_batched *batch;

		check(leat_recv(out, &batch) == 1 && batch->count > 0 && *(int *)batch->values == expected);
		expected += (int)batch->count;
		leat_batched_free(batch);
	}
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------- owned values -- */

static void a_batch_owns_its_values(void)
{
	leat_rx out = leat_batch(nil, owned_numbers(0, MANY), 7, LEAT_NEVER);
	int expected = 0;

	for (leat_batched *batch; leat_recv(out, &batch) > 0; leat_batched_free(batch))
		for (size_t i = 0; i < batch->count; i++)
			check(*((owned *)batch->values)[i].number == expected++);
	check(expected == MANY && atomic_load(&owned_alive) == 0);
	must_be_over(out, 0);
	leat_batched_free(NULL);
}

/* A NULL is no batch, but it may be sent, copied and released as one. */
static void a_null_batch_is_copied(void)
{
	leat_batched *none = NULL, *copy = (leat_batched *)&none;

	check(leat_batched_type.copy(&copy, &none) == 0 && copy == NULL);
	leat_batched_type.release(&copy);
}

static void values_can_be_taken_out(void)
{
	leat_rx out = leat_batch(nil, owned_numbers(0, 5), 5, LEAT_NEVER);
	leat_batched *batch;
	owned first;

	check(leat_recv(out, &batch) == 1);
	first = *(owned *)batch->values;
	batch->values = (owned *)batch->values + 1;
	batch->count--;
	leat_batched_free(batch);
	check(atomic_load(&owned_alive) == 1 && *first.number == 0);
	disown(first);
	leat_drop(out);
}

/* When the consumer leaves, some values are in the stage, some are queued, and some have not been received yet. */
static void the_consumer_leaves(void)
{
	for (int received = 0; received < 10; received++) {
		leat_rx out = leat_batch(nil, owned_numbers(0, MANY), 3, LEAT_NEVER);
		leat_batched *batch;

		for (int i = 0; i < received; i++) {
			check(leat_recv(out, &batch) == 1);
			leat_batched_free(batch);
		}
		leat_drop(out);
		must_be_clean();
	}
}

/* done ends the stage while a batch is not full. */
static void done_comes(void)
{
	leat_chan done = leat_make_unit(), chan = leat_make_of(&owned_type, capacity);
	leat_rx out = leat_batch(done.rx, chan.rx, 10, LEAT_NEVER);
	owned a = own(1), b = own(2);

	check(leat_send(chan.tx, &a) == 1 && leat_send(chan.tx, &b) == 1);
	while (leat_len(chan.rx) > 0)
		nap(1);
	check(leat_close_with(done.tx, EPERM) == 1);
	must_be_over(out, EPERM);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&owned_alive) == 0);
	leat_drop(chan.tx);
	leat_drop(done);
}

/* leat_tee copies batches: with the type's copy function, or bytewise if the values own nothing. */
static void batches_can_be_copied(void)
{
	leat_rx out[2];
	leat_batched *batches[2];

	check(leat_tee(nil, leat_batch(nil, owned_numbers(0, 3), 3, LEAT_NEVER), out, 2) == 1);
	for (int i = 0; i < 2; i++)
		check(leat_recv(out[i], &batches[i]) == 1 && batches[i]->count == 3);
	check(atomic_load(&owned_alive) == 6 && batches[0]->values != batches[1]->values);
	for (int i = 0; i < 2; i++) {
		leat_batched_free(batches[i]);
		must_be_over(out[i], 0);
	}
	check(leat_tee(nil, leat_batch(nil, numbers(0, 3), 3, LEAT_NEVER), out, 2) == 1);
	for (int i = 0; i < 2; i++)
		must_come(out[i], 0, 3);
	for (int i = 0; i < 2; i++)
		must_be_over(out[i], 0);
}

/* A batch cannot be copied if its type has no copy function, or if that fails halfway. */
static int copy_twice(void *to, const void *from)
{
	static int calls;

	return calls++ < 2 ? owned_copy(to, from) : -EDOM;
}

static void batches_that_cannot_be_copied(void)
{
	static const leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	static const leat_type copied_twice = { "copied twice", sizeof(owned), copy_twice, owned_release };
	const leat_type *types[] = { &uncopied, &copied_twice };
	int causes[] = { EINVAL, EDOM };

	for (int i = 0; i < 2; i++) {
		leat_rx out[2], in = leat_map_of(nil, numbers(0, 3), types[i], to_owned, NULL);

		check(leat_tee(nil, leat_batch(nil, in, 3, LEAT_NEVER), out, 2) == 1);
		must_be_over(out[0], causes[i]);
		must_be_over(out[1], causes[i]);
		must_be_clean();
	}
}

/* ------------------------------------------------------------------------------------------------- odd ones -- */

struct wide { _Alignas(64) int n; };

static int widen(void *arg, const void *in, void *out)
{
	(void)arg;
	((struct wide *)out)->n = *(const int *)in;
	return 1;
}

static void values_are_aligned(void)
{
	leat_rx out = leat_batch(nil, leat_map(nil, numbers(0, MANY), struct wide, widen, NULL), 10, LEAT_NEVER);
	int expected = 0;

	for (leat_batched *batch; leat_recv(out, &batch) > 0; leat_batched_free(batch)) {
		check((uintptr_t)batch->values % 64 == 0);
		for (size_t i = 0; i < batch->count; i++)
			check(((struct wide *)batch->values)[i].n == expected++);
	}
	check(expected == MANY);
	must_be_over(out, 0);
}

static void places_in_batches(void)
{
	leat_chan chan = leat_make_of(&place_type, 5);
	leat_batched *batch;
	leat_rx out;

	atomic_store(&places, 0);
	for (int i = 0; i < 5; i++)
		check(leat_signal(chan.tx) == 1);
	leat_drop(chan.tx);
	out = leat_batch(nil, chan.rx, 4, LEAT_NEVER);
	check(leat_recv(out, &batch) == 1 && batch->count == 4 && atomic_load(&places) == 0);
	leat_batched_free(batch);
	check(atomic_load(&places) == 4);
	check(leat_recv(out, &batch) == 1 && batch->count == 1);
	leat_batched_free(batch);
	check(atomic_load(&places) == 5);
	must_be_over(out, 0);
}

static int next_number(void *number, void *out)
{
	*(int *)out = (*(int *)number)++;
	return 1;
}

/* There is no memory for n values. The batch takes it as values come, and grows when its first room is full. */
static void no_limit_but_time(void)
{
	enum { MORE = 5000 };
	int number = 0;
	leat_rx in = leat_take(nil, leat_repeat_fn(nil, int, next_number, &number), MORE);
	leat_rx out = leat_batch(nil, in, PTRDIFF_MAX / 8, LEAT_NEVER);

	must_come(out, 0, MORE);
	must_be_over(out, 0);
	out = leat_batch(nil, numbers(0, 3), PTRDIFF_MAX / 8, 0);
	for (int i = 0; i < 3;) {
		leat_batched *batch;

		check(leat_recv(out, &batch) == 1 && batch->count >= 1 && *(int *)batch->values == i);
		i += (int)batch->count;
		leat_batched_free(batch);
	}
	must_be_over(out, 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	number = 0;
	in = leat_take(nil, leat_repeat_fn(nil, int, next_number, &number), 3 * MORE);
	out = leat_batch(nil, in, 2000, LEAT_NEVER);
	for (int i = 0; i < 3 * MORE; i += 2000)
		must_come(out, i, 3 * MORE - i < 2000 ? (size_t)(3 * MORE - i) : 2000);
	must_be_over(out, 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void what_makes_no_sense(void)
{
	leat_chan silent = leat_make(int, 0);

	must_be_over(leat_batch(nil, nil, 1, 0), EINVAL);
	must_be_over(leat_batch(nil, leat_dup(silent.rx), 0, 0), EINVAL);
	must_be_over(leat_batch(nil, leat_dup(silent.rx), SIZE_MAX, 0), EINVAL);
	must_be_over(leat_batch(nil, silent.rx, 1, -1), EINVAL);
	check(leat_wait_gone(silent.tx, LEAT_NOW) == 1);
	leat_drop(silent.tx);
}

/* The values come without a wait, so the stage looks at the clock after every 16 values. */
static void the_time_has_passed_but_much_is_there(void)
{
	leat_chan chan = leat_make(int, MANY);
	leat_rx out;

	send_ints(chan.tx, 0, MANY);
	leat_drop(chan.tx);
	out = leat_batch(nil, chan.rx, MANY, 0);
	for (int i = 0; i < MANY; i += 16)
		must_come(out, i, MANY - i < 16 ? (size_t)(MANY - i) : 16);
	must_be_over(out, 0);
}

int main(int argc, char **argv)
{
	return RUN(batches_are_full_but_the_last, what_remains_comes_before_a_cause, nothing_remains,
	           what_has_come_in_time, what_is_there, the_time_has_passed_but_much_is_there,
	           the_time_passes_also_while_values_come, a_batch_owns_its_values, a_null_batch_is_copied,
	           values_can_be_taken_out, the_consumer_leaves, done_comes, batches_can_be_copied,
	           batches_that_cannot_be_copied, values_are_aligned, places_in_batches, no_limit_but_time,
	           what_makes_no_sense);
}
