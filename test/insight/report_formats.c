/* SPDX-License-Identifier: 0BSD
 *
 * report_formats.c - each format of a report, word by word, for a survey that is made up. Names have characters that
 * mean something in a format.
 */
#include "../test.h"

#include "../../lib/insight/report.h"

#include <inttypes.h>

static leati_seen_thread threads[12];
static leati_seen_channel channels[8];
static leati_seen_case cases[32];
static size_t handles[32];
static leati_verdict verdicts[12];
static leati_shares stages[12];
static leati_fill fills[8];
static leati_survey survey;
static leati_judgement judgement;
static leati_times times;

/* ------------------------------------------------------------------------------------------ make it up -- */

static void begin_survey(void)
{
	survey = (leati_survey){ .threads = threads, .channels = channels, .cases = cases, .handles = handles,
		                 .knows_all_threads = true, .at = LEAT_S(1000), .now = LEAT_S(1000) };
	memset(stages, 0, sizeof stages);
	memset(fills, 0, sizeof fills);
	memset(verdicts, 0, sizeof verdicts);
	judgement = (leati_judgement){ .verdicts = verdicts };
	times = (leati_times){ .stages = stages, .fills = fills, .bottleneck = LEATI_NONE };
}

static leati_seen_thread *add_thread(leati_doing doing, const char *name, const char *where)
{
	leati_seen_thread *thread = &threads[survey.n_threads++];

	memset(thread, 0, sizeof *thread);
	thread->doing = doing;
	thread->tid = 100 + (long)survey.n_threads;
	strncpy(thread->name, name, LEATI_TEXT - 1);
	strncpy(thread->where, where, LEATI_TEXT - 1);
	thread->holder = LEATI_NONE;
	thread->first_case = survey.n_cases;
	thread->first_handle = survey.n_handles;
	thread->until = LEAT_NEVER;
	judgement.threads = survey.n_threads;
	return thread;
}

static void sleeps_for(leati_seen_thread *thread, leat_time duration)
{
	thread->doing = LEATI_SLEEPS;
	thread->since = survey.at - duration;
}

static size_t add_channel(const char *name, const char *type, size_t len, size_t cap, unsigned txs, unsigned rxs)
{
	leati_seen_channel *channel = &channels[survey.n_channels];

	memset(channel, 0, sizeof *channel);
	strncpy(channel->name, name, LEATI_TEXT - 1);
	strncpy(channel->type, type, LEATI_TEXT - 1);
	channel->address = (const void *)(0x1000 * (survey.n_channels + 1));
	channel->len = len;
	channel->cap = cap;
	channel->txs = txs;
	channel->rxs = rxs;
	channel->state = LEATI_TX_OPEN | LEATI_RX_OPEN;
	channel->maker = channel->taker = LEATI_NONE;
	return survey.n_channels++;
}

static void add_case(leati_seen_thread *thread, int kind, size_t channel, const char *where)
{
	leati_seen_case *c = &cases[survey.n_cases++];

	*c = (leati_seen_case){ .kind = kind, .channel = channel };
	strncpy(c->where, where, LEATI_TEXT - 1);
	thread->cases++;
}

/* The handles of a stage: the inputs, then the outputs, then done. */
static void add_handles(leati_seen_thread *thread, size_t ins, const size_t *in, size_t outs, const size_t *out,
                        size_t done)
{
	size_t i = (size_t)(thread - threads);

	thread->stage = thread;
	thread->ins = ins;
	thread->outs = outs;
	for (size_t k = 0; k < ins; k++) {
		handles[survey.n_handles++] = in[k];
		channels[in[k]].stage_rxs++;
	}
	for (size_t k = 0; k < outs; k++) {
		leati_seen_channel *channel = &channels[out[k]];

		handles[survey.n_handles++] = out[k];
		channel->stage_txs++;
		if (channel->maker == LEATI_NONE) {
			channel->maker = i;
			channel->output = k;
			channel->outputs = outs;
		}
	}
	handles[survey.n_handles++] = done;
	if (done != LEATI_NONE)
		channels[done].stage_rxs++;
}

