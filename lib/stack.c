/* SPDX-License-Identifier: 0BSD
 *
 * stack.c - threads are created with a stack of the size that was asked for.
 *
 * glibc puts the thread-local data of the program into each stack, and refuses a stack with too little room. No call
 * tells how much that is. So the first thread of a process only finds out the smallest stack with which a thread can be
 * created. Its size is added to each stack. Memory that is never used costs nothing.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"

#include <signal.h>

static struct {
	atomic_size_t asked_for; /* bytes, of threads that are started from now on */
	atomic_size_t added;     /* bytes; 0: not known yet */
} stacks = { (size_t)256 * 1024, 0 };

size_t leati_stack(void)
{
	return atomic_load(&stacks.asked_for);
}

/* Returns 0 or an errno value; EINVAL if the size is too small. */
static int create(size_t size, void *(*fn)(void *), void *arg, pthread_t *id)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);

	if (error)
		return error;
	error = pthread_attr_setstacksize(&attributes, size);
	if (!error)
		error = pthread_create(id, &attributes, fn, arg);
	pthread_attr_destroy(&attributes);
	return error;
}

static void *do_nothing(void *arg)
{
	return arg;
}

/* Find the smallest stack. It has no room for the handler of a signal, so its thread takes none. Two threads may do
 * this at once, and find the same. Returns 0 or an errno value. */
static int measure(void)
{
	size_t size = (size_t)8 * 1024;
	pthread_t id;
	sigset_t all, former;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	do
		error = create(size *= 2, do_nothing, NULL, &id);
	while (error == EINVAL && size < SIZE_MAX / 8);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (error)
		return error;
	atomic_store(&stacks.added, size);
	pthread_join(id, NULL);
	return 0;
}

/* Create a thread that has this number of bytes for the frames of its functions. Returns 0 or an errno value. (The join
 * of the thread that measures is a cancellation point.) */
int leati_create_joinable(size_t bytes, void *(*fn)(void *), void *arg, pthread_t *id)
{
	int former = leati_forbid_cancel();
	int error = atomic_load(&stacks.added) ? 0 : measure();

	leati_allow_cancel(former);
	return error ? error : create(bytes + atomic_load(&stacks.added), fn, arg, id);
}

int leati_create_thread(size_t bytes, void *(*fn)(void *), void *arg)
{
	pthread_t id;

	return leati_create_joinable(bytes, fn, arg, &id);
}

int leat_stack_size(size_t bytes)
{
	pthread_attr_t attributes;
	size_t page = 4096, rounded = bytes + (page - bytes % page) % page;
	int error = rounded < bytes || rounded > SIZE_MAX / 2 ? EINVAL : pthread_attr_init(&attributes);

	if (!error) {
		error = pthread_attr_setstacksize(&attributes, rounded);
		pthread_attr_destroy(&attributes);
	}
	if (error)
		return leat_refuse(error);
	atomic_store(&stacks.asked_for, rounded);
	leat_trim(); /* idle threads have the former size */
	return 1;
}
