import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { Missing } from '../missing.mjs';
import { hasStamp, installFolder, sha256OfFiles } from '../install.mjs';
import { findOnPath, runTool } from '../run.mjs';
import { step } from '../say.mjs';
import { javaPath } from './java.mjs';

export const name = 'Kafka';
export const replacedBy = 'KAFKA_BROKERS';

const pom = join(root, 'stack/kafka/pom.xml');
const list = join(root, 'stack/kafka/jars.sha256');
const folder = join(cache, 'kafka/libs');

export function isReady() {
  return hasStamp(folder, sha256OfFiles(pom, list));
}

export function checkTools() {
  if (findOnPath('mvn').length > 0) return;
  throw new Missing('Maven (`mvn` on PATH)', `it fetches the jars of Apache Kafka ${versions.kafka}`, [
    'Debian or Ubuntu: apt-get install maven     macOS: brew install maven',
    'with Docker: docker compose up -d kafka, then KAFKA_BROKERS=127.0.0.1:9092 and the same command',
    'with a Kafka that you have: KAFKA_BROKERS=host:port and the same command',
  ]);
}

/** Every jar must be on the committed list, with its digest, and none may be absent. */
export function checkJars(libs, listText) {
  const wanted = new Map(
    listText
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).reverse()),
  );
  const present = readdirSync(libs).filter((jar) => jar.endsWith('.jar'));
  const problems = [
    ...[...wanted.keys()].filter((jar) => !present.includes(jar)).map((jar) => `${jar} is absent`),
    ...present.filter((jar) => !wanted.has(jar)).map((jar) => `${jar} is not on the list`),
    ...present
      .filter((jar) => wanted.has(jar))
      .filter(
        (jar) =>
          createHash('sha256')
            .update(readFileSync(join(libs, jar)))
            .digest('hex') !== wanted.get(jar),
      )
      .map((jar) => `${jar} has another sha256`),
  ];
  if (problems.length > 0)
    throw new Error(`the Kafka jars are not those of stack/kafka/jars.sha256: ${problems.join('; ')}`);
  return present.length;
}

export async function install() {
  const [mvn] = findOnPath('mvn');
  const java = javaPath();
  // Maven looks for Java on PATH; ours may be in the cache instead.
  const home =
    java !== undefined && findOnPath('java').length === 0 ? { JAVA_HOME: dirname(dirname(java)) } : {};
  await step(
    `fetching Apache Kafka ${versions.kafka} with Maven`,
    'it is the Kafka of this machine',
    async () => {
      let count = 0;
      await installFolder(folder, sha256OfFiles(pom, list), async (temporary) => {
        const goal = [
          'dependency:copy-dependencies',
          `-DoutputDirectory=${temporary}`,
          '-DincludeScope=runtime',
        ];
        await runTool('kafka', mvn, ['-B', '-f', pom, ...goal], home);
        if (!existsSync(temporary)) throw new Error('Maven made no folder of jars');
        count = checkJars(temporary, readFileSync(list, 'utf8'));
      });
      return `${count} jars, every sha256 as listed`;
    },
  );
}
