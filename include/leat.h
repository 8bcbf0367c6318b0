/* SPDX-License-Identifier: 0BSD
 *
 * leat.h - Go-style channels, select and pipeline stages on POSIX threads.
 *
 *     #include <leat.h>
 *     #include <stdio.h>
 *
 *     static int square(void *arg, const void *in, void *out)
 *     {
 *             const int *n = in;
 *             (void)arg;
 *             *(int *)out = *n * *n;
 *             return 1;
 *     }
 *
 *     int main(void)
 *     {
 *             leat_chan done = leat_make_unit();
 *             leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3));
 *             leat_rx squares = leat_map(done.rx, numbers, int, square, NULL);
 *
 *             for (int n; leat_recv(squares, &n) > 0;)
 *                     printf("%d\n", n);
 *             leat_drop(squares);
 *             leat_drop(done);
 *             return 0;
 *     }
 *
 * WHO OWNS A HANDLE
 *  1. Whoever gets a handle from a function owns it. leat_drop ends it, leat_dup makes another. Copying the
 *     struct makes no new handle. Threads may share one, but drop it only when none is inside a call on it.
 *  2. A constructor (every function here that takes a stream and returns one, leat_each and leat_drain too)
 *     TAKES the handles passed to it, also when it fails. It borrows `done`. Arrays are borrowed, the handles
 *     in them taken. So nested calls leak nothing.
 *  3. Operations (send, recv, select, len, ...) borrow.
 *  4. The last sending end dropped closes the channel. The last receiving end dropped ends all sends and
 *     releases what is queued. So a stage whose consumer left stops, and the one above it, all the way up.
 *  5. A constructor never returns nil. When it fails it returns a stream that is over and says why; a stage
 *     given such a stream passes it on. Check leat_cause once, at the outermost handle.
 *
 * WHAT A CALL RETURNS
 *   > 0  it happened: 1, or how many for the _n forms
 *     0  the stream is over: closed and drained (recv), closed or nobody left to receive (send)
 *   < 0  not this time: -1 and errno: ETIMEDOUT (the deadline passed), EAGAIN (LEAT_NOW), ECANCELED (done),
 *        EINVAL (nonsense), ENOMEM (no memory to receive into before discarding). What was to be sent is still yours.
 *
 * No call here is a cancellation point, and none may be called from a signal handler. After fork the child
 * has no stages; it may use channels that it makes itself. Names that end in _ are private.
 */
