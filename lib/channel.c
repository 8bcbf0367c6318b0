/* SPDX-License-Identifier: 0BSD
 *
 * channel.c - a channel's life: made, its ends counted, closed with a cause, given more room, freed.
 *
 * Each end has a count of its handles. The sending end's last handle closes the channel; the receiving end's last
 * one empties it. `sides` counts the ends that still have handles, and whoever takes the last of them frees the
 * channel: every call holds a handle of its end while it runs, so nobody is inside then.
 *
 * Channels that failed to be made are members of a static table, one for each cause, all zero and therefore over.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "ring.h"

#include <limits.h>
#include <string.h>

enum { CAUSES = 256 };

static struct leat_channel failed[CAUSES]; /* the index is the cause */

bool leati_is_static(const struct leat_channel *ch)
{
	return (uintptr_t)ch - (uintptr_t)failed < sizeof failed;
}

/* Of the channels that the parent and its child have in common and may use. */
void leati_forget_locks(void)
{
	for (size_t i = 0; i < CAUSES; i++)
		leati_release(&failed[i].lock);
}

int leati_static_cause(const struct leat_channel *ch)
{
	return (int)(ch - failed);
}

/* What a cause must be, as leat_ended can say no other. */
static int errno_value(int cause)
{
	return cause >= 0 && cause < CAUSES ? cause : EINVAL;
}

leat_chan leati_failed(int cause)
{
	struct leat_channel *ch = &failed[errno_value(cause)];

	leati_prepare(); /* whoever has one may be in a call on it when another thread forks */
	return (leat_chan){ { ch }, { ch } };
}

leat_rx leat_ended(int cause)
{
	return leati_failed(cause).rx;
}

/* --------------------------------------------------------------------------------------------- make -- */

/* A ring for cap elements, NULL where none is needed: 0, EINVAL or ENOMEM. */
static int make_slots(size_t size, size_t cap, unsigned char **slots)
{
	*slots = NULL;
	if (size > PTRDIFF_MAX || cap > PTRDIFF_MAX / (size ? size : 1))
		return EINVAL;
	if (size && cap && !(*slots = leati_alloc(size * cap)))
		return ENOMEM;
	return 0;
}

static int make_channel(const leat_type *type, size_t cap, struct leat_channel **made)
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
	leati_set_cap(ch, cap);
	atomic_init(&ch->state, LEATI_TX_OPEN | LEATI_RX_OPEN);
	atomic_init(&ch->txs, 1);
	atomic_init(&ch->rxs, 1);
	atomic_init(&ch->open_ends, 2);
	*made = ch;
	return 0;
}

leat_chan leat_make_of(const leat_type *type, size_t cap)
{
	struct leat_channel *ch;
	int error = make_channel(type, cap, &ch);

	return error ? leati_failed(error) : (leat_chan){ { ch }, { ch } };
}

leat_chan leat_make_unit(void)
{
	return leat_make_of(&(leat_type){ "unit", 0, NULL, NULL }, 0);
}

/* A channel that time makes ready; nobody sends. */
static leat_chan make_timer(const leat_type *type, leat_time due, leat_time period, int cause)
{
	struct leat_channel *ch;
	int error = make_channel(type, 0, &ch);

	if (error)
		return leati_failed(error);
	ch->period = period;
	atomic_init(&ch->due, due);
	ch->timer = true;
	ch->due_cause = cause;
	return (leat_chan){ { ch }, { ch } };
}

leat_chan leat_make_until(leat_time t, int cause)
{
	return make_timer(&(leat_type){ "timer", 0, NULL, NULL }, t, 0, cause ? errno_value(cause) : ETIMEDOUT);
}

/* Nobody can end it early. */
static leat_rx without_sender(leat_chan timer)
{
	if (!leati_is_static(timer.rx.ch)) {
		atomic_init(&timer.tx.ch->txs, 0);
		atomic_init(&timer.tx.ch->open_ends, 1);
	}
	return timer.rx;
}

leat_rx leat_at(leat_time t)
{
	return without_sender(leat_make_until(t, 0));
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

/* -------------------------------------------------------------------------------------------- close -- */

/* Locked: decide all waiting cases of a queue as "the other side is gone". */
static void end_all(leati_queue *queue, leati_woken *woken)
{
	for (leat_case *c; (c = leati_claim_first(queue)) != NULL;)
		leati_decide(c, 0, woken);
}

static unsigned state_of(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->state, memory_order_relaxed);
}

/* Locked: leave a cause (the first one stands), and close if asked. Watchers look again: some may wait for the cause,
 * and those that wait for something else just go on waiting. */
static bool leave_cause(struct leat_channel *ch, int cause, bool close, leati_woken *woken)
{
	unsigned state = state_of(ch);

	if (!(state & LEATI_TX_OPEN) || leati_is_due(ch))
		return false;
	if (cause && !(state & LEATI_CAUSED)) {
		atomic_store_explicit(&ch->cause, errno_value(cause), memory_order_relaxed);
		state |= LEATI_CAUSED;
	}
	if (close)
		state &= ~(unsigned)LEATI_TX_OPEN;
	leati_step(NULL);
	/* Release: whoever sees the channel over sees its cause. */
	atomic_store_explicit(&ch->state, state, memory_order_release);
	if (close) {
		end_all(&ch->receivers, woken);
		end_all(&ch->senders, woken);
	}
	leati_decide_watchers(ch, woken);
	return close;
}

static int close_channel(struct leat_channel *ch, int cause, bool close)
{
	leati_woken woken;
	bool closed;

	leati_woken_begin(&woken);
	leati_acquire(&ch->lock);
	closed = leave_cause(ch, cause, close, &woken);
	leati_release(&ch->lock);
	leati_wake_all(&woken);
	return closed;
}

