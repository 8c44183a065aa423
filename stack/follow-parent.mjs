// Loaded with --import into our own processes: they end when the process that started them is gone, even by kill -9,
// because its end of the channel closes then.
import { isMainThread } from 'node:worker_threads';

const GRACE_MS = 10_000;

if (isMainThread && process.channel && process.env.SEATRIAL_FOLLOW_PARENT === '1') {
  // Not for this process's own children: they have another parent.
  delete process.env.SEATRIAL_FOLLOW_PARENT;
  process.on('disconnect', () => {
    process.kill(process.pid, 'SIGTERM'); // the process's own handlers end it in order
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
  });
  // Listening must not keep a process alive that has nothing else to do.
  process.channel.unref();
}