#ifndef LEAT_H
#define LEAT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#include <initializer_list>
extern "C" {
#endif

#define LEAT_VERSION "0.1.0"

/* Private, for the layout of what users hold. C++ never looks inside. */
#ifdef __cplusplus
typedef unsigned char leat_byte_;
typedef unsigned leat_word_;
#define LEAT_NORETURN_ [[noreturn]]
#define LEAT_ALIGNED_(n) alignas(n)
#else
typedef _Atomic unsigned char leat_byte_;
typedef _Atomic unsigned leat_word_;
#define LEAT_NORETURN_ _Noreturn
#define LEAT_ALIGNED_(n) _Alignas(n)
#endif

/* ------------------------------------------------------------------------------------------ types -- */

/* The ends of a channel. {0} is nil: sending and receiving on it block for ever, in a select it switches its
 * case off, as `done` it means: never cancelled, as the input of a stage EINVAL. The member is private. */
typedef struct { struct leat_channel *ch; } leat_tx;          /* the sending end */
typedef struct { struct leat_channel *ch; } leat_rx;          /* the receiving end: all that a stage hands out */
typedef struct { leat_tx tx; leat_rx rx; } leat_chan;         /* both, as leat_make gives them */

/* LEAT_NIL: a nil leat_rx. */

/* What a channel carries: elements of `size` bytes, moved by value. For elements that own something:
 * `release` gives back what one of them owns, `copy` makes *to an independent copy (0 or -errno; only leat_tee
 * and leat_stage_start need it). Both may be NULL; neither is ever called with a lock held, and both must return.
 * Sending gives the value away, receiving makes it yours, discarding releases it.
 * `name` is for messages and must outlive the channel; the rest is copied. */
typedef struct leat_type {
	const char *name;
	size_t size;
	int (*copy)(void *to, const void *from);
	void (*release)(void *value);
} leat_type;

/* LEAT_TYPE(T): the address of a leat_type for plain values of type T. */

extern const leat_type leat_rx_type;      /* leat_rx: duplicated and dropped, so that channels can carry channels */
extern const leat_type leat_tx_type;      /* leat_tx */
extern const leat_type leat_string_type;  /* char * (NULL allowed): strdup and free */

/* Nanoseconds of CLOCK_MONOTONIC. Deadlines are points in time: leat_in(LEAT_MS(500)), not LEAT_MS(500), which is long
 * past; what is called duration, interval, period or span is none: leat_in(...) there would be far too long. */
typedef int64_t leat_time;
#define LEAT_NEVER INT64_MAX              /* as a deadline: wait for as long as it takes */
#define LEAT_NOW INT64_MIN                /* as a deadline: do not wait */

/* ------------------------------------------------------------------------------- make, dup, drop -- */

/* leat_chan leat_make(T, cap): a channel of T with room for cap values; 0 is a rendezvous, where a send
 * returns only once its value was received.
 *   returns   both ends; on failure both are over, and leat_cause says EINVAL (absurd capacity) or ENOMEM */

/* The same for a type known at run time, or one that owns something. */
leat_chan leat_make_of(const leat_type *type, size_t cap);

/* A rendezvous of elements without bytes, for done and other signals. */
leat_chan leat_make_unit(void);

/* leat_dup(h), leat_drop(h): another handle for the same end; the end of a handle. Either takes a leat_tx, a
 * leat_rx or a leat_chan. Nil is left alone. Dropping the last leat_tx closes the channel; dropping the last
 * leat_rx ends all sends, sleeping ones too, and releases what is queued.
 *   threads   not while another thread is inside a call on the same handle. Inside a `release`, what a drop leaves
 *             without a receiver is released when that one has returned */

/* Close the channel: what is queued can still be received, then every receive returns 0. All who wait on
 * it wake; waiting senders keep their value and get 0. `cause` is what leat_cause says afterwards: 0 for a
 * natural end, else an errno value; the first one given stands. The handle is still to be dropped.
 *   returns   1 if this call closed it, also when nobody is left to receive; 0 if it was closed already, has failed, or
 *             its time has come; -1 and EINVAL for nil */
int leat_close(leat_tx tx);
int leat_close_with(leat_tx tx, int cause);

/* int leat_drop_with(tx, cause): drop `tx` and leave a cause: the channel has it from now on, and is closed when
 * its last sending end is dropped. For one of several workers that fails.
 *   returns   1 if this call closed it, 0 if not, -1 and EINVAL for nil */

/* A stream that is over, with `cause` (0 to 255: all errno values; EINVAL for others). Of every element
 * size; needs no memory and never fails. */
leat_rx leat_ended(int cause);

/* ------------------------------------------------------------------------------- send and receive --
 *
 * All of these are macros that pass the size of *v, so that a mistake is told before it can corrupt memory: an
 * element of the wrong size, or a handle already dropped where that can be seen (by leat_drop and leat_dup too),
 * ends the program with a line that names the call (leat_on_panic). v is evaluated once. The last parameter is
 * `...`, so that leat_send(tx, &(struct point){1, 2}) works; put such a literal in parentheses where another
 * argument follows. Any number of threads may call at once; each value goes to exactly one of them. Values of one
 * sender arrive in its order. A receiver sees everything that its sender did before sending.
 *
 * int leat_send(tx, v)             Send *v.
 *   blocks    until a receiver took it or there was room for it; or the channel was closed; or nobody is left to
 *             receive
 *   returns   1: sent, and what *v owns is no longer yours.   0: over, still yours
 *   nil       blocks for ever, as every call here without a deadline
 *
 * int leat_recv(rx, v)             Receive the next value into *v: for (int n; leat_recv(in, &n) > 0;)
 *   blocks    until a value arrives, or the channel is closed and drained
 *   returns   1: *v is yours.   0: the stream is over, *v is zeroed, leat_cause(rx) says why
 *
 * int leat_send_by(tx, v, t)       The same, waiting until t at most, say leat_in(LEAT_MS(500)).
 * int leat_recv_by(rx, v, t)
 *   returns   also -1: ETIMEDOUT, or EAGAIN where t is LEAT_NOW. A deadline that has passed still takes what is ready
 *
 * int leat_send_or(tx, v, done)    The same, unless done is over or has a value: that wins when both are ready.
 * int leat_recv_or(rx, v, done)
 *   returns   also -1 with ECANCELED
 *
 * long leat_send_n(tx, vs, n, t)   Send the first of the n values at vs, and with it as many as there is room for.
 * long leat_recv_n(rx, vs, n, t)   Receive one value, and with it as many as are there, up to n.
 *   blocks    until there is one, as above; never for more
 *   returns   how many, in order from vs[0]; 0 and -1 as above; -1 and EINVAL when n is 0 or absurd
 *
 * int leat_force_send(tx, v)             Send *v at once: where there is no room, the oldest queued value is released to
 * make it.
 *   returns   1; 0: over; -1 with EAGAIN: no room at all, and nobody waits
 *             also ENOMEM, where an element has more than 512 bytes
 *
 * int leat_send_sized(tx, p, size, t), leat_recv_sized(rx, p, size, t), leat_force_send_sized(tx, p, size)
 *                                  For code that knows the size only at run time. p NULL: receive and discard.
 *
 * int leat_signal(tx)              Send a unit.
 * int leat_wait(rx)                Receive whatever comes next, of any type, and discard (release) it.
 * int leat_wait_by(rx, t)
 */

/* Wait until nobody is left to receive: 1; or -1 and ETIMEDOUT (EAGAIN). A stage drops its reference to done
 * last, so after leat_drop(done.rx) this waits for the stages that were given done.rx. */
int leat_wait_gone(leat_tx tx, leat_time t);

/* -------------------------------------------------------------------------------------- inspection --
 * Each takes either end, or both (and looks at the receiving one). What they say may be old news by the time you read
 * it, except that a channel that is closed stays closed.
 *
 * size_t leat_len(h)        how many values are queued
 * size_t leat_cap(h)        how many can be
 * int leat_closed(h)        1 once no more can be sent: closed, no sender left, or no receiver
 * int leat_cause(h)         0, or the errno value left by leat_close_with, leat_drop_with, a failed stage or
 *                           constructor; EINVAL for nil
 * int leat_never_started(h)        1 when it is leat_ended's, or what a constructor returned that failed
 * int leat_is_nil(h)        1 for {0}
 * int leat_same(a, b)       1 when both are ends of one channel
 * leat_type leat_type_of(h) what it carries; of one that failed, and of nil, all zero
 */

/* Call `hook` with the message before the program is aborted for a mistake that would corrupt memory. No lock is
 * held. NULL takes the hook away. */
void leat_on_panic(void (*hook)(const char *message));

/* ------------------------------------------------------------------------------------------ select --
 *
 *     enum { DONE, IN, OUT };
 *     leat_case on[] = { [DONE] = LEAT_WAIT(done), [IN] = LEAT_RECV(in, &v), [OUT] = LEAT_SEND(out, &w) };
 *     switch (leat_select(on, leat_in(LEAT_MS(20)))) {
 *     case DONE: return;
 *     case IN:   if (!on[IN].ok) ...
 *                break;
 *     default:   ...
 *     }
 *
 * LEAT_SEND(tx, v), LEAT_RECV(rx, v), LEAT_SIGNAL(tx), LEAT_WAIT(rx), LEAT_SEND_SIZED(tx, p, size),
 * LEAT_RECV_SIZED(rx, p, size): as the calls of the same name.
 * LEAT_GONE(tx): ready, with ok 0, when nobody is left to receive.
 *
 * int leat_select(on, t)           `on` is an array of leat_case: wait until one of them can proceed and do it.
 * int leat_select_n(on, n, t)      `on` is a pointer to n of them. Among ready cases the choice is uniformly random.
 * int leat_select_first(on, t)
 * int leat_select_first_n(on, n, t)   The earliest ready case is chosen; one that becomes ready during the call
 *                                  may lose to a later one.
 *   blocks    until a case is ready or t has passed; for ever when there is no case or all are off, and t is LEAT_NEVER
 *   returns   the index of the chosen case, whose ok is 1 when a value went over, 0 when the other side is gone
 *             (only this case's ok is set); or -1 with ETIMEDOUT or EAGAIN, or ENOMEM as above
 *   threads   the array belongs to the call until it returns; it can be used again afterwards
 * A zeroed case is off. A channel may stand in several cases, with both ends too: a select never meets itself.
 * Nothing is allocated, whatever the number of cases.
 */
typedef struct leat_case {
	struct leat_channel *ch;
	int ok;
	/* private: */
	int kind_;
	void *into_;                      /* where to receive; NULL: discard */
	const void *from_;                /* what to send */
	size_t size_;
	size_t count_, moved_;            /* values asked for, gone over */
	const char *where_;
	struct leat_wait *wait_;          /* while in its channel's queue: the select it waits for */
	struct leat_case *next_, *prev_;  /* in its channel's queue */
	size_t visit_, rank_;             /* permutations of the cases: to visit, and by address */
	uint64_t *counter_, number_;      /* of values received: where they are counted, how many there were before */
} leat_case;

/* -------------------------------------------------------------------------------------------- time -- */

leat_time leat_now(void);
leat_time leat_in(leat_time duration);    /* the deadline `duration` from now; LEAT_NEVER when that is too far */

/* LEAT_NS(n), LEAT_US(n), LEAT_MS(n), LEAT_S(n): n units as a leat_time. Too large saturates. */

/* Sleep for so long; as all waits here it follows the clock below. To be woken early, leat_wait_by(done,
 * leat_in(d)): -1 and ETIMEDOUT when the time has passed, else done has come. */
void leat_sleep(leat_time duration);

/* A stream that carries nothing and is over, with cause ETIMEDOUT, from `t` on, for everybody: it serves as done.
 * No thread, no timer: the deadline lives in whoever waits. */
leat_rx leat_at(leat_time t);
leat_rx leat_after(leat_time duration);

/* A stream of leat_time: when each tick was due. It keeps one missed tick at most and never ends.
 *   errors    EINVAL when the period is not positive */
leat_rx leat_tick(leat_time period);

/* Both ends of a unit channel that is over at `t`, with this cause (0: ETIMEDOUT), unless it is closed before:
 * leat_at that can be ended early. Nothing can be sent through it. */
leat_chan leat_make_until(leat_time t, int cause);

/* Run fn(arg) in a thread of its own as soon as `when`, which is taken, is over or has a value: leat_after(LEAT_S(1)).
 * *stop, unless stop is NULL, is yours: leat_signal(*stop) gives 1 when it has prevented the call, and 0 when fn has
 * begun. To drop it prevents nothing.
 *   returns   1; -1 with EAGAIN or ENOMEM (then *stop is over), EINVAL for a nil `when` or no fn */
int leat_after_func(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* Nanoseconds since 1970 began, UTC. For people to read: it may jump. */
leat_time leat_utc(void);

/* All time in this library comes from one clock, which a test can drive. leat_clock_fake stops it where it is:
 * leat_now, leat_utc, deadlines and ticks then follow leat_clock_advance. leat_clock_run lets it jump to the next
 * deadline whenever the threads that have called it and all started functions (see leat_live) are asleep in calls on
 * leat: a minute of waiting takes milliseconds. It waits for those threads, so none may end before leat_clock_real,
 * which goes back to the real one. Other threads that wait follow the clock too, but it does not wait for them. A
 * wait that had begun on the real clock looks at the fake one when it has come to its time on the real one. What
 * blocks elsewhere (a leat_signals stream, pthread_join, read) is awake: the clock stands still meanwhile. A fake clock
 * that nobody moves leaves every wait for a time waiting.
 *   returns   leat_clock_fake: 1; -1 and EBUSY while started functions run. leat_clock_run, leat_clock_advance: 1;
 *             -1 and EINVAL when the clock is not fake, or the duration is negative */
int leat_clock_fake(void);
int leat_clock_advance(leat_time duration);
int leat_clock_run(void);
void leat_clock_real(void);

/* ----------------------------------------------------------------------------------------- threads -- */

/* Run fn(arg) in a thread of its own (kept and reused when fn returns). It blocks all signals but SEGV, BUS, FPE,
 * ILL, TRAP, SYS and PROF. fn may end by pthread_exit.
 *   returns   1; -1 and EAGAIN or ENOMEM when no thread is to be had, EINVAL for NULL */
int leat_go(void (*fn)(void *), void *arg);

/* How many functions started by leat_go or as stages still run. In the child of a fork none do, but the one that
 * forked, if so. */
size_t leat_live(void);

/* Wait until none runs; what they wrote is visible then.
 *   returns   1; -1 with ETIMEDOUT (EAGAIN), ENOMEM, or EDEADLK from inside one of them */
int leat_wait_all(leat_time t);

/* Stack of threads started from now on, in bytes (256 KiB if never set). Only what is touched is resident.
 *   returns   1; -1 and EINVAL when the system refuses such a size */
int leat_stack_size(size_t bytes);

/* How many processors this process may use: its affinity mask, and the quota of its control group, rounded up. */
size_t leat_cpus(void);

/* End the idle threads that are kept for reuse (they end by themselves after a second), and wait for that. */
void leat_trim(void);

/* ------------------------------------------------------------------------------------------ stages --
 *
 * Every stage below
 *   - starts its thread (named after it) before it returns, and copies what it is given except `arg`, which must
 *     outlive the stage. That its output is over, or was dropped, does not say that all stages above it have ended:
 *     leat_wait_gone or leat_wait_all do;
 *   - ends when its input does, when done is over or has a value, when its consumer left (leat_drop), or when
 *     its function fails. leat_cause of its output then says, in this order: done's own cause, or ECANCELED;
 *     the input's cause; the negated result of the function. A thread that left by pthread_exit: EOWNERDEAD;
 *   - then drops its input, so that what is upstream stops too, closes its output, and last drops its done;
 *   - gives its output the capacity of its input (leat_fan_in: the largest; sources: 0, see leat_buffer), and its
 *     input's type where no T is named. An _of form takes a `const leat_type *` where the plain one takes a T;
 *   - has one value in work, which is released when the stage is stopped; what is queued in its input stays there. It
 *     takes several at once where it alone receives from a channel with room for more than 8: a quarter of that, at
 *     most 32 values and 1 KiB.
 * Bad arguments give a stream ended with EINVAL; memory or threads that are not to be had ENOMEM or EAGAIN.
 */

/* The functions that users give to stages. They borrow their input, which the stage then releases; *out is the stage's
 * when the result is > 0, else it must own nothing. Failures are negative: return -EINVAL, not EINVAL. Behind the void
 * pointers no size is checked. */
typedef int leat_source_fn(void *arg, void *out);              /* > 0 a value, 0 the end, -errno a failure */
typedef int leat_map_fn(void *arg, const void *in, void *out); /* > 0 emit, 0 skip, -errno a failure */
typedef int leat_filter_fn(void *arg, const void *in);         /* > 0 keep, 0 leave out, -errno a failure */
typedef int leat_each_fn(void *arg, const void *in);           /* >= 0 go on, -errno a failure */
typedef leat_rx leat_stage_fn(leat_rx done, leat_rx in, void *arg);

typedef struct leat_step { leat_map_fn *fn; void *arg; } leat_step;

/* LEAT_VALUES(T, v, ...) stands for three arguments: sizeof(T), the address and the number of the values.
 * LEAT_RXS(a, b, ...) stands for two: the address and the number of the streams.  LEAT_SIGNALS(SIGINT, ...) and
 * LEAT_STEPS({ fn, arg }, ...) too. */

/* Sources. leat_generator(done, LEAT_VALUES(int, 1, 2, 3)): these values. leat_repeat: again and again, for ever.
 * Values are copied before the call returns. At least one. */
leat_rx leat_generator(leat_rx done, size_t size, const void *values, size_t count);
leat_rx leat_repeat(leat_rx done, size_t size, const void *values, size_t count);

/* leat_repeat_fn(done, T, fn, arg): what fn makes, until it says that this was all. */
leat_rx leat_repeat_fn_of(leat_rx done, const leat_type *type, leat_source_fn *fn, void *arg);

/* The first n values (negative: all). After the n-th it is over and drops `in`, without looking for another. */
leat_rx leat_take(leat_rx done, leat_rx in, long n);

/* leat_map(done, in, T, fn, arg): a T, or none, for each value. */
leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg);

/* leat_steps(done, in, T, LEAT_STEPS({ fn, arg }, ...)): functions as leat_map's, one after the other in one thread,
 * for those that take less time than a hop to another. Each writes a T and reads what the one before it wrote, which
 * is then released; the first reads a value of `in`. Where one skips or fails, the rest are not called. At least one
 * step, and none with a NULL fn.
 * leat_steps_from(done, T, source, arg, LEAT_STEPS(...)): the same of what `source` makes, in that thread too. */
leat_rx leat_steps_of(leat_rx done, leat_rx in, const leat_type *type, const leat_step *steps, size_t count);
leat_rx leat_steps_from_of(leat_rx done, const leat_type *type, leat_source_fn *source, void *arg,
                           const leat_step *steps, size_t count);

/* The values that `keep` wants. */
leat_rx leat_filter(leat_rx done, leat_rx in, leat_filter_fn *keep, void *arg);

/* Over, with its cause, as soon as one member is over or has a value; it carries nothing. Members may be of different
 * types; nil ones are left out; of none: never over. */
leat_rx leat_or(const leat_rx *members, size_t count);

/* `in` until done: for a loop over a stream that does not know of done. */
leat_rx leat_or_done(leat_rx done, leat_rx in);

/* Each value goes to all of out[0..n-1], in whatever order they are read; the next one follows when all have it. An
 * output that was dropped is left out; the stage ends when all are. Read them at the same time: whoever reads one to
 * its end first waits for ever.
 *   returns   1; -1 and errno, and then out[] holds streams that are over (EINVAL: a type with release but no copy) */
int leat_tee(leat_rx done, leat_rx in, leat_rx *out, size_t n);

/* leat_bridge(done, streams, T): `streams` carries leat_rx (leat_make_of(&leat_rx_type, cap)) that carry T: their
 * values, one stream after the other. The first stream that ends with a cause ends it. */
leat_rx leat_bridge_of(leat_rx done, leat_rx streams, const leat_type *type);

/* All values of all members, as they come; over when all are, or at the first that ends with a cause. */
leat_rx leat_fan_in(leat_rx done, const leat_rx *members, size_t count);

/* n stages on one input: out[i] = stage(done, leat_dup(in), arg).
 *   returns   1; -1 and errno, and then out[] holds streams that are over */
int leat_fan_out(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_stage_fn *stage, void *arg);

/* leat_map_n(done, in, workers, T, fn, arg): leat_map by several threads, results as they come. The first worker
 * that fails, or finds that the input has ended with a cause, ends it, whatever the others have in work. fn is
 * called by all of them at once.
 * leat_map_ordered: the same, results in the order of the input, also those before a failure or the input's cause.
 * Workers go on past a slow value, whose later ones wait in a window: for 16 results a worker, or as many as the
 * input has room for (256 at most) if that is more, rounded up to a power of two. That many values at most are in
 * flight. */
leat_rx leat_map_n_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg);
leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn,
                            void *arg);

