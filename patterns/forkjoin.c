/* leat_forkjoin - computations that split, on a fixed set of threads that steal from each other.
 * Needs cpus.c.
 *
 *     fork ->               <- steal, by idle threads and stalled joins
 *           [ new ... old ]
 *     join <-                  each thread has such a deque
 *
 * Each thread of the pool is a worker and owns a deque of tasks. Fork pushes a task at the new end of its own deque,
 * and join takes from there, so the owner uses it like a stack of calls. A worker without tasks steals the oldest task
 * of another. That task is likely to be the largest, so thefts are few.
 *
 * Only the forked task is stolen, never the rest of the function that forked it: a C function cannot be left on one
 * stack and resumed on another.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
#ifndef LEAT_SCHEDULE
	FORKJOIN_ROOM = 1024, /* tasks in a deque. It does not grow, so fork cannot fail: if it is full, fork calls */
	FORKJOIN_LOOKS = 64,  /* searches for a task, with nothing found, before a worker sleeps */
#else
	FORKJOIN_ROOM = 4, FORKJOIN_LOOKS = 1, /* a test of schedules soon comes to the ends of both */
#endif
	FORKJOIN_NESTED = 8,  /* stalled joins on one stack that may steal. Each needs stack for another task */
	FORKJOIN_LINE = 64    /* bytes of a cache line */
};

/* The state of a fork. OPEN: not done. RUN: leat_forkjoin_run waits for it. AWAITED + i: worker i waits for it. */
enum { FORKJOIN_OPEN, FORKJOIN_DONE, FORKJOIN_RUN, FORKJOIN_AWAITED };

/* A worker's `asleep`: 0, it is awake; else the events that may wake it. */
enum { FORKJOIN_FOR_JOIN = 1, FORKJOIN_FOR_TASK = 2, FORKJOIN_FOR_RUN = 4 };

struct forkjoin_worker {
	/* The deque is ring[top], ..., ring[bottom - 1], modulo its room. The owner writes these, others only read. */
	_Atomic int64_t bottom; /* where the owner pushes and takes */
	struct leat_forkjoin *pool;
	unsigned number, random, nested;
	_Atomic(leat_fork *) ring[FORKJOIN_ROOM];
	/* Others write these. They lie on other cache lines. */
	_Atomic int64_t top;    /* where others steal; it never decreases */
	atomic_uint asleep;
	leat_monitor monitor;   /* only this worker waits in its line */
	char apart[FORKJOIN_LINE]; /* the next worker writes its `bottom` at each fork, while this one reads `top` */
};

struct forkjoin_run {
	leat_fork fork;
	leat_monitor monitor;
	struct forkjoin_run *next;
};

struct leat_forkjoin {
	atomic_uint sleepers; /* how many workers sleep that a new task may wake */
	atomic_int ended;
	leat_monitor monitor; /* protects what follows */
	_Atomic(struct forkjoin_run *) first; /* the queue of runs; read without the monitor as a hint */
	struct forkjoin_run *last;
	size_t count, threads; /* workers; those of them whose threads have not ended */
	struct forkjoin_worker workers[];
};

static _Thread_local struct forkjoin_worker *forkjoin_self;

/* --------------------------------------------------------------------------------------------------- the deque --
 *
 * Chase and Lev 2005. The published algorithm uses fences, which the thread sanitizer does not see. So here the
 * accesses of top and bottom are seq_cst wherever their order matters. A thief reads bottom before it reads a task, so
 * it sees the task's fields as the owner wrote them before it moved bottom.
 */

