import type { Detection } from '../../../domain/review/index.ts';

export function detectionLine({ windows, days, predicted }: Detection): string {
  const observed = `the summer was noticed in its week ${windows}, ${days.toFixed(0)} days after 1 June`;
  if (predicted === null) return observed;
  const { median, p90 } = predicted;
  const most = p90 === null ? '' : `, in nine of ten changes by week ${p90}`;
  return `${observed}; drift-rehearsal had predicted week ${median}${most}`;
}
