/* SPDX-License-Identifier: 0BSD
 *
 * leat-top.c - shows a running program of leat, as top shows processes. The program runs with LEAT_REPORT=top.
 *
 *     leat-top               lists the programs of this user that can be shown
 *     leat-top PID           shows one of them, anew each second, until the key q is pressed
 *     leat-top --once PID    prints one picture
 *
 * It asks the program for a picture (../top.h), makes lines of it, and cuts them to the size of the terminal. It uses
 * the few control sequences that all terminals of today know, and so needs no library.
 */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "../top.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>

enum { FIELDS = 12, NAME = 16, BAR = 12 };

/* ------------------------------------------------------------------------------------------- a picture -- */

/* Connect to the program of the process. Returns a file descriptor, or -1 with errno. */
static int connect_to(const char *process)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { 3, 0 };
	char folder[sizeof address.sun_path];
	int fd, length;

	errno = ENAMETOOLONG;
	if (!leati_top_folder(folder, sizeof folder))
		return -1;
	length = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder, process);
	if (length < 0 || (size_t)length >= sizeof address.sun_path)
		return -1;
	errno = ENOENT;
	if (!leati_is_private(folder) || (fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience); /* else it waits for longer */
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (errno == ECONNREFUSED)
		(void)unlink(address.sun_path); /* its process was killed */
	(void)close(fd);
	return -1;
}

/* Read to the end. Returns a text to free, or NULL with errno. */
static char *read_all(int fd)
{
	char *text = NULL, *larger;
	size_t size = 0, room = 0;
	ssize_t got;

	for (;;) {
		if (size + 1 >= room) {
			larger = realloc(text, room = room ? 2 * room : 65536);
			if (!larger)
				break;
			text = larger;
		}
		got = read(fd, text + size, room - size - 1);
		if (got < 0)
			break;
		size += (size_t)got;
		text[size] = '\0';
		if (got == 0)
			return text;
	}
	free(text);
	return NULL;
}

/* Returns NULL, with errno, also if the picture is not complete. */
static char *picture_of(const char *process)
{
	int fd = connect_to(process);
	char *text = fd < 0 ? NULL : read_all(fd);
	size_t length = text ? strlen(text) : 0;

	if (fd >= 0)
		(void)close(fd); /* it was only read */
	if (!text || (length >= 4 && strcmp(text + length - 4, "end\n") == 0))
		return text;
	free(text);
	errno = EPROTO;
	return NULL;
}

/* Cut the first line off the text, and divide it at its tabs. Fields that are missing are "". False at the end. */
static bool next_line(char **text, char *fields[FIELDS])
{
	char *line = *text, *end = strchr(line, '\n');

	if (!end)
		return false;
	*end = '\0';
	*text = end + 1;
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = line;
		line += strcspn(line, "\t");
		if (*line)
			*line++ = '\0';
	}
	return true;
}

/* ------------------------------------------------------------------------------------------- the lines -- */

static struct { int rows, columns, row; bool terminal; } screen = { 0, 1000, 0, false };

/* Print a line, cut to the width. A character may have several bytes, but no control character may pass. */
static void line(const char *format, ...)
{
	char text[1024];
	int column = 0;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments); /* it cuts */
	va_end(arguments);
	if (screen.terminal && screen.row++ >= screen.rows)
		return;
	if (screen.terminal && screen.row > 1)
		fputs("\r\n", stdout);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		column += (*c & 0xc0) != 0x80;
		if (column > screen.columns)
			break;
		putchar(*c < ' ' || *c == 127 ? '?' : *c);
	}
	fputs(screen.terminal ? "\033[K" : "\n", stdout);
}

/* Print a sentence in as many lines as it needs, divided at blanks. */
static void sentence(const char *text)
{
	size_t width = (size_t)screen.columns, length;

	for (; *text; text += length + (text[length] == ' ')) {
		length = strlen(text) < width ? strlen(text) : width;
		if (text[length])
			while (length > 1 && text[length] != ' ')
				length--;
		line("%.*s", (int)length, text);
	}
}

