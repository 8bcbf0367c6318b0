/* SPDX-License-Identifier: 0BSD
 *
 * waiting COUNT MILLISECONDS SECONDS - threads that wait for values which do not come. See ../waiting.c. Each thread
 * has a mutex and a condition variable of its own, as the textbook says.
 */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct input { pthread_mutex_t mutex; pthread_cond_t cond; int closed; long patience; pthread_t thread; };

static atomic_ulong missed;

static struct timespec after(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *wait_for_values(void *of_input)
{
	struct input *input = of_input;

	pthread_mutex_lock(&input->mutex);
	while (!input->closed) {
		struct timespec t = after(input->patience);

		while (!input->closed && pthread_cond_timedwait(&input->cond, &input->mutex, &t) == 0)
			;
		atomic_fetch_add(&missed, !input->closed);
	}
	pthread_mutex_unlock(&input->mutex);
	return NULL;
}

/* Returns 0 or an errno value. */
static int start(struct input *input, long patience)
{
	pthread_condattr_t monotonic;
	pthread_attr_t small;

	input->patience = patience;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 << 10);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&input->mutex, NULL);
	pthread_cond_init(&input->cond, &monotonic);
	return pthread_create(&input->thread, &small, wait_for_values, input);
}

int main(int argc, char **argv)
{
	size_t count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
	struct input *inputs = calloc(count, sizeof *inputs);

	if (count == 0 || !inputs) {
		fprintf(stderr, "usage: waiting COUNT MILLISECONDS SECONDS\n");
		return 2;
	}
	for (size_t i = 0; i < count; i++)
		if (start(&inputs[i], strtol(argv[2], NULL, 10)) != 0)
			return 1;
	nanosleep(&(struct timespec){ .tv_sec = strtol(argv[3], NULL, 10) }, NULL);
	for (size_t i = 0; i < count; i++) {
		pthread_mutex_lock(&inputs[i].mutex);
		inputs[i].closed = 1;
		pthread_cond_signal(&inputs[i].cond);
		pthread_mutex_unlock(&inputs[i].mutex);
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(inputs[i].thread, NULL);
	printf("%zu stages have waited\n", count);
	fprintf(stderr, "%lu waits\n", (unsigned long)missed);
	free(inputs);
	return 0;
}
