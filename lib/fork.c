/* SPDX-License-Identifier: 0BSD
 *
 * fork.c - what the child of a fork must forget.
 *
 * The child has one thread. The parent's other threads are not there, but what they held and waited for is still in
 * memory: locks that nobody will release, waiters that will not come back, threads that do not exist. So each file of
 * the core that has such state has a function that clears it. A thread of a pattern, as that of leat_signals, has a
 * handler of its own.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <pthread.h>

static struct {
	leati_lock lock;
	atomic_bool registered;
} handler;

static void forget_all(void)
{
	leati_release(&handler.lock);
	leati_forget_channels();
	leati_forget_threads();
	leati_forget_clock();
}

/* To be called before a thread may hold or wait for something at a fork. 0; or ENOMEM, and then the next call tries
 * again. pthread_atfork knows no other error, but musl 1.2.3 returns -1 for it. */
int leati_prepare_fork(void)
{
	bool registered;

	if (atomic_load_explicit(&handler.registered, memory_order_relaxed))
		return 0;
	leati_acquire(&handler.lock);
	registered = atomic_load_explicit(&handler.registered, memory_order_relaxed);
	if (!registered) {
		registered = pthread_atfork(NULL, NULL, forget_all) == 0;
		atomic_store_explicit(&handler.registered, registered, memory_order_relaxed);
	}
	leati_release(&handler.lock);
	return registered ? 0 : ENOMEM;
}
