/** A judged window's answer for one kind of drift. */
export type WindowVerdict = 'drift' | 'no_drift' | 'unresolved';

/** One alarm for each kind of drift of a watched version. */
export type AlarmState =
  | { readonly situation: 'calm'; /** Breaching windows in a row. */ readonly breaches: number }
  | { readonly situation: 'alarmed'; /** Clean windows in a row. */ readonly clean: number };

export type Announcement = 'detected' | 'cleared' | 'unresolved';

export const calm: AlarmState = { situation: 'calm', breaches: 0 };

/**
 * The next state, and what is said aloud. `persistence` (at least 1) breaching windows in a row raise the alarm, as many
 * clean ones clear it, and while it is raised each further breach is announced. A window that could not be judged is
 * always announced, and neither builds up an alarm nor clears one: silence would read as "no drift".
 */
export function stepAlarm(
  state: AlarmState,
  verdict: WindowVerdict,
  persistence: number,
): { readonly state: AlarmState; readonly announce: Announcement | null } {
  if (verdict === 'unresolved') return { state, announce: 'unresolved' };
  if (state.situation === 'calm') {
    if (verdict === 'no_drift') return { state: calm, announce: null };
    const breaches = state.breaches + 1;
    return breaches >= persistence
      ? { state: { situation: 'alarmed', clean: 0 }, announce: 'detected' }
      : { state: { situation: 'calm', breaches }, announce: null };
  }
  if (verdict === 'drift') return { state: { situation: 'alarmed', clean: 0 }, announce: 'detected' };
  const clean = state.clean + 1;
  return clean >= persistence
    ? { state: calm, announce: 'cleared' }
    : { state: { situation: 'alarmed', clean }, announce: null };
}
