import { handler, isInitialisedAhead } from './http.js';

// The entry of the function. An ES module, so that initialisation ends when the image library is loaded, which is some
// 50 ms of CPU: taken ahead where nobody waits. Otherwise it is loaded when the first thumbnail is asked for, and the
// page and the health do not wait for it.
// Source: Lambda Developer Guide, "Define Lambda function handler in Node.js", top-level await in ES modules.
if (isInitialisedAhead) await import('sharp');

export { handler };
