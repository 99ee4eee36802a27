#!/bin/sh
# The built command. With KILL_ONCE, a path, its first start takes the Java process with it that it was started by:
# the executor of a Spark task.
if [ -n "$KILL_ONCE" ] && mkdir "$KILL_ONCE" 2>/dev/null; then
  ancestor=$PPID
  while [ "$ancestor" -gt 1 ] && [ "$(cat "/proc/$ancestor/comm")" != java ]; do
    ancestor=$(sed 's/.*) [A-Z] \([0-9]*\) .*/\1/' "/proc/$ancestor/stat")
  done
  if [ "$ancestor" -gt 1 ]; then
    echo "$ancestor" >"$KILL_ONCE/killed"
    kill -9 "$ancestor"
    exit 1
  fi
fi
exec node "$(dirname "$0")/../../dist/cli.js" "$@"
