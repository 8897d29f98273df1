// How <vr-scene> looks. Colours and type come from the page's custom properties; the fallbacks are the house's day palette.

const SHEET = `
:host { display: block; color: var(--ink, #1F2421); font-family: var(--sans, sans-serif); font-size: 1rem; line-height: 1.6; }
:host([hidden]), [hidden] { display: none !important; }
.house { display: grid; grid-template-columns: minmax(0, 1fr); gap: .8rem; }
.view { position: relative; aspect-ratio: 16 / 9; min-height: 15rem; width: 100%; background: var(--mist, #D9D5C7); overflow: hidden; touch-action: pan-y; cursor: grab; border-radius: 2px; }
.view:active { cursor: grabbing; }
.still, canvas { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; display: block; }
canvas { transition: opacity .18s; }
canvas.cut { opacity: .15; }
.pins { position: absolute; inset: 0; pointer-events: none; }
.pin { position: absolute; transform: translate(-1.375rem, -50%); display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 .4rem 0 0; border: 0; background: none; font: inherit; font-size: .9rem; color: #1F2421; cursor: pointer; pointer-events: auto; white-space: nowrap; }
.pin.leftwards { transform: translate(calc(-100% + 1.375rem), -50%); flex-direction: row-reverse; padding: 0 0 0 .4rem; }
.dot { width: 1rem; height: 1rem; margin: 0 .875rem; border-radius: 50%; background: #A63A2B; border: 3px solid #FFFDF8; box-shadow: 0 0 0 1.5px #1F2421; flex: none; }
.label { background: #FDFBF6; border: 1px solid #1F2421; border-radius: 2px; padding: .05rem .5rem; opacity: 0; transition: opacity .12s; }
.pin:hover .label, .pin:focus-visible .label { opacity: 1; }
@media (hover: none) { .label { opacity: 1; } }
:host([large]) .label { opacity: 1; }
.status { position: absolute; left: .6rem; bottom: .6rem; margin: 0; padding: .1rem .6rem; background: #FDFBF6; color: #1F2421; font-size: .85rem; border-radius: 2px; max-width: calc(100% - 1.2rem); }
.status:empty { display: none; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
button { font: inherit; min-height: 2.75rem; padding: .3rem 1rem; color: var(--ink, #1F2421); background: transparent; border: 1px solid var(--edge, color-mix(in srgb, var(--ink, #1F2421) 55%, var(--paper, #F7F4EC))); border-radius: 2px; cursor: pointer; text-align: start; }
button:hover { border-color: var(--ink, #1F2421); background: var(--paper-raised, color-mix(in srgb, var(--paper, #F7F4EC) 93%, var(--ink, #1F2421))); }
button.main { background: var(--seal, #A63A2B); border-color: var(--seal, #A63A2B); color: var(--on-seal, var(--paper, #FFFDF8)); }
button.sign { min-width: 2.75rem; padding: .3rem; text-align: center; }
button.quiet { text-decoration: underline; text-underline-offset: .2em; border-color: transparent; color: var(--indigo, var(--ink, #2E4A62)); }
:host([large]) button { min-height: 3.4rem; }
:focus-visible { outline: 3px solid var(--indigo, var(--ink, #2E4A62)); outline-offset: 3px; }
.view:focus-visible { outline-offset: 2px; }
.pin:focus-visible { outline: 3px solid #FFFDF8; outline-offset: 0; box-shadow: 0 0 0 6px #1F2421; }
.bar .gap { flex: 1 1 0; }
.toggle[aria-pressed="true"], .tool[aria-pressed="true"] { box-shadow: inset 0 -3px 0 var(--seal, #A63A2B); border-color: var(--ink, #1F2421); }
.reader { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; flex: 4 1 21rem; }
.house:not([data-tour="playing"], [data-tour="paused"]) .reader { display: none; }
.line { flex: 1 1 6rem; min-width: 5rem; min-height: 2.75rem; accent-color: var(--seal, #A63A2B); }
.time { font-size: .86rem; font-variant-numeric: tabular-nums; color: var(--ink-soft, color-mix(in srgb, var(--ink, #1F2421) 84%, var(--paper, #F7F4EC))); }
.headsets { display: contents; }
.cue { position: absolute; left: 50%; bottom: 1rem; transform: translateX(-50%); margin: 0; padding: .25rem .9rem; max-width: min(92%, 40rem); width: max-content; background: rgb(31 36 33 / .86); color: #FFFDF8; font-family: var(--serif, serif); font-size: 1.15rem; text-align: center; text-wrap: balance; border-radius: 2px; pointer-events: none; }
:host([large]) .cue { font-size: 1.5rem; }
.cross { position: absolute; left: 50%; top: 50%; width: 1.6rem; height: 1.6rem; transform: translate(-50%, -50%); pointer-events: none; background: linear-gradient(#A63A2B, #A63A2B) center / 2px 100% no-repeat, linear-gradient(#A63A2B, #A63A2B) center / 100% 2px no-repeat; filter: drop-shadow(0 0 1.5px #FFFDF8); }
.marks { position: absolute; inset: 0; pointer-events: none; overflow: hidden; }
.dotmark { position: absolute; width: .8rem; height: .8rem; transform: translate(-50%, -50%); border-radius: 50%; background: #A63A2B; border: 2px solid #FFFDF8; box-sizing: border-box; }
.linemark { position: absolute; height: 2px; margin-top: -1px; transform-origin: 0 50%; background: #A63A2B; box-shadow: 0 0 0 1.5px #FFFDF8; }
.mark { position: absolute; transform: translate(-50%, -130%); background: #FDFBF6; color: #1F2421; border: 1px solid #1F2421; border-radius: 2px; padding: .05rem .5rem; font-size: .95rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.tools summary { cursor: pointer; display: inline-flex; align-items: center; min-height: 2.75rem; padding: .2rem .2rem; font-weight: 600; }
.tools summary::before { content: ""; width: .5rem; height: .5rem; margin-inline-end: .7rem; border-right: 2px solid var(--seal, #A63A2B); border-bottom: 2px solid var(--seal, #A63A2B); transform: rotate(-45deg); }
.tools[open] summary::before { transform: translateY(-.15rem) rotate(45deg); }
.toolbox { display: grid; gap: .2rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); border-top: 1px solid var(--mist, #D9D5C7); padding-top: .6rem; }
.toolrow { display: flex; flex-wrap: wrap; gap: .35rem .7rem; align-items: center; min-height: 3.2rem; align-content: start; padding: .3rem 0; }
.toolrow input[type="range"] { flex: 1 1 9rem; min-height: 2.75rem; accent-color: var(--seal, #A63A2B); }
.toolrow output { min-width: 4.2em; font-variant-numeric: tabular-nums; }
.toolrow select, .toolrow input[type="text"] { font: inherit; min-height: 2.75rem; color: var(--ink, #1F2421); background: var(--paper-raised, color-mix(in srgb, var(--paper, #F7F4EC) 93%, var(--ink, #1F2421))); border: 1px solid var(--edge, color-mix(in srgb, var(--ink, #1F2421) 55%, var(--paper, #F7F4EC))); border-radius: 2px; padding: 0 .5rem; }
.toolrow input[type="text"] { width: 6.5em; text-transform: uppercase; letter-spacing: .08em; }
.toolrow p { margin: 0; flex: 1 1 100%; font-size: .95rem; color: var(--ink-soft, color-mix(in srgb, var(--ink, #1F2421) 84%, var(--paper, #F7F4EC))); }
.toolrow p:empty { display: none; }
.toolrow .result { color: var(--ink, #1F2421); font-family: var(--serif, serif); font-size: 1.12rem; }
.said { margin: 0; font-family: var(--serif, serif); font-size: 1.12rem; min-height: 5.2em; max-width: 44rem; }
.where { display: block; font-family: var(--sans, sans-serif); font-size: .86rem; color: var(--ink-soft, color-mix(in srgb, var(--ink, #1F2421) 84%, var(--paper, #F7F4EC))); }
.title { font-weight: 600; }
.caption { display: block; }
.opener { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; }
.opener input { flex: 1 1 12rem; max-width: 24rem; min-height: 2.75rem; accent-color: var(--seal, #A63A2B); }
.card { border: 1px solid var(--mist, #D9D5C7); border-inline-start: 4px solid var(--celadon, #6F9482); background: var(--paper-raised, color-mix(in srgb, var(--paper, #F7F4EC) 93%, var(--ink, #1F2421))); padding: .8rem 1.1rem; max-width: 44rem; }
.card p { margin: 0 0 .5rem; font-family: var(--serif, serif); }
.card-title { font-weight: 600; font-size: 1.1rem; }
.card-title:focus { outline: none; }
ol, ul { margin: 0; padding: 0; list-style: none; }
.stops ol { display: flex; flex-wrap: wrap; gap: .45rem; counter-reset: stop; }
.stops ol button::before { counter-increment: stop; content: counter(stop) " "; color: var(--ink-soft, color-mix(in srgb, var(--ink, #1F2421) 84%, var(--paper, #F7F4EC))); }
.stops [aria-current] { border-color: var(--seal, #A63A2B); box-shadow: inset 0 -3px 0 var(--seal, #A63A2B); font-weight: 600; }
.details { display: flex; flex-wrap: wrap; gap: .2rem; margin-top: .4rem; }
.concepts { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: 0 0 .4rem; }
.concepts a { color: var(--indigo, var(--ink, #2E4A62)); display: inline-block; padding: .3rem 0; }
.help { max-width: min(40rem, 92vw); border: 1px solid var(--ink, #1F2421); border-radius: 2px; background: var(--paper, #F7F4EC); color: var(--ink, #1F2421); padding: 1.2rem 1.4rem; }
.help::backdrop { background: rgb(31 36 33 / .55); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1.2rem; margin: 0 0 1rem; }
dt { font-weight: 600; } dd { margin: 0; }
:host([bare]) .house { gap: .45rem; } :host([bare]) .view { aspect-ratio: auto; height: max(12rem, calc(100vh - 13.5rem)); min-height: 0; } :host([bare]) .said { font-size: 1rem; min-height: 4.2em; }
:host(:fullscreen) { background: var(--paper, #F7F4EC); padding: .8rem; overflow: auto; } :host(:fullscreen) .view { aspect-ratio: auto; height: calc(100vh - 15rem); }
@media (max-width: 40rem) { .reader .toggle { padding: .3rem .6rem; } .line { min-width: 3.5rem; } .cue { font-size: 1rem; bottom: .5rem; padding: .15rem .6rem; } .view { aspect-ratio: 4 / 3.6; } .stops ol { flex-wrap: nowrap; overflow-x: auto; padding: .4rem .2rem .6rem; } .stops ol button { white-space: nowrap; } }
@media (prefers-reduced-motion: reduce) { *, canvas { transition: none !important; } }
@media (forced-colors: active) { .dot { forced-color-adjust: none; } }
`;

/** One sheet for all elements on the page. */
export function sheet() {
  const made = new CSSStyleSheet();
  made.replaceSync(SHEET);
  return made;
}
