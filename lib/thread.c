/* SPDX-License-Identifier: 0BSD
 *
 * thread.c - threads that run one function after another: started, kept while idle, counted, waited for.
 *
 * A thread that has nothing to do puts its worker on the idle list and waits, as a select would; whoever claims that
 * wait gives it a job (or none: to end). One that nobody claimed for a second ends by itself. `pool.lock` protects
 * the list and the wish of leat_wait_all; it is held for a few instructions.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
	NAME = 16,      /* bytes of a thread's name that the kernel keeps */
	IDLE_YIELDS = 8 /* before an idle thread sleeps; no pauses: many may be idle, in the way of those with a job */
};

typedef struct worker {
	leati_job job;  /* without fn: end */
	char name[NAME];
	pthread_t id;
	size_t stack;   /* bytes */
	leat_wait wait; /* while idle */
	struct worker *next, *prev;
} worker;

static struct {
	leati_lock lock;
	worker *idle;   /* last come, first gone: its stack is warm */
	leat_chan none; /* closes when nothing runs any more; nil: nobody waits for that */
	atomic_size_t live;
	atomic_size_t leaving; /* no longer live, but about to wake those who wait for that */
	atomic_size_t stack;
	leati_lock preparing;
	atomic_bool prepared; /* for fork */
	sigset_t blocked; /* in what is started; here, as a set on each thread's stack would cost some a page */
} pool = { .stack = (size_t)256 * 1024 };

static _Thread_local bool inside; /* a started function */

/* The child of a fork has one thread, which may be in a started function, and nothing that the others held. */
static void forget_threads(void)
{
	leati_release(&pool.lock);
	leati_release(&pool.preparing);
	pool.idle = NULL;
	pool.none = (leat_chan){ { NULL }, { NULL } };
	atomic_store(&pool.live, inside ? 1 : 0);
	atomic_store(&pool.leaving, 0);
	leati_forget_locks();
	leati_forget_sleepers();
}

/* What is started sees the signals that speak of its own thread; all others are for the threads of the program. */
static void choose_signals(void)
{
	static const int kept[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF };

	sigfillset(&pool.blocked);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		sigdelset(&pool.blocked, kept[i]);
}

/* 0 or ENOMEM, and then the next call tries again. No other error is there to be had, whatever number says so: with
 * musl 1.2.3 it is -1. */
int leati_prepare(void)
{
	bool prepared;

	/* Acquire: the signals. */
	if (atomic_load_explicit(&pool.prepared, memory_order_acquire))
		return 0;
	leati_acquire(&pool.preparing);
	prepared = atomic_load_explicit(&pool.prepared, memory_order_relaxed);
	if (!prepared) {
		choose_signals();
		prepared = pthread_atfork(NULL, NULL, forget_threads) == 0;
		atomic_store_explicit(&pool.prepared, prepared, memory_order_release);
	}
	leati_release(&pool.preparing);
	return prepared ? 0 : ENOMEM;
}

/* --------------------------------------------------------------------------------------- the idle list -- */

/* Locked. */
static void add_idle(worker *self)
{
	self->prev = NULL;
	self->next = pool.idle;
	if (self->next)
		self->next->prev = self;
	pool.idle = self;
}

/* Locked. */
static void remove_idle(worker *self)
{
	*(self->prev ? &self->prev->next : &pool.idle) = self->next;
	if (self->next)
		self->next->prev = self->prev;
}

/* Take an idle worker with such a stack (0: any), or NULL. It waits until it is woken. Those that cannot be claimed are
 * about to end, and so are those with another stack. */
static worker *claim_idle(size_t stack)
{
	worker *idle;

	leati_acquire(&pool.lock);
	idle = pool.idle;
	while (idle && ((stack && idle->stack != stack) || !leati_claim(&idle->wait)))
		idle = idle->next;
	if (idle)
		remove_idle(idle);
	leati_release(&pool.lock);
	return idle;
}

static void set_job(worker *to, leati_job job)
{
	to->job = job;
	to->name[0] = '\0';
	strncat(to->name, job.name, NAME - 1);
}

/* --------------------------------------------------------------------------------- a thread, all its life -- */

/* A function has returned, or could not be started. Its thread, if it is to be kept, is idle from the same moment
 * on, so that leat_trim after leat_wait_all finds it. Release: who waited for none to run sees what this one wrote. */
static void count_out(worker *kept)
{
	leat_chan none = { { NULL }, { NULL } };

	atomic_fetch_add_explicit(&pool.leaving, 1, memory_order_relaxed); /* seen by who sees live's next value */
	leati_acquire(&pool.lock);
	if (atomic_fetch_sub_explicit(&pool.live, 1, memory_order_acq_rel) == 1) {
		none = pool.none;
		pool.none = (leat_chan){ { NULL }, { NULL } };
	}
	if (kept)
		add_idle(kept);
	leati_release(&pool.lock);
	leat_drop(none);
	atomic_fetch_sub_explicit(&pool.leaving, 1, memory_order_relaxed);
	if (leati_clock_is_fake())
		leati_clock_look();
}

/* How many of the threads that have run something may still wake somebody. */
size_t leati_active(void)
{
	size_t live = leat_live();

	return live + atomic_load_explicit(&pool.leaving, memory_order_relaxed);
}

bool leati_is_inside(void)
{
	return inside;
}

/* Once, also if that leaves by pthread_exit too. */
static void end_job(worker *self, bool left)
{
	void (*end)(void *arg, bool left) = self->job.end;

	self->job.end = NULL;
	if (end)
		end(self->job.arg, left);
}

