/* SPDX-License-Identifier: 0BSD
 *
 * top.c - the watching thread answers leat-top (top.h). The sampler runs from the first request for `top` on.
 *
 * The program may close our socket, and get its number for a file of its own. So the number is used only as long as it
 * still stands for the same socket.
 */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"
#include "sampler.h"
#include "top.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { TOP_STAYS = 3 }; /* seconds for which the last picture is kept */

static struct {
	bool open;
	int socket;
	struct stat seen;          /* which socket that is */
	struct sockaddr_un address;
	leat_time asked;           /* when the last picture was made */
	bool has_last;
	leati_survey last;         /* of that picture */
} top_server;

/* ----------------------------------------------------------------------------------------- the socket -- */

static bool is_ours(void)
{
	struct stat now;

	return top_server.open && fstat(top_server.socket, &now) == 0 && now.st_dev == top_server.seen.st_dev &&
	       now.st_ino == top_server.seen.st_ino;
}

static int name_socket(void)
{
	char folder[sizeof top_server.address.sun_path];
	int length;

	if (!leati_top_folder(folder, sizeof folder))
		return ENAMETOOLONG;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return errno;
	if (!leati_is_private(folder))
		return EACCES;
	memset(&top_server.address, 0, sizeof top_server.address);
	top_server.address.sun_family = AF_UNIX;
	length = snprintf(top_server.address.sun_path, sizeof top_server.address.sun_path, "%s/%ld", folder, (long)getpid());
	return length > 0 && (size_t)length < sizeof top_server.address.sun_path ? 0 : ENAMETOOLONG;
}

/* A file of that name was left by a process that had our number before, and was killed. */
static int listen_there(int fd)
{
	const struct sockaddr *address = (const struct sockaddr *)(const void *)&top_server.address;

	(void)unlink(top_server.address.sun_path);
	if (bind(fd, address, sizeof top_server.address) != 0 || listen(fd, 8) != 0 || fstat(fd, &top_server.seen) != 0)
		return errno;
	return 0;
}

int leati_begin_top(void)
{
	int error = top_server.open ? 0 : name_socket(), fd;

	if (top_server.open || error)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	error = leati_begin_sampling();
	if (!error && (error = listen_there(fd)) != 0)
		leati_end_sampling();
	if (error) {
		(void)close(fd); /* the first error counts */
		return error;
	}
	top_server.socket = fd;
	top_server.open = true;
	return 0;
}

void leati_forget_top(void)
{
	if (is_ours())
		(void)close(top_server.socket); /* of the parent */
	top_server.open = top_server.has_last = false;
}

/* ---------------------------------------------------------------------------------------- the picture -- */

struct top_picture {
	leati_survey survey;
	leati_judgement judgement;
	leati_times times;
};

/* The workers of a stage are one line. Only they send to its first output. */
static size_t first_worker(const leati_survey *survey, size_t i)
{
	const leati_seen_thread *thread = &survey->threads[i];
	size_t output = thread->stage && thread->outs ? survey->handles[thread->first_handle + thread->ins] : LEATI_NONE;

	return output == LEATI_NONE ? i : survey->channels[output].maker;
}

struct top_sum { leati_shares shares; size_t threads; bool bottleneck; };

static struct top_sum sum_of_workers(const struct top_picture *picture, size_t first)
{
	struct top_sum sum = { .threads = 0 };

	for (size_t i = first; i < picture->survey.n_threads; i++) {
		const leati_shares *shares = &picture->times.stages[i];

		if (first_worker(&picture->survey, i) != first)
			continue;
		sum.threads++;
		sum.shares.looks += shares->looks;
		sum.shares.busy += shares->busy;
		sum.shares.starved += shares->starved;
		sum.shares.held_up += shares->held_up;
		sum.shares.rate += shares->rate;
		sum.bottleneck = sum.bottleneck || picture->times.bottleneck == i;
	}
	return sum;
}

static void put_thread(FILE *to, const struct top_picture *picture, size_t i)
{
	const leati_seen_thread *thread = &picture->survey.threads[i];
	struct top_sum sum = sum_of_workers(picture, i);
	char name[LEATI_TEXT];

	(void)fprintf(to, "stage\t%s\t%s\t%u\t%u\t%u\t%u\t%.1f\t%d\t%zu\t", leati_thread_text(thread, name, sizeof name),
	              thread->where, sum.shares.looks, sum.shares.busy, sum.shares.starved, sum.shares.held_up,
	              sum.shares.rate, sum.bottleneck, sum.threads);
	leati_write_wait(to, &picture->survey, i);
	(void)fputs("\n", to);
}