/* "1.2 M" */
static const char *short_number(double number, char text[16])
{
	static const char *const units[] = { "", " k", " M", " G", " T" };
	size_t unit = 0;

	for (; number >= 1000 && unit < 4; unit++)
		number /= 1000;
	(void)snprintf(text, 16, unit ? "%.1f%s" : "%.0f%s", number, units[unit]);
	return text;
}

static void begin_bar(char bar[BAR + 1])
{
	memset(bar, ' ', BAR);
	bar[BAR] = '\0';
}

/* Go on with the bar from the place `at`. Returns its new end. */
static size_t fill_bar(char *bar, size_t at, char with, double part)
{
	size_t end = at + (size_t)(part * BAR + 0.5);

	for (; at < end && at < BAR; at++)
		bar[at] = with;
	return at;
}

static void stage_line(char *fields[FIELDS])
{
	double looks = atof(fields[3]), all = looks > 0 ? looks : 1;
	double busy = atof(fields[4]) / all, starved = atof(fields[5]) / all, held_up = atof(fields[6]) / all;
	char bar[BAR + 1], rate[16], threads[24] = "", shares[48] = "";
	const char *does = strstr(fields[10], " waits "); /* after the name */

	begin_bar(bar);
	(void)fill_bar(bar, fill_bar(bar, fill_bar(bar, 0, '#', busy), '=', held_up), '.', starved);
	if (atol(fields[9]) > 1)
		(void)snprintf(threads, sizeof threads, "x%ld", atol(fields[9]));
	if (looks > 0)
		(void)snprintf(shares, sizeof shares, "%3.0f%% %4.0f%% %6.0f%% %9s", 100 * busy, 100 * held_up, 100 * starved,
		               short_number(atof(fields[7]), rate));
	line("%c%-*.*s %4s |%s| %27s  %s", atoi(fields[8]) ? '*' : ' ', NAME, NAME, fields[1], threads, bar, shares,
	     does ? does + 1 : "runs");
}

static void channel_line(char *fields[FIELDS])
{
	char bar[BAR + 1], values[48], range[64] = "";

	begin_bar(bar);
	if (atof(fields[3]) > 0)
		(void)fill_bar(bar, 0, '#', atof(fields[2]) / atof(fields[3]));
	(void)snprintf(values, sizeof values, "%s/%s", fields[2], fields[3]);
	if (atof(fields[4]) > 0)
		(void)snprintf(range, sizeof range, "%s to %s, mean %s", fields[5], fields[7], fields[6]);
	line(" %12s |%s| %-24s  %s", values, bar, range, fields[1]);
}

/* A table has a line of its own first. */
static void heading(const char *kind)
{
	if (strcmp(kind, "stage") == 0) {
		line("%s", "");
		line(" %-*s      %-*s %4s %5s %7s %9s", NAME, "STAGE", BAR + 1, "", "busy", "held", "starved", "values/s");
	} else if (strcmp(kind, "channel") == 0) {
		line("%s", "");
		line(" %12s  %-*s   %-24s  CHANNEL", "values", BAR, "", "in the last second");
	}
}

static void show(char *picture)
{
	char *fields[FIELDS];
	const char *kind = "";

	screen.row = 0;
	for (; next_line(&picture, fields); kind = fields[0]) {
		if (strcmp(fields[0], kind) != 0)
			heading(fields[0]);
		if (strcmp(fields[0], "program") == 0)
			line("%s (%s), %s threads, leat %s", fields[3], fields[2], fields[4], fields[1]);
		else if (strcmp(fields[0], "bottleneck") == 0 || strcmp(fields[0], "stuck") == 0)
			sentence(fields[1]);
		else if (strcmp(fields[0], "stage") == 0)
			stage_line(fields);
		else if (strcmp(fields[0], "channel") == 0)
			channel_line(fields);
	}
}

