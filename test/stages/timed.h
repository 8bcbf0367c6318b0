/* SPDX-License-Identifier: 0BSD
 *
 * timed.h - a source of values that come at chosen times, and a look at when they come out of a stage. The clock is
 * fake and runs by itself, so the times are exact on any machine.
 */
#ifndef TIMED_H
#define TIMED_H

#include "../test.h"

/* After so many milliseconds an owned number comes. One below 0 is the failure with which the source ends. { 0, 0 } is
 * the natural end. */
typedef struct { int after, number; } timed;

static leat_time begun;

static inline int next_timed(void *of_next, void *out)
{
	const timed *next = *(const timed **)of_next;

	if (next->number == 0 && next->after == 0)
		return 0;
	++*(const timed **)of_next;
	leat_sleep(LEAT_MS(next->after));
	if (next->number < 0)
		return next->number;
	*(owned *)out = own(next->number);
	return 1;
}

/* *next must outlive the source. */
static inline leat_rx timed_numbers(const timed **next)
{
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_clock_fake() == 1 && leat_clock_run() == 1);
	begun = leat_now();
	return leat_buffer(leat_repeat_fn_of(LEAT_NIL, &owned_type, next_timed, next), capacity);
}

/* The number comes so many milliseconds after the source has begun. */
static inline void must_come_at(leat_rx in, int number, int after)
{
	must_receive_owned(in, number);
	check(leat_now() - begun == LEAT_MS(after));
}

/* The stream is over with this cause, and so is the fake clock. */
static inline void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

#endif
