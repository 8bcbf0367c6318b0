/* SPDX-License-Identifier: 0BSD
 *
 * condition.h - condition variables whose deadlines are times of CLOCK_MONOTONIC, for park.c alone.
 *
 * POSIX gives a condition variable its clock by an attribute that macOS does not have. macOS has a call that waits for
 * a length of time instead. NOT TESTED: nobody has compiled or run the part for macOS. All other systems use the first
 * part.
 */
#ifndef LEATI_CONDITION_H
#define LEATI_CONDITION_H

#include "internal.h"

#include <pthread.h>
#include <time.h>

/* t is 0 or later. */
static inline struct timespec leati_timespec(leat_time t)
{
	return (struct timespec){ (time_t)(t / 1000000000), (long)(t % 1000000000) };
}

#ifndef __APPLE__

/* Returns 0 or an errno value. */
static inline int leati_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;
	int error;

	if ((error = pthread_condattr_init(&monotonic)) != 0)
		return error;
	if ((error = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC)) == 0)
		error = pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return error;
}

/* Returns as pthread_cond_timedwait. */
static inline int leati_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, leat_time until)
{
	struct timespec at = leati_timespec(until);

	return pthread_cond_timedwait(condition, mutex, &at);
}

#else

static inline int leati_condition_init(pthread_cond_t *condition)
{
	return pthread_cond_init(condition, NULL);
}

static inline int leati_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, leat_time until)
{
	leat_time left = until - leati_real_now();
	struct timespec length = leati_timespec(left > 0 ? left : 0);

	return pthread_cond_timedwait_relative_np(condition, mutex, &length);
}

#endif
#endif
