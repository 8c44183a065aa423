import { topics } from '../../contracts/topics.ts';

/**
 * Names the log whose offsets a model's watermarks are about: `<cluster>/<topic>`, and with `DRIFT_TOPIC_GENERATION` set
 * `<cluster>/<topic>#<generation>`. A topic that was deleted and made again begins at offset 0, below every watermark, and
 * all its events would pass for redelivered: kafkajs speaks no version of Kafka's protocol that tells topics of one name
 * apart, so somebody has to say that it is another. Throws an Error that says how to mend a generation that is no name.
 */
export function streamOf(clusterId: string, generation: string | undefined): string {
  const stream = `${clusterId}/${topics.drift}`;
  if (generation === undefined || generation === '') return stream;
  if (!/^[A-Za-z0-9._-]{1,32}$/.test(generation))
    throw new Error(
      `DRIFT_TOPIC_GENERATION: '${generation}' is no name; use 1 to 32 letters, digits, dots, dashes or underscores, such as 2`,
    );
  return `${stream}#${generation}`;
}
