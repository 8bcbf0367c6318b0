#!/bin/sh
# readme.sh - each C program in the README, in docs/ and in the guide compiles with all warnings as errors, and prints
# the output that follows it in the text. Each file that these pages link to exists, and has the heading of the link.
. "$(dirname "$0")/begin"
programs=0

# links PAGE - the links of the page to files, and to headings: "file#heading"
links() {
	sed '/^```/,/^```$/d' "$1" | grep -o '][(][^) ]*' | cut -c 3- | grep -v '^http' || true
}

# headings PAGE - its headings, as a link names them
headings() {
	sed -n '/^```/,/^```$/d; s/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' |
		sed 's/\[\([^]]*\)\]([^)]*)/\1/g; s/[^a-z0-9 _-]//g; s/ /-/g'
}

for page in *.md docs/*.md docs/guide/*.md docs/examples/README.md test/README.md; do
	for link in $(links "$page"); do
		file=$(dirname "$page")/${link%%#*}
		case $link in '#'*) file=$page ;; esac
		[ -e "$file" ] || { echo "$page: no such file: $link"; exit 1; }
		case $link in
		*.md'#'* | '#'*)
			headings "$file" | grep -qxF -e "${link#*#}" || { echo "$page: no such heading: $link"; exit 1; } ;;
		esac
	done
	rm -f "$dir"/*
	awk -v dir="$dir" '
		/^```c$/      { file = sprintf("%s/%02d.c", dir, ++n); next }
		/^```output$/ { file = sprintf("%s/%02d.expected", dir, n); next }
		/^```/        { file = ""; next }
		file          { print > file }' "$page"
	for source in "$dir"/*.c; do
		[ -e "$source" ] || continue
		grep -q 'int main' "$source" || continue
		$CC -std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -pthread -Iinclude "$source" \
			"$BUILD/libleat.a" -o "$dir/program"
		"$dir/program" >"$dir/actual"
		diff -u "${source%.c}.expected" "$dir/actual" ||
			{ echo "$page: program $(basename "$source" .c)"; exit 1; }
		programs=$((programs + 1))
	done
done
for source in docs/examples/*.c; do
	name=$(basename "$source" .c)
	grep -qF "[$name]($name.c)" docs/examples/README.md || { echo "docs/examples/README.md has no $name"; exit 1; }
done
[ "$programs" -ge 40 ] || { echo "only $programs programs were found"; exit 1; }
echo "$programs programs"
