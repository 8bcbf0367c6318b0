/* SPDX-License-Identifier: 0BSD
 *
 * times.c - where the time goes: the counts of the sampler and the rule for the bottleneck, first on made-up surveys,
 * which show each rule alone, then on pipelines with one slow part.
 */
#define _POSIX_C_SOURCE 200809L
#include "../../lib/doing.h"
#include "../../lib/insight/sampler.h"
#include "../test.h"

#include <limits.h>
#include <sys/wait.h>

/* ------------------------------------------------------------------------------------- made-up surveys -- */

enum { MOST = 8, LOOK = 10000000 };

static struct {
	leati_survey survey;
	leati_seen_thread threads[MOST];
	leati_seen_channel channels[MOST];
	leati_seen_case cases[MOST];
	size_t handles[MOST * MOST];
	leati_shares stages[MOST];
	leati_times times;
} made_up;

static leati_survey *const survey = &made_up.survey;

static void begin_survey(void)
{
	memset(&made_up, 0, sizeof made_up);
	survey->threads = made_up.threads;
	survey->channels = made_up.channels;
	survey->cases = made_up.cases;
	survey->handles = made_up.handles;
	survey->at = LEAT_S(1000);
	made_up.times.stages = made_up.stages;
	leati_forget_counts();
}

static size_t add_channel(size_t cap)
{
	leati_seen_channel *channel = &made_up.channels[survey->n_channels];

	channel->address = (const void *)channel;
	channel->cap = cap;
	channel->maker = channel->taker = LEATI_NONE;
	return survey->n_channels++;
}

static void add_handle(size_t channel)
{
	survey->handles[survey->n_handles++] = channel;
}

/* A stage with up to one input and two outputs. LEATI_NONE: it has none of these. */
static size_t add_tee(const char *name, size_t in, size_t out, size_t other)
{
	leati_seen_thread *thread = &made_up.threads[survey->n_threads];

	thread->address = (const void *)thread;
	thread->stage = thread;
	strncat(thread->name, name, LEATI_TEXT - 1);
	thread->first_handle = survey->n_handles;
	thread->ins = in != LEATI_NONE;
	thread->outs = other != LEATI_NONE ? 2 : 1;
	if (in != LEATI_NONE) {
		add_handle(in);
		made_up.channels[in].taker = survey->n_threads;
	}
	add_handle(out);
	if (other != LEATI_NONE)
		add_handle(other);
	add_handle(LEATI_NONE); /* done */
	return survey->n_threads++;
}

static size_t add_stage(const char *name, size_t in, size_t out)
{
	return add_tee(name, in, out, LEATI_NONE);
}

/* A hundred looks at the stage, of which so many found it so. */
static void set_shares(size_t stage, unsigned busy, unsigned starved, unsigned held_up)
{
	made_up.stages[stage] = (leati_shares){ 100, busy, starved, held_up, 0 };
}

/* generator -> map -> print -> the program's own code */
static void begin_pipeline(void)
{
	size_t a, b, c;

	begin_survey();
	a = add_channel(0);
	b = add_channel(0);
	c = add_channel(0);
	(void)add_stage("generator", LEATI_NONE, a);
	(void)add_stage("map", a, b);
	(void)add_stage("print", b, c);
}

static void must_say(size_t bottleneck, bool reader, const char *expected)
{
	char text[200];

	leati_find_bottleneck(survey, &made_up.times);
	leati_bottleneck_text(survey, &made_up.times, text, sizeof text);
	check(made_up.times.bottleneck == bottleneck);
	check(made_up.times.reader == reader);
	check(strcmp(text, expected) == 0);
}

/* ------------------------------------------------------------------------------------- the bottleneck -- */

static void a_busy_stage_that_holds_others_up_is_the_bottleneck(void)
{
	begin_pipeline();
	set_shares(0, 5, 0, 95);
	set_shares(1, 97, 2, 1);
	set_shares(2, 3, 97, 0);
	must_say(1, false, "map is the bottleneck: it is busy 97 % of the time, and generator, before it, is held up 95 %");
}

