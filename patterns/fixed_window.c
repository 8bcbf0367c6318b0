/* leat_fixed_window - a limiter: at most n events in each window of time, one window after the other.
 * Needs limiter.c.
 *
 *     | e e e . . | e . . . . | e e e e e |  n = 5; around the end of a window up to 2n may happen
 *
 * Only one window is remembered: the last in which an event happens. No event gets a time in an earlier window.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* The beginning of the window of t, or of the remembered window if that is later. */
static leat_time fixed_window_of(const leat_fixed_window *window, leat_time t)
{
	return t > window->begin_ ? t - (t - window->begin_) % window->span_ : window->begin_;
}

static leat_time fixed_window_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_fixed_window *window = (leat_fixed_window *)limiter;
	leat_time begin = fixed_window_of(window, now);

	if (n <= window->n_) {
		if (begin > window->begin_ || n <= window->n_ - window->used_)
			return begin > now ? begin : now;
		if (window->span_ < LEAT_NEVER - begin)
			return begin + window->span_;
	}
	errno = EINVAL;
	return LEAT_NEVER;
}

static void fixed_window_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	leat_fixed_window *window = (leat_fixed_window *)limiter;
	leat_time begin = fixed_window_of(window, when);

	(void)now;
	window->used_ = (begin > window->begin_ ? 0 : window->used_) + n;
	window->begin_ = begin;
}

static void fixed_window_give_back(leat_limiter *limiter, long n, leat_time when)
{
	leat_fixed_window *window = (leat_fixed_window *)limiter;

	if (when >= window->begin_ && fixed_window_of(window, when) == window->begin_)
		window->used_ = n < window->used_ ? window->used_ - n : 0;
}

static double fixed_window_rate(leat_limiter *limiter)
{
	const leat_fixed_window *window = (leat_fixed_window *)limiter;

	return leat_per(window->n_, window->span_);
}

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span)
{
	if (n < 1 || span < 1)
		return leat_refuse(EINVAL);
	*window = (leat_fixed_window){
		.limiter = { .earliest_ = fixed_window_earliest, .take_ = fixed_window_take,
		             .give_back_ = fixed_window_give_back, .rate_ = fixed_window_rate },
		.span_ = span, .begin_ = leat_now(), .n_ = n,
	};
	return 1;
}
