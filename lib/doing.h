/* SPDX-License-Identifier: 0BSD
 *
 * doing.h - what a stage tells surveys: how many values it has had, and what it waits for while it is not asleep yet.
 *
 * Only the stage's own thread writes these members, and surveys read them from other threads, at most a hundred times a
 * second. They are numbers that say nothing of other memory, so they are relaxed.
 *
 * The record of a thread that sleeps tells its wait (registry.h). But a waiting thread first pauses and yields
 * (backoff.c). On a busy machine that may take most of its time, and would look as if the stage ran.
 */
#ifndef LEATI_DOING_H
#define LEATI_DOING_H

#include "registry.h"

enum { LEATI_STAGE_RUNS, LEATI_STAGE_STARVES, LEATI_STAGE_IS_HELD_UP };

/* The stage has received n values; without inputs: it sends them. */
static inline void leati_count_values(leat_stage *stage, size_t n)
{
	size_t before = atomic_load_explicit(&stage->values, memory_order_relaxed);

	atomic_store_explicit(&stage->values, before + n, memory_order_relaxed);
}

/* Select in the order of visits. If somebody asks, tell what the stage waits for. If a case looks ready, it does not
 * wait. */
static inline int leati_select_as(unsigned doing, leat_stage *stage, leat_case *cases, size_t n, leat_time t)
{
	int decided;

	if (!leati_is_asked(LEATI_ASKED_TIMES) || leati_any_looks_ready(cases, n))
		return leati_select(cases, n, t, false);
	atomic_store_explicit(&stage->doing, doing, memory_order_relaxed);
	decided = leati_select(cases, n, t, false);
	atomic_store_explicit(&stage->doing, LEATI_STAGE_RUNS, memory_order_relaxed);
	return decided;
}

#endif
