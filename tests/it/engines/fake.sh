#!/bin/sh
# An engine that behaves as its file's name says; tests link to it under such names. It starts as every engine does: the
# first byte of its input carries the board, then come orders, a line each. What it says until its first sample lies beside
# the link, a file for each event.

say() {
    cat "${0%/*}/$1"
}

# Says what each order but the last one asks for, so that an engine gets as far as its first sample.
until_sampled() {
    while read -r order; do
        case $order in
            *'"order":"calibrate"'*) say calibrated ;;
            *'"order":"configure"'*) say ready ;;
            *'"order":"finish"'*) [ "${0##*/}" = stubborn ] && sleep 1000; exit 0 ;;
            *) return ;;
        esac
    done
}

# A process of the same group that would go on for good, as a worker would.
with_worker() {
    "$0" worker >&- &
}

[ "$1" = worker ] && while :; do sleep 1; done

case ${0##*/} in
    garbage) echo hello && sleep 1000 ;;
    flood) while :; do echo '{"event":"fault","worker":0,"cause":"x","retried":1}'; done ;;
    mute) with_worker && exec >&- && sleep 1000 ;;
    dies) until_sampled && with_worker && echo 'out of luck' >&2 && kill -SEGV $$ ;;
    hangs) until_sampled && with_worker && sleep 1000 ;;
    stops) until_sampled && with_worker && kill -STOP $$ && sleep 1000 ;;
    complains) until_sampled && exec yes 'it hurts' >&2 ;;
    stubborn) until_sampled && sleep 1000 ;;
    *) exit 3 ;;
esac