static int forkjoin_push(struct forkjoin_worker *self, leat_fork *fork)
{
	int64_t bottom = atomic_load_explicit(&self->bottom, memory_order_relaxed);

	/* Acquire: the thief that moved top has read its place in the ring before, so the place can be used again. The
	 * order is that of a load before a later store. No search shows it, because no search has load buffering. */
	if (bottom - atomic_load_explicit(&self->top, memory_order_acquire) >= FORKJOIN_ROOM)
		return 0;
	atomic_store_explicit(&self->ring[bottom % FORKJOIN_ROOM], fork, memory_order_relaxed);
	atomic_store(&self->bottom, bottom + 1); /* seq_cst: leat_forkjoin_fork reads `sleepers` next */
	return 1;
}

/* The owner lowers bottom, then reads top. A thief reads top, then bottom. All of this is seq_cst, so at least one of
 * them sees the other. If they want the same last task, both try to raise top, and one of them succeeds. */
static leat_fork *forkjoin_take(struct forkjoin_worker *self)
{
	int64_t bottom = atomic_load_explicit(&self->bottom, memory_order_relaxed), top;
	leat_fork *task;

	if (atomic_load_explicit(&self->top, memory_order_relaxed) >= bottom)
		return NULL;
	(void)atomic_exchange(&self->bottom, bottom - 1);
	top = atomic_load(&self->top);
	task = atomic_load_explicit(&self->ring[(bottom - 1) % FORKJOIN_ROOM], memory_order_relaxed);
	if (top < bottom - 1)
		return task;
	if (top > bottom - 1 || !atomic_compare_exchange_strong(&self->top, &top, top + 1))
		task = NULL;
	/* Empty again: a thief that has read the former top cannot raise it. The store is relaxed, because it publishes
	 * nothing: a thief that reads this bottom finds no task beneath it. */
	atomic_store_explicit(&self->bottom, bottom, memory_order_relaxed);
	return task;
}

static leat_fork *forkjoin_steal_from(struct forkjoin_worker *other)
{
	int64_t top = atomic_load(&other->top);
	leat_fork *task;

	if (top >= atomic_load(&other->bottom))
		return NULL;
	task = atomic_load_explicit(&other->ring[top % FORKJOIN_ROOM], memory_order_relaxed);
	return atomic_compare_exchange_strong(&other->top, &top, top + 1) ? task : NULL;
}

static leat_fork *forkjoin_steal(struct forkjoin_worker *self)
{
	struct leat_forkjoin *pool = self->pool;
	leat_fork *task = NULL;

	self->random = self->random * 1664525u + 1013904223u;
	for (size_t i = 0; i < pool->count && !task; i++)
		task = forkjoin_steal_from(&pool->workers[((self->random >> 8) + i) % pool->count]);
	return task;
}

/* ---------------------------------------------------------------------------------------------------- sleeping --
 *
 * A worker that is about to sleep sets `asleep`, then checks once more whether there is something to do. A thread that
 * has something to do shows it, then reads `asleep`. All of this is seq_cst, so at least one of them sees the other.
 *
 * One waker sets `asleep` back to 0; from then on the worker counts as awake. The waker then enters the worker's
 * monitor, where it finds the worker in line or already gone.
 */

/* Wake the worker if it sleeps and this event may wake it. Returns 0 if not, or if another thread was faster. */
static int forkjoin_wake(struct forkjoin_worker *worker, unsigned what)
{
	unsigned asleep = atomic_load(&worker->asleep);

	if (!(asleep & what) || !atomic_compare_exchange_strong(&worker->asleep, &asleep, 0))
		return 0;
	if (asleep & FORKJOIN_FOR_TASK)
		atomic_fetch_sub(&worker->pool->sleepers, 1);
	leat_monitor_enter(&worker->monitor);
	(void)leat_monitor_wake(&worker->monitor);
	leat_monitor_leave(&worker->monitor);
	return 1;
}

static void forkjoin_wake_one(struct leat_forkjoin *pool, unsigned what)
{
	for (size_t i = 0; i < pool->count && !forkjoin_wake(&pool->workers[i], what); i++)
		;
}

