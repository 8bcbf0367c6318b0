#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# make.sh - the Makefile, in a project with two small sources. A tree has the objects of one compiler and one allocator.
# Folders may have spaces and quotes in their names. uninstall leaves nothing. `make help` names all variables.
# bench-peers and others look for what they need before they build. bench-peers builds Go's program without asking git.
. "$(dirname "$0")/begin"
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS PREFIX DESTDIR ALLOC BUILD DIR
project="$dir/a project"

passed() { checks=$((checks + 1)); }

# makes ARGUMENT... - make does this without an error. Its words go to $dir/said.
makes() {
	make -C "$project" "$@" >"$dir/said" 2>&1 || fail "make $*"
	passed
}

# refuses WORDS ARGUMENT... - make fails and says these words.
refuses() {
	words=$1
	shift
	! make -C "$project" "$@" >"$dir/said" 2>&1 || fail "make $* fails"
	grep -q -e "$words" "$dir/said" || fail "make $* says: $words"
	passed
}

mkdir -p "$project/lib/insight/tools" "$project/patterns" "$project/docs/examples" "$project/bench/peers/go" \
	"$project/bench/programs/driver"
cp -R Makefile include CHANGELOG.md "$project"
cp -R lib/leat.map lib/leat.pc.in lib/cmake lib/man "$project/lib"
cp docs/examples/README.md "$project/docs/examples"
cp lib/insight/tools/leat-top.1 "$project/lib/insight/tools"
echo 'int main(void) { return 0; }' >"$project/lib/insight/tools/leat-top.c"
: >"$project/lib/insight/leat-gdb.py"
cp bench/peers/run bench/peers/tools.sh "$project/bench/peers"
cp bench/programs/driver/run "$project/bench/programs/driver"
cat >"$project/lib/first.c" <<'END'
#ifdef LEAT_JEMALLOC
int leat_first_of_jemalloc;
#else
int leat_first_of_libc;
#endif
END
sed 's/first/second/' "$project/lib/first.c" >"$project/patterns/second.c"
cat >"$project/docs/examples/wordfreq.c" <<'END'
#include <stdio.h>
int main(int argc, char **argv) { return printf("%d: %s\n", argc, argv[1]) < 0; }
END

# ------------------------------------------------------------------------------------------------------ settings

# compiled NUMBER ARGUMENT... - make lib compiles so many objects, of which the libraries have six.
compiled() {
	number=$1
	shift
	makes lib "$@"
	[ "$(grep -c '\.o$' "$dir/said")" -eq "$number" ] || fail "make lib $* compiles $number objects"
}

# all_of ALLOC - both objects of the release are made for this allocator.
all_of() {
	nm "$project/build/libleat.a" | sed -n 's/.*_of_//p' | sort | uniq -c | xargs >"$dir/said"
	[ "$(cat "$dir/said")" = "2 $1" ] || fail "all objects are for $1"
	passed
}

# A pkg-config that has jemalloc, which is an empty library here.
mkdir "$dir/bin"
printf '#!/bin/sh\ncase $* in *--libs*) echo "-DFOUND" ;; esac\n' >"$dir/bin/pkg-config"
chmod +x "$dir/bin/pkg-config"
PATH=$dir/bin:$PATH

compiled 4 ALLOC=libc
all_of libc
compiled 0 ALLOC=libc
compiled 4 ALLOC=jemalloc
all_of jemalloc
makes ALLOC=jemalloc
grep -q 'on the malloc of jemalloc$' "$dir/said" || fail 'make says on which malloc its programs are'
makes
grep -q 'on the malloc of libc$' "$dir/said" || fail 'the malloc of libc is the default'
all_of libc
compiled 4 ALLOC=libc CFLAGS=-O1
compiled 4 ALLOC=libc CFLAGS=-O1 CC="$CC -DX=\"'a b'\""
compiled 0 ALLOC=libc CFLAGS=-O1 CC="$CC -DX=\"'a b'\""
refuses 'ALLOC is libc or jemalloc' lib ALLOC=foo
refuses 'BUILD is one word' lib BUILD='a b'

# ------------------------------------------------------------------------------------------------------- folders

makes demo ALLOC=libc DIR="it's a folder"
grep -q "^2: it's a folder$" "$dir/said" || fail 'demo reads a folder with a space'

# files - what is installed
files() { (cd "$dir/stage it's" && find . ! -type d | sort); }

set -- ALLOC=libc DESTDIR="$dir/stage it's" PREFIX="/o'pt/of leat"
makes install "$@"
files >"$dir/said"
grep -qx "./o'pt/of leat/lib/pkgconfig/leat.pc" "$dir/said" || fail 'leat.pc is installed'
[ "$(grep -vc /share/man/ "$dir/said")" -eq $(($(find include lib/cmake -type f | wc -l) + 7)) ] || fail 'no other file is installed'
grep -Fqx "prefix=/o'pt/of leat" "$dir/stage it's/o'pt/of leat/lib/pkgconfig/leat.pc" || fail 'leat.pc has the prefix'
if command -v python3 >/dev/null; then
	for page in man1/leat-top.1 man3/leat_send.3 man3/LEAT_NOW.3 man7/leat.7 man7/leat-send.7; do
		grep -qx "./o'pt/of leat/share/man/$page" "$dir/said" || fail "$page is installed"
	done
