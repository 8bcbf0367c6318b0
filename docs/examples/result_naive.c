/* SPDX-License-Identifier: 0BSD
 *
 * result_naive - how not to do it: the function of a stage prints the error, because it has nobody to tell, and goes
 * on.
 *
 * The reader of the stream never learns that something is missing: see result.c.
 * The book: P23, fig-patterns-imporoper-err-handling.go
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

typedef struct { const char *status; } response;

/* Stands for a question to the network. */
static int get(void *arg, const void *in, void *out)
{
	const char *url = *(const char *const *)in;

	(void)arg;
	if (strcmp(url, "https://badhost") == 0) {
		printf("Get \"%s\": no such host\n", url);
		return 0;
	}
	((response *)out)->status = "200 OK";
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx urls = leat_generator(done.rx, LEAT_VALUES(const char *, "https://badhost", "https://www.google.com"));
	leat_rx responses = leat_map(done.rx, urls, response, get, NULL);
	int cause;

	for (response its; leat_recv(responses, &its) > 0;)
		printf("Response: %s\n", its.status);
	cause = leat_cause(responses);
	leat_drop(responses);
	leat_drop(done);
	return cause != 0;
}
