/* SPDX-License-Identifier: 0BSD
 *
 * ring.h - the values that are queued in a channel: a ring buffer, in which the oldest value is at `first`.
 *
 * All of it is inline: a lock costs about six nanoseconds, so a function call or two would show. A caller that puts
 * values into the ring holds the lock of the sending end (ends.h). A caller that takes values out holds that of the
 * receiving end. The functions of the last part take these locks themselves.
 *
 * Each end counts the values that it has moved, and remembers what it last read of the other end's number. It reads
 * that number again only when the old one tells of too little room or too few values. So an end seldom touches the
 * cache line of the other end.
 */
#ifndef LEATI_RING_H
#define LEATI_RING_H

#include "ends.h"

#include <string.h>

static inline size_t leati_at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline void leati_copy_values(const struct leat_channel *ch, void *to, const void *from, size_t n)
{
	size_t size = ch->type.size;

	if (size == 0 || n == 0 || !to)
		return; /* units, no values, or a value to be discarded */
	if (n == 1 && size == sizeof(uint64_t))
		memcpy(to, from, sizeof(uint64_t)); /* one move instead of a call */
	else
		memcpy(to, from, n * size);
}

/* The n-th of the values at `base`, which may be NULL. */
static inline void *leati_value_at(const struct leat_channel *ch, const void *base, size_t n)
{
	return base ? (unsigned char *)(uintptr_t)base + n * ch->type.size : NULL;
}

/* Set the capacity, and how long a thread pauses when it finds a lock taken. With much room, the holder may move one
 * value after the other, so the thread pauses for about the time of a few dozen values. With little room, the partner
 * waits for this very value, so it makes two pauses. */
static inline void leati_set_cap(struct leat_channel *ch, size_t cap)
{
	unsigned char locks = cap == 0 || ch->timer ? 0 : leati_wants_two_locks(cap) ? 2 : 1;
	unsigned char pauses = cap < 16 ? 2 : cap < 512 ? (unsigned char)(cap / 8) : 64;

	atomic_store_explicit(&ch->cap, cap, memory_order_relaxed);
	atomic_store_explicit(&ch->locks, locks, memory_order_relaxed);
	leati_set_state(ch, atomic_load_explicit(&ch->state, memory_order_relaxed));
	atomic_store_explicit(&ch->lock.pauses, pauses, memory_order_relaxed);
	atomic_store_explicit(&ch->sending.pauses, pauses, memory_order_relaxed);
}

/* The slot that is n after this one. */
static inline size_t leati_slot(const struct leat_channel *ch, size_t slot, size_t n)
{
	size_t cap = leati_cap(ch);

	slot += n;
	return slot < cap ? slot : slot - cap;
}

