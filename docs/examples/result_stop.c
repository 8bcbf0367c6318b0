/* SPDX-License-Identifier: 0BSD
 *
 * result_stop - one failure may be an accident, three are too many: leat_result_stop ends the stream with the third.
 *
 * The stages before it stop before they have asked for everything.
 * The book: P25, fig-stop-after-three-errors.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

typedef struct { const char *status; } response;
typedef LEAT_RESULT(response) response_result;

/* Stands for a question to the network. */
static int get(void *arg, const void *in, void *out)
{
	(void)arg;
	if (strncmp(*(const char *const *)in, "https://", strlen("https://")) != 0)
		return -EPROTONOSUPPORT;
	((response *)out)->status = "200 OK";
	return 1;
}

int main(void)
{
	static const char *const urls[] = { "a", "https://www.google.com", "b", "c", "d" };
	leat_chan done = leat_make_unit();
	leat_rx in = leat_generator(done.rx, sizeof *urls, urls, sizeof urls / sizeof *urls);
	leat_rx all = leat_result_from(done.rx, in, "Get", response_result, get, NULL);
	leat_rx some = leat_result_stop(done.rx, all, 3);
	response_result result;
	int cause;

	for (int i = 0; leat_recv(some, &result) > 0; i++) {
		if (result.failure.code)
			printf("error: %s \"%s\": unsupported protocol scheme\n", result.failure.stage, urls[i]);
		else
			printf("Response: %s\n", result.value.status);
	}
	cause = leat_cause(some);
	if (cause == EPROTONOSUPPORT)
		printf("Too many errors, breaking!\n");
	leat_drop(some);
	leat_drop(done);
	return cause != EPROTONOSUPPORT;
}
