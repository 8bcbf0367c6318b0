/* SPDX-License-Identifier: 0BSD
 *
 * race.h - start threads that really run at the same time, for the programs of this folder.
 *
 * The threads meet before they begin. The meeting point is an atomic counter, with memory_order_relaxed: it decides
 * when the threads go on, but it orders none of their other reads and writes. A lock or a channel would order them, and
 * then a race might be hidden in some runs.
 */
#ifndef RACE_H
#define RACE_H

#include <leat.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_int race_arrived;

/* Returns when `threads` threads have called it. */
static inline void race_meet(int threads)
{
	atomic_fetch_add_explicit(&race_arrived, 1, memory_order_relaxed);
	while (atomic_load_explicit(&race_arrived, memory_order_relaxed) < threads)
		sched_yield();
}

/* The version to run: `NAME broken` or `NAME cured`. */
static inline int race_is_cured(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "cured") == 0;
}

static void (*race_first)(void), (*race_second)(void);

static inline void race_run(void *function)
{
	race_meet(2);
	(*(void (**)(void))function)();
}

/* Run both functions at the same time, and wait for their ends. Returns 1, or -1 if they could not be started. */
static inline int race_between(void (*first)(void), void (*second)(void))
{
	race_first = first;
	race_second = second;
	if (leat_go(race_run, &race_first) < 0 || leat_go(race_run, &race_second) < 0)
		return -1;
	return leat_wait_all(LEAT_NEVER);
}

#endif
