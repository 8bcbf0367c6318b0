/* SPDX-License-Identifier: 0BSD
 *
 * bell.c - how the system lets one thread wait for another. The only file that knows pthread_cond and futexes.
 *
 * When glibc's condition variables let a thread go on, they lock the mutex as if other threads waited for it. So the
 * unlock makes a system call, which looks for them among all threads that sleep on a futex of the process. With 2,000
 * sleeping threads that takes 10 us. So where a futex can be had, a bell is one.
 */
#define _POSIX_C_SOURCE 200809L
#include "bell.h"

#include <errno.h>

#ifdef LEATI_FUTEX

#include <stdint.h>
#include <sys/syscall.h>

/* syscall is no part of POSIX, so unistd.h declares it only for files that ask for more. */
long syscall(long number, ...);

enum { WAIT_UNTIL = 9 | 128, WAKE = 1 | 128 }; /* FUTEX_WAIT_BITSET and FUTEX_WAKE, private to the process */

int leati_bell_init(leati_bell *bell)
{
	atomic_init(&bell->rung, 0);
	return 0;
}

/* Relaxed, here and below: the mutex orders both. The kernel compares the number again. So if the bell rings between
 * the unlock and the system call, the thread does not sleep. */
int leati_bell_wait(leati_bell *bell, pthread_mutex_t *mutex, const struct timespec *until)
{
	unsigned rung = atomic_load_explicit(&bell->rung, memory_order_relaxed);
	int former = errno, error;

	pthread_mutex_unlock(mutex);
	error = syscall(SYS_futex, &bell->rung, WAIT_UNTIL, rung, until, NULL, UINT32_MAX) == 0 ? 0 : errno;
	errno = former;
	pthread_mutex_lock(mutex);
	return error;
}

/* It cannot fail: the address is ours. */
void leati_bell_ring(leati_bell *bell)
{
	atomic_fetch_add_explicit(&bell->rung, 1, memory_order_relaxed);
	(void)syscall(SYS_futex, &bell->rung, WAKE, 1);
}

#else

/* A condition variable with this attribute cannot be initialised statically. It never has more than one waiter: with
 * several, glibc before 2.41 can lose a signal (bug 25847). */
int leati_bell_init(leati_bell *bell)
{
	pthread_condattr_t monotonic;
	int error;

	if ((error = pthread_condattr_init(&monotonic)) != 0)
		return error;
	if ((error = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC)) == 0)
		error = pthread_cond_init(&bell->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return error;
}

int leati_bell_wait(leati_bell *bell, pthread_mutex_t *mutex, const struct timespec *until)
{
	return until ? pthread_cond_timedwait(&bell->wake, mutex, until) : pthread_cond_wait(&bell->wake, mutex);
}

void leati_bell_ring(leati_bell *bell)
{
	pthread_cond_signal(&bell->wake);
}

#endif
