/** The colours of a picture. */
export interface Theme {
  readonly background: string;
  readonly card: string;
  readonly cardLine: string;
  readonly frame: string;
  readonly frameLine: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  /** Of a chart: tasks, instances, requests. */
  readonly tasks: string;
  readonly instances: string;
  readonly requests: string;
}

/** By the names that files have: docs/pictures/<picture>-<theme>.svg. */
export const THEMES = {
  light: {
    background: '#ffffff',
    card: '#f6f8fa',
    cardLine: '#d0d7de',
    frame: '#f7f2ff',
    frameLine: '#8c4fff',
    line: '#57606a',
    text: '#1f2328',
    muted: '#57606a',
    tasks: '#0969da',
    instances: '#ed7100',
    requests: '#8c959f',
  },
  dark: {
    background: '#0d1117',
    card: '#161b22',
    cardLine: '#30363d',
    frame: '#1c1533',
    frameLine: '#a371f7',
    line: '#8b949e',
    text: '#e6edf3',
    muted: '#9da7b3',
    tasks: '#58a6ff',
    instances: '#f0883e',
    requests: '#6e7681',
  },
} as const satisfies Record<string, Theme>;

export type ThemeName = keyof typeof THEMES;
