/* SPDX-License-Identifier: 0BSD
 *
 * select.h - waiting for several channels: one case that can proceed is chosen and done.
 *
 *     enum { DONE, IN, OUT };
 *     leat_case cases[] = { [DONE] = LEAT_READY(done), [IN] = LEAT_RECV(in, &v), [OUT] = LEAT_SEND(out, &w) };
 *     switch (leat_select(cases, leat_in(LEAT_MS(20)))) {
 *     case DONE: return;
 *     case IN:   if (!cases[IN].ok) ...
 *                break;
 *     default:   ...
 *     }
 */
#ifndef LEAT_SELECT_H
#define LEAT_SELECT_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* One operation of a select. These macros make a case:
 *   LEAT_SEND(tx, v), LEAT_SEND_SIZED(tx, p, size)    send *v
 *   LEAT_RECV(rx, v), LEAT_RECV_SIZED(rx, p, size)    receive into *v
 *   LEAT_SIGNAL(tx)                                   send a unit
 *   LEAT_WAIT(rx)                                     receive a value of any type, and release it
 *   LEAT_READY(rx)                                    wait until a receive would not block, and receive nothing: ok is
 *                                                     1 if there is a value, 0 if the stream is over
 *   LEAT_GONE(tx)                                     wait as leat_wait_gone: ok is then 0
 *
 * A zeroed case is off, and so is one with a nil handle: it is never chosen. A case borrows its handle. Its variable is
 * read or written only during the select, and must be valid then. */
typedef struct leat_case {
	struct leat_channel *ch;
	int ok;                           /* of the chosen case: 1: a value was passed, 0: the other side is gone */
	/* private: */
	int kind_;
	void *into_;                      /* where to receive; NULL: discard */
	const void *from_;                /* what to send */
	size_t size_;
	size_t count_, moved_;            /* how many values to pass, how many were passed */
	const char *where_;
	struct leat_wait *wait_;          /* of the select, while the case is in its channel's queue */
	struct leat_case *next_, *prev_;  /* in its channel's queue */
	size_t visit_, rank_;             /* permutations of the cases: order of visits, order of addresses */
	uint64_t *counter_, number_;      /* counts received values; its value before this one */
} leat_case;

/* int leat_select(cases, t): wait until one of the cases can proceed, and do that one. `cases` is an array; a pointer
 * does not compile. Every ready case has the same chance.
 * int leat_select_n(cases, n, t): the same for a pointer to n cases.
 * int leat_select_first(cases, t), int leat_select_first_n(cases, n, t): the earliest ready case is chosen. A case that
 * becomes ready during the call may lose to a later one.
 *   blocks    until a case is ready or t has passed. Without any case that is on, and with t LEAT_NEVER: for ever
 *   returns   the index of the chosen case. Its ok is set, and that of all other cases is 0, also after -1. A receive
 *             with ok 0 has zeroed its variable. -1 with ETIMEDOUT, EAGAIN (t is LEAT_NOW), ENOMEM (see leat_wait), or
 *             EINVAL (more cases than an int can count)
 *   threads   the array belongs to the call until it returns. Then it can be used again, with new values in its
 *             variables
 *
 * LEAT_READY takes nothing, so all threads that wait for one stream in this way are woken by one value. It shows that a
 * receive would not have blocked at one moment of the call. Another thread may have taken the value since, so receive
 * with leat_recv_by(rx, v, LEAT_NOW) if several threads receive.
 *
 * A channel may stand in several cases, and with both ends: a select never passes a value to itself. A select allocates
 * nothing, for any number of cases. */

/* ---- event loops --------------------------------------------------------------------------------- */

/* int leat_fd(rx): a descriptor that is readable while a receive would not block: there is a value, a sender waits with
 * one, or the stream is over. It is for the poll(2), epoll or event loop of a thread that must also wait for other
 * things. When it is readable, receive with leat_recv_by(rx, &v, LEAT_NOW), which returns -1 with EAGAIN if another
 * thread was faster. Only receives make it unreadable again: do not read it yourself.
 * int leat_fd(tx): the same for a send. It is readable while a send would not block.
 *
 * The first call for an end makes the descriptor, and later ones return it again. It is ready for epoll with or without
 * EPOLLET. On Linux it is an eventfd, elsewhere the end of a pipe. From then on, each call on the channel locks all of
 * it, and each change between "would block" and "would not block" is a system call: about 1 us. Other channels cost
 * nothing. With capacity 0, two threads that both wait for descriptors never meet. One of them must send or receive.
 *   returns   the descriptor. -1 with EINVAL: nil, or a stream of leat/time.h (an event loop has timers of its own).
 *             EMFILE, ENFILE, ENOMEM. Where leat_never_started: the cause, or ENODATA if there is none
 *   handles   borrows its handle. The channel owns the descriptor, and closes it when the last handles of both ends are
 *             dropped. So take it out of your event loop before you drop your handle */

/* ---- private ------------------------------------------------------------------------------------- */

enum {
	LEAT_CASE_OFF_, LEAT_CASE_SEND_, LEAT_CASE_RECV_, LEAT_CASE_READY_, LEAT_CASE_GONE_, LEAT_CASE_OVER_,
	LEAT_CASE_ALONE_
};

/* `how` is the size of a leat_case where the call was compiled, plus 1 if the cases are visited in order. A program that
 * was compiled with the header of another version would have its stack overwritten. It ends at the call instead. */
#define LEAT_IN_ANY_ORDER_ sizeof(leat_case)
#define LEAT_IN_ORDER_ (sizeof(leat_case) + 1)