/* The events that may wake a worker that waits for the fork `until`, or an idle worker if `until` is NULL. */
static unsigned forkjoin_purpose(const struct forkjoin_worker *self, const leat_fork *until)
{
	if (!until)
		return FORKJOIN_FOR_TASK | FORKJOIN_FOR_RUN;
	return self->nested < FORKJOIN_NESTED ? FORKJOIN_FOR_JOIN | FORKJOIN_FOR_TASK : FORKJOIN_FOR_JOIN;
}

static int forkjoin_over(struct leat_forkjoin *pool, leat_fork *until)
{
	return until ? atomic_load(&until->state_) == FORKJOIN_DONE : atomic_load(&pool->ended);
}

static int forkjoin_has_tasks(struct leat_forkjoin *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		if (atomic_load(&pool->workers[i].top) < atomic_load(&pool->workers[i].bottom))
			return 1;
	return 0;
}

static int forkjoin_may_sleep(struct forkjoin_worker *self, leat_fork *until, unsigned purpose)
{
	struct leat_forkjoin *pool = self->pool;

	if (forkjoin_over(pool, until) || (purpose & FORKJOIN_FOR_RUN && atomic_load(&pool->first)))
		return 0;
	return !(purpose & FORKJOIN_FOR_TASK && forkjoin_has_tasks(pool));
}

static void forkjoin_sleep(struct forkjoin_worker *self, leat_fork *until, unsigned purpose)
{
	unsigned open = FORKJOIN_OPEN;

	if (until) /* fails if the fork is done, or is marked as awaited already */
		(void)atomic_compare_exchange_strong(&until->state_, &open, FORKJOIN_AWAITED + self->number);
	leat_monitor_enter(&self->monitor);
	if (purpose & FORKJOIN_FOR_TASK)
		atomic_fetch_add(&self->pool->sleepers, 1);
	atomic_store(&self->asleep, purpose);
	if (forkjoin_may_sleep(self, until, purpose))
		(void)leat_monitor_wait_until_(&self->monitor, self, (leat_until_){ .what = "a task" }, LEAT_NEVER); /* 1 */
	if (atomic_exchange(&self->asleep, 0) & FORKJOIN_FOR_TASK)
		atomic_fetch_sub(&self->pool->sleepers, 1);
	leat_monitor_leave(&self->monitor);
}

/* -------------------------------------------------------------------------------------------- working -- */

static leat_fork *forkjoin_next_run(struct leat_forkjoin *pool)
{
	struct forkjoin_run *run;

	if (!atomic_load(&pool->first))
		return NULL;
	leat_monitor_enter(&pool->monitor);
	run = atomic_load(&pool->first);
	if (run)
		atomic_store(&pool->first, run->next);
	leat_monitor_leave(&pool->monitor);
	return run ? &run->fork : NULL;
}

/* As soon as a fork is done its joiner may return, and then the fork is gone. So `task` is not used after the exchange.
 * A run is gone too when its waiter returns, but the waiter reads its state only inside the run's monitor. Leaving that
 * monitor is the last use of the run. */
static void forkjoin_call(struct leat_forkjoin *pool, leat_fork *task)
{
	unsigned state = atomic_load_explicit(&task->state_, memory_order_relaxed);

	task->fn_(task->arg_);
	if (state == FORKJOIN_RUN) {
		struct forkjoin_run *run = (struct forkjoin_run *)task; /* the fork is its first member */

		leat_monitor_enter(&run->monitor);
		atomic_store(&task->state_, FORKJOIN_DONE);
		(void)leat_monitor_wake(&run->monitor);
		leat_monitor_leave(&run->monitor);
		return;
	}
	state = atomic_exchange(&task->state_, FORKJOIN_DONE);
	if (state >= FORKJOIN_AWAITED)
		(void)forkjoin_wake(&pool->workers[state - FORKJOIN_AWAITED], FORKJOIN_FOR_JOIN);
}

