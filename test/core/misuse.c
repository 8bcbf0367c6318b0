/* SPDX-License-Identifier: 0BSD
 *
 * misuse.c - a misuse that would corrupt memory ends the program first, with a line that says where it happened and
 * what it was. Each misuse is made in a child process.
 */
#include "../test.h"
#include "../../lib/internal.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The output of the child, and its exit status. */
static char said[16384];
static int status;

/* A misuse in a child. The misuse stands on one line, and the child prints the number of that line first. */
#define MISUSE(...) (say_line(__LINE__), (void)(__VA_ARGS__))

static void say_line(int line)
{
	fprintf(stderr, "%d\n", line);
}

typedef struct { char bytes[24]; } two_dozen;
typedef struct { char bytes[7]; } seven;

static seven small;
static two_dozen big;
static leat_chan sevens;

/* ------------------------------------------------------------------------------------------ in a child -- */

static void be_child(int said_to, void (*misuse)(void))
{
	check(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
	check(dup2(said_to, STDERR_FILENO) == STDERR_FILENO);
	sevens = leat_make(seven, capacity + 1);
	misuse();
	_exit(0);
}

static void listen_to_child(int from)
{
	size_t length = 0;
	ssize_t more = 1;

	while (more > 0 && length < sizeof said - 1) {
		more = read(from, said + length, sizeof said - 1 - length);
		length += more > 0 ? (size_t)more : 0;
	}
	said[length] = '\0';
}

static void in_child(void (*misuse)(void))
{
	int ends[2];
	pid_t child;

	fflush(NULL);
	check(pipe(ends) == 0);
	child = fork();
	check(child >= 0);
	if (child == 0)
		be_child(ends[1], misuse);
	close(ends[1]);
	listen_to_child(ends[0]);
	close(ends[0]);
	check(waitpid(child, &status, 0) == child);
}

static bool aborted(void)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* The message contains this number, not merely as a part of a longer number. */
static bool mentions(const char *message, unsigned long number)
{
	for (char *end; *message; message = end > message ? end : message + 1) {
		bool digit = *message >= '0' && *message <= '9';

		end = (char *)(uintptr_t)message;
		if (digit && strtoul(message, &end, 10) == number)
			return true;
	}
	return false;
}

/* The message is the line after the line number. It begins with the file and the line of the misuse, "file:line: ". */
static const char *the_message(void)
{
	static char message[1024];
	char where[256], *line = strchr(said, '\n');

	check(line);
	snprintf(where, sizeof where, "\n%s:%d: ", __FILE__, atoi(said));
	check(strncmp(line, where, strlen(where)) == 0);
	line += strlen(where);
	check(strchr(line, '\n'));
	(void)snprintf(message, sizeof message, "%.*s", (int)strcspn(line, "\n"), line);
	return message;
}

/* ---------------------------------------------------------------------------------------------- wrong sizes -- */

static void send_wrong(void)
{
	MISUSE(leat_send(sevens.tx, &big));
}

static void receive_wrong(void)
{
	MISUSE(leat_recv(sevens.rx, &big));
}

static void send_by_wrong(void)
{
	MISUSE(leat_send_by(sevens.tx, &big, LEAT_NOW));
}

static void receive_by_wrong(void)
{
	MISUSE(leat_recv_by(sevens.rx, &big, LEAT_NOW));
}

static void send_or_wrong(void)
{
	MISUSE(leat_send_or(sevens.tx, &big, leat_ended(0)));
}

static void receive_or_wrong(void)
{
	MISUSE(leat_recv_or(sevens.rx, &big, leat_ended(0)));
}

static void send_n_wrong(void)
{
	MISUSE(leat_send_n(sevens.tx, &big, 1, LEAT_NOW));
}

static void receive_n_wrong(void)
{
	MISUSE(leat_recv_n(sevens.rx, &big, 1, LEAT_NOW));
}

static void send_sized_wrong(void)
{
	MISUSE(leat_send_sized(sevens.tx, &big, sizeof big, LEAT_NOW));
}

static void receive_sized_wrong(void)
{
	MISUSE(leat_recv_sized(sevens.rx, &big, sizeof big, LEAT_NOW));
}

static void receive_wrong_after_the_end(void)
{
	leat_drop(sevens.tx);
	MISUSE(leat_recv(sevens.rx, &big));
}

static void select_send_wrong(void)
{
	MISUSE(leat_select(((leat_case[]){ { 0 }, LEAT_SEND(sevens.tx, &big) }), LEAT_NOW));
}

static void select_receive_wrong(void)
{
	MISUSE(leat_select(((leat_case[]){ LEAT_RECV(sevens.rx, &big), LEAT_WAIT(sevens.rx) }), LEAT_NOW));
}

static void select_first_wrong(void)
{
	MISUSE(leat_select_first(((leat_case[]){ LEAT_WAIT(leat_ended(0)), LEAT_RECV(sevens.rx, &big) }), LEAT_NOW));
}

static void select_n_wrong(void)
{
	MISUSE(leat_select_n(((leat_case[]){ LEAT_RECV_SIZED(sevens.rx, &big, sizeof big) }), 1, LEAT_NOW));
}

static void select_first_n_wrong(void)
{
	MISUSE(leat_select_first_n(((leat_case[]){ LEAT_SEND_SIZED(sevens.tx, &big, sizeof big) }), 1, LEAT_NOW));
}

static void a_wrong_size_is_told(void)
{
	static void (*const misuses[])(void) = {
		send_wrong, receive_wrong, send_by_wrong, receive_by_wrong, send_or_wrong, receive_or_wrong,
		send_n_wrong, receive_n_wrong, send_sized_wrong, receive_sized_wrong, receive_wrong_after_the_end,
		select_send_wrong, select_receive_wrong, select_first_wrong, select_n_wrong, select_first_n_wrong,
	};

	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		in_child(misuses[i]);
		check(aborted());
		check(mentions(the_message(), sizeof big) && mentions(the_message(), sizeof small));
	}
}

