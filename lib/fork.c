/* SPDX-License-Identifier: 0BSD
 *
 * fork.c - the child of a fork forgets the threads of its parent.
 *
 * The child has one thread. The parent's other threads do not exist there, but their traces are still in memory: locks
 * that they held, and lists on which they wait. The child may use what it makes itself. So everything that such calls
 * share with the parent must be usable at once, wherever the parent's threads were:
 *
 *     static channels     channel.c frees their locks, and forgets what this thread was to release
 *     started functions   thread_pool.c frees the monitor, and forgets all threads but the one that forked
 *     the fake clock      clock.c frees the lock, and forgets the sleepers
 *     records of threads  registry.c frees the lock and the record of this thread, and forgets the others
 *     the trace           trace.c stops it: the file is the parent's
 *     times, services     insight/sampler.c, times.c and service.c free their locks, and forget their threads
 *     reports             insight/watch.c forgets its thread, and takes its handler of SIGQUIT away
 *     caches of pools     patterns/pool.c forgets those of this thread
 *     waits for onces     patterns/once.c frees the monitor
 *     signals             patterns/signals.c takes its handlers away, and forgets its pipe and streams
 *
 * A parker (park.c) is free whenever its thread runs other code: a thread that wakes another one unlocks the parker
 * before the woken thread can return.
 *
 * The lock of the spare blocks (memory.c) is only tried. If it stays taken in the child, the child has no spare blocks.
 *
 * backoff.c, random.c and patterns/snapshot.c remember only numbers for a thread, and any number is right.
 * patterns/forkjoin.c only compares the pool of this thread with other pools.
 *
 * A pattern registers its own handler by leat_prepare_fork_.
 */
#define _POSIX_C_SOURCE 200809L
#include "insight/sampler.h"
#include "insight/watch.h"
#include "insight/trace.h"

#include <stdlib.h>

static atomic_bool are_registered;

static void end_all(void)
{
	leati_end_watch();
	leati_write_trace();
	leati_detach_ended();
	leati_end_registry();
}

static void forget_all(void)
{
	leati_forget_channels();
	leati_forget_threads();
	leati_forget_clock();
	leati_forget_registry();
	leati_forget_trace();
	leati_forget_services();
	leati_forget_sampler();
	leati_forget_watch();
}

/* Register the handlers, before a thread may hold or wait for something that the child would have to forget. Returns 0
 * or ENOMEM; after ENOMEM the next call tries again. These calls have no other error; musl 1.2.3 gives -1 for it.
 *
 * A lock here could itself be held at a fork, before the handler that frees it is registered. So there is none: two
 * threads may both register the handlers. In the child the second run of forget_all then finds nothing to forget. */
int leati_prepare_fork(void)
{
	if (atomic_load_explicit(&are_registered, memory_order_relaxed))
		return 0;
	if (pthread_atfork(NULL, NULL, forget_all) != 0 || atexit(end_all) != 0)
		return ENOMEM;
	atomic_store_explicit(&are_registered, true, memory_order_relaxed);
	return 0;
}

/* pthread_once would not do: a child that is forked during its first call could wait in it for ever. */
int leat_prepare_fork_(leat_byte_ *prepared, void (*forget)(void))
{
	if (atomic_load_explicit(prepared, memory_order_relaxed))
		return 0;
	if (pthread_atfork(NULL, NULL, forget) != 0)
		return ENOMEM;
	atomic_store_explicit(prepared, 1, memory_order_relaxed);
	return 0;
}
