// Validation has its own gate (`npm run validate`): here it would cost each stack test some six seconds.
process.env['CDK_VALIDATION'] = 'false';
// The app must not see the developer's own account, region or proxy for an AWS endpoint.
for (const name of Object.keys(process.env))
  if (/^(AWS_|CDK_DEFAULT_)/.test(name)) Reflect.deleteProperty(process.env, name);
// That the SDK will want Node.js 22 one day is nothing that a test could mend.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
