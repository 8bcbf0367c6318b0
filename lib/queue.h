/* SPDX-License-Identifier: 0BSD
 *
 * queue.h - the cases that wait on a channel: receivers, senders, observers and watchers, each queue in the order of
 * arrival. An observer (LEAT_READY) waits until a receive would not block. A watcher waits for the end of a side.
 *
 * A thread that can complete a waiting case first claims the select that the case belongs to. The select may have been
 * claimed already, through another channel or by its owner's deadline. Then the thread goes on to the next case in the
 * queue. So exactly one case of a select is completed. The claimed case leaves its queue at once. Its owner is woken
 * later, when no channel is locked, because the wake-up may need a system call.
 *
 * All of it is inline, as in ring.h. The caller has locked all of the channel, except in leati_dequeue, leati_enter,
 * leati_leave and leati_wake_all.
 */
#ifndef LEATI_QUEUE_H
#define LEATI_QUEUE_H

#include "internal.h"
#include "ring.h"

static inline leati_queue *leati_queue_of(const leat_case *c)
{
	switch (c->kind_) {
	case LEAT_CASE_SEND_: return &c->ch->senders;
	case LEAT_CASE_RECV_: return &c->ch->receivers;
	case LEAT_CASE_READY_: return &c->ch->observers;
	default: return &c->ch->watchers;
	}
}

/* Show in the state which queues are not empty. */
static inline void leati_show_queues(struct leat_channel *ch)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);

	state &= ~(unsigned)(LEATI_RECEIVERS | LEATI_SENDERS | LEATI_OBSERVERS);
	if (ch->receivers.first)
		state |= LEATI_RECEIVERS;
	if (ch->senders.first)
		state |= LEATI_SENDERS;
	if (ch->observers.first)
		state |= LEATI_OBSERVERS;
	leati_set_state(ch, state);
}

/* ------------------------------------------------------------------------------------ in and out -- */

/* A timer does not wake the cases that wait on it. Their owners sleep no longer than until it is due. */
static inline void leati_enqueue(leat_case *c, leat_wait *wait)
{
	leati_queue *queue = leati_queue_of(c);

	c->wait_ = wait;
	c->next_ = NULL;
	c->prev_ = queue->last;
	*(queue->last ? &queue->last->next_ : &queue->first) = c;
	queue->last = c;
	if (queue->first == c)
		leati_show_queues(c->ch);
}

static inline void leati_unlink(leat_case *c)
{
	leati_queue *queue = leati_queue_of(c);

	*(c->prev_ ? &c->prev_->next_ : &queue->first) = c->next_;
	*(c->next_ ? &c->next_->prev_ : &queue->last) = c->prev_;
	if (!queue->first)
		leati_show_queues(c->ch);
}

static inline void leati_dequeue(leat_case *c)
{
	leati_acquire_channel(c->ch);
	leati_unlink(c);
	leati_release_channel(c->ch);
}

/* ---------------------------------------------------------------------------------- claim, complete -- */

/* Claim the select of a waiting case through this case. False if the select was claimed before. */
static inline bool leati_claim_case(leat_case *c)
{
	if (!leati_claim(c->wait_))
		return false;
	c->wait_->chosen = c;
	leati_unlink(c);
	return true;
}

/* Claim the first case that can be claimed. The owners of cases before it will take them off. NULL if there is none. */
static inline leat_case *leati_claim_first(const leati_queue *queue)
{
	for (leat_case *c = queue->first; c; c = c->next_)
		if (leati_claim_case(c))
			return c;
	return NULL;
}

/* Always true, for leati_attempt to return: the case is decided. */
static inline bool leati_set_result(leat_case *c, size_t moved)
{
	if (c->counter_)
		c->number_ = leati_count(c->counter_, moved);
	c->ok = moved > 0;
	c->moved_ = moved;
	return true;
}

static inline void leati_woken_begin(leati_woken *woken)
{
	woken->first = NULL;
	woken->end = &woken->first;
}

/* Give a claimed case its result, and add it to those whose owners are to be woken. */
static inline void leati_complete(leat_case *c, size_t moved, leati_woken *woken)
{
	(void)leati_set_result(c, moved);
	c->next_ = NULL;
	*woken->end = c;
	woken->end = &c->next_;
}

/* Tell all cases of a queue that the other side is gone. */
static inline void leati_complete_all(const leati_queue *queue, leati_woken *woken)
{
	for (leat_case *c; (c = leati_claim_first(queue)) != NULL;)
		leati_complete(c, 0, woken);
}

/* After a case was woken, it is gone together with the stack frame that it lies in. */
static inline void leati_wake_all(leati_woken *woken)
{
	for (leat_case *c = woken->first, *next; c; c = next) {
		next = c->next_;
		leati_wake(c->wait_);
	}
}

/* A call works on one channel between leati_enter and leati_leave. */
static inline void leati_enter(struct leat_channel *ch, leati_woken *woken)
{
	leati_woken_begin(woken);
	leati_acquire_channel(ch);
}

static inline void leati_leave(struct leat_channel *ch, leati_woken *woken)
{
	leati_release_channel(ch);
	leati_wake_all(woken);
}

/* -------------------------------------------------------------------------------------- observers -- */

/* A value is in the ring, or a sender waits: complete all observers. None of them takes the value, so each may find
 * later that a receiver has taken it. The select of `own`, if that is given, does not meet itself. */
static inline void leati_complete_observers(struct leat_channel *ch, const leat_wait *own, leati_woken *woken)
{
	for (leat_case *c = ch->observers.first, *next; c; c = next) {
		next = c->next_;
		if (c->wait_ != own && leati_claim_case(c))
			leati_complete(c, 1, woken);
	}
}

/* Whether a receive would find a waiting sender among `senders`, or a send a waiting receiver among `receivers`. One
 * whose select was claimed has nothing to give or take any more. */
static inline bool leati_has_partner(const leati_queue *queue)
{
	for (const leat_case *c = queue->first; c; c = c->next_)
		if (!leati_is_claimed(c->wait_))
			return true;
	return false;
}

/* Put a case of a select that is to wait on its queue. A sender is what the observers wait for. */
static inline void leati_register(leat_case *c, leat_wait *wait, leati_woken *woken)
{
	leati_enqueue(c, wait);
	if (c->kind_ == LEAT_CASE_SEND_)
		leati_complete_observers(c->ch, wait, woken);
}

/* --------------------------------------------------------------------------------------- watchers -- */

/* Without the lock, the relaxed read of rxs is a hint. With the lock, a thread that finds itself alone sees what the
 * other threads did before they dropped their handles. The last of these drops was under the lock, and acquired the
 * earlier ones. */
static inline bool leati_watcher_is_ready(const leat_case *c, unsigned state)
{
	switch (c->kind_) {
	case LEAT_CASE_OVER_: return leati_over_for_senders(state) || state & LEATI_CAUSED;
	case LEAT_CASE_ALONE_: return atomic_load_explicit(&c->ch->rxs, memory_order_relaxed) == 1;
	default: return !(state & (LEATI_RX_OPEN | LEATI_RELEASING));
	}
}

/* After the state or the number of receivers has changed: complete the watchers that waited for this. */
static inline void leati_complete_watchers(struct leat_channel *ch, leati_woken *woken)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);

	for (leat_case *c = ch->watchers.first, *next; c; c = next) {
		next = c->next_;
		if (leati_watcher_is_ready(c, state) && leati_claim_case(c))
			leati_complete(c, 0, woken);
	}
}

#endif
