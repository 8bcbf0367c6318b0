/* SPDX-License-Identifier: 0BSD
 *
 * insight.h - what the programs of hangs/ and lives/ share. test/scripts/hangs.sh runs them.
 */
#ifndef INSIGHT_H
#define INSIGHT_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* A program that must go on ends with this status if it cannot. A hang that is reported as such has the status 2. */
enum { CANNOT = 3 };

static inline void must(int so)
{
	if (!so)
		exit(CANNOT);
}

/* A macro, so that the thread has the name of the function. */
#define start(...) must(leat_go(__VA_ARGS__) > 0)

/* Two threads that call this go on when both have come. */
static inline void meet(leat_waitgroup *both)
{
	leat_waitgroup_done(both);
	must(leat_waitgroup_wait(both, LEAT_NEVER) > 0);
}

/* Several looks of the thread that searches for deadlocks. */
static inline leat_time a_while(void)
{
	return LEAT_MS(400);
}

/* Sleep without a call of leat. */
static inline void nap(void)
{
	(void)nanosleep(&(struct timespec){ 0, (long)a_while() }, NULL);
}

/* For a program that is only partly stuck. A report is written in one piece. */
LEAT_NORETURN_ static inline void live_until_reported(void)
{
	const char *file = getenv("LEAT_REPORT_FILE");
	struct stat status;

	must(file != NULL);
	while (stat(file, &status) < 0 || status.st_size == 0)
		leat_sleep(LEAT_MS(10));
	exit(0);
}

static inline void compute(void)
{
	leat_time end = leat_in(a_while());

	while (leat_now() < end)
		;
}

#endif
