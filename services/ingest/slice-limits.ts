/**
 * What is read, signalled and committed of a partition at a time. The more events a slice has, the fewer signals they make, and
 * a small Temporal server takes some hundred signals a second: with 2,000 records and 1 MiB, 100,000 events about 50 models made
 * 672 signals, and ingest waited for Temporal a third of the time; now they make 192. What a slice costs is memory, and as
 * many records come again after a crash.
 */
export const sliceLimits = { records: 10_000, bytes: 4_194_304 } as const;
