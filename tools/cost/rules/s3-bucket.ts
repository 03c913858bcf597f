import type { Rule } from '../rule';
import { property, text, type Resource, type Template } from '../template';

const KB_A_GB = 1_000_000;

/**
 * https://aws.amazon.com/s3/pricing/: what is kept, and requests. A bucket whose uploads a function makes thumbnails of
 * has each picture, its thumbnails, and the requests for them; what is kept is that of one month. Others are as empty as
 * the template leaves them: access logs come only with a load, and are small beside it.
 */
export const s3Bucket: Rule = {
  type: 'AWS::S3::Bucket',
  billed(bucket, { template, load }) {
    if (property(bucket, 'NotificationConfiguration') === undefined) return [];
    const thumbnails = widths(bucket, template);
    return [
      { what: 'pictures put', quantity: load.uploads * (1 + thumbnails), price: 's3.put' },
      { what: 'pictures got', quantity: load.uploads, price: 's3.get' },
      {
        what: "a month's pictures",
        quantity: (load.uploads * (load.kbIn + thumbnails * load.kbOut)) / KB_A_GB,
        price: 's3.storage',
      },
    ];
  },
};

/** How many thumbnails are made of an upload: as many as the function that writes to the bucket has widths. */
function widths(bucket: Resource, template: Template): number {
  const [writer] = template
    .referringTo(bucket.id, 'AWS::Lambda::Function')
    .map((fn) => text(fn, 'Environment.Variables.THUMBNAIL_WIDTHS'))
    .filter((value) => value !== undefined);
  return writer === undefined ? 1 : writer.split(',').length;
}