/* Only an idle worker begins a run: inside a join, the run would delay that join until the run ends.
 *
 * Joins cannot wait for each other in a circle. A task waits for its own forks, which begin after it, and it is held up
 * by the tasks above it on its stack, which began after it too. So a task waits only for tasks that begin later. */
static leat_fork *forkjoin_find(struct forkjoin_worker *self, unsigned purpose)
{
	leat_fork *task = forkjoin_take(self);

	if (!task && purpose & FORKJOIN_FOR_RUN)
		task = forkjoin_next_run(self->pool);
	if (!task && purpose & FORKJOIN_FOR_TASK)
		task = forkjoin_steal(self);
	return task;
}

/* Search for a task. Yield after a search that finds none, and sleep after many of them, then begin again. Returns NULL
 * when the fork is done or the pool has ended.
 *
 * A worker that slept may have been woken for a task at the same time as its join came to an end. It returns without
 * that task, so it wakes another worker in its place. */
static leat_fork *forkjoin_find_or_sleep(struct forkjoin_worker *self, leat_fork *until, unsigned purpose)
{
	int slept = 0;

	for (int looks = 0; !forkjoin_over(self->pool, until); looks++) {
		leat_fork *task = forkjoin_find(self, purpose);

		if (task)
			return task;
		if (looks < FORKJOIN_LOOKS) {
			(void)sched_yield();
			continue;
		}
		forkjoin_sleep(self, until, purpose);
		slept = 1;
		looks = 0;
	}
	if (slept && forkjoin_has_tasks(self->pool))
		forkjoin_wake_one(self->pool, FORKJOIN_FOR_TASK);
	return NULL;
}

/* Work until the fork is done, or, if `until` is NULL, until the pool ends. */
static void forkjoin_work(struct forkjoin_worker *self, leat_fork *until)
{
	unsigned purpose = forkjoin_purpose(self, until);

	self->nested++;
	for (leat_fork *task; (task = forkjoin_find_or_sleep(self, until, purpose)) != NULL;)
		forkjoin_call(self->pool, task);
	self->nested--;
}

/* Others may work on forks that lie on the stack that is being left. */
static void forkjoin_left(void *nothing)
{
	(void)nothing;
	leat_panic_(NULL, "a task of leat_forkjoin has left by pthread_exit");
}

static void forkjoin_main(void *arg)
{
	struct forkjoin_worker *self = arg;
	struct leat_forkjoin *pool = self->pool;

	forkjoin_self = self;
	pthread_cleanup_push(forkjoin_left, NULL);
	forkjoin_work(self, NULL);
	pthread_cleanup_pop(0);
	forkjoin_self = NULL;
	leat_monitor_enter(&pool->monitor);
	pool->threads--;
	(void)leat_monitor_wake(&pool->monitor);
	leat_monitor_leave(&pool->monitor);
}

/* ------------------------------------------------------------------------------------------- fork, join, run -- */

static struct forkjoin_worker *forkjoin_inside(const char *call)
{
	if (!forkjoin_self)
		leat_panic_(NULL, "%s outside leat_forkjoin_run", call);
	return forkjoin_self;
}

void leat_forkjoin_fork(leat_fork *fork, void (*fn)(void *arg), void *arg)
{
	struct forkjoin_worker *self = forkjoin_inside("leat_forkjoin_fork");

	fork->fn_ = fn;
	fork->arg_ = arg;
	atomic_store_explicit(&fork->state_, FORKJOIN_OPEN, memory_order_relaxed);
	if (!forkjoin_push(self, fork))
		forkjoin_call(self->pool, fork);
	else if (atomic_load(&self->pool->sleepers)) /* seq_cst, as forkjoin_push: the task is shown before */
		forkjoin_wake_one(self->pool, FORKJOIN_FOR_TASK);
}

