import { defineConfig } from 'vite'

/** The console, built into what the staff listener serves. */
export default defineConfig({
  root: 'src/console',
  base: '/',
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy of the page allows nothing inline
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // Libraries mark files for servers that render; there is none here.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log)
      },
    },
  },
})
