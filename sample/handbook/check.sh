#!/bin/sh
# The gate: every chapter begins with a title and ends with a line end, every link leads somewhere, nothing is unfinished.
status=0
fail() {
  echo "check: $1" >&2
  status=1
}
for chapter in chapters/*.md; do
  head -n 1 "$chapter" | grep -q '^# ' || fail "$chapter does not begin with a title"
  [ -z "$(tail -c 1 "$chapter")" ] || fail "$chapter does not end with a line end"
  grep -q 'UNFINISHED' "$chapter" && fail "$chapter is unfinished"
  for link in $(sed -n 's/.*](\([a-z-]*\.md\)).*/\1/p' "$chapter"); do
    [ -f "chapters/$link" ] || fail "$chapter links to $link, which does not exist"
  done
done
[ $status = 0 ] && echo "check: $(ls chapters | wc -l) chapters are fine"
exit $status
