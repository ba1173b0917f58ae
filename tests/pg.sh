#!/bin/sh
# A private PostgreSQL for a test: only a Unix socket, everything in one
# folder, nothing of the system's touched.
#
#   pg.sh start DIR    makes the cluster in DIR if there is none; starts it
#   pg.sh stop DIR     stops it at once, as after a crash
#
# DIR is an absolute path that exists and is short (a socket's path has at
# most 107 bytes). Connect as superuser with
# "host=DIR user=postgres dbname=postgres". Exit status 77: PostgreSQL's
# server is not installed. Root has to become an ordinary user for it:
# "postgres", which then owns DIR.

usage() {
	echo "usage: pg.sh start|stop DIR (an absolute path)" >&2
	exit 64
}

# Debian keeps the server's programs out of PATH.
find_bin() {
	for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
	    "$(dirname "$(command -v initdb || echo .)")"; do
		test -x "$bin/initdb" && test -x "$bin/pg_ctl" && return
	done
	echo "PostgreSQL's server is not installed" >&2
	exit 77
}

# Inside DIR: the caller's folder may be closed to "postgres".
run() {
	(cd "$dir" && if test "$(id -u)" = 0; then
		exec setpriv --reuid=postgres --regid=postgres --init-groups \
		    "$@"
	else
		exec "$@"
	fi)
}

start() {
	test "$(id -u)" != 0 || chown postgres: "$dir" || exit
	if ! test -e "$dir/data/PG_VERSION"; then
		run "$bin/initdb" -D "$dir/data" -U postgres -A trust \
		    -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 || {
			cat "$dir/initdb.log" >&2
			exit 1
		}
		run tee -a "$dir/data/postgresql.conf" >/dev/null <<-END
			listen_addresses = ''
			unix_socket_directories = '$dir'
			shared_buffers = 16MB
			max_connections = 40
		END
	fi
	run "$bin/pg_ctl" start -w -t 60 -s -D "$dir/data" \
	    -l "$dir/server.log" || {
		tail -n 20 "$dir/server.log" >&2
		exit 1
	}
}

stop() {
	test -e "$dir/data/postmaster.pid" || return 0
	run "$bin/pg_ctl" stop -w -t 60 -s -m immediate -D "$dir/data"
}

test $# = 2 || usage
dir=$2
case $1 in start|stop) ;; *) usage ;; esac
case $dir in /*) ;; *) usage ;; esac
find_bin
"$1"
