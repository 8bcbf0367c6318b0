/* leat_fixed_window - a limiter: at most n events in each window of time, one window after the other.
 * Needs limiter.c.
 *
 *     | e e e . . | e . . . . | e e e e e |  n = 5; around the end of a window up to 2n may happen
 *
 * The state is the beginning of the last window in which an event happens, and the number of events in it. No later
 * event gets a time in an earlier window.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* The beginning of the window of t, or of the remembered window if that is later and has events. */
static leat_time fixed_window_of(const leat_fixed_window *window, const leat_limiter_state *state, leat_time t)
{
	leat_time since = leat_limiter_between_(state->at, t) % window->span_;
	leat_time until = leat_limiter_between_(t, state->at) % window->span_;

	if (t >= state->at)
		return t - since;
	if (state->count > 0)
		return state->at;
	return until == 0 || t < LEAT_NOW + window->span_ ? t : t - (window->span_ - until);
}

/* The events that the window of t has no room for go into the windows after it. */
static leat_time fixed_window_earliest(const leat_limiter *limiter, long n, leat_time t)
{
	const leat_fixed_window *window = (const leat_fixed_window *)limiter;
	leat_time begin = fixed_window_of(window, &limiter->then_, t);
	long room = begin > limiter->then_.at ? limiter->burst_ : limiter->burst_ - limiter->then_.count;
	long windows = n > room ? (n - room - 1) / limiter->burst_ + 1 : 0;

	if (windows == 0)
		return begin > t ? begin : t;
	if (windows > LEAT_NEVER / window->span_)
		return LEAT_NEVER;
	return leat_limiter_later_(begin, windows * window->span_);
}

static void fixed_window_take(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when)
{
	leat_time begin = fixed_window_of((const leat_fixed_window *)limiter, state, when);

	state->count = (begin > state->at ? 0 : state->count) + n;
	state->at = begin;
}

static const leat_limiter_kind fixed_window_kind = { fixed_window_earliest, fixed_window_take, NULL };

int leat_fixed_window_init(leat_fixed_window *window, long n, leat_time span)
{
	if (n < 1 || span < 1)
		return leat_refuse(EINVAL);
	*window = (leat_fixed_window){ .limiter = { .kind_ = &fixed_window_kind, .burst_ = n }, .span_ = span };
	window->limiter.rate_ = leat_per(n, span);
	window->limiter.then_.at = leat_now();
	return 1;
}
