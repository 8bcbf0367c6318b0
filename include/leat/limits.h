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

/* Every limiter has these functions, also one of your own. They are called inside the monitor, with n > 0. */
typedef struct leat_limiter {
	leat_monitor monitor_;

	/* The earliest time, not before `now`, at which n events may happen. Returns LEAT_NEVER with errno to refuse
	 * them (EINVAL: for ever, EAGAIN: the queue is full). It changes nothing. */
	leat_time (*earliest_)(struct leat_limiter *limiter, long n, leat_time now);
	/* n events happen at `when`, which is not before their earliest time. */
	void (*take_)(struct leat_limiter *limiter, long n, leat_time now, leat_time when);
	/* n events that were to happen at `when` will not. */
	void (*give_back_)(struct leat_limiter *limiter, long n, leat_time when);
	double (*rate_)(struct leat_limiter *limiter); /* events a second, in the long run */
	/* Enter (1) or leave (0) the monitors that it needs besides its own. May be NULL. */
	void (*hold_)(struct leat_limiter *limiter, int hold);
} leat_limiter;

/* A rate, in events a second: that of one event every `interval`, and that of n events every `duration`. If the time is
 * not positive: INFINITY, which is no limit. */
double leat_every(leat_time interval);
double leat_per(long n, leat_time duration);

/* May n events happen now?
 *   returns   1: yes, and they are taken. 0: no */
int leat_limiter_allow(leat_limiter *limiter, long n);

/* Take n events, which are to happen at *when: now or in the future.
 *   returns   1. -1 with EINVAL: they can never happen (n is negative or beyond the limit). -1 with EAGAIN: the queue
 *             is full */
int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when);

/* Give events back that were reserved for `when` and will not happen. Others get what can still be used. */
void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when);

/* Wait until n events may happen.
 *   blocks    until then, or until `done` comes. A wait that cannot succeed by t returns at once
 *   returns   1. -1 with ETIMEDOUT, ECANCELED, and as leat_limiter_reserve. Then nothing remains taken */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t);

double leat_limiter_rate(leat_limiter *limiter);        /* events a second, in the long run */

/* ---- limit.c ------------------------------------------------------------------------------------- */

/* A stage that passes on each value of `in` at the rate of a limiter. If the limiter refuses, the stage fails with the
 * same error.
 *   handles   the limiter is borrowed and must outlive the stage */
leat_rx leat_limit(leat_rx done, leat_rx in, leat_limiter *limiter);

/* ---- token_bucket.c ------------------------------------------------------------------------------ */

/* It allows `rate` events a second, and at most `burst` events at once. The bucket is full at first.
 * leat_token_bucket_set changes both while the bucket is in use. Tokens stay, as far as the new burst has room for
 * them, and events that are reserved keep their times.
 *   returns   1; -1 and EINVAL: the rate or the burst is negative, or the rate is NAN */
typedef struct leat_token_bucket {
	leat_limiter limiter;
	double rate_, tokens_;
	long burst_;
	leat_time last_, latest_;
} leat_token_bucket;

int leat_token_bucket_init(leat_token_bucket *bucket, double rate, long burst);
int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst);

/* ---- leaky_bucket.c ------------------------------------------------------------------------------ */

/* It allows one event every 1/rate seconds, in the order in which they were asked for. At most `depth` events wait;
 * more are refused with EAGAIN. Several events that are asked for in one call happen at the time of the last of them.
 *   returns   1; -1 and EINVAL: the rate is not positive, or the depth is negative */
typedef struct leat_leaky_bucket {
	leat_limiter limiter;
	double rate_, level_;
	long depth_;
	leat_time last_;
} leat_leaky_bucket;

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth);

/* ---- sliding_log.c ------------------------------------------------------------------------------- */

/* It allows at most n events in any span of the length `span`. It remembers the times of the last n events;
 * leat_sliding_log_end frees that memory.
 *   returns   1; -1 with EINVAL (n or span is not positive) or ENOMEM */
typedef struct leat_sliding_log { leat_limiter limiter; leat_time span_, *times_; long n_, next_; } leat_sliding_log;

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span);
void leat_sliding_log_end(leat_sliding_log *log);

/* ---- fixed_window.c ------------------------------------------------------------------------------ */

/* It allows at most n events in each span of the length `span`. The first span begins with the init. Around the end of
 * a span 2n events may happen in a shorter time.
 *   returns   1; -1 and EINVAL: n or span is not positive */
typedef struct leat_fixed_window { leat_limiter limiter; leat_time span_, begin_; long n_, used_; } leat_fixed_window;

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span);

/* ---- limiter_set.c ------------------------------------------------------------------------------- */

/* Several limiters together: an event happens at the first time to which all of them agree. The rate is that of the
 * strictest. Members may be sets too. The array is copied, the members are borrowed. leat_limiter_set_end frees the
 * memory.
 *
 * A member may be in several sets, or be used beside them. It serves callers in the order in which they came, so a
 * caller that waits for another member of its set holds its place, and may hold up others. A reservation that is given
 * back frees its place. Only a sliding log also recovers the time before it. So do not share a fast member, other than
 * a sliding log, with a set that is much slower.
 *   returns   1; -1 with EINVAL (a NULL member) or ENOMEM */
typedef struct leat_limiter_set { leat_limiter limiter; leat_limiter **members_; size_t count_; } leat_limiter_set;

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count);
void leat_limiter_set_end(leat_limiter_set *set);

/* ---- gauge.c ------------------------------------------------------------------------------------- */

/* A gauge lets at most n threads at once into some place. Others are refused, or wait in the order in which they came.
 * A leat_gauge is a handle, which leat_gauge_drop ends. If a gauge could not be made, it lets nobody in:
 * leat_gauge_enter returns -1 with the error. A zeroed gauge, and one with n 0, let nobody in either. */
typedef struct leat_gauge { leat_chan places_; } leat_gauge;

leat_gauge leat_gauge_make(size_t n);
void leat_gauge_drop(leat_gauge gauge);

/* Enter. void leat_gauge_leave(gauge): leave. It is a panic if no thread is inside.
 *   blocks    until there is a place, `done` comes, or t has passed
 *   returns   1; -1 with ECANCELED, ETIMEDOUT, or EAGAIN (t is LEAT_NOW, and there is no place) */
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

/* ---- private: gauge.c ---------------------------------------------------------------------------- */

void leat_gauge_leave_(leat_gauge gauge, const char *where);

#define leat_gauge_leave(...) leat_gauge_leave_((__VA_ARGS__), LEAT_HERE_)
#define leat_gauge_map(done, in, gauge, workers, T, ...) \
	leat_gauge_map_of((done), (in), (gauge), (workers), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
