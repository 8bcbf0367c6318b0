#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# packages.sh - a small program finds leat by pkg-config and CMake after make install and cmake --install, and as a part
# of a CMake project and of a Meson project. make dist gives the same bytes again. Debian's packages are built.
#
# Objects are compiled in few units without optimization, or are those of $BUILD, because this takes most of the time.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS PREFIX LIBDIR MANDIR DESTDIR DIR
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
version=$(sed -n 's/^#define LEAT_VERSION "\(.*\)"/\1/p' include/leat.h)
source=$PWD
built=$(cd "$BUILD" && pwd)
compile='-O0 -w -D_GNU_SOURCE'
checks=0

fail() {
	echo "not so: $*"
	tail -n 40 "$dir/said"
	exit 1
}

# does WORDS COMMAND... - the command ends with status 0.
does() {
	words=$1
	shift
	"$@" >"$dir/said" 2>&1 || fail "$words"
}

# works PROGRAM WORDS - the program runs. It prints the version and a sum.
works() {
	"$1" >"$dir/said" 2>&1 && [ "$(cat "$dir/said")" = "$version 6" ] || fail "$2"
	checks=$((checks + 1))
}

# has COMMAND... - all are installed. If not, say so.
has() {
	for command in "$@"; do
		command -v "$command" >/dev/null || { echo "left out: $command is not installed"; return 1; }
	done
}

cat >"$dir/sum.c" <<'END'
#include <leat.h>
#include <stdio.h>
int main(void)
{
	leat_rx numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));
	int sum = 0;
	for (int n; leat_recv(numbers, &n) > 0;)
		sum += n;
	leat_drop(numbers);
	return printf("%s %d\n", LEAT_VERSION, sum) < 0;
}
END

# ---------------------------------------------------------------------------------------------------- make install

stage=$dir/stage
machine=$($CC -print-multiarch 2>/dev/null) || machine=
libdir=lib${machine:+/$machine}
libraries=$stage/usr/$libdir
# Without libleat-nats, which only the Makefile builds.
does 'make install' make install NATS= BUILD="$BUILD" DESTDIR="$stage" PREFIX=/usr LIBDIR="/usr/$libdir"
export LD_LIBRARY_PATH="$libraries"
if has pkg-config; then
	flags=$(PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage pkg-config --cflags --libs leat)
	does "a program is compiled with $flags" $CC "$dir/sum.c" $flags -o "$dir/sum"
	works "$dir/sum" 'a program works that was built with pkg-config'
fi

# ----------------------------------------------------------------------------------------------------------- cmake

# with_cmake NAME OPTION... - build the project of this name, with the lines on stdin after its first two.
with_cmake() {
	name=$1
	shift
	mkdir "$dir/$name"
	{ printf 'cmake_minimum_required(VERSION 3.16)\nproject(sum C)\n'; cat; } >"$dir/$name/CMakeLists.txt"
	cp "$dir/sum.c" "$dir/$name"
	does "cmake configures $name" cmake -S "$dir/$name" -B "$dir/$name/made" -DCMAKE_C_FLAGS="$compile" "$@"
	does "cmake builds $name" cmake --build "$dir/$name/made"
}

few_units='-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=100'

if has cmake make; then
	with_cmake found -DCMAKE_PREFIX_PATH="$stage/usr" <<END
find_package(leat ${version%.*} CONFIG REQUIRED)
foreach(kind leat static)
  add_executable(with_\${kind} sum.c)
  target_link_libraries(with_\${kind} PRIVATE leat::\${kind})
endforeach()
find_package(leat 99 CONFIG QUIET)
if(leat_FOUND)
  message(FATAL_ERROR "leat of another version is found")
endif()
END
	works "$dir/found/made/with_leat" 'find_package finds the shared library'
	works "$dir/found/made/with_static" 'find_package finds the static library'

	with_cmake fetched $few_units <<END
