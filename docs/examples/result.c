/* SPDX-License-Identifier: 0BSD
 *
 * result - each element is a value or a failure: leat_result_from, leat_result_map.
 *
 * The reader of the stream knows most about the program. So the reader decides what to do about failures.
 * The book: P24, fig-patterns-proper-err-handling.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

typedef struct { int status; } response;
typedef struct { const char *text; } line;
typedef LEAT_RESULT(response) response_result;
typedef LEAT_RESULT(line) line_result;

/* Stands for a question to the network. */
static int get(void *arg, const void *in, void *out)
{
	(void)arg;
	if (strcmp(*(const char *const *)in, "https://badhost") == 0)
		return -ECONNREFUSED;
	((response *)out)->status = 200;
	return 1;
}

/* This function does not see failures: they are passed on. */
static int spell(void *arg, const void *in, void *out)
{
	(void)arg;
	((line *)out)->text = ((const response *)in)->status == 200 ? "200 OK" : "500 Internal Server Error";
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx urls = leat_generator(done.rx, LEAT_VALUES(const char *, "https://www.google.com", "https://badhost"));
	leat_rx responses = leat_result_from(done.rx, urls, "Get", response_result, get, NULL);
	leat_rx lines = leat_result_map(done.rx, responses, "spell", line_result, spell, NULL);
	int cause;

	for (line_result result; leat_recv(lines, &result) > 0;) {
		if (result.failure.code)
			printf("error: %s: %s\n", result.failure.stage, leat_strerror(result.failure.code));
		else
			printf("Response: %s\n", result.value.text);
	}
	cause = leat_cause(lines); /* the pipeline's cause; a failed element is none */
	leat_drop(lines);
	leat_drop(done);
	return cause != 0;
}
