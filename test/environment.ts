// Validation has its own gate (`npm run validate`): here it would cost each stack test some six seconds.
process.env['CDK_VALIDATION'] = 'false';
// The app must not see the developer's own account, region or proxy for an AWS endpoint.
for (const name of Object.keys(process.env))
  if (/^(AWS_|CDK_DEFAULT_)/.test(name)) Reflect.deleteProperty(process.env, name);
