/* SPDX-License-Identifier: 0BSD
 *
 * hang_once - wrong on purpose: a function that is called once needs a value from a thread that waits for this once.
 *
 * If a once needs itself, or another once that needs it, leat_once_do returns EDEADLK: see once_circular. It cannot
 * know what a function waits for on a channel. The report can.
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 * The book: P68, fig-sync-once-do-deadlock.go
 */
#include <leat.h>
#include <stdio.h>

static leat_once loaded;
static leat_chan begun, settings;
static int setting;

static void load(void *arg)
{
	(void)arg;
	(void)leat_signal(begun.tx);
	(void)leat_recv(settings.rx, &setting);
}

static void use(void *arg)
{
	if (leat_once_do(&loaded, load, arg) >= 0)
		printf("the setting is %d\n", setting);
}

int main(void)
{
	begun = leat_make_unit();
	settings = leat_make(int, 0);
	leat_name(begun, "begun");
	leat_name(settings, "settings");
	if (leat_go(use, NULL) < 0 || leat_wait(begun.rx) < 0)
		return 1;
	use(NULL);
	(void)leat_send(settings.tx, &(int){ 7 }); /* too late */
	leat_drop(begun);
	leat_drop(settings);
	return 0;
}
