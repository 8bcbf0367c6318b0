/* SPDX-License-Identifier: 0BSD
 *
 * transfer.c - what a send and a receive do to a locked channel, whoever waits there.
 *
 * A send gives its values to waiting receivers first, then to the ring; a receive takes from the ring first, then
 * from waiting senders, whose values then also fill the room it made. So values leave in the order they came,
 * and a partner that waits gets its value straight in its own stack frame. A rendezvous is a ring without room.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "ring.h"

/* Whether a watcher of this kind has what it waits for. */
static bool watched_for(int kind, unsigned state)
{
	if (kind == LEAT_CASE_OVER_)
		return leati_over_for_senders(state) || state & LEATI_CAUSED;
	return !(state & LEATI_RX_OPEN);
}

/* ------------------------------------------------------------------------------------------- queues -- */

static leati_queue *queue_of(const leat_case *on)
{
	switch (on->kind_) {
	case LEAT_CASE_SEND_: return &on->ch->senders;
	case LEAT_CASE_RECV_: return &on->ch->receivers;
	default: return &on->ch->watchers;
	}
}

/* Locked: the state shows which queues are not empty. Release: who sees a channel over without its lock sees the
 * cause. */
static void show_queues(struct leat_channel *ch)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);

	state &= ~(unsigned)(LEATI_RECEIVERS | LEATI_SENDERS);
	if (ch->receivers.first)
		state |= LEATI_RECEIVERS;
	if (ch->senders.first)
		state |= LEATI_SENDERS;
	leati_step(NULL);
	atomic_store_explicit(&ch->state, state, memory_order_release);
}

static void unlink_case(leat_case *on)
{
	leati_queue *queue = queue_of(on);

	*(on->prev_ ? &on->prev_->next_ : &queue->first) = on->next_;
	*(on->next_ ? &on->next_->prev_ : &queue->last) = on->prev_;
	if (!queue->first)
		show_queues(on->ch);
}

/* Locked: let the case wait on its channel. A timer wakes nobody: its time is in the waiter's deadline. */
void leati_enqueue(leat_case *on, leat_wait *wait)
{
	leati_queue *queue = queue_of(on);

	on->wait_ = wait;
	on->next_ = NULL;
	on->prev_ = queue->last;
	*(queue->last ? &queue->last->next_ : &queue->first) = on;
	queue->last = on;
	if (queue->first == on)
		show_queues(on->ch);
}

void leati_dequeue(leat_case *on)
{
	leati_acquire(&on->ch->lock);
	unlink_case(on);
	leati_release(&on->ch->lock);
}

/* Locked: claim the case's select for it, if nobody has, and take it off its queue. */
static bool claim_case(leat_case *on)
{
	if (!leati_claim(on->wait_))
		return false;
	on->wait_->chosen = on;
	unlink_case(on);
	return true;
}

/* Locked: take the first case off the queue whose select has not been claimed through another of its cases, and claim
 * it. Those passed over take themselves off soon. NULL: nobody waits. */
leat_case *leati_claim_first(leati_queue *queue)
{
	for (leat_case *on = queue->first; on; on = on->next_)
		if (claim_case(on))
			return on;
	return NULL;
}

/* Locked. True, for callers to return: the case is decided. */
static bool finish(leat_case *on, size_t moved)
{
	if (on->counter_)
		on->number_ = leati_count(on->counter_, moved);
	on->ok = moved > 0;
	on->moved_ = moved;
	return true;
}

/* Locked: the claimed case is decided. It is woken when no channel is locked any more. */
void leati_decide(leat_case *on, size_t moved, leati_woken *woken)
{
	(void)finish(on, moved);
	on->next_ = NULL;
	*woken->end = on;
	woken->end = &on->next_;
}

/* Locked: decide the watchers for whom it is time, after the state has changed. */
void leati_decide_watchers(struct leat_channel *ch, leati_woken *woken)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);

	for (leat_case *on = ch->watchers.first, *next; on; on = next) {
		next = on->next_;
		if (watched_for(on->kind_, state) && claim_case(on))
			leati_decide(on, 0, woken);
	}
}

/* After the wake the case is gone, with the stack frame it is in. */
void leati_wake_all(leati_woken *woken)
{
	for (leat_case *on = woken->first, *next; on; on = next) {
		next = on->next_;
		leati_wake(on->wait_);
	}
}

/* ------------------------------------------------------------------------------------------ attempts -- */

