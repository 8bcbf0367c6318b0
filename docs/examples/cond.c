/* SPDX-License-Identifier: 0BSD
 *
 * cond - three threads wait for a click on a button; a broadcast wakes them all: leat_cond.
 *
 * No thread can miss the click. Each counts itself among the subscribers with the lock held, and releases the lock
 * only by waiting. So a thread that has the lock and sees three subscribers knows that all three wait. The book's three
 * print in any order. Here main prints their lines.
 * The book: P64, fig-cond-broadcast.go
 */
#include <leat.h>
#include <stdio.h>

enum { SUBSCRIBERS = 3 };

static struct {
	leat_mutex lock;
	leat_cond subscribed, clicked;
	int subscribers, clicks;
} button;

static const char *const reactions[SUBSCRIBERS] = { "Maximizing window.", "Displaying annoying dialogue box!",
	                                            "Mouse clicked." };
static const char *reacted[SUBSCRIBERS];

static void subscriber(void *arg)
{
	int number = (int)(size_t)arg;

	leat_mutex_lock(&button.lock);
	button.subscribers++;
	leat_cond_signal(&button.subscribed);
	while (button.clicks == 0)
		(void)leat_cond_wait(&button.clicked, leat_mutex_locker(&button.lock), LEAT_NIL, LEAT_NEVER);
	reacted[number] = reactions[number];
	leat_mutex_unlock(&button.lock);
}

static void await_subscribers(void)
{
	leat_locker lock = leat_mutex_locker(&button.lock);

	leat_mutex_lock(&button.lock);
	while (button.subscribers < SUBSCRIBERS)
		(void)leat_cond_wait(&button.subscribed, lock, LEAT_NIL, LEAT_NEVER);
	leat_mutex_unlock(&button.lock);
}

static void click(void)
{
	leat_mutex_lock(&button.lock);
	button.clicks++;
	leat_mutex_unlock(&button.lock);
	leat_cond_broadcast(&button.clicked);
}

int main(void)
{
	for (size_t i = 0; i < SUBSCRIBERS; i++)
		if (leat_go(subscriber, (void *)i) < 0)
			return 1;
	await_subscribers();
	click();
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	for (int i = 0; i < SUBSCRIBERS; i++)
		printf("%s\n", reacted[i]);
	return 0;
}
