# leat: build, test, demo, bench, single, install. `make help` lists the targets.

# ---- yours to set -------------------------------------------------------------------------------------------
# `make help` prints these variables, with their defaults and the comments above them.

## the compiler, its options, and those of the linker
CC ?= cc
CFLAGS ?= -O2 -g
LDFLAGS ?=
## where to install; DESTDIR is put in front of PREFIX, for packages
PREFIX ?= /usr/local
DESTDIR ?=
## install: the folder of the libraries. Debian's is /usr/lib/x86_64-linux-gnu, Fedora's /usr/lib64
LIBDIR ?= $(PREFIX)/lib
## install: where the man pages go
MANDIR ?= $(PREFIX)/share/man
## install: where the documentation goes, if make docs was run
DOCDIR ?= $(PREFIX)/share/doc/leat
## install: where gdb looks for the scripts of libraries. It loads those beside a library only if its user trusts them
GDB_SCRIPTS ?= $(if $(filter /usr,$(PREFIX)),/usr/share/gdb/auto-load)
## the malloc of the programs that are made here: libc or jemalloc. The libraries use that of the program they are in
ALLOC ?= libc
## the folder for everything that is made; its name has no spaces
BUILD ?= build
## 1 shows the commands
V ?= 0
## single: the patterns to include besides the core
PATTERNS ?=
## demo: the folder to read
DIR ?= /usr/include
## test: the tests, each named NAME or SUBJECT/NAME; none: all
TESTS ?=
## test: the scripts to run besides
SCRIPTS ?= test/scripts/*.sh
## test: the builds (also shake); one-core is the release on one core
CONFIGS ?= release asan tsan one-core
## test: the capacities of the channels; asan and tsan take one or two of them, one-core the first
CAPACITIES ?= 0 1 3 1000
## test, planted, ...: how many tests run at once; empty: as many as there are processors
JOBS ?=
## test (else 120), planted (else 20), helgrind, memcheck (else 300): the seconds of a test, more on a busy machine
LIMIT ?=
## schedules: how many for each scenario
SCHEDULES ?= 100000
## shake: the seeds of its random pauses
SEEDS ?= 1 2 3
## histories: how many in each build
COUNT ?= 1000000
## histories, soak (else 10), fuzz (else 1): how long to go on
MINUTES ?=
## helgrind, memcheck: the tests to watch; the Makefile says which are too slow there
WATCHED ?= $(USUALLY_WATCHED)
CHECKED ?= $(USUALLY_CHECKED)
## bench-peers (else 5), bench-programs (else 7): the samples of each peer, so many or more; bench-nats (else 7): its rounds
REPEAT ?=
## bench-peers: the seconds of a sample
TARGET ?= 0.05
## bench-peers, bench-programs: words; only cells or works whose name contains one of them are measured; none: all.
## bench-nats: such as 100/4096
WORKS ?=

# ---- what we need -------------------------------------------------------------------------------------------

VERSION := $(shell sed -n 's/^\#define LEAT_VERSION "\(.*\)"/\1/p' include/leat.h)
# The number in the name by which a program finds libleat.so: 0.2 for 0.2.0, because until 1.0 each minor version may
# change what lies on the stacks of programs. From 1.0 on it is the major version.
VERSION_PARTS := $(subst ., ,$(VERSION))
SOVERSION := $(patsubst 0,0.$(word 2,$(VERSION_PARTS)),$(firstword $(VERSION_PARTS)))
WARNINGS := -std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror
ALL_CFLAGS = $(WARNINGS) -pthread -Iinclude -MMD -MP $(CFLAGS)

# quoted TEXT - the text as one word of a command
quoted = '$(subst ','\'',$(1))'

ifneq ($(words $(BUILD)),1)
  $(error BUILD is one word, because make takes a space as the end of a name. It is "$(BUILD)")
endif
ifeq ($(filter $(ALLOC),jemalloc libc),)
  $(error ALLOC is libc or jemalloc. It is "$(ALLOC)")
endif
ifeq ($(ALLOC),jemalloc)
  ALLOC_CFLAGS := -DLEAT_JEMALLOC $(shell pkg-config --cflags jemalloc 2>/dev/null)
  ALLOC_LIBS := $(or $(shell pkg-config --libs jemalloc 2>/dev/null),-ljemalloc)
endif

# lib/insight/tools/ has programs.
SOURCES := $(wildcard lib/*.c lib/insight/*.c patterns/*.c)
# Each test program is one file, test/SUBJECT/NAME.c.
ALL_TESTS := $(patsubst test/%.c,%,$(wildcard test/*/*.c))
CHOSEN_TESTS = $(call with_subject,$(or $(TESTS),$(ALL_TESTS)))
# An example that needs another library has the line " * Package: libuv", with the name for pkg-config. It is made if
# pkg-config finds the library. PACKAGED are words like loop_uv:libuv.
PACKAGED := $(shell grep -H '^ \* Package: ' docs/examples/*.c | sed 's|^docs/examples/\(.*\)\.c: \* Package: |\1:|')
example_of = $(firstword $(subst :, ,$(1)))
package_of = $(lastword $(subst :, ,$(1)))
UNPACKAGED := $(foreach pair,$(PACKAGED),$(shell pkg-config --exists $(call package_of,$(pair)) || echo $(call example_of,$(pair))))
EXAMPLES := $(filter-out $(UNPACKAGED),$(patsubst docs/examples/%.c,%,$(wildcard docs/examples/*.c)))
# examples_of CONFIGURATION - the programs of all examples
examples_of = $(EXAMPLES:%=$(BUILD)/$(1)/bin/docs/examples/%)
PROGRAM_SOURCES := $(wildcard test/*/*.c test/*/*/*.c docs/examples/*.c docs/examples/races/*.c \
	bench/programs/*.c nats/*/*.c)
