/* SPDX-License-Identifier: 0BSD
 *
 * full_buffer - main sends three requests into room for two, and only then the signal to begin. The server receives
 * requests only after that signal.
 */
#include "../insight.h"

static leat_chan requests, begin;

static void serve(void *arg)
{
	(void)arg;
	(void)leat_wait(begin.rx);
	for (int request; leat_recv(requests.rx, &request) > 0;)
		;
}

int main(void)
{
	requests = leat_make(int, 2);
	begin = leat_make_unit();
	leat_name(requests, "requests");
	leat_name(begin, "begin");
	start(serve, NULL);
	for (int i = 0; i < 3; i++)
		must(leat_send(requests.tx, &i) > 0);
	return leat_signal(begin.tx);
}

/* status: 2
 * report: main waits to send to requests
 * report: serve waits to receive from begin
 */
