/* SPDX-License-Identifier: 0BSD
 *
 * transfer.c - what a send and a receive do to a locked channel.
 *
 * A send gives its values to waiting receivers first, then to the ring. A receive takes from the ring first, then from
 * waiting senders, which then fill the room that it made. So values leave in the order in which they came, and a
 * waiting receiver gets its value straight into its own variable. A rendezvous is a ring without room. A value that
 * goes into the ring, and a sender that begins to wait, complete the observers.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "queue.h"
#include "ring.h"

static size_t give_to_receivers(struct leat_channel *ch, const void *from, size_t n, leati_woken *woken)
{
	size_t given = 0;

	for (leat_case *to; given < n && (to = leati_claim_first(&ch->receivers)) != NULL;) {
		size_t moved = leati_at_most(n - given, to->count_);

		leati_copy_values(ch, to->into_, leati_value_at(ch, from, given), moved);
		leati_complete(to, moved, woken);
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
		leati_complete(from, moved, woken);
		taken += moved;
	}
	return taken;
}

/* The caller holds the lock. Fill the room in the ring from waiting senders (invariant 1). */
void leati_refill(struct leat_channel *ch, leati_woken *woken)
{
	for (leat_case *from; leati_len(ch) < leati_cap(ch) && (from = leati_claim_first(&ch->senders)) != NULL;)
		leati_complete(from, leati_push_n(ch, from->from_, from->count_), woken);
}

/* The caller holds the lock. Hand on as many of the n values as receivers wait for and the ring has room for. */
size_t leati_deliver(struct leat_channel *ch, const void *from, size_t n, leati_woken *woken)
{
	size_t given = 0, queued;

	if (ch->receivers.first)
		given = give_to_receivers(ch, from, n, woken);
	if (given == n)
		return n;
	queued = leati_push_n(ch, leati_value_at(ch, from, given), n - given);
	if (queued)
		leati_complete_observers(ch, NULL, woken);
	return given + queued;
}

static bool attempt_send(leat_case *c, unsigned state, leati_woken *woken)
{
	size_t sent;

	if (leati_over_for_senders(state))
		return leati_set_result(c, 0);
	sent = leati_deliver(c->ch, c->from_, c->count_, woken);
	return sent && leati_set_result(c, sent);
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
		return leati_set_result(c, received);
	return false;
}

static bool attempt_ready(leat_case *c, unsigned state)
{
	bool there = leati_len(c->ch) > 0 || leati_has_partner(&c->ch->senders);

	return (there || !(state & LEATI_TX_OPEN)) && leati_set_result(c, there);
}

/* The caller holds the lock. Do what the case asks for, if it can be done now. Returns whether the case is decided. */
bool leati_attempt(leat_case *c, leati_woken *woken)
{
	unsigned state;

	leati_settle(c->ch, woken);
	state = atomic_load_explicit(&c->ch->state, memory_order_relaxed);
	switch (c->kind_) {
	case LEAT_CASE_SEND_: return attempt_send(c, state, woken);
	case LEAT_CASE_RECV_: return attempt_receive(c, state, woken);
	case LEAT_CASE_READY_: return attempt_ready(c, state);
	default: return leati_watcher_is_ready(c, state) && leati_set_result(c, 0);
	}
}

/* Hints, read without a lock. An end looks at its own cache line first. */
static bool looks_roomy(const struct leat_channel *ch)
{
	size_t sent = leati_number(leati_sent(ch)), cap = leati_cap(ch);

	return (leati_is_split(ch) && sent - leati_number(&ch->known_received) < cap) ||
	       sent - leati_number(&ch->received) < cap;
}

static bool looks_filled(const struct leat_channel *ch)
{
	size_t received = leati_number(&ch->received);

	return leati_number(&ch->known_sent) != received || leati_number(leati_sent(ch)) != received;
}

/* A hint, read without a lock: whether an attempt may succeed, so that it is worth taking the lock. A value is only
 * taken under a lock, so the numbers are relaxed. But an end may be reported without a lock (earliest_over). Acquire:
 * the caller then sees what was done before the channel came to this state. */
bool leati_looks_ready(const leat_case *c)
{
	const struct leat_channel *ch = c->ch;
	unsigned state;

	leati_step(NULL);
	/* A stage asks for each value whether its output is over. Like a sender, it keeps to the line of the senders. */
	state = c->kind_ == LEAT_CASE_SEND_ || c->kind_ == LEAT_CASE_OVER_ ?
	                leati_sending_state(ch, leati_locks(ch)) :
	                atomic_load_explicit(&ch->state, memory_order_acquire);
	switch (c->kind_) {
	case LEAT_CASE_SEND_:
		return leati_over_for_senders(state) || state & LEATI_RECEIVERS || looks_roomy(ch) || leati_is_due(ch);
	case LEAT_CASE_RECV_:
	case LEAT_CASE_READY_:
		return looks_filled(ch) || !(state & LEATI_TX_OPEN) || state & LEATI_SENDERS || leati_is_due(ch);
	default:
		return leati_watcher_is_ready(c, state);
	}
}