int leat_close_with(leat_tx tx, int cause)
{
	return tx.ch ? close_channel(tx.ch, cause, true) : leati_refuse(EINVAL);
}

int leat_close(leat_tx tx)
{
	return leat_close_with(tx, 0);
}

/* -------------------------------------------------------------------------------------- dup and drop -- */

static void ref(atomic_uint *count, const struct leat_channel *ch, const char *where)
{
	/* Relaxed: who has a handle already sees all that a new one needs. */
	unsigned before = atomic_fetch_add_explicit(count, 1, memory_order_relaxed);

	if (before == 0)
		leat_panic_(where, "leat_dup of a handle of %s that was dropped", ch->type.name);
	if (before > UINT_MAX / 2) /* well before it wraps: others may raise it while this one says so */
		leat_panic_(where, "leat_dup of a handle of %s, which has %u already", ch->type.name, before);
}

/* True for the last. acq_rel: what others did with their handles happens before what the last one does. */
static bool unref(atomic_uint *count, const struct leat_channel *ch, const char *where)
{
	unsigned before;

	leati_step(NULL);
	before = atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel);
	if (before == 0)
		leat_panic_(where, "leat_drop of a handle of %s that was dropped already", ch->type.name);
	return before == 1;
}

static void leave_end(struct leat_channel *ch)
{
	if (unref(&ch->open_ends, ch, NULL))
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
		return leati_refuse(EINVAL);
	if (leati_is_static(tx.ch))
		return 0;
	/* The cause goes before the count, so that it is there when another's drop closes the channel. */
	if (cause)
		(void)close_channel(tx.ch, cause, false);
	if (!unref(&tx.ch->txs, tx.ch, where))
		return 0;
	closed = close_channel(tx.ch, 0, true);
	leave_end(tx.ch);
	return closed;
}

void leat_drop_tx_(leat_tx tx, const char *where)
{
	if (tx.ch)
		(void)leat_drop_with_(tx, 0, where); /* whether it closed the channel */
}

/* Release what was queued when nobody was left to receive, oldest first. */
static void release_ring(struct leat_channel *ch)
{
	for (size_t i = 0; ch->type.release && i < ch->left; i++)
		ch->type.release(leati_value_at(ch, ch->slots, leati_slot(ch, i)));
	leati_free(ch->slots, leati_cap(ch) * ch->type.size);
}

/* What is released may be the last handle of another channel, and so on: they are emptied one after the other,
 * however many there are, by the outermost call. */
static void empty_channel(struct leat_channel *ch)
{
	static _Thread_local struct leat_channel *waiting;
	static _Thread_local bool inside;

	ch->next = waiting;
	waiting = ch;
	if (inside)
		return;
	inside = true;
	while ((ch = waiting) != NULL) {
		waiting = ch->next;
		release_ring(ch);
		leave_end(ch);
	}
	inside = false;
}

void leat_drop_rx_(leat_rx rx, const char *where)
{
	struct leat_channel *ch = rx.ch;
	leati_woken woken;

	if (!ch || leati_is_static(ch) || !unref(&ch->rxs, ch, where))
		return;
	leati_woken_begin(&woken);
	leati_acquire(&ch->lock);
	ch->left = atomic_exchange_explicit(&ch->len, 0, memory_order_relaxed);
	leati_step(NULL);
	atomic_store_explicit(&ch->state, state_of(ch) & ~(unsigned)LEATI_RX_OPEN, memory_order_release);
	end_all(&ch->senders, &woken);
	leati_decide_watchers(ch, &woken);
	leati_release(&ch->lock);
	leati_wake_all(&woken);
	empty_channel(ch); /* the ring is ours alone now: sends look at the state first */
}

void leat_drop_chan_(leat_chan chan, const char *where)
{
	leat_drop_tx_(chan.tx, where);
	leat_drop_rx_(chan.rx, where);
}

/* --------------------------------------------------------------------------------------------- queue -- */

/* Give the channel room for n values, unless another thread has given it more meanwhile. */
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
	if (leati_cap(ch) < n) {
		unused = leati_cap(ch);
		slots = leati_move_ring(ch, slots, n);
		leati_refill(ch, &woken);
	}
	leati_release(&ch->lock);
	leati_wake_all(&woken);
	leati_free(slots, unused * ch->type.size);
	return 0;
}

leat_rx leat_buffer(leat_rx in, size_t n)
{
	int error = in.ch ? 0 : EINVAL;

	if (in.ch && !leati_is_static(in.ch) && !in.ch->timer && leat_cap(in) < n)
		error = grow(in.ch, n);
	if (!error)
		return in;
	leat_drop(in);
	return leat_ended(error);
}

/* -------------------------------------------------------------------------------------------- checks -- */

/* Not locked: would the case corrupt memory? Then say where and stop. */
void leati_check(const leat_case *c)
{
	const struct leat_channel *ch = c->ch;
	bool sends = c->kind_ == LEAT_CASE_SEND_, receives = c->kind_ == LEAT_CASE_RECV_;

	if (leati_is_static(ch))
		return;
	if ((sends || receives) && atomic_load_explicit(sends ? &ch->txs : &ch->rxs, memory_order_relaxed) == 0)
		leat_panic_(c->where_, "%s on a handle of %s that was dropped", sends ? "send" : "receive",
		            ch->type.name);
	if (sends && !c->from_ && c->size_ > 0)
		leat_panic_(c->where_, "send of NULL on a channel of %s", ch->type.name);
	if ((sends || (receives && c->into_)) && c->size_ != ch->type.size)
		leat_panic_(c->where_, "%s of an element of %zu bytes on a channel of %s, which has %zu",
		            sends ? "send" : "receive", c->size_, ch->type.name, ch->type.size);
}
