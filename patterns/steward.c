/* leat_steward - starts a ward, and again when it falls silent or ends by itself.
 *
 *     done -> [steward] -> pulses
 *         done |   ^ pulses
 *              v   |
 *             (ward)
 *
 * The ward's done is the steward's own, to be closed when the ward is to be replaced, or it is time for the steward to
 * return. The steward keeps the sending end alone: when nobody is left to receive there, and the ward's pulses are
 * over, the ward is gone.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

struct steward {
	leat_stewardship plan;
	leat_time interval, next;  /* between its own pulses; when one is due */
	leat_chan done;            /* the ward's */
	leat_rx pulses;            /* the ward's; perhaps nil, which is silent */
	leat_time started, delay;  /* when the ward was; the next back-off */
	long restarts;
	leat_time *times;          /* of the last restarts: a ring of as many as are allowed */
	uint64_t random;
};

static void steward_let_go(struct steward *self)
{
	leat_drop(self->done);
	leat_drop(self->pulses);
	self->done = (leat_chan){ { NULL }, { NULL } };
	self->pulses = LEAT_NIL;
}

/* Also when the ward or the log has left by pthread_exit: the ward ends, as its done has no sender any more. */
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

/* A consumer that still has the last one to take needs no other; that it has left is found by the next wait. */
static void steward_pulse(leat_stage *stage, struct steward *self)
{
	leat_time now = leat_now(), late = now - self->next;

	if (late < 0)
		return;
	self->next = now - late % self->interval + self->interval;
	(void)leat_emit_by(stage, leat_scratch(stage), LEAT_NOW);
}

/* leat_stage_select, with pulses in the meantime. */
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

/* Without memory for its done the ward gets one that is over: it ends at once, and is restarted later. There is room
 * for one pulse, as one that is sent without waiting, while we look elsewhere, must not be lost. */
static void steward_start(struct steward *self)
{
	self->done = leat_make_unit();
	self->started = leat_now();
	self->pulses = self->plan.ward(self->done.rx, self->plan.timeout - self->plan.timeout / 2, self->plan.arg);
	leat_drop(self->done.rx);
	self->done.rx = LEAT_NIL;
	if (!leat_is_nil(self->pulses))
		self->pulses = leat_buffer(self->pulses, 1);
}

/* What is wrong with the ward; or NULL: it is time to return. A stream that is over is always ready: so the ward has
 * ended, and is not looked at again. */
static const char *steward_watch(leat_stage *stage, struct steward *self)
{
	leat_case on[] = { LEAT_WAIT(self->pulses) };
	leat_time well;
	int chosen;

	do
		chosen = steward_select(stage, self, on, 1, leat_in(self->plan.timeout));
	while (chosen == 0 && on[0].ok);
	well = leat_now() - self->started - (chosen == 0 ? 0 : self->plan.timeout);
	if (well > self->plan.most_backoff)
		self->delay = self->plan.backoff;
	if (!leat_running(stage))
		return NULL;
	return chosen == 0 ? "ward ended; restarting" : "ward unhealthy; restarting";
}

/* Tell the ward to end, and wait for that, for the grace time at most. True: it has. A steward whose own time to return
 * has come waits too, but pulses no more. */
static int steward_end(leat_stage *stage, struct steward *self)
{
	leat_case on[] = { LEAT_GONE(self->done.tx), LEAT_WAIT(self->pulses) };
	leat_time t = leat_in(self->plan.grace);

	(void)leat_close(self->done.tx); /* 1; or -1: there is no ward now */
	while (on[0].ch || on[1].ch) {
		int chosen = leat_running(stage) ? steward_select(stage, self, on, 2, t) : leat_select(on, t);

		if (chosen < 0 ? errno != ECANCELED : on[chosen].ok && leat_now() > t) /* it may pulse for ever */
			break;
		if (chosen >= 0 && !on[chosen].ok)
			on[chosen].ch = NULL;
	}
	return !on[0].ch && !on[1].ch;
}

/* -------------------------------------------------------------------------------------------- another ward -- */

/* Whether so many are allowed: the one that was as many restarts ago as are allowed lies far enough back. */
static int steward_may_restart(struct steward *self)
{
	long most = self->plan.restarts, at = most > 0 ? self->restarts % most : 0;
	leat_time now = leat_now();

	if (most == 0)
		return 0;
	if (most > 0 && self->restarts >= most && (!self->plan.within || now - self->times[at] < self->plan.within))
		return 0;
	if (most > 0)
		self->times[at] = now;
	self->restarts++;
	return 1;
}

/* Between half the delay and all of it, by Marsaglia's xorshift: who failed together does not come back together. */
static leat_time steward_jitter(struct steward *self)
{
	leat_time half = self->delay / 2;

	self->random ^= self->random << 13;
	self->random ^= self->random >> 7;
	self->random ^= self->random << 17;
	return half + (leat_time)(self->random % ((uint64_t)(self->delay - half) + 1));
}

/* False: it is time to return. */
static int steward_back_off(leat_stage *stage, struct steward *self)
{
	leat_time most = self->plan.most_backoff;

	(void)steward_select(stage, self, NULL, 0, leat_in(steward_jitter(self))); /* -1 in any case */
	self->delay = self->delay > most / 2 ? most : 2 * self->delay;
	return leat_running(stage);
}

static int steward_restart(leat_stage *stage, struct steward *self, const char *wrong)
{
	if (!steward_may_restart(self)) {
		steward_log(self, "too many restarts; giving up");
		leat_fail(stage, EAGAIN);
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
	(void)steward_end(stage, self); /* or not, within the grace time */
}

static int steward_is_right(const leat_stewardship *plan, leat_time interval)
{
	return plan && plan->ward && plan->timeout > 0 && plan->within >= 0 && plan->backoff >= 0 &&
	       plan->most_backoff >= 0 && plan->grace >= 0 && interval >= 0;
}

leat_rx leat_steward(leat_rx done, leat_time interval, void *stewardship)
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
	self.random = (uint64_t)leat_utc() | 1; /* never 0 */
	if (self.plan.restarts > 0 && (uint64_t)self.plan.restarts <= PTRDIFF_MAX / sizeof *self.times)
		self.times = malloc((size_t)self.plan.restarts * sizeof *self.times);
	if (self.plan.restarts > 0 && !self.times)
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
