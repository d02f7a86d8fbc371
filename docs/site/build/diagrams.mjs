// @ts-check
/**
 * Draws the sequence diagrams of Mermaid that the documents have, as lists of steps: who, to whom, what. A list can be read on a narrow
 * screen, by a search and by a screen reader, and needs no code in the page.
 */

/**
 * The diagram as HTML.
 *
 * @param {string} source the text of a `mermaid` block
 */
export function sequenceSteps(source) {
  const names = new Map(
    [...source.matchAll(/^\s*participant (\w+) as (.+)$/gm)].map(([, id = '', name = '']) => [id, name]),
  );
  const steps = [...source.matchAll(/^\s*(\w+)-?->>(\w+): (.+)$/gm)].map(
    ([, from = '', to = '', text = '']) => {
      const [caller = from, called = to] = [names.get(from), names.get(to)];
      const who =
        from === to
          ? `<b>${escapeHtml(caller)}</b>`
          : `<b>${escapeHtml(caller)}</b> → <b>${escapeHtml(called)}</b>`;
      return `<li><span class="who">${who}</span> <span v-pre>${escapeHtml(text)}</span></li>`;
    },
  );
  if (steps.length === 0) throw new Error('a mermaid block is no sequence diagram');
  return `<ol class="sequence">\n${steps.join('\n')}\n</ol>`;
}

/** @param {string} text */
export function escapeHtml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
