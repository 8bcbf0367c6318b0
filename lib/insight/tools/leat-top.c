/* SPDX-License-Identifier: 0BSD
 *
 * leat-top.c - shows a running program of leat, as top shows processes. The program runs with LEAT_REPORT=top.
 */
#include <stdio.h>

int main(void)
{
	fputs("usage: leat-top [--once] [PID]\n", stderr);
	return 2;
}
