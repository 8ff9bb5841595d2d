# SPDX-License-Identifier: Apache-2.0
#
# Targets: all (default) demo check check-unit check-cli check-interop check-interop-latest
#          check-asan check-fuzz lint fuzz bench install dist clean; `make help` explains them.
#
# Everything is built below build/. CONF chooses the flavour: release (default), asan, fuzz.

CONF    ?= release
V       ?= 0
PREFIX  ?= /usr/local
DESTDIR ?=

VERSION := 0.1.0
SOMAJOR := 0

CC       = gcc
AR       = ar
CLANG   ?= clang
B       := build/$(CONF)
GEN     := build/gen

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2);)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wswitch-enum -Wformat=2 -Wundef
ifdef CI
# Sanitizers make gcc 12 warn of what cannot happen: strict without them.
WARN += $(if $(filter release,$(CONF)),-Werror)
endif
BASE_CFLAGS := -std=c11 $(WARN) -fvisibility=hidden -fPIC -D_GNU_SOURCE -Ilibscapfmt -MMD -MP
CFLAGS ?= -O2 -g

ifeq ($(CONF),asan)
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined
endif
ifeq ($(CONF),fuzz)
CC      := $(CLANG)
# Comparisons are not traced: dictionaries and mutator.h know the numbers of the formats, and twice
# the executions in the same time reach more.
CFLAGS  := -O2 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-coverage=trace-cmp -fno-sanitize-recover=undefined -DSCAPF_SMALL_TABLES
LDFLAGS += -fsanitize=address,undefined
endif

# pkg-config is itself one of the packages need.sh installs: ask it late.
XML_CFLAGS = $(shell pkg-config --cflags libxml-2.0)
XML_LIBS   = $(shell pkg-config --libs libxml-2.0)
CORE_LIBS  = -lz -lzstd