/* --------------------------------------------------------------------------------------------- compare -- */

static char *written(int format)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	check(file);
	check(leati_write_report(file, format, &survey, &judgement, &times) == 1);
	check(fclose(file) == 0);
	return text;
}

/* "PID" in what is expected stands for the number of the process. */
static void must_write(int format, const char *expected)
{
	char *text = written(format), *whole = NULL;
	const char *pid = strstr(expected, "PID");
	size_t size;
	FILE *file = open_memstream(&whole, &size);

	check(file);
	if (pid)
		fprintf(file, "%.*s%ld", (int)(pid - expected), expected, (long)getpid());
	fputs(pid ? pid + 3 : expected, file);
	check(fclose(file) == 0);
	if (strcmp(text, whole) != 0)
		printf("%s\nis expected, but there is\n%s\n", whole, text);
	check(strcmp(text, whole) == 0);
	free(text);
	free(whole);
}

/* ----------------------------------------------------- a tee whose outputs are read in the wrong order -- */

static void make_stuck(void)
{
	leati_seen_thread *main_thread, *tee;
	size_t out1, out2, numbers, stop;

	begin_survey();
	out1 = add_channel("", "int", 0, 0, 1, 1);
	out2 = add_channel("", "int", 0, 0, 1, 1);
	numbers = add_channel("numbers", "int", 3, 8, 1, 1);
	stop = add_channel("", "unit", 0, 0, 1, 2);
	strcpy(channels[stop].place, "tee.c:18");
	main_thread = add_thread(LEATI_RUNS, "main", "");
	main_thread->main = true;
	sleeps_for(main_thread, LEAT_MS(12345));
	add_case(main_thread, LEAT_CASE_RECV_, out1, "tee.c:31");
	tee = add_thread(LEATI_RUNS, "tee", "tee.c:20");
	sleeps_for(tee, LEAT_MS(12345));
	add_handles(tee, 1, (size_t[]){ numbers }, 2, (size_t[]){ out1, out2 }, stop);
	add_case(tee, LEAT_CASE_READY_, stop, "lib/plan.c:200");
	add_case(tee, LEAT_CASE_SEND_, LEATI_NONE, "lib/plan.c:201");
	add_case(tee, LEAT_CASE_SEND_, out2, "lib/plan.c:201");
	verdicts[0] = verdicts[1] = LEATI_STUCK;
	judgement.stuck = 2;
	judgement.all = true;
}

static void a_cycle_in_text(void)
{
	make_stuck();
	must_write(LEAT_TEXT,
	           "leat " LEAT_VERSION ", process PID: 2 threads: 2 stuck\n"
	           "\n"
	           "  main waits to receive from tee.out1; tee waits to send to tee.out2; tee.out2 is held by main\n"
	           "\n"
	           "STUCK: nothing can ever wake these\n"
	           "  main, thread 101, has waited 12 s\n"
	           "    to receive from tee.out1, a channel of int without room (tee.c:31)\n"
	           "      senders: tee\n"
	           "  tee, started at tee.c:20, thread 102, has waited 12 s\n"
	           "    to send to tee.out2, a channel of int without room\n"
	           "      receivers: the program (1 handle)\n"
	           "    or to hear from the channel of unit made at tee.c:18, without room\n"
	           "      senders: the program (1 handle)\n"
	           "\n"
	           "CHANNELS\n"
	           "  channel                               type  values   senders                 receivers\n"
	           "  numbers                               int   3 of 8   the program (1 handle)  tee\n"
	           "  tee.out1                              int   no room  tee                     the program (1 "
	           "handle)\n"
	           "  tee.out2                              int   no room  tee                     the program (1 "
	           "handle)\n"
	           "  the channel of unit made at tee.c:18  unit  no room  the program (1 handle)  tee, the program "
	           "(1 handle)\n");
}

