/* SPDX-License-Identifier: 0BSD
 *
 * error.c - an error says what happened, when, where, with which number, and because of which other error. The log gets
 * all of this. The user gets the message for users, or is told that this is a bug. An error lives as long as it has a
 * handle, also in channels. Of the errors of a stream, the first one is kept.
 */
#include "../test.h"

#include <sys/utsname.h>

enum { THREADS = 4 };

static const leat_rx nil;

static const char low_level[] = "low level", intermediate[] = "intermediate", unheard_of[] = "low level";

static char text[20000], expected[2000];

/* ------------------------------------------------------------------------------------------------ what it says -- */

static void what_when_where(void)
{
	leat_time before = leat_utc();
	int line = __LINE__ + 1;
	leat_error *error = leat_error_new(low_level, ENOENT, "stat %s: %d", "/bad", 7), *next;

	check(error->code == ENOENT && error->kind == low_level && strcmp(error->message, "stat /bad: 7") == 0);
	check(strcmp(error->file, __FILE__) == 0 && strcmp(error->function, __func__) == 0 && error->line == line);
	check(error->when >= before && error->when <= leat_utc());
	check(!error->user_message && !error->host && !error->trace && !error->inner);
	next = leat_error_new(NULL, 0, "%s", "");
	check(next->id > error->id && next->kind == NULL && *next->message == '\0' && next->code == EINVAL);
	leat_error_drop(error);
	leat_error_drop(next);
}

/* A function returns the code of an error. If the code is negative by mistake, the result must not look like
 * success. */
static void a_negative_code_is_none(void)
{
	leat_error *inner = leat_error_new(low_level, EIO, "inner");
	leat_error *error = leat_error_wrap(inner, low_level, -ENOENT, "negated by mistake");

	check(error->code == EINVAL && error->inner == inner);
	leat_error_drop(error);
}

/* The C locale cannot print a character with this number. */
static void a_message_that_cannot_be_printed(void)
{
	leat_error *error = leat_error_new(low_level, EIO, "%ls", (const wchar_t[]){ 0x7fffffff, 0 });

	check(error->code == EIO && error->kind == low_level && *error->message == '\0');
	leat_error_drop(error);
}

static void long_messages(void)
{
	static char much[10000];
	leat_error *error;

	memset(much, 'x', sizeof much - 1);
	error = leat_error_with(leat_error_new(NULL, EIO, "%s", much), 0, "%s", much);
	check(strcmp(error->message, much) == 0 && strcmp(error->user_message, much) == 0);
	leat_error_drop(error);
}

static void host_trace_and_user(void)
{
	struct utsname system;
	leat_error *error = leat_error_with(leat_error_new(low_level, EIO, "what"), LEAT_ERROR_HOST, NULL);

	check(uname(&system) >= 0);
	check(strcmp(error->host, system.nodename) == 0 && !error->user_message && !error->trace);
	error = leat_error_with(error, 0, "job %d", 1);
	check(strcmp(error->host, system.nodename) == 0 && strcmp(error->user_message, "job 1") == 0);
	error = leat_error_with(error, LEAT_ERROR_TRACE | LEAT_ERROR_HOST, "job %d", 2);
	check(strcmp(error->host, system.nodename) == 0 && strcmp(error->user_message, "job 2") == 0);
#if defined(__GLIBC__)
	check(error->trace && strstr(error->trace, " < ") && !strchr(error->trace, '\n'));
#endif
	error = leat_error_with(error, LEAT_ERROR_HOST, NULL);
	check(strcmp(error->user_message, "job 2") == 0 && strcmp(error->message, "what") == 0);
	leat_error_drop(error);
	check(leat_error_with(NULL, 0, "nothing") == NULL);
}

static void wrapped(void)
{
	leat_error *low = leat_error_new(low_level, ENOENT, "low"), *middle = leat_error_wrap(low, NULL, 0, "middle");
	leat_error *top = leat_error_wrap(middle, intermediate, EPERM, "top");

	check(top->inner == middle && middle->inner == low);
	check(top->code == EPERM && middle->code == ENOENT);
	check(leat_error_find(top, intermediate) == top && leat_error_find(top, low_level) == low);
	check(leat_error_find(top, unheard_of) == NULL); /* another tag with the same text */
	check(leat_error_find(NULL, low_level) == NULL);
	leat_error_drop(top);
	top = leat_error_wrap(NULL, NULL, EIO, "nothing beneath");
	check(!top->inner && top->code == EIO);
	leat_error_drop(top);
}

/* ---------------------------------------------------------------------------------------------------- told -- */

static const char *part(const char *from, const char *what)
{
	const char *found = strstr(from, what);

	check(found);
	return found + strlen(what);
}