static void send_nothing(void)
{
	MISUSE(leat_send_sized(sevens.tx, NULL, sizeof small, LEAT_NOW));
}

static void select_send_nothing(void)
{
	MISUSE(leat_select(((leat_case[]){ LEAT_SEND_SIZED(sevens.tx, NULL, sizeof small) }), LEAT_NOW));
}

static void sending_null_is_told(void)
{
	in_child(send_nothing);
	check(aborted() && strstr(the_message(), "NULL") && strstr(said, "seven"));
	in_child(select_send_nothing);
	check(aborted() && strstr(the_message(), "NULL") && strstr(said, "seven"));
}

static void signal_sevens(void)
{
	MISUSE(leat_signal(sevens.tx));
}

static void select_signal_sevens(void)
{
	MISUSE(leat_select(((leat_case[]){ LEAT_SIGNAL(sevens.tx) }), LEAT_NOW));
}

static void a_signal_is_of_no_size(void)
{
	in_child(signal_sevens);
	check(aborted() && mentions(the_message(), 0) && mentions(the_message(), sizeof small));
	in_child(select_signal_sevens);
	check(aborted() && mentions(the_message(), 0) && mentions(the_message(), sizeof small));
}

/* ------------------------------------------------------------------------------------------------ dropped -- */

static void send_after_drop(void)
{
	leat_drop(sevens.tx);
	MISUSE(leat_send(sevens.tx, &small));
}

static void receive_after_drop(void)
{
	leat_drop(sevens.rx);
	MISUSE(leat_recv(sevens.rx, &small));
}

static void wait_after_drop(void)
{
	leat_drop(sevens.rx);
	MISUSE(leat_wait(sevens.rx));
}

static void send_n_after_drop(void)
{
	leat_drop(sevens.tx);
	MISUSE(leat_send_n(sevens.tx, &small, 1, LEAT_NOW));
}

static void select_after_drop(void)
{
	leat_drop(sevens.rx);
	MISUSE(leat_select(((leat_case[]){ LEAT_RECV(sevens.rx, &small) }), LEAT_NOW));
}

static void done_after_drop(void)
{
	leat_chan done = leat_make_unit();

	leat_drop(done.rx);
	MISUSE(leat_recv_or(sevens.rx, &small, done.rx));
}

