import { describe, expect, test } from 'vitest';
import { listSettings, SETTINGS } from '../../src/config/settings.js';
import { WRONG } from './wrong-settings.js';

describe('the table of settings', () => {
  test('has each name once, and sentences that say what it is for', () => {
    const settings = Object.values(SETTINGS);
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
    for (const { name, meaning, since } of settings) {
      expect([name, meaning]).toEqual([name, expect.stringMatching(/[.…`”]$/)]);
      expect([name, since]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  });

  test('has a wrong value in the tests for each setting that can be wrong', () => {
    // Any text is a word for these.
    const free = ['NODE_ENV', 'HOST', 'NO_PROXY', 'DKIM_DOMAIN', 'DKIM_SELECTOR'];
    const names = Object.values(SETTINGS).map(({ name }) => name);
    expect([...Object.keys(WRONG), ...free].sort()).toEqual(names.sort());
  });
});

describe('the settings that differ from their defaults', () => {
  test('are none where nothing is set, or what is set is the default', () => {
    expect(listSettings({})).toEqual([]);
    const usual = { PORT: '3000', TRUST_PROXY: 'no', WARMUP: '  ', NODE_ENV: 'development' };
    expect(listSettings({ ...usual, HUGGINGFACE_URL: 'https://huggingface.co/' })).toEqual([]);
  });

  test('come with their values, and secrets without', () => {
    const environment = {
      PORT: '8080',
      SECRET_KEY: 'geheim geheim',
      SMTP_URL: 'smtp://user:geheim@mail.example.org',
      DATABASE_URL: 'postgres://paperboy:geheim@db.example.org/paperboy',
      PATH: '/usr/bin',
    };
    expect(listSettings(environment)).toEqual([
      { name: 'SECRET_KEY', value: '(not shown)' },
      { name: 'DATABASE_URL', value: '(not shown)' },
      { name: 'PORT', value: '8080' },
      { name: 'SMTP_URL', value: '(not shown)' },
    ]);
  });
});
