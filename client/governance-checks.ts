import { governanceParameters, type GovernanceParameters } from '../contracts/schemas/governance.ts';
import type { ReleaseFile } from '../contracts/schemas/release-file.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';

/** Files that the stage `governance` is told to look at, by where the parameters name them. */
function filesNamed({ privacy, mlTestScore }: GovernanceParameters): [YamlPath, string][] {
  const { released, masked, linkage, tables, canaries, twin } = privacy;
  const inPrivacy = (...at: YamlPath): YamlPath => ['privacy', ...at];
  return [
    ...released.map((file, i): [YamlPath, string] => [inPrivacy('released', i), file]),
    ...Object.entries(masked).flatMap(([column, how]): [YamlPath, string][] =>
      'dictionary' in how ? [[inPrivacy('masked', column, 'dictionary'), how.dictionary]] : [],
    ),
    ...(linkage ? [[inPrivacy('linkage', 'table'), linkage.table] as [YamlPath, string]] : []),
    ...tables.map(({ file }, i): [YamlPath, string] => [inPrivacy('tables', i, 'file'), file]),
    ...(canaries ? [[inPrivacy('canaries', 'file'), canaries.file] as [YamlPath, string]] : []),
    ...(twin === undefined ? [] : [[inPrivacy('twin'), twin] as [YamlPath, string]]),
    ...Object.entries(mlTestScore.attested).map(([test, file]): [YamlPath, string] => [
      ['mlTestScore', 'attested', test],
      file,
    ]),
  ];
}

/** Each file that governance is to look at is a file of the plan. */
export function checkGovernance({ steps, data }: ReleaseFile['spec'], at: YamlPath): Problem[] {
  return steps.flatMap((step, index) => {
    if (!('stage' in step) || step.stage !== 'governance') return [];
    const { data: given } = governanceParameters.safeParse(step.parameters);
    return (given ? filesNamed(given) : []).flatMap(([path, file]): Problem[] => {
      if (Object.hasOwn(data, file)) return [];
      return [
        {
          severity: 'error',
          path: [...at, index, 'parameters', ...path],
          what: `spec.data has no file ${file}`,
          mend: `add it: { ${file}: { path: FILE } }`,
          atKey: false,
          didYouMean: nearestName(file, Object.keys(data)),
        },
      ];
    });
  });
}