static void the_use_of_a_dropped_handle_is_told(void)
{
	static void (*const misuses[])(void) = {
		send_after_drop, receive_after_drop, wait_after_drop,
		send_n_after_drop, select_after_drop, done_after_drop,
	};

	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		in_child(misuses[i]);
		check(aborted());
		check(strstr(the_message(), "dropped"));
	}
}

static void drop_twice(void)
{
	leat_drop(sevens.rx);
	leat_drop(sevens.rx);
}

static void drop_sender_twice(void)
{
	leat_drop(sevens.tx);
	leat_drop(sevens.tx);
}

static void drop_with_twice(void)
{
	leat_drop(sevens.tx);
	(void)leat_drop_with(sevens.tx, EIO);
}

static void dup_after_drop(void)
{
	leat_drop(sevens.rx);
	(void)leat_dup(sevens.rx);
}

static void dropping_once_too_often_is_told(void)
{
	static void (*const misuses[])(void) = { drop_twice, drop_sender_twice, drop_with_twice, dup_after_drop };

	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		in_child(misuses[i]);
		check(aborted());
		check(strstr(said, "dropped") && strstr(said, "seven"));
	}
}

/* Set the count of handles to its maximum, because making as many handles would take too long. */
static void count_as_many(atomic_uint *handles)
{
	atomic_store(handles, UINT_MAX / 2);
}

static void dup_too_many_senders(void)
{
	count_as_many(&sevens.tx.ch->txs);
	(void)leat_dup(sevens.tx);
	MISUSE((void)leat_dup(sevens.tx));
}

static void dup_too_many_receivers(void)
{
	count_as_many(&sevens.rx.ch->rxs);
	(void)leat_dup(sevens.rx);
	MISUSE((void)leat_dup(sevens.rx));
}

static void dup_the_last_that_can_be_counted(void)
{
	atomic_store(&sevens.rx.ch->rxs, UINT_MAX);
	MISUSE((void)leat_dup(sevens.rx));
}

static void more_handles_than_can_be_counted_are_told(void)
{
	static void (*const misuses[])(void) = {
		dup_too_many_senders, dup_too_many_receivers, dup_the_last_that_can_be_counted,
	};

	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		in_child(misuses[i]);
		check(aborted());
		check(strstr(the_message(), "seven") && strstr(the_message(), "already"));
	}
}

/* --------------------------------------------------------------------------------------------------- the hook -- */

static leat_chan others;

static void repeat_message(const char *message)
{
	fprintf(stderr, "hook: %s\n", message);
}

/* The hook runs with no lock held. Even the channel that was misused can be used. */
static void use_channels(const char *message)
{
	int n;

	check(message);
	check(leat_send(others.tx, &(int){ 42 }) == 1 && leat_recv(others.rx, &n) == 1 && n == 42);
	check(leat_send(sevens.tx, &small) == 1 && leat_recv(sevens.rx, &small) == 1);
	leat_close(sevens.tx);
	fputs("used both\n", stderr);
}

static void leave(const char *message)
{
	check(message);
	_exit(7);
}

static void misuse_with_message(void)
{
	leat_on_panic(repeat_message);
	leat_send(sevens.tx, &big);
}

static void misuse_with_use(void)
{
	others = leat_make(int, 1);
	leat_on_panic(use_channels);
	leat_send(sevens.tx, &big);
}

static void misuse_and_leave(void)
{
	leat_on_panic(leave);
	leat_send(sevens.tx, &big);
}

static void misuse_without(void)
{
	leat_on_panic(repeat_message);
	leat_on_panic(NULL);
	leat_send(sevens.tx, &big);
}

static void the_hook_gets_the_message_first(void)
{
	char *second;

	in_child(misuse_with_message);
	second = strchr(said, '\n');
	check(aborted() && second);
	*second++ = '\0';
	check(strncmp(said, "hook: ", 6) == 0);
	check(strlen(said) > 6 && strncmp(said + 6, second, strlen(said + 6)) == 0);
	check(second[strlen(said + 6)] == '\n');
}