static void a_cycle_in_json(void)
{
	make_stuck();
	must_write(LEAT_JSON,
	           "{\"leat\": \"" LEAT_VERSION "\", \"process\": PID, \"all_threads\": true, \"stuck\": 2, \"suspected\": 0, "
	           "\"why\": [\"main waits to receive from tee.out1; tee waits to send to tee.out2; tee.out2 is held "
	           "by main\"], \"bottleneck\": \"\", \"bottleneck_thread\": null, \"bottleneck_is_reader\": false,\n"
	           "  \"threads\": [\n"
	           "    {\"name\": \"main\", \"started\": \"\", \"tid\": 101, \"main\": true, \"does\": \"waits\", "
	           "\"verdict\": \"stuck\", \"wait\": {\"waited\": 12.345, \"cases\": [{\"operation\": \"receive\", "
	           "\"channel\": 0, \"place\": \"tee.c:31\"}]}},\n"
	           "    {\"name\": \"tee\", \"started\": \"tee.c:20\", \"tid\": 102, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"stuck\", \"stage\": {\"inputs\": [2], \"outputs\": [0, 1], \"done\": "
	           "3, \"values\": 0}, \"wait\": {\"waited\": 12.345, \"cases\": [{\"operation\": \"ready\", "
	           "\"channel\": 3, \"place\": \"lib/plan.c:200\"}, {\"operation\": \"send\", \"channel\": null, "
	           "\"place\": \"lib/plan.c:201\"}, {\"operation\": \"send\", \"channel\": 1, \"place\": "
	           "\"lib/plan.c:201\"}]}}],\n"
	           "  \"channels\": [\n"
	           "    {\"name\": \"tee.out1\", \"type\": \"int\", \"address\": \"0x1000\", \"length\": 0, "
	           "\"capacity\": 0, \"senders\": 1, \"receivers\": 1, \"stage_senders\": 1, \"stage_receivers\": 0, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false},\n"
	           "    {\"name\": \"tee.out2\", \"type\": \"int\", \"address\": \"0x2000\", \"length\": 0, "
	           "\"capacity\": 0, \"senders\": 1, \"receivers\": 1, \"stage_senders\": 1, \"stage_receivers\": 0, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false},\n"
	           "    {\"name\": \"numbers\", \"type\": \"int\", \"address\": \"0x3000\", \"length\": 3, "
	           "\"capacity\": 8, \"senders\": 1, \"receivers\": 1, \"stage_senders\": 0, \"stage_receivers\": 1, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false},\n"
	           "    {\"name\": \"the channel of unit made at tee.c:18\", \"type\": \"unit\", \"address\": "
	           "\"0x4000\", \"length\": 0, \"capacity\": 0, \"senders\": 1, \"receivers\": 2, \"stage_senders\": "
	           "0, \"stage_receivers\": 1, \"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false}],\n"
	           "  \"counters\": []}\n");
}

static void a_cycle_in_dot(void)
{
	make_stuck();
	must_write(LEAT_DOT,
	           "digraph leat {\n"
	           "  rankdir=LR;\n"
	           "  node [shape=box];\n"
	           "  program [shape=ellipse];\n"
	           "  program [label=\"the program\"];\n"
	           "  t0 [label=\"main\\nstuck\", style=filled, fillcolor=salmon];\n"
	           "  t1 [label=\"tee\\nstuck\", style=filled, fillcolor=salmon];\n"
	           "  t1 -> t0 [label=\"tee.out1\"];\n"
	           "  t1 -> program [label=\"tee.out2\"];\n"
	           "  program -> t1 [label=\"numbers\\n3 of 8\"];\n"
	           "}\n");
}

static void a_cycle_in_mermaid(void)
{
	make_stuck();
	must_write(LEAT_MERMAID,
	           "flowchart LR\n"
	           "  classDef bottleneck fill:gold\n"
	           "  classDef suspected fill:orange\n"
	           "  classDef stuck fill:salmon\n"
	           "  program[\"the program\"]\n"
	           "  t0[\"main<br>stuck\"]:::stuck\n"
	           "  t1[\"tee<br>stuck\"]:::stuck\n"
	           "  t1 -->|\"tee.out1\"| t0\n"
	           "  t1 -->|\"tee.out2\"| program\n"
	           "  program -->|\"numbers<br>3 of 8\"| t1\n");
}

