import type { AddressInfo } from 'node:net';

// `npm run serve`: the service on this machine, for this machine only.
process.env['HOST'] = '127.0.0.1';

void import('../docker/server.js').then(({ server }) => {
  server.once('listening', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`\n  Thumbnails: http://127.0.0.1:${port}/   (Ctrl+C stops it)\n\n`);
  });
});
