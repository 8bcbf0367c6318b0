/* SPDX-License-Identifier: 0BSD
 *
 * reads - a thread is in read(2), on the output of another process. Main waits for the line.
 */
#include "../insight.h"

static void read_line(void *lines)
{
	leat_tx out = *(leat_tx *)lines;
	char line[16] = "";
	FILE *slow = popen("sleep 0.5; echo ready", "r");

	must(slow && fgets(line, sizeof line, slow) && pclose(slow) == 0);
	(void)leat_send_sized(out, line, sizeof line, LEAT_NEVER);
	leat_drop(out);
}

int main(void)
{
	leat_chan lines = leat_make(char[16], 0);

	start(read_line, &lines.tx);
	must(leat_drain(lines.rx) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
