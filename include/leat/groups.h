/* SPDX-License-Identifier: 0BSD
 *
 * groups.h - functions that run at the same time.
 */
#ifndef LEAT_GROUPS_H
#define LEAT_GROUPS_H

#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- waitgroup.c -------------------------------------------------------------------------------- */

/* A wait group: waits until as many have called leat_waitgroup_done as were added. Add before you start what will be
 * done. Below zero is a panic. It can be used again as soon as leat_waitgroup_wait has returned, also by somebody else
 * than all who waited. */
typedef struct leat_waitgroup { leat_monitor monitor_; long count_; } leat_waitgroup;

/* void leat_waitgroup_add(group, n), leat_waitgroup_done(group) */
int leat_waitgroup_wait(leat_waitgroup *group, leat_time t);

/* Add 1, run fn(arg) in a thread of its own, then done, also when it leaves by pthread_exit: 1; -1 as leat_go. */
int leat_waitgroup_go(leat_waitgroup *group, void (*fn)(void *arg), void *arg);

/* ---- errgroup.c --------------------------------------------------------------------------------- */

/* An error group: functions in threads of their own, of which the first that fails cancels the others. Its done,
 * borrowed, is over with the first error as its cause, or when `done`, borrowed, is; fn(done, arg) gets it and
 * returns 0 or -errno (-EIO, not EIO: what is not negative is no error). A thread that leaves by pthread_exit failed
 * with EOWNERDEAD.
 *   go        blocks while as many run as the limit allows (0: for ever); starts fn also when done is over. 1; -1
 *             with EAGAIN or ENOMEM when no thread is to be had, which the group does not count as its error
 *   try_go    -1 and EAGAIN instead of blocking
 *   limit     n < 0: none, as in the beginning. 1; -1 with EBUSY while functions run
 *             go and try_go are for who will call wait, before that, and for the group's functions
 *   wait      returns when all functions have: 0 or the first error (done's own cause, or ECANCELED, when that
 *             ended it and a function failed for it). Ends the group, and its done, with ECANCELED where there was
 *             no error */
typedef struct leat_errgroup leat_errgroup;
typedef int leat_errgroup_fn(leat_rx done, void *arg);

leat_errgroup *leat_errgroup_make(leat_rx done);                      /* NULL: ENOMEM, EAGAIN */
leat_rx leat_errgroup_done(leat_errgroup *group);
int leat_errgroup_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg);
int leat_errgroup_try_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg);
int leat_errgroup_set_limit(leat_errgroup *group, long n);
int leat_errgroup_wait(leat_errgroup *group);

/* ---- forkjoin.c --------------------------------------------------------------------------------- */

/* Fork and join on a fixed set of threads, for computations that split: fib(30) makes a million forks and no thread.
 * Each thread has a deque: fork pushes on its own, join works on other tasks until its own is done, and who has nothing
 * steals the oldest of another (Blumofe and Leiserson 1999; the deque is Chase and Lev's, 2005). A leat_fork is a
 * struct of yours, on the stack of whoever joins it.
 *   run       fn(arg) in one of the threads; waits for it. From several threads at once
 *   fork      lets others see fn(arg). Where 1024 of this thread's forks wait to be begun, it calls fn itself, at once
 *   fork, join   inside run alone, else a panic. Whoever forks joins, every fork, the last one first, before it
 *             returns: a fork that is not joined is not seen, and works on a stack that is gone
 *   tasks     return; one that leaves by pthread_exit is a panic, as others may be at work for what lies on its stack.
 *             They may block, but not until another task has done something: that may have to wait for their thread
 *   stack     a stalled join runs what it finds: up to eight times that of a run in one thread (leat_stack_size)
 * The threads count as started functions, leat_live, until the pool is dropped. */
typedef struct leat_forkjoin leat_forkjoin;
typedef struct leat_fork { void (*fn_)(void *arg); void *arg_; leat_word_ state_; } leat_fork;

leat_forkjoin *leat_forkjoin_make(size_t threads);     /* 0: leat_cpus(). NULL: ENOMEM, EAGAIN */
/* 1; -1 and EINVAL; EDEADLK from inside a run of the same pool. */
int leat_forkjoin_run(leat_forkjoin *pool, void (*fn)(void *arg), void *arg);
void leat_forkjoin_fork(leat_fork *fork, void (*fn)(void *arg), void *arg);
void leat_forkjoin_join(leat_fork *fork);
void leat_forkjoin_drop(leat_forkjoin *pool);          /* after all runs; joins the threads */

/* ---- private: waitgroup.c ----------------------------------------------------------------------- */

void leat_waitgroup_add_(leat_waitgroup *group, long n, const char *where);

#define leat_waitgroup_add(group, ...) leat_waitgroup_add_((group), (__VA_ARGS__), LEAT_HERE_)
#define leat_waitgroup_done(...) leat_waitgroup_add_((__VA_ARGS__), -1, LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
