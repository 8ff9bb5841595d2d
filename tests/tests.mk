# SPDX-License-Identifier: Apache-2.0
#
# Tests. Each target leaves its sums in build/totals/NAME as "passed failed skipped"; `make check`
# runs them all and adds them up.

UNIT    := $(B)/tests/unit/run
ASANDIR := build/asan/log

# A leak must fail the run, and Criterion alone would report success (its children lose the exit
# code): sanitizers write to files, and any file fails the run.
SAN_ENV = ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:log_path=$(CURDIR)/$(ASANDIR)/$(1) \
          UBSAN_OPTIONS=print_stacktrace=1:log_path=$(CURDIR)/$(ASANDIR)/$(1)

LIBS_IN := $(B)/libscapfmt-xml.a $(B)/libscapfmt.a

# ---------------------------------------------------------------- unit

$(call obj,$(UNIT_SRC) $(SUPP_SRC)): | build/.deps-check

$(UNIT): $(UNIT_OBJ) $(SUPP_OBJ) $(LIBS_IN)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(UNIT_OBJ) $(SUPP_OBJ) $(LIBS_IN) $(CORE_LIBS) \
	    $(XML_LIBS) -lcriterion

check-unit: $(UNIT)
	@sh tests/support/unit.sh unit $(UNIT) '$(T)'

# ---------------------------------------------------------------- sanitizers

check-asan:
	@$(MAKE) --no-print-directory CONF=asan asan-run T='$(T)'

# The gate is tested too: a test that leaks on purpose must make it fire.
asan-run: $(UNIT) $(B)/tests/fault/leak
	@rm -rf $(ASANDIR) && mkdir -p $(ASANDIR)
	@$(call SAN_ENV,unit) sh tests/support/unit.sh asan $(UNIT) '$(T)'
	@sh tests/support/asan_gate.sh $(ASANDIR)
	@mkdir -p $(ASANDIR)-gate && rm -f $(ASANDIR)-gate/*
	@ASAN_OPTIONS=detect_leaks=1:log_path=$(CURDIR)/$(ASANDIR)-gate/leak \
	    $(B)/tests/fault/leak >/dev/null 2>&1 || :
	@if sh tests/support/asan_gate.sh $(ASANDIR)-gate >/dev/null 2>&1; then \
	    echo "check-asan: a test that leaks on purpose was not noticed" >&2; exit 1; fi
	@echo "check-asan: no report; a leak on purpose was noticed"

$(B)/tests/fault/leak: $(call obj,tests/fault/leak.c)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion

.PHONY: asan-run

# ---------------------------------------------------------------- samples

# The captures of samples/ are written by a program: run it after changing it.
$(B)/mksamples: $(call obj,tests/support/mksamples.c) $(SUPP_OBJ) $(B)/libscapfmt.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

samples: $(B)/mksamples
	$(B)/mksamples samples

.PHONY: samples
