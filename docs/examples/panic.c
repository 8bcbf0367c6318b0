/* SPDX-License-Identifier: 0BSD
 *
 * panic - wrong on purpose: a mistake that would corrupt memory is a panic, and ends the program: leat_on_panic.
 *
 * In the book a deferred function prints the first line while the panic unwinds the stack. C does not unwind the stack:
 * no caller cleans up, not even by LEAT_DEFER. Instead leat calls a hook, which can do what must still happen before
 * the end. The program cannot recover, because its memory is no longer to be trusted. Go ends with status 2. leat
 * calls abort(), so a shell sees status 134, and a debugger or a core file shows the stack.
 *
 * It ends with status 134.
 * The book: P57, fig-defer-before-panic.go
 */
#include <leat.h>
#include <stdio.h>

static void before(const char *message)
{
	(void)message; /* leat prints it after this function */
	printf("before the panic\n");
	(void)fflush(stdout); /* abort() does not write what stdio still holds; nobody is left to tell if this fails */
}

int main(void)
{
	leat_waitgroup group = { 0 };

	leat_on_panic(before);
	leat_waitgroup_done(&group); /* nothing was added */
	return 0;
}