fi
touch "$dir/stage it's/o'pt/of leat/include/leat/of_an_older_version.h" "$dir/stage it's/o'pt/of leat/lib/another"
makes uninstall "$@"
files >"$dir/said"
[ "$(cat "$dir/said")" = "./o'pt/of leat/lib/another" ] || fail 'uninstall leaves the file of another, and nothing else'
rm "$dir/stage it's/o'pt/of leat/lib/another"
makes install "$@"
makes uninstall "$@"
[ ! -e "$dir/stage it's/o'pt" ] || fail 'uninstall leaves no folder'
mkdir -p "$project/build/docs/guide"
touch "$project/build/docs/index.html" "$project/build/docs/guide/index.html"
makes install "$@"
[ -e "$dir/stage it's/o'pt/of leat/share/doc/leat/html/guide/index.html" ] || fail 'the documentation is installed if it was made'
makes uninstall "$@"
[ ! -e "$dir/stage it's/o'pt" ] || fail 'uninstall leaves no folder of the documentation'
makes install "$@" PYTHON=
grep -q 'no man page is$' "$dir/said" || fail 'install says that there are no man pages'
! files | grep -q /man/ || fail 'without python3 no page is installed'
makes uninstall "$@"

# gdb loads the script of a library in /usr by itself.
makes install ALLOC=libc DESTDIR="$dir/stage it's" PREFIX=/usr
[ -e "$dir/stage it's/usr/share/gdb/auto-load/usr/lib/$(cd "$dir/stage it's/usr/lib" && ls libleat.so.*.*.*)-gdb.py" ] ||
	fail "gdb's commands are where gdb looks for them"
makes uninstall DESTDIR="$dir/stage it's" PREFIX=/usr
[ ! -e "$dir/stage it's/usr" ] || fail 'uninstall leaves no folder in /usr'

# A program with a prefix that has a space is built with pkg-config's words.
rm "$dir/bin/pkg-config"
if command -v pkg-config >/dev/null; then
	makes install ALLOC=libc PREFIX="$dir/pre fix"
	echo 'extern int leat_first_of_libc; int main(void) { return leat_first_of_libc; }' >"$dir/main.c"
	export PKG_CONFIG_PATH="$dir/pre fix/lib/pkgconfig"
	eval "$CC" '"$dir/main.c"' "$(pkg-config --cflags --libs leat)" '-o "$dir/main"' >"$dir/said" 2>&1 ||
		fail 'a program is built with what pkg-config says'
	LD_LIBRARY_PATH="$dir/pre fix/lib" "$dir/main" || fail 'a program with the installed library runs'
	passed
else
	echo 'pkg-config is not installed: leat.pc is only looked at'
fi

# ---------------------------------------------------------------------------------------------------------- help

makes help
for name in $(sed -n 's/^\([A-Z_]*\) ?=.*/\1/p' Makefile) CC CFLAGS ALLOC TESTS CONFIGS CAPACITIES SCRIPTS JOBS LIMIT; do
	grep -q "^$name = " "$dir/said" || fail "make help names $name"
	passed
done

# --------------------------------------------------------------------------------------------------- bench-peers

# peers - make bench-peers, where only these commands exist. make and go only note how they are called.
mkdir "$dir/few"
for name in sh cat basename dirname mkdir rm cut tr sed head ls id getconf; do
	! command -v $name >/dev/null || ln -s "$(command -v $name)" "$dir/few/$name"
done
printf '#!/bin/sh\necho "make $*" >>"%s/calls"\n' "$dir" >"$dir/few/make"
printf '#!/bin/sh\necho "go $*" >>"%s/calls"\n' "$dir" >"$dir/few/go"
chmod +x "$dir/few/make" "$dir/few/go"
peers() { (cd "$project" && MAKE=make PATH=$dir/few bench/peers/run) >"$dir/said" 2>&1; }

: >"$dir/calls"
! peers || fail 'bench-peers needs python3'
grep -q 'python3 is needed' "$dir/said" || fail 'it says so'
for run in bench/peers/run bench/programs/driver/run; do
	for samples in 3 many; do
		! (cd "$project" && MAKE=make PATH=$dir/few REPEAT=$samples $run) >"$dir/said" 2>&1 ||
			fail "$run needs more samples"
		grep -q "REPEAT=$samples" "$dir/said" || fail "$run says so"
	done
	passed
done
[ ! -s "$dir/calls" ] || { cat "$dir/calls"; fail 'it builds nothing before it says so'; }
printf '#!/bin/sh\n' >"$dir/few/python3"
chmod +x "$dir/few/python3"
peers || fail 'bench-peers with python3'
grep -q '^go build .*-buildvcs=false' "$dir/calls" || { cat "$dir/calls"; fail "Go asks git for nothing"; }
passed

# A target that builds for long first checks that the programs it needs exist.
make=$(command -v make)
for target in helgrind memcheck planted coverage; do
	! PATH=$dir/few "$make" -C "$project" $target >"$dir/said" 2>&1 || fail "make $target needs a program"
	grep -q 'is not installed$' "$dir/said" || fail "make $target says what is not installed"
	! grep -q '\.o$' "$dir/said" || fail "make $target builds nothing before that"
	passed
done

echo "$checks checks"
