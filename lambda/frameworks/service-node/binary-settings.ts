const TEXT = /^(text\/|application\/([^;]+\+)?json\b)/;

/**
 * What serverless-express is to hand on as bytes: all that is no text. By default only `image/*` is, and anything else
 * that is no text would be broken.
 */
export const binarySettings = {
  isBinary: ({ headers }: { headers: Record<string, unknown> }) => !TEXT.test(String(headers['content-type'])),
};
