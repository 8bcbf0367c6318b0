/* SPDX-License-Identifier: 0BSD
 *
 * system.c - pthread_create and thread-specific data, for the threads of a schedule.
 *
 * A schedule's threads exist from its beginning. Those that the scenario does not use wait until pthread_create gives
 * them a function. Each is given one at most; then pthread_create fails. A thread that is given none ends when the
 * others have ended.
 *
 * The mutex protects all that is here. It comes from the schedule, as each mutex does, so it is part of the memory: a
 * function sees what came before pthread_create, and pthread_join sees what the function did.
 */
#define _POSIX_C_SOURCE 200809L
#include "system.h"
#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

typedef struct {
	void *(*fn)(void *arg);
	void *arg;
	bool ended;
	pthread_cond_t given; /* only the thread itself waits for it */
	pthread_cond_t joined;
} system_of_thread;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static system_of_thread threads[THREADS];
static unsigned first_free, used, running; /* `running` counts threads that may still call pthread_create */
static const void *specific[THREADS + 1];
static void (*destructor)(void *value);

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *arg), void *arg);
int __wrap_pthread_join(pthread_t id, void **result);
int __wrap_pthread_detach(pthread_t id);
pthread_t __wrap_pthread_self(void);
int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value));
void *__wrap_pthread_getspecific(pthread_key_t key);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_sched_yield(void);

void system_begin(unsigned first)
{
	memset(threads, 0, sizeof threads);
	memset(specific, 0, sizeof specific);
	first_free = used = running = first;
}

/* The caller holds the mutex. When nobody is left to call pthread_create, the others need not wait for it. */
static void end_thread(void)
{
	if (--running > 0)
		return;
	for (unsigned i = used; i < THREADS; i++)
		pthread_cond_signal(&threads[i].given);
}

static void end_specific(void)
{
	void *value = __wrap_pthread_getspecific(0);

	if (value) {
		(void)__wrap_pthread_setspecific(0, NULL);
		destructor(value);
	}
}

void system_thread(void (*fn)(void))
{
	fn();
	end_specific();
	pthread_mutex_lock(&mutex);
	end_thread();
	pthread_mutex_unlock(&mutex);
}

void system_started_thread(void)
{
	system_of_thread *self = &threads[schedule_thread()];

	pthread_mutex_lock(&mutex);
	while (!self->fn && running > 0)
		pthread_cond_wait(&self->given, &mutex);
	pthread_mutex_unlock(&mutex);
	if (!self->fn)
		return;
	(void)self->fn(self->arg);
	end_specific();
	pthread_mutex_lock(&mutex);
	self->ended = true;
	pthread_cond_signal(&self->joined);
	end_thread();
	pthread_mutex_unlock(&mutex);
}

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *arg), void *arg)
{
	unsigned number;

	(void)attributes;
	pthread_mutex_lock(&mutex);
	number = used;
	if (number < THREADS) {
		used++;
		running++;
		threads[number].arg = arg;
		threads[number].fn = fn;
		pthread_cond_signal(&threads[number].given);
		*id = (pthread_t)number;
	}
	pthread_mutex_unlock(&mutex);
	return number < THREADS ? 0 : EAGAIN;
}

int __wrap_pthread_join(pthread_t id, void **result)
{
	system_of_thread *of = &threads[id];

	(void)result;
	pthread_mutex_lock(&mutex);
	while (!of->ended)
		pthread_cond_wait(&of->joined, &mutex);
	pthread_mutex_unlock(&mutex);
	return 0;
}

int __wrap_pthread_detach(pthread_t id)
{
	(void)id;
	return 0;
}

pthread_t __wrap_pthread_self(void)
{
	return (pthread_t)schedule_thread();
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value))
{
	*key = 0; /* the only one that scenarios use */
	destructor = destroy;
	return 0;
}

void *__wrap_pthread_getspecific(pthread_key_t key)
{
	(void)key;
	return (void *)(uintptr_t)specific[memory_self];
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	(void)key;
	specific[memory_self] = value;
	return 0;
}

/* Each look for something to do is a step already. */
int __wrap_sched_yield(void)
{
	return 0;
}
