/* SPDX-License-Identifier: 0BSD
 *
 * start.c - a function is started in a thread of its own: in an idle one that fits, or in a new one.
 *
 * The function is counted before it has a thread, so that leat_wait_all sees it from then on. A thread fits if it has
 * the size of stack that the function needs. A function that asks for processors or a nice value gets a new thread.
 * The starter waits until the thread has taken them, because only the thread can know whether the system refuses.
 */
#define _POSIX_C_SOURCE 200809L
#include "thread.h"

#include <string.h>

static int find_needs(leati_needs *needs, const leat_traits *given)
{
	*needs = (leati_needs){ .name = given ? given->name : NULL, .stack = leati_stack(), .apart = leati_is_apart() };
	if (leati_must_take_traits(given)) {
		needs->apart = true;
		needs->asked = given;
	}
	if (!given || !given->stack)
		return 0;
	needs->stack = given->stack;
	return leati_round_stack(&needs->stack);
}

/* Start a new thread, and wait until it has taken its traits, or knows that it cannot. */
static int start_with_traits(leati_job job, const leati_needs *needs)
{
	leat_chan taken = leat_make_unit();
	int error = leat_cause(taken);

	if (!error)
		error = leati_create_for_job(job, needs, taken.tx);
	if (error) {
		leat_drop(taken);
		return error;
	}
	(void)leat_wait(taken.rx); /* 0, always: no value comes, only the end */
	error = leat_cause(taken.rx);
	leat_drop(taken.rx);
	return error;
}

int leati_start(leati_job job)
{
	leati_worker *idle;
	leati_needs needs;
	int error = find_needs(&needs, leati_given_traits());

	if (error || (error = leati_prepare_fork()) != 0)
		return error;
	leati_count_in();
	idle = needs.apart ? NULL : leati_claim_idle(needs.stack);
	if (idle)
		leati_wake_for_job(idle, job, &needs);
	else if (needs.asked)
		error = start_with_traits(job, &needs);
	else
		error = leati_create_for_job(job, &needs, (leat_tx){ NULL });
	if (error)
		leati_count_out(NULL, LEATI_NO_THREAD);
	return error;
}

/* ------------------------------------------------------------------------------------------- leat_go -- */

int leat_go_as_(const char *name, void (*fn)(void *), void *arg, const char *where)
{
	int error = fn ? leati_start((leati_job){ name, where, fn, NULL, arg, NULL }) : EINVAL;

	return error ? leat_refuse(error) : 1;
}

int leat_go_for_all_(const char *name, void (*fn)(void *), void *arg, const char *where)
{
	const leat_traits *former = leat_start_with(NULL);
	int result = leat_go_as_(name, fn, arg, where);

	(void)leat_start_with(former);
	return result;
}

int (leat_go)(void (*fn)(void *), void *arg)
{
	return leat_go_as_("leat", fn, arg, NULL);
}

/* A copy of an argument, and the function that gets it. */
struct copied {
	void (*fn)(void *);
	size_t bytes; /* of this block */
	_Alignas(LEATI_LINE) unsigned char value[]; /* no type needs more */
};

static void run_with_copy(void *of_copied)
{
	struct copied *copied = of_copied;

	copied->fn(copied->value);
}

static void end_with_copy(void *of_copied, bool left)
{
	struct copied *copied = of_copied;

	(void)left;
	leati_free(copied, copied->bytes);
}

static struct copied *copy_value(void (*fn)(void *), const void *value, size_t size)
{
	size_t bytes = offsetof(struct copied, value) + size;
	struct copied *copied = leati_alloc(bytes);

	if (copied) {
		copied->fn = fn;
		copied->bytes = bytes;
		memcpy(copied->value, value, size);
	}
	return copied;
}

int leat_go_copy_as_(const char *name, void (*fn)(void *), const void *value, size_t size, const char *where)
{
	struct copied *copied;
	int error;

	if (!fn || !value)
		return leat_refuse(EINVAL);
	if (!(copied = copy_value(fn, value, size)))
		return leat_refuse(ENOMEM);
	error = leati_start((leati_job){ name, where, run_with_copy, end_with_copy, copied, NULL });
	if (error)
		leati_free(copied, copied->bytes);
	return error ? leat_refuse(error) : 1;
}