static inline size_t leati_number(const _Atomic size_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

/* How many of n values have room in the ring. `split` says here and below whether the channel is split. */
static inline size_t leati_room(struct leat_channel *ch, bool split, size_t n)
{
	size_t cap = leati_cap(ch), sent = leati_number(split ? &ch->sent : &ch->known_sent);
	size_t received = leati_number(split ? &ch->known_received : &ch->received);

	if (split && cap - (sent - received) < n) {
		leati_step(NULL);
		/* Acquire: receivers have read the slots before this thread writes them again. */
		received = atomic_load_explicit(&ch->received, memory_order_acquire);
		atomic_store_explicit(&ch->known_received, received, memory_order_relaxed);
	}
	return leati_at_most(n, cap - (sent - received));
}

/* How many of n values are in the ring. */
static inline size_t leati_there(struct leat_channel *ch, size_t n)
{
	size_t received = leati_number(&ch->received), sent = leati_number(&ch->known_sent);

	if (leati_is_split(ch) && sent - received < n) {
		leati_step(NULL);
		/* Acquire: this thread sees the values that were sent. */
		sent = atomic_load_explicit(&ch->sent, memory_order_acquire);
		atomic_store_explicit(&ch->known_sent, sent, memory_order_relaxed);
	}
	return leati_at_most(n, sent - received);
}

/* Put n values into the ring, which has room for them. */
static inline void leati_put(struct leat_channel *ch, bool split, const void *from, size_t n)
{
	size_t at = split ? ch->next_free : leati_slot(ch, ch->first, leati_len(ch)), run = leati_cap(ch) - at;

	if (n <= run) {
		leati_copy_values(ch, leati_value_at(ch, ch->slots, at), from, n);
	} else {
		leati_copy_values(ch, leati_value_at(ch, ch->slots, at), from, run);
		leati_copy_values(ch, ch->slots, leati_value_at(ch, from, run), n - run);
	}
	leati_step(NULL);
	if (split) {
		ch->next_free = leati_slot(ch, at, n);
		/* Release: a receiver that sees the number sees the values. */
		atomic_store_explicit(&ch->sent, leati_number(&ch->sent) + n, memory_order_release);
	} else {
		atomic_store_explicit(&ch->known_sent, leati_number(&ch->known_sent) + n, memory_order_relaxed);
	}
}

/* Copy the oldest n values of the ring, which has at least n. */
static inline void leati_peek(const struct leat_channel *ch, void *into, size_t n)
{
	size_t run = leati_cap(ch) - ch->first;

	if (n <= run) {
		leati_copy_values(ch, into, leati_value_at(ch, ch->slots, ch->first), n);
	} else {
		leati_copy_values(ch, into, leati_value_at(ch, ch->slots, ch->first), run);
		leati_copy_values(ch, leati_value_at(ch, into, run), ch->slots, n - run);
	}
}

/* Take the oldest n values out of the ring, which has at least n. */
static inline void leati_take(struct leat_channel *ch, void *into, size_t n)
{
	leati_peek(ch, into, n);
	ch->first = leati_slot(ch, ch->first, n);
	leati_step(NULL);
	/* Release: this thread has read the values before a sender sees the number. */
	atomic_store_explicit(&ch->received, leati_number(&ch->received) + n, memory_order_release);
}

/* Put as many of the n values into the ring as it has room for. */
static inline size_t leati_push_n(struct leat_channel *ch, const void *from, size_t n)
{
	bool split = leati_is_split(ch);
	size_t moved = leati_room(ch, split, n);

	if (moved)
		leati_put(ch, split, from, moved);
	return moved;
}

/* Take up to n values out of the ring. */
static inline size_t leati_pop_n(struct leat_channel *ch, void *into, size_t n)
{
	size_t moved = leati_there(ch, n);

	if (moved)
		leati_take(ch, into, moved);
	return moved;
}

/* Take one value out of the ring. False if it is empty. */
static inline bool leati_pop(struct leat_channel *ch, void *into)
{
	return leati_pop_n(ch, into, 1) > 0;
}

/* All of the channel is locked. Empty the ring. Returns how many values were in it, which are still at `first`. */
static inline size_t leati_forget_values(struct leat_channel *ch)
{
	size_t len = leati_there(ch, leati_cap(ch));

	atomic_store_explicit(&ch->received, leati_number(&ch->known_sent), memory_order_relaxed);
	return len;
}

/* All of the channel is locked. Move the ring's values, oldest first, to `slots`, which has room for `cap` of them;
 * returns the old slots. */
static inline void *leati_move_ring(struct leat_channel *ch, void *slots, size_t cap)
{
	void *old = ch->slots;
	size_t len = leati_len(ch), sent = leati_number(leati_sent(ch));

	leati_peek(ch, slots, len);
	ch->slots = slots;
	ch->first = 0;
	ch->next_free = len;
	atomic_store_explicit(&ch->sent, sent, memory_order_relaxed);
	atomic_store_explicit(&ch->known_received, sent - len, memory_order_relaxed);
	leati_set_cap(ch, cap);
	return old;
}

/* ------------------------------------------------------------------------------------ the short cut -- */

/* Whether the call passes a value, and check_case() of operation.c would find nothing wrong with it. */
static inline bool leati_is_plain(const struct leat_channel *ch, const atomic_uint *handles, const void *value,
                                  size_t size)
{
	return value && ch->type.size == size && atomic_load_explicit(handles, memory_order_relaxed) > 0;
}

/* Most sends find room while no receiver or observer waits, and most receives find a value while no sender waits. If
 * the channel has no descriptor either, there is nothing else to do, and the lock of one end is enough. A thread that
 * begins to wait, or makes a descriptor, holds both locks, so it cannot be overlooked. After 0 or false the caller must
 * select, also to find out what is wrong.
 *
 * A transfer has two halves. Between them the caller may still decide against it: it then ends it with n = 0. */

/* Lock the sending end. Returns how many of n values can be put into the ring. If the number of locks has changed, the
 * channel was given more room meanwhile, and this was the wrong lock. */
static inline size_t leati_begin_send(struct leat_channel *ch, unsigned locks, size_t n)
{
	enum {
		OPEN = LEATI_TX_OPEN | LEATI_RX_OPEN,
		WAITING = LEATI_RECEIVERS | LEATI_OBSERVERS | LEATI_VALUE_SIGNS
	};

	leati_acquire(leati_sending_lock(ch, locks));
	if (locks != leati_locks(ch) || (leati_sending_state(ch, locks) & (OPEN | WAITING)) != OPEN)
		return 0;
	return leati_room(ch, locks == 2, n);
}

static inline void leati_end_send(struct leat_channel *ch, unsigned locks, const void *from, size_t n)
{
	if (n)
		leati_put(ch, locks == 2, from, n);
	leati_release(leati_sending_lock(ch, locks));
}

static inline bool leati_send_at_once(struct leat_channel *ch, const void *value)
{
	unsigned locks = leati_locks(ch);
	size_t n;

	leati_step(NULL);
	if (!locks)
		return false;
	n = leati_begin_send(ch, locks, 1);
	leati_end_send(ch, locks, value, n);
	return n > 0;
}

/* The caller holds the lock. Count n received values; returns the count before. With n = 0, at the end of the channel,
 * the counter is not touched, because it may then be read without the lock. */
static inline uint64_t leati_count(uint64_t *counter, size_t n)
{
	uint64_t before = 0;

	if (n > 0) {
		before = *counter;
		*counter = before + n;
	}
	return before;
}

/* Lock the receiving end. Returns how many of n values can be taken out of the ring. */
static inline size_t leati_begin_receive(struct leat_channel *ch, size_t n)
{
	enum { WAITING = LEATI_SENDERS | LEATI_VALUE_SIGNS };

	leati_acquire(&ch->lock);
	return atomic_load_explicit(&ch->state, memory_order_relaxed) & WAITING ? 0 : leati_there(ch, n);
}

static inline void leati_end_receive(struct leat_channel *ch, void *into, size_t n, uint64_t *counter,
                                     uint64_t *number)
{
	if (n)
		leati_take(ch, into, n);
	if (counter)
		*number = leati_count(counter, n);
	leati_release(&ch->lock);
}

/* Receive up to n values. Returns how many. */
static inline size_t leati_receive_at_once(struct leat_channel *ch, void *into, size_t n, uint64_t *counter,
                                           uint64_t *number)
{
	size_t received;

	leati_step(NULL);
	if (!leati_locks(ch))
		return 0;
	received = leati_begin_receive(ch, n);
	leati_end_receive(ch, into, received, counter, number);
	return received;
}

#endif
