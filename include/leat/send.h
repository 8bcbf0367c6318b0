/* SPDX-License-Identifier: 0BSD
 *
 * send.h - sending and receiving: one value or many, with a deadline, with `done`.
 *
 *     for (int n; leat_recv(in, &n) > 0;)
 *             if (leat_send(out, &n) <= 0)
 *                     break;
 *
 * These rules hold for all of the calls:
 *  - They borrow their handles. Any number of threads may call at once.
 *  - The values of one sender arrive in the order in which it sent them. A receiver sees everything that the sender
 *    wrote to memory before it sent.
 *  - They are macros that pass the size of *v on. An element of the wrong size is a panic (leat_on_panic) before any
 *    memory is touched. So is a dropped handle, if leat can detect it.
 *  - The last argument may contain commas: leat_send(tx, &(struct point){ 1, 2 }). Put such an argument in parentheses
 *    where another one follows it.
 *  - A nil handle blocks until the deadline, or for ever where there is none.
 *  - When a call returns -1, *v is as it was.
 */
#ifndef LEAT_SEND_H
#define LEAT_SEND_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- one value ----------------------------------------------------------------------------------- */

/* int leat_send(tx, v): send *v.
 *   blocks    until there is room for it, a waiting receiver takes it, the channel is closed, or nobody is left to
 *             receive. A channel of capacity 0 never has room
 *   returns   1: sent, and what *v owns is no longer yours. 0: the channel is over, and *v is still yours */

/* int leat_recv(rx, v): receive the next value into *v.
 *   blocks    until a value arrives, or the stream is over
 *   returns   1: *v is yours. 0: the stream is over, *v is zeroed, and leat_cause(rx) says why */

/* int leat_send_by(tx, v, t), int leat_recv_by(rx, v, t): send or receive with the deadline t. If it is possible at
 * once, it happens even if t has passed.
 *   returns   as leat_send and leat_recv. -1 with ETIMEDOUT, or with EAGAIN if t is LEAT_NOW */

/* int leat_send_or(tx, v, done), int leat_recv_or(rx, v, done): send or receive, unless `done` comes. If both are
 * possible, `done` wins.
 *   returns   as leat_send and leat_recv. -1 with ECANCELED */

/* int leat_force_send(tx, v): send *v without waiting. If the channel is full, its oldest value is released to make
 * room. Senders that wait already are not overtaken: older values are released until there is room for theirs too.
 *   returns   1: sent. 0: the channel is over. -1 with EAGAIN: the capacity is 0, and no receiver waits. -1 with
 *             ENOMEM: no memory, which a value of more than 512 bytes needs */

/* ---- many values --------------------------------------------------------------------------------- */

/* long leat_send_n(tx, vs, n, t): send the first of the n values at vs, and as many more as there is room for.
 * long leat_recv_n(rx, vs, n, t): receive a value into vs[0], and as many more as are there, up to n. Values of senders
 * that sleep count as there. So with capacity 0 it takes a value from each of them.
 *   blocks    for the first value alone, as leat_send_by and leat_recv_by
 *   returns   the number of values, in their order from vs[0]. 0: over; leat_recv_n has zeroed vs[0]. -1 with
 *             ETIMEDOUT, EAGAIN, or EINVAL: n is 0, or more than an array can have */

/* ---- units, any type, the end -------------------------------------------------------------------- */

/* int leat_signal(tx): send a unit (see leat_make_unit), as leat_send. */

/* int leat_wait(rx), int leat_wait_by(rx, t): receive one value of any type, and release it.
 *   returns   as leat_recv and leat_recv_by. -1 with ENOMEM: no memory, which a value of more than 511 bytes with a
 *             release needs */

/* int leat_wait_ready_by(rx, t): wait until a receive would not block, and receive nothing. This is how a thread
 * watches `done`.
 *   returns   1: there is a value, or a sender waits with one; another thread may take it. 0: the stream is over. -1
 *             with ETIMEDOUT, or with EAGAIN if t is LEAT_NOW */

/* int leat_send_sized(tx, p, size, t), int leat_recv_sized(rx, p, size, t), int leat_force_send_sized(tx, p, size):
 * leat_send_by, leat_recv_by and leat_force_send for a size that is known only at run time. leat_recv_sized with p NULL
 * discards, as leat_wait_by. */

