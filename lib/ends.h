/* SPDX-License-Identifier: 0BSD
 *
 * ends.h - the locks of a channel.
 *
 * A channel with little room has one lock, `lock`. A channel with much room is SPLIT: its sending end has a second
 * lock, `sending`. A receiver that only takes values out of the ring needs only `lock`. A sender that only puts values
 * into the ring needs only `sending`. So each end mostly keeps to its own cache line. All other work locks all of the
 * channel: first `lock`, then `sending`. Such work is to begin or end a wait, to close, and to give more room.
 *
 * Senders read the state in their own cache line, where a split channel has a copy of it. A channel that is not split
 * does without that line.
 */
#ifndef LEATI_ENDS_H
#define LEATI_ENDS_H

#include "internal.h"

/* With little room, the two ends wait for each other so often that a second lock only costs time. Schedules move few
 * values, so room for two is enough there. */
static inline bool leati_wants_two_locks(size_t cap)
{
#ifdef LEAT_SCHEDULE
	return cap > 1;
#else
	return leati_prefers_batches(cap);
#endif
}

/* A hint, unless a lock of the channel is held. The number never falls. */
static inline unsigned leati_locks(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->locks, memory_order_relaxed);
}

static inline bool leati_is_split(const struct leat_channel *ch)
{
	return leati_locks(ch) == 2;
}

static inline void leati_acquire_channel(struct leat_channel *ch)
{
	leati_acquire(&ch->lock);
	if (leati_is_split(ch))
		leati_acquire(&ch->sending);
}

static inline void leati_release_channel(struct leat_channel *ch)
{
	if (atomic_load_explicit(&ch->state, memory_order_relaxed) & LEATI_SIGNS)
		leati_show_signs(ch);
	if (leati_is_split(ch))
		leati_release(&ch->sending);
	leati_release(&ch->lock);
}

/* The number of values that have come into the ring. */
static inline const _Atomic size_t *leati_sent(const struct leat_channel *ch)
{
	return leati_is_split(ch) ? &ch->sent : &ch->known_sent;
}

/* The number of queued values; a hint unless all of the channel is locked. */
static inline size_t leati_len(const struct leat_channel *ch)
{
	/* Acquire: the number of sent values is then at least as new, so the difference is not negative. But it may be
	 * too large. */
	size_t received = atomic_load_explicit(&ch->received, memory_order_acquire);
	size_t len = atomic_load_explicit(leati_sent(ch), memory_order_relaxed) - received, cap = leati_cap(ch);

	return len < cap ? len : cap;
}

/* The lock of the sending end, if the channel has this number of locks. */
static inline leati_lock *leati_sending_lock(struct leat_channel *ch, unsigned locks)
{
	return locks == 2 ? &ch->sending : &ch->lock;
}

/* The state as senders read it. Acquire: a thread that sees the channel over without a lock sees its cause. */
static inline unsigned leati_sending_state(const struct leat_channel *ch, unsigned locks)
{
	const atomic_uint *state = locks == 2 ? &ch->sending_state : &ch->state;

	return atomic_load_explicit(state, memory_order_acquire);
}

/* The caller has locked all of the channel. Release: a thread that sees the channel over without a lock sees its cause,
 * whichever store it read. The copy comes last, so a sender that sees its channel over finds it over afterwards too. */
static inline void leati_set_state(struct leat_channel *ch, unsigned state)
{
	leati_step(NULL);
	atomic_store_explicit(&ch->state, state, memory_order_release);
	if (leati_is_split(ch))
		atomic_store_explicit(&ch->sending_state, state, memory_order_release);
}

#endif
