// One line for each step: what is done and why, then how long it took. Goes to stderr, so that a command's own output
// (`seatrial list -o json`) stays clean.
const terminal = process.stderr.isTTY === true;

export function say(line) {
  process.stderr.write(`seatrial: ${line}\n`);
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

/** Runs a step and shows the time that passes: a live line on a terminal, a line every 15 seconds elsewhere. */
export async function step(what, why, work) {
  const started = Date.now();
  say(`${what} (${why})`);
  const timer = setInterval(
    () => process.stderr.write(terminal ? `\r  ... ${seconds(started)} s ` : `  ... ${seconds(started)} s\n`),
    terminal ? 250 : 15_000,
  );
  const clear = terminal ? '\r' : '';
  try {
    const note = await work();
    process.stderr.write(`${clear}  done in ${seconds(started)} s${note ? `: ${note}` : ''}\n`);
  } catch (error) {
    process.stderr.write(`${clear}  failed after ${seconds(started)} s\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
