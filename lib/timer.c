/* SPDX-License-Identifier: 0BSD
 *
 * timer.c - channels that time closes, or into which it sends ticks. They need no thread. In all other respects they
 * are channels: a timer with a sending end takes units, and leat_buffer gives room.
 *
 * A timer has a time at which it is due. Nothing happens at that time by itself. The next thread that uses the timer
 * settles it first: it closes the timer with its cause, or sends the tick. A select that waits on a timer sleeps no
 * longer than until the timer is due, and then tries again. So leat_reset wakes these selects: they look again, and
 * sleep until the new time. To stop a timer, its owner drops the handles.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"
#include "queue.h"

static leat_chan make_timer(const leat_type *type, leat_time due, leat_time period, int cause)
{
	struct leat_channel *ch;
	int error = leati_make_channel(type, 0, &ch);

	if (error)
		return leati_failed(error);
	ch->timer = true;
	ch->period = period;
	ch->due_cause = (unsigned char)cause;
	atomic_init(&ch->due, due);
	if (period) {
		ch->slots = (unsigned char *)&ch->tick; /* a ring with one place, which needs no memory of its own */
		leati_set_cap(ch, 1);
	}
	return (leat_chan){ { ch }, { ch } };
}

static leat_chan make_until(leat_time t, int cause)
{
	return make_timer(&(leat_type){ "timer", 0, NULL, NULL }, t, 0, cause ? leati_errno_value(cause) : ETIMEDOUT);
}

leat_chan leat_make_until(leat_time t, int cause)
{
	leat_chan timer = make_until(t, cause);

	if (!leati_is_static(timer.rx.ch))
		leati_note_channel(timer.rx.ch);
	return timer;
}

/* Take the sending end away: no thread can close the timer early. (A failed timer is static, without counts.) */
static leat_rx without_sender(leat_chan timer)
{
	if (!leati_is_static(timer.rx.ch)) {
		atomic_init(&timer.tx.ch->txs, 0);
		atomic_init(&timer.tx.ch->open_ends, 1);
		leati_note_channel(timer.rx.ch);
	}
	return timer.rx;
}

leat_rx leat_at(leat_time t)
{
	return without_sender(make_until(t, 0));
}

leat_rx leat_after(leat_time duration)
{
	return leat_at(leat_in(duration));
}

leat_rx leat_tick(leat_time period)
{
	if (period <= 0)
		return leat_ended(EINVAL);
	return without_sender(make_timer(LEAT_TYPE(leat_time), leat_in(period), period, 0));
}

/* The first tick after `now`. */
static leat_time next_tick(leat_time due, leat_time period, leat_time now)
{
	leat_time passed = (now - due) / period * period;

	return due > LEAT_NEVER - passed - period ? LEAT_NEVER : due + passed + period;
}

/* The caller holds the lock. Send the ticks that are due, as a thread would have sent them at their times, without
 * waiting. When a tick finds neither a receiver nor room, this tick and the later ones are lost. */
void leati_settle_timer(struct leat_channel *ch, leati_woken *woken)
{
	leat_time now = leat_now(), due = atomic_load_explicit(&ch->due, memory_order_relaxed);

	if (now < due)
		return;
	if (!ch->period) {
		(void)leati_leave_cause(ch, ch->due_cause, true, woken);
		return;
	}
	for (leat_time tick = due; leati_deliver(ch, &tick, 1, woken) && tick <= now - ch->period;)
		tick += ch->period;
	atomic_store_explicit(&ch->due, next_tick(due, ch->period, now), memory_order_relaxed);
}

/* The caller holds the lock. Wake the owners of the cases, which are claimed without being decided. They stay in the
 * queue. The owner takes its case off, for which it needs the lock, so the case is there until then. A follower has no
 * thread that could do so. Its case leaves the queue, and it looks again when no lock is held. */
static void have_look_again(const leati_queue *queue, leati_woken *woken)
{
	for (leat_case *c = queue->first, *next; c; c = next) {
		next = c->next_;
		if (!c->wait_->parker && leati_claim_case(c))
			leati_complete(c, 0, woken);
		else if (leati_claim(c->wait_))
			leati_wake(c->wait_);
	}
}

/* A time that has passed counts as now. */
int leat_reset(leat_rx timer, leat_time t)
{
	struct leat_channel *ch = timer.ch;
	leat_time now = leat_now();
	leati_woken woken;
	bool open;

	if (!ch || leati_is_static(ch) || !ch->timer)
		return leat_refuse(EINVAL);
	leati_enter(ch, &woken);
	leati_settle(ch, &woken);
	open = atomic_load_explicit(&ch->state, memory_order_relaxed) & LEATI_TX_OPEN;
	if (open) {
		while (ch->period && leati_pop(ch, NULL)) /* ticks that nobody has received */
			;
		atomic_store_explicit(&ch->due, t > now ? t : now, memory_order_relaxed);
		have_look_again(&ch->receivers, &woken);
		have_look_again(&ch->senders, &woken);
		have_look_again(&ch->observers, &woken);
	}
	leati_leave(ch, &woken);
	return open;
}
