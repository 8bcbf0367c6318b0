/* SPDX-License-Identifier: 0BSD
 *
 * shake.c - part of a library that is built with LEAT_SHAKE: its threads pause at random wherever another thread could
 * come between two steps of the protocol. Orders of steps that happen once in a million runs then happen in every run.
 * LEAT_SHAKE_SEED in the environment chooses the pauses. Two runs with the same seed still differ, as the system
 * schedules them differently.
 */
#define _POSIX_C_SOURCE 200809L
#include "../../../lib/internal.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum {
	OFTEN = 32,     /* one step of this many yields, ... */
	SELDOM = 1024,  /* ... one of this many sleeps, ... */
	LONG = 65536    /* ... for less than this many nanoseconds */
};

/* Each thread has a sequence of its own (an LCG with Knuth's MMIX constants, of which the upper half is used). */
static uint32_t next_number(void)
{
	static atomic_uint_fast64_t threads;
	static _Thread_local uint64_t state;

	if (!state) {
		const char *seed = getenv("LEAT_SHAKE_SEED");

		state = (seed ? strtoull(seed, NULL, 10) : 0) * 0x9e3779b97f4a7c15u +
		        2 * atomic_fetch_add(&threads, 1) + 1;
	}
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

static void sleep_for(long nanoseconds)
{
	int former = leati_forbid_cancel();

	nanosleep(&(struct timespec){ 0, nanoseconds }, NULL); /* a signal may cut it short, which does no harm */
	leati_allow_cancel(former);
}

void leati_step(const leati_lock *taken)
{
	uint32_t number = next_number();
	int error = errno;

	if (taken)
		return;
	if (number % SELDOM == 0)
		sleep_for((long)(number / SELDOM % LONG));
	else if (number % OFTEN == 0)
		sched_yield();
	errno = error;
}

