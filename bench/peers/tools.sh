# SPDX-License-Identifier: 0BSD
#
# tools.sh - what the scripts behind bench-peers and bench-programs share: packages, and notes for the report. They
# source it. Before that they set $target, the name that messages begin with, and $about, the file for the notes.
crates=/usr/share/cargo/registry # the crates of Debian, so that cargo needs no network
export DEBIAN_FRONTEND=noninteractive

say() { echo "$target: $*" >&2; }

# needs_samples LEAST - end if REPEAT asks for fewer: a median of them says little. So nothing is built in vain.
needs_samples() {
	[ "${REPEAT:-$1}" -ge "$1" ] 2>/dev/null || { say "REPEAT=$REPEAT: it must be $1 or more"; exit 1; }
}

# tell TEXT - add a line "key: value" about the peers to the report
tell() { echo "$*" >>"$about"; }

left_out() {
	say "left out: $*"
	tell "left out: $*"
}

has() { command -v "$1" >/dev/null; }

has_crate() { ls -d "$crates/$1"-[0-9]* >/dev/null 2>&1; }

has_header() { echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1; }

has_tbb() { has g++ && echo '#include <tbb/task_group.h>' | g++ -x c++ -fsyntax-only - 2>/dev/null; }

# install PACKAGE... - one by one, because a system that lacks one of them may have the others
install() {
	[ $# -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
		say "these Debian packages are missing, and only root can install them: $*"
		return 0
	fi
	say "installs $*"
	apt-get update -q >&2
	for package; do
		apt-get install -q -y --no-install-recommends "$package" >&2 || say "could not install $package"
	done
}

# build_crates FOLDER - build the package there in release mode
build_crates() {
	mkdir -p "$1/.cargo"
	rm -f "$1/Cargo.lock" # it may be from another version of cargo
	printf '[source.crates-io]\nreplace-with = "debian"\n\n[source.debian]\ndirectory = "%s"\n' $crates \
		>"$1/.cargo/config.toml"
	(cd "$1" && CARGO_TARGET_DIR=target cargo build --release --offline) >&2
}
