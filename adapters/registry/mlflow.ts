import type { AliasChange, RegistryAlias, RegistryTags, RegistryView } from '../../contracts/registry.ts';
import { registryAliases } from '../../contracts/registry.ts';
import { MlflowError, mlflowCall, type MlflowSettings } from './mlflow-api.ts';
import { RegistryRefused, type ModelRegistry } from './port.ts';

/** MLflow numbers versions itself, so ours is a tag, and it is how a version is found again. */
const OURS = 'seatrial.version';
const DIGEST = 'seatrial.artifact';
/** When an alias was decided on; MLflow has no place for it, so it is a tag of the model. */
const decidedTag = (alias: RegistryAlias): string => `seatrial.alias.${alias}.at`;

/** Longest tag of a version and longest description that MLflow 3 takes, and room for the database's own counting. */
const LONGEST_TAG = 5_000;
const LONGEST_DESCRIPTION = 5_000;
const PAGE = 1_000;

interface MlflowTag {
  readonly key: string;
  readonly value: string;
}
interface MlflowVersion {
  readonly version: string;
  readonly tags?: readonly MlflowTag[];
}
interface MlflowModel {
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
  readonly tags?: readonly MlflowTag[];
}

/**
 * The registry in an MLflow server, by its REST API (tried with 3.17). A version's `source` is `seatrial:/evidence/<sha256>`:
 * the file stays where the plan froze it. Versions that others registered under the same model are left alone.
 */
export function openMlflowRegistry(settings: MlflowSettings): ModelRegistry {
  const call = mlflowCall(settings);

  async function modelOf(name: string): Promise<MlflowModel | undefined> {
    try {
      const answer = await call('GET', 'registered-models/get', { name });
      return (answer as { registered_model: MlflowModel }).registered_model;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async function search(model: string, version?: string): Promise<MlflowVersion[]> {
    // Names and versions have no quotes in them: contracts/ids.ts has their alphabet.
    const ours = version === undefined ? '' : ` AND tags.\`${OURS}\` = '${version}'`;
    const found: MlflowVersion[] = [];
    let token: string | undefined;
    do {
      const answer = (await call('GET', 'model-versions/search', {
        filter: `name = '${model}'${ours}`,
        max_results: PAGE,
        ...(token ? { page_token: token } : {}),
      })) as { model_versions?: readonly MlflowVersion[]; next_page_token?: string };
      found.push(...(answer.model_versions ?? []));
      token = answer.next_page_token;
    } while (token);
    return found;
  }

  /** MLflow's number of our version. Of two, which a lost answer may leave, the older one is meant. */
  async function numberOf(model: string, version: string): Promise<string | undefined> {
    const numbers = (await search(model, version)).map(({ version: number }) => Number(number));
    return numbers.length === 0 ? undefined : String(Math.min(...numbers));
  }

  async function known(model: string, version: string): Promise<string> {
    const number = await numberOf(model, version);
    if (number === undefined) throw new RegistryRefused(`the registry has no version ${version} of ${model}`);
    return number;
  }

  async function tag(model: string, number: string, tags: RegistryTags): Promise<void> {
    for (const { key, value } of tagList(tags))
      await call('POST', 'model-versions/set-tag', { name: model, version: number, key, value });
  }

  async function setAlias({ model, alias, version, from, at }: AliasChange): Promise<void> {
    const number = version === null ? undefined : await known(model, version);
    const found = await modelOf(model);
    const decided = found?.tags?.find(({ key }) => key === decidedTag(alias))?.value;
    if (decided !== undefined && decided > at) return;
    const now = found?.aliases?.find((one) => one.alias === alias)?.version;
    if (from !== undefined && (now === undefined || now !== (await numberOf(model, from)))) return;
    if (number !== undefined) {
      if (now !== number)
        await call('POST', 'registered-models/alias', { name: model, alias, version: number });
    } else if (now !== undefined) {
      await call('DELETE', 'registered-models/alias', { name: model, alias });
    }
    // Last: when this is lost, the same change comes again and finds the alias in its place.
    if (found)
      await call('POST', 'registered-models/set-tag', { name: model, key: decidedTag(alias), value: at });
  }

  return {
    place: new URL(settings.url).origin,

    async putVersion({ model, version, summary, artifact, tags }) {
      const all = { ...tags, [OURS]: version, [DIGEST]: artifact.sha256 };
      const number = await numberOf(model, version);
      if (number !== undefined) return tag(model, number, all);
      await call('POST', 'registered-models/create', { name: model }).catch((error: unknown) => {
        if (!(error instanceof MlflowError && error.errorCode === 'RESOURCE_ALREADY_EXISTS')) throw error;
      });
      await call('POST', 'model-versions/create', {
        name: model,
        source: `seatrial:/evidence/${artifact.sha256}`,
        description: cut(summary, LONGEST_DESCRIPTION),
        tags: tagList(all),
      });
    },

    setTags: async (model, version, tags) => tag(model, await known(model, version), tags),

    setAlias,

    async view(model): Promise<RegistryView | undefined> {
      const found = await modelOf(model);
      if (!found) return undefined;
      const ours = (await search(model)).flatMap(({ version: number, tags = [] }) => {
        const texts = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
        const version = texts[OURS];
        return version === undefined ? [] : [{ number, version, sha256: texts[DIGEST] ?? '', tags: texts }];
      });
      const aliases = registryAliases.flatMap((alias) => {
        const number = found.aliases?.find((one) => one.alias === alias)?.version;
        const version = ours.find((one) => one.number === number)?.version;
        return version === undefined ? [] : [[alias, version] as const];
      });
      return {
        versions: Object.fromEntries(ours.map(({ version, sha256, tags }) => [version, { sha256, tags }])),
        aliases: Object.fromEntries(aliases),
      };
    },
  };
}

/** MLflow takes no empty value of a tag, and letters, digits and `_ - . / :` and spaces in its name. */
function tagList(tags: RegistryTags): MlflowTag[] {
  return Object.entries(tags).flatMap(([key, value]) =>
    value === ''
      ? []
      : [{ key: key.replace(/[^\w\-./ :]/g, '_').slice(0, 250), value: cut(value, LONGEST_TAG) }],
  );
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function isMissing(error: unknown): boolean {
  return error instanceof MlflowError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST';
}