/* -------------------------------------------------------------- a pipeline with a slow stage, and more -- */

static void add_workers(size_t parsed, size_t mapped)
{
	for (size_t i = 0; i < 2; i++) {
		leati_seen_thread *worker = add_thread(LEATI_RUNS, "map_n", "busy.c:12");

		add_handles(worker, 1, (size_t[]){ parsed }, 1, (size_t[]){ mapped }, LEATI_NONE);
		stages[worker - threads] = (leati_shares){ .looks = 100, .busy = 97, .starved = 2, .held_up = 1, .rate = 400 };
	}
}

static void make_busy(void)
{
	leati_seen_thread *thread;
	size_t parsed, mapped, jobs, timer, due;

	begin_survey();
	parsed = add_channel("", "struct line", 8, 8, 1, 2);
	mapped = add_channel("", "long", 0, 8, 2, 1);
	jobs = add_channel("jobs", "char *", 0, 4, 2, 5);
	timer = add_channel("", "unit", 0, 0, 1, 1);
	due = add_channel("late", "int", 2, 8, 0, 1);
	channels[timer].timer = true;
	channels[timer].due = survey.now + LEAT_MS(2500);
	channels[due].state = LEATI_RX_OPEN;
	channels[due].cause = ECANCELED;
	channels[due].lost = 7;
	fills[parsed] = (leati_fill){ .looks = 100, .least = 5, .most = 8, .mean = 7.4 };
	thread = add_thread(LEATI_RUNS, "parse", "busy.c:10");
	sleeps_for(thread, LEAT_MS(3));
	add_handles(thread, 0, NULL, 1, (size_t[]){ parsed }, LEATI_NONE);
	add_case(thread, LEAT_CASE_SEND_, parsed, "lib/plan.c:201");
	stages[0] = (leati_shares){ .looks = 100, .busy = 4, .held_up = 96, .rate = 1200 };
	add_workers(parsed, mapped);
	for (int i = 0; i < 2; i++) {
		thread = add_thread(LEATI_RUNS, "work", "busy.c:20");
		sleeps_for(thread, LEAT_S(3 + 30 * i));
		thread->until = survey.now + LEAT_S(100 - i);
		add_case(thread, LEAT_CASE_RECV_, jobs, "busy.c:41");
		add_case(thread, LEAT_CASE_READY_, timer, "busy.c:42");
		add_case(thread, LEAT_CASE_RECV_, LEATI_NONE, "busy.c:43");
	}
	for (int i = 0; i < 2; i++) {
		thread = add_thread(LEATI_RUNS, i ? "audit" : "save", "busy.c:50");
		sleeps_for(thread, LEAT_S(7300) - LEAT_S(i));
		strcpy(thread->what, "a mutex");
		thread->lock = (const void *)0x7000;
		thread->holder = 1;
	}
	verdicts[6] = LEATI_SUSPECTED;
	judgement.suspected = 1;
	(void)add_thread(LEATI_IDLE, "leat", "");
	(void)add_thread(LEATI_UNKNOWN, "gmain", "");
	times.bottleneck = 2;
	threads[0].stack = threads[1].stack = 256 * 1024;
	threads[0].stack_used = 200 * 1024;
	threads[1].stack_used = 127 * 1024;
}

