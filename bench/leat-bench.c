/* SPDX-License-Identifier: 0BSD
 *
 * leat-bench.c - the microbenchmarks. This file decides which rows to measure and how often, computes the statistics,
 * and prints them. The other files have the tables of what is measured.
 *
 * Each repetition goes once through all rows. So if the machine is slow for a minute, that affects all rows.
 */
#include "bench.h"

#include <ctype.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>

static const bench_table *const tables[] = {
	&bench_shapes,  &bench_pipelines, &bench_messages, &bench_switches,
	&bench_threads, &bench_waits,     &bench_locks,    &bench_patterns,
	&bench_service, &bench_network,
};

enum { TABLES = sizeof tables / sizeof *tables };

/* ---------------------------------------------------------------------------------------------- options -- */

typedef enum { TABLE, CSV, JSON } output;

static struct {
	const char *capacity, *size; /* for all rows; NULL: those of the shape */
	int threads, repeat;
	long messages;               /* in a repetition; 0: as many as take long enough */
	int bare;                    /* no floors are measured */
	output format;
} options = { .threads = 4, .repeat = 7 };

const char *bench_program;

static const char help[] =
	"usage: leat-bench [SHAPE[/CAPACITY]...] [OPTION...]\n"
	"Measure what leat costs: all shapes, or those named.\n"
	"\n"
	"  --cap C        capacity of the channels: a number or all, which is room for every message\n"
	"  --threads T    senders, receivers, or both, where a shape has several (default 4)\n"
	"  --size BYTES   of an element, a multiple of 8 (default 8)\n"
	"  --messages N   of a repetition (default: as many as take about 70 ms, found out by a warm-up)\n"
	"  --repeat R     repetitions (default 7)\n"
	"  --no-floors    only the rows: see below\n"
	"  --csv          a line for each row\n"
	"  --json         one object with the machine and the rows\n"
	"  --list         the shapes, with the capacities and sizes that they have without these options\n"
	"  --help         this\n"
	"\n"
	"A number is ns of a message, or what stands at the end of its line. Repetitions go round all rows;\n"
	"what is shown is their median, the least and the most. A chain's message goes through all its\n"
	"stages, that of pingpong to and fro. What was sent is compared with what was received in every\n"
	"repetition.\n"
	"\n"
	"cpu is what all cores together spent on one of the same, in ns; switches is how often the kernel\n"
	"switched threads for it. Where cpu is as much as the time, the threads shared a core; where it is\n"
	"twice that, two were busy; where it is less, all slept for a while. A large max/min tells of a\n"
	"machine that went from one to the other. So do the two busy threads above the table: the number is\n"
	"CPU time divided by time, about 2 when they were spread over two cores, 1 when they were packed on\n"
	"one. Compare what one run measured. `taskset -c 0 leat-bench` shows what a single core does. Memory\n"
	"of a stage is what is resident of the process; the kernel has about 20 KiB more for each thread.\n"
	"\n"
	"floors tells how many times the cheapest hand-over a row takes where threads meet for each message,\n"
	"at capacities 0 and 1. Two floors are measured before each repetition of such a row. A line is a\n"
	"cache line's way to another core and back; it is the floor if the row was spread, by its cpu. A\n"
	"yield is a switch by sched_yield on one core; it is the floor if the row was packed. The distance\n"
	"of two cores may change from minute to minute; the number of floors does not change with it.\n"
	"\n"
	"Status: 0; 1: what was received is not what was sent, something failed, or did not end; 2: wrong options.\n";

static _Noreturn void refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("leat-bench: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\n", stderr);
	va_end(arguments);
	exit(2);
}

/* True if the text is a number between these limits. */
static int is_number(const char *text, long least, long most, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	return !errno && isdigit((unsigned char)*text) && !*end && *number >= least && *number <= most;
}

static long read_number(const char *option, const char *text, long least, long most)
{
	long number;

	if (!is_number(text, least, most, &number))
		refuse("%s: a number from %ld to %ld, not '%s'", option, least, most, text);
	return number;
}

