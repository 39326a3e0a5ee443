/**
 * The scripted model as its clients meet it: plain HTTP in each dialect. What the real agents make of it is tested in
 * `test/tools/real`.
 */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scratch } from '../repository.ts'
import { at, textAt, type Json } from './body.ts'
import { CLIENTS, type Got, post, ask, partsOf } from './clients.ts'
import { DECLINED, DONE, FAULT_KINDS, type Fault, type Script } from './script.ts'
import { closedPort, startModelServer, type ModelServer } from './server.ts'

let server: ModelServer

beforeAll(async () => {
  server = await startModelServer()
})

afterAll(() => server[Symbol.asyncDispose]())

const SCRIPT: Script = {
  steps: [
    { do: 'write', path: 'notes.txt', text: 'scripted\n' },
    { do: 'say', text: 'I wrote it.' },
  ],
}

describe.each(Object.entries(CLIENTS))('in the dialect %s', (dialect, client) => {
  const base = (name: string, faults: Fault[] = []): string =>
    server.script(`${dialect}-${name}`, { ...SCRIPT, faults })

  it.each([true, false])('it answers step by step, by the results in the request (stream: %s)', async (isStream) => {
    const url = base('steps')
    const [first, second, third] = [
      client.said(partsOf(await ask(client, url, 0, isStream))),
      client.said(partsOf(await ask(client, url, 1, isStream))),
      client.said(partsOf(await ask(client, url, 2, isStream))),
    ]
    expect(first.call).toBe('write_file')
    // Absolute where the request tells the folder, nothing that was not asked for, something for what is required.
    expect(first.args).toEqual({
      file_path: '/repo/tree/notes.txt',
      content: 'scripted\n',
      explanation: 'as the script says',
    })
    expect(second).toEqual({ text: 'I wrote it.', call: '', args: null })
    expect(third.text).toBe(DONE)
  })

  it('it tells each failure by the status that its providers use', async () => {
    const statuses: Record<string, number> = {}
    for (const kind of FAULT_KINDS) {
      if (['hang', 'stall', 'reset', 'drop', 'slow', 'held'].includes(kind)) continue
      const got = await ask(client, base(`status-${kind}`, [{ kind }]))
      statuses[kind] = got.status
      if (got.status >= 400) expect(textAt(JSON.parse(got.text) as Json, 'error', 'message')).not.toBe('')
    }
    const usual = { payment: 402, model: 404, rate: 429, unavailable: 503, overflow: 400 }
    expect(statuses).toEqual({
      ...usual,
      auth: dialect === 'gemini' ? 400 : 401,
      quota: dialect === 'messages' ? 400 : 429,
      overloaded: dialect === 'gemini' ? 503 : 529,
      empty: 200,
      garbage: 200,
      refusal: 200,
    })
  })

  it('a rate limit says how long to wait, and happens as often as told', async () => {
    const url = base('rate', [{ kind: 'rate', retryAfterSeconds: 7, times: 1 }])
    const limited = await ask(client, url)
    const wait = limited.headers.get('retry-after') ?? /"retryDelay":"(\d+)s"/.exec(limited.text)?.[1]
    expect([limited.status, wait]).toEqual([429, '7'])
    expect((await ask(client, url)).status).toBe(200)
  })

  it('a fault waits for its step', async () => {
    const url = base('later', [{ kind: 'unavailable', onStep: 1 }])
    expect([(await ask(client, url, 0)).status, (await ask(client, url, 1)).status]).toEqual([200, 503])
  })

  it('or for so many requests, whatever step they are for', async () => {
    const url = base('third', [{ kind: 'unavailable', afterRequests: 2 }])
    const statuses = []
    for (let request = 0; request < 4; request++) statuses.push((await ask(client, url, 0)).status)
    expect(statuses).toEqual([200, 200, 503, 503])
  })

  it.each([true, false])('an answer can break in its middle (stream: %s)', async (isStream) => {
    const url = base('drop', [{ kind: 'drop' }])
    await expect(ask(client, url, 1, isStream)).rejects.toThrow()
  })

  it('it can stop in the middle of an answer, and never answer at all', async () => {
    for (const kind of ['stall', 'hang'] as const) {
      const url = base(kind, [{ kind }])
      const gone = new AbortController()
      const response = fetch(url + client.path(true), {
        method: 'POST',
        body: JSON.stringify(client.body(0, true)),
        signal: gone.signal,
      })
      await server.request((seen) => seen.script === `${dialect}-${kind}`)
      if (kind === 'stall') {
        const reader = (await response).body!.getReader()
        expect((await reader.read()).value?.length).toBeGreaterThan(0)
      }
      gone.abort()
      await response.catch(() => null)
    }
  })

  it('an answer can be held until it is released', async () => {
    const name = `${dialect}-held`
    let isAnswered = false
    const answer = ask(client, base('held', [{ kind: 'held' }]), 1, true)
    void answer.then(() => (isAnswered = true))
    await server.request((seen) => seen.script === name)
    // Another one is answered meanwhile.
    await ask(client, base('meanwhile'))
    expect(isAnswered).toBe(false)
    server.release(name)
    expect(client.said(partsOf(await answer)).text).toBe('I wrote it.')
  })

  it('an answer can be empty, garbage, a refusal, or slow', async () => {
    const answer = async (kind: Fault['kind']): Promise<Got> => ask(client, base(kind, [{ kind, pauseMs: 1 }]), 1, true)
    expect(client.said(partsOf(await answer('empty')))).toEqual({ text: '', call: '', args: null })
    expect((await answer('garbage')).text).toContain('<html>')
    expect(client.said(partsOf(await answer('refusal'))).text).toBe(DECLINED)
    expect(client.said(partsOf(await answer('slow'))).text).toBe('I wrote it.')
  })

  it('a request without tools is a title or the like, and no fault is spent on it', async () => {
    const url = base('utility', [{ kind: 'auth' }])
    const { tools: _, ...rest } = client.body(0, false) as { [key: string]: Json }
    const got = await post(url + client.path(false), rest)
    expect(got.status).toBe(200)
    expect(client.said(partsOf(got)).text).toBe('A scripted task')
  })
})

