/* SPDX-License-Identifier: 0BSD
 *
 * limiter.c - what all limiters have in common. A kind knows when events may happen, and takes them; here they are asked
 * for, waited for, and given back. A limiter is changed inside its monitor alone, and nobody waits in line there: whoever
 * has taken an event of the future sleeps until then.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <math.h>

double leat_every(leat_time interval)
{
	return interval > 0 ? 1e9 / (double)interval : (double)INFINITY;
}

double leat_per(long n, leat_time duration)
{
	return (double)n * leat_every(duration);
}

/* Take n events if they may happen by `latest`: 1; or -1 and errno. */
static int take(leat_limiter *limiter, long n, leat_time now, leat_time latest, leat_time *when)
{
	int error;

	if (!limiter || n < 0) {
		errno = EINVAL;
		return -1;
	}
	errno = EINVAL;
	leat_monitor_enter(&limiter->monitor_);
	*when = limiter->take_(limiter, n, now);
	error = *when == LEAT_NEVER ? errno : *when > latest ? ETIMEDOUT : 0;
	if (error == ETIMEDOUT)
		limiter->give_back_(limiter, n, *when);
	leat_monitor_leave(&limiter->monitor_);
	if (error)
		errno = error;
	return error ? -1 : 1;
}

int leat_limiter_allow(leat_limiter *limiter, long n)
{
	leat_time now = leat_now(), when;

	return take(limiter, n, now, now, &when) > 0;
}

int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when)
{
	return take(limiter, n, leat_now(), LEAT_NEVER, when);
}

void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when)
{
	if (!limiter || n < 0)
		return;
	leat_monitor_enter(&limiter->monitor_);
	limiter->give_back_(limiter, n, when);
	leat_monitor_leave(&limiter->monitor_);
}

int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t)
{
	leat_time now = leat_now(), when;

	if (leat_wait_by(done, LEAT_NOW) >= 0) {
		errno = ECANCELED;
		return -1;
	}
	if (take(limiter, n, now, t > now ? t : now, &when) < 0) {
		if (errno == ETIMEDOUT && t == LEAT_NOW)
			errno = EAGAIN;
		return -1;
	}
	if (when <= now || leat_wait_by(done, when) < 0)
		return 1;
	leat_limiter_give_back(limiter, n, when);
	errno = ECANCELED;
	return -1;
}

double leat_limiter_rate(leat_limiter *limiter)
{
	double rate;

	leat_monitor_enter(&limiter->monitor_);
	rate = limiter->rate_(limiter);
	leat_monitor_leave(&limiter->monitor_);
	return rate;
}
