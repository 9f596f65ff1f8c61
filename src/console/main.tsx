import '@mantine/core/styles.css'
import { type CSSVariablesResolver, createTheme, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { HotkeysProvider } from 'react-hotkeys-hook'
import { queries } from './api.js'
import { Announcer } from './components/announcer.js'
import { StepUp } from './components/step-up.js'
import { Shell } from './shell.js'

const theme = createTheme({
  primaryColor: 'blue',
  // Shades that keep 4.5 : 1 against white text, and against both backgrounds (WCAG 2.2 §1.4.3).
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  respectReducedMotion: true,
})

/** What the library shows faintly, at 4.5 : 1 (WCAG 2.2 §1.4.3). */
const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#565d64',
    '--mantine-color-placeholder': '#656c73',
    '--mantine-color-error': '#b02525',
    '--mantine-color-orange-outline': '#8a4b00',
  },
  dark: {
    '--mantine-color-dimmed': '#b1b6bb',
    '--mantine-color-placeholder': '#a2a8ad',
    '--mantine-color-error': '#ff9d9d',
    '--mantine-color-orange-outline': '#ffc078',
  },
})

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
setNonce(nonce) // for the style that keeps a page still behind a dialog
const root = document.getElementById('root')
if (!root) throw new Error('The page has no place for the console.')

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={readable}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <HotkeysProvider>
          <Announcer>
            <StepUp>
              <Shell />
            </StepUp>
          </Announcer>
        </HotkeysProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
