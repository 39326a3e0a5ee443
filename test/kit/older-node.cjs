/** Loaded with `--require`: the launcher takes the Node that it runs under for an older one. What it starts does not. */
Object.defineProperty(process.versions, 'node', { value: '20.0.0' })
