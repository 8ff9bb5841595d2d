# SPDX-License-Identifier: Apache-2.0
#
# make install [PREFIX=/usr/local] [DESTDIR=]: the program with its manual pages and completion, the
# library with its headers, and the schemas. make dist: a tarball of what git has.

INSTALL ?= install
BINDIR     = $(DESTDIR)$(PREFIX)/bin
LIBDIR     = $(DESTDIR)$(PREFIX)/lib
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/scapfmt
INCLUDEDIR = $(DESTDIR)$(PREFIX)/include
DATADIR    = $(DESTDIR)$(PREFIX)/share

HEADERS := $(sort $(wildcard libscapfmt/scapfmt*.h))
MAN1 := $(wildcard tools/*.1)
MAN5 := build/scapfmt-scap.5
MAN7 := build/scapfmt-filter.7

build/%.pc: libscapfmt/%.pc.in FORCE
	@mkdir -p build
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< > $@

install: all build/scapfmt.pc build/scapfmt-xml.pc
	$(INSTALL) -d $(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR) $(DATADIR)/man/man1 \
	    $(DATADIR)/man/man5 $(DATADIR)/man/man7 $(DATADIR)/scapfmt/schemas $(DATADIR)/bash-completion/completions
	$(INSTALL) -m 755 build/scapfmt $(BINDIR)/
	if [ -x build/scapfmt-record ]; then \
	    $(INSTALL) -d $(LIBEXECDIR) && \
	    $(INSTALL) -m 755 build/scapfmt-record $(LIBEXECDIR)/; fi
	$(INSTALL) -m 644 build/libscapfmt.a build/libscapfmt-xml.a $(LIBDIR)/
	$(INSTALL) -m 755 build/libscapfmt.so.$(VERSION) $(LIBDIR)/
	ln -sf libscapfmt.so.$(VERSION) $(LIBDIR)/libscapfmt.so.$(SOMAJOR)
	ln -sf libscapfmt.so.$(SOMAJOR) $(LIBDIR)/libscapfmt.so
	$(INSTALL) -m 644 $(HEADERS) $(INCLUDEDIR)/
	$(INSTALL) -m 644 build/scapfmt.pc build/scapfmt-xml.pc $(LIBDIR)/pkgconfig/
	$(INSTALL) -m 644 $(MAN1) $(DATADIR)/man/man1/
	$(INSTALL) -m 644 $(MAN5) $(DATADIR)/man/man5/
	$(INSTALL) -m 644 $(MAN7) $(DATADIR)/man/man7/
	$(INSTALL) -m 644 $(wildcard schemas/*.xml schemas/*.xsd schemas/*.json) \
	    $(DATADIR)/scapfmt/schemas/
	build/scapfmt --completion bash > $(DATADIR)/bash-completion/completions/scapfmt

uninstall:
	rm -f $(BINDIR)/scapfmt $(LIBDIR)/libscapfmt.a $(LIBDIR)/libscapfmt-xml.a \
	    $(LIBDIR)/libscapfmt.so $(LIBDIR)/libscapfmt.so.$(SOMAJOR) \
	    $(LIBDIR)/libscapfmt.so.$(VERSION) $(patsubst libscapfmt/%,$(INCLUDEDIR)/%,$(HEADERS)) \
	    $(LIBDIR)/pkgconfig/scapfmt.pc $(LIBDIR)/pkgconfig/scapfmt-xml.pc \
	    $(MAN1:tools/%=$(DATADIR)/man/man1/%) $(MAN5:build/%=$(DATADIR)/man/man5/%) \
	    $(MAN7:build/%=$(DATADIR)/man/man7/%) \
	    $(DATADIR)/bash-completion/completions/scapfmt
	rm -rf $(DATADIR)/scapfmt $(LIBEXECDIR)

dist:
	@mkdir -p build
	git archive --prefix=scapfmt-$(VERSION)/ -o build/scapfmt-$(VERSION).tar.gz HEAD
	@echo build/scapfmt-$(VERSION).tar.gz

# ---------------------------------------------------------------- demo

build/.deps-demo: tests/support/need.sh
	@mkdir -p build
	@sh tests/support/need.sh demo && touch $@

demo: build/.deps-demo all
	@sh tools/demo.sh

.PHONY: uninstall