include(FetchContent)
FetchContent_Declare(leat SOURCE_DIR "$source")
FetchContent_MakeAvailable(leat)
add_executable(fetched sum.c)
target_link_libraries(fetched PRIVATE leat::leat)
END
	works "$dir/fetched/made/fetched" 'leat is a part of a CMake project'
fi

# ----------------------------------------------------------------------------------------------------------- meson

if has meson ninja; then
	mkdir -p "$dir/meson/subprojects"
	ln -s "$source" "$dir/meson/subprojects/leat"
	cp "$dir/sum.c" "$dir/meson"
	printf '%s\n' "project('sum', 'c')" \
		"executable('sum', 'sum.c', dependencies: dependency('leat', version: '>=$version'))" >"$dir/meson/meson.build"
	does 'meson configures a project' meson setup "$dir/meson/made" "$dir/meson" --prefix=/usr --libdir="$libdir" \
		--unity=on -Dunity_size=100 --buildtype=plain -Dc_args="$compile"
	does 'meson builds it' ninja -C "$dir/meson/made"
	works "$dir/meson/made/sum" 'leat is a part of a Meson project'

	# Meson installs what make does, but for the tools and the man pages.
	does 'meson installs' meson install -C "$dir/meson/made" --no-rebuild --destdir "$dir/meson/stage"
	for tree in "$stage" "$dir/meson/stage"; do
		(cd "$tree/usr" && find include lib ! -type d | sort)
	done | sort | uniq -u >"$dir/said"
	[ ! -s "$dir/said" ] || fail 'make and meson install the same headers and libraries'
	checks=$((checks + 1))
fi

# ------------------------------------------------------------------------------------------------------------ dist

export SOURCE_DATE_EPOCH=1000000000
does 'make dist' lib/dist "$dir/dist"
mkdir "$dir/unpacked"
tar -xzf "$dir/dist/leat-$version.tar.gz" -C "$dir/unpacked"
cd "$dir/unpacked/leat-$version"
does 'make dist in an unpacked archive' lib/dist "$dir/again"
does 'both archives are the same' cmp "$dir/dist/leat-$version.tar.gz" "$dir/again/leat-$version.tar.gz"
does 'the archive has the pictures of the guide' test -e docs/guide/pictures/capacity.svg
does 'the two files are compiled' $CC -c -w -fsyntax-only -std=c11 single/leat.c
checks=$((checks + 1))

# ---------------------------------------------------------------------------------------------------------- debian

if has dpkg-buildpackage dh; then
	# The sources of the archive are older than these objects, which are not made again with the same options.
	mkdir -p build/release
	cp -a "$built/settings" "$built/pic" build
	cp -a "$built/release/lib" "$built/release/patterns" build/release
	option() { sed -n "s/.* $1=\(.*\) $2=.*/\1/p" "$built/settings"; }
	export DEB_CFLAGS_SET="$(option CFLAGS LDFLAGS)" DEB_LDFLAGS_SET="$(option LDFLAGS ALLOC)" DEB_CPPFLAGS_SET= \
		DEB_BUILD_OPTIONS='nocheck noautodbgsym'
	[ "$(dpkg-parsechangelog -S Version)" = "$version-1" ] || fail "debian/changelog has version $version-1"
	does 'dpkg-buildpackage' dpkg-buildpackage -us -uc -b -nc -d
	soname=$(readelf -d "$built/libleat.so" | sed -n 's/.*SONAME.*\[libleat\.so\.\(.*\)\]/\1/p')
	for name in "libleat$soname" libleat-dev libleat-doc; do
		[ -e "$(echo ../${name}_$version-1_*.deb)" ] || fail "there is a package $name"
	done
	checks=$((checks + 1))
	if has lintian; then
		# It would start man for each of the pages, which mandoc looks at faster.
		does 'lintian finds no error' lintian --allow-root --dont-check-part documentation/manual --fail-on error ../*.changes
		checks=$((checks + 1))
	fi
fi
echo "$checks checks"
