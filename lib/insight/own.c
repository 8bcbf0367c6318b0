/* SPDX-License-Identifier: 0BSD
 *
 * own.c - handles that the program has said to be used by one thread alone. Each thread lists its own in its record.
 *
 * Only the thread itself changes its list, with the record's mutex, so it may read it without. A handle leaves the list
 * before it is dropped or given away: so a channel on a list is there.
 */
#define _POSIX_C_SOURCE 200809L
#include "../ends.h"
#include "../registry.h"

#include <stdlib.h>

static bool can_be_owned(const struct leat_channel *ch)
{
	return ch && !leati_is_static(ch) && !ch->timer;
}

static void mark_owned(struct leat_channel *ch)
{
	leati_acquire_channel(ch);
	leati_set_state(ch, atomic_load_explicit(&ch->state, memory_order_relaxed) | LEATI_OWNED);
	leati_release_channel(ch);
}

static int own(struct leat_channel *ch, bool sends)
{
	leati_parker *self = leati_self();
	leati_owned *owned;

	if (!can_be_owned(ch))
		return 1;
	leati_begin_thread();
	owned = self->listed ? malloc(sizeof *owned) : NULL;
	if (!owned)
		return leat_refuse(ENOMEM);
	mark_owned(ch);
	pthread_mutex_lock(&self->mutex);
	*owned = (leati_owned){ ch, sends, self->owned };
	self->owned = owned;
	pthread_mutex_unlock(&self->mutex);
	return 1;
}

int leat_own_tx_(leat_tx tx)
{
	return own(tx.ch, true);
}

int leat_own_rx_(leat_rx rx)
{
	return own(rx.ch, false);
}

int leat_own_chan_(leat_chan chan)
{
	int result = leat_own_tx_(chan.tx);

	return result < 0 ? result : leat_own_rx_(chan.rx);
}

/* The calling thread gives up a handle of an end of this channel. If it owns one of them, it owns one less. */
void leati_disown(const struct leat_channel *ch, bool sends)
{
	leati_parker *self = leati_self();
	leati_owned **place = &self->owned, *owned;

	while (*place && ((*place)->ch != ch || (*place)->sends != sends))
		place = &(*place)->next;
	if (!(owned = *place))
		return;
	pthread_mutex_lock(&self->mutex);
	*place = owned->next;
	pthread_mutex_unlock(&self->mutex);
	free(owned);
}

void leat_given_(leat_rx rx)
{
	if (can_be_owned(rx.ch) && atomic_load_explicit(&rx.ch->state, memory_order_relaxed) & LEATI_OWNED)
		leati_disown(rx.ch, false);
}

/* The thread has ended, and no reader knows it any more. */
void leati_free_owned(leati_parker *record)
{
	for (leati_owned *each = record->owned, *next; each; each = next) {
		next = each->next;
		free(each);
	}
	record->owned = NULL;
}
