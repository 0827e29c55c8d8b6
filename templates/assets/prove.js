// A worker: tries keys one after the other until one begins as the challenge says. The library on the
// server is altcha-lib; this is its PBKDF2 with a counter of 32 bits.
self.addEventListener('message', async ({ data: { parameters } }) => {
  const { nonce, salt, cost, keyLength, keyPrefix } = parameters;
  const password = new Uint8Array(nonce.length / 2 + 4);
  password.set(toBytes(nonce));
  const view = new DataView(password.buffer);
  const rounds = { name: 'PBKDF2', hash: 'SHA-256', salt: toBytes(salt), iterations: cost };
  for (let counter = 0; counter < 2 ** 32; counter++) {
    view.setUint32(password.length - 4, counter);
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const derivedKey = toHex(await crypto.subtle.deriveBits(rounds, key, keyLength * 8));
    if (!derivedKey.startsWith(keyPrefix)) continue;
    self.postMessage({ counter, derivedKey });
    return;
  }
});

function toBytes(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
}

function toHex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
