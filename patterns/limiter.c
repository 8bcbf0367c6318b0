/* leat_limiter - what all limiters have in common: events are allowed, waited for, and reserved.
 *
 *     wait -> [ 3rd 2nd 1st ] ---> the first takes its events when their time has come
 *     reserve -> ( 5 s, 8 s ) ---> these are taken when their times have come; until then they can be given back
 *
 * The kinds of limiter are in files of their own. A kind knows when events may happen after others, and what state they
 * leave behind. A set has no state of its own: each call on a set asks its members.
 *
 * THE LINE. Only the first in line takes, and only when the time of its events has come. A waiter that gives up has
 * taken nothing, so there is nothing to undo, and those behind it move up. Until its time the first sleeps at the front
 * of the line in the limiter that puts it off longest. The first in line of a set stands in line at each member, one
 * after the other, and takes when it is the first everywhere.
 *
 * RESERVATIONS are events of the future. While there are some, two states are kept: after the events that have
 * happened, and after the reservations too. A reservation that is given back is struck out, and the second state is
 * computed again from the first.
 *
 * INVARIANTS, inside the monitor: no event is earlier than the ones before it, so reservations are in the order of
 * their times. Without reservations only `then_` is kept. While a thread waits, no other call takes or reserves.
 *
 * LOCK ORDER: a set's monitor, then those of its members by ascending address. The array has this order. Threads become
 * the first in line in the same order. So sets that share members cannot wait for each other in a circle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct leat_limiter_ask { long n; leat_time came; };

/* ------------------------------------------------------------------------------------------- for the kinds -- */

double leat_every(leat_time interval)
{
	return leat_per(1, interval);
}

double leat_per(long n, leat_time duration)
{
	return duration > 0 ? (double)n * 1e9 / (double)duration : (double)INFINITY;
}

/* The time at which this number of events will have passed at this rate, to the nearest nanosecond. It is LEAT_NEVER if
 * that is centuries away. */
leat_time leat_limiter_time_(double events, double rate, leat_time from)
{
	double ns;

	if (events <= 0)
		return from;
	ns = events / rate * 1e9;
	return ns < 9e18 ? leat_limiter_later_(from, (leat_time)(ns + 0.5)) : LEAT_NEVER;
}

/* ---------------------------------------------------------------------------------------------- one or a set -- */

/* The limiters that are asked: the members of a set, or the limiter itself. Returns how many. */
static size_t limiter_all(leat_limiter *const *limiter, leat_limiter *const **all)
{
	*all = (*limiter)->members_ ? (*limiter)->members_ : limiter;
	return (*limiter)->members_ ? (*limiter)->count_ : 1;
}

static void limiter_enter(leat_limiter *limiter)
{
	leat_monitor_enter(&limiter->monitor_);
	for (size_t i = 0; i < limiter->count_; i++)
		leat_monitor_enter(&limiter->members_[i]->monitor_);
}

/* Leave all monitors but one (or NULL). */
static void limiter_leave_but(leat_limiter *limiter, const leat_limiter *one)
{
	for (size_t i = 0; i < limiter->count_; i++)
		if (limiter->members_[i] != one)
			leat_monitor_leave(&limiter->members_[i]->monitor_);
	if (limiter != one)
		leat_monitor_leave(&limiter->monitor_);
}

/* From here on the caller is inside all monitors, except where the comment names one. */

static int limiter_has_a_line(const leat_limiter *limiter)
{
	int has = limiter->first_ != NULL;

	for (size_t i = 0; i < limiter->count_; i++)
		has = has || limiter->members_[i]->first_;
	return has;
}

/* The time at which n events may happen, not before t. An event that a member allows at some time may also happen
 * later, so the latest answer suits all. *latest is the member that gave it. Returns 0, or EINVAL: never. */
