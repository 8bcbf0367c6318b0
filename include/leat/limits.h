/* SPDX-License-Identifier: 0BSD
 *
 * limits.h - limits.
 *
 * A limiter says when so many events may happen. The kinds: a token bucket (a rate, and a burst that may go at once),
 * a leaky bucket (evenly, in a queue of at most so many), a sliding log (at most n in any span of d), a fixed window
 * (at most n in each span of d), and several that must all agree. Each is a struct of yours, made ready by its init
 * function, without which (or with one that has failed) it must not be used; give &bucket.limiter to the calls below.
 * leat_every(LEAT_MS(100)) and leat_per(10, LEAT_S(1)) are rates, in events a second. Any number of threads may call
 * at once.
 */
#ifndef LEAT_LIMITS_H
#define LEAT_LIMITS_H

#include "stage.h"
#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- limiter.c ---------------------------------------------------------------------------------- */

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

/* ---- limit.c ------------------------------------------------------------------------------------ */

/* Each value of `in`, at the rate of the limiter, which is borrowed and must outlive the stage. Ends with the
 * errno of a limiter that refuses. */
leat_rx leat_limit(leat_rx done, leat_rx in, leat_limiter *limiter);

/* ---- token_bucket.c ----------------------------------------------------------------------------- */

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

/* ---- leaky_bucket.c ----------------------------------------------------------------------------- */

/* One event every 1/rate seconds, in their order, while at most `depth` wait; more are refused (EAGAIN). Several
 * at once have their time when the last of them has. -1 and EINVAL: a rate that is not positive, a negative depth. */
typedef struct leat_leaky_bucket {
	leat_limiter limiter;
	double rate_, level_;
	long depth_;
	leat_time last_;
} leat_leaky_bucket;

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth);

/* ---- sliding_log.c ------------------------------------------------------------------------------ */

/* At most n events in any span of `span`: remembers when the last n were. leat_sliding_log_end gives back its
 * memory. */
typedef struct leat_sliding_log { leat_limiter limiter; leat_time span_, *times_; long n_, next_; } leat_sliding_log;

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span);   /* -1: EINVAL, ENOMEM */
void leat_sliding_log_end(leat_sliding_log *log);

/* ---- fixed_window.c ----------------------------------------------------------------------------- */

/* At most n events in each span of `span`, counted from init: up to 2n around the end of one. */
typedef struct leat_fixed_window { leat_limiter limiter; leat_time span_, begin_; long n_, used_; } leat_fixed_window;

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span);

/* ---- limiter_set.c ------------------------------------------------------------------------------ */

/* All of several (which may be such sets themselves): the first time at which all agree, the rate of the
 * strictest. They are borrowed, the array is copied. A member in several sets, or used beside them, serves first
 * come first served: what waits for another member holds its place, and may hold up others until then. Given back,
 * its place is free, but only a sliding log has the time before it back too: share no fast member of another kind
 * with a set that is much slower. leat_limiter_set_end gives back its memory. */
typedef struct leat_limiter_set { leat_limiter limiter; leat_limiter **members_; size_t count_; } leat_limiter_set;

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count);  /* -1: EINVAL, ENOMEM */
void leat_limiter_set_end(leat_limiter_set *set);

/* ---- gauge.c ------------------------------------------------------------------------------------ */

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

/* ---- private: gauge.c --------------------------------------------------------------------------- */

void leat_gauge_leave_(leat_gauge gauge, const char *where);

#define leat_gauge_leave(...) leat_gauge_leave_((__VA_ARGS__), LEAT_HERE_)
#define leat_gauge_map(done, in, gauge, workers, T, ...) \
	leat_gauge_map_of((done), (in), (gauge), (workers), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