/* An end: call fn with every value, in `workers` threads.
 *   blocks    until the stream is over and all calls have returned
 *   returns   0, or the cause, as a positive errno value */
int leat_each(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg);

/* An end: receive and discard until the stream is over. Returns 0 or the cause. */
int leat_drain(leat_rx in);

/* Give the channel behind `in` room for n values at least (it never shrinks). No thread, no hop: returns `in`;
 * on failure drops it and returns an ended stream. What is built on it afterwards inherits the capacity. */
leat_rx leat_buffer(leat_rx in, size_t n);

/* leat_signals(done, LEAT_SIGNALS(SIGINT, SIGTERM)): these signals of the process as a stream of int. Their
 * former actions come back before it is over. Some are kept for a reader that is busy, the rest dropped, as Go does.
 *   errors    EBUSY when another such stream has one of them and is not over yet; EINVAL for a number that cannot be
 *             caught */
leat_rx leat_signals(leat_rx done, const int *numbers, size_t count);

/* ------------------------------------------------------------------------------- writing a stage --
 *
 * What the stages above are made of. A plan says what the stage is; its body is a loop over leat_next and
 * leat_emit; watching done and the consumer, and dropping, releasing and closing in the right order, is done by
 * these calls and after the body has returned. This is the whole of leat_map:
 *
 *     struct map { leat_map_fn *fn; void *arg; };
 *
 *     static void map_body(leat_stage *stage, void *arg)
 *     {
 *             const struct map *map = arg;
 *
 *             for (const void *in; (in = leat_next(stage)) != NULL;) {
 *                     void *out = leat_scratch(stage);
 *                     if (!leat_emit_result(stage, map->fn(map->arg, in, out), out))
 *                             return;
 *             }
 *     }
 *
 *     leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg)
 *     {
 *             struct map map = { fn, arg };
 *             return leat_stage_start(&(leat_plan){
 *                     .name = "map", .done = done, .in = &in, .ins = 1, .type = type,
 *                     .body = fn ? map_body : NULL, .arg = &map, .arg_type = LEAT_TYPE(struct map) });
 *     }
 */
typedef struct leat_stage leat_stage;

typedef struct leat_plan {
	const char *name;          /* of its threads; the first 15 bytes are seen */
	leat_rx done;              /* borrowed */
	const leat_rx *in;         /* the inputs, taken; of one size, with one release */
	size_t ins;
	const leat_type *type;     /* of the outputs; NULL: of the inputs */
	leat_rx *out;              /* where to put `outs` outputs; NULL: there is one, and it is returned */
	size_t outs;
	size_t workers;            /* threads that share the inputs and the outputs; 0 means 1 */
	void (*body)(leat_stage *stage, void *arg);
	const void *arg;           /* what body gets: this pointer; or, with arg_type, a worker's own copy of what it */
	const leat_type *arg_type; /* points to: made by copy, or bytewise, which takes what it owned; released last */
	int any;                   /* 1: inputs of different types, and nil, are allowed (for leat_next_any alone) */
} leat_plan;

/* Start a stage. EINVAL: no body, a nil input, inputs of different types, several outputs of a
 * type, or workers with an arg_type, that has release but no copy. Returns the (first) output, or a stream that is
 * over; then out[] holds such streams too. */
leat_rx leat_stage_start(const leat_plan *plan);

/* The following are for the body alone, in its thread. Values, and a copied arg, are aligned for
 * any type of their size, up to 64 bytes, and to 8 where no type has that size. */

/* The next value, from any input, or NULL when all have ended, or one with a cause, or it is time to return. It
 * stays the stage's, and is released by the next leat_next, unless leat_emit hands it on or leat_keep makes it the
 * body's. After the end of its inputs the body may still emit what it has kept, before their cause; after another
 * end leat_emit releases it. */
void *leat_next(leat_stage *stage);

/* leat_next of the only input, that tells which value it is: *counter, which workers may share and which begins at 0,
 * counts the values that come this way, in the order of the channel; *number is how many there were before. The counter
 * is settled when this has given NULL to somebody because the input has ended. */
void *leat_next_numbered(leat_stage *stage, uint64_t *counter, uint64_t *number);

/* What leat_next gave is the body's own: copy its bytes, which stay there until the next leat_next. */
void leat_keep(leat_stage *stage);

/* leat_next until t: 1 and *value; 0 where leat_next gives NULL; -1 with ETIMEDOUT (EAGAIN). */
int leat_next_by(leat_stage *stage, void **value, leat_time t);

/* The same as leat_next from a stream that the body has got from elsewhere, into leat_scratch; borrows `in`. NULL
 * when that one is over: leat_running tells whether the stage goes on. */
void *leat_next_from(leat_stage *stage, leat_rx in);

/* Wait until an input has a value (discarded; what leat_next gave before is released too) or is over. 1; or 0 when it
 * is time to return. */
int leat_next_any(leat_stage *stage);

/* Wait until `rx`, which the body has got from elsewhere and which is borrowed, has a value (discarded) or is over.
 * 1; or 0 when it is time to return, also because it was over with a cause. */
int leat_await(leat_stage *stage, leat_rx rx);

/* Room for one value of the output, not zeroed; always the same. */
void *leat_scratch(leat_stage *stage);

/* Send *value, wherever it is, to all outputs; it is the stage's no longer, either way. 1; or 0 when it is time to
 * return. */
int leat_emit(leat_stage *stage, void *value);

/* leat_emit until t, of a stage with one output: also -1 with ETIMEDOUT (EAGAIN), and then *value is what it was
 * before. */
int leat_emit_by(leat_stage *stage, void *value, leat_time t);

