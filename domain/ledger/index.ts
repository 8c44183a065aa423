export { canonicalJson, CanonicalJsonError } from './canonical-json.ts';
export { chain, entryBody, GENESIS, type LedgerHead, type Sha256 } from './chain.ts';
export { verifyChain, type LedgerProblem, type LedgerVerdict } from './verify.ts';
