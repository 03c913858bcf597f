import { handler, isInitialisedAhead } from './http.js';

// The entry of the function. An ES module, so that initialisation can wait for the image library, which takes some 50 ms
// of CPU to load. Where Lambda initialises ahead of the first request, no caller waits for that. Otherwise the first
// thumbnail loads it, so that the page and the health check are not slowed down.
// Source: Lambda Developer Guide, "Define Lambda function handler in Node.js", top-level await in ES modules.
if (isInitialisedAhead) await import('sharp');

export { handler };
