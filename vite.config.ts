/**
 * `npm run build`: the sources and everything they use become a few files in `dist/`, so that a package has no
 * dependencies of its own and starts fast. What a command imports lazily stays a file of its own: `--version` reads
 * little. Nothing is minified: a stack trace from somebody else's machine has to be readable.
 */
import { defineConfig } from 'vite'

export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    // Sources are not shipped, so a map would only point at files that are not there.
    sourcemap: false,
    // What is bundled keeps its authors and their terms: they travel with the package.
    license: { fileName: 'licenses.md' },
    rollupOptions: {
      // Processes of their own, looked for by these names (`src/process/entry.ts`).
      input: {
        main: 'src/cli/main.ts',
        starter: 'src/process/starter-process.ts',
        shim: 'src/process/node-shim-process.ts',
        'key-proxy': 'src/tools/keys/proxy-process.ts',
        'demo-agent': 'src/tools/demo/agent.ts',
        'acp-client': 'src/tools/acp/client.ts',
      },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
  ssr: { noExternal: true, target: 'node' },
})
