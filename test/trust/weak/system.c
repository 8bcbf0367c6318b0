/* SPDX-License-Identifier: 0BSD
 *
 * system.c - pthread_create and thread-specific data, for the threads of a schedule.
 *
 * A schedule's threads exist from its beginning. Those that the scenario does not use wait until pthread_create gives
 * them a function, one after another. If none is free, pthread_create fails. They end when all threads have ended that
 * could start one. An id consists of the number of the thread and the number of functions that it has been given.
 *
 * The mutex protects all that is here. It comes from the schedule, as each mutex does, so it is part of the memory: a
 * function sees what came before pthread_create, and pthread_join sees what the function did.
 */
#define _POSIX_C_SOURCE 200809L
#include "memory.h"
#include "system.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

typedef struct {
	void *(*fn)(void *arg); /* NULL: it is free */
	void *arg;
	unsigned given, ended;  /* functions */
	pthread_t joins;        /* for which it waits, if `joining` */
	bool joining;
	pthread_cond_t wake;    /* only the thread itself waits for it */
} system_of_thread;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static system_of_thread threads[THREADS];
static unsigned first_free, running; /* `running` counts threads that may still call pthread_create */
static const void *specific[TEAM];
static void (*destructor)(void *value);

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *arg), void *arg);
int __wrap_pthread_join(pthread_t id, void **result);
int __wrap_pthread_detach(pthread_t id);
pthread_t __wrap_pthread_self(void);
int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *value));
void *__wrap_pthread_getspecific(pthread_key_t key);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *former);
int __wrap_sched_yield(void);

void system_begin(unsigned first)
{
	memset(threads, 0, sizeof threads);
	memset(specific, 0, sizeof specific);
	first_free = running = first;
}

/* When no thread is left to call pthread_create, the others need not wait for it. The caller holds the mutex. */
static void stop_running(void)
{
	running--;
	for (unsigned i = first_free; i < THREADS && running == 0; i++)
		pthread_cond_signal(&threads[i].wake);
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
	stop_running();
	pthread_mutex_unlock(&mutex);
}

static pthread_t id_of(unsigned number, unsigned given)
{
	return (pthread_t)(given * THREADS + number);
}

/* The caller holds the mutex, and has run its function. */
static void end_function(system_of_thread *self)
{
	pthread_t id = id_of(schedule_thread(), self->given);

	self->fn = NULL;
	self->ended = self->given;
	for (unsigned i = 0; i < THREADS; i++)
		if (threads[i].joining && threads[i].joins == id)
			pthread_cond_signal(&threads[i].wake);
	stop_running();
}

void system_started_thread(void)
{
	system_of_thread *self = &threads[schedule_thread()];

	pthread_mutex_lock(&mutex);
	for (;;) {
		while (!self->fn && running > 0)
			pthread_cond_wait(&self->wake, &mutex);
		if (!self->fn)
			break;
		pthread_mutex_unlock(&mutex);
		memory_renew_locals();
		(void)self->fn(self->arg);
		end_specific();
		pthread_mutex_lock(&mutex);
		end_function(self);
	}
	pthread_mutex_unlock(&mutex);
}

static bool give(unsigned number, void *(*fn)(void *arg), void *arg)
{
	system_of_thread *to = &threads[number];

	if (to->fn)
		return false;
	to->fn = fn;
	to->arg = arg;
	to->given++;
	running++;
	pthread_cond_signal(&to->wake);
	return true;
}

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *arg), void *arg)
{
	unsigned number = first_free;

	(void)attributes;
	pthread_mutex_lock(&mutex);
	while (number < THREADS && !give(number, fn, arg))
		number++;
	if (number < THREADS)
		*id = id_of(number, threads[number].given);
	pthread_mutex_unlock(&mutex);
	return number < THREADS ? 0 : EAGAIN;
}

static bool has_ended(pthread_t id)
{
	return threads[id % THREADS].ended >= id / THREADS;
}

/* Outside of a schedule all threads have ended. */
int __wrap_pthread_join(pthread_t id, void **result)
{
	system_of_thread *self = &threads[schedule_thread()];

	(void)result;
	if (memory_self == OUTSIDE)
		return 0;
	pthread_mutex_lock(&mutex);
	self->joins = id;
	self->joining = true;
	while (!has_ended(id))
		pthread_cond_wait(&self->wake, &mutex);
	self->joining = false;
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
	return id_of(schedule_thread(), threads[schedule_thread()].given);
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

/* The signals of the test's only thread stay as they are. */
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *former)
{
	(void)how, (void)set;
	if (former)
		sigemptyset(former);
	return 0;
}

/* Each look for something to do is a step already. */
int __wrap_sched_yield(void)
{
	return 0;
}
