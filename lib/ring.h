/* SPDX-License-Identifier: 0BSD
 *
 * ring.h - the values that are queued in a channel: a ring buffer, in which the oldest value is at `head`.
 *
 * All of it is inline: the lock costs about six nanoseconds, so a function call or two would show. The caller holds the
 * channel's lock, except in the last part, which takes it.
 */
#ifndef LEATI_RING_H
#define LEATI_RING_H

#include "internal.h"

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

static inline size_t leati_len(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->len, memory_order_relaxed);
}

/* Set the capacity, and how long a thread pauses when it finds the lock taken. With much room, the holder may move one
 * value after the other, so the thread pauses for about the time of a few dozen values. With little room, the partner
 * waits for this very value, so it makes two pauses. */
static inline void leati_set_cap(struct leat_channel *ch, size_t cap)
{
	unsigned char pauses = cap < 16 ? 2 : cap < 512 ? (unsigned char)(cap / 8) : 64;

	atomic_store_explicit(&ch->cap, cap, memory_order_relaxed);
	atomic_store_explicit(&ch->buffered, cap > 0 && !ch->timer, memory_order_relaxed);
	atomic_store_explicit(&ch->lock.pauses, pauses, memory_order_relaxed);
}

/* Where the n-th value after head is, or would be. */
static inline size_t leati_slot(const struct leat_channel *ch, size_t n)
{
	size_t slot = ch->head + n;

	return slot < leati_cap(ch) ? slot : slot - leati_cap(ch);
}

/* Put one value into the ring. False if it is full. */
static inline bool leati_push(struct leat_channel *ch, const void *from)
{
	size_t len = leati_len(ch);

	if (len == leati_cap(ch))
		return false;
	leati_copy_values(ch, leati_value_at(ch, ch->slots, leati_slot(ch, len)), from, 1);
	leati_step(NULL);
	atomic_store_explicit(&ch->len, len + 1, memory_order_relaxed);
	return true;
}

/* Take one value out of the ring. False if it is empty. */
static inline bool leati_pop(struct leat_channel *ch, void *into)
{
	size_t len = leati_len(ch);

	if (len == 0)
		return false;
	leati_copy_values(ch, into, leati_value_at(ch, ch->slots, ch->head), 1);
	ch->head = leati_slot(ch, 1);
	leati_step(NULL);
	atomic_store_explicit(&ch->len, len - 1, memory_order_relaxed);
	return true;
}

/* Put as many of the n values into the ring as it has room for. */
static inline size_t leati_push_n(struct leat_channel *ch, const void *from, size_t n)
{
	size_t len = leati_len(ch), moved = leati_at_most(n, leati_cap(ch) - len), tail, run;

	if (!moved)
		return 0;
	tail = leati_slot(ch, len);
	run = leati_at_most(moved, leati_cap(ch) - tail);
	leati_copy_values(ch, leati_value_at(ch, ch->slots, tail), from, run);
	leati_copy_values(ch, ch->slots, leati_value_at(ch, from, run), moved - run);
	leati_step(NULL);
	atomic_store_explicit(&ch->len, len + moved, memory_order_relaxed);
	return moved;
}

/* Copy the oldest n values of the ring, which has at least n. */
static inline void leati_peek_n(const struct leat_channel *ch, void *into, size_t n)
{
	size_t run = leati_at_most(n, leati_cap(ch) - ch->head);

	leati_copy_values(ch, into, leati_value_at(ch, ch->slots, ch->head), run);
	leati_copy_values(ch, leati_value_at(ch, into, run), ch->slots, n - run);
}

/* Take up to n values out of the ring. */
static inline size_t leati_pop_n(struct leat_channel *ch, void *into, size_t n)
{
	size_t len = leati_len(ch), moved = leati_at_most(n, len);

	if (!moved)
		return 0;
	leati_peek_n(ch, into, moved);
	ch->head = leati_slot(ch, moved);
	leati_step(NULL);
	atomic_store_explicit(&ch->len, len - moved, memory_order_relaxed);
	return moved;
}

/* Move the ring's values, oldest first, to `slots`, which has room for `cap` of them; returns the old slots. */
static inline void *leati_move_ring(struct leat_channel *ch, void *slots, size_t cap)
{
	void *old = ch->slots;

	leati_peek_n(ch, slots, leati_len(ch));
	ch->slots = slots;
	ch->head = 0;
	leati_set_cap(ch, cap);
	return old;
}

/* ------------------------------------------------------------------------------------ the short cut -- */

/* A hint, read without the lock. */
static inline bool leati_is_buffered(const struct leat_channel *ch)
{
	leati_step(NULL);
	return atomic_load_explicit(&ch->buffered, memory_order_relaxed);
}

/* Whether the call passes a value, and check_case() of operation.c would find nothing wrong with it. */
static inline bool leati_is_plain(const struct leat_channel *ch, const atomic_uint *handles, const void *value,
                                  size_t size)
{
	return value && ch->type.size == size && atomic_load_explicit(handles, memory_order_relaxed) > 0;
}

/* Most sends find room while no receiver or observer waits, and most receives find a value while no sender waits. Then
 * there is nothing else to do. After false or 0 the caller must select, also to find out what is wrong. */
static inline bool leati_send_at_once(struct leat_channel *ch, const void *value)
{
	enum { OPEN = LEATI_TX_OPEN | LEATI_RX_OPEN, WAITING = LEATI_RECEIVERS | LEATI_OBSERVERS };
	unsigned state;
	bool sent;

	if (!leati_is_buffered(ch))
		return false;
	leati_acquire(&ch->lock);
	state = atomic_load_explicit(&ch->state, memory_order_relaxed);
	sent = (state & (OPEN | WAITING)) == OPEN && leati_push(ch, value);
	leati_release(&ch->lock);
	return sent;
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

/* Receive up to n values. Returns how many. */
static inline size_t leati_receive_at_once(struct leat_channel *ch, void *into, size_t n, uint64_t *counter,
                                           uint64_t *number)
{
	size_t received = 0;

	if (!leati_is_buffered(ch))
		return 0;
	leati_acquire(&ch->lock);
	if (!(atomic_load_explicit(&ch->state, memory_order_relaxed) & LEATI_SENDERS))
		received = n == 1 ? leati_pop(ch, into) : leati_pop_n(ch, into, n);
	if (counter)
		*number = leati_count(counter, received);
	leati_release(&ch->lock);
	return received;
}

#endif