/* As if in a new thread: a former function may have changed the mask. */
static void run_job(worker *self)
{
#ifdef __linux__
	prctl(PR_SET_NAME, self->name, 0, 0, 0); /* cannot fail with a readable name */
#endif
	pthread_sigmask(SIG_SETMASK, &pool.blocked, NULL);
	inside = true;
	self->job.fn(self->job.arg);
	end_job(self, false);
	inside = false;
}

/* Count the last job out, and wait for another. False: there is none. */
static bool next_job(worker *self)
{
	leati_backoff patience = { true, 0, IDLE_YIELDS };

	if (self->stack != atomic_load(&pool.stack)) {
		count_out(NULL);
		pthread_detach(self->id);
		return false;
	}
	leati_wait_begin(&self->wait);
	self->wait.idle = true;
	count_out(self);
	if (leati_park(&self->wait, leati_real_now() + LEAT_S(1), &patience))
		return self->job.fn != NULL; /* else leat_trim joins us */
	leati_acquire(&pool.lock);
	remove_idle(self);
	leati_release(&pool.lock);
	pthread_detach(self->id);
	return false;
}

/* The function left by pthread_exit. */
static void leave(void *of_worker)
{
	worker *self = of_worker;

	end_job(self, true);
	inside = false;
	pthread_detach(self->id);
	leati_free(self, sizeof *self);
	count_out(NULL);
}

static void *work(void *of_worker)
{
	worker *self = of_worker;

	self->id = pthread_self();
	pthread_cleanup_push(leave, self);
	do
		run_job(self);
	while (next_job(self));
	pthread_cleanup_pop(0);
	leati_free(self, sizeof *self);
	return NULL;
}

/* ---------------------------------------------------------------------------------------------- start -- */

static int create(worker *new)
{
	pthread_attr_t attributes;
	pthread_t id;
	sigset_t former;
	int error = pthread_attr_init(&attributes);

	if (error)
		return error;
	new->stack = atomic_load(&pool.stack);
	error = pthread_attr_setstacksize(&attributes, new->stack);
	if (!error) {
		pthread_sigmask(SIG_SETMASK, &pool.blocked, &former);
		error = pthread_create(&id, &attributes, work, new);
		pthread_sigmask(SIG_SETMASK, &former, NULL);
	}
	pthread_attr_destroy(&attributes);
	return error;
}

static int start_new(leati_job job)
{
	worker *new = leati_alloc(sizeof *new);
	int error = ENOMEM;

	if (new) {
		set_job(new, job);
		error = create(new);
	}
	if (error)
		leati_free(new, sizeof *new);
	return error;
}

int leati_start(leati_job job)
{
	worker *idle;
	int error = leati_prepare();

	if (error)
		return error;
	atomic_fetch_add_explicit(&pool.live, 1, memory_order_relaxed);
	idle = claim_idle(atomic_load(&pool.stack));
	if (idle) {
		set_job(idle, job);
		leati_wake(&idle->wait);
	} else {
		error = start_new(job);
	}
	if (error)
		count_out(NULL);
	return error;
}

int leat_go(void (*fn)(void *), void *arg)
{
	int error = fn ? leati_start((leati_job){ "leat", fn, NULL, arg }) : EINVAL;

	if (error)
		errno = error;
	return error ? -1 : 1;
}

/* --------------------------------------------------------------------------------- counted and waited for -- */

size_t leat_live(void)
{
	return atomic_load_explicit(&pool.live, memory_order_acquire);
}

/* The stream that ends when nothing runs; nil when nothing does. `fresh` becomes it if there was none. */
static leat_rx none_running(leat_chan *fresh)
{
	leat_rx none = LEAT_NIL;

	leati_acquire(&pool.lock);
	if (leat_live() > 0) {
		if (!pool.none.rx.ch) {
			pool.none = *fresh;
			*fresh = (leat_chan){ { NULL }, { NULL } };
		}
		none = leat_dup(pool.none.rx);
	}
	leati_release(&pool.lock);
	return none;
}

int leat_wait_all(leat_time t)
{
	leat_chan fresh;
	leat_rx none;
	int result;

	if (inside) {
		errno = EDEADLK;
		return -1;
	}
	if (leat_live() == 0)
		return 1;
	fresh = leat_make_unit();
	if (leat_cause(fresh)) {
		errno = leat_cause(fresh);
		return -1;
	}
	none = none_running(&fresh);
	leat_drop(fresh);
	if (!none.ch)
		return 1;
	result = leat_wait_by(none, t);
	leat_drop(none);
	return result < 0 ? -1 : 1;
}

/* ------------------------------------------------------------------------------------------- settings -- */

int leat_stack_size(size_t bytes)
{
	pthread_attr_t attributes;
	size_t page = 4096, rounded = bytes + (page - bytes % page) % page;
	int error = rounded < bytes ? EINVAL : pthread_attr_init(&attributes);

	if (!error) {
		error = pthread_attr_setstacksize(&attributes, rounded);
		pthread_attr_destroy(&attributes);
	}
	if (error) {
		errno = error;
		return -1;
	}
	atomic_store(&pool.stack, rounded);
	leat_trim(); /* the idle ones have the former size */
	return 1;
}

void leat_trim(void)
{
	int former = leati_forbid_cancel();

	for (worker *idle; (idle = claim_idle(0)) != NULL;) {
		pthread_t id = idle->id;

		idle->job.fn = NULL;
		leati_wake(&idle->wait);
		pthread_join(id, NULL);
	}
	leati_allow_cancel(former);
}