/* Wait until nobody is left to receive, and the values that were queued then have been released. A stage drops its
 * `done` last. So, after leat_drop(done.rx), the call leat_wait_gone(done.tx, t) waits until all stages that were given
 * done.rx have ended.
 *   returns   1. -1 with ETIMEDOUT or EAGAIN */
int leat_wait_gone(leat_tx tx, leat_time t);

/* Wait until `rx` is the only handle of its receiving end. So a caller that keeps its handle of a `done` can wait until
 * all stages that were given this `done` have ended. It works for every stream, also for one of leat_or or leat_after.
 *
 * HOW LIBRARY CODE WAITS FOR WHAT IT STARTED. leat_wait_all is for whole programs: it also waits for the functions of
 * others. Give your stages a `done` of your own, such as leat_or of the caller's and one that you close. At the end
 * close it, drop your outputs, and call leat_wait_alone. With a context: leat_context_wait.
 *   returns   1. -1 with ETIMEDOUT or EAGAIN. -1 with EINVAL where leat_never_started: its handles are not counted */
int leat_wait_alone(leat_rx rx, leat_time t);

/* ---- private ------------------------------------------------------------------------------------- */

int leat_send_at_(leat_tx tx, const void *value, size_t size, leat_time t, const char *where);
int leat_recv_at_(leat_rx rx, void *value, size_t size, leat_time t, const char *where);
int leat_wait_at_(leat_rx rx, leat_time t, const char *where);
int leat_wait_ready_at_(leat_rx rx, leat_time t, const char *where);
int leat_send_or_at_(leat_tx tx, const void *value, size_t size, leat_rx done, const char *where);
int leat_recv_or_at_(leat_rx rx, void *value, size_t size, leat_rx done, const char *where);
long leat_send_n_at_(leat_tx tx, const void *values, size_t size, size_t n, leat_time t, const char *where);
long leat_recv_n_at_(leat_rx rx, void *values, size_t size, size_t n, leat_time t, const char *where);
int leat_force_send_at_(leat_tx tx, const void *value, size_t size, const char *where);

/* As leat_force_send_at_, but *displaced says whether the oldest value was moved to `at`, for the caller to release. */
int leat_displace_at_(leat_tx tx, const void *value, size_t size, void *at, int *displaced, const char *where);

#define leat_send(tx, ...) leat_send_at_((tx), (__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_recv(rx, ...) leat_recv_at_((rx), (__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_send_by(tx, v, ...) leat_send_at_((tx), (v), LEAT_SIZE_AT_(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_by(rx, v, ...) leat_recv_at_((rx), (v), LEAT_SIZE_AT_(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_or(tx, v, ...) leat_send_or_at_((tx), (v), LEAT_SIZE_AT_(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_or(rx, v, ...) leat_recv_or_at_((rx), (v), LEAT_SIZE_AT_(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_n(tx, vs, n, ...) \
	leat_send_n_at_((tx), (vs), LEAT_SIZE_AT_(vs), LEAT_SIZE_(n), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_n(rx, vs, n, ...) \
	leat_recv_n_at_((rx), (vs), LEAT_SIZE_AT_(vs), LEAT_SIZE_(n), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_sized(tx, p, size, ...) leat_send_at_((tx), (p), (size), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_sized(rx, p, size, ...) leat_recv_at_((rx), (p), (size), (__VA_ARGS__), LEAT_HERE_)
#define leat_force_send(tx, ...) leat_force_send_at_((tx), (__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_HERE_)
#define leat_force_send_sized(tx, p, ...) leat_force_send_at_((tx), (p), (__VA_ARGS__), LEAT_HERE_)
#define leat_signal(...) leat_send_at_((__VA_ARGS__), LEAT_NULL_, 0, LEAT_NEVER, LEAT_HERE_)
#define leat_wait(...) leat_wait_at_((__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_wait_by(rx, ...) leat_wait_at_((rx), (__VA_ARGS__), LEAT_HERE_)
#define leat_wait_ready_by(rx, ...) leat_wait_ready_at_((rx), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
