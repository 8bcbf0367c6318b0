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
#include "queue.h"
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

/* ------------------------------------------------------------------------------------------ displace --
 *
 * leat_force_send takes its place in the queue of senders, as every send does, so it overtakes no sender that sleeps.
 * Then it displaces the oldest value, again and again, until the senders before it and it itself have got the room.
 * Mostly no sender sleeps. Then its value takes the place of the oldest value at once.
 */

/* Returns whether the case is decided. If not, it is queued. *displaced: the oldest value was moved to `at`. */
static bool take_place(leat_case *c, leat_wait *wait, void *at, bool *displaced)
{
	struct leat_channel *ch = c->ch;
	leati_woken woken;
	bool decided;

	leati_enter(ch, &woken);
	decided = leati_attempt(c, &woken);
	*displaced = !decided && !ch->senders.first && leati_pop(ch, at);
	if (*displaced) {
		leat_lose_((leat_tx){ ch });
		decided = leati_set_result(c, leati_push_n(ch, c->from_, 1));
	}
	if (!decided)
		leati_enqueue(c, wait);
	leati_leave(ch, &woken);
	return decided;
}

/* Move the oldest value to `at`, and let the first sender fill the room. False if the wait's own case is decided. */
static bool make_room_for_first(struct leat_channel *ch, const leat_wait *wait, void *at)
{
	leati_woken woken;
	bool waits;

	leati_enter(ch, &woken);
	waits = !leati_is_claimed(wait); /* for certain: a case of one channel is claimed only under its lock */
	if (waits) {
		(void)leati_pop(ch, at); /* true: senders wait only if the ring is full (invariant 1) */
		leat_lose_((leat_tx){ ch });
		leati_refill(ch, &woken);
	}
	leati_leave(ch, &woken);
	return waits;
}

/* Wait for the place in the queue, and move older values to `at` meanwhile. False if leat_reset has taken the place
 * away: it wakes all that wait on a timer. Then the case is still in the queue, and no value of its own was passed. */
static bool keep_place(leat_case *c, leat_wait *wait, void *at)
{
	leati_backoff left = { 0 };

	while (make_room_for_first(c->ch, wait, at))
		leati_release_value(&c->ch->type, at);
	(void)leati_park(wait, LEAT_NEVER, &left); /* true, soon: a thread has claimed the case */
	leati_backoff_end(&left);
	return wait->chosen != NULL;
}

/* Returns 1 or 0, as a send does. *displaced: the oldest value is in `at`, for the caller to release. */
static int displace(leat_case *c, void *at, bool *displaced)
{
	leat_wait wait;

	for (;;) {
		leati_wait_begin(&wait, c, 1);
		if (take_place(c, &wait, at, displaced) || keep_place(c, &wait, at))
			return c->ok;
		leati_dequeue(c);
	}
}

/* A send that finds something wrong tells it. A plain one with room in the channel needs no attempt before this one. */
int leat_displace_at_(leat_tx tx, const void *value, size_t size, void *at, int *displaced, const char *where)
{
	leat_case c = leat_case_send_(tx, value, size, where);
	bool moved = false, plain = tx.ch && leati_is_plain(tx.ch, &tx.ch->txs, value, size);
	int sent = plain && leat_cap(tx) > 0 ? displace(&c, at, &moved) :
	                                       leat_send_at_(tx, value, size, LEAT_NOW, where);

	if (sent < 0 && errno == EAGAIN && leat_cap(tx) > 0)
		sent = displace(&c, at, &moved);
	*displaced = moved;
	return sent;
}

int leat_force_send_at_(leat_tx tx, const void *value, size_t size, const char *where)
{
	discard_room room;
	int sent, displaced;

	if (begin_room(&room, size) < 0)
		return -1;
	sent = leat_displace_at_(tx, value, size, room.at, &displaced, where);
	if (displaced)
		leati_release_value(&tx.ch->type, room.at);
	end_room(&room);
	return sent;
}

/* --------------------------------------------------------------------------------- close and discard -- */

int leat_close_discarding(leat_tx tx, int cause)
{
	leat_case rest = leat_case_recv_((leat_rx){ tx.ch }, NULL, 0, NULL);
	int closed = leat_close_with(tx, cause), got = 0;

	rest.count_ = SIZE_MAX; /* one step takes all values out if they need no release */
	while (closed >= 0 && (got = leati_select(&rest, 1, LEAT_NOW, false)) == 0 && rest.ok)
		;
	return got < 0 ? -1 : closed;
}
