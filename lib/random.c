/* SPDX-License-Identifier: 0BSD
 *
 * random.c - random numbers for the choice among ready cases. Each thread has its own sequence, so that none waits.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

/* Returns a uniform number below bound, by xorshift64* (Vigna, 2016). The seed: the address of the state, and the
 * time. */
uint32_t leati_random(uint32_t bound)
{
	static _Thread_local uint64_t state;
	uint64_t x = state;

	if (!x)
		x = (uint64_t)leat_now() ^ (uint64_t)(uintptr_t)&state ^ 0x9e3779b97f4a7c15u;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	state = x;
	return (uint32_t)(((x * 0x2545f4914f6cdd1du >> 32) * bound) >> 32);
}
