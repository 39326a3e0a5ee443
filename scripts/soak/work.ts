/**
 * What a soak works on: a plan of any size in layers, with a few workstreams that cannot be done and one that waits for each
 * of them, and a tool whose pace can be changed while it works, so that the work lasts as long as the soak.
 */
import { renameSync, writeFileSync } from 'node:fs'
import type { Place } from '../../bench/place.ts'
import { makeRepository } from '../../bench/repository.ts'
import { type PlannedFile, resultOf } from '../../bench/refactoring.ts'

/** Wide enough that the seats have something to do whatever is waited for. */
const LAYER = 25
/** Of a tool's work. After each its file says how far it came, and the next attempt goes on there. */
export const STEPS = 4
/** Every result says that it is done. By one process for all: it is run hundreds of times. */
export const GATE = ['! grep -L "is done" results/*.txt | grep -q .']

export interface Work {
  workstreams: PlannedFile[]
  /** Those that end failed, whatever is tried, and what waits for them, directly or not. */
  hopeless: ReadonlySet<string>
}

/** Dependencies are drawn by `random`. */
export function makeWork(count: number, random: () => number): Work {
  const idOf = (index: number): string => {
    const kind = index === Math.floor(count / 3) ? '-never' : index === Math.floor((2 * count) / 3) ? '-red' : ''
    return `part-${String(index).padStart(3, '0')}${kind}`
  }
  const hopeless = new Set<string>()
  const workstreams = Array.from({ length: count }, (_, index): PlannedFile => {
    const id = idOf(index)
    const dependsOn = new Set<string>()
    const first = index - LAYER
    if (first >= 0 && random() < 0.6) dependsOn.add(idOf(first - Math.floor(random() * Math.min(LAYER, first + 1))))
    const before = idOf(index - 1)
    if (/-(never|red)$/.test(before)) dependsOn.add(before)
    if (/-(never|red)$/.test(id) || [...dependsOn].some((one) => hopeless.has(one))) hopeless.add(id)
    const text = JSON.stringify({ id, tasks: [id], depends_on: [...dependsOn], files_create: [resultOf(id)] })
    return { id, dependsOn: [...dependsOn], path: `workstreams/${id}.json`, text }
  })
  return { workstreams, hopeless }
}

/** Makes the repository. The tool reads the seconds of each of its steps from the file `pace`. */
export function prepare(place: Place, { workstreams }: Work, agents: number, pace: string): void {
  const yaml = {
    version: 1,
    target: 'main',
    workstreams: 'workstreams/*.json',
    agents,
    acceptance: 'show',
    watch: { memory: { warn: [100, '0s'], critical: [100, '0s'] } },
    tools: { order: ['worker'], worker: { command: ['sh', '-c', TOOL, pace] } },
    // Kills of a tool are tries that were spent.
    limits: { attempts: 6 },
    gate: GATE,
  }
  makeRepository(place, [
    ['sluice.yaml', JSON.stringify(yaml)],
    [resultOf('before'), 'what was there before is done\n'],
    ...workstreams.map(({ path, text }) => [path, text] as const),
  ])
}

/** In steps, of which every other one is committed. `-never` gives up, `-red` writes what no gate lets pass. */
const TOOL = `
file=results/$SLUICE_WORKSTREAM.txt
mkdir -p results
touch "$file"
step=$(grep -c . "$file")
while [ "$step" -lt ${STEPS} ]; do
  sleep "$(cat "$0")"
  step=$((step + 1))
  echo "step $step" >>"$file"
  if [ $((step % 2)) -eq 0 ]; then
    git add -A && git commit -q -m "step $step" || exit 1
  fi
done
case $SLUICE_WORKSTREAM in
  *-never) echo "this cannot be done" >&2; exit 1 ;;
  *-red) echo "$SLUICE_WORKSTREAM is broken" >"$file" ;;
  *) echo "$SLUICE_WORKSTREAM is done" >"$file" ;;
esac
`

/** From now on; whole, so that no tool reads half a number. */
export function setPace(pace: string, seconds: number): void {
  writeFileSync(`${pace}.next`, seconds.toFixed(2))
  renameSync(`${pace}.next`, pace)
}