/* A select over cases of the body's own that ends, too, when it is time to return: as leat_select, the index or -1 with
 * ETIMEDOUT (EAGAIN), and -1 with ECANCELED when the body must return. */
int leat_stage_select(leat_stage *stage, leat_case *on, size_t n, leat_time t);

/* What to do with the result of a leat_map_fn: emit *value, skip, or fail. Returns as leat_emit. */
int leat_emit_result(leat_stage *stage, int result, void *value);

/* End with this cause (an errno value): to be called before returning. Done's and the input's come first. */
void leat_fail(leat_stage *stage, int cause);

/* 1 until it is time to return: for a body that works without calling the above. */
int leat_running(leat_stage *stage);

/* A body: hands every value on. */
void leat_pass_on(leat_stage *stage, void *arg);

/* ------------------------------------------------------------------------------ writing a synchroniser --
 *
 * What waits for something else than a value is a monitor: a lock for a few instructions, and a line of waiters, first
 * come first served. Each waiter says what it asks for, so that whoever has something to give can look at who is first,
 * give it, and wake it. This is the heart of leat_semaphore:
 *
 *     int leat_semaphore_acquire(leat_semaphore *s, long n, leat_rx done, leat_time t)
 *     {
 *             int result = 1;
 *
 *             leat_monitor_enter(&s->monitor_);
 *             if (!leat_monitor_first(&s->monitor_) && n <= s->size_ - s->held_) {
 *                     s->held_ += n;
 *             } else if ((result = leat_monitor_wait(&s->monitor_, &n, done, t)) < 0) {
 *                     semaphore_admit(s);
 *             }
 *             leat_monitor_leave(&s->monitor_);
 *             return result;
 *     }
 *
 *     static void semaphore_admit(leat_semaphore *s)
 *     {
 *             for (long *n; (n = leat_monitor_first(&s->monitor_)) != NULL && *n <= s->size_ - s->held_;) {
 *                     s->held_ += *n;
 *                     leat_monitor_wake(&s->monitor_);
 *             }
 *     }
 *
 * Inside, do little, block in nothing but leat_monitor_wait, and enter no other monitor that could lead back.
 */
typedef struct { leat_byte_ taken, pauses; } leat_lock_;

/* Ready when zeroed, or set to LEAT_MONITOR. The members are private. */
typedef struct leat_monitor {
	leat_lock_ lock_;
	struct leat_turn *first_, *last_;
} leat_monitor;

void leat_monitor_enter(leat_monitor *monitor);
void leat_monitor_leave(leat_monitor *monitor);

/* From inside: leave, wait in line for a wake-up, and enter again. `ask` must not be NULL.
 *   blocks    until leat_monitor_wake comes to this waiter, done is over or has a value, or t has passed
 *   returns   1: woken, also when that came together with another end (and a value of done is gone then). -1 with
 *             ECANCELED, ETIMEDOUT or EAGAIN (LEAT_NOW): no longer in line, or with LEAT_NOW never. errno is left
 *             alone by leat_monitor_leave */
