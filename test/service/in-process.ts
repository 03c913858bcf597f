import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createApp } from '../../service/app';
import { platformFromEnvironment, type Platform, type LogEntry } from '../../service/platform';

/** A picture of contract/photographs. */
export function photograph(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path.join(__dirname, '../../contract/photographs', name)));
}

/** The service in this process, and what it has logged. */
export interface InProcessService {
  readonly log: LogEntry[];
  /** Sends a request as it is. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a picture; `query` without its question mark. */
  thumbnail(image: RequestInit['body'], query?: string, init?: RequestInit): Promise<Response>;
}

export function serviceInProcess(overrides: Partial<Platform> = {}): InProcessService {
  const log: LogEntry[] = [];
  const app = createApp(platformFromEnvironment({}, { log: (entry) => log.push(entry), ...overrides }));
  const request = async (path: string, init?: RequestInit): Promise<Response> => app.request(path, init);
  return {
    log,
    request,
    thumbnail: (image, query = '', init) => request(`/thumbnails?${query}`, { method: 'POST', body: image, ...init }),
  };
}

/** What a problem's JSON object holds. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly parameter?: string;
  readonly allowed?: unknown;
}

/** The problem that an answer tells of; fails where it is none. */
export async function problemOf(response: Response): Promise<ProblemDetails> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const problem = (await response.json()) as ProblemDetails;
  expect(problem.status).toBe(response.status);
  expect(problem.instance).toBe(response.headers.get('X-Request-Id'));
  return problem;
}
