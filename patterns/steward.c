/* leat_steward - starts a ward, and again when it falls silent or ends by itself.
 *
 *     done -> [steward] -> pulses
 *         done |   ^ pulses
 *              v   |
 *             (ward)
 *
 * Each ward gets a done of its own, which the steward closes to end the ward. The steward keeps only the sending end.
 * So the ward has ended when that done has no receiver left and the stream of pulses is over.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum { STEWARD_ROOM = 16 }; /* for the times of restarts, at first */

struct steward {
	leat_stewardship plan;
	leat_time interval, next;  /* the steward's own pulses: the time between two, when one is due */
	leat_chan done;            /* the ward's */
	leat_rx pulses;            /* the ward's; nil if it returned that, and then it is silent */
	leat_time started, delay;  /* when the ward was started; the delay before the next restart */
	leat_time *times;          /* of the restarts in the last span, if there is one: a ring that grows */
	size_t room, first, restarts; /* the ring's size and its oldest; how many restarts count */
	uint64_t random;
};

static void steward_let_go(struct steward *self)
{
	leat_drop(self->done);
	leat_drop(self->pulses);
	self->done = (leat_chan){ { NULL }, { NULL } };
	self->pulses = LEAT_NIL;
}

/* Also called when the ward function or the log left by pthread_exit. The ward ends then: its done has no sender. */
static void steward_release(void *of_steward)
{
	struct steward *self = of_steward;

	steward_let_go(self);
	free(self->times);
}

static void steward_log(const struct steward *self, const char *what)
{
	if (self->plan.log)
		self->plan.log(self->plan.log_arg, what);
}

/* ------------------------------------------------------------------------------------- waiting, and pulsing -- */

/* Send a pulse if one is due and there is room. A consumer that has not received the last pulse needs no other. If the
 * consumer has left, the next wait says so. */
static void steward_pulse(leat_stage *stage, struct steward *self)
{
	leat_time now = leat_now(), late = now - self->next;

	if (late < 0)
		return;
	self->next = now - late % self->interval + self->interval;
	(void)leat_emit_by(stage, leat_scratch(stage), LEAT_NOW);
}

/* leat_stage_select that sends pulses while it waits. */
static int steward_select(leat_stage *stage, struct steward *self, leat_case *on, size_t n, leat_time t)
{
	int chosen, error;

	do {
		chosen = leat_stage_select(stage, on, n, t < self->next ? t : self->next);
		error = errno;
		steward_pulse(stage, self);
	} while (chosen < 0 && error == ETIMEDOUT && leat_now() < t);
	errno = error;
	return chosen;
}

/* ------------------------------------------------------------------------------------------------ the ward -- */

/* If there is no memory for its done, the ward gets one that is over: it ends at once, and is restarted later. The
 * stream of pulses gets room for one, because the ward may send without waiting while the steward does not receive. */
static void steward_start(struct steward *self)
{
	self->done = leat_make_unit();
	leat_name(self->done, "steward.done");
	self->started = leat_now();
	self->pulses = self->plan.ward(self->done.rx, self->plan.timeout - self->plan.timeout / 2, self->plan.arg);
	leat_drop(self->done.rx);
	self->done.rx = LEAT_NIL;
	if (!leat_is_nil(self->pulses))
		self->pulses = leat_buffer_exactly_(self->pulses, 1);
}

/* Receive pulses until the ward ends or falls silent. Returns which of these, for the log, or NULL if it is time to
 * return. */
static const char *steward_watch(leat_stage *stage, struct steward *self)
{
	leat_case on[] = { LEAT_WAIT(self->pulses) };
	leat_time well;
	int ended;

	do
		ended = steward_select(stage, self, on, 1, leat_in(self->plan.timeout)) == 0;
	while (ended && on[0].ok); /* it was a pulse */
	well = leat_now() - self->started - (ended ? 0 : self->plan.timeout);
	if (well > self->plan.most_backoff)
		self->delay = self->plan.backoff;
	if (!leat_running(stage))
		return NULL;
	return ended ? "ward ended; restarting" : "ward unhealthy; restarting";
}

/* Tell the ward to end, and wait for its end, for the grace time at most. Returns whether it has ended.
 *
 * It has when both cases were chosen with ok 0: nobody receives from its done, and its pulses are over. Pulses that
 * come meanwhile are discarded. A ward may pulse for ever, and a case that is ready is chosen even after t, so the time
 * is checked after each pulse. A steward that must return itself (ECANCELED) goes on waiting, but pulses no more. */
static int steward_end(leat_stage *stage, struct steward *self)
{
	leat_case on[] = { LEAT_GONE(self->done.tx), LEAT_WAIT(self->pulses) };
	leat_time t = leat_in(self->plan.grace);
	int left = !leat_is_nil(self->done.tx) + !leat_is_nil(self->pulses);

	(void)leat_close(self->done.tx); /* 1; or -1: there is no ward now */
	while (left > 0) {
		int chosen = leat_running(stage) ? steward_select(stage, self, on, 2, t) : leat_select(on, t);

		if (chosen < 0 && errno != ECANCELED)
			return 0;
		if (chosen >= 0 && on[chosen].ok && leat_now() > t)
			return 0;
		if (chosen >= 0 && !on[chosen].ok) {
			on[chosen] = (leat_case){ 0 };
			left--;
		}
	}
	return 1;
}