static void a_stage_that_waits_for_a_lock_is_the_bottleneck_too(void)
{
	begin_pipeline();
	set_shares(0, 5, 0, 95);
	set_shares(1, 2, 2, 2); /* 94 looks found it in another wait */
	set_shares(2, 3, 97, 0);
	must_say(1, false,
	         "map is the bottleneck: it waits for something else than streams 96 % of the time, and generator, "
	         "before it, is held up 95 %");
}

static void a_held_up_last_stage_means_the_reader(void)
{
	begin_pipeline();
	set_shares(0, 5, 0, 95);
	set_shares(1, 3, 2, 95);
	set_shares(2, 1, 1, 98);
	must_say(2, true,
	         "your reader is the bottleneck: print is held up 98 % of the time, since nobody takes from it fast "
	         "enough");
}

static void a_busy_source_is_the_bottleneck_if_nobody_is_held_up(void)
{
	begin_pipeline();
	set_shares(0, 97, 0, 3);
	set_shares(1, 5, 95, 0);
	set_shares(2, 5, 95, 0);
	must_say(0, false, "generator is the bottleneck: it is busy 97 % of the time, and no stage is before it");
}

/* The map may have begun just now to hold the generator up. */
static void two_busy_stages_in_a_row_are_no_bottleneck_yet(void)
{
	begin_pipeline();
	set_shares(0, 97, 0, 3);
	set_shares(1, 95, 5, 0);
	set_shares(2, 5, 95, 0);
	must_say(LEATI_NONE, false, "");
}

static void a_stage_that_is_held_up_itself_is_no_bottleneck(void)
{
	begin_pipeline();
	set_shares(0, 5, 0, 95);
	set_shares(1, 60, 0, 40);
	set_shares(2, 55, 5, 40);
	must_say(LEATI_NONE, false, "");
}

static void an_idle_pipeline_has_no_bottleneck(void)
{
	begin_pipeline();
	set_shares(0, 40, 0, 0); /* it waits for something else */
	set_shares(1, 0, 100, 0);
	set_shares(2, 0, 100, 0);
	made_up.stages[0].starved = 60;
	must_say(LEATI_NONE, false, "");
}

static void a_few_looks_are_not_enough(void)
{
	begin_pipeline();
	made_up.stages[0] = (leati_shares){ 3, 0, 0, 3, 0 };
	made_up.stages[1] = (leati_shares){ 3, 3, 0, 0, 0 };
	made_up.stages[2] = (leati_shares){ 3, 0, 0, 3, 0 };
	must_say(LEATI_NONE, false, "");
	memset(made_up.stages, 0, sizeof made_up.stages);
	must_say(LEATI_NONE, false, "");
}

/* The tee is held up by the map, and not by the reader of its other output. */
static void a_slow_stage_comes_before_a_reader(void)
{
	size_t a, b, c, d;

	begin_survey();
	a = add_channel(0);
	b = add_channel(0);
	c = add_channel(0);
	d = add_channel(0);
	(void)add_stage("generator", LEATI_NONE, a);
	(void)add_tee("tee", a, b, c);
	(void)add_stage("map", b, d);
	set_shares(0, 5, 0, 95);
	set_shares(1, 2, 0, 98);
	set_shares(2, 96, 2, 2);
	must_say(2, false, "map is the bottleneck: it is busy 96 % of the time, and tee, before it, is held up 98 %");
}

static void one_of_several_workers_stands_for_all(void)
{
	size_t a, b;

	begin_survey();
	a = add_channel(0);
	b = add_channel(0);
	(void)add_stage("map", a, b);
	(void)add_stage("generator", LEATI_NONE, a);
	(void)add_stage("map", a, b);
	set_shares(0, 90, 5, 5);
	set_shares(1, 5, 0, 95);
	set_shares(2, 92, 5, 3);
	must_say(2, false, "map is the bottleneck: it is busy 92 % of the time, and generator, before it, is held up 95 %");
}