int leat_monitor_wait(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* The same, first in line: for who was woken in vain, as another came before it, and must not lose its place. */
int leat_monitor_wait_again(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* From inside: what the first in line asks for, or NULL when nobody waits. */
void *leat_monitor_first(const leat_monitor *monitor);

/* From inside: wake the first in line, which leaves the line at once: 1, or 0 when nobody waits. */
int leat_monitor_wake(leat_monitor *monitor);

/* Say what is wrong, with the place in the source, and end the program: leat_panic("negative: %d", n). See
 * leat_on_panic. */
LEAT_NORETURN_ void leat_panic_(const char *where, const char *format, ...);

/* --------------------------------------------------------------------------------- synchronising --
 *
 * What the sync package of Go has, and more. All of these are structs of yours, ready when zeroed (or as said), that
 * must not be copied or freed while in use. They own nothing and need no end, unless said. Waits take a deadline
 * last, as leat_recv_by does (LEAT_NEVER, LEAT_NOW), before it `done` where they can be cancelled, and return 1, or
 * -1 with ETIMEDOUT, EAGAIN or ECANCELED. Any number of threads may call at once.
 */

/* A wait group: waits until as many have called leat_waitgroup_done as were added. Add before you start what will be
 * done. Below zero is a panic. It can be used again as soon as leat_waitgroup_wait has returned, also by somebody else
 * than all who waited. */
typedef struct leat_waitgroup { leat_monitor monitor_; long count_; } leat_waitgroup;

/* void leat_waitgroup_add(group, n), leat_waitgroup_done(group) */
int leat_waitgroup_wait(leat_waitgroup *group, leat_time t);

/* Add 1, run fn(arg) in a thread of its own, then done, also when it leaves by pthread_exit: 1; -1 as leat_go. */
int leat_waitgroup_go(leat_waitgroup *group, void (*fn)(void *arg), void *arg);

/* Once: fn(arg) is called by the first who comes, whatever the later ones bring; they wait until it has returned (or
 * left by pthread_exit, which counts).
 *   returns   1: called by this call. 0: it had been, or is now. -1 and EDEADLK: fn, directly or through other
 *             onces and threads that wait in them, waits for itself; EINVAL: no fn */
typedef struct leat_once { leat_word_ state_; leat_monitor monitor_; struct leat_once_call *by_; } leat_once;

int leat_once_do(leat_once *once, void (*fn)(void *arg), void *arg);

/* A mutex that chooses who goes next. Barging: whoever comes first when it is unlocked, for throughput. Hand-off:
 * who has waited longest, for fairness. Adaptive, which {0} is too: barging, but handed to whoever has waited for
 * 1 ms. Unlocking what is not locked is a panic. Not recursive. */
enum { LEAT_ADAPTIVE, LEAT_BARGING, LEAT_HANDOFF };

typedef struct leat_mutex_stats { uint64_t locks, waits, handoffs; leat_time longest_wait; } leat_mutex_stats;
typedef struct leat_mutex {
	leat_monitor monitor_;
	int mode_, locked_;
	struct leat_mutex_waiter *competitor_;
	leat_mutex_stats stats_;
} leat_mutex;

/* leat_mutex m = LEAT_MUTEX(LEAT_HANDOFF); */
void leat_mutex_lock(leat_mutex *mutex);
int leat_mutex_lock_by(leat_mutex *mutex, leat_time t);   /* LEAT_NOW tries */
/* void leat_mutex_unlock(mutex) */
leat_mutex_stats leat_mutex_stats_of(leat_mutex *mutex);

/* Many readers or one writer. Neither starves: those who wait go in the order they came, neighbouring readers together.
 * A reader must not lock again while it reads. */
typedef struct leat_rwmutex { leat_monitor monitor_; long readers_; int writing_; } leat_rwmutex;

void leat_rwmutex_lock(leat_rwmutex *mutex);
int leat_rwmutex_lock_by(leat_rwmutex *mutex, leat_time t);
void leat_rwmutex_read_lock(leat_rwmutex *mutex);
int leat_rwmutex_read_lock_by(leat_rwmutex *mutex, leat_time t);
/* void leat_rwmutex_unlock(mutex), leat_rwmutex_read_unlock(mutex) */

/* Any lock: a leat_mutex, either side of a leat_rwmutex, or one of yours. */
typedef struct leat_locker { void (*lock)(void *self), (*unlock)(void *self); void *self; } leat_locker;

leat_locker leat_mutex_locker(leat_mutex *mutex);
leat_locker leat_rwmutex_locker(leat_rwmutex *mutex);
leat_locker leat_rwmutex_read_locker(leat_rwmutex *mutex);

/* A condition: wait, with `locker` held, until somebody signals; who waits longest is woken first. Nothing may
 * hold when it returns but the lock: while (!condition) leat_cond_wait(...). No wake-up is lost, whether who
 * changed the condition with the lock held signals before unlocking or after it. A locker of yours must not use
 * the condition in its unlock, which is called from inside; EINVAL if it lacks either function. */
typedef struct leat_cond { leat_monitor monitor_; } leat_cond;

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t); /* the lock is held again, always */
void leat_cond_signal(leat_cond *cond);
void leat_cond_broadcast(leat_cond *cond);

/* A weighted semaphore: at most `size` out at once, first come first served, so that a large demand is not starved by
 * small ones. leat_semaphore s = LEAT_SEMAPHORE(10); EINVAL: n is negative or more than the size. Done wins over units
 * that are free. Releasing more than was acquired is a panic. */
typedef struct leat_semaphore { leat_monitor monitor_; long size_, held_; } leat_semaphore;

int leat_semaphore_acquire(leat_semaphore *semaphore, long n, leat_rx done, leat_time t);
/* void leat_semaphore_release(semaphore, n) */

/* A value that is published whole, and read without a lock while others replace it: configuration, routing tables. A
 * version is given to release(value) (NULL: nothing) when another has replaced it and its last reader has let go, by
 * whoever comes last, with no lock held. Each version is another object; NULL is one that is not released. Reading
 * needs no memory and waits for nobody (from the 65th reading at once on it takes a lock); nor does publishing, but
 * for its turn.
 *
 *     leat_reading reading;
 *     const struct config *config = leat_snapshot_read(snapshot, &reading);
 *     ...
 *     leat_snapshot_let_go(&reading);                       the reading has stayed where it is
 */
typedef struct leat_snapshot leat_snapshot;
typedef struct leat_reading {
	leat_snapshot *snapshot_;
	void *slot_, *value_;
	struct leat_reading *next_;
	int retired_;
} leat_reading;

leat_snapshot *leat_snapshot_make(void *value, void (*release)(void *value)); /* takes value, but for NULL, ENOMEM */
void leat_snapshot_drop(leat_snapshot *snapshot);                             /* when nobody reads any more */
const void *leat_snapshot_read(leat_snapshot *snapshot, leat_reading *reading);
void leat_snapshot_let_go(leat_reading *reading);
void leat_snapshot_publish(leat_snapshot *snapshot, void *value);
/* Copy on write: publish what change(arg, the current value) makes of it. One at a time, and what others publish
 * waits, so change must not write this snapshot itself. NULL, or leaving by pthread_exit: nothing is changed.
 *   returns   1; 0: NULL */
int leat_snapshot_update(leat_snapshot *snapshot, void *(*change)(void *arg, const void *value), void *arg);

/* A pool of objects that are all alike and cost something to make: get takes one that was put, or makes one. Each
 * thread keeps some of its own. Assume nothing of what one contains, and put it when finished.
 *   make      make(arg) gives an object or NULL, and may be called by several threads at once; NULL: get finds or
 *             gives NULL
 *   release   release(arg, object), when the pool ends, or when there is no memory to keep what is put; NULL:
 *             nothing */
typedef struct leat_pool leat_pool;

leat_pool *leat_pool_make(void *(*make)(void *arg), void (*release)(void *arg, void *object),
                          void *arg);                  /* NULL: ENOMEM, EAGAIN */
void *leat_pool_get(leat_pool *pool);                  /* NULL: make gave NULL */
void leat_pool_put(leat_pool *pool, void *object);
void leat_pool_drop(leat_pool *pool);                  /* when nobody uses it any more; what is out is its holder's */

/* A bounded number of expensive things, as connections: at most `most` are open at once, and get waits for one.
 *   open      open(arg, &thing): 0 or -errno, which get gives its caller. Called by those who get, at once
 *   close     close(arg, thing)
 *   warm      so many are opened at once, by `warm` threads, before leat_resources_make returns; it fails if one fails
 * To put what was not got is a panic. */
typedef struct leat_resources leat_resources;
typedef struct leat_resources_plan {
	size_t most, warm;
	int (*open)(void *arg, void **thing);
	void (*close)(void *arg, void *thing);
	void *arg;
} leat_resources_plan;

leat_resources *leat_resources_make(const leat_resources_plan *plan); /* NULL: EINVAL, ENOMEM, EAGAIN, what open gave */
int leat_resources_get(leat_resources *resources, void **thing, leat_rx done, leat_time t); /* in their order */
/* void leat_resources_put(resources, thing), leat_resources_put_broken(resources, thing): closed; whoever gets next
 * opens another. To put more than is out is a panic. */
/* When nobody gets any more: waits until all are back, and closes them. */
void leat_resources_drop(leat_resources *resources);

/* ------------------------------------------------------------------------------- contexts and groups -- */

/* A context: when to stop, why, and values of the request, handed down the calls. Cancelling one cancels what was
 * made of it, never the other way. A constructor makes a child of `parent`, borrowed; the handle it returns is
 * yours. leat_context_drop ends a handle; the last one dropped cancels the context, so that one drop at the end of
 * a scope leaves nothing behind. What was made of it keeps what it needs. No context has a thread, nor has a
 * deadline. Constructors never return NULL: one that fails gives a context that is over, with ENOMEM or EINVAL (a
 * NULL parent or key) as cause, and what is made of that is too. NULL serves as such a context. Any number of
 * threads may call. */
typedef struct leat_context leat_context;

leat_context *leat_context_background(void);   /* never over; need not be dropped */
leat_context *leat_context_todo(void);         /* the same, where it is not yet clear which to use */
leat_context *leat_context_with_cancel(leat_context *parent);
leat_context *leat_context_with_deadline(leat_context *parent, leat_time t);
leat_context *leat_context_with_timeout(leat_context *parent, leat_time duration);
leat_context *leat_context_with_deadline_cause(leat_context *parent, leat_time t, int cause);
leat_context *leat_context_with_timeout_cause(leat_context *parent, leat_time duration, int cause);
leat_context *leat_context_without_cancel(leat_context *parent);   /* its values, but never over */
/* Keys are addresses: static const char user_key; A value ends with release(value), if given, after the last handle of
 * this context and of those made of it; on failure at once. */
leat_context *leat_context_with_value(leat_context *parent, const void *key, void *value, void (*release)(void *value));

leat_context *leat_context_dup(leat_context *context);
void leat_context_drop(leat_context *context);
/* 1 if this call did it, 0 if it was over already; -1 and EINVAL: background, todo, without_cancel are never over. */
int leat_context_cancel(leat_context *context);
int leat_context_cancel_with(leat_context *context, int cause);    /* an errno value */

leat_rx leat_context_done(leat_context *context);        /* borrowed; nil for those three. Any stage's done */
int leat_context_err(leat_context *context);             /* 0, ECANCELED, ETIMEDOUT */
int leat_context_cause(leat_context *context);           /* 0; the cause given; where none was, as err */
leat_time leat_context_deadline(leat_context *context);  /* LEAT_NEVER: none */
void *leat_context_value(leat_context *context, const void *key);  /* of the nearest context with that key, or NULL */
/* leat_after_func when the context is over: 1, or -1 and errno. Of one that is never over fn is not called. */
int leat_context_after_func(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* Wait until a descriptor is ready for `events` (POLLIN, POLLOUT of <poll.h>), so that a read that would block can be
 * given up when a context is over.
 *   blocks    until it is ready, or has failed or hung up; done is over or has a value, which wins; or t has passed
 *   returns   > 0: what is ready, with POLLERR and POLLHUP also where not asked for. -1 with ECANCELED, ETIMEDOUT,
 *             EAGAIN (LEAT_NOW), EBADF, EINVAL; ENOMEM, EAGAIN, EMFILE, ENFILE: nothing to be had to wait for done with
 *   threads   one waits for done, unless that is nil, or the descriptor ready at once; it is through when this returns
 * Descriptors are in real time: while the clock is fake, t is as far away in real time as it is on the clock (after a
 * signal's handler once more), and a clock that runs does not jump. done is seen by whichever clock it comes. */
int leat_poll(int fd, int events, leat_rx done, leat_time t);

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

/* ------------------------------------------------------------------------------------------- errors -- */

/* An error that can be told to somebody: what happened, when, where, a word for the user, an id for the log, and
 * the error beneath it. Wrap at the boundary of a module; what reaches the user without is a bug. Immutable, and
 * counted. When there is no memory the constructors give a static error of ENOMEM, which takes and drops `inner`;
 * never NULL. */
typedef struct leat_error {
	int code;                   /* errno value: the cause of a stream that it ends */
	const char *kind;           /* compared by address: static const char low_level[] = "low level"; or NULL */
	const char *message;        /* what happened, for the log */
	const char *user_message;   /* or NULL: then the user is told that it is a bug */
	const char *file, *function;
	int line;
	leat_time when;             /* UTC, as leat_utc */
	uint64_t id;                /* different for each error of this process */
	const char *host, *trace;   /* NULL unless asked for */
	const struct leat_error *inner;
} leat_error;

enum { LEAT_ERROR_HOST = 1, LEAT_ERROR_TRACE = 2 };

/* leat_error_new(kind, code, format, ...), leat_error_wrap(inner, kind, code, format, ...): takes inner; code 0:
 * inner's; negative: EINVAL. Yours; to be dropped. */
leat_error *leat_error_with(leat_error *error, int flags, const char *format, ...); /* takes and returns it, with the
                                   host, the stack, and a message for the user (format NULL: none), before it is shared;
                                   without memory it stays as it is */
leat_error *leat_error_dup(const leat_error *error);
void leat_error_drop(const leat_error *error);
const leat_error *leat_error_find(const leat_error *error, const char *kind); /* it or the nearest beneath, or NULL */
/* As snprintf: the log's lines, one for each error of the chain; what the user is told, one line, with the id of the
 * innermost error, which wrapping does not change. No newline at the end. */
int leat_error_format(const leat_error *error, char *text, size_t size);
int leat_error_format_user(const leat_error *error, char *text, size_t size);
extern const leat_type leat_error_type;                 /* leat_error *: so that channels can carry them */

/* Where a stream's errors are kept: a function of a stage returns leat_error_fail(box, error), which keeps the
 * first error and gives the negated code, so that the stream ends with it, and whoever finds the cause finds the
 * error here. */
typedef struct leat_error_box { leat_monitor monitor_; leat_error *error_; } leat_error_box;

int leat_error_fail(leat_error_box *box, leat_error *error);  /* takes error */
leat_error *leat_error_take(leat_error_box *box);             /* yours; or NULL */

/* A value or an error, as one element: typedef LEAT_RESULT(struct page) page_result; has .failure and .value. Where
 * failure.code is 0 there is a value. T's alignment is 16 at most. For T that owns something give a leat_type whose
 * release looks at the code. */
typedef struct leat_failure { LEAT_ALIGNED_(16) int code; const char *stage; } leat_failure;

/* leat_result_map(done, in, name, T, fn, arg): `in` has results; fn is called with the values (at .value), and what it
 * makes, or its failure under the name of this stage, goes on; failures that come go on as they are. 0 skips.
 * leat_result_from(done, in, name, T, fn, arg): the same of a stream of plain values.
 * leat_result_values(done, in, T): the values; the first failure ends it with its code.
 * leat_result_catch(done, in, fn, arg): fn(arg, failure, value): > 0 *value is there instead; 0 leave the failure
 * out; -errno: that failure goes on instead, with the name of the stage that failed.
 * leat_result_stop(done, in, n): everything, up to the n-th failure, with whose code it ends after passing it on. */
typedef int leat_catch_fn(void *arg, const leat_failure *failure, void *value);

leat_rx leat_result_map_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                           void *arg);
leat_rx leat_result_from_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                            void *arg);
leat_rx leat_result_values_of(leat_rx done, leat_rx in, const leat_type *value);
leat_rx leat_result_catch(leat_rx done, leat_rx in, leat_catch_fn *fn, void *arg);
leat_rx leat_result_stop(leat_rx done, leat_rx in, size_t n);

/* ------------------------------------------------------------------------------------------- limits --
 *
 * A limiter says when so many events may happen. The kinds: a token bucket (a rate, and a burst that may go at once),
 * a leaky bucket (evenly, in a queue of at most so many), a sliding log (at most n in any span of d), a fixed window
 * (at most n in each span of d), and several that must all agree. Each is a struct of yours, made ready by its init
 * function, without which (or with one that has failed) it must not be used; give &bucket.limiter to the calls below.
 * leat_every(LEAT_MS(100)) and leat_per(10, LEAT_S(1)) are rates, in events a second. Any number of threads may call
 * at once.
 */
typedef struct leat_limiter {
	leat_monitor monitor_;
	/* All are called inside the monitor, with n > 0. From when on n events may happen, not before `now`; LEAT_NEVER
	 * and errno, EINVAL or EAGAIN: refused. Changes nothing. */
	leat_time (*earliest_)(struct leat_limiter *limiter, long n, leat_time now);
	/* Not before their earliest time. */
	void (*take_)(struct leat_limiter *limiter, long n, leat_time now, leat_time when);
	/* n events of `when` will not happen. */
	void (*give_back_)(struct leat_limiter *limiter, long n, leat_time when);
	double (*rate_)(struct leat_limiter *limiter); /* events a second, in the long run */
	void (*hold_)(struct leat_limiter *limiter, int hold); /* 1, 0: enter, leave what it needs besides; or NULL */
} leat_limiter;

double leat_every(leat_time interval);              /* 0 or less: no limit, INFINITY */
double leat_per(long n, leat_time duration);
/* n events now: 1, and they are taken; 0. */
int leat_limiter_allow(leat_limiter *limiter, long n);
/* Take n events, to happen at *when, which may be in the future: 1; -1 and EINVAL: it can never be (n beyond the
 * burst, or negative), or EAGAIN: the queue is full. leat_limiter_give_back undoes it, for what can still be used
 * by others. */
int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when);
void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when);
/* Wait until n events may happen: 1; -1 and ETIMEDOUT, at once when that would be after t; ECANCELED; as reserve.
 * What a wait that was given up has taken goes back. */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t);
