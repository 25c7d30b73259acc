#!/bin/sh
# Stands in for partui and misbehaves in the way that the name says under which it is started. Standard input is the
# link, both ways. The name `partui` in the same folder is the real program.

# Kind, length and checksum, content with its padding.
frame() { printf 'Pu'"$1"'\002'"$2"'\000\000\000\000'"$3" >&0; }
ready() { frame '\006' '\000\000\000\000\000\000\000\000'; }
# Waits until something arrives: the board's byte, the setup, then a sample.
hear() { dd bs=65536 count=1 2>/dev/null >/dev/null; }
stay() { exec sleep 300; }

case ${0##*/} in
    # Never a worker.
    exits) exit 0 ;;
    exits-3) exit 3 ;;
    crashes) kill -SEGV $$ ;;
    echoes) exec cat >&0 ;;
    babbles) printf 'GET / HTTP/1.1\r\n\r\n' >&0; stay ;;
    floods) exec yes >&0 ;;
    boasts) frame '\007' '\377\377\377\377\000\000\000\000'; stay ;;
    breaks-off) printf 'Pu\007\002\377' >&0; exit 0 ;;
    falters) printf 'Pu\007\002\000' >&0; exec sleep 300 <&- ;;
    deaf) exec sleep 300 <&- ;;
    mistaken) frame '\010' '\000\000\000\000\000\000\000\000'; stay ;;
    forger) frame '\006' '\002\000\000\000\001\002\003\004' '\005\006\000\000\000\000\000\000'; stay ;;
    # Ready, but no use.
    quits) ready; hear; sleep 0.03; exit 0 ;;
    dies) ready; hear; sleep 0.03; kill -KILL $$ ;;
    # Outputs of task 5 when it has none; what it says after that must not be taken for its successor's word.
    lies)
        ready; hear; sleep 0.03
        outputs='\001\000\000\000\000\000\000\000\005\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000'
        ready='Pu\006\002\000\000\000\000\000\000\000\000\000\000\000\000'
        frame '\007' '\041\000\000\000\310\273\036\225' "$outputs$ready"
        stay ;;
    # Both at once, so that whoever reads the first has the second.
    hurries) ready='Pu\006\002\000\000\000\000\000\000\000\000\000\000\000\000'; printf "$ready$ready" >&0; stay ;;
    # The real program in a strange place.
    ignores-children) exec env --ignore-signal=CHLD "${0%/*}/partui" "$@" ;;
    dumps-core) ulimit -S -c "$(ulimit -H -c)"; exec "${0%/*}/partui" "$@" ;;
    few-descriptors) ulimit -n 16; exec "${0%/*}/partui" "$@" ;;
    no-hangup) trap '' HUP; exec "${0%/*}/partui" "$@" ;;
    confined)
        place=${0%/*}/places
        mkdir -p "$place/tmp" "$place/runtime" "$place/cache"
        cd "$place" || exit
        export TMPDIR="$place/tmp" XDG_RUNTIME_DIR="$place/runtime" XDG_CACHE_HOME="$place/cache"
        exec ../partui "$@" ;;
    *) echo "unknown: $0" >&2; exit 64 ;;
esac
