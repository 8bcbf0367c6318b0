/* SPDX-License-Identifier: 0BSD
 *
 * soak.h - what the files of the soak share: checks, random numbers, and what is running.
 */
#ifndef SOAK_H
#define SOAK_H

#include <leat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE 64 /* bytes of a cache line; counters of different threads share none */

static const leat_rx nil;

/* End the program at once, before it prints or does anything else. */
#define must(condition) \
	((condition) ? (void)0 : \
	               (fprintf(stderr, "soak: %s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, \
	                        errno), \
	                _exit(1)))

/* A random number below bound: xorshift64* (Vigna, 2016). */
static inline unsigned below(uint64_t *state, unsigned bound)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (unsigned)(((*state * 0x2545f4914f6cdd1du >> 32) * bound) >> 32);
}

/* A seed of its own for each number. All of them differ if `seed` differs. */
static inline uint64_t seeded(uint64_t seed, uint64_t number)
{
	uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + (number + 1) * 0xbf58476d1ce4e5b9u;

	x = (x ^ (x >> 30)) * 0x94d049bb133111ebu;
	return (x ^ (x >> 31)) | 1;
}

/* The round ends, so threads begin nothing new. */
static atomic_bool stop;

static inline bool stopped(void)
{
	return atomic_load_explicit(&stop, memory_order_relaxed);
}

#endif