static void percents_are_rounded(void)
{
	check(leati_percent(0, 0) == 0);
	check(leati_percent(1, 3) == 33);
	check(leati_percent(2, 3) == 67);
	check(leati_percent(4000000000u, 4000000000u) == 100);
}

/* ------------------------------------------------------------------------------------------- the counts -- */

static void look(void)
{
	survey->at += LOOK;
	leati_count_survey(survey);
}

static leati_shares shares_of_stage(size_t stage)
{
	leati_times times;
	leati_shares shares;

	check(leati_begin_times(&times, survey) == 0);
	shares = times.stages[stage];
	leati_end_times(&times);
	return shares;
}

static leati_fill fill_of_channel(size_t channel)
{
	leati_times times;
	leati_fill fill;

	check(leati_begin_times(&times, survey) == 0);
	fill = times.fills[channel];
	leati_end_times(&times);
	return fill;
}

static void must_have_shares(size_t stage, unsigned looks, unsigned busy, unsigned starved, unsigned held_up)
{
	leati_shares s = shares_of_stage(stage);

	check(s.looks == looks && s.busy == busy && s.starved == starved && s.held_up == held_up);
}

/* The stage sleeps in a wait for one case. */
static void sleep_in(size_t stage, int kind, size_t channel)
{
	survey->threads[stage].doing = LEATI_SLEEPS;
	survey->threads[stage].cases = 1;
	survey->cases[0] = (leati_seen_case){ .kind = kind, .channel = channel };
}

static void a_stage_that_runs_says_what_it_does(void)
{
	begin_pipeline();
	look();
	survey->threads[1].stage_does = LEATI_STAGE_STARVES;
	look();
	look();
	survey->threads[1].stage_does = LEATI_STAGE_IS_HELD_UP;
	look();
	must_have_shares(1, 4, 1, 2, 1);
	must_have_shares(0, 4, 4, 0, 0);
}

static void sleep_in_line(size_t stage, const char *what)
{
	sleep_in(stage, LEAT_CASE_RECV_, LEATI_NONE);
	strcpy(survey->threads[stage].what, what);
}

static void the_cases_of_a_sleeping_stage_say_more(void)
{
	begin_pipeline();
	survey->threads[1].stage_does = LEATI_STAGE_STARVES;
	sleep_in(1, LEAT_CASE_RECV_, 0);
	look();
	sleep_in(1, LEAT_CASE_SEND_, 1);
	look();
	sleep_in_line(1, "room in a window");
	look();
	must_have_shares(1, 3, 0, 1, 2);
}

static void other_waits_are_no_waits_for_streams(void)
{
	begin_pipeline();
	sleep_in(1, LEAT_CASE_RECV_, LEATI_NONE); /* leat_sleep */
	look();
	sleep_in(1, LEAT_CASE_OVER_, 1);
	look();
	sleep_in(1, LEAT_CASE_RECV_, 2); /* the function of a map asks another thread, ... */
	look();
	sleep_in(1, LEAT_CASE_SEND_, 2); /* ... or tells it something */
	look();
	sleep_in_line(1, "a mutex");
	look();
	survey->threads[1].what[0] = '\0';
	survey->channels[0].timer = true;
	sleep_in(1, LEAT_CASE_RECV_, 0);
	look();
	survey->channels[0].timer = false;
	survey->handles[survey->threads[1].first_handle + 2] = 2; /* done */
	sleep_in(1, LEAT_CASE_READY_, 2);
	look();
	must_have_shares(1, 7, 0, 0, 0);
}

/* leat_bridge waits for a stream that it has received, and watches its consumer meanwhile. */
static void a_stream_in_a_stream_is_input(void)
{
	begin_pipeline();
	sleep_in(1, LEAT_CASE_OVER_, 1);
	survey->threads[1].cases = 2;
	survey->cases[1] = (leati_seen_case){ .kind = LEAT_CASE_RECV_, .channel = 2 };
	look();
	must_have_shares(1, 1, 0, 1, 0);
}

