/* SPDX-License-Identifier: 0BSD
 *
 * thread.c - threads that run one function after another: they are started, kept while idle, counted and waited for.
 *
 * A thread with nothing to do puts its worker on the idle list and waits, as a select does. Another thread claims that
 * wait, takes the worker off the list, gives it a job (or none: then the thread ends) and wakes it. A thread that has
 * been idle for a second takes its worker off the list and ends.
 *
 * `thread_pool.monitor` protects the list. In its line are the threads that wait in leat_wait_all. INVARIANT, inside
 * it: if no started function lives, the line is empty. A thread may enter it inside another monitor, but not with a
 * channel locked.
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
	IDLE_YIELDS = 8 /* before an idle thread sleeps; no pauses, which would take a core from threads with a job */
};

struct worker {
	leati_job job;  /* no fn: the thread must end */
	char name[NAME];
	pthread_t id;
	size_t stack;   /* bytes */
	leat_wait wait; /* while idle */
	struct worker *next, *prev;
};

static struct {
	leat_monitor monitor;
	struct worker *idle;   /* the newest is taken first: its stack is warm */
	atomic_size_t live;    /* started functions */
	atomic_size_t leaving; /* threads whose function is no longer live, but which may still wake others */
	atomic_size_t stack;   /* bytes, of threads to be started */
	bool chosen;           /* signals has been filled */
	sigset_t signals;      /* blocked in started threads. Kept here: on a thread's stack it could cost a page */
} thread_pool = { .stack = (size_t)256 * 1024 };

static _Thread_local bool inside; /* a started function */

/* Called in the child of a fork. Its only thread may be inside a started function. */
void leati_forget_threads(void)
{
	thread_pool.monitor = (leat_monitor)LEAT_MONITOR;
	thread_pool.idle = NULL;
	atomic_store(&thread_pool.live, inside ? 1 : 0);
	atomic_store(&thread_pool.leaving, 0);
}

/* A started thread sees the signals that tell of an error of its own, and SIGPROF. All others are for the threads of
 * the program. */
static void choose_signals(void)
{
	static const int kept[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF };

	leat_monitor_enter(&thread_pool.monitor);
	if (!thread_pool.chosen) { /* once: started threads read the set without the lock */
		sigfillset(&thread_pool.signals);
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			sigdelset(&thread_pool.signals, kept[i]);
		thread_pool.chosen = true;
	}
	leat_monitor_leave(&thread_pool.monitor);
}

/* --------------------------------------------------------------------------------------- the idle list -- */

/* The caller is inside the monitor. */
static void add_idle(struct worker *self)
{
	self->prev = NULL;
	self->next = thread_pool.idle;
	if (self->next)
		self->next->prev = self;
	thread_pool.idle = self;
}

/* The caller is inside the monitor. */
static void remove_idle(struct worker *self)
{
	*(self->prev ? &self->prev->next : &thread_pool.idle) = self->next;
	if (self->next)
		self->next->prev = self->prev;
}

/* Take an idle worker with this size of stack (0: any) off the list, for the caller to wake. Returns NULL if there is
 * none. A worker whose wait cannot be claimed has been idle for a second, and ends. */
static struct worker *claim_idle(size_t stack)
{
	struct worker *idle;

	leat_monitor_enter(&thread_pool.monitor);
	idle = thread_pool.idle;
	while (idle && ((stack && idle->stack != stack) || !leati_claim(&idle->wait)))
		idle = idle->next;
	if (idle)
		remove_idle(idle);
	leat_monitor_leave(&thread_pool.monitor);
	return idle;
}

static void set_job(struct worker *to, leati_job job)
{
	to->job = job;
	to->name[0] = '\0';
	strncat(to->name, job.name, NAME - 1);
}

/* --------------------------------------------------------------------------------- a thread, all its life -- */

/* A function has returned, or could not be started. Its thread, if it is kept, is idle from the same moment on, so that
 * leat_trim after leat_wait_all finds it. Release: a thread that sees no live function sees what this one wrote. */
static void count_out(struct worker *kept)
{
	/* Relaxed: a thread that sees the next value of live sees this one too. */
	atomic_fetch_add_explicit(&thread_pool.leaving, 1, memory_order_relaxed);
	leat_monitor_enter(&thread_pool.monitor);
	if (atomic_fetch_sub_explicit(&thread_pool.live, 1, memory_order_acq_rel) == 1)
		leat_monitor_wake_all(&thread_pool.monitor);
	if (kept)
		add_idle(kept);
	leat_monitor_leave(&thread_pool.monitor);
	atomic_fetch_sub_explicit(&thread_pool.leaving, 1, memory_order_relaxed);
	if (leati_clock_is_fake())
		leati_clock_look();
}