/* ------------------------------------------------------------------------------------------ the terminal -- */

static struct termios former;
static volatile sig_atomic_t ended;

static void note_signal(int number)
{
	if (number != SIGWINCH) /* which only interrupts the wait for a key */
		ended = 1;
}

static void measure(void)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;

	screen.rows = known ? size.ws_row : 24;
	screen.columns = known ? size.ws_col : 80;
}

/* Take the other screen of the terminal, without a cursor. Keys come at once, and are not shown. */
static bool begin_screen(void)
{
	struct sigaction action = { .sa_handler = note_signal };
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &former) != 0)
		return false;
	sigemptyset(&action.sa_mask);
	for (const int *number = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, 0 }; *number; number++)
		(void)sigaction(*number, &action, NULL); /* these can be handled */
	raw = former;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* a stopped leat-top would leave the terminal as it is */
	screen.terminal = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
	if (screen.terminal)
		fputs("\033[?1049h\033[?25l", stdout);
	return screen.terminal;
}

static void end_screen(void)
{
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &former);
}

/* Wait for a second, or until the window has another size. */
static void wait_for_key(void)
{
	struct pollfd keys = { STDIN_FILENO, POLLIN, 0 };
	char key = '\0';

	if (poll(&keys, 1, 1000) > 0 && (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q'))
		ended = 1;
}

/* ---------------------------------------------------------------------------------------------- commands -- */

static int complain(const char *process)
{
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr, "leat-top: process %s is no program of yours that runs with LEAT_REPORT=top\n", process);
	else
		fprintf(stderr, "leat-top: process %s: %s\n", process, strerror(errno));
	return 1;
}

static int watch(const char *process)
{
	char *picture = picture_of(process);
	bool gone = false;

	if (!picture)
		return complain(process);
	if (!begin_screen()) {
		free(picture);
		fprintf(stderr, "leat-top: no terminal. Use leat-top --once %s\n", process);
		return 1;
	}
	while (!ended && picture) {
		measure();
		fputs("\033[H", stdout);
		show(picture);
		fputs("\033[J", stdout);
		fflush(stdout);
		free(picture);
		wait_for_key();
		picture = picture_of(process);
		gone = !picture;
	}
	free(picture);
	end_screen();
	if (gone && !ended)
		printf("process %s has ended\n", process);
	return 0;
}

/* The first picture only begins the measurements. */
static int print_once(const char *process)
{
	const struct timespec second = { 1, 0 };
	char *picture = picture_of(process);

	if (picture) {
		free(picture);
		nanosleep(&second, NULL);
		picture = picture_of(process);
	}
	if (!picture)
		return complain(process);
	show(picture);
	free(picture);
	return 0;
}

static int list(void)
{
	char folder[256], *picture, *rest, *fields[FIELDS];
	DIR *directory = leati_top_folder(folder, sizeof folder) && leati_is_private(folder) ? opendir(folder) : NULL;
	int found = 0;

	for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name) || !(picture = picture_of(entry->d_name)))
			continue;
		rest = picture;
		if (next_line(&rest, fields))
			line("%8s  %-15s  %s threads", fields[2], fields[3], fields[4]);
		free(picture);
		found++;
	}
	if (directory)
		(void)closedir(directory); /* it was only read */
	if (!found)
		puts("No program of yours runs with LEAT_REPORT=top.");
	return 0;
}

int main(int argc, char **argv)
{
	int once = argc > 1 && strcmp(argv[1], "--once") == 0;

	if (argc == 1)
		return list();
	if (argc != 2 + once || strspn(argv[1 + once], "0123456789") != strlen(argv[1 + once])) {
		fputs("usage: leat-top [[--once] PID]\n", stderr);
		return 2;
	}
	return once ? print_once(argv[2]) : watch(argv[1]);
}