BENCH := $(BUILD)/bench/leat-bench
TOP := $(BUILD)/leat-top

# A configuration has an object tree of its own. release and pic are for the libraries. These are for tests, on libc's
# malloc: asan, tsan and msan (sanitizers), memcheck and valgrind (for its checkers), shake (random pauses), schedule
# (one thread at a time, which the test chooses), coverage (gcov) and fuzz (libFuzzer).
release_FLAGS = $(ALLOC_CFLAGS)
pic_FLAGS = -fPIC -fvisibility=default
asan_FLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
tsan_FLAGS = -O1 -g -fsanitize=thread
msan_FLAGS = -O1 -g -fsanitize=memory -fsanitize-memory-track-origins -fno-omit-frame-pointer
shake_FLAGS = -DLEAT_SHAKE
shake_OBJECTS = $(BUILD)/shake/test/trust/shake/shake.o
memcheck_FLAGS = -O1 -g -DLEAT_NO_SPARES
schedule_FLAGS = -DLEAT_SCHEDULE
weak_FLAGS = -O3 -g -DLEAT_SCHEDULE
valgrind_FLAGS = -O1 -g -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE= -include test/tools/valgrind/atomics.h
coverage_FLAGS = -O0 --coverage -fprofile-update=atomic -DLEAT_COVERAGE -Wl,--wrap=_exit
coverage_OBJECTS = $(BUILD)/coverage/test/tools/gcov/exit.o
fuzz_FLAGS = -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DLEAT_LIBFUZZER
release_LIBS = $(ALLOC_LIBS)
# The programs of make test are compiled fast, because they are small and run once. The library in them is as above.
$(ALL_TESTS:%=$(BUILD)/release/test/%.o): release_FLAGS += -O0 -g1
$(ALL_TESTS:%=$(BUILD)/asan/test/%.o): asan_FLAGS += -O0 -g1 -fno-sanitize=undefined
$(ALL_TESTS:%=$(BUILD)/tsan/test/%.o): tsan_FLAGS += -O0 -g1
$(EXAMPLES:%=$(BUILD)/asan/docs/examples/%.o): asan_FLAGS += -O0 -g1
$(EXAMPLES:%=$(BUILD)/tsan/docs/examples/%.o): tsan_FLAGS += -O0 -g1

# Print what is made, not the commands, unless V is 1.
say_0 = @echo '  $(1)';
say = $(say_$(V))

objects = $(SOURCES:%.c=$(BUILD)/$(1)/%.o)

# ---- build --------------------------------------------------------------------------------------------------

# What test/run and other programs read from the environment.
export JOBS LIMIT

.PHONY: always all lib nats examples test test-nats demo-nats bench-nats model schedules forks weak histories planted shake soak figures fuzz fuzz-corpus coverage \
	analyze races helgrind memcheck msan portable portable-aarch64 trust demo bench bench-peers bench-programs abi abi-store single man pictures docs dist install uninstall \
	clean help
.DELETE_ON_ERROR:

all: lib nats examples $(TOP) ## build the libraries, the examples and leat-top (the default)
	@echo "built $(BUILD)/libleat.a and $(BUILD)/libleat.so, version $(VERSION), with $(CC); the programs are on the malloc of $(ALLOC)"

lib: $(BUILD)/libleat.a $(BUILD)/libleat.so

# All objects depend on this file. It is written again when one of these settings changes, so that a tree never mixes the
# objects of two compilers or two allocators.
SETTINGS = CC=$(CC) CFLAGS=$(CFLAGS) LDFLAGS=$(LDFLAGS) ALLOC=$(ALLOC) $(ALLOC_CFLAGS) $(ALLOC_LIBS)

ifneq ($(strip $(SETTINGS)),$(strip $(shell cat $(BUILD)/settings 2>/dev/null)))
$(BUILD)/settings: always
endif
$(BUILD)/settings:
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(SETTINGS)) >$@

$(BUILD)/libleat.a: $(BUILD)/release/libleat.a
	$(call say,$@)cp $< $@

$(BUILD)/libleat.so: $(call objects,pic) lib/leat.map
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-z,nodelete -Wl,-soname,libleat.so.$(SOVERSION) -Wl,--version-script=lib/leat.map \
		-o $@ $(call objects,pic)
	@ln -sf libleat.so $@.$(SOVERSION)

