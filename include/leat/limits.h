/* SPDX-License-Identifier: 0BSD
 *
 * limits.h - how many events in a time, and how many at once.
 *
 *  - A token bucket allows a number of events a second, and a burst at once.
 *  - A leaky bucket allows one event in each interval, and has a queue of limited length.
 *  - A sliding log allows at most n events in any span of time.
 *  - A fixed window allows at most n events in each span of time.
 *  - A limiter set has several limiters that must all agree.
 *  - A gauge allows at most n threads at once in some place.
 *
 * All but the gauge are limiters. A limiter is a struct of yours, and its init function makes it ready. It must not be
 * used before init has succeeded. It must not be copied or freed while it is in use. The calls of limiter.c take its
 * first member: leat_limiter_wait(&bucket.limiter, 1, done, t). Any number of threads may call at once.
 */
#ifndef LEAT_LIMITS_H
#define LEAT_LIMITS_H

#include "monitor.h"
#include "stages.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- limiter.c ----------------------------------------------------------------------------------- */

/* The state that events leave behind. Each kind of limiter gives its own meaning to `amount` and `count`. */
typedef struct leat_limiter_state { leat_time at; double amount; long count; } leat_limiter_state;
typedef struct leat_reservation_ { leat_time when; long n; } leat_reservation_;

/* The part that all kinds of limiter share. A limiter of your own sets kind_, rate_ and burst_ when it is made; the
 * rest is 0 then. Its kind may look at these, inside the monitor:
 *   then_         the state after all events, also after those that are reserved
 *   now_          the state after the events that have happened, while others are reserved
 *   reserved_     the reserved events, in the order of their times */
typedef struct leat_limiter {
	leat_monitor monitor_;
	const struct leat_limiter_kind *kind_;
	double rate_;                   /* events a second, in the long run */
	long burst_;                    /* the most events of one call */
	leat_limiter_state now_, then_;
	int happened_;                  /* 1: events have happened, ... */
	leat_time last_;                /* ... the last of them at this time */
	leat_reservation_ *reserved_;
	size_t reserved_count_, reserved_room_;
	void *first_;                   /* what the first in line asks for; NULL: no thread waits */
	leat_time since_;               /* the time from which on its request counts */
	uint64_t ahead_;                /* events that the threads in line ask for */
	struct leat_limiter **members_; /* of a set; NULL: it is none */
	size_t count_;
} leat_limiter;

/* The functions of a kind of limiter. They are called inside the monitor, with n > 0. */
typedef struct leat_limiter_kind {
	/* The earliest time, not before t, at which n events may happen after those of `then_`; LEAT_NEVER for never.
	 * If n is more than the burst: the time of the last, if they are asked for one after the other. */
	leat_time (*earliest)(const leat_limiter *limiter, long n, leat_time t);
	/* n events happen at `when`: change the state, which is now_ or then_. */
	void (*take)(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when);
	/* Is there no room for n events to wait? n includes those that wait in line. NULL: any number may wait. */
	int (*is_full)(const leat_limiter *limiter, long n, leat_time now);
} leat_limiter_kind;

/* A rate, in events a second: that of one event every `interval`, and that of n events every `duration`. If the time is
 * not positive: INFINITY, which is no limit. If n is negative, so is the rate, and no limiter takes it. */
double leat_every(leat_time interval);
double leat_per(long n, leat_time duration);

/* THE ORDER. Waiting threads stand in line. Only the first takes its events, when their time has come. While threads
 * wait, no other call takes or reserves anything, so no later call overtakes them. Events are never earlier than events
 * that were reserved before. 0 events may always happen. */

/* Wait until n events may happen, and take them.
 *   blocks    until then, or until `done` comes. If the call cannot succeed by t as long as the threads before it stay
 *             in line, it returns at once
 *   returns   1. -1 with ETIMEDOUT, ECANCELED, EAGAIN (t is LEAT_NOW, or no more may wait), or EINVAL: they can never
 *             happen (n is negative or more than the burst, or the rate is 0). Then nothing was taken, and those behind
 *             move up. A token bucket that is changed meanwhile may turn a wait into EINVAL */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t);

/* May n events happen now? leat_limiter_allow_at asks for a time that you give.
 *   returns   1: yes, and they are taken. 0: no, or threads wait */
int leat_limiter_allow(leat_limiter *limiter, long n);
int leat_limiter_allow_at(leat_limiter *limiter, long n, leat_time at);

