/* SPDX-License-Identifier: 0BSD
 *
 * threads.h - functions in threads of their own: started, counted, waited for.
 *
 * A STARTED FUNCTION is one that leat runs in a thread of its own: by leat_go, as the body of a stage, or by another
 * call. When it has returned, its thread is kept for a second, for the next function.
 *
 * WHAT IT FINDS. A started function has the signal mask of the thread that started it, as after pthread_create. So
 * programs that it starts have no signal blocked that its own program has not blocked. leat blocks signals only in
 * threads without a function. Cancellation is enabled and deferred. The name of the thread is that of the stage, or the
 * first 15 bytes of the function's name as the call has it, such as leat_go(worker, &shared).
 *
 * A function may change the affinity, the scheduling, the locale or the floating-point control of its thread. leat then
 * ends this thread, and the next function has another one. Other things stay for the next function: thread-local
 * variables, the values of pthread_setspecific, an alternate signal stack, and whatever else the system keeps for each
 * thread. A function that leaves by pthread_exit leaves nothing behind.
 *
 * HOW TO KEEP SIGNALS OUT OF STAGES. Block them with pthread_sigmask, start the stages, and unblock them. Then only the
 * other threads take them. For a signal as a value of a stream see leat_signals, which needs a thread that does not
 * block the signal.
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

/* int leat_go_copy(fn, p): as leat_go, but fn gets the address of a copy of *p. So *p may change or end as soon as the
 * call returns, such as the variable of a loop. The copy is freed when fn has returned or has left by pthread_exit. fn
 * then owns what *p owned.
 *   returns   1. -1 with EAGAIN or ENOMEM: nothing was started, and what *p owns is still yours. -1 with EINVAL: fn or p
 *             is NULL */

/* The number of started functions that have not returned yet. In the child of a fork: 1 if a started function called
 * fork, else 0. */
size_t leat_live(void);

/* Wait until no started function runs. Then everything that they wrote to memory is visible.
 *   returns   1. -1 with ETIMEDOUT, EAGAIN, or EDEADLK when a started function calls it */
int leat_wait_all(leat_time t);

/* Set the size of the stack of threads that are started from now on, in bytes; 256 KiB at first. Only the part that is
 * used takes memory. The thread-local data of the program does not count: its room is added.
 *   returns   1. -1 with EINVAL when the system refuses the size */
int leat_stack_size(size_t bytes);

/* How many bytes of its stack the calling thread has ever used, in whole pages. Functions that ran in the same thread
 * before count too: a thread with a stack size of its own (see leat_traits) has run none. libc may keep some 20 KiB of
 * the stack of an earlier thread, which then count as well. Pages that are not in memory do not count, such as swapped
 * ones. After mlockall all count.
 *   returns   0 where the system does not tell, and in threads that leat has not started */
size_t leat_stack_used(void);

/* Traits of a thread. A member that is 0 or NULL leaves that as it is without traits.
 *
 *     leat_traits quiet = { .name = "quiet", .nice = 10 };
 *     const leat_traits *former = leat_start_with(&quiet);
 *     leat_rx squares = leat_map(done, in, int, square, NULL);
 *     (void)leat_start_with(former);
 */
typedef struct leat_traits {
	const char *name;       /* instead of that of the stage or function; copied, and 15 bytes of it are shown */
	size_t stack;           /* bytes of its stack, instead of what leat_stack_size says */
	int nice;               /* is added to the nice value of the starting thread, as nice(2) does. Linux only */
	const int *cpus;        /* the processors that it may run on, counted from 0, ... Linux only */
	size_t cpu_count;       /* ... and the number of them */
} leat_traits;

/* Give these traits to all threads that the calling thread starts from now on, also in the constructor of a stage. NULL:
 * give none, as at the beginning and after the end of each started function. Threads that such a thread starts have
 * the same processors and nice value, because the system passes them on. The thread that reads all signals
 * (leat_signals) and the one that starts hedged replicas (leat_replicate) serve all callers. So they have no traits, and
 * neither have these replicas.
 *   returns   the former traits, for the next call
 *   traits    must stay valid and unchanged until the next call, or until the started function that calls this ends
 *   errors    of the start, if the system refuses a trait. EINVAL: the size of the stack; a processor that is not there
 *             or not allowed. EACCES: no right to a negative nice value. ENOTSUP: it is not Linux */
const leat_traits *leat_start_with(const leat_traits *traits);

/* End the threads and free the memory that are kept for reuse. Wait until these threads have ended, and until all
 * threads have ended whose function left by pthread_exit. So after leat_wait_all and leat_trim no thread of leat is
 * left. A destructor of a thread's key (see pthread_key_create) that calls this does not wait for threads that have
 * begun to end. */
void leat_trim(void);

/* ---- private ------------------------------------------------------------------------------------- */

/* Like leat_go, but gives the thread a name, which ends before a comma, and notes the place of the call. */
int leat_go_as_(const char *name, void (*fn)(void *), void *arg, const char *where);

/* The same for a thread that serves all callers: it has no traits, whatever its first caller has given with
 * leat_start_with. */
int leat_go_for_all_(const char *name, void (*fn)(void *), void *arg, const char *where);

int leat_go_copy_as_(const char *name, void (*fn)(void *), const void *value, size_t size, const char *where);

#define leat_go(...) leat_go_as_(#__VA_ARGS__, __VA_ARGS__, LEAT_HERE_)
#define leat_go_copy(fn, ...) leat_go_copy_as_(#fn, (fn), (__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_HERE_)

/* Have `forget` called in the child of each later fork. Call this before the first thread takes a lock that `forget`
 * frees, and without a lock. *prepared is 0 at first. Two threads may both register `forget`, so its second run must
 * find nothing to do. Returns 0; or ENOMEM, and then the next call tries again. */
int leat_prepare_fork_(leat_byte_ *prepared, void (*forget)(void));

#ifdef __cplusplus
}
#endif
#endif
