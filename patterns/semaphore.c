/* leat_semaphore - so many units for all; who wants more than are free waits in line.
 *
 *     acquire 2 --\
 *     acquire 7 ---> [2 2 . . . .] 7, then 1 -> release 2
 *     acquire 1 --/
 *
 * Who comes while others wait goes behind them, even if there is enough for it. So a large demand comes to the front in
 * the end, and then what is released is kept for it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* From inside: those in front whose demands fit. */
static void semaphore_admit(leat_semaphore *semaphore)
{
	const long *n;

	while ((n = leat_monitor_first(&semaphore->monitor_)) != NULL && *n <= semaphore->size_ - semaphore->held_) {
		semaphore->held_ += *n;
		(void)leat_monitor_wake(&semaphore->monitor_); /* it is there: we have just looked at it */
	}
}

/* From inside. Whoever gives up may have been all that the ones behind it waited for. */
static int semaphore_take(leat_semaphore *semaphore, long n, leat_rx done, leat_time t)
{
	int result;

	if (!leat_monitor_first(&semaphore->monitor_) && n <= semaphore->size_ - semaphore->held_) {
		semaphore->held_ += n;
		return 1;
	}
	result = leat_monitor_wait(&semaphore->monitor_, &n, done, t);
	if (result < 0)
		semaphore_admit(semaphore);
	return result;
}

static int semaphore_refuse(int error)
{
	errno = error;
	return -1;
}

/* Done comes first: a loop that always finds enough free must end too. */
int leat_semaphore_acquire(leat_semaphore *semaphore, long n, leat_rx done, leat_time t)
{
	int result;

	if (n < 0 || n > semaphore->size_)
		return semaphore_refuse(EINVAL);
	if (!leat_is_nil(done) && leat_wait_by(done, LEAT_NOW) >= 0)
		return semaphore_refuse(ECANCELED);
	leat_monitor_enter(&semaphore->monitor_);
	result = semaphore_take(semaphore, n, done, t);
	leat_monitor_leave(&semaphore->monitor_);
	return result;
}

void leat_semaphore_release_(leat_semaphore *semaphore, long n, const char *where)
{
	long held;

	leat_monitor_enter(&semaphore->monitor_);
	held = semaphore->held_;
	if (n >= 0 && n <= held) {
		semaphore->held_ -= n;
		semaphore_admit(semaphore);
	}
	leat_monitor_leave(&semaphore->monitor_);
	if (n < 0 || n > held)
		leat_panic_(where, "%ld units of a semaphore are released while %ld are held", n, held);
}
