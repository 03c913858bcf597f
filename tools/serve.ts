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
    const url = `http://127.0.0.1:${port}/`;
    process.stdout.write(
      `\n  Thumbnails:    ${url}   (Ctrl+C stops it)` +
        `\n  The contract:  npm run contract -- ${url}   (in another terminal: every promise, checked)\n\n`,
    );
  });
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') return;
    const { PORT = '8080' } = process.env;
    fail(
      new Error(
        `Port ${PORT} is in use by another program. Choose another: PORT=3000 npm run serve, or PORT=0 for any that is free.`,
      ),
    );
  });
});
