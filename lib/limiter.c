/* SPDX-License-Identifier: 0BSD
 *
 * limiter.c - what all limiters have in common. A kind knows when events may happen, and what is left when they do;
 * here they are asked for, waited for, and given back. A limiter is changed inside its monitor alone, and nobody waits
 * in line there: whoever has taken an event of the future sleeps until then.
 *
 * A KIND IS ASKED BEFORE ANYTHING IS TAKEN, in one stay inside, so that a refusal has nothing to undo. The clock is
 * read inside too: who enters later never comes with an earlier time.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <math.h>

double leat_every(leat_time interval)
{
	return leat_per(1, interval);
}

double leat_per(long n, leat_time duration)
{
	return duration > 0 ? (double)n * 1e9 / (double)duration : (double)INFINITY;
}

static void hold_limiter(leat_limiter *limiter)
{
	leat_monitor_enter(&limiter->monitor_);
	if (limiter->hold_)
		limiter->hold_(limiter, 1);
}

static void leave_limiter(leat_limiter *limiter)
{
	if (limiter->hold_)
		limiter->hold_(limiter, 0);
	leat_monitor_leave(&limiter->monitor_);
}

/* Inside: take n events if they may happen by `t`, or now: 0, or an errno value. */
static int take_events(leat_limiter *limiter, long n, leat_time t, leat_time *when)
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

static int take_by(leat_limiter *limiter, long n, leat_time t, leat_time *when)
{
	int error = EINVAL;

	if (limiter && n >= 0) {
		hold_limiter(limiter);
		error = take_events(limiter, n, t, when);
		leave_limiter(limiter);
	}
	if (error)
		errno = error;
	return error ? -1 : 1;
}

int leat_limiter_allow(leat_limiter *limiter, long n)
{
	leat_time when;

	return take_by(limiter, n, LEAT_NOW, &when) > 0;
}

int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when)
{
	return take_by(limiter, n, LEAT_NEVER, when);
}

void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when)
{
	if (!limiter || n <= 0)
		return;
	hold_limiter(limiter);
	limiter->give_back_(limiter, n, when);
	leave_limiter(limiter);
}

/* Until t: 1; or -1 and errno: done came first, or there is no memory to receive from it. */
static int sleep_unless_done(leat_rx done, leat_time t)
{
	if (leat_wait_by(done, t) >= 0)
		errno = ECANCELED;
	else if (errno == ETIMEDOUT || errno == EAGAIN)
		return 1;
	return -1;
}

/* Done is looked at before anything is taken: whoever comes too late costs the others nothing. */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t)
{
	leat_time when;
	int error;

	if (sleep_unless_done(done, LEAT_NOW) < 0 || take_by(limiter, n, t, &when) < 0)
		return -1;
	if (when <= leat_now() || sleep_unless_done(done, when) > 0)
		return 1;
	error = errno;
	leat_limiter_give_back(limiter, n, when);
	errno = error;
	return -1;
}

double leat_limiter_rate(leat_limiter *limiter)
{
	double rate;

	hold_limiter(limiter);
	rate = limiter->rate_(limiter);
	leave_limiter(limiter);
	return rate;
}
