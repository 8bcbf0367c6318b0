#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# fuzz.sh - what the fuzzer has found worth keeping (test/fuzz/corpus) goes as the model says, in release and asan.
set -eu
cd "$(dirname "$0")/.."
for config in ${CONFIGS:-release asan}; do
	case $config in release | asan) "${BUILD:-build}/$config/bin/test/fuzz/fuzz" test/fuzz/corpus/* ;; esac
done