# This is made anew each time, because it depends on PREFIX. rm also removes the file of another user, such as root.
$(BUILD)/leat.pc: lib always
	@rm -f $@
	@sed -e $(call quoted,s|@PREFIX@|$(PREFIX)|) -e $(call quoted,s|@LIBDIR@|$(subst $(PREFIX)/,$${prefix}/,$(LIBDIR))|) \
		-e 's|@VERSION@|$(VERSION)|' lib/leat.pc.in >$@

define configuration
$$(BUILD)/$(1)/%.o: %.c $$(BUILD)/settings
	@mkdir -p $$(@D)
	$$(call say,$$@)$$(CC) $$(ALL_CFLAGS) $$($(1)_FLAGS) -c $$< -o $$@

$$(BUILD)/$(1)/libleat.a: $$(call objects,$(1)) $$($(1)_OBJECTS)
	@rm -f $$@
	$$(call say,$$@)ar rcs $$@ $$^

$$(BUILD)/$(1)/bin/%: $$(BUILD)/$(1)/%.o $$(BUILD)/$(1)/libleat.a
	@mkdir -p $$(@D)
	$$(call say,$$@)$$(CC) $$(CFLAGS) $$($(1)_FLAGS) $$(LDFLAGS) -pthread -o $$@ $$^ $$(PACKAGE_LIBS) $$($(1)_LIBS) \
		$$(if $$(filter faults%,$$(notdir $$@)),$$(FAULTS))

# Keep the objects of programs. Without names, .SECONDARY would also apply to the settings.
.SECONDARY: $$(PROGRAM_SOURCES:%.c=$$(BUILD)/$(1)/%.o)

-include $$(wildcard $$(addprefix $$(BUILD)/$(1)/,*/*.d */*/*.d */*/*/*.d */*/*/*/*.d))
endef
CONFIGURATIONS := release pic asan tsan msan memcheck shake schedule weak valgrind coverage fuzz
$(foreach config,$(CONFIGURATIONS),$(eval $(call configuration,$(config))))

define packaged
$$(BUILD)/%/docs/examples/$(call example_of,$(1)).o: private ALL_CFLAGS += \
	$$(patsubst -I%,-isystem %,$$(shell pkg-config --cflags $(call package_of,$(1))))
$$(BUILD)/%/bin/docs/examples/$(call example_of,$(1)): private PACKAGE_LIBS = \
	$$(shell pkg-config --libs $(call package_of,$(1)))
endef
$(foreach pair,$(PACKAGED),$(eval $(call packaged,$(pair))))

# It has no part of the library, so it does not matter which version the program that it shows was built with.
$(TOP): $(BUILD)/release/lib/insight/tools/leat-top.o
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<

examples: $(call examples_of,release)

# ---- nats ---------------------------------------------------------------------------------------------------

