/** The service's version: package.json is its one place; a bundler keeps this one field of it. */
export { version } from '../package.json';