static void a_pipeline_in_text(void)
{
	make_busy();
	must_write(LEAT_TEXT,
	           "leat 0.2.0, process PID: 8 threads: 1 suspected, 4 waiting, 2 running, 1 unknown to leat; and 1 "
	           "idle, for later use\n"
	           "\n"
	           "  suspected: audit waits for a mutex, for 7299 s already; only the program's own code could wake "
	           "it\n"
	           "\n"
	           "  map_n is the bottleneck: it is busy 97 % of the time, and parse, before it, is held up 96 %\n"
	           "\n"
	           "SUSPECTED: asleep for long, and only the program's own code could wake these\n"
	           "  audit, started at busy.c:50, thread 107, has waited 2 h\n"
	           "    for a mutex at 0x7000, held by map_n (thread 102)\n"
	           "\n"
	           "WAITING\n"
	           "  save, started at busy.c:50, thread 106, has waited 2 h\n"
	           "    for a mutex at 0x7000, held by map_n (thread 102)\n"
	           "  2 threads: work, started at busy.c:20, have waited 3.0 s to 33 s, with at least 99 s to the "
	           "deadline\n"
	           "    to receive from jobs, a channel of char * with 0 of 4 values (busy.c:41)\n"
	           "      senders: the program (2 handles)\n"
	           "    or to receive from nil, which never happens (busy.c:43)\n"
	           "    or to hear from a timer, which is due in 2.5 s (busy.c:42)\n"
	           "  parse, started at busy.c:10, thread 101, has waited 3 ms\n"
	           "    to send to parse.out, a channel of struct line with 8 of 8 values\n"
	           "      receivers: map_n (2 threads)\n"
	           "\n"
	           "RUNNING\n"
	           "  2 threads: map_n, started at busy.c:12\n"
	           "\n"
	           "NOT KNOWN TO LEAT: never started by it, and never asleep in it\n"
	           "  gmain, thread 109\n"
	           "\n"
	           "LOCKS AND GROUPS\n"
	           "  a mutex at 0x7000, held by map_n (thread 102); in line: save, audit\n"
	           "\n"
	           "CHANNELS\n"
	           "  channel    type         values                    senders                  receivers\n"
	           "  jobs       char *       0 of 4                    the program (2 handles)  the program (5 "
	           "handles)\n"
	           "  late       int          2 of 8                    none                     the program (1 "
	           "handle)   closed: canceled, 7 values lost\n"
	           "  map_n.out  long         0 of 8                    map_n (2 threads)        the program (1 "
	           "handle)\n"
	           "  parse.out  struct line  8 of 8, mean 7.4, 5 to 8  parse                    map_n (2 threads)\n"
	           "\n"
	           "STAGES\n"
	           "  stage  threads  busy  starved  held up  values/s\n"
	           "  map_n  2        97 %  2 %      1 %      800       <- the bottleneck\n"
	           "  parse  1        4 %   0 %      96 %     1200\n"
	           "\n"
	           "STACKS: half or more was used\n"
	           "  thread  used\n"
	           "  parse   200 of 256 KiB\n");
}