static void put_channel(FILE *to, const struct top_picture *picture, size_t i)
{
	const leati_seen_channel *channel = &picture->survey.channels[i];
	const leati_fill *fill = &picture->times.fills[i];
	char name[3 * LEATI_TEXT];

	leati_channel_text(&picture->survey, i, name, sizeof name);
	(void)fprintf(to, "channel\t%s\t%zu\t%zu\t%u\t%zu\t%.1f\t%zu\n", name, channel->len, channel->cap, fill->looks,
	              fill->least, fill->mean, fill->most);
}

static void put_program(FILE *to, const struct top_picture *picture)
{
	char name[LEATI_TEXT] = "", text[512] = "";
	FILE *file = fopen("/proc/self/comm", "r");

	if (file && fgets(name, sizeof name, file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		(void)fclose(file); /* it was only read */
	(void)fprintf(to, "program\t%s\t%ld\t%s\t%zu\n", LEAT_VERSION, (long)getpid(), name, picture->survey.n_threads);
	leati_bottleneck_text(&picture->survey, &picture->times, text, sizeof text);
	if (text[0])
		(void)fprintf(to, "bottleneck\t%s\n", text);
}

static void put_stuck(FILE *to, const struct top_picture *picture)
{
	char *text = NULL, *rest;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return; /* then the picture says less */
	leati_write_deadlocks(memory, &picture->survey, &picture->judgement);
	if (fclose(memory) == 0)
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			(void)fprintf(to, "stuck\t%s%s\n", strncmp(line, "suspected", 9) == 0 ? "" : "stuck: ", line);
	free(text);
}

static void put_picture(FILE *to, const struct top_picture *picture)
{
	const leati_survey *survey = &picture->survey;

	put_program(to, picture);
	put_stuck(to, picture);
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].doing != LEATI_IDLE && survey->threads[i].doing != LEATI_UNKNOWN &&
		    first_worker(survey, i) == i)
			put_thread(to, picture, i);
	for (size_t i = 0; i < survey->n_channels; i++)
		if (!survey->channels[i].timer)
			put_channel(to, picture, i);
	(void)fputs("end\n", to);
}

static void forget_last_picture(void)
{
	if (top_server.has_last)
		leati_end_survey(&top_server.last);
	top_server.has_last = false;
}

/* Threads that sleep since the last picture may be proven stuck. Without memory there is no picture. */
static void make_picture(FILE *to)
{
	struct top_picture picture;

	if (leati_begin_survey(&picture.survey) == 0) {
		const leati_survey *before = top_server.has_last ? &top_server.last : NULL;
		int error = leati_judge(before, &picture.survey, LEATI_SUSPECT, &picture.judgement);

		if (leati_begin_times(&picture.times, &picture.survey) == 0 && !error)
			put_picture(to, &picture);
		leati_end_times(&picture.times);
		leati_end_judgement(&picture.judgement);
	}
	forget_last_picture();
	top_server.last = picture.survey;
	top_server.has_last = !picture.survey.error; /* parts of one with an error are missing: it cannot be compared */
	if (picture.survey.error)
		leati_end_survey(&picture.survey);
}

/* --------------------------------------------------------------------------------------------- answer -- */

/* A leat-top that is gone, or does not read for a second, gets the rest of no picture. */
static void send_all(int to, const char *text, size_t size)
{
	struct timeval second = { 1, 0 };

	(void)setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second); /* the picture goes out anyway */
	for (ssize_t sent; size > 0; text += sent, size -= (size_t)sent) {
		sent = send(to, text, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
	}
}

static void answer(int client)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (to) {
		make_picture(to);
		if (fclose(to) == 0)
			send_all(client, text, size);
	}
	free(text);
}

void leati_serve_top(void)
{
	int client;

	while (is_ours() && (client = accept(top_server.socket, NULL, NULL)) >= 0) {
		answer(client);
		(void)close(client); /* leat-top sees whether the picture is complete */
		top_server.asked = leati_real_now();
	}
	if (leati_real_now() - top_server.asked > LEAT_S(TOP_STAYS))
		forget_last_picture();
}

/* The watching thread is gone. */
void leati_end_top(void)
{
	forget_last_picture();
	if (top_server.open) {
		leati_end_sampling();
		(void)unlink(top_server.address.sun_path);
	}
	if (is_ours())
		(void)close(top_server.socket);
	top_server.open = false;
}
