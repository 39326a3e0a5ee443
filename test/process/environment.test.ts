import { describe, expect, it } from 'vitest'
import { allowedEnvironment } from '../../src/process/environment.ts'

describe('allowedEnvironment', () => {
  const source = {
    PATH: '/bin',
    HOME: '/home/me',
    LC_TIME: 'C',
    API_KEY: 'secret',
    NODE_OPTIONS: '--inspect',
    GIT_DIR: '/x',
    SLUICE_NONCE: 'n',
    EMPTY: undefined,
  }

  it('passes the short list and nothing else', () => {
    expect(allowedEnvironment(source, { pass: [], set: {} })).toEqual({ PATH: '/bin', HOME: '/home/me', LC_TIME: 'C' })
  })

  it('passes what is asked for by name, and lets what is set win', () => {
    const seen = allowedEnvironment(source, { pass: ['API_KEY', 'ABSENT'], set: { HOME: '/slot', EXTRA: '1' } })
    expect(seen).toEqual({ PATH: '/bin', HOME: '/slot', LC_TIME: 'C', API_KEY: 'secret', EXTRA: '1' })
  })

  it('never passes GIT_* or the nonce, not even when asked', () => {
    const seen = allowedEnvironment(source, { pass: ['GIT_DIR', 'SLUICE_NONCE'], set: { SLUICE_NONCE: 'forged' } })
    expect(seen).not.toHaveProperty('GIT_DIR')
    expect(seen).not.toHaveProperty('SLUICE_NONCE')
  })
})