describe('the tools of the client', () => {
  const chat = CLIENTS['chat']!
  const call = async (tools: Json[], step: Script['steps'][number]): Promise<{ call: string; args: Json }> => {
    const url = server.script('mapped', { steps: [step] })
    const body = { ...(chat.body(0, false) as { [key: string]: Json }), tools }
    return chat.said(partsOf(await post(`${url}/v1/chat/completions`, body)))
  }
  const tool = (name: string, ...properties: string[]): Json => ({
    type: 'function',
    function: {
      name,
      parameters: {
        type: 'object',
        properties: Object.fromEntries(properties.map((property) => [property, { type: 'string' }])),
        required: properties,
      },
    },
  })

  it('are found by their names, and their arguments by theirs', async () => {
    expect(await call([tool('create', 'path', 'file_text')], { do: 'write', path: 'a', text: 'b' })).toMatchObject({
      call: 'create',
      args: { path: '/repo/tree/a', file_text: 'b' },
    })
    const edit = { do: 'edit', path: '/a', old: 'x', new: 'y' } as const
    expect(await call([tool('replace', 'absolute_path', 'old_string', 'new_string')], edit)).toMatchObject({
      call: 'replace',
      args: { absolute_path: '/a', old_string: 'x', new_string: 'y' },
    })
    expect(await call([tool('run_shell_command', 'command')], { do: 'shell', command: 'true' })).toMatchObject({
      call: 'run_shell_command',
      args: { command: 'true' },
    })
    expect(await call([tool('view', 'path')], { do: 'read', path: '/a' })).toMatchObject({
      call: 'view',
      args: { path: '/a' },
    })
  })

  it('take a patch where there is no tool to write', async () => {
    const url = server.script('patched', { steps: [{ do: 'write', path: 'a.txt', text: 'one\ntwo\n' }] })
    const body = { model: 'm', input: [], tools: [{ type: 'custom', name: 'apply_patch' }] }
    const got = partsOf(await post(`${url}/v1/responses`, body))
    expect(at(got[0], 'output', 0)).toMatchObject({
      type: 'custom_tool_call',
      name: 'apply_patch',
      input: '*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** End Patch\n',
    })
  })

  it('are written with by a shell where there is nothing else, and it does what it should', async () => {
    await using repo = await scratch({ files: { 'a.txt': "it's old\n" } })
    const { execFileSync } = await import('node:child_process')
    for (const step of [
      { do: 'write', path: 'new folder/b.txt', text: "it's $new\n" },
      { do: 'edit', path: 'a.txt', old: "it's old", new: "it's $1 \\new" },
    ] as const) {
      const { args } = await call([tool('bash', 'command')], step)
      execFileSync('/bin/sh', ['-c', textAt(args, 'command')], { cwd: repo.root })
    }
    expect(await repo.read('new folder/b.txt')).toBe("it's $new\n")
    expect(await repo.read('a.txt')).toBe("it's $1 \\new\n")
  })

  it('that cannot do the step are an error of the script', async () => {
    const url = server.script('lost', { steps: [{ do: 'shell', command: 'true' }] })
    const got = await ask(chat, url)
    expect([got.status, got.text]).toEqual([500, expect.stringContaining('no tool for shell among write_file')])
  })
})

