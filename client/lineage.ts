import { missingFiles, type EvidenceStore } from '../adapters/evidence/index.ts';
import { readBooks, type Ledger, type LedgerPlace } from '../adapters/ledger/index.ts';
import { isName, modelWorkflowId } from '../contracts/ids.ts';
import { evidenceOf, lineageOf, modelOf, type Lineage } from '../domain/lineage/index.ts';
import { SeatrialError } from './errors.ts';

/** A lineage, and where in it the question was. */
export interface FoundLineage extends Lineage {
  readonly asked: {
    /** The stream that was meant: a release, a retraining or a model. */
    readonly stream: string;
    /** Of a digest: every entry that names it, and as what (`artifact` of `plan`, for one). */
    readonly named: readonly (LedgerPlace & { readonly type: string; readonly as: readonly string[] })[];
  };
}

const DIGEST = /^[0-9a-f]{12,64}$/;

/**
 * The whole chain of a release (`MODEL/VERSION`), of a retraining's decision (its id, or `retraining/MODEL/ID`), of a piece of
 * evidence (12 or more characters of its digest), or of a model. Evidence is looked for where a store is given. Throws
 * `SeatrialError` USAGE, or RELEASE_UNKNOWN when nothing in the ledger is called so.
 */
export async function readLineage(
  ledger: Ledger,
  what: string,
  evidence?: EvidenceStore,
): Promise<FoundLineage> {
  const { stream, named } = await meant(ledger, what);
  const model = modelOf(stream);
  const streams = [stream];
  if (stream === modelWorkflowId(model))
    for (const kind of ['release', 'retraining'])
      streams.push(...(await ledger.streams(`${kind}/${model}/`)));
  const books = await readBooks(ledger, streams);
  const lineage = lineageOf(books, model);
  const dangling = [
    ...lineage.dangling,
    ...(evidence ? await missingFiles(evidence, evidenceOf(lineage)) : []),
  ];
  return { ...lineage, dangling, asked: { stream, named } };
}

/** The stream that a person means; see `readLineage`. */
export async function streamMeantBy(ledger: Ledger, what: string): Promise<string> {
  return (await meant(ledger, what)).stream;
}

type Meant = FoundLineage['asked'];

async function meant(ledger: Ledger, what: string): Promise<Meant> {
  const [first = '', ...rest] = what.split('/');
  const streams = ['release', 'retraining'].includes(first)
    ? [what]
    : first === 'model' && rest.length === 1
      ? [what]
      : rest.length === 1
        ? [`release/${what}`, `retraining/${what}`]
        : [];
  for (const stream of streams) if (await isKnown(ledger, stream)) return { stream, named: [] };
  if (streams.length > 0) throw unknown(what);
  if (what === '' || what.includes('/'))
    throw new SeatrialError(
      'USAGE',
      `${JSON.stringify(what)} names nothing. Write MODEL/VERSION, a decision's id, MODEL, or a digest.`,
    );
  const decisions = (await ledger.streams('retraining/')).filter((one) => one.split('/')[2] === what);
  if (decisions.length > 1)
    throw new SeatrialError(
      'USAGE',
      `Several models have a decision ${what}: write one of ${decisions.join(', ')}.`,
    );
  if (decisions[0] !== undefined) return { stream: decisions[0], named: [] };
  if (isName(what) && (await isKnown(ledger, modelWorkflowId(what))))
    return { stream: modelWorkflowId(what), named: [] };
  if (isName(what) && (await ledger.streams(`release/${what}/`)).length > 0)
    return { stream: modelWorkflowId(what), named: [] };
  if (DIGEST.test(what)) return whoNames(ledger, what);
  throw unknown(what);
}

/** A decision that was held and never began is known to its model only. */
async function isKnown(ledger: Ledger, stream: string): Promise<boolean> {
  if ((await ledger.head(stream)).seq > 0) return true;
  const model = modelOf(stream);
  if (!stream.startsWith('retraining/')) return false;
  const decision = stream.slice(`retraining/${model}/`.length);
  return (await ledger.read(modelWorkflowId(model))).some(({ data }) => data['decision'] === decision);
}

async function whoNames(ledger: Ledger, digest: string): Promise<Meant> {
  const places = await ledger.mentions(digest);
  const named: Meant['named'][number][] = [];
  for (const { stream, seq } of places) {
    const [entry] = await ledger.read(stream, { from: seq, limit: 1 });
    const as = entry ? pathsTo(entry.data, digest) : [];
    if (entry && as.length > 0) named.push({ stream, seq, type: entry.type, as });
  }
  const stream = named[0]?.stream;
  if (stream === undefined) throw unknown(digest);
  return { stream, named };
}

/** Where in a fact a digest stands: `plan.artifact`, `files.model`. */
function pathsTo(value: unknown, digest: string, path: readonly string[] = []): string[] {
  if (typeof value === 'string')
    return value.startsWith(digest) ? [path.join('.').replace(/\.sha256$/, '')] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsTo(inner, digest, [...path, key]));
}

function unknown(what: string): SeatrialError {
  return new SeatrialError('RELEASE_UNKNOWN', `Nothing in the ledger is called ${JSON.stringify(what)}.`);
}