/* -------------------------------------------------------------------------------------------- another ward -- */

/* Double the room; the first time, make some. Returns 1, or 0 without memory. */
static int steward_make_room(struct steward *self)
{
	size_t room = self->room ? 2 * self->room : STEWARD_ROOM;
	leat_time *times = room < PTRDIFF_MAX / sizeof *times ? malloc(room * sizeof *times) : NULL;

	for (size_t i = 0; times && i < self->restarts; i++)
		times[i] = self->times[(self->first + i) % self->room];
	if (!times)
		return 0;
	free(self->times);
	self->times = times;
	self->room = room;
	self->first = 0;
	return 1;
}

/* Count another restart, if it is allowed. Restarts before the last span are forgotten, so their number is no matter of
 * memory. Returns 0, EAGAIN or ENOMEM. */
static int steward_count_restart(struct steward *self)
{
	leat_time now = leat_now(), within = self->plan.within;

	if (self->plan.restarts < 0)
		return 0;
	for (; within > 0 && self->restarts > 0 && now - self->times[self->first] >= within; self->restarts--)
		self->first = (self->first + 1) % self->room;
	if (self->restarts >= (unsigned long)self->plan.restarts)
		return EAGAIN;
	if (within > 0 && self->restarts == self->room && !steward_make_room(self))
		return ENOMEM;
	if (within > 0)
		self->times[(self->first + self->restarts) % self->room] = now;
	self->restarts++;
	return 0;
}

/* Returns a random time between half the delay and all of it, by Marsaglia's xorshift. So wards that failed together do
 * not come back together. */
static leat_time steward_jitter(struct steward *self)
{
	leat_time half = self->delay / 2;

	self->random ^= self->random << 13;
	self->random ^= self->random >> 7;
	self->random ^= self->random << 17;
	return half + (leat_time)(self->random % ((uint64_t)(self->delay - half) + 1));
}

/* Wait before a restart. Returns 0 if it is time to return. */
static int steward_back_off(leat_stage *stage, struct steward *self)
{
	leat_time most = self->plan.most_backoff;

	(void)steward_select(stage, self, NULL, 0, leat_in(steward_jitter(self))); /* -1, always: no case to choose */
	self->delay = self->delay > most / 2 ? most : 2 * self->delay;
	return leat_running(stage);
}

static int steward_restart(leat_stage *stage, struct steward *self, const char *wrong)
{
	int error = steward_count_restart(self);

	if (error) {
		steward_log(self, error == EAGAIN ? "too many restarts; giving up" : "no memory; giving up");
		leat_fail(stage, error);
		return 0;
	}
	steward_log(self, wrong);
	if (!steward_end(stage, self))
		steward_log(self, "former ward still runs");
	steward_let_go(self);
	if (!steward_back_off(stage, self))
		return 0;
	steward_start(self);
	return 1;
}

static void steward_body(leat_stage *stage, void *of_steward)
{
	struct steward *self = of_steward;
	const char *wrong;

	steward_start(self);
	do
		wrong = steward_watch(stage, self);
	while (wrong && steward_restart(stage, self, wrong));
	(void)steward_end(stage, self); /* 0: the ward did not end within the grace time */
}

static int steward_is_right(const leat_stewardship *plan, leat_time interval)
{
	return plan && plan->ward && plan->timeout > 0 && plan->within >= 0 && plan->backoff >= 0 &&
	       plan->most_backoff >= 0 && plan->grace >= 0 && interval >= 0;
}

leat_rx (leat_steward)(leat_rx done, leat_time interval, void *stewardship)
{
	leat_type taken = { "steward", sizeof(struct steward), NULL, steward_release };
	leat_type pulse = { "pulse", 0, NULL, NULL };
	struct steward self = { .interval = interval, .next = interval > 0 ? leat_in(interval) : LEAT_NEVER };

	if (!steward_is_right(stewardship, interval))
		return leat_ended(EINVAL);
	self.plan = *(const leat_stewardship *)stewardship;
	self.delay = self.plan.backoff;
	if (self.plan.most_backoff < self.delay)
		self.plan.most_backoff = self.delay;
	self.random = (uint64_t)leat_utc() | 1; /* xorshift must not begin with 0 */
	if (self.plan.restarts > 0 && self.plan.within > 0 && !steward_make_room(&self))
		return leat_ended(ENOMEM);
	return leat_buffer(leat_stage_start(&(leat_plan){
		.name = "steward",
		.done = done,
		.type = &pulse,
		.body = steward_body,
		.arg = &self,
		.arg_type = &taken,
	}), 1);
}
