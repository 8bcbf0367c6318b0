/* SPDX-License-Identifier: 0BSD
 *
 * main_gone - main leaves by pthread_exit, as it may, and the two threads that it has started wait for each other. The
 * system still lists the thread of main.
 */
#include "../insight.h"

#include <pthread.h>

static leat_chan questions, answers;

static void ask(void *arg)
{
	int answer;

	(void)arg;
	(void)leat_recv(answers.rx, &answer);
	(void)leat_send(questions.tx, &answer);
}

static void serve(void *arg)
{
	int question;

	(void)arg;
	(void)leat_recv(questions.rx, &question);
	(void)leat_send(answers.tx, &question);
}

int main(void)
{
	questions = leat_make(int, 0);
	answers = leat_make(int, 0);
	leat_name(questions, "questions");
	leat_name(answers, "answers");
	start(ask, NULL);
	start(serve, NULL);
	pthread_exit(NULL);
}

/* status: 2
 * report: ask waits to receive from answers
 * report: serve waits to receive from questions
 */
