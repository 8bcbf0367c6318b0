/* SPDX-License-Identifier: 0BSD
 *
 * own_handle - a client asks a server for an answer, and the server asks the client first. Each has said that it alone
 * uses its ends. So it is proven that both are stuck, while main goes on.
 */
#include "../insight.h"

static leat_chan questions, answers;

static void own(leat_tx tx, leat_rx rx)
{
	leat_own(tx);
	leat_own(rx);
}

static void ask(void *arg)
{
	int answer;

	(void)arg;
	own(questions.tx, answers.rx);
	(void)leat_recv(answers.rx, &answer);
	(void)leat_send(questions.tx, &(int){ 1 });
}

static void serve(void *arg)
{
	int question;

	(void)arg;
	own(answers.tx, questions.rx);
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
	live_until_reported();
}

/* status: 0
 * report: 2 stuck and 0 suspected
 * report: ask waits to receive from answers; answers is held by serve
 * report: serve waits to receive from questions; questions is held by ask
 */
