/* SPDX-License-Identifier: 0BSD
 *
 * recv_into_stack.c - Go moves stacks. It promises that a value which is received into a variable of a sleeping
 * goroutine arrives there nevertheless. Here stacks stay where they are, but a value is copied straight into the frame
 * of the sleeping thread. It arrives whole and writes nothing beside it, by any case of a select. The frame is not
 * written to after the call has returned.
 */
#include "go.h"

enum { LETTERS = 10000, ROUNDS = 40 };

typedef struct { unsigned char letters[LETTERS]; } large;

static const unsigned char guard = 0x5a;

static large written(int number)
{
	large value;

	for (int i = 0; i < LETTERS; i++)
		value.letters[i] = (unsigned char)(number * 7 + i);
	return value;
}

static int all_are(const unsigned char *letters, unsigned char letter)
{
	for (int i = 0; i < LETTERS; i++)
		if (letters[i] != letter)
			return 0;
	return 1;
}

typedef struct { leat_rx c, d; } ends;

/* The frame has guards before and after the value. */
static void receive_between_guards(leat_rx c, int number)
{
	struct { large before, value, after; } frame;
	large expected = written(number);

	memset(&frame, guard, sizeof frame);
	check(leat_recv(c, &frame.value) == 1);
	check(memcmp(&frame.value, &expected, sizeof expected) == 0);
	check(all_are(frame.before.letters, guard) && all_are(frame.after.letters, guard));
}

/* The value comes through d. The select has two cases of c besides. Each case has a place of its own. */
static void receive_by_one_of_four(leat_rx c, leat_rx d, int number)
{
	large values[4], expected = written(number);
	leat_case on[] = { LEAT_RECV(c, &values[0]), LEAT_RECV(c, &values[1]), LEAT_RECV(d, &values[2]),
		           LEAT_RECV(d, &values[3]) };
	int chosen;

	memset(values, guard, sizeof values);
	chosen = leat_select(on, LEAT_NEVER);
	check(chosen >= 2 && on[chosen].ok == 1);
	for (int i = 0; i < 4; i++)
		check(i == chosen ? memcmp(&values[i], &expected, sizeof expected) == 0
		                  : all_are(values[i].letters, guard));
}

/* This frame lies where the frames of those calls were. */
static void use_the_stack_again(void)
{
	volatile unsigned char frame[4 * LETTERS];

	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = guard;
	sched_yield();
	for (size_t i = 0; i < sizeof frame; i++)
		check(frame[i] == guard);
}

static void receive_asleep(void *of_ends)
{
	ends *self = of_ends;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2)
			receive_by_one_of_four(self->c, self->d, i);
		else
			receive_between_guards(self->c, i);
		use_the_stack_again();
	}
}

static void values_land_in_frames_of_sleepers(void)
{
	leat_chan c = leat_make(large, capacity), d = leat_make(large, capacity);
	ends receiver = { c.rx, d.rx };

	clock_runs();
	start(receive_asleep, &receiver);
	for (int i = 0; i < ROUNDS; i++) {
		large value = written(i);

		until_all_sleep();
		check(leat_send(i % 2 ? d.tx : c.tx, &value) == 1);
		memset(&value, guard, sizeof value); /* the send has copied the value */
	}
	join();
	leat_clock_real();
	leat_drop(c);
	leat_drop(d);
}

/* Nobody waits until the receiver sleeps. So the sender finds it asleep, about to sleep, or at work. */
static void and_when_nobody_waits_for_sleep(void)
{
	leat_chan c = leat_make(large, capacity), d = leat_make(large, capacity);
	ends receiver = { c.rx, d.rx };

	start(receive_asleep, &receiver);
	for (int i = 0; i < ROUNDS; i++) {
		large value = written(i);
		leat_tx tx = i % 2 ? d.tx : c.tx;

		check(leat_send(tx, &value) == 1);
		while (capacity && leat_len(tx) > 0)
			sched_yield(); /* so that the select does not see the next value too early */
	}
	join();
	leat_drop(c);
	leat_drop(d);
}

/* A sleeper that sees an end gets zeroes, in the chosen place only. */
static void close_sleeper(void *of_ends)
{
	ends *self = of_ends;
	large values[2];
	leat_case on[] = { LEAT_RECV(self->c, &values[0]), LEAT_RECV(self->d, &values[1]) };

	memset(values, guard, sizeof values);
	check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 0);
	check(all_are(values[0].letters, guard) && all_are(values[1].letters, 0));
}

static void an_end_zeroes_one_place(void)
{
	leat_chan c = leat_make(large, capacity), d = leat_make(large, capacity);
	ends receiver = { c.rx, d.rx };

	clock_runs();
	start(close_sleeper, &receiver);
	until_all_sleep();
	check(leat_close(d.tx) == 1);
	join();
	leat_clock_real();
	leat_drop(c);
	leat_drop(d);
}

int main(int argc, char **argv)
{
	return RUN(values_land_in_frames_of_sleepers, and_when_nobody_waits_for_sleep, an_end_zeroes_one_place);
}
