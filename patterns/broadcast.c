/* leat_broadcast - each value to all who have subscribed, while they come and go.
 *
 *                       /-> a b c
 *     a b c -> publish ---> a b c
 *                       \->   b c
 *
 * No thread: publishing is one select over the subscribers that are not ready at once. Publishers take turns, in a
 * monitor's line; whoever has the turn has the list of subscribers and the select's cases to itself, so that
 * subscribing never waits for a publisher: newcomers are put aside for the next turn.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum { BROADCAST_LINE = 64 }; /* copies are aligned so */

struct broadcast_subscriber {
	leat_tx tx;
	int when_full;
	void *copy;                           /* room for one value, of a type that is copied */
	const void *value;                    /* what it is to get, or NULL: nothing of ours to release */
	struct broadcast_subscriber *next;
};

struct leat_broadcast {
	leat_type type;
	leat_monitor monitor;                 /* of the next four */
	int taken;                            /* the turn */
	struct broadcast_subscriber *joined;  /* since it was */
	size_t count, enough;                 /* of them; when it is time to look who has left */
	struct broadcast_subscriber *first;   /* of whoever has the turn, as all that follows */
	leat_case *on;                        /* for done, and for each ... */
	size_t room, cases, pending;          /* ... of so many at most, of so many now, of whom so many wait */
};

leat_broadcast *leat_broadcast_make_of(const leat_type *type)
{
	leat_broadcast *broadcast;

	if (!type || (type->release && !type->copy) || type->size > PTRDIFF_MAX / 4) {
		errno = EINVAL;
		return NULL;
	}
	if (!(broadcast = malloc(sizeof *broadcast))) {
		errno = ENOMEM;
		return NULL;
	}
	*broadcast = (leat_broadcast){ .type = *type };
	return broadcast;
}

/* ------------------------------------------------------------------------------- coming and going -- */

/* Take those who have left out of the list, into one of their own. */
static struct broadcast_subscriber *broadcast_take_gone(struct broadcast_subscriber **at)
{
	struct broadcast_subscriber *gone = NULL, *one;

	while ((one = *at) != NULL) {
		if (!leat_closed(one->tx)) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = gone;
		gone = one;
	}
	return gone;
}

static size_t broadcast_count(const struct broadcast_subscriber *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n++;
	return n;
}

static void broadcast_free(struct broadcast_subscriber *list)
{
	for (struct broadcast_subscriber *next; list; list = next) {
		next = list->next;
		leat_drop(list->tx);
		free(list);
	}
}

/* Perhaps nobody publishes for long: each time that they are twice as many, those who have left go. */
static void broadcast_join(leat_broadcast *broadcast, struct broadcast_subscriber *new)
{
	struct broadcast_subscriber *gone = NULL;

	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->count >= broadcast->enough) {
		gone = broadcast_take_gone(&broadcast->joined);
		broadcast->count = broadcast_count(broadcast->joined);
		broadcast->enough = 2 * broadcast->count + 4;
	}
	new->next = broadcast->joined;
	broadcast->joined = new;
	broadcast->count++;
	leat_monitor_leave(&broadcast->monitor);
	broadcast_free(gone);
}

leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full)
{
	int lossy = when_full == LEAT_DROP_OLDEST || when_full == LEAT_DROP_NEWEST;
	struct broadcast_subscriber *new;
	leat_chan chan;

	if (!broadcast || (lossy ? room == 0 : when_full != LEAT_BLOCK))
		return leat_ended(EINVAL);
	if (!(new = malloc(sizeof *new + BROADCAST_LINE + broadcast->type.size)))
		return leat_ended(ENOMEM);
	chan = leat_make_of(&broadcast->type, room);
	if (leat_never_started(chan)) {
		free(new);
		leat_drop(chan.tx);
		return chan.rx;
	}
	*new = (struct broadcast_subscriber){ chan.tx, when_full, new + 1, NULL, NULL };
	new->copy = (unsigned char *)new->copy + -(uintptr_t)new->copy % BROADCAST_LINE;
	broadcast_join(broadcast, new);
	return chan.rx;
}

/* ------------------------------------------------------------------------------------------- turns -- */

/* Wait for the turn, and let in those who have come. 1, or -1 and errno. */
static int broadcast_begin(leat_broadcast *broadcast, leat_rx done, leat_time t)
{
	int result = 1;

	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->taken)
		result = leat_monitor_wait(&broadcast->monitor, broadcast, done, t);
	if (result > 0) {
		broadcast->taken = 1;
		broadcast->count = 0;
		for (struct broadcast_subscriber *new; (new = broadcast->joined) != NULL; broadcast->first = new) {
			broadcast->joined = new->next;
			new->next = broadcast->first;
		}
	}
	leat_monitor_leave(&broadcast->monitor);
	return result;
}

/* Whoever waits has the turn now: it stays taken. */
static void broadcast_end(leat_broadcast *broadcast)
{
	broadcast_free(broadcast_take_gone(&broadcast->first));
	leat_monitor_enter(&broadcast->monitor);
	broadcast->taken = leat_monitor_wake(&broadcast->monitor);
	leat_monitor_leave(&broadcast->monitor);
}

