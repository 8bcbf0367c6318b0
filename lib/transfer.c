/* SPDX-License-Identifier: 0BSD
 *
 * transfer.c - the one place that moves values: what a send and a receive do to a locked channel.
 *
 * A send gives its values to waiting receivers first, then to the ring; a receive takes from the ring first, then
 * from waiting senders, whose values then also fill the room it made. So values leave in the order they came,
 * and a partner that waits gets its value straight in its own stack frame. A rendezvous is a ring without room.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <string.h>

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

/* True, for callers to return: the case is decided. */
static bool finish(leat_case *on, size_t moved)
{
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

/* --------------------------------------------------------------------------------------------- ring -- */

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void copy_values(const struct leat_channel *ch, void *to, const void *from, size_t n)
{
	size_t size = ch->type.size;

	if (size == 0 || n == 0 || !to)
		return; /* units, nothing, or a value nobody wants */
	if (n == 1 && size == sizeof(uint64_t))
		memcpy(to, from, sizeof(uint64_t)); /* one move instead of a call */
	else
		memcpy(to, from, n * size);
}

/* The n-th of the values at `base`, which may be NULL. */
static void *value_at(const struct leat_channel *ch, const void *base, size_t n)
{
	return base ? (unsigned char *)(uintptr_t)base + n * ch->type.size : NULL;
}

static size_t ring_len(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->len, memory_order_relaxed);
}

static size_t ring_cap(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->cap, memory_order_relaxed);
}

/* Put as many of the n values into the ring as it has room for. */
static size_t push(struct leat_channel *ch, const void *from, size_t n)
{
	size_t len = ring_len(ch), cap = ring_cap(ch), moved = at_most(n, cap - len), tail = ch->head + len, run;

	if (!moved)
		return 0;
	if (tail >= cap)
		tail -= cap;
	run = at_most(moved, cap - tail);
	copy_values(ch, value_at(ch, ch->slots, tail), from, run);
	if (run < moved)
		copy_values(ch, ch->slots, value_at(ch, from, run), moved - run);
	atomic_store_explicit(&ch->len, len + moved, memory_order_release);
	return moved;
}

/* Copy the oldest n values of the ring, which has them. */
static void peek(const struct leat_channel *ch, void *into, size_t n)
{
	size_t run = at_most(n, ring_cap(ch) - ch->head);

	copy_values(ch, into, value_at(ch, ch->slots, ch->head), run);
	if (run < n)
		copy_values(ch, value_at(ch, into, run), ch->slots, n - run);
}

/* Take as many as n values out of the ring. */
static size_t pop(struct leat_channel *ch, void *into, size_t n)
{
	size_t len = ring_len(ch), moved = at_most(n, len);

	if (!moved)
		return 0;
	peek(ch, into, moved);
	ch->head += moved;
	if (ch->head >= ring_cap(ch))
		ch->head -= ring_cap(ch);
	atomic_store_explicit(&ch->len, len - moved, memory_order_release);
	return moved;
}

/* Move the ring's values, oldest first, to `slots`, which has room for `cap` of them; returns the old slots. */
void *leati_move_ring(struct leat_channel *ch, void *slots, size_t cap)
{
	void *old = ch->slots;

	peek(ch, slots, ring_len(ch));
	ch->slots = slots;
	ch->head = 0;
	atomic_store_explicit(&ch->cap, cap, memory_order_release);
	return old;
}

/* ------------------------------------------------------------------------------------------ attempts -- */

static size_t give_to_receivers(struct leat_channel *ch, const void *from, size_t n, leati_woken *woken)
{
	size_t given = 0;

	for (leat_case *to; given < n && (to = leati_claim_first(&ch->receivers)) != NULL;) {
		size_t moved = at_most(n - given, to->count_);

		copy_values(ch, to->into_, value_at(ch, from, given), moved);
		leati_decide(to, moved, woken);
		given += moved;
	}
	return given;
}

static size_t take_from_senders(struct leat_channel *ch, void *into, size_t n, leati_woken *woken)
{
	size_t taken = 0;

	for (leat_case *from; taken < n && (from = leati_claim_first(&ch->senders)) != NULL;) {
		size_t moved = at_most(n - taken, from->count_);

		copy_values(ch, value_at(ch, into, taken), from->from_, moved);
		leati_decide(from, moved, woken);
		taken += moved;
	}
	return taken;
}

/* Locked: fill the room in the ring from waiting senders (invariant 1). */
void leati_refill(struct leat_channel *ch, leati_woken *woken)
{
	for (leat_case *from; ring_len(ch) < ring_cap(ch) && (from = leati_claim_first(&ch->senders)) != NULL;)
		leati_decide(from, push(ch, from->from_, from->count_), woken);
}

static bool attempt_send(leat_case *on, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = on->ch;
	size_t sent = 0;

	if (leati_over_for_senders(state))
		return finish(on, 0);
	if (state & LEATI_RECEIVERS)
		sent = give_to_receivers(ch, on->from_, on->count_, woken);
	sent += push(ch, value_at(ch, on->from_, sent), on->count_ - sent);
	return sent && finish(on, sent);
}

static bool attempt_receive(leat_case *on, unsigned state, leati_woken *woken)
{
	struct leat_channel *ch = on->ch;
	size_t received = pop(ch, on->into_, on->count_);

	if (state & LEATI_SENDERS) {
		received += take_from_senders(ch, value_at(ch, on->into_, received), on->count_ - received, woken);
		leati_refill(ch, woken);
	}
	if (received || !(state & LEATI_TX_OPEN))
		return finish(on, received);
	return false;
}

/* A tick keeps one missed tick: the next one is the first due after now. */
static bool attempt_timer(leat_case *on)
{
	struct leat_channel *ch = on->ch;
	leat_time now = leat_now(), due = atomic_load_explicit(&ch->due, memory_order_relaxed), missed;

	if (now < due)
		return false;
	if (!ch->period)
		return finish(on, 0);
	copy_values(ch, on->into_, &due, 1);
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
	case LEAT_CASE_RECV_: return on->ch->timer ? attempt_timer(on) : attempt_receive(on, state, woken);
	default: return watched_for(on->kind_, state) && finish(on, 0);
	}
}

/* Not locked: whether an attempt is worth the lock; *due becomes the earliest time at which a timer will make it so.
 * A hint either way. */
bool leati_looks_ready(const leat_case *on, leat_time *due)
{
	struct leat_channel *ch = on->ch;
	size_t len = atomic_load_explicit(&ch->len, memory_order_acquire);
	unsigned state = atomic_load_explicit(&ch->state, memory_order_acquire);

	switch (on->kind_) {
	case LEAT_CASE_SEND_:
		return leati_over_for_senders(state) || state & LEATI_RECEIVERS ||
		       len < atomic_load_explicit(&ch->cap, memory_order_relaxed);
	case LEAT_CASE_RECV_:
		if (ch->timer) {
			leat_time when = atomic_load_explicit(&ch->due, memory_order_acquire);

			if (when < *due)
				*due = when;
			return when <= leat_now();
		}
		return len > 0 || !(state & LEATI_TX_OPEN) || state & LEATI_SENDERS;
	default:
		return watched_for(on->kind_, state);
	}
}
