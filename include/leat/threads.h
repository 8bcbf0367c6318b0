/* SPDX-License-Identifier: 0BSD
 *
 * threads.h - functions in threads of their own: started, counted, waited for.
 *
 * A STARTED FUNCTION is one that leat runs in a thread of its own: by leat_go, as the body of a stage, or by another
 * call. It has all signals blocked but SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS and SIGPROF. When it has
 * returned, its thread is kept for a second, for the next function.
 */
#ifndef LEAT_THREADS_H
#define LEAT_THREADS_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Run fn(arg) in a thread of its own. fn may leave by pthread_exit.
 *   returns   1. -1 with EAGAIN or ENOMEM: no thread. -1 with EINVAL: fn is NULL
 *   arg       must stay valid for as long as fn uses it */
int leat_go(void (*fn)(void *), void *arg);

/* The number of started functions that have not returned yet. In the child of a fork: 1 if a started function called
 * fork, else 0. */
size_t leat_live(void);

/* Wait until no started function runs. Then everything that they wrote to memory is visible.
 *   returns   1; -1 with ETIMEDOUT, EAGAIN, or EDEADLK when a started function calls it */
int leat_wait_all(leat_time t);

/* Set the size of the stack of threads that are started from now on, in bytes; 256 KiB at first. Only the part that is
 * used takes memory.
 *   returns   1; -1 and EINVAL when the system refuses the size */
int leat_stack_size(size_t bytes);

/* End the threads that are kept for reuse, and wait until they have ended. */
void leat_trim(void);

#ifdef __cplusplus
}
#endif
#endif