/* Reserve n events, which are to happen at *when: now or in the future. leat_limiter_reserve_at asks at a time that you
 * give, and reserves nothing that would be later than t. So `t` sets the longest wait. With LEAT_NOW they must happen
 * at `at`.
 *
 * `at` may come from a clock of your own, if no call uses another clock for this limiter. LEAT_NOW stands for the
 * present. A time before the last event counts as the time of that event.
 *   returns   1. -1 with ETIMEDOUT: later than t. -1 with EAGAIN: threads wait, no more may wait, or t is LEAT_NOW and
 *             they may not happen now. -1 with EINVAL: `at` is LEAT_NEVER, or as leat_limiter_wait. -1 with ENOMEM.
 *             Then nothing was reserved, and *when is as before */
int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when);
int leat_limiter_reserve_at(leat_limiter *limiter, long n, leat_time at, leat_time t, leat_time *when);

/* Give n events back that were reserved for `when` and will not happen. Then the limiter is as if they had never been
 * reserved, in whatever order reservations are given back. The other reservations keep their times, and new ones come
 * after them. Once the time `when` has come, the events may count as happened. Then this call has no effect. It has
 * none either if n is not positive. Events of leat_limiter_allow and leat_limiter_wait have happened. */
void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when);

/* Free the memory of reservations whose time has not come. A limiter without such reservations has none. */
void leat_limiter_end(leat_limiter *limiter);

double leat_limiter_rate(leat_limiter *limiter);        /* events a second, in the long run */
long leat_limiter_burst(leat_limiter *limiter);         /* the most events that one call may ask for */

/* ---- limit.c ------------------------------------------------------------------------------------- */

/* A stage that passes on each value of `in` at the rate of a limiter. If the limiter refuses, the stage fails with the
 * same error.
 *   handles   the limiter is borrowed and must outlive the stage */
leat_rx leat_limit(leat_rx done, leat_rx in, leat_limiter *limiter);

/* ---- token_bucket.c ------------------------------------------------------------------------------ */

/* A limiter that allows `rate` events a second, and at most `burst` events at once. The bucket is full at first. With
 * the rate 0 it allows the burst, and then nothing. With the rate INFINITY it allows everything, whatever the burst is.
 * Otherwise, with the burst 0 it allows nothing.
 *   returns   1. -1 with EINVAL: the rate or the burst is negative, or the rate is NAN
 *
 * leat_token_bucket_set changes both while the bucket is in use; leat_token_bucket_set_at does so at a time that you
 * give. Tokens stay, as far as the new burst has room for them. Reserved events keep their times. A thread that waits
 * gets its time by the new limit. A thread that waits for a limiter set does so at once only if this bucket was the
 * member that put it off longest. Otherwise it does so when its old time has come.
 *   returns   as leat_token_bucket_init. -1 with EINVAL: `at` is LEAT_NEVER
 *
 * leat_token_bucket_tokens: how many tokens it has at a time (LEAT_NOW: now), beyond those for reserved events. It is
 * negative if these are yet to be made. */
typedef struct leat_token_bucket { leat_limiter limiter; long burst_; } leat_token_bucket;

int leat_token_bucket_init(leat_token_bucket *bucket, double rate, long burst);
int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst);
int leat_token_bucket_set_at(leat_token_bucket *bucket, double rate, long burst, leat_time at);
double leat_token_bucket_tokens(leat_token_bucket *bucket, leat_time at);

/* ---- leaky_bucket.c ------------------------------------------------------------------------------ */

/* A limiter that allows one event every 1/rate seconds. At most `depth` events wait; more are refused with EAGAIN. With
 * the depth 0 nothing waits. With the rate INFINITY it allows everything. Several events that are asked for in one call
 * happen at the time of the last of them, so one call may ask for depth + 1.
 *   returns   1. -1 with EINVAL: the rate is not positive, or the depth is negative */
typedef struct leat_leaky_bucket { leat_limiter limiter; long depth_; } leat_leaky_bucket;

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth);

/* ---- sliding_log.c ------------------------------------------------------------------------------- */

/* A limiter that allows at most n events in any span of the length `span`. With the span LEAT_NEVER: n events at all.
 * It remembers the times of the last n events; leat_sliding_log_end frees that memory, and does what leat_limiter_end
 * does.
 *   returns   1. -1 with EINVAL (n or span is not positive) or ENOMEM */
typedef struct leat_sliding_log { leat_limiter limiter; leat_time span_, *times_; } leat_sliding_log;

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span);
void leat_sliding_log_end(leat_sliding_log *log);

/* ---- fixed_window.c ------------------------------------------------------------------------------ */

/* A limiter that allows at most n events in each span of the length `span`. A span begins with the init, and the others
 * are counted from there. Around the end of a span 2n events may happen in a shorter time. With the span LEAT_NEVER: n
 * events at all.
 *   returns   1. -1 with EINVAL: n or span is not positive */