static const char *check_capacity(const char *option, const char *text)
{
	const long most = 1000000000;
	long number;

	if (strcmp(text, "all") != 0 && !is_number(text, 0, most, &number))
		refuse("%s: a capacity is all or a number up to %ld, not '%s'", option, most, text);
	return text;
}

static const char *check_size(const char *text)
{
	if (read_number("--size", text, 8, BENCH_MOST_BYTES) % 8 != 0)
		refuse("--size: a multiple of 8, not %s", text);
	return text;
}

static void choose_format(output format)
{
	if (options.format != TABLE && options.format != format)
		refuse("--csv and --json: one of them");
	options.format = format;
}

static void list_shapes(void)
{
	for (size_t t = 0; t < TABLES; t++) {
		printf("%s%-18s %-12s %s\n", t ? "\n" : "", tables[t]->title, "capacities", "sizes");
		for (const bench_shape *each = tables[t]->shapes; each < tables[t]->shapes + tables[t]->count; each++)
			printf("%-18s %-12s %-8s %s\n", each->name, each->capacities ? each->capacities : "-",
			       each->sizes ? each->sizes : "-", each->about);
	}
}

/* Returns the exit status: 0 if all output was written. */
static int all_written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	perror("leat-bench: standard output");
	return 1;
}

enum { CAP = 1, THREADS, SIZE, MESSAGES, REPEAT, BARE, AS_JSON, AS_CSV, HELP, LIST, MEMORY };

static void set_option(int option, const char *value)
{
	switch (option) {
	case CAP: options.capacity = check_capacity("--cap", value); break;
	case THREADS: options.threads = (int)read_number("--threads", value, 1, BENCH_MOST_THREADS); break;
	case SIZE: options.size = check_size(value); break;
	case MESSAGES: options.messages = read_number("--messages", value, 1, 1000000000); break;
	case REPEAT: options.repeat = (int)read_number("--repeat", value, 1, 1000); break;
	case BARE: options.bare = 1; break;
	case AS_JSON: choose_format(JSON); break;
	case AS_CSV: choose_format(CSV); break;
	case HELP: fputs(help, stdout); exit(all_written());
	case LIST: list_shapes(); exit(all_written());
	case MEMORY: bench_print_memory(read_number("--memory", value, 1, 1000000000)); exit(all_written());
	default: refuse("--help tells the options");
	}
}

/* The arguments that are no options are shapes. */
static void read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "cap", required_argument, NULL, CAP }, { "threads", required_argument, NULL, THREADS },
		{ "size", required_argument, NULL, SIZE }, { "messages", required_argument, NULL, MESSAGES },
		{ "repeat", required_argument, NULL, REPEAT }, { "no-floors", no_argument, NULL, BARE },
		{ "json", no_argument, NULL, AS_JSON }, { "csv", no_argument, NULL, AS_CSV }, { "help", no_argument, NULL, HELP },
		{ "list", no_argument, NULL, LIST }, { "memory", required_argument, NULL, MEMORY },
		{ NULL, 0, NULL, 0 },
	};

	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;)
		set_option(option, optarg);
}

/* --------------------------------------------------------------------------------------- rows to measure -- */

enum { VALUE, CPU, SWITCHES, LINES, YIELDS, COLUMNS }; /* the figures of a repetition */

typedef struct {
	bench_row row;
	const bench_table *table;
	char name[64];
	long n;
	double *samples[COLUMNS];
} measured;

static measured *rows;
static size_t row_count;

static void *allocated(void *memory)
{
	if (memory)
		return memory;
	perror("leat-bench");
	exit(1);
}

/* The capacity or size of a row as text, or `none` if the shape has no choice. */
static const char *capacity_name(const bench_row *row, const char *none)
{
	static char name[24];

	snprintf(name, sizeof name, "%ld", row->capacity);
	return row->capacity == BENCH_NONE ? none : row->capacity == BENCH_ALL ? "all" : name;
}

static const char *size_name(const bench_row *row, const char *none)
{
	static char name[24];

	snprintf(name, sizeof name, "%zu", row->size);
	return row->shape->sizes ? name : none;
}