/* ------------------------------------------------------------------- publishing: who has the turn -- */

/* A case for each, before anybody has the value. 0 or -errno. */
static int broadcast_make_room(leat_broadcast *broadcast)
{
	broadcast->cases = broadcast_count(broadcast->first);
	if (broadcast->cases <= broadcast->room)
		return 0;
	free(broadcast->on);
	broadcast->room = 2 * broadcast->cases;
	if (!(broadcast->on = malloc((1 + broadcast->room) * sizeof *broadcast->on)))
		broadcast->room = 0;
	return broadcast->on ? 0 : -ENOMEM;
}

/* What each is to get. 0 or -errno. */
static int broadcast_copy(leat_broadcast *broadcast, const void *value)
{
	int error = 0;

	for (struct broadcast_subscriber *to = broadcast->first; to && !error; to = to->next) {
		if (broadcast->type.copy)
			error = broadcast->type.copy(to->copy, value);
		if (!error)
			to->value = broadcast->type.copy ? to->copy : value;
	}
	return error;
}

static void broadcast_release(leat_broadcast *broadcast)
{
	for (struct broadcast_subscriber *to = broadcast->first; to; to = to->next) {
		if (to->value && broadcast->type.release)
			broadcast->type.release(to->copy);
		to->value = NULL;
	}
}

static int broadcast_send(const leat_broadcast *broadcast, const struct broadcast_subscriber *to)
{
	size_t size = broadcast->type.size;

	return to->when_full == LEAT_DROP_OLDEST ? leat_force_send_sized(to->tx, to->value, size) :
	                                           leat_send_sized(to->tx, to->value, size, LEAT_NOW);
}

/* At once, or never if it is to be lost; else there is a case for it. How many have it; -1 and errno. */
static long broadcast_offer(leat_broadcast *broadcast)
{
	leat_case *on = broadcast->on;
	long have = 0;

	broadcast->pending = 0;
	for (struct broadcast_subscriber *to = broadcast->first; to; to = to->next) {
		int sent = broadcast_send(broadcast, to);

		*++on = (leat_case){ 0 };
		if (sent > 0) {
			to->value = NULL;
			have++;
		} else if (sent < 0 && errno != EAGAIN) {
			return -1;
		} else if (sent < 0 && to->when_full == LEAT_BLOCK) {
			*on = LEAT_SEND_SIZED(to->tx, to->value, broadcast->type.size);
			broadcast->pending++;
		}
	}
	return have;
}

/* The subscriber of this case has it, or has left. */
static void broadcast_settle(leat_broadcast *broadcast, int chosen)
{
	struct broadcast_subscriber *to = broadcast->first;

	for (int i = 1; i < chosen; i++)
		to = to->next;
	if (broadcast->on[chosen].ok)
		to->value = NULL;
	broadcast->on[chosen] = (leat_case){ 0 };
	broadcast->pending--;
}

/* Until each of those for whom there is a case has it or has left: how many have; -1 and errno. */
static long broadcast_wait(leat_broadcast *broadcast, leat_rx done, leat_time t)
{
	leat_case *on = broadcast->on;
	long have = 0;

	while (broadcast->pending > 0) {
		int chosen;

		on[0] = LEAT_WAIT(done);
		chosen = leat_select_first_n(on, 1 + broadcast->cases, t);
		if (chosen == 0)
			errno = ECANCELED;
		if (chosen <= 0)
			return -1;
		have += on[chosen].ok;
		broadcast_settle(broadcast, chosen);
	}
	return have;
}

static long broadcast_give(leat_broadcast *broadcast, const void *value, leat_rx done, leat_time t)
{
	long have, more;
	int error = leat_wait_by(done, LEAT_NOW) >= 0 ? -ECANCELED : broadcast_make_room(broadcast);

	if (!error)
		error = broadcast_copy(broadcast, value);
	if (error) {
		errno = -error;
		return -1;
	}
	have = broadcast_offer(broadcast);
	more = have < 0 ? -1 : broadcast_wait(broadcast, done, t);
	return more < 0 ? -1 : have + more;
}

long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where)
{
	long have;
	int error;

	if (!broadcast) {
		errno = EINVAL;
		return -1;
	}
	if (size != broadcast->type.size)
		leat_panic_(where, "publish of an element of %zu bytes in a broadcast of %s, which has %zu", size,
		            broadcast->type.name, broadcast->type.size);
	if (!value && size > 0)
		leat_panic_(where, "publish of NULL in a broadcast of %s", broadcast->type.name);
	if (broadcast_begin(broadcast, done, t) < 0)
		return -1;
	have = broadcast_give(broadcast, value, done, t);
	error = errno;
	broadcast_release(broadcast);
	broadcast_end(broadcast);
	errno = error;
	return have;
}

void leat_broadcast_drop(leat_broadcast *broadcast)
{
	if (!broadcast)
		return;
	broadcast_free(broadcast->first);
	broadcast_free(broadcast->joined);
	free(broadcast->on);
	free(broadcast);
}
