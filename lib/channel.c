/* SPDX-License-Identifier: 0BSD
 *
 * channel.c - the life of a channel: made, its handles counted, closed with a cause, given more room, freed.
 *
 * Each end counts its handles. The last handle of the sending end closes the channel. The last handle of the receiving
 * end releases what is queued. `open_ends` counts the ends that still have handles; the thread that drops the last
 * handle of the second end frees the channel. No other thread is inside a call on it then, because every call holds a
 * handle of its end while it runs.
 *
 * The number of receivers falls to 1 and to 0 only under the lock. So the thread that drops the second-last handle can
 * still wake a thread that waits to be alone (leat_wait_alone). The holder of the last handle needs the lock to leave.
 *
 * A channel that could not be made is a member of a static table, one for each cause. Such a channel is all zero and
 * therefore over. So ENOMEM needs no memory.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"
#include "insight/trace.h"
#include "queue.h"
#include "ring.h"

#include <limits.h>
#include <string.h>

enum { CAUSES = 256 };

static struct leat_channel failed_channels[CAUSES]; /* the index is the cause */

bool leati_is_static(const struct leat_channel *ch)
{
	return (uintptr_t)ch - (uintptr_t)failed_channels < sizeof failed_channels;
}

/* This thread's channels whose values are to be released, and whether it is inside the call that releases them. */
static _Thread_local struct leat_channel *to_release;
static _Thread_local bool releasing;

/* Called in the child of a fork. The static channels are the only ones that the parent and its child may both use. If a
 * release forks, the child's own channels must not wait for the parent's to be released. */
void leati_forget_channels(void)
{
	for (size_t i = 0; i < CAUSES; i++)
		leati_release(&failed_channels[i].lock);
	to_release = NULL;
	releasing = false;
}

int leati_static_cause(const struct leat_channel *ch)
{
	return (int)(ch - failed_channels);
}

/* The table has an entry for each of these causes, and for 0. */
int leati_errno_value(int cause)
{
	return cause ? leat_errno_value_(cause) : 0;
}

leat_chan leati_failed(int cause)
{
	struct leat_channel *ch = &failed_channels[leati_errno_value(cause)];

	leati_prepare_fork(); /* a thread may be inside a call on it when another thread forks */
	return (leat_chan){ { ch }, { ch } };
}

leat_rx leat_ended(int cause)
{
	return leati_failed(cause).rx;
}

/* --------------------------------------------------------------------------------------------- make -- */

/* Allocate a ring for cap elements; *slots is NULL if none is needed. Returns 0, EINVAL or ENOMEM. */
static int make_slots(size_t size, size_t cap, unsigned char **slots)
{
	*slots = NULL;
	if (size > PTRDIFF_MAX || cap > PTRDIFF_MAX / (size ? size : 1))
		return EINVAL;
	if (size && cap && !(*slots = leati_alloc(size * cap)))
		return ENOMEM;
	return 0;
}

int leati_make_channel(const leat_type *type, size_t cap, struct leat_channel **made)
{
	unsigned char *slots;
	struct leat_channel *ch;
	int error = type ? make_slots(type->size, cap, &slots) : EINVAL;

	if (error)
		return error;
	if (!(ch = leati_alloc(sizeof *ch))) {
		leati_free(slots, type->size * cap);
		return ENOMEM;
	}
	memset(ch, 0, sizeof *ch);
	ch->slots = slots;
	ch->type = *type;
	atomic_init(&ch->state, LEATI_TX_OPEN | LEATI_RX_OPEN);
	atomic_init(&ch->sending_state, LEATI_TX_OPEN | LEATI_RX_OPEN); /* in case it is split later */
	leati_set_cap(ch, cap);
	atomic_init(&ch->txs, 1);
	atomic_init(&ch->rxs, 1);
	atomic_init(&ch->open_ends, 2);
	*made = ch;
	return 0;
}

leat_chan leat_make_exactly_(const leat_type *type, size_t cap)
{
	struct leat_channel *ch;
	int error = leati_make_channel(type, cap, &ch);

	if (error)
		return leati_failed(error);
	leati_note_channel(ch);
	return (leat_chan){ { ch }, { ch } };
}

leat_chan (leat_make_of)(const leat_type *type, size_t cap)
{
	return leat_make_exactly_(type, type ? leati_capacity(type, cap) : cap);
}

leat_chan (leat_make_unit)(void)
{
	return (leat_make_of)(&(leat_type){ "unit", 0, NULL, NULL }, 0);
}

/* -------------------------------------------------------------------------------------------- close -- */

static unsigned state_of(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->state, memory_order_relaxed);
}

/* The caller holds the lock. Leave a cause (the first one stands), and close the channel if asked. True if this call
 * closed it. A cause alone completes the watchers that wait for one; all other waiters go on waiting. */
