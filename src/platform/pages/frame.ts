import { type Html, html } from '../../values/html.js'
import { STYLE } from './style.js'

export type Framed = {
  lang: string
  dir: string
  title: string
  /** Whose page it is. */
  brand: string
  content: Html
  /** What the head holds besides. */
  head?: Html
  footer?: string
}

/** The whole document around what a page says. */
export const frameOf = ({ lang, dir, title, brand, content, head, footer }: Framed): string =>
  html`<!doctype html>
<html lang="${lang}" dir="${dir}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">${head}<title>${title} · ${brand}</title>
<style>${{ markup: STYLE }}</style></head>
<body><main><p class="brand">${brand}</p><div class="card">${content}</div>
${footer ? html`<footer>${footer}</footer>` : undefined}</main></body>
</html>`.markup