static void the_hook_may_do_what_it_wants(void)
{
	in_child(misuse_with_use);
	check(aborted() && strncmp(said, "used both\n", 10) == 0 && strstr(said, "seven"));
	in_child(misuse_and_leave);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	in_child(misuse_without);
	check(aborted() && !strstr(said, "hook") && strstr(said, "seven"));
}

/* The message has a maximum length. If a name is long, the rest of it is left out. */
static void misuse_with_a_long_name(void)
{
	static char name[5000];
	leat_chan chan;

	memset(name, 'n', sizeof name - 1);
	chan = leat_make_of(&(leat_type){ name, sizeof small, NULL, NULL }, 1);
	MISUSE(leat_send(chan.tx, &big));
}

static void a_long_message_is_cut(void)
{
	in_child(misuse_with_a_long_name);
	check(aborted() && strstr(the_message(), "nnn") && strcspn(strchr(said, '\n') + 1, "\n") == 511);
}

/* ------------------------------------------------------------------------------------------ where it happened -- */

static void misuse_in_function(void *arg)
{
	(void)arg;
	leat_send(sevens.tx, &big);
}

static int misuse_in_stage(void *arg, const void *in)
{
	(void)in;
	misuse_in_function(arg);
	return 1;
}

static void misuse_in_started_function(void)
{
	MISUSE(leat_go(misuse_in_function, NULL));
	leat_wait_all(LEAT_NEVER);
}

static void misuse_in_started_stage(void)
{
	leat_chan in = leat_make(int, 1);
	leat_rx out;

	MISUSE(out = leat_filter(LEAT_NIL, in.rx, misuse_in_stage, NULL));
	leat_send(in.tx, &(int){ 1 }); /* now: the place is noted when the constructor returns */
	leat_wait(out);
}

/* The line number that the child has printed is that of the call that started the function or stage. */
static void must_be_started(const char *what)
{
	char expected[512];

	check(aborted() && strstr(said, "seven"));
	(void)snprintf(expected, sizeof expected, "\nin the %s, started at %s:%d\n", what, __FILE__, atoi(said));
	check(strstr(said, expected));
}

static void the_function_or_stage_of_a_panic_is_told(void)
{
	in_child(misuse_in_started_function);
	must_be_started("function misuse_in_funct");
	in_child(misuse_in_started_stage);
	must_be_started("stage filter");
	in_child(misuse_without);
	check(!strstr(said, "started at"));
}

static void the_calls_that_led_to_a_panic_are_told(void)
{
	in_child(misuse_without);
	check(aborted());
#ifdef __GLIBC__
	check(strstr(strchr(said, '\n'), "misuse") && strstr(said, "[0x"));
#endif
}

/* ------------------------------------------------------------------------------------------- no misuse at all -- */

static void use_well(void)
{
	leat_case on[] = { LEAT_SEND(sevens.tx, &small), LEAT_WAIT(sevens.rx) };

	check(leat_send(sevens.tx, &small) == 1 && leat_recv(sevens.rx, &small) == 1);
	check(leat_select(on, LEAT_NOW) == 0);
	check(leat_wait(sevens.rx) == 1);
	check(leat_send(leat_make(int, -1).tx, &big) == 0);
	check(leat_send_by((leat_tx){ NULL }, &big, LEAT_NOW) == -1);
	leat_drop(sevens);
	leat_drop(leat_ended(0));
	leat_drop((leat_tx){ NULL });
	_exit(3);
}

/* This child misuses nothing, and it goes on. So the children above ended because of their misuse. */
static void what_is_no_misuse_goes_on(void)
{
	in_child(use_well);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 3 && !*said);
}

int main(int argc, char **argv)
{
	return RUN(a_wrong_size_is_told, sending_null_is_told, a_signal_is_of_no_size,
	           the_use_of_a_dropped_handle_is_told, dropping_once_too_often_is_told,
	           more_handles_than_can_be_counted_are_told, the_hook_gets_the_message_first,
	           the_hook_may_do_what_it_wants, a_long_message_is_cut, the_function_or_stage_of_a_panic_is_told,
	           the_calls_that_led_to_a_panic_are_told, what_is_no_misuse_goes_on);
}
