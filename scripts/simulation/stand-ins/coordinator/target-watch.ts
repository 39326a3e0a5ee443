/** Rings when a person does something where the target lives, as long as somebody waits for that. */
import type * as real from '../../../../src/coordinator/target-watch.ts'
import type { Bell } from '../../../../src/coordinator/bell.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/coordinator/target-watch.ts'

type Real = InstanceType<typeof real.TargetWatch>

export class TargetWatch implements Pick<Real, 'want' | typeof Symbol.dispose> {
  readonly #bell: Bell

  constructor(_repo: unknown, _target: string, bell: Bell) {
    this.#bell = bell
  }

  want(isWanted: boolean): Promise<void> {
    return world().looking(() => {
      world().onTargetTouched = isWanted ? () => this.#bell.ring() : () => {}
    })
  }

  [Symbol.dispose](): void {
    if (!world().isDead) world().onTargetTouched = () => {}
  }
}
