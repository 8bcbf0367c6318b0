/* SPDX-License-Identifier: 0BSD
 *
 * groups.h - functions that run at the same time, and a caller that waits for all of them.
 *
 *  - A wait group counts what was begun and is not done yet.
 *  - An error group runs functions in threads of their own. The first one that fails cancels the others.
 *  - Fork and join runs a computation that splits into many small tasks, on a fixed set of threads.
 */
#ifndef LEAT_GROUPS_H
#define LEAT_GROUPS_H

#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- waitgroup.c --------------------------------------------------------------------------------- */

/* A wait group: a counter, and threads that wait until it is 0. It is a struct of yours, ready when zeroed. It must not
 * be copied or freed while it is in use, and need not be destroyed.
 *
 * void leat_waitgroup_add(group, n): add n. Call it before you start the work that is counted.
 * void leat_waitgroup_done(group): subtract 1. A counter below 0 is a panic. */
typedef struct leat_waitgroup { leat_monitor monitor_; long count_; } leat_waitgroup;

/* Wait until the counter is 0. As soon as one call has returned, the group can be used again, also while other threads
 * still return from theirs. When all calls have returned 1, it may be freed, or go out of scope: the last
 * leat_waitgroup_done no longer touches it.
 *   returns   1. -1 with ETIMEDOUT or EAGAIN */
int leat_waitgroup_wait(leat_waitgroup *group, leat_time t);

/* Add 1, run fn(arg) in a thread of its own, and subtract 1 when it has returned or left by pthread_exit.
 *   returns   1. -1 with EAGAIN, ENOMEM or EINVAL, as leat_go
 *   arg       must stay valid for as long as fn uses it */
int leat_waitgroup_go(leat_waitgroup *group, void (*fn)(void *arg), void *arg);

/* ---- errgroup.c ---------------------------------------------------------------------------------- */

/* An error group. Its functions get the `done` of the group. It is over as soon as one of them has failed, with that
 * error as its cause. It is also over when the `done` that the group was made with has come.
 *
 * fn(done, arg) returns 0 or -errno. A result that is not negative, such as EIO, is no failure. A function that ends
 * because of `done` returns -ECANCELED: the cause of `done` may be 0, which is no failure. A function that leaves by
 * pthread_exit has failed with EOWNERDEAD. */
typedef struct leat_errgroup leat_errgroup;
typedef int leat_errgroup_fn(leat_rx done, void *arg);

/* Make a group without functions. It borrows `done`, such as that of a context, and needs no thread to watch it.
 *   returns   the group. NULL with ENOMEM */
leat_errgroup *leat_errgroup_make(leat_rx done);

/* The `done` that its functions get: borrowed, and valid until leat_errgroup_wait. */
leat_rx leat_errgroup_done(leat_errgroup *group);

/* Run fn(done, arg) in a thread of its own, also when `done` is over already.
 *   blocks    leat_errgroup_go: while as many functions run as the limit allows; for ever if the limit is 0
 *   returns   1. -1 with EAGAIN or ENOMEM: no thread, which does not count as the group's error. -1 with EINVAL: fn is
 *             NULL. leat_errgroup_try_go: -1 with EAGAIN when the limit is reached
 *   threads   call it from the thread that will later call leat_errgroup_wait, or from the group's functions
 *   arg       must stay valid until fn has returned, which is at most until leat_errgroup_wait returns */
int leat_errgroup_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg);
int leat_errgroup_try_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg);

/* Let at most n functions run at once; n negative: any number, as at first.
 *   returns   1. -1 with EBUSY while functions run */
int leat_errgroup_set_limit(leat_errgroup *group, long n);

/* From now on a failure does not cancel the other functions, so all of them come to their own end. Only the `done` that
 * the group was made with cancels them.
 *   returns   1. -1 with EBUSY while functions run */
int leat_errgroup_keep_going(leat_errgroup *group);

/* Wait until all functions have returned, and end the group. If the `done` of the group is not over yet, it is over
 * now, with ECANCELED.
 *   returns   0: no function failed. Else the first error, as a positive errno value. If the `done` that the group was
 *             made with came before a function failed: its cause, or ECANCELED if it has none
 *   threads   call it once, when no other thread uses the group */
int leat_errgroup_wait(leat_errgroup *group);

/* leat_errgroup_wait that also lists the functions that failed, in the order in which they did, with their errors and
 * their `arg`. Functions that failed because they were cancelled are listed too. *count is the number of places of
 * failures[] before the call. After it, it is the number of functions that failed, which may be more.
 *   returns   as leat_errgroup_wait. EINVAL: `count` is NULL, and the group is as it was */