FLOORS   := base bytes io schema block event stream state render filter check transform
CORE_SRC := $(sort $(foreach f,$(FLOORS),$(wildcard libscapfmt/$(f)/*.c)))
XML_SRC  := $(sort $(wildcard libscapfmt/xml/schema_xml*.c))
TOOL_SRC := $(sort $(wildcard tools/*.c) $(wildcard tools/convert/*.c)) tools/record/opts.c
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
SUPP_SRC := $(sort $(filter-out %/mksamples.c,$(wildcard tests/support/*.c)))
FUZZ_SRC := $(sort $(filter-out fuzz/replay.c,$(wildcard fuzz/fuzz_*.c)))
SCHEMAS  := $(sort $(wildcard schemas/*.xml))

obj = $(patsubst %.c,$(B)/%.o,$(1))

CORE_OBJ := $(call obj,$(CORE_SRC)) $(if $(SCHEMAS),$(B)/gen/schema_tables.o)
XML_OBJ  := $(call obj,$(XML_SRC)) $(if $(SCHEMAS),$(B)/gen/schema_xsd.o)
TOOL_OBJ := $(call obj,$(TOOL_SRC))
UNIT_OBJ := $(call obj,$(UNIT_SRC))
SUPP_OBJ := $(call obj,$(SUPP_SRC))

.PHONY: all lib tools demo check check-unit check-cli check-interop check-interop-latest check-asan \
        check-fuzz lint fuzz bench install dist clean help deps deps-check

all: lib tools recorder build/scapfmt-scap.5 build/scapfmt-filter.7

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile | tail -n +2

# ---------------------------------------------------------------- packages

build/.deps-build: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh build && touch $@

build/.deps-check: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh check && touch $@

# ---------------------------------------------------------------- compile

# A changed flag rebuilds everything.
FLAGS_NOW := $(CC) $(CFLAGS) $(BASE_CFLAGS) $(LDFLAGS)
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' > $@
FORCE:

$(B)/%.o: %.c $(B)/.flags | build/.deps-build
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(BASE_CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

$(B)/gen/%.o: $(GEN)/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(BASE_CFLAGS) -c $< -o $@

$(B)/libscapfmt/xml/%.o: EXTRA_CFLAGS = $(XML_CFLAGS)
$(B)/tools/convert/pm_xml.o: EXTRA_CFLAGS = $(XML_CFLAGS)
$(B)/tests/%.o: EXTRA_CFLAGS = -Itests -Ibuild
$(B)/fuzz/%.o: EXTRA_CFLAGS = -Itests

# ---------------------------------------------------------------- schema tables

# schemagen runs at build time with the same loader that --schema uses at run time. It is always
# built without sanitizers, from objects of its own.
GENOBJ  := build/gen-obj
GEN_SRC := $(wildcard libscapfmt/xml/schemagen*.c) $(XML_SRC) $(wildcard libscapfmt/base/*.c) \
           $(wildcard libscapfmt/bytes/*.c) libscapfmt/schema/schema.c

$(GENOBJ)/%.o: %.c | build/.deps-build
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)gcc -O1 $(BASE_CFLAGS) $(XML_CFLAGS) -c $< -o $@
$(GENOBJ)/schema_xsd.o: $(GEN)/schema_xsd.c
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)gcc -O1 $(BASE_CFLAGS) -c $< -o $@

build/schemagen: $(patsubst %.c,$(GENOBJ)/%.o,$(GEN_SRC)) $(GENOBJ)/schema_xsd.o
	$(call say,HOSTLD,$@)gcc -o $@ $^ $(XML_LIBS)

# The XSD is embedded: validation is never optional.
$(GEN)/schema_xsd.c: schemas/scapfmt-schema.xsd libscapfmt/xml/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN,$@)sh libscapfmt/xml/embed.sh schema_xsd $< > $@.tmp && mv $@.tmp $@

$(GEN)/schema_tables.c: build/schemagen $(SCHEMAS)
	@mkdir -p $(@D)
	$(call say,GEN,$@)build/schemagen tables $(SCHEMAS) > $@.tmp && mv $@.tmp $@

# The page of the format has its layouts and events from the schemas.
build/scapfmt-scap.5: libscapfmt/scapfmt-scap.5.in build/schemagen $(SCHEMAS)
	$(call say,GEN,$@)build/schemagen man $(SCHEMAS) > $@.part && \
	    sed -e '/^@SCHEMA@$$/{r $@.part' -e 'd;}' $< > $@.tmp && rm $@.part && mv $@.tmp $@

# ---------------------------------------------------------------- library

lib: build/libscapfmt.a build/libscapfmt.so build/libscapfmt-xml.a

$(B)/libscapfmt.a: $(CORE_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^
$(B)/libscapfmt-xml.a: $(XML_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^
$(B)/libscapfmt.so.$(VERSION): $(CORE_OBJ) libscapfmt/libscapfmt.map
	$(call say,LD,$@)$(CC) $(LDFLAGS) -shared -Wl,-soname,libscapfmt.so.$(SOMAJOR) \
	    -Wl,--version-script=libscapfmt/libscapfmt.map -o $@ $(CORE_OBJ) $(CORE_LIBS)

build/libscapfmt.a: $(B)/libscapfmt.a
	@cp $< $@
build/libscapfmt-xml.a: $(B)/libscapfmt-xml.a
	@cp $< $@
build/libscapfmt.so: $(B)/libscapfmt.so.$(VERSION)
	@cp $< build/ && ln -sf libscapfmt.so.$(VERSION) build/libscapfmt.so.$(SOMAJOR) && \
	    ln -sf libscapfmt.so.$(SOMAJOR) $@

# ---------------------------------------------------------------- program

tools: build/scapfmt

$(B)/scapfmt: $(TOOL_OBJ) $(B)/libscapfmt.a $(B)/libscapfmt-xml.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(TOOL_OBJ) $(B)/libscapfmt-xml.a $(B)/libscapfmt.a \
	    $(CORE_LIBS) $(XML_LIBS)
build/scapfmt: $(B)/scapfmt
	@cp $< $@

include tools/record/record.mk

# The page of the filter language has its fields from the program.
build/scapfmt-filter.7: libscapfmt/scapfmt-filter.7.in build/scapfmt libscapfmt/filter/man.awk
	$(call say,GEN,$@)build/scapfmt schema list --fields | awk -f libscapfmt/filter/man.awk > $@.part && \
	    sed -e '/^@FIELDS@$$/{r $@.part' -e 'd;}' $< > $@.tmp && rm $@.part && mv $@.tmp $@

# ---------------------------------------------------------------- tests

include tests/tests.mk

# ---------------------------------------------------------------- install

include tools/install.mk

clean:
	rm -rf build

-include $(shell find build -path build/latest -prune -o -type f -name '*.d' -print 2>/dev/null)