static inline int limiter_ask(leat_limiter *limiter, long n, leat_time t, leat_time *when, leat_limiter **latest)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	*when = t;
	*latest = limiter;
	for (size_t i = 0; i < count; i++) {
		leat_time its = n > all[i]->burst_ ? LEAT_NEVER : all[i]->kind_->earliest(all[i], n, t);

		if (its == LEAT_NEVER)
			return EINVAL;
		if (its > *when) {
			*when = its;
			*latest = all[i];
		}
	}
	return 0;
}

/* -------------------------------------------------------------------------------------- events, reservations -- */

/* Inside its monitor: n events happen. */
static inline void limiter_happen(leat_limiter *one, leat_limiter_state *state, long n, leat_time when)
{
	one->kind_->take(one, state, n, when);
	one->last_ = one->happened_ && one->last_ > when ? one->last_ : when;
	one->happened_ = 1;
}

/* Inside its monitor: take the reservations whose time has come by t. The memory is kept only while there are some. */
void leat_limiter_settle_(leat_limiter *one, leat_time t)
{
	size_t due = 0;

	for (; due < one->reserved_count_ && one->reserved_[due].when <= t; due++)
		limiter_happen(one, &one->now_, one->reserved_[due].n, one->reserved_[due].when);
	if (due == 0)
		return;
	one->reserved_count_ -= due;
	memmove(one->reserved_, one->reserved_ + due, one->reserved_count_ * sizeof *one->reserved_);
	if (one->reserved_count_ == 0) {
		one->then_ = one->now_;
		leat_limiter_end(one);
	}
}

static void limiter_settle(leat_limiter *limiter, leat_time t)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	for (size_t i = 0; i < count; i++)
		if (all[i]->reserved_count_ > 0)
			leat_limiter_settle_(all[i], t);
}

/* The events happen. They are not before the last reservation, so all of these are settled. */
static inline void limiter_take(leat_limiter *limiter, long n, leat_time when)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	for (size_t i = 0; i < count; i++)
		limiter_happen(all[i], &all[i]->then_, n, when);
}

/* Room for one more reservation. Returns 0 or ENOMEM. */
static int limiter_make_room(leat_limiter *one)
{
	size_t room = one->reserved_room_ ? 2 * one->reserved_room_ : 4;
	leat_reservation_ *more = NULL;

	if (one->reserved_count_ < one->reserved_room_)
		return 0;
	if (room < PTRDIFF_MAX / sizeof *more)
		more = malloc(room * sizeof *more);
	if (!more)
		return ENOMEM;
	if (one->reserved_count_ > 0)
		memcpy(more, one->reserved_, one->reserved_count_ * sizeof *more);
	free(one->reserved_);
	one->reserved_ = more;
	one->reserved_room_ = room;
	return 0;
}

/* Make room for one more reservation in all of them. Returns 0 or ENOMEM. */
static int limiter_make_room_in_all(leat_limiter *const *all, size_t count)
{
	size_t i = 0;

	while (i < count && limiter_make_room(all[i]) == 0)
		i++;
	if (i == count)
		return 0;
	while (i-- > 0)
		if (all[i]->reserved_count_ == 0)
			leat_limiter_end(all[i]);
	return ENOMEM;
}

static int limiter_reserve(leat_limiter *limiter, long n, leat_time when)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	if (limiter_make_room_in_all(all, count))
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (all[i]->reserved_count_ == 0)
			all[i]->now_ = all[i]->then_;
		all[i]->reserved_[all[i]->reserved_count_++] = (leat_reservation_){ when, n };
		all[i]->kind_->take(all[i], &all[i]->then_, n, when);
	}
	return 0;
}

void leat_limiter_end(leat_limiter *limiter)
{
	free(limiter->reserved_);
	limiter->reserved_ = NULL;
	limiter->reserved_count_ = limiter->reserved_room_ = 0;
}

/* Inside its monitor: `now_` or the limit has changed, so compute again what the reservations leave behind, and let the
 * first in line ask again. */
