/* SPDX-License-Identifier: 0BSD
 *
 * thread.c - threads that run one function after another: they are started, kept while idle, counted and waited for.
 *
 * A thread with nothing to do puts its worker on the idle list and waits, as a select does. Another thread claims that
 * wait, takes the worker off the list, gives it a job and wakes it. A thread that has been idle for a second takes its
 * worker off the list and ends.
 *
 * A thread that ends is joined: by leat_trim, if leat_trim has ended it, else by the next thread that ends.
 * `thread_pool.ended` is the one that was not joined yet. It has joined the one before it, and so on. So leat_trim
 * joins this one, and knows that none is left. A program may then unload the code of leat.
 *
 * `thread_pool.monitor` protects the list, `ended` and `exits`. In its line are the threads that wait in leat_wait_all.
 * INVARIANT, inside it: if no started function lives, the line is empty, and each thread is either on the list or
 * ended. A thread may enter it inside another monitor, but not with a channel locked.
 *
 * A function finds its thread as if the thread were new: with its name, the signal mask of the thread that started the
 * function, and cancellation enabled. Other things that a function may change are compared (traits.c). If they have
 * changed, the thread is not used again.
 *
 * A thread with processors or a nice value of its own is always a new one, and ends after its function. So do the
 * threads that this function starts, because the system gives them the same. And so does a new thread that is started by
 * a function which has changed its own thread.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
	NAME = 16,        /* bytes of a thread's name that the kernel keeps */
	MANY = 100,       /* live functions: see slots.c */
	SYSTEM_CALL = 100 /* ns. A function that takes less has made no system call that changes anything */
};

/* A thread that is to be joined, if any. */
struct ended {
	bool any;
	pthread_t id;
};

struct worker {
	leati_job job;
	char name[NAME];
	sigset_t signals;      /* for the job. Kept here: on a thread's stack it could cost a page */
	leati_traits traits;   /* as they were before the first job */
	bool begun;            /* the job's function has been called */
	leat_time begun_at, returned_at;
	bool joined;           /* by leat_trim, which has taken the worker off the list: the thread must end */
	pthread_t id;
	size_t stack;          /* bytes that were asked for */
	const leat_traits *asked; /* what the thread must take before its job, or NULL, ... */
	leat_tx taken;         /* ... and where it tells its starter how that went, or nil */
	bool apart;            /* it runs one function only */
	leat_wait wait;        /* while idle */
	struct ended former;   /* to be joined by this thread when it ends */
	struct worker *next, *prev;
};

static struct {
	leat_monitor monitor;
	struct worker *idle;   /* the newest is taken first: its stack is warm */
	struct ended ended;
	bool exits;            /* the process: threads that end are detached */
	leat_monitor trims;    /* protects the next one; in its line are calls of leat_trim that wait for others */
	size_t trimming;       /* calls of leat_trim that still join threads */
	atomic_size_t live;    /* started functions */
	atomic_size_t leaving; /* threads whose function is no longer live, but which may still wake others */
} thread_pool;

static _Thread_local bool inside; /* a started function */
static _Thread_local bool apart;  /* the thread has processors or a nice value of its own */
static _Thread_local const leati_traits *first_traits; /* of its worker: as they were before the first job; or NULL */
static _Thread_local bool ending; /* no function will run in this thread any more, except destructors of its keys */

/* Called in the child of a fork. Its only thread may be inside a started function. A thread enters the monitor only
 * after the handler of fork.c is registered. */
void leati_forget_threads(void)
{
	thread_pool.monitor = (leat_monitor)LEAT_MONITOR;
	thread_pool.idle = NULL;
	thread_pool.ended.any = false;
	thread_pool.trims = (leat_monitor)LEAT_MONITOR;
	thread_pool.trimming = 0;
	atomic_store(&thread_pool.live, inside ? 1 : 0);
	atomic_store(&thread_pool.leaving, 0);
}

/* Called by exit. No thread joins the last one any more, so from now on threads that end are detached. Otherwise the
 * thread sanitizer would report the last one. */