typedef struct leat_fixed_window { leat_limiter limiter; leat_time span_; } leat_fixed_window;

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span);

/* ---- limiter_set.c ------------------------------------------------------------------------------- */

/* Several limiters together: an event happens at the first time to which all of them agree. The rate and the burst are
 * those of the strictest. A set without members allows everything. Members may be sets too. The array is copied, the
 * members are borrowed. leat_limiter_set_end frees the memory.
 *
 * A member may be in several sets, or be used beside them. The first in line of a set stands in line at each member,
 * too, as one of those that use it. So it holds up others there, even while it waits for another member. Threads that
 * wait for one set keep their order; several sets that share a member take turns. Do not share a fast member with a set
 * that is much slower.
 *   returns   1. -1 with EINVAL (a NULL member) or ENOMEM */
typedef struct leat_limiter_set { leat_limiter limiter; } leat_limiter_set;

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count);
void leat_limiter_set_end(leat_limiter_set *set);

/* ---- gauge.c ------------------------------------------------------------------------------------- */

/* A gauge lets at most n threads at once into some place. Others are refused, or wait in the order in which they came.
 * A leat_gauge is a handle, which leat_gauge_drop ends. If a gauge could not be made, it lets nobody in:
 * leat_gauge_enter returns -1 with the error. A zeroed gauge, and one with n 0, let nobody in either. */
typedef struct leat_gauge { leat_chan places_; } leat_gauge;

leat_gauge leat_gauge_make(size_t n);
void leat_gauge_drop(leat_gauge gauge);

/* leat_gauge_enter: enter the place, as soon as the gauge allows it.
 * void leat_gauge_leave(gauge): leave it. It is a panic if no thread is inside.
 *   blocks    until there is a place, `done` comes, or t has passed
 *   returns   1. -1 with ECANCELED, ETIMEDOUT, or EAGAIN (t is LEAT_NOW, and there is no place) */
int leat_gauge_enter(leat_gauge gauge, leat_rx done, leat_time t);

/* Call fn(arg) inside, if there is a place now. fn may leave by pthread_exit.
 *   returns   1: fn was called. -1 with EAGAIN: no place. -1 with EINVAL: fn is NULL
 *   arg       must outlive this call */
int leat_gauge_process(leat_gauge gauge, void (*fn)(void *arg), void *arg);

/* leat_gauge_map(done, in, gauge, workers, T, fn, arg): leat_map_n whose workers call fn inside the gauge. Several
 * stages may share a gauge; it is borrowed, and may be dropped before they end.
 *   arg       must outlive the stage. All workers call fn(arg, ...) at once, as far as the gauge lets them */
leat_rx leat_gauge_map_of(leat_rx done, leat_rx in, leat_gauge gauge, size_t workers, const leat_type *type,
                          leat_map_fn *fn, void *arg);

/* ---- private: limiter.c -------------------------------------------------------------------------- */

leat_time leat_limiter_time_(double events, double rate, leat_time from);
void leat_limiter_settle_(leat_limiter *one, leat_time t);
void leat_limiter_changed_(leat_limiter *one);
int leat_limiter_wait_until_(leat_limiter *limiter, long n, leat_until_ until, leat_time t);

/* t + duration, or LEAT_NEVER if that is too far. */
static inline leat_time leat_limiter_later_(leat_time t, leat_time duration)
{
	return t < 0 || duration < LEAT_NEVER - t ? t + duration : LEAT_NEVER;
}

/* The time between them, 0 if `to` is not later. */
static inline leat_time leat_limiter_between_(leat_time from, leat_time to)
{
	if (from < 0 && to > INT64_MAX + from)
		return INT64_MAX;
	return to > from ? to - from : 0;
}

/* ---- private: limit.c ---------------------------------------------------------------------------- */

#define leat_limit(...) LEAT_PLACED_(leat_limit, __VA_ARGS__)

/* ---- private: gauge.c ---------------------------------------------------------------------------- */

void leat_gauge_leave_(leat_gauge gauge, const char *where);

static inline leat_gauge leat_placed_gauge_(leat_gauge gauge, const char *where)
{
	(void)leat_placed_chan_(gauge.places_, where);
	return gauge;
}

#define leat_gauge_map_of(...) LEAT_PLACED_(leat_gauge_map_of, __VA_ARGS__)
#define leat_gauge_make(...) leat_placed_gauge_((leat_gauge_make)(__VA_ARGS__), LEAT_HERE_)
#define leat_gauge_leave(...) leat_gauge_leave_((__VA_ARGS__), LEAT_HERE_)
#define leat_gauge_map(done, in, gauge, workers, T, ...) \
	leat_gauge_map_of((done), (in), (gauge), (workers), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