/* n must be a multiple of this. */
static long step_of(const bench_row *row)
{
	return (row->shape->several ? row->threads : 1L) * (row->shape->step ? row->shape->step : 1);
}

static void add_row(const bench_table *table, bench_row row)
{
	measured new = { .row = row, .table = table };
	long step = step_of(&row);

	snprintf(new.name, sizeof new.name, "%s%s%s", row.shape->name, row.shape->capacities ? "/" : "",
	         capacity_name(&row, ""));
	new.n = options.messages ? options.messages / step * step : row.shape->fixed;
	if (options.messages && new.n == 0)
		refuse("--messages %ld: %s needs %ld at least", options.messages, new.name, step);
	for (int column = 0; column < COLUMNS; column++)
		new.samples[column] = allocated(calloc((size_t)options.repeat, sizeof(double)));
	rows = allocated(realloc(rows, (row_count + 1) * sizeof *rows));
	rows[row_count++] = new;
}

/* A list of words: numbers, "all" or "-", separated by one space. */
static const char *next_word(const char *word)
{
	word += strcspn(word, " ");
	return *word ? word + 1 : word;
}

static long capacity_of(const char *word)
{
	return *word == 'a' ? BENCH_ALL : *word == '-' ? BENCH_NONE : strtol(word, NULL, 10);
}

/* Add a row for each capacity and size that the shape can have. */
static void add_shape(const bench_table *table, const bench_shape *shape, const char *capacity)
{
	const char *capacities = !shape->capacities ? "-" : capacity ? capacity : shape->capacities;
	const char *sizes = !shape->sizes ? "8" : options.size ? options.size : shape->sizes;

	for (; *capacities; capacities = next_word(capacities)) {
		bench_row row = { .shape = shape, .capacity = capacity_of(capacities), .threads = 1 };

		if (row.capacity == 0 && shape->needs_room)
			continue;
		if (shape->several)
			row.threads = options.threads;
		for (const char *size = sizes; *size; size = next_word(size)) {
			row.size = (size_t)strtol(size, NULL, 10);
			add_row(table, row);
		}
	}
}

static void add_all(void)
{
	for (size_t t = 0; t < TABLES; t++)
		for (size_t s = 0; s < tables[t]->count; s++)
			add_shape(tables[t], &tables[t]->shapes[s], options.capacity);
}

static const bench_shape *find_shape(const char *name, size_t length, const bench_table **table)
{
	for (size_t t = 0; t < TABLES; t++)
		for (size_t s = 0; s < tables[t]->count; s++) {
			const bench_shape *shape = &tables[t]->shapes[s];

			*table = tables[t];
			if (strlen(shape->name) == length && strncmp(shape->name, name, length) == 0)
				return shape;
		}
	refuse("no shape is called '%.*s': --list tells them", (int)length, name);
}

/* The argument is a shape, or shape/capacity. */
static void add_argument(const char *argument)
{
	const char *slash = strchr(argument, '/');
	const char *capacity = slash ? check_capacity(argument, slash + 1) : options.capacity;
	const bench_table *table;
	const bench_shape *shape = find_shape(argument, strcspn(argument, "/"), &table);

	if (slash && !shape->capacities)
		refuse("%s: %s has no capacity to choose", argument, shape->name);
	if (shape->needs_room && capacity && capacity_of(capacity) == 0)
		refuse("%s: not with capacity 0, as one thread both sends and receives", argument);
	add_shape(table, shape, capacity);
}

static void choose_rows(char **arguments)
{
	if (!*arguments)
		add_all();
	for (; *arguments; arguments++)
		add_argument(*arguments);
}

/* --------------------------------------------------------------------------------------- a repetition -- */

static const char *running = "the machine";
static const char *clear_bar = ""; /* the control characters that clear the bar; empty if stderr is no terminal */

_Noreturn void bench_stop(const char *file, int line, const char *why)
{
	fprintf(stderr, "%s%s:%d: %s: %s\n", clear_bar, file, line, running, why);
	_exit(1);
}

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

