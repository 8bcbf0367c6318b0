/* SPDX-License-Identifier: 0BSD
 *
 * time.c - the one clock.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <time.h>

leat_time leat_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock exists and the address is ours */
	return (leat_time)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Never LEAT_NOW, which means something else than "long ago". */
leat_time leat_in(leat_time duration)
{
	leat_time now = leat_now();

	if (duration > LEAT_NEVER - now)
		return LEAT_NEVER;
	return duration < LEAT_NOW + 1 + now ? LEAT_NOW + 1 : now + duration;
}