void leat_limiter_changed_(leat_limiter *one)
{
	if (one->reserved_count_ > 0)
		one->then_ = one->now_;
	for (size_t i = 0; i < one->reserved_count_; i++)
		one->kind_->take(one, &one->then_, one->reserved_[i].n, one->reserved_[i].when);
	if (one->first_ && leat_monitor_first(&one->monitor_) == one->first_)
		(void)leat_monitor_wake(&one->monitor_); /* 1: it sleeps */
}

/* Strike out up to n events at this time. */
static void limiter_strike(leat_limiter *one, long n, leat_time when)
{
	size_t kept = 0;

	for (size_t i = 0; i < one->reserved_count_; i++) {
		leat_reservation_ its = one->reserved_[i];
		long struck = its.when != when ? 0 : n < its.n ? n : its.n;

		n -= struck;
		its.n -= struck;
		one->reserved_[kept] = its;
		kept += its.n > 0;
	}
	if (kept == 0 && one->reserved_count_ > 0) {
		one->then_ = one->now_;
		leat_limiter_end(one);
	}
	one->reserved_count_ = kept;
	leat_limiter_changed_(one);
}

/* ------------------------------------------------------------------------------------------ without waiting -- */

/* How many events are ahead of a newcomer. The first of a set may stand in both lines, so they are not added. */
static uint64_t limiter_ahead(const leat_limiter *limiter, const leat_limiter *one)
{
	return limiter->ahead_ > one->ahead_ ? limiter->ahead_ : one->ahead_;
}

/* Is there no room for n more events to wait? */
static int limiter_is_full(leat_limiter *limiter, long n, leat_time now)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	for (size_t i = 0; i < count; i++) {
		uint64_t waiting = limiter_ahead(limiter, all[i]) + (uint64_t)n;

		if (waiting > LONG_MAX)
			return 1;
		if (all[i]->kind_->is_full && all[i]->kind_->is_full(all[i], (long)waiting, now))
			return 1;
	}
	return 0;
}

/* n events happen now, or are reserved for a time until t. Returns 0 or an errno value. */
static inline int limiter_take_by(leat_limiter *limiter, long n, leat_time now, leat_time t, leat_time *when)
{
	leat_limiter *latest;
	leat_time its = now;
	int error = 0;

	if (n > 0 && (error = limiter_ask(limiter, n, now, &its, &latest)) != 0)
		return error;
	if (n > 0 && limiter_has_a_line(limiter))
		return EAGAIN;
	if (its > now && (t == LEAT_NOW || limiter_is_full(limiter, n, now)))
		return EAGAIN;
	if (its > now && its > t)
		return ETIMEDOUT;
	if (its > now)
		error = limiter_reserve(limiter, n, its);
	else if (n > 0)
		limiter_take(limiter, n, its);
	*when = error ? *when : its;
	return error;
}

/* t, or the time of the last event, if that is later. */
static leat_time limiter_not_before_last(leat_limiter *limiter, leat_time t)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	for (size_t i = 0; i < count; i++)
		t = all[i]->happened_ && all[i]->last_ > t ? all[i]->last_ : t;
	return t;
}

int leat_limiter_reserve_at(leat_limiter *limiter, long n, leat_time at, leat_time t, leat_time *when)
{
	int error;

	if (!limiter || n < 0 || at == LEAT_NEVER)
		return leat_refuse(EINVAL);
	limiter_enter(limiter);
	at = at == LEAT_NOW ? leat_now() : at; /* read inside: a caller that enters later brings no earlier time */
	limiter_settle(limiter, at);
	at = limiter_not_before_last(limiter, at);
	error = limiter_take_by(limiter, n, at, t, when);
	limiter_leave_but(limiter, NULL);
	return error ? leat_refuse(error) : 1;
}

int leat_limiter_reserve(leat_limiter *limiter, long n, leat_time *when)
{
	return leat_limiter_reserve_at(limiter, n, LEAT_NOW, LEAT_NEVER, when);
}