/* The handler of SIGALRM: the row has taken too long. */
static void give_up(int number)
{
	(void)number;
	say(clear_bar);
	say(running);
	say(": does not end\n");
	_exit(1);
}

/* How many seconds a row may take. The user may ask for a number of messages that takes long. */
static unsigned patience(void)
{
	return 100 + (unsigned)(options.messages / 1000);
}

static double switches_so_far(void)
{
	struct rusage usage;

	bench_check(getrusage(RUSAGE_SELF, &usage) == 0);
	return (double)usage.ru_nvcsw + (double)usage.ru_nivcsw;
}

/* Run the row once. Returns its time in ns. */
static double run(measured *self, int repetition)
{
	double n = (double)self->n, begin = bench_now(), cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID);
	double switches = switches_so_far();

	self->samples[VALUE][repetition] = self->row.shape->run(&self->row, self->n);
	self->samples[CPU][repetition] = (bench_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu) / n;
	self->samples[SWITCHES][repetition] = (switches_so_far() - switches) / n;
	return bench_now() - begin;
}

static double measure(measured *self, int repetition)
{
	const bench_shape *shape = self->row.shape;
	double took;

	running = self->name;
	alarm(patience());
	if (shape->before)
		shape->before();
	took = run(self, repetition);
	if (shape->after)
		shape->after();
	alarm(0);
	return took;
}

/* Whether threads meet for each message, so that the row's time is a number of floors. */
static int has_floors(const bench_row *row)
{
	const char *unit = row->shape->unit;

	return !options.bare && (row->capacity == 0 || row->capacity == 1) && !row->shape->needs_room &&
	       (!unit || strncmp(unit, "ns/", 3) == 0);
}

/* The floors are measured just before the row, because the distance of two cores changes. */
static void measure_beside_floors(measured *self, int repetition)
{
	double line = bench_line(2000), yield = bench_yield(500);

	(void)measure(self, repetition);
	self->samples[LINES][repetition] = self->samples[VALUE][repetition] / line;
	self->samples[YIELDS][repetition] = self->samples[VALUE][repetition] / yield;
}

/* The next n to try, if the present n `took` this long. It is at most ten times larger. */
static long next_count(const measured *self, double took)
{
	const double target = 70e6; /* ns of a repetition */
	long step = step_of(&self->row), most = 4 << 20;
	double next = (double)self->n * (took * 10 > target ? target / took : 10);

	if (self->row.capacity == BENCH_ALL) /* limited, because all of them are in memory at once */
		most = most * 8 / (long)self->row.size;
	next = next < (double)most ? next : (double)most;
	return next < (double)step ? step : (long)next / step * step;
}

/* Find n, unless it is given. This also warms up. */
static void calibrate(measured *self)
{
	long former = 0;

	if (self->n) {
		(void)measure(self, 0);
		return;
	}
	self->n = step_of(&self->row);
	for (int tries = 0; tries < 20 && self->n > 2 * former; tries++) {
		former = self->n;
		self->n = next_count(self, measure(self, 0));
	}
}

/* ----------------------------------------------------------------------------------------------- rounds -- */

/* Show how many measurements are done, and which one is next. */
static void show_progress(const char *name, size_t done, size_t all)
{
	enum { WIDTH = 30 };
	char bar[WIDTH + 1];

	if (!*clear_bar)
		return;
	memset(bar, ' ', WIDTH);
	memset(bar, '#', done * WIDTH / all);
	bar[WIDTH] = '\0';
	fprintf(stderr, "%s[%s] %3zu %% %s", clear_bar, bar, done * 100 / all, name);
}

/* Measure a first round to warm up, unless the number of messages is given. Then measure the rounds that count. */
static void measure_all(void)
{
	int first = options.messages ? 0 : -1;
	size_t done = 0, all = row_count * (size_t)(options.repeat - first);

	for (int repetition = first; repetition < options.repeat; repetition++)
		for (measured *each = rows; each < rows + row_count; each++) {
			show_progress(each->name, done++, all);
			if (repetition < 0)
				calibrate(each);
			else if (has_floors(&each->row))
				measure_beside_floors(each, repetition);
			else
				(void)measure(each, repetition);
		}
	fputs(clear_bar, stderr);
}

