/* leat_sliding_log - a limiter: at most n events in any span of time.
 * Needs limiter.c.
 *
 *     [ t1 t2 ... tn ] <-- the times of the last n; the next one is a span after t1 at the earliest
 *
 * The times of the events that have happened are a ring. Reserved events come after them. All ascend. The count of a
 * state is the index after the newest time in the ring.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

/* The time of an event: 0 is the newest, n - 1 the oldest that is needed. */
static leat_time sliding_log_at(const leat_sliding_log *log, long i)
{
	const leat_limiter *limiter = &log->limiter;
	size_t reserved = limiter->reserved_count_;

	for (; reserved > 0 && i >= limiter->reserved_[reserved - 1].n; reserved--)
		i -= limiter->reserved_[reserved - 1].n;
	if (reserved > 0)
		return limiter->reserved_[reserved - 1].when;
	i = (limiter->reserved_count_ > 0 ? limiter->now_ : limiter->then_).count - 1 - i;
	return log->times_[i < 0 ? i + limiter->burst_ : i];
}

/* n events fill a number of whole spans, and the rest of them take the places of the oldest. */
static leat_time sliding_log_earliest(const leat_limiter *limiter, long n, leat_time t)
{
	const leat_sliding_log *log = (const leat_sliding_log *)limiter;
	leat_time freed = sliding_log_at(log, limiter->burst_ - 1 - (n - 1) % limiter->burst_);
	leat_time newest = sliding_log_at(log, 0), first = newest > t ? newest : t;
	long spans = (n - 1) / limiter->burst_;

	if (freed != LEAT_NOW && leat_limiter_later_(freed, log->span_) > first)
		first = leat_limiter_later_(freed, log->span_);
	return spans > LEAT_NEVER / log->span_ ? LEAT_NEVER : leat_limiter_later_(first, spans * log->span_);
}

/* Reserved events are not in the ring. */
static void sliding_log_take(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when)
{
	const leat_sliding_log *log = (const leat_sliding_log *)limiter;

	if (state == &limiter->then_ && limiter->reserved_count_ > 0)
		return;
	for (; n > 0; n--) {
		log->times_[state->count] = when;
		state->count = (state->count + 1) % limiter->burst_;
	}
}

static const leat_limiter_kind sliding_log_kind = { sliding_log_earliest, sliding_log_take, NULL };

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span)
{
	*log = (leat_sliding_log){ .limiter = { .kind_ = &sliding_log_kind, .burst_ = n }, .span_ = span };
	log->limiter.rate_ = leat_per(n, span);
	if (n < 1 || span < 1)
		return leat_refuse(EINVAL);
	if ((size_t)n <= PTRDIFF_MAX / sizeof(leat_time))
		log->times_ = malloc((size_t)n * sizeof *log->times_);
	if (!log->times_)
		return leat_refuse(ENOMEM);
	for (long i = 0; i < n; i++)
		log->times_[i] = LEAT_NOW; /* none yet */
	return 1;
}

void leat_sliding_log_end(leat_sliding_log *log)
{
	leat_limiter_end(&log->limiter);
	free(log->times_);
	log->times_ = NULL;
}