int leat_limiter_allow_at(leat_limiter *limiter, long n, leat_time at)
{
	leat_time when;

	return leat_limiter_reserve_at(limiter, n, at, LEAT_NOW, &when) > 0;
}

int leat_limiter_allow(leat_limiter *limiter, long n)
{
	return leat_limiter_allow_at(limiter, n, LEAT_NOW);
}

void leat_limiter_give_back(leat_limiter *limiter, long n, leat_time when)
{
	leat_limiter *const *all;
	size_t count;

	if (!limiter || n <= 0)
		return;
	limiter_enter(limiter);
	count = limiter_all(&limiter, &all);
	for (size_t i = 0; i < count; i++)
		limiter_strike(all[i], n, when);
	limiter_leave_but(limiter, NULL);
}

/* The strictest limits of a set, or those of the limiter itself. */
static void limiter_limits(leat_limiter *limiter, double *rate, long *burst)
{
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	*rate = (double)INFINITY;
	*burst = LONG_MAX;
	limiter_enter(limiter);
	for (size_t i = 0; i < count; i++) {
		*rate = all[i]->rate_ < *rate ? all[i]->rate_ : *rate;
		*burst = all[i]->burst_ < *burst ? all[i]->burst_ : *burst;
	}
	limiter_leave_but(limiter, NULL);
}

double leat_limiter_rate(leat_limiter *limiter)
{
	double rate;
	long burst;

	limiter_limits(limiter, &rate, &burst);
	return rate;
}

long leat_limiter_burst(leat_limiter *limiter)
{
	double rate;
	long burst;

	limiter_limits(limiter, &rate, &burst);
	return burst;
}

/* ------------------------------------------------------------------------------------------------- waiting -- */

/* A time before which n events cannot happen if those in line stay there. */
static leat_time limiter_soonest(leat_limiter *limiter, long n, leat_time now)
{
	leat_time soonest = now;
	leat_limiter *const *all;
	size_t count = limiter_all(&limiter, &all);

	for (size_t i = 0; i < count; i++) {
		leat_time since = all[i]->first_ ? all[i]->since_ : limiter->first_ ? limiter->since_ : now;
		long waiting = n + (long)limiter_ahead(limiter, all[i]);
		leat_time its = all[i]->kind_->earliest(all[i], waiting, since);

		soonest = its > soonest ? its : soonest;
	}
	return soonest;
}

/* Returns 1: the events were taken. 0: they may be waited for. -1 with errno: it is of no use to wait. */
static int limiter_try(leat_limiter *limiter, const struct leat_limiter_ask *ask, leat_time t)
{
	leat_time when;
	int error = limiter_take_by(limiter, ask->n, ask->came, LEAT_NOW, &when);

	if (error == EAGAIN && t != LEAT_NOW && !limiter_is_full(limiter, ask->n, ask->came))
		error = limiter_soonest(limiter, ask->n, ask->came) > t ? ETIMEDOUT : 0;
	else if (error == 0)
		return 1;
	return error ? leat_refuse(error) : 0;
}

/* The caller is inside the monitor of `one`. Stand in its line until the caller is the first. */
static int limiter_line_up(leat_limiter *one, struct leat_limiter_ask *ask, leat_until_ until, leat_time t)
{
	int result = 1;

	one->ahead_ += (uint64_t)ask->n;
	if (!one->first_) {
		one->first_ = ask;
		one->since_ = ask->came;
	} else if ((result = leat_monitor_wait_until_(&one->monitor_, ask, until, t)) < 0) {
		one->ahead_ -= (uint64_t)ask->n;
	}
	return result;
}

/* The next in line becomes the first. The times of its events count from when it came, so a thread that wakes late does
 * not slow down the others. But if the thread in front gave up, no events happened while it stood there, and the next
 * one must not use that time. */
