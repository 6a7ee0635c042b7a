/** SHA-256 in plain numbers. The browser's own needs a promise for every try, which costs many times the digest itself. */

const FIRST = new Uint32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const ROUNDS = roundConstants();
const BLOCK = 64;

/** The first 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4). */
function roundConstants() {
  const made = new Uint32Array(64);
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  primes.forEach((prime, at) => {
    // Whole numbers keep every bit: the root of prime · 2^96 is the root of prime, shifted by 32.
    const wanted = BigInt(prime) << 96n;
    let low = 0n;
    let high = 1n << 36n;
    while (low < high) {
      const middle = (low + high + 1n) >> 1n;
      if (middle * middle * middle <= wanted) low = middle;
      else high = middle - 1n;
    }
    made[at] = Number(low & 0xffffffffn);
  });
  return made;
}

const words = new Int32Array(64);

/** Mix one block of 64 bytes into the state. */
function mix(state, bytes, from) {
  for (let at = 0; at < 16; at += 1) {
    const i = from + 4 * at;
    words[at] = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
  }
  for (let at = 16; at < 64; at += 1) {
    const x = words[at - 15];
    const y = words[at - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[at] = (words[at - 16] + s0 + words[at - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** Digests of texts that begin alike: what they share is mixed once. ASCII only. Gives a state of eight numbers. */
export function digests(prefix) {
  const whole = prefix.length - (prefix.length % BLOCK);
  const shared = FIRST.slice();
  const bytes = Uint8Array.from(prefix, (letter) => letter.charCodeAt(0));
  for (let from = 0; from < whole; from += BLOCK) mix(shared, bytes, from);
  const rest = bytes.slice(whole);
  const tail = new Uint8Array(2 * BLOCK);
  const state = new Uint32Array(8);
  return (suffix) => {
    const end = rest.length + suffix.length;
    const size = end + 9 > BLOCK ? 2 * BLOCK : BLOCK;
    tail.fill(0);
    tail.set(rest);
    for (let at = 0; at < suffix.length; at += 1) tail[rest.length + at] = suffix.charCodeAt(at);
    tail[end] = 0x80;
    new DataView(tail.buffer).setUint32(size - 4, 8 * (whole + end));
    state.set(shared);
    mix(state, tail, 0);
    if (size > BLOCK) mix(state, tail, BLOCK);
    return state;
  };
}

/** How many bits are zero before the first that isn't. */
export function zeroBits(state) {
  let bits = 0;
  for (const word of state) {
    bits += Math.clz32(word);
    if (word) break;
  }
  return bits;
}