int leat_select_at_(leat_case *cases, size_t n, leat_time t, size_t how);
int leat_fd_rx_(leat_rx rx);
int leat_fd_tx_(leat_tx tx);
int leat_fd_over_(leat_tx tx); /* readable when nobody is left to receive, or a cause was left */

static inline leat_case leat_case_(int kind, struct leat_channel *ch, void *into, const void *from, size_t size,
                                   const char *where)
{
	leat_case c = { ch, 0, kind, into, from, size, 1, 0, where, LEAT_NULL_, LEAT_NULL_, LEAT_NULL_, 0, 0,
	                LEAT_NULL_, 0 };
	return c;
}
static inline leat_case leat_case_send_(leat_tx tx, const void *from, size_t size, const char *where)
{
	return leat_case_(LEAT_CASE_SEND_, tx.ch, LEAT_NULL_, from, size, where);
}
static inline leat_case leat_case_recv_(leat_rx rx, void *into, size_t size, const char *where)
{
	return leat_case_(LEAT_CASE_RECV_, rx.ch, into, LEAT_NULL_, size, where);
}
static inline leat_case leat_case_ready_(leat_rx rx, const char *where)
{
	return leat_case_(LEAT_CASE_READY_, rx.ch, LEAT_NULL_, LEAT_NULL_, 0, where);
}
static inline leat_case leat_case_gone_(leat_tx tx, const char *where)
{
	return leat_case_(LEAT_CASE_GONE_, tx.ch, LEAT_NULL_, LEAT_NULL_, 0, where);
}

/* The pointer travels in a struct: if gcc sees a plain pointer to const, it assumes that the value is read at once, and
 * warns of a variable that is set later. */
typedef struct { const void *value; } leat_from_;
static inline leat_case leat_case_from_(leat_tx tx, leat_from_ from, size_t size, const char *where)
{
	return leat_case_send_(tx, from.value, size, where);
}
#ifdef __cplusplus
#define LEAT_FROM_(...) (leat_from_{ (__VA_ARGS__) })
#else
#define LEAT_FROM_(...) ((leat_from_){ (__VA_ARGS__) })
#endif

#define LEAT_SEND(tx, ...) leat_case_from_((tx), LEAT_FROM_(__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_HERE_)
#define LEAT_RECV(rx, ...) leat_case_recv_((rx), (__VA_ARGS__), LEAT_SIZE_AT_(__VA_ARGS__), LEAT_HERE_)
#define LEAT_SEND_SIZED(tx, p, ...) leat_case_from_((tx), LEAT_FROM_(p), (__VA_ARGS__), LEAT_HERE_)
#define LEAT_RECV_SIZED(rx, p, ...) leat_case_recv_((rx), (p), (__VA_ARGS__), LEAT_HERE_)
#define LEAT_SIGNAL(...) leat_case_send_((__VA_ARGS__), LEAT_NULL_, 0, LEAT_HERE_)
#define LEAT_WAIT(...) leat_case_recv_((__VA_ARGS__), LEAT_NULL_, 0, LEAT_HERE_)
#define LEAT_READY(...) leat_case_ready_((__VA_ARGS__), LEAT_HERE_)
#define LEAT_GONE(...) leat_case_gone_((__VA_ARGS__), LEAT_HERE_)

#define leat_select_n(cases, n, ...) leat_select_at_((cases), LEAT_SIZE_(n), (__VA_ARGS__), LEAT_IN_ANY_ORDER_)
#define leat_select_first_n(cases, n, ...) leat_select_at_((cases), LEAT_SIZE_(n), (__VA_ARGS__), LEAT_IN_ORDER_)

/* follow.c: make a channel of units that is also closed when `done` comes: with done's cause, or ECANCELED if it has
 * none. If `done` is nil or has come, *follower is NULL; else end it by leat_unfollow_. The channel and the follower
 * may end in any order. On failure the channel has never started. */
typedef struct leat_follower_ leat_follower_;

leat_chan leat_make_follower_(leat_rx done, leat_follower_ **follower);
void leat_unfollow_(leat_follower_ *follower);

#ifndef __cplusplus

/* The number of cases in an array. A pointer does not compile: char[-1]. */
#define LEAT_COUNT_(cases) \
	(sizeof(cases) / sizeof(leat_case) * sizeof(char[_Generic(&(cases), leat_case **: -1, default: 1)]))
#define leat_select(cases, ...) leat_select_at_((cases), LEAT_COUNT_(cases), (__VA_ARGS__), LEAT_IN_ANY_ORDER_)
#define leat_select_first(cases, ...) leat_select_at_((cases), LEAT_COUNT_(cases), (__VA_ARGS__), LEAT_IN_ORDER_)
#define leat_fd(...) _Generic((__VA_ARGS__), leat_rx: leat_fd_rx_, leat_tx: leat_fd_tx_)(__VA_ARGS__)

#else
} /* extern "C" */

template <size_t N> int leat_select(leat_case (&cases)[N], leat_time t)
{
	return leat_select_at_(cases, N, t, LEAT_IN_ANY_ORDER_);
}
template <size_t N> int leat_select_first(leat_case (&cases)[N], leat_time t)
{
	return leat_select_at_(cases, N, t, LEAT_IN_ORDER_);
}
inline int leat_fd(leat_rx rx) { return leat_fd_rx_(rx); }
inline int leat_fd(leat_tx tx) { return leat_fd_tx_(tx); }

#endif
#endif
