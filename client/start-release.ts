/**
 * Starts a release and follows it to its end. Copy this file into your own repository and change what you like:
 *
 *     node --import tsx client/start-release.ts path/to/release.yaml
 */
import { openSeatrial, serves } from './index.ts';

const file = process.argv[2];
if (file === undefined) throw new Error('Give the path of a release file.');

const seatrial = openSeatrial();
try {
  const { release } = await seatrial.startRelease(file, { notes: 'Started by start-release.ts.' });
  console.log(`started ${release}`, seatrial.linkTo(release) ?? '');

  const end = await seatrial.waitForRelease(release, {
    onChange: (view) => console.log(`${view.situation}: ${view.headline}`),
  });
  console.log(end.outcome ?? 'live');
  process.exitCode = serves(end) ? 0 : 1;
} finally {
  await seatrial.close();
}