static void limiter_pass_on(leat_limiter *one, long n, int taken)
{
	struct leat_limiter_ask *next;

	leat_monitor_enter(&one->monitor_);
	next = (struct leat_limiter_ask *)leat_monitor_first(&one->monitor_);
	one->ahead_ -= (uint64_t)n;
	one->first_ = next;
	if (next) {
		one->since_ = taken ? next->came : leat_now();
		(void)leat_monitor_wake(&one->monitor_); /* 1: it waits */
	}
	leat_monitor_leave(&one->monitor_);
}

/* The caller is the first in line everywhere. Returns 1: the events were taken. 0: not before *when. -1 with errno. */
static int limiter_take_first(leat_limiter *limiter, long n, leat_time t, leat_time *when, leat_limiter **latest)
{
	leat_time now = leat_now(), since = limiter->since_;
	int error;

	for (size_t i = 0; i < limiter->count_; i++)
		since = limiter->members_[i]->since_ > since ? limiter->members_[i]->since_ : since;
	limiter_settle(limiter, now);
	error = limiter_ask(limiter, n, since, when, latest);
	if (!error && *when <= now)
		limiter_take(limiter, n, *when);
	else if (!error && *when > t)
		error = ETIMEDOUT;
	return error ? leat_refuse(error) : *when <= now;
}

/* Sleep at the front of the line of the limiter that puts the events off longest. If its limit changes, it wakes the
 * caller. */
static int limiter_wait_first(leat_limiter *limiter, struct leat_limiter_ask *ask, leat_until_ until, leat_time t)
{
	leat_limiter *latest;
	leat_time when;
	int result = 1;

	while (result > 0) {
		limiter_enter(limiter);
		result = limiter_take_first(limiter, ask->n, t, &when, &latest);
		limiter_leave_but(limiter, result ? NULL : latest);
		if (result)
			return result;
		result = leat_monitor_wait_again_until_(&latest->monitor_, ask, until, when);
		leat_monitor_leave(&latest->monitor_);
		result = result < 0 && errno != ETIMEDOUT ? -1 : 1;
	}
	return result;
}

/* The caller is inside the monitor of the limiter, not inside those of its members. */
static int limiter_wait_in_line(leat_limiter *limiter, struct leat_limiter_ask *ask, leat_until_ until, leat_time t)
{
	int result = limiter_line_up(limiter, ask, until, t), error;
	size_t first_in = 0;

	leat_monitor_leave(&limiter->monitor_);
	if (result < 0)
		return -1;
	while (result > 0 && first_in < limiter->count_) {
		leat_limiter *one = limiter->members_[first_in];

		leat_monitor_enter(&one->monitor_);
		result = limiter_line_up(one, ask, until, t);
		leat_monitor_leave(&one->monitor_);
		first_in += result > 0;
	}
	if (result > 0)
		result = limiter_wait_first(limiter, ask, until, t);
	error = errno;
	while (first_in > 0)
		limiter_pass_on(limiter->members_[--first_in], ask->n, result > 0);
	limiter_pass_on(limiter, ask->n, result > 0);
	errno = error;
	return result;
}

int leat_limiter_wait_until_(leat_limiter *limiter, long n, leat_until_ until, leat_time t)
{
	struct leat_limiter_ask ask = { n, LEAT_NOW };
	int result;

	if (!limiter || n < 0)
		return leat_refuse(EINVAL);
	limiter_enter(limiter);
	ask.came = leat_now();
	limiter_settle(limiter, ask.came);
	result = limiter_try(limiter, &ask, t);
	limiter_leave_but(limiter, result ? NULL : limiter);
	return result ? result : limiter_wait_in_line(limiter, &ask, until, t);
}

/* Done is checked before anything is taken, so a caller that was cancelled earlier costs the others nothing. */
int leat_limiter_wait(leat_limiter *limiter, long n, leat_rx done, leat_time t)
{
	if (!leat_is_nil(done) && leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(ECANCELED);
	return leat_limiter_wait_until_(limiter, n, (leat_until_){ .done = done, .what = "a limiter" }, t);
}
