#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# report.sh - reports are in the languages that they claim. python3 reads the JSON, and docs/insight.md has each member of
# it. graphviz draws the picture, if it is installed. Names have the characters that mean something in these languages.
. "$(dirname "$0")/begin"
command -v python3 >/dev/null || { echo "python3 is not installed: skipped"; exit 0; }

cat >"$dir/program.c" <<'EOF'
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "\"quotes\" \\back\\slash <tag> &amp; #35; `code`\nline [x] {y} |z| caf\303\251 \377";
static leat_counter counter = LEAT_COUNTER(name);
static leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);

static int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static void lock(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	leat_mutex_unlock(&mutex);
}

static void wait_for(void *of_rx)
{
	(void)leat_wait(*(leat_rx *)of_rx);
}

/* On a busy machine it may take long until all threads are asleep. */
static int all_sleep(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int all;

	if (!to || leat_report(to) < 0 || fclose(to) != 0)
		abort();
	all = strstr(text, "2 threads: map_n") && strstr(text, "\nRUNNING\n  main, ") && strstr(text, "1 running");
	free(text);
	return all;
}

int main(int argc, char **argv)
{
	leat_chan chan = leat_make(int, 4);
	leat_rx mapped = leat_map_n(LEAT_NIL, chan.rx, 2, int, twice, NULL), timer = leat_after(LEAT_S(3600));
	int n = 1, format = argc > 1 ? *argv[1] - '0' : LEAT_TEXT;

	leat_name(chan.tx, name);
	leat_counter_add(&counter, -1);
	leat_mutex_lock(&mutex);
	if (leat_go(lock, NULL) < 0 || leat_go(wait_for, &timer) < 0)
		return 1;
	while (leat_send_by(chan.tx, &n, leat_in(LEAT_MS(50))) > 0) /* until all is full, since nobody receives */
		n++;
	while (!all_sleep())
		leat_sleep(LEAT_MS(1));
	if (leat_report_as(stdout, format) < 0)
		return 1;
	leat_mutex_unlock(&mutex);
	leat_reset(timer, LEAT_NOW);
	leat_drop(mapped);
	leat_drop(chan.tx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	leat_drop(timer);
	return 0;
}
EOF
$CC -std=c11 -pthread -Iinclude -o "$dir/program" "$dir/program.c" "$BUILD/libleat.a" -lm
for format in 0 1 2 3; do
	"$dir/program" $format >"$dir/report.$format"
done

grep -q '^  2 threads: map_n' "$dir/report.0" || { cat "$dir/report.0"; echo "text: no stage"; exit 1; }
! LC_ALL=C grep -n '[[:cntrl:]]' "$dir/report.0" || { echo "text: control characters"; exit 1; }

cat >"$dir/check.py" <<'EOF'
import json, re, sys

folder = sys.argv[1]
report = json.load(open(folder + "/report.1", encoding="utf-8"))
documented = set()
for line in open("docs/insight.md", encoding="utf-8"):
    if line.startswith("| `"):
        documented.update(re.findall("`([a-z_]+)`", line.split("|")[1]))

def members(value):
    if isinstance(value, dict):
        yield from value
        value = value.values()
    elif not isinstance(value, list):
        return
    for part in value:
        yield from members(part)

written = set(re.findall(r'data_\w+\(report, "(\w+)"', open("lib/insight/report_data.c").read()))
missing = (set(members(report)) | written) - documented
assert not missing, f"docs/insight.md lacks {missing}"
name = '"quotes" \\back\\slash <tag> &amp; #35; `code`\nline [x] {y} |z| café ?'
assert report["counters"] == [{"name": name, "value": -1}], report["counters"]
channels, threads = report["channels"], report["threads"]
assert any(name.startswith(c["name"].rstrip("?")) and c["length"] == c["capacity"] == 4 for c in channels), channels
locker = [t for t in threads if t.get("wait", {}).get("for") == "a mutex"]
assert len(locker) == 1 and threads[locker[0]["wait"]["holder"]]["main"], locker
for t in threads:
    for case in t.get("wait", {}).get("cases", []):
        assert case["channel"] is None or case["channel"] < len(channels), case

# Mermaid: the lines that a flowchart may have. In texts only numbers of characters follow "#".
text = r'"(?:[^"#`\\<]|#\d+;|<br>)*"'
kinds = [r"flowchart LR", r"  classDef \w+ fill:\w+", rf"  \w+\[{text}\](:::\w+)?", rf"  \w+ [-=]{{2}}>\|{text}\| \w+"]
lines = open(folder + "/report.3", encoding="utf-8").read().splitlines()
for line in lines:
    assert any(re.fullmatch(kind, line) for kind in kinds), line
assert sum("==>" in line for line in lines) == 2, lines
EOF
python3 "$dir/check.py" "$dir" || { cat "$dir"/report.[13]; exit 1; }

if command -v dot >/dev/null; then
	dot -Tsvg "$dir/report.2" >"$dir/report.svg" 2>"$dir/warnings"
	[ ! -s "$dir/warnings" ] || { cat "$dir/warnings"; exit 1; }
	for text in 'map_n' '2 threads' '&lt;tag&gt;' '4 of 4'; do
		grep -q -- "$text" "$dir/report.svg" || { cat "$dir/report.svg"; echo "the picture lacks $text"; exit 1; }
	done
fi
echo ok