double leat_limiter_rate(leat_limiter *limiter);
/* Each value of `in`, at the rate of the limiter, which is borrowed and must outlive the stage. Ends with the
 * errno of a limiter that refuses. */
leat_rx leat_limit(leat_rx done, leat_rx in, leat_limiter *limiter);

typedef struct leat_token_bucket {
	leat_limiter limiter;
	double rate_, tokens_;
	long burst_;
	leat_time last_, latest_;
} leat_token_bucket;

/* Full in the beginning. 1; -1 and EINVAL: a rate or burst that is negative, or NAN. set changes both at run time:
 * the tokens stay, as far as the new burst has room for them, and what is reserved keeps its time. */
int leat_token_bucket_init(leat_token_bucket *bucket, double rate, long burst);
int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst);

/* One event every 1/rate seconds, in their order, while at most `depth` wait; more are refused (EAGAIN). Several
 * at once have their time when the last of them has. -1 and EINVAL: a rate that is not positive, a negative depth. */
typedef struct leat_leaky_bucket {
	leat_limiter limiter;
	double rate_, level_;
	long depth_;
	leat_time last_;
} leat_leaky_bucket;

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth);

/* At most n events in any span of `span`: remembers when the last n were. leat_sliding_log_end gives back its
 * memory. */
typedef struct leat_sliding_log { leat_limiter limiter; leat_time span_, *times_; long n_, next_; } leat_sliding_log;

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span);   /* -1: EINVAL, ENOMEM */
void leat_sliding_log_end(leat_sliding_log *log);

/* At most n events in each span of `span`, counted from init: up to 2n around the end of one. */
typedef struct leat_fixed_window { leat_limiter limiter; leat_time span_, begin_; long n_, used_; } leat_fixed_window;

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span);

/* All of several (which may be such sets themselves): the first time at which all agree, the rate of the
 * strictest. They are borrowed, the array is copied. A member in several sets, or used beside them, serves first
 * come first served: what waits for another member holds its place, and may hold up others until then. Given back,
 * its place is free, but only a sliding log has the time before it back too: share no fast member of another kind
 * with a set that is much slower. leat_limiter_set_end gives back its memory. */
typedef struct leat_limiter_set { leat_limiter limiter; leat_limiter **members_; size_t count_; } leat_limiter_set;

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count);  /* -1: EINVAL, ENOMEM */
void leat_limiter_set_end(leat_limiter_set *set);

/* A gauge: at most n at once in some place; who comes then is refused, or waits. leat_gauge_make(n) gives one, to
 * be ended by leat_gauge_drop. On failure all its calls give -1 and its cause. {0}, and one of no places, let
 * nobody in. */
typedef struct leat_gauge { leat_chan places_; } leat_gauge;

leat_gauge leat_gauge_make(size_t n);
void leat_gauge_drop(leat_gauge gauge);
int leat_gauge_enter(leat_gauge gauge, leat_rx done, leat_time t); /* LEAT_NOW: EAGAIN, no more capacity */
/* void leat_gauge_leave(gauge): who was not inside: a panic */
int leat_gauge_process(leat_gauge gauge, void (*fn)(void *arg), void *arg); /* 1: fn was called. -1 and EAGAIN: refused;
                                   EINVAL: no fn */
/* leat_gauge_map(done, in, gauge, workers, T, fn, arg): leat_map_n whose fn is called inside the gauge, which several
 * stages may share; borrowed, as done is. */
leat_rx leat_gauge_map_of(leat_rx done, leat_rx in, leat_gauge gauge, size_t workers, const leat_type *type,
                          leat_map_fn *fn, void *arg);

/* ------------------------------------------------------------------------------------- many at a time -- */

/* Batches: up to n values, or what has come within `within` of the first one (LEAT_NEVER: only full ones); what
 * remains at the end comes out, before a cause. An element is a leat_batched *, yours, to be ended by
 * leat_batched_free.
 * EINVAL: n is 0 or absurd, or `within` negative. To take values out of a batch, move `values` on and lower `count`.
 * leat_unbatch(done, in, T): the values of batches, again one by one; EINVAL: they are not of that type. */
typedef struct leat_batched { leat_type type; size_t count; void *values; } leat_batched;

leat_rx leat_batch(leat_rx done, leat_rx in, size_t n, leat_time within);
leat_rx leat_unbatch_of(leat_rx done, leat_rx in, const leat_type *type);
void leat_batched_free(leat_batched *batch);            /* and what its values own */
extern const leat_type leat_batched_type;               /* leat_batched * */

/* Broadcast: each value to all who have subscribed at that time; they come and go (leat_drop). A subscriber has
 * room for `room` values, and chooses what happens when there is none: the publisher waits, or the oldest value it
 * has not received is lost, or the new one (both: room at least 1, else EINVAL). No thread. */
enum { LEAT_BLOCK, LEAT_DROP_OLDEST, LEAT_DROP_NEWEST };
typedef struct leat_broadcast leat_broadcast;

/* leat_broadcast_make(T): NULL: ENOMEM; EINVAL: release but no copy. */
leat_broadcast *leat_broadcast_make_of(const leat_type *type);
leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full); /* over when the broadcast is dropped */
/* long leat_publish(broadcast, v, done, t), leat_publish_sized(broadcast, p, size, done, t): *v, which stays yours,
 * to all.
 *   blocks    until all who are subscribed with LEAT_BLOCK have it, or have left; publishers take turns
 *   returns   how many have it, 0 or more; -1 with ECANCELED, ETIMEDOUT, EAGAIN: some may have it; ENOMEM, what copy
 *             gave, or EINVAL (NULL): none (ENOMEM where the oldest of values beyond 512 bytes was to be lost: some) */
void leat_broadcast_drop(leat_broadcast *broadcast);    /* when nobody publishes: all subscriptions are over */

/* ------------------------------------------------------------------------------- staying alive -- */

/* leat_heartbeat(done, in, T, fn, arg, interval, &pulses): leat_map that shows that it lives. With an interval, a
 * pulse each time it has passed, also while the stage waits for its input or its consumer (not while fn runs: that
 * is when a pulse is missed). With interval 0, a pulse when each unit of work begins. A pulse is a long: how many
 * values were done so far, so that whoever watches sees progress. Pulses never block: of those that nobody has
 * taken the last one is kept. `pulses` ends with the stage, and may be dropped. */
leat_rx leat_heartbeat_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                          leat_time interval, leat_rx *pulses);

/* A ward: starts something that works until `done` is over, and returns its pulses, which it sends every
 * `interval` at least; of any type. It has ended when the stream of pulses is over, and is started again then,
 * with or without a cause: one whose work may be done goes on pulsing until its done. */
typedef leat_rx leat_ward_fn(leat_rx done, leat_time interval, void *arg);

typedef struct leat_stewardship {
	leat_ward_fn *ward;
	void *arg;
	leat_time timeout;            /* silent for so long, the ward is unhealthy; its interval is half of that */
	long restarts;                /* at most so many ... (negative: any number) */
	leat_time within;             /* ... in so long; then the steward ends with EAGAIN. 0: ever */
	leat_time backoff, most_backoff; /* before a restart: the first, twice that, ... up to the most, each by half
	                                    random; the first again once a ward was well for longer than the most */
	leat_time grace;              /* how long to wait for the old ward to end before the new one starts */
	void (*log)(void *arg, const char *what); /* "ward unhealthy; restarting", ...; NULL: nobody is told */
	void *log_arg;
} leat_stewardship;

