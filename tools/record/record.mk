# SPDX-License-Identifier: Apache-2.0
#
# The recorder: a BPF program made by clang, put into scapfmt-record as bytes, and libbpf. Where one
# of the two is missing everything else is built, and `scapfmt record` says what to install.

REC_PURE := $(addprefix tools/record/,bits.c clock.c plan.c plan_join.c plan_ia32.c plan_tables.c put.c put_bytes.c put_sock.c received.c dents.c decode.c ring.c report.c opts.c)
REC_SRC  := $(filter-out $(REC_PURE),$(sort $(wildcard tools/record/*.c)))
REC_SRC  := $(filter-out %.bpf.c,$(REC_SRC))
# What the commands of tools/ share with the recorder.
REC_SHARED := $(addprefix tools/,cli.c start.c run.c say.c progress.c ledger.c filter.c again.c \
                  temporary.c print.c timeline.c when.c pack.c convert/rows.c)

BPF_CLANG ?= clang
BPF_ARCH  := $(subst aarch64,arm64,$(subst x86_64,x86,$(shell uname -m)))
HAVE_BPF   = $(shell command -v $(BPF_CLANG) >/dev/null 2>&1 && pkg-config --exists libbpf && \
                 echo yes)

build/record/record.bpf.o: tools/record/record.bpf.c $(wildcard tools/record/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(BPF_CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) \
	    -I/usr/include/$(shell uname -m)-linux-gnu -Wall -Wextra -Wno-unused-parameter \
	    $(if $(CI),-Werror) -c $< -o $@
	@! command -v llvm-strip >/dev/null 2>&1 || llvm-strip -g $@

$(GEN)/record_object.c: build/record/record.bpf.o libscapfmt/xml/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN,$@)sh libscapfmt/xml/embed.sh record_object $< > $@.tmp && mv $@.tmp $@

REC_OBJ := $(call obj,$(REC_PURE) $(REC_SRC) $(REC_SHARED)) $(B)/gen/record_object.o

$(B)/scapfmt-record: $(REC_OBJ) $(B)/libscapfmt.a $(B)/libscapfmt-xml.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $(REC_OBJ) $(B)/libscapfmt-xml.a $(B)/libscapfmt.a \
	    $(shell pkg-config --libs libbpf) $(CORE_LIBS) $(XML_LIBS)
build/scapfmt-record: $(B)/scapfmt-record
	@cp $< $@.tmp && mv $@.tmp $@

build/.deps-record: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh record && touch $@

# Asked for late: need.sh may have installed what was missing. The second make takes the libraries and
# the objects it shares with the program as they are: two at once would write the same files.
.PHONY: recorder
recorder: build/.deps-record lib tools
	@if [ "$(HAVE_BPF)" = yes ]; then \
	    $(MAKE) --no-print-directory build/scapfmt-record; \
	else \
	    rm -f build/scapfmt-record; \
	    echo "  SKIP    scapfmt-record: clang or libbpf is missing"; \
	fi
