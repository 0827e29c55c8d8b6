import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/program.js';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** The whole suite runs on one of these, the core of it on the other. */
function provenNodes(): string[] {
  const [, nodes = ''] = /^readonly NODES=\((.*)\)$/m.exec(read('.ci/run')) ?? [];
  return nodes.split(' ').filter(Boolean);
}

test('the Node that the image ships and the one that developers get are proven', () => {
  const [, shipped] = /^ARG NODE_IMAGE=node:(\d+)-/m.exec(read('Dockerfile')) ?? [];
  const newest = provenNodes().at(-1);
  expect(newest).toMatch(/^\d+$/);
  expect(shipped).toBe(newest);
  expect(read('.node-version').trim()).toBe(newest);
});

test('so is the oldest one that is said to be enough', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  expect(/^>=(\d+)\./.exec(engines.node)?.[1]).toBe(provenNodes()[0]);
});
