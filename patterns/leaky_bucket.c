/* leat_leaky_bucket - a limiter: one event every 1/rate seconds, and a queue of limited depth.
 * Needs limiter.c.
 *
 *     e e e --> [ queue | depth ] --> e . e . e .
 *            \--> refused when it is full
 *
 * The level is the number of events that have not leaked out yet. It includes the one that leaks now. An event happens
 * when it begins to leak.
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

/* The time from which on it leaks. It is later than now if a limiter set has put an event off. */
static leat_time leaky_bucket_begin(const leat_leaky_bucket *bucket, leat_time now)
{
	return now > bucket->last_ ? now : bucket->last_;
}

/* When the last event of this level begins to leak: when all others have leaked out. */
static leat_time leaky_bucket_last(const leat_leaky_bucket *bucket, double level, leat_time from)
{
	return leat_limiter_time_(level - 1, bucket->rate_, from);
}

/* All but the one that leaks wait in the queue. A billionth is taken off for the rounding errors. */
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

/* In a limiter set the events may happen later than this bucket asks. Then nothing leaks for the difference: so the
 * next event comes 1/rate after the last of these, and the level still counts all that wait. */
static void leaky_bucket_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	leat_leaky_bucket *bucket = (leat_leaky_bucket *)limiter;

	bucket->level_ = leaky_bucket_level(bucket, now) + (double)n;
	bucket->last_ = leaky_bucket_begin(bucket, now);
	bucket->last_ += when - leaky_bucket_last(bucket, bucket->level_, bucket->last_);
}

/* Only the last events in the queue free their places: those behind others keep their times, so nothing is gained. */
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
	if (!(rate > 0) || depth < 0)
		return leat_refuse(EINVAL);
	*bucket = (leat_leaky_bucket){
		.limiter = { .earliest_ = leaky_bucket_earliest, .take_ = leaky_bucket_take,
		             .give_back_ = leaky_bucket_give_back, .rate_ = leaky_bucket_rate },
		.rate_ = rate, .depth_ = depth, .last_ = leat_now(),
	};
	return 1;
}