/* A buffer that is neither empty nor full waits for both. It lacks work. */
static void a_stage_that_could_receive_is_not_held_up(void)
{
	begin_pipeline();
	sleep_in(1, LEAT_CASE_SEND_, 1);
	survey->threads[1].cases = 2;
	survey->cases[1] = (leati_seen_case){ .kind = LEAT_CASE_RECV_, .channel = 0 };
	look();
	must_have_shares(1, 1, 0, 1, 0);
}

static void values_per_second(void)
{
	begin_pipeline();
	survey->threads[1].values = 1000000;
	look();
	check(shares_of_stage(1).rate == 0); /* there is no second look to compare with */
	for (int i = 0; i < 50; i++) {
		survey->threads[1].values += 7;
		look();
	}
	check(shares_of_stage(1).rate > 699 && shares_of_stage(1).rate < 701);
	survey->threads[1].values = 0; /* another stage, with the address of the former one */
	look();
	check(shares_of_stage(1).rate < 701);
}

static void a_new_stage_begins_anew(void)
{
	begin_pipeline();
	look();
	look();
	survey->threads[1].stage = &survey->threads[7];
	look();
	must_have_shares(0, 3, 3, 0, 0);
	must_have_shares(1, 1, 1, 0, 0);
	survey->threads[1].stage = NULL;
	look();
	must_have_shares(1, 0, 0, 0, 0);
}

/* The same stages and channels, in another order. */
static void the_order_of_a_survey_does_not_matter(void)
{
	leati_seen_thread first;

	begin_pipeline();
	survey->threads[2].stage_does = LEATI_STAGE_STARVES;
	look();
	first = survey->threads[0];
	survey->threads[0] = survey->threads[2];
	survey->threads[2] = first;
	look();
	must_have_shares(0, 2, 0, 2, 0);
	must_have_shares(2, 2, 2, 0, 0);
}

static void the_fill_of_a_channel(void)
{
	leati_fill fill;

	begin_pipeline();
	check(fill_of_channel(0).looks == 0);
	survey->channels[0].len = 3;
	look();
	survey->channels[0].len = 8;
	look();
	survey->channels[0].len = 4;
	look();
	fill = fill_of_channel(0);
	check(fill.looks == 3 && fill.least == 3 && fill.most == 8 && fill.mean == 5);
	check(fill_of_channel(1).looks == 3 && fill_of_channel(1).most == 0);
}

/* After two seconds more nothing is left of a look. */
static void old_looks_are_forgotten(void)
{
	begin_pipeline();
	survey->channels[0].len = 8;
	survey->threads[1].stage_does = LEATI_STAGE_STARVES;
	look();
	survey->channels[0].len = 1;
	survey->threads[1].stage_does = LEATI_STAGE_RUNS;
	for (int i = 0; i < 150; i++)
		look();
	check(fill_of_channel(0).most == 8 && fill_of_channel(0).least == 1);
	check(shares_of_stage(1).starved == 1);
	for (int i = 0; i < 100; i++)
		look();
	check(fill_of_channel(0).most == 1 && shares_of_stage(1).starved == 0);
	check(shares_of_stage(1).looks >= 100 && shares_of_stage(1).looks <= 201);
	survey->at += LEAT_S(10); /* nobody has looked for ten seconds */
	must_have_shares(1, 0, 0, 0, 0);
	leati_forget_counts();
}

/* -------------------------------------------------------------------------------------- real pipelines -- */

static int take_long(void *arg, const void *in, void *out)
{
	(void)arg;
	nap(50);
	*(int *)out = *(const int *)in;
	return 1;
}

