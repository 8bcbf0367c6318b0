/* leat_token_bucket - a limiter with a rate, and a burst that may happen at once.
 * Needs limiter.c.
 *
 *     rate tokens a second --> [ o o o | burst ] --> an event takes one
 *
 * An event that finds too few tokens takes them all the same. The number of tokens is negative then, a debt, and the
 * event happens when new tokens have paid it.
 *
 * WHY THE PROMISE HOLDS: at most burst + rate * span events in any span. Each event uses a token of its own. An event
 * at time t uses no token made after t. It uses no token made more than burst / rate before t either, because no more
 * tokens than the burst are kept. So all tokens used in a span were made in the span or in the burst / rate before it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>

static double token_bucket_seconds(leat_time from, leat_time to)
{
	return to > from ? 1e-9 * (double)(to - from) : 0;
}

/* The tokens at t, at most the burst. With an infinite rate the sum may be NAN, and the comparison gives the burst. */
static double token_bucket_tokens(const leat_token_bucket *bucket, leat_time t)
{
	double tokens = bucket->tokens_ + bucket->rate_ * token_bucket_seconds(bucket->last_, t);

	return tokens < (double)bucket->burst_ ? tokens : (double)bucket->burst_;
}

static void token_bucket_advance(leat_token_bucket *bucket, leat_time now)
{
	bucket->tokens_ = token_bucket_tokens(bucket, now);
	bucket->last_ = now > bucket->last_ ? now : bucket->last_;
}

/* When the debt is paid and the last event has happened. */
static leat_time token_bucket_end(const leat_token_bucket *bucket)
{
	leat_time paid = leat_limiter_time_(-bucket->tokens_, bucket->rate_, bucket->last_);

	return paid != LEAT_NEVER && paid > bucket->latest_ ? paid : bucket->latest_;
}

static leat_time token_bucket_earliest(leat_limiter *limiter, long n, leat_time now)
{
	leat_token_bucket *bucket = (leat_token_bucket *)limiter;
	leat_time when = LEAT_NEVER;

	if (isinf(bucket->rate_))
		return now;
	if (n <= bucket->burst_)
		when = leat_limiter_time_((double)n - token_bucket_tokens(bucket, now), bucket->rate_, now);
	if (when == LEAT_NEVER)
		errno = EINVAL;
	return when;
}

/* The most tokens that it may have now so that it is no more than full at `when`. */
static double token_bucket_room(const leat_token_bucket *bucket, leat_time when)
{
	return (double)bucket->burst_ - bucket->rate_ * token_bucket_seconds(bucket->last_, when);
}

/* In a limiter set the event may happen later than this bucket asks. Until that time the bucket must not overflow. */
static void token_bucket_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	leat_token_bucket *bucket = (leat_token_bucket *)limiter;
	int late = when > now && when > token_bucket_earliest(limiter, n, now);

	token_bucket_advance(bucket, now);
	if (late && bucket->tokens_ > token_bucket_room(bucket, when))
		bucket->tokens_ = token_bucket_room(bucket, when);
	bucket->tokens_ -= (double)n;
	if (when > token_bucket_end(bucket))
		bucket->latest_ = when;
}

/* Not all n tokens may go back: later events have used the tokens made between `when` and their own times. `latest_`
 * keeps the time of the last event, because the debt may now end before it.
 *
 * WHY THIS MANY. Events still to come find room if, from any time w on, at most burst + rate * (end - w) events happen,
 * where `end` is the end of the debt. Before the n events are given back this holds from `when` on. So without them,
 * from a later time w on, at least n - rate * (w - when) events are to spare. No w is later than `end`, so n - rate *
 * (end - when) tokens can go back. */
static void token_bucket_give_back(leat_limiter *limiter, long n, leat_time when)
{
	leat_token_bucket *bucket = (leat_token_bucket *)limiter;
	leat_time end = token_bucket_end(bucket);
	double unused = (double)n - bucket->rate_ * token_bucket_seconds(when, end);

	if (unused <= 0)
		return;
	if (when < end)
		bucket->latest_ = end;
	bucket->tokens_ += unused;
}

static double token_bucket_rate(leat_limiter *limiter)
{
	return ((leat_token_bucket *)limiter)->rate_;
}

int leat_token_bucket_init(leat_token_bucket *bucket, double rate, long burst)
{
	if (!(rate >= 0) || burst < 0)
		return leat_refuse(EINVAL);
	*bucket = (leat_token_bucket){
		.limiter = { .earliest_ = token_bucket_earliest, .take_ = token_bucket_take,
		             .give_back_ = token_bucket_give_back, .rate_ = token_bucket_rate },
		.rate_ = rate, .tokens_ = (double)burst, .burst_ = burst, .last_ = leat_now(), .latest_ = LEAT_NOW,
	};
	return 1;
}

int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst)
{
	if (!(rate >= 0) || burst < 0)
		return leat_refuse(EINVAL);
	leat_monitor_enter(&bucket->limiter.monitor_);
	token_bucket_advance(bucket, leat_now());
	bucket->latest_ = token_bucket_end(bucket); /* at the old rate */
	bucket->rate_ = rate;
	bucket->burst_ = burst;
	leat_monitor_leave(&bucket->limiter.monitor_);
	return 1;
}
