/* SPDX-License-Identifier: 0BSD
 *
 * watch.c - what starts reports: leat_report_on, SIGQUIT, deadlocks, the end of a process, its children. Each test runs
 * in a child process, whose stderr is a file. test/scripts/watch.sh does the same with LEAT_REPORT.
 */
#include "../test.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/wait.h>

static const leat_rx nil;
static FILE *errors; /* stderr of the last child */

/* Run fn in a child. Returns the status of waitpid. */
static int in_child(void (*fn)(void))
{
	pid_t child;
	int status;

	check((errors = tmpfile()) != NULL);
	fflush(stdout);
	check((child = fork()) >= 0);
	if (child == 0) {
		check(dup2(fileno(errors), STDERR_FILENO) >= 0);
		fn();
		exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	return status;
}

static bool is_exit(int status, int with)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == with;
}

/* How often the text is in the file. */
static int times_in(FILE *file, const char *text)
{
	static char all[1 << 20];
	ssize_t size = pread(fileno(file), all, sizeof all - 1, 0);
	int count = 0;

	check(size >= 0);
	all[size] = '\0';
	for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

static void wait_for_text(const char *text)
{
	while (times_in(errors, text) == 0)
		nap(1);
}

/* -1: this cannot be found out here. */
static int entries(const char *folder)
{
	DIR *directory = opendir(folder);
	int count = 0;

	if (!directory)
		return -1;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static int to_twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static void run_pipeline(void)
{
	must_yield(leat_map(nil, numbers(0, 1000), int, to_twice, NULL), 0, 2, 2000);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------- nobody asked -- */

static void nothing_for_a_process_that_does_not_ask(void)
{
	struct sigaction action;
	int threads, files;

	run_pipeline(); /* sanitizers start threads of their own */
	leat_trim();
	threads = entries("/proc/self/task");
	files = entries("/proc/self/fd");
	run_pipeline();
	leat_trim();
	check(entries("/proc/self/task") == threads && entries("/proc/self/fd") == files);
	check(sigaction(SIGQUIT, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
}

static void unknown_events_are_refused(void)
{
	check(leat_report_on(1024) == -1 && errno == EINVAL);
	check(leat_report_on(0) == 1);
}

/* ------------------------------------------------------------------------------------------------ SIGQUIT -- */

static atomic_bool over;

static void send_quits(void *of_seed)
{
	unsigned seed = 1;

	(void)of_seed;
	for (int i = 0; i < 1000; i++) {
		check(kill(getpid(), SIGQUIT) == 0);
		if (random_below(&seed, 4) == 0)
			nap(1);
	}
	atomic_store(&over, true);
}

static void run_under_quits(void)
{
	background quits;

	check(leat_report_on(LEAT_ON_QUIT) == 1);
	begin(&quits, send_quits, NULL);
	while (!atomic_load(&over))
		run_pipeline();
	must_return(&quits);
	wait_for_text("leat " LEAT_VERSION ", process ");
}

static void a_thousand_quits_disturb_nothing(void)
{
	check(is_exit(in_child(run_under_quits), 0));
}

static volatile sig_atomic_t own_quits;

static void note_own_quit(int number)
{
	(void)number;
	own_quits = 1;
}

static void quit_with_own_handler(void)
{
	struct sigaction own = { .sa_handler = note_own_quit };

	check(leat_report_on(LEAT_ON_QUIT) == 1);
	check(sigaction(SIGQUIT, &own, NULL) == 0);
	check(raise(SIGQUIT) == 0);
	check(own_quits);
}

static void a_handler_that_is_set_later_wins(void)
{
	check(is_exit(in_child(quit_with_own_handler), 0));
	check(times_in(errors, "leat ") == 0);
}

/* ----------------------------------------------------------------------------------------------- deadlocks -- */

static void receive_from_nil(void *unused)
{
	int never;

	(void)unused;
	(void)leat_recv(nil, &never);
}

static void get_stuck_in_part(void)
{
	check(leat_report_on(LEAT_ON_DEADLOCK) == 1);
	check(leat_go(receive_from_nil, NULL) == 1);
	wait_for_text("waits to receive from a nil channel");
	nap(300); /* the time for two looks more, which find nothing new */
	check(times_in(errors, "the program goes on") == 1);
}

static void a_part_that_is_stuck_is_reported_once(void)
{
	check(is_exit(in_child(get_stuck_in_part), 0));
}

static void get_stuck(void)
{
	check(leat_report_on(LEAT_ON_DEADLOCK) == 1);
	printf("printed before\n"); /* into a buffer, unless stdout is a terminal */
	receive_from_nil(NULL);
}

/* The thread sanitizer has a thread of its own, which might wake others as far as leat knows. */
static void a_process_that_is_stuck_ends_with_2(void)
{
	if (UNDER_TSAN)
		return;
	check(is_exit(in_child(get_stuck), 2));
	check(times_in(errors, "main waits to receive from a nil channel") == 1);
}

static leat_chan forgotten;

static void receive_from_forgotten(void *unused)
{
	int value;

	(void)unused;
	check(leat_recv(forgotten.rx, &value) == 1);
}

static void be_suspicious(void)
{
	check(setenv("LEAT_REPORT_SUSPECT", "1", 1) == 0);
	check(leat_report_on(LEAT_ON_DEADLOCK) == 1);
	forgotten = leat_make(int, capacity);
	check(leat_go(receive_from_forgotten, NULL) == 1);
	wait_for_text("suspected: ");
	send_ints(forgotten.tx, 1, 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(forgotten);
}

static void a_suspicion_ends_nothing(void)
{
	check(is_exit(in_child(be_suspicious), 0));
}

/* ---------------------------------------------------------------------------------------------- at the end -- */

static void leave_nothing(void)
{
	check(leat_report_on(LEAT_AT_EXIT) == 1);
	run_pipeline();
}

static void nothing_is_said_of_nothing(void)
{
	check(is_exit(in_child(leave_nothing), 0));
	check(lseek(fileno(errors), 0, SEEK_END) == 0);
}

static void leave_much(void)
{
	leat_rx out;
	int first;

	check(leat_report_on(LEAT_AT_EXIT) == 1);
	forgotten = leat_make(int, capacity);
	leat_name(forgotten.rx, "forgotten");
	out = leat_map(nil, leat_repeat(nil, LEAT_VALUES(int, 1)), int, to_twice, NULL);
	check(leat_recv(out, &first) == 1);
}

static void what_is_left_is_said(void)
{
	check(is_exit(in_child(leave_much), 0));
	check(times_in(errors, "map waits to send to map.out") == 1);
	check(times_in(errors, ": 1 sending handle and 1 receiving handle") == 1);
	check(times_in(errors, ": 1 receiving handle") == 1);
}

static void wait_for_nothing(void *arg)
{
	(void)arg;
	(void)leat_wait(nil);
}

static void leave_what_has_not_begun(void)
{
	check(leat_report_on(LEAT_AT_EXIT) == 1 && leat_go(wait_for_nothing, NULL) == 1);
}

/* Mostly its new thread has not run when the process begins to end. */
static void what_has_not_begun_is_said(void)
{
	for (int i = 0; i < 8; i++) {
		check(is_exit(in_child(leave_what_has_not_begun), 0));
		check(times_in(errors, "Functions that still run: 1.") == 1);
	}
}

/* --------------------------------------------------------------------------------------------- environment -- */

/* This program, begun anew with these variables. The emulator of another machine cannot do that. */
static void begin_anew_with(const char *words, const char *file)
{
	check(setenv("LEAT_REPORT", words, 1) == 0 && setenv("LEAT_REPORT_FILE", file, 1) == 0);
	execl("/proc/self/exe", "watch", words, (char *)NULL);
	_exit(77);
}

static void begin_and_get_stuck(void)
{
	begin_anew_with("quit,sometimes deadlock", "/no/such/file");
}

static void begin_without_a_socket(void)
{
	check(setenv("XDG_RUNTIME_DIR", "/no/such/folder", 1) == 0);
	begin_anew_with("top", "/dev/stderr");
}

static int run_anew(const char *words)
{
	struct sigaction action;

	check(sigaction(SIGQUIT, NULL, &action) == 0);
	check((action.sa_handler == SIG_DFL) == !strstr(words, "quit"));
	if (strstr(words, "deadlock"))
		receive_from_nil(NULL);
	return 0;
}

static void the_environment_asks_before_main(void)
{
	int status = UNDER_TSAN ? 0 : in_child(begin_and_get_stuck); /* with the thread sanitizer it would hang */

	if (UNDER_TSAN || is_exit(status, 77))
		return;
	check(is_exit(status, 2));
	check(times_in(errors, "the word \"sometimes\", which is none of") == 1);
	check(times_in(errors, "leat: /no/such/file: ") == 1);
	check(times_in(errors, "main waits to receive from a nil channel") == 1);
	check(is_exit(in_child(begin_without_a_socket), 0));
	check(times_in(errors, "no reports as LEAT_REPORT asks: ") == 1);
}

/* -------------------------------------------------------------------------------------------------- children -- */

static void fork_and_quit(void)
{
	pid_t child;
	int status;

	check(leat_report_on(LEAT_ON_QUIT | LEAT_AT_EXIT) == 1);
	forgotten = leat_make(int, 0);
	check((child = fork()) >= 0);
	if (child == 0) {
		check(UNDER_TSAN || entries("/proc/self/task") <= 3); /* one thread, and two dots */
		raise(SIGQUIT);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
	leat_drop(forgotten);
}

static void a_child_has_no_reports(void)
{
	check(is_exit(in_child(fork_and_quit), 0));
	check(times_in(errors, "leat ") == 0);
}

static void fork_and_get_stuck(void)
{
	pid_t child;
	int status;

	check(leat_report_on(LEAT_ON_DEADLOCK) == 1);
	check(leat_go(receive_from_nil, NULL) == 1);
	wait_for_text("the program goes on");
	check((child = fork()) >= 0);
	if (child == 0)
		get_stuck();
	check(waitpid(child, &status, 0) == child);
	check(is_exit(status, 2));
}

/* The thread sanitizer allows no new threads in such a child. The allocator of the address sanitizer is not prepared for
 * a fork while the watching thread allocates. */
static void a_child_may_ask_for_reports(void)
{
	if (!UNDER_TSAN && !UNDER_ASAN)
		check(is_exit(in_child(fork_and_get_stuck), 0));
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcspn(argv[1], "0123456789") > 0)
		return run_anew(argv[1]);
	(void)signal(SIGQUIT, SIG_DFL); /* a shell has a program in the background ignore it. It cannot fail */
	return RUN(nothing_for_a_process_that_does_not_ask, unknown_events_are_refused, a_thousand_quits_disturb_nothing,
	           a_handler_that_is_set_later_wins, a_part_that_is_stuck_is_reported_once,
	           a_process_that_is_stuck_ends_with_2, a_suspicion_ends_nothing, nothing_is_said_of_nothing,
	           what_is_left_is_said, what_has_not_begun_is_said, the_environment_asks_before_main, a_child_has_no_reports,
	           a_child_may_ask_for_reports);
}