typedef struct leat_errgroup_failure { int error; void *arg; } leat_errgroup_failure;

int leat_errgroup_wait_all(leat_errgroup *group, leat_errgroup_failure *failures, size_t *count);

/* ---- cpus.c ------------------------------------------------------------------------------------- */

/* The number of processors that this process may use: its affinity mask and the quota of its control group, rounded
 * up. At least 1. */
size_t leat_cpus(void);

/* ---- forkjoin.c ---------------------------------------------------------------------------------- */

/* Fork and join, on a fixed set of threads: for computations that split. fib(30) makes a million forks and starts no
 * thread. Each thread has a deque of tasks. It pushes its forks there and takes the newest one back. An idle thread
 * steals the oldest task of another thread (Blumofe and Leiserson 1999, with the deque of Chase and Lev 2005).
 *
 * A leat_fork is a struct of yours, on the stack of the function that joins it. The rules for tasks:
 *  - A task may block, but it must not wait for another task to do something: that one may need the same thread.
 *  - A task that leaves by pthread_exit is a panic, because other threads may write to its stack.
 *  - A join runs other tasks while it waits. So the stack needs up to eight times the room of a run in one thread
 *    (leat_stack_size). */
typedef struct leat_forkjoin leat_forkjoin;
typedef struct leat_fork { void (*fn_)(void *arg); void *arg_; leat_word_ state_; } leat_fork;

/* Start the threads; 0 means leat_cpus(). They count as started functions (leat_live) until the pool is dropped.
 *   returns   NULL with ENOMEM or EAGAIN */
leat_forkjoin *leat_forkjoin_make(size_t threads);

/* Call fn(arg) in one of the threads, and wait until it has returned.
 *   returns   1. -1 with EINVAL, or EDEADLK from inside a run of the same pool
 *   threads   several may call at once
 *   arg       must outlive this call */
int leat_forkjoin_run(leat_forkjoin *pool, void (*fn)(void *arg), void *arg);

/* leat_forkjoin_fork: let another thread call fn(arg). If 1024 forks of this thread have not begun yet, it calls fn at
 * once, itself.
 * leat_forkjoin_join: wait until that call has returned, and work on other tasks meanwhile.
 *
 * Outside a run both are a panic. A function must join all its forks, the last one first, before it returns. A fork
 * that is not joined writes to a stack that is gone, and no error reports it.
 *   arg       must stay valid until the join has returned */
void leat_forkjoin_fork(leat_fork *fork, void (*fn)(void *arg), void *arg);
void leat_forkjoin_join(leat_fork *fork);

/* End the threads and wait for them, after all runs have returned. */
void leat_forkjoin_drop(leat_forkjoin *pool);

/* ---- private: waitgroup.c ------------------------------------------------------------------------ */

void leat_waitgroup_add_(leat_waitgroup *group, long n, const char *where);
int leat_waitgroup_go_as_(const char *name, leat_waitgroup *group, void (*fn)(void *arg), void *arg, const char *where);

#define leat_waitgroup_add(group, ...) leat_waitgroup_add_((group), (__VA_ARGS__), LEAT_HERE_)
#define leat_waitgroup_done(...) leat_waitgroup_add_((__VA_ARGS__), -1, LEAT_HERE_)
#define leat_waitgroup_go(group, ...) leat_waitgroup_go_as_(#__VA_ARGS__, (group), __VA_ARGS__, LEAT_HERE_)

/* ---- private: errgroup.c ------------------------------------------------------------------------- */

int leat_errgroup_go_by_(const char *name, leat_errgroup *group, leat_errgroup_fn *fn, void *arg, leat_time t,
                         const char *where);

static inline leat_errgroup *leat_placed_errgroup_(leat_errgroup *group, const char *where)
{
	(void)leat_placed_(leat_errgroup_done(group), where);
	return group;
}

#define leat_errgroup_make(...) leat_placed_errgroup_((leat_errgroup_make)(__VA_ARGS__), LEAT_HERE_)
#define leat_errgroup_go(group, ...) \
	leat_errgroup_go_by_(#__VA_ARGS__, (group), __VA_ARGS__, LEAT_NEVER, LEAT_HERE_)
#define leat_errgroup_try_go(group, ...) \
	leat_errgroup_go_by_(#__VA_ARGS__, (group), __VA_ARGS__, LEAT_NOW, LEAT_HERE_)

/* ---- private: forkjoin.c ------------------------------------------------------------------------- */

leat_forkjoin *leat_forkjoin_make_at_(size_t threads, const char *where);

#define leat_forkjoin_make(...) leat_forkjoin_make_at_(__VA_ARGS__, LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