/* -------------------------------------------------------------------------------------------- statistics -- */

typedef struct { double median, least, most; } spread;

static int compare_samples(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* The spread of the samples, which are sorted for it. */
static spread spread_of(const measured *row, int column)
{
	double *samples = row->samples[column];
	size_t count = (size_t)options.repeat;

	qsort(samples, count, sizeof *samples, compare_samples);
	return (spread){ (samples[(count - 1) / 2] + samples[count / 2]) / 2, samples[0], samples[count - 1] };
}

static int is_spread(double cpu_by_time)
{
	return cpu_by_time >= 1.5;
}

static const char *floor_name(const measured *row, const char *none)
{
	if (!has_floors(&row->row))
		return none;
	return is_spread(spread_of(row, CPU).median / spread_of(row, VALUE).median) ? "lines" : "yields";
}

/* How many of these floors the row takes, as text. */
static const char *floors_text(const measured *row, const char *none)
{
	static char text[24];
	const char *name = floor_name(row, NULL);

	snprintf(text, sizeof text, "%.2f", name ? spread_of(row, *name == 'l' ? LINES : YIELDS).median : 0);
	return name ? text : none;
}

/* ---------------------------------------------------------------------------------------------- machine -- */

static struct {
	bench_machine is;
	double before, after; /* of two busy threads: CPU time divided by wall time */
	double line, yield;   /* in ns */
} machine;

static void look_at_machine(void)
{
	machine.is = bench_this_machine();
	machine.before = bench_two_threads();
	machine.line = bench_line(5000);
	machine.yield = bench_yield(20000);
}

#ifdef LEAT_JEMALLOC
static const char allocator[] = "jemalloc";
#else
static const char allocator[] = "libc";
#endif

/* ------------------------------------------------------------------------------------------------ a table -- */

static const char *unit_of(const measured *row)
{
	return row->row.shape->unit ? row->row.shape->unit : "ns/message";
}

/* Print three digits, also behind the point. */
static void print_number(double number)
{
	printf(" %9.*f", number < 9.995 ? 2 : number < 99.95 ? 1 : 0, number);
}

static void print_heading(const char *title)
{
	printf("\n%-18s %8s %5s %9s %9s %9s %7s %9s %9s %7s\n", title, "capacity", "size", "median", "minimum", "maximum",
	       "max/min", "cpu", "switches", "floors");
}

static void print_row(const measured *row)
{
	spread value = spread_of(row, VALUE);

	printf("%-18s %8s %5s", row->row.shape->name, capacity_name(&row->row, "-"), size_name(&row->row, "-"));
	print_number(value.median);
	print_number(value.least);
	print_number(value.most);
	if (value.least > 0)
		printf(" %7.2f", value.most / value.least);
	else
		printf(" %7s", "-");
	print_number(spread_of(row, CPU).median);
	print_number(spread_of(row, SWITCHES).median);
	printf(" %7s %-6s  %s\n", floors_text(row, "-"), floor_name(row, ""), unit_of(row));
}

static const char *placement(double together)
{
	return is_spread(together) ? "spread" : "packed";
}

static void print_table(void)
{
	printf("on %ld core%s, %s, %s; leat %s with the malloc of %s\n", machine.is.cores,
	       machine.is.cores == 1 ? "" : "s", machine.is.model, machine.is.kernel, LEAT_VERSION, allocator);
	printf("two threads: %s (%.2f) before, %s (%.2f) after\n", placement(machine.before), machine.before,
	       placement(machine.after), machine.after);
	printf("a cache line to another core and back: %.0f ns; a switch by sched_yield on one core: %.0f ns\n", machine.line,
	       machine.yield);
	for (size_t i = 0; i < row_count; i++) {
		if (i == 0 || rows[i].table != rows[i - 1].table)
			print_heading(rows[i].table->title);
		print_row(&rows[i]);
	}
	puts("\nleat-bench --help says how to read this.");
}

/* --------------------------------------------------------------------------------------------- csv, json -- */

/* If a row has no capacity, size or floors, the field is empty. */
static void print_csv(void)
{
	puts("shape,capacity,threads,size,messages,repeat,median,min,max,cpu,switches,floors,floor,unit");
	for (const measured *row = rows; row < rows + row_count; row++) {
		spread value = spread_of(row, VALUE);

		printf("%s,%s,%d,%s,%ld,%d,", row->row.shape->name, capacity_name(&row->row, ""), row->row.threads,
		       size_name(&row->row, ""), row->n, options.repeat);
		printf("%.3f,%.3f,%.3f,%.3f,%.4f,", value.median, value.least, value.most, spread_of(row, CPU).median,
		       spread_of(row, SWITCHES).median);
		printf("%s,%s,%s\n", floors_text(row, ""), floor_name(row, ""), unit_of(row));
	}
}

static void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text >= ' ')
			putchar(*text);
	putchar('"');
}