describe('Aider, which has no tools', () => {
  const told = async (system: string, steps: Script['steps']): Promise<string> => {
    const url = server.script('aider', { steps })
    const body = { model: 'm', messages: [{ role: 'system', content: system }] }
    return CLIENTS['chat']!.said(partsOf(await post(`${url}/v1/chat/completions`, body))).text
  }

  it('gets all edits as SEARCH/REPLACE blocks when it asks for those', async () => {
    const text = await told('Use *SEARCH/REPLACE blocks*. Every *SEARCH/REPLACE block* must ...', [
      { do: 'edit', path: 'a.txt', old: 'old\n', new: 'new\n' },
      { do: 'write', path: 'b.txt', text: 'b\n' },
      { do: 'shell', command: 'ignored' },
      { do: 'say', text: 'There.' },
    ])
    expect(text).toBe(`a.txt
\`\`\`
<<<<<<< SEARCH
old
=======
new
>>>>>>> REPLACE
\`\`\`

b.txt
\`\`\`
<<<<<<< SEARCH
=======
b
>>>>>>> REPLACE
\`\`\`

There.`)
  })

  it('gets whole files when it asks for those', async () => {
    const steps: Script['steps'] = [{ do: 'write', path: 'b.txt', text: 'b\n' }]
    expect(await told('return the entire *file listing*', steps)).toBe('b.txt\n```\nb\n```')
  })
})

describe('the server', () => {
  it('answers what is asked beside', async () => {
    const url = server.script('beside', SCRIPT)
    const models = (await (await fetch(`${url}/v1/models`)).json()) as Json
    expect(at(models, 'data', 0, 'id')).toBe('scripted')
    expect((await post(`${url}/v1/messages/count_tokens`, {})).text).toContain('input_tokens')
    expect((await post(`${url}/v1beta/models/m:countTokens`, {})).text).toContain('totalTokens')
  })

  it('fills the schema of a request that wants JSON', async () => {
    const url = server.script('json', SCRIPT)
    const schema = {
      type: 'object',
      properties: { next: { type: 'string', enum: ['user', 'model'] } },
      required: ['next'],
    }
    const body = { generationConfig: { responseJsonSchema: schema } }
    const got = await post(`${url}/v1beta/models/m:generateContent`, body)
    expect(textAt(JSON.parse(got.text) as Json, 'candidates', 0, 'content', 'parts', 0, 'text')).toBe('{"next":"user"}')
  })

  it('knows no other names, and lets nobody through', async () => {
    expect((await post(`${server.url}/stranger/v1/chat/completions`, {})).status).toBe(404)
    const { port } = new URL(server.url)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('CONNECT example.org:443 HTTP/1.1\r\n\r\n'))
      socket.on('data', (data) => resolve(data.toString())).on('error', reject)
    })
    expect(answer).toContain('403')
    expect(server.seen.filter(({ kind }) => kind === 'outside').map(({ path }) => path)).toEqual(['example.org:443'])
  })

  it('logs every request with its time, its step and its key', async () => {
    await using repo = await scratch()
    const logFile = join(repo.dir, 'requests.ndjson')
    {
      await using logged = await startModelServer({ logFile })
      const url = logged.script('log', { ...SCRIPT, faults: [{ kind: 'auth', onStep: 1 }] })
      const client = CLIENTS['messages']!
      await post(url + client.path(false), client.body(1, false), { 'x-api-key': 'canary' })
    }
    const [line, ...more] = (await readFile(logFile, 'utf8')).trim().split('\n')
    expect(more).toEqual([])
    expect(JSON.parse(line!)).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      script: 'log',
      method: 'POST',
      path: '/log/v1/messages?beta=true',
      kind: 'step',
      dialect: 'messages',
      model: 'm',
      isStream: false,
      step: 1,
      fault: 'auth',
      tools: ['write_file'],
      key: 'canary',
    })
  })

  it('leaves a port at which nobody listens', async () => {
    await expect(fetch(await closedPort())).rejects.toThrow()
  })
})
