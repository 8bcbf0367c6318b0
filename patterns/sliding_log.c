/* leat_sliding_log - a limiter: at most n events in any span of time.
 * Needs limiter.c.
 *
 *     [ t1 t2 ... tn ] <-- the times of the last n; the next one is a span after t1 at the earliest
 *
 * The times are a ring, and they ascend. So an event that a limiter set has put off holds up the events after it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

/* The i-th time: 0 is the oldest, -1 the newest. */
static leat_time *sliding_log_at(const leat_sliding_log *log, long i)
{
	long at = log->next_ + i;

	return &log->times_[at < 0 ? at + log->n_ : at < log->n_ ? at : at - log->n_];
}

static leat_time sliding_log_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_sliding_log *log = (leat_sliding_log *)limiter;
	leat_time newest = *sliding_log_at(log, -1), freed;

	if (n <= log->n_) {
		freed = *sliding_log_at(log, n - 1);
		if (freed < 0 || log->span_ < LEAT_NEVER - freed) {
			freed += log->span_;
			now = newest > now ? newest : now;
			return freed > now ? freed : now;
		}
	}
	errno = EINVAL;
	return LEAT_NEVER;
}

static void sliding_log_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	leat_sliding_log *log = (leat_sliding_log *)limiter;

	(void)now;
	for (; n > 0; n--) {
		*sliding_log_at(log, 0) = when;
		log->next_ = (log->next_ + 1) % log->n_;
	}
}

/* Remove up to n entries with this time. The newer entries move down, and the freed entries become the oldest.
 *
 * The true times of these oldest entries were overwritten, but there is a bound. They were no later than the oldest
 * entry that is left, and at least a span before the newest event, which took the place of one of them. The entries get
 * this bound: as they are no earlier than the true times, no event is allowed too early. */
static void sliding_log_give_back(leat_limiter *limiter, long n, leat_time when)
{
	leat_sliding_log *log = (leat_sliding_log *)limiter;
	leat_time before;
	long end = log->n_, begin;

	while (end > 0 && *sliding_log_at(log, end - 1) > when)
		end--;
	for (begin = end; begin > 0 && end - begin < n && *sliding_log_at(log, begin - 1) == when;)
		begin--;
	if (begin == end)
		return;
	before = *sliding_log_at(log, -1) - log->span_;
	if (begin > 0 && *sliding_log_at(log, 0) < before)
		before = *sliding_log_at(log, 0);
	for (long i = end; i < log->n_; i++)
		*sliding_log_at(log, begin + i - end) = *sliding_log_at(log, i);
	for (; begin < end; begin++) {
		log->next_ = (log->next_ > 0 ? log->next_ : log->n_) - 1;
		*sliding_log_at(log, 0) = before;
	}
}

static double sliding_log_rate(leat_limiter *limiter)
{
	const leat_sliding_log *log = (leat_sliding_log *)limiter;

	return leat_per(log->n_, log->span_);
}

int leat_sliding_log_init(leat_sliding_log *log, long n, leat_time span)
{
	*log = (leat_sliding_log){
		.limiter = { .earliest_ = sliding_log_earliest, .take_ = sliding_log_take,
		             .give_back_ = sliding_log_give_back, .rate_ = sliding_log_rate },
		.span_ = span, .n_ = n,
	};
	if (n < 1 || span < 1)
		return leat_refuse(EINVAL);
	if ((size_t)n <= PTRDIFF_MAX / sizeof(leat_time))
		log->times_ = malloc((size_t)n * sizeof *log->times_);
	if (!log->times_)
		return leat_refuse(ENOMEM);
	for (long i = 0; i < n; i++)
		log->times_[i] = -LEAT_NEVER; /* long ago */
	return 1;
}

void leat_sliding_log_end(leat_sliding_log *log)
{
	free(log->times_);
	log->times_ = NULL;
}
