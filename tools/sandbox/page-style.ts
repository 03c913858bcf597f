/** The style of the sandbox's page, in light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #faf8f5; --card: #fff; --ink: #211d19; --quiet: #5d564e; --line: #e2dcd3; --edge: #8b8278;
  --accent: #9c4708; --on-accent: #fff; --tint: #fbf0e4; --bad: #a3241c; --bad-tint: #fdf0ee; --good: #1d6b3a;
  font: 100%/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171410; --card: #201c17; --ink: #f1ece5; --quiet: #b9b0a4; --line: #3b352d; --edge: #978d80;
    --accent: #ffa657; --on-accent: #221500; --tint: #2f261b; --bad: #ff9d92; --bad-tint: #3a201c; --good: #7ed69b;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--paper); color: var(--ink) }
header, main, footer { max-width: 76rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem) }
header { padding-block: clamp(1.5rem, 4vw, 2.5rem) 1.25rem }
h1 { margin: 0; font-size: clamp(1.6rem, 1.2rem + 2.2vw, 2.4rem); line-height: 1.15; letter-spacing: -0.02em }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem }
h3 { margin: 0; font-size: 1.0625rem }
p { margin: 0.35rem 0 }
header p { color: var(--quiet) }
#summary { color: var(--ink); font-weight: 600 }
.quiet { color: var(--quiet) }
main { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr) }
section { min-width: 0; padding: clamp(1rem, 3vw, 1.5rem); background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem }
@media (min-width: 56rem) {
  main { grid-template-columns: minmax(0, 20rem) minmax(0, 1fr) }
  #options { grid-column: 1 / -1 }
}
.drop {
  position: relative; display: grid; justify-items: center; align-content: center; gap: 0.25rem; min-height: 11rem;
  padding: 1rem; text-align: center; cursor: pointer; border: 2px dashed var(--edge); border-radius: 0.625rem; background: var(--tint);
}
.drop svg { width: 2.5rem; height: 2.5rem; color: var(--accent) }
.drop b { overflow-wrap: anywhere }
.drop small { color: var(--quiet); text-wrap: balance }
.drop input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer }
.drop:hover, .drop.over { border-color: var(--accent) }
.drop.over { border-style: solid }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0 }
fieldset:disabled * { cursor: not-allowed }
:focus-visible, .drop:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px }
.wishes { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1rem; align-items: end }
.wishes label { flex: 1 1 7rem; display: grid; gap: 0.25rem; font-size: 0.875rem; color: var(--quiet) }
.wishes button { flex: 1 1 auto }
input, select, button { font: inherit; color: inherit }
.wishes input, .wishes select {
  width: 100%; height: 2.75rem; padding: 0 0.75rem; color: var(--ink); border: 1px solid var(--edge); border-radius: 0.5rem; background: var(--card);
}
button {
  min-height: 2.75rem; padding: 0 1.1rem; cursor: pointer; font-weight: 600;
  border: 1px solid var(--accent); border-radius: 0.5rem; background: var(--accent); color: var(--on-accent);
}
button.plain { background: none; color: var(--accent) }
.problem { padding: 0.875rem 1rem; border-left: 4px solid var(--bad); border-radius: 0.25rem; background: var(--bad-tint); overflow-wrap: anywhere }
#answers { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.5rem), 1fr)); margin: 0.75rem 0 0; padding: 0; list-style: none }
#answers li { min-width: 0; padding: 0.75rem; border: 1px solid var(--line); border-radius: 0.625rem; overflow-wrap: break-word; font-size: 0.875rem; font-variant-numeric: tabular-nums }
#answers b { display: block }
#answers img {
  display: block; width: 100%; height: 7rem; margin-bottom: 0.5rem; object-fit: contain; border-radius: 0.375rem;
  background: repeating-conic-gradient(#9993 0 25%, #0000 0 50%) 0 0 / 1rem 1rem;
}
#answers i { display: block; height: 0.5rem; min-width: 2px; width: calc(var(--share) * 100%); margin-block: 0.25rem; border-radius: 0.25rem; background: var(--accent) }
#facts-title, #made-title { margin-top: 1.25rem; font-size: 0.9375rem }
#made { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; margin-top: 0.5rem; font-size: 0.875rem; font-variant-numeric: tabular-nums }
#made[hidden] { display: none }
#made p { flex: 1 0 100%; margin: 0; overflow-wrap: anywhere }
#made figure { min-width: 0; margin: 0 }
#made img { display: block; max-width: 100%; max-height: 12rem; border-radius: 0.375rem }
#made figcaption { color: var(--quiet) }
#facts { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0.5rem 0 0; padding: 0; list-style: none; font-size: 0.875rem; font-variant-numeric: tabular-nums }
.cards { display: grid; align-items: start; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); margin-top: 1rem }
.card { min-width: 0; display: flex; flex-direction: column; padding: 1rem; border: 1px solid var(--line); border-radius: 0.625rem; font-size: 0.9375rem }
dl { margin: 0.5rem 0; font-size: 0.875rem }
dl div { padding-block: 0.3rem; border-top: 1px solid var(--line) }
dt { color: var(--quiet) }
dd { margin: 0 }
ul.runners { margin: 0; padding: 0; list-style: none; font-size: 0.875rem }
.runners li { padding-block: 0.4rem; border-top: 1px solid var(--line); overflow-wrap: anywhere }
.runners p { margin: 0.1rem 0 }
.state { display: inline-block; padding: 0 0.5em; border: 1px solid currentColor; border-radius: 1em; font-size: 0.8125rem; color: var(--quiet) }
.state.running { color: var(--good) }
.state.ended { color: var(--bad) }
.architecture { display: block; margin-top: auto; padding-top: 0.75rem }
.architecture img { display: block; width: 100%; height: auto; max-height: 22rem; object-fit: contain; border-radius: 0.375rem }
a { color: var(--accent) }
code { padding: 0.05em 0.3em; border-radius: 0.25rem; background: var(--tint); font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere }
footer { padding-block: 1.25rem 3rem; color: var(--quiet) }
@media (forced-colors: active) {
  #answers i { forced-color-adjust: none; background: CanvasText }
  .problem, .drop.over { border: 2px solid }
}
`;
