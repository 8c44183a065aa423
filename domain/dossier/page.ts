import { asCount, asNumber } from '../plan/index.ts';
import type { Cell, Page, Section, Table } from '../pages/index.ts';
import type { Blueprint, BlueprintCell } from './blueprint.ts';
import type { Dossier } from './dossier.ts';
import { governanceSection } from './page-governance.ts';
import { blueprintCharts } from './page-charts.ts';
import type { StoryLine } from './story.ts';
import type { Trial } from './trials.ts';

/** A dossier as a page for people: what it is and came to first, then the blueprint, then all that it rests on. */
export function dossierPage(dossier: Dossier): Page {
  const { model, version, state, summary, headline } = dossier;
  return {
    title: `${model} ${version}`,
    subtitle: `Dossier of a release, ${state}`,
    lead: [
      sentence(summary),
      sentence(headline.startsWith(state) ? capital(headline) : `${capital(state)}: ${headline}`),
    ],
    sections: [
      identitySection(dossier),
      originSection(dossier),
      blueprintSection(dossier.blueprint),
      trialsSection(dossier.trials),
      storySection(dossier.story),
      governanceSection(dossier.governance),
      servingSection(dossier),
      unknownSection(dossier),
      verifySection(dossier),
      filesSection(dossier),
    ],
  };
}

