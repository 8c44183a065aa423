export type Section = 'data' | 'model' | 'infrastructure' | 'monitoring';

export interface MlTest {
  readonly test: string;
  readonly section: Section;
  /** In our words. */
  readonly asks: string;
  /** Evidence items that must all hold, by id; none where only a person can show it. */
  readonly shownBy: readonly string[];
}

const test = (name: string, asks: string, ...shownBy: string[]): MlTest => {
  const section = name.slice(0, name.indexOf('-'));
  return { test: name, section: SECTIONS[section] ?? 'data', asks, shownBy };
};

const SECTIONS: Readonly<Record<string, Section>> = {
  data: 'data',
  model: 'model',
  infra: 'infrastructure',
  monitor: 'monitoring',
};

/** The 28 tests of Breck et al. 2017, in its order (sections II to V), with what shows each in a release of ours. */
export const mlTests: readonly MlTest[] = [
  test('data-1', 'what is expected of features is written as a schema', 'signature', 'check:intake/*'),
  test('data-2', 'every feature helps'),
  test('data-3', 'no feature costs more than it brings'),
  test('data-4', 'features keep to rules on what may be used'),
  test(
    'data-5',
    'the data pipeline protects privacy',
    'check:governance/privacy-attacks',
    'check:governance/k-anonymity-*',
  ),
  test('data-6', 'new features can be added quickly'),
  test('data-7', 'code that makes features is tested', 'check:sandbox/edge-cases'),
  test('model-1', 'what was trained is reviewed and kept', 'lineage:code', 'gate:*'),
  test('model-2', 'quality offline goes with effect online', 'planned:canary', 'check:shadow/*'),
  test('model-3', 'hyperparameters were tuned'),
  test('model-4', 'it is known how fast the model grows stale', 'stage:drift-rehearsal'),
  test('model-5', 'a simpler model is not better'),
  test('model-6', 'quality holds on every slice that matters', 'check:sandbox/worst-slice-*'),
  test(
    'model-7',
    'groups are served alike',
    'check:governance/fairness-groups',
    'check:governance/demographic-parity-*',
    'check:governance/equalized-odds-*',
  ),
  test('infra-1', 'training again gives the same model', 'check:sandbox/training-repeatable'),
  test(
    'infra-2',
    'what the model is made of is tested alone',
    'check:sandbox/result-format',
    'check:sandbox/golden-outputs',
  ),
  test(
    'infra-3',
    'the whole pipeline is tested together',
    'stage:intake',
    'stage:sandbox',
    'stage:resilience',
  ),
  test('infra-4', 'quality is judged before anybody is served', 'check:sandbox/auc', 'gate:*'),
  test('infra-5', 'one answer can be followed step by step', 'data:golden', 'check:sandbox/golden-outputs'),
  test('infra-6', 'a version serves few before it serves all', 'planned:canary'),
  test(
    'infra-7',
    'a version can be taken back, quickly and safely',
    'check:incident-drill/bad-version*',
    'rollback',
  ),
  test('monitor-1', 'a change of what it depends on is told', 'check:incident-drill/data-source-loss*'),
  test('monitor-2', 'inputs are held against what training saw', 'watch', 'data:reference'),
  test(
    'monitor-3',
    'training and serving compute the same',
    'check:sandbox/golden-outputs',
    'check:sandbox/same-answers',
  ),
  test('monitor-4', 'a stale model is noticed', 'watch', 'retraining'),
  test('monitor-5', 'numbers stay finite', 'check:sandbox/result-format', 'check:sandbox/edge-cases'),
  test(
    'monitor-6',
    'speed and memory do not grow worse',
    'check:incident-drill/latency-spike*',
    'check:resilience/memory',
  ),
  test('monitor-7', 'quality on live data does not grow worse unseen', 'watch', 'planned:canary'),
];