void leati_detach_ended(void)
{
	leat_monitor_enter(&thread_pool.monitor);
	if (thread_pool.ended.any)
		pthread_detach(thread_pool.ended.id);
	thread_pool.ended.any = false;
	thread_pool.exits = true;
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

/* Take an idle worker with this size of stack off the list, for the caller to wake. Returns NULL if there is none. A
 * worker whose wait cannot be claimed has been idle for a second, and ends. */
static struct worker *claim_idle(size_t stack)
{
	struct worker *idle;

	leat_monitor_enter(&thread_pool.monitor);
	idle = thread_pool.idle;
	while (idle && (idle->stack != stack || !leati_claim(&idle->wait)))
		idle = idle->next;
	if (idle)
		remove_idle(idle);
	leat_monitor_leave(&thread_pool.monitor);
	return idle;
}

/* Take any worker off the list, for the caller to join. One that has been idle for a second is awake already. */
static struct ended end_idle(void)
{
	struct ended ended = { .any = false };
	struct worker *idle;
	bool asleep = false;

	leat_monitor_enter(&thread_pool.monitor);
	idle = thread_pool.idle;
	if (idle) {
		remove_idle(idle);
		idle->joined = true;
		ended = (struct ended){ true, idle->id };
		asleep = leati_claim(&idle->wait);
	}
	leat_monitor_leave(&thread_pool.monitor);
	if (asleep)
		leati_wake(&idle->wait);
	return ended;
}

/* The caller is inside the monitor. This thread ends: the next one that ends joins it, or leat_trim does. */
static void be_last(struct worker *self)
{
	if (thread_pool.exits) {
		pthread_detach(self->id);
		return;
	}
	self->former = thread_pool.ended;
	thread_pool.ended = (struct ended){ true, self->id };
}

static struct ended take_last(void)
{
	struct ended last;

	leat_monitor_enter(&thread_pool.monitor);
	last = thread_pool.ended;
	thread_pool.ended.any = false;
	leat_monitor_leave(&thread_pool.monitor);
	return last;
}

/* The starting thread reads its own signal mask: pthread_create would pass it on too. `name` may be NULL. */
static void set_job(struct worker *to, leati_job job, const char *name)
{
	size_t length = name ? NAME : strcspn(job.name, ","); /* leat_go gives all its arguments */

	to->job = job;
	to->job.name = to->name;
	to->name[0] = '\0';
	strncat(to->name, name ? name : job.name, length < NAME ? length : NAME - 1);
	pthread_sigmask(SIG_SETMASK, NULL, &to->signals);
}

/* --------------------------------------------------------------------------------- a thread, all its life -- */

typedef enum { NO_THREAD, BECOMES_IDLE, ENDS } next_of_thread;

/* A function has returned, or could not be started. In the same step its thread becomes idle or ended, so that
 * leat_trim after leat_wait_all finds it. Release: a thread that sees no live function sees what this one wrote. */
static void count_out(struct worker *self, next_of_thread next)
{
	/* Relaxed: a thread that sees the next value of live sees this one too. */
	atomic_fetch_add_explicit(&thread_pool.leaving, 1, memory_order_relaxed);
	leat_monitor_enter(&thread_pool.monitor);
	/* Not acquire too: the last thread that counts itself out only wakes others, inside the monitor. */
	if (atomic_fetch_sub_explicit(&thread_pool.live, 1, memory_order_release) == 1)
		leat_monitor_wake_all(&thread_pool.monitor);
	if (next == BECOMES_IDLE)
		add_idle(self);
	if (next == ENDS)
		be_last(self);
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

/* Call the job's end function. It is called only once, even if it calls pthread_exit itself. It may start threads, and
 * so may destructors of keys: they must not come across traits that the function has forgotten. */
static void end_job(struct worker *self, bool left)
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
static void act_on_former_cancel(struct worker *self)
{
	self->begun = false;
	leati_allow_cancel(PTHREAD_CANCEL_ENABLE);
	pthread_testcancel();
}

/* Set the name and the signal mask as for a new thread: the last job may have changed them. */
static void run_job(struct worker *self)
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
static void block_signals(struct worker *self)
{
	sigfillset(&self->signals);
	pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
}

/* Wait until a second after the last job. Returns whether there is another. */
static bool wait_for_job(struct worker *self)
{
	leati_backoff backoff = { .idle = true };
	bool woken = leati_park(&self->wait, self->returned_at + LEAT_S(1), &backoff);

	leati_backoff_end(&backoff);
	if (woken)
		return !self->joined;
	leat_monitor_enter(&thread_pool.monitor);
	if (!self->joined) {
		remove_idle(self);
		be_last(self);
	}
	leat_monitor_leave(&thread_pool.monitor);
	return false;
}

/* Count the last job out, and wait for another. Returns false if the thread must end. */
static bool next_job(struct worker *self)
{
	leat_time ran = self->returned_at - self->begun_at;
	bool called = ran < 0 || ran >= SYSTEM_CALL;

	block_signals(self);
	if (self->apart || self->stack != leati_stack() || !leati_has_traits(&self->traits, called)) {
		count_out(self, ENDS);
		return false;
	}
	leati_wait_begin(&self->wait, NULL, 0);
	self->wait.idle = true;
	count_out(self, BECOMES_IDLE);
	return wait_for_job(self);
}

static void join(struct ended thread)
{
	if (thread.any)
		pthread_join(thread.id, NULL);
}

/* The thread ends. It touches nothing of the library's any more after it has joined the one before it. */
static void end_thread(struct worker *self)
{
	struct ended former = self->former;

	first_traits = NULL;
	leati_free(self, sizeof *self);
	ending = true;
	join(former);
}

/* The function has left by pthread_exit, or was cancelled. Or a cancel that was meant for the function before it acts
 * only now. Then the job has not begun, and runs here. If it leaves too, this handler may be called again for the first
 * unwinding. */
static void leave(void *of_worker)
{
	struct worker *self = of_worker;

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
	count_out(self, ENDS);
	end_thread(self);
}

/* Take the traits that the starter asks for, and tell it. Returns false if the system refuses one: then the starter
 * keeps the job, and the thread must end. */
static bool take_traits(struct worker *self)
{
	int error = self->asked ? leati_take_traits(self->asked) : 0;

	if (error) {
		leat_monitor_enter(&thread_pool.monitor);
		be_last(self);
		leat_monitor_leave(&thread_pool.monitor);
	}
	if (self->asked)
		(void)leat_drop_with(self->taken, error); /* 1: nobody else has ended it */
	return !error;
}

static void *work(void *of_worker)
{
	struct worker *self = of_worker;

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

/* ---------------------------------------------------------------------------------------------- start -- */

/* The thread that a job needs. */
struct needs {
	const char *name;         /* or NULL: that of the job */
	size_t stack;
	bool apart;
	const leat_traits *asked; /* to be taken by the thread itself, or NULL */
};

static int find_needs(struct needs *needs, const leat_traits *given)
{
	*needs = (struct needs){ .name = given ? given->name : NULL, .stack = leati_stack(), .apart = apart };
	if (leati_must_take_traits(given)) {
		needs->apart = true;
		needs->asked = given;
	}
	if (!given || !given->stack)
		return 0;
	needs->stack = given->stack;
	return leati_round_stack(&needs->stack);
}

/* Whether the calling thread runs a function that has changed what new threads get from it. */
static bool has_changed(void)
{
	return first_traits && !leati_has_traits(first_traits, true);
}

static int start_new(leati_job job, const struct needs *needs, leat_tx taken)
{
	struct worker *new = leati_alloc(sizeof *new);
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

/* Start a new thread, and wait until it has taken its traits, or knows that it cannot. */
static int start_with_traits(leati_job job, const struct needs *needs)
{
	leat_chan taken = leat_make_unit();
	int error = leat_cause(taken);

	if (!error)
		error = start_new(job, needs, taken.tx);
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
	struct worker *idle;
	struct needs needs;
	int error = find_needs(&needs, leati_given_traits());

	if (error || (error = leati_prepare_fork()) != 0)
		return error;
	if (atomic_fetch_add_explicit(&thread_pool.live, 1, memory_order_relaxed) + 1 == MANY)
		leati_ask_for_slots();
	idle = needs.apart ? NULL : claim_idle(needs.stack);
	if (idle) {
		set_job(idle, job, needs.name);
		leati_wake(&idle->wait);
	} else {
		error = needs.asked ? start_with_traits(job, &needs) : start_new(job, &needs, (leat_tx){ NULL });
	}
	if (error)
		count_out(NULL, NO_THREAD);
	return error;
}

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

/* --------------------------------------------------------------------------------- counted and waited for -- */

size_t leat_live(void)
{
	return atomic_load_explicit(&thread_pool.live, memory_order_acquire);
}

int leat_wait_all(leat_time t)
{
	leat_until_ until = { .what = "the end of all functions" };
	int result = 1;

	if (inside)
		return leat_refuse(EDEADLK);
	if (leat_live() == 0) /* if nothing was ever started, there is no fork handler that frees the monitor */
		return 1;
	leat_monitor_enter(&thread_pool.monitor);
	if (leat_live() > 0)
		result = leat_monitor_wait_until_(&thread_pool.monitor, &thread_pool, until, t);
	leat_monitor_leave(&thread_pool.monitor);
	return result;
}

static void begin_trim(void)
{
	leat_monitor_enter(&thread_pool.trims);
	thread_pool.trimming++;
	leat_monitor_leave(&thread_pool.trims);
}

/* Another call may have taken a thread that has not ended yet. So wait until all calls have joined theirs. */
static void end_trim(void)
{
	leat_monitor_enter(&thread_pool.trims);
	if (--thread_pool.trimming == 0)
		leat_monitor_wake_all(&thread_pool.trims);
	else
		(void)leat_monitor_wait(&thread_pool.trims, &thread_pool, LEAT_NIL, LEAT_NEVER); /* 1, always */
	leat_monitor_leave(&thread_pool.trims);
}

static void join_idle(void)
{
	for (struct ended idle; (idle = end_idle()).any;)
		join(idle);
}

/* A destructor of a thread that ends must not join that thread, or one that waits to join it. If the handler of fork.c
 * cannot be registered, no thread was started. */
void leat_trim(void)
{
	int former;

	if (leati_prepare_fork() != 0)
		return;
	former = leati_forbid_cancel();
	if (ending) {
		join_idle();
	} else {
		begin_trim();
		join_idle();
		join(take_last());
		end_trim();
	}
	leati_free_spares();
	leati_allow_cancel(former);
}