# libleat-nats is a library of its own, on top of leat and libnats. leat does not know of it.
HAS_NATS = { pkg-config --exists libnats || printf '\043include <nats/nats.h>\n' | $(CC) -E -; } >/dev/null 2>&1
NATS := $(if $(wildcard nats/*.c),$(shell $(HAS_NATS) && echo libnats))
NATS_CFLAGS = -Inats/include $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libnats 2>/dev/null))
NATS_LIBS = $(or $(shell pkg-config --libs libnats 2>/dev/null),-lnats)
nats_objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(wildcard nats/*.c))
nats_programs = $(patsubst %.c,$(BUILD)/$(1)/bin/%,$(wildcard nats/$(2)/*.c))

nats: $(if $(NATS),$(BUILD)/libleat-nats.a $(BUILD)/libleat-nats.so) ## build build/libleat-nats.a and .so, where libnats is (package: libnats-dev)
	@$(if $(NATS),:,echo 'left out: libleat-nats, because libnats is not installed')

# Each function in nats/test/inject.h is LOCAL, REMOTE or LASTING, besides these two.
NATS_FAULTS = -Wl,--wrap=calloc -Wl,--wrap=strdup \
	$(shell sed -n 's/^\(LOCAL\|REMOTE\|LASTING\).\([a-zA-Z_]*\),.*/-Wl,--wrap=\2/p' nats/test/inject.h)

define nats_configuration
$$(BUILD)/$(1)/nats/%.o: private ALL_CFLAGS += $$(NATS_CFLAGS)

$$(BUILD)/$(1)/libleat-nats.a: $$(call nats_objects,$(1))
	@rm -f $$@
	$$(call say,$$@)ar rcs $$@ $$^

$$(BUILD)/$(1)/bin/nats/%: $$(BUILD)/$(1)/nats/%.o $$(BUILD)/$(1)/libleat-nats.a $$(BUILD)/$(1)/libleat.a
	@mkdir -p $$(@D)
	$$(call say,$$@)$$(CC) $$(CFLAGS) $$($(1)_FLAGS) $$(LDFLAGS) -pthread -o $$@ $$^ $$(NATS_LIBS) $$($(1)_LIBS) \
		$$(if $$(filter faults%,$$(notdir $$@)),$$(FAULTS) $$(NATS_FAULTS))
endef
$(foreach config,release pic asan tsan,$(eval $(call nats_configuration,$(config))))

$(BUILD)/libleat-nats.a: $(BUILD)/release/libleat-nats.a
	$(call say,$@)cp $< $@

$(BUILD)/libleat-nats.so: $(call nats_objects,pic) nats/leat-nats.map $(BUILD)/libleat.so
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-z,nodelete -Wl,-soname,libleat-nats.so.$(SOVERSION) \
		-Wl,--version-script=nats/leat-nats.map -o $@ $(call nats_objects,pic) $(BUILD)/libleat.so $(NATS_LIBS)
	@ln -sf libleat-nats.so $@.$(SOVERSION)

$(BUILD)/leat-nats.pc: nats always
	@rm -f $@
	@sed -e $(call quoted,s|@PREFIX@|$(PREFIX)|) -e $(call quoted,s|@LIBDIR@|$(subst $(PREFIX)/,$${prefix}/,$(LIBDIR))|) \
		-e 's|@VERSION@|$(VERSION)|' nats/leat-nats.pc.in >$@

DEMO_NATS = $(call nats_programs,release,demo) $(BUILD)/release/bin/docs/examples/wordfreq

test-nats: $(if $(NATS),$(foreach config,$(filter release asan tsan,$(CONFIGS)),$(call nats_programs,$(config),test)) $(DEMO_NATS)) ## run the tests of libleat-nats (packages: libnats-dev nats-server)
	@$(if $(NATS),BUILD='$(BUILD)' CONFIGS='$(filter release asan tsan,$(CONFIGS))' nats/test/run,echo 'left out: libnats is not installed')

demo-nats: $(if $(NATS),$(call nats_programs,release,demo)) ## count the words of the files under DIR in several processes (packages: libnats-dev nats-server)
	@$(if $(NATS),BUILD='$(BUILD)' nats/demo/run $(call quoted,$(DIR)),echo 'left out: libnats is not installed')

bench-nats: $(if $(NATS),$(call nats_programs,release,bench)) ## compare the throughput of libleat-nats with those of libnats and nats.go (packages: libnats-dev nats-server)
	@$(if $(NATS),BUILD='$(BUILD)' REPEAT='$(REPEAT)' WORKS='$(WORKS)' nats/bench/run,echo 'left out: libnats is not installed')

# ---- test ---------------------------------------------------------------------------------------------------

# These calls come to test/faults/faults.h, so that allocations and thread starts fail, waits end early or late, and the
# clock jumps.
FAULTS := -Wl,--wrap=leati_alloc -Wl,--wrap=malloc -Wl,--wrap=pthread_create \
	-Wl,--wrap=pthread_cond_wait -Wl,--wrap=pthread_cond_timedwait -Wl,--wrap=clock_gettime
%/faults_system: FAULTS += -Wl,--wrap=pipe -Wl,--wrap=strdup -Wl,--wrap=fopen -Wl,--wrap=pthread_atfork \
	-Wl,--wrap=pthread_attr_init -Wl,--wrap=pthread_condattr_setclock -Wl,--wrap=pthread_setspecific
%/faults_errno: FAULTS += -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_unlock -Wl,--wrap=pthread_cond_signal \
	-Wl,--wrap=pthread_setcancelstate -Wl,--wrap=sched_yield -Wl,--wrap=nanosleep -Wl,--wrap=free
# A statically linked thread sanitizer (clang) calls these functions itself, before it is ready. So this file is built
# without it.
%/tsan/test/faults/faults_system.o: tsan_FLAGS = -O1 -g

# with_subject NAMES - each NAME as SUBJECT/NAME. A name in conformance/ must have its subject already, because some of
# them exist elsewhere too.
with_subject = $(foreach name,$(1),$(or $(filter %/$(name),$(filter-out conformance/%,$(ALL_TESTS))),$(name)))
# programs_of NAMES,CONFIGURATION - the programs of these tests
programs_of = $(patsubst %,$(BUILD)/$(2)/bin/test/%,$(call with_subject,$(1)))

builds = $(sort $(patsubst one-core,release,$(CONFIGS)))
programs = $(foreach config,$(builds),$(call programs_of,$(CHOSEN_TESTS) trust/soak/soak,$(config)))
# Scripts that say so run examples under the sanitizers too.
sanitized = $(if $(shell grep -ls 'CONFIG=asan or CONFIG=tsan' $(SCRIPTS) </dev/null),$(filter asan tsan,$(builds)))
replays = $(patsubst %,$(BUILD)/%/bin/test/trust/fuzz/fuzz,$(filter release asan,$(builds)))
hangs = $(patsubst %.c,$(BUILD)/release/bin/%,$(wildcard test/insight/*/*.c))
# They have races on purpose, so only the thread sanitizer's build is of use.
racing = $(patsubst %.c,$(BUILD)/tsan/bin/%,$(wildcard docs/examples/races/*.c))

test: lib single $(programs) $(replays) $(hangs) $(if $(filter tsan,$(builds)),$(racing)) examples $(foreach config,$(sanitized),$(call examples_of,$(config))) $(BENCH) $(TOP) ## run every test, plain and under sanitizers
	@CC='$(CC)' BUILD='$(BUILD)' CONFIGS='$(CONFIGS)' CAPACITIES='$(CAPACITIES)' SCRIPTS='$(SCRIPTS)' \
		test/run $(CHOSEN_TESTS)

# ---- trust --------------------------------------------------------------------------------------------------

# The command % must be there. This is the first prerequisite of a target that would otherwise build for minutes first.
has-%:
	@command -v $* >/dev/null || { echo "$* is not installed$(addprefix ; its package is ,$(package_with_$*))"; exit 1; }

package_with_dot := graphviz
package_with_cmark-gfm := cmark-gfm
package_with_mandoc := mandoc

model: ## check the model of the waiting protocol, in all orders of its steps (package: spin)
	@CC='$(CC)' BUILD='$(BUILD)' test/trust/model/run

# In schedules, one thread runs at a time. The library's calls of the system come to the test instead.
STEERED := pthread_mutex_lock pthread_mutex_unlock pthread_cond_wait pthread_cond_timedwait pthread_cond_signal \
	clock_gettime leati_random leati_alloc leati_free malloc calloc realloc free \
	leati_list_tasks leati_see_tasks
STEERED_BY := $(patsubst %,$(BUILD)/schedule/test/trust/schedule/%.o,schedule choose explore sequential)

$(BUILD)/schedule/patterns/%.o: schedule_FLAGS += -include test/trust/schedule/steps.h

$(BUILD)/schedule/schedules $(BUILD)/schedule/synchronisers: $(BUILD)/schedule/%: \
		$(BUILD)/schedule/test/trust/schedule/%.o $(STEERED_BY) $(BUILD)/schedule/libleat.a
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(STEERED:%=-Wl,--wrap=%)

SCHEDULED := $(BUILD)/schedule/schedules $(BUILD)/schedule/synchronisers

schedules: $(SCHEDULED) ## run small programs, each in SCHEDULES orders of the steps of their threads
	@test/trust/schedule/run schedules $(SCHEDULES) $^

# The same under a weak memory. gcc instruments the sources for its thread sanitizer, whose functions are the test's own.
INSTRUMENTED := -O1 -fsanitize=thread --param tsan-instrument-func-entry-exit=0 -include test/trust/weak/orders.h
$(BUILD)/weak/lib/%.o: weak_FLAGS += $(INSTRUMENTED)
$(BUILD)/weak/patterns/%.o: weak_FLAGS += $(INSTRUMENTED) -DSTEPS
$(BUILD)/weak/patterns/once.o: weak_FLAGS += -DONCE
$(BUILD)/weak/test/trust/weak/instrumented/%.o: weak_FLAGS += $(INSTRUMENTED) -DSTEPS

WEAK_MEMORY := $(patsubst %,$(BUILD)/weak/test/trust/weak/%.o,views atomics races tsan orders)
WEAK_STEERED := $(patsubst %,$(BUILD)/weak/test/trust/schedule/%.o,schedule choose explore) $(WEAK_MEMORY)
WEAK := $(patsubst %,$(BUILD)/weak/%,litmus scenarios schedules synchronisers)

$(BUILD)/weak/litmus: $(patsubst %,$(BUILD)/weak/test/trust/weak/%.o,litmus instrumented/litmus)
# It has the whole library, for the list of its memory orders, and threads that the library starts.
$(BUILD)/weak/scenarios: $(call objects,weak) $(patsubst %,$(BUILD)/weak/test/trust/weak/%.o,scenarios system \
	$(addprefix instrumented/,channels threads stages forkjoin objects))
$(BUILD)/weak/scenarios: private STEERED += pthread_create pthread_join pthread_detach pthread_self pthread_key_create \
	pthread_getspecific pthread_setspecific pthread_sigmask sched_yield
$(BUILD)/weak/schedules $(BUILD)/weak/synchronisers: $(BUILD)/weak/%: $(BUILD)/weak/test/trust/schedule/%.o
$(WEAK): $(WEAK_STEERED) $(BUILD)/weak/libleat.a
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -no-pie -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(STEERED:%=-Wl,--wrap=%)

# The compiler must instrument as gcc does.
INSTRUMENTS = $(CC) -Werror $(filter-out -include %/orders.h,$(INSTRUMENTED)) -x c -c -o /dev/null /dev/null 2>/dev/null

weak: ## run the small programs under a weak memory too, as C11 allows it (compiler: gcc 12 or later)
	@if $(INSTRUMENTS); then $(MAKE) -s $(WEAK) && BUILD='$(BUILD)' test/trust/weak/run $(SCHEDULES); else \
		echo "weak: skipped, because $(CC) does not have the -fsanitize=thread of gcc 12"; fi

planted: has-patch ## plant faults in copies of the library; the tests must catch each of them
	@test/trust/planted/run

shake: $(call programs_of,$(CHOSEN_TESTS),shake) ## run all test programs with random pauses between steps, for each of SEEDS
	@for seed in $(SEEDS); do echo "seed $$seed:"; LEAT_SHAKE_SEED=$$seed BUILD='$(BUILD)' CONFIGS=shake \
		CAPACITIES='$(CAPACITIES)' SCRIPTS= test/run $(CHOSEN_TESTS) || exit 1; done

# The calls of leat that change something of the whole process are steps too.
FORKS := $(BUILD)/shake/bin/test/trust/forks/forks
$(FORKS): LDFLAGS += $(patsubst %,-Xlinker --wrap=%,pthread_atfork pthread_key_create pthread_mutex_lock \
	pthread_mutex_unlock sigaction pipe)

forks: $(FORKS) ## fork at every step of a thread inside calls of leat; each child must be able to use leat
	$<

HISTORIES := $(BUILD)/release/bin/test/trust/history/random $(BUILD)/shake/bin/test/trust/history/random

histories: $(HISTORIES) ## check that random calls of a few threads are linearizable: COUNT times, or for MINUTES
	@set -e; for program in $^; do $$program $(if $(MINUTES),-m $(MINUTES),-n $(COUNT)); done

soak: $(BUILD)/release/bin/test/trust/soak/soak ## run random selects and closes for MINUTES; nothing may be lost
	$< -m $(or $(MINUTES),10)

FIGURES := $(BUILD)/release/bin/test/trust/figures/figures

figures: $(FIGURES) ## measure the costs of waits, threads and wake-ups; each has a bound
	$<

analyze: ## run gcc -fanalyzer, clang-tidy and cppcheck (packages: clang-tidy cppcheck python3)
	@test/tools/analyze

portable: ## run every test on musl and in 32 bits (packages: musl-tools gcc-multilib)
	@BUILD='$(BUILD)' MAKE='$(MAKE)' test/tools/portable musl 32-bit

portable-aarch64: ## run every test on an emulated aarch64 (packages: see test/tools/portable)
	@BUILD='$(BUILD)' MAKE='$(MAKE)' test/tools/portable aarch64

races: $(racing) ## run programs that have races on purpose: the thread sanitizer must report each, and none of their cures
	@BUILD='$(BUILD)' sh test/scripts/races.sh

# Under valgrind one thread runs at a time. These tests are soon done there. deadline, select_meets, context and pool
# have no reports either, but take minutes. races and forkjoin take longer: they yield to threads that get no turn.
SLOWLY_WATCHED := $(addprefix conformance/,chan_linear len_empty_full linearizable_try mpmc)
USUALLY_WATCHED = channel batches select ends handles owned monitor semaphore errgroup once stages ends_of_stages \
	$(filter-out $(SLOWLY_WATCHED),$(filter conformance/%,$(ALL_TESTS)))
# Tests that fork are missing, because the child loses the memory of the parent's other threads.
USUALLY_CHECKED = channel batches select ends owned limits poll batch broadcast errgroup error result context stages tee fan

helgrind: has-valgrind $(call programs_of,$(WATCHED) tools/valgrind/race,valgrind) ## run tests under valgrind's race detector (package: valgrind)
	@BUILD='$(BUILD)' test/tools/helgrind $(call with_subject,$(WATCHED))

memcheck: has-valgrind $(call programs_of,$(CHECKED),memcheck) ## run tests under valgrind's memory checker (package: valgrind)
	@BUILD='$(BUILD)' test/tools/memcheck $(call with_subject,$(CHECKED))

msan: has-clang ## run every test under clang's memory sanitizer, which finds reads of unwritten memory (package: clang)
	@$(MAKE) -s CC=clang BUILD='$(BUILD)/clang' $(call programs_of,$(CHOSEN_TESTS),clang/msan)
	@BUILD='$(BUILD)/clang' CONFIGS=msan CAPACITIES='$(CAPACITIES)' SCRIPTS= test/run $(CHOSEN_TESTS)

counted = $(call programs_of,$(CHOSEN_TESTS),coverage) $(call examples_of,coverage)

coverage: has-gcov has-python3 $(counted) ## list which lines of lib/ and patterns/ the tests run, and why they do not run the others (gcov)
	@find $(BUILD)/coverage -name '*.gcda' -delete
	@BUILD='$(BUILD)' CONFIGS=coverage CAPACITIES='0 3' SCRIPTS= test/run $(CHOSEN_TESTS)
	@BUILD='$(BUILD)' CONFIG=coverage sh test/scripts/examples.sh
	@test/tools/coverage $(BUILD)/coverage

fuzz: has-clang ## compare channels with a model for MINUTES, with clang's libFuzzer; new inputs go into build/fuzz/
	@BUILD='$(BUILD)' MINUTES='$(or $(MINUTES),1)' test/trust/fuzz/run

fuzz-corpus: ## reduce test/trust/fuzz/corpus/ and the inputs of build/fuzz/ to the fewest that reach the same code
	@BUILD='$(BUILD)' MINUTES='$(or $(MINUTES),1)' test/trust/fuzz/run keep

trust: ## run make test and all of the above, in a few hours; print the last lines of each
	@BUILD='$(BUILD)' MAKE='$(MAKE)' SEEDS='$(SEEDS)' test/trust/run

# ---- demo, bench --------------------------------------------------------------------------------------------

demo: $(BUILD)/release/bin/docs/examples/wordfreq ## print the most frequent words of the files under DIR
	$< $(call quoted,$(DIR))

$(BENCH): $(patsubst %.c,$(BUILD)/release/%.o,$(wildcard bench/*.c)) $(BUILD)/release/libleat.a
	@mkdir -p $(@D)
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(ALLOC_LIBS)

bench: $(BENCH) ## run all microbenchmarks (build/bench/leat-bench) in a minute, and print a table
	$<

$(BUILD)/bench/peers/%: bench/peers/%.c $(BUILD)/settings
	@mkdir -p $(@D)
	$(call say,$@)$(CC) $(WARNINGS) -pthread $(CFLAGS) $(LDFLAGS) -o $@ $<

bench-peers: ## compare leat with Go, crossbeam, TBB and a textbook queue (package: python3)
	@BUILD='$(BUILD)' CC='$(CC)' MAKE='$(MAKE)' REPEAT='$(REPEAT)' TARGET='$(TARGET)' WORKS='$(WORKS)' bench/peers/run

# Whole programs. Some need a library besides; their sources name its header.
program_gzip_LIBS = -lz
program_tree_LIBS = -lcrypto

$(BUILD)/bench/programs/leat/%: $(BUILD)/release/bench/programs/%.o $(BUILD)/release/libleat.a
	@mkdir -p $(@D)
	$(call say,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(ALLOC_LIBS) $(program_$*_LIBS)

bench-programs: ## compare whole programs with those in Go, Rust, C++ and shell (packages: see bench/programs/driver/run)
	@BUILD='$(BUILD)' CC='$(CC)' MAKE='$(MAKE)' REPEAT='$(REPEAT)' WORKS='$(WORKS)' bench/programs/driver/run

# ---- abi ----------------------------------------------------------------------------------------------------

# The functions of libleat.so and the types of the headers, as programs for this kind of machine see them.
STORED_ABI = lib/abi/$(shell uname -m).abi

$(BUILD)/leat.abi: has-abidw $(BUILD)/libleat.so
	@readelf -S $(BUILD)/libleat.so | grep -q '\.debug_info' || { echo "abi: $(BUILD)/libleat.so has no debugging information: add -g to CFLAGS"; exit 1; }
	$(call say,$@)abidw --headers-dir include --suppressions lib/abi/left_out --drop-private-types --drop-undefined-syms \
		--exported-interfaces-only --no-show-locs --no-corpus-path --no-comp-dir-path --no-parameter-names \
		--no-elf-needed --no-write-default-sizes --type-id-style hash --out-file $@ $(BUILD)/libleat.so

abi: $(BUILD)/leat.abi ## compare libleat.so with lib/abi/: a change that breaks programs fails, an addition does not (package: abigail-tools)
	@[ -e $(STORED_ABI) ] || { echo "abi: there is no $(STORED_ABI); make abi-store writes it"; exit 1; }
	@abidiff --no-added-syms $(STORED_ABI) $< || { echo "abi: libleat.so.$(SOVERSION) breaks programs that use the stored one"; exit 1; }
	@echo "abi: libleat.so.$(SOVERSION) serves all programs that use the stored one"

abi-store: $(BUILD)/leat.abi ## write the description of libleat.so into lib/abi/: for a release, or when a minor version begins
	cp $< $(STORED_ABI)

# ---- single, dist, install ----------------------------------------------------------------------------------

single: ## make the files to copy, build/single/leat.h, leat.c and leat.hpp: the core and, if PATTERNS='take tee', these
	$(call say,$(BUILD)/single/leat.h leat.c leat.hpp)lib/single $(BUILD)/single $(PATTERNS)

dist: ## make build/leat-VERSION.tar.gz: the sources, and the two files with all patterns. Each run gives the same bytes
	@lib/dist $(BUILD)
	@echo "$(BUILD)/leat-$(VERSION).tar.gz"

# They are stored, so that pages can be read where graphviz is not. Only those whose text has changed are made again.
pictures: has-python3 has-dot ## make docs/guide/pictures/*.svg of their texts beside them, *.dot (packages: python3 graphviz)
	@python3 -B lib/docs/pictures.py docs/guide/pictures

docs: has-python3 has-cmark-gfm has-mandoc man ## write the documentation to build/docs, as pages (index.html) and as one text, leat.txt (packages: python3 cmark-gfm mandoc)
	@rm -rf $(BUILD)/docs
	@python3 -B lib/docs/build.py $(BUILD)/man $(BUILD)/docs

# The man pages come from the comments of the headers, and have the programs of docs/examples.
PYTHON := $(shell command -v python3)
MAN_SOURCES := lib/insight/tools/leat-top.1 CHANGELOG.md docs/examples/README.md \
	$(wildcard lib/man/*.py include/*.h include/leat/*.h nats/include/leat/*.h docs/examples/*.c docs/examples/*.expected)

man: has-python3 $(BUILD)/man/made ## write the man pages of all public names to build/man (package: python3)

$(BUILD)/man/made: $(MAN_SOURCES)
	@rm -rf $(@D)
	$(call say,$(@D))python3 -B lib/man/pages.py $(@D)
	@touch $@

INSTALLED = $(call quoted,$(DESTDIR)$(PREFIX))
LIBRARIES = $(call quoted,$(DESTDIR)$(LIBDIR))
GDB_FOLDER = $(call quoted,$(DESTDIR)$(GDB_SCRIPTS)$(LIBDIR))
PAGES = $(call quoted,$(DESTDIR)$(MANDIR))
HTML = $(call quoted,$(DESTDIR)$(DOCDIR)/html)
HEADERS := $(wildcard include/*.h include/*.hpp)

install: lib $(TOP) $(BUILD)/leat.pc $(if $(NATS),$(BUILD)/leat-nats.pc) $(if $(PYTHON),man) ## install the libraries, the headers, what pkg-config and CMake need, leat-top, man pages and gdb's commands
	install -d $(INSTALLED)/include/leat $(LIBRARIES)/pkgconfig $(LIBRARIES)/cmake/leat $(INSTALLED)/bin $(GDB_FOLDER)
	install -m 644 $(HEADERS) $(INSTALLED)/include/
	install -m 644 include/leat/*.h include/leat/*.hpp $(INSTALLED)/include/leat/
	install -m 644 $(BUILD)/libleat.a $(LIBRARIES)/
	install -m 755 $(BUILD)/libleat.so $(LIBRARIES)/libleat.so.$(VERSION)
	ln -sf libleat.so.$(VERSION) $(LIBRARIES)/libleat.so.$(SOVERSION)
	ln -sf libleat.so.$(VERSION) $(LIBRARIES)/libleat.so
	install -m 644 $(BUILD)/leat.pc $(LIBRARIES)/pkgconfig/
ifneq ($(NATS),)
	install -m 644 nats/include/leat/nats.h $(INSTALLED)/include/leat/
	install -m 644 $(BUILD)/libleat-nats.a $(LIBRARIES)/
	install -m 755 $(BUILD)/libleat-nats.so $(LIBRARIES)/libleat-nats.so.$(VERSION)
	ln -sf libleat-nats.so.$(VERSION) $(LIBRARIES)/libleat-nats.so.$(SOVERSION)
	ln -sf libleat-nats.so.$(VERSION) $(LIBRARIES)/libleat-nats.so
	install -m 644 $(BUILD)/leat-nats.pc $(LIBRARIES)/pkgconfig/
endif
	install -m 644 lib/cmake/*.cmake $(LIBRARIES)/cmake/leat/
	install -m 755 $(TOP) $(INSTALLED)/bin/
	install -m 644 lib/insight/leat-gdb.py $(GDB_FOLDER)/libleat.so.$(VERSION)-gdb.py
ifeq ($(PYTHON),)
	@echo 'python3 is not installed, so no man page is'
else
	for volume in 1 3 7; do install -d $(PAGES)/man$$volume && \
		install -m 644 $(BUILD)/man/man$$volume/* $(PAGES)/man$$volume/ || exit 1; done
endif
	if [ -e $(BUILD)/docs/index.html ]; then install -d $(HTML) && cp -R $(BUILD)/docs/. $(HTML)/; fi

# rmdir refuses a folder that has something else in it.
uninstall: ## remove what install has put there, and the folders that are empty then
	rm -f $(INSTALLED)/include/leat.h $(INSTALLED)/include/leat.hpp $(INSTALLED)/include/leat/*.h \
		$(INSTALLED)/include/leat/*.hpp $(LIBRARIES)/libleat.a \
		$(LIBRARIES)/libleat.so* $(LIBRARIES)/libleat-nats.* $(LIBRARIES)/pkgconfig/leat.pc $(LIBRARIES)/pkgconfig/leat-nats.pc $(LIBRARIES)/cmake/leat/leat*.cmake \
		$(INSTALLED)/bin/leat-top $(GDB_FOLDER)/libleat.so.*-gdb.py \
		$(PAGES)/man1/leat-top.1 $(PAGES)/man3/leat_*.3 $(PAGES)/man3/LEAT_*.3 $(PAGES)/man7/leat.7 $(PAGES)/man7/leat-*.7
	rm -rf $(HTML)
	@cd $(call quoted,$(DESTDIR)/) && for folder in $(call quoted,$(GDB_SCRIPTS)$(LIBDIR)) $(call quoted,$(LIBDIR)/pkgconfig) \
		$(call quoted,$(LIBDIR)/cmake/leat) $(call quoted,$(PREFIX)/include/leat) $(call quoted,$(PREFIX)/bin) \
		$(call quoted,$(MANDIR)/man1) $(call quoted,$(MANDIR)/man3) $(call quoted,$(MANDIR)/man7) $(call quoted,$(DOCDIR)); do \
		rmdir -p ".$$folder" 2>/dev/null || true; done

clean: ## remove everything that was made
	rm -rf $(BUILD)

help: ## print this list, and the variables that you may set
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile
	@printf '\nVariables and their defaults, as in: make test CC=clang LIMIT=300\n'
	@sed -n -e '/what we need/q' -e 's/^## /\n    /p' -e 's/^\([A-Z_]*\) ?= */\1 = /p' Makefile
