/* leat_broadcast - each value to all who have subscribed, while they come and go.
 *
 *                       /-> a b c
 *     a b c -> publish ---> a b c
 *                       \->   b c
 *
 * No thread: publishing is one select over the subscribers that are not ready at once. Publishers take turns, in a monitor's
 * line; whoever has the turn has the list of subscribers and the select's cases to itself, so that subscribing never waits
 * for a publisher: a newcomer is put aside for the next turn, and brings the memory that it will need.
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
	leat_monitor monitor;                 /* of the next five */
	int taken;                            /* the turn */
	struct broadcast_subscriber *joined;  /* since it was */
	size_t count, room;                   /* subscribers; how many there are cases for */
	leat_case *newest;                    /* cases: one for done, and one for each */
	struct broadcast_subscriber *first;   /* of whoever has the turn, as the last one */
	leat_case *on;
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

/* ------------------------------------------------------------------------------------------- turns -- */

/* Wait for the turn, and let in those who have come. 1, or -1 and errno. */
static int broadcast_begin(leat_broadcast *broadcast, leat_rx done, leat_time t)
{
	leat_case *old = NULL;
	int result = 1;

	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->taken)
		result = leat_monitor_wait(&broadcast->monitor, broadcast, done, t);
	if (result > 0) {
		broadcast->taken = 1;
		for (struct broadcast_subscriber *new; (new = broadcast->joined) != NULL; broadcast->first = new) {
			broadcast->joined = new->next;
			new->next = broadcast->first;
		}
		old = broadcast->on != broadcast->newest ? broadcast->on : NULL;
		broadcast->on = broadcast->newest;
	}
	leat_monitor_leave(&broadcast->monitor);
	free(old);
	return result;
}

/* Whoever waits has the turn now: it stays taken. */
static void broadcast_end(leat_broadcast *broadcast, size_t left)
{
	leat_monitor_enter(&broadcast->monitor);
	broadcast->count -= left;
	broadcast->taken = leat_monitor_wake(&broadcast->monitor);
	leat_monitor_leave(&broadcast->monitor);
}

/* Take out those who have left: how many. */
static size_t broadcast_sweep(leat_broadcast *broadcast)
{
	struct broadcast_subscriber **at = &broadcast->first, *gone;
	size_t left = 0;

	while ((gone = *at) != NULL) {
		if (!leat_closed(gone->tx)) {
			at = &gone->next;
			continue;
		}
		*at = gone->next;
		leat_drop(gone->tx);
		free(gone);
		left++;
	}
	return left;
}

/* ------------------------------------------------------------------------------------- subscribing -- */

static int broadcast_join(leat_broadcast *broadcast, struct broadcast_subscriber *new)
{
	int room;

	leat_monitor_enter(&broadcast->monitor);
	room = broadcast->count < broadcast->room;
	if (room) {
		new->next = broadcast->joined;
		broadcast->joined = new;
		broadcast->count++;
	}
	leat_monitor_leave(&broadcast->monitor);
	return room;
}

/* Room for one more, in the place of those who have left if nobody is publishing. The cases of whoever is cannot be freed
 * now; those that nobody has begun to use can. 0: no memory. */
static int broadcast_grow(leat_broadcast *broadcast)
{
	leat_case *more, *unused;
	size_t left = 0, room;

	if (broadcast_begin(broadcast, (leat_rx){ NULL }, LEAT_NOW) > 0)
		broadcast_end(broadcast, left = broadcast_sweep(broadcast));
	if (left > 0)
		return 1;
	leat_monitor_enter(&broadcast->monitor);
	room = 2 * broadcast->room + 4;
	leat_monitor_leave(&broadcast->monitor);
	if (!(unused = more = malloc((1 + room) * sizeof *more)))
		return 0;
	leat_monitor_enter(&broadcast->monitor);
	if (broadcast->room < room) { /* else somebody else was faster */
		unused = broadcast->newest != broadcast->on ? broadcast->newest : NULL;
		broadcast->newest = more;
		broadcast->room = room;
	}
	leat_monitor_leave(&broadcast->monitor);
	free(unused);
	return 1;
}

leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full)
{
	int lossy = when_full == LEAT_DROP_OLDEST || when_full == LEAT_DROP_NEWEST, joined, cause;
	struct broadcast_subscriber *new;
	leat_chan chan;

	if (!broadcast || (lossy ? room == 0 : when_full != LEAT_BLOCK))
		return leat_ended(EINVAL);
	if (!(new = malloc(sizeof *new + BROADCAST_LINE + broadcast->type.size)))
		return leat_ended(ENOMEM);
	chan = leat_make_of(&broadcast->type, room);
	*new = (struct broadcast_subscriber){ chan.tx, when_full, new + 1, NULL, NULL };
	new->copy = (unsigned char *)new->copy + -(uintptr_t)new->copy % BROADCAST_LINE;
	cause = leat_cause(chan);
	while (!cause && !(joined = broadcast_join(broadcast, new)))
		cause = broadcast_grow(broadcast) ? 0 : ENOMEM;
	if (!cause)
		return chan.rx;
	leat_drop(chan);
	free(new);
	return leat_ended(cause);
}

/* -------------------------------------------------------------------------------------- publishing -- */

/* Who has the turn: what each is to get. 0 or -errno. */
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

/* At once, or never if it is to be lost; else there is a case for it. 1: it has it; 0 or -1: not, or not yet. */
static int broadcast_offer(const leat_broadcast *broadcast, struct broadcast_subscriber *to, leat_case *on)
{
	size_t size = broadcast->type.size;
	int sent = to->when_full == LEAT_DROP_OLDEST ? leat_push_sized(to->tx, to->value, size)
	                                             : leat_send_sized(to->tx, to->value, size, LEAT_NOW);

	*on = (leat_case){ 0 };
	if (sent > 0)
		to->value = NULL;
	else if (sent < 0 && errno == EAGAIN && to->when_full == LEAT_BLOCK)
		*on = LEAT_SEND_SIZED(to->tx, to->value, size);
	return sent;
}

/* How many have it, and how many cases there are; -1 and errno. */
static long broadcast_offer_all(leat_broadcast *broadcast, size_t *cases)
{
	long have = 0;
	size_t i = 0;

	for (struct broadcast_subscriber *to = broadcast->first; to; to = to->next) {
		int sent = broadcast_offer(broadcast, to, &broadcast->on[++i]);

		if (sent < 0 && errno != EAGAIN)
			return -1;
		have += sent > 0;
	}
	*cases = i;
	return have;
}

static int broadcast_is_pending(const leat_broadcast *broadcast, size_t cases)
{
	for (size_t i = 1; i <= cases; i++)
		if (broadcast->on[i].ch)
			return 1;
	return 0;
}

/* Until each of those for whom there is a case has it or has left: how many have; -1 and errno. */
static long broadcast_wait(leat_broadcast *broadcast, size_t cases, leat_rx done, leat_time t)
{
	leat_case *on = broadcast->on;
	long have = 0;

	while (broadcast_is_pending(broadcast, cases)) {
		struct broadcast_subscriber *to = broadcast->first;
		int chosen;

		on[0] = LEAT_WAIT(done);
		chosen = leat_select_first_n(on, 1 + cases, t);
		if (chosen == 0)
			errno = ECANCELED;
		if (chosen <= 0)
			return -1;
		for (int i = 1; i < chosen; i++)
			to = to->next;
		if (on[chosen].ok)
			to->value = NULL;
		have += on[chosen].ok;
		on[chosen] = (leat_case){ 0 };
	}
	return have;
}

/* Who has the turn. */
static long broadcast_give(leat_broadcast *broadcast, const void *value, leat_rx done, leat_time t)
{
	size_t cases = 0;
	long have, more;
	int error = leat_wait_by(done, LEAT_NOW) >= 0 ? -ECANCELED : broadcast_copy(broadcast, value);

	if (error) {
		errno = -error;
		return -1;
	}
	have = broadcast_offer_all(broadcast, &cases);
	more = have < 0 ? -1 : broadcast_wait(broadcast, cases, done, t);
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
	broadcast_end(broadcast, broadcast_sweep(broadcast));
	errno = error;
	return have;
}

/* -------------------------------------------------------------------------------------- the end of it -- */

static void broadcast_drop_all(struct broadcast_subscriber *list)
{
	for (struct broadcast_subscriber *next; list; list = next) {
		next = list->next;
		leat_drop(list->tx);
		free(list);
	}
}

void leat_broadcast_drop(leat_broadcast *broadcast)
{
	if (!broadcast)
		return;
	broadcast_drop_all(broadcast->first);
	broadcast_drop_all(broadcast->joined);
	if (broadcast->newest != broadcast->on)
		free(broadcast->newest);
	free(broadcast->on);
	free(broadcast);
}
