import type { AddressInfo } from 'node:net';
import { fail, readCommandLine } from './command-line';

const USAGE = `Runs the service on this machine, for this machine only, until Ctrl+C.

  npm run serve                  at http://127.0.0.1:8080/
  PORT=3000 npm run serve        at another port; 0 is any that is free`;

try {
  readCommandLine(USAGE, {});
} catch (error) {
  fail(error);
  process.exit();
}

process.env['HOST'] = '127.0.0.1';
void import('../docker/server.js').then(({ server }) => {
  server.once('listening', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`\n  Thumbnails: http://127.0.0.1:${port}/   (Ctrl+C stops it)\n\n`);
  });
});
