/* leat_leaky_bucket - a limiter: evenly, one event every 1/rate seconds, in a queue of at most so many.
 * Needs limiter.c.
 *
 *     e e e --> [ queue | depth ] --> e . e . e .
 *            \--> refused when it is full
 *
 * The level says how many have not leaked out, the one that leaks among them: an event happens when it begins to leak.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>

static double leaky_bucket_level(const leat_leaky_bucket *bucket, leat_time t)
{
	double leaked = t > bucket->last_ ? bucket->rate_ * 1e-9 * (double)(t - bucket->last_) : 0;

	return leaked < bucket->level_ ? bucket->level_ - leaked : 0;
}

/* When it leaks next: later than now where an event must happen later than it could, as another limiter wants it. */
static leat_time leaky_bucket_begin(const leat_leaky_bucket *bucket, leat_time now)
{
	return now > bucket->last_ ? now : bucket->last_;
}

/* When the last of so many begins to leak, to the nearest nanosecond. What is centuries away will never be. */
static leat_time leaky_bucket_last(const leat_leaky_bucket *bucket, double level, leat_time from)
{
	double ns;

	if (level <= 1)
		return from;
	ns = (level - 1) / bucket->rate_ * 1e9;
	return ns < (double)(LEAT_NEVER - from) / 2 ? from + (leat_time)(ns + 0.5) : LEAT_NEVER;
}

/* Others than the one that leaks wait, less a billionth: what computing with fractions has left. */
static leat_time leaky_bucket_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_leaky_bucket *bucket = (leat_leaky_bucket *)limiter;
	double level = leaky_bucket_level(bucket, now) + (double)n;
	leat_time when = leaky_bucket_last(bucket, level, leaky_bucket_begin(bucket, now));

	if (isinf(bucket->rate_))
		return now;
	if (level - 1 - 1e-9 <= (double)bucket->depth_ && when != LEAT_NEVER)
		return when;
	errno = n - 1 <= bucket->depth_ && when != LEAT_NEVER ? EAGAIN : EINVAL;
	return LEAT_NEVER;
}

/* Where the last one happens later than it must, nothing leaks for so long: then the next one has its time 1/rate after
 * it, and the level still says how many there are. */
static void leaky_bucket_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	leat_leaky_bucket *bucket = (leat_leaky_bucket *)limiter;

	bucket->level_ = leaky_bucket_level(bucket, now) + (double)n;
	bucket->last_ = leaky_bucket_begin(bucket, now);
	bucket->last_ += when - leaky_bucket_last(bucket, bucket->level_, bucket->last_);
}

/* Of events that are not the last in the queue nothing is left: those behind them keep their times. */
static void leaky_bucket_give_back(leat_limiter *limiter, long n, leat_time when)
{
	leat_leaky_bucket *bucket = (leat_leaky_bucket *)limiter;

	if (when < leaky_bucket_last(bucket, bucket->level_, bucket->last_))
		return;
	bucket->level_ = bucket->level_ > (double)n ? bucket->level_ - (double)n : 0;
}

static double leaky_bucket_rate(leat_limiter *limiter)
{
	return ((leat_leaky_bucket *)limiter)->rate_;
}

int leat_leaky_bucket_init(leat_leaky_bucket *bucket, double rate, long depth)
{
	if (!(rate > 0) || depth < 0) {
		errno = EINVAL;
		return -1;
	}
	*bucket = (leat_leaky_bucket){
		.limiter = { .earliest_ = leaky_bucket_earliest, .take_ = leaky_bucket_take,
		             .give_back_ = leaky_bucket_give_back, .rate_ = leaky_bucket_rate },
		.rate_ = rate, .depth_ = depth, .last_ = leat_now(),
	};
	return 1;
}