bool leati_leave_cause(struct leat_channel *ch, int cause, bool close, leati_woken *woken)
{
	unsigned state = state_of(ch);

	if (!(state & LEATI_TX_OPEN))
		return false;
	if (cause && !(state & LEATI_CAUSED)) {
		atomic_store_explicit(&ch->cause, (unsigned char)leati_errno_value(cause), memory_order_relaxed);
		state |= LEATI_CAUSED;
	}
	if (close)
		state &= ~(unsigned)LEATI_TX_OPEN;
	leati_set_state(ch, state);
	if (close) {
		leati_complete_all(&ch->receivers, woken);
		leati_complete_all(&ch->observers, woken);
		leati_complete_all(&ch->senders, woken);
	}
	leati_complete_watchers(ch, woken);
	return close;
}

/* A timer that is due ended before this call, so it is closed with its own cause first. */
static int close_channel(struct leat_channel *ch, int cause, bool close)
{
	leati_woken woken;
	bool closed;

	leati_enter(ch, &woken);
	leati_settle(ch, &woken);
	closed = leati_leave_cause(ch, cause, close, &woken);
	leati_leave(ch, &woken);
	if (closed)
		leati_trace_close(ch, cause);
	return closed;
}

int leat_close_with(leat_tx tx, int cause)
{
	return tx.ch ? close_channel(tx.ch, cause, true) : leat_refuse(EINVAL);
}

int leat_close(leat_tx tx)
{
	return leat_close_with(tx, 0);
}

/* -------------------------------------------------------------------------------------- dup and drop -- */

static void ref(atomic_uint *count, const struct leat_channel *ch, const char *where)
{
	/* Relaxed: the caller has a handle already, and so sees all that the new one needs. */
	unsigned before = atomic_fetch_add_explicit(count, 1, memory_order_relaxed);

	if (before == 0)
		leat_panic_(where, "leat_dup of a handle of %s that was dropped", ch->type.name);
	if (before > UINT_MAX / 2) /* well before it wraps: other threads go on counting */
		leat_panic_(where, "leat_dup of a handle of %s, which has %u already", ch->type.name, before);
}

LEAT_NORETURN_ static void panic_of_second_drop(const struct leat_channel *ch, const char *where)
{
	leat_panic_(where, "leat_drop of a handle of %s that was dropped already", ch->type.name);
}

/* Returns the count before. acq_rel: other threads' use of their handles happens before what the last one does. */
static unsigned count_down(atomic_uint *count)
{
	leati_step(NULL);
	return atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel);
}

/* True if it was the last one. The caller holds no lock. */
static bool unref(atomic_uint *count, const struct leat_channel *ch, const char *where)
{
	unsigned before = count_down(count);

	if (before == 0)
		panic_of_second_drop(ch, where);
	return before == 1;
}

static void unref_end(struct leat_channel *ch)
{
	if (!unref(&ch->open_ends, ch, NULL))
		return;
	if (ch->noted)
		leati_forget_channel(ch);
	leati_trace_free(ch);
	leati_free_signs(ch->signs);
	leati_free(ch, sizeof *ch);
}

leat_tx leat_dup_tx_(leat_tx tx, const char *where)
{
	if (tx.ch && !leati_is_static(tx.ch))
		ref(&tx.ch->txs, tx.ch, where);
	return tx;
}

leat_rx leat_dup_rx_(leat_rx rx, const char *where)
{
	if (rx.ch && !leati_is_static(rx.ch))
		ref(&rx.ch->rxs, rx.ch, where);
	return rx;
}

leat_chan leat_dup_chan_(leat_chan chan, const char *where)
{
	return (leat_chan){ leat_dup_tx_(chan.tx, where), leat_dup_rx_(chan.rx, where) };
}

int leat_drop_with_(leat_tx tx, int cause, const char *where)
{
	int closed;

	if (!tx.ch)
		return leat_refuse(EINVAL);
	if (leati_is_static(tx.ch))
		return 0;
	if (state_of(tx.ch) & LEATI_OWNED)
		leati_disown(tx.ch, true);
	/* First the cause: once the count is lower, another thread's drop may close the channel. */
	if (cause)
		(void)close_channel(tx.ch, cause, false);
	if (!unref(&tx.ch->txs, tx.ch, where))
		return 0;
	closed = close_channel(tx.ch, 0, true);
	unref_end(tx.ch);
	return closed;
}

void leat_drop_tx_(leat_tx tx, const char *where)
{
	if (tx.ch)
		(void)leat_drop_with_(tx, 0, where); /* the result says only whether this closed it */
}

static void free_slots(const struct leat_channel *ch, void *slots, size_t cap)
{
	if (slots != &ch->tick) /* the first ring of a tick, which is part of its channel */
		leati_free(slots, cap * ch->type.size);
}

/* Release what was queued when the last receiver left, oldest first. */
static void release_values(struct leat_channel *ch)
{
	for (size_t i = 0; ch->type.release && i < ch->left; i++)
		ch->type.release(leati_value_at(ch, ch->slots, leati_slot(ch, ch->first, i)));
	free_slots(ch, ch->slots, leati_cap(ch));
}

