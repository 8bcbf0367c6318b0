/* SPDX-License-Identifier: 0BSD
 *
 * fork.c - the child of a fork forgets the threads of its parent.
 *
 * The child has one thread. The parent's other threads do not exist there, but their traces are still in memory: locks
 * that they held, and lists on which they wait. Each file of the core with such state has a function that clears it. A
 * pattern that starts a thread for the whole process, as leat_signals does, registers a handler of its own.
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

/* Register the handler, before a thread may hold or wait for something that the child would have to forget. Returns 0
 * or ENOMEM; after ENOMEM the next call tries again. pthread_atfork has no other error; musl 1.2.3 gives -1 for it. */
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
