/* SPDX-License-Identifier: 0BSD
 *
 * follow.c - a channel that is closed as soon as `done` comes, without a thread that waits for it.
 *
 * A follower stands among the observers of `done`, as a select of one LEAT_READY case would. No thread sleeps for it:
 * its wait has no parker. The thread that completes the case, and would wake the owner, looks at `done` and closes the
 * follower's channel. As in every wake-up, no channel is locked then.
 *
 * If `done` is a timer, nobody closes it at its time. So the channel that follows is a timer too, with the same time.
 * leat_reset completes the cases of all followers: each takes the new time, and stands in the queue again.
 *
 * INVARIANT, under the lock of `done`: the case is in the queue if its wait is not claimed. The thread that has claimed
 * it owns the follower until it has put it back, or has set `through`. So leat_unfollow_ frees it at once, or leaves
 * that to this thread.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "queue.h"

#include <string.h>

struct leat_follower_ {
	leat_wait wait;      /* the first member: leati_follow finds the follower by it */
	leat_case on;        /* LEAT_READY(done) */
	leat_rx done;        /* this and the next: handles of the follower's own */
	leat_tx to;          /* closed when done comes */
	bool through, ended; /* done has come, and `to` is closed; leat_unfollow_ was called */
};

static void free_follower(leat_follower_ *self)
{
	leat_rx done = self->done;

	leat_drop_tx_(self->to, NULL);
	leati_free(self, sizeof *self);
	leat_drop_rx_(done, NULL);
}

static leat_time due_of(const struct leat_channel *ch)
{
	return ch->timer ? atomic_load_explicit(&ch->due, memory_order_relaxed) : LEAT_NEVER;
}

static void close_as(leat_tx to, leat_rx done)
{
	int cause = leat_cause(done);

	(void)leat_close_with(to, cause ? cause : ECANCELED); /* 0: it was closed before */
}

/* The result of a look at `done`. */
typedef enum { WAITS, COMES, MOVED, ENDED } state_of_done;

/* Stand in the queue, if `done` has not come and is still due at this time. */
static state_of_done look_at(leat_follower_ *self, leat_time due)
{
	struct leat_channel *ch = self->done.ch;
	state_of_done state = WAITS;
	leati_woken woken;

	leati_enter(ch, &woken);
	if (self->ended) {
		state = ENDED;
	} else if (leati_attempt(&self->on, &woken)) {
		state = COMES;
	} else if (due_of(ch) != due) {
		state = MOVED;
	} else {
		/* Relaxed: all that claim it hold the lock. */
		atomic_store_explicit(&self->wait.state, 0, memory_order_relaxed);
		leati_register(&self->on, &self->wait, &woken);
	}
	leati_leave(ch, &woken);
	return state;
}

/* `done` has come, and this thread closes the channel. Returns whether the follower is the caller's to free. */
static bool finish_following(leat_follower_ *self)
{
	bool ended;

	close_as(self->to, self->done);
	leati_acquire(&self->done.ch->lock);
	self->through = true;
	ended = self->ended;
	leati_release(&self->done.ch->lock);
	return ended;
}

/* The caller owns the follower, which is not in the queue. Afterwards it is in the queue, or done has come, or it is
 * freed. */
static void follow_done(leat_follower_ *self)
{
	state_of_done state;
	leat_time due;

	do {
		due = due_of(self->done.ch);
		if (due != due_of(self->to.ch))
			(void)leat_reset((leat_rx){ self->to.ch }, due); /* 0: it was closed before */
		state = look_at(self, due);
	} while (state == MOVED);
	if (state == ENDED || (state == COMES && finish_following(self)))
		free_follower(self);
}

/* Called instead of a wake-up. The caller has claimed the wait, and holds no lock. */
void leati_follow(leat_wait *wait)
{
	follow_done((leat_follower_ *)(void *)wait);
}

/* A channel of units, which is a timer if `done` is one. */
static leat_chan make_like(leat_rx done)
{
	const struct leat_channel *ch = done.ch;

	if (!ch || !ch->timer)
		return (leat_make_unit)();
	return leat_make_until(due_of(ch), ch->period ? ECANCELED : ch->due_cause);
}

leat_chan leat_make_follower_(leat_rx done, leat_follower_ **follower)
{
	leat_chan made = make_like(done);
	leat_follower_ *self;

	*follower = NULL;
	if (!done.ch || leati_is_static(made.rx.ch))
		return made;
	if (leat_wait_ready_by(done, LEAT_NOW) >= 0) {
		close_as(made.tx, done);
		return made;
	}
	if (!(self = leati_alloc(sizeof *self))) {
		leat_drop(made);
		return leati_failed(ENOMEM);
	}
	memset(self, 0, sizeof *self);
	self->done = leat_dup_rx_(done, NULL);
	self->to = leat_dup_tx_(made.tx, NULL);
	self->on = LEAT_READY(done);
	*follower = self;
	follow_done(self);
	return made;
}

/* If another thread has just seen done come, that thread frees the follower. It uses nothing of the caller's. */
void leat_unfollow_(leat_follower_ *self)
{
	struct leat_channel *ch;
	bool mine;

	if (!self)
		return;
	ch = self->done.ch;
	leati_acquire_channel(ch);
	self->ended = true;
	mine = self->through;
	if (!mine && leati_claim(&self->wait)) {
		leati_unlink(&self->on);
		mine = true;
	}
	leati_release_channel(ch);
	if (mine)
		free_follower(self);
}
