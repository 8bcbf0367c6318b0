/* leat_leaky_bucket - a limiter: one event every 1/rate seconds, and a queue of limited depth.
 * Needs limiter.c.
 *
 *     e e e --> [ queue | depth ] --> e . e . e .
 *            \--> refused when it is full
 *
 * The state is the time of the last event, and the part of an event by which rounding to a nanosecond has made that
 * time too early (or too late, if negative). So rounding errors do not add up.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <limits.h>
#include <math.h>

/* How many events leak out in this time. */
static double leaky_bucket_leaked(const leat_leaky_bucket *bucket, leat_time from, leat_time to)
{
	return bucket->limiter.rate_ * 1e-9 * (double)leat_limiter_between_(from, to);
}

/* The first of n events may happen at t, or 1/rate after the last one. The others follow it. */
static leat_time leaky_bucket_earliest(const leat_limiter *limiter, long n, leat_time t)
{
	const leat_leaky_bucket *bucket = (const leat_leaky_bucket *)limiter;
	leat_time last = limiter->then_.at;
	leat_time from_t = leat_limiter_time_((double)n - 1, bucket->limiter.rate_, t);
	leat_time from_last = leat_limiter_time_((double)n + limiter->then_.amount, bucket->limiter.rate_, last);

	if (isinf(bucket->limiter.rate_))
		return t > last ? t : last;
	return last == LEAT_NOW || from_t > from_last ? from_t : from_last;
}

/* If the events do not follow the last one at once, nothing is left over from rounding. */
static void leaky_bucket_take(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when)
{
	const leat_leaky_bucket *bucket = (const leat_leaky_bucket *)limiter;
	double rest = state->amount + (double)n - leaky_bucket_leaked(bucket, state->at, when);

	state->amount = fabs(rest) <= bucket->limiter.rate_ * 0.5e-9 ? rest : 0;
	state->at = when > state->at ? when : state->at;
}

/* How many of n events, the last of them at `when`, have not leaked out by `now`. The one that leaks counts in part. */
static double leaky_bucket_left(const leat_leaky_bucket *bucket, long n, leat_time when, leat_time now)
{
	double left =
		when > now ? 1 + leaky_bucket_leaked(bucket, now, when) : 1 - leaky_bucket_leaked(bucket, when, now);

	return left < 0 ? 0 : left < (double)n ? left : (double)n;
}

/* All events but the one that leaks wait in the queue. A billionth is taken off for the rounding errors. */
static int leaky_bucket_is_full(const leat_limiter *limiter, long n, leat_time now)
{
	const leat_leaky_bucket *bucket = (const leat_leaky_bucket *)limiter;
	const leat_limiter_state *happened = limiter->reserved_count_ > 0 ? &limiter->now_ : &limiter->then_;
	double level = (double)n + leaky_bucket_left(bucket, 1, happened->at, now);

	for (size_t i = 0; i < limiter->reserved_count_; i++)
		level += leaky_bucket_left(bucket, limiter->reserved_[i].n, limiter->reserved_[i].when, now);
	return level - 1 - 1e-9 > (double)bucket->depth_ && !isinf(bucket->limiter.rate_);
}

static const leat_limiter_kind leaky_bucket_kind = { leaky_bucket_earliest, leaky_bucket_take, leaky_bucket_is_full };

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth)
{
	if (!(rate > 0) || depth < 0)
		return leat_refuse(EINVAL);
	*bucket = (leat_leaky_bucket){ .limiter = { .kind_ = &leaky_bucket_kind, .rate_ = rate }, .depth_ = depth };
	bucket->limiter.burst_ = isinf(rate) || depth == LONG_MAX ? LONG_MAX : depth + 1;
	bucket->limiter.then_.at = LEAT_NOW; /* none yet */
	return 1;
}
