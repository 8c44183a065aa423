import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { GovernanceFacts } from './facts.ts';

/**
 * A bill of materials of the model in CycloneDX 1.6: the model with its card, the data by digest, and the libraries that it was trained
 * with. The same facts give the same bytes, so it has no time of its own.
 */
export function mlBom(facts: GovernanceFacts): JsonObject {
  const { plan, planRef, training } = facts;
  const model = `model/${plan.model}@${plan.version}`;
  const datasets = Object.entries(plan.data).filter(([, { mediaType }]) => mediaType.includes('parquet'));
  const libraries = Object.entries(training?.versions ?? {});
  const dataRef = (name: string): string => `data/${name}`;
  const libraryRef = (name: string, version: string): string => `library/${name}@${version}`;
  const parts = [
    ...datasets.map(([name]) => dataRef(name)),
    ...libraries.map(([name, version]) => libraryRef(name, version)),
  ];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(planRef.sha256)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'seatrial' }] },
      component: {
        type: 'machine-learning-model',
        'bom-ref': model,
        name: plan.model,
        version: plan.version,
        description: plan.summary,
        hashes: hashes(plan.artifact),
        ...(facts.words.license === undefined
          ? {}
          : { licenses: [{ license: { name: facts.words.license } }] }),
        modelCard: cardOf(
          facts,
          datasets.map(([name]) => dataRef(name)),
        ),
        properties: [
          { name: 'seatrial:plan', value: planRef.sha256 },
          { name: 'seatrial:risk', value: plan.risk },
          ...(training === null || training.seed === null
            ? []
            : [{ name: 'seatrial:seed', value: String(training.seed) }]),
        ],
      },
    },
    components: [
      ...datasets.map(([name, ref]) => ({
        type: 'data',
        'bom-ref': dataRef(name),
        name: ref.name,
        version: ref.sha256,
        hashes: hashes(ref),
        data: [{ type: 'dataset', name }],
      })),
      ...libraries.map(([name, version]) => ({
        type: 'library',
        'bom-ref': libraryRef(name, version),
        name,
        version,
      })),
    ],
    dependencies: [{ ref: model, dependsOn: parts }, ...parts.map((ref) => ({ ref }))],
  };
}

function cardOf(
  { signature, earlier, audits, words }: GovernanceFacts,
  datasets: readonly string[],
): JsonObject {
  const metrics = earlier.flatMap(({ stage, metrics: measured }) =>
    ['auc', 'log-loss', 'brier', 'calibration-error'].flatMap((name) => {
      const metric = measured[name];
      if (metric === undefined) return [];
      const { value, lower, upper } = metric;
      return [
        {
          type: name,
          value: String(value),
          slice: stage,
          ...(lower === undefined || upper === undefined
            ? {}
            : { confidenceInterval: { lowerBound: String(lower), upperBound: String(upper) } }),
        },
      ];
    }),
  );
  const considerations: Record<string, JsonValue> = {
    ...(words.intendedUse === undefined ? {} : { useCases: [words.intendedUse] }),
    ...(words.limitations === undefined ? {} : { technicalLimitations: [words.limitations] }),
    ...(words.ethics === undefined ? {} : { ethicalConsiderations: [{ name: words.ethics }] }),
    ...(audits.length === 0
      ? {}
      : {
          fairnessAssessments: audits.map(({ of, measures }) => ({
            groupAtRisk: of,
            harms: Object.entries(measures)
              .map(([name, { difference }]) => `${name}: ${difference ?? 'not measurable'}`)
              .join('; '),
          })),
        }),
  };
  return {
    modelParameters: {
      approach: { type: 'supervised' },
      task: 'tabular classification',
      datasets: datasets.map((ref) => ({ ref })),
      inputs: signature.inputs.map(({ name, datatype }) => ({ format: `${name}: ${datatype}` })),
      outputs: [{ format: `${signature.output.name}: FP32` }],
    },
    ...(metrics.length === 0 ? {} : { quantitativeAnalysis: { performanceMetrics: metrics } }),
    ...(Object.keys(considerations).length === 0 ? {} : { considerations }),
  };
}

const hashes = ({ sha256 }: EvidenceRef): JsonObject[] => [{ alg: 'SHA-256', content: sha256 }];

/** A UUID of version 8 (RFC 9562: made by our own rule) from a digest. */
function uuidOf(sha256: string): string {
  const [a, b, c, d, e] = [
    sha256.slice(0, 8),
    sha256.slice(8, 12),
    sha256.slice(13, 16),
    sha256.slice(17, 20),
    sha256.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
