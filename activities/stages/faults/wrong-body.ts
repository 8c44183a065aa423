/**
 * An answer that is not the answer, as broken caches, balancers and half-finished roll-outs give them. Each can be told from
 * the right one by what a request knows: its id, its number of rows, the version, the range of a probability. A changed score
 * that is still a probability cannot, by no caller, and is not made.
 */
export function spoil(right: string, luck: number): { readonly type: string; readonly text: string } {
  const json = 'application/json';
  const body = parse(right);
  const kinds: readonly (() => { type: string; text: string })[] = [
    () => ({ type: 'text/html', text: '<html><body>Please log in</body></html>' }),
    () => ({ type: json, text: '' }),
    () => ({ type: json, text: right.slice(0, right.length - 2) }),
    () => ({ type: json, text: 'null' }),
    () => ({ type: json, text: JSON.stringify({ ...body, id: 'another-request' }) }),
    () => ({ type: json, text: JSON.stringify({ ...body, model_version: 'another-version' }) }),
    () => ({ type: json, text: JSON.stringify(withScores(body, () => [])) }),
    () => ({ type: json, text: JSON.stringify(withScores(body, (scores) => [...scores, ...scores, 0.5])) }),
    () => ({ type: json, text: JSON.stringify(withScores(body, (scores) => scores.map(() => 'high'))) }),
    () => ({ type: json, text: JSON.stringify(withScores(body, (scores) => scores.map(() => 7))) }),
    () => ({ type: json, text: JSON.stringify(withScores(body, (scores) => scores.map(() => null))) }),
  ];
  const make = kinds[Math.floor(luck * kinds.length)] ?? kinds[0];
  return make?.() ?? { type: json, text: '' };
}

type Body = Readonly<Record<string, unknown>>;

function parse(text: string): Body {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Body) : {};
  } catch {
    return {}; // the server's own answer was none; every spoilt one made of it is none either
  }
}

function withScores(body: Body, change: (scores: readonly unknown[]) => readonly unknown[]): Body {
  const outputs = Array.isArray(body['outputs']) ? (body['outputs'] as Body[]) : [];
  return {
    ...body,
    outputs: outputs.map((output) =>
      Array.isArray(output['data']) ? { ...output, data: change(output['data'] as unknown[]) } : output,
    ),
  };
}
