/* SPDX-License-Identifier: 0BSD
 *
 * result - each element is a value or a failure: leat_result_from, leat_result_map.
 *
 * The reader of the stream knows most about the program. So the reader decides what to do about failures. The requests
 * go to a server of this program; besides the book's unknown host there is a port that refuses.
 * The book: P24, fig-patterns-proper-err-handling.go
 */
#include "http.h"

typedef struct { char text[64]; } line;
typedef LEAT_RESULT(http_response) response_result;
typedef LEAT_RESULT(line) line_result;

/* This function does not see failures: they are passed on. */
static int spell(void *arg, const void *in, void *out)
{
	const http_response *response = in;
	line *its = out;

	(void)arg;
	(void)snprintf(its->text, sizeof its->text, "%d %s", response->status, response->reason);
	return 1;
}

static int check_status(leat_rx done)
{
	static const char *const urls[] = { "http://www.example.com", "http://badhost", "http://closed.example.com" };
	leat_rx in = leat_generator(done, sizeof *urls, urls, sizeof urls / sizeof *urls);
	leat_rx responses = leat_result_from(done, in, "Get", response_result, http_get, NULL);
	leat_rx lines = leat_result_map(done, responses, "spell", line_result, spell, NULL);
	line_result result;
	int cause;

	for (int i = 0; leat_recv(lines, &result) > 0; i++) {
		if (result.failure.code)
			printf("error: %s \"%s\": %s\n", result.failure.stage, urls[i], http_strerror(result.failure.code));
		else
			printf("Response: %s\n", result.value.text);
	}
	cause = leat_cause(lines); /* the pipeline's cause; a failed element is none */
	leat_drop(lines);
	return cause;
}

int main(void)
{
	return http_run(check_status) != 0;
}
