/* SPDX-License-Identifier: 0BSD
 *
 * time.c - what time it is, by the real clock or by the fake one (clock.c), and points in time.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <time.h>

/* Cannot fail: the clocks exist and the address is ours. */
static leat_time read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (leat_time)now.tv_sec * 1000000000 + now.tv_nsec;
}

leat_time leati_real_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

leat_time leati_real_utc(void)
{
	return read_clock(CLOCK_REALTIME);
}

leat_time leat_now(void)
{
	return leati_clock_is_fake() ? leati_fake_now() : leati_real_now();
}

leat_time leat_utc(void)
{
	return leati_clock_is_fake() ? leati_fake_utc() : leati_real_utc();
}

/* Saturates. Never returns LEAT_NOW, which does not mean "long ago". */
leat_time leati_add_time(leat_time now, leat_time duration)
{
	if (duration > LEAT_NEVER - now)
		return LEAT_NEVER;
	return duration < LEAT_NOW + 1 + now ? LEAT_NOW + 1 : now + duration;
}

leat_time leat_in(leat_time duration)
{
	return leati_add_time(leat_now(), duration);
}

void leat_sleep(leat_time duration)
{
	(void)leat_wait_at_(LEAT_NIL, leat_in(duration), NULL); /* -1: the time has passed. Reports need no place here */
}

int leat_sleep_or_at_(leat_rx done, leat_time duration, const char *where)
{
	return leat_wait_ready_at_(done, leat_in(duration), where) < 0;
}
