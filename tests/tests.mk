# SPDX-License-Identifier: Apache-2.0
#
# check is all of it; check-unit [T=module], check-cli [CASE=folder], check-asan, check-fuzz,
# check-flips, check-fault, check-interop, check-install and lint [L=name] are its parts. Each leaves its sums in build/totals/NAME as "passed failed skipped"; `make check`
# runs them all and adds them up.

UNIT    := $(B)/tests/unit/run
CASE    ?=
ASANDIR := build/asan/log

# A leak must fail the run, and Criterion alone would report success (its children lose the exit
# code): sanitizers write to files, and any file fails the run.
SAN_ENV = ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:log_path=$(CURDIR)/$(ASANDIR)-$(1)/of \
          UBSAN_OPTIONS=print_stacktrace=1:log_path=$(CURDIR)/$(ASANDIR)-$(1)/of

# The converters, for their unit tests and fuzz targets.
CONVERT_OBJ := $(call obj,$(wildcard tools/convert/*.c))
$(B)/libconvert.a: $(CONVERT_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

# The part of the recorder that talks to no kernel.
$(B)/librecord.a: $(call obj,$(filter-out tools/record/opts.c,$(REC_PURE)))
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

LIBS_IN := $(B)/librecord.a $(B)/libconvert.a $(B)/libscapfmt-xml.a $(B)/libscapfmt.a

# ---------------------------------------------------------------- unit

$(call obj,$(UNIT_SRC) $(SUPP_SRC)): | build/.deps-check

$(UNIT): $(UNIT_OBJ) $(SUPP_OBJ) $(LIBS_IN)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(UNIT_OBJ) $(SUPP_OBJ) $(LIBS_IN) $(CORE_LIBS) \
	    $(XML_LIBS) -lcriterion

check-unit: $(UNIT)
	@sh tests/support/unit.sh unit $(UNIT) '$(T)'

# ---------------------------------------------------------------- command line

check-cli: build/scapfmt | build/.deps-check
	@sh tests/support/cli.sh cli build $(CASE)

# Write down what comes out now as what has to come out: read the diff.
cli-bless: build/scapfmt | build/.deps-check
	@BLESS=1 sh tests/support/cli.sh cli build $(CASE)

# ---------------------------------------------------------------- sanitizers

check-asan:
	@$(MAKE) --no-print-directory CONF=asan asan-run T='$(T)'

# The gate is tested too: a test that leaks on purpose must make it fire.
asan-unit: $(UNIT) $(B)/tests/fault/leak
	@rm -rf $(ASANDIR)-unit $(ASANDIR)-gate && mkdir -p $(ASANDIR)-unit $(ASANDIR)-gate
	@$(call SAN_ENV,unit) sh tests/support/unit.sh asan-unit $(UNIT) '$(T)'
	@sh tests/support/asan_gate.sh $(ASANDIR)-unit
	@ASAN_OPTIONS=detect_leaks=1:log_path=$(CURDIR)/$(ASANDIR)-gate/leak \
	    $(B)/tests/fault/leak >/dev/null 2>&1 || :
	@if sh tests/support/asan_gate.sh $(ASANDIR)-gate >/dev/null 2>&1; then \
	    echo "check-asan: a test that leaks on purpose was not noticed" >&2; exit 1; fi
	@echo "check-asan: unit tests without a report; a leak on purpose was noticed"

asan-cli: $(B)/scapfmt
	@rm -rf $(ASANDIR)-cli && mkdir -p $(ASANDIR)-cli
	@$(call SAN_ENV,cli) sh tests/support/cli.sh asan-cli $(B)
	@sh tests/support/asan_gate.sh $(ASANDIR)-cli
	@echo "check-asan: command line without a report"

asan-run: asan-unit asan-cli

$(B)/tests/fault/leak: $(call obj,tests/fault/leak.c)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion
$(call obj,tests/fault/leak.c): | build/.deps-check

.PHONY: asan-run asan-unit asan-cli cli-bless

# ---------------------------------------------------------------- fuzzing

FUZZ_ALL := $(patsubst fuzz/fuzz_%.c,%,$(FUZZ_SRC))
FUZZ_BIN := $(FUZZ_ALL:%=$(B)/fuzz/fuzz_%)

# Which way a judge took is no coverage of what it judges.
ifeq ($(CONF),fuzz)
$(B)/tests/support/%.o: EXTRA_CFLAGS += -fno-sanitize=fuzzer-no-link
endif

# CONF=fuzz: libFuzzer drives the target; else replay.c makes it a plain program.
FUZZ_MAIN  := $(if $(filter fuzz,$(CONF)),,$(B)/fuzz/replay.o)
FUZZ_FLAGS := $(if $(filter fuzz,$(CONF)),-fsanitize=fuzzer)

$(B)/libsupport.a: $(SUPP_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(FUZZ_BIN): $(B)/fuzz/fuzz_%: $(B)/fuzz/fuzz_%.o $(FUZZ_MAIN) $(B)/libsupport.a $(LIBS_IN)
	$(call say,LD,$@)$(CC) $(LDFLAGS) $(FUZZ_FLAGS) -o $@ $< $(FUZZ_MAIN) $(B)/libsupport.a \
	    $(LIBS_IN) $(CORE_LIBS) $(XML_LIBS)

check-fuzz:
	@$(MAKE) --no-print-directory CONF=asan fuzz-replay

fuzz-replay: $(FUZZ_BIN)
	@sh tests/support/fuzz_replay.sh $(B)/fuzz $(FUZZ_ALL)

# make fuzz FUZZ=reader TIME=60: look for new crashes; what is found lies in build/fuzz/found.
# make fuzz TIME=600: all targets in turn, TIME shared among them, and a table of what they did.
# make fuzz FUZZ="check src" TIME=60: of some.
TIME ?= 60
fuzz: build/.deps-fuzz
ifneq ($(words $(FUZZ)),1)
	@$(MAKE) --no-print-directory CONF=fuzz fuzz-all
else
	@test -f fuzz/fuzz_$(FUZZ).c || { echo "FUZZ= one of: $(FUZZ_ALL)" >&2; exit 2; }
	@$(MAKE) --no-print-directory CONF=fuzz fuzz-live
endif

fuzz-all: $(if $(FUZZ),$(FUZZ:%=$(B)/fuzz/fuzz_%),$(FUZZ_BIN))
	@sh tests/support/fuzz_all.sh $(B)/fuzz $(TIME) $(or $(FUZZ),$(FUZZ_ALL))

fuzz-live: $(FUZZ_BIN)
	@mkdir -p build/fuzz/corpus/$(FUZZ) build/fuzz/found
	$(B)/fuzz/fuzz_$(FUZZ) -max_total_time=$(TIME) -timeout=10 -rss_limit_mb=2048 \
	    -artifact_prefix=build/fuzz/found/$(FUZZ)- \
	    $(if $(wildcard fuzz/$(FUZZ).dict),-dict=fuzz/$(FUZZ).dict) \
	    build/fuzz/corpus/$(FUZZ) $(wildcard fuzz/seeds/$(FUZZ) fuzz/regress/$(FUZZ))

build/.deps-fuzz: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh fuzz && touch $@

.PHONY: fuzz-replay fuzz-live fuzz-all

# ---------------------------------------------------------------- repair under damage

# 100 000 single-byte changes over the samples, and every cut: minutes, so not a part of check.
FLIPS ?= 100000
SEED  ?= 1
$(B)/tests/fault/flips: $(call obj,tests/fault/flips.c tests/support/salvage.c) $(B)/libscapfmt.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

check-flips: $(B)/tests/fault/flips
	@$(B)/tests/fault/flips $(FLIPS) $(SEED)

.PHONY: check-flips

# ---------------------------------------------------------------- faults of the system

# Every call into the system fails in turn: check-fault grows its steps, check-fault-all does not.
# COMMAND=name runs one command of tests/fault/faults.c.
$(B)/fault_io.so: tests/fault/fault_io.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fvisibility=default -shared -o $@ $<

$(B)/faults: $(call obj,tests/fault/faults.c)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

check-fault check-fault-all: build/scapfmt $(B)/fault_io.so $(B)/faults
	@mkdir -p build/totals
	@$(B)/faults build/scapfmt $(B)/fault_io.so samples $(@:check-fault-%=%)

.PHONY: check-fault check-fault-all

asan-build: $(UNIT) $(B)/scapfmt $(B)/tests/fault/leak $(FUZZ_BIN)

.PHONY: asan-build

# ---------------------------------------------------------------- judges, lint, everything

build/.deps-judges: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh judges && touch $@

# What the strace log reader makes of a log, for tests/interop/strace_tokens.sh.
build/strace_items: $(call obj,tests/interop/strace_items.c) $(LIBS_IN)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(XML_LIBS)

# Which packets belong to which calls, for tests/interop/align.sh.
build/align_links: $(call obj,tests/interop/align_links.c) $(LIBS_IN)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(XML_LIBS)

check-interop: build/scapfmt build/strace_items build/align_links build/.deps-judges | build/.deps-check
	@sh tests/support/interop.sh $(J)

# Ten thousand mutants instead of a few.
check-profile-all: build/scapfmt build/.deps-judges | build/.deps-check
	@PROFILE_COUNT=300 sh tests/support/interop.sh profile

# Takes long, and is no part of check: the newest readers, in a system of their own.
check-interop-latest: build/scapfmt build/align_links
	@sh tests/support/latest.sh

lint: all | build/.deps-check
	@sh tests/support/lint.sh $(L)

check-install: all | build/.deps-check
	@sh tests/support/install.sh '$(MAKE)'

# make check-layers is make lint L=layers, and so on
LINTS := $(patsubst tests/lint/%.sh,check-%,$(wildcard tests/lint/*.sh))
$(LINTS): all
	@sh tests/lint/$(@:check-%=%).sh

check: build/.deps-check
	@sh tests/support/check.sh '$(MAKE)'

.PHONY: check-profile-all check-install $(LINTS)

# ---------------------------------------------------------------- bench

# make bench [SIZE=100] [ROWS=PATTERN]: ratios beside sysdig and editcap, and peak memory.
build/bench/measure: tests/bench/measure.c
	@mkdir -p $(@D)
	$(call say,CC,$<)gcc -O2 -D_GNU_SOURCE -o $@ $<

build/bench/decode: tests/bench/decode.c build/libscapfmt.a
	@mkdir -p $(@D)
	$(call say,CC,$<)gcc -O2 -D_GNU_SOURCE -Ilibscapfmt -o $@ $^ $(CORE_LIBS)

bench: build/scapfmt build/bench/measure build/bench/decode build/.deps-judges | build/.deps-check
	@sh tests/bench/bench.sh build/bench/measure

# ---------------------------------------------------------------- samples

# The captures of samples/ are written by a program: run it after changing it.
$(B)/mksamples: $(call obj,tests/support/mksamples.c) $(B)/libsupport.a $(B)/libscapfmt.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

samples: $(B)/mksamples
	$(B)/mksamples samples

.PHONY: samples