static void a_pipeline_in_json(void)
{
	make_busy();
	must_write(LEAT_JSON,
	           "{\"leat\": \"" LEAT_VERSION "\", \"process\": PID, \"all_threads\": true, \"stuck\": 0, \"suspected\": 1, "
	           "\"why\": [\"suspected: audit waits for a mutex, for 7299 s already; only the program's own code "
	           "could wake it\"], \"bottleneck\": \"map_n is the bottleneck: it is busy 97 % of the time, and "
	           "parse, before it, is held up 96 %\", \"bottleneck_thread\": 2, \"bottleneck_is_reader\": false,\n"
	           "  \"threads\": [\n"
	           "    {\"name\": \"parse\", \"started\": \"busy.c:10\", \"tid\": 101, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"live\", \"stack\": 262144, \"stack_used\": 204800, "
	           "\"stage\": {\"inputs\": [], \"outputs\": [0], \"done\": null, "
	           "\"values\": 0, \"busy_percent\": 4, \"starved_percent\": 0, \"held_up_percent\": 96, "
	           "\"values_per_second\": 1200.000}, \"wait\": {\"waited\": 0.003, \"cases\": [{\"operation\": "
	           "\"send\", \"channel\": 0, \"place\": \"lib/plan.c:201\"}]}},\n"
	           "    {\"name\": \"map_n\", \"started\": \"busy.c:12\", \"tid\": 102, \"main\": false, \"does\": "
	           "\"runs\", \"verdict\": \"live\", \"stack\": 262144, \"stack_used\": 130048, \"stage\": {\"inputs\": [0], \"outputs\": [1], \"done\": null, "
	           "\"values\": 0, \"busy_percent\": 97, \"starved_percent\": 2, \"held_up_percent\": 1, "
	           "\"values_per_second\": 400.000}},\n"
	           "    {\"name\": \"map_n\", \"started\": \"busy.c:12\", \"tid\": 103, \"main\": false, \"does\": "
	           "\"runs\", \"verdict\": \"live\", \"stage\": {\"inputs\": [0], \"outputs\": [1], \"done\": null, "
	           "\"values\": 0, \"busy_percent\": 97, \"starved_percent\": 2, \"held_up_percent\": 1, "
	           "\"values_per_second\": 400.000}},\n"
	           "    {\"name\": \"work\", \"started\": \"busy.c:20\", \"tid\": 104, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"live\", \"wait\": {\"waited\": 3.000, \"left\": 100.000, \"cases\": "
	           "[{\"operation\": \"receive\", \"channel\": 2, \"place\": \"busy.c:41\"}, {\"operation\": "
	           "\"ready\", \"channel\": 3, \"place\": \"busy.c:42\"}, {\"operation\": \"receive\", \"channel\": "
	           "null, \"place\": \"busy.c:43\"}]}},\n"
	           "    {\"name\": \"work\", \"started\": \"busy.c:20\", \"tid\": 105, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"live\", \"wait\": {\"waited\": 33.000, \"left\": 99.000, \"cases\": "
	           "[{\"operation\": \"receive\", \"channel\": 2, \"place\": \"busy.c:41\"}, {\"operation\": "
	           "\"ready\", \"channel\": 3, \"place\": \"busy.c:42\"}, {\"operation\": \"receive\", \"channel\": "
	           "null, \"place\": \"busy.c:43\"}]}},\n"
	           "    {\"name\": \"save\", \"started\": \"busy.c:50\", \"tid\": 106, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"live\", \"wait\": {\"waited\": 7300.000, \"for\": \"a mutex\", "
	           "\"lock\": \"0x7000\", \"holder\": 1, \"cases\": []}},\n"
	           "    {\"name\": \"audit\", \"started\": \"busy.c:50\", \"tid\": 107, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"suspected\", \"wait\": {\"waited\": 7299.000, \"for\": \"a mutex\", "
	           "\"lock\": \"0x7000\", \"holder\": 1, \"cases\": []}},\n"
	           "    {\"name\": \"leat\", \"started\": \"\", \"tid\": 108, \"main\": false, \"does\": \"idle\", "
	           "\"verdict\": \"live\"},\n"
	           "    {\"name\": \"gmain\", \"started\": \"\", \"tid\": 109, \"main\": false, \"does\": "
	           "\"unknown\", \"verdict\": \"live\"}],\n"
	           "  \"channels\": [\n"
	           "    {\"name\": \"parse.out\", \"type\": \"struct line\", \"address\": \"0x1000\", \"length\": 8, "
	           "\"capacity\": 8, \"senders\": 1, \"receivers\": 2, \"stage_senders\": 1, \"stage_receivers\": 2, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"least\": 5, \"most\": 8, \"mean\": 7.400, "
	           "\"timer\": false},\n"
	           "    {\"name\": \"map_n.out\", \"type\": \"long\", \"address\": \"0x2000\", \"length\": 0, "
	           "\"capacity\": 8, \"senders\": 2, \"receivers\": 1, \"stage_senders\": 2, \"stage_receivers\": 0, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false},\n"
	           "    {\"name\": \"jobs\", \"type\": \"char *\", \"address\": \"0x3000\", \"length\": 0, "
	           "\"capacity\": 4, \"senders\": 2, \"receivers\": 5, \"stage_senders\": 0, \"stage_receivers\": 0, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": false},\n"
	           "    {\"name\": \"a timer\", \"type\": \"unit\", \"address\": \"0x4000\", \"length\": 0, "
	           "\"capacity\": 0, \"senders\": 1, \"receivers\": 1, \"stage_senders\": 0, \"stage_receivers\": 0, "
	           "\"closed\": false, \"cause\": \"\", \"lost\": 0, \"timer\": true, \"due\": 2.500},\n"
	           "    {\"name\": \"late\", \"type\": \"int\", \"address\": \"0x5000\", \"length\": 2, "
	           "\"capacity\": 8, \"senders\": 0, \"receivers\": 1, \"stage_senders\": 0, \"stage_receivers\": 0, "
	           "\"closed\": true, \"cause\": \"canceled\", \"lost\": 7, \"timer\": false}],\n"
	           "  \"counters\": []}\n");
}

