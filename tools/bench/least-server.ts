import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

// Run by peers.ts in a process of its own: the least server that makes thumbnails by sharp. It checks nothing, limits nothing
// and logs nothing, so that it shows what HTTP alone takes.

sharp.cache(false);
sharp.concurrency(1);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    sharp(Buffer.concat(chunks), { failOn: 'warning', autoOrient: true })
      .resize({ width: 320 })
      .webp()
      .toBuffer()
      .then(
        (thumbnail) => response.end(thumbnail),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