void leat_forkjoin_join(leat_fork *fork)
{
	struct forkjoin_worker *self = forkjoin_inside("leat_forkjoin_join");
	leat_fork *last = forkjoin_over(self->pool, fork) ? NULL : forkjoin_take(self);

	if (last)
		forkjoin_call(self->pool, last);
	if (last != fork) /* rarely: the fork was stolen, and may still run */
		forkjoin_work(self, fork);
}

int leat_forkjoin_run(leat_forkjoin *pool, void (*fn)(void *arg), void *arg)
{
	struct forkjoin_run run = { { fn, arg, FORKJOIN_RUN }, LEAT_MONITOR, NULL };

	if (!pool || !fn)
		return leat_refuse(EINVAL);
	if (forkjoin_self && forkjoin_self->pool == pool)
		return leat_refuse(EDEADLK);
	leat_monitor_enter(&pool->monitor);
	if (atomic_load(&pool->first))
		pool->last->next = &run;
	else
		atomic_store(&pool->first, &run);
	pool->last = &run;
	leat_monitor_leave(&pool->monitor);
	forkjoin_wake_one(pool, FORKJOIN_FOR_RUN);
	leat_monitor_enter(&run.monitor);
	if (atomic_load(&run.fork.state_) != FORKJOIN_DONE)
		(void)leat_monitor_wait_until_(&run.monitor, &run, (leat_until_){ .what = "a task" }, LEAT_NEVER); /* 1 */
	leat_monitor_leave(&run.monitor);
	return 1;
}

/* ----------------------------------------------------------------------------------------------- make and drop -- */

/* The ring is not touched, so that pages of it which are never used need no memory. */
static void forkjoin_init_worker(struct forkjoin_worker *worker, struct leat_forkjoin *pool, unsigned number)
{
	atomic_init(&worker->bottom, 0);
	worker->pool = pool;
	worker->number = worker->random = number;
	worker->nested = 0;
	atomic_init(&worker->top, 0);
	atomic_init(&worker->asleep, 0);
	worker->monitor = (leat_monitor)LEAT_MONITOR;
}

/* Make a pool whose threads are not started yet. */
static struct leat_forkjoin *forkjoin_new(size_t threads)
{
	size_t most = (SIZE_MAX / 2 - sizeof(struct leat_forkjoin)) / sizeof(struct forkjoin_worker);
	struct leat_forkjoin *pool = threads <= most ? malloc(sizeof *pool + threads * sizeof *pool->workers) : NULL;

	if (!pool) {
		errno = ENOMEM;
		return NULL;
	}
	*pool = (struct leat_forkjoin){ .count = threads };
	for (size_t i = 0; i < threads; i++)
		forkjoin_init_worker(&pool->workers[i], pool, (unsigned)i);
	return pool;
}

leat_forkjoin *leat_forkjoin_make_at_(size_t threads, const char *where)
{
	struct leat_forkjoin *pool = forkjoin_new(threads ? threads : leat_cpus());
	int error;

	while (pool && pool->threads < pool->count &&
	       leat_go_as_("forkjoin", forkjoin_main, &pool->workers[pool->threads], where) > 0)
		pool->threads++; /* without the monitor: the threads use it only when they end */
	if (!pool || pool->threads == pool->count)
		return pool;
	error = errno;
	leat_forkjoin_drop(pool);
	errno = error;
	return NULL;
}

leat_forkjoin *(leat_forkjoin_make)(size_t threads)
{
	return leat_forkjoin_make_at_(threads, NULL);
}

void leat_forkjoin_drop(leat_forkjoin *pool)
{
	if (!pool)
		return;
	atomic_store(&pool->ended, 1);
	for (size_t i = 0; i < pool->count; i++)
		(void)forkjoin_wake(&pool->workers[i], FORKJOIN_FOR_RUN);
	leat_monitor_enter(&pool->monitor);
	while (pool->threads)
		(void)leat_monitor_wait(&pool->monitor, pool, LEAT_NIL, LEAT_NEVER);
	leat_monitor_leave(&pool->monitor);
	free(pool);
}