static void a_pipeline_in_dot(void)
{
	make_busy();
	must_write(LEAT_DOT,
	           "digraph leat {\n"
	           "  rankdir=LR;\n"
	           "  node [shape=box];\n"
	           "  program [shape=ellipse];\n"
	           "  program [label=\"the program\"];\n"
	           "  t0 [label=\"parse\\nbusy 4 %\"];\n"
	           "  t1 [label=\"map_n\\n2 threads\\nbusy 97 %\\nthe bottleneck\", style=filled, fillcolor=gold];\n"
	           "  t3 [label=\"work\\n2 threads\"];\n"
	           "  t5 [label=\"save\\nwaits for a mutex\"];\n"
	           "  t6 [label=\"audit\\nwaits for a mutex\\nsuspected\", style=filled, fillcolor=orange];\n"
	           "  t0 -> t1 [label=\"parse.out\\n8 of 8\", color=red, penwidth=2];\n"
	           "  t1 -> program [label=\"map_n.out\\n0 of 8\"];\n"
	           "  program -> t3 [label=\"jobs\\n0 of 4\"];\n"
	           "}\n");
}

static void a_pipeline_in_mermaid(void)
{
	make_busy();
	must_write(LEAT_MERMAID,
	           "flowchart LR\n"
	           "  classDef bottleneck fill:gold\n"
	           "  classDef suspected fill:orange\n"
	           "  classDef stuck fill:salmon\n"
	           "  program[\"the program\"]\n"
	           "  t0[\"parse<br>busy 4 %\"]\n"
	           "  t1[\"map_n<br>2 threads<br>busy 97 %<br>the bottleneck\"]:::bottleneck\n"
	           "  t3[\"work<br>2 threads\"]\n"
	           "  t5[\"save<br>waits for a mutex\"]\n"
	           "  t6[\"audit<br>waits for a mutex<br>suspected\"]:::suspected\n"
	           "  t0 ==>|\"parse.out<br>8 of 8\"| t1\n"
	           "  t1 -->|\"map_n.out<br>0 of 8\"| program\n"
	           "  program -->|\"jobs<br>0 of 4\"| t3\n");
}

/* ----------------------------------------------------------------------------------------------- names -- */

static void make_strange(void)
{
	leati_seen_thread *thread;
	size_t in, out;

	begin_survey();
	in = add_channel("q\"uo\\te <b>&amp;#35;`x`", "struct \"s\"\n", 1, 2, 1, 1);
	out = add_channel("line\nbreak\ttab\33[31m", "caf\xc3\xa9", 0, 0, 1, 1);
	thread = add_thread(LEATI_RUNS, "cut\xc3", "a\\b.c:1");
	sleeps_for(thread, LEAT_S(1));
	add_handles(thread, 1, (size_t[]){ in }, 1, (size_t[]){ out }, LEATI_NONE);
	add_case(thread, LEAT_CASE_RECV_, in, "x.c:1");
}

static void strange_names_in_text(void)
{
	make_strange();
	must_write(LEAT_TEXT,
	           "leat " LEAT_VERSION ", process PID: 1 thread: 1 waiting\n"
	           "\n"
	           "WAITING\n"
	           "  cut?, started at a\\b.c:1, thread 101, has waited 1.0 s\n"
	           "    to receive from q\"uo\\te <b>&amp;#35;`x`, a channel of struct \"s\"? with 1 of 2 values\n"
	           "      senders: the program (1 handle)\n"
	           "\n"
	           "CHANNELS\n"
	           "  channel                  type         values   senders                 receivers\n"
	           "  line?break?tab?[31m      caf\xc3\xa9         no room  cut?                    the program (1 "
	           "handle)\n"
	           "  q\"uo\\te <b>&amp;#35;`x`  struct \"s\"?  1 of 2   the program (1 handle)  cut?\n");
}