/* A steward: starts a ward, and again when it falls silent or ends by itself. It is a ward too: leat_steward is a
 * leat_ward_fn whose arg is a leat_stewardship *, which is copied, but must outlive a steward that starts this
 * one. Its pulses carry nothing; the interval 0: none. Over, with EAGAIN, after too many restarts; ends its ward
 * when it ends, and waits for it for the grace time. EINVAL: no ward, a timeout that is not positive, or a
 * negative time. */
leat_rx leat_steward(leat_rx done, leat_time interval, void *stewardship);

/* leat_replicate(done, n, hedge, T, fn, arg, &out): ask n replicas the same thing; the first good answer wins, the
 * others are cancelled. With a hedge, the next replica starts only when so long has passed, or one has failed,
 * without an answer.
 *   fn        fn(done, arg, replica, out), replica from 0: > 0 *out is a good answer; 0 or -errno: none
 *   blocks    until all that were started have returned
 *   returns   1 + the winner's number, and *out is yours; 0: none had an answer; -1 with the last failure's errno,
 *             ECANCELED, EINVAL, ENOMEM, or EAGAIN (no thread at all) */
typedef int leat_replica_fn(leat_rx done, void *arg, size_t replica, void *out);

int leat_replicate_of(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                      void *out);

/* ---------------------------------------------------------------------------------------- private -- */

enum { LEAT_CASE_OFF_, LEAT_CASE_SEND_, LEAT_CASE_RECV_, LEAT_CASE_GONE_, LEAT_CASE_OVER_ };

leat_tx leat_dup_tx_(leat_tx tx, const char *where);
leat_rx leat_dup_rx_(leat_rx rx, const char *where);
leat_chan leat_dup_chan_(leat_chan chan, const char *where);
void leat_drop_tx_(leat_tx tx, const char *where);
void leat_drop_rx_(leat_rx rx, const char *where);
void leat_drop_chan_(leat_chan chan, const char *where);
int leat_drop_with_(leat_tx tx, int cause, const char *where);
int leat_send_at_(leat_tx tx, const void *value, size_t size, leat_time t, const char *where);
int leat_recv_at_(leat_rx rx, void *value, size_t size, leat_time t, const char *where);
int leat_wait_at_(leat_rx rx, leat_time t, const char *where);
int leat_send_or_at_(leat_tx tx, const void *value, size_t size, leat_rx done, const char *where);
int leat_recv_or_at_(leat_rx rx, void *value, size_t size, leat_rx done, const char *where);
long leat_send_n_at_(leat_tx tx, const void *values, size_t size, size_t n, leat_time t, const char *where);
long leat_recv_n_at_(leat_rx rx, void *values, size_t size, size_t n, leat_time t, const char *where);
int leat_force_send_at_(leat_tx tx, const void *value, size_t size, const char *where);
long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where);
void leat_waitgroup_add_(leat_waitgroup *group, long n, const char *where);
void leat_mutex_unlock_(leat_mutex *mutex, const char *where);
void leat_rwmutex_unlock_(leat_rwmutex *mutex, const char *where);
void leat_rwmutex_read_unlock_(leat_rwmutex *mutex, const char *where);
void leat_semaphore_release_(leat_semaphore *semaphore, long n, const char *where);
void leat_gauge_leave_(leat_gauge gauge, const char *where);
void leat_resources_put_(leat_resources *resources, void *thing, const char *where);
void leat_resources_put_broken_(leat_resources *resources, void *thing, const char *where);
leat_error *leat_error_new_(const char *file, int line, const char *function, leat_error *inner, const char *kind,
                            int code, const char *format, ...);
leat_rx leat_signals_open_(const int *numbers, size_t count, int *id);
void leat_signals_close_(int id);
int leat_select_at_(leat_case *on, size_t n, leat_time t, int in_order);
size_t leat_len_(struct leat_channel *ch);
size_t leat_cap_(struct leat_channel *ch);
int leat_closed_(struct leat_channel *ch);
int leat_cause_(struct leat_channel *ch);
int leat_never_started_(struct leat_channel *ch);
leat_type leat_type_of_(struct leat_channel *ch);

#define LEAT_LINE_OF_(line) #line
#define LEAT_LINE_(line) LEAT_LINE_OF_(line)
#define LEAT_HERE_ __FILE__ ":" LEAT_LINE_(__LINE__)

#define leat_drop_with(tx, ...) leat_drop_with_((tx), (__VA_ARGS__), LEAT_HERE_)
#define leat_send(tx, ...) leat_send_at_((tx), (__VA_ARGS__), sizeof *(__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_recv(rx, ...) leat_recv_at_((rx), (__VA_ARGS__), sizeof *(__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_send_by(tx, v, ...) leat_send_at_((tx), (v), sizeof *(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_by(rx, v, ...) leat_recv_at_((rx), (v), sizeof *(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_or(tx, v, ...) leat_send_or_at_((tx), (v), sizeof *(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_or(rx, v, ...) leat_recv_or_at_((rx), (v), sizeof *(v), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_n(tx, vs, n, ...) leat_send_n_at_((tx), (vs), sizeof *(vs), (size_t)(n), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_n(rx, vs, n, ...) leat_recv_n_at_((rx), (vs), sizeof *(vs), (size_t)(n), (__VA_ARGS__), LEAT_HERE_)
#define leat_send_sized(tx, p, size, ...) leat_send_at_((tx), (p), (size), (__VA_ARGS__), LEAT_HERE_)
#define leat_recv_sized(rx, p, size, ...) leat_recv_at_((rx), (p), (size), (__VA_ARGS__), LEAT_HERE_)
#define leat_force_send(tx, ...) leat_force_send_at_((tx), (__VA_ARGS__), sizeof *(__VA_ARGS__), LEAT_HERE_)
#define leat_force_send_sized(tx, p, ...) leat_force_send_at_((tx), (p), (__VA_ARGS__), LEAT_HERE_)
#define leat_signal(...) leat_send_at_((__VA_ARGS__), NULL, 0, LEAT_NEVER, LEAT_HERE_)
#define leat_wait(...) leat_wait_at_((__VA_ARGS__), LEAT_NEVER, LEAT_HERE_)
#define leat_wait_by(rx, ...) leat_wait_at_((rx), (__VA_ARGS__), LEAT_HERE_)

static inline leat_case leat_case_(int kind, struct leat_channel *ch, void *into, const void *from, size_t size,
                                   const char *where)
{
	leat_case c = { ch, 0, kind, into, from, size, 1, 0, where, NULL, NULL, NULL, 0, 0, NULL, 0 };
	return c;
}
static inline leat_case leat_case_send_(leat_tx tx, const void *from, size_t size, const char *where)
{
	return leat_case_(LEAT_CASE_SEND_, tx.ch, NULL, from, size, where);
}
static inline leat_case leat_case_recv_(leat_rx rx, void *into, size_t size, const char *where)
{
	return leat_case_(LEAT_CASE_RECV_, rx.ch, into, NULL, size, where);
}
static inline leat_case leat_case_gone_(leat_tx tx, const char *where)
{
	return leat_case_(LEAT_CASE_GONE_, tx.ch, NULL, NULL, 0, where);
}

/* Within a struct, as gcc takes an argument that points to const for something that is read at once. */
typedef struct { const void *value; } leat_from_;
static inline leat_case leat_case_from_(leat_tx tx, leat_from_ from, size_t size, const char *where)
{
	return leat_case_send_(tx, from.value, size, where);
}
#ifndef __cplusplus
#define LEAT_FROM_(...) ((leat_from_){ (__VA_ARGS__) })
#else
#define LEAT_FROM_(...) (leat_from_{ (__VA_ARGS__) })
#endif

#define LEAT_SEND(tx, ...) leat_case_from_((tx), LEAT_FROM_(__VA_ARGS__), sizeof *(__VA_ARGS__), LEAT_HERE_)
#define LEAT_RECV(rx, ...) leat_case_recv_((rx), (__VA_ARGS__), sizeof *(__VA_ARGS__), LEAT_HERE_)
#define LEAT_SEND_SIZED(tx, p, ...) leat_case_from_((tx), LEAT_FROM_(p), (__VA_ARGS__), LEAT_HERE_)
#define LEAT_RECV_SIZED(rx, p, ...) leat_case_recv_((rx), (p), (__VA_ARGS__), LEAT_HERE_)
#define LEAT_SIGNAL(...) leat_case_send_((__VA_ARGS__), NULL, 0, LEAT_HERE_)
#define LEAT_WAIT(...) leat_case_recv_((__VA_ARGS__), NULL, 0, LEAT_HERE_)
#define LEAT_GONE(...) leat_case_gone_((__VA_ARGS__), LEAT_HERE_)

#define leat_panic(...) leat_panic_(LEAT_HERE_, __VA_ARGS__)

#define leat_select_n(on, n, ...) leat_select_at_((on), (size_t)(n), (__VA_ARGS__), 0)
#define leat_select_first_n(on, n, ...) leat_select_at_((on), (size_t)(n), (__VA_ARGS__), 1)

/* n units of so many nanoseconds, saturating. */
static inline leat_time leat_units_(int64_t n, int64_t unit)
{
	return n > INT64_MAX / unit ? INT64_MAX : n < -INT64_MAX / unit ? -INT64_MAX : n * unit;
}
#define LEAT_NS(...) leat_units_((__VA_ARGS__), 1)
#define LEAT_US(...) leat_units_((__VA_ARGS__), 1000)
#define LEAT_MS(...) leat_units_((__VA_ARGS__), 1000000)
#define LEAT_S(...) leat_units_((__VA_ARGS__), 1000000000)

static inline struct leat_channel *leat_ch_tx_(leat_tx tx) { return tx.ch; }
static inline struct leat_channel *leat_ch_rx_(leat_rx rx) { return rx.ch; }
static inline struct leat_channel *leat_ch_chan_(leat_chan chan) { return chan.rx.ch; }

