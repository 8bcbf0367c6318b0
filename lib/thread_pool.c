/* SPDX-License-Identifier: 0BSD
 *
 * thread_pool.c - all threads that run started functions: the list of those that are idle, the number of functions that
 * live, the wait until none does, and the end of the idle threads.
 *
 * A thread with nothing to do (thread.c) puts its worker on the idle list and waits, as a select does. Another thread
 * claims that wait, takes the worker off the list, gives it a job and wakes it.
 *
 * A thread that ends is joined: by leat_trim, if leat_trim has ended it, else by the next thread that ends.
 * `thread_pool.ended` is the one that was not joined yet. It has joined the one before it, and so on. So leat_trim
 * joins this one, and knows that none is left. A program may then unload the code of leat.
 *
 * `thread_pool.monitor` protects the list, `ended` and `exits`. In its line are the threads that wait in leat_wait_all.
 * INVARIANT, inside it: if no started function lives, the line is empty, and each thread is either on the list or
 * ended. A thread may enter it inside another monitor, but not with a channel locked.
 */
#define _POSIX_C_SOURCE 200809L
#include "thread.h"

enum { MANY = 100 }; /* live functions: see slots.c */

static struct {
	leat_monitor monitor;
	leati_worker *idle;    /* the newest is taken first: its stack is warm */
	leati_ended ended;
	bool exits;            /* the process: threads that end are detached */
	leat_monitor trims;    /* protects the next one; in its line are calls of leat_trim that wait for others */
	size_t trimming;       /* calls of leat_trim that still join threads */
	atomic_size_t live;    /* started functions */
	atomic_size_t leaving; /* threads whose function is no longer live, but which may still wake others */
} thread_pool;

/* Called in the child of a fork. Its only thread may be inside a started function. A thread enters the monitor only
 * after the handler of fork.c is registered. */
void leati_forget_threads(void)
{
	thread_pool.monitor = (leat_monitor)LEAT_MONITOR;
	thread_pool.idle = NULL;
	thread_pool.ended.any = false;
	thread_pool.trims = (leat_monitor)LEAT_MONITOR;
	thread_pool.trimming = 0;
	atomic_store(&thread_pool.live, leati_is_inside() ? 1 : 0);
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

/* ------------------------------------------------------------------------------------- the idle list -- */

/* The caller is inside the monitor. */
static void add_idle(leati_worker *self)
{
	self->prev = NULL;
	self->next = thread_pool.idle;
	if (self->next)
		self->next->prev = self;
	thread_pool.idle = self;
}

/* The caller is inside the monitor. */
static void remove_idle(leati_worker *self)
{
	*(self->prev ? &self->prev->next : &thread_pool.idle) = self->next;
	if (self->next)
		self->next->prev = self->prev;
}

/* Take an idle worker with this size of stack off the list, for the caller to wake. Returns NULL if there is none. A
 * worker whose wait cannot be claimed has been idle for a second, and ends. */
leati_worker *leati_claim_idle(size_t stack)
{
	leati_worker *idle;

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
static leati_ended end_idle(void)
{
	leati_ended ended = { .any = false };
	leati_worker *idle;
	bool asleep = false;

	leat_monitor_enter(&thread_pool.monitor);
	idle = thread_pool.idle;
	if (idle) {
		remove_idle(idle);
		idle->joined = true;
		ended = (leati_ended){ true, idle->id };
		asleep = leati_claim(&idle->wait);
	}
	leat_monitor_leave(&thread_pool.monitor);
	if (asleep)
		leati_wake(&idle->wait);
	return ended;
}

/* The caller is inside the monitor. This thread ends: the next one that ends joins it, or leat_trim does. */
static void be_last(leati_worker *self)
{
	if (thread_pool.exits) {
		pthread_detach(self->id);
		return;
	}
	self->former = thread_pool.ended;
	thread_pool.ended = (leati_ended){ true, self->id };
}

static leati_ended take_last(void)
{
	leati_ended last;

	leat_monitor_enter(&thread_pool.monitor);
	last = thread_pool.ended;
	thread_pool.ended.any = false;
	leat_monitor_leave(&thread_pool.monitor);
	return last;
}

/* Nobody has given the calling thread a job for a second, so it ends. If leat_trim has taken it off the list meanwhile,
 * leat_trim joins it. */
void leati_end_after_idle(leati_worker *self)
{
	leat_monitor_enter(&thread_pool.monitor);
	if (!self->joined) {
		remove_idle(self);
		be_last(self);
	}
	leat_monitor_leave(&thread_pool.monitor);
}

/* The calling thread ends, and its job goes back to the starter. */
void leati_end_before_job(leati_worker *self)
{
	leat_monitor_enter(&thread_pool.monitor);
	be_last(self);
	leat_monitor_leave(&thread_pool.monitor);
}

/* ---------------------------------------------------------------------------- counted and waited for -- */

void leati_count_in(void)
{
	if (atomic_fetch_add_explicit(&thread_pool.live, 1, memory_order_relaxed) + 1 == MANY)
		leati_ask_for_slots();
}

/* A function has returned, or could not be started. In the same step its thread becomes idle or ended, so that
 * leat_trim after leat_wait_all finds it. Release: a thread that sees no live function sees what this one wrote. */
void leati_count_out(leati_worker *self, leati_next next)
{
	/* Relaxed: a thread that sees the next value of live sees this one too. */
	atomic_fetch_add_explicit(&thread_pool.leaving, 1, memory_order_relaxed);
	leat_monitor_enter(&thread_pool.monitor);
	/* Not acquire too: the last thread that counts itself out only wakes others, inside the monitor. */
	if (atomic_fetch_sub_explicit(&thread_pool.live, 1, memory_order_release) == 1)
		leat_monitor_wake_all(&thread_pool.monitor);
	if (next == LEATI_BECOMES_IDLE)
		add_idle(self);
	if (next == LEATI_ENDS)
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

size_t leat_live(void)
{
	return atomic_load_explicit(&thread_pool.live, memory_order_acquire);
}

int leat_wait_all(leat_time t)
{
	leat_until_ until = { .what = "the end of all functions" };
	int result = 1;

	if (leati_is_inside())
		return leat_refuse(EDEADLK);
	if (leat_live() == 0) /* if nothing was ever started, there is no fork handler that frees the monitor */
		return 1;
	leat_monitor_enter(&thread_pool.monitor);
	if (leat_live() > 0)
		result = leat_monitor_wait_until_(&thread_pool.monitor, &thread_pool, until, t);
	leat_monitor_leave(&thread_pool.monitor);
	return result;
}

/* ---------------------------------------------------------------------------------------------- trim -- */

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

static void join(leati_ended thread)
{
	if (thread.any)
		pthread_join(thread.id, NULL);
}

static void join_all_idle(void)
{
	for (leati_ended idle; (idle = end_idle()).any;)
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
	if (leati_is_ending()) {
		join_all_idle();
	} else {
		begin_trim();
		join_all_idle();
		join(take_last());
		end_trim();
	}
	leati_free_spares();
	leati_allow_cancel(former);
}
