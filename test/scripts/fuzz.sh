#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# fuzz.sh - the inputs that the fuzzer has found worth keeping (test/trust/fuzz/corpus) still agree with the model, in
# the builds release and asan.
. "$(dirname "$0")/begin"
for config in ${CONFIGS:-release asan}; do
	case $config in
	release | asan) "$BUILD/$config/bin/test/trust/fuzz/fuzz" test/trust/fuzz/corpus/* ;;
	esac
done
