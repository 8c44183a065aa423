/**
 * Whether the privacy attacks of the stage `governance` catch what leaks: six releases of the real flight model that leak in one
 * way each, and two that do not. The whole stage runs each time, against the model in a serving process of its own.
 */
import type { Report } from '../../contracts/report.ts';
import { makeGovernanceWorld } from '../../test/activities/governance-world.ts';
import { machine, type Bench } from '../bench.ts';
import { setups, type Setup } from './setups.ts';

interface Tried {
  readonly name: string;
  readonly leak: string | null;
  readonly verdict: string;
  /** Blocking checks that did not pass. */
  readonly notPassed: readonly {
    readonly check: string;
    readonly verdict: string;
    readonly reason: string;
  }[];
  /** What the check that must fail says; of a clean release, what its attacks say. */
  readonly said: readonly string[];
  readonly right: boolean;
  readonly seconds: number;
}

export const run: Bench = async () => {
  const world = await makeGovernanceWorld();
  try {
    const tried: Tried[] = [];
    for (const setup of await setups(world)) {
      tried.push(judge(setup, await world.run({ privacy: setup.privacy }, setup.plan)));
      const { name, right, said } = tried.at(-1)!;
      process.stdout.write(`${right ? 'right' : 'WRONG'}  ${name}: ${said[0] ?? ''}\n`);
    }
    const right = (leaky: boolean): number =>
      tried.filter((one) => (one.leak !== null) === leaky && one.right).length;
    return {
      machine: machine(),
      versions: { node: process.version },
      raw: tried,
      targets: [
        {
          name: 'leaky releases caught, each by its own check alone',
          value: right(true),
          target: '6 of 6',
          holds: right(true) === 6,
        },
        {
          name: 'clean releases that pass',
          value: right(false),
          target: '2 of 2',
          holds: right(false) === 2,
        },
      ],
    };
  } finally {
    await world.remove();
  }
};

function judge({ name, leak }: Setup, { verdict, checks, seconds }: Report): Tried {
  const blocking = checks.filter(({ severity }) => severity === 'blocking');
  const notPassed = blocking
    .filter((check) => check.verdict !== 'pass')
    .map((check) => ({ check: check.name, verdict: check.verdict, reason: check.reason }));
  const said = checks.filter((check) =>
    leak === null ? check.severity === 'blocking' : check.name === leak,
  );
  const right =
    leak === null
      ? verdict === 'pass'
      : verdict === 'fail' &&
        notPassed.length === 1 &&
        notPassed[0]?.check === leak &&
        notPassed[0].verdict === 'fail';
  return { name, leak, verdict, notPassed, said: said.map(({ reason }) => reason), right, seconds };
}