const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const files = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`;
const shortly = (digest: string): string => digest.slice(0, 12);
const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

function identitySection({ model, version, risk, requester, artifact, plan, times }: Dossier): Section {
  const rows: Cell[][] = [
    ['model and version', `${model} ${version}`],
    ['risk', risk],
    ['asked for by', `${requester}, ${minute(times.asked)}`],
    ['served everybody from', times.promoted === null ? 'never' : minute(times.promoted)],
    ['ended', times.ended === null ? 'not yet' : minute(times.ended)],
    [`artifact ${artifact.name}, ${asCount(artifact.bytes)} bytes`, { code: artifact.sha256 }],
    ['frozen plan', { code: plan.sha256 }],
  ];
  return { heading: 'What it is', tables: [{ caption: 'The release', columns: ['what', 'is'], rows }] };
}

function originSection({ origin, requester }: Dossier): Section {
  const { retraining, drift, ancestors } = origin;
  if (retraining === null)
    return { heading: 'Why it began', paragraphs: [`${capital(requester)} brought this version.`] };
  const { decision, reason, approval, data, training } = retraining;
  return {
    heading: 'Why it began',
    paragraphs: [
      sentence(`Version ${retraining.version} drifted, and the model’s policy decided to retrain: ${reason}`),
      ...(approval ? [sentence(`${approval.by} decided: ${approval.reason}`)] : []),
      `It descends from ${ancestors.join(', and that from ')}.`,
    ],
    tables: [
      {
        caption: 'From drift to this release',
        columns: ['link', 'what'],
        rows: [
          ...drift.map(({ id, at }): Cell[] => ['drift event', `${id}, heard ${minute(at)}`]),
          ['decision', decision],
          ...(data
            ? [['training data', `${asCount(data.rows)} rows, ${data.from} to ${data.to}`] as Cell[]]
            : []),
          ...(data ? [['training data, SHA-256', { code: data.file.sha256 }] as Cell[]] : []),
          ...(training
            ? [
                [
                  'training',
                  `${[...training.command, ...training.arguments].join(' ')}, seed ${training.seed}`,
                ] as Cell[],
              ]
            : []),
        ],
      },
    ],
  };
}

function blueprintSection(blueprint: Blueprint): Section {
  return {
    heading: 'The living blueprint',
    paragraphs: [
      'The same metric in every stage, from intake to production and review. A blank is a stage that does not measure it. Below a value is its 95 % interval; ▲ marks where the known envelope grew.',
    ],
    charts: blueprintCharts(blueprint),
    tables: [blueprintTable(blueprint)],
  };
}

function blueprintTable({ columns, groups }: Blueprint): Table {
  const headings = columns.map(({ step, status }) => (status === 'measured' ? step : `${step} (${status})`));
  const groupAt: { before: number; title: string }[] = [];
  const rows: Cell[][] = [];
  for (const group of groups) {
    groupAt.push({ before: rows.length, title: group.title });
    for (const { metric, unit, cells } of group.rows)
      rows.push([{ text: metric, note: unit === '1' ? '' : unit }, ...cells.map(blueprintCell)]);
  }
  return { caption: 'Metrics by stage', columns: ['metric', ...headings], rows, groups: groupAt, open: true };
}

function blueprintCell(cell: BlueprintCell | null): Cell {
  if (cell === null) return '';
  const { value, lower, upper, widens } = cell;
  const note = lower === undefined || upper === undefined ? '' : `${asNumber(lower)} to ${asNumber(upper)}`;
  return { text: `${widens ? '▲ ' : ''}${asNumber(value)}`, note };
}

function trialsSection(trials: readonly Trial[]): Section {
  const rows = trials.map(({ step, status, verdict, summary, checks, evidence }): Cell[] => {
    const passed = checks.filter((check) => check.verdict === 'pass').length;
    return [
      step,
      verdict === null ? status : { verdict },
      summary,
      checks.length === 0 ? '' : `${passed} of ${checks.length}`,
      evidence[0] ? { code: shortly(evidence[0].sha256) } : '',
    ];
  });
  return {
    heading: 'What it was put through',
    paragraphs: [
      'Every stage of the plan, in its order. The digest names the report; the whole list of evidence is below each stage.',
    ],
    tables: [
      { caption: 'Stages', columns: ['stage', 'verdict', 'what was found', 'checks passed', 'report'], rows },
    ],
    sections: trials.filter(({ checks }) => checks.length > 0).map(trialSection),
  };
}

function trialSection({ step, checks, evidence, attempts, seconds }: Trial): Section {
  const passed = checks.filter((check) => check.verdict === 'pass').length;
  const took = seconds === null ? '' : `, ${asNumber(seconds)} s`;
  return {
    heading: `${step}: ${passed} of ${checks.length} checks pass, ${files(evidence.length)}`,
    folded: true,
    paragraphs: [`Attempt ${attempts}${took}.`],
    tables: [
      {
        caption: `Checks of ${step}`,
        columns: ['check', 'verdict', 'severity', 'why'],
        rows: checks.map(({ name, verdict: made, severity, reason }): Cell[] => [
          name,
          { verdict: made },
          severity,
          reason,
        ]),
      },
      {
        caption: `Evidence of ${step}`,
        columns: ['file', 'bytes', 'SHA-256'],
        rows: evidence.map(({ name, bytes, sha256 }): Cell[] => [name, asCount(bytes), { code: sha256 }]),
      },
    ],
  };
}

function storySection(story: readonly StoryLine[]): Section {
  const people = (line: StoryLine): string =>
    line.who.map(({ name, role }) => (role === undefined ? name : `${name} (${role})`)).join(', ');
  return {
    heading: 'How it was decided',
    paragraphs: ['In the order of the ledger, whose entries the numbers are.'],
    tables: [
      {
        caption: 'Decisions, and what led to them',
        open: true,
        columns: ['what', 'who', 'why', 'rests on'],
        rows: story.map((line): Cell[] => [
          { text: line.what, note: `${line.seq}, ${line.at.slice(0, 19).replace('T', ' ')}` },
          people(line),
          line.why,
          line.evidence === null ? '' : { code: shortly(line.evidence) },
        ]),
      },
    ],
  };
}

function servingSection({ monitor, times, trials, review }: Dossier): Section {
  const found = trials.find(({ stage }) => stage === 'review');
  const actions = review?.actions ?? [];
  const served =
    times.promoted === null
      ? 'It never served everybody.'
      : `It served everybody from ${minute(times.promoted)}${times.ended === null ? '' : ` to ${minute(times.ended)}`}.`;
  const said =
    monitor.last === null
      ? 'No monitor has said anything of it.'
      : `Monitors sent ${monitor.events} drift events of it; the last one: ${sentence(monitor.last.reason)}`;
  return {
    heading: 'How it did once it served',
    paragraphs: [
      served,
      ...(times.promoted === null ? [] : [said]),
      ...monitor.incidents.map((incident) => sentence(`Open incident: ${incident}`)),
      ...(found?.verdict != null ? [sentence(`The review found: ${found.summary}`)] : []),
      ...(review?.overdueSince != null
        ? [`Nobody signed the review by ${minute(review.overdueSince)}.`]
        : []),
      ...(review?.missed != null ? [sentence(`Nobody signed the review: ${review.missed}`)] : []),
    ],
    ...(actions.length === 0 ? {} : { tables: [actionsTable(actions)] }),
  };
}

function actionsTable(actions: NonNullable<Dossier['review']>['actions']): Table {
  return {
    caption: 'Actions',
    columns: ['action', 'what', 'owner', 'due', 'closed'],
    rows: actions.map(({ id, what, owner, dueAt, closed }): Cell[] => [
      id,
      what,
      owner,
      dueAt.slice(0, 10),
      closed === null ? 'open' : `by ${closed.by}: ${closed.reason}`,
    ]),
  };
}

function unknownSection({ unknown }: Dossier): Section {
  return {
    heading: 'What is not known',
    paragraphs: unknown.length === 0 ? ['Nothing that this dossier asks for is missing.'] : unknown,
  };
}

function verifySection({ ledger, model, version, dangling, files }: Dossier): Section {
  const { seq, hash } = ledger.head;
  const name = `${model}/${version}`;
  return {
    heading: 'How to check it',
    paragraphs: [
      `This was made up from the ledger ${ledger.stream} up to entry ${seq} of ${minute(ledger.at)}. Entries after it are not in here; one of them names this document.`,
      dangling.length === 0
        ? `Each of the ${files.length} files that the release names is in the evidence store: no digest leads nowhere.`
        : `${dangling.length} names lead nowhere.`,
    ],
    tables: [
      {
        caption: 'On any machine, years later',
        columns: ['what', 'how'],
        rows: [
          ['head of the ledger', { code: `${seq}:${hash}` }],
          ['the ledger is whole, up to that head', { code: `seatrial verify ${name} --head ${seq}:${hash}` }],
          ['take the ledger away, as a file', { code: `seatrial history ${name} -o json > ledger.json` }],
          ['check that file without any server', { code: 'seatrial verify ledger.json' }],
          [
            'fetch a file that is named here',
            { code: `seatrial evidence ${name} --get DIGEST --as PERSON --to FILE` },
          ],
          ['make this document up anew', { code: `seatrial dossier ${name} --out dossier.html` }],
        ],
      },
      ...(dangling.length === 0
        ? []
        : [
            {
              caption: 'Names that lead nowhere',
              columns: ['name', 'named by', 'problem'],
              rows: dangling.map(({ to, from, what }): Cell[] => [to, from, what]),
            },
          ]),
    ],
  };
}

function filesSection({ files }: Dossier): Section {
  return {
    heading: 'Every file',
    sections: [
      {
        heading: `${files.length} files by digest`,
        folded: true,
        tables: [
          {
            caption: 'Files that the ledger names',
            columns: ['file', 'from', 'bytes', 'SHA-256'],
            rows: files.map(({ name, from, bytes, sha256 }): Cell[] => [
              name,
              from,
              asCount(bytes),
              { code: sha256 },
            ]),
          },
        ],
      },
    ],
  };
}
