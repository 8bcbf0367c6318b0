/* SPDX-License-Identifier: 0BSD
 *
 * inspect.c - what a program can ask of a channel. A due timer is settled first, so that it answers like any other.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "queue.h"

/* The present state. Acquire: a thread that sees the channel over sees its cause, and what was done before. */
static unsigned state_now(struct leat_channel *ch)
{
	leati_woken woken;

	if (leati_is_due(ch)) {
		leati_enter(ch, &woken);
		leati_settle(ch, &woken);
		leati_leave(ch, &woken);
	}
	return atomic_load_explicit(&ch->state, memory_order_acquire);
}

size_t leat_len_(struct leat_channel *ch)
{
	if (!ch)
		return 0;
	(void)state_now(ch);
	return leati_len(ch);
}

size_t leat_cap_(struct leat_channel *ch)
{
	return ch ? leati_cap(ch) : 0;
}

size_t leat_senders_(struct leat_channel *ch)
{
	return ch ? atomic_load_explicit(&ch->txs, memory_order_relaxed) : 0;
}

size_t leat_receivers_(struct leat_channel *ch)
{
	return ch ? atomic_load_explicit(&ch->rxs, memory_order_relaxed) : 0;
}

uint64_t leat_lost_(struct leat_channel *ch)
{
	return ch && !ch->timer ? atomic_load_explicit(&ch->lost, memory_order_relaxed) : 0;
}

/* Count a value that was lost. Only the number matters, so no order is needed. */
void leat_lose_(leat_tx tx)
{
	if (!tx.ch->timer) /* a timer has its time in the place of `lost` */
		atomic_fetch_add_explicit(&tx.ch->lost, 1, memory_order_relaxed);
}

int leat_closed_(struct leat_channel *ch)
{
	return ch && leati_over_for_senders(state_now(ch));
}

int leat_cause_(struct leat_channel *ch)
{
	if (!ch)
		return EINVAL;
	if (leati_is_static(ch))
		return leati_static_cause(ch);
	return state_now(ch) & LEATI_CAUSED ? atomic_load_explicit(&ch->cause, memory_order_relaxed) : 0;
}

int leat_never_started_(struct leat_channel *ch)
{
	return leati_is_static(ch);
}

leat_type leat_type_of_(struct leat_channel *ch)
{
	return ch ? ch->type : (leat_type){ NULL, 0, NULL, NULL };
}
