import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { GateStep, Plan, StageStep, Step } from '../../contracts/plan.ts';
import type { Report, Verdict } from '../../contracts/report.ts';

export function evidence(name: string, fill = 'a'): EvidenceRef {
  return { name, sha256: fill.repeat(64), bytes: 100, mediaType: 'application/json' };
}

export function stage(name: string, more: Partial<StageStep> = {}): StageStep {
  return { kind: 'stage', name, stage: name, timeoutSeconds: 600, parameters: {}, checks: [], ...more };
}

export function gate(name: string, roles: Record<string, number>, more: Partial<GateStep> = {}): GateStep {
  return {
    kind: 'gate',
    name,
    requirements: Object.entries(roles).map(([role, requiredApproverCount]) => ({
      role,
      requiredApproverCount,
    })),
    timeoutSeconds: 3600,
    onTimeout: 'reject',
    preventSelfReview: true,
    ...more,
  };
}

export const canary = stage('canary', {
  canary: {
    steps: [
      { weight: 10, minSamples: 100 },
      { weight: 50, minSamples: 100 },
    ],
    guards: [{ metric: 'log-loss', margin: 0.02 }],
    maxSecondsPerStep: 600,
    alpha: 0.05,
  },
});

/** Rita asks; Olga owns; Max judges model risk; Sam keeps sites reliable; Bea speaks for the business. */
export const people = {
  owner: ['olga', 'rita'],
  'model-risk': ['max', 'mia'],
  'site-reliability': ['sam'],
  business: ['bea'],
};

export const usualSteps: Step[] = [
  stage('sandbox'),
  gate('validation', { 'model-risk': 1, owner: 1 }),
  canary,
  gate('release', { business: 1 }),
  stage('production'),
];

/** Comes after `production`: a soak, a comparison, and a signature. */
export const reviewSteps: Step[] = [
  stage('review', {
    review: {
      soak: { seconds: 3600, labelled: 0, eventSeconds: 0, atMostSeconds: 7200 },
      actions: { owner: 'owner', dueSeconds: 14 * 86_400 },
    },
  }),
  gate('review', { owner: 1, business: 1 }),
];

/** `production`, a soak of so many seconds, and a gate that is overdue after so many. */
export function shortReview(soakSeconds: number, gateSeconds: number): Step[] {
  const [review] = reviewSteps;
  if (review?.kind !== 'stage' || !review.review) throw new Error('the first of them is the review');
  const soak = { seconds: soakSeconds, labelled: 0, eventSeconds: 0, atMostSeconds: 7200 };
  return [
    stage('production'),
    { ...review, review: { ...review.review, soak } },
    gate('review', { owner: 1, business: 1 }, { timeoutSeconds: gateSeconds }),
  ];
}

export function plan(more: Partial<Plan> = {}): Plan {
  return {
    schema: 1,
    model: 'flight-delays',
    version: '1',
    summary: 'late flights from schedule and weather',
    risk: 'medium',
    requester: 'rita',
    people,
    artifact: evidence('model.onnx', 'b'),
    signature: evidence('signature.json', 'c'),
    data: {},
    serving: { fallback: { score: 0.24 }, threshold: 0.5 },
    steps: usualSteps,
    rollback: { objectiveSeconds: 60 },
    ...more,
  };
}

export function report(verdict: Verdict, stageName = 'sandbox'): Report {
  return {
    stage: stageName,
    verdict,
    summary: `${stageName}: ${verdict}`,
    checks: [],
    metrics: {},
    evidence: [],
    seconds: 1,
  };
}
