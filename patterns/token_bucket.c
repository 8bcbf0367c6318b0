/* leat_token_bucket - a limiter with a rate, and a burst that may happen at once.
 * Needs limiter.c.
 *
 *     rate tokens a second --> [ o o o | burst ] --> an event takes one
 *
 * The state is the number of tokens at the time of the last event. It is negative only if the limit was lowered after
 * events had been reserved: later events pay the debt.
 *
 * WHY THE PROMISE HOLDS: at most burst + rate * span events in any span. Each event uses a token of its own. An event
 * at time t uses no token made after t. It uses no token made more than burst / rate before t either, because no more
 * tokens than the burst are kept. So all tokens used in a span were made in the span or in the burst / rate before it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <limits.h>
#include <math.h>

static double token_bucket_made(const leat_token_bucket *bucket, leat_time from, leat_time to)
{
	return bucket->limiter.rate_ * 1e-9 * (double)leat_limiter_between_(from, to);
}

/* The tokens at t, at most the burst. More tokens are kept if they are made in half a nanosecond: a time that was
 * rounded up has them left, and rounding errors must not add up. With an infinite rate the sum may be NAN, and the
 * comparison gives the burst. */
static double token_bucket_tokens(const leat_token_bucket *bucket, const leat_limiter_state *state, leat_time t)
{
	double tokens = state->amount + token_bucket_made(bucket, state->at, t);

	return tokens <= (double)bucket->burst_ + bucket->limiter.rate_ * 0.5e-9 ? tokens : (double)bucket->burst_;
}

static leat_time token_bucket_earliest(const leat_limiter *limiter, long n, leat_time t)
{
	const leat_token_bucket *bucket = (const leat_token_bucket *)limiter;
	leat_time from = t > limiter->then_.at ? t : limiter->then_.at;
	double missing = (double)n - token_bucket_tokens(bucket, &limiter->then_, from);

	if (missing <= 0 || isinf(bucket->limiter.rate_))
		return from;
	return leat_limiter_time_(missing, bucket->limiter.rate_, from);
}

static void token_bucket_take(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when)
{
	const leat_token_bucket *bucket = (const leat_token_bucket *)limiter;

	state->amount = token_bucket_tokens(bucket, state, when) - (isinf(bucket->limiter.rate_) ? 0 : (double)n);
	state->at = when > state->at ? when : state->at;
}

static const leat_limiter_kind token_bucket_kind = { token_bucket_earliest, token_bucket_take, NULL };

static void token_bucket_limit(leat_token_bucket *bucket, double rate, long burst)
{
	bucket->burst_ = burst;
	bucket->limiter.rate_ = rate;
	bucket->limiter.burst_ = isinf(rate) ? LONG_MAX : burst;
}

int leat_token_bucket_init(leat_token_bucket *bucket, double rate, long burst)
{
	if (!(rate >= 0) || burst < 0)
		return leat_refuse(EINVAL);
	*bucket = (leat_token_bucket){ .limiter = { .kind_ = &token_bucket_kind } };
	token_bucket_limit(bucket, rate, burst);
	bucket->limiter.then_ = (leat_limiter_state){ LEAT_NOW, (double)burst, 0 };
	return 1;
}

/* The tokens that were made until now were made at the old rate. */
int leat_token_bucket_set_at(leat_token_bucket *bucket, double rate, long burst, leat_time at)
{
	leat_limiter *limiter = &bucket->limiter;

	if (!(rate >= 0) || burst < 0 || at == LEAT_NEVER)
		return leat_refuse(EINVAL);
	leat_monitor_enter(&limiter->monitor_);
	at = at == LEAT_NOW ? leat_now() : at;
	leat_limiter_settle_(limiter, at);
	token_bucket_take(limiter, limiter->reserved_count_ > 0 ? &limiter->now_ : &limiter->then_, 0, at);
	token_bucket_limit(bucket, rate, burst);
	leat_limiter_changed_(limiter);
	leat_monitor_leave(&limiter->monitor_);
	return 1;
}

int leat_token_bucket_set(leat_token_bucket *bucket, double rate, long burst)
{
	return leat_token_bucket_set_at(bucket, rate, burst, LEAT_NOW);
}

/* Before the last reservation there are fewer, because the tokens for it are yet to be made. */
double leat_token_bucket_tokens(leat_token_bucket *bucket, leat_time at)
{
	const leat_limiter_state *state = &bucket->limiter.then_;
	double tokens;

	leat_monitor_enter(&bucket->limiter.monitor_);
	at = at == LEAT_NOW ? leat_now() : at;
	tokens = token_bucket_tokens(bucket, state, at);
	if (at < state->at && bucket->limiter.reserved_count_ > 0 && !isinf(bucket->limiter.rate_))
		tokens -= token_bucket_made(bucket, at, state->at);
	leat_monitor_leave(&bucket->limiter.monitor_);
	return tokens;
}
