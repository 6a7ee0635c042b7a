"""Measurements of a page, as JavaScript that the browser runs; each gives a list of what is wrong, empty when good."""

from __future__ import annotations

#: The colours as they are painted: a translucent one over what lies beneath it.
_COLOURS = """
const parse = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
const ground = one => {
  if (!one) return [255, 255, 255];
  const own = parse(getComputedStyle(one).backgroundColor);
  return own[3] === 1 ? own.slice(0, 3) : over(own, ground(one.parentElement));
};
const light = colour => {
  const [r, g, b] = colour.map(part => part / 255).map(p => p <= .04045 ? p / 12.92 : ((p + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ratio = (one, other) => {
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + .05) / (dark + .05);
};
const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.hidden');
"""

#: WCAG 1.4.3 and 1.4.11: 4.5 for words, 3 for signs. What is switched off is exempt.
CONTRAST = f"""() => {{ {_COLOURS}
  const bad = [];
  const judge = (one, colour, behind, least) => {{
    const found = ratio(over(parse(colour), behind), behind);
    if (found < least) bad.push(`${{found.toFixed(2)}} ${{one.className || one.id || one.tagName}}`);
  }};
  let seen = 0;
  for (const one of document.querySelectorAll('body *')) {{
    if (!shown(one) || one.closest(':disabled')) continue;
    const words = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && /[\\p{{L}}\\p{{N}}]/u.test(node.data));
    if (words || one.matches('input, select, textarea')) {{
      judge(one, getComputedStyle(one).color, ground(one), 4.5);
      seen += 1;
    }}
    if (one.placeholder) judge(one, getComputedStyle(one, '::placeholder').color, ground(one), 4.5);
    if (one.matches('.icon')) judge(one, getComputedStyle(one).backgroundColor, ground(one.parentElement), 3);
  }}
  return seen < 5 ? ['nothing was measured'] : bad;
}}"""

#: WCAG 2.5.8: a finger needs 24 px at the least; what one taps all the time has LINE's 44.
TARGETS = """() => [...document.querySelectorAll('button, a.button, summary, select, input:not([type=radio]), textarea, .choices label, .choice')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= -1 && !one.matches('#backdrop'))
  .map(one => [one, one.getBoundingClientRect(), one.matches('.menu-open, .again') ? 24 : 44])
  .filter(([one, box, least]) => Math.min(box.width, box.height) < (one.matches('textarea') ? 40 : least) - .5)
  .map(([one, box]) => `${one.id || one.className}: ${box.width} x ${box.height}`)"""

#: Nothing reaches out of the window; the list of students scrolls within itself.
SIDEWAYS = """() => {
  const bad = [...document.querySelectorAll('body *')]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.hidden, .tablist > *'))
    .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.right > innerWidth + .5 || box.left < -.5); })
    .map(one => one.className || one.id || one.tagName);
  for (const one of [document.documentElement, document.body, document.getElementById('log'), document.getElementById('setting')])
    if (one && one.scrollWidth > one.clientWidth) bad.push(`${one.tagName} ${one.id} scrolls sideways`);
  return bad;
}"""

#: What hand checks for ARIA find: dangling references, doubled ids, pictures without alt.
REFERENCES = """() => {
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  const bad = ids.filter((id, i) => ids.indexOf(id) !== i).map(id => `twice: ${id}`);
  for (const name of ['aria-controls', 'aria-labelledby', 'aria-describedby', 'for'])
    for (const one of document.querySelectorAll(`[${name}]`))
      for (const id of one.getAttribute(name).split(' '))
        if (!document.getElementById(id)) bad.push(`${name}: ${id}`);
  for (const one of document.querySelectorAll('img:not([alt])')) bad.push(`no alt: ${one.src}`);
  if (document.documentElement.lang !== 'ja') bad.push('lang');
  if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('h1').length !== 1) bad.push('main or h1');
  return bad;
}"""

#: Tries what the content policy forbids; gives the title, which a script of its own would have changed.
BREAK_THE_POLICY = """async () => {
  const made = document.createElement('script');
  try {
    made.textContent = 'document.title = "broken"';
  } catch {
    made.append('document.title = "broken"'); // and by another way
  }
  document.body.append(made);
  const blocked = new Promise(done => addEventListener('securitypolicyviolation', done, {once: true}));
  await fetch('https://example.invalid/').catch(() => blocked);
  return document.title;
}"""

#: Lets a test hold back what the service sends, and give it to the page all at once: ``holding``, ``giveAll()``.
HOLD_BACK = """
window.holding = false;
const held = [];
window.giveAll = () => { window.holding = false; for (const give of held.splice(0)) give(); };
window.EventSource = class extends EventSource {
  set onmessage(take) { super.onmessage = message => window.holding ? held.push(() => take(message)) : take(message); }
};
"""

#: From the moment in which somebody presses to leave, until nothing is to be seen: kept as the cookie ``blank`` in ms.
BLANK = """() => {
  const cover = document.getElementById('cover');
  const begin = (event) => { if (event.type === 'click' || event.key === 'Shift') window.began = performance.now(); };
  for (const name of ['click', 'keyup']) window.addEventListener(name, begin, true);
  new MutationObserver(() => {
    if (!cover.hidden) document.cookie = `blank=${Math.round(performance.now() - window.began)}; path=/`;
  }).observe(cover, { attributes: true });
}"""
