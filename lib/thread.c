/* SPDX-License-Identifier: 0BSD
 *
 * thread.c - the life of a thread that runs one started function after another.
 *
 * A thread that has run its function waits on the idle list (thread_pool.c) for another one. After a second it takes
 * its worker off the list and ends.
 *
 * A function finds its thread as if the thread were new: with its name, the signal mask of the thread that started the
 * function, and cancellation enabled. Other things that a function may change are compared (traits.c). If they have
 * changed, the thread is not used again.
 *
 * A thread with processors or a nice value of its own is always a new one, and ends after its function. So do the
 * threads that this function starts, because the system gives them the same. And so does a new thread that is started
 * by a function which has changed its own thread.
 */
#define _POSIX_C_SOURCE 200809L
#include "thread.h"

#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { SYSTEM_CALL = 100 }; /* ns. A function that takes less has made no system call that changes anything */

static _Thread_local bool inside; /* a started function */
static _Thread_local bool apart;  /* the thread has processors or a nice value of its own */
static _Thread_local const leati_traits *first_traits; /* of its worker: as they were before the first job; or NULL */
static _Thread_local bool ending; /* no function will run in this thread any more, except destructors of its keys */

bool leati_is_inside(void)
{
	return inside;
}

bool leati_is_apart(void)
{
	return apart;
}

bool leati_is_ending(void)
{
	return ending;
}

/* ---------------------------------------------------------------------------------------- a function -- */

/* Call the job's end function. It is called only once, even if it calls pthread_exit itself. It may start threads, and
 * so may destructors of keys: they must not come across traits that the function has forgotten. */
static void end_job(leati_worker *self, bool left)
{
	void (*end)(void *arg, bool left) = self->job.end;

	self->job.end = NULL;
	(void)leat_start_with(NULL);
	if (end)
		end(self->job.arg, left);
	leati_begin_job(NULL);
	inside = false;
}

/* A cancel that is pending here was meant for the function that ran before. Act on it now: the thread unwinds into
 * `leave`, which still runs the job. While a thread runs no function, it is not cancelled. */
static void act_on_former_cancel(leati_worker *self)
{
	self->begun = false;
	leati_allow_cancel(PTHREAD_CANCEL_ENABLE);
	pthread_testcancel();
}

/* Set the name and the signal mask as for a new thread: the last job may have changed them. */
static void run_job(leati_worker *self)
{
	int former;

#ifdef __linux__
	prctl(PR_SET_NAME, self->name, 0, 0, 0); /* it cannot fail: the name is readable */
#endif
	pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
	(void)leat_start_with(NULL);
	apart = self->apart;
	inside = self->begun = true;
	leati_begin_job(&self->job);
	self->begun_at = leati_real_now();
	self->job.fn(self->job.arg);
	self->returned_at = leati_real_now();
	leati_forbid_cancel();
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &former);
	end_job(self, false);
}

/* A thread without a function takes no signals. The program does not know that such a thread exists, and may rely on
 * the masks of its own threads. So the thread does this before it counts as idle. */
static void block_signals(leati_worker *self)
{
	sigfillset(&self->signals);
	pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
}

/* -------------------------------------------------------------------------- from job to job, and end -- */

/* Wait until a second after the last job. Returns whether there is another. */
static bool wait_for_job(leati_worker *self)
{
	leati_backoff backoff = { .idle = true };
	bool woken = leati_park(&self->wait, self->returned_at + LEAT_S(1), &backoff);

	leati_backoff_end(&backoff);
	if (woken)
		return !self->joined;
	leati_end_after_idle(self);
	return false;
}

