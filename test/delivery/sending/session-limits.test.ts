import { describe, expect, test } from 'vitest';
import { SessionLimits } from '../../../src/delivery/sending/session-limits.js';

describe('mails for each connection', () => {
  test('are as many as are set, until the server ends connections', () => {
    const limits = new SessionLimits(100);
    expect(limits.limit).toBe(100);
    for (let n = 0; n < 50; n++) limits.closedFull();
    expect(limits.limit).toBe(100);
  });

  test('are as many as the server took three times before it ended the connection', () => {
    const limits = new SessionLimits(100);
    for (let n = 0; n < 2; n++) {
      limits.endedAt(20);
      expect(limits.limit).toBe(100);
    }
    limits.endedAt(20);
    expect(limits.limit).toBe(20);
  });

  test('are not learned from ends by time or by chance, nor from unused connections', () => {
    const limits = new SessionLimits(100);
    for (const mails of [3, 17, 17, 3, 3, 41, 8, 17]) limits.endedAt(mails);
    for (let n = 0; n < 5; n++) limits.endedAt(0);
    expect(limits.limit).toBe(100);
  });

  test('are never more than are set', () => {
    const limits = new SessionLimits(10);
    for (let n = 0; n < 3; n++) limits.endedAt(30);
    expect(limits.limit).toBe(10);
  });

  test('are tried to be more after twenty connections that ended by the number', () => {
    const limits = new SessionLimits(100);
    for (let n = 0; n < 3; n++) limits.endedAt(20);
    for (let n = 0; n < 19; n++) limits.closedFull();
    expect(limits.limit).toBe(20);
    limits.closedFull();
    expect(limits.limit).toBe(30);
    for (let n = 0; n < 20; n++) limits.closedFull();
    expect(limits.limit).toBe(45);
    for (let n = 0; n < 3 * 20; n++) limits.closedFull();
    expect(limits.limit).toBe(100);
  });

  test('are as few as before where more is ended again at the same number', () => {
    const limits = new SessionLimits(100);
    for (let n = 0; n < 3; n++) limits.endedAt(20);
    for (let n = 0; n < 20; n++) limits.closedFull();
    limits.endedAt(20);
    expect(limits.limit).toBe(20);
    // Which is tried again only after twenty more.
    for (let n = 0; n < 19; n++) limits.closedFull();
    expect(limits.limit).toBe(20);
  });
});
