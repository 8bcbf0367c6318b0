/* SPDX-License-Identifier: 0BSD
 *
 * service.c - the threads that reports themselves need.
 *
 * The program does not know that these threads exist, so they take no signals. They have a stack of a fixed size,
 * because the one that leat_stack_size asks for may be too small for what they call of libc.
 */
#define _POSIX_C_SOURCE 200809L
#include "survey.h"

#include <signal.h>

enum { SERVICES = 8, SERVICE_STACK = 256 * 1024 };

struct service {
	bool used;
	long tid;       /* 0: not known yet */
	void (*fn)(void);
};

static struct { leati_lock lock; struct service all[SERVICES]; } services;

void leati_forget_services(void)
{
	leati_release(&services.lock);
	for (size_t i = 0; i < SERVICES; i++)
		services.all[i].used = false;
}

/* Returns NULL if there are too many. */
static struct service *take_service(void (*fn)(void), long tid)
{
	struct service *found = NULL;

	leati_acquire(&services.lock);
	for (size_t i = 0; i < SERVICES && !found; i++)
		if (!services.all[i].used)
			found = &services.all[i];
	if (found)
		*found = (struct service){ true, tid, fn };
	leati_release(&services.lock);
	return found;
}

static void give_back_service(struct service *self)
{
	leati_acquire(&services.lock);
	self->used = false;
	leati_release(&services.lock);
}

static void *run_service(void *of_service)
{
	struct service *self = of_service;

	leati_acquire(&services.lock);
	self->tid = leati_own_tid();
	leati_release(&services.lock);
	leati_self()->service = true;
	self->fn();
	give_back_service(self);
	return NULL;
}

int leati_start_service(void (*fn)(void), pthread_t *id)
{
	struct service *self = take_service(fn, 0);
	sigset_t all, former;
	int error;

	if (!self)
		return EAGAIN;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	error = leati_create_joinable(SERVICE_STACK, run_service, self, id);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (error)
		give_back_service(self);
	return error;
}

void leati_is_service(void)
{
	leati_self()->service = true;
	(void)take_service(NULL, leati_own_tid()); /* without a place, reports show one thread more */
}

bool leati_is_service_thread(long tid)
{
	bool found = false;

	leati_acquire(&services.lock);
	for (size_t i = 0; i < SERVICES; i++)
		found = found || (services.all[i].used && services.all[i].tid == tid);
	leati_release(&services.lock);
	return found;
}
