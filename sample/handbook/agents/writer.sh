#!/bin/sh
# The second tool of the sample: any program that works in the current directory and ends is an agent.
# It gets its brief as a file, and what it leaves behind is its work.
set -eu
echo "reading the brief of $SLUICE_WORKSTREAM"
case $SLUICE_WORKSTREAM in
  storm)
    if [ "$SLUICE_ATTEMPT" = 1 ]; then
      printf '# Storm\n\nUNFINISHED: close the shutters' >chapters/storm.md
      echo "half of the chapter is written"
      kill -9 $$ # as the kernel does when memory runs out
    fi
    ;;
  fog) printf '# Fog\n\nSound the horn twice a minute. See [the lamp](lamp.md).\n' >chapters/fog.md ;;
  *) printf '# %s\n\nWritten by the second tool.\n' "$SLUICE_WORKSTREAM" >"chapters/$SLUICE_WORKSTREAM.md" ;;
esac
sleep 0.3
echo "done"
