/* SPDX-License-Identifier: 0BSD
 *
 * strerror.c - causes as text.
 */
#include "../test.h"

static void told_in_leats_words(void)
{
	check(strcmp(leat_strerror(ETIMEDOUT), "deadline exceeded") == 0);
	check(strcmp(leat_strerror(ECANCELED), "canceled") == 0);
	check(strcmp(leat_strerror(ENOMEM), "out of memory") == 0);
	check(strcmp(leat_strerror(EINVAL), "invalid argument") == 0);
	check(strcmp(leat_strerror(EOWNERDEAD), "left by pthread_exit") == 0);
	check(strcmp(leat_strerror(ECHILD), "child process failed") == 0);
	check(strcmp(leat_strerror(0), "no error") == 0);
}

static void told_in_the_systems_words(void)
{
	check(strcmp(leat_strerror(EIO), strerror(EIO)) == 0);
	check(strcmp(leat_strerror(ENOENT), strerror(ENOENT)) == 0);
}

static void every_number_has_a_text(void)
{
	int numbers[] = { INT32_MIN, -1, INT32_MAX };

	for (int i = -300; i < 3000; i++) {
		errno = i;
		check(leat_strerror(i) && leat_strerror(i)[0] && errno == i);
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		check(leat_strerror(numbers[i]) && leat_strerror(numbers[i])[0]);
}

enum { THREADS = 4, ROUNDS = 2000 };

/* Each thread asks for a number of its own that no system knows. */
static void ask_again_and_again(void *of_number)
{
	int number = *(int *)of_number;
	char first[200];

	strncpy(first, leat_strerror(number), sizeof first - 1);
	first[sizeof first - 1] = '\0';
	for (int i = 0; i < ROUNDS; i++)
		check(strcmp(leat_strerror(number), first) == 0);
}

static void threads_do_not_mix_their_texts(void)
{
	background threads[THREADS];
	int numbers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = 10001 + 1111 * i;
		begin(&threads[i], ask_again_and_again, &numbers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
}

int main(int argc, char **argv)
{
	return RUN(told_in_leats_words, told_in_the_systems_words, every_number_has_a_text,
	           threads_do_not_mix_their_texts);
}
