import { createServer } from 'node:http';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';

// Serves the pictures of a folder by ipx, on a free port of loopback, which it prints.

const [, , folder] = process.argv;
const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }), sharpOptions: { autoOrient: true } });
const server = createServer(createIPXNodeServer(ipx));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
