/* SPDX-License-Identifier: 0BSD
 *
 * result_naive - how not to do it: the function of a stage prints the error, because it has nobody to tell, and goes
 * on.
 *
 * The reader of the stream never learns that something is missing: see result.c. The requests go to a server of this
 * program. The unknown host comes first here, because otherwise the stage and main would print in any order.
 * The book: P23, fig-patterns-imporoper-err-handling.go
 */
#include "http.h"

static int get(void *arg, const void *in, void *out)
{
	int result = http_get(arg, in, out);

	if (result < 0) {
		printf("Get \"%s\": %s\n", *(const char *const *)in, http_strerror(-result));
		return 0;
	}
	return 1;
}

static int check_status(leat_rx done)
{
	leat_rx urls = leat_generator(done, LEAT_VALUES(const char *, "http://badhost", "http://www.example.com"));
	leat_rx responses = leat_map(done, urls, http_response, get, NULL);
	int cause;

	for (http_response response; leat_recv(responses, &response) > 0;)
		printf("Response: %d %s\n", response.status, response.reason);
	cause = leat_cause(responses);
	leat_drop(responses);
	return cause;
}

int main(void)
{
	return http_run(check_status) != 0;
}
