// A worker that is about to be lost: starts a serving process, prints its id, and waits until somebody kills it.
import { createStartServing } from '../../worker/serving.ts';

const [evidenceDir = '', scratchDir = ''] = process.argv.slice(2);
const { pid } = await createStartServing({ evidenceDir, scratchDir })();
console.log(pid);
setInterval(() => undefined, 1000);
