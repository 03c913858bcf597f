import { adaptAssembly } from '../../tools/emulator/assembly';
import { NOT_PLAYED_END_TO_END } from '../../tools/emulator/not-played';
// The app itself. It synthesises at the end of the process; what is registered after it runs after that.
import '../../bin/compute';

// The app as ministack plays it, for a command that synthesises by itself: `CDK_APP` names this file to the CDK CLI.
process.once('beforeExit', () => {
  const { CDK_OUTDIR: directory } = process.env;
  if (directory === undefined) throw new Error('The CDK CLI runs this, and says in CDK_OUTDIR where the assembly goes');
  adaptAssembly(directory, { notPlayed: NOT_PLAYED_END_TO_END });
});