static size_t give_to_receivers(struct leat_channel *ch, const void *from, size_t n, leati_woken *woken)
{
	size_t given = 0;

	for (leat_case *to; given < n && (to = leati_claim_first(&ch->receivers)) != NULL;) {
		size_t moved = leati_at_most(n - given, to->count_);

		leati_copy_values(ch, to->into_, leati_value_at(ch, from, given), moved);
		leati_decide(to, moved, woken);
		given += moved;
	}
	return given;
}

static size_t take_from_senders(struct leat_channel *ch, void *into, size_t n, leati_woken *woken)
{
	size_t taken = 0;

	for (leat_case *from; taken < n && (from = leati_claim_first(&ch->senders)) != NULL;) {
		size_t moved = leati_at_most(n - taken, from->count_);

		leati_copy_values(ch, leati_value_at(ch, into, taken), from->from_, moved);
		leati_decide(from, moved, woken);
		taken += moved;
	}
	return taken;
}

/* Locked: fill the room in the ring from waiting senders (invariant 1). */
void leati_refill(struct leat_channel *ch, leati_woken *woken)
{
	for (leat_case *from; leati_len(ch) < leati_cap(ch) && (from = leati_claim_first(&ch->senders)) != NULL;)
		leati_decide(from, leati_push_n(ch, from->from_, from->count_), woken);
}

static bool attempt_send(leat_case *on, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = on->ch;
	size_t sent = 0;

	if (leati_over_for_senders(state) || ch->timer)
		return finish(on, 0);
	if (state & LEATI_RECEIVERS)
		sent = give_to_receivers(ch, on->from_, on->count_, woken);
	sent += leati_push_n(ch, leati_value_at(ch, on->from_, sent), on->count_ - sent);
	return sent && finish(on, sent);
}

static bool attempt_receive(leat_case *on, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = on->ch;
	size_t received = leati_pop_n(ch, on->into_, on->count_), more = on->count_ - received;

	if (state & LEATI_SENDERS) {
		received += take_from_senders(ch, leati_value_at(ch, on->into_, received), more, woken);
		leati_refill(ch, woken);
	}
	if (received || !(state & LEATI_TX_OPEN))
		return finish(on, received);
	return false;
}

/* A tick keeps one missed tick: the next one is the first due after now. */
static bool attempt_timer(leat_case *on, unsigned state)
{
	struct leat_channel *ch = on->ch;
	leat_time now = leat_now(), due = atomic_load_explicit(&ch->due, memory_order_relaxed), missed;

	if (!(state & LEATI_TX_OPEN))
		return finish(on, 0);
	if (now < due)
		return false;
	if (!ch->period)
		return finish(on, 0);
	leati_copy_values(ch, on->into_, &due, 1);
	missed = (now - due) / ch->period;
	due = due > LEAT_NEVER - ch->period * missed - ch->period ? LEAT_NEVER : due + ch->period * (missed + 1);
	atomic_store_explicit(&ch->due, due, memory_order_release);
	return finish(on, 1);
}

/* Locked: do the case if it can be done now. True: it is decided. */
bool leati_attempt(leat_case *on, leati_woken *woken)
{
	unsigned state = atomic_load_explicit(&on->ch->state, memory_order_relaxed);

	switch (on->kind_) {
	case LEAT_CASE_SEND_: return attempt_send(on, state, woken);
	case LEAT_CASE_RECV_: return on->ch->timer ? attempt_timer(on, state) : attempt_receive(on, state, woken);
	default: return watched_for(on->kind_, state) && finish(on, 0);
	}
}

/* Not locked: whether an attempt is worth the lock; *due becomes the earliest time at which a timer will make it so.
 * A hint either way. */
bool leati_looks_ready(const leat_case *on, leat_time *due)
{
	struct leat_channel *ch = on->ch;
	size_t len = atomic_load_explicit(&ch->len, memory_order_acquire);
	unsigned state;

	leati_step(NULL);
	state = atomic_load_explicit(&ch->state, memory_order_acquire);
	switch (on->kind_) {
	case LEAT_CASE_SEND_:
		return leati_over_for_senders(state) || state & LEATI_RECEIVERS || ch->timer ||
		       len < atomic_load_explicit(&ch->cap, memory_order_relaxed);
	case LEAT_CASE_RECV_:
		if (ch->timer) {
			leat_time when = atomic_load_explicit(&ch->due, memory_order_acquire);

			if (when < *due)
				*due = when;
			return !(state & LEATI_TX_OPEN) || when <= leat_now();
		}
		return len > 0 || !(state & LEATI_TX_OPEN) || state & LEATI_SENDERS;
	default:
		return watched_for(on->kind_, state);
	}
}