static void the_log_is_told_everything(void)
{
	int both = LEAT_ERROR_HOST | LEAT_ERROR_TRACE, length;
	leat_error *low = leat_error_with(leat_error_new(low_level, ENOENT, "no file"), both, NULL);
	leat_error *top = leat_error_wrap(low, NULL, 0, "no job");
	const char *rest = text;

	length = leat_error_format(top, text, sizeof text);

	check(length == (int)strlen(text));
	snprintf(expected, sizeof expected, "[%llu] ", (unsigned long long)top->id);
	check(strncmp(text, expected, strlen(expected)) == 0);
	snprintf(expected, sizeof expected, " no job (errno %d) in %s at %s:%d\n[%llu] ", ENOENT, __func__, __FILE__,
	         top->line, (unsigned long long)low->id);
	rest = part(rest, expected);
	snprintf(expected, sizeof expected, " low level: no file (errno %d) in %s at %s:%d on %s", ENOENT, __func__,
	         __FILE__, low->line, low->host);
	rest = part(rest, expected);
#if defined(__GLIBC__)
	rest = part(part(rest, ", called by "), low->trace);
#endif
	check(*rest == '\0');
	leat_error_drop(top);
}

static void time_is_told_as(leat_time when, const char *as)
{
	leat_error *error = leat_error_new(NULL, EIO, "now"), then = *error;

	then.when = when;
	check(leat_error_format(&then, text, sizeof text) > 0);
	(void)part(text, as);
	leat_error_drop(error);
}

static void the_time_is_utc(void)
{
	struct tm now;
	time_t seconds;
	leat_error *error;

	time_is_told_as(0, "] 1970-01-01T00:00:00.000000Z now");
	time_is_told_as(LEAT_S(951782399) + LEAT_MS(5), "] 2000-02-28T23:59:59.005000Z now");
	time_is_told_as(LEAT_S(951782400), "] 2000-02-29T00:00:00.000000Z now");
	time_is_told_as(LEAT_S(1735689599), "] 2024-12-31T23:59:59.000000Z now");
	time_is_told_as(LEAT_S(4107542400) + LEAT_US(1), "] 2100-03-01T00:00:00.000001Z now");
	check(leat_clock_fake() == 1 && leat_clock_advance(LEAT_S(40000000)) == 1);
	seconds = (time_t)(leat_utc() / LEAT_S(1));
	error = leat_error_new(NULL, EIO, "now");
	leat_clock_real();
	check(gmtime_r(&seconds, &now) && strftime(expected, sizeof expected, "] %Y-%m-%dT%H:%M:%S.", &now) > 0);
	check(leat_error_format(error, text, sizeof text) > 0);
	(void)part(text, expected);
	leat_error_drop(error);
}

static void the_user_is_told_what_is_for_him(void)
{
	leat_error *low = leat_error_new(low_level, ENOENT, "low"), *top;
	unsigned long long id = low->id;

	snprintf(expected, sizeof expected, "[%llu] There was an unexpected issue; please report this as a bug.", id);
	check(leat_error_format_user(low, text, sizeof text) == (int)strlen(expected) && strcmp(text, expected) == 0);
	top = leat_error_with(leat_error_wrap(low, intermediate, 0, "top"), 0, "cannot run job %d", 1);
	snprintf(expected, sizeof expected, "[%llu] cannot run job 1", id);
	check(leat_error_format_user(top, text, sizeof text) == (int)strlen(expected) && strcmp(text, expected) == 0);
	top = leat_error_wrap(top, NULL, 0, "further up"); /* this caller wraps without a message for the user */
	snprintf(expected, sizeof expected, "[%llu] There was an unexpected issue; please report this as a bug.", id);
	check(leat_error_format_user(top, text, sizeof text) == (int)strlen(expected) && strcmp(text, expected) == 0);
	leat_error_drop(top);
}

/* Like snprintf: the buffer gets as much of the text as fits, and the result is the length of the whole text. */
static void as_snprintf(void)
{
	leat_error *error = leat_error_wrap(leat_error_new(low_level, ENOENT, "low"), NULL, 0, "top");
	int length = leat_error_format(error, text, sizeof text), user = leat_error_format_user(error, NULL, 0);

	check(leat_error_format(error, NULL, 0) == length);
	for (size_t size = 1; size <= (size_t)length + 2; size++) {
		char some[1000];

		memset(some, '#', sizeof some);
		check(leat_error_format(error, some, size) == length);
		check(strncmp(some, text, size - 1) == 0 && some[size] == '#');
		check(strlen(some) == (size <= (size_t)length ? size - 1 : (size_t)length));
		check(leat_error_format_user(error, some, size) == user && strlen(some) < size);
	}
	check(leat_error_format(NULL, text, sizeof text) == 0 && text[0] == '\0');
	check(leat_error_format_user(NULL, text, sizeof text) == 0 && text[0] == '\0');
	leat_error_drop(error);
}

/* -------------------------------------------------------------------------------------------- handles, channels -- */

