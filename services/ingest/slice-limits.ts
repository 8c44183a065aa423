/**
 * What is read, signalled and committed of a partition at a time. The more events a slice has, the fewer signals they make, and a
 * signal costs Temporal some 3 ms whatever it says, and ingest as much as a hundred events: 600,000 events about 50 models are 620
 * signals, with half as many records in a slice 1,138, and ingest was slower by a sixth. What a slice costs is memory, and as
 * many records come again after a crash.
 */
export const sliceLimits = { records: 20_000, bytes: 8_388_608 } as const;
