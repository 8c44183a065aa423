/** An immutable file in the evidence store, named by its content. */
export interface EvidenceRef {
  /** What it is, for people: `sandbox-report.json`, `model.onnx`. */
  readonly name: string;
  /** Lower-case hex, 64 characters. */
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
}