static void print_json_machine(void)
{
	printf("{\n  \"machine\": {\n    \"cores\": %ld,\n    \"model\": ", machine.is.cores);
	print_json_string(machine.is.model);
	printf(",\n    \"kernel\": ");
	print_json_string(machine.is.kernel);
	printf(",\n    \"leat\": \"%s\",\n    \"malloc\": \"%s\",\n", LEAT_VERSION, allocator);
	printf("    \"two_threads_before\": %.2f,\n    \"two_threads_after\": %.2f,\n", machine.before, machine.after);
	printf("    \"line_ns\": %.1f,\n    \"yield_ns\": %.1f\n  },\n", machine.line, machine.yield);
}

/* If a row has no capacity, size or floors, the field is null. */
static void print_json_row(const measured *row)
{
	spread value = spread_of(row, VALUE);
	const char *quote = row->row.capacity == BENCH_ALL ? "\"" : "";

	printf("    { \"shape\": \"%s\", ", row->row.shape->name);
	printf("\"capacity\": %s%s%s, ", quote, capacity_name(&row->row, "null"), quote);
	printf("\"threads\": %d, \"size\": %s, ", row->row.threads, size_name(&row->row, "null"));
	printf("\"messages\": %ld, \"repeat\": %d, ", row->n, options.repeat);
	printf("\"median\": %.3f, \"min\": %.3f, \"max\": %.3f, ", value.median, value.least, value.most);
	printf("\"cpu\": %.3f, \"switches\": %.4f, ", spread_of(row, CPU).median, spread_of(row, SWITCHES).median);
	quote = floor_name(row, NULL) ? "\"" : "";
	printf("\"floors\": %s, \"floor\": %s%s%s, ", floors_text(row, "null"), quote, floor_name(row, "null"), quote);
	printf("\"unit\": \"%s\" }", unit_of(row));
}

static void print_json(void)
{
	print_json_machine();
	printf("  \"rows\": [\n");
	for (const measured *row = rows; row < rows + row_count; row++) {
		print_json_row(row);
		printf("%s\n", row + 1 < rows + row_count ? "," : "");
	}
	printf("  ]\n}\n");
}

/* ------------------------------------------------------------------------------------------------- main -- */

static void free_rows(void)
{
	for (measured *each = rows; each < rows + row_count; each++)
		for (int column = 0; column < COLUMNS; column++)
			free(each->samples[column]);
	free(rows);
}

int main(int argc, char **argv)
{
	static void (*const print[])(void) = { [TABLE] = print_table, [CSV] = print_csv, [JSON] = print_json };

	bench_program = argv[0];
	read_options(argc, argv);
	choose_rows(argv + optind);
	if (isatty(STDERR_FILENO))
		clear_bar = "\r\033[K";
	signal(SIGALRM, give_up);
	if (options.format != CSV) /* the CSV does not show it */
		look_at_machine();
	measure_all();
	if (options.format != CSV)
		machine.after = bench_two_threads();
	print[options.format]();
	free_rows();
	return all_written();
}
