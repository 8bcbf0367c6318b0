#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# packages.sh - a small program finds leat by pkg-config and CMake after make install, and as a part of a CMake project
# and of a Meson project. So does a program of leat-nats, where libnats is. make, CMake and Meson install the same
# headers and libraries. make dist gives the same bytes again. Debian's packages are built.
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

cat >"$dir/sink.c" <<'END'
#include <leat/nats.h>
#include <stdio.h>
int main(void)
{
	leat_nats_plan plan = { .stream = "numbers" };
	int refused = leat_nats_sink(LEAT_NIL, leat_ended(0), NULL, &plan) == EINVAL;
	return printf("%s %d\n", LEAT_VERSION, refused ? 6 : 0) < 0;
}
END

# ---------------------------------------------------------------------------------------------------- make install

stage=$dir/stage
machine=$($CC -print-multiarch 2>/dev/null) || machine=
libdir=lib${machine:+/$machine}
libraries=$stage/usr/$libdir
does 'make install' make install BUILD="$BUILD" DESTDIR="$stage" PREFIX=/usr LIBDIR="/usr/$libdir"
export LD_LIBRARY_PATH="$libraries"

# with_pkg_config NAME PACKAGE
with_pkg_config() {
	flags=$(PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage pkg-config --cflags --libs "$2")
	does "a program is compiled with $flags" $CC "$dir/$1.c" $flags -o "$dir/$1"
	works "$dir/$1" "a program works that was built with pkg-config $2"
}

nats=
[ ! -e "$stage/usr/include/leat/nats.h" ] || nats=yes
[ -n "$nats" ] || echo 'left out: leat-nats, because libnats is not installed'
if has pkg-config; then
	with_pkg_config sum leat
	[ -z "$nats" ] || with_pkg_config sink leat-nats
fi

# same_as_make NAME TREE - what is installed there is what make has installed, but for the tools and the man pages.
same_as_make() {
	for tree in "$stage" "$2"; do
		(cd "$tree/usr" && find include lib ! -type d ! -name '*-gdb.py' | sort)
	done | sort | uniq -u >"$dir/said"
	[ ! -s "$dir/said" ] || fail "make and $1 install the same headers and libraries"
	checks=$((checks + 1))
}

# ----------------------------------------------------------------------------------------------------------- cmake

# with_cmake NAME OPTION... - build the project of this name, with the lines on stdin after its first two.
with_cmake() {
	name=$1
	shift
	mkdir "$dir/$name"
	{ printf 'cmake_minimum_required(VERSION 3.16)\nproject(sum C)\n'; cat; } >"$dir/$name/CMakeLists.txt"
	cp "$dir/sum.c" "$dir/sink.c" "$dir/$name"
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
if("$nats")
  find_package(leat CONFIG REQUIRED COMPONENTS nats)
  foreach(kind nats nats_static)
    add_executable(with_\${kind} sink.c)
    target_link_libraries(with_\${kind} PRIVATE leat::\${kind})
  endforeach()
endif()
find_package(leat CONFIG QUIET COMPONENTS others)
if(leat_FOUND)
  message(FATAL_ERROR "leat is found with a component that it does not have")
endif()
find_package(leat 99 CONFIG QUIET)
if(leat_FOUND)
  message(FATAL_ERROR "leat of another version is found")
endif()
END
	works "$dir/found/made/with_leat" 'find_package finds the shared library'
	works "$dir/found/made/with_static" 'find_package finds the static library'

	for kind in ${nats:+nats nats_static}; do
		works "$dir/found/made/with_$kind" "find_package finds leat::$kind"
	done

	with_cmake fetched $few_units -DLEAT_INSTALL=ON -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR="$libdir" <<END
include(FetchContent)
FetchContent_Declare(leat SOURCE_DIR "$source")
FetchContent_MakeAvailable(leat)
add_executable(fetched sum.c)
target_link_libraries(fetched PRIVATE leat::leat)
if(TARGET leat::nats)
  add_executable(sink sink.c)
  target_link_libraries(sink PRIVATE leat::nats)
endif()
END
	works "$dir/fetched/made/fetched" 'leat is a part of a CMake project'
	[ -z "$nats" ] || works "$dir/fetched/made/sink" 'leat-nats is a part of a CMake project'

	does 'cmake builds all libraries' cmake --build "$dir/fetched/made" --target leat_shared leat_static \
		${nats:+leat_nats_shared leat_nats_static}
	does 'cmake installs' env DESTDIR="$dir/fetched/stage" cmake --install "$dir/fetched/made"
	same_as_make cmake "$dir/fetched/stage"
fi

# ----------------------------------------------------------------------------------------------------------- meson

if has meson ninja; then
	mkdir -p "$dir/meson/subprojects"
	ln -s "$source" "$dir/meson/subprojects/leat"
	cp "$dir/sum.c" "$dir/sink.c" "$dir/meson"
	cat >"$dir/meson/meson.build" <<END
project('sum', 'c')
executable('sum', 'sum.c', dependencies: dependency('leat', version: '>=$version'))
${nats:+executable('sink', 'sink.c', dependencies: dependency('leat-nats', fallback: 'leat'))}
END
	does 'meson configures a project' meson setup "$dir/meson/made" "$dir/meson" --prefix=/usr --libdir="$libdir" \
		--unity=on -Dunity_size=100 --buildtype=plain -Dc_args="$compile"
	does 'meson builds it' ninja -C "$dir/meson/made"
	works "$dir/meson/made/sum" 'leat is a part of a Meson project'
	[ -z "$nats" ] || works "$dir/meson/made/sink" 'leat-nats is a part of a Meson project'

	does 'meson installs' meson install -C "$dir/meson/made" --no-rebuild --destdir "$dir/meson/stage"
	same_as_make meson "$dir/meson/stage"
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
