/* SPDX-License-Identifier: 0BSD
 *
 * once_waits - a function that is called once waits for a setting. The thread that would send the setting waits until
 * that function has returned.
 */
#include "../insight.h"

static leat_once loaded;
static leat_chan settings;

static void load(void *arg)
{
	int setting;

	must(leat_signal(*(leat_tx *)arg) > 0);
	(void)leat_recv(settings.rx, &setting);
}

static void use(void *begun)
{
	(void)leat_once_do(&loaded, load, begun);
}

int main(void)
{
	leat_chan begun = leat_make_unit();

	settings = leat_make(int, 0);
	leat_name(settings, "settings");
	start(use, &begun.tx);
	must(leat_wait(begun.rx) > 0);
	(void)leat_once_do(&loaded, load, NULL);
	return leat_send(settings.tx, &(int){ 1 });
}

/* status: 2
 * report: main waits for a once
 * report: use waits to receive from settings
 */
