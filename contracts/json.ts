/** A value that survives JSON unchanged: what payloads, ledger entries and evidence are made of. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}
