#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# cpp.sh - leat.hpp: each of its headers by itself, and the programs of test/cpp/, which must compile without a warning
# and pass: plain, as C++17 and C++20, and under the sanitizers. It compiles as little as that needs, because C++
# compiles slowly. Examples, and the program of docs/cpp.md, print what they should.
. "$(dirname "$0")/begin"
warnings="-Wall -Wextra -Wshadow -Wconversion -Wpedantic -Werror -Iinclude -pthread"
programs=0

# The compiler of C++ that goes with CC: sanitizers of two compilers cannot be linked together.
case $CC in
*clang*) cxx=clang++ other=g++ ;;
*) cxx=g++ other=clang++ ;;
esac
command -v $cxx >/dev/null || { echo "skipped: $cxx is not installed"; exit 0; }
if ! command -v $other >/dev/null; then
	echo "$other is not installed: left out"
	other=$cxx
fi

# passes LIBRARY TEST COMMAND... - compile test/cpp/TEST.cpp with this command, and run it. The objects of the address
# sanitizer also need the functions of another one.
passes() {
	library=$1 source=test/cpp/$2.cpp
	shift 2
	if [ ! -e "$library" ]; then
		echo "$library was not built: left out"
		return 0
	fi
	"$@" $warnings -c "$source" -o "$dir/object"
	case $library in */asan/*) set -- "$@" -fsanitize=undefined ;; esac
	"$@" "$dir/object" "$library" -pthread -o "$dir/program"
	for capacity in 0 1000; do
		"$dir/program" $capacity >"$dir/said" || { echo "$*: $source $capacity: ended with $?"; exit 1; }
		programs=$((programs + 1))
	done
}

# The others are the first include of one of these.
for header in ordered select context; do
	echo "#include \"$PWD/include/leat/$header.hpp\"" >"$dir/alone.cpp"
	$other -std=c++17 $warnings -fsyntax-only "$dir/alone.cpp"
done

# says MESSAGE FLAG - with this flag the compiler lacks something, and the header says so.
says() {
	echo '#include <leat.hpp>' >"$dir/alone.cpp"
	! $cxx $2 -Iinclude -fsyntax-only "$dir/alone.cpp" 2>"$dir/said" && grep -q "error.*$1" "$dir/said" ||
		fail "$2: says $1"
}
says 'leat.hpp needs C++17' -std=c++14
says 'leat.hpp needs exceptions' '-std=c++17 -fno-exceptions'

passes "$BUILD/libleat.a" channels $other -std=c++20
passes "$BUILD/asan/libleat.a" channels $cxx -std=c++17 -fsanitize=address
passes "$BUILD/asan/libleat.a" pipelines $cxx -std=c++17 -fsanitize=address
passes "$BUILD/tsan/libleat.a" pipelines $cxx -std=c++20 -fsanitize=thread

# prints PROGRAM FILE - it prints what is in the file. It has the header of make single, which is all parts in one.
prints() {
	$other -std=c++17 -fno-rtti -I"$BUILD/single" $warnings "$1" "$BUILD/libleat.a" -o "$dir/program"
	"$dir/program" >"$dir/printed"
	diff -u "$2" "$dir/printed" || { echo "$1 prints something else"; exit 1; }
	programs=$((programs + 1))
}
for example in docs/examples/*.cpp; do
	prints "$example" "${example%.cpp}.expected"
done
sed -n '/^```cpp/,/^```$/p' docs/cpp.md | grep -v '^```' >"$dir/page.cpp"
sed -n '/^```output/,/^```$/p' docs/cpp.md | grep -v '^```' >"$dir/page.expected"
prints "$dir/page.cpp" "$dir/page.expected"
echo "$programs programs in C++"