#define leat_len(...) leat_len_(LEAT_CH_((__VA_ARGS__)))
#define leat_cap(...) leat_cap_(LEAT_CH_((__VA_ARGS__)))
#define leat_closed(...) leat_closed_(LEAT_CH_((__VA_ARGS__)))
#define leat_cause(...) leat_cause_(LEAT_CH_((__VA_ARGS__)))
#define leat_never_started(...) leat_never_started_(LEAT_CH_((__VA_ARGS__)))
#define leat_type_of(...) leat_type_of_(LEAT_CH_((__VA_ARGS__)))
#define leat_is_nil(...) (LEAT_CH_((__VA_ARGS__)) == NULL)
#define leat_same(a, ...) (LEAT_CH_(a) == LEAT_CH_((__VA_ARGS__)))

#define leat_make(T, ...) leat_make_of(LEAT_TYPE(T), (size_t)(__VA_ARGS__))
#define leat_repeat_fn(done, T, ...) leat_repeat_fn_of((done), LEAT_TYPE(T), __VA_ARGS__)
#define leat_map(done, in, T, ...) leat_map_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_steps(done, in, T, ...) leat_steps_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_steps_from(done, T, source, ...) leat_steps_from_of((done), LEAT_TYPE(T), (source), __VA_ARGS__)
#define leat_map_n(done, in, workers, T, ...) leat_map_n_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)
#define leat_map_ordered(done, in, workers, T, ...) \
	leat_map_ordered_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_map(done, in, name, T, ...) leat_result_map_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_from(done, in, name, T, ...) leat_result_from_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_values(done, in, T) leat_result_values_of((done), (in), LEAT_TYPE(T))
#define leat_gauge_map(done, in, gauge, workers, T, ...) \
	leat_gauge_map_of((done), (in), (gauge), (workers), LEAT_TYPE(T), __VA_ARGS__)
#define leat_unbatch(done, in, T) leat_unbatch_of((done), (in), LEAT_TYPE(T))
#define leat_heartbeat(done, in, T, ...) leat_heartbeat_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_replicate(done, n, hedge, T, ...) leat_replicate_of((done), (n), (hedge), LEAT_TYPE(T), __VA_ARGS__)
#define leat_broadcast_make(T) leat_broadcast_make_of(LEAT_TYPE(T))
#define leat_publish(broadcast, v, done, ...) \
	leat_publish_at_((broadcast), (v), sizeof *(v), (done), (__VA_ARGS__), LEAT_HERE_)
#define leat_publish_sized(broadcast, p, size, done, ...) \
	leat_publish_at_((broadcast), (p), (size), (done), (__VA_ARGS__), LEAT_HERE_)

#define LEAT_MONITOR { { 0, 0 }, NULL, NULL }
#define LEAT_MUTEX(mode) { LEAT_MONITOR, (mode), 0, NULL, { 0, 0, 0, 0 } }
#define LEAT_SEMAPHORE(size) { LEAT_MONITOR, (size), 0 }
#define leat_waitgroup_add(group, ...) leat_waitgroup_add_((group), (__VA_ARGS__), LEAT_HERE_)
#define leat_waitgroup_done(...) leat_waitgroup_add_((__VA_ARGS__), -1, LEAT_HERE_)
#define leat_mutex_unlock(...) leat_mutex_unlock_((__VA_ARGS__), LEAT_HERE_)
#define leat_rwmutex_unlock(...) leat_rwmutex_unlock_((__VA_ARGS__), LEAT_HERE_)
#define leat_rwmutex_read_unlock(...) leat_rwmutex_read_unlock_((__VA_ARGS__), LEAT_HERE_)
#define leat_semaphore_release(semaphore, ...) leat_semaphore_release_((semaphore), (__VA_ARGS__), LEAT_HERE_)
#define leat_gauge_leave(...) leat_gauge_leave_((__VA_ARGS__), LEAT_HERE_)
#define leat_resources_put(resources, ...) leat_resources_put_((resources), (__VA_ARGS__), LEAT_HERE_)
#define leat_resources_put_broken(resources, ...) leat_resources_put_broken_((resources), (__VA_ARGS__), LEAT_HERE_)

#define LEAT_RESULT(T) struct { leat_failure failure; T value; }
#define leat_error_new(...) leat_error_new_(__FILE__, __LINE__, __func__, NULL, __VA_ARGS__)
#define leat_error_wrap(inner, ...) leat_error_new_(__FILE__, __LINE__, __func__, (inner), __VA_ARGS__)

#define leat_bridge(done, streams, T) leat_bridge_of((done), (streams), LEAT_TYPE(T))

#ifndef __cplusplus

#define LEAT_NIL ((leat_rx){ NULL })
#define LEAT_TYPE(T) (&(const leat_type){ #T, sizeof(T), NULL, NULL })
#define LEAT_VALUES(T, ...) sizeof(T), (T const[]){ __VA_ARGS__ }, sizeof((T const[]){ __VA_ARGS__ }) / sizeof(T)
/* One more in front lets the list be empty. */
#define LEAT_RXS(...) \
	(const leat_rx[]){ { NULL }, __VA_ARGS__ } + 1, \
		sizeof((const leat_rx[]){ { NULL }, __VA_ARGS__ }) / sizeof(leat_rx) - 1
#define LEAT_SIGNALS(...) (const int[]){ 0, __VA_ARGS__ } + 1, sizeof((const int[]){ 0, __VA_ARGS__ }) / sizeof(int) - 1
#define LEAT_STEPS(...) \
	(const leat_step[]){ { NULL, NULL }, __VA_ARGS__ } + 1, \
		sizeof((const leat_step[]){ { NULL, NULL }, __VA_ARGS__ }) / sizeof(leat_step) - 1

#define LEAT_CH_(h) _Generic((h), leat_tx: leat_ch_tx_, leat_rx: leat_ch_rx_, leat_chan: leat_ch_chan_)(h)
#define leat_dup(...) \
	_Generic((__VA_ARGS__), leat_tx: leat_dup_tx_, leat_rx: leat_dup_rx_, leat_chan: leat_dup_chan_) \
	(__VA_ARGS__, LEAT_HERE_)
#define leat_drop(...) \
	_Generic((__VA_ARGS__), leat_tx: leat_drop_tx_, leat_rx: leat_drop_rx_, leat_chan: leat_drop_chan_) \
	(__VA_ARGS__, LEAT_HERE_)

/* The number of cases in an array; a pointer does not compile. */
#define LEAT_COUNT_(on) (sizeof(on) / sizeof(leat_case) * sizeof(char[_Generic(&(on), leat_case **: -1, default: 1)]))
#define leat_select(on, ...) leat_select_at_((on), LEAT_COUNT_(on), (__VA_ARGS__), 0)
#define leat_select_first(on, ...) leat_select_at_((on), LEAT_COUNT_(on), (__VA_ARGS__), 1)

#else
} /* extern "C" */

#define LEAT_NIL (leat_rx{ nullptr })
#define LEAT_TYPE(T) (leat_type_for_<T>(#T))
#define LEAT_VALUES(T, ...) \
	sizeof(T), std::initializer_list<T>{ __VA_ARGS__ }.begin(), sizeof(leat_count_<T>({ __VA_ARGS__ }))
#define LEAT_RXS(...) \
	std::initializer_list<leat_rx>{ leat_rx(), __VA_ARGS__ }.begin() + 1, \
		sizeof(leat_count_<leat_rx>({ leat_rx(), __VA_ARGS__ })) - 1
#define LEAT_SIGNALS(...) \
	std::initializer_list<int>{ 0, __VA_ARGS__ }.begin() + 1, sizeof(leat_count_<int>({ 0, __VA_ARGS__ })) - 1
#define LEAT_STEPS(...) \
	std::initializer_list<leat_step>{ leat_step(), __VA_ARGS__ }.begin() + 1, \
		sizeof(leat_count_<leat_step>({ leat_step(), __VA_ARGS__ })) - 1
#define LEAT_CH_(h) leat_ch_(h)
#define leat_dup(...) leat_dup_((__VA_ARGS__), LEAT_HERE_)
#define leat_drop(...) leat_drop_((__VA_ARGS__), LEAT_HERE_)

template <class T> const leat_type *leat_type_for_(const char *name)
{
	static const leat_type type = { name, sizeof(T), nullptr, nullptr };
	return &type;
}
/* Used in sizeof alone: as many bytes as the list has members. */
template <class T, size_t N> char (&leat_count_(const T (&)[N]))[N];

inline struct leat_channel *leat_ch_(leat_tx tx) { return tx.ch; }
inline struct leat_channel *leat_ch_(leat_rx rx) { return rx.ch; }
inline struct leat_channel *leat_ch_(leat_chan chan) { return chan.rx.ch; }
inline leat_tx leat_dup_(leat_tx tx, const char *where) { return leat_dup_tx_(tx, where); }
inline leat_rx leat_dup_(leat_rx rx, const char *where) { return leat_dup_rx_(rx, where); }
inline leat_chan leat_dup_(leat_chan chan, const char *where) { return leat_dup_chan_(chan, where); }
inline void leat_drop_(leat_tx tx, const char *where) { leat_drop_tx_(tx, where); }
inline void leat_drop_(leat_rx rx, const char *where) { leat_drop_rx_(rx, where); }
inline void leat_drop_(leat_chan chan, const char *where) { leat_drop_chan_(chan, where); }
template <size_t N> int leat_select(leat_case (&on)[N], leat_time t) { return leat_select_at_(on, N, t, 0); }
template <size_t N> int leat_select_first(leat_case (&on)[N], leat_time t) { return leat_select_at_(on, N, t, 1); }

#endif
#endif