/* How many threads run a started function, or have run one and may still wake another thread. */
size_t leati_active(void)
{
	size_t live = leat_live();

	return live + atomic_load_explicit(&thread_pool.leaving, memory_order_relaxed);
}

bool leati_is_inside(void)
{
	return inside;
}

/* Call the job's end function. It is called only once, even if it calls pthread_exit itself. */
static void end_job(struct worker *self, bool left)
{
	void (*end)(void *arg, bool left) = self->job.end;

	self->job.end = NULL;
	if (end)
		end(self->job.arg, left);
}

/* Set the name and the signal mask as for a new thread: the last job may have changed them. */
static void run_job(struct worker *self)
{
#ifdef __linux__
	prctl(PR_SET_NAME, self->name, 0, 0, 0); /* it cannot fail: the name is readable */
#endif
	pthread_sigmask(SIG_SETMASK, &thread_pool.signals, NULL);
	inside = true;
	self->job.fn(self->job.arg);
	end_job(self, false);
	inside = false;
}

/* Count the last job out, and wait for another. Returns false if the thread must end. */
static bool next_job(struct worker *self)
{
	leati_backoff backoff = { true, 0, IDLE_YIELDS };

	if (self->stack != atomic_load(&thread_pool.stack)) {
		count_out(NULL);
		pthread_detach(self->id);
		return false;
	}
	leati_wait_begin(&self->wait);
	self->wait.idle = true;
	count_out(self);
	if (leati_park(&self->wait, leati_real_now() + LEAT_S(1), &backoff))
		return self->job.fn != NULL; /* without one, leat_trim joins this thread */
	leat_monitor_enter(&thread_pool.monitor);
	remove_idle(self);
	leat_monitor_leave(&thread_pool.monitor);
	pthread_detach(self->id);
	return false;
}

/* The function left by pthread_exit. */
static void leave(void *of_worker)
{
	struct worker *self = of_worker;

	end_job(self, true);
	inside = false;
	pthread_detach(self->id);
	leati_free(self, sizeof *self);
	count_out(NULL);
}

static void *work(void *of_worker)
{
	struct worker *self = of_worker;

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

static int create(struct worker *new)
{
	pthread_attr_t attributes;
	pthread_t id;
	sigset_t former;
	int error = pthread_attr_init(&attributes);

	if (error)
		return error;
	new->stack = atomic_load(&thread_pool.stack);
	error = pthread_attr_setstacksize(&attributes, new->stack);
	if (!error) {
		pthread_sigmask(SIG_SETMASK, &thread_pool.signals, &former);
		error = pthread_create(&id, &attributes, work, new);
		pthread_sigmask(SIG_SETMASK, &former, NULL);
	}
	pthread_attr_destroy(&attributes);
	return error;
}

static int start_new(leati_job job)
{
	struct worker *new = leati_alloc(sizeof *new);
	int error = ENOMEM;

	if (new) {
		choose_signals();
		set_job(new, job);
		error = create(new);
	}
	if (error)
		leati_free(new, sizeof *new);
	return error;
}

int leati_start(leati_job job)
{
	struct worker *idle;
	int error = leati_prepare_fork();

	if (error)
		return error;
	atomic_fetch_add_explicit(&thread_pool.live, 1, memory_order_relaxed);
	idle = claim_idle(atomic_load(&thread_pool.stack));
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

	return error ? leat_refuse(error) : 1;
}

/* --------------------------------------------------------------------------------- counted and waited for -- */

size_t leat_live(void)
{
	return atomic_load_explicit(&thread_pool.live, memory_order_acquire);
}

int leat_wait_all(leat_time t)
{
	int result = 1;

	if (inside)
		return leat_refuse(EDEADLK);
	if (leat_live() == 0) /* perhaps nothing was ever started; then there is no fork handler that frees the monitor */
		return 1;
	leat_monitor_enter(&thread_pool.monitor);
	if (leat_live() > 0)
		result = leat_monitor_wait(&thread_pool.monitor, &thread_pool, LEAT_NIL, t);
	leat_monitor_leave(&thread_pool.monitor);
	return result;
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
	if (error)
		return leat_refuse(error);
	atomic_store(&thread_pool.stack, rounded);
	leat_trim(); /* idle threads have the former size */
	return 1;
}

void leat_trim(void)
{
	int former = leati_forbid_cancel();

	for (struct worker *idle; (idle = claim_idle(0)) != NULL;) {
		pthread_t id = idle->id;

		idle->job.fn = NULL;
		leati_wake(&idle->wait);
		pthread_join(id, NULL);
	}
	leati_allow_cancel(former);
}
