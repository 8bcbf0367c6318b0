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

static leati_queue *queue_of(const leat_case *c)
{
	switch (c->kind_) {
	case LEAT_CASE_SEND_: return &c->ch->senders;
	case LEAT_CASE_RECV_: return &c->ch->receivers;
	default: return &c->ch->watchers;
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

static void unlink_case(leat_case *c)
{
	leati_queue *queue = queue_of(c);

	*(c->prev_ ? &c->prev_->next_ : &queue->first) = c->next_;
	*(c->next_ ? &c->next_->prev_ : &queue->last) = c->prev_;
	if (!queue->first)
		show_queues(c->ch);
}

/* Locked: let the case wait on its channel. A timer wakes nobody: its time is in the waiter's deadline. */
void leati_enqueue(leat_case *c, leat_wait *wait)
{
	leati_queue *queue = queue_of(c);

	c->wait_ = wait;
	c->next_ = NULL;
	c->prev_ = queue->last;
	*(queue->last ? &queue->last->next_ : &queue->first) = c;
	queue->last = c;
	if (queue->first == c)
		show_queues(c->ch);
}

void leati_dequeue(leat_case *c)
{
	leati_acquire(&c->ch->lock);
	unlink_case(c);
	leati_release(&c->ch->lock);
}

/* Locked: claim the case's select for it, if nobody has, and take it off its queue. */
static bool claim_case(leat_case *c)
{
	if (!leati_claim(c->wait_))
		return false;
	c->wait_->chosen = c;
	unlink_case(c);
	return true;
}

/* Locked: take the first case off the queue whose select has not been claimed through another of its cases, and claim
 * it. Those passed over take themselves off soon. NULL: nobody waits. */
leat_case *leati_claim_first(leati_queue *queue)
{
	for (leat_case *c = queue->first; c; c = c->next_)
		if (claim_case(c))
			return c;
	return NULL;
}

/* Locked. True, for callers to return: the case is decided. */
static bool finish(leat_case *c, size_t moved)
{
	if (c->counter_)
		c->number_ = leati_count(c->counter_, moved);
	c->ok = moved > 0;
	c->moved_ = moved;
	return true;
}

/* Locked: the claimed case is decided. It is woken when no channel is locked any more. */
void leati_decide(leat_case *c, size_t moved, leati_woken *woken)
{
	(void)finish(c, moved);
	c->next_ = NULL;
	*woken->end = c;
	woken->end = &c->next_;
}

/* Locked: decide the watchers for whom it is time, after the state has changed. */
void leati_decide_watchers(struct leat_channel *ch, leati_woken *woken)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);

	for (leat_case *c = ch->watchers.first, *next; c; c = next) {
		next = c->next_;
		if (watched_for(c->kind_, state) && claim_case(c))
			leati_decide(c, 0, woken);
	}
}

/* After the wake the case is gone, with the stack frame it is in. */
void leati_wake_all(leati_woken *woken)
{
	for (leat_case *c = woken->first, *next; c; c = next) {
		next = c->next_;
		leati_wake(c->wait_);
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

static bool attempt_send(leat_case *c, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = c->ch;
	size_t sent = 0;

	if (leati_over_for_senders(state) || ch->timer)
		return finish(c, 0);
	if (state & LEATI_RECEIVERS)
		sent = give_to_receivers(ch, c->from_, c->count_, woken);
	sent += leati_push_n(ch, leati_value_at(ch, c->from_, sent), c->count_ - sent);
	return sent && finish(c, sent);
}

static bool attempt_receive(leat_case *c, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = c->ch;
	size_t received = leati_pop_n(ch, c->into_, c->count_), more = c->count_ - received;

	if (state & LEATI_SENDERS) {
		received += take_from_senders(ch, leati_value_at(ch, c->into_, received), more, woken);
		leati_refill(ch, woken);
	}
	if (received || !(state & LEATI_TX_OPEN))
		return finish(c, received);
	return false;
}

/* A tick keeps one missed tick: the next one is the first due after now. */
static bool attempt_timer(leat_case *c, unsigned state)
{
	struct leat_channel *ch = c->ch;
	leat_time now = leat_now(), due = atomic_load_explicit(&ch->due, memory_order_relaxed), missed;

	if (!(state & LEATI_TX_OPEN))
		return finish(c, 0);
	if (now < due)
		return false;
	if (!ch->period)
		return finish(c, 0);
	leati_copy_values(ch, c->into_, &due, 1);
	missed = (now - due) / ch->period;
	due = due > LEAT_NEVER - ch->period * missed - ch->period ? LEAT_NEVER : due + ch->period * (missed + 1);
	atomic_store_explicit(&ch->due, due, memory_order_release);
	return finish(c, 1);
}

/* Locked: do the case if it can be done now. True: it is decided. */
bool leati_attempt(leat_case *c, leati_woken *woken)
{
	unsigned state = atomic_load_explicit(&c->ch->state, memory_order_relaxed);

	switch (c->kind_) {
	case LEAT_CASE_SEND_: return attempt_send(c, state, woken);
	case LEAT_CASE_RECV_: return c->ch->timer ? attempt_timer(c, state) : attempt_receive(c, state, woken);
	default: return watched_for(c->kind_, state) && finish(c, 0);
	}
}

/* Not locked: whether an attempt is worth the lock; *due becomes the earliest time at which a timer will make it so.
 * A hint either way. */
bool leati_looks_ready(const leat_case *c, leat_time *due)
{
	struct leat_channel *ch = c->ch;
	size_t len = atomic_load_explicit(&ch->len, memory_order_acquire);
	unsigned state;

	leati_step(NULL);
	state = atomic_load_explicit(&ch->state, memory_order_acquire);
	switch (c->kind_) {
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
		return watched_for(c->kind_, state);
	}
}