/* Count the last job out, and wait for another. Returns false if the thread must end. */
static bool next_job(leati_worker *self)
{
	leat_time ran = self->returned_at - self->begun_at;
	bool called = ran < 0 || ran >= SYSTEM_CALL;

	block_signals(self);
	if (self->apart || self->stack != leati_stack() || !leati_has_traits(&self->traits, called)) {
		leati_count_out(self, LEATI_ENDS);
		return false;
	}
	leati_wait_begin(&self->wait, NULL, 0);
	self->wait.idle = true;
	leati_count_out(self, LEATI_BECOMES_IDLE);
	return wait_for_job(self);
}

/* The thread ends. It touches nothing of the library's any more after it has joined the one before it. */
static void end_thread(leati_worker *self)
{
	leati_ended former = self->former;

	first_traits = NULL;
	leati_free(self, sizeof *self);
	ending = true;
	if (former.any)
		pthread_join(former.id, NULL);
}

/* The function has left by pthread_exit, or was cancelled. Or a cancel that was meant for the function before it acts
 * only now. Then the job has not begun, and runs here. If it leaves too, this handler may be called again for the first
 * unwinding. */
static void leave(void *of_worker)
{
	leati_worker *self = of_worker;

	if (ending)
		return;
	if (!self->begun) {
		pthread_cleanup_push(leave, self);
		run_job(self);
		pthread_cleanup_pop(0);
	}
	leati_forbid_cancel();
	end_job(self, true);
	block_signals(self);
	leati_count_out(self, LEATI_ENDS);
	end_thread(self);
}

/* Take the traits that the starter asks for, and tell it. Returns false if the system refuses one: then the starter
 * keeps the job, and the thread must end. */
static bool take_traits(leati_worker *self)
{
	int error = self->asked ? leati_take_traits(self->asked) : 0;

	if (error)
		leati_end_before_job(self);
	if (self->asked)
		(void)leat_drop_with(self->taken, error); /* 1: nobody else has ended it */
	return !error;
}

static void *work(void *of_worker)
{
	leati_worker *self = of_worker;

	self->id = pthread_self();
	leati_note_stack(self->stack);
	leati_begin_thread();
	leati_note_traits(&self->traits);
	first_traits = &self->traits;
	if (!take_traits(self)) {
		end_thread(self);
		return NULL;
	}
	pthread_cleanup_push(leave, self);
	do {
		act_on_former_cancel(self);
		run_job(self);
	} while (next_job(self));
	pthread_cleanup_pop(0);
	end_thread(self);
	return NULL;
}

/* ------------------------------------------------------------------------------------- it gets a job -- */

/* The starting thread reads its own signal mask: pthread_create would pass it on too. `name` may be NULL. */
static void set_job(leati_worker *to, leati_job job, const char *name)
{
	size_t length = name ? LEATI_THREAD_NAME : strcspn(job.name, ","); /* leat_go gives all its arguments */

	to->job = job;
	to->job.name = to->name;
	to->name[0] = '\0';
	strncat(to->name, name ? name : job.name, length < LEATI_THREAD_NAME ? length : LEATI_THREAD_NAME - 1);
	pthread_sigmask(SIG_SETMASK, NULL, &to->signals);
}

void leati_wake_for_job(leati_worker *idle, leati_job job, const leati_needs *needs)
{
	set_job(idle, job, needs->name);
	leati_wake(&idle->wait);
}

/* Whether the calling thread runs a function that has changed what new threads get from it. */
static bool has_changed(void)
{
	return first_traits && !leati_has_traits(first_traits, true);
}

/* The thread tells `taken` whether it could take what `needs` asks for. */
int leati_create_for_job(leati_job job, const leati_needs *needs, leat_tx taken)
{
	leati_worker *new = leati_alloc(sizeof *new);
	int error = ENOMEM;

	if (new) {
		memset(new, 0, sizeof *new);
		set_job(new, job, needs->name);
		new->stack = needs->stack;
		new->apart = needs->apart || has_changed();
		new->asked = needs->asked;
		new->taken = taken;
		error = leati_create_thread(new->stack, work, new);
	}
	if (error)
		leati_free(new, sizeof *new);
	return error;
}
