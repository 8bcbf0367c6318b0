/* SPDX-License-Identifier: 0BSD
 *
 * discard.c - values that nobody receives although they leave their channel, and that must be released.
 *
 * LEAT_WAIT on a channel of owned values receives a value to discard it. leat_force_send displaces the oldest value.
 * The value leaves while the channel is locked, but release must be called without a lock. So the value is moved to a
 * room in between. The room is allocated first, because a value that has left could not go back if memory were short.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "ring.h"

/* Lies on the caller's stack, and has to go to the heap for large values only. */
typedef struct {
	_Alignas(LEATI_LINE) unsigned char small[512];
	void *at;
	size_t bytes;
} discard_room;

/* Returns 1, or -1 with ENOMEM. */
static int begin_room(discard_room *value, size_t bytes)
{
	value->bytes = bytes;
	value->at = bytes <= sizeof value->small ? value->small : leati_alloc(bytes);
	return value->at ? 1 : leat_refuse(ENOMEM);
}

static void end_room(discard_room *value)
{
	if (value->at != value->small)
		leati_free(value->at, value->bytes);
}

/* ------------------------------------------------------------------------------------------ select -- */

static bool discards(const leat_case *c)
{
	return c->kind_ == LEAT_CASE_RECV_ && !c->into_ && c->ch && c->ch->type.release;
}

/* Bytes of the room for the largest value that may have to be released, or 0 if there is none. */
static size_t largest_discard(const leat_case *cases, size_t n)
{
	size_t largest = 0;

	for (size_t i = 0; i < n; i++)
		if (discards(&cases[i]) && cases[i].ch->type.size >= largest)
			largest = cases[i].ch->type.size + 1; /* a value without bytes may own something too */
	return largest;
}

static leat_case *select_discarding(size_t bytes, leat_case *cases, size_t n, leat_time t, bool in_order)
{
	discard_room value;
	leat_case *decided;

	if (begin_room(&value, bytes) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (discards(&cases[i])) {
			cases[i].into_ = value.at;
			cases[i].count_ = 1; /* there is room for one */
		}
	decided = leati_decide(cases, n, t, in_order);
	for (size_t i = 0; i < n; i++)
		if (cases[i].into_ == value.at)
			cases[i].into_ = NULL;
	if (decided && discards(decided) && decided->ok)
		decided->ch->type.release(value.at);
	end_room(&value);
	return decided;
}

/* Returns the index of the decided case, or -1 with errno. */
int leati_select(leat_case *cases, size_t n, leat_time t, bool in_order)
{
	size_t bytes = largest_discard(cases, n);
	leat_case *decided = bytes ? select_discarding(bytes, cases, n, t, in_order) :
	                             leati_decide(cases, n, t, in_order);

	return decided ? (int)(decided - cases) : -1;
}

/* ------------------------------------------------------------------------------------------ displace -- */

/* Take the oldest value out, into `at`, and put the new one in. False if the channel is over or no longer full. */
static bool displace(struct leat_channel *ch, const void *value, void *at)
{
	bool full;

	leati_acquire(&ch->lock);
	full = !leati_over_for_senders(atomic_load_explicit(&ch->state, memory_order_relaxed)) && leati_len(ch) > 0 &&
	       leati_len(ch) == leati_cap(ch);
	if (full) {
		(void)leati_pop(ch, at);
		(void)leati_push(ch, value);
	}
	leati_release(&ch->lock);
	return full;
}

/* `at` is for the value that is displaced. */
static int force_send(leat_tx tx, const void *value, size_t size, void *at, const char *where)
{
	int sent;

	while ((sent = leat_send_at_(tx, value, size, LEAT_NOW, where)) < 0 && errno == EAGAIN && leat_cap(tx) > 0)
		if (displace(tx.ch, value, at)) {
			leati_release_value(&tx.ch->type, at);
			return 1;
		}
	return sent;
}

int leat_force_send_at_(leat_tx tx, const void *value, size_t size, const char *where)
{
	discard_room displaced;
	int sent;

	if (begin_room(&displaced, size) < 0)
		return -1;
	sent = force_send(tx, value, size, displaced.at, where);
	end_room(&displaced);
	return sent;
}
