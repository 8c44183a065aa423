// Proves: a wrong release file is refused with the place, the reason, how to mend it and the nearest right name, in words
// that can be read aloud; and what is right compiles to exactly the plan that it says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInStages } from '../../contracts/stages.ts';
import { readReleaseFile, ReleaseFileError } from '../../client/release-file.ts';
import { problemText } from '../../client/problem.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-release-file-'));
  for (const name of ['model.onnx', 'signature.json']) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const HEAD = `apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: v1 }
spec:
  requester: rita
  people: { owner: [olga, rita], model-risk: [max] }
  artifact: { path: model.onnx }
  serving: { fallback: { score: 0.2 } }
`;
const GOOD = `${HEAD}  steps:
    - stage: intake
    - gate: validation
      requires: { owner: 1 }
    - stage: canary
      canary: { steps: [{ weight: 10 }], guards: [{ metric: errors, margin: 0.01 }] }
    - stage: production
`;

/** Errors and warnings of a file with this text, one a line, without the folder's name. */
async function lint(text: string): Promise<string[]> {
  const file = join(folder, 'release.yaml');
  await writeFile(file, text);
  const problems = await readReleaseFile(file).then(
    ({ warnings }) => warnings,
    (error: unknown) => {
      if (error instanceof ReleaseFileError) return error.problems;
      throw error;
    },
  );
  return problems.map((problem) => problemText(problem).replaceAll(`${folder}/`, ''));
}

const steps = (text: string): string => `${HEAD}  steps:\n${text}`;
const swap = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('groups and slices of the watch', () => {
  const watched = (watch: string): string =>
    `${GOOD.replace('    - stage: canary', '    - stage: sandbox\n    - stage: canary')}  watch: ${watch}\n`;

  test('are inputs of the signature, each once', async () => {
    const file = join(folder, 'signature.json');
    await writeFile(file, JSON.stringify({ inputs: [{ name: 'carrier' }, { name: 'origin' }] }));
    try {
      expect(await lint(watched('{ groups: [carrier], slices: [origin] }'))).toEqual([]);
      expect(await lint(watched('{ groups: [carier], slices: [origin, gender, origin] }'))).toEqual([
        'release.yaml:17:21: carier is no input of the signature, so the monitor cannot see it; name one of its inputs: carrier, origin; did you mean carrier?',
        'release.yaml:17:47: gender is no input of the signature, so the monitor cannot see it; name one of its inputs: carrier, origin',
        'release.yaml:17:55: origin stands in slices twice; name each feature once',
      ]);
    } finally {
      await writeFile(file, 'signature.json');
    }
  });
});

describe('a file that is right', () => {
  test('has nothing said about it', async () => {
    expect(await lint(GOOD)).toEqual([]);
  });
});