static int take_no_time(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static int next_number(void *arg, void *out)
{
	*(int *)out = ++*(int *)arg;
	return 1;
}

static int next_number_late(void *arg, void *out)
{
	nap(50);
	return next_number(arg, out);
}

/* The place in the pipeline that must become the bottleneck, and the thread that watches for it. */
typedef struct watcher {
	background behind;
	const char *name;
	bool reader;
	atomic_bool found;
} watcher;

static bool is_bottleneck(const watcher *self)
{
	leati_survey seen;
	leati_times times;
	bool is;

	check(leati_begin_survey(&seen) == 0);
	check(leati_begin_times(&times, &seen) == 0);
	is = times.bottleneck != LEATI_NONE && times.reader == self->reader &&
	     strcmp(seen.threads[times.bottleneck].name, self->name) == 0;
	leati_end_times(&times);
	leati_end_survey(&seen);
	return is;
}

static void watch_for(void *of_watcher)
{
	watcher *self = of_watcher;

	while (!is_bottleneck(self))
		nap(5);
	atomic_store(&self->found, true);
}

/* Read from the pipeline until the watcher has found the bottleneck. */
static void read_until_found(leat_rx out, leat_chan done, const char *name, bool reader)
{
	watcher other = { .name = name, .reader = reader };
	int n;

	check(leati_begin_sampling() == 0);
	begin(&other.behind, watch_for, &other);
	while (!atomic_load(&other.found)) {
		check(leat_recv(out, &n) == 1);
		if (reader)
			nap(50);
	}
	must_return(&other.behind);
	leati_end_sampling();
	leat_drop(out);
	leat_drop(done);
}

/* repeat_fn -> map -> take -> the test */
static leat_rx pipeline(leat_chan done, leat_source_fn *source, leat_map_fn *map)
{
	static int number;
	leat_rx numbers = leat_buffer(leat_repeat_fn(done.rx, int, source, &number), capacity);

	return leat_take(done.rx, leat_map(done.rx, numbers, int, map, NULL), LONG_MAX);
}

static void a_slow_map_is_found(void)
{
	leat_chan done = leat_make_unit();

	read_until_found(pipeline(done, next_number, take_long), done, "map", false);
}

static void a_slow_source_is_found(void)
{
	leat_chan done = leat_make_unit();

	read_until_found(pipeline(done, next_number_late, take_no_time), done, "repeat_fn", false);
}

/* One worker sends, and the others wait until there is room for more results. */
static void a_slow_reader_of_workers_is_found(void)
{
	static int number;
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_buffer(leat_repeat_fn(done.rx, int, next_number, &number), capacity);

	read_until_found(leat_map_ordered(done.rx, numbers, 3, int, take_no_time, NULL), done, "map_ordered", true);
}

static void a_slow_reader_is_found(void)
{
	leat_chan done = leat_make_unit();

	read_until_found(pipeline(done, next_number, take_no_time), done, "take", true);
}

/* The main thread waits in between: it is no part of a pipeline. On a busy machine there are few looks in 200 ms. */
static void sampling_for_a_time_needs_no_thread(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = pipeline(done, next_number, take_no_time);
	watcher reader = { .name = "take", .reader = true };

	for (leat_time time = LEAT_MS(200); !is_bottleneck(&reader); time *= 2)
		leati_sample_for(time);
	check(!leati_is_asked(LEATI_ASKED_TIMES));
	leat_drop(out);
	leat_drop(done);
}

static bool is_starved(const char *name)
{
	leati_survey seen;
	leati_times times;
	bool is = false;

	check(leati_begin_survey(&seen) == 0);
	check(leati_begin_times(&times, &seen) == 0);
	for (size_t i = 0; i < seen.n_threads; i++)
		is = is || (strcmp(seen.threads[i].name, name) == 0 &&
		            leati_percent(times.stages[i].starved, times.stages[i].looks) > 50);
	leati_end_times(&times);
	leati_end_survey(&seen);
	return is;
}

/* It waits for a value of a stream that it has received. */
static void a_bridge_without_values_is_starved(void)
{
	leat_chan streams = leat_make_of(&leat_rx_type, 1), silent = leat_make(int, capacity);
	leat_rx out;

	check(leat_send(streams.tx, &silent.rx) == 1);
	leat_drop(streams.tx);
	out = leat_bridge(LEAT_NIL, streams.rx, int);
	check(!leat_closed(out));
	check(leati_begin_sampling() == 0);
	while (!is_starved("bridge"))
		nap(20);
	leati_end_sampling();
	leat_drop(silent.tx);
	leat_drop(out);
}

static size_t surveyed_threads(void)
{
	leati_survey seen;
	size_t n;

	check(leati_begin_survey(&seen) == 0);
	n = seen.n_threads;
	leati_end_survey(&seen);
	return n;
}

static atomic_int reporter_stays;

static void report_and_stay(void)
{
	leati_begin_thread(); /* as leat_report does for its caller */
	atomic_store(&reporter_stays, 1);
	while (atomic_load(&reporter_stays))
		nap(1);
}

/* It would look like a thread of the program that runs. */
static void a_thread_of_the_reports_is_in_no_survey(void)
{
	size_t before = surveyed_threads();
	pthread_t reporter;

	check(leati_start_service(report_and_stay, &reporter) == 0);
	while (!atomic_load(&reporter_stays))
		nap(1);
	check(surveyed_threads() <= before); /* idle threads may have ended */
	atomic_store(&reporter_stays, 0);
	check(pthread_join(reporter, NULL) == 0);
}

static void several_may_ask_at_once(void)
{
	size_t before = surveyed_threads();

	check(leati_begin_sampling() == 0);
	check(leati_begin_sampling() == 0);
	leati_sample_for(LEAT_S(1000)); /* a thread samples already */
	leati_end_sampling();
	check(leati_is_asked(LEATI_ASKED_TIMES));
	leati_end_sampling();
	check(!leati_is_asked(LEATI_ASKED_TIMES));
	for (int i = 0; i < 20; i++) { /* more threads than there may be at once */
		check(leati_begin_sampling() == 0);
		leati_end_sampling();
	}
	while (surveyed_threads() > before) /* the last ones may still be on their way out; idle threads may have ended */
		nap(1);
}

/* The thread sanitizer lets no such child start threads. The allocator of the address sanitizer is not prepared for a
 * fork while the sampler allocates. */
enum { MAY_START = !UNDER_TSAN && !UNDER_ASAN };

static void a_fork_does_not_sample(void)
{
	int status;
	pid_t child;

	check(leati_begin_sampling() == 0);
	child = fork();
	if (child == 0) {
		check(!leati_is_asked(LEATI_ASKED_TIMES));
		if (MAY_START) {
			check(leati_begin_sampling() == 0);
			leati_end_sampling();
		}
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && status == 0);
	check(leati_is_asked(LEATI_ASKED_TIMES));
	leati_end_sampling();
}

int main(int argc, char **argv)
{
	return RUN(a_busy_stage_that_holds_others_up_is_the_bottleneck,
	           a_stage_that_waits_for_a_lock_is_the_bottleneck_too, a_held_up_last_stage_means_the_reader,
	           a_busy_source_is_the_bottleneck_if_nobody_is_held_up, two_busy_stages_in_a_row_are_no_bottleneck_yet,
	           a_stage_that_is_held_up_itself_is_no_bottleneck, an_idle_pipeline_has_no_bottleneck,
	           a_few_looks_are_not_enough, a_slow_stage_comes_before_a_reader, one_of_several_workers_stands_for_all,
	           percents_are_rounded, a_stage_that_runs_says_what_it_does, the_cases_of_a_sleeping_stage_say_more,
	           other_waits_are_no_waits_for_streams, a_stream_in_a_stream_is_input,
	           a_stage_that_could_receive_is_not_held_up, values_per_second, a_new_stage_begins_anew,
	           the_order_of_a_survey_does_not_matter, the_fill_of_a_channel, old_looks_are_forgotten,
	           a_slow_map_is_found, a_slow_source_is_found, a_slow_reader_is_found,
	           a_slow_reader_of_workers_is_found, a_bridge_without_values_is_starved,
	           sampling_for_a_time_needs_no_thread, a_thread_of_the_reports_is_in_no_survey,
	           several_may_ask_at_once, a_fork_does_not_sample);
}
