/* SPDX-License-Identifier: 0BSD
 *
 * distinct.c - leat_distinct leaves out values whose key is one of the last n that passed. See also ends_of_stages.c
 * and bad_arguments.c.
 */
#include "../test.h"

enum { MANY = 2000 };

static const leat_rx nil;

static leat_rx of(const int *values, size_t n)
{
	return leat_buffer(leat_generator(nil, sizeof *values, values, n), capacity);
}

/* The same as leat_distinct, without a table. Returns how many values pass. */
static size_t distinct_by_hand(const int *values, size_t count, size_t n, int *passed)
{
	size_t pass = 0;

	for (size_t i = 0; i < count; i++) {
		size_t back = 0;

		while (back < pass && back < n && passed[pass - 1 - back] != values[i])
			back++;
		if (back == pass || back == n)
			passed[pass++] = values[i];
	}
	return pass;
}

static void the_last_keys_do_not_pass(void)
{
	static const size_t ns[] = { 1, 2, 7, 40, 500, SIZE_MAX };
	static int values[MANY], passed[MANY];
	unsigned state = 1;

	for (size_t i = 0; i < sizeof ns / sizeof *ns; i++) {
		size_t most = ns[i] < 600 ? 2 * ns[i] : 600, pass;
		leat_rx out;

		for (int j = 0; j < MANY; j++)
			values[j] = (int)random_below(&state, (unsigned)most);
		pass = distinct_by_hand(values, MANY, ns[i], passed);
		out = leat_distinct(nil, of(values, MANY), ns[i], NULL, NULL);
		check(pass < MANY && leat_cap(out) == capacity);
		for (size_t j = 0; j < pass; j++)
			receive_ints(out, passed[j], 1);
		check(leat_drain(out) == 0);
	}
}

static void one_of_each_run(void)
{
	static const int values[] = { 5, 5, 6, 5, 5, 5 };
	leat_rx out = leat_distinct(nil, of(values, 6), 1, NULL, NULL);

	receive_ints(out, 5, 2);
	receive_ints(out, 5, 1);
	must_yield(out, 0, 1, 0);
}

/* ------------------------------------------------------------------------------------------------- keys -- */

static int whole_text(void *arg, const void *in, leat_key *key)
{
	const char *text = *(char *const *)in;

	(void)arg;
	*key = (leat_key){ text, text ? strlen(text) : 0 };
	return 0;
}

/* Two texts have the same bytes at different addresses. Also keys without bytes, with and without an address. */
static void a_key_is_what_the_value_owns(void)
{
	static const char *const texts[] = { "one", "on", "", NULL, "one", "", "onee" }, *const passed[] = { "one", "on", "",
		"onee" };
	leat_chan chan = leat_make_of(&leat_string_type, 7);
	leat_rx out = leat_distinct(nil, chan.rx, SIZE_MAX, whole_text, NULL);
	char *text;

	for (int i = 0; i < 7; i++) {
		text = texts[i] ? strdup(texts[i]) : NULL;
		check(leat_send(chan.tx, &text) == 1);
	}
	leat_drop(chan.tx);
	for (int i = 0; i < 4; i++, free(text))
		check(leat_recv(out, &text) == 1 && strcmp(text, passed[i]) == 0);
	check(leat_drain(out) == 0);
}

/* The key lies in *arg. */
static int tens(void *key_of_arg, const void *in, leat_key *key)
{
	int *ten = key_of_arg;

	*ten = *((const owned *)in)->number / 10;
	if (*ten == 15)
		return -EPIPE;
	*key = (leat_key){ ten, sizeof *ten };
	return 0;
}

static void owned_values_that_are_left_out(void)
{
	int ten;

	must_yield_owned(leat_distinct(nil, owned_numbers(0, 149), 2, tens, &ten), 0, 10, 150);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void values_pass_before_a_cause(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	leat_rx out = leat_distinct(nil, owned_numbers(140, 60), 3, tens, &(int){ 0 });

	must_receive_owned(out, 140);
	check(leat_drain(out) == EPIPE);
	check(leat_wait_all(LEAT_NEVER) == 1);
	out = leat_distinct(nil, chan.rx, 3, NULL, NULL);
	send_ints(chan.tx, 7, 1);
	check(leat_drop_with(chan.tx, EIO) == 1);
	receive_ints(out, 7, 1);
	check(leat_drain(out) == EIO);
}

static int leave(void *left, const void *in, leat_key *key)
{
	(void)in;
	(void)key;
	if (++*(int *)left == 3)
		pthread_exit(NULL);
	return 0;
}

static void a_key_function_that_leaves(void)
{
	int left = 0;

	check(leat_drain(leat_distinct(nil, owned_numbers(0, 5), 3, leave, &left)) == EOWNERDEAD);
}

int main(int argc, char **argv)
{
	return RUN(the_last_keys_do_not_pass, one_of_each_run, a_key_is_what_the_value_owns,
	           owned_values_that_are_left_out, values_pass_before_a_cause, a_key_function_that_leaves);
}
