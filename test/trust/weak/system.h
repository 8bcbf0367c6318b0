/* SPDX-License-Identifier: 0BSD
 *
 * system.h - threads that the library itself starts, as threads of a schedule; and what a scenario file gives.
 */
#ifndef WEAK_SYSTEM_H
#define WEAK_SYSTEM_H

#include "../schedule/schedule.h"

/* A scenario. The schedule ends when all of `threads` and all threads that the library has started have ended. A test
 * that fails calls complain(). */
typedef struct {
	const char *name;
	void (*set_up)(void), (*threads[THREADS])(void), (*end)(void);
} scenario;

/* The last one of each has no name. */
extern const scenario channel_scenarios[], thread_scenarios[], stage_scenarios[], forkjoin_scenarios[],
	object_scenarios[];

#define expect(condition) ((condition) ? (void)0 : complain("%s:%d: not so: %s", __FILE__, __LINE__, #condition))

/* The threads `first` and later are for pthread_create. */
void system_begin(unsigned first);
void system_thread(void (*fn)(void)); /* a thread of the scenario: run fn */
void system_started_thread(void);     /* a thread for pthread_create */

#endif
