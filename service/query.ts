import { outputFormats } from './formats';
import { Problem } from './problem';
import { widths, type ThumbnailRequest } from './thumbnail';

const parameters = ['width', 'format'];

/**
 * What the query of `POST /thumbnails` asks for.
 *
 * @throws Problem `bad-parameter` for the first parameter that is unknown, given twice, or out of its range
 */
export function parseQuery(query: URLSearchParams): ThumbnailRequest {
  for (const name of query.keys()) {
    if (!parameters.includes(name)) {
      throw badParameter(name, `There is no parameter ${JSON.stringify(name)}`, parameters);
    }
    const given = query.getAll(name);
    if (given.length > 1) throw badParameter(name, `${name} is given ${given.length} times`, 'once');
  }

  const width = query.get('width') ?? String(widths.default);
  if (!/^\d{1,5}$/.test(width) || Number(width) < widths.minimum || Number(width) > widths.maximum) {
    throw badParameter('width', `width is ${JSON.stringify(width)}`, {
      minimum: widths.minimum,
      maximum: widths.maximum,
    });
  }

  const named = query.get('format') ?? outputFormats[0];
  const format = outputFormats.find((known) => known === named);
  if (format === undefined) throw badParameter('format', `format is ${JSON.stringify(named)}`, outputFormats);

  return { width: Number(width), format };
}

function badParameter(parameter: string, fact: string, allowed: unknown): Problem {
  const words =
    parameter === 'width' ? `whole pixels from ${widths.minimum} to ${widths.maximum}` : [allowed].flat().join(', ');
  return new Problem('bad-parameter', `${fact}; allowed: ${words}.`, { members: { parameter, allowed } });
}
