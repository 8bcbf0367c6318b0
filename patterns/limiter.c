/* leat_limiter - what all limiters have in common: events are allowed, reserved, waited for and given back.
 *
 *     allow, wait -> [limiter] : when? -> [token bucket, leaky bucket, ...]
 *     sleep until then  <-/
 *
 * The kinds of limiter are in files of their own. Each kind knows when events may happen and what remains after them.
 * A limiter changes only inside its monitor. No thread queues there: a caller that has taken a future event leaves the
 * monitor and sleeps until that time.
 *
 * A kind is asked before anything is taken, in one stay inside the monitor, so a refusal has nothing to undo. The clock
 * is read inside too, so a caller that enters later never brings an earlier time.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>

double leat_every(leat_time interval)
{
	return leat_per(1, interval);
}

double leat_per(long n, leat_time duration)
{
	return duration > 0 ? (double)n * 1e9 / (double)duration : (double)INFINITY;
}

/* For the kinds of limiter: the time at which this number of events will have passed at this rate, to the nearest
 * nanosecond. It is LEAT_NEVER if that is centuries away. */
leat_time leat_limiter_time_(double events, double rate, leat_time from)
{
	double ns;

	if (events <= 0)
		return from;
	ns = events / rate * 1e9;
	return ns < (double)(LEAT_NEVER - from) / 2 ? from + (leat_time)(ns + 0.5) : LEAT_NEVER;
}

static void limiter_enter(leat_limiter *limiter)
{
	leat_monitor_enter(&limiter->monitor_);
	if (limiter->hold_)
		limiter->hold_(limiter, 1);
}

static void limiter_leave(leat_limiter *limiter)
{
	if (limiter->hold_)
		limiter->hold_(limiter, 0);
	leat_monitor_leave(&limiter->monitor_);
}

/* The caller is inside the monitor. Take n events if they may happen now or by `t`. Returns 0 or an errno value. */
static int limiter_take_inside(leat_limiter *limiter, long n, leat_time t, leat_time *when)
{
	leat_time now = leat_now();
	leat_time earliest = n > 0 ? limiter->earliest_(limiter, n, now) : now;

	if (earliest == LEAT_NEVER)
		return errno;
	if (earliest > t && earliest > now)
		return t == LEAT_NOW ? EAGAIN : ETIMEDOUT;
	if (n > 0)
		limiter->take_(limiter, n, now, earliest);
	*when = earliest;
	return 0;
}

static int limiter_take(leat_limiter *limiter, long n, leat_time t, leat_time *when)
{
	int error = EINVAL;

	if (limiter && n >= 0) {
		limiter_enter(limiter);
		error = limiter_take_inside(limiter, n, t, when);
		limiter_leave(limiter);
	}
	return error ? leat_refuse(error) : 1;
}

int leat_limiter_allow(leat_limiter *limiter, long n)
{
	leat_time when;

	return limiter_take(limiter, n, LEAT_NOW, &when) > 0;
}

int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when)
{
	return limiter_take(limiter, n, LEAT_NEVER, when);
}

void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when)
{
	if (!limiter || n <= 0)
		return;
	limiter_enter(limiter);
	limiter->give_back_(limiter, n, when);
	limiter_leave(limiter);
}

/* Sleep until t. Returns 1, or -1 with ECANCELED if done came first. */
static int limiter_sleep(leat_rx done, leat_time t)
{
	if (leat_wait_ready_by(done, t) >= 0)
		return leat_refuse(ECANCELED);
	return errno == ETIMEDOUT || errno == EAGAIN ? 1 : -1;
}

/* Done is checked before anything is taken, so a caller that was cancelled earlier costs the others nothing. */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t)
{
	leat_time when;
	int error;

	if (limiter_sleep(done, LEAT_NOW) < 0 || limiter_take(limiter, n, t, &when) < 0)
		return -1;
	if (when <= leat_now() || limiter_sleep(done, when) > 0)
		return 1;
	error = errno;
	leat_limiter_give_back(limiter, n, when);
	return leat_refuse(error);
}

double leat_limiter_rate(leat_limiter *limiter)
{
	double rate;

	limiter_enter(limiter);
	rate = limiter->rate_(limiter);
	limiter_leave(limiter);
	return rate;
}
