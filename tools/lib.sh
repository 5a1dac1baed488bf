# Shared by the scripts in this folder. Source it from the top of the checkout.
CACHE="${OMNICHANNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/omnichannel-odoo19}"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }

need_disk() { # gigabytes
    local free
    free=$(df -Pk "$CACHE" | awk 'NR == 2 {print int($4 / 1048576)}')
    [ "$free" -ge "$1" ] || fail "$CACHE has $free GB free and needs $1: make room or set OMNICHANNEL_CACHE"
}

# Named after what they hold: a checkout with other requirements does not disturb this one.
venv_path() { echo "$CACHE/venv-$(cat tools/requirements-*.txt | sha256sum | cut -c1-12)"; }
node_path() { echo "$CACHE/node-$(cat tools/node/* | sha256sum | cut -c1-12)"; }

odoo_path() { echo "${ODOO_PATH:-$CACHE/odoo/usr/lib/python3/dist-packages}"; }

pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# initdb and postgres refuse to run as root, which is what a container often is.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# A private cluster, trusted on 127.0.0.1 alone, unless PGHOST names one that is there.
# Its settings are those of a production server but for fsync: it holds tests and demos.
postgres_start() {
    # Said by whoever started us, it would have us stop what is theirs.
    unset OMNICHANNEL_STARTED_POSTGRES
    [ -n "${PGHOST:-}" ] && return
    local data="$CACHE/pg/data" sock="/tmp/omnichannel-pg-$(id -u)"
    export PGHOST=127.0.0.1 PGPORT="${PGPORT:-54329}" PGUSER="${PGUSER:-odoo}"
    if [ ! -e "$CACHE/pg/.complete" ]; then
        say "Making a PostgreSQL cluster"
        rm -rf "$CACHE/pg"
        mkdir -p "$CACHE/pg"
        if [ "$(id -u)" = 0 ]; then
            # Lets postgres reach its folder below a home that only root may enter.
            local dir="$CACHE/pg"
            chown postgres "$dir"
            while dir=$(dirname "$dir"); [ "$dir" != / ]; do chmod o+x "$dir"; done
        fi
        (cd / && as_postgres "$(pg_bin)/initdb" -D "$data" -U "$PGUSER" -A trust -E UTF8 --locale=C.UTF-8) \
            >"$CACHE/initdb.log" 2>&1 || fail "initdb failed: see $CACHE/initdb.log"
        as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
fsync = off
max_connections = 300
shared_buffers = 512MB
log_min_duration_statement = -1
CONF
        touch "$CACHE/pg/.complete"
    fi
    (cd / && as_postgres "$(pg_bin)/pg_ctl" -D "$data" status >/dev/null 2>&1) && return
    install -d -m 700 "$sock"
    [ "$(id -u)" = 0 ] && chown postgres "$sock"
    # 9 is the lock of tools/setup: the server must not hold it for as long as it lives.
    (cd / && as_postgres "$(pg_bin)/pg_ctl" -D "$data" -w -l "$data/server.log" \
        -o "-p $PGPORT -k $sock" start >/dev/null 9>&-) ||
        fail "PostgreSQL did not start on port $PGPORT (taken? set PGPORT): see $data/server.log"
    # Who starts it for a while only, as the demo does, stops it again.
    export OMNICHANNEL_STARTED_POSTGRES=1
}

postgres_stop() {
    [ -e "$CACHE/pg/data/postmaster.pid" ] || return 0
    (cd / && as_postgres "$(pg_bin)/pg_ctl" -D "$CACHE/pg/data" -m fast stop >/dev/null)
}
