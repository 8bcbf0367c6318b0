/* SPDX-License-Identifier: 0BSD
 *
 * result_stop - one failure may be an accident, three are too many: leat_result_stop ends the stream with the third.
 *
 * The stages before it stop before they have asked for everything. The requests go to a server of this program.
 * The book: P25, fig-stop-after-three-errors.go
 */
#include "http.h"

typedef LEAT_RESULT(http_response) response_result;

static int check_status(leat_rx done)
{
	static const char *const urls[] = { "a", "http://www.example.com", "b", "c", "d" };
	leat_rx in = leat_generator(done, sizeof *urls, urls, sizeof urls / sizeof *urls);
	leat_rx all = leat_result_from(done, in, "Get", response_result, http_get, NULL);
	leat_rx some = leat_result_stop(done, all, 3);
	response_result result;
	int cause;

	for (int i = 0; leat_recv(some, &result) > 0; i++) {
		if (result.failure.code)
			printf("error: %s \"%s\": %s\n", result.failure.stage, urls[i], http_strerror(result.failure.code));
		else
			printf("Response: %d %s\n", result.value.status, result.value.reason);
	}
	cause = leat_cause(some); /* the code of the third failure */
	leat_drop(some);
	return cause;
}

int main(void)
{
	if (http_run(check_status) != EPROTONOSUPPORT)
		return 1;
	printf("Too many errors, breaking!\n");
	return 0;
}