/* The threads in leat_wait_gone are woken only now, because a release may use memory that they free afterwards. */
static void end_release(struct leat_channel *ch)
{
	leati_woken woken;

	leati_enter(ch, &woken);
	leati_set_state(ch, state_of(ch) & ~(unsigned)LEATI_RELEASING);
	leati_complete_watchers(ch, &woken);
	leati_leave(ch, &woken);
}

/* Release the values of all channels that this thread has put off. A release that is about to wait until a channel is
 * gone calls this too, because that channel may be one of them. */
void leati_release_put_off(void)
{
	for (struct leat_channel *ch; (ch = to_release) != NULL;) {
		to_release = ch->next;
		release_values(ch);
		if (state_of(ch) & LEATI_RELEASING)
			end_release(ch);
		unref_end(ch);
	}
}

/* A released value may be the last handle of another channel, whose values are to be released too, and so on. The
 * outermost call takes these channels one after the other, so that a long chain needs no deep stack. */
static void release_queued(struct leat_channel *ch)
{
	ch->next = to_release;
	to_release = ch;
	if (releasing)
		return;
	releasing = true;
	leati_release_put_off();
	releasing = false;
}

/* Drop a handle of the receiving end, if at least two others stay. Release: this thread's use of it happens before what
 * a later drop does. */
static bool unref_one_of_many(struct leat_channel *ch, const char *where)
{
	unsigned receivers = atomic_load_explicit(&ch->rxs, memory_order_relaxed);

	if (receivers == 0)
		panic_of_second_drop(ch, where); /* here, because no lock is held yet */
	leati_step(NULL);
	while (receivers > 2)
		if (atomic_compare_exchange_weak_explicit(&ch->rxs, &receivers, receivers - 1, memory_order_release,
		                                          memory_order_relaxed))
			return true;
	return false;
}

/* The caller holds the lock. The last receiver has left. */
static void end_receivers(struct leat_channel *ch, leati_woken *woken)
{
	unsigned state = state_of(ch) & ~(unsigned)LEATI_RX_OPEN;

	ch->left = leati_forget_values(ch);
	if (ch->left && ch->type.release)
		state |= LEATI_RELEASING;
	leati_set_state(ch, state);
	leati_complete_all(&ch->senders, woken);
}

void leat_drop_rx_(leat_rx rx, const char *where)
{
	struct leat_channel *ch = rx.ch;
	leati_woken woken;
	unsigned before;

	if (!ch || leati_is_static(ch))
		return;
	leat_given_(rx);
	if (unref_one_of_many(ch, where))
		return;
	leati_enter(ch, &woken);
	if ((before = count_down(&ch->rxs)) == 1)
		end_receivers(ch, &woken);
	leati_complete_watchers(ch, &woken);
	leati_leave(ch, &woken);
	if (before == 0)
		panic_of_second_drop(ch, where); /* another thread dropped the same handle meanwhile */
	if (before == 1)
		release_queued(ch); /* no other thread uses the ring any more: a send checks the state first */
}

void leat_drop_chan_(leat_chan chan, const char *where)
{
	leat_drop_tx_(chan.tx, where);
	leat_drop_rx_(chan.rx, where);
}

/* ------------------------------------------------------------------------------------------ more room -- */

/* Give the channel room for n values, unless another thread has given it as much meanwhile. */
static int grow(struct leat_channel *ch, size_t n)
{
	unsigned char *slots;
	size_t unused = n;
	leati_woken woken;
	int error = make_slots(ch->type.size, n, &slots);

	if (error)
		return error;
	leati_woken_begin(&woken);
	leati_acquire(&ch->lock);
	leati_acquire(&ch->sending); /* also if the channel has not needed it yet: it may be split now */
	leati_settle(ch, &woken);
	if (leati_cap(ch) < n) {
		unused = leati_cap(ch);
		slots = leati_move_ring(ch, slots, n);
		leati_refill(ch, &woken);
	}
	if (ch->signs)
		leati_show_signs(ch);
	leati_release(&ch->sending);
	leati_release(&ch->lock);
	leati_wake_all(&woken);
	free_slots(ch, slots, unused);
	return 0;
}

leat_rx leat_buffer_exactly_(leat_rx in, size_t n)
{
	int error = in.ch ? 0 : EINVAL;

	if (in.ch && !leati_is_static(in.ch) && leat_cap(in) < n)
		error = grow(in.ch, n);
	if (!error)
		return in;
	leat_drop(in);
	return leat_ended(error);
}

/* A stream of ticks is the library's own channel. The program only says how many ticks are kept. */
leat_rx leat_buffer(leat_rx in, size_t n)
{
	return leat_buffer_exactly_(in, in.ch && !in.ch->timer ? leati_capacity(&in.ch->type, n) : n);
}