describe('spelling', () => {
  test.each<[string, () => string, string[]]>([
    [
      'a misspelt field',
      () => swap('requester: rita', 'requestor: rita'),
      [
        'release.yaml:4:1: spec.requester is missing; add it: requester: TEXT',
        'release.yaml:5:3: unknown field `requestor` in spec; rename it or take it out; did you mean requester?',
      ],
    ],
    [
      'a field that nobody knows',
      () => swap('metadata: { model', 'metadata: { colour: red, model'),
      [
        'release.yaml:3:13: unknown field `colour` in metadata; take it out; the fields here are model, version, summary',
      ],
    ],
    [
      'a misspelt field in a check',
      () => steps('    - stage: intake\n      checks:\n        - { metric: auc, mim: 0.6 }\n'),
      [
        'release.yaml:12:11: a check needs a limit; add `min` or `max`',
        'release.yaml:12:26: unknown field `mim` in spec.steps[0].checks[0]; rename it or take it out; did you mean min?',
      ],
    ],
    [
      'a misspelt choice',
      () => swap('requires: { owner: 1 }', 'requires: { owner: 1 }\n      onTimeout: rejct'),
      [
        'release.yaml:13:18: spec.steps[1].onTimeout is `rejct`; use one of reject, approve; did you mean reject?',
      ],
    ],
    [
      'a step that is neither stage nor gate',
      () => swap('- stage: intake', '- stag: intake'),
      [
        'release.yaml:10:7: this step is neither a stage nor a gate; write `stage: NAME` or `gate: NAME`; did you mean stage?',
      ],
    ],
    [
      'a version that YAML reads as a number',
      () => swap('version: v1', 'version: 1.0'),
      ['release.yaml:3:38: metadata.version is the number 1; put quotes around it'],
    ],
    [
      'a duration without a unit',
      () => swap('requires: { owner: 1 }', 'requires: { owner: 1 }\n      timeout: "48"'),
      [
        'release.yaml:13:16: spec.steps[1].timeout is `48`; write a whole number and a unit, such as 30s, 10m, 48h or 7d',
      ],
    ],
    [
      'a number out of range',
      () => swap('score: 0.2', 'score: 20'),
      ['release.yaml:8:33: spec.serving.fallback.score is the number 20; use a number of at most 1'],
    ],
    [
      'a number that is none',
      () => swap('score: 0.2', 'score: .nan'),
      ['release.yaml:8:33: spec.serving.fallback.score is the number NaN; write a number'],
    ],
    [
      'a name with a space',
      () => swap('model: flights', 'model: Flight Delays'),
      [
        'release.yaml:3:20: metadata.model is `Flight Delays`; use 1 to 128 lower-case letters, digits, dots, dashes or underscores, beginning with a letter or a digit',
      ],
    ],
    [
      'a role that cannot be one',
      () => swap('people: { owner', 'people: { The Owner: [x], owner'),
      [
        'release.yaml:6:13: the name `The Owner` cannot be used; use 1 to 128 lower-case letters, digits, dots, dashes or underscores, beginning with a letter or a digit',
      ],
    ],
    [
      'no steps',
      () => `${HEAD}  steps: []\n`,
      ['release.yaml:9:3: spec.steps has 0 entries; give at least 1'],
    ],
    [
      'an empty block',
      () => swap('people: { owner: [olga, rita], model-risk: [max] }', 'people:'),
      ['release.yaml:6:10: spec.people is empty; write names and values below it, indented'],
    ],
    [
      'another kind of file',
      () => swap('kind: Release', 'kind: Rollout'),
      ['release.yaml:2:7: kind is `Rollout`; use Release'],
    ],
    [
      'broken YAML',
      () => swap('requester: rita', 'requester: "rita'),
      ['release.yaml:16:1: this is not YAML: Missing closing "quote'],
    ],
    [
      'a field that is written twice',
      () => swap('requester: rita', 'requester: rita\n  requester: olga'),
      ['release.yaml:6:3: this is not YAML: Map keys must be unique; write each field once'],
    ],
    [
      'an empty file',
      () => '',
      [
        'release.yaml:1:1: this is not a release file; begin it with `apiVersion: seatrial/v1` and `kind: Release`',
      ],
    ],
  ])('%s', async (_name, text, lines) => {
    expect(await lint(text())).toEqual(lines);
  });

  test('a file that is not there', async () => {
    await expect(readReleaseFile(join(folder, 'relase.yaml'))).rejects.toThrow(
      /relase\.yaml:1:1: there is no such file; give the path of a release file/,
    );
  });
});

