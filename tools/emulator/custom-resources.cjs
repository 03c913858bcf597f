// Loaded into each Node.js function of the emulator. CDK's functions for custom resources answer CloudFormation at the
// host of its address and leave the port out, since at AWS it is always 443. An emulator has another.
const https = require('node:https');

const { request } = https;
const port = process.env.CUSTOM_RESOURCES_PORT;
https.request = (options, ...rest) =>
  port !== undefined && String(options?.path).startsWith('/_ministack/cfn-response/')
    ? request({ ...options, port }, ...rest)
    : request(options, ...rest);
