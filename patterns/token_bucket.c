/* leat_token_bucket - a limiter: a rate, and a burst that may go at once.
 * Needs limiter.c.
 *
 *     rate tokens a second --> [ o o o | burst ] --> an event takes one
 *
 * Who finds too few takes them all the same, and has its time when the debt is paid: the tokens are below zero then.
 *
 * WHY IT HOLDS. The tokens made one after the other are shares of time. An event at t uses such as were made at most
 * burst / rate before t, as more are never kept, and none made after t. So the events of a span use different tokens
 * made in that span or burst / rate before it: never more than burst + rate * span of them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>

static double token_bucket_seconds(leat_time from, leat_time to)
{
	return to > from ? 1e-9 * (double)(to - from) : 0;
}

/* When so many tokens will have been made, to the nearest nanosecond. What is centuries away will never be. */
static leat_time token_bucket_made(const leat_token_bucket *bucket, double tokens, leat_time from)
{
	double ns;

	if (tokens <= 0)
		return from;
	ns = tokens / bucket->rate_ * 1e9;
	return ns < (double)(LEAT_NEVER - from) / 2 ? from + (leat_time)(ns + 0.5) : LEAT_NEVER;
}

/* No more than full; full, too, where the rate is infinite, and the sum is not a number. */
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

/* When the last event happens, and with it the debt is paid. */
static leat_time token_bucket_end(const leat_token_bucket *bucket)
{
	leat_time paid = token_bucket_made(bucket, -bucket->tokens_, bucket->last_);

	return paid != LEAT_NEVER && paid > bucket->latest_ ? paid : bucket->latest_;
}

static leat_time token_bucket_earliest(leat_limiter *limiter, long n, leat_time now)
{
	leat_token_bucket *bucket = (leat_token_bucket *)limiter;
	leat_time when = LEAT_NEVER;

	if (isinf(bucket->rate_))
		return now;
	if (n <= bucket->burst_)
		when = token_bucket_made(bucket, (double)n - token_bucket_tokens(bucket, now), now);
	if (when == LEAT_NEVER)
		errno = EINVAL;
	return when;
}

/* What it may have so that it is no more than full at `when`: of an event that is later than it must be, as another
 * limiter wants it. */
static double token_bucket_room(const leat_token_bucket *bucket, leat_time when)
{
	return (double)bucket->burst_ - bucket->rate_ * token_bucket_seconds(bucket->last_, when);
}

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

/* Later events have used what was made between this one's time and theirs. The last one's time is kept, as the debt may
 * end before it from now on.
 *
 * No more than that may go back. From any w on there may be burst + rate * (end of the debt - w) events at most, so
 * that those to come find room. It was so from `when` on, with these n: from a later w on, n - rate * (w - when) are to
 * spare at least, and no w is later than the end. */
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
	if (!(rate >= 0) || burst < 0) {
		errno = EINVAL;
		return -1;
	}
	*bucket = (leat_token_bucket){
		.limiter = { .earliest_ = token_bucket_earliest, .take_ = token_bucket_take,
		             .give_back_ = token_bucket_give_back, .rate_ = token_bucket_rate },
		.rate_ = rate, .tokens_ = (double)burst, .burst_ = burst, .last_ = leat_now(), .latest_ = LEAT_NOW,
	};
	return 1;
}

int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst)
{
	if (!(rate >= 0) || burst < 0) {
		errno = EINVAL;
		return -1;
	}
	leat_monitor_enter(&bucket->limiter.monitor_);
	token_bucket_advance(bucket, leat_now());
	bucket->latest_ = token_bucket_end(bucket); /* at the old rate */
	bucket->rate_ = rate;
	bucket->burst_ = burst;
	leat_monitor_leave(&bucket->limiter.monitor_);
	return 1;
}
