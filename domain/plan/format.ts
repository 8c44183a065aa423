/** Numbers as a report's sentences show them. */

/** Four significant digits without trailing zeros; whole numbers from 10,000 on. */
export function asNumber(value: number): string {
  if (Math.abs(value) >= 10_000 && Math.abs(value) < 1e15) return asCount(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** A whole number with its thousands apart: 27,318. Not by locale, so that a report is the same on every machine. */
export function asCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `0.69`, `12.5 ms`: the unit `1` of ratios and scores goes without saying. */
export function withUnit(value: number, unit: string): string {
  return unit === '1' ? asNumber(value) : `${asNumber(value)} ${unit}`;
}