static void handles(void)
{
	leat_error *error = leat_error_wrap(leat_error_new(low_level, EIO, "low"), NULL, 0, "top");
	leat_error *again = leat_error_dup(error), *beneath = leat_error_dup(error->inner);

	check(again == error);
	leat_error_drop(error);
	check(strcmp(again->message, "top") == 0 && again->inner == beneath);
	leat_error_drop(again);
	check(strcmp(beneath->message, "low") == 0);
	leat_error_drop(beneath);
	check(leat_error_dup(NULL) == NULL);
	leat_error_drop(NULL);
}

static leat_error *errors[THREADS];

static void read_and_drop(void *arg)
{
	const leat_error *error = *(leat_error **)arg;

	check(error->code == EIO && strcmp(error->message, "shared") == 0);
	for (int i = 0; i < 1000; i++)
		leat_error_drop(leat_error_dup(error));
	leat_error_drop(error);
}

static void handles_of_several_threads(void)
{
	background threads[THREADS];

	errors[0] = leat_error_new(NULL, EIO, "shared");
	for (int i = 1; i < THREADS; i++)
		errors[i] = leat_error_dup(errors[0]);
	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], read_and_drop, &errors[i]);
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
}

static int make_error(void *arg, const void *in, void *out)
{
	(void)arg;
	*(leat_error **)out = leat_error_new(low_level, EIO, "%d", *(const int *)in);
	return 1;
}

/* leat_tee copies errors. A drop releases those that were not received. */
static void channels_carry_them(void)
{
	leat_rx out[2], in = leat_map_of(nil, numbers(0, 20), &leat_error_type, make_error, NULL);
	leat_error *error, *same;

	check(leat_tee(nil, in, out, 2) == 1);
	for (int i = 0; i < 5; i++) {
		check(leat_recv(out[0], &error) == 1 && atoi(error->message) == i);
		check(leat_recv(out[1], &same) == 1 && same == error);
		leat_error_drop(error);
		check(atoi(same->message) == i);
		leat_error_drop(same);
	}
	leat_drop(out[0]);
	leat_drop(out[1]);
}

/* -------------------------------------------------------------------------------------------------------- a box -- */

static void the_first_is_kept(void)
{
	leat_error_box box = { 0 };
	leat_error *first = leat_error_new(NULL, EIO, "first"), *taken;

	check(leat_error_take(&box) == NULL);
	check(leat_error_fail(&box, first) == -EIO);
	check(leat_error_fail(&box, leat_error_new(NULL, EPERM, "second")) == -EPERM);
	taken = leat_error_take(&box);
	check(taken == first && strcmp(taken->message, "first") == 0);
	check(leat_error_take(&box) == NULL);
	check(leat_error_fail(&box, NULL) == -EINVAL && leat_error_take(&box) == NULL);
	leat_error_drop(taken);
}

static int fail_at_seven(void *box, const void *in, void *out)
{
	int n = *(const int *)in;

	if (n >= 7)
		return leat_error_fail(box, leat_error_new(low_level, EDOM, "%d is too much", n));
	*(int *)out = n;
	return 1;
}

static void the_streams_cause_has_its_error(void)
{
	leat_error_box box = { 0 };
	leat_rx out = leat_map(nil, numbers(0, 20), int, fail_at_seven, &box);
	leat_error *error;

	check(leat_drain(leat_take(nil, out, -1)) == EDOM);
	error = leat_error_take(&box);
	check(error && error->code == EDOM && strcmp(error->message, "7 is too much") == 0);
	leat_error_drop(error);
}

/* Several workers fail at once. One of their errors is kept. */
static void of_many_one_is_kept(void)
{
	for (int i = 0; i < 20; i++) {
		leat_error_box box = { 0 };
		leat_error *error;

		check(leat_drain(leat_map_n(nil, numbers(7, 20), THREADS, int, fail_at_seven, &box)) == EDOM);
		check(leat_wait_all(LEAT_NEVER) == 1);
		error = leat_error_take(&box);
		check(error && error->kind == low_level && leat_error_take(&box) == NULL);
		leat_error_drop(error);
	}
}

static void a_code_above_all_errno_values_is_none(void)
{
	leat_error *inner = leat_error_new(NULL, 256, "%s", "");
	leat_error *outer = leat_error_wrap(inner, NULL, INT32_MAX, "%s", "");

	check(inner->code == EINVAL && outer->code == EINVAL);
	leat_error_drop(outer);
}

int main(int argc, char **argv)
{
	return RUN(what_when_where, a_negative_code_is_none, a_message_that_cannot_be_printed, long_messages,
	           host_trace_and_user, wrapped, the_log_is_told_everything,
	           the_time_is_utc, the_user_is_told_what_is_for_him, as_snprintf, handles, handles_of_several_threads,
	           channels_carry_them, the_first_is_kept, the_streams_cause_has_its_error, of_many_one_is_kept,
	           a_code_above_all_errno_values_is_none);
}
