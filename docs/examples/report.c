/* SPDX-License-Identifier: 0BSD
 *
 * report.c - a program says what its threads wait for: leat_report, and leat_name for the name of a channel.
 *
 * Nobody receives what leat_map makes. So the stage cannot send any more, and then nothing more fits into its input. The
 * clock is fake: main gives up when all other threads sleep.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

/* Print the lines about threads that wait. The number of a thread, and how long it has waited, differ each time. */
static void print_waiting(void)
{
	char *report = NULL, *end;
	size_t size;
	FILE *to = open_memstream(&report, &size);

	if (!to || leat_report(to) < 0 || fclose(to) != 0)
		exit(1);
	for (char *line = strstr(report, "WAITING\n"); line && *line != '\n'; line = end + 1) {
		char *number = strstr(line, ", thread ");

		end = strchr(line, '\n');
		printf("%.*s\n", (int)((number && number < end ? number : end) - line), line);
	}
	free(report);
}

int main(void)
{
	leat_chan requests;
	leat_rx parsed;
	int n = 1;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	requests = leat_make(int, 2);
	leat_name(requests, "requests");
	parsed = leat_map(LEAT_NIL, requests.rx, int, parse, NULL);
	while (leat_send_by(requests.tx, &n, leat_in(LEAT_S(1))) > 0)
		n++;
	printf("request %d does not fit\n", n);
	print_waiting();
	leat_drop(parsed);
	leat_drop(requests.tx);
	leat_clock_real();
	return 0;
}
