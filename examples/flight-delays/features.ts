/**
 * What the model looks at: the schedule, and the weather at the airport of departure in the hour of departure. Nothing here
 * is known only after the flight has left, and the month is left out on purpose, so that the seasons really drift.
 * `python/train.py` has the same list; a test holds the two together.
 */
export type FeatureKind = 'category' | 'numeric';

export interface Feature {
  readonly name: string;
  readonly kind: FeatureKind;
  /** Meaning and unit, for people. */
  readonly about: string;
}

export const FEATURES: readonly Feature[] = [
  { name: 'carrier', kind: 'category', about: 'two-letter code of the airline' },
  { name: 'origin', kind: 'category', about: 'airport of departure: EWR, JFK or LGA' },
  { name: 'dest', kind: 'category', about: 'airport of arrival' },
  { name: 'scheduled_hour', kind: 'numeric', about: 'hour of scheduled departure, New York time' },
  { name: 'scheduled_minute', kind: 'numeric', about: 'minute of scheduled departure' },
  {
    name: 'weekday',
    kind: 'numeric',
    about: 'day of scheduled departure, New York time: 1 is Monday, 7 is Sunday',
  },
  { name: 'distance', kind: 'numeric', about: 'miles between the airports' },
  { name: 'temperature', kind: 'numeric', about: 'degrees Fahrenheit' },
  { name: 'dew_point', kind: 'numeric', about: 'degrees Fahrenheit' },
  { name: 'humidity', kind: 'numeric', about: 'relative, per cent' },
  { name: 'wind_direction', kind: 'numeric', about: 'degrees' },
  { name: 'wind_speed', kind: 'numeric', about: 'miles an hour' },
  { name: 'wind_gust', kind: 'numeric', about: 'miles an hour; missing when there was none' },
  { name: 'precipitation', kind: 'numeric', about: 'inches in the hour' },
  { name: 'pressure', kind: 'numeric', about: 'millibars, at sea level' },
  { name: 'visibility', kind: 'numeric', about: 'miles' },
];

/** Groups in which quality and fairness are looked at separately. */
export const SLICES = ['carrier', 'origin', 'dest_region'] as const;
export type Slice = (typeof SLICES)[number];
