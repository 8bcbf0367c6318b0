/* SPDX-License-Identifier: 0BSD
 *
 * poller - the same work twice, with shared memory and with channels: several pollers check resources again and
 * again.
 *
 * With shared memory a lock guards the list. Each resource says whether a poller has it, and pollers look for a free
 * one. With channels a resource belongs to the poller that has received it, and there is nothing to guard.
 */
#include <leat.h>
#include <stdio.h>

enum { RESOURCES = 5, POLLERS = 2, POLLS = 4 };

struct resource { int polls, polling; };

static void poll_it(struct resource *resource)
{
	resource->polls++;
}

static int all_polled(const char *how, const struct resource *all)
{
	int polls = 0;

	for (int i = 0; i < RESOURCES; i++)
		polls += all[i].polls == POLLS;
	printf("%s: %d resources were polled %d times\n", how, polls, POLLS);
	return polls == RESOURCES;
}

/* ------------------------------------------------------------------------------------------ shared memory -- */

static struct { leat_mutex lock; struct resource all[RESOURCES]; } shared;

/* Take the resource that was polled least and that no poller has. NULL if all others have been polled enough. */
static struct resource *take_one(void)
{
	struct resource *least = NULL;

	leat_mutex_lock(&shared.lock);
	for (struct resource *each = shared.all; each < shared.all + RESOURCES; each++)
		if (!each->polling && each->polls < POLLS && (!least || each->polls < least->polls))
			least = each;
	if (least)
		least->polling = 1;
	leat_mutex_unlock(&shared.lock);
	return least;
}

static void give_back(struct resource *resource)
{
	leat_mutex_lock(&shared.lock);
	resource->polling = 0;
	leat_mutex_unlock(&shared.lock);
}

static void poll_shared(void *unused)
{
	(void)unused;
	for (struct resource *resource; (resource = take_one()) != NULL; give_back(resource))
		poll_it(resource);
}

static int with_shared_memory(void)
{
	for (int i = 0; i < POLLERS; i++)
		if (leat_go(poll_shared, NULL) < 0)
			return 0;
	return leat_wait_all(LEAT_NEVER) > 0 && all_polled("shared memory", shared.all);
}

/* ----------------------------------------------------------------------------------------------- channels -- */

static int poll_received(void *arg, const void *in, void *out)
{
	struct resource *resource = *(struct resource *const *)in;

	(void)arg;
	poll_it(resource);
	*(struct resource **)out = resource;
	return 1;
}

static int with_channels(void)
{
	static struct resource all[RESOURCES];
	leat_rx never = LEAT_NIL;
	leat_chan pending = leat_make(struct resource *, RESOURCES);
	leat_rx complete = leat_map_n(never, pending.rx, POLLERS, struct resource *, poll_received, NULL);
	int left = RESOURCES;

	for (int i = 0; i < RESOURCES; i++)
		(void)leat_send(pending.tx, &(struct resource *){ &all[i] }); /* there is room */
	for (struct resource *resource; left > 0 && leat_recv(complete, &resource) > 0;) {
		if (resource->polls == POLLS)
			left--;
		else
			(void)leat_send(pending.tx, &resource);
	}
	leat_drop(pending.tx);
	leat_drop(complete);
	return leat_wait_all(LEAT_NEVER) > 0 && all_polled("channels", all);
}

int main(void)
{
	return !with_shared_memory() || !with_channels();
}
