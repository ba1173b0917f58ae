#!/bin/sh
# The order of the layers in Makefile.am: no module includes one below it, and
# nothing below the library's border is included above it. Each header
# compiles alone.
cd "${top_srcdir:?}" || exit 99
num=0
failed=0

ok() {
	num=$((num + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $num - $2"
	else
		echo "not ok $num - $2"
		failed=1
	fi
}

# Modules in the order of the lists; a private header or second file counts
# as its module (store_check.c is store's).
order=$(sed -n -e '/^lib\(verify\|service\)_a_SOURCES/,/[^\\]$/p' \
    -e '/^attestry_SOURCES/,/[^\\]$/p' Makefile.am |
    tr ' \t\\' '\n\n\n' | sed -n 's|^src/\(.*\)\.h$|\1|p' | grep -v '_private$')

rank() {
	echo "$order" | grep -n -x "$1" | cut -d: -f1
}

module_of() {
	m=$1
	while [ -n "$m" ] && [ -z "$(rank "$m")" ]; do
		case $m in
		*_*) m=${m%_*} ;;
		*) m= ;;
		esac
	done
	echo "$m"
}

for file in src/*.c src/*.h; do
	name=$(basename "$file")
	name=${name%.[ch]}
	case $name in
	main_*) continue ;;
	esac
	module=$(module_of "$name")
	if [ -z "$module" ]; then
		ok 1 "$file is in the lists of Makefile.am"
		continue
	fi
	below=
	for include in $(sed -n 's|^#include "\(.*\)\.h"|\1|p' "$file"); do
		used=$(module_of "$include")
		if [ -z "$used" ] || { [ "$used" != "$module" ] &&
		    [ "$(rank "$used")" -gt "$(rank "$module")" ]; }; then
			below="$below $include.h"
		fi
	done
	test -z "$below"
	ok $? "$file includes nothing from below${below:+:$below}"
done

# CFLAGS of the libraries come with the build's own compiler command.
for header in src/*.h; do
	printf '#include "%s"\n' "$(basename "$header")" |
	    ${CC:-cc} $TEST_CPPFLAGS -D_GNU_SOURCE -Isrc -fsyntax-only \
	    -Wall -Werror -x c - 2>&1 | sed 's/^/# /' >"${TMPDIR:-/tmp}/layers.$$"
	test ! -s "${TMPDIR:-/tmp}/layers.$$"
	ok $? "$header compiles alone"
	cat "${TMPDIR:-/tmp}/layers.$$"
done
rm -f "${TMPDIR:-/tmp}/layers.$$"

# What third-party names belong to one module alone.
owner() {
	found=$(grep -l "$1" src/*.c src/*.h | grep -v -E "^src/($2)\.[ch]\$")
	test -z "$found"
	ok $? "$1 is known to $2 alone${found:+, not to $found}"
}
owner '\<gnutls_' 'crypto|pem'
owner '\<PQ[a-z]' 'pg|pg_all|pg_prepared|pg_private|pg_value'
owner '\<curl_' 'pcs_transfer|pcs_http|pcs_url'
owner '\<FCGX_' 'http|http_private|http_exchange'
owner '\<g_mime_' 'multipart'
owner '\<seccomp_' 'sandbox'

echo "1..$num"
exit $failed
