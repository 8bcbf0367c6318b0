/* SPDX-License-Identifier: 0BSD
 *
 * clock.h - a fake clock that runs by itself, so that times are exact: it jumps to the next deadline when all threads
 * sleep. For tests that check when something happens.
 */
#ifndef CONFORMANCE_CLOCK_H
#define CONFORMANCE_CLOCK_H

#include "../test.h"

static leat_time start; /* the time at which the clock began */

static inline void begin_clock(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
}

static inline void end_clock(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static inline void must_be_at(leat_time since_start)
{
	check(leat_now() == start + since_start);
}

#endif