static void strange_names_in_json(void)
{
	make_strange();
	must_write(LEAT_JSON,
	           "{\"leat\": \"" LEAT_VERSION "\", \"process\": PID, \"all_threads\": true, \"stuck\": 0, \"suspected\": 0, "
	           "\"why\": [], \"bottleneck\": \"\", \"bottleneck_thread\": null, \"bottleneck_is_reader\": false,\n"
	           "  \"threads\": [\n"
	           "    {\"name\": \"cut?\", \"started\": \"a\\\\b.c:1\", \"tid\": 101, \"main\": false, \"does\": "
	           "\"waits\", \"verdict\": \"live\", \"stage\": {\"inputs\": [0], \"outputs\": [1], \"done\": null, "
	           "\"values\": 0}, \"wait\": {\"waited\": 1.000, \"cases\": [{\"operation\": \"receive\", "
	           "\"channel\": 0, \"place\": \"x.c:1\"}]}}],\n"
	           "  \"channels\": [\n"
	           "    {\"name\": \"q\\\"uo\\\\te <b>&amp;#35;`x`\", \"type\": \"struct \\\"s\\\"\\u000a\", "
	           "\"address\": \"0x1000\", \"length\": 1, \"capacity\": 2, \"senders\": 1, \"receivers\": 1, "
	           "\"stage_senders\": 0, \"stage_receivers\": 1, \"closed\": false, \"cause\": \"\", \"lost\": 0, "
	           "\"timer\": false},\n"
	           "    {\"name\": \"line\\u000abreak\\u0009tab\\u001b[31m\", \"type\": \"caf\xc3\xa9\", "
	           "\"address\": \"0x2000\", \"length\": 0, \"capacity\": 0, \"senders\": 1, \"receivers\": 1, "
	           "\"stage_senders\": 1, \"stage_receivers\": 0, \"closed\": false, \"cause\": \"\", \"lost\": 0, "
	           "\"timer\": false}],\n"
	           "  \"counters\": []}\n");
}

static void strange_names_in_dot(void)
{
	make_strange();
	must_write(LEAT_DOT,
	           "digraph leat {\n"
	           "  rankdir=LR;\n"
	           "  node [shape=box];\n"
	           "  program [shape=ellipse];\n"
	           "  program [label=\"the program\"];\n"
	           "  t0 [label=\"cut?\"];\n"
	           "  program -> t0 [label=\"q\\\"uo\\\\te <b>&amp;amp;#35;`x`\\n1 of 2\"];\n"
	           "  t0 -> program [label=\"line?break?tab?[31m\"];\n"
	           "}\n");
}

static void strange_names_in_mermaid(void)
{
	make_strange();
	must_write(LEAT_MERMAID,
	           "flowchart LR\n"
	           "  classDef bottleneck fill:gold\n"
	           "  classDef suspected fill:orange\n"
	           "  classDef stuck fill:salmon\n"
	           "  program[\"the program\"]\n"
	           "  t0[\"cut?\"]\n"
	           "  program -->|\"q#34;uo#92;te #60;b#62;#38;amp;#35;35;#96;x#96;<br>1 of 2\"| t0\n"
	           "  t0 -->|\"line?break?tab?[31m\"| program\n");
}

int main(int argc, char **argv)
{
	return RUN(a_cycle_in_text, a_cycle_in_json, a_cycle_in_dot, a_cycle_in_mermaid, a_pipeline_in_text,
	           a_pipeline_in_json, a_pipeline_in_dot, a_pipeline_in_mermaid, strange_names_in_text,
	           strange_names_in_json, strange_names_in_dot, strange_names_in_mermaid);
}