describe('fields that do not fit together', () => {
  test.each<[string, () => string, string[]]>([
    [
      'a role without people',
      () => swap('{ owner: 1 }', '{ onwer: 1 }'),
      [
        'release.yaml:12:19: nobody holds the role onwer; add it to spec.people: { onwer: [PERSON] }; did you mean owner?',
      ],
    ],
    [
      'a quorum that only the requester could complete',
      () => swap('{ owner: 1 }', '{ owner: 2 }'),
      [
        'release.yaml:12:26: owner needs 2 people, and 1 can decide (rita asked for the release); ask for fewer, or add people to spec.people.owner',
      ],
    ],
    [
      'the same quorum where self-review is allowed',
      () => swap('{ owner: 1 }', '{ owner: 2 }\n      preventSelfReview: false'),
      [],
    ],
    [
      'one person for two roles',
      () =>
        swap('model-risk: [max]', 'model-risk: [olga]').replace(
          '{ owner: 1 }',
          '{ owner: 1, model-risk: 1 }',
        ),
      [
        'release.yaml:12:7: the gate validation needs 2 different people, because each has one vote; add people to its roles in spec.people',
      ],
    ],
    [
      'one person listed twice',
      () => swap('[olga, rita]', '[olga, olga]').replace('{ owner: 1 }', '{ owner: 2 }'),
      [
        'release.yaml:12:26: owner needs 2 people, and 1 can decide; ask for fewer, or add people to spec.people.owner',
      ],
    ],
    [
      'a stage that is done twice without a name',
      () => swap('- stage: intake', '- stage: intake\n    - stage: intake'),
      [
        'release.yaml:11:14: the stage intake is there twice, as steps 1 and 2; add a name, such as `name: intake-2`',
      ],
    ],
    ['a gate with the name of a stage', () => swap('gate: validation', 'gate: canary'), []],
    [
      'two gates of one name',
      () => swap('- stage: canary', '- gate: validation\n      requires: { owner: 1 }\n    - stage: canary'),
      ['release.yaml:13:13: the gate validation is there twice, as steps 2 and 3; rename one of them'],
    ],
    [
      'a stage that is not known',
      () => swap('- stage: intake', '- stage: intkae'),
      [
        `release.yaml:10:14: no worker of ours knows the stage intkae; use one of ${builtInStages.join(', ')}, or say with \`taskQueue\` where your own worker does it; did you mean intake?`,
      ],
    ],
    [
      'a stage of one’s own',
      () =>
        swap(
          '- stage: intake',
          '- stage: our-own\n      taskQueue: our-queue\n      startWithin: 1d\n      parameters: { any: [1] }',
        ),
      [],
    ],
    [
      'a wait for a worker of ours',
      () => swap('- stage: intake', '- stage: intake\n      startWithin: 1d'),
      [
        'release.yaml:11:7: our own workers are waited for; leave it out, or say with `taskQueue` where your own worker does the stage',
      ],
    ],
    [
      'traffic moved by somebody else',
      () => swap('- stage: canary', '- stage: canary\n      taskQueue: our-queue'),
      ['release.yaml:14:7: the stage canary moves traffic, which the release does itself; leave it out'],
    ],
    [
      'weights that do not rise',
      () => swap('[{ weight: 10 }]', '[{ weight: 10 }, { weight: 50 }, { weight: 25 }]'),
      ['release.yaml:14:67: the weight 25 does not rise above 50; order the weights, each once'],
    ],
    [
      'a canary that does not say how',
      () =>
        swap('      canary: { steps: [{ weight: 10 }], guards: [{ metric: errors, margin: 0.01 }] }\n', ''),
      [
        'release.yaml:13:14: the stage canary does not say how it goes; add `canary: { steps: [{ weight: 10 }], guards: [...] }`',
      ],
    ],
    [
      'a latency guard without a limit',
      () => swap('metric: errors', 'metric: latency'),
      ['release.yaml:14:51: `thresholdMs` belongs to the guard `latency`, which needs it; add or remove it'],
    ],
    [
      'checks that nobody makes',
      () => swap('- stage: production', '- stage: production\n      checks: [{ metric: auc, min: 0.6 }]'),
      ['release.yaml:16:7: the stage production makes no checks; write guards in `canary` instead'],
    ],
    [
      'a stage that cannot be split',
      () => steps('    - stage: intake\n      shards: 4\n'),
      [
        'release.yaml:11:7: the stage intake cannot be split; leave it out; it works for sandbox, and for stages of your own',
      ],
    ],
    [
      'limits that nothing can meet',
      () => steps('    - stage: sandbox\n      checks: [{ metric: auc, min: 0.9, max: 0.6 }]\n'),
      ['release.yaml:11:36: `min` is greater than `max`, so nothing can pass; exchange them'],
    ],
    [
      'two checks of one name',
      () =>
        steps('    - stage: sandbox\n      checks: [{ metric: auc, min: 0.6 }, { metric: auc, max: 0.9 }]\n'),
      ['release.yaml:11:43: two checks of sandbox are called auc; give one of them another `name`'],
    ],
    [
      'parameters that a stage would refuse when its turn comes',
      () => steps('    - stage: synthetic\n      parameters: { quality: { metric: auc, floor: 0.5 } }\n'),
      [
        'release.yaml:11:45: an AUC of 0.5 is that of a coin; set the floor above it; see docs/stages.md for the parameters of synthetic',
      ],
    ],
    [
      'a rehearsal of no monitor, without a profile',
      () =>
        steps(
          '    - stage: drift-rehearsal\n      parameters: { timeColumn: at, quality: { metric: auc, floor: 0.6 } }\n',
        ),
      [
        'release.yaml:10:14: the monitor has no profile yet; put the stage sandbox before it',
        'release.yaml:10:14: there is no monitor to rehearse; add `watch: {}` to spec',
      ],
    ],
    [
      'a file that is missing',
      () => swap('path: model.onnx', 'path: build/model.onnx'),
      [
        'release.yaml:7:21: there is no file build/model.onnx (spec.artifact.path); make it, or correct the path; it is relative to the release file',
        'release.yaml:7:21: there is no file build/signature.json (spec.signature, looked for beside the artifact); make it, or correct the path; it is relative to the release file',
      ],
    ],
    [
      'production without anything before it',
      () => steps('    - stage: production\n'),
      [
        'release.yaml:10:14: warning: production has no canary and no gate before it, so nothing and nobody can stop a bad version; add `stage: canary` or a gate before it',
      ],
    ],
    [
      'a watch without a reference',
      () => `${GOOD}  watch: {}\n`,
      [
        'release.yaml:16:3: warning: live traffic has nothing to be compared with; add the stage sandbox, which writes the reference profile',
      ],
    ],
    [
      'retraining that nothing asks for',
      () => `${GOOD}  retraining: { trainer: { command: [train], dataCommand: [data] } }\n`,
      [
        'release.yaml:16:3: warning: nothing will ask for a retraining, because nothing is watched; add `watch: {}`',
      ],
    ],
    [
      'a retrained version that is spared a gate and the canary',
      () =>
        `${GOOD}  retraining: { trainer: { command: [train], dataCommand: [data] }, next: { steps: [{ stage: intake }] } }\n`,
      [
        'release.yaml:16:3: warning: nothing will ask for a retraining, because nothing is watched; add `watch: {}`',
        'release.yaml:16:77: a retrained version would be spared the gate validation; add it: a version that nobody asked for needs every gate',
        'release.yaml:16:77: a retrained version would be spared the stage canary; add it: a version that nobody asked for needs every gate',
      ],
    ],
    [
      'approvers of retrainings whom nobody knows, and a guard without trusted rows',
      () =>
        `${GOOD}  retraining: { trainer: { command: [train], dataCommand: [data] }, policy: { approvers: ownr }, guard: {} }\n`,
      [
        'release.yaml:16:3: warning: nothing will ask for a retraining, because nothing is watched; add `watch: {}`',
        'release.yaml:16:90: nobody holds the role ownr; add it to spec.people: { ownr: [PERSON] }; did you mean owner?',
        'release.yaml:16:98: warning: the challenger is compared with the champion on no trusted rows; add spec.data.trusted, a labelled holdout that no retraining replaces',
      ],
    ],
  ])('%s', async (_name, text, lines) => {
    const found = await lint(text());
    expect(found.sort()).toEqual(lines.sort());
  });
});
