/* SPDX-License-Identifier: 0BSD
 *
 * bell.h - a bell wakes the one thread that waits for it. It is a condition variable with one waiter, which costs less.
 *
 * The waiter and the ringer hold a mutex. The waiter lets go of it while it waits, and holds it again when it goes on.
 * It may go on although nobody rang, as from a condition variable.
 */
#ifndef LEATI_BELL_H
#define LEATI_BELL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* Where words have fewer bits, the kernel has two kinds of time. A schedule steers condition variables. */
#if defined(__linux__) && defined(__LP64__) && !defined(LEAT_SCHEDULE)
#define LEATI_FUTEX
#endif

typedef struct leati_bell {
#ifdef LEATI_FUTEX
	atomic_uint rung; /* how often */
#else
	pthread_cond_t wake;
#endif
} leati_bell;

/* Returns 0 or an errno value. */
int leati_bell_init(leati_bell *bell);

/* Wait for the bell, until this time of CLOCK_MONOTONIC. NULL means without end. Returns ETIMEDOUT if the time came. */
int leati_bell_wait(leati_bell *bell, pthread_mutex_t *mutex, const struct timespec *until);

void leati_bell_ring(leati_bell *bell);

#endif
